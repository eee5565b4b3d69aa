/* SPDX-License-Identifier: ISC */
/* An engine that goes on where one before it was killed: the neighbours do not
 * notice, whatever happened meanwhile is learnt, and memory that was spoilt does
 * no harm. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ospf/keep.h"
#include "regress/scenario/lib_ospf.h"

/* A ring of four, FULL and quiet; router 0 keeps what outlives it. */
static struct net *
ring(uint64_t seed)
{
	struct net *n = net_new(seed);
	size_t i;

	for (i = 0; i < 4; i++)
		net_router(n, 0x01010101U * (uint32_t)(i + 1));
	for (i = 0; i < 4; i++)
		net_link(n, i, (i + 1) % 4, 10);
	net_keep(n, 0);
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 20000);
	ck_assert(net_quiet(n));
	return (n);
}

static unsigned int
lost(const struct net *n)
{
	return (n->r[1].n_lost + n->r[2].n_lost + n->r[3].n_lost);
}

START_TEST(unnoticed)
{
	struct net *n = ring(1);
	unsigned int had = lost(n), moved = n->r[2].route_msgs;
	struct ctl_lsa before, after;
	uint64_t issued;
	int i;

	ck_assert(net_lsa(n, 1, 1, 0x01010101, 0x01010101, &before));
	for (i = 0; i < 5; i++) {
		net_kill(n, 0);
		net_run(n, (i * 700) % 3000);
		net_boot(n, 0);
		net_run(n, 50);
		ck_assert(net_all_full(n));
		ck_assert_uint_eq(net_route_to(n, 0, 2)->cost, 30);
		ck_assert_uint_eq(net_route_to(n, 0, 2)->n_nexthops, 2);
		ck_assert(n->r[0].synced);
		ck_assert_uint_ge(n->r[0].routes_at_sync, 3);
		net_run(n, 20000);
		ck_assert(net_all_full(n) && net_same_lsdb(n));
	}
	ck_assert_uint_eq(lost(n), had);
	ck_assert_uint_eq(n->r[2].route_msgs, moved);
	/* and its own LSA is the one from before */
	ck_assert(net_lsa(n, 1, 1, 0x01010101, 0x01010101, &after));
	ck_assert_uint_eq(after.seq, before.seq);
	issued = net_stats(n, 0)->originated;
	ck_assert_uint_eq(issued, 0);
	/* which it refreshes in time */
	net_run(n, 1900 * 1000);
	ck_assert(net_lsa(n, 1, 1, 0x01010101, 0x01010101, &after));
	ck_assert_uint_eq(after.seq, before.seq + 1);
	ck_assert(net_all_full(n) && net_same_lsdb(n));
	net_free(n);
}
END_TEST

/* It dies again and again, each time before its own LSA is refreshed: that is,
 * all the same, before it is too old for the others. */
START_TEST(old_age)
{
	struct net *n = ring(30);
	struct ctl_lsa l;
	int i, k;

	for (i = 0; i < 6; i++) {
		for (k = 0; k < 15; k++) {
			net_run(n, 100 * 1000);
			ck_assert(net_lsa(n, 2, 1, 0x01010101, 0x01010101,
			    &l));
			ck_assert_uint_lt(l.age, 1900);
		}
		net_kill(n, 0);
		net_boot(n, 0);
	}
	net_run(n, 20000);
	ck_assert(net_all_full(n) && net_same_lsdb(n));
	net_free(n);
}
END_TEST

/* A link elsewhere goes down, a stub comes, while there is no engine; and just
 * before it died, something it could not pass on any more. */
START_TEST(meanwhile)
{
	struct net *n = ring(2 + (uint64_t)_i);
	struct ospf_stub st = { .dest = 0x0a640000, .len = 24, .cost = 1 };
	struct ospf_input in = { .type = OSPF_IN_STUB, .stub = &st };
	unsigned int had = lost(n);

	if (_i == 0)
		net_kill(n, 0);
	net_input(n, 1, &in);
	if (_i == 1) {
		net_run(n, 1);
		net_kill(n, 0);
	}
	n->l[2].cut = true;
	net_run(n, 500);
	net_boot(n, 0);
	net_run(n, 30000);
	ck_assert(net_same_lsdb(n));
	ck_assert_uint_eq(net_route_to(n, 0, 2)->n_nexthops, 1);
	ck_assert_uint_eq(net_route_to(n, 3, 2)->cost, 40);
	/* the cut link's two ends, and nobody else */
	ck_assert_uint_eq(lost(n), had + 2);
	net_free(n);
}
END_TEST

/* An LSA that came first from one side and is changed from the other, just
 * before the end: the first side may not have got that. */
START_TEST(other_way)
{
	struct net *n = ring(4);
	struct ospf_stub st = { .dest = 0x0a640000, .len = 24, .cost = 1 };
	struct ospf_input in = { .type = OSPF_IN_STUB, .stub = &st };
	size_t far = _i == 0 ? 1 : 2, near = _i == 0 ? 0 : 3;

	n->l[far].cut = true;		/* router 2 is on one side only */
	net_run(n, 20000);
	ck_assert(net_same_lsdb(n));
	n->l[near].cut = true;
	net_input(n, 2, &in);
	net_run(n, 20);
	net_kill(n, 0);
	n->l[near].cut = false;
	net_boot(n, 0);
	net_run(n, 20000);
	ck_assert(net_all_full(n) && net_same_lsdb(n));
	net_free(n);
}
END_TEST

/* Whoever is away longer than the dead interval begins anew, as does a router
 * whose id is another; a neighbour that is gone is found to be. */
START_TEST(too_late)
{
	struct net *n = ring(5);
	size_t i;

	net_kill(n, 0);
	net_run(n, 6000);
	net_boot(n, 0);
	ck_assert(net_until(n, 8000, net_all_full));
	net_run(n, 20000);
	ck_assert(net_same_lsdb(n));
	net_kill(n, 0);
	net_kill(n, 1);
	net_boot(n, 0);
	net_run(n, 50);
	ck_assert(net_is(n, 0, 0, "FULL"));
	net_run(n, 6000);
	ck_assert(!net_is(n, 0, 0, "FULL"));
	ck_assert(net_is(n, 3, 1, "FULL"));
	net_boot(n, 1);
	ck_assert(net_until(n, 8000, net_all_full));
	net_kill(n, 0);
	n->r[0].rid = n->r[0].g.router_id = 0x09090909;
	net_boot(n, 0);
	ck_assert(net_until(n, 8000, net_all_full));
	net_run(n, 20000);
	for (i = 0; i < n->r[0].n_routes; i++)
		ck_assert_uint_ne(n->r[0].routes[i].r.n_nexthops, 0);
	net_free(n);
}
END_TEST

/* Bits flip, or it ends in the middle of something. */
START_TEST(spoilt)
{
	struct net *n = ring(10 + (uint64_t)_i);
	uint64_t r = 77 + (uint64_t)_i;
	uint8_t *p = n->r[0].keep;
	size_t i, at, span;

	net_kill(n, 0);
	span = _i % 2 == 0 ? 4096 : sizeof(struct keep_nbr) * KEEP_NBRS + 8192;
	for (i = 0; i < 1U + (size_t)_i; i++) {
		at = seed_next(&r) % span;
		p[at] ^= (uint8_t)(1U << seed_next(&r) % 8);
	}
	/* the log begins behind the neighbours */
	at = sizeof(struct keep_nbr) * KEEP_NBRS + 48;
	for (i = 0; _i % 3 == 0 && i < 20; i++)
		p[at + seed_next(&r) % 600] = (uint8_t)seed_next(&r);
	net_boot(n, 0);
	ck_assert(net_until(n, 30000, net_all_full));
	net_run(n, 60000);
	ck_assert(net_all_full(n));
	ck_assert_uint_eq(net_route_to(n, 1, 0)->cost, 20);
	ck_assert_uint_eq(net_route_to(n, 0, 1)->cost, 20);
	net_free(n);
}
END_TEST

/* A life that ends while it reads is the last that gets this to read. */
START_TEST(dies_of_it)
{
	struct net *n = ring(40);
	struct keep *k;

	net_kill(n, 0);
	k = keep_new(n->r[0].keep, NET_KEEP);
	ck_assert(keep_open(k, 0x01010101, 0));
	keep_free(k);
	k = keep_new(n->r[0].keep, NET_KEEP);
	ck_assert(!keep_open(k, 0x01010101, 0));
	ck_assert_ptr_null(keep_nbr(k, 1));
	keep_free(k);
	net_boot(n, 0);
	ck_assert(net_until(n, 8000, net_all_full));
	net_free(n);
}
END_TEST

/* The log is written over and over: what counts stays. */
START_TEST(long_life)
{
	struct net *n = ring(50);
	struct ospf_stub st = { .dest = 0x0a640000, .len = 24 };
	struct ospf_input in = { .type = OSPF_IN_STUB, .stub = &st };
	unsigned int had;
	int i;

	for (i = 0; i < 4000; i++) {
		st.cost = (uint16_t)(1 + i % 100);
		net_input(n, 1, &in);
		net_run(n, 5500);
	}
	had = lost(n);
	net_kill(n, 0);
	net_boot(n, 0);
	net_run(n, 20000);
	ck_assert(net_all_full(n) && net_same_lsdb(n));
	ck_assert_uint_eq(lost(n), had);
	net_free(n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ospf_resume");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_set_timeout(t, 120);
	tcase_add_test(t, unnoticed);
	tcase_add_test(t, old_age);
	tcase_add_loop_test(t, meanwhile, 0, 2);
	tcase_add_loop_test(t, other_way, 0, 2);
	tcase_add_test(t, too_late);
	tcase_add_loop_test(t, spoilt, 0, 24);
	tcase_add_test(t, dies_of_it);
	tcase_add_test(t, long_life);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
