/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  Prefixes and the ways to them: each prefix knows the vertices
 * that announce it.  A change of a vertex's announcements, or of its place in
 * the tree, touches its own prefixes only.  What main was told is remembered,
 * so that it hears of changes and of nothing else.
 */
#ifndef GREIPSEC_OSPF_RIB_H
#define GREIPSEC_OSPF_RIB_H

#include <sys/queue.h>

#include "lib/mono.h"
#include "ospf/spf.h"

/* A prefix that an LSA announces; dest has no bit set behind len. */
struct rib_stub {
	uint32_t	dest;
	uint8_t		len;
	uint32_t	metric;
};

struct rib_route {
	bool		have;
	bool		local;		/* ours: the kernel has it */
	uint32_t	cost;
	uint32_t	adv;		/* who announces it */
	struct nh_set	nh;
};

/* Why routes moved. */
enum rib_cause_kind {
	CAUSE_NONE,
	CAUSE_CONFIG,
	CAUSE_NBR_UP,		/* id: router id */
	CAUSE_NBR_DOWN,
	CAUSE_LSA,		/* id: advertising router */
};

struct rib_cause {
	enum rib_cause_kind	kind;
	uint32_t		id;
};

TAILQ_HEAD(rib_src_list, rib_src);

struct rib_prefix {
	uint32_t		 dest;
	uint8_t			 len;
	struct rib_prefix	*hnext;
	struct rib_src_list	 srcs;
	struct rib_route	 now, told;
	struct mono		 since;		/* now is like this */
	struct rib_route	 was;		/* and before that */
	struct rib_cause	 cause;
	bool			 dirty, queued;
	TAILQ_ENTRY(rib_prefix)	 all, dirt, queue;
};
TAILQ_HEAD(rib_list, rib_prefix);

struct rib;

struct rib	*rib_new(uint64_t seed);
void		 rib_free(struct rib *r);
/* What a vertex announces from now on, stubs sorted in place; n 0: nothing.  While
 * there is no way to it, it counts for nothing.  The number of prefixes touched, or
 * -1 without memory. */
int		 rib_stubs(struct rib *r, struct vertex *v,
		    struct rib_stub *stubs, size_t n);
/* Distance or next hops of a vertex changed. */
void		 rib_vertex(struct rib *r, struct vertex *v);
/* Tell main again of all routes that use an interface; 0: of all. */
void		 rib_renew(struct rib *r, const struct spf *s, uint32_t iid);
/* Compute what was touched. */
void		 rib_update(struct rib *r, uint8_t max_paths, struct mono now,
		    struct rib_cause cause);
/*
 * The next change that main has not heard of; false when there is none.  *del:
 * the route ended, and only dest and len of out are set.  iface: index of an
 * interface for the kernel.
 */
bool		 rib_pop(struct rib *r, const struct spf *s,
		    struct ospf_route *out, bool *del,
		    uint32_t (*ifindex)(void *ctx, uint32_t iid), void *ctx);
/* All prefixes, those without a route too. */
struct rib_list	*rib_all(struct rib *r);
/* How many those are. */
size_t		 rib_size(const struct rib *r);
/* Prefixes that have a route through a neighbour. */
size_t		 rib_count(const struct rib *r);
/* Whether rib_pop() has something. */
bool		 rib_pending(const struct rib *r);

#endif
