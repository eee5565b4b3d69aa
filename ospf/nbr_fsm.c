/* SPDX-License-Identifier: ISC */
/* runs in: ospf.  See nbr_fsm.h. */
#include <stddef.h>

#include "ospf/nbr_fsm.h"

const char *const nbr_state_names[NBR_STATE_N] = {
	"DOWN", "INIT", "2-WAY", "EXSTART", "EXCHANGE", "LOADING", "FULL"
};
const char *const nbr_event_names[NBR_EVENT_N] = {
	"hello", "2-way", "negotiated", "exchanged", "bad request", "loaded",
	"sequence mismatch", "1-way", "killed", "dead timer", "link down",
	"resumed"
};

#define S(x)	(1U << (x))
#define ANY	(S(NBR_STATE_N) - 1)
#define FROM(x)	(ANY & ~(S(x) - 1))	/* that state and all above */

static const struct {
	unsigned int	states;
	enum nbr_event	event;
	enum nbr_action	action;
	enum nbr_state	next;
} fsm[] = {
	{ S(NBR_DOWN),		NE_HELLO,	NA_ALIVE,	NBR_INIT },
	{ S(NBR_INIT),		NE_TWOWAY,	NA_EXSTART,	NBR_EXSTART },
	{ S(NBR_TWOWAY),	NE_TWOWAY,	NA_EXSTART,	NBR_EXSTART },
	{ S(NBR_EXSTART),	NE_NEGOTIATED,	NA_EXCHANGE,	NBR_EXCHANGE },
	{ S(NBR_EXCHANGE),	NE_EXCHANGED,	NA_LOADING,	NBR_LOADING },
	{ S(NBR_LOADING),	NE_LOADED,	NA_FULL,	NBR_FULL },
	{ FROM(NBR_EXCHANGE),	NE_SEQ_MISMATCH, NA_EXSTART,	NBR_EXSTART },
	{ FROM(NBR_EXCHANGE),	NE_BAD_LSREQ,	NA_EXSTART,	NBR_EXSTART },
	{ FROM(NBR_TWOWAY),	NE_ONEWAY,	NA_RESET,	NBR_INIT },
	{ ANY,			NE_KILL,	NA_GONE,	NBR_DOWN },
	{ ANY,			NE_INACTIVITY,	NA_GONE,	NBR_DOWN },
	{ ANY,			NE_LLDOWN,	NA_GONE,	NBR_DOWN },
};

enum nbr_action
nbr_fsm(enum nbr_state s, enum nbr_event ev, enum nbr_state *next)
{
	size_t i;

	*next = s;
	if (ev == NE_HELLO && s != NBR_DOWN)
		return (NA_ALIVE);
	for (i = 0; i < sizeof(fsm) / sizeof(fsm[0]); i++)
		if (fsm[i].event == ev && (fsm[i].states & S(s))) {
			*next = fsm[i].next;
			return (fsm[i].action);
		}
	return (NA_NONE);
}
