/* SPDX-License-Identifier: ISC */
/* runs in: ike.  See ike_engine.h and, for the files, ike_int.h. */
#include <stdlib.h>
#include <string.h>

#include "ike/ike_int.h"

#define HALF_OPEN_MAX	4096
#define COOKIE_AT	64
#define QUEUE_MAX	8192

void
ike_drop(struct ike_engine *e, enum ike_drop why)
{
	e->stats.drops[why]++;
}

void
ike_random(struct ike_engine *e, void *p, size_t len)
{
	e->par.rng->fill(e->par.rng->ctx, p, len);
}

int64_t
ike_jitter(struct ike_engine *e, int64_t ns, unsigned int percent)
{
	int64_t span = ns / 100 * percent;
	uint64_t r;

	if (span <= 0)
		return (ns);
	ike_random(e, &r, sizeof(r));
	return (ns - span + (int64_t)(r % (uint64_t)(2 * span)));
}

struct mono
ike_again(struct ike_engine *e, struct mono hard, int64_t ns)
{
	int64_t left = hard.ns == MONO_NEVER.ns ? ns : mono_sub(hard, e->now);

	return (mono_add(e->now, ike_jitter(e, ns < left / 3 ? ns : left / 3,
	    30)));
}

void
ike_timer_init(struct ike_timer *tm,
    void (*fire)(struct ike_engine *, void *), void *owner)
{
	memset(tm, 0, sizeof(*tm));
	tm->fire = fire;
	tm->owner = owner;
}

void
ike_timer_at(struct ike_engine *e, struct ike_timer *tm, struct mono at)
{
	if (at.ns == MONO_NEVER.ns)
		heap_del(&e->heap, &tm->node);
	else
		heap_set(&e->heap, &tm->node, at.ns);
}

static int
tables_init(struct ike_engine *e)
{
	struct tab *tabs[] = { &e->by_tid, &e->by_addr, &e->by_id, &e->by_spi,
	    &e->by_peer, &e->by_req, &e->by_child };
	size_t i;

	for (i = 0; i < sizeof(tabs) / sizeof(tabs[0]); i++)
		if (tab_init(tabs[i], e->seed) == -1)
			return (-1);
	return (0);
}

struct ike_engine *
ike_engine_new(const struct ike_params *p, struct mono now)
{
	struct ike_engine *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return (NULL);
	e->par = *p;
	if (e->par.max_half_open == 0)
		e->par.max_half_open = HALF_OPEN_MAX;
	if (e->par.cookie_at == 0)
		e->par.cookie_at = COOKIE_AT;
	if (e->par.max_queue == 0)
		e->par.max_queue = QUEUE_MAX;
	e->now = now;
	TAILQ_INIT(&e->tuns);
	TAILQ_INIT(&e->strays);
	TAILQ_INIT(&e->out);
	ike_random(e, &e->seed, sizeof(e->seed));
	ike_random(e, e->cookie_key, sizeof(e->cookie_key));
	e->cookie_rolled = now;
	half_init(e);
	e->vain = ratelimit_make(NS_MS(100), 64);
	e->unknown_rl = ratelimit_make(NS_S(60), 5);
	e->cookies_until = now;
	if (tables_init(e) == -1) {
		ike_engine_free(e);
		return (NULL);
	}
	return (e);
}

void
ike_engine_free(struct ike_engine *e)
{
	struct ike_sa *s;
	struct tun *t;

	if (e == NULL)
		return;
	e->done = true;
	while ((t = TAILQ_FIRST(&e->tuns)) != NULL)
		tun_free(e, t);
	while ((s = TAILQ_FIRST(&e->strays)) != NULL)
		sa_free(e, s);
	out_free(e);
	heap_free(&e->heap);
	tab_free(&e->by_tid);
	tab_free(&e->by_addr);
	tab_free(&e->by_id);
	tab_free(&e->by_spi);
	tab_free(&e->by_peer);
	tab_free(&e->by_req);
	tab_free(&e->by_child);
	wipe(e, sizeof(*e));
	free(e);
}

const struct ike_stats *
ike_engine_stats(const struct ike_engine *e)
{
	return (&e->stats);
}

void
ike_engine_count(const struct ike_engine *e, size_t *half_open, size_t *ikes,
    size_t *children)
{
	*half_open = e->n_half;
	*ikes = e->n_sas;
	*children = e->n_children;
}

bool
ike_engine_tally(const struct ike_engine *e, uint32_t tid,
    struct ike_tally *n)
{
	const struct tun *t = tun_find(e, tid);
	const struct ike_sa *s;
	const struct child *c;

	memset(n, 0, sizeof(*n));
	if (t == NULL)
		return (false);
	TAILQ_FOREACH(s, &t->sas, entry) {
		n->ikes++;
		n->begun += s->state <= SA_VERIFY;
		n->half_open += s->source != NULL;
	}
	TAILQ_FOREACH(c, &t->children, entry)
		n->children++;
	return (true);
}

struct mono
ike_engine_next(const struct ike_engine *e)
{
	struct heap_node *n = heap_top(&e->heap);
	struct mono next = n == NULL ? MONO_NEVER : (struct mono){ n->key };

	if (e->ending && !e->done)
		next = mono_min(next, e->end_at);
	return (next);
}

/* Everything that is due; what fires arms itself for later. */
static void
run_timers(struct ike_engine *e)
{
	struct heap_node *n;
	struct ike_timer *tm;

	while ((n = heap_top(&e->heap)) != NULL && n->key <= e->now.ns) {
		tm = HEAP_OWNER(n, struct ike_timer, node);
		heap_del(&e->heap, n);
		tm->fire(e, tm->owner);
	}
	if (e->ending && !e->done &&
	    (e->n_sas == 0 || mono_due(e->end_at, e->now))) {
		e->done = true;
		out_done(e);
	}
}

static void
commit(struct ike_engine *e)
{
	struct tun *t;

	e->holding = false;
	TAILQ_FOREACH(t, &e->tuns, entry)
		tun_arm(e, t);
}

static void
shut_down(struct ike_engine *e)
{
	struct ike_sa *s, *next;
	struct tun *t;

	e->ending = true;
	e->end_at = mono_add(e->now, SHUTDOWN_NS);
	TAILQ_FOREACH(t, &e->tuns, entry) {
		for (s = TAILQ_FIRST(&t->sas); s != NULL; s = next) {
			next = TAILQ_NEXT(s, entry);
			sa_delete(e, s);
		}
		tun_arm(e, t);
	}
	while ((s = TAILQ_FIRST(&e->strays)) != NULL)
		sa_free(e, s);
}

/* An answer of keys finds its question, unless that is no more. */
static void
keys_answer(struct ike_engine *e, const struct keys_done *k, bool verify)
{
	struct ike_sa *s = tab_get(&e->by_req, k->req);

	if (s == NULL || s->ask_verify != verify)
		return;
	tab_del(&e->by_req, &s->by_req);
	s->ask = 0;
	if (verify)
		auth_verified(e, s, k);
	else
		auth_signed(e, s, k);
}

/* keys is new: it knows nothing of what was asked. */
static void
keys_up(struct ike_engine *e)
{
	struct ike_sa *s, *next;
	struct tun *t;

	TAILQ_FOREACH(t, &e->tuns, entry) {
		for (s = TAILQ_FIRST(&t->sas); s != NULL; s = next) {
			next = TAILQ_NEXT(s, entry);
			if (s->ask != 0)
				sa_ask(e, s, s->ask_verify);
		}
	}
}

void
ike_engine_step(struct ike_engine *e, struct mono now,
    const struct ike_input *in)
{
	e->now = now;
	switch (in->type) {
	case IKE_IN_DATAGRAM:
		ike_receive(e, in->rx);
		break;
	case IKE_IN_UNREACH:
		tun_unreach(e, in->unreach);
		break;
	case IKE_IN_BEGIN:
		e->holding = true;
		break;
	case IKE_IN_COMMIT:
		commit(e);
		break;
	case IKE_IN_TUNNEL:
		tun_set(e, in->tunnel);
		break;
	case IKE_IN_TUNNEL_DEL:
		tun_del(e, in->tid);
		break;
	case IKE_IN_SA_DONE:
		child_sa_done(e, in->sa_done);
		break;
	case IKE_IN_EVIDENCE:
		tun_evidence(e, in->evidence);
		break;
	case IKE_IN_KICK:
		tun_kick(e, in->kick);
		break;
	case IKE_IN_AUTH_DONE:
	case IKE_IN_VERIFY_DONE:
		keys_answer(e, in->keys, in->type == IKE_IN_VERIFY_DONE);
		break;
	case IKE_IN_KEYS_UP:
		keys_up(e);
		break;
	case IKE_IN_SHUTDOWN:
		shut_down(e);
		break;
	case IKE_IN_TICK:
	case IKE_IN_N:
		break;
	}
	run_timers(e);
}
