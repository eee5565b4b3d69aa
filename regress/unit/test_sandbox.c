/* SPDX-License-Identifier: ISC */
/*
 * The filter of each role, entered in a child: what every role needs goes
 * through, what none may do, or only others, kills with the system's signal.
 * A build with sanitizers has no filter; there only the first part is tested.
 * And what is left of the files without chroot().
 */
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/sandbox.h"

#define BIT(r)	(1U << (r))
#define ALL	(BIT(ROLE_KEYS) | BIT(ROLE_IKE) | BIT(ROLE_OSPF) | \
		BIT(ROLE_ESP) | BIT(ROLE_CONTROL))
#define NET	(BIT(ROLE_IKE) | BIT(ROLE_OSPF) | BIT(ROLE_ESP))

static int sock[2], pipes[2];
static void *page;

static void
t_open(void)
{
	(void)open("/", O_RDONLY);
}

static void
t_socket(void)
{
	(void)socket(AF_INET, SOCK_DGRAM, 0);
}

static void
t_connect(void)
{
	struct sockaddr sa = { .sa_family = AF_UNSPEC };

	(void)connect(sock[0], &sa, sizeof(sa));
}

static void
t_exec(void)
{
	char *argv[] = { NULL };

	(void)execv("/nonexistent", argv);
}

static void
t_fork(void)
{
	if (fork() == 0)
		_exit(0);
}

static void
t_kill(void)
{
	(void)kill(getpid(), 0);
}

static void
t_ptrace(void)
{
	(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void
t_vm_read(void)
{
	char b[1];
	struct iovec i = { b, 1 };

	(void)process_vm_readv(getpid(), &i, 1, &i, 1, 0);
}

static void
t_vm_write(void)
{
	char b[1] = { 0 };
	struct iovec i = { b, 1 };

	(void)process_vm_writev(getpid(), &i, 1, &i, 1, 0);
}

static void
t_map_exec(void)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
t_protect_exec(void)
{
	(void)mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static void
t_prctl(void)
{
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void
t_setuid(void)
{
	if (setuid(0) == -1)
		return;
}

static void
t_unlink(void)
{
	(void)unlink("/nonexistent");
}

static void
t_tgkill_other(void)
{
	(void)tgkill(getppid(), getppid(), SIGABRT);
}

static void
t_sendto(void)
{
	(void)sendto(sock[0], "", 1, MSG_DONTWAIT, NULL, 0);
}

static void
t_recvmmsg(void)
{
	(void)recvmmsg(sock[0], NULL, 0, MSG_DONTWAIT, NULL);
}

static void
t_setsockopt(void)
{
	int one = 1;

	(void)setsockopt(sock[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
}

static void
t_accept(void)
{
	(void)accept4(sock[0], NULL, NULL, SOCK_CLOEXEC);
}

static int many[4096];

static int
cmp(const void *a, const void *b)
{
	return (*(const int *)a - *(const int *)b);
}

/* The life of a role, as far as it needs the system. */
static void
t_life(void)
{
	struct timespec ts, ms = { 0, 1000000 };
	struct pollfd p = { .fd = sock[1], .events = POLLIN };
	struct iovec iov = { &ts, 1 };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	volatile char *big;
	char c;
	sigset_t none;

	if (write(sock[0], "x", 1) != 1 || poll(&p, 1, 1000) != 1 ||
	    read(sock[1], &c, 1) != 1 || sendmsg(sock[0], &mh, 0) != 1 ||
	    recvmsg(sock[1], &mh, 0) != 1)
		_exit(1);
	if ((big = malloc(1 << 22)) == NULL)
		_exit(2);
	big[1 << 21] = 1;
	if ((big = realloc((void *)(uintptr_t)big, 1 << 23)) == NULL)
		_exit(3);
	free((void *)(uintptr_t)big);
	qsort(many, sizeof(many) / sizeof(many[0]), sizeof(many[0]), cmp);
	arc4random_buf(&c, 1);
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	(void)nanosleep(&ms, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (fcntl(sock[0], F_SETFL, O_NONBLOCK) == -1 || getpid() <= 0 ||
	    close(pipes[0]) == -1)
		_exit(4);
}

static void
t_abort(void)
{
	abort();
}

static const struct {
	const char	*name;
	void		(*call)(void);
	uint32_t	 allowed;	/* roles */
	int		 sig;		/* of an allowed one: its end */
} tests[] = {
	{ "life", t_life, ALL, 0 },
	{ "abort", t_abort, ALL, SIGABRT },
	{ "open", t_open, 0, 0 },
	{ "socket", t_socket, 0, 0 },
	{ "connect", t_connect, 0, 0 },
	{ "execve", t_exec, 0, 0 },
	{ "fork", t_fork, 0, 0 },
	{ "kill", t_kill, 0, 0 },
	{ "ptrace", t_ptrace, 0, 0 },
	{ "process_vm_readv", t_vm_read, 0, 0 },
	{ "process_vm_writev", t_vm_write, 0, 0 },
	{ "mmap executable", t_map_exec, 0, 0 },
	{ "mprotect executable", t_protect_exec, 0, 0 },
	{ "prctl", t_prctl, 0, 0 },
	{ "setuid", t_setuid, 0, 0 },
	{ "unlink", t_unlink, 0, 0 },
	{ "tgkill another", t_tgkill_other, 0, 0 },
	{ "sendto", t_sendto, NET, 0 },
	{ "recvmmsg", t_recvmmsg, NET, 0 },
	{ "setsockopt", t_setsockopt, NET, 0 },
	{ "accept4", t_accept, BIT(ROLE_CONTROL), 0 }
};
#define N_TESTS	((int)(sizeof(tests) / sizeof(tests[0])))

static void
in_child(int i, enum role r)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock) == -1 ||
	    pipe(pipes) == -1 || sandbox_confine() == -1 ||
	    sandbox_enter(r) == -1)
		_exit(99);
	tests[i].call();
	_exit(0);
}

START_TEST(role_calls)
{
	enum role r = (enum role)(_i / N_TESTS + ROLE_KEYS);
	int i = _i % N_TESTS, status;
	bool ok = (tests[i].allowed & BIT(r)) != 0;
	pid_t pid;

	if (!ok && !sandbox_filters())
		return;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(page, MAP_FAILED);
	if ((pid = fork()) == 0)
		in_child(i, r);
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (ok && tests[i].sig == 0)
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		    "%s %s: status 0x%x", role_names[r], tests[i].name,
		    status);
	else
		ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) ==
		    (ok ? tests[i].sig : sandbox_signal()),
		    "%s %s: status 0x%x", role_names[r], tests[i].name,
		    status);
}
END_TEST

/* What is left of the files where a service manager forbids chroot(). */
static void
without_files(void)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &h, d) == -1)
		_exit(1);
	d[0].effective &= ~(1U << CAP_SYS_CHROOT);
	if (syscall(SYS_capset, &h, d) == -1 || sandbox_leave_files("/") == -1)
		_exit(2);
	if (open("/etc/passwd", O_RDONLY) != -1 || errno != EACCES)
		_exit(3);
	if (mkdir("/tmp/greipsec.sandbox", 0700) != -1 || errno != EACCES)
		_exit(4);
	_exit(write(sock[0], "x", 1) == 1 ? 0 : 5);
}

START_TEST(no_files)
{
	int status;
	pid_t pid;

	if (geteuid() != 0 || syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION) < 1)
		return;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sock), 0);
	if ((pid = fork()) == 0)
		without_files();
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

static void
core_and_out(void)
{
	struct rlimit rl;

	_exit(sandbox_no_core() == -1 ? 1 :
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 ? 2 :
	    getrlimit(RLIMIT_CORE, &rl) == -1 || rl.rlim_max != 0 ? 3 : 0);
}

START_TEST(no_core)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		core_and_out();
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sandbox");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, role_calls, 0,
	    N_TESTS * (ROLE_N - ROLE_KEYS));
	tcase_add_test(t, no_core);
	tcase_add_test(t, no_files);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
