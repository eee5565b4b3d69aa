/* SPDX-License-Identifier: ISC */
/* runs in: main.  See show.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/act.h"
#include "greipsecd/answer.h"
#include "greipsecd/apply.h"
#include "greipsecd/events.h"
#include "greipsecd/show.h"
#include "lib/clock.h"

/* Seconds until what was applied is taken back, rounded up; 0: it stays. */
static uint32_t
undo_left(const struct app *a)
{
	int64_t ns = a->undo != NULL ? mono_sub(a->undo_due, mono_now()) : 0;

	return (a->undo == NULL ? 0 : ns <= 0 ? 1 :
	    (uint32_t)((ns + NS_S(1) - 1) / NS_S(1)));
}

static void
on_summary(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct app *a = ctx;
	struct ctl_summary s = { .loaded_ms = a->loaded_ms };
	struct fib_row r;
	size_t i;

	(void)obj;
	(void)snprintf(s.version, sizeof(s.version), "%s", GREIPSEC_VERSION);
	(void)snprintf(s.config, sizeof(s.config), "%s", a->opt->conf);
	s.uptime_s = mono_age_s(a->since, mono_now());
	s.coupled = fib_coupled(a->fib);
	s.confirm_s = undo_left(a);
	if (a->conf != NULL) {
		(void)snprintf(s.site, sizeof(s.site), "%s",
		    a->conf->global.site);
		(void)snprintf(s.mesh, sizeof(s.mesh), "%s",
		    a->conf->global.mesh);
		s.site_id = a->conf->global.site_id;
		s.router_id = a->conf->global.ospf.router_id;
		s.sites = (uint32_t)a->conf->n_sites;
		s.tunnels = (uint32_t)a->n_tunnels;
	}
	for (i = 0; fib_row(a->fib, i, &r); i++)
		s.routes += r.kind == FIB_OSPF && r.installed;
	(void)chan_send(c, CTL_SUMMARY, m->id, -1, &ctl_summary_fld, &s);
	answer_end(c, m->id, 0, NULL);
}

/* Prefixes with a space between, as many whole ones as fit. */
static void
networks(const struct conf_tunnel *ct, char *buf, size_t cap)
{
	char p[PREFIX_TEXT_MAX];
	size_t i, n = 0, len;

	for (i = 0; i < ct->n_networks; i++) {
		len = strlen(prefix_text(&ct->networks[i].prefix, p));
		if (n + 1 + len + 1 > cap)
			break;
		n += (size_t)snprintf(buf + n, cap - n, "%s%s",
		    n > 0 ? " " : "", p);
	}
}

static void
tunnel_row(const struct app_tunnel *t, struct ctl_tunnel *r)
{
	const struct conf_tunnel *ct = t->ct;

	memset(r, 0, sizeof(*r));
	r->tid = t->tid;
	(void)snprintf(r->name, sizeof(r->name), "%s", ct->name);
	(void)snprintf(r->ifname, sizeof(r->ifname), "%s", ct->ifname);
	(void)snprintf(r->platform, sizeof(r->platform), "%s", ct->platform);
	(void)snprintf(r->description, sizeof(r->description), "%s",
	    ct->description);
	r->ifindex = t->index;
	r->state = t->state;
	r->local = apply_outer(t).local;
	r->remote = apply_outer(t).peer;
	r->inner_local = ct->inner_local;
	r->inner_peer = ct->inner_peer;
	r->inner_len = ct->inner_len;
	r->mtu = t->mtu;
	r->path_mtu = t->path;
	r->mtu_fits = t->fits;
	r->mesh = ct->mesh;
	r->weak = ct->weak;
	r->ospf = !ct->ospf_off;
	r->udp = t->ike.child_up && t->ike.udp;
	r->since_s = mono_age_s(t->since, mono_now());
	networks(ct, r->networks, sizeof(r->networks));
}

static void
on_tunnel(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct app *a = ctx;
	const struct ctl_req *q = obj;
	struct ctl_tunnel row;
	size_t i, n = 0;

	for (i = 0; i < a->n_tunnels; i++) {
		if (q->match[0] != '\0' &&
		    strcmp(q->match, a->tunnels[i]->ct->name) != 0)
			continue;
		tunnel_row(a->tunnels[i], &row);
		(void)chan_send(c, CTL_TUNNEL, m->id, -1, &ctl_tunnel_fld,
		    &row);
		n++;
	}
	if (n == 0 && q->match[0] != '\0')
		answer_end(c, m->id, ENOENT, "no such tunnel");
	else
		answer_end(c, m->id, 0, NULL);
}

/* The interface that has src by itself, where that is not out: packets with it
 * leave by another line than its own.  An address of the host, on a loopback or
 * without a subnet, may leave by any. */
static const char *
src_link(const struct app *a, const struct addr *src, uint32_t out)
{
	const struct os_link *l, *has = NULL;
	size_t i;

	for (i = 0; i < a->n_addrs; i++) {
		if (!addr_eq(&a->addrs[i].addr, src))
			continue;
		l = kernel_link(a, a->addrs[i].index);
		if (a->addrs[i].index == out || has != NULL || l == NULL ||
		    l->loopback ||
		    a->addrs[i].len == (src->family == ADDR_V4 ? 32 : 128))
			return ("");
		has = l;
	}
	return (has != NULL ? has->name : "");
}

static void
path_row(const struct app *a, const struct app_tunnel *t, struct ctl_path *r)
{
	struct os_outer o = apply_outer(t);
	struct addr any = { .family = ADDR_NONE };
	const struct os_link *l;
	uint32_t index;

	memset(r, 0, sizeof(*r));
	r->tid = t->tid;
	(void)snprintf(r->name, sizeof(r->name), "%s", t->ct->name);
	r->remote = o.peer;
	r->has_src = o.local.family == ADDR_NONE ||
	    kernel_is_local(a, &o.local);
	if (o.peer.family == ADDR_NONE)
		return;
	/* the kernel refuses a source that it does not have */
	if (os_route_get(a->os, &o.peer, r->has_src ? &o.local : &any, &index,
	    &r->src) == -1) {
		(void)snprintf(r->problem, sizeof(r->problem), "%s",
		    strerror(errno));
		return;
	}
	r->routed = true;
	if ((l = kernel_link(a, index)) == NULL)
		return;
	(void)snprintf(r->ifname, sizeof(r->ifname), "%s", l->name);
	(void)snprintf(r->src_if, sizeof(r->src_if), "%s",
	    src_link(a, &r->src, index));
	r->mtu = l->mtu > UINT16_MAX ? UINT16_MAX : (uint16_t)l->mtu;
	if (tunnel_is_ours(l))
		(void)snprintf(r->problem, sizeof(r->problem),
		    "through a tunnel of ours");
	else if (!l->up || !l->running)
		(void)snprintf(r->problem, sizeof(r->problem),
		    "interface %s is down", l->name);
}

static void
on_path(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct app *a = ctx;
	const struct ctl_req *q = obj;
	struct ctl_path row;
	size_t i;

	for (i = 0; i < a->n_tunnels; i++) {
		if (q->match[0] != '\0' &&
		    strcmp(q->match, a->tunnels[i]->ct->name) != 0)
			continue;
		path_row(a, a->tunnels[i], &row);
		(void)chan_send(c, CTL_PATH, m->id, -1, &ctl_path_fld, &row);
	}
	answer_end(c, m->id, 0, NULL);
}

/* Why a route is not installed; "": nothing keeps it out. */
static const char *
why_not(const struct fib_row *r, char *text, size_t cap)
{
	char o[ADDR_TEXT_MAX];

	if (r->why == FIB_RECURSIVE)
		(void)snprintf(text, cap, "it would carry the tunnel's own "
		    "packets to %s, and there is no other way to it",
		    addr_text(&r->outer, o));
	else
		(void)snprintf(text, cap, "%s", r->why == FIB_FINE ? "" :
		    r->why == FIB_KERNEL ? strerror(r->error) :
		    fib_why_names[r->why]);
	return (text);
}

static void
on_fib(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct app *a = ctx;
	struct mono now = mono_now();
	const struct os_link *l;
	struct ctl_fib row;
	struct fib_row r;
	uint16_t k;
	size_t i;

	(void)obj;
	for (i = 0; fib_row(a->fib, i, &r); i++) {
		memset(&row, 0, sizeof(row));
		row.prefix = r.route.prefix;
		row.metric = r.route.metric;
		(void)snprintf(row.kind, sizeof(row.kind), "%s",
		    fib_kind_names[r.kind]);
		row.installed = r.installed;
		(void)why_not(&r, row.why, sizeof(row.why));
		row.age_s = mono_age_s(r.since, now);
		k = 0;
		do {	/* a row a next hop; a guard has none */
			l = NULL;
			if (k < r.route.n_nexthops) {
				row.gateway = r.route.nexthops[k].gateway;
				l = kernel_link(a,
				    r.route.nexthops[k].index);
			}
			(void)snprintf(row.ifname, sizeof(row.ifname), "%s",
			    l != NULL ? l->name : "");
			(void)chan_send(c, CTL_FIB, m->id, -1, &ctl_fib_fld,
			    &row);
		} while (++k < r.route.n_nexthops);
	}
	answer_end(c, m->id, 0, NULL);
}

static void
on_config(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct app *a = ctx;
	char *text = NULL;
	size_t len = 0;
	FILE *f;
	int rv;

	(void)obj;
	if (a->conf == NULL) {
		answer_end(c, m->id, EAGAIN,
		    "this host is no site of the configuration, as yet");
		return;
	}
	if ((f = open_memstream(&text, &len)) == NULL) {
		answer_end(c, m->id, (uint32_t)errno, "no memory");
		return;
	}
	rv = conf_print(a->conf, f);
	if (fclose(f) == 0 && rv == 0)
		answer_text(c, CTL_CONFIG, m->id, text, len);
	free(text);
	answer_end(c, m->id, rv == 0 ? 0 : EIO, NULL);
}

static void
send_warn(struct chan *c, uint32_t id, bool is_bad, const char *fmt,
    va_list ap)
{
	struct ctl_warn row;

	memset(&row, 0, sizeof(row));
	row.bad = is_bad;
	(void)vsnprintf(row.text, sizeof(row.text), fmt, ap);
	(void)chan_send(c, CTL_WARN, id, -1, &ctl_warn_fld, &row);
}

static void __attribute__((format(printf, 3, 4)))
warn(struct chan *c, uint32_t id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	send_warn(c, id, false, fmt, ap);
	va_end(ap);
}

/* Something does not work by it. */
static void __attribute__((format(printf, 3, 4)))
bad(struct chan *c, uint32_t id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	send_warn(c, id, true, fmt, ap);
	va_end(ap);
}

static void
warn_tunnels(const struct app *a, struct chan *c, uint32_t id)
{
	const struct app_tunnel *t;
	size_t i;

	for (i = 0; i < a->n_tunnels; i++) {
		t = a->tunnels[i];
		if (t->taken)
			bad(c, id, "%s: interface %s is somebody else's",
			    t->ct->name, t->ct->ifname);
		else if (t->open_error != 0)
			bad(c, id, "%s: interface %s: %s", t->ct->name,
			    t->ct->ifname, strerror(t->open_error));
		if (t->strict)
			warn(c, id, "%s: the strict reverse path check of %s "
			    "drops what comes by a detour: set "
			    "net.ipv4.conf.%s.rp_filter to 2", t->ct->name,
			    t->ct->ifname, t->ct->ifname);
		if (t->ct->weak)
			warn(c, id, "%s: weak algorithms are allowed at "
			    "%s:%u", t->ct->name, t->ct->loc.file,
			    t->ct->loc.line);
	}
}

static void
warn_routes(const struct app *a, struct chan *c, uint32_t id)
{
	char p[PREFIX_TEXT_MAX], text[160];
	struct fib_row r;
	size_t i;

	for (i = 0; fib_row(a->fib, i, &r); i++) {
		if (r.why == FIB_FINE || r.why == FIB_DECOUPLED)
			continue;
		warn(c, id, "route %s is not installed: %s",
		    prefix_text(&r.route.prefix, p),
		    why_not(&r, text, sizeof(text)));
	}
}

/* "10.2.0.0/16 via 192.0.2.1 dev wan" */
static const char *
route_text(const struct app *a, const struct os_route *r,
    char buf[static 160])
{
	const struct os_nexthop *h = &r->nexthops[0];
	const struct os_link *l = kernel_link(a, h->index);
	char p[PREFIX_TEXT_MAX], gw[ADDR_TEXT_MAX];
	bool via = h->gateway.family != ADDR_NONE;

	(void)snprintf(buf, 160, "%s%s%s%s%s", prefix_text(&r->prefix, p),
	    via ? " via " : "", via ? addr_text(&h->gateway, gw) : "",
	    l != NULL ? " dev " : "", l != NULL ? l->name : "");
	return (buf);
}

#define FOREIGN_MAX	8	/* more are counted */

/* Routes of others in the place of ours: what tunnels should carry goes there. */
static void
warn_foreign(const struct app *a, struct chan *c, uint32_t id)
{
	struct os_route r;
	char text[160];
	size_t at = 0, n = 0;

	while (fib_foreign(a->fib, &at, &r)) {
		if (lan_is_own(a, &r.prefix) || ++n > FOREIGN_MAX)
			continue;
		(void)route_text(a, &r, text);
		if (prefix_has(&r.prefix, &r.src))
			warn(c, id, "%s is connected here, and inside a "
			    "network of another site: nothing of it is reached "
			    "there", text);
		else
			bad(c, id, "route %s metric %u is not ours and comes "
			    "first: what is for another site leaves there, not "
			    "by a tunnel; ip route del %s", text, r.metric,
			    text);
	}
	if (n > FOREIGN_MAX)
		bad(c, id, "%zu more routes of others come before ours",
		    n - FOREIGN_MAX);
}

/* Why nothing of a network of this site is announced. */
static void
warn_lans(const struct app *a, struct chan *c, uint32_t id)
{
	const struct conf_net *n;
	const struct os_link *l;
	struct os_addr at;
	struct prefix sub;
	char p[PREFIX_TEXT_MAX], q[PREFIX_TEXT_MAX];
	size_t i;

	for (i = 0; (n = lan_unused(a, i, &at)) != NULL; i++) {
		(void)prefix_text(&n->prefix, p);
		l = at.addr.family == ADDR_NONE ? NULL :
		    kernel_link(a, at.index);
		if (l == NULL) {
			bad(c, id, "network %s (%s:%u): no address of this "
			    "host is inside, nothing of it is announced", p,
			    n->loc.file, n->loc.line);
			continue;
		}
		sub = prefix_make(&at.addr, at.len);
		(void)prefix_text(&sub, q);
		if (prefix_covers(&n->prefix, &sub))
			bad(c, id, "network %s (%s:%u): %s with %s is down, "
			    "nothing of it is announced", p, n->loc.file,
			    n->loc.line, l->name, q);
		else
			bad(c, id, "network %s (%s:%u): %s on %s is larger, "
			    "nothing of it is announced; write `network %s'",
			    p, n->loc.file, n->loc.line, q, l->name, q);
	}
}

static void
on_warn(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct app *a = ctx;

	(void)obj;
	if (a->conf == NULL) {
		bad(c, m->id, "this host is no site of the configuration: "
		    "none of its addresses and not its name is in there; "
		    "waiting for addresses");
		answer_end(c, m->id, 0, NULL);
		return;
	}
	if (a->n_tunnels == 0)
		bad(c, m->id, "no tunnel is configured: nothing is connected "
		    "and nothing guarded");
	if (a->conf->global.guessed)
		warn(c, m->id, "no address of this host is in the "
		    "configuration yet: it goes on as %s, as before",
		    a->conf->global.site);
	if (a->undo != NULL)
		warn(c, m->id, "the configuration before this one comes back "
		    "in %u s, unless `greipsecctl confirm' keeps this one",
		    undo_left(a));
	if (a->taken_back)
		warn(c, m->id, "the last reload was taken back: %s is not "
		    "what is in force", a->opt->conf);
	if (a->keep_error != 0)
		warn(c, m->id, "state is not kept in %s: %s; a restart of the "
		    "daemon is not graceful", a->opt->statedir,
		    strerror(a->keep_error));
	if (!fib_coupled(a->fib))
		warn(c, m->id, "OSPF's routes are kept out of the kernel; "
		    "`greipsecctl fib couple' ends that");
	if (a->forward_off)
		bad(c, m->id, "IPv4 forwarding is off: this site carries "
		    "nothing; sysctl net.ipv4.ip_forward=1");
	warn_lans(a, c, m->id);
	warn_tunnels(a, c, m->id);
	warn_routes(a, c, m->id);
	warn_foreign(a, c, m->id);
	answer_end(c, m->id, 0, NULL);
}

#define ASK(type, fn) \
	{ type, MSG_FD_NO, MSG_STATE_UP, &ctl_req_fld, 0, fn }

const struct msg_rule show_rules[] = {
	ASK(CTL_SUMMARY, on_summary), ASK(CTL_PROC, answer_proc),
	ASK(CTL_TUNNEL, on_tunnel), ASK(CTL_FIB, on_fib),
	ASK(CTL_CONFIG, on_config), ASK(CTL_EVENTS, answer_events),
	ASK(CTL_WARN, on_warn), ASK(CTL_PATH, on_path),
	{ CTL_LOG, MSG_FD_YES, MSG_STATE_UP, &m_log_fld, 0, answer_log },
	{ CTL_RELOAD, MSG_FD_YES, MSG_STATE_UP, &ctl_reload_fld, 0,
	    act_reload },
	{ CTL_KICK, MSG_FD_YES, MSG_STATE_UP, &ctl_kick_fld, 0, act_kick },
	{ CTL_CONFIRM, MSG_FD_YES, MSG_STATE_UP, &ctl_switch_fld, 0,
	    act_confirm },
	{ CTL_CLEAR, MSG_FD_YES, MSG_STATE_UP, &ctl_req_fld, 0, act_clear },
	{ CTL_COUPLE, MSG_FD_YES, MSG_STATE_UP, &ctl_switch_fld, 0,
	    act_couple },
	MSG_RULE_END
};
