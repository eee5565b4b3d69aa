/* SPDX-License-Identifier: ISC */
/*
 * The life of a role.  A role runs in a child, confined as in the daemon (so
 * this needs root); the test is main at the other end of its channel.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <check.h>
#include <event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/sandbox.h"

#define T_ITEM		32
#define T_PEER_GOOD	96

/* ---- the role ---- */

static int items;

static void
on_item(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)c;
	(void)m;
	(void)obj;
	items++;
}

static void
on_begin(void *ctx)
{
	(void)ctx;
	items = 0;
}

static void
on_commit(void *ctx)
{
	(void)ctx;
	role_event(SUBSYS_IKE, 7, "a\tb", "commit", "%d items", items);
}

static void
on_peer_up(void *ctx, enum role r)
{
	(void)ctx;
	role_event(SUBSYS_IKE, 0, role_names[r], "peer-up", "%s",
	    role_chan(r) != NULL ? "" : "no channel");
}

static void
on_peer_down(void *ctx, enum role r)
{
	(void)ctx;
	role_event(SUBSYS_IKE, 0, role_names[r], "peer-down", "%s",
	    role_chan(r) == NULL ? "" : "channel");
}

static void
on_shutdown(void *ctx)
{
	(void)ctx;
	role_event(SUBSYS_IKE, 0, "last", "words", "%s", "");
	role_exit();
}

static const struct msg_rule role_rules[] = {
	{ T_ITEM, MSG_FD_NO, MSG_STATE_ANY, NULL, 0, on_item }, MSG_RULE_END
};
static const struct msg_rule peer_rules[] = {
	{ T_PEER_GOOD, MSG_FD_NO, MSG_STATE_ANY, NULL, 0, on_item },
	MSG_RULE_END
};
static const struct role_def def = {
	.role = ROLE_IKE, .main_rules = role_rules,
	.peer_rules = { [ROLE_KEYS] = peer_rules },
	.peer_up = on_peer_up, .peer_down = on_peer_down,
	.conf_begin = on_begin, .conf_commit = on_commit,
	.shutdown = on_shutdown
};

/* ---- main ---- */

static struct {
	struct chan	*c;
	pid_t		 pid;
	int		 ends, acks, faults, n_events;
	uint32_t	 generation;
	struct m_fault	 fault;
	struct m_event	 ev[8];
	bool		 hello;
} self;

static void
m_hello(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)c;
	(void)m;
	ck_assert(proc_hello_ok(obj, ROLE_IKE));
	self.hello = true;
}

static void
m_ack(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)c;
	(void)m;
	self.acks++;
	self.generation = ((struct m_gen *)obj)->generation;
}

static void
m_event(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)c;
	(void)m;
	ck_assert_int_lt(self.n_events, 8);
	memcpy(&self.ev[self.n_events++], obj, sizeof(struct m_event));
}

static void
m_fault(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)c;
	(void)m;
	self.faults++;
	memcpy(&self.fault, obj, sizeof(self.fault));
}

static void
m_end(void *ctx, struct chan *c, enum chan_end why, uint16_t type,
    const char *field)
{
	(void)ctx;
	(void)type;
	(void)field;
	if (c == self.c) {
		ck_assert_int_eq(why, CHAN_EOF);
		self.c = NULL;
		self.ends++;
	}
	chan_free(c);
}

static const struct msg_rule main_rules[] = {
	{ M_HELLO, MSG_FD_NO, MSG_STATE_ANY, &m_hello_fld, 0, m_hello },
	{ M_CONF_ACK, MSG_FD_NO, MSG_STATE_ANY, &m_gen_fld, 0, m_ack },
	{ M_EVENT, MSG_FD_NO, MSG_STATE_ANY, &m_event_fld, 0, m_event },
	{ M_FAULT, MSG_FD_NO, MSG_STATE_ANY, &m_fault_fld, 0, m_fault },
	MSG_RULE_END
};

static void
setup(void)
{
	struct proc_opts o = { .uid = 65534, .gid = 65534, .foreground = 1,
	    .level = LOG_EMERG };
	char dir[] = "/tmp/test_proc.XXXXXX";
	int sv[2], status;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	o.chroot_dir = dir;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	if ((self.pid = fork()) == 0) {
		if (dup2(sv[1], PROC_FD) == -1)
			_exit(98);
		closefrom(PROC_FD + 1);
		proc_init(&o);
		status = role_run(&def, NULL);
		_exit(status);
	}
	(void)close(sv[1]);
	ck_assert_ptr_nonnull(event_init());
	self.c = chan_new(sv[0], main_rules, NULL, m_end);
	ck_assert_ptr_nonnull(self.c);
	while (!self.hello && self.ends == 0)
		event_loop(EVLOOP_ONCE);
	ck_assert(self.hello);
	(void)rmdir(dir);
}

/* Until *n is what was wanted, or the role has gone; 5 s at the most. */
static void
wait_for(const int *n, int want)
{
	struct mono end = mono_add(mono_now(), NS_S(5));

	while (*n < want && self.ends == 0 && !mono_due(end, mono_now())) {
		event_loop(EVLOOP_ONCE | EVLOOP_NONBLOCK);
		(void)usleep(2000);
	}
}

/* Its exit status once its channel has ended. */
static int
its_end(void)
{
	int never = 0, status;

	wait_for(&never, 1);
	ck_assert_int_eq(self.ends, 1);
	ck_assert_int_eq(waitpid(self.pid, &status, 0), self.pid);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 1000 +
	    WTERMSIG(status));
}

static void
put(uint16_t type, const struct fld_table *t, const void *obj)
{
	ck_assert_int_eq(chan_send(self.c, type, 0, -1, t, obj), 0);
}

START_TEST(configuration)
{
	struct m_gen g = { .generation = 3 };
	int i;

	setup();
	proc_hello(self.c, ROLE_MAIN);
	for (i = 1; i <= 2; i++) {
		g.generation++;
		put(M_CONF_BEGIN, &m_gen_fld, &g);
		put(T_ITEM, NULL, NULL);
		put(T_ITEM, NULL, NULL);
		put(M_CONF_COMMIT, &m_gen_fld, &g);
		wait_for(&self.acks, i);
		ck_assert(self.acks == i && self.generation == g.generation);
		ck_assert_int_eq(self.n_events, i);
		ck_assert_str_eq(self.ev[i - 1].text, "2 items");
	}
	ck_assert_str_eq(self.ev[0].subject, "a\\011b");
	ck_assert(self.ev[0].tid == 7 && self.ev[0].wall_ms > 0);
	/* it ends well, with its last words */
	put(M_SHUTDOWN, NULL, NULL);
	ck_assert_int_eq(its_end(), 0);
	ck_assert_int_eq(self.n_events, 3);
	ck_assert_str_eq(self.ev[2].what, "words");
}
END_TEST

START_TEST(main_goes)
{
	int status;

	setup();
	proc_hello(self.c, ROLE_MAIN);
	(void)chan_flush(self.c, 100);
	chan_free(self.c);
	ck_assert_int_eq(waitpid(self.pid, &status, 0), self.pid);
	ck_assert(WIFEXITED(status));
}
END_TEST

/* each of these from main is the end of the role */
START_TEST(main_errs)
{
	struct m_hello h = { .role = ROLE_MAIN, .build = "another" };
	struct m_gen g = { .generation = 1 }, g2 = { .generation = 2 };
	struct m_peer p = { .role = ROLE_OSPF };

	setup();
	if (_i >= 3)
		proc_hello(self.c, ROLE_MAIN);
	switch (_i) {
	case 0:
		put(M_HELLO, &m_hello_fld, &h);
		break;
	case 1:
		proc_hello(self.c, ROLE_KEYS);
		break;
	case 2:
		put(T_ITEM, NULL, NULL);
		break;
	case 3:
		put(M_CONF_COMMIT, &m_gen_fld, &g);
		break;
	case 4:
		put(M_CONF_BEGIN, &m_gen_fld, &g);
		put(M_CONF_COMMIT, &m_gen_fld, &g2);
		break;
	case 5:
		put(T_ITEM + 1, NULL, NULL);
		break;
	case 6:
		(void)chan_send(self.c, M_PEER, 0, dup(0), &m_peer_fld, &p);
		break;
	default:
		put(M_PEER, &m_peer_fld, &p);
		break;
	}
	ck_assert_int_eq(its_end(), 1);
}
END_TEST

/* Hand it a channel to keys; ours is the other end. */
static struct chan *
new_peer(void)
{
	struct m_peer p = { .role = ROLE_KEYS };
	struct chan *c;
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	ck_assert_int_eq(chan_send(self.c, M_PEER, 0, sv[1], &m_peer_fld, &p),
	    0);
	self.hello = false;
	c = chan_new(sv[0], main_rules, NULL, m_end);
	ck_assert_ptr_nonnull(c);
	return (c);
}

START_TEST(peers)
{
	struct chan *k;

	setup();
	proc_hello(self.c, ROLE_MAIN);
	k = new_peer();
	proc_hello(k, ROLE_KEYS);
	(void)chan_send(k, T_PEER_GOOD, 0, -1, NULL, NULL);
	wait_for(&self.n_events, 1);
	ck_assert(self.hello);
	ck_assert_str_eq(self.ev[0].subject, "keys");
	ck_assert_str_eq(self.ev[0].what, "peer-up");
	ck_assert_str_eq(self.ev[0].text, "");
	/* a new one replaces it: down, then up */
	k = new_peer();
	proc_hello(k, ROLE_KEYS);
	wait_for(&self.n_events, 3);
	ck_assert_str_eq(self.ev[1].what, "peer-down");
	ck_assert_str_eq(self.ev[2].what, "peer-up");
	/* it ends: down; no fault */
	chan_free(k);
	wait_for(&self.n_events, 4);
	ck_assert_str_eq(self.ev[3].what, "peer-down");
	ck_assert_int_eq(self.faults, 0);
	/* it breaks a rule: main is told, the role goes on */
	k = new_peer();
	proc_hello(k, ROLE_KEYS);
	(void)chan_send(k, T_PEER_GOOD + 1, 0, -1, NULL, NULL);
	wait_for(&self.faults, 1);
	ck_assert_int_eq(self.faults, 1);
	ck_assert_uint_eq(self.fault.role, ROLE_KEYS);
	ck_assert_str_eq(self.fault.text, "type 97: type not allowed");
	/* so it does for one that does not greet */
	k = new_peer();
	(void)chan_send(k, T_PEER_GOOD, 0, -1, NULL, NULL);
	wait_for(&self.faults, 2);
	ck_assert_str_eq(self.fault.text, "type 96: not allowed now");
	put(M_SHUTDOWN, NULL, NULL);
	ck_assert_int_eq(its_end(), 0);
}
END_TEST

START_TEST(build)
{
	/* version and 40 digits, whole */
	ck_assert_uint_eq(strlen(proc_build()), strlen(GREIPSEC_VERSION) + 41);
}
END_TEST

START_TEST(vis)
{
	char b[16];

	ck_assert_str_eq(log_vis("plain", b, sizeof(b)), "plain");
	ck_assert_str_eq(log_vis("a\nb\033\377", b, sizeof(b)),
	    "a\\012b\\033\\377");
	ck_assert_str_eq(log_vis("0123456789abcdefg", b, sizeof(b)),
	    "0123456789abcde");
	ck_assert_str_eq(log_vis("0123456789ab\n", b, sizeof(b)),
	    "0123456789ab");
}
END_TEST

int
main(int argc, char *argv[])
{
	Suite *s = suite_create("proc");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	sandbox_title_init(argc, argv);
	if (geteuid() != 0) {
		printf("needs root\n");
		return (77);
	}
	tcase_set_timeout(t, 20);
	tcase_add_test(t, configuration);
	tcase_add_test(t, main_goes);
	tcase_add_loop_test(t, main_errs, 0, 8);
	tcase_add_test(t, peers);
	tcase_add_test(t, build);
	tcase_add_test(t, vis);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	/* a process for each: what one leaves behind is not cleared up */
	srunner_set_fork_status(sr, CK_FORK);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
