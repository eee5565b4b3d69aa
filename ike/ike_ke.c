/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  Key exchange of ike_crypto.h over the library's numbers and
 * points; what is done with its keys is in ike_pkey.h, one version per library.
 *
 * A table row per group names it to the library and says how long values are.
 * The three kinds (finite field, curve with points, X25519) differ in how a key
 * is built from its private value and in how a foreign public value is checked;
 * everything else is common.  All checks of RFC 6989 are made here and not left
 * to the library's version of the day; the library's own, which for a safe prime
 * or a curve of cofactor 1 cost a whole exponentiation more, are switched off.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include "ike/ike_crypto.h"
#include "ike/ike_pkey.h"

#define KE_PRIV_MAX	66

#define MODP(bits, priv)	{ KE_MODP##bits, KIND_MODP, "DH", \
	"modp_" #bits, NID_undef, (bits) / 8, (bits) / 8, (priv), \
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
	    EC_GROUP_get_order(grp, top, NULL) == 1 &&
	    BN_sub_word(top, 1) == 1 &&
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
	    pkey_public(g, k->pkey, k->pub) == -1) {
		ke_free(k);
		return (IKE_C_LIB);
	}
	*out = k;
	return (IKE_C_OK);
}

static EVP_PKEY *
pkey_real(const struct ike_rng *rng, const struct group *g)
{
	(void)rng;
	return (pkey_random(g));
}

static enum ike_cerr
generate_real(const struct ike_rng *rng, uint16_t group, struct ke_key **out)
{
	return (generate(pkey_real, rng, group, out));
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
	EVP_PKEY *pk;

	memset(out, 0, sizeof(*out));
	if (len != k->g->pub_len)
		return (IKE_C_LENGTH);
	if ((pk = peer_key(k->g, peer, len)) == NULL)
		return (IKE_C_VALUE);
	switch (pkey_derive(k->g, k->pkey, pk, out->b, &n)) {
	case 1:
		if (n != k->g->secret_len)
			break;
		err = k->g->kind == KIND_X25519 &&
		    secret_eq(out->b, zero, n) ? IKE_C_VALUE : IKE_C_OK;
		break;
	case 0:
		/* the library refuses an all-zero X25519 result by itself */
		if (k->g->kind == KIND_X25519)
			err = IKE_C_VALUE;
		break;
	default:
		break;
	}
	if (err == IKE_C_OK)
		out->n_b = (uint16_t)n;
	else
		secret_wipe(out);
	EVP_PKEY_free(pk);
	return (err);
}

const struct ike_ke_ops ike_ke_real = { generate_real, derive };
const struct ike_ke_ops ike_ke_seeded = { generate_seeded, derive };
