/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See sock.h.  OpenBSD.  There is nothing here that steers the
 * packets of one UDP port to two sockets; UDP-encapsulated ESP is the kernel's
 * (udpencap), and the user-space path has protocol 50 only.  That comes to a
 * raw socket while the kernel does not take it: sysctl net.inet.esp.enable=0.
 *
 * Nothing binds a socket to a link: every OSPF socket gets the packets of all,
 * and ospf takes those of its own (IP_RECVIF).
 *
 * Compiled against OpenBSD's declarations, but not run there yet.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/sock.h"

#define PORT_NATT	4500
#define RCVBUF		(1 << 20)
#define OSPF_RCVBUF	(256 << 10)
#define TOS_CONTROL	0xc0

static int
set_int(int fd, int level, int name, int value)
{
	return (setsockopt(fd, level, name, &value, sizeof(value)));
}

static int
give_up(int fd)
{
	int saved = errno;

	(void)close(fd);
	errno = saved;
	return (-1);
}

static int
open_sock(enum addr_family f, int type, int proto)
{
	return (socket(f == ADDR_V4 ? AF_INET : AF_INET6,
	    type | SOCK_CLOEXEC | SOCK_NONBLOCK, proto));
}

/* As large as the system allows; a raw socket starts with 8192 bytes. */
static void
set_buffers(int fd, int size)
{
	int n;

	for (n = size; n > 8192 && set_int(fd, SOL_SOCKET, SO_RCVBUF,
	    n) == -1; n /= 2)
		;
	for (n = size; n > 8192 && set_int(fd, SOL_SOCKET, SO_SNDBUF,
	    n) == -1; n /= 2)
		;
}

static int
set_outer(int fd, enum addr_family f)
{
	set_buffers(fd, RCVBUF);
	if (f == ADDR_V4)
		return (set_int(fd, IPPROTO_IP, IP_RECVDSTADDR, 1));
	return (set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) == -1 ||
	    set_int(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1) == -1 ? -1 : 0);
}

int
sock_ike(enum addr_family f, uint16_t port)
{
	struct sockaddr_in6 s6;
	struct sockaddr_in s4;
	int fd, rv;

	if ((fd = open_sock(f, SOCK_DGRAM, 0)) == -1)
		return (-1);
	memset(&s4, 0, sizeof(s4));
	s4.sin_len = sizeof(s4);
	s4.sin_family = AF_INET;
	s4.sin_port = htons(port);
	memset(&s6, 0, sizeof(s6));
	s6.sin6_len = sizeof(s6);
	s6.sin6_family = AF_INET6;
	s6.sin6_port = htons(port);
	if (set_outer(fd, f) == -1)
		return (give_up(fd));
	if (f == ADDR_V4)
		rv = bind(fd, (struct sockaddr *)&s4, sizeof(s4));
	else
		rv = bind(fd, (struct sockaddr *)&s6, sizeof(s6));
	return (rv == -1 ? give_up(fd) : fd);
}

int
sock_natt(enum addr_family f, int *ike, int *esp)
{
	*esp = -1;
	*ike = sock_ike(f, PORT_NATT);
	return (*ike == -1 ? -1 : 0);
}

int
sock_esp(enum addr_family f)
{
	int fd;

	if ((fd = open_sock(f, SOCK_RAW, IPPROTO_ESP)) == -1)
		return (-1);
	if (set_outer(fd, f) == -1 ||
	    (f == ADDR_V4 && set_int(fd, IPPROTO_IP, IP_HDRINCL, 1) == -1))
		return (give_up(fd));
	return (fd);
}

int
sock_gre(enum addr_family f)
{
	return (open_sock(f, SOCK_RAW, IPPROTO_GRE));
}

int
sock_ospf(const char *ifname, uint32_t ifindex)
{
	struct ip_mreqn m;
	u_char ttl = 1, loop = 0;
	int fd;

	(void)ifname;
	if ((fd = open_sock(ADDR_V4, SOCK_RAW, 89)) == -1)
		return (-1);
	memset(&m, 0, sizeof(m));
	m.imr_multiaddr.s_addr = htonl(0xe0000005);
	m.imr_ifindex = (int)ifindex;
	set_buffers(fd, OSPF_RCVBUF);
	if (set_int(fd, IPPROTO_IP, IP_RECVIF, 1) == -1 ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &m,
	    sizeof(m)) == -1 ||
	    setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m,
	    sizeof(m)) == -1 ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl,
	    sizeof(ttl)) == -1 ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop,
	    sizeof(loop)) == -1 ||
	    set_int(fd, IPPROTO_IP, IP_TTL, 1) == -1 ||
	    set_int(fd, IPPROTO_IP, IP_TOS, TOS_CONTROL) == -1)
		return (give_up(fd));
	return (fd);
}
