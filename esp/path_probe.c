/* SPDX-License-Identifier: ISC */
/*
 * runs in: esp.  Path MTU without ICMP, in the manner of RFC 4821 and 8899: two
 * echo requests go through the tunnel to its other end, a small one and one as
 * large as the interface lets through.  Where the small one is answered and the
 * large one is not, three times in a row, one of each size that is met with goes
 * along, twice, and the largest that is answered is what the path carries.  A
 * peer that answers none tells nothing.  What the small one takes there and
 * back is the round trip time that is shown.  Where nothing comes in at all the
 * small one goes alone: an answer tells a peer that is silent from a path that is
 * closed.
 */
#include <string.h>

#include "esp/inner.h"
#include "esp/path_int.h"
#include "lib/hash.h"

#define IDLE_NS		NS_S(300)	/* all is well */
#define WAIT_NS		NS_S(1)		/* for an answer */
#define AGAIN_NS	NS_S(30)	/* nothing could be told */
#define MISSES		3
#define SEARCHES	2	/* rounds, one may be lost */
#define SMALL		64
#define ICMP_ECHOREPLY	0
#define ICMP_ECHO	8

/* Path MTUs that are met with, outer IP header included. */
static const uint16_t sizes[] = { 1492, 1480, 1454, 1430, 1400, 1380, 1340,
    1300, 1280, 1200, 1100, 1006, 900, 800, 700, 576 };
#define N_SIZES		(sizeof(sizes) / sizeof(sizes[0]))
_Static_assert(PROBE_PKTS == N_SIZES + 2, "one packet a size");

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

static uint32_t
get32(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

/* An echo request of len bytes; the reply may be fragmented by its sender. */
static void
request(const struct path_tunnel *t, struct pkt *k, uint16_t len, uint16_t seq)
{
	uint8_t *ip;

	k->off = PKT_HEAD;
	k->len = len;
	k->tunnel = NULL;
	ip = k->buf + k->off;
	memset(ip, 0, len);
	ip[0] = 0x45;
	put16(ip + 2, len);
	put16(ip + 6, 0x4000);
	ip[8] = 64;
	ip[9] = 1;
	put32(ip + 12, t->spec.inner_local);
	put32(ip + 16, t->spec.inner_peer);
	put16(ip + 10, inner_checksum(ip, 20));
	ip[20] = ICMP_ECHO;
	put16(ip + 24, t->probe.id);
	put16(ip + 26, seq);
	put16(ip + 22, inner_checksum(ip + 20, len - 20U));
}

/* The first answer to the small one.  Where two went, which one it is to is not
 * known, and nothing is measured. */
static void
measure(struct path_tunnel *t, struct mono now)
{
	int64_t us = mono_sub(now, t->probe.sent) / 1000;

	if ((t->probe.answered & 1) != 0 || t->probe.sent.ns == MONO_NEVER.ns)
		return;
	t->count.rtt_us = us < 1 ? 1 : (uint32_t)us;
	t->probe.rtt_at = now;
}

bool
path_probe_answer(struct path_tunnel *t, const uint8_t *ip, size_t len,
    struct mono now)
{
	size_t hl = (size_t)(ip[0] & 15) * 4;

	if (t->probe.size == 0 || ip[9] != 1 || len < hl + 8 ||
	    (ip[6] & 0x1f) != 0 || ip[7] != 0 ||
	    get32(ip + 12) != t->spec.inner_peer ||
	    get32(ip + 16) != t->spec.inner_local ||
	    ip[hl] != ICMP_ECHOREPLY || ip[hl + 4] !=
	    (uint8_t)(t->probe.id >> 8) || ip[hl + 5] != (uint8_t)t->probe.id)
		return (false);
	if (ip[hl + 7] == 0)
		measure(t, now);
	if (ip[hl + 7] < PROBE_PKTS)
		t->probe.answered |= 1U << ip[hl + 7];
	return (true);
}

/* The longest inner packet that is at most size bytes on the wire. */
static uint16_t
fit(const struct path_tunnel *t, uint16_t size)
{
	uint16_t n = size;

	while (n > SMALL && path_outer_size(t, n) > size)
		n--;
	return (n);
}

static void
rest(struct probe *b, struct mono now, int64_t ns)
{
	b->size = 0;
	b->rounds = 0;
	b->searching = b->upward = false;
	b->next = mono_add(now, ns);
}

void
path_probe_now(struct path_tunnel *t, struct mono now)
{
	rest(&t->probe, now, 0);
}

/* The large one passes, which is news after a time in which it did not.  Where
 * the small one was lost beside it, the time there and back is measured soon. */
static bool
passes(struct path_tunnel *t, struct mono now, struct esp_pmtu *out)
{
	bool news = t->probe.upward;

	if (news) {
		t->probe.found = false;
		t->pmtu = 0;
		t->pmtu_retry = MONO_NEVER;
		out->tid = t->spec.tid;
		out->pmtu = UINT16_MAX;
	}
	rest(&t->probe, now, (t->probe.answered & 1) != 0 ? IDLE_NS :
	    AGAIN_NS / 10);
	return (news);
}

/* The largest of a search that was answered. */
static bool
found(struct path_tunnel *t, struct mono now, struct esp_pmtu *out)
{
	struct probe *b = &t->probe;
	size_t i;

	for (i = 0; i < N_SIZES; i++)
		if ((b->answered & 1U << (i + 2)) != 0)
			break;
	if (i < N_SIZES) {
		b->full = (uint16_t)path_outer_size(t, b->size);
		b->found = true;
		t->pmtu = sizes[i];
		t->pmtu_retry = mono_add(now, IDLE_NS);
		out->tid = t->spec.tid;
		out->pmtu = t->pmtu;
	}
	rest(b, now, IDLE_NS);
	return (i < N_SIZES);
}

/* What came of the round before; true: *out is news. */
static bool
judge(struct path_tunnel *t, struct mono now, struct esp_pmtu *out)
{
	struct probe *b = &t->probe;

	if (b->size == SMALL) {		/* it went alone */
		rest(b, now, AGAIN_NS / 10);
		return (false);
	}
	if ((b->answered & 2) != 0)
		return (passes(t, now, out));
	if ((b->answered & 1) == 0) {
		rest(b, now, AGAIN_NS);
		return (false);
	}
	b->rounds++;
	if (b->searching)
		return (b->rounds >= SEARCHES && found(t, now, out));
	if (b->rounds < MISSES)
		return (false);
	if (b->upward)
		rest(b, now, IDLE_NS);
	else {
		b->searching = true;
		b->rounds = 0;
	}
	return (false);
}

/* A round begins.  Answers of a search count together. */
static size_t
send(struct path *p, struct path_tunnel *t, struct pkt *v, struct mono now)
{
	struct probe *b = &t->probe;
	unsigned int unheard = t->unheard;
	uint16_t n;
	size_t i, k = 0;

	if (b->size == 0)
		b->size = t->deaf ? SMALL : b->upward ? fit(t, b->full) :
		    t->spec.mtu;
	if (b->size < SMALL || b->size > PKT_MAX) {
		rest(b, now, IDLE_NS);
		return (0);
	}
	if (!b->searching || b->rounds == 0) {
		b->id = (uint16_t)hash_mix(p->seed, (uint64_t)now.ns);
		b->answered = 0;
		b->sent = now;
	} else
		b->sent = MONO_NEVER;
	b->next = mono_add(now, WAIT_NS);
	request(t, &v[k++], SMALL, 0);
	if (b->size > SMALL)
		request(t, &v[k++], b->size, 1);
	for (i = 0; b->searching && i < N_SIZES; i++) {
		n = fit(t, sizes[i]);
		if (n < b->size && n > SMALL)
			request(t, &v[k++], n, (uint16_t)(i + 2));
	}
	path_out(p, t, v, k, now);
	t->unheard = unheard;	/* the peer need not answer */
	return (k);
}

size_t
path_probe(struct path *p, struct pkt *v, struct mono now, bool *told,
    struct esp_pmtu *out)
{
	struct path_tunnel *t;
	size_t i, n;

	*told = false;
	for (i = 0; i < PATH_TAB; i++)
		for (t = p->tunnels[i]; t != NULL; t = t->next) {
			if (!mono_due(t->probe.next, now) ||
			    t->spec.inner_peer == 0)
				continue;
			/* what does not work at all is not too large */
			if (t->out == NULL ||
			    (t->unheard > MISSES && !t->deaf)) {
				rest(&t->probe, now, AGAIN_NS / 10);
				continue;
			}
			if (t->probe.size != 0 && judge(t, now, out)) {
				*told = true;
				return (0);
			}
			if (mono_due(t->probe.next, now) &&
			    (n = send(p, t, v, now)) > 0)
				return (n);
		}
	return (0);
}
