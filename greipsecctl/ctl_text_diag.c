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
}

void
text_ladder(const struct out *o, const struct ctl_tunnel *t,
    const struct rows *rungs, const struct rows *causes)
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
