/* SPDX-License-Identifier: ISC */
/* dp.h: what every data path must do, asked of each that runs without root. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/dp.h"

static struct sa_done last;
static int answers;
static struct dp *dp;

static void
done(void *ctx, const struct sa_done *d)
{
	ck_assert_ptr_eq(ctx, &answers);
	last = *d;
	answers++;
}

static const struct dp_report report = { .done = done };

static void
setup(void)
{
	answers = 0;
	dp = dp_fake_new(&report, &answers);
	ck_assert_ptr_nonnull(dp);
}

static void
teardown(void)
{
	dp->ops->free(dp);
}

static struct esp_tunnel
tunnel(uint32_t tid)
{
	struct esp_tunnel t;

	memset(&t, 0, sizeof(t));
	t.tid = tid;
	t.mtu = 1442;
	return (t);
}

static struct sa_spec
sa(uint32_t tid, enum sa_dir dir, uint32_t spi)
{
	struct sa_spec s;

	memset(&s, 0, sizeof(s));
	s.tid = tid;
	s.dir = dir;
	s.spi = spi;
	return (s);
}

START_TEST(tunnels)
{
	struct esp_tunnel t = tunnel(5);
	uint32_t index = 0;

	ck_assert_int_eq(dp->ops->tunnel_set(dp, &t, "gs-x", false, &index),
	    0);
	ck_assert_uint_ne(index, 0);
	ck_assert_int_eq(dp->ops->tunnel_set(dp, &t, "gs-x", false, &index),
	    0);
	ck_assert_uint_eq(dp_fake_tunnels(dp), 1);
	ck_assert_int_eq(dp->ops->tunnel_del(dp, 5), 0);
	/* gone already is no error */
	ck_assert_int_eq(dp->ops->tunnel_del(dp, 5), 0);
	ck_assert_uint_eq(dp_fake_tunnels(dp), 0);
	dp_fake_error(dp, EBUSY);
	ck_assert_int_eq(dp->ops->tunnel_set(dp, &t, "gs-x", false, &index),
	    -1);
	ck_assert_int_eq(errno, EBUSY);
}
END_TEST

START_TEST(every_install_is_answered_once)
{
	struct esp_tunnel t = tunnel(5);
	struct sa_spec in = sa(5, SA_IN, 0x1000), out = sa(5, SA_OUT, 0x2000);
	struct sa_ref ref = { .tid = 5, .dir = SA_IN, .spi = 0x1000 };
	uint32_t index;

	/* no such tunnel: not accepted, no answer */
	ck_assert_int_eq(dp->ops->sa_add(dp, &in), -1);
	ck_assert_int_eq(answers, 0);
	(void)dp->ops->tunnel_set(dp, &t, "gs-x", false, &index);
	ck_assert_int_eq(dp->ops->sa_add(dp, &in), 0);
	ck_assert_int_eq(answers, 1);
	ck_assert_uint_eq(last.spi, 0x1000);
	ck_assert_uint_eq(last.error, 0);
	dp_fake_error(dp, ENOSPC);
	ck_assert_int_eq(dp->ops->sa_add(dp, &out), 0);
	ck_assert_int_eq(answers, 2);
	ck_assert_uint_eq(last.error, ENOSPC);
	ck_assert_uint_eq(dp_fake_sas(dp), 1);
	ck_assert_int_eq(dp->ops->sa_del(dp, &ref), 0);
	ck_assert_int_eq(dp->ops->sa_del(dp, &ref), 0);
	ck_assert_uint_eq(dp_fake_sas(dp), 0);
}
END_TEST

START_TEST(sas_go_with_their_tunnel_and_worker)
{
	struct esp_tunnel t = tunnel(5), u = tunnel(6);
	struct sa_spec a = sa(5, SA_IN, 1), b = sa(6, SA_IN, 2);
	uint32_t index;
	size_t i, n;

	(void)dp->ops->tunnel_set(dp, &t, "gs-x", false, &index);
	(void)dp->ops->tunnel_set(dp, &u, "gs-y", false, &index);
	(void)dp->ops->sa_add(dp, &a);
	(void)dp->ops->sa_add(dp, &b);
	(void)dp->ops->tunnel_del(dp, 5);
	ck_assert_uint_eq(dp_fake_sas(dp), 1);
	if (!(dp->ops->caps & DP_NEEDS_WORKER))
		return;
	dp->ops->worker(dp, false);
	n = dp_fake_calls(dp);
	dp->ops->worker(dp, true);
	ck_assert_uint_eq(dp_fake_sas(dp), 0);
	ck_assert_uint_eq(dp_fake_tunnels(dp), 1);
	/* rule 9: an SA is never given again */
	for (i = n; i < dp_fake_calls(dp); i++)
		ck_assert_int_ne(dp_fake_call(dp, i)->what, DP_SA_ADD);
}
END_TEST

START_TEST(policy_is_told)
{
	struct addr a = addr_v4(0xcb007101), b = addr_v4(0xc6336407);
	const struct dp_record *r;

	ck_assert_int_eq(dp->ops->policy(dp, &a, &b, true), 0);
	r = dp_fake_call(dp, 0);
	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(r->what, DP_POLICY_SET);
	ck_assert(r->flag);
	ck_assert_ptr_null(dp_fake_call(dp, 1));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dp_contract");
	TCase *c = tcase_create("fake");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, tunnels);
	tcase_add_test(c, every_install_is_answered_once);
	tcase_add_test(c, sas_go_with_their_tunnel_and_worker);
	tcase_add_test(c, policy_is_told);
	suite_add_tcase(s, c);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
