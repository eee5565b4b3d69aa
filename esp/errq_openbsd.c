/* SPDX-License-Identifier: ISC */
/* runs in: esp.  See errq.h: this system has no error queue. */
#include "esp/errq.h"

bool
errq_next(int fd, struct errq_report *out)
{
	(void)fd;
	(void)out;
	return (false);
}
