/* SPDX-License-Identifier: ISC */
/*
 * Who may change something: of the sockets that control can send to main only
 * one that root connected to the control socket counts, whatever the system says
 * of the others' peers.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <check.h>
#include <errno.h>
#include <event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/answer.h"
#include "greipsecd/apply.h"
#include "greipsecd/daemon.h"
#include "lib/ctl.h"

static struct {
	char		 dir[40], path[64], other[64];
	struct options	 opt;
	struct app	 app;
	struct chan	*main, *control;
	int		 ends;
	uint32_t	 error;
} self;

static void
on_ctl_end(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)c;
	ck_assert_uint_eq(m->id, 7);
	self.ends++;
	self.error = ((const struct ctl_end *)obj)->error;
}

static const struct msg_rule rules[] = {
	{ CTL_END, MSG_FD_NO, MSG_STATE_ANY, &ctl_end_fld, 0, on_ctl_end },
	MSG_RULE_END
};

static void
on_end(void *ctx, struct chan *c, enum chan_end why, uint16_t type,
    const char *field)
{
	(void)ctx;
	(void)c;
	(void)type;
	(void)field;
	ck_abort_msg("%s", chan_end_text(why));
}

static void
setup(void)
{
	int sv[2];

	memset(&self, 0, sizeof(self));
	(void)snprintf(self.dir, sizeof(self.dir), "/tmp/gs-answer.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(self.dir));
	(void)snprintf(self.path, sizeof(self.path), "%s/sock", self.dir);
	(void)snprintf(self.other, sizeof(self.other), "%s/other", self.dir);
	self.opt.sock = self.path;
	self.app.opt = &self.opt;
	ck_assert_ptr_nonnull(event_init());
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	self.main = chan_new(sv[0], rules, NULL, on_end);
	self.control = chan_new(sv[1], rules, NULL, on_end);
	ck_assert(self.main != NULL && self.control != NULL);
}

static void
teardown(void)
{
	chan_free(self.main);
	chan_free(self.control);
	(void)unlink(self.path);
	(void)unlink(self.other);
	(void)rmdir(self.dir);
}

/* What main makes of it; fd is closed.  What it refuses it says once. */
static bool
is_root(int fd)
{
	struct msg m = { .type = CTL_LOG, .id = 7, .fd = fd };
	bool root = answer_root(&self.app, self.main, &m);
	int i;

	self.ends = 0;
	for (i = 0; i < 10; i++)
		event_loop(EVLOOP_ONCE | EVLOOP_NONBLOCK);
	ck_assert_int_eq(self.ends, root ? 0 : 1);
	if (!root)
		ck_assert_uint_eq(self.error, EPERM);
	errno = 0;
	ck_assert_int_eq(close(fd), -1);
	ck_assert_int_eq(errno, EBADF);
	return (root);
}

static int
dial(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	return (fd);
}

START_TEST(sockets)
{
	int sv[2], l, o, client, fd;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	ck_assert(!is_root(sv[0]));
	ck_assert(!is_root(sv[1]));
	l = daemon_listen(self.path, getgid());
	o = daemon_listen(self.other, getgid());
	ck_assert(l != -1 && o != -1);
	ck_assert(!is_root(dup(l)));
	client = dial(self.path);
	ck_assert_int_ne(fd = accept(l, NULL, NULL), -1);
	ck_assert(is_root(fd) == (geteuid() == 0));
	ck_assert(!is_root(client));	/* its peer is who listens */
	client = dial(self.other);
	ck_assert_int_ne(fd = accept(o, NULL, NULL), -1);
	ck_assert(!is_root(fd));
	(void)close(client);
	(void)close(l);
	(void)close(o);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("answer");
	TCase *c = tcase_create("answer");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, sockets);
	suite_add_tcase(s, c);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
