/* SPDX-License-Identifier: ISC */
/*
 * runs in: control.  The process between greipsecctl and the roles: takes
 * clients, checks what they say and who they are, asks the role that owns the
 * answer with an id of its own, and hands the rows back.
 */
#ifndef GREIPSECD_CONTROL_H
#define GREIPSECD_CONTROL_H

/* Run the role; the exit status of the process. */
int	control_role(void);

#endif
