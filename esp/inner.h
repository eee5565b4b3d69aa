/* SPDX-License-Identifier: ISC */
/*
 * runs in: esp.  What is done to the packet inside a tunnel: sanity, ECN (RFC
 * 6040), the MSS of TCP connections, GRE (RFC 2784, key of 2890).
 */
#ifndef GREIPSEC_INNER_H
#define GREIPSEC_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GRE_LEN_MAX	8		/* base header and key */
#define GRE_PROTO_IP	0x0800

#define ECN_MASK	3
#define ECN_NOT_ECT	0
#define ECN_CE		3

/* An IPv4 packet whose header and length fit len bytes (RFC 1812 5.2.2);
 * *total is its own length, at most len. */
bool	inner_ip4_ok(const uint8_t *p, size_t len, size_t *total);

/*
 * Decapsulation by RFC 6040 4.2 (figure 4): combine the outer ECN field into
 * the inner IPv4 header, with its checksum.  false: the packet must be dropped
 * (congestion was marked and the inner packet cannot say so).
 */
bool	inner_ecn(uint8_t *ip4, uint8_t outer_tos);

/*
 * Lower the MSS option of a TCP SYN in an IPv4 packet of len bytes (checked by
 * inner_ip4_ok) to at most mss, with its checksum.  true when changed.
 */
bool	inner_mss(uint8_t *ip4, size_t len, uint16_t mss);

/* The sum of 16-bit words in network order (RFC 1071), folded, and of start. */
uint32_t inner_sum(const uint8_t *p, size_t len, uint32_t start);
/* The Internet checksum (RFC 1071) over len bytes; 0 when one inside is right. */
uint16_t inner_checksum(const uint8_t *p, size_t len);

enum gre_err {
	GRE_OK,
	GRE_SHORT,
	GRE_FLAGS,	/* routing, sequence or a version we do not do */
	GRE_SUM,	/* wrong checksum */
	GRE_KEY		/* another key than the tunnel's, or none */
};

/* Bytes of header that gre_put writes. */
size_t	gre_len(bool has_key);
/* Write a GRE header (no checksum, no sequence) at p. */
void	gre_put(uint8_t *p, uint16_t proto, bool has_key, uint32_t key);
/*
 * Read the GRE header of a packet of len bytes; a checksum is verified where
 * there is one (RFC 2784 2.3).  *hdr_len and *proto on GRE_OK.  A key must be
 * there and equal exactly when has_key says so.
 */
enum gre_err gre_get(const uint8_t *p, size_t len, bool has_key, uint32_t key,
	    size_t *hdr_len, uint16_t *proto);

#endif
