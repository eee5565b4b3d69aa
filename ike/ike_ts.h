/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  Traffic selectors (RFC 7296 3.13): ours are always one host
 * and one protocol.  Pure.
 */
#ifndef GREIPSEC_IKE_TS_H
#define GREIPSEC_IKE_TS_H

#include "ike/ike_crypto.h"
#include "lib/addr.h"
#include "lib/wbuf.h"

enum ike_ts {
	TS_COVERS,	/* what we want lies in it */
	TS_NO,		/* it does not */
	TS_BAD		/* malformed */
};

/* Write the body: host a, protocol proto (0: any), every port. */
void		ike_ts_put(struct wbuf *w, const struct addr *a, uint8_t proto);
/*
 * Whether the body covers host a with proto and every port.  any_host: the
 * address is not compared, as a NAT changed it (2.23.1).
 */
enum ike_ts	ike_ts_check(struct ike_span body, const struct addr *a,
		    uint8_t proto, bool any_host);

#endif
