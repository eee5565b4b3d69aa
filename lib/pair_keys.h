/* SPDX-License-Identifier: ISC */
/*
 * runs in: main and keys (secrets in), ike and keys (questions).  ike names a
 * tunnel and gives opaque octets; it gets a finished AUTH value or yes or no,
 * never a key, and never anything that a PSK could be computed from offline
 * without the peer's part.
 */
#ifndef GREIPSEC_PAIR_KEYS_H
#define GREIPSEC_PAIR_KEYS_H

#include "lib/pair_main_ike.h"

enum msg_keys {
	M_KEYS_SECRET = 32,	/* main to keys: struct keys_secret */
	M_KEYS_SECRET_DEL,	/* main to keys: struct ike_tid */

	M_KEYS_AUTH = 96,	/* ike to keys: struct keys_auth */
	M_KEYS_VERIFY,		/* ike to keys: struct keys_auth + their AUTH */
	M_KEYS_AUTH_DONE,	/* keys to ike: struct keys_done */
	M_KEYS_VERIFY_DONE	/* keys to ike: struct keys_done */
};

#define KEYS_PSK_MAX	128
#define KEYS_OCTETS_MAX	8192	/* message 1 or 2, nonce, prf(SK_p, ID) */
#define KEYS_AUTH_MAX	256

/* The secrets of one tunnel; the second PSK is valid during a change. */
struct keys_secret {
	uint32_t		tid;
	enum ike_auth_method	auth;
	uint16_t		n_psk, n_psk2;	/* n_psk2 0: none */
	uint8_t			psk[KEYS_PSK_MAX], psk2[KEYS_PSK_MAX];
	uint16_t		n_priv;		/* 32 for Ed25519 */
	uint8_t			priv[64];
	uint8_t			remote_pub[32];
};

/*
 * Compute our AUTH, or check the peer's.  octets: InitiatorSignedOctets or
 * ResponderSignedOctets of RFC 7296 2.15.  For a PSK: prf(prf(psk, "Key Pad for
 * IKEv2"), octets); for Ed25519 the RFC 7427 signature (ASN.1 length,
 * AlgorithmIdentifier of RFC 8420, signature) of method 14.
 */
struct keys_auth {
	uint32_t		req;		/* matches the answer */
	uint32_t		tid;
	enum ike_auth_method	auth;
	uint16_t		prf;		/* PRF_* of the IKE SA */
	uint16_t		n_octets;
	uint8_t			octets[KEYS_OCTETS_MAX];
	uint16_t		n_value;	/* VERIFY: the AUTH data received */
	uint8_t			value[KEYS_AUTH_MAX];
};

struct keys_done {
	uint32_t	req;
	uint32_t	tid;
	bool		ok;		/* VERIFY: it is the peer */
	uint16_t	n_value;	/* AUTH: our AUTH data */
	uint8_t		value[KEYS_AUTH_MAX];
};

extern const struct fld_table keys_secret_fld, keys_auth_fld, keys_done_fld;

#endif
