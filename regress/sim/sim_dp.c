/* SPDX-License-Identifier: ISC */
/*
 * See sim.h.  The data path of an end: its SAs, what comes in under them and
 * what goes out, and the interface that is up as long as there is one to send
 * under.  The replay window is esp's own.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sim.h"

#define DOWN_NS		NS_MS(300)	/* as main waits for a successor */
#define OLD_SA_NS	NS_S(10)
#define DEAF_PACKETS	2		/* as in esp */
#define DEAF_NS		NS_S(12)

/* --- packets --- */

void
sim_evidence(struct sim_end *e, enum evidence what, const struct sa_spec *sa,
    const struct addr *src, uint16_t sport)
{
	struct sa_evidence v = { .what = what, .dir = SA_IN };

	if (what != EVID_UNKNOWN_SPI)
		v.tid = e->tid;
	if (sa != NULL)
		v.spi = sa->spi;
	if (src != NULL) {
		v.remote = *src;
		v.remote_port = sport;
	}
	sim_in_ike(e->site, &(struct ike_input){ .type = IKE_IN_EVIDENCE,
	    .evidence = &v });
}

/* Once a second at most, as esp does. */
static bool
limited(struct sim_end *e, struct mono *at)
{
	if (!mono_due(*at, e->site->s->now))
		return (true);
	*at = mono_add(e->site->s->now, NS_S(1));
	return (false);
}

/* As esp says it, but that it probes. */
static void
deaf(struct sim_end *e)
{
	struct mono now = e->site->s->now;

	if (e->unheard < DEAF_PACKETS || e->out == NULL ||
	    mono_sub(now, e->unheard_since) < DEAF_NS)
		return;
	e->deaf = true;
	e->unheard = DEAF_PACKETS - 1;
	e->unheard_since = now;
	sim_evidence(e, EVID_DEAF, &e->out->spec, NULL, 0);
}

void
sim_out_esp(struct sim_end *e, const struct ospf_tx *tx)
{
	if (e->out != NULL) {
		sim_esp(e, e->out, tx);
		if (e->unheard++ == 0)
			e->unheard_since = e->site->s->now;
		deaf(e);
	} else if (!limited(e, &e->told_no_sa))
		sim_evidence(e, EVID_NO_SA, NULL, NULL, 0);
}

/* Of another key, or of none. */
static void
refuse(struct sim_end *e, const struct sim_packet *p)
{
	e->other->site->esp_lost += sim_usable(e->link);
	sim_say(e->site->s, "s%zu %s ESP with SPI %08x refused", e->site->idx,
	    e->ike.name, p->sa.spi);
	if (!limited(e, &e->told_unknown))
		sim_evidence(e, EVID_UNKNOWN_SPI, &p->sa, &p->src, p->sport);
}

/* The peer's NAT gave it another port: answers go there, as from esp. */
static void
follow(struct sim_end *e, const struct sim_sa *in, const struct sim_packet *p)
{
	struct addr was = in->spec.remote;
	uint16_t port = in->spec.remote_port;
	struct sim_sa *lists[2] = { e->in, e->out }, *a;
	int i;

	for (i = 0; i < 2; i++)
		for (a = lists[i]; a != NULL; a = a->next)
			if (a->spec.udp && a->spec.remote_port == port &&
			    addr_eq(&a->spec.remote, &was)) {
				a->spec.remote = p->src;
				a->spec.remote_port = p->sport;
			}
}

/* A copy of what was let in already is not let in: that is the window's. */
static void
twice(struct sim_end *e, const struct sim_packet *p)
{
	struct sim *s = e->site->s;

	if (p->taken == NULL || !*p->taken || s->wrong[0] != '\0')
		return;
	(void)snprintf(s->wrong, sizeof(s->wrong), "s%zu %s took number %llu "
	    "of SPI %08x twice", e->site->idx, e->ike.name,
	    (unsigned long long)p->seq, p->sa.spi);
}

void
sim_in_esp(struct sim_end *e, const struct sim_packet *p)
{
	struct ospf_rx in = p->rx;
	struct sim_sa *a;
	bool newest;

	sim_sa_look(e);
	for (a = e->in; a != NULL && a->spec.spi != p->sa.spi; a = a->next)
		;
	if (a == NULL || !seed_same_keys(&a->spec, &p->sa) ||
	    a->spec.udp != p->sa.udp) {
		refuse(e, p);
		return;
	}
	if (!replay_check(&a->replay, p->seq) &&
	    e->site->s->broken != BREAK_REPLAY) {
		e->site->esp_replayed++;
		return;
	}
	newest = p->seq > a->replay.top;
	replay_update(&a->replay, p->seq);
	twice(e, p);
	if (p->taken != NULL)
		*p->taken = true;
	e->unheard = 0;
	if (!a->first || e->deaf) {
		a->first = true;
		e->deaf = false;
		sim_evidence(e, EVID_FIRST_IN, &a->spec, &p->src, p->sport);
	}
	if (newest && a->spec.udp && (!addr_eq(&a->spec.remote, &p->src) ||
	    a->spec.remote_port != p->sport)) {
		follow(e, a, p);
		sim_evidence(e, EVID_MOVED, &a->spec, &p->src, p->sport);
	}
	in.iid = e->tid;
	sim_in_ospf(e->site, &(struct ospf_input){ .type = OSPF_IN_PACKET,
	    .rx = &in });
}

/* --- SAs --- */

/* The interface follows the outbound SA. */
static void
set_up(struct sim_end *e, bool up)
{
	struct ospf_link l = { .iid = e->tid, .up = up, .mtu = e->ospf.mtu,
	    .ifindex = e->ospf.ifindex };

	if (e->ospf.up == up)
		return;
	e->ospf.up = up;
	sim_in_ospf(e->site, &(struct ospf_input){ .type = OSPF_IN_LINK,
	    .link = &l });
}

static bool
drop_sa(struct sim_sa **list, bool (*which)(const struct sim_sa *, void *),
    void *ctx)
{
	struct sim_sa *a;
	bool any = false;

	while ((a = *list) != NULL) {
		if (!which(a, ctx)) {
			list = &a->next;
			continue;
		}
		any = true;
		*list = a->next;
		free(a);
	}
	return (any);
}

static bool
is_hard(const struct sim_sa *a, void *now)
{
	return (mono_due(a->hard, *(const struct mono *)now));
}

static bool
is_spi(const struct sim_sa *a, void *spi)
{
	return (a->spec.spi == *(const uint32_t *)spi);
}

static bool
is_old(const struct sim_sa *a, void *life)
{
	return (a->life != *(const unsigned int *)life);
}

static bool
is_any(const struct sim_sa *a, void *ctx)
{
	(void)a;
	(void)ctx;
	return (true);
}

void
sim_sa_flush(struct sim_end *e)
{
	(void)drop_sa(&e->in, is_any, NULL);
	(void)drop_sa(&e->out, is_any, NULL);
	e->ospf.up = false;
	e->deaf = false;
	e->unheard = 0;
	e->look = (struct mono){ 0 };
}

/* At the next hard limit, unless something is to happen earlier. */
static void
look_again(struct sim_end *e)
{
	struct sim_sa *lists[2] = { e->in, e->out }, *a;
	struct mono now = e->site->s->now, next = MONO_NEVER;
	int i;

	for (i = 0; i < 2; i++)
		for (a = lists[i]; a != NULL; a = a->next)
			next = mono_min(next, a->hard);
	if (next.ns == MONO_NEVER.ns || (e->look.ns <= next.ns &&
	    !mono_due(e->look, now)))
		return;
	e->look = next;
	sim_dp_look(e, mono_sub(next, now));
}

void
sim_sa_look(struct sim_end *e)
{
	struct mono now = e->site->s->now;
	bool had = e->out != NULL, in, out;

	in = drop_sa(&e->in, is_hard, &now);
	out = drop_sa(&e->out, is_hard, &now);
	if (in || out)
		sim_evidence(e, EVID_HARD, NULL, NULL, 0);
	if (e->out != NULL)
		set_up(e, true);
	else if (had)
		e->out_lost = now;
	if (e->out == NULL && mono_sub(now, e->out_lost) >= DOWN_NS)
		set_up(e, false);
	else if (e->out == NULL && e->ospf.up)
		sim_dp_look(e, DOWN_NS);
	if (mono_due(e->look, now))
		look_again(e);
}

void
sim_sa_added(struct sim_end *e, const struct sa_spec *spec, unsigned int life)
{
	struct sim_site *t = e->site;
	struct sim_sa *a = calloc(1, sizeof(*a)), **at;
	struct sa_done d = { .tid = spec->tid, .dir = spec->dir,
	    .spi = spec->spi };

	if (a == NULL)
		abort();
	if (spec->tid != e->tid) {	/* it was configured anew meanwhile */
		free(a);
		return;
	}
	a->spec = *spec;
	a->life = life;
	a->hard = spec->hard_s == 0 ? MONO_NEVER :
	    mono_add(t->s->now, NS_S((int64_t)spec->hard_s));
	replay_init(&a->replay, spec->replay_window);
	at = spec->dir == SA_IN ? &e->in : &e->out;
	a->next = *at;
	*at = a;
	e->unheard = 0;
	look_again(e);
	if (spec->dir == SA_OUT)
		sim_dp_old(e, OLD_SA_NS);
	sim_in_ike(t, &(struct ike_input){ .type = IKE_IN_SA_DONE,
	    .sa_done = &d });
}

void
sim_sa_deleted(struct sim_end *e, const struct sa_ref *r)
{
	uint32_t spi = r->spi;
	bool had = e->out != NULL;

	if (e->site->s->broken == BREAK_SA && r->dir == SA_IN)
		return;
	(void)drop_sa(r->dir == SA_IN ? &e->in : &e->out, is_spi, &spi);
	if (had && e->out == NULL)
		e->out_lost = e->site->s->now;
}

void
sim_sa_old(struct sim_end *e)
{
	unsigned int life = e->site->ike_life;

	if (e->out == NULL || e->out->life != life)
		return;
	(void)drop_sa(&e->in, is_old, &life);
	(void)drop_sa(&e->out, is_old, &life);
}
