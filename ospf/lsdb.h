/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  The link state database: LSAs by key through a hash, and a
 * heap of due times (refresh of our own, the end of life of others'), so that
 * nothing is ever scanned by the clock.  Bodies are opaque here.
 */
#ifndef GREIPSEC_OSPF_LSDB_H
#define GREIPSEC_OSPF_LSDB_H

#include <sys/queue.h>

#include "lib/heap.h"
#include "ospf/lsa.h"

struct lsdb;

struct lsdb_entry {
	struct lsa		*lsa;		/* the current instance */
	struct lsdb_entry	*hnext;
	struct heap_node	 due;		/* key: ns of the next act */
	struct mono		 installed;
	struct mono		 sent;		/* last sent against an older */
	uint32_t		 from;		/* iid it came by; 0: own */
	uint32_t		 n_rxmt;	/* neighbours yet to acknowledge */
	bool			 flooded;	/* came by flooding */
	bool			 self;		/* we are responsible for it */
	bool			 max_age;	/* on the list of dying ones */
	bool			 changed;	/* says else than the one before */
	void			*user;		/* the graph's */
	TAILQ_ENTRY(lsdb_entry)	 dying;
	TAILQ_ENTRY(lsdb_entry)	 all;
};
TAILQ_HEAD(lsdb_list, lsdb_entry);

/* seed: of the hash; whoever sends LSAs must not know it. */
struct lsdb		*lsdb_new(uint64_t seed);
void			 lsdb_free(struct lsdb *db);
struct lsdb_entry	*lsdb_find(const struct lsdb *db,
			    const struct lsa_key *k);
/*
 * Make l (whose reference is taken over) the current instance of its key.  The
 * entry, new or old; NULL when there is no memory (l is released then).  Due
 * time and flags are the caller's to set; *was_new, when not NULL, says which.
 */
struct lsdb_entry	*lsdb_put(struct lsdb *db, struct lsa *l,
			    struct mono now, bool *was_new);
/* Remove and free an entry. */
void			 lsdb_del(struct lsdb *db, struct lsdb_entry *en);
/* Set when the entry wants attention. */
void			 lsdb_due(struct lsdb *db, struct lsdb_entry *en,
			    struct mono at);
/* The entry that is due first, or NULL. */
struct lsdb_entry	*lsdb_first_due(const struct lsdb *db);
/* Put on or take off the list of MaxAge instances. */
void			 lsdb_dying(struct lsdb *db, struct lsdb_entry *en,
			    bool on);
struct lsdb_list	*lsdb_dying_list(struct lsdb *db);
/* All entries, oldest key first. */
struct lsdb_list	*lsdb_all(struct lsdb *db);
size_t			 lsdb_count(const struct lsdb *db);
/* Bytes of all current instances. */
size_t			 lsdb_bytes(const struct lsdb *db);

#endif
