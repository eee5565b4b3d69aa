/* SPDX-License-Identifier: ISC */
/* Heap, LSDB, lists of neighbours. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "ospf/lsalist.h"
#include "ospf/lsdb.h"

static const struct mono t0 = { 5000000000 };

static uint32_t
rnd(uint32_t *s)
{
	return (*s = *s * 1103515245 + 12345) >> 8;
}

START_TEST(heap_sorts)
{
	struct heap h = { .n = 0 };
	struct heap_node v[500] = { { .at = 0 } }, *n;
	uint32_t s = 7, i, round;
	int64_t last;

	ck_assert_int_eq(heap_reserve(&h, 500), 0);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < 500; i++)
			heap_set(&h, &v[i], rnd(&s) % 1000);
		for (i = 0; i < 500; i += 3)
			heap_set(&h, &v[i], rnd(&s) % 1000);
		for (i = 0; i < 500; i += 7)
			heap_del(&h, &v[i]);
		heap_del(&h, &v[0]);		/* is not in */
		last = -1;
		while ((n = heap_top(&h)) != NULL) {
			ck_assert_int_le(last, n->key);
			last = n->key;
			heap_del(&h, n);
			ck_assert_uint_eq(n->at, 0);
		}
	}
	heap_free(&h);
}
END_TEST

static struct lsa *
make(uint32_t id, uint32_t seq, size_t len)
{
	uint8_t p[200] = { 0 };
	struct wbuf w = wbuf_make(p, sizeof(p));
	struct lsa_hdr h = { .key = { LSA_ROUTER, 0, id, id }, .seq = seq,
	    .len = (uint16_t)len };
	struct lsa *l;

	lsa_hdr_write(&w, &h);
	l = lsa_new(p, len, 0, t0);
	ck_assert_ptr_nonnull(l);
	return (l);
}

START_TEST(lsdb_basics)
{
	struct lsdb *db = lsdb_new(42);
	struct lsdb_entry *en;
	struct lsa_key k = { LSA_ROUTER, 0, 0, 0 };
	bool was_new;
	uint32_t i;

	for (i = 1; i <= 5000; i++) {
		en = lsdb_put(db, make(i, 1, 24), t0, &was_new);
		ck_assert_ptr_nonnull(en);
		ck_assert(was_new);
		lsdb_due(db, en, mono_add(t0, (int64_t)(5000 - i)));
	}
	ck_assert_uint_eq(lsdb_count(db), 5000);
	ck_assert_uint_eq(lsdb_bytes(db), 5000 * 24);
	ck_assert_uint_eq(lsdb_first_due(db)->lsa->h.key.id, 5000);
	for (i = 1; i <= 5000; i++) {
		k.id = k.adv = i;
		en = lsdb_find(db, &k);
		ck_assert_ptr_nonnull(en);
		ck_assert_uint_eq(en->lsa->h.key.id, i);
	}
	k.scope = 1;
	ck_assert_ptr_null(lsdb_find(db, &k));
	k.scope = 0;
	en = lsdb_put(db, make(77, 2, 60), t0, &was_new);
	ck_assert(!was_new);
	ck_assert_uint_eq(en->lsa->h.seq, 2);
	ck_assert_uint_eq(lsdb_bytes(db), 4999 * 24 + 60);
	lsdb_dying(db, en, true);
	lsdb_dying(db, en, true);
	ck_assert_ptr_eq(TAILQ_FIRST(lsdb_dying_list(db)), en);
	lsdb_del(db, en);
	ck_assert(TAILQ_EMPTY(lsdb_dying_list(db)));
	k.id = k.adv = 77;
	ck_assert_ptr_null(lsdb_find(db, &k));
	for (i = 1; i <= 5000; i += 2) {
		k.id = k.adv = i;
		if ((en = lsdb_find(db, &k)) != NULL)
			lsdb_del(db, en);
	}
	ck_assert_uint_eq(lsdb_count(db), 2500);
	lsdb_free(db);
}
END_TEST

START_TEST(lists)
{
	struct lsalist l = { .seed = 3 };
	struct lsa *a = make(1, 1, 24);
	struct lsa_item *it;
	struct lsa_hdr h = a->h;
	uint32_t i;

	ck_assert_ptr_null(lsalist_top(&l));
	ck_assert_ptr_null(lsalist_find(&l, &h.key));
	for (i = 1; i <= 1000; i++) {
		h.key.id = i;
		it = lsalist_add(&l, &h, mono_add(t0, (int64_t)(i * 7 % 1000)));
		ck_assert_ptr_nonnull(it);
		it->lsa = lsa_ref(a);
	}
	ck_assert_uint_eq(l.n, 1000);
	ck_assert_uint_eq(a->refs, 1001);
	h.key.id = 5;
	h.seq = 9;
	it = lsalist_add(&l, &h, t0);		/* again: moved, not doubled */
	ck_assert_uint_eq(l.n, 1000);
	ck_assert_uint_eq(it->hdr.seq, 9);
	lsalist_due(&l, it, mono_add(t0, -1));
	ck_assert_ptr_eq(lsalist_top(&l), it);
	lsalist_del(&l, it);
	ck_assert_ptr_null(lsalist_find(&l, &h.key));
	ck_assert_uint_eq(a->refs, 1000);
	lsalist_clear(&l);
	ck_assert_uint_eq(a->refs, 1);
	lsa_unref(a);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lsdb");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_add_test(t, heap_sorts);
	tcase_add_test(t, lsdb_basics);
	tcase_add_test(t, lists);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
