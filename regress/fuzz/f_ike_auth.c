/* SPDX-License-Identifier: ISC */
/*
 * IKE_AUTH with any content, under the right keys: IKE_SA_INIT is done, and
 * what one end would say next is kept back.  In its place goes what the input
 * says, raw or as changes of the true payloads, so that what comes behind a
 * good proof is reached too.  Second byte: whether it is the responder who
 * lies.
 */
#include "fuzz_ike.h"

static struct {
	size_t		 evil;
	struct forge	 f;		/* the true message */
	uint8_t		 msg[FORGE_LEN];
	size_t		 len;
} one;

/* Keep the liar's IKE_AUTH back. */
static bool
tap(struct world *w, size_t from, struct ike_tx *tx, uint8_t *data)
{
	size_t head = tx->local_port == IKE_PORT_NATT ? MARKER_LEN : 0;
	struct ike_hdr h;

	(void)w;
	if (from != one.evil || tx->len < head + IKE_HDR_LEN ||
	    ike_hdr_parse(data + head, tx->len - head, &h) != IKE_D_NONE ||
	    h.exchange != EXCH_IKE_AUTH)
		return (true);
	one.len = tx->len - head;
	memcpy(one.msg, data + head, one.len);
	return (false);
}

static bool
kept(struct world *w)
{
	(void)w;
	return (one.len > 0);
}

/* One change of one payload. */
static void
change(struct forge *f, struct fuzz *in)
{
	uint8_t op = fuzz_u8(in), what = fuzz_u8(in);
	struct forge_pl *p = f->n == 0 ? NULL : &f->pl[op / 8 % f->n];
	const uint8_t *b;
	size_t n;

	switch (op % 8) {
	case 0:
		if (p != NULL)
			forge_remove(f, p);
		break;
	case 1:
		if (p != NULL)
			(void)forge_put(f, what % (f->n + 1), p->type,
			    p->body, p->len);
		break;
	case 2:
	case 3:
		if (p != NULL && p->len > 0)
			p->body[what % p->len] = fuzz_u8(in);
		break;
	case 4:
		if (p != NULL)
			p->len -= what % (p->len + 1);
		break;
	case 5:
		if (p != NULL)
			p->type = what;
		break;
	default:
		b = fuzz_chunk(in, &n);
		(void)forge_put(f, op / 8 % (f->n + 1), what, b, n);
		break;
	}
}

static void
say(struct world *w, struct fuzz *in)
{
	static uint8_t buf[FORGE_LEN];
	uint8_t op = fuzz_u8(in), n;
	struct ike_sa *s;
	const uint8_t *p;
	size_t len;

	s = forge_sa(w->node[one.evil].e, &one.f.h);
	if (s == NULL)
		return;
	if (op & 1) {
		op = fuzz_u8(in);
		p = fuzz_chunk(in, &len);
		ike_sealed(w, one.evil, s, &one.f.h, op, p, len);
		return;
	}
	if (!forge_open(&one.f, s, true, one.msg, one.len))
		return;
	for (n = op / 2 % 16; n > 0; n--)
		change(&one.f, in);
	ike_inject(w, one.evil, s, buf, forge_seal(&one.f, s,
	    w->node[one.evil].par.rng, buf, sizeof(buf)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz in = { data, len };
	static struct world w;

	ike_world(&w, &in);
	one.evil = fuzz_u8(&in) & 1;
	one.len = 0;
	w.tap = tap;
	w.node[1].cfg.start = START_RESPOND;
	node_start(&w, 1);
	node_start(&w, 0);
	MUST(world_until(&w, 10000, kept));
	MUST(ike_hdr_parse(one.msg, one.len, &one.f.h) == IKE_D_NONE);
	while (in.n > 0) {
		say(&w, &in);
		world_run(&w, 20);
	}
	ike_heals(&w);
	return (0);
}
