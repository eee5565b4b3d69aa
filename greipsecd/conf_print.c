/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  What is in force, as a file: host, ospf, and every tunnel as
 * a plain block with nothing left to a default.  It parses back to the same.
 * For a secret the place is printed where it is written.
 */
#include <stdio.h>
#include <string.h>

#include "greipsecd/conf_int.h"
#include "lib/base64.h"

/* Text as the lexer reads it back, in quotes. */
static void
put_string(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s != '\0'; s++)
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if ((unsigned char)*s < ' ' || *s == 127)
			fprintf(f, "\\x%02x", (unsigned char)*s);
		else
			fputc(*s, f);
	fputc('"', f);
}

/* A name, which needs quotes only where the grammar has a use for it. */
static void
put_name(FILE *f, const char *s)
{
	const struct kw_def *k = kw_find(s, strlen(s));

	if (k != NULL)
		put_string(f, s);
	else
		fputs(s, f);
}

static void
put_addr(FILE *f, const char *word, const struct addr *a)
{
	char buf[ADDR_TEXT_MAX];

	fprintf(f, "\t%s %s\n", word, a->family == ADDR_NONE ? "dynamic" :
	    addr_text(a, buf));
}

static void
put_nets(FILE *f, const char *word, const struct conf_net *n, size_t n_n)
{
	char buf[PREFIX_TEXT_MAX];
	size_t i;

	if (n_n == 0)
		return;
	fprintf(f, "\t%s { ", word);
	for (i = 0; i < n_n; i++)
		fprintf(f, "%s%s", i > 0 ? ", " : "",
		    prefix_text(&n[i].prefix, buf));
	fputs(" }\n", f);
}

static void
put_ms(FILE *f, const char *indent, const char *word, uint32_t ms)
{
	if (ms % 1000 == 0)
		fprintf(f, "%s%s %us\n", indent, word, ms / 1000);
	else
		fprintf(f, "%s%s %ums\n", indent, word, ms);
}

static void
put_off(FILE *f, const char *word, uint64_t n, const char *unit)
{
	if (n == 0)
		fprintf(f, "\t\t%s off\n", word);
	else
		fprintf(f, "\t\t%s %llu%s\n", word, (unsigned long long)n,
		    unit);
}

static void
put_from(FILE *f, const struct conf_from *from, const struct conf_loc *loc)
{
	char at[LOC_TEXT_MAX];

	fputs("from ", f);
	put_string(f, loc_text(loc, at));
	if (!from->derived || (loc != &from->psk && loc != &from->psk2))
		return;
	fputs(" derive ", f);
	put_name(f, from->mesh);
	fputc(' ', f);
	put_name(f, from->site);
	fputc(' ', f);
	put_name(f, from->peer);
}

static void
put_proposals(FILE *f, const struct proposal *p, uint16_t n)
{
	char text[PROPOSAL_TEXT_MAX];
	uint16_t i;

	fputs("\t\tproposal { ", f);
	for (i = 0; i < n; i++)
		fprintf(f, "%s%s", i > 0 ? ", " : "",
		    proposal_text(&p[i], text));
	fputs(" }\n", f);
}

static void
put_ident(FILE *f, const char *word, const struct ike_ident *id)
{
	char text[IDENT_TEXT_MAX];

	fprintf(f, "\t\t%s ", word);
	put_string(f, id->type == 0 ? "any" : ident_text(id, text));
	fputc('\n', f);
}

static void
print_ike(FILE *f, const struct conf_tunnel *t)
{
	const struct ike_tunnel *k = &t->ike;

	fputs("\tike {\n\t\tversion 2\n", f);
	put_ident(f, "local-id", &k->local_id);
	put_ident(f, "remote-id", &k->remote_id);
	put_proposals(f, k->ike, k->n_ike);
	if (t->weak)
		fputs("\t\tallow weak\n", f);
	if (k->start != START_AUTO)
		fprintf(f, "\t\t%s\n", k->start == START_INITIATE ?
		    "initiate" : "respond");
	fprintf(f, "\t\tretry %s\n", k->lower_id ? "first" : "second");
	fprintf(f, "\t\tnat %s\n", nat_mode_names[k->nat]);
	put_off(f, "life", k->ike_life_s, "s");
	put_off(f, "dpd", k->dpd_s, "s");
	if (k->auth == AUTH_PSK) {
		fputs("\t\tpsk { ", f);
		put_from(f, &t->from, &t->from.psk);
		if (t->from.psk2.line != 0) {
			fputs(", ", f);
			put_from(f, &t->from, &t->from.psk2);
		}
		fputs(" }\n", f);
	}
	fputs("\t}\n", f);
}

static void
print_ipsec(FILE *f, const struct ike_tunnel *k)
{
	fputs("\tipsec {\n", f);
	put_proposals(f, k->esp, k->n_esp);
	fprintf(f, "\t\tmode %s\n", ipsec_mode_names[k->mode]);
	fprintf(f, "\t\tselector %s\n", k->ts_proto == 0 ? "any" : "gre");
	fprintf(f, "\t\tlife %us\n", k->child_life_s);
	put_off(f, "bytes", k->child_life_bytes, "");
	put_off(f, "replay-window", k->replay_window, "");
	fputs("\t}\n", f);
}

static void
print_ospf(FILE *f, const struct conf_tunnel *t)
{
	const struct ospf_iface *o = &t->ospf;
	uint16_t i;

	fprintf(f, "\tospf {\n\t\tmetric %u\n", o->cost);
	if (t->ospf_off)
		fputs("\t\tdisable\n", f);
	put_ms(f, "\t\t", "hello", o->hello_ms);
	put_ms(f, "\t\t", "dead", o->dead_ms);
	put_ms(f, "\t\t", "rxmt", o->rxmt_ms);
	fprintf(f, "\t\tmtu-check %s\n", mtu_check_names[o->mtu_check]);
	fprintf(f, "\t\thello-mask %s\n", o->hello_mask_zero ? "zero" :
	    "real");
	fprintf(f, "\t\tsequence %s\n", o->seq_strict ? "strict" : "normal");
	for (i = 0; i < o->n_keys; i++) {
		fprintf(f, "\t\tauth md5 %u ", o->keys[i].id);
		put_from(f, &t->from, &t->from.md5[i]);
		fputc('\n', f);
	}
	if (o->n_keys > 0)
		fprintf(f, "\t\tsend %u\n", o->send_key);
	fputs("\t}\n", f);
}

/* What is about the tunnel itself. */
static void
print_link(FILE *f, const struct conf_tunnel *t)
{
	char a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX], b64[64];

	put_addr(f, "local", &t->local);
	put_addr(f, "peer", &t->peer);
	fprintf(f, "\tinner %s/%u peer %s\n", ip4_text(t->inner_local, a),
	    t->inner_len, ip4_text(t->inner_peer, b));
	put_nets(f, "network", t->networks, t->n_networks);
	if (t->mtu_auto)
		fputs("\tmtu auto\n", f);
	else
		fprintf(f, "\tmtu %u\n", t->mtu);
	fprintf(f, "\tpath-mtu %u\n", t->path_mtu);
	if (t->mss_auto || t->esp.mss == 0)
		fprintf(f, "\tmss %s\n", t->mss_auto ? "auto" : "no");
	else
		fprintf(f, "\tmss %u\n", t->esp.mss);
	fprintf(f, "\tttl %u\n", t->esp.ttl);
	fprintf(f, "\tdscp %s\n", t->esp.copy_dscp ? "copy" : "no");
	fprintf(f, "\tkeepalive %s\n", t->esp.keepalive_reply ? "reply" :
	    "off");
	if (t->esp.has_key)
		fprintf(f, "\tgre-key %u\n", t->esp.gre_key);
	if (t->ike.auth == AUTH_ED25519 &&
	    base64_put(t->ike.remote_pub, 32, b64, sizeof(b64)) == 0)
		fprintf(f, "\tkey \"ed25519:%s\"\n", b64);
}

static void
print_tunnel(FILE *f, const struct conf_tunnel *t)
{
	fputs("tunnel ", f);
	put_name(f, t->name);
	fputs(" {\n\tinterface ", f);
	put_name(f, t->ifname);
	fputc('\n', f);
	if (t->platform[0] != '\0')
		fprintf(f, "\tplatform %s\n", t->platform);
	if (t->description[0] != '\0') {
		fputs("\tdescription ", f);
		put_string(f, t->description);
		fputc('\n', f);
	}
	if (t->disabled)
		fputs("\tdisable\n", f);
	print_link(f, t);
	print_ike(f, t);
	print_ipsec(f, &t->ike);
	print_ospf(f, t);
	fputs("}\n", f);
}

static void
print_host(FILE *f, const struct conf_global *g)
{
	char id[ADDR_TEXT_MAX];
	size_t i;

	fputs("host ", f);
	put_name(f, g->site);
	fputs(" {\n", f);
	if (g->mesh[0] != '\0') {
		fputs("\tmesh ", f);
		put_name(f, g->mesh);
		fputc('\n', f);
	}
	if (g->site_id != 0)
		fprintf(f, "\tid %u\n", g->site_id);
	if (g->ospf.router_id != 0)
		fprintf(f, "\trouter-id %s\n", ip4_text(g->ospf.router_id,
		    id));
	put_nets(f, "network", g->networks, g->n_networks);
	put_nets(f, "announce", g->announces, g->n_announces);
	put_nets(f, "guard", g->guards, g->n_guards);
	for (i = 0; i < g->n_ifaces; i++) {
		fputs("\tinterface ", f);
		put_name(f, g->ifaces[i].name);
		fprintf(f, " { metric %u }\n", g->ifaces[i].metric);
	}
	fprintf(f, "\tnat-exemption %s\n", g->nat_exemption ? "yes" : "no");
	fprintf(f, "\tsysctl %s\n}\n", g->sysctl ? "yes" : "no");
}

int
conf_print(const struct conf *c, FILE *f)
{
	const struct conf_global *g = &c->global;
	char buf[ADDR_TEXT_MAX];
	size_t i;

	fprintf(f, "log %s\nospf {\n\tarea %s\n", conf_log_names[g->log],
	    ip4_text(g->ospf.area, buf));
	if (g->site[0] == '\0' && g->ospf.router_id != 0)
		fprintf(f, "\trouter-id %s\n", ip4_text(g->ospf.router_id,
		    buf));
	fprintf(f, "\tmetric %u\n", g->lan_metric);
	put_ms(f, "\t", "spf-delay", g->ospf.spf_delay_ms);
	put_ms(f, "\t", "spf-hold", g->ospf.spf_hold_ms);
	fprintf(f, "\tmaximum-paths %u\n\tgraceful-restart %s\n}\n",
	    g->ospf.max_paths, grace_mode_names[g->ospf.grace]);
	if (g->site[0] != '\0')
		print_host(f, g);
	for (i = 0; i < c->n_tunnels; i++)
		print_tunnel(f, &c->tunnels[i]);
	return (ferror(f) ? -1 : 0);
}
