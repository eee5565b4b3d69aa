/* SPDX-License-Identifier: ISC */
/* runs in: ike and keys.  See ike_pkey.h.  OpenSSL 3. */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/params.h>

#include "ike/ike_pkey.h"

EVP_PKEY *
pkey_make(const struct group *g, const BIGNUM *priv, const void *pub,
    size_t pub_len)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, g->key_type, NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *k = NULL;
	BIGNUM *y = NULL;
	int ok;

	ok = b != NULL && ctx != NULL && OSSL_PARAM_BLD_push_utf8_string(b,
	    OSSL_PKEY_PARAM_GROUP_NAME, g->name, 0) == 1;
	if (g->kind == KIND_MODP) {
		y = BN_bin2bn(pub, (int)pub_len, NULL);
		ok = ok && y != NULL && OSSL_PARAM_BLD_push_BN(b,
		    OSSL_PKEY_PARAM_PUB_KEY, y) == 1;
	} else
		ok = ok && OSSL_PARAM_BLD_push_octet_string(b,
		    OSSL_PKEY_PARAM_PUB_KEY, pub, pub_len) == 1;
	if (priv != NULL)
		ok = ok && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY,
		    priv) == 1;
	if (ok && (params = OSSL_PARAM_BLD_to_param(b)) != NULL &&
	    EVP_PKEY_fromdata_init(ctx) == 1 && EVP_PKEY_fromdata(ctx, &k,
	    priv != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1)
		k = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_CTX_free(ctx);
	BN_free(y);
	return (k);
}

/* Named DH groups get short exponents. */
EVP_PKEY *
pkey_random(const struct group *g)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, g->key_type, NULL);
	EVP_PKEY *k = NULL;

	if (ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
	    (g->name == NULL || EVP_PKEY_CTX_set_group_name(ctx, g->name) == 1)
	    && EVP_PKEY_generate(ctx, &k) != 1)
		k = NULL;
	EVP_PKEY_CTX_free(ctx);
	return (k);
}

int
pkey_public(const struct group *g, const EVP_PKEY *k,
    uint8_t out[static KE_PUBLIC_MAX])
{
	uint8_t pt[POINT_MAX];
	size_t len = KE_PUBLIC_MAX;
	BIGNUM *y = NULL;
	int n;

	switch (g->kind) {
	case KIND_MODP:
		if (EVP_PKEY_get_bn_param(k, OSSL_PKEY_PARAM_PUB_KEY, &y) != 1)
			return (-1);
		n = BN_bn2binpad(y, out, (int)g->pub_len);
		BN_free(y);
		return (n == (int)g->pub_len ? 0 : -1);
	case KIND_ECP:
		if (EVP_PKEY_get_octet_string_param(k, OSSL_PKEY_PARAM_PUB_KEY,
		    pt, sizeof(pt), &len) != 1 || len != g->pub_len + 1 ||
		    pt[0] != POINT_CONVERSION_UNCOMPRESSED)
			return (-1);
		memcpy(out, pt + 1, g->pub_len);
		return (0);
	case KIND_X25519:
	default:
		return (EVP_PKEY_get_raw_public_key(k, out, &len) == 1 &&
		    len == g->pub_len ? 0 : -1);
	}
}

int
pkey_derive(const struct group *g, EVP_PKEY *own, EVP_PKEY *peer, uint8_t *out,
    size_t *n)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	int rv = -1;

	if (ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
	    (g->kind != KIND_MODP || EVP_PKEY_CTX_set_dh_pad(ctx, 1) == 1) &&
	    EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1)
		rv = EVP_PKEY_derive(ctx, out, n) == 1;
	EVP_PKEY_CTX_free(ctx);
	return (rv);
}
