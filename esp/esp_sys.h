/* SPDX-License-Identifier: ISC */
/*
 * runs in: esp.  What esp_io.c does otherwise from system to system: how a
 * TUN device frames a packet, and how a packet says where it comes from.
 */
#ifndef GREIPSEC_ESP_SYS_H
#define GREIPSEC_ESP_SYS_H

#include <sys/types.h>

#include "esp/merge.h"

struct msghdr;

/* One bare IP packet from or to a TUN device, as read(2) and write(2); the 16
 * bytes before buf may be written to. */
ssize_t		 esp_tun_read(int fd, void *buf, size_t len);
ssize_t		 esp_tun_write(int fd, void *buf, size_t len);
/* The n packets that merge_run() found, as one.  0, or -1 with errno;
 * EOPNOTSUPP: the system takes none of that kind so.  They stay as they are. */
int		 esp_tun_write_run(int fd, const struct merge *m,
		    const struct pkt *v, size_t n);
/*
 * Source, TTL and TOS of a packet over IPv4 that is to be sent: in the control
 * messages of m (io_put_cmsg()), or as an IP header in the headroom.  Returns
 * the bytes put in front of the data.
 */
size_t		 esp_address4(struct msghdr *m, const struct pkt *k);

/* In esp_io.c: append a control message behind *used bytes. */
void		 io_put_cmsg(struct msghdr *m, size_t *used, int level,
		    int type, const void *data, size_t len);

#endif
