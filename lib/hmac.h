/* SPDX-License-Identifier: ISC */
/* runs in: ike, keys, esp.  HMAC with one key over many messages; one version
 * per library. */
#ifndef GREIPSEC_HMAC_H
#define GREIPSEC_HMAC_H

#include <stddef.h>
#include <stdint.h>

#define HMAC_LEN_MAX	64

struct hmac;

/* digest: "SHA256" and the like; ready for a message.  NULL when the library
 * fails. */
struct hmac	*hmac_new(const char *digest, const void *key, size_t len);
void		 hmac_free(struct hmac *h);
/* Begin another message under the same key.  0, or -1 when the library fails;
 * so the two below. */
int		 hmac_begin(struct hmac *h);
int		 hmac_add(struct hmac *h, const void *data, size_t len);
int		 hmac_end(struct hmac *h, uint8_t out[static HMAC_LEN_MAX]);

#endif
