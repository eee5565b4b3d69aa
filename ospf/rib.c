/* SPDX-License-Identifier: ISC */
/* runs in: ospf.  See rib.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "ospf/rib.h"

/* One announcement of one prefix. */
struct rib_src {
	struct rib_prefix	*p;
	struct vertex		*v;
	uint32_t		 metric;
	TAILQ_ENTRY(rib_src)	 same;
};

/* All announcements of a vertex (vertex->srcs), ascending by prefix. */
struct srcs {
	size_t		n;
	struct rib_src	s[];
};

struct rib {
	struct rib_prefix	**tab;
	size_t			  n_tab, n;
	size_t			  n_routes;
	uint64_t		  seed;
	struct rib_list		  all, dirt, queue;
};

struct rib *
rib_new(uint64_t seed)
{
	struct rib *r;

	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return (NULL);
	r->seed = seed;
	r->n_tab = 64;
	r->tab = calloc(r->n_tab, sizeof(struct rib_prefix *));
	if (r->tab == NULL) {
		free(r);
		return (NULL);
	}
	TAILQ_INIT(&r->all);
	TAILQ_INIT(&r->dirt);
	TAILQ_INIT(&r->queue);
	return (r);
}

/* What vertices announce is freed with them. */
void
rib_free(struct rib *r)
{
	struct rib_prefix *p;

	if (r == NULL)
		return;
	while ((p = TAILQ_FIRST(&r->all)) != NULL) {
		TAILQ_REMOVE(&r->all, p, all);
		free(p);
	}
	free(r->tab);
	free(r);
}

static struct rib_prefix **
slot(const struct rib *r, uint32_t dest, uint8_t len)
{
	return (&r->tab[hash_mix(r->seed ^ dest, r->seed + len) &
	    (r->n_tab - 1)]);
}

static void
rehash(struct rib *r)
{
	struct rib_prefix **tab, **at, *p;

	tab = calloc(r->n_tab * 2, sizeof(struct rib_prefix *));
	if (tab == NULL)
		return;
	free(r->tab);
	r->tab = tab;
	r->n_tab *= 2;
	TAILQ_FOREACH(p, &r->all, all) {
		at = slot(r, p->dest, p->len);
		p->hnext = *at;
		*at = p;
	}
}

static struct rib_prefix *
prefix_get(struct rib *r, uint32_t dest, uint8_t len)
{
	struct rib_prefix *p, **at;

	for (p = *slot(r, dest, len); p != NULL; p = p->hnext)
		if (p->dest == dest && p->len == len)
			return (p);
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return (NULL);
	if (r->n >= r->n_tab)
		rehash(r);
	p->dest = dest;
	p->len = len;
	TAILQ_INIT(&p->srcs);
	at = slot(r, dest, len);
	p->hnext = *at;
	*at = p;
	TAILQ_INSERT_TAIL(&r->all, p, all);
	r->n++;
	return (p);
}

static void
prefix_gc(struct rib *r, struct rib_prefix *p)
{
	struct rib_prefix **at;

	if (!TAILQ_EMPTY(&p->srcs) || p->dirty || p->queued || p->now.have)
		return;
	for (at = slot(r, p->dest, p->len); *at != p; at = &(*at)->hnext)
		;
	*at = p->hnext;
	TAILQ_REMOVE(&r->all, p, all);
	r->n--;
	free(p);
}

static void
touch(struct rib *r, struct rib_prefix *p)
{
	if (p->dirty)
		return;
	p->dirty = true;
	TAILQ_INSERT_TAIL(&r->dirt, p, dirt);
}

static int
stub_cmp(const void *pa, const void *pb)
{
	const struct rib_stub *a = pa, *b = pb;

	if (a->dest != b->dest)
		return (a->dest < b->dest ? -1 : 1);
	if (a->len != b->len)
		return (a->len < b->len ? -1 : 1);
	return (a->metric == b->metric ? 0 : a->metric < b->metric ? -1 : 1);
}

/* The announcements as new objects, prefixes found; not linked yet. */
static struct srcs *
srcs_make(struct rib *r, struct vertex *v, const struct rib_stub *stubs,
    size_t n)
{
	struct srcs *ss;
	size_t i;

	ss = calloc(1, sizeof(*ss) + n * sizeof(ss->s[0]));
	if (ss == NULL)
		return (NULL);
	for (i = 0; i < n; i++) {
		if (i > 0 && stubs[i].dest == stubs[i - 1].dest &&
		    stubs[i].len == stubs[i - 1].len)
			continue;	/* the cheaper one came first */
		ss->s[ss->n].p = prefix_get(r, stubs[i].dest, stubs[i].len);
		ss->s[ss->n].v = v;
		ss->s[ss->n].metric = stubs[i].metric;
		if (ss->s[ss->n].p == NULL) {
			for (i = 0; i < ss->n; i++)
				prefix_gc(r, ss->s[i].p);
			free(ss);
			return (NULL);
		}
		ss->n++;
	}
	return (ss);
}

/* <0: a only, >0: b only, 0: the same prefix. */
static int
src_cmp(const struct rib_src *a, const struct rib_src *b)
{
	if (a == NULL || b == NULL)
		return (a == NULL ? 1 : -1);
	if (a->p == b->p)
		return (0);
	if (a->p->dest != b->p->dest)
		return (a->p->dest < b->p->dest ? -1 : 1);
	return (a->p->len < b->p->len ? -1 : 1);
}

int
rib_stubs(struct rib *r, struct vertex *v, struct rib_stub *stubs, size_t n)
{
	struct srcs *old = v->srcs, *new = NULL;
	struct rib_src *a, *b;
	struct rib_prefix *p;
	size_t i = 0, j = 0, n_old = old != NULL ? old->n : 0;
	bool reached = v->dist != SPF_INFINITY;
	int c, touched = 0;

	if (n != 0) {
		qsort(stubs, n, sizeof(*stubs), stub_cmp);
		new = srcs_make(r, v, stubs, n);
		if (new == NULL)
			return (-1);
	}
	while (i < n_old || j < (new != NULL ? new->n : 0)) {
		a = i < n_old ? &old->s[i] : NULL;
		b = new != NULL && j < new->n ? &new->s[j] : NULL;
		c = src_cmp(a, b);
		p = c <= 0 ? a->p : b->p;
		if (reached && (c != 0 || a->metric != b->metric)) {
			touch(r, p);
			touched++;
		}
		if (c <= 0) {
			TAILQ_REMOVE(&p->srcs, a, same);
			i++;
		}
		if (c >= 0) {
			TAILQ_INSERT_TAIL(&p->srcs, b, same);
			j++;
		}
		prefix_gc(r, p);
	}
	free(old);
	v->srcs = new;
	return (touched);
}

void
rib_vertex(struct rib *r, struct vertex *v)
{
	struct srcs *ss = v->srcs;
	size_t i;

	for (i = 0; ss != NULL && i < ss->n; i++)
		touch(r, ss->s[i].p);
}

static bool
route_eq(const struct rib_route *a, const struct rib_route *b)
{
	if (!a->have || !b->have)
		return (a->have == b->have);
	return (a->local == b->local && a->cost == b->cost &&
	    nh_set_eq(&a->nh, &b->nh));
}

static bool
offered(const struct rib_route *a)
{
	return (a->have && !a->local && a->nh.n != 0);
}

static void
enqueue(struct rib *r, struct rib_prefix *p)
{
	if (p->queued)
		return;
	p->queued = true;
	TAILQ_INSERT_TAIL(&r->queue, p, queue);
}

static struct rib_route
compute(const struct rib_prefix *p, uint8_t max_paths)
{
	struct rib_route best = { .have = false };
	const struct rib_src *s;
	uint64_t cost;

	TAILQ_FOREACH(s, &p->srcs, same) {
		cost = (uint64_t)s->v->dist + s->metric;
		if (s->v->dist == SPF_INFINITY || cost >= SPF_INFINITY ||
		    (best.have && cost > best.cost))
			continue;
		if (!best.have || cost < best.cost) {
			best.have = true;
			best.local = s->v->nh.n == 0;
			best.cost = (uint32_t)cost;
			best.adv = s->v->owner;
			best.nh = s->v->nh;
			continue;
		}
		if (s->v->nh.n == 0)
			best.local = true;
		if (s->v->owner < best.adv)
			best.adv = s->v->owner;
		nh_set_merge(&best.nh, &s->v->nh, max_paths);
	}
	if (best.local)
		best.nh.n = 0;
	return (best);
}

void
rib_update(struct rib *r, uint8_t max_paths, struct mono now,
    struct rib_cause cause)
{
	struct rib_prefix *p;
	struct rib_route new;

	while ((p = TAILQ_FIRST(&r->dirt)) != NULL) {
		TAILQ_REMOVE(&r->dirt, p, dirt);
		p->dirty = false;
		new = compute(p, max_paths);
		if (!route_eq(&new, &p->now)) {
			r->n_routes += offered(&new);
			r->n_routes -= offered(&p->now);
			p->was = p->now;
			p->since = now;
			p->cause = cause;
		}
		p->now = new;
		if (!route_eq(&new, &p->told))
			enqueue(r, p);
		prefix_gc(r, p);
	}
}

void
rib_renew(struct rib *r, const struct spf *s, uint32_t iid)
{
	struct rib_prefix *p;
	uint8_t i;

	TAILQ_FOREACH(p, &r->all, all) {
		for (i = 0; i < p->told.nh.n; i++)
			if (iid == 0 ||
			    spf_nh(s, p->told.nh.nh[i])->iid == iid)
				break;
		if (!p->told.have || i == p->told.nh.n)
			continue;
		p->told.cost = SPF_INFINITY;	/* unlike any real one */
		enqueue(r, p);
	}
}

/* A host route to the next hop itself has no gateway: it is on the link. */
static void
fill(const struct spf *s, const struct rib_prefix *p, struct ospf_route *out,
    uint32_t (*ifindex)(void *, uint32_t), void *ctx)
{
	const struct spf_nh *nh;
	uint8_t i;

	out->cost = p->now.cost;
	out->n_nexthops = p->now.nh.n;
	for (i = 0; i < p->now.nh.n; i++) {
		nh = spf_nh(s, p->now.nh.nh[i]);
		out->nexthops[i].iid = nh->iid;
		out->nexthops[i].ifindex = ifindex(ctx, nh->iid);
		out->nexthops[i].gateway = p->len == 32 &&
		    nh->gateway == p->dest ? 0 : nh->gateway;
	}
}

bool
rib_pop(struct rib *r, const struct spf *s, struct ospf_route *out, bool *del,
    uint32_t (*ifindex)(void *ctx, uint32_t iid), void *ctx)
{
	struct rib_prefix *p;
	bool was, is, same;

	while ((p = TAILQ_FIRST(&r->queue)) != NULL) {
		TAILQ_REMOVE(&r->queue, p, queue);
		p->queued = false;
		was = offered(&p->told);
		is = offered(&p->now);
		same = route_eq(&p->told, &p->now);
		p->told = p->now;
		if ((was || is) && !same) {
			memset(out, 0, sizeof(*out));
			out->dest = p->dest;
			out->len = p->len;
			*del = !is;
			if (is)
				fill(s, p, out, ifindex, ctx);
			prefix_gc(r, p);
			return (true);
		}
		prefix_gc(r, p);
	}
	return (false);
}

struct rib_list *
rib_all(struct rib *r)
{
	return (&r->all);
}

size_t
rib_size(const struct rib *r)
{
	return (r->n);
}

size_t
rib_count(const struct rib *r)
{
	return (r->n_routes);
}

bool
rib_pending(const struct rib *r)
{
	return (!TAILQ_EMPTY(&r->queue));
}
