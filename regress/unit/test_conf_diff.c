/* SPDX-License-Identifier: ISC */
/*
 * From one configuration to the next: each change of one line with what it
 * does to its tunnel, that it touches no other, and what it says.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/conf_diff.h"

#define PSK "0123456789abcdefghijklm"

static struct conf *
parse(const char *ospf, const char *mesh, const char *b, const char *host)
{
	static const char keyfile[] = "";
	char text[4096];
	struct conf_mem mem = { "none", keyfile, 0 };
	struct conf_opts o = { .site = "a", .mem = &mem, .n_mem = 1 };
	struct conf_errs errs;
	struct conf *c;
	int n;

	n = snprintf(text, sizeof(text), "ospf { auth md5 1 \"k\" %s }\n"
	    "mesh m { tunnels 172.31.0.0/22 psk \"" PSK "\" %s\n"
	    "site a { id 1 address 192.0.2.1 network 10.1.0.0/16 }\n"
	    "site b { id 2 address 192.0.2.2 network 10.2.0.0/16 %s }\n"
	    "site c { id 3 address 192.0.2.3 }\n"
	    "site d { id 4 address dynamic }\n}\n"
	    "host a { %s }\n", ospf, mesh, b, host);
	ck_assert_int_lt(n, (int)sizeof(text));
	c = conf_parse_text("t", text, (size_t)n, &o, &errs);
	if (c == NULL)
		conf_errs_print(&errs, stderr);
	conf_errs_free(&errs);
	ck_assert_ptr_nonnull(c);
	return (c);
}

enum { LINK = 1, IKE = 2, SEC = 4, ESP = 8, OSPF = 16 };

/* What is written into site b, before and after. */
static const struct {
	const char	*was, *is;
	enum conf_class	 class;
	int		 parts;
	const char	*what;		/* part of it */
} one[] = {
	{ "", "description x", CLASS_NOTHING, 0, "description" },
	{ "", "metric 5", CLASS_IN_PLACE, OSPF, "metric 10 -> 5" },
	{ "metric 5", "metric 10", CLASS_IN_PLACE, OSPF, "metric 5 -> 10" },
	{ "", "hello 5", CLASS_IN_PLACE, OSPF, "hello 10000ms -> 5000ms" },
	{ "", "dead 60", CLASS_IN_PLACE, OSPF, "dead" },
	{ "", "mtu-check ignore", CLASS_IN_PLACE, OSPF, "mtu-check" },
	{ "", "ospf { auth md5 1 k2 }", CLASS_IN_PLACE, OSPF, "auth md5" },
	{ "", "ospf { auth md5 1 k auth md5 2 k2 }", CLASS_IN_PLACE, OSPF,
	    "auth md5" },
	{ "ospf { auth md5 1 k auth md5 2 k2 }",
	    "ospf { auth md5 1 k auth md5 2 k2 send 2 }", CLASS_IN_PLACE,
	    OSPF, "send 1 -> 2" },
	{ "", "mtu 1400", CLASS_IN_PLACE, LINK | ESP | OSPF,
	    "mtu 1442 -> 1400" },
	{ "", "path-mtu 1492", CLASS_IN_PLACE, LINK | ESP | OSPF, "path-mtu" },
	{ "", "mss 1300", CLASS_IN_PLACE, ESP, "mss 1402 -> 1300" },
	{ "", "ttl 64", CLASS_IN_PLACE, ESP, "ttl 255 -> 64" },
	{ "", "dscp no", CLASS_IN_PLACE, ESP, "dscp" },
	{ "", "keepalive off", CLASS_IN_PLACE, ESP, "keepalive" },
	{ "", "prefix 30", CLASS_IN_PLACE, LINK | OSPF, "inner prefix" },
	{ "", "ike { dpd 10 }", CLASS_IN_PLACE, IKE, "dpd 30 -> 10" },
	{ "", "ike { life 1h }", CLASS_IN_PLACE, IKE, "ike life" },
	{ "", "ike { initiate }", CLASS_IN_PLACE, IKE, "start" },
	{ "psk one-one-one-one-one-one", "psk two-two-two-two-two-two",
	    CLASS_IN_PLACE, SEC, "psk" },
	{ "psk one-one-one-one-one-one", "psk { one-one-one-one-one-one, b }",
	    CLASS_IN_PLACE, SEC, "second psk" },
	{ "", "ipsec { life 30m }", CLASS_REKEY, IKE, "ipsec life" },
	{ "", "ipsec { bytes 4g }", CLASS_REKEY, IKE, "ipsec bytes" },
	{ "", "ipsec { replay-window 64 }", CLASS_REKEY, IKE, "replay" },
	{ "", "ipsec { selector any }", CLASS_REKEY, IKE, "selector" },
	{ "", "ipsec { proposal aes128gcm16 }", CLASS_REKEY, IKE,
	    "ipsec proposal aes256gcm16 -> aes128gcm16" },
	{ "", "ipsec { proposal { aes256gcm16, aes128gcm16 } }", CLASS_REKEY,
	    IKE, "ipsec proposals 1 -> 2" },
	{ "", "ipsec { pfs x25519 }", CLASS_REKEY, IKE, "x25519" },
	{ "", "ipsec { mode tunnel }", CLASS_REKEY, LINK | IKE | ESP | OSPF,
	    "mode" },
	{ "", "ike { proposal aes128-sha256-ecp256 }", CLASS_NEW_IKE, IKE,
	    "ike proposal" },
	{ "", "nat force", CLASS_NEW_IKE, LINK | IKE | ESP | OSPF, "nat" },
	{ "", "identity b.example", CLASS_NEW_IKE, IKE, "remote-id" },
	{ "", "disable", CLASS_NEW_IKE, LINK, "disable" },
	{ "", "interface wan1", CLASS_RECREATE, LINK | OSPF,
	    "interface gs-b -> wan1" },
	{ "metric 5 ttl 9", "metric 6 ttl 8", CLASS_IN_PLACE, OSPF | ESP,
	    "ttl 9 -> 8, metric 5 -> 6" },
};

START_TEST(one_change)
{
	struct conf *old = parse("", "", one[_i].was, "");
	struct conf *new = parse("", "", one[_i].is, "");
	struct conf_diff *d = conf_diff(old, new);
	const struct conf_change *ch;
	int parts;

	ck_assert_ptr_nonnull(d);
	ck_assert_uint_eq(d->n_changes, 3);
	ch = &d->changes[0];
	ck_assert_int_eq(ch->op, CONF_CHANGE);
	ck_assert_int_eq(ch->class, one[_i].class);
	parts = (ch->link ? LINK : 0) | (ch->ike ? IKE : 0) |
	    (ch->secret ? SEC : 0) | (ch->esp ? ESP : 0) |
	    (ch->ospf ? OSPF : 0);
	ck_assert_msg(parts == one[_i].parts, "%s: parts %d, want %d",
	    one[_i].is, parts, one[_i].parts);
	ck_assert_msg(strstr(ch->what, one[_i].what) != NULL, "%s: says '%s'",
	    one[_i].is, ch->what);
	ck_assert_str_eq(ch->new->name, "b");
	ck_assert_ptr_eq(ch->old, &old->tunnels[0]);
	ck_assert_int_eq(d->changes[1].op, CONF_SAME);
	ck_assert_int_eq(d->changes[2].op, CONF_SAME);
	ck_assert(!d->ospf_global && !d->networks && !d->guards &&
	    !d->policy && !d->router_id);
	ck_assert(!conf_diff_empty(d));
	conf_diff_free(d);
	conf_free(old);
	conf_free(new);
}
END_TEST

/* A start, an end, and nothing. */
START_TEST(whole)
{
	struct conf *c = parse("", "", "", ""), *e = parse("", "", "", "");
	struct conf_diff *d = conf_diff(NULL, c);
	size_t i;

	ck_assert_uint_eq(d->n_changes, 3);
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(d->changes[i].op, CONF_ADD);
		ck_assert(d->changes[i].ike && d->changes[i].secret &&
		    d->changes[i].esp && d->changes[i].ospf &&
		    d->changes[i].link);
	}
	ck_assert(d->ospf_global && d->networks && d->guards && d->policy);
	conf_diff_free(d);
	d = conf_diff(c, NULL);
	ck_assert_uint_eq(d->n_changes, 3);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(d->changes[i].op, CONF_DEL);
	conf_diff_free(d);
	d = conf_diff(c, e);
	ck_assert(conf_diff_empty(d));
	conf_diff_free(d);
	conf_free(c);
	conf_free(e);
}
END_TEST

/* The rest of the file. */
START_TEST(the_host)
{
	struct conf *c = parse("", "", "", ""), *e;
	struct conf_diff *d;
	char *out = NULL;
	size_t n;
	FILE *f;

	e = parse("area 0.0.0.1", "", "", "");
	d = conf_diff(c, e);
	ck_assert(d->ospf_global && d->router_id && !d->networks);
	f = open_memstream(&out, &n);
	conf_diff_print(d, f);
	(void)fclose(f);
	ck_assert_ptr_nonnull(strstr(out, "untouched: no SA is rekeyed, every "
	    "neighbor restarts\n"));
	free(out);
	conf_diff_free(d);
	conf_free(e);
	e = parse("spf-delay 1s", "", "", "");
	d = conf_diff(c, e);
	ck_assert(d->ospf_global && !d->router_id);
	conf_diff_free(d);
	conf_free(e);
	e = parse("", "", "", "sysctl no nat-exemption no");
	d = conf_diff(c, e);
	ck_assert(d->policy && !d->networks);
	conf_diff_free(d);
	conf_free(e);
	e = parse("", "", "", "interface em1 { metric 4 }");
	d = conf_diff(c, e);
	ck_assert(d->networks && !d->policy);
	conf_diff_free(d);
	conf_free(e);
	e = parse("", "", "", "guard 10.9.0.0/16");
	d = conf_diff(c, e);
	ck_assert(d->guards && !d->networks);
	conf_diff_free(d);
	conf_free(e);
	conf_free(c);
}
END_TEST

/* Another outer address or GRE key is another tunnel; a new site moves none. */
START_TEST(identity)
{
	struct conf *c = parse("", "", "", ""), *e;
	struct conf_diff *d;

	e = parse("", "link a b { gre-key 5 }", "", "");
	d = conf_diff(c, e);
	ck_assert_uint_eq(d->n_changes, 4);
	ck_assert_int_eq(d->changes[0].op, CONF_DEL);
	ck_assert_str_eq(d->changes[0].old->name, "b");
	ck_assert_int_eq(d->changes[1].op, CONF_ADD);
	conf_diff_free(d);
	conf_free(e);
	e = parse("", "site z { id 9 address 192.0.2.9 }", "", "");
	d = conf_diff(c, e);
	ck_assert_uint_eq(d->n_changes, 4);
	ck_assert_int_eq(d->changes[0].op, CONF_ADD);
	ck_assert_int_eq(d->changes[1].op, CONF_SAME);
	ck_assert_int_eq(d->changes[2].op, CONF_SAME);
	ck_assert_int_eq(d->changes[3].op, CONF_SAME);
	conf_diff_free(d);
	conf_free(e);
	conf_free(c);
}
END_TEST

#define TOKYO(a)	"site tokyo { id 5 address " a " } "
#define OSAKA(a)	"site osaka { id 6 address " a " } "
#define P		"192.0.2.5"
#define Q		"192.0.2.6"

/* Addresses that become dynamic, or fixed, or are another site's; of which old
 * tunnel each is, '+': none, '-': it is not there. */
static const struct {
	const char	*was, *is;
	char		 tokyo, osaka;
	size_t		 removed;
} moves[] = {
	{ TOKYO(P), TOKYO("dynamic") OSAKA(P), 't', '+', 0 },
	{ TOKYO(P), OSAKA(P) TOKYO("dynamic"), 't', '+', 0 },
	{ TOKYO("dynamic") OSAKA(P), TOKYO(P), 't', '-', 1 },
	{ OSAKA(P) TOKYO("dynamic"), TOKYO(P), 't', '-', 1 },
	{ TOKYO(P) OSAKA("dynamic"), TOKYO("dynamic") OSAKA(P), 't', 'o', 0 },
	{ TOKYO("dynamic") OSAKA(P), TOKYO(P) OSAKA("dynamic"), 't', 'o', 0 },
	{ OSAKA("dynamic") TOKYO(P), TOKYO("dynamic") OSAKA(P), 't', 'o', 0 },
	{ TOKYO(P) OSAKA("dynamic"), OSAKA(P), '-', 'o', 1 },
	/* two fixed addresses are the tunnel, whatever it is called */
	{ TOKYO(P), OSAKA(P), '-', 't', 0 },
	{ TOKYO(P), TOKYO(Q) OSAKA(P), '+', 't', 0 },
	{ TOKYO(P) OSAKA(Q), TOKYO(Q) OSAKA(P), 'o', 't', 0 },
};

static char
whence(const struct conf_diff *d, const char *name)
{
	const struct conf_change *ch;
	size_t i;

	for (i = 0; i < d->n_changes; i++) {
		ch = &d->changes[i];
		if (ch->new == NULL || strcmp(ch->new->name, name) != 0)
			continue;
		ck_assert_int_eq(ch->op == CONF_ADD, ch->old == NULL);
		return (ch->old != NULL ? ch->old->name[0] : '+');
	}
	return ('-');
}

/* Each tunnel of both stands in one change. */
START_TEST(one_to_one)
{
	struct conf *old = parse("", moves[_i].was, "", "");
	struct conf *new = parse("", moves[_i].is, "", "");
	struct conf_diff *d = conf_diff(old, new);
	size_t i, k, n, removed = 0;

	ck_assert_int_eq(whence(d, "tokyo"), moves[_i].tokyo);
	ck_assert_int_eq(whence(d, "osaka"), moves[_i].osaka);
	for (i = 0; i < d->n_changes; i++)
		removed += d->changes[i].op == CONF_DEL;
	ck_assert_uint_eq(removed, moves[_i].removed);
	ck_assert_uint_eq(d->n_changes, new->n_tunnels + removed);
	for (k = 0; k < old->n_tunnels; k++) {
		for (i = n = 0; i < d->n_changes; i++)
			n += d->changes[i].old == &old->tunnels[k];
		ck_assert_uint_eq(n, 1);
	}
	for (k = 0; k < new->n_tunnels; k++)
		ck_assert_ptr_eq(d->changes[removed + k].new,
		    &new->tunnels[k]);
	conf_diff_free(d);
	conf_free(old);
	conf_free(new);
}
END_TEST

static const struct {
	const char	*old, *new;	/* in the link */
	const char	*change, *effect;
} lines[] = {
	{ "", "metric 5", "metric 10 -> 5", "in place, nothing restarts" },
	{ "", "hello 5", "hello 10000ms -> 5000ms",
	    "in place, nothing restarts; both ends must agree" },
	{ "", "prefix 30", "inner prefix 32 -> 30",
	    "in place; OSPF begins anew" },
	{ "", "prefix 30 ipsec { life 30m }",
	    "inner prefix 32 -> 30, ipsec life 3600 -> 1800",
	    "new child SAs, no packet is lost; OSPF begins anew" },
	{ "", "disable", "disable 0 -> 1",
	    "taken down: its SAs and interface go" },
	{ "disable", "", "disable 1 -> 0", "started" },
	{ "", "ospf { disable }", "ospf disable 0 -> 1",
	    "in place; OSPF ends on it" },
	{ "ospf { disable }", "", "ospf disable 1 -> 0",
	    "in place; OSPF begins on it" },
};

START_TEST(printed)
{
	struct conf *c = parse("", "", lines[_i].old, "");
	struct conf *e = parse("", "", lines[_i].new, "");
	char want[512];
	struct conf_diff *d = conf_diff(c, e);
	char *out = NULL;
	size_t n;
	FILE *f = open_memstream(&out, &n);

	(void)snprintf(want, sizeof(want), "~ tunnel b  %s\n"
	    "            (%s)\n"
	    "= 2 tunnels untouched: no SA is rekeyed, no neighbor restarts\n",
	    lines[_i].change, lines[_i].effect);
	conf_diff_print(d, f);
	(void)fclose(f);
	ck_assert_str_eq(out, want);
	free(out);
	conf_diff_free(d);
	conf_free(c);
	conf_free(e);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf_diff");
	TCase *t = tcase_create("conf_diff");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, one_change, 0, sizeof(one) / sizeof(one[0]));
	tcase_add_test(t, whole);
	tcase_add_test(t, the_host);
	tcase_add_test(t, identity);
	tcase_add_loop_test(t, one_to_one, 0,
	    sizeof(moves) / sizeof(moves[0]));
	tcase_add_loop_test(t, printed, 0, sizeof(lines) / sizeof(lines[0]));
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
