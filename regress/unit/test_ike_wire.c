/* SPDX-License-Identifier: ISC */
/*
 * IKEv2 messages as bytes: headers and payload chains that lie, offers chosen
 * from and answers checked, traffic selectors, the hash table.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike_proposal.h"
#include "ike/ike_tab.h"
#include "ike/ike_ts.h"
#include "ike/ike_wire.h"

static struct proposal
prop(enum suite_proto proto, const char *text)
{
	const char *why, *bad;
	struct proposal p;
	size_t len;

	ck_assert_int_eq(proposal_parse(text, proto, &p, &why, &bad, &len),
	    0);
	return (p);
}

/* --- header --- */

static const struct {
	size_t		at;
	uint8_t		value;
	enum ike_drop	why;
} headers[] = {
	{ 17, 0x10, IKE_D_VERSION1 }, { 17, 0x30, IKE_D_VERSION },
	{ 17, 0x2f, IKE_D_NONE },	/* minor: ignored, 2.5 */
	{ 18, 33, IKE_D_EXCHANGE }, { 18, 38, IKE_D_EXCHANGE },
	{ 19, 0x00, IKE_D_FLAGS }, { 19, 0x28, IKE_D_FLAGS },
	{ 19, 0x18, IKE_D_NONE },	/* version bit: ignored */
	{ 23, 1, IKE_D_MID_FIRST }, { 8, 1, IKE_D_SPI_OTHER },
	{ 27, 29, IKE_D_LENGTH }, { 27, 27, IKE_D_LENGTH },
	{ 24, 1, IKE_D_LENGTH }, { 7, 0, IKE_D_SPI_ZERO },
};

START_TEST(header)
{
	uint8_t p[28] = { 0, 0, 0, 0, 0, 0, 0, 9, [17] = 0x20, [18] = 34,
	    [19] = 0x08, [27] = 28 };
	struct ike_hdr h;

	ck_assert_int_eq(ike_hdr_parse(p, 28, &h), IKE_D_NONE);
	ck_assert_uint_eq(h.spi_i, 9);
	ck_assert_int_eq(ike_hdr_parse(p, 27, &h), IKE_D_SHORT);
	p[headers[_i].at] = headers[_i].value;
	ck_assert_int_eq(ike_hdr_parse(p, 28, &h), headers[_i].why);
}
END_TEST

/* --- chains --- */

static const struct {
	const char	*bytes;
	size_t		 len;
	uint8_t		 first;
	enum ike_drop	 why;
} chains[] = {
	{ "", 0, PL_NONE, IKE_D_NONE },
	{ "", 0, PL_SA, IKE_D_CHAIN },
	{ "\0\0\0\4", 4, PL_V, IKE_D_NONE },
	{ "\0\0\0\3", 4, PL_V, IKE_D_CHAIN },
	{ "\0\0\0\0", 4, PL_V, IKE_D_CHAIN },
	{ "\0\0\0\5", 4, PL_V, IKE_D_CHAIN },
	{ "\0\0\0\4\0", 5, PL_V, IKE_D_CHAIN },		/* left over */
	{ "\x2b\0\0\4\0\0\0\4", 8, PL_V, IKE_D_NONE },
	{ "\x21\0\0\5\1\0\0\0\5\1", 10, PL_SA, IKE_D_TWICE },
	{ "\0\0\0\x13" "123456789012345", 19, PL_NONCE, IKE_D_NONCE },
	{ "\0\0\0\x14" "1234567890123456", 20, PL_NONCE, IKE_D_NONE },
	{ "\0\0\0\x08\0\x1f\0\0", 8, PL_KE, IKE_D_BODY },
	{ "\0\0\0\x09\0\x1f\0\0\1", 9, PL_KE, IKE_D_NONE },
	{ "\0\0\0\x08\2\0\0\0", 8, PL_AUTH, IKE_D_BODY },
	{ "\0\0\0\x08\2\0\0\0", 8, PL_IDI, IKE_D_BODY },
	{ "\0\0\0\x07\0\0\1", 7, PL_N, IKE_D_BODY },
	{ "\0\0\0\x08\0\4\1\1", 8, PL_N, IKE_D_BODY },	/* SPI not there */
	{ "\0\0\0\x08\1\0\0\0", 8, PL_D, IKE_D_NONE },
	{ "\0\0\0\x08\1\0\0\1", 8, PL_D, IKE_D_BODY },
	{ "\0\0\0\x0c\3\4\0\1abcd", 12, PL_D, IKE_D_NONE },
	{ "\0\0\0\x0c\3\4\0\2abcd", 12, PL_D, IKE_D_BODY },
	{ "\0\0\0\x0c\3\4\xff\xff" "abcd", 12, PL_D, IKE_D_BODY },
	{ "\0\0\0\x0c\3\1\0\4abcd", 12, PL_D, IKE_D_BODY },
	{ "\0\0\0\4", 4, PL_SK, IKE_D_SK },	/* inside of itself */
	{ "\0\0\0\4", 4, PL_SKF, IKE_D_FRAGMENT },
	{ "\0\x80\0\4", 4, 200, IKE_D_NONE },	/* critical: noted */
};

START_TEST(chain)
{
	struct ike_payloads p;
	uint8_t *copy = malloc(chains[_i].len + 1);

	/* exactly as long, so that a sanitizer sees a read behind it */
	memcpy(copy, chains[_i].bytes, chains[_i].len);
	copy = realloc(copy, chains[_i].len > 0 ? chains[_i].len : 1);
	ck_assert_int_eq(ike_inner_parse(copy, chains[_i].len,
	    chains[_i].first, &p), chains[_i].why);
	if (chains[_i].first == 200)
		ck_assert_uint_eq(p.critical, 200);
	free(copy);
}
END_TEST

START_TEST(many_payloads)
{
	uint8_t b[4 * 2000];
	struct ike_payloads p;
	size_t i;

	for (i = 0; i < 2000; i++)
		memcpy(b + 4 * i, i + 1 < 2000 ? "\x2b\0\0\4" : "\0\0\0\4", 4);
	ck_assert_int_eq(ike_inner_parse(b, sizeof(b), PL_V, &p), IKE_D_MANY);
	for (i = 0; i < 30; i++)
		memcpy(b + 8 * i, i + 1 < 30 ? "\x29\0\0\x08\0\0\1\1" :
		    "\0\0\0\x08\0\0\1\1", 8);
	ck_assert_int_eq(ike_inner_parse(b, 240, PL_N, &p), IKE_D_MANY);
}
END_TEST

START_TEST(written_is_read)
{
	struct ike_hdr h = { .spi_i = 1, .spi_r = 2,
	    .exchange = EXCH_INFORMATIONAL, .flags = IKE_F_INITIATOR,
	    .mid = 7 }, got;
	struct ike_payloads p;
	struct ike_writer m;
	uint8_t buf[256];
	size_t len;

	ike_write(&m, buf, sizeof(buf), &h);
	ike_put_notify(&m, N_COOKIE, "abc", 3);
	ike_put_notify_spi(&m, N_REKEY_SA, 3, 0x01020304);
	ike_put_delete_esp(&m, 0x05060708);
	ike_put_delete_ike(&m);
	ike_put_ke(&m, 31, "0123456789", 10);
	len = ike_finish(&m, NULL, NULL);
	ck_assert_uint_gt(len, 0);
	ck_assert_int_eq(ike_hdr_parse(buf, len, &got), IKE_D_NONE);
	ck_assert_uint_eq(got.mid, 7);
	ck_assert_int_eq(ike_outer_parse(buf, len, &got, &p), IKE_D_NONE);
	ck_assert_uint_eq(p.n_notify, 2);
	ck_assert_uint_eq(p.n_delete, 2);
	ck_assert_mem_eq(ike_notify_find(&p, N_COOKIE)->data.p, "abc", 3);
	ck_assert_mem_eq(ike_notify_find(&p, N_REKEY_SA)->spi, "\1\2\3\4", 4);
	ck_assert_mem_eq(p.del[0].spis, "\5\6\7\x08", 4);
	ck_assert_uint_eq(p.ke_group, 31);
	ck_assert_ptr_null(ike_notify_error(&p));
	/* no room: nothing, rather than something cut off */
	ike_write(&m, buf, 40, &h);
	ike_put_notify(&m, N_COOKIE, "0123456789012345678901234567890", 31);
	ck_assert_uint_eq(ike_finish(&m, NULL, NULL), 0);
}
END_TEST

/* --- proposals --- */

static struct ike_span
offer(uint8_t *buf, size_t cap, const struct proposal *v, size_t n, bool no_ke)
{
	struct wbuf w = wbuf_make(buf, cap);

	ike_offer_put(&w, v, n, no_ke, "\1\2\3\4", v[0].proto == PROTO_ESP ?
	    4 : 0);
	ck_assert(wbuf_ok(&w));
	return ((struct ike_span){ buf, w.len });
}

static const struct {
	const char	*theirs[2], *ours[2];
	uint16_t	 ke;		/* in their KE payload */
	const char	*chosen;	/* NULL: nothing */
	uint8_t		 num;
} choices[] = {
	{ { "aes128-sha256-x25519" }, { "aes128-sha256-x25519" }, 31,
	    "aes128-sha256-prfsha256-x25519", 1 },
	/* our order goes first */
	{ { "aes128-aes256-sha256-x25519" }, { "aes256-aes128-sha256-x25519" },
	    31, "aes256-sha256-prfsha256-x25519", 1 },
	{ { "aes128-sha256-x25519", "aes256gcm16-prfsha384-x25519" },
	    { "aes256gcm16-prfsha384-x25519", "aes128-sha256-x25519" }, 31,
	    "aes256gcm16-prfsha384-x25519", 2 },
	/* but a group that is here already saves a round trip */
	{ { "aes128-sha256-ecp256-x25519" }, { "aes128-sha256-x25519-ecp256" },
	    19, "aes128-sha256-prfsha256-ecp256", 1 },
	{ { "aes128-sha256-ecp384-x25519" }, { "aes128-sha256-x25519" }, 20,
	    "aes128-sha256-prfsha256-x25519", 1 },
	/* one thing differs */
	{ { "aes128-sha256-x25519" }, { "aes256-sha256-x25519" }, 31, NULL, 0 },
	{ { "aes128-sha256-x25519" }, { "aes128-sha384-x25519" }, 31, NULL, 0 },
	{ { "aes128-sha256-x25519" }, { "aes128-sha256-ecp256" }, 31, NULL, 0 },
	{ { "aes128-sha256-prfsha384-x25519" }, { "aes128-sha256-x25519" }, 31,
	    NULL, 0 },
	{ { "aes128gcm16-prfsha256-x25519" }, { "aes128-sha256-x25519" }, 31,
	    NULL, 0 },
};

START_TEST(choose)
{
	struct proposal t[2], o[2], want;
	char text[PROPOSAL_TEXT_MAX], expect[PROPOSAL_TEXT_MAX];
	struct ike_chosen ch, back;
	size_t nt = 0, no = 0;
	uint8_t buf[512], answer[128];
	struct ike_span body;
	enum ike_pick pick;
	struct wbuf w;

	for (; nt < 2 && choices[_i].theirs[nt] != NULL; nt++)
		t[nt] = prop(PROTO_IKE, choices[_i].theirs[nt]);
	for (; no < 2 && choices[_i].ours[no] != NULL; no++)
		o[no] = prop(PROTO_IKE, choices[_i].ours[no]);
	body = offer(buf, sizeof(buf), t, nt, false);
	pick = ike_choose(body, PROTO_IKE, o, no, false, choices[_i].ke, 0,
	    &ch);
	if (choices[_i].chosen == NULL) {
		ck_assert_int_eq(pick, PICK_NONE);
		return;
	}
	ck_assert_int_eq(pick, PICK_OK);
	ck_assert_uint_eq(ch.num, choices[_i].num);
	want = prop(PROTO_IKE, choices[_i].chosen);
	ck_assert_str_eq(ike_suite_text(&ch.ike, text),
	    ike_suite_text(&(struct ike_suite){
	    .encr = proposal_first(&want, XFORM_ENCR)->id,
	    .key_bits = proposal_first(&want, XFORM_ENCR)->key_bits,
	    .integ = proposal_first(&want, XFORM_INTEG) == NULL ? 0 :
	    proposal_first(&want, XFORM_INTEG)->id,
	    .prf = proposal_first(&want, XFORM_PRF)->id,
	    .ke = proposal_first(&want, XFORM_KE)->id }, expect));
	/* the answer, as the peer checks it against its offer */
	w = wbuf_make(answer, sizeof(answer));
	ike_chosen_put(&w, PROTO_IKE, &ch, NULL, 0);
	body = (struct ike_span){ answer, w.len };
	ck_assert_int_eq(ike_answer(body, PROTO_IKE, t, nt, false, 0, &back),
	    PICK_OK);
	ck_assert_mem_eq(&back.ike, &ch.ike, sizeof(ch.ike));
	/* another number than was offered, an SPI too long, cut off */
	answer[4] = 9;
	ck_assert_int_eq(ike_answer(body, PROTO_IKE, t, nt, false, 0, &back),
	    PICK_NONE);
	answer[4] = ch.num;
	ck_assert_int_ne(ike_answer(body, PROTO_IKE, t, nt, false, 8, &back),
	    PICK_OK);
	body.len--;
	ck_assert_int_eq(ike_answer(body, PROTO_IKE, t, nt, false, 0, &back),
	    PICK_BAD);
}
END_TEST

START_TEST(answers_that_choose_twice)
{
	struct proposal t = prop(PROTO_IKE, "aes128-aes256-sha256-x25519");
	struct ike_chosen ch;
	uint8_t buf[512];
	struct ike_span body = offer(buf, sizeof(buf), &t, 1, false);

	ck_assert_int_eq(ike_answer(body, PROTO_IKE, &t, 1, false, 0, &ch),
	    PICK_BAD);
}
END_TEST

START_TEST(choose_child)
{
	struct proposal pfs = prop(PROTO_ESP, "aes128gcm16-x25519-esn-noesn");
	struct proposal plain = prop(PROTO_ESP, "aes128gcm16");
	struct ike_chosen ch;
	uint8_t buf[512];
	struct ike_span b;

	/* IKE_AUTH: groups are left out, and mean nothing when there */
	b = offer(buf, sizeof(buf), &pfs, 1, true);
	ck_assert_int_eq(ike_choose(b, PROTO_ESP, &pfs, 1, true, 0, 4, &ch),
	    PICK_OK);
	ck_assert_uint_eq(ch.child.ke, KE_NONE);
	ck_assert(ch.child.esn);
	ck_assert_mem_eq(ch.spi, "\1\2\3\4", 4);
	b = offer(buf, sizeof(buf), &pfs, 1, false);
	ck_assert_int_eq(ike_choose(b, PROTO_ESP, &plain, 1, true, 0, 4, &ch),
	    PICK_OK);
	/* CREATE_CHILD_SA: PFS on one side only is no match */
	ck_assert_int_eq(ike_choose(b, PROTO_ESP, &plain, 1, false, 0, 4,
	    &ch), PICK_NONE);
	ck_assert_int_eq(ike_choose(b, PROTO_ESP, &pfs, 1, false, 31, 4, &ch),
	    PICK_OK);
	ck_assert_uint_eq(ch.child.ke, KE_CURVE25519);
	/* an SPI of another length is passed over */
	ck_assert_int_eq(ike_choose(b, PROTO_ESP, &pfs, 1, false, 31, 8, &ch),
	    PICK_NONE);
}
END_TEST

/* Every byte of an offer changed, and every shorter length: never a crash. */
START_TEST(spoilt_offers)
{
	struct proposal t[2] = { prop(PROTO_IKE, "aes128-aes256-sha256-x25519"),
	    prop(PROTO_IKE, "aes256gcm16-prfsha384-x25519-ecp384") };
	struct ike_span body;
	struct ike_chosen ch;
	uint8_t buf[512], *copy;
	size_t i, len;
	int v;

	body = offer(buf, sizeof(buf), t, 2, false);
	for (i = 0; i < body.len; i++)
		for (v = 0; v < 256; v += 5) {
			copy = malloc(body.len);
			memcpy(copy, buf, body.len);
			copy[i] = (uint8_t)v;
			(void)ike_choose((struct ike_span){ copy, body.len },
			    PROTO_IKE, t, 2, false, 31, 0, &ch);
			free(copy);
		}
	for (len = 0; len < body.len; len++) {
		copy = malloc(len > 0 ? len : 1);
		memcpy(copy, buf, len);
		ck_assert_int_eq(ike_choose((struct ike_span){ copy, len },
		    PROTO_IKE, t, 2, false, 31, 0, &ch), PICK_BAD);
		free(copy);
	}
}
END_TEST

/* --- traffic selectors --- */

START_TEST(selectors)
{
	struct addr a = addr_v4(0xc6336401), b = addr_v4(0xc6336402), v6;
	struct addr far = addr_v4(0xcb007101);
	uint8_t buf[64], big[64];
	char text[64];
	struct ike_span s = { buf, 0 };
	struct wbuf w = wbuf_make(buf, sizeof(buf));

	ck_assert_int_eq(addr_parse("2001:db8::1", &v6), 0);
	ike_ts_put(&w, &a, 47);
	s.len = w.len;
	ck_assert_uint_eq(s.len, 20);
	ike_ts_text(s, text, sizeof(text));
	ck_assert_str_eq(text, "198.51.100.1 gre");
	ck_assert_int_eq(ike_ts_check(s, &a, 47, false), TS_COVERS);
	ck_assert_int_eq(ike_ts_check(s, &b, 47, false), TS_NO);
	ck_assert_int_eq(ike_ts_check(s, &b, 47, true), TS_COVERS);
	ck_assert_int_eq(ike_ts_check(s, &a, 6, false), TS_NO);
	ck_assert_int_eq(ike_ts_check(s, &a, 0, false), TS_NO);
	ck_assert_int_eq(ike_ts_check(s, &v6, 47, false), TS_NO);
	/* any protocol covers ours; one port does not cover all */
	buf[5] = 0;
	ck_assert_int_eq(ike_ts_check(s, &a, 47, false), TS_COVERS);
	buf[9] = 80;
	ck_assert_int_eq(ike_ts_check(s, &a, 47, false), TS_NO);
	buf[9] = 0;
	/* a range, and two selectors of which the second one fits */
	buf[15] = 0;
	buf[19] = 0xff;
	ck_assert_int_eq(ike_ts_check(s, &b, 47, false), TS_COVERS);
	ike_ts_text(s, text, sizeof(text));
	ck_assert_str_eq(text, "198.51.100.0-198.51.100.255 any");
	/* behind a NAT a host may be called otherwise, a network may not */
	ck_assert_int_eq(ike_ts_check(s, &far, 47, true), TS_NO);
	memcpy(big, buf, 20);
	memcpy(big + 20, buf + 4, 16);
	big[0] = 2;
	big[4] = 241;		/* of an unknown type */
	s = (struct ike_span){ big, 36 };
	ck_assert_int_eq(ike_ts_check(s, &b, 47, false), TS_COVERS);
	/* counts and lengths that lie */
	big[0] = 3;
	ck_assert_int_eq(ike_ts_check(s, &b, 47, false), TS_BAD);
	big[0] = 0;
	ck_assert_int_eq(ike_ts_check(s, &b, 47, false), TS_BAD);
	big[0] = 2;
	big[23] = 15;
	ck_assert_int_eq(ike_ts_check(s, &b, 47, false), TS_BAD);
	s.len = 3;
	ck_assert_int_eq(ike_ts_check(s, &b, 47, false), TS_BAD);
	w = wbuf_make(buf, sizeof(buf));
	ike_ts_put(&w, &v6, 47);
	s = (struct ike_span){ buf, w.len };
	ck_assert_uint_eq(s.len, 44);
	ike_ts_text(s, text, sizeof(text));
	ck_assert_str_eq(text, "2001:db8::1 gre");
	ike_ts_text((struct ike_span){ buf, 6 }, text, sizeof(text));
	ck_assert_str_eq(text, "?");
	ck_assert_int_eq(ike_ts_check(s, &v6, 47, false), TS_COVERS);
}
END_TEST

/* --- table --- */

START_TEST(table)
{
	static struct { struct tab_node n; int v; } obj[3000];
	struct tab_node *n;
	struct tab t;
	size_t i, count;

	ck_assert_int_eq(tab_init(&t, 42), 0);
	for (i = 0; i < 3000; i++)
		tab_put(&t, &obj[i].n, i / 3, &obj[i]);
	for (i = 0; i < 3000; i += 3) {
		count = 0;
		for (n = tab_first(&t, i / 3); n != NULL; n = tab_next(n))
			count++;
		ck_assert_uint_eq(count, 3);
	}
	for (i = 0; i < 3000; i += 3)
		tab_del(&t, &obj[i].n);
	tab_del(&t, &obj[0].n);		/* twice: nothing */
	ck_assert_uint_eq(t.n, 2000);
	ck_assert_ptr_null(tab_get(&t, 1000));
	ck_assert_ptr_nonnull(tab_get(&t, 999));
	tab_free(&t);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ike_wire");
	TCase *tc = tcase_create("wire");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, header, 0,
	    (int)(sizeof(headers) / sizeof(headers[0])));
	tcase_add_loop_test(tc, chain, 0,
	    (int)(sizeof(chains) / sizeof(chains[0])));
	tcase_add_test(tc, many_payloads);
	tcase_add_test(tc, written_is_read);
	tcase_add_loop_test(tc, choose, 0,
	    (int)(sizeof(choices) / sizeof(choices[0])));
	tcase_add_test(tc, answers_that_choose_twice);
	tcase_add_test(tc, choose_child);
	tcase_add_test(tc, spoilt_offers);
	tcase_add_test(tc, selectors);
	tcase_add_test(tc, table);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
