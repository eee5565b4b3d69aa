/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  Source NAT on this host that also matches what goes
 * into the tunnels: the far end would see this host instead of the sender.  Read
 * from what `nft list ruleset' prints (iptables of today are in there too).  Where
 * the daemon keeps it away (its own table is there), what is said is which rule
 * meant a tunnel and does nothing.
 */
#ifndef GREIPSECCTL_CTL_NFT_H
#define GREIPSECCTL_CTL_NFT_H

#include <stdio.h>

#include "greipsecctl/ctl_data.h"
#include "greipsecctl/ctl_forward.h"

/* Append a row struct ctl_warn for each such rule that f lists, with its table
 * and chain; every line goes to fwd too, which may be NULL.  0, or -1 with
 * errno. */
int	nft_scan(FILE *f, struct rows *out, struct forward *fwd);
/* The same of this host.  Without nft, or the right to ask it, nothing. */
int	nft_look(struct rows *out, struct forward *fwd);

#endif
