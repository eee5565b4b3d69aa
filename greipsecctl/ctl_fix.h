/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  What is put into the file against a cause where that
 * is more than a value of the other end: lines that the parser takes and that
 * mend it, or none.  Pure.
 */
#ifndef GREIPSECCTL_CTL_FIX_H
#define GREIPSECCTL_CTL_FIX_H

#include "greipsecctl/ctl_cause.h"

struct fix {
	char		link[2 * TUNNEL_NAME_MAX + 16];	/* head of the block */
	char		mtu[8], most[8];	/* ours, and what of it fits */
	char		fast[48];	/* of a hello interval that is 0 */
	char		here[300], there[300];	/* either may be empty */
};

/* Fill in all of out; here and there stay empty for most codes. */
void	fix_make(const char *code, const struct cause_facts *f,
	    struct fix *out);

#endif
