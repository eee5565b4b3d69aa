/* SPDX-License-Identifier: ISC */
/* runs in: esp.  See esp_sys.h.  Linux. */
#include <sys/socket.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "esp/esp_sys.h"

ssize_t
esp_tun_read(int fd, void *buf, size_t len)
{
	return (read(fd, buf, len));
}

ssize_t
esp_tun_write(int fd, void *buf, size_t len)
{
	return (write(fd, buf, len));
}

size_t
esp_address4(struct msghdr *m, const struct pkt *k)
{
	struct in_pktinfo pi = { .ipi_ifindex = 0 };
	int ttl = k->ttl, tos = k->tos;
	size_t used = 0;

	memcpy(&pi.ipi_spec_dst, k->src.b, 4);
	io_put_cmsg(m, &used, IPPROTO_IP, IP_PKTINFO, &pi, sizeof(pi));
	io_put_cmsg(m, &used, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	io_put_cmsg(m, &used, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	return (0);
}
