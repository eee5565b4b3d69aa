/* SPDX-License-Identifier: ISC */
/* runs in: ospf.  See ospf_auth.h. */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "lib/secret.h"
#include "ospf/ospf_auth.h"

struct ospf_md5 {
	EVP_MD_CTX	*ctx;
};

#define FALLEN_ENOUGH	3
#define REORDER_WINDOW	32

/* MD5 over len bytes at p and the padded key. */
static int
digest(struct ospf_md5 *m, const uint8_t *p, size_t len,
    const struct ospf_key *key, uint8_t out[static OSPF_DIGEST_LEN])
{
	uint8_t padded[OSPF_DIGEST_LEN] = { 0 };
	unsigned int n = 0;
	int ok;

	memcpy(padded, key->key, key->n_key < sizeof(padded) ? key->n_key :
	    sizeof(padded));
	/* that of before: libcrypto need not look for MD5 each time */
	ok = EVP_DigestInit_ex(m->ctx, NULL, NULL) == 1 &&
	    EVP_DigestUpdate(m->ctx, p, len) == 1 &&
	    EVP_DigestUpdate(m->ctx, padded, sizeof(padded)) == 1 &&
	    EVP_DigestFinal_ex(m->ctx, out, &n) == 1 && n == OSPF_DIGEST_LEN;
	wipe(padded, sizeof(padded));
	return (ok ? 0 : -1);
}

struct ospf_md5 *
ospf_md5_new(void)
{
	static const struct ospf_key none;
	uint8_t out[OSPF_DIGEST_LEN];
	struct ospf_md5 *m;

	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return (NULL);
	m->ctx = EVP_MD_CTX_new();
	if (m->ctx == NULL || EVP_DigestInit_ex(m->ctx, EVP_md5(), NULL) != 1 ||
	    digest(m, out, 0, &none, out) == -1) {
		ospf_md5_free(m);
		return (NULL);
	}
	return (m);
}

void
ospf_md5_free(struct ospf_md5 *m)
{
	if (m == NULL)
		return;
	EVP_MD_CTX_free(m->ctx);
	free(m);
}

int
ospf_auth_sign(struct ospf_md5 *m, struct wbuf *w, const struct ospf_key *key,
    uint32_t seq)
{
	size_t len = w->len;
	uint8_t *at;

	wbuf_set_u16(w, 2, (uint16_t)len);
	wbuf_set_u16(w, 14, OSPF_AUTYPE_CRYPTO);
	wbuf_set_u16(w, 16, 0);
	wbuf_set_u8(w, 18, key->id);
	wbuf_set_u8(w, 19, OSPF_DIGEST_LEN);
	wbuf_set_u16(w, 20, (uint16_t)(seq >> 16));
	wbuf_set_u16(w, 22, (uint16_t)seq);
	at = wbuf_reserve(w, OSPF_DIGEST_LEN);
	if (at == NULL || !wbuf_ok(w))
		return (-1);
	return (digest(m, w->base, len, key, at));
}

enum ospf_drop
ospf_auth_verify(struct ospf_md5 *m, const uint8_t *pkt, size_t len,
    const struct ospf_hdr *h, const struct ospf_key *keys, size_t n)
{
	uint8_t want[OSPF_DIGEST_LEN];
	size_t i;

	for (i = 0; i < n; i++)
		if (keys[i].id == h->key_id)
			break;
	if (i == n)
		return (DROP_AUTH_KEY);
	if (h->auth_len != OSPF_DIGEST_LEN ||
	    len - h->len < OSPF_DIGEST_LEN)
		return (DROP_AUTH_LEN);
	if (digest(m, pkt, h->len, &keys[i], want) == -1)
		return (DROP_MEMORY);
	return (secret_eq(want, pkt + h->len, sizeof(want)) ? DROP_NONE :
	    DROP_AUTH_DIGEST);
}

/* A number below the window, which strict has none of: replayed, late, or its
 * sender started again. */
static enum ospf_drop
fell(struct auth_seq *s, uint32_t seq, bool shielded)
{
	/* one packet sent again and again does not rise */
	if (!shielded || (s->fallen != 0 && seq == s->fallen_last))
		return (DROP_AUTH_SEQ);
	if (s->fallen != 0 && seq < s->fallen_last)
		s->fallen = 0;
	s->fallen++;
	s->fallen_last = seq;
	if (s->fallen < FALLEN_ENOUGH)
		return (DROP_AUTH_SEQ);
	s->high = seq;
	s->seen = UINT32_MAX;	/* what is below it is not of this life */
	s->fallen = 0;
	return (DROP_NONE);
}

enum ospf_drop
auth_seq_take(struct auth_seq *s, uint32_t rid, uint32_t seq, bool strict,
    bool shielded)
{
	uint32_t d;

	if (!s->valid || s->rid != rid) {
		*s = (struct auth_seq){ .valid = true, .rid = rid,
		    .high = seq, .seen = 1 };
		return (DROP_NONE);
	}
	if (seq > s->high) {
		d = seq - s->high;
		s->seen = d < REORDER_WINDOW ? s->seen << d : 0;
		s->seen |= 1;
		s->high = seq;
	} else if (seq == s->high) {
		if (strict)
			return (DROP_AUTH_SEQ);
	} else {
		d = s->high - seq;
		if (strict || !shielded || d >= REORDER_WINDOW)
			return (fell(s, seq, shielded));
		if (s->seen & 1U << d)
			return (DROP_AUTH_SEQ);
		s->seen |= 1U << d;
	}
	s->fallen = 0;
	return (DROP_NONE);
}
