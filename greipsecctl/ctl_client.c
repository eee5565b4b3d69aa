/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  See ctl_client.h. */
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecctl/ctl_client.h"
#include "lib/log.h"
#include "lib/msg.h"

#define HEAD_LEN	12

struct frame {
	uint16_t	type;
	uint32_t	id;
	size_t		len;
	uint8_t		data[MSG_MAX_LEN];
};

/* Set the reason; always -1. */
static int __attribute__((format(printf, 2, 3)))
fail(struct client *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
	return (-1);
}

static int
cannot_connect(struct client *c, const char *path)
{
	int e = errno;

	client_close(c);
	if (e == EACCES || e == EPERM)
		return (fail(c, "%s: %s: only root and the group of the "
		    "socket may ask", path, strerror(e)));
	return (fail(c, "greipsecd is not running? (%s: %s)", path,
	    strerror(e)));
}

int
client_open(struct client *c, const char *path)
{
	struct timeval tv = { CLIENT_WAIT_S, 0 };
	struct sockaddr_un sun;

	memset(c, 0, sizeof(*c));
	c->fd = -1;
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun.sun_path))
		return (fail(c, "%s: longer than a socket's name may be",
		    path));
	memcpy(sun.sun_path, path, strlen(path));
	if ((c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    connect(c->fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		return (cannot_connect(c, path));
	if (setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == -1 ||
	    setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) == -1)
		return (cannot_connect(c, path));
	return (0);
}

void
client_close(struct client *c)
{
	if (c->fd != -1)
		(void)close(c->fd);
	c->fd = -1;
}

static int
timed_out(struct client *c)
{
	return (fail(c, "no answer from greipsecd within %d seconds",
	    CLIENT_WAIT_S));
}

static int
send_all(struct client *c, const uint8_t *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = send(c->fd, p, len, MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return (timed_out(c));
		if (n == -1)
			return (fail(c, "greipsecd closed the connection: %s",
			    strerror(errno)));
		p += n;
		len -= (size_t)n;
	}
	return (0);
}

static int
recv_all(struct client *c, uint8_t *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = recv(c->fd, p, len, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return (timed_out(c));
		if (n == -1)
			return (fail(c, "connection to greipsecd: %s",
			    strerror(errno)));
		if (n == 0)
			return (fail(c, "greipsecd closed the connection"));
		p += n;
		len -= (size_t)n;
	}
	return (0);
}

static int
send_request(struct client *c, uint16_t type, const struct fld_table *t,
    const void *obj)
{
	uint8_t buf[4096];
	struct wbuf body = wbuf_make(buf + HEAD_LEN, sizeof(buf) - HEAD_LEN);
	struct wbuf head = wbuf_make(buf, HEAD_LEN);

	if (t != NULL)
		codec_put(&body, t, obj);
	if (!wbuf_ok(&body))
		return (fail(c, "request too long"));
	wbuf_u16(&head, type);
	wbuf_u16(&head, 0);
	wbuf_u32(&head, (uint32_t)body.len);
	wbuf_u32(&head, ++c->id);
	return (send_all(c, buf, HEAD_LEN + body.len));
}

static int
recv_frame(struct client *c, struct frame *f)
{
	uint8_t head[HEAD_LEN];
	struct rbuf r;
	uint16_t flags;

	if (recv_all(c, head, sizeof(head)) == -1)
		return (-1);
	r = rbuf_make(head, sizeof(head));
	f->type = rbuf_u16(&r);
	flags = rbuf_u16(&r);
	f->len = rbuf_u32(&r);
	f->id = rbuf_u32(&r);
	if (flags != 0 || f->len > sizeof(f->data))
		return (fail(c, "not understood: message of type %u, %zu "
		    "bytes, flags %u; is this the greipsecctl of this "
		    "greipsecd?", f->type, f->len, flags));
	return (recv_all(c, f->data, f->len));
}

static int
decode(struct client *c, const struct frame *f, const struct fld_table *t,
    void *obj)
{
	const char *bad = "";

	if (codec_decode(f->data, f->len, t, obj, &bad) == 0)
		return (0);
	return (fail(c, "not understood: %s of a message of type %u; is this "
	    "the greipsecctl of this greipsecd?", bad, f->type));
}

/* Rows of one answer; f and obj are scratch. */
static enum ask
read_rows(struct client *c, uint16_t type, struct rows *rows,
    struct ctl_end *end, struct frame *f, void *obj)
{
	for (;;) {
		if (recv_frame(c, f) == -1)
			return (ASK_BROKEN);
		if (f->type == CTL_END && (f->id == c->id || f->id == 0))
			break;
		if (f->type != type || f->id != c->id || rows == NULL) {
			(void)fail(c, "not understood: message of type %u",
			    f->type);
			return (ASK_BROKEN);
		}
		if (decode(c, f, rows->t, obj) == -1)
			return (ASK_BROKEN);
		if (rows_add(rows, obj) == -1) {
			(void)fail(c, "too many rows: %s", strerror(errno));
			return (ASK_BROKEN);
		}
	}
	if (decode(c, f, &ctl_end_fld, end) == -1)
		return (ASK_BROKEN);
	if (end->error == 0)
		return (ASK_OK);
	if (end->text[0] != '\0')
		(void)log_vis(end->text, c->why, sizeof(c->why));
	else
		(void)fail(c, "%s", strerror((int)end->error));
	return (ASK_REFUSED);
}

enum ask
client_ask(struct client *c, uint16_t type, const struct fld_table *t,
    const void *obj, struct rows *rows, struct ctl_end *end)
{
	struct frame *f = malloc(sizeof(*f));
	void *row = calloc(1, rows != NULL ? rows->t->size : 1);
	enum ask rv = ASK_BROKEN;

	if (f == NULL || row == NULL)
		(void)fail(c, "no memory");
	else if (send_request(c, type, t, obj) == 0)
		rv = read_rows(c, type, rows, end, f, row);
	free(f);
	free(row);
	return (rv);
}

int
client_monitor(struct client *c, const struct ctl_req *req,
    int (*on)(void *ctx, const struct m_event *ev), void *ctx)
{
	struct timeval never = { 0, 0 };
	struct m_event ev;
	struct ctl_end end;
	struct frame *f;
	int rv;

	if ((f = malloc(sizeof(*f))) == NULL)
		return (fail(c, "no memory"));
	(void)setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &never,
	    sizeof(never));
	rv = send_request(c, CTL_MONITOR, &ctl_req_fld, req);
	while (rv == 0 && (rv = recv_frame(c, f)) == 0) {
		if (f->type == CTL_END)
			rv = decode(c, f, &ctl_end_fld, &end) == -1 ? -1 :
			    fail(c, "%s", end.text);
		else if (f->type != CTL_MONITOR)
			rv = fail(c, "not understood: message of type %u",
			    f->type);
		else if ((rv = decode(c, f, &m_event_fld, &ev)) == 0)
			rv = on(ctx, &ev);
	}
	free(f);
	return (rv);
}
