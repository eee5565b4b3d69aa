/* SPDX-License-Identifier: ISC */
/* Adjacencies and routes between engines in memory. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "regress/scenario/lib_ospf.h"

START_TEST(two_full)
{
	struct net *n = net_new(1);
	const struct ospf_route *r;

	net_router(n, 0x01010101);
	net_router(n, 0x02020202);
	net_link(n, 0, 1, 10);
	net_boot(n, 0);
	net_boot(n, 1);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 1000);
	ck_assert(net_same_lsdb(n));
	r = net_route_to(n, 0, 1);
	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(r->cost, 20);
	ck_assert_uint_eq(r->n_nexthops, 1);
	ck_assert_uint_eq(r->nexthops[0].gateway, n->l[0].c[1].addr);
	ck_assert_uint_eq(r->nexthops[0].ifindex, n->l[0].c[0].ifindex);
	ck_assert_uint_eq(n->r[0].n_routes, 1);
	ck_assert(n->r[0].synced && n->r[1].synced);
	ck_assert_uint_eq(n->r[0].routes_at_sync, 1);
	net_free(n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ospf_basic");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, two_full);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
