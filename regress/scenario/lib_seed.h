/* SPDX-License-Identifier: ISC */
/* Chance out of a seed, and what worlds of engines share beside it. */
#ifndef REGRESS_LIB_SEED_H
#define REGRESS_LIB_SEED_H

#include <stdio.h>
#include <stdlib.h>

#include "lib/pair_sa.h"
#include "lib/suite.h"

/* Also where libcheck does not run. */
#define MUST(x) do { \
	if (!(x)) { fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x); \
	    abort(); } } while (0)

/* The next number of a sequence (splitmix64). */
uint64_t	 seed_next(uint64_t *state);
/* The fill of an ike_rng: ctx is a uint64_t, the state. */
void		 seed_fill(void *ctx, void *buf, size_t len);
/* A proposal that is right. */
struct proposal	 seed_prop(enum suite_proto proto, const char *text);
/* Whether what goes under a is opened by b. */
bool		 seed_same_keys(const struct sa_spec *a,
		    const struct sa_spec *b);

#endif
