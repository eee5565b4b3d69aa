/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  Which routes of ours should be in the kernel: pure, wanted
 * and seen go in, changes come out.  Three kinds:
 *
 *   guard  unreachable, worst metric, for each network of another site: what
 *          OSPF withdraws ends there and not at the provider (DESIGN 6, rule 1)
 *   ospf   what OSPF computed, over our tunnels
 *   pin    a host route to a tunnel's outer address by the way the kernel has
 *          without ours, where one of ours would have attracted it (rule 4)
 *
 * Where there is no such way, the routes that would attract an outer address
 * are refused until there is.  Routes of others are never touched: one of ours
 * whose place (prefix and metric) is taken is not installed and says so, nor is
 * one of OSPF's that would be used instead of a connected subnet.
 * After a start, routes of ours in the kernel are kept as if OSPF had sent
 * them (stale) until fib_ospf_sweep(); so are OSPF's while it is replaced.
 */
#ifndef GREIPSECD_FIB_H
#define GREIPSECD_FIB_H

#include "greipsecd/os.h"
#include "lib/mono.h"

#define FIB_METRIC_PIN		10
#define FIB_METRIC_OSPF		20
#define FIB_METRIC_GUARD	4278198272U

enum fib_kind {
	FIB_GUARD,
	FIB_PIN,
	FIB_OSPF,
	FIB_KIND_N
};
extern const char *const fib_kind_names[FIB_KIND_N];

/* Why a wanted route is not installed. */
enum fib_why {
	FIB_FINE,
	FIB_RECURSIVE,		/* would carry a tunnel's outer packets, and the
				   underlay has no way of its own */
	FIB_OCCUPIED,		/* another's route has this place */
	FIB_KERNEL,		/* the kernel refused: error */
	FIB_DECOUPLED,		/* the operator keeps OSPF's out of the kernel */
	FIB_CONNECTED,		/* a link here has this subnet, at a metric that
				   ours would beat */
	FIB_WHY_N
};
extern const char *const fib_why_names[FIB_WHY_N];

struct fib_row {
	enum fib_kind	kind;
	struct os_route	route;
	bool		installed;
	bool		stale;
	enum fib_why	why;
	int		error;		/* FIB_KERNEL: errno */
	struct addr	outer;		/* FIB_RECURSIVE, pin: whose */
	struct mono	since;		/* wanted, unchanged, since then */
};

struct fib;

struct fib	*fib_new(void);
void		 fib_free(struct fib *f);

/* Wanted.  0, or -1 when there is no memory; what was stays then.  Guards, 1: there
 * is a new one, clear what was seen and show all routes again (those that did not
 * matter were not kept). */
int		 fib_guards_set(struct fib *f, const struct prefix *v, size_t n,
		    struct mono now);
/* route: prefix and next hops; metric and the rest are filled in here. */
int		 fib_ospf_set(struct fib *f, const struct os_route *route,
		    struct mono now);
void		 fib_ospf_del(struct fib *f, const struct prefix *p);
/* OSPF starts anew: what it sent is stale until it sends it again. */
void		 fib_ospf_stale(struct fib *f);
/* OSPF sent all there is: forget the stale ones, and adopt no more. */
void		 fib_ospf_sweep(struct fib *f);
/* Whether there are stale ones. */
bool		 fib_ospf_left(const struct fib *f);
/* Whether OSPF's routes go to the kernel; guards and pins always do. */
void		 fib_couple(struct fib *f, bool on);
bool		 fib_coupled(const struct fib *f);
/* Links of ours: routes over them are no underlay. */
int		 fib_links_set(struct fib *f, const uint32_t *index, size_t n);
/* A link was recreated: what OSPF sent over it goes over the new one. */
void		 fib_link_moved(struct fib *f, uint32_t from, uint32_t to);
/* Outer addresses of the peers.  1: there is a new one, clear what was seen
 * and show all routes again (those that did not matter were not kept). */
int		 fib_outers_set(struct fib *f, const struct addr *v, size_t n);

enum fib_seen {
	FIB_SEEN_SAME,		/* nothing to plan */
	FIB_SEEN_NEWS,
	FIB_SEEN_UNSURE		/* clear, and show everything: something else may
				   be left in that place */
};

/* Seen in the kernel. */
void		 fib_seen_clear(struct fib *f);
enum fib_seen	 fib_seen(struct fib *f, const struct os_route *r, bool gone);

/* The changes to make, in order; valid until the next call here.  Returns
 * their count.  After carrying them out tell fib_done(). */
size_t		 fib_plan(struct fib *f, struct mono now,
		    struct os_change **out);
void		 fib_done(struct fib *f, const struct os_change *v, size_t n);

/* The next route of others that leads what a guard is for past us, by no tunnel of
 * ours; false: no more.  *at is 0 for the first and moved on; *out is a copy. */
bool		 fib_foreign(const struct fib *f, size_t *at,
		    struct os_route *out);
/* What is wanted, as of the last plan, by kind and prefix. */
size_t		 fib_count(const struct fib *f);
bool		 fib_row(const struct fib *f, size_t i, struct fib_row *out);

#endif
