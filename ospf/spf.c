/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  See spf.h.
 *
 * A vertex exists as long as its LSA does or an edge leads to it, so edges are
 * pointers and Dijkstra looks nothing up.  An edge counts only if the other end
 * has one back (16.1 2b), which is found out when one of the two changes, by
 * bisection in the sorted edges.  Networks
 * leave the heap before routers of the same distance, for an edge from a
 * network costs nothing and may still add an equal path to such a router.  Our
 * own edges are not taken from our LSA but from our adjacencies, which are
 * always as new as it and know the interface.
 *
 * An edge that was or is on no shortest path changes nothing.  Where one that
 * was or is leads to, and all that is behind it on shortest paths, has moved: a
 * run takes it off the tree and joins it on again from what stayed.  What stayed
 * can only come nearer by that, or be reached by more ways.  When we or our
 * adjacencies change, everything has moved.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "ospf/spf.h"

#define NH_MAX	65535

struct spf {
	struct vertex	**tab;
	size_t		  n_tab;
	struct vertex	**all;
	size_t		  n_all, cap_all;
	uint64_t	  seed;
	uint32_t	  rid;
	struct spf_adj	 *adj;
	uint16_t	 *adj_nh;	/* index of each adjacency's next hop */
	size_t		  n_adj;
	struct spf_nh	 *nh;
	size_t		  n_nh, cap_nh;
	size_t		  reached;
	struct vertex	 *root;		/* while it runs */
	struct vertex	**moved;	/* room for all */
	size_t		  n_moved;
	uint8_t		  paths;	/* of the last run */
	bool		  whole;	/* everything has moved */
	struct heap	  heap;
};

struct spf *
spf_new(uint64_t seed)
{
	struct spf *s;

	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return (NULL);
	s->seed = seed;
	s->reached = 1;
	s->whole = true;
	s->n_tab = 64;
	s->tab = calloc(s->n_tab, sizeof(struct vertex *));
	if (s->tab == NULL) {
		free(s);
		return (NULL);
	}
	return (s);
}

void
spf_free(struct spf *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n_all; i++) {
		free(s->all[i]->edges);
		free(s->all[i]->srcs);
		free(s->all[i]);
	}
	heap_free(&s->heap);
	free(s->moved);
	free(s->all);
	free(s->tab);
	free(s->adj);
	free(s->adj_nh);
	free(s->nh);
	free(s);
}

static struct vertex **
slot(const struct spf *s, uint8_t kind, uint32_t id)
{
	return (&s->tab[hash_mix(s->seed ^ id, s->seed + kind) &
	    (s->n_tab - 1)]);
}

struct vertex *
spf_find(const struct spf *s, uint8_t kind, uint32_t id)
{
	struct vertex *v;

	for (v = *slot(s, kind, id); v != NULL; v = v->hnext)
		if (v->id == id && v->kind == kind)
			return (v);
	return (NULL);
}

static void
rehash(struct spf *s)
{
	struct vertex **tab, **at;
	size_t i;

	tab = calloc(s->n_tab * 2, sizeof(struct vertex *));
	if (tab == NULL)
		return;
	free(s->tab);
	s->tab = tab;
	s->n_tab *= 2;
	for (i = 0; i < s->n_all; i++) {
		at = slot(s, s->all[i]->kind, s->all[i]->id);
		s->all[i]->hnext = *at;
		*at = s->all[i];
	}
}

static int
grow(struct spf *s)
{
	size_t cap = s->cap_all != 0 ? s->cap_all * 2 : 64;
	struct vertex **v;

	v = reallocarray(s->all, cap, sizeof(*v));
	if (v == NULL)
		return (-1);
	s->all = v;
	v = reallocarray(s->moved, cap, sizeof(*v));
	if (v == NULL)
		return (-1);
	s->moved = v;
	s->cap_all = cap;
	return (0);
}

static struct vertex *
vertex_get(struct spf *s, uint8_t kind, uint32_t id)
{
	struct vertex *v, **at;

	v = spf_find(s, kind, id);
	if (v != NULL)
		return (v);
	if (s->n_all == s->cap_all && grow(s) == -1)
		return (NULL);
	v = calloc(1, sizeof(*v));
	if (v == NULL || heap_reserve(&s->heap, 1) == -1) {
		free(v);
		return (NULL);
	}
	v->kind = kind;
	v->id = id;
	v->dist = v->old_dist = SPF_INFINITY;
	if (s->n_all >= s->n_tab)
		rehash(s);
	at = slot(s, kind, id);
	v->hnext = *at;
	*at = v;
	v->at = s->n_all;
	s->all[s->n_all++] = v;
	return (v);
}

static bool
is_root(const struct spf *s, const struct vertex *v)
{
	return (v->id == s->rid && v->kind == VERTEX_ROUTER);
}

static void
move(struct spf *s, struct vertex *v)
{
	if (v->spot != 0)
		return;
	s->moved[s->n_moved++] = v;
	v->spot = s->n_moved;
}

static void
unmove(struct spf *s, struct vertex *v)
{
	struct vertex *last;

	if (v->spot == 0)
		return;
	last = s->moved[--s->n_moved];
	s->moved[v->spot - 1] = last;
	last->spot = v->spot;
	v->spot = 0;
}

/* Free a vertex that nothing needs any more. */
static void
vertex_gc(struct spf *s, struct vertex *v)
{
	struct vertex **at;

	if (v->present || v->refs != 0 || v->srcs != NULL)
		return;
	for (at = slot(s, v->kind, v->id); *at != v; at = &(*at)->hnext)
		;
	*at = v->hnext;
	s->all[v->at] = s->all[--s->n_all];
	s->all[v->at]->at = v->at;
	heap_release(&s->heap, 1);
	unmove(s, v);
	if (v->dist != SPF_INFINITY && v->kind == VERTEX_ROUTER &&
	    !is_root(s, v))
		s->reached--;
	free(v->edges);
	free(v);
}

static int
order(uint8_t ak, uint32_t ai, uint8_t bk, uint32_t bi)
{
	if (ak != bk)
		return (ak < bk ? -1 : 1);
	return (ai == bi ? 0 : ai < bi ? -1 : 1);
}

static int
spf_edge_cmp(const void *pa, const void *pb)
{
	const struct spf_edge *a = pa, *b = pb;
	int c = order(a->kind, a->id, b->kind, b->id);

	if (c != 0)
		return (c);
	return (a->metric == b->metric ? 0 : a->metric < b->metric ? -1 : 1);
}

static bool
same_edges(const struct vertex *v, const struct spf_edge *e, size_t n)
{
	size_t i;

	if (!v->present || v->n_edges != n)
		return (false);
	for (i = 0; i < n; i++)
		if (v->edges[i].metric != e[i].metric ||
		    v->edges[i].to->id != e[i].id ||
		    v->edges[i].to->kind != e[i].kind)
			return (false);
	return (true);
}

/* Index of the first of n edges that leads to w; n: none does. */
static size_t
edge_find(const struct edge *e, size_t n, const struct vertex *w)
{
	size_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (order(e[mid].to->kind, e[mid].to->id, w->kind, w->id) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo < n && e[lo].to == w ? lo : n);
}

static size_t
edge_to(const struct vertex *v, const struct vertex *w)
{
	return (edge_find(v->edges, v->n_edges, w));
}

static void
mark_edges(struct vertex *v, size_t i, const struct vertex *w, bool both)
{
	for (; i < v->n_edges && v->edges[i].to == w; i++)
		v->edges[i].both = both;
}

/* The edges of v, old and new ones, are not what they were: neither are those
 * that lead back. */
static void
match_edges(struct vertex *v, const struct edge *e, size_t n)
{
	struct vertex *w;
	size_t i, there, back;
	bool both;

	for (i = 0; i < n; i++) {
		w = e[i].to;
		there = edge_to(v, w);
		back = edge_to(w, v);
		both = there != v->n_edges && back != w->n_edges;
		mark_edges(v, there, w, both);
		mark_edges(w, back, v, both);
	}
}

/* Whether a way to w over v and an edge of that metric is, or would be, a
 * shortest one. */
static bool
tight(const struct vertex *v, uint32_t metric, const struct vertex *w)
{
	return (v->dist != SPF_INFINITY &&
	    (uint64_t)v->dist + metric <= w->dist);
}

/* v has, or had, edge e, and among the other edges, those before or after the
 * change, is none like it. */
static void
move_behind(struct spf *s, struct vertex *v, const struct edge *e,
    const struct edge *other, size_t n)
{
	struct vertex *w = e->to;
	size_t i = edge_find(other, n, w);

	if (is_root(s, w)) {
		s->whole |= i == n;
		return;
	}
	if (!e->both)
		return;
	if (tight(v, e->metric, w))
		move(s, w);
	if (i != n && other[i].both)
		return;
	/* those that lead back came or went with it */
	for (i = edge_to(w, v); i < w->n_edges && w->edges[i].to == v; i++)
		if (tight(w, w->edges[i].metric, v))
			move(s, v);
}

/* The edges of v were a and are b, or the other way round: both in order, and
 * everything as it is now but the distances. */
static void
move_changed(struct spf *s, struct vertex *v, const struct edge *a, size_t na,
    const struct edge *b, size_t nb)
{
	size_t i = 0, j = 0;
	int c;

	if (s->whole || is_root(s, v))
		return;
	while (i < na || j < nb) {
		c = i == na ? 1 : j == nb ? -1 : order(a[i].to->kind,
		    a[i].to->id, b[j].to->kind, b[j].to->id);
		if (c == 0 && a[i].metric != b[j].metric)
			c = a[i].metric < b[j].metric ? -1 : 1;
		if (c < 0 || (c == 0 && a[i].both != b[j].both))
			move_behind(s, v, &a[i], b, nb);
		if (c > 0 || (c == 0 && a[i].both != b[j].both))
			move_behind(s, v, &b[j], a, na);
		i += c <= 0;
		j += c >= 0;
	}
}

static bool
to_run(const struct spf *s)
{
	return (s->whole || s->n_moved != 0);
}

static void
edges_release(struct spf *s, struct edge *e, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		e[i].to->refs--;
		vertex_gc(s, e[i].to);
	}
	free(e);
}

int
spf_set(struct spf *s, uint8_t kind, uint32_t id, uint32_t owner,
    struct spf_edge *edges, size_t n, struct vertex **out)
{
	struct vertex *v;
	struct edge *e, *old;
	size_t i, n_old;

	if (n != 0)
		qsort(edges, n, sizeof(*edges), spf_edge_cmp);
	v = vertex_get(s, kind, id);
	if (v == NULL)
		return (-1);
	*out = v;
	if (same_edges(v, edges, n)) {
		v->owner = owner;
		return (0);
	}
	v->refs++;		/* keeps v while its own edges change */
	e = calloc(n != 0 ? n : 1, sizeof(*e));
	for (i = 0; e != NULL && i < n; i++) {
		e[i].to = vertex_get(s, edges[i].kind, edges[i].id);
		e[i].metric = edges[i].metric;
		if (e[i].to == NULL) {
			edges_release(s, e, i);
			e = NULL;
			break;
		}
		e[i].to->refs++;
	}
	if (e == NULL) {
		v->refs--;
		vertex_gc(s, v);
		return (-1);
	}
	old = v->edges;
	n_old = v->n_edges;
	v->edges = e;
	v->n_edges = (uint32_t)n;
	v->present = true;
	v->owner = owner;
	match_edges(v, old, n_old);
	match_edges(v, e, n);
	move_changed(s, v, old, n_old, e, n);
	edges_release(s, old, n_old);
	v->refs--;
	return (to_run(s));
}

bool
spf_unset(struct spf *s, struct vertex *v)
{
	struct edge *old = v->edges;
	size_t n = v->n_edges;

	v->edges = NULL;
	v->n_edges = 0;
	v->present = false;
	v->refs++;
	match_edges(v, old, n);
	move_changed(s, v, old, n, NULL, 0);
	edges_release(s, old, n);
	v->refs--;
	vertex_gc(s, v);
	return (to_run(s));
}

/* Index of a next hop, added when it is new; hint: where it may well be. */
static int
nh_index(struct spf *s, uint32_t iid, uint32_t gateway, size_t hint)
{
	struct spf_nh *nh;
	size_t i, cap;

	if (hint < s->n_nh && s->nh[hint].iid == iid &&
	    s->nh[hint].gateway == gateway)
		return ((int)hint);
	for (i = 0; i < s->n_nh; i++)
		if (s->nh[i].iid == iid && s->nh[i].gateway == gateway)
			return ((int)i);
	if (s->n_nh == NH_MAX)
		return (-1);
	if (s->n_nh == s->cap_nh) {
		cap = s->cap_nh != 0 ? s->cap_nh * 2 : 16;
		nh = reallocarray(s->nh, cap, sizeof(*nh));
		if (nh == NULL)
			return (-1);
		s->nh = nh;
		s->cap_nh = cap;
	}
	s->nh[s->n_nh] = (struct spf_nh){ .iid = iid, .gateway = gateway };
	return ((int)s->n_nh++);
}

/* All next hops there ever were fill the table: start over.  What was
 * computed with it compares unequal then. */
static void
nh_reset(struct spf *s)
{
	size_t i;

	s->n_nh = 0;
	for (i = 0; i < s->n_all; i++)
		s->all[i]->nh.n = 0;
}

int
spf_root(struct spf *s, uint32_t rid, const struct spf_adj *adj, size_t n)
{
	struct spf_adj *copy;
	uint16_t *idx;
	size_t i;
	int k, changed = 1;

	if (rid == s->rid && n == s->n_adj && (n == 0 ||
	    memcmp(adj, s->adj, n * sizeof(*adj)) == 0))
		return (0);
	copy = calloc(n != 0 ? n : 1, sizeof(*copy));
	idx = calloc(n != 0 ? n : 1, sizeof(*idx));
	if (copy == NULL || idx == NULL)
		goto fail;
	if (s->n_nh + n > NH_MAX) {
		nh_reset(s);
		changed = 2;
	}
	for (i = 0; i < n; i++) {
		copy[i] = adj[i];
		k = nh_index(s, adj[i].iid, adj[i].gateway, i);
		if (k == -1)
			goto fail;
		idx[i] = (uint16_t)k;
	}
	free(s->adj);
	free(s->adj_nh);
	s->adj = copy;
	s->adj_nh = idx;
	s->n_adj = n;
	s->rid = rid;
	s->whole = true;
	return (changed);
 fail:
	free(copy);
	free(idx);
	return (-1);
}

bool
nh_set_eq(const struct nh_set *a, const struct nh_set *b)
{
	return (a->n == b->n &&
	    memcmp(a->nh, b->nh, a->n * sizeof(a->nh[0])) == 0);
}

void
nh_set_merge(struct nh_set *a, const struct nh_set *b, uint8_t max)
{
	struct nh_set r = { .n = 0 };
	uint8_t i = 0, j = 0;
	uint16_t x;

	while (r.n < max && (i < a->n || j < b->n)) {
		if (j == b->n || (i < a->n && a->nh[i] < b->nh[j]))
			x = a->nh[i++];
		else if (i == a->n || b->nh[j] < a->nh[i])
			x = b->nh[j++];
		else {
			x = a->nh[i++];
			j++;
		}
		r.nh[r.n++] = x;
	}
	*a = r;
}

/* What stood in the tree is what the new one is compared with. */
static void
keep_old(struct vertex *v)
{
	v->old_dist = v->dist;
	v->old_nh = v->nh;
}

/* A way to w of this length over these next hops.  One of the same length that
 * adds next hops has them go on from w, if they are not about to anyway. */
static void
relax(struct spf *s, struct vertex *w, uint32_t dist, const struct nh_set *nh,
    uint8_t max)
{
	struct nh_set was;

	if (dist > w->dist || w == s->root)
		return;
	if (w->spot == 0) {
		move(s, w);
		keep_old(w);
	}
	if (dist == w->dist) {
		was = w->nh;
		nh_set_merge(&w->nh, nh, max);
		if (w->cand.at != 0 || nh_set_eq(&was, &w->nh))
			return;
	} else {
		w->dist = dist;
		w->nh = *nh;
	}
	heap_set(&s->heap, &w->cand,
	    (int64_t)dist << 1 | (w->kind == VERTEX_ROUTER));
}

static void
relax_root(struct spf *s, uint8_t max)
{
	struct nh_set nh = { .n = 1 };
	struct vertex *w;
	size_t i;

	for (i = 0; i < s->n_adj; i++) {
		w = spf_find(s, VERTEX_ROUTER, s->adj[i].rid);
		if (w == NULL || w == s->root ||
		    edge_to(w, s->root) == w->n_edges)
			continue;
		w->near = true;
		nh.nh[0] = s->adj_nh[i];
		relax(s, w, s->adj[i].metric, &nh, max);
	}
}

static void
relax_edges(struct spf *s, const struct vertex *v, size_t i, size_t end,
    uint8_t max)
{
	const struct edge *e;
	uint64_t dist;

	for (; i < end; i++) {
		e = &v->edges[i];
		dist = (uint64_t)v->dist + e->metric;
		if (!e->both || dist > e->to->dist || dist >= SPF_INFINITY)
			continue;
		relax(s, e->to, (uint32_t)dist, &v->nh, max);
	}
}

static void
move_all(struct spf *s)
{
	size_t i;

	for (i = 0; i < s->n_all; i++) {
		s->moved[i] = s->all[i];
		s->all[i]->spot = i + 1;
		s->all[i]->near = false;
	}
	s->n_moved = s->n_all;
}

/* Those that moved, and what is behind them on shortest paths. */
static void
move_subtrees(struct spf *s)
{
	const struct vertex *v;
	struct vertex *w;
	size_t i, k;

	for (i = 0; i < s->n_moved; i++) {
		v = s->moved[i];
		for (k = 0; k < v->n_edges; k++) {
			w = v->edges[k].to;
			if (v->edges[k].both && w != s->root &&
			    tight(v, v->edges[k].metric, w))
				move(s, w);
		}
	}
}

/* The ways to v from what stayed. */
static void
join(struct spf *s, const struct vertex *v, uint8_t max)
{
	const struct vertex *w;
	size_t i, k, end;

	for (i = 0; i < v->n_edges; i++) {
		w = v->edges[i].to;
		if (!v->edges[i].both || w == s->root || w->spot != 0 ||
		    w->dist == SPF_INFINITY)
			continue;
		k = end = edge_to(w, v);
		while (end < w->n_edges && w->edges[end].to == v)
			end++;
		relax_edges(s, w, k, end, max);
	}
}

/* Take off the tree what moved, and find the ways there from what stayed. */
static void
take_off(struct spf *s, uint8_t max)
{
	bool near = s->whole;
	struct vertex *v;
	size_t i, n;

	if (s->whole)
		move_all(s);
	else
		move_subtrees(s);
	n = s->n_moved;
	for (i = 0; i < n; i++) {
		v = s->moved[i];
		keep_old(v);
		v->dist = SPF_INFINITY;
		v->nh.n = 0;
		near |= v->near;
		__builtin_prefetch(v->edges);
	}
	s->root->dist = 0;
	for (i = 0; i < n && !s->whole; i++)
		join(s, s->moved[i], max);
	if (near)
		relax_root(s, max);
}

/* All is in its place: what is not as it was? */
static void
settle(struct spf *s, void (*changed)(void *ctx, struct vertex *v), void *ctx)
{
	struct vertex *v;
	size_t i;

	if (s->whole)
		s->reached = 1;
	for (i = 0; i < s->n_moved; i++) {
		v = s->moved[i];
		v->spot = 0;
		if (v->kind == VERTEX_ROUTER && v != s->root) {
			s->reached += v->dist != SPF_INFINITY;
			s->reached -= !s->whole && v->old_dist != SPF_INFINITY;
		}
		if (v->dist != v->old_dist || !nh_set_eq(&v->nh, &v->old_nh))
			changed(ctx, v);
	}
	s->n_moved = 0;
	s->whole = false;
}

int
spf_run(struct spf *s, uint8_t max_paths,
    void (*changed)(void *ctx, struct vertex *v), void *ctx)
{
	struct heap_node *n;
	struct vertex *v;

	s->root = vertex_get(s, VERTEX_ROUTER, s->rid);
	if (s->root == NULL)
		return (-1);
	if (max_paths < 1 || max_paths > OSPF_NEXTHOPS)
		max_paths = max_paths < 1 ? 1 : OSPF_NEXTHOPS;
	if (max_paths != s->paths || s->root->dist != 0)
		s->whole = true;
	s->paths = max_paths;
	take_off(s, max_paths);
	while ((n = heap_top(&s->heap)) != NULL) {
		heap_del(&s->heap, n);
		v = HEAP_OWNER(n, struct vertex, cand);
		relax_edges(s, v, 0, v->n_edges, max_paths);
	}
	settle(s, changed, ctx);
	vertex_gc(s, s->root);
	return (0);
}

const struct spf_nh *
spf_nh(const struct spf *s, uint16_t i)
{
	static const struct spf_nh none;

	return (i < s->n_nh ? &s->nh[i] : &none);
}

size_t
spf_size(const struct spf *s)
{
	return (s->n_all);
}

size_t
spf_reached(const struct spf *s)
{
	return (s->reached);
}
