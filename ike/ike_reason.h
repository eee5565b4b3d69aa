/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  The closed lists of what goes wrong.  A reason is why a tunnel
 * has no IKE SA or no child; it is kept per tunnel with its facts (ours and
 * theirs) and shown.  A drop is why one datagram or message was not used; each
 * is a counter.
 */
#ifndef GREIPSEC_IKE_REASON_H
#define GREIPSEC_IKE_REASON_H

#include <stdint.h>

enum ike_reason {
	IKE_R_NONE,
	/* nothing came back */
	IKE_R_NO_ANSWER,	/* silence on the first message */
	IKE_R_NO_ANSWER_4500,	/* port 500 answered, 4500 does not */
	IKE_R_NO_ANSWER_AUTH,	/* first exchange fine, second unanswered */
	IKE_R_REFUSED,		/* ICMP: no IKE daemon on that port */
	IKE_R_UNREACHABLE,	/* ICMP: host or network unreachable */
	IKE_R_NO_ROUTE,		/* our own kernel cannot send */
	IKE_R_OWN_FILTER,	/* or does not let it out */
	IKE_R_LOST,		/* the peer stopped answering */
	/* they refuse (unprotected where the words say "hint") */
	IKE_R_THEY_PROPOSAL,	/* NO_PROPOSAL_CHOSEN, a hint to IKE_SA_INIT */
	IKE_R_THEY_GROUP,	/* INVALID_KE_PAYLOAD for a group we lack */
	IKE_R_THEY_COOKIE,	/* COOKIE again and again */
	IKE_R_THEY_VERSION,	/* IKEv1 or INVALID_MAJOR_VERSION: hints */
	IKE_R_THEY_SYNTAX,	/* INVALID_SYNTAX or an unknown error, a hint */
	IKE_R_THEY_AUTH,	/* AUTHENTICATION_FAILED */
	IKE_R_THEY_CHILD,	/* NO_PROPOSAL_CHOSEN for the child */
	IKE_R_THEY_PFS,		/* the same at a rekey of what they took */
	IKE_R_THEY_TS,		/* TS_UNACCEPTABLE */
	IKE_R_THEY_OTHER,	/* another error for the child */
	/* we refuse */
	IKE_R_OUR_PROPOSAL,	/* no IKE proposal in common */
	IKE_R_OUR_GROUP,	/* one in common, but for its group */
	IKE_R_OUR_AUTH,		/* the peer did not prove who it is */
	IKE_R_OUR_METHOD,	/* it authenticates by another method */
	IKE_R_OUR_ID,		/* its identity is not the one expected */
	IKE_R_OUR_IDR,		/* it wants to speak to somebody else */
	IKE_R_OUR_CHILD,	/* no ESP proposal in common */
	IKE_R_OUR_PFS,		/* one in common, but for its group */
	IKE_R_OUR_TS,		/* traffic selectors do not meet */
	IKE_R_OUR_ANSWER,	/* its answer is not one to our question */
	IKE_R_MODE,		/* up, but in another mode than wanted */
	IKE_R_DATAPATH,		/* the data path refused the SA */
	IKE_R_KEYS,		/* the keys process has no secret for it */
	IKE_R_CRYPTO,		/* key exchange failed: bad public value */
	/* ends that are no failure */
	IKE_R_DELETED,		/* the peer said DELETE */
	IKE_R_DOWN,		/* taken down by the operator */
	IKE_R_EXPIRED,		/* lifetime over before a new one was made */
	IKE_R_N
};
/* Words for people, never NULL. */
extern const char *const ike_reason_names[IKE_R_N];
/* One word each, for programs; they do not change. */
extern const char *const ike_reason_codes[IKE_R_N];

enum ike_drop {
	IKE_D_NONE,
	/* header, RFC 7296 3.1 */
	IKE_D_KEEPALIVE, IKE_D_MARKER, IKE_D_SHORT, IKE_D_LENGTH, IKE_D_LONG,
	IKE_D_VERSION1, IKE_D_VERSION, IKE_D_EXCHANGE, IKE_D_SPI_ZERO,
	IKE_D_FLAGS, IKE_D_MID_FIRST,
	/* which SA */
	IKE_D_NO_SA, IKE_D_SPI_OTHER, IKE_D_STRANGER, IKE_D_STATE,
	/* message IDs, 2.1 to 2.3 */
	IKE_D_OLD_REQUEST, IKE_D_OTHER_BYTES, IKE_D_BUSY, IKE_D_AHEAD,
	IKE_D_OLD_RESPONSE, IKE_D_OTHER_EXCHANGE,
	/* payloads */
	IKE_D_CHAIN, IKE_D_BODY, IKE_D_TWICE, IKE_D_MANY, IKE_D_CRITICAL,
	IKE_D_MISSING, IKE_D_PLAIN, IKE_D_SK, IKE_D_DECRYPT, IKE_D_FRAGMENT,
	IKE_D_NONCE, IKE_D_PROPOSAL, IKE_D_GROUP, IKE_D_KE,
	/* unprotected notifications that changed nothing */
	IKE_D_NOTIFY, IKE_D_COOKIE, IKE_D_COOKIE_LOOP, IKE_D_KE_LOOP,
	/* our own limits */
	IKE_D_HALF_OPEN, IKE_D_UNPROVEN, IKE_D_RATE, IKE_D_QUEUE, IKE_D_MEMORY,
	IKE_D_ENDING,
	IKE_D_N
};
extern const char *const ike_drop_names[IKE_D_N];

#endif
