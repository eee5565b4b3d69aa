/* SPDX-License-Identifier: ISC */
/* A hub with more than its outputs hold at once, and databases that take more
 * than one packet. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ospf/lsa.h"
#include "ospf/ospf_wire.h"
#include "regress/scenario/lib_ospf.h"

#define SPOKES	39
#define LAST	SPOKES

/* Router 0 is linked to each of k others; nothing that is lost is sent again
 * within 5 s. */
static struct net *
star(uint64_t seed, size_t k, size_t max_queue)
{
	struct net *n = net_new(seed);
	size_t i;
	int s;

	n->p.max_queue = max_queue;
	net_router(n, 0x01010101);
	for (i = 1; i <= k; i++) {
		net_router(n, 0x01010101U + (uint32_t)i);
		net_link(n, 0, i, 10);
		for (s = 0; s < 2; s++)
			n->l[i - 1].c[s].rxmt_ms = 5000;
	}
	return (n);
}

/* The cost of a prefix that the hub has besides. */
static void
change(struct net *n, uint16_t cost)
{
	struct ospf_stub st = { .dest = 0x0b000000, .len = 16, .cost = cost };
	struct ospf_input in = { .type = OSPF_IN_STUB, .stub = &st };

	net_input(n, 0, &in);
}

static size_t
behind(struct net *n)
{
	size_t i, k = 0;

	for (i = 1; i < n->n_r; i++)
		k += net_seq(n, i, 0) != net_seq(n, 0, 0);
	return (k);
}

/* A side of a link sends k LSAs of routers that there are not. */
static void
phantoms(struct net *n, size_t link, int side, uint32_t k)
{
	uint8_t p[256];
	uint32_t i;

	for (i = 0; i < k; i++) {
		n->r[n->n_r].rid = 0x20000000 + i;
		net_craft_lsa(n, link, side, p, net_lsa_of(n, n->n_r, p,
		    LSA_SEQ_INITIAL, 1));
	}
}

static bool
has_phantoms(struct net *n, size_t r, uint32_t k)
{
	struct ctl_lsa l;

	while (k-- > 0)
		if (!net_lsa(n, r, 1, 0x20000000 + k, 0x20000000 + k, &l))
			return (false);
	return (true);
}

START_TEST(hub_floods)
{
	struct net *n = star(51, SPOKES, 16 << 10);
	uint64_t rxmt;

	net_boot_all(n);
	ck_assert(net_until(n, 5000, net_all_full));
	net_run(n, 60000);
	ck_assert_uint_eq(behind(n), 0);
	rxmt = net_stats(n, 0)->rxmt;
	change(n, 20);
	ck_assert_uint_eq(behind(n), SPOKES);
	net_run(n, 300);
	ck_assert_uint_eq(behind(n), 0);
	ck_assert_uint_eq(net_stats(n, 0)->rxmt, rxmt);
	ck_assert_uint_eq(net_stats(n, 0)->drops[DROP_QUEUE], 0);
	net_free(n);
}
END_TEST

/* The hub's LSA changes more often than anything is sent again. */
START_TEST(hub_changes)
{
	struct net *n = star(52, SPOKES, 16 << 10);
	uint16_t i;

	net_boot_all(n);
	ck_assert(net_until(n, 5000, net_all_full));
	net_run(n, 60000);
	net_kill(n, LAST);
	net_run(n, 30000);
	for (i = 1; i <= 15; i++) {
		change(n, i);
		net_run(n, 1500);
		if (i == 1) {
			net_boot(n, LAST);
			ck_assert(net_until(n, 1000, net_all_full));
			net_run(n, 1000);
			ck_assert_ptr_nonnull(net_route_to(n, LAST, 0));
			ck_assert_ptr_nonnull(net_route_to(n, 1, LAST));
		}
		net_run(n, 1000);
		ck_assert_uint_eq(behind(n), 0);
		net_run(n, i == 1 ? 500 : 1500);
	}
	ck_assert_uint_eq(net_stats(n, 0)->drops[DROP_QUEUE], 0);
	net_free(n);
}
END_TEST

/* Room for a few packets only: what found no place at all is sent when it is
 * due, and then as room comes. */
START_TEST(narrow)
{
	struct net *n = star(53, SPOKES, 600);

	net_boot_all(n);
	ck_assert(net_until(n, 5000, net_all_full));
	net_run(n, 10000);
	n->l[LAST - 1].cut = true;
	phantoms(n, 0, 1, 200);
	net_run(n, 1000);
	n->l[LAST - 1].cut = false;
	net_run(n, 3000);
	ck_assert_uint_gt(net_stats(n, 0)->drops[DROP_QUEUE], 0);
	ck_assert_uint_eq(net_nbr(n, LAST - 1, 0).rxmt, 200);
	net_run(n, 2000);
	ck_assert(net_quiet(n));
	ck_assert(has_phantoms(n, LAST, 200));
	net_free(n);
}
END_TEST

/* Which full updates of side 0 are lost, counted from 1: each nth, or that one
 * only. */
static unsigned int lose_each, lose_one, n_updates;

static void
lose_updates(struct net *n, size_t link, int side, const uint8_t *p,
    size_t len)
{
	bool is = side == 0 && p[1] == PKT_LSU && len > 1000;

	n_updates += is;
	n->l[link].loss = is && (n_updates == lose_one ||
	    (lose_each != 0 && n_updates % lose_each == 0)) ? 100 : 0;
}

/* One lost answer costs RxmtInterval and not more.  Of many each costs less:
 * there are eleven requests. */
START_TEST(lost_answers)
{
	struct net *n = net_up(54, 2);

	phantoms(n, 0, 1, 1200);
	net_run(n, 1000);
	net_kill(n, 1);
	n_updates = 0;
	lose_one = _i == 0 ? 2 : 0;
	lose_each = _i == 0 ? 0 : 5;
	n->tap = lose_updates;
	net_boot(n, 1);
	net_run(n, 100);
	ck_assert(!net_all_full(n));
	net_run(n, _i == 0 ? 3000 : 12000);
	ck_assert(net_all_full(n));
	ck_assert(has_phantoms(n, 1, 1200));
	ck_assert(net_quiet(n));
	net_free(n);
}
END_TEST

/* Started again, it finds its old LSA with both neighbours at about the same
 * time: the second one's answer is on its way when ours gets newer. */
START_TEST(own_from_two)
{
	struct net *n = net_triangle(55);
	size_t i;

	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	phantoms(n, 0, 1, 100);
	net_run(n, 20000);
	net_kill(n, 1);
	n->l[1].delay_ns = 1000000 + 100000 * (int64_t)(_i / 2);
	_i &= 1;
	net_run(n, _i == 0 ? 0 : 10000);
	for (i = 0; i < 3; i++)
		n->r[i].n_lost = 0;
	net_boot(n, 1);
	net_run(n, 500);
	ck_assert(net_all_full(n));
	ck_assert_uint_eq(net_stats(n, 1)->drops[DROP_LSA_UNREQUESTED], 0);
	for (i = 0; i < 3; i++)
		ck_assert_uint_le(n->r[i].n_lost, _i == 0 && i != 1);
	net_run(n, 1000);
	for (i = 0; i < 3; i += 2) {
		ck_assert_ptr_nonnull(net_route_to(n, i, 1));
		ck_assert_ptr_nonnull(net_route_to(n, 1, i));
	}
	net_free(n);
}
END_TEST

static unsigned int lose_last;

/* The last description of the slave, which is side 0: it has two. */
static void
lose_dd(struct net *n, size_t link, int side, const uint8_t *p, size_t len)
{
	bool is = lose_last > 0 && side == 0 && p[1] == PKT_DD && len > 28 &&
	    (p[27] & (DD_I | DD_M | DD_MS)) == 0;

	lose_last -= is;
	n->l[link].loss = is && lose_last == 0 ? 100 : 0;
}

/* The master repeats its own after many dead intervals only. */
START_TEST(last_description)
{
	struct net *n = net_row(56, 2);
	int s;

	for (s = 0; s < 2; s++) {
		n->l[0].c[s].hello_ms = 333;
		n->l[0].c[s].dead_ms = 1000;
		n->l[0].c[s].rxmt_ms = 5000;
	}
	lose_last = 2;
	n->tap = lose_dd;
	net_boot_all(n);
	net_run(n, 4500);
	ck_assert_uint_eq(lose_last, 0);
	ck_assert(net_is(n, 0, 0, "FULL"));
	ck_assert(net_is(n, 0, 1, "EXCHANGE"));
	net_run(n, 1500);
	ck_assert(net_all_full(n));
	ck_assert_uint_eq(n->r[0].n_lost, 0);
	ck_assert_uint_eq(n->r[1].n_lost, 0);
	net_free(n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ospf_load");
	TCase *t = tcase_create("ospf_load");
	SRunner *sr;
	int bad;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, hub_floods);
	tcase_add_test(t, hub_changes);
	tcase_add_test(t, narrow);
	tcase_add_loop_test(t, lost_answers, 0, 2);
	tcase_add_loop_test(t, own_from_two, 0, 22);
	tcase_add_test(t, last_description);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
