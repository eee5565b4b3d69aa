/* SPDX-License-Identifier: ISC */
/* See lib_first.h. */
#include <string.h>

#include "ike/ike_proposal.h"
#include "ike/ike_wire.h"
#include "lib_first.h"

/* A public value of any group; any bytes are one of X25519, and fast. */
static void
put_ke(struct ike_writer *m, const struct first *f, uint64_t *seed)
{
	uint16_t group = f->group != 0 ? f->group :
	    proposal_first(f->offer, XFORM_KE)->id;
	const struct ike_rng rng = { .fill = seed_fill, .ctx = seed };
	struct ke_key *ke = NULL;
	uint8_t any[32];
	const uint8_t *pub;
	size_t len;

	if (f->ke != NULL) {
		ike_put_ke(m, group, f->ke, f->ke_len);
		return;
	}
	if (group == KE_CURVE25519) {
		seed_fill(seed, any, sizeof(any));
		ike_put_ke(m, group, any, sizeof(any));
		return;
	}
	MUST(ike_ke_seeded.generate(&rng, group, &ke) == IKE_C_OK);
	pub = ke_public(ke, &len);
	ike_put_ke(m, group, pub, len);
	ke_free(ke);
}

size_t
first_write(const struct first *f, uint8_t *buf, size_t cap)
{
	static const uint8_t identity[2] = { 0, 5 };
	uint64_t seed = f->seed;
	struct ike_hdr h = { .spi_i = seed_next(&seed) | 1,
	    .exchange = EXCH_IKE_SA_INIT, .flags = IKE_F_INITIATOR };
	struct ike_writer m;
	uint8_t bytes[IKE_NONCE_MAX];
	size_t at, n = f->nonce != 0 ? f->nonce : 32;

	ike_write(&m, buf, cap, &h);
	if (f->has_cookie)
		ike_put_notify(&m, N_COOKIE, f->cookie, sizeof(f->cookie));
	at = ike_open(&m, PL_SA);
	ike_offer_put(&m.w, f->offer, f->n_offer, false, NULL, 0);
	ike_close(&m, at);
	put_ke(&m, f, &seed);
	buf[m.w.len - 1] ^= f->ke_xor;
	seed_fill(&seed, bytes, sizeof(bytes));
	ike_put(&m, PL_NONCE, bytes, n);
	if (f->natd) {
		ike_put_notify(&m, N_NAT_DETECTION_SOURCE_IP, bytes,
		    IKE_NAT_HASH_LEN);
		ike_put_notify(&m, N_NAT_DETECTION_DESTINATION_IP, bytes,
		    IKE_NAT_HASH_LEN);
	}
	if (f->hashes)
		ike_put_notify(&m, N_SIGNATURE_HASH_ALGORITHMS, identity,
		    sizeof(identity));
	if (f->critical) {
		at = ike_open(&m, 200);
		ike_close(&m, at);
		buf[at + 1] |= 0x80;
	}
	return (ike_finish(&m, NULL, NULL));
}

bool
first_tap(struct world *w, size_t from, struct ike_tx *tx, uint8_t *data)
{
	struct said *s = w->tap_arg;
	size_t i;

	for (i = 0; i < w->n; i++)
		if (addr_eq(&tx->remote, &w->node[i].addr))
			return (true);
	MUST(from == 1 && tx->len >= 28 && tx->len <= sizeof(s->msg));
	memcpy(s->msg, data, tx->len);
	s->len = tx->len;
	s->notify = data[16] != PL_N ? 0 :
	    (uint16_t)(data[34] << 8 | data[35]);
	s->datagrams++;
	s->bytes += tx->len;
	return (false);
}

size_t
first_send(struct world *w, const struct first *f, const struct addr *src,
    uint16_t port)
{
	struct said *s = w->tap_arg;
	uint8_t buf[2048];
	struct ike_rx rx = { .local = w->node[1].addr, .remote = *src,
	    .local_port = IKE_PORT, .remote_port = port, .data = buf };

	rx.len = first_write(f, buf, sizeof(buf));
	MUST(rx.len > 0);
	s->len = 0;
	s->notify = 0;
	node_in(w, 1, &(struct ike_input){ .type = IKE_IN_DATAGRAM,
	    .rx = &rx });
	return (rx.len);
}

bool
first_insist(struct world *w, struct first *f, const struct addr *src,
    uint16_t port)
{
	struct said *s = w->tap_arg;

	(void)first_send(w, f, src, port);
	if (s->notify == N_COOKIE) {
		MUST(s->len == 36 + FIRST_COOKIE);
		memcpy(f->cookie, s->msg + 36, FIRST_COOKIE);
		f->has_cookie = true;
		(void)first_send(w, f, src, port);
	}
	return (s->len > 0 && s->notify == 0);
}
