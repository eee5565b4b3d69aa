/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  Keys of IKE and child SAs (RFC 7296 2.14, 2.17, 2.18) and the
 * octets that AUTH covers (2.15).  Pure.  Outputs are zeroed on an error.
 */
#ifndef GREIPSEC_IKE_KEYMAT_H
#define GREIPSEC_IKE_KEYMAT_H

#include "ike/ike_crypto.h"
#include "lib/pair_common.h"

#define IKE_NONCE_MIN	16	/* RFC 7296 3.9 */
#define IKE_NONCE_MAX	256

/* What was negotiated for an IKE SA. */
struct ike_suite {
	uint16_t	encr;		/* ENCR_* */
	uint16_t	key_bits;
	uint16_t	integ;		/* INTEG_*, INTEG_NONE with AEAD */
	uint16_t	prf;		/* PRF_* */
	uint16_t	ke;		/* KE_* */
};

/* What was negotiated for a child SA. */
struct ike_child_suite {
	uint16_t	encr;
	uint16_t	key_bits;
	uint16_t	integ;
	uint16_t	ke;		/* KE_NONE: no PFS */
	bool		esn;
};

/* What both sides said; spans are only read during the call.  That nonces are
 * long enough is for the parser to check; the upper limit is checked here. */
struct ike_seed {
	struct ike_span	ni, nr;		/* nonces, without payload header */
	uint64_t	spi_i, spi_r;	/* host order; children: not used */
};

/* Keys of an IKE SA; i sends with `i', r with `r'.  Own it, wipe it. */
struct ike_keys {
	uint16_t	prf;
	uint16_t	n_p;		/* bytes of d, pi, pr */
	uint8_t		d[IKE_PRF_MAX];
	uint8_t		pi[IKE_PRF_MAX];
	uint8_t		pr[IKE_PRF_MAX];
	struct ike_sk	i, r;		/* SK_ei + SK_ai, SK_er + SK_ar */
};

/* Keys of one direction of a child SA, as struct sa_spec carries them. */
struct ike_child_half {
	uint16_t	n_encr_key;	/* with the salt at its end */
	uint8_t		encr_key[ESP_KEY_MAX];
	uint16_t	n_integ_key;
	uint8_t		integ_key[ESP_KEY_MAX];
};

/* i: from the initiator of the exchange that made the child to the other. */
struct ike_child_keys {
	struct ike_child_half	i, r;
};

/* Keys of the first IKE SA from g^ir. */
enum ike_cerr	ike_keys_first(struct ike_keys *out, const struct ike_suite *s,
		    const struct ike_seed *seed, const struct secret *g_ir);
/* Keys of an IKE SA that replaces old; g_ir and seed of the new exchange, SPIs
 * of the new SA.  SKEYSEED is computed with the PRF of old (2.18). */
enum ike_cerr	ike_keys_rekey(struct ike_keys *out, const struct ike_suite *s,
		    const struct ike_seed *seed, const struct secret *g_ir,
		    const struct ike_keys *old);
/* Keys of a child SA; g_ir NULL without PFS.  ike: the IKE SA that carried the
 * exchange. */
enum ike_cerr	ike_child_keys(struct ike_child_keys *out,
		    const struct ike_child_suite *s,
		    const struct ike_seed *seed, const struct secret *g_ir,
		    const struct ike_keys *ike);
/* Wipe; NULL is allowed. */
void		ike_keys_wipe(struct ike_keys *k);
void		ike_child_keys_wipe(struct ike_child_keys *k);

/*
 * The octets that one side signs (2.15): its first message | the other side's
 * nonce | prf(SK_p, body of its ID payload).  msg: the whole message as sent or
 * received, from the IKE header on, without non-ESP marker.  sk_p: keys->pi for
 * the initiator's octets, keys->pr for the responder's.  id_body: ID payload
 * behind its generic header (type, 3 reserved bytes as received, data).
 * Writes at most cap bytes; *out_len.  IKE_C_LENGTH when cap is too small.
 */
enum ike_cerr	ike_signed_octets(const struct ike_keys *k,
		    const uint8_t *sk_p, struct ike_span msg,
		    struct ike_span nonce, struct ike_span id_body,
		    uint8_t *out, size_t cap, size_t *out_len);

#endif
