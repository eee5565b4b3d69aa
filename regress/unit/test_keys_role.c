/* SPDX-License-Identifier: ISC */
/*
 * The keys process, confined as in the daemon (so this needs root): the test is
 * main at one of its channels and ike at the other.  Every answer is given from
 * behind the filter.
 */
#include <sys/socket.h>
#include <sys/wait.h>
#include <check.h>
#include <event.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "ike/ike.h"
#include "lib/clock.h"
#include "lib/ed25519.h"
#include "lib/pair_keys.h"
#include "lib/proc.h"

static struct {
	struct chan		*main, *ike;
	pid_t			 pid;
	int			 hellos, answers, faults, acks;
	uint16_t		 type;
	uint32_t		 id;
	struct keys_done	 done;
} self;

static void
on_hello(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)c;
	(void)m;
	ck_assert(proc_hello_ok(obj, ROLE_KEYS));
	self.hellos++;
}

static void
on_done(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)c;
	self.type = m->type;
	self.id = m->id;
	memcpy(&self.done, obj, sizeof(self.done));
	self.answers++;
}

static void
on_fault(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)c;
	(void)m;
	ck_assert_uint_eq(((struct m_fault *)obj)->role, ROLE_IKE);
	self.faults++;
}

static void
on_ack(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)c;
	(void)m;
	(void)obj;
	self.acks++;
}

static void
on_end(void *ctx, struct chan *c, enum chan_end why, uint16_t type,
    const char *field)
{
	(void)ctx;
	(void)why;
	(void)type;
	(void)field;
	if (c == self.main)
		self.main = NULL;
	else
		self.ike = NULL;
	chan_free(c);
}

static const struct msg_rule main_rules[] = {
	{ M_HELLO, MSG_FD_NO, MSG_STATE_ANY, &m_hello_fld, 0, on_hello },
	{ M_FAULT, MSG_FD_NO, MSG_STATE_ANY, &m_fault_fld, 0, on_fault },
	{ M_CONF_ACK, MSG_FD_NO, MSG_STATE_ANY, &m_gen_fld, 0, on_ack },
	MSG_RULE_END
};

static const struct msg_rule ike_rules[] = {
	{ M_HELLO, MSG_FD_NO, MSG_STATE_ANY, &m_hello_fld, 0, on_hello },
	{ M_KEYS_AUTH_DONE, MSG_FD_NO, MSG_STATE_ANY, &keys_done_fld, 0,
	    on_done },
	{ M_KEYS_VERIFY_DONE, MSG_FD_NO, MSG_STATE_ANY, &keys_done_fld, 0,
	    on_done },
	MSG_RULE_END
};

/* Until *n is want; 10 s at the most. */
static void
wait_for(const int *n, int want)
{
	struct mono end = mono_add(mono_now(), NS_S(10));

	while (*n < want && !mono_due(end, mono_now())) {
		event_loop(EVLOOP_ONCE | EVLOOP_NONBLOCK);
		(void)usleep(1000);
	}
	ck_assert_int_eq(*n, want);
}

/* A channel for the role to ike, which is us. */
static void
peer(void)
{
	struct m_peer p = { .role = ROLE_IKE };
	int sv[2], was = self.hellos;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	ck_assert_int_eq(chan_send(self.main, M_PEER, 0, sv[1], &m_peer_fld,
	    &p), 0);
	self.ike = chan_new(sv[0], ike_rules, NULL, on_end);
	proc_hello(self.ike, ROLE_IKE);
	wait_for(&self.hellos, was + 1);
}

static void
setup(void)
{
	struct proc_opts o = { .uid = 65534, .gid = 65534, .foreground = 1,
	    .level = LOG_EMERG };
	char dir[] = "/tmp/test_keys.XXXXXX";
	int sv[2], status;

	memset(&self, 0, sizeof(self));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	o.chroot_dir = dir;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	if ((self.pid = fork()) == 0) {
		if (dup2(sv[1], PROC_FD) == -1)
			_exit(98);
		closefrom(PROC_FD + 1);
		proc_init(&o);
		status = keys_role();
		_exit(status);
	}
	(void)close(sv[1]);
	ck_assert_ptr_nonnull(event_init());
	self.main = chan_new(sv[0], main_rules, NULL, on_end);
	wait_for(&self.hellos, 1);
	proc_hello(self.main, ROLE_MAIN);
	(void)rmdir(dir);
	peer();
}

static void
teardown(void)
{
	int status;

	ck_assert_int_eq(chan_send(self.main, M_SHUTDOWN, 0, -1, NULL, NULL),
	    0);
	(void)chan_flush(self.main, 1000);
	ck_assert_int_eq(waitpid(self.pid, &status, 0), self.pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* One configuration of one item; until the role has it. */
static void
configure(uint16_t type, const struct fld_table *t, const void *obj)
{
	static struct m_gen g;
	int was = self.acks;

	g.generation++;
	(void)chan_send(self.main, M_CONF_BEGIN, 0, -1, &m_gen_fld, &g);
	ck_assert_int_eq(chan_send(self.main, type, 0, -1, t, obj), 0);
	(void)chan_send(self.main, M_CONF_COMMIT, 0, -1, &m_gen_fld, &g);
	wait_for(&self.acks, was + 1);
}

static void
secret(uint32_t tid, enum ike_auth_method auth)
{
	struct keys_secret s = { .tid = tid, .auth = auth };

	if (auth == AUTH_PSK) {
		s.n_psk = 4;
		memcpy(s.psk, "psk", 3);
		s.psk[3] = (uint8_t)tid;
	} else {
		s.n_priv = ED25519_LEN;
		s.priv[0] = (uint8_t)tid;
		ck_assert_int_eq(ed25519_public(s.priv, s.remote_pub), 0);
	}
	configure(M_KEYS_SECRET, &keys_secret_fld, &s);
}

static struct keys_auth q;

static void
ask(uint16_t type, uint32_t tid, enum ike_auth_method auth, uint32_t id)
{
	int was = self.answers;

	q.tid = tid;
	q.auth = auth;
	q.prf = PRF_HMAC_SHA2_512;
	q.req = id + 1000;
	q.n_octets = 600;
	ck_assert_int_eq(chan_send(self.ike, type, id, -1, &keys_auth_fld, &q),
	    0);
	wait_for(&self.answers, was + 1);
	ck_assert_uint_eq(self.id, id);
	ck_assert_uint_eq(self.done.req, id + 1000);
	ck_assert_uint_eq(self.done.tid, tid);
}

static void
take_value(void)
{
	ck_assert(self.done.ok);
	q.n_value = self.done.n_value;
	memcpy(q.value, self.done.value, sizeof(q.value));
}

START_TEST(answers)
{
	static const enum ike_auth_method m[] = { AUTH_PSK, AUTH_ED25519 };
	size_t i;

	for (i = 0; i < 2; i++) {
		secret(10, m[i]);
		secret(11, m[i]);
		ask(M_KEYS_AUTH, 10, m[i], 1);
		ck_assert_uint_eq(self.type, M_KEYS_AUTH_DONE);
		take_value();
		ask(M_KEYS_VERIFY, 10, m[i], 2);
		ck_assert_uint_eq(self.type, M_KEYS_VERIFY_DONE);
		ck_assert(self.done.ok);
		ask(M_KEYS_VERIFY, 11, m[i], 3);	/* another's secret */
		ck_assert(!self.done.ok);
		ask(M_KEYS_VERIFY, 12, m[i], 4);	/* unknown */
		ck_assert(!self.done.ok);
		ask(M_KEYS_AUTH, 12, m[i], 5);
		ck_assert(!self.done.ok && self.done.n_value == 0);
		q.value[q.n_value - 1] ^= 1;
		ask(M_KEYS_VERIFY, 10, m[i], 6);
		ck_assert(!self.done.ok);
	}
}
END_TEST

START_TEST(forgets)
{
	struct ike_tid t = { .tid = 10 };

	secret(10, AUTH_PSK);
	secret(11, AUTH_PSK);
	ask(M_KEYS_AUTH, 10, AUTH_PSK, 1);
	ck_assert(self.done.ok);
	configure(M_KEYS_SECRET_DEL, &ike_tid_fld, &t);
	ask(M_KEYS_AUTH, 10, AUTH_PSK, 2);
	ck_assert(!self.done.ok);
	ask(M_KEYS_AUTH, 11, AUTH_PSK, 3);
	ck_assert(self.done.ok);
}
END_TEST

/* What ike may not say: the channel ends, main is told, and a new one works
 * with the same secrets. */
START_TEST(ike_errs)
{
	struct keys_secret s = { .tid = 10, .auth = AUTH_PSK };

	secret(10, AUTH_PSK);
	switch (_i) {
	case 0:		/* a secret from ike */
		(void)chan_send(self.ike, M_KEYS_SECRET, 0, -1,
		    &keys_secret_fld, &s);
		break;
	case 1:		/* a short question */
		(void)chan_send_bytes(self.ike, M_KEYS_AUTH, 0, -1, "abc", 3);
		break;
	case 2:		/* a descriptor */
		(void)chan_send(self.ike, M_KEYS_AUTH, 0, dup(2),
		    &keys_auth_fld, &q);
		break;
	default:
		break;
	}
	wait_for(&self.faults, 1);
	peer();
	ask(M_KEYS_AUTH, 10, AUTH_PSK, 9);
	ck_assert(self.done.ok);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("keys_role");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	if (geteuid() != 0)
		return (77);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, answers);
	tcase_add_test(t, forgets);
	tcase_add_loop_test(t, ike_errs, 0, 3);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	/* a process for each: what one leaves behind is not cleared up */
	srunner_set_fork_status(sr, CK_FORK);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
