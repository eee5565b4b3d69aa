/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process, on a system without a filter for system calls.  What
 * a port to a new system starts from: user and chroot still confine a role.
 * See sandbox.h.
 */
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/resource.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/sandbox.h"

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
sandbox_mlock(const void *p, size_t len)
{
	return (mlock(p, len));
}

int
sandbox_enter(enum role r)
{
	(void)r;
	return (0);
}

int
sandbox_filters(void)
{
	return (0);
}

int
sandbox_signal(void)
{
	return (SIGSYS);
}

int
sandbox_violation(pid_t pid, char *name, size_t cap)
{
	(void)pid;
	(void)name;
	(void)cap;
	return (-1);
}

int
sandbox_lock(pid_t *holder)
{
	*holder = 0;
	return (dup(STDERR_FILENO));
}
