/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  IKE_AUTH (RFC 7296 1.2, 2.15), both sides.  keys computes and
 * checks the proofs: the decrypted message waits in s->pend meanwhile.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike_int.h"
#include "lib/hash.h"

/* --- identities --- */

size_t
auth_id_body(const struct ike_ident *id, const struct addr *a,
    uint8_t buf[static 4 + IKE_ID_DATA_MAX])
{
	size_t n = id->n_data;

	memset(buf, 0, 4);
	if (id->type == 0) {
		buf[0] = a->family == ADDR_V6 ? IKE_ID_IPV6_ADDR :
		    IKE_ID_IPV4_ADDR;
		n = addr_len(a);
		memcpy(buf + 4, a->b, n);
	} else {
		buf[0] = id->type;
		memcpy(buf + 4, id->data, n);
	}
	return (4 + n);
}

void
auth_id_text(const uint8_t *body, size_t len, char *buf, size_t cap)
{
	struct addr a = { 0 };
	size_t i, n = 0;

	if ((body[0] == IKE_ID_IPV4_ADDR && len == 8) ||
	    (body[0] == IKE_ID_IPV6_ADDR && len == 20)) {
		char text[ADDR_TEXT_MAX];

		a.family = len == 8 ? ADDR_V4 : ADDR_V6;
		memcpy(a.b, body + 4, len - 4);
		(void)snprintf(buf, cap, "%s", addr_text(&a, text));
		return;
	}
	for (i = 4; i < len && n + 5 < cap; i++) {
		if (isprint(body[i]) && body[i] != '\\')
			buf[n++] = (char)body[i];
		else
			n += (size_t)snprintf(buf + n, cap - n, "\\x%02x",
			    body[i]);
	}
	buf[n] = '\0';
}

uint64_t
auth_id_key(const struct ike_engine *e, uint8_t type, const void *data,
    size_t len)
{
	return (hash_bytes(e->seed ^ type, data, len));
}

/* Whether an ID payload is the identity that is meant; one that is not set is
 * met by all. */
static bool
id_is(const struct ike_ident *id, struct ike_span body)
{
	const uint8_t *p = body.p;

	return (id->type == 0 || (p[0] == id->type &&
	    body.len - 4 == id->n_data &&
	    memcmp(p + 4, id->data, id->n_data) == 0));
}

static bool
local_id_is(const struct ike_sa *s, const struct ike_ident *id,
    struct ike_span body)
{
	uint8_t mine[4 + IKE_ID_DATA_MAX];
	const uint8_t *p = body.p;
	size_t n = auth_id_body(id, &s->local, mine);

	return (p[0] == mine[0] && body.len == n &&
	    memcmp(p + 4, mine + 4, n - 4) == 0);
}

static void
remember_id(struct ike_sa *s, struct ike_span body)
{
	auth_id_text(body.p, body.len, s->peer_id, sizeof(s->peer_id));
}

static uint8_t
method_of(enum ike_auth_method a)
{
	return (a == AUTH_PSK ? AUTH_METHOD_PSK : AUTH_METHOD_SIGNATURE);
}

/* --- initiator --- */

/* Whether the tunnel has no other SA. */
static bool
alone(const struct ike_sa *s)
{
	const struct ike_sa *o;

	TAILQ_FOREACH(o, &s->t->sas, entry)
		if (o != s && o->spi_i != s->spi_i && o->state != SA_INIT &&
		    o->state != SA_GONE && o->state != SA_DELETING)
			return (false);
	return (true);
}

/* Whether one identity may meet both. */
static bool
meet(const struct ike_ident *a, const struct ike_ident *b)
{
	return (a->type == 0 || b->type == 0 || (a->type == b->type &&
	    a->n_data == b->n_data &&
	    memcmp(a->data, b->data, a->n_data) == 0));
}

/* Whether another tunnel is between the same two identities: INITIAL_CONTACT
 * would end its SAs as well (RFC 7296 2.4). */
static bool
shared(const struct ike_engine *e, const struct ike_sa *s)
{
	uint8_t mine[4 + IKE_ID_DATA_MAX], its[4 + IKE_ID_DATA_MAX];
	size_t n = auth_id_body(&s->t->cfg.local_id, &s->local, mine);
	const struct tun *o;

	TAILQ_FOREACH(o, &e->tuns, entry)
		if (o != s->t && meet(&o->cfg.remote_id,
		    &s->t->cfg.remote_id) && auth_id_body(&o->cfg.local_id,
		    &o->cfg.local, its) == n && memcmp(mine, its, n) == 0)
			return (true);
	return (false);
}

static void
auth_send(struct ike_engine *e, struct ike_sa *s, const struct keys_done *k)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	uint8_t id[4 + IKE_ID_DATA_MAX], spi[4];
	struct tun *t = s->t;
	struct child *c;
	struct ike_writer m;
	size_t at, n;

	if (s->forced && tun_outrun(s)) {
		sa_free(e, s);
		return;
	}
	if ((c = child_new(e, t, s, true)) == NULL) {
		sa_free(e, s);
		tun_retry(e, t);
		return;
	}
	n = auth_id_body(&cfg->local_id, &s->local, id);
	req_begin(e, s, &m, EXCH_IKE_AUTH);
	ike_put(&m, PL_IDI, id, n);
	s->contact = (alone(s) || s->forced) && !shared(e, s);
	if (s->contact)
		ike_put_notify(&m, N_INITIAL_CONTACT, NULL, 0);
	if (cfg->remote_id.type != 0) {
		n = auth_id_body(&cfg->remote_id, &s->remote, id);
		ike_put(&m, PL_IDR, id, n);
	}
	at = ike_open(&m, PL_AUTH);
	wbuf_u8(&m.w, method_of(cfg->auth));
	wbuf_zero(&m.w, 3);
	wbuf_bytes(&m.w, k->value, k->n_value);
	ike_close(&m, at);
	if (cfg->mode == MODE_TRANSPORT)
		ike_put_notify(&m, N_USE_TRANSPORT_MODE, NULL, 0);
	ike_put_notify(&m, N_ESP_TFC_PADDING_NOT_SUPPORTED, NULL, 0);
	at = ike_open(&m, PL_SA);
	spi_bytes(spi, c->spi_in);
	ike_offer_put(&m.w, cfg->esp, cfg->n_esp, true, spi, sizeof(spi));
	ike_close(&m, at);
	create_put_ts(&m, s, cfg->ts_proto, true);
	s->req.child = c;
	s->state = SA_AUTH;
	s->expire = MONO_NEVER;
	if (!req_send(e, s, &m, EX_AUTH)) {
		sa_free(e, s);
		tun_retry(e, t);
	}
}

/* The handshake ends here, for a reason of ours. */
static void
fail(struct ike_engine *e, struct ike_sa *s, enum ike_reason why,
    const char *facts)
{
	struct tun *t = s->t;

	tun_reason(e, t, why, "%s", facts);
	if (s->initiator)
		sa_free(e, s);
	else
		sa_gone(e, s);
	tun_retry(e, t);
}

/* The same; the peer believes that the SA stands, and is told. */
static void
distrust(struct ike_engine *e, struct ike_sa *s, enum ike_reason why,
    const char *facts)
{
	info_send_auth_failed(e, s);
	fail(e, s, why, facts);
}

/* The peer knows who we are now, and wants another suite for that. */
static void
fail_proposal(struct ike_engine *e, struct ike_sa *s)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	char facts[160], text[PROPOSAL_TEXT_MAX];

	(void)snprintf(facts, sizeof(facts), "ours %.150s",
	    tun_offer_text(cfg->ike, cfg->n_ike, text, sizeof(text)));
	fail(e, s, IKE_R_THEY_PROPOSAL, facts);
}

void
auth_response(struct ike_engine *e, struct ike_sa *s,
    const struct ike_payloads *p)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	const struct ike_notify *n = ike_notify_error(p);
	char facts[160];
	uint8_t id[4 + IKE_ID_DATA_MAX];

	if (p->auth.p == NULL || p->idr.p == NULL) {
		if (n == NULL)
			distrust(e, s, IKE_R_OUR_ANSWER, "no AUTH");
		else if (n->type == N_NO_PROPOSAL_CHOSEN)
			fail_proposal(e, s);
		else if (n->type == N_AUTHENTICATION_FAILED)
			fail(e, s, IKE_R_THEY_AUTH, "");
		else
			fail(e, s, IKE_R_OUR_ANSWER, ike_notify_name(n->type));
		return;
	}
	remember_id(s, p->idr);
	if (!id_is(&cfg->remote_id, p->idr)) {
		auth_id_text(id, auth_id_body(&cfg->remote_id, &s->remote,
		    id), facts, sizeof(facts));
		tun_reason(e, s->t, IKE_R_OUR_ID, "theirs %.60s, ours %.60s",
		    s->peer_id, facts);
		distrust(e, s, IKE_R_OUR_ID, s->t->facts);
		return;
	}
	if (p->auth_method != method_of(cfg->auth)) {
		(void)snprintf(facts, sizeof(facts), "theirs %u, ours %u",
		    p->auth_method, method_of(cfg->auth));
		distrust(e, s, IKE_R_OUR_METHOD, facts);
		return;
	}
	if (p->auth.len > KEYS_AUTH_MAX) {
		distrust(e, s, IKE_R_OUR_AUTH, s->peer_id);
		return;
	}
	s->state = SA_VERIFY;
	s->expire = mono_add(e->now, HALF_OPEN_NS);
	s->pend.child = s->req.child;
	s->req.child = NULL;
	req_clear(e, s);
	sa_arm(e, s);
	sa_ask(e, s, true);
}

/* The peer is who it should be: what became of the child? */
static void
take_child(struct ike_engine *e, struct ike_sa *s, struct child *c)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	struct ike_payloads *p = &e->pl;
	const struct ike_notify *n = ike_notify_error(p);
	struct handshake *hs = s->hs;
	struct ike_span ni = { hs->ni, hs->ni_len }, nr = { hs->nr,
	    hs->nr_len };
	struct ike_chosen ch;
	char text[CREATE_TS_TEXT];
	uint16_t no = 0;

	if (n != NULL || p->sa.p == NULL || p->tsi.p == NULL ||
	    p->tsr.p == NULL) {
		child_free(e, c);
		if (n == NULL || n->type == N_NO_PROPOSAL_CHOSEN ||
		    n->type == N_TS_UNACCEPTABLE) {
			s->t->took.encr = 0;
			s->t->auth_refused = true;
		}
		create_failed(e, s->t, n != NULL ? n->type : 0);
		return;
	}
	if (ike_answer(p->sa, PROTO_ESP, cfg->esp, cfg->n_esp, true, 4,
	    &ch) != PICK_OK ||
	    (no = create_judge(s, p, true, &c->form)) != 0 ||
	    !child_agree(e, c, &ch, ni, nr, NULL)) {
		if (no == N_TS_UNACCEPTABLE)
			tun_reason(e, s->t, IKE_R_OUR_TS, "%s",
			    create_ts_text(s, p, true, text));
		else
			tun_reason(e, s->t, IKE_R_OUR_ANSWER, "child SA");
		c->state = CH_UP;	/* the peer has it */
		child_delete(e, c);
		create_failed(e, s->t, 0);
		return;
	}
	child_install(e, c);
}

static void
initiator_verified(struct ike_engine *e, struct ike_sa *s, bool ok)
{
	struct child *c = s->pend.child;
	struct tun *t = s->t;

	s->pend.child = NULL;
	if (!ok) {
		child_free(e, c);
		distrust(e, s, IKE_R_OUR_AUTH, s->peer_id);
		return;
	}
	(void)ike_inner_parse(s->pend.plain, s->pend.len, s->pend.first,
	    &e->pl);
	e->stats.ike_up++;
	s->state = SA_UP;
	init_settle(e, s);
	tun_begun(t, s);
	t->reason = IKE_R_NONE;
	take_child(e, s, c);
	pend_clear(s);
	sa_established(e, s);
	if (s->forced && s->contact)
		tun_supersede(t, s);
	out_event(e, t, "ike-up", "%s, we began", s->peer_id);
	tun_tell(e, t);
	sa_run(e, s);
}

/* --- responder --- */

static bool
suite_allowed(const struct tun *t, const struct ike_suite *s)
{
	struct wbuf w;
	struct ike_chosen ch = { .num = 1, .ike = *s }, got;
	uint8_t buf[128];

	w = wbuf_make(buf, sizeof(buf));
	ike_chosen_put(&w, PROTO_IKE, &ch, NULL, 0);
	return (wbuf_ok(&w) && ike_choose((struct ike_span){ buf, w.len },
	    PROTO_IKE, t->cfg.ike, t->cfg.n_ike, false, 0, 0, &got) ==
	    PICK_OK);
}

/* How well a tunnel fits what the peer says: IKE_R_NONE, it does. */
static enum ike_reason
fits(const struct ike_sa *s, const struct tun *t,
    const struct ike_payloads *p)
{
	if (t->down)
		return (IKE_R_DOWN);
	if (!id_is(&t->cfg.remote_id, p->idi))
		return (IKE_R_OUR_ID);
	if (p->idr.p != NULL && !local_id_is(s, &t->cfg.local_id, p->idr))
		return (IKE_R_OUR_IDR);
	if (p->auth.p == NULL || p->auth_method != method_of(t->cfg.auth))
		return (IKE_R_OUR_METHOD);
	if (!suite_allowed(t, &s->suite))
		return (IKE_R_OUR_PROPOSAL);
	return (IKE_R_NONE);
}

/* What has been found so far: a tunnel that fits, whose local address may be
 * another; and the best of those that do not fit. */
struct search {
	struct tun	*fit, *near;
	enum ike_reason	 why;
};

/* Look at one more; true: it fits in all. */
static bool
look(struct search *f, const struct ike_sa *s, const struct ike_payloads *p,
    struct tun *t)
{
	enum ike_reason r = fits(s, t, p);

	if (r == IKE_R_NONE) {
		f->fit = t;
		return (addr_eq(&t->cfg.local, &s->local));
	}
	if (r > f->why) {
		f->near = t;
		f->why = r;
	}
	return (false);
}

/* Among those whose peer may be anywhere, by an identity that leads to them. */
static bool
look_by_id(const struct ike_engine *e, struct search *f,
    const struct ike_sa *s, const struct ike_payloads *p, uint64_t key)
{
	struct tab_node *n;
	struct tun *t;

	for (n = tab_first(&e->by_id, key); n != NULL; n = tab_next(n)) {
		t = n->owner;
		if (t->cfg.remote.family != ADDR_NONE)
			continue;
		/* to have the identity says more than to have the address */
		if (t->cfg.remote_id.type != 0)
			f->why = IKE_R_NONE;
		if (look(f, s, p, t))
			break;
	}
	return (f->fit != NULL);
}

/* The tunnel of that identity: among those with the peer's address, then among
 * those whose peer may be anywhere, which expect it or any; of each, best with
 * our address as well. */
static void
find_tunnel(struct ike_engine *e, const struct ike_sa *s,
    const struct ike_payloads *p, struct search *f)
{
	const uint8_t *id = p->idi.p;
	struct tab_node *n;
	struct tun *t;

	memset(f, 0, sizeof(*f));
	for (n = tab_first(&e->by_addr, tun_addr_key(e, &s->remote));
	    n != NULL; n = tab_next(n)) {
		t = n->owner;
		if (addr_eq(&t->cfg.remote, &s->remote) && look(f, s, p, t))
			break;
	}
	if (f->fit == NULL && !look_by_id(e, f, s, p, auth_id_key(e, id[0],
	    id + 4, p->idi.len - 4)))
		(void)look_by_id(e, f, s, p, auth_id_key(e, 0, NULL, 0));
}

static void
refuse(struct ike_engine *e, struct ike_sa *s, struct tun *t,
    enum ike_reason why, const struct ike_payloads *p)
{
	char facts[160] = "", theirs[64] = "", ours[64] = "";
	char suite[PROPOSAL_TEXT_MAX];
	uint8_t id[4 + IKE_ID_DATA_MAX];
	size_t n;

	resp_notify(e, s, EXCH_IKE_AUTH, 1, why == IKE_R_OUR_PROPOSAL ?
	    N_NO_PROPOSAL_CHOSEN : N_AUTHENTICATION_FAILED, NULL, 0);
	if (t != NULL && why == IKE_R_OUR_ID) {
		n = auth_id_body(&t->cfg.remote_id, &s->remote, id);
		auth_id_text(id, n, ours, sizeof(ours));
		auth_id_text(p->idi.p, p->idi.len, theirs, sizeof(theirs));
		(void)snprintf(facts, sizeof(facts), "theirs %s, ours %s",
		    theirs, ours);
	} else if (t != NULL && why == IKE_R_OUR_IDR) {
		n = auth_id_body(&t->cfg.local_id, &s->local, id);
		auth_id_text(id, n, ours, sizeof(ours));
		auth_id_text(p->idr.p, p->idr.len, theirs, sizeof(theirs));
		(void)snprintf(facts, sizeof(facts), "they ask for %s, "
		    "we are %s", theirs, ours);
	} else if (t != NULL && why == IKE_R_OUR_METHOD)
		(void)snprintf(facts, sizeof(facts), "theirs %u, ours %u",
		    p->auth_method, method_of(t->cfg.auth));
	else if (t != NULL && why == IKE_R_OUR_PROPOSAL)
		/* another tunnel took it with IKE_SA_INIT */
		(void)snprintf(facts, sizeof(facts), "theirs %.80s, ours %s",
		    ike_suite_text(&s->suite, suite), tun_offer_text(t->cfg.ike,
		    t->cfg.n_ike, ours, sizeof(ours)));
	if (t != NULL)
		tun_reason(e, t, why, "%s", facts);
	sa_gone(e, s);
}

/* Nobody here is to speak to it.  That is told, once a minute, for there is no
 * tunnel whose reason it could be; anybody can say to be anybody. */
static void
unknown_peer(struct ike_engine *e, const struct ike_sa *s,
    const struct ike_payloads *p)
{
	char id[64], from[ADDR_TEXT_MAX];

	if (!ratelimit_ok(&e->unknown_rl, e->now))
		return;
	auth_id_text(p->idi.p, p->idi.len, id, sizeof(id));
	out_event(e, NULL, "unknown-peer", "unknown peer %s from %s", id,
	    addr_text(&s->remote, from));
}

static void
responder_verified(struct ike_engine *e, struct ike_sa *s, bool ok)
{
	struct tun *t = s->t;

	if (!ok) {
		resp_notify(e, s, EXCH_IKE_AUTH, 1, N_AUTHENTICATION_FAILED,
		    NULL, 0);
		tun_reason(e, t, IKE_R_OUR_AUTH, "%s", s->peer_id);
		sa_gone(e, s);
		return;
	}
	half_out(e, s);
	s->state = SA_R_SIGN;
	sa_ask(e, s, false);
}

void
auth_request(struct ike_engine *e, struct ike_sa *s,
    const struct ike_payloads *p)
{
	struct search f;

	if (p->idi.p == NULL || (p->auth.p != NULL && (p->sa.p == NULL ||
	    p->tsi.p == NULL || p->tsr.p == NULL))) {
		ike_drop(e, IKE_D_MISSING);
		resp_notify(e, s, EXCH_IKE_AUTH, 1, N_INVALID_SYNTAX, NULL, 0);
		sa_gone(e, s);
		return;
	}
	find_tunnel(e, s, p, &f);
	if (f.fit == NULL) {
		ike_drop(e, IKE_D_STRANGER);
		if (f.near == NULL)
			unknown_peer(e, s, p);
		refuse(e, s, f.near, f.why, p);
		return;
	}
	sa_join(e, s, f.fit);
	remember_id(s, p->idi);
	s->contact = ike_notify_find(p, N_INITIAL_CONTACT) != NULL;
	/* no key makes one that long */
	if (p->auth.len > KEYS_AUTH_MAX) {
		responder_verified(e, s, false);
		return;
	}
	s->state = SA_R_VERIFY;
	s->pend.on = true;
	sa_ask(e, s, true);
}

void
auth_verified(struct ike_engine *e, struct ike_sa *s,
    const struct keys_done *k)
{
	if (s->state == SA_VERIFY)
		initiator_verified(e, s, k->ok);
	else if (s->state == SA_R_VERIFY)
		responder_verified(e, s, k->ok);
}

/* The response, with the child or with why there is none. */
static void
answer(struct ike_engine *e, struct ike_sa *s, const struct child *c,
    uint8_t num, uint16_t refusal)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	uint8_t id[4 + IKE_ID_DATA_MAX];
	struct ike_writer m;
	size_t at, n;

	n = auth_id_body(&cfg->local_id, &s->local, id);
	resp_begin(e, s, &m, EXCH_IKE_AUTH, 1);
	ike_put(&m, PL_IDR, id, n);
	at = ike_open(&m, PL_AUTH);
	wbuf_u8(&m.w, method_of(cfg->auth));
	wbuf_zero(&m.w, 3);
	wbuf_bytes(&m.w, s->hs->auth, s->hs->auth_len);
	ike_close(&m, at);
	if (c != NULL)
		create_put_answer(&m, s, c, num, NULL);
	else
		ike_put_notify(&m, refusal, NULL, 0);
	resp_send(e, s, &m);
}

/* The answer is on its way: the SA stands. */
static void
stand(struct ike_engine *e, struct ike_sa *s)
{
	struct tun *t = s->t;

	e->stats.ike_up++;
	tun_begun(t, s);
	t->reason = IKE_R_NONE;
	pend_clear(s);
	sa_established(e, s);
	if (s->contact)
		tun_contact(t, s);
	tun_crowd(e, t, s);
	out_event(e, t, "ike-up", "%s, the peer began", s->peer_id);
	tun_tell(e, t);
}

static void
answer_without(struct ike_engine *e, struct ike_sa *s, uint16_t refusal)
{
	answer(e, s, NULL, 0, refusal);
	stand(e, s);
}

static void
responder_signed(struct ike_engine *e, struct ike_sa *s)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	struct handshake *hs = s->hs;
	struct ike_span ni = { hs->ni, hs->ni_len }, nr = { hs->nr,
	    hs->nr_len };
	struct ike_payloads *p = &e->pl;
	struct ike_chosen ch;
	enum ike_pick pick;
	struct child *c = NULL;
	struct child_form form;
	uint16_t no;
	char text[CREATE_TS_TEXT], ours[PROPOSAL_BRIEF_MAX];

	(void)ike_inner_parse(s->pend.plain, s->pend.len, s->pend.first, p);
	pick = ike_choose(p->sa, PROTO_ESP, cfg->esp, cfg->n_esp, true, 0, 4,
	    &ch);
	if (pick != PICK_OK) {
		if (pick == PICK_BAD)
			ike_drop(e, IKE_D_BODY);
		ike_offer_text(p->sa, text, PROPOSAL_BRIEF_MAX);
		answer_without(e, s, N_NO_PROPOSAL_CHOSEN);
		tun_reason(e, s->t, IKE_R_OUR_CHILD,
		    "theirs %s, ours %s", text, tun_offer_text(cfg->esp,
		    cfg->n_esp, ours, sizeof(ours)));
		return;
	}
	if ((no = create_judge(s, p, false, &form)) != 0) {
		if (no == N_INVALID_SYNTAX)
			ike_drop(e, IKE_D_BODY);
		(void)create_ts_text(s, p, false, text);
		answer_without(e, s, no);
		tun_reason(e, s->t, IKE_R_OUR_TS, "%s", text);
		return;
	}
	if (child_crowded(s->t) ||
	    (c = child_new(e, s->t, s, false)) == NULL ||
	    !child_agree(e, c, &ch, ni, nr, NULL)) {
		if (c != NULL)
			child_free(e, c);
		answer_without(e, s, N_NO_ADDITIONAL_SAS);
		return;
	}
	c->form = form;
	s->pend.child = c;
	s->pend.num = ch.num;
	s->state = SA_R_CHILD;
	child_install(e, c);
}

void
auth_child_done(struct ike_engine *e, struct ike_sa *s, uint32_t error)
{
	struct child *c = s->pend.child;
	uint8_t num = s->pend.num;
	uint16_t no;
	bool fresh;

	s->pend.child = NULL;
	if (error != 0) {
		child_free(e, c);
		/* TEMPORARY_FAILURE is not for this exchange (RFC 7296 2.25):
		 * peers take it for the end of the IKE SA */
		no = create_refusal(error);
		answer_without(e, s, no == N_TEMPORARY_FAILURE ?
		    N_NO_ADDITIONAL_SAS : no);
		tun_reason(e, s->t, IKE_R_DATAPATH, "%s",
		    strerror((int)error));
		/* the peer may leave it at that */
		tun_child_lost(e, s->t);
		return;
	}
	answer(e, s, c, num, 0);
	fresh = s->t->cur == NULL;
	stand(e, s);
	if (fresh) {
		child_switch(e, c);
		return;
	}
	/* what is there may work: until the new one is seen to carry */
	c->at = mono_add(e->now, TAKEN_NS);
	child_arm(e, c);
}

void
auth_signed(struct ike_engine *e, struct ike_sa *s, const struct keys_done *k)
{
	if (s->state != SA_SIGN && s->state != SA_R_SIGN)
		return;
	if (!k->ok) {
		if (!s->initiator)
			resp_notify(e, s, EXCH_IKE_AUTH, 1,
			    N_AUTHENTICATION_FAILED, NULL, 0);
		fail(e, s, IKE_R_KEYS, "");
		return;
	}
	if (s->state == SA_SIGN) {
		auth_send(e, s, k);
		return;
	}
	memcpy(s->hs->auth, k->value, k->n_value);
	s->hs->auth_len = k->n_value;
	responder_signed(e, s);
}
