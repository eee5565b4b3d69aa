/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process.  See msg.h.
 *
 * A frame that carries a descriptor says so in its flags and starts a
 * sendmsg() of its own, so that the descriptor is never received later than the
 * first byte of its frame.  The receiver queues descriptors as they come and a
 * frame with the flag takes the first.  One that nobody takes, or more than a
 * frame can account for, breaks the rule.
 *
 * A handler may free its channel: the structure then lives on, marked, until
 * the reader that called the handler is done with it.
 */
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <errno.h>
#include <event.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/msg.h"
#include "lib/rbuf.h"
#include "lib/secret.h"
#include "lib/wbuf.h"

#define HDR_LEN		12
#define FLAG_FD		0x0001
#define IN_CAP		(HDR_LEN + MSG_MAX_LEN)
#define IOV_N		32
#define FDS_MAX		4

struct frame {
	TAILQ_ENTRY(frame)	 entry;
	size_t			 len, done;
	int			 fd;
	uint8_t			 b[];
};

struct chan {
	int			 fd;
	const struct msg_rule	*rules;
	void			*ctx;
	void			(*on_end)(void *, struct chan *,
				    enum chan_end, uint16_t, const char *);
	uint32_t		 state;
	struct event		 rev, wev;
	TAILQ_HEAD(, frame)	 out;
	size_t			 queued;
	uint8_t			*in;
	size_t			 in_len;
	int			 fds[FDS_MAX];
	size_t			 n_fds;
	void			*obj;		/* room for the largest struct */
	int			 busy;		/* inside its reader */
	bool			 ended;		/* on_end was called */
	bool			 wdead;		/* the other end reads no more */
	bool			 freed;
};

static const char *const end_texts[] = {
	[CHAN_EOF] = "end of file", [CHAN_ERROR] = "system error",
	[CHAN_BAD_TYPE] = "type not allowed", [CHAN_BAD_LENGTH] = "bad length",
	[CHAN_BAD_FD] = "bad descriptor", [CHAN_BAD_STATE] = "not allowed now",
	[CHAN_BAD_FIELD] = "bad field"
};

static void	on_readable(int, short, void *);
static void	on_writable(int, short, void *);

const char *
chan_end_text(enum chan_end e)
{
	if ((size_t)e >= sizeof(end_texts) / sizeof(end_texts[0]))
		return ("unknown");
	return (end_texts[e]);
}

static size_t
largest_obj(const struct msg_rule *r)
{
	size_t n = 1;

	for (; r->type != 0; r++)
		if (r->fld != NULL && r->fld->size > n)
			n = r->fld->size;
	return (n);
}

struct chan *
chan_new(int fd, const struct msg_rule *rules, void *ctx,
    void (*on_end)(void *, struct chan *, enum chan_end, uint16_t,
    const char *))
{
	struct chan *c;
	int fl;

	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->in = malloc(IN_CAP)) == NULL ||
	    (c->obj = calloc(1, largest_obj(rules))) == NULL ||
	    (fl = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, fl | O_NONBLOCK) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1) {
		if (c != NULL) {
			free(c->in);
			free(c->obj);
		}
		free(c);
		(void)close(fd);
		return (NULL);
	}
	c->fd = fd;
	c->rules = rules;
	c->ctx = ctx;
	c->on_end = on_end;
	c->state = 1;
	TAILQ_INIT(&c->out);
	event_set(&c->rev, fd, EV_READ | EV_PERSIST, on_readable, c);
	event_set(&c->wev, fd, EV_WRITE, on_writable, c);
	(void)event_add(&c->rev, NULL);
	return (c);
}

static void
frame_free(struct frame *f)
{
	if (f->fd != -1)
		(void)close(f->fd);
	wipe(f->b, f->len);
	free(f);
}

static void
drop_output(struct chan *c)
{
	struct frame *f;

	while ((f = TAILQ_FIRST(&c->out)) != NULL) {
		TAILQ_REMOVE(&c->out, f, entry);
		frame_free(f);
	}
	c->queued = 0;
}

/* Stop all traffic; the structure stays. */
static void
shut(struct chan *c)
{
	if (c->fd == -1)
		return;
	(void)event_del(&c->rev);
	(void)event_del(&c->wev);
	(void)close(c->fd);
	c->fd = -1;
	drop_output(c);
	while (c->n_fds > 0)
		(void)close(c->fds[--c->n_fds]);
}

void
chan_free(struct chan *c)
{
	if (c == NULL)
		return;
	shut(c);
	c->freed = true;
	if (c->busy > 0)
		return;
	wipe(c->in, IN_CAP);
	free(c->in);
	free(c->obj);
	free(c);
}

static void
end(struct chan *c, enum chan_end why, uint16_t type, const char *field)
{
	int err = errno;

	if (c->ended || c->freed)
		return;
	c->ended = true;
	shut(c);
	c->busy++;
	errno = err;
	c->on_end(c->ctx, c, why, type, field);
	c->busy--;
	if (c->freed && c->busy == 0)
		chan_free(c);
}

void
chan_state(struct chan *c, uint32_t bit)
{
	c->state = bit;
}

static int
take_fd(struct chan *c)
{
	int fd;

	if (c->n_fds == 0)
		return (-1);
	fd = c->fds[0];
	c->n_fds--;
	memmove(c->fds, c->fds + 1, c->n_fds * sizeof(c->fds[0]));
	return (fd);
}

static const struct msg_rule *
rule_find(const struct chan *c, uint16_t type)
{
	const struct msg_rule *r;

	for (r = c->rules; r->type != 0; r++)
		if (r->type == type)
			return (r);
	return (NULL);
}

/* Check one frame against its rule and hand it over.  0, or -1: ended. */
static int
deliver(struct chan *c, struct msg *m)
{
	const struct msg_rule *r = rule_find(c, m->type);
	const char *bad = NULL;
	enum chan_end why;
	void *obj = NULL;

	if (r == NULL)
		why = CHAN_BAD_TYPE;
	else if ((r->states & c->state) == 0)
		why = CHAN_BAD_STATE;
	else if ((r->fd == MSG_FD_NO && m->fd != -1) ||
	    (r->fd == MSG_FD_YES && m->fd == -1))
		why = CHAN_BAD_FD;
	else if (r->fld == NULL && m->len > r->max_len)
		why = CHAN_BAD_LENGTH;
	else if (r->fld != NULL &&
	    codec_decode(m->data, m->len, r->fld, obj = c->obj, &bad) == -1)
		why = CHAN_BAD_FIELD;
	else {
		r->on(c->ctx, c, m, obj);
		if (obj != NULL)
			wipe(obj, r->fld->size);
		return (c->fd == -1 ? -1 : 0);
	}
	if (m->fd != -1)
		(void)close(m->fd);
	end(c, why, m->type, bad);
	return (-1);
}

/* Take the whole frames out of the input.  0, or -1: the channel ended. */
static int
parse(struct chan *c)
{
	size_t off = 0;
	int rv = 0;

	while (rv == 0 && c->in_len - off >= HDR_LEN) {
		struct rbuf r = rbuf_make(c->in + off, HDR_LEN);
		struct msg m = { .type = rbuf_u16(&r), .fd = -1 };
		uint16_t flags = rbuf_u16(&r);

		m.len = rbuf_u32(&r);
		m.id = rbuf_u32(&r);
		if ((flags & ~FLAG_FD) != 0) {
			end(c, CHAN_BAD_FIELD, m.type, "flags");
			return (-1);
		}
		if (m.len > MSG_MAX_LEN) {
			end(c, CHAN_BAD_LENGTH, m.type, NULL);
			return (-1);
		}
		if (c->in_len - off - HDR_LEN < m.len)
			break;
		if ((flags & FLAG_FD) != 0 && (m.fd = take_fd(c)) == -1) {
			end(c, CHAN_BAD_FD, m.type, NULL);
			return (-1);
		}
		m.data = c->in + off + HDR_LEN;
		off += HDR_LEN + m.len;
		rv = deliver(c, &m);
	}
	if (rv == -1 || off == 0)
		return (rv);
	memmove(c->in, c->in + off, c->in_len - off);
	wipe(c->in + c->in_len - off, off);
	c->in_len -= off;
	/* at most the descriptor of the frame that has begun */
	if (c->n_fds > (c->in_len > 0)) {
		end(c, CHAN_BAD_FD, 0, NULL);
		return (-1);
	}
	return (0);
}

/* Keep the descriptors of one recvmsg().  0, or -1: too many. */
static int
keep_fds(struct chan *c, struct msghdr *mh)
{
	struct cmsghdr *cm;
	int fd, rv = (mh->msg_flags & MSG_CTRUNC) != 0 ? -1 : 0;
	size_t i, n;

	for (cm = CMSG_FIRSTHDR(mh); cm != NULL; cm = CMSG_NXTHDR(mh, cm)) {
		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(fd);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(cm) + i * sizeof(fd), sizeof(fd));
			if (c->n_fds < FDS_MAX)
				c->fds[c->n_fds++] = fd;
			else {
				(void)close(fd);
				rv = -1;
			}
		}
	}
	return (rv);
}

static void
read_some(struct chan *c)
{
	union {
		struct cmsghdr	hdr;
		char		buf[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} ctl;
	struct iovec iov = { c->in + c->in_len, IN_CAP - c->in_len };
	struct msghdr mh = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &ctl, .msg_controllen = sizeof(ctl)
	};
	ssize_t n;

	n = recvmsg(c->fd, &mh, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n == -1) {
		if (errno == EINTR || errno == EAGAIN)
			return;
		end(c, errno == ECONNRESET ? CHAN_EOF : CHAN_ERROR, 0, NULL);
		return;
	}
	if (keep_fds(c, &mh) == -1) {
		end(c, CHAN_BAD_FD, 0, NULL);
		return;
	}
	if (n == 0) {
		end(c, CHAN_EOF, 0, NULL);
		return;
	}
	c->in_len += (size_t)n;
	(void)parse(c);
}

static void
on_readable(int fd, short ev, void *arg)
{
	struct chan *c = arg;

	(void)fd;
	(void)ev;
	c->busy++;
	read_some(c);
	c->busy--;
	if (c->freed && c->busy == 0)
		chan_free(c);
}

/* Forget n bytes that were written. */
static void
advance(struct chan *c, size_t n)
{
	struct frame *f;
	size_t k;

	c->queued -= n;
	while (n > 0 && (f = TAILQ_FIRST(&c->out)) != NULL) {
		k = f->len - f->done < n ? f->len - f->done : n;
		f->done += k;
		n -= k;
		if (f->fd != -1) {
			(void)close(f->fd);
			f->fd = -1;
		}
		if (f->done < f->len)
			break;
		TAILQ_REMOVE(&c->out, f, entry);
		frame_free(f);
	}
}

/* One sendmsg(): as many frames as can go together.  Bytes, or -1. */
static ssize_t
write_some(struct chan *c)
{
	union {
		struct cmsghdr	hdr;
		char		buf[CMSG_SPACE(sizeof(int))];
	} ctl;
	struct iovec iov[IOV_N];
	struct msghdr mh = { .msg_iov = iov };
	struct cmsghdr *cm;
	struct frame *f;
	size_t k = 0;
	ssize_t n;

	TAILQ_FOREACH(f, &c->out, entry) {
		if (k == IOV_N || (f->fd != -1 && k > 0))
			break;
		if (f->fd != -1) {
			memset(&ctl, 0, sizeof(ctl));
			mh.msg_control = &ctl;
			mh.msg_controllen = sizeof(ctl.buf);
			cm = CMSG_FIRSTHDR(&mh);
			cm->cmsg_level = SOL_SOCKET;
			cm->cmsg_type = SCM_RIGHTS;
			cm->cmsg_len = CMSG_LEN(sizeof(int));
			memcpy(CMSG_DATA(cm), &f->fd, sizeof(int));
		}
		iov[k].iov_base = f->b + f->done;
		iov[k++].iov_len = f->len - f->done;
	}
	if (k == 0)
		return (0);
	mh.msg_iovlen = k;
	do
		n = sendmsg(c->fd, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	if (n > 0)
		advance(c, (size_t)n);
	return (n);
}

/*
 * The other end is gone.  What it sent before is still read, and the reader
 * finds the end; nothing more is queued.
 */
static void
write_failed(struct chan *c)
{
	c->wdead = true;
	(void)event_del(&c->wev);
	drop_output(c);
}

static void
on_writable(int fd, short ev, void *arg)
{
	struct chan *c = arg;

	(void)fd;
	(void)ev;
	if (write_some(c) == -1 && errno != EAGAIN && errno != ENOBUFS) {
		write_failed(c);
		return;
	}
	if (c->queued > 0)
		(void)event_add(&c->wev, NULL);
}

/* Queue a frame whose payload was written behind HDR_LEN bytes. */
static int
enqueue(struct chan *c, struct frame *f, uint16_t type, uint32_t id)
{
	struct wbuf w = wbuf_make(f->b, HDR_LEN);

	if (c->fd == -1 || c->wdead || c->queued + f->len > CHAN_HIGH_WATER) {
		errno = c->fd == -1 || c->wdead ? EPIPE : ENOBUFS;
		frame_free(f);
		return (-1);
	}
	wbuf_u16(&w, type);
	wbuf_u16(&w, f->fd != -1 ? FLAG_FD : 0);
	wbuf_u32(&w, (uint32_t)(f->len - HDR_LEN));
	wbuf_u32(&w, id);
	/* tried when the callbacks of this pass are through, and waited for only
	 * when there is no room */
	if (c->queued == 0)
		event_active(&c->wev, EV_WRITE, 1);
	TAILQ_INSERT_TAIL(&c->out, f, entry);
	c->queued += f->len;
	return (0);
}

static struct frame *
frame_new(const void *data, size_t len, int fd)
{
	struct frame *f;

	if (len > MSG_MAX_LEN) {
		errno = EINVAL;
		return (NULL);
	}
	if ((f = malloc(sizeof(*f) + HDR_LEN + len)) == NULL)
		return (NULL);
	f->len = HDR_LEN + len;
	f->done = 0;
	f->fd = fd;
	if (len > 0)
		memcpy(f->b + HDR_LEN, data, len);
	return (f);
}

int
chan_send_bytes(struct chan *c, uint16_t type, uint32_t id, int fd,
    const void *data, size_t len)
{
	struct frame *f;

	if (c == NULL || (f = frame_new(data, len, fd)) == NULL) {
		if (c == NULL)
			errno = EPIPE;
		if (fd != -1)
			(void)close(fd);
		return (-1);
	}
	return (enqueue(c, f, type, id));
}

int
chan_send(struct chan *c, uint16_t type, uint32_t id, int fd,
    const struct fld_table *t, const void *obj)
{
	static uint8_t room[MSG_MAX_LEN];
	struct wbuf w = wbuf_make(room, sizeof(room));
	int rv;

	if (t != NULL)
		codec_put(&w, t, obj);
	if (!wbuf_ok(&w)) {
		if (fd != -1)
			(void)close(fd);
		errno = EINVAL;
		rv = -1;
	} else
		rv = chan_send_bytes(c, type, id, fd, room, w.len);
	wipe(room, w.len);
	return (rv);
}

size_t
chan_queued(const struct chan *c)
{
	return (c->queued);
}

int
chan_flush(struct chan *c, int ms)
{
	struct mono until = mono_add(mono_now(), NS_MS(ms));
	struct pollfd p = { .events = POLLOUT };
	int64_t left;

	if (c == NULL)
		return (0);
	p.fd = c->fd;
	while (c->queued > 0) {
		if (write_some(c) != -1)
			continue;
		if (errno != EAGAIN && errno != ENOBUFS) {
			write_failed(c);
			return (-1);
		}
		left = mono_sub(until, mono_now());
		if (left <= 0) {
			errno = ETIMEDOUT;
			return (-1);
		}
		(void)poll(&p, 1, (int)(left / NS_MS(1)) + 1);
	}
	return (0);
}

int
chan_fd(const struct chan *c)
{
	return (c->fd);
}
