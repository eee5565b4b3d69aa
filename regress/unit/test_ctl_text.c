/* SPDX-License-Identifier: ISC */
/*
 * The layouts of greipsecctl, line by line against regress/unit/golden/NAME.txt
 * (UPDATE=1 writes them), in 80 columns; JSON of the same rows; the words of
 * commands.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecctl/ctl_cause.h"
#include "greipsecctl/ctl_json.h"
#include "greipsecctl/ctl_nft.h"
#include "greipsecctl/ctl_parse.h"
#include "greipsecctl/ctl_text.h"
#include "greipsecctl/ctl_view.h"
#include "ike/ike_reason.h"

static struct data d;

static void
put(uint16_t type, const void *row)
{
	struct rows *r = data_rows(&d, type);

	ck_assert_int_eq(rows_add(r, row), 0);
}

static struct addr
addr(const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, &a), 0);
	return (a);
}

static struct prefix
prefix(const char *text)
{
	struct prefix p;

	ck_assert_int_eq(prefix_parse(text, &p), 0);
	return (p);
}

static void
put_tunnels(void)
{
	struct ctl_tunnel t = { .tid = 1, .name = "tokyo",
	    .ifname = "gs-tokyo", .ifindex = 5, .state = TUN_UP,
	    .platform = "greipsecd", .local = addr("203.0.113.1"),
	    .remote = addr("198.51.100.7"), .inner_local = 0xac1f0001,
	    .inner_peer = 0xac1f0002, .inner_len = 32, .mtu = 1442,
	    .path_mtu = 1500, .mtu_fits = 1442, .mesh = true, .ospf = true,
	    .since_s = 1068000,
	    .networks = "10.2.0.0/16" };

	put(CTL_TUNNEL, &t);
	t = (struct ctl_tunnel){ .tid = 2, .name = "hanoi",
	    .ifname = "gs-hanoi", .state = TUN_DOWN, .platform = "greipsecd",
	    .local = addr("203.0.113.1"), .mtu = 1412, .path_mtu = 1500,
	    .mtu_fits = 1412, .mesh = true, .ospf = true, .since_s = 190, .inner_local = 0xac1f0005,
	    .inner_peer = 0xac1f0006, .networks = "10.3.0.0/16" };
	put(CTL_TUNNEL, &t);
	t = (struct ctl_tunnel){ .tid = 3, .name = "delhi",
	    .ifname = "gs-delhi", .state = TUN_DEGRADED, .platform = "routeros",
	    .local = addr("203.0.113.1"), .remote = addr("192.0.2.80"),
	    .mtu = 1400, .mesh = true, .ospf = true, .since_s = 30,
	    .networks = "10.4.0.0/16" };
	put(CTL_TUNNEL, &t);
}

static void
put_ike(void)
{
	struct ctl_ike i = { .tid = 1, .name = "tokyo",
	    .state = "ESTABLISHED", .initiator = true, .spi_i = 1,
	    .spi_r = 2, .local = addr("203.0.113.1"),
	    .remote = addr("198.51.100.7"), .local_port = 500,
	    .remote_port = 500, .remote_id = "tokyo.corp",
	    .suite = "aes256gcm16-prfsha384-x25519", .established_s = 7200,
	    .rekey_in_s = 20000, .tries = 1 };
	struct ctl_sa s = { .tid = 1, .name = "tokyo", .spi_in = 0xc1a20638,
	    .spi_out = 0x68c6f204, .local = addr("203.0.113.1"),
	    .remote = addr("198.51.100.7"), .suite = "aes256gcm16-noesn",
	    .created_s = 900, .soft_s = 2160, .hard_s = 2700,
	    .replay_window = 1024, .current = true, .rekeys = 3 };
	struct ctl_espsa e = { .tid = 1, .dir = SA_IN, .spi = 0xc1a20638,
	    .packets = 1234567, .bytes = 987654321, .seq = 1234600,
	    .drop_replay = 2 };
	struct ctl_esptun u = { .tid = 1, .rx_packets = 1, .tx_packets = 2,
	    .rx_bytes = 412000000, .tx_bytes = 8100000, .rtt_us = 277400,
	    .rtt_age_s = 12 };

	put(CTL_IKE, &i);
	put(CTL_SA, &s);
	put(CTL_ESPSA, &e);
	e.dir = SA_OUT;
	e.spi = 0x68c6f204;
	put(CTL_ESPSA, &e);
	put(CTL_ESPTUN, &u);
	i = (struct ctl_ike){ .tid = 2, .name = "hanoi", .state = "WAITING",
	    .local = addr("203.0.113.1"), .tries = 7, .reason =
	    "the peer rejected our authentication: key or IDs differ" };
	put(CTL_IKE, &i);
	i = (struct ctl_ike){ .tid = 3, .name = "delhi",
	    .state = "ESTABLISHED", .local = addr("203.0.113.1"),
	    .remote = addr("192.0.2.80"), .local_port = 4500,
	    .remote_port = 4500, .remote_id = "192.0.2.80", .spi_i = 7,
	    .suite = "aes256-sha256-prfsha256-modp2048",
	    .established_s = 40, .nat_remote = true };
	put(CTL_IKE, &i);
}

static void
put_ospf(void)
{
	struct ctl_nbr n = { .iid = 1, .tid = 1, .ifname = "gs-tokyo",
	    .site = "tokyo", .router_id = 2, .addr = 0xac1f0002,
	    .priority = 1, .state = "FULL", .dead_ms = 35600,
	    .uptime_s = 1068000 };
	struct ctl_ospfif o = { .iid = 1, .tid = 1, .name = "gs-tokyo",
	    .addr = 0xac1f0001, .len = 32, .state = "P2P", .cost = 10,
	    .mtu = 1442, .hello_ms = 10000, .dead_ms = 40000,
	    .next_hello_ms = 4000, .uptime_s = 1068100, .neighbors = 1,
	    .adjacent = 1 };
	struct ctl_rib r = { .cost = 20, .adv_router = 2,
	    .path = "Intra-Area", .dest = "Network", .age_s = 3661,
	    .n_nexthops = 2 };
	struct ctl_lsa l = { .type = 1, .link_id = 2, .adv_router = 2,
	    .age = 312, .seq = 0x80000007, .checksum = 0xbeef, .len = 60 };
	struct ctl_ospf g = { .router_id = 1, .lsas = 3 };

	put(CTL_NBR, &n);
	n.tid = 3;
	n.iid = 3;
	memcpy(n.ifname, "gs-delhi", 9);
	memcpy(n.site, "delhi", 6);
	memcpy(n.state, "EXSTART", 8);
	memcpy(n.reason, "MTU differs: theirs 1476, ours 1400", 36);
	n.router_id = 4;
	n.dead_ms = 29000;
	n.uptime_s = 0;
	put(CTL_NBR, &n);
	n = (struct ctl_nbr){ .iid = 4, .tid = 4, .ifname = "gs-lima",
	    .site = "lima", .router_id = 5, .addr = 0xac1f0012,
	    .priority = 1, .state = "FULL", .dead_ms = 33000,
	    .uptime_s = 59, .code = "hello-mask", .ours = "255.255.255.252",
	    .theirs = "255.255.255.248", .reason = "hello mask "
	    "255.255.255.248 there, 255.255.255.252 here: accepted" };
	put(CTL_NBR, &n);
	put(CTL_OSPFIF, &o);
	o.iid = 9;
	o.tid = 0;
	memcpy(o.name, "em1", 4);
	memcpy(o.state, "PASSIVE", 8);
	o.addr = 0x0a010001;
	o.len = 24;
	o.passive = true;
	o.neighbors = o.adjacent = 0;
	put(CTL_OSPFIF, &o);
	r.prefix = prefix("10.2.0.0/16");
	r.nexthops[0].iid = 1;
	r.nexthops[0].gateway = 0xac1f0002;
	r.nexthops[1].iid = 3;
	r.nexthops[1].gateway = 0xac1f000e;
	put(CTL_RIB, &r);
	put(CTL_LSA, &l);
	l.link_id = l.adv_router = 1;
	l.self = true;
	put(CTL_LSA, &l);
	put(CTL_OSPF, &g);
}

static void
put_rest(void)
{
	struct ctl_summary s = { .version = "0.1", .site = "london",
	    .mesh = "corp", .site_id = 1, .router_id = 1, .uptime_s = 1068200,
	    .config = "/etc/greipsecd.conf", .loaded_ms = 1762593164000,
	    .sites = 4, .tunnels = 3, .routes = 5 };
	struct ctl_proc p = { .role = "main", .pid = 4711,
	    .uptime_s = 1068200 };
	struct ctl_fib f = { .prefix = prefix("10.2.0.0/16"),
	    .gateway = addr("172.31.0.2"), .ifname = "gs-tokyo",
	    .metric = 20, .kind = "ospf", .installed = true, .age_s = 3661 };
	struct m_event ev = { .wall_ms = 1762593164000, .tid = 1,
	    .subsys = SUBSYS_IKE, .subject = "tokyo", .what = "child-up",
	    .text = "aes256gcm16 transport" };
	struct ctl_warn w = { .text = "IPv4 forwarding was off: it is on "
	    "while greipsecd runs" };
	struct ctl_counter c = { .role = "esp", .name = "replay", .n = 7 };

	put(CTL_SUMMARY, &s);
	put(CTL_PROC, &p);
	memcpy(p.role, "ike", 4);
	p.pid = 4712;
	p.restarts = 2;
	p.uptime_s = 40;
	put(CTL_PROC, &p);
	put(CTL_FIB, &f);
	f.ifname[0] = '\0';
	f.metric = 4278198272;
	memset(&f.gateway, 0, sizeof(f.gateway));
	memcpy(f.kind, "guard", 6);
	put(CTL_FIB, &f);
	f.prefix = prefix("192.168.178.0/24");
	f.gateway = addr("172.31.0.2");
	f.metric = 20;
	memcpy(f.kind, "ospf", 5);
	f.installed = false;
	memcpy(f.why, "this network is connected here", 31);
	put(CTL_FIB, &f);
	put(CTL_EVENTS, &ev);
	memcpy(ev.text, "evil \033[31m\n text", 16);
	put(CTL_EVENTS, &ev);
	put(CTL_WARN, &w);
	put(CTL_COUNTER, &c);
	c.n = 0;
	put(CTL_COUNTER, &c);
}

static void
setup(void)
{
	memset(&d, 0, sizeof(d));
	(void)setenv("TZ", "UTC", 1);
	put_tunnels();
	put_ike();
	put_ospf();
	put_rest();
}

static void
teardown(void)
{
	data_free(&d);
}

static const struct {
	const char	*name;
	int		(*text)(const struct out *, const struct data *);
} shows[] = {
	{ "summary", text_summary }, { "tunnels", text_tunnels },
	{ "neighbors", text_neighbors }, { "interfaces", text_interfaces },
	{ "rib", text_rib }, { "fib", text_fib },
	{ "database", text_database }, { "sa", text_sa }, { "ike", text_ike },
	{ "events", text_events }, { "processes", text_processes },
	{ "counters", text_counters },
};

static void
golden(const char *name, const char *text)
{
	const char *top = getenv("TOP");
	char path[512], want[8192];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/regress/unit/golden/%s.txt",
	    top != NULL ? top : ".", name);
	if (getenv("UPDATE") != NULL) {
		f = fopen(path, "w");
		ck_assert_ptr_nonnull(f);
		fputs(text, f);
		fclose(f);
	}
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s", path);
	n = fread(want, 1, sizeof(want) - 1, f);
	want[n] = '\0';
	fclose(f);
	ck_assert_msg(strcmp(text, want) == 0, "%s is now:\n%s", name, text);
}

START_TEST(layouts)
{
	struct out o = { .width = OUT_WIDTH };
	size_t len, col = 0, i;
	char *text;

	o.f = open_memstream(&text, &len);
	ck_assert_int_eq(shows[_i].text(&o, &d), 0);
	fclose(o.f);
	for (i = 0; i < len; i++) {
		col = text[i] == '\n' ? 0 : col + 1;
		ck_assert_msg(col <= OUT_WIDTH, "too wide: %s", text);
		ck_assert_msg(text[i] == '\n' || (unsigned char)text[i] >= 32,
		    "a control character");
		ck_assert_msg(text[i] != '\n' || i == 0 || text[i - 1] != ' ',
		    "spaces at an end of line in %s: %s", shows[_i].name, text);
	}
	golden(shows[_i].name, text);
	free(text);
}
END_TEST

/* Names, interfaces and addresses as long as they get. */
static void
stretch(void)
{
	struct addr v6 = addr("2001:db8:1234:5678:9abc:def0:1234:5678");
	struct rows *r;
	size_t i;

	for (i = 0, r = data_rows(&d, CTL_TUNNEL); i < r->n; i++) {
		struct ctl_tunnel *t = (struct ctl_tunnel *)(void *)r->v + i;

		memcpy(t->name, "buenos-aires-no", 16);
		memcpy(t->ifname, "gs-buenos-aires", 16);
		t->local = t->remote = v6;
	}
	for (i = 0, r = data_rows(&d, CTL_IKE); i < r->n; i++) {
		struct ctl_ike *k = (struct ctl_ike *)(void *)r->v + i;

		memcpy(k->name, "buenos-aires-no", 16);
		k->local = k->remote = v6;
		k->local_port = k->remote_port = 4500;
	}
	for (i = 0, r = data_rows(&d, CTL_SA); i < r->n; i++) {
		struct ctl_sa *s = (struct ctl_sa *)(void *)r->v + i;

		memcpy(s->name, "buenos-aires-no", 16);
		s->local = s->remote = v6;
		s->local_port = s->remote_port = 4500;
		s->udp = true;
	}
	for (i = 0, r = data_rows(&d, CTL_NBR); i < r->n; i++) {
		struct ctl_nbr *n = (struct ctl_nbr *)(void *)r->v + i;

		memcpy(n->ifname, "gs-buenos-aires", 16);
		n->router_id = n->addr = 0xcbaaaaaa;
	}
}

START_TEST(stretched)
{
	struct out o = { .width = OUT_WIDTH };
	size_t len, col = 0, i;
	char *text;

	stretch();
	o.f = open_memstream(&text, &len);
	ck_assert_int_eq(shows[_i].text(&o, &d), 0);
	fclose(o.f);
	for (i = 0; i < len; i++) {
		col = text[i] == '\n' ? 0 : col + 1;
		ck_assert_msg(col <= OUT_WIDTH, "too wide: %s", text);
	}
	free(text);
}
END_TEST

/* With nothing to show nothing crashes, and headings stay. */
START_TEST(empty)
{
	struct out o = { .width = OUT_WIDTH };
	struct data none;
	char *text;
	size_t len;

	memset(&none, 0, sizeof(none));
	o.f = open_memstream(&text, &len);
	ck_assert_int_eq(shows[_i].text(&o, &none), 0);
	fclose(o.f);
	free(text);
}
END_TEST

START_TEST(json)
{
	struct rows v = { .n = 0 };
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	ck_assert_int_eq(view_tunnels(&d, &v), 0);
	json_begin(f, 1762593164, "tunnels");
	json_list(f, "tunnels", &v);
	json_missing(f, &d);
	json_end(f);
	fclose(f);
	rows_free(&v);
	golden("tunnels-json", text);
	free(text);
}
END_TEST

static const struct {
	const char	*words[5];
	const char	*why;		/* NULL: understood */
} commands[] = {
	{ { "show" }, NULL }, { { "s", "t" }, NULL },
	{ { "sh", "nei", "tokyo" }, NULL }, { { "show", "rib", "10.0.0.1" },
	    NULL },
	{ { "show", "i" }, "is ambiguous: interfaces, ike" },
	{ { "show", "rip" }, "is unknown here; possible: summary" },
	{ { "show", "rib", "10.0.0.1", "x" }, "more than was expected" },
	{ { "show", "rib", "ten" }, "not an address" },
	{ { "rekey" }, "rekey what? possible: all, ike, <site>" },
	{ { "rekey", "ike" }, "what? possible" },
	{ { "rekey", "ike", "tokyo" }, NULL }, { { "rekey", "all" }, NULL },
	{ { "re", "tokyo" }, "is ambiguous" }, { { "" }, "unknown here" },
	{ { "down", "a-name-that-is-longer-than-any-name-may-be" },
	    "longer than" },
	{ { "log", "debug", "ike", "tokyo" }, NULL },
	{ { "log", "debug", "tokyo" }, NULL },
};

START_TEST(words)
{
	char copy[5][64], *argv[5], why[PARSE_WHY_MAX];
	struct command c;
	int n, rv;

	for (n = 0; n < 5 && commands[_i].words[n] != NULL; n++) {
		snprintf(copy[n], sizeof(copy[n]), "%s",
		    commands[_i].words[n]);
		argv[n] = copy[n];
	}
	rv = parse_command(n, argv, &c, why);
	if (commands[_i].why == NULL)
		ck_assert_msg(rv == 0, "%s", why);
	else {
		ck_assert_int_eq(rv, -1);
		ck_assert_msg(strstr(why, commands[_i].why) != NULL, "%s",
		    why);
	}
}
END_TEST

#define KEPT	"\n\t}\n}\ntable ip greipsecd {\n\tchain source {\n" \
    "\t\toifgroup 147 snat to ip saddr\n\t\tiif 0 meta l4proto esp snat to ip saddr"

/* Which source NAT would change what goes into the tunnels. */
START_TEST(source_nat)
{
	static const struct {
		const char	*rule;
		size_t		 n;
	} tests[] = {
		{ "oifname \"wan\" masquerade", 0 },
		{ "oif \"wan\" counter packets 0 bytes 0 snat to 192.0.2.1", 0 },
		{ "masquerade", 1 },
		{ "ip saddr 10.1.0.0/16 masquerade", 1 },
		{ "ip saddr 10.1.0.0/16 counter packets 0 bytes 0 snat to "
		    "192.0.2.1", 1 },
		{ "oifname != \"lan\" masquerade", 1 },
		{ "oifname \"gs-*\" masquerade", 1 },
		{ "oifname \"gs-*\" accept\n\t\tmasquerade", 0 },
		{ "ip saddr 10.1.0.0/16 accept", 0 },
		{ "jump masquerades", 0 },
		/* the daemon keeps it away: only what means a tunnel is said */
		{ "masquerade" KEPT, 0 },
		{ "oifname \"gs-*\" masquerade" KEPT, 1 },
		{ "oifname \"gs-*\" accept\n\t\tmasquerade" KEPT, 0 },
		/* its table without the rule for tunnels keeps nothing */
		{ "masquerade\n\t}\n}\ntable ip greipsecd {\n\tchain source {\n"
		    "\t\tiif 0 meta l4proto esp snat to ip saddr", 1 }
	};
	struct rows r = { .n = 0 };
	char text[512];
	FILE *f;

	(void)snprintf(text, sizeof(text), "table ip nat {\n\tchain post {\n"
	    "\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
	    "\t\t%s\n\t}\n\n\tchain other {\n\t}\n}\n", tests[_i].rule);
	f = fmemopen(text, strlen(text), "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(nft_scan(f, &r, NULL), 0);
	(void)fclose(f);
	ck_assert_uint_eq(r.n, tests[_i].n);
	if (r.n == 1)
		ck_assert_ptr_nonnull(strstr(((const struct ctl_warn *)
		    rows_at(&r, 0))->text, "table nat, chain post"));
	rows_free(&r);
}
END_TEST

/* Every cause says something to do, and every word in braces is known. */
START_TEST(causes)
{
	struct cause_facts f = { .here = "london", .there = "tokyo",
	    .mesh = true, .local = "203.0.113.1", .peer = "198.51.100.7",
	    .ifname = "gs-tokyo", .facts = "FACTS", .ours = "OURS",
	    .theirs = "THEIRS", .seen = "SEEN", .file = "FILE",
	    .mtu = 1442, .timers = { { 2000, 8 }, { 2000, 6 } } };
	struct view_cause c;
	const char *code, *p;
	size_t i, k;

	for (i = 0; (code = cause_code(i)) != NULL; i++) {
		cause_make(code, &f, &c);
		ck_assert_msg(strlen(c.cause) > 20, "%s", code);
		ck_assert_msg(c.here[0] != '\0' || c.there[0] != '\0', "%s",
		    code);
		ck_assert_msg(strlen(c.cause) < sizeof(c.cause) - 1 &&
		    strlen(c.here) < sizeof(c.here) - 1 &&
		    strlen(c.there) < sizeof(c.there) - 1, "%s", code);
		/* a word that is not known leaves two blanks, or " :" */
		for (k = 0; k < 3; k++) {
			p = k == 0 ? c.cause : k == 1 ? c.here : c.there;
			ck_assert_msg(strstr(p, "  ") == NULL &&
			    strstr(p, "()") == NULL && strstr(p, "{}") == NULL, "%s: %s", code, p);
		}
	}
	ck_assert_uint_gt(i, 50);
	cause_make("dead-interval", &f, &c);
	ck_assert_str_eq(c.here, "link london tokyo { dead 6 }");
	f.mesh = false;
	cause_make("dead-interval", &f, &c);
	ck_assert_str_eq(c.here, "in tunnel tokyo: dead 6");
	cause_make("hello-mask", &f, &c);
	ck_assert_ptr_nonnull(strstr(c.cause, "mask is THEIRS there and OURS "
	    "here"));
	/* the likelier first */
	cause_make("they-auth", &f, &c);
	p = strstr(c.cause, "not in the file in force");
	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_nonnull(strstr(p, "the secret differs"));
	ck_assert_int_eq(strncmp(c.there, "greipsecctl reload", 18), 0);
	cause_make("unheard-of", &f, &c);
	ck_assert_str_eq(c.cause, "unheard-of: FACTS");
}
END_TEST

/* A cause for whatever ike gives as a reason. */
START_TEST(reasons)
{
	const char *code;
	size_t r, i;

	for (r = IKE_R_NONE + 1; r < IKE_R_N; r++) {
		ck_assert_ptr_nonnull(ike_reason_names[r]);
		ck_assert_ptr_nonnull(ike_reason_codes[r]);
		for (i = 0; (code = cause_code(i)) != NULL; i++)
			if (strcmp(code, ike_reason_codes[r]) == 0)
				break;
		ck_assert_msg(code != NULL, "%s", ike_reason_codes[r]);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_text");
	TCase *tc = tcase_create("layouts");
	SRunner *sr;
	int failed, n = (int)(sizeof(shows) / sizeof(shows[0]));

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, layouts, 0, n);
	tcase_add_loop_test(tc, stretched, 0, n);
	tcase_add_loop_test(tc, empty, 0, n);
	tcase_add_test(tc, json);
	tcase_add_test(tc, causes);
	tcase_add_test(tc, reasons);
	tcase_add_loop_test(tc, source_nat, 0, 14);
	tcase_add_loop_test(tc, words, 0,
	    (int)(sizeof(commands) / sizeof(commands[0])));
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
