/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  The ladder of diagnose: underlay, ike, sa, no clear,
 * gre, ospf, routes.  Each rung of a tunnel is judged by the rows; the first
 * that fails has a cause (ctl_cause.h), those above it are not reached.  Pure.
 */
#ifndef GREIPSECCTL_CTL_DIAG_H
#define GREIPSECCTL_CTL_DIAG_H

#include "greipsecctl/ctl_cause.h"
#include "greipsecctl/ctl_data.h"
#include "greipsecctl/ctl_probe.h"

enum diag_verdict { DIAG_OK, DIAG_WARN, DIAG_FAIL, DIAG_NOT_REACHED, DIAG_N };

struct view_rung {
	char			site[TUNNEL_NAME_MAX];
	char			rung[16];
	enum diag_verdict	verdict;
	char			text[400];
};
extern const struct fld_table view_rung_fld;

/*
 * Whether no peer answers anything at all, IKE or what it was asked: two of them
 * or more, of all that are there.  by: the interface that they would be reached
 * by.
 */
bool			 diag_all_silent(const struct data *d,
			    const struct rows *probes,
			    char by[static IFACE_NAME_MAX]);
/* Whether it helps to know what the peer's UDP ports answer. */
bool			 diag_silent(const struct data *d,
			    const struct ctl_tunnel *t);
/*
 * Append the rungs and causes of one tunnel; probes: struct view_probe, those
 * of this tunnel are used.  dropped_by: the chain of this host's packet filter
 * that drops what is forwarded, or empty.  The worst verdict, or DIAG_N with
 * errno when there is no memory.
 */
enum diag_verdict	 diag_tunnel(const struct data *d,
			    const struct ctl_tunnel *t,
			    const struct rows *probes, const char *dropped_by,
			    struct rows *rungs, struct rows *causes);

#endif
