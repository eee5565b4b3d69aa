/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  CREATE_CHILD_SA for the IKE SA itself (RFC 7296 1.3.2, 2.18),
 * both sides, with the collision of 2.8.2: of two new SAs the one with the
 * lowest of the four nonces goes, deleted by who made it; the other one
 * inherits the children.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/ike_int.h"

#define GROUPS_MAX	3

static void
spi8(uint8_t out[static 8], uint64_t spi)
{
	int i;

	for (i = 0; i < 8; i++)
		out[i] = (uint8_t)(spi >> (56 - 8 * i));
}

static uint64_t
spi_of(const struct ike_chosen *ch)
{
	uint64_t spi = 0;
	int i;

	for (i = 0; i < 8; i++)
		spi = spi << 8 | ch->spi[i];
	return (spi);
}

void
rekey_inherit(struct ike_sa *s, struct ike_sa *n)
{
	struct child *c;

	TAILQ_FOREACH(c, &s->t->children, entry)
		if (c->sa == s)
			c->sa = n;
}

void
rekey_settle(struct ike_sa *s)
{
	struct ike_sa *o;

	TAILQ_FOREACH(o, &s->t->sas, entry)
		if (o->req.rival_sa == s)
			rekey_inherit(o, s);
}

/* The new SA beside the old one, with its keys; NULL when they cannot be. */
static struct ike_sa *
successor(struct ike_engine *e, struct ike_sa *s, bool initiator,
    uint64_t spi_i, uint64_t spi_r, const struct ike_suite *suite,
    struct ike_span ni, struct ike_span nr, const struct secret *g)
{
	struct ike_seed seed = { .ni = ni, .nr = nr, .spi_i = spi_i,
	    .spi_r = spi_r };
	struct ike_sa *n = sa_new(e, s->t, initiator);

	if (n == NULL)
		return (NULL);
	n->spi_i = spi_i;
	n->spi_r = spi_r;
	sa_set_spi(e, n, initiator ? spi_i : spi_r);
	n->suite = *suite;
	n->local = s->local;
	n->remote = s->remote;
	n->lport = s->lport;
	n->rport = s->rport;
	n->natt = s->natt;
	n->nat_local = s->nat_local;
	n->nat_remote = s->nat_remote;
	n->udp = s->udp;
	memcpy(n->peer_id, s->peer_id, sizeof(n->peer_id));
	low_nonce(n->low, ni.p, ni.len, nr.p, nr.len);
	if (ike_keys_rekey(&n->keys, suite, &seed, g, &s->keys) != IKE_C_OK) {
		sa_free(e, n);
		return (NULL);
	}
	sa_established(e, n);
	return (n);
}

/* n takes the place of s, which waits for its end. */
static void
take_over(struct ike_engine *e, struct ike_sa *s, struct ike_sa *n)
{
	rekey_inherit(s, n);
	e->stats.ike_rekeys++;
	out_event(e, s->t, "ike-rekey", "%s", n->initiator ? "we began" :
	    "the peer began");
	if (s->state == SA_UP) {
		s->state = SA_OLD;
		s->expire = mono_add(e->now, HALF_OPEN_NS);
	}
	tun_tell(e, s->t);
}

/* --- initiator --- */

bool
rekey_send(struct ike_engine *e, struct ike_sa *s)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	uint16_t group = s->group != 0 ? s->group : s->suite.ke;
	struct ike_writer m;
	const uint8_t *pub;
	uint8_t spi[8];
	size_t at, len;

	if (!ike_has_group(cfg->ike, cfg->n_ike, group))
		group = proposal_first(&cfg->ike[0], XFORM_KE)->id;
	req_begin(e, s, &m, EXCH_CREATE_CHILD_SA);
	s->req.spi = sa_spi_new(e);
	spi8(spi, s->req.spi);
	at = ike_open(&m, PL_SA);
	ike_offer_put(&m.w, cfg->ike, cfg->n_ike, false, spi, sizeof(spi));
	ike_close(&m, at);
	ike_random(e, s->req.nonce, sizeof(s->req.nonce));
	ike_put(&m, PL_NONCE, s->req.nonce, sizeof(s->req.nonce));
	if (e->par.ke->generate(e->par.rng, group, &s->req.ke) != IKE_C_OK) {
		req_clear(e, s);
		return (false);
	}
	pub = ke_public(s->req.ke, &len);
	ike_put_ke(&m, group, pub, len);
	if (!req_send(e, s, &m, EX_REKEY_IKE)) {
		req_clear(e, s);
		return (false);
	}
	return (true);
}

static void
later(struct ike_engine *e, struct ike_sa *s, int64_t ns)
{
	s->soft = ike_again(e, s->hard, ns);
	sa_arm(e, s);
}

static void
refused(struct ike_engine *e, struct ike_sa *s, const struct ike_notify *n)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	const uint8_t *p = n->data.p;
	uint16_t group;

	if (n->type == N_INVALID_KE_PAYLOAD && n->data.len == 2 &&
	    s->hs == NULL) {
		group = (uint16_t)(p[0] << 8 | p[1]);
		if (group != s->group && group != s->suite.ke &&
		    ike_has_group(cfg->ike, cfg->n_ike, group)) {
			s->group = group;
			s->want_rekey = true;
			return;
		}
	}
	/* not when a child that crossed it, which is in more haste, tries again */
	later(e, s, n->type == N_TEMPORARY_FAILURE ? NS_S(5) : NS_S(12));
	if (n->type != N_TEMPORARY_FAILURE)
		out_event(e, s->t, "ike-rekey", "refused: %s",
		    ike_notify_name(n->type));
}

static struct ike_sa *
agree(struct ike_engine *e, struct ike_sa *s, const struct ike_payloads *p,
    const struct request *r)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	struct ike_span ni = { r->nonce, sizeof(r->nonce) };
	struct secret g = { 0 };
	struct ike_sa *n = NULL;
	struct ike_chosen ch;

	if (p->sa.p == NULL || p->nonce.p == NULL || p->ke.p == NULL ||
	    r->ke == NULL || ike_answer(p->sa, PROTO_IKE, cfg->ike,
	    cfg->n_ike, false, 8, &ch) != PICK_OK ||
	    ch.ike.ke != p->ke_group || ch.ike.ke != ke_group(r->ke) ||
	    spi_of(&ch) == 0)
		return (NULL);
	if (e->par.ke->derive(r->ke, p->ke.p, p->ke.len, &g) == IKE_C_OK)
		n = successor(e, s, true, r->spi, spi_of(&ch), &ch.ike, ni,
		    p->nonce, &g);
	secret_wipe(&g);
	return (n);
}

void
rekey_response(struct ike_engine *e, struct ike_sa *s,
    const struct ike_payloads *p)
{
	const struct ike_notify *no = ike_notify_error(p);
	struct request r = s->req;
	struct ike_sa *n;

	s->req.ke = NULL;
	req_clear(e, s);
	n = no != NULL ? NULL : agree(e, s, p, &r);
	ke_free(r.ke);
	wipe(r.nonce, sizeof(r.nonce));
	if (n == NULL) {
		if (r.rival_sa != NULL)
			take_over(e, s, r.rival_sa);
		else if (no != NULL)
			refused(e, s, no);
		else
			later(e, s, NS_S(12));
		sa_run(e, s);
		return;
	}
	if (r.rival_sa != NULL) {
		e->stats.collisions++;
		if (memcmp(n->low, r.rival_sa->low, LOW_LEN) < 0) {
			take_over(e, s, r.rival_sa);
			sa_delete(e, n);
			sa_arm(e, s);
			return;
		}
		/* theirs goes by their DELETE, if they ever knew of it */
		r.rival_sa->expire = mono_add(e->now, SPARE_NS);
		sa_arm(e, r.rival_sa);
	}
	take_over(e, s, n);
	sa_delete(e, s);
	sa_run(e, n);
}

/* --- responder --- */

static bool
busy(const struct ike_sa *s)
{
	const struct child *c;

	if (s->req.ex == EX_CHILD || s->req.ex == EX_REKEY_CHILD ||
	    s->req.ex == EX_DEL_CHILD || s->req.rival_sa != NULL)
		return (true);
	TAILQ_FOREACH(c, &s->t->children, entry)
		if (c->sa == s && (c->state == CH_NEW || c->state == CH_IN))
			return (true);
	return (false);
}

static void
answer(struct ike_engine *e, struct ike_sa *s, const struct ike_chosen *ch,
    const struct ike_sa *n, const struct ke_key *ke, const uint8_t *nonce)
{
	struct ike_writer m;
	const uint8_t *pub;
	uint8_t spi[8];
	size_t at, len;

	spi8(spi, n->spi_r);
	resp_begin(e, s, &m, EXCH_CREATE_CHILD_SA, s->pend.mid);
	at = ike_open(&m, PL_SA);
	ike_chosen_put(&m.w, PROTO_IKE, ch, spi, sizeof(spi));
	ike_close(&m, at);
	ike_put(&m, PL_NONCE, nonce, NONCE_LEN);
	pub = ke_public(ke, &len);
	ike_put_ke(&m, ch->ike.ke, pub, len);
	resp_send(e, s, &m);
}

static void
take(struct ike_engine *e, struct ike_sa *s, const struct ike_payloads *p,
    const struct ike_chosen *ch)
{
	uint8_t nonce[NONCE_LEN];
	struct ike_span nr = { nonce, sizeof(nonce) };
	struct ike_sa *n = NULL;
	enum ike_drop why = IKE_D_KE;
	struct ke_key *ke = NULL;
	struct secret g = { 0 };

	ike_random(e, nonce, sizeof(nonce));
	if (e->par.ke->generate(e->par.rng, ch->ike.ke, &ke) == IKE_C_OK &&
	    e->par.ke->derive(ke, p->ke.p, p->ke.len, &g) == IKE_C_OK) {
		why = IKE_D_MEMORY;
		n = successor(e, s, false, spi_of(ch), sa_spi_new(e),
		    &ch->ike, p->nonce, nr, &g);
	}
	secret_wipe(&g);
	if (n == NULL)
		ike_drop(e, why);
	if (n == NULL)
		resp_notify(e, s, EXCH_CREATE_CHILD_SA, s->pend.mid,
		    N_INVALID_SYNTAX, NULL, 0);
	else
		answer(e, s, ch, n, ke, nonce);
	ke_free(ke);
	if (n == NULL)
		return;
	if (s->req.ex == EX_REKEY_IKE)
		s->req.rival_sa = n;
	else
		take_over(e, s, n);
}

void
rekey_request(struct ike_engine *e, struct ike_sa *s, const struct dgram *d,
    const struct ike_payloads *p)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	struct ike_chosen ch;
	enum ike_pick pick;
	uint8_t group[2];
	uint16_t no = 0;

	if (p->sa.p == NULL || p->nonce.p == NULL || p->ke.p == NULL) {
		ike_drop(e, IKE_D_MISSING);
		no = N_INVALID_SYNTAX;
	} else if (busy(s) || tun_n_sas(s->t) >= SAS_MAX)
		no = N_TEMPORARY_FAILURE;
	if (no != 0) {
		resp_notify(e, s, d->h.exchange, d->h.mid, no, NULL, 0);
		pend_clear(s);
		return;
	}
	pick = ike_choose(p->sa, PROTO_IKE, cfg->ike, cfg->n_ike, false,
	    p->ke_group, 8, &ch);
	if (pick == PICK_BAD || (pick == PICK_OK && spi_of(&ch) == 0))
		ike_drop(e, IKE_D_BODY);
	if (pick != PICK_OK || spi_of(&ch) == 0) {
		resp_notify(e, s, d->h.exchange, d->h.mid, pick == PICK_NONE ?
		    N_NO_PROPOSAL_CHOSEN : N_INVALID_SYNTAX, NULL, 0);
	} else if (ch.ike.ke != p->ke_group) {
		group[0] = (uint8_t)(ch.ike.ke >> 8);
		group[1] = (uint8_t)ch.ike.ke;
		resp_notify(e, s, d->h.exchange, d->h.mid,
		    N_INVALID_KE_PAYLOAD, group, sizeof(group));
	} else
		take(e, s, p, &ch);
	pend_clear(s);
}
