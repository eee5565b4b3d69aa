/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  UDP sockets that main opened, on the system's side of the
 * engine: datagrams with both their addresses.
 */
#ifndef GREIPSEC_IKE_IO_H
#define GREIPSEC_IKE_IO_H

#include <sys/types.h>

#include "ike/ike_engine.h"

/*
 * Receive one datagram into buf: remote, remote_port, local, data and len of
 * rx; local_port is the caller's.  1, 0 when there is none, -1 when it was no
 * use (cut short, no address): look at errno no further.
 */
int	ike_recv(int fd, uint8_t *buf, size_t cap, struct ike_rx *rx);
/* Send one from tx->local, where that is set.  0, or -1 with errno. */
int	ike_send(int fd, const struct ike_tx *tx);

#endif
