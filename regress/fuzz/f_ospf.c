/* SPDX-License-Identifier: ISC */
/*
 * An OSPF engine and a neighbour that has the key and says anything: in
 * ExStart, in Exchange, in Loading, in Full.  The first byte says when it
 * begins.  In the end the true neighbour is FULL again and both have the same
 * LSAs of their own.
 */
#include <string.h>

#include "fuzz.h"
#include "regress/scenario/lib_ospf.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz in = { data, len };
	struct net *n = net_new(1);
	uint8_t op, lsa[4096];
	const uint8_t *p;
	size_t k;

	(void)net_router(n, 0x01010101U);
	(void)net_router(n, 0x02020202U);
	(void)net_router(n, 0x03030303U);
	(void)net_link(n, 0, 1, 10);
	(void)net_link(n, 1, 2, 10);
	net_boot_all(n);
	op = fuzz_u8(&in);
	/* Hellos are a second apart, the exchange takes some milliseconds */
	net_run(n, op < 128 ? 1000 + op : 10000);
	while (in.n > 0) {
		op = fuzz_u8(&in);
		p = fuzz_chunk(&in, &k);
		switch (op % 8) {
		case 6:
			net_inject(n, 0, 1, p, k);
			break;
		case 7:
			if (k < 20 || k > sizeof(lsa))
				break;
			memcpy(lsa, p, k);
			net_craft_lsa(n, 0, 1, lsa, k);
			break;
		default:
			if (n->l[0].last_len[1] >= 24)
				net_craft(n, 0, 1, op % 8, p, k);
			break;
		}
		net_run(n, op / 8);
	}
	net_run(n, 3000);
	MUST(net_until(n, 200000, net_quiet));
	net_free(n);
	return (0);
}
