/* SPDX-License-Identifier: ISC */
/*
 * What diagnose says to put into the file: the parser takes it, and it is no
 * new fault.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecctl/ctl_diag.h"
#include "greipsecd/conf.h"
#include "ike/ike_proposal.h"

#define PSK "0123456789abcdefghijklm"

static struct cause_facts
facts(const char *ours, const char *theirs)
{
	return ((struct cause_facts){ .here = "london", .there = "tokyo",
	    .mesh = true,
	    .local = "203.0.113.1", .peer = "198.51.100.7",
	    .ifname = "gs-tokyo", .facts = "", .ours = ours,
	    .theirs = theirs, .seen = "", .file = "FILE", .mtu = 1442,
	    .inner_local = 0x0a630001, .inner_peer = 0x0a630002,
	    .inner_len = 30, .fits = 1442 });
}

/* Up to where the line ends and an alternative begins. */
static size_t
line_len(const char *s)
{
	const char *or = strstr(s, ", or ");

	return (or != NULL ? (size_t)(or - s) : strlen(s));
}

/* A statement for a tunnel block, behind "in tunnel NAME:". */
static void
in_block(const char *line, const char *has)
{
	static const struct conf_mem mem = { "none", "", 0 };
	struct conf_opts o = { .site = "london", .mem = &mem, .n_mem = 1 };
	const char *stmt = strstr(line, ": ");
	struct conf_errs errs;
	struct conf *c;
	char text[2048];
	int n;

	ck_assert_msg(stmt != NULL, "%s", line);
	stmt += 2;
	n = snprintf(text, sizeof(text), "%s\n"
	    "host london { id 1 tunnel tokyo { psk \"" PSK "\"\n"
	    "local 203.0.113.1 peer 198.51.100.7 %s\n%.*s } }\n",
	    has, strncmp(stmt, "inner ", 6) != 0 ?
	    "inner 10.99.0.1/30 peer 10.99.0.2" : "", (int)line_len(stmt),
	    stmt);
	ck_assert_int_lt(n, (int)sizeof(text));
	c = conf_parse_text("t", text, (size_t)n, &o, &errs);
	if (c == NULL)
		conf_errs_print(&errs, stderr);
	ck_assert_msg(c != NULL, "%s", line);
	conf_free(c);
	conf_errs_free(&errs);
}

/* A line for the file is one that the parser takes there, where the mesh has
 * something else. */
static void
takes(const char *line, const char *has)
{
	static const struct conf_mem mem = { "none", "", 0 };
	struct conf_opts o = { .site = "london", .mem = &mem, .n_mem = 1 };
	struct conf_errs errs;
	struct conf *c;
	bool block = strncmp(line, "in t", 4) == 0;
	char text[2048];
	int n;

	ck_assert_msg(block || strncmp(line, "link london tokyo { ", 20) == 0,
	    "%s", line);
	if (block) {
		in_block(line, has);
		return;
	}
	n = snprintf(text, sizeof(text),
	    "mesh m { tunnels 172.31.0.0/22 psk \"" PSK "\" %s\n"
	    "site london { id 1 address 203.0.113.1 }\n"
	    "site tokyo { id 2 address 198.51.100.7 }\n%.*s\n}\n",
	    has, (int)line_len(line), line);
	ck_assert_int_lt(n, (int)sizeof(text));
	c = conf_parse_text("t", text, (size_t)n, &o, &errs);
	if (c == NULL)
		conf_errs_print(&errs, stderr);
	ck_assert_msg(c != NULL, "%s", line);
	conf_free(c);
	conf_errs_free(&errs);
}

/* A line that begins so, or none when that is empty. */
static void
check_line(const char *line, const char *begins, const char *has)
{
	ck_assert_msg(strncmp(line, begins, strlen(begins)) == 0, "%s", line);
	ck_assert_int_eq(line[0] == '\0', begins[0] == '\0');
	if (line[0] != '\0' && strncmp(line, "nothing: ", 9) != 0)
		takes(line, has);
}

/* Ours is what is in force: what fits, or written and perhaps too large. */
static const struct {
	const char	*ours, *theirs;
	uint16_t	 fits;
	const char	*here, *there;	/* how it begins; empty: none */
} mtus[] = {
	{ "1442", "1400", 1442, "link london tokyo { mtu 1400 }",
	    "link london tokyo { mtu 1442 }, or MTU 1442 on that tunnel, "
	    "where its path carries that" },
	/* the default of a foreign box: more than ESP leaves of the path */
	{ "1442", "1476", 1442, "", "link london tokyo { mtu 1442 }, or MTU "
	    "1442 on that tunnel" },
	{ "1442", "1443", 0, "", "link london tokyo { mtu 1442 }" },
	{ "1300", "1442", 1442, "link london tokyo { mtu 1442 }",
	    "link london tokyo { mtu 1300 }" },
	{ "1300", "1476", 1442, "", "link london tokyo { mtu 1300 }" },
	{ "1476", "1442", 1442, "link london tokyo { mtu 1442 }", "" },
	{ "1476", "1500", 1442, "link london tokyo { mtu 1442 }",
	    "link london tokyo { mtu 1442 }" },
	/* the file has no such MTU */
	{ "1442", "500", 1442, "", "link london tokyo { mtu 1442 }" },
};

START_TEST(mtu)
{
	static const char *const codes[] = { "mtu", "dd-mtu" };
	struct cause_facts f = facts(mtus[_i].ours, mtus[_i].theirs);
	struct view_cause c;
	size_t i;

	f.mtu = (uint16_t)atoi(f.ours);
	f.fits = mtus[_i].fits;
	for (i = 0; i < 2; i++) {
		cause_make(codes[i], &f, &c);
		check_line(c.here, mtus[_i].here, "");
		check_line(c.there, mtus[_i].there, "");
	}
	/* nobody knows theirs: ours, and no more than fits */
	cause_make("exstart", &f, &c);
	ck_assert_ptr_nonnull(strstr(c.cause, f.ours));
	ck_assert_msg(strncmp(c.there, "MTU ", 4) == 0 &&
	    (f.fits == 0 || atoi(c.there + 4) <= f.fits), "%s", c.there);
}
END_TEST

/* Hello and dead interval go together, and hello is 0 on the wire when there are
 * several a second. */
static const struct {
	struct cause_timers	 ours, theirs;
	const char		*here, *there;
} timers[] = {
	{ { 2000, 8 }, { 1000, 8 }, "link london tokyo { hello 1 }",
	    "link london tokyo { hello 2 }, or hello interval 2 on that "
	    "tunnel" },
	{ { 2000, 8 }, { 2000, 6 }, "link london tokyo { dead 6 }",
	    "link london tokyo { dead 8 }, or dead interval 8 on that "
	    "tunnel" },
	{ { 10000, 40 }, { 60000, 240 },
	    "link london tokyo { hello 60 dead 240 }",
	    "link london tokyo { hello 10 dead 40 }, or hello interval 10 and "
	    "dead interval 40 on that tunnel" },
	{ { 10000, 40 }, { 0, 1 }, "link london tokyo { hello 333ms dead 1 }",
	    "link london tokyo { hello 10 dead 40 }, or hello" },
	{ { 250, 1 }, { 10000, 40 }, "link london tokyo { hello 10 dead 40 }",
	    "link london tokyo { hello 250ms dead 1 }, or dead interval 1 "
	    "with several hellos a second on that tunnel" },
	/* what no file can have */
	{ { 250, 1 }, { 0, 3 }, "", "link london tokyo { hello 250ms dead 1 }" },
	{ { 10000, 40 }, { 10000, 10 }, "",
	    "link london tokyo { dead 40 }" },
	{ { 10000, 40 }, { 10000, 70000 }, "",
	    "link london tokyo { dead 40 }" },
	/* nothing was seen */
	{ { 10000, 40 }, { 0, 0 }, "",
	    "link london tokyo { hello 10 dead 40 }" },
};

/* What a file has that makes these. */
static const char *
written(const struct cause_timers *t, char buf[static 48])
{
	(void)snprintf(buf, 48, "hello %ums dead %u", t->hello_ms != 0 ?
	    t->hello_ms : 500, t->dead_s);
	return (t->dead_s == 0 || t->dead_s > 65535 ||
	    t->hello_ms >= t->dead_s * 1000 || (t->hello_ms < 1000 &&
	    t->dead_s != 1) ? "" : buf);
}

START_TEST(intervals)
{
	static const char *const codes[] = { "hello-interval",
	    "dead-interval" };
	struct cause_facts f = facts("OURS", "THEIRS");
	struct view_cause c;
	char has[48];
	size_t i;

	f.timers[0] = timers[_i].ours;
	f.timers[1] = timers[_i].theirs;
	for (i = 0; i < 2; i++) {
		cause_make(codes[i], &f, &c);
		check_line(c.here, timers[_i].here,
		    written(&timers[_i].ours, has));
		check_line(c.there, timers[_i].there,
		    written(&timers[_i].theirs, has));
	}
}
END_TEST

/* Each line of the table in a mesh and for a block, and what is no line for a
 * mesh. */
static const struct {
	const char	*code, *theirs, *mesh, *block;
} lines[] = {
	{ "dead-interval", "", "link london tokyo { dead 6 }",
	    "in tunnel tokyo: dead 6" },
	{ "mtu", "1400", "link london tokyo { mtu 1400 }",
	    "in tunnel tokyo: mtu 1400" },
	{ "our-pfs", "modp2048",
	    "link london tokyo { ipsec { pfs modp2048 } }",
	    "in tunnel tokyo: ipsec { pfs modp2048 }" },
	{ "our-proposal", "aes128gcm16-prfsha256-x25519",
	    "link london tokyo { ike { proposal "
	    "\"aes128gcm16-prfsha256-x25519\" } }",
	    "in tunnel tokyo: ike { proposal "
	    "\"aes128gcm16-prfsha256-x25519\" }" },
	{ "our-esp-proposal", "aes128-sha1",
	    "link london tokyo { ipsec { proposal \"aes128-sha1\" } }",
	    "in tunnel tokyo: ipsec { proposal \"aes128-sha1\" }" },
	{ "our-pfs", "a group unknown here", "nothing: greipsecd has no such",
	    "nothing: greipsecd has no such" },
	{ "mode", "", "link london tokyo { ipsec { mode tunnel } }",
	    "in tunnel tokyo: ipsec { mode tunnel }" },
	{ "hello-mask", "255.255.255.252", "link london tokyo { prefix 30 }",
	    "in tunnel tokyo: inner 10.99.0.1/30 peer 10.99.0.2" },
	{ "hello-mask", "255.255.255.0", "",
	    "in tunnel tokyo: inner 10.99.0.1/24 peer 10.99.0.2" },
	{ "hello-mask", "255.0.255.0", "", "" },
	{ "source-address", "10.99.0.3", NULL,
	    "in tunnel tokyo: inner 10.99.0.1/30 peer 10.99.0.3" },
};

START_TEST(blocks)
{
	struct cause_facts f = facts("OURS", lines[_i].theirs);
	struct view_cause c;

	f.facts = "tunnel";
	f.timers[0] = (struct cause_timers){ 2000, 8 };
	f.timers[1] = (struct cause_timers){ 2000, 6 };
	cause_make(lines[_i].code, &f, &c);
	if (lines[_i].mesh != NULL)
		check_line(c.here, lines[_i].mesh, "hello 2");
	f.mesh = false;
	cause_make(lines[_i].code, &f, &c);
	check_line(c.here, lines[_i].block, "ospf { hello 2 }");
	/* how they call it is not known here, where it leads is */
	ck_assert_ptr_null(strstr(c.there, "tunnel tokyo"));
}
END_TEST

#define E(id, bits)	{ XFORM_ENCR, (id), (bits) }
#define I(id)		{ XFORM_INTEG, (id), 0 }
#define P(id)		{ XFORM_PRF, (id), 0 }
#define K(id)		{ XFORM_KE, (id), 0 }
#define ALL_CBC		E(12, 128), E(12, 192), E(12, 256)
#define ALL_INTEG	I(2), I(12), I(13), I(14)
#define ALL_PRF		P(2), P(5), P(6), P(7)
#define ALL_KE		K(14), K(15), K(16), K(19), K(20), K(21), K(31)

/* What peers offer; of a kind that is not known here 1/3 is 3DES, 3/1 and 2/1
 * MD5, 4/2 modp1024, 6/35 an additional key exchange. */
static const struct {
	struct proposal	 p[2];
	uint16_t	 n;
	const char	*here;		/* how it begins */
} offers[] = {
	{ { { PROTO_IKE, 8, { E(3, 0), E(12, 256), I(1), I(2), P(1), P(2),
	    K(2), K(14) } } }, 1, "link london tokyo { ike { proposal "
	    "\"aes256-sha1-prfsha1-modp2048\" } }" },
	{ { { PROTO_IKE, 4, { E(12, 128), I(2), P(2), K(2) } } }, 1,
	    "nothing: greipsecd has no key exchange group of those that tokyo "
	    "offers" },
	{ { { PROTO_IKE, 4, { E(3, 0), I(2), P(2), K(14) } } }, 1,
	    "nothing: greipsecd has no encryption algorithm" },
	{ { { PROTO_IKE, 4, { E(12, 128), I(12), P(4), K(14) } } }, 1,
	    "nothing: greipsecd has no prf" },
	{ { { PROTO_IKE, 5, { E(12, 128), I(12), P(5), K(14),
	    { 6, 35, 0 } } } }, 1,
	    "nothing: greipsecd has no additional key exchange" },
	{ { { PROTO_IKE, 6, { E(12, 128), I(12), P(5), K(14), { 6, 35, 0 },
	    { 6, 0, 0 } } } }, 1, "link london tokyo { ike { proposal "
	    "\"aes128-sha256-prfsha256-modp2048\" } }" },
	/* more than can be said, what is unknown in front */
	{ { { PROTO_IKE, 20, { E(3, 0), E(13, 128), ALL_CBC, ALL_INTEG, P(1),
	    ALL_PRF, K(2), K(5), K(14), K(15), K(16), K(19) } } }, 1,
	    "link london tokyo { ike { proposal \"aes128-" },
	{ { { PROTO_IKE, 18, { ALL_CBC, ALL_INTEG, ALL_PRF, ALL_KE } } }, 1,
	    "link london tokyo { ike { proposal \"aes128-aes192-" },
	/* the first is none for us */
	{ { { PROTO_IKE, 4, { E(3, 0), I(1), P(1), K(2) } },
	    { PROTO_IKE, 4, { E(12, 128), I(12), P(5), K(31) } } }, 2,
	    "link london tokyo { ike { proposal "
	    "\"aes128-sha256-prfsha256-x25519\" } }" },
	{ { { PROTO_IKE, 18, { ALL_CBC, ALL_INTEG, ALL_PRF, ALL_KE } },
	    { PROTO_IKE, 3, { E(20, 128), P(5), K(31) } } }, 2,
	    "link london tokyo { ike { proposal \"aes128-" },
	/* what cannot share a proposal */
	{ { { PROTO_IKE, 6, { E(12, 128), E(20, 128), I(12), I(0), P(5),
	    K(31) } } }, 1, "link london tokyo { ike { proposal "
	    "\"aes128gcm16-prfsha256-x25519\" } }" },
	{ { { PROTO_ESP, 3, { E(13, 128), E(20, 128), { XFORM_ESN, 0, 0 } } } },
	    1, "link london tokyo { ipsec { proposal \"aes128gcm16\" } }" },
	{ { { PROTO_ESP, 3, { E(12, 128), I(1), { XFORM_ESN, 0, 0 } } } }, 1,
	    "nothing: greipsecd has no integrity algorithm" },
	{ { { PROTO_ESP, 3, { E(12, 128), I(2), { XFORM_ESN, 1, 0 } } } }, 1,
	    "link london tokyo { ipsec { proposal \"aes128-sha1-esn\" } }" },
	{ { { PROTO_ESP, 4, { E(12, 128), I(2), K(2), { XFORM_ESN, 1, 0 } } } },
	    1, "nothing: greipsecd has no key exchange group" },
};

static void
put(struct data *d, uint16_t type, const void *row)
{
	ck_assert_int_eq(rows_add(data_rows(d, type), row), 0);
}

/* From the wire to the line, by what ike says and diagnose reads. */
START_TEST(proposals)
{
	static const struct proposal wide = {
		PROTO_IKE, 18, { ALL_CBC, ALL_INTEG, ALL_PRF, ALL_KE }
	};
	static struct data d;
	bool esp = offers[_i].p[0].proto == PROTO_ESP;
	char theirs[PROPOSAL_BRIEF_MAX], ours[PROPOSAL_BRIEF_MAX];
	struct ctl_tunnel t = { .tid = 1, .name = "tokyo", .mesh = true };
	struct ctl_ike k = { .tid = 1, .state = "WAITING" };
	struct ctl_summary s = { .site = "london", .config = "FILE" };
	struct rows probes = { .n = 0 }, rungs = { .n = 0 }, causes = { .n = 0 };
	const struct view_cause *c;
	uint8_t buf[512];
	struct wbuf w = wbuf_make(buf, sizeof(buf));

	ike_offer_put(&w, offers[_i].p, offers[_i].n, false, "\1\2\3\4", esp ?
	    4 : 0);
	ck_assert(wbuf_ok(&w));
	ike_offer_text((struct ike_span){ buf, w.len }, theirs,
	    sizeof(theirs));
	ck_assert_int_lt(snprintf(k.facts, sizeof(k.facts), "theirs %s, ours "
	    "%s, chacha20poly1305-prfsha512-x25519", theirs,
	    proposal_brief(&wide, ours, sizeof(ours) - 4)),
	    (int)sizeof(k.facts));
	(void)snprintf(k.code, sizeof(k.code), "%s", esp ? "our-esp-proposal" :
	    "our-proposal");
	put(&d, CTL_SUMMARY, &s);
	put(&d, CTL_TUNNEL, &t);
	put(&d, CTL_IKE, &k);
	ck_assert_int_eq(diag_tunnel(&d, &t, &probes, "", &rungs,
	    &causes), DIAG_FAIL);
	ck_assert_uint_ge(causes.n, 1);
	c = rows_at(&causes, 0);
	ck_assert_str_eq(c->code, k.code);
	check_line(c->here, offers[_i].here, "");
	if (!esp)
		check_line(c->there,
		    "link london tokyo { ike { proposal \"aes128-", "");
	rows_free(&rungs);
	rows_free(&causes);
	data_free(&d);
}
END_TEST

/* A box of another make is told nothing of ours: no command, no words of our
 * file.  There is something to do there whenever there is for greipsecd. */
START_TEST(foreign)
{
	static const char *const ours[] = { "greipsec", "`", "{", ": mtu",
	    ": hello", ": dead", "in the tunnel to" };
	struct cause_facts f = facts("OURS", "1400");
	struct view_cause c, box;
	const char *code;
	size_t i, k;

	f.mesh = _i == 0;
	f.timers[0] = (struct cause_timers){ 2000, 8 };
	f.timers[1] = (struct cause_timers){ 2000, 6 };
	for (i = 0; (code = cause_code(i)) != NULL; i++) {
		f.foreign = false;
		cause_make(code, &f, &c);
		f.foreign = true;
		cause_make(code, &f, &box);
		for (k = 0; k < sizeof(ours) / sizeof(ours[0]); k++)
			ck_assert_msg(strstr(box.there, ours[k]) == NULL,
			    "%s: %s", code, box.there);
		ck_assert_msg(box.there[0] != '\0' || c.there[0] == '\0', "%s",
		    code);
		ck_assert_ptr_null(strstr(box.here, "at tokyo names"));
	}
	ck_assert_uint_gt(i, 50);
	cause_make("our-proposal", &f, &box);
	ck_assert_str_eq(box.there, "IKE proposal, one of each kind of: OURS");
	cause_make("dead-interval", &f, &box);
	ck_assert_str_eq(box.there, "dead interval 8 on that tunnel");
	cause_make("mtu", &f, &box);
	ck_assert_str_eq(box.there, "MTU 1442 on that tunnel, where its path "
	    "carries that");
}
END_TEST

/* Where there is no line, the places. */
START_TEST(places)
{
	struct cause_facts f = facts("OURS", "10.66.0.1");
	struct view_cause c;

	cause_make("disabled", &f, &c);
	ck_assert_ptr_nonnull(strstr(c.here, "`link london tokyo', `site "
	    "london' or `site tokyo' in FILE"));
	cause_make("dead-interval", &f, &c);
	f.mesh = false;
	cause_make("disabled", &f, &c);
	ck_assert_ptr_nonnull(strstr(c.here, "`tunnel tokyo' in FILE"));
	cause_make("source-address", &f, &c);
	ck_assert_ptr_nonnull(strstr(c.here, "`inner' of `tunnel tokyo' in "
	    "FILE"));
	f.timers[0] = (struct cause_timers){ 2000, 8 };
	cause_make("dead-interval", &f, &c);
	check_line(c.there, "in the tunnel to 203.0.113.1: hello 2 dead 8, or",
	    "");
	f.here = "";
	cause_make("no-answer-auth", &f, &c);
	ck_assert_ptr_nonnull(strstr(c.there, "greipsecctl diagnose"));
	ck_assert_ptr_null(strstr(c.there, "diagnose  "));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_fix");
	TCase *tc = tcase_create("lines");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, mtu, 0, (int)(sizeof(mtus) / sizeof(mtus[0])));
	tcase_add_loop_test(tc, intervals, 0,
	    (int)(sizeof(timers) / sizeof(timers[0])));
	tcase_add_loop_test(tc, blocks, 0,
	    (int)(sizeof(lines) / sizeof(lines[0])));
	tcase_add_loop_test(tc, proposals, 0,
	    (int)(sizeof(offers) / sizeof(offers[0])));
	tcase_add_test(tc, places);
	tcase_add_loop_test(tc, foreign, 0, 2);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
