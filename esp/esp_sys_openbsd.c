/* SPDX-License-Identifier: ISC */
/*
 * runs in: esp.  See esp_sys.h.  OpenBSD: tun(4) puts the address family in
 * front of a packet, and a raw socket takes no control messages, but a whole IP
 * header (IP_HDRINCL, which sock_openbsd.c sets).  There is no error queue to
 * learn a path's MTU from: outer packets may be fragmented.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <netinet/in.h>
#include <errno.h>
#include <string.h>

#include "esp/esp_sys.h"
#include "lib/wbuf.h"

#define IP4_HLEN	20

ssize_t
esp_tun_read(int fd, void *buf, size_t len)
{
	uint32_t family;
	struct iovec v[2] = { { &family, sizeof(family) }, { buf, len } };
	ssize_t n = readv(fd, v, 2);

	return (n > (ssize_t)sizeof(family) ? n - (ssize_t)sizeof(family) :
	    n == -1 ? -1 : 0);
}

ssize_t
esp_tun_write(int fd, void *buf, size_t len)
{
	const uint8_t *p = buf;
	uint32_t family = htonl(len > 0 && p[0] >> 4 == 6 ? AF_INET6 : AF_INET);
	struct iovec v[2] = { { &family, sizeof(family) }, { buf, len } };
	ssize_t n = writev(fd, v, 2);

	return (n == -1 ? -1 : (ssize_t)len);
}

/* The kernel fills in the number and the checksum. */
static size_t
put_header(const struct pkt *k)
{
	struct wbuf w = wbuf_make(k->buf + k->off - IP4_HLEN, IP4_HLEN);

	wbuf_u8(&w, 0x45);
	wbuf_u8(&w, k->tos);
	wbuf_u16(&w, (uint16_t)(IP4_HLEN + k->len));
	wbuf_u32(&w, 0);
	wbuf_u8(&w, k->ttl);
	wbuf_u8(&w, IPPROTO_ESP);
	wbuf_u16(&w, 0);
	wbuf_bytes(&w, k->src.b, 4);
	wbuf_bytes(&w, k->dst.b, 4);
	return (IP4_HLEN);
}

int
esp_tun_write_run(int fd, const struct merge *m, const struct pkt *v, size_t n)
{
	(void)fd;
	(void)m;
	(void)v;
	(void)n;
	errno = EOPNOTSUPP;
	return (-1);
}

size_t
esp_address4(struct msghdr *m, const struct pkt *k)
{
	size_t used = 0;

	if (!k->udp) {
		m->msg_control = NULL;
		return (put_header(k));
	}
	io_put_cmsg(m, &used, IPPROTO_IP, IP_SENDSRCADDR, k->src.b, 4);
	return (0);
}
