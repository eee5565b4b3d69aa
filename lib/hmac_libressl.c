/* SPDX-License-Identifier: ISC */
/* runs in: ike, keys, esp.  See hmac.h.  LibreSSL. */
#include <limits.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "lib/hmac.h"

/* The library's own context; struct hmac is never defined. */
static HMAC_CTX *
ctx_of(struct hmac *h)
{
	return ((HMAC_CTX *)h);
}

struct hmac *
hmac_new(const char *digest, const void *key, size_t len)
{
	const EVP_MD *md = EVP_get_digestbyname(digest);
	HMAC_CTX *ctx = HMAC_CTX_new();

	if (ctx == NULL || md == NULL || len > INT_MAX ||
	    HMAC_Init_ex(ctx, key != NULL ? key : "", (int)len, md,
	    NULL) != 1) {
		HMAC_CTX_free(ctx);
		return (NULL);
	}
	return ((struct hmac *)ctx);
}

void
hmac_free(struct hmac *h)
{
	HMAC_CTX_free(ctx_of(h));
}

int
hmac_begin(struct hmac *h)
{
	return (HMAC_Init_ex(ctx_of(h), NULL, 0, NULL, NULL) == 1 ? 0 : -1);
}

int
hmac_add(struct hmac *h, const void *data, size_t len)
{
	return (HMAC_Update(ctx_of(h), data, len) == 1 ? 0 : -1);
}

int
hmac_end(struct hmac *h, uint8_t out[static HMAC_LEN_MAX])
{
	unsigned int n;

	return (HMAC_Final(ctx_of(h), out, &n) == 1 ? 0 : -1);
}
