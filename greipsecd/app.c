/* SPDX-License-Identifier: ISC */
/* runs in: main.  See apply.h: what is to be done, and doing it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/apply.h"
#include "greipsecd/daemon.h"
#include "greipsecd/events.h"
#include "greipsecd/notify.h"
#include "lib/clock.h"
#include "lib/log.h"

void
app_dirty(struct app *a, unsigned dirt)
{
	bool idle = a->dirt == 0;

	a->dirt |= dirt;
	if (idle && a->dirt != 0 && a->wake != NULL)
		a->wake();
}

void
app_init(struct app *a)
{
	size_t i;

	a->dirt = 0;
	for (i = 0; i <= DIRT_N; i++)
		a->later[i] = MONO_NEVER;
}

void
app_again(struct app *a, unsigned dirt, int64_t ns)
{
	struct mono at = mono_add(mono_now(), ns);
	size_t i;

	for (i = 0; i <= DIRT_N; i++)
		if (i == DIRT_N ? dirt == 0 : (dirt & 1U << i) != 0)
			a->later[i] = mono_min(a->later[i], at);
	if (a->wake != NULL)
		a->wake();
}

void
app_free(struct app *a)
{
	size_t i;

	for (i = 0; i < a->n_tunnels; i++)
		apply_tunnel_free(a->tunnels[i]);
	if (a->dp != NULL)
		a->dp->ops->free(a->dp);
	fib_free(a->fib);
	nat_close(a->nat);
	conf_free(a->conf);
	conf_free(a->undo);
	free(a->tunnels);
	free(a->lans);
	free(a->links);
	free(a->addrs);
}

/* tid and iid rise together along the array. */
static struct app_tunnel *
search(const struct app *a, uint32_t id, size_t off)
{
	size_t lo = 0, hi = a->n_tunnels, mid;
	uint32_t at;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		memcpy(&at, (const char *)a->tunnels[mid] + off, sizeof(at));
		if (at == id)
			return (a->tunnels[mid]);
		if (at < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (NULL);
}

struct app_tunnel *
app_tunnel(const struct app *a, uint32_t tid)
{
	return (search(a, tid, offsetof(struct app_tunnel, tid)));
}

struct app_tunnel *
app_iface(const struct app *a, uint32_t iid)
{
	return (search(a, iid, offsetof(struct app_tunnel, iid)));
}

struct app_tunnel *
app_tunnel_named(const struct app *a, const char *name)
{
	size_t i;

	for (i = 0; i < a->n_tunnels; i++)
		if (strcmp(a->tunnels[i]->ct->name, name) == 0)
			return (a->tunnels[i]);
	return (NULL);
}

/* Addresses came: perhaps now we know who we are. */
/* It was taken for what it was before, and an address that tells is here. */
static bool
knows_better(const struct app *a)
{
	size_t i;

	for (i = 0; a->conf->global.guessed && i < a->conf->n_sites; i++)
		if (kernel_is_local(a, &a->conf->sites[i].address))
			return (true);
	return (false);
}

static void
try_conf(struct app *a, struct mono now)
{
	static const struct ctl_reload q;
	char why[160];

	if (a->conf == NULL || knows_better(a))
		(void)apply_reload(a, &q, now, NULL, why, sizeof(why));
}

/* Nobody confirmed.  Without memory now, there is some later. */
static void
try_undo(struct app *a, struct mono now)
{
	char why[160];

	if (a->undo == NULL || !mono_due(a->undo_due, now))
		return;
	if (apply_undo(a, now, "nobody confirmed it", why, sizeof(why)) == -1)
		a->undo_due = mono_add(now, NS_S(1));
}

static void
all_mtus(struct app *a)
{
	size_t i;

	for (i = 0; i < a->n_tunnels; i++)
		apply_mtu(a, a->tunnels[i]);
}

/* Take one kind of dirt; what doing it brings up is seen afterwards. */
static bool
take(struct app *a, unsigned dirt)
{
	bool was = (a->dirt & dirt) != 0;

	a->dirt &= ~dirt;
	return (was);
}

/* Once through, in the order in which one thing leads to another. */
static void
once(struct app *a, struct mono now)
{
	if (take(a, DIRT_LOST))
		kernel_resync(a);
	if (take(a, DIRT_CONF))
		try_conf(a, now);
	if (take(a, DIRT_GUARDS))
		kernel_guards(a);
	if (take(a, DIRT_BYPASS))
		kernel_bypass(a);
	if (take(a, DIRT_MTU))
		all_mtus(a);
	if (take(a, DIRT_LINKS))
		kernel_links(a, now);
	if (take(a, DIRT_LAN))
		lan_sync(a);
	if (take(a, DIRT_ROUTES))
		kernel_routes_again(a);
	/* who waits for a configuration leaves the guards of the life before */
	if (take(a, DIRT_FIB) && a->conf != NULL)
		kernel_fib(a, now);
	if (take(a, DIRT_NAT))
		kernel_nat(a);
	if (take(a, DIRT_KNOBS))
		kernel_knobs(a);
	if (take(a, DIRT_TRY))
		apply_try(a);
}

static void
tell_status(const struct app *a)
{
	size_t i, up = 0;

	for (i = 0; i < a->n_tunnels; i++)
		up += a->tunnels[i]->state == TUN_UP;
	notify_tunnels(up, a->n_tunnels);
}

int
app_keep(struct app *a)
{
	int error = 0;

	if (state_write(a->opt->statedir, &a->state) == -1)
		error = errno;
	if (error != 0 && error != a->keep_error) {
		errno = error;
		log_warn("%s: state is not kept", a->opt->statedir);
	}
	a->keep_error = error;
	return (error == 0 ? 0 : -1);
}

/* For the life after this one. */
static struct mono
alive(struct app *a, struct mono now)
{
	if (mono_due(a->alive, now)) {
		daemon_alive();
		a->alive = mono_add(now, NS_S(DAEMON_ALIVE_S));
	}
	return (a->alive);
}

/* What was put off until now. */
static void
due(struct app *a, struct mono now)
{
	size_t i;

	for (i = 0; i <= DIRT_N; i++)
		if (mono_due(a->later[i], now)) {
			a->dirt |= i < DIRT_N ? 1U << i : 0;
			a->later[i] = MONO_NEVER;
		}
}

struct mono
app_work(struct app *a, struct mono now)
{
	struct mono next;
	size_t i;
	int round;

	due(a, now);
	try_undo(a, now);
	/* a few rounds; what still moves then moves by itself */
	for (round = 0; round < 4 && a->dirt != 0; round++)
		once(a, now);
	tell_status(a);
	next = mono_min(apply_old_sas(a, now), notify_alive(now));
	next = mono_min(next, apply_downs(a, now));
	next = mono_min(next, alive(a, now));
	for (i = 0; i <= DIRT_N; i++)
		next = mono_min(next, a->later[i]);
	if (a->undo != NULL)
		next = mono_min(next, a->undo_due);
	return (a->dirt != 0 ? mono_add(now, NS_MS(20)) : next);
}
