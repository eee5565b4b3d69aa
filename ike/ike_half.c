/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  Who may be half-open, and who is told what is wrong with a
 * first message.  Whoever returns cookies can begin as many handshakes as he
 * likes: so that he does not take the place of others, what is half-open is
 * kept by where it comes from, and when there is no more room, the oldest of
 * the source that has most makes some.  Peers whose address is configured and
 * the others each have a part of the room that the other kind cannot take.
 *
 * Of one source the oldest goes and not the newest is refused: who shares an
 * address (NAT) with somebody who floods still has the time that it takes to
 * fill all of it, and that is many round trips.
 */
#include <string.h>

#include "ike/ike_int.h"
#include "lib/hash.h"

#define UNKNOWN_PART	4	/* a fourth of the room at least */
#define SUSPECT_NS	NS_S(10)	/* after much work in vain */
#define ADDR6_NET	8	/* bytes: who has one address has a /64 */

void
half_init(struct ike_engine *e)
{
	struct source *src;
	size_t kind, i;

	for (kind = 0; kind < 2; kind++)
		for (i = 0; i < SOURCES; i++) {
			src = &e->source[kind][i];
			TAILQ_INIT(&src->half);
			src->known = kind == 1;
			src->errors = ratelimit_make(NS_MS(20), 50);
			src->errors_proven = ratelimit_make(NS_MS(2), 1000);
		}
}

static bool
known(const struct ike_engine *e, const struct addr *a)
{
	struct tab_node *n;
	struct tun *t;

	for (n = tab_first(&e->by_addr, tun_addr_key(e, a)); n != NULL;
	    n = tab_next(n)) {
		t = n->owner;
		if (addr_eq(&t->cfg.remote, a))
			return (true);
	}
	return (false);
}

struct source *
half_source(struct ike_engine *e, const struct addr *a)
{
	struct addr net = *a;

	if (a->family == ADDR_V6)
		memset(net.b + ADDR6_NET, 0, sizeof(net.b) - ADDR6_NET);
	return (&e->source[known(e, a)][hash_bytes(e->seed ^ net.family, net.b,
	    sizeof(net.b)) % SOURCES]);
}

static struct source *
largest(struct ike_engine *e, bool kind)
{
	struct source *best = &e->source[kind][0];
	size_t i;

	for (i = 1; i < SOURCES; i++)
		if (e->source[kind][i].n > best->n)
			best = &e->source[kind][i];
	return (best);
}

bool
half_room(struct ike_engine *e, const struct source *src)
{
	size_t part = e->par.max_half_open / UNKNOWN_PART;
	bool kind = src->known;
	struct ike_sa *oldest;

	if (e->n_half < e->par.max_half_open)
		return (true);
	if (kind)
		part = e->par.max_half_open - part;
	/* of the others, while they have more than their part */
	if (e->n_half_of[kind] < part)
		kind = !kind;
	ike_drop(e, IKE_D_HALF_OPEN);
	if ((oldest = TAILQ_FIRST(&largest(e, kind)->half)) == NULL)
		return (false);
	sa_free(e, oldest);
	return (true);
}

void
half_in(struct ike_engine *e, struct ike_sa *s, struct source *src)
{
	s->source = src;
	TAILQ_INSERT_TAIL(&src->half, s, by_source);
	src->n++;
	e->n_half_of[src->known]++;
	e->n_half++;
}

void
half_out(struct ike_engine *e, struct ike_sa *s)
{
	struct source *src = s->source;

	if (src == NULL)
		return;
	s->source = NULL;
	TAILQ_REMOVE(&src->half, s, by_source);
	src->n--;
	e->n_half_of[src->known]--;
	e->n_half--;
}

void
half_in_vain(struct ike_engine *e, const struct dgram *d)
{
	if (!d->proven && !ratelimit_ok(&e->vain, e->now))
		e->cookies_until = mono_add(e->now, SUSPECT_NS);
}
