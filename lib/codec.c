/* SPDX-License-Identifier: ISC */
/* runs in: every process.  See codec.h. */
#include <string.h>

#include "lib/addr.h"
#include "lib/codec.h"

static uint16_t
count_of(const struct fld *f, const uint8_t *obj)
{
	uint16_t n;

	memcpy(&n, obj + f->count_off, sizeof(n));
	return (n);
}

static void
put_addr(struct wbuf *w, const struct addr *a)
{
	wbuf_u8(w, a->family);
	wbuf_bytes(w, a->b, addr_len(a));
}

static void
put_counted(struct wbuf *w, const struct fld *f, const uint8_t *obj)
{
	uint16_t i, n = count_of(f, obj);
	size_t max = f->type == FLD_LIST ? f->max : f->size;

	if (n > max) {
		w->bad = true;
		return;
	}
	wbuf_u16(w, n);
	if (f->type != FLD_LIST) {
		wbuf_bytes(w, obj + f->off, n);
		return;
	}
	for (i = 0; i < n; i++)
		codec_put(w, f->sub, obj + f->off + i * f->size);
}

static void
put_str(struct wbuf *w, const struct fld *f, const char *s)
{
	size_t len = strnlen(s, f->size);

	if (len == f->size || len > UINT16_MAX) {
		w->bad = true;
		return;
	}
	wbuf_u16(w, (uint16_t)len);
	wbuf_bytes(w, s, len);
}

static void
put_int(struct wbuf *w, const struct fld *f, const uint8_t *m)
{
	bool b;
	int e;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (f->type) {
	case FLD_BOOL:
		memcpy(&b, m, sizeof(b));
		wbuf_u8(w, b);
		break;
	case FLD_U8:
		wbuf_u8(w, *m);
		break;
	case FLD_U16:
		memcpy(&u16, m, sizeof(u16));
		wbuf_u16(w, u16);
		break;
	case FLD_U32:
	case FLD_IP4:
		memcpy(&u32, m, sizeof(u32));
		wbuf_u32(w, u32);
		break;
	case FLD_ENUM:
		memcpy(&e, m, sizeof(e));
		if (e < 0 || (size_t)e >= f->max)
			w->bad = true;
		wbuf_u8(w, (uint8_t)e);
		break;
	default:
		memcpy(&u64, m, sizeof(u64));
		wbuf_u64(w, u64);
		break;
	}
}

void
codec_put(struct wbuf *w, const struct fld_table *t, const void *obj)
{
	const uint8_t *base = obj;
	const struct fld *f;
	const struct prefix *p;

	for (f = t->flds; f->name != NULL; f++) {
		const uint8_t *m = base + f->off;

		switch (f->type) {
		case FLD_STR:
			put_str(w, f, (const char *)m);
			break;
		case FLD_BYTES:
			wbuf_bytes(w, m, f->size);
			break;
		case FLD_VAR:
		case FLD_SECRET:
		case FLD_LIST:
			put_counted(w, f, base);
			break;
		case FLD_ADDR:
			put_addr(w, (const struct addr *)(const void *)m);
			break;
		case FLD_PREFIX:
			p = (const struct prefix *)(const void *)m;
			put_addr(w, &p->addr);
			wbuf_u8(w, p->len);
			break;
		case FLD_SUB:
			codec_put(w, f->sub, m);
			break;
		default:
			put_int(w, f, m);
			break;
		}
	}
}

static int
get_addr(struct rbuf *r, struct addr *a)
{
	a->family = rbuf_u8(r);
	if (a->family != ADDR_NONE && addr_len(a) == 0)
		return (-1);
	rbuf_copy(r, a->b, addr_len(a));
	return (rbuf_ok(r) ? 0 : -1);
}

static int
get_prefix(struct rbuf *r, struct prefix *p)
{
	if (get_addr(r, &p->addr) == -1)
		return (-1);
	p->len = rbuf_u8(r);
	return (rbuf_ok(r) && p->len <= addr_bits(&p->addr) ? 0 : -1);
}

static int
get_counted(struct rbuf *r, const struct fld *f, uint8_t *obj, const char **bad)
{
	uint16_t i, n = rbuf_u16(r);
	size_t max = f->type == FLD_LIST ? f->max : f->size;

	if (!rbuf_ok(r) || n > max)
		return (-1);
	memcpy(obj + f->count_off, &n, sizeof(n));
	if (f->type != FLD_LIST) {
		rbuf_copy(r, obj + f->off, n);
		return (rbuf_ok(r) ? 0 : -1);
	}
	for (i = 0; i < n; i++)
		if (codec_get(r, f->sub, obj + f->off + i * f->size, bad) == -1)
			return (-1);
	return (0);
}

static int
get_str(struct rbuf *r, const struct fld *f, char *s)
{
	uint16_t len = rbuf_u16(r);

	if (!rbuf_ok(r) || len >= f->size)
		return (-1);
	rbuf_copy(r, s, len);
	return (rbuf_ok(r) && memchr(s, '\0', len) == NULL ? 0 : -1);
}

static int
get_int(struct rbuf *r, const struct fld *f, uint8_t *m)
{
	uint8_t u8;
	bool b;
	int e;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (f->type) {
	case FLD_BOOL:
		u8 = rbuf_u8(r);
		b = u8 == 1;
		memcpy(m, &b, sizeof(b));
		return (rbuf_ok(r) && u8 <= 1 ? 0 : -1);
	case FLD_U8:
		*m = rbuf_u8(r);
		break;
	case FLD_U16:
		u16 = rbuf_u16(r);
		memcpy(m, &u16, sizeof(u16));
		break;
	case FLD_U32:
	case FLD_IP4:
		u32 = rbuf_u32(r);
		memcpy(m, &u32, sizeof(u32));
		break;
	case FLD_ENUM:
		e = rbuf_u8(r);
		memcpy(m, &e, sizeof(e));
		return (rbuf_ok(r) && (size_t)e < f->max ? 0 : -1);
	default:
		u64 = rbuf_u64(r);
		memcpy(m, &u64, sizeof(u64));
		break;
	}
	return (rbuf_ok(r) ? 0 : -1);
}

static int
get_field(struct rbuf *r, const struct fld *f, uint8_t *base, const char **bad)
{
	uint8_t *m = base + f->off;

	switch (f->type) {
	case FLD_STR:
		return (get_str(r, f, (char *)m));
	case FLD_BYTES:
		rbuf_copy(r, m, f->size);
		return (rbuf_ok(r) ? 0 : -1);
	case FLD_VAR:
	case FLD_SECRET:
	case FLD_LIST:
		return (get_counted(r, f, base, bad));
	case FLD_ADDR:
		return (get_addr(r, (struct addr *)(void *)m));
	case FLD_PREFIX:
		return (get_prefix(r, (struct prefix *)(void *)m));
	case FLD_SUB:
		return (codec_get(r, f->sub, m, bad));
	default:
		return (get_int(r, f, m));
	}
}

int
codec_get(struct rbuf *r, const struct fld_table *t, void *obj,
    const char **bad)
{
	const struct fld *f;

	memset(obj, 0, t->size);
	for (f = t->flds; f->name != NULL; f++) {
		if (get_field(r, f, obj, bad) == -1) {
			if (bad != NULL)
				*bad = f->name;
			memset(obj, 0, t->size);
			return (-1);
		}
	}
	return (0);
}

int
codec_decode(const void *data, size_t len, const struct fld_table *t,
    void *obj, const char **bad)
{
	struct rbuf r = rbuf_make(data, len);

	if (codec_get(&r, t, obj, bad) == -1)
		return (-1);
	if (!rbuf_done(&r)) {
		if (bad != NULL)
			*bad = "end";
		memset(obj, 0, t->size);
		return (-1);
	}
	return (0);
}
