/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  See ctl_text_diag.h. */
#include <stdio.h>
#include <string.h>

#include "greipsecctl/ctl_text_diag.h"
#include "lib/log.h"

#define MARGIN	21		/* where the words of a rung begin */

static const struct {
	const char	*word;
	enum paint	 paint;
} verdicts[DIAG_N] = {
	[DIAG_OK] = { "[ok]", PAINT_GOOD },
	[DIAG_WARN] = { "[warn]", PAINT_WARN },
	[DIAG_FAIL] = { "[FAIL]", PAINT_BAD },
	[DIAG_NOT_REACHED] = { "[--]", PAINT_NONE }
};

static void
head(const struct out *o, const struct ctl_tunnel *t)
{
	char a[ADDR_TEXT_MAX], name[4 * TUNNEL_NAME_MAX];

	fprintf(o->f, "%s (%s, %s%s%s)\n", log_vis(t->name, name,
	    sizeof(name)), t->remote.family == ADDR_NONE ? "dynamic" :
	    addr_text(&t->remote, a), t->platform, t->platform[0] != '\0' ?
	    ", " : "", t->ifname);
}

static void
one_cause(const struct out *o, const struct view_cause *c)
{
	fputc('\n', o->f);
	out_wrap(o, PAINT_HEAD, "Cause   ", 8, c->cause);
	if (c->here[0] != '\0')
		out_wrap(o, PAINT_HEAD, "Fix     here:   ", 16, c->here);
	if (c->there[0] != '\0')
		out_wrap(o, PAINT_HEAD, c->here[0] != '\0' ?
		    "        there:  " : "Fix     there:  ", 16, c->there);
	if (c->seen[0] != '\0')
		out_wrap(o, PAINT_HEAD, "Seen    ", 8, c->seen);
}

/* What the peer answered, where its ports were asked; a ping alone is said in
 * the ladder. */
static void
text_probes(const struct out *o, const struct ctl_tunnel *t,
    const struct rows *probes)
{
	static const char *const words[PROBE_ANSWERS] = { "not asked",
	    "no reply, no ICMP error", "answered",
	    "closed: ICMP port unreachable" };
	char what[32 + ADDR_TEXT_MAX], text[32 + ADDR_TEXT_MAX + FMT_MAX];
	char a[ADDR_TEXT_MAX], rtt[FMT_MAX];
	const struct view_probe *p;
	bool ports = false, first = true;
	size_t i;

	for (i = 0; i < probes->n; i++) {
		p = rows_at(probes, i);
		ports |= p->what != PROBE_ECHO && strcmp(p->site, t->name) == 0;
	}
	for (i = 0; ports && i < probes->n; i++) {
		p = rows_at(probes, i);
		if (strcmp(p->site, t->name) != 0)
			continue;
		(void)snprintf(what, sizeof(what), "%s to %s",
		    probe_what_names[p->what], addr_text(&p->to, a));
		(void)snprintf(text, sizeof(text), "%-30s  %s%s%s", what,
		    words[p->answer], p->answer == PROBE_ANSWER ? " in " : "",
		    p->answer == PROBE_ANSWER ? fmt_rtt(p->rtt_us, rtt) : "");
		if (first)
			fputc('\n', o->f);
		out_wrap(o, PAINT_HEAD, first ? "Probe   " : "        ", 8,
		    text);
		first = false;
	}
}

void
text_ladder(const struct out *o, const struct ctl_tunnel *t,
    const struct rows *rungs, const struct rows *probes,
    const struct rows *causes)
{
	const struct view_rung *r;
	char lead[32];
	size_t i;

	head(o, t);
	for (i = 0; i < rungs->n; i++) {
		r = rows_at(rungs, i);
		(void)snprintf(lead, sizeof(lead), "  %-6s  %-9s  ",
		    verdicts[r->verdict].word, r->rung);
		out_wrap(o, verdicts[r->verdict].paint, lead, MARGIN, r->text);
	}
	text_probes(o, t, probes);
	for (i = 0; i < causes->n; i++)
		one_cause(o, rows_at(causes, i));
}

void
text_well(const struct out *o, const struct ctl_tunnel *t)
{
	char span[FMT_MAX], name[4 * TUNNEL_NAME_MAX], lead[8 * TUNNEL_NAME_MAX];
	char line[FMT_MAX + 16];

	(void)snprintf(lead, sizeof(lead), "  [ok]    %-15s  ",
	    log_vis(t->name, name, sizeof(name)));
	(void)snprintf(line, sizeof(line), "up %s",
	    fmt_uptime(t->since_s, span));
	out_wrap(o, PAINT_GOOD, lead, MARGIN, line);
}
