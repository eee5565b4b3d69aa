/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  What makes a program a daemon: it leaves the terminal once it
 * is ready, there is one in a network namespace, it has a pid file and a
 * control socket, and it knows whom its other processes run as.  Functions that
 * fail have said why.
 */
#ifndef GREIPSECD_DAEMON_H
#define GREIPSECD_DAEMON_H

#include <sys/types.h>
#include <stdint.h>

/*
 * Go to the background: returns in the new process.  The one that was called
 * waits, and exits 0 at daemon_ready(), with the child's status if that ends
 * before, and 1 when it is not ready in a minute.  0, or -1.
 */
int	daemon_background(void);
/* Serving: let the foreground command return and leave its terminal.  Does
 * nothing without daemon_background(), and nothing the second time. */
void	daemon_ready(void);
/* Be the only one: the namespace's lock, unless somebody holds it who is not
 * root, and the pid file.  0, or -1. */
int	daemon_lock(const char *pidfile);
#define DAEMON_ALIVE_S	5	/* daemon_alive() is called as often */
/* We are alive: said by the time of the pid file, which is on no disk. */
void	daemon_alive(void);
/* Seconds by the wall clock since the daemon said so that left a pid file for
 * daemon_lock() to find, 0 when that is in the future; -1: there was none. */
int64_t	daemon_away(int64_t wall_s);
/* Make the control socket, 0660 root and group; a descriptor, or -1.  One that
 * a dead daemon left is replaced, one that answers is not. */
int	daemon_listen(const char *path, gid_t group);
/* Who the roles run as: _greipsecd, else nobody with a warning.  *group is who
 * may read by the control socket: the group of _greipsecd, else root.  0 or
 * -1. */
int	daemon_user(uid_t *uid, gid_t *gid, gid_t *group);
/* Make dir with its parents and see that it is root's, not writable by others
 * and empty.  0, or -1. */
int	daemon_empty_dir(const char *dir);
/* Remove the control socket and the pid file made here. */
void	daemon_cleanup(void);

#endif
