/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See sock.h.  Linux.
 *
 * The group on UDP 4500 is steered by a classic BPF program, which sees the
 * payload from offset 0: its first word zero is the non-ESP marker of RFC 3948
 * and index 0, anything else, and anything shorter than four bytes (the
 * keepalive), is index 1.  Indexes are in the order of binding.  An ICMP error
 * comes without such a packet, and to either, by a hash of the addresses.
 */
#include <sys/socket.h>
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/sock.h"

#define PORT_NATT	4500
#define PROTO_GRE	47
#define PROTO_ESP	50
#define PROTO_OSPF	89
#define RCVBUF		(4 << 20)
#define OSPF_RCVBUF	(256 << 10)
#define GRE_SNAP	64	/* bytes of a packet that is only counted */
#define TOS_CONTROL	0xc0	/* internetwork control, RFC 2328 A.1 */
#define PRIO_CONTROL	6

static int
set_int(int fd, int level, int name, int value)
{
	return (setsockopt(fd, level, name, &value, sizeof(value)));
}

/* Close and keep errno. */
static int
give_up(int fd)
{
	int saved = errno;

	(void)close(fd);
	errno = saved;
	return (-1);
}

static void
set_buffers(int fd, int size)
{
	if (set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, size) == -1)
		(void)set_int(fd, SOL_SOCKET, SO_RCVBUF, size);
	if (set_int(fd, SOL_SOCKET, SO_SNDBUFFORCE, size) == -1)
		(void)set_int(fd, SOL_SOCKET, SO_SNDBUF, size);
}

/* What all sockets on the outside share; pmtu: an IP_PMTUDISC value, the
 * numbers of which are those of IPv6 too. */
static int
set_outer(int fd, enum addr_family f, int pmtu)
{
	set_buffers(fd, RCVBUF);
	if (f == ADDR_V4)
		return (set_int(fd, IPPROTO_IP, IP_PKTINFO, 1) == -1 ||
		    set_int(fd, IPPROTO_IP, IP_RECVERR, 1) == -1 ||
		    set_int(fd, IPPROTO_IP, IP_RECVTOS, 1) == -1 ||
		    set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, pmtu) == -1 ?
		    -1 : 0);
	return (set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) == -1 ||
	    set_int(fd, IPPROTO_IPV6, IPV6_RECVERR, 1) == -1 ||
	    set_int(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1) == -1 ||
	    set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, pmtu) == -1 ?
	    -1 : 0);
}

static int
bind_any(int fd, enum addr_family f, uint16_t port)
{
	struct sockaddr_in6 s6 = { .sin6_family = AF_INET6,
	    .sin6_port = htons(port) };
	struct sockaddr_in s4 = { .sin_family = AF_INET,
	    .sin_port = htons(port) };

	if (f == ADDR_V4)
		return (bind(fd, (struct sockaddr *)&s4, sizeof(s4)));
	return (bind(fd, (struct sockaddr *)&s6, sizeof(s6)));
}

static int
udp(enum addr_family f, uint16_t port, int pmtu, bool group)
{
	int fd;

	fd = socket(f == ADDR_V4 ? AF_INET : AF_INET6,
	    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (-1);
	if ((f == ADDR_V6 && set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) == -1) ||
	    (group && set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1) == -1) ||
	    set_outer(fd, f, pmtu) == -1 || bind_any(fd, f, port) == -1)
		return (give_up(fd));
	return (fd);
}

int
sock_ike(enum addr_family f, uint16_t port)
{
	return (udp(f, port, IP_PMTUDISC_DONT, false));
}

static int
steer(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 4, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_K, 0)
	};
	struct sock_fprog prog = {
		.len = sizeof(code) / sizeof(code[0]), .filter = code
	};

	return (setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog,
	    sizeof(prog)));
}

int
sock_natt(enum addr_family f, int *ike, int *esp)
{
	/* both leave fragments to IP; "too big" is not told over IPv4 with DONT,
	 * nor over IPv6 with OMIT */
	int pmtu = f == ADDR_V4 ? IP_PMTUDISC_OMIT : IP_PMTUDISC_DONT;

	if ((*ike = udp(f, PORT_NATT, pmtu, true)) == -1)
		return (-1);
	if (steer(*ike) == -1 ||
	    (*esp = udp(f, PORT_NATT, IP_PMTUDISC_PROBE, true)) == -1)
		return (give_up(*ike));
	return (0);
}

int
sock_esp(enum addr_family f)
{
	int fd;

	fd = socket(f == ADDR_V4 ? AF_INET : AF_INET6,
	    SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, PROTO_ESP);
	if (fd == -1)
		return (-1);
	if (set_outer(fd, f, IP_PMTUDISC_PROBE) == -1)
		return (give_up(fd));
	return (fd);
}

int
sock_gre(enum addr_family f)
{
	struct sock_filter code = BPF_STMT(BPF_RET | BPF_K, GRE_SNAP);
	struct sock_fprog prog = { .len = 1, .filter = &code };
	int fd;

	fd = socket(f == ADDR_V4 ? AF_INET : AF_INET6,
	    SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, PROTO_GRE);
	if (fd == -1)
		return (-1);
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
	    sizeof(prog)) == -1)
		return (give_up(fd));
	return (fd);
}

static int
set_ospf(int fd, const char *ifname, uint32_t ifindex)
{
	struct ip_mreqn m = { .imr_ifindex = (int)ifindex };

	m.imr_multiaddr.s_addr = htonl(0xe0000005);
	set_buffers(fd, OSPF_RCVBUF);
	return (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname,
	    (socklen_t)strlen(ifname)) == -1 ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &m,
	    sizeof(m)) == -1 ||
	    setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m,
	    sizeof(m)) == -1 ||
	    set_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0) == -1 ||
	    set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, 1) == -1 ||
	    set_int(fd, IPPROTO_IP, IP_TTL, 1) == -1 ||
	    set_int(fd, IPPROTO_IP, IP_TOS, TOS_CONTROL) == -1 ||
	    set_int(fd, SOL_SOCKET, SO_PRIORITY, PRIO_CONTROL) == -1 ?
	    -1 : 0);
}

int
sock_ospf(const char *ifname, uint32_t ifindex)
{
	int fd;

	fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    PROTO_OSPF);
	if (fd == -1)
		return (-1);
	if (set_ospf(fd, ifname, ifindex) == -1)
		return (give_up(fd));
	return (fd);
}
