/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  Our own graceful restart (RFC 3623 sections 2 and 4): the
 * whole daemon was killed, the kernel still forwards by its routes, and the
 * neighbours may not have noticed.
 *
 * Each link begins with Grace-LSAs instead of Hellos, until one is
 * acknowledged or a few were sent; nothing is heard there so long, since
 * whatever we answered would end the adjacency.  Our first Hello then lists who
 * acknowledged, whose own is waited for, and the exchange begins when helpers
 * have settled, or when they begin it.  Then databases are loaded as
 * after any start, but our LSA from before is taken as it is, nothing is
 * originated and no route computed (main keeps those of the kernel until
 * SYNCED).  That ends when every neighbour which our LSA lists is FULL again,
 * at the first sign that one of them no longer counts on us, or with the grace
 * period; from there on we are a router like any other, and the Grace-LSAs are
 * flushed.
 *
 * A restart that is planned is the same, but that the neighbours are told
 * before the end already (restart_leave()), and so wait longer than a dead
 * interval.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "ospf/ospf_int.h"

#define GRACE_TRIES	4
#define GRACE_GAP	NS_MS(200)	/* between them, at most */
/* BIRD computes routes a tick (1 s) after a Grace-LSA came, and has none by a
 * neighbour that is not FULL, helped or not: until then we stay FULL there. */
#define SETTLE		NS_MS(1200)
#define LEAVE_AGAIN	NS_MS(200)
#define FLUSH_AGAIN	NS_MS(1100)	/* MinLSArrival may have dropped it */

static void
on_expiry(struct ospf *e, void *arg)
{
	(void)arg;
	restart_end(e, GRACE_END_EXPIRED);
}

void
restart_begin(struct ospf *e)
{
	uint32_t s = e->g.grace_s;

	if (s == 0 || e->resuming)
		return;
	if (s > GRACE_PERIOD_MAX)
		s = GRACE_PERIOD_MAX;
	e->restarting = e->restart_look = true;
	timer_init(&e->restart_timer, on_expiry, NULL);
	timer_set(e, &e->restart_timer, mono_add(e->now, NS_S((int64_t)s)));
	ospf_say(e, NULL, "restart", "graceful restart, %" PRIu32
	    " s at most", s);
}

void
restart_end(struct ospf *e, enum grace_end why)
{
	if (!e->restarting)
		return;
	e->restarting = false;
	e->restart_flush = e->origin_dirty = e->origin_force = true;
	timer_stop(e, &e->restart_timer);
	free(e->pre);
	e->pre = NULL;
	e->n_pre = 0;
	ospf_say(e, NULL, "restart", "graceful restart ends: %s",
	    grace_end_names[why]);
	ospf_sync_start(e);
}

void
restart_iface(struct iface *ifp)
{
	if (!ifp->e->restarting || ifp->c.type != OSPF_P2P)
		return;
	ifp->grace_wait = true;
	ifp->grace_left = GRACE_TRIES;
}

/* Install the instance for this link: newer than any that an earlier life can
 * have left there, as cryptographic sequence numbers rise from life to life. */
static struct lsdb_entry *
make(struct iface *ifp, const struct grace *g)
{
	struct ospf *e = ifp->e;
	struct wbuf w = wbuf_make(e->buf, OSPF_PKT_MAX);
	struct lsa_hdr h = { .options = OSPF_OPT_E, .key = {
	    .type = LSA_OPAQUE_LINK, .scope = ifp->c.iid, .id = GRACE_LS_ID,
	    .adv = e->g.router_id } };
	const struct lsdb_entry *en = lsdb_find(e->db, &h.key);
	struct lsa *l;

	h.seq = en != NULL ? en->lsa->h.seq + 1 :
	    LSA_SEQ_INITIAL + e->g.seq / 2;
	lsa_hdr_write(&w, &h);
	grace_write(&w, g);
	wbuf_set_u16(&w, 18, (uint16_t)w.len);
	wbuf_set_u16(&w, 16, lsa_fletcher(w.base, w.len));
	l = lsa_new(w.base, w.len, ifp->c.iid, e->now);
	return (l != NULL ? flood_install(e, l, 0) : NULL);
}

bool
restart_holds(struct iface *ifp)
{
	struct ospf *e = ifp->e;
	int64_t gap = NS_MS(ifp->c.hello_ms) / 4;
	struct lsa_key k = { .type = LSA_OPAQUE_LINK, .scope = ifp->c.iid,
	    .id = GRACE_LS_ID, .adv = e->g.router_id };
	struct grace g = { .reason = GRACE_UNKNOWN };
	struct lsdb_entry *en;
	int64_t left = e->restart_timer.node.key - e->now.ns;

	if (!ifp->grace_wait)
		return (false);
	if (!e->restarting || ifp->grace_left == 0) {
		ifp->grace_wait = false;
		return (false);
	}
	en = lsdb_find(e->db, &k);
	if (en == NULL || ifp->grace_left == GRACE_TRIES) {
		g.period_s = left < NS_S(1) ? 1 : (uint32_t)(left / NS_S(1));
		en = make(ifp, &g);
	}
	if (en != NULL)
		(void)flood_queue(ifp, en->lsa);
	ifp->grace_left--;
	timer_set(e, &ifp->hello, mono_add(e->now, gap > GRACE_GAP ?
	    GRACE_GAP : gap));
	return (true);
}

void
restart_ack(struct iface *ifp, struct rbuf *r)
{
	struct ospf *e = ifp->e;
	struct lsa_hdr h;

	while (rbuf_left(r) >= LSA_HDR_LEN) {
		lsa_hdr_read(r, &h);
		if (!grace_is(&h.key) || h.key.adv != e->g.router_id)
			continue;
		ifp->grace_left = 0;
		ifp->grace_wait = false;
		ifp->settled = mono_add(e->now, SETTLE);
		timer_set(e, &ifp->hello, ifp->settled);
	}
}

bool
restart_settles(struct nbr *n)
{
	struct ospf *e = n->ifp->e;

	if (!e->restarting || n->state != NBR_INIT ||
	    mono_sub(n->ifp->settled, e->now) <= 0)
		return (false);
	timer_set(e, &n->dd, n->ifp->settled);
	return (true);
}

bool
restart_accepts(const struct ospf *e, const struct lsa_key *k)
{
	return (e->restarting && !lsa_type_opaque(k->type));
}

static int
id_cmp(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return (a < b ? -1 : a > b);
}

/* Whether a router-LSA has a link to this router. */
static bool
links_to(const struct lsdb_entry *en, uint32_t rid)
{
	struct rlink k;
	struct rbuf r;
	uint16_t n, i;

	r = router_lsa_links(en->lsa->bytes, en->lsa->h.len, &n);
	for (i = 0; !en->max_age && i < n && router_link_next(&r, &k); i++)
		if (k.type == RLINK_P2P && k.id == rid)
			return (true);
	return (false);
}

/* The neighbours of our LSA from before, sorted, one for each link.  false: it
 * is not known yet. */
static bool
learn(struct ospf *e, const struct lsdb_entry *own)
{
	struct rlink k;
	struct rbuf r;
	uint16_t n, i;

	r = router_lsa_links(own->lsa->bytes, own->lsa->h.len, &n);
	free(e->pre);
	e->n_pre = 0;
	if ((e->pre = calloc((size_t)n + 1, sizeof(*e->pre))) == NULL) {
		drop(e, DROP_MEMORY);
		return (false);
	}
	for (i = 0; i < n && router_link_next(&r, &k); i++)
		if (k.type == RLINK_P2P)
			e->pre[e->n_pre++] = k.id;
	qsort(e->pre, e->n_pre, sizeof(*e->pre), id_cmp);
	return (true);
}

/* 2.2 (2): whether a neighbour from before no longer lists us. */
static bool
left_us(const struct ospf *e)
{
	struct lsa_key k = { .type = LSA_ROUTER };
	const struct lsdb_entry *en;
	size_t i;

	for (i = 0; i < e->n_pre; i++) {
		if (i > 0 && e->pre[i] == e->pre[i - 1])
			continue;
		k.id = k.adv = e->pre[i];
		en = lsdb_find(e->db, &k);
		if (en != NULL && !links_to(en, e->g.router_id))
			return (true);
	}
	return (false);
}

void
restart_lsa(struct ospf *e, const struct lsdb_entry *en)
{
	const struct lsa_key *k = &en->lsa->h.key;

	if (!e->restarting || k->type != LSA_ROUTER)
		return;
	e->restart_look = true;
	if (k->adv == e->g.router_id) {
		/* perhaps a newer one than the first neighbour had */
		free(e->pre);
		e->pre = NULL;
		e->restart_bad = e->restart_bad || en->max_age;
	} else if (e->pre != NULL && bsearch(&k->adv, e->pre, e->n_pre,
	    sizeof(*e->pre), id_cmp) != NULL &&
	    !links_to(en, e->g.router_id))
		e->restart_bad = true;
}

/* Links to be, and those of them that are FULL again. */
static void
count(const struct ospf *e, size_t *links, size_t *full)
{
	const struct iface *ifp;

	*links = *full = 0;
	TAILQ_FOREACH(ifp, &e->ifaces, all) {
		*links += ifp->c.type == OSPF_P2P;
		*full += ifp->nbr != NULL && ifp->nbr->state == NBR_FULL &&
		    bsearch(&ifp->nbr->id, e->pre, e->n_pre, sizeof(*e->pre),
		    id_cmp) != NULL;
	}
}

void
restart_check(struct ospf *e)
{
	struct lsa_key k = { .type = LSA_ROUTER, .id = e->g.router_id,
	    .adv = e->g.router_id };
	const struct lsdb_entry *own;
	size_t links, full;

	if (!e->restarting || !e->restart_look || e->held)
		return;
	e->restart_look = false;
	own = lsdb_find(e->db, &k);
	if (own == NULL) {
		if (e->n_full != 0)
			restart_end(e, GRACE_END_NO_LSA);
		return;
	}
	if (e->pre == NULL) {
		if (!learn(e, own))
			return;
		e->restart_bad = e->restart_bad || left_us(e);
	}
	count(e, &links, &full);
	if (e->restart_bad || e->n_pre > links)
		restart_end(e, GRACE_END_INCONSISTENT);
	else if (full >= e->n_pre)
		restart_end(e, GRACE_END_DONE);
}

void
restart_flush(struct ospf *e)
{
	struct lsa_key own = { .type = LSA_ROUTER, .id = e->g.router_id,
	    .adv = e->g.router_id };
	struct lsdb_entry *en;

	if (!e->restart_flush)
		return;
	e->restart_flush = false;
	TAILQ_FOREACH(en, lsdb_all(e->db), all) {
		if (!en->self || en->max_age ||
		    lsa_key_eq(&en->lsa->h.key, &own))
			continue;
		flood_flush(e, en);
		flood_lsa(e, en, NULL, FLUSH_AGAIN);
	}
}

bool
restart_leave(struct ospf *e)
{
	struct grace g = { .period_s = e->leave_s, .reason = GRACE_SOFTWARE };
	struct lsdb_entry *en;
	struct iface *ifp;
	bool any = false;

	if (e->leave_s == 0 || e->leave_s > GRACE_PERIOD_MAX)
		return (false);
	TAILQ_FOREACH(ifp, &e->ifaces, all) {
		if (ifp->nbr == NULL || ifp->nbr->state != NBR_FULL ||
		    (en = make(ifp, &g)) == NULL)
			continue;
		flood_lsa(e, en, NULL, LEAVE_AGAIN);
		any = true;
	}
	ospf_say(e, NULL, "restart", "to be started again: the neighbours "
	    "wait %" PRIu32 " s", e->leave_s);
	return (any);
}

bool
restart_leaving(const struct ospf *e)
{
	struct lsdb_entry *en;

	TAILQ_FOREACH(en, lsdb_all(e->db), all)
		if (en->self && en->n_rxmt != 0 && grace_is(&en->lsa->h.key))
			return (true);
	return (false);
}
