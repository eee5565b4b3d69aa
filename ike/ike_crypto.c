/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike and keys.  See ike_crypto.h; key exchange is in ike_ke.c.
 *
 * What an algorithm is (lengths, AEAD or not) comes from the table of
 * lib/suite.h; here a number only chooses OpenSSL's object.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "ike/ike_crypto.h"
#include "lib/hmac.h"
#include "lib/wbuf.h"

#define NONCE_LEN	12	/* salt and explicit IV of an AEAD */
#define TAG_LEN		16

const char *const ike_cerr_names[IKE_C_N] = {
	"ok", "unknown algorithm", "wrong length", "refused public value",
	"encrypted payload too short", "integrity check failed",
	"bad padding", "counter exhausted", "library failure"
};

static void
rng_os_fill(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	if (len > INT_MAX || RAND_bytes(buf, (int)len) != 1)
		abort();
}

const struct ike_rng ike_rng_os = { rng_os_fill, NULL };

/* OpenSSL's digest name of a PRF or an integrity algorithm; NULL: unknown. */
static const char *
digest_of(uint8_t type, uint16_t id)
{
	static const struct {
		uint8_t		 type;
		uint16_t	 id;
		const char	*name;
	} map[] = {
		{ XFORM_PRF, PRF_HMAC_SHA1, "SHA1" },
		{ XFORM_PRF, PRF_HMAC_SHA2_256, "SHA256" },
		{ XFORM_PRF, PRF_HMAC_SHA2_384, "SHA384" },
		{ XFORM_PRF, PRF_HMAC_SHA2_512, "SHA512" },
		{ XFORM_INTEG, INTEG_HMAC_SHA1_96, "SHA1" },
		{ XFORM_INTEG, INTEG_HMAC_SHA2_256_128, "SHA256" },
		{ XFORM_INTEG, INTEG_HMAC_SHA2_384_192, "SHA384" },
		{ XFORM_INTEG, INTEG_HMAC_SHA2_512_256, "SHA512" },
	};
	size_t i;

	for (i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (map[i].type == type && map[i].id == id)
			return (map[i].name);
	return (NULL);
}

/* HMAC of the pieces; out has room for IKE_PRF_MAX.  0 or -1. */
static int
hmac(const char *digest, const void *key, size_t key_len,
    const struct ike_span *in, size_t n_in, uint8_t *out)
{
	struct hmac *h = hmac_new(digest, key, key_len);
	size_t i;
	int rc = -1;

	if (h == NULL)
		return (-1);
	for (i = 0; i < n_in; i++)
		if (in[i].len > 0 && hmac_add(h, in[i].p, in[i].len) == -1)
			goto out;
	rc = hmac_end(h, out);
out:
	hmac_free(h);
	return (rc);
}

size_t
ike_prf_len(uint16_t prf)
{
	const struct alg *a = alg_find(XFORM_PRF, prf, 0);

	return (a != NULL ? a->key_len : 0);
}

enum ike_cerr
ike_prf(uint16_t prf, const void *key, size_t key_len,
    const struct ike_span *in, size_t n_in, uint8_t out[static IKE_PRF_MAX])
{
	const char *digest = digest_of(XFORM_PRF, prf);

	memset(out, 0, IKE_PRF_MAX);
	if (digest == NULL)
		return (IKE_C_ALG);
	if (hmac(digest, key, key_len, in, n_in, out) == -1) {
		wipe(out, IKE_PRF_MAX);
		return (IKE_C_LIB);
	}
	return (IKE_C_OK);
}

/* T1 = prf(K, S | 0x01), Tn = prf(K, Tn-1 | S | n); RFC 7296 2.13. */
enum ike_cerr
ike_prf_plus(uint16_t prf, const void *key, size_t key_len,
    const struct ike_span *seed, size_t n_seed, uint8_t *out, size_t out_len)
{
	struct ike_span in[IKE_SPANS_MAX];
	uint8_t t[IKE_PRF_MAX], next[IKE_PRF_MAX], n = 0;
	size_t len = ike_prf_len(prf), done, take;
	enum ike_cerr err = IKE_C_OK;

	memset(out, 0, out_len);
	if (len == 0)
		return (IKE_C_ALG);
	if (n_seed > IKE_SPANS_MAX - 2)
		return (IKE_C_LENGTH);
	if (out_len > 255 * len)
		return (IKE_C_LIMIT);
	in[0] = (struct ike_span){ t, 0 };	/* there is no T0 */
	if (n_seed > 0)
		memcpy(in + 1, seed, n_seed * sizeof(*seed));
	in[n_seed + 1] = (struct ike_span){ &n, 1 };
	for (done = 0; done < out_len; done += take) {
		n++;
		err = ike_prf(prf, key, key_len, in, n_seed + 2, next);
		if (err != IKE_C_OK) {
			wipe(out, out_len);
			break;
		}
		memcpy(t, next, sizeof(t));
		in[0].len = len;
		take = out_len - done < len ? out_len - done : len;
		memcpy(out + done, t, take);
	}
	wipe(t, sizeof(t));
	wipe(next, sizeof(next));
	return (err);
}

/* --- encrypted payload --- */

/* The rows of a direction's algorithms; *integ NULL with AEAD. */
static enum ike_cerr
sk_algs(uint16_t e, uint16_t key_bits, uint16_t i, const struct alg **encr,
    const struct alg **integ)
{
	*encr = alg_find(XFORM_ENCR, e, key_bits);
	*integ = i != INTEG_NONE ? alg_find(XFORM_INTEG, i, 0) : NULL;
	if (*encr == NULL || !(*encr)->ike)
		return (IKE_C_ALG);
	if ((*encr)->aead)
		return (i == INTEG_NONE ? IKE_C_OK : IKE_C_ALG);
	return (*integ != NULL && (*integ)->ike ? IKE_C_OK : IKE_C_ALG);
}

enum ike_cerr
ike_sk_check(uint16_t encr, uint16_t key_bits, uint16_t integ)
{
	const struct alg *e, *i;

	return (sk_algs(encr, key_bits, integ, &e, &i));
}

/* Same for a whole struct, the lengths of its keys included. */
static enum ike_cerr
sk_use(const struct ike_sk *sk, const struct alg **encr,
    const struct alg **integ)
{
	enum ike_cerr err;

	err = sk_algs(sk->encr, sk->key_bits, sk->integ, encr, integ);
	if (err != IKE_C_OK)
		return (err);
	if (sk->n_ekey != (*encr)->key_len || sk->n_ekey > sizeof(sk->ekey) ||
	    sk->n_akey != (*integ != NULL ? (*integ)->key_len : 0) ||
	    sk->n_akey > sizeof(sk->akey))
		return (IKE_C_LENGTH);
	return (IKE_C_OK);
}

static const EVP_CIPHER *
cipher_of(const struct ike_sk *sk)
{
	switch (sk->encr) {
	case ENCR_AES_GCM_16:
		return (sk->key_bits == 128 ? EVP_aes_128_gcm() :
		    sk->key_bits == 192 ? EVP_aes_192_gcm() :
		    EVP_aes_256_gcm());
	case ENCR_CHACHA20_POLY1305:
		return (EVP_chacha20_poly1305());
	case ENCR_AES_CBC:
		return (sk->key_bits == 128 ? EVP_aes_128_cbc() :
		    sk->key_bits == 192 ? EVP_aes_192_cbc() :
		    EVP_aes_256_cbc());
	default:
		return (NULL);
	}
}

/*
 * Bytes of padding with the pad length.  AEAD needs none (RFC 5282 3, RFC 7634
 * 2): the pad length alone.
 */
static size_t
sk_pad(const struct alg *encr, size_t plain_len)
{
	if (encr->aead)
		return (1);
	return (encr->block - plain_len % encr->block);
}

size_t
ike_sk_iv_len(const struct ike_sk *sk)
{
	const struct alg *a = alg_find(XFORM_ENCR, sk->encr, sk->key_bits);

	return (a != NULL ? a->iv_len : 0);
}

size_t
ike_sk_len(const struct ike_sk *sk, size_t plain_len)
{
	const struct alg *e, *i;

	if (sk_algs(sk->encr, sk->key_bits, sk->integ, &e, &i) != IKE_C_OK)
		return (0);
	return (e->iv_len + plain_len + sk_pad(e, plain_len) +
	    (i != NULL ? i->icv_len : e->icv_len));
}

/* Salt, then the IV of the packet: the nonce of RFC 5282 4 and RFC 7634 2. */
static void
make_nonce(const struct ike_sk *sk, const struct alg *encr, const uint8_t *iv,
    uint8_t nonce[static NONCE_LEN])
{
	memcpy(nonce, sk->ekey + sk->n_ekey - encr->salt_len, encr->salt_len);
	memcpy(nonce + encr->salt_len, iv, encr->iv_len);
}

/* In place; the tag goes to data + len. */
static int
aead_seal(const struct ike_sk *sk, const uint8_t *nonce, const uint8_t *aad,
    size_t aad_len, uint8_t *data, size_t len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n, rc = -1;

	if (ctx != NULL &&
	    EVP_EncryptInit_ex(ctx, cipher_of(sk), NULL, sk->ekey, nonce) == 1 &&
	    EVP_EncryptUpdate(ctx, NULL, &n, aad, (int)aad_len) == 1 &&
	    EVP_EncryptUpdate(ctx, data, &n, data, (int)len) == 1 &&
	    EVP_EncryptFinal_ex(ctx, data + n, &n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN,
	    data + len) == 1)
		rc = 0;
	EVP_CIPHER_CTX_free(ctx);
	return (rc);
}

/* The tag is behind data; out gets len bytes, wiped when it does not fit. */
static enum ike_cerr
aead_open(const struct ike_sk *sk, const uint8_t *nonce, const uint8_t *aad,
    size_t aad_len, const uint8_t *data, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	enum ike_cerr err = IKE_C_LIB;
	uint8_t tag[TAG_LEN];
	int n;

	memcpy(tag, data + len, TAG_LEN);
	if (ctx != NULL &&
	    EVP_DecryptInit_ex(ctx, cipher_of(sk), NULL, sk->ekey, nonce) == 1 &&
	    EVP_DecryptUpdate(ctx, NULL, &n, aad, (int)aad_len) == 1 &&
	    EVP_DecryptUpdate(ctx, out, &n, data, (int)len) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) == 1)
		err = EVP_DecryptFinal_ex(ctx, out + n, &n) == 1 ? IKE_C_OK :
		    IKE_C_ICV;
	EVP_CIPHER_CTX_free(ctx);
	if (err != IKE_C_OK)
		wipe(out, len);
	return (err);
}

/* CBC without the library's own padding; in and out may be the same. */
static int
cbc(const struct ike_sk *sk, const uint8_t *iv, const uint8_t *in, size_t len,
    uint8_t *out, int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n, last, rc = -1;

	if (ctx != NULL &&
	    EVP_CipherInit_ex(ctx, cipher_of(sk), NULL, sk->ekey, iv,
	    encrypt) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	    EVP_CipherUpdate(ctx, out, &n, in, (int)len) == 1 &&
	    EVP_CipherFinal_ex(ctx, out + n, &last) == 1 &&
	    (size_t)n + (size_t)last == len)
		rc = 0;
	EVP_CIPHER_CTX_free(ctx);
	return (rc);
}

/* The whole HMAC over everything before the ICV; the ICV is its head. */
static int
icv_make(const struct ike_sk *sk, const uint8_t *msg, size_t len,
    uint8_t out[static IKE_PRF_MAX])
{
	struct ike_span in = { msg, len };

	return (hmac(digest_of(XFORM_INTEG, sk->integ), sk->akey, sk->n_akey,
	    &in, 1, out));
}

static enum ike_cerr
seal_aead(struct ike_sk *sk, const struct alg *encr, uint8_t *msg,
    size_t aad_len, size_t clear_len)
{
	uint8_t nonce[NONCE_LEN];
	struct wbuf w = wbuf_make(msg + aad_len, encr->iv_len);

	/* unique is all that RFC 5282 3.1 asks of the IV: a counter */
	if (sk->iv == UINT64_MAX)
		return (IKE_C_LIMIT);
	wbuf_u64(&w, sk->iv++);
	make_nonce(sk, encr, msg + aad_len, nonce);
	return (aead_seal(sk, nonce, msg, aad_len, msg + aad_len +
	    encr->iv_len, clear_len) == 0 ? IKE_C_OK : IKE_C_LIB);
}

static enum ike_cerr
seal_cbc(const struct ike_sk *sk, const struct alg *encr,
    const struct alg *integ, const struct ike_rng *rng, uint8_t *msg,
    size_t aad_len, size_t clear_len)
{
	uint8_t *iv = msg + aad_len, *data = iv + encr->iv_len;
	uint8_t full[IKE_PRF_MAX];

	rng->fill(rng->ctx, iv, encr->iv_len);
	if (cbc(sk, iv, data, clear_len, data, 1) == -1 ||
	    icv_make(sk, msg, aad_len + encr->iv_len + clear_len, full) == -1)
		return (IKE_C_LIB);
	memcpy(data + clear_len, full, integ->icv_len);
	return (IKE_C_OK);
}

enum ike_cerr
ike_sk_seal(struct ike_sk *sk, const struct ike_rng *rng, uint8_t *msg,
    size_t cap, size_t aad_len, size_t plain_len)
{
	const struct alg *encr, *integ;
	enum ike_cerr err;
	uint8_t *plain;
	size_t pad;

	if ((err = sk_use(sk, &encr, &integ)) != IKE_C_OK)
		return (err);
	if (cap > INT_MAX || aad_len > cap || plain_len > cap - aad_len ||
	    ike_sk_len(sk, plain_len) > cap - aad_len)
		return (IKE_C_LENGTH);
	plain = msg + aad_len + encr->iv_len;
	pad = sk_pad(encr, plain_len);
	memset(plain + plain_len, 0, pad);
	plain[plain_len + pad - 1] = (uint8_t)(pad - 1);
	if (encr->aead)
		err = seal_aead(sk, encr, msg, aad_len, plain_len + pad);
	else
		err = seal_cbc(sk, encr, integ, rng, msg, aad_len,
		    plain_len + pad);
	if (err != IKE_C_OK)
		wipe(plain, plain_len + pad);
	return (err);
}

static enum ike_cerr
open_cbc(const struct ike_sk *sk, const struct alg *encr,
    const struct alg *integ, const uint8_t *msg, size_t aad_len,
    size_t clear_len, uint8_t *plain)
{
	const uint8_t *iv = msg + aad_len, *data = iv + encr->iv_len;
	uint8_t full[IKE_PRF_MAX];

	if (icv_make(sk, msg, aad_len + encr->iv_len + clear_len, full) == -1)
		return (IKE_C_LIB);
	if (!secret_eq(full, data + clear_len, integ->icv_len))
		return (IKE_C_ICV);
	if (cbc(sk, iv, data, clear_len, plain, 0) == -1) {
		wipe(plain, clear_len);
		return (IKE_C_LIB);
	}
	return (IKE_C_OK);
}

enum ike_cerr
ike_sk_open(const struct ike_sk *sk, const uint8_t *msg, size_t len,
    size_t aad_len, uint8_t *plain, size_t *plain_len)
{
	const struct alg *encr, *integ;
	uint8_t nonce[NONCE_LEN];
	enum ike_cerr err;
	size_t fixed, clear;

	*plain_len = 0;
	if ((err = sk_use(sk, &encr, &integ)) != IKE_C_OK)
		return (err);
	fixed = (size_t)encr->iv_len + (integ != NULL ? integ->icv_len :
	    encr->icv_len);
	/* at least the pad length is encrypted */
	if (len > INT_MAX || aad_len > len || len - aad_len <= fixed)
		return (IKE_C_SHORT);
	clear = len - aad_len - fixed;
	if (!encr->aead && clear % encr->block != 0)
		return (IKE_C_SHORT);
	if (encr->aead) {
		make_nonce(sk, encr, msg + aad_len, nonce);
		err = aead_open(sk, nonce, msg, aad_len, msg + aad_len +
		    encr->iv_len, clear, plain);
	} else
		err = open_cbc(sk, encr, integ, msg, aad_len, clear, plain);
	if (err != IKE_C_OK)
		return (err);
	if ((size_t)plain[clear - 1] + 1 > clear) {
		wipe(plain, clear);
		return (IKE_C_PAD);
	}
	*plain_len = clear - 1 - plain[clear - 1];
	return (IKE_C_OK);
}

/* --- the rest --- */

enum ike_cerr
ike_nat_hash(uint64_t spi_i, uint64_t spi_r, const struct addr *a,
    uint16_t port, uint8_t out[static IKE_NAT_HASH_LEN])
{
	uint8_t buf[8 + 8 + 16 + 2];
	struct wbuf w = wbuf_make(buf, sizeof(buf));

	wbuf_u64(&w, spi_i);
	wbuf_u64(&w, spi_r);
	wbuf_bytes(&w, a->b, addr_len(a));
	wbuf_u16(&w, port);
	if (EVP_Digest(buf, w.len, out, NULL, EVP_sha1(), NULL) != 1) {
		memset(out, 0, IKE_NAT_HASH_LEN);
		return (IKE_C_LIB);
	}
	return (IKE_C_OK);
}

/* One exchange with itself in a group. */
static int
preload_ke(uint16_t group)
{
	struct ke_key *k = NULL;
	struct secret s;
	const uint8_t *pub;
	size_t len;
	int rc = -1;

	if (ike_ke_real.generate(&ike_rng_os, group, &k) == IKE_C_OK) {
		pub = ke_public(k, &len);
		if (ike_ke_real.derive(k, pub, len, &s) == IKE_C_OK)
			rc = 0;
		secret_wipe(&s);
	}
	ke_free(k);
	return (rc);
}

/* Seal and open one message. */
static int
preload_sk(uint16_t encr, uint16_t key_bits, uint16_t integ)
{
	const struct alg *e = alg_find(XFORM_ENCR, encr, key_bits);
	const struct alg *i = alg_find(XFORM_INTEG, integ, 0);
	struct ike_sk sk = { .encr = encr, .key_bits = key_bits,
	    .integ = integ, .n_ekey = e->key_len,
	    .n_akey = i != NULL ? i->key_len : 0 };
	uint8_t msg[128] = { 0 }, plain[128];
	size_t len;

	return (ike_sk_seal(&sk, &ike_rng_os, msg, sizeof(msg), 32, 8) ==
	    IKE_C_OK && ike_sk_open(&sk, msg, 32 + ike_sk_len(&sk, 8), 32,
	    plain, &len) == IKE_C_OK && len == 8 ? 0 : -1);
}

int
ike_crypto_preload(void)
{
	static const uint16_t kes[] = { KE_MODP2048, KE_MODP3072,
	    KE_MODP4096, KE_ECP256, KE_ECP384, KE_ECP521, KE_CURVE25519 };
	static const uint16_t prfs[] = { PRF_HMAC_SHA1, PRF_HMAC_SHA2_256,
	    PRF_HMAC_SHA2_384, PRF_HMAC_SHA2_512 };
	static const uint16_t integs[] = { INTEG_HMAC_SHA1_96,
	    INTEG_HMAC_SHA2_256_128, INTEG_HMAC_SHA2_384_192,
	    INTEG_HMAC_SHA2_512_256 };
	static const uint16_t bits[] = { 128, 192, 256 };
	struct addr a = addr_v4(0);
	uint8_t out[IKE_PRF_MAX];
	size_t i, j;

	for (i = 0; i < sizeof(kes) / sizeof(kes[0]); i++)
		if (preload_ke(kes[i]) == -1)
			return (-1);
	for (i = 0; i < sizeof(prfs) / sizeof(prfs[0]); i++)
		if (ike_prf(prfs[i], "", 0, NULL, 0, out) != IKE_C_OK)
			return (-1);
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		if (preload_sk(ENCR_AES_GCM_16, bits[i], INTEG_NONE) == -1)
			return (-1);
		for (j = 0; j < sizeof(integs) / sizeof(integs[0]); j++)
			if (preload_sk(ENCR_AES_CBC, bits[i], integs[j]) == -1)
				return (-1);
	}
	if (preload_sk(ENCR_CHACHA20_POLY1305, 0, INTEG_NONE) == -1)
		return (-1);
	return (ike_nat_hash(0, 0, &a, 0, out) == IKE_C_OK ? 0 : -1);
}
