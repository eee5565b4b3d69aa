/* SPDX-License-Identifier: ISC */
/* runs in: every process, on OpenBSD.  syslog(3) is sendsyslog(2) there: it
 * needs no connection, does not block, and pledge "stdio" allows it. */
#include <errno.h>
#include <syslog.h>

#include "lib/logsink.h"

int
logsink_open(void)
{
	openlog("greipsecd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	errno = 0;
	return (-1);
}

int
logsink_write(int fd, int priority, const char *line)
{
	(void)fd;
	syslog(LOG_DAEMON | priority, "%s", line);
	return (0);
}
