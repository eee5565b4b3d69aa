/* SPDX-License-Identifier: ISC */
/*
 * runs in: main, greipsecctl.  Making Ed25519 keys (RFC 8032).  Signing and
 * verifying live in the keys process.
 */
#ifndef GREIPSEC_ED25519_H
#define GREIPSEC_ED25519_H

#include <stdint.h>

#define ED25519_LEN	32

/* The public key that belongs to a seed; 0, or -1 when OpenSSL fails. */
int	ed25519_public(const uint8_t seed[static ED25519_LEN],
	    uint8_t pub[static ED25519_LEN]);

#endif
