/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See loop.h.  The event loop: signals, the kernel's events,
 * one timer, the life of the roles.  What is done is in apply.h.
 *
 * The order of a start is rule 1 of DESIGN 6: guards, interfaces, and only
 * then processes that can move a packet.  When all of them have the
 * configuration, the daemon is ready.
 */
#include <sys/mman.h>
#include <errno.h>
#include <event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "greipsecd/apply.h"
#include "greipsecd/conf_cli.h"
#include "greipsecd/daemon.h"
#include "greipsecd/events.h"
#include "greipsecd/loop.h"
#include "greipsecd/notify.h"
#include "greipsecd/show.h"
#include "greipsecd/sock.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/pair_main_control.h"
#include "lib/sandbox.h"

#define GRACE_S		120	/* for a restart that is planned */
#define EXIT_AGAIN	75	/* EX_TEMPFAIL: who started us is to do it again */

static struct {
	struct app	 app;
	struct priv_conf priv;
	int		 sock;
	struct event	 sig[4];
	struct event	 os_ev, nat_ev, timer;
	bool		 woken;		/* something is to be done */
	bool		 ended;		/* nothing is */
	bool		 again;		/* we are to be started again ... */
	bool		 leaving;	/* ... and withdraw nothing */
} self;

static void
arm(struct mono due)
{
	struct timeval tv = mono_until(due, mono_now());

	(void)evtimer_del(&self.timer);
	(void)evtimer_add(&self.timer, &tv);
}

/* Something is to be done, soon: after the events that wait now. */
static void
wake(void)
{
	self.woken = true;
}

static void
on_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	self.woken = true;
}

/* Events, and then what they left to do; what that leaves waits for the next. */
static int
dispatch(void)
{
	while (!self.ended) {
		if (event_loop(EVLOOP_ONCE |
		    (self.woken ? EVLOOP_NONBLOCK : 0)) == -1)
			return (-1);
		if (!self.woken || self.ended)
			continue;
		self.woken = false;
		arm(app_work(&self.app, mono_now()));
	}
	return (0);
}

static void
on_os(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	(void)os_read(self.app.os);
}

static void
on_nat(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	nat_read(self.app.nat);
	app_dirty(&self.app, DIRT_NAT);
}

static void
role_up(void *ctx, enum role r)
{
	if (r == ROLE_CONTROL)
		(void)priv_send(r, M_CTL_SOCK, dup(self.sock), NULL, NULL);
	apply_role(ctx, r, mono_now());
}

static void
role_down(void *ctx, enum role r, const char *why)
{
	(void)why;
	apply_role_gone(ctx, r, mono_now());
}

static void
conf_acked(void *ctx, enum role r, uint32_t generation)
{
	struct app *a = ctx;
	int i;

	a->acked[r] = generation;
	for (i = ROLE_MAIN + 1; i < ROLE_N; i++)
		if (a->acked[i] != a->generation)
			return;
	log_debug(SUBSYS_MAIN, 0, "configuration %u is in use", a->generation);
	daemon_ready();
	if (notify_wanted())
		log_tee(0);
	notify_ready();
}

static void
stopped(void *ctx)
{
	(void)ctx;
	self.ended = true;
}

static const struct priv_ops ops = {
	.rules = { [ROLE_CONTROL] = show_rules, [ROLE_IKE] = relay_ike,
	    [ROLE_OSPF] = relay_ospf, [ROLE_ESP] = relay_esp },
	.role_up = role_up,
	.role_down = role_down,
	.conf_acked = conf_acked,
	.stopped = stopped
};

static void
on_signal(int sig, short ev, void *arg)
{
	static const struct ctl_reload q;
	char why[160];

	(void)ev;
	(void)arg;
	if (sig == SIGHUP) {
		(void)apply_reload(&self.app, &q, mono_now(), NULL, why,
		    sizeof(why));
		return;
	}
	if (priv_stopping())
		return;
	log_notice("stopping: %s", strsignal(sig));
	notify_stopping();
	self.again = sig == SIGUSR1;
	if (!self.again || self.app.conf == NULL ||
	    self.app.conf->global.ospf.grace != GRACE_FULL) {
		priv_stop();
		return;
	}
	self.leaving = true;
	apply_leave(&self.app, GRACE_S);
	priv_leave();
}

static int
set_signals(void)
{
	static const int sigs[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
	size_t i;

	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		signal_set(&self.sig[i], sigs[i], on_signal, NULL);
		if (signal_add(&self.sig[i], NULL) == -1)
			return (-1);
	}
	return (0);
}

static int
set_events(void)
{
	if (event_init() == NULL || set_signals() == -1)
		return (-1);
	event_set(&self.os_ev, os_fd(self.app.os), EV_READ | EV_PERSIST,
	    on_os, NULL);
	evtimer_set(&self.timer, on_timer, NULL);
	if ((self.app.nat = nat_open()) != NULL) {
		event_set(&self.nat_ev, nat_fd(self.app.nat),
		    EV_READ | EV_PERSIST, on_nat, NULL);
		(void)event_add(&self.nat_ev, NULL);
	}
	return (event_add(&self.os_ev, NULL));
}

static int
dp_send(void *ctx, uint16_t type, int fd, const struct fld_table *t,
    const void *obj)
{
	(void)ctx;
	return (priv_send(ROLE_ESP, type, fd, t, obj));
}

/* The sockets of ike and of the data path. */
static int
open_socks(struct app *a)
{
	const char *why;

	if ((a->ike_fd[0] = sock_ike(ADDR_V4, 500)) == -1) {
		log_warn("UDP port 500%s", errno == EADDRINUSE ?
		    " (another IKE daemon has it)" : "");
		return (-1);
	}
	a->ike_fd[1] = sock_ike(ADDR_V6, 500);
	a->dp = dp_user_new(a->os, dp_send, &relay_report, a, &a->ike_fd[2],
	    &why);
	if (a->dp != NULL)
		return (0);
	log_warn("%s", why);
	return (-1);
}

static void
load_state(struct app *a)
{
	enum state_err e = state_read(a->opt->statedir, &a->state);
	int64_t now_s = wall_ms() / 1000, away_s;

	if (e == STATE_IO)
		log_warn("%s/state", a->opt->statedir);
	else if (e != STATE_OK && e != STATE_NONE)
		log_warnx("%s/state: %s, ignored", a->opt->statedir,
		    state_err_names[e]);
	a->away_s = state_age(a->opt->statedir, now_s);
	away_s = daemon_away(now_s);
	if (away_s >= 0 && away_s < a->away_s)
		a->away_s = away_s;
	a->crashed = a->state.running && a->away_s >= 0;
	a->waited_s = a->state.grace_s;
	/* written with the first sequence numbers: who dies of what it finds
	 * does not ask the neighbours to wait another time */
	a->state.running = false;
	a->state.grace_s = 0;
}

static int
serve(struct app *a, struct conf *c)
{
	const struct options *o = a->opt;
	gid_t group;

	/* secrets do not go to the swap */
	(void)mlockall(MCL_CURRENT | MCL_FUTURE);
	if (daemon_lock(o->pidfile) == -1 ||
	    daemon_user(&self.priv.uid, &self.priv.gid, &group) == -1 ||
	    daemon_empty_dir(self.priv.chroot_dir) == -1 ||
	    (self.sock = daemon_listen(o->sock, group)) == -1)
		return (1);
	load_state(a);
	if (set_events() == -1) {
		log_warnx("no event loop");
		return (1);
	}
	if (open_socks(a) == -1)
		return (1);
	if ((a->ospf_keep = os_memory("greipsecd-ospf", OSPF_KEEP_SIZE)) == -1)
		log_warn("memory for ospf");
	kernel_routes_again(a);
	if (c != NULL && apply_conf(a, c, mono_now(), NULL) == -1) {
		log_warnx("no memory");
		return (1);
	}
	(void)app_work(a, mono_now());
	if (priv_start(&self.priv, &ops, a) == -1) {
		log_warn("cannot start the processes");
		return (1);
	}
	wake();
	if (dispatch() == -1)
		return (1);
	if (!self.leaving)
		kernel_leave(a);
	return (self.again ? EXIT_AGAIN : 0);
}

/* What needs no root and no daemon: look at the host, read the file. */
static int
prepare(struct app *a, struct conf **c)
{
	char why[160];
	bool wait;

	a->fib = fib_new();
	a->os = os_open(&kernel_events, a);
	if (a->fib == NULL || a->os == NULL ||
	    os_dump(a->os, OS_LINKS | OS_ADDRS) == -1) {
		log_warn("cannot speak with the kernel");
		return (-1);
	}
	*c = apply_parse(a, true, &wait, why, sizeof(why));
	if (*c != NULL)
		return (0);
	if (!wait)
		return (-1);
	log_warnx("%s: waiting for addresses", why);
	return (0);
}

int
loop_run(const struct options *o)
{
	int rv, level = o->verbose > 1 ? LOG_DEBUG : o->verbose > 0 ?
	    LOG_INFO : LOG_NOTICE;
	struct app *a = &self.app;
	struct conf *c = NULL;

	a->opt = o;
	a->since = mono_now();
	a->next_tid = a->next_iid = a->generation = 1;
	app_init(a);
	a->wake = wake;
	memset(a->ike_fd, 0xff, sizeof(a->ike_fd));
	a->ospf_keep = -1;
	self.priv.argv0 = o->argv0;
	self.priv.chroot_dir = CHROOT_DIR;
	self.priv.foreground = o->foreground;
	self.priv.level = level;
	if (sandbox_no_core() == -1)
		log_warn("a core could hold secrets");
	if (o->check > 0)
		return (conf_cli(o));
	if (geteuid() != 0) {
		log_warnx("must be run as root");
		return (1);
	}
	if (o->clean)
		return (kernel_clean(o));
	notify_init();
	if (prepare(a, &c) == -1 || (!o->foreground && !notify_wanted() &&
	    daemon_background() == -1))
		return (1);
	log_open("main", o->foreground, level);
	log_tee(!notify_journal());
	rv = serve(a, c);
	app_free(a);
	os_close(a->os);
	daemon_cleanup();
	return (rv);
}
