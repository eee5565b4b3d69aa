/* SPDX-License-Identifier: ISC */
/*
 * What is done to the packet inside a tunnel: RFC 6040's table, whole; the MSS
 * in odd places of a SYN; GRE headers, good and bad; IPv4 headers that lie.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "esp/inner.h"

static uint32_t
sum(const uint8_t *p, size_t len, uint32_t s)
{
	size_t i;

	for (i = 0; i < len; i++)
		s += (i & 1) ? p[i] : (uint32_t)p[i] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (s);
}

static void
set_sum(uint8_t *at, uint32_t s)
{
	at[0] = (uint8_t)(~s >> 8);
	at[1] = (uint8_t)~s;
}

static void
ip4(uint8_t *p, uint8_t tos, uint16_t len, uint8_t proto)
{
	memset(p, 0, 20);
	p[0] = 0x45;
	p[1] = tos;
	p[2] = (uint8_t)(len >> 8);
	p[3] = (uint8_t)len;
	p[8] = 61;
	p[9] = proto;
	memcpy(p + 12, "\x0a\x01\x00\x0a\x0a\x02\x00\x0a", 8);
	set_sum(p + 10, sum(p, 20, 0));
}

/* RFC 6040 figure 4, by [inner][outer]; -1: drop.  Not-ECT 0, ECT(1) 1,
 * ECT(0) 2, CE 3. */
static const int table[4][4] = {
	{ 0, 0, 0, -1 },
	{ 1, 1, 1, 3 },
	{ 2, 1, 2, 3 },
	{ 3, 3, 3, 3 }
};

START_TEST(ecn)
{
	int inner = _i / 4, outer = _i % 4, want = table[inner][outer];
	uint8_t p[20];
	bool ok;

	ip4(p, (uint8_t)(0xb8 | inner), 20, 17);
	ok = inner_ecn(p, (uint8_t)(0x28 | outer));
	ck_assert_int_eq(ok, want != -1);
	if (want == -1)
		return;
	ck_assert_uint_eq(p[1], (unsigned int)(0xb8 | want));
	ck_assert_uint_eq(sum(p, 20, 0), 0xffff);
}
END_TEST

/* A SYN with these options; the length of the packet. */
static size_t
syn(uint8_t *p, const char *opts, size_t n)
{
	size_t tlen = 20 + n, len = 20 + tlen;
	uint8_t *t = p + 20, pseudo[12];

	ip4(p, 0, (uint16_t)len, 6);
	memset(t, 0, 20);
	memcpy(t, "\x30\x39\x00\x50\x11\x22\x33\x44", 8);
	t[12] = (uint8_t)(tlen / 4 << 4);
	t[13] = 0x02;
	memcpy(t + 20, opts, n);
	memcpy(pseudo, p + 12, 8);
	memcpy(pseudo + 8, "\0\6", 2);
	pseudo[10] = (uint8_t)(tlen >> 8);
	pseudo[11] = (uint8_t)tlen;
	set_sum(t + 16, sum(t, tlen, sum(pseudo, 12, 0)));
	return (len);
}

static bool
tcp_sum_ok(const uint8_t *p, size_t len)
{
	size_t tlen = len - 20;
	uint8_t pseudo[12];

	memcpy(pseudo, p + 12, 8);
	memcpy(pseudo + 8, "\0\6", 2);
	pseudo[10] = (uint8_t)(tlen >> 8);
	pseudo[11] = (uint8_t)tlen;
	return (sum(p + 20, tlen, sum(pseudo, 12, 0)) == 0xffff);
}

static const struct {
	const char	*opts;
	size_t		 n, at;		/* at 0: nothing to change */
} syns[] = {
	{ "\x02\x04\x05\xb4", 4, 2 },
	{ "\x01\x02\x04\x05\xb4\x01\x01\x01", 8, 3 },	/* odd place */
	{ "\x04\x02\x02\x04\x05\xb4\x01\x00", 8, 4 },
	{ "\x03\x03\x07\x02\x04\x05\xb4\x00", 8, 5 },
	{ "\x02\x04\x02\x00", 4, 0 },			/* small already */
	{ "\x00\x02\x04\x05\xb4\x01\x01\x01", 8, 0 },	/* behind the end */
	{ "\x02\x03\x05\xb4", 4, 0 },			/* wrong length */
	{ "\x08\x00\x02\x04\x05\xb4\x01\x01", 8, 0 },	/* length 0 */
	{ "\x08\x40\x02\x04\x05\xb4\x01\x01", 8, 0 },	/* length too long */
	{ "\x01\x01\x01\x02", 4, 0 },			/* cut off */
	{ "\x01\x01\x02\x04", 4, 0 },
	{ "", 0, 0 },
};

START_TEST(mss)
{
	uint8_t p[128], was[128];
	size_t len = syn(p, syns[_i].opts, syns[_i].n);
	const uint8_t *opt = p + 40 + syns[_i].at;

	ck_assert(tcp_sum_ok(p, len));
	memcpy(was, p, sizeof(was));
	ck_assert_int_eq(inner_mss(p, len, 1360), syns[_i].at != 0);
	if (syns[_i].at == 0)
		ck_assert_mem_eq(p, was, len);
	else
		ck_assert_uint_eq((unsigned int)(opt[0] << 8 | opt[1]), 1360);
	ck_assert(tcp_sum_ok(p, len));
	/* not a SYN, a fragment, not TCP, cut off: untouched */
	memcpy(p, was, sizeof(p));
	p[33] = 0x10;
	ck_assert(!inner_mss(p, len, 1000));
	memcpy(p, was, sizeof(p));
	p[7] = 1;
	ck_assert(!inner_mss(p, len, 1000));
	memcpy(p, was, sizeof(p));
	p[9] = 17;
	ck_assert(!inner_mss(p, len, 1000));
	memcpy(p, was, sizeof(p));
	ck_assert(!inner_mss(p, 39, 1000));
	p[32] = 0x40;
	ck_assert(!inner_mss(p, len, 1000));
}
END_TEST

START_TEST(gre_headers)
{
	uint8_t p[64] = { 0 };
	uint16_t proto;
	size_t hl;

	gre_put(p, GRE_PROTO_IP, false, 0);
	ck_assert_mem_eq(p, "\x00\x00\x08\x00", 4);
	ck_assert_int_eq(gre_get(p, 24, false, 0, &hl, &proto), GRE_OK);
	ck_assert_uint_eq(hl, 4);
	ck_assert_uint_eq(proto, GRE_PROTO_IP);
	ck_assert_int_eq(gre_get(p, 24, true, 0, &hl, &proto), GRE_KEY);
	ck_assert_int_eq(gre_get(p, 3, false, 0, &hl, &proto), GRE_SHORT);
	gre_put(p, GRE_PROTO_IP, true, 0x01020304);
	ck_assert_mem_eq(p, "\x20\x00\x08\x00\x01\x02\x03\x04", 8);
	ck_assert_int_eq(gre_get(p, 28, true, 0x01020304, &hl, &proto),
	    GRE_OK);
	ck_assert_uint_eq(hl, 8);
	ck_assert_int_eq(gre_get(p, 28, true, 7, &hl, &proto), GRE_KEY);
	ck_assert_int_eq(gre_get(p, 28, false, 0, &hl, &proto), GRE_KEY);
	ck_assert_int_eq(gre_get(p, 7, true, 0x01020304, &hl, &proto),
	    GRE_SHORT);
	/* with a checksum, right and wrong, of an odd length too */
	memcpy(p, "\xa0\x00\x08\x00\x00\x00\x00\x00\x01\x02\x03\x04 payload",
	    20);
	set_sum(p + 4, sum(p, 19, 0));
	ck_assert_int_eq(gre_get(p, 19, true, 0x01020304, &hl, &proto),
	    GRE_OK);
	ck_assert_uint_eq(hl, 12);
	p[18] ^= 1;
	ck_assert_int_eq(gre_get(p, 19, true, 0x01020304, &hl, &proto),
	    GRE_SUM);
	ck_assert_int_eq(gre_get(p, 11, true, 0x01020304, &hl, &proto),
	    GRE_SHORT);
	/* sequence, routing, version 1 */
	memset(p, 0, sizeof(p));
	p[0] = 0x10;
	ck_assert_int_eq(gre_get(p, 24, false, 0, &hl, &proto), GRE_FLAGS);
	p[0] = 0x40;
	ck_assert_int_eq(gre_get(p, 24, false, 0, &hl, &proto), GRE_FLAGS);
	p[0] = 0;
	p[1] = 1;
	ck_assert_int_eq(gre_get(p, 24, false, 0, &hl, &proto), GRE_FLAGS);
	/* bits that a receiver ignores */
	p[0] = 0x03;
	p[1] = 0xf8;
	ck_assert_int_eq(gre_get(p, 24, false, 0, &hl, &proto), GRE_OK);
}
END_TEST

START_TEST(ip4_headers)
{
	uint8_t p[64];
	size_t total;

	ip4(p, 0, 40, 6);
	ck_assert(inner_ip4_ok(p, 40, &total) && total == 40);
	ck_assert(inner_ip4_ok(p, 64, &total) && total == 40);
	ck_assert(!inner_ip4_ok(p, 39, &total));
	ck_assert(!inner_ip4_ok(p, 19, &total));
	p[0] = 0x44;
	ck_assert(!inner_ip4_ok(p, 64, &total));
	p[0] = 0x4f;
	ck_assert(!inner_ip4_ok(p, 64, &total));
	p[0] = 0x65;
	ck_assert(!inner_ip4_ok(p, 64, &total));
	ip4(p, 0, 19, 6);
	ck_assert(!inner_ip4_ok(p, 64, &total));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("esp_inner");
	TCase *tc = tcase_create("inner");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, ecn, 0, 16);
	tcase_add_loop_test(tc, mss, 0,
	    (int)(sizeof(syns) / sizeof(syns[0])));
	tcase_add_test(tc, gre_headers);
	tcase_add_test(tc, ip4_headers);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
