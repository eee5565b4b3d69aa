/* SPDX-License-Identifier: ISC */
/*
 * IKE_SA_INIT in masses: never more bytes out than in before the source is
 * proven, no source takes the place of others, what is kept is bounded, and
 * honest peers come up meanwhile.
 */
#include <check.h>
#include <openssl/bn.h>
#include <openssl/dh.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike_proposal.h"
#include "ike/ike_wire.h"
#include "lib_first.h"

#define CHECK(w, x, seed) do { \
	if (!(x)) { world_dump(w); \
	    ck_abort_msg("%s, seed %d", #x, (int)(seed)); } } while (0)
#define ROOM	200

static struct said said;

static uint64_t
drops(const struct world *w, enum ike_drop d)
{
	return (ike_engine_stats(w->node[1].e)->drops[d]);
}

static size_t
half(const struct world *w)
{
	size_t n, ikes, children;

	ike_engine_count(w->node[1].e, &n, &ikes, &children);
	return (n);
}

/* Node 1 waits, for anybody or for node 0 and its address; room for ROOM. */
static void
begin(struct world *w, uint64_t seed, bool anybody)
{
	world_init(w, seed);
	memset(&said, 0, sizeof(said));
	w->tap = first_tap;
	w->tap_arg = &said;
	w->node[1].par.max_half_open = ROOM;
	node_crash(w, 1);
	w->node[1].cfg.start = START_RESPOND;
	if (anybody)
		w->node[1].cfg.remote = (struct addr){ 0 };
	node_start(w, 1);
}

/* A message as node 1 wants it, each with another SPI. */
static struct first
good(struct world *w)
{
	return ((struct first){ .seed = world_random(w, UINT64_MAX),
	    .offer = w->node[1].cfg.ike, .n_offer = w->node[1].cfg.n_ike });
}

/* --- bytes --- */

static const char *const suites[] = { "aes128gcm16-prfsha256-x25519",
	"aes256-sha256-prfsha512-x25519", "aes256gcm16-prfsha384-ecp384",
	"aes128-sha1-modp2048", "aes256-aes128-sha256-sha1-x25519-ecp256" };

/*
 * One request of each shape: with a nonce as long as ours or longer the answer
 * comes at once and is not longer; with a shorter one and nothing else, a
 * cookie is asked for, and to who returns it the answer may be longer.
 */
START_TEST(bytes)
{
	struct addr src = addr_v4(0x0a000001);
	struct world w;
	struct first f;
	struct proposal p = seed_prop(PROTO_IKE, suites[_i / 16]);
	size_t len, answer, i;

	begin(&w, (uint64_t)_i, true);
	w.node[1].cfg.ike[0] = p;
	if (_i & 8)
		w.node[1].cfg.auth = AUTH_ED25519;
	node_start(&w, 1);
	f = good(&w);
	f.natd = (_i & 4) != 0;
	f.hashes = (_i & 8) != 0;
	f.nonce = (size_t[]){ 16, 31, 32, 100 }[_i & 3];
	len = first_send(&w, &f, &src, 500);
	ck_assert_uint_le(said.len, len);
	if (_i / 16 < 4)	/* nothing to choose: all comes back */
		ck_assert_uint_eq(said.notify, f.nonce < 32 ? N_COOKIE : 0);
	if (said.notify == 0) {
		if (_i / 16 < 4)
			ck_assert_uint_eq(said.len, len + 32 - f.nonce);
		goto out;
	}
	ck_assert_uint_eq(said.notify, N_COOKIE);
	ck_assert_uint_eq(said.len, 28 + 8 + 32);
	ck_assert_uint_eq(half(&w), 0);
	ck_assert(first_insist(&w, &f, &src, 500));
	answer = said.len;
	ck_assert_uint_eq(answer, len + 32 - f.nonce);
	/* and to it alone: that cookie is of no use with another message, nor
	 * from another address or port; the bytes it takes do count */
	for (i = 1; i <= 3; i++) {
		f.seed += i == 1;
		src.b[3] += i == 2;
		len = first_send(&w, &f, &src, i == 3 ? 501 : 500);
		ck_assert_uint_eq(said.len, answer);
		ck_assert_uint_le(said.len, len);
		ck_assert_uint_eq(drops(&w, IKE_D_COOKIE), i);
	}
out:
	world_free(&w);
}
END_TEST

/* One message again and again: the same octets, as many as came. */
START_TEST(repeats)
{
	struct addr src = addr_v4(0x0a000001);
	struct world w;
	struct first f;
	uint8_t msg[2048];
	size_t i, in = 0, len;

	begin(&w, 1, true);
	f = good(&w);
	in += first_send(&w, &f, &src, 500);
	len = said.len;
	memcpy(msg, said.msg, len);
	for (i = 0; i < 100; i++) {
		in += first_send(&w, &f, &src, 500);
		ck_assert(said.len == len && memcmp(msg, said.msg, len) == 0);
	}
	ck_assert_uint_eq(said.datagrams, 101);
	ck_assert_uint_le(said.bytes, in);
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->repeats, 100);
	/* other bytes with that SPI are no repetition */
	f.natd = true;
	(void)first_send(&w, &f, &src, 500);
	ck_assert_uint_eq(said.len, 0);
	ck_assert_uint_eq(drops(&w, IKE_D_OTHER_BYTES), 1);
	ck_assert_uint_eq(half(&w), 1);
	/* from another port it is another */
	f.natd = false;
	(void)first_send(&w, &f, &src, 501);
	ck_assert_uint_eq(half(&w), 2);
	world_free(&w);
}
END_TEST

/* Errors: so long, so often, and then cookies for who is not proven. */
START_TEST(errors)
{
	static const struct {
		const char *suite;
		uint16_t group, notify;
		bool critical;
		size_t len;
		enum ike_drop why;
	} v[] = {
		{ "aes192-sha384-x25519", KE_CURVE25519, N_NO_PROPOSAL_CHOSEN,
		    false, 36, IKE_D_PROPOSAL },
		{ "aes128gcm16-prfsha256-x25519-ecp256", KE_ECP256,
		    N_INVALID_KE_PAYLOAD, false, 38, IKE_D_GROUP },
		{ "aes128gcm16-prfsha256-x25519", KE_CURVE25519,
		    N_UNSUPPORTED_CRITICAL_PAYLOAD, true, 37, IKE_D_CRITICAL }
	};
	struct addr src = addr_v4(0x0a000001), other = addr_v4(0x0a000002);
	struct proposal p = seed_prop(PROTO_IKE, v[_i].suite);
	size_t i, in = 0, told = 0;
	struct world w;
	struct first f;

	begin(&w, (uint64_t)_i, true);
	for (i = 0; i < 300; i++) {
		f = good(&w);
		f.offer = &p;
		f.group = v[_i].group;
		f.critical = v[_i].critical;
		in += first_send(&w, &f, &src, 500);
		ck_assert_uint_eq(said.len, i < 50 ? v[_i].len : 68);
		ck_assert_uint_eq(said.notify, i < 50 ? v[_i].notify :
		    N_COOKIE);
	}
	ck_assert_uint_le(said.bytes, in);
	ck_assert_uint_eq(drops(&w, v[_i].why), 50);
	/* another is told what is wrong, and so is this one, once proven */
	(void)first_send(&w, &f, &other, 500);
	ck_assert_uint_eq(said.notify, v[_i].notify);
	for (i = 0; i < 3000; i++) {
		f.seed++;
		f.has_cookie = false;
		(void)first_insist(&w, &f, &src, 500);
		told += said.notify == v[_i].notify;
	}
	ck_assert_uint_eq(told, 1000);
	ck_assert_uint_eq(drops(&w, IKE_D_RATE), 2000);
	ck_assert_uint_eq(half(&w), 0);
	world_free(&w);
}
END_TEST

/* Shorter than a cookie: silence. */
START_TEST(tiny)
{
	struct addr src = addr_v4(0x0a000001);
	struct world w;
	uint8_t buf[100];
	struct ike_rx rx = { .remote = src, .local_port = IKE_PORT,
	    .remote_port = 500, .data = buf };
	struct ike_hdr h = { .exchange = EXCH_IKE_SA_INIT,
	    .flags = IKE_F_INITIATOR };
	struct ike_writer m;
	size_t i, at;

	begin(&w, 1, true);
	rx.local = w.node[1].addr;
	for (i = 1; i < 100; i++) {
		h.spi_i = i;
		ike_write(&m, buf, sizeof(buf), &h);
		at = ike_open(&m, PL_SA);
		ike_close(&m, at);
		ike_put_ke(&m, KE_CURVE25519, "x", 1);
		ike_put(&m, PL_NONCE, "0123456789abcdef", 16);
		at = ike_open(&m, 200);
		ike_close(&m, at);
		buf[at + 1] |= 0x80;
		rx.len = ike_finish(&m, NULL, NULL);
		said.len = 0;
		node_in(&w, 1, &(struct ike_input){ .type = IKE_IN_DATAGRAM,
		    .rx = &rx });
		ck_assert_uint_eq(said.len, i <= 50 ? 37 : 0);
	}
	ck_assert_uint_eq(drops(&w, IKE_D_UNPROVEN), 49);
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->cookies, 0);
	world_free(&w);
}
END_TEST

/* What we ask ourselves is answered at once, by every way to be identified. */
static size_t asked, answered;

static bool
lengths(struct world *w, size_t from, struct ike_tx *tx, uint8_t *data)
{
	(void)w;
	(void)from;
	if (data[18] == EXCH_IKE_SA_INIT && tx->remote_port == IKE_PORT) {
		if (data[19] & IKE_F_RESPONSE)
			answered = tx->len;
		else
			asked = tx->len;
	}
	return (true);
}

START_TEST(ours)
{
	struct world w;
	size_t i;

	begin(&w, (uint64_t)_i, false);
	w.tap = lengths;
	for (i = 0; i < 2; i++) {
		w.node[i].cfg.ike[0] = seed_prop(PROTO_IKE,
		    suites[(size_t)_i % 5]);
		if (_i >= 10)
			w.node[i].cfg.nat = NAT_OFF;
	}
	node_start(&w, 1);
	asked = answered = 0;
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 1000, world_up), _i);
	ck_assert_uint_gt(answered, 0);
	ck_assert_uint_le(answered, asked);
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->cookies, 0);
	world_free(&w);
}
END_TEST

/* --- floods --- */

/* Half-open SAs pile up: cookies are asked for, what is there is untouched,
 * an honest peer gets in, and all is forgotten in the end. */
START_TEST(random_sources)
{
	struct world w;
	struct first f;
	struct addr src;
	size_t i, in = 0;

	begin(&w, (uint64_t)_i + 300, true);
	for (i = 0; i < 3000; i++) {
		src = addr_v4(0x0a000000 + (uint32_t)i);
		f = good(&w);
		in += first_send(&w, &f, &src, 500);
	}
	ck_assert_uint_eq(half(&w), 64);
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->cookies, 3000 - 64);
	ck_assert_uint_eq(said.datagrams, 3000);
	ck_assert_uint_le(said.bytes, in);
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 2000, world_up), _i);
	world_run(&w, 40000);
	CHECK(&w, world_one(&w), _i);
	ck_assert_uint_eq(half(&w), 0);
	world_free(&w);
}
END_TEST

/* First messages as if from the peer, without end, do not keep us from
 * beginning ourselves. */
START_TEST(as_peer)
{
	struct world w;
	struct first f;
	uint8_t buf[512];
	size_t i, len;

	world_init(&w, (uint64_t)_i + 350);
	node_start(&w, 1);
	for (i = 0; i < 200; i++) {
		f = good(&w);
		len = first_write(&f, buf, sizeof(buf));
		world_forge(&w, &w.node[0].addr, 500, 1, 500, buf, len);
		world_run(&w, 50);
		if (i == 20)
			node_kick(&w, 1, KICK_RESTART);
		if (i == 22)
			ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->begun,
			    2);
	}
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 2000, world_up), _i);
	CHECK(&w, world_until(&w, 60000, world_one), _i);
	world_free(&w);
}
END_TEST

/* n handshakes begun by who returns cookies, from one of src and of more. */
static void
storm(struct world *w, uint32_t src, uint32_t of, size_t n)
{
	struct addr a;
	struct first f;
	size_t i;

	for (i = 0; i < n; i++) {
		f = good(w);
		a = addr_v4(src + (uint32_t)world_random(w, of));
		ck_assert(first_insist(w, &f, &a, 500));
		ck_assert_uint_le(half(w), ROOM);
	}
}

/* The storm goes on while node 0 is to come up within two seconds. */
static void
up_in_storm(struct world *w, uint32_t src, uint32_t of, int seed)
{
	size_t i;

	node_start(w, 0);
	for (i = 0; i < 100 && !world_up(w); i++) {
		storm(w, src, of, 50);
		world_run(w, 20);
	}
	CHECK(w, world_up(w), seed);
	ck_assert_uint_gt(drops(w, IKE_D_HALF_OPEN), 100);
}

/* One source that returns cookies at speed: others keep what they have begun,
 * and begin. */
START_TEST(one_source)
{
	struct world w;
	struct first f, v[40];
	size_t i, kept = 0;
	struct addr src;

	begin(&w, (uint64_t)_i, true);
	for (i = 0; i < 40; i++) {
		v[i] = good(&w);
		src = addr_v4(0x0b000000 + (uint32_t)i);
		ck_assert(first_insist(&w, &v[i], &src, 500));
	}
	storm(&w, 0x0a000001, 1, 1000);
	ck_assert_uint_eq(half(&w), ROOM);
	ck_assert_uint_eq(drops(&w, IKE_D_HALF_OPEN), 1040 - ROOM);
	for (i = 0; i < 40; i++) {
		src = addr_v4(0x0b000000 + (uint32_t)i);
		(void)first_send(&w, &v[i], &src, 500);
		kept += said.len > 0;
	}
	ck_assert_uint_eq(kept, 40);
	/* a few may be taken for the one: their hashes are equal */
	kept = ike_engine_stats(w.node[1].e)->repeats;
	ck_assert_uint_ge(kept, 37);
	/* its own latest is there, its first is not: a new one is begun */
	src = addr_v4(0x0a000001);
	f = good(&w);
	ck_assert(first_insist(&w, &f, &src, 500));
	(void)first_send(&w, &f, &src, 500);
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->repeats, kept + 1);
	up_in_storm(&w, 0x0a000001, 1, _i);
	world_run(&w, 40000);
	CHECK(&w, world_one(&w), _i);
	ck_assert_uint_eq(half(&w), 0);
	world_free(&w);
}
END_TEST

/* n handshakes begun with cookies from node 0's own address, by who shares it:
 * what is said to that port is not for node 0. */
static void
storm_beside(struct world *w, size_t n)
{
	struct addr shared = w->node[0].addr;
	struct first f;

	w->tap = first_tap;
	w->node[0].addr = addr_v4(0x0c000001);
	while (n-- > 0) {
		f = good(w);
		ck_assert(first_insist(w, &f, &shared, 2000));
	}
	w->node[0].addr = shared;
	w->tap = NULL;
}

/* Who shares the address of the storm is not locked out. */
START_TEST(same_address)
{
	struct world w;
	size_t i;

	begin(&w, (uint64_t)_i + 20, _i & 1);
	storm_beside(&w, 1000);
	ck_assert_uint_eq(half(&w), ROOM);
	node_start(&w, 0);
	for (i = 0; i < 500 && !world_up(&w); i++) {
		storm_beside(&w, 2);
		world_run(&w, 1);
	}
	CHECK(&w, world_up(&w), _i);
	world_free(&w);
}
END_TEST

/* A thousand behind one address begin at once: nobody gives way. */
START_TEST(thousand)
{
	static struct first v[1000];
	struct addr nat = addr_v4(0xcb007109);
	struct world w;
	size_t i;

	begin(&w, 30, true);
	w.node[1].par.max_half_open = 0;
	node_crash(&w, 1);
	node_start(&w, 1);
	for (i = 0; i < 1000; i++) {
		v[i] = good(&w);
		ck_assert(first_insist(&w, &v[i], &nat, (uint16_t)(2000 + i)));
	}
	for (i = 0; i < 1000; i++) {
		(void)first_send(&w, &v[i], &nat, (uint16_t)(2000 + i));
		ck_assert_uint_gt(said.len, 0);
	}
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->repeats, 1000);
	ck_assert_uint_eq(half(&w), 1000);
	ck_assert_uint_eq(drops(&w, IKE_D_HALF_OPEN), 0);
	world_free(&w);
}
END_TEST

/* A host of sources, each with cookies: a peer whose address is configured has
 * its part of the room whatever the others do. */
START_TEST(many_sources)
{
	struct world w;
	struct first v[100];
	struct addr known;
	size_t i, kept = 0;

	begin(&w, (uint64_t)_i + 40, false);
	w.node[1].cfg.tid = TID + 1;	/* and anybody */
	w.node[1].cfg.remote = (struct addr){ 0 };
	node_start(&w, 1);
	storm(&w, 0x0a000000, 5000, 2000);
	ck_assert_uint_eq(half(&w), ROOM);
	/* a hundred behind the configured address */
	known = w.node[0].addr;
	w.node[0].addr = addr_v4(0x0c000001);
	for (i = 0; i < 100; i++) {
		v[i] = good(&w);
		ck_assert(first_insist(&w, &v[i], &known,
		    (uint16_t)(2000 + i)));
		storm(&w, 0x0a000000, 5000, 20);
	}
	for (i = 0; i < 100; i++) {
		(void)first_send(&w, &v[i], &known, (uint16_t)(2000 + i));
		kept += said.len > 0;
	}
	ck_assert_uint_eq(kept, 100);
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->repeats, 100);
	/* nor do those behind it take all */
	storm(&w, 0xc6336401, 1, 1000);
	v[0] = good(&w);
	ck_assert(first_insist(&w, &v[0], &(struct addr){ .family = ADDR_V4,
	    .b = { 13, 0, 0, 1 } }, 500));
	storm(&w, 0xc6336401, 1, 1000);
	(void)first_send(&w, &v[0], &(struct addr){ .family = ADDR_V4,
	    .b = { 13, 0, 0, 1 } }, 500);
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->repeats, 101);
	w.node[0].addr = known;
	up_in_storm(&w, 0x0a000000, 5000, _i);
	world_free(&w);
}
END_TEST

/* Bad proposals at speed, with and without proof: another one is told the group
 * that is wanted, and comes up at once. */
START_TEST(errors_from_one)
{
	struct proposal bad = seed_prop(PROTO_IKE, "aes192-sha384-x25519");
	struct addr src = addr_v4(0x0a000001);
	struct world w;
	struct first f;
	size_t i;

	begin(&w, (uint64_t)_i + 60, true);
	for (i = 0; i < 5000; i++) {
		f = good(&w);
		f.offer = &bad;
		f.group = KE_CURVE25519;
		if (_i & 1)
			(void)first_insist(&w, &f, &src, 500);
		else
			(void)first_send(&w, &f, &src, 500);
	}
	w.node[0].cfg.ike[0] = seed_prop(PROTO_IKE,
	    "aes128gcm16-prfsha256-ecp256-x25519");
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 500, world_up), _i);
	world_free(&w);
}
END_TEST

/* Bad proposals as if from the peer: the list of events is not filled with
 * them, and while the tunnel works they do not say why it does not. */
START_TEST(words)
{
	struct proposal bad[2] = { seed_prop(PROTO_IKE,
	    "aes192-sha384-x25519"), seed_prop(PROTO_IKE,
	    "aes256-sha512-ecp384") };
	struct addr peer;
	struct world w;
	struct first f;
	size_t i;

	begin(&w, (uint64_t)_i + 70, false);
	peer = w.node[0].addr;
	w.node[0].addr = addr_v4(0x0c000001);
	for (i = 0; i < 1000; i++) {
		f = good(&w);
		f.offer = &bad[i & 1];
		f.group = KE_CURVE25519;
		(void)first_send(&w, &f, &peer, 2000);
	}
	ck_assert_uint_eq(w.node[1].n_fails, 20);
	ck_assert(strstr(w.node[1].last_fail, "aes192-sha384") != NULL ||
	    strstr(w.node[1].last_fail, "aes256-sha512") != NULL);
	w.node[0].addr = peer;
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 1000, world_up), _i);
	world_run(&w, 60000);
	w.node[0].addr = addr_v4(0x0c000001);
	for (i = 0; i < 10; i++) {
		f.seed++;
		(void)first_send(&w, &f, &peer, 2000);
		ck_assert_uint_eq(said.notify, N_NO_PROPOSAL_CHOSEN);
	}
	ck_assert_uint_eq(w.node[1].n_fails, 20);
	world_free(&w);
}
END_TEST

/* Points that are none, from everywhere: much work that leaves nothing behind
 * is done only a few times, then for who is proven. */
START_TEST(bad_points)
{
	struct world w;
	struct first f;
	struct addr src;
	size_t i;

	begin(&w, 75, true);
	w.node[1].cfg.ike[0] = seed_prop(PROTO_IKE,
	    "aes256gcm16-prfsha384-ecp384");
	node_start(&w, 1);
	for (i = 0; i < 1000; i++) {
		f = good(&w);
		f.ke_xor = 1;
		src = addr_v4(0x0a000000 + (uint32_t)i);
		(void)first_send(&w, &f, &src, 500);
		ck_assert_uint_eq(said.notify, i <= 64 ? 0 : N_COOKIE);
		ck_assert_uint_eq(said.len, i <= 64 ? 0 : 68);
	}
	ck_assert_uint_eq(drops(&w, IKE_D_KE), 65);
	ck_assert_uint_eq(half(&w), 0);
	/* who returns it is heard, and told no more */
	(void)first_insist(&w, &f, &src, 500);
	ck_assert_uint_eq(said.len, 0);
	ck_assert_uint_eq(drops(&w, IKE_D_KE), 66);
	w.node[0].cfg.ike[0] = w.node[1].cfg.ike[0];
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 1000, world_up), 0);
	/* and in a while nobody is asked any more */
	world_run(&w, 11000);
	f = good(&w);
	(void)first_send(&w, &f, &src, 500);
	ck_assert_uint_eq(said.notify, 0);
	ck_assert_uint_gt(said.len, 0);
	world_free(&w);
}
END_TEST

/* Public values that are none, or give a secret that everybody knows. */
static void
modp(uint8_t *out, size_t len, int add)
{
	BIGNUM *p = BN_get_rfc3526_prime_2048(NULL);

	MUST(p != NULL && BN_num_bytes(p) == (int)len);
	if (add < 0)
		BN_sub_word(p, (BN_ULONG)-add);
	else
		BN_add_word(p, (BN_ULONG)add);
	MUST(BN_bn2binpad(p, out, (int)len) == (int)len);
	BN_free(p);
}

static void
coordinate(uint8_t *out, int nid)
{
	EC_GROUP *g = EC_GROUP_new_by_curve_name(nid);
	const BIGNUM *p = EC_GROUP_get0_field(g);

	MUST(BN_bn2binpad(p, out, BN_num_bytes(p)) > 0);
	EC_GROUP_free(g);
}

/* The value number which of a group; false: there are no more. */
static bool
bad_value(uint16_t group, int which, uint8_t *v, size_t len)
{
	memset(v, 0, len);
	if (which == 0)
		return (true);			/* 0; the point at infinity */
	if (which == 1 && group != KE_CURVE25519) {
		memset(v, 0xff, len);
		return (true);
	}
	switch (group) {
	case KE_MODP2048:
		v[len - 1] = 1;
		if (which > 2)
			modp(v, len, which - 4);	/* p - 1, p, p + 1 */
		return (which < 6);
	case KE_ECP256:
	case KE_ECP384:
		if (which == 2 || which == 3)	/* x = p, y = p */
			coordinate(v + (which == 3 ? len / 2 : 0),
			    group == KE_ECP256 ? NID_X9_62_prime256v1 :
			    NID_secp384r1);
		else
			v[len - 1] = v[len / 2 - 1] = 1;	/* (1, 1) */
		return (which < 5);
	default:
		v[0] = 1;			/* 1, p - 1, p, p + 1 */
		if (which > 1) {
			memset(v, 0xff, len);
			v[0] = (uint8_t)(0xec + which - 2);
			v[len - 1] = 0x7f;
		}
		return (which < 5);
	}
}

START_TEST(values)
{
	static const struct { uint16_t group; const char *suite; } v[] = {
		{ KE_MODP2048, "aes128-sha256-modp2048" },
		{ KE_ECP256, "aes128-sha256-ecp256" },
		{ KE_ECP384, "aes128-sha256-ecp384" },
		{ KE_CURVE25519, "aes128-sha256-x25519" }
	};
	uint8_t value[KE_PUBLIC_MAX];
	struct addr src = addr_v4(0x0a000001);
	size_t len = ke_public_len(v[_i].group);
	struct world w;
	struct first f;
	int i;

	begin(&w, 76, true);
	w.node[1].cfg.ike[0] = seed_prop(PROTO_IKE, v[_i].suite);
	node_start(&w, 1);
	for (i = 0; bad_value(v[_i].group, i, value, len); i++) {
		f = good(&w);
		f.ke = value;
		f.ke_len = len;
		(void)first_send(&w, &f, &src, 500);
		ck_assert_uint_eq(said.len, 0);
	}
	ck_assert_int_ge(i, 5);
	ck_assert_uint_eq(drops(&w, IKE_D_KE), (uint64_t)i);
	/* one byte less, one more */
	memset(value, 9, sizeof(value));
	f.ke_len = len - 1;
	(void)first_send(&w, &f, &src, 500);
	ck_assert_uint_eq(said.len, 0);
	ck_assert_uint_eq(half(&w), 0);
	f.ke = NULL;
	(void)first_send(&w, &f, &src, 500);
	ck_assert_uint_gt(said.len, 0);
	ck_assert_uint_eq(half(&w), 1);
	world_free(&w);
}
END_TEST

/* One a second, for an hour: nobody is asked for cookies, little is kept. */
START_TEST(slow)
{
	struct world w;
	struct first f;
	size_t i;

	begin(&w, 80, true);
	w.watch = false;
	for (i = 0; i < 3600; i++) {
		f = good(&w);
		(void)first_send(&w, &f, &(struct addr){ .family = ADDR_V4,
		    .b = { 10, 0, 0, 1 } }, 500);
		ck_assert_uint_eq(said.notify, 0);
		world_run(&w, 1000);
		ck_assert_uint_le(half(&w), 31);
	}
	ck_assert_uint_ge(half(&w), 29);
	w.watch = true;
	w.next_traffic = w.now;
	node_start(&w, 0);
	CHECK(&w, world_until(&w, 200, world_up), 0);
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->cookies, 0);
	ck_assert_uint_eq(drops(&w, IKE_D_HALF_OPEN), 0);
	world_free(&w);
}
END_TEST

/* A network of IPv6 is one source, its neighbour is another. */
START_TEST(ipv6)
{
	struct addr a = { .family = ADDR_V6, .b = { 0x20, 1, 0xd, 0xb8 } };
	struct addr honest = a;
	struct world w;
	struct first f, h;
	size_t i;

	begin(&w, 90, true);
	honest.b[7] = 1;
	honest.b[15] = 1;
	h = good(&w);
	ck_assert(first_insist(&w, &h, &honest, 500));
	for (i = 0; i < 1000; i++) {
		f = good(&w);
		a.b[14] = (uint8_t)(i >> 8);
		a.b[15] = (uint8_t)i;
		ck_assert(first_insist(&w, &f, &a, 500));
	}
	ck_assert_uint_eq(half(&w), ROOM);
	(void)first_send(&w, &h, &honest, 500);
	ck_assert_uint_eq(ike_engine_stats(w.node[1].e)->repeats, 1);
	world_free(&w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ike_flood");
	TCase *tc = tcase_create("first");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, bytes, 0, 5 * 16);
	tcase_add_test(tc, repeats);
	tcase_add_loop_test(tc, errors, 0, 3);
	tcase_add_test(tc, tiny);
	tcase_add_loop_test(tc, ours, 0, 20);
	tcase_add_loop_test(tc, random_sources, 0, 2);
	tcase_add_loop_test(tc, as_peer, 0, 2);
	tcase_add_loop_test(tc, one_source, 0, 2);
	tcase_add_loop_test(tc, same_address, 0, 2);
	tcase_add_test(tc, thousand);
	tcase_add_loop_test(tc, many_sources, 0, 2);
	tcase_add_loop_test(tc, errors_from_one, 0, 2);
	tcase_add_test(tc, words);
	tcase_add_test(tc, bad_points);
	tcase_add_loop_test(tc, values, 0, 4);
	tcase_add_test(tc, slow);
	tcase_add_test(tc, ipv6);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
