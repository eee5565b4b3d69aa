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

/* A line for the file is one that the parser takes there. */
static void
takes(const char *line)
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
	    "mesh m { tunnels 172.31.0.0/22 psk \"" PSK "\"\n"
	    "site london { id 1 address 203.0.113.1 }\n"
	    "site tokyo { id 2 address 198.51.100.7 }\n%.*s\n}\n",
	    (int)line_len(line), line);
	ck_assert_int_lt(n, (int)sizeof(text));
	c = conf_parse_text("t", text, (size_t)n, &o, &errs);
	if (c == NULL)
		conf_errs_print(&errs, stderr);
	ck_assert_msg(c != NULL, "%s", line);
	conf_free(c);
	conf_errs_free(&errs);
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
		ck_assert_msg(strncmp(c.here, mtus[_i].here,
		    strlen(mtus[_i].here)) == 0, "%s", c.here);
		ck_assert_msg(strncmp(c.there, mtus[_i].there,
		    strlen(mtus[_i].there)) == 0, "%s", c.there);
		ck_assert_int_eq(c.here[0] == '\0', mtus[_i].here[0] == '\0');
		ck_assert_int_eq(c.there[0] == '\0',
		    mtus[_i].there[0] == '\0');
		if (c.here[0] != '\0')
			takes(c.here);
		if (c.there[0] != '\0')
			takes(c.there);
	}
	/* nobody knows theirs: ours, and no more than fits */
	cause_make("exstart", &f, &c);
	ck_assert_ptr_nonnull(strstr(c.cause, f.ours));
	ck_assert_msg(strncmp(c.there, "MTU ", 4) == 0 &&
	    (f.fits == 0 || atoi(c.there + 4) <= f.fits), "%s", c.there);
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
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
