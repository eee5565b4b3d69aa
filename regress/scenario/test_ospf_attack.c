/* SPDX-License-Identifier: ISC */
/*
 * An insider with the key at one link: numbers of the digest, database
 * exchange, instances of LSAs, the defence of our own, limits.  The verdicts
 * are exact here; net/t_forged_ospf*.sh sends the like at the daemon.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ospf/lsa.h"
#include "ospf/ospf_wire.h"
#include "regress/scenario/lib_ospf.h"

#define A_ID	0x01010101U
#define PHANTOM	0x20000000U

static uint64_t
drops(struct net *n, size_t r, enum ospf_drop why)
{
	return (net_stats(n, r)->drops[why]);
}

/* --- the number of the digest */

/* A whole acknowledgement of nothing from side 1 of link 0 with this number. */
static void
number(struct net *n, uint32_t seq)
{
	uint8_t p[64];
	struct wbuf w = wbuf_make(p, sizeof(p));
	size_t len;

	ospf_hdr_write(&w, PKT_ACK, n->r[1].rid, n->r[1].g.area);
	len = net_sign(n, 0, 1, p, w.len, sizeof(p), seq);
	net_inject(n, 0, 1, p, len);
}

/* One forged number takes two Hellos from the neighbour, not the third. */
START_TEST(number_jumps)
{
	static const uint32_t by[] = { 0x80000000U, 0x7fffffffU, 1U << 16 };
	struct net *n = net_up(1, 2);
	uint32_t seq = _i == 3 ? 0xffffffffU : 2000 + by[_i];
	uint64_t got = net_stats(n, 0)->rx;

	number(n, seq);
	net_run(n, 10);
	ck_assert_uint_eq(net_stats(n, 0)->rx, got + 1);
	net_run(n, 10000);
	ck_assert_uint_eq(drops(n, 0, DROP_AUTH_SEQ), 2);
	ck_assert(net_all_full(n));
	ck_assert_uint_eq(n->r[0].n_lost, 0);
	net_free(n);
}
END_TEST

/* One forged number after each of the neighbour's own locks it out, and that
 * is what is said. */
static char wanted[64];

START_TEST(locked_out)
{
	struct net *n = net_up(2, 2);
	uint32_t seq = 0x90000000U, i, real = 0;
	struct ctl_nbr r;

	for (i = 0; i < 12; i++) {
		number(n, seq++);
		net_run(n, 500);
	}
	net_run(n, 600);	/* its own comes after the last one */
	for (i = 20; i < 24; i++)
		real = real << 8 | n->l[0].last[1][i];
	r = net_nbr(n, 0, 0);
	ck_assert_str_eq(r.state, "DOWN");
	ck_assert_str_eq(r.code, "sequence-number");
	(void)snprintf(wanted, sizeof(wanted), "cryptographic sequence %u "
	    "there, %u here", real, seq - 1);
	ck_assert_str_eq(r.reason, wanted);
	ck_assert_uint_eq(strtoul(r.theirs, NULL, 10), real);
	net_run(n, 10000);
	ck_assert(net_all_full(n));
	net_free(n);
}
END_TEST

/* One recorded packet again and again is no restart; neither are three that
 * fall.  Three that rise would be, so ESP keeps them away. */
START_TEST(replay_often)
{
	struct net *n = net_up(3, 2);
	static uint8_t old[3][2048];
	size_t len[3], i, k;
	uint64_t before;

	for (k = 0; k < 3; k++) {
		memcpy(old[k], n->l[0].last[1], sizeof(old[k]));
		len[k] = n->l[0].last_len[1];
		net_run(n, 1100);
	}
	net_run(n, 40000);		/* out of the window */
	if (_i == 1) {
		net_kill(n, 1);
		net_run(n, 6000);
		ck_assert(net_is(n, 0, 0, "DOWN"));
	}
	before = drops(n, 0, DROP_AUTH_SEQ);
	for (i = 0; i < 10; i++) {
		net_inject(n, 0, 1, old[0], len[0]);
		net_run(n, 3);
	}
	for (k = 3; k-- > 0;) {
		net_inject(n, 0, 1, old[k], len[k]);
		net_run(n, 3);
	}
	ck_assert_uint_eq(drops(n, 0, DROP_AUTH_SEQ), before + 13);
	ck_assert(net_is(n, 0, 0, _i == 1 ? "DOWN" : "FULL"));
	net_free(n);
}
END_TEST

/* --- database exchange */

static size_t
dd(uint8_t *p, size_t cap, uint16_t mtu, uint8_t flags, uint32_t seq)
{
	struct wbuf w = wbuf_make(p, cap);
	struct dd d = { .mtu = mtu, .options = 0x42, .flags = flags,
	    .seq = seq };

	dd_write(&w, &d);
	return (w.len);
}

static void
craft_dd(struct net *n, uint16_t mtu, uint8_t flags, uint32_t seq)
{
	uint8_t p[8];

	net_craft(n, 0, 1, PKT_DD, p, dd(p, sizeof(p), mtu, flags, seq));
	net_run(n, 3);
}

/* The last description of side 1, as its own retransmission would be. */
static uint8_t last_dd[2048];
static size_t last_dd_len;

static void
tap_dd(struct net *n, size_t link, int side, const uint8_t *p, size_t len)
{
	(void)n;
	if (link == 0 && side == 1 && p[1] == PKT_DD) {
		memcpy(last_dd, p, len);
		last_dd_len = len - 16;
	}
}

/* In FULL every whole description but the last one again is a mismatch. */
static const struct {
	uint16_t		mtu;
	uint8_t			flags;
	enum mtu_check		check;
	enum ospf_drop		why;
	bool			torn;
} in_full[] = {
	{ 1400, DD_I | DD_M | DD_MS, MTU_WARN, DROP_DD_SEQ, true },
	{ 1400, 0, MTU_WARN, DROP_DD_SEQ, true },
	{ 1400, DD_M, MTU_WARN, DROP_DD_SEQ, true },
	{ 0, DD_MS, MTU_WARN, DROP_DD_SEQ, true },
	{ 9000, DD_MS, MTU_WARN, DROP_DD_SEQ, true },
	{ 600, DD_MS, MTU_WARN, DROP_DD_SEQ, true },
	{ 9000, DD_MS, MTU_STRICT, DROP_DD_MTU, false },
};

START_TEST(dd_in_full)
{
	struct net *n = net_up(4, 2);

	n->l[0].c[0].mtu_check = in_full[_i].check;
	net_iface(n, 0, 0);
	craft_dd(n, in_full[_i].mtu, in_full[_i].flags, 77);
	ck_assert_uint_eq(drops(n, 0, in_full[_i].why), 1);
	ck_assert_int_eq(net_is(n, 0, 0, "FULL"), !in_full[_i].torn);
	ck_assert_uint_eq(n->r[0].n_lost, in_full[_i].torn);
	net_run(n, 5000);
	ck_assert(net_all_full(n));
	ck_assert_uint_eq(n->r[0].n_lost_dead, 0);
	/* its MTU is not remembered, and not repeated to and fro */
	ck_assert_str_eq(net_nbr(n, 0, 0).reason, "");
	ck_assert_uint_eq(net_nbr(n, 0, 0).mtu, 1400);
	ck_assert_uint_eq(net_nbr(n, 0, 1).mtu, 1400);
	net_free(n);
}
END_TEST

/* The last one again: answered as long as its answer is kept when we are the
 * slave, dropped when we are the master. */
START_TEST(dd_duplicate)
{
	struct net *n = net_row(5, 2);
	unsigned int sent;

	if (_i == 1)
		n->r[0].rid = n->r[0].g.router_id = 0x7f000001;
	n->tap = tap_dd;
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 1000);
	ck_assert(net_quiet(n));
	sent = n->sent;
	net_craft(n, 0, 1, PKT_DD, last_dd + 24, last_dd_len - 24);
	net_run(n, 3);
	ck_assert_uint_eq(drops(n, 0, DROP_DD_DUP), 1);
	ck_assert_uint_eq(n->sent, sent + 1 + (_i == 0));
	ck_assert(net_is(n, 0, 0, "FULL"));
	ck_assert_uint_eq(n->r[0].n_lost, 0);
	net_free(n);
}
END_TEST

/* Router 0 alone, and the other end by hand: its Hello is heard, and ours is
 * in it. */
static struct net *
by_hand(uint64_t seed, bool higher, size_t max_lsas)
{
	static const uint8_t hello[24] = { 255, 255, 255, 252, 0, 1, 2, 1,
	    0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1 };
	struct net *n = net_row(seed, 2);

	n->p.max_lsas = max_lsas;
	n->r[1].rid = higher ? 0x02020202 : 0x00000001;
	n->tap = tap_dd;
	net_boot(n, 0);
	net_run(n, 10);
	net_craft(n, 0, 1, PKT_HELLO, hello, sizeof(hello));
	net_run(n, 3);
	ck_assert(net_is(n, 0, 0, "EXSTART"));
	return (n);
}

static void
craft_headers(struct net *n, uint8_t flags, uint32_t seq, uint8_t type,
    uint16_t age, uint32_t first, size_t k)
{
	static uint8_t p[65000];
	struct wbuf w = wbuf_make(p, sizeof(p));
	struct lsa_hdr h = { .age = age, .options = 2, .seq = 0x80000001,
	    .cksum = 1, .len = 36 };

	w.len = dd(p, 8, 1400, flags, seq);
	while (k-- > 0) {
		h.key = (struct lsa_key){ type, 0, first, first };
		first++;
		lsa_hdr_write(&w, &h);
	}
	ck_assert(wbuf_ok(&w));
	net_craft(n, 0, 1, PKT_DD, p, w.len);
	net_run(n, 3);
}

/* Both claim to be the master: the higher id is, and stays it. */
START_TEST(both_master)
{
	struct net *n = by_hand(6, _i == 0, 0);

	craft_dd(n, 1400, DD_I | DD_M | DD_MS, 7);
	ck_assert(net_is(n, 0, 0, _i == 0 ? "EXCHANGE" : "EXSTART"));
	/* another one that is first, and then one that is master no more */
	craft_dd(n, 1400, DD_I | DD_M | DD_MS, 9);
	if (_i == 0) {
		ck_assert(net_is(n, 0, 0, "EXSTART"));
		ck_assert_uint_eq(drops(n, 0, DROP_DD_SEQ), 1);
		craft_dd(n, 1400, DD_I | DD_M | DD_MS, 7);
		craft_dd(n, 1400, 0, 8);
		ck_assert_uint_eq(drops(n, 0, DROP_DD_SEQ), 2);
	} else
		ck_assert_uint_eq(drops(n, 0, DROP_STATE), 2);
	ck_assert(net_is(n, 0, 0, "EXSTART"));
	net_free(n);
}
END_TEST

/* The MTU of the first description. */
START_TEST(dd_mtus)
{
	static const uint16_t mtu[] = { 0, 65535, 600, 1 };
	struct net *n = by_hand(7, true, 0);
	bool strict = _i >= 4;

	_i %= 4;
	n->l[0].c[0].mtu_check = strict ? MTU_STRICT : MTU_WARN;
	net_iface(n, 0, 0);
	craft_dd(n, mtu[_i], DD_I | DD_M | DD_MS, 7);
	ck_assert(net_is(n, 0, 0, strict && mtu[_i] > 1400 ? "EXSTART" :
	    "EXCHANGE"));
	ck_assert_uint_eq(drops(n, 0, DROP_DD_MTU), strict && mtu[_i] > 1400);
	net_free(n);
}
END_TEST

START_TEST(dd_unknown_type)
{
	static const uint8_t type[] = { 0, 6, 8, 12, 255 };
	struct net *n = by_hand(8, true, 0);

	craft_dd(n, 1400, DD_I | DD_M | DD_MS, 7);
	craft_headers(n, DD_MS, 8, type[_i], 1, PHANTOM, 1);
	ck_assert_uint_eq(drops(n, 0, DROP_DD_TYPE), 1);
	ck_assert(net_is(n, 0, 0, "EXSTART"));
	ck_assert_uint_eq(net_nbr(n, 0, 0).request, 0);
	net_free(n);
}
END_TEST

/* More is promised for ever: nothing comes, or more than there can be. */
START_TEST(dd_endless)
{
	struct net *n = by_hand(9, true, 1000);
	uint32_t seq = 7;
	unsigned int k = 0;

	craft_dd(n, 1400, DD_I | DD_M | DD_MS, seq);
	while (net_is(n, 0, 0, "EXCHANGE") && k++ < 200)
		if (_i == 0)
			craft_dd(n, 1400, DD_M | DD_MS, ++seq);
		else
			craft_headers(n, DD_M | DD_MS, ++seq, 1, 1,
			    PHANTOM + 60 * k, 60);
	ck_assert_uint_eq(drops(n, 0, DROP_DD_ENDLESS), 1);
	ck_assert(net_is(n, 0, 0, "EXSTART"));
	ck_assert_uint_eq(k, _i == 0 ? 64 : 34);
	ck_assert_uint_eq(net_nbr(n, 0, 0).request, 0);
	net_free(n);
}
END_TEST

/* Headers at MaxAge are asked for, and what comes is gone once all is loaded;
 * older than that there is nothing. */
START_TEST(dd_max_age)
{
	struct net *n = by_hand(10, true, 0);
	struct ctl_lsa l;
	uint8_t p[256];
	size_t len;

	craft_dd(n, 1400, DD_I | DD_M | DD_MS, 7);
	craft_headers(n, DD_M | DD_MS, 8, 1, LSA_MAX_AGE + 1, PHANTOM, 1);
	craft_headers(n, DD_MS, 9, 1, LSA_MAX_AGE, PHANTOM + 1, 1);
	ck_assert(net_is(n, 0, 0, "LOADING"));
	ck_assert_uint_eq(net_nbr(n, 0, 0).request, 1);
	n->r[n->n_r].rid = PHANTOM + 1;
	len = net_lsa_of(n, n->n_r, p, 0x80000001, LSA_MAX_AGE);
	net_craft_lsa(n, 0, 1, p, len);
	net_run(n, 100);
	ck_assert(net_is(n, 0, 0, "FULL"));
	ck_assert(!net_lsa(n, 0, 1, PHANTOM + 1, PHANTOM + 1, &l));
	net_free(n);
}
END_TEST

/* A request for what we have not: RFC 2328 10.7. */
START_TEST(lsr_unknown)
{
	static const uint32_t type[] = { 0, 1, 255, 0x01000001 };
	struct net *n = net_up(11, 2);
	struct wbuf w;
	uint8_t p[12];

	w = wbuf_make(p, sizeof(p));
	lsr_write(&w, &(struct lsa_key){ type[_i], 0, PHANTOM, PHANTOM });
	net_craft(n, 0, 1, PKT_LSR, p, sizeof(p));
	net_run(n, 3);
	ck_assert_uint_eq(drops(n, 0, DROP_LSR_UNKNOWN), 1);
	ck_assert_uint_eq(n->r[0].n_lost, 1);
	net_run(n, 5000);
	ck_assert(net_all_full(n));
	ck_assert_uint_eq(n->r[0].n_lost_dead, 0);
	net_free(n);
}
END_TEST

/* 10^4 entries for what we have are answered with what there is, once. */
START_TEST(lsr_many)
{
	struct net *n = net_up(12, 2);
	static uint8_t p[60000];
	struct wbuf w;
	unsigned int sent = n->sent;
	int k, i;

	for (k = 0; k < 2; k++) {
		w = wbuf_make(p, sizeof(p));
		for (i = 0; i < 5000; i++)
			lsr_write(&w, &(struct lsa_key){ 1, 0,
			    n->r[i % 2].rid, n->r[i % 2].rid });
		net_craft(n, 0, 1, PKT_LSR, p, w.len);
		net_run(n, 1);
	}
	net_run(n, 5);
	/* two forged, two answers; acknowledgements and Hellos beside */
	ck_assert_uint_le(n->sent - sent, 8);
	ck_assert(net_all_full(n));
	ck_assert_uint_eq(n->r[0].n_lost, 0);
	net_free(n);
}
END_TEST

/* --- instances of an LSA */

static size_t
phantom(uint8_t *p, uint32_t seq, uint16_t age, uint16_t metric)
{
	struct wbuf w = wbuf_make(p, 256);
	struct lsa_hdr h = { .age = age, .options = 2, .seq = seq,
	    .key = { LSA_ROUTER, 0, PHANTOM, PHANTOM } };
	struct rlink l = { RLINK_STUB, 0x63000000, 0xff000000, metric };

	lsa_hdr_write(&w, &h);
	router_lsa_write(&w, 0, &l, 1);
	return (w.len);
}

/* 13.1: same number, so the checksum decides, then MaxAge, then the age. */
static const struct {
	uint16_t	age[2], metric[2];
	int		newer;		/* the second; -1: the first */
} orders[] = {
	{ { 1, 1 }, { 1, 2 }, 0 },	/* by checksum, found out below */
	{ { 1, 1 }, { 2, 1 }, 0 },
	{ { 1, 3000 }, { 1, 2 }, 0 },
	{ { 3000, 1 }, { 2, 1 }, 0 },
	{ { 1, 903 }, { 1, 1 }, -1 },	/* more than MaxAgeDiff older */
	{ { 1000, 1 }, { 1, 1 }, 1 },
	{ { 1, 890 }, { 1, 1 }, 2 },	/* the same */
	{ { 890, 1 }, { 1, 1 }, 2 },
	{ { 1, LSA_MAX_AGE }, { 1, 1 }, 1 },
};

START_TEST(same_number)
{
	struct net *n = net_up(13, 2);
	uint16_t ck[2];
	struct ctl_lsa l;
	uint8_t p[256];
	size_t i, len;
	int newer = orders[_i].newer;
	bool there;

	for (i = 0; i < 2; i++) {
		len = phantom(p, 0x80000005, orders[_i].age[i],
		    orders[_i].metric[i]);
		net_craft_lsa(n, 0, 1, p, len);
		ck[i] = (uint16_t)(p[16] << 8 | p[17]);
		net_run(n, 1500);
	}
	if (newer == 0)
		newer = ck[1] > ck[0] ? 1 : -1;
	there = net_lsa(n, 0, 1, PHANTOM, PHANTOM, &l);
	ck_assert_int_eq(there, orders[_i].age[1] != LSA_MAX_AGE);
	if (there) {
		ck_assert_uint_eq(l.checksum, newer == 1 ? ck[1] : ck[0]);
		/* of the same one the first age counts */
		if (newer == 1)
			ck_assert_uint_lt(l.age, orders[_i].age[1] + 5);
		else
			ck_assert_uint_lt(l.age, orders[_i].age[0] + 5);
	}
	ck_assert_uint_eq(n->r[0].n_lost, 0);
	net_free(n);
}
END_TEST

/* Wrong by themselves: the exact reasons. */
static const struct {
	uint32_t	seq, id, adv;
	uint16_t	age;
	uint8_t		type;
	enum ospf_drop	why;
	size_t		body;
} wrongs[] = {
	{ 0x80000001, PHANTOM, PHANTOM, 3601, 1, DROP_LSA_AGE, 4 },
	{ 0x80000001, PHANTOM, PHANTOM, 65535, 1, DROP_LSA_AGE, 4 },
	{ 0x80000000, PHANTOM, PHANTOM, 1, 1, DROP_LSA_SEQ, 4 },
	{ 0x80000001, A_ID, PHANTOM, 1, 1, DROP_LSA_ID, 4 },
	{ 0x80000001, PHANTOM, A_ID, 1, 1, DROP_LSA_ID, 4 },
	{ 0x80000001, PHANTOM, 0, 1, 1, DROP_LSA_ID, 4 },
	{ 0x80000001, PHANTOM, PHANTOM, 1, 2, DROP_LSA_BODY, 4 },
	{ 0x80000001, PHANTOM, PHANTOM, 1, 2, DROP_LSA_BODY, 9 },
	{ 0x80000001, PHANTOM, PHANTOM, 1, 5, DROP_LSA_BODY, 15 },
	{ 0x80000001, PHANTOM, PHANTOM, 1, 11, DROP_LSA_LENGTH, 65390 },
	{ 0x80000001, PHANTOM, PHANTOM, 1, 11, DROP_NONE, 65380 },
	{ 0x80000001, PHANTOM, PHANTOM, 1, 2, DROP_NONE, 8 },
	{ 0x80000001, PHANTOM, PHANTOM, 1, 5, DROP_NONE, 16 },
};

START_TEST(wrong_lsa)
{
	struct net *n = net_up(14, 2);
	static uint8_t p[65471];
	struct wbuf w = wbuf_make(p, sizeof(p));
	struct lsa_hdr h = { .age = wrongs[_i].age, .options = 2,
	    .seq = wrongs[_i].seq, .key = { wrongs[_i].type, 0,
	    wrongs[_i].id, wrongs[_i].adv } };
	struct ctl_lsa l;
	unsigned int msgs = n->r[0].route_msgs;
	uint64_t lsas = 0;
	size_t k;

	lsa_hdr_write(&w, &h);
	wbuf_zero(&w, wrongs[_i].body);
	ck_assert(wbuf_ok(&w));
	net_craft_lsa(n, 0, 1, p, w.len);
	net_run(n, 3);
	for (k = DROP_LSA_LENGTH; k <= DROP_NBR_FULL; k++)
		lsas += net_stats(n, 0)->drops[k];
	ck_assert_uint_eq(lsas, wrongs[_i].why != DROP_NONE);
	if (wrongs[_i].why != DROP_NONE)
		ck_assert_uint_eq(drops(n, 0, wrongs[_i].why), 1);
	ck_assert_int_eq(net_lsa(n, 0, wrongs[_i].type, wrongs[_i].id,
	    wrongs[_i].adv, &l), wrongs[_i].why == DROP_NONE);
	ck_assert_uint_eq(n->r[0].route_msgs, msgs);
	net_run(n, 1000);
	ck_assert(net_all_full(n));
	ck_assert_uint_eq(n->r[0].n_lost, 0);
	net_free(n);
}
END_TEST

/* --- the defence */

/* In a triangle, told to 0 by 1: the one it is about hears it from 0, and the
 * bait is gone everywhere within seconds. */
START_TEST(bait)
{
	struct net *n = net_triangle(15);
	uint32_t seq;
	uint8_t p[256];
	size_t i;

	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 20000);
	seq = _i == 0 ? LSA_SEQ_MAX : net_seq(n, 0, 2) + 5;
	net_craft_lsa(n, 0, 1, p, net_lsa_of(n, 2, p, seq, 1));
	net_run(n, 4);
	ck_assert_uint_eq(net_stats(n, 2)->fought, 1);
	/* a flush has to get past MinLSArrival at each, and to be acknowledged
	 * by all, before the number can begin anew */
	net_run(n, _i == 0 ? 5000 : 1200);
	for (i = 0; i < 3; i++)
		ck_assert_uint_eq(net_seq(n, i, 2), _i == 0 ?
		    LSA_SEQ_INITIAL : seq + 1);
	for (i = 0; i < n->r[0].n_routes; i++)
		ck_assert_uint_ne(n->r[0].routes[i].dest, 0x63000000);
	ck_assert_ptr_nonnull(net_route_to(n, 0, 2));
	ck_assert_uint_eq(n->r[2].n_lost + n->r[0].n_lost, 0);
	net_free(n);
}
END_TEST

/* Two forgeries inside MinLSInterval reach everybody before us.  Who has taken
 * one takes no other for a second, so the answer comes again right after it
 * and not only after RxmtInterval. */
START_TEST(two_forgeries)
{
	struct net *n = net_row(16, 3);
	uint32_t seq;
	uint8_t p[256];
	int k;

	for (k = 0; k < 4; k++)
		n->l[k / 2].c[k % 2].rxmt_ms = 5000;
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 20000);
	seq = net_seq(n, 1, 0);
	for (k = 0; k < 2; k++) {
		/* as 2 at 1, which is between, and a little later at 0 */
		seq += 4;
		net_craft_lsa(n, 1, 1, p, net_lsa_of(n, 0, p, seq, 1));
		net_run(n, 5);
		ck_assert_uint_eq(net_stats(n, 0)->fought, (uint64_t)k + 1);
		ck_assert_uint_eq(net_seq(n, 0, 0), seq + 1);
		ck_assert_uint_eq(net_seq(n, 1, 0), seq);
		net_run(n, 1120);
		ck_assert_uint_eq(net_seq(n, 1, 0), seq + 1);
		net_run(n, 20);
		ck_assert_uint_eq(net_seq(n, 2, 0), seq + 1);
		ck_assert_ptr_nonnull(net_route_to(n, 2, 0));
		net_run(n, 1000);
	}
	net_run(n, 10000);
	ck_assert(net_quiet(n));
	ck_assert(net_same_lsdb(n));
	net_free(n);
}
END_TEST

/* The same with an LSA of ours that we never made: it is flushed, again right
 * after MinLSArrival. */
START_TEST(never_made)
{
	static const uint8_t type[] = { LSA_SUMMARY, LSA_ASBR, LSA_EXTERNAL,
	    LSA_OPAQUE_AS, LSA_NETWORK };
	struct net *n = net_row(21, 3);
	struct lsa_hdr h = { .age = 1, .options = 2, .seq = 0x80000009,
	    .key = { type[_i], 0, 0x63000000, A_ID } };
	struct ctl_lsa l;
	uint8_t p[64];
	struct wbuf w = wbuf_make(p, sizeof(p));
	int k;

	for (k = 0; k < 4; k++)
		n->l[k / 2].c[k % 2].rxmt_ms = 5000;
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 20000);
	lsa_hdr_write(&w, &h);
	wbuf_u32(&w, 0xff000000);
	wbuf_zero(&w, type[_i] == LSA_EXTERNAL ? 12 : 4);
	net_craft_lsa(n, 1, 1, p, w.len);
	net_run(n, 10);
	ck_assert_uint_eq(net_stats(n, 0)->fought, 1);
	ck_assert(net_lsa(n, 1, type[_i], h.key.id, A_ID, &l));
	ck_assert_uint_ne(l.age, LSA_MAX_AGE);
	net_run(n, 1200);
	for (k = 0; k < 3; k++)
		ck_assert(!net_lsa(n, (size_t)k, type[_i], h.key.id, A_ID,
		    &l));
	ck_assert_uint_eq(net_stats(n, 0)->fought, 1);
	net_free(n);
}
END_TEST

/* Ours with another body and the same number and checksum: others cannot tell
 * and keep what came first, so it is answered as if it were newer. */
START_TEST(disguised)
{
	struct net *n = net_up(17, 3);
	struct ctl_lsa l;
	uint8_t p[256];
	uint32_t a, b;
	uint16_t ck;
	size_t len;

	ck_assert(net_lsa(n, 0, 1, A_ID, A_ID, &l));
	len = net_lsa_of(n, 0, p, l.seq, 1);
	/* the number of the stub is free: find two bytes that fit */
	for (a = 0, ck = 0; a < 0x10000 && ck != l.checksum; a++) {
		p[26] = (uint8_t)(a >> 8);
		p[27] = (uint8_t)a;
		p[18] = 0;
		p[19] = (uint8_t)len;
		ck = lsa_fletcher(p, len);
	}
	ck_assert_uint_eq(ck, l.checksum);
	for (b = 0; b < 3; b++) {
		net_craft_lsa(n, 0, 1, p, len);
		net_run(n, 3);
	}
	ck_assert_uint_eq(net_stats(n, 0)->fought, 1);
	ck_assert_uint_eq(net_seq(n, 0, 0), l.seq + 1);
	net_run(n, 10);
	ck_assert_uint_eq(net_seq(n, 2, 0), l.seq + 1);
	/* our own one, come back, is nothing */
	net_run(n, 3000);
	ck_assert_uint_eq(net_stats(n, 0)->fought, 1);
	ck_assert_uint_eq(n->r[0].n_lost, 0);
	net_free(n);
}
END_TEST

/* --- limits */

static void
count_row(void *ctx, const struct fld_table *t, const void *obj)
{
	uint32_t *k = ctx;

	(void)t;
	(void)obj;
	(*k)++;
}

static uint32_t
lsas(struct net *n, size_t r, uint8_t type)
{
	struct ctl_req req = { .arg = type };
	uint32_t k = 0;

	ospf_show(n->r[r].e, n->now, CTL_LSA, &req, count_row, &k);
	return (k);
}

/* 10^5 LSAs: the share of a neighbour, the database, what is flushed in our
 * name and never acknowledged.  Counted and named, the rest goes on. */
START_TEST(full_lsdb)
{
	struct net *n = net_row(18, 3);
	enum ospf_drop why = _i == 0 ? DROP_NBR_FULL : DROP_LSDB_FULL;
	const uint32_t max = 20000;
	struct wbuf w;
	struct lsa_hdr h = { .age = 1, .options = 2, .seq = LSA_SEQ_INITIAL };
	uint8_t p[64];
	uint32_t i;

	n->p.max_lsas = max;
	n->p.max_nbr_lsas = _i == 0 ? max / 2 : max;
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 5000);
	/* the neighbour does not acknowledge a thing, and hears its share */
	net_kill(n, _i == 2 ? 1 : 2);
	for (i = 0; i < 100000; i++) {
		w = wbuf_make(p, sizeof(p));
		h.key = (struct lsa_key){ LSA_OPAQUE_AREA, 0, i,
		    _i == 2 ? n->r[0].rid : PHANTOM };
		lsa_hdr_write(&w, &h);
		net_craft_lsa(n, 0, 1, p, w.len);
		if (i % 500 == 0)
			net_run(n, 3);
	}
	net_run(n, 3);
	ck_assert_uint_ge(drops(n, 0, why), 100000 - max);
	ck_assert_uint_le(drops(n, 0, why), 100000 - max / 2 + 10);
	ck_assert_uint_le(lsas(n, 0, 0), max);
	ck_assert_uint_ge(lsas(n, 0, 0), max / 2 - 10);
	ck_assert_int_eq(strncmp(n->r[0].last_event, _i == 0 ?
	    "packet dropped: lsdb share of neighbour full" :
	    "packet dropped: lsdb full", 25), 0);
	ck_assert(net_is(n, 0, 0, "FULL"));
	ck_assert_ptr_nonnull(net_route_to(n, 0, 1));
	net_free(n);
}
END_TEST

/* Small ones that grow take no more bytes than new ones. */
START_TEST(grown)
{
	struct net *n = net_row(19, 2);
	static uint8_t p[40000];
	struct wbuf w;
	struct lsa_hdr h = { .age = 1, .options = 2 };
	struct ctl_lsa l;
	uint32_t i, k;

	n->p.max_lsdb_bytes = 1 << 20;
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 5000);
	for (k = 0; k < 3; k++) {
		for (i = 0; i < 100; i++) {
			w = wbuf_make(p, sizeof(p));
			h.key = (struct lsa_key){ LSA_OPAQUE_AREA, 0, i,
			    PHANTOM };
			h.seq = LSA_SEQ_INITIAL + k;
			lsa_hdr_write(&w, &h);
			wbuf_zero(&w, k == 1 ? 30000 : 100);
			net_craft_lsa(n, 0, 1, p, w.len);
			net_run(n, 3);
		}
		net_run(n, 1500);
	}
	/* 34 of 30 kB are a MB; all can shrink */
	ck_assert_uint_eq(drops(n, 0, DROP_LSDB_FULL), 100 - 34);
	for (i = 0; i < 100; i++) {
		ck_assert(net_lsa(n, 0, LSA_OPAQUE_AREA, i, PHANTOM, &l));
		ck_assert_uint_eq(l.seq, LSA_SEQ_INITIAL + 2);
	}
	ck_assert(net_all_full(n));
	net_free(n);
}
END_TEST

/* Router-LSAs that name ever more prefixes, or routers: 12 bytes of an LSA
 * become some 300, which have a limit of their own. */
START_TEST(full_graph)
{
	struct net *n = net_row(22, 2);
	static uint8_t p[61000];
	struct wbuf w;
	struct lsa_hdr h = { .age = 1, .options = 2, .seq = LSA_SEQ_INITIAL };
	struct rlink l[5000];
	uint32_t i, k;

	n->p.max_nodes = 20000;
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 5000);
	for (i = 0; i < 10; i++) {
		w = wbuf_make(p, sizeof(p));
		h.key = (struct lsa_key){ LSA_ROUTER, 0, PHANTOM + i,
		    PHANTOM + i };
		for (k = 0; k < 5000; k++)
			l[k] = (struct rlink){ .id = 0x30000000 + i * 5000 + k,
			    .type = _i == 0 ? RLINK_STUB : RLINK_P2P,
			    .data = 0xffffffff, .metric = 1 };
		lsa_hdr_write(&w, &h);
		router_lsa_write(&w, 0, l, 5000);
		net_craft_lsa(n, 0, 1, p, w.len);
		net_run(n, 3);
	}
	ck_assert_uint_eq(drops(n, 0, DROP_LSDB_FULL), 6);
	ck_assert_uint_eq(lsas(n, 0, LSA_ROUTER), 2 + 4);
	net_run(n, 10000);
	ck_assert(net_is(n, 0, 0, "FULL"));
	ck_assert_ptr_nonnull(net_route_to(n, 0, 1));
	net_free(n);
}
END_TEST

/* A second router on the link, where no peer address is configured: refused,
 * counted, named beside the adjacency that stays; and no longer when it is
 * gone. */
START_TEST(second_router)
{
	static const uint8_t hello[24] = { 255, 255, 255, 248, 0, 1, 2, 1,
	    0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1 };
	struct net *n = net_row(20, 2);
	struct net_link *l = &n->l[0];
	uint32_t addr, i;
	struct ctl_nbr r;
	int s;

	for (s = 0; s < 2; s++) {
		l->c[s].peer = 0;
		l->c[s].prefix_len = 29;
	}
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 5000);
	addr = l->c[1].addr;
	for (i = 0; i < 200; i++) {
		l->c[1].addr = addr + 1 + i % 5;
		n->r[1].rid = 0x0a000000 + i;
		net_craft(n, 0, 1, PKT_HELLO, hello, sizeof(hello));
		net_run(n, 3);
	}
	l->c[1].addr = addr;
	n->r[1].rid = 0x02020202;
	ck_assert_uint_eq(drops(n, 0, DROP_SECOND_ROUTER), 200);
	r = net_nbr(n, 0, 0);
	ck_assert_str_eq(r.state, "FULL");
	ck_assert_uint_eq(r.router_id, 0x02020202);
	ck_assert_str_eq(r.code, "second-router");
	ck_assert_str_eq(r.reason, "second router on a point-to-point link: "
	    "10.0.0.199 there, 2.2.2.2 here");
	ck_assert_uint_eq(r.refused, 200);
	net_run(n, 10000);
	r = net_nbr(n, 0, 0);
	ck_assert_str_eq(r.state, "FULL");
	ck_assert_str_eq(r.code, "");
	ck_assert_uint_eq(n->r[0].n_lost, 0);
	net_free(n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ospf_attack");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, number_jumps, 0, 4);
	tcase_add_test(t, locked_out);
	tcase_add_loop_test(t, replay_often, 0, 2);
	tcase_add_loop_test(t, dd_in_full, 0,
	    (int)(sizeof(in_full) / sizeof(in_full[0])));
	tcase_add_loop_test(t, dd_duplicate, 0, 2);
	tcase_add_loop_test(t, both_master, 0, 2);
	tcase_add_loop_test(t, dd_mtus, 0, 8);
	tcase_add_loop_test(t, dd_unknown_type, 0, 5);
	tcase_add_loop_test(t, dd_endless, 0, 2);
	tcase_add_test(t, dd_max_age);
	tcase_add_loop_test(t, lsr_unknown, 0, 4);
	tcase_add_test(t, lsr_many);
	tcase_add_loop_test(t, same_number, 0,
	    (int)(sizeof(orders) / sizeof(orders[0])));
	tcase_add_loop_test(t, wrong_lsa, 0,
	    (int)(sizeof(wrongs) / sizeof(wrongs[0])));
	tcase_add_loop_test(t, bait, 0, 2);
	tcase_add_test(t, two_forgeries);
	tcase_add_loop_test(t, never_made, 0, 5);
	tcase_add_test(t, disguised);
	tcase_add_loop_test(t, full_lsdb, 0, 3);
	tcase_add_test(t, grown);
	tcase_add_loop_test(t, full_graph, 0, 2);
	tcase_add_test(t, second_router);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
