/* SPDX-License-Identifier: ISC */
/*
 * Two IKE engines: handshakes under loss, delay and repetition, crossing
 * starts, rekeys from both sides at once, restarts, partitions, NAT, the data
 * path and keys that fail.  At the end always one IKE SA and one child.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike_ts.h"
#include "lib_ike.h"

#define CHECK(w, x, seed) do { \
	if (!(x)) { world_dump(w); \
	    ck_abort_msg("%s, seed %d", #x, (int)(seed)); } } while (0)

static void
begin(struct world *w, uint64_t seed)
{
	world_init(w, seed);
	node_start(w, 0);
	node_start(w, 1);
}

START_TEST(psk_and_raw_keys)
{
	struct world w;

	world_init(&w, (uint64_t)_i + 1);
	if (_i & 1)
		world_raw_keys(&w);
	if (_i & 2)
		w.node[0].cfg.mode = w.node[1].cfg.mode = MODE_TUNNEL;
	/* one end protects GRE, the other one everything */
	w.node[0].cfg.ts_proto = _i & 4 ? 0 : TS_GRE;
	w.node[1].cfg.ts_proto = _i & 8 ? 0 : TS_GRE;
	w.node[0].cfg.start = START_INITIATE;
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 0);
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 200, world_one), _i);
	ck_assert_int_eq(w.node[0].state.mode, w.node[0].cfg.mode);
	world_run(&w, 60000);
	CHECK(&w, world_one(&w), _i);
	ck_assert_uint_eq(w.node[0].lost + w.node[1].lost, 0);
	ck_assert_uint_gt(ike_engine_stats(w.node[0].e)->probes, 2);
	/* a good end: the other side knows at once */
	node_in(&w, 0, &(struct ike_input){ .type = IKE_IN_SHUTDOWN });
	world_run(&w, 1000);
	ck_assert(w.node[0].done);
	ck_assert(!w.node[1].state.child_up);
	ck_assert_uint_eq(w.node[1].n_out, 0);
	world_free(&w);
}
END_TEST

START_TEST(lossy)
{
	struct world w;

	world_init(&w, (uint64_t)_i + 100);
	w.loss = 30;
	w.dup = 20;
	w.delay_min = NS_MS(1);
	w.delay_max = NS_MS(300);
	w.dp_delay = NS_MS((int64_t)world_random(&w, 50));
	node_start(&w, 0);
	world_run(&w, (int64_t)world_random(&w, 2000));
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 120000, world_up), _i);
	w.loss = w.dup = 0;
	CHECK(&w, world_until(&w, 90000, world_one), _i);
	world_run(&w, 30000);
	CHECK(&w, world_one(&w), _i);
	world_free(&w);
}
END_TEST

START_TEST(crossing)
{
	struct world w;
	uint64_t lost;

	world_init(&w, (uint64_t)_i + 1000);
	w.delay_min = NS_MS(1);
	w.delay_max = NS_MS(1 + (int64_t)world_random(&w, 100));
	w.dp_delay = NS_MS((int64_t)world_random(&w, 5));
	node_start(&w, 0);
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 5000, world_up), _i);
	world_run(&w, 500);
	lost = w.node[0].lost + w.node[1].lost;
	CHECK(&w, world_until(&w, 20000, world_one), _i);
	world_run(&w, 20000);
	CHECK(&w, world_one(&w), _i);
	CHECK(&w, w.node[0].lost + w.node[1].lost == lost, _i);
	CHECK(&w, w.node[0].n_down + w.node[1].n_down == 0, _i);
	world_free(&w);
}
END_TEST

/* Both ends rekey the same thing, or one the child and one the IKE SA, within
 * a few milliseconds. */
START_TEST(rekey_collisions)
{
	static const enum ike_kick_what kinds[] = { KICK_REKEY_CHILD,
	    KICK_REKEY_IKE };
	struct world w;
	int round;

	world_init(&w, (uint64_t)_i + 2000);
	w.delay_min = NS_MS(1);
	w.delay_max = NS_MS(2 + (int64_t)world_random(&w, 100));
	w.dp_delay = NS_MS((int64_t)world_random(&w, 5));
	w.loss = _i % 3 == 0 ? 10 : 0;
	if (_i % 4 == 1)
		w.node[0].cfg.esp[0] = w.node[1].cfg.esp[0] =
		    seed_prop(PROTO_ESP, "aes128gcm16-x25519");
	w.node[0].cfg.start = START_INITIATE;
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 60000, world_up), _i);
	w.node[0].lost = w.node[1].lost = 0;
	for (round = 0; round < 4; round++) {
		node_kick(&w, 0, kinds[world_random(&w, 2)]);
		world_run(&w, (int64_t)world_random(&w, 60));
		node_kick(&w, 1, kinds[world_random(&w, 2)]);
		world_run(&w, (int64_t)world_random(&w, 3000));
	}
	w.loss = 0;
	CHECK(&w, world_until(&w, 60000, world_one), _i);
	world_run(&w, 40000);
	CHECK(&w, world_one(&w), _i);
	CHECK(&w, w.node[0].lost + w.node[1].lost == 0, _i);
	CHECK(&w, w.node[0].n_down + w.node[1].n_down == 0, _i);
	world_free(&w);
}
END_TEST

/* The end that rekeys takes nothing under the old SA once its DELETE is
 * answered, and the other end's data path is slow: the answer waits for it. */
START_TEST(abrupt_rekey)
{
	struct world w;
	int round;

	world_init(&w, (uint64_t)_i + 12000);
	w.delay_min = NS_MS(1);
	w.delay_max = NS_MS(2);
	w.node[0].abrupt = true;
	w.node[0].cfg.start = START_INITIATE;
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 60000, world_up), _i);
	w.node[0].lost = w.node[1].lost = 0;
	for (round = 0; round < 4; round++) {
		w.dp_delay = NS_MS(20 + (int64_t)world_random(&w, 1500));
		node_kick(&w, 0, KICK_REKEY_CHILD);
		world_run(&w, 15000);
		CHECK(&w, world_one(&w), _i);
	}
	CHECK(&w, w.node[0].lost + w.node[1].lost == 0, _i);
	CHECK(&w, w.node[0].n_down + w.node[1].n_down == 0, _i);
	world_free(&w);
}
END_TEST

static bool
only_from_1(struct world *w, size_t from, struct ike_tx *tx, uint8_t *data)
{
	(void)w;
	(void)tx;
	(void)data;
	return (from == 1);
}

static bool
ike_up_0(struct world *w)
{
	return (w->node[0].state.ike_up);
}

/* A peer that was lost is heard again while our own question stays without an
 * answer, and then it starts anew: it must be found lost a second time. */
START_TEST(lost_again)
{
	struct world w;

	world_init(&w, (uint64_t)_i + 13000);
	w.node[0].cfg.start = START_INITIATE;
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 60000, world_up), _i);
	w.cut = true;
	world_run(&w, 60000);
	ck_assert(!w.node[0].state.ike_up);
	w.cut = false;
	w.tap = only_from_1;
	CHECK(&w, world_until(&w, 60000, ike_up_0), _i);
	node_crash(&w, 1);
	w.tap = NULL;
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 60000, world_one), _i);
	world_free(&w);
}
END_TEST

/* One end begins from scratch while what is there works, sometimes twice in a
 * row, sometimes both ends in the same moment: nothing is lost, one stands in the
 * end, and it is not the one of before. */
START_TEST(restarts)
{
	struct world w;
	size_t who;
	uint32_t was;
	int round;

	world_init(&w, (uint64_t)_i + 7000);
	w.delay_min = NS_MS(1);
	w.delay_max = NS_MS(2 + (int64_t)world_random(&w, 60));
	w.dp_delay = NS_MS((int64_t)world_random(&w, 5));
	node_start(&w, 0);
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 5000, world_up), _i);
	world_run(&w, 300);
	CHECK(&w, world_until(&w, 40000, world_one), _i);
	w.node[0].lost = w.node[1].lost = 0;
	for (round = 0; round < 5; round++) {
		world_run(&w, 300 + (int64_t)world_random(&w, 10000));
		was = w.node[0].out[w.node[0].n_out - 1].spi;
		who = (size_t)world_random(&w, 2);
		node_kick(&w, who, KICK_RESTART);
		if (_i % 3 != 1) {
			world_run(&w, (int64_t)world_random(&w, 200));
			node_kick(&w, _i % 3 == 0 ? who : 1 - who,
			    KICK_RESTART);
		}
		world_run(&w, 1000);
		CHECK(&w, world_until(&w, 40000, world_one), _i);
		CHECK(&w, w.node[0].out[w.node[0].n_out - 1].spi != was, _i);
	}
	CHECK(&w, w.node[0].lost + w.node[1].lost == 0, _i);
	CHECK(&w, w.node[0].n_down + w.node[1].n_down == 0, _i);
	world_free(&w);
}
END_TEST

/* Told again and again that there is a way now: what is under way goes on. */
START_TEST(try_now)
{
	struct world w;
	int i;

	world_init(&w, (uint64_t)_i + 7700);
	w.delay_min = NS_MS(30);
	w.delay_max = NS_MS(60);
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	for (i = 0; i < 40; i++) {
		world_run(&w, 10);
		node_kick(&w, 0, KICK_TRY_NOW);
	}
	CHECK(&w, world_until(&w, 100, world_one), _i);
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->answered, 1);
	world_free(&w);
}
END_TEST

/* Short lives under loss: never a packet without its SA. */
START_TEST(rekeys_under_loss)
{
	struct world w;
	size_t i;

	world_init(&w, (uint64_t)_i + 3000);
	for (i = 0; i < 2; i++) {
		w.node[i].cfg.child_life_s = 20;
		w.node[i].cfg.ike_life_s = 50;
	}
	w.delay_min = NS_MS(10);
	w.delay_max = NS_MS(60);
	w.node[0].cfg.start = START_INITIATE;
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 5000, world_one), _i);
	w.loss = 5;
	w.dup = 5;
	w.node[0].lost = w.node[1].lost = 0;
	world_run(&w, 400000);
	CHECK(&w, w.node[0].lost + w.node[1].lost == 0, _i);
	CHECK(&w, w.node[0].n_down + w.node[1].n_down == 0, _i);
	ck_assert_uint_gt(ike_engine_stats(w.node[0].e)->child_rekeys +
	    ike_engine_stats(w.node[1].e)->child_rekeys, 30);
	ck_assert_uint_gt(ike_engine_stats(w.node[0].e)->ike_rekeys, 7);
	world_free(&w);
}
END_TEST

/* One end dies without a word and comes back at once, or much later. */
START_TEST(peer_restarts)
{
	size_t who = (size_t)(_i & 1);
	struct world w;

	begin(&w, (uint64_t)_i + 4000);
	CHECK(&w, world_until(&w, 20000, world_one), _i);
	node_crash(&w, who);
	if (_i & 2)
		world_run(&w, 60000);
	node_start(&w, who);
	CHECK(&w, world_until(&w, 15000, world_up), _i);
	CHECK(&w, world_until(&w, 60000, world_one), _i);
	world_free(&w);
}
END_TEST

/* The way is cut for a while: what was agreed on goes on afterwards. */
START_TEST(partition)
{
	struct world w;
	uint32_t spi;

	begin(&w, (uint64_t)_i + 5000);
	CHECK(&w, world_until(&w, 20000, world_one), _i);
	spi = w.node[0].out[0].spi;
	w.cut = true;
	world_run(&w, 5000 + _i * 20000);
	ck_assert_uint_eq(w.node[0].n_out, 1);
	ck_assert_uint_eq(w.node[0].out[0].spi, spi);
	w.cut = false;
	CHECK(&w, world_up(&w), _i);
	CHECK(&w, world_until(&w, 60000, world_one), _i);
	/* a handshake begun in vain is forgotten */
	world_run(&w, 80000);
	CHECK(&w, world_one(&w), _i);
	ck_assert(w.node[0].state.ike_up && w.node[1].state.ike_up);
	ck_assert_uint_eq(w.node[0].lost + w.node[1].lost, 0);
	world_free(&w);
}
END_TEST

/* The first message goes unanswered for an hour; then the peer is there. */
START_TEST(never_gives_up)
{
	struct world w;

	world_init(&w, (uint64_t)_i + 6000);
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 0);
	world_run(&w, 3600000);
	ck_assert_uint_lt(w.datagrams, 220);
	ck_assert_uint_gt(w.datagrams, 150);
	ck_assert(strstr(w.node[0].last_fail, "no answer") != NULL);
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 25000, world_one), _i);
	world_free(&w);
}
END_TEST

START_TEST(behind_nat)
{
	struct world w;

	world_init(&w, (uint64_t)_i + 7000);
	world_nat(&w);
	w.node[1].cfg.remote = _i & 1 ? w.nat_addr : (struct addr){ 0 };
	w.node[1].cfg.start = START_RESPOND;
	w.node[0].cfg.start = START_INITIATE;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 1000, world_one), _i);
	ck_assert(w.node[0].state.udp && w.node[1].state.udp);
	ck_assert(w.node[1].out[0].udp);
	ck_assert_uint_eq(w.node[1].out[0].remote_port, 24500);
	ck_assert_uint_eq(w.node[0].out[0].remote_port, 4500);
	/* keepalives of the end behind it */
	w.node[0].cfg.dpd_s = 0;
	world_run(&w, 65000);
	ck_assert_uint_ge(ike_engine_stats(w.node[1].e)->
	    drops[IKE_D_KEEPALIVE], 3);
	/* another mapping: the next message of node 0 tells */
	w.nat_shift = 21000;
	world_run(&w, 30000);
	node_kick(&w, 0, KICK_REKEY_CHILD);
	world_run(&w, 10000);
	CHECK(&w, world_one(&w), _i);
	ck_assert_uint_eq(w.node[1].out[0].remote_port, 25500);
	world_free(&w);
}
END_TEST

/* Who begins does not know its own address, or has another now: both ends agree
 * whether there is a NAT, and so on the way of ESP. */
START_TEST(own_address_unknown)
{
	struct world w;

	world_init(&w, (uint64_t)_i + 7200);
	if ((w.nat = (_i & 5) == 1)) {
		w.nat_addr = addr_v4(0xcb007109);
		w.nat_shift = 20000;
	}
	w.node[0].cfg.local = _i & 2 ? addr_v4(0x0a000001) :
	    (struct addr){ 0 };
	if (_i & 4)
		w.node[_i & 8 ? 0 : 1].cfg.nat = NAT_OFF;
	w.node[1].cfg.remote = (struct addr){ 0 };
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 400, world_up), _i);
	ck_assert_uint_eq(w.node[0].state.udp, w.nat);
	ck_assert_uint_eq(w.node[1].state.udp, w.nat);
	ck_assert(addr_eq(&w.node[0].out[0].local, &w.node[0].addr));
	ck_assert_uint_eq(ike_engine_stats(w.node[0].e)->begun, 1);
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->answered,
	    _i & 4 ? 1 : 2);
	world_run(&w, 60000);
	CHECK(&w, world_one(&w), _i);
	world_free(&w);
}
END_TEST

/* Two ways here to one peer, which has one identity for both: each is its own. */
START_TEST(two_uplinks)
{
	struct ike_tunnel other;
	struct ike_tally n;
	struct world w;

	world_init(&w, (uint64_t)_i + 7230);
	w.node[1].cfg.start = START_RESPOND;
	other = w.node[1].cfg;
	other.tid = TID + 1;
	other.local = addr_v4(0xcb007155);
	if (_i & 1)
		node_start(&w, 1);
	node_in(&w, 1, &(struct ike_input){ .type = IKE_IN_TUNNEL,
	    .tunnel = &other });
	if (!(_i & 1))
		node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 1000, world_one), _i);
	ck_assert(ike_engine_tally(w.node[1].e, TID, &n) && n.ikes == 1);
	ck_assert(ike_engine_tally(w.node[1].e, TID + 1, &n) && n.ikes == 0);
	world_free(&w);
}
END_TEST

/* Nothing goes from an address that node 0 has not.  The line breaks after the
 * first answer, until it is mended. */
struct line {
	bool	 answered, mended;
};

static bool
line(struct world *w, size_t from, struct ike_tx *tx, uint8_t *data)
{
	struct line *l = w->tap_arg;
	bool pass = l->mended || !l->answered;

	(void)data;
	if (from == 0 && tx->local.family != ADDR_NONE &&
	    !addr_eq(&tx->local, &w->node[0].addr))
		return (false);
	l->answered = l->answered || from == 1;
	return (pass);
}

static bool
answered(struct world *w)
{
	return (((struct line *)w->tap_arg)->answered);
}

/* A site without a fixed address has lost its peer, as its line is down.  It
 * learns its address from the first answer, and then has another one. */
START_TEST(address_goes_meanwhile)
{
	struct line l = { .mended = false };
	struct world w;

	world_init(&w, (uint64_t)_i + 7250);
	w.node[0].cfg.local = (struct addr){ 0 };
	w.node[1].cfg.remote = (struct addr){ 0 };
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 60000, world_one), _i);
	w.cut = true;
	world_run(&w, 60000);
	ck_assert(!w.node[0].state.ike_up && w.node[0].state.child_up);
	w.node[0].addr = addr_v4(0xc6336480);
	w.cut = false;
	w.tap = line;
	w.tap_arg = &l;
	CHECK(&w, world_until(&w, 30000, answered), _i);
	world_run(&w, 1000);
	l.mended = true;
	w.node[0].addr = addr_v4(0xc6336499);
	CHECK(&w, world_until(&w, 10000, ike_up_0), _i);
	CHECK(&w, world_until(&w, 60000, world_one), _i);
	world_free(&w);
}
END_TEST

/* One end rekeys the child, the other one the IKE SA, and each refuses for that
 * what the other asks: the child comes first, and soon. */
START_TEST(rekeys_of_both_kinds)
{
	struct world w;

	begin(&w, (uint64_t)_i + 7300);
	w.delay_min = w.delay_max = NS_MS(270);
	CHECK(&w, world_until(&w, 30000, world_one), _i);
	world_run(&w, 10000);
	node_kick(&w, 0, KICK_REKEY_CHILD);
	node_kick(&w, 1, KICK_REKEY_IKE);
	world_run(&w, 5000);
	CHECK(&w, ike_engine_stats(w.node[0].e)->child_rekeys == 1, _i);
	world_run(&w, 10000);
	CHECK(&w, ike_engine_stats(w.node[0].e)->ike_rekeys == 1, _i);
	CHECK(&w, world_until(&w, 15000, world_one), _i);
	world_free(&w);
}
END_TEST

/* The IKE SA is soon over at one end, and the other one rekeys children so
 * often that its rekey is refused now and then: it is tried again in time. */
START_TEST(refused_near_the_end)
{
	struct world w;
	int i;

	world_init(&w, (uint64_t)_i + 7400);
	w.delay_min = w.delay_max = NS_MS(100);
	w.node[0].cfg.start = START_INITIATE;
	w.node[1].cfg.start = START_RESPOND;
	w.node[1].cfg.ike_life_s = 60;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 30000, world_up), _i);
	world_run(&w, 48000 + _i * 100);
	w.node[0].n_down = w.node[1].n_down = 0;
	for (i = 0; i < 8; i++) {
		node_kick(&w, 0, KICK_REKEY_CHILD);
		world_run(&w, 2000);
	}
	CHECK(&w, w.node[0].n_down + w.node[1].n_down == 0, _i);
	CHECK(&w, ike_engine_stats(w.node[1].e)->ike_up == 1, _i);
	CHECK(&w, ike_engine_stats(w.node[1].e)->ike_rekeys == 1, _i);
	world_free(&w);
}
END_TEST

/* Node 0 begins from behind a NAT, node 1 does not know from where. */
static void
begin_natted(struct world *w, const struct addr *nat)
{
	w->nat = true;
	w->nat_addr = *nat;
	w->nat_shift = 20000;
	w->node[1].cfg.remote = (struct addr){ 0 };
	w->node[1].cfg.start = START_RESPOND;
	w->node[0].cfg.start = START_INITIATE;
	node_start(w, 1);
	node_start(w, 0);
}

/* What comes late under an SA that was deleted, from another port. */
START_TEST(moved_too_late)
{
	struct world w;
	struct sa_evidence v = { .what = EVID_MOVED, .tid = TID, .dir = SA_IN,
	    .remote = addr_v4(0xcb007109), .remote_port = 25500 };

	world_init(&w, 7050);
	begin_natted(&w, &v.remote);
	CHECK(&w, world_until(&w, 1000, world_one), 0);
	v.spi = w.node[1].in[0].spi;
	w.watch = false;
	node_kick(&w, 0, KICK_DOWN);
	world_run(&w, 500);
	ck_assert_uint_eq(w.node[1].n_out, 0);
	ck_assert_uint_eq(w.node[1].n_in, 1);
	node_in(&w, 1, &(struct ike_input){ .type = IKE_IN_EVIDENCE,
	    .evidence = &v });
	world_run(&w, 5000);
	ck_assert_uint_eq(w.node[1].n_in, 0);
	node_kick(&w, 0, KICK_UP);
	CHECK(&w, world_until(&w, 5000, world_one), 0);
	world_free(&w);
}
END_TEST

static bool
new_in_carries(struct world *w)
{
	return (w->node[1].n_in == 2 && w->node[1].first[1]);
}

/* The peer moves while an SA to it is on its way to the data path, which does
 * not know where it is then: another one is made. */
START_TEST(moved_meanwhile)
{
	struct world w;
	struct sa_evidence v = { .what = EVID_MOVED, .tid = TID, .dir = SA_IN,
	    .remote = addr_v4(0xcb007109), .remote_port = 25500 };

	world_init(&w, 7060);
	w.dp_delay = NS_MS(40);
	begin_natted(&w, &v.remote);
	CHECK(&w, world_until(&w, 2000, world_one), 0);
	world_run(&w, 1000);
	node_kick(&w, 0, KICK_REKEY_CHILD);
	CHECK(&w, world_until(&w, 2000, new_in_carries), 0);
	ck_assert_uint_eq(w.node[1].n_out, 1);
	w.nat_shift = 21000;
	v.spi = w.node[1].in[1].spi;
	node_in(&w, 1, &(struct ike_input){ .type = IKE_IN_EVIDENCE,
	    .evidence = &v });
	world_run(&w, 60000);
	CHECK(&w, world_one(&w), 0);
	ck_assert_uint_eq(w.node[1].out[0].remote_port, 25500);
	world_free(&w);
}
END_TEST

START_TEST(nat_forced_and_off)
{
	struct world w;

	world_init(&w, 7100);
	w.node[0].cfg.nat = NAT_FORCE;
	node_start(&w, 0);
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 20000, world_one), 0);
	ck_assert(w.node[0].state.udp && w.node[1].state.udp);
	world_free(&w);
	world_init(&w, 7101);
	w.node[0].cfg.nat = w.node[1].cfg.nat = NAT_OFF;
	node_start(&w, 0);
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 20000, world_one), 0);
	ck_assert(!w.node[0].state.udp && !w.node[1].state.udp);
	world_free(&w);
}
END_TEST

/* The data path is away for a while. */
START_TEST(data_path_refuses)
{
	struct world w;
	size_t who = (size_t)(_i & 1);

	world_init(&w, (uint64_t)_i + 8000);
	w.node[who].refuse = 3;
	w.node[who].refuse_error = _i & 2 ? EAGAIN : EINVAL;
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 90000, world_up), _i);
	CHECK(&w, world_until(&w, 60000, world_one), _i);
	world_free(&w);
}
END_TEST

/* keys dies in the middle of a handshake and is asked again. */
START_TEST(keys_away)
{
	struct world w;
	size_t who = (size_t)(_i & 1);

	world_init(&w, (uint64_t)_i + 9000);
	w.node[1].cfg.start = START_RESPOND;
	w.node[who].keys_away = true;
	node_start(&w, 1);
	node_start(&w, 0);
	world_run(&w, 3000);
	ck_assert(!w.node[0].state.ike_up);
	/* for so long that the handshake is given up */
	if (_i & 2)
		world_run(&w, 100000);
	w.node[who].keys_away = false;
	node_in(&w, who, &(struct ike_input){ .type = IKE_IN_KEYS_UP });
	CHECK(&w, world_until(&w, _i & 2 ? 90000 : 10000, world_one), _i);
	world_free(&w);
}
END_TEST

/* esp died: a new pair at once, though the old one is gone. */
START_TEST(data_path_died)
{
	struct world w;

	begin(&w, (uint64_t)_i + 10000);
	CHECK(&w, world_until(&w, 20000, world_one), _i);
	w.node[0].n_in = w.node[0].n_out = 0;
	node_kick(&w, 0, KICK_REKEY_CHILD);
	CHECK(&w, world_until(&w, 1000, world_up), _i);
	CHECK(&w, world_until(&w, 60000, world_one), _i);
	world_free(&w);
}
END_TEST

START_TEST(down_and_up)
{
	struct world w;

	begin(&w, (uint64_t)_i + 11000);
	CHECK(&w, world_until(&w, 20000, world_one), _i);
	node_kick(&w, 0, KICK_DOWN);
	CHECK(&w, world_until(&w, 20000, world_none), _i);
	world_run(&w, 120000);
	ck_assert(!w.node[1].state.child_up);
	node_kick(&w, 0, KICK_UP);
	CHECK(&w, world_until(&w, 2000, world_up), _i);
	CHECK(&w, world_until(&w, 60000, world_one), _i);
	/* a restart loses nothing */
	w.node[0].lost = w.node[1].lost = 0;
	node_kick(&w, 1, KICK_RESTART);
	world_run(&w, 30000);
	CHECK(&w, world_one(&w), _i);
	ck_assert_uint_eq(w.node[0].lost + w.node[1].lost, 0);
	ck_assert_uint_gt(ike_engine_stats(w.node[1].e)->ike_up, 1);
	world_free(&w);
}
END_TEST

START_TEST(modes_differ)
{
	struct world w;

	world_init(&w, 12000);
	w.node[0].cfg.mode = MODE_TUNNEL;
	node_start(&w, 0);
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 20000, world_one), 0);
	ck_assert_int_eq(w.node[0].state.mode, MODE_TUNNEL);
	ck_assert_int_eq(w.node[1].state.mode, MODE_TUNNEL);
	ck_assert(strstr(w.node[1].last_fail, "another mode") != NULL);
	world_free(&w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ike_basic");
	SRunner *sr;
	int failed;

	world_case(s, "psk_and_raw_keys", psk_and_raw_keys, 16);
	world_case(s, "lossy", lossy, 40);
	world_case(s, "crossing", crossing, 200);
	world_case(s, "rekey_collisions", rekey_collisions, 120);
	world_case(s, "abrupt_rekey", abrupt_rekey, 12);
	world_case(s, "lost_again", lost_again, 4);
	world_case(s, "restarts", restarts, 150);
	world_case(s, "try_now", try_now, 4);
	world_case(s, "rekeys_under_loss", rekeys_under_loss, 4);
	world_case(s, "peer_restarts", peer_restarts, 8);
	world_case(s, "partition", partition, 5);
	world_case(s, "never_gives_up", never_gives_up, 1);
	world_case(s, "behind_nat", behind_nat, 2);
	world_case(s, "own_address_unknown", own_address_unknown, 16);
	world_case(s, "two_uplinks", two_uplinks, 2);
	world_case(s, "address_goes_meanwhile", address_goes_meanwhile, 8);
	world_case(s, "moved_too_late", moved_too_late, 1);
	world_case(s, "moved_meanwhile", moved_meanwhile, 1);
	world_case(s, "rekeys_of_both_kinds", rekeys_of_both_kinds, 40);
	world_case(s, "refused_near_the_end", refused_near_the_end, 40);
	world_case(s, "nat_forced_and_off", nat_forced_and_off, 1);
	world_case(s, "data_path_refuses", data_path_refuses, 4);
	world_case(s, "keys_away", keys_away, 4);
	world_case(s, "data_path_died", data_path_died, 4);
	world_case(s, "down_and_up", down_and_up, 2);
	world_case(s, "modes_differ", modes_differ, 1);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
