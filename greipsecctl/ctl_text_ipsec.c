/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  Tunnels, IKE SAs, child SAs.  See ctl_text.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "greipsecctl/ctl_text.h"
#include "greipsecctl/ctl_view.h"
#include "lib/log.h"

#define REMOTE_MAX	21	/* "203.113.113.101:4500"; longer: a line below */

static enum paint
state_paint(enum tunnel_state s)
{
	static const enum paint paint[TUN_N] = { [TUN_DOWN] = PAINT_BAD,
	    [TUN_DEGRADED] = PAINT_WARN, [TUN_UP] = PAINT_GOOD };

	return (paint[s]);
}

static void
tunnel_row(struct table *t, const struct view_tunnel *v)
{
	bool nat = v->n_ike > 0 && (v->ike[0].nat_local ||
	    v->ike[0].nat_remote);
	char suite[FMT_MAX], in[FMT_MAX], out[FMT_MAX], since[FMT_MAX];
	char rtt[FMT_MAX];

	table_cell(t, PAINT_NONE, "%s", v->t.name);
	table_cell(t, PAINT_NONE, "%s", v->t.ifname);
	table_cell(t, state_paint(v->t.state), "%s",
	    tunnel_state_names[v->t.state]);
	table_cell(t, v->t.weak ? PAINT_WARN : PAINT_NONE, "%s%s",
	    nat || v->t.udp ? "N" : "", v->t.weak ? "!" : "");
	table_cell(t, PAINT_NONE, "v2");
	table_cell(t, PAINT_NONE, "%s", fmt_suite(v->n_sa > 0 ?
	    v->sa[0].suite : "", v->n_sa > 0 && v->n_ike > 0 ?
	    v->ike[0].suite : "", suite));
	table_cell(t, PAINT_NONE, "%s", v->n_gre > 0 && v->gre[0].rtt_us != 0 ?
	    fmt_rtt(v->gre[0].rtt_us, rtt) : "-");
	table_cell(t, PAINT_NONE, "%u", v->t.mtu);
	table_cell(t, PAINT_NONE, "%s", v->n_gre > 0 ?
	    fmt_count(v->gre[0].rx_bytes, in) : "-");
	table_cell(t, PAINT_NONE, "%s", v->n_gre > 0 ?
	    fmt_count(v->gre[0].tx_bytes, out) : "-");
	table_cell(t, PAINT_NONE, "%s", fmt_since(v->t.since_s, since));
}

int
text_tunnels(const struct out *o, const struct data *d)
{
	static const struct column cols[] = { { .head = "Site" },
	    { .head = "If", .drop = 3 }, { .head = "State" }, { .head = "" },
	    { .head = "IKE", .drop = 2 }, { .head = "Suite" },
	    { .head = "RTT", .right = true }, { .head = "MTU", .right = true },
	    { .head = "In", .right = true }, { .head = "Out", .right = true },
	    { .head = "Since" } };
	struct table *t = table_new(cols, sizeof(cols) / sizeof(cols[0]));
	struct rows v = { .n = 0 };
	bool nat = false, weak = false, degraded = false;
	struct out_line hints = { .n = 0 };
	const struct view_tunnel *e;
	size_t i;

	if (view_tunnels(d, &v) == -1) {
		rows_free(&v);
		return (-1);
	}
	for (i = 0; i < v.n; i++) {
		e = rows_at(&v, i);
		tunnel_row(t, e);
		nat |= e->t.udp;
		weak |= e->t.weak;
		degraded |= e->t.state == TUN_DEGRADED;
	}
	rows_free(&v);
	if (table_print(t, o) == -1)
		return (-1);
	if (o->quiet || !(nat || weak || degraded))
		return (0);
	if (nat)
		out_item(&hints, "N UDP encapsulation");
	if (weak)
		out_item(&hints, "! weak");
	if (degraded)
		out_item(&hints, "degraded = protected, but OSPF not FULL");
	out_line(o, "", 0, &hints);
	return (0);
}

static void
ike_row(struct table *t, const struct view_ike *v)
{
	const struct ctl_ike *k = &v->ike;
	bool up = k->established_s != 0 || k->rekey_in_s != 0;
	char a[FMT_MAX], text[FMT_MAX], note[256];

	table_cell(t, PAINT_NONE, "%s", k->name);
	table_cell(t, PAINT_NONE, "%s%s",
	    k->initiator || k->spi_i == 0 ? "" : "R",
	    k->nat_local || k->nat_remote ? "N" : "");
	table_cell(t, up ? PAINT_GOOD : PAINT_BAD, "%s", k->state);
	table_cell(t, PAINT_NONE, "%s", up ? fmt_uptime(k->established_s,
	    text) : "-");
	table_cell(t, PAINT_NONE, "%u", v->pairs);
	table_cell(t, PAINT_NONE, "%u", k->tries);
	(void)fmt_endpoint(&k->remote, k->remote_port, a);
	table_cell(t, PAINT_NONE, "%s", strlen(a) > REMOTE_MAX ? "(IPv6)" : a);
	table_cell(t, PAINT_NONE, "%s", up && k->rekey_in_s != 0 ?
	    fmt_span(k->rekey_in_s, text) : "-");
	if (strlen(a) > REMOTE_MAX)
		table_note(t, 1, a);
	if (k->reason[0] == '\0')
		return;
	(void)snprintf(note, sizeof(note), "%s%s", up ? "was: " : "",
	    k->reason);
	table_note(t, 1, note);
}

int
text_ike(const struct out *o, const struct data *d)
{
	static const struct column cols[] = { { .head = "Site" },
	    { .head = "Fl" }, { .head = "State" },
	    { .head = "Uptime", .shorten = true },
	    { .head = "SAs", .right = true },
	    { .head = "Tries", .right = true, .drop = 1 },
	    { .head = "Remote" }, { .head = "Rekey", .drop = 2 } };
	struct table *t = table_new(cols, sizeof(cols) / sizeof(cols[0]));
	struct rows v = { .n = 0 };
	int rv = view_ikes(d, &v);
	size_t i;

	for (i = 0; rv == 0 && i < v.n; i++)
		ike_row(t, rows_at(&v, i));
	if (table_print(t, o) == -1)
		rv = -1;
	if (rv == 0 && !o->quiet && v.n > 0)
		fprintf(o->f, "R the other end began   N NAT on the way   "
		    "SAs: pairs of ESP SAs\n");
	rows_free(&v);
	return (rv);
}

/* The peer: addresses and IKE SA. */
static void
sa_head(const struct out *o, const struct view_sa *v)
{
	const struct ctl_ike *k = v->ike;
	char a[FMT_MAX], b[FMT_MAX], name[4 * TUNNEL_NAME_MAX];
	struct out_line l = { .n = 0 };

	out_item(&l, "%s <-> %s", fmt_endpoint(&v->sa.remote, v->sa.udp ?
	    v->sa.remote_port : 0, a), fmt_endpoint(&v->sa.local, v->sa.udp ?
	    v->sa.local_port : 0, b));
	if (v->n_ike > 0)
		out_item(&l, "IKEv2, established %s, %s",
		    fmt_uptime(k->established_s, a),
		    k->initiator ? "initiator" : "responder");
	(void)snprintf(name, sizeof(name), "%s  ", v->sa.name);
	out_line(o, name, 8, &l);
	if (v->n_ike == 0)
		return;
	out_item(&l, "%s", k->suite);
	if (k->rekey_in_s != 0)
		out_item(&l, "rekey in %s", fmt_span(k->rekey_in_s, a));
	if (k->remote_id[0] != '\0')
		out_item(&l, "id %s", k->remote_id);
	out_line(o, "  ike   ", 8, &l);
}

static void
sa_dir(const struct out *o, const struct view_sa *v, const char *lead,
    uint32_t spi, uint16_t n, const struct ctl_espsa *e)
{
	char bytes[FMT_MAX];
	struct out_line l = { .n = 0 };

	out_item(&l, "spi 0x%08x", spi);
	out_item(&l, "esp %s%s %s", ipsec_mode_names[v->sa.mode],
	    v->sa.udp ? " udp" : "", v->sa.suite);
	if (n > 0) {
		out_item(&l, "%s", fmt_count(e->bytes, bytes));
		out_item(&l, "%" PRIu64 " pkts", e->packets);
		out_item(&l, "drops %" PRIu64, e->drop_replay + e->drop_auth +
		    e->drop_other);
	}
	out_line(o, lead, 8, &l);
}

static void
sa_times(const struct out *o, const struct ctl_sa *s)
{
	char a[FMT_MAX];
	struct out_line l = { .n = 0 };

	if (!s->current)
		out_item(&l, "being replaced");
	out_item(&l, "created %s ago", fmt_span(s->created_s, a));
	if (s->soft_s != 0)
		out_item(&l, "soft %s", fmt_span(s->soft_s, a));
	if (s->hard_s != 0)
		out_item(&l, "hard %s", fmt_span(s->hard_s, a));
	if (s->hard_s > s->created_s)
		out_item(&l, "expires in %s", fmt_span(s->hard_s - s->created_s,
		    a));
	out_item(&l, "replay %u%s", s->replay_window, s->esn ? " esn" : "");
	out_item(&l, "rekeys %u", s->rekeys);
	out_line(o, "        ", 8, &l);
}

int
text_sa(const struct out *o, const struct data *d)
{
	struct rows v = { .n = 0 };
	const struct view_sa *e, *before = NULL;
	int rv = view_sas(d, &v);
	size_t i;

	for (i = 0; rv == 0 && i < v.n; i++) {
		e = rows_at(&v, i);
		if (before == NULL || before->sa.tid != e->sa.tid) {
			if (before != NULL)
				fputc('\n', o->f);
			sa_head(o, e);
		}
		sa_dir(o, e, "  in    ", e->sa.spi_in, e->n_in, e->in);
		sa_dir(o, e, "  out   ", e->sa.spi_out, e->n_out, e->out);
		sa_times(o, &e->sa);
		before = e;
	}
	rows_free(&v);
	return (rv);
}
