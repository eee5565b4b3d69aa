/* SPDX-License-Identifier: ISC */
/* runs in: main.  See fib_set.h. */
#include <stdlib.h>
#include <string.h>

#include "greipsecd/fib_set.h"

static int
row_cmp(const struct fib_row *a, const struct fib_row *b)
{
	int c = prefix_cmp(&a->route.prefix, &b->route.prefix);

	if (c != 0)
		return (c);
	if (a->route.metric != b->route.metric)
		return (a->route.metric < b->route.metric ? -1 : 1);
	return ((int)a->route.ours - (int)b->route.ours);
}

/* What prefix_cmp() looks at first, as a number. */
static uint64_t
head_of(const struct prefix *p)
{
	uint64_t h = p->addr.family;
	size_t i;

	for (i = 0; i < 7; i++)
		h = h << 8 | p->addr.b[i];
	return (h);
}

/* Index of the first element that is not before key. */
static size_t
fib_set_lower(const struct fib_set *s, const struct fib_row *key)
{
	uint64_t head = head_of(&key->route.prefix);
	size_t lo = 0, hi = s->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (s->head[mid] < head || (s->head[mid] == head &&
		    row_cmp(s->v[mid], key) < 0))
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

struct fib_row *
fib_set_find(const struct fib_set *s, const struct prefix *p, uint32_t metric,
    bool ours)
{
	struct fib_row key = { .route.prefix = *p, .route.metric = metric,
	    .route.ours = ours };
	size_t i = fib_set_lower(s, &key);

	if (i < s->n && row_cmp(s->v[i], &key) == 0)
		return (s->v[i]);
	return (NULL);
}

static int
grow(struct fib_set *s)
{
	size_t cap = s->cap == 0 ? 64 : s->cap * 2;
	struct fib_row **v;
	uint64_t *head;

	if ((v = reallocarray(s->v, cap, sizeof(*v))) == NULL)
		return (-1);
	s->v = v;
	if ((head = reallocarray(s->head, cap, sizeof(*head))) == NULL)
		return (-1);
	s->head = head;
	s->cap = cap;
	return (0);
}

struct fib_row *
fib_set_place(struct fib_set *s, const struct fib_row *row)
{
	size_t i = fib_set_lower(s, row);
	struct fib_row *r;

	if (i < s->n && row_cmp(s->v[i], row) == 0)
		return (s->v[i]);
	if ((s->n == s->cap && grow(s) == -1) ||
	    (r = malloc(sizeof(*r))) == NULL)
		return (NULL);
	*r = *row;
	memmove(s->v + i + 1, s->v + i, (s->n - i) * sizeof(*s->v));
	memmove(s->head + i + 1, s->head + i, (s->n - i) * sizeof(*s->head));
	s->v[i] = r;
	s->head[i] = head_of(&r->route.prefix);
	s->n++;
	return (r);
}

void
fib_set_remove(struct fib_set *s, const struct prefix *p, uint32_t metric,
    bool ours)
{
	struct fib_row key = { .route.prefix = *p, .route.metric = metric,
	    .route.ours = ours };
	size_t i = fib_set_lower(s, &key);

	if (i == s->n || row_cmp(s->v[i], &key) != 0)
		return;
	free(s->v[i]);
	s->n--;
	memmove(s->v + i, s->v + i + 1, (s->n - i) * sizeof(*s->v));
	memmove(s->head + i, s->head + i + 1, (s->n - i) * sizeof(*s->head));
}

void
fib_set_clear(struct fib_set *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		free(s->v[i]);
	s->n = 0;
}

void
fib_set_free(struct fib_set *s)
{
	fib_set_clear(s);
	free(s->v);
	free(s->head);
}

void
fib_set_filter(struct fib_set *s, bool (*drop)(const struct fib_row *))
{
	size_t i, k = 0;

	for (i = 0; i < s->n; i++) {
		if (drop(s->v[i])) {
			free(s->v[i]);
			continue;
		}
		s->head[k] = s->head[i];
		s->v[k++] = s->v[i];
	}
	s->n = k;
}

size_t
fib_set_first(const struct fib_set *s, const struct prefix *p)
{
	struct fib_row key = { .route.prefix = *p };

	return (fib_set_lower(s, &key));
}

struct fib_row *
fib_set_match(const struct fib_set *s, const struct addr *a)
{
	struct prefix p;
	size_t i;
	int len;

	for (len = addr_bits(a); len >= 0; len--) {
		p = prefix_make(a, (uint8_t)len);
		i = fib_set_first(s, &p);
		if (i < s->n && prefix_eq(&s->v[i]->route.prefix, &p))
			return (s->v[i]);
	}
	return (NULL);
}
