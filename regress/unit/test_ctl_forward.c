/* SPDX-License-Identifier: ISC */
/* Rules at forward, as `nft list ruleset' prints them: which drop what goes
 * between the LAN and the tunnels. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "greipsecctl/ctl_forward.h"

#define HOOK	"type filter hook forward priority filter; "
#define BASE	"table ip filter {\n\tchain FORWARD {\n\t\t" HOOK
#define END	"\n\t}\n}\n"
#define COUNTED	"counter packets 3 bytes 180 "
#define KNOWN	"\n\t\tct state established,related accept"

static const struct {
	const char		*rules;
	enum forward_verdict	 verdict;
} cases[] = {
	{ BASE "policy accept;" END, FORWARD_OPEN },
	{ BASE "policy drop;" END, FORWARD_DROPS },
	{ BASE "policy drop;" KNOWN END, FORWARD_DROPS },
	{ BASE "policy drop;\n\t\tct state vmap { established : accept, related "
	    ": accept, invalid : drop }" END, FORWARD_DROPS },
	{ BASE "policy drop;" KNOWN "\n\t\t" COUNTED "accept" END,
	    FORWARD_OPEN },
	{ BASE "policy drop;\n\t\taccept comment \"all\"" END, FORWARD_OPEN },
	{ BASE "policy drop;" KNOWN "\n\t\tct state new accept" END,
	    FORWARD_MAY_DROP },
	{ BASE "policy drop;\n\t\ticmp type echo-request accept" END,
	    FORWARD_DROPS },
	/* what a rule does that names a tunnel was meant */
	{ BASE "policy drop;\n\t\tiifname \"gs-*\" accept" END, FORWARD_OPEN },
	{ BASE "policy drop;\n\t\tiifname \"gs-tokyo\" jump own" END,
	    FORWARD_OPEN },
	{ BASE "policy drop;\n\t\tiifname { \"lan\", \"office\" } accept" END,
	    FORWARD_OPEN },
	{ BASE "policy drop;\n\t\toifname \"off*\" accept" END, FORWARD_OPEN },
	/* it may be the LAN */
	{ BASE "policy drop;\n\t\tiifname \"lan\" accept" END,
	    FORWARD_MAY_DROP },
	{ BASE "policy drop;\n\t\tiifname \"offic\" accept" END,
	    FORWARD_MAY_DROP },
	{ BASE "policy drop;\n\t\tip saddr 10.0.0.0/8 " COUNTED "accept" END,
	    FORWARD_MAY_DROP },
	{ BASE "policy drop;\n\t\tiifname vmap { \"lan\" : accept }" END,
	    FORWARD_MAY_DROP },
	/* Docker's, with one of its networks as a LAN of ours too */
	{ BASE "policy drop;\n\t\t" COUNTED "jump DOCKER-USER\n\t\toifname "
	    "\"docker0\" ct state related,established " COUNTED "accept\n\t\t"
	    "iifname \"docker0\" oifname != \"docker0\" " COUNTED "accept\n\t}"
	    "\n\tchain DOCKER-USER {\n\t\t" COUNTED "return" END,
	    FORWARD_DROPS },
	{ BASE "policy drop;\n\t\tiifname \"br-0123456789ab\" accept" END,
	    FORWARD_MAY_DROP },
	{ BASE "policy drop;\n\t\toifname != \"docker0\" accept" END,
	    FORWARD_MAY_DROP },
	/* another chain is part of it when it leads there */
	{ BASE "policy drop;\n\t\tjump user\n\t}\n\tchain user {\n\t\toifname "
	    "\"gs-*\" accept" END, FORWARD_OPEN },
	{ BASE "policy drop;\n\t\tgoto user\n\t}\n\tchain user {\n\t\tjump a\n\t"
	    "}\n\tchain a {\n\t\taccept" END, FORWARD_OPEN },
	{ BASE "policy drop;\n\t\tip daddr @ours jump user\n\t}\n\tchain user {"
	    "\n\t\taccept" END, FORWARD_MAY_DROP },
	{ BASE "policy drop;\n\t}\n\tchain user {\n\t\taccept" END,
	    FORWARD_DROPS },
	{ BASE "policy drop;\n\t\tjump user\n\t}\n}\ntable inet x {\n\tchain "
	    "user {\n\t\taccept" END, FORWARD_DROPS },
	/* each chain at forward has its say, of these families */
	{ BASE "policy accept;\n\t}\n}\ntable inet wall {\n\tset s {\n\t\ttype "
	    "ipv4_addr\n\t}\n\n\tchain f {\n\t\t" HOOK "policy drop;" END,
	    FORWARD_DROPS },
	{ "table ip6 filter {\n\tchain FORWARD {\n\t\t" HOOK "policy drop;" END,
	    FORWARD_OPEN },
	{ "table ip filter {\n\tchain INPUT {\n\t\ttype filter hook input "
	    "priority filter; policy drop;" END, FORWARD_OPEN },
	/* at its end */
	{ BASE "policy accept;" KNOWN "\n\t\treject with icmpx "
	    "admin-prohibited" END, FORWARD_DROPS },
	{ BASE "policy accept;" KNOWN "\n\t\tiifname \"wan\" drop" END,
	    FORWARD_OPEN },
};
#define N_CASES	((int)(sizeof(cases) / sizeof(cases[0])))

static struct forward *
with(bool lan)
{
	const struct ctl_tunnel t[] = { { .ifname = "gs-tokyo" },
	    { .ifname = "office" } };
	const struct ctl_ospfif o[] = { { .name = "lan", .len = 24 },
	    { .name = "br-0123456789ab", .len = 24 },
	    { .name = "dummy0", .len = 32 }, { .name = "gs-x", .tid = 1,
	    .len = 30 } };
	struct data d = { 0 };
	struct forward *f;
	size_t i;

	for (i = 0; i < 2; i++)
		ck_assert_int_eq(rows_add(data_rows(&d, CTL_TUNNEL), &t[i]), 0);
	for (i = lan ? 0 : 2; i < 4; i++)
		ck_assert_int_eq(rows_add(data_rows(&d, CTL_OSPFIF), &o[i]), 0);
	f = forward_new(&d);
	ck_assert_ptr_nonnull(f);
	data_free(&d);
	return (f);
}

static void
feed(struct forward *f, const char *text)
{
	char line[256];
	size_t len;

	for (; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		(void)snprintf(line, sizeof(line), "%.*s", (int)len, text);
		forward_line(f, line);
	}
}

START_TEST(rules)
{
	struct forward *f = with(true);
	char where[FORWARD_WHERE_MAX];

	feed(f, cases[_i].rules);
	ck_assert_msg(forward_judge(f, where) == cases[_i].verdict, "%s",
	    cases[_i].rules);
	if (cases[_i].verdict != FORWARD_OPEN)
		ck_assert_str_eq(where, strstr(cases[_i].rules, "wall") != NULL ?
		    "inet wall f" : "ip filter FORWARD");
	forward_free(f);
}
END_TEST

/* What is sent to this host itself is not forwarded. */
START_TEST(no_lan)
{
	struct forward *f = with(false);
	char where[FORWARD_WHERE_MAX];

	feed(f, BASE "policy drop;" END);
	ck_assert_int_eq(forward_judge(f, where), FORWARD_OPEN);
	forward_free(f);
}
END_TEST

/* More chains than are kept: nothing is said of them. */
START_TEST(many)
{
	struct forward *f = with(true);
	char where[FORWARD_WHERE_MAX], line[64];
	int i;

	feed(f, BASE "policy drop;" END);
	for (i = 0; i < 1000; i++) {
		(void)snprintf(line, sizeof(line), "chain c%d {\n}\n", i);
		feed(f, line);
	}
	ck_assert_int_eq(forward_judge(f, where), FORWARD_OPEN);
	forward_free(f);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_forward");
	TCase *t = tcase_create("rules");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, rules, 0, N_CASES);
	tcase_add_test(t, no_lan);
	tcase_add_test(t, many);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
