/* SPDX-License-Identifier: ISC */
/* runs in: esp.  From the device to the wire: GRE, ESP, outer fields. */
#include <string.h>

#include "esp/inner.h"
#include "esp/path_int.h"
#include "lib/wbuf.h"

#define PROTO_IPIP	4
#define PROTO_IPV6	41
#define PROTO_GRE	47
#define IP4_LEN		20
#define IP6_LEN		40
#define UDP_LEN		8
#define INNER_TTL	64	/* of the header that tunnel mode puts inside */
#define DSCP_MASK	0xfc

static uint16_t
ip4_sum(const uint8_t *p)
{
	uint32_t s = 0;
	size_t i;

	for (i = 0; i < IP4_LEN; i += 2)
		s += (uint32_t)p[i] << 8 | p[i + 1];
	s = (s & 0xffff) + (s >> 16);
	s = (s & 0xffff) + (s >> 16);
	return ((uint16_t)~s);
}

/* The IP header of tunnel mode (RFC 4301 5.1.2), DF set, TTL fixed. */
static void
put_ip(uint8_t *p, const struct sa_spec *s, uint32_t payload, uint8_t tos)
{
	struct wbuf w = wbuf_make(p, IP6_LEN);

	if (s->local.family == ADDR_V6) {
		wbuf_u32(&w, 6U << 28 | (uint32_t)tos << 20);
		wbuf_u16(&w, (uint16_t)payload);
		wbuf_u8(&w, PROTO_GRE);
		wbuf_u8(&w, INNER_TTL);
		wbuf_bytes(&w, s->local.b, 16);
		wbuf_bytes(&w, s->remote.b, 16);
		return;
	}
	wbuf_u16(&w, (uint16_t)(0x4500 | tos));
	wbuf_u16(&w, (uint16_t)(payload + IP4_LEN));
	wbuf_u32(&w, 0x4000);			/* id 0, DF */
	wbuf_u8(&w, INNER_TTL);
	wbuf_u8(&w, PROTO_GRE);
	wbuf_u16(&w, 0);
	wbuf_bytes(&w, s->local.b, 4);
	wbuf_bytes(&w, s->remote.b, 4);
	wbuf_set_u16(&w, 10, ip4_sum(p));
}

/* What goes before the payload in a mode. */
static uint8_t
wrap_mode(struct pkt *k, const struct sa *s)
{
	uint32_t n = s->spec.local.family == ADDR_V6 ? IP6_LEN : IP4_LEN;

	if (s->spec.mode == MODE_TRANSPORT)
		return (PROTO_GRE);
	put_ip(k->buf + k->off - n, &s->spec, k->len, k->tos);
	k->off -= n;
	k->len += n;
	return (n == IP6_LEN ? PROTO_IPV6 : PROTO_IPIP);
}

static uint32_t
outer_len(const struct sa *s)
{
	return ((s->spec.remote.family == ADDR_V6 ? IP6_LEN : IP4_LEN) +
	    (s->spec.udp ? UDP_LEN : 0));
}

size_t
path_outer_size(const struct path_tunnel *t, size_t inner)
{
	const struct sa *s = t->out;
	size_t n = inner + gre_len(t->spec.has_key);

	if (s->spec.mode != MODE_TRANSPORT)
		n += s->spec.local.family == ADDR_V6 ? IP6_LEN : IP4_LEN;
	return (esp_sealed_len(s->cipher, n) + outer_len(s));
}

void
path_seal(struct path *p, struct path_tunnel *t, struct pkt *k, uint8_t next,
    struct mono now)
{
	struct sa *s = t->out;
	uint32_t head = ESP_HDR_LEN + (uint32_t)esp_cipher_iv(s->cipher);
	uint64_t max = s->spec.esn ? UINT64_MAX : UINT32_MAX;
	size_t len = esp_sealed_len(s->cipher, k->len);

	/* t->pmtu is no matter here: what is larger is lost on the way where
	 * that is true, and arrives where it is a lie */
	if (s->seq >= max) {
		s->drop_other++;
		if (!s->hard_told)
			path_note(p, EVID_HARD, s);
		s->hard_told = true;
		path_drop(p, k, DROP_SEQ);
		return;
	}
	if (k->len + ESP_TAIL_MAX > PKT_CAP - k->off || k->off < head) {
		t->count.drop_mtu++;
		path_drop(p, k, DROP_MTU);
		return;
	}
	if (!path_sa_spend(p, s, (uint32_t)len, now)) {
		path_drop(p, k, DROP_SA_EXPIRED);
		return;
	}
	/* number 2^32 - 2^28 is near enough the end to begin anew */
	if (!s->soft_told && s->seq > max - (max >> 4)) {
		s->soft_told = true;
		path_note(p, EVID_SOFT, s);
	}
	k->off -= head;
	len = esp_seal(s->cipher, k->buf + k->off, k->len, s->spec.spi,
	    ++s->seq, next);
	if (len == 0) {
		s->drop_other++;
		path_drop(p, k, DROP_CRYPTO);
		return;
	}
	k->len = (uint32_t)len;
	k->src = s->spec.local;
	k->dst = s->spec.remote;
	k->udp = s->spec.udp;
	k->sport = s->spec.local_port;
	k->dport = s->spec.remote_port;
	k->ttl = t->spec.ttl;
	k->tunnel = t;
	k->fate = PKT_WIRE;
	t->count.tx_packets++;
	if (t->unheard++ == 0)
		t->unheard_since = now;
	t->count.tx_bytes += len;
}

static bool
may_send(struct path *p, struct path_tunnel *t, struct mono now)
{
	struct sa_evidence e = { .what = EVID_NO_SA, .tid = t->spec.tid,
	    .dir = SA_OUT };

	if (t->out != NULL && path_sa_live(p, t->out, now))
		return (true);
	if (ratelimit_ok(&t->no_sa_rl, now))
		path_note_raw(p, &e);
	return (false);
}

static void
out_one(struct path *p, struct path_tunnel *t, struct pkt *k, struct mono now)
{
	uint8_t *ip = k->buf + k->off;
	uint32_t n = (uint32_t)gre_len(t->spec.has_key);
	size_t total;

	if (!inner_ip4_ok(ip, k->len, &total)) {
		path_drop(p, k, DROP_INNER);
		return;
	}
	k->len = (uint32_t)total;
	/* RFC 6040 4.1, normal mode: the ECN field goes out as it is */
	k->tos = (uint8_t)((ip[1] & ECN_MASK) |
	    (t->spec.copy_dscp ? ip[1] & DSCP_MASK : 0));
	if (t->spec.mss != 0)
		(void)inner_mss(ip, total, t->spec.mss);
	k->off -= n;
	k->len += n;
	gre_put(k->buf + k->off, GRE_PROTO_IP, t->spec.has_key,
	    t->spec.gre_key);
	path_seal(p, t, k, wrap_mode(k, t->out), now);
}

void
path_out(struct path *p, struct path_tunnel *t, struct pkt *v, size_t n,
    struct mono now)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!may_send(p, t, now)) {
			t->count.drop_no_sa++;
			path_drop(p, &v[i], DROP_NO_SA);
			continue;
		}
		out_one(p, t, &v[i], now);
	}
}

/* The answer to a keepalive is GRE already: only the mode's header is due. */
void
path_answer(struct path *p, struct path_tunnel *t, struct pkt *k,
    struct mono now)
{
	if (!may_send(p, t, now)) {
		path_drop(p, k, DROP_NO_SA);
		return;
	}
	k->tos = 0xc0;
	t->count.keepalives++;
	path_seal(p, t, k, wrap_mode(k, t->out), now);
}
