/* SPDX-License-Identifier: ISC */
/*
 * The ospf process as it is in the daemon, confined, with this program as main
 * and as control around it.
 *
 *	ospfrole DIR RID IFNAME ADDR LEN PEER KEY STUB/LEN
 *
 * DIR: empty directory to chroot into.  Each message of the process is a line
 * on stdout; twice a second "nbr STATE ROUTERID" and "spf RUNS" as control
 * gets them.  SIGTERM: the process is told to end; its status is ours.
 */
#include <sys/socket.h>
#include <sys/wait.h>
#include <err.h>
#include <event.h>
#include <net/if.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "greipsecd/sock.h"
#include "lib/clock.h"
#include "lib/ctl.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "ospf/ospf.h"

static struct {
	char		**arg;
	struct chan	 *c, *control;
	pid_t		  pid;
	int		  peer_fd;
	struct event	  tick, term;
} self;

static uint32_t
ip4(const char *s)
{
	struct addr a;

	if (addr_parse(s, &a) == -1)
		errx(2, "%s: not an address", s);
	return (addr_to_v4(&a));
}

static void
child(int fd, const char *dir)
{
	struct passwd *pw = getpwnam("nobody");
	struct proc_opts o = { .chroot_dir = dir, .foreground = 1,
	    .level = LOG_INFO };

	if (pw == NULL)
		errx(1, "no user nobody");
	o.uid = pw->pw_uid;
	o.gid = pw->pw_gid;
	if (dup2(fd, PROC_FD) == -1)
		err(1, "dup2");
	closefrom(PROC_FD + 1);
	proc_init(&o);
	exit(ospf_role());
}

static void
configure(void)
{
	struct m_gen g = { .generation = 1 };
	struct ospf_global og = { .router_id = ip4(self.arg[2]),
	    .spf_hold_ms = 200, .max_paths = 16 };
	struct ospf_iface i = { .iid = 7, .tid = 9, .type = OSPF_P2P,
	    .mtu = 1500, .up = true, .cost = 10, .hello_ms = 250,
	    .dead_ms = 1000, .rxmt_ms = 2000, .auth = OSPF_AUTH_MD5,
	    .send_key = 1, .n_keys = 1 };
	struct ospf_stub s = { .cost = 10 };
	struct m_peer p = { .role = ROLE_CONTROL };
	struct prefix stub;
	int fd;

	og.seq = (uint32_t)(wall_ms() / 1000);
	(void)strlcpy(i.name, self.arg[3], sizeof(i.name));
	i.ifindex = if_nametoindex(i.name);
	i.addr = ip4(self.arg[4]);
	i.prefix_len = (uint8_t)strtonum(self.arg[5], 0, 32, NULL);
	i.peer = ip4(self.arg[6]);
	i.keys[0].id = 1;
	i.keys[0].n_key = (uint16_t)strnlen(self.arg[7], 16);
	memcpy(i.keys[0].key, self.arg[7], i.keys[0].n_key);
	if (prefix_parse(self.arg[8], &stub) != 0)
		errx(2, "%s: not a prefix", self.arg[8]);
	s.dest = addr_to_v4(&stub.addr);
	s.len = stub.len;
	fd = sock_ospf(i.name, i.ifindex);
	if (fd == -1)
		err(1, "%s", i.name);
	(void)chan_send(self.c, M_PEER, 0, self.peer_fd, &m_peer_fld, &p);
	(void)chan_send(self.c, M_CONF_BEGIN, 0, -1, &m_gen_fld, &g);
	(void)chan_send(self.c, M_OSPF_GLOBAL, 0, -1, &ospf_global_fld, &og);
	(void)chan_send(self.c, M_OSPF_IFACE, 0, fd, &ospf_iface_fld, &i);
	(void)chan_send(self.c, M_OSPF_STUB, 0, -1, &ospf_stub_fld, &s);
	(void)chan_send(self.c, M_CONF_COMMIT, 0, -1, &m_gen_fld, &g);
}

static void
on_hello(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)m;
	if (!proc_hello_ok(obj, ROLE_OSPF))
		errx(1, "greeting");
	chan_state(c, MSG_STATE_UP);
	proc_hello(c, c == self.c ? ROLE_MAIN : ROLE_CONTROL);
	if (c == self.c)
		configure();
}

static void
on_msg(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ospf_route *r = obj;
	const struct ospf_dest *d = obj;
	const struct m_event *ev = obj;
	const struct ospf_nbr_state *n = obj;
	const struct ctl_nbr *row = obj;
	const struct ctl_ospf *o = obj;
	const struct ospf_seq *s = obj;
	char a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX];

	(void)ctx;
	(void)c;
	switch (m->type) {
	case M_OSPF_ROUTE:
		printf("route %s/%u %u %s\n", ip4_text(r->dest, a), r->len,
		    r->cost, ip4_text(r->nexthops[0].gateway, b));
		break;
	case M_OSPF_ROUTE_DEL:
		printf("del %s/%u\n", ip4_text(d->dest, a), d->len);
		break;
	case M_OSPF_SYNCED:
		printf("synced\n");
		break;
	case M_OSPF_SEQ_RESERVE:
		printf("reserve %u\n", s->seq);
		break;
	case M_OSPF_NBR:
		printf("full %d %s tid %u dead-timer %d\n", n->full,
		    ip4_text(n->router_id, a), n->tid, n->dead_timer);
		break;
	case M_EVENT:
		printf("event %s: %s: %s\n", ev->subject, ev->what, ev->text);
		break;
	case M_CONF_ACK:
		printf("ack\n");
		break;
	case CTL_NBR:
		printf("nbr %s %s\n", row->state, ip4_text(row->router_id, a));
		break;
	case CTL_OSPF:
		printf("spf %llu\n", (unsigned long long)o->spf_runs);
		break;
	default:
		break;
	}
	(void)fflush(stdout);
}

#define FROM(type, fld)	{ type, MSG_FD_NO, MSG_STATE_ANY, fld, 0, on_msg }
static const struct msg_rule rules[] = {
	{ M_HELLO, MSG_FD_NO, MSG_STATE_NEW, &m_hello_fld, 0, on_hello },
	FROM(M_OSPF_ROUTE, &ospf_route_fld), FROM(M_OSPF_ROUTE_DEL,
	&ospf_dest_fld), FROM(M_OSPF_SYNCED, NULL), FROM(M_OSPF_SEQ_RESERVE,
	&ospf_seq_fld), FROM(M_OSPF_NBR, &ospf_nbr_state_fld),
	FROM(M_EVENT, &m_event_fld), FROM(M_CONF_ACK, &m_gen_fld),
	MSG_RULE_END
};
static const struct msg_rule control_rules[] = {
	{ M_HELLO, MSG_FD_NO, MSG_STATE_NEW, &m_hello_fld, 0, on_hello },
	FROM(CTL_NBR, &ctl_nbr_fld), FROM(CTL_OSPF, &ctl_ospf_fld),
	FROM(CTL_END, &ctl_end_fld), MSG_RULE_END
};

static void
on_end(void *ctx, struct chan *c, enum chan_end why, uint16_t type,
    const char *field)
{
	int status;

	(void)ctx;
	if (c != self.c)
		return;
	if (why != CHAN_EOF)
		warnx("type %u: %s %s", type, chan_end_text(why),
		    field != NULL ? field : "");
	if (waitpid(self.pid, &status, 0) == -1)
		err(1, "waitpid");
	printf("exit %d\n", WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status));
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void
on_tick(int fd, short what, void *arg)
{
	static const struct ctl_req req;
	struct timeval tv = { .tv_usec = 500000 };

	(void)fd;
	(void)what;
	(void)arg;
	(void)chan_send(self.control, CTL_NBR, 1, -1, &ctl_req_fld, &req);
	(void)chan_send(self.control, CTL_OSPF, 2, -1, &ctl_req_fld, &req);
	(void)evtimer_add(&self.tick, &tv);
}

static void
on_term(int sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	(void)arg;
	(void)chan_send(self.c, M_SHUTDOWN, 0, -1, NULL, NULL);
}

int
main(int argc, char *argv[])
{
	struct timeval tv = { .tv_sec = 1 };
	int sv[2], cv[2];

	if (argc != 9)
		errx(2, "usage: ospfrole DIR RID IFNAME ADDR LEN PEER KEY STUB");
	self.arg = argv;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, cv) == -1)
		err(1, "socketpair");
	self.pid = fork();
	if (self.pid == -1)
		err(1, "fork");
	if (self.pid == 0)
		child(sv[1], argv[1]);
	(void)close(sv[1]);
	self.peer_fd = cv[1];
	log_open("main", 1, LOG_INFO);
	if (event_init() == NULL)
		errx(1, "event_init");
	self.c = chan_new(sv[0], rules, NULL, on_end);
	self.control = chan_new(cv[0], control_rules, NULL, on_end);
	if (self.c == NULL || self.control == NULL)
		err(1, "channel");
	signal_set(&self.term, SIGTERM, on_term, NULL);
	(void)signal_add(&self.term, NULL);
	evtimer_set(&self.tick, on_tick, NULL);
	(void)evtimer_add(&self.tick, &tv);
	(void)event_dispatch();
	return (1);
}
