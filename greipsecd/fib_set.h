/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  Sets of the rows of fib.c: by prefix, metric, and whether it is
 * a route of ours; sorted, so that what is of one prefix stands together.  An empty
 * one is all zero.
 */
#ifndef GREIPSECD_FIB_SET_H
#define GREIPSECD_FIB_SET_H

#include "greipsecd/fib.h"

struct fib_set {
	struct fib_row	**v;		/* owned, in order */
	uint64_t	 *head;		/* of the prefix of each: a search that
					   has them side by side reads little */
	size_t		  n, cap;
};

/* The element of that place, or NULL. */
struct fib_row	*fib_set_find(const struct fib_set *s, const struct prefix *p,
		    uint32_t metric, bool ours);
/* The element of row's place, a copy of row where there was none; NULL: no
 * memory. */
struct fib_row	*fib_set_place(struct fib_set *s, const struct fib_row *row);
/* Free the element of that place, if there is one. */
void		 fib_set_remove(struct fib_set *s, const struct prefix *p,
		    uint32_t metric, bool ours);
/* Free all elements; the room for them stays. */
void		 fib_set_clear(struct fib_set *s);
/* Free the room too. */
void		 fib_set_free(struct fib_set *s);
/* Free the elements that drop() says so of. */
void		 fib_set_filter(struct fib_set *s,
		    bool (*drop)(const struct fib_row *));
/* Index of the first element of p or, where there is none, of what comes next. */
size_t		 fib_set_first(const struct fib_set *s, const struct prefix *p);
/* The most specific element that covers a, with the lowest metric of those; or
 * NULL. */
struct fib_row	*fib_set_match(const struct fib_set *s, const struct addr *a);

#endif
