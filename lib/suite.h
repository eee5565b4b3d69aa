/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process.  Names and numbers of the algorithms of IKEv2 and
 * ESP (IANA "IKEv2 Parameters", RFC 7296 3.3), and proposals as strongSwan
 * writes them ("aes256gcm16-prfsha384-x25519").  Tables only, no cryptography.
 */
#ifndef GREIPSEC_SUITE_H
#define GREIPSEC_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/codec.h"

/* Transform types, RFC 7296 3.3.2; KE is "D-H" there, renamed by RFC 9370. */
enum xform_type {
	XFORM_ENCR = 1,
	XFORM_PRF = 2,
	XFORM_INTEG = 3,
	XFORM_KE = 4,
	XFORM_ESN = 5
};

/* Encryption algorithms. */
#define ENCR_3DES		3
#define ENCR_NULL		11
#define ENCR_AES_CBC		12
#define ENCR_AES_GCM_16		20
#define ENCR_CHACHA20_POLY1305	28
/* Pseudorandom functions. */
#define PRF_HMAC_SHA1		2
#define PRF_HMAC_SHA2_256	5
#define PRF_HMAC_SHA2_384	6
#define PRF_HMAC_SHA2_512	7
/* Integrity algorithms. */
#define INTEG_NONE		0
#define INTEG_HMAC_SHA1_96	2
#define INTEG_HMAC_SHA2_256_128	12
#define INTEG_HMAC_SHA2_384_192	13
#define INTEG_HMAC_SHA2_512_256	14
/* Key exchange methods. */
#define KE_NONE			0
#define KE_MODP1024		2
#define KE_MODP2048		14
#define KE_MODP3072		15
#define KE_MODP4096		16
#define KE_ECP256		19
#define KE_ECP384		20
#define KE_ECP521		21
#define KE_CURVE25519		31
/* Extended sequence numbers. */
#define ESN_NONE		0
#define ESN_YES			1

enum suite_proto {
	PROTO_IKE = 1,
	PROTO_AH = 2,
	PROTO_ESP = 3
};

struct alg {
	enum xform_type	 type;
	uint16_t	 id;
	uint16_t	 key_bits;	/* as on the wire; 0: no attribute */
	const char	*name;		/* strongSwan's word */
	uint8_t		 key_len;	/* bytes of KEYMAT, with the AEAD salt */
	uint8_t		 salt_len;	/* of these, bytes of salt at the end */
	uint8_t		 iv_len;	/* ENCR: bytes of IV in a packet */
	uint8_t		 icv_len;	/* AEAD or INTEG: bytes of ICV */
	uint8_t		 block;		/* ENCR: pad to a multiple of this */
	bool		 aead;
	bool		 ike;		/* usable in an IKE proposal */
	bool		 esp;		/* usable in an ESP proposal */
	bool		 weak;		/* needs "allow weak" */
};

struct xform {
	uint8_t		 type;		/* enum xform_type */
	uint16_t	 id;
	uint16_t	 key_bits;
};

#define PROPOSAL_XFORMS_MAX	24
#define PROPOSAL_TEXT_MAX	256
#define PROPOSALS_MAX		4	/* proposals in one list */

/* One proposal; transforms of a type in order of preference. */
struct proposal {
	uint8_t		 proto;		/* enum suite_proto */
	uint16_t	 n_xforms;
	struct xform	 xforms[PROPOSAL_XFORMS_MAX];
};

extern const struct fld_table proposal_fld;

/* One row by number; NULL when unknown.  key_bits is compared for ENCR only. */
const struct alg *alg_find(uint8_t type, uint16_t id, uint16_t key_bits);
/* One row by word ("aes256gcm16", "x25519"); aliases are understood. */
const struct alg *alg_by_name(const char *word, size_t len);

/*
 * Parse one proposal.  PROTO_IKE: without a prf word, one is derived from each
 * integrity word; a KE group is required; AEAD and integrity do not mix.
 * PROTO_ESP: a KE group is PFS; "esn" and "noesn" give ESN, else noesn alone.
 * Returns 0, or -1 with *why a static text and [*bad, *bad + *bad_len) the
 * word at fault inside text.  out untouched then.
 */
int	proposal_parse(const char *text, enum suite_proto proto,
	    struct proposal *out, const char **why, const char **bad,
	    size_t *bad_len);
/* The proposal in words, canonical: parses back to the same.  Returns buf. */
const char *proposal_text(const struct proposal *p,
	    char buf[static PROPOSAL_TEXT_MAX]);
/*
 * For people, and for proposal_known(): as proposal_text(), cut at whole words to
 * fit cap.  Each kind keeps its first ones, so that a long offer is not left
 * without a group; what has no name is "type/id".  noesn is not said.
 */
#define PROPOSAL_BRIEF_MAX	57	/* one in a line of 80, two in 160 */
const char *proposal_brief(const struct proposal *p, char *buf, size_t cap);
/*
 * Of a proposal in such words, not NUL-terminated, what greipsecd has, in words
 * that proposal_parse() takes.  Returns buf, or NULL with *lack the kind of
 * which it has none of those there.
 */
const char *proposal_known(const char *text, size_t len,
	    enum suite_proto proto, char buf[static PROPOSAL_TEXT_MAX],
	    const char **lack);
/* The first weak transform of p, or NULL. */
const struct alg *proposal_weak(const struct proposal *p);
/* First transform of a type, NULL when there is none. */
const struct xform *proposal_first(const struct proposal *p, uint8_t type);

#endif
