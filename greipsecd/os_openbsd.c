/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See os.h.  OpenBSD: tun(4), ioctl for links and addresses,
 * the routing socket for routes and events, sysctl NET_RT_DUMP for dumps.
 *
 * A tun device cannot be renamed: one whose description carries our mark goes by
 * the name gs-SITE here, which is made from the mark, and os_tun_open() of that
 * name finds or makes it.
 *
 * A device node for each tunnel must be there: /dev has tun0 to tun3, MAKEDEV
 * makes more.  Routes are in os_route_openbsd.c.
 *
 * Compiled against OpenBSD's declarations, but not run there yet.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <netinet/in_var.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/os_openbsd.h"

#define TUN_UNITS	1000
#define MARK_PREFIX	"greipsecd "
#define DUMP_TRIES	4

const char *const os_knob_names[OS_KNOB_N] = {
	"IPv4 forwarding", "reverse path filter"
};

static int
routing_socket(unsigned int filter)
{
	int fd = socket(AF_ROUTE, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd != -1 && setsockopt(fd, AF_ROUTE, ROUTE_MSGFILTER, &filter,
	    sizeof(filter)) == -1) {
		(void)close(fd);
		fd = -1;
	}
	return (fd);
}

struct os *
os_open(const struct os_events *ev, void *ctx)
{
	struct os *os = calloc(1, sizeof(*os));
	int off = 0;

	if (os == NULL)
		return (NULL);
	os->events = ev;
	os->ctx = ctx;
	os->in4 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	os->rt = routing_socket(ROUTE_FILTER(RTM_ADD) |
	    ROUTE_FILTER(RTM_DELETE) | ROUTE_FILTER(RTM_CHANGE) |
	    ROUTE_FILTER(RTM_IFINFO) | ROUTE_FILTER(RTM_NEWADDR) |
	    ROUTE_FILTER(RTM_DELADDR) | ROUTE_FILTER(RTM_IFANNOUNCE) |
	    ROUTE_FILTER(RTM_DESYNC));
	os->ask = routing_socket(ROUTE_FILTER(RTM_GET));
	if (os->in4 == -1 || os->rt == -1 || os->ask == -1 ||
	    setsockopt(os->rt, SOL_SOCKET, SO_USELOOPBACK, &off,
	    sizeof(off)) == -1) {
		os_close(os);
		return (NULL);
	}
	return (os);
}

void
os_close(struct os *os)
{
	if (os == NULL)
		return;
	if (os->rt != -1)
		(void)close(os->rt);
	if (os->ask != -1)
		(void)close(os->ask);
	if (os->in4 != -1)
		(void)close(os->in4);
	free(os);
}

int
os_fd(const struct os *os)
{
	return (os->rt);
}

bool
os_from_sa(const struct sockaddr *sa, struct addr *a)
{
	struct sockaddr_in s4;
	struct sockaddr_in6 s6;

	memset(a, 0, sizeof(*a));
	if (sa == NULL)
		return (false);
	if (sa->sa_family == AF_INET) {
		memset(&s4, 0, sizeof(s4));
		memcpy(&s4, sa, sa->sa_len < sizeof(s4) ? sa->sa_len :
		    sizeof(s4));
		a->family = ADDR_V4;
		memcpy(a->b, &s4.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		memset(&s6, 0, sizeof(s6));
		memcpy(&s6, sa, sa->sa_len < sizeof(s6) ? sa->sa_len :
		    sizeof(s6));
		a->family = ADDR_V6;
		memcpy(a->b, &s6.sin6_addr, 16);
	}
	return (a->family != ADDR_NONE);
}

size_t
os_to_sa(const struct addr *a, struct sockaddr_storage *ss)
{
	struct sockaddr_in *s4 = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *s6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (a->family == ADDR_V6) {
		s6->sin6_len = sizeof(*s6);
		s6->sin6_family = AF_INET6;
		memcpy(&s6->sin6_addr, a->b, 16);
		return (sizeof(*s6));
	}
	s4->sin_len = sizeof(*s4);
	s4->sin_family = AF_INET;
	memcpy(&s4->sin_addr, a->b, 4);
	return (sizeof(*s4));
}

uint8_t
os_mask_len(const struct sockaddr *sa, uint8_t family)
{
	size_t off = family == ADDR_V6 ? offsetof(struct sockaddr_in6,
	    sin6_addr) : offsetof(struct sockaddr_in, sin_addr);
	const uint8_t *p = (const uint8_t *)sa;
	uint8_t len = 0, b;
	size_t i;

	if (sa == NULL)
		return (family == ADDR_V6 ? 128 : 32);
	for (i = off; i < sa->sa_len && i < off + 16; i++)
		for (b = p[i]; b & 0x80; b = (uint8_t)(b << 1))
			len++;
	return (len);
}

void
os_mask_of(uint8_t family, uint8_t len, struct addr *m)
{
	uint8_t i;

	memset(m, 0, sizeof(*m));
	m->family = family;
	for (i = 0; i < len; i++)
		m->b[i / 8] |= (uint8_t)(0x80 >> (i % 8));
}

/* Whether a link has a carrier, which IFF_RUNNING does not tell. */
static bool
has_carrier(struct os *os, const char *name)
{
	struct if_data data;
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	(void)strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
	ifr.ifr_data = (caddr_t)&data;
	return (ioctl(os->in4, SIOCGIFDATA, &ifr) == -1 ||
	    LINK_STATE_IS_UP(data.ifi_link_state));
}

bool
os_read_link(struct os *os, const char *name, struct os_link *l)
{
	char descr[IFDESCRSIZE] = "";
	struct ifreq ifr;

	memset(l, 0, sizeof(*l));
	memset(&ifr, 0, sizeof(ifr));
	(void)strlcpy(l->name, name, sizeof(l->name));
	(void)strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
	if (ioctl(os->in4, SIOCGIFFLAGS, &ifr) == -1 ||
	    (l->index = if_nametoindex(name)) == 0)
		return (false);
	l->up = (ifr.ifr_flags & IFF_UP) != 0;
	l->running = (ifr.ifr_flags & IFF_RUNNING) != 0 &&
	    has_carrier(os, name);
	l->multicast = (ifr.ifr_flags & IFF_MULTICAST) != 0;
	l->loopback = (ifr.ifr_flags & IFF_LOOPBACK) != 0;
	l->tun = strncmp(name, "tun", 3) == 0;
	if (ioctl(os->in4, SIOCGIFMTU, &ifr) == 0)
		l->mtu = (uint32_t)ifr.ifr_mtu;
	ifr.ifr_data = (caddr_t)descr;
	if (ioctl(os->in4, SIOCGIFDESCR, &ifr) == 0)
		(void)strlcpy(l->mark, descr, sizeof(l->mark));
	if (l->tun && strncmp(l->mark, MARK_PREFIX,
	    sizeof(MARK_PREFIX) - 1) == 0)
		(void)snprintf(l->name, sizeof(l->name), "gs-%s",
		    l->mark + sizeof(MARK_PREFIX) - 1);
	return (true);
}

static void
dump_ifaddrs(struct os *os, unsigned what)
{
	struct ifaddrs *list, *i;
	struct os_link l;
	struct os_addr a;

	if (getifaddrs(&list) == -1)
		return;
	for (i = list; i != NULL; i = i->ifa_next) {
		if (i->ifa_addr == NULL)
			continue;
		if (i->ifa_addr->sa_family == AF_LINK) {
			if ((what & OS_LINKS) &&
			    os_read_link(os, i->ifa_name, &l))
				os->events->link(os->ctx, &l, false);
			continue;
		}
		memset(&a, 0, sizeof(a));
		if (!(what & OS_ADDRS) || !os_from_sa(i->ifa_addr, &a.addr))
			continue;
		a.index = if_nametoindex(i->ifa_name);
		a.len = os_mask_len(i->ifa_netmask, a.addr.family);
		if (i->ifa_flags & IFF_POINTOPOINT)
			(void)os_from_sa(i->ifa_dstaddr, &a.peer);
		os->events->addr(os->ctx, &a, false);
	}
	freeifaddrs(list);
}

static void
take_link(struct os *os, uint32_t index)
{
	char name[IF_NAMESIZE];
	struct os_link l;

	if (if_indextoname(index, name) != NULL && os_read_link(os, name, &l)) {
		os->events->link(os->ctx, &l, false);
		return;
	}
	memset(&l, 0, sizeof(l));
	l.index = index;
	os->events->link(os->ctx, &l, true);
}

static void
take(struct os *os, const struct rt_msghdr *rtm)
{
	switch (rtm->rtm_type) {
	case RTM_ADD:
	case RTM_CHANGE:
		os_take_route(os, rtm, false);
		break;
	case RTM_DELETE:
		os_take_route(os, rtm, true);
		break;
	case RTM_IFINFO:
	case RTM_IFANNOUNCE:
		take_link(os, rtm->rtm_index);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
	case RTM_DESYNC:
		/* an address alone does not tell its peer: look at all */
		os->events->lost(os->ctx);
		break;
	default:
		break;
	}
}

/* Messages of one read or one dump. */
static void
take_all(struct os *os, const char *p, size_t len)
{
	const struct rt_msghdr *rtm;

	while (len >= sizeof(rtm->rtm_msglen)) {
		rtm = (const struct rt_msghdr *)p;
		if (rtm->rtm_msglen == 0 || rtm->rtm_msglen > len)
			break;
		if (rtm->rtm_version == RTM_VERSION)
			take(os, rtm);
		p += rtm->rtm_msglen;
		len -= rtm->rtm_msglen;
	}
}

bool
os_read(struct os *os)
{
	ssize_t n;

	while ((n = read(os->rt, os->buf.b, sizeof(os->buf.b))) > 0)
		take_all(os, os->buf.b, (size_t)n);
	return (false);
}

int
os_dump(struct os *os, unsigned what)
{
	int mib[7] = { CTL_NET, PF_ROUTE, 0, 0, NET_RT_DUMP, 0, 0 };
	char *p = NULL;
	size_t need;
	int i;

	if (what & (OS_LINKS | OS_ADDRS))
		dump_ifaddrs(os, what);
	if (!(what & OS_ROUTES))
		return (0);
	for (i = 0; i < DUMP_TRIES; i++) {
		free(p);
		if (sysctl(mib, 7, NULL, &need, NULL, 0) == -1)
			return (-1);
		need += need / 4 + 4096;	/* routes that come meanwhile */
		if ((p = malloc(need)) == NULL)
			return (-1);
		if (sysctl(mib, 7, p, &need, NULL, 0) == 0) {
			os_take_dump(os, p, need);
			free(p);
			return (0);
		}
		if (errno != ENOMEM)
			break;
	}
	free(p);
	return (-1);
}

/* The unit that goes by the name, else the first that is free; -1: none. */
static int
find_unit(struct os *os, const char *name)
{
	char ifname[IF_NAMESIZE];
	struct os_link l;
	int u, free_unit = -1;

	for (u = 0; u < TUN_UNITS; u++) {
		(void)snprintf(ifname, sizeof(ifname), "tun%d", u);
		if (!os_read_link(os, ifname, &l)) {
			if (free_unit == -1)
				free_unit = u;
		} else if (strcmp(l.name, name) == 0)
			return (u);
	}
	return (free_unit);
}

/* Mark a fresh device at once, so that it goes by its name. */
static int
mark(struct os *os, const char *ifname, const char *name)
{
	char descr[OS_MARK_MAX];
	struct ifreq ifr;
	struct os_link l;

	if (os_read_link(os, ifname, &l) && strcmp(l.name, name) == 0)
		return (0);
	(void)snprintf(descr, sizeof(descr), "%s%s", MARK_PREFIX,
	    strncmp(name, "gs-", 3) == 0 ? name + 3 : name);
	memset(&ifr, 0, sizeof(ifr));
	(void)strlcpy(ifr.ifr_name, ifname, sizeof(ifr.ifr_name));
	ifr.ifr_data = (caddr_t)descr;
	return (ioctl(os->in4, SIOCSIFDESCR, &ifr));
}

int
os_tun_open(struct os *os, const char *name, uint32_t *index)
{
	char path[32], ifname[IF_NAMESIZE];
	struct ifreq ifr;
	int fd = -1, unit, saved;
	bool fresh;

	if ((unit = find_unit(os, name)) == -1) {
		errno = ENFILE;
		return (-1);
	}
	(void)snprintf(ifname, sizeof(ifname), "tun%d", unit);
	(void)snprintf(path, sizeof(path), "/dev/%s", ifname);
	memset(&ifr, 0, sizeof(ifr));
	(void)strlcpy(ifr.ifr_name, ifname, sizeof(ifr.ifr_name));
	/* one that open(2) makes would go with its descriptor */
	fresh = ioctl(os->in4, SIOCIFCREATE, &ifr) == 0;
	if ((fresh || errno == EEXIST) && mark(os, ifname, name) == 0 &&
	    (*index = if_nametoindex(ifname)) != 0)
		fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 && fresh) {
		saved = errno;
		(void)ioctl(os->in4, SIOCIFDESTROY, &ifr);
		errno = saved;
	}
	return (fd);
}

int
os_link_set(struct os *os, uint32_t index, const struct os_link_set *set)
{
	char mark[OS_MARK_MAX];
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	if (if_indextoname(index, ifr.ifr_name) == NULL)
		return (-1);
	if (set->mark[0] != '\0') {
		(void)strlcpy(mark, set->mark, sizeof(mark));
		ifr.ifr_data = (caddr_t)mark;
		if (ioctl(os->in4, SIOCSIFDESCR, &ifr) == -1)
			return (-1);
	}
	if (set->mtu != 0) {
		ifr.ifr_mtu = (int)set->mtu;
		if (ioctl(os->in4, SIOCSIFMTU, &ifr) == -1)
			return (-1);
	}
	if (ioctl(os->in4, SIOCGIFFLAGS, &ifr) == -1)
		return (-1);
	if (set->up)
		ifr.ifr_flags |= IFF_UP;
	else
		ifr.ifr_flags &= ~IFF_UP;
	return (ioctl(os->in4, SIOCSIFFLAGS, &ifr));
}

int
os_link_del(struct os *os, uint32_t index, const char *name)
{
	struct ifreq ifr;

	(void)name;
	memset(&ifr, 0, sizeof(ifr));
	if (if_indextoname(index, ifr.ifr_name) == NULL)
		return (0);
	if (ioctl(os->in4, SIOCIFDESTROY, &ifr) == -1 && errno != ENXIO)
		return (-1);
	return (0);
}

static int
alias(struct os *os, const struct os_addr *a, unsigned long cmd)
{
	struct in_aliasreq r;
	struct sockaddr_storage ss;
	struct addr mask;

	if (a->addr.family != ADDR_V4) {
		errno = EAFNOSUPPORT;
		return (-1);
	}
	memset(&r, 0, sizeof(r));
	if (if_indextoname(a->index, r.ifra_name) == NULL)
		return (-1);
	(void)os_to_sa(&a->addr, &ss);
	memcpy(&r.ifra_addr, &ss, sizeof(r.ifra_addr));
	if (a->peer.family != ADDR_NONE) {
		(void)os_to_sa(&a->peer, &ss);
		memcpy(&r.ifra_dstaddr, &ss, sizeof(r.ifra_dstaddr));
	}
	os_mask_of(ADDR_V4, a->len, &mask);
	(void)os_to_sa(&mask, &ss);
	memcpy(&r.ifra_mask, &ss, sizeof(r.ifra_mask));
	return (ioctl(os->in4, cmd, &r));
}

int
os_addr_add(struct os *os, const struct os_addr *a)
{
	if (alias(os, a, SIOCAIFADDR) == -1 && errno != EEXIST)
		return (-1);
	return (0);
}

int
os_addr_del(struct os *os, const struct os_addr *a)
{
	if (alias(os, a, SIOCDIFADDR) == -1 && errno != EADDRNOTAVAIL &&
	    errno != ENXIO)
		return (-1);
	return (0);
}

int
os_knob_get(struct os *os, enum os_knob k, const char *ifname, int *value)
{
	int mib[4] = { CTL_NET, PF_INET, IPPROTO_IP, IPCTL_FORWARDING };
	size_t len = sizeof(*value);

	(void)os;
	(void)ifname;
	if (k == OS_FORWARD4)
		return (sysctl(mib, 4, value, &len, NULL, 0));
	errno = ENOTSUP;	/* pf's urpf-failed is the operator's */
	return (-1);
}

int
os_knob_set(struct os *os, enum os_knob k, const char *ifname, int value)
{
	int mib[4] = { CTL_NET, PF_INET, IPPROTO_IP, IPCTL_FORWARDING };

	(void)os;
	(void)ifname;
	if (k == OS_FORWARD4)
		return (sysctl(mib, 4, NULL, NULL, &value, sizeof(value)));
	errno = ENOTSUP;
	return (-1);
}

/* A flush of the routes leaves no other place for them. */
int
os_guards(struct os *os, const struct prefix *v, size_t n)
{
	(void)os;
	(void)v;
	(void)n;
	return (0);
}

/* And no rules. */
int
os_bypass(struct os *os, const struct os_outer *v, size_t n)
{
	(void)os;
	(void)v;
	(void)n;
	return (0);
}

int
os_hostname(char *buf, size_t len)
{
	if (gethostname(buf, len) == -1)
		return (-1);
	buf[len - 1] = '\0';
	buf[strcspn(buf, ".")] = '\0';
	return (0);
}

int
os_memory(const char *name, size_t size)
{
	char path[] = "/greipsecd.XXXXXXXXXX";
	int fd = shm_mkstemp(path);

	(void)name;
	if (fd == -1)
		return (-1);
	(void)shm_unlink(path);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    ftruncate(fd, (off_t)size) == -1) {
		(void)close(fd);
		return (-1);
	}
	return (fd);
}

int
os_memory_clear(int fd, size_t size)
{
	return (ftruncate(fd, 0) == -1 ? -1 : ftruncate(fd, (off_t)size));
}
