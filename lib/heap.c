/* SPDX-License-Identifier: ISC */
/* runs in: ospf and ike.  See heap.h. */
#include <stdlib.h>

#include "lib/heap.h"

int
heap_reserve(struct heap *h, size_t n)
{
	struct heap_node **v;
	size_t cap = h->cap != 0 ? h->cap : 16;

	while (cap < h->promised + n)
		cap *= 2;
	if (cap != h->cap) {
		v = reallocarray(h->v, cap, sizeof(*v));
		if (v == NULL)
			return (-1);
		h->v = v;
		h->cap = cap;
	}
	h->promised += n;
	return (0);
}

void
heap_release(struct heap *h, size_t n)
{
	h->promised -= n;
}

static void
place(struct heap *h, size_t i, struct heap_node *n)
{
	h->v[i] = n;
	n->at = i + 1;
}

static void
up(struct heap *h, size_t i)
{
	struct heap_node *n = h->v[i];
	size_t parent;

	while (i > 0) {
		parent = (i - 1) / 2;
		if (h->v[parent]->key <= n->key)
			break;
		place(h, i, h->v[parent]);
		i = parent;
	}
	place(h, i, n);
}

static void
down(struct heap *h, size_t i)
{
	struct heap_node *n = h->v[i];
	size_t c;

	while ((c = 2 * i + 1) < h->n) {
		if (c + 1 < h->n && h->v[c + 1]->key < h->v[c]->key)
			c++;
		if (n->key <= h->v[c]->key)
			break;
		place(h, i, h->v[c]);
		i = c;
	}
	place(h, i, n);
}

void
heap_set(struct heap *h, struct heap_node *n, int64_t key)
{
	int64_t old = n->key;

	n->key = key;
	if (n->at == 0) {
		place(h, h->n++, n);
		up(h, h->n - 1);
	} else if (key < old)
		up(h, n->at - 1);
	else
		down(h, n->at - 1);
}

void
heap_del(struct heap *h, struct heap_node *n)
{
	struct heap_node *last;
	size_t i;

	if (n->at == 0)
		return;
	i = n->at - 1;
	n->at = 0;
	last = h->v[--h->n];
	if (last == n)
		return;
	place(h, i, last);
	if (i > 0 && last->key < h->v[(i - 1) / 2]->key)
		up(h, i);
	else
		down(h, i);
}

struct heap_node *
heap_top(const struct heap *h)
{
	return (h->n != 0 ? h->v[0] : NULL);
}

void
heap_free(struct heap *h)
{
	free(h->v);
	*h = (struct heap){ .v = NULL };
}
