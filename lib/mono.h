/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process.  The one time type: monotonic nanoseconds, wrapped
 * so that it cannot be mixed with a wall clock or a plain count.  Pure: the
 * clock itself is read in lib/clock.h only.
 */
#ifndef GREIPSEC_MONO_H
#define GREIPSEC_MONO_H

#include <stdbool.h>
#include <stdint.h>

/* A point in time, nanoseconds since an arbitrary origin, never backwards. */
struct mono {
	int64_t	ns;
};

/* "No time": later than every other point. */
#define MONO_NEVER	((struct mono){ INT64_MAX })

/* Durations, in nanoseconds, from milliseconds and seconds. */
#define NS_MS(n)	((int64_t)(n) * 1000000)
#define NS_S(n)		((int64_t)(n) * 1000000000)

/* t plus ns nanoseconds; saturates at MONO_NEVER. */
static inline struct mono
mono_add(struct mono t, int64_t ns)
{
	struct mono r;

	if (__builtin_add_overflow(t.ns, ns, &r.ns))
		r.ns = INT64_MAX;
	return (r);
}

/* Nanoseconds from b to a; negative when a is earlier.  Saturates. */
static inline int64_t
mono_sub(struct mono a, struct mono b)
{
	int64_t r;

	if (__builtin_sub_overflow(a.ns, b.ns, &r))
		r = a.ns > b.ns ? INT64_MAX : INT64_MIN;
	return (r);
}

/* Whether due time t has come at now. */
static inline bool
mono_due(struct mono t, struct mono now)
{
	return (t.ns <= now.ns);
}

/* The earlier of two points. */
static inline struct mono
mono_min(struct mono a, struct mono b)
{
	return (a.ns < b.ns ? a : b);
}

/* Whole seconds from since to now; 0 when since lies ahead. */
static inline uint32_t
mono_age_s(struct mono since, struct mono now)
{
	int64_t d = mono_sub(now, since);

	return (d < 0 ? 0 : (uint32_t)(d / 1000000000));
}

#endif
