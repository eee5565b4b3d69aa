/* SPDX-License-Identifier: ISC */
/*
 * Two IKE engines whose IKE SA stands while its child goes, or cannot be had:
 * there is one again soon, whatever became of the requests under way.
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

/* What is dropped, of each node. */
struct drops {
	bool		 asks[2];	/* requests for a child */
	bool		 answers[2];	/* to INFORMATIONAL */
	bool		 requests[2];	/* all */
	bool		 firsts;	/* IKE_SA_INIT */
	bool		 auths;		/* IKE_AUTH */
};

static bool
is_message(const struct ike_tx *tx, const uint8_t *d, uint8_t exchange,
    bool response)
{
	size_t at = tx->local_port == IKE_PORT_NATT ? 4 : 0;

	return (tx->len >= at + IKE_HDR_LEN && d[at + 18] == exchange &&
	    ((d[at + 19] & IKE_F_RESPONSE) != 0) == response);
}

static bool
pass(struct world *w, size_t from, struct ike_tx *tx, uint8_t *d)
{
	const struct drops *n = w->tap_arg;
	size_t at = tx->local_port == IKE_PORT_NATT ? 4 : 0;

	return (!(n->firsts && d[at + 18] == EXCH_IKE_SA_INIT) &&
	    !(n->auths && d[at + 18] == EXCH_IKE_AUTH) &&
	    !(n->asks[from] &&
	    is_message(tx, d, EXCH_CREATE_CHILD_SA, false)) &&
	    !(n->answers[from] &&
	    is_message(tx, d, EXCH_INFORMATIONAL, true)) &&
	    !(n->requests[from] && (d[at + 19] & IKE_F_RESPONSE) == 0));
}

/* Node 0 begins; both have one of each.  lower: the one that is quicker to ask
 * again for what it lost. */
static void
begin(struct world *w, uint64_t seed, struct drops *n, size_t lower)
{
	world_init(w, seed);
	memset(n, 0, sizeof(*n));
	w->tap = pass;
	w->tap_arg = n;
	w->node[0].cfg.start = START_INITIATE;
	w->node[1].cfg.start = START_RESPOND;
	w->node[0].cfg.lower_id = lower == 0;
	w->node[1].cfg.lower_id = lower == 1;
	node_start(w, 1);
	node_start(w, 0);
	CHECK(w, world_until(w, 10000, world_one), seed);
	world_run(w, 1000);
}

static bool
two_out_1(struct world *w)
{
	return (w->node[1].n_out == 2);
}

/* What it sends with is at its end. */
static void
hard(struct world *w, size_t i)
{
	struct sa_evidence v = { .what = EVID_HARD, .tid = TID, .dir = SA_OUT,
	    .spi = w->node[i].out[w->node[i].n_out - 1].spi };

	node_in(w, i, &(struct ike_input){ .type = IKE_IN_EVIDENCE,
	    .evidence = &v });
}

/* Our rekey crosses the peer's DELETE of what it replaces, and is refused: the
 * old one lingers here, and there (or is being deleted there).  A foreign peer
 * would wait for us to ask. */
START_TEST(rekey_crosses_delete)
{
	struct drops n;
	struct world w;

	begin(&w, (uint64_t)_i + 1, &n, 0);
	n.asks[0] = n.asks[1] = true;
	n.answers[0] = _i & 1;
	node_kick(&w, 0, KICK_REKEY_CHILD);
	hard(&w, 1);
	world_run(&w, 300);
	ck_assert(!w.node[0].state.child_up && !w.node[1].state.child_up);
	n.asks[0] = false;
	world_run(&w, 400);
	n.answers[0] = false;
	CHECK(&w, world_until(&w, 10000, world_up), _i);
	CHECK(&w, world_until(&w, 20000, world_one), _i);
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->ike_up, 1);
	world_free(&w);
}
END_TEST

/* Both rekey, both requests are lost, and both come to the end of the old one
 * before they ask again. */
START_TEST(both_at_the_end)
{
	struct drops n;
	struct world w;

	begin(&w, (uint64_t)_i + 100, &n, (size_t)_i & 1);
	n.asks[0] = n.asks[1] = true;
	node_kick(&w, 0, KICK_REKEY_CHILD);
	world_run(&w, _i * 20);
	node_kick(&w, 1, KICK_REKEY_CHILD);
	world_run(&w, 100);
	hard(&w, 0);
	hard(&w, 1);
	n.asks[0] = n.asks[1] = false;
	CHECK(&w, world_until(&w, 10000, world_up), _i);
	CHECK(&w, world_until(&w, 40000, world_one), _i);
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->ike_up, 1);
	world_free(&w);
}
END_TEST

/* The successor goes while the old one still stands, and no DELETE of that has
 * come: it is used again, and not only for a moment. */
START_TEST(old_one_again)
{
	struct drops n;
	struct world w;
	uint32_t old;

	begin(&w, (uint64_t)_i + 200, &n, 0);
	old = w.node[1].out[0].spi;
	node_kick(&w, 0, KICK_REKEY_CHILD);
	n.requests[0] = true;
	CHECK(&w, world_until(&w, 1000, two_out_1), _i);
	world_run(&w, 100);
	hard(&w, 1);
	world_run(&w, 30000);
	CHECK(&w, w.node[1].n_out == 1, _i);
	ck_assert_uint_eq(w.node[1].out[0].spi, old);
	ck_assert(w.node[1].state.child_up);
	n.requests[0] = false;
	CHECK(&w, world_until(&w, 60000, world_one), _i);
	world_free(&w);
}
END_TEST

/* An IKE SA stands without a child, as the peer was refused one, and it does
 * not ask again: packets that wait say that one is wanted. */
START_TEST(asked_by_packets)
{
	struct sa_evidence v = { .what = EVID_NO_SA, .tid = TID,
	    .dir = SA_OUT };
	struct drops n;
	struct world w;

	world_init(&w, (uint64_t)_i + 300);
	memset(&n, 0, sizeof(n));
	w.tap = pass;
	w.tap_arg = &n;
	w.node[1].refuse = 1;
	w.node[1].refuse_error = EINVAL;
	w.node[0].cfg.start = START_INITIATE;
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	world_run(&w, 1000);
	ck_assert(w.node[1].state.ike_up && !w.node[1].state.child_up);
	node_in(&w, 1, &(struct ike_input){ .type = IKE_IN_EVIDENCE,
	    .evidence = &v });
	CHECK(&w, world_until(&w, 5000, world_up), _i);
	world_free(&w);
}
END_TEST

/* PFS at one end only: what IKE_AUTH gave cannot be rekeyed, and another IKE SA
 * gives another before its end.  The reason is told as it is. */
START_TEST(pfs_at_one_end)
{
	struct world w;
	size_t i;

	world_init(&w, (uint64_t)_i + 400);
	for (i = 0; i < 2; i++)
		w.node[i].cfg.child_life_s = _i & 2 ? 200 : 20;
	w.node[_i & 1].cfg.esp[0] = seed_prop(PROTO_ESP,
	    "aes128gcm16-x25519");
	w.node[0].cfg.start = START_INITIATE;
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 10000, world_one), _i);
	w.node[0].lost = w.node[1].lost = 0;
	world_run(&w, 600000);
	CHECK(&w, w.node[0].n_down + w.node[1].n_down == 0, _i);
	CHECK(&w, w.node[0].lost + w.node[1].lost == 0, _i);
	CHECK(&w, strstr(w.node[0].last_fail, "PFS differs") != NULL, _i);
	ck_assert_uint_lt(ike_engine_stats(w.node[0].e)->ike_up,
	    _i & 2 ? 5 : 45);
	world_free(&w);
}
END_TEST

/* Node 0 begins and wants PFS, node 1 does not. */
static void
pfs_init(struct world *w, uint64_t seed, struct drops *n)
{
	world_init(w, seed);
	memset(n, 0, sizeof(*n));
	w->tap = pass;
	w->tap_arg = n;
	w->node[0].cfg.esp[0] = seed_prop(PROTO_ESP, "aes128gcm16-x25519");
	w->node[0].cfg.start = START_INITIATE;
	w->node[1].cfg.start = START_RESPOND;
}

static void
pfs_start(struct world *w)
{
	node_start(w, 1);
	node_start(w, 0);
}

/* The same where the new one is not had in time: the reason stays. */
START_TEST(pfs_past_the_end)
{
	struct drops n;
	struct world w;

	pfs_init(&w, (uint64_t)_i + 500, &n);
	w.node[0].cfg.child_life_s = w.node[1].cfg.child_life_s = 100;
	pfs_start(&w);
	CHECK(&w, world_until(&w, 10000, world_one), _i);
	n.firsts = true;
	world_run(&w, 130000);
	CHECK(&w, !w.node[0].state.child_up && w.node[0].state.ike_up, _i);
	CHECK(&w, strstr(w.node[0].last_fail, "PFS differs") != NULL, _i);
	n.firsts = false;
	CHECK(&w, world_until(&w, 30000, world_up), _i);
	world_free(&w);
}
END_TEST

/* One end wants PFS, so a child comes with IKE_AUTH only, and that one was
 * refused, for a reason that passes. */
START_TEST(refused_once)
{
	struct drops n;
	struct world w;

	pfs_init(&w, (uint64_t)_i + 600, &n);
	w.node[1].refuse = 1;
	w.node[1].refuse_error = EAGAIN;
	pfs_start(&w);
	world_run(&w, 1000);
	ck_assert(w.node[0].state.ike_up && !w.node[0].state.child_up);
	CHECK(&w, world_until(&w, 120000, world_up), _i);
	world_free(&w);
}
END_TEST

static bool
child_up_0(struct world *w)
{
	return (w->node[0].state.child_up);
}

/* The data path refuses the child of IKE_AUTH for a moment: the answer is one
 * after which any peer keeps the IKE SA, and who began asks again. */
START_TEST(refused_with_auth)
{
	struct drops n = { .asks = { false, true } };
	struct world w;

	world_init(&w, (uint64_t)_i + 650);
	w.tap = pass;
	w.tap_arg = &n;
	w.node[1].refuse = 1;
	w.node[1].refuse_error = (uint32_t[]){ EAGAIN, EPIPE, ENETDOWN }[_i];
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	world_run(&w, 100);
	ck_assert(w.node[0].state.ike_up && !w.node[0].state.child_up);
	ck_assert(strstr(w.node[0].last_fail, "NO_ADDITIONAL_SAS") != NULL);
	CHECK(&w, world_until(&w, 15000, child_up_0), _i);
	n.asks[1] = false;
	CHECK(&w, world_until(&w, 60000, world_up), _i);
	ck_assert_uint_eq(ike_engine_stats(w.node[0].e)->ike_up, 1);
	world_free(&w);
}
END_TEST

/* One end wants PFS, and the handshake for another one fails the first time. */
START_TEST(renewal_fails)
{
	struct drops n;
	struct world w;

	pfs_init(&w, (uint64_t)_i + 700, &n);
	w.node[0].cfg.child_life_s = w.node[1].cfg.child_life_s = 100;
	pfs_start(&w);
	CHECK(&w, world_until(&w, 10000, world_one), _i);
	n.auths = true;
	world_run(&w, 130000);
	CHECK(&w, !w.node[0].state.child_up && w.node[0].state.ike_up, _i);
	n.auths = false;
	CHECK(&w, world_until(&w, 120000, world_up), _i);
	world_free(&w);
}
END_TEST

/* The same, and the data path of one end has died with its SAs. */
START_TEST(gone_with_esp)
{
	struct sa_evidence v = { .what = EVID_NO_SA, .tid = TID,
	    .dir = SA_OUT };
	struct drops n;
	struct world w;

	pfs_init(&w, (uint64_t)_i + 800, &n);
	pfs_start(&w);
	CHECK(&w, world_until(&w, 10000, world_one), _i);
	world_run(&w, 30000);
	w.node[0].n_in = w.node[0].n_out = 0;
	node_kick(&w, 0, KICK_REKEY_CHILD);
	node_in(&w, 0, &(struct ike_input){ .type = IKE_IN_EVIDENCE,
	    .evidence = &v });
	world_run(&w, 3000);
	node_kick(&w, 0, KICK_REKEY_CHILD);	/* as main does */
	CHECK(&w, world_until(&w, 10000, world_up), _i);
	world_free(&w);
}
END_TEST

/* Protocol 50 is closed towards the end that may not begin: the other one is
 * made to, and finds a NAT. */
START_TEST(block_at_responder)
{
	struct sa_evidence v = { .what = EVID_DEAF, .tid = TID,
	    .dir = SA_IN };
	struct drops n;
	struct world w;
	int i;

	begin(&w, (uint64_t)_i + 900, &n, 0);
	w.esp = ESP_IN_UDP;
	for (i = 0; i < 5; i++) {
		node_in(&w, 1, &(struct ike_input){ .type = IKE_IN_EVIDENCE,
		    .evidence = &v });
		world_run(&w, 11900);
	}
	CHECK(&w, world_until(&w, 60000, world_up), _i);
	ck_assert(w.node[0].state.udp && w.node[1].state.udp);
	world_free(&w);
}
END_TEST

/* The first request and the first answer of each rekey are lost. */
static bool
pass_later(struct world *w, size_t from, struct ike_tx *tx, uint8_t *d)
{
	size_t at = tx->local_port == IKE_PORT_NATT ? 4 : 0;
	unsigned int (*n)[2][256] = w->tap_arg;

	if (d[at + 18] != EXCH_CREATE_CHILD_SA)
		return (true);
	return (++n[from][(d[at + 19] & IKE_F_RESPONSE) != 0][d[at + 23]] > 1);
}

/* A child that lives for seconds, on a long line that loses the first of each
 * packet: it is replaced in time, though the ends have made it at different
 * times and are slow to make another. */
START_TEST(short_life)
{
	unsigned int n[2][2][256] = { 0 };
	struct world w;

	world_init(&w, (uint64_t)_i + 900);
	w.delay_min = NS_MS(148);
	w.delay_max = NS_MS(152);
	w.tap = pass_later;
	w.tap_arg = n;
	w.node[0].cfg.child_life_s = w.node[1].cfg.child_life_s = 10;
	w.node[0].cfg.start = START_INITIATE;
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 10000, world_one), _i);
	w.node[0].lost = w.node[1].lost = 0;
	world_run(&w, 60000);
	CHECK(&w, w.node[0].n_down + w.node[1].n_down == 0, _i);
	CHECK(&w, w.node[0].lost + w.node[1].lost == 0, _i);
	world_free(&w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ike_child");
	SRunner *sr;
	int failed;

	world_case(s, "rekey_crosses_delete", rekey_crosses_delete, 8);
	world_case(s, "both_at_the_end", both_at_the_end, 8);
	world_case(s, "old_one_again", old_one_again, 2);
	world_case(s, "asked_by_packets", asked_by_packets, 2);
	world_case(s, "pfs_at_one_end", pfs_at_one_end, 4);
	world_case(s, "pfs_past_the_end", pfs_past_the_end, 2);
	world_case(s, "refused_once", refused_once, 2);
	world_case(s, "refused_with_auth", refused_with_auth, 3);
	world_case(s, "renewal_fails", renewal_fails, 2);
	world_case(s, "gone_with_esp", gone_with_esp, 2);
	world_case(s, "block_at_responder", block_at_responder, 2);
	world_case(s, "short_life", short_life, 20);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
