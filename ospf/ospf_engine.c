/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  See ospf_engine.h.  A step is: the input; the timers that
 * are due, hellos and dead timers among them; then what all of that changed:
 * our own LSA, the tree, the flooding.  Each part is bounded, so that a hello
 * never waits for more than one tree.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ospf/resume.h"

#define TIMERS_PER_STEP		256
#define EVENTS_MAX		1000
#define ENGINE_TIMERS		7
#define OWN_BURST		8	/* instances of our LSA at once, then */
#define MIN_LS_INTERVAL		NS_S(5)	/* one each */
#define FIGHT_BURST		20
#define CLOSE_WAIT		NS_MS(600)	/* main waits for 700 */
#define LEAVE_WAIT		NS_MS(600)

uint32_t
ospf_rand(struct ospf *e)
{
	uint32_t v;

	e->p.rng(e->p.rng_ctx, &v, sizeof(v));
	return (v);
}

void
timer_init(struct timer *t, void (*fn)(struct ospf *, void *), void *arg)
{
	t->node = (struct heap_node){ .at = 0 };
	t->fn = fn;
	t->arg = arg;
}

void
timer_set(struct ospf *e, struct timer *t, struct mono at)
{
	heap_set(&e->timers, &t->node, at.ns);
}

void
timer_stop(struct ospf *e, struct timer *t)
{
	heap_del(&e->timers, &t->node);
}

void
bucket_init(struct bucket *b, uint32_t cap, int64_t refill)
{
	*b = (struct bucket){ .tokens = cap, .cap = cap, .refill_ns = refill };
}

bool
bucket_take(struct bucket *b, struct mono now, struct mono *next)
{
	int64_t n;

	if (b->tokens == b->cap)
		b->at = now;
	n = mono_sub(now, b->at) / b->refill_ns;
	if (n > 0) {
		b->at = mono_add(b->at, n * b->refill_ns);
		b->tokens = n >= b->cap - b->tokens ? b->cap :
		    b->tokens + (uint32_t)n;
	}
	if (b->tokens == 0) {
		*next = mono_add(b->at, b->refill_ns);
		return (false);
	}
	b->tokens--;
	return (true);
}

struct iface *
iface_find(const struct ospf *e, uint32_t iid)
{
	struct iface *ifp;

	for (ifp = e->tab[iid % IFACE_TAB]; ifp != NULL;
	    ifp = ifp->hnext)
		if (ifp->c.iid == iid)
			return (ifp);
	return (NULL);
}

void
drop(struct ospf *e, enum ospf_drop why)
{
	e->st.drops[why]++;
}

bool
out_room(const struct ospf *e)
{
	return (e->pktq_bytes < e->p.max_queue);
}

/* A new output at the end of the queue; packets past the limit are dropped
 * (what matters is sent again), events too. */
struct out *
out_new(struct ospf *e, enum ospf_out type, size_t extra)
{
	struct out *o;

	bool pkt = type == OSPF_OUT_PACKET;

	if (pkt ? !out_room(e) :
	    type == OSPF_OUT_EVENT && e->n_events >= EVENTS_MAX) {
		drop(e, DROP_QUEUE);
		return (NULL);
	}
	o = calloc(1, sizeof(*o) + extra);
	if (o == NULL) {
		drop(e, DROP_MEMORY);
		return (NULL);
	}
	o->o.type = type;
	e->pktq_bytes += extra;
	e->n_events += type == OSPF_OUT_EVENT;
	if (pkt)
		TAILQ_INSERT_TAIL(&e->pktq, o, next);
	else
		TAILQ_INSERT_TAIL(&e->msgq, o, next);
	return (o);
}

void
ospf_say(struct ospf *e, const struct iface *ifp, const char *what,
    const char *fmt, ...)
{
	struct out *o;
	struct ospf_event *ev;
	va_list ap;

	o = out_new(e, OSPF_OUT_EVENT, 0);
	if (o == NULL)
		return;
	ev = &o->o.event;
	if (ifp != NULL) {
		ev->tid = ifp->c.tid;
		(void)snprintf(ev->subject, sizeof(ev->subject), "%s",
		    ifp->c.site[0] != '\0' ? ifp->c.site : ifp->c.name);
	} else
		(void)snprintf(ev->subject, sizeof(ev->subject), "ospf");
	(void)snprintf(ev->what, sizeof(ev->what), "%s", what);
	va_start(ap, fmt);
	(void)vsnprintf(ev->text, sizeof(ev->text), fmt, ap);
	va_end(ap);
}

/* Nobody became FULL in time: what there is, is all there is. */
static void
on_sync(struct ospf *e, void *arg)
{
	(void)arg;
	if (!e->synced)
		e->synced_due = true;
}

/*
 * Main sweeps the routes of an earlier life when we say so.  Once one neighbour
 * is FULL the others get as long as a lost Hello takes, for their routes may
 * be among those; all of them FULL is soon enough.
 */
void
ospf_synced(struct ospf *e)
{
	const struct iface *ifp;
	int64_t wait = 0;

	if (e->synced || e->synced_due)
		return;
	TAILQ_FOREACH(ifp, &e->ifaces, all)
		if (ifp->state == IF_P2P && (ifp->nbr == NULL ||
		    ifp->nbr->state != NBR_FULL) &&
		    2 * NS_MS(ifp->c.hello_ms) > wait)
			wait = 2 * NS_MS(ifp->c.hello_ms);
	if (wait == 0)
		e->synced_due = true;
	else if (!e->sync_near) {
		e->sync_near = true;
		if (e->sync_timer.node.at == 0 ||
		    e->sync_timer.node.key > e->now.ns + wait)
			timer_set(e, &e->sync_timer, mono_add(e->now, wait));
	}
}

static void
on_close(struct ospf *e, void *arg)
{
	struct iface *ifp;

	(void)arg;
	if (e->closed)
		return;
	e->closed = true;
	if (e->leave_s != 0)
		return;
	/* a Hello that lists nobody ends the adjacency at once */
	TAILQ_FOREACH(ifp, &e->ifaces, all)
		if (ifp->state == IF_P2P)
			hello_send(ifp);
}

static void
params(struct ospf *e, const struct ospf_params *p)
{
	e->p = *p;
	if (e->p.max_lsas == 0)
		e->p.max_lsas = 65536;
	if (e->p.max_lsdb_bytes == 0)
		e->p.max_lsdb_bytes = 64U << 20;
	if (e->p.max_nbr_lsas == 0)
		e->p.max_nbr_lsas = e->p.max_lsas / 4 * 3;
	if (e->p.max_nodes == 0)
		e->p.max_nodes = 1U << 19;
	if (e->p.max_queue == 0)
		e->p.max_queue = 4U << 20;
}

struct ospf *
ospf_new(const struct ospf_params *p, struct mono now)
{
	struct ospf *e;
	uint64_t seed[3];

	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return (NULL);
	params(e, p);
	e->now = e->start = now;
	e->p.rng(e->p.rng_ctx, seed, sizeof(seed));
	e->hash_seed = seed[0];
	TAILQ_INIT(&e->ifaces);
	TAILQ_INIT(&e->busy);
	TAILQ_INIT(&e->adj);
	TAILQ_INIT(&e->stubs);
	TAILQ_INIT(&e->pktq);
	TAILQ_INIT(&e->msgq);
	timer_init(&e->age, flood_age, NULL);
	timer_init(&e->spf_timer, topo_run, NULL);
	timer_init(&e->own_timer, origin_flood, NULL);
	timer_init(&e->sync_timer, on_sync, NULL);
	timer_init(&e->close_timer, on_close, NULL);
	bucket_init(&e->own_free, OWN_BURST, MIN_LS_INTERVAL);
	bucket_init(&e->fight_free, FIGHT_BURST, NS_MS(100));
	e->own_sent = e->own_due = mono_add(now, -NS_S(60));
	e->spf_ran = mono_add(now, -NS_S(60));
	e->md5 = ospf_md5_new();
	e->buf = malloc(OSPF_PKT_MAX);
	e->db = lsdb_new(seed[0]);
	e->spf = spf_new(seed[1]);
	e->rib = rib_new(seed[2]);
	if (e->md5 == NULL || e->buf == NULL || e->db == NULL ||
	    e->spf == NULL || e->rib == NULL ||
	    heap_reserve(&e->timers, ENGINE_TIMERS) == -1) {
		ospf_free(e);
		return (NULL);
	}
	return (e);
}

void
ospf_free(struct ospf *e)
{
	struct iface *ifp;
	struct stub *st;
	struct out *o;

	if (e == NULL)
		return;
	while ((ifp = TAILQ_FIRST(&e->ifaces)) != NULL)
		iface_del(e, ifp);
	while ((st = TAILQ_FIRST(&e->stubs)) != NULL) {
		TAILQ_REMOVE(&e->stubs, st, all);
		free(st);
	}
	TAILQ_CONCAT(&e->pktq, &e->msgq, next);
	while ((o = TAILQ_FIRST(&e->pktq)) != NULL) {
		TAILQ_REMOVE(&e->pktq, o, next);
		free(o);
	}
	free(e->popped);
	free(e->pre);
	keep_free(e->keep);
	rib_free(e->rib);
	spf_free(e->spf);
	lsdb_free(e->db);
	ospf_md5_free(e->md5);
	heap_free(&e->timers);
	free(e->buf);
	free(e);
}

static void
in_tick(struct ospf *e, const struct ospf_input *in)
{
	(void)e;
	(void)in;
}

static void
in_packet(struct ospf *e, const struct ospf_input *in)
{
	pkt_recv(e, in->rx);
}

static void
in_begin(struct ospf *e, const struct ospf_input *in)
{
	(void)in;
	e->held = true;
}

void
ospf_sync_start(struct ospf *e)
{
	struct iface *ifp;
	int64_t wait = 0;

	if (e->synced || e->restarting || e->sync_timer.node.at != 0)
		return;
	TAILQ_FOREACH(ifp, &e->ifaces, all)
		if (ifp->c.type == OSPF_P2P && NS_MS(ifp->c.dead_ms) > wait)
			wait = NS_MS(ifp->c.dead_ms);
	timer_set(e, &e->sync_timer, mono_add(e->now, wait));
}

/* The first whole configuration starts the wait for SYNCED. */
static void
in_commit(struct ospf *e, const struct ospf_input *in)
{
	(void)in;
	e->held = false;
	resume_end(e);
	e->origin_dirty = true;
	ospf_sync_start(e);
}

/* Another router id or area is another life: nothing learnt is kept. */
static void
restart(struct ospf *e)
{
	struct iface *ifp;
	struct lsdb_entry *en;

	restart_end(e, GRACE_END_STOPPED);
	TAILQ_FOREACH(en, lsdb_all(e->db), all)
		if (en->self && !en->max_age)
			flood_flush(e, en);
	TAILQ_FOREACH(ifp, &e->ifaces, all) {
		while (flood_push(ifp))
			;
		iface_event(ifp, IFE_DOWN);
	}
	while ((en = TAILQ_FIRST(lsdb_all(e->db))) != NULL) {
		topo_gone(e, en);
		lsdb_del(e->db, en);
	}
	TAILQ_FOREACH(ifp, &e->ifaces, all)
		ifp->n_lsas = 0;
	e->own_pending = e->own_wrap = false;
}

static void
in_global(struct ospf *e, const struct ospf_input *in)
{
	struct iface *ifp;
	uint32_t seq = e->have_global ? e->g.seq : in->global->seq;
	bool again;

	again = e->have_global && (e->g.router_id != in->global->router_id ||
	    e->g.area != in->global->area);
	if (again)
		restart(e);
	e->g = *in->global;
	/* that of this life, and no later one's: see make() of restart.c */
	e->g.seq = seq;
	if (!e->have_global) {
		resume_database(e);
		restart_begin(e);
		seq_start(e, e->g.seq);
	} else if (again && e->keep != NULL)
		keep_reset(e->keep, e->g.router_id, e->g.area);
	e->have_global = true;
	TAILQ_FOREACH(ifp, &e->ifaces, all)
		if (ifp->state == IF_DOWN && ifp->c.up)
			iface_event(ifp, ifp->c.type == OSPF_P2P ?
			    IFE_UP_P2P : IFE_UP_PASSIVE);
	e->origin_dirty = true;
	e->spf_dirty = true;
	e->cause = (struct rib_cause){ .kind = CAUSE_CONFIG };
}

static void
in_iface(struct ospf *e, const struct ospf_input *in)
{
	if (iface_set(e, in->iface) == -1)
		drop(e, DROP_MEMORY);
}

static void
in_iface_del(struct ospf *e, const struct ospf_input *in)
{
	struct iface *ifp = iface_find(e, in->iid);

	if (ifp != NULL)
		iface_del(e, ifp);
}

static void
in_link(struct ospf *e, const struct ospf_input *in)
{
	struct iface *ifp = iface_find(e, in->link->iid);

	if (ifp != NULL)
		iface_link(ifp, in->link);
}

static struct stub *
stub_find(const struct ospf *e, const struct ospf_stub *s)
{
	struct stub *st;

	TAILQ_FOREACH(st, &e->stubs, all)
		if (st->s.dest == s->dest && st->s.len == s->len)
			return (st);
	return (NULL);
}

static void
in_stub(struct ospf *e, const struct ospf_input *in)
{
	struct stub *st = stub_find(e, in->stub);

	if (in->stub->len > 32)
		return;
	if (st == NULL) {
		st = calloc(1, sizeof(*st));
		if (st == NULL) {
			drop(e, DROP_MEMORY);
			return;
		}
		TAILQ_INSERT_TAIL(&e->stubs, st, all);
	}
	st->s = *in->stub;
	e->origin_dirty = true;
}

static void
in_stub_del(struct ospf *e, const struct ospf_input *in)
{
	struct stub *st = stub_find(e, in->stub);

	if (st == NULL)
		return;
	TAILQ_REMOVE(&e->stubs, st, all);
	free(st);
	e->origin_dirty = true;
}

/* Numbers are used up long after they were reserved; nothing waits. */
static void
in_seq(struct ospf *e, const struct ospf_input *in)
{
	if (seq_after(in->seq, e->seq_reserved))
		e->seq_reserved = in->seq;
}

static void
in_clear(struct ospf *e, const struct ospf_input *in)
{
	struct iface *ifp = iface_find(e, in->iid);

	if (ifp != NULL && ifp->nbr != NULL)
		nbr_event(ifp->nbr, NE_KILL);
}

static void
in_leave(struct ospf *e, const struct ospf_input *in)
{
	e->leave_s = in->grace_s;
}

/* Take our LSAs out of everybody's way, wait for that to be acknowledged. */
static void
in_shutdown(struct ospf *e, const struct ospf_input *in)
{
	struct lsdb_entry *en;

	(void)in;
	if (e->closing)
		return;
	restart_end(e, GRACE_END_STOPPED);
	e->closing = true;
	e->own_pending = false;
	if (restart_leave(e)) {
		timer_set(e, &e->close_timer, mono_add(e->now, LEAVE_WAIT));
		return;
	}
	TAILQ_FOREACH(en, lsdb_all(e->db), all)
		if (en->self && !en->max_age)
			flood_flush(e, en);
	timer_set(e, &e->close_timer, mono_add(e->now,
	    e->n_full != 0 ? CLOSE_WAIT : 0));
}

static void (*const on_input[OSPF_IN_N])(struct ospf *,
    const struct ospf_input *) = {
	[OSPF_IN_TICK] = in_tick,
	[OSPF_IN_PACKET] = in_packet,
	[OSPF_IN_BEGIN] = in_begin,
	[OSPF_IN_COMMIT] = in_commit,
	[OSPF_IN_GLOBAL] = in_global,
	[OSPF_IN_IFACE] = in_iface,
	[OSPF_IN_IFACE_DEL] = in_iface_del,
	[OSPF_IN_LINK] = in_link,
	[OSPF_IN_STUB] = in_stub,
	[OSPF_IN_STUB_DEL] = in_stub_del,
	[OSPF_IN_SEQ] = in_seq,
	[OSPF_IN_CLEAR] = in_clear,
	[OSPF_IN_LEAVE] = in_leave,
	[OSPF_IN_SHUTDOWN] = in_shutdown,
};

static void
run_timers(struct ospf *e)
{
	struct heap_node *n;
	struct timer *t;
	unsigned int i;

	for (i = 0; i < TIMERS_PER_STEP; i++) {
		n = heap_top(&e->timers);
		if (n == NULL || n->key > e->now.ns)
			return;
		heap_del(&e->timers, n);
		t = HEAP_OWNER(n, struct timer, node);
		t->fn(e, t->arg);
	}
}

/* When all that we flushed, or our Grace-LSAs, is acknowledged there is nothing
 * to wait for. */
static void
check_closing(struct ospf *e)
{
	struct lsdb_entry *en;

	if (!e->closing || e->closed)
		return;
	TAILQ_FOREACH(en, lsdb_dying_list(e->db), dying)
		if (en->self && en->n_rxmt != 0)
			return;
	if (e->leave_s != 0 && restart_leaving(e))
		return;
	on_close(e, NULL);
}

void
ospf_step(struct ospf *e, struct mono now, const struct ospf_input *in)
{
	struct lsdb_entry *en;
	struct iface *ifp;

	e->now = now;
	on_input[in->type](e, in);
	run_timers(e);
	restart_check(e);
	if (!e->held && e->have_global && !e->closing && !e->restarting) {
		if (e->origin_dirty)
			origin_update(e);
		topo_schedule(e);
		restart_flush(e);
	}
	if (e->sweep && !e->resuming)
		flood_sweep(e);
	while ((ifp = TAILQ_FIRST(&e->busy)) != NULL && flood_push(ifp))
		;
	check_closing(e);
	en = lsdb_first_due(e->db);
	if (en != NULL)
		timer_set(e, &e->age, (struct mono){ en->due.key });
	else
		timer_stop(e, &e->age);
}

static uint32_t
ifindex_of(void *ctx, uint32_t iid)
{
	struct iface *ifp = iface_find(ctx, iid);

	return (ifp != NULL ? ifp->c.ifindex : 0);
}

/* Take the head of a queue; it lives until the next one is taken. */
static bool
pop(struct ospf *e, struct out_list *q, struct ospf_output *out)
{
	struct out *o = TAILQ_FIRST(q);

	free(e->popped);
	e->popped = o;
	if (o == NULL)
		return (false);
	TAILQ_REMOVE(q, o, next);
	if (o->o.type == OSPF_OUT_PACKET)
		e->pktq_bytes -= o->o.packet.len;
	e->n_events -= o->o.type == OSPF_OUT_EVENT;
	*out = o->o;
	return (true);
}

bool
ospf_pop_packet(struct ospf *e, struct ospf_output *out)
{
	return (pop(e, &e->pktq, out));
}

bool
ospf_pop(struct ospf *e, struct ospf_output *out)
{
	struct ospf_route route;
	bool del;

	if (pop(e, &e->pktq, out) || pop(e, &e->msgq, out))
		return (true);
	if (rib_pop(e->rib, e->spf, &route, &del, ifindex_of, e)) {
		out->type = del ? OSPF_OUT_ROUTE_DEL : OSPF_OUT_ROUTE;
		if (del)
			out->dest = (struct ospf_dest){ .dest = route.dest,
			    .len = route.len };
		else
			out->route = route;
		return (true);
	}
	if (e->synced_due && !e->synced) {
		e->synced = true;
		out->type = OSPF_OUT_SYNCED;
		return (true);
	}
	if (e->closed && !e->told_closed) {
		e->told_closed = true;
		out->type = OSPF_OUT_DONE;
		return (true);
	}
	return (false);
}

struct mono
ospf_next(const struct ospf *e)
{
	struct heap_node *n = heap_top(&e->timers);

	/* there is room again as soon as the outputs were taken */
	if (!TAILQ_EMPTY(&e->busy))
		return (e->now);
	return (n != NULL ? (struct mono){ n->key } : MONO_NEVER);
}

bool
ospf_keep(struct ospf *e, void *mem, size_t size)
{
	if (e->have_global || e->keep != NULL)
		return (false);
	e->keep = keep_new(mem, size);
	return (e->keep != NULL);
}

const struct ospf_stats *
ospf_stats(const struct ospf *e)
{
	return (&e->st);
}
