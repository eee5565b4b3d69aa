/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike and keys.  IKE: the engines, the crypto they use, and the loops
 * of the two processes.  Includes lib/ only; the daemon knows nothing of this
 * folder but the two functions here.
 */
#ifndef GREIPSEC_IKE_H
#define GREIPSEC_IKE_H

/* Run the role; the exit status of the process. */
int	ike_role(void);
int	keys_role(void);

#endif
