/* SPDX-License-Identifier: ISC */
/* What the keys process answers, to whom, and that it forgets. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike_crypto.h"
#include "ike/keys_auth.h"
#include "lib/ed25519.h"

static void
unhex(const char *h, uint8_t *out)
{
	char two[3] = "";

	for (; h[0] != '\0'; h += 2) {
		memcpy(two, h, 2);
		*out++ = (uint8_t)strtoul(two, NULL, 16);
	}
}

static struct keys_auth q;
static struct keys_done done;

static void
question(enum ike_auth_method auth, uint16_t prf, size_t len)
{
	size_t i;

	memset(&q, 0, sizeof(q));
	q.req = 77;
	q.tid = 5;
	q.auth = auth;
	q.prf = prf;
	q.n_octets = (uint16_t)len;
	for (i = 0; i < len; i++)
		q.octets[i] = (uint8_t)(i * 31);
}

static struct keys_secret
psk(const char *a, const char *b)
{
	struct keys_secret s = { .tid = 5, .auth = AUTH_PSK };

	s.n_psk = (uint16_t)strlen(a);
	memcpy(s.psk, a, s.n_psk);
	s.n_psk2 = (uint16_t)strlen(b);
	memcpy(s.psk2, b, s.n_psk2);
	return (s);
}

static void
said_no(void)
{
	static const uint8_t none[KEYS_AUTH_MAX];

	ck_assert(!done.ok);
	ck_assert_uint_eq(done.req, 77);
	ck_assert_uint_eq(done.tid, q.tid);
	ck_assert_uint_eq(done.n_value, 0);
	ck_assert_mem_eq(done.value, none, sizeof(none));
}

/* Take our answer as the peer's AUTH. */
static void
take_value(void)
{
	ck_assert(done.ok);
	q.n_value = done.n_value;
	memcpy(q.value, done.value, sizeof(q.value));
}

static const uint16_t prfs[] = { PRF_HMAC_SHA1, PRF_HMAC_SHA2_256,
	PRF_HMAC_SHA2_384, PRF_HMAC_SHA2_512 };

START_TEST(psk_formula)
{
	struct keys_secret s = psk("secret", "");
	uint8_t k[IKE_PRF_MAX], want[IKE_PRF_MAX];
	struct ike_span pad = { "Key Pad for IKEv2", 17 };
	struct ike_span octets = { q.octets, 300 };
	size_t len = ike_prf_len(prfs[_i]);

	question(AUTH_PSK, prfs[_i], 300);
	ck_assert_int_eq(ike_prf(prfs[_i], "secret", 6, &pad, 1, k), IKE_C_OK);
	ck_assert_int_eq(ike_prf(prfs[_i], k, len, &octets, 1, want), IKE_C_OK);
	keys_auth_make(&s, &q, &done);
	ck_assert(done.ok);
	ck_assert_uint_eq(done.req, 77);
	ck_assert_uint_eq(done.n_value, len);
	ck_assert_mem_eq(done.value, want, len);
	take_value();
	keys_auth_verify(&s, &q, &done);
	ck_assert(done.ok);
	ck_assert_uint_eq(done.n_value, 0);
}
END_TEST

START_TEST(psk_change)
{
	struct keys_secret old = psk("old key", ""), new = psk("new", "old key");
	struct keys_secret only = psk("new", "");

	question(AUTH_PSK, PRF_HMAC_SHA2_256, 200);
	keys_auth_make(&old, &q, &done);
	take_value();
	keys_auth_verify(&new, &q, &done);
	ck_assert(done.ok);
	keys_auth_verify(&only, &q, &done);
	said_no();
	/* and the new one signs with the first */
	keys_auth_make(&new, &q, &done);
	take_value();
	keys_auth_verify(&old, &q, &done);
	said_no();
	keys_auth_verify(&only, &q, &done);
	ck_assert(done.ok);
}
END_TEST

/* A byte changed, cut or added anywhere: no. */
static void
any_change_fails(const struct keys_secret *s)
{
	size_t i, n = q.n_value;

	keys_auth_verify(s, &q, &done);
	ck_assert(done.ok);
	for (i = 0; i < n; i++) {
		q.value[i] ^= 1;
		keys_auth_verify(s, &q, &done);
		said_no();
		q.value[i] ^= 1;
	}
	for (i = 0; i < sizeof(q.value); i++) {
		if (i == n)
			continue;
		q.n_value = (uint16_t)i;
		keys_auth_verify(s, &q, &done);
		said_no();
	}
	q.n_value = (uint16_t)n;
	for (i = 0; i < q.n_octets; i += 13) {
		q.octets[i] ^= 0x80;
		keys_auth_verify(s, &q, &done);
		said_no();
		q.octets[i] ^= 0x80;
	}
	q.n_octets--;
	keys_auth_verify(s, &q, &done);
	said_no();
	q.n_octets++;
	keys_auth_verify(s, &q, &done);
	ck_assert(done.ok);
}

START_TEST(psk_changed)
{
	struct keys_secret s = psk("secret", "other");

	question(AUTH_PSK, PRF_HMAC_SHA2_384, 500);
	keys_auth_make(&s, &q, &done);
	take_value();
	any_change_fails(&s);
}
END_TEST

static struct keys_secret
ed25519(const char *seed)
{
	struct keys_secret s = { .tid = 5, .auth = AUTH_ED25519, .n_priv = 32 };

	unhex(seed, s.priv);
	ck_assert_int_eq(ed25519_public(s.priv, s.remote_pub), 0);
	return (s);
}

#define SEED_1	"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define SEED_2	"f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5"

/* RFC 8032 7.1, TEST SHA(abc): 64 octets, just as many as a question needs. */
START_TEST(ed25519_vector)
{
	struct keys_secret s = ed25519("833fe62409237b9d62ec77587520911e"
	    "9a759cec1d19755b7da901b96dca3d42");
	uint8_t want[64];

	question(AUTH_ED25519, PRF_HMAC_SHA1, 64);
	unhex("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	    q.octets);
	unhex("dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
	    "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
	    want);
	keys_auth_make(&s, &q, &done);
	ck_assert(done.ok);
	ck_assert_mem_eq(done.value + 8, want, 64);
}
END_TEST

/* The frame of RFC 7427 3 with the octets of RFC 8420 A.1. */
START_TEST(ed25519_frame)
{
	struct keys_secret s = ed25519(SEED_1);
	uint8_t head[8];

	question(AUTH_ED25519, PRF_HMAC_SHA2_256, 400);
	keys_auth_make(&s, &q, &done);
	ck_assert(done.ok);
	ck_assert_uint_eq(done.n_value, 72);
	unhex("0730050603" "2b6570", head);
	ck_assert_mem_eq(done.value, head, 8);
	take_value();
	any_change_fails(&s);
}
END_TEST

START_TEST(ed25519_other_key)
{
	struct keys_secret a = ed25519(SEED_1), b = ed25519(SEED_2);

	question(AUTH_ED25519, PRF_HMAC_SHA2_256, 400);
	keys_auth_make(&a, &q, &done);
	take_value();
	keys_auth_verify(&b, &q, &done);
	said_no();
	memset(a.remote_pub, 0, 32);	/* no key configured */
	keys_auth_verify(&a, &q, &done);
	said_no();
	a.n_priv = 0;
	keys_auth_make(&a, &q, &done);
	said_no();
}
END_TEST

/* With an all-zero public key, a signature that a lax verifier may take: R the
 * neutral element, s zero. */
START_TEST(ed25519_small_order)
{
	struct keys_secret a = ed25519(SEED_1);
	int i;

	memset(a.remote_pub, 0, 32);
	for (i = 0; i < 16; i++) {
		question(AUTH_ED25519, PRF_HMAC_SHA2_256, 400 + (size_t)i);
		unhex("07300506032b6570", q.value);
		q.value[8] = 1;
		q.n_value = 72;
		keys_auth_verify(&a, &q, &done);
		said_no();
	}
}
END_TEST

START_TEST(refused)
{
	struct keys_secret s = psk("secret", ""), e = ed25519(SEED_1);
	struct keys_secret empty = psk("", "");

	question(AUTH_PSK, PRF_HMAC_SHA2_256, 300);
	keys_auth_make(NULL, &q, &done);
	said_no();
	keys_auth_verify(NULL, &q, &done);
	said_no();
	keys_auth_make(&e, &q, &done);		/* not its method */
	said_no();
	keys_auth_make(&empty, &q, &done);	/* never an empty PSK */
	said_no();
	q.prf = 1;				/* HMAC-MD5 */
	keys_auth_make(&s, &q, &done);
	said_no();
	q.prf = PRF_HMAC_SHA2_256;
	q.auth = AUTH_NONE;
	s.auth = AUTH_NONE;
	keys_auth_make(&s, &q, &done);
	said_no();
	keys_auth_verify(&s, &q, &done);
	said_no();
	s.auth = q.auth = AUTH_PSK;
	q.n_octets = 28 + 16 + 31;		/* no message is so short */
	keys_auth_make(&s, &q, &done);
	said_no();
	q.n_octets++;
	keys_auth_make(&s, &q, &done);
	ck_assert(done.ok);
	q.tid = 6;
	keys_auth_make(&s, &q, &done);
	said_no();
}
END_TEST

static size_t locked;

static int
count_lock(const void *p, size_t len)
{
	ck_assert_ptr_nonnull(p);
	locked += len;
	return (locked > 40000 ? -1 : 0);
}

START_TEST(store)
{
	struct keys_store *ks = keys_store_new(count_lock);
	struct keys_secret s = psk("x", "");
	const struct keys_secret *p;
	uint32_t t;

	locked = 0;
	for (t = 1; t <= 3000; t++) {
		s.tid = t;
		s.psk[0] = (uint8_t)t;
		ck_assert_int_eq(keys_store_put(ks, &s), 0);
	}
	ck_assert_uint_eq(keys_store_count(ks), 3000);
	ck_assert_uint_ge(locked, 3000 * sizeof(s));
	ck_assert_uint_gt(keys_store_unlocked(ks), 0);
	for (t = 1; t <= 3000; t += 2)
		keys_store_del(ks, t);
	keys_store_del(ks, 1);
	ck_assert_uint_eq(keys_store_count(ks), 1500);
	for (t = 0; t <= 3001; t++) {
		p = keys_store_get(ks, t);
		ck_assert_int_eq(p != NULL, t > 0 && t % 2 == 0 && t <= 3000);
		if (p != NULL)
			ck_assert_uint_eq(p->psk[0], (uint8_t)t);
	}
	s.tid = 2;
	s.psk[0] = 'z';
	ck_assert_int_eq(keys_store_put(ks, &s), 0);	/* replace */
	ck_assert_uint_eq(keys_store_count(ks), 1500);
	ck_assert_uint_eq(keys_store_get(ks, 2)->psk[0], 'z');
	p = keys_store_get(ks, 2);
	keys_store_del(ks, 2);
	ck_assert_uint_eq(p->psk[0], 0);	/* wiped, the slot is kept */
	p = keys_store_get(ks, 4);
	keys_store_clear(ks);
	ck_assert_uint_eq(p->psk[0], 0);
	ck_assert_uint_eq(keys_store_count(ks), 0);
	ck_assert_ptr_null(keys_store_get(ks, 4));
	ck_assert_int_eq(keys_store_put(ks, &s), 0);
	ck_assert_ptr_nonnull(keys_store_get(ks, 2));
	keys_store_free(ks);
	keys_store_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("keys");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_add_loop_test(t, psk_formula, 0, 4);
	tcase_add_test(t, psk_change);
	tcase_add_test(t, psk_changed);
	tcase_add_test(t, ed25519_vector);
	tcase_add_test(t, ed25519_frame);
	tcase_add_test(t, ed25519_other_key);
	tcase_add_test(t, ed25519_small_order);
	tcase_add_test(t, refused);
	tcase_add_test(t, store);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
