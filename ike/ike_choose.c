/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  The tunnels that a first message may be for: which of them is
 * only known for sure when the peer's identity is.
 */
#include <string.h>

#include "ike/ike_int.h"

#define LISTS_CHEAP	8	/* compared with an offer: less than a key */

/* The tunnels that the peer may be, one after the other; c NULL: the first.
 * Those with its address before those whose peer may be anywhere. */
static struct tun *
candidate(const struct ike_engine *e, const struct dgram *d,
    const struct tun *c)
{
	static const struct addr any;
	const struct addr *at = c != NULL ? &c->cfg.remote : &d->rx->remote;
	struct tab_node *n = c != NULL ? tab_next(&c->by_addr) :
	    tab_first(&e->by_addr, tun_addr_key(e, at));
	struct tun *t;

	for (;;) {
		for (; n != NULL; n = tab_next(n)) {
			t = n->owner;
			if (!t->down && addr_eq(&t->cfg.remote, at))
				return (t);
		}
		if (at->family == ADDR_NONE)
			return (NULL);
		at = &any;
		n = tab_first(&e->by_addr, tun_addr_key(e, at));
	}
}

static bool
same_offer(const struct ike_tunnel *a, const struct ike_tunnel *b)
{
	return (a->n_ike == b->n_ike && memcmp(a->ike, b->ike,
	    a->n_ike * sizeof(a->ike[0])) == 0);
}

enum ike_pick
choose_tun(struct ike_engine *e, const struct dgram *d,
    const struct ike_payloads *p, struct ike_chosen *ch, struct tun **t)
{
	enum ike_pick pick = PICK_NONE;
	struct tun *c, *tried = NULL;
	unsigned int lists = 0;

	*t = NULL;
	for (c = candidate(e, d, NULL); c != NULL; c = candidate(e, d, c)) {
		if (tried != NULL && same_offer(&c->cfg, &tried->cfg))
			continue;
		tried = c;
		lists++;
		pick = ike_choose(p->sa, PROTO_IKE, c->cfg.ike, c->cfg.n_ike,
		    false, p->ke_group, 0, ch);
		/* that nothing fits is said of one with the address */
		if (pick != PICK_NONE || *t == NULL)
			*t = c;
		if (pick != PICK_NONE)
			break;
	}
	if (pick != PICK_OK && lists > LISTS_CHEAP)
		half_in_vain(e, d);
	return (pick);
}

/*
 * NAT detection is left out when all of t's kind want none.  Which of several
 * that may be anywhere needs UDP is known by where its peer was.
 */
struct extras
choose_extras(const struct ike_engine *e, const struct dgram *d,
    const struct tun *t)
{
	bool fixed = t->cfg.remote.family != ADDR_NONE;
	struct extras x = { .nat = fixed ? tun_nat(t) : t->cfg.nat };
	const struct tun *c;
	size_t n = 0;

	for (c = candidate(e, d, NULL); c != NULL; c = candidate(e, d, c)) {
		x.hashes |= c->cfg.auth == AUTH_ED25519;
		if ((c->cfg.remote.family != ADDR_NONE) != fixed)
			continue;
		n++;
		if (x.nat == NAT_OFF)
			x.nat = c->cfg.nat;
		if (!fixed && x.nat == NAT_AUTO &&
		    addr_eq(&c->udp_with, &d->rx->remote))
			x.nat = tun_nat(c);
	}
	if (n == 1)
		x.nat = tun_nat(t);
	return (x);
}
