/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process.  Pure token bucket: how often a line may be logged or
 * a cheap answer given to strangers.  What is refused is counted.
 */
#ifndef GREIPSEC_RATELIMIT_H
#define GREIPSEC_RATELIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/mono.h"

struct ratelimit {
	int64_t		every_ns;	/* one token each */
	uint32_t	burst;		/* tokens at most */
	uint32_t	tokens;
	struct mono	last;		/* when tokens were last counted up */
	uint64_t	refused;	/* since ratelimit_refused() */
};

/* A full bucket: burst at once (at least 1), then one every every_ns (at
 * least 1). */
struct ratelimit	ratelimit_make(int64_t every_ns, uint32_t burst);
/* Take a token; false, and counted, when there is none.  now does not go
 * backwards. */
bool			ratelimit_ok(struct ratelimit *rl, struct mono now);
/* How many were refused since the last call; counts from zero again. */
uint64_t		ratelimit_refused(struct ratelimit *rl);

#endif
