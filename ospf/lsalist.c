/* SPDX-License-Identifier: ISC */
/* runs in: ospf.  See lsalist.h. */
#include <stdlib.h>

#include "ospf/lsalist.h"

static struct lsa_item **
slot(const struct lsalist *l, const struct lsa_key *k)
{
	return (&l->tab[lsa_key_hash(l->seed, k) & (l->n_tab - 1)]);
}

struct lsa_item *
lsalist_find(const struct lsalist *l, const struct lsa_key *k)
{
	struct lsa_item *it;

	if (l->n == 0)
		return (NULL);
	for (it = *slot(l, k); it != NULL; it = it->hnext)
		if (lsa_key_eq(&it->hdr.key, k))
			return (it);
	return (NULL);
}

/* Make the table fit one more; -1 only while there is none at all. */
static int
grow(struct lsalist *l)
{
	struct lsa_item **tab, **s, *it;
	size_t i, n_tab = l->n_tab != 0 ? l->n_tab * 2 : 16;
	struct lsalist old = *l;

	if (l->n < l->n_tab)
		return (0);
	tab = calloc(n_tab, sizeof(struct lsa_item *));
	if (tab == NULL)
		return (l->n_tab != 0 ? 0 : -1);
	l->tab = tab;
	l->n_tab = n_tab;
	for (i = 0; i < old.n_tab; i++)
		while ((it = old.tab[i]) != NULL) {
			old.tab[i] = it->hnext;
			s = slot(l, &it->hdr.key);
			it->hnext = *s;
			*s = it;
		}
	free(old.tab);
	return (0);
}

struct lsa_item *
lsalist_add(struct lsalist *l, const struct lsa_hdr *h, struct mono due)
{
	struct lsa_item *it, **s;

	it = lsalist_find(l, &h->key);
	if (it == NULL) {
		if (grow(l) == -1 || (it = calloc(1, sizeof(*it))) == NULL)
			return (NULL);
		if (heap_reserve(&l->heap, 1) == -1) {
			free(it);
			return (NULL);
		}
		s = slot(l, &h->key);
		it->hnext = *s;
		*s = it;
		l->n++;
	}
	it->hdr = *h;
	heap_set(&l->heap, &it->due, due.ns);
	return (it);
}

void
lsalist_due(struct lsalist *l, struct lsa_item *it, struct mono due)
{
	heap_set(&l->heap, &it->due, due.ns);
}

struct lsa_item *
lsalist_top(const struct lsalist *l)
{
	struct heap_node *n = heap_top(&l->heap);

	return (n != NULL ? HEAP_OWNER(n, struct lsa_item, due) : NULL);
}

void
lsalist_del(struct lsalist *l, struct lsa_item *it)
{
	struct lsa_item **s;

	for (s = slot(l, &it->hdr.key); *s != it; s = &(*s)->hnext)
		;
	*s = it->hnext;
	heap_del(&l->heap, &it->due);
	heap_release(&l->heap, 1);
	l->n--;
	lsa_unref(it->lsa);
	free(it);
}

void
lsalist_clear(struct lsalist *l)
{
	struct lsa_item *it;

	while ((it = lsalist_top(l)) != NULL)
		lsalist_del(l, it);
	heap_free(&l->heap);
	free(l->tab);
	l->tab = NULL;
	l->n_tab = 0;
}
