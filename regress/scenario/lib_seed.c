/* SPDX-License-Identifier: ISC */
/* See lib_seed.h. */
#include <string.h>

#include "regress/scenario/lib_seed.h"

uint64_t
seed_next(uint64_t *s)
{
	uint64_t z = (*s += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31));
}

void
seed_fill(void *ctx, void *buf, size_t len)
{
	uint8_t *p = buf;
	uint64_t v;
	size_t n;

	for (; len > 0; p += n, len -= n) {
		v = seed_next(ctx);
		n = len < sizeof(v) ? len : sizeof(v);
		memcpy(p, &v, n);
	}
}

struct proposal
seed_prop(enum suite_proto proto, const char *text)
{
	const char *why, *bad;
	struct proposal p;
	size_t len;

	MUST(proposal_parse(text, proto, &p, &why, &bad, &len) == 0);
	return (p);
}

bool
seed_same_keys(const struct sa_spec *a, const struct sa_spec *b)
{
	return (a->encr == b->encr && a->n_encr_key == b->n_encr_key &&
	    memcmp(a->encr_key, b->encr_key, a->n_encr_key) == 0 &&
	    a->n_integ_key == b->n_integ_key && memcmp(a->integ_key,
	    b->integ_key, a->n_integ_key) == 0 && a->mode == b->mode);
}
