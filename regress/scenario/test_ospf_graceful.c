/* SPDX-License-Identifier: ISC */
/* RFC 3623: what a router that restarts says, and whether it is believed. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ospf/lsa.h"
#include "regress/scenario/lib_ospf.h"

#define A	0x01010101U
#define B	0x02020202U
#define C	0x03030303U

/* A - B - C in a row, or all joined. */
static struct net *
three(uint64_t seed, bool mesh)
{
	struct net *n = net_new(seed);

	net_router(n, A);
	net_router(n, B);
	net_router(n, C);
	net_link(n, 0, 1, 10);
	net_link(n, 1, 2, 10);
	if (mesh)
		net_link(n, 0, 2, 100);
	net_boot_all(n);
	ck_assert(net_until(n, 3000, net_all_full));
	net_run(n, 20000);
	ck_assert(net_quiet(n));
	return (n);
}

/* A Grace-LSA as bytes: of adv, for period s. */
static size_t
craft(uint8_t *p, size_t cap, uint32_t adv, uint32_t period, uint16_t age)
{
	struct wbuf w = wbuf_make(p, cap);
	struct lsa_hdr h = { .age = age, .options = 2, .seq = 0x80000001U,
	    .key = { .type = LSA_OPAQUE_LINK, .id = 3U << 24, .adv = adv } };

	lsa_hdr_write(&w, &h);
	wbuf_u32(&w, 1U << 16 | 4);
	wbuf_u32(&w, period);
	wbuf_u32(&w, 2U << 16 | 1);
	wbuf_u32(&w, 1U << 24);
	return (w.len);
}

/* Of a third router, of B itself, with periods that cannot be, too old, cut
 * short, while something it was told is not acknowledged. */
START_TEST(refused)
{
	static const struct {
		uint32_t	 adv, period;
		uint16_t	 age;
		enum ospf_drop	 why;
		const char	*says;
	} t[] = {
		{ C, 60, 1, DROP_GRACE_ROUTER, NULL },
		{ B, 60, 1, DROP_NONE, NULL },
		{ A, 0, 1, DROP_GRACE_PERIOD, NULL },
		{ A, 1801, 1, DROP_GRACE_PERIOD, NULL },
		{ A, 0xffffffffU, 1, DROP_GRACE_PERIOD, NULL },
		{ A, 60, 60, DROP_NONE, "1.1.1.1 restarts: not helped: grace "
		    "period expired" },
	};
	struct net *n = three(70, false);
	uint8_t lsa[64];
	size_t len;

	len = craft(lsa, sizeof(lsa), t[_i].adv, t[_i].period, t[_i].age);
	net_craft_lsa(n, 0, 0, lsa, len);
	net_run(n, 50);
	ck_assert_str_eq(net_nbr(n, 0, 1).code, "");
	if (t[_i].says != NULL)
		ck_assert_str_eq(n->r[1].helper, t[_i].says);
	else
		ck_assert_uint_eq(n->r[1].n_helper, 0);
	if (t[_i].why != DROP_NONE)
		ck_assert_uint_eq(net_stats(n, 1)->drops[t[_i].why], 1);
	net_run(n, 10000);
	ck_assert(net_all_full(n));
	net_free(n);
}
END_TEST

START_TEST(refused_bodies)
{
	struct net *n = three(71, false);
	uint8_t lsa[64];
	size_t len = craft(lsa, sizeof(lsa), A, 60, 1), i;

	/* each length: a multiple of four or not, one TLV or a part of it */
	for (i = 20; i < len; i++) {
		lsa[15]++;
		net_craft_lsa(n, 0, 0, lsa, i);
		net_run(n, 1100);
		ck_assert_str_eq(net_nbr(n, 0, 1).code, "");
	}
	ck_assert_uint_eq(net_stats(n, 1)->drops[DROP_GRACE_BODY], len - 20);
	/* a length of a value that is beyond all */
	lsa[15]++;
	lsa[22] = 0xff;
	net_craft_lsa(n, 0, 0, lsa, len);
	net_run(n, 1100);
	ck_assert_uint_eq(n->r[1].n_helper, 0);
	/* and all of it */
	len = craft(lsa, sizeof(lsa), A, 60, 1);
	lsa[14] = 1;
	net_craft_lsa(n, 0, 0, lsa, len);
	net_run(n, 50);
	ck_assert_str_eq(net_nbr(n, 0, 1).code, "helping");
	/* it never restarted: it says so when that LSA of its comes back */
	net_free(n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ospf_graceful");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, refused, 0, 6);
	tcase_add_test(t, refused_bodies);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
