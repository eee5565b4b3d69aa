/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  From LSA bodies to the graph (spf.c) and the prefixes
 * (rib.c), and when to compute.
 *
 * Prefixes are computed in the step that changed them.  The tree is computed
 * at once too, after the configured delay; only runs that follow each other
 * closely are held apart, twice as long each time (after RFC 8405).
 */
#include <stdlib.h>

#include "ospf/ospf_int.h"

#define BURST_FREE	3		/* runs in a row without a pause */
#define HOLD_FIRST	NS_MS(20)

/* Length of a netmask, -1 when its ones are not in one piece. */
static int
mask_len(uint32_t mask)
{
	int len = mask == 0 ? 0 : 32 - __builtin_ctz(mask);

	return (ip4_mask((uint8_t)len) == mask ? len : -1);
}

struct parsed {
	struct spf_edge	*edges;
	struct rib_stub	*stubs;
	size_t		 n_edges, n_stubs;
};

/* What cannot be a network is none here, whoever announces it. */
static void
add_stub(struct ospf *e, struct parsed *p, uint32_t id, uint32_t mask,
    uint32_t metric)
{
	int len = mask_len(mask);
	struct addr a = addr_v4(id & mask);
	struct prefix net;

	if (len == -1)
		return;
	net = prefix_make(&a, (uint8_t)len);
	if (!prefix_routable(&net)) {
		drop(e, DROP_LSA_PREFIX);
		return;
	}
	p->stubs[p->n_stubs++] = (struct rib_stub){ .dest = id & mask,
	    .len = (uint8_t)len, .metric = metric };
}

/* own: our edges are our adjacencies, see spf.c. */
static void
parse_router(struct ospf *e, const struct lsa *l, bool own, struct parsed *p)
{
	struct rlink k;
	struct rbuf r;
	uint16_t n, i;

	r = router_lsa_links(l->bytes, l->h.len, &n);
	for (i = 0; i < n && router_link_next(&r, &k); i++) {
		if (k.type == RLINK_STUB)
			add_stub(e, p, k.id, k.data, k.metric);
		else if (!own && (k.type == RLINK_P2P ||
		    k.type == RLINK_TRANSIT))
			p->edges[p->n_edges++] = (struct spf_edge){
			    .kind = k.type == RLINK_P2P ? VERTEX_ROUTER :
			    VERTEX_NETWORK, .id = k.id, .metric = k.metric };
	}
}

static void
parse_network(struct ospf *e, const struct lsa *l, struct parsed *p)
{
	struct rbuf r = rbuf_make(l->bytes, l->h.len);

	rbuf_skip(&r, LSA_HDR_LEN);
	add_stub(e, p, l->h.key.id, rbuf_u32(&r), 0);
	while (rbuf_left(&r) != 0)
		p->edges[p->n_edges++] = (struct spf_edge){
		    .kind = VERTEX_ROUTER, .id = rbuf_u32(&r) };
}

static void
gone(struct ospf *e, struct vertex *v)
{
	if (rib_stubs(e->rib, v, NULL, 0) > 0)
		e->rib_dirty = true;
	if (spf_unset(e->spf, v))
		e->spf_dirty = true;
}

/* Two routers may claim one network; the one that came first counts until it
 * ends, then the other. */
static void
next_claim(struct ospf *e, const struct lsdb_entry *old)
{
	struct lsdb_entry *en;

	TAILQ_FOREACH(en, lsdb_all(e->db), all)
		if (en != old && en->lsa->h.key.type == LSA_NETWORK &&
		    en->lsa->h.key.id == old->lsa->h.key.id && !en->max_age) {
			topo_lsa(e, en);
			return;
		}
}

static uint8_t
kind_of(const struct lsa_key *k)
{
	return (k->type == LSA_ROUTER ? VERTEX_ROUTER :
	    k->type == LSA_NETWORK ? VERTEX_NETWORK : 0);
}

void
topo_gone(struct ospf *e, struct lsdb_entry *en)
{
	const struct lsa_key *k = &en->lsa->h.key;
	struct vertex *v;

	if (kind_of(k) == 0)
		return;
	v = spf_find(e->spf, kind_of(k), k->id);
	if (v == NULL || !v->present || v->owner != k->adv)
		return;
	gone(e, v);
	if (k->type == LSA_NETWORK)
		next_claim(e, en);
}

void
topo_lsa(struct ospf *e, struct lsdb_entry *en)
{
	const struct lsa_key *k = &en->lsa->h.key;
	struct parsed p = { .n_edges = 0 };
	struct vertex *v;
	size_t max = en->lsa->h.len / 4;
	int c;

	if (kind_of(k) == 0)
		return;
	if (lsa_age(en->lsa, e->now) >= LSA_MAX_AGE) {
		/* our own comes back at once; its prefixes stay ours */
		if (k->adv != e->g.router_id || k->type != LSA_ROUTER)
			topo_gone(e, en);
		return;
	}
	v = spf_find(e->spf, kind_of(k), k->id);
	if (v != NULL && v->present && v->owner != k->adv)
		return;
	p.edges = calloc(max, sizeof(*p.edges));
	p.stubs = calloc(max, sizeof(*p.stubs));
	if (p.edges == NULL || p.stubs == NULL) {
		drop(e, DROP_MEMORY);
		goto out;
	}
	if (k->type == LSA_ROUTER)
		parse_router(e, en->lsa, k->adv == e->g.router_id, &p);
	else
		parse_network(e, en->lsa, &p);
	c = spf_set(e->spf, kind_of(k), k->id, k->adv, p.edges, p.n_edges, &v);
	if (c == -1) {
		drop(e, DROP_MEMORY);
		goto out;
	}
	if (c == 1)
		e->spf_dirty = true;
	c = rib_stubs(e->rib, v, p.stubs, p.n_stubs);
	if (c == -1)
		drop(e, DROP_MEMORY);
	else if (c > 0)
		e->rib_dirty = true;
 out:
	free(p.edges);
	free(p.stubs);
}

void
topo_root(struct ospf *e, const struct spf_adj *a, size_t n)
{
	int c = spf_root(e->spf, e->g.router_id, a, n);

	if (c == -1)
		drop(e, DROP_MEMORY);
	if (c == 2)
		rib_renew(e->rib, e->spf, 0);
	if (c > 0)
		e->spf_dirty = true;
}

static void
on_changed(void *ctx, struct vertex *v)
{
	struct ospf *e = ctx;

	rib_vertex(e->rib, v);
}

void
topo_run(struct ospf *e, void *arg)
{
	int64_t max = NS_MS(e->g.spf_hold_ms);

	(void)arg;
	if (!e->spf_dirty || e->held)
		return;
	if (mono_sub(e->now, e->spf_ran) > 2 * max) {
		e->spf_burst = 0;
		e->spf_hold = 0;
	}
	if (++e->spf_burst > BURST_FREE) {
		e->spf_hold = e->spf_hold == 0 ? HOLD_FIRST : e->spf_hold * 2;
		if (e->spf_hold > max)
			e->spf_hold = max;
	}
	e->spf_dirty = false;
	e->spf_ran = e->now;
	e->st.spf_runs++;
	if (spf_run(e->spf, e->g.max_paths, on_changed, e) == -1) {
		drop(e, DROP_MEMORY);
		return;
	}
	rib_update(e->rib, e->g.max_paths, e->now, e->cause);
	e->rib_dirty = false;
	if (e->n_full != 0 && spf_reached(e->spf) > 1)
		ospf_synced(e);
}

void
topo_schedule(struct ospf *e)
{
	struct mono at, hold;

	if (e->rib_dirty && !e->spf_dirty) {
		e->rib_dirty = false;
		e->st.prefix_runs++;
		rib_update(e->rib, e->g.max_paths, e->now, e->cause);
	}
	if (!e->spf_dirty || e->spf_timer.node.at != 0)
		return;
	at = mono_add(e->now, NS_MS(e->g.spf_delay_ms));
	hold = mono_add(e->spf_ran, e->spf_hold);
	if (hold.ns > at.ns)
		at = hold;
	if (mono_due(at, e->now))
		topo_run(e, NULL);
	else
		timer_set(e, &e->spf_timer, at);
}
