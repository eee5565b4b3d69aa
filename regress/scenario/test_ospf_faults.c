/* SPDX-License-Identifier: ISC */
/* What does not match is named; what is forged or broken does no harm. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ospf/lsa.h"
#include "regress/scenario/lib_ospf.h"

/* Side 1 gets something wrong; what side 0 says of it. */
static void
say_text(struct net *n)
{
	memcpy(n->l[0].c[1].keys[0].key, "SECRET", 6);
}

static void
say_key_id(struct net *n)
{
	n->l[0].c[1].keys[0].id = 2;
	n->l[0].c[1].send_key = 2;
}

static void
say_null(struct net *n)
{
	n->l[0].c[1].auth = OSPF_AUTH_NULL;
}

static void
say_hello(struct net *n)
{
	n->l[0].c[1].hello_ms = 2000;
}

static void
say_dead(struct net *n)
{
	n->l[0].c[1].dead_ms = 3000;
}

static void
say_area(struct net *n)
{
	n->r[1].g.area = 1;
}

static void
say_rid(struct net *n)
{
	n->r[1].g.router_id = n->r[0].g.router_id;
}

static void
say_source(struct net *n)
{
	n->l[0].c[1].addr += 8;
}

static void
say_mtu(struct net *n)
{
	n->l[0].c[1].mtu = 1500;
	n->l[0].c[1].mtu_check = n->l[0].c[0].mtu_check = MTU_STRICT;
}

static const struct {
	void		(*wrong)(struct net *);
	const char	*reason;
	const char	*state;
	enum ospf_drop	 counter;
} faults[] = {
	{ say_text, "digest wrong: other key text", "DOWN", DROP_AUTH_DIGEST },
	{ say_key_id, "key id 2 there, 1 here", "DOWN", DROP_AUTH_KEY },
	{ say_null, "authentication type 0 there, 2 here", "DOWN",
	    DROP_AUTH_TYPE },
	{ say_hello, "hello interval 2 there, 1 here", "DOWN",
	    DROP_HELLO_INTERVAL },
	{ say_dead, "dead interval 3 there, 4 here", "DOWN",
	    DROP_DEAD_INTERVAL },
	{ say_area, "area 0.0.0.1 there, 0.0.0.0 here", "DOWN", DROP_AREA },
	{ say_rid, "duplicate router id: 1.1.1.1 there, 1.1.1.1 here", "DOWN",
	    DROP_RID_DUP },
	{ say_source, "source address 172.31.0.10 there, 172.31.0.2 here",
	    "DOWN", DROP_SOURCE },
	{ say_mtu, "MTU 1500 there, 1400 here", "EXSTART", DROP_DD_MTU },
};

START_TEST(mismatch)
{
	struct net *n = net_row(1, 2);
	struct ctl_nbr r;

	faults[_i].wrong(n);
	net_boot_all(n);
	net_run(n, 15000);
	r = net_nbr(n, 0, 0);
	ck_assert_str_eq(r.state, faults[_i].state);
	ck_assert_str_eq(r.reason, faults[_i].reason);
	ck_assert_uint_gt(net_stats(n, 0)->drops[faults[_i].counter], 0);
	/* said once, not with each packet */
	ck_assert_uint_ge(n->r[0].n_mismatch, 1);
	ck_assert_uint_le(n->r[0].n_mismatch, 2);
	net_free(n);
}
END_TEST

/* One side has 1400 and checks like this, the other is strict (nobody takes
 * more than it has itself); either may be the master of the exchange. */
static const struct {
	uint16_t	mtu;		/* of the strict side */
	enum mtu_check	check;
	bool		full;
} mtus[] = {
	{ 1500, MTU_WARN, true },
	{ 1380, MTU_WARN, true },	/* because we repeat its value */
	{ 1400, MTU_WARN, true },
	{ 1500, MTU_IGNORE, true },
	{ 1380, MTU_IGNORE, false },
	{ 1380, MTU_STRICT, false },
	{ 1500, MTU_STRICT, false },
};

START_TEST(mtu)
{
	struct net *n = net_row(2, 2);
	int side = _i & 1;

	_i /= 2;
	n->l[0].c[side].mtu_check = mtus[_i].check;
	n->l[0].c[!side].mtu_check = MTU_STRICT;
	n->l[0].c[!side].mtu = mtus[_i].mtu;
	net_boot_all(n);
	net_run(n, 1500);	/* before anything is retransmitted */
	ck_assert_int_eq(net_all_full(n), mtus[_i].full);
	net_run(n, 10000);
	ck_assert_int_eq(net_all_full(n), mtus[_i].full);
	ck_assert_int_eq(strstr(net_nbr(n, 0, side).reason, ": accepted") !=
	    NULL, mtus[_i].full && mtus[_i].mtu != 1400);
	net_free(n);
}
END_TEST

/* Both ends learn of a smaller path, which no description tells: what the neighbor
 * had when they were exchanged is nothing to say of today. */
START_TEST(mtu_learnt)
{
	struct net *n = net_row(2, 2);
	struct ospf_link l = { .iid = 1, .up = true, .mtu = 1342,
	    .ifindex = 101 };
	struct ospf_input in = { .type = OSPF_IN_LINK, .link = &l };

	net_boot_all(n);
	net_run(n, 5000);
	ck_assert(net_all_full(n));
	net_input(n, 0, &in);
	net_run(n, 5000);
	ck_assert(net_all_full(n));
	ck_assert_str_eq(net_nbr(n, 0, 0).reason, "");
	ck_assert_str_eq(net_nbr(n, 0, 0).code, "");
	net_free(n);
}
END_TEST

/* One end loses the other, which does not notice, and drops descriptions with
 * our MTU, as BIRD does.  The Hello that says so may be lost too. */
START_TEST(mtu_one_way)
{
	struct net *n = net_row(2, 2);

	n->l[0].c[1].mtu_check = MTU_STRICT;
	n->l[0].c[1].mtu = 1380;
	net_boot_all(n);
	net_run(n, 5000);
	ck_assert(net_all_full(n));
	n->l[0].deaf[0] = true;
	net_run(n, 3000);
	while (net_is(n, 0, 0, "FULL")) {
		n->l[0].deaf[1] = _i;
		net_run(n, 10);
	}
	ck_assert(net_is(n, 0, 1, "FULL") == _i);
	n->l[0].deaf[0] = false;
	while (_i && !net_is(n, 0, 0, "EXSTART"))
		net_run(n, 10);
	n->l[0].deaf[1] = false;
	net_run(n, _i ? 2100 : 1100);
	ck_assert(net_all_full(n));
	net_free(n);
}
END_TEST

/* The mask of Hellos is ignored here (10.5).  Two subnets are worth a word, an
 * end that has none in mind is not; zero: 0.0.0.0 is sent. */
static const struct {
	uint8_t		ours, theirs;
	bool		zero;
	const char	*reason;
} masks[] = {
	{ 30, 29, false,
	    "hello mask 255.255.255.248 there, 255.255.255.252 here: accepted" },
	{ 29, 30, false,
	    "hello mask 255.255.255.252 there, 255.255.255.248 here: accepted" },
	{ 30, 30, false, "" },
	{ 30, 32, false, "" },
	{ 30, 29, true, "" },
	{ 32, 30, false, "" },
};

START_TEST(mask)
{
	struct net *n = net_row(21, 2);
	struct ospf_iface *c = n->l[0].c;
	struct ctl_nbr r;

	c[0].prefix_len = masks[_i].ours;
	c[1].prefix_len = masks[_i].theirs;
	c[1].hello_mask_zero = masks[_i].zero;
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	r = net_nbr(n, 0, 0);
	ck_assert_str_eq(r.reason, masks[_i].reason);
	ck_assert_str_eq(r.code, r.reason[0] != '\0' ? "hello-mask" : "");
	ck_assert_int_eq(r.ours[0] != '\0', r.reason[0] != '\0');
	ck_assert_uint_eq(r.refused, 0);
	/* it changes while all goes on, and is said */
	if (masks[_i].zero) {
		c[1].hello_mask_zero = false;
		net_iface(n, 0, 1);
		net_run(n, 2000);
		ck_assert_str_eq(n->r[0].last_event, masks[0].reason);
		ck_assert_str_eq(net_nbr(n, 0, 0).theirs, "255.255.255.248");
		ck_assert_str_eq(net_nbr(n, 0, 0).ours, "255.255.255.252");
	}
	ck_assert_uint_eq(n->r[0].n_lost, 0);
	net_free(n);
}
END_TEST

/* Who does not list us may have refused our mask: then any other one counts. */
START_TEST(mask_one_way)
{
	struct net *n = net_row(22, 2);

	n->l[0].c[_i].hello_mask_zero = true;
	n->l[0].deaf[1] = true;
	net_boot_all(n);
	net_run(n, 3000);
	ck_assert(net_is(n, 0, 0, "INIT"));
	ck_assert_str_eq(net_nbr(n, 0, 0).code, "one-way");
	ck_assert_str_eq(net_nbr(n, 0, 0).reason, _i == 1 ? "it does not hear "
	    "us; hello mask 0.0.0.0 there, 255.255.255.252 here" :
	    "it does not hear us; hello mask 255.255.255.252 there, 0.0.0.0 "
	    "here");
	net_free(n);
}
END_TEST

/* Both know a second key, then both send it, then the first goes. */
START_TEST(rollover)
{
	struct net *n = net_up(3, 2);
	int s;

	for (s = 0; s < 2; s++) {
		n->l[0].c[s].keys[1] = (struct ospf_key){ .id = 2,
		    .n_key = 5, .key = "other" };
		n->l[0].c[s].n_keys = 2;
		net_iface(n, 0, s);
		net_run(n, 5000);
	}
	for (s = 0; s < 2; s++) {
		n->l[0].c[s].send_key = 2;
		net_iface(n, 0, s);
		net_run(n, 5000);
	}
	ck_assert_uint_eq(n->l[0].last[0][18], 2);
	for (s = 0; s < 2; s++) {
		n->l[0].c[s].keys[0] = n->l[0].c[s].keys[1];
		n->l[0].c[s].n_keys = 1;
		net_iface(n, 0, s);
		net_run(n, 5000);
	}
	ck_assert(net_all_full(n));
	ck_assert_uint_eq(n->r[0].n_lost + n->r[1].n_lost, 0);
	ck_assert_uint_eq(net_stats(n, 0)->drops[DROP_AUTH_KEY], 0);
	net_free(n);
}
END_TEST

/* A neighbour sends a newer LSA in our name. */
START_TEST(forged_self)
{
	struct net *n = net_up(4, 3);
	uint32_t seq = net_seq(n, 0, 0);
	uint8_t p[256];
	size_t len;

	len = net_lsa_of(n, 0, p, seq + 5, _i == 0 ? 1 : LSA_MAX_AGE);
	net_craft_lsa(n, 0, 1, p, len);
	net_run(n, 10);
	ck_assert_uint_eq(net_seq(n, 0, 0), seq + 6);
	ck_assert_uint_eq(net_stats(n, 0)->fought, 1);
	net_run(n, 100);
	ck_assert_uint_eq(net_seq(n, 2, 0), seq + 6);
	net_run(n, 10000);
	ck_assert(net_same_lsdb(n));
	ck_assert(net_quiet(n));
	ck_assert_uint_eq(n->r[0].n_lost, 0);
	/* again and again: answered each time */
	for (len = 0; len < 10; len++) {
		seq = net_seq(n, 0, 0);
		net_craft_lsa(n, 0, 1, p, net_lsa_of(n, 0, p, seq + 1, 1));
		net_run(n, 1200);
		ck_assert_uint_eq(net_seq(n, 0, 0), seq + 2);
		ck_assert_uint_eq(net_seq(n, 2, 0), seq + 2);
	}
	net_free(n);
}
END_TEST

/* The last sequence number in our name: flushed everywhere, then from 1 on. */
START_TEST(forged_max)
{
	struct net *n = net_up(5, 3);
	uint8_t p[256];
	size_t len;

	len = net_lsa_of(n, 0, p, LSA_SEQ_MAX, 1);
	net_craft_lsa(n, 0, 1, p, len);
	net_run(n, 3000);
	ck_assert_uint_eq(net_seq(n, 0, 0), LSA_SEQ_INITIAL);
	net_run(n, 3000);
	ck_assert(net_same_lsdb(n));
	ck_assert(net_quiet(n));
	ck_assert_ptr_nonnull(net_route_to(n, 2, 0));
	ck_assert_uint_eq(n->r[0].n_lost, 0);
	net_free(n);
}
END_TEST

/* We come to the last number ourselves. */
START_TEST(wrap)
{
	struct net *n = net_up(6, 3);
	struct ospf_stub s = { .dest = 0x0a990000, .len = 16, .cost = 1 };
	struct ospf_input in = { .type = OSPF_IN_STUB, .stub = &s };
	unsigned int msgs = n->r[0].route_msgs;
	uint8_t p[256];

	net_craft_lsa(n, 0, 1, p, net_lsa_of(n, 0, p, LSA_SEQ_MAX - 1, 1));
	net_run(n, 2000);
	ck_assert_uint_eq(net_seq(n, 0, 0), LSA_SEQ_MAX);
	net_run(n, 2000);
	net_input(n, 0, &in);
	net_run(n, 5000);
	ck_assert_uint_eq(net_seq(n, 0, 0), LSA_SEQ_INITIAL);
	ck_assert_uint_eq(net_seq(n, 2, 0), LSA_SEQ_INITIAL);
	ck_assert_uint_eq(n->r[2].n_routes, n->r[1].n_routes + 1);
	ck_assert_uint_eq(n->r[0].n_lost, 0);
	/* our own links stayed ours all the time */
	ck_assert_uint_eq(n->r[0].route_msgs, msgs);
	net_free(n);
}
END_TEST

/* An LSA of another type in our name, and a network-LSA with our address:
 * flushed as received. */
START_TEST(unknown_self)
{
	struct net *n = net_up(7, 3);
	struct ctl_lsa l;
	uint8_t p[256];
	struct wbuf w;
	struct lsa_hdr h = { .age = 1, .options = 2, .seq = 0x80000009 };
	uint32_t adv = _i == 0 ? n->r[0].rid : 0x63636363;
	uint32_t id = _i == 0 ? 0x64000000 : n->l[0].c[0].addr;
	uint8_t type = _i == 0 ? LSA_EXTERNAL : LSA_NETWORK;

	h.key = (struct lsa_key){ type, 0, id, adv };
	w = wbuf_make(p, sizeof(p));
	lsa_hdr_write(&w, &h);
	wbuf_u32(&w, 0xff000000);
	wbuf_u32(&w, 20);
	if (_i == 0)
		wbuf_zero(&w, 8);
	net_craft_lsa(n, 1, 1, p, w.len);	/* 2 tells 1 */
	net_run(n, 1);
	net_run(n, 5000);
	ck_assert(!net_lsa(n, 0, type, id, adv, &l));
	ck_assert(!net_lsa(n, 1, type, id, adv, &l));
	ck_assert(!net_lsa(n, 2, type, id, adv, &l));
	ck_assert_uint_eq(net_stats(n, 0)->fought, 1);
	net_free(n);
}
END_TEST

/* A stranger's LSA: two instances within a second, then a later one. */
START_TEST(min_arrival)
{
	struct net *n = net_up(8, 2);
	uint8_t p[256];
	size_t len;
	struct ctl_lsa l;

	n->r[n->n_r].rid = 0x09090909;		/* exists in name only */
	len = net_lsa_of(n, n->n_r, p, 0x80000005, 1);
	net_craft_lsa(n, 0, 1, p, len);
	net_run(n, 100);
	len = net_lsa_of(n, n->n_r, p, 0x80000006, 1);
	net_craft_lsa(n, 0, 1, p, len);
	net_run(n, 100);
	ck_assert(net_lsa(n, 0, 1, 0x09090909, 0x09090909, &l));
	ck_assert_uint_eq(l.seq, 0x80000005);
	ck_assert_uint_eq(net_stats(n, 0)->drops[DROP_LSA_ARRIVAL], 1);
	net_run(n, 1000);
	net_craft_lsa(n, 0, 1, p, len);
	net_run(n, 100);
	ck_assert(net_lsa(n, 0, 1, 0x09090909, 0x09090909, &l));
	ck_assert_uint_eq(l.seq, 0x80000006);
	ck_assert_ptr_null(net_route_to(n, 0, n->n_r));
	net_free(n);
}
END_TEST

/* Opaque LSAs pass by their scope, whatever is in them. */
START_TEST(opaque)
{
	struct net *n = net_up(9, 3);
	struct ctl_lsa l;
	uint8_t p[64];
	struct wbuf w = wbuf_make(p, sizeof(p));
	struct lsa_hdr h = { .age = 1, .options = 0x42, .seq = 0x80000001,
	    .key = { (uint32_t)_i, 0, 0x04000001, 0x63636363 } };

	lsa_hdr_write(&w, &h);
	wbuf_u32(&w, 0xffffffff);	/* a TLV that lies about its length */
	net_craft_lsa(n, 0, 0, p, w.len);	/* 0 tells 1 */
	net_run(n, 1000);
	ck_assert(net_lsa(n, 1, (uint8_t)_i, h.key.id, h.key.adv, &l));
	ck_assert(net_lsa(n, 2, (uint8_t)_i, h.key.id, h.key.adv, &l) ==
	    (_i != LSA_OPAQUE_LINK));
	ck_assert_uint_eq(n->r[1].n_lost, 0);
	net_free(n);
}
END_TEST

/* Packets that a stranger with the key could send; the adjacency stays. */
START_TEST(truncated)
{
	struct net *n = net_up(10, 2);
	uint8_t orig[2048], p[2048];
	size_t len, k;
	unsigned int lost = 0;
	uint8_t type;

	/* every packet cut off at every byte, signed again */
	for (type = 1; type <= 5; type++) {
		memset(orig, 0, sizeof(orig));
		len = type == 1 ? 24 : type == 2 ? 28 : type == 3 ? 24 :
		    type == 4 ? 44 : 40;
		for (k = 0; k < len; k++) {
			memcpy(p, orig, len);
			if (type == 1 && k == 20)
				continue;	/* a whole Hello: 1-way */
			if (type == 2 && (k == 8 || k == 28))
				continue;	/* a whole DD: SeqMismatch */
			if (type == 3 && (k == 12 || k == 24))
				continue;	/* BadLSReq */
			net_craft(n, 0, 1, type, p, k);
			net_run(n, 10);
		}
	}
	lost += n->r[0].n_lost;
	ck_assert_uint_eq(lost, 0);
	ck_assert(net_all_full(n));
	net_free(n);
}
END_TEST

/* Random bytes behind a right header and digest. */
START_TEST(noise)
{
	struct net *n = net_up((uint64_t)_i + 20, 2);
	uint64_t rng = (uint64_t)_i;
	uint8_t p[600];
	size_t len, k;
	int i;

	for (i = 0; i < 400; i++) {
		len = seed_next(&rng) % sizeof(p);
		for (k = 0; k < len; k++)
			p[k] = (uint8_t)seed_next(&rng);
		if (seed_next(&rng) % 2)		/* some sense in counts */
			memset(p, 0, len < 6 ? len : 3);
		net_craft(n, 0, 1, (uint8_t)(seed_next(&rng) % 7), p, len);
		net_run(n, 20);
	}
	net_run(n, 20000);
	ck_assert(net_all_full(n));
	ck_assert(net_same_lsdb(n));
	net_free(n);
}
END_TEST

/* Real packets of all five types with a few bytes changed, signed again, in
 * each state of the exchange. */
static struct {
	uint8_t	p[2048];
	size_t	len;
} kept[64];
static size_t n_kept;

static void
keep(struct net *n, size_t link, int side, const uint8_t *p, size_t len)
{
	(void)n;
	(void)link;
	if (side == 1 && n_kept < 64 && len < sizeof(kept[0].p)) {
		memcpy(kept[n_kept].p, p, len);
		kept[n_kept++].len = len - 16;
	}
}

START_TEST(mutated)
{
	struct net *n = net_row((uint64_t)_i + 40, 3);
	uint64_t rng = (uint64_t)_i + 7;
	uint8_t p[2048];
	size_t k;
	int i, j;

	n->tap = keep;
	n_kept = 0;
	net_boot_all(n);
	net_run(n, 3000);
	n->tap = NULL;
	ck_assert_uint_gt(n_kept, 10);
	for (i = 0; i < 600; i++) {
		k = seed_next(&rng) % n_kept;
		memcpy(p, kept[k].p, kept[k].len);
		for (j = (int)(seed_next(&rng) % 4); j >= 0; j--)
			p[24 + seed_next(&rng) % (kept[k].len - 24)] =
			    (uint8_t)seed_next(&rng);
		net_craft(n, 0, 1, p[1], p + 24, kept[k].len - 24);
		net_run(n, (int64_t)(seed_next(&rng) % 30));
	}
	net_run(n, 30000);
	ck_assert(net_all_full(n));
	ck_assert_ptr_nonnull(net_route_to(n, 0, 2));
	net_free(n);
}
END_TEST

/* An exchange that goes wrong begins anew and ends well. */
START_TEST(torn)
{
	static const uint8_t dd_init[8] = { 5, 120, 2, 7, 0, 0, 0, 1 };
	static const uint8_t lsr_unknown[12] = { 0, 0, 0, 1, 9, 9, 9, 9,
	    9, 9, 9, 9 };
	struct net *n = net_up(11, 2);

	if (_i == 0)
		net_craft(n, 0, 1, 2, dd_init, sizeof(dd_init));
	else
		net_craft(n, 0, 1, 3, lsr_unknown, sizeof(lsr_unknown));
	net_run(n, 3);
	ck_assert(!net_is(n, 0, 0, "FULL"));
	net_run(n, 5000);
	ck_assert(net_all_full(n));
	ck_assert_uint_eq(n->r[0].n_lost, 1);
	ck_assert_uint_eq(n->r[0].n_lost_dead, 0);
	net_free(n);
}
END_TEST

/* Recorded packets sent again do nothing. */
static uint8_t old[2048];
static size_t old_len;

START_TEST(replay)
{
	struct net *n = net_up(12, 2);
	uint64_t before;

	memcpy(old, n->l[0].last[1], sizeof(old));
	old_len = n->l[0].last_len[1];
	net_run(n, 5000);
	before = net_stats(n, 0)->drops[DROP_AUTH_SEQ];
	net_inject(n, 0, 1, old, old_len);
	net_inject(n, 0, 1, old, old_len);
	net_run(n, 100);
	ck_assert_uint_eq(net_stats(n, 0)->drops[DROP_AUTH_SEQ], before + 2);
	ck_assert(net_all_full(n));
	net_free(n);
}
END_TEST

/* On a tunnel what was heard outlives the neighbour, so nothing recorded
 * before it was lost brings it back. */
START_TEST(replay_after_loss)
{
	struct net *n = net_up(13, 2);

	memcpy(old, n->l[0].last[1], sizeof(old));
	old_len = n->l[0].last_len[1];
	net_run(n, 5000);
	net_kill(n, 1);
	net_run(n, 6000);
	ck_assert(net_is(n, 0, 0, "DOWN"));
	net_inject(n, 0, 1, old, old_len);
	net_run(n, 10);
	ck_assert(net_is(n, 0, 0, "DOWN"));
	net_free(n);
}
END_TEST

/* Phantom LSAs fill their share of the database and no more. */
START_TEST(phantoms)
{
	struct net *n = net_row(14, 2);
	uint8_t p[256];
	uint32_t i;
	struct ctl_lsa l;

	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 5000);
	for (i = 0; i < 50000; i++) {
		n->r[n->n_r].rid = 0x20000000 + i;
		net_craft_lsa(n, 0, 1, p, net_lsa_of(n, n->n_r, p,
		    LSA_SEQ_INITIAL, 1));
		if (i % 500 == 0)
			net_run(n, 5);
	}
	net_run(n, 1000);
	ck_assert_uint_gt(net_stats(n, 0)->drops[DROP_NBR_FULL], 0);
	ck_assert(net_lsa(n, 0, 1, 0x20000000, 0x20000000, &l));
	ck_assert(!net_lsa(n, 0, 1, 0x20000000 + 49999, 0x20000000 + 49999,
	    &l));
	ck_assert(net_is(n, 0, 0, "FULL"));
	ck_assert_ptr_nonnull(net_route_to(n, 0, 1));
	net_free(n);
}
END_TEST

/* A database of many packets is loaded, also when some of them are lost. */
START_TEST(large_exchange)
{
	struct net *n = net_up(19, 2);
	uint8_t p[256];
	uint32_t i;
	struct ctl_lsa l;

	for (i = 0; i < 700; i++) {
		n->r[n->n_r].rid = 0x20000000 + i;
		net_craft_lsa(n, 0, 1, p, net_lsa_of(n, n->n_r, p,
		    LSA_SEQ_INITIAL, 1));
	}
	net_run(n, 1000);
	net_kill(n, 1);
	n->l[0].loss = _i == 0 ? 0 : 10;
	net_boot(n, 1);
	net_run(n, _i == 0 ? 500 : 60000);
	ck_assert(net_same_lsdb(n));
	ck_assert(_i == 1 || net_all_full(n));
	n->l[0].loss = 0;
	net_run(n, 5000);
	ck_assert(net_quiet(n));
	for (i = 0; i < 700; i++)
		ck_assert(net_lsa(n, 1, 1, 0x20000000 + i, 0x20000000 + i,
		    &l));
	net_free(n);
}
END_TEST

/* Another router takes the place of the neighbour: same address, new id. */
START_TEST(new_id)
{
	struct net *n = net_up(15, 2);

	net_kill(n, 1);
	n->r[1].rid = n->r[1].g.router_id = 0x05050505;
	net_boot(n, 1);
	ck_assert(net_until(n, 5000, net_all_full));
	net_run(n, 3000);
	ck_assert_uint_eq(net_nbr(n, 0, 0).router_id, 0x05050505);
	ck_assert_ptr_nonnull(net_route_to(n, 0, 1));
	net_free(n);
}
END_TEST

/* Our own router id changes while we run. */
START_TEST(own_new_id)
{
	struct net *n = net_up(16, 3);
	struct ospf_input in = { .type = OSPF_IN_GLOBAL,
	    .global = &n->r[1].g };
	struct ctl_lsa l;

	n->r[1].rid = n->r[1].g.router_id = 0x07070707;
	net_input(n, 1, &in);
	net_run(n, 10000);
	ck_assert(net_all_full(n));
	ck_assert_ptr_nonnull(net_route_to(n, 0, 2));
	ck_assert(!net_lsa(n, 0, 1, 0x02020202, 0x02020202, &l));
	ck_assert(net_same_lsdb(n));
	net_free(n);
}
END_TEST

/* Numbers on a link rise strictly and stay below what was reserved. */
static uint32_t last_seq[2];
static bool rises;

static void
watch(struct net *n, size_t link, int side, const uint8_t *p, size_t len)
{
	uint32_t seq = (uint32_t)p[20] << 24 | (uint32_t)p[21] << 16 |
	    (uint32_t)p[22] << 8 | p[23];

	(void)len;
	if (n->l[link].r[side] != 1)
		return;
	rises = rises && seq > last_seq[link] && seq < n->r[1].seq_reserved;
	last_seq[link] = seq;
}

START_TEST(own_sequence)
{
	struct net *n = net_row(17, 3);

	rises = true;
	last_seq[0] = last_seq[1] = 0;
	n->tap = watch;
	net_boot_all(n);
	net_run(n, 20000);
	net_kill(n, 1);
	net_boot(n, 1);
	net_run(n, 12LL * 3600 * 1000);
	ck_assert(rises);
	ck_assert_uint_gt(last_seq[0], 1000 + 2 * 32768);
	ck_assert_uint_gt(last_seq[1], 1000 + 2 * 32768);
	ck_assert(net_all_full(n));
	net_free(n);
}
END_TEST

/* Not from here: another TTL, another destination, ourselves. */
START_TEST(bad_ip)
{
	struct net *n = net_up(18, 2);
	struct net_link *l = &n->l[0];
	struct ospf_rx rx = { .iid = l->c[0].iid, .src = l->c[1].addr,
	    .dst = 0xe0000005, .ttl = 1, .data = l->last[1],
	    .len = l->last_len[1] };
	struct ospf_input in = { .type = OSPF_IN_PACKET, .rx = &rx };
	const struct ospf_stats *s = net_stats(n, 0);
	uint64_t got = s->rx;

	rx.ttl = 64;
	net_input(n, 0, &in);
	ck_assert_uint_eq(s->drops[DROP_TTL], 1);
	rx.ttl = 1;
	rx.dst = 0xe0000006;
	net_input(n, 0, &in);
	rx.dst = l->c[1].addr;
	net_input(n, 0, &in);
	ck_assert_uint_eq(s->drops[DROP_DEST], 2);
	rx.dst = l->c[0].addr;
	rx.src = l->c[0].addr;
	net_input(n, 0, &in);
	ck_assert_uint_eq(s->drops[DROP_OWN], 1);
	rx.src = 0;
	net_input(n, 0, &in);
	ck_assert_uint_eq(s->drops[DROP_SOURCE], 1);
	rx.iid = 99;
	net_input(n, 0, &in);
	ck_assert_uint_eq(s->drops[DROP_IFACE], 1);
	ck_assert_uint_eq(s->rx, got);
	net_free(n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ospf_faults");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, mismatch, 0,
	    (int)(sizeof(faults) / sizeof(faults[0])));
	tcase_add_loop_test(t, mtu, 0,
	    (int)(sizeof(mtus) / sizeof(mtus[0])) * 2);
	tcase_add_test(t, mtu_learnt);
	tcase_add_loop_test(t, mtu_one_way, 0, 2);
	tcase_add_loop_test(t, mask, 0,
	    (int)(sizeof(masks) / sizeof(masks[0])));
	tcase_add_loop_test(t, mask_one_way, 0, 2);
	tcase_add_test(t, rollover);
	tcase_add_loop_test(t, forged_self, 0, 2);
	tcase_add_test(t, forged_max);
	tcase_add_test(t, wrap);
	tcase_add_loop_test(t, unknown_self, 0, 2);
	tcase_add_test(t, min_arrival);
	tcase_add_loop_test(t, opaque, 9, 12);
	tcase_add_test(t, truncated);
	tcase_add_loop_test(t, noise, 0, 5);
	tcase_add_loop_test(t, mutated, 0, 5);
	tcase_add_loop_test(t, torn, 0, 2);
	tcase_add_test(t, replay);
	tcase_add_test(t, replay_after_loss);
	tcase_add_test(t, phantoms);
	tcase_add_loop_test(t, large_exchange, 0, 2);
	tcase_add_test(t, new_id);
	tcase_add_test(t, own_new_id);
	tcase_add_test(t, own_sequence);
	tcase_add_test(t, bad_ip);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
