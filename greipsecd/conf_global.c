/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  The result as a whole: who we are, what is ours, what is the
 * others' (and so must not leave by the provider's door), and the tunnels.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/conf_int.h"

#define SPF_DELAY_MS	50
#define SPF_HOLD_MS	200

static uint64_t
num(const struct optset *s, enum opt o, uint64_t def)
{
	return (s != NULL && s->v[o] != NULL ? s->v[o]->num : def);
}

/* `router-id' of the site, of its host block, of the file; else the id. */
static void
build_router_id(struct conf_run *r, struct conf_global *g)
{
	const struct optset *own = r->self != NULL ? &r->self->set : NULL;
	const struct optset *host = r->host != NULL ? &r->host->set : NULL;
	uint64_t id = num(own, OPT_ID, num(host, OPT_ID, 0));
	const struct tunnel_def *t = r->tunnels != NULL || r->host == NULL ?
	    r->tunnels : r->host->tunnels;

	g->site_id = (uint32_t)id;
	if (own != NULL && own->v[OPT_ROUTER_ID] != NULL)
		id = own->v[OPT_ROUTER_ID]->num;
	else if (host != NULL && host->v[OPT_ROUTER_ID] != NULL)
		id = host->v[OPT_ROUTER_ID]->num;
	else if (r->global.v[OPT_ROUTER_ID] != NULL)
		id = r->global.v[OPT_ROUTER_ID]->num;
	g->ospf.router_id = (uint32_t)id;
	if (id == 0 && t != NULL)
		conf_err(r, &t->name->loc, "ospf has no router id: "
		    "say host NAME { id 1 } or ospf { router-id 192.0.2.1 }");
}

static void
build_ifaces(struct conf_run *r, struct conf_global *g)
{
	const struct iface_def *d;
	size_t n = 0;

	for (d = r->host != NULL ? r->host->ifaces : NULL; d != NULL;
	    d = d->next)
		n++;
	if (n == 0)
		return;
	if ((g->ifaces = calloc(n, sizeof(*g->ifaces))) == NULL) {
		r->no_memory = true;
		return;
	}
	for (d = r->host->ifaces; d != NULL; d = d->next) {
		struct conf_iface *i = &g->ifaces[g->n_ifaces++];

		(void)snprintf(i->name, sizeof(i->name), "%s", d->name->text);
		i->metric = (uint16_t)num(&d->set, OPT_METRIC, g->lan_metric);
		i->loc = d->name->loc;
	}
}

static void
build_global(struct conf_run *r, struct conf_global *g)
{
	const struct optset *s = &r->global, *host = NULL;
	const char *mesh = r->mesh.name != NULL ? r->mesh.name->text : NULL;

	g->ospf.area = (uint32_t)num(s, OPT_AREA, 0);
	g->ospf.spf_delay_ms = (uint32_t)num(s, OPT_SPF_DELAY, SPF_DELAY_MS);
	g->ospf.spf_hold_ms = (uint32_t)num(s, OPT_SPF_HOLD, SPF_HOLD_MS);
	g->ospf.max_paths = (uint8_t)num(s, OPT_MAX_PATHS, OSPF_NEXTHOPS);
	g->ospf.grace = (enum grace_mode)num(s, OPT_GRACEFUL, GRACE_FULL);
	g->lan_metric = (uint16_t)num(s, OPT_METRIC, CONF_METRIC);
	g->log = (enum conf_log)num(s, OPT_LOG, CONF_LOG_BRIEF);
	g->sysctl = g->nat_exemption = true;
	if (r->host != NULL) {
		host = &r->host->set;
		(void)snprintf(g->site, sizeof(g->site), "%s",
		    r->host->name->text);
		g->sysctl = num(host, OPT_SYSCTL, 1) != 0;
		g->nat_exemption = num(host, OPT_NAT_EXEMPTION, 1) != 0;
		if (mesh == NULL && host->v[OPT_MESH] != NULL)
			mesh = host->v[OPT_MESH]->text;
		(void)build_nets(r, &g->networks, &g->n_networks,
		    host->v[OPT_NETWORK]);
		(void)build_nets(r, &g->announces, &g->n_announces,
		    host->v[OPT_ANNOUNCE]);
		(void)build_nets(r, &g->guards, &g->n_guards,
		    host->v[OPT_GUARD]);
	}
	if (mesh != NULL)
		(void)snprintf(g->mesh, sizeof(g->mesh), "%s", mesh);
	if (r->self != NULL) {
		(void)snprintf(g->site, sizeof(g->site), "%s",
		    r->self->name->text);
		g->guessed = r->guessed;
		(void)build_nets(r, &g->networks, &g->n_networks,
		    r->self->set.v[OPT_NETWORK]);
		(void)build_nets(r, &g->announces, &g->n_announces,
		    r->self->set.v[OPT_ANNOUNCE]);
	}
	build_router_id(r, g);
	build_ifaces(r, g);
}

static void
build_sites(struct conf_run *r, struct conf *c)
{
	const struct site_def *d;
	struct conf_site *s;
	const struct optval *v;

	if (r->mesh.n_sites == 0)
		return;
	c->sites = calloc(r->mesh.n_sites, sizeof(*c->sites));
	if (c->sites == NULL) {
		r->no_memory = true;
		return;
	}
	for (d = r->mesh.sites; d != NULL; d = d->next) {
		s = &c->sites[c->n_sites++];
		(void)snprintf(s->name, sizeof(s->name), "%s", d->name->text);
		s->id = d->id;
		s->self = d == r->self;
		s->disabled = d->set.v[OPT_DISABLE] != NULL;
		s->dynamic = site_dynamic(d);
		s->address = d->set.v[OPT_ADDRESS]->addr;
		if ((v = d->set.v[OPT_PLATFORM]) != NULL)
			(void)snprintf(s->platform, sizeof(s->platform), "%s",
			    v->text);
		if ((v = d->set.v[OPT_DESCRIPTION]) != NULL)
			(void)snprintf(s->description, sizeof(s->description),
			    "%s", v->text);
		s->router_id = (uint32_t)num(&d->set, OPT_ROUTER_ID, d->id);
		(void)build_nets(r, &s->networks, &s->n_networks,
		    d->set.v[OPT_NETWORK]);
		(void)build_nets(r, &s->announces, &s->n_announces,
		    d->set.v[OPT_ANNOUNCE]);
		s->loc = d->name->loc;
	}
}

static bool
ours(const struct conf_global *g, const struct prefix *p)
{
	size_t i;

	for (i = 0; i < g->n_networks; i++)
		if (prefix_eq(&g->networks[i].prefix, p))
			return (true);
	for (i = 0; i < g->n_announces; i++)
		if (prefix_eq(&g->announces[i].prefix, p))
			return (true);
	return (false);
}

static void
guard(struct conf_run *r, struct conf_global *g, const struct conf_net *n,
    size_t n_n)
{
	size_t i;

	for (i = 0; i < n_n; i++)
		if (!ours(g, &n[i].prefix))
			(void)build_net(r, &g->guards, &g->n_guards,
			    &n[i].prefix, &n[i].loc);
}

/* Every network of another, whether a tunnel leads there or not. */
static void
build_guards(struct conf_run *r, struct conf *c)
{
	size_t i;

	for (i = 0; i < c->n_sites; i++) {
		if (c->sites[i].self)
			continue;
		guard(r, &c->global, c->sites[i].networks,
		    c->sites[i].n_networks);
		guard(r, &c->global, c->sites[i].announces,
		    c->sites[i].n_announces);
	}
	for (i = 0; i < c->n_tunnels; i++)
		guard(r, &c->global, c->tunnels[i].networks,
		    c->tunnels[i].n_networks);
}

struct conf *
build_conf(struct conf_run *r)
{
	struct conf *c = calloc(1, sizeof(*c));
	const struct tunnel_def *t;
	const struct site_def *s;

	if (c == NULL) {
		r->no_memory = true;
		return (NULL);
	}
	c->names = names_ref(r->names);
	build_global(r, &c->global);
	build_sites(r, c);
	for (s = r->self != NULL ? r->mesh.sites : NULL; s != NULL;
	    s = s->next)
		if (s != r->self && mesh_joined(&r->mesh, r->self, s))
			build_site(r, c, s);
	for (t = r->tunnels; t != NULL; t = t->next)
		build_plain(r, c, t);
	for (t = r->host != NULL ? r->host->tunnels : NULL; t != NULL;
	    t = t->next)
		build_plain(r, c, t);
	build_guards(r, c);
	if (r->no_memory) {
		conf_free(c);
		return (NULL);
	}
	return (c);
}
