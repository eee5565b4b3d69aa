/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See os.h.  OpenBSD: the routing socket, for routes.
 *
 * A route is named here by prefix and priority: the guard has priority 62, the
 * pin 33 and OSPF's 34 (RTP_OSPF is ospfd's 32).  A route of a priority of
 * ours with the flag PROTO1 is ours.  One with several next hops is several
 * routes that share a place; they are deleted one by one, each by its gateway.
 *
 * Compiled against OpenBSD's declarations, but not run there yet.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/route.h>
#include <netinet/in.h>
#include <errno.h>
#include <ifaddrs.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/fib.h"
#include "greipsecd/os_openbsd.h"

#define PRIO_PIN	33
#define PRIO_OSPF	34
#define PRIO_GUARD	62
#define PORT_ANY	9	/* connect(2) wants one: discard */

/* A message to the routing socket. */
struct request {
	struct rt_msghdr	h;
	char			b[4 * sizeof(struct sockaddr_storage)];
};

static uint32_t
metric_of(uint8_t prio)
{
	switch (prio) {
	case PRIO_PIN:
		return (FIB_METRIC_PIN);
	case PRIO_OSPF:
		return (FIB_METRIC_OSPF);
	case PRIO_GUARD:
		return (FIB_METRIC_GUARD);
	case RTP_CONNECTED:
	case RTP_LOCAL:
	case RTP_STATIC:
		return (0);
	default:
		return (prio * 100U);
	}
}

static uint8_t
prio_of(uint32_t metric)
{
	if (metric == FIB_METRIC_GUARD)
		return (PRIO_GUARD);
	return (metric == FIB_METRIC_PIN ? PRIO_PIN : PRIO_OSPF);
}

#define ROUNDUP(n)	((n) > 0 ? (1 + (((n) - 1) | (sizeof(long) - 1))) : \
			sizeof(long))

/* The addresses behind a header; false when they do not fit. */
static bool
split(const struct rt_msghdr *rtm, const struct sockaddr *sa[RTAX_MAX])
{
	const char *p = (const char *)rtm + rtm->rtm_hdrlen;
	const char *end = (const char *)rtm + rtm->rtm_msglen;
	int i;

	memset(sa, 0, RTAX_MAX * sizeof(*sa));
	for (i = 0; i < RTAX_MAX; i++) {
		if (!(rtm->rtm_addrs & (1 << i)))
			continue;
		if (p + 2 > end)
			return (false);
		sa[i] = (const struct sockaddr *)p;
		p += ROUNDUP(sa[i]->sa_len);
	}
	return (p <= end);
}

/* A route that counts here, and whether it is there; false: none. */
static bool
parse_route(const struct rt_msghdr *rtm, struct os_route *r)
{
	const struct sockaddr *sa[RTAX_MAX];
	struct addr dst;

	memset(r, 0, sizeof(*r));
	r->ours = (rtm->rtm_flags & RTF_PROTO1) != 0;
	/* neighbours, and what the kernel made of another route for one host */
	if (rtm->rtm_errno != 0 || rtm->rtm_tableid != 0 ||
	    (rtm->rtm_flags & (RTF_BROADCAST | RTF_LOCAL | RTF_MULTICAST |
	    RTF_CLONED | RTF_DYNAMIC)) ||
	    (!r->ours && (rtm->rtm_flags & RTF_LLINFO)) ||
	    !split(rtm, sa) || !os_from_sa(sa[RTAX_DST], &dst))
		return (false);
	r->prefix = prefix_make(&dst, rtm->rtm_flags & RTF_HOST ?
	    addr_bits(&dst) : os_mask_len(sa[RTAX_NETMASK], dst.family));
	r->metric = metric_of(rtm->rtm_priority & RTP_MASK);
	if (rtm->rtm_flags & RTF_REJECT)
		r->kind = OS_ROUTE_UNREACHABLE;
	else if (rtm->rtm_flags & RTF_BLACKHOLE)
		r->kind = OS_ROUTE_OTHER;
	else {
		r->n_nexthops = 1;
		r->nexthops[0].index = rtm->rtm_index;
		(void)os_from_sa(sa[RTAX_GATEWAY], &r->nexthops[0].gateway);
	}
	return (true);
}

void
os_take_route(struct os *os, const struct rt_msghdr *rtm, bool gone)
{
	struct os_route r;

	if (!parse_route(rtm, &r))
		return;
	/* one of several: look at all */
	if (r.ours && (rtm->rtm_flags & RTF_MPATH)) {
		os->events->lost(os->ctx);
		return;
	}
	/* the route of a link that went down stays, and is not used */
	if (!r.ours && !(rtm->rtm_flags & RTF_UP))
		gone = true;
	os->events->route(os->ctx, &r, gone);
}

/* Those that share a place follow one another. */
void
os_take_dump(struct os *os, const char *p, size_t len)
{
	const struct rt_msghdr *rtm;
	struct os_route r, next;
	bool have = false;

	for (; len >= sizeof(*rtm); p += rtm->rtm_msglen,
	    len -= rtm->rtm_msglen) {
		rtm = (const struct rt_msghdr *)p;
		if (rtm->rtm_msglen == 0 || rtm->rtm_msglen > len)
			break;
		if (rtm->rtm_version != RTM_VERSION ||
		    !parse_route(rtm, &next) ||
		    (!next.ours && !(rtm->rtm_flags & RTF_UP)))
			continue;
		if (have && r.ours && next.ours && r.metric == next.metric &&
		    r.kind == next.kind && prefix_eq(&r.prefix,
		    &next.prefix) && next.n_nexthops == 1 &&
		    r.n_nexthops < OS_NEXTHOPS) {
			r.nexthops[r.n_nexthops++] = next.nexthops[0];
			continue;
		}
		if (have)
			os->events->route(os->ctx, &r, false);
		r = next;
		have = true;
	}
	if (have)
		os->events->route(os->ctx, &r, false);
}

/* An address with a port. */
static socklen_t
to_sa_port(const struct addr *a, struct sockaddr_storage *ss)
{
	size_t len = os_to_sa(a, ss);

	if (a->family == ADDR_V6)
		((struct sockaddr_in6 *)ss)->sin6_port = htons(PORT_ANY);
	else
		((struct sockaddr_in *)ss)->sin_port = htons(PORT_ANY);
	return ((socklen_t)len);
}

/* Append an address; they go in the order of their bits. */
static void
append(struct request *q, int bit, const void *sa, size_t len)
{
	memcpy(q->b + (q->h.rtm_msglen - sizeof(q->h)), sa, len);
	q->h.rtm_addrs |= bit;
	q->h.rtm_msglen += (u_short)ROUNDUP(len);
}

static void
append_addr(struct request *q, int bit, const struct addr *a)
{
	struct sockaddr_storage ss;
	size_t len = os_to_sa(a, &ss);

	append(q, bit, &ss, len);
}

static size_t
link_sa(uint32_t index, struct sockaddr_dl *dl)
{
	memset(dl, 0, sizeof(*dl));
	dl->sdl_len = sizeof(*dl);
	dl->sdl_family = AF_LINK;
	dl->sdl_index = (u_int16_t)index;
	return (sizeof(*dl));
}

/* Ask for something about the route r by a gateway (NULL: none told) and over
 * a link (0: none told).  0 or errno. */
static int
request(struct os *os, int fd, int type, const struct os_route *r,
    const struct sockaddr *gw, uint32_t index)
{
	struct sockaddr_dl dl;
	struct request q;
	struct addr mask;

	memset(&q, 0, sizeof(q));
	q.h.rtm_version = RTM_VERSION;
	q.h.rtm_type = (u_char)type;
	q.h.rtm_msglen = q.h.rtm_hdrlen = sizeof(q.h);
	q.h.rtm_seq = ++os->seq;
	q.h.rtm_priority = prio_of(r->metric);
	q.h.rtm_flags = RTF_UP | RTF_PROTO1 |
	    (gw != NULL && gw->sa_family != AF_LINK ? RTF_GATEWAY : 0) |
	    (r->kind == OS_ROUTE_UNREACHABLE ? RTF_REJECT : 0) |
	    (r->n_nexthops > 1 ? RTF_MPATH : 0);
	if (type == RTM_CHANGE)
		q.h.rtm_fmask = RTF_REJECT | RTF_BLACKHOLE;
	append_addr(&q, RTA_DST, &r->prefix.addr);
	if (gw != NULL)
		append(&q, RTA_GATEWAY, gw, gw->sa_len);
	os_mask_of(r->prefix.addr.family, r->prefix.len, &mask);
	append_addr(&q, RTA_NETMASK, &mask);
	if (index != 0)
		append(&q, RTA_IFP, &dl, link_sa(index, &dl));
	return (write(fd, &q, q.h.rtm_msglen) == -1 ? errno : 0);
}

/* Add or change by one next hop. */
static int
put_hop(struct os *os, int type, const struct os_route *r, uint16_t hop)
{
	const struct os_nexthop *h = &r->nexthops[hop];
	const struct addr loop = addr_v4(0x7f000001);
	union {
		struct sockaddr		sa;
		struct sockaddr_dl	dl;
		struct sockaddr_storage	ss;
	} gw;

	if (hop >= r->n_nexthops) {
		(void)os_to_sa(&loop, &gw.ss);
		return (request(os, os->rt, type, r, &gw.sa, 0));
	}
	/* a link as gateway says it all; RTA_IFP would look for its address */
	if (h->gateway.family == ADDR_NONE) {
		(void)link_sa(h->index, &gw.dl);
		return (request(os, os->rt, type, r, &gw.sa, 0));
	}
	(void)os_to_sa(&h->gateway, &gw.ss);
	return (request(os, os->rt, type, r, &gw.sa, h->index));
}

/* The gateway of one of the routes in the place of r: in os->buf.  0, ESRCH when
 * there is none, EEXIST when it is another's. */
static int
ask_gateway(struct os *os, const struct os_route *r,
    const struct sockaddr **gw)
{
	const struct sockaddr *sa[RTAX_MAX];
	const struct rt_msghdr *h = &os->buf.h;
	int error = request(os, os->ask, RTM_GET, r, NULL, 0);
	ssize_t n;

	if (error != 0)
		return (error);
	while ((n = read(os->ask, os->buf.b, sizeof(os->buf.b))) > 0) {
		if ((size_t)n < sizeof(*h) || h->rtm_msglen > n ||
		    h->rtm_pid != getpid() || h->rtm_seq != os->seq)
			continue;
		if (h->rtm_errno != 0)
			return (h->rtm_errno);
		if (!split(h, sa) || sa[RTAX_GATEWAY] == NULL)
			return (EBADMSG);
		*gw = sa[RTAX_GATEWAY];
		return (h->rtm_flags & RTF_PROTO1 ? 0 : EEXIST);
	}
	return (n == -1 ? errno : EBADMSG);
}

/* Delete all that is in the place of r.  0 or errno. */
static int
clear_place(struct os *os, const struct os_route *r)
{
	const struct sockaddr *gw;
	struct sockaddr_storage ss;
	int error, i;

	for (i = 0; i < 2 * OS_NEXTHOPS; i++) {
		if ((error = ask_gateway(os, r, &gw)) != 0)
			return (error == ESRCH ? 0 : error);
		memcpy(&ss, gw, gw->sa_len);
		error = request(os, os->rt, RTM_DELETE, r,
		    (struct sockaddr *)&ss, 0);
		if (error != 0 && error != ESRCH)
			return (error);
	}
	return (EBUSY);
}

static int
put_route(struct os *os, const struct os_route *r)
{
	uint16_t k = 0;
	int error;

	if (r->n_nexthops <= 1) {
		error = put_hop(os, RTM_CHANGE, r, 0);
		if (error != ESRCH)
			return (error);
	}
	/* nothing is there, or there are several, or should be */
	if ((error = clear_place(os, r)) != 0)
		return (error);
	do
		error = put_hop(os, RTM_ADD, r, k);
	while (error == 0 && ++k < r->n_nexthops);
	return (error);
}

size_t
os_routes(struct os *os, struct os_change *v, size_t n)
{
	size_t i, failed = 0;

	for (i = 0; i < n; i++) {
		v[i].error = v[i].del ? clear_place(os, &v[i].route) :
		    put_route(os, &v[i].route);
		failed += v[i].error != 0;
	}
	return (failed);
}

int
os_route_get(struct os *os, const struct addr *to, const struct addr *from,
    uint32_t *index, struct addr *src)
{
	struct sockaddr_storage ss;
	struct os_link l;
	struct ifaddrs *list, *i;
	struct addr a;
	socklen_t len = sizeof(ss);
	int fd, rv;

	(void)from;
	/* the kernel chooses when a datagram socket is connected */
	fd = socket(to->family == ADDR_V6 ? AF_INET6 : AF_INET,
	    SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return (-1);
	rv = connect(fd, (struct sockaddr *)&ss, to_sa_port(to, &ss));
	if (rv == 0)
		rv = getsockname(fd, (struct sockaddr *)&ss, &len);
	(void)close(fd);
	if (rv == -1 || !os_from_sa((struct sockaddr *)&ss, src) ||
	    getifaddrs(&list) == -1)
		return (-1);
	*index = 0;
	for (i = list; i != NULL; i = i->ifa_next)
		if (os_from_sa(i->ifa_addr, &a) && addr_eq(&a, src) &&
		    os_read_link(os, i->ifa_name, &l))
			*index = l.index;
	freeifaddrs(list);
	if (*index != 0)
		return (0);
	errno = ENETUNREACH;
	return (-1);
}

