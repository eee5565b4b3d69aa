/* SPDX-License-Identifier: ISC */
/* runs in: keys.  See keys_auth.h. */
#include <string.h>

#include <openssl/evp.h>

#include "ike/ike_crypto.h"
#include "ike/keys_auth.h"
#include "lib/ed25519.h"

#define KEY_PAD		"Key Pad for IKEv2"	/* RFC 7296 2.15, no NUL */
#define SIG_LEN		64
#define IKE_HDR_LEN	28
#define NONCE_MIN	16

/*
 * RFC 7427 3: length of the AlgorithmIdentifier, then that of Ed25519 (1.3.101.
 * 112, no parameters; RFC 8420 A.1), then the signature.
 */
static const uint8_t ed25519_head[] = {
	0x07, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70
};
#define HEAD_LEN	sizeof(ed25519_head)

/* prf(prf(psk, pad), octets); the length, 0 on failure. */
static size_t
psk_auth(const struct keys_auth *q, const uint8_t *psk, size_t psk_len,
    uint8_t out[static IKE_PRF_MAX])
{
	struct ike_span pad = { KEY_PAD, sizeof(KEY_PAD) - 1 };
	struct ike_span octets = { q->octets, q->n_octets };
	size_t len = ike_prf_len(q->prf);
	uint8_t key[IKE_PRF_MAX];

	if (ike_prf(q->prf, psk, psk_len, &pad, 1, key) != IKE_C_OK ||
	    ike_prf(q->prf, key, len, &octets, 1, out) != IKE_C_OK)
		len = 0;
	wipe(key, sizeof(key));
	return (len);
}

static bool
psk_verify(const struct keys_secret *s, const struct keys_auth *q)
{
	uint8_t a[IKE_PRF_MAX], b[IKE_PRF_MAX];
	size_t len;
	int ok;

	len = psk_auth(q, s->psk, s->n_psk, a);
	if (len == 0 || q->n_value != len)
		return (false);
	ok = secret_eq(a, q->value, len);
	if (s->n_psk2 > 0 && psk_auth(q, s->psk2, s->n_psk2, b) == len)
		ok |= secret_eq(b, q->value, len);
	wipe(a, sizeof(a));
	wipe(b, sizeof(b));
	return (ok != 0);
}

/* Ed25519 signs the octets themselves, without a hash before (RFC 8420 2). */
static size_t
ed25519_sign(const struct keys_secret *s, const struct keys_auth *q,
    uint8_t *out)
{
	EVP_PKEY *k = NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = SIG_LEN, done = 0;

	if (s->n_priv == ED25519_LEN)
		k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
		    s->priv, s->n_priv);
	if (k != NULL && ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, k) == 1 &&
	    EVP_DigestSign(ctx, out + HEAD_LEN, &len, q->octets,
	    q->n_octets) == 1 && len == SIG_LEN) {
		memcpy(out, ed25519_head, HEAD_LEN);
		done = HEAD_LEN + SIG_LEN;
	}
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(k);
	return (done);
}

static bool
ed25519_verify(const struct keys_secret *s, const struct keys_auth *q)
{
	static const uint8_t none[ED25519_LEN];
	EVP_PKEY *k;
	EVP_MD_CTX *ctx;
	bool ok;

	/* no key is not a key: 32 zero bytes are a point, of order four */
	if (q->n_value != HEAD_LEN + SIG_LEN ||
	    memcmp(q->value, ed25519_head, HEAD_LEN) != 0 ||
	    memcmp(s->remote_pub, none, sizeof(none)) == 0)
		return (false);
	k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, s->remote_pub,
	    ED25519_LEN);
	ctx = EVP_MD_CTX_new();
	/* exactly 1: a negative result is an error, not a yes */
	ok = k != NULL && ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, k) == 1 &&
	    EVP_DigestVerify(ctx, q->value + HEAD_LEN, SIG_LEN, q->octets,
	    q->n_octets) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(k);
	return (ok);
}

/* Whether the question can be one of the tunnel's IKE SA at all. */
static bool
question_ok(const struct keys_secret *s, const struct keys_auth *q)
{
	size_t prf = ike_prf_len(q->prf);

	return (s != NULL && s->tid == q->tid && s->auth == q->auth &&
	    prf > 0 && q->n_octets >= IKE_HDR_LEN + NONCE_MIN + prf &&
	    (s->auth != AUTH_PSK || s->n_psk > 0));
}

void
keys_auth_make(const struct keys_secret *s, const struct keys_auth *q,
    struct keys_done *done)
{
	size_t len = 0;

	memset(done, 0, sizeof(*done));
	done->req = q->req;
	done->tid = q->tid;
	if (!question_ok(s, q))
		return;
	if (s->auth == AUTH_PSK)
		len = psk_auth(q, s->psk, s->n_psk, done->value);
	else if (s->auth == AUTH_ED25519)
		len = ed25519_sign(s, q, done->value);
	if (len == 0)
		memset(done->value, 0, sizeof(done->value));
	done->n_value = (uint16_t)len;
	done->ok = len > 0;
}

void
keys_auth_verify(const struct keys_secret *s, const struct keys_auth *q,
    struct keys_done *done)
{
	memset(done, 0, sizeof(*done));
	done->req = q->req;
	done->tid = q->tid;
	if (!question_ok(s, q))
		return;
	if (s->auth == AUTH_PSK)
		done->ok = psk_verify(s, q);
	else if (s->auth == AUTH_ED25519)
		done->ok = ed25519_verify(s, q);
}
