/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  A show command: which rows it needs, asked for one
 * after the other, and what prints them.
 */
#ifndef GREIPSECCTL_CTL_SHOW_H
#define GREIPSECCTL_CTL_SHOW_H

#include "greipsecctl/ctl_client.h"
#include "greipsecctl/ctl_out.h"
#include "greipsecctl/ctl_parse.h"

/* Exit codes of the program. */
enum { EXIT_GOOD = 0, EXIT_WRONG = 1, EXIT_USAGE = 2 };

/* Ask, print to o->f (as JSON when json).  The exit code; what failed stands
 * in c->why, empty when something is wrong but all was shown. */
int	ctl_show(struct client *c, const struct command *cmd,
	    const struct out *o, bool json);

#endif
