/* SPDX-License-Identifier: ISC */
/* runs in: esp.  See inner.h. */
#include <string.h>

#include "esp/inner.h"
#include "lib/rbuf.h"
#include "lib/wbuf.h"

#define PROTO_TCP	6
#define TCP_SYN		0x02
#define TCPOPT_EOL	0
#define TCPOPT_NOP	1
#define TCPOPT_MSS	2

#define GRE_C		0x8000		/* checksum and reserved1 present */
#define GRE_K		0x2000		/* key present */
#define GRE_IGNORED	0x03f8		/* bits 6 to 12, RFC 2784 2.3 */

static uint16_t
be16(const uint8_t *p)
{
	return ((uint16_t)(p[0] << 8 | p[1]));
}

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* RFC 1624: a checksum after one 16-bit word changed. */
static uint16_t
sum_update(uint16_t sum, uint16_t old, uint16_t new)
{
	uint32_t s = (uint16_t)~sum + (uint32_t)(uint16_t)~old + new;

	s = (s & 0xffff) + (s >> 16);
	s = (s & 0xffff) + (s >> 16);
	return ((uint16_t)~s);
}

bool
inner_ip4_ok(const uint8_t *p, size_t len, size_t *total)
{
	size_t hl;

	if (len < 20 || p[0] >> 4 != 4)
		return (false);
	hl = (size_t)(p[0] & 15) * 4;
	*total = be16(p + 2);
	return (hl >= 20 && *total >= hl && *total <= len);
}

bool
inner_ecn(uint8_t *ip4, uint8_t outer_tos)
{
	uint8_t outer = outer_tos & ECN_MASK, inner = ip4[1] & ECN_MASK;
	uint8_t want = inner;
	uint16_t old;

	if (outer == ECN_CE) {
		if (inner == ECN_NOT_ECT)
			return (false);
		want = ECN_CE;
	} else if (outer == 1 && inner == 2)
		want = 1;		/* ECT(1) outside, ECT(0) inside */
	if (want != inner) {
		old = be16(ip4);
		ip4[1] = (uint8_t)((ip4[1] & ~ECN_MASK) | want);
		put16(ip4 + 10, sum_update(be16(ip4 + 10), old, be16(ip4)));
	}
	return (true);
}

/* The MSS option's value inside a TCP header of hl bytes, or NULL. */
static uint8_t *
find_mss(uint8_t *tcp, size_t hl)
{
	size_t i = 20;

	while (i + 1 < hl) {
		if (tcp[i] == TCPOPT_EOL)
			return (NULL);
		if (tcp[i] == TCPOPT_NOP) {
			i++;
			continue;
		}
		if (tcp[i + 1] < 2 || i + tcp[i + 1] > hl)
			return (NULL);
		if (tcp[i] == TCPOPT_MSS && tcp[i + 1] == 4)
			return (tcp + i + 2);
		i += tcp[i + 1];
	}
	return (NULL);
}

bool
inner_mss(uint8_t *ip4, size_t len, uint16_t mss)
{
	size_t ihl = (size_t)(ip4[0] & 15) * 4, thl;
	uint8_t *tcp = ip4 + ihl, *opt;
	uint16_t old, sum;

	if (ip4[9] != PROTO_TCP || (be16(ip4 + 6) & 0x1fff) != 0 ||
	    len < ihl + 20 || (tcp[13] & TCP_SYN) == 0)
		return (false);
	thl = (size_t)(tcp[12] >> 4) * 4;
	if (thl < 20 || len < ihl + thl || (opt = find_mss(tcp, thl)) == NULL)
		return (false);
	old = be16(opt);
	if (old <= mss)
		return (false);
	put16(opt, mss);
	sum = be16(tcp + 16);
	if ((opt - tcp) % 2 == 0) {
		sum = sum_update(sum, old, mss);
	} else {
		/* the value lies across two words of the sum */
		sum = sum_update(sum, (uint16_t)(old >> 8), mss >> 8);
		sum = sum_update(sum, (uint16_t)(old << 8),
		    (uint16_t)(mss << 8));
	}
	put16(tcp + 16, sum);
	return (true);
}

size_t
gre_len(bool has_key)
{
	return (has_key ? 8 : 4);
}

void
gre_put(uint8_t *p, uint16_t proto, bool has_key, uint32_t key)
{
	struct wbuf w = wbuf_make(p, gre_len(has_key));

	wbuf_u16(&w, has_key ? GRE_K : 0);
	wbuf_u16(&w, proto);
	if (has_key)
		wbuf_u32(&w, key);
}

/* The words are added as the machine has them (RFC 1071 2 B): only the result is
 * turned. */
uint32_t
inner_sum(const uint8_t *p, size_t len, uint32_t start)
{
	uint64_t s = 0;
	uint32_t w;
	uint16_t h = 0;
	uint8_t b[2];

	for (; len >= sizeof(w); p += sizeof(w), len -= sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		s += w;
	}
	if (len >= sizeof(h)) {
		memcpy(&h, p, sizeof(h));
		s += h;
		p += sizeof(h);
		len -= sizeof(h);
	}
	if (len > 0) {
		h = 0;
		memcpy(&h, p, 1);
		s += h;
	}
	while (s >> 16 != 0)
		s = (s & 0xffff) + (s >> 16);
	h = (uint16_t)s;
	memcpy(b, &h, sizeof(b));
	s = be16(b) + start;
	while (s >> 16 != 0)
		s = (s & 0xffff) + (s >> 16);
	return ((uint32_t)s);
}

uint16_t
inner_checksum(const uint8_t *p, size_t len)
{
	return ((uint16_t)~inner_sum(p, len, 0));
}

enum gre_err
gre_get(const uint8_t *p, size_t len, bool has_key, uint32_t key,
    size_t *hdr_len, uint16_t *proto)
{
	struct rbuf r = rbuf_make(p, len);
	uint16_t flags = rbuf_u16(&r);
	uint32_t k = 0;

	*proto = rbuf_u16(&r);
	if (flags & GRE_C)
		rbuf_skip(&r, 4);
	if (flags & GRE_K)
		k = rbuf_u32(&r);
	if (!rbuf_ok(&r))
		return (GRE_SHORT);
	/* routing, sequence, strict source route, recursion, version */
	if ((flags & ~(GRE_C | GRE_K | GRE_IGNORED)) != 0)
		return (GRE_FLAGS);
	if ((flags & GRE_C) && inner_checksum(p, len) != 0)
		return (GRE_SUM);
	if (has_key != ((flags & GRE_K) != 0) || (has_key && k != key))
		return (GRE_KEY);
	*hdr_len = len - rbuf_left(&r);
	return (GRE_OK);
}
