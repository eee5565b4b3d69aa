/* SPDX-License-Identifier: ISC */
/* runs in: main.  See tunnel.h. */
#include <stdio.h>
#include <string.h>

#include "greipsecd/tunnel.h"

const char *const tunnel_act_names[TUNNEL_ACT_N] = {
	"open", "set", "remove address", "add address", "sweep", "name taken"
};

struct plan {
	const struct os_link	*links;
	size_t			 n_links;
	const struct os_addr	*addrs;
	size_t			 n_addrs;
	struct tunnel_act	*out;
	size_t			 n, max;
	struct tunnel_act	 spill;		/* what does not fit */
};

void
tunnel_mark(const char *name, char mark[static OS_MARK_MAX])
{
	(void)snprintf(mark, OS_MARK_MAX, "%s%s", TUNNEL_MARK, name);
}

bool
tunnel_is_ours(const struct os_link *l)
{
	return (strncmp(l->mark, TUNNEL_MARK, sizeof(TUNNEL_MARK) - 1) == 0);
}

static struct tunnel_act *
act(struct plan *p, enum tunnel_act_kind kind, uint32_t tid, uint32_t index,
    const char *ifname)
{
	struct tunnel_act *a = p->n < p->max ? &p->out[p->n++] : &p->spill;

	memset(a, 0, sizeof(*a));
	a->kind = kind;
	a->tid = tid;
	a->index = index;
	(void)snprintf(a->ifname, sizeof(a->ifname), "%s", ifname);
	return (a);
}

static const struct os_link *
by_name(const struct plan *p, const char *ifname)
{
	size_t i;

	for (i = 0; i < p->n_links; i++)
		if (strcmp(p->links[i].name, ifname) == 0)
			return (&p->links[i]);
	return (NULL);
}

static void
plan_link(struct plan *p, const struct tunnel_want *w, const struct os_link *l)
{
	struct tunnel_act *a;
	char mark[OS_MARK_MAX];

	tunnel_mark(w->name, mark);
	if (l->mtu == w->mtu && l->up && l->multicast &&
	    strcmp(l->mark, mark) == 0)
		return;
	a = act(p, TUNNEL_SET, w->tid, l->index, w->ifname);
	a->set.mtu = w->mtu;
	a->set.up = true;
	(void)snprintf(a->set.mark, sizeof(a->set.mark), "%s", mark);
}

static bool
same_addr(const struct os_addr *a, const struct os_addr *b)
{
	return (addr_eq(&a->addr, &b->addr) && addr_eq(&a->peer, &b->peer) &&
	    a->len == b->len);
}

static void
plan_addrs(struct plan *p, const struct tunnel_want *w, uint32_t index)
{
	struct os_addr mine = { .index = index, .len = w->inner_len };
	bool have = false;
	size_t i;

	mine.addr = addr_v4(w->inner_local);
	if (w->inner_len == 32)
		mine.peer = addr_v4(w->inner_peer);
	for (i = 0; i < p->n_addrs; i++) {
		if (p->addrs[i].index != index ||
		    p->addrs[i].addr.family != ADDR_V4)
			continue;
		if (same_addr(&p->addrs[i], &mine))
			have = true;
		else
			act(p, TUNNEL_ADDR_DEL, w->tid, index,
			    w->ifname)->addr = p->addrs[i];
	}
	if (!have)
		act(p, TUNNEL_ADDR_ADD, w->tid, index, w->ifname)->addr = mine;
}

static void
plan_want(struct plan *p, const struct tunnel_want *w)
{
	const struct os_link *l = by_name(p, w->ifname);

	if (l != NULL && (!l->tun || (l->mark[0] != '\0' &&
	    !tunnel_is_ours(l)))) {
		(void)act(p, TUNNEL_TAKEN, w->tid, l->index, w->ifname);
		return;
	}
	if (l == NULL || w->index != l->index) {
		(void)act(p, TUNNEL_OPEN, w->tid, 0, w->ifname);
		return;
	}
	plan_link(p, w, l);
	plan_addrs(p, w, l->index);
}

size_t
tunnel_plan(const struct tunnel_want *want, size_t n_want,
    const struct os_link *links, size_t n_links, const struct os_addr *addrs,
    size_t n_addrs, struct tunnel_act *out, size_t max)
{
	struct plan p = { .links = links, .n_links = n_links, .addrs = addrs,
	    .n_addrs = n_addrs, .out = out, .max = max };
	size_t i, k;

	for (i = 0; i < n_links; i++) {
		if (!tunnel_is_ours(&links[i]) || !links[i].tun)
			continue;
		for (k = 0; k < n_want; k++)
			if (strcmp(want[k].ifname, links[i].name) == 0)
				break;
		if (k == n_want)
			(void)act(&p, TUNNEL_SWEEP, 0, links[i].index,
			    links[i].name);
	}
	for (k = 0; k < n_want; k++)
		plan_want(&p, &want[k]);
	return (p.n);
}
