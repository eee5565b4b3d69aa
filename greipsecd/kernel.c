/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See apply.h.  What is seen in the kernel is mirrored here
 * (links, addresses) and in fib.c (routes); events change the mirror and note
 * what to look at, never more.
 *
 * The kernel takes IPv4 routes away without a word when their link or address
 * goes, so each such event has the routes dumped again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/apply.h"
#include "greipsecd/events.h"
#include "greipsecd/sock.h"
#include "lib/clock.h"
#include "lib/log.h"

#define ACTS_MAX	256
#define ROUNDS_MAX	8
#define READS_MAX	(4 * ACTS_MAX)
#define BUSY_NS		NS_MS(250)	/* somebody still has the device */
#define KNOBS_NS	NS_S(1)
#define RETRY_NS	NS_S(2)
#define STALE_READS	1024	/* 64 messages each */
#define NAT_NS		NS_S(60)

const struct os_link *
kernel_link(const struct app *a, uint32_t index)
{
	size_t i;

	for (i = 0; i < a->n_links; i++)
		if (a->links[i].index == index)
			return (&a->links[i]);
	return (NULL);
}

bool
kernel_is_local(const struct app *a, const struct addr *addr)
{
	size_t i;

	for (i = 0; i < a->n_addrs; i++)
		if (addr_eq(&a->addrs[i].addr, addr))
			return (true);
	return (false);
}

/* Room for one more element; false when there is no memory. */
static bool
grow(void **v, size_t n, size_t *cap, size_t size)
{
	size_t want = *cap == 0 ? 32 : *cap * 2;
	void *p;

	if (n < *cap)
		return (true);
	if ((p = reallocarray(*v, want, size)) == NULL)
		return (false);
	*v = p;
	*cap = want;
	return (true);
}

static bool
same_link(const struct os_link *a, const struct os_link *b)
{
	return (a->mtu == b->mtu && a->up == b->up &&
	    a->running == b->running && a->multicast == b->multicast &&
	    a->tun == b->tun && strcmp(a->name, b->name) == 0 &&
	    strcmp(a->mark, b->mark) == 0);
}

static void
drop_addrs(struct app *a, uint32_t index)
{
	size_t i, k = 0;

	for (i = 0; i < a->n_addrs; i++)
		if (a->addrs[i].index != index)
			a->addrs[k++] = a->addrs[i];
	a->n_addrs = k;
}

static void
on_link(void *ctx, const struct os_link *l, bool gone)
{
	struct app *a = ctx;
	struct os_link *have = NULL;
	size_t i;

	for (i = 0; i < a->n_links && have == NULL; i++)
		if (a->links[i].index == l->index)
			have = &a->links[i];
	if (gone) {
		if (have == NULL)
			return;
		*have = a->links[--a->n_links];
		drop_addrs(a, l->index);
	} else if (have != NULL) {
		/* not every message tells the kind of a link */
		if (same_link(have, l))
			return;
		*have = *l;
	} else {
		if (!grow((void **)&a->links, a->n_links, &a->cap_links,
		    sizeof(*a->links)))
			return;
		a->links[a->n_links++] = *l;
	}
	app_dirty(a, DIRT_LINKS | DIRT_LAN | DIRT_ROUTES | DIRT_MTU);
}

static void
on_addr(void *ctx, const struct os_addr *addr, bool gone)
{
	struct app *a = ctx;
	const struct os_link *l = kernel_link(a, addr->index);
	bool outer = l == NULL || !tunnel_is_ours(l);
	struct os_addr *have = NULL;
	size_t i;

	for (i = 0; i < a->n_addrs && have == NULL; i++)
		if (a->addrs[i].index == addr->index &&
		    a->addrs[i].len == addr->len &&
		    addr_eq(&a->addrs[i].addr, &addr->addr) &&
		    addr_eq(&a->addrs[i].peer, &addr->peer))
			have = &a->addrs[i];
	if (gone == (have == NULL))
		return;
	if (gone)
		*have = a->addrs[--a->n_addrs];
	else if (grow((void **)&a->addrs, a->n_addrs, &a->cap_addrs,
	    sizeof(*a->addrs)))
		a->addrs[a->n_addrs++] = *addr;
	app_dirty(a, DIRT_CONF | DIRT_LINKS | DIRT_LAN |
	    (gone ? DIRT_ROUTES : outer ? DIRT_TRY : 0) | DIRT_MTU);
}

static void
on_route(void *ctx, const struct os_route *r, bool gone)
{
	struct app *a = ctx;

	switch (fib_seen(a->fib, r, gone)) {
	case FIB_SEEN_SAME:
		break;
	case FIB_SEEN_NEWS:
		app_dirty(a, DIRT_FIB | (r->ours || a->dumping ? 0 :
		    DIRT_MTU | DIRT_TRY));
		break;
	case FIB_SEEN_UNSURE:
		/* what is shown is all that there is */
		app_dirty(a, a->dumping ? DIRT_FIB : DIRT_ROUTES);
		break;
	}
}

static void
on_guards(void *ctx)
{
	app_dirty(ctx, DIRT_GUARDS);
}

static void
on_rules(void *ctx)
{
	app_dirty(ctx, DIRT_BYPASS | DIRT_MTU);
}

/* Once for a number of them. */
static void
on_knobs(void *ctx)
{
	app_again(ctx, DIRT_KNOBS, KNOBS_NS);
}

static void
on_lost(void *ctx)
{
	log_debug(SUBSYS_KERNEL, 0, "events were lost, looking again");
	app_dirty(ctx, DIRT_LOST);
}

const struct os_events kernel_events = {
	.link = on_link, .addr = on_addr, .route = on_route,
	.guards = on_guards, .rules = on_rules, .knobs = on_knobs,
	.lost = on_lost
};

void
kernel_routes_again(struct app *a)
{
	fib_seen_clear(a->fib);
	a->dumping = true;
	if (os_dump(a->os, OS_ROUTES) == -1) {
		log_warn("cannot read the routes");
		app_again(a, DIRT_ROUTES, RETRY_NS);
	}
	a->dumping = false;
	app_dirty(a, DIRT_FIB);
}

/* When it cannot be done what was known stays: without it every interface
 * would look removed. */
void
kernel_resync(struct app *a)
{
	struct os_link *links;
	struct os_addr *addrs;
	size_t n_links, n_addrs, cap_links, cap_addrs;
	int i;

	/* what still waits is older than what is dumped now, and after an
	 * overflow the kernel adds nothing to it until it is read */
	for (i = 0; i < STALE_READS && os_read(a->os); i++)
		;
	a->dirt &= ~(unsigned)DIRT_LOST;
	links = a->links;
	addrs = a->addrs;
	n_links = a->n_links;
	n_addrs = a->n_addrs;
	cap_links = a->cap_links;
	cap_addrs = a->cap_addrs;
	a->links = NULL;
	a->addrs = NULL;
	a->n_links = a->n_addrs = a->cap_links = a->cap_addrs = 0;
	if (os_dump(a->os, OS_LINKS | OS_ADDRS) == -1) {
		log_warn("cannot read links and addresses");
		app_again(a, DIRT_LOST, RETRY_NS);
		free(a->links);
		free(a->addrs);
		a->links = links;
		a->addrs = addrs;
		a->n_links = n_links;
		a->n_addrs = n_addrs;
		a->cap_links = cap_links;
		a->cap_addrs = cap_addrs;
		return;
	}
	free(links);
	free(addrs);
	app_dirty(a, DIRT_CONF | DIRT_LINKS | DIRT_LAN | DIRT_ROUTES |
	    DIRT_GUARDS | DIRT_BYPASS | DIRT_MTU);
}

bool
kernel_outer_ok(const struct app *a, const struct app_tunnel *t,
    const struct addr *addr)
{
	const struct conf_net *g = a->conf->global.guards;
	size_t i;

	if (addr_eq(addr, &t->ct->peer))
		return (true);
	for (i = 0; i < a->conf->global.n_guards; i++)
		if (g[i].prefix.len > 0 && prefix_has(&g[i].prefix, addr))
			return (false);
	return (true);
}

/* fib.c is told which links are tunnels, and which addresses are outer. */
void
kernel_outers(struct app *a)
{
	struct app_tunnel *t;
	struct addr *outer;
	uint32_t *links;
	size_t i, n = 0, k = 0;

	outer = reallocarray(NULL, 2 * a->n_tunnels + 1, sizeof(*outer));
	links = reallocarray(NULL, a->n_tunnels + 1, sizeof(*links));
	for (i = 0; outer != NULL && links != NULL && i < a->n_tunnels; i++) {
		t = a->tunnels[i];
		if (t->index != 0)
			links[k++] = t->index;
		outer[n++] = t->ct->peer;
		/* another configuration may have come since it was told */
		if (t->ike.child_up && kernel_outer_ok(a, t, &t->ike.remote))
			outer[n++] = t->ike.remote;
	}
	if (outer == NULL || links == NULL ||
	    fib_links_set(a->fib, links, k) == -1)
		app_again(a, DIRT_LINKS, RETRY_NS);
	else if (fib_outers_set(a->fib, outer, n) != 0)
		app_dirty(a, DIRT_ROUTES);
	free(outer);
	free(links);
	app_dirty(a, DIRT_BYPASS);
}

void
kernel_rp_filter(struct app *a, struct app_tunnel *t)
{
	int value;

	if (os_knob_get(a->os, OS_RPFILTER, t->ct->ifname, &value) == -1)
		return;
	if (value != 1) {	/* only the strict check refuses detours */
		t->strict = false;
		return;
	}
	if (a->conf->global.sysctl &&
	    os_knob_set(a->os, OS_RPFILTER, t->ct->ifname, 2) == 0) {
		t->strict = false;
		t->rp_was = value;
		log_notice("%s: strict reverse path check made loose",
		    t->ct->ifname);
		return;
	}
	/* not to be set, or not by us: /proc/sys may be read-only */
	if (t->strict)
		return;
	t->strict = true;
	events_main(SUBSYS_KERNEL, t->tid, t->ct->name, "rp_filter",
	    "%s: strict reverse path check drops what comes by a detour; set "
	    "it to 2", t->ct->ifname);
}

void
kernel_forward(struct app *a)
{
	bool was_off = a->forward_off;
	int value;

	a->forward_off = false;
	if (a->conf == NULL || a->conf->n_tunnels == 0 ||
	    os_knob_get(a->os, OS_FORWARD4, NULL, &value) == -1 || value != 0)
		return;
	a->forward_off = true;
	if (!a->conf->global.sysctl) {
		if (!was_off)
			events_main(SUBSYS_KERNEL, 0, "forwarding", "off",
			    "IPv4 forwarding is off: this site carries "
			    "nothing");
		return;
	}
	if (os_knob_set(a->os, OS_FORWARD4, NULL, 1) == -1) {
		if (!was_off)
			log_warn("cannot switch IPv4 forwarding on");
		return;
	}
	a->forward_off = false;
	if (!a->state.forward_set) {
		a->state.forward_set = true;
		a->state.forward_was = false;
		(void)app_keep(a);
	}
	events_main(SUBSYS_KERNEL, 0, "forwarding", "on",
	    "IPv4 forwarding was off; restored at exit");
}

void
kernel_knobs(struct app *a)
{
	bool was_off = a->forward_off;
	size_t i;

	if (a->conf == NULL)
		return;
	kernel_forward(a);
	if (was_off != a->forward_off)
		apply_ospf_global(a);
	for (i = 0; i < a->n_tunnels; i++)
		if (a->tunnels[i]->index != 0)
			kernel_rp_filter(a, a->tunnels[i]);
}

/* Others' source NAT must not reach into tunnels; without any, nothing of ours
 * stands there. */
void
kernel_nat(struct app *a)
{
	struct nat_seen seen;
	bool want;

	if (a->nat == NULL || a->conf == NULL)
		return;
	if (nat_look(a->nat, &seen) == -1) {
		log_debug(SUBSYS_KERNEL, 0, "packet filter: %s",
		    strerror(errno));
		app_again(a, DIRT_NAT, NAT_NS);
		return;
	}
	want = seen.others && a->conf->global.nat_exemption &&
	    a->conf->n_tunnels > 0;
	if (want != seen.exempt && nat_exempt(a->nat, want) == -1) {
		log_warn("source NAT (%s) is not kept away from tunnels",
		    seen.where);
		app_again(a, DIRT_NAT, NAT_NS);
		return;
	}
	if (want != a->nat_kept)
		events_main(SUBSYS_KERNEL, 0, "nat", want ? "exempt" :
		    "not exempt", want ? "%s: it translates sources, and is "
		    "kept away from tunnels" : "%snothing is kept away from "
		    "tunnels any more", want ? seen.where : "");
	a->nat_kept = want;
	/* the iptables of old say nothing when they get a table */
	if (!seen.others)
		app_again(a, DIRT_NAT, NAT_NS);
}

/* The new device of a tunnel: what hangs on its index follows. */
static void
opened(struct app *a, struct app_tunnel *t)
{
	if (t->ospf_fd != -1)
		(void)close(t->ospf_fd);
	t->ospf_fd = -1;
	t->rp_was = -1;
	t->strict = false;
	kernel_rp_filter(a, t);
	kernel_outers(a);
	app_dirty(a, DIRT_ROUTES);
}

static void
open_failed(struct app *a, struct app_tunnel *t, int error, struct mono now)
{
	if (t->open_error != error)
		log_warnx("%s: interface %s: %s", t->ct->name, t->ct->ifname,
		    strerror(error));
	t->open_error = error;
	t->retry = mono_add(now, error == EBUSY ? BUSY_NS : RETRY_NS);
	app_again(a, DIRT_LINKS, error == EBUSY ? BUSY_NS : RETRY_NS);
}

static void
open_tunnel(struct app *a, struct app_tunnel *t, struct mono now)
{
	bool again = t->index != 0;

	if (again)
		t->index_was = t->index;
	if (!mono_due(t->retry, now)) {
		/* whoever looked now has used up the timer of this one */
		app_again(a, DIRT_LINKS, mono_sub(t->retry, now));
		return;
	}
	t->index = 0;
	if (apply_dp(a, t, true) == -1) {
		open_failed(a, t, errno, now);
		apply_state(a, t, now);
		return;
	}
	/* routes follow: OSPF sends again only what it changes */
	if (t->index_was != 0 && t->index_was != t->index)
		fib_link_moved(a->fib, t->index_was, t->index);
	t->index_was = t->index;
	if (again)
		events_main(SUBSYS_KERNEL, t->tid, t->ct->name, "recreated",
		    "interface %s was removed by somebody", t->ct->ifname);
	t->open_error = 0;
	t->taken = false;
	opened(a, t);
	if (t->sa_lost)
		apply_kick(t->tid, KICK_RESTART);
	apply_state(a, t, now);
}

/* OSPF's socket needs the device up, and one is enough for its life. */
static void
ospf_socket(struct app *a, struct app_tunnel *t)
{
	const struct os_link *l = kernel_link(a, t->index);

	if (t->ct->ospf_off && t->ospf_fd != -1) {
		(void)close(t->ospf_fd);
		t->ospf_fd = -1;
	}
	if (t->index == 0 || t->ospf_fd != -1 || l == NULL || !l->up ||
	    t->ct->ospf_off)
		return;
	t->ospf_fd = sock_ospf(t->ct->ifname, t->index);
	if (t->ospf_fd == -1) {
		log_warn("%s: OSPF socket", t->ct->ifname);
		app_again(a, DIRT_LINKS, RETRY_NS);
		return;
	}
	apply_ospf_iface(a, t, true);
}

/* One action; 0, 1 when it waits, or -1 with errno when it failed. */
static int
act(struct app *a, const struct tunnel_act *v, struct mono now)
{
	struct app_tunnel *t = app_tunnel(a, v->tid);

	log_debug(SUBSYS_KERNEL, v->tid, "%s: %s", v->ifname,
	    tunnel_act_names[v->kind]);
	switch (v->kind) {
	case TUNNEL_OPEN:
		open_tunnel(a, t, now);
		return (t->index != 0 ? 0 : 1);
	case TUNNEL_SET:
		return (os_link_set(a->os, v->index, &v->set));
	case TUNNEL_ADDR_DEL:
		return (os_addr_del(a->os, &v->addr));
	case TUNNEL_ADDR_ADD:
		return (os_addr_add(a->os, &v->addr));
	case TUNNEL_SWEEP:
		log_notice("%s: removed, it is no longer configured", v->ifname);
		return (os_link_del(a->os, v->index, v->ifname));
	case TUNNEL_TAKEN:
		if (!t->taken)
			events_main(SUBSYS_KERNEL, t->tid, t->ct->name,
			    "taken", "interface %s is somebody else's",
			    v->ifname);
		t->taken = true;
		return (1);
	case TUNNEL_ACT_N:
		break;
	}
	return (0);
}

/* What the tunnels want; NULL when there is no memory. */
static struct tunnel_want *
wants(const struct app *a, size_t *n)
{
	struct tunnel_want *v, *w;
	const struct app_tunnel *t;
	size_t i;

	*n = 0;
	if ((v = calloc(a->n_tunnels + 1, sizeof(*v))) == NULL)
		return (NULL);
	for (i = 0; i < a->n_tunnels; i++) {
		t = a->tunnels[i];
		if (t->ct->disabled)
			continue;
		w = &v[(*n)++];
		w->tid = t->tid;
		(void)snprintf(w->name, sizeof(w->name), "%s", t->ct->name);
		(void)snprintf(w->ifname, sizeof(w->ifname), "%s",
		    t->ct->ifname);
		w->mtu = t->mtu;
		w->inner_local = t->ct->inner_local;
		w->inner_peer = t->ct->inner_peer;
		w->inner_len = t->ct->inner_len;
		w->index = t->index;
	}
	return (v);
}

/* One round; how many actions there were that may lead to others. */
static size_t
links_round(struct app *a, struct tunnel_act *acts, struct mono now)
{
	struct tunnel_want *w;
	size_t i, n, n_want, done = 0;
	int rv;

	if ((w = wants(a, &n_want)) == NULL)
		return (0);
	n = tunnel_plan(w, n_want, a->links, a->n_links, a->addrs, a->n_addrs,
	    acts, ACTS_MAX);
	free(w);
	for (i = 0; i < n; i++) {
		rv = act(a, &acts[i], now);
		if (rv == -1) {
			log_warn("%s: %s", acts[i].ifname,
			    tunnel_act_names[acts[i].kind]);
			app_again(a, DIRT_LINKS, RETRY_NS);
		}
		done += rv == 0;
	}
	/* the kernel has queued the events of what was done; a plan made before
	 * all of them were seen would do it again */
	for (i = 0; i < READS_MAX && os_read(a->os); i++)
		;
	if ((a->dirt & DIRT_LOST) != 0) {
		a->dirt &= ~(unsigned)DIRT_LOST;
		kernel_resync(a);
	}
	return (done);
}

void
kernel_links(struct app *a, struct mono now)
{
	struct tunnel_act *acts;
	size_t i;
	int round;

	if (a->conf == NULL)
		return;
	if ((acts = calloc(ACTS_MAX, sizeof(*acts))) == NULL) {
		app_again(a, DIRT_LINKS, RETRY_NS);
		return;
	}
	/* an action that failed may do so for news that the round itself read */
	for (round = 0; round < ROUNDS_MAX; round++) {
		a->dirt &= ~(unsigned)DIRT_LINKS;
		if (links_round(a, acts, now) == 0 &&
		    (a->dirt & DIRT_LINKS) == 0)
			break;
	}
	free(acts);
	a->dirt &= ~(unsigned)DIRT_LINKS;
	if (round == ROUNDS_MAX)
		app_again(a, DIRT_LINKS, BUSY_NS);
	for (i = 0; i < a->n_tunnels; i++)
		ospf_socket(a, a->tunnels[i]);
}

static void
tell_refused(const struct os_change *v)
{
	char p[PREFIX_TEXT_MAX];

	log_warnx("route %s metric %u: %s: %s",
	    prefix_text(&v->route.prefix, p), v->route.metric,
	    v->del ? "not removed" : "not installed", strerror(v->error));
}

void
kernel_fib(struct app *a, struct mono now)
{
	struct os_change *v;
	size_t i, n;

	n = fib_plan(a->fib, now, &v);
	if (n == 0)
		return;
	/* a way to a peer that is kept clear of our own routes */
	for (i = 0; i < n; i++)
		if (v[i].route.metric == FIB_METRIC_PIN)
			app_dirty(a, DIRT_MTU);
	if (os_routes(a->os, v, n) > 0) {
		for (i = 0; i < n; i++)
			if (v[i].error != 0 && v[i].error != v[i].before)
				tell_refused(&v[i]);
		app_again(a, DIRT_ROUTES, RETRY_NS);
	}
	fib_done(a->fib, v, n);
}

/* Put back what was switched; nothing of this life is left. */
static void
restore(struct os *os, const char *statedir, struct state *s)
{
	if (s->forward_set && os_knob_set(os, OS_FORWARD4, NULL,
	    s->forward_was) == -1)
		log_warn("cannot restore IPv4 forwarding");
	s->forward_set = s->running = false;
	if (state_write(statedir, s) == -1)
		log_warn("%s", statedir);
}

void
kernel_guards(struct app *a)
{
	const struct conf_net *g;
	struct prefix *v;
	size_t i, n = 0;

	if (a->conf == NULL)
		return;
	g = a->conf->global.guards;
	v = calloc(a->conf->global.n_guards + 1, sizeof(*v));
	if (v == NULL) {
		app_again(a, DIRT_GUARDS, RETRY_NS);
		return;
	}
	/* one of everything would stand before every default route, that of the
	 * tunnels' own packets too */
	for (i = 0; i < a->conf->global.n_guards; i++)
		if (g[i].prefix.len > 0)
			v[n++] = g[i].prefix;
	if (os_guards(a->os, v, n) == 0)
		a->guards_error = 0;
	else {
		/* a kernel without policy routing has the first line only */
		if (errno != EOPNOTSUPP)
			app_again(a, DIRT_GUARDS, RETRY_NS);
		if (errno != a->guards_error)
			log_warn("guards beside the main table");
		a->guards_error = errno;
	}
	free(v);
}

void
kernel_bypass(struct app *a)
{
	const struct app_tunnel *t;
	struct os_outer *v;
	size_t i, n = 0;

	if (a->conf == NULL)
		return;
	v = calloc(a->n_tunnels + 1, sizeof(*v));
	if (v == NULL) {
		app_again(a, DIRT_BYPASS, RETRY_NS);
		return;
	}
	for (i = 0; i < a->n_tunnels; i++) {
		t = a->tunnels[i];
		v[n] = apply_outer(t);
		/* another configuration may have come since it was told */
		if (!kernel_outer_ok(a, t, &v[n].peer))
			v[n] = (struct os_outer){ .local = t->ct->local,
			    .peer = t->ct->peer };
		if (v[n].local.family != ADDR_NONE &&
		    v[n].peer.family != ADDR_NONE)
			n++;
	}
	/* without policy routing there is nothing to pass by */
	if (os_bypass(a->os, v, n) == 0 || errno == EOPNOTSUPP)
		a->bypass_error = 0;
	else {
		app_again(a, DIRT_BYPASS, RETRY_NS);
		if (errno != a->bypass_error)
			log_warn("the rules for the tunnels' own packets");
		a->bypass_error = errno;
	}
	free(v);
}

void
kernel_leave(struct app *a)
{
	struct app_tunnel *t;
	size_t i;

	if (a->os == NULL)
		return;
	/* what OSPF found is no way any more: let the guards answer; those of
	 * the life before, when this one has waited only */
	if (a->conf != NULL) {
		fib_ospf_stale(a->fib);
		fib_ospf_sweep(a->fib);
		kernel_fib(a, mono_now());
	}
	for (i = 0; i < a->n_tunnels; i++) {
		t = a->tunnels[i];
		if (t->rp_was != -1 && t->index != 0)
			(void)os_knob_set(a->os, OS_RPFILTER, t->ct->ifname,
			    t->rp_was);
	}
	restore(a->os, a->opt->statedir, &a->state);
}
