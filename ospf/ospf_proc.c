/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  The event loop of the ospf process: raw sockets that main
 * opened, one per tunnel, on one side; channels on the other; the engine
 * between them.
 *
 * Packets are sent as soon as a step is over.  When main is slow to take
 * routes, its channel fills to a mark and the engine keeps the rest, of which
 * only the last state of each prefix counts; hellos go on meanwhile.
 */
#include <sys/mman.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <arpa/inet.h>
#include <errno.h>
#include <event.h>
#include <fcntl.h>
#include <netinet/in.h>
#ifdef IP_RECVIF
#include <net/if_dl.h>
#endif
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/ctl.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/ratelimit.h"
#include "lib/rows.h"
#include "ospf/ospf.h"
#include "ospf/ospf_engine.h"
#include "ospf/ospf_wire.h"

#define READS_PER_TURN	32
#define MAIN_MARK	(CHAN_HIGH_WATER / 2)
#define RETRY_NS	NS_MS(5)
#define SOCK_TAB	1024

struct sock {
	uint32_t	 iid;
	int		 fd;
	uint32_t	 ifindex;
	char		 name[IFACE_NAME_MAX];
	struct event	 ev;
	struct sock	*next;
};

static struct {
	struct ospf	*e;
	struct event	 timer;
	struct sock	*socks[SOCK_TAB];	/* by iid */
	bool		 held_up;	/* main's channel is full */
	uint64_t	 spf_seen;
	uint32_t	 spf_last_us, spf_max_us;
	struct ratelimit send_errors;
	uint8_t		 buf[65536];
} self;

static struct sock *
sock_find(uint32_t iid)
{
	struct sock *s;

	for (s = self.socks[iid % SOCK_TAB]; s != NULL; s = s->next)
		if (s->iid == iid)
			return (s);
	return (NULL);
}

static void
transmit(const struct ospf_tx *t)
{
	struct sock *s = sock_find(t->iid);
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct iovec iov = { .iov_len = t->len };
	struct msghdr m = { .msg_name = &to, .msg_namelen = sizeof(to),
	    .msg_iov = &iov, .msg_iovlen = 1 };
#ifdef IP_PKTINFO
	union {
		struct cmsghdr	h;
		uint8_t		b[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} ctl;
	struct in_pktinfo pi = { .ipi_ifindex = 0 };
	struct cmsghdr *c;
#endif

	if (s == NULL)
		return;
	to.sin_addr.s_addr = htonl(t->dst);
	memcpy(&iov.iov_base, &t->data, sizeof(t->data));
#ifdef IP_PKTINFO
	memset(&ctl, 0, sizeof(ctl));
	m.msg_control = &ctl;
	m.msg_controllen = sizeof(ctl);
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(pi));
	pi.ipi_spec_dst.s_addr = htonl(t->src);
	memcpy(CMSG_DATA(c), &pi, sizeof(pi));
#endif
	if (sendmsg(s->fd, &m, MSG_DONTWAIT) == -1 &&
	    ratelimit_ok(&self.send_errors, mono_now()))
		log_warn("%s: send", s->name);
}

/* What goes to main. */
static void
tell(const struct ospf_output *o)
{
	struct chan *c = role_chan(ROLE_MAIN);

	switch (o->type) {
	case OSPF_OUT_PACKET:
		break;
	case OSPF_OUT_ROUTE:
		(void)chan_send(c, M_OSPF_ROUTE, 0, -1, &ospf_route_fld,
		    &o->route);
		break;
	case OSPF_OUT_ROUTE_DEL:
		(void)chan_send(c, M_OSPF_ROUTE_DEL, 0, -1, &ospf_dest_fld,
		    &o->dest);
		break;
	case OSPF_OUT_SYNCED:
		(void)chan_send(c, M_OSPF_SYNCED, 0, -1, NULL, NULL);
		break;
	case OSPF_OUT_SEQ_RESERVE:
		(void)chan_send(c, M_OSPF_SEQ_RESERVE, 0, -1, &ospf_seq_fld,
		    &o->seq);
		break;
	case OSPF_OUT_NBR:
		(void)chan_send(c, M_OSPF_NBR, 0, -1, &ospf_nbr_state_fld,
		    &o->nbr);
		break;
	case OSPF_OUT_EVENT:
		role_event(SUBSYS_OSPF, o->event.tid, o->event.subject,
		    o->event.what, "%s", o->event.text);
		break;
	case OSPF_OUT_DONE:
		role_exit();
		break;
	}
}

static void
drain(void)
{
	struct chan *c = role_chan(ROLE_MAIN);
	struct ospf_output o;

	while (ospf_pop_packet(self.e, &o))
		transmit(&o.packet);
	self.held_up = false;
	while (c != NULL) {
		if (chan_queued(c) > MAIN_MARK) {
			self.held_up = true;
			break;
		}
		if (!ospf_pop(self.e, &o))
			break;
		if (o.type == OSPF_OUT_PACKET)
			transmit(&o.packet);
		else
			tell(&o);
	}
}

static void
arm(struct mono now)
{
	struct mono next = ospf_next(self.e);
	struct timeval tv;

	if (self.held_up)
		next = mono_min(next, mono_add(now, RETRY_NS));
	tv = mono_until(next, now);
	(void)evtimer_add(&self.timer, &tv);
}

/* One step.  A step with a tree in it is taken for the time of the tree. */
static void
feed(const struct ospf_input *in)
{
	struct mono start = mono_now(), end;
	uint64_t runs;

	ospf_step(self.e, start, in);
	end = mono_now();
	runs = ospf_stats(self.e)->spf_runs;
	if (runs != self.spf_seen) {
		self.spf_seen = runs;
		self.spf_last_us = (uint32_t)(mono_sub(end, start) / 1000);
		if (self.spf_last_us > self.spf_max_us)
			self.spf_max_us = self.spf_last_us;
	}
	drain();
	arm(end);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct ospf_input in = { .type = OSPF_IN_TICK };

	(void)fd;
	(void)what;
	(void)arg;
	feed(&in);
}

/* One packet of the socket's link.  Where a socket cannot be bound to a link,
 * it gets those of all, and the system says which. */
static ssize_t
receive(const struct sock *s)
{
#ifdef IP_RECVIF
	union {
		struct cmsghdr	h;
		uint8_t		b[CMSG_SPACE(256)];
	} ctl;
	struct iovec iov = { self.buf, sizeof(self.buf) };
	struct msghdr m;
	struct sockaddr_dl dl;
	struct cmsghdr *c;
	ssize_t n;

	for (;;) {
		m = (struct msghdr){ .msg_iov = &iov, .msg_iovlen = 1,
		    .msg_control = &ctl, .msg_controllen = sizeof(ctl) };
		if ((n = recvmsg(s->fd, &m, MSG_DONTWAIT)) == -1)
			return (-1);
		for (c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
			if (c->cmsg_level != IPPROTO_IP ||
			    c->cmsg_type != IP_RECVIF)
				continue;
			memcpy(&dl, CMSG_DATA(c), offsetof(struct sockaddr_dl,
			    sdl_data));
			if (dl.sdl_index == s->ifindex)
				return (n);
		}
	}
#else
	return (recv(s->fd, self.buf, sizeof(self.buf), MSG_DONTWAIT));
#endif
}

static void
on_readable(int fd, short what, void *arg)
{
	const struct sock *s = arg;
	struct ospf_rx rx = { .iid = s->iid };
	struct ospf_input in = { .type = OSPF_IN_PACKET, .rx = &rx };
	ssize_t n;
	int i;

	(void)fd;
	(void)what;
	for (i = 0; i < READS_PER_TURN; i++) {
		if ((n = receive(s)) == -1)
			return;
		rx.data = ip4_strip(self.buf, (size_t)n, &rx.len, &rx.src,
		    &rx.dst, &rx.ttl);
		if (rx.data != NULL)
			feed(&in);
	}
}

static void
sock_drop(struct sock *s)
{
	struct sock **at = &self.socks[s->iid % SOCK_TAB];

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	(void)event_del(&s->ev);
	(void)close(s->fd);
	free(s);
}

static void
sock_take(const struct ospf_iface *i, int fd)
{
	struct sock *s = sock_find(i->iid);

	if (s != NULL)
		sock_drop(s);
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		log_warn("%s", i->name);
		(void)close(fd);
		return;
	}
	s->iid = i->iid;
	s->fd = fd;
	s->ifindex = i->ifindex;
	memcpy(s->name, i->name, sizeof(s->name));
	s->next = self.socks[s->iid % SOCK_TAB];
	self.socks[s->iid % SOCK_TAB] = s;
	event_set(&s->ev, fd, EV_READ | EV_PERSIST, on_readable, s);
	if (event_add(&s->ev, NULL) == -1) {
		log_warn("%s", i->name);
		sock_drop(s);
	}
}

/* It is mapped for the life of the process. */
static void
on_keep(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ospf_keep *k = obj;
	void *mem;

	(void)ctx;
	(void)c;
	mem = mmap(NULL, k->size, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd,
	    0);
	(void)close(m->fd);
	if (mem == MAP_FAILED) {
		log_warn("memory of the process before");
		return;
	}
	if (!ospf_keep(self.e, mem, k->size))
		(void)munmap(mem, k->size);
}

static void
on_global(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct ospf_input in = { .type = OSPF_IN_GLOBAL, .global = obj };

	(void)ctx;
	(void)c;
	(void)m;
	feed(&in);
}

static void
on_iface(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct ospf_input in = { .type = OSPF_IN_IFACE, .iface = obj };

	(void)ctx;
	(void)c;
	if (m->fd != -1)
		sock_take(obj, m->fd);
	feed(&in);
}

static void
on_iface_del(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ospf_iid *i = obj;
	struct ospf_input in = { .type = OSPF_IN_IFACE_DEL, .iid = i->iid };
	struct sock *s = sock_find(i->iid);

	(void)ctx;
	(void)c;
	(void)m;
	feed(&in);
	if (s != NULL)
		sock_drop(s);
}

static void
on_link(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct ospf_input in = { .type = OSPF_IN_LINK, .link = obj };

	(void)ctx;
	(void)c;
	(void)m;
	feed(&in);
}

static void
on_clear(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ospf_iid *i = obj;
	struct ospf_input in = { .type = OSPF_IN_CLEAR, .iid = i->iid };

	(void)ctx;
	(void)c;
	(void)m;
	feed(&in);
}

static void
on_stub(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct ospf_input in = { .type = m->type == M_OSPF_STUB ?
	    OSPF_IN_STUB : OSPF_IN_STUB_DEL, .stub = obj };

	(void)ctx;
	(void)c;
	feed(&in);
}

static void
on_seq(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ospf_seq *s = obj;
	struct ospf_input in = { .type = OSPF_IN_SEQ, .seq = s->seq };

	(void)ctx;
	(void)c;
	(void)m;
	feed(&in);
}

static void
on_leave(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ospf_leave *l = obj;
	struct ospf_input in = { .type = OSPF_IN_LEAVE,
	    .grace_s = l->grace_s };

	(void)ctx;
	(void)c;
	(void)m;
	feed(&in);
}

static void
conf_begin(void *ctx)
{
	struct ospf_input in = { .type = OSPF_IN_BEGIN };

	(void)ctx;
	feed(&in);
}

static void
conf_commit(void *ctx)
{
	struct ospf_input in = { .type = OSPF_IN_COMMIT };

	(void)ctx;
	feed(&in);
}

static void
on_shutdown(void *ctx)
{
	struct ospf_input in = { .type = OSPF_IN_SHUTDOWN };

	(void)ctx;
	feed(&in);
}

/* What only the process knows is put into its row. */
static void
send_row(void *ctx, const struct fld_table *t, const void *obj)
{
	const struct row_answer *a = ctx;
	struct ctl_ospf o;

	if (a->type == CTL_OSPF) {
		memcpy(&o, obj, sizeof(o));
		o.spf_last_us = self.spf_last_us;
		o.spf_max_us = self.spf_max_us;
		obj = &o;
	}
	row_send(ctx, t, obj);
}

static void
on_show(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ctl_req *req = obj;
	struct row_answer a = row_answer(c, m);

	(void)ctx;
	(void)ospf_show(self.e, mono_now(), m->type, req, send_row, &a);
	row_end(&a, req->match[0] != '\0' ? "no such tunnel" : NULL);
}

static void
rng(void *ctx, void *out, size_t len)
{
	(void)ctx;
	arc4random_buf(out, len);
}

static int
preload(void *ctx)
{
	struct ospf_params p = { .rng = rng };

	(void)ctx;
	self.send_errors = ratelimit_make(NS_S(10), 5);
	self.e = ospf_new(&p, mono_now());
	if (self.e == NULL)
		return (-1);
	evtimer_set(&self.timer, on_timer, NULL);
	return (0);
}

#define FROM_MAIN(type, fd, fld, fn) \
	{ type, fd, MSG_STATE_UP, fld, 0, fn }
#define SHOW(type)	{ type, MSG_FD_NO, MSG_STATE_UP, &ctl_req_fld, 0, \
			on_show }

static const struct msg_rule main_rules[] = {
	FROM_MAIN(M_OSPF_GLOBAL, MSG_FD_NO, &ospf_global_fld, on_global),
	FROM_MAIN(M_OSPF_IFACE, MSG_FD_OPT, &ospf_iface_fld, on_iface),
	FROM_MAIN(M_OSPF_IFACE_DEL, MSG_FD_NO, &ospf_iid_fld, on_iface_del),
	FROM_MAIN(M_OSPF_LINK, MSG_FD_NO, &ospf_link_fld, on_link),
	FROM_MAIN(M_OSPF_STUB, MSG_FD_NO, &ospf_stub_fld, on_stub),
	FROM_MAIN(M_OSPF_STUB_DEL, MSG_FD_NO, &ospf_stub_fld, on_stub),
	FROM_MAIN(M_OSPF_KEEP, MSG_FD_YES, &ospf_keep_fld, on_keep),
	FROM_MAIN(M_OSPF_CLEAR, MSG_FD_NO, &ospf_iid_fld, on_clear),
	FROM_MAIN(M_OSPF_LEAVE, MSG_FD_NO, &ospf_leave_fld, on_leave),
	FROM_MAIN(M_OSPF_SEQ, MSG_FD_NO, &ospf_seq_fld, on_seq),
	MSG_RULE_END
};
static const struct msg_rule control_rules[] = {
	SHOW(CTL_NBR), SHOW(CTL_OSPFIF), SHOW(CTL_RIB), SHOW(CTL_LSA),
	SHOW(CTL_OSPF), SHOW(CTL_COUNTER), MSG_RULE_END
};

static const struct role_def ospf_def = {
	.role = ROLE_OSPF,
	.main_rules = main_rules,
	.peer_rules = { [ROLE_CONTROL] = control_rules },
	.preload = preload,
	.conf_begin = conf_begin,
	.conf_commit = conf_commit,
	.shutdown = on_shutdown
};

int
ospf_role(void)
{
	return (role_run(&ospf_def, NULL));
}
