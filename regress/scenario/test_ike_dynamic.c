/* SPDX-License-Identifier: ISC */
/*
 * Several tunnels of one engine.  Those whose peer may be anywhere, beside each
 * other and beside those with an address: until IKE_AUTH any of them may be
 * meant.  Two with one peer: neither ends what the other has.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike_wire.h"
#include "lib_first.h"
#include "lib_forge.h"

#define CHECK(w, x, seed) do { \
	if (!(x)) { world_dump(w); \
	    ck_abort_msg("%s, seed %d", #x, (int)(seed)); } } while (0)
#define OTHER	(TID + 1)

/* Another tunnel of node i, like its own, with a peer that may be anywhere. */
static struct ike_tunnel
other(const struct world *w, size_t i)
{
	struct ike_tunnel t = w->node[i].cfg;

	t.tid = OTHER;
	t.remote = (struct addr){ 0 };
	t.remote_id.data[0] = 'o';
	t.start = START_RESPOND;
	return (t);
}

static void
add(struct world *w, size_t i, const struct ike_tunnel *t)
{
	node_in(w, i, &(struct ike_input){ .type = IKE_IN_TUNNEL,
	    .tunnel = t });
}

/* Node 1 waits, its own tunnel before the other one or after it. */
static void
start_both(struct world *w, const struct ike_tunnel *t, bool after)
{
	if (after)
		add(w, 1, t);
	w->node[1].cfg.start = START_RESPOND;
	node_start(w, 1);
	if (!after)
		add(w, 1, t);
}

/* The peer with the address is told of, though others may be anywhere. */
START_TEST(reason_of_fixed)
{
	struct ike_tunnel t;
	struct world w;

	world_init(&w, (uint64_t)_i);
	w.node[0].cfg.ike[0] = seed_prop(PROTO_IKE, _i & 2 ?
	    "aes128gcm16-prfsha256-ecp384" : "aes256-sha512-ecp384");
	t = other(&w, 1);
	start_both(&w, &t, _i & 1);
	node_start(&w, 0);
	world_run(&w, 3000);
	ck_assert(strstr(w.node[1].last_fail, ike_reason_names[_i & 2 ?
	    IKE_R_OUR_GROUP : IKE_R_OUR_PROPOSAL]) != NULL);
	ck_assert(strstr(w.node[1].last_fail, "ours aes128gcm16") != NULL);
	world_free(&w);
}
END_TEST

/* What a tunnel for anybody takes at first is refused when the peer has said
 * that it is the one with other proposals: both ends tell of those. */
START_TEST(proposal_of_fixed)
{
	struct ike_tunnel t;
	struct world w;

	world_init(&w, (uint64_t)_i + 50);
	t = other(&w, 1);
	w.node[1].cfg.ike[0] = seed_prop(PROTO_IKE, "aes256-sha512-ecp384");
	start_both(&w, &t, _i & 1);
	node_start(&w, 0);
	world_run(&w, 500);
	ck_assert(strstr(w.node[1].last_fail,
	    ike_reason_names[IKE_R_OUR_PROPOSAL]) != NULL);
	ck_assert(strstr(w.node[1].last_fail, "theirs aes128gcm16-") != NULL);
	ck_assert(strstr(w.node[1].last_fail, "ours aes256-sha512") != NULL);
	ck_assert(strstr(w.node[0].last_fail,
	    ike_reason_names[IKE_R_THEY_PROPOSAL]) != NULL);
	ck_assert(strstr(w.node[0].last_fail, "ours aes128gcm16") != NULL);
	/* mended, it comes up */
	w.node[1].cfg.ike[0] = w.node[0].cfg.ike[0];
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 30000, world_one), _i);
	world_free(&w);
}
END_TEST

/* Who is in no tunnel is named where it asks, and not as often as it does. */
START_TEST(nobody_knows)
{
	struct ike_tunnel t;
	struct world w;

	world_init(&w, (uint64_t)_i + 75);
	t = other(&w, 1);
	w.node[1].cfg = t;
	node_start(&w, 1);
	w.node[0].cfg.start = START_INITIATE;
	node_start(&w, 0);
	world_run(&w, 500);
	ck_assert_uint_eq(w.node[1].n_unknown, 1);
	ck_assert_str_eq(w.node[1].last_unknown,
	    "unknown peer a.test from 198.51.100.1");
	world_run(&w, 600000);
	ck_assert_uint_gt(w.node[1].n_unknown, 2);
	ck_assert_uint_le(w.node[1].n_unknown, 16);
	world_free(&w);
}
END_TEST

/* Whether what node 1 said last has such a notification. */
static bool
has(const struct said *s, uint16_t type)
{
	uint8_t next = s->msg[16];
	size_t at = 28;

	for (; next != PL_NONE && at + 8 <= s->len; next = s->msg[at],
	    at += (size_t)s->msg[at + 2] << 8 | s->msg[at + 3])
		if (next == PL_N && (s->msg[at + 6] << 8 | s->msg[at + 7]) ==
		    type)
			return (true);
	return (false);
}

/* What the answer has is what one of them needs: a key of RFC 8420, or NAT
 * detection. */
START_TEST(answer_for_all)
{
	struct addr src = addr_v4(0x0a000001);
	struct said said = { .len = 0 };
	struct ike_tunnel t;
	struct world w;
	struct first f;

	world_init(&w, (uint64_t)_i + 100);
	w.tap = first_tap;
	w.tap_arg = &said;
	t = other(&w, 1);
	if (_i & 2)
		t.auth = AUTH_ED25519;
	t.nat = _i & 4 ? NAT_AUTO : NAT_OFF;
	w.node[1].cfg.remote = (struct addr){ 0 };
	w.node[1].cfg.nat = NAT_OFF;
	start_both(&w, &t, _i & 1);
	f = (struct first){ .seed = world_random(&w, UINT64_MAX),
	    .offer = t.ike, .n_offer = t.n_ike, .hashes = true,
	    .natd = true };
	ck_assert(first_insist(&w, &f, &src, 500));
	ck_assert_int_eq(has(&said, N_SIGNATURE_HASH_ALGORITHMS),
	    (_i & 2) != 0);
	ck_assert_int_eq(has(&said, N_NAT_DETECTION_SOURCE_IP),
	    (_i & 4) != 0);
	/* who did not ask for it gets none of it */
	f = (struct first){ .seed = world_random(&w, UINT64_MAX),
	    .offer = t.ike, .n_offer = t.n_ike };
	ck_assert(first_insist(&w, &f, &src, 500));
	ck_assert(!has(&said, N_SIGNATURE_HASH_ALGORITHMS) &&
	    !has(&said, N_NAT_DETECTION_SOURCE_IP));
	world_free(&w);
}
END_TEST

/* Node 1 hears no ESP while IKE passes, and none under new SAs. */
static void
blocked(struct world *w)
{
	struct sa_evidence v = { .what = EVID_DEAF, .tid = TID };
	int i;

	w->esp = ESP_IN_UDP;
	for (i = 0; i < 4; i++) {
		v.spi = w->node[1].in[w->node[1].n_in - 1].spi;
		node_in(w, 1, &(struct ike_input){ .type = IKE_IN_EVIDENCE,
		    .evidence = &v });
		world_run(w, 12000);
	}
}

/* The peer that needs UDP gets it, whichever tunnel is looked at first. */
START_TEST(udp_of_one)
{
	struct ike_tunnel t;
	struct world w;

	world_init(&w, (uint64_t)_i + 200);
	t = other(&w, 1);
	w.node[1].cfg.remote = (struct addr){ 0 };
	start_both(&w, &t, _i & 1);
	node_start(&w, 0);
	world_run(&w, 1000);
	CHECK(&w, world_one(&w) && !w.node[1].state.udp, _i);
	blocked(&w);
	CHECK(&w, world_until(&w, 30000, world_up), _i);
	ck_assert(w.node[0].state.udp && w.node[1].state.udp);
	world_free(&w);
}
END_TEST

/* An identity is expected, any is, or the one of another local address: the
 * tunnel is found in each order. */
START_TEST(found_by_identity)
{
	struct ike_tunnel t;
	struct world w;

	world_init(&w, (uint64_t)_i + 300);
	t = other(&w, 1);
	w.node[1].cfg.remote = (struct addr){ 0 };
	if (_i & 2)
		w.node[1].cfg.remote_id = (struct ike_ident){ .type = 0 };
	else {
		t.remote_id = w.node[1].cfg.remote_id;
		t.local.b[3] = 77;
	}
	start_both(&w, &t, _i & 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 1000, world_one), _i);
	world_free(&w);
}
END_TEST

/* IKE_AUTH requests of node 0, and those that say INITIAL_CONTACT. */
static struct { unsigned int asked, contact; } auth;

static bool
count_contact(struct world *w, size_t from, struct ike_tx *tx, uint8_t *data)
{
	static struct forge f;
	struct ike_hdr h;
	size_t i;

	if (from != 0 || ike_hdr_parse(data, tx->len, &h) != IKE_D_NONE ||
	    h.exchange != EXCH_IKE_AUTH || (h.flags & IKE_F_RESPONSE) != 0)
		return (true);
	ck_assert(forge_open(&f, forge_sa(w->node[0].e, &h), true, data,
	    tx->len));
	auth.asked++;
	for (i = 0; i < f.n; i++)
		if (f.pl[i].type == PL_N && (f.pl[i].body[2] << 8 |
		    f.pl[i].body[3]) == N_INITIAL_CONTACT)
			auth.contact++;
	return (true);
}

/* INITIAL_CONTACT speaks of two identities: where two tunnels have the same, it
 * is not said, not even to begin anew. */
START_TEST(contact_of_one)
{
	static const unsigned int said[4] = { 3, 3, 0, 0 };
	struct ike_tunnel t;
	struct world w;
	int i;

	memset(&auth, 0, sizeof(auth));
	world_init(&w, (uint64_t)_i + 400);
	w.tap = count_contact;
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	t = other(&w, 0);
	t.remote = addr_v4(0xcb007101);
	if (_i != 0)
		t.remote_id = w.node[0].cfg.remote_id;
	if (_i == 1)
		t.local_id.data[0] = 'x';
	if (_i == 3)
		t.remote_id.type = 0;
	add(&w, 0, &t);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 1000, world_one), _i);
	for (i = 0; i < 2; i++) {
		world_run(&w, 40000);
		node_kick(&w, 0, KICK_RESTART);
		world_run(&w, 20000);
		CHECK(&w, world_one(&w), _i);
	}
	ck_assert_uint_eq(auth.asked, 3);
	ck_assert_uint_eq(auth.contact, said[_i]);
	ck_assert_uint_eq(w.node[0].lost + w.node[1].lost, 0);
	world_free(&w);
}
END_TEST

/* What fits not one does not fit others with the same proposals: those are not
 * compared, so it is no work for which cookies are asked. */
START_TEST(misses_are_cheap)
{
	struct proposal bad = seed_prop(PROTO_IKE, "aes192-sha384-x25519");
	struct said said = { .len = 0 };
	struct ike_tunnel t;
	struct world w;
	struct first f;
	struct addr src;
	unsigned int i;

	world_init(&w, 500);
	w.tap = first_tap;
	w.tap_arg = &said;
	w.node[1].cfg.remote = (struct addr){ 0 };
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	for (i = 0; i < 20; i++) {
		t = other(&w, 1);
		t.tid = OTHER + i;
		add(&w, 1, &t);
	}
	for (i = 0; i < 200; i++) {
		src = addr_v4(0x0a000000 + i);
		f = (struct first){ .seed = i, .offer = &bad, .n_offer = 1 };
		(void)first_send(&w, &f, &src, 500);
		ck_assert_uint_ne(said.notify, N_COOKIE);
	}
	world_free(&w);
}
END_TEST

/* Where the proposals differ each miss is work: after some of it who offers such
 * things says where he is, and others come up meanwhile. */
START_TEST(misses_are_few)
{
	static const char *const sizes[] = { "128", "192", "256" };
	struct proposal bad = seed_prop(PROTO_IKE, "aes192-sha384-x25519");
	struct said said = { .len = 0 };
	struct ike_tunnel t;
	struct world w;
	struct first f;
	struct addr src;
	char text[64];
	unsigned int i;

	world_init(&w, 600);
	w.tap = first_tap;
	w.tap_arg = &said;
	w.node[1].cfg.remote = (struct addr){ 0 };
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	for (i = 0; i < 9; i++) {
		t = other(&w, 1);
		t.tid = OTHER + i;
		snprintf(text, sizeof(text), "aes%sgcm16-prfsha%s-ecp384",
		    sizes[i % 3], i < 3 ? "256" : i < 6 ? "384" : "512");
		t.ike[0] = seed_prop(PROTO_IKE, text);
		add(&w, 1, &t);
	}
	for (i = 0; i < 200; i++) {
		src = addr_v4(0x0a000000 + i);
		f = (struct first){ .seed = i, .offer = &bad, .n_offer = 1 };
		(void)first_send(&w, &f, &src, 500);
		ck_assert_uint_eq(said.notify, i <= 64 ?
		    N_NO_PROPOSAL_CHOSEN : N_COOKIE);
	}
	ck_assert(!first_insist(&w, &f, &src, 500));
	ck_assert_uint_eq(said.notify, N_NO_PROPOSAL_CHOSEN);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 1000, world_up), 0);
	world_free(&w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ike_dynamic");
	SRunner *sr;
	int failed;

	world_case(s, "reason_of_fixed", reason_of_fixed, 4);
	world_case(s, "proposal_of_fixed", proposal_of_fixed, 2);
	world_case(s, "nobody_knows", nobody_knows, 2);
	world_case(s, "answer_for_all", answer_for_all, 8);
	world_case(s, "udp_of_one", udp_of_one, 2);
	world_case(s, "found_by_identity", found_by_identity, 4);
	world_case(s, "contact_of_one", contact_of_one, 4);
	world_case(s, "misses_are_cheap", misses_are_cheap, 1);
	world_case(s, "misses_are_few", misses_are_few, 1);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
