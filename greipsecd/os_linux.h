/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  What the files os_*_linux.c share: one netlink socket for
 * requests, one for events, and the readers of the three kinds of messages.
 * Building a message is split from sending it.
 */
#ifndef GREIPSECD_OS_LINUX_H
#define GREIPSECD_OS_LINUX_H

#include <sys/types.h>
#include <linux/rtnetlink.h>
#include <libmnl/libmnl.h>

#include "greipsecd/os.h"

#define OS_BUF	65536

struct os {
	struct mnl_socket	*req;		/* requests and answers */
	struct mnl_socket	*ev;		/* events */
	const struct os_events	*events;
	void			*ctx;
	uint32_t		 seq;
	char			 buf[OS_BUF];	/* answers and events */
	char			 out[OS_BUF];	/* batches */
};

/* Send a message and wait for its acknowledgement; 0 or -1 with errno. */
int	os_nl_ask(struct os *os, struct nlmsghdr *nh);
/* A fresh request in buf of MNL_SOCKET_BUFFER_SIZE bytes. */
struct nlmsghdr *os_nl_new(struct os *os, void *buf, uint16_t type,
	    uint16_t flags);

/* Decode one message; false when it is of no interest.  gone is set for the
 * messages of deletion. */
bool	os_nl_link(const struct nlmsghdr *nh, struct os_link *l, bool *gone);
bool	os_nl_addr(const struct nlmsghdr *nh, struct os_addr *a, bool *gone);
bool	os_nl_route(const struct nlmsghdr *nh, struct os_route *r, bool *gone);
/* Whether it tells that a guard or a rule of os_guards() has gone. */
bool	os_nl_guard_gone(const struct nlmsghdr *nh);
/* Whether it tells that os_bypass() may have something to do. */
bool	os_nl_rule_news(const struct nlmsghdr *nh);
/* Ask for all of a kind, each message to cb; 0 or -1 with errno. */
/* Part of a dump, len bytes at buf: whether things changed meanwhile
 * (NLM_F_DUMP_INTR).  The word is taken out, for the rest is still to come. */
static inline bool
os_nl_interrupted(void *buf, size_t len)
{
	struct nlmsghdr *nh;
	bool yes = false;
	int left = (int)len;

	for (nh = buf; mnl_nlmsg_ok(nh, left); nh = mnl_nlmsg_next(nh, &left))
		if (nh->nlmsg_flags & NLM_F_DUMP_INTR) {
			nh->nlmsg_flags &= (uint16_t)~NLM_F_DUMP_INTR;
			yes = true;
		}
	return (yes);
}
int	os_nl_dump(struct os *os, uint16_t type, uint8_t family, mnl_cb_t cb,
	    void *arg);
/* Write the request for one change into buf (MNL_SOCKET_BUFFER_SIZE). */
struct nlmsghdr *os_nl_route_put(struct os *os, void *buf,
	    const struct os_change *c);

/* The reverse path check of a link, without /proc/sys; 0 or -1. */
int	os_nl_rp_filter(struct os *os, const char *ifname, int value);

/* Addresses to and from attributes. */
bool	os_nl_get_addr(const struct nlattr *at, uint8_t af, struct addr *a);
void	os_nl_put_addr(struct nlmsghdr *nh, uint16_t type,
	    const struct addr *a);
uint8_t	os_nl_af(const struct addr *a);

#endif
