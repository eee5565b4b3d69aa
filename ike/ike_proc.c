/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  The event loop of the ike process: UDP sockets that main
 * opened on one side, channels to main, keys and control on the other, the
 * engine between them.
 */
#include <sys/time.h>

#include <errno.h>
#include <event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ike/ike.h"
#include "ike/ike_engine.h"
#include "ike/ike_io.h"
#include "lib/clock.h"
#include "lib/errq.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/ratelimit.h"
#include "lib/rows.h"

#define READS_PER_TURN	64
#define ERRORS_PER_TURN	32
#define ICMP_UNREACH_V4	3
#define ICMP_UNREACH_V6	1

/* IPv4 and IPv6, port 500 and 4500. */
enum { SOCK_500_4, SOCK_4500_4, SOCK_500_6, SOCK_4500_6, SOCK_N };

struct sock {
	int		fd;		/* -1: none */
	uint16_t	port;
	struct event	ev;
};

static struct {
	struct ike_engine	*e;
	struct event		 timer;
	struct sock		 socks[SOCK_N];
	struct ratelimit	 send_errors, too_bigs;
	uint8_t			 buf[65536];
} self;

static struct sock *
sock_of(uint8_t family, uint16_t port)
{
	return (&self.socks[(family == ADDR_V6 ? SOCK_500_6 : SOCK_500_4) +
	    (port == IKE_PORT_NATT)]);
}

static void	feed(const struct ike_input *);

static void
unreachable(const struct addr *remote, uint16_t port,
    enum ike_unreach_kind kind)
{
	struct ike_unreach u = { .remote = *remote, .remote_port = port,
	    .kind = kind };
	struct ike_input in = { .type = IKE_IN_UNREACH, .unreach = &u };

	ike_engine_step(self.e, mono_now(), &in);
}

static void
transmit(const struct ike_tx *tx)
{
	struct sock *s = sock_of(tx->remote.family, tx->local_port);

	if (s->fd == -1 || ike_send(s->fd, tx) == 0)
		return;
	/* an ICMP error that waited; the datagram itself was not sent */
	if (errno != EAGAIN && errno != ENOBUFS && ike_send(s->fd, tx) == 0)
		return;
	if (errno == ENETUNREACH || errno == EADDRNOTAVAIL ||
	    errno == EINVAL || errno == EHOSTUNREACH)
		unreachable(&tx->remote, tx->remote_port, IKE_U_ROUTE);
	else if (errno == EPERM)
		unreachable(&tx->remote, tx->remote_port, IKE_U_FILTER);
	else if (errno != EAGAIN && errno != ENOBUFS &&
	    errno != ECONNREFUSED &&
	    ratelimit_ok(&self.send_errors, mono_now()))
		log_warn("send");
}

/* The data path cannot be asked: that is an answer too. */
static void
refuse(const struct sa_spec *s)
{
	struct sa_done d = { .tid = s->tid, .dir = s->dir, .spi = s->spi,
	    .error = EAGAIN };
	struct ike_input in = { .type = IKE_IN_SA_DONE, .sa_done = &d };

	ike_engine_step(self.e, mono_now(), &in);
}

static void
ask_keys(uint16_t type, const struct keys_auth *q)
{
	struct chan *c = role_chan(ROLE_KEYS);

	/* without keys it is asked again when keys comes */
	if (c != NULL)
		(void)chan_send(c, type, q->req, -1, &keys_auth_fld, q);
}

static void
put_out(const struct ike_output *o)
{
	struct chan *c = role_chan(ROLE_MAIN);

	switch (o->type) {
	case IKE_OUT_DATAGRAM:
		transmit(&o->tx);
		break;
	case IKE_OUT_KEYS_AUTH:
		ask_keys(M_KEYS_AUTH, o->keys);
		break;
	case IKE_OUT_KEYS_VERIFY:
		ask_keys(M_KEYS_VERIFY, o->keys);
		break;
	case IKE_OUT_SA_ADD:
		if (chan_send(c, M_IKE_SA_ADD, 0, -1, &sa_spec_fld, o->sa) ==
		    -1)
			refuse(o->sa);
		break;
	case IKE_OUT_SA_DEL:
		(void)chan_send(c, M_IKE_SA_DEL, 0, -1, &sa_ref_fld, &o->ref);
		break;
	case IKE_OUT_STATE:
		(void)chan_send(c, M_IKE_STATE, 0, -1, &ike_state_fld,
		    &o->state);
		break;
	case IKE_OUT_EVENT:
		role_event(SUBSYS_IKE, o->event->tid, o->event->subject,
		    o->event->what, "%s", o->event->text);
		break;
	case IKE_OUT_DONE:
		role_exit();
		break;
	}
}

static void
drain(void)
{
	struct ike_output o;

	while (ike_engine_pop(self.e, &o))
		put_out(&o);
}

static void
arm(void)
{
	struct timeval tv = mono_until(ike_engine_next(self.e), mono_now());

	(void)evtimer_add(&self.timer, &tv);
}

static void
feed(const struct ike_input *in)
{
	ike_engine_step(self.e, mono_now(), in);
	drain();
	arm();
}

static void
on_timer(int fd, short what, void *arg)
{
	struct ike_input in = { .type = IKE_IN_TICK };

	(void)fd;
	(void)what;
	(void)arg;
	feed(&in);
}

/* What esp sent from this port is too large for its path: esp is told.  What is
 * IKE's own gets fragmented. */
static void
too_big(const struct errq_report *r)
{
	struct chan *c = role_chan(ROLE_MAIN);
	struct sa_too_big b = { .remote = r->remote, .spi = r->spi,
	    .mtu = (uint16_t)r->mtu };

	if (c == NULL || r->here || r->remote.family == ADDR_NONE ||
	    r->spi < 256 || r->mtu > UINT16_MAX ||
	    !ratelimit_ok(&self.too_bigs, mono_now()))
		return;
	(void)chan_send(c, M_IKE_TOO_BIG, 0, -1, &sa_too_big_fld, &b);
}

/* ICMP errors about what was sent from this port. */
static void
take_errors(const struct sock *s)
{
	struct errq_report r;
	uint8_t unreach;
	int i;

	for (i = 0; i < ERRORS_PER_TURN && errq_next(s->fd, &r); i++) {
		if (r.too_big)
			too_big(&r);
		if (r.too_big || r.here)
			continue;
		unreach = r.remote.family == ADDR_V6 ? ICMP_UNREACH_V6 :
		    ICMP_UNREACH_V4;
		if (r.type != unreach)
			continue;
		/* port: code 3 in ICMP, 4 in ICMPv6 */
		unreachable(&r.remote, r.remote_port,
		    r.code == (r.remote.family == ADDR_V6 ? 4 : 3) ?
		    IKE_U_PORT : IKE_U_HOST);
	}
}

static void
on_readable(int fd, short what, void *arg)
{
	struct sock *s = arg;
	struct ike_rx rx = { .local_port = s->port };
	struct ike_input in = { .type = IKE_IN_DATAGRAM, .rx = &rx };
	int i, got;

	(void)what;
	for (i = 0; i < READS_PER_TURN; i++) {
		got = ike_recv(fd, self.buf, sizeof(self.buf), &rx);
		if (got == 0)
			break;
		if (got == 1)
			ike_engine_step(self.e, mono_now(), &in);
		else
			take_errors(s);
		drain();
	}
	take_errors(s);
	drain();
	arm();
}

static void
on_sock(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ike_sock *k = obj;
	struct sock *s = sock_of(k->family, k->port);

	(void)ctx;
	(void)c;
	if ((k->family != ADDR_V4 && k->family != ADDR_V6) ||
	    (k->port != IKE_PORT && k->port != IKE_PORT_NATT)) {
		(void)close(m->fd);
		return;
	}
	if (s->fd != -1) {
		(void)event_del(&s->ev);
		(void)close(s->fd);
	}
	s->fd = m->fd;
	s->port = k->port;
	event_set(&s->ev, s->fd, EV_READ | EV_PERSIST, on_readable, s);
	if (event_add(&s->ev, NULL) == -1)
		fatal("socket event");
}

static void
on_tunnel(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct ike_input in = { .type = IKE_IN_TUNNEL, .tunnel = obj };

	(void)ctx;
	(void)c;
	(void)m;
	feed(&in);
}

static void
on_tunnel_del(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ike_tid *t = obj;
	struct ike_input in = { .type = IKE_IN_TUNNEL_DEL, .tid = t->tid };

	(void)ctx;
	(void)c;
	(void)m;
	feed(&in);
}

static void
on_sa_done(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct ike_input in = { .type = IKE_IN_SA_DONE, .sa_done = obj };

	(void)ctx;
	(void)c;
	(void)m;
	feed(&in);
}

static void
on_evidence(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct ike_input in = { .type = IKE_IN_EVIDENCE, .evidence = obj };

	(void)ctx;
	(void)c;
	(void)m;
	feed(&in);
}

static void
on_kick(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct ike_input in = { .type = IKE_IN_KICK, .kick = obj };

	(void)ctx;
	(void)c;
	(void)m;
	feed(&in);
}

static void
on_keys_done(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct ike_input in = { .type = m->type == M_KEYS_AUTH_DONE ?
	    IKE_IN_AUTH_DONE : IKE_IN_VERIFY_DONE, .keys = obj };

	(void)ctx;
	(void)c;
	feed(&in);
}

static void
peer_up(void *ctx, enum role r)
{
	struct ike_input in = { .type = IKE_IN_KEYS_UP };

	(void)ctx;
	if (r == ROLE_KEYS)
		feed(&in);
}

static void
conf_begin(void *ctx)
{
	struct ike_input in = { .type = IKE_IN_BEGIN };

	(void)ctx;
	feed(&in);
}

static void
conf_commit(void *ctx)
{
	struct ike_input in = { .type = IKE_IN_COMMIT };

	(void)ctx;
	feed(&in);
}

static void
on_shutdown(void *ctx)
{
	struct ike_input in = { .type = IKE_IN_SHUTDOWN };

	(void)ctx;
	feed(&in);
}

static void
on_show(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ctl_req *req = obj;
	struct row_answer a = row_answer(c, m);

	(void)ctx;
	(void)ike_engine_show(self.e, mono_now(), m->type, req, row_send, &a);
	row_end(&a, req->match[0] != '\0' && m->type == CTL_IKE ?
	    "no such tunnel" : NULL);
}

static int
preload(void *ctx)
{
	struct ike_params p = { .rng = &ike_rng_os, .ke = &ike_ke_real };
	int i;

	(void)ctx;
	for (i = 0; i < SOCK_N; i++)
		self.socks[i].fd = -1;
	self.send_errors = ratelimit_make(NS_S(10), 5);
	self.too_bigs = ratelimit_make(NS_MS(20), 32);
	if (ike_crypto_preload() == -1 ||
	    (self.e = ike_engine_new(&p, mono_now())) == NULL)
		return (-1);
	evtimer_set(&self.timer, on_timer, NULL);
	return (0);
}

#define FROM_MAIN(type, fd, fld, fn) \
	{ type, fd, MSG_STATE_UP, fld, 0, fn }
#define FROM_KEYS(type) \
	{ type, MSG_FD_NO, MSG_STATE_UP, &keys_done_fld, 0, on_keys_done }
#define SHOW(type) \
	{ type, MSG_FD_NO, MSG_STATE_UP, &ctl_req_fld, 0, on_show }

static const struct msg_rule main_rules[] = {
	FROM_MAIN(M_IKE_SOCK, MSG_FD_YES, &ike_sock_fld, on_sock),
	FROM_MAIN(M_IKE_TUNNEL, MSG_FD_NO, &ike_tunnel_fld, on_tunnel),
	FROM_MAIN(M_IKE_TUNNEL_DEL, MSG_FD_NO, &ike_tid_fld, on_tunnel_del),
	FROM_MAIN(M_IKE_SA_DONE, MSG_FD_NO, &sa_done_fld, on_sa_done),
	FROM_MAIN(M_IKE_EVIDENCE, MSG_FD_NO, &sa_evidence_fld, on_evidence),
	FROM_MAIN(M_IKE_KICK, MSG_FD_NO, &ike_kick_fld, on_kick),
	MSG_RULE_END
};
static const struct msg_rule keys_rules[] = {
	FROM_KEYS(M_KEYS_AUTH_DONE), FROM_KEYS(M_KEYS_VERIFY_DONE),
	MSG_RULE_END
};
static const struct msg_rule control_rules[] = {
	SHOW(CTL_IKE), SHOW(CTL_SA), SHOW(CTL_COUNTER), MSG_RULE_END
};

static const struct role_def ike_def = {
	.role = ROLE_IKE,
	.main_rules = main_rules,
	.peer_rules = { [ROLE_KEYS] = keys_rules,
	    [ROLE_CONTROL] = control_rules },
	.preload = preload,
	.peer_up = peer_up,
	.conf_begin = conf_begin,
	.conf_commit = conf_commit,
	.shutdown = on_shutdown
};

int
ike_role(void)
{
	return (role_run(&ike_def, NULL));
}
