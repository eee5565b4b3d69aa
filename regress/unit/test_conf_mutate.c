/* SPDX-License-Identifier: ISC */
/*
 * Thousands of damaged configurations, the same ones on every run: none hurts
 * the parser, every error has its place, and what is taken prints to something
 * that is taken again, is no other configuration, and shows no secret.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/conf.h"
#include "greipsecd/conf_diff.h"
#include "greipsecd/conf_int.h"

#define ROUNDS		3000
#define TEXT_MAX	8192

static const char whole[] =
    "include \"secrets\"\n"
    "net = 10.1.0.0/16 # a macro\n"
    "log verbose\n"
    "ospf { area 0.0.0.0 auth md5 1 $k auth md5 2 \"HIDDEN2\" send 1\n"
    "  failover fast metric 12 rxmt 4 mtu-check strict hello-mask zero\n"
    "  sequence strict spf-delay 20ms spf-hold 1s maximum-paths 4\n"
    "  graceful-restart helper }\n"
    "ike { proposal { \"aes256gcm16-prfsha384-x25519\", aes128-sha256-ecp256 }\n"
    "  version 2 life 2h dpd off nat auto }\n"
    "ipsec { mode transport proposal aes128gcm16 life 30m bytes 4g\n"
    "  pfs x25519 replay-window 64 selector gre allow weak }\n"
    "mesh \"corp\" {\n"
    "  tunnels 172.31.0.0/22; psk { $psk, \"HIDDEN-0123456789abcdefghij\" }\n"
    "  topology hub { london tokyo }\n"
    "  site london { id 1 address 203.0.113.1 network $net announce 10.8.0.0/16\n"
    "    key \"ed25519:PBnHxVy224CwAHdrNsySKa0Dc9bN4rjdb/eLT6i6MCY=\" }\n"
    "  site tokyo { id 2 address 198.51.100.7 network { 10.2.0.0/16, 10.22.0.0/16 }\n"
    "    key \"ed25519:gosCW3A9hE7bSRiUUnd1294HZdUogGwuRTtpsAQobS4=\" }\n"
    "  site hanoi { id 3 address dynamic path-mtu 1492 nat force router-id 9.9.9.9 }\n"
    "  site delhi { id 4 platform routeros address 192.0.2.80 psk \"HIDDEN-delhi\"\n"
    "    identity \"delhi@example.net\" description \"a \\\"box\\\"\" prefix 30 }\n"
    "  link london tokyo { metric 5 mtu 1400 mss no ttl 64 dscp no keepalive off\n"
    "    gre-key 7 interface wan1 disable ike { initiate } ospf { hello 2 dead 9 } }\n"
    "}\n"
    "host london { sysctl no mss 1200 guard 10.200.0.0/16 interface em1 { metric 3 }\n"
    "  tunnel partner { local 203.0.113.1 peer 192.0.2.9 inner 10.0.0.1/30 peer 10.0.0.2\n"
    "    network 10.9.0.0/16 ike { local-id london remote-id \"keyid:x\" retry first\n"
    "    respond psk from \"secrets:2:7\" derive m london partner }\n"
    "    ipsec { mode tunnel pfs none } ospf { area 0.0.0.0 cost 20 } } }\n";

static const char *const words[] = {
	"{", "}", ",", ";", "\n", "\"", "\\", "$", "$k", "=", "#", " ", "\xff",
	"0", "4294967296", "-1", "18446744073709551616", "10.0.0.0/8",
	"0.0.0.0", "::1", "from", "derive", "\"secrets:1:5\"", "any", "auto",
	"include \"secrets\"", "off", "99999999999999999999999999"
};

static const char secrets[] =
    "k = \"HIDDEN1\"\npsk = \"HIDDEN-abcdefghijklmnopqrstuvwxyz\"\n";
static const char key[] =
    "ed25519-private:9KxkyQTdZ/1G4w6SYbzxtSRUt9HXyTREz7qFB+HzTuo=\n";

static uint64_t seed = 20261120;

static size_t
rnd(size_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (below == 0 ? 0 : (size_t)(seed % below));
}

/* Put what is at s in place of cut bytes at off. */
static size_t
splice(char *text, size_t len, size_t off, size_t cut, const char *s,
    size_t n)
{
	char copy[512];

	if (n > sizeof(copy) || len - cut + n > TEXT_MAX)
		return (len);
	memcpy(copy, s, n);
	memmove(text + off + n, text + off + cut, len - off - cut);
	memcpy(text + off, copy, n);
	return (len - cut + n);
}

static size_t
mutate(char *text, size_t len)
{
	size_t off = rnd(len + 1), cut, from;
	const char *w;
	char c;

	switch (rnd(6)) {
	case 0:		/* another byte */
		c = (char)rnd(256);
		return (off < len ? splice(text, len, off, 1, &c, 1) : len);
	case 1:		/* some are lost */
		cut = rnd(40);
		if (cut > len - off)
			cut = len - off;
		return (splice(text, len, off, cut, "", 0));
	case 2:		/* some come again elsewhere */
		from = rnd(len);
		cut = rnd(200);
		if (cut > len - from)
			cut = len - from;
		return (splice(text, len, off, 0, text + from, cut));
	case 3:
		w = words[rnd(sizeof(words) / sizeof(words[0]))];
		return (splice(text, len, off, 0, w, strlen(w)));
	case 4:		/* a keyword in a place of chance */
		w = kw_defs[rnd(n_kw_defs)].word;
		return (splice(text, len, off, 0, w,
		    strlen(w)));
	default:	/* the end is missing */
		return (rnd(8) == 0 ? off : len);
	}
}

static struct conf *
parse(const char *name, const char *text, size_t len, struct conf_errs *errs)
{
	const struct conf_mem mem[] = {
		{ "secrets", secrets, sizeof(secrets) - 1 },
		{ "t.key", key, sizeof(key) - 1 }, { name, text, len }
	};
	struct conf_opts o = {
		.site = "london", .keyfile = "t.key", .mem = mem, .n_mem = 3
	};

	return (conf_parse_file(name, &o, errs));
}

static void
check_errors(const struct conf *c, const struct conf_errs *errs)
{
	size_t i;

	ck_assert((c == NULL) == (errs->n_errors > 0));
	for (i = 0; i < errs->n; i++) {
		ck_assert_ptr_nonnull(errs->e[i].loc.file);
		ck_assert_uint_gt(errs->e[i].loc.line, 0);
		ck_assert_uint_gt(errs->e[i].loc.col, 0);
		ck_assert_ptr_nonnull(errs->e[i].text);
		ck_assert_ptr_null(strchr(errs->e[i].text, '\n'));
	}
}

/* The print names places in the damaged text, so that has to be there too. */
static void
check_print(const struct conf *c, const char *text, size_t len)
{
	struct conf_errs errs;
	struct conf_diff *d;
	struct conf *again;
	struct conf_mem mem[4] = {
		{ "secrets", secrets, sizeof(secrets) - 1 },
		{ "t.key", key, sizeof(key) - 1 }, { "t", text, len }
	};
	struct conf_opts o = {
		.site = "london", .keyfile = "t.key", .mem = mem, .n_mem = 4
	};
	char *out = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&out, &n);

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(conf_print(c, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_ptr_null(strstr(out, "HIDDEN"));
	mem[3] = (struct conf_mem){ "out", out, n };
	again = conf_parse_file("out", &o, &errs);
	if (again == NULL)
		conf_errs_print(&errs, stderr);
	ck_assert_ptr_nonnull(again);
	d = conf_diff(c, again);
	ck_assert_ptr_nonnull(d);
	if (!conf_diff_empty(d))
		conf_diff_print(d, stderr);
	ck_assert(conf_diff_empty(d));
	conf_diff_free(d);
	conf_free(again);
	conf_errs_free(&errs);
	free(out);
}

START_TEST(damaged)
{
	static char text[TEXT_MAX];
	struct conf_errs errs;
	struct conf *c;
	size_t len, k;
	int i, good = 0;

	for (i = 0; i < ROUNDS; i++) {
		memcpy(text, whole, len = sizeof(whole) - 1);
		for (k = i == 0 ? 0 : rnd(3) + 1; k > 0; k--)
			len = mutate(text, len);
		c = parse("t", text, len, &errs);
		check_errors(c, &errs);
		if (i == 0 && c == NULL)
			conf_errs_print(&errs, stderr);
		ck_assert(i > 0 || c != NULL);
		if (c != NULL) {
			good++;
			check_print(c, text, len);
		}
		conf_free(c);
		conf_errs_free(&errs);
	}
	/* the damage is such that both ways are walked */
	ck_assert_int_gt(good, ROUNDS / 20);
	ck_assert_int_lt(good, ROUNDS);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf_mutate");
	TCase *t = tcase_create("conf_mutate");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, damaged);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
