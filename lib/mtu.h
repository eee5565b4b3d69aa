/* SPDX-License-Identifier: ISC */
/*
 * runs in: main and esp.  The largest inner IPv4 packet that GRE in ESP carries over a
 * path without fragmentation.  ESP is RFC 4303: SPI and sequence (8), IV, the
 * payload, padding to the cipher's block with its length and next header (2),
 * ICV; UDP (RFC 3948) is 8 more; GRE is 4, with a key 8 (RFC 2890); tunnel mode
 * adds an IP header of the outer family inside.
 */
#ifndef GREIPSEC_MTU_H
#define GREIPSEC_MTU_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/pair_sa.h"

#define MTU_MAX		10000	/* inside: buffers of esp are made for it */

struct mtu_in {
	uint16_t	path_mtu;	/* outer IP header included */
	uint8_t		family;		/* enum addr_family of the outer header */
	uint16_t	encr;		/* ENCR_* */
	uint16_t	key_bits;
	uint16_t	integ;		/* INTEG_*, INTEG_NONE with AEAD */
	enum ipsec_mode	mode;
	bool		udp;
	bool		gre_key;
};

/* The MTU of the tunnel interface; 0 when the suite is unknown or the path
 * carries nothing. */
uint16_t	mtu_inner(const struct mtu_in *in);
/* The TCP MSS that goes with an IPv4 MTU; 0 when there is none. */
uint16_t	mtu_mss(uint16_t mtu);

#endif
