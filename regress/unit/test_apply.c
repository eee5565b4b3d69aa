/* SPDX-License-Identifier: ISC */
/*
 * Main without processes and without a kernel: apply.c, kernel.c, lan.c,
 * relay.c between the fakes of fake_main.h.  What the roles would say is
 * called by the rules they are bound to.
 */
#include <sys/stat.h>

#include "regress/unit/fake_main.h"

#define THREE	HEAD " site delhi { id 4 address 192.0.2.80 " \
	"network 10.4.0.0/16 }\n}\n"

START_TEST(start)
{
	const void *o;
	size_t i;

	ck_assert_ptr_nonnull(route_by("10.2.0.0/16", FIB_METRIC_GUARD));
	ck_assert_ptr_null(route_by("10.1.0.0/16", FIB_METRIC_GUARD));
	ck_assert_uint_eq(n_second, 1);
	ck_assert_ptr_nonnull(link_by("gs-tokyo"));
	ck_assert_uint_eq(link_by("gs-tokyo")->mtu, 1442);
	ck_assert_int_eq(forwarding, 1);
	ck_assert_uint_eq(got(ROLE_KEYS, M_KEYS_SECRET), 1);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_TUNNEL), 1);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_SOCK), 3);
	ck_assert_uint_eq(got(ROLE_ESP, M_ESP_SOCK), 6);
	ck_assert_uint_eq(count(ROLE_ESP, M_ESP_TUNNEL, &o), 1);
	ck_assert_uint_eq(((const struct esp_tunnel *)o)->mtu, 1442);
	ck_assert_uint_eq(((const struct esp_tunnel *)o)->mss, 1402);
	ck_assert_uint_eq(got(ROLE_OSPF, M_OSPF_GLOBAL), 1);
	ck_assert_uint_eq(count(ROLE_OSPF, M_OSPF_IFACE, &o), 1);
	ck_assert(!((const struct ospf_iface *)o)->up);
	/* ike had to wait for keys and esp */
	for (i = 0; i < n_sent; i++)
		if (sent[i].role == ROLE_ESP && sent[i].type == M_ESP_TUNNEL)
			break;
	for (; i < n_sent; i++)
		if (sent[i].role == ROLE_IKE && sent[i].type == M_IKE_TUNNEL)
			break;
	ck_assert_uint_lt(i, n_sent);
}
END_TEST

START_TEST(up_and_down)
{
	struct ospf_nbr_state n = { .full = true };
	const void *o;

	reset();
	add_sa(SA_IN, 0x1001);
	add_sa(SA_OUT, 0x2001);
	ck_assert_uint_eq(got(ROLE_ESP, M_ESP_SA_ADD), 2);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_SA_DONE), 2);
	ike_up();
	ck_assert_uint_eq(count(ROLE_OSPF, M_OSPF_LINK, &o), 1);
	ck_assert(((const struct ospf_link *)o)->up);
	ck_assert_int_eq(tokyo()->state, TUN_DEGRADED);
	n.iid = tokyo()->iid;
	n.tid = tokyo()->tid;
	say(relay_ospf, M_OSPF_NBR, &n);
	ck_assert_int_eq(tokyo()->state, TUN_UP);
	reset();
	n.full = false;
	n.dead_timer = true;
	say(relay_ospf, M_OSPF_NBR, &n);
	ck_assert_int_eq(tokyo()->state, TUN_DEGRADED);
	ck_assert_uint_eq(count(ROLE_IKE, M_IKE_EVIDENCE, &o), 1);
	ck_assert_int_eq(((const struct sa_evidence *)o)->what, EVID_SILENT);
	/* OSPF decides: the link stays up for it */
	ck_assert_uint_eq(got(ROLE_OSPF, M_OSPF_LINK), 0);
}
END_TEST

/* Rule 9. */
START_TEST(esp_dies)
{
	struct sa_evidence e = { .tid = tokyo()->tid, .what = EVID_NO_SA };
	struct sa_spec s;
	const void *o;

	add_sa(SA_IN, 0x1001);
	add_sa(SA_OUT, 0x2001);
	ike_up();
	reset();
	s = sa(SA_IN, 0x1002);
	say(relay_ike, M_IKE_SA_ADD, &s);	/* under way */
	role_down(ROLE_ESP);
	ck_assert_uint_eq(count(ROLE_IKE, M_IKE_SA_DONE, &o), 1);
	ck_assert_uint_ne(((const struct sa_done *)o)->error, 0);
	ck_assert_int_eq(tokyo()->state, TUN_DOWN);
	s = sa(SA_IN, 0x1003);
	say(relay_ike, M_IKE_SA_ADD, &s);
	ck_assert_uint_eq(count(ROLE_IKE, M_IKE_SA_DONE, &o), 2);
	ck_assert_uint_ne(((const struct sa_done *)o)->error, 0);
	reset();
	role_up(ROLE_ESP);
	ck_assert_uint_eq(got(ROLE_ESP, M_ESP_SOCK), 6);
	ck_assert_uint_eq(got(ROLE_ESP, M_ESP_TUNNEL), 1);
	ck_assert_uint_eq(got(ROLE_ESP, M_ESP_SA_ADD), 0);
	ck_assert_uint_eq(count(ROLE_IKE, M_IKE_KICK, &o), 1);
	ck_assert_int_eq(((const struct ike_kick *)o)->what,
	    KICK_REKEY_CHILD);
	/* and again when esp dies before there were new ones, then no more */
	role_down(ROLE_ESP);
	reset();
	role_up(ROLE_ESP);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_KICK), 1);
	/* what has come to nothing is asked for again, now and then */
	reset();
	say(relay_esp, M_ESP_EVIDENCE, &e);
	say(relay_esp, M_ESP_EVIDENCE, &e);
	ck_assert_uint_eq(count(ROLE_IKE, M_IKE_KICK, &o), 1);
	ck_assert_int_eq(((const struct ike_kick *)o)->what,
	    KICK_REKEY_CHILD);
	add_sa(SA_IN, 0x1004);
	add_sa(SA_OUT, 0x2004);
	ck_assert(!tokyo()->sa_lost);
	ck_assert_int_eq(tokyo()->state, TUN_DEGRADED);
}
END_TEST

START_TEST(ike_dies)
{
	const void *o;

	add_sa(SA_IN, 0x1001);
	add_sa(SA_OUT, 0x2001);
	ike_up();
	reset();
	role_down(ROLE_IKE);
	/* its SAs carry on */
	ck_assert_uint_eq(got(ROLE_ESP, M_ESP_SA_DEL), 0);
	ck_assert_int_eq(tokyo()->state, TUN_DEGRADED);
	role_up(ROLE_IKE);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_SOCK), 3);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_TUNNEL), 1);
	add_sa(SA_IN, 0x1002);
	add_sa(SA_OUT, 0x2002);
	ike_up();
	ck_assert_uint_eq(got(ROLE_ESP, M_ESP_SA_DEL), 0);
	/* the time of the old ones comes later */
	now = mono_add(tokyo()->old_sas_due, 1);
	work();
	ck_assert_uint_eq(count(ROLE_ESP, M_ESP_SA_DEL, &o), 2);
	ck_assert_uint_eq(((const struct sa_ref *)o)->spi & 0xfff, 1);
}
END_TEST

/* Another address or way: ike tries at once where it has lost the peer, though
 * what it sends with is still there. */
START_TEST(try_at_once)
{
	struct ike_state lost = { .tid = tokyo()->tid, .child_up = true,
	    .local = addr_v4(0xcb007101), .remote = addr_v4(0xc6336407),
	    .encr = ENCR_AES_GCM_16, .key_bits = 256,
	    .mode = MODE_TRANSPORT };
	struct os_addr l = { .index = link_by("wan")->index, .len = 24,
	    .addr = addr_v4(0xcb007105) };
	const void *o;

	add_sa(SA_IN, 0x1001);
	add_sa(SA_OUT, 0x2001);
	ike_up();
	reset();
	(void)os_addr_add(a.os, &l);
	work();
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_KICK), 0);
	say(relay_ike, M_IKE_STATE, &lost);
	ck_assert_str_eq(fault, "");
	reset();
	l.addr = addr_v4(0xcb007106);
	(void)os_addr_add(a.os, &l);
	work();
	ck_assert_uint_eq(count(ROLE_IKE, M_IKE_KICK, &o), 1);
	ck_assert_int_eq(((const struct ike_kick *)o)->what, KICK_TRY_NOW);
}
END_TEST

/* Who takes ike's place begins what it is told of as soon as it has all. */
START_TEST(down_outlives_ike)
{
	size_t i, at[3] = { 0 };
	const void *o;

	load(THREE);
	apply_order(&a, tokyo(), KICK_DOWN);
	apply_order(&a, tokyo(), KICK_REKEY_CHILD);
	role_down(ROLE_IKE);
	reset();
	role_up(ROLE_IKE);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_TUNNEL), 2);
	ck_assert_uint_eq(count(ROLE_IKE, M_IKE_KICK, &o), 1);
	ck_assert_int_eq(((const struct ike_kick *)o)->what, KICK_DOWN);
	ck_assert_uint_eq(((const struct ike_kick *)o)->tid, tokyo()->tid);
	for (i = 0; i < n_sent; i++)
		if (sent[i].role == ROLE_IKE)
			at[sent[i].type == M_IKE_KICK ? 1 :
			    sent[i].type == M_CONF_COMMIT ? 2 : 0] = i;
	ck_assert_uint_lt(at[1], at[2]);
	/* one that is disabled meanwhile is still down */
	load(HEAD " site delhi { id 4 address 192.0.2.80 "
	    "network 10.4.0.0/16 }\n link london tokyo { disable }\n}\n");
	reset();
	load(THREE);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_TUNNEL), 1);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_KICK), 1);
	apply_order(&a, NULL, KICK_UP);
	role_down(ROLE_IKE);
	reset();
	role_up(ROLE_IKE);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_KICK), 0);
	apply_order(&a, NULL, KICK_DOWN);
	role_down(ROLE_IKE);
	reset();
	role_up(ROLE_IKE);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_KICK), 2);
}
END_TEST

START_TEST(keys_and_ike_wait_for_each_other)
{
	role_down(ROLE_KEYS);
	role_down(ROLE_IKE);
	reset();
	role_up(ROLE_IKE);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_TUNNEL), 0);
	role_up(ROLE_KEYS);
	ck_assert_uint_eq(got(ROLE_KEYS, M_KEYS_SECRET), 1);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_TUNNEL), 1);
	ck_assert_uint_eq(got(ROLE_IKE, M_CONF_COMMIT), 1);
}
END_TEST

/* How often the log says that a route is not installed, while it is tried
 * three times. */
static int
refusals(int error)
{
	char line[200];
	FILE *f = tmpfile();
	int i, n = 0, was = dup(STDERR_FILENO);

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ne(dup2(fileno(f), STDERR_FILENO), -1);
	routes_error = error;
	for (i = 0; i < 3; i++) {
		app_dirty(&a, DIRT_ROUTES);
		work();
	}
	ck_assert_int_ne(dup2(was, STDERR_FILENO), -1);
	(void)close(was);
	rewind(f);
	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, "not installed") != NULL;
	fclose(f);
	return (n);
}

/* It is tried every two seconds, and said when there is news. */
START_TEST(refused_route)
{
	struct ospf_route r = route(0x0a020500, 24);
	struct os_route *have;

	routes_error = ENETDOWN;
	say(relay_ospf, M_OSPF_ROUTE, &r);
	ck_assert_int_eq(refusals(ENETDOWN), 0);
	ck_assert_int_eq(refusals(EINVAL), 1);
	ck_assert_int_eq(refusals(0), 0);
	ck_assert_ptr_nonnull(have = route_by("10.2.5.0/24", FIB_METRIC_OSPF));
	*have = routes[--n_routes];
	ck_assert_int_eq(refusals(EINVAL), 1);
}
END_TEST

START_TEST(ospf_dies)
{
	struct ospf_route r = route(0x0a020500, 24);

	say(relay_ospf, M_OSPF_ROUTE, &r);
	r = route(0x0a020600, 24);
	say(relay_ospf, M_OSPF_ROUTE, &r);
	role_down(ROLE_OSPF);
	ck_assert_ptr_nonnull(route_by("10.2.5.0/24", FIB_METRIC_OSPF));
	reset();
	role_up(ROLE_OSPF);
	ck_assert_uint_eq(got(ROLE_OSPF, M_OSPF_IFACE), 1);
	say(relay_ospf, M_OSPF_ROUTE, &r);
	say(relay_ospf, M_OSPF_SYNCED, NULL);
	ck_assert_ptr_null(route_by("10.2.5.0/24", FIB_METRIC_OSPF));
	ck_assert_ptr_nonnull(route_by("10.2.6.0/24", FIB_METRIC_OSPF));
}
END_TEST

START_TEST(device_is_deleted)
{
	struct ospf_route r = route(0x0a020500, 24);
	uint32_t index = link_by("gs-tokyo")->index;
	const void *o;

	say(relay_ospf, M_OSPF_ROUTE, &r);
	reset();
	link_kill("gs-tokyo");
	ck_assert_ptr_nonnull(route_by("10.2.0.0/16", FIB_METRIC_GUARD));
	work();
	ck_assert_ptr_nonnull(link_by("gs-tokyo"));
	ck_assert_uint_ne(link_by("gs-tokyo")->index, index);
	ck_assert_uint_eq(count(ROLE_OSPF, M_OSPF_IFACE, &o), 1);
	ck_assert_uint_eq(((const struct ospf_iface *)o)->ifindex,
	    link_by("gs-tokyo")->index);
	ck_assert_uint_ge(got(ROLE_ESP, M_ESP_TUNNEL), 1);
	ck_assert(sent[0].fd);
	/* OSPF sends the route again only when it changes: next hops are by
	 * interface, and that has another index now */
	ck_assert_ptr_nonnull(route_by("10.2.5.0/24", FIB_METRIC_OSPF));
	ck_assert_uint_eq(route_by("10.2.5.0/24",
	    FIB_METRIC_OSPF)->nexthops[0].index, link_by("gs-tokyo")->index);
}
END_TEST

/* A guard of everything would be worth more than the default route. */
START_TEST(guard_of_everything)
{
	load(TWO "host london { guard { 0.0.0.0/0, 10.250.0.0/16 } }\n");
	ck_assert_ptr_nonnull(route_by("0.0.0.0/0", FIB_METRIC_GUARD));
	ck_assert_ptr_nonnull(route_by("10.250.0.0/16", FIB_METRIC_GUARD));
	ck_assert_uint_eq(n_second, 2);
}
END_TEST

START_TEST(reload)
{
	uint32_t index = tokyo()->index, tid = tokyo()->tid;
	const void *o;

	reset();
	load(THREE);
	ck_assert_uint_eq(tokyo()->index, index);
	ck_assert_uint_eq(tokyo()->tid, tid);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_TUNNEL), 1);
	ck_assert_uint_eq(got(ROLE_KEYS, M_KEYS_SECRET), 1);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_KICK), 0);
	ck_assert_ptr_nonnull(route_by("10.4.0.0/16", FIB_METRIC_GUARD));
	ck_assert_ptr_nonnull(link_by("gs-delhi"));
	reset();
	load(TWO);
	ck_assert_uint_eq(count(ROLE_IKE, M_IKE_TUNNEL_DEL, &o), 1);
	ck_assert_uint_ne(((const struct ike_tid *)o)->tid, tid);
	ck_assert_uint_eq(got(ROLE_KEYS, M_KEYS_SECRET_DEL), 1);
	ck_assert_uint_eq(got(ROLE_OSPF, M_OSPF_IFACE_DEL), 1);
	ck_assert_uint_eq(got(ROLE_ESP, M_ESP_TUNNEL_DEL), 1);
	ck_assert_ptr_null(link_by("gs-delhi"));
	ck_assert_ptr_null(route_by("10.4.0.0/16", FIB_METRIC_GUARD));
	/* what is old news is no fault */
	reset();
	{
		struct ospf_nbr_state n = { .iid = tokyo()->iid + 1 };
		struct sa_ref r = { .tid = tid + 1, .spi = 0x1001 };

		say(relay_ospf, M_OSPF_NBR, &n);
		say(relay_ike, M_IKE_SA_DEL, &r);
	}
	ck_assert_str_eq(fault, "");
}
END_TEST

static void
backlog(void)
{
	struct os_link l = { .index = 1000 };
	struct os_addr x = { .index = 1000, .len = 24 };

	for (; l.index < 1100; l.index++) {
		(void)snprintf(l.name, sizeof(l.name), "old%u", l.index);
		ev->link(ev_ctx, &l, false);
		x.index = l.index;
		x.addr = addr_v4(0x0a630000 + (l.index << 8));
		ev->addr(ev_ctx, &x, false);
	}
}

/* News of the kernel was lost, and old news waits that makes main's tables grow
 * before they are made anew, or cannot be. */
START_TEST(lost_events)
{
	size_t had_links = a.n_links, had_addrs = a.n_addrs;

	unread = backlog;
	dump_error = _i ? EBUSY : 0;
	ev->lost(ev_ctx);
	work();
	ck_assert_ptr_null(unread);
	ck_assert_uint_eq(a.n_links, had_links + (_i ? 100 : 0));
	ck_assert_uint_eq(a.n_addrs, had_addrs + (_i ? 100 : 0));
	dump_error = 0;
	ev->lost(ev_ctx);
	work();
	ck_assert_uint_eq(a.n_links, had_links);
	ck_assert_uint_eq(a.n_addrs, had_addrs);
}
END_TEST

/* Each takes the device of the other; the data path lets go of both first. */
START_TEST(interfaces_swapped)
{
	uint32_t x = link_by("gs-tokyo")->index, y;
	const void *o;

	load(THREE);
	y = link_by("gs-delhi")->index;
	add_sa(SA_IN, 0x1001);
	add_sa(SA_OUT, 0x2001);
	ike_up();
	reset();
	load(HEAD " site delhi { id 4 address 192.0.2.80 "
	    "network 10.4.0.0/16 }\n"
	    " link london tokyo { interface gs-delhi }\n"
	    " link london delhi { interface gs-tokyo }\n}\n");
	ck_assert_uint_eq(count(ROLE_ESP, M_ESP_TUNNEL_DEL, &o), 2);
	ck_assert_uint_eq(count(ROLE_ESP, M_ESP_TUNNEL, &o), 2);
	ck_assert_uint_eq(tokyo()->index, y);
	ck_assert_uint_eq(app_tunnel_named(&a, "delhi")->index, x);
	ck_assert_int_eq(tokyo()->state, TUN_DOWN);
	ck_assert_uint_eq(count(ROLE_IKE, M_IKE_KICK, &o), 2);
}
END_TEST

/* A device that cannot be had yet is tried again, whatever else makes main look
 * in between: esp closes the one of that name in its own time. */
START_TEST(interface_busy)
{
	struct mono next = now;
	int i;

	tun_error = EBUSY;
	load(HEAD " link london tokyo { interface gs-east }\n}\n");
	ck_assert_uint_eq(tokyo()->index, 0);
	for (i = 0; i < 3; i++) {
		app_again(&a, DIRT_LINKS, 0);
		now = mono_add(now, NS_MS(1));
		next = app_work(&a, now);
	}
	tun_error = 0;
	for (i = 0; i < 20 && tokyo()->index == 0; i++) {
		ck_assert(mono_sub(next, now) < NS_S(1));
		now = mono_add(now, NS_MS(50));
		next = app_work(&a, now);
	}
	ck_assert_uint_ne(tokyo()->index, 0);
	ck_assert_uint_ge(i, 5);
}
END_TEST

/* What neighbours are told follows the switch, whoever turned it. */
START_TEST(forwarding_switched)
{
	const void *o;

	reset();
	forwarding = 0;
	load(HEAD "}\nhost london { sysctl no }\n");
	ck_assert_uint_eq(count(ROLE_OSPF, M_OSPF_GLOBAL, &o), 1);
	ck_assert(((const struct ospf_global *)o)->stub_router);
	reset();
	load(HEAD "}\nhost london { sysctl no }\n");
	ck_assert_uint_eq(got(ROLE_OSPF, M_OSPF_GLOBAL), 0);
	forwarding = 1;
	load(HEAD "}\nhost london { sysctl no }\n");
	ck_assert_uint_eq(count(ROLE_OSPF, M_OSPF_GLOBAL, &o), 1);
	ck_assert(!((const struct ospf_global *)o)->stub_router);
}
END_TEST

#define SITES(tokyo, osaka) \
	"ospf { area 0.0.0.0 auth md5 1 \"0123456789abcdef\" }\n" \
	"mesh \"corp\" { tunnels 172.31.0.0/22\n" \
	" psk \"a mesh secret of more than 128 bits 0123456789\"\n" \
	" site london { id 1 address 203.0.113.1 network 10.1.0.0/16 }\n" \
	" site tokyo { id 2 address " tokyo " network 10.2.0.0/16 }\n" \
	osaka "}\n"
#define OSAKA(a)	" site osaka { id 3 address " a " }\n"

/* The address of one site becomes another's: who has been here stays, and none
 * is left with a configuration that is gone. */
START_TEST(addresses_that_move)
{
	static const char *const steps[] = {
		SITES("dynamic", OSAKA("198.51.100.7")),	/* A */
		SITES("198.51.100.7", ""),			/* and back: C */
		SITES("198.51.100.7", OSAKA("dynamic")),
		SITES("dynamic", OSAKA("198.51.100.7")),	/* B */
		SITES("198.51.100.7", OSAKA("dynamic")),
		SITES("dynamic", OSAKA("198.51.100.7")),
		SITES("198.51.100.7", ""),
	};
	uint32_t tid = tokyo()->tid;
	size_t i, k;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		reset();
		load(steps[i]);
		ck_assert_uint_eq(tokyo()->tid, tid);
		ck_assert_uint_eq(a.n_tunnels, a.conf->n_tunnels);
		for (k = 0; k < a.n_tunnels; k++)
			ck_assert_ptr_eq(app_tunnel_named(&a,
			    a.conf->tunnels[k].name)->ct,
			    &a.conf->tunnels[k]);
		ck_assert_int_eq(link_by("gs-osaka") != NULL,
		    a.n_tunnels == 2);
		ck_assert_uint_eq(got(ROLE_IKE, M_IKE_TUNNEL_DEL),
		    a.n_tunnels == 1);
	}
	ck_assert_str_eq(fault, "");
}
END_TEST

START_TEST(networks_of_this_site)
{
	struct os_addr l, at;
	struct os_link *lan = link_by("lan");
	const void *o;

	ck_assert_ptr_nonnull(lan_unused(&a, 0, &at));
	ck_assert_ptr_null(lan_unused(&a, 1, &at));
	reset();
	memset(&l, 0, sizeof(l));
	l.index = link_by("lan")->index;
	l.addr = addr_v4(0x0a010501);
	l.len = 24;
	(void)os_addr_add(a.os, &l);
	work();
	ck_assert_uint_eq(count(ROLE_OSPF, M_OSPF_IFACE, &o), 1);
	ck_assert_int_eq(((const struct ospf_iface *)o)->type, OSPF_PASSIVE);
	ck_assert_uint_eq(((const struct ospf_iface *)o)->prefix_len, 24);
	ck_assert_ptr_null(lan_unused(&a, 0, &at));
	/* its cable is out */
	lan->running = false;
	say_link(lan, false);
	work();
	ck_assert_ptr_nonnull(lan_unused(&a, 0, &at));
	ck_assert_uint_eq(at.index, lan->index);
	lan->running = true;
	say_link(lan, false);
	work();
	ck_assert_ptr_null(lan_unused(&a, 0, &at));
	reset();
	l.addr = addr_v4(0xc0a80901);	/* not ours to announce */
	(void)os_addr_add(a.os, &l);
	work();
	ck_assert_uint_eq(got(ROLE_OSPF, M_OSPF_IFACE), 0);
	l.addr = addr_v4(0x0a010501);
	(void)os_addr_del(a.os, &l);
	work();
	ck_assert_uint_eq(got(ROLE_OSPF, M_OSPF_IFACE_DEL), 1);
}
END_TEST

START_TEST(paths)
{
	struct esp_pmtu p = { .tid = tokyo()->tid, .pmtu = 1400 };
	const void *o;

	reset();
	say(relay_esp, M_ESP_PMTU, &p);
	ck_assert_uint_eq(link_by("gs-tokyo")->mtu, 1342);
	ck_assert_uint_eq(count(ROLE_ESP, M_ESP_TUNNEL, &o), 1);
	ck_assert_uint_eq(((const struct esp_tunnel *)o)->mtu, 1342);
	ck_assert_uint_eq(count(ROLE_OSPF, M_OSPF_LINK, &o), 1);
	ck_assert_uint_eq(((const struct ospf_link *)o)->mtu, 1342);
	p.pmtu = 60;	/* less than anything can be */
	say(relay_esp, M_ESP_PMTU, &p);
	ck_assert_uint_gt(link_by("gs-tokyo")->mtu, 500);
	p.pmtu = 9000;	/* more than is configured */
	say(relay_esp, M_ESP_PMTU, &p);
	ck_assert_uint_eq(link_by("gs-tokyo")->mtu, 1442);
	/* it goes with the esp that learnt it and would have said its end */
	p.pmtu = 1400;
	say(relay_esp, M_ESP_PMTU, &p);
	reset();
	role_down(ROLE_ESP);
	ck_assert_uint_eq(link_by("gs-tokyo")->mtu, 1442);
	role_up(ROLE_ESP);
	ck_assert_uint_eq(count(ROLE_ESP, M_ESP_TUNNEL, &o), 1);
	ck_assert_uint_eq(((const struct esp_tunnel *)o)->mtu, 1442);
}
END_TEST

START_TEST(leaving)
{
	struct ospf_route r = route(0x0a020500, 24);

	say(relay_ospf, M_OSPF_ROUTE, &r);
	kernel_leave(&a);
	ck_assert_ptr_null(route_by("10.2.5.0/24", FIB_METRIC_OSPF));
	ck_assert_ptr_nonnull(route_by("10.2.0.0/16", FIB_METRIC_GUARD));
	ck_assert_ptr_nonnull(link_by("gs-tokyo"));
	ck_assert_int_eq(forwarding, 0);
}
END_TEST

/* What cannot be kept is known until it can. */
START_TEST(state_not_kept)
{
	char path[80];

	(void)snprintf(path, sizeof(path), "%s/state.new", statedir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(app_keep(&a), -1);
	ck_assert_int_eq(a.keep_error, EISDIR);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(app_keep(&a), 0);
	ck_assert_int_eq(a.keep_error, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("apply");
	TCase *c = tcase_create("apply");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, start);
	tcase_add_test(c, up_and_down);
	tcase_add_test(c, esp_dies);
	tcase_add_test(c, ike_dies);
	tcase_add_test(c, try_at_once);
	tcase_add_test(c, down_outlives_ike);
	tcase_add_test(c, keys_and_ike_wait_for_each_other);
	tcase_add_test(c, refused_route);
	tcase_add_test(c, ospf_dies);
	tcase_add_test(c, device_is_deleted);
	tcase_add_test(c, guard_of_everything);
	tcase_add_test(c, reload);
	tcase_add_loop_test(c, lost_events, 0, 2);
	tcase_add_test(c, interfaces_swapped);
	tcase_add_test(c, interface_busy);
	tcase_add_test(c, forwarding_switched);
	tcase_add_test(c, addresses_that_move);
	tcase_add_test(c, networks_of_this_site);
	tcase_add_test(c, paths);
	tcase_add_test(c, leaving);
	tcase_add_test(c, state_not_kept);
	suite_add_tcase(s, c);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
