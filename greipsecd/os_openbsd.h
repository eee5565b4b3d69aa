/* SPDX-License-Identifier: ISC */
/* runs in: main.  What os_openbsd.c and os_route_openbsd.c share. */
#ifndef GREIPSECD_OS_OPENBSD_H
#define GREIPSECD_OS_OPENBSD_H

#include <sys/types.h>
#include <sys/socket.h>
#include <net/if.h>
#include <net/route.h>

#include "greipsecd/os.h"

union rt_buf {
	struct rt_msghdr	h;
	char			b[65536];
};

struct os {
	int			 rt;		/* changes and events, not of our own */
	int			 ask;		/* answers to RTM_GET */
	int			 in4;		/* for ioctl */
	const struct os_events	*events;
	void			*ctx;
	int			 seq;
	union rt_buf		 buf;
};

/* Addresses of the system and ours; the length of what is made. */
bool	 os_from_sa(const struct sockaddr *sa, struct addr *a);
size_t	 os_to_sa(const struct addr *a, struct sockaddr_storage *ss);
/* Leading ones of a netmask, which may be cut short, and back. */
uint8_t	 os_mask_len(const struct sockaddr *sa, uint8_t family);
void	 os_mask_of(uint8_t family, uint8_t len, struct addr *m);

/* Everything about one link by its name. */
bool	 os_read_link(struct os *os, const char *name, struct os_link *l);

/* A message about a route, and the messages of a dump: call the handler. */
void	 os_take_route(struct os *os, const struct rt_msghdr *rtm, bool gone);
void	 os_take_dump(struct os *os, const char *p, size_t len);

#endif
