/* SPDX-License-Identifier: ISC */
/*
 * runs in: the roles that answer show requests.  Rows of one request on their
 * way to control, and the CTL_END behind them.
 */
#ifndef GREIPSEC_ROWS_H
#define GREIPSEC_ROWS_H

#include "lib/ctl.h"
#include "lib/msg.h"

struct row_answer {
	struct chan	*c;
	uint32_t	 id;	/* of the request */
	uint16_t	 type;	/* of its rows */
	bool		 failed;
	size_t		 rows;
};

/* The answer to request m on channel c, without a row. */
struct row_answer	row_answer(struct chan *c, const struct msg *m);
/* Send one row; ctx is the struct row_answer.  When the channel is full, the
 * rest is left out and the end says so. */
void			row_send(void *ctx, const struct fld_table *t,
			    const void *obj);
/* Send the end.  none: what to say, with ENOENT, when there was no row; NULL:
 * that is an answer too. */
void			row_end(struct row_answer *a, const char *none);

#endif
