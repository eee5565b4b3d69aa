/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  Cryptographic authentication of RFC 2328 D.3 and D.4.3:
 * MD5 over the packet and the key padded to 16 bytes, appended to the packet
 * and not counted in its length.  Which sequence numbers pass is decided here
 * too (struct auth_seq), after the digest was found right.
 */
#ifndef GREIPSEC_OSPF_AUTH_H
#define GREIPSEC_OSPF_AUTH_H

#include "lib/pair_main_ospf.h"
#include "ospf/ospf_wire.h"

#define OSPF_AUTYPE_NULL	0
#define OSPF_AUTYPE_CRYPTO	2
#define OSPF_DIGEST_LEN		16

struct ospf_md5;

/* Loads the algorithm, so that nothing is loaded later.  NULL: no MD5 here. */
struct ospf_md5	*ospf_md5_new(void);
void		 ospf_md5_free(struct ospf_md5 *m);

/* Finish the packet at w's base: length, AuType 2, key id, sequence, digest
 * appended (w needs 16 bytes of room).  0, or -1. */
int		 ospf_auth_sign(struct ospf_md5 *m, struct wbuf *w,
		    const struct ospf_key *key, uint32_t seq);

/*
 * Check the digest of a packet of total len bytes (header read into h) against
 * the key among n keys that bears its id.  The comparison takes constant time.
 * DROP_AUTH_KEY, DROP_AUTH_LEN, DROP_AUTH_DIGEST or DROP_NONE.
 */
enum ospf_drop	 ospf_auth_verify(struct ospf_md5 *m, const uint8_t *pkt,
		    size_t len, const struct ospf_hdr *h,
		    const struct ospf_key *keys, size_t n);

/* What was heard from one router over one interface. */
struct auth_seq {
	bool		valid;
	uint32_t	rid;
	uint32_t	high;		/* highest number taken */
	uint32_t	seen;		/* bit i: high - i was taken */
	uint8_t		fallen;		/* right digests below all that, in a row */
	uint32_t	fallen_last;
};

/*
 * Whether number seq of router rid may pass, and remember it.  strict: equal
 * ones are refused (RFC 7474).  shielded: the link is protected from replay by
 * ESP; a number up to 31 lower that was not seen yet passes (packets overtake
 * each other), and three rising numbers in a row below that are taken for a
 * restart.  DROP_NONE or DROP_AUTH_SEQ.
 */
enum ospf_drop	 auth_seq_take(struct auth_seq *s, uint32_t rid, uint32_t seq,
		    bool strict, bool shielded);

#endif
