/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  The command diagnose: rows, pings where they tell
 * something, the ladder of one tunnel or of all that are in trouble.
 */
#ifndef GREIPSECCTL_CTL_DIAGNOSE_H
#define GREIPSECCTL_CTL_DIAGNOSE_H

#include "greipsecctl/ctl_show.h"

/* The exit code: EXIT_WRONG where something fails.  What kept it from asking
 * stands in c->why with EXIT_USAGE. */
int	ctl_diagnose(struct client *c, const struct command *cmd,
	    const struct out *o, bool json);

#endif
