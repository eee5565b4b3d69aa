/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  A neighbour's list of LSAs: found by key through a hash,
 * taken in the order of their due times through a heap.  Used for the
 * retransmission list (item->lsa) and for the request list (item->hdr).
 */
#ifndef GREIPSEC_OSPF_LSALIST_H
#define GREIPSEC_OSPF_LSALIST_H

#include <sys/queue.h>

#include "lib/heap.h"
#include "ospf/lsa.h"

struct lsa_item {
	struct lsa_item		*hnext;
	struct heap_node	 due;		/* key: ns */
	struct lsa_hdr		 hdr;		/* its key is the item's */
	struct lsa		*lsa;		/* a reference, or NULL */
	bool			 asked;		/* in a request under way */
	bool			 changed;	/* to be sent: not a mere refresh */
	TAILQ_ENTRY(lsa_item)	 unasked;	/* the owner's: until asked */
};

TAILQ_HEAD(lsa_items, lsa_item);

/* All zero but seed is an empty list. */
struct lsalist {
	struct lsa_item	**tab;
	size_t		  n_tab, n;
	uint64_t	  seed;
	struct heap	  heap;
};

struct lsa_item	*lsalist_find(const struct lsalist *l,
		    const struct lsa_key *k);
/* Find or add the item of h's key, with hdr = *h; NULL without memory. */
struct lsa_item	*lsalist_add(struct lsalist *l, const struct lsa_hdr *h,
		    struct mono due);
void		 lsalist_due(struct lsalist *l, struct lsa_item *it,
		    struct mono due);
/* The item that is due first; NULL when empty. */
struct lsa_item	*lsalist_top(const struct lsalist *l);
void		 lsalist_del(struct lsalist *l, struct lsa_item *it);
/* Release everything. */
void		 lsalist_clear(struct lsalist *l);

#endif
