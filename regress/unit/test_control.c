/* SPDX-License-Identifier: ISC */
/*
 * The control process between clients and roles.  It runs confined in a child
 * (so this needs root); the test is main, ike, ospf, esp, and the clients.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <check.h>
#include <errno.h>
#include <event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "greipsecd/control.h"
#include "lib/clock.h"
#include "lib/ctl.h"
#include "lib/pair_main_control.h"
#include "lib/proc.h"
#include "lib/sandbox.h"

/* what a role was asked last */
struct asked {
	int		n;
	uint16_t	type;
	uint32_t	id;
	struct ctl_req	req;
	int		fds;
};

static struct {
	struct chan	*c[ROLE_N];	/* ROLE_CONTROL: its channel to main */
	struct asked	 asked[ROLE_N];
	int		 faults, ends, hellos;
	char		 dir[40];
	struct sockaddr_un un;
} self;

/* what a client has heard */
struct heard {
	int		 rows, ends, closed;
	uint16_t	 type;
	uint32_t	 id, n;
	struct ctl_end	 end;
	struct m_event	 ev;
};

static void
on_hello(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)c;
	(void)m;
	ck_assert(proc_hello_ok(obj, ROLE_CONTROL));
	self.hellos++;
}

static void
on_ask(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct asked *a = NULL;
	int r;

	(void)ctx;
	for (r = 0; r < ROLE_N; r++)
		if (self.c[r] == c)
			a = &self.asked[r];
	ck_assert_ptr_nonnull(a);
	a->n++;
	a->type = m->type;
	a->id = m->id;
	if (m->type < CTL_LOG)
		a->req = *(struct ctl_req *)obj;
	if (m->fd != -1) {
		a->fds++;
		(void)close(m->fd);
	}
}

static void
on_fault(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)c;
	(void)m;
	(void)obj;
	self.faults++;
}

static void
on_end(void *ctx, struct chan *c, enum chan_end why, uint16_t type,
    const char *field)
{
	int r;

	(void)ctx;
	(void)field;
	ck_assert_msg(why == CHAN_EOF, "type %u: %s", type,
	    chan_end_text(why));
	for (r = 0; r < ROLE_N; r++)
		if (self.c[r] == c)
			self.c[r] = NULL;
	chan_free(c);
	self.ends++;
}

#define ASK(t)	{ t, MSG_FD_NO, MSG_STATE_ANY, &ctl_req_fld, 0, on_ask }

static const struct msg_rule rules[] = {
	{ M_HELLO, MSG_FD_NO, MSG_STATE_ANY, &m_hello_fld, 0, on_hello },
	{ M_FAULT, MSG_FD_NO, MSG_STATE_ANY, &m_fault_fld, 0, on_fault },
	ASK(CTL_PROC), ASK(CTL_NBR), ASK(CTL_SA), ASK(CTL_ESPSA),
	ASK(CTL_COUNTER),
	{ CTL_LOG, MSG_FD_YES, MSG_STATE_ANY, &m_log_fld, 0, on_ask },
	{ CTL_RELOAD, MSG_FD_YES, MSG_STATE_ANY, &ctl_reload_fld, 0, on_ask },
	MSG_RULE_END
};

static void
c_row(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct heard *h = ctx;

	(void)c;
	h->rows++;
	h->type = m->type;
	h->id = m->id;
	if (m->type == CTL_COUNTER)
		h->n += (uint32_t)((struct ctl_counter *)obj)->n;
	if (m->type == CTL_MONITOR)
		h->ev = *(struct m_event *)obj;
}

static void
c_end(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct heard *h = ctx;

	(void)c;
	h->ends++;
	h->id = m->id;
	h->end = *(struct ctl_end *)obj;
}

static void
c_closed(void *ctx, struct chan *c, enum chan_end why, uint16_t type,
    const char *field)
{
	(void)why;
	(void)type;
	(void)field;
	(void)c;
	((struct heard *)ctx)->closed++;
}

static const struct msg_rule client_rules[] = {
	{ CTL_PROC, MSG_FD_NO, MSG_STATE_ANY, &ctl_proc_fld, 0, c_row },
	{ CTL_NBR, MSG_FD_NO, MSG_STATE_ANY, &ctl_nbr_fld, 0, c_row },
	{ CTL_COUNTER, MSG_FD_NO, MSG_STATE_ANY, &ctl_counter_fld, 0, c_row },
	{ CTL_MONITOR, MSG_FD_NO, MSG_STATE_ANY, &m_event_fld, 0, c_row },
	{ CTL_END, MSG_FD_NO, MSG_STATE_ANY, &ctl_end_fld, 0, c_end },
	MSG_RULE_END
};

/* Run until *n is what was wanted; fails after 5 s. */
static void
wait_for(const int *n, int want, const char *what)
{
	struct mono end = mono_add(mono_now(), NS_S(5));

	while (*n < want) {
		ck_assert_msg(!mono_due(end, mono_now()), "not in time: %s",
		    what);
		event_loop(EVLOOP_ONCE | EVLOOP_NONBLOCK);
		(void)usleep(1000);
	}
	ck_assert_msg(*n == want, "%s: %d", what, *n);
}

/* Give it a channel to a role that the test plays. */
static void
play(enum role r)
{
	struct m_peer p = { .role = r };
	int sv[2], hellos = self.hellos;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	self.c[r] = chan_new(sv[0], rules, NULL, on_end);
	ck_assert_ptr_nonnull(self.c[r]);
	ck_assert_int_eq(chan_send(self.c[ROLE_CONTROL], M_PEER, 0, sv[1],
	    &m_peer_fld, &p), 0);
	proc_hello(self.c[r], r);
	wait_for(&self.hellos, hellos + 1, "greeting");
}

static void
setup(void)
{
	struct proc_opts o = { .uid = 65534, .gid = 65534, .foreground = 1,
	    .level = LOG_EMERG };
	int sv[2], lfd, status;

	strlcpy(self.dir, "/tmp/test_control.XXXXXX", sizeof(self.dir));
	ck_assert_ptr_nonnull(mkdtemp(self.dir));
	o.chroot_dir = self.dir;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	if (fork() == 0) {
		if (dup2(sv[1], PROC_FD) == -1)
			_exit(98);
		closefrom(PROC_FD + 1);
		proc_init(&o);
		status = control_role();
		_exit(status);
	}
	(void)close(sv[1]);
	ck_assert_ptr_nonnull(event_init());
	self.c[ROLE_CONTROL] = chan_new(sv[0], rules, NULL, on_end);
	proc_hello(self.c[ROLE_CONTROL], ROLE_MAIN);
	wait_for(&self.hellos, 1, "greeting");
	play(ROLE_IKE);
	play(ROLE_OSPF);
	play(ROLE_ESP);
	self.un.sun_family = AF_UNIX;
	(void)snprintf(self.un.sun_path, sizeof(self.un.sun_path), "%s/s",
	    self.dir);
	lfd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(lfd, (struct sockaddr *)&self.un,
	    sizeof(self.un)), 0);
	ck_assert_int_eq(listen(lfd, 99), 0);
	ck_assert_int_eq(chan_send(self.c[ROLE_CONTROL], M_CTL_SOCK, 0, lfd,
	    NULL, NULL), 0);
}

static void
teardown(void)
{
	int r;

	for (r = 0; r < ROLE_N; r++)
		chan_free(self.c[r]);
	(void)unlink(self.un.sun_path);
	(void)rmdir(self.dir);
}

static struct chan *
client(struct heard *h)
{
	struct chan *c;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memset(h, 0, sizeof(*h));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&self.un,
	    sizeof(self.un)), 0);
	c = chan_new(fd, client_rules, h, c_closed);
	ck_assert_ptr_nonnull(c);
	return (c);
}

static void
ask(struct chan *c, uint16_t type, uint32_t id)
{
	struct ctl_req q = { .match = "tokyo", .arg = 5 };

	ck_assert_int_eq(chan_send(c, type, id, -1, &ctl_req_fld, &q), 0);
}

static void
answer(enum role r, uint16_t type, uint32_t id, const struct fld_table *t,
    const void *obj)
{
	ck_assert_int_eq(chan_send(self.c[r], type, id, -1, t, obj), 0);
}

static void
answer_end(enum role r, uint32_t id)
{
	struct ctl_end e = { 0 };

	answer(r, CTL_END, id, &ctl_end_fld, &e);
}

/* two clients with the same id of their own get their own rows only */
START_TEST(routing)
{
	struct ctl_nbr nbr = { .state = "FULL" };
	struct heard h1, h2;
	struct asked *a = &self.asked[ROLE_OSPF];
	struct chan *c1, *c2;
	uint32_t id1, id2;

	setup();
	c1 = client(&h1);
	c2 = client(&h2);
	ask(c1, CTL_NBR, 1);
	wait_for(&a->n, 1, "question");
	id1 = a->id;
	ck_assert_str_eq(a->req.match, "tokyo");
	ck_assert_uint_eq(a->req.arg, 5);
	ask(c2, CTL_NBR, 1);
	wait_for(&a->n, 2, "question");
	id2 = a->id;
	ck_assert_uint_ne(id1, id2);
	answer(ROLE_OSPF, CTL_NBR, id2, &ctl_nbr_fld, &nbr);
	answer_end(ROLE_OSPF, id2);
	wait_for(&h2.ends, 1, "end");
	ck_assert(h2.rows == 1 && h2.id == 1 && h2.end.error == 0);
	/* rows nobody asked for: another id, another type, another role */
	answer(ROLE_OSPF, CTL_NBR, id2, &ctl_nbr_fld, &nbr);
	answer(ROLE_OSPF, CTL_NBR, id1 ^ 0x100, &ctl_nbr_fld, &nbr);
	answer(ROLE_OSPF, CTL_RIB, id1, &ctl_rib_fld,
	    &(struct ctl_rib){ .cost = 1 });
	answer_end(ROLE_IKE, id1);
	answer(ROLE_OSPF, CTL_NBR, id1, &ctl_nbr_fld, &nbr);
	answer(ROLE_OSPF, CTL_NBR, id1, &ctl_nbr_fld, &nbr);
	answer_end(ROLE_OSPF, id1);
	wait_for(&h1.ends, 1, "end");
	ck_assert(h1.rows == 2 && h1.type == CTL_NBR && h1.id == 1);
	ck_assert(h2.rows == 1 && h2.ends == 1);
	ck_assert_int_eq(self.faults, 0);
	chan_free(c1);
	chan_free(c2);
	teardown();
}
END_TEST

static void
count(enum role r, uint32_t n, int after)
{
	struct ctl_counter row = { .n = n };
	struct asked *a = &self.asked[r];

	wait_for(&a->n, after, role_names[r]);
	ck_assert_uint_eq(a->type, CTL_COUNTER);
	answer(r, CTL_COUNTER, a->id, &ctl_counter_fld, &row);
	answer_end(r, a->id);
}

START_TEST(counters)
{
	struct heard h;
	struct chan *c;

	setup();
	c = client(&h);
	ask(c, CTL_COUNTER, 7);
	count(ROLE_IKE, 1, 1);
	count(ROLE_OSPF, 10, 1);
	ck_assert_int_eq(h.ends, 0);
	count(ROLE_ESP, 100, 1);
	wait_for(&h.ends, 1, "end");
	ck_assert(h.rows == 3 && h.n == 111 && h.id == 7 && h.end.error == 0);
	/* one goes while it is asked: the others count, the end names it */
	ask(c, CTL_COUNTER, 8);
	count(ROLE_IKE, 1, 2);
	wait_for(&self.asked[ROLE_OSPF].n, 2, "question");
	chan_free(self.c[ROLE_OSPF]);
	self.c[ROLE_OSPF] = NULL;
	count(ROLE_ESP, 100, 2);
	wait_for(&h.ends, 2, "end");
	ck_assert(h.n == 212 && h.end.error == EAGAIN);
	ck_assert_str_eq(h.end.text, "ospf is not running");
	/* and one that is away at once is passed by */
	ask(c, CTL_COUNTER, 9);
	count(ROLE_IKE, 1, 3);
	count(ROLE_ESP, 100, 3);
	wait_for(&h.ends, 3, "end");
	ck_assert(h.n == 313 && h.end.error == EAGAIN);
	chan_free(c);
	teardown();
}
END_TEST

START_TEST(away)
{
	struct heard h;
	struct chan *c;

	setup();
	c = client(&h);
	ask(c, CTL_NBR, 1);
	wait_for(&self.asked[ROLE_OSPF].n, 1, "question");
	/* main replaces the channel: whoever owed the answer is gone */
	chan_free(self.c[ROLE_OSPF]);
	play(ROLE_OSPF);
	wait_for(&h.ends, 1, "end");
	ck_assert_uint_eq(h.end.error, EAGAIN);
	ask(c, CTL_NBR, 2);
	wait_for(&self.asked[ROLE_OSPF].n, 2, "question");
	answer_end(ROLE_OSPF, self.asked[ROLE_OSPF].id);
	wait_for(&h.ends, 2, "end");
	ck_assert(h.id == 2 && h.end.error == 0);
	chan_free(c);
	teardown();
}
END_TEST

/* a client leaves: its rows go nowhere, its slot is free after the end */
START_TEST(orphans)
{
	struct ctl_nbr nbr = { .state = "FULL" };
	struct asked *a = &self.asked[ROLE_OSPF];
	struct heard h;
	struct chan *c;
	int i;

	setup();
	for (i = 1; i <= 300; i++) {
		c = client(&h);
		ask(c, CTL_NBR, 1);
		wait_for(&a->n, i, "question");
		chan_free(c);
		if (i % 2 == 0)
			answer(ROLE_OSPF, CTL_NBR, a->id, &ctl_nbr_fld, &nbr);
		answer_end(ROLE_OSPF, a->id);
	}
	ck_assert_int_eq(self.faults, 0);
	teardown();
}
END_TEST

START_TEST(too_many_requests)
{
	struct heard h;
	struct chan *c;
	int i;

	setup();
	c = client(&h);
	for (i = 1; i <= 5; i++)
		ask(c, CTL_NBR, (uint32_t)i);
	wait_for(&h.ends, 1, "end");
	ck_assert(h.id == 5 && h.end.error == EAGAIN);
	wait_for(&self.asked[ROLE_OSPF].n, 4, "questions");
	chan_free(c);
	teardown();
}
END_TEST

/* a change takes the client's socket along, so that main can ask whose it is */
START_TEST(changes)
{
	struct asked *a = &self.asked[ROLE_CONTROL];
	struct m_log l = { .level = 7 };
	struct ctl_reload r = { .check = true };
	struct heard h;
	struct chan *c;

	setup();
	c = client(&h);
	ck_assert_int_eq(chan_send(c, CTL_LOG, 1, -1, &m_log_fld, &l), 0);
	wait_for(&a->n, 1, "question");
	ck_assert(a->type == CTL_LOG && a->fds == 1);
	answer_end(ROLE_CONTROL, a->id);
	wait_for(&h.ends, 1, "end");
	ck_assert_int_eq(chan_send(c, CTL_RELOAD, 2, -1, &ctl_reload_fld, &r),
	    0);
	wait_for(&a->n, 2, "question");
	ck_assert(a->type == CTL_RELOAD && a->fds == 2);
	chan_free(c);
	teardown();
}
END_TEST

START_TEST(monitors)
{
	struct m_event ev = { .subject = "tokyo", .what = "up" };
	struct ctl_req all = { .arg = 0 };
	struct heard h1, h2;
	struct chan *c1, *c2;

	setup();
	c1 = client(&h1);
	c2 = client(&h2);
	ask(c1, CTL_MONITOR, 3);
	ck_assert_int_eq(chan_send(c2, CTL_MONITOR, 4, -1, &ctl_req_fld, &all),
	    0);
	/* a question behind it: answered means that both are registered */
	ask(c1, CTL_NBR, 9);
	ask(c2, CTL_NBR, 9);
	wait_for(&self.asked[ROLE_OSPF].n, 2, "questions");
	answer(ROLE_CONTROL, M_EVENT, 0, &m_event_fld, &ev);
	strlcpy(ev.subject, "hanoi", sizeof(ev.subject));
	answer(ROLE_CONTROL, M_EVENT, 0, &m_event_fld, &ev);
	wait_for(&h2.rows, 2, "events");
	ck_assert(h2.id == 4 && strcmp(h2.ev.subject, "hanoi") == 0);
	ck_assert(h1.rows == 1 && h1.id == 3);
	ck_assert_str_eq(h1.ev.subject, "tokyo");
	chan_free(c1);
	chan_free(c2);
	teardown();
}
END_TEST

/* a role that sends a bad row is reported, and the question answered */
START_TEST(bad_row)
{
	struct heard h;
	struct chan *c;

	setup();
	c = client(&h);
	ask(c, CTL_NBR, 1);
	wait_for(&self.asked[ROLE_OSPF].n, 1, "question");
	ck_assert_int_eq(chan_send_bytes(self.c[ROLE_OSPF], CTL_NBR,
	    self.asked[ROLE_OSPF].id, -1, "junk", 4), 0);
	wait_for(&self.faults, 1, "fault");
	wait_for(&h.ends, 1, "end");
	ck_assert(h.rows == 0 && h.end.error == EAGAIN);
	chan_free(c);
	teardown();
}
END_TEST

int
main(int argc, char *argv[])
{
	Suite *s = suite_create("control");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	sandbox_title_init(argc, argv);
	if (geteuid() != 0) {
		printf("needs root\n");
		return (77);
	}
	tcase_set_timeout(t, 20);
	tcase_add_test(t, routing);
	tcase_add_test(t, counters);
	tcase_add_test(t, away);
	tcase_add_test(t, orphans);
	tcase_add_test(t, too_many_requests);
	tcase_add_test(t, changes);
	tcase_add_test(t, monitors);
	tcase_add_test(t, bad_row);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	/* a process for each: what one leaves behind is not cleared up */
	srunner_set_fork_status(sr, CK_FORK);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
