/* SPDX-License-Identifier: ISC */
/* fib.c: guards, the recursive-route guard, adoption, the sweep. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/fib.h"

#define WAN	2
#define TUN	7
#define TUN2	8

static struct fib *f;
static struct mono t0 = { 1000 };

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

/* A route: gateway NULL for a connected one, index 0 for unreachable. */
static struct os_route
R(const char *prefix, uint32_t metric, uint32_t index, const char *gw,
    bool ours)
{
	struct os_route r;

	memset(&r, 0, sizeof(r));
	r.prefix = P(prefix);
	r.metric = metric;
	r.ours = ours;
	r.kind = index != 0 ? OS_ROUTE_VIA : OS_ROUTE_UNREACHABLE;
	if (index != 0) {
		r.n_nexthops = 1;
		r.nexthops[0].index = index;
		if (gw != NULL)
			r.nexthops[0].gateway = A(gw);
	}
	return (r);
}

static void
see(const char *prefix, uint32_t metric, uint32_t index, const char *gw,
    bool ours)
{
	struct os_route r = R(prefix, metric, index, gw, ours);

	(void)fib_seen(f, &r, false);
}

static bool
gone(const char *prefix, uint32_t metric, uint32_t index, const char *gw,
    bool ours)
{
	struct os_route r = R(prefix, metric, index, gw, ours);

	return (fib_seen(f, &r, true) == FIB_SEEN_UNSURE);
}

static void
ospf(const char *prefix, uint32_t index, const char *gw)
{
	struct os_route r = R(prefix, 0, index, gw, true);

	ck_assert_int_eq(fib_ospf_set(f, &r, t0), 0);
}

/* Plan, carry out as a kernel that always can, return the count. */
static size_t
run(void)
{
	struct os_change *v;
	size_t n = fib_plan(f, t0, &v);

	fib_done(f, v, n);
	return (n);
}

/* The row of a prefix and kind. */
static bool
row(const char *prefix, enum fib_kind kind, struct fib_row *out)
{
	struct prefix p = P(prefix);
	size_t i;

	for (i = 0; fib_row(f, i, out); i++)
		if (out->kind == kind && prefix_eq(&out->route.prefix, &p))
			return (true);
	return (false);
}

static void
outer(const char *text)
{
	struct addr a = A(text);

	ck_assert_int_eq(fib_outers_set(f, &a, 1), 1);
	/* known already: nothing new to see */
	ck_assert_int_eq(fib_outers_set(f, &a, 1), 0);
}

static void
setup(void)
{
	const uint32_t links[] = { TUN, TUN2 };

	f = fib_new();
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fib_links_set(f, links, 2), 0);
}

static void
teardown(void)
{
	fib_free(f);
}

START_TEST(guards_come_first_and_stay)
{
	struct prefix g[2] = { P("10.2.0.0/16"), P("10.3.0.0/16") };
	struct os_change *v;
	size_t n;

	ck_assert_int_eq(fib_guards_set(f, g, 2, t0), 1);
	ospf("10.2.0.0/16", TUN, "172.31.0.2");
	n = fib_plan(f, t0, &v);
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(v[0].route.kind, OS_ROUTE_UNREACHABLE);
	ck_assert_uint_eq(v[0].route.metric, FIB_METRIC_GUARD);
	ck_assert_int_eq(v[1].route.kind, OS_ROUTE_UNREACHABLE);
	ck_assert_int_eq(v[2].route.kind, OS_ROUTE_VIA);
	ck_assert_uint_eq(v[2].route.metric, FIB_METRIC_OSPF);
	fib_done(f, v, n);
	ck_assert_uint_eq(run(), 0);
	/* withdrawn: the guard is left */
	fib_ospf_del(f, &g[0]);
	n = fib_plan(f, t0, &v);
	ck_assert_uint_eq(n, 1);
	ck_assert(v[0].del);
	ck_assert_uint_eq(v[0].route.metric, FIB_METRIC_OSPF);
	fib_done(f, v, n);
	/* somebody removes a guard: it comes back */
	(void)gone("10.3.0.0/16", FIB_METRIC_GUARD, 0, NULL, true);
	n = fib_plan(f, t0, &v);
	ck_assert_uint_eq(n, 1);
	ck_assert(!v[0].del);
	ck_assert(prefix_eq(&v[0].route.prefix, &g[1]));
	fib_done(f, v, n);
	/* no longer configured */
	ck_assert_int_eq(fib_guards_set(f, g, 1, t0), 0);
	n = fib_plan(f, t0, &v);
	ck_assert_uint_eq(n, 1);
	ck_assert(v[0].del);
	ck_assert(prefix_eq(&v[0].route.prefix, &g[1]));
}
END_TEST

START_TEST(outer_address_is_pinned)
{
	struct os_change *v;
	struct fib_row r;
	size_t n;

	outer("198.51.100.7");
	see("0.0.0.0/0", 100, WAN, "203.0.113.254", false);
	ospf("198.51.100.0/24", TUN, "172.31.0.2");
	n = fib_plan(f, t0, &v);
	ck_assert_uint_eq(n, 2);
	/* the pin before what it guards against */
	ck_assert_uint_eq(v[0].route.metric, FIB_METRIC_PIN);
	ck_assert_uint_eq(v[0].route.prefix.len, 32);
	ck_assert_uint_eq(v[0].route.nexthops[0].index, WAN);
	ck_assert(addr_eq(&v[0].route.nexthops[0].gateway,
	    &(struct addr){ ADDR_V4, { 203, 0, 113, 254 } }));
	ck_assert_uint_eq(v[1].route.metric, FIB_METRIC_OSPF);
	fib_done(f, v, n);
	ck_assert_uint_eq(run(), 0);

	/* the underlay's default route moves: the pin follows */
	ck_assert(!gone("0.0.0.0/0", 100, WAN, "203.0.113.254", false));
	see("0.0.0.0/0", 200, 3, "192.0.2.1", false);
	n = fib_plan(f, t0, &v);
	ck_assert_uint_eq(n, 1);
	ck_assert(!v[0].del);
	ck_assert_uint_eq(v[0].route.nexthops[0].index, 3);
	fib_done(f, v, n);

	/* it goes: the route is refused before the pin is taken away */
	ck_assert(!gone("0.0.0.0/0", 200, 3, "192.0.2.1", false));
	n = fib_plan(f, t0, &v);
	ck_assert_uint_eq(n, 2);
	ck_assert(v[0].del && v[1].del);
	ck_assert_uint_eq(v[0].route.metric, FIB_METRIC_OSPF);
	ck_assert_uint_eq(v[1].route.metric, FIB_METRIC_PIN);
	fib_done(f, v, n);
	ck_assert(row("198.51.100.0/24", FIB_OSPF, &r));
	ck_assert_int_eq(r.why, FIB_RECURSIVE);
	ck_assert(!r.installed);

	/* and comes again */
	see("0.0.0.0/0", 100, WAN, "203.0.113.254", false);
	ck_assert_uint_eq(run(), 2);
	ck_assert(row("198.51.100.0/24", FIB_OSPF, &r));
	ck_assert(r.installed);
	/* OSPF withdraws: the pin is not needed any more, and goes last */
	fib_ospf_del(f, &r.route.prefix);
	n = fib_plan(f, t0, &v);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(v[1].route.metric, FIB_METRIC_PIN);
}
END_TEST

/* A lease that brings another address by the same gateway: the pin has it too. */
START_TEST(pin_has_the_source)
{
	struct os_route d = { .metric = 100 };
	struct os_change *v;

	outer("198.51.100.7");
	ck_assert_int_eq(prefix_parse("0.0.0.0/0", &d.prefix), 0);
	d.nexthops[0].index = WAN;
	d.n_nexthops = 1;
	ck_assert_int_eq(addr_parse("203.0.113.254", &d.nexthops[0].gateway),
	    0);
	ck_assert_int_eq(addr_parse("203.0.113.5", &d.src), 0);
	(void)fib_seen(f, &d, false);
	ospf("198.51.100.0/24", TUN, "172.31.0.2");
	ck_assert_uint_eq(run(), 2);
	ck_assert_int_eq(addr_parse("203.0.113.9", &d.src), 0);
	ck_assert_int_eq(fib_seen(f, &d, false), FIB_SEEN_NEWS);
	ck_assert_uint_eq(fib_plan(f, t0, &v), 1);
	ck_assert(!v[0].del);
	ck_assert_uint_eq(v[0].route.metric, FIB_METRIC_PIN);
	ck_assert(addr_eq(&v[0].route.src, &d.src));
}
END_TEST

START_TEST(no_pin_without_need)
{
	outer("198.51.100.7");
	see("0.0.0.0/0", 0, WAN, "203.0.113.254", false);
	see("198.51.100.0/24", 0, WAN, NULL, false);
	/* less specific than the underlay's, or as specific and worse */
	ospf("198.51.0.0/16", TUN, "172.31.0.2");
	ospf("198.51.100.0/24", TUN, "172.31.0.2");
	ospf("10.2.0.0/16", TUN, "172.31.0.2");
	ospf("0.0.0.0/0", TUN, "172.31.0.2");
	ck_assert_uint_eq(run(), 4);
	ck_assert_uint_eq(fib_count(f), 4);
}
END_TEST

START_TEST(default_route_by_ospf)
{
	struct fib_row r;

	outer("198.51.100.7");
	see("0.0.0.0/0", 100, WAN, "203.0.113.254", false);
	ospf("0.0.0.0/0", TUN, "172.31.0.2");
	ck_assert_uint_eq(run(), 2);
	ck_assert(row("198.51.100.7/32", FIB_PIN, &r));
	ck_assert_uint_eq(r.route.nexthops[0].index, WAN);
}
END_TEST

START_TEST(host_route_to_the_outer_address)
{
	struct fib_row r;

	outer("198.51.100.7");
	see("198.51.100.0/24", 0, WAN, NULL, false);
	ospf("198.51.100.7/32", TUN, "172.31.0.2");
	ck_assert_uint_eq(run(), 2);
	ck_assert(row("198.51.100.7/32", FIB_PIN, &r));
	ck_assert_uint_lt(r.route.metric, FIB_METRIC_OSPF);
	ck_assert_int_eq(r.route.nexthops[0].gateway.family, ADDR_NONE);
}
END_TEST

START_TEST(guard_over_an_outer_address)
{
	struct prefix g = P("198.51.100.0/24");
	struct fib_row r;

	outer("198.51.100.7");
	see("0.0.0.0/0", 0, WAN, "203.0.113.254", false);
	ck_assert_int_eq(fib_guards_set(f, &g, 1, t0), 1);
	ck_assert_uint_eq(run(), 2);
	ck_assert(row("198.51.100.7/32", FIB_PIN, &r));
}
END_TEST

START_TEST(tunnels_are_no_underlay)
{
	struct fib_row r;

	outer("198.51.100.7");
	/* only by another tunnel of ours */
	see("198.51.100.0/24", 0, TUN2, NULL, false);
	ospf("198.51.0.0/16", TUN, "172.31.0.2");
	ck_assert_uint_eq(run(), 0);
	ck_assert(row("198.51.0.0/16", FIB_OSPF, &r));
	ck_assert_int_eq(r.why, FIB_RECURSIVE);
}
END_TEST

START_TEST(routes_of_others_stay)
{
	struct fib_row r;

	see("10.2.0.0/16", FIB_METRIC_OSPF, WAN, "203.0.113.9", false);
	ospf("10.2.0.0/16", TUN, "172.31.0.2");
	ck_assert_uint_eq(run(), 0);
	ck_assert(row("10.2.0.0/16", FIB_OSPF, &r));
	ck_assert_int_eq(r.why, FIB_OCCUPIED);
	/* it goes: ours is installed */
	ck_assert(!gone("10.2.0.0/16", FIB_METRIC_OSPF, WAN, "203.0.113.9",
	    false));
	ck_assert_uint_eq(run(), 1);
	/* one of two in that place went: look again */
	see("10.9.0.0/16", FIB_METRIC_OSPF, WAN, "203.0.113.9", false);
	ck_assert(gone("10.9.0.0/16", FIB_METRIC_OSPF, WAN, "203.0.113.8",
	    false));
}
END_TEST

/* Somebody puts a route in the place of ours, and the kernel says of none that
 * it went. */
START_TEST(replaced)
{
	struct os_route other = R("10.2.0.0/16", FIB_METRIC_OSPF, WAN,
	    "203.0.113.9", false);
	struct fib_row r;

	ospf("10.2.0.0/16", TUN, "172.31.0.2");
	ck_assert_uint_eq(run(), 1);
	ck_assert_int_eq(fib_seen(f, &other, false), FIB_SEEN_UNSURE);
	/* all that there is */
	fib_seen_clear(f);
	ck_assert_int_eq(fib_seen(f, &other, false), FIB_SEEN_NEWS);
	ck_assert_uint_eq(run(), 0);
	ck_assert(row("10.2.0.0/16", FIB_OSPF, &r));
	ck_assert_int_eq(r.why, FIB_OCCUPIED);
	ck_assert_int_eq(fib_seen(f, &other, true), FIB_SEEN_NEWS);
	ck_assert_uint_eq(run(), 1);
}
END_TEST

/* A subnet of a link, as a DHCP client has it. */
static struct os_route
subnet(const char *prefix, uint32_t metric, uint32_t index, const char *src)
{
	struct os_route r = R(prefix, metric, index, NULL, false);

	r.src = A(src);
	return (r);
}

/* Another site has the subnet that this one has, at a metric that ours would
 * beat: it stays where it is. */
START_TEST(connected_stays)
{
	struct os_route c = subnet("192.168.178.0/24", 100, WAN,
	    "192.168.178.50");
	struct os_change *v;
	struct fib_row r;
	size_t n;

	ck_assert_int_eq(fib_seen(f, &c, false), FIB_SEEN_NEWS);
	ospf("192.168.178.0/24", TUN, "172.31.0.2");
	ospf("192.168.178.64/26", TUN, "172.31.0.2");
	ck_assert_uint_eq(run(), 1);
	ck_assert(row("192.168.178.64/26", FIB_OSPF, &r));
	ck_assert(r.installed && r.why == FIB_FINE);
	ck_assert(row("192.168.178.0/24", FIB_OSPF, &r));
	ck_assert(!r.installed);
	ck_assert_int_eq(r.why, FIB_CONNECTED);
	/* it goes, and comes again */
	ck_assert_int_eq(fib_seen(f, &c, true), FIB_SEEN_NEWS);
	ck_assert_uint_eq(run(), 1);
	ck_assert(row("192.168.178.0/24", FIB_OSPF, &r));
	ck_assert(r.installed && r.why == FIB_FINE);
	ck_assert_int_eq(fib_seen(f, &c, false), FIB_SEEN_NEWS);
	n = fib_plan(f, t0, &v);
	ck_assert_uint_eq(n, 1);
	ck_assert(v[0].del);
	ck_assert(prefix_eq(&v[0].route.prefix, &c.prefix));
	fib_done(f, v, n);
	ck_assert_uint_eq(run(), 0);
	/* a route of no interest takes its place */
	c = R("192.168.178.0/24", 100, WAN, "203.0.113.9", false);
	ck_assert_int_eq(fib_seen(f, &c, false), FIB_SEEN_UNSURE);
	fib_seen_clear(f);
	ck_assert_int_eq(fib_seen(f, &c, false), FIB_SEEN_SAME);
	ck_assert_uint_eq(run(), 2);
}
END_TEST

/* What is no subnet of this host, or is before ours anyway. */
START_TEST(not_connected)
{
	struct os_route c[] = {
		subnet("10.2.0.0/16", 0, WAN, "10.2.0.1"),
		subnet("10.3.0.0/16", 100, TUN2, "10.3.0.1"),
		subnet("10.4.0.0/16", 100, WAN, "203.0.113.5"),
		subnet("0.0.0.0/0", 100, WAN, "203.0.113.5"),
	};
	char text[PREFIX_TEXT_MAX];
	size_t i;

	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		(void)fib_seen(f, &c[i], false);
		ospf(prefix_text(&c[i].prefix, text), TUN, "172.31.0.2");
	}
	ck_assert_uint_eq(run(), i);
}
END_TEST

START_TEST(left_by_a_crash)
{
	struct prefix p = P("10.2.0.0/16");
	struct os_change *v;
	size_t n;

	/* what is there of ours is kept until OSPF has spoken */
	see("10.2.0.0/16", FIB_METRIC_OSPF, TUN, "172.31.0.2", true);
	see("10.3.0.0/16", FIB_METRIC_OSPF, TUN2, "172.31.0.6", true);
	see("10.4.0.0/16", FIB_METRIC_GUARD, 0, NULL, true);
	n = fib_plan(f, t0, &v);
	ck_assert_uint_eq(n, 1);	/* a guard that nobody wants */
	ck_assert(v[0].del);
	ck_assert_uint_eq(v[0].route.metric, FIB_METRIC_GUARD);
	fib_done(f, v, n);
	ospf("10.2.0.0/16", TUN, "172.31.0.2");
	ck_assert_uint_eq(run(), 0);
	fib_ospf_sweep(f);
	n = fib_plan(f, t0, &v);
	ck_assert_uint_eq(n, 1);
	ck_assert(v[0].del);
	p = P("10.3.0.0/16");
	ck_assert(prefix_eq(&v[0].route.prefix, &p));
	fib_done(f, v, n);
	/* from now on a stranger with our number is swept */
	see("10.5.0.0/16", FIB_METRIC_OSPF, TUN, "172.31.0.2", true);
	ck_assert_uint_eq(run(), 1);
}
END_TEST

START_TEST(adopted_and_impossible)
{
	struct os_change *v;
	size_t n;

	see("10.2.0.0/16", FIB_METRIC_OSPF, TUN, "172.31.0.2", true);
	ck_assert_uint_eq(run(), 0);
	fib_seen_clear(f);	/* its device went, and it with it */
	n = fib_plan(f, t0, &v);
	ck_assert_uint_eq(n, 1);
	v[0].error = ENODEV;
	fib_done(f, v, n);
	ck_assert_uint_eq(run(), 0);
	ck_assert_uint_eq(fib_count(f), 0);
}
END_TEST

START_TEST(ospf_is_replaced)
{
	struct fib_row r;

	fib_ospf_sweep(f);
	ospf("10.2.0.0/16", TUN, "172.31.0.2");
	ospf("10.3.0.0/16", TUN, "172.31.0.2");
	ck_assert_uint_eq(run(), 2);
	fib_ospf_stale(f);
	ck_assert_uint_eq(run(), 0);
	/* a stale route is still a route: taken away, it comes back */
	fib_seen_clear(f);
	ck_assert_uint_eq(run(), 2);
	ospf("10.2.0.0/16", TUN2, "172.31.0.6");
	ck_assert_uint_eq(run(), 1);
	fib_ospf_sweep(f);
	ck_assert_uint_eq(run(), 1);
	ck_assert(row("10.2.0.0/16", FIB_OSPF, &r));
	ck_assert_uint_eq(r.route.nexthops[0].index, TUN2);
	ck_assert(!row("10.3.0.0/16", FIB_OSPF, &r));
}
END_TEST

/* The operator keeps what OSPF found out of the kernel; the guards stay. */
START_TEST(decoupled)
{
	struct prefix g = P("10.2.0.0/16");
	struct fib_row r;

	ck_assert_int_eq(fib_guards_set(f, &g, 1, t0), 1);
	fib_ospf_sweep(f);
	ospf("10.2.0.0/16", TUN, "172.31.0.2");
	ck_assert_uint_eq(run(), 2);
	fib_couple(f, false);
	ck_assert(!fib_coupled(f));
	ck_assert_uint_eq(run(), 1);
	ck_assert(row("10.2.0.0/16", FIB_OSPF, &r));
	ck_assert(!r.installed && r.why == FIB_DECOUPLED);
	ck_assert(row("10.2.0.0/16", FIB_GUARD, &r));
	ck_assert(r.installed);
	ospf("10.3.0.0/16", TUN, "172.31.0.2");
	ck_assert_uint_eq(run(), 0);
	fib_couple(f, true);
	ck_assert_uint_eq(run(), 2);
	ck_assert(row("10.2.0.0/16", FIB_OSPF, &r));
	ck_assert(r.installed && r.why == FIB_FINE);
}
END_TEST

START_TEST(kernel_says_no)
{
	struct os_change *v;
	struct fib_row r;
	size_t n;

	fib_ospf_sweep(f);
	ospf("10.2.0.0/16", TUN, "172.31.0.2");
	n = fib_plan(f, t0, &v);
	ck_assert_int_eq(v[0].before, 0);
	v[0].error = ENETDOWN;
	fib_done(f, v, n);
	ck_assert(row("10.2.0.0/16", FIB_OSPF, &r));
	ck_assert_int_eq(r.why, FIB_KERNEL);
	ck_assert_int_eq(r.error, ENETDOWN);
	/* tried again, and it works */
	n = fib_plan(f, t0, &v);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(v[0].before, ENETDOWN);
	fib_done(f, v, n);
	ck_assert(row("10.2.0.0/16", FIB_OSPF, &r));
	ck_assert(r.installed);
	/* a removal */
	fib_ospf_del(f, &r.route.prefix);
	n = fib_plan(f, t0, &v);
	ck_assert_int_eq(v[0].before, 0);
	v[0].error = EPERM;
	fib_done(f, v, n);
	fib_seen_clear(f);
	see("10.2.0.0/16", FIB_METRIC_OSPF, TUN, "172.31.0.2", true);
	n = fib_plan(f, t0, &v);
	ck_assert(n == 1 && v[0].del);
	ck_assert_int_eq(v[0].before, EPERM);
}
END_TEST

START_TEST(thousands)
{
	struct os_route r = R("10.0.0.0/24", 0, TUN, "172.31.0.2", true);
	struct os_change *v;
	struct addr a[500];
	uint32_t i;
	size_t n;

	for (i = 0; i < 500; i++)
		a[i] = addr_v4(0xc6336400 + i * 3);
	ck_assert_int_eq(fib_outers_set(f, a, 500), 1);
	see("0.0.0.0/0", 100, WAN, "203.0.113.254", false);
	for (i = 0; i < 5000; i++) {
		r.prefix.addr = addr_v4(0x0a000000 + (i * 7919 % 5000 << 8));
		ck_assert_int_eq(fib_ospf_set(f, &r, t0), 0);
	}
	ospf("198.51.0.0/16", TUN, "172.31.0.2");
	n = fib_plan(f, t0, &v);
	ck_assert_uint_eq(n, 5001 + 500);
	fib_done(f, v, n);
	ck_assert_uint_eq(run(), 0);
}
END_TEST

static uint64_t
chance(uint64_t *s, uint64_t bound)
{
	uint64_t z = *s += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	return ((z ^ z >> 27) % bound);
}

/* One thing that may happen, to both. */
static void
happens(struct fib *v[2], uint64_t *s)
{
	static const uint32_t metrics[] = { 0, 10, 20, 100, 4278198272U };
	struct os_route r;
	struct prefix guards[2];
	struct addr outers[2];
	uint64_t op = chance(s, 10);
	bool is_gone = chance(s, 3) == 0;
	int i;

	memset(&r, 0, sizeof(r));
	r.prefix.addr = addr_v4((uint32_t)(0x0a000000 + chance(s, 12) * 0x400));
	r.prefix.len = (uint8_t)(20 + chance(s, 3));
	if (chance(s, 20) == 0)
		r.prefix = P("0.0.0.0/0");
	r.prefix = prefix_make(&r.prefix.addr, r.prefix.len);
	r.metric = metrics[chance(s, 5)];
	r.kind = OS_ROUTE_VIA;
	r.n_nexthops = 1;
	r.nexthops[0].index = chance(s, 2) == 0 ? WAN : TUN;
	r.nexthops[0].gateway = addr_v4((uint32_t)(0xac1f0001 + chance(s, 3)));
	r.ours = op == 8 && r.metric != 0 && r.metric != 100;
	if (!r.ours && chance(s, 2) == 0) {
		memset(&r.nexthops[0].gateway, 0, sizeof(struct addr));
		r.src = r.prefix.addr;
	}
	guards[0] = r.prefix;
	guards[1] = P("10.0.8.0/22");
	outers[0] = addr_v4((uint32_t)(0x0a000001 + chance(s, 12) * 0x400));
	outers[1] = A("198.51.100.7");
	for (i = 0; i < 2; i++)
		switch (op) {
		case 0:
			ck_assert_int_ge(fib_guards_set(v[i], guards, 2, t0),
			    0);
			break;
		case 1:
			(void)fib_outers_set(v[i], outers, 2);
			break;
		case 2:
			fib_couple(v[i], !is_gone);
			break;
		case 3:
			fib_ospf_del(v[i], &r.prefix);
			break;
		case 7: case 8: case 9:
			(void)fib_seen(v[i], &r, is_gone);
			break;
		default:
			ck_assert_int_eq(fib_ospf_set(v[i], &r, t0), 0);
			break;
		}
}

/* What is planned from what changed is what is planned from everything. */
START_TEST(planned_from_changes)
{
	struct os_change *c[2];
	struct fib *v[2];
	struct fib_row a, b;
	uint64_t s = (uint64_t)_i;
	size_t n[2], k;
	int round, i;

	for (i = 0; i < 2; i++)
		ck_assert_ptr_nonnull(v[i] = fib_new());
	for (round = 0; round < 300; round++) {
		for (k = chance(&s, 4); k > 0; k--)
			happens(v, &s);
		fib_couple(v[1], fib_coupled(v[1]));	/* all of it */
		for (i = 0; i < 2; i++)
			n[i] = fib_plan(v[i], t0, &c[i]);
		ck_assert_uint_eq(n[0], n[1]);
		for (k = 0; k < n[0]; k++) {
			ck_assert_int_eq(c[0][k].del, c[1][k].del);
			ck_assert(prefix_eq(&c[0][k].route.prefix,
			    &c[1][k].route.prefix));
			ck_assert_uint_eq(c[0][k].route.metric,
			    c[1][k].route.metric);
			c[0][k].error = c[1][k].error = chance(&s, 8) == 0 ?
			    ENETUNREACH : 0;
		}
		for (i = 0; i < 2; i++)
			fib_done(v[i], c[i], n[i]);
		ck_assert_uint_eq(fib_count(v[0]), fib_count(v[1]));
		for (k = 0; fib_row(v[0], k, &a) && fib_row(v[1], k, &b); k++) {
			ck_assert_int_eq(a.kind, b.kind);
			ck_assert_int_eq(a.why, b.why);
			ck_assert_int_eq(a.installed, b.installed);
		}
	}
	for (i = 0; i < 2; i++)
		fib_free(v[i]);
}
END_TEST

/* What a storm of routes of others costs: nothing. */
START_TEST(routes_that_do_not_matter)
{
	struct os_route r = R("192.0.2.0/24", 100, WAN, "203.0.113.9", false);

	outer("198.51.100.7");
	ck_assert_int_eq(fib_seen(f, &r, false), FIB_SEEN_SAME);
	ck_assert_int_eq(fib_seen(f, &r, true), FIB_SEEN_SAME);
	r = R("198.51.0.0/16", 100, WAN, "203.0.113.9", false);
	ck_assert_int_eq(fib_seen(f, &r, false), FIB_SEEN_NEWS);
	ck_assert_int_eq(fib_seen(f, &r, false), FIB_SEEN_SAME);
	ck_assert_int_eq(fib_seen(f, &r, true), FIB_SEEN_NEWS);
}
END_TEST

/* How many routes stand before a guard. */
static size_t
n_foreign(void)
{
	struct os_route r;
	size_t at = 0, n = 0;

	while (fib_foreign(f, &at, &r))
		n++;
	return (n);
}

/* Routes of others inside a guard are known, whatever their metric; those that lead
 * by a tunnel or nowhere, or to a peer, are no matter. */
START_TEST(routes_of_others)
{
	static const struct {
		const char	*prefix;
		uint32_t	metric, index;
		const char	*gw;
		bool		foreign;
	} v[] = {
		{ "10.2.0.0/16", 0, WAN, "192.0.2.1", true },
		{ "10.2.1.0/24", 7, WAN, "192.0.2.1", true },
		{ "10.2.1.0/25", 4000, WAN, "192.0.2.1", true },
		{ "10.2.1.9/32", 0, WAN, "192.0.2.1", true },
		{ "10.2.3.0/24", 0, WAN, NULL, true },
		{ "10.2.1.1/32", 0, WAN, NULL, false },
		{ "10.2.4.0/24", 0, TUN, NULL, false },
		{ "10.2.5.0/24", 0, 0, NULL, false },
		{ "10.2.9.9/32", 0, WAN, "192.0.2.1", false },
		{ "10.3.0.0/16", 0, WAN, "192.0.2.1", false },
		{ "10.0.0.0/8", 0, WAN, "192.0.2.1", false },
		{ "0.0.0.0/0", 0, WAN, "192.0.2.1", false },
	};
	struct prefix guard = P("10.2.0.0/16");
	uint32_t tun = TUN;
	struct os_route r;
	size_t i, at;

	ck_assert_int_eq(fib_guards_set(f, &guard, 1, t0), 1);
	/* what was seen before is to be shown again for a new one only */
	ck_assert_int_eq(fib_guards_set(f, &guard, 1, t0), 0);
	ck_assert_int_eq(fib_links_set(f, &tun, 1), 0);
	outer("10.2.9.9");
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		see(v[i].prefix, v[i].metric, v[i].index, v[i].gw, false);
		(void)run();
		ck_assert_msg(n_foreign() == v[i].foreign, "%s", v[i].prefix);
		if (v[i].foreign) {
			at = 0;
			ck_assert(fib_foreign(f, &at, &r));
			guard = P(v[i].prefix);
			ck_assert(prefix_eq(&r.prefix, &guard));
		}
		(void)gone(v[i].prefix, v[i].metric, v[i].index, v[i].gw,
		    false);
		ck_assert_uint_eq(n_foreign(), 0);
	}
	/* at a higher metric than OSPF's ours is taken */
	ospf("10.2.6.0/24", TUN, NULL);
	see("10.2.6.0/24", 100, WAN, "192.0.2.1", false);
	(void)run();
	ck_assert_uint_eq(n_foreign(), 0);
	see("10.2.6.0/24", 3, WAN, "192.0.2.1", false);
	(void)run();
	ck_assert_uint_eq(n_foreign(), 1);
	ck_assert_int_eq(fib_guards_set(f, NULL, 0, t0), 0);
	ck_assert_uint_eq(n_foreign(), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fib");
	TCase *c = tcase_create("fib");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, guards_come_first_and_stay);
	tcase_add_test(c, routes_of_others);
	tcase_add_test(c, outer_address_is_pinned);
	tcase_add_test(c, pin_has_the_source);
	tcase_add_test(c, no_pin_without_need);
	tcase_add_test(c, default_route_by_ospf);
	tcase_add_test(c, host_route_to_the_outer_address);
	tcase_add_test(c, guard_over_an_outer_address);
	tcase_add_test(c, tunnels_are_no_underlay);
	tcase_add_test(c, routes_of_others_stay);
	tcase_add_test(c, replaced);
	tcase_add_test(c, connected_stays);
	tcase_add_test(c, not_connected);
	tcase_add_test(c, left_by_a_crash);
	tcase_add_test(c, adopted_and_impossible);
	tcase_add_test(c, ospf_is_replaced);
	tcase_add_test(c, kernel_says_no);
	tcase_add_test(c, thousands);
	tcase_add_loop_test(c, planned_from_changes, 0, 60);
	tcase_add_test(c, routes_that_do_not_matter);
	tcase_add_test(c, decoupled);
	suite_add_tcase(s, c);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
