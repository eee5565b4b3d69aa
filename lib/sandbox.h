/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process.  What differs between systems when a process is
 * started and confined: one version per system (sandbox_linux.c: capabilities
 * and seccomp; sandbox_openbsd.c: pledge; sandbox_null.c: neither).
 */
#ifndef GREIPSEC_SANDBOX_H
#define GREIPSEC_SANDBOX_H

#include <sys/types.h>

#include "lib/pair_common.h"

/* Let setproctitle() use the room of argv; first thing in main(). */
void		 sandbox_title_init(int argc, char *argv[]);

/* What ps(1), top(1) and a service manager call this process, after the
 * program's name. */
void		 sandbox_title(const char *name);
/* The path to execute this very program again; argv0 where the system has no
 * better answer. */
const char	*sandbox_self(const char *argv0);
/* No core of this process for anybody, also where a program takes cores and
 * does not ask for the limit; before it holds a secret.  0, or -1 with errno. */
int		 sandbox_no_core(void);
/* As root, before the change of user: give up what would survive it.  0, or
 * -1 with errno. */
int		 sandbox_prepare(void);
/*
 * As root: no file can be reached by its name any more.  chroot() into dir,
 * which is empty; on Linux, where a service manager forbids that, Landlock with
 * nothing allowed.  0, or -1 with errno.
 */
int		 sandbox_leave_files(const char *dir);
/* After the change of user: no new privileges, no capability, no core, no
 * tracing, and death with the parent.  0, or -1 with errno. */
int		 sandbox_confine(void);
/*
 * mlock(2) for a process that will be filtered.  The first call, before the
 * filter, may be for nothing: where a filter has no mlock it locks all there is
 * and will be.  0, or -1 with errno.
 */
int		 sandbox_mlock(const void *p, size_t len);
/* The system call filter of a role, last before it serves.  A violation kills
 * the process with SIGSYS (SIGABRT on OpenBSD).  0, or -1 with errno. */
int		 sandbox_enter(enum role r);
/* Whether sandbox_enter() filters in this build (not under sanitizers). */
int		 sandbox_filters(void);
/* The signal by which a violation kills. */
int		 sandbox_signal(void);
/*
 * Which call a process that died of sandbox_signal() made, as the system's log
 * has it: its name in name[cap], or -1 when that cannot be learnt.  In main.
 */
int		 sandbox_violation(pid_t pid, char *name, size_t cap);
/*
 * Take the lock that allows one daemon per network namespace.  A descriptor to
 * be kept open, or -1 with errno.  EADDRINUSE: another one runs, *holder is its
 * pid.  EBUSY: somebody holds it who is no daemon of root's, as any user can;
 * *holder is his pid, or 0 when it cannot be learnt.
 */
int		 sandbox_lock(pid_t *holder);

#endif
