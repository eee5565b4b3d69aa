/* SPDX-License-Identifier: ISC */
/* runs in: main.  See daemon.h. */
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/daemon.h"
#include "lib/log.h"
#include "lib/sandbox.h"

#define READY_MS	60000

static struct {
	int		 ready_fd;	/* to the foreground command */
	int		 lock_fd, pid_fd;
	const char	*pidfile, *sock;
	time_t		 was_alive;	/* who left the pid file, else 0 */
} self = { .ready_fd = -1, .lock_fd = -1, .pid_fd = -1 };

/* In the foreground command: wait for one byte, or for the daemon's end. */
static void
await(pid_t pid, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int status;
	char b;

	if (poll(&p, 1, READY_MS) == 0) {
		log_warnx("not ready after %d s, stopped", READY_MS / 1000);
		(void)kill(pid, SIGTERM);
		exit(1);
	}
	if (read(fd, &b, 1) == 1)
		exit(0);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	    WEXITSTATUS(status) != 0)
		exit(WEXITSTATUS(status));
	exit(1);
}

int
daemon_background(void)
{
	int p[2];
	pid_t pid;

	if (pipe2(p, O_CLOEXEC) == -1 || (pid = fork()) == -1) {
		log_warn("cannot start a process");
		return (-1);
	}
	if (pid != 0) {
		(void)close(p[1]);
		await(pid, p[0]);
	}
	(void)close(p[0]);
	self.ready_fd = p[1];
	if (setsid() == -1 || chdir("/") == -1) {
		log_warn("cannot leave the terminal");
		return (-1);
	}
	return (0);
}

void
daemon_ready(void)
{
	int null, i;

	if (self.ready_fd == -1)
		return;
	log_tee(0);
	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) != -1) {
		for (i = 0; i < 3; i++)
			(void)dup2(null, i);
		if (null > 2)
			(void)close(null);
	}
	if (write(self.ready_fd, "", 1) != 1)
		log_warn("the foreground command is gone");
	(void)close(self.ready_fd);
	self.ready_fd = -1;
}

static int
lock_pidfile(const char *path)
{
	char buf[32] = "";
	struct stat st;
	int fd, n;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd == -1) {
		log_warn("%s", path);
		return (-1);
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EWOULDBLOCK && read(fd, buf, sizeof(buf) - 1) > 0)
			log_warnx("%s: already running, pid %d", path,
			    (int)strtol(buf, NULL, 10));
		else
			log_warn("%s", path);
		(void)close(fd);
		return (-1);
	}
	if (fstat(fd, &st) == 0 && st.st_size > 0)
		self.was_alive = st.st_mtime;
	n = snprintf(buf, sizeof(buf), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) == -1 || write(fd, buf, (size_t)n) != n) {
		log_warn("%s", path);
		(void)close(fd);
		return (-1);
	}
	self.pid_fd = fd;
	self.pidfile = path;
	return (0);
}

/* Any local user can hold the first lock, and keeps nobody out by it: what
 * remains is the pid file, and the ports of IKE. */
int
daemon_lock(const char *pidfile)
{
	char who[32] = "somebody";
	pid_t holder;

	if ((self.lock_fd = sandbox_lock(&holder)) != -1)
		return (lock_pidfile(pidfile));
	if (errno == EADDRINUSE) {
		log_warnx("already running in this network namespace, pid %d",
		    (int)holder);
		return (-1);
	}
	if (errno != EBUSY) {
		log_warn("lock");
		return (-1);
	}
	if (holder != 0)
		(void)snprintf(who, sizeof(who), "pid %d", (int)holder);
	log_warnx("%s holds the lock of this network namespace and is no "
	    "daemon of root's: going on without", who);
	return (lock_pidfile(pidfile));
}

void
daemon_alive(void)
{
	if (self.pid_fd != -1)
		(void)futimens(self.pid_fd, NULL);
}

int64_t
daemon_away(int64_t wall_s)
{
	if (self.was_alive == 0)
		return (-1);
	return (wall_s > self.was_alive ? wall_s - self.was_alive : 0);
}

/* Whether the path is free, or was left by a dead daemon and is now. */
static int
clear_socket(const char *path, const struct sockaddr_un *un)
{
	struct stat st;
	int fd, rv;

	if (lstat(path, &st) == -1) {
		if (errno == ENOENT)
			return (0);
		log_warn("%s", path);
		return (-1);
	}
	if (!S_ISSOCK(st.st_mode)) {
		log_warnx("%s: exists and is no socket", path);
		return (-1);
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1) {
		log_warn("socket");
		return (-1);
	}
	rv = connect(fd, (const struct sockaddr *)un, sizeof(*un));
	(void)close(fd);
	if (rv == 0) {
		log_warnx("%s: another daemon answers there", path);
		return (-1);
	}
	if (unlink(path) == -1) {
		log_warn("%s", path);
		return (-1);
	}
	return (0);
}

int
daemon_listen(const char *path, gid_t group)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, rv;

	if (snprintf(un.sun_path, sizeof(un.sun_path), "%s", path) >=
	    (int)sizeof(un.sun_path)) {
		log_warnx("%s: longer than %zu characters", path,
		    sizeof(un.sun_path) - 1);
		return (-1);
	}
	if (clear_socket(path, &un) == -1)
		return (-1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1) {
		log_warn("socket");
		return (-1);
	}
	mask = umask(0777);
	rv = bind(fd, (struct sockaddr *)&un, sizeof(un));
	(void)umask(mask);
	if (rv == -1) {
		log_warn("%s", path);
		(void)close(fd);
		return (-1);
	}
	self.sock = path;
	if (chown(path, 0, group) == -1 || chmod(path, 0660) == -1 ||
	    listen(fd, 128) == -1) {
		log_warn("%s", path);
		(void)close(fd);
		return (-1);
	}
	return (fd);
}

int
daemon_user(uid_t *uid, gid_t *gid, gid_t *group)
{
	struct passwd *pw = getpwnam("_greipsecd");

	*group = pw != NULL ? pw->pw_gid : 0;
	if (pw == NULL) {
		if ((pw = getpwnam("nobody")) == NULL) {
			log_warnx("neither user _greipsecd nor nobody exists");
			return (-1);
		}
		log_warnx("user _greipsecd does not exist, running as nobody");
	}
	if (pw->pw_uid == 0 || pw->pw_gid == 0) {
		log_warnx("user %s must not be root", pw->pw_name);
		return (-1);
	}
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return (0);
}

static int
make_dirs(const char *dir)
{
	char path[256];
	size_t i, n = strlen(dir);

	if (n >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	memcpy(path, dir, n + 1);
	for (i = 1; i <= n; i++) {
		if (dir[i] != '/' && dir[i] != '\0')
			continue;
		path[i] = '\0';
		if (mkdir(path, 0755) == -1 && errno != EEXIST)
			return (-1);
		path[i] = dir[i];
	}
	return (0);
}

static int
has_entries(const char *dir)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	int n = 0;

	if (d == NULL)
		return (1);
	while ((e = readdir(d)) != NULL)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	(void)closedir(d);
	return (n > 0);
}

int
daemon_empty_dir(const char *dir)
{
	struct stat st;

	if (make_dirs(dir) == -1 || lstat(dir, &st) == -1) {
		log_warn("%s", dir);
		return (-1);
	}
	if (!S_ISDIR(st.st_mode) || st.st_uid != 0 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 || has_entries(dir)) {
		log_warnx("%s: must be an empty directory of root that nobody "
		    "else can write", dir);
		return (-1);
	}
	return (0);
}

void
daemon_cleanup(void)
{
	if (self.sock != NULL)
		(void)unlink(self.sock);
	if (self.pidfile != NULL)
		(void)unlink(self.pidfile);
}
