/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  Neighbours, interfaces, routes, database; the columns
 * are those of ospfctl.  See ctl_text.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "greipsecctl/ctl_text.h"
#include "greipsecctl/ctl_view.h"

static void
nbr_row(struct table *t, const struct ctl_nbr *n)
{
	bool full = strcmp(n->state, "FULL") == 0;
	char ip[ADDR_TEXT_MAX], text[FMT_MAX];

	table_cell(t, PAINT_NONE, "%s", n->router_id != 0 ?
	    ip4_text(n->router_id, ip) : "-");
	table_cell(t, PAINT_NONE, "%u", n->priority);
	table_cell(t, full ? PAINT_GOOD : strcmp(n->state, "DOWN") == 0 ?
	    PAINT_BAD : PAINT_WARN, "%s/P2P", n->state);
	table_cell(t, PAINT_NONE, "%s", fmt_timer(n->dead_ms, text));
	table_cell(t, PAINT_NONE, "%s", ip4_text(n->addr, ip));
	table_cell(t, PAINT_NONE, "%s", n->ifname);
	table_cell(t, PAINT_NONE, "%s", full || n->uptime_s != 0 ?
	    fmt_uptime(n->uptime_s, text) : "-");
	if (n->reason[0] != '\0')
		table_note(t, 2, n->reason);
}

int
text_neighbors(const struct out *o, const struct data *d)
{
	static const struct column cols[] = { { .head = "ID" },
	    { .head = "Pri", .drop = 1 }, { .head = "State" },
	    { .head = "DeadTime" },
	    { .head = "Address" }, { .head = "Iface" },
	    { .head = "Uptime", .shorten = true } };
	struct table *t = table_new(cols, sizeof(cols) / sizeof(cols[0]));
	const struct ctl_nbr *n;
	size_t i;

	for (i = 0; (n = data_at(d, CTL_NBR, i)) != NULL; i++)
		nbr_row(t, n);
	return (table_print(t, o));
}

int
text_interfaces(const struct out *o, const struct data *d)
{
	static const struct column cols[] = { { .head = "Interface" },
	    { .head = "Address" }, { .head = "State" },
	    { .head = "HelloTimer" }, { .head = "Cost", .right = true },
	    { .head = "MTU", .right = true, .drop = 1 },
	    { .head = "Uptime", .shorten = true },
	    { .head = "nc", .right = true }, { .head = "ac", .right = true } };
	struct table *t = table_new(cols, sizeof(cols) / sizeof(cols[0]));
	const struct ctl_ospfif *e;
	char ip[ADDR_TEXT_MAX], text[FMT_MAX];
	size_t i;

	for (i = 0; (e = data_at(d, CTL_OSPFIF, i)) != NULL; i++) {
		table_cell(t, PAINT_NONE, "%s", e->name);
		table_cell(t, PAINT_NONE, "%s/%u", ip4_text(e->addr, ip),
		    e->len);
		table_cell(t, strcmp(e->state, "DOWN") == 0 ? PAINT_BAD :
		    PAINT_NONE, "%s", e->state);
		table_cell(t, PAINT_NONE, "%s", e->passive ? "-" :
		    fmt_timer(e->next_hello_ms, text));
		table_cell(t, PAINT_NONE, "%u", e->cost);
		table_cell(t, PAINT_NONE, "%u", e->mtu);
		table_cell(t, PAINT_NONE, "%s", fmt_uptime(e->uptime_s, text));
		table_cell(t, PAINT_NONE, "%u", e->neighbors);
		table_cell(t, PAINT_NONE, "%u", e->adjacent);
	}
	return (table_print(t, o));
}

static void
rib_row(struct table *t, const struct view_rib *r, bool last)
{
	char dest[PREFIX_TEXT_MAX], hop[ADDR_TEXT_MAX], text[FMT_MAX];
	char note[200];

	table_cell(t, PAINT_NONE, "%s", r->first ? prefix_text(&r->prefix,
	    dest) : "");
	table_cell(t, PAINT_NONE, "%s", r->nexthop.family != ADDR_NONE ?
	    addr_text(&r->nexthop, hop) : r->ifname[0] != '\0' ? r->ifname :
	    "-");
	table_cell(t, PAINT_NONE, "%s", r->path);
	table_cell(t, PAINT_NONE, "%s", r->dest);
	table_cell(t, PAINT_NONE, "%u", r->cost);
	table_cell(t, PAINT_NONE, "%s", fmt_uptime(r->age_s, text));
	if (!last || r->was[0] == '\0')
		return;
	(void)snprintf(note, sizeof(note), "(was %s)", r->was);
	table_note(t, 1, note);
}

int
text_rib(const struct out *o, const struct data *d)
{
	static const struct column cols[] = { { .head = "Destination" },
	    { .head = "Nexthop" }, { .head = "Path Type" }, { .head = "Type" },
	    { .head = "Cost" }, { .head = "Uptime", .shorten = true } };
	struct table *t = table_new(cols, sizeof(cols) / sizeof(cols[0]));
	struct rows v = { .n = 0 };
	const struct view_rib *next;
	int rv = view_ribs(d, &v);
	size_t i;

	for (i = 0; rv == 0 && i < v.n; i++) {
		next = i + 1 < v.n ? rows_at(&v, i + 1) : NULL;
		rib_row(t, rows_at(&v, i), next == NULL || next->first);
	}
	rows_free(&v);
	if (table_print(t, o) == -1)
		rv = -1;
	return (rv);
}

int
text_fib(const struct out *o, const struct data *d)
{
	static const struct column cols[] = { { .head = "Fl" },
	    { .head = "Kind" }, { .head = "Metric", .right = true },
	    { .head = "Destination" }, { .head = "Nexthop" },
	    { .head = "Iface" }, { .head = "Uptime", .shorten = true } };
	struct table *t = table_new(cols, sizeof(cols) / sizeof(cols[0]));
	const struct ctl_fib *r;
	char dest[PREFIX_TEXT_MAX], hop[ADDR_TEXT_MAX], text[FMT_MAX];
	char lead[PREFIX_TEXT_MAX + 10];
	size_t i;

	for (i = 0; (r = data_at(d, CTL_FIB, i)) != NULL; i++) {
		table_cell(t, PAINT_NONE, "%s", r->installed ? "*" : "");
		table_cell(t, PAINT_NONE, "%s", r->kind);
		table_cell(t, PAINT_NONE, "%u", r->metric);
		table_cell(t, PAINT_NONE, "%s", prefix_text(&r->prefix, dest));
		table_cell(t, PAINT_NONE, "%s", r->gateway.family != ADDR_NONE ?
		    addr_text(&r->gateway, hop) : strcmp(r->kind, "guard") ==
		    0 ? "unreachable" : "-");
		table_cell(t, PAINT_NONE, "%s", r->ifname[0] != '\0' ?
		    r->ifname : "-");
		table_cell(t, PAINT_NONE, "%s", fmt_uptime(r->age_s, text));
	}
	if (table_print(t, o) == -1)
		return (-1);
	if (!o->quiet && data_n(d, CTL_FIB) > 0)
		fprintf(o->f, "* in the kernel   guard: what has no other way "
		    "ends here, not in clear\n");
	for (i = 0; !o->quiet && (r = data_at(d, CTL_FIB, i)) != NULL; i++)
		if (!r->installed && r->why[0] != '\0') {
			(void)snprintf(lead, sizeof(lead), "%s is not:",
			    prefix_text(&r->prefix, dest));
			out_wrap(o, PAINT_WARN, lead, 4, r->why);
		}
	return (0);
}

/* Headings by LSA type (RFC 2328 A.4.1, RFC 3101, RFC 5250). */
static const char *
lsa_title(uint8_t type)
{
	static const char *const title[] = { [1] = "Router", [2] = "Network",
	    [3] = "Summary (network)", [4] = "Summary (ASBR)",
	    [5] = "AS external", [7] = "NSSA external", [9] = "Opaque (link)",
	    [10] = "Opaque (area)", [11] = "Opaque (AS)" };

	return (type < sizeof(title) / sizeof(title[0]) &&
	    title[type] != NULL ? title[type] : "Other");
}

/* The LSAs of one type.  How many, or -1. */
static int
lsas_of(const struct out *o, const struct data *d, uint8_t type, bool more)
{
	static const struct column cols[] = { { .head = "Link ID" },
	    { .head = "Adv Router" }, { .head = "Age", .right = true },
	    { .head = "Seq#" }, { .head = "Checksum" },
	    { .head = "Len", .right = true }, { .head = "" } };
	const struct ctl_ospf *s = data_at(d, CTL_OSPF, 0);
	const struct ctl_lsa *l;
	char id[ADDR_TEXT_MAX], adv[ADDR_TEXT_MAX];
	struct table *t = NULL;
	size_t i;
	int n = 0;

	for (i = 0; (l = data_at(d, CTL_LSA, i)) != NULL; i++) {
		if (l->type != type)
			continue;
		if (n++ == 0)
			t = table_new(cols, sizeof(cols) / sizeof(cols[0]));
		table_cell(t, PAINT_NONE, "%s", ip4_text(l->link_id, id));
		table_cell(t, PAINT_NONE, "%s", ip4_text(l->adv_router, adv));
		table_cell(t, PAINT_NONE, "%u", l->age);
		table_cell(t, PAINT_NONE, "0x%08x", l->seq);
		table_cell(t, PAINT_NONE, "0x%04x", l->checksum);
		table_cell(t, PAINT_NONE, "%u", l->len);
		table_cell(t, PAINT_NONE, "%s", l->self ? "self" : "");
	}
	if (n == 0)
		return (0);
	if (!o->quiet) {
		fprintf(o->f, "%s%s link states", more ? "\n" : "",
		    lsa_title(type));
		if (s != NULL && type != 5 && type != 11)
			fprintf(o->f, ", area %s", ip4_text(s->area, id));
		fprintf(o->f, "\n\n");
	}
	return (table_print(t, o) == -1 ? -1 : n);
}

int
text_database(const struct out *o, const struct data *d)
{
	const struct ctl_ospf *s = data_at(d, CTL_OSPF, 0);
	bool more = false;
	unsigned int type;
	int n;

	for (type = 0; type <= UINT8_MAX; type++) {
		if ((n = lsas_of(o, d, (uint8_t)type, more)) == -1)
			return (-1);
		more |= n > 0;
	}
	if (s != NULL && !o->quiet)
		fprintf(o->f, "%sSPF: %llu runs, %u us the last, %u us at "
		    "most; prefixes alone: %llu\n", more ? "\n" : "",
		    (unsigned long long)s->spf_runs, s->spf_last_us,
		    s->spf_max_us, (unsigned long long)s->prefix_runs);
	return (0);
}
