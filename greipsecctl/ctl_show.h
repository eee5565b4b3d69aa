/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  A show command: which rows it needs, asked for one
 * after the other, and what prints them.
 */
#ifndef GREIPSECCTL_CTL_SHOW_H
#define GREIPSECCTL_CTL_SHOW_H

#include "greipsecctl/ctl_client.h"
#include "greipsecctl/ctl_data.h"
#include "greipsecctl/ctl_out.h"
#include "greipsecctl/ctl_parse.h"

/* Exit codes of the program. */
enum { EXIT_GOOD = 0, EXIT_WRONG = 1, EXIT_USAGE = 2 };

/* Ask, print to o->f (as JSON when json).  The exit code; what failed stands
 * in c->why, empty when something is wrong but all was shown. */
int	ctl_show(struct client *c, const struct command *cmd,
	    const struct out *o, bool json);

/* Ask for the rows of these types (0 ends), the first of which must come.  0,
 * or -1 with c->why. */
int	ctl_fetch(struct client *c, const uint16_t *needs, struct data *d);
/* The parts that could not be had. */
void	ctl_say_missing(const struct out *o, const struct data *d);

#endif
