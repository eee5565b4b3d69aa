/* SPDX-License-Identifier: ISC */
/*
 * The configuration from memory: the messages of a tunnel, who we are, keys and
 * derived secrets, places, memory.  Texts and messages are in regress/conf.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/conf_int.h"
#include "lib/base64.h"
#include "lib/secret.h"

#define LONDON "PBnHxVy224CwAHdrNsySKa0Dc9bN4rjdb/eLT6i6MCY="
#define TOKYO "gosCW3A9hE7bSRiUUnd1294HZdUogGwuRTtpsAQobS4="
#define LONDON_KEY "ed25519-private:9KxkyQTdZ/1G4w6SYbzxtSRUt9HXyTREz7qFB+HzTuo=\n"
#define SECRET "0123456789abcdefghijklm"

static const char keyed[] =
    "include \"secrets\"\n"
    "ospf { area 0.0.0.7 auth md5 3 $k failover faster }\n"
    "mesh corp { tunnels 172.31.0.0/22\n"
    "  site london { id 1 address 203.0.113.1 network 10.1.0.0/16\n"
    "    key \"ed25519:" LONDON "\" }\n"
    "  site tokyo { id 2 address 198.51.100.7\n"
    "    network { 10.2.0.0/16, 10.22.0.0/16 } announce 10.99.0.0/16\n"
    "    key \"ed25519:" TOKYO "\" description \"far\" }\n"
    "}\n";
static const char shared[] =
    "mesh corp { tunnels 172.31.0.0/22 psk \"" SECRET "\"\n"
    "  site london { id 1 address 203.0.113.1 }\n"
    "  site tokyo { id 2 address 198.51.100.7 }\n"
    "  site hanoi { id 3 address dynamic }\n"
    "}\n";

static const struct conf_mem files[] = {
	{ "secrets", "k = \"k3y\"\n", 10 },
	{ "the.key", LONDON_KEY, sizeof(LONDON_KEY) - 1 },
};

static struct conf_errs errs;

static struct conf *
parse(const char *text, const char *site)
{
	struct conf_opts o = {
		.site = site, .keyfile = "the.key", .mem = files, .n_mem = 2
	};

	return (conf_parse_text("t", text, strlen(text), &o, &errs));
}

static void
done(struct conf *c)
{
	conf_free(c);
	conf_errs_free(&errs);
}

START_TEST(keywords_sorted)
{
	size_t i;
	int kw;

	for (i = 1; i < n_kw_defs; i++)
		ck_assert_str_lt(kw_defs[i - 1].word, kw_defs[i].word);
	for (i = 0; i < n_kw_defs; i++)
		ck_assert_ptr_eq(kw_find(kw_defs[i].word,
		    strlen(kw_defs[i].word)), &kw_defs[i]);
	for (kw = KW_NONE + 1; kw < KW_N; kw++)
		ck_assert_str_ne(kw_word((enum kw)kw), "?");
	ck_assert_ptr_null(kw_find("hell", 4));
	ck_assert_ptr_null(kw_find("hellos", 6));
	ck_assert_ptr_null(kw_find("", 0));
}
END_TEST

START_TEST(messages)
{
	struct conf *c = parse(keyed, "london");
	const struct conf_tunnel *t;

	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(c->n_tunnels, 1);
	ck_assert_uint_eq(c->n_sites, 2);
	ck_assert_uint_eq(c->global.ospf.router_id, 1);
	ck_assert_uint_eq(c->global.ospf.area, 7);
	ck_assert_str_eq(c->global.site, "london");
	ck_assert_str_eq(c->global.mesh, "corp");
	ck_assert_uint_eq(c->global.n_networks, 1);
	ck_assert_uint_eq(c->global.n_guards, 3);
	t = &c->tunnels[0];
	ck_assert_str_eq(t->name, "tokyo");
	ck_assert_str_eq(t->ifname, "gs-tokyo");
	ck_assert_str_eq(t->description, "far");
	ck_assert_uint_eq(t->n_networks, 3);
	ck_assert_uint_eq(t->mtu, 1442);
	ck_assert_uint_eq(t->loc.line, 6);
	ck_assert_uint_eq(t->loc.col, 8);
	ck_assert_str_eq(t->loc.file, "t");
	ck_assert_int_eq(t->ike.auth, AUTH_ED25519);
	ck_assert_uint_eq(t->ike.local_id.type, IKE_ID_FQDN);
	ck_assert_uint_eq(t->ike.local_id.n_data, 11);
	ck_assert_mem_eq(t->ike.local_id.data, "london.corp", 11);
	ck_assert_mem_eq(t->ike.remote_id.data, "tokyo.corp", 10);
	ck_assert_uint_eq(t->ike.n_ike, 1);
	ck_assert_uint_eq(t->ike.ts_proto, 47);
	ck_assert(t->ike.lower_id);
	ck_assert_int_eq(t->ike.start, START_AUTO);
	ck_assert_uint_eq(t->secret.n_priv, 32);
	ck_assert_mem_eq(t->secret.remote_pub, t->ike.remote_pub, 32);
	ck_assert_uint_eq(t->ospf.addr, t->inner_local);
	ck_assert_uint_eq(t->ospf.prefix_len, 32);
	ck_assert_uint_eq(t->ospf.hello_ms, 333);
	ck_assert_uint_eq(t->ospf.dead_ms, 1000);
	ck_assert_int_eq(t->ospf.auth, OSPF_AUTH_MD5);
	ck_assert_uint_eq(t->ospf.send_key, 3);
	ck_assert_mem_eq(t->ospf.keys[0].key, "k3y\0", 4);
	ck_assert_uint_eq(t->ospf.mtu, 1442);
	ck_assert_uint_eq(t->esp.mss, 1402);
	ck_assert_uint_eq(t->esp.ttl, 255);
	ck_assert(t->esp.copy_dscp && t->esp.keepalive_reply);
	ck_assert_str_eq(t->from.md5[0].file, "secrets");
	done(c);
}
END_TEST

/* Both ends of a pair derive the same secret, and no other pair does. */
START_TEST(pair_secret)
{
	/* HKDF-SHA256 by another implementation (python3 hmac, hashlib) */
	static const char want[] =
	    "85WPgiIODw54sGNxyNErQ6TF5b41nP0c4XPwFXCUWG0";
	struct conf *l = parse(shared, "london"), *t;
	char psk[PAIR_PSK_LEN + 1];

	ck_assert_ptr_nonnull(l);
	ck_assert_uint_eq(l->tunnels[0].secret.n_psk, PAIR_PSK_LEN);
	ck_assert_mem_eq(l->tunnels[0].secret.psk, want, PAIR_PSK_LEN);
	ck_assert_mem_ne(l->tunnels[1].secret.psk, want, PAIR_PSK_LEN);
	conf_errs_free(&errs);
	t = parse(shared, "tokyo");
	ck_assert_ptr_nonnull(t);
	ck_assert_mem_eq(t->tunnels[0].secret.psk, want, PAIR_PSK_LEN);
	ck_assert_int_eq(secret_pair(SECRET, strlen(SECRET), "corp", "tokyo",
	    "london", psk), 0);
	ck_assert_str_eq(psk, want);
	conf_free(l);
	done(t);
}
END_TEST

/* Which end begins, seen from both. */
START_TEST(starts)
{
	struct conf *c = parse(shared, "london");

	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(c->tunnels[1].ike.start, START_RESPOND);
	ck_assert_int_eq(c->tunnels[1].peer.family, ADDR_NONE);
	done(c);
	c = parse(shared, "hanoi");
	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(c->tunnels[0].ike.start, START_INITIATE);
	ck_assert(!c->tunnels[0].ike.lower_id);
	ck_assert_int_eq(c->tunnels[0].local.family, ADDR_NONE);
	done(c);
}
END_TEST

/* As a site that may be another host: its private key need not be here, and what
 * else is wrong is wrong. */
START_TEST(of_another_site)
{
	struct conf_opts o = { .site = "tokyo", .keyfile = _i == 0 ?
	    "the.key" : "none", .mem = files, .n_mem = 2, .elsewhere = true };
	struct conf *c = conf_parse_text("t", keyed, strlen(keyed), &o, &errs);
	uint8_t pub[32];

	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(errs.n_errors, 0);
	ck_assert_uint_eq(errs.n_warnings, 1);
	ck_assert_int_eq(base64_get(TOKYO, pub, 32), 0);
	ck_assert_mem_eq(c->tunnels[0].ike.local_pub, pub, 32);
	done(c);
	o.elsewhere = false;
	c = conf_parse_text("t", keyed, strlen(keyed), &o, &errs);
	ck_assert_ptr_null(c);
	ck_assert_uint_eq(errs.n_errors, 1);
	done(c);
}
END_TEST

static enum conf_who
who(const char *host, const char *a, const char *b, size_t *n_errors)
{
	struct addr addrs[2];
	struct conf_opts o = { .host = host, .addrs = addrs,
	    .mem = files, .n_mem = 2 };
	enum conf_who w;

	if (a != NULL)
		ck_assert_int_eq(addr_parse(a, &addrs[o.n_addrs++]), 0);
	if (b != NULL)
		ck_assert_int_eq(addr_parse(b, &addrs[o.n_addrs++]), 0);
	conf_free(conf_parse_text("t", shared, strlen(shared), &o, &errs));
	w = errs.who;
	*n_errors = errs.n_errors;
	conf_errs_free(&errs);
	return (w);
}

START_TEST(who_am_i)
{
	size_t n;

	ck_assert_int_eq(who(NULL, "203.0.113.1", NULL, &n), CONF_WHO_OK);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(who("hanoi.example.org", NULL, NULL, &n),
	    CONF_WHO_OK);
	/* an address says more than a name */
	ck_assert_int_eq(who("hanoi", "203.0.113.1", NULL, &n), CONF_WHO_OK);
	/* the one error, so that the daemon may wait */
	ck_assert_int_eq(who("x", "192.0.2.77", NULL, &n), CONF_WHO_NONE);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(who("x", "198.51.100.7", "203.0.113.1", &n),
	    CONF_WHO_MANY);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(who("hano", NULL, NULL, &n), CONF_WHO_NONE);
	ck_assert_int_eq(who("hanoix", NULL, NULL, &n), CONF_WHO_NONE);
}
END_TEST

START_TEST(empty)
{
	struct conf *c = parse("", NULL);

	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(c->n_tunnels, 0);
	ck_assert(c->global.sysctl);
	done(c);
	ck_assert_ptr_null(parse("}", NULL));
	done(NULL);
}
END_TEST

/* More errors than anybody reads are counted, not kept. */
START_TEST(many_errors)
{
	static char text[40000];
	size_t i;

	for (i = 0; i + 6 < sizeof(text); i += 6)
		memcpy(text + i, "x y z\n", 6);
	ck_assert_ptr_null(parse(text, NULL));
	ck_assert_uint_gt(errs.n_errors, 6000);
	ck_assert_uint_le(errs.n, 200);
	done(NULL);
}
END_TEST

/* No depth of blocks runs out of anything. */
START_TEST(deep)
{
	static char text[120000];
	size_t i;

	for (i = 0; i + 7 < sizeof(text); i += 6)
		memcpy(text + i, "ospf {", 6);
	ck_assert_ptr_null(parse(text, NULL));
	ck_assert_uint_gt(errs.n_errors, 0);
	done(NULL);
}
END_TEST

START_TEST(identities)
{
	static const struct {
		const char	*text;
		uint8_t		 type;
		const char	*back;
	} ids[] = {
		{ "192.0.2.1", IKE_ID_IPV4_ADDR, "192.0.2.1" },
		{ "192.0.2.1/32", IKE_ID_IPV4_ADDR, "192.0.2.1" },
		{ "2001:db8::1", IKE_ID_IPV6_ADDR, "2001:db8::1" },
		{ "a.example", IKE_ID_FQDN, "a.example" },
		{ "@a.example", IKE_ID_FQDN, "a.example" },
		{ "me@a.example", IKE_ID_RFC822_ADDR, "me@a.example" },
		{ "keyid:x y", IKE_ID_KEY_ID, "keyid:x y" },
		{ "fqdn:192.0.2.1/32", IKE_ID_FQDN, "fqdn:192.0.2.1/32" },
		{ "fqdn:a", IKE_ID_FQDN, "a" },
		{ "email:a", IKE_ID_RFC822_ADDR, "email:a" },
		{ "fqdn:@a", IKE_ID_FQDN, "fqdn:@a" },
	};
	char buf[IDENT_TEXT_MAX];
	struct ike_ident id;
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		ck_assert_int_eq(ident_parse(ids[i].text,
		    strlen(ids[i].text), &id), 0);
		ck_assert_uint_eq(id.type, ids[i].type);
		ck_assert_str_eq(ident_text(&id, buf), ids[i].back);
	}
	ck_assert_int_eq(ident_parse("", 0, &id), -1);
	ck_assert_int_eq(ident_parse("@", 1, &id), -1);
	ck_assert_int_eq(ident_parse("a\nb", 3, &id), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf");
	TCase *t = tcase_create("conf");
	SRunner *sr;
	int failed;

	tcase_add_test(t, keywords_sorted);
	tcase_add_test(t, messages);
	tcase_add_test(t, pair_secret);
	tcase_add_test(t, starts);
	tcase_add_test(t, who_am_i);
	tcase_add_test(t, empty);
	tcase_add_test(t, many_errors);
	tcase_add_test(t, deep);
	tcase_add_test(t, identities);
	tcase_add_loop_test(t, of_another_site, 0, 2);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
