/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  What the summary counts, and what it points at.  See
 * ctl_view.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "greipsecctl/ctl_join.h"
#include "greipsecctl/ctl_out.h"
#include "greipsecctl/ctl_view.h"

#define RECENT_S	3600	/* a process restarted in this time is told */

static const char *const level_names[ATT_N] = { "note", "warning", "bad" };

static const struct fld attention_f[] = {
	F_ENUM(view_attention, level, ATT_N, level_names),
	F_STR(view_attention, subject), F_STR(view_attention, state),
	F_STR(view_attention, text), F_END
};
const struct fld_table view_attention_fld = FLD_TABLE(view_attention,
    attention_f);

static const struct fld counts_f[] = {
	F_U32(view_counts, tunnels), F_U32(view_counts, up),
	F_U32(view_counts, degraded), F_U32(view_counts, down),
	F_U32(view_counts, disabled), F_U32(view_counts, nbrs),
	F_U32(view_counts, full), F_U32(view_counts, rib),
	F_U32(view_counts, fib), F_U32(view_counts, detours),
	F_U32(view_counts, peers), F_U32(view_counts, pairs),
	F_U32(view_counts, rekey_s), F_STR(view_counts, rekey_of), F_END
};
const struct fld_table view_counts_fld = FLD_TABLE(view_counts, counts_f);

static uint32_t
count_detours(const struct data *d, const struct ctl_tunnel *t)
{
	const struct ctl_tunnel *via;
	const struct ctl_rib *r;
	struct prefix_list l;
	uint32_t n = 0;
	size_t i, k;

	join_networks(t, &l);
	for (i = 0; l.n > 0 && (r = data_at(d, CTL_RIB, i)) != NULL; i++)
		for (k = 0; k < l.n; k++)
			if (prefix_covers(&l.v[k], &r->prefix)) {
				n += join_detour(d, t, r, &via);
				break;
			}
	return (n);
}

void
view_count(const struct data *d, struct view_counts *out)
{
	const struct ctl_tunnel *t;
	const struct ctl_nbr *n;
	const struct ctl_ike *k;
	const struct ctl_summary *s = data_at(d, CTL_SUMMARY, 0);
	const struct ctl_sa *sa;
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; (t = data_at(d, CTL_TUNNEL, i)) != NULL; i++) {
		out->tunnels++;
		out->up += t->state == TUN_UP;
		out->degraded += t->state == TUN_DEGRADED;
		out->down += t->state == TUN_DOWN;
		out->disabled += t->state == TUN_DISABLED;
		out->detours += count_detours(d, t);
	}
	for (i = 0; (n = data_at(d, CTL_NBR, i)) != NULL; i++) {
		out->nbrs++;
		out->full += strcmp(n->state, "FULL") == 0;
	}
	for (i = 0; (k = data_at(d, CTL_IKE, i)) != NULL; i++)
		out->peers += k->established_s != 0 || k->rekey_in_s != 0;
	for (i = 0; (sa = data_at(d, CTL_SA, i)) != NULL; i++) {
		out->pairs++;
		if (!sa->current || sa->soft_s <= sa->created_s ||
		    (out->rekey_s != 0 &&
		    sa->soft_s - sa->created_s >= out->rekey_s))
			continue;
		out->rekey_s = sa->soft_s - sa->created_s;
		memcpy(out->rekey_of, sa->name, sizeof(out->rekey_of));
	}
	out->rib = (uint32_t)data_n(d, CTL_RIB);
	out->fib = s != NULL ? s->routes : 0;
}

static int __attribute__((format(printf, 5, 6)))
add(struct rows *out, enum attention_level level, const char *subject,
    const char *state, const char *fmt, ...)
{
	struct view_attention a;
	va_list ap;

	memset(&a, 0, sizeof(a));
	a.level = level;
	(void)snprintf(a.subject, sizeof(a.subject), "%s", subject);
	(void)snprintf(a.state, sizeof(a.state), "%s", state);
	va_start(ap, fmt);
	(void)vsnprintf(a.text, sizeof(a.text), fmt, ap);
	va_end(ap);
	return (rows_add(out, &a));
}

/* "; 10.3.0.0/16 via london", or that it cannot be reached.  Whether all can. */
static bool
where_now(const struct data *d, const struct ctl_tunnel *t, char *buf,
    size_t cap)
{
	const struct ctl_tunnel *via;
	const struct ctl_rib *r;
	char text[PREFIX_TEXT_MAX];
	struct prefix_list l;
	bool known, all = true;
	size_t i, k, n = 0;

	buf[0] = '\0';
	join_networks(t, &l);
	for (k = 0; k < l.n; k++) {
		known = false;
		via = NULL;
		for (i = 0; (r = data_at(d, CTL_RIB, i)) != NULL; i++)
			if (prefix_covers(&l.v[k], &r->prefix)) {
				known = true;
				if (join_detour(d, t, r, &via))
					break;
			}
		all &= known;
		if (k >= 3 || n >= cap)
			continue;
		(void)prefix_text(&l.v[k], text);
		if (via != NULL)
			n += (size_t)snprintf(buf + n, cap - n, "; %s via %s",
			    text, via->name);
		else if (!known)
			n += (size_t)snprintf(buf + n, cap - n,
			    "; %s cannot be reached", text);
	}
	return (all);
}

static int
of_tunnel(const struct data *d, const struct ctl_tunnel *t, struct rows *out)
{
	const struct ctl_ike *k = join_ike(d, t->tid);
	const struct ctl_nbr *n = join_nbr(d, t->tid);
	char state[TUNNEL_NAME_MAX], span[FMT_MAX], where[256];
	const char *why = "";
	bool all;

	if (t->state == TUN_DISABLED)
		return (0);
	all = where_now(d, t, where, sizeof(where));
	if (t->state == TUN_UP)
		return (all || !t->ospf ? 0 : add(out, ATT_BAD, t->name, "up",
		    "%s", where + 2));
	(void)snprintf(state, sizeof(state), "%s %s",
	    tunnel_state_names[t->state], fmt_uptime(t->since_s, span));
	if (t->state == TUN_DOWN && k != NULL)
		why = k->reason;
	else if (t->state == TUN_DEGRADED && n != NULL)
		why = n->reason;
	if (why[0] == '\0' && t->state == TUN_DOWN)
		why = k != NULL ? "not negotiated yet" : "no word from ike";
	else if (why[0] == '\0')
		why = n != NULL ? "OSPF is not FULL" : "no word from ospf";
	return (add(out, t->state == TUN_DOWN || (!all && t->ospf) ? ATT_BAD :
	    ATT_WARN, t->name, state, "%s%s", why, where));
}

/* What is odd about a tunnel that works. */
static int
of_traffic(const struct data *d, const struct ctl_tunnel *t, struct rows *out)
{
	const struct ctl_ike *k = join_ike(d, t->tid);
	const struct ctl_nbr *n = join_nbr(d, t->tid);
	const struct ctl_esptun *e;
	size_t i;

	if (t->state == TUN_UP && k != NULL &&
	    strcmp(k->code, "esp-in-udp") == 0 &&
	    add(out, ATT_NOTE, t->name, "", "%s", k->reason) == -1)
		return (-1);
	if (t->state == TUN_UP && n != NULL && n->reason[0] != '\0' &&
	    add(out, ATT_NOTE, t->name, "", "%s", n->reason) == -1)
		return (-1);
	for (i = 0; (e = data_at(d, CTL_ESPTUN, i)) != NULL; i++)
		if (e->tid == t->tid && e->drop_clear > 0 &&
		    e->clear_age_s < CLEAR_RECENT_S)
			return (add(out, ATT_WARN, t->name, "", "%llu packets "
			    "came in clear and were dropped",
			    (unsigned long long)e->drop_clear));
	return (0);
}

static int
of_process(const struct ctl_proc *p, struct rows *out)
{
	char span[FMT_MAX];

	if (p->pid == 0)
		return (add(out, ATT_BAD, p->role, "", "not running, died %u "
		    "times; is started again", p->restarts));
	if (p->restarts == 0 || p->uptime_s > RECENT_S)
		return (0);
	return (add(out, ATT_WARN, p->role, "", "started again %s ago, %u "
	    "restarts in all", fmt_span(p->uptime_s, span), p->restarts));
}

int
view_attentions(const struct data *d, struct rows *out)
{
	static const enum tunnel_state order[] = { TUN_DOWN, TUN_DEGRADED,
	    TUN_UP };
	const struct ctl_tunnel *t;
	const struct ctl_proc *p;
	const struct ctl_warn *w;
	size_t i, k;

	out->t = &view_attention_fld;
	for (i = 0; (p = data_at(d, CTL_PROC, i)) != NULL; i++)
		if (of_process(p, out) == -1)
			return (-1);
	for (k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (i = 0; (t = data_at(d, CTL_TUNNEL, i)) != NULL; i++)
			if (t->state == order[k] && of_tunnel(d, t, out) == -1)
				return (-1);
	for (i = 0; (t = data_at(d, CTL_TUNNEL, i)) != NULL; i++)
		if (of_traffic(d, t, out) == -1)
			return (-1);
	for (i = 0; (w = data_at(d, CTL_WARN, i)) != NULL; i++)
		if (add(out, w->bad ? ATT_BAD : ATT_WARN, "", "", "%s",
		    w->text) == -1)
			return (-1);
	return (0);
}
