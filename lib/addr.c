/* SPDX-License-Identifier: ISC */
/* runs in: every process.  See addr.h. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"

struct addr
addr_v4(uint32_t host)
{
	struct addr a = { .family = ADDR_V4 };

	a.b[0] = (uint8_t)(host >> 24);
	a.b[1] = (uint8_t)(host >> 16);
	a.b[2] = (uint8_t)(host >> 8);
	a.b[3] = (uint8_t)host;
	return (a);
}

uint32_t
addr_to_v4(const struct addr *a)
{
	if (a->family != ADDR_V4)
		return (0);
	return ((uint32_t)a->b[0] << 24 | (uint32_t)a->b[1] << 16 |
	    (uint32_t)a->b[2] << 8 | a->b[3]);
}

size_t
addr_len(const struct addr *a)
{
	return (addr_bits(a) / 8);
}

uint8_t
addr_bits(const struct addr *a)
{
	switch (a->family) {
	case ADDR_V4:
		return (32);
	case ADDR_V6:
		return (128);
	default:
		return (0);
	}
}

bool
addr_eq(const struct addr *a, const struct addr *b)
{
	return (addr_cmp(a, b) == 0);
}

int
addr_cmp(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return (a->family < b->family ? -1 : 1);
	return (memcmp(a->b, b->b, addr_len(a)));
}

bool
addr_is_any(const struct addr *a)
{
	static const uint8_t zero[16];

	return (a->family != ADDR_NONE && memcmp(a->b, zero, addr_len(a)) == 0);
}

bool
addr_is_multicast(const struct addr *a)
{
	if (a->family == ADDR_V4)
		return ((a->b[0] & 0xf0) == 0xe0);
	return (a->family == ADDR_V6 && a->b[0] == 0xff);
}

bool
addr_is_loopback(const struct addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (a->family == ADDR_V4)
		return (a->b[0] == 127);
	return (a->family == ADDR_V6 && memcmp(a->b, one, 16) == 0);
}

int
addr_parse(const char *text, struct addr *out)
{
	struct addr a = { 0 };

	if (inet_pton(AF_INET, text, a.b) == 1)
		a.family = ADDR_V4;
	else if (inet_pton(AF_INET6, text, a.b) == 1)
		a.family = ADDR_V6;
	else
		return (-1);
	*out = a;
	return (0);
}

const char *
addr_text(const struct addr *a, char buf[static ADDR_TEXT_MAX])
{
	int af = a->family == ADDR_V4 ? AF_INET : AF_INET6;

	if (a->family == ADDR_NONE ||
	    inet_ntop(af, a->b, buf, ADDR_TEXT_MAX) == NULL)
		(void)snprintf(buf, ADDR_TEXT_MAX, "-");
	return (buf);
}

const char *
ip4_text(uint32_t host, char buf[static ADDR_TEXT_MAX])
{
	struct addr a = addr_v4(host);

	return (addr_text(&a, buf));
}

struct prefix
prefix_make(const struct addr *a, uint8_t len)
{
	struct prefix p = { .addr = *a, .len = len };
	size_t i, n = addr_len(a);

	if (p.len > addr_bits(a))
		p.len = addr_bits(a);
	for (i = 0; i < n; i++) {
		size_t keep = p.len > i * 8 ? p.len - i * 8 : 0;

		if (keep < 8)
			p.addr.b[i] &= (uint8_t)(0xff00 >> keep);
	}
	return (p);
}

bool
prefix_eq(const struct prefix *a, const struct prefix *b)
{
	return (prefix_cmp(a, b) == 0);
}

int
prefix_cmp(const struct prefix *a, const struct prefix *b)
{
	int r = addr_cmp(&a->addr, &b->addr);

	return (r != 0 ? r : (int)a->len - (int)b->len);
}

bool
prefix_has(const struct prefix *p, const struct addr *a)
{
	struct prefix q;

	if (p->addr.family != a->family || a->family == ADDR_NONE)
		return (false);
	q = prefix_make(a, p->len);
	return (addr_eq(&q.addr, &p->addr));
}

bool
prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	return (inner->len >= outer->len && prefix_has(outer, &inner->addr));
}

bool
prefix_overlap(const struct prefix *a, const struct prefix *b)
{
	return (prefix_covers(a, b) || prefix_covers(b, a));
}

bool
prefix_routable(const struct prefix *p)
{
	static const struct {
		uint32_t	net;
		uint8_t		len;
	} never[] = {
		{ 0x00000000, 8 }, { 0x7f000000, 8 }, { 0xa9fe0000, 16 },
		{ 0xe0000000, 4 }, { 0xf0000000, 4 }
	};
	struct prefix bad;
	struct addr a;
	size_t i;

	if (p->addr.family != ADDR_V4 || p->len > 32)
		return (false);
	bad = prefix_make(&p->addr, p->len);
	if (!prefix_eq(&bad, p))
		return (false);
	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		a = addr_v4(never[i].net);
		bad = prefix_make(&a, never[i].len);
		if (prefix_covers(&bad, p))
			return (false);
	}
	return (true);
}

int
prefix_parse(const char *text, struct prefix *out)
{
	char buf[PREFIX_TEXT_MAX], *slash, *end;
	struct prefix p;
	struct addr a;
	unsigned long len;

	if (strlen(text) >= sizeof(buf))
		return (-1);
	memcpy(buf, text, strlen(text) + 1);
	if ((slash = strchr(buf, '/')) != NULL)
		*slash = '\0';
	if (addr_parse(buf, &a) == -1)
		return (-1);
	len = addr_bits(&a);
	if (slash != NULL) {
		if (slash[1] < '0' || slash[1] > '9')
			return (-1);
		len = strtoul(slash + 1, &end, 10);
		if (*end != '\0' || len > addr_bits(&a))
			return (-1);
	}
	p = prefix_make(&a, (uint8_t)len);
	if (!addr_eq(&p.addr, &a))
		return (-2);
	*out = p;
	return (0);
}

const char *
prefix_text(const struct prefix *p, char buf[static PREFIX_TEXT_MAX])
{
	char a[ADDR_TEXT_MAX];

	(void)snprintf(buf, PREFIX_TEXT_MAX, "%s/%u", addr_text(&p->addr, a),
	    p->len);
	return (buf);
}

uint32_t
ip4_mask(uint8_t len)
{
	return (len == 0 ? 0 : 0xffffffffU << (32 - (len > 32 ? 32 : len)));
}
