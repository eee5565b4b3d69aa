/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  Sockets that need root, opened with every option set, so
 * that the process which gets one needs no setsockopt.  All are non-blocking
 * and close-on-exec; -1 with errno on failure.
 */
#ifndef GREIPSEC_SOCK_H
#define GREIPSEC_SOCK_H

#include <stdint.h>

#include "lib/addr.h"

/*
 * UDP for ike on port 500: any local address, IP_PKTINFO (the address a packet
 * came to), IP_RECVERR (ICMP through the error queue), may be fragmented.
 */
int	sock_ike(enum addr_family f, uint16_t port);
/*
 * The group on UDP 4500: ike's socket in *ike, esp's in *esp.  Packets whose
 * payload begins with four zero bytes go to ike, all others to esp; an ICMP
 * error about what either sent comes to one of them, "too big" included.  esp's
 * is never fragmented (IP_PMTUDISC_PROBE).  Keep both open as long as either is
 * in use: the kernel renumbers the group when a member goes.  0 or -1.
 */
int	sock_natt(enum addr_family f, int *ike, int *esp);
/* Raw protocol 50; IPv4 delivers with the IP header, IPv6 without.  The
 * kernel fills in the IP header on sending (TTL and TOS by control message). */
int	sock_esp(enum addr_family f);
/* Raw protocol 47, to count what comes in clear; only the beginning of each
 * packet is delivered, and nothing is sent. */
int	sock_gre(enum addr_family f);
/*
 * Raw protocol 89 bound to a link, a member of 224.0.0.5, multicast out of it
 * with TTL 1 and TOS 0xc0.
 */
int	sock_ospf(const char *ifname, uint32_t ifindex);
#endif
