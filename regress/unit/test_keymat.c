/* SPDX-License-Identifier: ISC */
/*
 * Keys of IKE and child SAs against a NIST CAVS sample for the IKEv2 KDF (HMAC
 * with SHA-1, 256-bit g^ir, 132 bytes of each stream), and the octets that AUTH
 * covers.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike_keymat.h"

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

#define NI	"32b50d5f4a3763f3"
#define NR	"9206a04b26564cb1"
#define GIR \
	"4b2c1f971981a8ad8d0abeafabf38cf75fc8349c148142465ed9c8b516b8be52"
#define GIR_NEW \
	"863f3c9d06efd39d2b907b97f8699e5dd5251ef64a2a176f36ee40c87d4f9330"
#define SPI_I	0x34c9e7c188868785ULL
#define SPI_R	0x3ff77d760d2b2199ULL
#define SKEYSEED	"a9a7b222b59f8f48645f28a1db5b5f5d7479cba7"
#define SKEYSEED_REKEY	"63e81194946ebd05df7df5ebf5d8750056bf1f1d"
#define DKM \
	"a14293677cc80ff8f9cc0eee30d895da9d8f405666e30ef0dfcb63c634a46002" \
	"a2a63080e514a062768b76606f9fa5e992204fc5a670bde3f10d6b027113936a" \
	"5c55b648a194ae587b0088d52204b702c979fa280870d2ed41efa9c549fd1119" \
	"8af1670b143d384bd275c5f594cf266b05ebadca855e4249520a441a81157435" \
	"a7a56cc4"
#define DKM_CHILD \
	"8059e3ee8810e6c3a91bc8bcd2a7a41151b8d0e6ae239c7b38093ad85ef4c581" \
	"1a8e7b5d1cdabd9560b2d5e092d1f24e2d4b85eccdf0ad0dc9abd94b51ee7181" \
	"4ca6dbc8bb51b6309f5b9545c7eb35cf5580b1e521a8fe20754a2d883ba0c2cf" \
	"285f524aea6545b33106bc03e614296d319d41d4b50b3f510b1c0a22f3e66499" \
	"4d234cb4"
#define DKM_DH \
	"bb43244c1860ad65ee1e211ffe8bb3661750c8f89cb9f547df7f4fa61d373016" \
	"28190e38c66232eab4b3ab14c400a5197dd3730ed4820a8a10394d51e1c04000" \
	"52f63ebd36b0e7ef53aaed31eba4a5080d7d4b5666023a8bbb5ffb7857240f9a" \
	"05884d1b7d2f933708450b7b3288f1fc863ab49fa901227cffc06e27899c7054" \
	"d56fd74c"

static uint8_t ni[256], nr[256];
static struct ike_seed seed;
static struct secret gir, gir_new;

static void
setup(void)
{
	memset(&gir, 0, sizeof(gir));
	memset(&gir_new, 0, sizeof(gir_new));
	seed.ni = (struct ike_span){ ni, unhex(NI, ni) };
	seed.nr = (struct ike_span){ nr, unhex(NR, nr) };
	seed.spi_i = SPI_I;
	seed.spi_r = SPI_R;
	gir.n_b = (uint16_t)unhex(GIR, gir.b);
	gir_new.n_b = (uint16_t)unhex(GIR_NEW, gir_new.b);
}

/* The keys in the order of RFC 7296 2.14, to compare with the stream. */
static size_t
flat(const struct ike_keys *k, uint8_t *out)
{
	const struct { const uint8_t *p; size_t n; } part[] = {
		{ k->d, k->n_p }, { k->i.akey, k->i.n_akey },
		{ k->r.akey, k->r.n_akey }, { k->i.ekey, k->i.n_ekey },
		{ k->r.ekey, k->r.n_ekey }, { k->pi, k->n_p },
		{ k->pr, k->n_p }
	};
	size_t i, n = 0;

	for (i = 0; i < N(part); i++) {
		memcpy(out + n, part[i].p, part[i].n);
		n += part[i].n;
	}
	return (n);
}

static const struct {
	struct ike_suite	s;
	size_t			total;
} suites[] = {
	{ { ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96, PRF_HMAC_SHA1,
	    KE_MODP2048 }, 3 * 20 + 2 * (20 + 16) },
	{ { ENCR_AES_GCM_16, 256, INTEG_NONE, PRF_HMAC_SHA1, KE_ECP256 },
	    3 * 20 + 2 * 36 },
	{ { ENCR_AES_GCM_16, 128, INTEG_NONE, PRF_HMAC_SHA1, KE_ECP256 },
	    3 * 20 + 2 * 20 },
	{ { ENCR_CHACHA20_POLY1305, 0, INTEG_NONE, PRF_HMAC_SHA1,
	    KE_CURVE25519 }, 3 * 20 + 2 * 36 },
};

START_TEST(first)
{
	struct ike_keys k;
	uint8_t want[512], got[512];
	size_t n;

	ck_assert_int_eq(ike_keys_first(&k, &suites[_i].s, &seed, &gir),
	    IKE_C_OK);
	ck_assert_uint_eq(k.prf, PRF_HMAC_SHA1);
	ck_assert_uint_eq(k.i.encr, suites[_i].s.encr);
	ck_assert_uint_eq(k.r.integ, suites[_i].s.integ);
	ck_assert_uint_eq(k.i.iv, 0);
	unhex(DKM, want);
	n = flat(&k, got);
	ck_assert_uint_eq(n, suites[_i].total);
	ck_assert_mem_eq(got, want, n);
	ike_keys_wipe(&k);
	memset(want, 0, sizeof(k.d));
	ck_assert_mem_eq(k.d, want, sizeof(k.d));
	ck_assert_uint_eq(k.n_p, 0);
	ike_keys_wipe(NULL);
}
END_TEST

/* SKEYSEED itself, which no function hands out, by its formulas. */
START_TEST(skeyseeds)
{
	struct ike_keys k;
	uint8_t want[64], got[IKE_PRF_MAX], key[512];
	struct ike_span in[3] = { { gir_new.b, gir_new.n_b }, seed.ni,
	    seed.nr };
	struct ike_span g = { gir.b, gir.n_b };

	memcpy(key, ni, seed.ni.len);
	memcpy(key + seed.ni.len, nr, seed.nr.len);
	ck_assert_int_eq(ike_prf(PRF_HMAC_SHA1, key, seed.ni.len + seed.nr.len,
	    &g, 1, got), IKE_C_OK);
	ck_assert_mem_eq(got, want, unhex(SKEYSEED, want));
	ck_assert_int_eq(ike_keys_first(&k, &suites[0].s, &seed, &gir),
	    IKE_C_OK);
	ck_assert_int_eq(ike_prf(k.prf, k.d, k.n_p, in, 3, got), IKE_C_OK);
	ck_assert_mem_eq(got, want, unhex(SKEYSEED_REKEY, want));
}
END_TEST

/* A rekeyed IKE SA: SKEYSEED of the vector with the old PRF, then everything
 * with the new one, here another. */
START_TEST(rekey)
{
	struct ike_keys old, k;
	struct ike_suite s = { ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_384_192,
	    PRF_HMAC_SHA2_384, KE_ECP384 };
	uint8_t old_seed[20], spis[16], want[512], got[512];
	struct ike_span in[3] = { seed.ni, seed.nr, { spis, 16 } };
	size_t n;

	unhex(SKEYSEED_REKEY, old_seed);
	unhex("34c9e7c188868785" "3ff77d760d2b2199", spis);
	ck_assert_int_eq(ike_keys_first(&old, &suites[0].s, &seed, &gir),
	    IKE_C_OK);
	ck_assert_int_eq(ike_keys_rekey(&k, &s, &seed, &gir_new, &old),
	    IKE_C_OK);
	n = flat(&k, got);
	ck_assert_uint_eq(n, 3 * 48 + 2 * (48 + 32));
	ck_assert_int_eq(ike_prf_plus(PRF_HMAC_SHA2_384, old_seed, 20, in, 3,
	    want, n), IKE_C_OK);
	ck_assert_mem_eq(got, want, n);
}
END_TEST

static const struct {
	struct ike_child_suite	s;
	size_t			e, a;
} children[] = {
	{ { ENCR_AES_GCM_16, 256, INTEG_NONE, KE_NONE, false }, 36, 0 },
	{ { ENCR_AES_GCM_16, 128, INTEG_NONE, KE_NONE, true }, 20, 0 },
	{ { ENCR_CHACHA20_POLY1305, 0, INTEG_NONE, KE_NONE, false }, 36, 0 },
	{ { ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128, KE_NONE, false }, 32,
	    32 },
	{ { ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96, KE_NONE, false }, 16, 20 },
};

static void
check_child(const struct ike_child_keys *c, const char *stream, size_t e,
    size_t a)
{
	uint8_t w[512];

	unhex(stream, w);
	ck_assert_uint_eq(c->i.n_encr_key, e);
	ck_assert_uint_eq(c->i.n_integ_key, a);
	ck_assert_uint_eq(c->r.n_encr_key, e);
	ck_assert_uint_eq(c->r.n_integ_key, a);
	ck_assert_mem_eq(c->i.encr_key, w, e);
	ck_assert_mem_eq(c->i.integ_key, w + e, a);
	ck_assert_mem_eq(c->r.encr_key, w + e + a, e);
	ck_assert_mem_eq(c->r.integ_key, w + e + a + e, a);
}

START_TEST(child)
{
	struct ike_child_suite s = children[_i].s;
	struct ike_child_keys c;
	struct ike_keys k;

	ck_assert_int_eq(ike_keys_first(&k, &suites[0].s, &seed, &gir),
	    IKE_C_OK);
	ck_assert_int_eq(ike_child_keys(&c, &s, &seed, NULL, &k), IKE_C_OK);
	check_child(&c, DKM_CHILD, children[_i].e, children[_i].a);
	s.ke = KE_MODP2048;
	ck_assert_int_eq(ike_child_keys(&c, &s, &seed, &gir_new, &k),
	    IKE_C_OK);
	check_child(&c, DKM_DH, children[_i].e, children[_i].a);
	ike_child_keys_wipe(&c);
	ck_assert_uint_eq(c.i.n_encr_key | c.i.encr_key[0], 0);
	ike_child_keys_wipe(NULL);
}
END_TEST

START_TEST(refused)
{
	struct ike_suite s = suites[0].s;
	struct ike_child_suite cs = children[0].s;
	struct ike_seed bad = seed;
	struct secret none = { .n_b = 0 };
	struct ike_child_keys c;
	struct ike_keys k, old;

	ck_assert_int_eq(ike_keys_first(&old, &s, &seed, &gir), IKE_C_OK);
	bad.ni.len = 0;
	ck_assert_int_eq(ike_keys_first(&k, &s, &bad, &gir), IKE_C_LENGTH);
	ck_assert_int_eq(ike_keys_rekey(&k, &s, &bad, &gir, &old),
	    IKE_C_LENGTH);
	ck_assert_int_eq(ike_child_keys(&c, &cs, &bad, NULL, &old),
	    IKE_C_LENGTH);
	bad = seed;
	bad.nr.len = 257;
	ck_assert_int_eq(ike_keys_first(&k, &s, &bad, &gir), IKE_C_LENGTH);
	ck_assert_int_eq(ike_keys_first(&k, &s, &seed, &none), IKE_C_LENGTH);
	ck_assert_int_eq(ike_keys_rekey(&k, &s, &seed, &none, &old),
	    IKE_C_LENGTH);
	s.prf = 99;
	ck_assert_int_eq(ike_keys_first(&k, &s, &seed, &gir), IKE_C_ALG);
	s = suites[0].s;
	s.integ = INTEG_NONE;
	ck_assert_int_eq(ike_keys_first(&k, &s, &seed, &gir), IKE_C_ALG);
	s.integ = 99;
	ck_assert_int_eq(ike_keys_first(&k, &s, &seed, &gir), IKE_C_ALG);
	s.integ = INTEG_HMAC_SHA1_96;
	s.encr = ENCR_AES_GCM_16;
	ck_assert_int_eq(ike_keys_first(&k, &s, &seed, &gir), IKE_C_ALG);
	ck_assert_uint_eq(k.n_p | k.d[0], 0);
	cs.ke = KE_ECP256;			/* PFS without a secret */
	ck_assert_int_eq(ike_child_keys(&c, &cs, &seed, NULL, &old),
	    IKE_C_LENGTH);
	cs.ke = KE_NONE;			/* and the reverse */
	ck_assert_int_eq(ike_child_keys(&c, &cs, &seed, &gir, &old),
	    IKE_C_LENGTH);
	cs.integ = INTEG_HMAC_SHA1_96;
	ck_assert_int_eq(ike_child_keys(&c, &cs, &seed, NULL, &old),
	    IKE_C_ALG);
	cs = children[3].s;
	cs.integ = INTEG_NONE;
	ck_assert_int_eq(ike_child_keys(&c, &cs, &seed, NULL, &old),
	    IKE_C_ALG);
	cs.encr = ENCR_NULL;
	ck_assert_int_eq(ike_child_keys(&c, &cs, &seed, NULL, &old),
	    IKE_C_ALG);
	ck_assert_uint_eq(c.i.n_encr_key | c.r.n_encr_key, 0);
}
END_TEST

/* message | nonce | prf(SK_p, ID body) */
START_TEST(octets)
{
	static const uint8_t id[] = { 2, 0, 0, 0, 'a', '.', 'b' };
	uint8_t msg[300], nonce[32], out[400], mac[IKE_PRF_MAX];
	struct ike_span m = { msg, sizeof(msg) }, n = { nonce, sizeof(nonce) };
	struct ike_span i = { id, sizeof(id) };
	struct ike_keys k;
	size_t len;

	memset(msg, 1, sizeof(msg));
	memset(nonce, 2, sizeof(nonce));
	ck_assert_int_eq(ike_keys_first(&k, &suites[0].s, &seed, &gir),
	    IKE_C_OK);
	ck_assert_int_eq(ike_signed_octets(&k, k.pr, m, n, i, out, sizeof(out),
	    &len), IKE_C_OK);
	ck_assert_uint_eq(len, 300 + 32 + 20);
	ck_assert_mem_eq(out, msg, 300);
	ck_assert_mem_eq(out + 300, nonce, 32);
	ck_assert_int_eq(ike_prf(PRF_HMAC_SHA1, k.pr, 20, &i, 1, mac),
	    IKE_C_OK);
	ck_assert_mem_eq(out + 332, mac, 20);
	ck_assert_int_eq(ike_signed_octets(&k, k.pi, m, n, i, out, 352, &len),
	    IKE_C_OK);
	ck_assert_mem_ne(out + 332, mac, 20);
	ck_assert_int_eq(ike_signed_octets(&k, k.pi, m, n, i, out, 351, &len),
	    IKE_C_LENGTH);
	ck_assert_uint_eq(len | out[0], 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("keymat");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(t, first, 0, (int)N(suites));
	tcase_add_test(t, skeyseeds);
	tcase_add_test(t, rekey);
	tcase_add_loop_test(t, child, 0, (int)N(children));
	tcase_add_test(t, refused);
	tcase_add_test(t, octets);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
