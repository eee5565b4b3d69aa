/* SPDX-License-Identifier: ISC */
/* Channels of lib/msg.c with a far end that a fuzz target writes. */
#ifndef REGRESS_FUZZ_CHAN_H
#define REGRESS_FUZZ_CHAN_H

#include <sys/socket.h>
#include <sys/un.h>

#include <event.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "lib/log.h"
#include "lib/msg.h"
#include "lib/wbuf.h"

#define FRAME_HDR	12	/* type, flags, length, id */

/* A new pair; the far end does not block. */
static inline int
far_new(int *near)
{
	int sv[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    sv) == 0);
	*near = sv[0];
	return (sv[1]);
}

/* What has come, at once. */
static inline void
far_loop(void)
{
	(void)event_loop(EVLOOP_NONBLOCK);
}

/* A descriptor to hand over: a socket that listens, as control gets it. */
static inline int
far_fd(void)
{
	static int fd = -1;
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	if (fd == -1) {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		MUST(fd != -1 && bind(fd, (struct sockaddr *)&sun,
		    sizeof(sun.sun_family)) == 0 && listen(fd, 5) == 0);
	}
	return (fd);
}

/* As they are, in pieces of at most n bytes, with a descriptor or not. */
static inline void
far_write(int fd, const uint8_t *p, size_t len, size_t n, bool with_fd)
{
	union {
		struct cmsghdr	h;
		uint8_t		b[CMSG_SPACE(sizeof(int))];
	} ctl = { .h = { .cmsg_len = CMSG_LEN(sizeof(int)),
	    .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	int pass = far_fd();
	struct iovec iov;
	struct msghdr m;
	size_t k;

	for (; len > 0; p += k, len -= k) {
		k = n == 0 || n > len ? len : n;
		iov = (struct iovec){ (void *)(uintptr_t)p, k };
		m = (struct msghdr){ .msg_iov = &iov, .msg_iovlen = 1 };
		if (with_fd) {
			memcpy(CMSG_DATA(&ctl.h), &pass, sizeof(pass));
			m.msg_control = &ctl;
			m.msg_controllen = sizeof(ctl);
			with_fd = false;
		}
		if (sendmsg(fd, &m, MSG_NOSIGNAL) != (ssize_t)k)
			return;
		far_loop();
	}
}

/* One frame with a body as it is. */
static inline void
far_frame(int fd, uint16_t type, uint32_t id, bool with_fd, const uint8_t *p,
    size_t len, size_t n)
{
	static uint8_t buf[FRAME_HDR + 65536];
	struct wbuf w = wbuf_make(buf, sizeof(buf));

	wbuf_u16(&w, type);
	wbuf_u16(&w, with_fd ? 1 : 0);
	wbuf_u32(&w, (uint32_t)len);
	wbuf_u32(&w, id);
	wbuf_bytes(&w, p, len);
	if (wbuf_ok(&w))
		far_write(fd, buf, w.len, n, with_fd);
}

/* The next rule of a table, round and round, or NULL when it is empty. */
static inline const struct msg_rule *
rule_at(const struct msg_rule *r, size_t n)
{
	size_t k;

	for (k = 0; r[k].type != 0; k++)
		;
	return (k == 0 ? NULL : &r[n % k]);
}

#endif
