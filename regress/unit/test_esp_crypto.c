/* SPDX-License-Identifier: ISC */
/*
 * ESP packets of the RFCs and drafts, byte for byte: AES-GCM with ESN
 * (draft-mcgrew-gcm-test-01), ChaCha20-Poly1305 (RFC 7634 A), AES-CBC (RFC 3602
 * 4, case 5) under each HMAC.  And what we seal is taken apart here by hand.
 */
#include <check.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "esp/esp_crypto.h"

static size_t
hex(const char *text, uint8_t *out)
{
	size_t n = 0;
	unsigned int v;

	for (; *text != '\0'; text++) {
		if (*text == ' ')
			continue;
		ck_assert_int_eq(sscanf(text, "%2x", &v), 1);
		out[n++] = (uint8_t)v;
		text++;
	}
	return (n);
}

static void
fill(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0x5a, len);
}

static const struct esp_rng rng = { fill, NULL };

static struct esp_cipher *
cipher(enum sa_dir dir, uint16_t encr, uint16_t bits, const char *key,
    uint16_t integ, const uint8_t *akey, uint16_t n_akey, bool esn)
{
	struct sa_spec s = { .dir = dir, .encr = encr, .key_bits = bits, .integ = integ,
	    .esn = esn, .n_integ_key = n_akey };
	struct esp_cipher *c;

	s.n_encr_key = (uint16_t)hex(key, s.encr_key);
	if (n_akey > 0)
		memcpy(s.integ_key, akey, n_akey);
	c = esp_cipher_new(&s, &rng);
	ck_assert_ptr_nonnull(c);
	return (c);
}

/* The packet opens to plain (with padding and trailer: to inner bytes of it)
 * with protocol next; with any one bit changed it does not. */
static void
opens(struct esp_cipher *c, const uint8_t *pkt, size_t len, uint64_t seq,
    const uint8_t *plain, size_t inner, uint8_t next)
{
	size_t off = ESP_HDR_LEN + esp_cipher_iv(c), n, bit;
	uint8_t buf[512], proto;

	memcpy(buf, pkt, len);
	ck_assert_int_eq(esp_open(c, buf, len, seq, &n, &proto), ESP_OPEN_OK);
	ck_assert_uint_eq(n, inner);
	ck_assert_uint_eq(proto, next);
	ck_assert_mem_eq(buf + off, plain, inner);
	for (bit = 0; bit < len * 8; bit += 3) {
		/* the number is the caller's, who read it there */
		if (bit / 8 >= 4 && bit / 8 < 8)
			continue;
		memcpy(buf, pkt, len);
		buf[bit / 8] ^= (uint8_t)(1 << (bit % 8));
		ck_assert_int_eq(esp_open(c, buf, len, seq, &n, &proto),
		    ESP_OPEN_AUTH);
	}
	memcpy(buf, pkt, len);
	ck_assert_int_ne(esp_open(c, buf, len - 4, seq, &n, &proto),
	    ESP_OPEN_OK);
}

START_TEST(gcm_draft_mcgrew)
{
	struct esp_cipher *c = cipher(SA_IN, ENCR_AES_GCM_16, 128,
	    "4c80cdefbb5d10da906ac73c3613a634 2e443b68", INTEG_NONE, NULL, 0,
	    true);
	uint8_t pkt[256], plain[128];
	size_t n, p;

	p = hex("45000048699a000080114db7c0a80102c0a801010a9bf15638d3010000010"
	    "00000000000045f736970045f756470037369700963796265726369747902646b"
	    "0000210001 01020201", plain);
	/* what travels of 8765432100000000 are the low 32 bits */
	n = hex("00004321 00000000 4956ed7e3b244cfe"
	    "fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34"
	    "cfa2436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce"
	    "61bc17d768fd9732 459018148f6cbe722fd04796562dfdb4", pkt);
	opens(c, pkt, n, 0x8765432100000000ULL, plain, p - 4, 1);
	esp_cipher_free(c);
}
END_TEST

START_TEST(chacha_rfc7634)
{
	struct esp_cipher *c = cipher(SA_IN, ENCR_CHACHA20_POLY1305, 0,
	    "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
	    "a0a1a2a3", INTEG_NONE, NULL, 0, false);
	uint8_t pkt[256], plain[128];
	size_t n, p;

	p = hex("45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec1"
	    "00007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
	    "2425262728292a2b2c2d2e2f3031323334353637 01020204", plain);
	n = hex("01020304 00000005 1011121314151617"
	    "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c6"
	    "14ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3"
	    "cbec163fac469b502773f6fb94e664da9165b82829f641e0"
	    "76aaa8266b7fb0f7b11b369907e1ad43", pkt);
	opens(c, pkt, n, 5, plain, p - 4, 4);
	esp_cipher_free(c);
}
END_TEST

static const struct {
	uint16_t	 integ, key_len, icv;
	const char	*md;
} hmacs[] = {
	{ INTEG_HMAC_SHA1_96, 20, 12, "SHA1" },
	{ INTEG_HMAC_SHA2_256_128, 32, 16, "SHA256" },
	{ INTEG_HMAC_SHA2_384_192, 48, 24, "SHA384" },
	{ INTEG_HMAC_SHA2_512_256, 64, 32, "SHA512" },
};

/* RFC 4303 2.8: over the packet, and with ESN the high half behind it. */
static void
icv(int i, const uint8_t *key, const uint8_t *pkt, size_t len, bool esn,
    uint32_t high, uint8_t out[64])
{
	uint8_t buf[512];
	unsigned int n = 64;

	memcpy(buf, pkt, len);
	if (esn) {
		buf[len++] = (uint8_t)(high >> 24);
		buf[len++] = (uint8_t)(high >> 16);
		buf[len++] = (uint8_t)(high >> 8);
		buf[len++] = (uint8_t)high;
	}
	ck_assert_ptr_nonnull(HMAC(EVP_get_digestbyname(hmacs[i].md), key,
	    hmacs[i].key_len, buf, len, out, &n));
}

START_TEST(cbc_rfc3602)
{
	uint8_t pkt[256], plain[128], key[64], mac[64];
	struct esp_cipher *c;
	size_t n, p;
	int i = _i / 2;
	bool esn = _i & 1;

	memset(key, 0x0b, sizeof(key));
	c = cipher(SA_IN, ENCR_AES_CBC, 128,
	    "90d382b410eeba7ad938c46cec1a82bf",
	    hmacs[i].integ, key, hmacs[i].key_len, esn);
	p = hex("08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f10111213141516"
	    "1718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233343536"
	    "37", plain);
	n = hex("00004321 00000001 e96e8c08ab465763fd098d45dd3ff893"
	    "f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856"
	    "a4699e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874a"
	    "a269add047ad2d5913ac19b7cfbad4a6", pkt);
	icv(i, key, pkt, n, esn, 7, mac);
	memcpy(pkt + n, mac, hmacs[i].icv);
	opens(c, pkt, n + hmacs[i].icv, esn ? 0x700000001ULL : 1, plain, p, 1);
	esp_cipher_free(c);
}
END_TEST

/* What we seal, decrypted by nothing but OpenSSL's cipher. */
START_TEST(sealed_cbc)
{
	uint8_t buf[256], key[64], ekey[32], mac[64], out[256];
	EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
	struct esp_cipher *c;
	size_t n, body;
	int len, i = _i, k;

	memset(key, 0x0c, sizeof(key));
	(void)hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914d"
	    "ff4", ekey);
	c = cipher(SA_OUT, ENCR_AES_CBC, 256, "603deb1015ca71be2b73aef0857d77811f352c07"
	    "3b6108d72d9810a30914dff4", hmacs[i].integ, key,
	    hmacs[i].key_len, false);
	ck_assert_uint_eq(esp_cipher_iv(c), 16);
	ck_assert_uint_eq(esp_cipher_icv(c), hmacs[i].icv);
	memset(buf + 24, 0x77, 100);
	n = esp_seal(c, buf, 100, 0xa1b2c3d4, 9, 47);
	ck_assert_uint_eq(n, esp_sealed_len(c, 100));
	ck_assert_uint_eq(n, 8 + 16 + 112 + hmacs[i].icv);
	ck_assert_mem_eq(buf, "\xa1\xb2\xc3\xd4\0\0\0\x09", 8);
	icv(i, key, buf, n - hmacs[i].icv, false, 0, mac);
	ck_assert_mem_eq(buf + n - hmacs[i].icv, mac, hmacs[i].icv);
	body = n - 24 - hmacs[i].icv;
	ck_assert_int_eq(EVP_DecryptInit_ex(x, EVP_aes_256_cbc(), NULL, ekey,
	    buf + 8), 1);
	(void)EVP_CIPHER_CTX_set_padding(x, 0);
	ck_assert_int_eq(EVP_DecryptUpdate(x, out, &len, buf + 24, (int)body),
	    1);
	ck_assert_uint_eq((size_t)len, body);
	for (k = 0; k < 100; k++)
		ck_assert_uint_eq(out[k], 0x77);
	for (k = 0; k < 10; k++)	/* RFC 4303 2.4: 1, 2, 3 ... */
		ck_assert_uint_eq(out[100 + k], k + 1);
	ck_assert_uint_eq(out[110], 10);
	ck_assert_uint_eq(out[111], 47);
	EVP_CIPHER_CTX_free(x);
	esp_cipher_free(c);
}
END_TEST

/* The same for an AEAD: nonce is salt and IV, AAD is SPI and number. */
START_TEST(sealed_aead)
{
	static const char *const keys[] = {
	    "feffe9928665731c6d6a8f9467308308 cafebabe",
	    "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
	    "cafebabe" };
	const EVP_CIPHER *const evp[] = { EVP_aes_128_gcm(),
	    EVP_aes_256_gcm(), EVP_chacha20_poly1305() };
	bool chacha = _i / 2 == 2, esn = _i & 1;
	const char *key = keys[_i / 2 == 0 ? 0 : 1];
	EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
	uint8_t buf[256], raw[40], nonce[12], aad[12], out[256];
	uint64_t seq = esn ? 0x500000009ULL : 9;
	struct esp_cipher *c;
	size_t n, klen;
	int len;

	klen = hex(key, raw);
	c = cipher(SA_OUT, chacha ? ENCR_CHACHA20_POLY1305 : ENCR_AES_GCM_16,
	    chacha ? 0 : (uint16_t)((klen - 4) * 8), key, INTEG_NONE, NULL, 0,
	    esn);
	memset(buf + 16, 0x66, 33);
	n = esp_seal(c, buf, 33, 0xa1b2c3d4, seq, 47);
	ck_assert_uint_eq(n, 8 + 8 + 36 + 16);	/* padded to 4, RFC 4303 2.4 */
	memcpy(nonce, raw + klen - 4, 4);
	memcpy(nonce + 4, buf + 8, 8);
	memcpy(aad, buf, 4);
	memcpy(aad + 4, "\0\0\0\x05", 4);
	memcpy(aad + (esn ? 8 : 4), buf + 4, 4);
	ck_assert_int_eq(EVP_DecryptInit_ex(x, evp[_i / 2], NULL, raw, nonce),
	    1);
	ck_assert_int_eq(EVP_DecryptUpdate(x, NULL, &len, aad, esn ? 12 : 8),
	    1);
	ck_assert_int_eq(EVP_DecryptUpdate(x, out, &len, buf + 16, 36), 1);
	ck_assert_int_eq(EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_TAG, 16,
	    buf + 52), 1);
	ck_assert_int_eq(EVP_DecryptFinal_ex(x, out + 36, &len), 1);
	ck_assert_mem_eq(out + 33, "\x01\x01\x2f", 3);
	/* another number, another nonce */
	memset(buf + 16, 0x66, 33);
	(void)esp_seal(c, buf, 33, 0xa1b2c3d4, seq + 1, 47);
	ck_assert_mem_ne(nonce + 4, buf + 8, 8);
	EVP_CIPHER_CTX_free(x);
	esp_cipher_free(c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("esp_crypto");
	TCase *tc = tcase_create("vectors");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, gcm_draft_mcgrew);
	tcase_add_test(tc, chacha_rfc7634);
	tcase_add_loop_test(tc, cbc_rfc3602, 0, 8);
	tcase_add_loop_test(tc, sealed_cbc, 0, 4);
	tcase_add_loop_test(tc, sealed_aead, 0, 6);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
