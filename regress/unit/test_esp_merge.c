/* SPDX-License-Identifier: ISC */
/*
 * Merging of packets of one flow (merge.h): flows and disturbances by chance, and
 * a segmenter written here cuts what was merged.  It has to give the packets back
 * as they were, but for their identification.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "esp/merge.h"

#define ALL	(MERGE_TCP | MERGE_UDP)

static uint8_t mem[PKT_BATCH][2048];
static struct pkt v[PKT_BATCH];
static uint64_t rng;

static uint32_t
chance(uint32_t bound)
{
	rng = rng * 6364136223846793005U + 1442695040888963407U;
	return ((uint32_t)(rng >> 33) % bound);
}

static void
put(uint8_t *p, uint32_t x, int bytes)
{
	while (bytes-- > 0) {
		p[bytes] = (uint8_t)x;
		x >>= 8;
	}
}

static uint32_t
add(const uint8_t *p, size_t len, uint32_t s)
{
	size_t i;

	for (i = 0; i < len; i++)
		s += (uint32_t)p[i] << (i % 2 == 0 ? 8 : 0);
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (s);
}

/* Make both checksums right. */
static void
finish(uint8_t *p, size_t len)
{
	size_t at = p[9] == IPPROTO_UDP ? 26 : 36;
	uint32_t s;

	put(p + 2, (uint32_t)len, 2);
	put(p + 10, 0, 2);
	put(p + 10, ~add(p, 20, 0), 2);
	if (p[9] == IPPROTO_UDP)
		put(p + 24, (uint32_t)len - 20, 2);
	put(p + at, 0, 2);
	s = add(p + 12, 8, p[9] + (uint32_t)len - 20);
	s = ~add(p + 20, len - 20, s) & 0xffff;
	put(p + at, s == 0 && p[9] == IPPROTO_UDP ? 0xffff : s, 2);
}

/* Packet i: the next of the flow with so much data. */
static void
make(size_t i, bool udp, size_t data, uint32_t *seq)
{
	size_t head = udp ? 28 : 52, k;
	uint8_t *p = mem[i] + 128;

	v[i] = (struct pkt){ .buf = mem[i], .off = 128, .fate = PKT_TUN };
	memset(p, 0, head);
	p[0] = 0x45;
	put(p + 4, chance(65536), 2);
	p[6] = 0x40;
	p[8] = 60;
	p[9] = udp ? IPPROTO_UDP : IPPROTO_TCP;
	put(p + 12, 0x0a010001, 4);
	put(p + 16, 0x0a020001, 4);
	put(p + 20, 5001, 2);
	put(p + 22, 40000, 2);
	if (!udp) {
		put(p + 24, *seq, 4);
		put(p + 28, 77, 4);
		p[32] = 8 << 4;
		p[33] = 0x10;
		put(p + 34, 500, 2);
		put(p + 40, 0x0101080a, 4);	/* NOP, NOP, timestamps */
		put(p + 44, 1000, 4);
		put(p + 48, 2000, 4);
	}
	for (k = 0; k < data; k++)
		p[head + k] = (uint8_t)chance(256);
	*seq += (uint32_t)data;
	v[i].len = (uint32_t)(head + data);
	finish(p, v[i].len);
}

/* Cut what the first n became; each piece is the packet that it was. */
static void
cut(const struct merge *m, size_t n)
{
	static uint8_t whole[70000];
	uint8_t piece[2048];
	size_t i, at = m->hlen, len, all = m->hlen;
	bool udp = m->proto == IPPROTO_UDP;

	memcpy(whole, v[0].buf + v[0].off, m->hlen);
	merge_head(m, whole);
	for (i = 0; i < n; i++) {
		len = v[i].len - m->hlen;
		memcpy(whole + all, v[i].buf + v[i].off + m->hlen, len);
		all += len;
	}
	ck_assert_uint_eq(all, m->len);
	ck_assert_uint_eq(add(whole, 20, 0), 0xffff);
	ck_assert_uint_eq((uint32_t)whole[2] << 8 | whole[3], all);
	/* the sum that is there, and what is behind IP with it as zero */
	len = 20U + merge_sum_at(m);
	ck_assert_uint_eq((uint32_t)whole[len] << 8 | whole[len + 1],
	    add(whole + 12, 8, m->proto + (uint32_t)all - 20));
	for (i = 0; i < n; i++, at += len) {
		len = all - at < m->seg ? all - at : m->seg;
		memcpy(piece, whole, m->hlen);
		memcpy(piece + m->hlen, whole + at, len);
		if (!udp) {
			put(piece + 24, (uint32_t)(((uint32_t)whole[24] << 24 |
			    whole[25] << 16 | whole[26] << 8 | whole[27]) +
			    at - m->hlen), 4);
			if (at + len < all)
				piece[33] &= 0xf7;	/* PSH */
		}
		memcpy(piece + 4, v[i].buf + v[i].off + 4, 2);
		finish(piece, m->hlen + len);
		ck_assert_uint_eq(v[i].len, m->hlen + len);
		ck_assert_mem_eq(piece, v[i].buf + v[i].off, v[i].len);
	}
	ck_assert_uint_eq(at, all);
}

static size_t
run_all(size_t n)
{
	size_t i, k, runs = 0;
	struct merge m;

	for (i = 0; i < n; i += k, runs++) {
		k = merge_run(&m, &v[i], n - i, ALL);
		ck_assert_uint_ge(k, 1);
		ck_assert_uint_le(k, n - i);
		if (k == 1)
			continue;
		/* as if it were the start of the batch */
		memmove(v, v + i, (n - i) * sizeof(v[0]));
		n -= i;
		i = 0;
		cut(&m, k);
	}
	return (runs);
}

START_TEST(whole_flows)
{
	uint32_t seq = 0xfffffc00;	/* TCP's wraps */
	size_t i;

	rng = (uint64_t)_i + 1;
	for (i = 0; i < 40; i++)
		make(i, _i % 2, i == 39 ? 50 : 100, &seq);
	ck_assert_uint_eq(run_all(40), 1);
	/* the last is longer: not with them */
	make(40, _i % 2, 101, &seq);
	ck_assert_uint_eq(run_all(41), 2);
	/* more than an IP packet holds */
	for (i = 0; i < PKT_BATCH; i++)
		make(i, _i % 2, 1400, &seq);
	ck_assert_uint_eq(run_all(PKT_BATCH), 2);
}
END_TEST

/* One thing is another than in its neighbours, and checksums are right: what was
 * cut may not notice (checked in cut()), and that packet begins anew. */
static const struct { bool tcp; size_t at; uint8_t x; size_t runs; } odd[] = {
	{ false, 1, 0x03, 3 }, { false, 8, 1, 3 }, { false, 15, 4, 3 },
	{ false, 19, 4, 3 }, { false, 21, 1, 3 }, { false, 23, 1, 3 },
	{ false, 6, 0x40, 3 }, { false, 6, 0x20, 3 }, { false, 6, 0x80, 3 },
	{ false, 7, 1, 3 }, { false, 0, 0x03, 3 }, { false, 9, 1, 3 },
	{ false, 4, 0xff, 1 }, { false, 30, 0xff, 1 },
	{ true, 27, 1, 3 }, { true, 31, 1, 3 }, { true, 32, 0x01, 3 },
	{ true, 33, 0x01, 3 }, { true, 33, 0x02, 3 }, { true, 33, 0x04, 3 },
	{ true, 33, 0x08, 2 }, { true, 33, 0x20, 3 }, { true, 33, 0x40, 3 },
	{ true, 33, 0x80, 3 }, { true, 33, 0x10, 3 }, { true, 35, 1, 3 },
	{ true, 39, 1, 3 }, { true, 47, 1, 3 }, { true, 51, 1, 3 },
	{ true, 60, 0xff, 1 },
};

START_TEST(odd_one)
{
	uint32_t seq = 5;
	uint8_t *p = mem[10] + 128;
	size_t i;

	rng = 7;
	for (i = 0; i < 20; i++)
		make(i, !odd[_i].tcp, 100, &seq);
	p[odd[_i].at] ^= odd[_i].x;
	finish(p, v[10].len);
	ck_assert_uint_eq(run_all(20), odd[_i].runs);
}
END_TEST

/* A checksum that is wrong stays so: nobody makes it right by merging. */
START_TEST(wrong_sums)
{
	static const size_t at[] = { 10, 11, 26, 27, 28, 99 };
	uint32_t seq = 5;
	size_t i, k;

	rng = 9;
	for (k = 0; k < 2; k++) {
		for (i = 0; i < 20; i++)
			make(i, k == 0, 100, &seq);
		mem[10][128 + at[_i] + (k == 1 && at[_i] >= 26 &&
		    at[_i] < 28 ? 10 : 0)] ^= 0x55;
		ck_assert_uint_eq(run_all(20), 3);
	}
	/* no checksum at all is as good as unknown */
	for (i = 0; i < 20; i++)
		make(i, true, 100, &seq);
	put(mem[10] + 128 + 26, 0, 2);
	ck_assert_uint_eq(run_all(20), 3);
}
END_TEST

/* Not of the same device, or not for a device; lengths that lie; too short. */
START_TEST(others)
{
	uint32_t seq = 5;
	struct merge m;
	size_t i, len;

	rng = 11;
	for (i = 0; i < 9; i++)
		make(i, true, 100, &seq);
	/* the system takes no UDP so */
	ck_assert_uint_eq(merge_run(&m, v, 9, MERGE_TCP), 1);
	ck_assert_uint_eq(merge_run(&m, v, 9, MERGE_UDP), 9);
	ck_assert_uint_eq(merge_kind(&m), MERGE_UDP);
	v[3].fate = PKT_WIRE;
	ck_assert_uint_eq(merge_run(&m, v, 9, ALL), 3);
	v[3].fate = PKT_TUN;
	v[3].tunnel = (struct path_tunnel *)(void *)mem;
	ck_assert_uint_eq(merge_run(&m, v, 9, ALL), 3);
	ck_assert_uint_eq(merge_run(&m, v + 3, 6, ALL), 1);
	ck_assert_uint_eq(merge_run(&m, v, 1, ALL), 1);
	for (len = 0; len < 129; len++) {
		for (i = 0; i < 3; i++) {
			make(i, len % 2, 100, &seq);
			v[i].len = len < v[i].len ? (uint32_t)len : v[i].len;
		}
		ck_assert_uint_eq(merge_run(&m, v, 3, ALL),
		    len >= 128 && len % 2 ? 3 : 1);
	}
}
END_TEST

/* All at once, by chance. */
START_TEST(any)
{
	uint32_t seq[2] = { 1, 2 };
	size_t i, n = 2 + (size_t)_i % (PKT_BATCH - 1), k, data = 0;

	rng = (uint64_t)_i + 100;
	for (i = 0; i < n; i++) {
		k = chance(8) == 0;
		if (i == 0 || chance(6) == 0)
			data = 1 + chance(300);
		make(i, k, data, &seq[k]);
		if (chance(10) == 0) {
			mem[i][128 + chance(60)] ^= (uint8_t)(1 + chance(255));
			if (chance(2) == 0 && (mem[i][137] == IPPROTO_UDP ||
			    mem[i][137] == IPPROTO_TCP))
				finish(mem[i] + 128, v[i].len);
		}
	}
	(void)run_all(n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("esp_merge");
	TCase *tc = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_add_loop_test(tc, whole_flows, 0, 4);
	tcase_add_loop_test(tc, odd_one, 0, sizeof(odd) / sizeof(odd[0]));
	tcase_add_loop_test(tc, wrong_sums, 0, 6);
	tcase_add_test(tc, others);
	tcase_add_loop_test(tc, any, 0, 500);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed != 0);
}
