/* SPDX-License-Identifier: ISC */
/* runs in: esp.  See replay.h. */
#include <string.h>

#include "esp/replay.h"

void
replay_init(struct replay *r, uint32_t size)
{
	memset(r, 0, sizeof(*r));
	r->size = size > REPLAY_MAX ? REPLAY_MAX : size;
}

bool
replay_check(const struct replay *r, uint64_t seq)
{
	if (seq == 0)
		return (false);
	if (r->size == 0 || seq > r->top)
		return (true);
	if (r->top - seq >= r->size)
		return (false);
	return ((r->bits[seq / 64 % REPLAY_WORDS] >> (seq % 64) & 1) == 0);
}

void
replay_update(struct replay *r, uint64_t seq)
{
	uint64_t w;

	if (seq > r->top) {
		/* words between the old top and the new one are fresh */
		w = seq / 64 - r->top / 64;
		if (w > REPLAY_WORDS)
			w = REPLAY_WORDS;
		for (; w > 0; w--)
			r->bits[(seq / 64 - w + 1) % REPLAY_WORDS] = 0;
		r->top = seq;
	}
	if (r->size != 0)
		r->bits[seq / 64 % REPLAY_WORDS] |= 1ULL << (seq % 64);
}

uint64_t
replay_esn(const struct replay *r, uint32_t low)
{
	/* with the window off, how late one may be is still told from a wrap */
	uint32_t size = r->size != 0 ? r->size : REPLAY_MAX;
	uint32_t top_low = (uint32_t)r->top;
	uint64_t high = r->top >> 32;

	if (top_low >= size - 1) {
		/* case A: the window lies in one subspace */
		if (low < top_low - size + 1)
			high++;
	} else if (low >= (uint32_t)(top_low - size + 1) && high > 0) {
		/* case B: the window reaches back into the one before */
		high--;
	}
	return (high << 32 | low);
}
