/* SPDX-License-Identifier: ISC */
/* See sim.h.  A site: its engines, and what main does. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ed25519.h"
#include "sim.h"

#define TRUE_TIME	1700000000	/* s, when the world begins */

uint32_t
sim_stub(size_t site)
{
	return (0x0a000000U + ((uint32_t)site << 8));
}

uint64_t
sim_hop(uint32_t iid, uint32_t gateway)
{
	uint64_t z = (uint64_t)iid << 32 | gateway;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31));
}

/* --- configuration --- */

static void
set_id(struct ike_ident *id, size_t site)
{
	id->type = IKE_ID_FQDN;
	id->n_data = (uint16_t)snprintf((char *)id->data, sizeof(id->data),
	    "s%zu.test", site);
}

/* A handle for the end, as main gives it: a new one. */
static void
name_end(struct sim_end *e)
{
	struct sim_site *t = e->site;
	struct sim_end **v = reallocarray(t->ends, t->n_ends + 1, sizeof(*v));

	if (v == NULL)
		abort();
	t->ends = v;
	e->tid = (uint32_t)t->n_ends;
	t->ends[t->n_ends++] = e;
	e->ike.tid = e->secret.tid = e->ospf.iid = e->ospf.tid = e->tid;
	e->ospf.ifindex = e->tid + 100;
}

/* What both ends of a link agree on. */
struct form {
	enum ike_auth_method	 auth;
	const char		*esp;
	enum ipsec_mode		 mode;
	uint16_t		 window;
	bool			 brief;		/* rekeys are many */
};

static struct form
draw_form(struct sim *s)
{
	static const char *const esp[] = { "aes128gcm16", "aes128gcm16-x25519",
	    "aes256gcm16-x25519", "chacha20poly1305" };
	static const uint16_t window[] = { 32, 64, 1024 };
	struct form f = { AUTH_PSK, esp[0], MODE_TRANSPORT, window[2], false };

	if (!s->mixed)
		return (f);
	if (sim_chance(s, 40))
		f.auth = AUTH_ED25519;
	f.esp = esp[sim_random(s, sizeof(esp) / sizeof(esp[0]))];
	if (sim_chance(s, 40))
		f.mode = MODE_TUNNEL;
	f.window = window[sim_random(s, sizeof(window) / sizeof(window[0]))];
	f.brief = sim_chance(s, s->hasty ? 100 : 15);
	return (f);
}

void
sim_psk(struct sim_end *e, uint64_t psk, uint64_t psk2)
{
	struct keys_secret *k = &e->secret;

	k->n_psk = (uint16_t)snprintf((char *)k->psk, sizeof(k->psk),
	    "correct horse battery staple %llu", (unsigned long long)psk);
	k->n_psk2 = 0;
	if (psk2 != 0)
		k->n_psk2 = (uint16_t)snprintf((char *)k->psk2,
		    sizeof(k->psk2), "correct horse battery staple %llu",
		    (unsigned long long)psk2);
}

/* Raw keys, of the ends and not of the sites: no two links share one. */
static void
set_keys(struct sim_end *e)
{
	struct sim_site *t = e->site;
	struct keys_secret *k = &e->secret;

	seed_fill(&t->rng_state, k->priv, ED25519_LEN);
	k->n_priv = ED25519_LEN;
	if (ed25519_public(k->priv, e->ike.local_pub) == -1)
		abort();
	memcpy(e->other->ike.remote_pub, e->ike.local_pub, ED25519_LEN);
	memcpy(e->other->secret.remote_pub, e->ike.local_pub, ED25519_LEN);
}

static void
ike_config(struct sim_end *e, const struct form *f)
{
	struct sim *s = e->site->s;
	struct ike_tunnel *t = &e->ike;
	struct sim_site *peer = e->other->site;

	t->local = e->site->addr;
	if (!peer->nat)
		t->remote = peer->addr;
	(void)snprintf(t->name, sizeof(t->name), "t%zu", peer->idx);
	set_id(&t->local_id, e->site->idx);
	set_id(&t->remote_id, peer->idx);
	t->auth = e->secret.auth = f->auth;
	if (f->auth == AUTH_ED25519)
		set_keys(e);
	else
		sim_psk(e, 1, 0);
	t->n_ike = t->n_esp = 1;
	t->ike[0] = seed_prop(PROTO_IKE, "aes128gcm16-prfsha256-x25519");
	t->esp[0] = seed_prop(PROTO_ESP, f->esp);
	t->mode = f->mode;
	t->ts_proto = 47;
	t->start = peer->nat ? START_RESPOND : e->site->nat ? START_INITIATE :
	    START_AUTO;
	t->lower_id = e->site->idx < peer->idx;
	t->nat = NAT_AUTO;
	t->dpd_s = 10;
	t->replay_window = f->window;
	t->child_life_s = 300 + 100 * (uint32_t)sim_random(s, SIM_LIVES);
	t->ike_life_s = 900 + 300 * (uint32_t)sim_random(s, SIM_LIVES);
	if (f->brief) {
		t->child_life_s /= 5;
		t->ike_life_s /= 6;
	}
}

static void
ospf_config(struct sim_end *e, size_t link, int side, uint16_t cost)
{
	struct sim_site *peer = e->other->site;
	struct ospf_iface *c = &e->ospf;

	(void)snprintf(c->name, sizeof(c->name), "gs-%zu", peer->idx);
	(void)snprintf(c->site, sizeof(c->site), "s%zu", peer->idx);
	c->type = OSPF_P2P;
	c->addr = 0xac100000U + (uint32_t)link * 4 + 1 + (uint32_t)side;
	c->peer = 0xac100000U + (uint32_t)link * 4 + 2 - (uint32_t)side;
	c->prefix_len = 30;
	c->mtu = 1400;
	c->cost = cost;
	c->hello_ms = 1000;
	c->dead_ms = 4000;
	c->rxmt_ms = 2000;
	c->auth = OSPF_AUTH_MD5;
	c->send_key = 1;
	c->n_keys = 1;
	c->keys[0] = (struct ospf_key){ .id = 1, .n_key = 6 };
	memcpy(c->keys[0].key, "secret", 6);
}

struct sim_link *
sim_join(struct sim *s, size_t a, size_t b, uint16_t cost_a, uint16_t cost_b)
{
	struct sim_link *l = &s->link[s->n_links++];
	size_t at[2] = { a, b };
	uint16_t cost[2] = { cost_a, cost_b };
	struct form form = draw_form(s);
	int i;

	l->there = true;
	l->dead = MONO_NEVER;
	l->psk = 1;
	l->delay = NS_MS(2);
	for (i = 0; i < 2; i++) {
		l->end[i].link = l;
		l->end[i].site = &s->site[at[i]];
		l->end[i].other = &l->end[1 - i];
	}
	for (i = 0; i < 2; i++) {
		ike_config(&l->end[i], &form);
		ospf_config(&l->end[i], (size_t)(l - s->link), i, cost[i]);
		name_end(&l->end[i]);
		s->site[at[i]].to[at[1 - i]] = &l->end[i];
	}
	return (l);
}

/* --- routes --- */

static struct sim_route *
route_slot(struct sim_site *t, uint32_t dest, uint8_t len)
{
	size_t i = (size_t)(sim_hop(dest, len) & (t->cap_routes - 1));

	while (t->routes[i].used && (t->routes[i].dest != dest ||
	    t->routes[i].len != len))
		i = (i + 1) & (t->cap_routes - 1);
	return (&t->routes[i]);
}

static void
routes_grow(struct sim_site *t)
{
	struct sim_route *old = t->routes;
	size_t n = t->cap_routes, i;

	t->cap_routes = n == 0 ? 64 : n * 2;
	if ((t->routes = calloc(t->cap_routes, sizeof(*old))) == NULL)
		abort();
	for (i = 0; i < n; i++)
		if (old[i].used)
			*route_slot(t, old[i].dest, old[i].len) = old[i];
	free(old);
}

/* A deleted one stays as a slot without next hops.  BREAK_EXTRA: beside each
 * /24 comes a /25. */
static void
route(struct sim_site *t, uint32_t dest, uint8_t len,
    const struct ospf_route *o)
{
	struct sim_route *r;
	uint16_t i;

	if (t->s->broken == BREAK_EXTRA && t->idx == 0 && len == 24)
		route(t, dest, 25, o);
	t->route_msgs += len == 24;	/* a cut link may lose its subnet */
	if (t->n_routes * 2 >= t->cap_routes)
		routes_grow(t);
	r = route_slot(t, dest, len);
	t->n_routes += !r->used;
	*r = (struct sim_route){ .dest = dest, .len = len, .used = true };
	if (o == NULL || (t->s->broken == BREAK_ROUTE && t->idx == 0 &&
	    dest == sim_stub(1)))
		return;
	r->cost = o->cost;
	r->n = (uint8_t)o->n_nexthops;
	for (i = 0; i < o->n_nexthops; i++)
		r->hops += sim_hop(o->nexthops[i].iid, o->nexthops[i].gateway);
}

/* --- what the engines want --- */

static void	drain_ike(struct sim_site *t);

static void
ask_keys(struct sim_site *t, const struct ike_output *o)
{
	struct sim_end *e = t->ends[o->keys->tid];
	struct keys_auth q = *o->keys;
	struct keys_done d;
	struct ike_input in = { .type = IKE_IN_AUTH_DONE, .keys = &d };

	if (o->type == IKE_OUT_KEYS_VERIFY) {
		keys_auth_verify(&e->secret, &q, &d);
		in.type = IKE_IN_VERIFY_DONE;
	} else
		keys_auth_make(&e->secret, &q, &d);
	ike_engine_step(t->ike, t->s->now, &in);
}

/* Protocol 50 is said to be blocked: here it is not. */
static void
blamed(struct sim_site *t, const char *tunnel)
{
	if (t->s->wrong[0] == '\0')
		(void)snprintf(t->s->wrong, sizeof(t->s->wrong), "s%zu %.32s "
		    "takes protocol 50 for blocked", t->idx, tunnel);
}

static void
take_ike(struct sim_site *t, const struct ike_output *o)
{
	switch (o->type) {
	case IKE_OUT_DATAGRAM:
		sim_udp(t, &o->tx);
		break;
	case IKE_OUT_KEYS_AUTH:
	case IKE_OUT_KEYS_VERIFY:
		ask_keys(t, o);
		break;
	case IKE_OUT_SA_ADD:
		sim_dp_add(t->ends[o->sa->tid], o->sa);
		break;
	case IKE_OUT_SA_DEL:
		sim_dp_del(t->ends[o->ref.tid], &o->ref);
		break;
	case IKE_OUT_STATE:
		t->ends[o->state.tid]->state = o->state;
		break;
	case IKE_OUT_EVENT:
		sim_say(t->s, "s%zu %s %s %s", t->idx, o->event->subject,
		    o->event->what, o->event->text);
		if (strcmp(o->event->what, "esp-in-udp") == 0)
			blamed(t, o->event->subject);
		break;
	case IKE_OUT_DONE:
		break;
	}
}

static void
drain_ike(struct sim_site *t)
{
	struct ike_output o;

	while (ike_engine_pop(t->ike, &o))
		take_ike(t, &o);
	sim_timers(t);
}

void
sim_in_ike(struct sim_site *t, const struct ike_input *in)
{
	ike_engine_step(t->ike, t->s->now, in);
	drain_ike(t);
}

static void
neighbor(struct sim_site *t, const struct ospf_nbr_state *n)
{
	struct sim_end *e = t->ends[n->iid];

	t->nbr_lost += !n->full;
	sim_say(t->s, "s%zu %s neighbor %s%s", t->idx, e->ike.name,
	    n->full ? "FULL" : "lost", n->dead_timer ? " (silence)" : "");
	if (n->dead_timer)
		sim_evidence(e, EVID_SILENT, NULL, NULL, 0);
}

static void
take_ospf(struct sim_site *t, const struct ospf_output *o)
{
	struct ospf_input in = { .type = OSPF_IN_SEQ };

	switch (o->type) {
	case OSPF_OUT_PACKET:
		sim_out_esp(t->ends[o->packet.iid], &o->packet);
		break;
	case OSPF_OUT_ROUTE:
		route(t, o->route.dest, o->route.len, &o->route);
		break;
	case OSPF_OUT_ROUTE_DEL:
		route(t, o->dest.dest, o->dest.len, NULL);
		break;
	case OSPF_OUT_SEQ_RESERVE:
		t->saved_seq = in.seq = o->seq.seq;
		ospf_step(t->ospf, t->s->now, &in);
		break;
	case OSPF_OUT_NBR:
		neighbor(t, &o->nbr);
		break;
	case OSPF_OUT_EVENT:
		sim_say(t->s, "s%zu %s ospf %s %s", t->idx, o->event.subject,
		    o->event.what, o->event.text);
		break;
	case OSPF_OUT_SYNCED:
	case OSPF_OUT_DONE:
		break;
	}
}

void
sim_in_ospf(struct sim_site *t, const struct ospf_input *in)
{
	struct ospf_output o;

	ospf_step(t->ospf, t->s->now, in);
	while (ospf_pop(t->ospf, &o))
		take_ospf(t, &o);
	sim_timers(t);
}

/* --- start and end --- */

static void
start_ike(struct sim_site *t)
{
	size_t i;

	t->ike_par.rng = &t->rng;
	t->ike_par.ke = &ike_ke_seeded;
	t->ike_life++;
	if ((t->ike = ike_engine_new(&t->ike_par, t->s->now)) == NULL)
		abort();
	sim_in_ike(t, &(struct ike_input){ .type = IKE_IN_BEGIN });
	for (i = 1; i < t->n_ends; i++)
		if (t->ends[i]->tid == i && t->ends[i]->link->there)
			sim_in_ike(t, &(struct ike_input){
			    .type = IKE_IN_TUNNEL,
			    .tunnel = &t->ends[i]->ike });
	sim_in_ike(t, &(struct ike_input){ .type = IKE_IN_COMMIT });
	for (i = 1; i < t->n_ends; i++)
		if (t->ends[i]->tid == i && t->ends[i]->admin_down)
			sim_kick(t->ends[i], KICK_DOWN);
}

static void
start_ospf(struct sim_site *t)
{
	struct ospf_params p = { .rng = seed_fill, .rng_ctx = &t->rng_state };
	size_t i;

	if ((t->ospf = ospf_new(&p, t->s->now)) == NULL ||
	    (t->keep != NULL && !ospf_keep(t->ospf, t->keep, SIM_KEEP)))
		abort();
	/* main sweeps what is left at SYNCED; here at once */
	free(t->routes);
	t->routes = NULL;
	t->n_routes = t->cap_routes = 0;
	sim_in_ospf(t, &(struct ospf_input){ .type = OSPF_IN_BEGIN });
	sim_in_ospf(t, &(struct ospf_input){ .type = OSPF_IN_GLOBAL,
	    .global = &t->g });
	for (i = 1; i < t->n_ends; i++)
		if (t->ends[i]->tid == i && t->ends[i]->link->there)
			sim_in_ospf(t, &(struct ospf_input){
			    .type = OSPF_IN_IFACE,
			    .iface = &t->ends[i]->ospf });
	if (!t->stub_off)
		sim_conf_stub(t);
	sim_in_ospf(t, &(struct ospf_input){ .type = OSPF_IN_COMMIT });
}

/* What main would give as the first sequence number. */
static uint32_t
first_seq(const struct sim_site *t)
{
	int64_t wall = TRUE_TIME + t->s->now.ns / NS_S(1) + t->wall_off;

	return (t->saved_seq > (uint32_t)wall ? t->saved_seq : (uint32_t)wall);
}

void
sim_boot(struct sim_site *t, bool state_file)
{
	sim_say(t->s, "s%zu boots %s its state file, clock off by %lld s",
	    t->idx, state_file ? "with" : "without", (long long)t->wall_off);
	if (!state_file)
		t->saved_seq = 0;
	t->alive = true;
	t->boot++;
	if (t->s->keeps && (t->keep = calloc(1, SIM_KEEP)) == NULL)
		abort();
	t->g = (struct ospf_global){ .router_id = t->rid,
	    .seq = first_seq(t), .spf_hold_ms = 1000, .max_paths = 16,
	    .grace_s = t->crashed && state_file ? SIM_GRACE_S : 0 };
	t->crashed = false;
	start_ospf(t);
	t->g.grace_s = 0;
	start_ike(t);
}

void
sim_crash(struct sim_site *t)
{
	size_t i;

	sim_say(t->s, "s%zu crashes", t->idx);
	ike_engine_free(t->ike);
	ospf_free(t->ospf);
	t->ike = NULL;
	t->ospf = NULL;
	t->alive = false;
	t->crashed = true;
	t->died = t->s->now;
	t->boot++;
	free(t->keep);
	t->keep = NULL;
	for (i = 1; i < t->n_ends; i++)
		sim_sa_flush(t->ends[i]);
	sim_timers(t);
}

void
sim_stop(struct sim_site *t)
{
	sim_say(t->s, "s%zu stops", t->idx);
	sim_in_ospf(t, &(struct ospf_input){ .type = OSPF_IN_SHUTDOWN });
	sim_in_ike(t, &(struct ike_input){ .type = IKE_IN_SHUTDOWN });
	sim_run(t->s, 1100);
	sim_crash(t);
	t->crashed = false;
}

void
sim_crash_ospf(struct sim_site *t)
{
	uint8_t *was;

	sim_say(t->s, "s%zu loses its ospf", t->idx);
	/* freeing empties what the death of a process leaves behind */
	if ((was = malloc(SIM_KEEP)) == NULL)
		abort();
	memcpy(was, t->keep, SIM_KEEP);
	ospf_free(t->ospf);
	memcpy(t->keep, was, SIM_KEEP);
	free(was);
	t->g.seq = first_seq(t);
	start_ospf(t);
}

void
sim_crash_ike(struct sim_site *t)
{
	sim_say(t->s, "s%zu loses its ike", t->idx);
	ike_engine_free(t->ike);
	start_ike(t);
}

/* --- changes --- */

void
sim_conf(struct sim_end *e)
{
	struct sim_site *t = e->site;

	if (!t->alive || !e->link->there)
		return;
	sim_in_ike(t, &(struct ike_input){ .type = IKE_IN_TUNNEL,
	    .tunnel = &e->ike });
	sim_in_ospf(t, &(struct ospf_input){ .type = OSPF_IN_IFACE,
	    .iface = &e->ospf });
}

void
sim_conf_stub(struct sim_site *t)
{
	struct ospf_stub st = { .dest = sim_stub(t->idx), .len = 24,
	    .cost = t->stub_cost };

	sim_in_ospf(t, &(struct ospf_input){ .type = t->stub_off ?
	    OSPF_IN_STUB_DEL : OSPF_IN_STUB, .stub = &st });
}

static void
end_remove(struct sim_end *e)
{
	struct sim_site *t = e->site;

	if (t->alive) {
		sim_in_ike(t, &(struct ike_input){ .type = IKE_IN_TUNNEL_DEL,
		    .tid = e->tid });
		sim_in_ospf(t, &(struct ospf_input){ .type = OSPF_IN_IFACE_DEL,
		    .iid = e->tid });
	}
	sim_sa_flush(e);
	e->admin_down = false;
}

void
sim_unlink(struct sim_link *l)
{
	sim_say(l->end[0].site->s, "link s%zu-s%zu goes",
	    l->end[0].site->idx, l->end[1].site->idx);
	end_remove(&l->end[0]);
	end_remove(&l->end[1]);
	l->there = false;
}

void
sim_relink(struct sim_link *l)
{
	int i;

	sim_say(l->end[0].site->s, "link s%zu-s%zu comes",
	    l->end[0].site->idx, l->end[1].site->idx);
	l->there = true;
	for (i = 0; i < 2; i++) {
		name_end(&l->end[i]);
		memset(&l->end[i].state, 0, sizeof(l->end[i].state));
		sim_conf(&l->end[i]);
	}
}

void
sim_kick(struct sim_end *e, enum ike_kick_what k)
{
	struct ike_kick kick = { .tid = e->tid, .what = k };

	e->admin_down = k == KICK_DOWN || (e->admin_down && k != KICK_UP);
	if (e->site->alive)
		sim_in_ike(e->site, &(struct ike_input){ .type = IKE_IN_KICK,
		    .kick = &kick });
}

void
sim_clear(struct sim_end *e)
{
	if (e->site->alive)
		sim_in_ospf(e->site, &(struct ospf_input){
		    .type = OSPF_IN_CLEAR, .iid = e->tid });
}
