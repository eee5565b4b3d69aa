/* SPDX-License-Identifier: ISC */
/* The numbers of our packets: each link counts its own, they rise over whatever
 * happens to it, and past their end there is one loss, not one at each start. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/state.h"
#include "regress/scenario/lib_ospf.h"

#define CLOCK	1800000000

static uint32_t
number(const uint8_t *p)
{
	return ((uint32_t)p[20] << 24 | (uint32_t)p[21] << 16 |
	    (uint32_t)p[22] << 8 | p[23]);
}

static uint32_t
last(const struct net *n, size_t link, int side)
{
	ck_assert_uint_gt(n->l[link].last_len[side], 24);
	return (number(n->l[link].last[side]));
}

/* A hub: what it sends to the others does not count on a link. */
START_TEST(own_packets)
{
	struct net *n = net_new(1);
	uint32_t from[2], by;
	size_t i;
	int s;

	net_router(n, 0x01010101);
	for (i = 1; i <= 20; i++) {
		net_router(n, 0x01010101U + (uint32_t)i);
		net_link(n, 0, i, 10);
	}
	net_boot_all(n);
	ck_assert(net_until(n, 5000, net_all_full));
	for (s = 0; s < 2; s++)
		from[s] = last(n, 7, s);
	net_run(n, 3600 * 1000);
	for (s = 0; s < 2; s++) {
		by = last(n, 7, s) - from[s];
		ck_assert_uint_gt(by, 3600);
		ck_assert_uint_lt(by, 3 * 3600);
	}
	ck_assert(net_all_full(n));
	net_free(n);
}
END_TEST

/* What was sent so far, by link and side, and by router. */
static struct {
	uint32_t	number;
	bool		any, fresh;
} sent[3][2];
static uint32_t top[3];
static bool rises;

static void
watch(struct net *n, size_t link, int side, const uint8_t *p, size_t len)
{
	uint32_t v = number(p), *t = &top[n->l[link].r[side]];

	(void)len;
	if (sent[link][side].any && v <= sent[link][side].number)
		rises = false;
	if (sent[link][side].fresh && v <= *t)
		rises = false;
	sent[link][side].number = v;
	sent[link][side].any = true;
	sent[link][side].fresh = false;
	*t = v > *t ? v : *t;
}

/* Router 0 sends much on link 0 and little on link 2, which begins anew, and
 * may have got the neighbour of the other one. */
static void
anew_link(struct net *n)
{
	struct ospf_link l = { .iid = n->l[2].c[1].iid, .mtu = 1400,
	    .ifindex = n->l[2].c[1].ifindex };
	struct ospf_input in = { .type = OSPF_IN_LINK, .link = &l };

	net_input(n, 0, &in);
	net_run(n, 100);
	l.up = true;
	net_input(n, 0, &in);
}

static void
anew_iface(struct net *n)
{
	struct ospf_input in = { .type = OSPF_IN_IFACE_DEL,
	    .iid = n->l[2].c[1].iid };

	net_input(n, 0, &in);
	net_iface(n, 2, 1);
}

static void
anew_peer(struct net *n)
{
	n->l[2].c[1].addr += 4;
	n->l[2].c[1].peer += 4;
	net_iface(n, 2, 1);
	n->l[2].c[0].addr += 4;
	n->l[2].c[0].peer += 4;
	net_iface(n, 2, 0);
}

static void
anew_router(struct net *n)
{
	struct ospf_input in = { .type = OSPF_IN_GLOBAL, .global =
	    &n->r[0].g };

	n->r[0].rid = n->r[0].g.router_id = 0x07070707;
	net_input(n, 0, &in);
}

static void
anew_process(struct net *n)
{
	net_kill(n, 0);
	net_boot(n, 0);
}

static void (*const anew[])(struct net *) = {
	anew_link, anew_iface, anew_peer, anew_router, anew_process
};
#define N_ANEW	(int)(sizeof(anew) / sizeof(anew[0]))

START_TEST(always_rise)
{
	struct net *n = net_triangle(2);
	size_t i;
	int s;

	memset(sent, 0, sizeof(sent));
	memset(top, 0, sizeof(top));
	rises = true;
	n->tap = watch;
	for (i = 0; i < 3; i++)
		for (s = 0; s < 2; s++) {
			n->l[i].c[s].tid = 0;
			n->l[i].c[s].hello_ms = i == 0 ? 100 : 1000;
		}
	net_boot_all(n);
	net_run(n, 100 * 1000);
	ck_assert(net_all_full(n));
	ck_assert_uint_gt(last(n, 0, 0), last(n, 2, 1) + 500);
	/* which another router says a farewell on */
	sent[2][1].fresh = anew[_i] != anew_router;
	anew[_i](n);
	net_run(n, 15000);
	ck_assert(!sent[2][1].fresh);
	ck_assert(rises);
	ck_assert(net_all_full(n));
	for (i = 0; i < 3; i++)
		ck_assert_uint_eq(net_stats(n, i)->drops[DROP_AUTH_SEQ], 0);
	net_free(n);
}
END_TEST

/* A reload that tells us the next first number does not make us take it, nor
 * an interface that begins there. */
START_TEST(told_again)
{
	struct net *n = net_up(3, 2);
	struct ospf_input in = { .type = OSPF_IN_GLOBAL, .global =
	    &n->r[0].g };
	uint32_t from = last(n, 0, 0);
	int i;

	for (i = 0; i < 100; i++) {
		n->r[0].g.seq = n->r[0].seq_reserved;
		net_input(n, 0, &in);
		net_run(n, 100);
		n->l[0].c[0].tid = n->l[0].c[0].tid == 0;
		net_iface(n, 0, 0);
	}
	net_run(n, 5000);
	ck_assert(net_all_full(n));
	ck_assert_uint_lt(last(n, 0, 0) - from, 2000);
	net_free(n);
}
END_TEST

/* Main's part: what is reserved is kept, and given at a start. */
static void
run(struct net *n, struct state *st, int64_t ms)
{
	for (; ms > 0; ms -= 1000) {
		net_run(n, 1000);
		(void)state_seq_keep(st, n->r[1].seq_reserved);
	}
}

/* A neighbour that refuses what is lower, as FRR does.  Router 1 passes the end
 * of the numbers; then its process dies, and dies again. */
START_TEST(end)
{
	struct net *n = net_row(4, 2);
	struct state st = { .ospf_seq = 0xffffffffU - 3000 };
	unsigned int lost;
	int i;

	n->l[0].c[0].tid = 0;
	net_keep(n, 1);
	n->r[1].g.seq = st.ospf_seq;
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	ck_assert_uint_ge(last(n, 0, 1), 0xffffffffU - 3000);
	for (i = 0; i < 4000 && last(n, 0, 1) > 100; i++)
		run(n, &st, 1000);
	ck_assert_int_gt(i, 2000);
	run(n, &st, 20000);
	ck_assert(net_all_full(n));
	ck_assert_uint_ge(last(n, 0, 1), 15);
	ck_assert_uint_lt(last(n, 0, 1), 200);
	lost = n->r[0].n_lost;
	ck_assert_uint_eq(lost, 1);
	for (i = 0; i < 4; i++) {
		/* what comes after the end is reserved, too */
		ck_assert_uint_gt(st.ospf_seq, last(n, 0, 1));
		ck_assert_uint_lt(st.ospf_seq - last(n, 0, 1), 65536);
		net_kill(n, 1);
		n->r[1].seq_reserved = 0;
		n->r[1].g.seq = state_seq(&st, CLOCK);
		ck_assert_uint_ge(n->r[1].g.seq, CLOCK);
		net_boot(n, 1);
		run(n, &st, 100 * 1000);
		ck_assert(net_all_full(n));
	}
	ck_assert_uint_eq(n->r[0].n_lost, lost);
	net_free(n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ospf_number");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_set_timeout(t, 120);
	tcase_add_test(t, own_packets);
	tcase_add_loop_test(t, always_rise, 0, N_ANEW);
	tcase_add_test(t, told_again);
	tcase_add_test(t, end);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
