/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  What outlives this process: neighbours that are FULL and the
 * link state database, in memory that main keeps and hands to the successor
 * (M_OSPF_KEEP), so that a crash costs no adjacency, with any peer and without
 * its help.  Nothing else knows what is in it.
 *
 * A process can end between any two stores, the machine cannot lose them: what
 * is written counts once the word behind it is stored.  LSAs go to a log; when
 * it is full of what no longer counts, the rest is copied to the other half.
 * What is read back is checked like a packet.
 */
#ifndef GREIPSEC_OSPF_KEEP_H
#define GREIPSEC_OSPF_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/mono.h"
#include "ospf/lsdb.h"

#define KEEP_NBRS	4096

/* A neighbour that is FULL. */
struct keep_nbr {
	uint32_t	iid;
	uint32_t	id, addr;
	uint32_t	seq;		/* cryptographic, highest taken */
	uint8_t		seq_valid;
	uint8_t		priority, options;
	int64_t		since;		/* ns: FULL */
	uint64_t	used;
};

/* An LSA as it is read back; bytes in the kept memory. */
struct keep_lsa {
	struct lsa_hdr	h;		/* age as of now, scope included */
	uint32_t	from;
	int64_t		at;		/* ns: when it was written */
	bool		flooded;
	const uint8_t	*bytes;
};

struct keep;

/*
 * Use size bytes at mem, zeroed or left by an earlier life, which must stay
 * there as long as the result.  NULL: no memory, or too little of it.
 */
struct keep	*keep_new(void *mem, size_t size);
void		 keep_free(struct keep *k);
/*
 * Begin to read: whether what is there was written whole by a router of this
 * id and area, and reading it did not kill the life before this one.  When not,
 * it is emptied.
 */
bool		 keep_open(struct keep *k, uint32_t router_id, uint32_t area);
/* The next LSA that counts; false at the end. */
bool		 keep_next(struct keep *k, size_t *at, struct mono now,
		    struct keep_lsa *out);
/* The neighbour of an interface; NULL. */
const struct keep_nbr *keep_nbr(const struct keep *k, uint32_t iid);
/* All was read. */
void		 keep_read(struct keep *k);
/* Empty, for this router. */
void		 keep_reset(struct keep *k, uint32_t router_id, uint32_t area);

/* Note an LSA: what the database now has. */
void		 keep_put(struct keep *k, struct lsdb *db,
		    const struct lsdb_entry *en, struct mono now);
/* It is no longer there. */
void		 keep_del(struct keep *k, struct lsdb *db,
		    const struct lsa_key *key, struct mono now);
/* A place for a neighbour, by interface; NULL: all are taken. */
struct keep_nbr	*keep_nbr_place(struct keep *k, uint32_t iid);
/* Each place, used or not; NULL past the last. */
struct keep_nbr	*keep_nbr_at(struct keep *k, size_t i);
/* It counts from here on, or no longer. */
void		 keep_nbr_set(struct keep_nbr *n, bool full);

#endif
