/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  The control socket: requests out, rows in, in the
 * framing of lib/msg.h, blocking.  Every frame is checked for type, length and
 * id before it is decoded; an answer that is late or wrong ends with a text.
 */
#ifndef GREIPSECCTL_CTL_CLIENT_H
#define GREIPSECCTL_CTL_CLIENT_H

#include "greipsecctl/ctl_data.h"

struct client {
	int		fd;
	uint32_t	id;		/* of the last request */
	char		why[224];	/* after a failure: whole sentence */
};

enum ask {
	ASK_OK,
	ASK_REFUSED,	/* end->error; why is its text */
	ASK_BROKEN	/* the connection is of no more use */
};

#define CLIENT_WAIT_S	10	/* for the next byte of an answer */

/* Connect; 0 or -1 with c->why. */
int		client_open(struct client *c, const char *path);
/*
 * Send a request (t and obj may be NULL) and read its rows, appended to rows,
 * up to its end.  rows may be NULL where a request has none.
 */
enum ask	client_ask(struct client *c, uint16_t type,
		    const struct fld_table *t, const void *obj,
		    struct rows *rows, struct ctl_end *end);
/* Send CTL_MONITOR and call on() for each event, until it returns non-zero
 * (returned) or the connection ends (-1 with c->why). */
int		client_monitor(struct client *c, const struct ctl_req *req,
		    int (*on)(void *ctx, const struct m_event *ev), void *ctx);
void		client_close(struct client *c);

#endif
