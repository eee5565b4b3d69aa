/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  INFORMATIONAL exchanges (RFC 7296 1.4), both sides: DELETE,
 * liveness, and the initiator's word that it does not believe the peer.
 */
#include <stdlib.h>

#include "ike/ike_int.h"

/* --- our requests --- */

bool
info_send_delete(struct ike_engine *e, struct ike_sa *s)
{
	struct ike_writer m;

	s->want_delete = false;
	req_begin(e, s, &m, EXCH_INFORMATIONAL);
	ike_put_delete_ike(&m);
	return (req_send(e, s, &m, EX_DEL_IKE));
}

bool
info_send_delete_child(struct ike_engine *e, struct ike_sa *s,
    struct child *c)
{
	struct ike_writer m;

	c->want_delete = false;
	req_begin(e, s, &m, EXCH_INFORMATIONAL);
	ike_put_delete_esp(&m, c->spi_in);
	s->req.child = c;
	return (req_send(e, s, &m, EX_DEL_CHILD));
}

bool
info_send_probe(struct ike_engine *e, struct ike_sa *s)
{
	struct ike_writer m;

	req_begin(e, s, &m, EXCH_INFORMATIONAL);
	e->stats.probes++;
	return (req_send(e, s, &m, EX_PROBE));
}

void
info_send_auth_failed(struct ike_engine *e, struct ike_sa *s)
{
	struct ike_writer m;
	size_t len;

	if (!s->initiator)
		return;
	req_begin(e, s, &m, EXCH_INFORMATIONAL);
	ike_put_notify(&m, N_AUTHENTICATION_FAILED, NULL, 0);
	if ((len = ike_finish(&m, sa_sk_out(s), e->par.rng)) > 0)
		send_raw(e, s, e->buf, len);
}

void
info_response(struct ike_engine *e, struct ike_sa *s,
    const struct ike_payloads *p)
{
	enum ex ex = s->req.ex;
	struct child *c = s->req.child;
	struct tun *t = s->t;

	(void)p;
	s->req.child = NULL;
	req_clear(e, s);
	if (ex == EX_DEL_IKE) {
		sa_free(e, s);
		tun_tell(e, t);
		return;
	}
	if (ex == EX_DEL_CHILD && c != NULL)
		child_linger(e, c);
	sa_run(e, s);
}

/* --- theirs --- */

/* The successor of a child whose DELETE has come is to send from now on.
 * NULL: there is none that the data path is still to confirm. */
static struct child *
promote(struct ike_engine *e, const struct child *old)
{
	struct child *c;

	TAILQ_FOREACH(c, &old->t->children, entry) {
		if (c->replaces != old->spi_in || c->sa != old->sa)
			continue;
		if (c->state == CH_WAIT)
			child_switch(e, c);
		if (c->state == CH_OUT)
			return (c);
	}
	return (NULL);
}

/* The last successor that is not yet in use, or NULL. */
static struct child *
delete_children(struct ike_engine *e, struct ike_sa *s,
    const struct ike_delete *d, struct ike_writer *m)
{
	struct child *heir = NULL, *h;
	struct tun *t = s->t;
	const uint8_t *b;
	struct child *c;
	uint16_t i;

	for (i = 0; i < d->n; i++) {
		b = d->spis + (size_t)i * 4;
		c = child_by_out(s, (uint32_t)b[0] << 24 |
		    (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]);
		if (c == NULL || c->state == CH_LINGER)
			continue;
		/* both ends delete it: theirs says nothing of our half */
		if (c->state != CH_DELETING)
			ike_put_delete_esp(m, c->spi_in);
		if ((h = promote(e, c)) != NULL)
			heir = h;
		child_linger(e, c);
	}
	if (t->cur == NULL && s->state == SA_UP)
		tun_child_lost(e, t);
	return (heir);
}

/* What sends goes with s: of the others, one that is ready takes its place now
 * and not at its time. */
static void
stand_in(struct ike_engine *e, const struct ike_sa *s)
{
	struct child *c;

	if (s->t->cur == NULL || s->t->cur->sa != s)
		return;
	TAILQ_FOREACH_REVERSE(c, &s->t->children, child_list, entry)
		if (c->sa != NULL && c->sa != s && c->state == CH_WAIT &&
		    !c->waits) {
			child_switch(e, c);
			return;
		}
}

/* The peer ends the IKE SA; the answer has gone. */
static void
deleted(struct ike_engine *e, struct ike_sa *s, enum ike_reason why)
{
	struct tun *t = s->t;
	const struct ike_sa *o, *left;

	stand_in(e, s);
	if (s->req.rival_sa != NULL) {
		rekey_inherit(s, s->req.rival_sa);
		e->stats.ike_rekeys++;
	}
	/* the reason first: with the SA its children go, and that is told */
	TAILQ_FOREACH(o, &t->sas, entry)
		if (o != s && o->state == SA_UP)
			break;
	if (o == NULL)
		tun_reason(e, t, why, NULL);
	sa_gone(e, s);
	/* one that does not answer is none: it was told so before */
	if ((left = tun_sa(t)) == NULL || left->lost)
		tun_sa_lost(e, t, why);
	else
		tun_tell(e, t);
}

void
info_request(struct ike_engine *e, struct ike_sa *s, const struct dgram *d,
    const struct ike_payloads *p)
{
	enum ike_reason why = IKE_R_NONE;
	struct child *heir = NULL, *h;
	struct ike_writer m;
	uint16_t i;

	resp_begin(e, s, &m, d->h.exchange, d->h.mid);
	if (ike_notify_find(p, N_AUTHENTICATION_FAILED) != NULL)
		why = IKE_R_THEY_AUTH;
	for (i = 0; i < p->n_delete; i++) {
		if (p->del[i].proto == PROTO_IKE)
			why = IKE_R_DELETED;
		else if (p->del[i].proto == PROTO_ESP)
			if ((h = delete_children(e, s, &p->del[i], &m)) != NULL)
				heir = h;
	}
	if (why == IKE_R_NONE && heir != NULL) {
		resp_hold(e, s, &m, heir);
		sa_run(e, s);
		return;
	}
	resp_send(e, s, &m);
	pend_clear(s);
	if (why != IKE_R_NONE)
		deleted(e, s, why);
	else
		sa_run(e, s);
}
