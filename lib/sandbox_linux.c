/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process, on Linux.  See sandbox.h.
 *
 * Each role has a list of system calls (libseccomp); every other one kills the
 * process.  What all may do is in `common': read and write what they were
 * given, wait, ask the time, get memory that cannot be executed, and die.
 * Nothing here opens a file, makes a socket, connects one, starts a program or
 * touches another process.  On top come, by role, the calls that move
 * datagrams and, for control, the call that accepts a client.
 *
 * A build with sanitizers has no filter: their run-time opens files of /proc,
 * starts a tracing thread at exit and maps memory in ways that no list should
 * allow.  Everything else (user, chroot, capabilities) applies there too.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/sandbox.h"

#ifndef __has_feature
#define __has_feature(x)	0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(thread_sanitizer)
#define FILTER	0
#else
#define FILTER	1
#endif

static const int common[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev),
	SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(close),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl),
	SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
	SCMP_SYS(mlock), SCMP_SYS(munlock),
	SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(sched_yield),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid),
	SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
	SCMP_SYS(getrusage), SCMP_SYS(sysinfo), SCMP_SYS(exit),
	SCMP_SYS(exit_group), -1
};

/* Roles with sockets of their own: raw, UDP, and the error queue. */
static const int net[] = {
	SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(sendmmsg),
	SCMP_SYS(recvmmsg), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
	SCMP_SYS(getsockname), -1
};

static const int clients[] = {
	SCMP_SYS(accept4), SCMP_SYS(getsockopt), SCMP_SYS(shutdown), -1
};

static const int *const extra[ROLE_N] = {
	[ROLE_IKE] = net, [ROLE_OSPF] = net, [ROLE_ESP] = net,
	[ROLE_CONTROL] = clients
};

static struct {
	char	*last;		/* byte of the arguments, a NUL */
} self;

void
sandbox_title_init(int argc, char *argv[])
{
	if (argc > 0)
		self.last = strchr(argv[argc - 1], '\0');
	setproctitle_init(argc, argv, environ);
}

/*
 * The kernel shows the arguments up to their first NUL only when the last byte
 * of all is none; libbsd thinks of that for a single argument.
 */
void
sandbox_title(const char *name)
{
	char comm[16];

	setproctitle("%s", name);
	if (self.last != NULL && *self.last == '\0')
		*self.last = '.';
	(void)snprintf(comm, sizeof(comm), "%s: %s", getprogname(), name);
	(void)prctl(PR_SET_NAME, comm, 0, 0, 0);
}

const char *
sandbox_self(const char *argv0)
{
	(void)argv0;
	return ("/proc/self/exe");
}

int
sandbox_prepare(void)
{
	unsigned long cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1)
			return (-1);
	return (0);
}

/* Every access that this kernel knows of is handled, and none allowed. */
static int
landlock_all(void)
{
	static const uint64_t files[] = { 0, 0x1fff, 0x3fff, 0x7fff };
	struct landlock_ruleset_attr attr = { 0 };
	long abi;
	int fd, rv, err;

	abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		return (-1);
	attr.handled_access_fs = files[abi < 3 ? abi : 3];
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(uint64_t),
	    0);
	if (fd == -1)
		return (-1);
	rv = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	err = errno;
	(void)close(fd);
	errno = err;
	return (rv);
}

int
sandbox_leave_files(const char *dir)
{
	if (chroot(dir) == 0)
		return (chdir("/"));
	if (errno != EPERM || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return (-1);
	if (landlock_all() == -1) {
		errno = EPERM;	/* what the operator can change */
		return (-1);
	}
	return (0);
}

/* Every set of capabilities empty, and seen to be. */
static int
drop_caps(void)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct d[2], none[2];

	memset(none, 0, sizeof(none));
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1 ||
	    syscall(SYS_capset, &h, none) == -1 ||
	    syscall(SYS_capget, &h, d) == -1)
		return (-1);
	if (memcmp(d, none, sizeof(d)) != 0) {
		errno = EPERM;
		return (-1);
	}
	return (0);
}

int
sandbox_no_core(void)
{
	struct rlimit none = { 0, 0 };

	return (setrlimit(RLIMIT_CORE, &none) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ? -1 : 0);
}

int
sandbox_confine(void)
{
	if (drop_caps() == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    sandbox_no_core() == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		return (-1);
	return (0);
}

static int
allow_list(scmp_filter_ctx ctx, const int *calls)
{
	int rv;

	for (; calls != NULL && *calls != -1; calls++) {
		/* a call this architecture does not have */
		if (*calls < 0)
			continue;
		rv = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, *calls, 0);
		if (rv != 0)
			return (rv);
	}
	return (0);
}

/* Calls that are allowed for some of their arguments only. */
static int
allow_checked(scmp_filter_ctx ctx)
{
	static const int cmds[] = { F_GETFD, F_SETFD, F_GETFL, F_SETFL,
	    F_DUPFD_CLOEXEC };
	const struct scmp_arg_cmp no_exec =
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	size_t i;
	int rv;

	if ((rv = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
	    no_exec)) != 0 ||
	    (rv = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
	    no_exec)) != 0)
		return (rv);
	for (i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++) {
		rv = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
		    SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)cmds[i], 0));
		if (rv != 0)
			return (rv);
	}
	/* abort() signals the process itself, and no other */
	return (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 2,
	    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0),
	    SCMP_A2(SCMP_CMP_EQ, SIGABRT, 0)));
}

int
sandbox_mlock(const void *p, size_t len)
{
	return (mlock(p, len));
}

int
sandbox_enter(enum role r)
{
	scmp_filter_ctx ctx;
	int rv;

	if (!FILTER)
		return (0);
	if ((ctx = seccomp_init(SCMP_ACT_KILL_PROCESS)) == NULL) {
		errno = ENOMEM;
		return (-1);
	}
	if ((rv = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS)) == 0 &&
	    (rv = allow_list(ctx, common)) == 0 &&
	    (rv = allow_list(ctx, extra[r])) == 0 &&
	    (rv = allow_checked(ctx)) == 0)
		rv = seccomp_load(ctx);
	seccomp_release(ctx);
	if (rv != 0) {
		errno = -rv;
		return (-1);
	}
	return (0);
}

int
sandbox_filters(void)
{
	return (FILTER);
}

int
sandbox_signal(void)
{
	return (SIGSYS);
}

/* The number in a record of the kernel's log about this process, or -1. */
static int
record_syscall(const char *rec, pid_t pid)
{
	char who[32];
	const char *p;
	int nr;

	(void)snprintf(who, sizeof(who), " pid=%d ", (int)pid);
	if (strstr(rec, "type=1326 ") == NULL || strstr(rec, who) == NULL ||
	    (p = strstr(rec, " syscall=")) == NULL ||
	    sscanf(p, " syscall=%d ", &nr) != 1)
		return (-1);
	return (nr);
}

static int
kernel_log_syscall(pid_t pid)
{
	char rec[1024];
	ssize_t n;
	int fd, nr, found = -1;

	if ((fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)) == -1)
		return (-1);
	/* one record a read; EPIPE: some were overwritten meanwhile */
	while ((n = read(fd, rec, sizeof(rec) - 1)) > 0 ||
	    (n == -1 && errno == EPIPE)) {
		if (n == -1)
			continue;
		rec[n] = '\0';
		if ((nr = record_syscall(rec, pid)) != -1)
			found = nr;
	}
	(void)close(fd);
	return (found);
}

int
sandbox_violation(pid_t pid, char *name, size_t cap)
{
	const struct timespec wait = { 0, 20000000 };
	char *s;
	int i, nr = -1;

	/* the kernel's audit thread writes a little later */
	for (i = 0; i < 5 && (nr = kernel_log_syscall(pid)) == -1; i++)
		(void)nanosleep(&wait, NULL);
	if (nr == -1)
		return (-1);
	if ((s = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr)) !=
	    NULL)
		(void)snprintf(name, cap, "%s", s);
	else
		(void)snprintf(name, cap, "%d", nr);
	free(s);
	return (0);
}

/*
 * Who has the name: EADDRINUSE with its pid when that is root, else EBUSY.  It
 * is root's when a connection says so; one who does not listen, or whose queue
 * is full, may be anybody.
 */
static int
held(int fd, const struct sockaddr_un *un, socklen_t len, pid_t *holder)
{
	struct ucred cred = { 0 };
	socklen_t clen = sizeof(cred);

	if (connect(fd, (const struct sockaddr *)un, len) == -1 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &clen) == -1)
		return (EBUSY);
	*holder = cred.pid;
	return (cred.uid == 0 ? EADDRINUSE : EBUSY);
}

/* An abstract address belongs to the network namespace, so that daemons in
 * different ones do not meet.  Each that is refused stays in the queue. */
int
sandbox_lock(pid_t *holder)
{
	static const char name[] = "greipsecd";
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + sizeof(name);
	int fd, err;

	*holder = 0;
	memcpy(un.sun_path + 1, name, sizeof(name) - 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (-1);
	if (bind(fd, (struct sockaddr *)&un, len) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		return (fd);
	err = errno;
	if (err == EADDRINUSE)
		err = held(fd, &un, len, holder);
	(void)close(fd);
	errno = err;
	return (-1);
}
