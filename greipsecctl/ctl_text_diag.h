/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  What diagnose found, as text in 80 columns. */
#ifndef GREIPSECCTL_CTL_TEXT_DIAG_H
#define GREIPSECCTL_CTL_TEXT_DIAG_H

#include "greipsecctl/ctl_diag.h"
#include "greipsecctl/ctl_out.h"

/* One tunnel: its ladder, what its peer answered, the causes and what to
 * change. */
void	text_ladder(const struct out *o, const struct ctl_tunnel *t,
	    const struct rows *rungs, const struct rows *probes,
	    const struct rows *causes);
/* One tunnel where all is well, in a line. */
void	text_well(const struct out *o, const struct ctl_tunnel *t);

#endif
