/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  Whether the packet filter of this host lets pass what is
 * forwarded between its LAN and the tunnels.  Read from the lines that `nft list
 * ruleset' prints (iptables of today are in there too): a chain at forward that
 * drops what no rule accepts, and the chains it leads to.  Pure.
 */
#ifndef GREIPSECCTL_CTL_FORWARD_H
#define GREIPSECCTL_CTL_FORWARD_H

#include "greipsecctl/ctl_data.h"

#define FORWARD_WHERE_MAX	200	/* "ip filter FORWARD" */

enum forward_verdict {
	FORWARD_OPEN,		/* or nothing can be said */
	FORWARD_MAY_DROP,	/* rules accept by what is not known here */
	FORWARD_DROPS		/* no rule accepts what is new */
};

struct forward;

/* For the tunnels and LANs of d, which are copied.  NULL: no memory. */
struct forward		*forward_new(const struct data *d);
/* One line of the ruleset, without its newline.  No memory: from then on it is
 * open. */
void			 forward_line(struct forward *f, const char *line);
/* What comes of all lines, and by which chain; where is as nft takes it. */
enum forward_verdict	 forward_judge(const struct forward *f,
			    char where[static FORWARD_WHERE_MAX]);
void			 forward_free(struct forward *f);

#endif
