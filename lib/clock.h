/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process, in *_proc.c, loop.c and control.c only.  The two
 * clocks.  Pure code is given the time.
 */
#ifndef GREIPSEC_CLOCK_H
#define GREIPSEC_CLOCK_H

#include <sys/time.h>

#include "lib/mono.h"

/* Now, on the monotonic clock (CLOCK_MONOTONIC). */
struct mono	 mono_now(void);
/* Milliseconds since 1970 on the wall clock, for logs and events. */
int64_t		 wall_ms(void);
/* From now until due, for evtimer_add; zero when it has passed, one hour at
 * the most (the caller's handler looks at the time anyway). */
struct timeval	 mono_until(struct mono due, struct mono now);

#endif
