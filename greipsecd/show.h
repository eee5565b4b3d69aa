/* SPDX-License-Identifier: ISC */
/* runs in: main.  What main answers to greipsecctl: rows of lib/ctl.h from
 * struct app, which is the context of the channel to control. */
#ifndef GREIPSECD_SHOW_H
#define GREIPSECD_SHOW_H

#include "lib/msg.h"

extern const struct msg_rule show_rules[];

#endif
