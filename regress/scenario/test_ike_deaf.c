/* SPDX-License-Identifier: ISC */
/*
 * Two IKE engines, and a data path that sends and hears nothing: the way is down, IP
 * protocol 50 does not pass, or the peer has lost its SAs.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib_ike.h"

#define CHECK(w, x, seed) do { \
	if (!(x)) { world_dump(w); \
	    ck_abort_msg("%s, seed %d", #x, (int)(seed)); } } while (0)

/* Node 0's data path says so of the SA it has, and a moment goes by. */
static void
evident(struct world *w, enum evidence what)
{
	struct sa_evidence v = { .what = what, .tid = TID };

	v.spi = w->node[0].in[w->node[0].n_in - 1].spi;
	node_in(w, 0, &(struct ike_input){ .type = IKE_IN_EVIDENCE,
	    .evidence = &v });
	world_run(w, 100);
}

/*
 * The path is down and nothing comes in; ESP shows that it passes again in so
 * long, at once, with a probe or with a Hello at last.  None of it is protocol 50
 * that is blocked, also where IKE is first, or passed for a second meanwhile.
 */
START_TEST(outage_is_no_block)
{
	static const struct { int end_ms, more_ms; bool gap; } v[] = {
		{ 13000, 4000, false }, { 13000, 9900, false },
		{ 19300, 9900, false }, { 20000, 9900, false },
		{ 23900, 9900, false }, { 28000, 9900, false },
		{ 60000, 4000, false }, { 300000, 9900, false },
		{ 23900, 4000, true }, { 26000, 4000, true },
		{ 28000, 4000, true }, { 35900, 9900, true },
		{ 47900, 9900, true }
	};
	struct world w;
	int ms, n;

	world_init(&w, (uint64_t)_i + 7200);
	w.node[0].cfg.dpd_s = w.node[1].cfg.dpd_s = 0;
	node_start(&w, 0);
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 20000, world_one), _i);
	world_run(&w, 10000);
	for (n = 0; n < 3; n++) {
		for (ms = 0; ms < v[_i].end_ms + v[_i].more_ms; ms += 100) {
			w.cut = ms < v[_i].end_ms && (!v[_i].gap ||
			    ms < 13000 || ms >= 14000);
			if (ms > 0 && ms % 12000 == 0)
				evident(&w, EVID_DEAF);
			else
				world_run(&w, 100);
		}
		evident(&w, EVID_FIRST_IN);
		world_run(&w, 60000);
		/* a Hello that was lost */
		evident(&w, EVID_DEAF);
		world_run(&w, 8000);
		evident(&w, EVID_FIRST_IN);
		world_run(&w, 30000);
		ck_assert_msg(!w.node[0].state.udp, "row %d, time %d", _i, n);
	}
	CHECK(&w, world_until(&w, 60000, world_one), _i);
	ck_assert(!w.node[0].state.udp && !w.node[1].state.udp);
	world_free(&w);
}
END_TEST

/* IKE passes all the while, and ESP does not. */
START_TEST(block)
{
	struct world w;
	int n;

	world_init(&w, 7300);
	node_start(&w, 0);
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 20000, world_one), 0);
	w.esp = ESP_IN_UDP;
	/* first there are new SAs, for those that carried */
	for (n = 0; n < 4; n++) {
		ck_assert(!w.node[0].state.udp);
		evident(&w, EVID_DEAF);
		world_run(&w, 11900);
	}
	ck_assert(w.node[0].state.udp && w.node[1].state.udp);
	w.esp = ESP_PASSES;
	node_kick(&w, 0, KICK_RESTART);
	world_run(&w, 10000);
	CHECK(&w, world_one(&w), 0);
	ck_assert(!w.node[0].state.udp);
	world_free(&w);
}
END_TEST

/* Nothing comes in on a child that did carry, while IKE passes: there are new SAs,
 * once, until one of them carries.  Only then, where that may be, UDP. */
START_TEST(lost_at_the_peer)
{
	struct world w;
	uint32_t spi;
	int n;

	world_init(&w, 7400 + (uint64_t)_i);
	w.node[0].cfg.nat = w.node[1].cfg.nat = _i == 0 ? NAT_AUTO :
	    _i == 1 ? NAT_FORCE : NAT_OFF;
	node_start(&w, 0);
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 20000, world_one), _i);
	for (n = 0; n < 3; n++) {
		world_run(&w, 60000);
		spi = w.node[0].in[w.node[0].n_in - 1].spi;
		evident(&w, EVID_DEAF);
		world_run(&w, 11900);
		ck_assert_uint_eq(spi, w.node[0].in[w.node[0].n_in - 1].spi);
		evident(&w, EVID_DEAF);
		world_run(&w, 6000);
		ck_assert_uint_ne(spi, w.node[0].in[w.node[0].n_in - 1].spi);
		ck_assert(w.node[0].state.udp == (_i == 1));
		CHECK(&w, world_until(&w, 20000, world_one), _i);
	}
	w.esp = ESP_CUT;
	for (n = 0; n < 4; n++) {
		evident(&w, EVID_DEAF);
		world_run(&w, 11900);
	}
	spi = w.node[0].in[w.node[0].n_in - 1].spi;
	for (n = 0; n < 10; n++) {
		evident(&w, EVID_DEAF);
		world_run(&w, 11900);
	}
	ck_assert(w.node[0].state.udp == (_i != 2));
	ck_assert_uint_eq(spi, w.node[0].in[w.node[0].n_in - 1].spi);
	world_free(&w);
}
END_TEST

/* Both ends hear nothing, and find out at the same time: the new SAs of one are
 * also for the other, and no reason to try UDP. */
START_TEST(lost_at_both)
{
	struct sa_evidence v = { .what = EVID_DEAF, .tid = TID,
	    .dir = SA_IN };
	struct world w;
	uint64_t had;
	int i, n;

	world_init(&w, 7500 + (uint64_t)_i);
	node_start(&w, 0);
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 20000, world_one), _i);
	had = ike_engine_stats(w.node[0].e)->ike_up;
	for (n = 0; n < 3; n++) {
		world_run(&w, 60000);
		for (i = 0; i < 2; i++) {
			v.spi = w.node[0].in[w.node[0].n_in - 1].spi;
			node_in(&w, 0, &(struct ike_input){
			    .type = IKE_IN_EVIDENCE, .evidence = &v });
			/* from one moment up to some round trips later */
			world_run(&w, _i * 5);
			v.spi = w.node[1].in[w.node[1].n_in - 1].spi;
			node_in(&w, 1, &(struct ike_input){
			    .type = IKE_IN_EVIDENCE, .evidence = &v });
			world_run(&w, 12000 - _i * 5);
		}
		CHECK(&w, world_until(&w, 20000, world_one), _i);
		ck_assert(!w.node[0].state.udp && !w.node[1].state.udp);
	}
	ck_assert_uint_eq(ike_engine_stats(w.node[0].e)->ike_up, had);
	world_free(&w);
}
END_TEST

/* ICMP said that it is in vain, and then the peer is silent: that is told, until
 * ICMP says so again. */
START_TEST(refused_then_silent)
{
	struct ike_unreach u = { .remote_port = 500 };
	struct world w;

	world_init(&w, (uint64_t)_i + 7600);
	u.remote = w.node[1].addr;
	u.kind = (enum ike_unreach_kind)_i;
	w.cut = true;
	node_start(&w, 0);
	world_run(&w, 100);
	node_in(&w, 0, &(struct ike_input){ .type = IKE_IN_UNREACH,
	    .unreach = &u });
	CHECK(&w, !w.node[0].state.ike_up && w.node[0].n_fails == 1, _i);
	world_run(&w, 20000);
	CHECK(&w, strstr(w.node[0].last_fail,
	    ike_reason_names[IKE_R_NO_ANSWER]) != NULL, _i);
	CHECK(&w, w.node[0].n_fails == 2, _i);
	node_in(&w, 0, &(struct ike_input){ .type = IKE_IN_UNREACH,
	    .unreach = &u });
	CHECK(&w, strstr(w.node[0].last_fail,
	    ike_reason_names[IKE_R_NO_ANSWER]) == NULL, _i);
	world_free(&w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ike_deaf");
	SRunner *sr;
	int failed;

	world_case(s, "outage_is_no_block", outage_is_no_block, 13);
	world_case(s, "block", block, 1);
	world_case(s, "lost_at_the_peer", lost_at_the_peer, 3);
	world_case(s, "lost_at_both", lost_at_both, 40);
	world_case(s, "refused_then_silent", refused_then_silent, 4);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
