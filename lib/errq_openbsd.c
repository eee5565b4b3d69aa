/* SPDX-License-Identifier: ISC */
/* runs in: esp and ike.  See errq.h: this system has no error queue. */
#include "lib/errq.h"

bool
errq_next(int fd, struct errq_report *out)
{
	(void)fd;
	(void)out;
	return (false);
}
