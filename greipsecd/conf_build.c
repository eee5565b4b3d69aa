/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  From what was written to what to do: one list of tunnels with
 * the messages for every process.  An option is looked for in the link, the
 * two sites, the platform's presets, the mesh and the file, in this order; in
 * a plain tunnel in its block, the presets and the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/conf_int.h"
#include "lib/mtu.h"
#include "lib/secret.h"

#define HELLO_MS	10000
#define DEAD_S		40
#define RXMT_S		5
#define TTL		255
#define PATH_MTU	1500
#define IKE_LIFE_S	14400
#define CHILD_LIFE_S	3600
#define DPD_S		30
#define REPLAY		1024

/* Where to look for the options of one tunnel, and its two ends. */
struct ends {
	const struct optset	*near[3];	/* link; ours; theirs */
	const struct platform	*platform;
	const struct optset	*far[2];	/* mesh, file */
	const struct optset	*host;
	const struct lex_tok	*name;
	const char		*ifname;	/* NULL: by the name */
	const struct optval	*descr;
	bool			 disabled;
	struct addr		 local, peer;
	uint32_t		 inner_local, inner_peer;
	uint8_t			 inner_len;
	struct ike_ident	 local_id, remote_id;
	enum ike_start		 start;
	bool			 lower;
	const struct net_val	*nets[2];
};

static const struct optval *
near_opt(const struct ends *e, enum opt o)
{
	size_t i;

	for (i = 0; i < 3; i++)
		if (e->near[i] != NULL && e->near[i]->v[o] != NULL)
			return (e->near[i]->v[o]);
	return (NULL);
}

static const struct optval *
far_opt(const struct ends *e, enum opt o)
{
	size_t i;

	for (i = 0; i < 2; i++)
		if (e->far[i] != NULL && e->far[i]->v[o] != NULL)
			return (e->far[i]->v[o]);
	return (NULL);
}

static const struct optval *
find(const struct ends *e, enum opt o)
{
	const struct optval *v = near_opt(e, o);

	return (v != NULL ? v : far_opt(e, o));
}

static uint64_t
num(const struct ends *e, enum opt o, uint64_t def)
{
	const struct optval *v = find(e, o);

	return (v != NULL ? v->num : def);
}

/* As num(), where a platform has a say. */
static uint64_t
num_preset(const struct ends *e, enum opt o, uint64_t preset, uint64_t def)
{
	const struct optval *v = near_opt(e, o);

	if (v == NULL && e->platform != NULL)
		return (preset);
	return (v != NULL ? v->num : num(e, o, def));
}

int
build_net(struct conf_run *r, struct conf_net **list, size_t *n,
    const struct prefix *p, const struct conf_loc *loc)
{
	struct conf_net *more;
	size_t i;

	for (i = 0; i < *n; i++)
		if (prefix_eq(&(*list)[i].prefix, p))
			return (0);
	more = reallocarray(*list, *n + 1, sizeof(*more));
	if (more == NULL) {
		r->no_memory = true;
		return (-1);
	}
	*list = more;
	more[*n].prefix = *p;
	more[(*n)++].loc = *loc;
	return (0);
}

int
build_nets(struct conf_run *r, struct conf_net **list, size_t *n,
    const struct optval *v)
{
	const struct net_val *net;

	for (net = v != NULL ? v->nets : NULL; net != NULL; net = net->next)
		if (build_net(r, list, n, &net->prefix, &net->loc) == -1)
			return (-1);
	return (0);
}

/* The proposals of one protocol: written ones, presets, or ours. */
static uint16_t
proposals(const struct ends *e, enum opt o, enum suite_proto proto,
    const char *ours, struct proposal *out, struct conf_loc *loc)
{
	const struct optval *v = near_opt(e, o);
	const char *const *texts = NULL;
	const char *why, *bad;
	size_t bad_len;
	uint16_t n;

	if (v == NULL && e->platform != NULL)
		texts = o == OPT_IKE_PROPOSAL ? e->platform->ike :
		    e->platform->esp;
	else if (v == NULL)
		v = far_opt(e, o);
	if (v != NULL) {
		memcpy(out, v->props->p, v->props->n * sizeof(*out));
		*loc = v->loc;
		return (v->props->n);
	}
	if (texts == NULL)
		return (proposal_parse(ours, proto, out, &why, &bad,
		    &bad_len) == 0);
	for (n = 0; n < PROPOSALS_MAX && texts[n] != NULL; n++)
		if (proposal_parse(texts[n], proto, &out[n], &why, &bad,
		    &bad_len) == -1)
			break;
	return (n);
}

/* pfs settles the group of every ESP proposal; it stands before the ESN. */
static void
set_pfs(struct proposal *p, uint16_t group)
{
	struct proposal old = *p;
	bool done = group == KE_NONE;
	uint16_t i;

	p->n_xforms = 0;
	for (i = 0; i < old.n_xforms; i++) {
		if (!done && old.xforms[i].type == XFORM_ESN) {
			done = true;
			if (p->n_xforms < PROPOSAL_XFORMS_MAX)
				p->xforms[p->n_xforms++] = (struct xform){
					.type = XFORM_KE, .id = group
				};
		}
		if (old.xforms[i].type != XFORM_KE &&
		    p->n_xforms < PROPOSAL_XFORMS_MAX)
			p->xforms[p->n_xforms++] = old.xforms[i];
	}
}

static void
check_weak(struct conf_run *r, struct conf_tunnel *t,
    const struct proposal *p, uint16_t n, const struct conf_loc *loc,
    bool allowed)
{
	const struct alg *a;
	uint16_t i;

	for (i = 0; i < n; i++) {
		if ((a = proposal_weak(&p[i])) == NULL)
			continue;
		t->weak = true;
		if (allowed)
			conf_warn(r, loc, "%s: %s is weak, and allowed",
			    t->name, a->name);
		else
			conf_err(r, loc, "%s: %s is weak; `allow weak' takes "
			    "it", t->name, a->name);
		return;
	}
}

static void
build_ike(struct conf_run *r, const struct ends *e, struct conf_tunnel *t)
{
	struct ike_tunnel *k = &t->ike;
	struct conf_loc at = t->loc;
	const struct optval *pfs = find(e, OPT_PFS);
	bool allowed = find(e, OPT_WEAK) != NULL;
	uint16_t i;

	memcpy(k->name, t->name, sizeof(k->name));
	k->local = e->local;
	k->remote = e->peer;
	k->local_id = e->local_id;
	k->remote_id = e->remote_id;
	k->n_ike = proposals(e, OPT_IKE_PROPOSAL, PROTO_IKE,
	    "aes256gcm16-prfsha384-x25519-ecp384", k->ike, &at);
	check_weak(r, t, k->ike, k->n_ike, &at, allowed);
	at = t->loc;
	k->n_esp = proposals(e, OPT_ESP_PROPOSAL, PROTO_ESP, "aes256gcm16",
	    k->esp, &at);
	for (i = 0; pfs != NULL && i < k->n_esp; i++)
		set_pfs(&k->esp[i], (uint16_t)pfs->num);
	check_weak(r, t, k->esp, k->n_esp, &at, allowed);
	k->mode = (enum ipsec_mode)num_preset(e, OPT_ESP_MODE,
	    e->platform != NULL ? e->platform->mode : 0, MODE_TRANSPORT);
	k->ts_proto = num_preset(e, OPT_SELECTOR, e->platform == NULL ||
	    !e->platform->selector_any, 1) != 0 ? 47 : 0;
	k->start = e->start;
	k->lower_id = e->lower;
	k->nat = (enum nat_mode)num(e, OPT_NAT, NAT_AUTO);
	k->ike_life_s = (uint32_t)num(e, OPT_IKE_LIFE, IKE_LIFE_S);
	k->child_life_s = (uint32_t)num(e, OPT_ESP_LIFE, CHILD_LIFE_S);
	k->child_life_bytes = num(e, OPT_ESP_BYTES, 0);
	k->dpd_s = (uint32_t)num(e, OPT_DPD, DPD_S);
	k->replay_window = (uint16_t)num(e, OPT_REPLAY, REPLAY);
}

/* How much fits, or what was written. */
static void
build_mtu(struct conf_run *r, const struct ends *e, struct conf_tunnel *t)
{
	const struct proposal *p = &t->ike.esp[0];
	const struct xform *encr = proposal_first(p, XFORM_ENCR);
	const struct xform *integ = proposal_first(p, XFORM_INTEG);
	const struct optval *v = near_opt(e, OPT_PATH_MTU), *x;
	struct mtu_in in = {
		.family = e->local.family != ADDR_NONE ? e->local.family :
		    e->peer.family,
		.encr = encr->id, .key_bits = encr->key_bits,
		.integ = integ != NULL ? integ->id : INTEG_NONE,
		.mode = t->ike.mode, .udp = t->ike.nat == NAT_FORCE,
		.gre_key = t->esp.has_key
	};
	uint16_t fits;

	t->path_mtu = (uint16_t)num(e, OPT_PATH_MTU, PATH_MTU);
	/* both sites know their own path: the narrower */
	if (e->near[2] != NULL && (x = e->near[2]->v[OPT_PATH_MTU]) != NULL &&
	    v != NULL && (e->near[0] == NULL ||
	    v != e->near[0]->v[OPT_PATH_MTU]) && x->num < v->num)
		t->path_mtu = (uint16_t)x->num;
	in.path_mtu = t->path_mtu;
	fits = mtu_inner(&in);
	v = find(e, OPT_MTU);
	t->mtu_auto = v == NULL || v->word;
	t->mtu = t->mtu_auto ? fits : (uint16_t)v->num;
	if (!t->mtu_auto && t->mtu > fits)
		conf_warn(r, &v->loc, "%s: mtu %u is more than the %u that fit "
		    "into a path of %u", t->name, t->mtu, fits, t->path_mtu);
	v = e->host != NULL ? e->host->v[OPT_MSS] : NULL;
	if (v == NULL)
		v = find(e, OPT_MSS);
	t->mss_auto = v == NULL || (v->word && v->num == 0);
	t->esp.mss = t->mss_auto ? mtu_mss(t->mtu) :
	    v->word ? 0 : (uint16_t)v->num;
	t->esp.mtu = t->ospf.mtu = t->mtu;
}

static void
build_esp(const struct ends *e, struct conf_tunnel *t)
{
	const struct optval *key = find(e, OPT_GRE_KEY);

	memcpy(t->esp.name, t->name, sizeof(t->esp.name));
	t->esp.local = e->local;
	t->esp.remote = e->peer;
	t->esp.mode = t->ike.mode;
	t->esp.has_key = key != NULL;
	t->esp.gre_key = key != NULL ? (uint32_t)key->num : 0;
	t->esp.ttl = (uint8_t)num(e, OPT_TTL, TTL);
	t->esp.copy_dscp = num(e, OPT_DSCP, 1) != 0;
	t->esp.keepalive_reply = num(e, OPT_KEEPALIVE, 1) != 0;
}

/* Accepted keys and the sending one. */
static void
build_auth(struct conf_run *r, const struct ends *e, struct conf_tunnel *t)
{
	const struct optval *v = find(e, OPT_AUTH), *send = find(e, OPT_SEND);
	const struct md5_val *m;
	struct ospf_iface *o = &t->ospf;
	bool found = send == NULL;

	for (m = v != NULL ? v->md5 : NULL; m != NULL; m = m->next) {
		t->from.md5[o->n_keys] = m->origin;
		o->keys[o->n_keys++] = m->key;
		found = found || m->key.id == send->num;
	}
	o->auth = o->n_keys > 0 ? OSPF_AUTH_MD5 : OSPF_AUTH_NULL;
	if (o->n_keys > 0)
		o->send_key = send != NULL ? (uint8_t)send->num :
		    o->keys[0].id;
	if (!found)
		conf_err(r, &send->loc, "%s: send %llu: there is no 'auth "
		    "md5' with that id", t->name,
		    (unsigned long long)send->num);
}

static void
build_hello(struct conf_run *r, const struct ends *e, struct conf_tunnel *t)
{
	const struct optval *h = find(e, OPT_HELLO), *d = find(e, OPT_DEAD);
	const struct conf_loc *at = d != NULL ? &d->loc :
	    h != NULL ? &h->loc : &t->loc;
	uint32_t hello = h != NULL ? (uint32_t)h->num : HELLO_MS;
	uint32_t dead = (d != NULL ? (uint32_t)d->num : DEAD_S) * 1000;

	t->ospf.hello_ms = hello;
	t->ospf.dead_ms = dead;
	if (hello >= dead)
		conf_err(r, at, "%s: dead %us must be more than hello %ums",
		    t->name, dead / 1000, hello);
	else if (hello < 1000 && dead != 1000)
		conf_err(r, at, "%s: hello %ums is for dead 1 only, not for "
		    "dead %u", t->name, hello, dead / 1000);
	else if (hello > 1000 && hello % 1000 != 0)
		conf_err(r, h != NULL ? &h->loc : at, "%s: hello %ums must be "
		    "whole seconds, or less than one", t->name, hello);
}

static void
build_ospf(struct conf_run *r, const struct ends *e, struct conf_tunnel *t)
{
	const struct optval *area = near_opt(e, OPT_AREA);
	const struct optval *all = r->global.v[OPT_AREA];
	struct ospf_iface *o = &t->ospf;

	memcpy(o->name, t->ifname, sizeof(o->name));
	memcpy(o->site, t->name, sizeof(o->site));
	o->type = OSPF_P2P;
	o->addr = e->inner_local;
	o->prefix_len = e->inner_len;
	o->peer = e->inner_peer;
	o->cost = (uint16_t)num(e, OPT_METRIC, CONF_METRIC);
	o->rxmt_ms = (uint32_t)num(e, OPT_RXMT, RXMT_S) * 1000;
	o->mtu_check = (enum mtu_check)num_preset(e, OPT_MTU_CHECK,
	    e->platform != NULL ? e->platform->mtu_check : 0, MTU_WARN);
	o->hello_mask_zero = num(e, OPT_HELLO_MASK, 0) != 0;
	o->seq_strict = num(e, OPT_SEQUENCE, 0) != 0;
	t->ospf_off = num(e, OPT_OSPF_OFF, 0) != 0;
	build_hello(r, e, t);
	build_auth(r, e, t);
	if (area != NULL && area->num != (all != NULL ? all->num : 0))
		conf_err(r, &area->loc, "area: there is only one, that of "
		    "ospf { } in the file");
}

/* Room for more tunnels; where they were is wiped. */
static int
grow(struct conf_run *r, struct conf *c)
{
	size_t cap = r->cap_tunnels == 0 ? 8 : r->cap_tunnels * 2;
	struct conf_tunnel *more = calloc(cap, sizeof(*more));

	if (more == NULL) {
		r->no_memory = true;
		return (-1);
	}
	if (c->n_tunnels > 0) {
		memcpy(more, c->tunnels, c->n_tunnels * sizeof(*more));
		wipe(c->tunnels, c->n_tunnels * sizeof(*more));
	}
	free(c->tunnels);
	c->tunnels = more;
	r->cap_tunnels = cap;
	return (0);
}

/* A new tunnel in c from the two ends; NULL when memory ran out. */
static struct conf_tunnel *
build_tunnel(struct conf_run *r, struct conf *c, const struct ends *e)
{
	struct conf_tunnel *t;
	size_t i;

	if (c->n_tunnels == r->cap_tunnels && grow(r, c) == -1)
		return (NULL);
	t = &c->tunnels[c->n_tunnels++];
	t->loc = e->name->loc;
	(void)snprintf(t->name, sizeof(t->name), "%s", e->name->text);
	if (e->ifname != NULL)
		(void)snprintf(t->ifname, sizeof(t->ifname), "%s", e->ifname);
	else
		(void)snprintf(t->ifname, sizeof(t->ifname), "gs-%.12s",
		    e->name->text);
	if (e->platform != NULL)
		(void)snprintf(t->platform, sizeof(t->platform), "%s",
		    e->platform->name);
	if (e->descr != NULL)
		(void)snprintf(t->description, sizeof(t->description), "%s",
		    e->descr->text);
	t->disabled = e->disabled;
	t->local = e->local;
	t->peer = e->peer;
	t->inner_local = e->inner_local;
	t->inner_peer = e->inner_peer;
	t->inner_len = e->inner_len;
	for (i = 0; i < 2; i++) {
		const struct optval v = {
			.nets = (struct net_val *)(uintptr_t)e->nets[i]
		};

		(void)build_nets(r, &t->networks, &t->n_networks, &v);
	}
	build_ike(r, e, t);
	build_esp(e, t);
	build_ospf(r, e, t);
	build_mtu(r, e, t);
	return (t);
}

/* AUTH_ED25519 for the tunnel; own: our key line, NULL in a plain tunnel. */
static void
use_keys(struct conf_run *r, struct conf_tunnel *t, const struct optval *own,
    const struct optval *peer)
{
	t->ike.auth = t->secret.auth = AUTH_ED25519;
	memcpy(t->ike.remote_pub, peer->pub, 32);
	memcpy(t->secret.remote_pub, peer->pub, 32);
	if (secret_key(r, own, own != NULL ? &own->loc : &peer->loc) == -1)
		return;
	memcpy(t->ike.local_pub, r->pub, 32);
	memcpy(t->secret.priv, r->seed, 32);
	t->secret.n_priv = 32;
}

/* How the two sites know each other: check_auth() saw that they can. */
static void
site_auth(struct conf_run *r, struct conf_tunnel *t,
    const struct link_def *l, const struct site_def *peer)
{
	const struct optval *own = r->self->set.v[OPT_KEY];
	const struct optval *theirs = peer->set.v[OPT_KEY];
	const struct optval *v = l != NULL ? l->set.v[OPT_PSK] : NULL;
	const char *mesh = NULL;

	if (v == NULL && own != NULL && theirs != NULL) {
		use_keys(r, t, own, theirs);
		return;
	}
	if (v == NULL)
		v = peer->set.v[OPT_PSK];
	if (v == NULL)
		v = r->self->set.v[OPT_PSK];
	if (v == NULL) {
		v = r->mesh.set.v[OPT_PSK];
		mesh = r->mesh.name->text;
	}
	t->ike.auth = AUTH_PSK;
	(void)secret_fill(r, v, mesh, r->self->name->text, peer->name->text,
	    &t->secret, &t->from);
}

/* How one site is called in IKE; other: who is told so. */
static void
site_ident(struct conf_run *r, const struct site_def *s,
    const struct site_def *other, struct ike_ident *out)
{
	const struct optval *id = s->set.v[OPT_IDENTITY];
	const struct optval *a = s->set.v[OPT_ADDRESS];
	char text[2 * TUNNEL_NAME_MAX];

	if (id != NULL) {
		*out = id->ident;
		return;
	}
	if (site_foreign(s) || site_foreign(other)) {
		if (a->addr.family != ADDR_NONE) {
			(void)addr_text(&a->addr, text);
			(void)ident_parse(text, strlen(text), out);
			return;
		}
		if (site_foreign(s)) {
			conf_err(r, &s->name->loc, "site %s is foreign and "
			    "dynamic: it needs an 'identity'", s->name->text);
			return;
		}
	}
	(void)snprintf(text, sizeof(text), "%s.%s", s->name->text,
	    r->mesh.name->text);
	(void)ident_parse(text, strlen(text), out);
	out->type = IKE_ID_FQDN;
}

static bool
says(const struct optset *s, enum ike_start what)
{
	return (s != NULL && s->v[OPT_START] != NULL &&
	    s->v[OPT_START]->num == (uint64_t)what);
}

/* Who begins: what each end says of itself, else who can. */
static enum ike_start
site_start(struct conf_run *r, const struct link_def *l,
    const struct site_def *peer)
{
	const struct optset *own = &r->self->set;
	const struct optval *v = NULL;

	if (l != NULL)
		v = l->set.v[OPT_START];
	if (v == NULL)
		v = own->v[OPT_START];
	if (v == NULL && says(&peer->set, START_RESPOND))
		return (START_INITIATE);
	if (v == NULL && says(&peer->set, START_INITIATE))
		return (START_RESPOND);
	if (v == NULL)
		v = r->mesh.set.v[OPT_START];
	if (v == NULL)
		v = r->global.v[OPT_START];
	if (v != NULL && v->num == START_RESPOND && (site_dynamic(r->self) ||
	    (l != NULL && v == l->set.v[OPT_START]) ||
	    says(&peer->set, START_RESPOND)))
		conf_err(r, &v->loc, "respond: then neither %s nor %s begins",
		    r->self->name->text, peer->name->text);
	if (v != NULL && v->num == START_INITIATE && site_dynamic(peer))
		conf_err(r, &v->loc, "initiate: %s has no address to begin "
		    "with", peer->name->text);
	if (v != NULL)
		return ((enum ike_start)v->num);
	if (site_dynamic(peer))
		return (START_RESPOND);
	return (site_dynamic(r->self) ? START_INITIATE : START_AUTO);
}

void
build_site(struct conf_run *r, struct conf *c, const struct site_def *peer)
{
	const struct link_def *l = link_find(&r->mesh, r->self, peer);
	const struct optval *v;
	struct conf_tunnel *t;
	struct ends e = {
		.near = { l != NULL ? &l->set : NULL, &r->self->set,
		    &peer->set },
		.far = { &r->mesh.set, &r->global },
		.host = r->host != NULL ? &r->host->set : NULL,
		.name = peer->name,
		.local = r->self->set.v[OPT_ADDRESS]->addr,
		.peer = peer->set.v[OPT_ADDRESS]->addr,
		.lower = r->self->id < peer->id
	};

	/* a NAT gives it the address that the others know */
	if (e.host != NULL && e.host->v[OPT_LOCAL] != NULL)
		e.local = e.host->v[OPT_LOCAL]->addr;
	v = peer->set.v[OPT_PLATFORM];
	e.platform = v != NULL ? platform_find(v->text) : NULL;
	/* the words are 30 and 32 */
	e.inner_len = num_preset(&e, OPT_PREFIX, e.platform != NULL &&
	    e.platform->prefix == 32, 1) == 0 ? 30 : 32;
	if (conf_slot(&r->mesh.set.v[OPT_TUNNELS]->prefix, r->self->id,
	    peer->id, &e.inner_local, &e.inner_peer) == -1)
		return;		/* check_site() said so */
	v = l != NULL ? l->set.v[OPT_INTERFACE] : NULL;
	if (v == NULL)
		v = peer->set.v[OPT_INTERFACE];
	e.ifname = v != NULL ? v->text : NULL;
	e.descr = l != NULL ? l->set.v[OPT_DESCRIPTION] : NULL;
	if (e.descr == NULL)
		e.descr = peer->set.v[OPT_DESCRIPTION];
	e.disabled = (l != NULL && l->set.v[OPT_DISABLE] != NULL) ||
	    peer->set.v[OPT_DISABLE] != NULL ||
	    r->self->set.v[OPT_DISABLE] != NULL;
	if (peer->set.v[OPT_NETWORK] != NULL)
		e.nets[0] = peer->set.v[OPT_NETWORK]->nets;
	if (peer->set.v[OPT_ANNOUNCE] != NULL)
		e.nets[1] = peer->set.v[OPT_ANNOUNCE]->nets;
	site_ident(r, r->self, peer, &e.local_id);
	site_ident(r, peer, r->self, &e.remote_id);
	e.start = site_start(r, l, peer);
	if (e.local.family != ADDR_NONE && e.peer.family != ADDR_NONE &&
	    e.local.family != e.peer.family)
		conf_err(r, &peer->set.v[OPT_ADDRESS]->loc, "%s and %s have "
		    "addresses of two families", r->self->name->text,
		    peer->name->text);
	if ((t = build_tunnel(r, c, &e)) == NULL)
		return;
	t->mesh = true;
	site_auth(r, t, l, peer);
}

static void
plain_ident(const struct optval *v, const struct addr *a,
    struct ike_ident *out)
{
	char text[ADDR_TEXT_MAX];

	(void)addr_text(a, text);
	if (v != NULL)
		*out = v->ident;
	else
		(void)ident_parse(text, strlen(text), out);
}

void
build_plain(struct conf_run *r, struct conf *c, const struct tunnel_def *d)
{
	const struct optset *s = &d->set;
	const struct optval *v;
	struct conf_tunnel *t;
	struct ends e = {
		.near = { s }, .far = { &r->global },
		.host = r->host != NULL ? &r->host->set : NULL,
		.name = d->name, .descr = s->v[OPT_DESCRIPTION]
	};

	v = s->v[OPT_PLATFORM];
	e.platform = v != NULL ? platform_find(v->text) : NULL;
	v = s->v[OPT_INTERFACE];
	e.ifname = v != NULL ? v->text : NULL;
	e.disabled = s->v[OPT_DISABLE] != NULL;
	e.local = s->v[OPT_LOCAL]->addr;
	e.peer = s->v[OPT_PEER]->addr;
	e.inner_local = addr_to_v4(&s->v[OPT_INNER]->inner.local.addr);
	e.inner_len = s->v[OPT_INNER]->inner.local.len;
	e.inner_peer = addr_to_v4(&s->v[OPT_INNER]->inner.peer);
	plain_ident(s->v[OPT_LOCAL_ID], &e.local, &e.local_id);
	plain_ident(s->v[OPT_REMOTE_ID], &e.peer, &e.remote_id);
	v = s->v[OPT_RETRY];
	e.lower = v != NULL ? v->num != 0 : addr_cmp(&e.local, &e.peer) < 0;
	e.start = (enum ike_start)num(&e, OPT_START,
	    e.peer.family == ADDR_NONE ? START_RESPOND :
	    e.local.family == ADDR_NONE ? START_INITIATE : START_AUTO);
	if (s->v[OPT_NETWORK] != NULL)
		e.nets[0] = s->v[OPT_NETWORK]->nets;
	if ((t = build_tunnel(r, c, &e)) == NULL)
		return;
	if (s->v[OPT_KEY] != NULL)
		use_keys(r, t, NULL, s->v[OPT_KEY]);
	else {
		t->ike.auth = AUTH_PSK;
		(void)secret_fill(r, s->v[OPT_PSK], NULL, NULL, NULL,
		    &t->secret, &t->from);
	}
}
