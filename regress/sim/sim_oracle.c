/* SPDX-License-Identifier: ISC */
/*
 * See sim.h.  The routes that must be when a world has been quiet for a while.
 * The shortest paths are found here by relaxing all edges until nothing changes
 * (Bellman and Ford), from the configuration, the cuts and what interfaces are
 * up: nothing of the engines' own computation is used.
 */
#include <stdlib.h>

#include "sim.h"

#define FAR	0x7fffffffU

bool
sim_usable(const struct sim_link *l)
{
	return (l->there && !l->cut[0] && !l->cut[1] &&
	    l->end[0].site->alive && l->end[1].site->alive &&
	    !l->end[0].admin_down && !l->end[1].admin_down);
}

void
sim_look(struct sim *s)
{
	struct sim_link *l;

	for (l = s->link; l < s->link + s->n_links; l++)
		if (sim_usable(l))
			l->dead = MONO_NEVER;
		else if (l->dead.ns == MONO_NEVER.ns)
			l->dead = s->now;
}

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
		return (sim_fault(s, "s%zu has a route to %08x/%u, cost %u, and "
		    "should have none", t->idx, dest, len, r->cost));
	}
	if (r->n == w->n && r->cost == w->cost && r->hops == w->hops)
		return (true);
	return (sim_fault(s, "s%zu to %08x/%u: cost %u by %u, not cost %u by %u",
	    t->idx, dest, len, r->cost, r->n, w->cost, w->n));
}

/* The subnet of a link, as seen from t: by whichever end is nearer, or both.
 * An end announces it as long as its interface is up. */
static bool
subnet_is(struct sim *s, const struct sim_site *t, const struct sim_link *l,
    const uint32_t *all, size_t *routes)
{
	const uint32_t *from_here = all + t->idx * s->n_sites;
	struct want w = { .cost = FAR };
	const struct sim_end *e;
	size_t to[2], n = 0, at;
	uint32_t cost;
	int k;

	for (k = 0; k < 2; k++) {
		e = &l->end[k];
		at = e->site->idx;
		if (from_here[at] == FAR || !e->site->alive || !e->ospf.up)
			continue;
		cost = from_here[at] + e->ospf.cost;
		if (cost < w.cost)
			n = 0;
		if (cost > w.cost)
			continue;
		w.cost = cost;
		to[n++] = at;
	}
	for (k = 0; k < (int)n; k++)
		w.local |= to[k] == t->idx;
	if (!w.local && n > 0)
		hops_to(s, t, all, to, n, &w);
	*routes += n > 0 && !w.local;
	return (route_is(s, t, l->end[0].ospf.addr & 0xfffffffcU, 30, &w));
}

static bool
stub_is(struct sim *s, const struct sim_site *t, const struct sim_site *of,
    const uint32_t *all, size_t *routes)
{
	struct want w = { .cost = all[t->idx * s->n_sites + of->idx],
	    .local = t == of };

	if (of->stub_off)
		w.cost = FAR;
	if (w.cost != FAR && !w.local) {
		hops_to(s, t, all, &of->idx, 1, &w);
		w.cost += of->stub_cost;
		++*routes;
	}
	return (route_is(s, t, sim_stub(of->idx), 24, &w));
}

/* All that were looked for are there; are there others? */
static bool
no_others(struct sim *s, const struct sim_site *t, size_t want)
{
	size_t i, n = 0;

	for (i = 0; i < t->cap_routes; i++)
		n += t->routes[i].used && t->routes[i].n > 0;
	return (n == want || sim_fault(s, "s%zu has %zu routes and should "
	    "have %zu", t->idx, n, want));
}

bool
sim_routes_hold(struct sim *s)
{
	size_t n = s->n_sites, i, j, routes;
	uint32_t *all = reallocarray(NULL, n * n, sizeof(*all));
	struct sim_site *t;
	bool ok = true;

	if (all == NULL)
		abort();
	for (i = 0; i < n; i++)
		distances(s, i, all + i * n);
	for (i = 0; i < n && ok; i++) {
		t = &s->site[i];
		if (!t->alive)
			continue;
		routes = 0;
		for (j = 0; j < n && ok; j++)
			ok = stub_is(s, t, &s->site[j], all, &routes);
		for (j = 0; j < s->n_links && ok; j++)
			if (s->link[j].there)
				ok = subnet_is(s, t, &s->link[j], all,
				    &routes);
		ok = ok && no_others(s, t, routes);
	}
	free(all);
	return (ok);
}
