/* SPDX-License-Identifier: ISC */
/* The tree and the routes: hand-made graphs, random ones against
 * Floyd-Warshall, and how long a tree takes (printed, not judged). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ospf/rib.h"

#define RID(i)	(0x0a000000U + (uint32_t)(i) + 1)

struct world {
	struct spf	*s;
	struct rib	*r;
	unsigned int	 changed;
};

static const struct mono t0 = { 1 };
static const struct rib_cause no_cause;

static void
on_changed(void *ctx, struct vertex *v)
{
	struct world *w = ctx;

	w->changed++;
	rib_vertex(w->r, v);
}

static struct world
world(void)
{
	struct world w = { .s = spf_new(99), .r = rib_new(98) };

	ck_assert(w.s != NULL && w.r != NULL);
	return (w);
}

static void
world_free(struct world *w)
{
	rib_free(w->r);
	spf_free(w->s);
}

/* Router i with edges to others, pairs of index and metric, -1 at the end. */
static int
router(struct world *w, int i, const int *e)
{
	struct spf_edge edges[64];
	struct vertex *v;
	size_t n = 0;

	for (; e[0] != -1; e += 2)
		edges[n++] = (struct spf_edge){ .kind = VERTEX_ROUTER,
		    .id = RID(e[0]), .metric = (uint32_t)e[1] };
	return (spf_set(w->s, VERTEX_ROUTER, RID(i), RID(i), edges, n, &v));
}

static int
stub(struct world *w, int i, uint32_t dest, uint8_t len, uint32_t metric)
{
	struct rib_stub s = { dest, len, metric };

	return (rib_stubs(w->r, spf_find(w->s, VERTEX_ROUTER, RID(i)), &s, 1));
}

static void
run(struct world *w, uint8_t paths)
{
	w->changed = 0;
	ck_assert_int_eq(spf_run(w->s, paths, on_changed, w), 0);
	rib_update(w->r, paths, t0, no_cause);
}

static uint32_t
dist(struct world *w, int i)
{
	struct vertex *v = spf_find(w->s, VERTEX_ROUTER, RID(i));

	return (v != NULL ? v->dist : SPF_INFINITY);
}

static uint32_t
ifx(void *ctx, uint32_t iid)
{
	(void)ctx;
	return (iid + 100);
}

/* Count of pending route messages; the last one in *o. */
static int
pops(struct world *w, struct ospf_route *o, bool *del)
{
	int n = 0;

	while (rib_pop(w->r, w->s, o, del, ifx, NULL))
		n++;
	return (n);
}

#define E(...)	((const int[]){ __VA_ARGS__, -1 })
#define NONE	((const int[]){ -1 })

/* 0 - 1 - 3 and 0 - 2 - 3, equal or not; 4 behind 3. */
static void
square(struct world *w, int cost02)
{
	struct spf_adj a[2] = { { RID(1), 11, 0xac100001, 10 },
	    { RID(2), 12, 0xac100005, 10 } };

	a[1].metric = (uint32_t)cost02;
	router(w, 0, NONE);
	router(w, 1, E(0, 10, 3, 10));
	router(w, 2, E(0, 10, 3, 10));
	router(w, 3, E(1, 10, 2, 10, 4, 1));
	router(w, 4, E(3, 1));
	stub(w, 3, 0x0a030000, 16, 5);
	stub(w, 4, 0x0a040000, 16, 5);
	ck_assert_int_eq(spf_root(w->s, RID(0), a, 2), 1);
}

START_TEST(ecmp)
{
	struct world w = world();
	struct ospf_route o;
	bool del;

	square(&w, 10);
	run(&w, 16);
	ck_assert_uint_eq(dist(&w, 3), 20);
	ck_assert_uint_eq(dist(&w, 4), 21);
	ck_assert_uint_eq(spf_reached(w.s), 5);
	ck_assert_int_eq(pops(&w, &o, &del), 2);
	ck_assert(!del);
	ck_assert_uint_eq(o.dest, 0x0a040000);
	ck_assert_uint_eq(o.cost, 26);
	ck_assert_uint_eq(o.n_nexthops, 2);
	ck_assert_uint_eq(o.nexthops[0].gateway, 0xac100001);
	ck_assert_uint_eq(o.nexthops[0].ifindex, 111);
	ck_assert_uint_eq(o.nexthops[1].iid, 12);
	/* the same again: nobody hears of it */
	run(&w, 16);
	ck_assert_uint_eq(w.changed, 0);
	ck_assert_int_eq(pops(&w, &o, &del), 0);
	/* one path only */
	run(&w, 1);
	ck_assert_int_eq(pops(&w, &o, &del), 2);
	ck_assert_uint_eq(o.n_nexthops, 1);
	world_free(&w);
}
END_TEST

START_TEST(unequal_and_cut)
{
	struct world w = world();
	struct spf_adj a = { RID(2), 12, 0xac100005, 15 };
	struct ospf_route o;
	bool del;

	square(&w, 15);
	run(&w, 16);
	ck_assert_int_eq(pops(&w, &o, &del), 2);
	ck_assert_uint_eq(o.n_nexthops, 1);
	ck_assert_uint_eq(o.nexthops[0].iid, 11);
	/* our link to 1 goes */
	ck_assert_int_eq(spf_root(w.s, RID(0), &a, 1), 1);
	run(&w, 16);
	ck_assert_int_eq(pops(&w, &o, &del), 2);
	ck_assert_uint_eq(o.nexthops[0].iid, 12);
	ck_assert_uint_eq(o.cost, 31);
	/* and all of them */
	ck_assert_int_eq(spf_root(w.s, RID(0), NULL, 0), 1);
	run(&w, 16);
	ck_assert_int_eq(pops(&w, &o, &del), 2);
	ck_assert(del);
	ck_assert_uint_eq(spf_reached(w.s), 1);
	ck_assert_uint_eq(rib_count(w.r), 0);
	world_free(&w);
}
END_TEST

START_TEST(one_way)
{
	struct world w = world();

	square(&w, 10);
	router(&w, 4, NONE);		/* says nothing of 3 */
	run(&w, 16);
	ck_assert_uint_eq(dist(&w, 4), SPF_INFINITY);
	router(&w, 1, E(3, 10));	/* nor 1 of us */
	run(&w, 16);
	ck_assert_uint_eq(dist(&w, 1), 30);
	router(&w, 4, E(3, 1));
	run(&w, 16);
	ck_assert_uint_eq(dist(&w, 4), 21);
	world_free(&w);
}
END_TEST

/* What is announced where no way leads counts from when one does. */
START_TEST(unreached)
{
	struct world w = world();
	struct ospf_route o;
	size_t had;
	bool del;

	square(&w, 10);
	router(&w, 5, E(4, 1));
	run(&w, 16);
	had = rib_size(w.r);
	ck_assert_int_eq(stub(&w, 5, 0x0a050000, 16, 1), 0);
	ck_assert_int_eq(stub(&w, 5, 0x0a060000, 16, 1), 0);
	ck_assert_uint_eq(rib_size(w.r), had + 1);
	ck_assert_uint_eq(rib_count(w.r), 2);
	router(&w, 4, E(3, 1, 5, 1));
	run(&w, 16);
	ck_assert_uint_eq(rib_count(w.r), 3);
	router(&w, 5, NONE);
	run(&w, 16);
	ck_assert_uint_eq(rib_count(w.r), 2);
	ck_assert_int_eq(pops(&w, &o, &del), 2);
	ck_assert_int_eq(rib_stubs(w.r, spf_find(w.s, VERTEX_ROUTER, RID(5)),
	    NULL, 0), 0);
	ck_assert_uint_eq(rib_size(w.r), had);
	world_free(&w);
}
END_TEST

/* A router ends, and nobody speaks of it any more, before a tree is computed. */
START_TEST(gone_before_run)
{
	struct world w = world();
	struct vertex *v;

	square(&w, 10);
	run(&w, 16);
	v = spf_find(w.s, VERTEX_ROUTER, RID(4));
	rib_stubs(w.r, v, NULL, 0);
	ck_assert(spf_unset(w.s, v));
	ck_assert_int_eq(router(&w, 3, E(1, 10, 2, 10)), 0);
	ck_assert_ptr_null(spf_find(w.s, VERTEX_ROUTER, RID(4)));
	run(&w, 16);
	ck_assert_uint_eq(spf_reached(w.s), 4);
	ck_assert_uint_eq(rib_count(w.r), 1);
	world_free(&w);
}
END_TEST

START_TEST(odd_edges)
{
	struct world w = world();

	square(&w, 10);
	/* to itself, to nobody, twice the same, metric 65535 and 0 */
	ck_assert_int_eq(router(&w, 3, E(3, 1, 99, 1, 1, 10, 1, 4, 2, 65535,
	    4, 0)), 1);
	run(&w, 16);
	ck_assert_uint_eq(dist(&w, 3), 20);
	ck_assert_uint_eq(dist(&w, 4), 20);
	ck_assert_int_eq(router(&w, 3, E(4, 0, 2, 65535, 99, 1, 1, 4, 1, 10,
	    3, 1)), 0);			/* another order is no change */
	ck_assert_int_eq(router(&w, 3, E(4, 1)), 1);
	run(&w, 16);
	ck_assert_uint_eq(dist(&w, 3), SPF_INFINITY);
	world_free(&w);
}
END_TEST

START_TEST(network)
{
	struct world w = world();
	struct spf_adj a = { RID(1), 11, 1, 10 };
	struct spf_edge lan1[2] = { { VERTEX_ROUTER, RID(0), 10 },
	    { VERTEX_NETWORK, 500, 3 } };
	struct spf_edge lan2[1] = { { VERTEX_NETWORK, 500, 4 } };
	struct spf_edge net[2] = { { VERTEX_ROUTER, RID(1), 0 },
	    { VERTEX_ROUTER, RID(2), 0 } };
	struct rib_stub s = { 0xc0a80000, 24, 0 };
	struct ospf_route o;
	struct vertex *v;
	bool del;

	router(&w, 0, NONE);
	spf_set(w.s, VERTEX_ROUTER, RID(1), RID(1), lan1, 2, &v);
	spf_set(w.s, VERTEX_ROUTER, RID(2), RID(2), lan2, 1, &v);
	spf_set(w.s, VERTEX_NETWORK, 500, RID(1), net, 2, &v);
	rib_stubs(w.r, v, &s, 1);
	stub(&w, 2, 0x0a020000, 16, 1);
	spf_root(w.s, RID(0), &a, 1);
	run(&w, 16);
	ck_assert_uint_eq(dist(&w, 2), 13);
	ck_assert_int_eq(pops(&w, &o, &del), 2);
	ck_assert_uint_eq(rib_count(w.r), 2);
	/* the network's own LSA forgets a router */
	spf_set(w.s, VERTEX_NETWORK, 500, RID(1), net, 1, &v);
	run(&w, 16);
	ck_assert_uint_eq(dist(&w, 2), SPF_INFINITY);
	rib_stubs(w.r, v, NULL, 0);
	spf_unset(w.s, v);
	run(&w, 16);
	ck_assert_uint_eq(rib_count(w.r), 0);
	world_free(&w);
}
END_TEST

START_TEST(stubs_only)
{
	struct world w = world();
	struct rib_stub s[3] = { { 0x0a030000, 16, 5 }, { 0x0a330000, 16, 1 },
	    { 0x0a330000, 16, 9 } };
	struct vertex *v;
	struct ospf_route o;
	bool del;

	square(&w, 10);
	run(&w, 16);
	pops(&w, &o, &del);
	/* another prefix at 3: the edges are the same, one prefix touched */
	ck_assert_int_eq(router(&w, 3, E(1, 10, 2, 10, 4, 1)), 0);
	v = spf_find(w.s, VERTEX_ROUTER, RID(3));
	ck_assert_int_eq(rib_stubs(w.r, v, s, 3), 1);
	rib_update(w.r, 16, t0, no_cause);
	ck_assert_int_eq(pops(&w, &o, &del), 1);
	ck_assert_uint_eq(o.dest, 0x0a330000);
	ck_assert_uint_eq(o.cost, 21);
	/* its metric */
	s[0].metric = 6;
	ck_assert_int_eq(rib_stubs(w.r, v, s, 2), 1);
	rib_update(w.r, 16, t0, no_cause);
	ck_assert_int_eq(pops(&w, &o, &del), 1);
	/* gone and back before main took it: nothing to tell */
	ck_assert_int_eq(rib_stubs(w.r, v, s, 1), 1);
	rib_update(w.r, 16, t0, no_cause);
	ck_assert_int_eq(rib_stubs(w.r, v, s, 2), 1);
	rib_update(w.r, 16, t0, no_cause);
	ck_assert_int_eq(pops(&w, &o, &del), 0);
	/* two who announce one prefix: the nearer, then the other */
	stub(&w, 1, 0x0a330000, 16, 5);
	rib_update(w.r, 16, t0, no_cause);
	ck_assert_int_eq(pops(&w, &o, &del), 1);
	ck_assert_uint_eq(o.cost, 15);
	/* ours is not a route for the kernel */
	stub(&w, 0, 0x0a330000, 16, 1);
	rib_update(w.r, 16, t0, no_cause);
	ck_assert_int_eq(pops(&w, &o, &del), 1);
	ck_assert(del);
	world_free(&w);
}
END_TEST

START_TEST(next_hop_itself)
{
	struct world w = world();
	struct ospf_route o;
	bool del;

	square(&w, 10);
	stub(&w, 1, 0xac100001, 32, 0);
	run(&w, 16);
	while (rib_pop(w.r, w.s, &o, &del, ifx, NULL))
		if (o.dest == 0xac100001)
			break;
	ck_assert_uint_eq(o.dest, 0xac100001);
	ck_assert_uint_eq(o.nexthops[0].gateway, 0);
	/* a new interface index: told again */
	pops(&w, &o, &del);
	rib_renew(w.r, w.s, 11);
	ck_assert_int_eq(pops(&w, &o, &del), 3);
	ck_assert_int_eq(pops(&w, &o, &del), 0);
	world_free(&w);
}
END_TEST

/* Random graphs, changed at random, against all pairs shortest paths. */
#define N	24
START_TEST(random_graphs)
{
	static uint32_t d[N][N], m[N][N];
	uint32_t seed = (uint32_t)_i * 7919 + 1;
	struct world w = world();
	struct spf_adj adj[N];
	struct spf_edge e[N];
	struct vertex *v;
	struct ospf_route o;
	size_t n, i, j, k, step;
	bool del;

#define R(x)	((seed = seed * 1103515245 + 12345) >> 8) % (x)
	memset(m, 0, sizeof(m));
	for (step = 0; step < 30; step++) {
		for (k = 0; k < (step == 0 ? 80U : 4U); k++) {
			i = R(N);
			j = R(N);
			if (i != j)
				m[i][j] = R(3) == 0 ? 0 : 1 + R(20);
		}
		for (i = 0; i < N; i++) {
			for (j = 0, n = 0; j < N; j++)
				if (m[i][j] != 0)
					e[n++] = (struct spf_edge){
					    VERTEX_ROUTER, RID(j), m[i][j] };
			ck_assert_int_ne(spf_set(w.s, VERTEX_ROUTER, RID(i),
			    RID(i), e, i == 0 ? 0 : n, &v), -1);
			stub(&w, (int)i, 0x0a000000U | (uint32_t)i << 16, 16, 1);
		}
		for (j = 1, n = 0; j < N; j++)
			if (m[0][j] != 0) {
				memset(&adj[n], 0, sizeof(adj[n]));
				adj[n].rid = RID(j);
				adj[n].iid = (uint32_t)j;
				adj[n].gateway = RID(j);
				adj[n++].metric = m[0][j];
			}
		ck_assert_int_ne(spf_root(w.s, RID(0), adj, n), -1);
		/* our edges are no edges of our vertex, so edge_to() would
		 * not see them from the others: they never need it */
		run(&w, 16);
		for (i = 0; i < N; i++)
			for (j = 0; j < N; j++)
				d[i][j] = i == j ? 0 : m[i][j] != 0 &&
				    m[j][i] != 0 ? m[i][j] : SPF_INFINITY / 4;
		for (k = 0; k < N; k++)
			for (i = 0; i < N; i++)
				for (j = 0; j < N; j++)
					if (d[i][k] + d[k][j] < d[i][j])
						d[i][j] = d[i][k] + d[k][j];
		while (rib_pop(w.r, w.s, &o, &del, ifx, NULL))
			;
		for (j = 1; j < N; j++) {
			v = spf_find(w.s, VERTEX_ROUTER, RID(j));
			ck_assert_uint_eq(v->dist, d[0][j] >=
			    SPF_INFINITY / 4 ? SPF_INFINITY : d[0][j]);
			/* each neighbour that lies on a shortest path */
			for (i = 1, n = 0; i < N; i++)
				n += m[0][i] != 0 && m[i][0] != 0 &&
				    d[0][j] < SPF_INFINITY / 4 &&
				    m[0][i] + d[i][j] == d[0][j];
			ck_assert_uint_eq(v->nh.n, n > 16 ? 16 : n);
		}
	}
	world_free(&w);
}
END_TEST

/*
 * What changes bring about, one at a time or a few, is what a tree says that is
 * always computed from the start: routers and networks that come and go, edges of
 * all metrics, parallel ones and such of one direction, our own adjacencies, how
 * many paths.
 */
#define ROUTERS	20
#define ALL	(ROUTERS + 4)		/* 0 is us, the last are networks */
#define SAID	12

struct twin {
	struct world	a, b;		/* b is always computed whole */
	struct spf_edge	said[ALL][SAID];
	size_t		n_said[ALL];
	bool		there[ALL];
	uint32_t	seed;
};

static uint32_t
any(struct twin *t, uint32_t n)
{
	t->seed = t->seed * 1103515245 + 12345;
	return ((t->seed >> 8) % n);
}

static uint8_t
kind_of(uint32_t i)
{
	return (i < ROUTERS ? VERTEX_ROUTER : VERTEX_NETWORK);
}

static struct vertex *
at(struct world *w, uint32_t i)
{
	return (spf_find(w->s, kind_of(i), RID(i)));
}

static void
say(struct twin *t, uint32_t i)
{
	struct spf_edge e[SAID];
	struct vertex *v;
	int c;

	t->there[i] = true;
	memcpy(e, t->said[i], sizeof(e));
	c = spf_set(t->a.s, kind_of(i), RID(i), 1, e, t->n_said[i], &v);
	ck_assert_int_ne(c, -1);
	memcpy(e, t->said[i], sizeof(e));
	c = spf_set(t->b.s, kind_of(i), RID(i), 1, e, t->n_said[i], &v);
	ck_assert_int_ne(c, -1);
}

static void
edge(struct twin *t, uint32_t from, uint32_t to)
{
	static const uint32_t metrics[] = { 0, 1, 1, 2, 3, 7, 10, 65535 };

	if (from != 0 && t->n_said[from] < SAID)
		t->said[from][t->n_said[from]++] = (struct spf_edge){
		    kind_of(to), RID(to),
		    from < ROUTERS ? metrics[any(t, 8)] : 0 };
}

static void
change_one(struct twin *t)
{
	uint32_t i = any(t, ALL), to = any(t, ALL), op = any(t, 10);
	struct spf_edge *e;

	if (op == 0 && t->there[i]) {
		t->there[i] = false;
		spf_unset(t->a.s, at(&t->a, i));
		spf_unset(t->b.s, at(&t->b, i));
		return;
	}
	if (op < 5) {
		edge(t, i, to);
		if (op != 1) {
			edge(t, to, i);
			say(t, to);
		}
	} else if (t->n_said[i] != 0) {
		e = &t->said[i][any(t, (uint32_t)t->n_said[i])];
		if (op < 7)
			*e = t->said[i][--t->n_said[i]];
		else if (i < ROUTERS)
			e->metric += e->metric == 0 || any(t, 2) ? 1 : -1U;
	}
	say(t, i);
}

static void
change_adj(struct twin *t)
{
	struct spf_adj adj[4];
	size_t k, n = 1 + any(t, 4);

	for (k = 0; k < n; k++) {
		memset(&adj[k], 0, sizeof(adj[k]));
		adj[k].rid = RID(1 + any(t, ROUTERS - 1));
		adj[k].iid = 1 + any(t, 6);
		adj[k].gateway = adj[k].rid;
		adj[k].metric = 1 + any(t, 20);
		edge(t, adj[k].rid - RID(0), 0);
		say(t, adj[k].rid - RID(0));
	}
	ck_assert_int_ne(spf_root(t->a.s, RID(0), adj, n), -1);
	ck_assert_int_ne(spf_root(t->b.s, RID(0), adj, n), -1);
}

/* Run both; the vertices of a that changed, and no others, are told of. */
static void
run_twin(struct twin *t, uint8_t paths)
{
	struct vertex was[ALL], *v, *w;
	unsigned int moved = 0;
	uint32_t i;

	for (i = 0; i < ALL; i++)
		if ((v = at(&t->a, i)) != NULL)
			was[i] = *v;
		else
			was[i] = (struct vertex){ .dist = SPF_INFINITY };
	run(&t->a, paths);
	run(&t->b, 3);
	run(&t->b, paths);
	for (i = 0; i < ALL; i++) {
		v = at(&t->a, i);
		w = at(&t->b, i);
		ck_assert_int_eq(v == NULL, w == NULL);
		if (v == NULL)
			continue;
		ck_assert_uint_eq(v->dist, w->dist);
		ck_assert(nh_set_eq(&v->nh, &w->nh));
		ck_assert_uint_eq(v->spot, 0);
		moved += v->dist != was[i].dist ||
		    !nh_set_eq(&v->nh, &was[i].nh);
	}
	/* without an LSA our vertex is made anew for each run */
	if (t->there[0])
		ck_assert_uint_eq(t->a.changed, moved);
	ck_assert_uint_eq(spf_reached(t->a.s), spf_reached(t->b.s));
}

START_TEST(part_as_whole)
{
	static const uint8_t paths[] = { 1, 2, 16 };
	struct twin t = { .a = world(), .b = world(),
	    .seed = (uint32_t)_i * 104729 + 7 };
	uint8_t max = 16;
	uint32_t step, k;

	say(&t, 0);
	for (k = 0; k < 60; k++)
		change_one(&t);
	for (step = 0; step < 400; step++) {
		if (step % 50 == 0)
			change_adj(&t);
		if (step % 100 == 60)
			max = paths[any(&t, 3)];
		for (k = any(&t, 4); step % 7 != 0 && k > 0; k--)
			change_one(&t);
		run_twin(&t, max);
	}
	world_free(&t.a);
	world_free(&t.b);
}
END_TEST

/* A ring with chords: every router has four neighbours and three stubs. */
static void
bench(int n)
{
	struct world w = world();
	struct spf_adj a[2] = { { RID(1), 11, 1, 10 },
	    { RID(n - 1), 12, 2, 10 } };
	struct timespec t1, t2;
	struct ospf_route o;
	double best = 1e9, us;
	int i, k, j, moved = 0, stride = n / 7 + 1;
	bool del;

	for (i = 0; i < n; i++) {
		struct spf_edge e[4];
		struct rib_stub s[3];
		struct vertex *v;
		const int to[4] = { (i + 1) % n, (i + n - 1) % n,
		    (i + stride) % n, (i + n - stride) % n };

		for (j = 0; j < 4; j++)
			e[j] = (struct spf_edge){ VERTEX_ROUTER, RID(to[j]),
			    (uint32_t)(10 + (i * 7 + to[j] * 7) % 23) };
		spf_set(w.s, VERTEX_ROUTER, RID(i), RID(i), e, 4, &v);
		for (j = 0; j < 3; j++)
			s[j] = (struct rib_stub){ 0x10000000U +
			    (uint32_t)(i * 3 + j) * 256, 24, 1 };
		rib_stubs(w.r, v, s, 3);
	}
	spf_root(w.s, RID(0), a, 2);
	run(&w, 16);
	ck_assert_uint_eq(spf_reached(w.s), n);
	ck_assert_int_eq(pops(&w, &o, &del), n * 3 - 3);
	for (k = 0; k < 20; k++) {
		a[0].metric = k % 2 ? 10 : 400;
		spf_root(w.s, RID(0), a, 2);
		(void)clock_gettime(CLOCK_MONOTONIC, &t1);
		ck_assert_int_eq(spf_run(w.s, 16, on_changed, &w), 0);
		rib_update(w.r, 16, t0, no_cause);
		(void)clock_gettime(CLOCK_MONOTONIC, &t2);
		us = (double)(t2.tv_sec - t1.tv_sec) * 1e6 +
		    (double)(t2.tv_nsec - t1.tv_nsec) / 1e3;
		if (us < best)
			best = us;
		moved = pops(&w, &o, &del);
	}
	printf("spf: %d routers, %d edges, %d prefixes (%d moved): %.0f us\n",
	    n, n * 4, n * 3, moved, best);
	world_free(&w);
}

START_TEST(how_long)
{
	bench(100);
	bench(1000);
	bench(4000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("spf");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, ecmp);
	tcase_add_test(t, unequal_and_cut);
	tcase_add_test(t, one_way);
	tcase_add_test(t, unreached);
	tcase_add_test(t, gone_before_run);
	tcase_add_test(t, odd_edges);
	tcase_add_test(t, network);
	tcase_add_test(t, stubs_only);
	tcase_add_test(t, next_hop_itself);
	tcase_add_loop_test(t, random_graphs, 0, 20);
	tcase_add_loop_test(t, part_as_whole, 0, 50);
	tcase_add_test(t, how_long);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
