/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  See ike_proposal.h.  A payload is walked twice: once to see
 * that it is well formed, then once for each of our proposals.
 */
#include <stdio.h>
#include <string.h>

#include "ike/ike_proposal.h"
#include "lib/rbuf.h"

#define ATTR_KEY_LEN	0x800e		/* TV format, type 14 */
#define LAST		0
#define MORE_PROPOSALS	2
#define MORE_XFORMS	3
#define XFORM_TYPES	6		/* 0 to 5 */

struct prop {			/* one proposal of theirs */
	uint8_t		 num, proto, spi_len, n_xforms;
	const uint8_t	*spi;
	struct rbuf	 xforms;
};

struct theirs {			/* one transform of theirs */
	uint8_t		 type;
	uint16_t	 id;
	uint16_t	 key_bits;
	bool		 odd;	/* an attribute that we do not know */
};

/* --- writing --- */

static void
put_xform(struct wbuf *w, const struct xform *x, bool last)
{
	bool attr = x->type == XFORM_ENCR && x->key_bits != 0;

	wbuf_u8(w, last ? LAST : MORE_XFORMS);
	wbuf_u8(w, 0);
	wbuf_u16(w, attr ? 12 : 8);
	wbuf_u8(w, x->type);
	wbuf_u8(w, 0);
	wbuf_u16(w, x->id);
	if (attr) {
		wbuf_u16(w, ATTR_KEY_LEN);
		wbuf_u16(w, x->key_bits);
	}
}

static void
put_proposal(struct wbuf *w, const struct proposal *p, uint8_t num, bool last,
    bool no_ke, const void *spi, size_t spi_len)
{
	size_t at = w->len;
	uint16_t i, n = 0, left;

	for (i = 0; i < p->n_xforms; i++)
		if (!no_ke || p->xforms[i].type != XFORM_KE)
			n++;
	wbuf_u8(w, last ? LAST : MORE_PROPOSALS);
	wbuf_u8(w, 0);
	wbuf_u16(w, 0);
	wbuf_u8(w, num);
	wbuf_u8(w, p->proto);
	wbuf_u8(w, (uint8_t)spi_len);
	wbuf_u8(w, (uint8_t)n);
	wbuf_bytes(w, spi, spi_len);
	for (i = 0, left = n; i < p->n_xforms; i++)
		if (!no_ke || p->xforms[i].type != XFORM_KE)
			put_xform(w, &p->xforms[i], --left == 0);
	wbuf_set_u16(w, at + 2, (uint16_t)(w->len - at));
}

void
ike_offer_put(struct wbuf *w, const struct proposal *list, size_t n,
    bool no_ke, const void *spi, size_t spi_len)
{
	size_t i;

	for (i = 0; i < n; i++)
		put_proposal(w, &list[i], (uint8_t)(i + 1), i + 1 == n, no_ke,
		    spi, spi_len);
}

static void
add(struct proposal *p, uint8_t type, uint16_t id, uint16_t bits)
{
	p->xforms[p->n_xforms++] = (struct xform){ .type = type, .id = id,
	    .key_bits = bits };
}

static void
ike_to_proposal(const struct ike_suite *s, struct proposal *p)
{
	*p = (struct proposal){ .proto = PROTO_IKE };
	add(p, XFORM_ENCR, s->encr, s->key_bits);
	if (s->integ != INTEG_NONE)
		add(p, XFORM_INTEG, s->integ, 0);
	add(p, XFORM_PRF, s->prf, 0);
	add(p, XFORM_KE, s->ke, 0);
}

static void
child_to_proposal(const struct ike_child_suite *s, struct proposal *p)
{
	*p = (struct proposal){ .proto = PROTO_ESP };
	add(p, XFORM_ENCR, s->encr, s->key_bits);
	if (s->integ != INTEG_NONE)
		add(p, XFORM_INTEG, s->integ, 0);
	if (s->ke != KE_NONE)
		add(p, XFORM_KE, s->ke, 0);
	add(p, XFORM_ESN, s->esn ? ESN_YES : ESN_NONE, 0);
}

void
ike_chosen_put(struct wbuf *w, enum suite_proto proto,
    const struct ike_chosen *c, const void *spi, size_t spi_len)
{
	struct proposal p;

	if (proto == PROTO_IKE)
		ike_to_proposal(&c->ike, &p);
	else
		child_to_proposal(&c->child, &p);
	put_proposal(w, &p, c->num, true, false, spi, spi_len);
}

const char *
ike_suite_text(const struct ike_suite *s, char buf[static PROPOSAL_TEXT_MAX])
{
	struct proposal p;

	ike_to_proposal(s, &p);
	return (proposal_text(&p, buf));
}

const char *
ike_child_text(const struct ike_child_suite *s,
    char buf[static PROPOSAL_TEXT_MAX])
{
	struct proposal p;

	child_to_proposal(s, &p);
	return (proposal_text(&p, buf));
}

/* --- reading --- */

/* The next proposal; false at the end or when malformed (r is bad then). */
static bool
next_prop(struct rbuf *r, struct prop *p)
{
	uint8_t last;
	uint16_t len;
	struct rbuf b;

	if (rbuf_left(r) == 0)
		return (false);
	last = rbuf_u8(r);
	(void)rbuf_u8(r);
	len = rbuf_u16(r);
	b = rbuf_sub(r, len >= 4 ? (size_t)len - 4 : SIZE_MAX);
	p->num = rbuf_u8(&b);
	p->proto = rbuf_u8(&b);
	p->spi_len = rbuf_u8(&b);
	p->n_xforms = rbuf_u8(&b);
	p->spi = rbuf_bytes(&b, p->spi_len);
	p->xforms = b;
	if (!rbuf_ok(&b) || (last != LAST && last != MORE_PROPOSALS) ||
	    (last == LAST) != (rbuf_left(r) == 0))
		r->bad = true;
	return (rbuf_ok(r));
}

static bool
next_xform(struct rbuf *r, struct theirs *x)
{
	uint8_t last;
	uint16_t len, type, v;
	struct rbuf b;

	if (rbuf_left(r) == 0)
		return (false);
	last = rbuf_u8(r);
	(void)rbuf_u8(r);
	len = rbuf_u16(r);
	b = rbuf_sub(r, len >= 4 ? (size_t)len - 4 : SIZE_MAX);
	x->type = rbuf_u8(&b);
	(void)rbuf_u8(&b);
	x->id = rbuf_u16(&b);
	x->key_bits = 0;
	x->odd = false;
	while (rbuf_ok(&b) && rbuf_left(&b) > 0) {
		type = rbuf_u16(&b);
		v = rbuf_u16(&b);
		if (type == ATTR_KEY_LEN && x->key_bits == 0)
			x->key_bits = v;
		else
			x->odd = true;
		if (!(type & 0x8000))	/* TLV */
			rbuf_skip(&b, v);
	}
	if (!rbuf_ok(&b) || (last != LAST && last != MORE_XFORMS) ||
	    (last == LAST) != (rbuf_left(r) == 0))
		r->bad = true;
	return (rbuf_ok(r));
}

static bool
well_formed(struct ike_span body, size_t *count)
{
	struct rbuf r = rbuf_make(body.p, body.len);
	struct theirs x;
	struct prop p;
	size_t n;

	*count = 0;
	while (next_prop(&r, &p)) {
		for (n = 0; next_xform(&p.xforms, &x); n++)
			;
		if (!rbuf_ok(&p.xforms) || n != p.n_xforms || n == 0)
			return (false);
		(*count)++;
	}
	return (rbuf_ok(&r) && *count > 0);
}

/* Whether p offers x. */
static bool
offers(const struct prop *p, const struct xform *x)
{
	struct rbuf r = p->xforms;
	struct theirs t;

	while (next_xform(&r, &t))
		if (t.type == x->type && t.id == x->id && !t.odd &&
		    t.key_bits == (x->type == XFORM_ENCR ? x->key_bits : 0))
			return (true);
	return (false);
}

/* Which types p has, where a NONE among the choices makes one optional; false
 * when there is a type that we do not know. */
static bool
types_of(const struct prop *p, bool has[static XFORM_TYPES],
    bool none[static XFORM_TYPES])
{
	struct rbuf r = p->xforms;
	bool unknown = false, unknown_none = false;
	struct theirs t;

	memset(has, 0, XFORM_TYPES * sizeof(*has));
	memset(none, 0, XFORM_TYPES * sizeof(*none));
	while (next_xform(&r, &t)) {
		if (t.type == 0 || t.type >= XFORM_TYPES) {
			unknown = true;
			unknown_none |= t.id == 0;
			continue;
		}
		has[t.type] = true;
		none[t.type] |= t.id == 0;
	}
	return (!unknown || unknown_none);
}

static void
keep(struct ike_chosen *out, enum suite_proto proto, const struct xform *x)
{
	bool ike = proto == PROTO_IKE;

	switch (x->type) {
	case XFORM_ENCR:
		if (ike) {
			out->ike.encr = x->id;
			out->ike.key_bits = x->key_bits;
		} else {
			out->child.encr = x->id;
			out->child.key_bits = x->key_bits;
		}
		break;
	case XFORM_PRF:
		out->ike.prf = x->id;
		break;
	case XFORM_INTEG:
		if (ike)
			out->ike.integ = x->id;
		else
			out->child.integ = x->id;
		break;
	case XFORM_KE:
		if (ike)
			out->ike.ke = x->id;
		else
			out->child.ke = x->id;
		break;
	case XFORM_ESN:
		out->child.esn = x->id == ESN_YES;
		break;
	default:
		break;
	}
}

/* Our best transform of a type that p offers; NULL: none.  A group ke goes
 * first. */
static const struct xform *
best(const struct proposal *mine, const struct prop *p, uint8_t type,
    uint16_t ke)
{
	const struct xform *x, *first = NULL;
	uint16_t i;

	for (i = 0; i < mine->n_xforms; i++) {
		x = &mine->xforms[i];
		if (x->type != type || !offers(p, x))
			continue;
		if (type == XFORM_KE && x->id == ke)
			return (x);
		if (first == NULL)
			first = x;
	}
	return (first);
}

static bool
meet(const struct proposal *mine, const struct prop *p, bool no_ke,
    uint16_t ke, struct ike_chosen *out)
{
	bool has[XFORM_TYPES], none[XFORM_TYPES], wanted;
	const struct xform *x;
	uint8_t type;

	if (!types_of(p, has, none))
		return (false);
	for (type = XFORM_ENCR; type < XFORM_TYPES; type++) {
		wanted = proposal_first(mine, type) != NULL &&
		    !(no_ke && type == XFORM_KE);
		if (!wanted) {
			/* groups in IKE_AUTH mean nothing (RFC 7296 1.2) */
			if (has[type] && !none[type] &&
			    !(no_ke && type == XFORM_KE))
				return (false);
			continue;
		}
		if (type == XFORM_ESN && !has[type]) {
			/* not said: as if it said no */
			x = &(const struct xform){ .type = XFORM_ESN };
			if (best(mine, p, type, 0) == NULL &&
			    proposal_first(mine, type)->id != ESN_NONE)
				return (false);
			keep(out, mine->proto, x);
			continue;
		}
		if ((x = best(mine, p, type, ke)) == NULL)
			return (false);
		keep(out, mine->proto, x);
	}
	return (true);
}

enum ike_pick
ike_choose(struct ike_span body, enum suite_proto proto,
    const struct proposal *list, size_t n, bool no_ke, uint16_t ke,
    size_t spi_len, struct ike_chosen *out)
{
	struct rbuf r;
	struct prop p;
	size_t i, count;

	memset(out, 0, sizeof(*out));
	if (!well_formed(body, &count))
		return (PICK_BAD);
	for (i = 0; i < n; i++) {
		r = rbuf_make(body.p, body.len);
		while (next_prop(&r, &p)) {
			if (p.proto != proto || p.spi_len != spi_len)
				continue;
			memset(out, 0, sizeof(*out));
			if (!meet(&list[i], &p, no_ke, ke, out))
				continue;
			out->num = p.num;
			out->spi_len = p.spi_len;
			if (p.spi_len > 0)
				memcpy(out->spi, p.spi, p.spi_len);
			return (PICK_OK);
		}
	}
	memset(out, 0, sizeof(*out));
	return (PICK_NONE);
}

enum ike_pick
ike_answer(struct ike_span body, enum suite_proto proto,
    const struct proposal *list, size_t n, bool no_ke, size_t spi_len,
    struct ike_chosen *out)
{
	bool seen[XFORM_TYPES] = { false };
	struct rbuf r = rbuf_make(body.p, body.len);
	struct theirs x;
	struct prop p;
	size_t count;

	memset(out, 0, sizeof(*out));
	if (!well_formed(body, &count) || count != 1 || !next_prop(&r, &p))
		return (PICK_BAD);
	r = p.xforms;
	while (next_xform(&r, &x)) {
		if (x.type >= XFORM_TYPES || seen[x.type])
			return (PICK_BAD);
		seen[x.type] = true;
	}
	if (p.num == 0 || p.num > n)
		return (PICK_NONE);
	return (ike_choose(body, proto, &list[p.num - 1], 1, no_ke, 0, spi_len,
	    out));
}

bool
ike_has_group(const struct proposal *list, size_t n, uint16_t group)
{
	size_t i;
	uint16_t k;

	for (i = 0; i < n; i++)
		for (k = 0; k < list[i].n_xforms; k++)
			if (list[i].xforms[k].type == XFORM_KE &&
			    list[i].xforms[k].id == group)
				return (true);
	return (false);
}

/* One proposal of theirs as ours are, those that we know first; as many as there
 * is room for.  What one may go without is left out. */
static void
from_theirs(const struct prop *p, struct proposal *out)
{
	bool has[XFORM_TYPES], none[XFORM_TYPES];
	bool strange = !types_of(p, has, none), known, named;
	struct theirs x;
	struct rbuf r;
	uint16_t i;
	int pass;

	*out = (struct proposal){ .proto = p->proto };
	for (pass = 0; pass < 2; pass++) {
		r = p->xforms;
		while (next_xform(&r, &x)) {
			named = alg_find(x.type, x.id, x.key_bits) != NULL;
			known = named && !x.odd && (x.type == XFORM_ENCR ||
			    x.key_bits == 0);
			if (known != (pass == 0) || known != named ||
			    (x.type >= XFORM_TYPES && !strange))
				continue;
			for (i = 0; i < out->n_xforms &&
			    (out->xforms[i].type != x.type ||
			    out->xforms[i].id != x.id ||
			    out->xforms[i].key_bits != x.key_bits); i++)
				;
			if (i == out->n_xforms && i < PROPOSAL_XFORMS_MAX)
				add(out, x.type, x.id, x.key_bits);
		}
	}
}

void
ike_offer_text(struct ike_span body, char *buf, size_t cap)
{
	char text[PROPOSAL_BRIEF_MAX], known[PROPOSAL_TEXT_MAX];
	const char *lack;
	struct proposal q;
	struct prop p;
	struct rbuf r;
	size_t len = 0, count;
	bool usable;
	int pass;

	buf[0] = '\0';
	if (!well_formed(body, &count))
		return;
	for (pass = 0; pass < 2; pass++) {
		r = rbuf_make(body.p, body.len);
		while (next_prop(&r, &p)) {
			from_theirs(&p, &q);
			(void)proposal_brief(&q, text, sizeof(text));
			usable = proposal_known(text, strlen(text), p.proto,
			    known, &lack) != NULL;
			if (usable != (pass == 0) || text[0] == '\0' ||
			    len + strlen(text) + (len > 0) >= cap)
				continue;
			len += (size_t)snprintf(buf + len, cap - len, "%s%s",
			    len > 0 ? "," : "", text);
		}
	}
}
