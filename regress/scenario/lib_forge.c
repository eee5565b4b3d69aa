/* SPDX-License-Identifier: ISC */
/* See lib_forge.h. */
#include <string.h>

#include "lib/rbuf.h"
#include "lib_forge.h"

uint8_t *
forge_room(struct forge *f, const uint8_t *p, size_t len)
{
	uint8_t *at = f->mem + f->used;

	if (len > sizeof(f->mem) - f->used)
		return (NULL);
	if (p != NULL)
		memcpy(at, p, len);
	else
		memset(at, 0x41, len);
	f->used += len;
	return (at);
}

struct forge_pl *
forge_put(struct forge *f, size_t at, uint8_t type, const uint8_t *p,
    size_t len)
{
	uint8_t *body = forge_room(f, p, len);

	if (f->n == FORGE_PLS || body == NULL)
		return (NULL);
	memmove(&f->pl[at + 1], &f->pl[at], (f->n - at) * sizeof(f->pl[0]));
	f->pl[at] = (struct forge_pl){ .type = type, .len = len,
	    .body = body };
	f->n++;
	return (&f->pl[at]);
}

void
forge_remove(struct forge *f, struct forge_pl *p)
{
	f->n--;
	memmove(p, p + 1, (size_t)(&f->pl[f->n] - p) * sizeof(*p));
}

struct forge_pl *
forge_find(struct forge *f, uint8_t type)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->pl[i].type == type)
			return (&f->pl[i]);
	return (NULL);
}

struct ike_sa *
forge_sa(struct ike_engine *e, const struct ike_hdr *h)
{
	struct ike_sa *s;
	struct tun *t;

	TAILQ_FOREACH(t, &e->tuns, entry)
		TAILQ_FOREACH(s, &t->sas, entry)
			if (s->spi_i == h->spi_i && s->spi_r == h->spi_r)
				return (s);
	return (NULL);
}

/* Whether a message of an engine is one to change for a base. */
static bool
fits(enum forge_base base, const struct ike_sa *s,
    const struct ike_hdr *h)
{
	static const uint8_t exchange[FORGE_BASES] = {
		[FORGE_AUTH] = EXCH_IKE_AUTH,
		[FORGE_AUTH_ANSWER] = EXCH_IKE_AUTH,
		[FORGE_CHILD] = EXCH_CREATE_CHILD_SA,
		[FORGE_CHILD_ANSWER] = EXCH_CREATE_CHILD_SA,
		[FORGE_IKE] = EXCH_CREATE_CHILD_SA,
		[FORGE_IKE_ANSWER] = EXCH_CREATE_CHILD_SA,
	};
	bool answer = base == FORGE_AUTH_ANSWER ||
	    base == FORGE_CHILD_ANSWER || base == FORGE_IKE_ANSWER;

	if (base == FORGE_INFO || h->exchange != exchange[base] ||
	    ((h->flags & IKE_F_RESPONSE) != 0) != answer)
		return (false);
	return ((base != FORGE_CHILD || s->req.ex == EX_REKEY_CHILD) &&
	    (base != FORGE_IKE || s->req.ex == EX_REKEY_IKE));
}

static bool
take_chain(struct forge *f, uint8_t type, const uint8_t *p, size_t len)
{
	struct rbuf r = rbuf_make(p, len);
	struct forge_pl *pl;
	uint8_t next, flags;
	size_t n;

	for (; type != PL_NONE; type = next) {
		next = rbuf_u8(&r);
		flags = rbuf_u8(&r);
		n = rbuf_u16(&r);
		if (!rbuf_ok(&r) || n < 4 || n - 4 > rbuf_left(&r) ||
		    (pl = forge_put(f, f->n, type, rbuf_bytes(&r, n - 4),
		    n - 4)) == NULL)
			return (false);
		pl->flags = flags;
	}
	return (rbuf_done(&r));
}

bool
forge_open(struct forge *f, struct ike_sa *s, bool out, const uint8_t *msg,
    size_t len)
{
	static uint8_t plain[FORGE_LEN];
	static struct ike_payloads p;
	const struct ike_sk *sk = out ? sa_sk_out(s) : sa_sk_in(s);
	struct forge_pl *a = forge_find(f, PL_AUTH);
	size_t n;

	if (a != NULL && a->len <= sizeof(f->auth)) {
		memcpy(f->auth, a->body, a->len);
		f->auth_len = a->len;
	}
	f->n = f->used = f->cut = 0;
	f->bad_icv = false;
	f->sa = s;
	return (len <= sizeof(plain) &&
	    ike_hdr_parse(msg, len, &f->h) == IKE_D_NONE &&
	    ike_outer_parse(msg, len, &f->h, &p) == IKE_D_NONE &&
	    p.sk_at != 0 &&
	    ike_sk_open(sk, msg, len, p.sk_at, plain, &n) == IKE_C_OK &&
	    take_chain(f, p.sk_first, plain, n));
}

void
forge_begin(struct forge *f, const struct ike_sa *s, uint8_t exchange)
{
	f->n = f->used = f->cut = 0;
	f->bad_icv = false;
	f->sa = s;
	f->h = (struct ike_hdr){ .spi_i = s->spi_i, .spi_r = s->spi_r,
	    .exchange = exchange, .mid = s->mid_out,
	    .flags = s->initiator ? IKE_F_INITIATOR : 0 };
}

size_t
forge_seal(struct forge *f, struct ike_sa *s, const struct ike_rng *rng,
    uint8_t *buf, size_t cap)
{
	struct ike_writer m;
	size_t i, at, len;

	ike_write(&m, buf, cap, &f->h);
	ike_write_sk(&m, sa_sk_out(s));
	for (i = 0; i < f->n; i++) {
		at = ike_open(&m, f->pl[i].type);
		wbuf_set_u8(&m.w, at + 1, f->pl[i].flags);
		wbuf_bytes(&m.w, f->pl[i].body, f->pl[i].len);
		ike_close(&m, at);
	}
	if (f->cut < m.w.len - m.plain)
		m.w.len -= f->cut;
	len = ike_finish(&m, sa_sk_out(s), rng);
	if (f->bad_icv && len > 0)
		buf[len - 1] ^= 1;
	return (len);
}

uint16_t
forge_answer(struct forge *f)
{
	uint16_t type;
	size_t i;

	for (i = 0; i < f->n; i++) {
		if (f->pl[i].type != PL_N || f->pl[i].len < 4)
			continue;
		type = (uint16_t)(f->pl[i].body[2] << 8 | f->pl[i].body[3]);
		if (type < N_STATUS)
			return (type);
	}
	return (FORGE_YES);
}

/* --- one of the list --- */

const enum ike_kick_what forge_kicks[FORGE_BASES] = {
	[FORGE_AUTH] = KICK_RESTART,
	[FORGE_AUTH_ANSWER] = KICK_RESTART,
	[FORGE_CHILD] = KICK_REKEY_CHILD,
	[FORGE_CHILD_ANSWER] = KICK_REKEY_CHILD,
	[FORGE_IKE] = KICK_REKEY_IKE,
	[FORGE_IKE_ANSWER] = KICK_REKEY_IKE,
	[FORGE_INFO] = KICK_N,
};

void
forger_arm(struct forger *g, const struct forge_case *c)
{
	memset(g, 0, sizeof(*g));
	g->c = c;
	g->armed = true;
}

size_t
forger_info(struct forger *g, struct ike_engine *e, uint8_t *buf, size_t cap)
{
	struct ike_sa *s = tun_sa(TAILQ_FIRST(&e->tuns));

	if (!g->armed || g->c->base != FORGE_INFO || s == NULL ||
	    s->req.ex != EX_NONE)
		return (0);
	g->armed = false;
	g->told = true;
	forge_begin(&g->f, s, EXCH_INFORMATIONAL);
	g->c->build(&g->f, g->c->a, g->c->b);
	if (g->c->answer != FORGE_SILENCE)
		s->mid_out++;
	return (forge_seal(&g->f, s, e->par.rng, buf, cap));
}

size_t
forger_out(struct forger *g, struct ike_engine *e, const uint8_t *msg,
    size_t len, uint8_t *buf, size_t cap)
{
	struct ike_sa *s;
	struct ike_hdr h;

	if (!g->armed || ike_hdr_parse(msg, len, &h) != IKE_D_NONE ||
	    h.exchange == EXCH_IKE_SA_INIT || (s = forge_sa(e, &h)) == NULL ||
	    !fits(g->c->base, s, &h) || !forge_open(&g->f, s, true, msg, len))
		return (0);
	g->armed = false;
	g->told = true;
	g->kept = g->f.h;
	g->c->build(&g->f, g->c->a, g->c->b);
	return (forge_seal(&g->f, s, e->par.rng, buf, cap));
}

bool
forger_repeats(const struct forger *g, const uint8_t *msg, size_t len)
{
	struct ike_hdr h;

	return (g->told && g->c->answer == FORGE_SILENCE &&
	    ike_hdr_parse(msg, len, &h) == IKE_D_NONE &&
	    h.spi_i == g->kept.spi_i && h.spi_r == g->kept.spi_r &&
	    h.exchange == g->kept.exchange && h.flags == g->kept.flags &&
	    h.mid == g->kept.mid);
}

bool
forger_in(struct forger *g, struct ike_engine *e, const uint8_t *msg,
    size_t len)
{
	struct ike_sa *s;
	struct ike_hdr h;

	if (g->c == NULL || ike_hdr_parse(msg, len, &h) != IKE_D_NONE ||
	    h.exchange == EXCH_IKE_SA_INIT || (s = forge_sa(e, &h)) == NULL)
		return (false);
	/* its AUTH may be said back to it */
	if (g->armed && h.exchange == EXCH_IKE_AUTH)
		(void)forge_open(&g->f, s, false, msg, len);
	if (!g->told || g->answered || !(h.flags & IKE_F_RESPONSE) ||
	    h.mid != g->f.h.mid || h.exchange != g->f.h.exchange ||
	    h.spi_i != g->f.h.spi_i ||
	    h.spi_r != g->f.h.spi_r ||
	    !forge_open(&g->answer, s, false, msg, len))
		return (false);
	g->answered = true;
	g->verdict = forge_answer(&g->answer);
	return (true);
}
