/* SPDX-License-Identifier: ISC */
/* runs in: main, greipsecctl.  HKDF (RFC 5869) with SHA-256; one version per
 * library. */
#ifndef GREIPSEC_HKDF_H
#define GREIPSEC_HKDF_H

#include <stddef.h>
#include <stdint.h>

/* out_len bytes (at most 255 * 32) from ikm; 0, or -1 when the library fails. */
int	hkdf_sha256(const void *ikm, size_t ikm_len, const void *salt,
	    size_t salt_len, const void *info, size_t info_len, uint8_t *out,
	    size_t out_len);

#endif
