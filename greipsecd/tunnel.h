/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  The interfaces of the tunnels: pure, wanted and seen go in,
 * actions come out.  The caller carries them out, brings what it has seen up
 * to date, and asks again until nothing is left to do; so creation, adoption
 * after a crash, repair of what somebody changed and the sweep of what is no
 * longer configured are one function.
 */
#ifndef GREIPSECD_TUNNEL_H
#define GREIPSECD_TUNNEL_H

#include "greipsecd/os.h"

#define TUNNEL_MARK	"greipsecd "	/* the site's name follows */

struct tunnel_want {
	uint32_t	tid;
	char		name[32];		/* of the site or block */
	char		ifname[OS_IFNAME_MAX];
	uint32_t	mtu;
	uint32_t	inner_local, inner_peer;	/* host order */
	uint8_t		inner_len;		/* 32: to inner_peer */
	uint32_t	index;			/* of what we have open; 0 none */
};

enum tunnel_act_kind {
	TUNNEL_OPEN,		/* create or adopt ifname, attach to it */
	TUNNEL_SET,		/* os_link_set: index, set */
	TUNNEL_ADDR_DEL,	/* addr */
	TUNNEL_ADDR_ADD,	/* addr */
	TUNNEL_SWEEP,		/* remove link index: ours and not wanted */
	TUNNEL_TAKEN,		/* ifname is somebody else's: only say so */
	TUNNEL_ACT_N
};
extern const char *const tunnel_act_names[TUNNEL_ACT_N];

struct tunnel_act {
	enum tunnel_act_kind	kind;
	uint32_t		tid;		/* 0: SWEEP */
	uint32_t		index;
	char			ifname[OS_IFNAME_MAX];
	struct os_link_set	set;
	struct os_addr		addr;
};

/* Write at most max actions to out and return their count.  An interface that
 * is to be opened gets its other actions when it is. */
size_t	tunnel_plan(const struct tunnel_want *want, size_t n_want,
	    const struct os_link *links, size_t n_links,
	    const struct os_addr *addrs, size_t n_addrs,
	    struct tunnel_act *out, size_t max);
/* The mark of a tunnel's interface. */
void	tunnel_mark(const char *name, char mark[static OS_MARK_MAX]);
/* Whether a link carries our mark. */
bool	tunnel_is_ours(const struct os_link *l);

#endif
