/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See os.h.  Linux: routes of the main table, many changes in
 * one send.  The kernel takes them in order and answers those that it refuses, so
 * the last one alone asks for an acknowledgement.
 */
#include <sys/socket.h>
#include <errno.h>
#include <string.h>

#include "greipsecd/os_linux.h"

#define BATCH_MAX	64	/* that many answers fit the receive buffer */

/* RTA_GATEWAY, or RTA_VIA: an IPv6 one of an IPv4 route. */
static bool
get_gateway(const struct nlattr *at, uint8_t af, struct addr *a)
{
	const struct rtvia *v = mnl_attr_get_payload(at);
	size_t n = mnl_attr_get_payload_len(at);

	if (mnl_attr_get_type(at) == RTA_GATEWAY)
		return (os_nl_get_addr(at, af, a));
	if (n != sizeof(*v) + 16 || v->rtvia_family != AF_INET6)
		return (false);
	memset(a, 0, sizeof(*a));
	a->family = ADDR_V6;
	memcpy(a->b, v->rtvia_addr, 16);
	return (true);
}

static void
get_nexthop(struct os_route *r, uint32_t index, const struct nlattr *gw,
    uint8_t af, unsigned flags)
{
	struct os_nexthop *h;

	if (r->n_nexthops == OS_NEXTHOPS)
		return;
	h = &r->nexthops[r->n_nexthops++];
	h->index = index;
	h->onlink = (flags & RTNH_F_ONLINK) != 0;
	/* not to be taken for a link that the destination is on */
	if (gw != NULL && !get_gateway(gw, af, &h->gateway))
		r->kind = OS_ROUTE_OTHER;
}

static void
get_multipath(struct os_route *r, const struct nlattr *mp, uint8_t af)
{
	const struct rtnexthop *nh = mnl_attr_get_payload(mp);
	size_t left = mnl_attr_get_payload_len(mp);
	const struct nlattr *attr, *gw;

	while (left >= sizeof(*nh) && nh->rtnh_len >= sizeof(*nh) &&
	    nh->rtnh_len <= left) {
		gw = NULL;
		mnl_attr_for_each_payload((const void *)RTNH_DATA(nh),
		    nh->rtnh_len - sizeof(*nh))
			if (mnl_attr_get_type(attr) == RTA_GATEWAY ||
			    mnl_attr_get_type(attr) == RTA_VIA)
				gw = attr;
		get_nexthop(r, (uint32_t)nh->rtnh_ifindex, gw, af,
		    nh->rtnh_flags);
		if ((size_t)RTNH_ALIGN(nh->rtnh_len) > left)
			break;
		left -= RTNH_ALIGN(nh->rtnh_len);
		nh = (const void *)((const char *)nh +
		    RTNH_ALIGN(nh->rtnh_len));
	}
}

static enum os_route_kind
kind_of(uint8_t type)
{
	if (type == RTN_UNICAST)
		return (OS_ROUTE_VIA);
	return (type == RTN_UNREACHABLE ? OS_ROUTE_UNREACHABLE :
	    OS_ROUTE_OTHER);
}

bool
os_nl_route(const struct nlmsghdr *nh, struct os_route *r, bool *gone)
{
	const struct rtmsg *rt = mnl_nlmsg_get_payload(nh);
	const struct nlattr *at, *gw = NULL, *dst = NULL, *mp = NULL;
	uint32_t index = 0, table;
	struct addr base;

	if (mnl_nlmsg_get_payload_len(nh) < sizeof(*rt) ||
	    (rt->rtm_family != AF_INET && rt->rtm_family != AF_INET6) ||
	    (rt->rtm_flags & RTM_F_CLONED) || rt->rtm_tos != 0 ||
	    rt->rtm_type == RTN_LOCAL || rt->rtm_type == RTN_BROADCAST ||
	    rt->rtm_type == RTN_ANYCAST || rt->rtm_type == RTN_MULTICAST)
		return (false);
	memset(r, 0, sizeof(*r));
	*gone = nh->nlmsg_type == RTM_DELROUTE;
	table = rt->rtm_table;
	mnl_attr_for_each(at, nh, sizeof(*rt))
		switch (mnl_attr_get_type(at)) {
		case RTA_DST:
			dst = at;
			break;
		case RTA_GATEWAY:
		case RTA_VIA:
			gw = at;
			break;
		case RTA_OIF:
			index = mnl_attr_get_u32(at);
			break;
		case RTA_PRIORITY:
			r->metric = mnl_attr_get_u32(at);
			break;
		case RTA_TABLE:
			table = mnl_attr_get_u32(at);
			break;
		case RTA_PREFSRC:
			(void)os_nl_get_addr(at, rt->rtm_family, &r->src);
			break;
		case RTA_MULTIPATH:
			mp = at;
			break;
		default:
			break;
		}
	if (table != RT_TABLE_MAIN)
		return (false);
	memset(&base, 0, sizeof(base));
	base.family = rt->rtm_family == AF_INET6 ? ADDR_V6 : ADDR_V4;
	(void)os_nl_get_addr(dst, rt->rtm_family, &base);
	r->prefix = prefix_make(&base, rt->rtm_dst_len);
	r->kind = kind_of(rt->rtm_type);
	r->ours = rt->rtm_protocol == OS_PROTO;
	if (r->kind == OS_ROUTE_VIA && mp != NULL)
		get_multipath(r, mp, rt->rtm_family);
	else if (r->kind == OS_ROUTE_VIA)
		get_nexthop(r, index, gw, rt->rtm_family, rt->rtm_flags);
	return (true);
}

static void
put_gateway(struct nlmsghdr *nh, const struct os_route *r, const struct addr *a)
{
	struct rtvia h = { .rtvia_family = AF_INET6 };
	uint8_t v[sizeof(h) + 16];

	if (a->family == r->prefix.addr.family) {
		os_nl_put_addr(nh, RTA_GATEWAY, a);
		return;
	}
	memcpy(v, &h, sizeof(h));
	memcpy(v + sizeof(h), a->b, 16);
	mnl_attr_put(nh, RTA_VIA, sizeof(v), v);
}

static void
put_multipath(struct nlmsghdr *nh, const struct os_route *r)
{
	struct nlattr *mp = mnl_attr_nest_start(nh, RTA_MULTIPATH);
	const struct os_nexthop *h;
	struct rtnexthop *rn;
	uint16_t i;

	for (i = 0; i < r->n_nexthops; i++) {
		h = &r->nexthops[i];
		rn = mnl_nlmsg_get_payload_tail(nh);
		memset(rn, 0, sizeof(*rn));
		nh->nlmsg_len += MNL_ALIGN(sizeof(*rn));
		rn->rtnh_ifindex = (int)h->index;
		rn->rtnh_flags = h->onlink ? RTNH_F_ONLINK : 0;
		if (h->gateway.family != ADDR_NONE)
			put_gateway(nh, r, &h->gateway);
		rn->rtnh_len = (uint16_t)((char *)
		    mnl_nlmsg_get_payload_tail(nh) - (char *)rn);
	}
	mnl_attr_nest_end(nh, mp);
}

struct nlmsghdr *
os_nl_route_put(struct os *os, void *buf, const struct os_change *c)
{
	const struct os_route *r = &c->route;
	struct nlmsghdr *nh;
	struct rtmsg *rt;

	nh = os_nl_new(os, buf, c->del ? RTM_DELROUTE : RTM_NEWROUTE,
	    c->del ? 0 : NLM_F_CREATE | NLM_F_REPLACE);
	rt = mnl_nlmsg_put_extra_header(nh, sizeof(*rt));
	rt->rtm_family = os_nl_af(&r->prefix.addr);
	rt->rtm_dst_len = r->prefix.len;
	rt->rtm_table = RT_TABLE_MAIN;
	rt->rtm_protocol = OS_PROTO;
	rt->rtm_scope = c->del ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE;
	/* to be removed it is ours by prefix, metric and number, of any type */
	rt->rtm_type = c->del ? RTN_UNSPEC :
	    r->kind == OS_ROUTE_UNREACHABLE ? RTN_UNREACHABLE : RTN_UNICAST;
	os_nl_put_addr(nh, RTA_DST, &r->prefix.addr);
	mnl_attr_put_u32(nh, RTA_PRIORITY, r->metric);
	if (c->del || r->kind != OS_ROUTE_VIA)
		return (nh);
	if (r->src.family != ADDR_NONE)
		os_nl_put_addr(nh, RTA_PREFSRC, &r->src);
	if (r->n_nexthops > 1) {
		put_multipath(nh, r);
		return (nh);
	}
	mnl_attr_put_u32(nh, RTA_OIF, r->nexthops[0].index);
	if (r->nexthops[0].onlink)
		rt->rtm_flags |= RTNH_F_ONLINK;
	if (r->nexthops[0].gateway.family != ADDR_NONE)
		put_gateway(nh, r, &r->nexthops[0].gateway);
	else
		rt->rtm_scope = RT_SCOPE_LINK;
	return (nh);
}

/* Take the answers to [first, first + n), seq tells to which; that to the last
 * ends them, and who got none was served. */
static void
take_answers(struct os *os, struct os_change *v, size_t n, uint32_t first)
{
	const struct nlmsghdr *nh;
	const struct nlmsgerr *e;
	bool ended = false;
	size_t i, k;
	ssize_t len;
	int left;

	for (i = 0; i < n; i++)
		v[i].error = 0;
	while (!ended) {
		len = mnl_socket_recvfrom(os->req, os->buf, sizeof(os->buf));
		if (len == -1)
			break;
		left = (int)len;
		for (nh = (const void *)os->buf; mnl_nlmsg_ok(nh, left);
		    nh = mnl_nlmsg_next(nh, &left)) {
			if (nh->nlmsg_type != NLMSG_ERROR ||
			    nh->nlmsg_seq - first >= n)
				continue;
			e = mnl_nlmsg_get_payload(nh);
			k = nh->nlmsg_seq - first;
			v[k].error = -e->error;
			ended |= k + 1 == n;
		}
	}
	/* no end: what became of the rest is not known */
	for (i = 0; !ended && i < n; i++)
		if (v[i].error == 0)
			v[i].error = ETIMEDOUT;
}

static void
send_batch(struct os *os, struct os_change *v, size_t n)
{
	char one[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nh;
	uint32_t first = os->seq + 1;
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		nh = os_nl_route_put(os, one, &v[i]);
		if (i + 1 == n)
			nh->nlmsg_flags |= NLM_F_ACK;
		memcpy(os->out + len, nh, nh->nlmsg_len);
		len += MNL_ALIGN(nh->nlmsg_len);
	}
	if (mnl_socket_sendto(os->req, os->out, len) == -1) {
		for (i = 0; i < n; i++)
			v[i].error = errno;
		return;
	}
	take_answers(os, v, n, first);
}

/* The answer to a look-up: a route of whatever table decided. */
static int
take_lookup(const struct nlmsghdr *nh, void *arg)
{
	struct os_route *r = arg;
	const struct rtmsg *rt = mnl_nlmsg_get_payload(nh);
	const struct nlattr *at;

	if (nh->nlmsg_type != RTM_NEWROUTE ||
	    mnl_nlmsg_get_payload_len(nh) < sizeof(*rt))
		return (MNL_CB_OK);
	r->kind = kind_of(rt->rtm_type);
	r->n_nexthops = 1;
	mnl_attr_for_each(at, nh, sizeof(*rt)) {
		if (mnl_attr_get_type(at) == RTA_OIF)
			r->nexthops[0].index = mnl_attr_get_u32(at);
		else if (mnl_attr_get_type(at) == RTA_PREFSRC)
			(void)os_nl_get_addr(at, rt->rtm_family, &r->src);
	}
	return (MNL_CB_STOP);
}

int
os_route_get(struct os *os, const struct addr *to, const struct addr *from,
    uint32_t *index, struct addr *src)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nh = os_nl_new(os, buf, RTM_GETROUTE, 0);
	struct os_route r;
	struct rtmsg *rt;
	ssize_t n;
	int rv;

	memset(&r, 0, sizeof(r));
	rt = mnl_nlmsg_put_extra_header(nh, sizeof(*rt));
	rt->rtm_family = os_nl_af(to);
	rt->rtm_dst_len = addr_bits(to);
	os_nl_put_addr(nh, RTA_DST, to);
	if (from->family != ADDR_NONE) {
		rt->rtm_src_len = addr_bits(from);
		os_nl_put_addr(nh, RTA_SRC, from);
		r.src = *from;
	}
	if (mnl_socket_sendto(os->req, nh, nh->nlmsg_len) == -1)
		return (-1);
	do {
		n = mnl_socket_recvfrom(os->req, os->buf, sizeof(os->buf));
		if (n == -1)
			return (-1);
		rv = mnl_cb_run(os->buf, (size_t)n, nh->nlmsg_seq,
		    mnl_socket_get_portid(os->req), take_lookup, &r);
		/* EPROTO: left over from a request that was given up */
	} while (rv == -1 && errno == EPROTO);
	if (rv == -1)
		return (-1);
	if (r.n_nexthops == 0 || r.nexthops[0].index == 0) {
		errno = ENETUNREACH;
		return (-1);
	}
	*index = r.nexthops[0].index;
	*src = r.src;
	return (0);
}

size_t
os_routes(struct os *os, struct os_change *v, size_t n)
{
	size_t i, k, failed = 0;

	for (i = 0; i < n; i += k) {
		k = n - i < BATCH_MAX ? n - i : BATCH_MAX;
		send_batch(os, v + i, k);
	}
	for (i = 0; i < n; i++) {
		if (v[i].del && v[i].error == ESRCH)
			v[i].error = 0;
		if (v[i].error != 0)
			failed++;
	}
	return (failed);
}
