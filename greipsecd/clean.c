/* SPDX-License-Identifier: ISC */
/*
 * runs in: main, option -C.  Remove everything of ours from the kernel.  The
 * routes go last: as long as a network of another site could be reached by
 * nothing of ours, its guard stands.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/apply.h"
#include "greipsecd/daemon.h"
#include "lib/log.h"

#define ROUTES_MAX	512

struct sweep {
	struct os	*os;
	struct os_link	 links[256];
	size_t		 n_links;
	struct os_change routes[ROUTES_MAX];
	size_t		 n_routes;
	bool		 more;
};

static void
on_link(void *ctx, const struct os_link *l, bool gone)
{
	struct sweep *s = ctx;

	if (gone || !l->tun || !tunnel_is_ours(l))
		return;
	if (s->n_links == sizeof(s->links) / sizeof(s->links[0]))
		s->more = true;
	else
		s->links[s->n_links++] = *l;
}

static void
on_addr(void *ctx, const struct os_addr *addr, bool gone)
{
	(void)ctx;
	(void)addr;
	(void)gone;
}

static void
on_route(void *ctx, const struct os_route *r, bool gone)
{
	struct sweep *s = ctx;

	if (gone || !r->ours)
		return;
	if (s->n_routes == ROUTES_MAX) {
		s->more = true;
		return;
	}
	s->routes[s->n_routes].del = true;
	s->routes[s->n_routes++].route = *r;
}

static void
on_news(void *ctx)
{
	(void)ctx;
}

static const struct os_events events = {
	.link = on_link, .addr = on_addr, .route = on_route,
	.guards = on_news, .rules = on_news, .knobs = on_news, .lost = on_news
};

/* One pass; how many things went, or -1. */
static int
pass(struct sweep *s)
{
	size_t i;

	s->n_links = s->n_routes = 0;
	s->more = false;
	if (os_dump(s->os, OS_LINKS | OS_ROUTES) == -1) {
		log_warn("cannot read the kernel's tables");
		return (-1);
	}
	for (i = 0; i < s->n_links; i++)
		if (os_link_del(s->os, s->links[i].index,
		    s->links[i].name) == -1) {
			log_warn("%s", s->links[i].name);
			return (-1);
		}
	if (os_routes(s->os, s->routes, s->n_routes) > 0) {
		log_warnx("routes: some could not be removed");
		return (-1);
	}
	return ((int)(s->n_links + s->n_routes));
}

int
kernel_clean(const struct options *o)
{
	struct sweep *s = calloc(1, sizeof(*s));
	struct state st;
	int n, links = 0, sum = 0;

	if (s == NULL || daemon_lock(o->pidfile) == -1 ||
	    (s->os = os_open(&events, s)) == NULL) {
		log_warn("cannot clean up");
		free(s);
		return (1);
	}
	do {
		if ((n = pass(s)) == -1)
			break;
		links += (int)s->n_links;
		sum += n;
	} while (s->more);
	if (n != -1 && (os_guards(s->os, NULL, 0) == -1 ||
	    os_bypass(s->os, NULL, 0) == -1))
		log_warn("guards beside the main table");
	/* a packet filter that knows no owners keeps our table */
	if (n != -1)
		nat_close(nat_open());
	if (state_read(o->statedir, &st) == STATE_OK &&
	    (st.forward_set || st.running)) {
		if (st.forward_set)
			(void)os_knob_set(s->os, OS_FORWARD4, NULL,
			    st.forward_was);
		st.forward_set = st.running = false;
		(void)state_write(o->statedir, &st);
	}
	os_close(s->os);
	free(s);
	daemon_cleanup();
	if (n != -1)
		printf("removed: %d interfaces, %d routes\n", links,
		    sum - links);
	return (n == -1 ? 1 : 0);
}
