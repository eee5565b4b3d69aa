/* SPDX-License-Identifier: ISC */
/*
 * runs in: keys.  The answers of the keys process as functions of a secret and
 * a question, and the table that holds the secrets.  Pure.
 */
#ifndef GREIPSEC_KEYS_AUTH_H
#define GREIPSEC_KEYS_AUTH_H

#include "lib/pair_keys.h"

/*
 * Our AUTH data.  s: the secret of q->tid, or NULL when there is none.  done is
 * filled whole; done->ok is false, with no value, when there is no secret, the
 * method is not the tunnel's, or the octets cannot be those of an IKE message.
 */
void	keys_auth_make(const struct keys_secret *s, const struct keys_auth *q,
	    struct keys_done *done);
/*
 * Whether q->value is the peer's AUTH over q->octets.  With a PSK the second
 * one is good as well; the comparison takes constant time.  An Ed25519
 * signature must come as exactly the octets of RFC 8420 A.2 and be the tunnel's
 * remote_pub's.  done->value stays empty.
 */
void	keys_auth_verify(const struct keys_secret *s,
	    const struct keys_auth *q, struct keys_done *done);

struct keys_store;

/* Memory for secrets: lock is called on what is allocated, before anything is
 * put there, so that it is never swapped out; NULL in tests. */
struct keys_store *keys_store_new(int (*lock)(const void *p, size_t len));
/* Wipe all and free; NULL is allowed. */
void		 keys_store_free(struct keys_store *ks);
/* Wipe and forget all. */
void		 keys_store_clear(struct keys_store *ks);
/* Put or replace the secret of s->tid; 0, or -1 without memory. */
int		 keys_store_put(struct keys_store *ks,
		    const struct keys_secret *s);
/* Wipe and forget one, if it is there. */
void		 keys_store_del(struct keys_store *ks, uint32_t tid);
/* NULL when there is none; valid until the next put or del. */
const struct keys_secret *keys_store_get(const struct keys_store *ks,
		    uint32_t tid);
size_t		 keys_store_count(const struct keys_store *ks);
/* How often lock failed. */
size_t		 keys_store_unlocked(const struct keys_store *ks);

#endif
