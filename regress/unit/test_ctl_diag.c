/* SPDX-License-Identifier: ISC */
/* The ladder of diagnose for a peer whose address is dynamic, a tunnel that is
 * out of service, ESP in UDP that is silent, and a host with other tunnels. */
#include <check.h>
#include <string.h>

#include "greipsecctl/ctl_diag.h"

static struct data d;
static struct rows probes, rungs, causes;

static struct addr
addr(const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, &a), 0);
	return (a);
}

static void
put(uint16_t type, const void *row)
{
	ck_assert_int_eq(rows_add(data_rows(&d, type), row), 0);
}

/* London's tunnel to Tokyo: dynamic, or with the address that it has. */
static struct ctl_tunnel
tunnel(bool dynamic)
{
	struct ctl_summary s = { .site = "london", .config = "FILE" };
	struct ctl_tunnel t = { .tid = 1, .name = "tokyo", .mesh = true,
	    .ifname = "gs-tokyo", .state = TUN_DOWN, .ospf = true,
	    .local = addr("203.0.113.1"), .mtu = 1442, .mtu_fits = 1442 };
	struct ctl_path p = { .tid = 1, .has_src = true };

	if (!dynamic)
		p.remote = t.remote = addr("198.51.100.7");
	put(CTL_SUMMARY, &s);
	put(CTL_PATH, &p);
	return (t);
}

/* Up to OSPF, which is not FULL. */
static struct ctl_tunnel
protected(bool udp, uint32_t rekeys)
{
	struct ctl_tunnel t = tunnel(false);
	struct ctl_ike k = { .tid = 1, .state = "ESTABLISHED" };
	struct ctl_sa s = { .tid = 1, .current = true, .spi_in = 1,
	    .spi_out = 2, .udp = udp, .created_s = 60, .rekeys = rekeys };
	struct ctl_espsa e = { .tid = 1, .dir = SA_IN, .spi = 1 };
	struct ctl_nbr n = { .tid = 1, .state = "DOWN",
	    .code = "nothing-heard" };

	t.state = TUN_DEGRADED;
	put(CTL_IKE, &k);
	put(CTL_SA, &s);
	put(CTL_ESPSA, &e);
	e = (struct ctl_espsa){ .tid = 1, .dir = SA_OUT, .spi = 2,
	    .packets = 30 };
	put(CTL_ESPSA, &e);
	put(CTL_NBR, &n);
	return (t);
}

/* As that, with so many packets in of which the last came so long ago, Hellos of
 * 2 s and the last of them so long ago, or none. */
static struct ctl_tunnel
unheard(uint64_t packets, uint32_t last_s, uint32_t hello_age_s)
{
	struct ctl_tunnel t = protected(false, 0);
	struct ctl_ospfif o = { .tid = 1, .hello_ms = 2000, .dead_ms = 8000 };
	struct ctl_esptun e = { .tid = 1, .rtt_us = 100 };
	struct ctl_espsa *in = (void *)data_rows(&d, CTL_ESPSA)->v;
	struct ctl_nbr *n = (void *)data_rows(&d, CTL_NBR)->v;

	in->packets = packets;
	in->last_s = last_s;
	if (hello_age_s != 0)
		memcpy(n->hello, "hello 2 dead 8", 15);
	n->hello_age_s = hello_age_s;
	put(CTL_OSPFIF, &o);
	put(CTL_ESPTUN, &e);
	return (t);
}

/* What Tokyo answers to a ping and to its UDP port 500. */
static void
probed(enum probe_answer echo, enum probe_answer port)
{
	struct view_probe p = { .site = "tokyo", .what = PROBE_ECHO,
	    .answer = echo };

	probes.t = &view_probe_fld;
	ck_assert_int_eq(rows_add(&probes, &p), 0);
	p.what = PROBE_500;
	p.answer = port;
	ck_assert_int_eq(rows_add(&probes, &p), 0);
}

static enum diag_verdict
look(const struct ctl_tunnel *t)
{
	return (diag_tunnel(&d, t, &probes, "", &rungs, &causes));
}

static const struct view_cause *
first(void)
{
	ck_assert_uint_gt(causes.n, 0);
	return (rows_at(&causes, 0));
}

static void
teardown(void)
{
	rows_free(&probes);
	rows_free(&rungs);
	rows_free(&causes);
	memset(&probes, 0, sizeof(probes));
	memset(&rungs, 0, sizeof(rungs));
	memset(&causes, 0, sizeof(causes));
	data_free(&d);
	memset(&d, 0, sizeof(d));
}

/* What ike knows of a dynamic peer is said; that it was not heard only where there
 * is nothing more. */
START_TEST(dynamic_peer)
{
	static const char *const codes[] = { "", "our-auth", "our-id",
	    "deleted", "lost", "taken-down" };
	struct ctl_tunnel t = tunnel(true);
	struct ctl_ike k = { .tid = 1, .state = "WAITING" };

	memcpy(k.code, codes[_i], strlen(codes[_i]) + 1);
	put(CTL_IKE, &k);
	ck_assert_int_eq(look(&t), DIAG_FAIL);
	ck_assert_str_eq(first()->code, codes[_i][0] == '\0' ?
	    "peer-unknown" : codes[_i]);
	ck_assert_uint_eq(causes.n, 1);
}
END_TEST

/* On purpose, so nothing is wrong; it is said all the same. */
START_TEST(disabled)
{
	struct ctl_tunnel t = tunnel(_i != 0);
	const struct view_rung *r;

	t.state = TUN_DISABLED;
	ck_assert_int_eq(look(&t), DIAG_WARN);
	ck_assert_str_eq(first()->code, "disabled");
	ck_assert_uint_eq(causes.n, 1);
	r = rows_at(&rungs, 2);
	ck_assert_int_eq(r->verdict, DIAG_NOT_REACHED);
}
END_TEST

/* Nothing comes in: by which way it goes; also after a rekey, unless the pair may
 * be idle. */
START_TEST(silent)
{
	struct ctl_tunnel t = protected(_i % 2 != 0, (uint32_t)_i / 2);

	ck_assert_int_eq(look(&t), DIAG_FAIL);
	ck_assert_str_eq(first()->code, _i % 2 != 0 ? "no-esp-in-udp" :
	    "no-esp-in");
	ck_assert_uint_eq(strstr(first()->here, "protocol 50") == NULL, _i % 2);
}
END_TEST

START_TEST(idle)
{
	struct ctl_tunnel t = protected(false, 1);

	t.ospf = false;
	ck_assert_int_ne(look(&t), DIAG_FAIL);
	ck_assert_uint_eq(causes.n, 0);
}
END_TEST

/* A peer that spoke GRE in clear when it booted, a month ago, is no warning. */
START_TEST(clear_once)
{
	struct ctl_tunnel t = protected(false, 1);
	struct ctl_esptun e = { .tid = 1, .drop_clear = 3,
	    .clear_age_s = _i ? 2592000 : 60 };
	const struct view_rung *r;
	size_t i;

	t.ospf = false;
	put(CTL_ESPTUN, &e);
	ck_assert_int_eq(look(&t) == DIAG_WARN, _i == 0);
	ck_assert_uint_eq(causes.n, _i == 0);
	for (i = 0; i < rungs.n; i++) {
		r = rows_at(&rungs, i);
		if (strcmp(r->rung, "no clear") == 0)
			break;
	}
	ck_assert_uint_lt(i, rungs.n);
	ck_assert_ptr_nonnull(strstr(r->text, "3 GRE packets came in clear"));
	ck_assert_int_eq(strstr(r->text, "the last 30d") != NULL, _i);
}
END_TEST

/* Nothing of OSPF is heard: by what else comes in it is known whether it is kept
 * out here. */
START_TEST(filtered)
{
	static const struct {
		uint64_t	 packets;
		uint32_t	 last_s, hello_age_s;
		const char	*code;
	} cases[] = {
		{ 32, 1, 0, "no-ospf-in" },	/* 60 s of Hellos */
		{ 8, 1, 0, "nothing-heard" },	/* echoes */
		{ 32, 9, 0, "nothing-heard" },	/* not any more */
		{ 500, 1, 20, "no-ospf-in" },	/* heard by this SA */
		{ 500, 9, 20, "nothing-heard" },
		{ 8, 1, 600, "nothing-heard" },	/* by one before it */
		{ 32, 1, 600, "no-ospf-in" },
		/* with a ping that is not answered */
		{ 500, 9, 10, "nothing-comes" },
		{ 32, 1, 0, "no-ospf-in" },
	};
	struct ctl_tunnel t = unheard(cases[_i].packets, cases[_i].last_s,
	    cases[_i].hello_age_s);

	probed(_i < 7 ? PROBE_ANSWER : PROBE_SILENCE, PROBE_SILENCE);
	ck_assert_int_eq(look(&t), DIAG_FAIL);
	ck_assert_str_eq(first()->code, cases[_i].code);
	ck_assert_ptr_nonnull(strstr(first()->cause, _i == 7 ?
	    "Nothing at all comes from tokyo for 9s" : "OSPF"));
}
END_TEST

/* Silence is the same thing whether it ever answered or not. */
START_TEST(unanswered)
{
	static const struct {
		const char		*was;
		enum probe_answer	 echo, port;
		const char		*code;
	} cases[] = {
		{ "no-answer", PROBE_ANSWER, PROBE_SILENCE, "silent-port" },
		{ "no-answer", PROBE_SILENCE, PROBE_SILENCE, "silent-host" },
		{ "no-answer", PROBE_UNKNOWN, PROBE_SILENCE, "no-answer" },
		{ "lost", PROBE_ANSWER, PROBE_SILENCE, "silent-port" },
		{ "lost", PROBE_SILENCE, PROBE_SILENCE, "silent-host" },
		{ "lost", PROBE_UNKNOWN, PROBE_SILENCE, "lost" },
		{ "lost", PROBE_ANSWER, PROBE_ANSWER, "lost" },
		{ "lost", PROBE_ANSWER, PROBE_REFUSED, "lost" },
	};
	struct ctl_tunnel t = tunnel(false);
	struct ctl_ike k = { .tid = 1, .state = "WAITING" };

	memcpy(k.code, cases[_i].was, strlen(cases[_i].was) + 1);
	put(CTL_IKE, &k);
	probed(cases[_i].echo, cases[_i].port);
	ck_assert_int_eq(look(&t), DIAG_FAIL);
	ck_assert_str_eq(first()->code, cases[_i].code);
}
END_TEST

/* Nobody answers: of two it is said, not of one, and not where anything does, is
 * not known, or was not asked. */
START_TEST(nobody)
{
	struct ctl_tunnel t = tunnel(false);
	struct ctl_ike k = { .tid = 1, .state = "WAITING", .code = "lost" };
	struct view_probe p = { .site = "osaka", .answer = PROBE_SILENCE };
	char by[IFACE_NAME_MAX];

	memcpy(((struct ctl_path *)(void *)data_rows(&d, CTL_PATH)->v)->ifname,
	    "wan", 4);
	probed(PROBE_SILENCE, PROBE_SILENCE);
	put(CTL_TUNNEL, &t);
	put(CTL_IKE, &k);
	ck_assert(!diag_all_silent(&d, &probes, by));
	t.tid = k.tid = 2;
	memcpy(t.name, "osaka", 6);
	if (_i == 1)
		memcpy(k.state, "ESTABLISHED", 12);
	if (_i == 2)
		memcpy(k.code, "they-auth", 10);
	if (_i == 3)
		p.answer = PROBE_ANSWER;
	if (_i == 4)
		p.answer = PROBE_UNKNOWN;
	if (_i != 5)
		ck_assert_int_eq(rows_add(&probes, &p), 0);
	put(CTL_TUNNEL, &t);
	put(CTL_IKE, &k);
	/* one that can only call is no third, one that is out of service */
	t.tid = 3;
	t.state = TUN_DISABLED;
	put(CTL_TUNNEL, &t);
	t.tid = k.tid = 4;
	t.state = TUN_DOWN;
	t.remote = (struct addr){ 0 };
	memcpy(k.state, "WAITING", 8);
	put(CTL_TUNNEL, &t);
	put(CTL_IKE, &k);
	ck_assert_int_eq(diag_all_silent(&d, &probes, by), _i == 0);
	ck_assert_str_eq(_i == 0 ? by : "wan", "wan");
}
END_TEST

/* An address leaves by another interface than has it: not said where it works. */
START_TEST(other_interface)
{
	struct ctl_tunnel t = _i ? protected(false, 1) : tunnel(false);
	struct ctl_path *p = (void *)data_rows(&d, CTL_PATH)->v;
	struct ctl_ike k = { .tid = 1, .state = "WAITING", .code = "lost" };

	if (!_i)
		put(CTL_IKE, &k);
	t.ospf = false;
	memcpy(p->ifname, "lan", 4);
	memcpy(p->src_if, "wan", 4);
	ck_assert_int_eq(look(&t) == DIAG_FAIL, !_i);
	if (!_i) {
		ck_assert_str_eq(first()->code, "other-interface");
		ck_assert_ptr_nonnull(strstr(first()->cause, "wan has"));
		ck_assert_uint_eq(causes.n, 2);
	} else
		ck_assert_uint_eq(causes.n, 0);
}
END_TEST

/* What the host has once for all tunnels is not to be changed for one of them. */
START_TEST(others)
{
	static const struct {
		const char	*code, *alone, *beside;
	} wrongs[] = {
		{ "area", "ospf { area 0.0.0.9 }", "leave it" },
		{ "our-own-id", "names after `mesh' and", "leave it" },
		{ "our-id", "names after `mesh' and", "name after `site'" },
		{ "source-address", "`tunnels' of the mesh", "`id' of site" },
	};
	struct ctl_tunnel t;
	struct ctl_ike k = { .tid = 1, .state = "WAITING",
	    .facts = "theirs a.b, ours c.d" };
	struct ctl_nbr n = { .tid = 2, .state = "FULL" };
	bool ospf = _i % 4 == 0 || _i % 4 == 3, more = _i / 4 != 0;

	if (ospf) {
		t = protected(false, 0);
		data_rows(&d, CTL_ESPSA)->n = 0;
		n = *(const struct ctl_nbr *)data_at(&d, CTL_NBR, 0);
		data_rows(&d, CTL_NBR)->n = 0;
		memcpy(n.code, wrongs[_i % 4].code,
		    strlen(wrongs[_i % 4].code) + 1);
		memcpy(n.theirs, "0.0.0.9", 8);
		put(CTL_NBR, &n);
		n = (struct ctl_nbr){ .tid = 2, .state = "FULL" };
	} else {
		t = tunnel(false);
		memcpy(k.code, wrongs[_i % 4].code,
		    strlen(wrongs[_i % 4].code) + 1);
		put(CTL_IKE, &k);
	}
	k = (struct ctl_ike){ .tid = 2, .state = "ESTABLISHED" };
	if (more) {
		put(CTL_NBR, &n);
		put(CTL_IKE, &k);
	}
	ck_assert_int_eq(look(&t), DIAG_FAIL);
	ck_assert_str_eq(first()->code, wrongs[_i % 4].code);
	ck_assert_msg(strstr(first()->here, more ? wrongs[_i % 4].beside :
	    wrongs[_i % 4].alone) != NULL, "%s", first()->here);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_diag");
	TCase *t = tcase_create("ladder");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_loop_test(t, dynamic_peer, 0, 6);
	tcase_add_loop_test(t, disabled, 0, 2);
	tcase_add_loop_test(t, silent, 0, 4);
	tcase_add_test(t, idle);
	tcase_add_loop_test(t, clear_once, 0, 2);
	tcase_add_loop_test(t, filtered, 0, 9);
	tcase_add_loop_test(t, unanswered, 0, 8);
	tcase_add_loop_test(t, nobody, 0, 6);
	tcase_add_loop_test(t, other_interface, 0, 2);
	tcase_add_loop_test(t, others, 0, 8);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
