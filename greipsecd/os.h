/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  The operating system as the rest of main sees it: links,
 * addresses, routes, their events, and a few switches.  os_*linux.c and
 * os_*openbsd.c translate to system calls and decide nothing; what should be
 * there is decided in tunnel.c and fib.c, which are pure and use only the
 * structs of this header.
 *
 * Ours is what carries our mark: links by an alias "greipsecd NAME", routes by
 * protocol number 147 (Linux) or priority 34 (OpenBSD).
 */
#ifndef GREIPSEC_OS_H
#define GREIPSEC_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

#define OS_IFNAME_MAX	16	/* with NUL */
#define OS_MARK_MAX	48	/* with NUL: "greipsecd NAME" */
#define OS_NEXTHOPS	16
#define OS_PROTO	147	/* routing protocol number of our routes */
#define OS_GROUP	147	/* Linux: interface group of our tunnels */

struct os_link {
	uint32_t	index;
	char		name[OS_IFNAME_MAX];
	char		mark[OS_MARK_MAX];	/* alias or description, "" none */
	uint32_t	mtu;
	bool		up;		/* administratively */
	bool		running;	/* with carrier */
	bool		multicast;
	bool		loopback;
	bool		tun;		/* a TUN device */
};

struct os_addr {
	uint32_t	index;		/* of the link */
	struct addr	addr;
	struct addr	peer;		/* point-to-point, else ADDR_NONE */
	uint8_t		len;
};

enum os_route_kind {
	OS_ROUTE_VIA,		/* to next hops */
	OS_ROUTE_UNREACHABLE,
	OS_ROUTE_OTHER		/* blackhole, prohibit...: of others only */
};

struct os_nexthop {
	uint32_t	index;		/* link; 0: not told */
	struct addr	gateway;	/* ADDR_NONE: directly connected; IPv6
					   of an IPv4 route, where it can be */
	bool		onlink;		/* gateway needs no route of its own */
};

/* A route of the main table.  Named by prefix and metric. */
struct os_route {
	struct prefix		prefix;
	uint32_t		metric;		/* lower wins at one length */
	enum os_route_kind	kind;
	bool			ours;
	struct addr		src;		/* preferred source, or NONE */
	uint16_t		n_nexthops;
	struct os_nexthop	nexthops[OS_NEXTHOPS];
};

/* Called from os_read() and os_dump(); they must not call back into os. */
struct os_events {
	void	(*link)(void *ctx, const struct os_link *l, bool gone);
	void	(*addr)(void *ctx, const struct os_addr *a, bool gone);
	void	(*route)(void *ctx, const struct os_route *r, bool gone);
	/* Somebody took a guard of os_guards() away. */
	void	(*guards)(void *ctx);
	/* What leads packets by more than their destination has changed. */
	void	(*rules)(void *ctx);
	/* Forwarding or a reverse path filter may have been switched, or a link
	 * is new. */
	void	(*knobs)(void *ctx);
	/* Events were lost: forget what was seen and os_dump() again. */
	void	(*lost)(void *ctx);
};

enum os_what {
	OS_LINKS = 1,
	OS_ADDRS = 2,
	OS_ROUTES = 4
};

/* One change of a batch. */
struct os_change {
	bool		del;		/* else add, or replace without a gap */
	struct os_route	route;
	int		error;		/* out: errno, 0 done */
	int		before;		/* the error of the try before, if any */
};

/* What a link of ours should be; mtu 0 and mark "" leave as it is. */
struct os_link_set {
	uint32_t	mtu;
	bool		up;
	char		mark[OS_MARK_MAX];
};

enum os_knob {
	OS_FORWARD4,		/* IPv4 forwarding */
	OS_RPFILTER,		/* reverse path check of a link: 0, 1, 2 */
	OS_KNOB_N
};
extern const char *const os_knob_names[OS_KNOB_N];

struct os;

/* Open and subscribe to events; NULL with errno.  ev and ctx must outlive. */
struct os	*os_open(const struct os_events *ev, void *ctx);
void		 os_close(struct os *os);
/* Descriptor that is readable when events wait. */
int		 os_fd(const struct os *os);
/* Read some of what waits and call the handlers; never blocks.  Whether there
 * may be more. */
bool		 os_read(struct os *os);
/* Call the handlers for everything that is there: mask of enum os_what.
 * Routes: the main table, IPv4 and IPv6, unicast and unreachable.  0 or -1. */
int		 os_dump(struct os *os, unsigned what);

/*
 * Create the persistent point-to-point device, or take over the one of that
 * name, and return a non-blocking descriptor that moves bare IP packets, its
 * index in *index.  -1: EBUSY somebody else has it open, EEXIST the name
 * belongs to a link that is no TUN device.
 */
int		 os_tun_open(struct os *os, const char *name, uint32_t *index);
/* MTU, state, mark in one request; multicast is switched on, automatic IPv6
 * addresses off, the queue made short.  0 or -1. */
int		 os_link_set(struct os *os, uint32_t index,
		    const struct os_link_set *set);
/* Remove a link; one that is gone is no error. */
int		 os_link_del(struct os *os, uint32_t index, const char *name);
/* Add or remove; there already, or gone already, is no error. */
int		 os_addr_add(struct os *os, const struct os_addr *a);
int		 os_addr_del(struct os *os, const struct os_addr *a);
/* Carry out changes in order, many in one send; errors are in the elements.
 * Deleting what is gone is no error.  Returns how many failed. */
size_t		 os_routes(struct os *os, struct os_change *v, size_t n);

/*
 * A second line of unreachable routes, exactly these, where the system has
 * one: behind what the main table knows, before its default route, and out of
 * reach of who flushes that table.  None: take all of it away.  0 or -1.
 */
int		 os_guards(struct os *os, const struct prefix *v, size_t n);

/* From where to where a tunnel's own packets go. */
struct os_outer {
	struct addr	local, peer;
};

/*
 * A tunnel's own packets, exactly of these, are led by the operator's rules also
 * where these stand behind what os_guards() set up; the addresses are of hosts,
 * those of another family than IPv4 are passed over.  Where there is no such
 * rule, or none of a tunnel is given, nothing of it stays.  0 or -1.
 */
int		 os_bypass(struct os *os, const struct os_outer *v, size_t n);

/*
 * Read or set a switch.  OS_RPFILTER takes a link name; reading gives the
 * value in effect (the greater of "all" and the link's), setting sets the
 * link's.  0 or -1; ENOTSUP where there is no such thing.
 */
int		 os_knob_get(struct os *os, enum os_knob k, const char *ifname,
		    int *value);
int		 os_knob_set(struct os *os, enum os_knob k, const char *ifname,
		    int value);

/* Memory that processes share by its descriptor, zeroed; -1 with errno. */
int		 os_memory(const char *name, size_t size);
/* Zero it. */
int		 os_memory_clear(int fd, size_t size);
/* Host name, for who-am-I; cut at the first dot. */
int		 os_hostname(char *buf, size_t len);
/* Which link and source address a packet to an address takes now, when it
 * comes from that local address (ADDR_NONE: from any; a system without rules
 * by source does not look at it).  0 or -1 (ENETUNREACH and the like). */
int		 os_route_get(struct os *os, const struct addr *to,
		    const struct addr *from, uint32_t *index, struct addr *src);

#endif
