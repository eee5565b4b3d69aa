/* SPDX-License-Identifier: ISC */
/*
 * First messages (IKE_SA_INIT requests) made by hand, for a responder in a
 * world, and what comes back for each.  What is random in one comes from its
 * seed: the same one with a cookie is the same message otherwise.
 */
#ifndef REGRESS_LIB_FIRST_H
#define REGRESS_LIB_FIRST_H

#include "lib_ike.h"

#define FIRST_COOKIE	32

struct first {
	uint64_t		 seed;		/* SPI, nonce, public value */
	const struct proposal	*offer;
	size_t			 n_offer;
	uint16_t		 group;		/* 0: of the first proposal */
	const uint8_t		*ke;		/* NULL: a good value */
	size_t			 ke_len;
	uint8_t			 ke_xor;	/* into its last byte */
	size_t			 nonce;		/* its length; 0: 32 */
	bool			 natd, hashes, critical;
	uint8_t			 cookie[FIRST_COOKIE];
	bool			 has_cookie;
};

/* What the responder, node 1, said last to a first message, and all of it. */
struct said {
	uint8_t		 msg[2048];
	size_t		 len;		/* 0: nothing */
	uint16_t	 notify;	/* 0: it is an answer, with an SA */
	size_t		 datagrams, bytes;
};

size_t	first_write(const struct first *f, uint8_t *buf, size_t cap);
/* The tap: what goes to an address that is no node's is kept in w->tap_arg, a
 * struct said, and goes no further. */
bool	first_tap(struct world *w, size_t from, struct ike_tx *tx,
	    uint8_t *data);
/* Send it to node 1 as if from src, at once; its length.  What is said to it
 * replaces what was said last. */
size_t	first_send(struct world *w, const struct first *f,
	    const struct addr *src, uint16_t port);
/* The same, and once more with the cookie when one was asked for: whether it
 * was answered. */
bool	first_insist(struct world *w, struct first *f, const struct addr *src,
	    uint16_t port);

#endif
