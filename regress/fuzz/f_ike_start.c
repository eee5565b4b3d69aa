/* SPDX-License-Identifier: ISC */
/*
 * Two IKE engines that begin, and strangers' datagrams among theirs: raw ones,
 * and true ones that were changed on the way.  In the end the true handshake
 * must have come to its end.
 */
#include "fuzz_ike.h"

static struct fuzz	in;

/* Byte by byte of the input: a place and what is put there, in a copy. */
static bool
tap(struct world *w, size_t from, struct ike_tx *tx, uint8_t *data)
{
	uint8_t copy[20000];
	struct addr src = w->nat && from == 0 ? w->nat_addr :
	    w->node[from].addr;
	uint16_t shift = w->nat && from == 0 ? w->nat_shift : 0;
	size_t len = tx->len, n;

	memcpy(copy, data, len);
	for (n = fuzz_u8(&in) % 8; n > 0; n--)
		copy[fuzz_u16(&in) % len] = fuzz_u8(&in);
	if (in.n > 0)
		world_forge(w, &src, (uint16_t)(tx->local_port + shift),
		    1 - from, from == 1 && w->nat ? (uint16_t)(tx->remote_port -
		    w->nat_shift) : tx->remote_port, copy, len - fuzz_u8(&in) % len);
	return (true);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct world w;
	const uint8_t *p;
	struct addr src;
	uint8_t op;
	size_t n;

	in = (struct fuzz){ data, len };
	ike_world(&w, &in);
	w.tap = tap;
	node_start(&w, 1);
	node_start(&w, 0);
	while (in.n > 0) {
		op = fuzz_u8(&in);
		p = fuzz_chunk(&in, &n);
		src = (op & 2) != 0 ? w.node[1 - (op & 1)].addr :
		    addr_v4(0x0a000000U + op);
		if ((op & 0xf0) != 0)
			world_forge(&w, &src, op & 4 ? 500 : 4500, op & 1,
			    op & 4 ? 500 : 4500, p, n);
		world_run(&w, op & 0x0f);
	}
	w.tap = NULL;
	MUST(world_until(&w, 200000, world_up));
	world_free(&w);
	return (0);
}
