/* SPDX-License-Identifier: ISC */
/* runs in: every process.  See clock.h. */
#include <time.h>

#include "lib/clock.h"

struct mono
mono_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((struct mono){ ts.tv_sec * NS_S(1) + ts.tv_nsec });
}

int64_t
wall_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

struct timeval
mono_until(struct mono due, struct mono now)
{
	struct timeval tv = { 0 };
	int64_t ns = mono_sub(due, now);

	if (ns > NS_S(3600))
		ns = NS_S(3600);
	if (ns > 0) {
		tv.tv_sec = ns / NS_S(1);
		tv.tv_usec = (ns % NS_S(1) + 999) / 1000;
		if (tv.tv_usec >= 1000000) {
			tv.tv_sec++;
			tv.tv_usec -= 1000000;
		}
	}
	return (tv);
}
