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
	/* around what is put into a block, here and there */
	char		in[2 * TUNNEL_NAME_MAX + 16];
	char		at[2 * TUNNEL_NAME_MAX + ADDR_TEXT_MAX + 20];
	char		end[4];
	/* where `disable' may stand; where our address is, and what is said
	 * when a NAT has it; who we are; where the area may stand as well; how
	 * they call us, ask about us, and learn what both ends have */
	char		places[6 * TUNNEL_NAME_MAX];
	char		own[TUNNEL_NAME_MAX + 24], self[TUNNEL_NAME_MAX + 8];
	char		also[TUNNEL_NAME_MAX + 48], nat[TUNNEL_NAME_MAX + 28];
	char		us[TUNNEL_NAME_MAX], diag[TUNNEL_NAME_MAX + 24];
	char		both[2 * TUNNEL_NAME_MAX + 48];
	char		mtu[8], most[8];	/* ours, and what of it fits */
	char		fast[48];	/* of a hello interval that is 0 */
	char		here[300], there[300];	/* either may be empty */
};

/* Fill in all of out; here and there stay empty for most codes. */
void	fix_make(const char *code, const struct cause_facts *f,
	    struct fix *out);

#endif
