/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See os.h.  Linux: links, addresses, the TUN device.  A TUN
 * device is made persistent, so that it stays when nobody has it open, and
 * that is how it is adopted: opening the name again.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/ip.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/os_linux.h"

#define TUN_TXQLEN	1000

/* IFLA_LINKINFO: the kind of a link. */
static bool
is_tun(const struct nlattr *info)
{
	const struct nlattr *at;

	mnl_attr_for_each_nested(at, info)
		if (mnl_attr_get_type(at) == IFLA_INFO_KIND &&
		    mnl_attr_validate(at, MNL_TYPE_STRING) == 0)
			return (strncmp(mnl_attr_get_str(at), "tun",
			    mnl_attr_get_payload_len(at)) == 0);
	return (false);
}

static void
copy_text(char *out, size_t cap, const struct nlattr *at)
{
	if (mnl_attr_validate(at, MNL_TYPE_STRING) == 0)
		(void)snprintf(out, cap, "%.*s",
		    (int)mnl_attr_get_payload_len(at), mnl_attr_get_str(at));
}

bool
os_nl_link(const struct nlmsghdr *nh, struct os_link *l, bool *gone)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nh);
	const struct nlattr *at;

	/* bridges speak of their ports with the same message */
	if (mnl_nlmsg_get_payload_len(nh) < sizeof(*ifi) ||
	    ifi->ifi_family == AF_BRIDGE || ifi->ifi_index <= 0)
		return (false);
	memset(l, 0, sizeof(*l));
	*gone = nh->nlmsg_type == RTM_DELLINK;
	l->index = (uint32_t)ifi->ifi_index;
	l->up = (ifi->ifi_flags & IFF_UP) != 0;
	l->running = (ifi->ifi_flags & IFF_RUNNING) != 0;
	l->multicast = (ifi->ifi_flags & IFF_MULTICAST) != 0;
	l->loopback = (ifi->ifi_flags & IFF_LOOPBACK) != 0;
	mnl_attr_for_each(at, nh, sizeof(*ifi))
		switch (mnl_attr_get_type(at)) {
		case IFLA_IFNAME:
			copy_text(l->name, sizeof(l->name), at);
			break;
		case IFLA_IFALIAS:
			copy_text(l->mark, sizeof(l->mark), at);
			break;
		case IFLA_MTU:
			if (mnl_attr_validate(at, MNL_TYPE_U32) == 0)
				l->mtu = mnl_attr_get_u32(at);
			break;
		case IFLA_LINKINFO:
			l->tun = is_tun(at);
			break;
		default:
			break;
		}
	/* some messages tell one thing only (wireless) */
	return (l->name[0] != '\0' && (l->mtu != 0 || *gone));
}

bool
os_nl_addr(const struct nlmsghdr *nh, struct os_addr *a, bool *gone)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nh);
	const struct nlattr *at;
	struct addr local, address;
	bool has_local = false, has_address = false;

	if (mnl_nlmsg_get_payload_len(nh) < sizeof(*ifa) ||
	    (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6))
		return (false);
	memset(a, 0, sizeof(*a));
	*gone = nh->nlmsg_type == RTM_DELADDR;
	a->index = ifa->ifa_index;
	a->len = ifa->ifa_prefixlen;
	mnl_attr_for_each(at, nh, sizeof(*ifa)) {
		if (mnl_attr_get_type(at) == IFA_LOCAL)
			has_local = os_nl_get_addr(at, ifa->ifa_family,
			    &local);
		else if (mnl_attr_get_type(at) == IFA_ADDRESS)
			has_address = os_nl_get_addr(at, ifa->ifa_family,
			    &address);
	}
	if (!has_local && !has_address)
		return (false);
	a->addr = has_local ? local : address;
	if (has_local && has_address && !addr_eq(&local, &address))
		a->peer = address;
	return (true);
}

static int
addr_request(struct os *os, const struct os_addr *a, uint16_t type,
    uint16_t flags)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nh = os_nl_new(os, buf, type, flags);
	struct ifaddrmsg *ifa;

	ifa = mnl_nlmsg_put_extra_header(nh, sizeof(*ifa));
	ifa->ifa_family = os_nl_af(&a->addr);
	ifa->ifa_prefixlen = a->len;
	ifa->ifa_scope = RT_SCOPE_UNIVERSE;
	ifa->ifa_index = a->index;
	os_nl_put_addr(nh, IFA_LOCAL, &a->addr);
	os_nl_put_addr(nh, IFA_ADDRESS,
	    a->peer.family != ADDR_NONE ? &a->peer : &a->addr);
	return (os_nl_ask(os, nh));
}

int
os_addr_add(struct os *os, const struct os_addr *a)
{
	return (addr_request(os, a, RTM_NEWADDR,
	    NLM_F_CREATE | NLM_F_REPLACE));
}

int
os_addr_del(struct os *os, const struct os_addr *a)
{
	if (addr_request(os, a, RTM_DELADDR, 0) == -1 &&
	    errno != EADDRNOTAVAIL && errno != ENODEV)
		return (-1);
	return (0);
}

/* No IPv6 link-local address by itself: OSPFv2 has no use for it, and what it
 * sends (router solicitations) would be the first thing in the tunnel. */
static void
put_no_autoconf(struct nlmsghdr *nh)
{
	struct nlattr *spec, *inet6;

	spec = mnl_attr_nest_start(nh, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(nh, AF_INET6);
	mnl_attr_put_u8(nh, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(nh, inet6);
	mnl_attr_nest_end(nh, spec);
}

int
os_nl_rp_filter(struct os *os, const char *ifname, int value)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nh = os_nl_new(os, buf, RTM_NEWLINK, 0);
	struct nlattr *spec, *inet, *conf;
	struct ifinfomsg *ifi;

	ifi = mnl_nlmsg_put_extra_header(nh, sizeof(*ifi));
	if ((ifi->ifi_index = (int)if_nametoindex(ifname)) == 0)
		return (-1);
	spec = mnl_attr_nest_start(nh, IFLA_AF_SPEC);
	inet = mnl_attr_nest_start(nh, AF_INET);
	conf = mnl_attr_nest_start(nh, IFLA_INET_CONF);
	mnl_attr_put_u32(nh, IPV4_DEVCONF_RP_FILTER, (uint32_t)value);
	mnl_attr_nest_end(nh, conf);
	mnl_attr_nest_end(nh, inet);
	mnl_attr_nest_end(nh, spec);
	return (os_nl_ask(os, nh));
}

/* What a link is: MTU, mark, no addresses by itself. */
static int
link_dress(struct os *os, uint32_t index, const struct os_link_set *set,
    bool ipv6)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nh = os_nl_new(os, buf, RTM_NEWLINK, 0);
	struct ifinfomsg *ifi;

	ifi = mnl_nlmsg_put_extra_header(nh, sizeof(*ifi));
	ifi->ifi_index = (int)index;
	ifi->ifi_flags = ifi->ifi_change = IFF_MULTICAST;
	if (set->mtu != 0)
		mnl_attr_put_u32(nh, IFLA_MTU, set->mtu);
	if (set->mark[0] != '\0')
		mnl_attr_put(nh, IFLA_IFALIAS, strlen(set->mark), set->mark);
	mnl_attr_put_u32(nh, IFLA_TXQLEN, TUN_TXQLEN);
	mnl_attr_put_u32(nh, IFLA_GROUP, OS_GROUP);
	if (ipv6)
		put_no_autoconf(nh);
	return (os_nl_ask(os, nh));
}

int
os_link_set(struct os *os, uint32_t index, const struct os_link_set *set)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct ifinfomsg *ifi;
	struct nlmsghdr *nh;

	if (link_dress(os, index, set, true) == -1) {
		/* a kernel without IPv6 does not know the attribute */
		if (errno != EAFNOSUPPORT && errno != EOPNOTSUPP &&
		    errno != EINVAL)
			return (-1);
		if (link_dress(os, index, set, false) == -1)
			return (-1);
	}
	/* only then up: an IPv6 address comes with that */
	nh = os_nl_new(os, buf, RTM_NEWLINK, 0);
	ifi = mnl_nlmsg_put_extra_header(nh, sizeof(*ifi));
	ifi->ifi_index = (int)index;
	ifi->ifi_flags = set->up ? IFF_UP : 0;
	ifi->ifi_change = IFF_UP;
	return (os_nl_ask(os, nh));
}

int
os_link_del(struct os *os, uint32_t index, const char *name)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nh = os_nl_new(os, buf, RTM_DELLINK, 0);
	struct ifinfomsg *ifi;

	(void)name;
	ifi = mnl_nlmsg_put_extra_header(nh, sizeof(*ifi));
	ifi->ifi_index = (int)index;
	if (os_nl_ask(os, nh) == -1 && errno != ENODEV && errno != ENXIO)
		return (-1);
	return (0);
}

int
os_tun_open(struct os *os, const char *name, uint32_t *index)
{
	struct ifreq ifr;
	int hdr = sizeof(struct virtio_net_hdr);
	int fd, saved;

	(void)os;
	if (strlen(name) >= sizeof(ifr.ifr_name)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return (-1);
	memset(&ifr, 0, sizeof(ifr));
	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	/* esp reads and writes with that header, see esp_sys_linux.c */
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
	if (ioctl(fd, TUNSETIFF, &ifr) == -1) {
		/* EINVAL: the name is another kind of link's */
		saved = errno == EINVAL && if_nametoindex(name) != 0 ? EEXIST :
		    errno;
		goto fail;
	}
	/* whoever had it before may have asked for offloads */
	if (ioctl(fd, TUNSETOFFLOAD, 0) == -1 ||
	    ioctl(fd, TUNSETVNETHDRSZ, &hdr) == -1 ||
	    ioctl(fd, TUNSETPERSIST, 1) == -1 ||
	    (*index = if_nametoindex(name)) == 0) {
		saved = errno;
		goto fail;
	}
	return (fd);
fail:
	(void)close(fd);
	errno = saved;
	return (-1);
}
