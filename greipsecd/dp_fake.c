/* SPDX-License-Identifier: ISC */
/* runs in: tests.  See dp.h: a data path that remembers and does nothing. */
#include <errno.h>
#include <stdlib.h>

#include "greipsecd/dp.h"

#define CALLS_MAX	512
#define HELD_MAX	128

struct fake {
	struct dp		 dp;
	const struct dp_report	*rep;
	void			*ctx;
	int			 error;
	struct dp_record	 calls[CALLS_MAX];
	size_t			 n_calls;
	struct sa_ref		 sas[HELD_MAX];
	size_t			 n_sas;
	uint32_t		 tids[HELD_MAX];
	size_t			 n_tids;
};

static void
record(struct fake *f, enum dp_call what, uint32_t tid, uint32_t spi,
    bool flag)
{
	struct dp_record r = { .what = what, .tid = tid, .spi = spi,
	    .flag = flag };

	if (f->n_calls < CALLS_MAX)
		f->calls[f->n_calls++] = r;
}

static size_t
find_tid(const struct fake *f, uint32_t tid)
{
	size_t i;

	for (i = 0; i < f->n_tids; i++)
		if (f->tids[i] == tid)
			break;
	return (i);
}

static int
fake_tunnel_set(struct dp *dp, const struct esp_tunnel *t, const char *ifname,
    bool reopen, uint32_t *index)
{
	struct fake *f = (struct fake *)dp;

	(void)ifname;
	record(f, DP_TUNNEL_SET, t->tid, 0, reopen);
	if (f->error != 0 || f->n_tids == HELD_MAX) {
		errno = f->error != 0 ? f->error : ENOMEM;
		return (-1);
	}
	if (find_tid(f, t->tid) == f->n_tids)
		f->tids[f->n_tids++] = t->tid;
	*index = t->tid + 100;
	return (0);
}

static int
fake_tunnel_del(struct dp *dp, uint32_t tid)
{
	struct fake *f = (struct fake *)dp;
	size_t i = find_tid(f, tid);

	record(f, DP_TUNNEL_DEL, tid, 0, false);
	if (i < f->n_tids)
		f->tids[i] = f->tids[--f->n_tids];
	for (i = 0; i < f->n_sas;)
		if (f->sas[i].tid == tid)
			f->sas[i] = f->sas[--f->n_sas];
		else
			i++;
	return (0);
}

static int
fake_sa_add(struct dp *dp, const struct sa_spec *sa)
{
	struct fake *f = (struct fake *)dp;
	struct sa_ref r = { .tid = sa->tid, .dir = sa->dir, .spi = sa->spi };
	struct sa_done d = { .tid = sa->tid, .dir = sa->dir, .spi = sa->spi };

	record(f, DP_SA_ADD, sa->tid, sa->spi, false);
	if (find_tid(f, sa->tid) == f->n_tids) {
		errno = ENOENT;
		return (-1);
	}
	d.error = (uint32_t)f->error;
	if (f->error == 0 && f->n_sas < HELD_MAX)
		f->sas[f->n_sas++] = r;
	f->rep->done(f->ctx, &d);
	return (0);
}

static int
fake_sa_del(struct dp *dp, const struct sa_ref *ref)
{
	struct fake *f = (struct fake *)dp;
	size_t i;

	record(f, DP_SA_DEL, ref->tid, ref->spi, false);
	for (i = 0; i < f->n_sas; i++)
		if (f->sas[i].tid == ref->tid && f->sas[i].dir == ref->dir &&
		    f->sas[i].spi == ref->spi) {
			f->sas[i] = f->sas[--f->n_sas];
			break;
		}
	return (0);
}

static int
fake_policy(struct dp *dp, const struct addr *local, const struct addr *remote,
    bool block)
{
	(void)local;
	(void)remote;
	record((struct fake *)dp, DP_POLICY_SET, 0, 0, block);
	return (0);
}

static void
fake_worker(struct dp *dp, bool up)
{
	struct fake *f = (struct fake *)dp;

	record(f, DP_WORKER, 0, 0, up);
	if (!up)
		f->n_sas = 0;
}

static void
fake_free(struct dp *dp)
{
	free(dp);
}

static const struct dp_ops fake_ops = {
	.name = "fake",
	.caps = DP_NEEDS_WORKER,
	.tunnel_set = fake_tunnel_set,
	.tunnel_del = fake_tunnel_del,
	.sa_add = fake_sa_add,
	.sa_del = fake_sa_del,
	.policy = fake_policy,
	.worker = fake_worker,
	.free = fake_free
};

struct dp *
dp_fake_new(const struct dp_report *rep, void *ctx)
{
	struct fake *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return (NULL);
	f->dp.ops = &fake_ops;
	f->rep = rep;
	f->ctx = ctx;
	return (&f->dp);
}

void
dp_fake_error(struct dp *dp, int error)
{
	((struct fake *)dp)->error = error;
}

size_t
dp_fake_calls(const struct dp *dp)
{
	return (((const struct fake *)dp)->n_calls);
}

const struct dp_record *
dp_fake_call(const struct dp *dp, size_t i)
{
	const struct fake *f = (const struct fake *)dp;

	return (i < f->n_calls ? &f->calls[i] : NULL);
}

size_t
dp_fake_sas(const struct dp *dp)
{
	return (((const struct fake *)dp)->n_sas);
}

size_t
dp_fake_tunnels(const struct dp *dp)
{
	return (((const struct fake *)dp)->n_tids);
}
