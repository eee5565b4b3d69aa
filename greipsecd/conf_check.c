/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  The file as a whole, the same on every host: do the sites,
 * links and networks go together.  Then who of them we are.  An option whose
 * value was refused (bad) counts as written here.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "greipsecd/conf_int.h"

struct site_def *
site_find(const struct mesh_def *m, const char *name)
{
	struct site_def *s;

	for (s = m->sites; s != NULL; s = s->next)
		if (strcmp(s->name->text, name) == 0)
			return (s);
	return (NULL);
}

bool
site_foreign(const struct site_def *s)
{
	return (s->set.v[OPT_PLATFORM] != NULL &&
	    !s->set.v[OPT_PLATFORM]->bad);
}

bool
site_dynamic(const struct site_def *s)
{
	return (s->set.v[OPT_ADDRESS] != NULL &&
	    s->set.v[OPT_ADDRESS]->addr.family == ADDR_NONE);
}

struct link_def *
link_find(const struct mesh_def *m, const struct site_def *a,
    const struct site_def *b)
{
	struct link_def *l;

	for (l = m->links; l != NULL; l = l->next)
		if ((l->site[0] == a && l->site[1] == b) ||
		    (l->site[0] == b && l->site[1] == a))
			return (l);
	return (NULL);
}

static bool
is_hub(const struct mesh_def *m, const struct site_def *s)
{
	const struct lex_tok *t;

	for (t = m->hubs; t != NULL; t = t->next)
		if (strcmp(t->text, s->name->text) == 0)
			return (true);
	return (false);
}

bool
mesh_joined(const struct mesh_def *m, const struct site_def *a,
    const struct site_def *b)
{
	if (site_foreign(a) && site_foreign(b))
		return (false);
	if (link_find(m, a, b) != NULL)
		return (true);
	/* neither could ever find the other */
	if (site_dynamic(a) && site_dynamic(b))
		return (false);
	return (m->topology == TOPO_FULL ||
	    (m->topology == TOPO_HUB && (is_hub(m, a) || is_hub(m, b))));
}

bool
opt_may_differ(enum opt o)
{
	/* each end has its own path; the smaller counts */
	return (o >= OPT_LINK_N ? o != OPT_PSK : o == OPT_PATH_MTU);
}

/* Names of sites for spell(). */
static const char *
nth_site(void *ctx, size_t i)
{
	const struct mesh_def *m = ctx;

	return (i < m->n_sites ? m->by_n[i]->name->text : NULL);
}

static struct site_def *
site_named(struct conf_run *r, const struct lex_tok *t)
{
	struct site_def *s = site_find(&r->mesh, t->text);
	const char *near;
	char show[SHOW_MAX];

	if (s != NULL || r->broken)	/* it may be what was not read */
		return (s);
	near = spell(t->text, t->len, nth_site, &r->mesh);
	conf_err(r, &t->loc, "there is no site '%s'%s%s%s",
	    lex_show(t->text, t->len, show), near != NULL ?
	    ", did you mean '" : "", near != NULL ? near : "",
	    near != NULL ? "'?" : "");
	return (NULL);
}

static void
check_links(struct conf_run *r)
{
	struct link_def *l, *first;
	struct lex_tok *t;
	char at[LOC_TEXT_MAX];

	for (t = r->mesh.hubs; t != NULL; t = t->next)
		(void)site_named(r, t);
	for (l = r->mesh.links; l != NULL; l = l->next) {
		struct site_def *a = site_named(r, l->name[0]);
		struct site_def *b = site_named(r, l->name[1]);

		if (a == NULL || b == NULL)
			continue;
		if (a == b) {
			conf_err(r, &l->loc, "a link of %s with itself",
			    a->name->text);
			continue;
		}
		first = link_find(&r->mesh, a, b);
		l->site[0] = a;
		l->site[1] = b;
		if (first != NULL)
			conf_err(r, &l->loc, "link %s %s is there twice, first "
			    "at %s", a->name->text, b->name->text,
			    loc_text(&first->loc, at));
		else if (site_foreign(a) && site_foreign(b))
			conf_err(r, &l->loc, "link %s %s: both are foreign, "
			    "there is nothing to do here", a->name->text,
			    b->name->text);
		else if (site_dynamic(a) && site_dynamic(b))
			conf_err(r, &l->loc, "link %s %s: neither has an "
			    "address at which the other could find it",
			    a->name->text, b->name->text);
	}
}

/* Words that a platform preset cannot mean yet. */
static void
check_platform(struct conf_run *r, const struct optset *s)
{
	const struct optval *v = s->v[OPT_PLATFORM];
	const struct platform *p;

	if (v == NULL || v->bad || s->v[OPT_IKE_VERSION] != NULL)
		return;
	p = platform_find(v->text);
	if (p != NULL && p->ike_version == 1)
		conf_err(r, &v->loc, "platform %s: IKEv1 is not available in "
		    "this version; say ike { version 2 } if the box can",
		    v->text);
}

/* The two ends of a plain tunnel. */
static void
check_ends(struct conf_run *r, const struct tunnel_def *d)
{
	const struct optval *l = d->set.v[OPT_LOCAL], *p = d->set.v[OPT_PEER];
	const char *name = d->name->text;

	if (l == NULL || p == NULL || l->bad || p->bad)
		return;
	if (l->addr.family == ADDR_NONE && p->addr.family == ADDR_NONE)
		conf_err(r, &d->name->loc, "tunnel %s: neither end has an "
		    "address at which the other could find it", name);
	else if (l->addr.family == ADDR_NONE &&
	    d->set.v[OPT_LOCAL_ID] == NULL)
		conf_err(r, &d->name->loc, "tunnel %s: local is dynamic, so "
		    "'local-id' must say who we are", name);
	else if (p->addr.family == ADDR_NONE &&
	    d->set.v[OPT_REMOTE_ID] == NULL)
		conf_err(r, &d->name->loc, "tunnel %s: peer is dynamic, so "
		    "'remote-id' must say who it is", name);
	else if (l->addr.family != ADDR_NONE && p->addr.family != ADDR_NONE &&
	    l->addr.family != p->addr.family)
		conf_err(r, &d->name->loc, "tunnel %s: local and peer are of "
		    "two families", name);
	else if (l->addr.family != ADDR_NONE && addr_eq(&l->addr, &p->addr))
		conf_err(r, &d->name->loc, "tunnel %s: local and peer are the "
		    "same address", name);
}

/* What a list of plain tunnels must have. */
static void
check_plain(struct conf_run *r, const struct tunnel_def *d)
{
	static const enum opt must[] = { OPT_LOCAL, OPT_PEER, OPT_INNER };
	size_t i;

	for (; d != NULL; d = d->next) {
		const struct optset *s = &d->set;

		for (i = 0; i < 3 && !d->broken; i++)
			if (s->v[must[i]] == NULL)
				conf_err(r, &d->name->loc, "tunnel %s has no "
				    "'%s'", d->name->text, opt_word(must[i]));
		if (s->v[OPT_PSK] == NULL && s->v[OPT_KEY] == NULL &&
		    !d->broken)
			conf_err(r, &d->name->loc, "tunnel %s has neither "
			    "'psk' nor 'key'", d->name->text);
		if (s->v[OPT_PSK] != NULL && s->v[OPT_KEY] != NULL)
			conf_err(r, &s->v[OPT_KEY]->loc, "tunnel %s has 'psk' "
			    "and 'key'", d->name->text);
		check_platform(r, s);
		check_ends(r, d);
	}
}

/* Compulsory options of one site, and its id. */
static void
check_site(struct conf_run *r, struct site_def *s)
{
	const struct optval *tunnels = r->mesh.set.v[OPT_TUNNELS];
	const struct optval *id = s->set.v[OPT_ID];
	char text[PREFIX_TEXT_MAX];
	uint8_t want;

	if (id == NULL && !s->broken)
		conf_err(r, &s->name->loc, "site %s has no id", s->name->text);
	if (s->set.v[OPT_ADDRESS] == NULL && !s->broken)
		conf_err(r, &s->name->loc, "site %s has no address; write "
		    "`address dynamic' when it has no fixed one",
		    s->name->text);
	check_platform(r, &s->set);
	if (id == NULL || id->bad)
		return;
	s->id = (uint32_t)id->num;
	if (tunnels == NULL || tunnels->bad)
		return;
	want = conf_slot_len(s->id);
	if (tunnels->prefix.len > want)
		conf_err(r, &id->loc, "id %u: tunnels %s holds ids up to %u; "
		    "it needs a /%u", s->id,
		    prefix_text(&tunnels->prefix, text),
		    conf_slot_ids(tunnels->prefix.len), want);
}

static uint32_t
router_id(const struct site_def *s)
{
	return (s->set.v[OPT_ROUTER_ID] != NULL ?
	    (uint32_t)s->set.v[OPT_ROUTER_ID]->num : s->id);
}

/* What two sites may not have in common. */
static void
check_two(struct conf_run *r, struct site_def *a, struct site_def *b)
{
	const struct optval *x, *y;
	char at[LOC_TEXT_MAX], text[ADDR_TEXT_MAX];

	x = a->set.v[OPT_ID];
	y = b->set.v[OPT_ID];
	if (a->id != 0 && a->id == b->id)
		conf_err(r, &y->loc, "id %u is %s's, at %s", b->id,
		    a->name->text, loc_text(&x->loc, at));
	else if (a->id != 0 && b->id != 0 && router_id(a) == router_id(b)) {
		const struct optval *v = b->set.v[OPT_ROUTER_ID];

		conf_err(r, v != NULL ? &v->loc : &b->name->loc,
		    "router id %s of %s is %s's too, at %s",
		    ip4_text(router_id(b), text), b->name->text, a->name->text,
		    loc_text(&a->name->loc, at));
	}
	x = a->set.v[OPT_ADDRESS];
	y = b->set.v[OPT_ADDRESS];
	if (x != NULL && y != NULL && x->addr.family != ADDR_NONE &&
	    addr_eq(&x->addr, &y->addr))
		conf_err(r, &y->loc, "address %s is %s's, at %s",
		    addr_text(&y->addr, text), a->name->text,
		    loc_text(&x->loc, at));
	x = a->set.v[OPT_KEY];
	y = b->set.v[OPT_KEY];
	if (x != NULL && y != NULL && !x->bad && !y->bad &&
	    memcmp(x->pub, y->pub, 32) == 0)
		conf_err(r, &y->loc, "key of %s is %s's, at %s; each site has "
		    "its own", b->name->text, a->name->text,
		    loc_text(&x->loc, at));
}

/* Prefixes of a with those of b. */
static void
check_overlap(struct conf_run *r, const struct site_def *a,
    const struct optval *x, const struct optval *y)
{
	const struct net_val *m, *n;
	char at[LOC_TEXT_MAX], p[PREFIX_TEXT_MAX], q[PREFIX_TEXT_MAX];

	if (x == NULL || y == NULL)
		return;
	for (n = y->nets; n != NULL; n = n->next)
		for (m = x->nets; m != NULL; m = m->next) {
			if (!prefix_overlap(&m->prefix, &n->prefix))
				continue;
			(void)prefix_text(&n->prefix, p);
			(void)prefix_text(&m->prefix, q);
			(void)loc_text(&m->loc, at);
			if (prefix_eq(&m->prefix, &n->prefix))
				conf_warn(r, &n->loc, "network %s is also %s's "
				    "at %s; of what both have the nearer is "
				    "used", p, a->name->text, at);
			else
				conf_warn(r, &n->loc, "network %s overlaps %s "
				    "of %s at %s; the longer one wins", p, q,
				    a->name->text, at);
		}
}

/* One list of networks of a site: inner and outer addresses stay out. */
static void
check_nets(struct conf_run *r, const struct site_def *s,
    const struct optval *v)
{
	const struct optval *t = r->mesh.set.v[OPT_TUNNELS], *o;
	const struct site_def *other;
	const struct net_val *n;
	char p[PREFIX_TEXT_MAX], q[PREFIX_TEXT_MAX], a[ADDR_TEXT_MAX];
	char at[LOC_TEXT_MAX];

	for (n = v != NULL ? v->nets : NULL; n != NULL; n = n->next) {
		if (t != NULL && !t->bad &&
		    prefix_overlap(&t->prefix, &n->prefix))
			conf_err(r, &n->loc, "network %s of %s overlaps tunnels "
			    "%s at %s", prefix_text(&n->prefix, p),
			    s->name->text, prefix_text(&t->prefix, q),
			    loc_text(&t->loc, at));
		for (other = r->mesh.sites; other != NULL;
		    other = other->next) {
			o = other->set.v[OPT_ADDRESS];
			if (o == NULL || !prefix_has(&n->prefix, &o->addr))
				continue;
			conf_warn(r, &n->loc, "network %s of %s holds %s's "
			    "outer address %s: a tunnel's packets must not be "
			    "routed into a tunnel; such a route is kept out",
			    prefix_text(&n->prefix, p), s->name->text,
			    other->name->text, addr_text(&o->addr, a));
		}
	}
}

static void
check_networks(struct conf_run *r)
{
	static const enum opt kinds[] = { OPT_NETWORK, OPT_ANNOUNCE };
	struct site_def *a, *b;
	size_t i, j;

	for (a = r->mesh.sites; a != NULL; a = a->next) {
		for (i = 0; i < 2; i++)
			check_nets(r, a, a->set.v[kinds[i]]);
		for (b = a->next; b != NULL; b = b->next)
			for (i = 0; i < 2; i++)
				for (j = 0; j < 2; j++)
					check_overlap(r, a,
					    a->set.v[kinds[i]],
					    b->set.v[kinds[j]]);
	}
}

/* Who says what about one option of their link. */
static void
check_agree(struct conf_run *r, enum opt o, const struct site_def *a,
    const struct site_def *b)
{
	const struct optval *x = a->set.v[o], *y = b->set.v[o];
	const struct link_def *l;
	char at[LOC_TEXT_MAX];

	if (x == NULL || y == NULL || x->bad || y->bad || opt_same(o, x, y) ||
	    !mesh_joined(&r->mesh, a, b))
		return;
	l = link_find(&r->mesh, a, b);
	if (l != NULL && l->set.v[o] != NULL)
		return;
	/* two keys are a better proof than either's psk */
	if (o == OPT_PSK && a->set.v[OPT_KEY] != NULL &&
	    b->set.v[OPT_KEY] != NULL)
		return;
	conf_err(r, &y->loc, "%s and %s disagree on '%s' of their link, see "
	    "%s; settle it in link %s %s { }", a->name->text, b->name->text,
	    opt_word(o), loc_text(&x->loc, at), a->name->text, b->name->text);
}

/* Whether the two can prove to each other who they are. */
static void
check_auth(struct conf_run *r, struct site_def *a, struct site_def *b)
{
	const struct link_def *l = link_find(&r->mesh, a, b);
	struct site_def *s = a;

	if ((a->set.v[OPT_KEY] != NULL && b->set.v[OPT_KEY] != NULL) ||
	    a->set.v[OPT_PSK] != NULL || b->set.v[OPT_PSK] != NULL ||
	    r->mesh.set.v[OPT_PSK] != NULL ||
	    (l != NULL && l->set.v[OPT_PSK] != NULL))
		return;
	if (a->set.v[OPT_KEY] != NULL)
		s = b;
	if (s->told)
		return;
	s->told = true;
	conf_err(r, &s->name->loc, "%s and %s have no way to know each other: "
	    "%s has no key, and there is no psk", a->name->text,
	    b->name->text, s->name->text);
}

static void
check_pairs(struct conf_run *r)
{
	struct site_def *a, *b;
	int o;

	for (a = r->mesh.sites; a != NULL; a = a->next)
		for (b = a->next; b != NULL; b = b->next) {
			check_two(r, a, b);
			for (o = 0; o < OPT_N; o++)
				if (!opt_may_differ((enum opt)o))
					check_agree(r, (enum opt)o, a, b);
			if (r->broken)
				continue;
			if (mesh_joined(&r->mesh, a, b))
				check_auth(r, a, b);
			else if (r->mesh.topology == TOPO_FULL &&
			    site_dynamic(a) && site_dynamic(b))
				conf_warn(r, &b->name->loc, "%s and %s are "
				    "both dynamic: no link between them",
				    a->name->text, b->name->text);
		}
}

void
check_tree(struct conf_run *r)
{
	struct mesh_def *m = &r->mesh;
	struct site_def *s;
	struct host_def *h;

	check_plain(r, r->tunnels);
	for (h = r->hosts; h != NULL; h = h->next)
		check_plain(r, h->tunnels);
	if (m->name == NULL)
		return;
	m->by_n = pool_get(r->pool, (m->n_sites + 1) * sizeof(*m->by_n));
	if (m->by_n == NULL) {
		r->no_memory = true;
		return;
	}
	for (s = m->sites; s != NULL; s = s->next)
		m->by_n[s->n] = s;
	if (m->set.v[OPT_TUNNELS] == NULL && !r->broken)
		conf_err(r, &m->name->loc, "mesh %s has no 'tunnels' range, as "
		    "in tunnels 172.31.0.0/22", m->name->text);
	if (m->sites == NULL && !r->broken)
		conf_err(r, &m->name->loc, "mesh %s has no site",
		    m->name->text);
	check_links(r);
	for (s = m->sites; s != NULL; s = s->next)
		check_site(r, s);
	check_pairs(r);
	check_networks(r);
	for (h = r->hosts; h != NULL; h = h->next)
		(void)site_named(r, h->name);
}

/* Whether the host name, as a whole or up to its first dot, is the site's. */
static bool
host_is(const char *host, const char *site)
{
	size_t n = strlen(site);

	return (host != NULL && strncasecmp(host, site, n) == 0 &&
	    (host[n] == '\0' || host[n] == '.'));
}

static bool
address_here(const struct conf_opts *o, const struct site_def *s)
{
	const struct optval *v = s->set.v[OPT_ADDRESS];
	size_t i;

	for (i = 0; v != NULL && i < o->n_addrs; i++)
		if (v->addr.family != ADDR_NONE &&
		    addr_eq(&v->addr, &o->addrs[i]))
			return (true);
	return (false);
}

/* "a, b, c" of the sites for which want holds. */
static void
candidates(struct conf_run *r, bool by_addr, char *buf, size_t cap)
{
	struct site_def *s;
	size_t used = 0;
	int n;

	buf[0] = '\0';
	for (s = r->mesh.sites; s != NULL && used < cap; s = s->next) {
		if (site_foreign(s) ||
		    (by_addr && !address_here(r->opts, s)))
			continue;
		n = snprintf(buf + used, cap - used, "%s%s",
		    used != 0 ? ", " : "", s->name->text);
		used += n > 0 ? (size_t)n : 0;
	}
}

static void
no_site(struct conf_run *r, enum conf_who who)
{
	char list[256];

	r->errs->who = who;
	candidates(r, who == CONF_WHO_MANY, list, sizeof(list));
	if (who == CONF_WHO_MANY)
		conf_err(r, &r->mesh.name->loc, "this host has the addresses "
		    "of several sites: %s; choose one with -s", list);
	else
		conf_err(r, &r->mesh.name->loc, "this host is none of the "
		    "sites %s: no local address is theirs, and its name is "
		    "'%s'; say -s site", list,
		    r->opts->host != NULL ? r->opts->host : "");
}

static void
who_in_mesh(struct conf_run *r)
{
	struct site_def *s;
	int n = 0;

	if (r->opts->site != NULL) {
		r->self = site_find(&r->mesh, r->opts->site);
		if (r->self == NULL)
			conf_err(r, &r->mesh.name->loc, "there is no site "
			    "'%s', which -s names", r->opts->site);
		else if (site_foreign(r->self))
			conf_err(r, &r->self->name->loc, "site %s is a foreign "
			    "box, this host cannot be it", r->opts->site);
		return;
	}
	for (s = r->mesh.sites; s != NULL; s = s->next)
		if (!site_foreign(s) && address_here(r->opts, s)) {
			r->self = s;
			n++;
		}
	for (s = r->mesh.sites; s != NULL && n == 0; s = s->next)
		if (!site_foreign(s) &&
		    host_is(r->opts->host, s->name->text))
			r->self = s;
	if (r->self == NULL && r->opts->was != NULL &&
	    (s = site_find(&r->mesh, r->opts->was)) != NULL &&
	    !site_foreign(s)) {
		r->self = s;
		r->guessed = true;
		conf_warn(r, &s->name->loc, "no address of this host is here "
		    "yet: it goes on as %s, as before", s->name->text);
	}
	if (n > 1 || r->self == NULL)
		no_site(r, n > 1 ? CONF_WHO_MANY : CONF_WHO_NONE);
}

void
check_who(struct conf_run *r)
{
	const char *name = r->opts->site;
	struct host_def *h;

	if (r->mesh.name != NULL) {
		who_in_mesh(r);
		name = r->self != NULL ? r->self->name->text : NULL;
	}
	for (h = r->hosts; h != NULL; h = h->next)
		if (name != NULL ? strcmp(h->name->text, name) == 0 :
		    host_is(r->opts->host, h->name->text))
			r->host = h;
	if (r->mesh.name != NULL || r->host != NULL || r->hosts == NULL)
		return;
	if (r->hosts->next == NULL && name == NULL)
		r->host = r->hosts;
	else {
		r->errs->who = CONF_WHO_NONE;
		conf_err(r, &r->hosts->name->loc, "no host block is this "
		    "host's: its name is '%s'; say -s name",
		    r->opts->host != NULL ? r->opts->host : "");
	}
}

static bool
same_ident(const struct ike_ident *a, const struct ike_ident *b)
{
	return (a->type == b->type && a->n_data == b->n_data &&
	    memcmp(a->data, b->data, a->n_data) == 0);
}

/* Two tunnels that would be one to the kernel, or to the peer's IKE. */
static void
check_clash(struct conf_run *r, const struct conf_tunnel *a,
    const struct conf_tunnel *b)
{
	char at[LOC_TEXT_MAX], buf[ADDR_TEXT_MAX];
	bool idents;

	(void)loc_text(&a->loc, at);
	if (strcmp(a->name, b->name) == 0)
		conf_err(r, &b->loc, "tunnel %s is there twice, first at %s",
		    b->name, at);
	else if (strcmp(a->ifname, b->ifname) == 0)
		conf_err(r, &b->loc, "interface %s of %s is %s's too, at %s; "
		    "name one with 'interface'", b->ifname, b->name, a->name,
		    at);
	if (a->inner_local == b->inner_local)
		conf_err(r, &b->loc, "inner address %s of %s is %s's too, at "
		    "%s", ip4_text(b->inner_local, buf), b->name, a->name, at);
	if (a->local.family == ADDR_NONE || !addr_eq(&a->local, &b->local) ||
	    !addr_eq(&a->peer, &b->peer))
		return;
	idents = same_ident(&a->ike.local_id, &b->ike.local_id) &&
	    same_ident(&a->ike.remote_id, &b->ike.remote_id);
	if (a->peer.family == ADDR_NONE) {
		if (idents)
			conf_err(r, &b->loc, "%s has the local address and the "
			    "identities of %s at %s, and the peers of both are "
			    "dynamic; tell them apart with 'remote-id'",
			    b->name, a->name, at);
	} else if (a->esp.has_key == b->esp.has_key &&
	    a->esp.gre_key == b->esp.gre_key)
		conf_err(r, &b->loc, "%s has the outer addresses of %s at %s; "
		    "tell them apart with 'gre-key'", b->name, a->name, at);
	else if (idents)
		conf_err(r, &b->loc, "%s has the outer addresses and the "
		    "identities of %s at %s; tell them apart with 'local-id' "
		    "and 'remote-id'", b->name, a->name, at);
}

void
check_tunnels(struct conf_run *r, const struct conf *c)
{
	const struct conf_tunnel *t;
	size_t i, j, k;
	char buf[ADDR_TEXT_MAX], p[PREFIX_TEXT_MAX];
	bool told = false;

	for (i = 0; i < c->n_tunnels; i++) {
		t = &c->tunnels[i];
		for (j = i + 1; j < c->n_tunnels; j++)
			check_clash(r, t, &c->tunnels[j]);
		if (t->ospf.auth == OSPF_AUTH_NULL && !told) {
			told = true;
			conf_warn(r, &t->loc, "ospf has no 'auth md5' on the "
			    "tunnel to %s", t->name);
		}
		for (k = 0; r->mesh.name == NULL && k < t->n_networks; k++)
			if (prefix_has(&t->networks[k].prefix, &t->peer))
				conf_warn(r, &t->networks[k].loc, "network %s "
				    "holds the tunnel's outer address %s; a "
				    "route into the tunnel is kept off it",
				    prefix_text(&t->networks[k].prefix, p),
				    addr_text(&t->peer, buf));
	}
}
