/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process.  Bounded writer of network-order bytes into memory
 * of the caller.  A write past the end sets a sticky error and writes nothing
 * more; the caller asks wbuf_ok() once before it uses the bytes.
 */
#ifndef GREIPSEC_WBUF_H
#define GREIPSEC_WBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wbuf {
	uint8_t	*base;
	size_t	 len;		/* bytes written */
	size_t	 cap;
	bool	 bad;
};

/* A writer over cap bytes at base, which stay the caller's. */
struct wbuf	 wbuf_make(void *base, size_t cap);
/* Every write so far fitted. */
bool		 wbuf_ok(const struct wbuf *w);
/* Integers: host order given, network order written. */
void		 wbuf_u8(struct wbuf *w, uint8_t v);
void		 wbuf_u16(struct wbuf *w, uint16_t v);
void		 wbuf_u32(struct wbuf *w, uint32_t v);
void		 wbuf_u64(struct wbuf *w, uint64_t v);
/* Append len bytes; data may be NULL when len is 0. */
void		 wbuf_bytes(struct wbuf *w, const void *data, size_t len);
/* Append len zero bytes. */
void		 wbuf_zero(struct wbuf *w, size_t len);
/* Room for len bytes, to be filled by the caller; NULL on error. */
uint8_t		*wbuf_reserve(struct wbuf *w, size_t len);
/* Overwrite two or one bytes already written, at offset off from the base;
 * an offset beyond what was written sets the error. */
void		 wbuf_set_u16(struct wbuf *w, size_t off, uint16_t v);
void		 wbuf_set_u8(struct wbuf *w, size_t off, uint8_t v);

#endif
