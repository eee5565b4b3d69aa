/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  Changes of state, of the roles and of main: logged, kept (the
 * last EVENTS_KEPT, and as many of the routine), and passed on to control for those
 * who monitor.
 */
#ifndef GREIPSECD_EVENTS_H
#define GREIPSECD_EVENTS_H

#include "lib/msg.h"
#include "lib/pair_common.h"

#define EVENTS_KEPT	1000

/* Take one from a role; a missing time is stamped, text made printable. */
void	events_add(const struct m_event *ev);
/* One of main's own.  text by printf rules, may be empty. */
void	events_main(enum subsys s, uint32_t tid, const char *subject,
	    const char *what, const char *fmt, ...)
	    __attribute__((format(printf, 5, 6)));
/* Send the kept ones whose subject is match (or all, when empty), the oldest
 * first, as rows CTL_EVENTS with this id. */
void	events_rows(struct chan *c, uint32_t id, const char *match);

#endif
