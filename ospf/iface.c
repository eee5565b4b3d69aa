/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  Interfaces: their configuration, their state, and Hellos
 * (RFC 2328 9.5 and 10.5).
 */
#include <stdlib.h>
#include <string.h>

#include "ospf/resume.h"

#define MISS_SAY	NS_S(60)	/* the same thing again as an event */
#define IP_HDR_LEN	20

/* Intervals on the wire are whole seconds; Hellos faster than that say 0. */
static uint16_t
wire_hello(const struct iface *ifp)
{
	return ((uint16_t)(ifp->c.hello_ms / 1000));
}

static uint32_t
wire_dead(const struct iface *ifp)
{
	return (ifp->c.dead_ms / 1000);
}

bool
iface_unnumbered(const struct iface *ifp)
{
	return (ifp->unnumbered || ifp->c.addr == 0);
}

uint32_t
iface_mask(const struct iface *ifp)
{
	return (ifp->c.hello_mask_zero || iface_unnumbered(ifp) ? 0 :
	    ip4_mask(ifp->c.prefix_len));
}

/*
 * On a point-to-point link the mask is ignored (10.5), and some ends say it
 * without a subnet in mind: 0.0.0.0 is what FRR and BIRD send when they take
 * the link for unnumbered, 255.255.255.255 what OpenBSD and we have with a
 * peer address, and a numbered /30 against either has to work.  Only two
 * subnets that differ are somebody's mistake.
 */
bool
iface_mask_odd(const struct iface *ifp)
{
	uint32_t ours = iface_mask(ifp), theirs;

	if (ifp->nbr == NULL || ours == 0 || ours == 0xffffffffU)
		return (false);
	theirs = ifp->nbr->mask;
	return (theirs != ours && theirs != 0 && theirs != 0xffffffffU);
}

size_t
iface_room(const struct iface *ifp)
{
	const struct nbr *n = ifp->nbr;
	size_t mtu = ifp->c.mtu;

	if (n != NULL && n->mtu_known && n->mtu >= OSPF_MTU_MIN &&
	    n->mtu < mtu)
		mtu = n->mtu;
	if (mtu < OSPF_MTU_MIN)
		mtu = OSPF_MTU_MIN;
	return (mtu - IP_HDR_LEN -
	    (ifp->c.auth == OSPF_AUTH_MD5 ? OSPF_DIGEST_LEN : 0));
}

void
iface_miss(struct iface *ifp, enum ospf_drop why, uint32_t ours,
    uint32_t theirs, uint32_t src)
{
	struct ospf *e = ifp->e;
	struct mismatch *m = &ifp->miss;
	char text[128];
	bool again;

	drop(e, why);
	if (why == DROP_OWN)
		return;
	again = m->why == why && m->theirs == theirs &&
	    mono_sub(e->now, ifp->miss_said) < MISS_SAY;
	ifp->n_missed++;
	*m = (struct mismatch){ .why = why, .ours = ours, .theirs = theirs,
	    .src = src, .at = e->now };
	if (again || why == DROP_AUTH_SEQ)
		return;
	ifp->miss_said = e->now;
	mismatch_text(m, text, sizeof(text));
	ospf_say(e, ifp, "mismatch", "packet dropped: %s", text);
}

void
hello_send(struct iface *ifp)
{
	struct ospf *e = ifp->e;
	struct wbuf w;
	uint8_t nbr[4];
	struct wbuf nw = wbuf_make(nbr, sizeof(nbr));
	struct hello h = { .options = OSPF_OPT_E, .priority = 1 };

	if (!e->have_global)
		return;
	h.mask = iface_mask(ifp);
	h.hello_s = wire_hello(ifp);
	h.dead_s = wire_dead(ifp);
	h.nbrs = nbr;
	if (ifp->nbr != NULL && !e->closed) {
		wbuf_u32(&nw, ifp->nbr->id);
		h.n_nbrs = 1;
	}
	w = pkt_begin(ifp, PKT_HELLO);
	hello_write(&w, &h);
	pkt_send(ifp, &w);
	ifp->hello_sent = e->now;
}

/* Every interval, a tenth earlier at most, so that routers do not keep step. */
static void
hello_next(struct iface *ifp)
{
	struct ospf *e = ifp->e;
	int64_t ns = NS_MS(ifp->c.hello_ms != 0 ? ifp->c.hello_ms : 10000);

	timer_set(e, &ifp->hello, mono_add(e->now,
	    ns - (int64_t)(ospf_rand(e) % (uint32_t)(ns / 10000)) * 1000));
}

static void
on_hello(struct ospf *e, void *arg)
{
	struct iface *ifp = arg;

	if (restart_holds(ifp))
		return;
	if (!e->closed)
		hello_send(ifp);
	hello_next(ifp);
}

static void
on_ack(struct ospf *e, void *arg)
{
	(void)e;
	ack_push(arg);
}

static struct iface *
iface_new(struct ospf *e, const struct ospf_iface *c)
{
	struct iface *ifp, **slot = &e->tab[c->iid % IFACE_TAB];

	ifp = calloc(1, sizeof(*ifp));
	if (ifp == NULL || heap_reserve(&e->timers, 2) == -1) {
		free(ifp);
		return (NULL);
	}
	ifp->e = e;
	ifp->c = *c;
	ifp->c.up = false;
	ifp->since = e->now;
	timer_init(&ifp->hello, on_hello, ifp);
	timer_init(&ifp->ack, on_ack, ifp);
	ifp->hnext = *slot;
	*slot = ifp;
	TAILQ_INSERT_TAIL(&e->ifaces, ifp, all);
	return (ifp);
}

/* Changes that are another link, not the same one tuned. */
static bool
other_link(const struct ospf_iface *a, const struct ospf_iface *b)
{
	return (a->type != b->type || a->addr != b->addr ||
	    a->prefix_len != b->prefix_len || a->peer != b->peer ||
	    a->tid != b->tid);
}

static void
updown(struct iface *ifp)
{
	if (!ifp->c.up || !ifp->e->have_global)
		iface_event(ifp, IFE_DOWN);
	else
		iface_event(ifp, ifp->c.type == OSPF_P2P ? IFE_UP_P2P :
		    IFE_UP_PASSIVE);
}

int
iface_set(struct ospf *e, const struct ospf_iface *c)
{
	struct iface *ifp = iface_find(e, c->iid);
	uint32_t ifindex;
	bool faster;

	if (ifp == NULL)
		ifp = iface_new(e, c);
	if (ifp == NULL)
		return (-1);
	if (other_link(&ifp->c, c))
		iface_event(ifp, IFE_DOWN);
	ifindex = ifp->c.ifindex;
	faster = ifp->c.hello_ms != c->hello_ms;
	ifp->c = *c;
	if (ifp->c.prefix_len > 32)
		ifp->c.prefix_len = 32;
	if (ifindex != c->ifindex)
		rib_renew(e->rib, e->spf, c->iid);
	updown(ifp);
	if (faster && ifp->state == IF_P2P)
		timer_set(e, &ifp->hello, e->now);
	e->origin_dirty = true;
	return (0);
}

void
iface_link(struct iface *ifp, const struct ospf_link *l)
{
	struct ospf *e = ifp->e;

	if (l->ifindex != ifp->c.ifindex) {
		ifp->c.ifindex = l->ifindex;
		rib_renew(e->rib, e->spf, ifp->c.iid);
	}
	if (l->mtu != 0)
		ifp->c.mtu = l->mtu;
	ifp->c.up = l->up;
	updown(ifp);
	e->origin_dirty = true;
}

void
iface_event(struct iface *ifp, enum if_event ev)
{
	struct ospf *e = ifp->e;
	enum if_state next;
	enum if_action act;

	act = if_fsm(ifp->state, ev, &next);
	if (act == IFA_NONE)
		return;
	ospf_say(e, ifp, "interface", "%s: %s -> %s", if_event_names[ev],
	    if_state_names[ifp->state], if_state_names[next]);
	ifp->state = next;
	ifp->since = e->now;
	e->origin_dirty = true;
	if (act == IFA_START) {
		/* whoever is there may have heard us on another one */
		ifp->tx_seq = e->seq;
		timer_set(e, &ifp->hello, e->now);
		resume_nbr(ifp);
		restart_iface(ifp);
	}
	if (act != IFA_RESET)
		return;
	if (ifp->nbr != NULL)
		nbr_event(ifp->nbr, NE_LLDOWN);
	timer_stop(e, &ifp->hello);
	ack_forget(ifp);
	ifp->grace_wait = false;
	flood_unqueue(ifp);
}

void
iface_del(struct ospf *e, struct iface *ifp)
{
	struct iface **slot = &e->tab[ifp->c.iid % IFACE_TAB];

	iface_event(ifp, IFE_DOWN);
	flood_forget_iface(e, ifp);
	while (*slot != ifp)
		slot = &(*slot)->hnext;
	*slot = ifp->hnext;
	TAILQ_REMOVE(&e->ifaces, ifp, all);
	heap_release(&e->timers, 2);
	e->origin_dirty = true;
	freezero(ifp, sizeof(*ifp));
}

static enum ospf_drop
check_hello(const struct iface *ifp, const struct hello *h, uint32_t *ours,
    uint32_t *theirs)
{
	bool fast = wire_dead(ifp) <= 1 && (ifp->c.hello_ms < 1000 ||
	    h->hello_s == 0);

	*ours = wire_hello(ifp);
	*theirs = h->hello_s;
	if (!fast && *ours != *theirs)
		return (DROP_HELLO_INTERVAL);
	*ours = wire_dead(ifp);
	*theirs = h->dead_s;
	if (*ours != *theirs)
		return (DROP_DEAD_INTERVAL);
	*ours = OSPF_OPT_E;
	*theirs = h->options;
	if ((h->options & OSPF_OPT_E) == 0)
		return (DROP_OPTIONS);
	return (DROP_NONE);
}

/* The neighbour of the link, made anew when a stranger took its address. */
static struct nbr *
hello_nbr(struct iface *ifp, uint32_t rid, uint32_t src)
{
	struct nbr *n = ifp->nbr;

	if (n != NULL && n->id != rid) {
		if (n->addr != src) {
			iface_miss(ifp, DROP_SECOND_ROUTER, n->id, rid, src);
			return (NULL);
		}
		nbr_event(n, NE_KILL);
		n = NULL;
	}
	if (n == NULL)
		return (nbr_new(ifp, rid, src));
	if (n->addr != src) {
		n->addr = src;
		ifp->e->origin_dirty = true;
	}
	return (n);
}

/* Remember it, and say once that it is odd. */
static void
hello_take_mask(struct nbr *n, uint32_t mask)
{
	char theirs[ADDR_TEXT_MAX], ours[ADDR_TEXT_MAX];

	if (n->mask == mask)
		return;
	n->mask = mask;
	if (iface_mask_odd(n->ifp))
		ospf_say(n->ifp->e, n->ifp, "mask", "hello mask %s there, %s "
		    "here: accepted", ip4_text(mask, theirs),
		    ip4_text(iface_mask(n->ifp), ours));
}

void
hello_recv(struct iface *ifp, const struct ospf_hdr *hdr, uint32_t src,
    struct rbuf *r)
{
	struct ospf *e = ifp->e;
	struct hello h;
	struct nbr *n;
	enum ospf_drop why;
	enum nbr_state old;
	uint32_t ours = 0, theirs = 0;

	why = hello_read(r, &h);
	if (why == DROP_NONE)
		why = check_hello(ifp, &h, &ours, &theirs);
	if (why != DROP_NONE) {
		iface_miss(ifp, why, ours, theirs, src);
		return;
	}
	n = hello_nbr(ifp, hdr->rid, src);
	if (n == NULL)
		return;
	old = n->state;
	n->priority = h.priority;
	hello_take_mask(n, h.mask);
	nbr_event(n, NE_HELLO);
	n->lists_us = hello_lists(&h, e->g.router_id);
	if (!n->lists_us)
		nbr_event(n, NE_ONEWAY);
	else if (!restart_settles(n))
		nbr_event(n, NE_TWOWAY);
	/* who has just been heard need not wait for our next Hello */
	if (old == NBR_DOWN || (old > NBR_INIT && n->state == NBR_INIT)) {
		hello_send(ifp);
		hello_next(ifp);
	}
}
