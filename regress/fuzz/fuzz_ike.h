/* SPDX-License-Identifier: ISC */
/*
 * What the fuzz targets of the IKE engine share: two nodes as the first byte of
 * an input wants them, and messages under the keys of an IKE SA.
 */
#ifndef REGRESS_FUZZ_IKE_H
#define REGRESS_FUZZ_IKE_H

#include <string.h>

#include "fuzz.h"
#include "regress/scenario/lib_forge.h"
#include "regress/scenario/lib_ike.h"

/* The first byte: none of them is a PSK, transport mode, and all direct. */
#define HOW_ED25519	0x01
#define HOW_TUNNEL	0x02
#define HOW_PFS		0x04
#define HOW_NAT		0x08	/* node 0 is behind one */

static inline void
ike_world(struct world *w, struct fuzz *in)
{
	uint8_t how = fuzz_u8(in);
	size_t i;

	world_init(w, 1);
	w->watch = false;
	if (how & HOW_ED25519)
		world_raw_keys(w);
	for (i = 0; i < 2; i++) {
		if (how & HOW_TUNNEL)
			w->node[i].cfg.mode = MODE_TUNNEL;
		if (how & HOW_PFS)
			w->node[i].cfg.esp[0] = seed_prop(PROTO_ESP,
			    "aes128gcm16-x25519");
	}
	if (how & HOW_NAT) {
		world_nat(w);
		w->node[1].cfg.remote = w->nat_addr;
	}
}

/* As if node `from' had sent it where it stands in s. */
static inline void
ike_inject(struct world *w, size_t from, const struct ike_sa *s,
    const uint8_t *msg, size_t len)
{
	static uint8_t buf[MARKER_LEN + FORGE_LEN];
	struct addr src = w->node[from].addr;
	uint16_t port = s->lport, sport = port;
	size_t head = port == IKE_PORT_NATT ? MARKER_LEN : 0;

	if (len == 0)
		return;
	memcpy(buf + head, msg, len);
	if (w->nat && from == 0) {
		src = w->nat_addr;
		sport = (uint16_t)(sport + w->nat_shift);
	}
	world_forge(w, &src, sport, 1 - from, port, buf, head + len);
}

/* Payloads as they are, the first of type first, as node `from' would protect
 * them. */
static inline void
ike_sealed(struct world *w, size_t from, struct ike_sa *s,
    const struct ike_hdr *h, uint8_t first, const uint8_t *body, size_t len)
{
	static uint8_t buf[IKE_MSG_MAX];
	struct ike_writer m;

	if (len + 200 > sizeof(buf))
		return;
	ike_write(&m, buf, sizeof(buf), h);
	ike_write_sk(&m, sa_sk_out(s));
	buf[m.next_at] = first;
	wbuf_bytes(&m.w, body, len);
	ike_inject(w, from, s, buf, ike_finish(&m, sa_sk_out(s),
	    w->node[from].par.rng));
}

/* Whatever was said: a new handshake makes all good. */
static inline void
ike_heals(struct world *w)
{
	w->tap = NULL;
	world_run(w, 60000);
	node_kick(w, 0, KICK_RESTART);
	MUST(world_until(w, 300000, world_up));
	world_free(w);
}

#endif
