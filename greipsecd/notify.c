/* SPDX-License-Identifier: ISC */
/* runs in: main.  See notify.h. */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/notify.h"
#include "lib/log.h"
#include "lib/pair_common.h"

static struct {
	struct sockaddr_un	un;
	socklen_t		len;		/* 0: nobody to tell */
	int64_t			watchdog;	/* ns; 0: not asked for */
	struct mono		alive;		/* next time */
	size_t			up, n;
	bool			ready, counted;
} self;

static void
tell(const char *text)
{
	int fd;

	if (self.len == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return;
	/* one that is not there is no fault of ours */
	if (sendto(fd, text, strlen(text), 0, (struct sockaddr *)&self.un,
	    self.len) == -1)
		log_debug(SUBSYS_MAIN, 0, "service manager: not told");
	(void)close(fd);
}

void
notify_init(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	size_t n = path != NULL ? strlen(path) : 0;

	if (n > 1 && n < sizeof(self.un.sun_path) &&
	    (path[0] == '/' || path[0] == '@')) {
		self.un.sun_family = AF_UNIX;
		memcpy(self.un.sun_path, path, n + 1);
		if (path[0] == '@')
			self.un.sun_path[0] = '\0';
		self.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
		    n);
	}
	if (self.len != 0 && usec != NULL && (pid == NULL ||
	    strtol(pid, NULL, 10) == (long)getpid()))
		self.watchdog = (int64_t)strtoull(usec, NULL, 10) * 1000;
	if (self.watchdog < 0 || self.watchdog > NS_S(86400))
		self.watchdog = 0;
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
}

bool
notify_wanted(void)
{
	return (self.len != 0);
}

bool
notify_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return (stream != NULL && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	    fstat(STDERR_FILENO, &st) == 0 &&
	    (unsigned long long)st.st_dev == dev &&
	    (unsigned long long)st.st_ino == ino);
}

void
notify_ready(void)
{
	self.ready = true;
	tell("READY=1");
}

void
notify_reloading(struct mono now)
{
	char text[80];

	if (!self.ready)
		return;
	self.ready = false;
	(void)snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%"
	    PRId64, now.ns / 1000);
	tell(text);
}

void
notify_stopping(void)
{
	tell("STOPPING=1");
}

void
notify_tunnels(size_t up, size_t n)
{
	char text[80];

	if (self.len == 0 || (self.counted && up == self.up && n == self.n))
		return;
	self.counted = true;
	self.up = up;
	self.n = n;
	(void)snprintf(text, sizeof(text), "STATUS=%zu of %zu tunnels up", up,
	    n);
	tell(text);
}

struct mono
notify_alive(struct mono now)
{
	if (self.watchdog == 0)
		return (MONO_NEVER);
	if (mono_due(self.alive, now)) {
		tell("WATCHDOG=1");
		self.alive = mono_add(now, self.watchdog / 3);
	}
	return (self.alive);
}
