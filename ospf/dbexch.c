/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  Database exchange (RFC 2328 10.6 to 10.9): database
 * descriptions, requests for what is missing, answers to requests.
 *
 * The MTU of a description: with mtu_check warn we repeat the
 * neighbour's own value, the only one that every implementation accepts, and
 * keep our packets below the smaller of the two.  BIRD drops any other even
 * when it is FULL and we begin again, and then never says its own: until we
 * know that, every other description says 0, which nobody compares.  Requests
 * are sent while the exchange still runs, so that a lost description does not
 * hold them up.
 */
#include <stdlib.h>
#include <string.h>

#include "ospf/ospf_int.h"

#define DD_IDLE_MAX	64	/* empty descriptions that promise more */

static int64_t
rxmt_ns(const struct nbr *n)
{
	return (NS_MS(n->ifp->c.rxmt_ms != 0 ? n->ifp->c.rxmt_ms : 5000));
}

static uint16_t
dd_mtu(const struct nbr *n)
{
	if (n->ifp->c.mtu_check != MTU_WARN)
		return (n->ifp->c.mtu);
	return (n->mtu_known ? n->mtu : n->mtu_unsaid ? 0 : n->ifp->c.mtu);
}

/* Send the body in dd_tx, which may have been sent before. */
static void
dd_transmit(struct nbr *n)
{
	struct ospf *e = n->ifp->e;
	struct wbuf w;

	if (n->dd_tx == NULL)
		return;
	w = wbuf_make(n->dd_tx, n->dd_tx_len);
	w.len = n->dd_tx_len;
	wbuf_set_u16(&w, 0, dd_mtu(n));
	w = pkt_begin(n->ifp, PKT_DD);
	wbuf_bytes(&w, n->dd_tx, n->dd_tx_len);
	pkt_send(n->ifp, &w);
	if (n->master)
		timer_set(e, &n->dd, mono_add(e->now, rxmt_ns(n)));
}

/* Our next description, with as many headers as fit. */
static void
dd_build(struct nbr *n, uint8_t flags)
{
	struct ospf *e = n->ifp->e;
	size_t room = iface_room(n->ifp) - OSPF_HDR_LEN;
	struct dd d = { .options = OSPF_OPT_E | OSPF_OPT_O, .seq = n->dd_seq };
	struct lsa_hdr h;
	struct wbuf w;
	uint8_t *body;

	body = realloc(n->dd_tx, room);
	if (body == NULL) {
		drop(e, DROP_MEMORY);
		return;
	}
	n->dd_tx = body;
	w = wbuf_make(body, room);
	dd_write(&w, &d);
	while ((flags & DD_I) == 0 && n->sum_at < n->n_sum &&
	    w.len + LSA_HDR_LEN <= room) {
		h = lsa_hdr_now(n->sum[n->sum_at], e->now);
		lsa_hdr_write(&w, &h);
		lsa_unref(n->sum[n->sum_at]);
		n->sum[n->sum_at++] = NULL;
	}
	if (n->sum_at < n->n_sum)
		flags |= DD_M;
	n->sum_done = (flags & DD_M) == 0;
	wbuf_set_u8(&w, 3, flags);
	n->dd_tx_len = w.len;
	/* it is kept for its repeats, and most are short */
	if ((body = realloc(n->dd_tx, w.len)) != NULL)
		n->dd_tx = body;
}

void
dd_send(struct nbr *n)
{
	dd_build(n, n->master ? DD_MS : 0);
	dd_transmit(n);
}

static void
on_dd(struct ospf *e, void *arg)
{
	struct nbr *n = arg;

	(void)e;
	if (n->state == NBR_INIT && n->lists_us) {
		nbr_event(n, NE_TWOWAY);	/* a helper has settled */
		return;
	}
	n->mtu_unsaid = !n->mtu_unsaid;
	if (n->state == NBR_EXSTART || (n->state == NBR_EXCHANGE && n->master))
		dd_transmit(n);
}

static void
on_lsr(struct ospf *e, void *arg)
{
	struct nbr *n = arg;

	(void)e;
	if (n->req.n == 0)
		lsr_more(n);	/* what was left came by flooding */
	else
		lsr_send(n);
}

void
nbr_timers_init(struct nbr *n)
{
	timer_init(&n->dd, on_dd, n);
	timer_init(&n->lsr, on_lsr, n);
	timer_init(&n->rxmt, flood_rxmt, n);
}

static void
sum_clear(struct nbr *n)
{
	size_t i;

	for (i = n->sum_at; i < n->n_sum; i++)
		lsa_unref(n->sum[i]);
	free(n->sum);
	n->sum = NULL;
	n->n_sum = n->sum_at = 0;
}

void
nbr_lists_clear(struct nbr *n)
{
	struct ospf *e = n->ifp->e;

	sum_clear(n);
	lsalist_clear(&n->req);
	TAILQ_INIT(&n->unasked);
	n->n_asked = 0;
	rxmt_clear(n);
	n->dd_rx_valid = false;
	n->dd_idle = 0;
	n->dd_heard = 0;
	timer_stop(e, &n->dd);
	timer_stop(e, &n->lsr);
	timer_stop(e, &n->rxmt);
}

/* ExStart: claim to be the master, say nothing yet. */
void
dd_start(struct nbr *n)
{
	n->dd_seq++;
	n->master = true;
	n->mtu_known = n->mtu_unsaid = false;
	n->sum_done = false;
	dd_build(n, DD_I | DD_M | DD_MS);
	dd_transmit(n);
}

/* Exchange: note what is there to be described, 10.3 NegotiationDone. */
void
dd_summary(struct nbr *n)
{
	struct ospf *e = n->ifp->e;
	struct lsdb_entry *en;
	size_t n_all = lsdb_count(e->db);

	n->sum = calloc(n_all != 0 ? n_all : 1, sizeof(struct lsa *));
	if (n->sum == NULL) {
		drop(e, DROP_MEMORY);
		return;
	}
	TAILQ_FOREACH(en, lsdb_all(e->db), all) {
		if (!flood_in_scope(n, &en->lsa->h.key))
			continue;
		if (lsa_age(en->lsa, e->now) >= LSA_MAX_AGE) {
			rxmt_add(n, en->lsa, mono_add(e->now, rxmt_ns(n)));
			(void)flood_queue(n->ifp, en->lsa);
		} else
			n->sum[n->n_sum++] = lsa_ref(en->lsa);
	}
}

/* 10.6: whether the MTU lets this description pass. */
static bool
mtu_ok(struct nbr *n, const struct dd *d)
{
	struct iface *ifp = n->ifp;
	struct ospf *e = ifp->e;
	bool news = !n->mtu_known || n->mtu != d->mtu;

	/* two that repeat each other's value would keep a wrong one for ever */
	if (n->state <= NBR_EXCHANGE) {
		n->mtu = d->mtu;
		n->our_mtu = ifp->c.mtu;
		n->mtu_known = true;
	}
	if (ifp->c.mtu_check == MTU_STRICT && d->mtu > ifp->c.mtu) {
		iface_miss(ifp, DROP_DD_MTU, ifp->c.mtu, d->mtu, n->addr);
		return (false);
	}
	if (!news || n->state > NBR_EXCHANGE ||
	    ifp->c.mtu_check != MTU_WARN || d->mtu == ifp->c.mtu)
		return (true);
	if (d->mtu != 0)
		ospf_say(e, ifp, "mtu", "MTU %u there, %u here: accepted",
		    d->mtu, ifp->c.mtu);
	/* what we claimed so far was dropped there: claim what it likes */
	if (n->state == NBR_EXSTART)
		dd_transmit(n);
	return (true);
}

/* Put an LSA on the request list. */
static void
want(struct nbr *n, const struct lsa_hdr *h)
{
	struct lsa_item *it = lsalist_find(&n->req, &h->key);

	if (it != NULL) {
		it->hdr = *h;
		return;
	}
	it = lsalist_add(&n->req, h, MONO_NEVER);
	if (it != NULL)
		TAILQ_INSERT_TAIL(&n->unasked, it, unasked);
	else
		drop(n->ifp->e, DROP_MEMORY);
}

/* Put what the neighbour has and we have not on the request list. */
static enum ospf_drop
dd_headers(struct nbr *n, struct rbuf *r)
{
	struct ospf *e = n->ifp->e;
	struct lsdb_entry *en;
	struct lsa_hdr h, have;

	while (rbuf_left(r) != 0) {
		lsa_hdr_read(r, &h);
		if (!lsa_type_known(h.key.type))
			return (DROP_DD_TYPE);
		if (++n->dd_heard > e->p.max_lsas * 2)
			return (DROP_DD_ENDLESS);
		if (h.key.type == LSA_OPAQUE_LINK)
			h.key.scope = n->ifp->c.iid;
		en = lsdb_find(e->db, &h.key);
		if (en != NULL) {
			have = lsa_hdr_now(en->lsa, e->now);
			if (lsa_hdr_cmp(&h, &have) <= 0)
				continue;
		}
		if (h.age > LSA_MAX_AGE || h.seq == LSA_SEQ_RESERVED ||
		    h.len < LSA_HDR_LEN || n->req.n >= e->p.max_lsas)
			continue;	/* would be refused anyway */
		want(n, &h);
	}
	return (DROP_NONE);
}

static void
mismatch(struct nbr *n, enum ospf_drop why)
{
	drop(n->ifp->e, why);
	nbr_event(n, NE_SEQ_MISMATCH);
}

/* How long our last description is there for a master that did not hear it:
 * until it has repeated its own, which may take longer than a dead interval. */
static int64_t
hold_ns(const struct nbr *n)
{
	int64_t dead = NS_MS(n->ifp->c.dead_ms), again = 2 * rxmt_ns(n);

	return (dead > again ? dead : again);
}

/* A description that is in sequence, 10.6 to 10.8. */
static void
dd_take(struct nbr *n, const struct dd *d, struct rbuf *r)
{
	struct ospf *e = n->ifp->e;
	enum ospf_drop why;
	bool done;

	n->dd_idle = rbuf_left(r) == 0 && (d->flags & DD_M) ?
	    n->dd_idle + 1 : 0;
	why = n->dd_idle > DD_IDLE_MAX ? DROP_DD_ENDLESS : dd_headers(n, r);
	if (why != DROP_NONE) {
		mismatch(n, why);
		return;
	}
	n->dd_rx = *d;
	n->dd_rx_valid = true;
	if (n->master) {
		done = n->sum_done && (d->flags & DD_M) == 0;
		n->dd_seq++;
		timer_stop(e, &n->dd);
		if (!done)
			dd_send(n);
	} else {
		n->dd_seq = d->seq;
		dd_send(n);
		n->dd_hold = mono_add(e->now, hold_ns(n));
		done = n->sum_done && (d->flags & DD_M) == 0;
	}
	if (n->req.n != 0 && n->n_asked == 0)
		lsr_send(n);
	if (done)
		nbr_event(n, NE_EXCHANGED);
}

/* ExStart: who is the master? */
static void
dd_negotiate(struct nbr *n, const struct dd *d, struct rbuf *r)
{
	struct ospf *e = n->ifp->e;

	if ((d->flags & (DD_I | DD_M | DD_MS)) == (DD_I | DD_M | DD_MS) &&
	    rbuf_left(r) == 0 && n->id > e->g.router_id) {
		n->master = false;
		n->dd_seq = d->seq;
		timer_stop(e, &n->dd);
	} else if ((d->flags & (DD_I | DD_MS)) == 0 && d->seq == n->dd_seq &&
	    n->id < e->g.router_id)
		n->master = true;
	else {
		drop(e, DROP_STATE);
		/* our first one took it out of FULL, and counts for no more */
		if (e->restarting && (d->flags & DD_I) && n->master &&
		    n->id < e->g.router_id)
			dd_transmit(n);
		return;
	}
	n->dd_options = d->options;
	nbr_event(n, NE_NEGOTIATED);
	dd_take(n, d, r);
}

static bool
dd_same(const struct nbr *n, const struct dd *d)
{
	return (n->dd_rx_valid && n->dd_rx.flags == d->flags &&
	    n->dd_rx.options == d->options && n->dd_rx.seq == d->seq);
}

/* A repeated one: the slave repeats its answer, as long as it has it. */
static void
dd_again(struct nbr *n)
{
	struct ospf *e = n->ifp->e;

	drop(e, DROP_DD_DUP);
	if (n->master)
		return;
	if (n->state > NBR_EXCHANGE && mono_due(n->dd_hold, e->now)) {
		mismatch(n, DROP_DD_SEQ);
		return;
	}
	dd_transmit(n);
}

void
dd_recv(struct nbr *n, struct rbuf *r)
{
	struct ospf *e = n->ifp->e;
	enum ospf_drop why;
	struct dd d;

	why = dd_read(r, &d);
	if (why != DROP_NONE) {
		drop(e, why);
		return;
	}
	if (!mtu_ok(n, &d))
		return;
	if (n->state == NBR_INIT)
		nbr_event(n, NE_TWOWAY);
	if (n->state < NBR_EXSTART) {
		drop(e, DROP_STATE);
		return;
	}
	if (n->state == NBR_EXSTART) {
		dd_negotiate(n, &d, r);
		return;
	}
	if (dd_same(n, &d)) {
		dd_again(n);
		return;
	}
	if (n->state != NBR_EXCHANGE || (d.flags & DD_I) ||
	    ((d.flags & DD_MS) != 0) == n->master ||
	    d.options != n->dd_rx.options ||
	    d.seq != (n->master ? n->dd_seq : n->dd_seq + 1)) {
		mismatch(n, DROP_DD_SEQ);
		return;
	}
	dd_take(n, &d, r);
}

/* How many requests may be under way: those of one packet. */
static size_t
lsr_max(const struct nbr *n)
{
	return ((iface_room(n->ifp) - OSPF_HDR_LEN) / OSPF_LSR_LEN);
}

/* What to ask for next: what was asked for too long ago comes first, so that
 * lost answers do not add up until nothing new may be asked for. */
static struct lsa_item *
lsr_next_wanted(const struct nbr *n)
{
	struct lsa_item *it = lsalist_top(&n->req);

	if (it != NULL && it->due.key <= n->ifp->e->now.ns)
		return (it);
	return (n->n_asked < lsr_max(n) ? TAILQ_FIRST(&n->unasked) : NULL);
}

/* Ask for what was not asked for yet, or too long ago. */
void
lsr_send(struct nbr *n)
{
	struct ospf *e = n->ifp->e;
	size_t i, max = lsr_max(n);
	struct lsa_item *it;
	struct wbuf w;

	if (n->state < NBR_EXCHANGE || n->req.n == 0)
		return;
	w = pkt_begin(n->ifp, PKT_LSR);
	for (i = 0; i < max && (it = lsr_next_wanted(n)) != NULL; i++) {
		lsr_write(&w, &it->hdr.key);
		if (!it->asked) {
			TAILQ_REMOVE(&n->unasked, it, unasked);
			n->n_asked++;
			it->asked = true;
		}
		lsalist_due(&n->req, it, mono_add(e->now, rxmt_ns(n)));
	}
	if (i != 0)
		pkt_send(n->ifp, &w);
	it = lsalist_top(&n->req);
	timer_set(e, &n->lsr, (struct mono){ it->due.key });
}

void
lsr_done(struct nbr *n, struct lsa_item *it)
{
	if (it->asked)
		n->n_asked--;
	else
		TAILQ_REMOVE(&n->unasked, it, unasked);
	lsalist_del(&n->req, it);
}

/* What a lost answer held does not keep us from asking on. */
void
lsr_more(struct nbr *n)
{
	if (n->req.n == 0) {
		timer_stop(n->ifp->e, &n->lsr);
		if (n->state == NBR_LOADING)
			nbr_event(n, NE_LOADED);
	} else if (n->n_asked < (lsr_max(n) + 1) / 2)
		lsr_send(n);
}

/* 10.7: answer from the database; these are not retransmitted. */
void
lsr_recv(struct nbr *n, struct rbuf *r)
{
	struct ospf *e = n->ifp->e;
	struct lsdb_entry *en;
	struct lsa_key k;

	if (n->state < NBR_EXCHANGE) {
		drop(e, DROP_STATE);
		return;
	}
	if (rbuf_left(r) % OSPF_LSR_LEN != 0) {
		drop(e, DROP_LSR_BODY);
		return;
	}
	while (lsr_next(r, &k)) {
		if (k.type == LSA_OPAQUE_LINK)
			k.scope = n->ifp->c.iid;
		en = lsdb_find(e->db, &k);
		if (en == NULL) {
			drop(e, DROP_LSR_UNKNOWN);
			nbr_event(n, NE_BAD_LSREQ);
			return;
		}
		(void)flood_queue(n->ifp, en->lsa);
	}
}
