/* SPDX-License-Identifier: ISC */
/* runs in: main, greipsecctl.  See hkdf.h.  LibreSSL. */
#include <openssl/evp.h>
#include <openssl/hkdf.h>

#include "lib/hkdf.h"

int
hkdf_sha256(const void *ikm, size_t ikm_len, const void *salt, size_t salt_len,
    const void *info, size_t info_len, uint8_t *out, size_t out_len)
{
	return (HKDF(out, out_len, EVP_sha256(), ikm, ikm_len, salt, salt_len,
	    info, info_len) == 1 ? 0 : -1);
}
