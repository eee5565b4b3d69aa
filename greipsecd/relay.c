/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See apply.h.  What ike, ospf and esp ask of main or tell it.
 * A struct has its fields' ranges checked by the framer; here its meaning is:
 * is this tunnel known, is that its address, may a route lead there.  What
 * cannot be is a fault of that process and ends it (priv_fault).  What names a
 * tunnel or interface that was removed a moment ago is old news and dropped:
 * handles rise and are never used again, so the two can be told apart.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/apply.h"
#include "greipsecd/events.h"
#include "lib/clock.h"
#include "lib/log.h"

#define SAS_MAX		64	/* of one tunnel, rekeys under way included */
#define OLD_SA_NS	NS_S(10)
#define PMTU_MIN	576
#define SA_ASK_NS	NS_S(2)
#define DOWN_NS		NS_MS(300)	/* a successor comes sooner, or not */

/* The tunnel, or NULL; a handle that was never given is the role's fault. */
static struct app_tunnel *
known(const struct app *a, enum role r, uint32_t tid)
{
	if (tid == 0 || tid >= a->next_tid)
		priv_fault(r, "speaks of tunnel %u", tid);
	return (app_tunnel(a, tid));
}

static void
answer(const struct sa_done *d)
{
	if (priv_chan(ROLE_IKE) != NULL)
		(void)priv_send(ROLE_IKE, M_IKE_SA_DONE, -1, &sa_done_fld, d);
}

static void
refuse(const struct sa_spec *s, int error)
{
	struct sa_done d = { .tid = s->tid, .dir = s->dir, .spi = s->spi,
	    .error = (uint32_t)error };

	answer(&d);
}

static const struct app_sa *
find_sa(const struct app_tunnel *t, enum sa_dir dir, uint32_t spi)
{
	const struct app_sa *s;

	for (s = t->sas; s != NULL; s = s->next)
		if (s->ref.dir == dir && s->ref.spi == spi)
			return (s);
	return (NULL);
}

static void
forget(struct app_tunnel *t, const struct sa_ref *r)
{
	struct app_sa *s, **at;

	for (at = &t->sas; (s = *at) != NULL; at = &s->next)
		if (s->ref.dir == r->dir && s->ref.spi == r->spi) {
			*at = s->next;
			free(s);
			return;
		}
}

/* The data path answered; for an SA that may have gone with its device since
 * it was asked. */
static void
on_done(void *ctx, const struct sa_done *d)
{
	struct app *a = ctx;
	struct app_tunnel *t = app_tunnel(a, d->tid);

	answer(d);
	if (t != NULL && d->error != 0)
		forget(t, &(struct sa_ref){ .tid = d->tid, .dir = d->dir,
		    .spi = d->spi });
	if (t == NULL || d->error != 0 || d->dir != SA_OUT ||
	    find_sa(t, SA_OUT, d->spi) == NULL)
		return;
	t->sa_lost = false;
	apply_state(a, t, mono_now());
}

const struct dp_report relay_report = { .done = on_done };

/* The peer was configured there, or was there with our knowledge: what ike says
 * of that place may be older than the configuration. */
static bool
was_there(const struct app_tunnel *t, const struct addr *remote)
{
	return (t->roamed || addr_eq(remote, &t->peer_was) ||
	    (t->ike.child_up && addr_eq(remote, &t->ike.remote)));
}

/* A peer that is somewhere else than it is configured; in UDP its NAT may give
 * it another address at any time. */
static bool
elsewhere(const struct app_tunnel *t, const struct addr *remote, bool udp)
{
	return (!udp && t->ct->peer.family != ADDR_NONE &&
	    !addr_eq(remote, &t->ct->peer));
}

/* What makes a pair of outer addresses impossible; NULL: nothing. */
static const char *
outer_fault(const struct app_tunnel *t, const struct addr *local,
    const struct addr *remote, bool udp)
{
	if (remote->family == ADDR_NONE || addr_is_any(remote) ||
	    addr_is_multicast(remote) || addr_is_loopback(remote) ||
	    remote->family != local->family)
		return ("remote address");
	if (elsewhere(t, remote, udp) && !was_there(t, remote))
		return ("remote address");
	return (NULL);
}

/* What makes an SA impossible; NULL: nothing. */
static const char *
sa_fault(const struct app_tunnel *t, const struct sa_spec *s)
{
	const struct alg *e = alg_find(XFORM_ENCR, s->encr, s->key_bits);
	const struct alg *i = alg_find(XFORM_INTEG, s->integ, 0);

	if (s->spi < 256)	/* RFC 4303 2.1 */
		return ("reserved SPI");
	if (e == NULL || !e->esp || s->n_encr_key != e->key_len)
		return ("cipher or key length");
	if (e->aead ? s->integ != INTEG_NONE :
	    i == NULL || !i->esp || s->n_integ_key != i->key_len)
		return ("integrity algorithm or key length");
	if (s->udp && (s->local_port == 0 || s->remote_port == 0))
		return ("port");
	return (outer_fault(t, &s->local, &s->remote, s->udp));
}

/* Why an SA is of no use any more, or now: an errno, or 0.  It is no fault: an
 * address goes, and the configuration changes, while ike speaks. */
static int
sa_useless(const struct app *a, const struct app_tunnel *t,
    const struct sa_spec *s)
{
	if (elsewhere(t, &s->remote, s->udp))
		return (ENETDOWN);
	if (!kernel_outer_ok(a, t, &s->remote))
		return (EHOSTUNREACH);
	if (t->ct->local.family != ADDR_NONE &&
	    !addr_eq(&s->local, &t->ct->local) &&
	    !kernel_is_local(a, &s->local))
		return (ENETDOWN);
	return (0);
}

/*
 * The peer is in a network of another site, by what ike says.  A packet whose
 * sender somebody on the way has changed is enough for that, where there is a
 * NAT; so it is no fault, but nothing of ours follows it there: the way that a
 * tunnel's packets must have would be one in clear for that host's own.
 */
static void
tell_astray(struct app_tunnel *t, const struct addr *remote)
{
	char text[ADDR_TEXT_MAX];

	if (addr_eq(remote, &t->astray))
		return;
	t->astray = *remote;
	events_main(SUBSYS_MAIN, t->tid, t->ct->name, "astray",
	    "the peer seems to be at %s, in a network of another site; not "
	    "followed", addr_text(remote, text));
}

static int
remember(struct app *a, struct app_tunnel *t, const struct sa_spec *s)
{
	struct app_sa *sa;
	size_t n = 0;

	for (sa = t->sas; sa != NULL; sa = sa->next)
		n++;
	if (n >= SAS_MAX) {
		errno = ENOSPC;
		return (-1);
	}
	if ((sa = calloc(1, sizeof(*sa))) == NULL)
		return (-1);
	sa->ref.tid = s->tid;
	sa->ref.dir = s->dir;
	sa->ref.spi = s->spi;
	sa->life = a->ike_life;
	sa->next = t->sas;
	t->sas = sa;
	return (0);
}

static void
on_sa_add(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct app *a = ctx;
	const struct sa_spec *s = obj;
	struct app_tunnel *t = known(a, ROLE_IKE, s->tid);
	struct sa_ref ref = { .tid = s->tid, .dir = s->dir, .spi = s->spi };
	const char *fault;
	int error;

	(void)c;
	(void)m;
	if (t == NULL || t->ct->disabled || t->index == 0) {
		refuse(s, t == NULL ? ENOENT : ENETDOWN);
		return;
	}
	if ((fault = sa_fault(t, s)) != NULL) {
		priv_fault(ROLE_IKE, "SA of %s: %s", t->ct->name, fault);
		return;
	}
	if ((error = sa_useless(a, t, s)) != 0) {
		if (error == EHOSTUNREACH)
			tell_astray(t, &s->remote);
		refuse(s, error);
		return;
	}
	if (remember(a, t, s) == -1) {
		refuse(s, errno);
		return;
	}
	if (t->dp->ops->sa_add(t->dp, s) == -1) {
		error = errno;
		forget(t, &ref);
		refuse(s, error);
	}
}

/* It has an SA less. */
static void
fewer(struct app *a, struct app_tunnel *t)
{
	if (!t->up || apply_can_send(t))
		return;
	t->down_due = mono_add(mono_now(), DOWN_NS);
	app_again(a, 0, DOWN_NS);
}

static void
on_sa_del(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct sa_ref *r = obj;
	struct app_tunnel *t = known(ctx, ROLE_IKE, r->tid);

	(void)c;
	(void)m;
	if (t == NULL)
		return;
	forget(t, r);
	(void)t->dp->ops->sa_del(t->dp, r);
	fewer(ctx, t);
}

static void
on_state(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct app *a = ctx;
	const struct ike_state *s = obj;
	struct app_tunnel *t = known(a, ROLE_IKE, s->tid);
	struct mono now = mono_now();
	struct addr remote = s->remote;
	const struct app_sa *sa;
	const char *fault;

	(void)c;
	(void)m;
	if (t == NULL)
		return;
	if (s->child_up && (fault = outer_fault(t, &s->local, &remote,
	    s->udp)) != NULL) {
		priv_fault(ROLE_IKE, "state of %s: %s", t->ct->name, fault);
		return;
	}
	if (s->child_up && !kernel_outer_ok(a, t, &remote)) {
		tell_astray(t, &remote);
		remote = t->ike.child_up ? t->ike.remote : t->ct->peer;
	}
	t->ike = *s;
	t->ike.remote = remote;
	t->ike_said = a->ike_life;
	if (s->child_up) {
		/* those a dead ike left are of no more use soon */
		for (sa = t->sas; sa != NULL; sa = sa->next)
			if (sa->life != a->ike_life)
				break;
		if (sa != NULL) {
			t->old_life = a->ike_life;
			t->old_sas_due = mono_add(now, OLD_SA_NS);
			app_again(a, 0, OLD_SA_NS);
		}
		kernel_outers(a);
	}
	apply_mtu(a, t);
	apply_state(a, t, now);
}

static void
on_too_big(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct sa_too_big *b = obj;

	(void)ctx;
	(void)c;
	(void)m;
	if (b->spi < 256 || b->remote.family == ADDR_NONE)
		priv_fault(ROLE_IKE, "path MTU under SPI %08x", b->spi);
	else if (priv_chan(ROLE_ESP) != NULL)
		(void)priv_send(ROLE_ESP, M_ESP_TOO_BIG, -1, &sa_too_big_fld,
		    b);
}

const struct msg_rule relay_ike[] = {
	{ M_IKE_SA_ADD, MSG_FD_NO, MSG_STATE_UP, &sa_spec_fld, 0, on_sa_add },
	{ M_IKE_SA_DEL, MSG_FD_NO, MSG_STATE_UP, &sa_ref_fld, 0, on_sa_del },
	{ M_IKE_STATE, MSG_FD_NO, MSG_STATE_UP, &ike_state_fld, 0, on_state },
	{ M_IKE_TOO_BIG, MSG_FD_NO, MSG_STATE_UP, &sa_too_big_fld, 0,
	    on_too_big },
	MSG_RULE_END
};

static void
on_esp_done(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct app *a = ctx;
	const struct sa_done *d = obj;

	(void)c;
	(void)m;
	if (!dp_user_done(a->dp, d))
		priv_fault(ROLE_ESP, "answers for SA %08x, which nobody asked",
		    d->spi);
}

/* The life of an SA is over.  One that a dead ike left is nobody's but ours,
 * and what that ike said last is true no more when it was the last. */
static void
ended(struct app *a, struct app_tunnel *t, const struct sa_evidence *e)
{
	struct sa_ref r = { .tid = t->tid, .dir = e->dir, .spi = e->spi };
	const struct app_sa *s = find_sa(t, e->dir, e->spi);

	if (s == NULL || s->life == a->ike_life)
		return;
	forget(t, &r);
	(void)t->dp->ops->sa_del(t->dp, &r);
	fewer(a, t);
	if (apply_can_send(t) || t->ike_said == a->ike_life)
		return;
	t->ike.ike_up = t->ike.child_up = false;
	apply_state(a, t, mono_now());
}

static void
on_evidence(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct app *a = ctx;
	const struct sa_evidence *e = obj;
	struct app_tunnel *t = NULL;

	(void)c;
	(void)m;
	if (e->tid != 0 && (t = known(a, ROLE_ESP, e->tid)) == NULL)
		return;
	log_debug(SUBSYS_ESP, e->tid, "%s: evidence: %s spi %08x",
	    t != NULL ? t->ct->name : "-", evidence_names[e->what], e->spi);
	if (priv_chan(ROLE_IKE) != NULL)
		(void)priv_send(ROLE_IKE, M_IKE_EVIDENCE, -1,
		    &sa_evidence_fld, e);
	if (t != NULL && e->what == EVID_HARD)
		ended(a, t, e);
	/* what ike was asked for when they were lost may have come to nothing */
	if (e->what != EVID_NO_SA || t == NULL || !t->sa_lost ||
	    mono_sub(mono_now(), t->sa_asked) < SA_ASK_NS)
		return;
	t->sa_asked = mono_now();
	apply_kick(t->tid, KICK_REKEY_CHILD);
}

static void
on_pmtu(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct app *a = ctx;
	const struct esp_pmtu *p = obj;
	struct app_tunnel *t = known(a, ROLE_ESP, p->tid);

	(void)c;
	(void)m;
	if (t == NULL)
		return;
	t->pmtu = p->pmtu < PMTU_MIN ? PMTU_MIN : p->pmtu;
	apply_mtu(a, t);
}

const struct msg_rule relay_esp[] = {
	{ M_ESP_SA_DONE, MSG_FD_NO, MSG_STATE_UP, &sa_done_fld, 0,
	    on_esp_done },
	{ M_ESP_EVIDENCE, MSG_FD_NO, MSG_STATE_UP, &sa_evidence_fld, 0,
	    on_evidence },
	{ M_ESP_PMTU, MSG_FD_NO, MSG_STATE_UP, &esp_pmtu_fld, 0, on_pmtu },
	MSG_RULE_END
};

static bool
is_lan(const struct app *a, uint32_t iid)
{
	size_t i;

	for (i = 0; i < a->n_lans; i++)
		if (a->lans[i].i.iid == iid)
			return (true);
	return (false);
}

/* A gateway is the other end, or in the subnet of the tunnel. */
static bool
gateway_in(const struct app_inner *i, uint32_t gw)
{
	return (i->peer != 0 && (gw == i->peer ||
	    ((gw ^ i->local) & ip4_mask(i->len)) == 0));
}

/*
 * 1: as it is, 0: it was right before the tunnel had other inner addresses,
 * -1: fault.  Such a route may be on its way when they change, and comes even
 * after ospf has the new ones: until it has computed its tree anew.
 */
static int
gateway(const struct app_tunnel *t, uint32_t gw)
{
	struct app_inner now = { .local = t->ct->inner_local,
	    .peer = t->ct->inner_peer, .len = t->ct->inner_len };
	size_t i;

	if (gw == 0 || gateway_in(&now, gw))
		return (1);
	for (i = 0; i < INNER_WAS_MAX; i++)
		if (gateway_in(&t->inner_was[i], gw))
			return (0);
	return (-1);
}

/*
 * One next hop.  1: taken, 0: it is of no use now (a LAN is the kernel's own
 * matter, an interface just went or was renumbered), -1: fault.
 */
static int
take_nexthop(const struct app *a, const struct ospf_nexthop *n,
    struct os_route *r)
{
	struct os_nexthop *h;
	struct app_tunnel *t;
	int ok;

	if (n->iid == 0 || n->iid >= a->next_iid)
		return (-1);
	if ((t = app_iface(a, n->iid)) == NULL)
		return (is_lan(a, n->iid) && n->gateway != 0 ? -1 : 0);
	if ((ok = gateway(t, n->gateway)) != 1)
		return (ok);
	if (t->index == 0)
		return (0);
	h = &r->nexthops[r->n_nexthops++];
	h->index = t->index;
	/* the other end of the tunnel is there without any route to it */
	h->onlink = n->gateway != 0;
	if (n->gateway != 0)
		h->gateway = addr_v4(n->gateway);
	return (1);
}

static void
on_route(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct app *a = ctx;
	const struct ospf_route *o = obj;
	struct os_route r;
	struct addr dest = addr_v4(o->dest);
	char text[ADDR_TEXT_MAX];
	uint16_t i;

	(void)c;
	(void)m;
	memset(&r, 0, sizeof(r));
	r.prefix.addr = dest;
	r.prefix.len = o->len;
	if (o->n_nexthops == 0 || !prefix_routable(&r.prefix)) {
		priv_fault(ROLE_OSPF, "route to %s/%u with %u next hops",
		    ip4_text(o->dest, text), o->len, o->n_nexthops);
		return;
	}
	for (i = 0; i < o->n_nexthops; i++)
		if (take_nexthop(a, &o->nexthops[i], &r) == -1) {
			priv_fault(ROLE_OSPF, "route to %s/%u: next hop over "
			    "interface %u", ip4_text(o->dest, text), o->len,
			    o->nexthops[i].iid);
			return;
		}
	if (r.n_nexthops == 0)
		fib_ospf_del(a->fib, &r.prefix);
	else if (fib_ospf_set(a->fib, &r, mono_now()) == -1)
		log_warn("route to %s/%u", ip4_text(o->dest, text), o->len);
	app_dirty(a, DIRT_FIB);
}

static void
on_route_del(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct app *a = ctx;
	const struct ospf_dest *d = obj;
	struct addr dest = addr_v4(d->dest);
	struct prefix p = prefix_make(&dest, d->len);

	(void)c;
	(void)m;
	fib_ospf_del(a->fib, &p);
	app_dirty(a, DIRT_FIB);
}

static void
on_synced(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct app *a = ctx;
	size_t i;

	(void)c;
	(void)m;
	(void)obj;
	fib_ospf_sweep(a->fib);
	if (!a->state.running) {
		a->state.running = true;
		(void)app_keep(a);
	}
	for (i = 0; i < a->n_tunnels; i++)
		if (a->tunnels[i]->full_old) {
			a->tunnels[i]->full = a->tunnels[i]->full_old = false;
			apply_state(a, a->tunnels[i], mono_now());
		}
	app_dirty(a, DIRT_FIB);
}

/*
 * What ospf cannot want to reserve; NULL: it may.  Every later ospf begins at
 * what is kept: a jump, or steps without end, would soon be through the numbers.
 * The engine goes up to a chunk beyond what it has begun with or has reserved,
 * and past the end from zero on.
 */
static const char *
seq_fault(struct app *a, uint32_t seq)
{
	uint32_t kept = a->state.ospf_seq;

	if (seq - kept > OSPF_SEQ_CHUNK && seq - a->seq_given > OSPF_SEQ_CHUNK)
		return ("too far");
	if (seq - kept < OSPF_SEQ_CHUNK / 2)
		return ("too early");
	if (!ratelimit_ok(&a->seq_rate, mono_now()))
		return ("too often");
	return (NULL);
}

/* A number that is kept is answered; one that cannot be written down is kept
 * as long as we live.  After that the clock is ahead of any link that sent less
 * than a packet a second. */
static void
on_reserve(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct app *a = ctx;
	const struct ospf_seq *s = obj;
	struct state st = a->state;
	const char *fault;

	(void)c;
	(void)m;
	if (state_seq_keep(&st, s->seq)) {
		if ((fault = seq_fault(a, s->seq)) != NULL) {
			priv_fault(ROLE_OSPF, "reserves sequence number %u, "
			    "%u is kept: %s", s->seq, a->state.ospf_seq, fault);
			return;
		}
		a->state = st;
		(void)app_keep(a);
	}
	(void)priv_send(ROLE_OSPF, M_OSPF_SEQ, -1, &ospf_seq_fld, s);
}

static void
on_nbr(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct app *a = ctx;
	const struct ospf_nbr_state *n = obj;
	struct sa_evidence e = { .what = EVID_SILENT };
	struct app_tunnel *t;

	(void)c;
	(void)m;
	if (n->iid == 0 || n->iid >= a->next_iid) {
		priv_fault(ROLE_OSPF, "neighbour on interface %u", n->iid);
		return;
	}
	if ((t = app_iface(a, n->iid)) == NULL)
		return;
	t->full = n->full;
	t->full_old = false;
	t->dead_timer = n->dead_timer;
	apply_state(a, t, mono_now());
	if (!n->dead_timer || priv_chan(ROLE_IKE) == NULL)
		return;
	e.tid = t->tid;
	(void)priv_send(ROLE_IKE, M_IKE_EVIDENCE, -1, &sa_evidence_fld, &e);
}

const struct msg_rule relay_ospf[] = {
	{ M_OSPF_ROUTE, MSG_FD_NO, MSG_STATE_UP, &ospf_route_fld, 0,
	    on_route },
	{ M_OSPF_ROUTE_DEL, MSG_FD_NO, MSG_STATE_UP, &ospf_dest_fld, 0,
	    on_route_del },
	{ M_OSPF_SYNCED, MSG_FD_NO, MSG_STATE_UP, NULL, 0, on_synced },
	{ M_OSPF_SEQ_RESERVE, MSG_FD_NO, MSG_STATE_UP, &ospf_seq_fld, 0,
	    on_reserve },
	{ M_OSPF_NBR, MSG_FD_NO, MSG_STATE_UP, &ospf_nbr_state_fld, 0,
	    on_nbr },
	MSG_RULE_END
};
