/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  Inner addresses of a mesh: every pair of sites has four, and
 * keeps them however many sites come (DESIGN 7).
 */
#include "greipsecd/conf.h"

int
conf_slot(const struct prefix *tunnels, uint32_t a, uint32_t b,
    uint32_t *addr_a, uint32_t *addr_b)
{
	uint64_t i = a < b ? a : b, j = a < b ? b : a, slot;
	uint32_t base = addr_to_v4(&tunnels->addr);

	if (i == 0 || i == j || j > conf_slot_ids(tunnels->len))
		return (-1);
	slot = (j - 1) * (j - 2) / 2 + (i - 1);
	base += (uint32_t)(slot * 4);
	*addr_a = base + (a < b ? 1 : 2);
	*addr_b = base + (a < b ? 2 : 1);
	return (0);
}

uint32_t
conf_slot_ids(uint8_t len)
{
	uint64_t slots, n = 1;

	if (len > 30)
		return (0);
	slots = UINT64_C(1) << (30 - len);
	while ((n + 1) * n / 2 <= slots)
		n++;
	return ((uint32_t)n);
}

uint8_t
conf_slot_len(uint32_t max_id)
{
	uint8_t len;

	for (len = 30; conf_slot_ids(len) < max_id; len--)
		if (len == 0)
			return (255);
	return (len);
}
