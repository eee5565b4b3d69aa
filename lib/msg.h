/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process.  Framed, typed messages over a local stream socket,
 * each with at most one descriptor.  A frame is type (2), flags (2), length of
 * the payload (4), id (4), network order, then the payload.  The receiver owns
 * a table of rules; what breaks it ends the channel with a reason, and the
 * handler sees decoded, range-checked structs only.  Driven by libevent.
 */
#ifndef GREIPSEC_MSG_H
#define GREIPSEC_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/codec.h"

#define MSG_MAX_LEN	65536		/* payload */
#define CHAN_HIGH_WATER	(4u << 20)	/* bytes queued before sends fail */

struct chan;

/* One message as a handler sees it; valid until the handler returns. */
struct msg {
	uint16_t	 type;
	uint32_t	 id;		/* answers carry the id of the question */
	const uint8_t	*data;
	size_t		 len;
	int		 fd;		/* -1 or a descriptor the handler owns */
};

enum msg_fd {
	MSG_FD_NO,			/* a descriptor breaks the rule */
	MSG_FD_YES,			/* must have one */
	MSG_FD_OPT
};

/*
 * One type that is accepted.  With fld the payload is decoded into obj (of
 * fld->size bytes, wiped after the handler); without, obj is NULL and len must
 * be in [0, max_len].  states: bit mask of the channel's states it is legal in.
 */
struct msg_rule {
	uint16_t		 type;
	enum msg_fd		 fd;
	uint32_t		 states;
	const struct fld_table	*fld;
	size_t			 max_len;	/* without fld */
	void			(*on)(void *ctx, struct chan *c,
				    const struct msg *m, void *obj);
};

#define MSG_STATE_NEW	1U		/* the state of a new channel */
#define MSG_STATE_UP	2U		/* lib/proc.h: greetings exchanged */
#define MSG_STATE_ANY	0xffffffffU
#define MSG_RULE_END	{ .type = 0 }

/* Why a channel ended. */
enum chan_end {
	CHAN_EOF,		/* the other end closed or died */
	CHAN_ERROR,		/* errno */
	CHAN_BAD_TYPE,
	CHAN_BAD_LENGTH,
	CHAN_BAD_FD,
	CHAN_BAD_STATE,
	CHAN_BAD_FIELD
};
const char *chan_end_text(enum chan_end e);

/*
 * Take fd (made non-blocking, owned from now on).  rules and ctx must outlive
 * the channel; on_end is called once, from the event loop, with the type and
 * field at fault, and must chan_free() or leave it dead.  NULL on no memory.
 */
struct chan	*chan_new(int fd, const struct msg_rule *rules, void *ctx,
		    void (*on_end)(void *ctx, struct chan *c, enum chan_end why,
		    uint16_t type, const char *field));
/* Close and free; safe inside a handler of this channel.  NULL is allowed. */
void		 chan_free(struct chan *c);
/* Set the state that rules are checked against: a bit, 1 at the start. */
void		 chan_state(struct chan *c, uint32_t bit);
/*
 * Queue a message.  obj may be NULL when t is; fd is closed when sent, -1 for
 * none.  0, or -1: ENOBUFS past the high-water mark, EINVAL for an object that
 * does not encode, EPIPE when the channel has ended; fd is closed then too.
 */
int		 chan_send(struct chan *c, uint16_t type, uint32_t id, int fd,
		    const struct fld_table *t, const void *obj);
/* Same with len opaque bytes. */
int		 chan_send_bytes(struct chan *c, uint16_t type, uint32_t id,
		    int fd, const void *data, size_t len);
/* Bytes queued and not yet written. */
size_t		 chan_queued(const struct chan *c);
/* Write what is queued, blocking at most ms milliseconds.  0, or -1 with errno
 * (ETIMEDOUT).  NULL is allowed. */
int		 chan_flush(struct chan *c, int ms);
/* The descriptor, for SO_PEERCRED; -1 when the channel has ended. */
int		 chan_fd(const struct chan *c);

#endif
