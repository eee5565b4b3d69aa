/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  Commands that change something in the daemon.
 */
#ifndef GREIPSECCTL_CTL_ACT_H
#define GREIPSECCTL_CTL_ACT_H

#include "greipsecctl/ctl_client.h"
#include "greipsecctl/ctl_out.h"
#include "greipsecctl/ctl_parse.h"

/* Do it and print what the daemon says of it; errors to stderr.  The exit
 * status: refused is EXIT_WRONG, not asked EXIT_USAGE. */
int	ctl_act(struct client *c, const struct command *cmd,
	    const struct out *o);

#endif
