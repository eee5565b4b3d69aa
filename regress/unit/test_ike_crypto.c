/* SPDX-License-Identifier: ISC */
/*
 * The cryptography of IKEv2 against published vectors: HMAC (RFC 2202, 4231),
 * key exchange (RFC 5903, 7748), GCM (McGrew and Viega), CBC (RFC 3602),
 * ChaCha20-Poly1305 (RFC 7539, 7634); then what must be refused.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/sha.h>

#include "ike/ike_crypto.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static size_t
unhex(const char *h, uint8_t *out)
{
	char two[3] = "";
	size_t n = 0;

	for (; h[0] != '\0'; h += 2) {
		memcpy(two, h, 2);
		out[n++] = (uint8_t)strtoul(two, NULL, 16);
	}
	return (n);
}

/* Randomness that gives what it was given, once; then a counter. */
struct feed {
	uint8_t	b[66];
	size_t	n, at;
};

static void
feed_fill(void *ctx, void *buf, size_t len)
{
	struct feed *f = ctx;
	uint8_t *p = buf;

	while (len-- > 0) {
		*p++ = f->at < f->n ? f->b[f->at] : (uint8_t)(f->at * 7 + 1);
		f->at++;
	}
}

static struct feed
feed_hex(const char *h)
{
	struct feed f = { .at = 0 };

	f.n = unhex(h, f.b);
	return (f);
}

#define TC1_KEY		"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
#define TC1_DATA	"4869205468657265"
#define TC2_KEY		"4a656665"
#define TC2_DATA	"7768617420646f2079612077616e7420666f72206e6f7468696e673f"

static const struct {
	uint16_t	 prf;
	const char	*key, *data, *want;
} prfs[] = {
	{ PRF_HMAC_SHA1, TC1_KEY, TC1_DATA,
	    "b617318655057264e28bc0b6fb378c8ef146be00" },
	{ PRF_HMAC_SHA1, TC2_KEY, TC2_DATA,
	    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ PRF_HMAC_SHA2_256, TC1_KEY, TC1_DATA,
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ PRF_HMAC_SHA2_256, TC2_KEY, TC2_DATA,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ PRF_HMAC_SHA2_384, TC1_KEY, TC1_DATA,
	    "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
	    "faea9ea9076ede7f4af152e8b2fa9cb6" },
	{ PRF_HMAC_SHA2_384, TC2_KEY, TC2_DATA,
	    "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
	    "8e2240ca5e69e2c78b3239ecfab21649" },
	{ PRF_HMAC_SHA2_512, TC1_KEY, TC1_DATA,
	    "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
	    "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854" },
	{ PRF_HMAC_SHA2_512, TC2_KEY, TC2_DATA,
	    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
};

START_TEST(prf_vectors)
{
	uint8_t key[64], data[64], want[64], out[IKE_PRF_MAX];
	size_t kl = unhex(prfs[_i].key, key), dl = unhex(prfs[_i].data, data);
	size_t wl = unhex(prfs[_i].want, want);
	struct ike_span in[3] = { { data, 3 }, { NULL, 0 },
	    { data + 3, dl - 3 } };

	ck_assert_uint_eq(ike_prf_len(prfs[_i].prf), wl);
	ck_assert_int_eq(ike_prf(prfs[_i].prf, key, kl, in, 3, out), IKE_C_OK);
	ck_assert_mem_eq(out, want, wl);
}
END_TEST

/* A key longer than a block is hashed first (RFC 4231 test case 6), as
 * Ni | Nr may be. */
START_TEST(prf_long_key)
{
	static const char text[] =
	    "Test Using Larger Than Block-Size Key - Hash Key First";
	uint8_t key[131], want[32], out[IKE_PRF_MAX];
	struct ike_span in = { text, sizeof(text) - 1 };

	memset(key, 0xaa, sizeof(key));
	unhex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
	    want);
	ck_assert_int_eq(ike_prf(PRF_HMAC_SHA2_256, key, sizeof(key), &in, 1,
	    out), IKE_C_OK);
	ck_assert_mem_eq(out, want, 32);
}
END_TEST

START_TEST(prf_plus_by_hand)
{
	uint8_t out[100], t[3][IKE_PRF_MAX], n;
	struct ike_span seed[2] = { { "se", 2 }, { "ed", 2 } };
	struct ike_span in[3] = { { NULL, 0 }, { "seed", 4 }, { &n, 1 } };

	for (n = 1; n <= 3; n++) {
		ck_assert_int_eq(ike_prf(PRF_HMAC_SHA2_384, "key", 3, in, 3,
		    t[n - 1]), IKE_C_OK);
		in[0] = (struct ike_span){ t[n - 1], 48 };
	}
	ck_assert_int_eq(ike_prf_plus(PRF_HMAC_SHA2_384, "key", 3, seed, 2, out,
	    sizeof(out)), IKE_C_OK);
	ck_assert_mem_eq(out, t[0], 48);
	ck_assert_mem_eq(out + 48, t[1], 48);
	ck_assert_mem_eq(out + 96, t[2], 4);
}
END_TEST

START_TEST(prf_plus_limits)
{
	static uint8_t out[255 * 20 + 1];
	struct ike_span seed[IKE_SPANS_MAX] = { { "s", 1 } };

	ck_assert_int_eq(ike_prf_plus(PRF_HMAC_SHA1, "k", 1, seed, 1, out,
	    255 * 20), IKE_C_OK);
	ck_assert_int_eq(ike_prf_plus(PRF_HMAC_SHA1, "k", 1, seed, 1, out,
	    255 * 20 + 1), IKE_C_LIMIT);
	ck_assert_uint_eq(out[0] | out[255 * 20], 0);
	ck_assert_int_eq(ike_prf_plus(PRF_HMAC_SHA1, "k", 1, seed,
	    IKE_SPANS_MAX - 1, out, 20), IKE_C_LENGTH);
	ck_assert_int_eq(ike_prf_plus(99, "k", 1, seed, 1, out, 20), IKE_C_ALG);
	ck_assert_int_eq(ike_prf(99, "k", 1, seed, 1, out), IKE_C_ALG);
	ck_assert_uint_eq(ike_prf_len(99), 0);
}
END_TEST

/* A seeded ECP key is (bytes mod (order - 1)) + 1: private values less one. */
static const struct {
	uint16_t	 group;
	const char	*a, *pub_a, *b, *pub_b, *shared;
} kes[] = {
	{ KE_ECP256,	/* RFC 5903 8.1 */
	    "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1432",
	    "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
	    "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
	    "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee52",
	    "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
	    "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
	    "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de" },
	{ KE_ECP384,	/* RFC 5903 8.2 */
	    "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655"
	    "e35b538041e649ee3faef896783ab193",
	    "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6"
	    "de3ac808acb4bdb4c88732aee95f41aa"
	    "9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38e"
	    "eb9fcff3c2c947dae69b4c634573a81c",
	    "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942"
	    "e0308312916b8ed2960e4bd55a7448fb",
	    "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d"
	    "0d1ac43a0336def96fda41d0774a3571"
	    "dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1ff"
	    "f83fa40142209dff5eaad96db9e6386c",
	    "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4"
	    "d603135569b9e9d09cf5d4a270f59746" },
	{ KE_ECP521,	/* RFC 5903 8.3 */
	    "0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a0"
	    "95aa85a30fe1c2952c6771d937ba9777f5957b2639bab072462f68c27a57382d"
	    "4a51",
	    "0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbe"
	    "e1e3bf42e00b8e380aeae57c2d107564941885942af5a7f4601723c4195d176c"
	    "ed3e"
	    "017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4a10a"
	    "d8a788015ac405d7799dc75e7b7d5b6cf2261a6a7f1507438bf01beb6ca3926f"
	    "9582",
	    "0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e"
	    "9c677d600b343757a3bdbf2a3163e4c2f869cca7458aa4a4effc311f5cb15168"
	    "5eb8",
	    "00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a21"
	    "9b97c356436adc6e95bb0352f6be64a6c2912d4ef2d0433ced2b6171640012d9"
	    "460f"
	    "015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d9852077b87"
	    "220b6536c5c408a1d2aebb8e86d678ae49cb57091f4732296579ab44fcd17f0f"
	    "c56a",
	    "01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04"
	    "d1427e73ca4baa240a34786859810c06b3c715a3a8cc3151f2bee417996d19f3"
	    "ddea" },
	{ KE_CURVE25519,	/* RFC 7748 6.1 */
	    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
	    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
	    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
	    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
	    "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742" },
};

static struct ke_key *
seeded(uint16_t group, struct feed f)
{
	struct ike_rng rng = { feed_fill, &f };
	struct ke_key *k;

	ck_assert_int_eq(ike_ke_seeded.generate(&rng, group, &k), IKE_C_OK);
	ck_assert_uint_eq(ke_group(k), group);
	return (k);
}

static void
pub_is(const struct ke_key *k, const char *want)
{
	uint8_t w[KE_PUBLIC_MAX];
	const uint8_t *p;
	size_t len, wl = unhex(want, w);

	p = ke_public(k, &len);
	ck_assert_uint_eq(len, wl);
	ck_assert_mem_eq(p, w, wl);
}

START_TEST(ke_vectors)
{
	struct ke_key *a = seeded(kes[_i].group, feed_hex(kes[_i].a));
	struct ke_key *b = seeded(kes[_i].group, feed_hex(kes[_i].b));
	uint8_t want[66];
	size_t len, wl = unhex(kes[_i].shared, want);
	const uint8_t *pub;
	struct secret s;

	pub_is(a, kes[_i].pub_a);
	pub_is(b, kes[_i].pub_b);
	pub = ke_public(b, &len);
	ck_assert_int_eq(ike_ke_seeded.derive(a, pub, len, &s), IKE_C_OK);
	ck_assert_uint_eq(s.n_b, wl);
	ck_assert_mem_eq(s.b, want, wl);
	pub = ke_public(a, &len);
	ck_assert_int_eq(ike_ke_real.derive(b, pub, len, &s), IKE_C_OK);
	ck_assert_mem_eq(s.b, want, wl);
	ke_free(a);
	ke_free(b);
}
END_TEST

static const uint16_t all_groups[] = { KE_MODP2048, KE_MODP3072, KE_MODP4096,
	KE_ECP256, KE_ECP384, KE_ECP521, KE_CURVE25519 };

START_TEST(ke_agree)
{
	uint16_t g = all_groups[_i];
	struct ke_key *a, *b = seeded(g, feed_hex("0123"));
	const uint8_t *pa, *pb;
	size_t la, lb;
	struct secret sa, sb;

	ck_assert_int_eq(ike_ke_real.generate(&ike_rng_os, g, &a), IKE_C_OK);
	pa = ke_public(a, &la);
	pb = ke_public(b, &lb);
	ck_assert_uint_eq(la, ke_public_len(g));
	ck_assert_uint_eq(lb, la);
	ck_assert_int_eq(ike_ke_real.derive(a, pb, lb, &sa), IKE_C_OK);
	ck_assert_int_eq(ike_ke_seeded.derive(b, pa, la, &sb), IKE_C_OK);
	ck_assert_uint_eq(sa.n_b, sb.n_b);
	ck_assert_mem_eq(sa.b, sb.b, sa.n_b);
	ke_free(a);
	ke_free(b);
	a = seeded(g, feed_hex("4567"));
	b = seeded(g, feed_hex("4567"));
	ck_assert_mem_eq(ke_public(a, &la), ke_public(b, &lb), la);
	ke_free(a);
	ke_free(b);
}
END_TEST

/* The groups of RFC 3526 the second way: plain modular exponentiation with the
 * prime as it is defined there, 2^n - 2^(n - 64) - 1 + 2^64 * ([2^(n - 130) pi]
 * + add). */
static const struct {
	uint16_t	group;
	int		bits;
	unsigned long	add;
	size_t		priv;		/* bytes of a seeded exponent */
} modps[] = {
	{ KE_MODP2048, 2048, 124476, 32 },
	{ KE_MODP3072, 3072, 1690314, 40 },
	{ KE_MODP4096, 4096, 240904, 48 },
};

/* sum += c * 2^n / x - that / 3 / x^2 ..., the arc tangent of 1 / x; c may be
 * negative. */
static void
add_atan(BIGNUM *sum, int c, unsigned long x, int n)
{
	BIGNUM *t = BN_new(), *part = BN_new();
	unsigned long k;
	bool minus = c < 0;

	BN_set_word(t, (BN_ULONG)(minus ? -c : c));
	BN_lshift(t, t, n);
	BN_div_word(t, x);
	for (k = 1; !BN_is_zero(t); k += 2, minus = !minus) {
		BN_copy(part, t);
		BN_div_word(part, k);
		if (minus)
			BN_sub(sum, sum, part);
		else
			BN_add(sum, sum, part);
		BN_div_word(t, x * x);
	}
	BN_free(t);
	BN_free(part);
}

static BIGNUM *
modp_prime(int i)
{
	int n = modps[i].bits, guard = 64;
	BIGNUM *p = BN_new(), *t = BN_new();

	/* pi = 16 atan(1/5) - 4 atan(1/239) */
	add_atan(p, 16, 5, n - 130 + guard);
	add_atan(p, -4, 239, n - 130 + guard);
	BN_rshift(p, p, guard);
	BN_add_word(p, modps[i].add);
	BN_lshift(p, p, 64);
	BN_sub_word(p, 1);
	BN_set_bit(t, n);
	BN_add(p, p, t);
	BN_zero(t);
	BN_set_bit(t, n - 64);
	BN_sub(p, p, t);
	BN_free(t);
	return (p);
}

START_TEST(ke_modp_second_way)
{
	struct feed f = { .n = modps[_i].priv };
	size_t n = (size_t)modps[_i].bits / 8, len;
	BIGNUM *p = modp_prime(_i), *x, *y = BN_new(), *g = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	uint8_t want[KE_PUBLIC_MAX], peer[KE_PUBLIC_MAX] = { 0 };
	struct ke_key *k;
	struct secret s;
	const uint8_t *pub;

	memset(f.b, 0x9c, sizeof(f.b));
	k = seeded(modps[_i].group, f);
	x = BN_bin2bn(f.b, (int)f.n, NULL);
	BN_set_word(g, 2);
	BN_mod_exp(y, g, x, p, ctx);
	BN_bn2binpad(y, want, (int)n);
	pub = ke_public(k, &len);
	ck_assert_uint_eq(len, n);
	ck_assert_mem_eq(pub, want, n);
	peer[100] = 5;
	BN_bin2bn(peer, (int)n, g);
	BN_mod_exp(y, g, x, p, ctx);
	BN_bn2binpad(y, want, (int)n);
	ck_assert_int_eq(ike_ke_real.derive(k, peer, n, &s), IKE_C_OK);
	ck_assert_uint_eq(s.n_b, n);
	ck_assert_mem_eq(s.b, want, n);
	ke_free(k);
	BN_free(p);
	BN_free(x);
	BN_free(y);
	BN_free(g);
	BN_CTX_free(ctx);
}
END_TEST

/* A shared secret with leading zeros keeps them (RFC 7296 2.14). */
START_TEST(ke_modp_padded)
{
	struct ke_key *k;
	uint8_t peer[KE_PUBLIC_MAX] = { 0 };
	struct feed f = { .n = modps[_i].priv };
	BIGNUM *p = modp_prime(_i), *x, *inv = BN_new(), *q = BN_dup(p);
	BIGNUM *y = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	struct secret s;
	size_t i, n = (size_t)modps[_i].bits / 8;

	/* an odd exponent has an inverse mod q = (p - 1) / 2: aim at 4 */
	memset(f.b, 0x9d, sizeof(f.b));
	k = seeded(modps[_i].group, f);
	x = BN_bin2bn(f.b, (int)f.n, NULL);
	BN_rshift1(q, q);
	ck_assert_ptr_nonnull(BN_mod_inverse(inv, x, q, ctx));
	BN_set_word(y, 4);
	BN_mod_exp(y, y, inv, p, ctx);
	BN_bn2binpad(y, peer, (int)n);
	ck_assert_int_eq(ike_ke_real.derive(k, peer, n, &s), IKE_C_OK);
	ck_assert_uint_eq(s.n_b, n);
	for (i = 0; i < n - 1; i++)
		ck_assert_uint_eq(s.b[i], 0);
	ck_assert_uint_eq(s.b[n - 1], 4);
	ke_free(k);
	BN_free(p);
	BN_free(x);
	BN_free(q);
	BN_free(inv);
	BN_free(y);
	BN_CTX_free(ctx);
}
END_TEST

static void
refused(uint16_t group, const void *pub, size_t len, enum ike_cerr want)
{
	struct ke_key *k = seeded(group, feed_hex("77"));
	struct secret s;

	memset(&s, 0x55, sizeof(s));
	ck_assert_int_eq(ike_ke_real.derive(k, pub, len, &s), want);
	ck_assert_uint_eq(s.n_b, 0);
	ck_assert_uint_eq(s.b[0], 0);
	ke_free(k);
}

/* RFC 6989 2.1 */
START_TEST(ke_modp_refused)
{
	uint8_t v[KE_PUBLIC_MAX + 1] = { 0 };
	size_t n = (size_t)modps[_i].bits / 8;
	uint16_t g = modps[_i].group;
	BIGNUM *p = modp_prime(_i);

	refused(g, v, n, IKE_C_VALUE);			/* 0 */
	v[n - 1] = 1;
	refused(g, v, n, IKE_C_VALUE);			/* 1 */
	BN_bn2binpad(p, v, (int)n);
	refused(g, v, n, IKE_C_VALUE);			/* p */
	v[n - 1]--;
	refused(g, v, n, IKE_C_VALUE);			/* p - 1 */
	memset(v, 0xff, sizeof(v));
	refused(g, v, n, IKE_C_VALUE);			/* above p */
	memset(v, 7, sizeof(v));
	refused(g, v, n - 1, IKE_C_LENGTH);
	refused(g, v, n + 1, IKE_C_LENGTH);
	refused(g, v, 0, IKE_C_LENGTH);
	BN_free(p);
}
END_TEST

/* RFC 6989 2.3 */
START_TEST(ke_ecp_refused)
{
	uint16_t g = kes[_i].group;
	uint8_t v[KE_PUBLIC_MAX] = { 0 };
	size_t n = ke_public_len(g), i;

	refused(g, v, n, IKE_C_VALUE);			/* 0, 0 */
	memset(v, 0xff, n);
	refused(g, v, n, IKE_C_VALUE);			/* above p */
	for (i = 0; i < n; i++) {			/* off the curve */
		unhex(kes[_i].pub_b, v);
		v[i] ^= 0x10;
		refused(g, v, n, IKE_C_VALUE);
	}
	unhex(kes[_i].pub_b, v + 1);
	v[0] = 4;
	refused(g, v, n + 1, IKE_C_LENGTH);		/* SEC 1 form */
	refused(g, v, n - 1, IKE_C_LENGTH);
	refused(g, v, n / 2, IKE_C_LENGTH);		/* x alone */
	refused(g, v, 0, IKE_C_LENGTH);
}
END_TEST

/* Points of small order give zero: RFC 7748 6.1, RFC 8031 3.2. */
START_TEST(ke_x25519_refused)
{
	static const char *const small[] = {
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	uint8_t v[33] = { 0 };
	size_t i;

	for (i = 0; i < N(small); i++) {
		unhex(small[i], v);
		refused(KE_CURVE25519, v, 32, IKE_C_VALUE);
	}
	v[0] = 9;
	refused(KE_CURVE25519, v, 31, IKE_C_LENGTH);
	refused(KE_CURVE25519, v, 33, IKE_C_LENGTH);
}
END_TEST

START_TEST(ke_unknown)
{
	static const uint16_t bad[] = { 0, 1, 2, 17, 22, 1024, 65535 };
	struct ke_key *k = (struct ke_key *)&k;
	size_t i;

	for (i = 0; i < N(bad); i++) {
		ck_assert_uint_eq(ke_public_len(bad[i]), 0);
		ck_assert_int_eq(ike_ke_real.generate(&ike_rng_os, bad[i], &k),
		    IKE_C_ALG);
		ck_assert_ptr_null(k);
		ck_assert_int_eq(ike_ke_seeded.generate(&ike_rng_os, bad[i],
		    &k), IKE_C_ALG);
	}
	ke_free(NULL);
}
END_TEST

/*
 * AEAD vectors, opened as an encrypted payload: associated data, 8 bytes of IV,
 * ciphertext, tag.  The plaintexts are texts, not payloads; their last byte
 * happens to be a possible pad length, and the whole plaintext is compared.
 */
#define GCM_PLAIN \
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" \
	"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define GCM_AAD	"feedfacedeadbeeffeedfacedeadbeefabaddad2"

static const struct {
	uint16_t	 encr, bits;
	const char	*key, *aad, *iv, *plain, *cipher;
} aeads[] = {
	{ ENCR_AES_GCM_16, 128,		/* McGrew, test case 4 */
	    "feffe9928665731c6d6a8f9467308308" "cafebabe", GCM_AAD,
	    "facedbaddecaf888", GCM_PLAIN,
	    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
	    "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
	    "5bc94fbc3221a5db94fae95ae7121a47" },
	{ ENCR_AES_GCM_16, 192,		/* test case 10 */
	    "feffe9928665731c6d6a8f9467308308feffe9928665731c" "cafebabe",
	    GCM_AAD, "facedbaddecaf888", GCM_PLAIN,
	    "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c"
	    "7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710"
	    "2519498e80f1478f37ba55bd6d27618c" },
	{ ENCR_AES_GCM_16, 256,		/* test case 16 */
	    "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
	    "cafebabe", GCM_AAD, "facedbaddecaf888", GCM_PLAIN,
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
	    "76fc6ece0f4e1768cddf8853bb2d551b" },
	{ ENCR_CHACHA20_POLY1305, 0,	/* RFC 7539 2.8.2 */
	    "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
	    "07000000", "50515253c0c1c2c3c4c5c6c7", "4041424344454647",
	    "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
	    "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
	    "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
	    "637265656e20776f756c642062652069742e",
	    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
	    "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
	    "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
	    "3ff4def08e4b7a9de576d26586cec64b6116"
	    "1ae10b594f09e26a7e902ecbd0600691" },
	{ ENCR_CHACHA20_POLY1305, 0,	/* RFC 7634 appendix B: IKEv2 */
	    "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
	    "a0a1a2a3",
	    "c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d72e202500000000090000004529000029",
	    "1011121314151617", "0000000c000040010000000a00",
	    "610394701f8d017f7c12924889" "6b71bfe25236efd7cdc67066906315b2" },
};

static struct ike_sk
aead_sk(int i)
{
	struct ike_sk sk = { .encr = aeads[i].encr,
	    .key_bits = aeads[i].bits };

	sk.n_ekey = (uint16_t)unhex(aeads[i].key, sk.ekey);
	return (sk);
}

START_TEST(aead_vectors)
{
	struct ike_sk sk = aead_sk(_i);
	uint8_t msg[256], want[256], plain[256], aad[64];
	size_t a = unhex(aeads[_i].aad, aad), w = unhex(aeads[_i].plain, want);
	size_t len, got;

	memcpy(msg, aad, a);
	len = a + unhex(aeads[_i].iv, msg + a);
	len += unhex(aeads[_i].cipher, msg + len);
	ck_assert_int_eq(ike_sk_open(&sk, msg, len, a, plain, &got), IKE_C_OK);
	ck_assert_mem_eq(plain, want, w);
	ck_assert_uint_eq(got, w - 1 - want[w - 1]);
}
END_TEST

/* Our own seal gives the RFC 7634 packet, counter as IV and all. */
START_TEST(aead_seal_vector)
{
	int v = (int)N(aeads) - 1;
	struct ike_sk sk = aead_sk(v);
	uint8_t msg[128], want[64];
	size_t a = unhex(aeads[v].aad, msg);

	sk.iv = 0x1011121314151617ULL;
	unhex(aeads[v].plain, msg + a + 8);
	ck_assert_uint_eq(ike_sk_iv_len(&sk), 8);
	ck_assert_uint_eq(ike_sk_len(&sk, 12), 0x29 - 4);
	ck_assert_int_eq(ike_sk_seal(&sk, &ike_rng_os, msg, sizeof(msg), a, 12),
	    IKE_C_OK);
	unhex(aeads[v].iv, want);
	ck_assert_mem_eq(msg + a, want, 8);
	ck_assert_mem_eq(msg + a + 8, want, unhex(aeads[v].cipher, want));
	ck_assert_uint_eq(sk.iv, 0x1011121314151618ULL);
	sk.iv = UINT64_MAX;
	ck_assert_int_eq(ike_sk_seal(&sk, &ike_rng_os, msg, sizeof(msg), a, 12),
	    IKE_C_LIMIT);
}
END_TEST

/* RFC 3602 case 2, with an HMAC behind it.  Its plaintext 00..1f is padding
 * only, to IKE. */
START_TEST(cbc_vector)
{
	struct ike_sk sk = { .encr = ENCR_AES_CBC, .key_bits = 128,
	    .integ = INTEG_HMAC_SHA2_256_128, .n_ekey = 16, .n_akey = 32 };
	uint8_t msg[128] = "header", plain[64], full[IKE_PRF_MAX];
	struct ike_span in = { msg, 8 + 16 + 32 };
	size_t got, i;

	unhex("c286696d887c9aa0611bbb3e2025a45a", sk.ekey);
	memset(sk.akey, 0x0b, 32);
	unhex("562e17996d093d28ddb3ba695a2e6f58", msg + 8);
	unhex("d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1",
	    msg + 24);
	ck_assert_int_eq(ike_prf(PRF_HMAC_SHA2_256, sk.akey, 32, &in, 1, full),
	    IKE_C_OK);
	memcpy(msg + 56, full, 16);
	ck_assert_int_eq(ike_sk_open(&sk, msg, 72, 8, plain, &got), IKE_C_OK);
	ck_assert_uint_eq(got, 0);
	for (i = 0; i < 32; i++)
		ck_assert_uint_eq(plain[i], i);
}
END_TEST

static const struct {
	uint16_t	encr, bits, integ, ekey, akey, icv;
} sks[] = {
	{ ENCR_AES_GCM_16, 128, INTEG_NONE, 20, 0, 16 },
	{ ENCR_AES_GCM_16, 256, INTEG_NONE, 36, 0, 16 },
	{ ENCR_CHACHA20_POLY1305, 0, INTEG_NONE, 36, 0, 16 },
	{ ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96, 16, 20, 12 },
	{ ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_256_128, 16, 32, 16 },
	{ ENCR_AES_CBC, 192, INTEG_HMAC_SHA2_384_192, 24, 48, 24 },
	{ ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_512_256, 32, 64, 32 },
};

static struct ike_sk
any_sk(int i)
{
	struct ike_sk sk = { .encr = sks[i].encr, .key_bits = sks[i].bits,
	    .integ = sks[i].integ, .n_ekey = sks[i].ekey,
	    .n_akey = sks[i].akey };
	size_t n;

	for (n = 0; n < sk.n_ekey; n++)
		sk.ekey[n] = (uint8_t)(n + 1);
	for (n = 0; n < sk.n_akey; n++)
		sk.akey[n] = (uint8_t)(n + 0x80);
	return (sk);
}

/* Every length of payloads goes there and back; a byte flipped anywhere, or a
 * byte missing, and nothing comes out. */
START_TEST(sk_round)
{
	struct ike_sk sk = any_sk(_i), rx = sk;
	uint8_t msg[256], clear[64], plain[256];
	size_t n, i, len, got;
	enum ike_cerr err;

	for (n = 0; n <= sizeof(clear); n++) {
		memset(msg, (int)n, sizeof(msg));
		for (i = 0; i < n; i++)
			clear[i] = (uint8_t)(i ^ n);
		memcpy(msg + 32 + ike_sk_iv_len(&sk), clear, n);
		len = 32 + ike_sk_len(&sk, n);
		ck_assert_int_eq(ike_sk_seal(&sk, &ike_rng_os, msg, len, 32,
		    n), IKE_C_OK);
		ck_assert_int_eq(ike_sk_open(&rx, msg, len, 32, plain, &got),
		    IKE_C_OK);
		ck_assert_uint_eq(got, n);
		ck_assert_mem_eq(plain, clear, n);
		for (i = 0; i < len; i++) {
			memset(plain, 0, sizeof(plain));
			msg[i] ^= (uint8_t)(1U << (i % 8));
			ck_assert_int_eq(ike_sk_open(&rx, msg, len, 32, plain,
			    &got), IKE_C_ICV);
			ck_assert_uint_eq(got, 0);
			ck_assert_uint_eq(plain[0] | plain[n], 0);
			msg[i] ^= (uint8_t)(1U << (i % 8));
		}
		for (i = 0; i < len; i++) {
			err = ike_sk_open(&rx, msg, i, i < 32 ? i : 32, plain,
			    &got);
			ck_assert(err == IKE_C_ICV || err == IKE_C_SHORT);
		}
		ck_assert_int_eq(ike_sk_open(&rx, msg, 31, 32, plain, &got),
		    IKE_C_SHORT);
	}
	ck_assert_uint_eq(sk.iv, sk.integ == INTEG_NONE ? 65 : 0);
}
END_TEST

START_TEST(sk_wrong_key)
{
	struct ike_sk sk = any_sk(_i), rx = sk;
	uint8_t msg[128] = { 0 }, plain[128];
	size_t len = 28 + ike_sk_len(&sk, 20), got;

	ck_assert_int_eq(ike_sk_seal(&sk, &ike_rng_os, msg, sizeof(msg), 28,
	    20), IKE_C_OK);
	if (rx.n_akey > 0)
		rx.akey[rx.n_akey - 1] ^= 1;
	else
		rx.ekey[rx.n_ekey - 1] ^= 1;	/* the salt */
	ck_assert_int_eq(ike_sk_open(&rx, msg, len, 28, plain, &got),
	    IKE_C_ICV);
	rx = any_sk(_i);
	rx.n_ekey--;
	ck_assert_int_eq(ike_sk_open(&rx, msg, len, 28, plain, &got),
	    IKE_C_LENGTH);
	rx = any_sk(_i);
	rx.integ = rx.integ == INTEG_NONE ? INTEG_HMAC_SHA1_96 : INTEG_NONE;
	ck_assert_int_eq(ike_sk_open(&rx, msg, len, 28, plain, &got),
	    IKE_C_ALG);
	ck_assert_int_eq(ike_sk_check(rx.encr, rx.key_bits, rx.integ),
	    IKE_C_ALG);
	ck_assert_int_eq(ike_sk_check(sk.encr, sk.key_bits, sk.integ),
	    IKE_C_OK);
	ck_assert_int_eq(ike_sk_seal(&sk, &ike_rng_os, msg, len - 1, 28, 20),
	    IKE_C_LENGTH);
	ck_assert_int_eq(ike_sk_seal(&sk, &ike_rng_os, msg, 28, 29, 0),
	    IKE_C_LENGTH);
}
END_TEST

/* Authentic, but the pad length points before the data: refused after the
 * ICV.  Made by sealing so that the last byte of the payload looks like it. */
START_TEST(sk_bad_pad)
{
	struct ike_sk sk = any_sk(4);
	uint8_t msg[128] = { 0 }, plain[128], full[IKE_PRF_MAX];
	struct ike_span in = { msg, 28 + 16 + 16 };
	size_t got;

	/* flipping the IV flips the plaintext of the first block */
	ck_assert_int_eq(ike_sk_seal(&sk, &ike_rng_os, msg, sizeof(msg), 28,
	    4), IKE_C_OK);
	msg[28 + 15] ^= 11 ^ 16;
	ck_assert_int_eq(ike_prf(PRF_HMAC_SHA2_256, sk.akey, 32, &in, 1, full),
	    IKE_C_OK);
	memcpy(msg + 28 + 32, full, 16);
	ck_assert_int_eq(ike_sk_open(&sk, msg, 28 + 48, 28, plain, &got),
	    IKE_C_PAD);
	ck_assert_uint_eq(got, 0);
	msg[28 + 15] ^= 16 ^ 15;	/* all of it is padding: legal */
	ck_assert_int_eq(ike_prf(PRF_HMAC_SHA2_256, sk.akey, 32, &in, 1, full),
	    IKE_C_OK);
	memcpy(msg + 28 + 32, full, 16);
	ck_assert_int_eq(ike_sk_open(&sk, msg, 28 + 48, 28, plain, &got),
	    IKE_C_OK);
	ck_assert_uint_eq(got, 0);
}
END_TEST

/* The CBC IV comes from the generator and is never the same twice. */
START_TEST(cbc_iv)
{
	struct feed f = feed_hex("000102030405060708090a0b0c0d0e0f");
	struct ike_rng rng = { feed_fill, &f };
	struct ike_sk sk = any_sk(4);
	uint8_t a[128] = { 0 }, b[128] = { 0 };

	ck_assert_int_eq(ike_sk_seal(&sk, &rng, a, sizeof(a), 28, 4), IKE_C_OK);
	ck_assert_mem_eq(a + 28, f.b, 16);
	ck_assert_int_eq(ike_sk_seal(&sk, &rng, b, sizeof(b), 28, 4), IKE_C_OK);
	ck_assert_mem_ne(a + 28, b + 28, 16);
}
END_TEST

START_TEST(nat_hash)
{
	static const uint8_t in[] = { 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0,
	    0, 9, 192, 0, 2, 1, 1, 0xf4 };
	struct addr a = addr_v4(0xc0000201);
	uint8_t want[20], got[20];

	SHA1(in, sizeof(in), want);
	ck_assert_int_eq(ike_nat_hash(0x0102030405060708ULL, 9, &a, 500, got),
	    IKE_C_OK);
	ck_assert_mem_eq(got, want, 20);
	a.b[3]++;
	ck_assert_int_eq(ike_nat_hash(0x0102030405060708ULL, 9, &a, 500, got),
	    IKE_C_OK);
	ck_assert_mem_ne(got, want, 20);
}
END_TEST

START_TEST(preload)
{
	size_t i;

	ck_assert_int_eq(ike_crypto_preload(), 0);
	for (i = 0; i < IKE_C_N; i++)
		ck_assert_ptr_nonnull(ike_cerr_names[i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ike_crypto");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_add_loop_test(t, prf_vectors, 0, (int)N(prfs));
	tcase_add_test(t, prf_long_key);
	tcase_add_test(t, prf_plus_by_hand);
	tcase_add_test(t, prf_plus_limits);
	tcase_add_loop_test(t, ke_vectors, 0, (int)N(kes));
	tcase_add_loop_test(t, ke_agree, 0, (int)N(all_groups));
	tcase_add_loop_test(t, ke_modp_second_way, 0, (int)N(modps));
	tcase_add_loop_test(t, ke_modp_padded, 0, (int)N(modps));
	tcase_add_loop_test(t, ke_modp_refused, 0, (int)N(modps));
	tcase_add_loop_test(t, ke_ecp_refused, 0, 3);
	tcase_add_test(t, ke_x25519_refused);
	tcase_add_test(t, ke_unknown);
	tcase_add_loop_test(t, aead_vectors, 0, (int)N(aeads));
	tcase_add_test(t, aead_seal_vector);
	tcase_add_test(t, cbc_vector);
	tcase_add_loop_test(t, sk_round, 0, (int)N(sks));
	tcase_add_loop_test(t, sk_wrong_key, 0, (int)N(sks));
	tcase_add_test(t, sk_bad_pad);
	tcase_add_test(t, cbc_iv);
	tcase_add_test(t, nat_hash);
	tcase_add_test(t, preload);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
