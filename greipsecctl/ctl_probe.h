/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  What a host answers that diagnose asks: a ping, and a
 * message to its UDP port 500 or 4500.  All are asked at once, three times over
 * a second; that nothing came back is no proof of anything.
 */
#ifndef GREIPSECCTL_CTL_PROBE_H
#define GREIPSECCTL_CTL_PROBE_H

#include <stddef.h>

#include "lib/ctl.h"

enum probe_what { PROBE_ECHO, PROBE_500, PROBE_4500, PROBE_WHATS };

enum probe_answer {
	PROBE_UNKNOWN,		/* not asked: not root, no such socket */
	PROBE_SILENCE,		/* not even an ICMP error */
	PROBE_ANSWER,
	PROBE_REFUSED,		/* ICMP: nothing listens there, or a filter
				   says so */
	PROBE_ANSWERS
};

struct view_probe {
	char			site[TUNNEL_NAME_MAX];
	struct addr		from;		/* ADDR_NONE: whatever fits */
	struct addr		to;
	enum probe_what		what;
	enum probe_answer	answer;
	uint32_t		rtt_us;		/* of an answer */
};
extern const struct fld_table view_probe_fld;
/* "icmp echo", "udp 500", "udp 4500" */
extern const char *const probe_what_names[PROBE_WHATS];

/* Ask, and fill in answer and rtt_us of each. */
void	probe_run(struct view_probe *v, size_t n);

#endif
