/* SPDX-License-Identifier: ISC */
/* runs in: ike.  IKE SAs: birth, death, timers, questions to keys. */
#include <stdlib.h>
#include <string.h>

#include "ike/ike_int.h"

const char *const sa_state_names[SA_N] = {
	[SA_INIT] = "INIT-SENT",
	[SA_SIGN] = "AUTH-SIGN",
	[SA_AUTH] = "AUTH-SENT",
	[SA_VERIFY] = "AUTH-VERIFY",
	[SA_HALF] = "HALF-OPEN",
	[SA_R_VERIFY] = "AUTH-VERIFY",
	[SA_R_SIGN] = "AUTH-SIGN",
	[SA_R_CHILD] = "AUTH-INSTALL",
	[SA_UP] = "ESTABLISHED",
	[SA_OLD] = "REKEYED",
	[SA_DELETING] = "DELETING",
	[SA_GONE] = "DELETED",
};

static void	sa_fire(struct ike_engine *, void *);

bool
sa_is_up(const struct ike_sa *s)
{
	return (s->state == SA_UP);
}

struct ike_sa *
sa_new(struct ike_engine *e, struct tun *t, bool initiator)
{
	struct ike_sa *s;

	if (heap_reserve(&e->heap, 1) == -1)
		return (NULL);
	s = calloc(1, sizeof(*s));
	if (s == NULL || (s->hs = calloc(1, sizeof(*s->hs))) == NULL) {
		free(s);
		heap_release(&e->heap, 1);
		return (NULL);
	}
	ike_timer_init(&s->timer, sa_fire, s);
	s->initiator = initiator;
	s->state = initiator ? SA_INIT : SA_HALF;
	s->begun = e->now;
	s->established = s->expire = s->soft = s->hard = s->probe =
	    s->keepalive = MONO_NEVER;
	s->t = t;
	TAILQ_INSERT_TAIL(t != NULL ? &t->sas : &e->strays, s, entry);
	e->n_sas++;
	return (s);
}

void
sa_join(struct ike_engine *e, struct ike_sa *s, struct tun *t)
{
	if (s->t == t)
		return;
	TAILQ_REMOVE(s->t != NULL ? &s->t->sas : &e->strays, s, entry);
	s->t = t;
	TAILQ_INSERT_TAIL(&t->sas, s, entry);
}

void
sa_handshake_free(struct ike_sa *s)
{
	if (s->hs == NULL)
		return;
	ke_free(s->hs->ke);
	free(s->hs->msg_i);
	free(s->hs->msg_r);
	wipe(s->hs, sizeof(*s->hs));
	free(s->hs);
	s->hs = NULL;
}

/* What other SAs of the tunnel keep of this one. */
static void
forget(struct ike_sa *s)
{
	struct ike_sa *o;

	if (s->t == NULL)
		return;
	TAILQ_FOREACH(o, &s->t->sas, entry)
		if (o->req.rival_sa == s)
			o->req.rival_sa = NULL;
}

/* Its children send no more; packets on their way may still come in. */
static void
orphan_children(struct ike_engine *e, struct ike_sa *s)
{
	struct child *c, *next;

	for (c = s->t != NULL ? TAILQ_FIRST(&s->t->children) : NULL; c != NULL;
	    c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->sa == s)
			child_orphan(e, c);
	}
}

void
sa_free(struct ike_engine *e, struct ike_sa *s)
{
	struct tun *t = s->t;

	pend_clear(s);
	orphan_children(e, s);
	forget(s);
	req_clear(e, s);
	half_out(e, s);
	sa_handshake_free(s);
	tab_del(&e->by_spi, &s->by_spi);
	tab_del(&e->by_peer, &s->by_peer);
	tab_del(&e->by_req, &s->by_req);
	ike_timer_at(e, &s->timer, MONO_NEVER);
	heap_release(&e->heap, 1);
	TAILQ_REMOVE(t != NULL ? &t->sas : &e->strays, s, entry);
	free(s->resp);
	wipe(s, sizeof(*s));
	free(s);
	e->n_sas--;
}

uint64_t
sa_spi_new(struct ike_engine *e)
{
	uint64_t spi;

	do
		ike_random(e, &spi, sizeof(spi));
	while (spi == 0 || tab_get(&e->by_spi, spi) != NULL);
	return (spi);
}

void
sa_set_spi(struct ike_engine *e, struct ike_sa *s, uint64_t ours)
{
	if (s->initiator)
		s->spi_i = ours;
	else
		s->spi_r = ours;
	tab_put(&e->by_spi, &s->by_spi, ours, s);
}

void
sa_arm(struct ike_engine *e, struct ike_sa *s)
{
	struct mono at = s->expire;

	if (s->req.ex != EX_NONE)
		at = mono_min(at, s->req.next);
	if (s->pend.resp != NULL)
		at = mono_min(at, s->pend.at);
	if (s->state == SA_UP) {
		at = mono_min(at, s->hard);
		at = mono_min(at, s->keepalive);
		if (!s->want_rekey)
			at = mono_min(at, s->soft);
		if (!s->want_probe && s->req.ex == EX_NONE)
			at = mono_min(at, s->probe);
	}
	ike_timer_at(e, &s->timer, at);
}

static void
keepalive(struct ike_engine *e, struct ike_sa *s)
{
	static const uint8_t byte = 0xff;
	struct ike_tx tx = { .local = s->local, .remote = s->remote,
	    .local_port = s->lport, .remote_port = s->rport, .data = &byte,
	    .len = 1 };

	out_datagram(e, &tx, false);
	s->keepalive = mono_add(e->now, KEEPALIVE_NS);
}

/* The end of its time: half-open, gone, a DELETE that nobody answers, a
 * question to keys that nobody answers. */
static void
expired(struct ike_engine *e, struct ike_sa *s)
{
	bool ours = s->state == SA_SIGN || s->state == SA_VERIFY;
	struct tun *t = s->t;

	sa_free(e, s);
	if (t == NULL)
		return;
	if (ours) {
		tun_reason(e, t, IKE_R_KEYS, "no answer");
		tun_retry(e, t);
	}
	tun_tell(e, t);
}

static void
sa_fire(struct ike_engine *e, void *owner)
{
	struct ike_sa *s = owner;

	if (mono_due(s->expire, e->now)) {
		expired(e, s);
		return;
	}
	if (s->state == SA_UP && mono_due(s->hard, e->now)) {
		s->state = SA_GONE;
		tun_sa_lost(e, s->t, IKE_R_EXPIRED);
		expired(e, s);
		return;
	}
	if (s->pend.resp != NULL && mono_due(s->pend.at, e->now))
		resp_held(e, s);
	if (s->state == SA_UP) {
		if (mono_due(s->keepalive, e->now))
			keepalive(e, s);
		if (mono_due(s->soft, e->now)) {
			s->want_rekey = true;
			s->soft = mono_add(e->now, AGAIN_NS);
		}
		if (mono_due(s->probe, e->now))
			s->want_probe = true;
	}
	if (s->req.ex != EX_NONE) {
		if (mono_due(s->req.next, e->now))
			req_retransmit(e, s);
		else
			sa_arm(e, s);
		return;
	}
	sa_run(e, s);
}

/* Rekeying begins before the end: earlier at the initiator, so that both
 * seldom do it at once. */
static struct mono
soft_from(struct ike_engine *e, const struct ike_sa *s, uint32_t life_s)
{
	int64_t life = NS_S(life_s);

	return (mono_add(e->now, ike_jitter(e, life / 100 *
	    (s->initiator ? 85 : 94), 3)));
}

void
sa_probe_later(const struct ike_engine *e, struct ike_sa *s)
{
	uint32_t dpd_s = s->t->cfg.dpd_s;

	s->probe = dpd_s == 0 ? MONO_NEVER : mono_add(e->now, NS_S(dpd_s));
}

void
sa_established(struct ike_engine *e, struct ike_sa *s)
{
	const struct ike_tunnel *cfg = &s->t->cfg;

	s->state = SA_UP;
	s->established = e->now;
	s->expire = MONO_NEVER;
	s->lost = false;
	half_out(e, s);
	sa_handshake_free(s);
	if (cfg->ike_life_s != 0) {
		s->hard = mono_add(e->now, NS_S(cfg->ike_life_s));
		s->soft = soft_from(e, s, cfg->ike_life_s);
	}
	sa_probe_later(e, s);
	if (s->nat_local && s->udp)
		s->keepalive = mono_add(e->now, KEEPALIVE_NS);
	sa_arm(e, s);
}

void
sa_delete(struct ike_engine *e, struct ike_sa *s)
{
	if (s->state == SA_DELETING)
		return;
	if (s->state == SA_GONE || s->lost ||
	    (s->state != SA_UP && s->state != SA_OLD)) {
		sa_free(e, s);
		return;
	}
	s->state = SA_DELETING;
	/* who took our INITIAL_CONTACT has forgotten it, and will not answer */
	s->expire = mono_add(e->now, s->outdated ? OUTDATED_NS : SPARE_NS);
	s->want_delete = true;
	s->want_rekey = s->want_probe = false;
	if (s->req.ex == EX_PROBE)
		req_clear(e, s);
	sa_run(e, s);
}

void
sa_gone(struct ike_engine *e, struct ike_sa *s)
{
	pend_clear(s);
	orphan_children(e, s);
	forget(s);
	req_clear(e, s);
	sa_handshake_free(s);
	tab_del(&e->by_req, &s->by_req);
	s->ask = 0;
	s->state = SA_GONE;
	s->expire = mono_add(e->now, GONE_NS);
	sa_arm(e, s);
}

/* --- keys --- */

static bool
octets(struct ike_engine *e, struct ike_sa *s, bool initiators,
    struct ike_span id_body)
{
	struct handshake *hs = s->hs;
	struct ike_span msg, nonce;
	size_t len;

	msg.p = initiators ? hs->msg_i : hs->msg_r;
	msg.len = initiators ? hs->msg_i_len : hs->msg_r_len;
	nonce.p = initiators ? hs->nr : hs->ni;
	nonce.len = initiators ? hs->nr_len : hs->ni_len;
	if (ike_signed_octets(&s->keys, initiators ? s->keys.pi : s->keys.pr,
	    msg, nonce, id_body, e->q.octets, sizeof(e->q.octets), &len) !=
	    IKE_C_OK)
		return (false);
	e->q.n_octets = (uint16_t)len;
	return (true);
}

void
sa_ask(struct ike_engine *e, struct ike_sa *s, bool verify)
{
	uint8_t id[4 + IKE_ID_DATA_MAX];
	struct ike_span body = { id, 0 };
	struct keys_auth *q = &e->q;

	memset(q, 0, sizeof(*q));
	q->tid = s->t->cfg.tid;
	q->auth = s->t->cfg.auth;
	q->prf = s->suite.prf;
	if (verify) {
		if (ike_inner_parse(s->pend.plain, s->pend.len, s->pend.first,
		    &e->pl) != IKE_D_NONE)
			return;
		body = s->initiator ? e->pl.idr : e->pl.idi;
		if (e->pl.auth.len > sizeof(q->value))
			return;
		q->n_value = (uint16_t)e->pl.auth.len;
		memcpy(q->value, e->pl.auth.p, e->pl.auth.len);
	} else
		body.len = auth_id_body(&s->t->cfg.local_id, &s->local, id);
	if (!octets(e, s, s->initiator != verify, body))
		return;
	tab_del(&e->by_req, &s->by_req);
	if (++e->last_req == 0)
		e->last_req = 1;
	s->ask = q->req = e->last_req;
	s->ask_verify = verify;
	tab_put(&e->by_req, &s->by_req, s->ask, s);
	out_keys(e, verify, q);
	wipe(q, sizeof(*q));
}

struct ike_sk *
sa_sk_out(struct ike_sa *s)
{
	return (s->initiator ? &s->keys.i : &s->keys.r);
}

struct ike_sk *
sa_sk_in(struct ike_sa *s)
{
	return (s->initiator ? &s->keys.r : &s->keys.i);
}

static void
pad_nonce(uint8_t out[static LOW_LEN], const void *a, size_t len)
{
	memset(out, 0, LOW_LEN);
	memcpy(out, a, len < LOW_LEN ? len : LOW_LEN);
}

void
low_nonce(uint8_t low[static LOW_LEN], const void *a, size_t a_len,
    const void *b, size_t b_len)
{
	uint8_t x[LOW_LEN], y[LOW_LEN];

	pad_nonce(x, a, a_len);
	pad_nonce(y, b, b_len);
	memcpy(low, memcmp(x, y, LOW_LEN) < 0 ? x : y, LOW_LEN);
}
