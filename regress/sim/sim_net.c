/* SPDX-License-Identifier: ISC */
/* See sim.h.  The clock, what is to happen, and the underlay. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define DP_NS		NS_MS(1)
#define NAT_PORTS	10000	/* first one outside */

enum event_kind {
	EV_IKE,			/* a datagram for IKE */
	EV_ESP,			/* an OSPF packet under an SA */
	EV_ADD, EV_DEL, EV_OLD, EV_LOOK
};

/* Two copies of one packet. */
struct twin {
	unsigned int	refs;
	bool		taken;
};

struct sim_event {
	struct heap_node	 at;
	enum event_kind		 kind;
	struct sim_site		*site;
	struct sim_end		*end;
	unsigned int		 boot;	/* EV_ADD and on: of the site */
	unsigned int		 life;	/* EV_ADD: of its ike */
	struct addr		 src;
	uint16_t		 sport, dport;
	struct twin		*twin;
	union {
		struct sa_spec		 sa;
		struct sa_ref		 ref;
		struct sim_packet	 esp;
	};
	size_t			 len;
	uint8_t			 data[];
};

/* --- chance --- */

uint64_t
sim_random(struct sim *s, uint64_t bound)
{
	return (bound == 0 ? 0 : seed_next(&s->rng) % bound);
}

bool
sim_chance(struct sim *s, unsigned int percent)
{
	return (sim_random(s, 100) < percent);
}

/* --- the record of what happened --- */

void
sim_say(struct sim *s, const char *fmt, ...)
{
	struct sim_said *l = &s->said[s->n_said++ % SIM_SAID];
	va_list ap;

	l->at = s->now;
	va_start(ap, fmt);
	(void)vsnprintf(l->text, sizeof(l->text), fmt, ap);
	va_end(ap);
	if (s->verbose)
		fprintf(stderr, "%10.3f %s\n", (double)s->now.ns / 1e9,
		    l->text);
}

/* --- events --- */

static struct sim_event *
event(struct sim *s, enum event_kind kind, struct mono at, size_t len)
{
	struct sim_event *v = calloc(1, sizeof(*v) + len);

	if (v == NULL || heap_reserve(&s->heap, 1) == -1)
		abort();
	v->kind = kind;
	v->len = len;
	heap_set(&s->heap, &v->at, at.ns);
	return (v);
}

static struct sim_event *
dp_event(struct sim_end *e, enum event_kind kind, int64_t delay)
{
	struct sim *s = e->site->s;
	struct sim_event *v = event(s, kind, mono_add(s->now, delay), 0);

	v->end = e;
	v->site = e->site;
	v->boot = e->site->boot;
	return (v);
}

/* What the data path is told it does in that order. */
static int64_t
dp_delay(struct sim_end *e)
{
	struct mono now = e->site->s->now;

	e->dp_last.ns = now.ns + DP_NS > e->dp_last.ns ? now.ns + DP_NS :
	    e->dp_last.ns + 1;
	return (mono_sub(e->dp_last, now));
}

void
sim_dp_add(struct sim_end *e, const struct sa_spec *sa)
{
	struct sim_event *v = dp_event(e, EV_ADD, dp_delay(e));

	v->sa = *sa;
	v->life = e->site->ike_life;
}

void
sim_dp_del(struct sim_end *e, const struct sa_ref *ref)
{
	dp_event(e, EV_DEL, dp_delay(e))->ref = *ref;
}

void
sim_dp_old(struct sim_end *e, int64_t ns)
{
	(void)dp_event(e, EV_OLD, ns);
}

void
sim_dp_look(struct sim_end *e, int64_t ns)
{
	(void)dp_event(e, EV_LOOK, ns);
}

void
sim_timers(struct sim_site *t)
{
	struct heap *h = &t->s->heap;

	if (t->ike != NULL)
		heap_set(h, &t->ike_at, ike_engine_next(t->ike).ns);
	else
		heap_del(h, &t->ike_at);
	if (t->ospf != NULL)
		heap_set(h, &t->ospf_at, ospf_next(t->ospf).ns);
	else
		heap_del(h, &t->ospf_at);
}

/* --- underlay --- */

static uint16_t
nat_port(const struct sim_site *t, uint16_t port)
{
	return ((uint16_t)(NAT_PORTS + 20000 * (t->nat_epoch & 1) +
	    t->idx * 2 + (port == IKE_PORT_NATT)));
}

static struct addr
nat_addr(void)
{
	return (addr_v4(0xc0000201U));
}

/* Where a datagram as sent by t seems to come from. */
static void
seen_as(const struct sim_site *t, struct addr *src, uint16_t *port)
{
	if (!t->nat)
		return;
	*src = nat_addr();
	*port = nat_port(t, *port);
}

/* Who is meant by an address and a port, which NAT may change; NULL: nobody. */
static struct sim_site *
reach(struct sim *s, const struct addr *a, uint16_t *port)
{
	uint32_t v = addr_to_v4(a);
	struct sim_site *t;
	struct addr nat = nat_addr();

	if (addr_eq(a, &nat)) {
		if (*port < NAT_PORTS)
			return (NULL);
		v = (uint32_t)((*port - NAT_PORTS) % 20000);
		if (v / 2 >= s->n_sites)
			return (NULL);
		t = &s->site[v / 2];
		if (!t->nat || nat_port(t, (v & 1) != 0 ? IKE_PORT_NATT :
		    IKE_PORT) != *port)
			return (NULL);
		*port = (v & 1) != 0 ? IKE_PORT_NATT : IKE_PORT;
		return (t);
	}
	v -= addr_to_v4(&s->site[0].addr);
	return (v < s->n_sites && !s->site[v].nat ? &s->site[v] : NULL);
}

/* When a packet arrives that leaves e now; false: never. */
static bool
arrival(struct sim_end *e, struct mono *at)
{
	struct sim *s = e->site->s;
	struct sim_link *l = e->link;
	size_t dir = e == &l->end[0] ? 0 : 1;

	s->packets++;
	if (l->cut[dir] || (l->loss > 0 && sim_chance(s, l->loss)))
		return (false);
	*at = mono_add(s->now, l->delay);
	if (l->jitter > 0)
		*at = mono_add(*at, (int64_t)sim_random(s,
		    (uint64_t)l->jitter));
	else if (at->ns <= l->last[dir].ns)
		*at = mono_add(l->last[dir], 1);
	l->last[dir] = *at;
	return (true);
}

void
sim_forge(struct sim *s, const struct addr *src, uint16_t sport,
    struct sim_site *to, uint16_t dport, const void *data, size_t len,
    int64_t ms)
{
	struct sim_event *v = event(s, EV_IKE, mono_add(s->now, NS_MS(ms)),
	    len);

	v->site = to;
	v->src = *src;
	v->sport = sport;
	v->dport = dport;
	memcpy(v->data, data, len);
}

void
sim_udp(struct sim_site *from, const struct ike_tx *tx)
{
	struct sim *s = from->s;
	uint16_t sport = tx->local_port, dport = tx->remote_port;
	struct addr src = from->addr;
	struct sim_site *to = reach(s, &tx->remote, &dport);
	struct sim_event *v;
	struct sim_end *e;
	struct mono at;
	int copies;

	if (to == NULL || (e = from->to[to->idx]) == NULL)
		return;
	seen_as(from, &src, &sport);
	if (s->init_len == 0 && dport == IKE_PORT &&
	    tx->len <= sizeof(s->init)) {
		memcpy(s->init, tx->data, tx->len);
		s->init_len = tx->len;
	}
	for (copies = sim_chance(s, e->link->dup) ? 2 : 1; copies > 0;
	    copies--) {
		if (!arrival(e, &at))
			continue;
		v = event(s, EV_IKE, at, tx->len);
		v->site = to;
		v->src = src;
		v->sport = sport;
		v->dport = dport;
		memcpy(v->data, tx->data, tx->len);
	}
}

/* One copy of p; twin: its number, if there are two. */
static void
put_esp(struct sim_end *from, struct sim_site *to, const struct sim_packet *p,
    struct twin *twin)
{
	struct sim_event *v;
	struct mono at;

	if (!arrival(from, &at))
		return;
	v = event(from->site->s, EV_ESP, at, p->rx.len);
	v->site = to;
	v->end = from->other;
	v->esp = *p;
	memcpy(v->data, p->rx.data, p->rx.len);
	v->esp.rx.data = v->data;
	if (twin == NULL)
		return;
	v->twin = twin;
	v->esp.taken = &twin->taken;
	twin->refs++;
}

static void
untwin(struct twin *t)
{
	if (t != NULL && --t->refs == 0)
		free(t);
}

void
sim_esp(struct sim_end *from, struct sim_sa *sa, const struct ospf_tx *tx)
{
	struct sim_site *t = from->site, *to;
	struct sim_packet p = { .sa = sa->spec, .seq = ++sa->seq,
	    .src = t->addr, .sport = sa->spec.local_port };
	uint16_t dport = sa->spec.remote_port;
	struct twin *twin = NULL;

	t->esp_sent++;
	seen_as(t, &p.src, &p.sport);
	p.rx = (struct ospf_rx){ .src = tx->src, .dst = tx->dst, .ttl = 1,
	    .data = tx->data, .len = tx->len };
	to = reach(t->s, &sa->spec.remote, &dport);
	if (to != from->other->site)
		return;
	if (!sim_chance(t->s, from->link->dup)) {
		put_esp(from, to, &p, NULL);
		return;
	}
	if ((twin = calloc(1, sizeof(*twin))) == NULL)
		abort();
	twin->refs = 1;
	put_esp(from, to, &p, twin);
	put_esp(from, to, &p, twin);
	untwin(twin);
}

static void
event_free(struct sim_event *v)
{
	untwin(v->twin);
	free(v);
}

/* --- time --- */

static void
happen_dp(struct sim_event *v)
{
	if (!v->site->alive || v->boot != v->site->boot || !v->end->link->there)
		return;
	if (v->kind == EV_ADD)
		sim_sa_added(v->end, &v->sa, v->life);
	else if (v->kind == EV_DEL)
		sim_sa_deleted(v->end, &v->ref);
	else if (v->kind == EV_OLD)
		sim_sa_old(v->end);
	sim_sa_look(v->end);
}

static void
happen(struct sim_event *v)
{
	struct sim_site *t = v->site;
	struct ike_rx rx = { .local = t->addr, .remote = v->src,
	    .local_port = v->dport, .remote_port = v->sport, .data = v->data,
	    .len = v->len };

	switch (v->kind) {
	case EV_IKE:
		if (t->alive)
			sim_in_ike(t, &(struct ike_input){
			    .type = IKE_IN_DATAGRAM, .rx = &rx });
		break;
	case EV_ESP:
		if (t->alive)
			sim_in_esp(v->end, &v->esp);
		break;
	default:
		happen_dp(v);
		break;
	}
}

static struct sim_site *
owner(struct sim *s, const struct heap_node *n, bool *is_ike)
{
	const char *p = (const char *)n, *base = (const char *)s->site;
	size_t i;

	if (p < base || p >= base + s->n_sites * sizeof(*s->site))
		return (NULL);
	i = (size_t)(p - base) / sizeof(*s->site);
	*is_ike = n == &s->site[i].ike_at;
	return (&s->site[i]);
}

void
sim_run(struct sim *s, int64_t ms)
{
	struct mono end = mono_add(s->now, NS_MS(ms));
	struct sim_event *v;
	struct heap_node *n;
	struct sim_site *t;
	bool is_ike = false;

	while ((n = heap_top(&s->heap)) != NULL && n->key <= end.ns) {
		if (n->key > s->now.ns)
			s->now.ns = n->key;
		if ((t = owner(s, n, &is_ike)) != NULL) {
			if (is_ike)
				sim_in_ike(t, &(struct ike_input){
				    .type = IKE_IN_TICK });
			else
				sim_in_ospf(t, &(struct ospf_input){
				    .type = OSPF_IN_TICK });
			continue;
		}
		v = HEAP_OWNER(n, struct sim_event, at);
		heap_del(&s->heap, n);
		heap_release(&s->heap, 1);
		happen(v);
		event_free(v);
	}
	s->now = end;
}

void
sim_init(struct sim *s, size_t n_sites, size_t max_links)
{
	struct sim_site *t;
	size_t i;

	s->rng = s->seed;
	s->now.ns = NS_S(1000);
	s->n_sites = n_sites;
	s->site = calloc(n_sites, sizeof(*s->site));
	s->link = calloc(max_links, sizeof(*s->link));
	if (s->site == NULL || s->link == NULL ||
	    heap_reserve(&s->heap, 2 * n_sites) == -1)
		abort();
	for (i = 0; i < n_sites; i++) {
		t = &s->site[i];
		t->s = s;
		t->idx = i;
		t->stub_cost = SIM_STUB_COST;
		t->addr = addr_v4(0xc6120001U + (uint32_t)i);
		t->rid = 0x01000001U + (uint32_t)i;
		t->rng_state = seed_next(&s->rng);
		t->rng = (struct ike_rng){ .fill = seed_fill,
		    .ctx = &t->rng_state };
		t->n_ends = 1;
		t->ends = calloc(1, sizeof(*t->ends));
		t->to = calloc(n_sites, sizeof(*t->to));
		if (t->ends == NULL || t->to == NULL)
			abort();
	}
}

void
sim_free(struct sim *s)
{
	struct heap_node *n;
	size_t i;

	for (i = 0; i < s->n_sites; i++)
		if (s->site[i].alive)
			sim_crash(&s->site[i]);
	while ((n = heap_top(&s->heap)) != NULL) {
		heap_del(&s->heap, n);
		event_free(HEAP_OWNER(n, struct sim_event, at));
	}
	heap_free(&s->heap);
	for (i = 0; i < s->n_sites; i++) {
		free(s->site[i].ends);
		free(s->site[i].to);
		free(s->site[i].routes);
		free(s->site[i].keep);
	}
	free(s->site);
	free(s->link);
}
