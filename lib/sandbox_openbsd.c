/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process, on OpenBSD.  See sandbox.h.  Each role unveils
 * nothing and pledges what it needs: stdio for all, recvfd and sendfd for the
 * channels, inet for the roles with sockets, unix for control's clients.  The
 * log goes by sendsyslog(2), which stdio covers.
 */
#include <sys/types.h>
#include <sys/resource.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/sandbox.h"

static const char *const promises[ROLE_N] = {
	[ROLE_KEYS] = "stdio recvfd sendfd",
	[ROLE_IKE] = "stdio recvfd sendfd inet",
	[ROLE_OSPF] = "stdio recvfd sendfd inet mcast",
	[ROLE_ESP] = "stdio recvfd sendfd inet",
	[ROLE_CONTROL] = "stdio recvfd sendfd unix"
};

void
sandbox_title_init(int argc, char *argv[])
{
	(void)argc;
	(void)argv;
}

void
sandbox_title(const char *name)
{
	setproctitle("%s", name);
}

const char *
sandbox_self(const char *argv0)
{
	return (argv0);
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
