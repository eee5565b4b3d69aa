/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process.  IPv4 and IPv6 addresses and prefixes as plain
 * values, without the socket headers, so that pure code can carry them.
 */
#ifndef GREIPSEC_ADDR_H
#define GREIPSEC_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum addr_family {
	ADDR_NONE = 0,
	ADDR_V4 = 4,
	ADDR_V6 = 6
};

/* bytes in network order; those a family does not use are zero. */
struct addr {
	uint8_t	family;		/* enum addr_family */
	uint8_t	b[16];
};

/* Host bits below len are zero (prefix_mask() makes them so). */
struct prefix {
	struct addr	addr;
	uint8_t		len;
};

#define ADDR_TEXT_MAX	46	/* with the final NUL */
#define PREFIX_TEXT_MAX	50

/* From and to an IPv4 address in host order; to_v4 gives 0 for others. */
struct addr	 addr_v4(uint32_t host);
uint32_t	 addr_to_v4(const struct addr *a);
/* Bytes of the family: 4, 16 or 0. */
size_t		 addr_len(const struct addr *a);
/* Most significant bit count of the family: 32, 128 or 0. */
uint8_t		 addr_bits(const struct addr *a);
bool		 addr_eq(const struct addr *a, const struct addr *b);
/* Total order: family, then bytes; <0, 0, >0. */
int		 addr_cmp(const struct addr *a, const struct addr *b);
/* Family set and every byte zero (0.0.0.0, ::). */
bool		 addr_is_any(const struct addr *a);
bool		 addr_is_multicast(const struct addr *a);
bool		 addr_is_loopback(const struct addr *a);
/* Parse a literal; -1 when text is none.  out untouched then. */
int		 addr_parse(const char *text, struct addr *out);
/* Write the literal to buf and return it; "-" for ADDR_NONE. */
const char	*addr_text(const struct addr *a, char buf[static ADDR_TEXT_MAX]);
/* Same for an IPv4 address in host order. */
const char	*ip4_text(uint32_t host, char buf[static ADDR_TEXT_MAX]);

/* a/len with the host bits cleared; len is cut to the family's bits. */
struct prefix	 prefix_make(const struct addr *a, uint8_t len);
bool		 prefix_eq(const struct prefix *a, const struct prefix *b);
/* Total order: address, then length. */
int		 prefix_cmp(const struct prefix *a, const struct prefix *b);
/* Whether a lies in p; false over different families. */
bool		 prefix_has(const struct prefix *p, const struct addr *a);
/* Whether inner is equal to or inside outer. */
bool		 prefix_covers(const struct prefix *outer,
		    const struct prefix *inner);
bool		 prefix_overlap(const struct prefix *a, const struct prefix *b);
/* Whether hosts can be there, so that a route may lead there: IPv4 with clear host
 * bits, and all of it not in 0/8, loopback, link-local, multicast, reserved. */
bool		 prefix_routable(const struct prefix *p);
/* Parse "addr/len" or a bare address (full length).  -1: not a prefix;
 * -2: host bits are set.  out untouched then. */
int		 prefix_parse(const char *text, struct prefix *out);
const char	*prefix_text(const struct prefix *p,
		    char buf[static PREFIX_TEXT_MAX]);
/* IPv4 netmask of a length (0 to 32), host order. */
uint32_t	 ip4_mask(uint8_t len);

#endif
