/* SPDX-License-Identifier: ISC */
/* runs in: every process.  See wbuf.h. */
#include <string.h>

#include "lib/wbuf.h"

struct wbuf
wbuf_make(void *base, size_t cap)
{
	struct wbuf w = { .base = base, .cap = cap };

	return (w);
}

bool
wbuf_ok(const struct wbuf *w)
{
	return (!w->bad);
}

uint8_t *
wbuf_reserve(struct wbuf *w, size_t len)
{
	uint8_t *p;

	if (w->bad || w->cap - w->len < len) {
		w->bad = true;
		return (NULL);
	}
	p = w->base + w->len;
	w->len += len;
	return (p);
}

void
wbuf_u8(struct wbuf *w, uint8_t v)
{
	uint8_t *p = wbuf_reserve(w, 1);

	if (p != NULL)
		p[0] = v;
}

void
wbuf_u16(struct wbuf *w, uint16_t v)
{
	uint8_t *p = wbuf_reserve(w, 2);

	if (p != NULL) {
		p[0] = (uint8_t)(v >> 8);
		p[1] = (uint8_t)v;
	}
}

void
wbuf_u32(struct wbuf *w, uint32_t v)
{
	uint8_t *p = wbuf_reserve(w, 4);

	if (p != NULL) {
		p[0] = (uint8_t)(v >> 24);
		p[1] = (uint8_t)(v >> 16);
		p[2] = (uint8_t)(v >> 8);
		p[3] = (uint8_t)v;
	}
}

void
wbuf_u64(struct wbuf *w, uint64_t v)
{
	wbuf_u32(w, (uint32_t)(v >> 32));
	wbuf_u32(w, (uint32_t)v);
}

void
wbuf_bytes(struct wbuf *w, const void *data, size_t len)
{
	uint8_t *p = wbuf_reserve(w, len);

	if (p != NULL && len != 0)
		memcpy(p, data, len);
}

void
wbuf_zero(struct wbuf *w, size_t len)
{
	uint8_t *p = wbuf_reserve(w, len);

	if (p != NULL && len != 0)
		memset(p, 0, len);
}

void
wbuf_set_u16(struct wbuf *w, size_t off, uint16_t v)
{
	if (w->bad || w->len < 2 || off > w->len - 2) {
		w->bad = true;
		return;
	}
	w->base[off] = (uint8_t)(v >> 8);
	w->base[off + 1] = (uint8_t)v;
}

void
wbuf_set_u8(struct wbuf *w, size_t off, uint8_t v)
{
	if (w->bad || off >= w->len) {
		w->bad = true;
		return;
	}
	w->base[off] = v;
}
