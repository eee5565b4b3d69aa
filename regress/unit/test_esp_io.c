/* SPDX-License-Identifier: ISC */
/*
 * What esp sends over a socket that serves all peers (esp_io.h), on loopback: the
 * fate of one packet is not that of another.
 */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "esp/esp_io.h"

#define WAIT_MS	5000

static const struct esp_rng rng = { NULL, NULL };
static uint8_t large[PKT_HEAD + 70000];
static struct io_batch *batch;
static struct path *path;
static int fds[ESP_SOCK_N];

static int
bound(uint16_t *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return (fd);
}

static void
setup(void)
{
	uint16_t port;
	int i;

	for (i = 0; i < ESP_SOCK_N; i++)
		fds[i] = -1;
	fds[ESP_SOCK_UDP4] = bound(&port);
#ifdef IP_RECVERR
	i = 1;
	ck_assert_int_eq(setsockopt(fds[ESP_SOCK_UDP4], IPPROTO_IP, IP_RECVERR,
	    &i, sizeof(i)), 0);
#endif
	ck_assert_ptr_nonnull(batch = io_new());
	ck_assert_ptr_nonnull(path = path_new(&rng, 1));
}

static void
packet(size_t i, uint16_t port, uint8_t mark)
{
	struct pkt *k = &io_pkts(batch)[i];

	k->off = PKT_HEAD;
	k->len = 100;
	memset(k->buf + k->off, mark, k->len);
	k->src = k->dst = addr_v4(INADDR_LOOPBACK);
	k->dport = port;
	k->udp = true;
	k->ttl = 64;
	k->tos = 0;
	k->fate = PKT_WIRE;
}

/* The next one that came to fd begins so. */
static void
comes(int fd, uint8_t mark)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t buf[200];

	ck_assert_int_eq(poll(&p, 1, WAIT_MS), 1);
	ck_assert_int_eq(recv(fd, buf, sizeof(buf), 0), 100);
	ck_assert_uint_eq(buf[0], mark);
}

/* One peer is not there; a packet to another one goes all the same. */
START_TEST(dead_peer)
{
	uint16_t open, closed;
	int fd = bound(&open), gone = bound(&closed);

	(void)close(gone);
	packet(0, closed, 1);
	ck_assert(!io_send(batch, 1, fds, path));
#ifdef IP_RECVERR
	{
		struct pollfd p = { .fd = fds[ESP_SOCK_UDP4] };

		/* the refusal is there, and nobody takes it */
		ck_assert_int_eq(poll(&p, 1, WAIT_MS), 1);
		ck_assert_int_ne(p.revents & POLLERR, 0);
	}
#endif
	packet(0, open, 2);
	packet(1, open, 3);
	ck_assert(!io_send(batch, 2, fds, path));
	comes(fd, 2);
	comes(fd, 3);
	ck_assert_uint_eq(path_counter(path, DROP_SEND), 0);
	(void)close(fd);
}
END_TEST

#ifdef __linux__
/* In place of libc's: a full queue for what begins with that mark. */
static int full_queue = -1;

int
sendmmsg(int fd, struct mmsghdr *v, unsigned int n, int flags)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (*(uint8_t *)v[i].msg_hdr.msg_iov->iov_base == full_queue)
			break;
	if (i == 0 && n > 0) {
		errno = ENOBUFS;
		return (-1);
	}
	return ((int)syscall(SYS_sendmmsg, fd, v, i, flags));
}

/* One queue on the way out is full, and the packet behind goes by another. */
START_TEST(queue_full)
{
	uint16_t open;
	int fd = bound(&open);

	packet(0, open, 1);
	packet(1, open, 2);
	packet(2, open, 2);
	packet(3, open, 3);
	full_queue = 2;
	ck_assert(!io_send(batch, 4, fds, path));
	full_queue = -1;
	comes(fd, 1);
	comes(fd, 3);
	ck_assert_uint_eq(path_counter(path, DROP_SEND), 2);
	(void)close(fd);
}
END_TEST
#endif

/* What cannot be sent is counted once, and is not in the way. */
START_TEST(too_large)
{
	struct pkt *k = &io_pkts(batch)[1];
	uint8_t *own = k->buf;
	uint16_t open;
	int fd = bound(&open);

	packet(0, open, 1);
	packet(1, open, 2);
	k->buf = large;
	k->len = sizeof(large) - PKT_HEAD;
	packet(2, open, 3);
	ck_assert(io_send(batch, 3, fds, path));
	k->buf = own;
	comes(fd, 1);
	comes(fd, 3);
	ck_assert_uint_eq(path_counter(path, DROP_MTU), 1);
	ck_assert_uint_eq(path_counter(path, DROP_SEND), 0);
	(void)close(fd);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("esp_io");
	TCase *t = tcase_create("io");
	SRunner *sr;
	int bad;

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, dead_peer);
	tcase_add_test(t, too_large);
#ifdef __linux__
	tcase_add_test(t, queue_full);
#endif
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	/* a process for each: what one leaves behind is not cleared up */
	srunner_set_fork_status(sr, CK_FORK);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
