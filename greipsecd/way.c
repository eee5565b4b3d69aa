/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See apply.h.  The way to each peer outside the tunnels: which
 * link it leaves by and what that carries, hence the MTU inside; and that there
 * is none, so that ospf need not wait for its dead timer.
 */
#include "greipsecd/apply.h"
#include "greipsecd/events.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mtu.h"

#define WAY_NS		NS_S(2)		/* look for one again */
#define CUT_NS		NS_MS(500)	/* a way that is away for so long */

struct os_outer
apply_outer(const struct app_tunnel *t)
{
	struct os_outer o = { .local = t->ct->local, .peer = t->ct->peer };

	if (t->ike.child_up)
		o = (struct os_outer){ .local = t->ike.local,
		    .peer = t->ike.remote };
	return (o);
}

/* Which link the way to the peer leaves by; NULL: not known.  *why is what cuts
 * it, or NULL. */
static const struct os_link *
way(const struct app *a, const struct app_tunnel *t, const char **why)
{
	struct os_outer o = apply_outer(t);
	const struct os_link *l;
	struct addr src;
	uint32_t index;

	*why = NULL;
	if (o.peer.family == ADDR_NONE)
		return (NULL);
	if (o.local.family != ADDR_NONE && !kernel_is_local(a, &o.local))
		*why = "its address is away";
	else if (os_route_get(a->os, &o.peer, &o.local, &index,
	    &src) == -1)
		*why = "no route to the peer";
	if (*why != NULL || (l = kernel_link(a, index)) == NULL || l->loopback)
		return (NULL);
	if (!l->up || !l->running)
		*why = "its link is down";
	return (l);
}

/* The address that the tunnel's SAs have here is away, none is configured, and the
 * peer is reached from another: ike need not find out by silence. */
static void
tell_moved(const struct app *a, const struct app_tunnel *t)
{
	static const struct addr any;
	const struct os_link *l;
	struct addr src;
	uint32_t index;

	if (t->ct->local.family != ADDR_NONE || !t->ike.child_up ||
	    !t->ike.ike_up || kernel_is_local(a, &t->ike.local) ||
	    os_route_get(a->os, &t->ike.remote, &any, &index, &src) == -1)
		return;
	l = kernel_link(a, index);
	if (l == NULL || !l->up || !l->running || tunnel_is_ours(l))
		return;
	log_info(SUBSYS_MAIN, t->tid, "%s: %s", t->ct->name,
	    "there is another address to reach the peer from");
	apply_kick(t->tid, KICK_MOVED);
}

/* The way to the peer is cut, or there again.  ospf is told in a moment, if that
 * lasts: sooner than by its dead timer. */
static void
set_cut(struct app *a, struct app_tunnel *t, const char *why)
{
	if ((why != NULL) == t->cut)
		return;
	t->cut = why != NULL;
	log_info(SUBSYS_MAIN, t->tid, "%s: %s", t->ct->name,
	    t->cut ? why : "there is a way to the peer again");
	if (t->cut) {
		t->why_cut = why;
		/* looked at once more before it is told */
		app_again(a, DIRT_MTU, CUT_NS);
		t->down_due = mono_add(mono_now(), CUT_NS);
		return;
	}
	if (apply_can_send(t))
		t->down_due = MONO_NEVER;
	if (!t->ike.ike_up)
		app_dirty(a, DIRT_TRY);
	apply_state(a, t, mono_now());
}

/* What the way to the peer carries: what was learnt, but no more than is
 * configured and than the link there. */
static uint16_t
path_mtu(struct app *a, struct app_tunnel *t)
{
	uint16_t path = t->ct->path_mtu;
	const struct os_link *l;
	const char *why;

	l = way(a, t, &why);
	set_cut(a, t, why);
	if (why != NULL)
		tell_moved(a, t);
	/* not all that makes a way says so: rules, tables beside the main one */
	if (why != NULL && !t->ct->disabled)
		app_again(a, DIRT_MTU, WAY_NS);
	if (t->pmtu != 0 && t->pmtu < path)
		path = t->pmtu;
	return (l != NULL && l->mtu < path ? (uint16_t)l->mtu : path);
}

static uint16_t
inner_mtu(const struct app_tunnel *t, uint16_t path)
{
	const struct xform *x;
	struct mtu_in in = { .path_mtu = path, .family = ADDR_V4,
	    .mode = t->ct->ike.mode, .udp = t->ct->ike.nat == NAT_FORCE,
	    .gre_key = t->ct->esp.has_key };

	if (t->ct->peer.family != ADDR_NONE)
		in.family = t->ct->peer.family;
	if (t->ike.child_up) {
		in.family = t->ike.remote.family;
		in.encr = t->ike.encr;
		in.key_bits = t->ike.key_bits;
		in.integ = t->ike.integ;
		in.mode = t->ike.mode;
		in.udp = t->ike.udp;
		return (mtu_inner(&in));
	}
	if ((x = proposal_first(&t->ct->ike.esp[0], XFORM_ENCR)) != NULL) {
		in.encr = x->id;
		in.key_bits = x->key_bits;
	}
	if ((x = proposal_first(&t->ct->ike.esp[0], XFORM_INTEG)) != NULL)
		in.integ = x->id;
	return (mtu_inner(&in));
}

void
apply_mtu(struct app *a, struct app_tunnel *t)
{
	uint16_t mtu = t->ct->mtu;

	t->path = path_mtu(a, t);
	t->fits = inner_mtu(t, t->path);
	if (t->ct->mtu_auto && t->fits != 0)
		mtu = t->fits;
	if (mtu == t->mtu)
		return;
	if (t->mtu != 0)
		events_main(SUBSYS_MAIN, t->tid, t->ct->name, "mtu",
		    "MTU %u -> %u (path %u)", t->mtu, mtu, t->path);
	t->mtu = mtu;
	if (t->index == 0)
		return;
	(void)apply_dp(a, t, false);
	apply_ospf_link(a, t);
	app_dirty(a, DIRT_LINKS);
}

struct mono
apply_downs(struct app *a, struct mono now)
{
	struct mono next = MONO_NEVER;
	struct app_tunnel *t;
	size_t i;

	for (i = 0; i < a->n_tunnels; i++) {
		t = a->tunnels[i];
		if (!mono_due(t->down_due, now)) {
			next = mono_min(next, t->down_due);
			continue;
		}
		t->down_due = MONO_NEVER;
		/* esp's death takes no tunnel down: ike is at it */
		if ((apply_can_send(t) && !t->cut) || !t->up || t->sa_lost)
			continue;
		if (t->cut)
			events_main(SUBSYS_MAIN, t->tid, t->ct->name, "cut",
			    "%s", t->why_cut);
		t->up = false;
		apply_ospf_link(a, t);
	}
	return (next);
}
