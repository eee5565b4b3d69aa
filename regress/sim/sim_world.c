/* SPDX-License-Identifier: ISC */
/* See sim.h.  Worlds, and what is done to them. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define QUIET_MS	260000	/* the longest that healing may take */
#define HEAP_SLACK	4096	/* bytes a site: what is under way */
#define HEAP_LIFE	8192	/* ... tables that grew and do not shrink */
#define REST_MS		90000	/* no rekey is under way by then, once */
#define SITES_MIN	3
#define SITES_MAX	8
#define ROUNDS		3
#define HUB_SITES	1000
#define MESH_SITES	45

/* --- what may happen --- */

static struct sim_link *
any_link(struct sim *s)
{
	return (&s->link[sim_random(s, s->n_links)]);
}

static struct sim_end *
any_end(struct sim *s)
{
	return (&any_link(s)->end[sim_random(s, 2)]);
}

static struct sim_site *
any_site(struct sim *s)
{
	return (&s->site[sim_random(s, s->n_sites)]);
}

static void
weather(struct sim *s)
{
	struct sim_link *l = any_link(s);

	l->loss = sim_chance(s, 50) ? (unsigned int)sim_random(s, 31) : 0;
	l->dup = sim_chance(s, 30) ? (unsigned int)sim_random(s, 21) : 0;
	l->delay = NS_MS(1 + (int64_t)sim_random(s, 300));
	l->jitter = sim_chance(s, 30) ? l->delay : 0;
	sim_say(s, "link s%zu-s%zu: loss %u %%, dup %u %%, delay %lld ms, "
	    "jitter %lld ms", l->end[0].site->idx, l->end[1].site->idx,
	    l->loss, l->dup, (long long)(l->delay / NS_MS(1)),
	    (long long)(l->jitter / NS_MS(1)));
}

static void
cut(struct sim *s)
{
	struct sim_link *l = any_link(s);
	uint64_t how = sim_random(s, 4);

	l->cut[0] = how == 1 || how == 3;
	l->cut[1] = how == 2 || how == 3;
	sim_say(s, "link s%zu-s%zu: cut %d %d", l->end[0].site->idx,
	    l->end[1].site->idx, l->cut[0], l->cut[1]);
}

/* Some sites against the rest, or all together again. */
static void
partition(struct sim *s)
{
	uint64_t side = sim_chance(s, 40) ? 0 : sim_random(s, 256);
	struct sim_link *l;
	size_t i;

	sim_say(s, "partition %02llx", (unsigned long long)side);
	for (i = 0; i < s->n_links; i++) {
		l = &s->link[i];
		l->cut[0] = l->cut[1] = (side >> l->end[0].site->idx & 1) !=
		    (side >> l->end[1].site->idx & 1);
	}
}

static void
crash(struct sim *s)
{
	struct sim_site *t = any_site(s);

	if (t->gone)
		return;
	if (!t->alive) {
		sim_boot(t, sim_chance(s, 70));
		return;
	}
	if (sim_chance(s, 30))
		sim_stop(t);
	else
		sim_crash(t);
	if (sim_chance(s, 30))
		t->wall_off += sim_chance(s, 50) ? 86400 :
		    -(int64_t)sim_random(s, 100000000);
	if (sim_chance(s, 50))
		sim_boot(t, sim_chance(s, 70));
}

static void
end_process(struct sim *s, struct sim_site *t)
{
	if (sim_chance(s, 50))
		sim_crash_ospf(t);
	else
		sim_crash_ike(t);
}

static void
crash_process(struct sim *s)
{
	struct sim_site *t = any_site(s);

	if (t->alive)
		end_process(s, t);
}

static void
cost(struct sim *s)
{
	struct sim_end *e = any_end(s);

	e->ospf.cost = (uint16_t)(1 + sim_random(s, 20));
	sim_say(s, "s%zu %s: cost %u", e->site->idx, e->ike.name,
	    e->ospf.cost);
	sim_conf(e);
}

/* Another suite at both ends, one after the other, and new SAs under it. */
static void
suite(struct sim *s)
{
	static const char *const names[] = { "aes128gcm16", "aes256gcm16",
	    "aes128-sha256", "chacha20poly1305", "aes128gcm16-x25519" };
	const char *name = names[sim_random(s, 5)], *why, *bad;
	struct sim_link *l = any_link(s);
	struct sim_end *e;
	size_t len;
	int i;

	sim_say(s, "link s%zu-s%zu: %s", l->end[0].site->idx,
	    l->end[1].site->idx, name);
	for (i = 0; i < 2; i++) {
		e = &l->end[i];
		if (proposal_parse(name, PROTO_ESP, &e->ike.esp[0], &why, &bad,
		    &len) == -1)
			abort();
		sim_conf(e);
		sim_run(s, (int64_t)sim_random(s, 1000));
	}
	if (l->there && l->end[0].site->alive)
		sim_kick(&l->end[0], KICK_REKEY_CHILD);
}

/* A second MD5 key that both accept, then both send it, then the first goes. */
static void
ospf_key(struct sim *s)
{
	struct sim_link *l = any_link(s);
	uint8_t id = (uint8_t)(l->end[0].ospf.keys[0].id % 200 + 1);
	struct ospf_iface *c;
	int step, i;

	sim_say(s, "link s%zu-s%zu: MD5 key %u", l->end[0].site->idx,
	    l->end[1].site->idx, id);
	for (step = 0; step < 3; step++) {
		for (i = 0; i < 2; i++) {
			c = &l->end[i].ospf;
			if (step == 0) {
				c->keys[c->n_keys++] = (struct ospf_key){
				    .id = id, .n_key = 4,
				    .key = { 'k', 'e', 'y', id } };
			} else if (step == 1)
				c->send_key = id;
			else {
				c->keys[0] = c->keys[1];
				c->n_keys = 1;
			}
			sim_conf(&l->end[i]);
			sim_run(s, (int64_t)sim_random(s, 500));
		}
	}
}

/* Another PSK: both ends take the old and the new one for a while, or they do
 * not and refuse each other. */
static void
psk(struct sim *s)
{
	struct sim_link *l = any_link(s);
	bool both = sim_chance(s, 50);
	int step, i;

	if (l->end[0].ike.auth != AUTH_PSK)
		return;
	l->psk++;
	sim_say(s, "link s%zu-s%zu: PSK %u%s", l->end[0].site->idx,
	    l->end[1].site->idx, l->psk, both ? ", the old one as well" : "");
	for (step = both ? 0 : 2; step < 3; step++)
		for (i = 0; i < 2; i++) {
			if (step == 0)
				sim_psk(&l->end[i], l->psk, l->psk + 1);
			else
				sim_psk(&l->end[i], l->psk + 1,
				    step == 1 ? l->psk : 0);
			if (sim_chance(s, 40) && l->there)
				sim_kick(&l->end[i], KICK_RESTART);
			sim_run(s, (int64_t)sim_random(s, 3000));
		}
}

/* What a site announces: at another cost, or not at all. */
static void
stub(struct sim *s)
{
	struct sim_site *t = any_site(s);

	t->stub_off = sim_chance(s, 25);
	t->stub_cost = (uint16_t)(1 + sim_random(s, 20));
	sim_say(s, "s%zu announces its network%s, cost %u", t->idx,
	    t->stub_off ? " no more" : "", t->stub_cost);
	if (t->alive)
		sim_conf_stub(t);
}

/* The NAT before a site forgets its ports and gives others. */
static void
nat_remap(struct sim *s)
{
	struct sim_site *t = &s->site[s->n_sites - 1];

	if (!t->nat)
		return;
	t->nat_epoch++;
	sim_say(s, "s%zu has other ports", t->idx);
}

/* The clock of a site that runs is set an hour on or back; chance sometimes
 * ends a process of it then. */
static void
clock_step(struct sim *s)
{
	struct sim_site *t = any_site(s);

	t->wall_off += sim_chance(s, 50) ? 3600 : -3600;
	sim_say(s, "s%zu: clock off by %lld s", t->idx, (long long)t->wall_off);
	if (t->alive && sim_chance(s, 50))
		end_process(s, t);
}

static void
config_link(struct sim *s)
{
	struct sim_link *l = any_link(s);

	if (l->there)
		sim_unlink(l);
	else
		sim_relink(l);
}

static void
operator(struct sim *s)
{
	static const enum ike_kick_what what[] = { KICK_REKEY_CHILD,
	    KICK_REKEY_IKE, KICK_RESTART, KICK_TRY_NOW, KICK_DOWN, KICK_UP };
	struct sim_end *e = any_end(s);
	uint64_t i = sim_random(s, 7);

	if (!e->link->there || !e->site->alive)
		return;
	sim_say(s, "s%zu %s: operator's %llu", e->site->idx, e->ike.name,
	    (unsigned long long)i);
	if (i == 6)
		sim_clear(e);
	else
		sim_kick(e, what[i]);
}

static void
act(struct sim *s)
{
	static void (*const acts[])(struct sim *) = { weather, weather, cut,
	    cut, partition, crash, crash, crash_process, cost, cost, suite,
	    ospf_key, config_link, operator, operator, psk, stub, nat_remap,
	    clock_step };

	acts[sim_random(s, sizeof(acts) / sizeof(acts[0]))](s);
	sim_look(s);
}

/* --- quiet --- */

/* Good weather; what is cut or out of the configuration stays so on some
 * links, if few says so. */
static void
calm(struct sim *s, bool few)
{
	struct sim_link *l;
	size_t i;
	int k;

	sim_say(s, "calm");
	for (i = 0; i < s->n_sites; i++)
		if (!s->site[i].alive && !s->site[i].gone)
			sim_boot(&s->site[i], sim_chance(s, 70));
	for (i = 0; i < s->n_links; i++) {
		l = &s->link[i];
		l->loss = l->dup = 0;
		l->jitter = 0;
		if (!l->there && (!few || sim_chance(s, 60)))
			sim_relink(l);
		if (!few || sim_chance(s, 60))
			l->cut[0] = l->cut[1] = false;
		for (k = 0; k < 2; k++)
			if (l->end[k].admin_down)
				sim_kick(&l->end[k], KICK_UP);
	}
	sim_look(s);
}

/* What does not hold, as a check left it. */
struct found {
	char		 text[sizeof(((struct sim *)NULL)->fault)];
	struct sim_end	*end;
};

static struct found
found(const struct sim *s)
{
	struct found f = { .end = s->fault_end };

	memcpy(f.text, s->fault, sizeof(f.text));
	return (f);
}

/* Of what did not hold, what did not for longest is said at the end: a rekey
 * just then is not what is wrong. */
static bool
until_holds(struct sim *s, int64_t ms)
{
	struct mono end = mono_add(s->now, NS_MS(ms));
	struct found last = { .end = NULL }, longest = { .end = NULL };
	unsigned int n = 0, most = 0;

	while (!sim_holds(s)) {
		if (strcmp(last.text, s->fault) != 0) {
			sim_say(s, "not yet: %s", s->fault);
			n = 0;
		}
		last = found(s);
		if (++n > most) {
			most = n;
			longest = last;
		}
		if (mono_due(end, s->now)) {
			memcpy(s->fault, longest.text, sizeof(s->fault));
			s->fault_end = longest.end;
			return (false);
		}
		/* the looking costs more than the running where all is large */
		sim_run(s, s->n_sites > 100 ? 10000 : 1000);
	}
	return (true);
}

struct totals {
	uint64_t	route_msgs, nbr_lost, esp_lost;
	size_t		ikes, half, children, lsas, lists;
	size_t		heap;
};

/* What is in use; with sanitizers, which keep what was freed, nothing. */
static size_t
heap_used(void)
{
#ifdef __SANITIZE_ADDRESS__
	return (0);
#else
	return (mallinfo2().uordblks);
#endif
}

static struct totals
totals(const struct sim *s)
{
	struct totals t = { .heap = heap_used() };
	const struct sim_site *at;
	size_t i, k, half, ikes, children;

	for (i = 0; i < s->n_sites; i++) {
		at = &s->site[i];
		t.route_msgs += at->route_msgs;
		t.nbr_lost += at->nbr_lost;
		t.esp_lost += at->esp_lost;
		if (!at->alive)
			continue;
		ike_engine_count(at->ike, &half, &ikes, &children);
		t.half += half;
		t.ikes += ikes;
		t.children += children;
		t.lsas += at->n_lsas;
		for (k = 1; k < at->n_ends; k++)
			if (at->ends[k]->tid == k)
				t.lists += at->ends[k]->seen.lists;
	}
	return (t);
}

/* Both are taken when everything held.  Nothing happened between, and nothing
 * is more. */
static bool
same(struct sim *s, const struct totals *a, const struct totals *b)
{
	size_t dead = 0, i;

	for (i = 0; i < s->n_links; i++)
		dead += s->link[i].there && s->link[i].dead.ns !=
		    MONO_NEVER.ns;
	if (a->route_msgs != b->route_msgs || a->nbr_lost != b->nbr_lost ||
	    a->esp_lost != b->esp_lost)
		return (sim_fault(s, "while all was quiet: %llu routes moved, "
		    "%llu neighbors lost, %llu packets refused",
		    (unsigned long long)(b->route_msgs - a->route_msgs),
		    (unsigned long long)(b->nbr_lost - a->nbr_lost),
		    (unsigned long long)(b->esp_lost - a->esp_lost)));
	/* at a dead link two attempts come and go */
	if (b->ikes > a->ikes + 2 * dead || b->half > a->half + dead ||
	    b->children > a->children || b->lsas > a->lsas ||
	    b->lists > a->lists)
		return (sim_fault(s, "while all was quiet: from %zu to %zu IKE "
		    "SAs, %zu to %zu half-open, %zu to %zu children, %zu to "
		    "%zu LSAs, %zu to %zu on lists", a->ikes, b->ikes,
		    a->half, b->half, a->children, b->children, a->lsas,
		    b->lsas, a->lists, b->lists));
	if (b->heap > a->heap + HEAP_SLACK * s->n_sites)
		return (sim_fault(s, "while all was quiet: memory in use grew "
		    "from %zu to %zu bytes", a->heap, b->heap));
	return (true);
}

/* After all that was done to it a world is what it was, with first bytes. */
static bool
as_large(struct sim *s, size_t first)
{
	size_t now = heap_used();

	if (now <= first + HEAP_LIFE * s->n_sites)
		return (true);
	return (sim_fault(s, "memory in use grew from %zu to %zu bytes from "
	    "the first quiet time to the last", first, now));
}

/* All is as it must be, stays so, and costs nothing: no route moves, no
 * neighbour is lost, no packet misses its SA, though rekeys go on. */
static bool
quiet(struct sim *s, int64_t ms)
{
	struct totals a, b;

	if (!until_holds(s, QUIET_MS))
		return (false);
	/* what was replaced lingers a moment */
	sim_run(s, 45000);
	if (!until_holds(s, REST_MS))
		return (false);
	a = totals(s);
	sim_run(s, ms);
	if (!until_holds(s, REST_MS))
		return (false);
	b = totals(s);
	s->checks++;
	return (same(s, &a, &b));
}

/* --- worlds --- */

static uint16_t
any_cost(struct sim *s)
{
	return ((uint16_t)(1 + sim_random(s, 20)));
}

/* A ring with chords, a full mesh, or a star of two hubs. */
static void
lay_out(struct sim *s)
{
	uint64_t shape = sim_random(s, 3);
	size_t n = s->n_sites, a, b;
	bool want;

	for (a = 0; a < n; a++)
		for (b = a + 1; b < n; b++) {
			if (shape == 0)
				want = b == a + 1 || (a == 0 && b == n - 1) ||
				    sim_chance(s, 20);
			else if (shape == 1)
				want = true;
			else
				want = a < 2;
			if (want && !(s->site[a].nat && s->site[b].nat))
				(void)sim_join(s, a, b, any_cost(s),
				    any_cost(s));
		}
}

/* Chance sometimes takes a site away for good; its LSA must go in an hour. */
static bool
take_away(struct sim *s)
{
	struct sim_site *t = any_site(s);

	t->gone = true;
	if (sim_chance(s, 50))
		sim_stop(t);
	else
		sim_crash(t);
	if (!quiet(s, 1000))
		return (false);
	sim_run(s, 3700000);
	return (quiet(s, 1000));
}

bool
sim_world_small(struct sim *s)
{
	size_t first = 0, i;
	int r;

	s->rng = s->seed;
	s->keeps = s->mixed = true;
	s->hasty = s->seed % 16 == 0;
	sim_init(s, SITES_MIN + (size_t)sim_random(s,
	    SITES_MAX - SITES_MIN + 1), SITES_MAX * SITES_MAX);
	if (sim_chance(s, 30))
		s->site[s->n_sites - 1].nat = true;
	lay_out(s);
	for (i = 0; i < s->n_sites; i++)
		sim_boot(&s->site[i], false);
	for (r = 0; r < ROUNDS; r++) {
		for (i = 20 + (size_t)sim_random(s, 40); i > 0; i--) {
			act(s);
			sim_run(s, (int64_t)sim_random(s,
			    sim_chance(s, 20) ? 20000 : 2000));
		}
		calm(s, r == 1);
		/* now and then until nothing may be left of what is cut */
		if (!quiet(s, r == 1 && s->seed % 8 == 3 ? 2000000 : 90000))
			return (false);
		if (r == 0)
			first = heap_used();
	}
	calm(s, false);
	/* now and then for long: a thousand rekeys */
	if (!quiet(s, s->hasty ? 1000000 : 1000) ||
	    !as_large(s, first))
		return (false);
	return (s->seed % 16 != 1 || take_away(s));
}

/* --- many sites --- */

static void
slow_hellos(struct sim *s, uint32_t hello_ms)
{
	size_t i;
	int k;

	for (i = 0; i < s->n_links; i++)
		for (k = 0; k < 2; k++) {
			s->link[i].end[k].ospf.hello_ms = hello_ms;
			s->link[i].end[k].ospf.dead_ms = 4 * hello_ms;
			s->link[i].end[k].ospf.rxmt_ms = 5000;
		}
}

/* First messages of nobody, and of somebody behind the spokes' own NAT. */
static void
flood(struct sim *s, unsigned int per_s, int64_t seconds)
{
	struct addr src, nat = addr_v4(0xc0000201U);
	uint64_t n;
	int64_t ms;

	for (ms = 0; ms < seconds * 1000; ms += 10) {
		for (n = 0; s->init_len > 8 && n < per_s / 100; n++) {
			uint64_t spi = sim_random(s, UINT64_MAX) | 1;

			memcpy(s->init, &spi, 8);
			src = n % 3 == 0 ? nat : addr_v4((uint32_t)
			    sim_random(s, 0xdf000000U));
			sim_forge(s, &src, n % 3 == 0 ? 500 : (uint16_t)
			    (1 + sim_random(s, 65535)), &s->site[0], IKE_PORT,
			    s->init, s->init_len, 1 + (int64_t)n % 10);
		}
		sim_run(s, 10);
	}
}

static unsigned int
n_up(const struct sim *s)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < s->n_links; i++)
		n += s->link[i].end[0].state.child_up &&
		    s->link[i].end[1].state.child_up;
	return (n);
}

/*
 * A hub and its spokes, all of these behind one address that changes ports.
 * They start in the same second while 3000 first messages a second of others
 * come in, a third of them from that address too; later the hub crashes.
 */
bool
sim_world_hub(struct sim *s)
{
	size_t i;

	s->rng = s->seed;
	sim_init(s, s->large != 0 ? s->large : HUB_SITES, HUB_SITES);
	for (i = 1; i < s->n_sites; i++) {
		s->site[i].nat = true;
		(void)sim_join(s, 0, i, 1, 1);
		s->link[i - 1].delay = NS_MS(5 + (int64_t)sim_random(s, 150));
	}
	slow_hellos(s, 10000);
	sim_boot(&s->site[0], false);
	for (i = 1; i < s->n_sites; i++) {
		sim_boot(&s->site[i], false);
		if (i % 10 == 0)
			flood(s, 3000, 0);
		sim_run(s, 1);
	}
	flood(s, 3000, 10);
	if (n_up(s) != s->n_links) {
		(void)snprintf(s->fault, sizeof(s->fault), "%u of %zu tunnels "
		    "are up after 10 s of flood", n_up(s), s->n_links);
		return (false);
	}
	if (!quiet(s, 60000))
		return (false);
	sim_crash(&s->site[0]);
	sim_run(s, 3000);
	sim_boot(&s->site[0], true);
	return (quiet(s, 10000));
}

/* The SAs of a site have short lives, so that they are soon due. */
static void
brief(struct sim_site *t)
{
	size_t i;
	int k;

	for (i = 1; i < t->n_ends; i++)
		for (k = 0; k < 2; k++) {
			t->ends[i]->link->end[k].ike.child_life_s = 40;
			t->ends[i]->link->end[k].ike.ike_life_s = 60;
		}
}

/* 45 sites, each with each: cold start, a tenth of the links cut, a site lost
 * until nothing is left of its SAs. */
bool
sim_world_mesh(struct sim *s)
{
	struct sim_site *lost;
	size_t i, a, b;

	s->rng = s->seed;
	sim_init(s, s->large != 0 && s->large < MESH_SITES ? s->large :
	    MESH_SITES, MESH_SITES * (MESH_SITES - 1) / 2);
	for (a = 0; a < s->n_sites; a++)
		for (b = a + 1; b < s->n_sites; b++)
			sim_join(s, a, b, any_cost(s), any_cost(s))->delay =
			    NS_MS(5 + (int64_t)sim_random(s, 150));
	slow_hellos(s, 2000);
	lost = any_site(s);
	brief(lost);
	for (i = 0; i < s->n_sites; i++)
		sim_boot(&s->site[i], false);
	if (!quiet(s, 5000))
		return (false);
	for (i = 0; i < s->n_links / 10; i++)
		cut(s);
	lost->gone = true;
	sim_crash(lost);
	if (!quiet(s, 120000))
		return (false);
	lost->gone = false;
	calm(s, false);
	return (quiet(s, 5000));
}
