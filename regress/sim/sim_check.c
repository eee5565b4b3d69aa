/* SPDX-License-Identifier: ISC */
/*
 * See sim.h.  What must hold when a world has been quiet for a while.  The
 * shortest paths are found here by relaxing all edges until nothing changes
 * (Bellman and Ford), from the configuration and the cuts alone: nothing of
 * the engines' own computation is used.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define FAR	0x7fffffffU

static bool
fault(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(s->fault, sizeof(s->fault), fmt, ap);
	va_end(ap);
	return (false);
}

bool
sim_usable(const struct sim_link *l)
{
	return (l->there && !l->cut[0] && !l->cut[1] &&
	    l->end[0].site->alive && l->end[1].site->alive &&
	    !l->end[0].admin_down && !l->end[1].admin_down);
}

/* --- oracle --- */

/* Distance from a site to each. */
static void
distances(struct sim *s, size_t from, uint32_t *d)
{
	struct sim_link *l;
	bool moved = true;
	size_t i, a, b;
	int k;

	for (i = 0; i < s->n_sites; i++)
		d[i] = FAR;
	d[from] = 0;
	while (moved) {
		moved = false;
		for (i = 0; i < s->n_links; i++) {
			l = &s->link[i];
			if (!sim_usable(l))
				continue;
			for (k = 0; k < 2; k++) {
				a = l->end[k].site->idx;
				b = l->end[1 - k].site->idx;
				if (d[a] != FAR && d[a] + l->end[k].ospf.cost <
				    d[b]) {
					d[b] = d[a] + l->end[k].ospf.cost;
					moved = true;
				}
			}
		}
	}
}

struct want {
	uint32_t	cost;		/* FAR: no route */
	bool		local;		/* t is there itself */
	uint8_t		n;
	uint64_t	hops;
};

/* The next hops of t on the way to each of n sites.  all[i * n_sites + j] is
 * the distance from i to j. */
static void
hops_to(struct sim *s, const struct sim_site *t, const uint32_t *all,
    const size_t *to, size_t n, struct want *w)
{
	const uint32_t *from_here = all + t->idx * s->n_sites, *from_there;
	struct sim_end *e;
	size_t i, k;

	for (i = 1; i < t->n_ends; i++) {
		e = t->ends[i];
		if (e->tid != i || !sim_usable(e->link))
			continue;
		from_there = all + e->other->site->idx * s->n_sites;
		for (k = 0; k < n; k++)
			if (from_there[to[k]] != FAR && e->ospf.cost +
			    from_there[to[k]] == from_here[to[k]])
				break;
		if (k == n)
			continue;
		w->n++;
		w->hops += sim_hop(e->tid, e->ospf.peer);
	}
}

static bool
route_is(struct sim *s, const struct sim_site *t, uint32_t dest, uint8_t len,
    const struct want *w)
{
	static const struct sim_route none;
	const struct sim_route *r = &none;
	size_t i;

	for (i = (size_t)(sim_hop(dest, len) & (t->cap_routes - 1));
	    t->cap_routes != 0 && t->routes[i].used;
	    i = (i + 1) & (t->cap_routes - 1))
		if (t->routes[i].dest == dest && t->routes[i].len == len) {
			r = &t->routes[i];
			break;
		}
	if (w->cost == FAR || w->local) {
		if (r->n == 0)
			return (true);
		return (fault(s, "s%zu has a route to %08x/%u, cost %u, and "
		    "should have none", t->idx, dest, len, r->cost));
	}
	if (r->n == w->n && r->cost == w->cost && r->hops == w->hops)
		return (true);
	return (fault(s, "s%zu to %08x/%u: cost %u by %u, not cost %u by %u",
	    t->idx, dest, len, r->cost, r->n, w->cost, w->n));
}

/* The subnet of a link, as seen from t: by whichever end is nearer, or both. */
static bool
subnet_is(struct sim *s, const struct sim_site *t, const struct sim_link *l,
    const uint32_t *all)
{
	const uint32_t *from_here = all + t->idx * s->n_sites;
	struct want w = { .cost = FAR };
	size_t to[2], n = 0, at;
	uint32_t cost;
	int k;

	for (k = 0; k < 2; k++) {
		at = l->end[k].site->idx;
		if (from_here[at] == FAR)
			continue;
		cost = from_here[at] + l->end[k].ospf.cost;
		if (cost < w.cost)
			n = 0;
		if (cost > w.cost)
			continue;
		w.cost = cost;
		to[n++] = at;
	}
	for (k = 0; k < (int)n; k++)
		w.local |= to[k] == t->idx;
	if (!w.local)
		hops_to(s, t, all, to, n, &w);
	return (route_is(s, t, l->end[0].ospf.addr & 0xfffffffcU, 30, &w));
}

static bool
routes_hold(struct sim *s)
{
	size_t n = s->n_sites, i, j;
	uint32_t *all = reallocarray(NULL, n * n, sizeof(*all));
	struct want w;
	bool ok = true;

	if (all == NULL)
		abort();
	for (i = 0; i < n; i++)
		distances(s, i, all + i * n);
	for (i = 0; i < n && ok; i++) {
		if (!s->site[i].alive)
			continue;
		for (j = 0; j < n && ok; j++) {
			w = (struct want){ .cost = all[i * n + j],
			    .local = i == j };
			if (w.cost != FAR && !w.local) {
				hops_to(s, &s->site[i], all, &j, 1, &w);
				w.cost += SIM_STUB_COST;
			}
			ok = route_is(s, &s->site[i], sim_stub(j), 24, &w);
		}
		for (j = 0; j < s->n_links && ok; j++)
			if (sim_usable(&s->link[j]))
				ok = subnet_is(s, &s->site[i], &s->link[j],
				    all);
	}
	free(all);
	return (ok);
}

/* --- SAs --- */

static void
count_row(void *ctx, const struct fld_table *t, const void *obj)
{
	struct sim_site *site = ctx;
	const struct ctl_ike *i = obj;
	const struct ctl_sa *a = obj;
	struct sim_end *e;

	if (t == &ctl_ike_fld) {
		e = site->ends[i->tid];
		e->n_ike += i->spi_i != 0;
		e->n_ike_up += strcmp(i->state, "ESTABLISHED") == 0;
	} else
		site->ends[a->tid]->n_child++;
}

static void
count_sas(struct sim_site *t)
{
	struct ctl_req req = { .arg = 0 };
	size_t i;

	for (i = 1; i < t->n_ends; i++)
		t->ends[i]->n_ike = t->ends[i]->n_ike_up =
		    t->ends[i]->n_child = 0;
	(void)ike_engine_show(t->ike, t->s->now, CTL_IKE, &req, count_row, t);
	(void)ike_engine_show(t->ike, t->s->now, CTL_SA, &req, count_row, t);
}

/* One IKE SA, one pair, and what one end sends under the other takes. */
static bool
end_holds(struct sim *s, const struct sim_end *e)
{
	const struct sim_end *o = e->other;
	const struct sa_spec *a, *b;

	s->fault_end = e->link->end + (e != &e->link->end[0]);
	if (e->n_ike != 1 || e->n_ike_up != 1 || e->n_child != 1)
		return (fault(s, "s%zu %s: %u IKE SAs, %u of them up, %u "
		    "children", e->site->idx, e->ike.name, e->n_ike,
		    e->n_ike_up, e->n_child));
	if (e->in == NULL || e->in->next != NULL || e->out == NULL ||
	    e->out->next != NULL)
		return (fault(s, "s%zu %s: the data path has not one pair",
		    e->site->idx, e->ike.name));
	if (o->in == NULL)
		return (fault(s, "s%zu %s: the other end has no SA",
		    e->site->idx, e->ike.name));
	a = &e->out->spec;
	b = &o->in->spec;
	if (a->spi != b->spi || !seed_same_keys(a, b))
		return (fault(s, "s%zu %s: keys differ", e->site->idx,
		    e->ike.name));
	return (true);
}

/* Nothing beside that, where all tunnels of a site work. */
static bool
total_holds(struct sim *s, const struct sim_site *t)
{
	size_t half, ikes, children, want = 0, i;

	for (i = 1; i < t->n_ends; i++) {
		if (t->ends[i]->tid != i)
			continue;
		if (!sim_usable(t->ends[i]->link))
			return (true);
		want++;
	}
	ike_engine_count(t->ike, &half, &ikes, &children);
	if (half == 0 && ikes == want && children == want)
		return (true);
	return (fault(s, "s%zu: %zu half-open, %zu IKE SAs, %zu children for "
	    "%zu tunnels", t->idx, half, ikes, children, want));
}

static bool
sas_hold(struct sim *s)
{
	size_t i;

	s->fault_end = NULL;
	for (i = 0; i < s->n_sites; i++)
		if (s->site[i].alive) {
			count_sas(&s->site[i]);
			if (!total_holds(s, &s->site[i]))
				return (false);
		}
	for (i = 0; i < s->n_links; i++)
		if (sim_usable(&s->link[i]) &&
		    (!end_holds(s, &s->link[i].end[0]) ||
		    !end_holds(s, &s->link[i].end[1])))
			return (false);
	s->fault_end = NULL;
	return (true);
}

static void
dump_row(void *ctx, const struct fld_table *t, const void *obj)
{
	const struct sim_end *e = ctx;
	const struct ctl_ike *i = obj;
	const struct ctl_sa *a = obj;

	if (t == &ctl_ike_fld && i->tid == e->tid)
		printf("      ike %s %016llx %016llx %s, %s\n", i->state,
		    (unsigned long long)i->spi_i, (unsigned long long)i->spi_r,
		    i->initiator ? "ours" : "theirs", i->reason);
	else if (t != &ctl_ike_fld && a->tid == e->tid)
		printf("      child in %08x out %08x%s, %u s old\n",
		    a->spi_in, a->spi_out, a->current ? " current" : "",
		    a->created_s);
}

void
sim_dump(struct sim_end *e)
{
	struct ctl_req req = { .arg = 0 };
	struct sim_site *t;
	struct sim_sa *a;
	int k;

	for (k = 0; k < 2; k++, e = e->other) {
		t = e->site;
		printf("    s%zu %s%s\n", t->idx, e->ike.name,
		    t->alive ? "" : ", dead");
		for (a = e->in; a != NULL; a = a->next)
			printf("      in %08x\n", a->spec.spi);
		for (a = e->out; a != NULL; a = a->next)
			printf("      out %08x\n", a->spec.spi);
		if (!t->alive)
			continue;
		(void)ike_engine_show(t->ike, t->s->now, CTL_IKE, &req,
		    dump_row, e);
		(void)ike_engine_show(t->ike, t->s->now, CTL_SA, &req,
		    dump_row, e);
	}
}

/* --- databases --- */

struct sum {
	uint64_t	sum;
	size_t		n;
};

static void
take_lsa(void *ctx, const struct fld_table *t, const void *obj)
{
	const struct ctl_lsa *l = obj;
	struct sum *s = ctx;

	(void)t;
	s->n++;
	s->sum += sim_hop(l->link_id ^ l->seq, l->adv_router) ^
	    ((uint64_t)l->checksum << 32 | l->len);
}

/* Whoever reaches each other has the same LSAs. */
static bool
databases_hold(struct sim *s)
{
	struct ctl_req req = { .arg = 0 };
	struct sum *v = calloc(s->n_sites, sizeof(*v));
	struct sim_link *l;
	bool ok = true;
	size_t i, a, b;

	if (v == NULL)
		abort();
	for (i = 0; i < s->n_sites; i++) {
		if (!s->site[i].alive)
			continue;
		(void)ospf_show(s->site[i].ospf, s->now, CTL_LSA, &req,
		    take_lsa, &v[i]);
		if (v[i].n > s->n_sites)
			ok = fault(s, "s%zu has %zu LSAs", i, v[i].n);
	}
	for (i = 0; i < s->n_links && ok; i++) {
		l = &s->link[i];
		a = l->end[0].site->idx;
		b = l->end[1].site->idx;
		if (sim_usable(l) && v[a].sum != v[b].sum)
			ok = fault(s, "s%zu and s%zu have other databases", a,
			    b);
	}
	free(v);
	return (ok);
}

bool
sim_holds(struct sim *s)
{
	return (sas_hold(s) && routes_hold(s) && databases_hold(s));
}

bool
sim_forgot(struct sim *s)
{
	struct ctl_req req = { .arg = 0 };
	struct sim_site *t;
	struct sum v;
	size_t i, k, alive = 0;

	for (i = 0; i < s->n_sites; i++)
		alive += s->site[i].alive;
	for (i = 0; i < s->n_sites; i++) {
		t = &s->site[i];
		if (!t->alive)
			continue;
		v = (struct sum){ .n = 0 };
		(void)ospf_show(t->ospf, s->now, CTL_LSA, &req, take_lsa, &v);
		if (v.n > alive)
			return (fault(s, "s%zu keeps %zu LSAs, %zu sites live",
			    i, v.n, alive));
		count_sas(t);
		for (k = 1; k < t->n_ends; k++) {
			if (t->ends[k]->other->site->alive)
				continue;
			sim_sa_look(t->ends[k]);
			if (t->ends[k]->in != NULL || t->ends[k]->n_child != 0)
				return (fault(s, "s%zu keeps SAs to s%zu", i,
				    t->ends[k]->other->site->idx));
		}
	}
	return (true);
}
