/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  A datagram finds its IKE SA, its message ID is judged (RFC
 * 7296 2.1 to 2.3), its protection is taken off, and its exchange gets it.
 * Nothing of an SA changes before the integrity check has passed.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/ike_int.h"
#include "lib/hash.h"

/* By our SPI, and by theirs where several answers to one first message share
 * ours; when theirs is none of those, any of them. */
static struct ike_sa *
find(struct ike_engine *e, const struct ike_hdr *h)
{
	bool to_responder = (h->flags & IKE_F_INITIATOR) != 0;
	struct ike_sa *s, *other = NULL;
	struct tab_node *n;

	for (n = tab_first(&e->by_spi, to_responder ? h->spi_r : h->spi_i);
	    n != NULL; n = tab_next(n)) {
		s = n->owner;
		if (s->initiator == to_responder)
			continue;
		if ((to_responder ? s->spi_i : s->spi_r) ==
		    (to_responder ? h->spi_i : h->spi_r))
			return (s);
		other = s;
	}
	return (other);
}

/* Take off the protection: e->plain, e->pl, *first, *len. */
static enum ike_drop
decrypt(struct ike_engine *e, struct ike_sa *s, const struct dgram *d,
    size_t *len, uint8_t *first)
{
	enum ike_drop why;
	size_t aad;

	why = ike_outer_parse(d->msg, d->len, &d->h, &e->pl);
	if (why != IKE_D_NONE)
		return (why);
	if (e->pl.sk_at == 0)
		return (IKE_D_PLAIN);
	aad = e->pl.sk_at;
	*first = e->pl.sk_first;
	if (ike_sk_open(sa_sk_in(s), d->msg, d->len, aad, e->plain, len) !=
	    IKE_C_OK)
		return (IKE_D_DECRYPT);
	return (IKE_D_NONE);
}

/* An authentic, new message came from there. */
static void
heard(struct ike_engine *e, struct ike_sa *s, const struct ike_rx *rx)
{
	struct ike_sa *o, *next;
	bool back = s->lost;

	if (s->state == SA_HALF || (s->nat_remote && s->udp)) {
		s->remote = rx->remote;
		s->rport = rx->remote_port;
		s->local = rx->local;
		s->lport = rx->local_port;
		s->ifindex = rx->ifindex;
	}
	s->lost = false;
	if (s->state == SA_UP) {
		sa_probe_later(e, s);
		tun_heard(e, s->t);
	}
	if (!back)
		return;
	out_event(e, s->t, "ike-back", "the peer answers again");
	if (s->t->reason == IKE_R_LOST)
		s->t->reason = IKE_R_NONE;
	/* what is still to be answered is asked as if for the first time: it
	 * is by its tries that the peer is found to be lost again */
	if (s->req.ex != EX_NONE) {
		s->req.tries = 1;
		s->req.next = mono_add(e->now, ike_jitter(e, REXMIT_FIRST,
		    10));
		sa_arm(e, s);
	}
	/* what was begun in its place is not needed, unless it was asked for
	 * beside one that is up */
	for (o = TAILQ_FIRST(&s->t->sas); o != NULL; o = next) {
		next = TAILQ_NEXT(o, entry);
		if (o->state == SA_INIT && !o->forced)
			sa_free(e, o);
	}
	tun_prune_later(e, s->t);
	tun_tell(e, s->t);
}

/* The copy of a request may come from where the peer never was: it brings no
 * more than it had. */
static void
repeat(struct ike_engine *e, struct ike_sa *s, const struct dgram *d,
    uint64_t hash)
{
	if (hash != s->resp_hash)
		ike_drop(e, IKE_D_OTHER_BYTES);
	else if (s->resp == NULL)
		ike_drop(e, IKE_D_BUSY);
	else if (s->resp_len > d->len && (!addr_eq(&d->rx->remote,
	    &s->remote) || d->rx->remote_port != s->rport))
		ike_drop(e, IKE_D_UNPROVEN);
	else {
		e->stats.repeats++;
		send_again(e, s, d->rx);
	}
}

/* Whether an exchange may begin in the state of s. */
static bool
legal(const struct ike_sa *s, const struct dgram *d)
{
	switch (s->state) {
	case SA_HALF:
		return (d->h.exchange == EXCH_IKE_AUTH);
	case SA_UP:
	case SA_OLD:
	case SA_DELETING:
		return (d->h.exchange == EXCH_CREATE_CHILD_SA ||
		    d->h.exchange == EXCH_INFORMATIONAL);
	default:
		return (false);
	}
}

static void
dispatch(struct ike_engine *e, struct ike_sa *s, const struct dgram *d)
{
	struct ike_payloads *p = &e->pl;

	switch (d->h.exchange) {
	case EXCH_IKE_AUTH:
		auth_request(e, s, p);
		break;
	case EXCH_CREATE_CHILD_SA:
		if (s->state != SA_UP)
			resp_notify(e, s, d->h.exchange, d->h.mid,
			    N_TEMPORARY_FAILURE, NULL, 0);
		else if (p->tsi.p == NULL && p->tsr.p == NULL)
			rekey_request(e, s, d, p);
		else
			create_request(e, s, p);
		break;
	default:
		info_request(e, s, d, p);
		break;
	}
}

/* Keep the plaintext of a request whose answer takes time. */
static bool
keep(struct ike_sa *s, const struct ike_engine *e, const struct dgram *d,
    size_t len, uint8_t first)
{
	pend_clear(s);
	if ((s->pend.plain = malloc(len + 1)) == NULL)
		return (false);
	memcpy(s->pend.plain, e->plain, len);
	s->pend.len = len;
	s->pend.first = first;
	s->pend.mid = d->h.mid;
	return (true);
}

static void
request(struct ike_engine *e, struct ike_sa *s, const struct dgram *d)
{
	uint64_t hash = hash_bytes(e->seed, d->msg, d->len);
	enum ike_drop why;
	uint8_t first, critical;
	size_t len;

	if (s->mid_in != 0 && d->h.mid == s->mid_in - 1) {
		repeat(e, s, d, hash);
		return;
	}
	if (d->h.mid != s->mid_in || d->h.mid == MID_LAST) {
		ike_drop(e, d->h.mid < s->mid_in ? IKE_D_OLD_REQUEST :
		    IKE_D_AHEAD);
		return;
	}
	if (!legal(s, d) || s->pend.on) {
		ike_drop(e, s->pend.on ? IKE_D_BUSY : IKE_D_STATE);
		return;
	}
	if ((why = decrypt(e, s, d, &len, &first)) != IKE_D_NONE) {
		ike_drop(e, why);
		return;
	}
	if (!keep(s, e, d, len, first)) {
		ike_drop(e, IKE_D_MEMORY);
		return;
	}
	if (++s->mid_in == MID_SOFT)
		s->want_rekey = true;
	s->resp_hash = hash;
	free(s->resp);
	s->resp = NULL;
	heard(e, s, d->rx);
	why = ike_inner_parse(s->pend.plain, len, first, &e->pl);
	if (why != IKE_D_NONE) {
		ike_drop(e, why);
		resp_notify(e, s, d->h.exchange, d->h.mid, N_INVALID_SYNTAX,
		    NULL, 0);
		if (s->state == SA_HALF)
			sa_gone(e, s);
		return;
	}
	if ((critical = e->pl.critical) != 0) {
		ike_drop(e, IKE_D_CRITICAL);
		resp_notify(e, s, d->h.exchange, d->h.mid,
		    N_UNSUPPORTED_CRITICAL_PAYLOAD, &critical, 1);
		if (s->state == SA_HALF)
			sa_gone(e, s);
		return;
	}
	dispatch(e, s, d);
}

static void
answer(struct ike_engine *e, struct ike_sa *s)
{
	const struct ike_payloads *p = &e->pl;

	switch (s->req.ex) {
	case EX_AUTH:
		auth_response(e, s, p);
		break;
	case EX_CHILD:
	case EX_REKEY_CHILD:
		create_response(e, s, p);
		break;
	case EX_REKEY_IKE:
		rekey_response(e, s, p);
		break;
	default:
		info_response(e, s, p);
		break;
	}
}

static void
response(struct ike_engine *e, struct ike_sa *s, const struct dgram *d)
{
	static const uint8_t exchange_of[] = {
		[EX_AUTH] = EXCH_IKE_AUTH,
		[EX_CHILD] = EXCH_CREATE_CHILD_SA,
		[EX_REKEY_CHILD] = EXCH_CREATE_CHILD_SA,
		[EX_REKEY_IKE] = EXCH_CREATE_CHILD_SA,
		[EX_DEL_CHILD] = EXCH_INFORMATIONAL,
		[EX_DEL_IKE] = EXCH_INFORMATIONAL,
		[EX_PROBE] = EXCH_INFORMATIONAL
	};
	enum ike_drop why;
	uint8_t first;
	size_t len;

	if (s->req.ex == EX_NONE || s->req.ex == EX_INIT ||
	    d->h.mid != s->req.mid) {
		ike_drop(e, IKE_D_OLD_RESPONSE);
		return;
	}
	if (d->h.exchange != exchange_of[s->req.ex]) {
		ike_drop(e, IKE_D_OTHER_EXCHANGE);
		return;
	}
	if ((why = decrypt(e, s, d, &len, &first)) != IKE_D_NONE) {
		ike_drop(e, why);
		return;
	}
	/* IKE_AUTH's answer waits for keys */
	if (s->req.ex == EX_AUTH && !keep(s, e, d, len, first)) {
		ike_drop(e, IKE_D_MEMORY);
		return;
	}
	why = ike_inner_parse(s->req.ex == EX_AUTH ? s->pend.plain : e->plain,
	    len, first, &e->pl);
	if (why != IKE_D_NONE || e->pl.critical != 0) {
		ike_drop(e, why != IKE_D_NONE ? why : IKE_D_CRITICAL);
		return;
	}
	heard(e, s, d->rx);
	answer(e, s);
}

/* An answer without protection to something that has an SA: a hint that the
 * peer may have lost it, no more. */
static void
hint(struct ike_engine *e, struct ike_sa *s)
{
	ike_drop(e, IKE_D_NOTIFY);
	if (s->state == SA_UP && s->req.ex == EX_NONE &&
	    mono_sub(e->now, s->t->probed) > NS_S(2)) {
		s->t->probed = e->now;
		s->want_probe = true;
		sa_run(e, s);
	}
}

static void
receive(struct ike_engine *e, struct dgram *d)
{
	const struct ike_hdr *h = &d->h;
	bool is_response = (h->flags & IKE_F_RESPONSE) != 0;
	struct ike_sa *s;

	if (h->exchange == EXCH_IKE_SA_INIT && !is_response) {
		init_request(e, d);
		return;
	}
	if ((s = find(e, h)) == NULL) {
		ike_drop(e, IKE_D_NO_SA);
		return;
	}
	if (h->exchange == EXCH_IKE_SA_INIT) {
		if (s->state == SA_INIT)
			init_response(e, s, d);
		else if (s->state <= SA_VERIFY)
			init_another(e, s, d);
		else
			ike_drop(e, IKE_D_STATE);
		return;
	}
	if ((s->initiator ? h->spi_r : h->spi_i) !=
	    (s->initiator ? s->spi_r : s->spi_i)) {
		ike_drop(e, IKE_D_SPI_OTHER);
		return;
	}
	if (h->next == PL_N && is_response && s->t != NULL)
		hint(e, s);
	else if (is_response)
		response(e, s, d);
	else
		request(e, s, d);
}

void
ike_receive(struct ike_engine *e, const struct ike_rx *rx)
{
	static const uint8_t marker[MARKER_LEN];
	struct dgram d = { .rx = rx, .msg = rx->data, .len = rx->len };
	enum ike_drop why;

	e->stats.rx++;
	if (rx->len == 1 && rx->data[0] == 0xff) {
		ike_drop(e, IKE_D_KEEPALIVE);
		return;
	}
	if (rx->local_port == IKE_PORT_NATT) {
		if (rx->len < MARKER_LEN ||
		    memcmp(rx->data, marker, MARKER_LEN) != 0) {
			ike_drop(e, IKE_D_MARKER);
			return;
		}
		d.msg += MARKER_LEN;
		d.len -= MARKER_LEN;
	}
	why = ike_hdr_parse(d.msg, d.len, &d.h);
	if (why == IKE_D_VERSION1)
		tun_version1(e, &rx->remote, &d.h);
	if (why == IKE_D_VERSION && d.h.major > 2)
		init_version(e, &d);
	else if (why != IKE_D_NONE)
		ike_drop(e, why);
	else
		receive(e, &d);
}
