/* SPDX-License-Identifier: ISC */
/* runs in: ike.  See ike_keymat.h. */
#include <string.h>

#include "ike/ike_keymat.h"
#include "lib/rbuf.h"
#include "lib/wbuf.h"

/* SK_d, two times SK_a, SK_e and SK_p, each as long as it gets. */
#define KEYS_MAX	(3 * IKE_PRF_MAX + 2 * (64 + 40))
#define CHILD_MAX	(4 * ESP_KEY_MAX)

void
ike_keys_wipe(struct ike_keys *k)
{
	if (k != NULL)
		wipe(k, sizeof(*k));
}

void
ike_child_keys_wipe(struct ike_child_keys *k)
{
	if (k != NULL)
		wipe(k, sizeof(*k));
}

static bool
nonces_ok(const struct ike_seed *s)
{
	return (s->ni.len > 0 && s->ni.len <= IKE_NONCE_MAX &&
	    s->nr.len > 0 && s->nr.len <= IKE_NONCE_MAX);
}

/* Algorithms and key lengths of one direction. */
static struct ike_sk
sk_empty(const struct ike_suite *s)
{
	const struct alg *e = alg_find(XFORM_ENCR, s->encr, s->key_bits);
	const struct alg *i = alg_find(XFORM_INTEG, s->integ, 0);

	return ((struct ike_sk){ .encr = s->encr, .key_bits = s->key_bits,
	    .integ = s->integ, .n_ekey = e->key_len,
	    .n_akey = s->integ != INTEG_NONE ? i->key_len : 0 });
}

/* {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr}, RFC 7296 2.14. */
static void
keys_cut(struct ike_keys *k, struct rbuf *r)
{
	rbuf_copy(r, k->d, k->n_p);
	rbuf_copy(r, k->i.akey, k->i.n_akey);
	rbuf_copy(r, k->r.akey, k->r.n_akey);
	rbuf_copy(r, k->i.ekey, k->i.n_ekey);
	rbuf_copy(r, k->r.ekey, k->r.n_ekey);
	rbuf_copy(r, k->pi, k->n_p);
	rbuf_copy(r, k->pr, k->n_p);
}

/* From SKEYSEED (of the PRF that made it) to everything else. */
static enum ike_cerr
keys_expand(struct ike_keys *out, const struct ike_suite *s,
    const struct ike_seed *seed, const uint8_t *skeyseed, size_t len)
{
	uint8_t spis[16], keymat[KEYS_MAX];
	struct wbuf w = wbuf_make(spis, sizeof(spis));
	struct ike_keys k = { .prf = s->prf };
	struct ike_span in[3] = { seed->ni, seed->nr, { spis, sizeof(spis) } };
	enum ike_cerr err;
	struct rbuf r;
	size_t total;

	if ((k.n_p = (uint16_t)ike_prf_len(s->prf)) == 0)
		return (IKE_C_ALG);
	err = ike_sk_check(s->encr, s->key_bits, s->integ);
	if (err != IKE_C_OK)
		return (err);
	k.i = k.r = sk_empty(s);
	wbuf_u64(&w, seed->spi_i);
	wbuf_u64(&w, seed->spi_r);
	total = 3U * k.n_p + 2U * (k.i.n_akey + k.i.n_ekey);
	if (total > sizeof(keymat) || k.i.n_akey > sizeof(k.i.akey) ||
	    k.i.n_ekey > sizeof(k.i.ekey))
		return (IKE_C_LENGTH);
	err = ike_prf_plus(s->prf, skeyseed, len, in, 3, keymat, total);
	if (err == IKE_C_OK) {
		r = rbuf_make(keymat, total);
		keys_cut(&k, &r);
		*out = k;
	}
	wipe(keymat, sizeof(keymat));
	ike_keys_wipe(&k);
	return (err);
}

enum ike_cerr
ike_keys_first(struct ike_keys *out, const struct ike_suite *s,
    const struct ike_seed *seed, const struct secret *g_ir)
{
	uint8_t key[2 * IKE_NONCE_MAX], skeyseed[IKE_PRF_MAX];
	struct ike_span in = { g_ir->b, g_ir->n_b };
	enum ike_cerr err;

	memset(out, 0, sizeof(*out));
	if (!nonces_ok(seed) || g_ir->n_b == 0)
		return (IKE_C_LENGTH);
	memcpy(key, seed->ni.p, seed->ni.len);
	memcpy(key + seed->ni.len, seed->nr.p, seed->nr.len);
	err = ike_prf(s->prf, key, seed->ni.len + seed->nr.len, &in, 1,
	    skeyseed);
	if (err == IKE_C_OK)
		err = keys_expand(out, s, seed, skeyseed, ike_prf_len(s->prf));
	wipe(skeyseed, sizeof(skeyseed));
	return (err);
}

enum ike_cerr
ike_keys_rekey(struct ike_keys *out, const struct ike_suite *s,
    const struct ike_seed *seed, const struct secret *g_ir,
    const struct ike_keys *old)
{
	uint8_t skeyseed[IKE_PRF_MAX];
	struct ike_span in[3] = { { g_ir->b, g_ir->n_b }, seed->ni, seed->nr };
	enum ike_cerr err;

	memset(out, 0, sizeof(*out));
	if (!nonces_ok(seed) || g_ir->n_b == 0)
		return (IKE_C_LENGTH);
	err = ike_prf(old->prf, old->d, old->n_p, in, 3, skeyseed);
	if (err == IKE_C_OK)
		err = keys_expand(out, s, seed, skeyseed, old->n_p);
	wipe(skeyseed, sizeof(skeyseed));
	return (err);
}

/* Lengths of a child's keys; IKE_C_ALG when the two do not go together. */
static enum ike_cerr
child_lens(const struct ike_child_suite *s, struct ike_child_half *h)
{
	const struct alg *e = alg_find(XFORM_ENCR, s->encr, s->key_bits);
	const struct alg *i = s->integ != INTEG_NONE ?
	    alg_find(XFORM_INTEG, s->integ, 0) : NULL;

	memset(h, 0, sizeof(*h));
	if (e == NULL || !e->esp || (s->integ != INTEG_NONE &&
	    (i == NULL || !i->esp)) || e->aead != (i == NULL))
		return (IKE_C_ALG);
	if (e->key_len > sizeof(h->encr_key) ||
	    (i != NULL && i->key_len > sizeof(h->integ_key)))
		return (IKE_C_LENGTH);
	h->n_encr_key = e->key_len;
	h->n_integ_key = i != NULL ? i->key_len : 0;
	return (IKE_C_OK);
}

/*
 * RFC 7296 2.17: all keys of the direction initiator to responder first; in a
 * direction encryption before integrity.
 */
enum ike_cerr
ike_child_keys(struct ike_child_keys *out, const struct ike_child_suite *s,
    const struct ike_seed *seed, const struct secret *g_ir,
    const struct ike_keys *ike)
{
	uint8_t keymat[CHILD_MAX];
	struct ike_span in[3] = { { NULL, 0 }, seed->ni, seed->nr };
	struct ike_child_half *h = &out->i;
	enum ike_cerr err;
	struct rbuf r;
	size_t total;

	memset(out, 0, sizeof(*out));
	if (!nonces_ok(seed) || (s->ke != KE_NONE) != (g_ir != NULL) ||
	    (g_ir != NULL && g_ir->n_b == 0))
		return (IKE_C_LENGTH);
	if ((err = child_lens(s, h)) != IKE_C_OK)
		return (err);
	out->r = *h;
	if (g_ir != NULL)
		in[0] = (struct ike_span){ g_ir->b, g_ir->n_b };
	total = 2U * (h->n_encr_key + h->n_integ_key);
	err = ike_prf_plus(ike->prf, ike->d, ike->n_p, in, 3, keymat, total);
	if (err == IKE_C_OK) {
		r = rbuf_make(keymat, total);
		rbuf_copy(&r, out->i.encr_key, h->n_encr_key);
		rbuf_copy(&r, out->i.integ_key, h->n_integ_key);
		rbuf_copy(&r, out->r.encr_key, h->n_encr_key);
		rbuf_copy(&r, out->r.integ_key, h->n_integ_key);
	} else
		ike_child_keys_wipe(out);
	wipe(keymat, sizeof(keymat));
	return (err);
}

enum ike_cerr
ike_signed_octets(const struct ike_keys *k, const uint8_t *sk_p,
    struct ike_span msg, struct ike_span nonce, struct ike_span id_body,
    uint8_t *out, size_t cap, size_t *out_len)
{
	struct wbuf w = wbuf_make(out, cap);
	uint8_t maced[IKE_PRF_MAX];
	enum ike_cerr err;

	*out_len = 0;
	err = ike_prf(k->prf, sk_p, k->n_p, &id_body, 1, maced);
	if (err != IKE_C_OK)
		return (err);
	wbuf_bytes(&w, msg.p, msg.len);
	wbuf_bytes(&w, nonce.p, nonce.len);
	wbuf_bytes(&w, maced, k->n_p);
	if (!wbuf_ok(&w)) {
		memset(out, 0, cap);
		return (IKE_C_LENGTH);
	}
	*out_len = w.len;
	return (IKE_C_OK);
}
