/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike and keys.  Keys of the library for ike_ke.c: OpenSSL 3 makes
 * them from parameters, LibreSSL has an object for each kind.
 */
#ifndef GREIPSEC_IKE_PKEY_H
#define GREIPSEC_IKE_PKEY_H

#include <openssl/bn.h>
#include <openssl/evp.h>

#include "ike/ike_crypto.h"

enum kind {
	KIND_MODP,
	KIND_ECP,
	KIND_X25519
};

struct group {
	uint16_t	 id;
	enum kind	 kind;
	const char	*key_type;	/* OpenSSL's words */
	const char	*name;
	int		 nid;		/* ECP, X25519 */
	size_t		 pub_len;
	size_t		 secret_len;
	size_t		 priv_len;	/* bytes drawn for a seeded key; MODP:
					   in the middle of RFC 3526 8 */
	BIGNUM		*(*prime)(BIGNUM *);	/* MODP */
};

#define POINT_MAX	(1 + KE_PUBLIC_MAX)

/* A key of MODP or ECP from its values (a point is written uncompressed); priv
 * may be NULL.  NULL on failure, which for a foreign point includes one that is
 * not on the curve. */
EVP_PKEY	*pkey_make(const struct group *g, const BIGNUM *priv,
		    const void *pub, size_t pub_len);
/* A fresh key by the library's generator; MODP gets a short exponent.  NULL
 * when the library fails. */
EVP_PKEY	*pkey_random(const struct group *g);
/* The public value as it goes on the wire; -1 when the library fails. */
int		 pkey_public(const struct group *g, const EVP_PKEY *k,
		    uint8_t out[static KE_PUBLIC_MAX]);
/*
 * The common secret into out[*n], *n its length, MODP with leading zeros.  1;
 * 0: the library refused the values; -1: it failed before.
 */
int		 pkey_derive(const struct group *g, EVP_PKEY *own,
		    EVP_PKEY *peer, uint8_t *out, size_t *n);

#endif
