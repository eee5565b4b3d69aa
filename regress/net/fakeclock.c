/* SPDX-License-Identifier: ISC */
/*
 * runs in: any program of a test.  LD_PRELOAD library: the wall clock is off by
 * $GS_CLOCK seconds, however it is asked; the monotonic one is left alone.
 */
#include <sys/time.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static time_t
off(void)
{
	const char *s = getenv("GS_CLOCK");

	return (s != NULL ? (time_t)strtol(s, NULL, 10) : 0);
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	static int (*real)(clockid_t, struct timespec *);
	int rv;

	if (real == NULL)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT,
		    "clock_gettime");
	rv = real(id, ts);
	if (rv == 0 && id == CLOCK_REALTIME)
		ts->tv_sec += off();
	return (rv);
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
		return (-1);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return (0);
}

time_t
time(time_t *out)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
		return ((time_t)-1);
	if (out != NULL)
		*out = ts.tv_sec;
	return (ts.tv_sec);
}
