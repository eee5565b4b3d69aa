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
 */
#include <sys/socket.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/os_linux.h"

#define RULE_MAIN	32700
#define RULE_GUARDS	32701

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

bool
os_nl_guard_gone(const struct nlmsghdr *nh)
{
	const struct nlattr *at;
	struct prefix p;

	if (nh->nlmsg_type == RTM_DELROUTE)
		return (is_guard(nh, &p));
	if (nh->nlmsg_type != RTM_DELRULE ||
	    mnl_nlmsg_get_payload_len(nh) < sizeof(struct fib_rule_hdr))
		return (false);
	mnl_attr_for_each(at, nh, sizeof(struct fib_rule_hdr))
		if (mnl_attr_get_type(at) == FRA_PROTOCOL)
			return (mnl_attr_get_u8(at) == OS_PROTO);
	return (false);
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
put_rule(struct os *os, uint32_t prio, uint8_t table, bool no_default,
    bool del)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nh = os_nl_new(os, buf, del ? RTM_DELRULE :
	    RTM_NEWRULE, del ? 0 : NLM_F_CREATE | NLM_F_EXCL);
	struct fib_rule_hdr *h = mnl_nlmsg_put_extra_header(nh, sizeof(*h));

	h->family = AF_INET;
	h->table = table;
	h->action = FR_ACT_TO_TBL;
	mnl_attr_put_u32(nh, FRA_PRIORITY, prio);
	mnl_attr_put_u8(nh, FRA_PROTOCOL, OS_PROTO);
	if (no_default)
		mnl_attr_put_u32(nh, FRA_SUPPRESS_PREFIXLEN, 0);
	if (os_nl_ask(os, nh) == 0)
		return (0);
	return (errno == (del ? ENOENT : EEXIST) ? 0 : -1);
}

static int
put_rules(struct os *os, bool del)
{
	int first = put_rule(os, RULE_MAIN, RT_TABLE_MAIN, true, del);

	return (put_rule(os, RULE_GUARDS, OS_PROTO, false, del) == -1 ? -1 :
	    first);
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
