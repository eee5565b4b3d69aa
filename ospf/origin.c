/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  Our own LSA (RFC 2328 12.4): what it says, when a new
 * instance is made, and its defence (13.4).
 *
 * A new instance enters the database and the tree at once.  Only its flooding
 * is paced: a bucket lets the first few out and then one each MinLSInterval.
 * Neighbours drop a second instance within MinLSArrival and would hear of it
 * again only after RxmtInterval; so one that is flooded so soon is sent again
 * just when that second is over.
 *
 * A router that was started again finds its old LSA while it loads the database
 * of its first neighbour, an instant before it becomes FULL and has something
 * to say; the answer to that one waits for it.
 */
#include <stdlib.h>
#include <string.h>

#include "ospf/ospf_int.h"

#define ARRIVAL_MARGIN	NS_MS(100)
#define ANSWER_WAIT	NS_MS(250)
#define REFRESH_JITTER	180		/* s */
#define LINKS_MAX	5400
#define SEEN_TAB	256
#define METRIC_MAX	0xffff		/* RFC 6987 */

struct draft {
	struct rlink	*links;
	size_t		 n_links;
	struct spf_adj	*adj;
	size_t		 n_adj;
};

static struct lsa_key
own_key(const struct ospf *e)
{
	return ((struct lsa_key){ .type = LSA_ROUTER, .id = e->g.router_id,
	    .adv = e->g.router_id });
}

/* 13.4: by advertising router; a network-LSA also by an address of ours. */
bool
origin_is_self(const struct ospf *e, const struct lsa_key *k)
{
	const struct iface *ifp;

	if (k->adv == e->g.router_id)
		return (true);
	if (k->type != LSA_NETWORK)
		return (false);
	TAILQ_FOREACH(ifp, &e->ifaces, all)
		if (ifp->state != IF_DOWN && ifp->c.addr == k->id)
			return (true);
	return (false);
}

static void
add(struct draft *d, uint8_t type, uint32_t id, uint32_t data, uint16_t metric)
{
	d->links[d->n_links++] = (struct rlink){ .type = type, .id = id,
	    .data = data, .metric = metric };
}

/* 12.4.1.1: the neighbour if it is FULL or restarts, and our side. */
static void
draft_p2p(struct ospf *e, const struct iface *ifp, struct draft *d)
{
	const struct nbr *n = ifp->nbr;
	uint32_t mask = ip4_mask(ifp->c.prefix_len);

	if (n != NULL && nbr_adjacent(n)) {
		add(d, RLINK_P2P, n->id, iface_unnumbered(ifp) ?
		    ifp->c.ifindex : ifp->c.addr,
		    e->g.stub_router ? METRIC_MAX : ifp->c.cost);
		d->adj[d->n_adj++] = (struct spf_adj){ .rid = n->id,
		    .iid = ifp->c.iid, .gateway = n->addr,
		    .metric = ifp->c.cost };
	}
	if (ifp->c.addr == 0)
		return;
	if (ifp->c.prefix_len == 32)
		add(d, RLINK_STUB, ifp->c.addr, 0xffffffffU, 0);
	else
		add(d, RLINK_STUB, ifp->c.addr & mask, mask, ifp->c.cost);
}

/* Links to routers first as they come, then stubs by prefix. */
static int
link_cmp(const void *pa, const void *pb)
{
	const struct rlink *a = pa, *b = pb;

	if ((a->type == RLINK_STUB) != (b->type == RLINK_STUB))
		return (a->type == RLINK_STUB ? 1 : -1);
	if (a->id != b->id)
		return (a->id < b->id ? -1 : 1);
	if (a->data != b->data)
		return (a->data < b->data ? -1 : 1);
	return ((int)a->metric - (int)b->metric);
}

/* One stub for each prefix, the cheapest. */
static void
unique(struct draft *d)
{
	size_t i, n = 0;
	struct rlink *l = d->links;

	qsort(l, d->n_links, sizeof(*l), link_cmp);
	for (i = 0; i < d->n_links; i++) {
		if (n > 0 && l[i].type == RLINK_STUB &&
		    l[n - 1].type == RLINK_STUB && l[i].id == l[n - 1].id &&
		    l[i].data == l[n - 1].data)
			continue;
		l[n++] = l[i];
	}
	d->n_links = n > LINKS_MAX ? LINKS_MAX : n;
}

static int
adj_cmp(const void *pa, const void *pb)
{
	const struct spf_adj *a = pa, *b = pb;

	return (a->iid < b->iid ? -1 : a->iid > b->iid);
}

static int
draft_make(struct ospf *e, struct draft *d)
{
	const struct iface *ifp;
	const struct stub *st;
	size_t n = 0;

	TAILQ_FOREACH(ifp, &e->ifaces, all)
		n += 2;
	TAILQ_FOREACH(st, &e->stubs, all)
		n++;
	*d = (struct draft){ .n_links = 0 };
	d->links = calloc(n + 1, sizeof(*d->links));
	d->adj = calloc(n + 1, sizeof(*d->adj));
	if (d->links == NULL || d->adj == NULL)
		return (-1);
	TAILQ_FOREACH(ifp, &e->ifaces, all) {
		if (ifp->state == IF_P2P)
			draft_p2p(e, ifp, d);
		else if (ifp->state == IF_PASSIVE && ifp->c.addr != 0)
			add(d, RLINK_STUB, ifp->c.addr &
			    ip4_mask(ifp->c.prefix_len),
			    ip4_mask(ifp->c.prefix_len), ifp->c.cost);
	}
	TAILQ_FOREACH(st, &e->stubs, all)
		add(d, RLINK_STUB, st->s.dest & ip4_mask(st->s.len),
		    ip4_mask(st->s.len), st->s.cost);
	unique(d);
	if (d->n_adj > 1)
		qsort(d->adj, d->n_adj, sizeof(*d->adj), adj_cmp);
	return (0);
}

/* Addresses that several tunnels share do not tell them apart. */
static void
mark_unnumbered(struct ospf *e)
{
	struct iface *ifp, *o;
	struct iface *seen[SEEN_TAB] = { NULL };
	size_t at;

	TAILQ_FOREACH(ifp, &e->ifaces, all) {
		ifp->unnumbered = ifp->c.addr == 0;
		ifp->same_addr = NULL;
		if (ifp->c.type != OSPF_P2P)
			continue;
		at = ifp->c.addr % SEEN_TAB;
		for (o = seen[at]; o != NULL; o = o->same_addr)
			if (o->c.addr == ifp->c.addr)
				o->unnumbered = ifp->unnumbered = true;
		ifp->same_addr = seen[at];
		seen[at] = ifp;
	}
}

/* An instance with this sequence number as bytes in e->buf. */
static size_t
build(struct ospf *e, const struct draft *d, uint32_t seq)
{
	struct wbuf w = wbuf_make(e->buf, OSPF_PKT_MAX);
	struct lsa_hdr h = { .key = own_key(e), .options = OSPF_OPT_E,
	    .seq = seq };

	lsa_hdr_write(&w, &h);
	router_lsa_write(&w, 0, d->links, d->n_links);
	wbuf_set_u16(&w, 18, (uint16_t)w.len);
	wbuf_set_u16(&w, 16, lsa_fletcher(w.base, w.len));
	return (wbuf_ok(&w) ? w.len : 0);
}

static void
refresh_due(struct ospf *e, struct lsdb_entry *en, int64_t age_s)
{
	int64_t in_s = LSA_REFRESH - (int64_t)(ospf_rand(e) % REFRESH_JITTER) -
	    age_s;

	lsdb_due(e->db, en, mono_add(e->now, NS_S(in_s > 0 ? in_s : 0)));
}

/* Make the instance after `after' the current one.  At the end of the
 * sequence the old one is flushed first, and origin_gone() goes on. */
static void
reissue(struct ospf *e, const struct draft *d, uint32_t after, bool have)
{
	struct lsa_key k = own_key(e);
	struct lsdb_entry *en = lsdb_find(e->db, &k);
	struct lsa *l;
	size_t len;

	if (have && after == LSA_SEQ_MAX) {
		if (en != NULL && !e->own_wrap) {
			e->own_wrap = true;
			e->own_pending = false;
			flood_flush(e, en);
		}
		return;
	}
	len = build(e, d, have ? after + 1 : LSA_SEQ_INITIAL);
	l = len != 0 ? lsa_new(e->buf, len, 0, e->now) : NULL;
	en = l != NULL ? flood_install(e, l, 0) : NULL;
	if (en == NULL) {
		drop(e, DROP_MEMORY);
		return;
	}
	refresh_due(e, en, 0);
	e->st.originated++;
	e->own_pending = true;
}

/* Whether the current instance says the same. */
static bool
unchanged(struct ospf *e, const struct draft *d, const struct lsa *l)
{
	size_t len = build(e, d, l->h.seq);

	return (len == l->h.len && memcmp(e->buf + LSA_HDR_LEN,
	    l->bytes + LSA_HDR_LEN, len - LSA_HDR_LEN) == 0);
}

/* force: also when nothing changed; after: at least after this number. */
static void
update(struct ospf *e, bool force, const uint32_t *after)
{
	struct lsa_key k = own_key(e);
	struct lsdb_entry *en;
	struct draft d;
	uint32_t seq = 0;
	bool have;

	mark_unnumbered(e);
	if (draft_make(e, &d) == -1) {
		drop(e, DROP_MEMORY);
		goto out;
	}
	e->origin_dirty = false;
	topo_root(e, d.adj, d.n_adj);
	if (e->own_wrap)
		goto out;
	en = lsdb_find(e->db, &k);
	have = en != NULL || after != NULL;
	if (en != NULL) {
		seq = en->lsa->h.seq;
		if (!force && !en->max_age && unchanged(e, &d, en->lsa))
			goto out;
	}
	if (after != NULL && (en == NULL || (int32_t)*after > (int32_t)seq))
		seq = *after;
	reissue(e, &d, seq, have);
 out:
	free(d.links);
	free(d.adj);
}

void
origin_update(struct ospf *e)
{
	bool force = e->origin_force;

	e->origin_force = false;
	update(e, force, NULL);
	origin_flood(e, NULL);
}

/*
 * How long until the neighbours take an instance flooded now; 0: they do.
 * MinLSArrival counts from what they took last, at the latest the one flooded
 * last or its repetition.
 */
static int64_t
early(struct ospf *e)
{
	struct mono took = e->own_sent, open;

	if (mono_due(e->own_due, e->now) && mono_sub(e->own_due, took) > 0)
		took = e->own_due;
	open = mono_add(took, MIN_LS_ARRIVAL + ARRIVAL_MARGIN);
	e->own_sent = e->now;
	e->own_due = mono_due(open, e->now) ? e->now : open;
	return (mono_sub(e->own_due, e->now));
}

static void
flood_own(struct ospf *e)
{
	struct lsa_key k = own_key(e);
	struct lsdb_entry *en = lsdb_find(e->db, &k);

	e->own_pending = false;
	if (en == NULL)
		return;
	e->st.flooded++;
	flood_lsa(e, en, NULL, early(e));
}

void
origin_flood(struct ospf *e, void *arg)
{
	struct mono next;

	(void)arg;
	if (!e->own_pending)
		return;
	if (bucket_take(&e->own_free, e->now, &next))
		flood_own(e);
	else
		timer_set(e, &e->own_timer, next);
}

void
origin_adopt(struct ospf *e, struct lsdb_entry *en)
{
	struct lsa_key k = own_key(e);

	/* by its age: the process before may not have been the first either */
	if (lsa_key_eq(&en->lsa->h.key, &k) && !en->max_age)
		refresh_due(e, en, lsa_age(en->lsa, e->now));
}

void
origin_refresh(struct ospf *e, struct lsdb_entry *en)
{
	struct lsa_key k = own_key(e);

	restart_end(e, GRACE_END_EXPIRED);
	if (!lsa_key_eq(&en->lsa->h.key, &k)) {
		flood_flush(e, en);
		return;
	}
	refresh_due(e, en, 0);
	update(e, true, NULL);
	origin_flood(e, NULL);
}

/* Let it end everywhere, as it was received. */
static void
flush_received(struct ospf *e, const uint8_t *p, const struct lsa_hdr *h)
{
	struct lsdb_entry *en;
	struct lsa *l;

	l = lsa_new(p, h->len, h->key.scope, e->now);
	if (l == NULL)
		return;
	l->h.age = LSA_MAX_AGE;
	en = flood_install(e, l, 0);
	if (en != NULL)
		flood_lsa(e, en, NULL, MIN_LS_ARRIVAL + ARRIVAL_MARGIN);
}

/* Who took the forged one just now takes no other within MinLSArrival: the
 * answer is repeated right after that, not only after RxmtInterval. */
void
origin_fight(struct ospf *e, const uint8_t *p, const struct lsa_hdr *h,
    bool asked)
{
	struct lsa_key k = own_key(e);
	struct mono next;

	e->st.fought++;
	if (!lsa_key_eq(&h->key, &k) || e->closing) {
		flush_received(e, p, h);
		return;
	}
	if (h->seq == LSA_SEQ_MAX) {
		e->own_wrap = true;
		e->own_pending = false;
		flush_received(e, p, h);
		return;
	}
	update(e, true, &h->seq);
	if (!e->own_pending)
		return;
	if (asked)
		timer_set(e, &e->own_timer, mono_add(e->now, ANSWER_WAIT));
	else if (bucket_take(&e->fight_free, e->now, &next)) {
		e->own_sent = e->now;
		flood_own(e);
	} else
		timer_set(e, &e->own_timer, next);
}

/* An LSA left the database: was it the one that had to go before ours? */
void
origin_gone(struct ospf *e, const struct lsa_key *k)
{
	struct lsa_key own = own_key(e);

	if (!lsa_key_eq(k, &own))
		return;
	e->own_wrap = false;
	if (e->closing || e->restarting)
		return;
	update(e, true, NULL);
	origin_flood(e, NULL);
}
