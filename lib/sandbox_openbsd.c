/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process, on OpenBSD.  See sandbox.h.  Each role pledges what it
 * needs, and nothing with paths, which makes unveil(2) needless: stdio for all,
 * recvfd and sendfd for the channels, inet for the roles with sockets, mcast for
 * OSPF's, unix for control's clients.  The log goes by sendsyslog(2), which is
 * always allowed; mlock(2) never is.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/sandbox.h"

static char self[PATH_MAX];

static const char *const promises[ROLE_N] = {
	[ROLE_KEYS] = "stdio recvfd sendfd",
	[ROLE_IKE] = "stdio recvfd sendfd inet",
	[ROLE_OSPF] = "stdio recvfd sendfd inet mcast",
	[ROLE_ESP] = "stdio recvfd sendfd inet",
	[ROLE_CONTROL] = "stdio recvfd sendfd unix"
};

/* The program by its whole path, as the shell finds it; there is nothing else to
 * execute it by. */
static void
find_self(const char *name)
{
	const char *dir, *end, *path = getenv("PATH");
	char try[PATH_MAX];

	if (strchr(name, '/') != NULL) {
		if (realpath(name, self) == NULL)
			self[0] = '\0';
		return;
	}
	for (dir = path; dir != NULL && self[0] == '\0';
	    dir = *end == ':' ? end + 1 : NULL) {
		end = dir + strcspn(dir, ":");
		(void)snprintf(try, sizeof(try), "%.*s/%s", (int)(end - dir),
		    dir, name);
		if (end > dir && access(try, X_OK) == 0 &&
		    realpath(try, self) == NULL)
			self[0] = '\0';
	}
}

void
sandbox_title_init(int argc, char *argv[])
{
	if (argc > 0)
		find_self(argv[0]);
}

void
sandbox_title(const char *name)
{
	setproctitle("%s", name);
}

const char *
sandbox_self(const char *argv0)
{
	return (self[0] != '\0' ? self : argv0);
}

int
sandbox_no_core(void)
{
	struct rlimit none = { 0, 0 };

	return (setrlimit(RLIMIT_CORE, &none));
}

int
sandbox_prepare(void)
{
	return (0);
}

int
sandbox_leave_files(const char *dir)
{
	return (chroot(dir) == -1 ? -1 : chdir("/"));
}

int
sandbox_confine(void)
{
	return (0);
}

int
sandbox_mlock(const void *p, size_t len)
{
	static bool tried;
	static int rv;

	(void)p;
	(void)len;
	if (!tried)
		rv = mlockall(MCL_CURRENT | MCL_FUTURE);
	tried = true;
	return (rv);
}

int
sandbox_enter(enum role r)
{
	return (pledge(promises[r], NULL));
}

int
sandbox_filters(void)
{
	return (1);
}

int
sandbox_signal(void)
{
	return (SIGABRT);
}

int
sandbox_violation(pid_t pid, char *name, size_t cap)
{
	(void)pid;
	(void)name;
	(void)cap;
	return (-1);
}

/* The locked pid file is the lock here. */
int
sandbox_lock(pid_t *holder)
{
	*holder = 0;
	return (dup(STDERR_FILENO));
}
