/* SPDX-License-Identifier: ISC */
/* runs in: main.  See events.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "greipsecd/events.h"
#include "greipsecd/priv.h"
#include "lib/clock.h"
#include "lib/log.h"

struct ring {
	struct m_event	ev[EVENTS_KEPT];
	uint64_t	seq[EVENTS_KEPT];
	size_t		n, next;
};

/* What comes by the hour or the minute does not push out what came once. */
static struct {
	struct ring	rare, often;
	uint64_t	seq;		/* of the last */
} self;

static bool
is_one_of(const char *what, const char *const *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(what, v[i]) == 0)
			return (true);
	return (false);
}

/* What every tunnel does by the hour, or on its way to a state that is told. */
static bool
is_step(const char *what)
{
	static const char *const steps[] = {
		"child-rekey", "ike-rekey", "interface", "neighbour"
	};

	return (is_one_of(what, steps, sizeof(steps) / sizeof(steps[0])));
}

/* What is told again as long as it lasts, or while somebody lies about it. */
static bool
is_repeated(const char *what)
{
	static const char *const repeated[] = {
		"mismatch", "mtu", "unknown-peer"
	};

	return (is_one_of(what, repeated, sizeof(repeated) /
	    sizeof(repeated[0])));
}

static void
keep(struct ring *r, const struct m_event *ev)
{
	r->ev[r->next] = *ev;
	r->seq[r->next] = ++self.seq;
	r->next = (r->next + 1) % EVENTS_KEPT;
	if (r->n < EVENTS_KEPT)
		r->n++;
}

/* The place of the i-th oldest. */
static size_t
place(const struct ring *r, size_t i)
{
	return ((r->next + EVENTS_KEPT - r->n + i) % EVENTS_KEPT);
}

void
events_add(const struct m_event *in)
{
	struct m_event ev = { .wall_ms = in->wall_ms, .tid = in->tid,
	    .subsys = in->subsys };
	char line[sizeof(ev.subject) + sizeof(ev.what) + sizeof(ev.text) + 32];

	(void)log_vis(in->subject, ev.subject, sizeof(ev.subject));
	(void)log_vis(in->what, ev.what, sizeof(ev.what));
	(void)log_vis(in->text, ev.text, sizeof(ev.text));
	if (ev.wall_ms == 0)
		ev.wall_ms = wall_ms();
	(void)snprintf(line, sizeof(line), "%s: %s: %s%s%s",
	    subsys_names[ev.subsys], ev.subject, ev.what,
	    ev.text[0] != '\0' ? ": " : "", ev.text);
	if (is_step(ev.what))
		log_info((int)ev.subsys, ev.tid, "%s", line);
	else
		log_notice("%s", line);
	keep(is_step(ev.what) || is_repeated(ev.what) ? &self.often :
	    &self.rare, &ev);
	if (priv_chan(ROLE_CONTROL) != NULL)
		(void)priv_send(ROLE_CONTROL, M_EVENT, -1, &m_event_fld, &ev);
}

void
events_main(enum subsys s, uint32_t tid, const char *subject, const char *what,
    const char *fmt, ...)
{
	struct m_event ev = { .tid = tid, .subsys = s };
	va_list ap;

	(void)snprintf(ev.subject, sizeof(ev.subject), "%s", subject);
	(void)snprintf(ev.what, sizeof(ev.what), "%s", what);
	va_start(ap, fmt);
	(void)vsnprintf(ev.text, sizeof(ev.text), fmt, ap);
	va_end(ap);
	events_add(&ev);
}

void
events_rows(struct chan *c, uint32_t id, const char *match)
{
	const struct ring *r;
	const struct m_event *ev;
	size_t i = 0, k = 0;

	while (i < self.rare.n || k < self.often.n) {
		r = k == self.often.n || (i < self.rare.n &&
		    self.rare.seq[place(&self.rare, i)] <
		    self.often.seq[place(&self.often, k)]) ? &self.rare :
		    &self.often;
		ev = &r->ev[place(r, r == &self.rare ? i++ : k++)];
		if (match[0] == '\0' || strcmp(match, ev->subject) == 0)
			(void)chan_send(c, CTL_EVENTS, id, -1, &m_event_fld,
			    ev);
	}
}
