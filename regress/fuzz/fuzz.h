/* SPDX-License-Identifier: ISC */
/*
 * What the fuzz targets share.  A target is one function of some bytes that
 * must come back, whatever they are; it aborts where something that must hold
 * does not.  With clang's libFuzzer it is driven by what has been covered; the
 * tests run it over the corpus by replay.c.
 */
#ifndef REGRESS_FUZZ_H
#define REGRESS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "regress/scenario/lib_seed.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What is left of an input. */
struct fuzz {
	const uint8_t	*p;
	size_t		 n;
};

/* 0 when nothing is left. */
static inline uint8_t
fuzz_u8(struct fuzz *f)
{
	if (f->n == 0)
		return (0);
	f->n--;
	return (*f->p++);
}

static inline uint16_t
fuzz_u16(struct fuzz *f)
{
	uint16_t hi = fuzz_u8(f);

	return ((uint16_t)(hi << 8 | fuzz_u8(f)));
}

/* Two bytes of length, and as many bytes as that says and there are. */
static inline const uint8_t *
fuzz_chunk(struct fuzz *f, size_t *len)
{
	const uint8_t *p;

	*len = fuzz_u16(f);
	if (*len > f->n)
		*len = f->n;
	p = f->p;
	f->p += *len;
	f->n -= *len;
	return (p);
}

#endif
