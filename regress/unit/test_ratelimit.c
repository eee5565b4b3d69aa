/* SPDX-License-Identifier: ISC */
/* The token bucket under a clock of the test's own. */
#include <check.h>
#include <stdlib.h>

#include "lib/ratelimit.h"

static struct mono
at(int64_t ms)
{
	return ((struct mono){ NS_S(1000) + NS_MS(ms) });
}

static int
takes(struct ratelimit *rl, int64_t ms, int n)
{
	int ok = 0;

	while (n-- > 0)
		ok += ratelimit_ok(rl, at(ms));
	return (ok);
}

START_TEST(burst_then_rate)
{
	struct ratelimit rl = ratelimit_make(NS_MS(100), 3);

	ck_assert_int_eq(takes(&rl, 0, 5), 3);
	ck_assert_uint_eq(ratelimit_refused(&rl), 2);
	ck_assert_uint_eq(ratelimit_refused(&rl), 0);
	ck_assert_int_eq(takes(&rl, 99, 1), 0);
	ck_assert_int_eq(takes(&rl, 100, 2), 1);
	/* the half interval left over is not lost */
	ck_assert_int_eq(takes(&rl, 250, 5), 1);
	ck_assert_int_eq(takes(&rl, 300, 5), 1);
	ck_assert_int_eq(takes(&rl, 100000, 9), 3);
}
END_TEST

START_TEST(extremes)
{
	struct ratelimit rl = ratelimit_make(0, 0);

	ck_assert_int_eq(takes(&rl, 0, 2), 1);
	ck_assert_int_eq(takes(&rl, 1, 2), 1);
	rl = ratelimit_make(NS_S(1), 1);
	ck_assert(ratelimit_ok(&rl, (struct mono){ 0 }));
	ck_assert(!ratelimit_ok(&rl, (struct mono){ 1 }));
	ck_assert(ratelimit_ok(&rl, MONO_NEVER));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ratelimit");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_test(t, burst_then_rate);
	tcase_add_test(t, extremes);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
