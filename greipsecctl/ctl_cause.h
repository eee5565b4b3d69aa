/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  Causes of trouble: for each code of a reason what it
 * means and what to change, here or there.  One table.  Pure.
 */
#ifndef GREIPSECCTL_CTL_CAUSE_H
#define GREIPSECCTL_CTL_CAUSE_H

#include <stddef.h>

#include "lib/ctl.h"

/* OSPF's timers of one end. */
struct cause_timers {
	uint32_t	hello_ms;		/* 0: less than a second */
	uint32_t	dead_s;			/* 0: not known */
};

/* What the texts speak of; none is NULL. */
struct cause_facts {
	const char	*here, *there;		/* names; here may be empty */
	bool		 mesh;			/* they are two sites of it; false:
						   there is a tunnel block */
	bool		 foreign;		/* there is no greipsecd */
	bool		 shared;		/* what this host has for all tunnels
						   is right for others */
	const char	*local, *peer;		/* outer addresses */
	const char	*ifname;
	const char	*facts;			/* all of it, in words */
	const char	*ours, *theirs;		/* where each end has a value */
	const char	*seen;			/* when, and what came; or empty */
	const char	*file;			/* the configuration of this end */
	uint32_t	 inner_local, inner_peer;	/* host order */
	uint8_t		 inner_len;
	uint16_t	 mtu;			/* ours, in force */
	uint16_t	 fits;			/* the largest that our path carries;
						   0: not known */
	struct cause_timers timers[2];		/* ours, theirs */
};

struct view_cause {
	char		site[TUNNEL_NAME_MAX];
	char		code[32];
	char		cause[700];
	char		here[400], there[400];	/* what to change; may be empty */
	char		seen[160];		/* may be empty */
};
extern const struct fld_table view_cause_fld;

/* Fill in; a code that is not in the table is said as it is. */
void	cause_make(const char *code, const struct cause_facts *f,
	    struct view_cause *out);
/* Code i of the table, for tests; NULL past the end. */
const char *cause_code(size_t i);

#endif
