/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  Interface states (RFC 2328 9.1), as far as point-to-point and
 * passive interfaces know them: no designated router is ever elected here.
 */
#ifndef GREIPSEC_OSPF_IF_FSM_H
#define GREIPSEC_OSPF_IF_FSM_H

enum if_state {
	IF_DOWN,
	IF_P2P,
	IF_PASSIVE,
	IF_STATE_N
};

enum if_event {
	IFE_UP_P2P,
	IFE_UP_PASSIVE,
	IFE_DOWN,
	IF_EVENT_N
};

enum if_action {
	IFA_NONE,
	IFA_START,		/* hellos */
	IFA_ANNOUNCE,		/* only its prefix */
	IFA_RESET		/* neighbours go */
};

extern const char *const if_state_names[IF_STATE_N];
extern const char *const if_event_names[IF_EVENT_N];

/* The action of an event, *next the state after it. */
enum if_action	if_fsm(enum if_state s, enum if_event ev,
		    enum if_state *next);

#endif
