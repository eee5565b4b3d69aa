/* SPDX-License-Identifier: ISC */
/*
 * runs in: every role but main.  The life of a role process: re-executed by
 * main with its channel on a fixed descriptor, it loads what libraries load
 * lazily, confines itself (chroot, user, sandbox), says hello, and serves.
 */
#ifndef GREIPSEC_PROC_H
#define GREIPSEC_PROC_H

#include <sys/types.h>

#include "lib/msg.h"
#include "lib/pair_common.h"

#define PROC_FD		3	/* the channel to main in a new process */

/* How a role is run; given by main's command line. */
struct proc_opts {
	uid_t		 uid;		/* never 0 */
	gid_t		 gid;
	const char	*chroot_dir;	/* empty, not writable */
	int		 foreground;	/* log to stderr */
	int		 level;		/* log_open() */
};

/*
 * Rules are checked against MSG_STATE_NEW until the other end has said which
 * build it is, then against MSG_STATE_UP; a role may set further bits with
 * chan_state() and never sees a message before that.
 */
struct role_def {
	enum role		 role;
	/* What it accepts from main, beside the common types. */
	const struct msg_rule	*main_rules;
	/* Rules for the channel to another role, NULL where none is wanted;
	 * indexed by enum role. */
	const struct msg_rule	*peer_rules[ROLE_N];
	/* Before the sandbox: make libraries load what they load lazily,
	 * allocate.  0 or -1 (fatal). */
	int			(*preload)(void *ctx);
	/* A channel to another role came (again). */
	void			(*peer_up)(void *ctx, enum role r);
	/* BEGIN and COMMIT of a configuration; the ACK is sent by proc. */
	void			(*conf_begin)(void *ctx);
	void			(*conf_commit)(void *ctx);
	/* End well: say DELETE, flush LSAs.  role_exit() when done; main kills
	 * after 2 s. */
	void			(*shutdown)(void *ctx);
	/* The channel to another role ended; role_chan() is NULL already. */
	void			(*peer_down)(void *ctx, enum role r);
};

/* Before role_run(), in the re-executed program. */
void		 proc_init(const struct proc_opts *o);
/* What all processes must agree on: version and build-id of the program. */
const char	*proc_build(void);
/* One table of both: first (the greeting) and own, whose rules lose
 * MSG_STATE_NEW.  Either may be NULL.  For the life of the process; fatal
 * without memory. */
const struct msg_rule *proc_rules(const struct msg_rule *first,
		    const struct msg_rule *own);
/* Greet: the first message on every channel between processes. */
void		 proc_hello(struct chan *c, enum role self);
/* Whether a greeting is of role r and of this build. */
bool		 proc_hello_ok(const struct m_hello *h, enum role r);

/* Run the role until it ends; returns the exit status.  Called by main() of
 * the re-executed program with the channel to main on descriptor 3. */
int		 role_run(const struct role_def *def, void *ctx);
/* Leave the event loop with status 0 after flushing the channels. */
void		 role_exit(void);
/* Channel to a process; NULL while there is none. */
struct chan	*role_chan(enum role r);
/* Send an event to main, which logs it (so log no line of your own about the
 * same), keeps it and shows it to greipsecctl monitor.  Text by printf rules,
 * passed through vis; may be empty, not NULL. */
void		 role_event(enum subsys s, uint32_t tid, const char *subject,
		    const char *what, const char *fmt, ...)
		    __attribute__((format(printf, 5, 6)));

#endif
