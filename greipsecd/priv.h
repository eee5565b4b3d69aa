/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  The other processes: started, greeted, joined by channels,
 * watched, replaced, stopped.
 *
 * A role is up when it said that it is of this build, which it does when it is
 * confined.  Before role_up() it has no channel here; at role_up() it has no
 * configuration and gets all of it: M_CONF_BEGIN, items, M_CONF_COMMIT.  After
 * role_down() nothing can be sent to it until the next role_up().  Both are
 * called from the event loop, role_down() also while stopping.
 */
#ifndef GREIPSECD_PRIV_H
#define GREIPSECD_PRIV_H

#include <sys/types.h>
#include <stdbool.h>

#include "lib/ctl.h"
#include "lib/msg.h"
#include "lib/pair_common.h"

struct priv_ops {
	/* What main accepts from each role, beside the common types; handlers
	 * get the ctx of priv_start() and ask priv_role() who speaks. */
	const struct msg_rule	*rules[ROLE_N];
	void	(*role_up)(void *ctx, enum role r);
	void	(*role_down)(void *ctx, enum role r, const char *why);
	/* The role applied a configuration. */
	void	(*conf_acked)(void *ctx, enum role r, uint32_t generation);
	/* Every role has ended after priv_stop(). */
	void	(*stopped)(void *ctx);
};

/* How the roles are run. */
struct priv_conf {
	const char	*argv0;
	uid_t		 uid;
	gid_t		 gid;
	const char	*chroot_dir;
	bool		 foreground;
	int		 level;
};

/* Start every role; ops and conf stay the caller's and must live on.  After
 * event_init().  0, or -1 with errno when one cannot be started. */
int		 priv_start(const struct priv_conf *conf,
		    const struct priv_ops *ops, void *ctx);
/* Stop: ospf and control first, then ike, then esp and keys, each given some
 * 700 ms to end well; then ops->stopped.  Calling it again does nothing. */
void		 priv_stop(void);
/* Stop, but only ospf has a last word: peers are not to notice. */
void		 priv_leave(void);
bool		 priv_stopping(void);
/* The channel to a role that is up, else NULL. */
struct chan	*priv_chan(enum role r);
/*
 * Send to a role.  0; -1 when it is not up, or would not read and was killed,
 * or the object does not encode (logged).  fd is closed in any case; -1: none.
 */
int		 priv_send(enum role r, uint16_t type, int fd,
		    const struct fld_table *t, const void *obj);
/* Whose channel this is. */
enum role	 priv_role(const struct chan *c);
/* A role said what cannot be: log it, kill it, start another. */
void		 priv_fault(enum role r, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
/* Every role is up. */
bool		 priv_all_up(void);
/* The line of `show' for a process, ROLE_MAIN included. */
void		 priv_proc(enum role r, struct ctl_proc *out);
/* Log level of main and of every role, now and when it is replaced. */
void		 priv_log(const struct m_log *l);

#endif
