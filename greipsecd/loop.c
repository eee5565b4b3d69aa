/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See loop.h.  A role that comes up is sent its whole
 * configuration; when all have acknowledged one, the daemon is ready.
 */
#include <errno.h>
#include <event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "greipsecd/answer.h"
#include "greipsecd/conf_cli.h"
#include "greipsecd/daemon.h"
#include "greipsecd/events.h"
#include "greipsecd/loop.h"
#include "greipsecd/priv.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/pair_main_control.h"

static struct {
	const struct options	*opt;
	struct priv_conf	 priv;
	uint32_t		 generation;
	uint32_t		 acked[ROLE_N];
	int			 sock;
	struct mono		 since;
	int64_t			 loaded_ms;
	struct event		 sig[3];
} self;

static void
on_summary(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct ctl_summary s = { .loaded_ms = self.loaded_ms };

	(void)ctx;
	(void)obj;
	(void)snprintf(s.version, sizeof(s.version), "%s", GREIPSEC_VERSION);
	(void)snprintf(s.config, sizeof(s.config), "%s", self.opt->conf);
	s.uptime_s = mono_age_s(self.since, mono_now());
	(void)chan_send(c, CTL_SUMMARY, m->id, -1, &ctl_summary_fld, &s);
	answer_end(c, m->id, 0, NULL);
}

/* There is nothing of that kind. */
static void
on_nothing(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)obj;
	answer_end(c, m->id, 0, NULL);
}

static void
on_reload(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)obj;
	if (answer_root(c, m))
		answer_end(c, m->id, 0, "nothing changed");
}

static void
on_kick(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)obj;
	if (answer_root(c, m))
		answer_end(c, m->id, ENOENT, "no such tunnel");
}

#define ASK(type, fn) \
	{ type, MSG_FD_NO, MSG_STATE_UP, &ctl_req_fld, 0, fn }

static const struct msg_rule control_rules[] = {
	ASK(CTL_SUMMARY, on_summary), ASK(CTL_PROC, answer_proc),
	ASK(CTL_TUNNEL, on_nothing), ASK(CTL_FIB, on_nothing),
	ASK(CTL_CONFIG, on_nothing), ASK(CTL_EVENTS, answer_events),
	ASK(CTL_WARN, on_nothing),
	{ CTL_LOG, MSG_FD_YES, MSG_STATE_UP, &m_log_fld, 0, answer_log },
	{ CTL_RELOAD, MSG_FD_YES, MSG_STATE_UP, NULL, 0, on_reload },
	{ CTL_KICK, MSG_FD_YES, MSG_STATE_UP, &ctl_kick_fld, 0, on_kick },
	MSG_RULE_END
};

static void
role_up(void *ctx, enum role r)
{
	struct m_gen g = { .generation = self.generation };

	(void)ctx;
	if (r == ROLE_CONTROL)
		(void)priv_send(r, M_CTL_SOCK, dup(self.sock), NULL, NULL);
	(void)priv_send(r, M_CONF_BEGIN, -1, &m_gen_fld, &g);
	(void)priv_send(r, M_CONF_COMMIT, -1, &m_gen_fld, &g);
}

static void
role_down(void *ctx, enum role r, const char *why)
{
	(void)ctx;
	(void)why;
	self.acked[r] = 0;
}

static void
conf_acked(void *ctx, enum role r, uint32_t generation)
{
	int i;

	(void)ctx;
	self.acked[r] = generation;
	for (i = ROLE_MAIN + 1; i < ROLE_N; i++)
		if (self.acked[i] != self.generation)
			return;
	log_debug(SUBSYS_MAIN, 0, "configuration %u is in use",
	    self.generation);
	daemon_ready();
}

static void
stopped(void *ctx)
{
	(void)ctx;
	(void)event_loopexit(NULL);
}

static const struct priv_ops ops = {
	.rules = { [ROLE_CONTROL] = control_rules },
	.role_up = role_up,
	.role_down = role_down,
	.conf_acked = conf_acked,
	.stopped = stopped
};

static void
on_signal(int sig, short ev, void *arg)
{
	(void)ev;
	(void)arg;
	if (sig == SIGHUP) {
		events_main(SUBSYS_MAIN, 0, "configuration", "reload",
		    "nothing changed");
		return;
	}
	log_info("stopping: %s", strsignal(sig));
	priv_stop();
}

static int
set_signals(void)
{
	static const int sigs[] = { SIGTERM, SIGINT, SIGHUP };
	size_t i;

	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		signal_set(&self.sig[i], sigs[i], on_signal, NULL);
		if (signal_add(&self.sig[i], NULL) == -1)
			return (-1);
	}
	return (0);
}

static int
serve(const struct options *o)
{
	gid_t group;

	if (daemon_lock(o->pidfile) == -1 ||
	    daemon_user(&self.priv.uid, &self.priv.gid, &group) == -1 ||
	    daemon_empty_dir(self.priv.chroot_dir) == -1 ||
	    (self.sock = daemon_listen(o->sock, group)) == -1)
		return (1);
	if (event_init() == NULL || set_signals() == -1) {
		log_warnx("no event loop");
		return (1);
	}
	if (priv_start(&self.priv, &ops, NULL) == -1) {
		log_warn("cannot start the processes");
		return (1);
	}
	return (event_dispatch() == -1 ? 1 : 0);
}

int
loop_run(const struct options *o)
{
	int rv, level = o->verbose > 0 ? LOG_DEBUG : LOG_INFO;

	self.opt = o;
	self.priv.argv0 = o->argv0;
	self.priv.chroot_dir = CHROOT_DIR;
	self.priv.foreground = o->foreground;
	self.priv.level = level;
	self.generation = 1;
	self.since = mono_now();
	self.loaded_ms = wall_ms();
	if (o->check > 0)
		return (conf_cli(o));
	if (geteuid() != 0) {
		log_warnx("must be run as root");
		return (1);
	}
	if (!o->foreground && daemon_background() == -1)
		return (1);
	log_open("main", o->foreground, level);
	log_tee(1);
	rv = serve(o);
	daemon_cleanup();
	return (rv);
}
