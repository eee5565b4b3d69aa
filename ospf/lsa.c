/* SPDX-License-Identifier: ISC */
/* runs in: ospf.  See lsa.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "ospf/lsa.h"

#define CKSUM_OFF	16	/* of the checksum in the header */

bool
lsa_key_eq(const struct lsa_key *a, const struct lsa_key *b)
{
	return (a->id == b->id && a->adv == b->adv && a->type == b->type &&
	    a->scope == b->scope);
}

uint64_t
lsa_key_hash(uint64_t seed, const struct lsa_key *k)
{
	return (hash_mix(hash_mix(seed ^ k->id, seed | 1) +
	    ((uint64_t)k->adv << 8 | k->type) + ((uint64_t)k->scope << 40),
	    seed | 0x100001));
}

bool
lsa_type_opaque(uint32_t type)
{
	return (type >= LSA_OPAQUE_LINK && type <= LSA_OPAQUE_AS);
}

bool
lsa_type_known(uint32_t type)
{
	return ((type >= LSA_ROUTER && type <= LSA_EXTERNAL) ||
	    lsa_type_opaque(type));
}

void
lsa_hdr_read(struct rbuf *r, struct lsa_hdr *out)
{
	out->age = rbuf_u16(r);
	out->options = rbuf_u8(r);
	out->key.type = rbuf_u8(r);
	out->key.scope = 0;
	out->key.id = rbuf_u32(r);
	out->key.adv = rbuf_u32(r);
	out->seq = rbuf_u32(r);
	out->cksum = rbuf_u16(r);
	out->len = rbuf_u16(r);
}

void
lsa_hdr_write(struct wbuf *w, const struct lsa_hdr *h)
{
	wbuf_u16(w, h->age);
	wbuf_u8(w, h->options);
	wbuf_u8(w, (uint8_t)h->key.type);
	wbuf_u32(w, h->key.id);
	wbuf_u32(w, h->key.adv);
	wbuf_u32(w, h->seq);
	wbuf_u16(w, h->cksum);
	wbuf_u16(w, h->len);
}

/* c0 and c1 over all but the age, with two bytes at the checksum read as
 * zero when blank is set; sums are reduced before they can overflow. */
static void
fletcher_sums(const uint8_t *p, size_t len, bool blank, uint32_t *c0,
    uint32_t *c1)
{
	size_t i, n = 0;
	uint32_t a = 0, b = 0;

	for (i = 2; i < len; i++) {
		if (!(blank && (i == CKSUM_OFF || i == CKSUM_OFF + 1)))
			a += p[i];
		b += a;
		if (++n == 4000) {
			a %= 255;
			b %= 255;
			n = 0;
		}
	}
	*c0 = a % 255;
	*c1 = b % 255;
}

uint16_t
lsa_fletcher(const uint8_t *p, size_t len)
{
	uint32_t c0, c1;
	int64_t x, y, behind = (int64_t)len - CKSUM_OFF - 1;

	fletcher_sums(p, len, true, &c0, &c1);
	x = (behind * (int64_t)c0 - (int64_t)c1) % 255;
	if (x <= 0)
		x += 255;
	y = 510 - (int64_t)c0 - x;
	if (y > 255)
		y -= 255;
	return ((uint16_t)(x << 8 | y));
}

bool
lsa_fletcher_ok(const uint8_t *p, size_t len)
{
	uint32_t c0, c1;

	if (p[CKSUM_OFF] == 0 && p[CKSUM_OFF + 1] == 0)
		return (false);
	fletcher_sums(p, len, false, &c0, &c1);
	return (c0 == 0 && c1 == 0);
}

int
lsa_hdr_cmp(const struct lsa_hdr *a, const struct lsa_hdr *b)
{
	int d;

	if (a->seq != b->seq)
		return ((int32_t)a->seq > (int32_t)b->seq ? 1 : -1);
	if (a->cksum != b->cksum)
		return (a->cksum > b->cksum ? 1 : -1);
	if ((a->age >= LSA_MAX_AGE) != (b->age >= LSA_MAX_AGE))
		return (a->age >= LSA_MAX_AGE ? 1 : -1);
	d = (int)a->age - (int)b->age;
	if (d > LSA_MAX_AGE_DIFF)
		return (-1);
	return (d < -LSA_MAX_AGE_DIFF ? 1 : 0);
}

static enum ospf_drop
check_router(const uint8_t *p, const struct lsa_hdr *h)
{
	struct rbuf r;
	struct rlink l;
	uint16_t n, i;

	if (h->key.id != h->key.adv)
		return (DROP_LSA_ID);
	if (h->len < LSA_HDR_LEN + 4)
		return (DROP_LSA_BODY);
	r = router_lsa_links(p, h->len, &n);
	for (i = 0; i < n; i++)
		if (!router_link_next(&r, &l))
			return (DROP_LSA_BODY);
	return (rbuf_done(&r) ? DROP_NONE : DROP_LSA_BODY);
}

static enum ospf_drop
check_body(const uint8_t *p, const struct lsa_hdr *h)
{
	size_t body = h->len - LSA_HDR_LEN;

	switch (h->key.type) {
	case LSA_ROUTER:
		return (check_router(p, h));
	case LSA_NETWORK:	/* mask and at least one router */
		return (body >= 8 && body % 4 == 0 ? DROP_NONE : DROP_LSA_BODY);
	case LSA_SUMMARY:
	case LSA_ASBR:		/* mask, then one metric per TOS */
		return (body >= 8 && body % 4 == 0 ? DROP_NONE : DROP_LSA_BODY);
	case LSA_EXTERNAL:	/* mask, then 12 bytes per TOS */
		return (body >= 16 && (body - 4) % 12 == 0 ? DROP_NONE :
		    DROP_LSA_BODY);
	default:
		return (lsa_type_opaque(h->key.type) ? DROP_NONE :
		    DROP_LSA_TYPE);
	}
}

enum ospf_drop
lsa_check(const uint8_t *p, const struct lsa_hdr *h)
{
	if (h->len < LSA_HDR_LEN)
		return (DROP_LSA_LENGTH);
	if (!lsa_fletcher_ok(p, h->len))
		return (DROP_LSA_CHECKSUM);
	if (!lsa_type_known(h->key.type))
		return (DROP_LSA_TYPE);
	if (h->age > LSA_MAX_AGE)
		return (DROP_LSA_AGE);
	if (h->seq == LSA_SEQ_RESERVED)
		return (DROP_LSA_SEQ);
	if (h->key.adv == 0)
		return (DROP_LSA_ID);
	return (check_body(p, h));
}

struct lsa *
lsa_new(const uint8_t *p, size_t len, uint32_t scope, struct mono now)
{
	struct lsa *l;
	struct rbuf r = rbuf_make(p, len);

	if (len < LSA_HDR_LEN || len > LSA_BYTES_MAX)
		return (NULL);
	l = malloc(sizeof(*l) + len);
	if (l == NULL)
		return (NULL);
	l->refs = 1;
	lsa_hdr_read(&r, &l->h);
	l->h.key.scope = scope;
	l->h.len = (uint16_t)len;
	l->at = now;
	memcpy(l->bytes, p, len);
	return (l);
}

struct lsa *
lsa_ref(struct lsa *l)
{
	l->refs++;
	return (l);
}

void
lsa_unref(struct lsa *l)
{
	if (l != NULL && --l->refs == 0)
		free(l);
}

uint16_t
lsa_age(const struct lsa *l, struct mono now)
{
	uint64_t age = (uint64_t)l->h.age + mono_age_s(l->at, now);

	return (age > LSA_MAX_AGE ? LSA_MAX_AGE : (uint16_t)age);
}

struct lsa_hdr
lsa_hdr_now(const struct lsa *l, struct mono now)
{
	struct lsa_hdr h = l->h;

	h.age = lsa_age(l, now);
	return (h);
}

bool
lsa_changed(const struct lsa *old, const struct lsa *l, struct mono now)
{
	bool ended = lsa_age(l, now) >= LSA_MAX_AGE;

	if (old == NULL || lsa_age(old, now) >= LSA_MAX_AGE)
		return (!ended);
	return (ended || old->h.options != l->h.options ||
	    old->h.len != l->h.len || memcmp(old->bytes + LSA_HDR_LEN,
	    l->bytes + LSA_HDR_LEN, l->h.len - (size_t)LSA_HDR_LEN) != 0);
}

void
lsa_write(struct wbuf *w, const struct lsa *l, struct mono now)
{
	uint32_t age = (uint32_t)lsa_age(l, now) + LSA_TRANS_DELAY;

	wbuf_u16(w, age > LSA_MAX_AGE ? LSA_MAX_AGE : (uint16_t)age);
	wbuf_bytes(w, l->bytes + 2, l->h.len - 2U);
}

struct rbuf
router_lsa_links(const uint8_t *p, size_t len, uint16_t *n)
{
	struct rbuf r = rbuf_make(p, len);

	rbuf_skip(&r, LSA_HDR_LEN + 2);
	*n = rbuf_u16(&r);
	return (r);
}

bool
router_link_next(struct rbuf *r, struct rlink *out)
{
	uint8_t n_tos;

	if (rbuf_left(r) == 0)
		return (false);
	out->id = rbuf_u32(r);
	out->data = rbuf_u32(r);
	out->type = rbuf_u8(r);
	n_tos = rbuf_u8(r);
	out->metric = rbuf_u16(r);
	rbuf_skip(r, (size_t)n_tos * 4);
	return (rbuf_ok(r));
}

void
router_lsa_write(struct wbuf *w, uint8_t flags, const struct rlink *links,
    size_t n)
{
	size_t i;

	wbuf_u8(w, flags);
	wbuf_u8(w, 0);
	wbuf_u16(w, (uint16_t)n);
	for (i = 0; i < n; i++) {
		wbuf_u32(w, links[i].id);
		wbuf_u32(w, links[i].data);
		wbuf_u8(w, links[i].type);
		wbuf_u8(w, 0);
		wbuf_u16(w, links[i].metric);
	}
}
