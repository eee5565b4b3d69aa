/* SPDX-License-Identifier: ISC */
/*
 * Channels: two ends of a socket pair in one process and one event loop.  What
 * a good sender says arrives; each way to break a rule ends the channel with
 * its reason, and nothing reaches a handler.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <check.h>
#include <errno.h>
#include <event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/msg.h"
#include "lib/wbuf.h"

enum { T_NUM = 40, T_BYTES, T_FD, T_OPT, T_LATE, T_FREE };

struct num {
	uint32_t	v;
	char		word[8];
};
static const struct fld num_f[] = { F_U32(num, v), F_STR(num, word), F_END };
static const struct fld_table num_fld = FLD_TABLE(num, num_f);

static struct {
	int		 n;		/* messages handled */
	uint32_t	 id, v;
	size_t		 len;
	uint64_t	 sum;
	int		 fd;
	int		 ends;
	enum chan_end	 why;
	uint16_t	 type;
	char		 field[16];
	bool		 in_order;
} got;
static struct chan *a, *b;
static int raw;			/* the sending end without a channel */

static void
on_num(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct num *n = obj;

	(void)ctx;
	(void)c;
	got.in_order = got.in_order && n->v == (uint32_t)got.n;
	got.n++;
	got.id = m->id;
	got.v = n->v;
}

static void
on_any(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	size_t i;

	(void)c;
	ck_assert_ptr_eq(ctx, &got);
	ck_assert_ptr_null(obj);
	got.n++;
	got.id = m->id;
	got.len = m->len;
	for (i = 0; i < m->len; i++)
		got.sum += m->data[i];
	if (m->fd != -1) {
		if (got.fd != -1)
			close(got.fd);
		got.fd = m->fd;
	}
}

static void
on_free(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)m;
	(void)obj;
	got.n++;
	chan_free(c);
	b = NULL;
}

static const struct msg_rule rules[] = {
	{ T_NUM, MSG_FD_NO, MSG_STATE_ANY, &num_fld, 0, on_num },
	{ T_BYTES, MSG_FD_NO, MSG_STATE_ANY, NULL, MSG_MAX_LEN, on_any },
	{ T_FD, MSG_FD_YES, MSG_STATE_ANY, NULL, 4, on_any },
	{ T_OPT, MSG_FD_OPT, MSG_STATE_ANY, NULL, 4, on_any },
	{ T_LATE, MSG_FD_NO, 2, NULL, 0, on_any },
	{ T_FREE, MSG_FD_NO, MSG_STATE_ANY, NULL, 0, on_free },
	MSG_RULE_END
};

static void
on_end(void *ctx, struct chan *c, enum chan_end why, uint16_t type,
    const char *field)
{
	(void)ctx;
	if (got.ends++ == 0) {
		got.why = why;
		got.type = type;
		if (field != NULL)
			strlcpy(got.field, field, sizeof(got.field));
	}
	ck_assert_int_eq(chan_fd(c), -1);
	errno = 0;
	ck_assert_int_eq(chan_send(c, T_NUM, 0, -1, NULL, NULL), -1);
	ck_assert_int_eq(errno, EPIPE);
	if (c == b) {
		chan_free(c);
		b = NULL;
	}
}

static void
setup(void)
{
	int sv[2];

	memset(&got, 0, sizeof(got));
	got.fd = -1;
	got.in_order = true;
	ck_assert_ptr_nonnull(event_init());
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	raw = sv[0];
	b = chan_new(sv[1], rules, &got, on_end);
	ck_assert_ptr_nonnull(b);
}

/* both ends as channels */
static void
setup_pair(void)
{
	setup();
	a = chan_new(raw, rules, &got, on_end);
	ck_assert_ptr_nonnull(a);
	raw = -1;
}

static void
teardown(void)
{
	chan_free(a);
	chan_free(b);
	a = b = NULL;
	if (raw != -1)
		close(raw);
	if (got.fd != -1)
		close(got.fd);
}

static void
pump(void)
{
	int i;

	for (i = 0; i < 50; i++)
		event_loop(EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static size_t
frame(uint8_t *buf, uint16_t type, uint16_t flags, uint32_t len, uint32_t id,
    const void *data, size_t n)
{
	struct wbuf w = wbuf_make(buf, 256);

	wbuf_u16(&w, type);
	wbuf_u16(&w, flags);
	wbuf_u32(&w, len);
	wbuf_u32(&w, id);
	wbuf_bytes(&w, data, n);
	return (w.len);
}

/* Raw bytes with n descriptors. */
static void
send_raw(const void *data, size_t len, int n)
{
	union {
		struct cmsghdr	hdr;
		char		buf[CMSG_SPACE(8 * sizeof(int))];
	} ctl;
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	int i, fds[8];

	if (n > 0) {
		memset(&ctl, 0, sizeof(ctl));
		mh.msg_control = &ctl;
		mh.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
		for (i = 0; i < n; i++)
			fds[i] = raw;
		ctl.hdr.cmsg_level = SOL_SOCKET;
		ctl.hdr.cmsg_type = SCM_RIGHTS;
		ctl.hdr.cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
		memcpy(CMSG_DATA(&ctl.hdr), fds, (size_t)n * sizeof(int));
	}
	ck_assert_int_eq(sendmsg(raw, &mh, 0), (int)len);
}

START_TEST(good)
{
	struct num n = { .v = 0, .word = "ok" };
	uint8_t big[MSG_MAX_LEN];

	setup_pair();
	ck_assert_int_eq(chan_send(a, T_NUM, 7, -1, &num_fld, &n), 0);
	ck_assert_uint_gt(chan_queued(a), 0);
	pump();
	ck_assert(got.n == 1 && got.id == 7 && got.v == 0);
	ck_assert_uint_eq(chan_queued(a), 0);
	memset(big, 1, sizeof(big));
	ck_assert_int_eq(chan_send_bytes(a, T_BYTES, 8, -1, big, sizeof(big)),
	    0);
	pump();
	ck_assert(got.n == 2 && got.len == sizeof(big) &&
	    got.sum == sizeof(big));
	ck_assert_int_eq(chan_send_bytes(a, T_BYTES, 9, -1, NULL, 0), 0);
	ck_assert_int_eq(chan_send(a, T_BYTES, 10, -1, NULL, NULL), 0);
	pump();
	ck_assert(got.n == 4 && got.len == 0 && got.id == 10);
	/* and the other way */
	ck_assert_int_eq(chan_send(b, T_NUM, 11, -1, &num_fld, &n), 0);
	pump();
	ck_assert(got.n == 5 && got.id == 11 && got.ends == 0);
	ck_assert_int_eq(chan_send_bytes(a, T_BYTES, 0, -1, big,
	    (size_t)MSG_MAX_LEN + 1), -1);
	ck_assert_int_eq(errno, EINVAL);
	memset(n.word, 'x', sizeof(n.word));
	ck_assert_int_eq(chan_send(a, T_NUM, 0, -1, &num_fld, &n), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(chan_send(NULL, T_NUM, 0, -1, NULL, NULL), -1);
	chan_free(NULL);
	teardown();
}
END_TEST

START_TEST(many_in_order)
{
	struct num n = { .word = "n" };

	setup_pair();
	for (n.v = 0; n.v < 20000; n.v++)
		ck_assert_int_eq(chan_send(a, T_NUM, 0, -1, &num_fld, &n), 0);
	while (got.n < 20000 && got.ends == 0)
		event_loop(EVLOOP_ONCE);
	ck_assert(got.in_order && got.n == 20000);
	teardown();
}
END_TEST

/* a frame that comes byte by byte */
START_TEST(in_pieces)
{
	uint8_t f[64];
	size_t i, len;

	setup();
	len = frame(f, T_BYTES, 0, 3, 5, "abc", 3);
	for (i = 0; i < len; i++) {
		ck_assert_int_eq(got.n, 0);
		send_raw(f + i, 1, 0);
		pump();
	}
	ck_assert(got.n == 1 && got.sum == 'a' + 'b' + 'c' && got.id == 5);
	teardown();
}
END_TEST

static ino_t
inode(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return (st.st_ino);
}

START_TEST(descriptors)
{
	int p[2], i;
	ino_t ino;

	setup_pair();
	ck_assert_int_eq(pipe(p), 0);
	ino = inode(p[0]);
	ck_assert_int_eq(chan_send(a, T_OPT, 0, -1, NULL, NULL), 0);
	ck_assert_int_eq(chan_send_bytes(a, T_FD, 0, p[0], "x", 1), 0);
	ck_assert_int_eq(chan_send(a, T_OPT, 0, -1, NULL, NULL), 0);
	pump();
	ck_assert_int_eq(got.n, 3);
	ck_assert_int_ne(got.fd, -1);
	ck_assert(inode(got.fd) == ino);
	ck_assert_int_ne(fcntl(got.fd, F_GETFD) & FD_CLOEXEC, 0);
	/* sent means closed here */
	/* (and its number perhaps used again) */
	ck_assert(got.fd == p[0] || fcntl(p[0], F_GETFD) == -1);
	/* each message has its own, in a row and between others */
	for (i = 0; i < 100; i++) {
		int d = dup(p[1]);

		ck_assert_int_eq(chan_send(a, T_FD, (uint32_t)i, d, NULL, NULL),
		    0);
		ck_assert_int_eq(chan_send(a, T_BYTES, 0, -1, NULL, NULL), 0);
	}
	while (got.n < 203 && got.ends == 0)
		event_loop(EVLOOP_ONCE);
	ck_assert(got.n == 203 && got.ends == 0);
	ck_assert(inode(got.fd) == inode(p[1]));
	/* not sent: closed all the same */
	i = dup(p[1]);
	ck_assert_int_eq(chan_send_bytes(a, T_FD, 0, i, NULL,
	    (size_t)MSG_MAX_LEN + 1), -1);
	ck_assert(fcntl(i, F_GETFD) == -1 && errno == EBADF);
	close(p[1]);
	teardown();
}
END_TEST

struct breach {
	const char	*name;
	uint16_t	 type, flags;
	uint32_t	 len;
	const char	*data;
	size_t		 n;
	int		 fds;
	enum chan_end	 why;
	const char	*field;
};

static const struct breach breaches[] = {
	{ "unknown type", 99, 0, 0, NULL, 0, 0, CHAN_BAD_TYPE, "" },
	{ "type zero", 0, 0, 0, NULL, 0, 0, CHAN_BAD_TYPE, "" },
	{ "too long for its rule", T_OPT, 0, 5, "12345", 5, 0, CHAN_BAD_LENGTH,
	    "" },
	{ "too long for any", T_BYTES, 0, MSG_MAX_LEN + 1, "", 0, 0,
	    CHAN_BAD_LENGTH, "" },
	{ "length of all ones", T_BYTES, 0, 0xffffffff, "", 0, 0,
	    CHAN_BAD_LENGTH, "" },
	{ "unknown flag", T_BYTES, 2, 0, NULL, 0, 0, CHAN_BAD_FIELD, "flags" },
	{ "field cut", T_NUM, 0, 3, "\0\0\0", 3, 0, CHAN_BAD_FIELD, "v" },
	{ "string too long", T_NUM, 0, 14, "\0\0\0\1\0\10abcdefgh", 14, 0,
	    CHAN_BAD_FIELD, "word" },
	{ "bytes left over", T_NUM, 0, 7, "\0\0\0\1\0\0z", 7, 0,
	    CHAN_BAD_FIELD, "end" },
	{ "empty where a struct is due", T_NUM, 0, 0, NULL, 0, 0,
	    CHAN_BAD_FIELD, "v" },
	{ "not in this state", T_LATE, 0, 0, NULL, 0, 0, CHAN_BAD_STATE, "" },
	{ "descriptor missing", T_FD, 0, 0, NULL, 0, 0, CHAN_BAD_FD, "" },
	{ "descriptor promised", T_FD, 1, 0, NULL, 0, 0, CHAN_BAD_FD, "" },
	{ "descriptor not allowed", T_BYTES, 1, 0, NULL, 0, 1, CHAN_BAD_FD,
	    "" },
	{ "descriptor nobody took", T_BYTES, 0, 0, NULL, 0, 1, CHAN_BAD_FD,
	    "" },
	{ "two descriptors", T_FD, 1, 0, NULL, 0, 2, CHAN_BAD_FD, "" },
	{ "eight descriptors", T_FD, 1, 0, NULL, 0, 8, CHAN_BAD_FD, "" }
};

static int
open_fds(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return (n);
}

START_TEST(breach)
{
	const struct breach *t = &breaches[_i];
	uint8_t f[128];
	size_t len;
	int before, may;

	setup();
	before = open_fds();
	len = frame(f, t->type, t->flags, t->len, 1, t->data, t->n);
	send_raw(f, len, t->fds);
	pump();
	ck_assert_msg(got.ends == 1, "%s", t->name);
	ck_assert_msg(got.why == t->why, "%s: %s", t->name,
	    chan_end_text(got.why));
	ck_assert_str_eq(got.field, t->field);
	/* only what a rule let through whole may have been handled */
	may = t->why == CHAN_BAD_FD && t->fds > 0 &&
	    !(t->type == T_BYTES && t->flags == 1);
	ck_assert_msg(got.n <= may, "%s: handled", t->name);
	/* no descriptor stays behind */
	ck_assert_int_eq(open_fds(), before - 1 + (got.fd != -1));
	teardown();
}
END_TEST

/* a breach behind good messages: they count, what follows does not */
START_TEST(breach_in_a_row)
{
	uint8_t f[256];
	size_t len;

	setup();
	len = frame(f, T_BYTES, 0, 1, 1, "a", 1);
	len += frame(f + len, 99, 0, 0, 2, NULL, 0);
	len += frame(f + len, T_BYTES, 0, 1, 3, "b", 1);
	send_raw(f, len, 0);
	pump();
	ck_assert(got.n == 1 && got.id == 1 && got.ends == 1);
	ck_assert(got.why == CHAN_BAD_TYPE && got.type == 99);
	teardown();
}
END_TEST

START_TEST(states)
{
	setup_pair();
	chan_state(b, 2);
	ck_assert_int_eq(chan_send(a, T_LATE, 0, -1, NULL, NULL), 0);
	pump();
	ck_assert(got.n == 1 && got.ends == 0);
	chan_state(b, 4);
	ck_assert_int_eq(chan_send(a, T_LATE, 0, -1, NULL, NULL), 0);
	pump();
	ck_assert(got.n == 1 && got.why == CHAN_BAD_STATE);
	teardown();
}
END_TEST

/* a handler frees its channel while more is in the buffer */
START_TEST(free_inside)
{
	setup_pair();
	ck_assert_int_eq(chan_send(a, T_FREE, 0, -1, NULL, NULL), 0);
	ck_assert_int_eq(chan_send(a, T_BYTES, 0, -1, NULL, NULL), 0);
	pump();
	ck_assert_int_eq(got.n, 1);
	/* the other end has seen it end */
	ck_assert(got.ends == 1 && got.why == CHAN_EOF);
	teardown();
}
END_TEST

/* what was written before the end arrives before the end */
START_TEST(eof)
{
	uint8_t f[64];
	size_t len;

	setup();
	len = frame(f, T_BYTES, 0, 1, 4, "a", 1);
	send_raw(f, len, 0);
	send_raw(f, 5, 0);
	close(raw);
	raw = -1;
	/* ours cannot be written any more; that ends nothing yet */
	ck_assert_int_eq(chan_send_bytes(b, T_BYTES, 0, -1, "x", 1), 0);
	ck_assert_int_eq(chan_flush(b, 10), -1);
	ck_assert_int_eq(got.ends, 0);
	ck_assert_int_eq(chan_send_bytes(b, T_BYTES, 0, -1, "x", 1), -1);
	ck_assert_int_eq(errno, EPIPE);
	pump();
	ck_assert(got.n == 1 && got.id == 4 && got.ends == 1 &&
	    got.why == CHAN_EOF);
	teardown();
}
END_TEST

START_TEST(high_water)
{
	static uint8_t block[MSG_MAX_LEN];
	size_t sent = 0, queued;
	int fd;

	setup_pair();
	(void)event_loop(EVLOOP_ONCE | EVLOOP_NONBLOCK);
	while (chan_send_bytes(a, T_BYTES, 0, -1, block, sizeof(block)) == 0)
		sent++;
	ck_assert_int_eq(errno, ENOBUFS);
	queued = chan_queued(a);
	ck_assert_uint_le(queued, CHAN_HIGH_WATER);
	ck_assert_uint_gt(queued + sizeof(block) + 12, CHAN_HIGH_WATER);
	/* refused whole, its descriptor closed, the others kept */
	fd = dup(STDERR_FILENO);
	ck_assert_int_eq(chan_send_bytes(a, T_BYTES, 0, fd, block,
	    sizeof(block)), -1);
	ck_assert(fcntl(fd, F_GETFD) == -1 && errno == EBADF);
	ck_assert_uint_eq(chan_queued(a), queued);
	while (got.n < (int)sent && got.ends == 0)
		event_loop(EVLOOP_ONCE);
	ck_assert(got.n == (int)sent && got.ends == 0);
	ck_assert_int_eq(chan_send_bytes(a, T_BYTES, 0, -1, block,
	    sizeof(block)), 0);
	teardown();
}
END_TEST

START_TEST(flush)
{
	static uint8_t block[MSG_MAX_LEN];
	int i;

	setup_pair();
	ck_assert_int_eq(chan_send_bytes(a, T_BYTES, 0, -1, "x", 1), 0);
	ck_assert_int_eq(chan_flush(a, 100), 0);
	ck_assert_uint_eq(chan_queued(a), 0);
	/* the other end does not read: it gives up in time */
	for (i = 0; i < 32; i++)
		ck_assert_int_eq(chan_send_bytes(a, T_BYTES, 0, -1, block,
		    sizeof(block)), 0);
	ck_assert_int_eq(chan_flush(a, 20), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_uint_gt(chan_queued(a), 0);
	ck_assert_int_eq(chan_flush(NULL, 0), 0);
	while (got.n < 33 && got.ends == 0)
		event_loop(EVLOOP_ONCE);
	ck_assert_int_eq(got.n, 33);
	teardown();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("msg");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 20);
	tcase_add_test(t, good);
	tcase_add_test(t, many_in_order);
	tcase_add_test(t, in_pieces);
	tcase_add_test(t, descriptors);
	tcase_add_loop_test(t, breach, 0,
	    (int)(sizeof(breaches) / sizeof(breaches[0])));
	tcase_add_test(t, breach_in_a_row);
	tcase_add_test(t, states);
	tcase_add_test(t, free_inside);
	tcase_add_test(t, eof);
	tcase_add_test(t, high_water);
	tcase_add_test(t, flush);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	/* a process for each: what one leaves behind is not cleared up */
	srunner_set_fork_status(sr, CK_FORK);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
