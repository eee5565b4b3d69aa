/* SPDX-License-Identifier: ISC */
/* runs in: ike.  See ike_wire.h. */
#include <string.h>

#include "ike/ike_wire.h"
#include "ike/ike_keymat.h"
#include "lib/rbuf.h"

#define GENERIC_LEN	4
#define CRITICAL	0x80

static const struct {
	uint16_t	 type;
	const char	*name;
} notify_names[] = {
	{ N_UNSUPPORTED_CRITICAL_PAYLOAD, "UNSUPPORTED_CRITICAL_PAYLOAD" },
	{ N_INVALID_IKE_SPI, "INVALID_IKE_SPI" },
	{ N_INVALID_MAJOR_VERSION, "INVALID_MAJOR_VERSION" },
	{ N_INVALID_SYNTAX, "INVALID_SYNTAX" },
	{ N_INVALID_MESSAGE_ID, "INVALID_MESSAGE_ID" },
	{ N_INVALID_SPI, "INVALID_SPI" },
	{ N_NO_PROPOSAL_CHOSEN, "NO_PROPOSAL_CHOSEN" },
	{ N_INVALID_KE_PAYLOAD, "INVALID_KE_PAYLOAD" },
	{ N_AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED" },
	{ N_SINGLE_PAIR_REQUIRED, "SINGLE_PAIR_REQUIRED" },
	{ N_NO_ADDITIONAL_SAS, "NO_ADDITIONAL_SAS" },
	{ N_TS_UNACCEPTABLE, "TS_UNACCEPTABLE" },
	{ N_TEMPORARY_FAILURE, "TEMPORARY_FAILURE" },
	{ N_CHILD_SA_NOT_FOUND, "CHILD_SA_NOT_FOUND" },
};

const char *
ike_notify_name(uint16_t type)
{
	size_t i;

	for (i = 0; i < sizeof(notify_names) / sizeof(notify_names[0]); i++)
		if (notify_names[i].type == type)
			return (notify_names[i].name);
	return ("error");
}

enum ike_drop
ike_hdr_parse(const uint8_t *data, size_t len, struct ike_hdr *out)
{
	struct rbuf r = rbuf_make(data, len);
	uint32_t length;

	memset(out, 0, sizeof(*out));
	if (len < IKE_HDR_LEN)
		return (IKE_D_SHORT);
	if (len > IKE_MSG_MAX)
		return (IKE_D_LONG);
	out->spi_i = rbuf_u64(&r);
	out->spi_r = rbuf_u64(&r);
	out->next = rbuf_u8(&r);
	out->major = rbuf_u8(&r) >> 4;
	out->exchange = rbuf_u8(&r);
	out->flags = rbuf_u8(&r);
	out->mid = rbuf_u32(&r);
	length = rbuf_u32(&r);
	if (out->major == 1)
		return (IKE_D_VERSION1);
	if (out->major != 2)
		return (IKE_D_VERSION);
	if (length != len)
		return (IKE_D_LENGTH);
	if (out->spi_i == 0)
		return (IKE_D_SPI_ZERO);
	if (out->exchange < EXCH_IKE_SA_INIT ||
	    out->exchange > EXCH_INFORMATIONAL)
		return (IKE_D_EXCHANGE);
	if (out->exchange == EXCH_IKE_SA_INIT) {
		if (out->mid != 0)
			return (IKE_D_MID_FIRST);
		/* the request is the initiator's, the response is not */
		if (!(out->flags & IKE_F_INITIATOR) ==
		    !(out->flags & IKE_F_RESPONSE))
			return (IKE_D_FLAGS);
		if (!(out->flags & IKE_F_RESPONSE) && out->spi_r != 0)
			return (IKE_D_SPI_OTHER);
	}
	return (IKE_D_NONE);
}

static enum ike_drop
take_once(struct ike_span *s, const uint8_t *p, size_t len)
{
	if (s->p != NULL)
		return (IKE_D_TWICE);
	s->p = p;
	s->len = len;
	return (IKE_D_NONE);
}

static enum ike_drop
take_ke(struct ike_payloads *out, const uint8_t *p, size_t len)
{
	if (len <= 4)
		return (IKE_D_BODY);
	out->ke_group = (uint16_t)(p[0] << 8 | p[1]);
	return (take_once(&out->ke, p + 4, len - 4));
}

static enum ike_drop
take_auth(struct ike_payloads *out, const uint8_t *p, size_t len)
{
	if (len <= 4)
		return (IKE_D_BODY);
	out->auth_method = p[0];
	return (take_once(&out->auth, p + 4, len - 4));
}

static enum ike_drop
take_notify(struct ike_payloads *out, const uint8_t *p, size_t len)
{
	struct rbuf r = rbuf_make(p, len);
	struct ike_notify n;

	n.proto = rbuf_u8(&r);
	n.spi_len = rbuf_u8(&r);
	n.type = rbuf_u16(&r);
	n.spi = rbuf_bytes(&r, n.spi_len);
	n.data.len = rbuf_left(&r);
	n.data.p = rbuf_bytes(&r, n.data.len);
	if (!rbuf_ok(&r))
		return (IKE_D_BODY);
	if (out->n_notify == IKE_NOTIFIES_MAX)
		return (IKE_D_MANY);
	out->notify[out->n_notify++] = n;
	return (IKE_D_NONE);
}

static enum ike_drop
take_delete(struct ike_payloads *out, const uint8_t *p, size_t len)
{
	struct rbuf r = rbuf_make(p, len);
	struct ike_delete d;

	d.proto = rbuf_u8(&r);
	d.spi_len = rbuf_u8(&r);
	d.n = rbuf_u16(&r);
	d.spis = rbuf_bytes(&r, (size_t)d.n * d.spi_len);
	if (!rbuf_done(&r))
		return (IKE_D_BODY);
	/* proto 1: IKE, 3: ESP; sizes by RFC 7296 3.11 */
	if ((d.proto == 1 && (d.spi_len != 0 || d.n != 0)) ||
	    (d.proto != 1 && (d.spi_len != 4 || d.n == 0)))
		return (IKE_D_BODY);
	if (out->n_delete == IKE_DELETES_MAX)
		return (IKE_D_MANY);
	out->del[out->n_delete++] = d;
	return (IKE_D_NONE);
}

static enum ike_drop
take_plain(struct ike_payloads *out, uint8_t type, const uint8_t *p,
    size_t len)
{
	switch (type) {
	case PL_SA:
		return (take_once(&out->sa, p, len));
	case PL_NONCE:
		if (len < IKE_NONCE_MIN || len > IKE_NONCE_MAX)
			return (IKE_D_NONCE);
		return (take_once(&out->nonce, p, len));
	case PL_IDI:
		return (len < 5 ? IKE_D_BODY : take_once(&out->idi, p, len));
	case PL_IDR:
		return (len < 5 ? IKE_D_BODY : take_once(&out->idr, p, len));
	case PL_TSI:
		return (len < 4 ? IKE_D_BODY : take_once(&out->tsi, p, len));
	case PL_TSR:
		return (len < 4 ? IKE_D_BODY : take_once(&out->tsr, p, len));
	case PL_EAP:
		out->eap = true;
		return (IKE_D_NONE);
	case PL_CP:
		out->cp = true;
		return (IKE_D_NONE);
	default:	/* CERT, CERTREQ, V say nothing to us */
		return (IKE_D_NONE);
	}
}

static enum ike_drop
take(struct ike_payloads *out, uint8_t type, bool critical, const uint8_t *p,
    size_t len)
{
	switch (type) {
	case PL_KE:
		return (take_ke(out, p, len));
	case PL_AUTH:
		return (take_auth(out, p, len));
	case PL_N:
		return (take_notify(out, p, len));
	case PL_D:
		return (take_delete(out, p, len));
	case PL_SK:
	case PL_SKF:
		return (IKE_D_SK);
	default:
		break;
	}
	if (type >= PL_SA && type <= PL_EAP)
		return (take_plain(out, type, p, len));
	if (critical && out->critical == 0)
		out->critical = type;
	return (IKE_D_NONE);
}

/* The chain in r, base: where the message begins, for sk_at. */
static enum ike_drop
chain(struct rbuf *r, uint8_t type, const uint8_t *base,
    struct ike_payloads *out)
{
	enum ike_drop why;
	const uint8_t *p;
	uint16_t len;
	uint8_t next, flags;
	int n;

	for (n = 0; type != PL_NONE; n++, type = next) {
		if (n == IKE_PAYLOADS_MAX)
			return (IKE_D_MANY);
		next = rbuf_u8(r);
		flags = rbuf_u8(r);
		len = rbuf_u16(r);
		if (!rbuf_ok(r) || len < GENERIC_LEN)
			return (IKE_D_CHAIN);
		p = rbuf_bytes(r, (size_t)len - GENERIC_LEN);
		if (p == NULL)
			return (IKE_D_CHAIN);
		if (base != NULL && type == PL_SK) {
			/* the last one; next is the first inside */
			if (rbuf_left(r) != 0)
				return (IKE_D_SK);
			out->sk_first = next;
			out->sk_at = (size_t)(p - base);
			return (IKE_D_NONE);
		}
		if (type == PL_SKF)
			return (IKE_D_FRAGMENT);
		why = take(out, type, (flags & CRITICAL) != 0, p,
		    (size_t)len - GENERIC_LEN);
		if (why != IKE_D_NONE)
			return (why);
	}
	return (rbuf_done(r) ? IKE_D_NONE : IKE_D_CHAIN);
}

enum ike_drop
ike_outer_parse(const uint8_t *msg, size_t len, const struct ike_hdr *h,
    struct ike_payloads *out)
{
	struct rbuf r = rbuf_make(msg, len);

	memset(out, 0, sizeof(*out));
	rbuf_skip(&r, IKE_HDR_LEN);
	return (chain(&r, h->next, msg, out));
}

enum ike_drop
ike_inner_parse(const uint8_t *data, size_t len, uint8_t first,
    struct ike_payloads *out)
{
	struct rbuf r = rbuf_make(data, len);

	memset(out, 0, sizeof(*out));
	return (chain(&r, first, NULL, out));
}

const struct ike_notify *
ike_notify_find(const struct ike_payloads *p, uint16_t type)
{
	uint16_t i;

	for (i = 0; i < p->n_notify; i++)
		if (p->notify[i].type == type)
			return (&p->notify[i]);
	return (NULL);
}

const struct ike_notify *
ike_notify_error(const struct ike_payloads *p)
{
	uint16_t i;

	for (i = 0; i < p->n_notify; i++)
		if (p->notify[i].type < N_STATUS)
			return (&p->notify[i]);
	return (NULL);
}

void
ike_write(struct ike_writer *m, uint8_t *buf, size_t cap,
    const struct ike_hdr *h)
{
	memset(m, 0, sizeof(*m));
	m->w = wbuf_make(buf, cap);
	wbuf_u64(&m->w, h->spi_i);
	wbuf_u64(&m->w, h->spi_r);
	m->next_at = m->w.len;
	wbuf_u8(&m->w, PL_NONE);
	wbuf_u8(&m->w, IKE_V2);
	wbuf_u8(&m->w, h->exchange);
	wbuf_u8(&m->w, h->flags);
	wbuf_u32(&m->w, h->mid);
	wbuf_u32(&m->w, 0);
}

size_t
ike_open(struct ike_writer *m, uint8_t type)
{
	size_t at = m->w.len;

	wbuf_set_u8(&m->w, m->next_at, type);
	m->next_at = at;
	wbuf_u8(&m->w, PL_NONE);
	wbuf_u8(&m->w, 0);
	wbuf_u16(&m->w, 0);
	return (at);
}

void
ike_close(struct ike_writer *m, size_t at)
{
	size_t len = m->w.len - at;

	if (len > UINT16_MAX)
		m->w.bad = true;
	else
		wbuf_set_u16(&m->w, at + 2, (uint16_t)len);
}

void
ike_write_sk(struct ike_writer *m, const struct ike_sk *sk)
{
	(void)ike_open(m, PL_SK);
	m->aad = m->w.len;
	wbuf_zero(&m->w, ike_sk_iv_len(sk));
	m->plain = m->w.len;
}

void
ike_put(struct ike_writer *m, uint8_t type, const void *body, size_t len)
{
	size_t at = ike_open(m, type);

	wbuf_bytes(&m->w, body, len);
	ike_close(m, at);
}

void
ike_put_ke(struct ike_writer *m, uint16_t group, const void *pub, size_t len)
{
	size_t at = ike_open(m, PL_KE);

	wbuf_u16(&m->w, group);
	wbuf_u16(&m->w, 0);
	wbuf_bytes(&m->w, pub, len);
	ike_close(m, at);
}

void
ike_put_notify(struct ike_writer *m, uint16_t type, const void *data,
    size_t len)
{
	size_t at = ike_open(m, PL_N);

	wbuf_u8(&m->w, 0);
	wbuf_u8(&m->w, 0);
	wbuf_u16(&m->w, type);
	wbuf_bytes(&m->w, data, len);
	ike_close(m, at);
}

void
ike_put_notify_spi(struct ike_writer *m, uint16_t type, uint8_t proto,
    uint32_t spi)
{
	size_t at = ike_open(m, PL_N);

	wbuf_u8(&m->w, proto);
	wbuf_u8(&m->w, 4);
	wbuf_u16(&m->w, type);
	wbuf_u32(&m->w, spi);
	ike_close(m, at);
}

void
ike_put_delete_ike(struct ike_writer *m)
{
	size_t at = ike_open(m, PL_D);

	wbuf_u8(&m->w, 1);
	wbuf_u8(&m->w, 0);
	wbuf_u16(&m->w, 0);
	ike_close(m, at);
}

void
ike_put_delete_esp(struct ike_writer *m, uint32_t spi)
{
	size_t at = ike_open(m, PL_D);

	wbuf_u8(&m->w, 3);
	wbuf_u8(&m->w, 4);
	wbuf_u16(&m->w, 1);
	wbuf_u32(&m->w, spi);
	ike_close(m, at);
}

static void
set_length(struct ike_writer *m, size_t len)
{
	wbuf_set_u16(&m->w, 24, (uint16_t)(len >> 16));
	wbuf_set_u16(&m->w, 26, (uint16_t)len);
}

size_t
ike_finish(struct ike_writer *m, struct ike_sk *sk, const struct ike_rng *rng)
{
	size_t plain, body;

	if (!wbuf_ok(&m->w))
		return (0);
	if (m->aad == 0) {
		set_length(m, m->w.len);
		return (m->w.len);
	}
	plain = m->w.len - m->plain;
	body = ike_sk_len(sk, plain);
	if (body + GENERIC_LEN > UINT16_MAX || m->aad + body > m->w.cap)
		return (0);
	wbuf_set_u16(&m->w, m->aad - 2, (uint16_t)(body + GENERIC_LEN));
	set_length(m, m->aad + body);
	if (ike_sk_seal(sk, rng, m->w.base, m->w.cap, m->aad, plain) !=
	    IKE_C_OK)
		return (0);
	return (m->aad + body);
}
