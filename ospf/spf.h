/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  The graph of an area and the tree of shortest paths in it
 * (RFC 2328 16.1, step one), with equal cost paths.  It knows vertices, edges
 * and next hops; bodies of LSAs are translated by topo.c, prefixes are the
 * business of rib.c.  Only the part of the tree that a change can reach is
 * computed again.
 */
#ifndef GREIPSEC_OSPF_SPF_H
#define GREIPSEC_OSPF_SPF_H

#include "lib/pair_main_ospf.h"
#include "lib/heap.h"

#define SPF_INFINITY	0xffffffffU

enum vertex_kind {
	VERTEX_ROUTER = 1,	/* id: router id */
	VERTEX_NETWORK = 2	/* id: address of the designated router */
};

/* A set of indexes into the table of next hops, ascending. */
struct nh_set {
	uint8_t		n;
	uint16_t	nh[OSPF_NEXTHOPS];
};

struct vertex;
struct edge {
	struct vertex	*to;
	uint32_t	 metric;
	bool		 both;		/* there is one back (16.1 2b) */
};

/* What a run touches comes first: to fetch it is most of the work. */
struct vertex {
	struct heap_node  cand;
	struct edge	 *edges;	/* ascending by kind, id, metric */
	uint32_t	  n_edges;
	uint32_t	  id;
	uint8_t		  kind;
	bool		  present;	/* its LSA is in the LSDB */
	bool		  near;		/* an adjacency of ours leads here */
	/* the tree; SPF_INFINITY: not in it.  nh.n is 0 for ourselves */
	uint32_t	  dist, old_dist;
	struct nh_set	  nh, old_nh;
	size_t		  spot;		/* place in moved[] + 1; 0: not there */
	void		 *srcs;		/* the RIB's, one block of memory */
	uint32_t	  owner;	/* advertising router of that LSA */
	size_t		  refs;		/* edges that lead here */
	size_t		  at;		/* place in the list of all */
	struct vertex	 *hnext;
};

/* What an LSA says, before it is resolved. */
struct spf_edge {
	uint8_t		kind;
	uint32_t	id;
	uint32_t	metric;
};

/* A fully adjacent neighbour of ours. */
struct spf_adj {
	uint32_t	rid;
	uint32_t	iid;
	uint32_t	gateway;	/* its address, host order */
	uint32_t	metric;
};

struct spf_nh {
	uint32_t	iid;
	uint32_t	gateway;
};

struct spf;

struct spf	*spf_new(uint64_t seed);
void		 spf_free(struct spf *s);
/* NULL when there is none. */
struct vertex	*spf_find(const struct spf *s, uint8_t kind, uint32_t id);
/*
 * Say what the LSA of a vertex says; edges are sorted in place.  0: the tree is
 * what it was, 1: spf_run() has something to do, -1: no memory.  *out is the
 * vertex.
 */
int		 spf_set(struct spf *s, uint8_t kind, uint32_t id,
		    uint32_t owner, struct spf_edge *edges, size_t n,
		    struct vertex **out);
/* The LSA is gone; its prefixes must have been taken off the vertex.  Whether
 * spf_run() has something to do. */
bool		 spf_unset(struct spf *s, struct vertex *v);
/* Who we are, and our adjacencies.  1: the whole tree has to be computed again,
 * 2: and next hops have new indexes, 0: the same, or -1 without memory. */
int		 spf_root(struct spf *s, uint32_t rid,
		    const struct spf_adj *adj, size_t n);
/* Bring the tree up to date; changed() is called for each vertex whose distance
 * or next hops are not what they were.  -1: no memory, nothing was computed. */
int		 spf_run(struct spf *s, uint8_t max_paths,
		    void (*changed)(void *ctx, struct vertex *v), void *ctx);
/* One of the next hops that sets name; all zero for an index out of use. */
const struct spf_nh *spf_nh(const struct spf *s, uint16_t i);
/* Vertices, those that are only spoken of too. */
size_t		 spf_size(const struct spf *s);
/* Routers in the tree, ourselves included. */
size_t		 spf_reached(const struct spf *s);

bool		 nh_set_eq(const struct nh_set *a, const struct nh_set *b);
/* Add b to a, keeping the max smallest. */
void		 nh_set_merge(struct nh_set *a, const struct nh_set *b,
		    uint8_t max);

#endif
