/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  Whether a host answers a ping: three echo requests,
 * a second in all.
 */
#ifndef GREIPSECCTL_CTL_PROBE_H
#define GREIPSECCTL_CTL_PROBE_H

#include "greipsecctl/ctl_diag.h"

/* PING_UNKNOWN: not allowed to, no such socket, or a family we cannot ask. */
enum diag_ping	probe_ping(const struct addr *to);

#endif
