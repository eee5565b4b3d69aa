/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  The engine goes on where one before it ended (keep.h): the
 * database is there before the first interface, a neighbour that was FULL is
 * FULL when its interface comes, and says nothing of it to the peer.
 */
#ifndef GREIPSEC_OSPF_RESUME_H
#define GREIPSEC_OSPF_RESUME_H

#include "ospf/ospf_int.h"

/* The router is known: read the database. */
void	resume_database(struct ospf *e);
/* An interface came up: is there a neighbour? */
void	resume_nbr(struct iface *ifp);
/* The configuration is whole: what was flooded shortly before the end may not
 * have reached everybody; who has not come back will not. */
void	resume_end(struct ospf *e);

/* Keep up to date; nothing happens while there is no memory for it. */
void	resume_keep(struct ospf *e, const struct lsdb_entry *en);
void	resume_forget(struct ospf *e, const struct lsa_key *k);
void	resume_keep_nbr(struct nbr *n);
void	resume_keep_seq(const struct iface *ifp);

#endif
