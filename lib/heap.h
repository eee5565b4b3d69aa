/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf and ike.  Binary heap of nodes that live inside their owners: timers,
 * LSA due times, the candidates of Dijkstra.  Room is reserved when an owner
 * is made, so that moving a node can never fail.
 */
#ifndef GREIPSEC_HEAP_H
#define GREIPSEC_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero it before its first use. */
struct heap_node {
	int64_t	key;		/* smallest first */
	size_t	at;		/* place + 1; 0: in no heap */
};

/* All zero is an empty heap. */
struct heap {
	struct heap_node	**v;
	size_t			  n, cap, promised;
};

/* The object around a node. */
#define HEAP_OWNER(node, type, member) \
	((type *)(void *)((char *)(node) - offsetof(type, member)))

/* Room for n more nodes until heap_release(); -1 when there is no memory. */
int			 heap_reserve(struct heap *h, size_t n);
void			 heap_release(struct heap *h, size_t n);
/* Insert a node for which room was reserved, or move it to a new key. */
void			 heap_set(struct heap *h, struct heap_node *n,
			    int64_t key);
/* Take out; a node that is in no heap stays so. */
void			 heap_del(struct heap *h, struct heap_node *n);
/* The smallest; NULL when empty. */
struct heap_node	*heap_top(const struct heap *h);
/* Release the heap's own memory; the nodes are their owners'. */
void			 heap_free(struct heap *h);

#endif
