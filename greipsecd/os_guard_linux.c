/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See os.h, os_guards().  Linux: the guards once more, in a
 * table of ours, and two rules in front of the main table's own:
 *
 *	32700	lookup main, but not its default route
 *	32701	lookup 147
 *	32766	lookup main
 *
 * What the main table knows better than by a default route goes as before.
 * Else a guard answers before the default route does, and no flush of the main
 * table takes it away, be there a process of ours or not.
 *
 * The operator's own rules that come behind, as all do that are written without
 * a priority before ours are there, lead the packets of the tunnels themselves
 * (os_bypass()):
 *
 *	32699	from LOCAL to PEER goto 32764
 *	32764	from LOCAL lookup 101
 */
#include <sys/socket.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/os_linux.h"

#define RULE_BYPASS	32699
#define RULE_MAIN	32700
#define RULE_GUARDS	32701
#define RULE_SYSTEM	32766		/* lookup main, there at boot */

struct rule {
	uint32_t		 prio;
	uint8_t			 table;
	bool			 no_default;
	uint32_t		 go;	/* to that priority, else 0 */
	struct os_outer		 from_to;
	bool			 ours;
};

struct rules {
	struct rule		*v;	/* those of RULE_BYPASS */
	size_t			 n, cap;
	uint32_t		 others; /* the first of others behind ours, or 0 */
	bool			 no_memory;
};

struct seen {
	struct prefix	*v;
	size_t		 n, cap;
	bool		 no_memory;
};

/* Whether a message is of a guard in our table, and of which. */
static bool
is_guard(const struct nlmsghdr *nh, struct prefix *p)
{
	const struct rtmsg *rt = mnl_nlmsg_get_payload(nh);
	const struct nlattr *at;
	uint32_t table;
	struct addr a = { .family = ADDR_V4 };

	if (mnl_nlmsg_get_payload_len(nh) < sizeof(*rt) ||
	    rt->rtm_family != AF_INET)
		return (false);
	table = rt->rtm_table;
	mnl_attr_for_each(at, nh, sizeof(*rt)) {
		if (mnl_attr_get_type(at) == RTA_TABLE)
			table = mnl_attr_get_u32(at);
		else if (mnl_attr_get_type(at) == RTA_DST)
			(void)os_nl_get_addr(at, AF_INET, &a);
	}
	*p = prefix_make(&a, rt->rtm_dst_len);
	return (table == OS_PROTO);
}

/* A rule, as far as it is like ours; false: of another family. */
static bool
rule_get(const struct nlmsghdr *nh, struct rule *r)
{
	const struct fib_rule_hdr *h = mnl_nlmsg_get_payload(nh);
	const struct nlattr *at;

	memset(r, 0, sizeof(*r));
	if (mnl_nlmsg_get_payload_len(nh) < sizeof(*h) || h->family != AF_INET)
		return (false);
	mnl_attr_for_each(at, nh, sizeof(*h))
		switch (mnl_attr_get_type(at)) {
		case FRA_PROTOCOL:
			r->ours = mnl_attr_get_u8(at) == OS_PROTO;
			break;
		case FRA_PRIORITY:
			r->prio = mnl_attr_get_u32(at);
			break;
		case FRA_GOTO:
			r->go = mnl_attr_get_u32(at);
			break;
		case FRA_SRC:
			(void)os_nl_get_addr(at, AF_INET, &r->from_to.local);
			break;
		case FRA_DST:
			(void)os_nl_get_addr(at, AF_INET, &r->from_to.peer);
			break;
		default:
			break;
		}
	return (true);
}

bool
os_nl_guard_gone(const struct nlmsghdr *nh)
{
	struct prefix p;
	struct rule r;

	if (nh->nlmsg_type == RTM_DELROUTE)
		return (is_guard(nh, &p));
	return (nh->nlmsg_type == RTM_DELRULE && rule_get(nh, &r) && r.ours);
}

bool
os_nl_rule_news(const struct nlmsghdr *nh)
{
	struct rule r;

	return (rule_get(nh, &r) && (nh->nlmsg_type == RTM_DELRULE || !r.ours));
}

static int
take(const struct nlmsghdr *nh, void *arg)
{
	struct seen *s = arg;
	struct prefix p, *v;
	size_t cap;

	if (nh->nlmsg_type != RTM_NEWROUTE || !is_guard(nh, &p))
		return (MNL_CB_OK);
	if (s->n == s->cap) {
		cap = s->cap == 0 ? 64 : s->cap * 2;
		if ((v = reallocarray(s->v, cap, sizeof(*v))) == NULL) {
			s->no_memory = true;
			return (MNL_CB_OK);
		}
		s->v = v;
		s->cap = cap;
	}
	s->v[s->n++] = p;
	return (MNL_CB_OK);
}

static int
put_guard(struct os *os, const struct prefix *p, bool del)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nh = os_nl_new(os, buf, del ? RTM_DELROUTE :
	    RTM_NEWROUTE, del ? 0 : NLM_F_CREATE | NLM_F_REPLACE);
	struct rtmsg *rt = mnl_nlmsg_put_extra_header(nh, sizeof(*rt));

	rt->rtm_family = AF_INET;
	rt->rtm_dst_len = p->len;
	rt->rtm_table = OS_PROTO;
	rt->rtm_protocol = OS_PROTO;
	rt->rtm_scope = del ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE;
	rt->rtm_type = RTN_UNREACHABLE;
	os_nl_put_addr(nh, RTA_DST, &p->addr);
	return (os_nl_ask(os, nh) == 0 || (del && errno == ESRCH) ? 0 : -1);
}

static int
put_rule(struct os *os, const struct rule *r, bool del)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nh = os_nl_new(os, buf, del ? RTM_DELRULE :
	    RTM_NEWRULE, del ? 0 : NLM_F_CREATE | NLM_F_EXCL);
	struct fib_rule_hdr *h = mnl_nlmsg_put_extra_header(nh, sizeof(*h));

	h->family = AF_INET;
	h->table = r->table;
	h->action = r->go != 0 ? FR_ACT_GOTO : FR_ACT_TO_TBL;
	mnl_attr_put_u32(nh, FRA_PRIORITY, r->prio);
	mnl_attr_put_u8(nh, FRA_PROTOCOL, OS_PROTO);
	if (r->no_default)
		mnl_attr_put_u32(nh, FRA_SUPPRESS_PREFIXLEN, 0);
	if (r->go != 0) {
		mnl_attr_put_u32(nh, FRA_GOTO, r->go);
		h->src_len = h->dst_len = 32;
		os_nl_put_addr(nh, FRA_SRC, &r->from_to.local);
		os_nl_put_addr(nh, FRA_DST, &r->from_to.peer);
	}
	if (os_nl_ask(os, nh) == 0)
		return (0);
	return (errno == (del ? ENOENT : EEXIST) ? 0 : -1);
}

static int
put_rules(struct os *os, bool del)
{
	static const struct rule main_rule = { .prio = RULE_MAIN,
	    .table = RT_TABLE_MAIN, .no_default = true };
	static const struct rule guards = { .prio = RULE_GUARDS,
	    .table = OS_PROTO };
	int first = put_rule(os, &main_rule, del);

	return (put_rule(os, &guards, del) == -1 ? -1 : first);
}

static bool
has(const struct prefix *v, size_t n, const struct prefix *p)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (prefix_eq(&v[i], p))
			return (true);
	return (false);
}

int
os_guards(struct os *os, const struct prefix *v, size_t n)
{
	struct seen s = { .n = 0 };
	size_t i;
	int rv;

	rv = os_nl_dump(os, RTM_GETROUTE, AF_INET, take, &s);
	if (s.no_memory) {
		errno = ENOMEM;
		rv = -1;
	}
	for (i = 0; i < n && rv == 0; i++)
		if (v[i].addr.family == ADDR_V4 && !has(s.v, s.n, &v[i]))
			rv = put_guard(os, &v[i], false);
	if (rv == 0)
		rv = put_rules(os, n == 0);
	for (i = 0; i < s.n && rv == 0; i++)
		if (!has(v, n, &s.v[i]))
			rv = put_guard(os, &s.v[i], true);
	free(s.v);
	return (rv);
}

static int
take_rule(const struct nlmsghdr *nh, void *arg)
{
	struct rules *s = arg;
	struct rule r, *v;
	size_t cap;

	if (nh->nlmsg_type != RTM_NEWRULE || !rule_get(nh, &r))
		return (MNL_CB_OK);
	/* they come in the order of their priorities */
	if (!r.ours && s->others == 0 && r.prio > RULE_GUARDS &&
	    r.prio < RULE_SYSTEM)
		s->others = r.prio;
	if (!r.ours || r.prio != RULE_BYPASS)
		return (MNL_CB_OK);
	if (s->n == s->cap) {
		cap = s->cap == 0 ? 16 : s->cap * 2;
		if ((v = reallocarray(s->v, cap, sizeof(*v))) == NULL) {
			s->no_memory = true;
			return (MNL_CB_OK);
		}
		s->v = v;
		s->cap = cap;
	}
	s->v[s->n++] = r;
	return (MNL_CB_OK);
}

static bool
outer_eq(const struct os_outer *a, const struct os_outer *b)
{
	return (addr_eq(&a->local, &b->local) && addr_eq(&a->peer, &b->peer));
}

/* Whether a rule that is there is one of those wanted. */
static bool
rule_stays(const struct rules *s, const struct rule *r,
    const struct os_outer *v, size_t n)
{
	size_t i;

	for (i = 0; i < n && r->go == s->others; i++)
		if (outer_eq(&r->from_to, &v[i]))
			return (true);
	return (false);
}

static bool
has_rule(const struct rules *s, const struct os_outer *o)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i].go == s->others && outer_eq(&s->v[i].from_to, o))
			return (true);
	return (false);
}

int
os_bypass(struct os *os, const struct os_outer *v, size_t n)
{
	struct rules s = { .n = 0 };
	struct rule r = { .prio = RULE_BYPASS };
	size_t i;
	int rv;

	rv = os_nl_dump(os, RTM_GETRULE, AF_INET, take_rule, &s);
	if (s.no_memory) {
		errno = ENOMEM;
		rv = -1;
	}
	/* first what goes: one that leads elsewhere is the same to the kernel, so
	 * none comes beside it */
	for (i = 0; i < s.n && rv == 0; i++)
		if (!rule_stays(&s, &s.v[i], v, n))
			rv = put_rule(os, &s.v[i], true);
	r.go = s.others;
	for (i = 0; i < n && rv == 0 && s.others != 0; i++) {
		r.from_to = v[i];
		if (v[i].local.family == ADDR_V4 &&
		    v[i].peer.family == ADDR_V4 && !has_rule(&s, &v[i]))
			rv = put_rule(os, &r, false);
	}
	free(s.v);
	return (rv);
}
