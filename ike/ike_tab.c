/* SPDX-License-Identifier: ISC */
/* runs in: ike.  See ike_tab.h. */
#include <stdlib.h>

#include "ike/ike_tab.h"
#include "lib/hash.h"

#define TAB_FIRST	64

static size_t
place(const struct tab *t, uint64_t key)
{
	return ((size_t)hash_mix(key, t->seed) & t->mask);
}

int
tab_init(struct tab *t, uint64_t seed)
{
	t->n = 0;
	t->mask = TAB_FIRST - 1;
	t->seed = seed;
	t->bucket = calloc(TAB_FIRST, sizeof(*t->bucket));
	return (t->bucket == NULL ? -1 : 0);
}

void
tab_free(struct tab *t)
{
	free(t->bucket);
	t->bucket = NULL;
}

/* Twice the buckets, when there is memory: else chains get longer. */
static void
grow(struct tab *t)
{
	struct tab_node **old = t->bucket, *n;
	size_t i, was = t->mask + 1;
	struct tab_node **new = calloc(was * 2, sizeof(*new));

	if (new == NULL)
		return;
	t->bucket = new;
	t->mask = was * 2 - 1;
	for (i = 0; i < was; i++)
		while ((n = old[i]) != NULL) {
			old[i] = n->next;
			n->next = new[place(t, n->key)];
			new[place(t, n->key)] = n;
		}
	free(old);
}

void
tab_put(struct tab *t, struct tab_node *n, uint64_t key, void *owner)
{
	struct tab_node **b;

	if (t->n > t->mask)
		grow(t);
	b = &t->bucket[place(t, key)];
	n->key = key;
	n->owner = owner;
	n->next = *b;
	*b = n;
	t->n++;
}

void
tab_del(struct tab *t, struct tab_node *n)
{
	struct tab_node **b;

	if (n->owner == NULL)
		return;
	for (b = &t->bucket[place(t, n->key)]; *b != n; b = &(*b)->next)
		;
	*b = n->next;
	n->next = NULL;
	n->owner = NULL;
	t->n--;
}

struct tab_node *
tab_first(const struct tab *t, uint64_t key)
{
	struct tab_node *n;

	for (n = t->bucket[place(t, key)]; n != NULL; n = n->next)
		if (n->key == key)
			return (n);
	return (NULL);
}

struct tab_node *
tab_next(const struct tab_node *n)
{
	uint64_t key = n->key;

	for (n = n->next; n != NULL; n = n->next)
		if (n->key == key)
			return ((struct tab_node *)(uintptr_t)n);
	return (NULL);
}

void *
tab_get(const struct tab *t, uint64_t key)
{
	struct tab_node *n = tab_first(t, key);

	return (n == NULL ? NULL : n->owner);
}
