/* SPDX-License-Identifier: ISC */
/* Addresses and prefixes as values. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"

static struct addr
A(const char *text)
{
	struct addr a;

	ck_assert_msg(addr_parse(text, &a) == 0, "%s", text);
	return (a);
}

static struct prefix
P(const char *text)
{
	struct prefix p;

	ck_assert_msg(prefix_parse(text, &p) == 0, "%s", text);
	return (p);
}

START_TEST(addr_literals)
{
	static const struct { const char *in, *out; } good[] = {
		{ "0.0.0.0", "0.0.0.0" }, { "10.1.2.3", "10.1.2.3" },
		{ "255.255.255.255", "255.255.255.255" }, { "::", "::" },
		{ "2001:DB8::1", "2001:db8::1" },
		{ "0:0:0:0:0:0:0:1", "::1" }
	};
	static const char *const bad[] = { "", "1", "1.2.3", "1.2.3.256",
	    "1.2.3.4.5", "1.2.3.4 ", " 1.2.3.4", "g::", "1:2", "localhost",
	    "1.2.3.4/8", "fe80::1%eth0" };
	char b[ADDR_TEXT_MAX];
	struct addr a, before;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		a = A(good[i].in);
		ck_assert_str_eq(addr_text(&a, b), good[i].out);
	}
	memset(&a, 0x5a, sizeof(a));
	before = a;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(addr_parse(bad[i], &a) == -1, "%s", bad[i]);
		ck_assert_mem_eq(&a, &before, sizeof(a));
	}
	memset(&a, 0, sizeof(a));
	ck_assert_str_eq(addr_text(&a, b), "-");
}
END_TEST

START_TEST(addr_v4_order)
{
	struct addr a = addr_v4(0x0a010203), b = A("10.1.2.3");
	struct addr six = A("::1"), none = { 0 };
	char t[ADDR_TEXT_MAX];

	ck_assert(addr_eq(&a, &b));
	ck_assert_uint_eq(addr_to_v4(&a), 0x0a010203);
	ck_assert_uint_eq(addr_to_v4(&six), 0);
	ck_assert_str_eq(ip4_text(0xc0000201, t), "192.0.2.1");
	ck_assert_uint_eq(addr_len(&a), 4);
	ck_assert_uint_eq(addr_len(&six), 16);
	ck_assert_uint_eq(addr_bits(&none), 0);
	b = A("10.1.2.4");
	ck_assert_int_lt(addr_cmp(&a, &b), 0);
	ck_assert_int_gt(addr_cmp(&six, &b), 0);
	ck_assert_int_lt(addr_cmp(&none, &a), 0);
}
END_TEST

START_TEST(addr_kinds)
{
	struct addr none = { 0 }, a;

	a = A("0.0.0.0");
	ck_assert(addr_is_any(&a));
	a = A("::");
	ck_assert(addr_is_any(&a));
	ck_assert(!addr_is_any(&none));
	a = A("224.0.0.5");
	ck_assert(addr_is_multicast(&a));
	a = A("239.255.255.255");
	ck_assert(addr_is_multicast(&a));
	a = A("240.0.0.0");
	ck_assert(!addr_is_multicast(&a));
	a = A("ff02::5");
	ck_assert(addr_is_multicast(&a));
	a = A("127.9.9.9");
	ck_assert(addr_is_loopback(&a));
	a = A("::1");
	ck_assert(addr_is_loopback(&a));
	a = A("::2");
	ck_assert(!addr_is_loopback(&a) && !addr_is_multicast(&a));
}
END_TEST

START_TEST(prefix_literals)
{
	static const struct { const char *in, *out; } good[] = {
		{ "10.0.0.0/8", "10.0.0.0/8" }, { "0.0.0.0/0", "0.0.0.0/0" },
		{ "10.1.2.3", "10.1.2.3/32" }, { "10.2.0.0/15", "10.2.0.0/15" },
		{ "2001:db8::/32", "2001:db8::/32" }, { "::1", "::1/128" }
	};
	static const struct { const char *in; int rv; } bad[] = {
		{ "10.0.0.1/8", -2 }, { "2001:db8::1/32", -2 },
		{ "10.0.0.0/33", -1 }, { "::/129", -1 }, { "10.0.0.0/", -1 },
		{ "10.0.0.0/ 8", -1 }, { "10.0.0.0/-1", -1 },
		{ "10.0.0.0/+8", -1 }, { "10.0.0.0/8x", -1 }, { "/8", -1 },
		{ "10.0.0.0/8/8", -1 }, { "10.0.0.0/99999999999999999999", -1 },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa/128", -1 }
	};
	char b[PREFIX_TEXT_MAX];
	struct prefix p, before;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		p = P(good[i].in);
		ck_assert_str_eq(prefix_text(&p, b), good[i].out);
	}
	memset(&p, 0x5a, sizeof(p));
	before = p;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(prefix_parse(bad[i].in, &p) == bad[i].rv, "%s",
		    bad[i].in);
		ck_assert_mem_eq(&p, &before, sizeof(p));
	}
}
END_TEST

START_TEST(prefix_sets)
{
	static const struct { const char *a, *b; int covers, overlap; } t[] = {
		{ "10.0.0.0/8", "10.1.0.0/16", 1, 1 },
		{ "10.1.0.0/16", "10.0.0.0/8", 0, 1 },
		{ "10.0.0.0/8", "10.0.0.0/8", 1, 1 },
		{ "10.0.0.0/8", "11.0.0.0/8", 0, 0 },
		{ "0.0.0.0/0", "192.0.2.1/32", 1, 1 },
		{ "0.0.0.0/0", "2001:db8::/32", 0, 0 },
		{ "10.0.0.0/9", "10.128.0.0/9", 0, 0 },
		{ "2001:db8::/33", "2001:db8:8000::/33", 0, 0 }
	};
	struct prefix a, b;
	struct addr x;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		a = P(t[i].a);
		b = P(t[i].b);
		ck_assert_int_eq(prefix_covers(&a, &b), t[i].covers);
		ck_assert_int_eq(prefix_overlap(&a, &b), t[i].overlap);
		ck_assert_int_eq(prefix_overlap(&b, &a), t[i].overlap);
	}
	a = P("10.1.2.0/23");
	x = A("10.1.3.255");
	ck_assert(prefix_has(&a, &x));
	x = A("10.1.4.0");
	ck_assert(!prefix_has(&a, &x));
	b = prefix_make(&x, 23);
	ck_assert(!prefix_eq(&a, &b));
	ck_assert_int_lt(prefix_cmp(&a, &b), 0);
	b = P("10.1.2.0/24");
	ck_assert_int_lt(prefix_cmp(&a, &b), 0);
	b = prefix_make(&x, 200);
	ck_assert_uint_eq(b.len, 32);
}
END_TEST

START_TEST(prefixes_of_hosts)
{
	static const struct { const char *p; bool ok; } t[] = {
		{ "0.0.0.0/0", true }, { "10.0.0.0/8", true },
		{ "192.0.2.1/32", true }, { "128.0.0.0/1", true },
		{ "0.0.0.0/1", true }, { "1.0.0.0/24", true },
		{ "127.0.0.0/8", false }, { "127.0.0.1/32", false },
		{ "169.254.1.0/24", false }, { "224.0.0.0/4", false },
		{ "224.0.0.5/32", false }, { "240.0.0.0/4", false },
		{ "255.255.255.255/32", false }, { "0.0.0.0/8", false },
		{ "0.1.0.0/16", false }, { "2001:db8::/32", false }
	};
	struct prefix p;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		p = P(t[i].p);
		ck_assert_msg(prefix_routable(&p) == t[i].ok, "%s", t[i].p);
	}
	p = P("10.0.0.0/8");
	p.addr = A("10.0.0.1");
	ck_assert(!prefix_routable(&p));
	p = P("10.0.0.0/8");
	p.len = 33;
	ck_assert(!prefix_routable(&p));
}
END_TEST

START_TEST(masks)
{
	ck_assert_uint_eq(ip4_mask(0), 0);
	ck_assert_uint_eq(ip4_mask(1), 0x80000000U);
	ck_assert_uint_eq(ip4_mask(30), 0xfffffffcU);
	ck_assert_uint_eq(ip4_mask(32), 0xffffffffU);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("addr");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_test(t, addr_literals);
	tcase_add_test(t, addr_v4_order);
	tcase_add_test(t, addr_kinds);
	tcase_add_test(t, prefix_literals);
	tcase_add_test(t, prefix_sets);
	tcase_add_test(t, prefixes_of_hosts);
	tcase_add_test(t, masks);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
