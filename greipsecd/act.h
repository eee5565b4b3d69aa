/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  What greipsecctl may change; for the rules of ROLE_CONTROL,
 * with struct app as context and the client's socket on each message.  All of
 * them ask the system whether the client is root.
 */
#ifndef GREIPSECD_ACT_H
#define GREIPSECD_ACT_H

#include "lib/msg.h"

void	act_reload(void *ctx, struct chan *c, const struct msg *m, void *obj);
void	act_confirm(void *ctx, struct chan *c, const struct msg *m, void *obj);
void	act_kick(void *ctx, struct chan *c, const struct msg *m, void *obj);
void	act_clear(void *ctx, struct chan *c, const struct msg *m, void *obj);
void	act_couple(void *ctx, struct chan *c, const struct msg *m, void *obj);

#endif
