/* SPDX-License-Identifier: ISC */
/*
 * runs in: esp.  Batches between descriptors and struct pkt: what lies on the
 * system's side of the packet path.
 */
#ifndef GREIPSEC_ESP_IO_H
#define GREIPSEC_ESP_IO_H

#include <sys/types.h>

#include "esp/path.h"

/* One batch and the memory behind it; pkts keep their buffers. */
struct io_batch;

/* NULL on no memory. */
struct io_batch	*io_new(void);
/* The packets, PKT_BATCH of them. */
struct pkt	*io_pkts(struct io_batch *b);
/*
 * Receive up to PKT_BATCH packets from a socket: SPI first, addresses and
 * TOS set.  The count, or -1 with errno; those cut short have len 0.
 */
int		 io_recv(struct io_batch *b, int fd, enum esp_sock_kind kind);
/* Read up to PKT_BATCH packets from a TUN device; the count, or -1 when not
 * even one could be read for another reason than EAGAIN. */
int		 io_tun_read(struct io_batch *b, int fd);
/* Write the first of n packets to a TUN device, together with those behind it
 * that can go as one with it: how many went or were counted as lost in p. */
size_t		 io_tun_write(int fd, const struct pkt *v, size_t n,
		    struct path *p);
/*
 * Send those of the first n packets whose fate is PKT_WIRE.  fds: the sockets
 * by kind, -1 for none.  What cannot be sent is counted in p.  true: something
 * was too big, look at the error queues.
 */
bool		 io_send(struct io_batch *b, size_t n, const int *fds,
		    struct path *p);

#endif
