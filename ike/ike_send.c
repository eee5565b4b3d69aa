/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  Our requests with their retransmission (RFC 7296 2.1, 2.4),
 * our responses with their cache, and what is asked next.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/ike_int.h"

#define DELETE_TRIES	4
#define HELD_NS		NS_MS(200)	/* less than any peer waits */
#define HELD_MAX_NS	NS_S(2)		/* no word of the data path */
#define SILENT_TRIES	3	/* of IKE_SA_INIT, before it is said */

/*
 * Where answers to a peer go out whose address no route is kept for yet, as it is
 * dynamic: 0, by the table, or where it is heard.  By the table they can go into
 * a tunnel, when the default route is one that OSPF has learnt; where it is heard
 * there may be no way back.  A request that comes again says that it is the other.
 */
static uint32_t
way_back(const struct ike_sa *s)
{
	const struct child *c;

	if (!s->by_iface)
		return (0);
	if (s->t == NULL)
		return (s->ifindex);
	if (s->t->cfg.remote.family != ADDR_NONE)
		return (0);
	TAILQ_FOREACH(c, &s->t->children, entry)
		if (c->sa == s && c->carried)
			return (0);
	return (s->ifindex);
}

void
send_raw(struct ike_engine *e, const struct ike_sa *s, const uint8_t *msg,
    size_t len)
{
	struct ike_tx tx = { .local = s->local, .remote = s->remote,
	    .local_port = s->lport, .remote_port = s->rport,
	    .ifindex = way_back(s), .data = msg, .len = len };

	out_datagram(e, &tx, s->lport == IKE_PORT_NATT);
}

void
send_back(struct ike_engine *e, const struct ike_rx *rx, const uint8_t *msg,
    size_t len)
{
	struct ike_tx tx = { .local = rx->local, .remote = rx->remote,
	    .local_port = rx->local_port, .remote_port = rx->remote_port,
	    .data = msg, .len = len };

	out_datagram(e, &tx, rx->local_port == IKE_PORT_NATT);
}

void
send_again(struct ike_engine *e, struct ike_sa *s, const struct ike_rx *rx)
{
	struct ike_tx tx = { .local = rx->local, .remote = rx->remote,
	    .local_port = rx->local_port, .remote_port = rx->remote_port,
	    .data = s->resp, .len = s->resp_len };

	s->by_iface = !s->by_iface;
	tx.ifindex = way_back(s);
	out_datagram(e, &tx, rx->local_port == IKE_PORT_NATT);
}

static void
begin(struct ike_engine *e, struct ike_sa *s, struct ike_writer *m,
    uint8_t exchange, uint32_t mid, uint8_t flags)
{
	struct ike_hdr h = { .spi_i = s->spi_i, .spi_r = s->spi_r,
	    .exchange = exchange, .mid = mid, .flags = (uint8_t)(flags |
	    (s->initiator ? IKE_F_INITIATOR : 0)) };

	ike_write(m, e->buf, sizeof(e->buf), &h);
	if (exchange != EXCH_IKE_SA_INIT)
		ike_write_sk(m, sa_sk_out(s));
}

void
req_begin(struct ike_engine *e, struct ike_sa *s, struct ike_writer *m,
    uint8_t exchange)
{
	begin(e, s, m, exchange, s->mid_out, 0);
}

bool
req_send(struct ike_engine *e, struct ike_sa *s, struct ike_writer *m,
    enum ex ex)
{
	size_t len = ike_finish(m, sa_sk_out(s), e->par.rng);
	uint8_t *copy = len == 0 ? NULL : malloc(len);

	if (copy == NULL) {
		ike_drop(e, IKE_D_MEMORY);
		return (false);
	}
	memcpy(copy, m->w.base, len);
	free(s->req.msg);
	s->req.msg = copy;
	s->req.len = len;
	s->req.ex = ex;
	s->req.mid = s->mid_out++;
	if (s->mid_out == MID_SOFT)
		s->want_rekey = true;
	s->req.tries = s->req.silent = 1;
	s->req.next = mono_add(e->now, ike_jitter(e, REXMIT_FIRST, 10));
	send_raw(e, s, copy, len);
	sa_arm(e, s);
	return (true);
}

void
req_clear(struct ike_engine *e, struct ike_sa *s)
{
	struct child *c = s->req.child;

	/* a child that nobody has heard of */
	if (c != NULL && c->state == CH_NEW) {
		s->req.child = NULL;
		child_free(e, c);
	}
	ke_free(s->req.ke);
	free(s->req.msg);
	wipe(&s->req, sizeof(s->req));
}

/* Whether it is of no use to go on; s may be gone then. */
static bool
give_up(struct ike_engine *e, struct ike_sa *s)
{
	struct tun *t = s->t;
	bool natt = s->udp;

	switch (s->req.ex) {
	case EX_INIT:
		if (tun_outrun(s)) {
			sa_free(e, s);
			return (true);
		}
		/* our address, as the first answer showed it, may be gone */
		if (s->hs->moved && s->req.tries == SILENT_TRIES) {
			t->restart = t->restart || s->forced;
			sa_free(e, s);
			tun_now(e, t);
			return (true);
		}
		if (s->req.silent == SILENT_TRIES &&
		    (t->reason == IKE_R_NONE || tun_is_unreach(t->reason)))
			tun_reason(e, t, IKE_R_NO_ANSWER, NULL);
		return (false);
	case EX_AUTH:
		if (s->req.tries < REXMIT_TRIES)
			return (false);
		sa_free(e, s);
		if (natt)
			tun_no_udp(e, t);
		tun_reason(e, t, natt ? IKE_R_NO_ANSWER_4500 :
		    IKE_R_NO_ANSWER_AUTH, NULL);
		tun_retry(e, t);
		return (true);
	case EX_DEL_IKE:
		if (s->req.tries < DELETE_TRIES)
			return (false);
		sa_free(e, s);
		tun_tell(e, t);
		return (true);
	default:
		if (s->req.tries == REXMIT_TRIES && !s->lost &&
		    s->state == SA_UP) {
			s->lost = true;
			tun_sa_lost(e, t, IKE_R_LOST);
		}
		return (false);
	}
}

/* When it goes once more, by how often it went. */
static void
set_next(struct ike_engine *e, struct ike_sa *s)
{
	unsigned int n = s->req.tries - 1;
	int64_t wait = n < 10 ? REXMIT_FIRST << n : REXMIT_MAX;

	if (wait > REXMIT_MAX)
		wait = REXMIT_MAX;
	s->req.next = mono_add(e->now, ike_jitter(e, wait, 10));
	sa_arm(e, s);
}

void
req_retransmit(struct ike_engine *e, struct ike_sa *s)
{
	unsigned int tries = s->req.tries, silent = s->req.silent;

	if (give_up(e, s))
		return;
	if (s->req.ex == EX_INIT && init_wishes(e, s)) {
		/* who asks without end is no more than silent */
		if (s->hs->looped) {
			s->req.tries = tries;
			s->req.silent = silent;
			set_next(e, s);
		}
		return;
	}
	s->req.tries++;
	s->req.silent++;
	if (s->req.ex == EX_INIT)
		s->hs->cookies = 0;
	e->stats.retransmits++;
	send_raw(e, s, s->req.msg, s->req.len);
	set_next(e, s);
}

void
resp_begin(struct ike_engine *e, struct ike_sa *s, struct ike_writer *m,
    uint8_t exchange, uint32_t mid)
{
	begin(e, s, m, exchange, mid, IKE_F_RESPONSE);
}

/* The message as it goes out, the caller's to free; NULL: not made, counted. */
static uint8_t *
resp_finish(struct ike_engine *e, struct ike_sa *s, struct ike_writer *m,
    size_t *len)
{
	uint8_t *msg;

	*len = ike_finish(m, sa_sk_out(s), e->par.rng);
	msg = *len == 0 ? NULL : malloc(*len);
	if (msg == NULL)
		ike_drop(e, IKE_D_MEMORY);
	else
		memcpy(msg, m->w.base, *len);
	return (msg);
}

void
resp_send(struct ike_engine *e, struct ike_sa *s, struct ike_writer *m)
{
	free(s->resp);
	s->resp = resp_finish(e, s, m, &s->resp_len);
	if (s->resp != NULL)
		send_raw(e, s, s->resp, s->resp_len);
}

void
resp_hold(struct ike_engine *e, struct ike_sa *s, struct ike_writer *m,
    struct child *heir)
{
	pend_clear(s);
	s->pend.resp = resp_finish(e, s, m, &s->pend.resp_len);
	if (s->pend.resp == NULL)
		return;
	s->pend.heir = heir;
	s->pend.at = mono_add(e->now, HELD_MAX_NS);
	s->pend.on = true;
	sa_arm(e, s);
}

void
resp_release(struct ike_engine *e, const struct child *heir)
{
	struct ike_sa *s;

	TAILQ_FOREACH(s, &heir->t->sas, entry)
		if (s->pend.heir == heir)
			break;
	if (s == NULL)
		return;
	s->pend.heir = NULL;
	s->pend.at = mono_add(e->now, HELD_NS);
	sa_arm(e, s);
}

void
resp_held(struct ike_engine *e, struct ike_sa *s)
{
	free(s->resp);
	s->resp = s->pend.resp;
	s->resp_len = s->pend.resp_len;
	s->pend.resp = NULL;
	pend_clear(s);
	send_raw(e, s, s->resp, s->resp_len);
}

void
resp_notify(struct ike_engine *e, struct ike_sa *s, uint8_t exchange,
    uint32_t mid, uint16_t type, const void *data, size_t len)
{
	struct ike_writer m;

	resp_begin(e, s, &m, exchange, mid);
	ike_put_notify(&m, type, data, len);
	resp_send(e, s, &m);
}

void
pend_clear(struct ike_sa *s)
{
	if (s->pend.plain != NULL)
		wipe(s->pend.plain, s->pend.len);
	free(s->pend.plain);
	free(s->pend.resp);
	ke_free(s->pend.ke);
	memset(&s->pend, 0, sizeof(s->pend));
}

/* The first child that wants something of its own. */
static bool
run_children(struct ike_engine *e, struct ike_sa *s)
{
	struct child *c;

	TAILQ_FOREACH(c, &s->t->children, entry)
		if (c->sa == s && c->want_delete)
			return (info_send_delete_child(e, s, c));
	if ((c = s->t->cur) == NULL || c->sa != s || !c->want_rekey ||
	    c->state != CH_UP)
		return (false);
	c->want_rekey = false;
	return (!child_has_heir(c) && create_send(e, s, c));
}

/* Whether a child is on its way; the IKE SA is not rekeyed meanwhile. */
static bool
children_settled(const struct ike_sa *s)
{
	const struct child *c;

	TAILQ_FOREACH(c, &s->t->children, entry)
		if (c->sa == s && (c->state == CH_NEW || c->state == CH_IN ||
		    c->state == CH_OUT))
			return (false);
	return (true);
}

static bool
run_one(struct ike_engine *e, struct ike_sa *s)
{
	struct tun *t = s->t;

	if (s->state == SA_DELETING)
		return (s->want_delete && info_send_delete(e, s));
	if (s->state != SA_UP)
		return (false);
	if (run_children(e, s))
		return (true);
	if (t->want_child && tun_sa(t) == s && children_settled(s)) {
		t->want_child = false;
		return (create_send(e, s, NULL));
	}
	if (s->want_rekey && !s->pend.on && children_settled(s)) {
		s->want_rekey = false;
		return (rekey_send(e, s));
	}
	if (s->want_probe) {
		s->want_probe = false;
		return (info_send_probe(e, s));
	}
	return (false);
}

void
sa_run(struct ike_engine *e, struct ike_sa *s)
{
	if (s->req.ex == EX_NONE && s->t != NULL)
		(void)run_one(e, s);
	sa_arm(e, s);
}
