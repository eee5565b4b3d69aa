/* SPDX-License-Identifier: ISC */
/* Adjacencies, routes and their changes between engines in memory. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ospf/lsa.h"
#include "ospf/ospf_wire.h"
#include "regress/scenario/lib_ospf.h"

START_TEST(two_full)
{
	struct net *n = net_row(1, 2);
	const struct ospf_route *r;

	net_boot_all(n);
	ck_assert(net_until(n, 1000, net_all_full));
	net_run(n, 500);
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
	ck_assert_uint_eq(n->r[0].n_full, 1);
	net_free(n);
}
END_TEST

/* Nobody answers: the routes are complete after the dead interval. */
START_TEST(synced_alone)
{
	struct net *n = net_row(2, 2);

	net_boot(n, 0);
	net_run(n, 3900);
	ck_assert(!n->r[0].synced);
	net_run(n, 200);
	ck_assert(n->r[0].synced);
	net_free(n);
}
END_TEST

/* Several tunnels: all FULL, or two Hellos after the first that is. */
START_TEST(synced_some)
{
	struct net *n = net_triangle(20);

	n->l[0].cut = true;
	net_boot_all(n);
	net_run(n, 1500);
	ck_assert(net_is(n, 2, 1, "FULL"));
	ck_assert(!n->r[0].synced);
	ck_assert(n->r[2].synced);
	net_run(n, 1000);
	ck_assert(n->r[0].synced);
	net_free(n);
}
END_TEST

/* 20 % of the packets lost, the rest reordered, many seeds. */
START_TEST(loss)
{
	struct net *n = net_row((uint64_t)_i + 10, 5);
	size_t i;

	net_link(n, 4, 0, 10);
	net_link(n, 1, 3, 15);
	for (i = 0; i < n->n_l; i++) {
		n->l[i].loss = 20;
		n->l[i].jitter_ns = NS_MS(30);
	}
	net_boot_all(n);
	ck_assert_msg(net_until(n, 120000, net_all_full), "seed %d", _i);
	/* hellos are lost too, so an adjacency may fall and come back; when
	 * the loss ends all is one */
	for (i = 0; i < n->n_l; i++)
		n->l[i].loss = 0;
	net_run(n, 30000);
	ck_assert(net_quiet(n));
	ck_assert(net_same_lsdb(n));
	for (i = 1; i < 5; i++)
		ck_assert_ptr_nonnull(net_route_to(n, 0, i));
	ck_assert_uint_eq(net_route_to(n, 1, 3)->cost, 25);
	net_free(n);
}
END_TEST

START_TEST(cut)
{
	struct net *n = net_triangle(3);
	const struct ospf_route *r;
	struct mono t;

	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 20000);
	ck_assert_uint_eq(net_route_to(n, 0, 1)->cost, 20);
	n->l[0].cut = true;
	t = n->now;
	net_run(n, 4500);
	r = net_route_to(n, 0, 1);
	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(r->cost, 30);
	ck_assert_uint_eq(r->nexthops[0].iid, n->l[2].c[1].iid);
	ck_assert_int_le(mono_sub(n->r[0].moved, t), NS_MS(4050));
	ck_assert_uint_eq(n->r[0].n_lost_dead, 1);
	ck_assert_uint_eq(n->r[2].n_lost, 0);
	n->l[0].cut = false;
	net_run(n, 10000);
	ck_assert_uint_eq(net_route_to(n, 0, 1)->cost, 20);
	ck_assert(net_same_lsdb(n));
	net_free(n);
}
END_TEST

START_TEST(fast_hellos)
{
	struct net *n = net_triangle(4);
	struct mono t;
	size_t i;
	int s;

	for (i = 0; i < 3; i++)
		for (s = 0; s < 2; s++) {
			n->l[i].c[s].hello_ms = 250;
			n->l[i].c[s].dead_ms = 1000;
		}
	net_boot_all(n);
	ck_assert(net_until(n, 1000, net_all_full));
	net_run(n, 60000);
	ck_assert_uint_eq(n->r[0].n_lost, 0);
	/* Hello: interval 0 on the wire, dead 1 */
	ck_assert_uint_eq(n->l[0].last[0][28], 0);
	ck_assert_uint_eq(n->l[0].last[0][29], 0);
	ck_assert_uint_eq(n->l[0].last[0][35], 1);
	n->l[0].cut = true;
	t = n->now;
	net_run(n, 1200);
	ck_assert_int_le(mono_sub(n->r[0].moved, t), NS_MS(1020));
	ck_assert_uint_eq(net_route_to(n, 0, 1)->cost, 30);
	net_free(n);
}
END_TEST

/* A router goes: well, and without a word. */
START_TEST(leave)
{
	struct net *n = net_row(5, 4);
	struct ospf_input in = { .type = OSPF_IN_SHUTDOWN };
	struct ctl_lsa l;
	struct mono t;

	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 5000);
	ck_assert_ptr_nonnull(net_route_to(n, 0, 3));
	t = n->now;
	net_input(n, 3, &in);
	net_run(n, 600);
	ck_assert(n->r[3].done);
	ck_assert_int_le(mono_sub(n->r[0].moved, t), NS_MS(50));
	ck_assert_ptr_null(net_route_to(n, 0, 3));
	ck_assert(!net_lsa(n, 0, 1, n->r[3].rid, n->r[3].rid, &l));
	/* its last Hello ended the adjacency at once */
	ck_assert(!net_is(n, 2, 0, "FULL"));
	net_kill(n, 3);
	net_run(n, 10000);
	net_kill(n, 2);
	net_run(n, 5000);
	ck_assert_ptr_null(net_route_to(n, 0, 2));
	/* unreachable, but known, until it is an hour old */
	ck_assert(net_lsa(n, 0, 1, n->r[2].rid, n->r[2].rid, &l));
	net_run(n, 3600 * 1000);
	ck_assert(!net_lsa(n, 0, 1, n->r[2].rid, n->r[2].rid, &l));
	ck_assert(!net_lsa(n, 1, 1, n->r[2].rid, n->r[2].rid, &l));
	ck_assert(net_is(n, 0, 0, "FULL"));
	net_free(n);
}
END_TEST

START_TEST(restart)
{
	struct net *n = net_triangle(6);
	struct ctl_lsa l;
	uint32_t seq, crypt;

	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 20000);
	ck_assert(net_lsa(n, 0, 1, n->r[1].rid, n->r[1].rid, &l));
	seq = l.seq;
	crypt = n->r[1].seq_reserved;
	net_kill(n, 1);
	net_run(n, 100);
	net_boot(n, 1);
	/* the others learn by its first Hello that it forgot them; it finds
	 * its old LSA and goes on from there */
	net_run(n, 300);
	ck_assert(net_all_full(n));
	ck_assert_uint_eq(net_route_to(n, 0, 1)->cost, 20);
	ck_assert_uint_eq(net_route_to(n, 1, 0)->cost, 20);
	net_run(n, 3000);
	ck_assert(net_lsa(n, 0, 1, n->r[1].rid, n->r[1].rid, &l));
	ck_assert_uint_gt(l.seq, seq);
	ck_assert(net_same_lsdb(n));
	ck_assert_uint_eq(net_route_to(n, 1, 0)->cost, 20);
	ck_assert_uint_ge(n->r[1].seq_reserved, crypt);
	ck_assert(n->r[1].synced);
	ck_assert_uint_eq(n->r[1].routes_at_sync, n->r[1].n_routes);
	net_free(n);
}
END_TEST

/* Its numbers fell (a peer that starts at random): three Hellos, then again. */
START_TEST(restart_fallen)
{
	struct net *n = net_row(7, 2);

	n->r[1].g.seq = 1U << 30;
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_kill(n, 1);
	n->r[1].g.seq = 5;
	n->r[1].seq_reserved = 0;
	net_boot(n, 1);
	net_run(n, 200);
	ck_assert(net_is(n, 0, 0, "FULL"));	/* nothing believed yet */
	ck_assert_uint_gt(net_stats(n, 0)->drops[DROP_AUTH_SEQ], 0);
	net_run(n, 8000);
	ck_assert(net_all_full(n));
	net_free(n);
}
END_TEST

START_TEST(one_way)
{
	struct net *n = net_row(8, 2);
	struct ctl_nbr r;

	n->l[0].deaf[0] = true;		/* 0 hears nothing, 1 hears 0 */
	net_boot_all(n);
	net_run(n, 10000);
	r = net_nbr(n, 0, 1);
	ck_assert_str_eq(r.state, "INIT");
	ck_assert_str_eq(r.reason, "it does not hear us");
	r = net_nbr(n, 0, 0);
	ck_assert_str_eq(r.state, "DOWN");
	ck_assert_str_eq(r.reason, "nothing heard");
	n->l[0].deaf[0] = false;
	ck_assert(net_until(n, 3000, net_all_full));
	/* deaf again: the other notices by the Hellos that no longer list it */
	n->l[0].deaf[0] = true;
	net_run(n, 5500);
	ck_assert(net_is(n, 0, 1, "INIT"));
	net_free(n);
}
END_TEST

/* A day: refreshed, nothing grows, nobody hears of a route. */
START_TEST(a_day)
{
	struct net *n = net_row(9, 4);
	struct ctl_lsa l;
	unsigned int msgs;
	uint64_t runs;

	n->l[1].loss = 5;
	net_boot_all(n);
	ck_assert(net_until(n, 30000, net_all_full));
	n->l[1].loss = 0;
	net_run(n, 60000);
	msgs = n->r[0].route_msgs;
	runs = net_stats(n, 0)->spf_runs;
	net_run(n, 24LL * 3600 * 1000);
	ck_assert(net_all_full(n));
	ck_assert(net_same_lsdb(n));
	ck_assert_uint_eq(n->r[0].route_msgs, msgs);
	ck_assert_uint_eq(net_stats(n, 0)->spf_runs, runs);
	ck_assert(net_lsa(n, 0, 1, n->r[3].rid, n->r[3].rid, &l));
	ck_assert_uint_le(l.age, 1810);
	ck_assert_uint_ge(l.seq - 0x80000001U, 24 * 2);
	ck_assert_uint_le(l.seq - 0x80000001U, 24 * 3);
	ck_assert_uint_eq(n->r[0].n_lost, 0);
	net_free(n);
}
END_TEST

/* A prefix comes and goes: no tree is computed anywhere. */
START_TEST(stub_change)
{
	struct net *n = net_row(10, 3);
	struct ospf_stub s = { .dest = 0x0a990000, .len = 16, .cost = 1 };
	struct ospf_input in = { .type = OSPF_IN_STUB, .stub = &s };
	uint64_t runs[3];
	size_t i, before;
	struct mono t;

	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 20000);
	for (i = 0; i < 3; i++)
		runs[i] = net_stats(n, i)->spf_runs;
	before = n->r[0].n_routes;
	t = n->now;
	net_input(n, 2, &in);
	net_run(n, 1000);
	ck_assert_uint_eq(n->r[0].n_routes, before + 1);
	ck_assert_int_le(mono_sub(n->r[0].moved, t), NS_MS(5));
	in.type = OSPF_IN_STUB_DEL;
	net_input(n, 2, &in);
	net_run(n, 1000);
	ck_assert_uint_eq(n->r[0].n_routes, before);
	for (i = 0; i < 3; i++) {
		ck_assert_uint_eq(net_stats(n, i)->spf_runs, runs[i]);
		ck_assert_uint_ge(net_stats(n, i)->prefix_runs, 2);
	}
	net_free(n);
}
END_TEST

static unsigned int n_acks, last_ack_len;

static void
count_acks(struct net *n, size_t link, int side, const uint8_t *p, size_t len)
{
	(void)n;
	(void)link;
	if (side != 0 || len < OSPF_HDR_LEN || p[1] != PKT_ACK)
		return;
	n_acks++;
	last_ack_len = (unsigned int)(p[2] << 8 | p[3]);
}

/* What comes alone is acknowledged as it is read; what follows, together and
 * 250 ms after that. */
START_TEST(acknowledged)
{
	struct net *n = net_up(4, 2);
	uint8_t lsa[256];
	size_t i, k;

	net_run(n, 2000);
	n->tap = count_acks;
	n_acks = 0;
	for (i = 0; i < 4; i++) {
		k = net_router(n, 0x09090901 + (uint32_t)i);
		net_craft_lsa(n, 0, 1, lsa,
		    net_lsa_of(n, k, lsa, 0x80000001, 1));
		net_run(n, 50);
		ck_assert_uint_eq(n_acks, 1);
		ck_assert_uint_eq(last_ack_len, OSPF_HDR_LEN + LSA_HDR_LEN);
	}
	net_run(n, 100);
	ck_assert_uint_eq(n_acks, 2);
	ck_assert_uint_eq(last_ack_len, OSPF_HDR_LEN + 3 * LSA_HDR_LEN);
	net_free(n);
}
END_TEST

/* What cannot be a network of hosts is announced all the same, by whatever box:
 * it is no route here, and the rest of that LSA counts. */
START_TEST(no_network)
{
	static const struct ospf_stub v[] = {
		{ .dest = 0xa9fe0100, .len = 24, .cost = 1 },
		{ .dest = 0x7f000000, .len = 8, .cost = 1 },
		{ .dest = 0xe0000005, .len = 32, .cost = 1 },
		{ .dest = 0xf0000000, .len = 4, .cost = 1 },
		{ .dest = 0x00010000, .len = 16, .cost = 1 },
		{ .dest = 0x00000000, .len = 1, .cost = 1 },
		{ .dest = 0x0a990000, .len = 16, .cost = 1 }
	};
	struct net *n = net_row(12, 3);
	struct ospf_input in = { .type = OSPF_IN_STUB };
	size_t i, before;

	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 20000);
	before = n->r[0].n_routes;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		in.stub = &v[i];
		net_input(n, 2, &in);
	}
	net_run(n, 20000);
	ck_assert_uint_eq(n->r[0].n_routes, before + 2);
	ck_assert_uint_eq(n->r[2].n_routes, before);
	ck_assert_uint_ge(net_stats(n, 0)->drops[DROP_LSA_PREFIX], 5);
	ck_assert(net_same_lsdb(n));
	net_free(n);
}
END_TEST

/* Many changes in a short time: each counts here at once, the first few are
 * flooded at once, the rest is paced; neighbours that drop a second instance
 * within a second have the last one soon after. */
START_TEST(pacing)
{
	struct net *n = net_row(11, 3);
	struct ospf_stub s = { .dest = 0x0a990000, .len = 16 };
	struct ospf_input in = { .type = OSPF_IN_STUB, .stub = &s };
	uint64_t made, sent;
	struct ctl_lsa a, b;
	int i;

	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 60000);
	made = net_stats(n, 2)->originated;
	sent = net_stats(n, 2)->flooded;
	for (i = 0; i < 3; i++) {
		s.cost = (uint16_t)(i + 1);
		net_input(n, 2, &in);
		net_run(n, 200);
	}
	ck_assert_uint_eq(net_stats(n, 2)->originated, made + 3);
	ck_assert_uint_eq(net_stats(n, 2)->flooded, sent + 3);
	net_run(n, 900);		/* not RxmtInterval: 1.1 s in all */
	ck_assert(net_lsa(n, 2, 1, n->r[2].rid, n->r[2].rid, &a));
	ck_assert(net_lsa(n, 0, 1, n->r[2].rid, n->r[2].rid, &b));
	ck_assert_uint_eq(a.seq, b.seq);
	for (i = 0; i < 300; i++) {
		s.cost = (uint16_t)(i + 10);
		net_input(n, 2, &in);
		net_run(n, 100);
	}
	ck_assert_uint_eq(net_stats(n, 2)->originated, made + 303);
	ck_assert_uint_le(net_stats(n, 2)->flooded, sent + 16);
	net_run(n, 10000);
	ck_assert(net_same_lsdb(n));
	net_free(n);
}
END_TEST

START_TEST(ecmp)
{
	struct net *n = net_new(12);
	const struct ospf_route *r;
	size_t i;

	for (i = 0; i < 4; i++)
		net_router(n, (uint32_t)i + 1);
	net_link(n, 0, 1, 10);
	net_link(n, 0, 2, 10);
	net_link(n, 1, 3, 10);
	net_link(n, 2, 3, 10);
	net_link(n, 0, 1, 10);		/* a second tunnel to 1 */
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 3000);
	r = net_route_to(n, 0, 3);
	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(r->n_nexthops, 3);
	ck_assert_uint_eq(r->cost, 30);
	n->l[4].cut = true;
	net_run(n, 5000);
	r = net_route_to(n, 0, 3);
	ck_assert_uint_eq(r->n_nexthops, 2);
	net_free(n);
}
END_TEST

/* numbering site: one /32 for all tunnels of a router. */
START_TEST(unnumbered)
{
	struct net *n = net_triangle(13);
	const struct ospf_route *r;
	size_t i;
	int s;

	for (i = 0; i < 3; i++)
		for (s = 0; s < 2; s++) {
			n->l[i].c[s].addr = 0xac1f0001 + (uint32_t)n->l[i].r[s];
			n->l[i].c[s].peer = 0xac1f0001 +
			    (uint32_t)n->l[i].r[!s];
			n->l[i].c[s].prefix_len = 32;
		}
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 6000);
	/* two /16 and two host routes */
	ck_assert_uint_eq(n->r[0].n_routes, 4);
	r = net_route_to(n, 0, 1);
	ck_assert_uint_eq(r->cost, 20);
	ck_assert_uint_eq(r->n_nexthops, 1);
	/* Hello mask zero */
	ck_assert_uint_eq(n->l[0].last[0][24], 0);
	n->l[0].cut = true;
	net_run(n, 6000);
	r = net_route_to(n, 0, 1);
	ck_assert_uint_eq(r->cost, 30);
	ck_assert_uint_eq(r->nexthops[0].iid, n->l[2].c[1].iid);
	net_free(n);
}
END_TEST

START_TEST(stub_router)
{
	struct net *n = net_triangle(14);

	n->r[2].g.stub_router = true;
	n->l[0].cut = true;
	net_boot_all(n);
	net_run(n, 8000);
	/* through 2 only when nothing else is left, and then dearly */
	ck_assert_uint_eq(net_route_to(n, 0, 1)->cost, 10 + 65535 + 10);
	ck_assert_uint_eq(net_route_to(n, 0, 2)->cost, 20);
	net_free(n);
}
END_TEST

/* The process slept: what waits in the socket is read before anybody dies. */
START_TEST(late)
{
	struct net *n = net_row(15, 2);
	struct ospf_input in = { .type = OSPF_IN_TICK };

	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 5000);
	n->now = mono_add(n->now, NS_S(6));
	net_input(n, 0, &in);
	ck_assert(net_is(n, 0, 0, "FULL"));
	ck_assert_uint_eq(net_stats(n, 0)->late, 1);
	net_input(n, 1, &in);
	net_run(n, 20000);
	ck_assert_uint_eq(n->r[0].n_lost, 0);
	net_free(n);
}
END_TEST

START_TEST(link_down)
{
	struct net *n = net_triangle(16);
	struct ospf_link l = { .iid = 1, .up = false, .mtu = 1400,
	    .ifindex = 101 };
	struct ospf_input in = { .type = OSPF_IN_LINK, .link = &l };
	struct mono t;

	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 20000);
	t = n->now;
	net_input(n, 0, &in);
	net_run(n, 100);
	ck_assert_uint_eq(net_route_to(n, 0, 1)->cost, 30);
	ck_assert_int_eq(mono_sub(n->r[0].moved, t), 0);
	/* the other end hears of it by our LSA, the long way */
	ck_assert_uint_eq(net_route_to(n, 1, 0)->cost, 30);
	l.up = true;
	l.ifindex = 777;
	net_input(n, 0, &in);
	net_run(n, 3000);
	ck_assert_uint_eq(net_route_to(n, 0, 1)->cost, 20);
	ck_assert_uint_eq(net_route_to(n, 0, 1)->nexthops[0].ifindex, 777);
	l.ifindex = 778;
	net_input(n, 0, &in);
	ck_assert_uint_eq(net_route_to(n, 0, 1)->nexthops[0].ifindex, 778);
	in = (struct ospf_input){ .type = OSPF_IN_IFACE_DEL, .iid = 1 };
	net_input(n, 0, &in);
	net_run(n, 100);
	ck_assert_uint_eq(net_route_to(n, 0, 1)->cost, 30);
	net_free(n);
}
END_TEST

/* A link that flaps all the time: the tree is not computed each time, and what
 * comes out in the end is right. */
START_TEST(burst)
{
	struct net *n = net_triangle(17);
	struct ospf_link l = { .iid = 1, .mtu = 1400, .ifindex = 101 };
	struct ospf_input in = { .type = OSPF_IN_LINK, .link = &l };
	uint64_t runs;
	int i;

	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 20000);
	runs = net_stats(n, 0)->spf_runs;
	for (i = 0; i < 200; i++) {
		l.up = i & 1;
		net_input(n, 0, &in);
		net_run(n, 40);
	}
	ck_assert_uint_le(net_stats(n, 0)->spf_runs - runs, 25);
	net_run(n, 20000);
	ck_assert(net_all_full(n));
	ck_assert_uint_eq(net_route_to(n, 0, 1)->cost, 20);
	ck_assert_uint_eq(net_route_to(n, 1, 0)->cost, 20);
	net_free(n);
}
END_TEST

/* Changes one after the other, the first of which is lost: the neighbour takes the
 * second, so the third is repeated when MinLSArrival after that is over, not a
 * retransmission interval later. */
START_TEST(in_succession)
{
	struct net *n = net_new(18);
	struct ospf_stub st = { .dest = 0x0a640000, .len = 24, .cost = 1 };
	struct ospf_input in = { .type = OSPF_IN_STUB, .stub = &st };
	size_t i;

	net_router(n, 0x01010101);
	net_router(n, 0x02020202);
	net_link(n, 0, 1, 10);
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 20000);
	n->l[0].cut = true;
	net_input(n, 0, &in);
	net_run(n, 150 + _i * 60);
	n->l[0].cut = false;
	st.cost = 2;
	net_input(n, 0, &in);
	net_run(n, 50 + _i * 30);
	st.cost = 3;
	net_input(n, 0, &in);
	net_run(n, 1200);
	for (i = 0; i < n->r[1].n_routes; i++)
		if (n->r[1].routes[i].dest == st.dest)
			break;
	ck_assert_uint_lt(i, n->r[1].n_routes);
	ck_assert_uint_eq(n->r[1].routes[i].r.cost, 13);
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

	tcase_set_timeout(t, 120);
	tcase_add_test(t, two_full);
	tcase_add_test(t, synced_alone);
	tcase_add_test(t, synced_some);
	tcase_add_loop_test(t, loss, 0, 10);
	tcase_add_test(t, cut);
	tcase_add_test(t, fast_hellos);
	tcase_add_test(t, leave);
	tcase_add_test(t, restart);
	tcase_add_test(t, restart_fallen);
	tcase_add_test(t, one_way);
	tcase_add_test(t, a_day);
	tcase_add_test(t, stub_change);
	tcase_add_test(t, acknowledged);
	tcase_add_test(t, no_network);
	tcase_add_test(t, pacing);
	tcase_add_test(t, ecmp);
	tcase_add_test(t, unnumbered);
	tcase_add_test(t, stub_router);
	tcase_add_test(t, late);
	tcase_add_test(t, link_down);
	tcase_add_test(t, burst);
	tcase_add_loop_test(t, in_succession, 0, 10);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
