/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See conf_diff.h.  Messages are compared field by field with
 * one table that also names the reload class of each; what is not in the table
 * of its struct is compared by the bytes of its message and is in place.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/conf_diff.h"
#include "lib/secret.h"
#include "lib/wbuf.h"

const char *const conf_class_names[CLASS_N] = {
	"nothing", "in place", "rekey", "new IKE SA", "interface recreated"
};
const char *const conf_op_names[CONF_OP_N] = {
	"same", "change", "add", "remove"
};

/* What a member belongs to: which message goes again when it differs. */
enum part {
	PART_NONE, PART_LINK, PART_IKE, PART_SECRET, PART_ESP, PART_OSPF
};

/* How it is shown: SHOW_NAME says only that it differs. */
enum show {
	SHOW_NAME, SHOW_NUM, SHOW_MSEC, SHOW_TEXT, SHOW_PROPOSAL
};

struct member {
	const char	*name;
	size_t		 off, size;
	enum part	 part;
	enum conf_class	 class;
	enum show	 show;
};

#define M(m, n, p, c, s) { n, offsetof(struct conf_tunnel, m), \
	sizeof(((struct conf_tunnel *)0)->m), PART_##p, CLASS_##c, SHOW_##s }

static const struct member members[] = {
	M(ifname, "interface", LINK, RECREATE, TEXT),
	M(name, "name", IKE, IN_PLACE, TEXT),
	M(description, "description", NONE, NOTHING, TEXT),
	M(platform, "platform", NONE, NOTHING, TEXT),
	M(inner_local, "inner address", LINK, IN_PLACE, NAME),
	M(inner_peer, "inner peer", LINK, IN_PLACE, NAME),
	M(inner_len, "inner prefix", LINK, IN_PLACE, NUM),
	M(mtu, "mtu", LINK, IN_PLACE, NUM),
	M(path_mtu, "path-mtu", LINK, IN_PLACE, NUM),
	M(disabled, "disable", LINK, NEW_IKE, NUM),

	M(local, "local", IKE, NEW_IKE, NAME),
	M(peer, "peer", IKE, NEW_IKE, NAME),
	M(ike.local_id, "local-id", IKE, NEW_IKE, NAME),
	M(ike.remote_id, "remote-id", IKE, NEW_IKE, NAME),
	M(ike.auth, "auth", IKE, NEW_IKE, NAME),
	M(ike.local_pub, "own key", IKE, NEW_IKE, NAME),
	M(ike.remote_pub, "key", IKE, NEW_IKE, NAME),
	M(ike.n_ike, "ike proposals", IKE, NEW_IKE, NUM),
	M(ike.ike, "ike proposal", IKE, NEW_IKE, PROPOSAL),
	M(ike.n_esp, "ipsec proposals", IKE, REKEY, NUM),
	M(ike.esp, "ipsec proposal", IKE, REKEY, PROPOSAL),
	M(ike.mode, "mode", IKE, REKEY, NAME),
	M(ike.ts_proto, "selector", IKE, REKEY, NAME),
	M(ike.nat, "nat", IKE, NEW_IKE, NAME),
	M(ike.start, "start", IKE, IN_PLACE, NAME),
	M(ike.lower_id, "retry", IKE, IN_PLACE, NAME),
	M(ike.ike_life_s, "ike life", IKE, IN_PLACE, NUM),
	M(ike.child_life_s, "ipsec life", IKE, REKEY, NUM),
	M(ike.child_life_bytes, "ipsec bytes", IKE, REKEY, NUM),
	M(ike.dpd_s, "dpd", IKE, IN_PLACE, NUM),
	M(ike.replay_window, "replay-window", IKE, REKEY, NUM),

	/* A PSK proves who is there when an IKE SA is made; one that exists
	 * goes on, so that two ends may change theirs one after the other. */
	M(secret.psk, "psk", SECRET, IN_PLACE, NAME),
	M(secret.n_psk, "psk", SECRET, IN_PLACE, NAME),
	M(secret.psk2, "second psk", SECRET, IN_PLACE, NAME),
	M(secret.n_psk2, "second psk", SECRET, IN_PLACE, NAME),
	M(secret.priv, "private key", SECRET, NEW_IKE, NAME),

	M(esp.has_key, "gre-key", ESP, IN_PLACE, NUM),
	M(esp.gre_key, "gre-key", ESP, IN_PLACE, NUM),
	M(esp.ttl, "ttl", ESP, IN_PLACE, NUM),
	M(esp.copy_dscp, "dscp", ESP, IN_PLACE, NUM),
	M(esp.mss, "mss", ESP, IN_PLACE, NUM),
	M(esp.keepalive_reply, "keepalive", ESP, IN_PLACE, NUM),

	M(ospf_off, "ospf disable", OSPF, IN_PLACE, NUM),
	M(ospf.cost, "metric", OSPF, IN_PLACE, NUM),
	M(ospf.hello_ms, "hello", OSPF, IN_PLACE, MSEC),
	M(ospf.dead_ms, "dead", OSPF, IN_PLACE, MSEC),
	M(ospf.rxmt_ms, "rxmt", OSPF, IN_PLACE, MSEC),
	M(ospf.mtu_check, "mtu-check", OSPF, IN_PLACE, NAME),
	M(ospf.hello_mask_zero, "hello-mask", OSPF, IN_PLACE, NAME),
	M(ospf.seq_strict, "sequence", OSPF, IN_PLACE, NAME),
	M(ospf.auth, "auth", OSPF, IN_PLACE, NAME),
	M(ospf.send_key, "send", OSPF, IN_PLACE, NUM),
	M(ospf.n_keys, "auth md5", OSPF, IN_PLACE, NAME),
	M(ospf.keys, "auth md5", OSPF, IN_PLACE, NAME),
};

#define N_MEMBERS	(sizeof(members) / sizeof(members[0]))

static bool
same_tunnel(const struct conf_tunnel *a, const struct conf_tunnel *b)
{
	if (a->local.family == ADDR_NONE || a->peer.family == ADDR_NONE ||
	    b->local.family == ADDR_NONE || b->peer.family == ADDR_NONE)
		return (strcmp(a->name, b->name) == 0);
	return (addr_eq(&a->local, &b->local) && addr_eq(&a->peer, &b->peer) &&
	    a->esp.has_key == b->esp.has_key &&
	    a->esp.gre_key == b->esp.gre_key);
}

/*
 * The tunnel of c that is t and no other's yet, or NULL; marked as taken.  Two
 * files mostly have the same order, so the search begins at *from, behind the
 * one found last.
 */
static const struct conf_tunnel *
take(const struct conf *c, const struct conf_tunnel *t, bool *taken,
    size_t *from, bool named)
{
	size_t i, k;

	for (i = 0; c != NULL && i < c->n_tunnels; i++) {
		k = (*from + i) % c->n_tunnels;
		if (taken[k] || !same_tunnel(&c->tunnels[k], t) ||
		    (named && strcmp(c->tunnels[k].name, t->name) != 0))
			continue;
		taken[k] = true;
		*from = k + 1;
		return (&c->tunnels[k]);
	}
	return (NULL);
}

static void say(struct conf_change *ch, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Another fact, while there is room. */
static void
say(struct conf_change *ch, const char *fmt, ...)
{
	size_t used = strlen(ch->what);
	va_list ap;

	if (used > 0 && used + 2 < sizeof(ch->what)) {
		memcpy(ch->what + used, ", ", 3);
		used += 2;
	}
	va_start(ap, fmt);
	(void)vsnprintf(ch->what + used, sizeof(ch->what) - used, fmt, ap);
	va_end(ap);
}

/* Proposals are compared by what they say: their structs have holes. */
static bool
same_proposals(const struct proposal *a, const struct proposal *b)
{
	char x[PROPOSAL_TEXT_MAX], y[PROPOSAL_TEXT_MAX];
	int i;

	for (i = 0; i < PROPOSALS_MAX; i++)
		if (strcmp(proposal_text(&a[i], x),
		    proposal_text(&b[i], y)) != 0)
			return (false);
	return (true);
}

static bool
same_member(const struct member *m, const void *a, const void *b)
{
	if (m->show == SHOW_PROPOSAL)
		return (same_proposals(a, b));
	return (memcmp(a, b, m->size) == 0);
}

static uint64_t
number(const void *p, size_t size)
{
	uint64_t n8;
	uint32_t n4;
	uint16_t n2;

	switch (size) {
	case 8:
		memcpy(&n8, p, 8);
		return (n8);
	case 4:
		memcpy(&n4, p, 4);
		return (n4);
	case 2:
		memcpy(&n2, p, 2);
		return (n2);
	default:
		return (*(const uint8_t *)p);
	}
}

static void
describe(struct conf_change *ch, const struct member *m, const void *a,
    const void *b)
{
	char x[PROPOSAL_TEXT_MAX], y[PROPOSAL_TEXT_MAX];
	unsigned long long i, j;

	switch (m->show) {
	case SHOW_NUM:
	case SHOW_MSEC:
		i = number(a, m->size);
		j = number(b, m->size);
		say(ch, m->show == SHOW_MSEC ? "%s %llums -> %llums" :
		    "%s %llu -> %llu", m->name, i, j);
		break;
	case SHOW_TEXT:
		say(ch, "%s %s -> %s", m->name, (const char *)a,
		    (const char *)b);
		break;
	case SHOW_PROPOSAL:
		(void)proposal_text(a, x);
		(void)proposal_text(b, y);
		if (strcmp(x, y) == 0)	/* one behind the first */
			say(ch, "%s", m->name);
		else
			say(ch, "%s %s -> %s", m->name, x, y);
		break;
	case SHOW_NAME:
		/* several members may be one thing to the reader */
		if (strstr(ch->what, m->name) == NULL)
			say(ch, "%s", m->name);
		break;
	}
}

static void
compare(struct conf_change *ch)
{
	const struct conf_tunnel *o = ch->old, *n = ch->new;
	const struct member *m;
	size_t i;

	for (i = 0; i < N_MEMBERS; i++) {
		const char *a, *b;

		m = &members[i];
		a = (const char *)o + m->off;
		b = (const char *)n + m->off;
		if (same_member(m, a, b))
			continue;
		describe(ch, m, a, b);
		ch->op = CONF_CHANGE;
		if (m->class > ch->class)
			ch->class = m->class;
		ch->link |= m->part == PART_LINK;
		ch->ike |= m->part == PART_IKE;
		ch->secret |= m->part == PART_SECRET;
		ch->esp |= m->part == PART_ESP;
		ch->ospf |= m->part == PART_OSPF;
	}
	/* what several processes are told */
	if (memcmp(&o->esp.mode, &n->esp.mode, sizeof(o->esp.mode)) != 0 ||
	    o->mtu != n->mtu || strcmp(o->name, n->name) != 0 ||
	    !addr_eq(&o->local, &n->local) || !addr_eq(&o->peer, &n->peer))
		ch->esp = true;
	if (o->inner_local != n->inner_local ||
	    o->inner_peer != n->inner_peer || o->inner_len != n->inner_len)
		ch->adjacency = true;
	if (ch->adjacency || o->mtu != n->mtu ||
	    strcmp(o->ifname, n->ifname) != 0 ||
	    strcmp(o->name, n->name) != 0)
		ch->ospf = true;
	if (ch->ike && (o->ike.auth != n->ike.auth ||
	    memcmp(o->ike.remote_pub, n->ike.remote_pub, 32) != 0))
		ch->secret = true;
}

static bool
same_nets(const struct conf_net *a, size_t n_a, const struct conf_net *b,
    size_t n_b)
{
	size_t i;

	for (i = 0; i < n_a && i < n_b; i++)
		if (!prefix_eq(&a[i].prefix, &b[i].prefix))
			return (false);
	return (n_a == n_b);
}

static bool
same_ifaces(const struct conf_global *a, const struct conf_global *b)
{
	size_t i;

	for (i = 0; i < a->n_ifaces && i < b->n_ifaces; i++)
		if (strcmp(a->ifaces[i].name, b->ifaces[i].name) != 0 ||
		    a->ifaces[i].metric != b->ifaces[i].metric)
			return (false);
	return (a->n_ifaces == b->n_ifaces);
}

static bool
same_ospf(const struct ospf_global *a, const struct ospf_global *b)
{
	return (a->router_id == b->router_id && a->area == b->area &&
	    a->spf_delay_ms == b->spf_delay_ms &&
	    a->spf_hold_ms == b->spf_hold_ms &&
	    a->max_paths == b->max_paths && a->grace == b->grace);
}

static void
globals(struct conf_diff *d, const struct conf_global *o,
    const struct conf_global *n)
{
	static const struct conf_global none;

	if (o == NULL) {
		d->ospf_global = d->router_id = d->networks = d->guards =
		    d->policy = true;
		return;
	}
	if (n == NULL)
		n = &none;
	d->ospf_global = !same_ospf(&o->ospf, &n->ospf);
	d->router_id = o->ospf.router_id != n->ospf.router_id ||
	    o->ospf.area != n->ospf.area;
	d->networks = !same_nets(o->networks, o->n_networks, n->networks,
	    n->n_networks) || !same_nets(o->announces, o->n_announces,
	    n->announces, n->n_announces) || !same_ifaces(o, n) ||
	    o->lan_metric != n->lan_metric;
	d->guards = !same_nets(o->guards, o->n_guards, n->guards,
	    n->n_guards);
	d->policy = o->sysctl != n->sysctl || o->log != n->log ||
	    o->nat_exemption != n->nat_exemption ||
	    strcmp(o->site, n->site) != 0 || strcmp(o->mesh, n->mesh) != 0 ||
	    o->site_id != n->site_id;
}

/*
 * What each old tunnel is now, what goes and what comes.  One old tunnel is at
 * most one new one: first who kept its name, so that a site whose address
 * became dynamic stays itself and who took the address over is new.
 */
static void
tunnels(struct conf_diff *d, const struct conf *old, const struct conf *new,
    bool *taken, const struct conf_tunnel **was)
{
	size_t i, from = 0, n_new = new != NULL ? new->n_tunnels : 0;
	struct conf_change *ch;

	for (i = 0; i < n_new; i++)
		was[i] = take(old, &new->tunnels[i], taken, &from, true);
	for (i = 0; i < n_new; i++)
		if (was[i] == NULL)
			was[i] = take(old, &new->tunnels[i], taken, &from,
			    false);
	for (i = 0; old != NULL && i < old->n_tunnels; i++) {
		if (taken[i])
			continue;
		ch = &d->changes[d->n_changes++];
		ch->op = CONF_DEL;
		ch->class = CLASS_RECREATE;
		ch->old = &old->tunnels[i];
	}
	for (i = 0; i < n_new; i++) {
		ch = &d->changes[d->n_changes++];
		ch->new = &new->tunnels[i];
		ch->old = was[i];
		if (ch->old != NULL) {
			compare(ch);
			continue;
		}
		ch->op = CONF_ADD;
		ch->class = CLASS_RECREATE;
		ch->ike = ch->secret = ch->ospf = ch->esp = ch->link = true;
	}
}

struct conf_diff *
conf_diff(const struct conf *old, const struct conf *new)
{
	size_t n_old = old != NULL ? old->n_tunnels : 0;
	size_t n_new = new != NULL ? new->n_tunnels : 0;
	const struct conf_tunnel **was = calloc(n_new + 1, sizeof(*was));
	bool *taken = calloc(n_old + 1, sizeof(*taken));
	struct conf_diff *d = calloc(1, sizeof(*d));

	if (d != NULL)
		d->changes = calloc(n_old + n_new + 1, sizeof(*d->changes));
	if (was == NULL || taken == NULL || d == NULL || d->changes == NULL) {
		conf_diff_free(d);
		d = NULL;
		goto out;
	}
	tunnels(d, old, new, taken, was);
	d->old = old != NULL ? &old->global : NULL;
	d->new = new != NULL ? &new->global : NULL;
	globals(d, d->old, d->new);
out:
	free(was);
	free(taken);
	return (d);
}

void
conf_diff_free(struct conf_diff *d)
{
	if (d == NULL)
		return;
	free(d->changes);
	free(d);
}

bool
conf_diff_empty(const struct conf_diff *d)
{
	size_t i;

	for (i = 0; i < d->n_changes; i++)
		if (d->changes[i].op != CONF_SAME)
			return (false);
	return (!d->ospf_global && !d->networks && !d->guards && !d->policy);
}

/* What a change costs, for the one who reads the difference. */
static const char *const effects[CLASS_N] = {
	[CLASS_NOTHING] = "nothing to do",
	[CLASS_IN_PLACE] = "in place, nothing restarts",
	[CLASS_REKEY] = "new child SAs, no packet is lost",
	[CLASS_NEW_IKE] = "new IKE SA, the old one works until it is there",
	[CLASS_RECREATE] = "the interface is made anew"
};

static void
print_added(const struct conf_tunnel *t, int width, FILE *f)
{
	char a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX];

	fprintf(f, "+ tunnel %-*s  %s  %s -> %s  mtu %u\n", width, t->name,
	    t->ifname, ip4_text(t->inner_local, a),
	    ip4_text(t->inner_peer, b), t->mtu);
}

static void
print_changed(const struct conf_change *ch, int width, FILE *f)
{
	const struct conf_tunnel *o = ch->old, *n = ch->new;
	const char *effect = effects[ch->class], *ospf = "";

	if (o->ospf_off != n->ospf_off)
		ospf = n->ospf_off ? "; OSPF ends on it" :
		    "; OSPF begins on it";
	else if (ch->adjacency)
		ospf = "; OSPF begins anew";
	if (o->disabled != n->disabled)
		effect = n->disabled ? "taken down: its SAs and interface go" :
		    "started";
	else if (*ospf != '\0' && ch->class == CLASS_IN_PLACE)
		effect = "in place";
	fprintf(f, "~ tunnel %-*s  %s\n", width, n->name, ch->what);
	fprintf(f, "         %-*s  (%s%s%s)\n", width, "", effect,
	    ospf,
	    o->inner_local != n->inner_local ||
	    o->inner_peer != n->inner_peer ||
	    o->ospf.hello_ms != n->ospf.hello_ms ||
	    o->ospf.dead_ms != n->ospf.dead_ms ||
	    o->ospf.auth != n->ospf.auth ? "; both ends must agree" : "");
}

static void
print_nets(char sign, const char *what, const struct conf_net *v, size_t n,
    const struct conf_net *other, size_t m, FILE *f)
{
	char p[PREFIX_TEXT_MAX];
	size_t i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < m; k++)
			if (prefix_eq(&v[i].prefix, &other[k].prefix))
				break;
		if (k == m)
			fprintf(f, "%c %s %s\n", sign, what,
			    prefix_text(&v[i].prefix, p));
	}
}

static void
print_globals(const struct conf_diff *d, FILE *f)
{
	static const struct conf_global none;
	const struct conf_global *o = d->old != NULL ? d->old : &none;
	const struct conf_global *n = d->new != NULL ? d->new : &none;

	if (d->router_id)
		fputs("~ router id or area: ospf starts anew\n", f);
	else if (d->ospf_global)
		fputs("~ ospf\n", f);
	print_nets('-', "own network", o->networks, o->n_networks,
	    n->networks, n->n_networks, f);
	print_nets('+', "own network", n->networks, n->n_networks,
	    o->networks, o->n_networks, f);
	print_nets('-', "announced prefix", o->announces, o->n_announces,
	    n->announces, n->n_announces, f);
	print_nets('+', "announced prefix", n->announces, n->n_announces,
	    o->announces, o->n_announces, f);
	print_nets('-', "network elsewhere", o->guards, o->n_guards,
	    n->guards, n->n_guards, f);
	print_nets('+', "network elsewhere", n->guards, n->n_guards,
	    o->guards, o->n_guards, f);
	if (o->lan_metric != n->lan_metric || !same_ifaces(o, n))
		fputs("~ metric of own networks\n", f);
	if (d->policy)
		fputs("~ this host\n", f);
}

static int
name_width(const struct conf_diff *d)
{
	const struct conf_change *ch;
	size_t i, len, width = 0;

	for (i = 0; i < d->n_changes; i++) {
		ch = &d->changes[i];
		if (ch->op == CONF_SAME)
			continue;
		len = strlen(ch->new != NULL ? ch->new->name : ch->old->name);
		if (len > width)
			width = len;
	}
	return ((int)width);
}

void
conf_diff_print(const struct conf_diff *d, FILE *f)
{
	const struct conf_change *ch;
	int width = name_width(d);
	size_t i, same = 0;

	for (i = 0; i < d->n_changes; i++) {
		ch = &d->changes[i];
		switch (ch->op) {
		case CONF_ADD:
			print_added(ch->new, width, f);
			break;
		case CONF_DEL:
			fprintf(f, "- tunnel %-*s  %s\n", width,
			    ch->old->name, ch->old->ifname);
			break;
		case CONF_CHANGE:
			print_changed(ch, width, f);
			break;
		default:
			same++;
			break;
		}
	}
	print_globals(d, f);
	if (same > 0)
		fprintf(f, "= %zu tunnel%s untouched: no SA is rekeyed%s\n",
		    same, same == 1 ? "" : "s", d->router_id ?
		    ", every neighbor restarts" : ", no neighbor restarts");
	else if (conf_diff_empty(d))
		fputs("= nothing changes\n", f);
}
