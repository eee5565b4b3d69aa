/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process that holds key bytes.  A bounded secret that is wiped
 * when it is released.  The bytes are opaque; nothing prints them.
 */
#ifndef GREIPSEC_SECRET_H
#define GREIPSEC_SECRET_H

#include <stddef.h>
#include <stdint.h>

#define SECRET_MAX	512	/* g^ir of a 4096-bit group */

struct secret {
	uint16_t	n_b;		/* bytes in use */
	uint8_t		b[SECRET_MAX];
};

/* Copy len bytes in; -1 when they do not fit (s is wiped then). */
int	secret_set(struct secret *s, const void *data, size_t len);
/* Wipe; the compiler cannot leave it out.  NULL is allowed. */
void	secret_wipe(struct secret *s);
/* Constant-time comparison of two byte ranges of one length: 1 equal, 0 not. */
int	secret_eq(const void *a, const void *b, size_t len);
/* Wipe any memory. */
void	wipe(void *p, size_t len);

#endif
