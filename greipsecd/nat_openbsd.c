/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See nat.h.  pf's rules are one file, read as a whole: there is
 * no place in it for a program that is not asked, so nothing is kept away here.
 */
#include <errno.h>
#include <string.h>

#include "greipsecd/nat.h"

struct nat *
nat_open(void)
{
	errno = ENOTSUP;
	return (NULL);
}

void
nat_close(struct nat *n)
{
	(void)n;
}

int
nat_fd(const struct nat *n)
{
	(void)n;
	return (-1);
}

void
nat_read(struct nat *n)
{
	(void)n;
}

int
nat_look(struct nat *n, struct nat_seen *seen)
{
	(void)n;
	memset(seen, 0, sizeof(*seen));
	errno = ENOTSUP;
	return (-1);
}

int
nat_exempt(struct nat *n, bool on)
{
	(void)n;
	(void)on;
	errno = ENOTSUP;
	return (-1);
}
