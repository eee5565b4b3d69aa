/* SPDX-License-Identifier: ISC */
/*
 * See sim.h.  What must hold of SAs, neighbours and databases when a world has
 * been quiet for a while, and of what is left of the dead.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ospf/lsa.h"
#include "sim.h"

/* How long after a link was cut or a site died ... */
#define UP_MAX		NS_S(60)	/* ... an IKE SA may seem up: DPD, all
					   tries, once for each end */
#define CHILD_MORE	NS_S(60)	/* ... children outlive their time */
#define IKE_MORE	NS_S(90)	/* ... IKE SAs theirs */
#define NBR_MORE	NS_S(5)		/* ... neighbours the dead interval */
#define LSA_MAX		NS_S(3660)	/* ... an LSA is in the database */

bool
sim_fault(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(s->fault, sizeof(s->fault), fmt, ap);
	va_end(ap);
	return (false);
}

/* --- what the engines say --- */

/* The end that a row is about; NULL: it is about one that is no more. */
static struct sim_end *
end_of(struct sim_site *t, uint32_t tid)
{
	struct sim_end *e = tid < t->n_ends ? t->ends[tid] : NULL;

	if (e != NULL && e->tid == tid && e->link->there)
		return (e);
	t->stray_rows++;
	return (NULL);
}

static void
take_ike(struct sim_site *t, const struct ctl_ike *i)
{
	struct sim_end *e = end_of(t, i->tid);

	if (e == NULL)
		return;
	e->seen.n_up += strcmp(i->state, "ESTABLISHED") == 0;
	e->seen.initiator = i->initiator;
	e->seen.spi_i = i->spi_i;
	e->seen.spi_r = i->spi_r;
}

static void
take_nbr(struct sim_site *t, const struct ctl_nbr *n)
{
	struct sim_end *e = end_of(t, n->tid);

	if (e == NULL)
		return;
	e->seen.n_nbr++;
	e->seen.full = strcmp(n->state, "FULL") == 0;
	e->seen.heard = strcmp(n->state, "DOWN") != 0 &&
	    strcmp(n->state, "INIT") != 0;
	e->seen.lists += (unsigned int)n->rxmt + n->request + n->summary;
}

static void
take_row(void *ctx, const struct fld_table *f, const void *obj)
{
	struct sim_site *t = ctx;
	struct sim_end *e;

	if (f == &ctl_ike_fld)
		take_ike(t, obj);
	else if (f == &ctl_nbr_fld)
		take_nbr(t, obj);
	else if ((e = end_of(t, ((const struct ctl_sa *)obj)->tid)) != NULL)
		e->seen.n_child++;
}

static void
look(struct sim_site *t)
{
	struct ctl_req req = { .arg = 0 };
	struct sim_end *e;
	size_t i;

	t->stray_rows = 0;
	for (i = 1; i < t->n_ends; i++) {
		e = t->ends[i];
		if (e->tid != i)
			continue;
		memset(&e->seen, 0, sizeof(e->seen));
		e->seen.tunnel = ike_engine_tally(t->ike, e->tid,
		    &e->seen.have);
	}
	(void)ike_engine_show(t->ike, t->s->now, CTL_IKE, &req, take_row, t);
	(void)ike_engine_show(t->ike, t->s->now, CTL_SA, &req, take_row, t);
	(void)ospf_show(t->ospf, t->s->now, CTL_NBR, &req, take_row, t);
}

/* --- links that work --- */

/* One IKE SA and no other, one pair, and what one end sends under the other
 * takes. */
static bool
pair_holds(struct sim *s, const struct sim_end *e)
{
	const struct sim_seen *n = &e->seen, *o = &e->other->seen;
	const struct sa_spec *a, *b;

	if (n->have.ikes != 1 || n->n_up != 1 || n->have.half_open != 0 ||
	    n->have.children != 1 || n->n_child != 1)
		return (sim_fault(s, "s%zu %s: %zu IKE SAs, %u up, %zu "
		    "half-open, %zu children, %u in use", e->site->idx,
		    e->ike.name, n->have.ikes, n->n_up, n->have.half_open,
		    n->have.children, n->n_child));
	if (n->spi_i == 0 || n->spi_r == 0 || n->spi_i != o->spi_i ||
	    n->spi_r != o->spi_r || n->initiator == o->initiator)
		return (sim_fault(s, "s%zu %s: IKE SA %016llx %016llx here, "
		    "%016llx %016llx there", e->site->idx, e->ike.name,
		    (unsigned long long)n->spi_i, (unsigned long long)n->spi_r,
		    (unsigned long long)o->spi_i,
		    (unsigned long long)o->spi_r));
	if (e->in == NULL || e->in->next != NULL || e->out == NULL ||
	    e->out->next != NULL)
		return (sim_fault(s, "s%zu %s: the data path has not one pair",
		    e->site->idx, e->ike.name));
	if (e->other->in == NULL)
		return (sim_fault(s, "s%zu %s: the other end has no SA",
		    e->site->idx, e->ike.name));
	a = &e->out->spec;
	b = &e->other->in->spec;
	if (a->spi != b->spi || !seed_same_keys(a, b))
		return (sim_fault(s, "s%zu %s: keys differ", e->site->idx,
		    e->ike.name));
	return (true);
}

static bool
nbr_holds(struct sim *s, const struct sim_end *e)
{
	const struct sim_seen *n = &e->seen;

	if (n->n_nbr != 1 || !n->full || n->lists != 0)
		return (sim_fault(s, "s%zu %s: %u neighbors, %sFULL, %u on its "
		    "lists", e->site->idx, e->ike.name, n->n_nbr,
		    n->full ? "" : "not ", n->lists));
	return (true);
}

/* --- links that do not --- */

/* What the end of a dead link still has, by how long it is dead. */
static bool
forgot(struct sim *s, const struct sim_end *e)
{
	int64_t age = mono_sub(s->now, e->link->dead);
	const struct sim_seen *n = &e->seen;
	const char *what = NULL;

	if (n->have.begun > 1 || n->have.half_open > 1 || n->have.ikes > 4 ||
	    n->have.children > 4)
		what = "too much";
	else if (age >= UP_MAX && n->n_up > 0)
		what = "an IKE SA that is up";
	else if (age >= NS_S((int64_t)e->ike.child_life_s) + CHILD_MORE &&
	    (e->in != NULL || e->out != NULL || n->n_child > 0))
		what = "child SAs";
	else if (age >= NS_S((int64_t)e->ike.ike_life_s) + IKE_MORE &&
	    (n->have.ikes > n->have.begun + n->have.half_open ||
	    n->have.children > 0))
		what = "IKE SAs";
	else if (age >= NS_MS((int64_t)e->ospf.dead_ms) + NBR_MORE &&
	    (n->heard || n->lists > 0))
		what = "a neighbor";
	if (what == NULL)
		return (true);
	return (sim_fault(s, "s%zu %s, dead since %.3f, keeps %s: %zu IKE "
	    "SAs, %u up, %zu begun, %zu half-open, %zu children, %u in use"
	    "%s%s", e->site->idx, e->ike.name, (double)e->link->dead.ns / 1e9,
	    what, n->have.ikes, n->n_up, n->have.begun, n->have.half_open,
	    n->have.children, n->n_child, e->in != NULL ? ", in" : "",
	    e->out != NULL ? ", out" : ""));
}

/* --- sites --- */

/* Nothing beside what its tunnels have: half-open SAs of a peer that may come
 * from anywhere, and does not hear us, are of no tunnel yet. */
static bool
total_holds(struct sim *s, const struct sim_site *t)
{
	size_t half, ikes, children, most = 0, i;
	const struct sim_end *e;

	ike_engine_count(t->ike, &half, &ikes, &children);
	for (i = 1; i < t->n_ends; i++) {
		e = t->ends[i];
		if (e->tid != i || !e->link->there) {
			if (e->tid == i && e->seen.tunnel)
				return (sim_fault(s, "s%zu keeps %s, which was "
				    "removed", t->idx, e->ike.name));
			continue;
		}
		if (e->seen.have.ikes > ikes ||
		    e->seen.have.children > children)
			return (sim_fault(s, "s%zu miscounts", t->idx));
		ikes -= e->seen.have.ikes;
		children -= e->seen.have.children;
		half -= e->seen.have.half_open;
		most += e->link->dead.ns != MONO_NEVER.ns &&
		    e->ike.remote.family == ADDR_NONE;
	}
	if (t->stray_rows != 0 || children != 0 || ikes > most ||
	    half > most)
		return (sim_fault(s, "s%zu: %u rows, %zu IKE SAs, %zu of them "
		    "half-open, and %zu children of no tunnel", t->idx,
		    t->stray_rows, ikes, half, children));
	return (true);
}

static bool
link_holds(struct sim *s, struct sim_link *l)
{
	int k;

	for (k = 0; k < 2 && l->there; k++) {
		s->fault_end = &l->end[k];
		if (!l->end[k].site->alive)
			continue;
		if (l->dead.ns != MONO_NEVER.ns) {
			if (!forgot(s, &l->end[k]))
				return (false);
		} else if (!pair_holds(s, &l->end[k]) ||
		    !nbr_holds(s, &l->end[k]))
			return (false);
	}
	s->fault_end = NULL;
	return (true);
}

static bool
ends_hold(struct sim *s)
{
	size_t i;

	s->fault_end = NULL;
	sim_look(s);
	for (i = 0; i < s->n_sites; i++)
		if (s->site[i].alive)
			look(&s->site[i]);
	for (i = 0; i < s->n_links; i++)
		if (!link_holds(s, &s->link[i]))
			return (false);
	for (i = 0; i < s->n_sites; i++)
		if (s->site[i].alive && !total_holds(s, &s->site[i]))
			return (false);
	return (true);
}

static void
dump_row(void *ctx, const struct fld_table *t, const void *obj)
{
	const struct sim_end *e = ctx;
	const struct ctl_ike *i = obj;
	const struct ctl_sa *a = obj;
	const struct ctl_lsa *l = obj;

	if (t == &ctl_ike_fld && i->tid == e->tid)
		printf("      ike %s %016llx %016llx %s, %s\n", i->state,
		    (unsigned long long)i->spi_i, (unsigned long long)i->spi_r,
		    i->initiator ? "ours" : "theirs", i->reason);
	else if (t == &ctl_lsa_fld)
		printf("      lsa of %08x seq %08x age %u len %u\n",
		    l->adv_router, l->seq, l->age, l->len);
	else if (t == &ctl_sa_fld && a->tid == e->tid)
		printf("      child in %08x out %08x%s, %u s old\n",
		    a->spi_in, a->spi_out, a->current ? " current" : "",
		    a->created_s);
}

void
sim_dump(struct sim_end *e)
{
	struct ctl_req req = { .arg = 0 };
	struct sim_site *t;
	struct sim_sa *a;
	int k;

	for (k = 0; k < 2; k++, e = e->other) {
		t = e->site;
		printf("    s%zu %s%s\n", t->idx, e->ike.name,
		    t->alive ? "" : ", dead");
		for (a = e->in; a != NULL; a = a->next)
			printf("      in %08x\n", a->spec.spi);
		for (a = e->out; a != NULL; a = a->next)
			printf("      out %08x\n", a->spec.spi);
		if (!t->alive)
			continue;
		(void)ike_engine_show(t->ike, t->s->now, CTL_IKE, &req,
		    dump_row, e);
		(void)ike_engine_show(t->ike, t->s->now, CTL_SA, &req,
		    dump_row, e);
		(void)ospf_show(t->ospf, t->s->now, CTL_LSA, &req, dump_row,
		    e);
	}
}

/* --- databases --- */

struct sum {
	const struct sim	*s;
	uint64_t		 sum;
	size_t			 n;
	size_t			 grace;		/* of neighbours that restarted;
						   they are a link's own */
	uint32_t		 dead;		/* whose is there; 0: nobody's */
};

static void
take_lsa(void *ctx, const struct fld_table *t, const void *obj)
{
	const struct ctl_lsa *l = obj;
	struct sum *v = ctx;
	const struct sim *s = v->s;
	size_t of = (size_t)(l->adv_router - s->site[0].rid);

	(void)t;
	if (l->type == LSA_OPAQUE_LINK) {
		v->grace++;
		return;
	}
	v->n++;
	v->sum += sim_hop(l->link_id ^ l->seq, l->adv_router) ^
	    ((uint64_t)l->checksum << 32 | l->len);
	if (of >= s->n_sites || (!s->site[of].alive &&
	    mono_sub(s->now, s->site[of].died) > LSA_MAX))
		v->dead = l->adv_router;
}

static size_t
n_links_of(const struct sim *s, const struct sim_site *t)
{
	size_t i, n = 0;

	for (i = 0; i < s->n_links; i++)
		n += s->link[i].end[0].site == t || s->link[i].end[1].site == t;
	return (n);
}

/* Whoever reaches each other has the same LSAs; each site has one at most (and a
 * Grace-LSA a link), and one that died none after an hour. */
static bool
databases_hold(struct sim *s)
{
	struct ctl_req req = { .arg = 0 };
	struct sum *v = calloc(s->n_sites, sizeof(*v));
	struct sim_link *l;
	bool ok = true;
	size_t i, a, b;

	if (v == NULL)
		abort();
	for (i = 0; i < s->n_sites; i++) {
		if (!s->site[i].alive)
			continue;
		v[i].s = s;
		(void)ospf_show(s->site[i].ospf, s->now, CTL_LSA, &req,
		    take_lsa, &v[i]);
		s->site[i].n_lsas = v[i].n;
		if (v[i].n > s->n_sites)
			ok = sim_fault(s, "s%zu has %zu LSAs", i, v[i].n);
		if (v[i].grace > n_links_of(s, &s->site[i]))
			ok = sim_fault(s, "s%zu has %zu Grace-LSAs", i,
			    v[i].grace);
		if (v[i].dead != 0)
			ok = sim_fault(s, "s%zu keeps an LSA of %08x, who is "
			    "dead", i, v[i].dead);
	}
	for (i = 0; i < s->n_links && ok; i++) {
		l = &s->link[i];
		a = l->end[0].site->idx;
		b = l->end[1].site->idx;
		if (!sim_usable(l) || v[a].sum == v[b].sum)
			continue;
		s->fault_end = &l->end[0];
		ok = sim_fault(s, "s%zu and s%zu have other databases", a, b);
	}
	free(v);
	return (ok);
}

bool
sim_holds(struct sim *s)
{
	if (s->wrong[0] != '\0')
		return (sim_fault(s, "%s", s->wrong));
	return (ends_hold(s) && databases_hold(s) && sim_routes_hold(s));
}
