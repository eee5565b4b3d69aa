/* SPDX-License-Identifier: ISC */
/*
 * runs in: main, greipsecctl.  Base64 (RFC 4648), standard alphabet with
 * padding and URL alphabet without, over OpenSSL.  Strict: no white space, no
 * bytes left over.
 */
#ifndef GREIPSEC_BASE64_H
#define GREIPSEC_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Encode len bytes to a NUL-terminated out of cap bytes; -1 if too small. */
int	base64_put(const void *data, size_t len, char *out, size_t cap);
/* Same with the URL alphabet and without padding (section 5). */
int	base64url_put(const void *data, size_t len, char *out, size_t cap);
/* Decode exactly len bytes from text; -1 when it is anything else. */
int	base64_get(const char *text, void *out, size_t len);

#endif
