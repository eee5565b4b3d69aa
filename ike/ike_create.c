/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  CREATE_CHILD_SA for child SAs (RFC 7296 1.3.1, 1.3.3), new
 * ones and rekeys, both sides, with the collisions of 2.8.1 and 2.25.1: of two
 * pairs that both ends made for one old pair, the one with the lowest of the
 * four nonces goes, deleted by who made it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike_int.h"
#include "ike/ike_ts.h"

#define GROUPS_MAX	3	/* INVALID_KE_PAYLOAD taken in a row */
#define RENEW_NS	NS_S(60)	/* enough for a new IKE SA */

static void
put_ts(struct ike_writer *m, uint8_t type, const struct addr *a,
    uint8_t proto)
{
	size_t at = ike_open(m, type);

	ike_ts_put(&m->w, a, proto);
	ike_close(m, at);
}

void
create_put_ts(struct ike_writer *m, const struct ike_sa *s, uint8_t proto,
    bool initiator)
{
	put_ts(m, PL_TSI, initiator ? &s->local : &s->remote, proto);
	put_ts(m, PL_TSR, initiator ? &s->remote : &s->local, proto);
}

void
create_put_answer(struct ike_writer *m, const struct ike_sa *s,
    const struct child *c, uint8_t num, const struct pending *pfs)
{
	struct ike_chosen ch = { .num = num, .child = c->suite };
	const uint8_t *pub;
	uint8_t spi[4];
	size_t at, len;

	if (c->form.mode == MODE_TRANSPORT)
		ike_put_notify(m, N_USE_TRANSPORT_MODE, NULL, 0);
	ike_put_notify(m, N_ESP_TFC_PADDING_NOT_SUPPORTED, NULL, 0);
	spi_bytes(spi, c->spi_in);
	at = ike_open(m, PL_SA);
	ike_chosen_put(&m->w, PROTO_ESP, &ch, spi, sizeof(spi));
	ike_close(m, at);
	if (pfs != NULL) {
		ike_put(m, PL_NONCE, pfs->nonce, sizeof(pfs->nonce));
		if (pfs->ke != NULL) {
			pub = ke_public(pfs->ke, &len);
			ike_put_ke(m, c->suite.ke, pub, len);
		}
	}
	create_put_ts(m, s, c->form.proto, false);
}

/* Whether both selectors of a message cover proto between the two ends. */
static enum ike_ts
meet(const struct ike_sa *s, const struct ike_payloads *p, bool we_initiate,
    uint8_t proto)
{
	bool nat = s->nat_local || s->nat_remote;
	enum ike_ts i, r;

	i = ike_ts_check(p->tsi, we_initiate ? &s->local : &s->remote, proto,
	    nat);
	r = ike_ts_check(p->tsr, we_initiate ? &s->remote : &s->local, proto,
	    nat);
	if (i == TS_BAD || r == TS_BAD)
		return (TS_BAD);
	return (i == TS_COVERS && r == TS_COVERS ? TS_COVERS : TS_NO);
}

uint16_t
create_judge(const struct ike_sa *s, const struct ike_payloads *p,
    bool we_initiate, struct child_form *form)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	bool transport = ike_notify_find(p, N_USE_TRANSPORT_MODE) != NULL;
	enum ike_ts found;

	form->mode = transport && cfg->mode == MODE_TRANSPORT ?
	    MODE_TRANSPORT : MODE_TUNNEL;
	form->proto = cfg->ts_proto;
	found = meet(s, p, we_initiate, form->proto);
	/* GRE is all that is carried: narrower than asked for is enough */
	if (found == TS_NO && form->proto == 0) {
		form->proto = TS_GRE;
		found = meet(s, p, we_initiate, form->proto);
	}
	return (found == TS_COVERS ? 0 : found == TS_NO ? N_TS_UNACCEPTABLE :
	    N_INVALID_SYNTAX);
}

const char *
create_ts_text(const struct ike_sa *s, const struct ike_payloads *p,
    bool we_initiate, char buf[static CREATE_TS_TEXT])
{
	char from[48], to[48], local[ADDR_TEXT_MAX], remote[ADDR_TEXT_MAX];

	ike_ts_text(we_initiate ? p->tsr : p->tsi, from, sizeof(from));
	ike_ts_text(we_initiate ? p->tsi : p->tsr, to, sizeof(to));
	(void)snprintf(buf, CREATE_TS_TEXT, "theirs %s to %s, ours %s to %s %s",
	    from, to, addr_text(&s->remote, remote), addr_text(&s->local,
	    local), s->t->cfg.ts_proto == 0 ? "any" : "gre");
	return (buf);
}

uint16_t
create_refusal(uint32_t error)
{
	return (error == EAGAIN || error == EPIPE || error == ENETDOWN ?
	    N_TEMPORARY_FAILURE : N_NO_PROPOSAL_CHOSEN);
}

/* A group as `pfs' has it. */
static const char *
group_text(uint16_t group)
{
	const struct alg *a = group != KE_NONE ? alg_find(XFORM_KE, group, 0) :
	    NULL;

	return (a != NULL ? a->name : group == KE_NONE ? "none" :
	    "a group unknown here");
}

static const char *
pfs_text(const struct ike_tunnel *cfg)
{
	const struct xform *x = proposal_first(&cfg->esp[0], XFORM_KE);

	return (group_text(x != NULL ? x->id : KE_NONE));
}

static bool
has_xform(const struct proposal *p, uint8_t type, uint16_t id, uint16_t bits)
{
	uint16_t i;

	for (i = 0; i < p->n_xforms; i++)
		if (p->xforms[i].type == type && p->xforms[i].id == id &&
		    (bits == 0 || p->xforms[i].key_bits == bits))
			return (true);
	return (false);
}

/* Whether what is up could be agreed on today, group apart. */
static bool
still_offered(const struct ike_tunnel *cfg, const struct ike_child_suite *u)
{
	uint16_t i;

	for (i = 0; i < cfg->n_esp; i++)
		if (has_xform(&cfg->esp[i], XFORM_ENCR, u->encr, u->key_bits) &&
		    (u->integ == 0 ||
		    has_xform(&cfg->esp[i], XFORM_INTEG, u->integ, 0)))
			return (true);
	return (false);
}

void
create_failed(struct ike_engine *e, struct tun *t, uint16_t notify)
{
	char ours[120];

	switch (notify) {
	case 0:
		break;
	/* the peer has taken it before: the group is what is left */
	case N_NO_PROPOSAL_CHOSEN:
		if (t->took.encr != 0 && still_offered(&t->cfg, &t->took))
			tun_reason(e, t, IKE_R_THEY_PFS, "ours %s",
			    pfs_text(&t->cfg));
		else
			tun_reason(e, t, IKE_R_THEY_CHILD, "ours %s",
			    tun_offer_text(t->cfg.esp, t->cfg.n_esp, ours,
			    sizeof(ours)));
		break;
	case N_TS_UNACCEPTABLE:
		tun_reason(e, t, IKE_R_THEY_TS, NULL);
		break;
	default:
		tun_reason(e, t, IKE_R_THEY_OTHER, "%s",
		    ike_notify_name(notify));
		break;
	}
	/* the one in use may belong to an IKE SA that is left behind */
	if (tun_childless(t))
		t->child_at = mono_add(e->now, ike_jitter(e,
		    notify == N_TEMPORARY_FAILURE ? NS_S(2) : NS_S(10), 25));
	tun_arm(e, t);
}

/* --- initiator --- */

static bool
put_offer(struct ike_engine *e, struct ike_writer *m, struct ike_sa *s,
    const struct child *c)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	const struct xform *x = proposal_first(&cfg->esp[0], XFORM_KE);
	uint16_t group = s->t->group;
	const uint8_t *pub;
	uint8_t spi[4];
	size_t at, len;

	if (cfg->mode == MODE_TRANSPORT)
		ike_put_notify(m, N_USE_TRANSPORT_MODE, NULL, 0);
	ike_put_notify(m, N_ESP_TFC_PADDING_NOT_SUPPORTED, NULL, 0);
	spi_bytes(spi, c->spi_in);
	at = ike_open(m, PL_SA);
	ike_offer_put(&m->w, cfg->esp, cfg->n_esp, false, spi, sizeof(spi));
	ike_close(m, at);
	ike_random(e, s->req.nonce, sizeof(s->req.nonce));
	ike_put(m, PL_NONCE, s->req.nonce, sizeof(s->req.nonce));
	if (group == 0 && x != NULL)
		group = x->id;
	if (group != 0) {
		if (e->par.ke->generate(e->par.rng, group, &s->req.ke) !=
		    IKE_C_OK)
			return (false);
		pub = ke_public(s->req.ke, &len);
		ike_put_ke(m, group, pub, len);
	}
	create_put_ts(m, s, cfg->ts_proto, true);
	return (true);
}

bool
create_send(struct ike_engine *e, struct ike_sa *s, struct child *old)
{
	struct child *c = child_new(e, s->t, s, true);
	struct ike_writer m;

	if (c == NULL)
		return (false);
	req_begin(e, s, &m, EXCH_CREATE_CHILD_SA);
	if (old != NULL)
		ike_put_notify_spi(&m, N_REKEY_SA, PROTO_ESP, old->spi_in);
	s->req.child = c;
	s->req.old = old;
	if (!put_offer(e, &m, s, c) ||
	    !req_send(e, s, &m, old != NULL ? EX_REKEY_CHILD : EX_CHILD)) {
		req_clear(e, s);
		return (false);
	}
	return (true);
}

/* A rekey that was refused is tried again, well before the end. */
static void
again(struct ike_engine *e, struct tun *t, struct child *old, int64_t ns)
{
	if (old != NULL) {
		old->soft = ike_again(e, old->hard, ns);
		child_arm(e, old);
	} else {
		t->child_at = mono_add(e->now, ike_jitter(e, ns, 30));
		tun_arm(e, t);
	}
}

/* So late that what is refused now is not had before the end. */
static bool
near_end(const struct ike_engine *e, const struct child *c)
{
	return (c->hard.ns != MONO_NEVER.ns &&
	    mono_sub(c->hard, e->now) < RENEW_NS);
}

/* They want another group: at once, a few times. */
static bool
take_group(struct ike_sa *s, const struct ike_notify *n, struct child *old)
{
	struct tun *t = s->t;
	const uint8_t *p = n->data.p;
	uint16_t group;

	if (n->data.len != 2 || ++t->groups > GROUPS_MAX)
		return (false);
	group = (uint16_t)(p[0] << 8 | p[1]);
	if (!ike_has_group(t->cfg.esp, t->cfg.n_esp, group))
		return (false);
	t->group = group;
	if (old != NULL)
		old->want_rekey = true;
	else
		t->want_child = true;
	return (true);
}

static void
refused(struct ike_engine *e, struct ike_sa *s, const struct ike_notify *n,
    struct child *old)
{
	struct tun *t = s->t;

	if (n->type == N_INVALID_KE_PAYLOAD && take_group(s, n, old))
		return;
	if (n->type == N_TEMPORARY_FAILURE) {
		again(e, t, old, NS_S(2));
	} else if (n->type == N_CHILD_SA_NOT_FOUND && old != NULL) {
		/* a new one, unless the peer has replaced it; this one goes
		 * when that is up */
		old->soft = MONO_NEVER;
		old->unknown = true;
		if (t->cur == old && !child_has_heir(old))
			t->want_child = true;
	} else {
		create_failed(e, t, n->type);
		if (old != NULL)
			again(e, t, old, NS_S(12));
		/* PFS differs, or it makes one child only (1.3) */
		if ((n->type == N_NO_PROPOSAL_CHOSEN ||
		    n->type == N_NO_ADDITIONAL_SAS) &&
		    (t->cur == NULL || t->cur->unknown ||
		    (old != NULL && (old->gone || near_end(e, old)))))
			tun_renew(e, t);
	}
}

/* The answer's keys; false: it does not fit the question. */
static bool
agree(struct ike_engine *e, struct ike_sa *s, const struct ike_payloads *p,
    struct child *c, const struct request *r)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	struct ike_span ni = { r->nonce, sizeof(r->nonce) };
	struct secret g = { 0 };
	struct ike_chosen ch;
	bool pfs, ok;

	if (p->sa.p == NULL || p->nonce.p == NULL || p->tsi.p == NULL ||
	    p->tsr.p == NULL || ike_answer(p->sa, PROTO_ESP, cfg->esp,
	    cfg->n_esp, false, 4, &ch) != PICK_OK)
		return (false);
	pfs = ch.child.ke != KE_NONE;
	if (pfs && (r->ke == NULL || p->ke.p == NULL ||
	    p->ke_group != ch.child.ke || ke_group(r->ke) != ch.child.ke ||
	    e->par.ke->derive(r->ke, p->ke.p, p->ke.len, &g) != IKE_C_OK))
		return (false);
	ok = create_judge(s, p, true, &c->form) == 0 &&
	    child_agree(e, c, &ch, ni, p->nonce, pfs ? &g : NULL);
	secret_wipe(&g);
	return (ok);
}

/* The peer's pair stays; it is used as soon as the peer uses it. */
static void
let_win(struct ike_engine *e, struct child *rival)
{
	rival->waits = false;
	if (rival->state != CH_WAIT)
		return;
	rival->at = mono_add(e->now, SWITCH_NS);
	child_arm(e, rival);
}

/* Our pair and the peer's have met. */
static bool
we_lose(struct ike_engine *e, struct child *c, struct child *rival)
{
	e->stats.collisions++;
	if (memcmp(c->low, rival->low, LOW_LEN) < 0) {
		let_win(e, rival);
		return (true);
	}
	rival->waits = false;
	rival->doomed = true;
	if (rival->state == CH_UP || rival->state == CH_WAIT) {
		rival->state = CH_UP;
		rival->at = mono_add(e->now, SPARE_NS);
		child_arm(e, rival);
	}
	return (false);
}

void
create_response(struct ike_engine *e, struct ike_sa *s,
    const struct ike_payloads *p)
{
	const struct ike_notify *n = ike_notify_error(p);
	struct request r = s->req;
	struct child *c = r.child;

	/* the request is over; what hung on it is ours */
	s->req.child = NULL;
	s->req.ke = NULL;
	req_clear(e, s);
	if (n != NULL || c == NULL) {
		if (c != NULL)
			child_free(e, c);
		if (r.rival != NULL)
			let_win(e, r.rival);
		else if (n != NULL)
			refused(e, s, n, r.old);
	} else if (!agree(e, s, p, c, &r)) {
		tun_reason(e, s->t, IKE_R_OUR_ANSWER, "child SA");
		child_delete(e, c);
		again(e, s->t, r.old, NS_S(12));
	} else if (r.rival != NULL && we_lose(e, c, r.rival)) {
		child_delete(e, c);
	} else {
		s->t->groups = 0;
		c->replaces = r.old != NULL ? r.old->spi_in : 0;
		child_install(e, c);
	}
	ke_free(r.ke);
	wipe(r.nonce, sizeof(r.nonce));
	sa_run(e, s);
}

/* --- responder --- */

/* What is asked for cannot begin now; 0: it can.  *old: what it replaces. */
static uint16_t
timely(struct ike_sa *s, const struct ike_payloads *p, struct child **old)
{
	const struct ike_notify *n = ike_notify_find(p, N_REKEY_SA);
	const uint8_t *b;

	*old = NULL;
	if (s->req.ex == EX_REKEY_IKE || s->want_delete)
		return (N_TEMPORARY_FAILURE);
	if (child_crowded(s->t))
		return (n == NULL ? N_NO_ADDITIONAL_SAS : N_TEMPORARY_FAILURE);
	if (n == NULL)
		return (0);
	if (n->proto != PROTO_ESP || n->spi_len != 4)
		return (N_INVALID_SYNTAX);
	b = n->spi;
	*old = child_by_out(s, (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	    (uint32_t)b[2] << 8 | b[3]);
	if (*old == NULL || (*old)->state == CH_LINGER)
		return (N_CHILD_SA_NOT_FOUND);
	/* ours is agreed on already, theirs comes too late to be judged */
	return ((*old)->state == CH_DELETING || child_has_heir(*old) ?
	    N_TEMPORARY_FAILURE : 0);
}

/* why: what is wrong with the message itself. */
static void
refuse(struct ike_engine *e, struct ike_sa *s, const struct ike_payloads *p,
    uint16_t type, enum ike_drop why)
{
	const struct ike_notify *n = ike_notify_find(p, N_REKEY_SA);
	struct ike_writer m;
	const uint8_t *b;

	if (type == N_INVALID_SYNTAX)
		ike_drop(e, why);
	if (type != N_CHILD_SA_NOT_FOUND) {
		resp_notify(e, s, EXCH_CREATE_CHILD_SA, s->pend.mid, type,
		    NULL, 0);
	} else {
		b = n->spi;
		resp_begin(e, s, &m, EXCH_CREATE_CHILD_SA, s->pend.mid);
		ike_put_notify_spi(&m, type, PROTO_ESP,
		    (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
		    (uint32_t)b[2] << 8 | b[3]);
		resp_send(e, s, &m);
	}
	pend_clear(s);
}

static void
refuse_group(struct ike_engine *e, struct ike_sa *s, uint16_t group)
{
	uint8_t b[2] = { (uint8_t)(group >> 8), (uint8_t)group };

	resp_notify(e, s, EXCH_CREATE_CHILD_SA, s->pend.mid,
	    N_INVALID_KE_PAYLOAD, b, sizeof(b));
	pend_clear(s);
}

/* Our part of the key exchange, and the keys; or what is wrong with theirs. */
static enum ike_drop
answer_keys(struct ike_engine *e, struct ike_sa *s,
    const struct ike_payloads *p, struct child *c, const struct ike_chosen *ch)
{
	struct ike_span nr = { s->pend.nonce, sizeof(s->pend.nonce) };
	bool pfs = ch->child.ke != KE_NONE, ok;
	struct secret g = { 0 };

	ike_random(e, s->pend.nonce, sizeof(s->pend.nonce));
	if (pfs && (e->par.ke->generate(e->par.rng, ch->child.ke,
	    &s->pend.ke) != IKE_C_OK || e->par.ke->derive(s->pend.ke, p->ke.p,
	    p->ke.len, &g) != IKE_C_OK))
		return (IKE_D_KE);
	ok = child_agree(e, c, ch, p->nonce, nr, pfs ? &g : NULL);
	secret_wipe(&g);
	return (ok ? IKE_D_NONE : IKE_D_BODY);
}

static void
take(struct ike_engine *e, struct ike_sa *s, const struct ike_payloads *p,
    const struct ike_chosen *ch, const struct child_form *form,
    struct child *old)
{
	struct child *c = child_new(e, s->t, s, false);
	enum ike_drop why = IKE_D_MEMORY;

	if (c == NULL ||
	    (why = answer_keys(e, s, p, c, ch)) != IKE_D_NONE) {
		if (c != NULL)
			child_free(e, c);
		refuse(e, s, p, N_INVALID_SYNTAX, why);
		return;
	}
	c->form = *form;
	c->replaces = old != NULL ? old->spi_in : 0;
	s->pend.on = true;
	s->pend.num = ch->num;
	s->pend.child = c;
	/* we ask for the same: judged when our answer comes */
	if (s->req.rival == NULL && ((s->req.ex == EX_REKEY_CHILD &&
	    old != NULL && s->req.old == old) ||
	    (s->req.ex == EX_CHILD && old == NULL))) {
		s->req.rival = c;
		c->waits = true;
	}
	child_install(e, c);
}

void
create_request(struct ike_engine *e, struct ike_sa *s,
    const struct ike_payloads *p)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	struct ike_chosen ch;
	struct child_form form;
	enum ike_pick pick;
	struct child *old;
	char text[CREATE_TS_TEXT], ours[PROPOSAL_BRIEF_MAX];
	const char *theirs;
	uint16_t no;
	bool group;

	if (p->sa.p == NULL || p->nonce.p == NULL || p->tsi.p == NULL ||
	    p->tsr.p == NULL) {
		refuse(e, s, p, N_INVALID_SYNTAX, IKE_D_MISSING);
		return;
	}
	rekey_settle(s);
	if ((no = timely(s, p, &old)) != 0) {
		refuse(e, s, p, no, IKE_D_BODY);
		return;
	}
	pick = ike_choose(p->sa, PROTO_ESP, cfg->esp, cfg->n_esp, false,
	    p->ke_group, 4, &ch);
	if (pick != PICK_OK) {
		/* with the answer the request goes */
		ike_offer_text(p->sa, text, PROPOSAL_BRIEF_MAX);
		theirs = group_text(p->ke_group);
		group = ike_choose(p->sa, PROTO_ESP, cfg->esp, cfg->n_esp,
		    true, 0, 4, &ch) == PICK_OK;
		refuse(e, s, p, pick == PICK_BAD ? N_INVALID_SYNTAX :
		    N_NO_PROPOSAL_CHOSEN, IKE_D_BODY);
		if (group)
			tun_reason(e, s->t, IKE_R_OUR_PFS,
			    "theirs %s, ours %s", theirs, pfs_text(cfg));
		else
			tun_reason(e, s->t, IKE_R_OUR_CHILD,
			    "theirs %s, ours %s", text,
			    tun_offer_text(cfg->esp, cfg->n_esp, ours,
			    sizeof(ours)));
	} else if (ch.child.ke != KE_NONE && (p->ke.p == NULL ||
	    p->ke_group != ch.child.ke)) {
		refuse_group(e, s, ch.child.ke);
	} else if ((no = create_judge(s, p, false, &form)) != 0) {
		(void)create_ts_text(s, p, false, text);
		refuse(e, s, p, no, IKE_D_BODY);
		tun_reason(e, s->t, IKE_R_OUR_TS, "%s", text);
	} else
		take(e, s, p, &ch, &form, old);
}

void
create_child_done(struct ike_engine *e, struct ike_sa *s, uint32_t error)
{
	struct child *c = s->pend.child;
	struct ike_writer m;

	s->pend.child = NULL;
	if (error != 0) {
		child_free(e, c);
		resp_notify(e, s, EXCH_CREATE_CHILD_SA, s->pend.mid,
		    create_refusal(error), NULL, 0);
		pend_clear(s);
		tun_reason(e, s->t, IKE_R_DATAPATH, "%s",
		    strerror((int)error));
		return;
	}
	resp_begin(e, s, &m, EXCH_CREATE_CHILD_SA, s->pend.mid);
	create_put_answer(&m, s, c, s->pend.num, &s->pend);
	resp_send(e, s, &m);
	pend_clear(s);
	if (c->doomed) {
		c->state = CH_UP;
		c->at = mono_add(e->now, SPARE_NS);
	} else if (s->t->cur == NULL && !c->waits) {
		child_switch(e, c);
		return;
	} else if (!c->waits)
		c->at = mono_add(e->now, SWITCH_NS);
	child_arm(e, c);
}
