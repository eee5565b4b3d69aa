/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See fib.h.  Wanted and seen routes are sorted arrays by
 * prefix, metric and owner; the longest match of an address is one binary
 * search per prefix length.
 *
 * What changed since the last plan is noted by prefix, and only that is planned
 * again.  Whatever may reach further (an outer address, a link, all routes of a
 * kind) has everything looked at.
 */
#include <stdlib.h>
#include <string.h>

#include "greipsecd/fib_set.h"

const char *const fib_kind_names[FIB_KIND_N] = { "guard", "pinned", "ospf" };
const char *const fib_why_names[FIB_WHY_N] = {
	"fine", "would carry a tunnel's own packets",
	"another's route has this place", "refused by the kernel",
	"decoupled by the operator", "this network is connected here"
};

#define DIRTY_MAX	1024	/* from there on everything is cheaper */

struct fib {
	struct fib_set		 want;		/* guards and ospf */
	struct fib_set		 pins;		/* made by the plan */
	struct fib_set		 seen;
	struct addr		*outers;	/* sorted, unique */
	size_t			 n_outers;
	bool			 guarded[256];	/* IPv4, by first octet: a guard
						   has some of it */
	uint32_t		*links;
	size_t			 n_links;
	bool			 synced;
	bool			 decoupled;
	bool			 whole;		/* plan everything */
	struct prefix		*dirty;		/* or these */
	size_t			 n_dirty;
	int			 unremoved;	/* errno of the last removal */
	struct os_change	*changes;
	size_t			 n_changes, cap_changes;
};

struct fib *
fib_new(void)
{
	struct fib *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return (NULL);
	f->whole = true;
	f->dirty = calloc(DIRTY_MAX, sizeof(*f->dirty));
	if (f->dirty == NULL) {
		free(f);
		return (NULL);
	}
	return (f);
}

void
fib_free(struct fib *f)
{
	if (f == NULL)
		return;
	fib_set_free(&f->want);
	fib_set_free(&f->pins);
	fib_set_free(&f->seen);
	free(f->outers);
	free(f->links);
	free(f->dirty);
	free(f->changes);
	free(f);
}

static bool
covers_outer(const struct fib *f, const struct prefix *p)
{
	size_t lo = 0, hi = f->n_outers, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (addr_cmp(&f->outers[mid], &p->addr) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo < f->n_outers && prefix_has(p, &f->outers[lo]));
}

static void
mark_guarded(struct fib *f, const struct prefix *p)
{
	unsigned int o = p->addr.b[0], n = p->len >= 8 ? 1 : 256U >> p->len;

	if (p->addr.family == ADDR_V4 && p->len > 0)
		memset(f->guarded + o, true, n);
}

/* Whether p is a guard's prefix, or inside it. */
static bool
in_guard(const struct fib *f, const struct prefix *p)
{
	struct prefix g;
	uint8_t len;

	if (p->addr.family != ADDR_V4 || !f->guarded[p->addr.b[0]])
		return (false);
	for (len = p->len; len > 0; len--) {
		g = prefix_make(&p->addr, len);
		if (fib_set_find(&f->want, &g, FIB_METRIC_GUARD, true) != NULL)
			return (true);
	}
	return (false);
}

/* Something about the routes to p is not as it was. */
static void
touch(struct fib *f, const struct prefix *p)
{
	if (f->whole)
		return;
	if (f->n_dirty == DIRTY_MAX || covers_outer(f, p))
		f->whole = true;
	else
		f->dirty[f->n_dirty++] = *p;
}

static bool
same_way(const struct os_route *a, const struct os_route *b)
{
	uint16_t i;

	if (a->kind != b->kind || a->n_nexthops != b->n_nexthops ||
	    !addr_eq(&a->src, &b->src))
		return (false);
	for (i = 0; i < a->n_nexthops; i++)
		if (a->nexthops[i].index != b->nexthops[i].index ||
		    !addr_eq(&a->nexthops[i].gateway, &b->nexthops[i].gateway))
			return (false);
	return (true);
}

/* Put a wanted route; since stays when the way is the same. */
static int
want_put(struct fib_set *s, const struct fib_row *row)
{
	struct fib_row *r = fib_set_place(s, row);

	if (r == NULL)
		return (-1);
	if (!same_way(&r->route, &row->route)) {
		r->route = row->route;
		r->since = row->since;
		r->error = 0;
	}
	r->stale = row->stale;
	r->outer = row->outer;
	return (0);
}

static bool
is_stale(const struct fib_row *r)
{
	return (r->stale);
}

static void
mark_stale(struct fib *f, enum fib_kind kind)
{
	size_t i;

	for (i = 0; i < f->want.n; i++)
		if (f->want.v[i]->kind == kind)
			f->want.v[i]->stale = true;
}

static bool
stale_guard(const struct fib_row *r)
{
	return (r->kind == FIB_GUARD && r->stale);
}

int
fib_guards_set(struct fib *f, const struct prefix *v, size_t n,
    struct mono now)
{
	struct fib_row row;
	size_t i;
	int fresh = 0;

	f->whole = true;
	mark_stale(f, FIB_GUARD);
	for (i = 0; i < n; i++) {
		if (fib_set_find(&f->want, &v[i], FIB_METRIC_GUARD, true) ==
		    NULL)
			fresh = 1;
		mark_guarded(f, &v[i]);
		memset(&row, 0, sizeof(row));
		row.kind = FIB_GUARD;
		row.since = now;
		row.route.prefix = v[i];
		row.route.metric = FIB_METRIC_GUARD;
		row.route.kind = OS_ROUTE_UNREACHABLE;
		row.route.ours = true;
		if (want_put(&f->want, &row) == -1)
			return (-1);	/* the old ones are still there */
	}
	fib_set_filter(&f->want, stale_guard);
	memset(f->guarded, 0, sizeof(f->guarded));
	for (i = 0; i < n; i++)
		mark_guarded(f, &v[i]);
	return (fresh);
}

int
fib_ospf_set(struct fib *f, const struct os_route *route, struct mono now)
{
	const struct fib_row *w;
	struct fib_row row;

	memset(&row, 0, sizeof(row));
	row.kind = FIB_OSPF;
	row.since = now;
	row.route = *route;
	row.route.metric = FIB_METRIC_OSPF;
	row.route.kind = OS_ROUTE_VIA;
	row.route.ours = true;
	w = fib_set_find(&f->want, &route->prefix, FIB_METRIC_OSPF, true);
	if (w != NULL && !w->stale && same_way(&w->route, &row.route))
		return (0);	/* its cost alone is another, or nothing */
	touch(f, &route->prefix);
	return (want_put(&f->want, &row));
}

void
fib_ospf_del(struct fib *f, const struct prefix *p)
{
	touch(f, p);
	fib_set_remove(&f->want, p, FIB_METRIC_OSPF, true);
}

void
fib_ospf_stale(struct fib *f)
{
	mark_stale(f, FIB_OSPF);
}

void
fib_ospf_sweep(struct fib *f)
{
	f->synced = f->whole = true;
	fib_set_filter(&f->want, is_stale);
}

bool
fib_ospf_left(const struct fib *f)
{
	size_t i;

	for (i = 0; i < f->want.n; i++)
		if (f->want.v[i]->kind == FIB_OSPF && f->want.v[i]->stale)
			return (true);
	return (false);
}

void
fib_couple(struct fib *f, bool on)
{
	f->decoupled = !on;
	f->whole = true;
}

bool
fib_coupled(const struct fib *f)
{
	return (!f->decoupled);
}

int
fib_links_set(struct fib *f, const uint32_t *index, size_t n)
{
	uint32_t *v = NULL;

	if (n > 0) {
		if ((v = reallocarray(NULL, n, sizeof(*v))) == NULL)
			return (-1);
		memcpy(v, index, n * sizeof(*v));
	}
	free(f->links);
	f->links = v;
	f->n_links = n;
	f->whole = true;
	return (0);
}

void
fib_link_moved(struct fib *f, uint32_t from, uint32_t to)
{
	struct os_route *r;
	uint16_t k;
	size_t i;

	f->whole = true;
	for (i = 0; i < f->want.n; i++) {
		r = &f->want.v[i]->route;
		for (k = 0; k < r->n_nexthops; k++)
			if (r->nexthops[k].index == from)
				r->nexthops[k].index = to;
	}
}

static int
outer_cmp(const void *a, const void *b)
{
	return (addr_cmp(a, b));
}

int
fib_outers_set(struct fib *f, const struct addr *in, size_t n)
{
	struct addr *v;
	size_t i, k = 0;
	int fresh = 0;

	if ((v = reallocarray(NULL, n + 1, sizeof(*v))) == NULL)
		return (-1);
	for (i = 0; i < n; i++)
		if (in[i].family != ADDR_NONE && !addr_is_any(&in[i]))
			v[k++] = in[i];
	qsort(v, k, sizeof(*v), outer_cmp);
	n = k;
	for (i = k = 0; i < n; i++)
		if (i == 0 || !addr_eq(&v[i], &v[k - 1]))
			v[k++] = v[i];
	for (i = 0; i < k && !fresh; i++)
		fresh = f->n_outers == 0 || bsearch(&v[i], f->outers,
		    f->n_outers, sizeof(*v), outer_cmp) == NULL;
	free(f->outers);
	f->outers = v;
	f->n_outers = k;
	f->whole = true;
	return (fresh);
}

void
fib_seen_clear(struct fib *f)
{
	fib_set_clear(&f->seen);
	f->whole = true;
}

/* A connected subnet that OSPF's route would be taken before: our address is
 * inside, as that is not so of a way of last resort over another's tunnel. */
static bool
yields(const struct os_route *r)
{
	return (!r->ours && r->metric > FIB_METRIC_OSPF && r->prefix.len > 0 &&
	    r->kind == OS_ROUTE_VIA && r->n_nexthops == 1 &&
	    r->nexthops[0].gateway.family == ADDR_NONE &&
	    prefix_has(&r->prefix, &r->src));
}

/* Whether a route of others can matter to what is decided here. */
static bool
matters(const struct fib *f, const struct os_route *r)
{
	return (r->ours || r->metric == FIB_METRIC_OSPF ||
	    r->metric == FIB_METRIC_PIN || r->metric == FIB_METRIC_GUARD ||
	    yields(r) || covers_outer(f, &r->prefix) ||
	    in_guard(f, &r->prefix));
}

/* One of ours that a run before this one left: as if OSPF had sent it. */
static void
adopt(struct fib *f, const struct fib_row *row)
{
	struct fib_row r = *row;

	if (f->synced || row->route.metric != FIB_METRIC_OSPF ||
	    row->route.kind != OS_ROUTE_VIA ||
	    fib_set_find(&f->want, &r.route.prefix, FIB_METRIC_OSPF, true) != NULL)
		return;
	r.kind = FIB_OSPF;
	r.stale = true;
	(void)want_put(&f->want, &r);
}

static enum fib_seen
seen_new(struct fib *f, const struct os_route *route)
{
	struct fib_row row, *r;

	memset(&row, 0, sizeof(row));
	row.route = *route;
	r = fib_set_find(&f->seen, &route->prefix, route->metric, route->ours);
	if (r != NULL && same_way(&r->route, route))
		return (FIB_SEEN_SAME);
	touch(f, &route->prefix);
	if (r != NULL)
		r->route = *route;
	else
		(void)fib_set_place(&f->seen, &row);
	if (route->ours)
		adopt(f, &row);
	/* in place of ours: beside it, or instead of it */
	else if (fib_set_find(&f->seen, &route->prefix, route->metric, true) !=
	    NULL)
		return (FIB_SEEN_UNSURE);
	return (FIB_SEEN_NEWS);
}

enum fib_seen
fib_seen(struct fib *f, const struct os_route *route, bool gone)
{
	struct fib_row *r;

	/* in place of one that did: beside it, or instead of it */
	if (!matters(f, route))
		return (!gone && fib_set_find(&f->seen, &route->prefix,
		    route->metric, false) != NULL ? FIB_SEEN_UNSURE :
		    FIB_SEEN_SAME);
	if (!gone)
		return (seen_new(f, route));
	r = fib_set_find(&f->seen, &route->prefix, route->metric, route->ours);
	if (r == NULL)
		return (FIB_SEEN_SAME);
	/* two routes can share a place; which is left is not known */
	if (!route->ours && !same_way(&r->route, route))
		return (FIB_SEEN_UNSURE);
	touch(f, &route->prefix);
	fib_set_remove(&f->seen, &route->prefix, route->metric, route->ours);
	if (route->ours && route->metric == FIB_METRIC_OSPF) {
		r = fib_set_find(&f->want, &route->prefix, FIB_METRIC_OSPF, true);
		if (r != NULL && r->stale)
			fib_ospf_del(f, &route->prefix);
	}
	return (FIB_SEEN_NEWS);
}

static bool
is_link_of_ours(const struct fib *f, uint32_t index)
{
	size_t i;

	for (i = 0; i < f->n_links; i++)
		if (f->links[i] == index)
			return (true);
	return (false);
}

/* A route of others that leads out by no tunnel of ours. */
static bool
is_underlay(const struct fib *f, const struct fib_row *r)
{
	uint16_t i;

	if (r->route.ours || r->route.kind != OS_ROUTE_VIA)
		return (false);
	for (i = 0; i < r->route.n_nexthops; i++)
		if (is_link_of_ours(f, r->route.nexthops[i].index))
			return (false);
	return (true);
}

/* The way to a that the kernel has without ours. */
static const struct fib_row *
underlay(const struct fib *f, const struct addr *a)
{
	struct prefix p;
	size_t i;
	int len;

	for (len = addr_bits(a); len >= 0; len--) {
		p = prefix_make(a, (uint8_t)len);
		for (i = fib_set_first(&f->seen, &p); i < f->seen.n &&
		    prefix_eq(&f->seen.v[i]->route.prefix, &p); i++)
			if (is_underlay(f, f->seen.v[i]))
				return (f->seen.v[i]);
	}
	return (NULL);
}

/* Whether the kernel would take ours before the other one. */
static bool
beats(const struct fib_row *ours, const struct fib_row *other)
{
	if (other == NULL)
		return (true);
	if (ours->route.prefix.len != other->route.prefix.len)
		return (ours->route.prefix.len > other->route.prefix.len);
	return (ours->route.metric < other->route.metric);
}

/* Refuse what OSPF sent that would attract a. */
static void
refuse(struct fib *f, const struct addr *a)
{
	struct fib_row *r;
	struct prefix p;
	int len;

	for (len = addr_bits(a); len >= 0; len--) {
		p = prefix_make(a, (uint8_t)len);
		r = fib_set_find(&f->want, &p, FIB_METRIC_OSPF, true);
		if (r != NULL && r->kind == FIB_OSPF) {
			r->why = FIB_RECURSIVE;
			r->outer = *a;
		}
	}
}

static void
protect(struct fib *f, const struct addr *a, struct mono now)
{
	const struct fib_row *way = underlay(f, a);
	const struct fib_row *ours = fib_set_match(&f->want, a);
	struct fib_row row;

	if (ours == NULL || !beats(ours, way))
		return;
	if (way == NULL) {
		refuse(f, a);
		return;
	}
	memset(&row, 0, sizeof(row));
	row.kind = FIB_PIN;
	row.since = now;
	row.outer = *a;
	row.route = way->route;
	row.route.prefix = prefix_make(a, addr_bits(a));
	row.route.metric = FIB_METRIC_PIN;
	row.route.ours = true;
	if (want_put(&f->pins, &row) == -1)
		refuse(f, a);
}

static int
change(struct fib *f, const struct os_route *r, bool del, int before)
{
	struct os_change *v;
	size_t cap;

	if (f->n_changes == f->cap_changes) {
		cap = f->cap_changes == 0 ? 64 : f->cap_changes * 2;
		v = reallocarray(f->changes, cap, sizeof(*v));
		if (v == NULL)
			return (-1);
		f->changes = v;
		f->cap_changes = cap;
	}
	v = &f->changes[f->n_changes++];
	memset(v, 0, sizeof(*v));
	v->del = del;
	v->before = before;
	v->route = *r;
	return (0);
}

/* Whether p is a subnet of a link of this host that is no tunnel of ours. */
static bool
connected(const struct fib *f, const struct prefix *p)
{
	size_t i;

	for (i = fib_set_first(&f->seen, p); i < f->seen.n &&
	    prefix_eq(&f->seen.v[i]->route.prefix, p); i++)
		if (yields(&f->seen.v[i]->route) &&
		    is_underlay(f, f->seen.v[i]))
			return (true);
	return (false);
}

/* A route of others that is taken before the guard it is inside; not the way to a
 * peer, nor what is told by FIB_CONNECTED. */
static bool
stands_before(const struct fib *f, const struct fib_row *r)
{
	const struct prefix *p = &r->route.prefix;
	const struct fib_row *ospf;

	if (!is_underlay(f, r) || !in_guard(f, p) ||
	    (p->len == 32 && (covers_outer(f, p) ||
	    r->route.nexthops[0].gateway.family == ADDR_NONE)))
		return (false);
	ospf = fib_set_find(&f->want, p, FIB_METRIC_OSPF, true);
	return (ospf == NULL || (ospf->why != FIB_CONNECTED &&
	    r->route.metric < FIB_METRIC_OSPF));
}

bool
fib_foreign(const struct fib *f, size_t *at, struct os_route *out)
{
	const struct fib_row *r;

	while (*at < f->seen.n) {
		r = f->seen.v[(*at)++];
		if (stands_before(f, r)) {
			*out = r->route;
			return (true);
		}
	}
	return (false);
}

/* Kept out of the kernel by a decision of ours. */
static bool
held(const struct fib_row *w)
{
	return (w->why == FIB_RECURSIVE || w->why == FIB_DECOUPLED ||
	    w->why == FIB_CONNECTED);
}

/* Compare one wanted route with what is there. */
static void
plan_row(struct fib *f, struct fib_row *w)
{
	const struct fib_row *have;

	have = fib_set_find(&f->seen, &w->route.prefix, w->route.metric, true);
	if (w->kind == FIB_OSPF && !held(w) && connected(f, &w->route.prefix))
		w->why = FIB_CONNECTED;
	if (held(w)) {
		w->installed = have != NULL;
		return;
	}
	w->installed = have != NULL && same_way(&have->route, &w->route);
	w->why = w->error != 0 ? FIB_KERNEL : FIB_FINE;
	if (w->installed) {
		w->why = FIB_FINE;
		w->error = 0;
		return;
	}
	if (fib_set_find(&f->seen, &w->route.prefix, w->route.metric, false) !=
	    NULL) {
		w->why = FIB_OCCUPIED;
		return;
	}
	(void)change(f, &w->route, false, w->error);
}

static void
plan_kind(struct fib *f, struct fib_set *s, enum fib_kind kind)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i]->kind == kind)
			plan_row(f, s->v[i]);
}

static bool
wanted(const struct fib *f, const struct fib_row *have)
{
	const struct fib_row *w;

	if (fib_set_find(&f->pins, &have->route.prefix, have->route.metric,
	    true) != NULL)
		return (true);
	w = fib_set_find(&f->want, &have->route.prefix, have->route.metric, true);
	return (w != NULL && !held(w));
}

/* What is there of ours and not wanted; a pin goes last, after the routes
 * against which it stands. */
static void
plan_removal(struct fib *f, const struct fib_row *have, bool pin)
{
	if (have->route.ours && !wanted(f, have) &&
	    (have->route.metric == FIB_METRIC_PIN) == pin)
		(void)change(f, &have->route, true, f->unremoved);
}

static void
plan_removals(struct fib *f)
{
	size_t i;
	int pins;

	for (pins = 0; pins < 2; pins++)
		for (i = 0; i < f->seen.n; i++)
			plan_removal(f, f->seen.v[i], pins != 0);
}

static void
plan_whole(struct fib *f, struct mono now)
{
	size_t i;

	for (i = 0; i < f->want.n; i++)
		if (held(f->want.v[i]))
			f->want.v[i]->why = FIB_FINE;
	for (i = 0; i < f->pins.n; i++)
		f->pins.v[i]->stale = true;
	for (i = 0; i < f->n_outers; i++)
		protect(f, &f->outers[i], now);
	fib_set_filter(&f->pins, is_stale);
	for (i = 0; f->decoupled && i < f->want.n; i++)
		if (f->want.v[i]->kind == FIB_OSPF)
			f->want.v[i]->why = FIB_DECOUPLED;
	plan_kind(f, &f->want, FIB_GUARD);
	plan_kind(f, &f->pins, FIB_PIN);
	plan_kind(f, &f->want, FIB_OSPF);
	plan_removals(f);
}

/* What is wanted for p, which covers no outer address: no pin depends on it. */
static void
plan_wanted(struct fib *f, const struct prefix *p, enum fib_kind kind)
{
	struct fib_row *w;
	size_t i;

	for (i = fib_set_first(&f->want, p); i < f->want.n &&
	    prefix_eq(&f->want.v[i]->route.prefix, p); i++) {
		w = f->want.v[i];
		if (w->kind != kind)
			continue;
		if (f->decoupled && kind == FIB_OSPF)
			w->why = FIB_DECOUPLED;
		else if (held(w))
			w->why = FIB_FINE;
		plan_row(f, w);
	}
}

static void
plan_unwanted(struct fib *f, const struct prefix *p, bool pins)
{
	size_t i;

	for (i = fib_set_first(&f->seen, p); i < f->seen.n &&
	    prefix_eq(&f->seen.v[i]->route.prefix, p); i++)
		plan_removal(f, f->seen.v[i], pins);
}

static int
by_prefix(const void *a, const void *b)
{
	return (prefix_cmp(a, b));
}

static void
plan_dirty(struct fib *f)
{
	size_t i, n = 0;

	qsort(f->dirty, f->n_dirty, sizeof(*f->dirty), by_prefix);
	for (i = 0; i < f->n_dirty; i++)
		if (n == 0 || !prefix_eq(&f->dirty[i], &f->dirty[n - 1]))
			f->dirty[n++] = f->dirty[i];
	for (i = 0; i < n; i++)
		plan_wanted(f, &f->dirty[i], FIB_GUARD);
	for (i = 0; i < n; i++)
		plan_wanted(f, &f->dirty[i], FIB_OSPF);
	for (i = 0; i < n; i++)
		plan_unwanted(f, &f->dirty[i], false);
	for (i = 0; i < n; i++)
		plan_unwanted(f, &f->dirty[i], true);
}

size_t
fib_plan(struct fib *f, struct mono now, struct os_change **out)
{
	f->n_changes = 0;
	if (f->whole)
		plan_whole(f, now);
	else
		plan_dirty(f);
	f->whole = false;
	f->n_dirty = 0;
	*out = f->changes;
	return (f->n_changes);
}

void
fib_done(struct fib *f, const struct os_change *v, size_t n)
{
	struct fib_row *w, row;
	size_t i;

	for (i = 0; i < n; i++) {
		w = fib_set_find(&f->pins, &v[i].route.prefix, v[i].route.metric,
		    true);
		if (w == NULL)
			w = fib_set_find(&f->want, &v[i].route.prefix,
			    v[i].route.metric, true);
		if (v[i].del)
			f->unremoved = v[i].error;
		if (v[i].error != 0) {
			touch(f, &v[i].route.prefix);
			if (w == NULL || v[i].del)
				continue;
			w->error = v[i].error;
			w->why = FIB_KERNEL;
			/* left by a run before, and no longer possible */
			if (w->stale && w->kind == FIB_OSPF)
				fib_ospf_del(f, &w->route.prefix);
			continue;
		}
		memset(&row, 0, sizeof(row));
		row.route = v[i].route;
		if (v[i].del)
			fib_set_remove(&f->seen, &row.route.prefix,
			    row.route.metric, true);
		else
			(void)want_put(&f->seen, &row);
		if (w != NULL)
			w->installed = !v[i].del;
		if (w != NULL && !v[i].del) {
			w->why = FIB_FINE;
			w->error = 0;
		}
	}
}

size_t
fib_count(const struct fib *f)
{
	return (f->want.n + f->pins.n);
}

bool
fib_row(const struct fib *f, size_t i, struct fib_row *out)
{
	if (i >= fib_count(f))
		return (false);
	*out = i < f->want.n ? *f->want.v[i] : *f->pins.v[i - f->want.n];
	return (true);
}
