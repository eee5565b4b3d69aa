/* SPDX-License-Identifier: ISC */
/*
 * The packet path in memory: what one end sends the other delivers, for every
 * suite, mode and encapsulation; replays, forgeries and strangers are dropped
 * under their names; limits hold.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "esp/inner.h"
#include "esp/path.h"
#include "esp/path_int.h"

static const struct mono T0 = { 1000000000 };
static uint8_t mem[8][PKT_CAP];

static void
fill(void *ctx, void *buf, size_t len)
{
	static uint64_t x = 88172645463325252ULL;
	uint8_t *b = buf;

	(void)ctx;
	while (len-- > 0) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		*b++ = (uint8_t)x;
	}
}

static const struct esp_rng rng = { fill, NULL };

static const struct suite {
	uint16_t encr, bits, klen, integ, ilen;
} suites[] = {
	{ ENCR_AES_GCM_16, 128, 20, INTEG_NONE, 0 },
	{ ENCR_AES_GCM_16, 256, 36, INTEG_NONE, 0 },
	{ ENCR_CHACHA20_POLY1305, 0, 36, INTEG_NONE, 0 },
	{ ENCR_AES_CBC, 128, 16, INTEG_HMAC_SHA1_96, 20 },
	{ ENCR_AES_CBC, 256, 32, INTEG_HMAC_SHA2_256_128, 32 },
	{ ENCR_AES_CBC, 256, 32, INTEG_HMAC_SHA2_512_256, 64 },
};
#define N_SUITES	(int)(sizeof(suites) / sizeof(suites[0]))

struct ends {
	struct path		*a, *b;
	struct path_tunnel	*ta;
	/* as main has them: the MTU inside, and what comes around it */
	uint16_t		 full, more;
};

static struct esp_tunnel
tunnel(void)
{
	struct esp_tunnel t = { .tid = 7, .name = "x", .ttl = 64,
	    .copy_dscp = true, .mtu = 1400, .keepalive_reply = true };

	t.local = addr_v4(0xc6336401);
	t.remote = addr_v4(0xc6336402);
	return (t);
}

static struct sa_spec
sa(const struct suite *u, enum sa_dir dir, bool swap)
{
	struct sa_spec s = { .tid = 7, .dir = dir, .spi = 0x1234567,
	    .encr = u->encr, .key_bits = u->bits, .n_encr_key = u->klen,
	    .integ = u->integ, .n_integ_key = u->ilen, .replay_window = 64 };

	memset(s.encr_key, 0x42, u->klen);
	memset(s.integ_key, 0x24, u->ilen);
	s.local = addr_v4(swap ? 0xc6336402 : 0xc6336401);
	s.remote = addr_v4(swap ? 0xc6336401 : 0xc6336402);
	s.local_port = s.remote_port = 4500;
	return (s);
}

static struct ends
join(const struct sa_spec *out)
{
	struct esp_tunnel t = tunnel();
	struct sa_spec in = *out;
	struct ends e = { .full = 1400, .more = 60 };

	e.a = path_new(&rng, 1);
	e.b = path_new(&rng, 2);
	e.ta = path_tunnel_set(e.a, &t);
	ck_assert_ptr_nonnull(path_tunnel_set(e.b, &t));
	in.dir = SA_IN;
	in.local = out->remote;
	in.remote = out->local;
	ck_assert_int_eq(path_sa_add(e.a, out, T0), 0);
	ck_assert_int_eq(path_sa_add(e.b, &in, T0), 0);
	return (e);
}

static void
part(struct ends *e)
{
	path_free(e->a);
	path_free(e->b);
}

/* An IPv4 packet of len bytes in slot i. */
static struct pkt
packet(int i, uint16_t len, uint8_t tos)
{
	struct pkt k = { .buf = mem[i], .off = PKT_HEAD, .len = len };
	uint8_t *p = k.buf + k.off;
	uint32_t sum = 0;
	size_t j;

	for (j = 0; j < len; j++)
		p[j] = (uint8_t)(j * 7);
	memset(p, 0, 20);
	p[0] = 0x45;
	p[1] = tos;
	p[2] = (uint8_t)(len >> 8);
	p[3] = (uint8_t)len;
	p[8] = 64;
	p[9] = 17;
	p[12] = p[16] = 10;
	for (j = 0; j < 20; j += 2)
		sum += (uint32_t)p[j] << 8 | p[j + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	p[10] = (uint8_t)(~sum >> 8);
	p[11] = (uint8_t)~sum;
	return (k);
}

/* Send, and take over to the other end as a socket would. */
static struct pkt
carry(struct ends *e, struct pkt k)
{
	struct addr src;

	path_out(e->a, e->ta, &k, 1, T0);
	ck_assert_int_eq(k.fate, PKT_WIRE);
	src = k.src;
	k.src = src;
	return (k);
}

/* A packet of len bytes goes across, and nothing of its inside shows. */
static void
across(struct ends *e, uint16_t len)
{
	struct pkt k = carry(e, packet(0, len, 0xb8));
	struct pkt want = packet(1, len, 0xb8);

	ck_assert_int_eq(k.tos, 0xb8);
	ck_assert_int_eq(k.ttl, 64);
	if (len > 40)
		ck_assert_ptr_null(memmem(k.buf + k.off, k.len,
		    want.buf + want.off + 20, 16));
	/* a raw socket delivers the IP header too */
	ck_assert_uint_le(k.len + 20, PKT_MAX);
	path_in(e->b, &k, 1, T0);
	ck_assert_int_eq(k.fate, PKT_TUN);
	ck_assert_uint_eq(k.len, len);
	ck_assert_mem_eq(k.buf + k.off, want.buf + want.off, len);
}

START_TEST(every_suite)
{
	const struct suite *u = &suites[_i % N_SUITES];
	int v = _i / N_SUITES;
	struct sa_spec s = sa(u, SA_OUT, false);
	uint16_t len;
	struct ends e;

	s.mode = v & 1 ? MODE_TUNNEL : MODE_TRANSPORT;
	s.udp = (v & 2) != 0;
	s.esn = (v & 4) != 0;
	e = join(&s);
	for (len = 20; len < MTU_MAX; len = (uint16_t)(len * 5 / 4 + 1))
		across(&e, len);
	across(&e, MTU_MAX);
	part(&e);
}
END_TEST

START_TEST(forgeries)
{
	struct sa_spec s = sa(&suites[_i], SA_OUT, false);
	struct ends e = join(&s);
	struct pkt k = carry(&e, packet(0, 60, 0)), f;
	uint32_t i;

	for (i = 0; i < k.len; i++) {
		f = k;
		f.buf = mem[2];
		memcpy(f.buf, k.buf, PKT_CAP);
		f.buf[f.off + i] ^= 0x40;
		path_in(e.b, &f, 1, T0);
		ck_assert_int_eq(f.fate, PKT_DROP);
	}
	for (i = 0; i < k.len; i++) {
		f = k;
		f.buf = mem[2];
		memcpy(f.buf, k.buf, PKT_CAP);
		f.len = i;
		path_in(e.b, &f, 1, T0);
		ck_assert_int_eq(f.fate, PKT_DROP);
	}
	ck_assert_uint_gt(path_counter(e.b, DROP_AUTH), 30);
	ck_assert_uint_eq(path_counter(e.b, DROP_SPI), 4);
	/* none of it moved the window: the real one is still welcome, once */
	f = k;
	f.buf = mem[2];
	memcpy(f.buf, k.buf, PKT_CAP);
	path_in(e.b, &f, 1, T0);
	ck_assert_int_eq(f.fate, PKT_TUN);
	path_in(e.b, &k, 1, T0);
	ck_assert_int_eq(k.fate, PKT_DROP);
	ck_assert_uint_eq(path_counter(e.b, DROP_REPLAY), 1);
	part(&e);
}
END_TEST

START_TEST(evidence)
{
	struct sa_spec s = sa(&suites[0], SA_OUT, false);
	struct sa_evidence ev;
	struct ends e;
	struct pkt k;

	s.udp = true;
	s.soft_bytes = 150;
	s.hard_bytes = 300;
	s.hard_s = 10;
	e = join(&s);
	k = carry(&e, packet(0, 60, 0));
	k.src = addr_v4(0xcb007105);
	k.sport = 31000;
	path_in(e.b, &k, 1, T0);
	ck_assert(path_evidence(e.b, &ev));
	ck_assert_int_eq(ev.what, EVID_FIRST_IN);
	ck_assert(path_evidence(e.b, &ev));
	ck_assert_int_eq(ev.what, EVID_MOVED);
	ck_assert_uint_eq(ev.remote_port, 31000);
	ck_assert(!path_evidence(e.b, &ev));
	k = carry(&e, packet(0, 60, 0));
	ck_assert(path_evidence(e.a, &ev));
	ck_assert_int_eq(ev.what, EVID_SOFT);
	k = packet(0, 200, 0);
	path_out(e.a, e.ta, &k, 1, T0);
	ck_assert_int_eq(k.fate, PKT_DROP);
	ck_assert(path_evidence(e.a, &ev));
	ck_assert_int_eq(ev.what, EVID_HARD);
	part(&e);
	/* time, with nobody using it */
	e = join(&s);
	{
		struct esp_pmtu pm;

		ck_assert(!path_tick(e.a, mono_add(T0, NS_S(9)), &pm));
		ck_assert(!path_evidence(e.a, &ev));
		ck_assert(!path_tick(e.a, mono_add(T0, NS_S(10)), &pm));
		ck_assert(path_evidence(e.a, &ev));
		ck_assert_int_eq(ev.what, EVID_HARD);
	}
	part(&e);
}
END_TEST

/* A peer is followed to where a packet says that it came from, but not to where
 * nobody can be. */
START_TEST(moved_nowhere)
{
	struct sa_spec s = sa(&suites[0], SA_OUT, false);
	struct sa_evidence ev;
	struct ends e;
	struct pkt k;
	int i;

	s.udp = true;
	e = join(&s);
	for (i = 0; i < 2; i++) {
		k = carry(&e, packet(0, 60, 0));
		k.src = i == 0 ? addr_v4(0xcb007105) : addr_v4(0);
		k.sport = i == 0 ? 0 : 31000;
		path_in(e.b, &k, 1, T0);
		ck_assert_int_eq(k.fate, PKT_TUN);
		ck_assert(!path_evidence(e.b, &ev) ||
		    ev.what == EVID_FIRST_IN);
		ck_assert(!path_evidence(e.b, &ev));
	}
	part(&e);
}
END_TEST

START_TEST(replay_table)
{
	/* number, accepted?; window 64, in order */
	static const struct { uint64_t seq; bool ok; } v[] = {
		{ 0, false }, { 1, true }, { 1, false }, { 64, true },
		{ 2, true }, { 65, true }, { 1, false }, { 2, false },
		{ 66, true }, { 2, false }, { 3, true }, { 3, false },
		{ 1000, true }, { 937, true }, { 936, false }, { 937, false },
		{ 999, true }, { 5000, true }, { 4999, true }, { 1000, false },
		{ 0xffffffff, true }, { 0xfffffffe, true },
		{ 0x100000000, true }, { 0xffffffff, false },
		{ 0x100000040, true }, { 0x100000001, true },
		{ 0x100000000, false }
	};
	struct replay r;
	size_t i;

	replay_init(&r, 64);
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		ck_assert_msg(replay_check(&r, v[i].seq) == v[i].ok, "row %zu",
		    i);
		if (v[i].ok)
			replay_update(&r, v[i].seq);
	}
	/* the biggest window against a plain list */
	replay_init(&r, REPLAY_MAX);
	replay_update(&r, 5000);
	for (i = 5000 - REPLAY_MAX + 1; i < 5000; i++)
		ck_assert(replay_check(&r, i));
	ck_assert(!replay_check(&r, 5000 - REPLAY_MAX));
	ck_assert(!replay_check(&r, 5000));
}
END_TEST

START_TEST(esn_table)
{
	/* RFC 4303 A.2: window, top, low half on the wire, whole number */
	static const struct {
		uint32_t size; uint64_t top; uint32_t low; uint64_t want;
	} v[] = {
		{ 64, 0, 1, 1 }, { 64, 0, 0xffffffff, 0xffffffff },
		{ 64, 100, 37, 37 }, { 64, 100, 36, 0x100000024 },
		{ 64, 0xfffffff0, 5, 0x100000005 },
		{ 64, 0x100000005, 0xfffffff0, 0xfffffff0 },
		{ 64, 0x100000005, 0xffffffc0, 0x1ffffffc0 },
		{ 64, 0x100000005, 7, 0x100000007 },
		{ 64, 0x2fffffff0, 0xffffffd0, 0x2ffffffd0 },
		/* no window */
		{ 0, 100, 99, 99 }, { 0, 100, 101, 101 }, { 0, 100, 1, 1 },
		{ 0, 5000, 5001 - REPLAY_MAX, 5001 - REPLAY_MAX },
		{ 0, 0xfffffff0, 5, 0x100000005 },
		{ 0, 0x100000005, 0xfffffff0, 0xfffffff0 },
		{ 0, 0x100000005, 3, 0x100000003 }
	};
	struct replay r;
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		replay_init(&r, v[i].size);
		r.top = v[i].top;
		ck_assert_msg(replay_esn(&r, v[i].low) == v[i].want,
		    "row %zu: %llx", i,
		    (unsigned long long)replay_esn(&r, v[i].low));
	}
}
END_TEST

static uint32_t least;		/* what is smaller is lost by echo() */

/* The other end answers echo requests of at most limit bytes on the wire; every
 * lose'th answer is lost. */
static void
echo(struct ends *e, uint32_t limit, unsigned int lose, struct mono now)
{
	static uint8_t room[PROBE_PKTS][PKT_CAP];
	static unsigned int count;
	struct path_tunnel *tb = path_tunnel_find(e->b, 7);
	struct esp_pmtu pm;
	struct pkt v[PROBE_PKTS];
	struct pkt *k;
	uint8_t *ip;
	size_t i, n;
	bool told;

	for (i = 0; i < PROBE_PKTS; i++)
		v[i] = (struct pkt){ .buf = room[i] };
	do {
		n = path_probe(e->a, v, now, &told, &pm);
		if (told) {
			/* what main does with it */
			struct esp_tunnel t = *path_tunnel_spec(e->ta);

			t.mtu = pm.pmtu == UINT16_MAX ? e->full :
			    pm.pmtu - e->more;
			(void)path_tunnel_set(e->a, &t);
		}
		for (i = 0; i < n; i++) {
			k = &v[i];
			if (k->fate != PKT_WIRE || k->len + 20 > limit ||
			    k->len < least || (lose != 0 && ++count % lose == 0))
				continue;
			path_in(e->b, k, 1, now);
			ck_assert_int_eq(k->fate, PKT_TUN);
			ip = k->buf + k->off;
			ck_assert_uint_eq(ip[9], 1);
			ck_assert_uint_eq(ip[20], 8);
			ip[20] = 0;
			memcpy(ip + 12, (uint8_t[]){ 10, 0, 0, 2, 10, 0, 0, 1 },
			    8);
			path_out(e->b, tb, k, 1, now);
			ck_assert_int_eq(k->fate, PKT_WIRE);
			path_in(e->a, k, 1, now);
			ck_assert_int_eq(k->fate, PKT_DROP);
		}
	} while (n > 0 || told);
}

static void
seconds(struct ends *e, uint32_t limit, unsigned int lose, struct mono *now,
    int n)
{
	struct esp_pmtu pm;

	while (n-- > 0) {
		*now = mono_add(*now, NS_S(1));
		if (limit > 0) {	/* somebody else's traffic */
			struct pkt k = packet(0, 60, 0);

			path_out(e->b, path_tunnel_find(e->b, 7), &k, 1, *now);
			path_in(e->a, &k, 1, *now);
			ck_assert_int_eq(k.fate, PKT_TUN);
		}
		while (path_tick(e->a, *now, &pm))
			;
		echo(e, limit, lose, *now);
	}
}

/* An SA from from to to, back: from b to a. */
static void
way(struct path *from, struct path *to, const struct suite *u, bool back,
    uint32_t spi)
{
	struct sa_spec s = sa(u, SA_OUT, back);

	s.spi = spi;
	ck_assert_int_eq(path_sa_add(from, &s, T0), 0);
	s = sa(u, SA_IN, !back);
	s.spi = spi;
	ck_assert_int_eq(path_sa_add(to, &s, T0), 0);
}

/* What comes in at b, from a, with these addresses inside as the answer. */
static enum pkt_fate
keepalive(struct ends *e, const struct addr *from, const struct addr *to)
{
	struct pkt k = packet(0, 24, 0);

	k.buf[k.off + 9] = 47;
	memcpy(k.buf + k.off + 12, from->b, 4);
	memcpy(k.buf + k.off + 16, to->b, 4);
	memset(k.buf + k.off + 20, 0, 4);
	memset(k.buf + k.off + 10, 0, 2);
	{
		uint16_t sum = inner_checksum(k.buf + k.off, 20);

		k.buf[k.off + 10] = (uint8_t)(sum >> 8);
		k.buf[k.off + 11] = (uint8_t)sum;
	}
	k = carry(e, k);
	path_in(e->b, &k, 1, T0);
	return (k.fate);
}

/* A GRE keepalive is answered, also where one end or the other is behind a NAT
 * and the sender knows it by another address; else it is a packet like others. */
START_TEST(keepalives)
{
	struct sa_spec s = sa(&suites[0], SA_OUT, false);
	struct ends e = join(&s);
	struct addr a = s.local, b = s.remote, nat = addr_v4(0xcb007101);

	way(e.b, e.a, &suites[0], true, 0x7654321);
	ck_assert_int_eq(keepalive(&e, &b, &a), PKT_WIRE);
	ck_assert_int_eq(keepalive(&e, &nat, &a), PKT_TUN);
	ck_assert_int_eq(keepalive(&e, &b, &nat), PKT_TUN);
	part(&e);
	s.udp = true;
	e = join(&s);
	way(e.b, e.a, &suites[0], true, 0x7654321);
	ck_assert_int_eq(keepalive(&e, &b, &a), PKT_WIRE);
	ck_assert_int_eq(keepalive(&e, &nat, &a), PKT_WIRE);
	ck_assert_int_eq(keepalive(&e, &b, &nat), PKT_WIRE);
	ck_assert_int_eq(keepalive(&e, &nat, &nat), PKT_TUN);
	part(&e);
}
END_TEST

/* Both ways, and with inner addresses to probe between. */
static struct ends
join_both(void)
{
	struct sa_spec s = sa(&suites[0], SA_OUT, false);
	struct ends e = join(&s);
	struct esp_tunnel t = tunnel();

	t.inner_local = 0x0a000001;
	t.inner_peer = 0x0a000002;
	(void)path_tunnel_set(e.a, &t);
	way(e.b, e.a, &suites[0], true, 0x7654321);
	return (e);
}

/* A path that carries less than the interface lets through, and says nothing of
 * it; that is wide again; on which packets are lost; that answers nothing. */
START_TEST(black_hole)
{
	struct ends e = join_both();
	struct mono now = T0;
	uint16_t mtu;

	/* wide enough, also where one of three is lost */
	seconds(&e, 1500, 0, &now, 900);
	ck_assert_uint_eq(path_tunnel_spec(e.ta)->mtu, 1400);
	seconds(&e, 1500, 3, &now, 900);
	ck_assert_uint_eq(path_tunnel_spec(e.ta)->mtu, 1400);
	/* nothing comes back at all */
	seconds(&e, 0, 0, &now, 900);
	ck_assert_uint_eq(path_tunnel_spec(e.ta)->mtu, 1400);
	/* narrow: found by the next look, and not forgotten */
	seconds(&e, 1310, 0, &now, 320);
	mtu = path_tunnel_spec(e.ta)->mtu;
	ck_assert_uint_eq(mtu, 1300 - 60);
	seconds(&e, 1310, 0, &now, 3600);
	ck_assert_uint_eq(path_tunnel_spec(e.ta)->mtu, mtu);
	/* narrower still, with loss */
	seconds(&e, 1010, 5, &now, 900);
	ck_assert_uint_eq(path_tunnel_spec(e.ta)->mtu, 1006 - 60);
	/* wide again: found when it is tried, step by step */
	seconds(&e, 1500, 0, &now, 2000);
	ck_assert_uint_eq(path_tunnel_spec(e.ta)->mtu, 1400);
	part(&e);
}
END_TEST

static void
tunnel_row(void *ctx, const struct ctl_esptun *r)
{
	*(struct ctl_esptun *)ctx = *r;
}

/* The large packet comes back and the small one, whose time is taken, does not:
 * it goes again before the next look at the path. */
START_TEST(small_one_lost)
{
	struct ends e = join_both();
	struct ctl_esptun r = { 0 };
	struct mono now = T0;

	least = 200;
	seconds(&e, 1500, 0, &now, 2);
	least = 0;
	path_show_tunnels(e.a, "", now, tunnel_row, &r);
	ck_assert_uint_eq(r.rtt_us, 0);
	seconds(&e, 1500, 0, &now, 10);
	path_show_tunnels(e.a, "", now, tunnel_row, &r);
	ck_assert_uint_ne(r.rtt_us, 0);
	part(&e);
}
END_TEST

/* An ICMP error about a packet of ours, which may be a lie: the MTU follows, but
 * what comes all the same is sent. */
START_TEST(too_big)
{
	struct sa_spec s = sa(&suites[0], SA_OUT, false);
	struct ends e = join(&s);
	struct pkt k = packet(0, 1400, 0);
	struct esp_pmtu pm;

	ck_assert(!path_pmtu(e.a, &s.remote, s.spi + 1, 576, T0, &pm));
	ck_assert(path_pmtu(e.a, &s.remote, s.spi, 60, T0, &pm));
	ck_assert_uint_eq(pm.tid, 7);
	ck_assert_uint_eq(pm.pmtu, 576);
	ck_assert(!path_pmtu(e.a, &s.remote, s.spi, 576, T0, &pm));
	path_out(e.a, e.ta, &k, 1, T0);
	ck_assert_int_eq(k.fate, PKT_WIRE);
	ck_assert_uint_eq(path_counter(e.a, DROP_MTU), 0);
	path_too_big(e.a, &k);
	ck_assert_uint_eq(path_counter(e.a, DROP_MTU), 1);
	ck_assert(!path_tick(e.a, mono_add(T0, NS_S(599)), &pm));
	ck_assert(path_tick(e.a, mono_add(T0, NS_S(600)), &pm));
	ck_assert_uint_eq(pm.pmtu, UINT16_MAX);
	part(&e);
}
END_TEST

/* A router says that the path is narrow, and the peer answers probes: those find
 * out when it is wide again, and no packet of a user is tried. */
START_TEST(said_narrow)
{
	struct sa_spec s = sa(&suites[0], SA_OUT, false);
	struct ends e = join_both();
	struct mono now = T0;
	struct esp_pmtu pm;
	struct esp_tunnel t;

	seconds(&e, 1500, 0, &now, 400);
	ck_assert(path_pmtu(e.a, &s.remote, s.spi, 1300, now, &pm));
	t = *path_tunnel_spec(e.ta);
	t.mtu = (uint16_t)(pm.pmtu - e.more);
	(void)path_tunnel_set(e.a, &t);
	seconds(&e, 1300, 0, &now, 3600);
	ck_assert_uint_eq(path_tunnel_spec(e.ta)->mtu, 1300 - e.more);
	seconds(&e, 1500, 0, &now, 1300);
	ck_assert_uint_eq(path_tunnel_spec(e.ta)->mtu, 1400);
	part(&e);
}
END_TEST

/* A path gets narrow; other SAs follow, under which packets are larger; then it is
 * as wide as it was, which is less than what they make of the MTU before. */
START_TEST(more_overhead)
{
	struct ends e = join_both();
	struct esp_tunnel t;
	struct mono now = T0;

	seconds(&e, 1460, 0, &now, 900);
	ck_assert_uint_eq(path_tunnel_spec(e.ta)->mtu, 1400);
	seconds(&e, 1310, 0, &now, 900);
	ck_assert_uint_eq(path_tunnel_spec(e.ta)->mtu, 1300 - 60);
	way(e.a, e.b, &suites[4], false, 0x2222222);
	way(e.b, e.a, &suites[4], true, 0x3333333);
	e.full = 1386;
	e.more = 74;
	t = *path_tunnel_spec(e.ta);
	t.mtu = (uint16_t)(1300 - e.more);
	(void)path_tunnel_set(e.a, &t);
	seconds(&e, 1310, 0, &now, 900);
	ck_assert_uint_eq(path_tunnel_spec(e.ta)->mtu, 1300 - e.more);
	seconds(&e, 1460, 0, &now, 2000);
	ck_assert_uint_eq(path_tunnel_spec(e.ta)->mtu, e.full);
	part(&e);
}
END_TEST

/* What the only evidence is after a look at second s; EVID_N: there is none. */
static enum evidence
seen(struct ends *e, int s)
{
	struct sa_evidence ev = { .what = EVID_N }, more;
	struct esp_pmtu pm;

	ck_assert(!path_tick(e->a, mono_add(T0, NS_S(s)), &pm));
	(void)path_evidence(e->a, &ev);
	ck_assert(!path_evidence(e->a, &more));
	return (ev.what);
}

/* One packet at second s, to the peer or from it. */
static void
one(struct ends *e, bool in, int s)
{
	struct mono now = mono_add(T0, NS_S(s));
	struct pkt k = packet(0, 60, 0);

	path_out(in ? e->b : e->a, in ? path_tunnel_find(e->b, 7) : e->ta, &k,
	    1, now);
	ck_assert_int_eq(k.fate, PKT_WIRE);
	if (in)
		path_in(e->a, &k, 1, now);
}

/* How many probes go out at second s, all of them small where small. */
static size_t
probes(struct ends *e, int s, bool small)
{
	static uint8_t room[PROBE_PKTS][PKT_CAP];
	struct pkt v[PROBE_PKTS];
	struct esp_pmtu pm;
	size_t i, n;
	bool told;

	for (i = 0; i < PROBE_PKTS; i++)
		v[i] = (struct pkt){ .buf = room[i] };
	n = path_probe(e->a, v, mono_add(T0, NS_S(s)), &told, &pm);
	ck_assert(!told);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(small && v[i].len > 200, 0);
	return (n);
}

/* Nothing comes in: that is told as long as it lasts and more goes out, a small
 * probe goes at once and again, and what comes in then is told as well. */
START_TEST(silence)
{
	struct ends e = join_both();
	int s, n = 0;

	one(&e, true, 0);
	ck_assert_int_eq(seen(&e, 0), EVID_FIRST_IN);
	ck_assert_uint_eq(probes(&e, 0, false), 2);
	one(&e, false, 1);
	one(&e, false, 11);
	ck_assert_int_eq(seen(&e, 12), EVID_N);
	ck_assert_int_eq(seen(&e, 13), EVID_DEAF);
	ck_assert_uint_eq(probes(&e, 13, true), 1);
	for (s = 14; s < 25; s++) {
		ck_assert_int_eq(seen(&e, s), EVID_N);
		n += (int)probes(&e, s, true);
	}
	ck_assert_int_ge(n, 2);
	ck_assert_int_eq(seen(&e, 25), EVID_N);	/* but for probes none went */
	one(&e, false, 26);
	ck_assert_int_eq(seen(&e, 26), EVID_DEAF);
	one(&e, false, 27);
	one(&e, true, 28);
	ck_assert_int_eq(seen(&e, 28), EVID_FIRST_IN);
	one(&e, true, 29);
	ck_assert_int_eq(seen(&e, 60), EVID_N);
	part(&e);
}
END_TEST

/* On a tunnel that nobody uses probes are all that goes out: that a peer answers
 * none is no silence.  With one packet each ten seconds it is. */
START_TEST(probes_unanswered)
{
	struct ends e = join_both();
	int s, n = 0;

	for (s = 0; s < 900; s++) {
		ck_assert_int_eq(seen(&e, s), EVID_N);
		n += (int)probes(&e, s, false);
	}
	ck_assert_int_ge(n, 20);
	for (n = 0; s < 1800; s++) {
		if (s % 10 == 0)
			one(&e, false, s);
		n += seen(&e, s) == EVID_DEAF;
		(void)probes(&e, s, true);
	}
	ck_assert_int_ge(n, 70);
	ck_assert_int_le(n, 75);
	part(&e);
}
END_TEST

/* GRE without ESP is counted by the tunnel of the peer that it is from; that of
 * somebody else is none of ours. */
START_TEST(gre_in_clear)
{
	struct sa_spec out = sa(&suites[0], SA_OUT, false);
	struct ends e = join(&out);
	struct sa_ref ref = { .tid = 7, .dir = SA_OUT, .spi = out.spi };
	struct pkt k[2] = { packet(0, 60, 0), packet(1, 60, 0) };
	struct ctl_esptun r = { 0 };

	k[0].src = addr_v4(0xc6336402);
	k[1].src = addr_v4(0xc6336477);
	k[0].fate = k[1].fate = PKT_TUN;
	path_clear(e.a, k, 2, T0);
	ck_assert_int_eq(k[0].fate, PKT_DROP);
	ck_assert_int_eq(k[1].fate, PKT_DROP);
	ck_assert_uint_eq(path_counter(e.a, DROP_CLEAR), 1);
	path_show_tunnels(e.a, "", mono_add(T0, NS_S(90000)), tunnel_row, &r);
	ck_assert_uint_eq(r.drop_clear, 1);
	ck_assert_uint_eq(r.clear_age_s, 90000);
	/* the peer is where its SA sends to, else where it is configured */
	out.spi++;
	out.remote = addr_v4(0xc6336477);
	ck_assert_int_eq(path_sa_add(e.a, &out, T0), 0);
	path_clear(e.a, k, 2, T0);
	ck_assert_uint_eq(path_counter(e.a, DROP_CLEAR), 2);
	ck_assert_ptr_null(path_tunnel_from(e.a, &k[0].src));
	ck_assert_ptr_eq(path_tunnel_from(e.a, &k[1].src), e.ta);
	ck_assert_int_eq(path_sa_del(e.a, &ref), 0);
	ck_assert_ptr_eq(path_tunnel_from(e.a, &k[1].src), e.ta);
	ref.spi++;
	ck_assert_int_eq(path_sa_del(e.a, &ref), 0);
	ck_assert_ptr_eq(path_tunnel_from(e.a, &k[0].src), e.ta);
	ck_assert_ptr_null(path_tunnel_from(e.a, &k[1].src));
	path_tunnel_del(e.a, 7);
	ck_assert_ptr_null(path_tunnel_from(e.a, &k[0].src));
	part(&e);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("esp_path");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_add_loop_test(t, every_suite, 0, N_SUITES * 8);
	tcase_add_loop_test(t, forgeries, 0, N_SUITES);
	tcase_add_test(t, evidence);
	tcase_add_test(t, moved_nowhere);
	tcase_add_test(t, replay_table);
	tcase_add_test(t, esn_table);
	tcase_add_test(t, keepalives);
	tcase_add_test(t, black_hole);
	tcase_add_test(t, said_narrow);
	tcase_add_test(t, too_big);
	tcase_add_test(t, more_overhead);
	tcase_add_test(t, silence);
	tcase_add_test(t, probes_unanswered);
	tcase_add_test(t, small_one_lost);
	tcase_add_test(t, gre_in_clear);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
