/* SPDX-License-Identifier: ISC */
/*
 * IKE engines and strangers: forged, broken and repeated datagrams, errors
 * without proof; floods are in test_ike_flood.  Nothing of it may crash, leak,
 * end a handshake or harm an SA; each is counted.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike_wire.h"
#include "lib_first.h"

#define CHECK(w, x, seed) do { \
	if (!(x)) { world_dump(w); \
	    ck_abort_msg("%s, seed %d", #x, (int)(seed)); } } while (0)

static uint64_t
drops(const struct world *w, size_t i, enum ike_drop d)
{
	return (ike_engine_stats(w->node[i].e)->drops[d]);
}

static void
begin(struct world *w, uint64_t seed)
{
	world_init(w, seed);
	w->node[1].cfg.start = START_RESPOND;
	node_start(w, 1);
	node_start(w, 0);
}

/* Some bytes of some datagrams are changed, cut off or put behind. */
static bool
spoil(struct world *w, size_t from, struct ike_tx *tx, uint8_t *data)
{
	uint8_t copy[20000];
	size_t n, k, len = tx->len, to = 1 - from;
	struct addr src = w->node[from].addr;

	memcpy(copy, data, len);
	for (n = world_random(w, 6); n > 0; n--) {
		k = world_random(w, len);
		switch (world_random(w, 4)) {
		case 0:
			copy[k] ^= (uint8_t)(1 + world_random(w, 255));
			break;
		case 1:
			copy[k] = (uint8_t)world_random(w, 3);
			break;
		case 2:
			len = k + 1;
			break;
		default:
			if (len + 8 < sizeof(copy)) {
				memset(copy + len, (int)world_random(w, 256),
				    8);
				len += 8;
			}
			break;
		}
	}
	/* length fields that fit what is there, so that more is looked at */
	if (len >= 28 && world_random(w, 2) == 0) {
		copy[26] = (uint8_t)(len >> 8);
		copy[27] = (uint8_t)len;
		copy[24] = copy[25] = 0;
	}
	world_forge(w, &src, tx->local_port, to, tx->remote_port, copy, len);
	return (true);
}

/* Beside each true datagram a spoilt one, before or behind it. */
START_TEST(spoilt_copies)
{
	struct world w;
	int i;

	world_init(&w, (uint64_t)_i + 1);
	w.tap = spoil;
	w.delay_min = NS_MS(1);
	w.delay_max = NS_MS(20);
	node_start(&w, 0);
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 120000, world_up), _i);
	for (i = 0; i < 6; i++) {
		node_kick(&w, (size_t)i & 1, i < 3 ? KICK_REKEY_CHILD :
		    KICK_REKEY_IKE);
		world_run(&w, 3000);
	}
	w.tap = NULL;
	CHECK(&w, world_until(&w, 90000, world_one), _i);
	world_free(&w);
}
END_TEST

/* IKE_SA_INIT is answered first by a stranger. */
static bool
stranger_answers(struct world *w, size_t from, struct ike_tx *tx,
    uint8_t *data)
{
	static const uint16_t errors[] = { N_NO_PROPOSAL_CHOSEN,
	    N_INVALID_SYNTAX, N_AUTHENTICATION_FAILED, N_INVALID_KE_PAYLOAD,
	    N_COOKIE, N_INVALID_MAJOR_VERSION, N_INVALID_IKE_SPI,
	    N_TEMPORARY_FAILURE };
	static const uint8_t cookie[64] = { 1 };
	struct ike_hdr h = { .exchange = data[18],
	    .flags = IKE_F_RESPONSE, .mid = data[23] };
	const struct node *to = &w->node[1 - from];
	struct ike_writer m;
	uint8_t buf[256];
	size_t i, len;

	if (data[19] & IKE_F_RESPONSE)
		return (true);
	for (i = 0; i < 8; i++) {
		h.spi_i = h.spi_r = 0;
		for (len = 0; len < 8; len++) {
			h.spi_i = h.spi_i << 8 | data[len];
			h.spi_r = h.spi_r << 8 | data[8 + len];
		}
		ike_write(&m, buf, sizeof(buf), &h);
		/* a group that was not offered; a new cookie each time */
		ike_put_notify(&m, errors[i], cookie, errors[i] ==
		    N_INVALID_KE_PAYLOAD ? 2 : errors[i] == N_COOKIE ?
		    1 + world_random(w, 64) : 0);
		len = ike_finish(&m, NULL, NULL);
		world_forge(w, &to->addr, tx->remote_port, from,
		    tx->local_port, buf, len);
	}
	return (true);
}

static unsigned int n_firsts;

/* Each IKE_SA_INIT of node 0 is lost, and answered with another cookie. */
static bool
cookies_only(struct world *w, size_t from, struct ike_tx *tx, uint8_t *data)
{
	struct ike_hdr h;
	struct ike_writer m;
	uint64_t cookie = world_random(w, UINT64_MAX);
	uint8_t buf[64];

	if (from != 0)
		return (true);
	ck_assert(ike_hdr_parse(data, tx->len, &h) == IKE_D_NONE);
	n_firsts++;
	h.flags = IKE_F_RESPONSE;
	ike_write(&m, buf, sizeof(buf), &h);
	ike_put_notify(&m, N_COOKIE, &cookie, sizeof(cookie));
	world_forge(w, &w->node[1].addr, tx->remote_port, 0, tx->local_port,
	    buf, ike_finish(&m, NULL, NULL));
	return (false);
}

/* Cookies without end slow us down, and the one that counts is taken though it
 * comes after an hour. */
START_TEST(cookies_for_an_hour)
{
	struct said said = { .len = 0 };
	struct world w;
	struct first f;

	n_firsts = 0;
	world_init(&w, (uint64_t)_i + 130);
	w.tap = cookies_only;
	w.node[1].par.cookie_at = 1;
	node_crash(&w, 1);
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	world_run(&w, 3600000);
	ck_assert(strstr(w.node[0].last_fail, "cookies only") != NULL);
	ck_assert_uint_lt(n_firsts, 1300);
	/* node 1 asks for them too, while one is half-open */
	w.tap = NULL;
	w.tap_arg = &said;
	f = (struct first){ .seed = 1, .offer = w.node[1].cfg.ike,
	    .n_offer = 1 };
	(void)first_send(&w, &f, &w.node[0].addr, 501);
	CHECK(&w, world_until(&w, 25000, world_up), _i);
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->cookies, 1);
	world_free(&w);
}
END_TEST

START_TEST(forged_errors)
{
	struct world w;

	world_init(&w, (uint64_t)_i + 100);
	w.tap = stranger_answers;
	w.delay_min = NS_MS(10);
	w.delay_max = NS_MS(12);
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 60000, world_up), _i);
	node_kick(&w, 0, KICK_REKEY_CHILD);
	node_kick(&w, 1, KICK_REKEY_IKE);
	world_run(&w, 20000);
	CHECK(&w, world_one(&w), _i);
	ck_assert_uint_gt(drops(&w, 0, IKE_D_NOTIFY), 0);
	ck_assert_uint_eq(w.node[0].n_down + w.node[1].n_down, 0);
	world_free(&w);
}
END_TEST

/* Who sees the first message answers it in full, sooner than the peer or later,
 * with a public value and an SPI of his own. */
static bool
stranger_agrees(struct world *w, size_t from, struct ike_tx *tx,
    uint8_t *data)
{
	unsigned int *copies = w->tap_arg, i;
	uint8_t copy[700];
	size_t at;

	if (from != 1 || data[18] != EXCH_IKE_SA_INIT || data[16] != PL_SA ||
	    tx->len > sizeof(copy))
		return (true);
	for (i = 0; i < *copies; i++) {
		memcpy(copy, data, tx->len);
		copy[15] ^= (uint8_t)(i + 1);
		/* the payload behind SA; X25519 takes any value */
		at = 28 + ((size_t)data[30] << 8 | data[31]);
		ck_assert_int_eq(data[28], PL_KE);
		copy[at + 20] ^= (uint8_t)(i + 1);
		world_forge(w, &w->node[1].addr, tx->local_port, 0,
		    tx->remote_port, copy, tx->len);
	}
	return (true);
}

START_TEST(forged_answers)
{
	unsigned int copies = (unsigned int)_i % 5;
	struct world w;

	world_init(&w, (uint64_t)_i + 150);
	w.tap = stranger_agrees;
	w.tap_arg = &copies;
	w.delay_min = NS_MS(10);
	w.delay_max = NS_MS(30);
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	/* more answers than are kept can only be waited for */
	CHECK(&w, world_until(&w, copies < 4 ? 200 : 60000, world_up), _i);
	world_run(&w, 20000);
	CHECK(&w, world_one(&w), _i);
	ck_assert_uint_eq(w.node[0].n_down + w.node[1].n_down, 0);
	if (copies < 4) {
		ck_assert_uint_eq(w.node[0].n_fails, 0);
		ck_assert_uint_eq(ike_engine_stats(w.node[0].e)->begun, 1);
		ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->ike_up, 1);
	}
	world_free(&w);
}
END_TEST

/* Every datagram ever sent comes again, much later. */
static struct {
	struct { uint8_t data[700]; size_t len, from; uint16_t sp, dp; } v[512];
	size_t n;
} tape;

static bool
record(struct world *w, size_t from, struct ike_tx *tx, uint8_t *data)
{
	(void)w;
	if (tape.n < 512 && tx->len <= sizeof(tape.v[0].data)) {
		memcpy(tape.v[tape.n].data, data, tx->len);
		tape.v[tape.n].len = tx->len;
		tape.v[tape.n].from = from;
		tape.v[tape.n].sp = tx->local_port;
		tape.v[tape.n++].dp = tx->remote_port;
	}
	return (true);
}

START_TEST(replayed)
{
	struct world w;
	size_t i;

	tape.n = 0;
	world_init(&w, (uint64_t)_i + 200);
	w.tap = record;
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 5000, world_one), _i);
	for (i = 0; i < 4; i++) {
		node_kick(&w, i & 1, i < 2 ? KICK_REKEY_CHILD :
		    KICK_REKEY_IKE);
		world_run(&w, 4000);
	}
	w.tap = NULL;
	for (i = 0; i < tape.n; i++) {
		world_forge(&w, &w.node[tape.v[i].from].addr, tape.v[i].sp,
		    1 - tape.v[i].from, tape.v[i].dp, tape.v[i].data,
		    tape.v[i].len);
		world_forge(&w, &w.node[1 - tape.v[i].from].addr,
		    tape.v[i].sp, tape.v[i].from, tape.v[i].dp,
		    tape.v[i].data, tape.v[i].len);
	}
	world_run(&w, 60000);
	CHECK(&w, world_one(&w), _i);
	ck_assert_uint_eq(w.node[0].n_down + w.node[1].n_down, 0);
	ck_assert_uint_eq(w.node[0].lost + w.node[1].lost, 0);
	world_free(&w);
}
END_TEST

/* The copy of a request from somewhere else brings what the peer had, but no
 * more than came: here the answer is the longer one. */
START_TEST(copies)
{
	struct addr other = addr_v4(0x0a000001);
	struct world w;
	size_t i, k, sent;

	tape.n = 0;
	world_init(&w, 250);
	w.tap = record;
	w.node[0].cfg.remote_id.type = 0;
	w.node[1].cfg.local_id.n_data = 100;
	memset(w.node[1].cfg.local_id.data, 'b', 100);
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 5000, world_one), 0);
	w.tap = NULL;
	for (i = 0; i < tape.n && tape.v[i].data[18] != EXCH_IKE_AUTH; i++)
		;
	for (k = i + 1; k < tape.n && tape.v[k].from == 0; k++)
		;
	ck_assert(k < tape.n && tape.v[k].len > tape.v[i].len);
	sent = w.datagrams;
	for (k = 0; k < 100; k++)
		world_forge(&w, &other, 500, 1, tape.v[i].dp,
		    tape.v[i].data, tape.v[i].len);
	world_run(&w, 20);
	ck_assert_uint_eq(drops(&w, 1, IKE_D_UNPROVEN), 100);
	ck_assert_uint_eq(w.datagrams, sent);
	world_forge(&w, &w.node[0].addr, tape.v[i].sp, 1, tape.v[i].dp,
	    tape.v[i].data, tape.v[i].len);
	world_run(&w, 20);
	ck_assert_uint_eq(w.datagrams, sent + 1);
	/* the one before it is over: not even a word */
	for (i = 0; tape.v[i].data[18] != EXCH_IKE_SA_INIT ||
	    tape.v[i].from != 0; i++)
		;
	world_forge(&w, &w.node[0].addr, tape.v[i].sp, 1, tape.v[i].dp,
	    tape.v[i].data, tape.v[i].len);
	world_run(&w, 20);
	ck_assert_uint_eq(w.datagrams, sent + 1);
	ck_assert_uint_eq(drops(&w, 1, IKE_D_OLD_REQUEST), 1);
	CHECK(&w, world_one(&w), 0);
	world_free(&w);
}
END_TEST

/* Somebody on the way changes what stands in the first two messages, so that
 * both still understand them: he sees it fail, each time. */
static bool
rewrite(struct world *w, size_t from, struct ike_tx *tx, uint8_t *data)
{
	int what = *(int *)w->tap_arg;
	bool request = (data[19] & IKE_F_RESPONSE) == 0;
	uint16_t type, len;
	size_t at = 28;
	uint8_t next = data[16];

	(void)from;
	if (data[18] != EXCH_IKE_SA_INIT || tx->local_port != IKE_PORT ||
	    request != ((what & 1) == 0))
		return (true);
	for (; next != PL_NONE && at + 8 <= tx->len; next = data[at],
	    at += len) {
		len = (uint16_t)(data[at + 2] << 8 | data[at + 3]);
		type = (uint16_t)(data[at + 6] << 8 | data[at + 7]);
		if (next != PL_N)
			continue;
		if (type == N_SIGNATURE_HASH_ALGORITHMS && what / 2 == 0)
			data[at + 9] = 1;	/* SHA-1 and nothing else */
		else if (type == N_SIGNATURE_HASH_ALGORITHMS && what / 2 == 1)
			data[at + 6] = 0xff;	/* no list */
		else if (type == N_NAT_DETECTION_SOURCE_IP && what / 2 == 2)
			data[at + 8] ^= 1;	/* a NAT */
		else if (type == N_NAT_DETECTION_SOURCE_IP && what / 2 == 3)
			data[at + 6] = 0xff;	/* no NAT detection */
	}
	return (true);
}

START_TEST(downgrade)
{
	struct world w;
	int what = _i;

	world_init(&w, (uint64_t)_i + 270);
	world_raw_keys(&w);
	w.tap = rewrite;
	w.tap_arg = &what;
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	world_run(&w, 30000);
	CHECK(&w, !w.node[0].state.ike_up && !w.node[1].state.ike_up &&
	    w.node[0].n_out == 0 && w.node[1].n_out == 0, _i);
	ck_assert_uint_eq(ike_engine_stats(w.node[0].e)->ike_up, 0);
	ck_assert(strstr(w.node[1].last_fail, "keys differ") != NULL ||
	    strstr(w.node[0].last_fail, "keys differ") != NULL);
	w.tap = NULL;
	CHECK(&w, world_until(&w, 90000, world_one), _i);
	world_free(&w);
}
END_TEST

/* Keys that differ, identities that differ: both ends say why, nothing is
 * left. */
START_TEST(wrong_secret)
{
	size_t half, ikes, children;
	struct world w;

	world_init(&w, (uint64_t)_i + 400);
	w.node[0].secret.psk[0] ^= 1;
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	world_run(&w, 3000);
	ck_assert(strstr(w.node[0].last_fail, "rejected our auth") != NULL);
	ck_assert(strstr(w.node[1].last_fail, "keys differ") != NULL);
	/* what waits for repeats has its place among the half-open */
	ike_engine_count(w.node[1].e, &half, &ikes, &children);
	ck_assert_uint_eq(half, 2);
	world_run(&w, 600000);
	CHECK(&w, !w.node[0].state.ike_up && w.node[0].n_in == 0 &&
	    w.node[1].n_in == 0, _i);
	/* patience: a minute between tries */
	ck_assert_uint_lt(ike_engine_stats(w.node[0].e)->begun, 25);
	/* the second PSK of a change is as good */
	w.node[1].secret.n_psk2 = w.node[0].secret.n_psk;
	memcpy(w.node[1].secret.psk2, w.node[0].secret.psk,
	    w.node[0].secret.n_psk);
	world_run(&w, 100000);
	ck_assert(strstr(w.node[0].last_fail, "keys differ") != NULL);
	world_free(&w);
}
END_TEST

START_TEST(wrong_identity)
{
	struct world w;

	world_init(&w, (uint64_t)_i + 500);
	w.node[0].cfg.local_id.data[0] = 'x';
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	world_run(&w, 3000);
	ck_assert(strstr(w.node[1].last_fail, "theirs x.test, ours a.test") !=
	    NULL);
	ck_assert(strstr(w.node[0].last_fail, "rejected our auth") != NULL);
	world_free(&w);
	world_init(&w, (uint64_t)_i + 600);
	w.node[0].cfg.remote_id.data[0] = 'y';
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	world_run(&w, 3000);
	ck_assert(strstr(w.node[1].last_fail, "y.test") != NULL);
	world_free(&w);
}
END_TEST

START_TEST(nothing_in_common)
{
	struct world w;

	world_init(&w, 700);
	w.node[0].cfg.ike[0] = seed_prop(PROTO_IKE, "aes256-sha512-ecp384");
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	world_run(&w, 3000);
	ck_assert(strstr(w.node[0].last_fail, "NO_PROPOSAL_CHOSEN") != NULL);
	ck_assert(strstr(w.node[1].last_fail,
	    "theirs aes256-sha512") != NULL);
	/* the peer is mended: the same message is good now */
	w.node[1].cfg.ike[0] = w.node[0].cfg.ike[0];
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 25000, world_one), 0);
	world_free(&w);
	world_init(&w, 701);
	w.node[0].cfg.esp[0] = seed_prop(PROTO_ESP, "aes256-sha512");
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	world_run(&w, 3000);
	ck_assert(w.node[0].state.ike_up && !w.node[0].state.child_up);
	ck_assert(strstr(w.node[0].last_fail, "no ESP proposal") != NULL);
	ck_assert(strstr(w.node[1].last_fail, "aes256-sha512") != NULL);
	w.node[1].cfg.esp[0] = w.node[0].cfg.esp[0];
	node_start(&w, 1);
	CHECK(&w, world_until(&w, 25000, world_one), 0);
	world_free(&w);
}
END_TEST

/* The group is guessed wrong, PFS too. */
START_TEST(other_group)
{
	struct world w;

	world_init(&w, 800);
	w.node[0].cfg.ike[0] = seed_prop(PROTO_IKE,
	    "aes128gcm16-prfsha256-ecp384-x25519-ecp256");
	w.node[1].cfg.ike[0] = seed_prop(PROTO_IKE,
	    "aes128gcm16-prfsha256-ecp256");
	w.node[0].cfg.esp[0] = seed_prop(PROTO_ESP, "aes128gcm16-x25519-ecp256");
	w.node[1].cfg.esp[0] = seed_prop(PROTO_ESP, "aes128gcm16-ecp256");
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 1000, world_one), 0);
	node_kick(&w, 0, KICK_REKEY_CHILD);
	world_run(&w, 5000);
	CHECK(&w, world_one(&w), 0);
	ck_assert_uint_eq(ike_engine_stats(w.node[0].e)->child_rekeys, 1);
	node_kick(&w, 1, KICK_REKEY_IKE);
	world_run(&w, 5000);
	ck_assert_uint_eq(ike_engine_stats(w.node[0].e)->ike_rekeys, 1);
	CHECK(&w, world_until(&w, 20000, world_one), 0);
	world_free(&w);
}
END_TEST

/* Random bytes, and headers with random bytes behind. */
START_TEST(noise)
{
	struct world w;
	uint8_t buf[600];
	size_t i, k, len;
	struct addr src;

	begin(&w, (uint64_t)_i + 900);
	CHECK(&w, world_until(&w, 5000, world_one), _i);
	for (i = 0; i < 3000; i++) {
		src = w.node[0].addr;
		len = world_random(&w, sizeof(buf) + 1);
		for (k = 0; k < len; k++)
			buf[k] = (uint8_t)world_random(&w, 256);
		if (i % 3 > 0 && len >= 32) {
			buf[17] = 0x20;
			buf[18] = (uint8_t)(34 + world_random(&w, 4));
			buf[16] = (uint8_t)(33 + world_random(&w, 16));
			buf[24] = buf[25] = 0;
			buf[26] = (uint8_t)(len >> 8);
			buf[27] = (uint8_t)len;
			if (i % 3 == 2) {
				memset(buf + 8, 0, 8);
				memset(buf + 20, 0, 4);
				buf[18] = 34;
				buf[19] = 8;
			}
		}
		world_forge(&w, &src, 500, 1, i & 1 ? 500 : 4500, buf, len);
		if (i % 50 == 0)
			world_run(&w, 20);
	}
	world_run(&w, 1000);
	CHECK(&w, world_one(&w), _i);
	ck_assert_uint_eq(w.node[0].n_down + w.node[1].n_down, 0);
	world_free(&w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ike_hostile");
	TCase *tc = tcase_create("two");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, spoilt_copies, 0, 60);
	tcase_add_loop_test(tc, cookies_for_an_hour, 0, 4);
	tcase_add_loop_test(tc, forged_errors, 0, 8);
	tcase_add_loop_test(tc, forged_answers, 0, 40);
	tcase_add_loop_test(tc, replayed, 0, 4);
	tcase_add_test(tc, copies);
	tcase_add_loop_test(tc, downgrade, 0, 8);
	tcase_add_loop_test(tc, wrong_secret, 0, 1);
	tcase_add_loop_test(tc, wrong_identity, 0, 1);
	tcase_add_test(tc, nothing_in_common);
	tcase_add_test(tc, other_group);
	tcase_add_loop_test(tc, noise, 0, 4);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
