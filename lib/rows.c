/* SPDX-License-Identifier: ISC */
/* runs in: the roles that answer show requests.  See rows.h. */
#include <errno.h>
#include <string.h>

#include "lib/rows.h"

struct row_answer
row_answer(struct chan *c, const struct msg *m)
{
	return ((struct row_answer){ .c = c, .id = m->id, .type = m->type });
}

void
row_send(void *ctx, const struct fld_table *t, const void *obj)
{
	struct row_answer *a = ctx;

	a->rows++;
	if (!a->failed && chan_send(a->c, a->type, a->id, -1, t, obj) == -1)
		a->failed = true;
}

void
row_end(struct row_answer *a, const char *none)
{
	struct ctl_end end = { .error = 0 };

	if (a->failed) {
		end.error = ENOBUFS;
		(void)strlcpy(end.text, "too many rows", sizeof(end.text));
	} else if (a->rows == 0 && none != NULL) {
		end.error = ENOENT;
		(void)strlcpy(end.text, none, sizeof(end.text));
	}
	(void)chan_send(a->c, CTL_END, a->id, -1, &ctl_end_fld, &end);
}
