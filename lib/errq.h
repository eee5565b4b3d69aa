/* SPDX-License-Identifier: ISC */
/*
 * runs in: esp and ike.  ICMP errors about what a socket sent, one version per
 * system.  They are hints from strangers: who takes them bounds what they do.
 */
#ifndef GREIPSEC_ERRQ_H
#define GREIPSEC_ERRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

struct errq_report {
	struct addr	remote;		/* where the packet was sent to */
	uint16_t	remote_port;	/* UDP */
	uint32_t	spi;		/* quoted; 0: our own stack speaks, or
					   nothing or zeros are quoted */
	bool		here;		/* our own stack speaks */
	bool		too_big;
	uint32_t	mtu;		/* too_big */
	uint8_t		type, code;	/* ICMP, else */
};

/* Take one report from fd; false when there is none (ever, where the system
 * has no such queue). */
bool	errq_next(int fd, struct errq_report *out);

#endif
