/* SPDX-License-Identifier: ISC */
/* RFC 3623: an engine is killed with all it knew and started again, in time for
 * its neighbours to help; and everything that must end help, or a restart. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ospf/lsa.h"
#include "regress/scenario/lib_ospf.h"

#define A	0x01010101U
#define B	0x02020202U
#define C	0x03030303U
#define GRACE	20

/* A - B - C in a row, or all joined. */
static struct net *
three(uint64_t seed, bool mesh)
{
	struct net *n = net_new(seed);

	net_router(n, A);
	net_router(n, B);
	net_router(n, C);
	net_link(n, 0, 1, 10);
	net_link(n, 1, 2, 10);
	if (mesh)
		net_link(n, 0, 2, 100);
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 20000);
	ck_assert(net_quiet(n));
	return (n);
}

static bool
begins(const char *text, const char *with)
{
	return (strncmp(text, with, strlen(with)) == 0);
}

static void
again(struct net *n, size_t r, int64_t away_ms)
{
	net_kill(n, r);
	net_run(n, away_ms);
	n->r[r].g.grace_s = GRACE;
	net_boot(n, r);
}

struct seen {
	unsigned int	lost[3], moved[3];
};

static struct seen
look(const struct net *n)
{
	struct seen s;
	size_t i;

	for (i = 0; i < 3; i++) {
		s.lost[i] = n->r[i].n_lost;
		s.moved[i] = n->r[i].route_msgs;
	}
	return (s);
}

static bool
unmoved(const struct net *n, const struct seen *s, size_t r)
{
	return (n->r[r].n_lost == s->lost[r] &&
	    n->r[r].route_msgs == s->moved[r]);
}

/* The one in the middle, or one at the end, comes back within the dead
 * interval: nobody else moves a route, whatever is lost on the way. */
START_TEST(unnoticed)
{
	struct net *n = three((uint64_t)_i + 1, _i % 2 != 0);
	size_t who = (size_t)_i % 3, i;
	struct seen s = look(n);
	struct ctl_lsa before, after;
	uint32_t rid = n->r[who].rid;

	ck_assert(net_lsa(n, (who + 1) % 3, 1, rid, rid, &before));
	again(n, who, 100 + 300 * (_i % 9));
	net_run(n, 2500);
	ck_assert_msg(net_all_full(n), "%s", n->r[who].restart);
	ck_assert_str_eq(n->r[who].restart,
	    "graceful restart ends: restart over");
	net_run(n, 4000);
	ck_assert(n->r[who].synced);
	ck_assert_uint_eq(n->r[who].routes_at_sync, n->r[who].n_routes);
	ck_assert(net_same_lsdb(n) && net_quiet(n));
	for (i = 0; i < 3; i++)
		ck_assert(i == who || unmoved(n, &s, i));
	ck_assert(net_lsa(n, (who + 1) % 3, 1, rid, rid, &after));
	ck_assert_uint_eq(after.seq, before.seq + 1);
	ck_assert_uint_eq(net_stats(n, who)->originated, 1);
	ck_assert_uint_eq(net_stats(n, who)->fought, 0);
	/* no Grace-LSA is left, and it is a router like any other */
	for (i = 0; i < 3; i++)
		ck_assert(!net_lsa(n, i, 9, 3U << 24, rid, &after));
	ck_assert_uint_ge(net_nbr(n, 0, 0).uptime_s, who == 0 ? 3 : 20);
	ck_assert_uint_ge(net_nbr(n, 0, 1).uptime_s, who == 1 ? 3 : 20);
	ck_assert(begins(n->r[1 - (who == 1)].helper, ip4_text(rid,
	    (char [ADDR_TEXT_MAX]){ "" })));
	n->l[0].cut = true;
	net_run(n, 6000);
	ck_assert(!net_is(n, 0, 0, "FULL"));
	ck_assert(!net_is(n, 0, 1, "FULL"));
	net_free(n);
}
END_TEST

static struct mono hello_at;
static int64_t hello_gap;

/* The longest time between two Hellos of the first router. */
static void
hellos(struct net *n, size_t link, int side, const uint8_t *p, size_t len)
{
	(void)len;
	if (link != 0 || side != 0 || p[1] != 1)
		return;
	if (hello_at.ns != 0 && mono_sub(n->now, hello_at) > hello_gap)
		hello_gap = mono_sub(n->now, hello_at);
	hello_at = n->now;
}

/* A helper may compute its routes a second after the Grace-LSA, and need a
 * neighbour that is FULL for that: the adjacency is left alone so long, and is
 * kept by Hellos. */
START_TEST(settles)
{
	struct net *n = three(70 + (uint64_t)_i, false);
	unsigned int ms;

	again(n, 0, 100 + 100 * _i);
	hello_at.ns = hello_gap = 0;
	n->tap = hellos;
	for (ms = 0; ms < 1100; ms += 5) {
		net_run(n, 5);
		ck_assert_msg(net_is(n, 0, 1, "FULL"), "after %u ms", ms);
	}
	net_run(n, 1500);
	ck_assert_str_eq(n->r[0].restart,
	    "graceful restart ends: restart over");
	ck_assert(net_all_full(n));
	ck_assert_int_le(hello_gap, NS_MS(1000));
	net_free(n);
}
END_TEST

/* While it is away and while it comes back, helped; and over and over again. */
START_TEST(says_so)
{
	struct net *n = three(31, false);
	struct seen s = look(n);
	struct ctl_nbr r;
	int i;

	for (i = 0; i < 5; i++) {
		again(n, 0, 500);
		net_run(n, 5);
		r = net_nbr(n, 0, 1);
		ck_assert_str_eq(r.code, "helping");
		ck_assert(begins(r.reason, "helping: it restarts, "));
		ck_assert_str_eq(n->r[1].helper, "1.1.1.1 restarts: helped "
		    "for 19 s: unknown");
		ck_assert_uint_ge(r.uptime_s, 20 + (unsigned int)i * 5);
		net_run(n, 4500);
		r = net_nbr(n, 0, 1);
		ck_assert_str_eq(r.code, "");
		ck_assert_str_eq(n->r[1].helper,
		    "1.1.1.1: help ends: restart over");
		ck_assert_uint_eq(n->r[1].n_helper, 2 + 2 * (unsigned int)i);
	}
	ck_assert(unmoved(n, &s, 1) && unmoved(n, &s, 2));
	net_free(n);
}
END_TEST

static unsigned int drop_grace;

/* Drop the first Grace-LSAs on their way. */
static void
tap(struct net *n, size_t link, int side, const uint8_t *p, size_t len)
{
	bool is = len > 60 && p[1] == 4 && p[31] == LSA_OPAQUE_LINK;

	n->l[link].loss = is && side == 0 && drop_grace > 0 ? 100 : 0;
	drop_grace -= is && side == 0 && drop_grace > 0;
}

/* Up to three of four may be lost, and so may Hellos between them; with all of
 * them lost it is a start like any other. */
START_TEST(lost_grace)
{
	struct net *n = three(40 + (uint64_t)_i, false);
	struct seen s = look(n);

	n->tap = tap;
	drop_grace = (unsigned int)_i;
	again(n, 0, 700);
	net_run(n, 8000);
	ck_assert_uint_eq(drop_grace, 0);
	ck_assert(net_all_full(n) && n->r[0].synced);
	ck_assert(unmoved(n, &s, 2) == (_i < 4));
	ck_assert((n->r[1].n_lost == s.lost[1]) == (_i < 4));
	if (_i == 4)
		ck_assert_str_eq(n->r[0].restart, "graceful restart ends: "
		    "links are not those from before");
	net_free(n);
}
END_TEST

/* Told before it ends, the neighbours wait for longer than a dead interval,
 * with a Grace-LSA lost or not. */
START_TEST(planned)
{
	struct net *n = three(300 + (uint64_t)_i, _i % 2 != 0);
	struct ospf_input leave = { .type = OSPF_IN_LEAVE, .grace_s = 60 };
	struct ospf_input end = { .type = OSPF_IN_SHUTDOWN };
	size_t who = (size_t)_i % 3, i;
	struct seen s = look(n);

	n->tap = tap;
	drop_grace = (unsigned int)_i / 3;
	net_input(n, who, &leave);
	net_run(n, 10);
	ck_assert(!n->r[who].done);
	net_input(n, who, &end);
	net_run(n, _i < 3 ? 50 : 300);
	ck_assert(n->r[who].done);
	again(n, who, 12000);
	net_run(n, 3500);
	ck_assert_str_eq(n->r[who].restart,
	    "graceful restart ends: restart over");
	net_run(n, 8000);
	ck_assert(net_all_full(n) && n->r[who].synced && net_same_lsdb(n));
	for (i = 0; i < 3; i++)
		ck_assert(i == who || unmoved(n, &s, i));
	ck_assert_str_eq(net_nbr(n, 0, 1).code, "");
	net_free(n);
}
END_TEST

/* The Grace-LSA of a life is newer than that of the one before, also when that one
 * was told meanwhile (by a reload) what main has kept for the next. */
START_TEST(grace_rises)
{
	struct net *n = three(330, false);
	struct ospf_input in = { .type = OSPF_IN_GLOBAL, .global =
	    &n->r[0].g };
	struct ctl_lsa before, after;

	n->r[0].g.seq = n->r[0].seq_reserved;
	net_input(n, 0, &in);
	net_run(n, 1000);
	in = (struct ospf_input){ .type = OSPF_IN_LEAVE, .grace_s = 60 };
	net_input(n, 0, &in);
	net_run(n, 10);
	in = (struct ospf_input){ .type = OSPF_IN_SHUTDOWN };
	net_input(n, 0, &in);
	net_run(n, 50);
	ck_assert(net_lsa(n, 1, 9, 3U << 24, A, &before));
	again(n, 0, 1000);
	net_run(n, 5);
	ck_assert(net_lsa(n, 1, 9, 3U << 24, A, &after));
	ck_assert_int_gt((int32_t)after.seq, (int32_t)before.seq);
	net_free(n);
}
END_TEST

/* Nobody to be told. */
START_TEST(planned_alone)
{
	struct net *n = three(310, false);
	struct ospf_input in = { .type = OSPF_IN_LEAVE, .grace_s = 60 };

	net_kill(n, 1);
	net_run(n, 6000);
	net_input(n, 0, &in);
	in = (struct ospf_input){ .type = OSPF_IN_SHUTDOWN };
	net_input(n, 0, &in);
	net_run(n, 10);
	ck_assert(n->r[0].done);
	net_free(n);
}
END_TEST

/* It said so, and does not come back. */
START_TEST(expires)
{
	struct net *n = three(50, false);
	unsigned int had = n->r[1].n_lost;

	again(n, 0, 500);
	net_run(n, 10);
	net_kill(n, 0);
	net_run(n, 15000);
	ck_assert_str_eq(net_nbr(n, 0, 1).code, "helping");
	ck_assert_ptr_nonnull(net_route_to(n, 2, 0));
	ck_assert_uint_eq(n->r[1].n_lost, had);
	net_run(n, 5000);
	ck_assert_str_eq(n->r[1].helper,
	    "1.1.1.1: help ends: grace period expired");
	ck_assert_ptr_null(net_route_to(n, 2, 0));
	ck_assert_str_eq(net_nbr(n, 0, 1).state, "DOWN");
	net_boot(n, 0);
	ck_assert(net_until(n, 8000, net_all_full));
	net_run(n, 10000);
	ck_assert(net_same_lsdb(n));
	ck_assert_ptr_nonnull(net_route_to(n, 2, 0));
	net_free(n);
}
END_TEST

/* One of two neighbours is not there any more, and nobody knows yet. */
START_TEST(restarter_expires)
{
	struct net *n = three(51, true);

	n->l[2].c[0].dead_ms = n->l[2].c[1].dead_ms = 60000;
	net_iface(n, 2, 0);
	net_iface(n, 2, 1);
	net_run(n, 3000);
	n->l[2].cut = true;
	again(n, 0, 500);
	net_run(n, 15000);
	ck_assert_str_eq(n->r[0].restart, "graceful restart, 20 s at most");
	ck_assert_uint_eq(n->r[0].n_routes, 0);
	ck_assert(!n->r[0].synced);
	net_run(n, 5100);
	ck_assert_str_eq(n->r[0].restart,
	    "graceful restart ends: grace period expired");
	ck_assert_uint_eq(net_route_to(n, 0, 2)->cost, 30);
	net_free(n);
}
END_TEST

/* A stub of C, of B, or of A itself changes while B helps A. */
START_TEST(topology)
{
	struct net *n = three(60 + (uint64_t)_i, false);
	struct ospf_stub st = { .dest = 0x0a640000, .len = 24, .cost = 1 };
	struct ospf_input in = { .type = OSPF_IN_STUB, .stub = &st };

	again(n, 0, 500);
	net_run(n, 5);
	ck_assert_str_eq(net_nbr(n, 0, 1).code, "helping");
	net_kill(n, 0);
	net_run(n, 1000);
	net_input(n, _i == 0 ? 2 : 1, &in);
	net_run(n, 50);
	ck_assert_str_eq(n->r[1].helper,
	    "1.1.1.1: help ends: topology changed");
	/* it was FULL all the time, and is as long as it may be silent */
	net_run(n, 6000);
	ck_assert_str_eq(net_nbr(n, 0, 1).state, "DOWN");
	ck_assert_ptr_null(net_route_to(n, 2, 0));
	net_free(n);
}
END_TEST

/* What the restarted one has to say of itself is no such change; a refresh is
 * none either. */
START_TEST(no_topology)
{
	struct net *n = three(65, false);
	struct ospf_stub st = { .dest = 0x0a640000, .len = 24, .cost = 1 };
	struct ospf_input in = { .type = OSPF_IN_STUB, .stub = &st };
	struct seen s = look(n);

	net_kill(n, 0);
	net_run(n, 500);
	n->r[0].g.grace_s = GRACE;
	net_boot(n, 0);
	net_input(n, 0, &in);
	net_run(n, 6000);
	ck_assert_str_eq(n->r[1].helper, "1.1.1.1: help ends: restart over");
	ck_assert_uint_eq(n->r[1].n_lost, s.lost[1]);
	ck_assert(net_all_full(n) && net_same_lsdb(n));
	net_free(n);
}
END_TEST

/* A Grace-LSA as bytes: of adv, for period s. */
static size_t
craft(uint8_t *p, size_t cap, uint32_t adv, uint32_t period, uint16_t age)
{
	struct wbuf w = wbuf_make(p, cap);
	struct lsa_hdr h = { .age = age, .options = 2, .seq = 0x80000001U,
	    .key = { .type = LSA_OPAQUE_LINK, .id = 3U << 24, .adv = adv } };

	lsa_hdr_write(&w, &h);
	wbuf_u32(&w, 1U << 16 | 4);
	wbuf_u32(&w, period);
	wbuf_u32(&w, 2U << 16 | 1);
	wbuf_u32(&w, 1U << 24);
	return (w.len);
}

/* Of a third router, of B itself, with periods that cannot be, too old, cut
 * short, while something it was told is not acknowledged. */
START_TEST(refused)
{
	static const struct {
		uint32_t	 adv, period;
		uint16_t	 age;
		enum ospf_drop	 why;
		const char	*says;
	} t[] = {
		{ C, 60, 1, DROP_GRACE_ROUTER, NULL },
		{ B, 60, 1, DROP_NONE, NULL },
		{ A, 0, 1, DROP_GRACE_PERIOD, NULL },
		{ A, 1801, 1, DROP_GRACE_PERIOD, NULL },
		{ A, 0xffffffffU, 1, DROP_GRACE_PERIOD, NULL },
		{ A, 60, 60, DROP_NONE, "1.1.1.1 restarts: not helped: grace "
		    "period expired" },
	};
	struct net *n = three(70, false);
	uint8_t lsa[64];
	size_t len;

	len = craft(lsa, sizeof(lsa), t[_i].adv, t[_i].period, t[_i].age);
	net_craft_lsa(n, 0, 0, lsa, len);
	net_run(n, 50);
	ck_assert_str_eq(net_nbr(n, 0, 1).code, "");
	if (t[_i].says != NULL)
		ck_assert_str_eq(n->r[1].helper, t[_i].says);
	else
		ck_assert_uint_eq(n->r[1].n_helper, 0);
	if (t[_i].why != DROP_NONE)
		ck_assert_uint_eq(net_stats(n, 1)->drops[t[_i].why], 1);
	net_run(n, 10000);
	ck_assert(net_all_full(n));
	net_free(n);
}
END_TEST

START_TEST(refused_bodies)
{
	struct net *n = three(71, false);
	uint8_t lsa[64];
	size_t len = craft(lsa, sizeof(lsa), A, 60, 1), i;

	/* each length: a multiple of four or not, one TLV or a part of it */
	for (i = 20; i < len; i++) {
		lsa[15]++;
		net_craft_lsa(n, 0, 0, lsa, i);
		net_run(n, 1100);
		ck_assert_str_eq(net_nbr(n, 0, 1).code, "");
	}
	ck_assert_uint_eq(net_stats(n, 1)->drops[DROP_GRACE_BODY], len - 20);
	/* a length of a value that is beyond all */
	lsa[15]++;
	lsa[22] = 0xff;
	net_craft_lsa(n, 0, 0, lsa, len);
	net_run(n, 1100);
	ck_assert_uint_eq(n->r[1].n_helper, 0);
	/* and all of it */
	len = craft(lsa, sizeof(lsa), A, 60, 1);
	lsa[14] = 1;
	net_craft_lsa(n, 0, 0, lsa, len);
	net_run(n, 50);
	ck_assert_str_eq(net_nbr(n, 0, 1).code, "helping");
	/* it never restarted: it says so when that LSA of its comes back */
	net_free(n);
}
END_TEST

/* Switched off, or our own only. */
START_TEST(modes)
{
	struct net *n = three(73, false);
	struct ospf_input in = { .type = OSPF_IN_GLOBAL,
	    .global = &n->r[1].g };

	n->r[1].g.grace = _i == 0 ? GRACE_OFF : GRACE_HELPER;
	net_input(n, 1, &in);
	again(n, 0, 500);
	net_run(n, 5);
	ck_assert_str_eq(n->r[1].helper, _i == 0 ?
	    "1.1.1.1 restarts: not helped: switched off" :
	    "1.1.1.1 restarts: helped for 19 s: unknown");
	net_run(n, 10000);
	ck_assert(net_all_full(n) && n->r[0].synced && net_same_lsdb(n));
	net_free(n);
}
END_TEST

/* Who says so again and again is helped for half an hour in all. */
START_TEST(renewed)
{
	struct net *n = three(72, false);
	uint8_t lsa[64];
	size_t len = craft(lsa, sizeof(lsa), A, 1000, 0);
	int i;

	for (i = 0; i < 4; i++) {
		lsa[14]++;
		net_craft_lsa(n, 0, 0, lsa, len);
		net_run(n, 450 * 1000);
		if (i < 3)
			ck_assert_str_eq(net_nbr(n, 0, 1).code, "helping");
	}
	net_run(n, 5000);
	ck_assert_str_eq(n->r[1].helper,
	    "1.1.1.1: help ends: grace period expired");
	net_free(n);
}
END_TEST

/* Before it is FULL: it is a router that begins anew. */
START_TEST(not_full)
{
	struct net *n = three(80, false);
	unsigned int had;

	n->tap = tap;
	drop_grace = 4;
	again(n, 0, 500);
	had = n->r[1].n_lost;
	net_run(n, 3000);
	ck_assert_uint_eq(n->r[1].n_lost, had + 1);
	ck_assert_str_eq(n->r[1].helper,
	    "1.1.1.1 restarts: not helped: not FULL");
	net_free(n);
}
END_TEST

/* A change that A had not acknowledged when it died. */
START_TEST(unacknowledged)
{
	struct net *n = three(81, false);
	struct ospf_stub st = { .dest = 0x0a640000, .len = 24, .cost = 1 };
	struct ospf_input in = { .type = OSPF_IN_STUB, .stub = &st };

	net_kill(n, 0);
	net_input(n, 2, &in);
	net_run(n, 700);
	n->r[0].g.grace_s = GRACE;
	net_boot(n, 0);
	net_run(n, 8000);
	ck_assert_str_eq(n->r[1].helper, "1.1.1.1 restarts: not helped: has "
	    "not acknowledged a change");
	ck_assert(net_all_full(n) && net_same_lsdb(n) && n->r[0].synced);
	net_free(n);
}
END_TEST

/* Its configuration lost a link; or nobody holds an LSA of it; or it comes when
 * everybody has let it go. */
START_TEST(inconsistent)
{
	struct net *n = three(90 + (uint64_t)_i, true);
	struct ospf_input in = { .type = OSPF_IN_IFACE_DEL };

	if (_i == 0) {
		net_kill(n, 0);
		net_run(n, 200);
		n->r[0].g.grace_s = GRACE;
		n->l[2].cut = true;
		net_boot(n, 0);
		in.iid = n->l[2].c[0].iid;
		net_input(n, 0, &in);
	} else if (_i == 1) {
		net_kill(n, 0);
		net_kill(n, 1);
		net_kill(n, 2);
		n->r[0].g.grace_s = GRACE;
		net_boot_all(n);
	} else
		again(n, 0, 10000);
	net_run(n, 3000);
	ck_assert_str_eq(n->r[0].restart, _i == 1 ?
	    "graceful restart ends: no LSA from before" :
	    "graceful restart ends: links are not those from before");
	net_run(n, 6000);
	ck_assert(net_all_full(n) && n->r[0].synced);
	ck_assert_ptr_nonnull(net_route_to(n, 0, 2));
	ck_assert_ptr_nonnull(net_route_to(n, 2, 0));
	net_run(n, 6000);
	ck_assert(net_same_lsdb(n));
	net_free(n);
}
END_TEST

/* Two neighbours at once: each refuses the other, and both come back. */
START_TEST(both)
{
	struct net *n = three(95 + (uint64_t)_i, _i % 2 != 0);

	net_kill(n, 0);
	net_kill(n, 1);
	net_run(n, 600);
	n->r[0].g.grace_s = n->r[1].g.grace_s = GRACE;
	net_boot(n, 0);
	net_run(n, _i * 40);
	net_boot(n, 1);
	net_run(n, 30000);
	ck_assert(net_all_full(n) && net_same_lsdb(n));
	ck_assert(n->r[0].synced && n->r[1].synced);
	ck_assert_ptr_nonnull(net_route_to(n, 0, 2));
	ck_assert_ptr_nonnull(net_route_to(n, 2, 0));
	net_free(n);
}
END_TEST

/* The link goes, the operator clears, it is told to end, while one restarts. */
START_TEST(interrupted)
{
	struct net *n = three(100 + (uint64_t)_i, _i % 2 != 0);
	struct ospf_input clear = { .type = OSPF_IN_CLEAR,
	    .iid = n->l[0].c[1].iid };
	struct ospf_input end = { .type = OSPF_IN_SHUTDOWN };

	again(n, 0, 500);
	net_run(n, 5 + 3 * (_i / 4));
	switch (_i % 4) {
	case 0:
		n->l[0].c[1].up = false;
		net_iface(n, 0, 1);
		net_run(n, 100);
		n->l[0].c[1].up = true;
		net_iface(n, 0, 1);
		break;
	case 1:
		net_input(n, 1, &clear);
		break;
	case 2:
		net_input(n, 0, &end);
		net_run(n, 1500);
		ck_assert(n->r[0].done);
		net_kill(n, 0);
		net_run(n, 5000);
		n->r[0].g.grace_s = 0;
		net_boot(n, 0);
		break;
	case 3:
		n->l[0].c[0].up = false;
		net_iface(n, 0, 0);
		net_run(n, 100);
		n->l[0].c[0].up = true;
		net_iface(n, 0, 0);
		break;
	}
	net_run(n, 40000);
	ck_assert(net_all_full(n) && net_same_lsdb(n) && n->r[0].synced);
	ck_assert_ptr_nonnull(net_route_to(n, 0, 2));
	ck_assert_ptr_nonnull(net_route_to(n, 2, 0));
	ck_assert_str_eq(net_nbr(n, 0, 1).code, "");
	net_free(n);
}
END_TEST

/* After the death of ospf alone its memory is what counts. */
START_TEST(resume_first)
{
	struct net *n = net_new(110);

	net_router(n, A);
	net_router(n, B);
	net_link(n, 0, 1, 10);
	net_keep(n, 0);
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 20000);
	again(n, 0, 300);
	net_run(n, 50);
	ck_assert(net_all_full(n));
	ck_assert_uint_eq(n->r[0].n_restart, 0);
	ck_assert_uint_eq(n->r[1].n_helper, 0);
	ck_assert(n->r[0].synced);
	net_free(n);
}
END_TEST

/* Loss of every kind: a route may move, but all comes back. */
START_TEST(lossy)
{
	struct net *n = three(200 + (uint64_t)_i, _i % 2 != 0);
	size_t i;

	for (i = 0; i < n->n_l; i++) {
		n->l[i].loss = 10 + (unsigned int)_i;
		n->l[i].jitter_ns = NS_MS(30);
	}
	again(n, (size_t)_i % 3, 400);
	net_run(n, 60000);
	for (i = 0; i < n->n_l; i++)
		n->l[i].loss = 0;
	net_run(n, 20000);
	ck_assert(net_all_full(n) && net_same_lsdb(n));
	ck_assert_uint_eq(n->r[(size_t)_i % 3].n_restart, 2);
	for (i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(net_route_to(n, i, (i + 1) % 3));
	net_free(n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ospf_graceful");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, unnoticed, 0, 18);
	tcase_add_loop_test(t, settles, 0, 24);
	tcase_add_test(t, says_so);
	tcase_add_loop_test(t, lost_grace, 0, 5);
	tcase_add_loop_test(t, planned, 0, 6);
	tcase_add_test(t, grace_rises);
	tcase_add_test(t, planned_alone);
	tcase_add_test(t, expires);
	tcase_add_test(t, restarter_expires);
	tcase_add_loop_test(t, topology, 0, 2);
	tcase_add_test(t, no_topology);
	tcase_add_loop_test(t, refused, 0, 6);
	tcase_add_test(t, refused_bodies);
	tcase_add_loop_test(t, modes, 0, 2);
	tcase_add_test(t, renewed);
	tcase_add_test(t, not_full);
	tcase_add_test(t, unacknowledged);
	tcase_add_loop_test(t, inconsistent, 0, 3);
	tcase_add_loop_test(t, both, 0, 10);
	tcase_add_loop_test(t, interrupted, 0, 20);
	tcase_add_test(t, resume_first);
	tcase_add_loop_test(t, lossy, 0, 20);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
