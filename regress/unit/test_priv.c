/* SPDX-License-Identifier: ISC */
/*
 * Main's side of the processes.  This program is main, and, since main executes
 * itself, every role too: roles that behave, and one at a time, once, that does
 * not.  What it does wrong is named in the environment; who removes the mark
 * file is the one to do it.
 */
#include <sys/socket.h>
#include <check.h>
#include <event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "greipsecd/events.h"
#include "greipsecd/priv.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/sandbox.h"

#define T_GOOD	64
#define T_DATA	32

/* ---- the roles ---- */

static enum role me;
static const char *misdeed = "";

static void
r_hello(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct m_fault f = { .text = "test" };
	struct m_event ev = { .subsys = SUBSYS_IKE, .subject = "s\033",
	    .what = "w" };

	(void)ctx;
	(void)m;
	/* no ck_assert in a role: it has no line to the runner */
	if (!proc_hello_ok(obj, ROLE_MAIN))
		_exit(8);
	if (strcmp(misdeed, "type") == 0)
		(void)chan_send(c, 99, 0, -1, NULL, NULL);
	else if (strcmp(misdeed, "other") == 0)
		/* a type that main takes, but not from this role */
		(void)chan_send_bytes(c, T_GOOD + 1, 0, -1, NULL, 0);
	else if (strcmp(misdeed, "field") == 0)
		(void)chan_send_bytes(c, M_EVENT, 0, -1, "abc", 3);
	else if (strcmp(misdeed, "fd") == 0)
		(void)chan_send(c, T_GOOD, 0, dup(0), NULL, NULL);
	else if (strcmp(misdeed, "hello") == 0)
		proc_hello(c, me);
	else if (strcmp(misdeed, "exit") == 0) {
		(void)chan_send(c, T_GOOD, 0, -1, NULL, NULL);
		(void)chan_flush(c, 100);
		_exit(3);
	} else if (strcmp(misdeed, "close") == 0) {
		(void)close(chan_fd(c));
		(void)sleep(30);
	} else if (strcmp(misdeed, "deaf") == 0)
		(void)sleep(30);
	else if (strcmp(misdeed, "forbidden") == 0) {
		if (sandbox_confine() == 0 && sandbox_enter(me) == 0)
			(void)socket(AF_INET, SOCK_DGRAM, 0);
	} else if (strcmp(misdeed, "slander") == 0) {
		f.role = ROLE_ESP;
		(void)chan_send(c, M_FAULT, 0, -1, &m_fault_fld, &f);
	} else if (strcmp(misdeed, "nobody") == 0) {
		f.role = 4711;
		(void)chan_send(c, M_FAULT, 0, -1, &m_fault_fld, &f);
	} else
		(void)chan_send(c, M_EVENT, 0, -1, &m_event_fld, &ev);
}

/* Say so on the other's channel and to main. */
static void
r_peer(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct m_peer *p = obj;
	struct m_event ev = { .subsys = SUBSYS_MAIN, .what = "peer" };
	struct m_fault f = { .role = p->role, .text = "test" };

	(void)ctx;
	(void)snprintf(ev.subject, sizeof(ev.subject), "%s-%s", role_names[me],
	    role_names[p->role]);
	(void)chan_send(c, M_EVENT, 0, -1, &m_event_fld, &ev);
	if ((strcmp(misdeed, "complain") == 0 && p->role == ROLE_OSPF) ||
	    (strcmp(misdeed, "accuse") == 0 && p->role == ROLE_KEYS)) {
		misdeed = "";
		(void)chan_send(c, M_FAULT, 0, -1, &m_fault_fld, &f);
	}
	/* kept open: the other end must not see it end */
	(void)m->fd;
}

static void
r_commit(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)m;
	(void)chan_send(c, M_CONF_ACK, 0, -1, &m_gen_fld, obj);
}

static void
r_shutdown(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)c;
	(void)m;
	(void)obj;
	if (strcmp(misdeed, "stubborn") == 0)
		(void)sleep(30);
	_exit(0);
}

static void
r_ignore(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)c;
	(void)m;
	(void)obj;
}

static void
r_end(void *ctx, struct chan *c, enum chan_end why, uint16_t type,
    const char *field)
{
	(void)ctx;
	(void)c;
	(void)why;
	(void)type;
	(void)field;
	_exit(0);
}

static const struct msg_rule role_rules[] = {
	{ M_HELLO, MSG_FD_NO, MSG_STATE_ANY, &m_hello_fld, 0, r_hello },
	{ M_PEER, MSG_FD_YES, MSG_STATE_ANY, &m_peer_fld, 0, r_peer },
	{ M_LOG, MSG_FD_OPT, MSG_STATE_ANY, &m_log_fld, 0, r_ignore },
	{ M_EVENT, MSG_FD_NO, MSG_STATE_ANY, &m_event_fld, 0, r_ignore },
	{ M_CONF_BEGIN, MSG_FD_NO, MSG_STATE_ANY, &m_gen_fld, 0, r_ignore },
	{ M_CONF_COMMIT, MSG_FD_NO, MSG_STATE_ANY, &m_gen_fld, 0, r_commit },
	{ M_SHUTDOWN, MSG_FD_NO, MSG_STATE_ANY, NULL, 0, r_shutdown },
	{ T_DATA, MSG_FD_NO, MSG_STATE_ANY, NULL, MSG_MAX_LEN, r_ignore },
	MSG_RULE_END
};

static int
play_role(const char *name)
{
	const char *who = getenv("PRIV_ROLE"), *mark = getenv("PRIV_MARK");
	struct m_hello other = { .build = "another" };
	struct chan *c;

	while (strcmp(role_names[me], name) != 0)
		me++;
	if (who != NULL && mark != NULL && strcmp(who, name) == 0 &&
	    unlink(mark) == 0)
		misdeed = getenv("PRIV_MISDEED");
	(void)event_init();
	if ((c = chan_new(PROC_FD, role_rules, NULL, r_end)) == NULL)
		return (9);
	if (strcmp(misdeed, "early") == 0)
		(void)chan_send(c, T_GOOD, 0, -1, NULL, NULL);
	other.role = me;
	if (strcmp(misdeed, "build") == 0)
		(void)chan_send(c, M_HELLO, 0, -1, &m_hello_fld, &other);
	else
		proc_hello(c, strcmp(misdeed, "impostor") == 0 ? ROLE_MAIN :
		    me);
	(void)event_dispatch();
	return (0);
}

/* ---- main ---- */

static struct {
	int		 ups[ROLE_N], downs[ROLE_N], acks[ROLE_N];
	char		 why[ROLE_N][160];
	enum role	 order[2 * ROLE_N];
	int		 n_order;
	int		 good;
	enum role	 good_of;
	bool		 stopped;
} seen;
static char mark[64];

static void
on_good(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)m;
	(void)obj;
	ck_assert_ptr_eq(ctx, &seen);
	seen.good++;
	seen.good_of = priv_role(c);
}

static void
up(void *ctx, enum role r)
{
	struct m_gen g = { .generation = 5 };

	(void)ctx;
	seen.ups[r]++;
	ck_assert_ptr_nonnull(priv_chan(r));
	ck_assert_int_eq(priv_send(r, M_CONF_BEGIN, -1, &m_gen_fld, &g), 0);
	ck_assert_int_eq(priv_send(r, M_CONF_COMMIT, -1, &m_gen_fld, &g), 0);
}

static void
down(void *ctx, enum role r, const char *why)
{
	(void)ctx;
	seen.downs[r]++;
	strlcpy(seen.why[r], why, sizeof(seen.why[r]));
	if (seen.n_order < 2 * ROLE_N)
		seen.order[seen.n_order++] = r;
	ck_assert_ptr_null(priv_chan(r));
	ck_assert_int_eq(priv_send(r, M_SHUTDOWN, -1, NULL, NULL), -1);
}

static void
acked(void *ctx, enum role r, uint32_t generation)
{
	(void)ctx;
	ck_assert_uint_eq(generation, 5);
	seen.acks[r]++;
}

static void
stopped(void *ctx)
{
	(void)ctx;
	seen.stopped = true;
}

static const struct msg_rule ike_rules[] = {
	{ T_GOOD, MSG_FD_NO, MSG_STATE_ANY, NULL, 0, on_good }, MSG_RULE_END
};
static const struct msg_rule esp_rules[] = {
	{ T_GOOD + 1, MSG_FD_NO, MSG_STATE_ANY, NULL, 0, on_good },
	MSG_RULE_END
};
static const struct priv_ops ops = {
	.rules = { [ROLE_IKE] = ike_rules, [ROLE_ESP] = esp_rules },
	.role_up = up, .role_down = down, .conf_acked = acked,
	.stopped = stopped
};
static struct priv_conf conf = {
	.argv0 = "test_priv", .uid = 65534, .gid = 65534, .chroot_dir = "/",
	.foreground = true, .level = LOG_ERR
};

static void
start(enum role r, const char *what)
{
	int fd;

	log_open("main", 1, LOG_ERR);
	strlcpy(mark, "/tmp/test_priv.XXXXXX", sizeof(mark));
	ck_assert_int_ne(fd = mkstemp(mark), -1);
	(void)close(fd);
	(void)setenv("PRIV_ROLE", role_names[r], 1);
	(void)setenv("PRIV_MISDEED", what, 1);
	(void)setenv("PRIV_MARK", mark, 1);
	ck_assert_ptr_nonnull(event_init());
	ck_assert_int_eq(priv_start(&conf, &ops, &seen), 0);
}

static bool
all_acked(void)
{
	int r;

	for (r = ROLE_KEYS; r < ROLE_N; r++)
		if (seen.acks[r] < 1)
			return (false);
	return (priv_all_up());
}

static bool
all_acked_but_esp(void)
{
	return (priv_all_up() && seen.acks[ROLE_CONTROL] > 0);
}

static void
tick(int fd, short ev, void *arg)
{
	(void)fd;
	(void)ev;
	(void)arg;
}

/* Run the loop until a condition holds; fails after ms. */
static void
run_until(int ms, bool (*cond)(void), const char *what)
{
	struct mono end = mono_add(mono_now(), NS_MS(ms));
	struct timeval tv = { 0, 20000 };
	struct event ev;

	evtimer_set(&ev, tick, NULL);
	while (!cond()) {
		ck_assert_msg(!mono_due(end, mono_now()), "not in time: %s",
		    what);
		(void)evtimer_add(&ev, &tv);
		(void)event_loop(EVLOOP_ONCE);
		(void)evtimer_del(&ev);
	}
}

static bool
is_stopped(void)
{
	return (seen.stopped);
}

static void
finish(void)
{
	priv_stop();
	ck_assert(priv_stopping());
	run_until(5000, is_stopped, "stop");
	(void)unlink(mark);
}

static int n_rows;
static int64_t last_wall;	/* of the row before */

static void
on_row(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct m_event *ev = obj;

	(void)ctx;
	(void)c;
	ck_assert_uint_eq(m->id, 77);
	ck_assert_int_ge(ev->wall_ms, last_wall);
	last_wall = ev->wall_ms;
	n_rows++;
}

static void
rows_end(void *ctx, struct chan *c, enum chan_end why, uint16_t type,
    const char *field)
{
	(void)ctx;
	(void)type;
	(void)field;
	ck_assert_int_eq(why, CHAN_EOF);
	chan_free(c);
}

static const struct msg_rule row_rules[] = {
	{ CTL_EVENTS, MSG_FD_NO, MSG_STATE_ANY, &m_event_fld, 0, on_row },
	MSG_RULE_END
};

/* How many events about subject are kept. */
static int
events_of(const char *subject)
{
	struct chan *in, *out;
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	in = chan_new(sv[0], row_rules, NULL, rows_end);
	out = chan_new(sv[1], row_rules, NULL, rows_end);
	n_rows = 0;
	last_wall = 0;
	events_rows(out, 77, subject);
	(void)chan_flush(out, 1000);
	(void)event_loop(EVLOOP_ONCE | EVLOOP_NONBLOCK);
	chan_free(in);
	chan_free(out);
	return (n_rows);
}

/* A day of what comes all the time, and some that come once: these are all there,
 * of the rest the newest, and all in their order. */
static void
again_and_again(void)
{
	static const char *const often[] = { "child-rekey", "ike-rekey",
	    "mismatch", "neighbour", "interface", "unknown-peer" };
	struct m_event ev = { .subsys = SUBSYS_IKE, .wall_ms = INT64_MAX / 2 };
	int i, kyoto = 0;

	for (i = 0; i < 2 * EVENTS_KEPT; i++, ev.wall_ms++) {
		if (i % 500 == 100) {
			(void)snprintf(ev.subject, sizeof(ev.subject), "kyoto");
			(void)snprintf(ev.what, sizeof(ev.what), "down");
			events_add(&ev);
			kyoto++;
		}
		(void)snprintf(ev.subject, sizeof(ev.subject), "%s",
		    i < EVENTS_KEPT ? "osaka" : "kobe");
		(void)snprintf(ev.what, sizeof(ev.what), "%s", often[i % 6]);
		events_add(&ev);
	}
	ck_assert_int_eq(events_of("kyoto"), kyoto);
	ck_assert_int_gt(events_of(""), EVENTS_KEPT + kyoto);
	ck_assert_int_eq(events_of("osaka"), 0);
	ck_assert_int_eq(events_of("kobe"), EVENTS_KEPT);
}

static bool
peers_told(void)
{
	static const char *const said[] = { "ike-keys", "keys-ike",
	    "control-ike", "ike-control", "control-ospf", "ospf-control",
	    "control-esp", "esp-control" };
	size_t i;

	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (events_of(said[i]) < 1)
			return (false);
	return (true);
}

static bool
peers_again(void)
{
	return (events_of("control-ospf") == 2 && events_of("ospf-control") ==
	    2);
}

START_TEST(all_well)
{
	struct ctl_proc p;
	int r;

	start(ROLE_N - 1, "");
	run_until(5000, all_acked, "up");
	for (r = ROLE_MAIN; r < ROLE_N; r++) {
		priv_proc((enum role)r, &p);
		ck_assert_str_eq(p.role, role_names[r]);
		ck_assert(p.pid > 0 && p.restarts == 0 && p.uptime_s < 5);
	}
	for (r = ROLE_KEYS; r < ROLE_N; r++)
		ck_assert(seen.ups[r] == 1 && seen.downs[r] == 0);
	ck_assert_ptr_null(priv_chan(ROLE_MAIN));
	run_until(5000, peers_told, "channels between roles");
	ck_assert_int_eq(events_of("ike-keys"), 1);
	again_and_again();
	/* what a role says is made printable */
	ck_assert_int_eq(events_of("s\\033"), 5);
	finish();
	for (r = ROLE_KEYS; r < ROLE_N; r++)
		ck_assert_int_eq(seen.downs[r], 1);
	/* ospf and control, then ike, then esp and keys */
	ck_assert_int_eq(seen.n_order, 5);
	ck_assert(seen.order[0] + seen.order[1] == ROLE_OSPF + ROLE_CONTROL);
	ck_assert_int_eq(seen.order[2], ROLE_IKE);
}
END_TEST

static const struct {
	const char	*what, *why;	/* of the one that dies */
	enum role	 who, dies;
	bool		 was_up;
} wrongs[] = {
	{ "type", "message 99: type not allowed", ROLE_IKE, ROLE_IKE, true },
	{ "other", "message 65: type not allowed", ROLE_IKE, ROLE_IKE, true },
	{ "field", "message 8: bad field: wall_ms", ROLE_ESP, ROLE_ESP, true },
	{ "fd", "message 64: bad descriptor", ROLE_IKE, ROLE_IKE, true },
	{ "hello", "message 1: not allowed now", ROLE_OSPF, ROLE_OSPF, true },
	{ "early", "message 64: not allowed now", ROLE_IKE, ROLE_IKE, false },
	{ "build", "another build", ROLE_KEYS, ROLE_KEYS, false },
	{ "impostor", "another build", ROLE_KEYS, ROLE_KEYS, false },
	{ "exit", "exit status 3", ROLE_IKE, ROLE_IKE, true },
	{ "close", "signal 9", ROLE_ESP, ROLE_ESP, true },
	{ "forbidden", "sandbox violation", ROLE_ESP, ROLE_ESP, true },
	{ "accuse", "ike complains: test", ROLE_IKE, ROLE_KEYS, true },
	{ "slander", "complains of role 4", ROLE_IKE, ROLE_IKE, true },
	{ "nobody", "complains of role 4711", ROLE_ESP, ROLE_ESP, true }
};
static int wi;

static bool
replaced(void)
{
	struct ctl_proc p;

	priv_proc(wrongs[wi].dies, &p);
	return (p.restarts == 1 && priv_all_up());
}

START_TEST(wrong)
{
	enum role r = wrongs[_i].dies;
	int i;

	if (strcmp(wrongs[_i].what, "forbidden") == 0 && !sandbox_filters())
		return;
	wi = _i;
	start(wrongs[_i].who, wrongs[_i].what);
	run_until(5000, replaced, wrongs[_i].what);
	/* before greeting it was nobody's: neither up nor down */
	ck_assert_int_eq(seen.ups[r], wrongs[_i].was_up ? 2 : 1);
	ck_assert_int_eq(seen.downs[r], wrongs[_i].was_up ? 1 : 0);
	if (wrongs[_i].was_up)
		ck_assert_msg(strstr(seen.why[r], wrongs[_i].why) != NULL,
		    "%s: %s", wrongs[_i].what, seen.why[r]);
	/* the others live */
	for (i = ROLE_KEYS; i < ROLE_N; i++)
		ck_assert_int_eq(i == (int)r || seen.downs[i] == 0, 1);
	/* what it said before its end was heard, wrong things were not */
	ck_assert_int_eq(seen.good, strcmp(wrongs[_i].what, "exit") == 0);
	if (seen.good)
		ck_assert_int_eq(seen.good_of, ROLE_IKE);
	finish();
}
END_TEST

/* control's complaints cost nobody's life, but a new channel is made */
START_TEST(complaint_of_control)
{
	int r;

	start(ROLE_CONTROL, "complain");
	run_until(5000, all_acked, "up");
	run_until(5000, peers_again, "new channel");
	for (r = ROLE_KEYS; r < ROLE_N; r++)
		ck_assert_int_eq(seen.downs[r], 0);
	finish();
}
END_TEST

static bool
esp_gone(void)
{
	return (seen.downs[ROLE_ESP] > 0);
}

/* one that does not read is killed before main's memory is full */
START_TEST(deaf)
{
	static uint8_t big[MSG_MAX_LEN];
	size_t i;

	start(ROLE_ESP, "deaf");
	run_until(5000, all_acked_but_esp, "up");
	for (i = 0; i < 2 * CHAN_HIGH_WATER / sizeof(big); i++)
		if (chan_send_bytes(priv_chan(ROLE_ESP), T_DATA, 0, -1, big,
		    sizeof(big)) == -1)
			break;
	ck_assert_ptr_nonnull(priv_chan(ROLE_ESP));
	while (priv_send(ROLE_ESP, T_DATA, -1, NULL, NULL) == 0)
		;
	run_until(5000, esp_gone, "end of the deaf");
	ck_assert_ptr_nonnull(strstr(seen.why[ROLE_ESP], "reads nothing"));
	finish();
}
END_TEST

START_TEST(stubborn)
{
	struct mono t0;

	start(ROLE_IKE, "stubborn");
	run_until(5000, all_acked, "up");
	t0 = mono_now();
	finish();
	ck_assert(mono_sub(mono_now(), t0) >= NS_MS(600));
	ck_assert(mono_sub(mono_now(), t0) < NS_MS(2000));
}
END_TEST

/* stopping in the middle of a start waits for nobody */
START_TEST(stop_at_once)
{
	start(ROLE_N - 1, "");
	finish();
}
END_TEST

int
main(int argc, char *argv[])
{
	Suite *s = suite_create("priv");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	if (argc > 2 && strcmp(argv[1], "-R") == 0)
		_exit(play_role(argv[2]));
	tcase_set_timeout(t, 30);
	tcase_add_test(t, all_well);
	tcase_add_loop_test(t, wrong, 0,
	    (int)(sizeof(wrongs) / sizeof(wrongs[0])));
	tcase_add_test(t, complaint_of_control);
	tcase_add_test(t, deaf);
	tcase_add_test(t, stubborn);
	tcase_add_test(t, stop_at_once);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	/* a process for each: what one leaves behind is not cleared up */
	srunner_set_fork_status(sr, CK_FORK);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
