/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  The closed list of reasons for which a packet, an LSA or an
 * output was dropped.  Each is a counter; those that say what both ends have
 * to agree on also carry ours and theirs (struct mismatch).
 */
#ifndef GREIPSEC_OSPF_DROP_H
#define GREIPSEC_OSPF_DROP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/mono.h"

enum ospf_drop {
	DROP_NONE,
	/* IP and OSPF header, RFC 2328 8.2 */
	DROP_IFACE,		/* interface unknown, down or passive */
	DROP_SOURCE, DROP_OWN, DROP_DEST, DROP_TTL,
	DROP_SHORT, DROP_VERSION, DROP_LENGTH, DROP_CHECKSUM, DROP_TYPE,
	DROP_AREA, DROP_RID_ZERO, DROP_RID_DUP,
	DROP_AUTH_TYPE, DROP_AUTH_KEY, DROP_AUTH_LEN, DROP_AUTH_DIGEST,
	DROP_AUTH_SEQ,
	/* Hello, 10.5 */
	DROP_HELLO_BODY, DROP_HELLO_INTERVAL, DROP_DEAD_INTERVAL,
	DROP_OPTIONS, DROP_SECOND_ROUTER,
	/* the neighbour's state forbids it */
	DROP_NO_NBR, DROP_STATE,
	/* database exchange, 10.6 to 10.8 */
	DROP_DD_BODY, DROP_DD_MTU, DROP_DD_DUP, DROP_DD_SEQ, DROP_DD_TYPE,
	DROP_DD_ENDLESS, DROP_LSR_BODY, DROP_LSR_UNKNOWN,
	/* flooding, 13 */
	DROP_LSU_BODY, DROP_ACK_BODY, DROP_ACK_OTHER,
	DROP_LSA_LENGTH, DROP_LSA_CHECKSUM, DROP_LSA_TYPE, DROP_LSA_AGE,
	DROP_LSA_SEQ, DROP_LSA_ID, DROP_LSA_BODY, DROP_LSA_ARRIVAL,
	DROP_LSA_WRAP, DROP_LSA_PREFIX, DROP_LSA_UNREQUESTED, DROP_LSDB_FULL, DROP_NBR_FULL,
	/* Grace-LSA, RFC 3623: of another router than the neighbour */
	DROP_GRACE_ROUTER, DROP_GRACE_BODY, DROP_GRACE_PERIOD,
	/* our own limits */
	DROP_QUEUE, DROP_MEMORY,
	DROP_N
};

/* Lower-case words of each, as `show` prints them; never NULL. */
extern const char *const ospf_drop_names[DROP_N];

/* The last disagreement: what we have and what the neighbour said. */
struct mismatch {
	enum ospf_drop	why;		/* DROP_NONE: none so far */
	uint32_t	ours, theirs;
	uint32_t	src;		/* IPv4 source, host order */
	struct mono	at;
};

/* The two values of it, as text of up to len bytes each; empty for none. */
void	mismatch_values(const struct mismatch *m, char *ours, char *theirs,
	    size_t len);
/* One line for people: "dead interval 30 there, 40 here"; empty for none. */
void	mismatch_text(const struct mismatch *m, char *buf, size_t len);

#endif
