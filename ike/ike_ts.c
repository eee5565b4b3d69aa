/* SPDX-License-Identifier: ISC */
/* runs in: ike.  See ike_ts.h. */
#include <string.h>

#include "ike/ike_ts.h"
#include "lib/rbuf.h"

#define TS_IPV4_ADDR_RANGE	7
#define TS_IPV6_ADDR_RANGE	8

void
ike_ts_put(struct wbuf *w, const struct addr *a, uint8_t proto)
{
	size_t n = addr_len(a);

	wbuf_u8(w, 1);
	wbuf_zero(w, 3);
	wbuf_u8(w, a->family == ADDR_V6 ? TS_IPV6_ADDR_RANGE :
	    TS_IPV4_ADDR_RANGE);
	wbuf_u8(w, proto);
	wbuf_u16(w, (uint16_t)(8 + 2 * n));
	wbuf_u16(w, 0);
	wbuf_u16(w, 0xffff);
	wbuf_bytes(w, a->b, n);
	wbuf_bytes(w, a->b, n);
}

/* One selector from r: does it cover?  r is bad when it is malformed. */
static bool
one(struct rbuf *r, const struct addr *a, uint8_t proto, bool any_host)
{
	uint8_t type, p;
	uint16_t len, port0, port1;
	const uint8_t *lo, *hi;
	size_t n;
	struct rbuf b;

	type = rbuf_u8(r);
	p = rbuf_u8(r);
	len = rbuf_u16(r);
	b = rbuf_sub(r, len >= 4 ? (size_t)len - 4 : SIZE_MAX);
	n = type == TS_IPV4_ADDR_RANGE ? 4 : type == TS_IPV6_ADDR_RANGE ? 16 :
	    0;
	if (n == 0)
		return (false);	/* of a type that we do not know */
	port0 = rbuf_u16(&b);
	port1 = rbuf_u16(&b);
	lo = rbuf_bytes(&b, n);
	hi = rbuf_bytes(&b, n);
	if (!rbuf_done(&b)) {
		r->bad = true;
		return (false);
	}
	if ((p != 0 && p != proto) || port0 != 0 || port1 != 0xffff ||
	    n != addr_len(a))
		return (false);
	if (any_host)
		return (true);
	return (memcmp(lo, a->b, n) <= 0 && memcmp(hi, a->b, n) >= 0);
}

enum ike_ts
ike_ts_check(struct ike_span body, const struct addr *a, uint8_t proto,
    bool any_host)
{
	struct rbuf r = rbuf_make(body.p, body.len);
	bool covers = false;
	uint8_t n, i;

	n = rbuf_u8(&r);
	rbuf_skip(&r, 3);
	for (i = 0; rbuf_ok(&r) && i < n; i++)
		covers |= one(&r, a, proto, any_host);
	if (n == 0 || !rbuf_done(&r))
		return (TS_BAD);
	return (covers ? TS_COVERS : TS_NO);
}
