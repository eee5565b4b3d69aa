/* SPDX-License-Identifier: ISC */
/* runs in: esp.  See esp_io.h. */
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "esp/esp_io.h"
#include "esp/esp_sys.h"

#define CTL_LEN	(CMSG_SPACE(sizeof(struct in6_pktinfo)) + \
		2 * CMSG_SPACE(sizeof(int)))

union ctl {
	struct cmsghdr	h;
	uint8_t		b[CTL_LEN];
};

union name {
	struct sockaddr		sa;
	struct sockaddr_in	v4;
	struct sockaddr_in6	v6;
};

struct io_batch {
	struct pkt	 pkts[PKT_BATCH];
	struct mmsghdr	 m[PKT_BATCH];
	const struct pkt *of[PKT_BATCH];	/* which one m[i] sends */
	struct iovec	 iov[PKT_BATCH];
	union name	 names[PKT_BATCH];
	union ctl	 ctls[PKT_BATCH];
	uint8_t		 mem[PKT_BATCH][PKT_CAP];
};

struct io_batch *
io_new(void)
{
	struct io_batch *b = calloc(1, sizeof(*b));
	size_t i;

	for (i = 0; b != NULL && i < PKT_BATCH; i++)
		b->pkts[i].buf = b->mem[i];
	return (b);
}

struct pkt *
io_pkts(struct io_batch *b)
{
	return (b->pkts);
}

static void
fresh(struct pkt *k)
{
	k->off = PKT_HEAD;
	k->len = PKT_MAX;
	k->fate = PKT_DROP;
	k->tos = 0;
	k->sport = k->dport = 0;
}

static void
take_name(const union name *n, struct pkt *k)
{
	memset(&k->src, 0, sizeof(k->src));
	if (n->sa.sa_family == AF_INET) {
		k->src.family = ADDR_V4;
		memcpy(k->src.b, &n->v4.sin_addr, 4);
		k->sport = ntohs(n->v4.sin_port);
	} else {
		k->src.family = ADDR_V6;
		memcpy(k->src.b, &n->v6.sin6_addr, 16);
		k->sport = ntohs(n->v6.sin6_port);
	}
	if (!k->udp)
		k->sport = 0;
}

/* The TOS or traffic class, where the system says it beside the packet. */
static uint8_t
take_tos(struct msghdr *m)
{
	struct cmsghdr *c;
	int v;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS)
			return (*CMSG_DATA(c));
		if (c->cmsg_level == IPPROTO_IPV6 &&
		    c->cmsg_type == IPV6_TCLASS) {
			memcpy(&v, CMSG_DATA(c), sizeof(v));
			return ((uint8_t)v);
		}
	}
	return (0);
}

/* An IPv4 raw socket delivers the IP header too. */
static void
strip_ip4(struct pkt *k)
{
	const uint8_t *p = k->buf + k->off;
	uint32_t hl;

	if (k->len < 20 || (hl = (uint32_t)(p[0] & 15) * 4) < 20 ||
	    hl > k->len) {
		k->len = 0;
		return;
	}
	k->tos = p[1];
	k->off += hl;
	k->len -= hl;
}

int
io_recv(struct io_batch *b, int fd, enum esp_sock_kind kind)
{
	struct msghdr *h;
	int i, n;

	for (i = 0; i < PKT_BATCH; i++) {
		h = &b->m[i].msg_hdr;
		fresh(&b->pkts[i]);
		b->iov[i].iov_base = b->pkts[i].buf + b->pkts[i].off;
		b->iov[i].iov_len = b->pkts[i].len;
		*h = (struct msghdr){ .msg_name = &b->names[i],
		    .msg_namelen = sizeof(b->names[i]),
		    .msg_iov = &b->iov[i], .msg_iovlen = 1,
		    .msg_control = &b->ctls[i],
		    .msg_controllen = sizeof(b->ctls[i]) };
	}
	if ((n = recvmmsg(fd, b->m, PKT_BATCH, MSG_DONTWAIT, NULL)) == -1)
		return (-1);
	for (i = 0; i < n; i++) {
		struct pkt *k = &b->pkts[i];

		h = &b->m[i].msg_hdr;
		k->udp = kind == ESP_SOCK_UDP4 || kind == ESP_SOCK_UDP6;
		k->len = (h->msg_flags & MSG_TRUNC) != 0 ? 0 : b->m[i].msg_len;
		take_name(&b->names[i], k);
		if (kind == ESP_SOCK_RAW4)
			strip_ip4(k);
		else
			k->tos = take_tos(h);
	}
	return (n);
}

int
io_tun_read(struct io_batch *b, int fd)
{
	struct pkt *k;
	ssize_t r;
	int n;

	for (n = 0; n < PKT_BATCH; n++) {
		k = &b->pkts[n];
		fresh(k);
		if ((r = esp_tun_read(fd, k->buf + k->off, k->len)) <= 0)
			break;
		k->len = (uint32_t)r;
	}
	return (n == 0 && errno != EAGAIN ? -1 : n);
}

size_t
io_tun_write(int fd, const struct pkt *v, size_t n, struct path *p)
{
	static unsigned int what = MERGE_TCP | MERGE_UDP;
	struct merge m;
	size_t k = merge_run(&m, v, n, what);

	if (k > 1) {
		if (esp_tun_write_run(fd, &m, v, k) == 0)
			return (k);
		if (errno != EOPNOTSUPP) {
			path_count(p, DROP_SEND, k);
			return (k);
		}
		what &= ~merge_kind(&m);
	}
	if (esp_tun_write(fd, v->buf + v->off, v->len) == -1)
		path_count(p, DROP_SEND, 1);
	return (1);
}

void
io_put_cmsg(struct msghdr *m, size_t *used, int level, int type,
    const void *data, size_t len)
{
	struct cmsghdr c = { .cmsg_level = level, .cmsg_type = type,
	    .cmsg_len = CMSG_LEN(len) };
	uint8_t *at = (uint8_t *)m->msg_control + *used;

	memcpy(at, &c, sizeof(c));
	memcpy(at + CMSG_LEN(0), data, len);
	*used += CMSG_SPACE(len);
	m->msg_controllen = *used;
}

static size_t
address4(struct msghdr *m, const struct pkt *k, union name *to)
{
	to->v4 = (struct sockaddr_in){ .sin_family = AF_INET,
	    .sin_port = htons(k->udp ? k->dport : 0) };
	memcpy(&to->v4.sin_addr, k->dst.b, 4);
	m->msg_namelen = sizeof(to->v4);
	return (esp_address4(m, k));
}

static void
address6(struct msghdr *m, const struct pkt *k, union name *to)
{
	struct in6_pktinfo pi = { .ipi6_ifindex = 0 };
	int ttl = k->ttl, tos = k->tos;
	size_t used = 0;

	to->v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
	    .sin6_port = htons(k->udp ? k->dport : 0) };
	memcpy(&to->v6.sin6_addr, k->dst.b, 16);
	m->msg_namelen = sizeof(to->v6);
	memcpy(&pi.ipi6_addr, k->src.b, 16);
	io_put_cmsg(m, &used, IPPROTO_IPV6, IPV6_PKTINFO, &pi, sizeof(pi));
	io_put_cmsg(m, &used, IPPROTO_IPV6, IPV6_HOPLIMIT, &ttl, sizeof(ttl));
	io_put_cmsg(m, &used, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
}

static enum esp_sock_kind
kind_of(const struct pkt *k)
{
	if (k->dst.family == ADDR_V6)
		return (k->udp ? ESP_SOCK_UDP6 : ESP_SOCK_RAW6);
	return (k->udp ? ESP_SOCK_UDP4 : ESP_SOCK_RAW4);
}

/*
 * Send the first n messages made; a bad one does not hold up the rest.  An
 * error may be that of an earlier one, which ICMP told of meanwhile and which
 * ends the next call on the socket before it has done anything: what fails
 * twice failed.
 */
static bool
transmit(struct io_batch *b, unsigned n, int fd, struct path *p)
{
	unsigned at = 0, failed = n;
	bool big = false;
	int sent;

	while (at < n) {
		sent = fd == -1 ? (errno = ENOTCONN, -1) :
		    sendmmsg(fd, b->m + at, n - at, MSG_DONTWAIT);
		if (sent > 0) {
			at += (unsigned)sent;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN || fd == -1) {
			path_count(p, DROP_SEND, n - at);
			return (big);
		}
		/* a queue on the way out is full; that of the next may be none */
		if (errno == ENOBUFS) {
			path_count(p, DROP_SEND, 1);
			at++;
			continue;
		}
		if (failed != at) {
			failed = at;
			continue;
		}
		if (errno == EMSGSIZE) {
			big = true;
			path_too_big(p, b->of[at]);
		} else
			path_count(p, DROP_SEND, 1);
		at++;
	}
	return (big);
}

bool
io_send(struct io_batch *b, size_t n, const int *fds, struct path *p)
{
	enum esp_sock_kind kind = ESP_SOCK_RAW4;
	bool big = false;
	unsigned made = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct pkt *k = &b->pkts[i];
		struct msghdr *h = &b->m[made].msg_hdr;
		size_t front = 0;

		if (k->fate != PKT_WIRE)
			continue;
		if (made > 0 && kind_of(k) != kind) {
			big |= transmit(b, made, fds[kind], p);
			made = 0;
			h = &b->m[0].msg_hdr;
		}
		kind = kind_of(k);
		*h = (struct msghdr){ .msg_name = &b->names[made],
		    .msg_iov = &b->iov[made], .msg_iovlen = 1,
		    .msg_control = &b->ctls[made] };
		if (k->dst.family == ADDR_V6)
			address6(h, k, &b->names[made]);
		else
			front = address4(h, k, &b->names[made]);
		b->of[made] = k;
		b->iov[made].iov_base = k->buf + k->off - front;
		b->iov[made].iov_len = k->len + front;
		made++;
	}
	if (made > 0)
		big |= transmit(b, made, fds[kind], p);
	return (big);
}
