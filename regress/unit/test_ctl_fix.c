/* SPDX-License-Identifier: ISC */
/*
 * What diagnose says to put into the file: the parser takes it, and it is no
 * new fault.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecctl/ctl_cause.h"
#include "greipsecd/conf.h"

#define PSK "0123456789abcdefghijklm"

static struct cause_facts
facts(const char *ours, const char *theirs)
{
	return ((struct cause_facts){ .here = "london", .there = "tokyo",
	    .local = "203.0.113.1", .peer = "198.51.100.7",
	    .ifname = "gs-tokyo", .facts = "", .ours = ours,
	    .theirs = theirs, .seen = "", .file = "FILE", .mtu = 1442,
	    .fits = 1442 });
}

/* Up to where the line ends and an alternative begins. */
static size_t
line_len(const char *s)
{
	const char *or = strstr(s, ", or ");

	return (or != NULL ? (size_t)(or - s) : strlen(s));
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
	char text[2048];
	int n;

	ck_assert_msg(strncmp(line, "link london tokyo { ", 20) == 0, "%s",
	    line);
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
	if (line[0] != '\0')
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
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
