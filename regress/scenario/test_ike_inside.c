/* SPDX-License-Identifier: ISC */
/*
 * A peer that has the keys of an IKE SA, or a proof that it is itself, and says
 * what it should not.  Each message has its verdict: the answer, the counter,
 * the reason; what stood before stands, and no packet is lost, unless the peer
 * harmed itself.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib_forge.h"
#include "lib_ike.h"

#define CHECK(w, x, name) do { \
	if (!(x)) { world_dump(w); \
	    ck_abort_msg("%s: %s", name, #x); } } while (0)

/* The one message that is told, by whom, and what was counted before it. */
static struct forger	 one;
static size_t		 evil;
static uint64_t		 before[IKE_D_N];

static bool
inject(struct world *w, const uint8_t *buf, size_t len)
{
	if (len == 0)
		return (false);
	memcpy(before, ike_engine_stats(w->node[1 - evil].e)->drops,
	    sizeof(before));
	world_forge(w, &w->node[evil].addr, IKE_PORT, 1 - evil, IKE_PORT, buf,
	    len);
	return (true);
}

/* Take the message that fits out of the wire, and put the other one in. */
static bool
tap(struct world *w, size_t from, struct ike_tx *tx, uint8_t *data)
{
	static uint8_t buf[FORGE_LEN];
	struct ike_engine *e = w->node[evil].e;

	if (from == evil)
		return (!inject(w, buf, forger_out(&one, e, data, tx->len, buf,
		    sizeof(buf))));
	(void)forger_in(&one, e, data, tx->len);
	return (true);
}

static void
config(struct world *w, uint64_t seed)
{
	size_t i;

	world_init(w, seed);
	for (i = 0; i < 2; i++)
		w->node[i].cfg.esp[0] = seed_prop(PROTO_ESP,
		    "aes128gcm16-x25519");
	w->node[1].cfg.start = START_RESPOND;
	node_start(w, 1);
	node_start(w, 0);
	CHECK(w, world_until(w, 5000, world_one), "begin");
	world_run(w, 1000);
}

static struct ike_sa *
sa_of(struct world *w, size_t i)
{
	return (tun_sa(TAILQ_FIRST(&w->node[i].e->tuns)));
}

static void
arm(struct world *w, const struct forge_case *c)
{
	static uint8_t buf[FORGE_LEN];

	forger_arm(&one, c);
	evil = c->base == FORGE_AUTH_ANSWER ||
	    c->base == FORGE_CHILD_ANSWER || c->base == FORGE_IKE_ANSWER;
	w->tap = tap;
	w->node[0].last_fail[0] = w->node[1].last_fail[0] = '\0';
	if (c->base == FORGE_INFO)
		(void)inject(w, buf, forger_info(&one, w->node[0].e, buf,
		    sizeof(buf)));
	else
		node_kick(w, 0, forge_kicks[c->base]);
}

/* Its counter, once, and no other. */
static void
check_drops(struct world *w, const struct forge_case *c)
{
	const uint64_t *now = ike_engine_stats(
	    w->node[1 - evil].e)->drops;
	enum ike_drop d;

	for (d = IKE_D_NONE + 1; d < IKE_D_N; d++)
		/* what we say to one who is not believed is answered */
		if (now[d] - before[d] != (d == c->drop) &&
		    (d != IKE_D_NO_SA || evil == 0))
			ck_abort_msg("%s: %s counted %d times", c->name,
			    ike_drop_names[d], (int)(now[d] - before[d]));
}

static void
check_verdict(struct world *w, const struct forge_case *c)
{
	const struct node *v = &w->node[1 - evil];
	const struct ike_sa *s;

	CHECK(w, one.told, c->name);
	if (one.answered != (c->answer != FORGE_SILENCE))
		ck_abort_msg("%s: %s", c->name, one.answered ? "answered" :
		    "not answered");
	if (one.answered && one.verdict != c->answer)
		ck_abort_msg("%s: answer %u, not %u", c->name, one.verdict,
		    c->answer);
	check_drops(w, c);
	/* a refused handshake is over: nothing more can be tried in it */
	TAILQ_FOREACH(s, &TAILQ_FIRST(&v->e->tuns)->sas, entry)
		if (one.answered && s->state >= SA_HALF && s->state < SA_UP)
			ck_abort_msg("%s: half-open", c->name);
	if (c->says != NULL && strstr(v->last_fail, c->says) == NULL)
		ck_abort_msg("%s: says \"%s\"", c->name, v->last_fail);
}

START_TEST(verdict)
{
	const struct forge_case *c = &forge_cases[_i];
	struct world w;

	config(&w, (uint64_t)_i + 1);
	arm(&w, c);
	world_run(&w, 300);
	check_verdict(&w, c);
	if (c->harm) {
		w.tap = NULL;
		world_run(&w, 30000);
		node_kick(&w, 0, KICK_RESTART);
		CHECK(&w, world_until(&w, 120000, world_one), c->name);
		world_free(&w);
		return;
	}
	world_run(&w, 30000);
	CHECK(&w, world_until(&w, 60000, world_one), c->name);
	ck_assert_uint_eq(w.node[0].n_down + w.node[1].n_down, 0);
	ck_assert_uint_eq(w.node[0].lost + w.node[1].lost, 0);
	world_free(&w);
}
END_TEST

/* A request for a child from the last one told: another SPI, no REKEY_SA. */
static void
ask_child(struct world *w, uint8_t spi)
{
	static uint8_t buf[FORGE_LEN];
	struct ike_sa *s = sa_of(w, 0);
	struct forge_pl *p;
	size_t len;

	while ((p = forge_find(&one.f, PL_N)) != NULL)
		p->type = PL_V;
	ck_assert((p = forge_find(&one.f, PL_SA)) != NULL);
	memset(p->body + 8, spi, 4);
	one.f.h.mid = s->mid_out++;
	one.told = true;
	one.answered = false;
	len = forge_seal(&one.f, s, w->node[0].par.rng, buf, sizeof(buf));
	world_forge(w, &w->node[0].addr, IKE_PORT, 1, IKE_PORT, buf, len);
	world_run(w, 20);
}

static const struct forge_case *
find_case(const char *name)
{
	const struct forge_case *c = forge_case_find(name);

	ck_assert_msg(c != NULL, "%s: no such case", name);
	return (c);
}

static void
heal(struct world *w, const char *name)
{
	w->tap = NULL;
	world_run(w, 60000);
	node_kick(w, 0, KICK_RESTART);
	CHECK(w, world_until(w, 120000, world_one), name);
	world_free(w);
}

/* Children for which the peer has no use are refused after some. */
START_TEST(children_without_end)
{
	size_t half, ikes, children;
	struct world w;
	uint8_t i;

	config(&w, 1000);
	w.watch = false;
	arm(&w, find_case("rekey of no SPI"));
	world_run(&w, 300);
	for (i = 1; i < 100; i++)
		ask_child(&w, i);
	ck_assert(one.answered);
	ck_assert_uint_eq(one.verdict, N_NO_ADDITIONAL_SAS);
	ike_engine_count(w.node[1].e, &half, &ikes, &children);
	ck_assert_uint_le(children, 32);
	heal(&w, "children");
}
END_TEST

/* IKE SAs without a child, one after the other. */
START_TEST(ikes_without_end)
{
	size_t half, ikes, children, i;
	struct world w;

	config(&w, 1001);
	w.watch = false;
	for (i = 0; i < 60; i++) {
		arm(&w, find_case("auth with 255 selectors"));
		world_run(&w, 50);
		ck_assert(one.answered);
	}
	ike_engine_count(w.node[1].e, &half, &ikes, &children);
	ck_assert_uint_le(ikes, SAS_MAX + 1);
	heal(&w, "IKE SAs");
}
END_TEST

/* Nothing is deleted. */
static bool
no_delete(struct world *w, size_t from, struct ike_tx *tx, uint8_t *data)
{
	(void)w;
	return (tx->len < 28 || from != 0 ||
	    data[18] != EXCH_INFORMATIONAL);
}

/* No INITIAL_CONTACT; with a: selectors of somebody else. */
static void
beside(struct forge *f, uint32_t a, uint32_t b)
{
	struct forge_pl *p;

	(void)b;
	while ((p = forge_find(f, PL_N)) != NULL)
		forge_remove(f, p);
	if (a && (p = forge_find(f, PL_TSI)) != NULL)
		p->body[12] ^= 1;
}

/* The same with children, all but the last, which is the one that counts. */
START_TEST(ikes_with_children)
{
	static const struct forge_case with = { .name = "beside",
	    .build = beside }, without = { .name = "beside", .build = beside,
	    .a = 1 };
	struct ike_sa *s;
	struct world w;
	size_t i;

	config(&w, 1006);
	w.watch = false;
	for (i = 0; i < 20; i++) {
		arm(&w, &with);
		world_run(&w, 40);
		ck_assert(one.answered && one.verdict == FORGE_YES);
	}
	arm(&w, &without);
	world_run(&w, 50);
	ck_assert(one.answered);
	ck_assert_ptr_nonnull(s = sa_of(&w, 1));
	ck_assert_uint_eq(s->spi_i, one.f.h.spi_i);
	heal(&w, "IKE SAs with children");
}
END_TEST

/* An IKE SA is replaced again and again, and never deleted. */
START_TEST(rekeys_without_end)
{
	size_t half, ikes, children, i;
	struct world w;

	config(&w, 1002);
	w.watch = false;
	w.tap = no_delete;
	for (i = 0; i < 60; i++) {
		node_kick(&w, 0, KICK_REKEY_IKE);
		world_run(&w, 30);
	}
	ike_engine_count(w.node[1].e, &half, &ikes, &children);
	ck_assert_uint_le(ikes, SAS_MAX + 1);
	ck_assert_uint_ge(ikes, SAS_MAX - 1);
	heal(&w, "rekeys");
}
END_TEST

/* Two children of the peer, while we ask for one: one of them is a rival, both
 * are judged. */
static bool
no_create(struct world *w, size_t from, struct ike_tx *tx, uint8_t *data)
{
	return (tap(w, from, tx, data) && (tx->len < 28 || from != 1 ||
	    data[18] != EXCH_CREATE_CHILD_SA ||
	    (data[19] & IKE_F_RESPONSE) != 0));
}

START_TEST(two_for_ours)
{
	struct world w;

	config(&w, 1003);
	w.watch = false;
	arm(&w, find_case("rekey of no SPI"));
	world_run(&w, 300);
	/* ours is asked for, and does not arrive */
	w.tap = no_create;
	sa_of(&w, 1)->t->want_child = true;
	node_in(&w, 1, &(struct ike_input){ .type = IKE_IN_TICK });
	sa_run(w.node[1].e, sa_of(&w, 1));
	node_in(&w, 1, &(struct ike_input){ .type = IKE_IN_TICK });
	ck_assert_int_eq(sa_of(&w, 1)->req.ex, EX_CHILD);
	ask_child(&w, 1);
	ck_assert(one.answered && one.verdict == FORGE_YES);
	ask_child(&w, 2);
	ck_assert(one.answered && one.verdict == FORGE_YES);
	w.tap = NULL;
	world_run(&w, 120000);
	CHECK(&w, world_until(&w, 10000, world_one), "two for ours");
	world_free(&w);
}
END_TEST

/* Message IDs do not begin again: the SA is replaced long before. */
START_TEST(worn_out)
{
	const struct forge_case *probe = find_case("probe");
	struct world w;

	config(&w, 1004);
	sa_of(&w, 0)->mid_out = sa_of(&w, 1)->mid_in = MID_SOFT - 1;
	arm(&w, probe);
	world_run(&w, 300);
	check_verdict(&w, probe);
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->ike_rekeys, 1);
	CHECK(&w, world_until(&w, 30000, world_one), "worn out");
	ck_assert_uint_eq(w.node[0].n_down + w.node[1].n_down, 0);
	/* the last one is not taken */
	sa_of(&w, 0)->mid_out = sa_of(&w, 1)->mid_in = MID_LAST;
	arm(&w, probe);
	world_run(&w, 300);
	ck_assert(!one.answered);
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->drops[IKE_D_AHEAD] -
	    before[IKE_D_AHEAD], 1);
	heal(&w, "last message id");
}
END_TEST

/* The first message again with another nonce, before and after the answer. */
static bool
other_nonce(struct world *w, size_t from, struct ike_tx *tx, uint8_t *data)
{
	static uint8_t copy[20000];
	static struct ike_payloads p;
	struct ike_hdr h;
	int i;

	memcpy(copy, data, tx->len);
	if (from != 0 || ike_hdr_parse(copy, tx->len, &h) != IKE_D_NONE ||
	    h.exchange != EXCH_IKE_SA_INIT ||
	    ike_outer_parse(copy, tx->len, &h, &p) != IKE_D_NONE)
		return (true);
	for (i = 0; i < 3; i++) {
		copy[(const uint8_t *)p.nonce.p - copy + i] ^= 1;
		/* not before the true one has arrived */
		w->delay_min = NS_MS(7 + 5 * i);
		w->delay_max = NS_MS(8 + 5 * i);
		world_forge(w, &w->node[0].addr, tx->local_port, 1,
		    tx->remote_port, copy, tx->len);
	}
	w->delay_min = NS_MS(5);
	w->delay_max = NS_MS(6);
	return (true);
}

START_TEST(second_first_message)
{
	struct world w;

	world_init(&w, 1005);
	w.node[1].cfg.start = START_RESPOND;
	w.tap = other_nonce;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 100, world_one), "second first message");
	ck_assert_uint_eq(ike_engine_stats(
	    w.node[1].e)->drops[IKE_D_OTHER_BYTES], 2);
	/* the last one comes when the SA stands */
	ck_assert_uint_eq(ike_engine_stats(
	    w.node[1].e)->drops[IKE_D_OLD_REQUEST], 1);
	world_free(&w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ike_inside");
	TCase *tc = tcase_create("two");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, verdict, 0, (int)forge_n_cases);
	tcase_add_test(tc, children_without_end);
	tcase_add_test(tc, ikes_without_end);
	tcase_add_test(tc, ikes_with_children);
	tcase_add_test(tc, rekeys_without_end);
	tcase_add_test(tc, two_for_ours);
	tcase_add_test(tc, worn_out);
	tcase_add_test(tc, second_first_message);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
