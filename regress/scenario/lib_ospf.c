/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ospf/ospf_auth.h"
#include "regress/scenario/lib_ospf.h"
#include "regress/scenario/lib_seed.h"

struct net_pkt {
	struct net_pkt	*next;
	struct mono	 at;
	size_t		 link;
	int		 to;		/* side */
	uint32_t	 src, dst;
	size_t		 len;
	uint8_t		 data[];
};

struct net *
net_new(uint64_t seed)
{
	struct net *n = calloc(1, sizeof(*n));

	MUST(n != NULL);
	n->rng = seed;
	n->now.ns = NS_S(1000);
	return (n);
}

void
net_free(struct net *n)
{
	struct net_pkt *p;
	size_t i;

	for (i = 0; i < n->n_r; i++)
		net_kill(n, i);
	for (i = 0; i < n->n_r; i++)
		free(n->r[i].keep);
	while ((p = n->pkts) != NULL) {
		n->pkts = p->next;
		free(p);
	}
	free(n);
}

size_t
net_router(struct net *n, uint32_t rid)
{
	struct net_router *r = &n->r[n->n_r];

	MUST(n->n_r < NET_ROUTERS);
	r->rid = rid;
	r->g = (struct ospf_global){ .router_id = rid, .seq = 1000,
	    .spf_hold_ms = 1000, .max_paths = 16 };
	r->rng = seed_next(&n->rng);
	return (n->n_r++);
}

size_t
net_link(struct net *n, size_t a, size_t b, uint16_t cost)
{
	size_t i = n->n_l++;
	struct net_link *l = &n->l[i];
	struct ospf_iface *c;
	int s;

	MUST(i < NET_LINKS);
	l->r[0] = a;
	l->r[1] = b;
	l->delay_ns = NS_MS(2);
	for (s = 0; s < 2; s++) {
		c = &l->c[s];
		c->iid = (uint32_t)(i * 2 + (size_t)s + 1);
		c->tid = c->iid;
		(void)snprintf(c->name, sizeof(c->name), "gs-%zu-%d", i, s);
		(void)snprintf(c->site, sizeof(c->site), "site%zu",
		    l->r[!s]);
		c->ifindex = c->iid + 100;
		c->type = OSPF_P2P;
		c->addr = 0xac1f0000U + (uint32_t)i * 4 + 1 + (uint32_t)s;
		c->peer = 0xac1f0000U + (uint32_t)i * 4 + 2 - (uint32_t)s;
		c->prefix_len = 30;
		c->mtu = 1400;
		c->up = true;
		c->cost = cost;
		c->hello_ms = 1000;
		c->dead_ms = 4000;
		c->rxmt_ms = 2000;
		c->auth = OSPF_AUTH_MD5;
		c->send_key = 1;
		c->n_keys = 1;
		c->keys[0].id = 1;
		c->keys[0].n_key = 6;
		memcpy(c->keys[0].key, "secret", 6);
	}
	return (i);
}

static void
put(struct net *n, size_t link, int to, uint32_t src, uint32_t dst,
    const uint8_t *data, size_t len)
{
	struct net_link *l = &n->l[link];
	struct net_pkt *p, **at;

	n->sent++;
	if (l->cut || l->deaf[to] || seed_next(&n->rng) % 100 < l->loss) {
		n->lost++;
		return;
	}
	p = malloc(sizeof(*p) + len);
	MUST(p != NULL);
	*p = (struct net_pkt){ .at = mono_add(n->now, l->delay_ns), .link = link,
	    .to = to, .src = src, .dst = dst, .len = len };
	if (l->jitter_ns != 0)
		p->at = mono_add(p->at, (int64_t)(seed_next(&n->rng) %
		    (uint64_t)l->jitter_ns));
	memcpy(p->data, data, len);
	for (at = &n->pkts; *at != NULL && (*at)->at.ns <= p->at.ns;
	    at = &(*at)->next)
		;
	p->next = *at;
	*at = p;
}

static void
packet_out(struct net *n, const struct ospf_tx *t)
{
	size_t link = (t->iid - 1) / 2;
	int side = (int)((t->iid - 1) & 1);
	struct net_link *l = &n->l[link];

	MUST(link < n->n_l);
	l->last_len[side] = 0;
	if (t->len <= sizeof(l->last[side])) {
		memcpy(l->last[side], t->data, t->len);
		l->last_len[side] = t->len;
	}
	if (n->tap != NULL)
		n->tap(n, link, side, t->data, t->len);
	put(n, link, !side, t->src, t->dst, t->data, t->len);
}

static void
route_out(struct net_router *r, uint32_t dest, uint8_t len,
    const struct ospf_route *route)
{
	size_t i;

	r->route_msgs++;
	for (i = 0; i < r->n_routes; i++)
		if (r->routes[i].dest == dest && r->routes[i].len == len)
			break;
	if (route == NULL) {
		MUST(i < r->n_routes);	/* it was there */
		r->routes[i] = r->routes[--r->n_routes];
		return;
	}
	MUST(i < NET_ROUTES);
	if (i == r->n_routes)
		r->n_routes++;
	r->routes[i] = (struct net_route){ .dest = dest, .len = len,
	    .r = *route };
}

static void
event_out(struct net_router *r, const struct ospf_event *ev)
{
	if (strcmp(ev->what, "mismatch") == 0)
		r->n_mismatch++;
	if (strcmp(ev->what, "helper") == 0) {
		r->n_helper++;
		memcpy(r->helper, ev->text, sizeof(r->helper));
	}
	if (strcmp(ev->what, "restart") == 0) {
		r->n_restart++;
		memcpy(r->restart, ev->text, sizeof(r->restart));
	}
	memcpy(r->last_event, ev->text, sizeof(r->last_event));
}

static void
drain(struct net *n, size_t i)
{
	struct net_router *r = &n->r[i];
	struct ospf_output o;

	while (ospf_pop(r->e, &o)) {
		switch (o.type) {
		case OSPF_OUT_PACKET:
			packet_out(n, &o.packet);
			break;
		case OSPF_OUT_ROUTE:
			route_out(r, o.route.dest, o.route.len, &o.route);
			r->moved = n->now;
			break;
		case OSPF_OUT_ROUTE_DEL:
			route_out(r, o.dest.dest, o.dest.len, NULL);
			r->moved = n->now;
			break;
		case OSPF_OUT_SYNCED:
			r->synced = true;
			r->routes_at_sync = r->n_routes;
			break;
		case OSPF_OUT_SEQ_RESERVE:
			r->seq_reserved = o.seq.seq;
			break;
		case OSPF_OUT_NBR:
			r->n_full += o.nbr.full;
			r->n_lost += !o.nbr.full;
			r->n_lost_dead += !o.nbr.full && o.nbr.dead_timer;
			break;
		case OSPF_OUT_EVENT:
			event_out(r, &o.event);
			break;
		case OSPF_OUT_DONE:
			r->done = true;
			break;
		}
	}
}

void
net_input(struct net *n, size_t i, const struct ospf_input *in)
{
	ospf_step(n->r[i].e, n->now, in);
	drain(n, i);
}

void
net_iface(struct net *n, size_t link, int side)
{
	struct net_link *l = &n->l[link];
	struct ospf_input in = { .type = OSPF_IN_IFACE,
	    .iface = &l->c[side] };

	net_input(n, l->r[side], &in);
}

void
net_boot(struct net *n, size_t i)
{
	struct net_router *r = &n->r[i];
	struct ospf_params p = n->p;
	struct ospf_input in = { .type = OSPF_IN_BEGIN };
	struct ospf_stub st = { .dest = 0x0a000000U | (uint32_t)i << 16,
	    .len = 16, .cost = 10 };
	size_t k;
	int s;

	p.rng = seed_fill;
	p.rng_ctx = &r->rng;
	r->e = ospf_new(&p, n->now);
	MUST(r->e != NULL);
	if (r->keep != NULL)
		MUST(ospf_keep(r->e, r->keep, NET_KEEP));
	r->n_routes = 0;
	r->synced = r->done = false;
	if (r->seq_reserved > r->g.seq)
		r->g.seq = r->seq_reserved;
	net_input(n, i, &in);
	in = (struct ospf_input){ .type = OSPF_IN_GLOBAL, .global = &r->g };
	net_input(n, i, &in);
	for (k = 0; k < n->n_l; k++)
		for (s = 0; s < 2; s++)
			if (n->l[k].r[s] == i)
				net_iface(n, k, s);
	in = (struct ospf_input){ .type = OSPF_IN_STUB, .stub = &st };
	net_input(n, i, &in);
	in = (struct ospf_input){ .type = OSPF_IN_COMMIT };
	net_input(n, i, &in);
}

void
net_kill(struct net *n, size_t i)
{
	struct net_router *r = &n->r[i];
	uint8_t *was = NULL;

	/* what a process that is killed cannot do any more, freeing does */
	if (r->keep != NULL && (was = malloc(NET_KEEP)) != NULL)
		memcpy(was, r->keep, NET_KEEP);
	ospf_free(r->e);
	r->e = NULL;
	if (was != NULL)
		memcpy(r->keep, was, NET_KEEP);
	free(was);
}

void
net_keep(struct net *n, size_t i)
{
	n->r[i].keep = calloc(1, NET_KEEP);
	MUST(n->r[i].keep != NULL);
}

static void
deliver(struct net *n, struct net_pkt *p)
{
	struct net_link *l = &n->l[p->link];
	struct ospf_rx rx = { .iid = l->c[p->to].iid, .src = p->src,
	    .dst = p->dst, .ttl = 1, .data = p->data, .len = p->len };
	struct ospf_input in = { .type = OSPF_IN_PACKET, .rx = &rx };

	if (n->r[l->r[p->to]].e != NULL && !l->cut)
		net_input(n, l->r[p->to], &in);
}

/* One event not later than end; false: there is none. */
static bool
one(struct net *n, struct mono end)
{
	struct ospf_input in = { .type = OSPF_IN_TICK };
	struct mono at = n->pkts != NULL ? n->pkts->at : MONO_NEVER, t;
	struct net_pkt *p;
	size_t i, who = NET_ROUTERS;

	for (i = 0; i < n->n_r; i++) {
		if (n->r[i].e == NULL)
			continue;
		t = ospf_next(n->r[i].e);
		if (t.ns < at.ns) {
			at = t;
			who = i;
		}
	}
	if (at.ns > end.ns)
		return (false);
	if (at.ns > n->now.ns)
		n->now = at;
	if (who != NET_ROUTERS) {
		net_input(n, who, &in);
		return (true);
	}
	p = n->pkts;
	n->pkts = p->next;
	deliver(n, p);
	free(p);
	return (true);
}

void
net_run(struct net *n, int64_t ms)
{
	struct mono end = mono_add(n->now, NS_MS(ms));

	while (one(n, end))
		;
	n->now = end;
}

bool
net_until(struct net *n, int64_t ms, bool (*cond)(struct net *n))
{
	struct mono end = mono_add(n->now, NS_MS(ms));
	unsigned int i = 0;

	while (one(n, end))
		if (++i % 16 == 0 && cond(n))
			return (true);
	n->now = end;
	return (cond(n));
}

void
net_inject(struct net *n, size_t link, int from, const uint8_t *p, size_t len)
{
	struct net_link *l = &n->l[link];
	bool cut = l->cut;
	unsigned int loss = l->loss;

	l->cut = false;
	l->loss = 0;
	put(n, link, !from, l->c[from].addr, 0xe0000005U, p, len);
	l->cut = cut;
	l->loss = loss;
}

static void
take_nbr(void *ctx, const struct fld_table *t, const void *obj)
{
	(void)t;
	memcpy(ctx, obj, sizeof(struct ctl_nbr));
}

struct ctl_nbr
net_nbr(struct net *n, size_t link, int side)
{
	struct net_link *l = &n->l[link];
	struct ctl_nbr r = { .iid = 0 };
	struct ctl_req req = { .arg = 0 };

	(void)snprintf(req.match, sizeof(req.match), "%s", l->c[side].name);
	MUST(ospf_show(n->r[l->r[side]].e, n->now, CTL_NBR, &req,
	    take_nbr, &r) == 0);
	return (r);
}

static bool
all_full(struct net *n, bool quiet)
{
	struct ctl_nbr r;
	size_t i;
	int s;

	for (i = 0; i < n->n_l; i++) {
		if (n->l[i].cut || n->r[n->l[i].r[0]].e == NULL ||
		    n->r[n->l[i].r[1]].e == NULL)
			continue;
		for (s = 0; s < 2; s++) {
			r = net_nbr(n, i, s);
			if (strcmp(r.state, "FULL") != 0 ||
			    (quiet && r.rxmt != 0))
				return (false);
		}
	}
	return (true);
}

bool
net_all_full(struct net *n)
{
	return (all_full(n, false));
}

bool
net_quiet(struct net *n)
{
	return (all_full(n, true));
}

/* Order does not matter: a sum over hashes of key, sequence and checksum. */
static void
take_lsa(void *ctx, const struct fld_table *t, const void *obj)
{
	const struct ctl_lsa *l = obj;
	uint64_t *sum = ctx, x;

	(void)t;
	x = (uint64_t)l->link_id << 32 | l->adv_router;
	x ^= seed_next(&x) + l->seq;
	x ^= seed_next(&x) + ((uint64_t)l->checksum << 16 | l->len);
	*sum += seed_next(&x);
}

bool
net_same_lsdb(struct net *n)
{
	struct ctl_req req = { .arg = 0 };
	uint64_t sum, first = 0;
	bool have = false;
	size_t i;

	for (i = 0; i < n->n_r; i++) {
		if (n->r[i].e == NULL)
			continue;
		sum = 0;
		ospf_show(n->r[i].e, n->now, CTL_LSA, &req, take_lsa, &sum);
		if (have && sum != first)
			return (false);
		first = sum;
		have = true;
	}
	return (true);
}

const struct ospf_route *
net_route_to(struct net *n, size_t from, size_t to)
{
	struct net_router *r = &n->r[from];
	size_t i;

	for (i = 0; i < r->n_routes; i++)
		if (r->routes[i].dest == (0x0a000000U | (uint32_t)to << 16) &&
		    r->routes[i].len == 16)
			return (&r->routes[i].r);
	return (NULL);
}

size_t
net_sign(struct net *n, size_t link, int side, uint8_t *p, size_t len,
    size_t cap, uint32_t seq)
{
	struct ospf_md5 *m = ospf_md5_new();
	struct wbuf w = wbuf_make(p, cap);

	w.len = len;
	MUST(ospf_auth_sign(m, &w, &n->l[link].c[side].keys[0],
	    seq) == 0);
	ospf_md5_free(m);
	return (w.len);
}

void
net_craft(struct net *n, size_t link, int side, uint8_t type,
    const uint8_t *body, size_t len)
{
	struct net_link *l = &n->l[link];
	struct net_router *r = &n->r[l->r[side]];
	uint8_t *p = malloc(65536);
	struct wbuf w = wbuf_make(p, 65536);
	uint32_t seq = 0;
	size_t i;

	MUST(p != NULL);
	for (i = 20; i < 24; i++)
		seq = seq << 8 | l->last[side][i];
	ospf_hdr_write(&w, type, r->rid, r->g.area);
	wbuf_bytes(&w, body, len);
	MUST(wbuf_ok(&w));
	len = net_sign(n, link, side, p, w.len, 65536, seq);
	net_inject(n, link, side, p, len);
	free(p);
}

void
net_craft_lsa(struct net *n, size_t link, int side, uint8_t *lsa, size_t len)
{
	uint8_t *body = malloc(len + 4);
	uint16_t c;

	MUST(body != NULL);
	lsa[18] = (uint8_t)(len >> 8);
	lsa[19] = (uint8_t)len;
	c = lsa_fletcher(lsa, len);
	lsa[16] = (uint8_t)(c >> 8);
	lsa[17] = (uint8_t)c;
	memcpy(body, "\0\0\0\1", 4);
	memcpy(body + 4, lsa, len);
	net_craft(n, link, side, 4, body, len + 4);
	free(body);
}

void
net_boot_all(struct net *n)
{
	size_t i;

	for (i = 0; i < n->n_r; i++)
		net_boot(n, i);
}

const struct ospf_stats *
net_stats(struct net *n, size_t r)
{
	return (ospf_stats(n->r[r].e));
}

struct want {
	struct ctl_lsa	lsa;
	bool		found;
};

static void
find_lsa(void *ctx, const struct fld_table *t, const void *obj)
{
	const struct ctl_lsa *l = obj;
	struct want *w = ctx;

	(void)t;
	if (l->type != w->lsa.type || l->link_id != w->lsa.link_id ||
	    l->adv_router != w->lsa.adv_router)
		return;
	w->lsa = *l;
	w->found = true;
}

bool
net_lsa(struct net *n, size_t r, uint8_t type, uint32_t id, uint32_t adv,
    struct ctl_lsa *out)
{
	struct ctl_req req = { .arg = 0 };
	struct want w = { .lsa = { .type = type, .link_id = id,
	    .adv_router = adv } };

	ospf_show(n->r[r].e, n->now, CTL_LSA, &req, find_lsa, &w);
	*out = w.lsa;
	return (w.found);
}

uint32_t
net_seq(struct net *n, size_t at, size_t whose)
{
	struct ctl_lsa l;

	MUST(net_lsa(n, at, LSA_ROUTER, n->r[whose].rid, n->r[whose].rid,
	    &l));
	return (l.seq);
}

size_t
net_lsa_of(struct net *n, size_t whose, uint8_t *p, uint32_t seq, uint16_t age)
{
	struct wbuf w = wbuf_make(p, 256);
	struct lsa_hdr h = { .age = age, .options = 2, .seq = seq,
	    .key = { LSA_ROUTER, 0, n->r[whose].rid, n->r[whose].rid } };
	struct rlink l = { RLINK_STUB, 0x63000000, 0xff000000, 1 };

	lsa_hdr_write(&w, &h);
	router_lsa_write(&w, 0, &l, 1);
	MUST(wbuf_ok(&w));
	return (w.len);
}

struct net *
net_row(uint64_t seed, size_t k)
{
	struct net *n = net_new(seed);
	size_t i;

	for (i = 0; i < k; i++)
		net_router(n, 0x01010101U * (uint32_t)(i + 1));
	for (i = 0; i + 1 < k; i++)
		net_link(n, i, i + 1, 10);
	return (n);
}

struct net *
net_triangle(uint64_t seed)
{
	struct net *n = net_row(seed, 3);

	net_link(n, 2, 0, 10);
	return (n);
}

struct net *
net_up(uint64_t seed, size_t k)
{
	struct net *n = net_row(seed, k);

	net_boot_all(n);
	MUST(net_until(n, 3000, net_all_full));
	net_run(n, 20000);
	MUST(net_quiet(n));
	return (n);
}

bool
net_is(struct net *n, size_t link, int side, const char *state)
{
	struct ctl_nbr r = net_nbr(n, link, side);

	return (strcmp(r.state, state) == 0);
}
