/* SPDX-License-Identifier: ISC */
/* runs in: ospf.  See if_fsm.h. */
#include <stddef.h>

#include "ospf/if_fsm.h"

const char *const if_state_names[IF_STATE_N] = {
	"DOWN", "P2P", "PASSIVE"
};
const char *const if_event_names[IF_EVENT_N] = {
	"up", "up passive", "down"
};

#define S(x)	(1U << (x))
#define ANY	(S(IF_STATE_N) - 1)

static const struct {
	unsigned int	states;
	enum if_event	event;
	enum if_action	action;
	enum if_state	next;
} fsm[] = {
	{ S(IF_DOWN),		IFE_UP_P2P,	IFA_START,	IF_P2P },
	{ S(IF_DOWN),		IFE_UP_PASSIVE,	IFA_ANNOUNCE,	IF_PASSIVE },
	{ ANY & ~S(IF_DOWN),	IFE_DOWN,	IFA_RESET,	IF_DOWN },
};

enum if_action
if_fsm(enum if_state s, enum if_event ev, enum if_state *next)
{
	size_t i;

	*next = s;
	for (i = 0; i < sizeof(fsm) / sizeof(fsm[0]); i++)
		if (fsm[i].event == ev && (fsm[i].states & S(s))) {
			*next = fsm[i].next;
			return (fsm[i].action);
		}
	return (IFA_NONE);
}
