/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See dp.h.  The user-space data path: a TUN device per tunnel
 * and the sockets are opened here and handed to the esp process, which holds
 * the SAs.  The descriptors stay open here too: the device keeps its carrier
 * and the group on UDP 4500 its order while esp is replaced.  No key is kept.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/dp.h"
#include "greipsecd/os.h"
#include "greipsecd/sock.h"

struct tun {
	struct esp_tunnel	spec;
	char			ifname[OS_IFNAME_MAX];
	uint32_t		index;
	int			fd;
};

struct user {
	struct dp		 dp;
	struct os		*os;
	dp_send_fn		*send;
	const struct dp_report	*rep;
	void			*ctx;
	bool			 up;
	int			 socks[ESP_SOCK_N];
	int			 natt_ike[2];
	struct tun		**tuns;		/* by tid, rising */
	size_t			 n_tuns;
	struct sa_ref		*pending;	/* sent, not answered */
	size_t			 n_pending, cap_pending;
};

static size_t
lower(const struct user *u, uint32_t tid)
{
	size_t lo = 0, hi = u->n_tuns, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (u->tuns[mid]->spec.tid < tid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

static struct tun *
find(const struct user *u, uint32_t tid)
{
	size_t i = lower(u, tid);

	return (i < u->n_tuns && u->tuns[i]->spec.tid == tid ? u->tuns[i] :
	    NULL);
}

static struct tun *
insert(struct user *u, uint32_t tid)
{
	struct tun **v, *t;
	size_t i = lower(u, tid);

	v = reallocarray(u->tuns, u->n_tuns + 1, sizeof(*v));
	if (v == NULL)
		return (NULL);
	u->tuns = v;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (NULL);
	t->spec.tid = tid;
	t->fd = -1;
	memmove(v + i + 1, v + i, (u->n_tuns - i) * sizeof(*v));
	v[i] = t;
	u->n_tuns++;
	return (t);
}

static int
dup_fd(int fd)
{
	return (fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

/* Tell esp of a tunnel, with its descriptor when fresh. */
static int
send_tunnel(struct user *u, const struct tun *t, bool fresh)
{
	int fd = -1;

	if (!u->up)
		return (0);	/* it gets all when it comes */
	if (fresh && (fd = dup_fd(t->fd)) == -1)
		return (-1);
	return (u->send(u->ctx, M_ESP_TUNNEL, fd, &esp_tunnel_fld, &t->spec));
}

static int
attach(struct user *u, struct tun *t)
{
	int fd;

	/* the device takes one owner: the old one, when it is still there,
	 * is another device by that name */
	if (t->fd != -1)
		(void)close(t->fd);
	t->fd = -1;
	t->index = 0;
	if ((fd = os_tun_open(u->os, t->ifname, &t->index)) == -1)
		return (-1);
	t->fd = fd;
	return (0);
}

static int
user_tunnel_set(struct dp *dp, const struct esp_tunnel *spec,
    const char *ifname, bool reopen, uint32_t *index)
{
	struct user *u = (struct user *)dp;
	struct tun *t = find(u, spec->tid);
	bool fresh;

	if (t == NULL && (t = insert(u, spec->tid)) == NULL)
		return (-1);
	t->spec = *spec;
	(void)snprintf(t->ifname, sizeof(t->ifname), "%s", ifname);
	fresh = reopen || t->fd == -1;
	if (fresh && attach(u, t) == -1)
		return (-1);
	*index = t->index;
	/* an esp that just went: its successor gets all when it comes */
	if (send_tunnel(u, t, fresh) == 0 || errno == EPIPE)
		return (0);
	return (-1);
}

static int
user_tunnel_del(struct dp *dp, uint32_t tid)
{
	struct user *u = (struct user *)dp;
	struct esp_tid id = { .tid = tid };
	size_t i = lower(u, tid);

	if (i == u->n_tuns || u->tuns[i]->spec.tid != tid)
		return (0);
	if (u->tuns[i]->fd != -1)
		(void)close(u->tuns[i]->fd);
	free(u->tuns[i]);
	u->n_tuns--;
	memmove(u->tuns + i, u->tuns + i + 1,
	    (u->n_tuns - i) * sizeof(*u->tuns));
	if (!u->up)
		return (0);
	return (u->send(u->ctx, M_ESP_TUNNEL_DEL, -1, &esp_tid_fld, &id));
}

static int
remember(struct user *u, const struct sa_spec *sa)
{
	struct sa_ref *v;
	size_t cap;

	if (u->n_pending == u->cap_pending) {
		cap = u->cap_pending == 0 ? 16 : u->cap_pending * 2;
		v = reallocarray(u->pending, cap, sizeof(*v));
		if (v == NULL)
			return (-1);
		u->pending = v;
		u->cap_pending = cap;
	}
	v = &u->pending[u->n_pending++];
	v->tid = sa->tid;
	v->dir = sa->dir;
	v->spi = sa->spi;
	return (0);
}

static int
user_sa_add(struct dp *dp, const struct sa_spec *sa)
{
	struct user *u = (struct user *)dp;

	if (!u->up) {
		errno = EAGAIN;
		return (-1);
	}
	if (find(u, sa->tid) == NULL) {
		errno = ENOENT;
		return (-1);
	}
	if (remember(u, sa) == -1)
		return (-1);
	if (u->send(u->ctx, M_ESP_SA_ADD, -1, &sa_spec_fld, sa) == 0)
		return (0);
	u->n_pending--;
	errno = EPIPE;
	return (-1);
}

static int
user_sa_del(struct dp *dp, const struct sa_ref *ref)
{
	struct user *u = (struct user *)dp;

	if (!u->up)
		return (0);	/* they died with it */
	return (u->send(u->ctx, M_ESP_SA_DEL, -1, &sa_ref_fld, ref));
}

static bool
take_pending(struct user *u, const struct sa_done *d)
{
	struct sa_ref *p;
	size_t i;

	for (i = 0; i < u->n_pending; i++) {
		p = &u->pending[i];
		if (p->tid == d->tid && p->dir == d->dir && p->spi == d->spi) {
			*p = u->pending[--u->n_pending];
			return (true);
		}
	}
	return (false);
}

bool
dp_user_done(struct dp *dp, const struct sa_done *d)
{
	struct user *u = (struct user *)dp;

	if (!take_pending(u, d))
		return (false);
	u->rep->done(u->ctx, d);
	return (true);
}

static int
user_policy(struct dp *dp, const struct addr *local, const struct addr *remote,
    bool block)
{
	/* GRE leaves by esp only, and esp seals or drops it */
	(void)dp;
	(void)local;
	(void)remote;
	(void)block;
	return (0);
}

static void
lost(struct user *u)
{
	struct sa_done d = { .error = EPIPE };

	while (u->n_pending > 0) {
		u->n_pending--;
		d.tid = u->pending[u->n_pending].tid;
		d.dir = u->pending[u->n_pending].dir;
		d.spi = u->pending[u->n_pending].spi;
		u->rep->done(u->ctx, &d);
	}
}

static void
user_worker(struct dp *dp, bool up)
{
	struct user *u = (struct user *)dp;
	struct esp_sock s;
	size_t i;
	int k;

	u->up = up;
	if (!up) {
		lost(u);
		return;
	}
	for (k = 0; k < ESP_SOCK_N; k++) {
		if (u->socks[k] == -1)
			continue;
		s.kind = (enum esp_sock_kind)k;
		(void)u->send(u->ctx, M_ESP_SOCK, dup_fd(u->socks[k]),
		    &esp_sock_fld, &s);
	}
	for (i = 0; i < u->n_tuns; i++)
		if (u->tuns[i]->fd != -1)
			(void)send_tunnel(u, u->tuns[i], true);
}

static void
user_free(struct dp *dp)
{
	struct user *u = (struct user *)dp;
	size_t i;
	int k;

	for (i = 0; i < u->n_tuns; i++) {
		if (u->tuns[i]->fd != -1)
			(void)close(u->tuns[i]->fd);
		free(u->tuns[i]);
	}
	for (k = 0; k < ESP_SOCK_N; k++)
		if (u->socks[k] != -1)
			(void)close(u->socks[k]);
	for (k = 0; k < 2; k++)
		if (u->natt_ike[k] != -1)
			(void)close(u->natt_ike[k]);
	free(u->tuns);
	free(u->pending);
	free(u);
}

static const struct dp_ops user_ops = {
	.name = "user",
	.caps = DP_NEEDS_WORKER,
	.tunnel_set = user_tunnel_set,
	.tunnel_del = user_tunnel_del,
	.sa_add = user_sa_add,
	.sa_del = user_sa_del,
	.policy = user_policy,
	.worker = user_worker,
	.free = user_free
};

/* A host without IPv6 has no such sockets, and needs none. */
static int
open_socks(struct user *u, const char **why)
{
	*why = "raw socket for ESP (protocol 50)";
	if ((u->socks[ESP_SOCK_RAW4] = sock_esp(ADDR_V4)) == -1)
		return (-1);
	*why = "raw socket for GRE (protocol 47)";
	if ((u->socks[ESP_SOCK_GRE4] = sock_gre(ADDR_V4)) == -1)
		return (-1);
	*why = "UDP port 4500";
	if (sock_natt(ADDR_V4, &u->natt_ike[0],
	    &u->socks[ESP_SOCK_UDP4]) == -1)
		return (-1);
	u->socks[ESP_SOCK_RAW6] = sock_esp(ADDR_V6);
	u->socks[ESP_SOCK_GRE6] = sock_gre(ADDR_V6);
	*why = "UDP port 4500, IPv6";
	if (sock_natt(ADDR_V6, &u->natt_ike[1],
	    &u->socks[ESP_SOCK_UDP6]) == 0)
		return (0);
	u->natt_ike[1] = u->socks[ESP_SOCK_UDP6] = -1;
	return (errno == EADDRINUSE ? -1 : 0);
}

struct dp *
dp_user_new(struct os *os, dp_send_fn *send, const struct dp_report *rep,
    void *ctx, int ike_fds[2], const char **why)
{
	struct user *u;
	int k;

	*why = "memory";
	if ((u = calloc(1, sizeof(*u))) == NULL)
		return (NULL);
	u->dp.ops = &user_ops;
	u->os = os;
	u->send = send;
	u->rep = rep;
	u->ctx = ctx;
	u->natt_ike[0] = u->natt_ike[1] = -1;
	for (k = 0; k < ESP_SOCK_N; k++)
		u->socks[k] = -1;
	if (open_socks(u, why) == -1) {
		k = errno;
		user_free(&u->dp);
		errno = k;
		return (NULL);
	}
	ike_fds[0] = u->natt_ike[0];
	ike_fds[1] = u->natt_ike[1];
	return (&u->dp);
}
