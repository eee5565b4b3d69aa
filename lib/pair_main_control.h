/* SPDX-License-Identifier: ISC */
/*
 * runs in: main and control.  Besides this, the control protocol itself
 * (lib/ctl.h) runs over their channel: control asks main with its own ids.
 * CTL_LOG and the types behind it then carry the client's socket, of which
 * main asks the system whether it was accepted at the control socket and who
 * connected it.  Control can make no such socket, but it may keep one: as long
 * as a client of root's was ever there, a control that was taken over may ask
 * for what those types can do in its name.
 */
#ifndef GREIPSEC_PAIR_MAIN_CONTROL_H
#define GREIPSEC_PAIR_MAIN_CONTROL_H

enum msg_main_control {
	M_CTL_SOCK = 32		/* empty + fd: the listening socket */
};

#endif
