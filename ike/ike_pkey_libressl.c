/* SPDX-License-Identifier: ISC */
/* runs in: ike and keys.  See ike_pkey.h.  LibreSSL. */
#include <string.h>

#include <openssl/dh.h>
#include <openssl/ec.h>

#include "ike/ike_pkey.h"

/* Group parameters without a key. */
static DH *
dh_new(const struct group *g)
{
	DH *dh = DH_new();
	BIGNUM *p = g->prime(NULL), *gen = BN_new();

	if (dh != NULL && p != NULL && gen != NULL &&
	    BN_set_word(gen, 2) == 1 && DH_set0_pqg(dh, p, NULL, gen) == 1)
		return (dh);
	BN_free(p);
	BN_free(gen);
	DH_free(dh);
	return (NULL);
}

/* The key around dh, which it takes over. */
static EVP_PKEY *
wrap_dh(DH *dh)
{
	EVP_PKEY *k = EVP_PKEY_new();

	if (k != NULL && EVP_PKEY_set1_DH(k, dh) != 1) {
		EVP_PKEY_free(k);
		k = NULL;
	}
	DH_free(dh);
	return (k);
}

static EVP_PKEY *
wrap_ec(EC_KEY *ec)
{
	EVP_PKEY *k = EVP_PKEY_new();

	if (k != NULL && EVP_PKEY_set1_EC_KEY(k, ec) != 1) {
		EVP_PKEY_free(k);
		k = NULL;
	}
	EC_KEY_free(ec);
	return (k);
}

static EVP_PKEY *
make_dh(const struct group *g, const BIGNUM *priv, const void *pub,
    size_t pub_len)
{
	BIGNUM *y = BN_bin2bn(pub, (int)pub_len, NULL);
	BIGNUM *x = priv != NULL ? BN_dup(priv) : NULL;
	DH *dh = dh_new(g);

	if (dh != NULL && y != NULL && (priv == NULL || x != NULL) &&
	    DH_set0_key(dh, y, x) == 1)
		return (wrap_dh(dh));
	BN_free(y);
	BN_clear_free(x);
	DH_free(dh);
	return (NULL);
}

static EVP_PKEY *
make_ec(const struct group *g, const BIGNUM *priv, const void *pub,
    size_t pub_len)
{
	EC_KEY *ec = EC_KEY_new_by_curve_name(g->nid);
	const EC_GROUP *grp = ec != NULL ? EC_KEY_get0_group(ec) : NULL;
	EC_POINT *pt = grp != NULL ? EC_POINT_new(grp) : NULL;
	int ok;

	ok = pt != NULL && EC_POINT_oct2point(grp, pt, pub, pub_len,
	    NULL) == 1 && EC_KEY_set_public_key(ec, pt) == 1 &&
	    (priv == NULL || EC_KEY_set_private_key(ec, priv) == 1);
	EC_POINT_free(pt);
	if (ok)
		return (wrap_ec(ec));
	EC_KEY_free(ec);
	return (NULL);
}

EVP_PKEY *
pkey_make(const struct group *g, const BIGNUM *priv, const void *pub,
    size_t pub_len)
{
	return (g->kind == KIND_MODP ? make_dh(g, priv, pub, pub_len) :
	    make_ec(g, priv, pub, pub_len));
}

static EVP_PKEY *
random_dh(const struct group *g)
{
	DH *dh = dh_new(g);

	if (dh != NULL && DH_set_length(dh, (long)g->priv_len * 8) == 1 &&
	    DH_generate_key(dh) == 1)
		return (wrap_dh(dh));
	DH_free(dh);
	return (NULL);
}

static EVP_PKEY *
random_ec(const struct group *g)
{
	EC_KEY *ec = EC_KEY_new_by_curve_name(g->nid);

	if (ec != NULL && EC_KEY_generate_key(ec) == 1)
		return (wrap_ec(ec));
	EC_KEY_free(ec);
	return (NULL);
}

static EVP_PKEY *
random_x25519(const struct group *g)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(g->nid, NULL);
	EVP_PKEY *k = NULL;

	if (ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
	    EVP_PKEY_keygen(ctx, &k) != 1)
		k = NULL;
	EVP_PKEY_CTX_free(ctx);
	return (k);
}

EVP_PKEY *
pkey_random(const struct group *g)
{
	switch (g->kind) {
	case KIND_MODP:
		return (random_dh(g));
	case KIND_ECP:
		return (random_ec(g));
	case KIND_X25519:
	default:
		return (random_x25519(g));
	}
}

static int
public_dh(const struct group *g, const EVP_PKEY *k, uint8_t *out)
{
	const DH *dh = EVP_PKEY_get0_DH((EVP_PKEY *)(uintptr_t)k);
	const BIGNUM *y = NULL;

	if (dh != NULL)
		DH_get0_key(dh, &y, NULL);
	return (y != NULL && BN_bn2binpad(y, out, (int)g->pub_len) ==
	    (int)g->pub_len ? 0 : -1);
}

static int
public_ec(const struct group *g, const EVP_PKEY *k, uint8_t *out)
{
	const EC_KEY *ec = EVP_PKEY_get0_EC_KEY((EVP_PKEY *)(uintptr_t)k);
	uint8_t pt[POINT_MAX];
	size_t len = g->pub_len + 1;

	if (ec == NULL || EC_POINT_point2oct(EC_KEY_get0_group(ec),
	    EC_KEY_get0_public_key(ec), POINT_CONVERSION_UNCOMPRESSED, pt, len,
	    NULL) != len)
		return (-1);
	memcpy(out, pt + 1, g->pub_len);
	return (0);
}

int
pkey_public(const struct group *g, const EVP_PKEY *k,
    uint8_t out[static KE_PUBLIC_MAX])
{
	size_t len = KE_PUBLIC_MAX;

	switch (g->kind) {
	case KIND_MODP:
		return (public_dh(g, k, out));
	case KIND_ECP:
		return (public_ec(g, k, out));
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
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
	size_t lead;
	int rv = -1;

	if (ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
	    EVP_PKEY_derive_set_peer(ctx, peer) == 1)
		rv = EVP_PKEY_derive(ctx, out, n) == 1;
	EVP_PKEY_CTX_free(ctx);
	/* a number comes without its leading zeros */
	if (rv == 1 && g->kind == KIND_MODP && *n < g->secret_len) {
		lead = g->secret_len - *n;
		memmove(out + lead, out, *n);
		memset(out, 0, lead);
		*n = g->secret_len;
	}
	return (rv);
}
