/* SPDX-License-Identifier: ISC */
/* runs in: ospf.  See ospf_wire.h. */
#include <string.h>

#include "ospf/ospf_wire.h"

#define AUTH_OFF	16
#define AUTH_LEN	8

static uint32_t
sum16(uint32_t sum, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	if (i < len)
		sum += (uint32_t)p[i] << 8;
	return (sum);
}

static uint16_t
fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ((uint16_t)~sum);
}

uint16_t
ip_cksum(const uint8_t *p, size_t len)
{
	return (fold(sum16(0, p, len)));
}

/* Over the packet without its authentication field. */
static uint16_t
pkt_cksum(const uint8_t *pkt, size_t len)
{
	uint32_t sum = sum16(0, pkt, AUTH_OFF);

	return (fold(sum16(sum, pkt + AUTH_OFF + AUTH_LEN,
	    len - AUTH_OFF - AUTH_LEN)));
}

enum ospf_drop
ospf_hdr_read(const uint8_t *pkt, size_t len, struct ospf_hdr *out)
{
	struct rbuf r = rbuf_make(pkt, len);
	struct ospf_hdr h;
	uint8_t version;

	if (len < OSPF_HDR_LEN)
		return (DROP_SHORT);
	version = rbuf_u8(&r);
	h.type = rbuf_u8(&r);
	h.len = rbuf_u16(&r);
	h.rid = rbuf_u32(&r);
	h.area = rbuf_u32(&r);
	rbuf_skip(&r, 2);
	h.autype = rbuf_u16(&r);
	rbuf_skip(&r, 2);
	h.key_id = rbuf_u8(&r);
	h.auth_len = rbuf_u8(&r);
	h.seq = rbuf_u32(&r);
	if (version != 2)
		return (DROP_VERSION);
	if (h.len < OSPF_HDR_LEN || h.len > len)
		return (DROP_LENGTH);
	*out = h;
	return (DROP_NONE);
}

bool
ospf_cksum_ok(const uint8_t *pkt, const struct ospf_hdr *h)
{
	return (pkt_cksum(pkt, h->len) == 0);
}

void
ospf_hdr_write(struct wbuf *w, uint8_t type, uint32_t rid, uint32_t area)
{
	wbuf_u8(w, 2);
	wbuf_u8(w, type);
	wbuf_u16(w, 0);
	wbuf_u32(w, rid);
	wbuf_u32(w, area);
	wbuf_zero(w, 2 + 2 + AUTH_LEN);
}

void
ospf_finish_null(struct wbuf *w)
{
	wbuf_set_u16(w, 2, (uint16_t)w->len);
	wbuf_set_u16(w, 12, pkt_cksum(w->base, w->len));
}

enum ospf_drop
hello_read(struct rbuf *r, struct hello *out)
{
	size_t left;

	out->mask = rbuf_u32(r);
	out->hello_s = rbuf_u16(r);
	out->options = rbuf_u8(r);
	out->priority = rbuf_u8(r);
	out->dead_s = rbuf_u32(r);
	out->dr = rbuf_u32(r);
	out->bdr = rbuf_u32(r);
	left = rbuf_left(r);
	if (!rbuf_ok(r) || left % 4 != 0)
		return (DROP_HELLO_BODY);
	out->n_nbrs = left / 4;
	out->nbrs = rbuf_bytes(r, left);
	return (DROP_NONE);
}

void
hello_write(struct wbuf *w, const struct hello *h)
{
	wbuf_u32(w, h->mask);
	wbuf_u16(w, h->hello_s);
	wbuf_u8(w, h->options);
	wbuf_u8(w, h->priority);
	wbuf_u32(w, h->dead_s);
	wbuf_u32(w, h->dr);
	wbuf_u32(w, h->bdr);
	wbuf_bytes(w, h->nbrs, h->n_nbrs * 4);
}

bool
hello_lists(const struct hello *h, uint32_t rid)
{
	struct rbuf r = rbuf_make(h->nbrs, h->n_nbrs * 4);

	while (rbuf_left(&r) != 0)
		if (rbuf_u32(&r) == rid)
			return (true);
	return (false);
}

enum ospf_drop
dd_read(struct rbuf *r, struct dd *out)
{
	out->mtu = rbuf_u16(r);
	out->options = rbuf_u8(r);
	out->flags = rbuf_u8(r);
	out->seq = rbuf_u32(r);
	if (!rbuf_ok(r) || rbuf_left(r) % LSA_HDR_LEN != 0)
		return (DROP_DD_BODY);
	return (DROP_NONE);
}

void
dd_write(struct wbuf *w, const struct dd *d)
{
	wbuf_u16(w, d->mtu);
	wbuf_u8(w, d->options);
	wbuf_u8(w, d->flags);
	wbuf_u32(w, d->seq);
}

bool
lsr_next(struct rbuf *r, struct lsa_key *out)
{
	if (rbuf_left(r) == 0)
		return (false);
	out->type = rbuf_u32(r);
	out->scope = 0;
	out->id = rbuf_u32(r);
	out->adv = rbuf_u32(r);
	return (rbuf_ok(r));
}

void
lsr_write(struct wbuf *w, const struct lsa_key *k)
{
	wbuf_u32(w, k->type);
	wbuf_u32(w, k->id);
	wbuf_u32(w, k->adv);
}

const uint8_t *
ip4_strip(const uint8_t *p, size_t len, size_t *out_len, uint32_t *src,
    uint32_t *dst, uint8_t *ttl)
{
	struct rbuf r = rbuf_make(p, len);
	size_t hlen;
	uint8_t vhl;

	vhl = rbuf_u8(&r);
	hlen = (size_t)(vhl & 0x0f) * 4;
	rbuf_skip(&r, 7);
	*ttl = rbuf_u8(&r);
	rbuf_skip(&r, 3);
	*src = rbuf_u32(&r);
	*dst = rbuf_u32(&r);
	if (!rbuf_ok(&r) || vhl >> 4 != 4 || hlen < 20 || hlen > len)
		return (NULL);
	*out_len = len - hlen;
	return (p + hlen);
}
