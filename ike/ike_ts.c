/* SPDX-License-Identifier: ISC */
/* runs in: ike.  See ike_ts.h. */
#include <stdio.h>
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

struct selector {
	uint8_t		 proto;
	size_t		 len;		/* of an address */
	uint16_t	 port0, port1;
	const uint8_t	*lo, *hi;
};

/* One selector from r, bad when it is malformed; false: none that we know. */
static bool
take(struct rbuf *r, struct selector *s)
{
	uint8_t type;
	uint16_t len;
	struct rbuf b;

	type = rbuf_u8(r);
	s->proto = rbuf_u8(r);
	len = rbuf_u16(r);
	b = rbuf_sub(r, len >= 4 ? (size_t)len - 4 : SIZE_MAX);
	s->len = type == TS_IPV4_ADDR_RANGE ? 4 :
	    type == TS_IPV6_ADDR_RANGE ? 16 : 0;
	if (s->len == 0)
		return (false);	/* of a type that we do not know */
	s->port0 = rbuf_u16(&b);
	s->port1 = rbuf_u16(&b);
	s->lo = rbuf_bytes(&b, s->len);
	s->hi = rbuf_bytes(&b, s->len);
	if (!rbuf_done(&b)) {
		r->bad = true;
		return (false);
	}
	return (true);
}

static bool
covers(const struct selector *s, const struct addr *a, uint8_t proto,
    bool any_host)
{
	if ((s->proto != 0 && s->proto != proto) || s->port0 != 0 ||
	    s->port1 != 0xffff || s->len != addr_len(a))
		return (false);
	if (any_host && memcmp(s->lo, s->hi, s->len) == 0)
		return (true);
	return (memcmp(s->lo, a->b, s->len) <= 0 &&
	    memcmp(s->hi, a->b, s->len) >= 0);
}

enum ike_ts
ike_ts_check(struct ike_span body, const struct addr *a, uint8_t proto,
    bool any_host)
{
	struct rbuf r = rbuf_make(body.p, body.len);
	struct selector s;
	bool found = false;
	uint8_t n, i;

	n = rbuf_u8(&r);
	rbuf_skip(&r, 3);
	for (i = 0; rbuf_ok(&r) && i < n; i++)
		found |= take(&r, &s) && covers(&s, a, proto, any_host);
	if (n == 0 || !rbuf_done(&r))
		return (TS_BAD);
	return (found ? TS_COVERS : TS_NO);
}

void
ike_ts_text(struct ike_span body, char *buf, size_t cap)
{
	struct rbuf r = rbuf_make(body.p, body.len);
	char lo[ADDR_TEXT_MAX], hi[ADDR_TEXT_MAX], proto[12] = "any";
	struct addr a = { 0 }, b = { 0 };
	struct selector s;

	rbuf_skip(&r, 4);
	if (!take(&r, &s)) {
		(void)snprintf(buf, cap, "?");
		return;
	}
	a.family = b.family = s.len == 4 ? ADDR_V4 : ADDR_V6;
	memcpy(a.b, s.lo, s.len);
	memcpy(b.b, s.hi, s.len);
	if (s.proto == TS_GRE)
		(void)snprintf(proto, sizeof(proto), "gre");
	else if (s.proto != 0)
		(void)snprintf(proto, sizeof(proto), "proto %u", s.proto);
	(void)snprintf(buf, cap, "%s%s%s %s", addr_text(&a, lo),
	    addr_eq(&a, &b) ? "" : "-",
	    addr_eq(&a, &b) ? "" : addr_text(&b, hi), proto);
}
