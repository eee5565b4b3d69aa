/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  Graceful restart (RFC 3623): the Grace-LSA and the words for
 * what became of it.  helper.c is the neighbour of a router that restarts,
 * restart.c is the router that does.
 *
 * A Grace-LSA is a link-scoped opaque LSA (type 9) with Link State ID 3.0.0.0,
 * whose body is TLVs, each value padded to four bytes:
 *
 *	0       2        4
 *	| type  | length | value ...
 *	  1       4        seconds the neighbours are to wait
 *	  2       1        why it restarts
 *	  3       4        address of the interface; not needed on our links
 */
#ifndef GREIPSEC_GRACE_H
#define GREIPSEC_GRACE_H

#include "ospf/lsa.h"

#define GRACE_OPAQUE_TYPE	3
#define GRACE_LS_ID		((uint32_t)GRACE_OPAQUE_TYPE << 24)
#define GRACE_PERIOD_MAX	1800	/* s; RFC 3623 appendix B.1 */

enum grace_reason {
	GRACE_UNKNOWN,		/* an unplanned outage */
	GRACE_SOFTWARE,		/* software restart */
	GRACE_UPGRADE,		/* software reload or upgrade */
	GRACE_REDUNDANT,	/* switch to a redundant control processor */
	GRACE_REASON_N
};
extern const char *const grace_reason_names[GRACE_REASON_N];

struct grace {
	uint32_t	period_s;
	uint8_t		reason;		/* may be one nobody has named yet */
};

/* Why help was refused, and how help, or a restart of ours, came to its end:
 * the closed list. */
enum grace_end {
	/* refused, 3.1 */
	GRACE_END_NOT_FULL,	/* the adjacency was not FULL */
	GRACE_END_PENDING,	/* it has not acknowledged a change */
	GRACE_END_BUSY,		/* we restart ourselves */
	GRACE_END_OFF,		/* switched off here */
	/* ended, 3.2 and 2.2 */
	GRACE_END_DONE,		/* the restart is over, as it should be */
	GRACE_END_EXPIRED,
	GRACE_END_CHANGED,	/* the topology changed */
	GRACE_END_GONE,		/* the link or the neighbour went */
	GRACE_END_INCONSISTENT,	/* the pre-restart LSA no longer fits */
	GRACE_END_NO_LSA,	/* no neighbour holds a pre-restart LSA */
	GRACE_END_STOPPED,	/* told to end, or to be another router */
	GRACE_END_N
};
extern const char *const grace_end_names[GRACE_END_N];

/* Whether this key is a Grace-LSA's. */
bool		 grace_is(const struct lsa_key *k);
/*
 * Read the body of the Grace-LSA of len bytes at p, header included.  TLVs of
 * other types are skipped.  DROP_NONE; DROP_GRACE_BODY: not TLVs, or one of the
 * first two is missing; DROP_GRACE_PERIOD: not 1 to GRACE_PERIOD_MAX s.
 */
enum ospf_drop	 grace_read(const uint8_t *p, size_t len, struct grace *out);
/* Append the body behind a header already in w. */
void		 grace_write(struct wbuf *w, const struct grace *g);

#endif
