/* SPDX-License-Identifier: ISC */
/* runs in: esp.  See merge.h. */
#include <netinet/in.h>
#include <string.h>

#include "esp/inner.h"
#include "esp/merge.h"

#define IP_LEN		20
#define UDP_LEN		8
#define TCP_LEN		20
#define WHOLE_MAX	65000
#define AT_LENGTH	2	/* in the IP header */
#define AT_FRAGMENT	6
#define AT_SUM		10
#define ONLY_DF		0x4000
#define UDP_SUM		6	/* behind the IP header */
#define TCP_SUM		16
#define TCP_PSH		0x08
#define TCP_ACK		0x10

static uint32_t
get16(const uint8_t *p)
{
	return ((uint32_t)p[0] << 8 | p[1]);
}

static uint32_t
get32(const uint8_t *p)
{
	return (get16(p) << 16 | get16(p + 2));
}

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Of the pseudo header, for so many bytes above IP. */
static uint32_t
pseudo(const uint8_t *p, uint32_t len)
{
	return (inner_sum(p + 12, 8, p[9] + len));
}

static unsigned int
kind(uint8_t proto)
{
	return (proto == IPPROTO_UDP ? MERGE_UDP :
	    proto == IPPROTO_TCP ? MERGE_TCP : 0);
}

/* The length of all headers of a packet that may be merged; 0: it may not. */
static uint16_t
headers(const uint8_t *p, uint32_t len)
{
	uint32_t hlen;

	if (len < IP_LEN + UDP_LEN || p[0] != 0x45 ||
	    get16(p + AT_LENGTH) != len || get16(p + AT_FRAGMENT) != ONLY_DF ||
	    inner_sum(p, IP_LEN, 0) != 0xffff)
		return (0);
	if (p[9] == IPPROTO_UDP) {
		hlen = IP_LEN + UDP_LEN;
		if (get16(p + IP_LEN + 4) != len - IP_LEN ||
		    get16(p + IP_LEN + UDP_SUM) == 0)
			return (0);
	} else if (p[9] == IPPROTO_TCP && len >= IP_LEN + TCP_LEN) {
		hlen = IP_LEN + (uint32_t)(p[IP_LEN + 12] >> 4) * 4;
		if (hlen < IP_LEN + TCP_LEN || (p[IP_LEN + 12] & 15) != 0 ||
		    (p[IP_LEN + 13] & ~TCP_PSH) != TCP_ACK)
			return (0);
	} else
		return (0);
	if (hlen >= len || inner_sum(p + IP_LEN, len - IP_LEN,
	    pseudo(p, len - IP_LEN)) != 0xffff)
		return (0);
	return ((uint16_t)hlen);
}

/* What m has of the packet that came last. */
static void
take(struct merge *m, const uint8_t *p, uint32_t data)
{
	m->len += data;
	m->full = data < m->seg;
	if (m->proto != IPPROTO_TCP)
		return;
	m->seq = get32(p + IP_LEN + 4) + data;
	m->flags = p[IP_LEN + 13];
	m->full = m->full || (m->flags & TCP_PSH) != 0;
}

/* Whether two go to the same device, and are of one flow at the first look. */
static bool
akin(const struct pkt *a, const struct pkt *b)
{
	const uint8_t *p = a->buf + a->off, *q = b->buf + b->off;

	return (b->fate == PKT_TUN && a->tunnel == b->tunnel &&
	    a->len >= IP_LEN + UDP_LEN && b->len >= IP_LEN + UDP_LEN &&
	    p[9] == q[9] && memcmp(p + 12, q + 12, 12) == 0);
}

static bool
begin(struct merge *m, const struct pkt *k)
{
	const uint8_t *p = k->buf + k->off;

	memset(m, 0, sizeof(*m));
	if ((m->hlen = headers(p, k->len)) == 0)
		return (false);
	m->proto = p[9];
	m->len = m->hlen;
	m->seg = (uint16_t)(k->len - m->hlen);
	take(m, p, m->seg);
	return (!m->full);
}

/* Whether q goes on where p, the first, and what followed it end. */
static bool
more(struct merge *m, const uint8_t *p, const struct pkt *k)
{
	const uint8_t *q = k->buf + k->off, *t = p + IP_LEN, *u = q + IP_LEN;
	uint32_t data;

	if (headers(q, k->len) != m->hlen)
		return (false);
	data = k->len - m->hlen;
	if (data > m->seg || m->len + data > WHOLE_MAX || p[1] != q[1] ||
	    p[8] != q[8])
		return (false);
	/* acknowledgement, offset, window, urgent pointer, options */
	if (m->proto == IPPROTO_TCP && (get32(u + 4) != m->seq ||
	    memcmp(t + 8, u + 8, 5) != 0 || memcmp(t + 14, u + 14, 2) != 0 ||
	    memcmp(t + 18, u + 18, m->hlen - IP_LEN - 18U) != 0))
		return (false);
	take(m, q, data);
	return (true);
}

size_t
merge_run(struct merge *m, const struct pkt *v, size_t n, unsigned int what)
{
	size_t i;

	if (n < 2 || !akin(&v[0], &v[1]) ||
	    (kind(v[0].buf[v[0].off + 9]) & what) == 0 || !begin(m, &v[0]))
		return (1);
	for (i = 1; i < n && !m->full && akin(&v[0], &v[i]) &&
	    more(m, v[0].buf + v[0].off, &v[i]); i++)
		;
	return (i);
}

unsigned int
merge_kind(const struct merge *m)
{
	return (kind(m->proto));
}

uint16_t
merge_sum_at(const struct merge *m)
{
	return (m->proto == IPPROTO_UDP ? UDP_SUM : TCP_SUM);
}

void
merge_head(const struct merge *m, uint8_t *head)
{
	uint32_t above = m->len - IP_LEN;

	put16(head + AT_LENGTH, m->len);
	put16(head + AT_SUM, 0);
	put16(head + AT_SUM, ~inner_sum(head, IP_LEN, 0));
	if (m->proto == IPPROTO_UDP)
		put16(head + IP_LEN + 4, above);
	else
		head[IP_LEN + 13] = m->flags;
	put16(head + IP_LEN + merge_sum_at(m), pseudo(head, above));
}
