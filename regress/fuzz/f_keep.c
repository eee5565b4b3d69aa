/* SPDX-License-Identifier: ISC */
/*
 * What an OSPF process finds in the memory that the one before left: a router
 * that was FULL dies, what it left is changed, and another one goes on from
 * there.  It must come to FULL and to the right route all the same.
 */
#include <string.h>

#include "fuzz.h"
#include "regress/scenario/lib_ospf.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz in = { data, len };
	struct net *n = net_new(1);
	uint8_t *keep;
	size_t at, k;
	const uint8_t *p;

	(void)net_router(n, 0x01010101U);
	(void)net_router(n, 0x02020202U);
	(void)net_link(n, 0, 1, 10);
	net_keep(n, 0);
	net_boot_all(n);
	net_run(n, 5000);
	net_kill(n, 0);
	keep = n->r[0].keep;
	while (in.n > 0) {
		at = fuzz_u16(&in);
		p = fuzz_chunk(&in, &k);
		memcpy(keep + at % (64 << 10), p, k);
	}
	net_boot(n, 0);
	MUST(net_until(n, 20000, net_quiet));
	net_free(n);
	return (0);
}
