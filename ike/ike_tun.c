/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  What a tunnel wants: one IKE SA and one child in use.  It is
 * begun at once, tried again with patience, and of what both ends made twice
 * one is kept.  See ike_told.c for what others say of it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike_int.h"
#include "lib/hash.h"

#define PEER_FIRST	NS_S(2)		/* a handshake of theirs has so long */
#define RENEW_GAP	NS_S(60)	/* of tun_renew() */
#define CHILD_LOOK	NS_S(2)		/* what became of one on its way */

static void	tun_fire(struct ike_engine *, void *);

uint64_t
tun_addr_key(const struct ike_engine *e, const struct addr *a)
{
	return (hash_bytes(e->seed ^ a->family, a->b, sizeof(a->b)));
}

struct tun *
tun_find(const struct ike_engine *e, uint32_t tid)
{
	return (tab_get(&e->by_tid, tid));
}

struct ike_sa *
tun_sa(const struct tun *t)
{
	struct ike_sa *s, *lost = NULL;

	/* the newest; one that does not answer only when there is no other */
	TAILQ_FOREACH_REVERSE(s, &t->sas, sa_list, entry) {
		if (s->state != SA_UP)
			continue;
		if (!s->lost)
			return (s);
		if (lost == NULL)
			lost = s;
	}
	return (lost);
}

/* --- configuration --- */

static void
index_tun(struct ike_engine *e, struct tun *t)
{
	const struct ike_ident *id = &t->cfg.remote_id;

	tab_del(&e->by_addr, &t->by_addr);
	tab_del(&e->by_id, &t->by_id);
	tab_put(&e->by_addr, &t->by_addr, tun_addr_key(e, &t->cfg.remote), t);
	tab_put(&e->by_id, &t->by_id, auth_id_key(e, id->type, id->data,
	    id->n_data), t);
}

void
tun_set(struct ike_engine *e, const struct ike_tunnel *cfg)
{
	struct tun *t = tun_find(e, cfg->tid);
	struct ike_sa *s;
	bool dpd;

	if (cfg->n_ike == 0 || cfg->n_esp == 0)
		return;
	if (t == NULL) {
		if (heap_reserve(&e->heap, 1) == -1)
			return;
		if ((t = calloc(1, sizeof(*t))) == NULL) {
			heap_release(&e->heap, 1);
			ike_drop(e, IKE_D_MEMORY);
			return;
		}
		TAILQ_INIT(&t->sas);
		TAILQ_INIT(&t->children);
		ike_timer_init(&t->timer, tun_fire, t);
		t->child_at = t->prune_at = t->undeaf_at = MONO_NEVER;
		t->try_at = e->now;
		t->probed = mono_add(e->now, -PROBE_GAP);
		t->fails_rl = ratelimit_make(NS_S(5), 20);
		t->rekey_asked = e->now;
		t->udp_tried = mono_add(e->now, -UDP_AGAIN);
		t->renewed = mono_add(e->now, -RENEW_GAP);
		t->version1 = mono_add(e->now, -VERSION1_NS);
		tab_put(&e->by_tid, &t->by_tid, cfg->tid, t);
		TAILQ_INSERT_TAIL(&e->tuns, t, entry);
	}
	dpd = t->cfg.dpd_s != cfg->dpd_s;
	t->cfg = *cfg;
	t->told.tid = cfg->tid;
	index_tun(e, t);
	TAILQ_FOREACH(s, &t->sas, entry)
		if (dpd && s->state == SA_UP) {
			sa_probe_later(e, s);
			sa_arm(e, s);
		}
	/* it may be that it begins now, where it waited for the peer */
	s = tun_sa(t);
	if (t->try_at.ns == MONO_NEVER.ns && (s == NULL || s->lost) &&
	    !tun_beginning(t))
		t->try_at = e->now;
	tun_arm(e, t);
}

/* Every SA; those that stand say DELETE once, without waiting. */
void
tun_free(struct ike_engine *e, struct tun *t)
{
	struct ike_sa *s;
	struct child *c;

	while ((s = TAILQ_FIRST(&t->sas)) != NULL)
		sa_free(e, s);
	while ((c = TAILQ_FIRST(&t->children)) != NULL)
		child_free(e, c);
	tab_del(&e->by_tid, &t->by_tid);
	tab_del(&e->by_addr, &t->by_addr);
	tab_del(&e->by_id, &t->by_id);
	ike_timer_at(e, &t->timer, MONO_NEVER);
	heap_release(&e->heap, 1);
	TAILQ_REMOVE(&e->tuns, t, entry);
	wipe(t, sizeof(*t));
	free(t);
}

void
tun_del(struct ike_engine *e, uint32_t tid)
{
	struct tun *t = tun_find(e, tid);
	struct ike_sa *s;

	if (t == NULL)
		return;
	TAILQ_FOREACH(s, &t->sas, entry)
		if (s->state == SA_UP && !s->lost)
			(void)info_send_delete(e, s);
	tun_free(e, t);
}

/* --- starting --- */

bool
tun_beginning(const struct tun *t)
{
	const struct ike_sa *s;

	TAILQ_FOREACH(s, &t->sas, entry)
		if (s->state <= SA_VERIFY)
			return (true);
	return (false);
}

void
tun_arm(struct ike_engine *e, struct tun *t)
{
	struct mono at = MONO_NEVER;

	if (!e->holding && !e->ending && !t->down) {
		at = mono_min(t->try_at, t->child_at);
		at = mono_min(at, t->prune_at);
		at = mono_min(at, t->undeaf_at);
	}
	ike_timer_at(e, &t->timer, at);
}

bool
tun_may_begin(const struct tun *t)
{
	return (t->cfg.start != START_RESPOND &&
	    t->cfg.remote.family != ADDR_NONE);
}

static bool
may_start(const struct tun *t)
{
	const struct ike_sa *s = tun_sa(t);

	return (!t->down && tun_may_begin(t) &&
	    (s == NULL || s->lost || t->restart));
}

/* The peer may not know yet that this one of its own stands: it would take what
 * we begin now for a crossing, where we would take it for the successor. */
static bool
unproven(const struct ike_sa *s)
{
	const struct child *c;

	if (s->state != SA_UP || s->initiator)
		return (false);
	TAILQ_FOREACH(c, &s->t->children, entry)
		if (c->sa == s && c->carried)
			return (false);
	return (true);
}

/* A handshake of ours is under way, or one of the peer's came just now: a
 * first message alone does not count, anybody can send that. */
bool
tun_under_way(const struct ike_engine *e, const struct tun *t)
{
	const struct ike_sa *s;

	if (tun_beginning(t))
		return (true);
	TAILQ_FOREACH(s, &t->sas, entry)
		if (((s->state > SA_HALF && s->state <= SA_R_CHILD) ||
		    unproven(s)) && mono_sub(e->now, s->begun) < PEER_FIRST)
			return (true);
	return (false);
}

void
tun_start(struct ike_engine *e, struct tun *t)
{
	t->try_at = MONO_NEVER;
	if (!may_start(t))
		return;
	if (tun_under_way(e, t)) {
		/* it may come to nothing */
		if (tun_beginning(t))
			return;
		t->try_at = mono_add(e->now, PEER_FIRST);
		return;
	}
	if (init_start(e, t))
		t->restart = false;
	else
		tun_retry(e, t);
}

void
tun_now(struct ike_engine *e, struct tun *t)
{
	t->try_at = e->now;
	tun_arm(e, t);
}

void
tun_retry(struct ike_engine *e, struct tun *t)
{
	int64_t wait = t->fails < 6 ? RETRY_FIRST << t->fails : RETRY_MAX;

	if (wait > RETRY_MAX)
		wait = RETRY_MAX;
	t->fails++;
	/* what was asked for is still wanted, whatever is up meanwhile */
	t->restart |= t->anew;
	if (!t->cfg.lower_id && t->cfg.start == START_AUTO &&
	    wait < HIGHER_WAIT)
		wait = HIGHER_WAIT;
	t->try_at = mono_add(e->now, ike_jitter(e, wait, 20));
	tun_tell(e, t);
	tun_arm(e, t);
}

bool
tun_childless(const struct tun *t)
{
	return (t->cur == NULL || t->cur->unknown || t->cur->sa != tun_sa(t));
}

void
tun_begun(struct tun *t, const struct ike_sa *s)
{
	t->fails = 0;
	if (t->anew && mono_sub(s->begun, t->asked) >= 0)
		t->anew = t->restart = false;
}

/* A child is wanted, unless one came, or is on its way: that may come to
 * nothing. */
static void
child_due(struct ike_engine *e, struct tun *t)
{
	struct ike_sa *s = tun_sa(t);

	t->child_at = MONO_NEVER;
	if (s == NULL || !tun_childless(t))
		return;
	if (child_coming(s)) {
		t->child_at = mono_add(e->now, CHILD_LOOK);
		return;
	}
	t->want_child = true;
	sa_run(e, s);
}

static void
tun_fire(struct ike_engine *e, void *owner)
{
	struct tun *t = owner;

	if (mono_due(t->prune_at, e->now)) {
		t->prune_at = MONO_NEVER;
		tun_prune(e, t, false);
	}
	if (mono_due(t->undeaf_at, e->now))
		tun_undeaf(e, t);
	if (mono_due(t->try_at, e->now))
		tun_start(e, t);
	if (mono_due(t->child_at, e->now))
		child_due(e, t);
	tun_arm(e, t);
}

/* --- two where one is wanted --- */

/*
 * Which of two goes; both ends must come to the same.  Those that one end began
 * follow each other.  Where each end began one, they crossed: the lowest nonce
 * goes (DESIGN 8), unless so much time lies between them that the older one
 * must be left from before.  One that has lost its child goes before one that
 * has it.
 */
static struct ike_sa *
loser(struct ike_sa *a, struct ike_sa *b)
{
	struct ike_sa *old = a->established.ns < b->established.ns ? a : b;
	const struct ike_sa *new = old == a ? b : a;

	if (a->lost != b->lost)
		return (a->lost ? a : b);
	if (a->outdated != b->outdated)
		return (a->outdated ? a : b);
	if (child_any(a) != child_any(b))
		return (child_any(a) ? b : a);
	/* who begins again has left what it began before: its first messages
	 * come in order, its proofs need not */
	if (a->initiator == b->initiator)
		return (a->begun.ns < b->begun.ns ? a : b);
	if (mono_sub(new->begun, old->established) > HALF_OPEN_NS)
		return (old);
	return (memcmp(a->low, b->low, LOW_LEN) < 0 ? a : b);
}

const char *
tun_offer_text(const struct proposal *v, uint16_t n, char *buf, size_t cap)
{
	char text[PROPOSAL_BRIEF_MAX];
	size_t used = 0;
	uint16_t i;

	buf[0] = '\0';
	for (i = 0; i < n; i++) {
		(void)proposal_brief(&v[i], text, sizeof(text));
		if (used + strlen(text) + (used > 0 ? 2 : 0) < cap)
			used += (size_t)snprintf(buf + used, cap - used,
			    "%s%s", used > 0 ? ", " : "", text);
	}
	return (buf);
}

/* One that was up before we began is no reason not to make another, when that
 * is what was asked for. */
bool
tun_outrun(const struct ike_sa *s)
{
	const struct ike_sa *o;

	TAILQ_FOREACH(o, &s->t->sas, entry)
		if (o != s && o->state == SA_UP && !o->lost && (!s->forced ||
		    o->established.ns >= s->begun.ns))
			return (true);
	return (false);
}

/* Whether o stood when s was begun. */
static bool
stood(const struct ike_sa *o, const struct ike_sa *s)
{
	return (o != s && o->state == SA_UP && (o->initiator == s->initiator ?
	    o->begun.ns < s->begun.ns : o->established.ns < s->begun.ns));
}

/* The peer knows of no other SA: what stood before is dead, and so is s where
 * one that the peer began after it was quicker. */
void
tun_contact(struct tun *t, struct ike_sa *s)
{
	struct ike_sa *o;

	TAILQ_FOREACH(o, &t->sas, entry)
		if (stood(o, s))
			o->lost = o->outdated = true;
		else if (o->contact && stood(s, o) && o->state == SA_UP &&
		    o->initiator == s->initiator)
			s->lost = s->outdated = true;
}

/* We began s though others stood, and said so with INITIAL_CONTACT. */
void
tun_supersede(struct tun *t, const struct ike_sa *s)
{
	struct ike_sa *o;

	TAILQ_FOREACH(o, &t->sas, entry)
		if (stood(o, s))
			o->outdated = true;
}

void
tun_prune(struct ike_engine *e, struct tun *t, bool carried)
{
	struct ike_sa *a, *b, *go = NULL;

	TAILQ_FOREACH(a, &t->sas, entry) {
		if (a->state != SA_UP || a->req.rival_sa != NULL)
			continue;
		for (b = TAILQ_NEXT(a, entry); b != NULL;
		    b = TAILQ_NEXT(b, entry)) {
			if (b->state != SA_UP || b->req.rival_sa != NULL)
				continue;
			go = loser(a, b);
			/* not before the other one carries traffic */
			if (child_works(go == a ? b : a, carried))
				break;
			go = NULL;
		}
		if (go != NULL)
			break;
	}
	if (go == NULL)
		return;
	if (a->initiator != b->initiator && !go->lost)
		e->stats.collisions++;
	sa_delete(e, go);
	tun_tell(e, t);
	tun_prune(e, t, carried);
}

size_t
tun_n_up(const struct tun *t)
{
	const struct ike_sa *s;
	size_t n = 0;

	TAILQ_FOREACH(s, &t->sas, entry)
		n += s->state == SA_UP;
	return (n);
}

size_t
tun_n_sas(const struct tun *t)
{
	const struct ike_sa *s;
	size_t n = 0;

	TAILQ_FOREACH(s, &t->sas, entry)
		n += s->state >= SA_UP && s->state < SA_GONE;
	return (n);
}

static unsigned int
worth(const struct ike_sa *s)
{
	return ((s->lost ? 0 : 2) + child_any(s));
}

void
tun_crowd(struct ike_engine *e, struct tun *t, const struct ike_sa *new)
{
	struct ike_sa *s, *go;

	while (tun_n_sas(t) > SAS_MAX) {
		go = NULL;
		TAILQ_FOREACH(s, &t->sas, entry)
			if (s != new && s->state >= SA_UP &&
			    s->state < SA_GONE &&
			    (go == NULL || worth(s) < worth(go)))
				go = s;
		if (go->state == SA_UP && !go->lost)
			(void)info_send_delete(e, go);
		sa_free(e, go);
	}
}

void
tun_prune_later(struct ike_engine *e, struct tun *t)
{
	if (tun_n_up(t) <= 1)
		return;
	t->prune_at = mono_add(e->now, PRUNE_NS);
	tun_arm(e, t);
}

void
tun_child_up(struct ike_engine *e, struct tun *t, struct child *c)
{
	char text[PROPOSAL_TEXT_MAX];

	/* what the data path heard was of the one before */
	tun_deaf_forget(t);
	t->child_at = MONO_NEVER;
	t->want_child = t->auth_refused = false;
	t->renewed = mono_add(e->now, -RENEW_GAP);
	t->took = c->suite;
	if (c->form.mode != t->cfg.mode)
		tun_reason(e, t, IKE_R_MODE, "%s", ipsec_mode_names[c->form.mode]);
	else if (t->reason != IKE_R_NONE) {
		t->reason = IKE_R_NONE;
		t->facts[0] = '\0';
	}
	out_event(e, t, c->replaces != 0 ? "child-rekey" : "child-up",
	    "%.100s %s%s", ike_child_text(&c->suite, text),
	    ipsec_mode_names[c->form.mode], c->sa->udp ? " udp" : "");
	tun_prune_later(e, t);
	tun_tell(e, t);
	tun_arm(e, t);
}

void
tun_child_lost(struct ike_engine *e, struct tun *t)
{
	if (t->cur != NULL)
		return;
	t->child_at = mono_add(e->now, ike_jitter(e, t->cfg.lower_id ?
	    NS_S(1) : NS_S(3), 20));
	tun_arm(e, t);
}

void
tun_renew(struct ike_engine *e, struct tun *t)
{
	if (mono_sub(e->now, t->renewed) < RENEW_GAP || t->auth_refused ||
	    !tun_may_begin(t))
		return;
	t->renewed = e->now;
	t->restart = true;
	tun_now(e, t);
}

void
tun_sa_lost(struct ike_engine *e, struct tun *t, enum ike_reason r)
{
	struct ike_sa *s;

	tun_reason(e, t, r, NULL);
	TAILQ_FOREACH(s, &t->sas, entry)
		if (s->state == SA_UP && !s->lost)
			break;
	tun_prune_later(e, t);
	tun_tell(e, t);
	out_event(e, t, "ike-down", "%s", ike_reason_names[r]);
	/* the peer ended it: who is meant to begin begins */
	if (r == IKE_R_DELETED) {
		t->fails = 0;
		tun_retry(e, t);
	} else
		tun_now(e, t);
}
