/* SPDX-License-Identifier: ISC */
/*
 * The keys process is asked anything: a question as it may come from a broken
 * ike.  A proof that it makes is one that it believes, and with a single byte
 * of it turned, or of what it covers, it is none.  Then the input is the proof
 * itself, which must not be one.
 */
#include <string.h>

#include "fuzz.h"
#include "ike/keys_auth.h"
#include "lib/ed25519.h"

static void
secret(struct keys_secret *s, uint8_t how)
{
	memset(s, 0, sizeof(*s));
	s->tid = 7;
	s->auth = how & 1 ? AUTH_ED25519 : AUTH_PSK;
	if (how & 1) {
		s->n_priv = how & 2 ? 0 : ED25519_LEN;
		memset(s->priv, 1, sizeof(s->priv));
		MUST(ed25519_public(s->priv, s->remote_pub) == 0);
		if (how & 4)
			memset(s->remote_pub, how, sizeof(s->remote_pub));
		return;
	}
	s->n_psk = how & 2 ? 0 : 16;
	s->n_psk2 = how & 4 ? 20 : 0;
	memset(s->psk, 0x5a, s->n_psk);
	memset(s->psk2, 0xa5, s->n_psk2);
}

/* It is no proof any more when a byte of it is another. */
static void
spoil(const struct keys_secret *s, struct keys_auth *q, uint16_t at)
{
	struct keys_done d;

	if (at < q->n_value)
		q->value[at] ^= 1;
	else
		q->octets[at % q->n_octets] ^= 1;
	keys_auth_verify(s, q, &d);
	MUST(!d.ok && d.n_value == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct keys_auth q;
	struct fuzz in = { data, len };
	struct keys_secret s;
	struct keys_done d;
	uint8_t how = fuzz_u8(&in);
	uint16_t at = fuzz_u16(&in);
	const uint8_t *p;
	size_t n;

	secret(&s, how);
	memset(&q, 0, sizeof(q));
	q.req = 3;
	q.tid = how & 8 ? 8 : 7;
	q.auth = how & 16 ? AUTH_PSK : s.auth;
	q.prf = fuzz_u8(&in);
	p = fuzz_chunk(&in, &n);
	q.n_octets = (uint16_t)(n < sizeof(q.octets) ? n : sizeof(q.octets));
	memcpy(q.octets, p, q.n_octets);
	p = fuzz_chunk(&in, &n);
	q.n_value = (uint16_t)(n < sizeof(q.value) ? n : sizeof(q.value));
	memcpy(q.value, p, q.n_value);
	keys_auth_verify(&s, &q, &d);
	MUST(d.req == q.req && d.tid == q.tid && d.n_value == 0 && !d.ok);
	keys_auth_make(&s, &q, &d);
	MUST(d.ok == (d.n_value > 0) && d.n_value <= sizeof(d.value));
	if (!d.ok)
		return (0);
	MUST(q.tid == s.tid && q.auth == s.auth);
	memcpy(q.value, d.value, d.n_value);
	q.n_value = d.n_value;
	keys_auth_verify(&s, &q, &d);
	MUST(d.ok == (s.auth == AUTH_PSK || !(how & 4)));
	spoil(&s, &q, at);
	return (0);
}
