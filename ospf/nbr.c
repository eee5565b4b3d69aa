/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  Neighbours: what the table of nbr_fsm.c says, done.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "ospf/resume.h"

#define NBR_TIMERS	5

/* The time in which nothing was heard may be ours: a process that slept finds
 * the Hellos waiting behind the timer.  Then there is one more interval. */
static void
on_dead(struct ospf *e, void *arg)
{
	struct nbr *n = arg;
	int64_t late, hello = NS_MS(n->ifp->c.hello_ms);

	if (n->helped) {
		n->silent = true;
		return;
	}
	late = mono_sub(e->now, (struct mono){ n->dead.node.key });
	if (!n->put_off && late > hello / 2) {
		n->put_off = true;
		e->st.late++;
		timer_set(e, &n->dead, mono_add(e->now, hello));
		return;
	}
	nbr_event(n, NE_INACTIVITY);
}

struct nbr *
nbr_new(struct iface *ifp, uint32_t id, uint32_t addr)
{
	struct ospf *e = ifp->e;
	struct nbr *n;

	n = calloc(1, sizeof(*n));
	if (n == NULL || heap_reserve(&e->timers, NBR_TIMERS) == -1) {
		free(n);
		drop(e, DROP_MEMORY);
		return (NULL);
	}
	n->ifp = ifp;
	n->id = id;
	n->addr = addr;
	n->state = NBR_DOWN;
	n->since = e->now;
	n->req.seed = n->out.seed = e->hash_seed;
	TAILQ_INIT(&n->unasked);
	n->dd_seq = ospf_rand(e) >> 1;
	timer_init(&n->dead, on_dead, n);
	timer_init(&n->grace, helper_expired, n);
	nbr_timers_init(n);
	ifp->nbr = n;
	return (n);
}

void
nbr_free(struct nbr *n)
{
	struct ospf *e = n->ifp->e;

	nbr_lists_clear(n);
	timer_stop(e, &n->dead);
	heap_release(&e->timers, NBR_TIMERS);
	n->ifp->nbr = NULL;
	if (n->ifp->c.tid == 0)
		n->ifp->seq.valid = false;	/* D.4.3; a restarted peer may begin lower */
	free(n->dd_tx);
	free(n);
}

bool
nbr_adjacent(const struct nbr *n)
{
	return (n->state == NBR_FULL || n->helped);
}

void
nbr_tell(struct nbr *n, bool dead_timer)
{
	struct ospf *e = n->ifp->e;
	bool full = nbr_adjacent(n);
	struct out *o;

	if (n->told_full == full)
		return;
	n->told_full = full;
	n->adj_since = e->now;
	o = out_new(e, OSPF_OUT_NBR, 0);
	if (o != NULL)
		o->o.nbr = (struct ospf_nbr_state){ .iid = n->ifp->c.iid,
		    .tid = n->ifp->c.tid, .router_id = n->id, .full = full,
		    .dead_timer = dead_timer };
	e->origin_dirty = true;
	e->cause = (struct rib_cause){ .id = n->id,
	    .kind = full ? CAUSE_NBR_UP : CAUSE_NBR_DOWN };
}

static bool
exchanging(enum nbr_state s)
{
	return (s == NBR_EXCHANGE || s == NBR_LOADING);
}

static void
set_state(struct nbr *n, enum nbr_state next, enum nbr_event ev)
{
	struct ospf *e = n->ifp->e;
	enum nbr_state old = n->state;
	char rid[ADDR_TEXT_MAX];

	if (old == next)
		return;
	n->state = next;
	n->since = e->now;
	if (old < NBR_EXCHANGE && next >= NBR_EXCHANGE)
		TAILQ_INSERT_TAIL(&e->adj, n, adj);
	if (old >= NBR_EXCHANGE && next < NBR_EXCHANGE)
		TAILQ_REMOVE(&e->adj, n, adj);
	e->n_exchanging += exchanging(next);
	e->n_exchanging -= exchanging(old);
	e->n_full += next == NBR_FULL;
	e->n_full -= old == NBR_FULL;
	e->sweep = e->restart_look = true;
	if (next == NBR_FULL)
		n->ifp->miss.why = DROP_NONE;
	ospf_say(e, n->ifp, next == NBR_FULL ? "full" :
	    old == NBR_FULL && !n->helped ? "down" : "neighbour",
	    "%s: %s: %s -> %s",
	    ip4_text(n->id, rid), nbr_event_names[ev], nbr_state_names[old],
	    nbr_state_names[next]);
	nbr_tell(n, ev == NE_INACTIVITY);
	if ((old == NBR_FULL) != (next == NBR_FULL))
		resume_keep_nbr(n);
}

static void
alive(struct nbr *n)
{
	struct ospf *e = n->ifp->e;

	n->put_off = n->silent = false;
	timer_set(e, &n->dead, mono_add(e->now, NS_MS(n->ifp->c.dead_ms)));
}

void
nbr_resume(struct nbr *n, struct mono since)
{
	set_state(n, NBR_FULL, NE_RESUMED);
	n->since = n->adj_since = since;
	if (n->kept != NULL)
		n->kept->since = since.ns;
	alive(n);
}

void
nbr_event(struct nbr *n, enum nbr_event ev)
{
	struct iface *ifp = n->ifp;
	enum nbr_state next;
	enum nbr_action act = nbr_fsm(n->state, ev, &next);

	if (act == NA_NONE)
		return;
	if (act == NA_GONE)
		helper_end(n, GRACE_END_GONE);
	if (act != NA_ALIVE && act != NA_EXCHANGE && act != NA_LOADING &&
	    act != NA_FULL)
		nbr_lists_clear(n);
	set_state(n, next, ev);
	switch (act) {
	case NA_NONE:
	case NA_RESET:
	case NA_FULL:
		break;
	case NA_ALIVE:
		alive(n);
		break;
	case NA_EXSTART:
		dd_start(n);
		break;
	case NA_EXCHANGE:
		dd_summary(n);
		break;
	case NA_LOADING:
		lsr_more(n);
		break;
	case NA_GONE:
		nbr_free(n);
		/* it may still hear us, and must not think that we hear it */
		if (ev != NE_LLDOWN && !ifp->e->closed)
			hello_send(ifp);
		break;
	}
}
