/* SPDX-License-Identifier: ISC */
/*
 * The data path: what comes from the wire as it is, what comes from the wire
 * rightly protected with anything inside, under any sequence number, and what
 * comes from the device; and time that passes, with probes and ICMP errors.
 * The first byte chooses mode, encapsulation, GRE key, suite, ESN and the outer
 * family; then a byte and a chunk for each packet.
 */
#include <string.h>

#include "esp/path.h"
#include "fuzz.h"

#define SPI	0x1234567U

/* The first byte. */
#define HOW_TUNNEL	0x01
#define HOW_UDP		0x02
#define HOW_KEY		0x04
#define HOW_CBC		0x08
#define HOW_ESN		0x10
#define HOW_CHACHA	0x20
#define HOW_V6		0x40

/* What is no packet. */
#define OP_TIME		0xff
#define OP_ICMP		0xfe
#define OP_BACK		0x40	/* a sequence number of before */

static void
fill(void *ctx, void *p, size_t len)
{
	(void)ctx;
	memset(p, 0x5a, len);
}

static const struct esp_rng rng = { fill, NULL };

static struct addr
end_of(uint8_t how, bool one)
{
	struct addr a = addr_v4(one ? 0xc6336401 : 0xc6336402);

	if (how & HOW_V6) {
		memset(&a, 0, sizeof(a));
		a.family = ADDR_V6;
		a.b[0] = 0xfd;
		a.b[15] = one ? 1 : 2;
	}
	return (a);
}

static struct sa_spec
sa(uint8_t how, enum sa_dir dir)
{
	struct sa_spec s = { .tid = 7, .dir = dir, .spi = SPI,
	    .encr = ENCR_AES_GCM_16, .key_bits = 128, .n_encr_key = 20,
	    .integ = INTEG_NONE, .replay_window = 64,
	    .mode = how & HOW_TUNNEL ? MODE_TUNNEL : MODE_TRANSPORT,
	    .udp = (how & HOW_UDP) != 0, .esn = (how & HOW_ESN) != 0 };

	if (how & HOW_CHACHA) {
		s.encr = ENCR_CHACHA20_POLY1305;
		s.key_bits = 0;
		s.n_encr_key = 36;
	} else if (how & HOW_CBC) {
		s.encr = ENCR_AES_CBC;
		s.n_encr_key = 16;
		s.integ = INTEG_HMAC_SHA2_256_128;
		s.n_integ_key = 32;
	}
	memset(s.encr_key, 0x42, s.n_encr_key);
	memset(s.integ_key, 0x24, s.n_integ_key);
	s.local = end_of(how, dir == SA_OUT);
	s.remote = end_of(how, dir != SA_OUT);
	s.local_port = s.remote_port = 4500;
	return (s);
}

/* Every packet ends as one of the three. */
static void
done(const struct pkt *k)
{
	MUST(k->fate == PKT_DROP || k->fate == PKT_WIRE ||
	    k->fate == PKT_TUN);
	MUST(k->fate == PKT_DROP || k->off + k->len <= PKT_CAP);
}

static struct {
	struct path		*path;
	struct path_tunnel	*tunnel;
	struct sa_spec		 out, in;
	struct esp_cipher	*c;	/* as the peer seals what we open */
	struct mono		 now;
	uint64_t		 seq;
} one;

/* n seconds pass; probes go out. */
static void
pass(size_t n)
{
	static uint8_t bufs[PROBE_PKTS][PKT_CAP];
	struct pkt v[PROBE_PKTS];
	struct esp_pmtu m;
	bool told;
	size_t i, k;

	one.now = mono_add(one.now, NS_S((int64_t)n));
	while (path_tick(one.path, one.now, &m))
		MUST(m.tid == 7);
	for (i = 0; i < PROBE_PKTS; i++)
		v[i] = (struct pkt){ .buf = bufs[i] };
	while ((k = path_probe(one.path, v, one.now, &told, &m)) > 0) {
		MUST(k <= PROBE_PKTS);
		for (i = 0; i < k; i++)
			done(&v[i]);
	}
}

static void
icmp(const uint8_t *p, size_t n)
{
	struct esp_pmtu m;

	if (n < 4)
		return;
	if (path_pmtu(one.path, &one.out.remote, p[0] & 1 ? one.out.spi : 0,
	    (uint32_t)p[1] << 8 | p[2], one.now, &m))
		MUST(m.tid == 7 && m.pmtu >= 576);
	path_unreach(one.path, &one.out.remote, one.out.spi, p[2], p[3],
	    one.now);
}

static void
packet(uint8_t op, const uint8_t *p, size_t n)
{
	static uint8_t buf[PKT_CAP];
	struct pkt k;
	uint64_t seq;

	if (n > 9000)
		n = 9000;
	k = (struct pkt){ .buf = buf, .off = PKT_HEAD, .len = (uint32_t)n,
	    .src = one.in.remote, .dst = one.in.local, .sport = 4500,
	    .dport = 4500, .udp = one.in.udp, .tos = op };
	if (op % 3 == 1) {
		memcpy(buf + k.off + ESP_HDR_LEN + esp_cipher_iv(one.c), p,
		    n);
		seq = op & OP_BACK ? one.seq - (op >> 2 & 15) * 9 : ++one.seq;
		k.len = (uint32_t)esp_seal(one.c, buf + k.off, n, SPI, seq,
		    op & 0x80 ? 4 : 47);
	} else
		memcpy(buf + k.off, p, n);
	if (op % 3 == 0)
		path_out(one.path, one.tunnel, &k, 1, one.now);
	else
		path_in(one.path, &k, 1, one.now);
	done(&k);
}

static void
begin(uint8_t how)
{
	struct esp_tunnel t = { .tid = 7, .name = "x", .ttl = 64, .mtu = 1400,
	    .mss = 1360, .copy_dscp = true, .keepalive_reply = true,
	    .has_key = (how & HOW_KEY) != 0, .gre_key = 9 };

	memset(&one, 0, sizeof(one));
	one.now.ns = 1000000000;
	one.path = path_new(&rng, 1);
	one.out = sa(how, SA_OUT);
	one.in = sa(how, SA_IN);
	t.local = one.out.local;
	t.remote = one.out.remote;
	t.inner_local = 0xac1f0001;
	t.inner_peer = 0xac1f0002;
	MUST((one.tunnel = path_tunnel_set(one.path, &t)) != NULL);
	MUST(path_sa_add(one.path, &one.in, one.now) == 0);
	one.out.spi++;
	MUST(path_sa_add(one.path, &one.out, one.now) == 0);
	one.in.dir = SA_OUT;
	MUST((one.c = esp_cipher_new(&one.in, &rng)) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz in = { data, len };
	struct sa_evidence ev;
	const uint8_t *p;
	uint8_t op;
	size_t n;

	begin(fuzz_u8(&in));
	while (in.n > 0) {
		op = fuzz_u8(&in);
		p = fuzz_chunk(&in, &n);
		if (op == OP_TIME)
			pass(n);
		else if (op == OP_ICMP)
			icmp(p, n);
		else
			packet(op, p, n);
	}
	while (path_evidence(one.path, &ev))
		;
	esp_cipher_free(one.c);
	path_free(one.path);
	return (0);
}
