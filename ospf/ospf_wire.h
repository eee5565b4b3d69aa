/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  The packets of OSPFv2 (RFC 2328 A.3), read and written.  The
 * readers check lengths only; what the values mean is the callers' business.
 */
#ifndef GREIPSEC_OSPF_WIRE_H
#define GREIPSEC_OSPF_WIRE_H

#include "lib/rbuf.h"
#include "lib/wbuf.h"
#include "ospf/lsa.h"
#include "ospf/ospf_drop.h"

#define OSPF_HDR_LEN		24
#define OSPF_PKT_MAX		65515	/* without the IP header */
#define OSPF_HELLO_LEN		20	/* body without neighbours */
#define OSPF_DD_LEN		8	/* body without headers */
#define OSPF_LSR_LEN		12	/* each entry */
#define ALL_SPF_ROUTERS		0xe0000005U

enum ospf_pkt_type {
	PKT_HELLO = 1,
	PKT_DD,
	PKT_LSR,
	PKT_LSU,
	PKT_ACK,
	PKT_N
};

struct ospf_hdr {
	uint8_t		type;
	uint16_t	len;		/* header and body, without a digest */
	uint32_t	rid, area;
	uint16_t	autype;
	/* AuType 2 only, D.3 */
	uint8_t		key_id, auth_len;
	uint32_t	seq;
};

struct hello {
	uint32_t	 mask;
	uint16_t	 hello_s;
	uint8_t		 options, priority;
	uint32_t	 dead_s;
	uint32_t	 dr, bdr;
	size_t		 n_nbrs;
	const uint8_t	*nbrs;		/* network order, 4 bytes each */
};

#define DD_MS	0x01
#define DD_M	0x02
#define DD_I	0x04

/* body: a reader placed at the first LSA header. */
struct dd {
	uint16_t	mtu;
	uint8_t		options, flags;
	uint32_t	seq;
};

/* Sum of 16-bit words in one's complement, as IP has it (RFC 1071). */
uint16_t	ip_cksum(const uint8_t *p, size_t len);

/*
 * Read the first 24 bytes of len at pkt.  DROP_SHORT, DROP_VERSION, or
 * DROP_LENGTH when the length inside is below 24 or above len.
 */
enum ospf_drop	ospf_hdr_read(const uint8_t *pkt, size_t len,
		    struct ospf_hdr *out);
/* Whether the checksum (AuType 0 and 1: all but the authentication field) of a
 * packet whose header was read is right. */
bool		ospf_cksum_ok(const uint8_t *pkt, const struct ospf_hdr *h);

/* Begin a packet in w: the header with zero length, checksum and
 * authentication. */
void		ospf_hdr_write(struct wbuf *w, uint8_t type, uint32_t rid,
		    uint32_t area);
/* Set length and checksum of an AuType 0 packet that starts at w's base. */
void		ospf_finish_null(struct wbuf *w);

/* Bodies.  r: placed behind the header, ending with the packet. */
enum ospf_drop	hello_read(struct rbuf *r, struct hello *out);
void		hello_write(struct wbuf *w, const struct hello *h);
/* Whether rid is in the neighbour list. */
bool		hello_lists(const struct hello *h, uint32_t rid);
/* Leaves r at the first LSA header; DROP_DD_BODY also when what follows is not
 * a whole number of them. */
enum ospf_drop	dd_read(struct rbuf *r, struct dd *out);
void		dd_write(struct wbuf *w, const struct dd *d);
/* One entry of an LS request; false at the end or on error. */
bool		lsr_next(struct rbuf *r, struct lsa_key *out);
void		lsr_write(struct wbuf *w, const struct lsa_key *k);

/*
 * The payload of an IPv4 datagram from a raw socket: header and options cut
 * off.  The total length inside is not read (systems differ in its byte order
 * there): OSPF has its own.  NULL: not IPv4 or too short.
 */
const uint8_t	*ip4_strip(const uint8_t *p, size_t len, size_t *out_len,
		    uint32_t *src, uint32_t *dst, uint8_t *ttl);

#endif
