/* SPDX-License-Identifier: ISC */
/* What is changed, and the list.  See lib_forge.h. */
#include <string.h>

#include "lib_forge.h"

static void
as_is(struct forge *f, uint32_t a, uint32_t b)
{
	(void)f, (void)a, (void)b;
}

/* Payload a is missing, b too. */
static void
without(struct forge *f, uint32_t a, uint32_t b)
{
	struct forge_pl *p;

	while ((p = forge_find(f, (uint8_t)a)) != NULL)
		forge_remove(f, p);
	if (b != 0)
		without(f, b, 0);
}

static void
twice(struct forge *f, uint32_t a, uint32_t b)
{
	struct forge_pl *p = forge_find(f, (uint8_t)a);

	(void)b;
	if (p != NULL)
		(void)forge_put(f, f->n, p->type, p->body, p->len);
}

/* b payloads of type a and 4 bytes in front. */
static void
many(struct forge *f, uint32_t a, uint32_t b)
{
	static const uint8_t body[4] = { 0, 0, 0x40, 0x0a };

	while (b-- > 0)
		(void)forge_put(f, 0, (uint8_t)a, body, sizeof(body));
}

/* A payload of type a in front, critical or not. */
static void
unknown(struct forge *f, uint32_t a, uint32_t b)
{
	many(f, a, 1);
	f->pl[0].flags = (uint8_t)b;
}

/* Payload a is b bytes: what it was, and then more of them. */
static void
sized(struct forge *f, uint32_t a, uint32_t b)
{
	struct forge_pl *p = forge_find(f, (uint8_t)a);
	uint8_t *body = forge_room(f, NULL, b);

	if (p == NULL || body == NULL)
		return;
	memcpy(body, p->body, p->len < b ? p->len : b);
	p->body = body;
	p->len = b;
}

/* Byte b of payload a's body is turned over. */
static void
turned(struct forge *f, uint32_t a, uint32_t b)
{
	struct forge_pl *p = forge_find(f, (uint8_t)a);

	if (p != NULL && b < p->len)
		p->body[b] ^= 0xff;
}

/* The first byte of payload a's body is b. */
static void
kind(struct forge *f, uint32_t a, uint32_t b)
{
	struct forge_pl *p = forge_find(f, (uint8_t)a);

	if (p != NULL && p->len > 0)
		p->body[0] = (uint8_t)b;
}

static void
cut(struct forge *f, uint32_t a, uint32_t b)
{
	(void)b;
	f->cut = a;
}

static void
exchange(struct forge *f, uint32_t a, uint32_t b)
{
	f->h.exchange = (uint8_t)a;
	f->h.flags ^= (uint8_t)b;
}

static void
icv(struct forge *f, uint32_t a, uint32_t b)
{
	(void)a, (void)b;
	f->bad_icv = true;
}

/* Message ID a further; or b, when that is not 0. */
static void
mid(struct forge *f, uint32_t a, uint32_t b)
{
	f->h.mid = b != 0 ? b : f->h.mid + a;
	/* other bytes than those that had this ID before */
	many(f, PL_V, 1);
}

/* The ID in payload a as text of type FQDN: b of the list. */
static void
named(struct forge *f, uint32_t a, uint32_t b)
{
	struct forge_pl *p = forge_find(f, (uint8_t)a), *o;
	const struct ike_tunnel *t = &f->sa->t->cfg;

	if (p == NULL)
		return;
	switch (b) {
	case 0:		/* that of the one it is told to */
		sized(f, a, 4U + t->remote_id.n_data);
		o = forge_find(f, (uint8_t)a);
		memcpy(o->body + 4, t->remote_id.data, t->remote_id.n_data);
		break;
	case 1:		/* NUL inside and behind */
		sized(f, a, (uint32_t)p->len + 3);
		o = forge_find(f, (uint8_t)a);
		memcpy(o->body + o->len - 3, "\0x", 3);
		break;
	case 2:		/* of type IPv4, and too short for that */
		sized(f, a, 6);
		kind(f, a, IKE_ID_IPV4_ADDR);
		break;
	default:	/* other letters */
		p->body[4] ^= 0x20;
		break;
	}
}

/* EAP: code a in place of AUTH, or with b beside it. */
static void
eap(struct forge *f, uint32_t a, uint32_t b)
{
	uint8_t body[5] = { (uint8_t)a, 1, 0, a == 3 ? 4 : 5, 1 };

	if (b == 0)
		without(f, PL_AUTH, 0);
	(void)forge_put(f, 0, PL_EAP, body, body[3]);
}

static void
reflected(struct forge *f, uint32_t a, uint32_t b)
{
	struct forge_pl *p = forge_find(f, PL_AUTH);

	(void)a, (void)b;
	if (p == NULL || f->auth_len == 0)
		return;
	sized(f, PL_AUTH, (uint32_t)f->auth_len);
	memcpy(p->body, f->auth, f->auth_len);
}

/* The selectors in payload a: b of them, none of them ours; or turned round,
 * or one more said than there is. */
enum { TS_TURNED = 1000, TS_LIE };

static void
selectors(struct forge *f, uint32_t a, uint32_t b)
{
	static const uint8_t other[16] = { 7, 47, 0, 16, 0, 0, 0xff, 0xff,
	    10, 9, 9, 9, 10, 9, 9, 9 };
	struct forge_pl *p = forge_find(f, (uint8_t)a);
	uint32_t i;

	if (p == NULL || p->len != 20)
		return;
	if (b == TS_TURNED) {
		p->body[12]++;		/* start */
		return;
	}
	if (b == TS_LIE) {
		p->body[0]++;
		return;
	}
	sized(f, a, 4 + 16 * b);
	p->body[0] = (uint8_t)b;
	for (i = 0; i < b; i++)
		memcpy(p->body + 4 + 16 * i, other, sizeof(other));
}

/* The SA payload: none, the true one said a times, one that cannot be met, an
 * SPI of b, ... */
enum { PR_NONE, PR_MANY, PR_STRANGE, PR_SPI, PR_COUNT, PR_NO_XFORM, PR_TWO,
    PR_NUM, PR_SPI_MINE, PR_SPI_OLD };

static void
put_spi(struct forge_pl *p, uint64_t spi)
{
	uint8_t n = p->body[6], i;

	for (i = 0; i < n; i++)
		p->body[8 + i] = (uint8_t)(spi >> (8 * (n - 1 - i)));
}

static void
offers(struct forge *f, uint32_t a, uint32_t b)
{
	struct forge_pl *p = forge_find(f, PL_SA);
	size_t len, i;

	if (p == NULL || p->len < 8)
		return;
	len = p->len;
	switch (a) {
	case PR_NONE:
		p->len = 0;
		break;
	case PR_STRANGE:
	case PR_MANY:
		sized(f, PL_SA, (uint32_t)len * b);
		for (i = 0; i < b; i++) {
			memmove(p->body + i * len, p->body, len);
			p->body[i * len] = i + 1 < b ? 2 : 0;
			p->body[i * len + 4] = (uint8_t)(i + 1);
		}
		/* its first transform: ENCR_DES */
		for (i = 0; a == PR_STRANGE && i < b; i++)
			p->body[i * len + 8 + p->body[6] + 7] = 2;
		break;
	case PR_SPI:
		put_spi(p, b);
		break;
	case PR_SPI_MINE:	/* the one that the other end receives with */
		put_spi(p, p->body[6] == 8 ? (f->sa->initiator ?
		    f->sa->spi_r : f->sa->spi_i) :
		    f->sa->t->cur->spi_out);
		break;
	case PR_SPI_OLD:	/* that of the child that is there */
		put_spi(p, f->sa->t->cur->spi_in);
		break;
	case PR_COUNT:
		p->body[7]++;
		break;
	case PR_NUM:
		p->body[4] = (uint8_t)b;
		break;
	case PR_TWO:	/* a second transform of the first one's type */
		p->body[8 + p->body[6] + 4 + p->body[8 + p->body[6] + 3]] = 1;
		break;
	default:
		p->len = 8U + p->body[6];
		p->body[3] = (uint8_t)p->len;
		p->body[7] = 0;
		break;
	}
}

/* REKEY_SA (the first notification) with protocol a, or an SPI of b bytes. */
static void
rekeys(struct forge *f, uint32_t a, uint32_t b)
{
	struct forge_pl *p = forge_find(f, PL_N);

	if (p == NULL || p->len != 8)
		return;
	p->body[0] = (uint8_t)a;
	if (b > 4) {
		p->body[4] ^= 0xff;	/* unknown */
	} else if (b < 4) {
		p->body[1] = (uint8_t)b;
		p->len = 4 + b;
	}
}

static void
group(struct forge *f, uint32_t a, uint32_t b)
{
	sized(f, PL_KE, 4 + b);
	if (forge_find(f, PL_KE) == NULL)
		return;
	forge_find(f, PL_KE)->body[0] = (uint8_t)(a >> 8);
	forge_find(f, PL_KE)->body[1] = (uint8_t)a;
}

static void
zero_ke(struct forge *f, uint32_t a, uint32_t b)
{
	struct forge_pl *p = forge_find(f, PL_KE);

	(void)a, (void)b;
	if (p != NULL)
		memset(p->body + 4, 0, p->len - 4);
}

/* DELETE: protocol a, b SPIs; sized and counted as the rules are, or not. */
enum { DEL_OWN = 0x100, DEL_SPI2 = 0x200, DEL_LIE = 0x400, DEL_SAME = 0x800 };

static void
deletes(struct forge *f, uint32_t a, uint32_t b)
{
	const struct child *c = f->sa->t->cur;
	size_t spi = (a & 0xff) == 1 ? 8 * (b > 0) : a & DEL_SPI2 ? 2 : 4, i;
	uint8_t own[4];
	struct forge_pl *p;

	p = forge_put(f, f->n, PL_D, NULL, 4 + spi * b);
	if (p == NULL)
		return;
	p->body[0] = (uint8_t)a;
	p->body[1] = (uint8_t)spi;
	if (a & DEL_LIE)
		b++;
	p->body[2] = (uint8_t)(b >> 8);
	p->body[3] = (uint8_t)b;
	if (c == NULL || !(a & (DEL_OWN | DEL_SAME)))
		return;
	spi_bytes(own, a & DEL_OWN ? c->spi_in : c->spi_out);
	for (i = 0; i < b; i++)
		memcpy(p->body + 4 + 4 * i, own, 4);
}

/* A second IKE_SA for one that is not there yet (CVE-2014-2338). */
static void
early_rekey(struct forge *f, uint32_t a, uint32_t b)
{
	uint8_t ke[36] = { 0, 31 };
	struct ike_chosen ch = { .num = 1, .ike = f->sa->suite };
	struct wbuf w;
	uint8_t buf[256];

	(void)a, (void)b;
	f->n = 0;
	memset(ke + 4, 9, 32);
	w = wbuf_make(buf, sizeof(buf));
	ike_chosen_put(&w, PROTO_IKE, &ch, "rekeyspi", 8);
	(void)forge_put(f, 0, PL_SA, buf, w.len);
	(void)forge_put(f, 1, PL_NONCE, NULL, 32);
	(void)forge_put(f, 2, PL_KE, ke, sizeof(ke));
	f->h.exchange = EXCH_CREATE_CHILD_SA;
}

static void
early_delete(struct forge *f, uint32_t a, uint32_t b)
{
	(void)b;
	f->n = 0;
	f->h.exchange = EXCH_INFORMATIONAL;
	if (a != 0)
		deletes(f, PROTO_IKE, 0);
}

/* A notification of type a with b bytes of data. */
static void
notify(struct forge *f, uint32_t a, uint32_t b)
{
	struct forge_pl *p = forge_put(f, f->n, PL_N, NULL, 4 + b);

	if (p == NULL)
		return;
	p->body[0] = p->body[1] = 0;
	p->body[2] = (uint8_t)(a >> 8);
	p->body[3] = (uint8_t)a;
}

/* --- the list --- */

#define YES	FORGE_YES, IKE_D_NONE, NULL, false
#define SYNTAX(d)	N_INVALID_SYNTAX, IKE_D_ ## d, NULL, false
#define SILENT(d)	FORGE_SILENCE, IKE_D_ ## d, NULL, false
#define REFUSED	N_AUTHENTICATION_FAILED, IKE_D_STRANGER, NULL, false
#define UNPROVEN	N_AUTHENTICATION_FAILED, IKE_D_NONE, NULL, false
/* Of an answer: dropped, the true one may still come; or it ends what was
 * asked for. */
#define DROPPED(d)	FORGE_SILENCE, IKE_D_ ## d, NULL, false
#define SAYS(text)	FORGE_SILENCE, IKE_D_NONE, text, false

const struct forge_case forge_cases[] = {
	/* IKE_AUTH as initiator: payloads */
	{ "auth as it is", FORGE_AUTH, as_is, 0, 0, YES },
	{ "auth without IDi", FORGE_AUTH, without, PL_IDI, 0, SYNTAX(MISSING) },
	{ "auth without IDr", FORGE_AUTH, without, PL_IDR, 0, YES },
	{ "auth without AUTH", FORGE_AUTH, without, PL_AUTH, 0, REFUSED },
	{ "auth without SA", FORGE_AUTH, without, PL_SA, 0, SYNTAX(MISSING) },
	{ "auth without TSi", FORGE_AUTH, without, PL_TSI, 0, SYNTAX(MISSING) },
	{ "auth without TSr", FORGE_AUTH, without, PL_TSR, 0, SYNTAX(MISSING) },
	{ "auth without TS", FORGE_AUTH, without, PL_TSI, PL_TSR,
	    SYNTAX(MISSING) },
	{ "auth with IDi twice", FORGE_AUTH, twice, PL_IDI, 0, SYNTAX(TWICE) },
	{ "auth with IDr twice", FORGE_AUTH, twice, PL_IDR, 0, SYNTAX(TWICE) },
	{ "auth with AUTH twice", FORGE_AUTH, twice, PL_AUTH, 0,
	    SYNTAX(TWICE) },
	{ "auth with SA twice", FORGE_AUTH, twice, PL_SA, 0, SYNTAX(TWICE) },
	{ "auth with TSi twice", FORGE_AUTH, twice, PL_TSI, 0, SYNTAX(TWICE) },
	{ "auth with TSr twice", FORGE_AUTH, twice, PL_TSR, 0, SYNTAX(TWICE) },
	{ "auth with 65 payloads", FORGE_AUTH, many, PL_V, 65, SYNTAX(MANY) },
	{ "auth with 25 notifications", FORGE_AUTH, many, PL_N, 25,
	    SYNTAX(MANY) },
	{ "auth with a payload cut", FORGE_AUTH, cut, 3, 0, SYNTAX(CHAIN) },
	{ "auth with a critical payload", FORGE_AUTH, unknown, 200, 0x80,
	    N_UNSUPPORTED_CRITICAL_PAYLOAD, IKE_D_CRITICAL, NULL, false },
	{ "auth with a strange payload", FORGE_AUTH, unknown, 200, 0, YES },
	{ "auth with SK inside SK", FORGE_AUTH, unknown, PL_SK, 0, SYNTAX(SK) },
	{ "auth with a bad checksum", FORGE_AUTH, icv, 0, 0, SILENT(DECRYPT) },
	/* identities */
	{ "auth as who it is told to", FORGE_AUTH, named, PL_IDI, 0, REFUSED },
	{ "auth with NUL in IDi", FORGE_AUTH, named, PL_IDI, 1, REFUSED },
	{ "auth with IDi cut", FORGE_AUTH, sized, PL_IDI, 8, REFUSED },
	{ "auth with IDi longer", FORGE_AUTH, sized, PL_IDI, 40, REFUSED },
	{ "auth with IDi of 14 kB", FORGE_AUTH, sized, PL_IDI, 14000,
	    REFUSED },
	{ "auth with IDi of 60 kB", FORGE_AUTH, sized, PL_IDI, 60000,
	    SILENT(LONG) },
	{ "auth with IDi empty", FORGE_AUTH, sized, PL_IDI, 4, SYNTAX(BODY) },
	{ "auth with a short IPv4 IDi", FORGE_AUTH, named, PL_IDI, 2,
	    REFUSED },
	{ "auth with other letters", FORGE_AUTH, named, PL_IDI, 3, REFUSED },
	{ "auth with IDi of type 0", FORGE_AUTH, kind, PL_IDI, 0, REFUSED },
	{ "auth to another IDr", FORGE_AUTH, turned, PL_IDR, 5, REFUSED },
	{ "auth with IDr cut", FORGE_AUTH, sized, PL_IDR, 8, REFUSED },
	/* proof */
	{ "auth with AUTH empty", FORGE_AUTH, sized, PL_AUTH, 4,
	    SYNTAX(BODY) },
	{ "auth with AUTH of 1 byte", FORGE_AUTH, sized, PL_AUTH, 5, UNPROVEN },
	{ "auth with AUTH longer", FORGE_AUTH, sized, PL_AUTH, 100, UNPROVEN },
	{ "auth with AUTH of 2 kB", FORGE_AUTH, sized, PL_AUTH, 2048,
	    UNPROVEN },
	{ "auth with AUTH turned", FORGE_AUTH, turned, PL_AUTH, 4, UNPROVEN },
	{ "auth by method 0", FORGE_AUTH, kind, PL_AUTH, 0, REFUSED },
	{ "auth by method 1", FORGE_AUTH, kind, PL_AUTH, 1, REFUSED },
	{ "auth by method 255", FORGE_AUTH, kind, PL_AUTH, 255, REFUSED },
	{ "auth by EAP", FORGE_AUTH, eap, 2, 0, REFUSED },
	{ "auth by EAP Success", FORGE_AUTH, eap, 3, 0, REFUSED },
	/* another exchange in its place */
	{ "rekey before auth", FORGE_AUTH, early_rekey, 0, 0, SILENT(STATE) },
	{ "child before auth", FORGE_AUTH, exchange, EXCH_CREATE_CHILD_SA, 0,
	    SILENT(STATE) },
	{ "delete before auth", FORGE_AUTH, early_delete, 1, 0, SILENT(STATE) },
	{ "probe before auth", FORGE_AUTH, early_delete, 0, 0, SILENT(STATE) },
	{ "auth ahead", FORGE_AUTH, mid, 1, 0, SILENT(AHEAD) },
	/* the child in it: the IKE SA stands all the same */
	{ "auth with no proposal", FORGE_AUTH, offers, PR_NONE, 0,
	    N_NO_PROPOSAL_CHOSEN, IKE_D_BODY, NULL, false },
	{ "auth with 255 proposals", FORGE_AUTH, offers, PR_STRANGE, 255,
	    N_NO_PROPOSAL_CHOSEN, IKE_D_NONE, NULL, false },
	{ "auth with no selector", FORGE_AUTH, selectors, PL_TSI, 0,
	    SYNTAX(BODY) },
	{ "auth with 255 selectors", FORGE_AUTH, selectors, PL_TSR, 255,
	    N_TS_UNACCEPTABLE, IKE_D_NONE, NULL, false },
	{ "auth with start behind end", FORGE_AUTH, selectors, PL_TSI,
	    TS_TURNED, N_TS_UNACCEPTABLE, IKE_D_NONE, NULL, false },

	/* IKE_AUTH as responder */
	{ "answer with our AUTH", FORGE_AUTH_ANSWER, reflected, 0, 0,
	    SAYS("authentication is wrong") },
	{ "answer with AUTH turned", FORGE_AUTH_ANSWER, turned, PL_AUTH, 9,
	    SAYS("authentication is wrong") },
	{ "answer with AUTH of 2 kB", FORGE_AUTH_ANSWER, sized, PL_AUTH, 2048,
	    SAYS("authentication is wrong") },
	{ "answer without AUTH", FORGE_AUTH_ANSWER, without, PL_AUTH, 0,
	    SAYS("no AUTH") },
	{ "answer without IDr", FORGE_AUTH_ANSWER, without, PL_IDR, 0,
	    SAYS("no AUTH") },
	{ "answer as who asked", FORGE_AUTH_ANSWER, named, PL_IDR, 0,
	    SAYS("unexpected identity") },
	{ "answer with NUL in IDr", FORGE_AUTH_ANSWER, named, PL_IDR, 1,
	    SAYS("unexpected identity") },
	{ "answer with IDr of 14 kB", FORGE_AUTH_ANSWER, sized, PL_IDR, 14000,
	    SAYS("unexpected identity") },
	{ "answer by method 1", FORGE_AUTH_ANSWER, kind, PL_AUTH, 1,
	    SAYS("another method") },
	{ "answer by EAP", FORGE_AUTH_ANSWER, eap, 1, 0, SAYS("no AUTH") },
	{ "answer by EAP Success", FORGE_AUTH_ANSWER, eap, 3, 0,
	    SAYS("no AUTH") },
	{ "answer with AUTH twice", FORGE_AUTH_ANSWER, twice, PL_AUTH, 0,
	    DROPPED(TWICE) },
	{ "answer with AUTH empty", FORGE_AUTH_ANSWER, sized, PL_AUTH, 4,
	    DROPPED(BODY) },
	{ "answer to another exchange", FORGE_AUTH_ANSWER, exchange,
	    EXCH_INFORMATIONAL, 0, DROPPED(OTHER_EXCHANGE) },
	{ "answer with 3 proposals", FORGE_AUTH_ANSWER, offers, PR_MANY, 3,
	    SAYS("does not fit") },
	{ "answer with proposal 9", FORGE_AUTH_ANSWER, offers, PR_NUM, 9,
	    SAYS("does not fit") },
	{ "answer with other selectors", FORGE_AUTH_ANSWER, selectors, PL_TSR,
	    1, SAYS("selectors do not meet") },
	{ "answer with an SPI of 0", FORGE_AUTH_ANSWER, offers, PR_SPI, 0,
	    SAYS("does not fit") },

	/* CREATE_CHILD_SA for a child */
	{ "child without SA", FORGE_CHILD, without, PL_SA, 0, SYNTAX(MISSING) },
	{ "child without nonce", FORGE_CHILD, without, PL_NONCE, 0,
	    SYNTAX(MISSING) },
	{ "child without TSi", FORGE_CHILD, without, PL_TSI, 0,
	    SYNTAX(MISSING) },
	{ "child without TSr", FORGE_CHILD, without, PL_TSR, 0,
	    SYNTAX(MISSING) },
	{ "child without KE", FORGE_CHILD, without, PL_KE, 0,
	    N_INVALID_KE_PAYLOAD, IKE_D_NONE, NULL, false },
	{ "child with SA twice", FORGE_CHILD, twice, PL_SA, 0, SYNTAX(TWICE) },
	{ "child with nonce twice", FORGE_CHILD, twice, PL_NONCE, 0,
	    SYNTAX(TWICE) },
	{ "child with KE twice", FORGE_CHILD, twice, PL_KE, 0, SYNTAX(TWICE) },
	{ "child with a critical payload", FORGE_CHILD, unknown, 201, 0x80,
	    N_UNSUPPORTED_CRITICAL_PAYLOAD, IKE_D_CRITICAL, NULL, false },
	{ "child with nonce of 15", FORGE_CHILD, sized, PL_NONCE, 15,
	    SYNTAX(NONCE) },
	{ "child with nonce of 257", FORGE_CHILD, sized, PL_NONCE, 257,
	    SYNTAX(NONCE) },
	{ "child with KE of another group", FORGE_CHILD, group, 19, 64,
	    N_INVALID_KE_PAYLOAD, IKE_D_NONE, NULL, false },
	{ "child with KE of 31", FORGE_CHILD, group, 31, 31, SYNTAX(KE) },
	{ "child with KE of 0", FORGE_CHILD, zero_ke, 0, 0, SYNTAX(KE) },
	{ "child with KE empty", FORGE_CHILD, group, 31, 0, SYNTAX(BODY) },
	{ "child with no proposal", FORGE_CHILD, offers, PR_NONE, 0,
	    SYNTAX(BODY) },
	{ "child with 255 proposals", FORGE_CHILD, offers, PR_STRANGE, 255,
	    N_NO_PROPOSAL_CHOSEN, IKE_D_NONE, NULL, false },
	{ "child with no transform", FORGE_CHILD, offers, PR_NO_XFORM, 0,
	    SYNTAX(BODY) },
	{ "child with a transform more said", FORGE_CHILD, offers, PR_COUNT, 0,
	    SYNTAX(BODY) },
	{ "child with an SPI of 0", FORGE_CHILD, offers, PR_SPI, 0,
	    SYNTAX(BODY) },
	{ "child with an SPI of 255", FORGE_CHILD, offers, PR_SPI, 255,
	    SYNTAX(BODY) },
	{ "child with the old SPI", FORGE_CHILD, offers, PR_SPI_OLD, 0,
	    SYNTAX(BODY) },
	{ "child with no selector", FORGE_CHILD, selectors, PL_TSI, 0,
	    SYNTAX(BODY) },
	{ "child with 255 selectors", FORGE_CHILD, selectors, PL_TSI, 255,
	    N_TS_UNACCEPTABLE, IKE_D_NONE, NULL, false },
	{ "child with start behind end", FORGE_CHILD, selectors, PL_TSR,
	    TS_TURNED, N_TS_UNACCEPTABLE, IKE_D_NONE, NULL, false },
	{ "child with a selector more said", FORGE_CHILD, selectors, PL_TSR,
	    TS_LIE, SYNTAX(BODY) },
	{ "rekey of protocol 0", FORGE_CHILD, rekeys, 0, 4, SYNTAX(BODY) },
	{ "rekey of protocol 1", FORGE_CHILD, rekeys, 1, 4, SYNTAX(BODY) },
	{ "rekey of protocol 2", FORGE_CHILD, rekeys, 2, 4, SYNTAX(BODY) },
	{ "rekey of no SPI", FORGE_CHILD, rekeys, 3, 0, SYNTAX(BODY) },
	{ "rekey of half an SPI", FORGE_CHILD, rekeys, 3, 2, SYNTAX(BODY) },
	{ "rekey of an unknown SPI", FORGE_CHILD, rekeys, 3, 5,
	    N_CHILD_SA_NOT_FOUND, IKE_D_NONE, NULL, false },
	{ "child with nonce of 16", FORGE_CHILD, sized, PL_NONCE, 16,
	    FORGE_YES, IKE_D_NONE, NULL, true },
	{ "child with nonce of 256", FORGE_CHILD, sized, PL_NONCE, 256,
	    FORGE_YES, IKE_D_NONE, NULL, true },
	{ "child with the SPI it is sent to", FORGE_CHILD, offers, PR_SPI_MINE,
	    0, FORGE_YES, IKE_D_NONE, NULL, true },

	{ "child answer without SA", FORGE_CHILD_ANSWER, without, PL_SA, 0,
	    SAYS("does not fit") },
	{ "child answer without nonce", FORGE_CHILD_ANSWER, without, PL_NONCE,
	    0, SAYS("does not fit") },
	{ "child answer without KE", FORGE_CHILD_ANSWER, without, PL_KE, 0,
	    SAYS("does not fit") },
	{ "child answer with another group", FORGE_CHILD_ANSWER, group, 19, 64,
	    SAYS("does not fit") },
	{ "child answer with KE of 0", FORGE_CHILD_ANSWER, zero_ke, 0, 0,
	    SAYS("does not fit") },
	{ "child answer with other selectors", FORGE_CHILD_ANSWER, selectors,
	    PL_TSI, 255, SAYS("does not fit") },
	{ "child answer with 3 proposals", FORGE_CHILD_ANSWER, offers, PR_MANY,
	    3, SAYS("does not fit") },
	{ "child answer with nonce of 15", FORGE_CHILD_ANSWER, sized, PL_NONCE,
	    15, DROPPED(NONCE) },

	/* CREATE_CHILD_SA for the IKE SA */
	{ "ike without SA", FORGE_IKE, without, PL_SA, 0, SYNTAX(MISSING) },
	{ "ike without nonce", FORGE_IKE, without, PL_NONCE, 0,
	    SYNTAX(MISSING) },
	{ "ike without KE", FORGE_IKE, without, PL_KE, 0, SYNTAX(MISSING) },
	{ "ike with KE of another group", FORGE_IKE, group, 19, 64,
	    N_INVALID_KE_PAYLOAD, IKE_D_NONE, NULL, false },
	{ "ike with KE of 33", FORGE_IKE, group, 31, 33, SYNTAX(KE) },
	{ "ike with KE of 0", FORGE_IKE, zero_ke, 0, 0, SYNTAX(KE) },
	{ "ike with nonce of 15", FORGE_IKE, sized, PL_NONCE, 15,
	    SYNTAX(NONCE) },
	{ "ike with an SPI of 0", FORGE_IKE, offers, PR_SPI, 0,
	    SYNTAX(BODY) },
	{ "ike with no proposal", FORGE_IKE, offers, PR_NONE, 0,
	    SYNTAX(BODY) },
	{ "ike with 200 proposals", FORGE_IKE, offers, PR_STRANGE, 200,
	    N_NO_PROPOSAL_CHOSEN, IKE_D_NONE, NULL, false },
	{ "ike answer without KE", FORGE_IKE_ANSWER, without, PL_KE, 0,
	    SAYS(NULL) },
	{ "ike answer with KE of 0", FORGE_IKE_ANSWER, zero_ke, 0, 0,
	    SAYS(NULL) },
	{ "ike answer with an SPI of 0", FORGE_IKE_ANSWER, offers, PR_SPI, 0,
	    SAYS(NULL) },
	{ "ike answer with nonce of 257", FORGE_IKE_ANSWER, sized, PL_NONCE,
	    257, DROPPED(NONCE) },
	{ "ike with the SPI it is sent to", FORGE_IKE, offers, PR_SPI_MINE, 0,
	    FORGE_YES, IKE_D_NONE, NULL, true },

	/* INFORMATIONAL, and what has its form */
	{ "probe", FORGE_INFO, as_is, 0, 0, YES },
	{ "auth again", FORGE_INFO, exchange, EXCH_IKE_AUTH, 0,
	    SILENT(STATE) },
	{ "create without anything", FORGE_INFO, exchange,
	    EXCH_CREATE_CHILD_SA, 0, SYNTAX(MISSING) },
	{ "request as a response", FORGE_INFO, exchange, EXCH_INFORMATIONAL,
	    IKE_F_RESPONSE, SILENT(OLD_RESPONSE) },
	{ "flag of the other end", FORGE_INFO, exchange, EXCH_INFORMATIONAL,
	    IKE_F_INITIATOR, SILENT(NO_SA) },
	{ "bad checksum", FORGE_INFO, icv, 0, 0, SILENT(DECRYPT) },
	{ "message id 1 ahead", FORGE_INFO, mid, 1, 0, SILENT(AHEAD) },
	{ "message id 1000 ahead", FORGE_INFO, mid, 1000, 0, SILENT(AHEAD) },
	{ "message id 2^32-1", FORGE_INFO, mid, 0, UINT32_MAX,
	    SILENT(AHEAD) },
	{ "message id used before", FORGE_INFO, mid, UINT32_MAX, 0,
	    SILENT(OTHER_BYTES) },
	{ "delete of a foreign SPI", FORGE_INFO, deletes, PROTO_ESP, 1, YES },
	{ "delete of the SPI it receives with", FORGE_INFO, deletes,
	    PROTO_ESP | DEL_SAME, 1, YES },
	{ "delete of 1000 SPIs", FORGE_INFO, deletes, PROTO_ESP, 1000, YES },
	{ "delete of AH", FORGE_INFO, deletes, 2, 1, YES },
	{ "delete with SPIs of 2 bytes", FORGE_INFO, deletes,
	    PROTO_ESP | DEL_SPI2, 4, SYNTAX(BODY) },
	{ "delete with an SPI more said", FORGE_INFO, deletes,
	    PROTO_ESP | DEL_LIE, 1, SYNTAX(BODY) },
	{ "delete of no SPI", FORGE_INFO, deletes, PROTO_ESP, 0,
	    SYNTAX(BODY) },
	{ "delete of IKE with an SPI", FORGE_INFO, deletes, PROTO_IKE, 1,
	    SYNTAX(BODY) },
	{ "9 deletes", FORGE_INFO, many, PL_D, 9, SYNTAX(BODY) },
	{ "unknown error", FORGE_INFO, notify, 8191, 4, YES },
	{ "late INITIAL_CONTACT", FORGE_INFO, notify, N_INITIAL_CONTACT, 0,
	    YES },
	{ "late EAP", FORGE_INFO, eap, 3, 1, YES },
	{ "delete of the child", FORGE_INFO, deletes, PROTO_ESP | DEL_OWN, 1,
	    FORGE_YES, IKE_D_NONE, NULL, true },
	{ "delete of the child 1000 times", FORGE_INFO, deletes,
	    PROTO_ESP | DEL_OWN, 1000, FORGE_YES, IKE_D_NONE, NULL, true },
	{ "authentication failed, late", FORGE_INFO, notify,
	    N_AUTHENTICATION_FAILED, 0, FORGE_YES, IKE_D_NONE, NULL, true },
	{ "delete of the IKE SA", FORGE_INFO, deletes, PROTO_IKE, 0, FORGE_YES,
	    IKE_D_NONE, NULL, true },
};
const size_t forge_n_cases = sizeof(forge_cases) / sizeof(forge_cases[0]);

const struct forge_case *
forge_case_find(const char *name)
{
	size_t i;

	for (i = 0; i < forge_n_cases; i++)
		if (strcmp(forge_cases[i].name, name) == 0)
			return (&forge_cases[i]);
	return (NULL);
}
