/* SPDX-License-Identifier: ISC */
/* runs in: ike, keys, esp.  See hmac.h.  OpenSSL 3. */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "lib/hmac.h"

/* The library's own context; struct hmac is never defined. */
static EVP_MAC_CTX *
ctx_of(struct hmac *h)
{
	return ((EVP_MAC_CTX *)h);
}

struct hmac *
hmac_new(const char *digest, const void *key, size_t len)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
	char name[16];
	OSSL_PARAM p[2];

	EVP_MAC_free(mac);
	memset(name, 0, sizeof(name));
	memcpy(name, digest, strnlen(digest, sizeof(name) - 1));
	p[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0);
	p[1] = OSSL_PARAM_construct_end();
	/* no key would mean the one before: there is always a pointer */
	if (ctx == NULL || EVP_MAC_init(ctx, key != NULL ? key : "", len,
	    p) != 1) {
		EVP_MAC_CTX_free(ctx);
		return (NULL);
	}
	return ((struct hmac *)ctx);
}

void
hmac_free(struct hmac *h)
{
	EVP_MAC_CTX_free(ctx_of(h));
}

int
hmac_begin(struct hmac *h)
{
	return (EVP_MAC_init(ctx_of(h), NULL, 0, NULL) == 1 ? 0 : -1);
}

int
hmac_add(struct hmac *h, const void *data, size_t len)
{
	return (EVP_MAC_update(ctx_of(h), data, len) == 1 ? 0 : -1);
}

int
hmac_end(struct hmac *h, uint8_t out[static HMAC_LEN_MAX])
{
	size_t n;

	return (EVP_MAC_final(ctx_of(h), out, &n, HMAC_LEN_MAX) == 1 ? 0 : -1);
}
