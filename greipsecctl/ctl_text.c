/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  Summary, processes, events, configuration, counters.
 * See ctl_text.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecctl/ctl_text.h"
#include "greipsecctl/ctl_view.h"
#include "lib/log.h"

#define EVENT_INDENT	9	/* behind the time of day */
#define HEAD_COL	12	/* where the numbers of the summary begin */

static void
head(const struct out *o, const struct ctl_summary *s)
{
	char when[FMT_MAX], span[FMT_MAX], ip[ADDR_TEXT_MAX];
	struct out_line l = { .n = 0 };

	out_item(&l, "greipsecd %s", s->version);
	if (s->site[0] == '\0')
		out_item(&l, "not a site of its configuration");
	else
		out_item(&l, "site %s (id %u)", s->site, s->site_id);
	if (s->mesh[0] != '\0')
		out_item(&l, "mesh %s", s->mesh);
	if (s->router_id != 0)
		out_item(&l, "router-id %s", ip4_text(s->router_id, ip));
	out_item(&l, "up %s", fmt_span(s->uptime_s, span));
	out_line(o, "", 0, &l);
	out_item(&l, "config %s", s->config);
	if (s->loaded_ms == 0)
		out_item(&l, "not loaded");
	else
		out_item(&l, "loaded %s, %u site%s", fmt_when(s->loaded_ms,
		    WHEN_FULL, when), s->sites, s->sites == 1 ? "" : "s");
	out_line(o, "", 0, &l);
}

/* A count with its word; painted when it is not zero. */
static void
count(const struct out *o, enum paint p, uint32_t n, const char *word)
{
	char text[FMT_MAX];

	(void)snprintf(text, sizeof(text), "%u %s", n, word);
	out_paint(o, n > 0 ? p : PAINT_NONE, text);
}

static void
numbers(const struct out *o, const struct view_counts *c, bool counted[2])
{
	char span[FMT_MAX];

	fprintf(o->f, "%-*s", HEAD_COL, "Tunnels");
	count(o, PAINT_GOOD, c->up, "up   ");
	count(o, PAINT_WARN, c->degraded, "degraded   ");
	count(o, PAINT_BAD, c->down, "down   ");
	if (c->disabled > 0)
		count(o, PAINT_NONE, c->disabled, "disabled   ");
	fprintf(o->f, "of %u\n", c->tunnels);
	fprintf(o->f, "%-*s", HEAD_COL, "Neighbors");
	if (!counted[0])
		fprintf(o->f, "not known\n");
	else {
		count(o, PAINT_GOOD, c->full, "FULL   ");
		count(o, PAINT_WARN, c->nbrs - c->full, "not");
		fputc('\n', o->f);
	}
	fprintf(o->f, "%-*s%u in rib, %u in fib", HEAD_COL, "Routes", c->rib,
	    c->fib);
	if (c->detours > 0)
		fprintf(o->f, ", %u via a detour", c->detours);
	fprintf(o->f, "\n%-*s", HEAD_COL, "IKE");
	if (!counted[1])
		fprintf(o->f, "not known\n");
	else {
		fprintf(o->f, "%u of %u peers, %u SA pair%s", c->peers,
		    c->tunnels, c->pairs, c->pairs == 1 ? "" : "s");
		if (c->rekey_s != 0)
			fprintf(o->f, ", next rekey in %s (%s)",
			    fmt_span(c->rekey_s, span), c->rekey_of);
		fputc('\n', o->f);
	}
}

static void
processes(const struct out *o, const struct data *d)
{
	const struct ctl_proc *p;
	struct out_line l = { .n = 0 };
	size_t i;

	for (i = 0; (p = data_at(d, CTL_PROC, i)) != NULL; i++)
		if (p->pid == 0)
			out_item(&l, "%s not running", p->role);
		else
			out_item(&l, "%s %u", p->role, p->pid);
	out_line(o, "Processes", HEAD_COL, &l);
}

static enum paint
level_paint(enum attention_level l)
{
	return (l == ATT_BAD ? PAINT_BAD : l == ATT_WARN ? PAINT_WARN :
	    PAINT_NONE);
}

/* The command that tells more about the first tunnel in trouble. */
static void
hint(const struct out *o, const struct rows *att)
{
	const struct view_attention *a;
	char name[4 * TUNNEL_NAME_MAX];
	size_t i;

	for (i = 0; i < att->n; i++) {
		a = rows_at(att, i);
		if (a->state[0] == '\0')
			continue;
		fprintf(o->f, "\nTry: greipsecctl diagnose %s\n",
		    log_vis(a->subject, name, sizeof(name)));
		return;
	}
}

static void
attentions(const struct out *o, const struct rows *att)
{
	char lead[8 * TUNNEL_NAME_MAX], subject[4 * TUNNEL_NAME_MAX];
	const struct view_attention *a;
	int wide = 0, n;
	size_t i;

	for (i = 0; i < att->n; i++) {
		a = rows_at(att, i);
		n = (int)strlen(a->subject);
		if (n > wide)
			wide = n;
	}
	fputc('\n', o->f);
	out_paint(o, PAINT_HEAD, "Needs attention:");
	fputc('\n', o->f);
	for (i = 0; i < att->n; i++) {
		a = rows_at(att, i);
		(void)log_vis(a->subject, subject, sizeof(subject));
		n = snprintf(lead, sizeof(lead), "  %-*s%s%s%s",
		    a->subject[0] != '\0' ? wide : 0, subject,
		    a->subject[0] != '\0' ? "  " : "", a->state,
		    a->state[0] != '\0' ? "  " : "");
		out_wrap(o, level_paint(a->level), lead, n > 40 ? 6 :
		    (unsigned int)n, a->text);
	}
}

int
text_summary(const struct out *o, const struct data *d)
{
	const struct ctl_summary *s = data_at(d, CTL_SUMMARY, 0);
	bool counted[2];
	struct view_counts c;
	struct rows att = { .n = 0 };
	int rv;

	if (s != NULL)
		head(o, s);
	view_count(d, &c);
	counted[0] = d->missing[CTL_NBR - CTL_SUMMARY][0] == '\0';
	counted[1] = d->missing[CTL_IKE - CTL_SUMMARY][0] == '\0';
	fputc('\n', o->f);
	numbers(o, &c, counted);
	processes(o, d);
	rv = view_attentions(d, &att);
	if (rv == 0 && att.n > 0) {
		attentions(o, &att);
		if (!o->quiet)
			hint(o, &att);
	}
	rows_free(&att);
	return (rv);
}

int
text_processes(const struct out *o, const struct data *d)
{
	static const struct column cols[] = { { .head = "Process" },
	    { .head = "PID", .right = true }, { .head = "Uptime" },
	    { .head = "Restarts", .right = true } };
	struct table *t = table_new(cols, 4);
	const struct ctl_proc *p;
	char span[FMT_MAX];
	size_t i;

	for (i = 0; (p = data_at(d, CTL_PROC, i)) != NULL; i++) {
		table_cell(t, PAINT_NONE, "%s", p->role);
		if (p->pid == 0) {
			table_cell(t, PAINT_BAD, "-");
			table_cell(t, PAINT_BAD, "not running");
		} else {
			table_cell(t, PAINT_NONE, "%u", p->pid);
			table_cell(t, PAINT_NONE, "%s",
			    fmt_uptime(p->uptime_s, span));
		}
		table_cell(t, p->restarts > 0 ? PAINT_WARN : PAINT_NONE, "%u",
		    p->restarts);
	}
	return (table_print(t, o));
}

static enum paint
event_paint(const char *what)
{
	static const char *const bad[] = { "down", "died", "lost", "failed",
	    "refused" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (strcmp(what, bad[i]) == 0)
			return (PAINT_BAD);
	return (strcmp(what, "up") == 0 || strcmp(what, "full") == 0 ?
	    PAINT_GOOD : PAINT_NONE);
}

struct event_widths {
	int	subject, part, what;
};

/* Up to the text, each part in its column.  Returns the length. */
static unsigned int
event_head(const struct m_event *ev, enum fmt_when how,
    const struct event_widths *w, char *buf, size_t cap)
{
	char when[FMT_MAX], subject[4 * TUNNEL_NAME_MAX], what[4 * 32];

	return ((unsigned int)snprintf(buf, cap, "%s %-*s %-*s %-*s",
	    fmt_when(ev->wall_ms, how, when), w->subject,
	    log_vis(ev->subject, subject, sizeof(subject)), w->part,
	    subsys_names[ev->subsys], w->what,
	    log_vis(ev->what, what, sizeof(what))));
}

void
text_event(const struct out *o, const struct m_event *ev)
{
	static const struct event_widths w = { 9, 6, 8 };
	char lead[512];

	(void)event_head(ev, WHEN_CLOCK, &w, lead, sizeof(lead));
	out_wrap(o, event_paint(ev->what), lead, EVENT_INDENT, ev->text);
}

static void
widest(int *w, const char *text, int max)
{
	int n = (int)strlen(text);

	if (n > *w)
		*w = n > max ? max : n;
}

int
text_events(const struct out *o, const struct data *d)
{
	struct event_widths w = { 7, 4, 4 };
	const struct m_event *ev;
	char lead[512];
	size_t i;

	for (i = 0; (ev = data_at(d, CTL_EVENTS, i)) != NULL; i++) {
		widest(&w.subject, ev->subject, 15);
		widest(&w.part, subsys_names[ev->subsys], 8);
		widest(&w.what, ev->what, 12);
	}
	if (!o->quiet)
		fprintf(o->f, "%-14s %-*s %-*s What\n", "Time", w.subject,
		    "Subject", w.part, "Part");
	for (i = 0; (ev = data_at(d, CTL_EVENTS, i)) != NULL; i++) {
		(void)event_head(ev, WHEN_DAY, &w, lead, sizeof(lead));
		out_wrap(o, event_paint(ev->what), lead, (unsigned int)(15 +
		    w.subject + 1 + w.part + 1 + w.what + 1), ev->text);
	}
	return (0);
}

/* Lines, of which each row holds some whole ones. */
int
text_config(const struct out *o, const struct data *d)
{
	char line[sizeof(((struct ctl_text *)0)->text)], vis[4 * sizeof(line)];
	const struct ctl_text *r;
	const char *s;
	size_t i, len, tabs;

	for (i = 0; (r = data_at(d, CTL_CONFIG, i)) != NULL; i++)
		for (s = r->text; *s != '\0'; s += len, s += *s == '\n') {
			len = strcspn(s, "\n");
			tabs = strspn(s, "\t");
			(void)snprintf(line, sizeof(line), "%.*s",
			    (int)(len - tabs), s + tabs);
			fprintf(o->f, "%.*s%s\n", (int)tabs, s,
			    log_vis(line, vis, sizeof(vis)));
		}
	return (0);
}

int
text_counters(const struct out *o, const struct data *d)
{
	static const struct column cols[] = { { .head = "Part" },
	    { .head = "Count", .right = true }, { .head = "What" } };
	struct table *t = table_new(cols, 3);
	const struct ctl_counter *c;
	size_t i;

	for (i = 0; (c = data_at(d, CTL_COUNTER, i)) != NULL; i++) {
		if (c->n == 0)	/* JSON has them all */
			continue;
		table_cell(t, PAINT_NONE, "%s", c->role);
		table_cell(t, PAINT_NONE, "%" PRIu64, c->n);
		table_cell(t, PAINT_NONE, "%s", c->name);
	}
	return (table_print(t, o));
}
