/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  Source NAT of this host's own packet filter, and keeping it
 * away from tunnels: what goes into one would reach the far end with another
 * source, and what carries one would look as if a NAT were on the way.
 *
 * A chain of ours stands before all that translate sources (in Linux table "ip
 * greipsecd", of which the kernel disposes when main ends) and binds tunnels'
 * packets to the source they have; the rules of others are not touched.  It is
 * there only as long as others translate: by itself it would bring connection
 * tracking to a host that has none.
 */
#ifndef GREIPSECD_NAT_H
#define GREIPSECD_NAT_H

#include <stdbool.h>
#include <stddef.h>

struct nat;

/* What there is, besides ours. */
struct nat_seen {
	bool	others;		/* something here translates sources */
	bool	exempt;		/* our chain is in place */
	char	where[96];	/* others: "table T, chain C" of the first */
};

/* NULL with errno: ENOTSUP where the system has no such thing. */
struct nat	*nat_open(void);
/* Takes our chain away.  NULL is no error. */
void		 nat_close(struct nat *n);
/* Readable when rules have changed. */
int		 nat_fd(const struct nat *n);
/* Take what waits there; never blocks. */
void		 nat_read(struct nat *n);
/* Look at the rules as they are.  0, or -1 with errno. */
int		 nat_look(struct nat *n, struct nat_seen *seen);
/* Put our chain in place (anew if it is there), or take it away.  0, or -1 with
 * errno and nothing changed. */
int		 nat_exempt(struct nat *n, bool on);

#endif
