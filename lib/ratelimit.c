/* SPDX-License-Identifier: ISC */
/* runs in: every process.  See ratelimit.h. */
#include "lib/ratelimit.h"

struct ratelimit
ratelimit_make(int64_t every_ns, uint32_t burst)
{
	return ((struct ratelimit){ .every_ns = every_ns > 0 ? every_ns : 1,
	    .burst = burst > 0 ? burst : 1, .tokens = burst > 0 ? burst : 1 });
}

bool
ratelimit_ok(struct ratelimit *rl, struct mono now)
{
	int64_t n = mono_sub(now, rl->last) / rl->every_ns;

	if (n >= (int64_t)(rl->burst - rl->tokens)) {
		rl->tokens = rl->burst;
		rl->last = now;
	} else if (n > 0) {
		rl->tokens += (uint32_t)n;
		rl->last = mono_add(rl->last, n * rl->every_ns);
	}
	if (rl->tokens == 0) {
		rl->refused++;
		return (false);
	}
	rl->tokens--;
	return (true);
}

uint64_t
ratelimit_refused(struct ratelimit *rl)
{
	uint64_t n = rl->refused;

	rl->refused = 0;
	return (n);
}
