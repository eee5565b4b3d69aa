/* SPDX-License-Identifier: ISC */
/* OSPF packets, LSAs, checksums, authentication: bytes in, bytes out. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ospf/grace.h"
#include "ospf/ospf_auth.h"

static const struct mono t0 = { 1000000000000 };

/* A Hello captured from FRR 8.4: 10.0.0.2, area 0, no authentication. */
static const uint8_t frr_hello[] = {
	0x02, 0x01, 0x00, 0x30, 0x0a, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00,
	0xe7, 0x9b, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0xff, 0xff, 0xff, 0xfc, 0x00, 0x0a, 0x02, 0x01, 0x00, 0x00, 0x00, 0x28,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x01
};

START_TEST(hello_foreign)
{
	struct ospf_hdr h;
	struct hello b;
	struct rbuf r;

	ck_assert_int_eq(ospf_hdr_read(frr_hello, sizeof(frr_hello), &h), 0);
	ck_assert_uint_eq(h.type, PKT_HELLO);
	ck_assert_uint_eq(h.len, sizeof(frr_hello));
	ck_assert_uint_eq(h.rid, 0x0a000002);
	ck_assert(ospf_cksum_ok(frr_hello, &h));
	r = rbuf_make(frr_hello + 24, sizeof(frr_hello) - 24);
	ck_assert_int_eq(hello_read(&r, &b), 0);
	ck_assert_uint_eq(b.mask, 0xfffffffc);
	ck_assert_uint_eq(b.hello_s, 10);
	ck_assert_uint_eq(b.dead_s, 40);
	ck_assert_uint_eq(b.options, OSPF_OPT_E);
	ck_assert_uint_eq(b.n_nbrs, 1);
	ck_assert(hello_lists(&b, 0x0a000001));
	ck_assert(!hello_lists(&b, 0x0a000002));
}
END_TEST

START_TEST(hello_roundtrip)
{
	uint8_t buf[256], nbr[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct wbuf w = wbuf_make(buf, sizeof(buf));
	struct hello a = { .mask = 0xffffff00, .hello_s = 7, .options = 2,
	    .priority = 3, .dead_s = 99, .dr = 5, .bdr = 6, .n_nbrs = 2,
	    .nbrs = nbr }, b;
	struct ospf_hdr h;
	struct rbuf r;
	size_t i;

	ospf_hdr_write(&w, PKT_HELLO, 0x01020304, 0x00000009);
	hello_write(&w, &a);
	ospf_finish_null(&w);
	ck_assert(wbuf_ok(&w));
	ck_assert_int_eq(ospf_hdr_read(buf, w.len, &h), 0);
	ck_assert(ospf_cksum_ok(buf, &h));
	ck_assert_uint_eq(h.area, 9);
	r = rbuf_make(buf + 24, w.len - 24);
	ck_assert_int_eq(hello_read(&r, &b), 0);
	ck_assert_uint_eq(b.dead_s, 99);
	ck_assert_uint_eq(b.priority, 3);
	ck_assert(hello_lists(&b, 0x05060708));
	/* every truncation: never read past the end, never believed */
	for (i = 0; i < w.len; i++)
		ck_assert_int_ne(ospf_hdr_read(buf, i, &h), DROP_NONE);
	for (i = 0; i < OSPF_HELLO_LEN; i++) {
		r = rbuf_make(buf + 24, i);
		ck_assert_int_eq(hello_read(&r, &b), DROP_HELLO_BODY);
	}
	r = rbuf_make(buf + 24, OSPF_HELLO_LEN + 6);
	ck_assert_int_eq(hello_read(&r, &b), DROP_HELLO_BODY);
}
END_TEST

START_TEST(header_lies)
{
	uint8_t p[48];
	struct ospf_hdr h;

	memcpy(p, frr_hello, sizeof(p));
	p[0] = 3;
	ck_assert_int_eq(ospf_hdr_read(p, 48, &h), DROP_VERSION);
	p[0] = 2;
	p[3] = 23;
	ck_assert_int_eq(ospf_hdr_read(p, 48, &h), DROP_LENGTH);
	p[3] = 49;
	ck_assert_int_eq(ospf_hdr_read(p, 48, &h), DROP_LENGTH);
	p[3] = 48;
	p[40] ^= 1;
	ck_assert_int_eq(ospf_hdr_read(p, 48, &h), DROP_NONE);
	ck_assert(!ospf_cksum_ok(p, &h));
	/* the authentication field is not in the checksum */
	p[40] ^= 1;
	p[20] = 0x55;
	ck_assert(ospf_cksum_ok(p, &h));
}
END_TEST

START_TEST(dd_and_requests)
{
	uint8_t buf[256];
	struct wbuf w = wbuf_make(buf, sizeof(buf));
	struct dd a = { 1400, 0x42, DD_I | DD_M | DD_MS, 77 }, b;
	struct lsa_hdr h = { .key = { LSA_ROUTER, 0, 1, 1 }, .age = 5,
	    .options = 2, .seq = LSA_SEQ_INITIAL, .cksum = 0x1234,
	    .len = 36 }, g;
	struct lsa_key k;
	struct rbuf r;
	size_t i;

	dd_write(&w, &a);
	lsa_hdr_write(&w, &h);
	for (i = 0; i < w.len; i++) {
		r = rbuf_make(buf, i);
		ck_assert_int_eq(dd_read(&r, &b) == DROP_NONE,
		    i == OSPF_DD_LEN);
	}
	r = rbuf_make(buf, w.len);
	ck_assert_int_eq(dd_read(&r, &b), DROP_NONE);
	ck_assert_uint_eq(b.mtu, 1400);
	ck_assert_uint_eq(b.flags, 7);
	ck_assert_uint_eq(b.seq, 77);
	lsa_hdr_read(&r, &g);
	ck_assert(rbuf_done(&r));
	ck_assert(lsa_key_eq(&g.key, &h.key));
	ck_assert_int_eq(lsa_hdr_cmp(&g, &h), 0);

	w = wbuf_make(buf, sizeof(buf));
	lsr_write(&w, &h.key);
	lsr_write(&w, &h.key);
	r = rbuf_make(buf, w.len - 1);
	ck_assert(lsr_next(&r, &k));
	ck_assert(lsa_key_eq(&k, &h.key));
	ck_assert(!lsr_next(&r, &k));
}
END_TEST

/* A router-LSA captured from FRR: one stub link. */
static const uint8_t frr_lsa[] = {
	0x00, 0x0b, 0x02, 0x01, 0x0a, 0x00, 0x00, 0x02, 0x0a, 0x00, 0x00, 0x02,
	0x80, 0x00, 0x00, 0x01, 0x0a, 0x5e, 0x00, 0x24, 0x00, 0x00, 0x00, 0x01,
	0xac, 0x1f, 0x00, 0x00, 0xff, 0xff, 0xff, 0xfc, 0x03, 0x00, 0x00, 0x0a
};

/* The checksum by its definition: sums over the octets are zero mod 255. */
static void
sums(const uint8_t *p, size_t len, unsigned int *a, unsigned int *b)
{
	size_t i;

	*a = *b = 0;
	for (i = 2; i < len; i++) {
		*a = (*a + p[i]) % 255;
		*b = (*b + *a) % 255;
	}
}

START_TEST(fletcher)
{
	uint8_t p[4096];
	unsigned int a, b, seed = 1;
	size_t len, i;
	uint16_t c;

	ck_assert(lsa_fletcher_ok(frr_lsa, sizeof(frr_lsa)));
	ck_assert_uint_eq(lsa_fletcher(frr_lsa, sizeof(frr_lsa)), 0x0a5e);
	for (len = LSA_HDR_LEN; len < sizeof(p); len += 1 + len / 5) {
		for (i = 0; i < len; i++)
			p[i] = (uint8_t)((seed = seed * 1103515245 + 12345)
			    >> 16);
		c = lsa_fletcher(p, len);
		p[16] = (uint8_t)(c >> 8);
		p[17] = (uint8_t)c;
		sums(p, len, &a, &b);
		ck_assert_uint_eq(a, 0);
		ck_assert_uint_eq(b, 0);
		ck_assert(lsa_fletcher_ok(p, len));
		p[0] ^= 0xff;		/* the age is not in it */
		ck_assert(lsa_fletcher_ok(p, len));
		p[len / 2 == 16 ? 15 : len / 2] ^= 0x10;
		ck_assert(!lsa_fletcher_ok(p, len));
	}
	/* all 0xff, long: the sums are reduced in time */
	memset(p, 0xff, sizeof(p));
	c = lsa_fletcher(p, sizeof(p));
	p[16] = (uint8_t)(c >> 8);
	p[17] = (uint8_t)c;
	ck_assert(lsa_fletcher_ok(p, sizeof(p)));
	/* zero means that there is none, which RFC 2328 does not allow */
	memset(p, 0, 36);
	ck_assert(!lsa_fletcher_ok(p, 36));
}
END_TEST

static enum ospf_drop
check(uint8_t *p, size_t len, bool fix)
{
	struct rbuf r = rbuf_make(p, len);
	struct lsa_hdr h;
	uint16_t c;

	if (fix) {
		p[18] = (uint8_t)(len >> 8);
		p[19] = (uint8_t)len;
		c = lsa_fletcher(p, len);
		p[16] = (uint8_t)(c >> 8);
		p[17] = (uint8_t)c;
	}
	lsa_hdr_read(&r, &h);
	return (lsa_check(p, &h));
}

START_TEST(lsa_checks)
{
	uint8_t p[65600] = { 0 };

	memcpy(p, frr_lsa, sizeof(frr_lsa));
	ck_assert_int_eq(check(p, 36, true), DROP_NONE);
	p[34] ^= 1;
	ck_assert_int_eq(check(p, 36, false), DROP_LSA_CHECKSUM);
	p[34] ^= 1;
	p[0] = 0x0e, p[1] = 0x10;			/* 3600 */
	ck_assert_int_eq(check(p, 36, true), DROP_NONE);
	p[1] = 0x11;
	ck_assert_int_eq(check(p, 36, true), DROP_LSA_AGE);
	p[0] = 0xff, p[1] = 0xff;
	ck_assert_int_eq(check(p, 36, true), DROP_LSA_AGE);
	p[0] = 0x80, p[1] = 0x01;			/* DoNotAge */
	ck_assert_int_eq(check(p, 36, true), DROP_LSA_AGE);
	p[0] = 0, p[1] = 1;
	p[15] = 0;					/* 0x80000000 */
	ck_assert_int_eq(check(p, 36, true), DROP_LSA_SEQ);
	p[15] = 3;
	p[7] = 9;					/* LSID != AdvRouter */
	ck_assert_int_eq(check(p, 36, true), DROP_LSA_ID);
	p[7] = 2;
	p[23] = 2;					/* two links, one there */
	ck_assert_int_eq(check(p, 36, true), DROP_LSA_BODY);
	p[23] = 0;
	ck_assert_int_eq(check(p, 36, true), DROP_LSA_BODY);
	p[22] = 0xff, p[23] = 0xff;
	ck_assert_int_eq(check(p, 36, true), DROP_LSA_BODY);
	p[22] = 0, p[23] = 1;
	p[33] = 255;					/* 255 TOS metrics */
	ck_assert_int_eq(check(p, 36, true), DROP_LSA_BODY);
	p[33] = 1;					/* one, and it is there */
	ck_assert_int_eq(check(p, 40, true), DROP_NONE);
	ck_assert_int_eq(check(p, 38, true), DROP_LSA_BODY);
	p[33] = 0;
	p[23] = 0;
	ck_assert_int_eq(check(p, 24, true), DROP_NONE);	/* no links */
	ck_assert_int_eq(check(p, 23, true), DROP_LSA_BODY);
	ck_assert_int_eq(check(p, 20, true), DROP_LSA_BODY);
	p[3] = 0;
	ck_assert_int_eq(check(p, 36, true), DROP_LSA_TYPE);
	p[3] = 200;
	ck_assert_int_eq(check(p, 36, true), DROP_LSA_TYPE);
	p[3] = LSA_NETWORK;
	ck_assert_int_eq(check(p, 22, true), DROP_LSA_BODY);
	ck_assert_int_eq(check(p, 24, true), DROP_LSA_BODY);	/* mask only */
	ck_assert_int_eq(check(p, 28, true), DROP_NONE);
	p[3] = LSA_EXTERNAL;
	ck_assert_int_eq(check(p, 24, true), DROP_LSA_BODY);
	ck_assert_int_eq(check(p, 36, true), DROP_NONE);
	p[3] = LSA_SUMMARY;
	ck_assert_int_eq(check(p, 24, true), DROP_LSA_BODY);
	ck_assert_int_eq(check(p, 28, true), DROP_NONE);
	p[3] = LSA_OPAQUE_AREA;				/* never looked into */
	ck_assert_int_eq(check(p, 21, true), DROP_NONE);
	ck_assert_int_eq(check(p, 20, true), DROP_NONE);
	/* 5400 links */
	p[3] = LSA_ROUTER;
	p[22] = 5400 >> 8, p[23] = 5400 & 0xff;
	ck_assert_int_eq(check(p, 24 + 5400 * 12, true), DROP_NONE);
}
END_TEST

START_TEST(which_is_newer)
{
	static const struct {
		uint32_t	seq;
		uint16_t	cksum, age;
		int		c;	/* against 5, 100, 10 */
	} t[] = {
		{ LSA_SEQ_INITIAL + 4, 100, 10, 0 },
		{ LSA_SEQ_INITIAL + 5, 1, 3600, 1 },
		{ LSA_SEQ_INITIAL + 3, 200, 0, -1 },
		{ LSA_SEQ_MAX, 1, 10, 1 },
		{ 0, 1, 10, 1 },		/* signed */
		{ LSA_SEQ_INITIAL + 4, 101, 3600, 1 },
		{ LSA_SEQ_INITIAL + 4, 99, 0, -1 },
		{ LSA_SEQ_INITIAL + 4, 100, 3600, 1 },
		{ LSA_SEQ_INITIAL + 4, 100, 910, 0 },
		{ LSA_SEQ_INITIAL + 4, 100, 911, -1 },
		{ LSA_SEQ_INITIAL + 4, 100, 0, 0 },
	};
	struct lsa_hdr a, b = { .seq = LSA_SEQ_INITIAL + 4, .cksum = 100,
	    .age = 10 };
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		a = b;
		a.seq = t[i].seq;
		a.cksum = t[i].cksum;
		a.age = t[i].age;
		ck_assert_msg(lsa_hdr_cmp(&a, &b) == t[i].c, "row %zu", i);
		ck_assert_msg(lsa_hdr_cmp(&b, &a) == -t[i].c, "row %zu", i);
	}
}
END_TEST

START_TEST(ages)
{
	uint8_t out[64];
	struct wbuf w = wbuf_make(out, sizeof(out));
	struct lsa *l = lsa_new(frr_lsa, sizeof(frr_lsa), 0, t0);

	ck_assert_uint_eq(lsa_age(l, t0), 11);
	ck_assert_uint_eq(lsa_age(l, mono_add(t0, NS_S(100))), 111);
	ck_assert_uint_eq(lsa_age(l, mono_add(t0, NS_S(99999))), 3600);
	lsa_write(&w, l, mono_add(t0, NS_S(9)));
	ck_assert_uint_eq(w.len, sizeof(frr_lsa));
	ck_assert_uint_eq(out[1], 21);		/* and InfTransDelay */
	ck_assert_mem_eq(out + 2, frr_lsa + 2, sizeof(frr_lsa) - 2);
	lsa_unref(l);
}
END_TEST

START_TEST(router_lsa)
{
	uint8_t buf[128];
	struct wbuf w = wbuf_make(buf, sizeof(buf));
	struct rlink l[2] = { { RLINK_P2P, 7, 8, 9 },
	    { RLINK_STUB, 0x0a000000, 0xff000000, 65535 } }, g;
	struct rbuf r;
	uint16_t n;

	wbuf_zero(&w, LSA_HDR_LEN);
	router_lsa_write(&w, 0, l, 2);
	r = router_lsa_links(buf, w.len, &n);
	ck_assert_uint_eq(n, 2);
	ck_assert(router_link_next(&r, &g));
	ck_assert_uint_eq(g.type, RLINK_P2P);
	ck_assert_uint_eq(g.data, 8);
	ck_assert(router_link_next(&r, &g));
	ck_assert_uint_eq(g.metric, 65535);
	ck_assert(!router_link_next(&r, &g));
}
END_TEST

/* The digest was computed elsewhere (Python's hashlib) over the 36 bytes and
 * "secret" with ten zero bytes behind it. */
START_TEST(md5)
{
	static const uint8_t want[16] = {
		0x10, 0x08, 0x13, 0xd8, 0x92, 0x24, 0xd7, 0x3a,
		0x2f, 0x41, 0x70, 0x5d, 0x51, 0xd0, 0x63, 0xf1
	};
	struct ospf_md5 *m = ospf_md5_new();
	struct ospf_key k[2] = { { .id = 4, .n_key = 5, .key = "other" },
	    { .id = 9, .n_key = 6, .key = "secret" } };
	uint8_t buf[128];
	struct wbuf w = wbuf_make(buf, sizeof(buf));
	struct ospf_hdr h;
	size_t i, len;

	ospf_hdr_write(&w, PKT_LSR, 0x01020304, 0);
	wbuf_u32(&w, 1);
	wbuf_u32(&w, 2);
	wbuf_u32(&w, 3);
	ck_assert_int_eq(ospf_auth_sign(m, &w, &k[1], 0xdeadbeef), 0);
	len = w.len;
	ck_assert_uint_eq(len, 24 + 12 + 16);
	ck_assert_mem_eq(buf + 36, want, 16);
	ck_assert_int_eq(ospf_hdr_read(buf, len, &h), 0);
	ck_assert_uint_eq(h.len, 36);
	ck_assert_uint_eq(h.autype, 2);
	ck_assert_uint_eq(h.key_id, 9);
	ck_assert_uint_eq(h.seq, 0xdeadbeef);
	ck_assert_int_eq(ospf_auth_verify(m, buf, len, &h, k, 2), 0);
	/* something behind the digest (LLS) does not matter */
	ck_assert_int_eq(ospf_auth_verify(m, buf, len + 8, &h, k, 2), 0);
	ck_assert_int_eq(ospf_auth_verify(m, buf, len, &h, k, 1),
	    DROP_AUTH_KEY);
	for (i = 36; i < len; i++)
		ck_assert_int_eq(ospf_auth_verify(m, buf, i, &h, k, 2),
		    DROP_AUTH_LEN);
	for (i = 0; i < len; i++) {
		if (i == 18 || i == 19)
			continue;		/* key id and length: below */
		buf[i] ^= 0x20;
		ck_assert_int_eq(ospf_auth_verify(m, buf, len, &h, k, 2),
		    DROP_AUTH_DIGEST);
		buf[i] ^= 0x20;
	}
	for (i = 0; i < 256; i++) {
		h.auth_len = (uint8_t)i;
		ck_assert_int_eq(ospf_auth_verify(m, buf, len, &h, k, 2),
		    i == 16 ? DROP_NONE : DROP_AUTH_LEN);
	}
	ospf_md5_free(m);
}
END_TEST

START_TEST(sequence)
{
	static const struct {
		uint32_t	seq;
		bool		strict, shielded, taken;
	} t[] = {
		{ 1000, false, true, true },	/* the first */
		{ 1000, false, true, true },	/* equal */
		{ 1000, true, true, false },
		{ 1003, false, true, true },
		{ 1001, false, true, true },	/* overtaken */
		{ 1001, false, true, false },	/* twice */
		{ 1002, true, true, false },	/* overtaken, and strict */
		{ 1002, false, false, false },	/* not over a bare link */
		{ 0x80001000, false, true, true },
		{ 1004, false, false, false },
		{ 5, false, true, false },	/* fell: once, twice ... */
		{ 6, false, true, false },
		{ 7, false, true, true },	/* ... it did restart */
		{ 7, false, true, true },
		{ 6000, false, true, true },
		{ 50, false, true, false },
		{ 40, false, true, false },	/* does not rise: from anew */
		{ 41, false, true, false },
		{ 6001, false, true, true },
		{ 42, false, true, false },
		{ 4, false, true, false },	/* one, again and again */
		{ 4, false, true, false },
		{ 4, false, true, false },
		{ 4, false, true, false },
		{ 0xffffffff, false, true, true },
		{ 0, false, true, false },	/* wrapped */
		{ 1, false, true, false },
		{ 2, false, true, true },
		{ 1, false, true, false },	/* not of the new life */
		{ 3, false, true, true },
	};
	struct auth_seq s = { .valid = false };
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ck_assert_msg((auth_seq_take(&s, 1, t[i].seq, t[i].strict,
		    t[i].shielded) == DROP_NONE) == t[i].taken,
		    "row %zu", i);
	/* another router has numbers of its own */
	ck_assert_int_eq(auth_seq_take(&s, 2, 1, true, false), DROP_NONE);
}
END_TEST

START_TEST(ip_header)
{
	uint8_t p[64] = { 0x46, 0xc0, 0, 40, 0, 0, 0, 0, 1, 89, 0, 0,
	    10, 0, 0, 1, 224, 0, 0, 5 };
	uint32_t src, dst;
	size_t n, i;
	uint8_t ttl;

	ck_assert_ptr_eq(ip4_strip(p, 40, &n, &src, &dst, &ttl), p + 24);
	ck_assert_uint_eq(n, 16);
	ck_assert_uint_eq(src, 0x0a000001);
	ck_assert_uint_eq(dst, ALL_SPF_ROUTERS);
	ck_assert_uint_eq(ttl, 1);
	for (i = 0; i < 24; i++)
		ck_assert_ptr_null(ip4_strip(p, i, &n, &src, &dst, &ttl));
	p[0] = 0x44;
	ck_assert_ptr_null(ip4_strip(p, 40, &n, &src, &dst, &ttl));
	p[0] = 0x66;
	ck_assert_ptr_null(ip4_strip(p, 40, &n, &src, &dst, &ttl));
}
END_TEST

/* A Grace-LSA with its three TLVs; what is not one; there and back. */
START_TEST(grace)
{
	static const uint8_t all[] = {
		0x00, 0x01, 0x02, 0x09, 0x03, 0x00, 0x00, 0x00,
		0x0a, 0x00, 0x00, 0x02, 0x80, 0x00, 0x00, 0x01,
		0x00, 0x00, 0x00, 0x2c,
		0x00, 0x01, 0x00, 0x04, 0x00, 0x00, 0x00, 0x78,
		0x00, 0x02, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00,
		0x00, 0x03, 0x00, 0x04, 0xac, 0x1f, 0x00, 0x02
	};
	struct lsa_key k = { .type = LSA_OPAQUE_LINK, .id = GRACE_LS_ID };
	struct grace g = { .period_s = 7 }, o;
	uint8_t buf[64], bad[sizeof(all)];
	struct wbuf w = wbuf_make(buf, sizeof(buf));
	size_t i;

	ck_assert_int_eq(grace_read(all, sizeof(all), &o), DROP_NONE);
	ck_assert_uint_eq(o.period_s, 120);
	ck_assert_uint_eq(o.reason, GRACE_SOFTWARE);
	/* shorter: whole TLVs of which the third is not needed, or nothing */
	for (i = 20; i < sizeof(all); i++)
		ck_assert_int_eq(grace_read(all, i, &g), i == 36 ? DROP_NONE :
		    DROP_GRACE_BODY);
	for (i = 0; i < 4; i++) {
		memcpy(bad, all, sizeof(bad));
		memset(bad + 24, i == 0 ? 0 : 0xff, 4 - (i > 1 ? i - 1 : 0));
		g.reason = 77;
		ck_assert_int_eq(grace_read(bad, sizeof(bad), &g),
		    DROP_GRACE_PERIOD);
		ck_assert_uint_eq(g.reason, 77);
	}
	g = (struct grace){ .period_s = 1800, .reason = GRACE_UPGRADE };
	wbuf_zero(&w, LSA_HDR_LEN);
	grace_write(&w, &g);
	ck_assert_uint_eq(w.len, 36);
	ck_assert_int_eq(grace_read(buf, w.len, &o), DROP_NONE);
	ck_assert_uint_eq(o.period_s, 1800);
	ck_assert_uint_eq(o.reason, GRACE_UPGRADE);
	ck_assert(grace_is(&k));
	k.type = LSA_OPAQUE_AREA;
	ck_assert(!grace_is(&k));
	for (i = 0; i < GRACE_END_N; i++)
		ck_assert_ptr_nonnull(grace_end_names[i]);
}
END_TEST

START_TEST(names)
{
	struct mismatch m = { .why = DROP_DEAD_INTERVAL, .ours = 40,
	    .theirs = 30 };
	char buf[160];
	int i;

	mismatch_text(&m, buf, sizeof(buf));
	ck_assert_str_eq(buf, "dead interval 30 there, 40 here");
	for (i = 0; i < DROP_N; i++) {
		ck_assert_ptr_nonnull(ospf_drop_names[i]);
		m.why = (enum ospf_drop)i;
		mismatch_text(&m, buf, sizeof(buf));
		ck_assert_int_eq(buf[0] == '\0', i == DROP_NONE);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ospf_wire");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_add_test(t, hello_foreign);
	tcase_add_test(t, hello_roundtrip);
	tcase_add_test(t, header_lies);
	tcase_add_test(t, dd_and_requests);
	tcase_add_test(t, fletcher);
	tcase_add_test(t, lsa_checks);
	tcase_add_test(t, which_is_newer);
	tcase_add_test(t, ages);
	tcase_add_test(t, router_lsa);
	tcase_add_test(t, md5);
	tcase_add_test(t, sequence);
	tcase_add_test(t, ip_header);
	tcase_add_test(t, grace);
	tcase_add_test(t, names);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
