/* SPDX-License-Identifier: ISC */
/*
 * The data path: what comes from the wire as it is, what comes from the wire
 * rightly protected with anything inside, and what comes from the device.  The
 * first byte chooses mode, encapsulation, GRE key and suite; then a byte and
 * a chunk for each packet.
 */
#include <string.h>

#include "esp/path.h"
#include "fuzz.h"

#define SPI	0x1234567U

static void
fill(void *ctx, void *p, size_t len)
{
	(void)ctx;
	memset(p, 0x5a, len);
}

static const struct esp_rng rng = { fill, NULL };

static struct sa_spec
sa(uint8_t how, enum sa_dir dir)
{
	struct sa_spec s = { .tid = 7, .dir = dir, .spi = SPI,
	    .encr = ENCR_AES_GCM_16, .key_bits = 128, .n_encr_key = 20,
	    .integ = INTEG_NONE, .replay_window = 64,
	    .mode = how & 1 ? MODE_TUNNEL : MODE_TRANSPORT,
	    .udp = (how & 2) != 0 };

	if (how & 8) {
		s.encr = ENCR_AES_CBC;
		s.n_encr_key = 16;
		s.integ = INTEG_HMAC_SHA2_256_128;
		s.n_integ_key = 32;
	}
	memset(s.encr_key, 0x42, s.n_encr_key);
	memset(s.integ_key, 0x24, s.n_integ_key);
	s.local = addr_v4(dir == SA_OUT ? 0xc6336401 : 0xc6336402);
	s.remote = addr_v4(dir == SA_OUT ? 0xc6336402 : 0xc6336401);
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct mono now = { 1000000000 };
	static uint8_t buf[PKT_CAP];
	struct fuzz in = { data, len };
	struct path *path = path_new(&rng, 1);
	struct esp_tunnel t = { .tid = 7, .name = "x", .ttl = 64, .mtu = 1400,
	    .mss = 1360, .copy_dscp = true, .keepalive_reply = true };
	struct path_tunnel *pt;
	struct esp_cipher *c;
	struct sa_spec out, inb;
	struct sa_evidence ev;
	const uint8_t *p;
	struct pkt k;
	uint8_t how, op;
	uint64_t seq = 0;
	size_t n;

	how = fuzz_u8(&in);
	out = sa(how, SA_OUT);
	inb = sa(how, SA_IN);
	t.local = out.local;
	t.remote = out.remote;
	t.has_key = (how & 4) != 0;
	t.gre_key = 9;
	pt = path_tunnel_set(path, &t);
	MUST(pt != NULL);
	MUST(path_sa_add(path, &inb, now) == 0);
	out.spi++;
	MUST(path_sa_add(path, &out, now) == 0);
	/* as the peer seals what we open */
	inb.dir = SA_OUT;
	c = esp_cipher_new(&inb, &rng);
	MUST(c != NULL);
	while (in.n > 0) {
		op = fuzz_u8(&in);
		p = fuzz_chunk(&in, &n);
		if (n > 9000)
			n = 9000;
		k = (struct pkt){ .buf = buf, .off = PKT_HEAD,
		    .len = (uint32_t)n, .src = inb.remote, .dst = inb.local,
		    .sport = 4500, .dport = 4500, .udp = inb.udp,
		    .tos = op };
		if (op % 3 == 1) {
			memcpy(buf + k.off + ESP_HDR_LEN + esp_cipher_iv(c), p,
			    n);
			k.len = (uint32_t)esp_seal(c, buf + k.off, n, SPI,
			    ++seq, op & 0x80 ? 4 : 47);
		} else
			memcpy(buf + k.off, p, n);
		if (op % 3 == 0)
			path_out(path, pt, &k, 1, now);
		else
			path_in(path, &k, 1, now);
		done(&k);
	}
	while (path_evidence(path, &ev))
		;
	esp_cipher_free(c);
	path_free(path);
	return (0);
}
