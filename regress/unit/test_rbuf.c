/* SPDX-License-Identifier: ISC */
/* rbuf and wbuf: bounds, sticky errors, byte order. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/rbuf.h"
#include "lib/wbuf.h"

START_TEST(read_order)
{
	static const uint8_t b[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
	    14, 15 };
	struct rbuf r = rbuf_make(b, sizeof(b));

	ck_assert_uint_eq(rbuf_u8(&r), 1);
	ck_assert_uint_eq(rbuf_u16(&r), 0x0203);
	ck_assert_uint_eq(rbuf_u32(&r), 0x04050607);
	ck_assert_uint_eq(rbuf_left(&r), 8);
	ck_assert(!rbuf_done(&r));
	ck_assert(rbuf_u64(&r) == 0x08090a0b0c0d0e0fULL);
	ck_assert(rbuf_ok(&r) && rbuf_done(&r));
}
END_TEST

/* each read one byte too long fails, and everything after it */
START_TEST(read_past_end)
{
	static const uint8_t b[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff };
	static const size_t width[] = { 1, 2, 4, 8, 5, 5, 5 };
	uint8_t out[5];
	size_t i;

	for (i = 0; i < 7; i++) {
		struct rbuf r = rbuf_make(b, width[i] - 1);
		struct rbuf s;

		memset(out, 0xaa, sizeof(out));
		switch (i) {
		case 0: ck_assert(rbuf_u8(&r) == 0); break;
		case 1: ck_assert(rbuf_u16(&r) == 0); break;
		case 2: ck_assert(rbuf_u32(&r) == 0); break;
		case 3: ck_assert(rbuf_u64(&r) == 0); break;
		case 4:
			rbuf_copy(&r, out, 5);
			ck_assert(out[0] == 0 && out[4] == 0);
			break;
		case 5: rbuf_skip(&r, 5); break;
		default:
			s = rbuf_sub(&r, 5);
			ck_assert(!rbuf_ok(&s) && rbuf_left(&s) == 0);
			break;
		}
		ck_assert(!rbuf_ok(&r) && !rbuf_done(&r));
		ck_assert_uint_eq(rbuf_left(&r), 0);
		ck_assert_uint_eq(rbuf_u8(&r), 0);
		ck_assert_ptr_null(rbuf_bytes(&r, 0));
	}
}
END_TEST

START_TEST(read_sub)
{
	static const uint8_t b[] = { 1, 2, 3, 4 };
	struct rbuf r = rbuf_make(b, 4), s = rbuf_sub(&r, 3);

	ck_assert_uint_eq(rbuf_left(&s), 3);
	ck_assert_uint_eq(rbuf_u16(&s), 0x0102);
	ck_assert_uint_eq(rbuf_u16(&s), 0);
	ck_assert(!rbuf_ok(&s));
	ck_assert(rbuf_ok(&r));
	ck_assert_uint_eq(rbuf_u8(&r), 4);
	ck_assert(rbuf_done(&r));
}
END_TEST

START_TEST(read_empty)
{
	struct rbuf r = rbuf_make(NULL, 0);

	ck_assert(rbuf_ok(&r) && rbuf_done(&r));
	ck_assert_ptr_nonnull(rbuf_bytes(&r, 0));
	ck_assert(rbuf_done(&r));
	(void)rbuf_u8(&r);
	ck_assert(!rbuf_ok(&r));
}
END_TEST

START_TEST(write_and_read)
{
	uint8_t b[19];
	struct wbuf w = wbuf_make(b, sizeof(b));
	struct rbuf r;

	wbuf_u8(&w, 0xfe);
	wbuf_u16(&w, 0xabcd);
	wbuf_u32(&w, 0x12345678);
	wbuf_u64(&w, 0x1122334455667788ULL);
	wbuf_bytes(&w, "xy", 2);
	wbuf_bytes(&w, NULL, 0);
	wbuf_zero(&w, 2);
	ck_assert(wbuf_ok(&w));
	ck_assert_uint_eq(w.len, sizeof(b));
	wbuf_set_u16(&w, 1, 0x0102);
	wbuf_set_u8(&w, 0, 7);
	ck_assert(wbuf_ok(&w));
	r = rbuf_make(b, w.len);
	ck_assert_uint_eq(rbuf_u8(&r), 7);
	ck_assert_uint_eq(rbuf_u16(&r), 0x0102);
	ck_assert_uint_eq(rbuf_u32(&r), 0x12345678);
	ck_assert(rbuf_u64(&r) == 0x1122334455667788ULL);
	ck_assert_mem_eq(rbuf_bytes(&r, 4), "xy\0\0", 4);
	ck_assert(rbuf_done(&r));
}
END_TEST

/* a write that does not fit writes nothing, and nothing after it does */
START_TEST(write_past_end)
{
	uint8_t b[4] = { 9, 9, 9, 9 };
	struct wbuf w = wbuf_make(b, 3);

	wbuf_u16(&w, 0);
	wbuf_u16(&w, 0);
	ck_assert(!wbuf_ok(&w));
	ck_assert_uint_eq(w.len, 2);
	wbuf_u8(&w, 1);
	ck_assert_uint_eq(w.len, 2);
	ck_assert_ptr_null(wbuf_reserve(&w, 0));
	ck_assert_uint_eq(b[2], 9);
	ck_assert_uint_eq(b[3], 9);
}
END_TEST

START_TEST(write_set_bounds)
{
	uint8_t b[4] = { 0 };
	struct wbuf w = wbuf_make(b, 4);

	wbuf_u16(&w, 1);
	wbuf_set_u16(&w, 1, 5);
	ck_assert(!wbuf_ok(&w));
	w = wbuf_make(b, 4);
	wbuf_u8(&w, 1);
	wbuf_set_u16(&w, 0, 5);
	ck_assert(!wbuf_ok(&w));
	w = wbuf_make(b, 4);
	wbuf_set_u8(&w, 0, 5);
	ck_assert(!wbuf_ok(&w));
	w = wbuf_make(b, 4);
	wbuf_u32(&w, 1);
	wbuf_set_u16(&w, SIZE_MAX, 5);
	ck_assert(!wbuf_ok(&w));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rbuf");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_test(t, read_order);
	tcase_add_test(t, read_past_end);
	tcase_add_test(t, read_sub);
	tcase_add_test(t, read_empty);
	tcase_add_test(t, write_and_read);
	tcase_add_test(t, write_past_end);
	tcase_add_test(t, write_set_bounds);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
