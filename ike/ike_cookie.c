/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  Cookies (RFC 7296 2.6): who returns one receives what is sent
 * to where he sends from.  They are made of a secret that is kept, not he.
 */
#include <string.h>

#include "ike/ike_int.h"

#define COOKIE_LIFE	NS_S(60)	/* and as long again, at most */

static void
make(struct ike_engine *e, int which, const struct dgram *d,
    struct ike_span nonce, uint8_t out[static IKE_PRF_MAX])
{
	struct ike_span in[] = { nonce, { d->rx->remote.b, 16 },
	    { &d->h.spi_i, sizeof(d->h.spi_i) },
	    { &d->rx->remote_port, sizeof(d->rx->remote_port) } };

	if (ike_prf(PRF_HMAC_SHA2_256, e->cookie_key[which],
	    sizeof(e->cookie_key[which]), in, sizeof(in) / sizeof(in[0]),
	    out) != IKE_C_OK)
		ike_random(e, out, IKE_PRF_MAX);
}

static void
roll(struct ike_engine *e)
{
	if (mono_sub(e->now, e->cookie_rolled) <= COOKIE_LIFE)
		return;
	memcpy(e->cookie_key[1], e->cookie_key[0], sizeof(e->cookie_key[0]));
	ike_random(e, e->cookie_key[0], sizeof(e->cookie_key[0]));
	e->cookie_rolled = e->now;
}

void
cookie_make(struct ike_engine *e, const struct dgram *d,
    struct ike_span nonce, uint8_t out[static COOKIE_LEN])
{
	uint8_t full[IKE_PRF_MAX];

	roll(e);
	make(e, 0, d, nonce, full);
	memcpy(out, full, COOKIE_LEN);
}

bool
cookie_good(struct ike_engine *e, const struct dgram *d,
    const struct ike_payloads *p)
{
	const struct ike_notify *n = ike_notify_find(p, N_COOKIE);
	uint8_t want[IKE_PRF_MAX];
	int i;

	if (n == NULL)
		return (false);
	roll(e);
	for (i = 0; i < 2; i++) {
		make(e, i, d, p->nonce, want);
		if (n->data.len == COOKIE_LEN &&
		    secret_eq(n->data.p, want, COOKIE_LEN))
			return (true);
	}
	ike_drop(e, IKE_D_COOKIE);
	return (false);
}
