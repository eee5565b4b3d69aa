/* SPDX-License-Identifier: ISC */
/*
 * The inner MTU for every suite, mode, encapsulation and path that people
 * meet, then GRE keys, IPv6 and what cannot be.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/mtu.h"
#include "lib/suite.h"

struct row {
	uint16_t	encr, bits, integ;
	uint16_t	at1500[4];	/* transport, + NAT-T, tunnel, + NAT-T */
	uint16_t	at1492[4];
};

static const struct row rows[] = {
	{ ENCR_AES_GCM_16, 256, INTEG_NONE,
	    { 1442, 1434, 1422, 1414 }, { 1434, 1426, 1414, 1406 } },
	{ ENCR_AES_GCM_16, 128, INTEG_NONE,
	    { 1442, 1434, 1422, 1414 }, { 1434, 1426, 1414, 1406 } },
	{ ENCR_CHACHA20_POLY1305, 0, INTEG_NONE,
	    { 1442, 1434, 1422, 1414 }, { 1434, 1426, 1414, 1406 } },
	{ ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96,
	    { 1434, 1418, 1414, 1398 }, { 1418, 1418, 1398, 1398 } },
	{ ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128,
	    { 1434, 1418, 1414, 1398 }, { 1418, 1418, 1398, 1398 } },
	{ ENCR_3DES, 0, INTEG_HMAC_SHA1_96,
	    { 1442, 1434, 1422, 1414 }, { 1434, 1426, 1414, 1406 } },
};

static struct mtu_in
in_of(const struct row *r, int col, uint16_t path)
{
	return ((struct mtu_in){
		.path_mtu = path, .family = ADDR_V4, .encr = r->encr,
		.key_bits = r->bits, .integ = r->integ,
		.mode = col >= 2 ? MODE_TUNNEL : MODE_TRANSPORT,
		.udp = col % 2 == 1
	});
}

START_TEST(table)
{
	const struct row *r = &rows[_i];
	struct mtu_in in;
	int col;

	for (col = 0; col < 4; col++) {
		in = in_of(r, col, 1500);
		ck_assert_uint_eq(mtu_inner(&in), r->at1500[col]);
		in = in_of(r, col, 1492);
		ck_assert_uint_eq(mtu_inner(&in), r->at1492[col]);
	}
}
END_TEST

START_TEST(key_and_family)
{
	struct mtu_in in = in_of(&rows[0], 0, 1500);

	in.gre_key = true;
	ck_assert_uint_eq(mtu_inner(&in), 1438);
	in.gre_key = false;
	in.family = ADDR_V6;
	ck_assert_uint_eq(mtu_inner(&in), 1422);
	in.mode = MODE_TUNNEL;
	ck_assert_uint_eq(mtu_inner(&in), 1382);
}
END_TEST

START_TEST(cannot_be)
{
	struct mtu_in in = in_of(&rows[0], 0, 1500);

	in.encr = 999;
	ck_assert_uint_eq(mtu_inner(&in), 0);
	in = in_of(&rows[3], 0, 1500);
	in.integ = 999;
	ck_assert_uint_eq(mtu_inner(&in), 0);
	in = in_of(&rows[0], 0, 40);
	ck_assert_uint_eq(mtu_inner(&in), 0);
	ck_assert_uint_eq(mtu_mss(1442), 1402);
	ck_assert_uint_eq(mtu_mss(40), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mtu");
	TCase *t = tcase_create("mtu");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, table, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, key_and_family);
	tcase_add_test(t, cannot_be);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
