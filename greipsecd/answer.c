/* SPDX-License-Identifier: ISC */
/* runs in: main.  See answer.h. */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/answer.h"
#include "greipsecd/apply.h"
#include "greipsecd/events.h"
#include "greipsecd/priv.h"
#include "lib/ctl.h"

void
answer_end(struct chan *c, uint32_t id, uint32_t error, const char *text)
{
	struct ctl_end e = { .error = error };

	if (text != NULL)
		(void)snprintf(e.text, sizeof(e.text), "%s", text);
	(void)chan_send(c, CTL_END, id, -1, &ctl_end_fld, &e);
}

void
answer_text(struct chan *c, uint16_t type, uint32_t id, const char *text,
    size_t len)
{
	struct ctl_text row;
	size_t n;

	while (len > 0) {
		n = len;
		if (n >= sizeof(row.text)) {
			n = sizeof(row.text) - 1;
			while (n > 0 && text[n - 1] != '\n')
				n--;
			if (n == 0)	/* a line longer than a row */
				n = sizeof(row.text) - 1;
		}
		memset(&row, 0, sizeof(row));
		memcpy(row.text, text, n);
		(void)chan_send(c, type, id, -1, &ctl_text_fld, &row);
		text += n;
		len -= n;
	}
}

/* Whether a socket was accepted at the path sock.  No other has that name but
 * the one that listens, which like one end of a pair tells of its maker, root,
 * when it is asked for its peer. */
static bool
accepted(int fd, const char *sock)
{
	struct sockaddr_un un;
	int on = 1;
	socklen_t n = sizeof(un), n_on = sizeof(on);

	memset(&un, 0, sizeof(un));
	return (getsockname(fd, (struct sockaddr *)&un, &n) == 0 &&
	    un.sun_family == AF_UNIX &&
	    strncmp(un.sun_path, sock, sizeof(un.sun_path)) == 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &n_on) == 0 &&
	    on == 0);
}

bool
answer_root(const struct app *a, struct chan *c, const struct msg *m)
{
	uid_t uid;
	gid_t gid;
	bool root = accepted(m->fd, a->opt->sock) &&
	    getpeereid(m->fd, &uid, &gid) == 0 && uid == 0;

	(void)close(m->fd);
	if (root)
		return (true);
	answer_end(c, m->id, EPERM, "only root may change something");
	return (false);
}

void
answer_proc(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	struct ctl_proc p;
	int r;

	(void)ctx;
	(void)obj;
	for (r = 0; r < ROLE_N; r++) {
		priv_proc((enum role)r, &p);
		(void)chan_send(c, CTL_PROC, m->id, -1, &ctl_proc_fld, &p);
	}
	answer_end(c, m->id, 0, NULL);
}

void
answer_events(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ctl_req *q = obj;

	(void)ctx;
	events_rows(c, m->id, q->match);
	answer_end(c, m->id, 0, NULL);
}

void
answer_log(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	if (!answer_root(ctx, c, m))
		return;
	priv_log(obj);
	answer_end(c, m->id, 0, NULL);
}
