/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  Answers to control that need nothing but this folder's lists
 * of processes and events; to be named in the rules for ROLE_CONTROL, with
 * ctl_req_fld (or what the comment says) and no state beside MSG_STATE_UP.
 */
#ifndef GREIPSECD_ANSWER_H
#define GREIPSECD_ANSWER_H

#include <stdbool.h>

#include "lib/msg.h"

/* CTL_PROC */
void	answer_proc(void *ctx, struct chan *c, const struct msg *m, void *obj);
/* CTL_EVENTS */
void	answer_events(void *ctx, struct chan *c, const struct msg *m,
	    void *obj);
/* CTL_LOG: m_log_fld, MSG_FD_YES */
void	answer_log(void *ctx, struct chan *c, const struct msg *m, void *obj);
/* The CTL_END of an answer; text may be NULL. */
void	answer_end(struct chan *c, uint32_t id, uint32_t error,
	    const char *text);
/* A text in rows of type, struct ctl_text each, broken at newlines. */
void	answer_text(struct chan *c, uint16_t type, uint32_t id,
	    const char *text, size_t len);
struct app;
/*
 * Whether the client whose socket rides on m is root's; closes it.  When not,
 * CTL_END with EPERM was sent.  First thing in each handler of a change.  Only a
 * socket that was accepted at our path counts: control holds others whose peer,
 * by what the system says, is root.  It cannot tell one that control kept from a
 * client before.
 */
bool	answer_root(const struct app *a, struct chan *c, const struct msg *m);

#endif
