/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process.  Bounded reader of network-order bytes.  A read past
 * the end sets a sticky error and returns zero, so that a parser reads a whole
 * fixed part and asks rbuf_ok() once.  A loop must ask in its condition.
 */
#ifndef GREIPSEC_RBUF_H
#define GREIPSEC_RBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Neither owns nor changes the bytes; valid as long as they are. */
struct rbuf {
	const uint8_t	*p;
	const uint8_t	*end;
	bool		 bad;
};

/* A reader over len bytes at data; data may be NULL when len is 0. */
struct rbuf	 rbuf_make(const void *data, size_t len);
/* Bytes not yet read; 0 after an error. */
size_t		 rbuf_left(const struct rbuf *r);
/* No read has passed the end so far. */
bool		 rbuf_ok(const struct rbuf *r);
/* No error and everything was read. */
bool		 rbuf_done(const struct rbuf *r);
/* Integers, network order on the wire, host order returned; 0 on error. */
uint8_t		 rbuf_u8(struct rbuf *r);
uint16_t	 rbuf_u16(struct rbuf *r);
uint32_t	 rbuf_u32(struct rbuf *r);
uint64_t	 rbuf_u64(struct rbuf *r);
/* Pointer to the next len bytes, which are skipped; NULL on error. */
const uint8_t	*rbuf_bytes(struct rbuf *r, size_t len);
/* Copy the next len bytes to out; out is zeroed on error. */
void		 rbuf_copy(struct rbuf *r, void *out, size_t len);
/* Skip len bytes. */
void		 rbuf_skip(struct rbuf *r, size_t len);
/* A reader over the next len bytes, which are skipped here; empty and bad
 * (both readers) when there are fewer. */
struct rbuf	 rbuf_sub(struct rbuf *r, size_t len);

#endif
