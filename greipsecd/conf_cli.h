/* SPDX-License-Identifier: ISC */
/* runs in: main.  `greipsecd -n': the configuration as seen from this host. */
#ifndef GREIPSECD_CONF_CLI_H
#define GREIPSECD_CONF_CLI_H

#include "greipsecd/options.h"

/* Check the file that the options name; with -v, or -n twice, print what is
 * in force.  Returns the exit status. */
int	conf_cli(const struct options *o);

#endif
