/* SPDX-License-Identifier: ISC */
/*
 * runs in: keys.  See keys_auth.h.
 *
 * Secrets live in chunks of whole pages, which are locked once when they are
 * made and never given back, so that a reload does not lock and unlock; a slot
 * that is freed is wiped.  A chained hash finds a tunnel's.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/keys_auth.h"
#include "lib/hash.h"
#include "lib/secret.h"

#define PAGE		4096
#define CHUNK_LEN	(8 * PAGE)
#define BUCKETS		1024

struct slot {
	struct slot		*next;	/* in the bucket, or free */
	struct keys_secret	 s;
};

struct chunk {
	struct chunk	*next;
	struct slot	*slots;		/* CHUNK_LEN bytes */
};

#define CHUNK_SLOTS	(CHUNK_LEN / sizeof(struct slot))

struct keys_store {
	int		 (*lock)(const void *p, size_t len);
	struct slot	*buckets[BUCKETS];
	struct slot	*free;
	struct chunk	*chunks;
	size_t		 count;
	size_t		 unlocked;
};

struct keys_store *
keys_store_new(int (*lock)(const void *p, size_t len))
{
	struct keys_store *ks = calloc(1, sizeof(*ks));

	if (ks != NULL)
		ks->lock = lock;
	return (ks);
}

void
keys_store_free(struct keys_store *ks)
{
	struct chunk *c;

	if (ks == NULL)
		return;
	while ((c = ks->chunks) != NULL) {
		ks->chunks = c->next;
		wipe(c->slots, CHUNK_LEN);
		free(c->slots);
		free(c);
	}
	free(ks);
}

static struct slot **
bucket(struct keys_store *ks, uint32_t tid)
{
	return (&ks->buckets[hash_mix(tid, 0) % BUCKETS]);
}

static void
give_slots(struct keys_store *ks, struct chunk *c)
{
	size_t i;

	for (i = 0; i < CHUNK_SLOTS; i++) {
		c->slots[i].next = ks->free;
		ks->free = &c->slots[i];
	}
}

void
keys_store_clear(struct keys_store *ks)
{
	struct chunk *c;

	memset(ks->buckets, 0, sizeof(ks->buckets));
	ks->free = NULL;
	ks->count = 0;
	for (c = ks->chunks; c != NULL; c = c->next) {
		wipe(c->slots, CHUNK_LEN);
		give_slots(ks, c);
	}
}

/* More free slots; 0 or -1. */
static int
grow(struct keys_store *ks)
{
	struct chunk *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return (-1);
	if ((c->slots = aligned_alloc(PAGE, CHUNK_LEN)) == NULL) {
		free(c);
		return (-1);
	}
	if (ks->lock != NULL && ks->lock(c->slots, CHUNK_LEN) == -1)
		ks->unlocked++;
	memset(c->slots, 0, CHUNK_LEN);
	c->next = ks->chunks;
	ks->chunks = c;
	give_slots(ks, c);
	return (0);
}

static struct slot *
find(const struct keys_store *ks, uint32_t tid)
{
	struct slot *s = ks->buckets[hash_mix(tid, 0) % BUCKETS];

	while (s != NULL && s->s.tid != tid)
		s = s->next;
	return (s);
}

int
keys_store_put(struct keys_store *ks, const struct keys_secret *s)
{
	struct slot *p = find(ks, s->tid), **b = bucket(ks, s->tid);

	if (p == NULL) {
		if (ks->free == NULL && grow(ks) == -1)
			return (-1);
		p = ks->free;
		ks->free = p->next;
		p->next = *b;
		*b = p;
		ks->count++;
	}
	p->s = *s;
	return (0);
}

void
keys_store_del(struct keys_store *ks, uint32_t tid)
{
	struct slot **b, *p;

	for (b = bucket(ks, tid); (p = *b) != NULL; b = &p->next) {
		if (p->s.tid != tid)
			continue;
		*b = p->next;
		wipe(p, sizeof(*p));
		p->next = ks->free;
		ks->free = p;
		ks->count--;
		return;
	}
}

const struct keys_secret *
keys_store_get(const struct keys_store *ks, uint32_t tid)
{
	const struct slot *p = find(ks, tid);

	return (p != NULL ? &p->s : NULL);
}

size_t
keys_store_count(const struct keys_store *ks)
{
	return (ks->count);
}

size_t
keys_store_unlocked(const struct keys_store *ks)
{
	return (ks->unlocked);
}
