/* SPDX-License-Identifier: ISC */
/* runs in: esp and ike.  See errq.h: IP_RECVERR and IPV6_RECVERR, ip(7). */
#include <sys/socket.h>

#include <errno.h>
#include <linux/types.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <linux/icmp.h>
#include <string.h>

#include "lib/errq.h"
#include "lib/rbuf.h"

#define ICMP6_TOO_BIG	2

static void
take_name(const struct sockaddr_storage *ss, struct addr *a, uint16_t *port)
{
	const struct sockaddr_in *s4 = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *s6 = (const struct sockaddr_in6 *)ss;

	memset(a, 0, sizeof(*a));
	if (ss->ss_family == AF_INET) {
		a->family = ADDR_V4;
		memcpy(a->b, &s4->sin_addr, 4);
		*port = ntohs(s4->sin_port);
	} else if (ss->ss_family == AF_INET6) {
		a->family = ADDR_V6;
		memcpy(a->b, &s6->sin6_addr, 16);
		*port = ntohs(s6->sin6_port);
	}
}

static void
take_error(const struct sock_extended_err *e, uint32_t spi,
    struct errq_report *out)
{
	out->type = e->ee_type;
	out->code = e->ee_code;
	out->spi = spi;
	out->mtu = e->ee_info;
	if (e->ee_origin == SO_EE_ORIGIN_LOCAL) {
		out->spi = 0;
		out->here = true;
		out->too_big = e->ee_errno == EMSGSIZE;
	} else if (e->ee_origin == SO_EE_ORIGIN_ICMP)
		out->too_big = e->ee_type == ICMP_DEST_UNREACH &&
		    e->ee_code == ICMP_FRAG_NEEDED;
	else
		out->too_big = e->ee_type == ICMP6_TOO_BIG;
}

bool
errq_next(int fd, struct errq_report *out)
{
	union {
		struct cmsghdr	h;
		uint8_t		b[512];
	} ctl;
	uint8_t quoted[64];
	struct sockaddr_storage ss = { 0 };
	struct iovec iov = { quoted, sizeof(quoted) };
	struct msghdr m = { .msg_name = &ss, .msg_namelen = sizeof(ss),
	    .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &ctl,
	    .msg_controllen = sizeof(ctl) };
	struct sock_extended_err e;
	struct cmsghdr *c;
	struct rbuf r;
	ssize_t n;

	memset(out, 0, sizeof(*out));
	if ((n = recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT)) == -1)
		return (false);
	r = rbuf_make(quoted, (size_t)n);
	take_name(&ss, &out->remote, &out->remote_port);
	for (c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
		if ((c->cmsg_level == IPPROTO_IP &&
		    c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == IPPROTO_IPV6 &&
		    c->cmsg_type == IPV6_RECVERR)) {
			memcpy(&e, CMSG_DATA(c), sizeof(e));
			take_error(&e, rbuf_u32(&r), out);
		}
	}
	return (true);
}
