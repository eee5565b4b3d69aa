/* SPDX-License-Identifier: ISC */
/* runs in: ospf.  See resume.h. */
#include "ospf/resume.h"

#define RECENT	NS_S(60)

/* One LSA of the earlier life, checked as if it came from the wire. */
static void
take(struct ospf *e, const struct keep_lsa *in)
{
	struct lsa_hdr h = in->h;
	struct lsdb_entry *en;
	struct lsa *l;

	if (lsa_check(in->bytes, &h) != DROP_NONE)
		return;
	if ((l = lsa_new(in->bytes, h.len, h.key.scope, e->now)) == NULL)
		return;
	l->h.age = h.age;
	if ((en = flood_install(e, l, in->from)) == NULL)
		return;
	en->flooded = in->flooded;
	en->installed = (struct mono){ in->at };
	if (en->self)
		origin_adopt(e, en);
}

void
resume_database(struct ospf *e)
{
	struct lsdb_entry *en;
	struct keep_lsa in;
	size_t at = 0;

	if (e->keep == NULL)
		return;
	if (!keep_open(e->keep, e->g.router_id, e->g.area))
		return;
	e->resuming = e->loading = true;
	while (keep_next(e->keep, &at, e->now, &in)) {
		if (in.bytes != NULL) {
			take(e, &in);
			continue;
		}
		en = lsdb_find(e->db, &in.h.key);
		if (en != NULL) {
			topo_gone(e, en);
			lsdb_del(e->db, en);
		}
	}
	e->loading = false;
}

void
resume_nbr(struct iface *ifp)
{
	struct ospf *e = ifp->e;
	const struct keep_nbr *k;
	struct nbr *n;

	if (!e->resuming || ifp->nbr != NULL || ifp->c.type != OSPF_P2P ||
	    (k = keep_nbr(e->keep, ifp->c.iid)) == NULL || k->id == 0 ||
	    k->id == e->g.router_id || (ifp->c.peer != 0 &&
	    k->addr != ifp->c.peer))
		return;
	if ((n = nbr_new(ifp, k->id, k->addr)) == NULL)
		return;
	n->priority = k->priority;
	n->dd_options = k->options;
	if (k->seq_valid)
		ifp->seq = (struct auth_seq){ .valid = true, .rid = k->id,
		    .high = k->seq, .seen = UINT32_MAX };
	nbr_resume(n, (struct mono){ k->since });
}

void
resume_end(struct ospf *e)
{
	struct lsdb_entry *en;
	struct iface *ifp;
	struct keep_nbr *k;
	size_t i;

	if (!e->resuming)
		return;
	e->resuming = false;
	for (i = 0; (k = keep_nbr_at(e->keep, i)) != NULL; i++) {
		ifp = iface_find(e, k->iid);
		if (ifp == NULL || ifp->nbr == NULL || ifp->nbr->kept != k)
			keep_nbr_set(k, false);
	}
	TAILQ_FOREACH(en, lsdb_all(e->db), all) {
		ifp = en->from != 0 ? iface_find(e, en->from) : NULL;
		if (ifp != NULL)
			ifp->n_lsas++;
		/* also to where it came from first: this instance may have
		 * come from elsewhere */
		if (mono_sub(e->now, en->installed) < RECENT)
			flood_lsa(e, en, NULL, 0);
	}
	keep_read(e->keep);
}

void
resume_keep(struct ospf *e, const struct lsdb_entry *en)
{
	if (e->keep != NULL && !e->loading)
		keep_put(e->keep, e->db, en, e->now);
}

void
resume_forget(struct ospf *e, const struct lsa_key *k)
{
	if (e->keep != NULL && !e->loading)
		keep_del(e->keep, e->db, k, e->now);
}

void
resume_keep_nbr(struct nbr *n)
{
	const struct iface *ifp = n->ifp;
	struct keep_nbr *k;

	if (ifp->e->keep == NULL)
		return;
	if ((k = keep_nbr_place(ifp->e->keep, ifp->c.iid)) == NULL)
		return;
	keep_nbr_set(k, false);
	n->kept = NULL;
	if (n->state != NBR_FULL)
		return;
	k->id = n->id;
	k->addr = n->addr;
	k->priority = n->priority;
	k->options = n->dd_options;
	k->since = n->adj_since.ns;
	k->seq = ifp->seq.high;
	k->seq_valid = ifp->seq.valid;
	keep_nbr_set(k, true);
	n->kept = k;
}

void
resume_keep_seq(const struct iface *ifp)
{
	if (ifp->nbr == NULL || ifp->nbr->kept == NULL)
		return;
	ifp->nbr->kept->seq = ifp->seq.high;
	ifp->nbr->kept->seq_valid = ifp->seq.valid;
}
