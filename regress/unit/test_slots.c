/* SPDX-License-Identifier: ISC */
/*
 * Inner addresses of a mesh: known pairs, no two pairs share one, and none
 * moves when sites come.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/conf.h"

static struct prefix
range(const char *text)
{
	struct prefix p;

	ck_assert_int_eq(prefix_parse(text, &p), 0);
	return (p);
}

static const struct {
	uint32_t	a, b;
	const char	*at_a, *at_b;
} known[] = {
	{ 1, 2, "172.31.0.1", "172.31.0.2" },
	{ 2, 1, "172.31.0.2", "172.31.0.1" },
	{ 1, 3, "172.31.0.5", "172.31.0.6" },
	{ 2, 3, "172.31.0.9", "172.31.0.10" },
	{ 1, 4, "172.31.0.13", "172.31.0.14" },
	{ 3, 4, "172.31.0.21", "172.31.0.22" },
	{ 1, 5, "172.31.0.25", "172.31.0.26" },
	{ 23, 22, "172.31.3.242", "172.31.3.241" },
};

START_TEST(pairs)
{
	struct prefix p = range("172.31.0.0/22");
	char text[ADDR_TEXT_MAX];
	uint32_t a, b;

	ck_assert_int_eq(conf_slot(&p, known[_i].a, known[_i].b, &a, &b), 0);
	ck_assert_str_eq(ip4_text(a, text), known[_i].at_a);
	ck_assert_str_eq(ip4_text(b, text), known[_i].at_b);
}
END_TEST

/* Every pair of 45 sites in a /20: all inside, all different. */
START_TEST(all_differ)
{
	static uint8_t used[4096];
	struct prefix p = range("10.255.0.0/20");
	uint32_t base = addr_to_v4(&p.addr), i, j, a, b;

	memset(used, 0, sizeof(used));
	for (i = 1; i <= 45; i++)
		for (j = i + 1; j <= 45; j++) {
			ck_assert_int_eq(conf_slot(&p, i, j, &a, &b), 0);
			ck_assert_uint_lt(a - base, 4096);
			ck_assert_uint_lt(b - base, 4096);
			ck_assert_uint_eq(b, a + 1);
			/* a /30 of its own */
			ck_assert_uint_eq(a % 4, 1);
			ck_assert_uint_eq(used[(a - base) / 4]++, 0);
		}
}
END_TEST

START_TEST(limits)
{
	struct prefix p = range("172.31.0.0/22"), q = range("10.0.0.0/30");
	uint32_t a, b;

	ck_assert_uint_eq(conf_slot_ids(22), 23);
	ck_assert_uint_eq(conf_slot_ids(20), 45);
	ck_assert_uint_eq(conf_slot_ids(30), 2);
	ck_assert_uint_eq(conf_slot_ids(31), 0);
	ck_assert_uint_eq(conf_slot_ids(32), 0);
	ck_assert_uint_eq(conf_slot_len(2), 30);
	ck_assert_uint_eq(conf_slot_len(23), 22);
	ck_assert_uint_eq(conf_slot_len(24), 21);
	ck_assert_uint_eq(conf_slot_len(45), 20);
	ck_assert_uint_eq(conf_slot_len(46), 19);
	ck_assert_uint_eq(conf_slot_len(UINT32_MAX), 255);
	ck_assert_int_eq(conf_slot(&p, 1, 24, &a, &b), -1);
	ck_assert_int_eq(conf_slot(&p, 0, 1, &a, &b), -1);
	ck_assert_int_eq(conf_slot(&p, 5, 5, &a, &b), -1);
	ck_assert_int_eq(conf_slot(&q, 1, 2, &a, &b), 0);
	ck_assert_int_eq(conf_slot(&q, 1, 3, &a, &b), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("slots");
	TCase *t = tcase_create("slots");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, pairs, 0, sizeof(known) / sizeof(known[0]));
	tcase_add_test(t, all_differ);
	tcase_add_test(t, limits);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
