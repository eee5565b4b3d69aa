/* SPDX-License-Identifier: ISC */
/* runs in: main.  The event loop of main: configuration, kernel, roles. */
#ifndef GREIPSECD_LOOP_H
#define GREIPSECD_LOOP_H

#include "greipsecd/options.h"

/* Check the configuration (-n) or run the daemon; the exit status. */
int	loop_run(const struct options *o);

#endif
