/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  IKE_SA_INIT (RFC 7296 1.2), both sides, with cookies (2.6),
 * the choice of the group (1.3) and NAT detection (2.23).  Nothing is proven
 * yet: an error from the peer is kept as a hint and ends nothing, and no answer
 * is longer than what it answers, before a cookie has come back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike_int.h"
#include "lib/hash.h"

#define FIRST_MAX	4096	/* IKE_SA_INIT; it is kept, and signed */
#define COOKIES_MAX	5	/* taken between two timed repetitions */
#define KES_MAX		4
#define ANSWERS_MAX	4	/* full ones to one first message */
#define WISH_NS		NS_MS(300)
#define HASH_IDENTITY	5	/* RFC 8420 2 */

/* --- NAT detection --- */

static void
put_nat(struct ike_engine *e, struct ike_writer *m, uint16_t type,
    const struct ike_sa *s, const struct addr *a, uint16_t port, bool lie)
{
	uint8_t hash[IKE_NAT_HASH_LEN];

	/* an address that no NAT would leave alone, or one we do not know */
	if (lie || a->family == ADDR_NONE ||
	    ike_nat_hash(s->spi_i, s->spi_r, a, port, hash) != IKE_C_OK)
		ike_random(e, hash, sizeof(hash));
	ike_put_notify(m, type, hash, sizeof(hash));
}

static void
put_nats(struct ike_engine *e, struct ike_writer *m, const struct ike_sa *s,
    enum nat_mode mode)
{
	put_nat(e, m, N_NAT_DETECTION_SOURCE_IP, s, &s->local, s->lport,
	    mode == NAT_FORCE);
	put_nat(e, m, N_NAT_DETECTION_DESTINATION_IP, s, &s->remote, s->rport,
	    false);
}

static void
put_hashes(struct ike_writer *m)
{
	static const uint8_t hashes[2] = { 0, HASH_IDENTITY };

	ike_put_notify(m, N_SIGNATURE_HASH_ALGORITHMS, hashes,
	    sizeof(hashes));
}

/* Whether the peer knows of NAT, and we may. */
static bool
natt(const struct ike_payloads *p, enum nat_mode mode)
{
	return (mode != NAT_OFF &&
	    ike_notify_find(p, N_NAT_DETECTION_SOURCE_IP) != NULL &&
	    ike_notify_find(p, N_NAT_DETECTION_DESTINATION_IP) != NULL);
}

static bool
nat_seen(const struct ike_payloads *p, uint16_t type, const struct ike_hdr *h,
    const struct addr *a, uint16_t port)
{
	uint8_t hash[IKE_NAT_HASH_LEN];
	uint16_t i;

	if (ike_nat_hash(h->spi_i, h->spi_r, a, port, hash) != IKE_C_OK)
		return (false);
	for (i = 0; i < p->n_notify; i++)
		if (p->notify[i].type == type &&
		    p->notify[i].data.len == sizeof(hash) &&
		    memcmp(p->notify[i].data.p, hash, sizeof(hash)) == 0)
			return (false);
	return (true);
}

static void
nat_judge(struct ike_sa *s, const struct dgram *d,
    const struct ike_payloads *p, enum nat_mode mode)
{
	const struct ike_rx *rx = d->rx;

	s->natt = natt(p, mode);
	if (!s->natt)
		return;
	s->nat_remote = nat_seen(p, N_NAT_DETECTION_SOURCE_IP, &d->h,
	    &rx->remote, rx->remote_port);
	s->nat_local = nat_seen(p, N_NAT_DETECTION_DESTINATION_IP, &d->h,
	    &rx->local, rx->local_port);
	s->udp = s->nat_remote || s->nat_local || mode == NAT_FORCE;
}

/* --- initiator --- */

static bool
new_ke(struct ike_engine *e, struct ike_sa *s, uint16_t group)
{
	ke_free(s->hs->ke);
	s->hs->ke = NULL;
	s->hs->group = group;
	return (e->par.ke->generate(e->par.rng, group, &s->hs->ke) ==
	    IKE_C_OK);
}

static bool
keep_msg(uint8_t **to, size_t *to_len, const uint8_t *msg, size_t len)
{
	uint8_t *copy = malloc(len);

	if (copy == NULL)
		return (false);
	memcpy(copy, msg, len);
	free(*to);
	*to = copy;
	*to_len = len;
	return (true);
}

/* Our first message, (again) with what the peer asked for. */
static bool
init_send(struct ike_engine *e, struct ike_sa *s)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	struct handshake *hs = s->hs;
	struct ike_writer m;
	const uint8_t *pub;
	size_t at, len;

	s->mid_out = 0;
	hs->told = s->local;
	req_begin(e, s, &m, EXCH_IKE_SA_INIT);
	if (hs->cookie_len > 0)
		ike_put_notify(&m, N_COOKIE, hs->cookie, hs->cookie_len);
	at = ike_open(&m, PL_SA);
	ike_offer_put(&m.w, cfg->ike, cfg->n_ike, false, NULL, 0);
	ike_close(&m, at);
	pub = ke_public(hs->ke, &len);
	ike_put_ke(&m, hs->group, pub, len);
	ike_put(&m, PL_NONCE, hs->ni, hs->ni_len);
	if (cfg->nat != NAT_OFF)
		put_nats(e, &m, s, tun_nat(s->t));
	if (cfg->auth == AUTH_ED25519)
		put_hashes(&m);
	return (req_send(e, s, &m, EX_INIT) &&
	    keep_msg(&hs->msg_i, &hs->msg_i_len, s->req.msg, s->req.len));
}

bool
init_start(struct ike_engine *e, struct tun *t)
{
	const struct xform *x = proposal_first(&t->cfg.ike[0], XFORM_KE);
	struct ike_sa *s;

	if (x == NULL || (s = sa_new(e, t, true)) == NULL)
		return (false);
	s->local = t->cfg.local;
	s->remote = t->cfg.remote;
	s->lport = s->rport = IKE_PORT;
	s->forced = t->restart;
	sa_set_spi(e, s, sa_spi_new(e));
	ike_random(e, s->hs->ni, NONCE_LEN);
	s->hs->ni_len = NONCE_LEN;
	if (!new_ke(e, s, x->id) || !init_send(e, s)) {
		sa_free(e, s);
		return (false);
	}
	e->stats.begun++;
	t->tries++;
	return (true);
}

/*
 * Whoever sees our SPI can say such things.  The first message is made anew
 * only after a while, so that the true answer to what it was is not lost.
 */
static void
wish(struct ike_engine *e, struct ike_sa *s)
{
	s->hs->wish = true;
	s->req.next = mono_min(s->req.next, mono_add(e->now, WISH_NS));
	sa_arm(e, s);
}

bool
init_wishes(struct ike_engine *e, struct ike_sa *s)
{
	struct handshake *hs = s->hs;
	uint16_t group = hs->wish_group;

	if (!hs->wish)
		return (false);
	hs->wish = false;
	hs->wish_group = 0;
	return ((group == 0 || new_ke(e, s, group)) && init_send(e, s));
}

static void
take_cookie(struct ike_engine *e, struct ike_sa *s,
    const struct ike_notify *n)
{
	struct handshake *hs = s->hs;

	if (n->data.len == 0 || n->data.len > sizeof(hs->cookie)) {
		ike_drop(e, IKE_D_COOKIE);
		return;
	}
	if (++hs->cookies > COOKIES_MAX) {
		hs->looped = true;
		ike_drop(e, IKE_D_COOKIE_LOOP);
		tun_reason(e, s->t, IKE_R_THEY_COOKIE, NULL);
		return;
	}
	memcpy(hs->cookie, n->data.p, n->data.len);
	hs->cookie_len = n->data.len;
	wish(e, s);
}

static void
take_group(struct ike_engine *e, struct ike_sa *s, const struct ike_notify *n)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	struct handshake *hs = s->hs;
	const uint8_t *p = n->data.p;
	uint16_t group;

	if (n->data.len != 2) {
		ike_drop(e, IKE_D_NOTIFY);
		return;
	}
	group = (uint16_t)(p[0] << 8 | p[1]);
	if (!ike_has_group(cfg->ike, cfg->n_ike, group)) {
		ike_drop(e, IKE_D_NOTIFY);
		tun_reason(e, s->t, IKE_R_THEY_GROUP, "group %u", group);
		return;
	}
	if (group == hs->group || ++hs->kes > KES_MAX) {
		ike_drop(e, IKE_D_KE_LOOP);
		return;
	}
	hs->wish_group = group;
	wish(e, s);
}

/* An answer without an SA. */
static void
take_hint(struct ike_engine *e, struct ike_sa *s,
    const struct ike_payloads *p)
{
	const struct ike_notify *n;
	char text[PROPOSAL_TEXT_MAX];

	if ((n = ike_notify_find(p, N_COOKIE)) != NULL) {
		take_cookie(e, s, n);
		return;
	}
	if ((n = ike_notify_find(p, N_INVALID_KE_PAYLOAD)) != NULL) {
		take_group(e, s, n);
		return;
	}
	ike_drop(e, IKE_D_NOTIFY);
	if ((n = ike_notify_error(p)) == NULL)
		return;
	/* a peer without IKEv2 has no proposal for it either */
	if (n->type == N_NO_PROPOSAL_CHOSEN && tun_is_version1(e, s->t) &&
	    s->t->reason == IKE_R_THEY_VERSION)
		return;
	if (n->type == N_NO_PROPOSAL_CHOSEN)
		tun_reason(e, s->t, IKE_R_THEY_PROPOSAL, "ours %s",
		    tun_offer_text(s->t->cfg.ike, s->t->cfg.n_ike, text,
		    sizeof(text)));
	else if (n->type == N_INVALID_MAJOR_VERSION)
		tun_reason(e, s->t, IKE_R_THEY_VERSION, "%s",
		    ike_notify_name(n->type));
	else
		tun_reason(e, s->t, IKE_R_THEY_SYNTAX, "%s",
		    ike_notify_name(n->type));
}

/* The keys of the new SA, from our private value and theirs. */
static enum ike_drop
make_keys(struct ike_engine *e, struct ike_sa *s, const struct ke_key *ke,
    struct ike_span theirs)
{
	struct handshake *hs = s->hs;
	struct ike_seed seed = { .ni = { hs->ni, hs->ni_len },
	    .nr = { hs->nr, hs->nr_len }, .spi_i = s->spi_i,
	    .spi_r = s->spi_r };
	struct secret g = { 0 };
	enum ike_drop why = IKE_D_NONE;

	if (e->par.ke->derive(ke, theirs.p, theirs.len, &g) != IKE_C_OK ||
	    ike_keys_first(&s->keys, &s->suite, &seed, &g) != IKE_C_OK)
		why = IKE_D_KE;
	secret_wipe(&g);
	low_nonce(s->low, hs->ni, hs->ni_len, hs->nr, hs->nr_len);
	return (why);
}

static enum ike_drop
judge_response(struct ike_engine *e, struct ike_sa *s, const struct dgram *d,
    const struct ike_payloads *p, const struct ke_key *ke)
{
	const struct ike_tunnel *cfg = &s->t->cfg;
	struct handshake *hs = s->hs;
	struct ike_chosen ch;

	if (p->sa.p == NULL || p->ke.p == NULL || p->nonce.p == NULL ||
	    d->h.spi_r == 0)
		return (IKE_D_MISSING);
	if (p->critical != 0)
		return (IKE_D_CRITICAL);
	if (ike_answer(p->sa, PROTO_IKE, cfg->ike, cfg->n_ike, false, 0,
	    &ch) != PICK_OK)
		return (IKE_D_PROPOSAL);
	if (ch.ike.ke != hs->group || p->ke_group != hs->group)
		return (IKE_D_GROUP);
	s->suite = ch.ike;
	s->spi_r = d->h.spi_r;
	memcpy(hs->nr, p->nonce.p, p->nonce.len);
	hs->nr_len = p->nonce.len;
	return (make_keys(e, s, ke, p->ke));
}

/* On with IKE_AUTH; false: the answer was no good, which is counted and said. */
static bool
go_on(struct ike_engine *e, struct ike_sa *s, const struct dgram *d,
    const struct ke_key *ke)
{
	struct ike_payloads *p = &e->pl;
	enum ike_drop why = judge_response(e, s, d, p, ke);

	if (why == IKE_D_NONE && !keep_msg(&s->hs->msg_r, &s->hs->msg_r_len,
	    d->msg, d->len))
		why = IKE_D_MEMORY;
	if (why != IKE_D_NONE) {
		s->spi_r = 0;
		ike_drop(e, why);
		tun_reason(e, s->t, why == IKE_D_KE ? IKE_R_CRYPTO :
		    IKE_R_OUR_ANSWER, "%s", ike_drop_names[why]);
		return (false);
	}
	s->local = d->rx->local;
	nat_judge(s, d, p, tun_nat(s->t));
	if (s->natt && !addr_eq(&s->hs->told, &s->local))
		s->nat_local = s->udp = true;
	if (s->udp)
		s->lport = s->rport = IKE_PORT_NATT;
	req_clear(e, s);
	s->state = SA_SIGN;
	s->expire = mono_add(e->now, HALF_OPEN_NS);
	sa_arm(e, s);
	sa_ask(e, s, false);
	return (true);
}

/*
 * Where our address is not configured it is known from where the first answer
 * comes in.  The hash was of none, or of one that we had: the peer takes that
 * for a NAT, and we would not.  So it is told once more, as another SA.
 */
static bool
move(struct ike_engine *e, struct ike_sa *s, const struct dgram *d)
{
	struct handshake *hs = s->hs;

	if (hs->moved || tun_nat(s->t) != NAT_AUTO || !natt(&e->pl, NAT_AUTO) ||
	    addr_eq(&hs->told, &d->rx->local))
		return (false);
	hs->moved = true;
	s->local = d->rx->local;
	tab_del(&e->by_spi, &s->by_spi);
	sa_set_spi(e, s, sa_spi_new(e));
	ike_random(e, hs->ni, NONCE_LEN);
	hs->cookie_len = 0;
	return (init_send(e, s));
}

/* Whether it comes from the peer's address and can be read. */
static bool
readable(struct ike_engine *e, const struct ike_sa *s, const struct dgram *d)
{
	enum ike_drop why = IKE_D_STRANGER;

	if (addr_eq(&d->rx->remote, &s->remote))
		why = d->len > FIRST_MAX ? IKE_D_LONG :
		    ike_outer_parse(d->msg, d->len, &d->h, &e->pl);
	if (why != IKE_D_NONE)
		ike_drop(e, why);
	return (why == IKE_D_NONE);
}

void
init_response(struct ike_engine *e, struct ike_sa *s, const struct dgram *d)
{
	if (!readable(e, s, d))
		return;
	if (e->pl.sa.p == NULL)
		take_hint(e, s, &e->pl);
	else if (!move(e, s, d))
		(void)go_on(e, s, d, s->hs->ke);
}

/* The SA of that first message that has the private value, when there is room
 * for one more and none has the SPI of this answer. */
static struct ike_sa *
eldest(struct ike_engine *e, const struct ike_sa *s, const struct dgram *d)
{
	struct ike_sa *o, *has = NULL;
	struct tab_node *n;
	size_t many = 0;

	for (n = tab_first(&e->by_spi, s->spi_i); n != NULL;
	    n = tab_next(n)) {
		o = n->owner;
		if (!o->initiator)
			continue;
		if (++many == ANSWERS_MAX || o->hs == NULL ||
		    o->spi_r == d->h.spi_r)
			return (NULL);
		if (o->hs->ke != NULL)
			has = o;
	}
	return (has);
}

/*
 * One of the answers is not the peer's, and only what follows tells which: each
 * goes on by itself until one has proven to be (RFC 7296 2.4).
 */
void
init_another(struct ike_engine *e, struct ike_sa *s, const struct dgram *d)
{
	struct handshake *hs;
	struct ike_sa *n;

	if ((s = eldest(e, s, d)) == NULL) {
		ike_drop(e, IKE_D_STATE);
		return;
	}
	if (!readable(e, s, d))
		return;
	if (e->pl.sa.p == NULL) {
		ike_drop(e, IKE_D_NOTIFY);
		return;
	}
	hs = s->hs;
	if ((n = sa_new(e, s->t, true)) == NULL) {
		ike_drop(e, IKE_D_MEMORY);
		return;
	}
	sa_set_spi(e, n, s->spi_i);
	n->begun = s->begun;
	n->forced = s->forced;
	n->remote = s->remote;
	n->lport = n->rport = IKE_PORT;
	n->mid_out = 1;
	n->hs->group = hs->group;
	n->hs->told = hs->told;
	memcpy(n->hs->ni, hs->ni, hs->ni_len);
	n->hs->ni_len = hs->ni_len;
	if (!keep_msg(&n->hs->msg_i, &n->hs->msg_i_len, hs->msg_i,
	    hs->msg_i_len)) {
		ike_drop(e, IKE_D_MEMORY);
		sa_free(e, n);
	} else if (!go_on(e, n, d, hs->ke))
		sa_free(e, n);
}

void
init_settle(struct ike_engine *e, struct ike_sa *s)
{
	struct ike_sa *o, *next;

	for (o = TAILQ_FIRST(&s->t->sas); o != NULL; o = next) {
		next = TAILQ_NEXT(o, entry);
		if (o != s && o->initiator && o->spi_i == s->spi_i)
			sa_free(e, o);
	}
}

/* --- responder --- */

/* Whether so much may go to where d came from. */
static bool
fits(const struct dgram *d, size_t len)
{
	return (d->proven || len <= d->len);
}

/* Answer without state or protection: one notification. */
static bool
answer_notify(struct ike_engine *e, const struct dgram *d, uint16_t type,
    const void *data, size_t len)
{
	struct ike_hdr h = { .spi_i = d->h.spi_i, .spi_r = d->h.spi_r,
	    .exchange = d->h.exchange, .mid = d->h.mid,
	    .flags = IKE_F_RESPONSE | (~d->h.flags & IKE_F_INITIATOR) };
	struct ike_writer m;

	ike_write(&m, e->buf, sizeof(e->buf), &h);
	ike_put_notify(&m, type, data, len);
	len = ike_finish(&m, NULL, NULL);
	if (!fits(d, len)) {
		ike_drop(e, IKE_D_UNPROVEN);
		return (false);
	}
	send_back(e, d->rx, e->buf, len);
	return (true);
}

static void
ask_cookie(struct ike_engine *e, const struct dgram *d,
    const struct ike_payloads *p)
{
	uint8_t cookie[COOKIE_LEN];

	cookie_make(e, d, p->nonce, cookie);
	if (answer_notify(e, d, N_COOKIE, cookie, sizeof(cookie)))
		e->stats.cookies++;
}

/* Count and say what is wrong.  Too many errors from there may be another's,
 * who only says that he is there: a cookie tells them apart. */
static void
refuse(struct ike_engine *e, const struct dgram *d,
    const struct ike_payloads *p, enum ike_drop why, uint16_t type,
    const void *data, size_t len)
{
	struct source *src = d->source;

	if (ratelimit_ok(d->proven ? &src->errors_proven : &src->errors,
	    e->now)) {
		ike_drop(e, why);
		(void)answer_notify(e, d, type, data, len);
	} else if (d->proven)
		ike_drop(e, IKE_D_RATE);
	else
		ask_cookie(e, d, p);
}

static uint64_t
peer_key(const struct ike_engine *e, const struct dgram *d)
{
	return (hash_mix(tun_addr_key(e, &d->rx->remote) ^ d->rx->remote_port,
	    d->h.spi_i));
}

/* The SA that this request began, if it is here. */
static struct ike_sa *
begun(struct ike_engine *e, const struct dgram *d)
{
	struct tab_node *n;
	struct ike_sa *s;

	for (n = tab_first(&e->by_peer, peer_key(e, d)); n != NULL;
	    n = tab_next(n)) {
		s = n->owner;
		if (s->spi_i == d->h.spi_i &&
		    addr_eq(&s->remote, &d->rx->remote))
			return (s);
	}
	return (NULL);
}

/* The answer: our public value and nonce, and of the rest no more than what the
 * peer has asked about. */
static void
put_answer(struct ike_engine *e, struct ike_writer *m, struct ike_sa *s,
    const struct ike_payloads *p, const struct ike_chosen *ch,
    struct ike_span pub, const uint8_t nonce[static NONCE_LEN],
    const struct extras *x)
{
	size_t at;

	resp_begin(e, s, m, EXCH_IKE_SA_INIT, 0);
	at = ike_open(m, PL_SA);
	ike_chosen_put(&m->w, PROTO_IKE, ch, NULL, 0);
	ike_close(m, at);
	ike_put_ke(m, ch->ike.ke, pub.p, pub.len);
	ike_put(m, PL_NONCE, nonce, NONCE_LEN);
	if (s->natt)
		put_nats(e, m, s, x->nat);
	if (x->hashes &&
	    ike_notify_find(p, N_SIGNATURE_HASH_ALGORITHMS) != NULL)
		put_hashes(m);
}

/* How long it will be, before any work is done for it. */
static size_t
answer_len(struct ike_engine *e, const struct ike_payloads *p,
    const struct ike_chosen *ch, const struct extras *x)
{
	static const uint8_t zero[KE_PUBLIC_MAX];
	struct ike_span pub = { zero, ke_public_len(ch->ike.ke) };
	struct ike_sa s = { .natt = natt(p, x->nat) };
	struct ike_writer m;

	put_answer(e, &m, &s, p, ch, pub, zero, x);
	return (ike_finish(&m, NULL, NULL));
}

static bool
send_answer(struct ike_engine *e, struct ike_sa *s, const struct dgram *d,
    const struct ike_payloads *p, const struct ike_chosen *ch,
    const struct ke_key *ke, const struct extras *x)
{
	struct handshake *hs = s->hs;
	struct ike_writer m;
	struct ike_span pub;

	pub.p = ke_public(ke, &pub.len);
	put_answer(e, &m, s, p, ch, pub, hs->nr, x);
	resp_send(e, s, &m);
	return (s->resp != NULL && keep_msg(&hs->msg_r, &hs->msg_r_len,
	    s->resp, s->resp_len) && keep_msg(&hs->msg_i, &hs->msg_i_len,
	    d->msg, d->len));
}

/* Everything is in order: an SA, half-open. */
static void
open_half(struct ike_engine *e, const struct dgram *d,
    const struct ike_payloads *p, const struct ike_chosen *ch, struct tun *t,
    const struct extras *x)
{
	bool fixed = t->cfg.remote.family != ADDR_NONE;
	struct ke_key *ke = NULL;
	enum ike_drop why = IKE_D_KE;
	struct ike_sa *s;

	if (!half_room(e, d->source))
		return;
	if ((s = sa_new(e, fixed ? t : NULL, false)) == NULL) {
		ike_drop(e, IKE_D_MEMORY);
		return;
	}
	s->spi_i = d->h.spi_i;
	sa_set_spi(e, s, sa_spi_new(e));
	s->local = d->rx->local;
	s->remote = d->rx->remote;
	s->lport = d->rx->local_port;
	s->rport = d->rx->remote_port;
	s->ifindex = d->rx->ifindex;
	s->suite = ch->ike;
	s->mid_in = 1;
	s->proven = d->proven;
	s->resp_hash = hash_bytes(e->seed, d->msg, d->len);
	memcpy(s->hs->ni, p->nonce.p, p->nonce.len);
	s->hs->ni_len = p->nonce.len;
	ike_random(e, s->hs->nr, NONCE_LEN);
	s->hs->nr_len = NONCE_LEN;
	nat_judge(s, d, p, x->nat);
	if (e->par.ke->generate(e->par.rng, ch->ike.ke, &ke) == IKE_C_OK)
		why = make_keys(e, s, ke, p->ke);
	if (why == IKE_D_NONE && !send_answer(e, s, d, p, ch, ke, x))
		why = IKE_D_MEMORY;
	ke_free(ke);
	if (why != IKE_D_NONE) {
		ike_drop(e, why);
		sa_free(e, s);
		half_in_vain(e, d);
		return;
	}
	tab_put(&e->by_peer, &s->by_peer, peer_key(e, d), s);
	s->expire = mono_add(e->now, HALF_OPEN_NS);
	half_in(e, s, d->source);
	sa_arm(e, s);
	e->stats.answered++;
}

static void
refuse_proposal(struct ike_engine *e, const struct dgram *d,
    const struct ike_payloads *p, struct tun *t)
{
	struct ike_chosen ch;
	char text[PROPOSAL_BRIEF_MAX], ours[PROPOSAL_BRIEF_MAX];

	refuse(e, d, p, IKE_D_PROPOSAL, N_NO_PROPOSAL_CHOSEN, NULL, 0);
	if (t->cfg.remote.family == ADDR_NONE)
		return;
	ike_offer_text(p->sa, text, sizeof(text));
	tun_reason(e, t, ike_choose(p->sa, PROTO_IKE, t->cfg.ike, t->cfg.n_ike,
	    true, 0, 0, &ch) == PICK_OK ? IKE_R_OUR_GROUP : IKE_R_OUR_PROPOSAL,
	    "theirs %s, ours %s", text,
	    tun_offer_text(t->cfg.ike, t->cfg.n_ike, ours, sizeof(ours)));
}

/* What can be said without an SA; true: go on. */
static bool
admit(struct ike_engine *e, struct dgram *d, const struct ike_payloads *p)
{
	if (p->sa.p == NULL || p->ke.p == NULL || p->nonce.p == NULL) {
		ike_drop(e, IKE_D_MISSING);
		return (false);
	}
	d->source = half_source(e, &d->rx->remote);
	d->proven = cookie_good(e, d, p);
	if (p->critical != 0) {
		refuse(e, d, p, IKE_D_CRITICAL,
		    N_UNSUPPORTED_CRITICAL_PAYLOAD, &p->critical, 1);
		return (false);
	}
	if (d->proven || (e->n_half < e->par.cookie_at &&
	    mono_due(e->cookies_until, e->now)))
		return (true);
	ask_cookie(e, d, p);
	return (false);
}

/* The first message once more.  It is as long as it was, so that its answer may
 * go to where that went. */
static void
again(struct ike_engine *e, struct ike_sa *s, const struct dgram *d)
{
	if (s->state != SA_HALF)
		ike_drop(e, IKE_D_OLD_REQUEST);
	else if (s->resp_hash != hash_bytes(e->seed, d->msg, d->len))
		ike_drop(e, IKE_D_OTHER_BYTES);
	else if (!s->proven && s->resp_len > d->len)
		ike_drop(e, IKE_D_UNPROVEN);
	else {
		e->stats.repeats++;
		send_again(e, s, d->rx);
	}
}

/* Whether no tunnel is with anybody there. */
static bool
stranger(const struct ike_engine *e, const struct dgram *d)
{
	static const struct addr any;

	return (tab_first(&e->by_addr, tun_addr_key(e, &d->rx->remote)) ==
	    NULL && tab_first(&e->by_addr, tun_addr_key(e, &any)) == NULL);
}

void
init_version(struct ike_engine *e, struct dgram *d)
{
	ike_drop(e, IKE_D_VERSION);
	if ((d->h.flags & IKE_F_RESPONSE) != 0 || stranger(e, d))
		return;
	d->source = half_source(e, &d->rx->remote);
	if (ratelimit_ok(&d->source->errors, e->now))
		(void)answer_notify(e, d, N_INVALID_MAJOR_VERSION, NULL, 0);
}

void
init_request(struct ike_engine *e, struct dgram *d)
{
	struct ike_payloads *p = &e->pl;
	struct ike_chosen ch;
	enum ike_drop why;
	enum ike_pick pick;
	struct ike_sa *s;
	struct tun *t;
	struct extras x;
	uint8_t group[2];

	if (e->ending || e->holding) {
		ike_drop(e, IKE_D_ENDING);
		return;
	}
	if ((s = begun(e, d)) != NULL) {
		again(e, s, d);
		return;
	}
	why = d->len > FIRST_MAX ? IKE_D_LONG :
	    ike_outer_parse(d->msg, d->len, &d->h, p);
	if (why == IKE_D_NONE && p->sk_at != 0)
		why = IKE_D_SK;
	if (why != IKE_D_NONE) {
		ike_drop(e, why);
		return;
	}
	/* before any work: strangers get nothing, not even a cookie */
	if (stranger(e, d)) {
		ike_drop(e, IKE_D_STRANGER);
		return;
	}
	if (!admit(e, d, p))
		return;
	pick = choose_tun(e, d, p, &ch, &t);
	if (t == NULL)
		ike_drop(e, IKE_D_STRANGER);
	else if (pick == PICK_BAD)
		ike_drop(e, IKE_D_BODY);
	else if (pick == PICK_NONE)
		refuse_proposal(e, d, p, t);
	else if (ch.ike.ke != p->ke_group) {
		group[0] = (uint8_t)(ch.ike.ke >> 8);
		group[1] = (uint8_t)ch.ike.ke;
		refuse(e, d, p, IKE_D_GROUP, N_INVALID_KE_PAYLOAD, group,
		    sizeof(group));
	} else if (p->ke.len != ke_public_len(ch.ike.ke))
		ike_drop(e, IKE_D_KE);
	else {
		x = choose_extras(e, d, t);
		if (!fits(d, answer_len(e, p, &ch, &x)))
			ask_cookie(e, d, p);
		else
			open_half(e, d, p, &ch, t, &x);
	}
}
