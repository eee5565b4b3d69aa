/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  Hash table of nodes that live inside their owners; keys are
 * 64 bits and need not be unique.  It grows by itself.  Pure.
 */
#ifndef GREIPSEC_IKE_TAB_H
#define GREIPSEC_IKE_TAB_H

#include <stddef.h>
#include <stdint.h>

struct tab_node {
	struct tab_node	*next;
	uint64_t	 key;
	void		*owner;		/* NULL: in no table */
};

struct tab {
	struct tab_node	**bucket;
	size_t		  n, mask;
	uint64_t	  seed;
};

/* 0, or -1 without memory. */
int		 tab_init(struct tab *t, uint64_t seed);
/* The nodes are their owners'. */
void		 tab_free(struct tab *t);
void		 tab_put(struct tab *t, struct tab_node *n, uint64_t key,
		    void *owner);
/* A node that is in no table stays so. */
void		 tab_del(struct tab *t, struct tab_node *n);
/* The first node with that key, and the next one of the same key; NULL. */
struct tab_node	*tab_first(const struct tab *t, uint64_t key);
struct tab_node	*tab_next(const struct tab_node *n);
/* The owner of the first node with that key; NULL. */
void		*tab_get(const struct tab *t, uint64_t key);

#endif
