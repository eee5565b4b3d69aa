/* SPDX-License-Identifier: ISC */
/*
 * An IKE engine in the hands of a peer that has authenticated itself and then
 * says anything: messages under the keys of the IKE SA, of any exchange and
 * payload, in the middle of its own exchanges or not.
 */
#include <string.h>

#include "fuzz.h"
#include "ike/ike_int.h"
#include "regress/scenario/lib_ike.h"

/* A message from node `from', as its engine would protect it. */
static void
sealed(struct world *w, size_t from, uint8_t exchange, uint8_t flags,
    uint8_t mid, uint8_t first, const uint8_t *body, size_t len)
{
	static uint8_t buf[IKE_MSG_MAX];
	const struct node *n = &w->node[from];
	struct tun *t = TAILQ_FIRST(&n->e->tuns);
	struct ike_sa *s = t == NULL ? NULL : tun_sa(t);
	struct ike_writer m;
	struct ike_hdr h;

	if (s == NULL || len + 200 > sizeof(buf))
		return;
	h = (struct ike_hdr){ .spi_i = s->spi_i, .spi_r = s->spi_r,
	    .exchange = exchange, .flags = (uint8_t)((flags & IKE_F_RESPONSE) |
	    (s->initiator ? IKE_F_INITIATOR : 0)) };
	h.mid = (flags & IKE_F_RESPONSE) != 0 ? s->mid_in + mid - 1 :
	    s->mid_out + mid;
	ike_write(&m, buf, sizeof(buf), &h);
	ike_write_sk(&m, sa_sk_out(s));
	buf[m.next_at] = first;
	wbuf_bytes(&m.w, body, len);
	len = ike_finish(&m, sa_sk_out(s), n->par.rng);
	if (len > 0)
		world_forge(w, &n->addr, IKE_PORT, 1 - from, IKE_PORT, buf,
		    len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const enum ike_kick_what kicks[] = { KICK_REKEY_CHILD,
	    KICK_REKEY_IKE, KICK_RESTART, KICK_TRY_NOW };
	struct fuzz in = { data, len };
	static struct world w;
	uint8_t op, exchange, flags, mid, first;
	const uint8_t *p;
	size_t n;

	world_init(&w, 1);
	w.watch = false;
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
		exchange = fuzz_u8(&in);
		flags = fuzz_u8(&in);
		mid = fuzz_u8(&in) % 4;
		first = fuzz_u8(&in);
		p = fuzz_chunk(&in, &n);
		sealed(&w, op & 1, exchange, flags, mid, first, p, n);
		world_run(&w, op / 16);
	}
	world_run(&w, 60000);
	world_free(&w);
	return (0);
}
