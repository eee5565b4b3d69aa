/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  Child SAs and the data path.  The inbound SA is installed
 * before the peer may use it, the outbound one when the peer is known to have
 * its own; an old pair goes after its successor works.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/ike_int.h"

#define SPI_MIN		0x1000
#define CHILDREN_MAX	32	/* of a tunnel, before the peer gets no more */

static void	child_fire(struct ike_engine *, void *);

void
spi_bytes(uint8_t out[static 4], uint32_t spi)
{
	out[0] = (uint8_t)(spi >> 24);
	out[1] = (uint8_t)(spi >> 16);
	out[2] = (uint8_t)(spi >> 8);
	out[3] = (uint8_t)spi;
}

struct child *
child_by_in(struct ike_engine *e, uint32_t spi)
{
	return (tab_get(&e->by_child, spi));
}

struct child *
child_by_out(struct ike_sa *s, uint32_t spi)
{
	struct child *c;

	TAILQ_FOREACH(c, &s->t->children, entry)
		if (c->sa == s && c->spi_out == spi && c->state != CH_NEW)
			return (c);
	return (NULL);
}

bool
child_works(const struct ike_sa *s, bool carried)
{
	const struct child *c;

	TAILQ_FOREACH(c, &s->t->children, entry)
		if (c->sa == s && c->state == CH_UP && c->out &&
		    (c->carried || !carried))
			return (true);
	return (false);
}

bool
child_any(const struct ike_sa *s)
{
	const struct child *c;

	TAILQ_FOREACH(c, &s->t->children, entry)
		if (c->sa == s && c->state < CH_DELETING)
			return (true);
	return (false);
}

bool
child_coming(const struct ike_sa *s)
{
	const struct child *c;

	TAILQ_FOREACH(c, &s->t->children, entry)
		if (c->sa == s && c->state < CH_UP)
			return (true);
	return (false);
}

bool
child_crowded(const struct tun *t)
{
	const struct child *c;
	size_t n = 0;

	TAILQ_FOREACH(c, &t->children, entry)
		n++;
	return (n >= CHILDREN_MAX);
}

/* What comes from a peer is told apart by our SPI, what goes to it by its own:
 * no two may be the same. */
static bool
spi_taken(const struct child *c, uint32_t spi)
{
	const struct child *o;

	TAILQ_FOREACH(o, &c->t->children, entry)
		if (o != c && o->state < CH_DELETING && o->spi_out == spi)
			return (true);
	return (false);
}

bool
child_has_heir(const struct child *c)
{
	const struct child *h;

	TAILQ_FOREACH(h, &c->t->children, entry)
		if (h->replaces == c->spi_in && h->state < CH_UP)
			return (true);
	return (false);
}

struct child *
child_new(struct ike_engine *e, struct tun *t, struct ike_sa *s,
    bool initiator)
{
	struct child *c;

	if (heap_reserve(&e->heap, 1) == -1)
		return (NULL);
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		heap_release(&e->heap, 1);
		return (NULL);
	}
	ike_timer_init(&c->timer, child_fire, c);
	c->t = t;
	c->sa = s;
	c->initiator = initiator;
	c->at = c->soft = c->hard = MONO_NEVER;
	c->begun = c->created = e->now;
	do
		ike_random(e, &c->spi_in, sizeof(c->spi_in));
	while (c->spi_in < SPI_MIN || child_by_in(e, c->spi_in) != NULL);
	tab_put(&e->by_child, &c->by_spi, c->spi_in, c);
	TAILQ_INSERT_TAIL(&t->children, c, entry);
	e->n_children++;
	return (c);
}

static void
del(struct ike_engine *e, struct child *c, enum sa_dir dir)
{
	struct sa_ref r = { .tid = c->t->cfg.tid, .dir = dir,
	    .spi = dir == SA_IN ? c->spi_in : c->spi_out };
	bool *there = dir == SA_IN ? &c->in : &c->out;

	if (*there)
		out_sa_del(e, &r);
	*there = false;
}

/* It sends no more: another one, the newest, is in use, if only in a moment,
 * and stays.  Where there is none one is wanted, whatever is on its way. */
static void
step_down(struct ike_engine *e, struct child *c)
{
	struct tun *t = c->t;
	struct child *o;

	if (t->cur != c)
		return;
	t->cur = NULL;
	TAILQ_FOREACH_REVERSE(o, &t->children, child_list, entry)
		if (o != c && o->out && (o->state == CH_UP ||
		    o->state == CH_OUT)) {
			t->cur = o;
			o->at = MONO_NEVER;
			child_arm(e, o);
			break;
		}
	tun_child_lost(e, t);
	tun_tell(e, t);
}

/* What requests and answers under way keep of it. */
static void
forget(struct child *c)
{
	struct ike_sa *s;

	TAILQ_FOREACH(s, &c->t->sas, entry) {
		if (s->req.child == c)
			s->req.child = NULL;
		if (s->req.old == c)
			s->req.old = NULL;
		if (s->req.rival == c)
			s->req.rival = NULL;
		if (s->pend.child == c)
			s->pend.child = NULL;
	}
}

void
child_free(struct ike_engine *e, struct child *c)
{
	struct tun *t = c->t;

	resp_release(e, c);
	forget(c);
	del(e, c, SA_OUT);
	del(e, c, SA_IN);
	c->state = CH_LINGER;
	step_down(e, c);
	tab_del(&e->by_child, &c->by_spi);
	ike_timer_at(e, &c->timer, MONO_NEVER);
	heap_release(&e->heap, 1);
	TAILQ_REMOVE(&t->children, c, entry);
	wipe(c, sizeof(*c));
	free(c);
	e->n_children--;
	tun_prune_later(e, t);
}

void
child_arm(struct ike_engine *e, struct child *c)
{
	struct mono at = c->at;

	if (c->state == CH_UP) {
		at = mono_min(at, c->hard);
		if (!c->want_rekey && c == c->t->cur)
			at = mono_min(at, c->soft);
	}
	ike_timer_at(e, &c->timer, at);
}

/* The old one of a pair that was replaced, if it is still here. */
static struct child *
replaced(struct ike_engine *e, const struct child *c)
{
	struct child *o = c->replaces == 0 ? NULL :
	    child_by_in(e, c->replaces);

	return (o != NULL && o->t == c->t ? o : NULL);
}

static void
child_fire(struct ike_engine *e, void *owner)
{
	struct child *c = owner;
	struct tun *t = c->t;

	switch (c->state) {
	case CH_WAIT:
		c->at = MONO_NEVER;
		/* its initiator may have given it up for the newer one */
		if (t->cur == NULL || (mono_sub(c->begun, t->cur->begun) >= 0 &&
		    !c->sa->outdated))
			child_switch(e, c);
		else if (t->cur->sa == c->sa)
			child_delete(e, c);
		return;
	case CH_DELETING:
	case CH_LINGER:
		child_free(e, c);
		return;
	case CH_UP:
		break;
	default:
		return;
	}
	if (mono_due(c->hard, e->now)) {
		tun_reason(e, t, IKE_R_EXPIRED, "child SA");
		child_free(e, c);
		tun_child_lost(e, t);
		return;
	}
	if (mono_due(c->at, e->now)) {
		child_delete(e, c);
		return;
	}
	if (mono_due(c->soft, e->now) && c == t->cur) {
		c->want_rekey = true;
		c->soft = mono_add(e->now, AGAIN_NS);
		sa_run(e, c->sa);
	}
	child_arm(e, c);
}

/* When the life of a child that is made now began: the responder may have made its
 * end as soon as we asked first. */
static struct mono
born(const struct ike_engine *e, const struct child *c, int64_t life)
{
	struct mono least = mono_add(e->now, -(life / 4));

	return (!c->initiator ? e->now : mono_sub(c->begun, least) > 0 ?
	    c->begun : least);
}

/* How long after that it is rekeyed.  What the line loses of the exchange takes
 * seconds: where the life is short, hundredths of it are not time enough. */
static int64_t
soft_after(int64_t life, bool initiator)
{
	int64_t margin = life / 100 * (initiator ? 15 : 6);
	int64_t least = initiator ? NS_S(4) : NS_S(2);
	int64_t most = life / 100 * (initiator ? 35 : 20);

	if (margin < least)
		margin = least < most ? least : most;
	return (life - margin);
}

bool
child_agree(struct ike_engine *e, struct child *c,
    const struct ike_chosen *ch, struct ike_span ni, struct ike_span nr,
    const struct secret *g_ir)
{
	const struct ike_tunnel *cfg = &c->t->cfg;
	struct ike_seed seed = { .ni = ni, .nr = nr };
	int64_t life = NS_S(cfg->child_life_s);
	uint32_t spi = (uint32_t)ch->spi[0] << 24 |
	    (uint32_t)ch->spi[1] << 16 | (uint32_t)ch->spi[2] << 8 |
	    ch->spi[3];

	if (spi < 256 || spi_taken(c, spi))
		return (false);
	c->suite = ch->child;
	c->spi_out = spi;
	low_nonce(c->low, ni.p, ni.len, nr.p, nr.len);
	c->created = e->now;
	if (cfg->child_life_s != 0) {
		c->hard = mono_add(born(e, c, life), life);
		c->soft = mono_add(born(e, c, life), ike_jitter(e,
		    soft_after(life, c->initiator), 3));
	}
	return (ike_child_keys(&c->keys, &c->suite, &seed, g_ir,
	    &c->sa->keys) == IKE_C_OK);
}

static void
add(struct ike_engine *e, struct child *c, enum sa_dir dir)
{
	const struct ike_tunnel *cfg = &c->t->cfg;
	const struct ike_sa *s = c->sa;
	const struct ike_child_half *k;
	struct sa_spec spec = { .tid = cfg->tid, .dir = dir,
	    .spi = dir == SA_IN ? c->spi_in : c->spi_out,
	    .local = s->local, .remote = s->remote, .mode = c->form.mode,
	    .udp = s->udp, .encr = c->suite.encr,
	    .key_bits = c->suite.key_bits, .integ = c->suite.integ,
	    .esn = c->suite.esn, .replay_window = cfg->replay_window,
	    .hard_s = cfg->child_life_s, .hard_bytes = cfg->child_life_bytes };

	if (s->udp) {
		spec.local_port = s->lport;
		spec.remote_port = s->rport;
	}
	if (dir == SA_OUT) {
		c->to = s->remote;
		c->to_port = s->rport;
	}
	spec.soft_s = c->soft.ns == MONO_NEVER.ns ? 0 :
	    (uint32_t)(mono_sub(c->soft, c->created) / NS_S(1));
	spec.soft_bytes = cfg->child_life_bytes / 10 * 9;
	/* what the initiator of the exchange sends is under keys.i */
	k = (dir == SA_OUT) == c->initiator ? &c->keys.i : &c->keys.r;
	spec.n_encr_key = k->n_encr_key;
	memcpy(spec.encr_key, k->encr_key, k->n_encr_key);
	spec.n_integ_key = k->n_integ_key;
	memcpy(spec.integ_key, k->integ_key, k->n_integ_key);
	out_sa_add(e, &spec);
	wipe(&spec, sizeof(spec));
}

void
child_install(struct ike_engine *e, struct child *c)
{
	c->state = CH_IN;
	c->in = true;
	add(e, c, SA_IN);
}

void
child_switch(struct ike_engine *e, struct child *c)
{
	if (c->state != CH_WAIT || c->doomed)
		return;
	c->waits = false;
	c->at = MONO_NEVER;
	c->state = CH_OUT;
	c->out = true;
	add(e, c, SA_OUT);
	ike_child_keys_wipe(&c->keys);
	child_arm(e, c);
}

void
child_delete(struct ike_engine *e, struct child *c)
{
	if (c->state == CH_DELETING || c->state == CH_LINGER)
		return;
	resp_release(e, c);
	c->state = CH_DELETING;
	c->want_delete = true;
	c->want_rekey = false;
	c->at = mono_add(e->now, HALF_OPEN_NS);
	del(e, c, SA_OUT);
	step_down(e, c);
	child_arm(e, c);
	sa_run(e, c->sa);
}

void
child_linger(struct ike_engine *e, struct child *c)
{
	del(e, c, SA_OUT);
	if (!c->in) {
		child_free(e, c);
		return;
	}
	c->state = CH_LINGER;
	c->want_delete = false;
	c->at = mono_add(e->now, LINGER_NS);
	step_down(e, c);
	child_arm(e, c);
}

void
child_orphan(struct ike_engine *e, struct child *c)
{
	if (c->state == CH_NEW || !c->in || e->ending) {
		child_free(e, c);
		return;
	}
	resp_release(e, c);
	forget(c);
	child_linger(e, c);
	c->sa = NULL;
}

/* Both directions stand. */
static void
up(struct ike_engine *e, struct child *c)
{
	struct child *old = replaced(e, c), *o, *next;
	struct tun *t = c->t;

	c->state = CH_UP;
	t->cur = c;
	resp_release(e, c);
	e->stats.child_up++;
	if (old != NULL) {
		e->stats.child_rekeys++;
		t->rekeys++;
	}
	for (o = TAILQ_FIRST(&t->children); o != NULL; o = next) {
		next = TAILQ_NEXT(o, entry);
		if (o == c || o->state != CH_UP || o->sa != c->sa)
			continue;
		/* who made the new pair deletes the old one (2.8) */
		if (o == old && c->initiator) {
			child_delete(e, o);
			continue;
		}
		o->at = mono_add(e->now, SPARE_NS + (c->initiator ? 0 :
		    SPARE_NS));
		child_arm(e, o);
	}
	child_arm(e, c);
	/* made under the policy before, or for a data path that died; or the
	 * peer moved while it was on its way: only what the data path has
	 * already follows the packets that come in */
	if (mono_sub(t->rekey_asked, c->begun) > 0 || (c->sa->udp &&
	    (c->to_port != c->sa->rport || !addr_eq(&c->to, &c->sa->remote))))
		c->want_rekey = true;
	tun_child_up(e, t, c);
	sa_run(e, c->sa);
}

/* The data path refuses what the peer believes to have. */
static void
refused(struct ike_engine *e, struct child *c, uint32_t error)
{
	struct tun *t = c->t;

	tun_reason(e, t, IKE_R_DATAPATH, "%s", strerror((int)error));
	child_delete(e, c);
	tun_child_lost(e, t);
}

static void
in_done(struct ike_engine *e, struct child *c, uint32_t error)
{
	struct ike_sa *s = c->sa;

	if (c->state != CH_IN)
		return;
	if (error != 0)
		c->in = false;
	if (s->pend.child == c) {
		c->state = error != 0 ? CH_NEW : CH_WAIT;
		if (s->state == SA_R_CHILD)
			auth_child_done(e, s, error);
		else
			create_child_done(e, s, error);
		return;
	}
	if (error != 0) {
		refused(e, c, error);
		return;
	}
	c->state = CH_WAIT;
	child_switch(e, c);
}

void
child_sa_done(struct ike_engine *e, const struct sa_done *d)
{
	struct tun *t = tun_find(e, d->tid);
	struct child *c;

	if (t == NULL)
		return;
	TAILQ_FOREACH(c, &t->children, entry)
		if ((d->dir == SA_IN ? c->spi_in : c->spi_out) == d->spi &&
		    (d->dir == SA_IN ? c->in : c->out))
			break;
	if (c == NULL)
		return;
	if (d->dir == SA_IN) {
		in_done(e, c, d->error);
		return;
	}
	if (c->state != CH_OUT)
		return;
	if (d->error != 0) {
		c->out = false;
		refused(e, c, d->error);
	} else
		up(e, c);
}
