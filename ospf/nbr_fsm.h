/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  Neighbour states and events (RFC 2328 10.1 to 10.3) as a
 * table.  On a point-to-point link an adjacency is always wanted, so 2-Way is
 * passed through.
 */
#ifndef GREIPSEC_OSPF_NBR_FSM_H
#define GREIPSEC_OSPF_NBR_FSM_H

enum nbr_state {
	NBR_DOWN,
	NBR_INIT,
	NBR_TWOWAY,
	NBR_EXSTART,
	NBR_EXCHANGE,
	NBR_LOADING,
	NBR_FULL,
	NBR_STATE_N
};

enum nbr_event {
	NE_HELLO,		/* HelloReceived */
	NE_TWOWAY,		/* 2-WayReceived */
	NE_NEGOTIATED,		/* NegotiationDone */
	NE_EXCHANGED,		/* ExchangeDone */
	NE_BAD_LSREQ,		/* BadLSReq */
	NE_LOADED,		/* LoadingDone */
	NE_SEQ_MISMATCH,	/* SeqNumberMismatch */
	NE_ONEWAY,		/* 1-WayReceived */
	NE_KILL,		/* KillNbr: administratively */
	NE_INACTIVITY,		/* InactivityTimer */
	NE_LLDOWN,		/* the interface went down */
	NE_RESUMED,		/* was FULL when the process before this died;
				   no transition of the RFC's */
	NBR_EVENT_N
};

enum nbr_action {
	NA_NONE,
	NA_ALIVE,		/* restart the inactivity timer */
	NA_EXSTART,		/* begin the exchange, also anew */
	NA_EXCHANGE,		/* describe the database */
	NA_LOADING,		/* or Full at once when nothing is missing */
	NA_FULL,
	NA_RESET,		/* clear the lists, keep the neighbour */
	NA_GONE			/* clear the lists, forget it */
};

extern const char *const nbr_state_names[NBR_STATE_N];
extern const char *const nbr_event_names[NBR_EVENT_N];

/* The action of an event, *next the state after it. */
enum nbr_action	nbr_fsm(enum nbr_state s, enum nbr_event ev,
		    enum nbr_state *next);

#endif
