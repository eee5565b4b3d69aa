/* SPDX-License-Identifier: ISC */
/*
 * runs in: control.  See control.h.
 *
 * A request of a client becomes one of ours with an id made here (a slot of a
 * table and a serial number), so that no client can have another's rows.  It
 * lives until its CTL_END comes, also when the client has left; rows for it are
 * then dropped.  When the role that owes an answer goes, or gives none for
 * ANSWER_S, CTL_END says so.
 *
 * What a client may ask is the table below; what changes something is for root,
 * as the system says of the socket, and main asks the system again: the socket
 * goes with the request.
 */
#include <sys/queue.h>
#include <sys/socket.h>
#include <errno.h>
#include <event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/control.h"
#include "lib/clock.h"
#include "lib/ctl.h"
#include "lib/log.h"
#include "lib/pair_main_control.h"
#include "lib/proc.h"
#include "lib/ratelimit.h"

#define CLIENTS_MAX	64
#define REQS_PER_CLIENT	4
#define REQS_MAX	256	/* orphans included; a power of two */
#define IDLE_S		60
#define TICK_S		1
#define ANSWER_S	3	/* less than a client waits */

struct client {
	TAILQ_ENTRY(client)	 entry;
	struct chan		*chan;
	uint32_t		 id;		/* for the log */
	uid_t			 uid;
	int			 pending;
	bool			 monitor;
	uint32_t		 monitor_id;
	char			 match[TUNNEL_NAME_MAX];
	struct mono		 last;
};

struct request {
	bool			 used;
	uint32_t		 id;		/* ours */
	struct client		*client;	/* NULL: it has left */
	uint32_t		 client_id;
	uint16_t		 type;
	enum role		 role;		/* who owes the answer */
	struct ctl_req		 req;		/* CTL_COUNTER: for the next */
	struct ctl_end		 end;		/* CTL_COUNTER: first failure */
	struct mono		 since;		/* the role was asked, or sent a
						   row */
};

static struct {
	struct event		 listen_ev, tick_ev;
	int			 listen_fd;
	TAILQ_HEAD(, client)	 clients;
	int			 n_clients;
	uint32_t		 serial;
	struct request		 reqs[REQS_MAX];
	struct ratelimit	 complaints;
} self = { .listen_fd = -1 };

/* Who answers, and what comes with the question. */
struct route {
	uint16_t		 type;
	enum role		 role;
	bool			 root;
	const struct fld_table	*fld;
};

static const struct route routes[] = {
	{ CTL_SUMMARY, ROLE_MAIN, false, &ctl_req_fld },
	{ CTL_PROC, ROLE_MAIN, false, &ctl_req_fld },
	{ CTL_TUNNEL, ROLE_MAIN, false, &ctl_req_fld },
	{ CTL_FIB, ROLE_MAIN, false, &ctl_req_fld },
	{ CTL_CONFIG, ROLE_MAIN, false, &ctl_req_fld },
	{ CTL_EVENTS, ROLE_MAIN, false, &ctl_req_fld },
	{ CTL_WARN, ROLE_MAIN, false, &ctl_req_fld },
	{ CTL_PATH, ROLE_MAIN, false, &ctl_req_fld },
	{ CTL_IKE, ROLE_IKE, false, &ctl_req_fld },
	{ CTL_SA, ROLE_IKE, false, &ctl_req_fld },
	{ CTL_ESPSA, ROLE_ESP, false, &ctl_req_fld },
	{ CTL_ESPTUN, ROLE_ESP, false, &ctl_req_fld },
	{ CTL_NBR, ROLE_OSPF, false, &ctl_req_fld },
	{ CTL_OSPFIF, ROLE_OSPF, false, &ctl_req_fld },
	{ CTL_RIB, ROLE_OSPF, false, &ctl_req_fld },
	{ CTL_LSA, ROLE_OSPF, false, &ctl_req_fld },
	{ CTL_OSPF, ROLE_OSPF, false, &ctl_req_fld },
	{ CTL_COUNTER, ROLE_IKE, false, &ctl_req_fld },
	{ CTL_LOG, ROLE_MAIN, true, &m_log_fld },
	{ CTL_RELOAD, ROLE_MAIN, true, &ctl_reload_fld },
	{ CTL_KICK, ROLE_MAIN, true, &ctl_kick_fld },
	{ CTL_CONFIRM, ROLE_MAIN, true, &ctl_switch_fld },
	{ CTL_CLEAR, ROLE_MAIN, true, &ctl_req_fld },
	{ CTL_COUPLE, ROLE_MAIN, true, &ctl_switch_fld }
};
#define N_ROUTES	(sizeof(routes) / sizeof(routes[0]))

/* The roles that count, in the order they are asked. */
static const enum role counting[] = { ROLE_IKE, ROLE_OSPF, ROLE_ESP };
#define N_COUNTING	(sizeof(counting) / sizeof(counting[0]))

static void	on_request(void *, struct chan *, const struct msg *, void *);
static void	on_monitor(void *, struct chan *, const struct msg *, void *);

#define ASK(type)	{ type, MSG_FD_NO, MSG_STATE_ANY, &ctl_req_fld, 0, \
			on_request }

static const struct msg_rule client_rules[] = {
	ASK(CTL_SUMMARY), ASK(CTL_PROC), ASK(CTL_TUNNEL), ASK(CTL_FIB),
	ASK(CTL_CONFIG), ASK(CTL_EVENTS), ASK(CTL_WARN), ASK(CTL_IKE),
	ASK(CTL_SA), ASK(CTL_ESPSA), ASK(CTL_ESPTUN), ASK(CTL_NBR),
	ASK(CTL_OSPFIF), ASK(CTL_RIB), ASK(CTL_LSA), ASK(CTL_OSPF),
	ASK(CTL_COUNTER), ASK(CTL_PATH),
	{ CTL_MONITOR, MSG_FD_NO, MSG_STATE_ANY, &ctl_req_fld, 0, on_monitor },
	{ CTL_LOG, MSG_FD_NO, MSG_STATE_ANY, &m_log_fld, 0, on_request },
	{ CTL_RELOAD, MSG_FD_NO, MSG_STATE_ANY, &ctl_reload_fld, 0,
	    on_request },
	{ CTL_KICK, MSG_FD_NO, MSG_STATE_ANY, &ctl_kick_fld, 0, on_request },
	{ CTL_CONFIRM, MSG_FD_NO, MSG_STATE_ANY, &ctl_switch_fld, 0,
	    on_request },
	ASK(CTL_CLEAR),
	{ CTL_COUPLE, MSG_FD_NO, MSG_STATE_ANY, &ctl_switch_fld, 0,
	    on_request },
	MSG_RULE_END
};

static void
client_free(struct client *cl)
{
	size_t i;

	for (i = 0; i < REQS_MAX; i++)
		if (self.reqs[i].used && self.reqs[i].client == cl)
			self.reqs[i].client = NULL;
	TAILQ_REMOVE(&self.clients, cl, entry);
	self.n_clients--;
	chan_free(cl->chan);
	free(cl);
}

static void
complain(const struct client *cl, const char *what)
{
	if (ratelimit_ok(&self.complaints, mono_now()))
		log_notice("client %u of uid %u: closed: %s", cl->id,
		    (unsigned)cl->uid, what);
}

/* To a client; one that does not read is cut.  0, or -1: cl is gone. */
static int
to_client(struct client *cl, uint16_t type, uint32_t id, const void *data,
    size_t len)
{
	if (chan_send_bytes(cl->chan, type, id, -1, data, len) == 0 ||
	    errno == EPIPE)
		return (0);
	complain(cl, "does not read");
	client_free(cl);
	return (-1);
}

static void
send_end(struct client *cl, uint32_t id, const struct ctl_end *e)
{
	if (chan_send(cl->chan, CTL_END, id, -1, &ctl_end_fld, e) == -1 &&
	    errno != EPIPE) {
		complain(cl, "does not read");
		client_free(cl);
	}
}

static void
refuse(struct client *cl, uint32_t id, int error, const char *text)
{
	struct ctl_end e = { .error = (uint32_t)error };

	(void)snprintf(e.text, sizeof(e.text), "%s", text);
	send_end(cl, id, &e);
}

static struct request *
request_new(void)
{
	size_t i;

	for (i = 0; i < REQS_MAX; i++)
		if (!self.reqs[i].used)
			break;
	if (i == REQS_MAX)
		return (NULL);
	memset(&self.reqs[i], 0, sizeof(self.reqs[i]));
	self.reqs[i].used = true;
	self.reqs[i].id = ++self.serial * REQS_MAX + (uint32_t)i;
	self.reqs[i].since = mono_now();
	return (&self.reqs[i]);
}

static struct request *
request_find(uint32_t id)
{
	struct request *q = &self.reqs[id % REQS_MAX];

	return (q->used && q->id == id ? q : NULL);
}

/* The answer is whole. */
static void
request_end(struct request *q, const struct ctl_end *e)
{
	struct client *cl = q->client;

	q->used = false;
	if (cl == NULL)
		return;
	cl->pending--;
	cl->last = mono_now();
	send_end(cl, q->client_id, e);
}

/* Ask the next role that counts; those that are away are named in the end. */
static void
next_counter(struct request *q)
{
	size_t i;

	for (i = 0; i < N_COUNTING && counting[i] != q->role; i++)
		;
	while (++i < N_COUNTING) {
		q->role = counting[i];
		q->since = mono_now();
		if (chan_send(role_chan(q->role), CTL_COUNTER, q->id, -1,
		    &ctl_req_fld, &q->req) == 0)
			return;
		q->end.error = EAGAIN;
		(void)snprintf(q->end.text, sizeof(q->end.text),
		    "%s is not running", role_names[q->role]);
	}
	request_end(q, &q->end);
}

/* One of the roles asked has answered, or is gone. */
static void
role_done(struct request *q, const struct ctl_end *e)
{
	if (q->type != CTL_COUNTER || q->client == NULL) {
		request_end(q, e);
		return;
	}
	if (e->error != 0)
		q->end = *e;
	next_counter(q);
}

static void
role_fails(struct request *q, const char *how)
{
	struct ctl_end e = { .error = EAGAIN };

	(void)snprintf(e.text, sizeof(e.text), "%s %s", role_names[q->role],
	    how);
	role_done(q, &e);
}

static void
role_away(struct request *q)
{
	role_fails(q, "is not running");
}

static const struct route *
route_of(uint16_t type)
{
	size_t i;

	for (i = 0; i < N_ROUTES; i++)
		if (routes[i].type == type)
			return (&routes[i]);
	return (NULL);
}

static void
on_request(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct route *rt = route_of(m->type);
	struct client *cl = ctx;
	struct request *q;
	int fd = -1;

	cl->last = mono_now();
	if (rt->root && cl->uid != 0) {
		refuse(cl, m->id, EPERM, "only root may change something");
		return;
	}
	if (cl->pending >= REQS_PER_CLIENT || (q = request_new()) == NULL) {
		refuse(cl, m->id, EAGAIN, "too many requests at once");
		return;
	}
	cl->pending++;
	q->client = cl;
	q->client_id = m->id;
	q->type = m->type;
	q->role = rt->role;
	if (rt->fld == &ctl_req_fld)
		q->req = *(const struct ctl_req *)obj;
	if (rt->root && (fd = fcntl(chan_fd(c), F_DUPFD_CLOEXEC, 0)) == -1) {
		role_away(q);
		return;
	}
	if (chan_send(role_chan(q->role), m->type, q->id, fd, rt->fld, obj) ==
	    -1)
		role_away(q);
}

static void
on_monitor(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ctl_req *q = obj;
	struct client *cl = ctx;

	(void)c;
	cl->monitor = true;
	cl->monitor_id = m->id;
	memcpy(cl->match, q->match, sizeof(cl->match));
}

static void
on_client_end(void *ctx, struct chan *c, enum chan_end why, uint16_t type,
    const char *field)
{
	struct client *cl = ctx;
	char text[96];

	(void)c;
	if (why != CHAN_EOF) {
		(void)snprintf(text, sizeof(text), "type %u: %s%s%s", type,
		    chan_end_text(why), field != NULL ? ": " : "",
		    field != NULL ? field : "");
		complain(cl, text);
	}
	client_free(cl);
}

/* A client's connection is made, or closed with the reason. */
static void
client_new(int fd)
{
	struct ctl_end full = { .error = EAGAIN, .text = "too many clients" };
	struct client *cl;
	gid_t gid;

	if ((cl = calloc(1, sizeof(*cl))) == NULL ||
	    getpeereid(fd, &cl->uid, &gid) == -1) {
		free(cl);
		(void)close(fd);
		return;
	}
	cl->id = ++self.serial;
	cl->last = mono_now();
	if ((cl->chan = chan_new(fd, client_rules, cl, on_client_end)) ==
	    NULL) {
		free(cl);
		return;
	}
	TAILQ_INSERT_TAIL(&self.clients, cl, entry);
	if (++self.n_clients <= CLIENTS_MAX)
		return;
	(void)chan_send(cl->chan, CTL_END, 0, -1, &ctl_end_fld, &full);
	(void)chan_flush(cl->chan, 0);
	client_free(cl);
}

static void
on_accept(int fd, short ev, void *arg)
{
	int cfd;

	(void)ev;
	(void)arg;
	cfd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (cfd != -1) {
		client_new(cfd);
		return;
	}
	/* out of descriptors: on_tick() listens again */
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		(void)event_del(&self.listen_ev);
}

static void
set_tick(void)
{
	struct timeval tv = { TICK_S, 0 };

	(void)evtimer_add(&self.tick_ev, &tv);
}

/* Clients that ask nothing do not keep others out; a role that hangs does not
 * keep a client from hearing the others. */
static void
on_tick(int fd, short ev, void *arg)
{
	struct mono now = mono_now();
	struct client *cl, *next;
	size_t i;

	(void)fd;
	(void)ev;
	(void)arg;
	for (i = 0; i < REQS_MAX; i++)
		if (self.reqs[i].used &&
		    mono_age_s(self.reqs[i].since, now) >= ANSWER_S)
			role_fails(&self.reqs[i], "does not answer");
	for (cl = TAILQ_FIRST(&self.clients); cl != NULL; cl = next) {
		next = TAILQ_NEXT(cl, entry);
		if (cl->pending == 0 && !cl->monitor &&
		    mono_age_s(cl->last, now) >= IDLE_S)
			client_free(cl);
	}
	if (self.listen_fd != -1)
		(void)event_add(&self.listen_ev, NULL);
	set_tick();
}

static void
on_sock(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)c;
	(void)obj;
	if (self.listen_fd != -1) {
		(void)event_del(&self.listen_ev);
		(void)close(self.listen_fd);
	}
	self.listen_fd = m->fd;
	event_set(&self.listen_ev, m->fd, EV_READ | EV_PERSIST, on_accept,
	    NULL);
	(void)event_add(&self.listen_ev, NULL);
}

static void
on_event(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct m_event *e = obj;
	struct client *cl, *next;

	(void)ctx;
	(void)c;
	for (cl = TAILQ_FIRST(&self.clients); cl != NULL; cl = next) {
		next = TAILQ_NEXT(cl, entry);
		if (cl->monitor && (cl->match[0] == '\0' ||
		    strcmp(cl->match, e->subject) == 0))
			(void)to_client(cl, CTL_MONITOR, cl->monitor_id,
			    m->data, m->len);
	}
}

/* The request that a role speaks of, if it is the one that owes it. */
static struct request *
owed(const struct chan *c, const struct msg *m)
{
	struct request *q = request_find(m->id);

	if (q != NULL && role_chan(q->role) == c &&
	    (m->type == q->type || m->type == CTL_END))
		return (q);
	log_debug(SUBSYS_CONTROL, 0, "row %u for no request", m->type);
	return (NULL);
}

static void
on_row(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct request *q = owed(c, m);

	(void)ctx;
	(void)obj;
	if (q == NULL)
		return;
	q->since = mono_now();
	if (q->client != NULL)
		(void)to_client(q->client, m->type, q->client_id, m->data,
		    m->len);
}

static void
on_end(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct request *q = owed(c, m);

	(void)ctx;
	if (q != NULL)
		role_done(q, obj);
}

static void
peer_down(void *ctx, enum role r)
{
	size_t i;

	(void)ctx;
	for (i = 0; i < REQS_MAX; i++)
		if (self.reqs[i].used && self.reqs[i].role == r)
			role_away(&self.reqs[i]);
}

#define ROW(type, fld)	{ type, MSG_FD_NO, MSG_STATE_UP, fld, 0, on_row }
#define END		{ CTL_END, MSG_FD_NO, MSG_STATE_UP, &ctl_end_fld, 0, \
			on_end }

static const struct msg_rule main_rules[] = {
	{ M_CTL_SOCK, MSG_FD_YES, MSG_STATE_UP, NULL, 0, on_sock },
	{ M_EVENT, MSG_FD_NO, MSG_STATE_UP, &m_event_fld, 0, on_event },
	ROW(CTL_SUMMARY, &ctl_summary_fld), ROW(CTL_PROC, &ctl_proc_fld),
	ROW(CTL_TUNNEL, &ctl_tunnel_fld), ROW(CTL_FIB, &ctl_fib_fld),
	ROW(CTL_CONFIG, &ctl_text_fld), ROW(CTL_EVENTS, &m_event_fld),
	ROW(CTL_WARN, &ctl_warn_fld), ROW(CTL_PATH, &ctl_path_fld),
	ROW(CTL_RELOAD, &ctl_text_fld),
	END, MSG_RULE_END
};
static const struct msg_rule ike_rules[] = {
	ROW(CTL_IKE, &ctl_ike_fld), ROW(CTL_SA, &ctl_sa_fld),
	ROW(CTL_COUNTER, &ctl_counter_fld), END, MSG_RULE_END
};
static const struct msg_rule ospf_rules[] = {
	ROW(CTL_NBR, &ctl_nbr_fld), ROW(CTL_OSPFIF, &ctl_ospfif_fld),
	ROW(CTL_RIB, &ctl_rib_fld), ROW(CTL_LSA, &ctl_lsa_fld),
	ROW(CTL_OSPF, &ctl_ospf_fld), ROW(CTL_COUNTER, &ctl_counter_fld),
	END, MSG_RULE_END
};
static const struct msg_rule esp_rules[] = {
	ROW(CTL_ESPSA, &ctl_espsa_fld), ROW(CTL_ESPTUN, &ctl_esptun_fld),
	ROW(CTL_COUNTER, &ctl_counter_fld), END, MSG_RULE_END
};

static int
preload(void *ctx)
{
	(void)ctx;
	TAILQ_INIT(&self.clients);
	self.complaints = ratelimit_make(NS_S(5), 10);
	evtimer_set(&self.tick_ev, on_tick, NULL);
	set_tick();
	return (0);
}

static const struct role_def control_def = {
	.role = ROLE_CONTROL,
	.main_rules = main_rules,
	.peer_rules = { [ROLE_IKE] = ike_rules, [ROLE_OSPF] = ospf_rules,
	    [ROLE_ESP] = esp_rules },
	.preload = preload,
	.peer_down = peer_down
};

int
control_role(void)
{
	return (role_run(&control_def, NULL));
}
