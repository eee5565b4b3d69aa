/* SPDX-License-Identifier: ISC */
/* runs in: esp.  Tables of the packet path: tunnels, SAs, limits, evidence. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "esp/path_int.h"
#include "lib/hash.h"
#include "lib/secret.h"

#define PMTU_RETRY_NS	NS_S(600)	/* RFC 1191 6.3 */

const char *const esp_drop_names[DROP_N] = {
	"runt", "unknown-spi", "sa-expired", "encapsulation", "replay",
	"authentication", "padding", "dummy", "next-header", "selector",
	"gre-header", "gre-key", "inner-packet", "ecn", "no-sa",
	"sequence-exhausted", "too-big", "crypto", "send", "nat-keepalive",
	"truncated", "gre-in-clear"
};

/* Protocol 50 may be blocked when so many packets went out in so long, and none
 * came in: OSPF alone sends one each ten seconds. */
#define DEAF_PACKETS	2
#define DEAF_NS		NS_S(12)

static size_t
bucket(const struct path *p, uint32_t key)
{
	return (hash_mix(p->seed, key) & (PATH_TAB - 1));
}

struct path *
path_new(const struct esp_rng *rng, uint64_t seed)
{
	struct path *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return (NULL);
	p->rng = *rng;
	p->seed = seed;
	p->spi_rl = ratelimit_make(NS_MS(200), 8);
	return (p);
}

void
path_free(struct path *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < PATH_TAB; i++)
		while (p->tunnels[i] != NULL)
			path_tunnel_del(p, p->tunnels[i]->spec.tid);
	free(p);
}

struct path_tunnel *
path_tunnel_find(struct path *p, uint32_t tid)
{
	struct path_tunnel *t;

	for (t = p->tunnels[bucket(p, tid)]; t != NULL; t = t->next)
		if (t->spec.tid == tid)
			return (t);
	return (NULL);
}

static size_t
peer_bucket(const struct path *p, const struct addr *a)
{
	return (hash_bytes(p->seed ^ a->family, a->b, sizeof(a->b)) &
	    (PATH_TAB - 1));
}

struct path_tunnel *
path_tunnel_from(const struct path *p, const struct addr *peer)
{
	struct path_tunnel *t;

	for (t = p->peers[peer_bucket(p, peer)]; t != NULL; t = t->next_peer)
		if (addr_eq(&t->peer, peer))
			return (t);
	return (NULL);
}

static void
peer_unlink(struct path *p, struct path_tunnel *t)
{
	struct path_tunnel **q = &p->peers[peer_bucket(p, &t->peer)];

	if (t->peer.family == ADDR_NONE)
		return;
	while (*q != t)
		q = &(*q)->next_peer;
	*q = t->next_peer;
}

void
path_peer_moved(struct path *p, struct path_tunnel *t)
{
	const struct addr *now = t->out != NULL ? &t->out->spec.remote :
	    &t->spec.remote;
	size_t b = peer_bucket(p, now);

	if (addr_eq(&t->peer, now))
		return;
	peer_unlink(p, t);
	t->peer = *now;
	if (now->family == ADDR_NONE)
		return;
	t->next_peer = p->peers[b];
	p->peers[b] = t;
}

struct path_tunnel *
path_tunnel_set(struct path *p, const struct esp_tunnel *spec)
{
	struct path_tunnel *t = path_tunnel_find(p, spec->tid);
	size_t b = bucket(p, spec->tid);

	if (t == NULL) {
		if ((t = calloc(1, sizeof(*t))) == NULL)
			return (NULL);
		t->next = p->tunnels[b];
		p->tunnels[b] = t;
		t->no_sa_rl = ratelimit_make(NS_S(1), 1);
		t->unreach_rl = ratelimit_make(NS_S(1), 1);
		t->pmtu_retry = MONO_NEVER;
	}
	t->spec = *spec;
	t->count.tid = spec->tid;
	path_peer_moved(p, t);
	return (t);
}

/* Lists begin with what came last. */
static struct sa *
newest_out(const struct path_tunnel *t)
{
	struct sa *s;

	for (s = t->sas; s != NULL; s = s->next)
		if (s->spec.dir == SA_OUT)
			return (s);
	return (NULL);
}

static void
sa_unlink(struct path *p, struct sa *s)
{
	struct sa **q;

	if (s->spec.dir == SA_IN) {
		for (q = &p->sas[bucket(p, s->spec.spi)]; *q != s;
		    q = &(*q)->next_spi)
			;
		*q = s->next_spi;
	}
	for (q = &s->tunnel->sas; *q != s; q = &(*q)->next)
		;
	*q = s->next;
	if (s->tunnel->out == s) {
		s->tunnel->out = newest_out(s->tunnel);
		path_peer_moved(p, s->tunnel);
	}
	esp_cipher_free(s->cipher);
	free(s);
}

void
path_tunnel_del(struct path *p, uint32_t tid)
{
	struct path_tunnel **q, *t;

	for (q = &p->tunnels[bucket(p, tid)]; (t = *q) != NULL; q = &t->next)
		if (t->spec.tid == tid)
			break;
	if (t == NULL)
		return;
	while (t->sas != NULL)
		sa_unlink(p, t->sas);
	*q = t->next;
	peer_unlink(p, t);
	free(t);
}

const struct esp_tunnel *
path_tunnel_spec(const struct path_tunnel *t)
{
	return (&t->spec);
}

void
path_tunnel_set_user(struct path_tunnel *t, void *user)
{
	t->user = user;
}

void *
path_tunnel_user(const struct path_tunnel *t)
{
	return (t->user);
}

struct sa *
path_sa_in(struct path *p, uint32_t spi)
{
	struct sa *s;

	for (s = p->sas[bucket(p, spi)]; s != NULL; s = s->next_spi)
		if (s->spec.spi == spi)
			return (s);
	return (NULL);
}

static struct sa *
sa_find(struct path *p, const struct sa_ref *r)
{
	struct path_tunnel *t = path_tunnel_find(p, r->tid);
	struct sa *s;

	for (s = t != NULL ? t->sas : NULL; s != NULL; s = s->next)
		if (s->spec.dir == r->dir && s->spec.spi == r->spi)
			return (s);
	return (NULL);
}

int
path_sa_add(struct path *p, const struct sa_spec *spec, struct mono now)
{
	struct sa_ref ref = { .tid = spec->tid, .dir = spec->dir,
	    .spi = spec->spi };
	struct path_tunnel *t = path_tunnel_find(p, spec->tid);
	size_t b = bucket(p, spec->spi);
	struct sa *s;

	if (t == NULL)
		return (ENOENT);
	if (spec->spi < 256 || spec->local.family != spec->remote.family ||
	    addr_len(&spec->remote) == 0)
		return (EINVAL);
	if (sa_find(p, &ref) != NULL ||
	    (spec->dir == SA_IN && path_sa_in(p, spec->spi) != NULL))
		return (EEXIST);
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (ENOMEM);
	if ((s->cipher = esp_cipher_new(spec, &p->rng)) == NULL) {
		free(s);
		return (EINVAL);
	}
	s->spec = *spec;
	wipe(s->spec.encr_key, sizeof(s->spec.encr_key));
	wipe(s->spec.integ_key, sizeof(s->spec.integ_key));
	s->tunnel = t;
	t->unheard = 0;
	s->hard = spec->hard_s == 0 ? MONO_NEVER :
	    mono_add(now, NS_S(spec->hard_s));
	s->last = now;
	replay_init(&s->replay, spec->replay_window);
	s->next = t->sas;
	t->sas = s;
	if (spec->dir == SA_IN) {
		s->next_spi = p->sas[b];
		p->sas[b] = s;
	} else {
		t->out = s;
		path_peer_moved(p, t);
	}
	return (0);
}

int
path_sa_del(struct path *p, const struct sa_ref *r)
{
	struct sa *s = sa_find(p, r);

	if (s == NULL)
		return (ENOENT);
	sa_unlink(p, s);
	return (0);
}

void
path_note_raw(struct path *p, const struct sa_evidence *e)
{
	if (p->ev_n == PATH_EVIDENCE)
		return;
	p->ev[(p->ev_first + p->ev_n++) % PATH_EVIDENCE] = *e;
}

void
path_note(struct path *p, enum evidence what, const struct sa *s)
{
	struct sa_evidence e = { .what = what, .tid = s->spec.tid,
	    .dir = s->spec.dir, .spi = s->spec.spi, .remote = s->spec.remote,
	    .remote_port = s->spec.remote_port };

	path_note_raw(p, &e);
}

bool
path_evidence(struct path *p, struct sa_evidence *out)
{
	if (p->ev_n == 0)
		return (false);
	*out = p->ev[p->ev_first];
	p->ev_first = (p->ev_first + 1) % PATH_EVIDENCE;
	p->ev_n--;
	return (true);
}

void
path_count(struct path *p, enum esp_drop why, uint64_t n)
{
	p->drops[why] += n;
}

void
path_too_big(struct path *p, const struct pkt *k)
{
	p->drops[DROP_MTU]++;
	if (k->tunnel != NULL)
		k->tunnel->count.drop_mtu++;
}

uint64_t
path_counter(const struct path *p, enum esp_drop why)
{
	return (p->drops[why]);
}

void
path_drop(struct path *p, struct pkt *k, enum esp_drop why)
{
	p->drops[why]++;
	k->fate = PKT_DROP;
}

static void
expire(struct path *p, struct sa *s)
{
	if (!s->hard_told)
		path_note(p, EVID_HARD, s);
	s->hard_told = true;
}

bool
path_sa_live(struct path *p, struct sa *s, struct mono now)
{
	if (!s->hard_told && !mono_due(s->hard, now))
		return (true);
	expire(p, s);
	return (false);
}

bool
path_sa_spend(struct path *p, struct sa *s, uint32_t len, struct mono now)
{
	s->packets++;
	s->bytes += len;
	s->last = now;
	if (!s->soft_told && s->spec.soft_bytes != 0 &&
	    s->bytes >= s->spec.soft_bytes) {
		s->soft_told = true;
		path_note(p, EVID_SOFT, s);
	}
	if (s->spec.hard_bytes != 0 && s->bytes > s->spec.hard_bytes) {
		expire(p, s);
		return (false);
	}
	return (true);
}

/* Nothing comes in.  That is told again each time that one more packet and as
 * much time went, and asked for what would disprove it. */
static void
deaf(struct path *p, struct path_tunnel *t, struct mono now)
{
	if (t->unheard < DEAF_PACKETS || t->out == NULL ||
	    mono_sub(now, t->unheard_since) < DEAF_NS)
		return;
	path_note(p, EVID_DEAF, t->out);
	t->deaf = true;
	t->unheard = DEAF_PACKETS - 1;
	t->unheard_since = now;
	path_probe_now(t, now);
}

/* SAs past their time are reported once even when nothing uses them; they stay
 * in the table, refused, until ike deletes them. */
static void
age(struct path *p, struct path_tunnel *t, struct mono now)
{
	struct sa *s;

	for (s = t->sas; s != NULL; s = s->next)
		(void)path_sa_live(p, s, now);
	deaf(p, t, now);
}

bool
path_tick(struct path *p, struct mono now, struct esp_pmtu *out)
{
	struct path_tunnel *t;
	size_t i;

	for (i = 0; i < PATH_TAB; i++) {
		for (t = p->tunnels[i]; t != NULL; t = t->next) {
			age(p, t, now);
			if (!mono_due(t->pmtu_retry, now))
				continue;
			/* found by probing: raised by probing */
			if (t->probe.found) {
				t->pmtu_retry = mono_add(now, PMTU_RETRY_NS);
				/* what is on its way is no answer to that */
				path_probe_now(t, now);
				t->probe.upward = true;
				continue;
			}
			t->pmtu_retry = MONO_NEVER;
			t->pmtu = 0;
			out->tid = t->spec.tid;
			out->pmtu = UINT16_MAX;
			return (true);
		}
	}
	p->aged = now;
	return (false);
}

/* The tunnel that sends to remote under spi; spi 0: any that sends there. */
static struct path_tunnel *
sends_to(struct path *p, const struct addr *remote, uint32_t spi)
{
	struct path_tunnel *t;
	size_t i;

	for (i = 0; i < PATH_TAB; i++)
		for (t = p->tunnels[i]; t != NULL; t = t->next)
			if (t->out != NULL &&
			    addr_eq(&t->out->spec.remote, remote) &&
			    (spi == 0 || t->out->spec.spi == spi))
				return (t);
	return (NULL);
}

bool
path_pmtu(struct path *p, const struct addr *remote, uint32_t spi,
    uint32_t mtu, struct mono now, struct esp_pmtu *out)
{
	struct path_tunnel *t = sends_to(p, remote, spi);
	uint32_t least = remote->family == ADDR_V6 ? PMTU_V6_MIN : PMTU_V4_MIN;

	if (t == NULL || mtu > UINT16_MAX)
		return (false);
	if (mtu < least)
		mtu = least;
	if (t->pmtu != 0 && mtu >= t->pmtu)
		return (false);
	/* a peer that answers probes is asked when it is wide again; else that
	 * is tried with packets of users */
	if (t->pmtu == 0 && t->probe.rtt_at.ns != 0) {
		t->probe.full = (uint16_t)path_outer_size(t, t->spec.mtu);
		t->probe.found = true;
	}
	t->pmtu = (uint16_t)mtu;
	t->pmtu_retry = mono_add(now, PMTU_RETRY_NS);
	out->tid = t->spec.tid;
	out->pmtu = t->pmtu;
	return (true);
}

void
path_unreach(struct path *p, const struct addr *remote, uint32_t spi,
    uint8_t type, uint8_t code, struct mono now)
{
	struct path_tunnel *t = sends_to(p, remote, spi);
	struct sa_evidence e = { .what = EVID_UNREACH, .dir = SA_OUT,
	    .spi = spi, .remote = *remote,
	    .detail = (uint32_t)type << 8 | code };

	if (t == NULL || !ratelimit_ok(&t->unreach_rl, now))
		return;
	e.tid = t->spec.tid;
	path_note_raw(p, &e);
}
