/* SPDX-License-Identifier: ISC */
/* runs in: esp.  From the wire to the device: ESP, selectors, GRE. */
#include <string.h>

#include "esp/inner.h"
#include "esp/path_int.h"
#include "lib/rbuf.h"

#define PROTO_IPIP	4
#define PROTO_IPV6	41
#define PROTO_GRE	47
#define PROTO_NONE	59
#define IP4_LEN		20
#define IP6_LEN		40

static void
strip(struct pkt *k, uint32_t n)
{
	k->off += n;
	k->len -= n;
}

/* RFC 4301 5.2: what came out must be what the SA is for. */
static bool
selector_ok(const struct sa *s, const uint8_t *p, uint8_t proto, bool v6)
{
	const struct addr *l = &s->spec.local, *r = &s->spec.remote;
	size_t at = v6 ? 8 : 12, n = v6 ? 16 : 4;

	if (proto != PROTO_GRE)
		return (false);
	/* behind a NAT the inside carries addresses that only the peer knows */
	if (s->spec.udp)
		return (true);
	return (addr_len(l) == n && memcmp(p + at, r->b, n) == 0 &&
	    memcmp(p + at + n, l->b, n) == 0);
}

/* Take off the IP header of tunnel mode.  Its ECN field is what the GRE
 * payload is combined with next. */
static bool
unwrap_tunnel(struct path *p, const struct sa *s, struct pkt *k, uint8_t next)
{
	uint8_t *ip = k->buf + k->off;
	size_t total;

	if (next == PROTO_IPIP) {
		if (!inner_ip4_ok(ip, k->len, &total)) {
			path_drop(p, k, DROP_INNER);
			return (false);
		}
		if (!selector_ok(s, ip, ip[9], false)) {
			path_drop(p, k, DROP_SELECTOR);
			return (false);
		}
		if (!inner_ecn(ip, k->tos)) {
			path_drop(p, k, DROP_ECN);
			return (false);
		}
		k->tos = ip[1];
		k->len = (uint32_t)total;
		strip(k, (uint32_t)(ip[0] & 15) * 4);
		return (true);
	}
	if (k->len < IP6_LEN || ip[0] >> 4 != 6) {
		path_drop(p, k, DROP_INNER);
		return (false);
	}
	if (!selector_ok(s, ip, ip[6], true)) {
		path_drop(p, k, DROP_SELECTOR);
		return (false);
	}
	k->tos = (uint8_t)((k->tos & ECN_MASK) | ((ip[0] << 4) & 0xf0) |
	    ip[1] >> 4);
	strip(k, IP6_LEN);
	return (true);
}

/* A GRE keepalive holds its own answer: an IP packet from us to the sender
 * whose protocol is GRE.  Where a NAT is between, the sender knows the one of us
 * that is behind it by another address. */
static bool
is_keepalive(const struct sa *s, const uint8_t *ip)
{
	bool us, them;

	if (ip[9] != PROTO_GRE || s->spec.local.family != ADDR_V4)
		return (false);
	us = memcmp(ip + 12, s->spec.local.b, 4) == 0;
	them = memcmp(ip + 16, s->spec.remote.b, 4) == 0;
	return (s->spec.udp ? us || them : us && them);
}

static void
deliver(struct path *p, struct sa *s, struct pkt *k, struct mono now)
{
	struct path_tunnel *t = s->tunnel;
	uint8_t *ip = k->buf + k->off;
	size_t total;

	if (!inner_ip4_ok(ip, k->len, &total)) {
		path_drop(p, k, DROP_INNER);
		return;
	}
	k->len = (uint32_t)total;
	if (t->spec.keepalive_reply && is_keepalive(s, ip)) {
		strip(k, (uint32_t)(ip[0] & 15) * 4);
		path_answer(p, t, k, now);
		return;
	}
	if (path_probe_answer(t, ip, total, now)) {
		k->fate = PKT_DROP;
		return;
	}
	if (!inner_ecn(ip, k->tos)) {
		path_drop(p, k, DROP_ECN);
		return;
	}
	if (t->spec.mss != 0)
		(void)inner_mss(ip, total, t->spec.mss);
	t->count.rx_packets++;
	t->count.rx_bytes += k->len;
	k->tunnel = t;
	k->fate = PKT_TUN;
}

static void
decapsulate(struct path *p, struct sa *s, struct pkt *k, uint8_t next,
    struct mono now)
{
	const struct esp_tunnel *t = &s->tunnel->spec;
	size_t hl;
	uint16_t proto;

	if (next == PROTO_NONE) {
		path_drop(p, k, DROP_DUMMY);
		return;
	}
	if (s->spec.mode == MODE_TUNNEL ?
	    next != PROTO_IPIP && next != PROTO_IPV6 : next != PROTO_GRE) {
		s->drop_other++;
		path_drop(p, k, DROP_NEXT);
		return;
	}
	if (s->spec.mode == MODE_TUNNEL && !unwrap_tunnel(p, s, k, next))
		return;
	switch (gre_get(k->buf + k->off, k->len, t->has_key, t->gre_key, &hl,
	    &proto)) {
	case GRE_OK:
		break;
	case GRE_KEY:
		path_drop(p, k, DROP_GRE_KEY);
		return;
	default:
		path_drop(p, k, DROP_GRE);
		return;
	}
	if (proto != GRE_PROTO_IP) {
		path_drop(p, k, DROP_GRE);
		return;
	}
	strip(k, (uint32_t)hl);
	deliver(p, s, k, now);
}

/* The peer's NAT gave it another place: answers go there from now on (RFC 3948,
 * RFC 7296 2.23). */
static void
follow(struct sa *s, const struct pkt *k)
{
	struct addr was = s->spec.remote;
	uint16_t port = s->spec.remote_port;
	struct sa *o;

	for (o = s->tunnel->sas; o != NULL; o = o->next)
		if (o->spec.udp && o->spec.remote_port == port &&
		    addr_eq(&o->spec.remote, &was)) {
			o->spec.remote = k->src;
			o->spec.remote_port = k->sport;
		}
}

/* The packet is authentic: what it says about the SA and the peer. */
static void
learn(struct path *p, struct sa *s, const struct pkt *k, bool newest)
{
	struct sa_evidence e = { .what = EVID_MOVED, .tid = s->spec.tid,
	    .dir = SA_IN, .spi = s->spec.spi, .remote = k->src,
	    .remote_port = k->sport };

	if (!s->first_told || s->tunnel->deaf)
		path_note(p, EVID_FIRST_IN, s);
	s->first_told = true;
	s->tunnel->unheard = 0;
	s->tunnel->deaf = false;
	if (!k->udp || !newest || (addr_eq(&k->src, &s->spec.remote) &&
	    k->sport == s->spec.remote_port))
		return;
	/* whoever changed that, no answer gets there */
	if (k->sport == 0 || addr_is_any(&k->src))
		return;
	follow(s, k);
	path_peer_moved(p, s->tunnel);
	path_note_raw(p, &e);
}

static void
stranger(struct path *p, struct pkt *k, uint32_t spi, struct mono now)
{
	struct sa_evidence e = { .what = EVID_UNKNOWN_SPI, .dir = SA_IN,
	    .spi = spi, .remote = k->src, .remote_port = k->sport };

	if (ratelimit_ok(&p->spi_rl, now))
		path_note_raw(p, &e);
	path_drop(p, k, DROP_SPI);
}

static void
refuse(struct path *p, struct sa *s, struct pkt *k, enum esp_open why)
{
	if (why == ESP_OPEN_AUTH)
		s->drop_auth++;
	else
		s->drop_other++;
	path_drop(p, k, why == ESP_OPEN_AUTH ? DROP_AUTH :
	    why == ESP_OPEN_PAD ? DROP_PAD : DROP_RUNT);
}

static void
in_one(struct path *p, struct pkt *k, struct mono now)
{
	struct rbuf r = rbuf_make(k->buf + k->off, k->len);
	uint32_t spi = rbuf_u32(&r), low = rbuf_u32(&r);
	enum esp_open why;
	struct sa *s;
	uint64_t seq;
	size_t len;
	uint8_t next;

	k->tunnel = NULL;
	if (!rbuf_ok(&r)) {
		path_drop(p, k, k->udp && k->len == 1 ? DROP_KEEPALIVE :
		    DROP_RUNT);
		return;
	}
	if ((s = path_sa_in(p, spi)) == NULL) {
		stranger(p, k, spi, now);
		return;
	}
	if (!path_sa_live(p, s, now)) {
		path_drop(p, k, DROP_SA_EXPIRED);
		return;
	}
	if (k->udp != s->spec.udp) {
		s->drop_other++;
		path_drop(p, k, DROP_ENCAP);
		return;
	}
	seq = s->spec.esn ? replay_esn(&s->replay, low) : low;
	if (!replay_check(&s->replay, seq)) {
		s->drop_replay++;
		path_drop(p, k, DROP_REPLAY);
		return;
	}
	len = k->len;
	why = esp_open(s->cipher, k->buf + k->off, len, seq, &len, &next);
	if (why == ESP_OPEN_AUTH || why == ESP_OPEN_LENGTH) {
		refuse(p, s, k, why);
		return;
	}
	learn(p, s, k, seq > s->replay.top);
	replay_update(&s->replay, seq);
	if (why != ESP_OPEN_OK) {
		refuse(p, s, k, why);
		return;
	}
	if (!path_sa_spend(p, s, k->len, now)) {
		path_drop(p, k, DROP_SA_EXPIRED);
		return;
	}
	k->off += ESP_HDR_LEN + (uint32_t)esp_cipher_iv(s->cipher);
	k->len = (uint32_t)len;
	decapsulate(p, s, k, next, now);
}

void
path_clear(struct path *p, struct pkt *v, size_t n, struct mono now)
{
	struct path_tunnel *t;
	size_t i;

	for (i = 0; i < n; i++) {
		v[i].fate = PKT_DROP;
		if ((t = path_tunnel_from(p, &v[i].src)) == NULL)
			continue;
		t->count.drop_clear++;
		t->clear_at = now;
		path_drop(p, &v[i], DROP_CLEAR);
	}
}

void
path_in(struct path *p, struct pkt *v, size_t n, struct mono now)
{
	size_t i;

	for (i = 0; i < n; i++)
		in_one(p, &v[i], now);
}
