/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process.  Seeded 64-bit mixing for hash tables
 * whose keys a stranger may choose; the seed comes from the caller's RNG.
 */
#ifndef GREIPSEC_HASH_H
#define GREIPSEC_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Mix two words; the quality suits table indexes, it is no cryptography. */
static inline uint64_t
hash_mix(uint64_t a, uint64_t b)
{
	uint64_t x = (a ^ 0x9e3779b97f4a7c15ULL) * (b | 1);

	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ULL;
	x ^= x >> 32;
	return (x);
}

/* Hash len bytes under a seed. */
static inline uint64_t
hash_bytes(uint64_t seed, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t h = seed ^ len;
	size_t i;

	for (i = 0; i < len; i++)
		h = hash_mix(h + p[i], seed | 0x10001);
	return (h);
}

#endif
