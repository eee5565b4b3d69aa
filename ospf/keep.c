/* SPDX-License-Identifier: ISC */
/* runs in: ospf.  See keep.h. */
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "ospf/keep.h"

#define MAGIC		0x6f73706b65657031ULL
#define ALIGN(n)	(((n) + 7) & ~(size_t)7)
#define SLACK		(256U << 10)	/* dead bytes that are no matter */

struct header {
	uint64_t	magic;
	uint64_t	reading;	/* a life is at it, or died of it */
	uint32_t	router_id, area;
	uint64_t	half;		/* which log counts */
	uint64_t	end[2];		/* bytes of each log */
	uint64_t	check[2];	/* its complement, stored first */
	struct keep_nbr	nbrs[KEEP_NBRS];
};

/* Before each LSA in a log; without bytes: it is gone. */
struct record {
	uint32_t	len;		/* of the bytes */
	uint32_t	scope, from;
	uint16_t	age;		/* at `at' */
	uint8_t		flooded, gone;
	int64_t		at;
	struct lsa_key	key;
	uint64_t	sum;		/* of it all but this, and the bytes */
};

struct keep {
	struct header	*h;
	uint8_t		*log[2];
	size_t		 cap;		/* of a log */
	size_t		 live;		/* bytes that count, about */
};

/* What was stored before is there before what is stored after. */
static void
barrier(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}

static size_t
record_size(size_t len)
{
	return (ALIGN(sizeof(struct record) + len));
}

static uint64_t
sum_of(const struct record *r, const uint8_t *bytes)
{
	return (hash_bytes(hash_bytes(MAGIC, r, offsetof(struct record, sum)),
	    bytes, r->len));
}

static void
set_end(struct keep *k, uint64_t half, uint64_t end)
{
	k->h->check[half] = ~end;
	barrier();
	k->h->end[half] = end;
}

struct keep *
keep_new(void *mem, size_t size)
{
	size_t head = ALIGN(sizeof(struct header));
	struct keep *k;

	if (size < head + 2 * SLACK || (k = calloc(1, sizeof(*k))) == NULL)
		return (NULL);
	k->h = mem;
	k->cap = ((size - head) / 2) & ~(size_t)7;
	k->log[0] = (uint8_t *)mem + head;
	k->log[1] = k->log[0] + k->cap;
	return (k);
}

void
keep_free(struct keep *k)
{
	free(k);
}

void
keep_reset(struct keep *k, uint32_t router_id, uint32_t area)
{
	k->h->magic = 0;
	barrier();
	memset(k->h->nbrs, 0, sizeof(k->h->nbrs));
	k->h->half = 0;
	set_end(k, 0, 0);
	set_end(k, 1, 0);
	k->h->reading = 0;
	k->h->router_id = router_id;
	k->h->area = area;
	k->live = 0;
	barrier();
	k->h->magic = MAGIC;
}

/* The record at an offset of the log that counts; NULL past its end. */
static const struct record *
record_at(const struct keep *k, size_t at, struct record *out)
{
	size_t end = k->h->end[k->h->half];
	const uint8_t *p = k->log[k->h->half] + at;

	if (at > end || end - at < sizeof(*out))
		return (NULL);
	memcpy(out, p, sizeof(*out));
	if (out->len > LSA_BYTES_MAX || record_size(out->len) > end - at ||
	    out->sum != sum_of(out, p + sizeof(*out)))
		return (NULL);
	return (out);
}

/* Whether each record is as it was written. */
static bool
whole(const struct keep *k)
{
	struct record r;
	size_t at = 0;

	while (record_at(k, at, &r) != NULL)
		at += record_size(r.len);
	return (at == k->h->end[k->h->half]);
}

bool
keep_open(struct keep *k, uint32_t router_id, uint32_t area)
{
	struct header *h = k->h;

	if (h->magic != MAGIC || h->reading != 0 ||
	    h->router_id != router_id || h->area != area || h->half > 1 ||
	    h->end[h->half] > k->cap || h->check[h->half] !=
	    ~h->end[h->half] || !whole(k)) {
		keep_reset(k, router_id, area);
		return (false);
	}
	h->reading = 1;
	return (true);
}

void
keep_read(struct keep *k)
{
	k->h->reading = 0;
}

/* A later record of the same key is what counts: who reads puts each in place
 * of the one before, and takes those that are gone away. */
bool
keep_next(struct keep *k, size_t *at, struct mono now, struct keep_lsa *out)
{
	struct record r;
	struct rbuf rd;
	int64_t age;

	while (record_at(k, *at, &r) != NULL) {
		out->bytes = k->log[k->h->half] + *at + sizeof(r);
		*at += record_size(r.len);
		memset(&out->h, 0, sizeof(out->h));
		out->h.key = r.key;
		out->from = r.from;
		out->at = r.at;
		out->flooded = r.flooded;
		if (r.gone) {
			out->bytes = NULL;
			return (true);
		}
		if (r.len < LSA_HDR_LEN || r.at > now.ns)
			continue;
		rd = rbuf_make(out->bytes, r.len);
		lsa_hdr_read(&rd, &out->h);
		out->h.key.scope = r.scope;
		age = r.age + (now.ns - r.at) / NS_S(1);
		out->h.age = age > LSA_MAX_AGE ? LSA_MAX_AGE : (uint16_t)age;
		if (out->h.len == r.len)
			return (true);
	}
	return (false);
}

const struct keep_nbr *
keep_nbr(const struct keep *k, uint32_t iid)
{
	size_t i;

	for (i = 0; i < KEEP_NBRS; i++)
		if (k->h->nbrs[i].used != 0 && k->h->nbrs[i].iid == iid)
			return (&k->h->nbrs[i]);
	return (NULL);
}

struct keep_nbr *
keep_nbr_place(struct keep *k, uint32_t iid)
{
	struct keep_nbr *n, *place = NULL;
	size_t i;

	for (i = 0; i < KEEP_NBRS; i++) {
		n = &k->h->nbrs[i];
		if (n->used != 0 && n->iid == iid)
			return (n);
		if (n->used == 0 && place == NULL)
			place = n;
	}
	if (place != NULL)
		place->iid = iid;
	return (place);
}

struct keep_nbr *
keep_nbr_at(struct keep *k, size_t i)
{
	return (i < KEEP_NBRS ? &k->h->nbrs[i] : NULL);
}

void
keep_nbr_set(struct keep_nbr *n, bool full)
{
	barrier();
	n->used = full;
	barrier();
}

/* Append; false: no room. */
static bool
append(struct keep *k, uint64_t half, const struct record *r,
    const uint8_t *bytes)
{
	const uint64_t *end = &k->h->end[half];
	uint8_t *p = k->log[half] + *end;

	if (k->cap - *end < record_size(r->len))
		return (false);
	memcpy(p, r, sizeof(*r));
	if (r->len > 0)
		memcpy(p + sizeof(*r), bytes, r->len);
	barrier();
	set_end(k, half, *end + record_size(r->len));
	return (true);
}

static bool
put(struct keep *k, uint64_t half, const struct lsdb_entry *en,
    struct mono now)
{
	const struct lsa *l = en->lsa;
	struct record r;

	memset(&r, 0, sizeof(r));
	r.len = l->h.len;
	r.scope = l->h.key.scope;
	r.from = en->from;
	r.age = lsa_age(l, now);
	r.flooded = en->flooded;
	r.at = now.ns;
	r.key = l->h.key;
	r.sum = sum_of(&r, l->bytes);
	return (append(k, half, &r, l->bytes));
}

/* All that counts goes to the other log, which then is the one. */
static void
compact(struct keep *k, struct lsdb *db, struct mono now)
{
	uint64_t other = 1 - k->h->half;
	const struct lsdb_entry *en;

	set_end(k, other, 0);
	TAILQ_FOREACH(en, lsdb_all(db), all)
		if (!put(k, other, en, now)) {
			/* too much to keep: better nothing than a part */
			keep_reset(k, k->h->router_id, k->h->area);
			k->h->magic = 0;
			return;
		}
	barrier();
	k->h->half = other;
	barrier();
	k->live = k->h->end[other];
}

void
keep_put(struct keep *k, struct lsdb *db, const struct lsdb_entry *en,
    struct mono now)
{
	if (k->h->magic != MAGIC)
		return;
	if (k->h->end[k->h->half] > 2 * k->live + SLACK ||
	    !put(k, k->h->half, en, now))
		compact(k, db, now);
}

void
keep_del(struct keep *k, struct lsdb *db, const struct lsa_key *key,
    struct mono now)
{
	struct record r;

	if (k->h->magic != MAGIC)
		return;
	memset(&r, 0, sizeof(r));
	r.gone = 1;
	r.at = now.ns;
	r.key = *key;
	r.sum = sum_of(&r, NULL);
	if (!append(k, k->h->half, &r, NULL))
		compact(k, db, now);
}
