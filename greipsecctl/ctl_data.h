/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  The rows of lib/ctl.h, decoded, as many lists as there
 * are types of requests: what every output is made of.  Pure.
 *
 * The room: ctl_main (options, what to do) uses ctl_parse (words of a command),
 * ctl_client (socket), ctl_show (which rows a show command needs), ctl_act
 * (everything else).  Rows are joined by ctl_view and printed by ctl_text_*
 * through ctl_out, or by ctl_json.  ctl_key makes keys.  Of the other rooms
 * only lib/ is known here.
 */
#ifndef GREIPSECCTL_CTL_DATA_H
#define GREIPSECCTL_CTL_DATA_H

#include <stddef.h>

#include "lib/ctl.h"

struct rows {
	const struct fld_table	*t;
	unsigned char		*v;
	size_t			 n, cap;
};

#define ROWS_MAX	200000		/* of one answer */
#define DATA_TYPES	(CTL_MONITOR - CTL_SUMMARY + 1)

struct data {
	struct rows	rows[DATA_TYPES];	/* by type - CTL_SUMMARY */
	char		missing[DATA_TYPES][64];/* why there is no answer */
};

/* Table of the rows of a type of request; NULL when it has none. */
const struct fld_table *data_table(uint16_t type);
/* Append a copy of obj, of size r->t->size.  0, or -1 with errno: no memory,
 * or (EMSGSIZE) more than ROWS_MAX. */
int		 rows_add(struct rows *r, const void *obj);
/* Element i < r->n. */
const void	*rows_at(const struct rows *r, size_t i);
void		 rows_free(struct rows *r);

/* The rows of a type, empty at first. */
struct rows	*data_rows(struct data *d, uint16_t type);
const struct rows *data_get(const struct data *d, uint16_t type);
/* Row i of a type as a pointer to its struct; NULL when there is none. */
const void	*data_at(const struct data *d, uint16_t type, size_t i);
/* How many rows a type has. */
size_t		 data_n(const struct data *d, uint16_t type);
void		 data_free(struct data *d);

#endif
