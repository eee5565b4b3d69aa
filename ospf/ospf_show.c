/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  Answers to show requests (lib/ctl.h), a function by type.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ospf/ospf_int.h"

struct show {
	struct ospf		*e;
	const struct ctl_req	*req;
	void			(*row)(void *, const struct fld_table *,
				    const void *);
	void			*ctx;
};

static void
emit(const struct show *s, const struct fld_table *t, const void *obj)
{
	s->row(s->ctx, t, obj);
}

/* The request names a tunnel, an interface, or nothing. */
static bool
matches(const struct show *s, const struct iface *ifp)
{
	return (s->req->match[0] == '\0' ||
	    strcmp(s->req->match, ifp->c.name) == 0 ||
	    strcmp(s->req->match, ifp->c.site) == 0);
}

static uint32_t
ms_until(const struct ospf *e, const struct timer *t)
{
	int64_t ns;

	if (t->node.at == 0)
		return (0);
	ns = mono_sub((struct mono){ t->node.key }, e->now);
	return (ns <= 0 ? 1 : (uint32_t)(ns / 1000000) + 1);
}

static uint16_t
cut16(size_t n)
{
	return (n > UINT16_MAX ? UINT16_MAX : (uint16_t)n);
}

/* Both masks, where they differ. */
static bool
say_mask(const struct iface *ifp, struct ctl_nbr *r, const char *before,
    const char *after)
{
	uint32_t ours = iface_mask(ifp), theirs = ifp->nbr->mask;
	char a[ADDR_TEXT_MAX];

	if (ours == theirs)
		return (false);
	(void)snprintf(r->ours, sizeof(r->ours), "%s", ip4_text(ours, a));
	(void)snprintf(r->theirs, sizeof(r->theirs), "%s",
	    ip4_text(theirs, a));
	(void)snprintf(r->reason, sizeof(r->reason), "%shello mask %s there, "
	    "%s here%s", before, r->theirs, r->ours, after);
	return (true);
}

/* A disagreement of late; of those only a second router can go on beside an
 * adjacency that is FULL. */
static bool
missed(const struct iface *ifp, bool full)
{
	const struct mismatch *m = &ifp->miss;

	return (m->why != DROP_NONE && (!full ||
	    m->why == DROP_SECOND_ROUTER) &&
	    mono_sub(ifp->e->now, m->at) < 2 * NS_MS(ifp->c.dead_ms));
}

/* Why the adjacency is not FULL, or what is odd although it is. */
static void
reason(const struct iface *ifp, struct ctl_nbr *r)
{
	const struct nbr *n = ifp->nbr;
	const struct mismatch *m = &ifp->miss;
	bool full = n != NULL && n->state == NBR_FULL;
	const char *code = "", *text = "";
	char *s;

	if (ifp->state == IF_DOWN) {
		code = text = "interface down";
	} else if (n != NULL && n->helped) {
		code = "helping";
		(void)snprintf(r->reason, sizeof(r->reason),
		    "helping: it restarts, %" PRIu32 " s left",
		    ms_until(ifp->e, &n->grace) / 1000);
	} else if (missed(ifp, full)) {
		code = ospf_drop_names[m->why];
		mismatch_text(m, r->reason, sizeof(r->reason));
		mismatch_values(m, r->ours, r->theirs, sizeof(r->ours));
	} else if (n == NULL) {
		code = text = "nothing heard";
	} else if (n->state == NBR_INIT) {
		/* RouterOS hears no mask but its own */
		code = "one way";
		if (!say_mask(ifp, r, "it does not hear us; ", ""))
			text = "it does not hear us";
	} else if (n->mtu_known && n->mtu != n->our_mtu && n->mtu != 0) {
		/* what either has learnt since then the other does not know */
		code = n->state == NBR_FULL ? "mtu" : "dd mtu";
		(void)snprintf(r->reason, sizeof(r->reason),
		    "MTU %u there, %u here%s", n->mtu, n->our_mtu,
		    n->state == NBR_FULL ? ": accepted" : "");
		(void)snprintf(r->ours, sizeof(r->ours), "%u", n->our_mtu);
		(void)snprintf(r->theirs, sizeof(r->theirs), "%u", n->mtu);
	} else if (full && iface_mask_odd(ifp)) {
		code = "hello mask";
		(void)say_mask(ifp, r, "", ": accepted");
	} else if (n->state == NBR_EXSTART &&
	    mono_sub(ifp->e->now, n->since) > NS_S(10)) {
		code = "exstart";
		text = "no answer to database descriptions: MTU?";
	}
	if (r->reason[0] == '\0')
		(void)snprintf(r->reason, sizeof(r->reason), "%s", text);
	(void)snprintf(r->code, sizeof(r->code), "%s", code);
	for (s = r->code; *s != '\0'; s++)
		if (*s == ' ')
			*s = '-';
	r->refused = ifp->n_missed;
}

/* "hello 10 dead 30 key-id 1 area 0.0.0.0 mask 255.255.255.252" */
static void
seen(const struct iface *ifp, struct ctl_nbr *r)
{
	const struct seen *n = &ifp->seen;
	char area[ADDR_TEXT_MAX], mask[ADDR_TEXT_MAX], auth[32];

	if (!n->have)
		return;
	if (n->hdr.autype == OSPF_AUTYPE_CRYPTO)
		(void)snprintf(auth, sizeof(auth), "key-id %u", n->hdr.key_id);
	else
		(void)snprintf(auth, sizeof(auth), "auth-type %u",
		    n->hdr.autype);
	(void)snprintf(r->hello, sizeof(r->hello), "hello %u dead %" PRIu32
	    " %s area %s mask %s", n->hello_s, n->dead_s, auth,
	    ip4_text(n->hdr.area, area), ip4_text(n->mask, mask));
	r->hello_age_s = mono_age_s(n->at, ifp->e->now);
}

static void
show_nbr(const struct show *s)
{
	struct ospf *e = s->e;
	struct ctl_nbr r;
	struct iface *ifp;
	struct nbr *n;

	TAILQ_FOREACH(ifp, &e->ifaces, all) {
		if (ifp->c.type != OSPF_P2P || !matches(s, ifp))
			continue;
		n = ifp->nbr;
		memset(&r, 0, sizeof(r));
		r.iid = ifp->c.iid;
		r.tid = ifp->c.tid;
		memcpy(r.ifname, ifp->c.name, sizeof(r.ifname));
		memcpy(r.site, ifp->c.site, sizeof(r.site));
		r.addr = ifp->c.peer;
		(void)snprintf(r.state, sizeof(r.state), "%s",
		    nbr_state_names[n != NULL ? n->state : NBR_DOWN]);
		reason(ifp, &r);
		seen(ifp, &r);
		if (n != NULL) {
			r.router_id = n->id;
			r.addr = n->addr;
			r.priority = n->priority;
			r.dead_ms = ms_until(e, &n->dead);
			r.uptime_s = n->told_full ?
			    mono_age_s(n->adj_since, e->now) : 0;
			r.rxmt = cut16(n->out.n);
			r.request = cut16(n->req.n);
			r.summary = cut16(n->n_sum - n->sum_at);
			r.mtu = n->mtu;
		}
		emit(s, &ctl_nbr_fld, &r);
	}
}

static void
show_iface(const struct show *s)
{
	struct ospf *e = s->e;
	struct ctl_ospfif r;
	struct iface *ifp;

	TAILQ_FOREACH(ifp, &e->ifaces, all) {
		if (!matches(s, ifp))
			continue;
		memset(&r, 0, sizeof(r));
		r.iid = ifp->c.iid;
		r.tid = ifp->c.tid;
		memcpy(r.name, ifp->c.name, sizeof(r.name));
		r.addr = ifp->c.addr;
		r.len = ifp->c.prefix_len;
		(void)snprintf(r.state, sizeof(r.state), "%s",
		    if_state_names[ifp->state]);
		r.cost = ifp->c.cost;
		r.mtu = ifp->c.mtu;
		r.hello_ms = ifp->c.hello_ms;
		r.dead_ms = ifp->c.dead_ms;
		r.next_hello_ms = ms_until(e, &ifp->hello);
		r.uptime_s = ifp->state == IF_DOWN ? 0 :
		    mono_age_s(ifp->since, e->now);
		r.neighbors = ifp->nbr != NULL;
		r.adjacent = ifp->nbr != NULL && nbr_adjacent(ifp->nbr);
		r.passive = ifp->c.type == OSPF_PASSIVE;
		emit(s, &ctl_ospfif_fld, &r);
	}
}

/* "via gs-tokyo cost 20 until 12 s ago: neighbour 10.0.0.2 lost" */
static void
was(struct ospf *e, const struct rib_prefix *p, char *buf, size_t len)
{
	static const char *const why[] = {
		[CAUSE_NONE] = "", [CAUSE_CONFIG] = "configuration",
		[CAUSE_NBR_UP] = "neighbour up", [CAUSE_NBR_DOWN] =
		"neighbour lost", [CAUSE_LSA] = "news from"
	};
	const struct iface *ifp;
	char a[ADDR_TEXT_MAX];
	const struct spf_nh *nh;

	buf[0] = '\0';
	if (!p->was.have || p->was.local || p->was.nh.n == 0)
		return;
	nh = spf_nh(e->spf, p->was.nh.nh[0]);
	ifp = iface_find(e, nh->iid);
	(void)snprintf(buf, len, "via %s cost %" PRIu32 " until %" PRIu32
	    " s ago: %s%s%s", ifp != NULL ? ifp->c.name :
	    ip4_text(nh->gateway, a), p->was.cost, mono_age_s(p->since, e->now),
	    why[p->cause.kind], p->cause.id != 0 ? " " : "",
	    p->cause.id != 0 ? ip4_text(p->cause.id, a) : "");
}

static void
show_rib(const struct show *s)
{
	struct ospf *e = s->e;
	struct ctl_rib r;
	struct rib_prefix *p;
	const struct spf_nh *nh;
	const struct iface *ifp;
	struct addr a;
	uint8_t i;

	TAILQ_FOREACH(p, rib_all(e->rib), all) {
		if (!p->now.have)
			continue;
		memset(&r, 0, sizeof(r));
		a = addr_v4(p->dest);
		r.prefix = prefix_make(&a, p->len);
		r.cost = p->now.cost;
		r.adv_router = p->now.adv;
		(void)snprintf(r.path, sizeof(r.path), "Intra-Area");
		(void)snprintf(r.dest, sizeof(r.dest), "%s",
		    p->now.local ? "Connected" : "Network");
		r.age_s = mono_age_s(p->since, e->now);
		r.n_nexthops = p->now.nh.n;
		for (i = 0; i < p->now.nh.n; i++) {
			nh = spf_nh(e->spf, p->now.nh.nh[i]);
			ifp = iface_find(e, nh->iid);
			r.nexthops[i] = (struct ospf_nexthop){ .iid = nh->iid,
			    .ifindex = ifp != NULL ? ifp->c.ifindex : 0,
			    .gateway = nh->gateway };
		}
		was(e, p, r.was, sizeof(r.was));
		emit(s, &ctl_rib_fld, &r);
	}
}

static void
show_lsa(const struct show *s)
{
	struct ospf *e = s->e;
	struct lsdb_entry *en;
	struct ctl_lsa r;
	const struct lsa_hdr *h;

	TAILQ_FOREACH(en, lsdb_all(e->db), all) {
		h = &en->lsa->h;
		if (s->req->arg != 0 && s->req->arg != h->key.type)
			continue;
		memset(&r, 0, sizeof(r));
		r.type = (uint8_t)h->key.type;
		r.link_id = h->key.id;
		r.adv_router = h->key.adv;
		r.age = lsa_age(en->lsa, e->now);
		r.seq = h->seq;
		r.checksum = h->cksum;
		r.len = h->len;
		r.self = en->self;
		emit(s, &ctl_lsa_fld, &r);
	}
}

static void
show_ospf(const struct show *s)
{
	struct ospf *e = s->e;
	struct ctl_ospf r = { .router_id = e->g.router_id };
	struct iface *ifp;

	r.area = e->g.area;
	r.lsas = (uint32_t)lsdb_count(e->db);
	r.full = (uint32_t)e->n_full;
	TAILQ_FOREACH(ifp, &e->ifaces, all)
		r.neighbors += ifp->nbr != NULL;
	r.routes = (uint32_t)rib_count(e->rib);
	r.spf_runs = e->st.spf_runs;
	r.prefix_runs = e->st.prefix_runs;
	r.uptime_s = mono_age_s(e->start, e->now);
	emit(s, &ctl_ospf_fld, &r);
}

static void
count(const struct show *s, const char *kind, const char *name, uint64_t n)
{
	struct ctl_counter r = { .n = n };

	(void)snprintf(r.role, sizeof(r.role), "ospf");
	(void)snprintf(r.name, sizeof(r.name), "%s%s", kind, name);
	emit(s, &ctl_counter_fld, &r);
}

static void
show_counter(const struct show *s)
{
	const struct ospf_stats *st = &s->e->st;
	size_t i;

	count(s, "", "packets accepted", st->rx);
	count(s, "", "packets sent", st->tx);
	count(s, "", "lsas retransmitted", st->rxmt);
	count(s, "", "own lsa made", st->originated);
	count(s, "", "own lsa flooded", st->flooded);
	count(s, "", "own lsa defended", st->fought);
	count(s, "", "dead timer put off", st->late);
	for (i = DROP_NONE + 1; i < DROP_N; i++)
		count(s, "drop: ", ospf_drop_names[i], st->drops[i]);
}

int
ospf_show(struct ospf *e, struct mono now, uint16_t type,
    const struct ctl_req *req, void (*row)(void *ctx,
    const struct fld_table *t, const void *obj), void *ctx)
{
	static const struct {
		uint16_t	type;
		void		(*fn)(const struct show *);
	} by_type[] = {
		{ CTL_NBR, show_nbr }, { CTL_OSPFIF, show_iface },
		{ CTL_RIB, show_rib }, { CTL_LSA, show_lsa },
		{ CTL_OSPF, show_ospf }, { CTL_COUNTER, show_counter },
	};
	struct show s = { .e = e, .req = req, .row = row, .ctx = ctx };
	size_t i;

	e->now = now;
	for (i = 0; i < sizeof(by_type) / sizeof(by_type[0]); i++)
		if (by_type[i].type == type) {
			by_type[i].fn(&s);
			return (0);
		}
	return (-1);
}
