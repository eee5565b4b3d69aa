/* SPDX-License-Identifier: ISC */
/* runs in: main, greipsecctl.  See ed25519.h. */
#include <openssl/evp.h>

#include "lib/ed25519.h"

int
ed25519_public(const uint8_t seed[static ED25519_LEN],
    uint8_t pub[static ED25519_LEN])
{
	EVP_PKEY *k;
	size_t len = ED25519_LEN;
	int rc = -1;

	k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed,
	    ED25519_LEN);
	if (k != NULL && EVP_PKEY_get_raw_public_key(k, pub, &len) == 1 &&
	    len == ED25519_LEN)
		rc = 0;
	EVP_PKEY_free(k);
	return (rc);
}
