/* SPDX-License-Identifier: ISC */
/* Base64 (RFC 4648 10), HKDF (RFC 5869 A.1), Ed25519 keys (RFC 8032 7.1). */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base64.h"
#include "lib/ed25519.h"
#include "lib/hkdf.h"

static void
unhex(const char *h, uint8_t *out)
{
	char two[3] = "";

	for (; h[0] != '\0'; h += 2) {
		memcpy(two, h, 2);
		*out++ = (uint8_t)strtoul(two, NULL, 16);
	}
}

START_TEST(base64_vectors)
{
	static const char *const v[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }
	};
	char out[64];
	size_t i, n;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		n = strlen(v[i][0]);
		ck_assert_int_eq(base64_put(v[i][0], n, out, sizeof(out)), 0);
		ck_assert_str_eq(out, v[i][1]);
		ck_assert_int_eq(base64_get(v[i][1], out, n), 0);
		ck_assert_mem_eq(out, v[i][0], n);
		ck_assert_int_eq(base64_get(v[i][1], out, n + 1), -1);
	}
	ck_assert_int_eq(base64_put("foobar", 6, out, 8), -1);
	ck_assert_int_eq(base64url_put("\xff\xef", 2, out, sizeof(out)), 0);
	ck_assert_str_eq(out, "_-8");
}
END_TEST

START_TEST(base64_strict)
{
	char out[8];

	ck_assert_int_eq(base64_get("Zm9v\n", out, 3), -1);
	ck_assert_int_eq(base64_get(" Zm9", out, 3), -1);
	ck_assert_int_eq(base64_get("Zh==", out, 1), -1);	/* stray bits */
	ck_assert_int_eq(base64_get("Zg=", out, 1), -1);
	ck_assert_int_eq(base64_get("_-8=", out, 2), -1);
}
END_TEST

START_TEST(hkdf_rfc5869_a1)
{
	uint8_t ikm[22], salt[13], info[10], want[42], got[42];

	memset(ikm, 0x0b, sizeof(ikm));
	unhex("000102030405060708090a0b0c", salt);
	unhex("f0f1f2f3f4f5f6f7f8f9", info);
	unhex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
	    "34007208d5b887185865", want);
	ck_assert_int_eq(hkdf_sha256(ikm, 22, salt, 13, info, 10, got, 42), 0);
	ck_assert_mem_eq(got, want, 42);
}
END_TEST

START_TEST(ed25519_rfc8032)
{
	uint8_t seed[32], pub[32], want[32];

	unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	    seed);
	unhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
	    want);
	ck_assert_int_eq(ed25519_public(seed, pub), 0);
	ck_assert_mem_eq(pub, want, 32);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("libkeys");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_add_test(t, base64_vectors);
	tcase_add_test(t, base64_strict);
	tcase_add_test(t, hkdf_rfc5869_a1);
	tcase_add_test(t, ed25519_rfc8032);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
