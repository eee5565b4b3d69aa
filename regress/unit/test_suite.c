/* SPDX-License-Identifier: ISC */
/* Algorithm tables, and proposals as people write them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/suite.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	enum suite_proto	 proto;
	const char		*text;
	const char		*canon;	/* NULL: refused */
	const char		*what;	/* of the reason, or of the bad word */
} props[] = {
	{ PROTO_IKE, "aes256gcm16-prfsha384-x25519",
	    "aes256gcm16-prfsha384-x25519", NULL },
	{ PROTO_IKE, "aes256gcm16-prfsha384-ecp384",
	    "aes256gcm16-prfsha384-ecp384", NULL },
	{ PROTO_IKE, "aes128-sha256-modp2048",
	    "aes128-sha256-prfsha256-modp2048", NULL },
	{ PROTO_IKE, "modp2048-sha256-aes",
	    "aes128-sha256-prfsha256-modp2048", NULL },
	{ PROTO_IKE, "aes256-aes128-sha384-sha256-ecp256-x25519",
	    "aes256-aes128-sha384-sha256-prfsha384-prfsha256-ecp256-x25519",
	    NULL },
	{ PROTO_IKE, "aes256-sha1-prfsha256-curve25519",
	    "aes256-sha1-prfsha256-x25519", NULL },
	{ PROTO_IKE, "chacha20poly1305-prfsha256-x25519",
	    "chacha20poly1305-prfsha256-x25519", NULL },
	{ PROTO_ESP, "aes256gcm16", "aes256gcm16", NULL },
	{ PROTO_ESP, "aes256gcm128-noesn", "aes256gcm16", NULL },
	{ PROTO_ESP, "aes128gcm16-esn", "aes128gcm16-esn", NULL },
	{ PROTO_ESP, "aes128gcm16-esn-noesn", "aes128gcm16-esn-noesn", NULL },
	{ PROTO_ESP, "aes128gcm16-noesn-esn", "aes128gcm16-noesn-esn", NULL },
	{ PROTO_ESP, "aes256-sha256", "aes256-sha256", NULL },
	{ PROTO_ESP, "aes128-sha1-ecp384", "aes128-sha1-ecp384", NULL },
	{ PROTO_ESP, "chacha20poly1305-x25519", "chacha20poly1305-x25519",
	    NULL },

	{ PROTO_IKE, "", NULL, "empty" },
	{ PROTO_IKE, "aes256gcm16--x25519", NULL, "empty" },
	{ PROTO_IKE, "aes256gcm16-prfsha384-", NULL, "empty" },
	{ PROTO_IKE, "aes256gcm16-prfsha348-x25519", NULL, "unknown" },
	{ PROTO_IKE, "aes256gcm16-x25519", NULL, "no prf" },
	{ PROTO_IKE, "aes256gcm16-prfsha384", NULL, "no key exchange" },
	{ PROTO_IKE, "aes256gcm16-sha256-prfsha384-x25519", NULL, "AEAD" },
	{ PROTO_IKE, "aes256gcm16-aes256-sha256-prfsha256-x25519", NULL,
	    "AEAD" },
	{ PROTO_IKE, "sha256-x25519", NULL, "no encryption" },
	{ PROTO_IKE, "aes256-prfsha256-x25519", NULL, "no integrity" },
	{ PROTO_IKE, "aes256-aes256-sha256-x25519", NULL, "twice" },
	{ PROTO_IKE, "aes256-sha256-x25519-esn", NULL, "not for an IKE" },
	{ PROTO_ESP, "aes256gcm16-sha256", NULL, "AEAD" },
	{ PROTO_ESP, "aes256", NULL, "no integrity" },
	{ PROTO_ESP, "aes256-sha256-prfsha256", NULL, "not for an ESP" },
	{ PROTO_ESP, "x25519", NULL, "no encryption" },
	{ PROTO_ESP, "3des-md5", NULL, "unknown" },
};

START_TEST(parse)
{
	struct proposal p = { .proto = 9 }, again;
	const char *why, *bad, *t = props[_i].text;
	char text[PROPOSAL_TEXT_MAX];
	size_t bad_len;
	int rc;

	rc = proposal_parse(t, props[_i].proto, &p, &why, &bad, &bad_len);
	if (props[_i].canon == NULL) {
		ck_assert_int_eq(rc, -1);
		ck_assert_msg(strstr(why, props[_i].what) != NULL, "%s: %s", t,
		    why);
		ck_assert(bad >= t && bad + bad_len <= t + strlen(t));
		ck_assert_uint_eq(p.proto, 9);
		return;
	}
	ck_assert_msg(rc == 0, "%s: %s", t, rc == 0 ? "" : why);
	ck_assert_uint_eq(p.proto, props[_i].proto);
	ck_assert_str_eq(proposal_text(&p, text), props[_i].canon);
	ck_assert_int_eq(proposal_parse(text, props[_i].proto, &again, &why,
	    &bad, &bad_len), 0);
	ck_assert_str_eq(proposal_text(&again, text), props[_i].canon);
	ck_assert_ptr_null(proposal_weak(&p));
}
END_TEST

/* Cut to any size it is whole words, and has something of each kind as long as
 * that is possible. */
START_TEST(brief)
{
	static const char all[] = "aes256-aes192-sha512-sha256-prfsha512-"
	    "prfsha256-modp4096-modp2048";
	struct proposal p;
	const char *why, *bad, *lack;
	char text[PROPOSAL_TEXT_MAX], known[PROPOSAL_TEXT_MAX];
	size_t len, cap;

	ck_assert_int_eq(proposal_parse(all, PROTO_IKE, &p, &why, &bad, &len),
	    0);
	ck_assert_str_eq(proposal_brief(&p, text, sizeof(text)), all);
	for (cap = sizeof(all); cap > 32; cap--) {
		(void)proposal_brief(&p, text, cap);
		ck_assert_uint_lt(strlen(text), cap);
		ck_assert_ptr_nonnull(proposal_known(text, strlen(text),
		    PROTO_IKE, known, &lack));
		ck_assert_str_eq(text, known);
	}
	for (; cap > 0; cap--)
		ck_assert_uint_lt(strlen(proposal_brief(&p, text, cap)), cap);
}
END_TEST

/* The word at fault is named. */
START_TEST(bad_word)
{
	struct proposal p;
	const char *why, *bad;
	size_t len;

	ck_assert_int_eq(proposal_parse("aes256-shaX-x25519", PROTO_IKE, &p,
	    &why, &bad, &len), -1);
	ck_assert_uint_eq(len, 4);
	ck_assert_int_eq(strncmp(bad, "shaX", 4), 0);
}
END_TEST

/* More transforms than a proposal holds is an error and no overflow. */
START_TEST(all_words)
{
	static const char all[] = "aes128-aes192-aes256-sha1-sha256-sha384-"
	    "sha512-prfsha1-prfsha256-prfsha384-prfsha512-modp2048-modp3072-"
	    "modp4096-ecp256-ecp384-ecp521-x25519";
	struct proposal p;
	const char *why, *bad;
	char text[PROPOSAL_TEXT_MAX];
	size_t len;

	ck_assert_int_eq(proposal_parse(all, PROTO_IKE, &p, &why, &bad, &len),
	    0);
	ck_assert_uint_eq(p.n_xforms, 18);
	ck_assert_str_eq(proposal_text(&p, text), all);
	memset(&p, 0, sizeof(p));
	p.n_xforms = PROPOSAL_XFORMS_MAX;
	for (len = 0; len < PROPOSAL_XFORMS_MAX; len++)
		p.xforms[len] = (struct xform){ XFORM_ENCR,
		    ENCR_CHACHA20_POLY1305, 0 };
	ck_assert_uint_lt(strlen(proposal_text(&p, text)), sizeof(text));
}
END_TEST

/* KEYMAT and wire lengths: RFC 4106 8.1, 7634 2, 4868 2.6, 2404. */
static const struct {
	const char	*name;
	uint8_t		 type;
	uint16_t	 id, bits;
	unsigned	 key, salt, iv, icv;
	bool		 aead;
} lens[] = {
	{ "aes128gcm16", XFORM_ENCR, 20, 128, 20, 4, 8, 16, true },
	{ "aes256gcm16", XFORM_ENCR, 20, 256, 36, 4, 8, 16, true },
	{ "chacha20poly1305", XFORM_ENCR, 28, 0, 36, 4, 8, 16, true },
	{ "aes128", XFORM_ENCR, 12, 128, 16, 0, 16, 0, false },
	{ "aes256", XFORM_ENCR, 12, 256, 32, 0, 16, 0, false },
	{ "sha1", XFORM_INTEG, 2, 0, 20, 0, 0, 12, false },
	{ "sha256", XFORM_INTEG, 12, 0, 32, 0, 0, 16, false },
	{ "sha384", XFORM_INTEG, 13, 0, 48, 0, 0, 24, false },
	{ "sha512", XFORM_INTEG, 14, 0, 64, 0, 0, 32, false },
	{ "prfsha1", XFORM_PRF, 2, 0, 20, 0, 0, 0, false },
	{ "prfsha256", XFORM_PRF, 5, 0, 32, 0, 0, 0, false },
	{ "prfsha384", XFORM_PRF, 6, 0, 48, 0, 0, 0, false },
	{ "prfsha512", XFORM_PRF, 7, 0, 64, 0, 0, 0, false },
	{ "modp2048", XFORM_KE, 14, 0, 0, 0, 0, 0, false },
	{ "modp3072", XFORM_KE, 15, 0, 0, 0, 0, 0, false },
	{ "modp4096", XFORM_KE, 16, 0, 0, 0, 0, 0, false },
	{ "ecp256", XFORM_KE, 19, 0, 0, 0, 0, 0, false },
	{ "ecp384", XFORM_KE, 20, 0, 0, 0, 0, 0, false },
	{ "ecp521", XFORM_KE, 21, 0, 0, 0, 0, 0, false },
	{ "x25519", XFORM_KE, 31, 0, 0, 0, 0, 0, false },
};

START_TEST(table)
{
	const struct alg *a = alg_by_name(lens[_i].name, strlen(lens[_i].name));

	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_eq(a, alg_find(lens[_i].type, lens[_i].id,
	    lens[_i].bits));
	ck_assert_uint_eq(a->key_len, lens[_i].key);
	ck_assert_uint_eq(a->salt_len, lens[_i].salt);
	ck_assert_uint_eq(a->iv_len, lens[_i].iv);
	ck_assert_uint_eq(a->icv_len, lens[_i].icv);
	ck_assert_int_eq(a->aead, lens[_i].aead);
	ck_assert_ptr_null(alg_by_name(lens[_i].name, 2));
}
END_TEST

START_TEST(table_unknown)
{
	ck_assert_ptr_null(alg_find(XFORM_ENCR, ENCR_AES_CBC, 0));
	ck_assert_ptr_null(alg_find(XFORM_ENCR, ENCR_AES_GCM_16, 129));
	ck_assert_ptr_null(alg_find(XFORM_ENCR, ENCR_CHACHA20_POLY1305, 256));
	ck_assert_ptr_null(alg_find(XFORM_ENCR, ENCR_NULL, 0));
	ck_assert_ptr_null(alg_find(XFORM_KE, KE_NONE, 0));
	ck_assert_ptr_null(alg_find(9, 1, 0));
	ck_assert_ptr_null(alg_by_name("", 0));
}
END_TEST

/* Through a channel and back, and too many are refused. */
START_TEST(codec)
{
	uint8_t buf[256];
	struct wbuf w = wbuf_make(buf, sizeof(buf));
	struct proposal p, out;
	const char *why, *bad;
	size_t len;

	ck_assert_int_eq(proposal_parse("aes256-sha256-x25519", PROTO_IKE, &p,
	    &why, &bad, &len), 0);
	codec_put(&w, &proposal_fld, &p);
	ck_assert(wbuf_ok(&w));
	ck_assert_int_eq(codec_decode(buf, w.len, &proposal_fld, &out, &bad),
	    0);
	ck_assert_mem_eq(&out, &p, sizeof(p));
	buf[2] = PROPOSAL_XFORMS_MAX + 1;
	ck_assert_int_eq(codec_decode(buf, w.len, &proposal_fld, &out, &bad),
	    -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("suite");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_add_loop_test(t, parse, 0, (int)N(props));
	tcase_add_test(t, brief);
	tcase_add_test(t, bad_word);
	tcase_add_test(t, all_words);
	tcase_add_loop_test(t, table, 0, (int)N(lens));
	tcase_add_test(t, table_unknown);
	tcase_add_test(t, codec);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
