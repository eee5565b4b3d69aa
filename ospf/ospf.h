/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  OSPFv2 (RFC 2328) for point-to-point tunnels and passive LANs
 * in one area.  Includes lib/ only; the daemon knows nothing of this folder but
 * this function.
 *
 *	ospf_proc	sockets, channels, the event loop; all else is pure
 *	ospf_engine	the engine: one step function, outputs, timers
 *	packet		packets out and in, the checks common to all
 *	iface, nbr	interfaces and Hellos; neighbours
 *	if_fsm, nbr_fsm	their states as tables
 *	dbexch, flood	database exchange; flooding, ageing, retransmission
 *	origin		our own LSA: contents, pace, defence
 *	keep, resume	what outlives this process, and going on from it
 *	grace		graceful restart (RFC 3623): the Grace-LSA
 *	helper, restart	a neighbour's, and our own
 *	topo		LSA bodies to graph and prefixes; when to compute
 *	spf, rib	shortest paths; prefixes and what main was told
 *	lsdb, lsalist	LSAs by key and due time; a neighbour's lists
 *	lsa, ospf_wire, ospf_auth	formats, checksums, digests
 *	ospf_show	answers to show
 *	ospf_drop	the closed list of reasons
 *	heap		due times
 */
#ifndef GREIPSEC_OSPF_H
#define GREIPSEC_OSPF_H

/* Run the role; the exit status of the process. */
int	ospf_role(void);

#endif
