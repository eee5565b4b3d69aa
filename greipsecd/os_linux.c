/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See os.h.  Linux: the two netlink sockets, events and dumps,
 * switches below /proc/sys.  An event socket that overflows (ENOBUFS) is not
 * repaired but reported: the caller forgets and dumps.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <linux/filter.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/os_linux.h"

#define EVENT_RCVBUF	(1 << 20)
#define ANSWER_S	5	/* the kernel answers at once or never */

const char *const os_knob_names[OS_KNOB_N] = {
	"IPv4 forwarding", "reverse path filter"
};

static const unsigned int groups[] = {
	RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
	RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,
	RTNLGRP_IPV4_NETCONF
};

static struct mnl_socket *
nl_open(int nonblock)
{
	struct mnl_socket *s;

	s = mnl_socket_open2(NETLINK_ROUTE,
	    SOCK_CLOEXEC | (nonblock ? SOCK_NONBLOCK : 0));
	if (s != NULL && mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) == -1) {
		(void)mnl_socket_close(s);
		return (NULL);
	}
	return (s);
}

static int
subscribe(struct mnl_socket *s)
{
	int fd = mnl_socket_get_fd(s), size = EVENT_RCVBUF;
	size_t i;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
	    sizeof(size)) == -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
		    sizeof(size));
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (mnl_socket_setsockopt(s, NETLINK_ADD_MEMBERSHIP,
		    (void *)(uintptr_t)&groups[i], sizeof(groups[i])) == -1)
			return (-1);
	return (0);
}

/* What becomes of our own changes of routes is in their acknowledgements: no
 * message wakes us for them. */
static int
without_ours(struct os *os)
{
	/* loads are in network byte order */
	uint32_t port = htonl(mnl_socket_get_portid(os->req));
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_ABS | BPF_H,
		    offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 3),
		BPF_STMT(BPF_LD | BPF_ABS | BPF_W,
		    offsetof(struct nlmsghdr, nlmsg_pid)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff)
	};
	struct sock_fprog prog = { sizeof(f) / sizeof(f[0]), f };

	return (setsockopt(mnl_socket_get_fd(os->ev), SOL_SOCKET,
	    SO_ATTACH_FILTER, &prog, sizeof(prog)));
}

struct os *
os_open(const struct os_events *ev, void *ctx)
{
	struct timeval tv = { ANSWER_S, 0 };
	struct os *os;
	int on = 1;

	if ((os = calloc(1, sizeof(*os))) == NULL)
		return (NULL);
	os->events = ev;
	os->ctx = ctx;
	if ((os->req = nl_open(0)) == NULL || (os->ev = nl_open(1)) == NULL ||
	    setsockopt(mnl_socket_get_fd(os->req), SOL_SOCKET, SO_RCVTIMEO,
	    &tv, sizeof(tv)) == -1 || without_ours(os) == -1 ||
	    subscribe(os->ev) == -1) {
		os_close(os);
		return (NULL);
	}
	/* an acknowledgement need not carry the request */
	(void)mnl_socket_setsockopt(os->req, NETLINK_CAP_ACK, &on, sizeof(on));
	return (os);
}

void
os_close(struct os *os)
{
	if (os == NULL)
		return;
	if (os->req != NULL)
		(void)mnl_socket_close(os->req);
	if (os->ev != NULL)
		(void)mnl_socket_close(os->ev);
	free(os);
}

int
os_fd(const struct os *os)
{
	return (mnl_socket_get_fd(os->ev));
}

uint8_t
os_nl_af(const struct addr *a)
{
	return (a->family == ADDR_V6 ? AF_INET6 : AF_INET);
}

bool
os_nl_get_addr(const struct nlattr *at, uint8_t af, struct addr *a)
{
	uint16_t len = af == AF_INET6 ? 16 : 4;

	if (at == NULL || mnl_attr_get_payload_len(at) != len)
		return (false);
	memset(a, 0, sizeof(*a));
	a->family = af == AF_INET6 ? ADDR_V6 : ADDR_V4;
	memcpy(a->b, mnl_attr_get_payload(at), len);
	return (true);
}

void
os_nl_put_addr(struct nlmsghdr *nh, uint16_t type, const struct addr *a)
{
	mnl_attr_put(nh, type, addr_len(a), a->b);
}

struct nlmsghdr *
os_nl_new(struct os *os, void *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nh = mnl_nlmsg_put_header(buf);

	nh->nlmsg_type = type;
	nh->nlmsg_flags = NLM_F_REQUEST | flags;
	nh->nlmsg_seq = ++os->seq;
	return (nh);
}

int
os_nl_ask(struct os *os, struct nlmsghdr *nh)
{
	unsigned int port = mnl_socket_get_portid(os->req);
	ssize_t n;
	int rv;

	nh->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(os->req, nh, nh->nlmsg_len) == -1)
		return (-1);
	do {
		n = mnl_socket_recvfrom(os->req, os->buf, sizeof(os->buf));
		if (n == -1)
			return (-1);
		rv = mnl_cb_run(os->buf, (size_t)n, nh->nlmsg_seq, port, NULL,
		    NULL);
		/* left over from a request that was given up */
		if (rv == -1 && errno == EPROTO)
			rv = MNL_CB_OK;
	} while (rv > MNL_CB_STOP);
	return (rv == -1 ? -1 : 0);
}

/* One message of a dump or of the event socket. */
static int
dispatch(const struct nlmsghdr *nh, void *arg)
{
	struct os *os = arg;
	union {
		struct os_link	link;
		struct os_addr	addr;
		struct os_route	route;
	} u;
	bool gone;

	switch (nh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (os_nl_link(nh, &u.link, &gone))
			os->events->link(os->ctx, &u.link, gone);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		if (os_nl_addr(nh, &u.addr, &gone))
			os->events->addr(os->ctx, &u.addr, gone);
		break;
	case RTM_NEWNETCONF:
		os->events->knobs(os->ctx);
		break;
	case RTM_NEWRULE:
	case RTM_DELRULE:
		if (os_nl_guard_gone(nh))
			os->events->guards(os->ctx);
		if (os_nl_rule_news(nh))
			os->events->rules(os->ctx);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		if (os_nl_guard_gone(nh))
			os->events->guards(os->ctx);
		if (os_nl_route(nh, &u.route, &gone))
			os->events->route(os->ctx, &u.route, gone);
		break;
	default:
		break;
	}
	return (MNL_CB_OK);
}

bool
os_read(struct os *os)
{
	ssize_t n;
	int i;

	/* a bound, so that a storm of events cannot starve the rest */
	for (i = 0; i < 64; i++) {
		n = mnl_socket_recvfrom(os->ev, os->buf, sizeof(os->buf));
		if (n == -1 && (errno == ENOBUFS || errno == ENOSPC)) {
			os->events->lost(os->ctx);
			continue;
		}
		if (n <= 0)
			return (false);
		(void)mnl_cb_run(os->buf, (size_t)n, 0, 0, dispatch, os);
	}
	return (true);
}

static int
dump(struct os *os, uint16_t type, uint8_t family, mnl_cb_t cb, void *arg)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	unsigned int port = mnl_socket_get_portid(os->req);
	struct nlmsghdr *nh = os_nl_new(os, buf, type, NLM_F_DUMP);
	struct rtgenmsg *g;
	bool interrupted = false;
	ssize_t n;
	int rv;

	/* the kernel wants the whole header of the kind it dumps */
	g = mnl_nlmsg_put_extra_header(nh, type == RTM_GETLINK ?
	    sizeof(struct ifinfomsg) : type == RTM_GETADDR ?
	    sizeof(struct ifaddrmsg) : sizeof(struct rtmsg));
	g->rtgen_family = family;
	if (mnl_socket_sendto(os->req, nh, nh->nlmsg_len) == -1)
		return (-1);
	do {
		n = mnl_socket_recvfrom(os->req, os->buf, sizeof(os->buf));
		if (n == -1)
			return (-1);
		interrupted |= os_nl_interrupted(os->buf, (size_t)n);
		rv = mnl_cb_run(os->buf, (size_t)n, nh->nlmsg_seq, port,
		    cb, arg);
		if (rv == -1 && errno == EPROTO)
			rv = MNL_CB_OK;
	} while (rv > MNL_CB_STOP);
	if (rv == -1 || !interrupted)
		return (rv == -1 ? -1 : 0);
	errno = EINTR;
	return (-1);
}

/* What changed while it was dumped makes it inconsistent (EINTR): again. */
int
os_nl_dump(struct os *os, uint16_t type, uint8_t family, mnl_cb_t cb, void *arg)
{
	int i, rv = -1;

	for (i = 0; i < 8; i++)
		if ((rv = dump(os, type, family, cb, arg)) == 0 ||
		    errno != EINTR)
			break;
	return (rv);
}

static int
dump_whole(struct os *os, uint16_t type, uint8_t family)
{
	return (os_nl_dump(os, type, family, dispatch, os));
}

int
os_dump(struct os *os, unsigned what)
{
	if ((what & OS_LINKS) && dump_whole(os, RTM_GETLINK, AF_UNSPEC) == -1)
		return (-1);
	if ((what & OS_ADDRS) && dump_whole(os, RTM_GETADDR, AF_UNSPEC) == -1)
		return (-1);
	if ((what & OS_ROUTES) &&
	    (dump_whole(os, RTM_GETROUTE, AF_INET) == -1 ||
	    (dump_whole(os, RTM_GETROUTE, AF_INET6) == -1 &&
	    errno != EAFNOSUPPORT && errno != EOPNOTSUPP)))
		return (-1);
	return (0);
}

static int
proc_path(enum os_knob k, const char *ifname, char *path, size_t cap)
{
	int n;

	if (k == OS_FORWARD4)
		n = snprintf(path, cap, "/proc/sys/net/ipv4/ip_forward");
	else
		n = snprintf(path, cap, "/proc/sys/net/ipv4/conf/%s/rp_filter",
		    ifname);
	if (n < 0 || (size_t)n >= cap) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	return (0);
}

static int
proc_read(const char *path, int *value)
{
	char buf[16];
	ssize_t n;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	n = read(fd, buf, sizeof(buf) - 1);
	(void)close(fd);
	if (n <= 0)
		return (-1);
	buf[n] = '\0';
	*value = (int)strtol(buf, NULL, 10);
	return (0);
}

int
os_knob_get(struct os *os, enum os_knob k, const char *ifname, int *value)
{
	char path[128];
	int all;

	(void)os;
	if (proc_path(k, ifname, path, sizeof(path)) == -1 ||
	    proc_read(path, value) == -1)
		return (-1);
	if (k == OS_RPFILTER && proc_read(
	    "/proc/sys/net/ipv4/conf/all/rp_filter", &all) == 0 &&
	    all > *value)
		*value = all;
	return (0);
}

static int
proc_write(const char *path, int value)
{
	char buf[16];
	int fd, n;
	ssize_t w;

	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) == -1)
		return (-1);
	n = snprintf(buf, sizeof(buf), "%d\n", value);
	w = write(fd, buf, (size_t)n);
	(void)close(fd);
	return (w == n ? 0 : -1);
}

int
os_knob_set(struct os *os, enum os_knob k, const char *ifname, int value)
{
	char path[128];
	int saved, now;

	if (proc_path(k, ifname, path, sizeof(path)) == -1)
		return (-1);
	if (proc_write(path, value) == 0)
		return (0);
	saved = errno;
	/* below a /proc/sys that is read-only (ProtectKernelTunables=) */
	if (k == OS_RPFILTER && (saved == EROFS || saved == EACCES ||
	    saved == EPERM) && os_nl_rp_filter(os, ifname, value) == 0 &&
	    proc_read(path, &now) == 0 && now == value)
		return (0);
	errno = saved;
	return (-1);
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
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd != -1 && ftruncate(fd, (off_t)size) == -1) {
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
