/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  What a service manager is told, by the datagrams of
 * sd_notify(3): nothing where NOTIFY_SOCKET is not set.
 */
#ifndef GREIPSECD_NOTIFY_H
#define GREIPSECD_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/mono.h"

/* Read the environment, and clear it for those we start. */
void		 notify_init(void);
/* Whether there is somebody to tell: then we stay in the foreground. */
bool		 notify_wanted(void);
/* Whether stderr ends in the journal, where syslog does too. */
bool		 notify_journal(void);
void		 notify_ready(void);
void		 notify_reloading(struct mono now);
void		 notify_stopping(void);
/* "2 of 3 tunnels up", told when it changes. */
void		 notify_tunnels(size_t up, size_t n);
/* We are alive; returns when to say so again, MONO_NEVER where nobody asks. */
struct mono	 notify_alive(struct mono now);

#endif
