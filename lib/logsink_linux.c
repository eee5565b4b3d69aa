/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process, on Linux.  The datagram protocol of /dev/log, written
 * here because syslog(3) blocks when the log daemon is stopped, and opens a new
 * socket when it was restarted, which no confined role may do.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <errno.h>
#include <stdio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "lib/logsink.h"

int
logsink_open(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX,
	    .sun_path = "/dev/log" };
	int fd;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (-1);
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == -1) {
		int err = errno;

		(void)close(fd);
		errno = err;
		return (-1);
	}
	return (fd);
}

int
logsink_write(int fd, int priority, const char *line)
{
	char buf[1280], when[32] = "";
	struct tm tm;
	time_t now = time(NULL);
	int n;

	if (localtime_r(&now, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%b %e %H:%M:%S", &tm);
	n = snprintf(buf, sizeof(buf), "<%d>%s greipsecd[%d]: %s",
	    LOG_DAEMON | priority, when, (int)getpid(), line);
	if (n < 0)
		return (0);
	if ((size_t)n >= sizeof(buf))
		n = sizeof(buf) - 1;
	/* write, not send: every role may; SIGPIPE is not for datagrams */
	return (write(fd, buf, (size_t)n) == -1 ? -1 : 0);
}
