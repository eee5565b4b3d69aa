/* SPDX-License-Identifier: ISC */
/* runs in: every process.  See rbuf.h. */
#include <string.h>

#include "lib/rbuf.h"

struct rbuf
rbuf_make(const void *data, size_t len)
{
	static const uint8_t none;
	struct rbuf r = { .p = len != 0 ? data : &none };

	r.end = r.p + len;
	return (r);
}

size_t
rbuf_left(const struct rbuf *r)
{
	return (r->bad ? 0 : (size_t)(r->end - r->p));
}

bool
rbuf_ok(const struct rbuf *r)
{
	return (!r->bad);
}

bool
rbuf_done(const struct rbuf *r)
{
	return (!r->bad && r->p == r->end);
}

const uint8_t *
rbuf_bytes(struct rbuf *r, size_t len)
{
	const uint8_t *p = r->p;

	if (r->bad || (size_t)(r->end - r->p) < len) {
		r->bad = true;
		return (NULL);
	}
	r->p += len;
	return (p);
}

uint8_t
rbuf_u8(struct rbuf *r)
{
	const uint8_t *p = rbuf_bytes(r, 1);

	return (p != NULL ? p[0] : 0);
}

uint16_t
rbuf_u16(struct rbuf *r)
{
	const uint8_t *p = rbuf_bytes(r, 2);

	return (p != NULL ? (uint16_t)(p[0] << 8 | p[1]) : 0);
}

uint32_t
rbuf_u32(struct rbuf *r)
{
	const uint8_t *p = rbuf_bytes(r, 4);

	if (p == NULL)
		return (0);
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

uint64_t
rbuf_u64(struct rbuf *r)
{
	uint64_t hi = rbuf_u32(r);
	uint64_t lo = rbuf_u32(r);

	return (r->bad ? 0 : hi << 32 | lo);
}

void
rbuf_copy(struct rbuf *r, void *out, size_t len)
{
	const uint8_t *p = rbuf_bytes(r, len);

	if (p != NULL)
		memcpy(out, p, len);
	else
		memset(out, 0, len);
}

void
rbuf_skip(struct rbuf *r, size_t len)
{
	(void)rbuf_bytes(r, len);
}

struct rbuf
rbuf_sub(struct rbuf *r, size_t len)
{
	const uint8_t *p = rbuf_bytes(r, len);
	struct rbuf s = rbuf_make(p, p != NULL ? len : 0);

	s.bad = p == NULL;
	return (s);
}
