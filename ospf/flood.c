/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  Flooding (RFC 2328 13) and the end of LSAs (14).
 *
 * A point-to-point link has one neighbour, so whatever is to be sent over it
 * (floods, retransmissions, answers to requests) goes through one short queue
 * of the interface and shares packets; the queue is sent at the end of a step.
 * An LSA of ours over all links of a hub is more than the outputs of a step may
 * hold: what is too much waits here, as references, in the order in which
 * interfaces became busy, and an LSA that was replaced meanwhile goes as it is
 * then.
 */
#include <stdlib.h>
#include <string.h>

#include "ospf/resume.h"

#define LSA_TAKE_MAX	65400	/* leaves room for header and digest */
#define AGE_PER_STEP	64
#define ACK_DELAY	NS_MS(250)
#define QUEUE_AGAIN	NS_MS(100)	/* what found no room in the queue */
#define QUEUE_FIRST	4	/* then twice as many, to IFACE_QUEUE */

static int64_t
rxmt_ns(const struct nbr *n)
{
	return (NS_MS(n->ifp->c.rxmt_ms != 0 ? n->ifp->c.rxmt_ms : 5000));
}

/* How many LSAs of the queue the next packet holds.  One that is larger than
 * the MTU goes alone, in IP fragments. */
static size_t
packet_fill(const struct iface *ifp)
{
	size_t i, len = OSPF_HDR_LEN + 4;

	for (i = 0; i < ifp->n_q; i++) {
		len += ifp->q[i]->h.len;
		if (i != 0 && len > iface_room(ifp))
			break;
	}
	return (i);
}

/* Take the first n out of the queue. */
static void
dequeue(struct iface *ifp, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		lsa_unref(ifp->q[i]);
	ifp->n_q -= n;
	if (ifp->n_q != 0) {
		memmove(ifp->q, ifp->q + n, ifp->n_q * sizeof(*ifp->q));
		return;
	}
	free(ifp->q);
	ifp->q = NULL;
	ifp->cap_q = 0;
	TAILQ_REMOVE(&ifp->e->busy, ifp, busy);
}

bool
flood_push(struct iface *ifp)
{
	struct wbuf w;
	size_t i, n = packet_fill(ifp);

	if (n == 0 || !out_room(ifp->e))
		return (false);
	w = pkt_begin(ifp, PKT_LSU);
	wbuf_u32(&w, (uint32_t)n);
	for (i = 0; i < n; i++)
		lsa_write(&w, ifp->q[i], ifp->e->now);
	dequeue(ifp, n);
	pkt_send(ifp, &w);
	return (true);
}

void
flood_unqueue(struct iface *ifp)
{
	if (ifp->n_q != 0)
		dequeue(ifp, ifp->n_q);
}

/* v with room for more than *cap, or NULL: counted, and v is as it was. */
static void *
grow(struct ospf *e, void *v, size_t *cap, size_t size)
{
	size_t n = *cap == 0 ? QUEUE_FIRST : *cap * 2;

	if ((v = reallocarray(v, n, size)) == NULL) {
		drop(e, DROP_MEMORY);
		return (NULL);
	}
	*cap = n;
	return (v);
}

bool
flood_queue(struct iface *ifp, struct lsa *l)
{
	struct lsa **q, *old;
	size_t i;

	for (i = 0; i < ifp->n_q; i++) {
		old = ifp->q[i];
		if (!lsa_key_eq(&old->h.key, &l->h.key))
			continue;
		ifp->q[i] = lsa_ref(l);
		lsa_unref(old);
		return (true);
	}
	if (ifp->n_q == IFACE_QUEUE && !flood_push(ifp)) {
		drop(ifp->e, DROP_QUEUE);
		return (false);
	}
	if (ifp->n_q == ifp->cap_q) {
		q = grow(ifp->e, ifp->q, &ifp->cap_q, sizeof(*q));
		if (q == NULL)
			return (false);
		ifp->q = q;
	}
	if (ifp->n_q == 0)
		TAILQ_INSERT_TAIL(&ifp->e->busy, ifp, busy);
	ifp->q[ifp->n_q++] = lsa_ref(l);
	if (packet_fill(ifp) < ifp->n_q)
		(void)flood_push(ifp);
	return (true);
}

void
ack_forget(struct iface *ifp)
{
	timer_stop(ifp->e, &ifp->ack);
	free(ifp->acks);
	ifp->acks = NULL;
	ifp->n_acks = ifp->cap_acks = 0;
}

void
ack_push(struct iface *ifp)
{
	struct wbuf w;
	size_t i;

	timer_stop(ifp->e, &ifp->ack);
	if (ifp->n_acks == 0)
		return;
	w = pkt_begin(ifp, PKT_ACK);
	for (i = 0; i < ifp->n_acks; i++)
		lsa_hdr_write(&w, &ifp->acks[i]);
	ack_forget(ifp);
	ifp->acked = ifp->e->now;
	pkt_send(ifp, &w);
}

/* Acknowledge a received instance: at once, or with others a little later, but
 * no later than that after the last ones, so that one that comes alone does not
 * wake us twice (13.5). */
static void
ack(struct nbr *n, const struct lsa_hdr *h, bool at_once)
{
	struct iface *ifp = n->ifp;
	struct ospf *e = ifp->e;
	size_t max = (iface_room(ifp) - OSPF_HDR_LEN) / LSA_HDR_LEN;
	int64_t delay = rxmt_ns(n) / 4;
	struct lsa_hdr *acks;

	if (delay > ACK_DELAY)
		delay = ACK_DELAY;
	if (ifp->n_acks == IFACE_QUEUE || ifp->n_acks >= max)
		ack_push(ifp);
	/* without memory the neighbour says it once more */
	if (ifp->n_acks == ifp->cap_acks) {
		acks = grow(e, ifp->acks, &ifp->cap_acks, sizeof(*acks));
		if (acks == NULL)
			return;
		ifp->acks = acks;
	}
	ifp->acks[ifp->n_acks++] = *h;
	if (at_once)
		timer_set(e, &ifp->ack, e->now);
	else if (ifp->ack.node.at == 0)
		timer_set(e, &ifp->ack, mono_add(ifp->acked, delay));
}

static void
rxmt_arm(struct nbr *n)
{
	struct lsa_item *it = lsalist_top(&n->out);

	if (it != NULL)
		timer_set(n->ifp->e, &n->rxmt, (struct mono){ it->due.key });
	else
		timer_stop(n->ifp->e, &n->rxmt);
}

void
rxmt_add(struct nbr *n, struct lsa *l, struct mono due)
{
	struct ospf *e = n->ifp->e;
	struct lsdb_entry *en;
	struct lsa_item *it;
	size_t before = n->out.n;

	it = lsalist_add(&n->out, &l->h, due);
	if (it == NULL) {
		drop(e, DROP_MEMORY);
		return;
	}
	(void)lsa_ref(l);
	lsa_unref(it->lsa);
	it->lsa = l;
	en = lsdb_find(e->db, &l->h.key);
	if (en != NULL && n->out.n != before)
		en->n_rxmt++;
	if (en != NULL && en->changed)
		it->changed = true;
	rxmt_arm(n);
}

static void
rxmt_del(struct nbr *n, struct lsa_item *it)
{
	struct ospf *e = n->ifp->e;
	struct lsdb_entry *en = lsdb_find(e->db, &it->hdr.key);

	if (en != NULL && --en->n_rxmt == 0 && en->max_age)
		e->sweep = true;
	lsalist_del(&n->out, it);
}

void
rxmt_clear(struct nbr *n)
{
	struct lsa_item *it;

	while ((it = lsalist_top(&n->out)) != NULL)
		rxmt_del(n, it);
	lsalist_clear(&n->out);
}

/* 13.6, one packet each time; the next one follows at once if there is more. */
void
flood_rxmt(struct ospf *e, void *arg)
{
	struct nbr *n = arg;
	struct lsa_item *it;
	size_t i, len = OSPF_HDR_LEN + 4;
	bool queued;

	for (i = 0; i < IFACE_QUEUE; i++) {
		it = lsalist_top(&n->out);
		if (it == NULL || it->due.key > e->now.ns)
			break;
		len += it->lsa->h.len;
		if (i != 0 && len > iface_room(n->ifp))
			break;
		queued = flood_queue(n->ifp, it->lsa);
		e->st.rxmt += queued;
		lsalist_due(&n->out, it, mono_add(e->now, queued ?
		    rxmt_ns(n) : QUEUE_AGAIN));
	}
	rxmt_arm(n);
}

struct lsdb_entry *
flood_install(struct ospf *e, struct lsa *l, uint32_t from)
{
	struct lsdb_entry *en = lsdb_find(e->db, &l->h.key);
	struct iface *ifp;
	bool was_new, changed;
	uint16_t age = lsa_age(l, e->now);

	changed = lsa_changed(en != NULL ? en->lsa : NULL, l, e->now);
	en = lsdb_put(e->db, l, e->now, &was_new);
	if (en == NULL) {
		drop(e, DROP_MEMORY);
		return (NULL);
	}
	if (was_new) {
		en->from = from;
		if (from != 0 && (ifp = iface_find(e, from)) != NULL)
			ifp->n_lsas++;
	}
	en->changed = changed;
	en->flooded = from != 0;
	en->self = origin_is_self(e, &en->lsa->h.key);
	lsdb_dying(e->db, en, age >= LSA_MAX_AGE);
	if (age >= LSA_MAX_AGE) {
		e->sweep = true;
		lsdb_due(e->db, en, MONO_NEVER);
	} else
		lsdb_due(e->db, en, mono_add(e->now,
		    NS_S(LSA_MAX_AGE - age)));
	resume_keep(e, en);
	topo_lsa(e, en);
	if (changed)
		helper_changed(e, en, from);
	restart_lsa(e, en);
	return (en);
}

/* 13.3 (1): whether a neighbour that still asks for LSAs needs this one. */
static bool
still_needs(struct nbr *n, const struct lsa_hdr *h)
{
	struct lsa_item *it = lsalist_find(&n->req, &h->key);
	int c;

	if (n->state == NBR_FULL || it == NULL)
		return (true);
	c = lsa_hdr_cmp(h, &it->hdr);
	if (c < 0)
		return (false);
	lsr_done(n, it);
	if (n->n_asked == 0)
		timer_set(n->ifp->e, &n->lsr, n->ifp->e->now);
	return (c > 0);
}

/* 13 (5c): an older instance is no longer sent to anybody. */
static void
rxmt_forget(struct nbr *n, const struct lsa_key *k)
{
	struct lsa_item *it = lsalist_find(&n->out, k);

	if (it == NULL)
		return;
	rxmt_del(n, it);
	rxmt_arm(n);
}

/* Whether an LSA is for the other end of this link, 13.3 and RFC 5250 3.1. */
bool
flood_in_scope(const struct nbr *n, const struct lsa_key *k)
{
	if (!lsa_type_opaque(k->type))
		return (true);
	return ((n->dd_options & OSPF_OPT_O) != 0 &&
	    (k->type != LSA_OPAQUE_LINK || k->scope == n->ifp->c.iid));
}

void
flood_lsa(struct ospf *e, struct lsdb_entry *en, struct nbr *from,
    int64_t rxmt)
{
	struct nbr *n;
	struct lsa_hdr h = lsa_hdr_now(en->lsa, e->now);

	TAILQ_FOREACH(n, &e->adj, adj) {
		if (!still_needs(n, &h) || n == from ||
		    !flood_in_scope(n, &h.key)) {
			rxmt_forget(n, &h.key);
			continue;
		}
		rxmt_add(n, en->lsa, mono_add(e->now, rxmt != 0 ? rxmt :
		    rxmt_ns(n)));
		(void)flood_queue(n->ifp, en->lsa);
	}
}

void
flood_flush(struct ospf *e, struct lsdb_entry *en)
{
	en->changed = !en->max_age;
	en->lsa->h.age = LSA_MAX_AGE;
	en->lsa->at = e->now;
	lsdb_dying(e->db, en, true);
	lsdb_due(e->db, en, MONO_NEVER);
	e->sweep = true;
	resume_keep(e, en);
	topo_lsa(e, en);
	if (en->changed)
		helper_changed(e, en, 0);
	flood_lsa(e, en, NULL, 0);
}

/* LSAs whose time has come: ours are refreshed, others' have ended. */
void
flood_age(struct ospf *e, void *arg)
{
	struct lsdb_entry *en;
	unsigned int i;

	(void)arg;
	for (i = 0; i < AGE_PER_STEP; i++) {
		en = lsdb_first_due(e->db);
		if (en == NULL || en->due.key > e->now.ns)
			return;
		if (en->self)
			origin_refresh(e, en);
		else
			flood_flush(e, en);
	}
}

static void
forget(struct ospf *e, struct lsdb_entry *en)
{
	struct iface *ifp = iface_find(e, en->from);
	struct lsa_key k = en->lsa->h.key;

	if (ifp != NULL && ifp->n_lsas > 0)
		ifp->n_lsas--;
	topo_gone(e, en);
	lsdb_del(e->db, en);
	resume_forget(e, &k);
	origin_gone(e, &k);
}

/* 14: a MaxAge LSA goes when nobody has to acknowledge it any more and no
 * exchange could bring an older one back. */
void
flood_sweep(struct ospf *e)
{
	struct lsdb_entry *en, *next;

	e->sweep = false;
	if (e->n_exchanging != 0)
		return;
	TAILQ_FOREACH_SAFE(en, lsdb_dying_list(e->db), dying, next)
		if (en->n_rxmt == 0)
			forget(e, en);
}

/* Link-scoped LSAs end with their link. */
void
flood_forget_iface(struct ospf *e, const struct iface *ifp)
{
	struct lsdb_entry *en, *next;

	TAILQ_FOREACH_SAFE(en, lsdb_all(e->db), all, next)
		if (en->lsa->h.key.scope == ifp->c.iid)
			forget(e, en);
}

/* What 12 bytes of an LSA name becomes an object of some 300: there are not too
 * many of those. */
static bool
graph_full(const struct ospf *e, const struct lsa_hdr *h)
{
	return (h->key.type <= LSA_NETWORK &&
	    rib_size(e->rib) + spf_size(e->spf) >= e->p.max_nodes);
}

/* Whether there is room for one more LSA learnt by this neighbour, or for one
 * that grows. */
static enum ospf_drop
check_room(const struct nbr *n, const struct lsa_hdr *h,
    const struct lsdb_entry *en)
{
	const struct ospf *e = n->ifp->e;
	size_t old = en != NULL ? en->lsa->h.len : 0;

	if ((en == NULL && lsdb_count(e->db) >= e->p.max_lsas) ||
	    (h->len > old && (graph_full(e, h) ||
	    lsdb_bytes(e->db) + h->len - old > e->p.max_lsdb_bytes)))
		return (DROP_LSDB_FULL);
	return (en == NULL && n->ifp->n_lsas >= e->p.max_nbr_lsas ?
	    DROP_NBR_FULL : DROP_NONE);
}

/* What is never going to be in the database need not be waited for. */
static void
unwanted(struct nbr *n, const struct lsa_hdr *h, enum ospf_drop why)
{
	struct lsa_item *it = lsalist_find(&n->req, &h->key);

	if (why == DROP_LSDB_FULL || why == DROP_NBR_FULL)
		iface_miss(n->ifp, why, 0, 0, n->addr);	/* worth an event */
	else
		drop(n->ifp->e, why);
	if (it != NULL && why != DROP_LSA_CHECKSUM)
		lsr_done(n, it);
}

/* 13 (5): newer than ours, or unknown. */
static void
lsu_newer(struct nbr *n, const uint8_t *p, const struct lsa_hdr *h,
    struct lsdb_entry *en)
{
	struct ospf *e = n->ifp->e;
	struct lsa_item *it = lsalist_find(&n->req, &h->key);
	struct lsa *l;
	enum ospf_drop why;
	bool asked = it != NULL;

	if (en != NULL && en->flooded && !asked &&
	    mono_sub(e->now, en->installed) < MIN_LS_ARRIVAL) {
		drop(e, DROP_LSA_ARRIVAL);
		return;
	}
	/* what is flushed in our name takes room until all acknowledge it; our
	 * router-LSA has its place */
	why = check_room(n, h, en);
	if (origin_is_self(e, &h->key) && !restart_accepts(e, &h->key) &&
	    (why == DROP_NONE || h->key.type == LSA_ROUTER)) {
		if (it != NULL)
			lsr_done(n, it);
		ack(n, h, h->age >= LSA_MAX_AGE);
		origin_fight(e, p, h, asked);
		return;
	}
	if (why != DROP_NONE) {
		unwanted(n, h, why);
		return;
	}
	l = lsa_new(p, h->len, h->key.scope, e->now);
	en = l != NULL ? flood_install(e, l, n->ifp->c.iid) : NULL;
	if (en == NULL)
		return;
	/* what we asked for did not come by flooding: a newer one may follow
	 * it at once, as the sender's does when it becomes FULL */
	en->flooded = !asked;
	e->cause = (struct rib_cause){ .kind = CAUSE_LSA, .id = h->key.adv };
	flood_lsa(e, en, n, 0);
	/* who flushes one may wait for us to make it anew, who restarts for his
	 * Grace-LSA to be known */
	ack(n, h, h->age >= LSA_MAX_AGE || grace_is(&h->key));
	helper_lsa(n, en);
}

/* One of ours that passes for the instance we made, with another body: it was
 * made to fit its checksum, and where it came first ours is taken for it. */
static bool
disguised(const uint8_t *p, const struct lsa_hdr *h,
    const struct lsdb_entry *en)
{
	const struct lsa *l = en->lsa;

	return (en->self && !en->max_age && (h->len != l->h.len ||
	    memcmp(p + LSA_HDR_LEN, l->bytes + LSA_HDR_LEN,
	    (size_t)h->len - LSA_HDR_LEN) != 0));
}

/* 13 (7): what we have already; an acknowledgement if we sent it there. */
static void
lsu_same(struct nbr *n, const struct lsa_hdr *h)
{
	struct lsa_item *it = lsalist_find(&n->out, &h->key);
	struct lsa_hdr sent;

	if (it != NULL) {
		sent = lsa_hdr_now(it->lsa, n->ifp->e->now);
		if (lsa_hdr_cmp(h, &sent) == 0) {
			rxmt_del(n, it);
			rxmt_arm(n);
			return;
		}
	}
	ack(n, h, true);
}

/* 13 (8): older; its sender needs ours. */
static void
lsu_older(struct nbr *n, struct lsdb_entry *en)
{
	struct ospf *e = n->ifp->e;

	if (lsa_age(en->lsa, e->now) >= LSA_MAX_AGE &&
	    en->lsa->h.seq == LSA_SEQ_MAX) {
		drop(e, DROP_LSA_WRAP);
		return;
	}
	if (en->sent.ns != 0 && mono_sub(e->now, en->sent) < MIN_LS_ARRIVAL)
		return;
	en->sent = e->now;
	(void)flood_queue(n->ifp, en->lsa);
}

/* One LSA of an update.  false: the neighbour's state fell, stop. */
static bool
lsu_one(struct nbr *n, const uint8_t *p, struct lsa_hdr *h)
{
	struct ospf *e = n->ifp->e;
	struct lsdb_entry *en;
	struct lsa_item *it;
	struct lsa_hdr have;
	enum ospf_drop why;
	int c = 1;

	if (h->key.type == LSA_OPAQUE_LINK)
		h->key.scope = n->ifp->c.iid;
	why = h->len > LSA_TAKE_MAX ? DROP_LSA_LENGTH : lsa_check(p, h);
	if (why == DROP_NONE && grace_is(&h->key) && h->key.adv != n->id &&
	    h->key.adv != e->g.router_id)
		why = DROP_GRACE_ROUTER;
	if (why != DROP_NONE) {
		unwanted(n, h, why);
		return (true);
	}
	en = lsdb_find(e->db, &h->key);
	if (en == NULL && h->age == LSA_MAX_AGE && e->n_exchanging == 0) {
		ack(n, h, true);
		return (true);
	}
	if (en != NULL) {
		have = lsa_hdr_now(en->lsa, e->now);
		c = lsa_hdr_cmp(h, &have);
	}
	if (c > 0) {
		lsu_newer(n, p, h, en);
		return (true);
	}
	it = lsalist_find(&n->req, &h->key);
	if (it != NULL && en->self) {
		/* ours is newer since another neighbour showed us the same;
		 * as the answer to that it will be flooded here too */
		lsr_done(n, it);
		if (c < 0)
			return (true);
	} else if (it != NULL) {
		drop(e, DROP_LSA_UNREQUESTED);
		nbr_event(n, NE_BAD_LSREQ);
		return (false);
	}
	if (c == 0) {
		lsu_same(n, h);
		if (disguised(p, h, en))
			origin_fight(e, p, h, false);
	} else
		lsu_older(n, en);
	return (true);
}

/* Whether n LSAs lie in r, each within it; r is a copy. */
static bool
lsu_fits(struct rbuf r, uint32_t n)
{
	struct lsa_hdr h;

	while (n-- > 0) {
		lsa_hdr_read(&r, &h);
		if (!rbuf_ok(&r) || h.len < LSA_HDR_LEN)
			return (false);
		rbuf_skip(&r, (size_t)h.len - LSA_HDR_LEN);
		if (!rbuf_ok(&r))
			return (false);
	}
	return (true);
}

void
lsu_recv(struct nbr *n, struct rbuf *r)
{
	struct ospf *e = n->ifp->e;
	struct rbuf peek;
	struct lsa_hdr h;
	uint32_t count;

	if (n->state < NBR_EXCHANGE) {
		drop(e, DROP_STATE);
		return;
	}
	count = rbuf_u32(r);
	if (!rbuf_ok(r) || !lsu_fits(*r, count)) {
		drop(e, DROP_LSU_BODY);
		return;
	}
	while (count-- > 0) {
		peek = *r;
		lsa_hdr_read(&peek, &h);
		if (!lsu_one(n, rbuf_bytes(r, h.len), &h))
			return;
	}
	lsr_more(n);
}

/* 13.7 */
void
ack_recv(struct nbr *n, struct rbuf *r)
{
	struct ospf *e = n->ifp->e;
	struct lsa_item *it;
	struct lsa_hdr h, sent;

	if (n->state < NBR_EXCHANGE) {
		drop(e, DROP_STATE);
		return;
	}
	if (rbuf_left(r) % LSA_HDR_LEN != 0) {
		drop(e, DROP_ACK_BODY);
		return;
	}
	while (rbuf_left(r) != 0) {
		lsa_hdr_read(r, &h);
		if (h.key.type == LSA_OPAQUE_LINK)
			h.key.scope = n->ifp->c.iid;
		it = lsalist_find(&n->out, &h.key);
		if (it == NULL)
			continue;
		sent = lsa_hdr_now(it->lsa, e->now);
		if (lsa_hdr_cmp(&h, &sent) == 0)
			rxmt_del(n, it);
		else
			drop(e, DROP_ACK_OTHER);
	}
	rxmt_arm(n);
}
