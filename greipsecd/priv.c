/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See priv.h.
 *
 * A role's life here: AWAY (not running; perhaps a timer will start it),
 * STARTING (executed, has not greeted), UP, ENDING (killed or lost).  It is
 * gone when both its channel is at its end, so that nothing it said is lost,
 * and its exit status is known.  One timer per role serves the state it is in: when to
 * start it, how long it may take to greet, how long to end.
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <errno.h>
#include <event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/events.h"
#include "greipsecd/priv.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/sandbox.h"

#define GREET_MS	15000
#define REAP_MS		500
#define PHASE_MS	700
#define LIFE_S		5	/* after that a death is a first one again */
#define BACKOFF_MAX_S	60
#define NOFILE_WANTED	65536

enum child_state { AWAY, STARTING, UP, ENDING };

struct child {
	enum role		 role;
	enum child_state	 state;
	pid_t			 pid;
	struct chan		*chan;
	bool			 exited;
	bool			 was_up;
	int			 status;
	struct mono		 since;
	uint32_t		 restarts, fails;
	char			 fault[128];
	const struct msg_rule	*rules;
	struct event		 timer;
};

static struct {
	const struct priv_conf	*conf;
	const struct priv_ops	*ops;
	void			*ctx;
	struct child		 child[ROLE_N];
	struct event		 sigchld;
	struct mono		 since;
	bool			 log_set;
	struct m_log		 log;
	bool			 stopping, stopped;
	bool			 quiet;		/* priv_leave() */
	int			 phase;
} self;

/* Who talks to whom, beside main. */
static const enum role pairs[][2] = {
	{ ROLE_IKE, ROLE_KEYS }, { ROLE_CONTROL, ROLE_IKE },
	{ ROLE_CONTROL, ROLE_OSPF }, { ROLE_CONTROL, ROLE_ESP }
};
#define N_PAIRS	(sizeof(pairs) / sizeof(pairs[0]))

/* What its death costs. */
static const char *const losses[ROLE_N] = {
	[ROLE_KEYS] = "no peer can be authenticated until it is back",
	[ROLE_IKE] = "IKE SAs lost, installed SAs carry on until new ones are "
	    "negotiated",
	[ROLE_OSPF] = "routes stay, and its successor goes on with its "
	    "neighbours and database",
	[ROLE_ESP] = "SAs in use lost, no traffic until ike has new ones",
	[ROLE_CONTROL] = "connections of greipsecctl lost"
};

/* OSPF's last words need esp, and come before the peers drop our SAs. */
static const int stop_phase[ROLE_N] = {
	[ROLE_OSPF] = 0, [ROLE_CONTROL] = 0, [ROLE_IKE] = 1, [ROLE_ESP] = 2,
	[ROLE_KEYS] = 2
};
#define N_PHASES	3

static void	on_hello(void *, struct chan *, const struct msg *, void *);
static void	on_ack(void *, struct chan *, const struct msg *, void *);
static void	on_event(void *, struct chan *, const struct msg *, void *);
static void	on_fault(void *, struct chan *, const struct msg *, void *);
static void	on_timer(int, short, void *);
static void	check_phase(void);

static const struct msg_rule common_rules[] = {
	{ M_HELLO, MSG_FD_NO, MSG_STATE_NEW, &m_hello_fld, 0, on_hello },
	{ M_CONF_ACK, MSG_FD_NO, ~MSG_STATE_NEW, &m_gen_fld, 0, on_ack },
	{ M_EVENT, MSG_FD_NO, ~MSG_STATE_NEW, &m_event_fld, 0, on_event },
	{ M_FAULT, MSG_FD_NO, ~MSG_STATE_NEW, &m_fault_fld, 0, on_fault },
	MSG_RULE_END
};

static void
set_timer(struct child *c, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	(void)evtimer_del(&c->timer);
	(void)evtimer_add(&c->timer, &tv);
}

enum role
priv_role(const struct chan *c)
{
	int r;

	for (r = ROLE_MAIN + 1; r < ROLE_N; r++)
		if (self.child[r].chan == c)
			break;
	return ((enum role)r);
}

struct chan *
priv_chan(enum role r)
{
	return (self.child[r].state == UP ? self.child[r].chan : NULL);
}

bool
priv_all_up(void)
{
	int r;

	for (r = ROLE_MAIN + 1; r < ROLE_N; r++)
		if (self.child[r].state != UP)
			return (false);
	return (true);
}

bool
priv_stopping(void)
{
	return (self.stopping);
}

/* End it; the rest follows when its channel and its status are seen. */
static void
kill_child(struct child *c)
{
	if (c->state == AWAY || c->exited)
		return;
	c->state = ENDING;
	(void)kill(c->pid, SIGKILL);
}

void
priv_fault(enum role r, const char *fmt, ...)
{
	struct child *c = &self.child[r];
	va_list ap;

	if (c->state == AWAY || c->exited || c->fault[0] != '\0')
		return;
	va_start(ap, fmt);
	(void)vsnprintf(c->fault, sizeof(c->fault), fmt, ap);
	va_end(ap);
	log_warnx("%s: at fault, killed: %s", role_names[r], c->fault);
	kill_child(c);
}

int
priv_send(enum role r, uint16_t type, int fd, const struct fld_table *t,
    const void *obj)
{
	int rv = chan_send(priv_chan(r), type, 0, fd, t, obj);

	if (rv == 0)
		return (0);
	if (errno == ENOBUFS)
		priv_fault(r, "reads nothing: %zu bytes wait",
		    chan_queued(self.child[r].chan));
	else if (errno == EINVAL)
		log_warnx("message %u to %s does not encode", type,
		    role_names[r]);
	return (-1);
}

/* A new socket pair for two roles that are up. */
static void
join(enum role a, enum role b)
{
	struct m_peer pa = { .role = b }, pb = { .role = a };
	int sv[2];

	if (priv_chan(a) == NULL || priv_chan(b) == NULL)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1) {
		log_warn("channel from %s to %s", role_names[a],
		    role_names[b]);
		return;
	}
	(void)priv_send(a, M_PEER, sv[0], &m_peer_fld, &pa);
	(void)priv_send(b, M_PEER, sv[1], &m_peer_fld, &pb);
}

static void
send_log(enum role r)
{
	if (self.log_set)
		(void)priv_send(r, M_LOG, -1, &m_log_fld, &self.log);
}

static void
on_hello(void *ctx, struct chan *ch, const struct msg *m, void *obj)
{
	enum role r = priv_role(ch);
	struct child *c = &self.child[r];
	size_t i;

	(void)m;
	if (!proc_hello_ok(obj, r)) {
		priv_fault(r, "it is of another build: restart the daemon");
		return;
	}
	/* killed since: what it says does not count */
	if (c->state != STARTING || self.stopping)
		return;
	(void)evtimer_del(&c->timer);
	c->state = UP;
	c->was_up = true;
	chan_state(ch, MSG_STATE_UP);
	proc_hello(ch, ROLE_MAIN);
	send_log(r);
	for (i = 0; i < N_PAIRS; i++)
		if (pairs[i][0] == r || pairs[i][1] == r)
			join(pairs[i][0], pairs[i][1]);
	if (c->restarts > 0)
		events_main(SUBSYS_MAIN, 0, role_names[r], "restarted",
		    "pid %d", (int)c->pid);
	self.ops->role_up(ctx, r);
}

static void
on_ack(void *ctx, struct chan *ch, const struct msg *m, void *obj)
{
	const struct m_gen *g = obj;

	(void)m;
	if (self.ops->conf_acked != NULL)
		self.ops->conf_acked(ctx, priv_role(ch), g->generation);
}

static void
on_event(void *ctx, struct chan *ch, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)ch;
	(void)m;
	events_add(obj);
}

/*
 * Another role is accused.  Only those two can know; the accuser is believed,
 * since it could do as much harm to their channel by itself.  Not control: it
 * has no work that would be worth an SA, so it only gets a new channel.
 */
static void
on_fault(void *ctx, struct chan *ch, const struct msg *m, void *obj)
{
	const struct m_fault *f = obj;
	enum role r = priv_role(ch);
	size_t i;

	(void)ctx;
	(void)m;
	for (i = 0; i < N_PAIRS; i++)
		if ((pairs[i][0] == r && pairs[i][1] == f->role) ||
		    (pairs[i][1] == r && pairs[i][0] == f->role))
			break;
	if (i == N_PAIRS) {
		priv_fault(r, "complains of role %u", f->role);
		return;
	}
	if (r == ROLE_CONTROL) {
		log_warnx("%s: complains of %s: %s", role_names[r],
		    role_names[f->role], f->text);
		join(r, (enum role)f->role);
		return;
	}
	priv_fault((enum role)f->role, "%s complains: %s", role_names[r],
	    f->text);
}

/* The words for an exit status. */
static const char *
describe(const struct child *c, char *buf, size_t cap)
{
	char name[48];

	if (c->fault[0] != '\0')
		(void)snprintf(buf, cap, "killed for a fault: %s", c->fault);
	else if (WIFEXITED(c->status))
		(void)snprintf(buf, cap, "exit status %d",
		    WEXITSTATUS(c->status));
	else if (!WIFSIGNALED(c->status))
		(void)snprintf(buf, cap, "status 0x%x", c->status);
	else if (WTERMSIG(c->status) != sandbox_signal() || !sandbox_filters())
		(void)snprintf(buf, cap, "signal %d (%s)", WTERMSIG(c->status),
		    strsignal(WTERMSIG(c->status)));
	else if (sandbox_violation(c->pid, name, sizeof(name)) == 0)
		(void)snprintf(buf, cap, "sandbox violation: system call %s",
		    name);
	else
		(void)snprintf(buf, cap, "sandbox violation (signal %d)",
		    WTERMSIG(c->status));
	return (buf);
}

/* When to start it again: at once, then after 1 s, 2 s, 4 s, to a minute. */
static int
backoff_ms(struct child *c)
{
	uint32_t n;

	if (mono_age_s(c->since, mono_now()) >= LIFE_S)
		c->fails = 0;
	n = c->fails++;
	if (n == 0)
		return (0);
	return (n > 6 ? BACKOFF_MAX_S * 1000 : 1000 << (n - 1));
}

/* Both its channel and its exit status are in. */
static void
child_gone(struct child *c)
{
	char why[160], title[32];
	bool was_up = c->was_up;
	int ms;

	(void)evtimer_del(&c->timer);
	c->state = AWAY;
	c->was_up = false;
	if (self.stopping) {
		if (was_up)
			self.ops->role_down(self.ctx, c->role, "stopped");
		check_phase();
		return;
	}
	(void)describe(c, why, sizeof(why));
	ms = backoff_ms(c);
	(void)snprintf(title, sizeof(title), "in %d s", ms / 1000);
	log_warnx("%s: pid %d died after %u s: %s; %s; started again %s",
	    role_names[c->role], (int)c->pid,
	    mono_age_s(c->since, mono_now()), why, losses[c->role],
	    ms > 0 ? title : "at once");
	events_main(SUBSYS_MAIN, 0, role_names[c->role], "died", "%s", why);
	if (was_up)
		self.ops->role_down(self.ctx, c->role, why);
	c->restarts++;
	set_timer(c, ms);
}

static void
on_end(void *ctx, struct chan *ch, enum chan_end why, uint16_t type,
    const char *field)
{
	enum role r = priv_role(ch);
	struct child *c = &self.child[r];

	(void)ctx;
	if (why != CHAN_EOF && why != CHAN_ERROR)
		priv_fault(r, "message %u: %s%s%s", type, chan_end_text(why),
		    field != NULL ? ": " : "", field != NULL ? field : "");
	c->chan = NULL;
	chan_free(ch);
	if (c->exited) {
		child_gone(c);
		return;
	}
	if (c->state != ENDING) {
		c->state = ENDING;
		set_timer(c, REAP_MS);
	}
}

static void
on_sigchld(int sig, short ev, void *arg)
{
	struct child *c;
	int r;

	(void)sig;
	(void)ev;
	(void)arg;
	for (r = ROLE_MAIN + 1; r < ROLE_N; r++) {
		c = &self.child[r];
		if (c->state == AWAY || c->exited ||
		    waitpid(c->pid, &c->status, WNOHANG) != c->pid)
			continue;
		c->exited = true;
		if (c->chan == NULL)
			child_gone(c);
		else
			c->state = ENDING;
	}
}

/* In the child: nothing open but the channel and a place for stderr. */
static void
exec_role(enum role r, int fd)
{
	char level[16], ids[48];
	const char *argv[12];
	size_t n = 0;
	int null;

	(void)snprintf(level, sizeof(level), "%d", self.conf->level);
	(void)snprintf(ids, sizeof(ids), "%u:%u", (unsigned)self.conf->uid,
	    (unsigned)self.conf->gid);
	if ((null = open("/dev/null", O_RDWR)) == -1)
		_exit(126);
	if (fd != PROC_FD && dup2(fd, PROC_FD) == -1)
		_exit(126);
	if (fcntl(PROC_FD, F_SETFD, 0) == -1 || dup2(null, 0) == -1 ||
	    dup2(null, 1) == -1 ||
	    (!self.conf->foreground && dup2(null, 2) == -1))
		_exit(126);
	closefrom(PROC_FD + 1);
	argv[n++] = self.conf->argv0;
	argv[n++] = "-R";
	argv[n++] = role_names[r];
	argv[n++] = "-u";
	argv[n++] = ids;
	argv[n++] = "-C";
	argv[n++] = self.conf->chroot_dir;
	argv[n++] = "-l";
	argv[n++] = level;
	if (self.conf->foreground)
		argv[n++] = "-d";
	argv[n] = NULL;
	(void)execv(sandbox_self(self.conf->argv0), (char *const *)argv);
	_exit(127);
}

static int
spawn(struct child *c)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1)
		return (-1);
	if ((c->pid = fork()) == -1) {
		(void)close(sv[0]);
		(void)close(sv[1]);
		return (-1);
	}
	if (c->pid == 0)
		exec_role(c->role, sv[1]);
	(void)close(sv[1]);
	c->state = STARTING;
	c->exited = false;
	c->fault[0] = '\0';
	c->since = mono_now();
	if ((c->chan = chan_new(sv[0], c->rules, self.ctx, on_end)) == NULL) {
		kill_child(c);
		errno = ENOMEM;
		return (-1);
	}
	set_timer(c, GREET_MS);
	return (0);
}

static void
on_timer(int fd, short ev, void *arg)
{
	struct child *c = arg;

	(void)fd;
	(void)ev;
	switch (c->state) {
	case AWAY:
		if (!self.stopping && spawn(c) == -1) {
			log_warn("%s: not started", role_names[c->role]);
			if (c->state == AWAY)
				set_timer(c, 1000 * BACKOFF_MAX_S);
		}
		break;
	case STARTING:
		priv_fault(c->role, "no greeting within %d s", GREET_MS / 1000);
		break;
	default:
		kill_child(c);
		break;
	}
}

/* New connections to a log daemon that was restarted. */
static void
on_log_reopen(void)
{
	struct m_log l = { .level = (uint8_t)self.conf->level };
	int r, fd;

	if (self.log_set)
		l = self.log;
	for (r = ROLE_MAIN + 1; r < ROLE_N; r++)
		if (priv_chan((enum role)r) != NULL &&
		    (fd = log_connect()) != -1)
			(void)priv_send((enum role)r, M_LOG, fd, &m_log_fld,
			    &l);
}

void
priv_log(const struct m_log *l)
{
	int r;

	self.log = *l;
	self.log_set = true;
	log_level(l->level, l->subsys_mask, l->tid);
	for (r = ROLE_MAIN + 1; r < ROLE_N; r++)
		if (priv_chan((enum role)r) != NULL)
			send_log((enum role)r);
}

/* Main keeps a duplicate of each descriptor. */
static void
set_limits(void)
{
	struct rlimit rl;

	rl.rlim_cur = rl.rlim_max = NOFILE_WANTED;
	if (setrlimit(RLIMIT_NOFILE, &rl) == 0 ||
	    getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return;
	rl.rlim_cur = rl.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &rl);
}

int
priv_start(const struct priv_conf *conf, const struct priv_ops *ops, void *ctx)
{
	struct child *c;
	int r;

	self.conf = conf;
	self.ops = ops;
	self.ctx = ctx;
	self.since = mono_now();
	set_limits();
	(void)signal(SIGPIPE, SIG_IGN);
	log_reopen(on_log_reopen);
	signal_set(&self.sigchld, SIGCHLD, on_sigchld, NULL);
	if (signal_add(&self.sigchld, NULL) == -1)
		return (-1);
	for (r = ROLE_MAIN + 1; r < ROLE_N; r++) {
		c = &self.child[r];
		c->role = (enum role)r;
		c->rules = proc_rules(common_rules, ops->rules[r]);
		evtimer_set(&c->timer, on_timer, c);
		if (spawn(c) == -1)
			return (-1);
	}
	return (0);
}

/* Ask those of a phase to end, or kill who cannot be asked. */
static void
enter_phase(int phase)
{
	struct child *c;
	int r;

	self.phase = phase;
	for (r = ROLE_MAIN + 1; r < ROLE_N; r++) {
		c = &self.child[r];
		if (stop_phase[r] != phase || c->state == AWAY)
			continue;
		if ((!self.quiet || r == ROLE_OSPF) &&
		    priv_chan(c->role) != NULL && priv_send(c->role,
		    M_SHUTDOWN, -1, NULL, NULL) == 0)
			set_timer(c, PHASE_MS);
		else
			kill_child(c);
	}
	check_phase();
}

/* Go on when every role of the phase is gone. */
static void
check_phase(void)
{
	int r;

	for (r = ROLE_MAIN + 1; r < ROLE_N; r++)
		if (stop_phase[r] == self.phase &&
		    self.child[r].state != AWAY)
			return;
	if (self.phase + 1 < N_PHASES)
		enter_phase(self.phase + 1);
	else if (!self.stopped) {
		self.stopped = true;
		self.ops->stopped(self.ctx);
	}
}

void
priv_stop(void)
{
	int r;

	if (self.stopping)
		return;
	self.stopping = true;
	/* those that wait to be started stay away */
	for (r = ROLE_MAIN + 1; r < ROLE_N; r++)
		if (self.child[r].state == AWAY)
			(void)evtimer_del(&self.child[r].timer);
	enter_phase(0);
}

void
priv_leave(void)
{
	self.quiet = true;
	priv_stop();
}

void
priv_proc(enum role r, struct ctl_proc *out)
{
	const struct child *c = &self.child[r];
	struct mono since = r == ROLE_MAIN ? self.since : c->since;

	memset(out, 0, sizeof(*out));
	(void)snprintf(out->role, sizeof(out->role), "%s", role_names[r]);
	if (r == ROLE_MAIN)
		out->pid = (uint32_t)getpid();
	else if (c->state != AWAY)
		out->pid = (uint32_t)c->pid;
	if (out->pid != 0)
		out->uptime_s = mono_age_s(since, mono_now());
	out->restarts = c->restarts;
}
