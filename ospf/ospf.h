/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  OSPFv2: the engine and the loop of its process.
 * Includes lib/ only; the daemon knows nothing of this folder but this function.
 */
#ifndef GREIPSEC_OSPF_H
#define GREIPSEC_OSPF_H

/* Run the role; the exit status of the process. */
int	ospf_role(void);

#endif
