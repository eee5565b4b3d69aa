/* SPDX-License-Identifier: ISC */
/*
 * runs in: every role but main.  The life of a role process: re-executed by
 * main with its channel on a fixed descriptor, it loads what libraries load
 * lazily, confines itself (chroot, user, sandbox), says hello, and serves.
 */
#ifndef GREIPSEC_PROC_H
#define GREIPSEC_PROC_H

#include "lib/msg.h"
#include "lib/pair_common.h"

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
};

/* Run the role until it ends; returns the exit status.  Called by main() of
 * the re-executed program with the channel to main on descriptor 3. */
int		 role_run(const struct role_def *def, void *ctx);
/* Leave the event loop with status 0 after flushing the channels. */
void		 role_exit(void);
/* Channel to a process; NULL while there is none. */
struct chan	*role_chan(enum role r);
/* Send an event to main; text by printf rules, passed through vis. */
void		 role_event(enum subsys s, uint32_t tid, const char *subject,
		    const char *what, const char *fmt, ...)
		    __attribute__((format(printf, 5, 6)));

#endif
