/* SPDX-License-Identifier: ISC */
/*
 * Two IKE engines whose configuration changes, or that are told to begin anew,
 * while something else is under way: what was wanted comes to pass.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike_wire.h"
#include "lib_ike.h"

#define CHECK(w, x, seed) do { \
	if (!(x)) { world_dump(w); \
	    ck_abort_msg("%s, seed %d", #x, (int)(seed)); } } while (0)

/* Node 0 begins, node 1 waits for it; both have one of each. */
static void
begin(struct world *w, uint64_t seed)
{
	world_init(w, seed);
	w->node[0].cfg.start = START_INITIATE;
	w->node[1].cfg.start = START_RESPOND;
	node_start(w, 1);
	node_start(w, 0);
	CHECK(w, world_until(w, 10000, world_one), seed);
	world_run(w, 1000);
}

static uint64_t
ike_up(const struct world *w, size_t i)
{
	return (ike_engine_stats(w->node[i].e)->ike_up);
}

static bool
lost_0(struct world *w)
{
	return (!w->node[0].state.ike_up);
}

static bool
anew(struct world *w)
{
	return (ike_up(w, 1) >= 2 && world_one(w));
}

/* Dead-peer detection by another interval, off, and on again. */
START_TEST(dpd_changes)
{
	struct world w;
	uint64_t had;

	begin(&w, (uint64_t)_i + 1);
	w.node[0].cfg.dpd_s = 0;
	w.node[1].cfg.dpd_s = 0;
	node_start(&w, 0);
	node_start(&w, 1);
	had = w.datagrams;
	world_run(&w, 120000);
	ck_assert_uint_le(w.datagrams - had, 4);
	CHECK(&w, world_one(&w), _i);
	w.node[0].cfg.dpd_s = 5;
	node_start(&w, 0);
	w.cut = true;
	CHECK(&w, world_until(&w, 120000, lost_0), _i);
	world_free(&w);
}
END_TEST

/* `respond' stood at the wrong end, where nobody begins. */
START_TEST(begins_after_all)
{
	struct world w;

	world_init(&w, (uint64_t)_i + 100);
	w.node[0].cfg.start = w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	world_run(&w, 60000);
	CHECK(&w, ike_up(&w, 0) == 0, _i);
	w.node[_i & 1].cfg.start = START_INITIATE;
	node_start(&w, (size_t)_i & 1);
	CHECK(&w, world_until(&w, 5000, world_one), _i);
	world_free(&w);
}
END_TEST

/* Who may not begin has new SAs of what there is, and lets the peer begin when
 * what is there has been taken down. */
START_TEST(restart_at_responder)
{
	struct world w;
	uint32_t spi;

	begin(&w, (uint64_t)_i + 200);
	spi = w.node[1].in[0].spi;
	node_kick(&w, 1, KICK_RESTART);
	world_run(&w, 1000);
	CHECK(&w, world_until(&w, 20000, world_one), _i);
	ck_assert_uint_ne(w.node[1].in[0].spi, spi);
	ck_assert_uint_eq(ike_up(&w, 1), 1);
	node_kick(&w, 1, KICK_DOWN);
	node_kick(&w, 1, KICK_UP);
	CHECK(&w, world_until(&w, 10000, anew), _i);
	world_free(&w);
}
END_TEST

/* The address under the SAs is gone, which nobody needs to find out by silence: new
 * ones at once, without dead-peer detection, and what there is carries until then. */
START_TEST(moved_here)
{
	struct world w;
	uint64_t lost;
	int i;

	world_init(&w, (uint64_t)_i + 220);
	w.node[0].cfg.start = START_INITIATE;
	w.node[1].cfg.start = START_RESPOND;
	w.node[0].cfg.dpd_s = w.node[1].cfg.dpd_s = 0;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 10000, world_one), _i);
	world_run(&w, 1000);
	lost = w.node[0].lost + w.node[1].lost;
	for (i = 1; i <= 3; i++) {
		node_kick(&w, 0, KICK_MOVED);
		/* and once more, as main does until it has heard of it */
		node_kick(&w, 0, KICK_MOVED);
		world_run(&w, 1000);
		ck_assert_uint_eq(ike_up(&w, 1), (uint64_t)i + 1);
		ck_assert(w.node[0].state.ike_up);
		CHECK(&w, world_until(&w, 60000, world_one), _i);
	}
	ck_assert_uint_eq(w.node[0].lost + w.node[1].lost, lost);
	world_free(&w);
}
END_TEST

/* A new IKE SA is asked for while the peer does not answer.  When it does again,
 * the old one may be heard first. */
START_TEST(restart_in_an_outage)
{
	struct world w;

	begin(&w, (uint64_t)_i + 300);
	w.cut = true;
	CHECK(&w, world_until(&w, 200000, lost_0), _i);
	world_run(&w, _i * 700);
	node_kick(&w, 0, KICK_RESTART);
	world_run(&w, 40000 + _i * 1300);
	w.cut = false;
	CHECK(&w, world_until(&w, 60000, anew), _i);
	world_free(&w);
}
END_TEST

/* Another secret at this end, and only later at that. */
START_TEST(restart_before_the_peer)
{
	struct world w;

	begin(&w, (uint64_t)_i + 400);
	w.node[0].secret.psk[0] ^= 1;
	node_kick(&w, 0, KICK_RESTART);
	world_run(&w, 5000 + _i * 20000);
	CHECK(&w, w.node[0].n_fails > 0 && world_up(&w), _i);
	ck_assert_uint_eq(ike_up(&w, 1), 1);
	w.node[1].secret.psk[0] ^= 1;
	CHECK(&w, world_until(&w, 90000, anew), _i);
	w.node[0].n_fails = 0;
	world_run(&w, 200000);
	CHECK(&w, w.node[0].n_fails == 0 && ike_up(&w, 1) == 2, _i);
	ck_assert_uint_eq(w.node[0].n_down, 0);
	world_free(&w);
}
END_TEST

static bool
one_more(struct world *w)
{
	return (ike_up(w, 1) == 1 && w->node[1].state.child_up);
}

/* The peer has begun anew, and ends what it has before the dead one is
 * forgotten here: there is none, whatever is left of that one. */
START_TEST(deleted_beside_a_lost_one)
{
	struct world w;

	begin(&w, (uint64_t)_i + 500);
	node_crash(&w, 1);
	CHECK(&w, world_until(&w, 200000, lost_0), _i);
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 60000, one_more), _i);
	world_run(&w, _i * 100);
	node_kick(&w, 1, KICK_DOWN);
	world_run(&w, 200);
	node_kick(&w, 1, KICK_UP);
	CHECK(&w, world_until(&w, 60000, world_one), _i);
	world_free(&w);
}
END_TEST

/* Requests for a child, of each node; those of mute are dropped. */
struct asks {
	size_t		mute;
	unsigned int	n[2];
};

static bool
count_asks(struct world *w, size_t from, struct ike_tx *tx, uint8_t *d)
{
	size_t at = tx->local_port == IKE_PORT_NATT ? 4 : 0;
	struct asks *a = w->tap_arg;

	if (d[at + 18] != EXCH_CREATE_CHILD_SA ||
	    (d[at + 19] & IKE_F_RESPONSE) != 0)
		return (true);
	a->n[from]++;
	return (from != a->mute);
}

static bool
no_child_1(struct world *w)
{
	return (!w->node[1].state.child_up);
}

/* The peer does not know the child any more, and has no time for a new one:
 * that is asked for again. */
START_TEST(unknown_child)
{
	struct asks asks = { .mute = 1 };
	struct world w;

	world_init(&w, (uint64_t)_i + 600);
	w.node[0].cfg.start = START_INITIATE;
	w.node[1].cfg.start = START_RESPOND;
	w.node[1].cfg.child_life_s = 20;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 10000, world_one), _i);
	w.tap = count_asks;
	w.tap_arg = &asks;
	CHECK(&w, world_until(&w, 30000, no_child_1), _i);
	ck_assert(w.node[0].state.child_up);
	w.node[1].refuse = 1;
	w.node[1].refuse_error = EAGAIN;
	node_kick(&w, 0, KICK_REKEY_CHILD);
	world_run(&w, 500);
	CHECK(&w, w.node[1].refuse == 0 && no_child_1(&w), _i);
	ck_assert_uint_eq(asks.n[0], 2);
	world_run(&w, 4000);
	ck_assert_uint_ge(asks.n[0], 3);
	world_free(&w);
}
END_TEST

/* The data path of the end that waits refused for a moment, and the peer leaves
 * it at that. */
START_TEST(refused_and_left)
{
	struct asks asks = { .mute = 0 };
	struct world w;

	world_init(&w, (uint64_t)_i + 700);
	w.node[0].cfg.start = START_INITIATE;
	w.node[1].cfg.start = START_RESPOND;
	w.node[1].refuse = 1;
	w.node[1].refuse_error = EAGAIN;
	w.tap = count_asks;
	w.tap_arg = &asks;
	node_start(&w, 1);
	node_start(&w, 0);
	world_run(&w, 500);
	CHECK(&w, w.node[1].state.ike_up && no_child_1(&w), _i);
	world_run(&w, 5000);
	ck_assert_uint_ge(asks.n[1], 1);
	world_free(&w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ike_orders");
	SRunner *sr;
	int failed;

	world_case(s, "dpd_changes", dpd_changes, 2);
	world_case(s, "begins_after_all", begins_after_all, 2);
	world_case(s, "restart_at_responder", restart_at_responder, 4);
	world_case(s, "moved_here", moved_here, 4);
	world_case(s, "restart_in_an_outage", restart_in_an_outage, 16);
	world_case(s, "restart_before_the_peer", restart_before_the_peer, 4);
	world_case(s, "deleted_beside_a_lost_one", deleted_beside_a_lost_one, 8);
	world_case(s, "unknown_child", unknown_child, 4);
	world_case(s, "refused_and_left", refused_and_left, 2);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
