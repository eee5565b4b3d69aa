/* SPDX-License-Identifier: ISC */
/*
 * runs in: main and control.  Besides this, the control protocol itself
 * (lib/ctl.h) runs over their channel: control asks main with its own ids.
 * CTL_LOG and the types behind it then carry the client's socket, of which
 * main asks the system who connected it: control cannot make one up.
 */
#ifndef GREIPSEC_PAIR_MAIN_CONTROL_H
#define GREIPSEC_PAIR_MAIN_CONTROL_H

enum msg_main_control {
	M_CTL_SOCK = 32		/* empty + fd: the listening socket */
};

#endif
