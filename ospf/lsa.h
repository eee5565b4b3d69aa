/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  Link state advertisements: the header, its checksum, which
 * of two instances is newer (RFC 2328 13.1), the shape of each body, and the
 * reading and writing of router-LSAs.  Everything in host order but the bytes.
 */
#ifndef GREIPSEC_OSPF_LSA_H
#define GREIPSEC_OSPF_LSA_H

#include "lib/mono.h"
#include "lib/rbuf.h"
#include "lib/wbuf.h"
#include "ospf/ospf_drop.h"

#define LSA_HDR_LEN		20
#define LSA_MAX_AGE		3600	/* s */
#define LSA_MAX_AGE_DIFF	900
#define LSA_REFRESH		1800
#define LSA_TRANS_DELAY		1	/* InfTransDelay */
#define LSA_SEQ_RESERVED	0x80000000U
#define LSA_SEQ_INITIAL		0x80000001U
#define LSA_SEQ_MAX		0x7fffffffU
#define LSA_BYTES_MAX		65535

/* Option bits of Hellos, DDs and LSAs. */
#define OSPF_OPT_E		0x02
#define OSPF_OPT_O		0x40	/* opaque capable, in DDs */

enum lsa_type {
	LSA_ROUTER = 1,
	LSA_NETWORK = 2,
	LSA_SUMMARY = 3,
	LSA_ASBR = 4,
	LSA_EXTERNAL = 5,
	LSA_OPAQUE_LINK = 9,
	LSA_OPAQUE_AREA = 10,
	LSA_OPAQUE_AS = 11
};

/* What names an LSA.  scope: the interface of a link-scoped one, else 0. */
struct lsa_key {
	uint32_t	type;
	uint32_t	scope;
	uint32_t	id;		/* Link State ID */
	uint32_t	adv;		/* Advertising Router */
};

struct lsa_hdr {
	struct lsa_key	key;		/* scope is not on the wire */
	uint16_t	age;
	uint8_t		options;
	uint32_t	seq;
	uint16_t	cksum;
	uint16_t	len;		/* with the header */
};

/* One instance, shared by the LSDB and the lists of neighbours.  bytes: as
 * received or built, header included; the age in them is not kept current. */
struct lsa {
	uint32_t	refs;
	struct lsa_hdr	h;		/* h.age: at `at' */
	struct mono	at;
	uint8_t		bytes[];
};

bool		 lsa_key_eq(const struct lsa_key *a, const struct lsa_key *b);
uint64_t	 lsa_key_hash(uint64_t seed, const struct lsa_key *k);
/* Whether this type is known and flooded. */
bool		 lsa_type_known(uint32_t type);
bool		 lsa_type_opaque(uint32_t type);

/* Read 20 bytes; scope is set to 0.  The error is r's. */
void		 lsa_hdr_read(struct rbuf *r, struct lsa_hdr *out);
void		 lsa_hdr_write(struct wbuf *w, const struct lsa_hdr *h);

/* Fletcher checksum (RFC 905 annex B) of len bytes of an LSA as it belongs in
 * its header: everything but the age.  len must be at least LSA_HDR_LEN. */
uint16_t	 lsa_fletcher(const uint8_t *p, size_t len);
bool		 lsa_fletcher_ok(const uint8_t *p, size_t len);

/* RFC 2328 13.1: >0 when a is the newer instance, <0 b, 0 the same one. */
int		 lsa_hdr_cmp(const struct lsa_hdr *a, const struct lsa_hdr *b);

/*
 * Whether the LSA of h.len bytes at p, header read into h, may be taken from
 * the wire: checksum, age, sequence, ids, and lengths inside its body.  Opaque
 * bodies are not looked at.
 */
enum ospf_drop	 lsa_check(const uint8_t *p, const struct lsa_hdr *h);

/* Copy len bytes into a new instance with one reference; the header is read
 * from them, scope added.  NULL when there is no memory. */
struct lsa	*lsa_new(const uint8_t *p, size_t len, uint32_t scope,
		    struct mono now);
struct lsa	*lsa_ref(struct lsa *l);
/* Drop a reference; NULL is allowed. */
void		 lsa_unref(struct lsa *l);
/* Age in seconds at now, at most LSA_MAX_AGE. */
uint16_t	 lsa_age(const struct lsa *l, struct mono now);
/* Header with the age of now. */
struct lsa_hdr	 lsa_hdr_now(const struct lsa *l, struct mono now);
/* RFC 2328 13.2: whether l says anything else than old, which may be NULL;
 * what was not there and is at its end says nothing. */
bool		 lsa_changed(const struct lsa *old, const struct lsa *l,
		    struct mono now);
/* Append the LSA with the age of now plus InfTransDelay. */
void		 lsa_write(struct wbuf *w, const struct lsa *l,
		    struct mono now);

/* Router-LSA, A.4.2 */
enum rlink_type {
	RLINK_P2P = 1,
	RLINK_TRANSIT = 2,
	RLINK_STUB = 3,
	RLINK_VIRTUAL = 4
};

struct rlink {
	uint8_t		type;
	uint32_t	id, data;
	uint16_t	metric;
};

/* A reader placed at the first link; *n links follow (lsa_check() saw that
 * they fit).  p: the whole LSA. */
struct rbuf	 router_lsa_links(const uint8_t *p, size_t len, uint16_t *n);
/* Read one link and skip its TOS metrics; false at the end or on error. */
bool		 router_link_next(struct rbuf *r, struct rlink *out);
/* Build the body behind a header already reserved in w. */
void		 router_lsa_write(struct wbuf *w, uint8_t flags,
		    const struct rlink *links, size_t n);

#endif
