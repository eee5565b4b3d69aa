/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See apply.h.  The networks of this site: every connected
 * subnet inside one is a passive interface of OSPF; what `announce' names is a
 * stub as it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/apply.h"
#include "lib/log.h"

static const struct conf_iface *
named(const struct conf_global *g, const char *ifname)
{
	size_t i;

	for (i = 0; i < g->n_ifaces; i++)
		if (strcmp(g->ifaces[i].name, ifname) == 0)
			return (&g->ifaces[i]);
	return (NULL);
}

static bool
inside(const struct conf_net *v, size_t n, const struct prefix *p)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (prefix_covers(&v[i].prefix, p))
			return (true);
	return (false);
}

bool
lan_is_own(const struct app *a, const struct prefix *p)
{
	const struct conf_global *g = &a->conf->global;

	return (inside(g->networks, g->n_networks, p) ||
	    inside(g->announces, g->n_announces, p));
}

/* Whether an address makes a passive interface, and which. */
static bool
describe(const struct app *a, const struct os_addr *addr,
    struct ospf_iface *i)
{
	const struct conf_global *g = &a->conf->global;
	const struct os_link *l = kernel_link(a, addr->index);
	const struct conf_iface *n;
	struct prefix p;

	if (l == NULL || tunnel_is_ours(l) || addr->addr.family != ADDR_V4)
		return (false);
	p = prefix_make(&addr->addr, addr->len);
	n = named(g, l->name);
	/* as an address that a host gave itself for want of another */
	if (!prefix_routable(&p) || !inside(g->networks, g->n_networks, &p))
		return (false);
	memset(i, 0, sizeof(*i));
	(void)snprintf(i->name, sizeof(i->name), "%s", l->name);
	i->ifindex = l->index;
	i->type = OSPF_PASSIVE;
	i->addr = addr_to_v4(&addr->addr);
	i->prefix_len = addr->len;
	i->mtu = l->mtu > UINT16_MAX ? UINT16_MAX : (uint16_t)l->mtu;
	i->up = l->up && (l->running || l->loopback);
	i->cost = n != NULL ? n->metric : g->lan_metric;
	if (i->cost == 0)
		i->cost = 1;
	/* never sent on a passive interface, but they must make sense */
	i->hello_ms = 10000;
	i->dead_ms = 40000;
	i->rxmt_ms = 5000;
	return (true);
}

static struct app_lan *
find(const struct app *a, const struct ospf_iface *i)
{
	size_t k;

	for (k = 0; k < a->n_lans; k++)
		if (a->lans[k].i.ifindex == i->ifindex &&
		    a->lans[k].i.addr == i->addr &&
		    a->lans[k].i.prefix_len == i->prefix_len)
			return (&a->lans[k]);
	return (NULL);
}

static void
tell(const struct ospf_iface *i)
{
	if (priv_chan(ROLE_OSPF) != NULL)
		(void)priv_send(ROLE_OSPF, M_OSPF_IFACE, -1, &ospf_iface_fld,
		    i);
}

static void
add(struct app *a, struct ospf_iface *i)
{
	struct app_lan *v;
	char t[ADDR_TEXT_MAX];

	v = reallocarray(a->lans, a->n_lans + 1, sizeof(*v));
	if (v == NULL) {
		app_again(a, DIRT_LAN, NS_S(1));
		return;
	}
	a->lans = v;
	i->iid = a->next_iid++;
	v[a->n_lans].i = *i;
	v[a->n_lans++].seen = true;
	log_notice("%s: %s/%u is announced", i->name, ip4_text(i->addr, t),
	    i->prefix_len);
	tell(i);
}

static void
changed(struct app_lan *l, const struct ospf_iface *i)
{
	l->seen = true;
	if (l->i.up == i->up && l->i.cost == i->cost && l->i.mtu == i->mtu &&
	    strcmp(l->i.name, i->name) == 0)
		return;
	l->i.up = i->up;
	l->i.cost = i->cost;
	l->i.mtu = i->mtu;
	memcpy(l->i.name, i->name, sizeof(l->i.name));
	tell(&l->i);
}

static void
remove_unseen(struct app *a)
{
	struct ospf_iid id;
	char t[ADDR_TEXT_MAX];
	size_t k, n = 0;

	for (k = 0; k < a->n_lans; k++) {
		if (a->lans[k].seen) {
			a->lans[n++] = a->lans[k];
			continue;
		}
		log_notice("%s: %s/%u is no longer announced",
		    a->lans[k].i.name, ip4_text(a->lans[k].i.addr, t),
		    a->lans[k].i.prefix_len);
		id.iid = a->lans[k].i.iid;
		if (priv_chan(ROLE_OSPF) != NULL)
			(void)priv_send(ROLE_OSPF, M_OSPF_IFACE_DEL, -1,
			    &ospf_iid_fld, &id);
	}
	a->n_lans = n;
}

void
lan_sync(struct app *a)
{
	struct ospf_iface i;
	struct app_lan *have;
	size_t k;

	for (k = 0; k < a->n_lans; k++)
		a->lans[k].seen = false;
	for (k = 0; a->conf != NULL && k < a->n_addrs; k++) {
		if (!describe(a, &a->addrs[k], &i))
			continue;
		if ((have = find(a, &i)) != NULL)
			changed(have, &i);
		else
			add(a, &i);
	}
	remove_unseen(a);
}

void
lan_stub(const struct app *a, const struct conf_net *n, bool del)
{
	struct ospf_stub s = { .len = n->prefix.len,
	    .cost = a->conf->global.lan_metric };

	if (n->prefix.addr.family != ADDR_V4 || priv_chan(ROLE_OSPF) == NULL)
		return;
	if (s.cost == 0)
		s.cost = 1;
	s.dest = addr_to_v4(&n->prefix.addr);
	(void)priv_send(ROLE_OSPF, del ? M_OSPF_STUB_DEL : M_OSPF_STUB, -1,
	    &ospf_stub_fld, &s);
}

void
lan_replay(struct app *a)
{
	const struct conf_global *g = &a->conf->global;
	size_t k;

	for (k = 0; k < g->n_announces; k++)
		lan_stub(a, &g->announces[k], false);
	for (k = 0; k < a->n_lans; k++)
		tell(&a->lans[k].i);
}

/* Whether something of a network is announced. */
static bool
announced(const struct app *a, const struct prefix *net)
{
	const struct conf_global *g = &a->conf->global;
	struct prefix p;
	struct addr at;
	size_t i;

	for (i = 0; i < a->n_lans; i++) {
		at = addr_v4(a->lans[i].i.addr);
		p = prefix_make(&at, a->lans[i].i.prefix_len);
		if (a->lans[i].i.up && prefix_covers(net, &p))
			return (true);
	}
	/* what is announced as it is needs nothing connected */
	for (i = 0; i < g->n_announces; i++)
		if (prefix_overlap(net, &g->announces[i].prefix))
			return (true);
	return (false);
}

const struct conf_net *
lan_unused(const struct app *a, size_t i, struct os_addr *at)
{
	const struct conf_global *g = &a->conf->global;
	const struct os_link *l;
	size_t k, n;

	for (n = 0; n < g->n_networks; n++)
		if (!announced(a, &g->networks[n].prefix) && i-- == 0)
			break;
	if (n == g->n_networks)
		return (NULL);
	memset(at, 0, sizeof(*at));
	for (k = 0; k < a->n_addrs; k++) {
		l = kernel_link(a, a->addrs[k].index);
		if (l != NULL && !tunnel_is_ours(l) && prefix_has(
		    &g->networks[n].prefix, &a->addrs[k].addr))
			*at = a->addrs[k];
	}
	return (&g->networks[n]);
}
