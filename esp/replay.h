/* SPDX-License-Identifier: ISC */
/*
 * runs in: esp.  The anti-replay window of one inbound SA (RFC 4303 3.4.3), as
 * a ring of words that is never shifted (the idea of RFC 6479), and the high
 * half of extended sequence numbers (RFC 4303 A.2).  Check before, update only
 * after a packet has proved authentic.
 */
#ifndef GREIPSEC_REPLAY_H
#define GREIPSEC_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#define REPLAY_MAX	1024			/* packets in the window */
#define REPLAY_WORDS	(REPLAY_MAX / 64 + 1)	/* one word is being cleared */

struct replay {
	uint64_t	top;		/* highest number accepted; 0: none */
	uint32_t	size;		/* window in packets; 0: everything new */
	uint64_t	bits[REPLAY_WORDS];
};

/* An empty window of size packets, at most REPLAY_MAX. */
void	 replay_init(struct replay *r, uint32_t size);
/* Whether number seq may be accepted: not 0, not seen, not left of the window. */
bool	 replay_check(const struct replay *r, uint64_t seq);
/* Mark an authentic seq as seen; seq passed replay_check before. */
void	 replay_update(struct replay *r, uint64_t seq);
/* The 64-bit number that the 32 bits on the wire stand for. */
uint64_t replay_esn(const struct replay *r, uint32_t low);

#endif
