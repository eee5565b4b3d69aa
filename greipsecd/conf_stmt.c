/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  The statements of the configuration, as the grammar finds
 * them: each is put where it belongs in the run, or refused with what is wrong
 * and what would be right.  A refused option still counts as written, a refused
 * block is still read, so that one mistake makes one message.
 */
#include <stdio.h>
#include <string.h>

#include "greipsecd/conf_int.h"
#include "lib/secret.h"

#define MESH_PSK_MIN	22	/* characters of base64 in 128 bits */

/* The block that the present statement is in. */
static struct open_block *
top(struct conf_run *r)
{
	return (&r->open[r->n_open - 1]);
}

static bool
ignored(struct conf_run *r)
{
	return (r->n_ignored > 0);
}

/* For all but small tokens of the pool: the run cannot go on. */
static void *
get(struct conf_run *r, size_t len)
{
	void *p = pool_get(r->pool, len);

	if (p == NULL)
		r->no_memory = true;
	return (p);
}

/* Where blocks may stand: bits of enum block. */
static const struct {
	enum kw		kw;
	enum block	block;
	uint32_t	in;
} nesting[] = {
#define IN(x)	(1u << BLK_##x)
#define AROUND	(IN(TOP) | IN(MESH) | IN(SITE) | IN(LINK) | IN(TUNNEL))
	{ KW_OSPF, BLK_OSPF, AROUND },
	{ KW_IKE, BLK_IKE, AROUND },
	{ KW_IPSEC, BLK_IPSEC, AROUND },
	{ KW_MESH, BLK_MESH, IN(TOP) },
	{ KW_HOST, BLK_HOST, IN(TOP) },
	{ KW_TUNNEL, BLK_TUNNEL, IN(TOP) | IN(HOST) },
	{ KW_SITE, BLK_SITE, IN(MESH) },
	{ KW_LINK, BLK_LINK, IN(MESH) },
	{ KW_INTERFACE, BLK_IFACE, IN(HOST) },
};

#define N_NESTING	(sizeof(nesting) / sizeof(nesting[0]))

/* Statements that are neither options nor blocks. */
static const struct {
	enum kw		kw;
	uint32_t	in;
} others[] = {
	{ KW_INCLUDE, IN(TOP) },
	{ KW_TOPOLOGY, IN(MESH) },
};

/* Blocks that a keyword may stand in, in any scope. */
static uint32_t
may_stand(enum kw kw)
{
	uint32_t in = 0;
	size_t i;
	int b, s;

	for (b = 0; b < BLK_IGNORE; b++)
		for (s = 0; s < SCOPE_N; s++)
			if (opt_allowed(kw, (enum block)b, (enum scope)s))
				in |= 1u << b;
	for (i = 0; i < N_NESTING; i++)
		if (nesting[i].kw == kw)
			in |= nesting[i].in;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].kw == kw)
			in |= others[i].in;
	return (in);
}

static bool
stands_here(struct conf_run *r, enum kw kw)
{
	struct open_block *o = top(r);
	size_t i;

	if (opt_allowed(kw, o->block, o->scope))
		return (true);
	for (i = 0; i < N_NESTING; i++)
		if (nesting[i].kw == kw && (nesting[i].in & 1u << o->block))
			return (true);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].kw == kw && (others[i].in & 1u << o->block))
			return (true);
	return (false);
}

/* "'x' is not allowed in link, only in site and mesh" */
static void
misplaced(struct conf_run *r, const struct lex_tok *kw)
{
	uint32_t in = may_stand((enum kw)kw->kw) & ~(1u << top(r)->block);
	char list[160] = "";
	size_t used = 0;
	int b, n;

	for (b = 0; b < BLK_IGNORE && used < sizeof(list); b++) {
		if ((in & 1u << b) == 0)
			continue;
		in &= ~(1u << b);
		n = snprintf(list + used, sizeof(list) - used, "%s%s",
		    used == 0 ? "" : in == 0 ? " and " : ", ",
		    block_names[b]);
		used += n > 0 ? (size_t)n : 0;
	}
	if (used == 0)		/* the right block, the wrong surroundings */
		conf_err(r, &kw->loc, "'%s' is not allowed in this %s",
		    kw->text, block_names[top(r)->block]);
	else
		conf_err(r, &kw->loc, "'%s' is not allowed in %s, only in %s",
		    kw->text, block_names[top(r)->block], list);
}

/* A statement here was not read: what it might have said is not missed. */
static void
not_read(struct conf_run *r)
{
	r->broken = true;
	if (top(r)->broken != NULL)
		*top(r)->broken = true;
}

/* Whether the value was forgotten and a statement of a later line eaten. */
static bool
forgotten(struct conf_run *r, const struct lex_tok *kw,
    const struct lex_tok *val)
{
	if (val == NULL || val->kw == 0 || val->loc.line == kw->loc.line)
		return (false);
	conf_err(r, &kw->loc, "'%s' wants a value", kw->text);
	return (true);
}

/* A slot for the option, or NULL: it has been written before. */
static struct optval *
slot(struct conf_run *r, struct optset *set, enum opt o,
    const struct lex_tok *kw, bool add)
{
	struct optval *v = set->v[o];
	char at[LOC_TEXT_MAX];

	if (v != NULL && !v->soft) {
		if (add)
			return (v);
		conf_err(r, &kw->loc, "'%s' is set twice, first at %s",
		    kw->text, loc_text(&v->loc, at));
		return (NULL);
	}
	if ((v = get(r, sizeof(*v))) == NULL)
		return (NULL);
	v->loc = kw->loc;
	set->v[o] = v;
	return (v);
}

static void
refused(struct conf_run *r, const struct opt_def *d, const struct lex_tok *kw,
    const struct lex_tok *val, const char *why)
{
	char show[SHOW_MAX];

	if (val == NULL)
		conf_err(r, &kw->loc, "%s: %s", kw->text, why);
	else if (d->type == VAL_PUB)	/* may be the private one */
		conf_err(r, &val->loc, "%s: %s", kw->text, why);
	else
		conf_err(r, &val->loc, "%s %s: %s", kw->text,
		    lex_show(val->text, val->len, show), why);
}

/* failover sets hello and dead, where nothing more exact does. */
static void
failover(struct conf_run *r, struct optset *set, const struct lex_tok *kw,
    uint64_t which)
{
	static const struct { enum opt o; uint64_t n[3]; } presets[] = {
		{ OPT_HELLO, { 10000, 1000, 333 } },
		{ OPT_DEAD, { 40, 4, 1 } }
	};
	struct optval *v;
	size_t i;

	for (i = 0; i < 2; i++) {
		if (set->v[presets[i].o] != NULL)
			continue;
		v = slot(r, set, presets[i].o, kw, false);
		if (v != NULL) {
			v->num = presets[i].n[which];
			v->soft = true;
		}
	}
}

void
stmt_opt(struct conf_run *r, struct lex_tok *kw, struct lex_tok *vals)
{
	const struct opt_def *d;
	struct open_block *o = top(r);
	struct optval *v;
	char why[WHY_MAX];

	if (ignored(r))
		return;
	d = opt_find((enum kw)kw->kw, o->block, o->scope);
	if (d == NULL) {
		misplaced(r, kw);
		return;
	}
	if (forgotten(r, kw, vals))
		return;
	v = slot(r, o->set, d->opt, kw, d->type == VAL_NETS);
	if (v == NULL)
		return;
	if (vals == NULL)
		(void)opt_value(d, kw, v, r->pool, why);
	for (; vals != NULL; vals = vals->next)
		if (vals->bad)
			v->bad = true;
		else if (opt_value(d, vals, v, r->pool, why) == -1) {
			v->bad = true;
			refused(r, d, kw, vals, why);
		}
	if (d->opt == OPT_FAILOVER && !v->bad)
		failover(r, o->set, kw, v->num);
}

static int
one_psk(struct conf_run *r, const struct lex_tok *kw,
    const struct lex_tok *val, bool mesh, struct optval *v)
{
	struct psk_val *p = &v->psk[v->n_psk];

	if (val->bad)
		return (-1);
	if (v->n_psk == 2) {
		conf_err(r, &val->loc,
		    "psk: at most two, the second for a change");
		return (-1);
	}
	if (val->len == 0 || val->len > KEYS_PSK_MAX) {
		conf_err(r, &val->loc, "psk: must be 1 to %d characters, is "
		    "%zu", KEYS_PSK_MAX, val->len);
		return (-1);
	}
	if (mesh && val->len < MESH_PSK_MIN) {
		conf_err(r, &val->loc, "psk of the mesh: must be at least 128 "
		    "bits, %d characters as `greipsecctl genpsk' makes them, "
		    "is %zu", MESH_PSK_MIN, val->len);
		return (-1);
	}
	if (mesh && val->derive != NULL) {
		conf_err(r, &val->loc, "psk of the mesh: is not derived");
		return (-1);
	}
	p->text = val->text;
	p->len = val->len;
	p->loc = val->loc;
	p->origin = val->origin;
	p->derive = val->derive;
	v->n_psk++;
	secret_place(r, &val->loc, &val->origin);
	if (val->len < MESH_PSK_MIN)
		conf_warn(r, &val->loc, "psk: %zu characters are easily "
		    "guessed; `greipsecctl genpsk' makes good ones", val->len);
	(void)kw;
	return (0);
}

void
stmt_psk(struct conf_run *r, struct lex_tok *kw, struct lex_tok *vals)
{
	struct open_block *o = top(r);
	struct optval *v;

	if (ignored(r))
		return;
	if (!stands_here(r, KW_PSK)) {
		misplaced(r, kw);
		return;
	}
	if (forgotten(r, kw, vals) ||
	    (v = slot(r, o->set, OPT_PSK, kw, false)) == NULL)
		return;
	for (; vals != NULL; vals = vals->next)
		if (one_psk(r, kw, vals, o->scope == SCOPE_MESH, v) == -1)
			v->bad = true;
}

/* A small number; -1 when it is none. */
static int
key_id(const struct lex_tok *t)
{
	int n = 0;
	size_t i;

	for (i = 0; i < t->len; i++) {
		if (i == 3 || t->text[i] < '0' || t->text[i] > '9')
			return (-1);
		n = n * 10 + (t->text[i] - '0');
	}
	return (i == 0 || n > 255 ? -1 : n);
}

/* The new key behind those there are; -1: reported. */
static int
add_md5(struct conf_run *r, struct optval *v, const struct lex_tok *kw,
    int id, const struct lex_tok *key)
{
	struct md5_val *m, **end = &v->md5;
	char at[LOC_TEXT_MAX];
	size_t n = 0;

	for (; *end != NULL; end = &(*end)->next, n++)
		if ((*end)->key.id == id) {
			conf_err(r, &kw->loc, "auth md5 %d is set twice, first "
			    "at %s", id, loc_text(&(*end)->loc, at));
			return (-1);
		}
	if (n == OSPF_KEYS_MAX) {
		conf_err(r, &kw->loc, "auth: at most %d keys", OSPF_KEYS_MAX);
		return (-1);
	}
	if ((m = get(r, sizeof(*m))) == NULL)
		return (-1);
	m->key.id = (uint8_t)id;
	m->key.n_key = (uint16_t)key->len;
	memcpy(m->key.key, key->text, key->len);
	m->loc = kw->loc;
	m->origin = key->origin;
	*end = m;
	secret_place(r, &key->loc, &key->origin);
	return (0);
}

void
stmt_auth(struct conf_run *r, struct lex_tok *kw, struct lex_tok *type,
    struct lex_tok *id, struct lex_tok *key)
{
	struct open_block *o = top(r);
	struct optval *v;
	int n = key_id(id);

	if (ignored(r))
		return;
	if (!stands_here(r, KW_AUTH)) {
		misplaced(r, kw);
		return;
	}
	if (forgotten(r, kw, type) || forgotten(r, kw, id) ||
	    forgotten(r, kw, key) ||
	    (v = slot(r, o->set, OPT_AUTH, kw, true)) == NULL)
		return;
	v->bad = true;
	if (strcmp(type->text, "md5") != 0)
		conf_err(r, &type->loc, "auth: must be md5");
	else if (id->bad || key->bad)
		;
	else if (n == -1)
		conf_err(r, &id->loc, "auth md5: the key id must be 0 to 255");
	else if (key->len == 0 || key->len > 16)
		conf_err(r, &key->loc, "auth md5 %d: the key must be 1 to 16 "
		    "characters, is %zu", n, key->len);
	else if (key->derive != NULL)
		conf_err(r, &key->loc, "auth md5 %d: the key is not derived",
		    n);
	else if (add_md5(r, v, kw, n, key) == 0)
		v->bad = false;
}

void
stmt_inner(struct conf_run *r, struct lex_tok *kw, struct lex_tok *local,
    struct lex_tok *peer)
{
	struct open_block *o = top(r);
	const char *slash = strchr(local->text, '/'), *why = NULL;
	char show[SHOW_MAX], buf[ADDR_TEXT_MAX] = "";
	struct prefix *p;
	struct optval *v;
	size_t n = slash != NULL ? (size_t)(slash - local->text) : local->len;
	struct prefix range;

	if (ignored(r))
		return;
	if (!stands_here(r, KW_INNER)) {
		misplaced(r, kw);
		return;
	}
	if ((v = slot(r, o->set, OPT_INNER, kw, false)) == NULL)
		return;
	p = &v->inner.local;
	if (n < sizeof(buf))
		memcpy(buf, local->text, n);
	p->len = 32;
	if (slash != NULL && (slash[1] < '1' || slash[1] > '9' ||
	    (slash[2] != '\0' && (slash[2] < '0' || slash[2] > '9' ||
	    slash[3] != '\0'))))
		why = "must be as in 10.0.0.1/30";
	else if (slash != NULL)
		p->len = (uint8_t)((slash[1] - '0') * (slash[2] ? 10 : 1) +
		    (slash[2] ? slash[2] - '0' : 0));
	if (addr_parse(buf, &p->addr) == -1 || p->addr.family != ADDR_V4 ||
	    p->len > 32)
		why = "must be as in 10.0.0.1/30";
	else if (addr_parse(peer->text, &v->inner.peer) == -1 ||
	    v->inner.peer.family != ADDR_V4)
		why = "the peer must be an IPv4 address";
	else if (addr_eq(&p->addr, &v->inner.peer))
		why = "both ends have one address";
	range = prefix_make(&p->addr, p->len);
	if (why == NULL && p->len < 32 &&
	    !prefix_has(&range, &v->inner.peer))
		why = "the peer lies outside";
	if (why != NULL) {
		v->bad = true;
		conf_err(r, &local->loc, "inner %s: %s",
		    lex_show(local->text, local->len, show), why);
	}
}

void
stmt_topology(struct conf_run *r, struct lex_tok *kw, struct lex_tok *word,
    struct lex_tok *hubs)
{
	static const char *const words[TOPO_N] = { "full", "hub", "links" };
	char at[LOC_TEXT_MAX], show[SHOW_MAX];
	struct mesh_def *m = top(r)->obj;
	int i;

	if (ignored(r))
		return;
	if (top(r)->block != BLK_MESH) {
		misplaced(r, kw);
		return;
	}
	if (m->topology_loc.line != 0) {
		conf_err(r, &kw->loc, "'topology' is set twice, first at %s",
		    loc_text(&m->topology_loc, at));
		return;
	}
	m->topology_loc = kw->loc;
	for (i = 0; i < TOPO_N && strcmp(words[i], word->text) != 0; i++)
		;
	if (i == TOPO_N)
		conf_err(r, &word->loc, "topology %s: must be full, hub { "
		    "sites } or links", lex_show(word->text, word->len, show));
	else if ((i == TOPO_HUB) != (hubs != NULL))
		conf_err(r, &word->loc, "topology %s: %s", word->text,
		    hubs != NULL ? "takes no list" :
		    "wants the hubs, as in hub { london tokyo }");
	else {
		m->topology = (enum topology)i;
		m->hubs = hubs;
	}
}

void
stmt_include(struct conf_run *r, struct lex_tok *path)
{
	if (ignored(r))
		return;
	if (top(r)->block != BLK_TOP)
		conf_err(r, &path->loc, "'include' is not allowed in %s, only "
		    "in the file", block_names[top(r)->block]);
	else
		(void)(path->bad ||
		    lex_include(r->lex, path->text, &path->loc));
}

void
stmt_assign(struct conf_run *r, struct lex_tok *name, struct lex_tok *value)
{
	if (ignored(r))
		return;
	if (top(r)->block != BLK_TOP)
		conf_err(r, &name->loc, "macro '%s' is defined inside a block; "
		    "do it before", name->text);
	else
		lex_define(r->lex, name, value);
}

struct lex_tok *
stmt_chain(struct lex_tok *a, struct lex_tok *b)
{
	struct lex_tok *t = a;

	while (t->next != NULL)
		t = t->next;
	t->next = b;
	return (a);
}

struct lex_tok *
stmt_from(struct conf_run *r, struct lex_tok *place, struct lex_tok *derive)
{
	struct lex_tok *t = NULL;

	if (!ignored(r))
		t = lex_at(r->lex, place);
	if (t == NULL) {
		place->bad = true;
		return (place);
	}
	t->derive = derive;
	return (t);
}

/* A name of a block; false: reported. */
static bool
good_name(struct conf_run *r, const struct lex_tok *kw,
    const struct lex_tok *name)
{
	static const struct opt_def d = {
		.type = VAL_NAME, .max = TUNNEL_NAME_MAX - 1
	};
	static const struct opt_def d_if = {
		.type = VAL_IFNAME, .max = IFACE_NAME_MAX - 1
	};
	struct optval v = { 0 };
	char why[WHY_MAX], show[SHOW_MAX];

	if (opt_value(kw->kw == KW_INTERFACE ? &d_if : &d, name, &v, r->pool,
	    why) == 0)
		return (true);
	conf_err(r, &name->loc, "%s %s: %s", kw->text,
	    lex_show(name->text, name->len, show), why);
	return (false);
}

static bool
good_names(struct conf_run *r, const struct lex_tok *head)
{
	const struct lex_tok *t;

	for (t = head->next; t != NULL; t = t->next)
		if (t->bad || forgotten(r, head, t) ||
		    !good_name(r, head, t))
			return (false);
	return (true);
}

/* A second block of one name is read, and thrown away. */
static void
twice(struct conf_run *r, const struct lex_tok *kw,
    const struct lex_tok *name, const struct lex_tok *first)
{
	char at[LOC_TEXT_MAX];

	conf_err(r, &name->loc, "%s %s is there twice, first at %s", kw->text,
	    name->text, loc_text(&first->loc, at));
}

/* Each open_ makes the definition and says whose option set is filled. */
static void
open_mesh(struct conf_run *r, struct lex_tok *kw, struct open_block *o)
{
	struct mesh_def *m = &r->mesh;

	o->scope = SCOPE_MESH;
	if (m->name != NULL) {
		char at[LOC_TEXT_MAX];

		conf_err(r, &kw->next->loc, "a second mesh; the first is at %s",
		    loc_text(&m->name->loc, at));
		m = get(r, sizeof(*m));
	}
	if (m == NULL)
		return;
	m->name = kw->next;
	o->set = &m->set;
	o->obj = m;
}

static void
open_site(struct conf_run *r, struct lex_tok *kw, struct open_block *o)
{
	struct mesh_def *m = top(r)->obj;
	struct site_def *s = get(r, sizeof(*s)), **end = &m->sites;

	o->scope = SCOPE_SITE;
	if (s == NULL)
		return;
	s->name = kw->next;
	o->set = &s->set;
	o->broken = &s->broken;
	for (; *end != NULL; end = &(*end)->next)
		if (strcmp((*end)->name->text, s->name->text) == 0) {
			twice(r, kw, s->name, (*end)->name);
			return;
		}
	s->n = m->n_sites++;
	*end = s;
}

static void
open_link(struct conf_run *r, struct lex_tok *kw, struct open_block *o)
{
	struct mesh_def *m = top(r)->obj;
	struct link_def *l = get(r, sizeof(*l)), **end = &m->links;

	o->scope = SCOPE_LINK;
	if (l == NULL)
		return;
	l->name[0] = kw->next;
	l->name[1] = kw->next->next;
	l->loc = kw->loc;
	o->set = &l->set;
	while (*end != NULL)
		end = &(*end)->next;
	*end = l;
}

static void
open_host(struct conf_run *r, struct lex_tok *kw, struct open_block *o)
{
	struct host_def *h = get(r, sizeof(*h)), **end = &r->hosts;

	o->scope = SCOPE_HOST;
	if (h == NULL)
		return;
	h->name = kw->next;
	o->set = &h->set;
	o->obj = h;
	for (; *end != NULL; end = &(*end)->next)
		if (strcmp((*end)->name->text, h->name->text) == 0) {
			twice(r, kw, h->name, (*end)->name);
			return;
		}
	*end = h;
}

static void
open_tunnel(struct conf_run *r, struct lex_tok *kw, struct open_block *o)
{
	struct host_def *h = top(r)->block == BLK_HOST ? top(r)->obj : NULL;
	struct tunnel_def *t = get(r, sizeof(*t)), **end;

	o->scope = SCOPE_TUNNEL;
	if (t == NULL)
		return;
	t->name = kw->next;
	o->set = &t->set;
	o->broken = &t->broken;
	for (end = h != NULL ? &h->tunnels : &r->tunnels; *end != NULL;
	    end = &(*end)->next)
		if (strcmp((*end)->name->text, t->name->text) == 0) {
			twice(r, kw, t->name, (*end)->name);
			return;
		}
	*end = t;
}

static void
open_iface(struct conf_run *r, struct lex_tok *kw, struct open_block *o)
{
	struct host_def *h = top(r)->obj;
	struct iface_def *i = get(r, sizeof(*i)), **end = &h->ifaces;

	o->scope = SCOPE_IFACE;
	if (i == NULL)
		return;
	i->name = kw->next;
	o->set = &i->set;
	for (; *end != NULL; end = &(*end)->next)
		if (strcmp((*end)->name->text, i->name->text) == 0) {
			twice(r, kw, i->name, (*end)->name);
			return;
		}
	*end = i;
}

void
stmt_open(struct conf_run *r, struct lex_tok *head)
{
	static void (*const open_of[BLK_N])(struct conf_run *,
	    struct lex_tok *, struct open_block *) = {
		[BLK_MESH] = open_mesh, [BLK_SITE] = open_site,
		[BLK_LINK] = open_link, [BLK_HOST] = open_host,
		[BLK_TUNNEL] = open_tunnel, [BLK_IFACE] = open_iface
	};
	struct open_block o = *top(r);
	size_t i;

	for (i = 0; i < N_NESTING && nesting[i].kw != (enum kw)head->kw; i++)
		;
	if (!ignored(r) && (nesting[i].in & 1u << o.block) == 0)
		misplaced(r, head);
	if (ignored(r) || (nesting[i].in & 1u << o.block) == 0 ||
	    !good_names(r, head) || r->n_open == BLOCKS_MAX) {
		not_read(r);
		r->n_ignored++;
		return;
	}
	o.block = nesting[i].block;
	o.loc = head->loc;
	if (open_of[o.block] != NULL) {
		o.set = NULL;
		open_of[o.block](r, head, &o);
		if (o.set == NULL) {
			r->n_ignored++;
			return;
		}
	}
	r->open[r->n_open++] = o;
}

void
stmt_close(struct conf_run *r)
{
	if (r->n_ignored > 0)
		r->n_ignored--;
	else if (r->n_open > 1)
		r->n_open--;
}

/* Keywords that may stand in the present block, for spell(). */
static const char *
nth_here(void *ctx, size_t i)
{
	struct conf_run *r = ctx;
	size_t k, n = 0;

	for (k = 0; k < n_kw_defs; k++)
		if (stands_here(r, kw_defs[k].kw) && n++ == i)
			return (kw_defs[k].word);
	return (NULL);
}

static const char *
nth_any(void *ctx, size_t i)
{
	(void)ctx;
	return (i < n_kw_defs ? kw_defs[i].word : NULL);
}

/* One syntax error a line. */
static bool
fresh_line(struct conf_run *r, const struct lex_tok *t)
{
	if (r->syntax_at.line == t->loc.line && r->syntax_at.file == t->loc.file)
		return (false);
	r->syntax_at = t->loc;
	return (true);
}

/* Whether the line of t is about a secret, of which t may be a part. */
static bool
beside_secret(const struct conf_run *r, const struct lex_tok *t)
{
	return (r->secret_at.line == t->loc.line &&
	    r->secret_at.file == t->loc.file);
}

void
stmt_unknown(struct conf_run *r, struct lex_tok *t)
{
	const char *near;
	char show[SHOW_MAX];

	not_read(r);
	if (ignored(r) || !fresh_line(r, t))
		;
	else if (beside_secret(r, t))
		conf_err(r, &t->loc, "unknown keyword; not shown, it may be "
		    "of the secret");
	else {
		near = spell(t->text, t->len, nth_here, r);
		if (near == NULL)
			near = spell(t->text, t->len, nth_any, r);
		if (near != NULL)
			conf_err(r, &t->loc, "unknown keyword '%s', did you "
			    "mean '%s'?", lex_show(t->text, t->len, show),
			    near);
		else
			conf_err(r, &t->loc, "unknown keyword '%s'",
			    lex_show(t->text, t->len, show));
	}
	lex_skip(r->lex, t);
}

/* How a keyword goes on. */
static const char *
wants(int kw)
{
	size_t i;

	for (i = 0; i < n_kw_defs; i++)
		if ((int)kw_defs[i].kw == kw &&
		    kw_defs[i].shape == SHAPE_FLAG)
			return ("stands alone");
	return (kw == KW_OSPF || kw == KW_IKE || kw == KW_IPSEC ?
	    "wants a block { }" : "wants a value");
}

bool
stmt_syntax(struct conf_run *r)
{
	struct lex_tok *t = r->last, *b = r->before;
	char show[SHOW_MAX];
	int lists = r->n_braces - (r->n_open - 1) - r->n_ignored;

	not_read(r);
	if (!fresh_line(r, t))
		;
	else if (t->type == LEX_ASSIGN)
		conf_err(r, &t->loc, "unexpected '='; quote a value that "
		    "holds one");
	else if (b != NULL && b->kw != 0 && t->type != LEX_STRING)
		conf_err(r, &b->loc, "'%s' %s", b->text, wants(b->kw));
	else if (t->type == LEX_STRING)
		conf_err(r, &t->loc, "a value where a keyword should be");
	else if (t->type == LEX_WORD && beside_secret(r, t))
		conf_err(r, &t->loc, "unexpected word; not shown, it may be "
		    "of the secret");
	else
		conf_err(r, &t->loc, "unexpected '%s'%s",
		    lex_show(t->text, t->len, show),
		    t->kw != 0 ? "; is a '{' missing?" : "");
	/* of a list, not of the block around it */
	if (t->type == LEX_CLOSE)
		return (lists >= 0);
	if (t->type == LEX_OPEN) {
		lex_close(r->lex);
		r->n_braces--;
		lists--;
	} else if (lists <= 0)
		lex_skip(r->lex, t);
	if (lists > 0) {
		lex_close(r->lex);
		r->n_braces--;
	}
	return (true);
}

void
stmt_stray(struct conf_run *r, struct lex_tok *t)
{
	r->n_braces++;
	if (fresh_line(r, t))
		conf_err(r, &t->loc, "unexpected '}': no block is open");
}

void
stmt_end(struct conf_run *r)
{
	struct open_block *o = top(r);

	not_read(r);
	if (r->no_memory)
		conf_err(r, &r->last->loc, "no memory");
	else if (r->last != NULL && r->last->type != LEX_END)
		conf_err(r, &r->last->loc, "blocks are too deep");
	else if (r->n_open > 1)
		conf_err(r, &o->loc, "'}' is missing: %s is still open at the "
		    "end", block_names[o->block]);
	else if (r->last != NULL && r->before != NULL && r->before->kw != 0)
		conf_err(r, &r->before->loc, "'%s' %s", r->before->text,
		    wants(r->before->kw));
	else if (r->last != NULL && r->before != NULL)
		conf_err(r, &r->before->loc, "unexpected end of file");
}
