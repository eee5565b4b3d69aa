/* SPDX-License-Identifier: ISC */
/* tunnel.c: what is wanted against what is seen, run against a kernel made
 * of two arrays until nothing is left to do. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/tunnel.h"

static struct os_link links[16];
static struct os_addr addrs[16];
static size_t n_links, n_addrs;
static uint32_t next_index;
static unsigned did[TUNNEL_ACT_N];

static const struct tunnel_want two[2] = {
	{ .tid = 1, .name = "tokyo", .ifname = "gs-tokyo", .mtu = 1442,
	    .inner_local = 0xac1f0001, .inner_peer = 0xac1f0002,
	    .inner_len = 32 },
	{ .tid = 2, .name = "delhi", .ifname = "gs-delhi", .mtu = 1422,
	    .inner_local = 0xac1f0005, .inner_peer = 0xac1f0006,
	    .inner_len = 30 }
};

static struct os_link *
link_at(uint32_t index)
{
	size_t i;

	for (i = 0; i < n_links; i++)
		if (links[i].index == index)
			return (&links[i]);
	return (NULL);
}

static struct os_link *
link_new(const char *name, bool tun, const char *mark)
{
	struct os_link *l = &links[n_links++];

	memset(l, 0, sizeof(*l));
	l->index = ++next_index;
	(void)snprintf(l->name, sizeof(l->name), "%s", name);
	(void)snprintf(l->mark, sizeof(l->mark), "%s", mark);
	l->tun = tun;
	l->mtu = 1500;
	return (l);
}

static void
link_gone(uint32_t index)
{
	struct os_link *l = link_at(index);
	size_t i;

	ck_assert_ptr_nonnull(l);
	*l = links[--n_links];
	for (i = 0; i < n_addrs;)
		if (addrs[i].index == index)
			addrs[i] = addrs[--n_addrs];
		else
			i++;
}

static void
carry_out(const struct tunnel_act *a, struct tunnel_want *w, size_t n)
{
	struct os_link *l;
	size_t i;

	did[a->kind]++;
	switch (a->kind) {
	case TUNNEL_OPEN:
		for (i = 0; i < n_links; i++)
			if (strcmp(links[i].name, a->ifname) == 0)
				break;
		l = i < n_links ? &links[i] : link_new(a->ifname, true, "");
		for (i = 0; i < n; i++)
			if (w[i].tid == a->tid)
				w[i].index = l->index;
		break;
	case TUNNEL_SET:
		l = link_at(a->index);
		ck_assert_ptr_nonnull(l);
		l->mtu = a->set.mtu;
		l->up = a->set.up;
		l->multicast = true;
		memcpy(l->mark, a->set.mark, sizeof(l->mark));
		break;
	case TUNNEL_ADDR_DEL:
		for (i = 0; i < n_addrs; i++)
			if (memcmp(&addrs[i], &a->addr, sizeof(*addrs)) == 0)
				break;
		ck_assert_uint_lt(i, n_addrs);
		addrs[i] = addrs[--n_addrs];
		break;
	case TUNNEL_ADDR_ADD:
		addrs[n_addrs++] = a->addr;
		break;
	case TUNNEL_SWEEP:
		link_gone(a->index);
		break;
	default:
		break;
	}
}

/* Until there is nothing to do; it must come to that in three rounds. */
static void
settle(struct tunnel_want *w, size_t n)
{
	struct tunnel_act v[16];
	size_t i, k;
	int round;

	memset(did, 0, sizeof(did));
	for (round = 0; round < 4; round++) {
		k = tunnel_plan(w, n, links, n_links, addrs, n_addrs, v, 16);
		for (i = 0; i < k; i++)
			carry_out(&v[i], w, n);
		if (k == did[TUNNEL_TAKEN] || k == 0)
			break;
		did[TUNNEL_TAKEN] = 0;
	}
	ck_assert_int_lt(round, 4);
}

static void
setup(void)
{
	n_links = n_addrs = 0;
	next_index = 10;
	(void)link_new("lo", false, "");
	(void)link_new("eth0", false, "");
}

START_TEST(from_nothing)
{
	struct tunnel_want w[2];
	struct os_link *l;

	memcpy(w, two, sizeof(w));
	settle(w, 2);
	ck_assert_uint_eq(n_links, 4);
	ck_assert_uint_eq(n_addrs, 2);
	l = link_at(w[0].index);
	ck_assert_uint_eq(l->mtu, 1442);
	ck_assert(l->up && l->multicast);
	ck_assert_str_eq(l->mark, "greipsecd tokyo");
	/* /32 has a peer, /30 has none */
	ck_assert_int_eq(addrs[0].peer.family, ADDR_V4);
	ck_assert_uint_eq(addrs[0].len, 32);
	ck_assert_int_eq(addrs[1].peer.family, ADDR_NONE);
	ck_assert_uint_eq(addrs[1].len, 30);
}
END_TEST

START_TEST(adopt_and_sweep)
{
	struct tunnel_want w[2];
	uint32_t index;

	memcpy(w, two, sizeof(w));
	settle(w, 2);
	index = w[0].index;
	(void)link_new("gs-osaka", true, "greipsecd osaka");
	(void)link_new("tun9", true, "");
	(void)link_new("x", false, "greipsecd x");	/* no device of ours */
	/* a new main: nothing is open */
	w[0].index = w[1].index = 0;
	settle(w, 2);
	ck_assert_uint_eq(w[0].index, index);
	ck_assert_uint_eq(did[TUNNEL_SWEEP], 1);
	ck_assert_uint_eq(did[TUNNEL_OPEN], 2);
	ck_assert_uint_eq(did[TUNNEL_SET], 0);
	ck_assert_uint_eq(did[TUNNEL_ADDR_ADD], 0);
	ck_assert_uint_eq(n_links, 6);
	/* one is no longer configured */
	settle(w, 1);
	ck_assert_uint_eq(did[TUNNEL_SWEEP], 1);
	ck_assert_uint_eq(n_links, 5);
}
END_TEST

START_TEST(changed_behind_our_back)
{
	struct tunnel_want w[2];
	struct os_addr extra;
	uint32_t index;

	memcpy(w, two, sizeof(w));
	settle(w, 2);
	settle(w, 2);
	ck_assert_uint_eq(did[TUNNEL_SET] + did[TUNNEL_OPEN], 0);
	link_at(w[0].index)->mtu = 1500;
	link_at(w[1].index)->up = false;
	settle(w, 2);
	ck_assert_uint_eq(did[TUNNEL_SET], 2);
	link_at(w[0].index)->multicast = false;
	settle(w, 2);
	ck_assert_uint_eq(did[TUNNEL_SET], 1);
	n_addrs = 1;	/* one address is taken away */
	settle(w, 2);
	ck_assert_uint_eq(did[TUNNEL_ADDR_ADD], 1);
	extra = addrs[0];
	extra.addr = addr_v4(0x0a090909);
	addrs[n_addrs++] = extra;
	settle(w, 2);
	ck_assert_uint_eq(did[TUNNEL_ADDR_DEL], 1);
	ck_assert_uint_eq(n_addrs, 2);
	/* deleted, and recreated by somebody */
	index = w[0].index;
	link_gone(index);
	settle(w, 2);
	ck_assert_uint_eq(did[TUNNEL_OPEN], 1);
	ck_assert_uint_ne(w[0].index, index);
	link_gone(w[0].index);
	(void)link_new("gs-tokyo", true, "");
	settle(w, 2);
	ck_assert_uint_eq(did[TUNNEL_OPEN], 1);
	ck_assert_str_eq(link_at(w[0].index)->mark, "greipsecd tokyo");
}
END_TEST

START_TEST(name_taken)
{
	struct tunnel_want w[2];

	memcpy(w, two, sizeof(w));
	(void)link_new("gs-tokyo", false, "");
	(void)link_new("gs-delhi", true, "somebody's");
	settle(w, 2);
	ck_assert_uint_eq(did[TUNNEL_TAKEN], 2);
	ck_assert_uint_eq(did[TUNNEL_OPEN] + did[TUNNEL_SET], 0);
	ck_assert_uint_eq(n_addrs, 0);
}
END_TEST

START_TEST(bounded)
{
	struct tunnel_want w[2];
	struct tunnel_act v[2];

	memcpy(w, two, sizeof(w));
	(void)link_new("gs-a", true, "greipsecd a");
	(void)link_new("gs-b", true, "greipsecd b");
	(void)link_new("gs-c", true, "greipsecd c");
	ck_assert_uint_eq(tunnel_plan(w, 2, links, n_links, addrs, n_addrs, v,
	    2), 2);
	ck_assert_int_eq(v[1].kind, TUNNEL_SWEEP);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tunnel");
	TCase *c = tcase_create("tunnel");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_test(c, from_nothing);
	tcase_add_test(c, adopt_and_sweep);
	tcase_add_test(c, changed_behind_our_back);
	tcase_add_test(c, name_taken);
	tcase_add_test(c, bounded);
	suite_add_tcase(s, c);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
