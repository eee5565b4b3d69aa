/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  Helper mode (RFC 3623 section 3): a neighbour that was FULL
 * restarts, said so by a Grace-LSA, and stays FULL for everybody else.  Its
 * state goes the usual way meanwhile, down to Init and through a new exchange;
 * only what others are told stands still (nbr_adjacent()), and its silence is
 * no reason to let it go.
 *
 * Help ends with the flush of the Grace-LSA, with its period (which may be set
 * anew, but never beyond GRACE_PERIOD_MAX from the beginning), or when the
 * database changes in a way that the restarting router would have to be told:
 * it forwards by what it knew before.
 */
#include <inttypes.h>
#include <stdio.h>

#include "ospf/grace.h"
#include "ospf/ospf_int.h"

void
helper_end(struct nbr *n, enum grace_end why)
{
	struct ospf *e = n->ifp->e;
	char rid[ADDR_TEXT_MAX];

	if (!n->helped)
		return;
	n->helped = false;
	e->n_helped--;
	timer_stop(e, &n->grace);
	ospf_say(e, n->ifp, "helper", "%s: help ends: %s",
	    ip4_text(n->id, rid), grace_end_names[why]);
	if (n->silent)
		timer_set(e, &n->dead, e->now);
	if (n->state != NBR_FULL)
		ospf_say(e, n->ifp, "down", "%s: not FULL when help ended: %s",
		    ip4_text(n->id, rid), nbr_state_names[n->state]);
	nbr_tell(n, false);
}

void
helper_expired(struct ospf *e, void *arg)
{
	(void)e;
	helper_end(arg, GRACE_END_EXPIRED);
}

/* 3.1 (2): something changed that it may never have heard of. */
static bool
pending(const struct nbr *n)
{
	const struct lsa_item *it;
	size_t i;

	for (i = 0; i < n->out.n_tab; i++)
		for (it = n->out.tab[i]; it != NULL; it = it->hnext)
			if (it->changed && it->hdr.key.type <= LSA_EXTERNAL)
				return (true);
	return (false);
}

/* 3.1: may help begin?  GRACE_END_N: it may. */
static enum grace_end
refusal(const struct nbr *n)
{
	const struct ospf *e = n->ifp->e;

	if (e->g.grace == GRACE_OFF)
		return (GRACE_END_OFF);
	if (n->state != NBR_FULL)
		return (GRACE_END_NOT_FULL);
	if (e->restarting)
		return (GRACE_END_BUSY);
	return (pending(n) ? GRACE_END_PENDING : GRACE_END_N);
}

void
helper_lsa(struct nbr *n, const struct lsdb_entry *en)
{
	struct ospf *e = n->ifp->e;
	uint16_t age = lsa_age(en->lsa, e->now);
	enum grace_end no = GRACE_END_N;
	enum ospf_drop why;
	struct grace g;
	char rid[ADDR_TEXT_MAX];

	if (!grace_is(&en->lsa->h.key))
		return;
	if (age >= LSA_MAX_AGE) {
		helper_end(n, GRACE_END_DONE);
		return;
	}
	why = grace_read(en->lsa->bytes, en->lsa->h.len, &g);
	if (why != DROP_NONE) {
		iface_miss(n->ifp, why, 0, 0, n->addr);
		return;
	}
	if (age >= g.period_s)
		no = GRACE_END_EXPIRED;
	else if (!n->helped)
		no = refusal(n);
	if (no != GRACE_END_N) {
		ospf_say(e, n->ifp, "helper", "%s restarts: not helped: %s",
		    ip4_text(n->id, rid), grace_end_names[no]);
		return;
	}
	if (!n->helped)
		n->help_max = mono_add(e->now, NS_S(GRACE_PERIOD_MAX));
	timer_set(e, &n->grace, mono_min(n->help_max, mono_add(e->now,
	    NS_S((int64_t)g.period_s - age))));
	if (n->helped)
		return;
	n->helped = true;
	n->silent = false;
	e->n_helped++;
	ospf_say(e, n->ifp, "helper", "%s restarts: helped for %" PRIu32
	    " s: %s", ip4_text(n->id, rid), g.period_s - age,
	    g.reason < GRACE_REASON_N ? grace_reason_names[g.reason] :
	    "reason of another kind");
}

void
helper_changed(struct ospf *e, const struct lsdb_entry *en, uint32_t from)
{
	const struct lsa_key *k = &en->lsa->h.key;
	struct iface *ifp;
	struct nbr *n;

	if (e->n_helped == 0 || k->type > LSA_EXTERNAL)
		return;
	TAILQ_FOREACH(ifp, &e->ifaces, all) {
		n = ifp->nbr;
		if (n == NULL || !n->helped || ifp->c.iid == from)
			continue;
		if (k->adv == n->id && !en->max_age)
			continue;
		helper_end(n, GRACE_END_CHANGED);
	}
}
