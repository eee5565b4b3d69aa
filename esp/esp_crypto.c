/* SPDX-License-Identifier: ISC */
/*
 * runs in: esp.  See esp_crypto.h.
 *
 * The IV of an AEAD is the sequence number: unique as long as a number is used
 * once, which the SA table holds to (DESIGN 6.9).  The IV of CBC must not be
 * predictable; it comes from a pool that is filled from the RNG now and then.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "esp/esp_crypto.h"
#include "lib/hmac.h"
#include "lib/secret.h"
#include "lib/wbuf.h"

#define SALT_LEN	4
#define POOL_LEN	4096

struct esp_cipher {
	const struct alg *encr;
	const struct alg *integ;	/* NULL with AEAD */
	bool		 esn;
	EVP_CIPHER_CTX	*cipher;
	struct hmac	*mac;
	uint8_t		 salt[SALT_LEN];
	struct esp_rng	 rng;
	uint8_t		*pool;		/* random bytes for IVs; NULL with AEAD */
	size_t		 pool_left;
};

static const EVP_CIPHER *
evp_cipher(const struct alg *a)
{
	switch (a->id) {
	case ENCR_AES_GCM_16:
		return (a->key_bits == 128 ? EVP_aes_128_gcm() :
		    a->key_bits == 192 ? EVP_aes_192_gcm() :
		    EVP_aes_256_gcm());
	case ENCR_CHACHA20_POLY1305:
		return (EVP_chacha20_poly1305());
	case ENCR_AES_CBC:
		return (a->key_bits == 128 ? EVP_aes_128_cbc() :
		    a->key_bits == 192 ? EVP_aes_192_cbc() :
		    EVP_aes_256_cbc());
	default:
		return (NULL);
	}
}

static const char *
digest_name(uint16_t integ)
{
	switch (integ) {
	case INTEG_HMAC_SHA1_96:
		return ("SHA1");
	case INTEG_HMAC_SHA2_256_128:
		return ("SHA256");
	case INTEG_HMAC_SHA2_384_192:
		return ("SHA384");
	case INTEG_HMAC_SHA2_512_256:
		return ("SHA512");
	default:
		return (NULL);
	}
}

static int
mac_setup(struct esp_cipher *c, const struct sa_spec *s)
{
	const char *name = digest_name(s->integ);

	if (name == NULL)
		return (-1);
	c->mac = hmac_new(name, s->integ_key, s->n_integ_key);
	return (c->mac != NULL ? 0 : -1);
}

static int
setup(struct esp_cipher *c, const struct sa_spec *s)
{
	const EVP_CIPHER *e;

	c->encr = alg_find(XFORM_ENCR, s->encr, s->key_bits);
	if (c->encr == NULL || !c->encr->esp ||
	    s->n_encr_key != c->encr->key_len ||
	    (e = evp_cipher(c->encr)) == NULL)
		return (-1);
	if (c->encr->aead) {
		if (s->integ != INTEG_NONE)
			return (-1);
		memcpy(c->salt, s->encr_key + s->n_encr_key - SALT_LEN,
		    SALT_LEN);
	} else {
		c->integ = alg_find(XFORM_INTEG, s->integ, 0);
		if (c->integ == NULL || s->n_integ_key != c->integ->key_len ||
		    mac_setup(c, s) == -1)
			return (-1);
	}
	if ((c->cipher = EVP_CIPHER_CTX_new()) == NULL ||
	    EVP_CipherInit_ex(c->cipher, e, NULL, s->encr_key, NULL,
	    s->dir == SA_OUT) != 1)
		return (-1);
	if (!c->encr->aead)
		(void)EVP_CIPHER_CTX_set_padding(c->cipher, 0);
	return (0);
}

struct esp_cipher *
esp_cipher_new(const struct sa_spec *spec, const struct esp_rng *rng)
{
	struct esp_cipher *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return (NULL);
	c->esn = spec->esn;
	c->rng = *rng;
	if (setup(c, spec) == -1 || (!c->encr->aead && spec->dir == SA_OUT &&
	    (c->pool = calloc(1, POOL_LEN)) == NULL)) {
		esp_cipher_free(c);
		return (NULL);
	}
	return (c);
}

void
esp_cipher_free(struct esp_cipher *c)
{
	if (c == NULL)
		return;
	EVP_CIPHER_CTX_free(c->cipher);
	hmac_free(c->mac);
	if (c->pool != NULL)
		wipe(c->pool, POOL_LEN);
	free(c->pool);
	wipe(c, sizeof(*c));
	free(c);
}

size_t
esp_cipher_iv(const struct esp_cipher *c)
{
	return (c->encr->iv_len);
}

size_t
esp_cipher_icv(const struct esp_cipher *c)
{
	return (c->encr->aead ? c->encr->icv_len : c->integ->icv_len);
}

/* Payload, padding, pad length and next header: whole blocks. */
static size_t
padded(const struct esp_cipher *c, size_t len)
{
	size_t b = c->encr->block;

	return ((len + 2 + b - 1) / b * b);
}

size_t
esp_sealed_len(const struct esp_cipher *c, size_t len)
{
	return (ESP_HDR_LEN + c->encr->iv_len + padded(c, len) +
	    esp_cipher_icv(c));
}

static void
make_iv(struct esp_cipher *c, uint8_t *iv, uint64_t seq)
{
	struct wbuf w = wbuf_make(iv, c->encr->iv_len);

	if (c->encr->aead) {
		wbuf_u64(&w, seq);
		return;
	}
	if (c->pool_left < ESP_IV_MAX) {
		c->rng.fill(c->rng.ctx, c->pool, POOL_LEN);
		c->pool_left = POOL_LEN;
	}
	c->pool_left -= c->encr->iv_len;
	memcpy(iv, c->pool + c->pool_left, c->encr->iv_len);
}

/* The associated data of an AEAD: SPI and the number, RFC 4106 5. */
static size_t
make_aad(const struct esp_cipher *c, const uint8_t *p, uint64_t seq,
    uint8_t aad[static 12])
{
	struct wbuf w = wbuf_make(aad, 12);

	wbuf_bytes(&w, p, 4);
	if (c->esn)
		wbuf_u64(&w, seq);
	else
		wbuf_u32(&w, (uint32_t)seq);
	return (w.len);
}

/* Start one AEAD packet: nonce, associated data. */
static int
aead_start(struct esp_cipher *c, const uint8_t *p, uint64_t seq)
{
	uint8_t nonce[SALT_LEN + 8], aad[12];
	size_t n = make_aad(c, p, seq, aad);
	int out;

	memcpy(nonce, c->salt, SALT_LEN);
	memcpy(nonce + SALT_LEN, p + ESP_HDR_LEN, 8);
	return (EVP_CipherInit_ex(c->cipher, NULL, NULL, NULL, nonce, -1) == 1 &&
	    EVP_CipherUpdate(c->cipher, NULL, &out, aad, (int)n) == 1 ?
	    0 : -1);
}

/* The HMAC over len bytes at p, and the high half of the number with ESN. */
static int
hmac(struct esp_cipher *c, const uint8_t *p, size_t len, uint64_t seq,
    uint8_t out[static 64])
{
	uint8_t high[4];
	struct wbuf w = wbuf_make(high, sizeof(high));

	wbuf_u32(&w, (uint32_t)(seq >> 32));
	return (hmac_begin(c->mac) == 0 && hmac_add(c->mac, p, len) == 0 &&
	    (!c->esn || hmac_add(c->mac, high, sizeof(high)) == 0) ?
	    hmac_end(c->mac, out) : -1);
}

size_t
esp_seal(struct esp_cipher *c, uint8_t *p, size_t len, uint32_t spi,
    uint64_t seq, uint8_t next)
{
	size_t iv = c->encr->iv_len, all = padded(c, len), i, pad;
	uint8_t *body = p + ESP_HDR_LEN + iv, mac[64];
	struct wbuf w = wbuf_make(p, ESP_HDR_LEN);
	int out;

	pad = all - len - 2;
	for (i = 0; i < pad; i++)
		body[len + i] = (uint8_t)(i + 1);
	body[len + pad] = (uint8_t)pad;
	body[len + pad + 1] = next;
	wbuf_u32(&w, spi);
	wbuf_u32(&w, (uint32_t)seq);
	make_iv(c, p + ESP_HDR_LEN, seq);
	if (c->encr->aead) {
		if (aead_start(c, p, seq) == -1 ||
		    EVP_CipherUpdate(c->cipher, body, &out, body,
		    (int)all) != 1 ||
		    EVP_CipherFinal_ex(c->cipher, body + all, &out) != 1 ||
		    EVP_CIPHER_CTX_ctrl(c->cipher, EVP_CTRL_AEAD_GET_TAG,
		    c->encr->icv_len, body + all) != 1)
			return (0);
	} else {
		if (EVP_CipherInit_ex(c->cipher, NULL, NULL, NULL,
		    p + ESP_HDR_LEN, -1) != 1 ||
		    EVP_CipherUpdate(c->cipher, body, &out, body,
		    (int)all) != 1 ||
		    hmac(c, p, ESP_HDR_LEN + iv + all, seq, mac) == -1)
			return (0);
		memcpy(body + all, mac, c->integ->icv_len);
	}
	return (ESP_HDR_LEN + iv + all + esp_cipher_icv(c));
}

/* RFC 4303 2.4: the padding counts up from 1. */
static enum esp_open
trailer(const uint8_t *body, size_t all, size_t *out_len, uint8_t *next)
{
	size_t pad = body[all - 2], i;

	if (pad + 2 > all)
		return (ESP_OPEN_PAD);
	for (i = 0; i < pad; i++)
		if (body[all - 2 - pad + i] != (uint8_t)(i + 1))
			return (ESP_OPEN_PAD);
	*next = body[all - 1];
	*out_len = all - 2 - pad;
	return (ESP_OPEN_OK);
}

enum esp_open
esp_open(struct esp_cipher *c, uint8_t *p, size_t len, uint64_t seq,
    size_t *out_len, uint8_t *next)
{
	size_t iv = c->encr->iv_len, icv = esp_cipher_icv(c), all;
	uint8_t *body = p + ESP_HDR_LEN + iv, mac[64];
	int out;

	if (len < ESP_HDR_LEN + iv + c->encr->block + icv)
		return (ESP_OPEN_LENGTH);
	all = len - ESP_HDR_LEN - iv - icv;
	if (all % c->encr->block != 0 || all < 2)
		return (ESP_OPEN_LENGTH);
	if (c->encr->aead) {
		if (aead_start(c, p, seq) == -1 ||
		    EVP_CIPHER_CTX_ctrl(c->cipher, EVP_CTRL_AEAD_SET_TAG,
		    (int)icv, body + all) != 1 ||
		    EVP_CipherUpdate(c->cipher, body, &out, body,
		    (int)all) != 1 ||
		    EVP_CipherFinal_ex(c->cipher, body + all, &out) != 1)
			return (ESP_OPEN_AUTH);
	} else {
		if (hmac(c, p, len - icv, seq, mac) == -1 ||
		    !secret_eq(mac, body + all, icv) ||
		    EVP_CipherInit_ex(c->cipher, NULL, NULL, NULL,
		    p + ESP_HDR_LEN, -1) != 1 ||
		    EVP_CipherUpdate(c->cipher, body, &out, body,
		    (int)all) != 1)
			return (ESP_OPEN_AUTH);
	}
	return (trailer(body, all, out_len, next));
}
