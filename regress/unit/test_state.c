/* SPDX-License-Identifier: ISC */
/* state.c: the file, whole, torn, old; the first sequence number. */
#include <sys/stat.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "greipsecd/state.h"

static char dir[64], path[80];

static void
setup(void)
{
	(void)snprintf(dir, sizeof(dir), "/tmp/gs-state.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/state", dir);
}

static void
teardown(void)
{
	char site[1024];

	(void)snprintf(site, sizeof(site), "%s/site", dir);
	(void)unlink(site);
	(void)unlink(path);
	(void)rmdir(dir);
}

static void
put(const void *b, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, b, len), (ssize_t)len);
	(void)close(fd);
}

START_TEST(round_trip)
{
	struct state in = { .ospf_seq = 0xfedcba98, .forward_set = true,
	    .running = true, .grace_s = 120 }, out;
	struct stat st;

	ck_assert_int_eq(state_read(dir, &out), STATE_NONE);
	ck_assert_int_eq(state_write(dir, &in), 0);
	ck_assert_int_eq(state_read(dir, &out), STATE_OK);
	ck_assert_uint_eq(out.ospf_seq, in.ospf_seq);
	ck_assert(out.forward_set && !out.forward_was && out.running);
	ck_assert_uint_eq(out.grace_s, 120);
	in.ospf_seq = 7;
	in.running = false;
	in.forward_was = true;
	ck_assert_int_eq(state_write(dir, &in), 0);
	ck_assert_int_eq(state_read(dir, &out), STATE_OK);
	ck_assert_uint_eq(out.ospf_seq, 7);
	ck_assert(out.forward_was && !out.running);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(directory_is_made)
{
	struct state s = { .ospf_seq = 1 };
	char sub[96], file[104];

	(void)snprintf(sub, sizeof(sub), "%s/db", dir);
	(void)snprintf(file, sizeof(file), "%s/state", sub);
	ck_assert_int_eq(state_write(sub, &s), 0);
	ck_assert_int_eq(state_read(sub, &s), STATE_OK);
	(void)unlink(file);
	(void)rmdir(sub);
	ck_assert_int_eq(state_write("/nowhere/at/all", &s), -1);
}
END_TEST

/* Any shorter file, any changed byte, anything behind it. */
START_TEST(torn)
{
	struct state in = { .ospf_seq = 12345 }, out;
	uint8_t b[STATE_LEN + 1] = { 0 };
	enum state_err e;
	size_t i;

	state_encode(&in, b);
	for (i = 0; i < STATE_LEN; i++) {
		put(b, i);
		ck_assert_int_ne(state_read(dir, &out), STATE_OK);
		ck_assert_uint_eq(out.ospf_seq, 0);
	}
	put(b, STATE_LEN + 1);
	ck_assert_int_eq(state_read(dir, &out), STATE_TORN);
	for (i = 0; i < STATE_LEN; i++) {
		b[i] ^= 0x10;
		e = state_decode(b, STATE_LEN, &out);
		ck_assert_int_eq(e, i >= 4 && i < 8 ? STATE_VERSION :
		    STATE_TORN);
		b[i] ^= 0x10;
	}
	ck_assert_int_eq(state_decode(b, STATE_LEN, &out), STATE_OK);
}
END_TEST

/* The directory above is made too, and no more than that one. */
START_TEST(directories)
{
	struct state s = { .running = true };
	char up[300], sub[320], far[340];

	(void)snprintf(up, sizeof(up), "%s/db", dir);
	(void)snprintf(sub, sizeof(sub), "%s/greipsecd", up);
	(void)snprintf(far, sizeof(far), "%s/a/b/c", sub);
	ck_assert_int_eq(state_write(sub, &s), 0);
	ck_assert_int_eq(state_read(sub, &s), STATE_OK);
	ck_assert_int_eq(state_write(far, &s), -1);
	ck_assert_int_eq(errno, ENOENT);
	(void)snprintf(far, sizeof(far), "%s/state", sub);
	ck_assert_int_eq(unlink(far), 0);
	ck_assert_int_eq(rmdir(sub), 0);
	ck_assert_int_eq(rmdir(up), 0);
}
END_TEST

START_TEST(sequence)
{
	struct state s = { .ospf_seq = 0 };

	ck_assert_uint_eq(state_seq(&s, 1000), 1000);
	s.ospf_seq = 900;
	ck_assert_uint_eq(state_seq(&s, 1000), 1000);
	/* the clock went back */
	s.ospf_seq = 5000;
	ck_assert_uint_eq(state_seq(&s, 1000), 5000);
	ck_assert_uint_eq(state_seq(&s, -1), 5000);
	/* beyond 2106 */
	ck_assert_uint_eq(state_seq(&s, 0x100000000LL), 5000);
}
END_TEST

/* Past the end the clock is what it was at first, and counts. */
START_TEST(sequence_end)
{
	struct state s = { .ospf_seq = 5000 };

	ck_assert(!state_seq_keep(&s, 5000));
	ck_assert(!state_seq_keep(&s, 4000));
	ck_assert(state_seq_keep(&s, 0xf0000000));
	ck_assert_uint_eq(state_seq(&s, 1000), 0xf0000000);
	ck_assert(!state_seq_keep(&s, 1000));
	ck_assert(state_seq_keep(&s, 0xffff0000));
	ck_assert_uint_eq(state_seq(&s, 1000), 1000);
	ck_assert(!state_seq_keep(&s, 0xffff0000));
	ck_assert(state_seq_keep(&s, 0xffffffff));
	ck_assert_uint_eq(state_seq(&s, 1000), 1000);
	ck_assert(state_seq_keep(&s, 1500));
	ck_assert_uint_eq(s.ospf_seq, 1500);
	ck_assert_uint_eq(state_seq(&s, 1000), 1500);
	ck_assert(!state_seq_keep(&s, 1400));
}
END_TEST

/* The time of the file says when it was written. */
START_TEST(last_alive)
{
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	struct state s = { .running = true };

	ck_assert_int_eq(state_age(dir, time(NULL)), -1);
	ck_assert_int_eq(state_write(dir, &s), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, old, 0), 0);
	ck_assert_int_eq(state_age(dir, 1030), 30);
	ck_assert_int_eq(state_age(dir, 900), 0);
	ck_assert_int_eq(state_read(dir, &s), STATE_OK);
	ck_assert(s.running);
}
END_TEST

START_TEST(site_name)
{
	char name[8], long_dir[] = "/nowhere/at/all";

	ck_assert_int_eq(state_site(dir, name, sizeof(name)), -1);
	ck_assert_str_eq(name, "");
	ck_assert_int_eq(state_site_write(dir, "london"), 0);
	ck_assert_int_eq(state_site(dir, name, sizeof(name)), 0);
	ck_assert_str_eq(name, "london");
	ck_assert_int_eq(state_site(dir, name, 6), -1);	/* no room */
	ck_assert_str_eq(name, "");
	ck_assert_int_eq(state_site_write(dir, ""), 0);
	ck_assert_int_eq(state_site(dir, name, sizeof(name)), -1);
	ck_assert_int_eq(state_site_write(long_dir, "london"), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("state");
	TCase *c = tcase_create("state");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, round_trip);
	tcase_add_test(c, directory_is_made);
	tcase_add_test(c, directories);
	tcase_add_test(c, torn);
	tcase_add_test(c, sequence);
	tcase_add_test(c, sequence_end);
	tcase_add_test(c, last_alive);
	tcase_add_test(c, site_name);
	suite_add_tcase(s, c);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
