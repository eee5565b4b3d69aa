/* SPDX-License-Identifier: ISC */
/*
 * runs in: esp.  Consecutive packets of one TCP or UDP flow as one, for a system
 * whose TUN device takes such (GSO) and cuts them again where it has to: they go
 * through its stack together.  Only what a cut gives back as it was is merged;
 * the identification of packets that must not be fragmented is none of it (RFC
 * 6864).  Pure.
 */
#ifndef GREIPSEC_MERGE_H
#define GREIPSEC_MERGE_H

#include "esp/path.h"

#define MERGE_TCP	1	/* what the system takes so */
#define MERGE_UDP	2
#define MERGE_HEAD_MAX	80	/* IPv4 without options, TCP with all */

struct merge {
	uint32_t	len;	/* of the whole, which has the headers once */
	uint16_t	hlen;	/* IP and what is above */
	uint16_t	seg;	/* data in each; in the last perhaps less */
	uint8_t		proto;
	bool		full;	/* nothing can follow */
	uint32_t	seq;	/* TCP: of what follows */
	uint8_t		flags;	/* TCP: of the last */
};

/* How many packets from v[0] on, of at most n and all PKT_TUN of one tunnel, go
 * as one, which m describes; 1: the first goes alone, and m says nothing.  what:
 * MERGE_*. */
size_t		 merge_run(struct merge *m, const struct pkt *v, size_t n,
		    unsigned int what);
/* MERGE_* of what m describes. */
unsigned int	 merge_kind(const struct merge *m);
/* The headers of the first become those of the whole.  Its checksum above IP is
 * that of the pseudo header, complete but for what a cut adds. */
void		 merge_head(const struct merge *m, uint8_t *head);
/* Where that checksum is, from the end of the IP header. */
uint16_t	 merge_sum_at(const struct merge *m);

#endif
