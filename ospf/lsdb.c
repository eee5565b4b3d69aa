/* SPDX-License-Identifier: ISC */
/* runs in: ospf.  See lsdb.h. */
#include <stdlib.h>

#include "ospf/lsdb.h"

struct lsdb {
	struct lsdb_entry	**tab;
	size_t			  n_tab;	/* a power of two */
	size_t			  n;
	size_t			  bytes;
	uint64_t		  seed;
	struct heap		  heap;
	struct lsdb_list	  all, dying;
};

struct lsdb *
lsdb_new(uint64_t seed)
{
	struct lsdb *db;

	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return (NULL);
	db->n_tab = 64;
	db->tab = calloc(db->n_tab, sizeof(struct lsdb_entry *));
	if (db->tab == NULL) {
		free(db);
		return (NULL);
	}
	db->seed = seed;
	TAILQ_INIT(&db->all);
	TAILQ_INIT(&db->dying);
	return (db);
}

void
lsdb_free(struct lsdb *db)
{
	struct lsdb_entry *en;

	if (db == NULL)
		return;
	while ((en = TAILQ_FIRST(&db->all)) != NULL)
		lsdb_del(db, en);
	heap_free(&db->heap);
	free(db->tab);
	free(db);
}

static struct lsdb_entry **
slot(const struct lsdb *db, const struct lsa_key *k)
{
	return (&db->tab[lsa_key_hash(db->seed, k) & (db->n_tab - 1)]);
}

struct lsdb_entry *
lsdb_find(const struct lsdb *db, const struct lsa_key *k)
{
	struct lsdb_entry *en;

	for (en = *slot(db, k); en != NULL; en = en->hnext)
		if (lsa_key_eq(&en->lsa->h.key, k))
			return (en);
	return (NULL);
}

/* Double the table; without memory the chains grow longer instead. */
static void
grow(struct lsdb *db)
{
	struct lsdb_entry **tab, **s, *en;

	tab = calloc(db->n_tab * 2, sizeof(struct lsdb_entry *));
	if (tab == NULL)
		return;
	free(db->tab);
	db->tab = tab;
	db->n_tab *= 2;
	TAILQ_FOREACH(en, &db->all, all) {
		s = slot(db, &en->lsa->h.key);
		en->hnext = *s;
		*s = en;
	}
}

struct lsdb_entry *
lsdb_put(struct lsdb *db, struct lsa *l, struct mono now, bool *was_new)
{
	struct lsdb_entry *en, **s;

	en = lsdb_find(db, &l->h.key);
	if (was_new != NULL)
		*was_new = en == NULL;
	if (en == NULL) {
		if (db->n >= db->n_tab)
			grow(db);
		en = calloc(1, sizeof(*en));
		if (en == NULL || heap_reserve(&db->heap, 1) == -1) {
			free(en);
			lsa_unref(l);
			return (NULL);
		}
		s = slot(db, &l->h.key);
		en->hnext = *s;
		*s = en;
		TAILQ_INSERT_TAIL(&db->all, en, all);
		db->n++;
	} else {
		db->bytes -= en->lsa->h.len;
		lsa_unref(en->lsa);
	}
	en->lsa = l;
	en->installed = now;
	db->bytes += l->h.len;
	return (en);
}

void
lsdb_del(struct lsdb *db, struct lsdb_entry *en)
{
	struct lsdb_entry **s;

	for (s = slot(db, &en->lsa->h.key); *s != en; s = &(*s)->hnext)
		;
	*s = en->hnext;
	heap_del(&db->heap, &en->due);
	heap_release(&db->heap, 1);
	lsdb_dying(db, en, false);
	TAILQ_REMOVE(&db->all, en, all);
	db->n--;
	db->bytes -= en->lsa->h.len;
	lsa_unref(en->lsa);
	free(en);
}

void
lsdb_due(struct lsdb *db, struct lsdb_entry *en, struct mono at)
{
	heap_set(&db->heap, &en->due, at.ns);
}

struct lsdb_entry *
lsdb_first_due(const struct lsdb *db)
{
	struct heap_node *n = heap_top(&db->heap);

	return (n != NULL ? HEAP_OWNER(n, struct lsdb_entry, due) : NULL);
}

void
lsdb_dying(struct lsdb *db, struct lsdb_entry *en, bool on)
{
	if (en->max_age == on)
		return;
	en->max_age = on;
	if (on)
		TAILQ_INSERT_TAIL(&db->dying, en, dying);
	else
		TAILQ_REMOVE(&db->dying, en, dying);
}

struct lsdb_list *
lsdb_dying_list(struct lsdb *db)
{
	return (&db->dying);
}

struct lsdb_list *
lsdb_all(struct lsdb *db)
{
	return (&db->all);
}

size_t
lsdb_count(const struct lsdb *db)
{
	return (db->n);
}

size_t
lsdb_bytes(const struct lsdb *db)
{
	return (db->bytes);
}
