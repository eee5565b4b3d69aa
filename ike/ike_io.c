/* SPDX-License-Identifier: ISC */
/* runs in: ike.  See ike_io.h. */
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "ike/ike_io.h"

union name {
	struct sockaddr		sa;
	struct sockaddr_in	v4;
	struct sockaddr_in6	v6;
};

union ctl {
	struct cmsghdr	h;
	uint8_t		b[256];
};

static bool
take_name(const union name *n, struct addr *a, uint16_t *port)
{
	memset(a, 0, sizeof(*a));
	if (n->sa.sa_family == AF_INET) {
		a->family = ADDR_V4;
		memcpy(a->b, &n->v4.sin_addr, 4);
		*port = ntohs(n->v4.sin_port);
		return (*port != 0);
	}
	if (n->sa.sa_family == AF_INET6) {
		a->family = ADDR_V6;
		memcpy(a->b, &n->v6.sin6_addr, 16);
		*port = ntohs(n->v6.sin6_port);
		return (*port != 0);
	}
	return (false);
}

/* The address that the datagram came to, and the interface. */
static void
take_local(struct msghdr *m, struct addr *a, uint32_t *ifindex)
{
	struct cmsghdr *c;
#ifdef IP_PKTINFO
	struct in_pktinfo i4;
#endif
	struct in6_pktinfo i6;

	memset(a, 0, sizeof(*a));
	*ifindex = 0;
	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
#ifdef IP_PKTINFO
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&i4, CMSG_DATA(c), sizeof(i4));
			a->family = ADDR_V4;
			memcpy(a->b, &i4.ipi_addr, 4);
			*ifindex = (uint32_t)i4.ipi_ifindex;
		}
#else
		if (c->cmsg_level == IPPROTO_IP &&
		    c->cmsg_type == IP_RECVDSTADDR) {
			a->family = ADDR_V4;
			memcpy(a->b, CMSG_DATA(c), 4);
		}
#endif
		if (c->cmsg_level == IPPROTO_IPV6 &&
		    c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&i6, CMSG_DATA(c), sizeof(i6));
			a->family = ADDR_V6;
			memcpy(a->b, &i6.ipi6_addr, 16);
			*ifindex = (uint32_t)i6.ipi6_ifindex;
		}
	}
}

int
ike_recv(int fd, uint8_t *buf, size_t cap, struct ike_rx *rx)
{
	union name name = { .sa = { .sa_family = AF_UNSPEC } };
	union ctl ctl;
	struct iovec iov = { buf, cap };
	struct msghdr m = { .msg_name = &name, .msg_namelen = sizeof(name),
	    .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &ctl,
	    .msg_controllen = sizeof(ctl) };
	ssize_t n;

	if ((n = recvmsg(fd, &m, MSG_DONTWAIT)) == -1)
		return (errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1);
	if ((m.msg_flags & MSG_TRUNC) ||
	    !take_name(&name, &rx->remote, &rx->remote_port))
		return (-1);
	take_local(&m, &rx->local, &rx->ifindex);
	if (rx->local.family != rx->remote.family)
		return (-1);
	rx->data = buf;
	rx->len = (size_t)n;
	return (1);
}

static void
put_local(struct msghdr *m, union ctl *ctl, const struct addr *a,
    uint32_t ifindex)
{
	struct in6_pktinfo i6 = { .ipi6_ifindex = ifindex };
	struct cmsghdr *c;
#ifdef IP_PKTINFO
	struct in_pktinfo i4 = { .ipi_ifindex = (int)ifindex };
#endif

	memset(ctl, 0, sizeof(*ctl));
	m->msg_control = ctl;
	m->msg_controllen = sizeof(*ctl);
	c = CMSG_FIRSTHDR(m);
	if (a->family == ADDR_V6) {
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(i6));
		memcpy(&i6.ipi6_addr, a->b, 16);
		memcpy(CMSG_DATA(c), &i6, sizeof(i6));
		m->msg_controllen = CMSG_SPACE(sizeof(i6));
		return;
	}
	c->cmsg_level = IPPROTO_IP;
#ifdef IP_PKTINFO
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(i4));
	memcpy(&i4.ipi_spec_dst, a->b, 4);
	memcpy(CMSG_DATA(c), &i4, sizeof(i4));
	m->msg_controllen = CMSG_SPACE(sizeof(i4));
#else
	c->cmsg_type = IP_SENDSRCADDR;
	c->cmsg_len = CMSG_LEN(sizeof(struct in_addr));
	memcpy(CMSG_DATA(c), a->b, sizeof(struct in_addr));
	m->msg_controllen = CMSG_SPACE(sizeof(struct in_addr));
#endif
}

int
ike_send(int fd, const struct ike_tx *tx)
{
	union name name = { .sa = { .sa_family = AF_UNSPEC } };
	struct iovec iov = { .iov_len = tx->len };
	struct msghdr m = { .msg_name = &name, .msg_iov = &iov,
	    .msg_iovlen = 1 };
	union ctl ctl;

	memcpy(&iov.iov_base, &tx->data, sizeof(tx->data));
	if (tx->remote.family == ADDR_V6) {
		name.v6.sin6_family = AF_INET6;
		name.v6.sin6_port = htons(tx->remote_port);
		memcpy(&name.v6.sin6_addr, tx->remote.b, 16);
		m.msg_namelen = sizeof(name.v6);
	} else {
		name.v4.sin_family = AF_INET;
		name.v4.sin_port = htons(tx->remote_port);
		memcpy(&name.v4.sin_addr, tx->remote.b, 4);
		m.msg_namelen = sizeof(name.v4);
	}
	if (tx->local.family != ADDR_NONE)
		put_local(&m, &ctl, &tx->local, tx->ifindex);
	return (sendmsg(fd, &m, MSG_DONTWAIT) == -1 ? -1 : 0);
}
