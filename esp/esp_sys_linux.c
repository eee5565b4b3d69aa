/* SPDX-License-Identifier: ISC */
/*
 * runs in: esp.  See esp_sys.h.  Linux.  A device of ours has a header before
 * each packet (IFF_VNET_HDR, see os_link_linux.c).  It says nothing in what is
 * read, for no offload is asked for, and of what is written whether it is
 * several.
 */
#include <sys/socket.h>
#include <sys/uio.h>
#include <linux/virtio_net.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "esp/esp_sys.h"

#define HDR_LEN		sizeof(struct virtio_net_hdr)
#define IP_LEN		20
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4	5
#endif

ssize_t
esp_tun_read(int fd, void *buf, size_t len)
{
	ssize_t n = read(fd, (uint8_t *)buf - HDR_LEN, len + HDR_LEN);

	return (n < (ssize_t)HDR_LEN ? n : n - (ssize_t)HDR_LEN);
}

ssize_t
esp_tun_write(int fd, void *buf, size_t len)
{
	uint8_t *p = (uint8_t *)buf - HDR_LEN;

	memset(p, 0, HDR_LEN);
	return (write(fd, p, len + HDR_LEN));
}

int
esp_tun_write_run(int fd, const struct merge *m, const struct pkt *v, size_t n)
{
	struct virtio_net_hdr h = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = m->proto == IPPROTO_UDP ?
		    VIRTIO_NET_HDR_GSO_UDP_L4 : VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = m->hlen, .gso_size = m->seg,
		.csum_start = IP_LEN, .csum_offset = merge_sum_at(m)
	};
	uint8_t head[MERGE_HEAD_MAX];
	struct iovec iov[PKT_BATCH + 2] = { { &h, HDR_LEN },
	    { head, m->hlen } };
	size_t i;

	memcpy(head, v[0].buf + v[0].off, m->hlen);
	merge_head(m, head);
	for (i = 0; i < n; i++) {
		iov[i + 2].iov_base = v[i].buf + v[i].off + m->hlen;
		iov[i + 2].iov_len = v[i].len - m->hlen;
	}
	if (writev(fd, iov, (int)n + 2) != -1)
		return (0);
	if (errno == EINVAL)	/* UDP: before Linux 6.2 */
		errno = EOPNOTSUPP;
	return (-1);
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
