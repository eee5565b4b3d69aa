/* SPDX-License-Identifier: ISC */
/*
 * An IKE engine in the hands of a peer that has authenticated itself and then
 * says anything: messages under the keys of the IKE SA, of any exchange and
 * payload, in the middle of its own exchanges or not.
 */
#include "fuzz_ike.h"

static void
say(struct world *w, size_t from, struct fuzz *in)
{
	struct tun *t = TAILQ_FIRST(&w->node[from].e->tuns);
	struct ike_sa *s = t == NULL ? NULL : tun_sa(t);
	uint8_t exchange, flags, mid, first;
	struct ike_hdr h;
	const uint8_t *p;
	size_t n;

	exchange = fuzz_u8(in);
	flags = fuzz_u8(in);
	mid = fuzz_u8(in) % 4;
	first = fuzz_u8(in);
	p = fuzz_chunk(in, &n);
	if (s == NULL)
		return;
	h = (struct ike_hdr){ .spi_i = s->spi_i, .spi_r = s->spi_r,
	    .exchange = exchange, .flags = (uint8_t)((flags & IKE_F_RESPONSE) |
	    (s->initiator ? IKE_F_INITIATOR : 0)) };
	h.mid = (flags & IKE_F_RESPONSE) != 0 ? s->mid_in + mid - 1 :
	    s->mid_out + mid;
	ike_sealed(w, from, s, &h, first, p, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const enum ike_kick_what kicks[] = { KICK_REKEY_CHILD,
	    KICK_REKEY_IKE, KICK_RESTART, KICK_TRY_NOW };
	struct fuzz in = { data, len };
	static struct world w;
	uint8_t op;

	ike_world(&w, &in);
	node_start(&w, 1);
	node_start(&w, 0);
	MUST(world_until(&w, 10000, world_up));
	world_run(&w, 1000);
	while (in.n > 0) {
		op = fuzz_u8(&in);
		if (op < 16) {
			node_kick(&w, op & 1, kicks[op / 2 % 4]);
			continue;
		}
		say(&w, op & 1, &in);
		world_run(&w, op / 16);
	}
	ike_heals(&w);
	return (0);
}
