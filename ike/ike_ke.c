/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  Key exchange of ike_crypto.h over OpenSSL.
 *
 * A table row per group names it to OpenSSL and says how long values are.  The
 * three kinds (finite field, curve with points, X25519) differ in how a key is
 * built from its private value and in how a foreign public value is checked;
 * everything else is common.  All checks of RFC 6989 are made here and not left
 * to the library's version of the day; the library's own, which for a safe prime
 * or a curve of cofactor 1 cost a whole exponentiation more, are switched off.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/params.h>

#include "ike/ike_crypto.h"

#define KE_PRIV_MAX	66
#define POINT_MAX	(1 + KE_PUBLIC_MAX)

enum kind {
	KIND_MODP,
	KIND_ECP,
	KIND_X25519
};

struct group {
	uint16_t	 id;
	enum kind	 kind;
	const char	*key_type;	/* OpenSSL's words */
	const char	*name;
	int		 nid;
	size_t		 pub_len;
	size_t		 secret_len;
	size_t		 priv_len;	/* bytes drawn for a seeded key; MODP:
					   in the middle of RFC 3526 8 */
	BIGNUM		*(*prime)(BIGNUM *);	/* MODP */
};

#define MODP(bits, priv)	{ KE_MODP##bits, KIND_MODP, "DH", \
	"modp_" #bits, NID_modp_##bits, (bits) / 8, (bits) / 8, (priv), \
	BN_get_rfc3526_prime_##bits }
#define ECP(id, name, nid, len)	{ (id), KIND_ECP, "EC", (name), (nid), \
	2 * (len), (len), (len), NULL }

static const struct group groups[] = {
	MODP(2048, 32),
	MODP(3072, 40),
	MODP(4096, 48),
	ECP(KE_ECP256, "P-256", NID_X9_62_prime256v1, 32),
	ECP(KE_ECP384, "P-384", NID_secp384r1, 48),
	ECP(KE_ECP521, "P-521", NID_secp521r1, 66),
	{ KE_CURVE25519, KIND_X25519, "X25519", NULL, NID_X25519, 32, 32, 32,
	    NULL },
};

struct ke_key {
	const struct group	*g;
	EVP_PKEY		*pkey;
	uint8_t			 pub[KE_PUBLIC_MAX];
};

static const struct group *
group_find(uint16_t id)
{
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].id == id)
			return (&groups[i]);
	return (NULL);
}

size_t
ke_public_len(uint16_t group)
{
	const struct group *g = group_find(group);

	return (g != NULL ? g->pub_len : 0);
}

const uint8_t *
ke_public(const struct ke_key *k, size_t *len)
{
	*len = k->g->pub_len;
	return (k->pub);
}

uint16_t
ke_group(const struct ke_key *k)
{
	return (k->g->id);
}

void
ke_free(struct ke_key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->pkey);
	wipe(k, sizeof(*k));
	free(k);
}

/* A key of DH or EC from its values; priv may be NULL.  NULL on failure, which
 * for a foreign point includes one that is not on the curve. */
static EVP_PKEY *
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

/* g^x for the exponent in b. */
static EVP_PKEY *
modp_from(const struct group *g, const BIGNUM *x)
{
	uint8_t pub[KE_PUBLIC_MAX];
	BIGNUM *p = g->prime(NULL), *gen = BN_new();
	BIGNUM *y = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	EVP_PKEY *k = NULL;

	if (p != NULL && gen != NULL && y != NULL && ctx != NULL &&
	    BN_set_word(gen, 2) == 1 && BN_mod_exp(y, gen, x, p, ctx) == 1 &&
	    BN_bn2binpad(y, pub, (int)g->pub_len) == (int)g->pub_len)
		k = pkey_make(g, x, pub, g->pub_len);
	BN_free(p);
	BN_free(gen);
	BN_free(y);
	BN_CTX_free(ctx);
	return (k);
}

/* x * G, for x reduced into 1 .. order - 1. */
static EVP_PKEY *
ecp_from(const struct group *g, BIGNUM *x)
{
	uint8_t pub[POINT_MAX];
	EC_GROUP *grp = EC_GROUP_new_by_curve_name(g->nid);
	EC_POINT *pt = grp != NULL ? EC_POINT_new(grp) : NULL;
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *top = BN_new();
	EVP_PKEY *k = NULL;
	size_t len = g->pub_len + 1;

	if (pt != NULL && ctx != NULL && top != NULL &&
	    BN_sub(top, EC_GROUP_get0_order(grp), BN_value_one()) == 1 &&
	    BN_mod(x, x, top, ctx) == 1 && BN_add_word(x, 1) == 1 &&
	    EC_POINT_mul(grp, pt, x, NULL, NULL, ctx) == 1 &&
	    EC_POINT_point2oct(grp, pt, POINT_CONVERSION_UNCOMPRESSED, pub,
	    len, ctx) == len)
		k = pkey_make(g, x, pub, len);
	BN_free(top);
	BN_CTX_free(ctx);
	EC_POINT_free(pt);
	EC_GROUP_free(grp);
	return (k);
}

static EVP_PKEY *
pkey_seeded(const struct ike_rng *rng, const struct group *g)
{
	uint8_t priv[KE_PRIV_MAX];
	EVP_PKEY *k = NULL;
	BIGNUM *x = NULL;

	rng->fill(rng->ctx, priv, g->priv_len);
	if (g->kind == KIND_X25519)
		k = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, priv,
		    g->priv_len);
	else {
		if (g->kind == KIND_MODP)
			priv[0] |= 0x80;	/* never a small exponent */
		x = BN_bin2bn(priv, (int)g->priv_len, NULL);
		if (x != NULL)
			k = g->kind == KIND_MODP ? modp_from(g, x) :
			    ecp_from(g, x);
	}
	BN_clear_free(x);
	wipe(priv, sizeof(priv));
	return (k);
}

/* The library's generator; named DH groups get its short exponents. */
static EVP_PKEY *
pkey_random(const struct ike_rng *rng, const struct group *g)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, g->key_type, NULL);
	EVP_PKEY *k = NULL;

	(void)rng;
	if (ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
	    (g->name == NULL || EVP_PKEY_CTX_set_group_name(ctx, g->name) == 1)
	    && EVP_PKEY_generate(ctx, &k) != 1)
		k = NULL;
	EVP_PKEY_CTX_free(ctx);
	return (k);
}

/* The public value as it goes on the wire; -1 when the library fails. */
static int
public_get(const struct group *g, const EVP_PKEY *k,
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

static enum ike_cerr
generate(EVP_PKEY *(*make)(const struct ike_rng *, const struct group *),
    const struct ike_rng *rng, uint16_t group, struct ke_key **out)
{
	const struct group *g = group_find(group);
	struct ke_key *k;

	*out = NULL;
	if (g == NULL)
		return (IKE_C_ALG);
	if ((k = calloc(1, sizeof(*k))) == NULL)
		return (IKE_C_LIB);
	k->g = g;
	if ((k->pkey = make(rng, g)) == NULL ||
	    public_get(g, k->pkey, k->pub) == -1) {
		ke_free(k);
		return (IKE_C_LIB);
	}
	*out = k;
	return (IKE_C_OK);
}

static enum ike_cerr
generate_real(const struct ike_rng *rng, uint16_t group, struct ke_key **out)
{
	return (generate(pkey_random, rng, group, out));
}

static enum ike_cerr
generate_seeded(const struct ike_rng *rng, uint16_t group, struct ke_key **out)
{
	return (generate(pkey_seeded, rng, group, out));
}

/*
 * RFC 6989 2.1: 1 < y < p - 1.  p is a safe prime, so what is left generates a
 * group of order q or 2q, and nothing more has to be checked.
 */
static bool
modp_good(const struct group *g, const void *pub, size_t len)
{
	BIGNUM *p = g->prime(NULL);
	BIGNUM *y = BN_bin2bn(pub, (int)len, NULL);
	bool good;

	good = p != NULL && y != NULL && BN_sub_word(p, 1) == 1 &&
	    BN_cmp(y, BN_value_one()) > 0 && BN_cmp(y, p) < 0;
	BN_free(p);
	BN_free(y);
	return (good);
}

/*
 * RFC 6989 2.3: both coordinates below p and the point on the curve (these
 * curves have cofactor 1).  Infinity cannot be written as x | y.
 */
static bool
ecp_good(const struct group *g, const void *pub, size_t len)
{
	size_t half = len / 2;
	BIGNUM *x = BN_bin2bn(pub, (int)half, NULL);
	BIGNUM *y = BN_bin2bn((const uint8_t *)pub + half, (int)half, NULL);
	BIGNUM *p = BN_new();
	EC_GROUP *grp = EC_GROUP_new_by_curve_name(g->nid);
	EC_POINT *pt = grp != NULL ? EC_POINT_new(grp) : NULL;
	bool good;

	good = x != NULL && y != NULL && p != NULL && pt != NULL &&
	    EC_GROUP_get_curve(grp, p, NULL, NULL, NULL) == 1 &&
	    BN_cmp(x, p) < 0 && BN_cmp(y, p) < 0 &&
	    EC_POINT_set_affine_coordinates(grp, pt, x, y, NULL) == 1 &&
	    EC_POINT_is_on_curve(grp, pt, NULL) == 1;
	EC_POINT_free(pt);
	EC_GROUP_free(grp);
	BN_free(p);
	BN_free(x);
	BN_free(y);
	return (good);
}

/* The peer's value as a key of the library, or NULL. */
static EVP_PKEY *
peer_key(const struct group *g, const void *pub, size_t len)
{
	uint8_t pt[POINT_MAX];

	switch (g->kind) {
	case KIND_MODP:
		return (modp_good(g, pub, len) ? pkey_make(g, NULL, pub, len) :
		    NULL);
	case KIND_ECP:
		if (!ecp_good(g, pub, len))
			return (NULL);
		pt[0] = POINT_CONVERSION_UNCOMPRESSED;
		memcpy(pt + 1, pub, len);
		return (pkey_make(g, NULL, pt, len + 1));
	case KIND_X25519:
	default:
		return (EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, pub,
		    len));
	}
}

static enum ike_cerr
derive(const struct ke_key *k, const void *peer, size_t len,
    struct secret *out)
{
	static const uint8_t zero[32];
	enum ike_cerr err = IKE_C_LIB;
	size_t n = sizeof(out->b);
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *pk;

	memset(out, 0, sizeof(*out));
	if (len != k->g->pub_len)
		return (IKE_C_LENGTH);
	if ((pk = peer_key(k->g, peer, len)) == NULL)
		return (IKE_C_VALUE);
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
	if (ctx == NULL || EVP_PKEY_derive_init(ctx) != 1 ||
	    (k->g->kind == KIND_MODP && EVP_PKEY_CTX_set_dh_pad(ctx, 1) != 1)
	    || EVP_PKEY_derive_set_peer_ex(ctx, pk, 0) != 1)
		goto out;
	if (EVP_PKEY_derive(ctx, out->b, &n) != 1) {
		/* the library refuses an all-zero X25519 result by itself */
		if (k->g->kind == KIND_X25519)
			err = IKE_C_VALUE;
		goto out;
	}
	if (n != k->g->secret_len)
		goto out;
	if (k->g->kind == KIND_X25519 && secret_eq(out->b, zero, n)) {
		err = IKE_C_VALUE;
		goto out;
	}
	out->n_b = (uint16_t)n;
	err = IKE_C_OK;
out:
	if (err != IKE_C_OK)
		secret_wipe(out);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pk);
	return (err);
}

const struct ike_ke_ops ike_ke_real = { generate_real, derive };
const struct ike_ke_ops ike_ke_seeded = { generate_seeded, derive };
