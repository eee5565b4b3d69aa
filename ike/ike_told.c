/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  What a tunnel is told by others: evidence from the data path, which
 * only makes us ask the peer, errors of the network, and orders of main.
 */
#include "ike/ike_int.h"

static void
probe(struct ike_engine *e, struct tun *t)
{
	struct ike_sa *s = tun_sa(t);

	if (mono_sub(e->now, t->probed) < PROBE_GAP)
		return;
	t->probed = e->now;
	if (s == NULL || s->lost) {
		if (!tun_under_way(e, t))
			tun_now(e, t);
		return;
	}
	s->want_probe = true;
	sa_run(e, s);
}

/* The new pair carries traffic in, or the old one again. */
static void
first_in(struct ike_engine *e, struct tun *t, uint32_t spi)
{
	struct child *c = child_by_in(e, spi);

	tun_deaf_forget(t);
	if (c == NULL || c->t != t)
		return;
	if (c->state == CH_WAIT && !c->waits)
		child_switch(e, c);
	c->carried = true;
	if (tun_n_up(t) > 1)
		tun_prune(e, t, true);
}

static void
limit(struct ike_engine *e, struct tun *t, const struct sa_evidence *v)
{
	struct child *c;

	TAILQ_FOREACH(c, &t->children, entry)
		if ((v->dir == SA_IN ? c->spi_in : c->spi_out) == v->spi)
			break;
	if (c == NULL)
		return;
	if (v->what == EVID_SOFT) {
		if (c == t->cur && !c->want_rekey) {
			c->want_rekey = true;
			sa_run(e, c->sa);
		}
		return;
	}
	/* that one which was replaced ends is no news */
	if (c->state >= CH_DELETING)
		return;
	if (c == t->cur || t->cur == NULL)
		tun_reason(e, t, IKE_R_EXPIRED, "child SA");
	child_delete(e, c);
	tun_child_lost(e, t);
}

/* All that went where the peer was goes where it is. */
static void
moved(struct ike_engine *e, struct tun *t, const struct sa_evidence *v)
{
	struct child *c = child_by_in(e, v->spi);
	struct ike_sa *s, *o;
	struct addr was;
	uint16_t port;

	/* a child that lingers may have outlived its IKE SA */
	if (c == NULL || c->t != t || (s = c->sa) == NULL || !s->udp ||
	    !s->nat_remote)
		return;
	was = s->remote;
	port = s->rport;
	TAILQ_FOREACH(o, &t->sas, entry)
		if (o->state == SA_UP && o->udp && o->nat_remote &&
		    o->rport == port && addr_eq(&o->remote, &was)) {
			o->remote = v->remote;
			o->rport = v->remote_port;
		}
	out_event(e, t, "moved", "the peer's NAT gave it port %u",
	    v->remote_port);
	tun_tell(e, t);
}

void
tun_evidence(struct ike_engine *e, const struct sa_evidence *v)
{
	struct tab_node *n, *next;
	struct tun *t = v->tid == 0 ? NULL : tun_find(e, v->tid);

	if (t == NULL) {
		/* from an address: whoever has it */
		for (n = tab_first(&e->by_addr, tun_addr_key(e, &v->remote));
		    n != NULL; n = next) {
			next = tab_next(n);
			t = n->owner;
			if (v->tid == 0 && addr_eq(&t->cfg.remote, &v->remote))
				probe(e, t);
		}
		return;
	}
	switch (v->what) {
	case EVID_FIRST_IN:
		first_in(e, t, v->spi);
		break;
	case EVID_SOFT:
	case EVID_HARD:
		limit(e, t, v);
		break;
	case EVID_MOVED:
		moved(e, t, v);
		break;
	case EVID_DEAF:
		tun_deaf(e, t);
		break;
	case EVID_NO_SA:
		if (t->cur != NULL && t->cur->state == CH_UP)
			t->cur->gone = true;
		/* an SA may have come up without one, as the peer asked */
		if (t->child_at.ns == MONO_NEVER.ns)
			tun_child_lost(e, t);
		probe(e, t);
		break;
	case EVID_UNKNOWN_SPI:
	case EVID_UNREACH:
	case EVID_SILENT:
	case EVID_N:
		probe(e, t);
		break;
	}
}

static const enum ike_reason unreach_reasons[] = {
	[IKE_U_PORT] = IKE_R_REFUSED,
	[IKE_U_HOST] = IKE_R_UNREACHABLE,
	[IKE_U_ROUTE] = IKE_R_NO_ROUTE,
	[IKE_U_FILTER] = IKE_R_OWN_FILTER
};

bool
tun_is_unreach(enum ike_reason r)
{
	size_t i;

	for (i = 0; i < sizeof(unreach_reasons) / sizeof(unreach_reasons[0]);
	    i++)
		if (unreach_reasons[i] == r)
			return (true);
	return (false);
}

void
tun_unreach(struct ike_engine *e, const struct ike_unreach *u)
{
	struct tab_node *n, *next;
	struct ike_sa *s;
	struct tun *t;

	for (n = tab_first(&e->by_addr, tun_addr_key(e, &u->remote));
	    n != NULL; n = next) {
		next = tab_next(n);
		t = n->owner;
		if (!addr_eq(&t->cfg.remote, &u->remote))
			continue;
		if (u->kind == IKE_U_PORT)
			tun_reason(e, t, IKE_R_REFUSED, "UDP %u",
			    u->remote_port);
		else
			tun_reason(e, t, unreach_reasons[u->kind], NULL);
		TAILQ_FOREACH(s, &t->sas, entry)
			s->req.silent = 0;
	}
}

bool
tun_is_version1(const struct ike_engine *e, const struct tun *t)
{
	return (mono_sub(e->now, t->version1) < VERSION1_NS);
}

/* Anybody can send IKEv1 in the peer's name: it takes the place only of what
 * is no better founded. */
static bool
is_guess(enum ike_reason r)
{
	return (r <= IKE_R_NO_ANSWER || r == IKE_R_REFUSED ||
	    r == IKE_R_UNREACHABLE || r == IKE_R_THEY_PROPOSAL ||
	    r == IKE_R_THEY_VERSION || r == IKE_R_THEY_SYNTAX);
}

void
tun_version1(struct ike_engine *e, const struct addr *remote,
    const struct ike_hdr *h)
{
	/* RFC 2408 3.1 */
	const char *what = h->exchange == 2 ? "main mode" :
	    h->exchange == 4 ? "aggressive mode" :
	    h->exchange == 5 ? "a notification" : "a message";
	struct tab_node *n, *next;
	struct tun *t;

	for (n = tab_first(&e->by_addr, tun_addr_key(e, remote)); n != NULL;
	    n = next) {
		next = tab_next(n);
		t = n->owner;
		if (!addr_eq(&t->cfg.remote, remote) || !is_guess(t->reason) ||
		    mono_sub(e->now, t->version1) < VERSION1_GAP)
			continue;
		t->version1 = e->now;
		tun_reason(e, t, IKE_R_THEY_VERSION, "it sent %s of IKEv1",
		    what);
	}
}

static void
take_down(struct ike_engine *e, struct tun *t)
{
	struct ike_sa *s, *next;

	for (s = TAILQ_FIRST(&t->sas); s != NULL; s = next) {
		next = TAILQ_NEXT(s, entry);
		sa_delete(e, s);
	}
	while (TAILQ_FIRST(&t->children) != NULL)
		child_free(e, TAILQ_FIRST(&t->children));
	tun_tell(e, t);
}

/* A new handshake beside what is there, which goes when the new one works. */
void
tun_restart(struct ike_engine *e, struct tun *t)
{
	struct ike_sa *s, *next;

	for (s = TAILQ_FIRST(&t->sas); s != NULL; s = next) {
		next = TAILQ_NEXT(s, entry);
		if (s->state <= SA_VERIFY)
			sa_free(e, s);
	}
	t->fails = 0;
	t->try_at = e->now;
}

/* A handshake of ours that was answered, or has just begun: to begin anew would
 * only take longer, and leave the peer with an SA that nobody wants. */
static bool
promising(const struct ike_engine *e, const struct tun *t)
{
	const struct ike_sa *s;

	TAILQ_FOREACH(s, &t->sas, entry)
		if ((s->state > SA_INIT && s->state <= SA_VERIFY) ||
		    (s->state == SA_INIT &&
		    mono_sub(e->now, s->begun) < REXMIT_FIRST))
			return (true);
	return (false);
}

void
tun_rekey_child(struct ike_engine *e, struct tun *t, struct ike_sa *s)
{
	t->rekey_asked = e->now;
	if (t->cur != NULL)
		t->cur->want_rekey = true;
	else if (s != NULL)
		t->want_child = true;
	if (s != NULL)
		sa_run(e, s);
}

static void
restart(struct ike_engine *e, struct tun *t)
{
	/* all is forgotten, also that plain ESP did not pass */
	tun_deaf_forget(t);
	t->in_udp = false;
	t->udp_tried = mono_add(e->now, -UDP_AGAIN);
	/* new SAs of what there is, and the rest when the peer begins anew */
	if (!tun_may_begin(t)) {
		tun_rekey_child(e, t, tun_sa(t));
		return;
	}
	t->restart = t->anew = true;
	t->asked = e->now;
	tun_restart(e, t);
}

/* No answer can come where its SAs are.  They are lost without being asked, and
 * the ESP SAs of them last until there are new ones. */
static void
moved_here(struct ike_engine *e, struct tun *t)
{
	struct ike_sa *s;
	size_t n = 0;

	TAILQ_FOREACH(s, &t->sas, entry)
		if (s->state == SA_UP && !s->lost) {
			s->lost = true;
			n++;
		}
	if (n != 0)
		tun_sa_lost(e, t, IKE_R_NO_ROUTE);
}

static void
kick(struct ike_engine *e, struct tun *t, enum ike_kick_what what)
{
	struct ike_sa *s = tun_sa(t);

	switch (what) {
	case KICK_TRY_NOW:
		if ((s == NULL || s->lost) && !promising(e, t))
			tun_restart(e, t);
		break;
	case KICK_MOVED:
		moved_here(e, t);
		break;
	case KICK_REKEY_CHILD:
		tun_rekey_child(e, t, s);
		break;
	case KICK_REKEY_IKE:
		if (s != NULL) {
			s->want_rekey = true;
			sa_run(e, s);
		}
		break;
	case KICK_DOWN:
		tun_deaf_forget(t);
		t->down = true;
		t->anew = false;
		tun_reason(e, t, IKE_R_DOWN, NULL);
		take_down(e, t);
		break;
	case KICK_UP:
		t->down = false;
		if (t->reason == IKE_R_DOWN)
			t->reason = IKE_R_NONE;
		if (s == NULL || s->lost)
			tun_restart(e, t);
		break;
	case KICK_RESTART:
		restart(e, t);
		break;
	case KICK_N:
		break;
	}
	tun_arm(e, t);
}

void
tun_kick(struct ike_engine *e, const struct ike_kick *k)
{
	struct tun *t;

	if (k->tid != 0) {
		if ((t = tun_find(e, k->tid)) != NULL)
			kick(e, t, k->what);
		return;
	}
	TAILQ_FOREACH(t, &e->tuns, entry)
		kick(e, t, k->what);
}
