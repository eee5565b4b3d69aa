/* SPDX-License-Identifier: ISC */
/* runs in: every process that holds key bytes.  See secret.h. */
#include <string.h>

#include <openssl/crypto.h>

#include "lib/secret.h"

int
secret_set(struct secret *s, const void *data, size_t len)
{
	secret_wipe(s);
	if (len > sizeof(s->b))
		return (-1);
	memcpy(s->b, data, len);
	s->n_b = (uint16_t)len;
	return (0);
}

void
secret_wipe(struct secret *s)
{
	if (s != NULL)
		wipe(s, sizeof(*s));
}

int
secret_eq(const void *a, const void *b, size_t len)
{
	return (CRYPTO_memcmp(a, b, len) == 0);
}

void
wipe(void *p, size_t len)
{
	OPENSSL_cleanse(p, len);
}
