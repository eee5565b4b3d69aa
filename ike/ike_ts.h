/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  Traffic selectors (RFC 7296 3.13): ours are always one host
 * and GRE, or any protocol.  Pure.
 */
#ifndef GREIPSEC_IKE_TS_H
#define GREIPSEC_IKE_TS_H

#include "ike/ike_crypto.h"
#include "lib/addr.h"
#include "lib/wbuf.h"

#define TS_GRE	47	/* the protocol that a tunnel carries */

enum ike_ts {
	TS_COVERS,	/* what we want lies in it */
	TS_NO,		/* it does not */
	TS_BAD		/* malformed */
};

/* Write the body: host a, protocol proto (0: any), every port. */
void		ike_ts_put(struct wbuf *w, const struct addr *a, uint8_t proto);
/*
 * Whether the body covers host a with proto and every port.  any_host: any
 * single host is taken for it, as a NAT changed the address (2.23.1).
 */
enum ike_ts	ike_ts_check(struct ike_span body, const struct addr *a,
		    uint8_t proto, bool any_host);
/*
 * The first selector of a body of the same kind in words, as
 * "198.51.100.1 gre" or "10.0.0.0-10.0.0.255 any", into buf of cap bytes (cut
 * where it does not fit); "?" where it is malformed or of another type.
 */
void		ike_ts_text(struct ike_span body, char *buf, size_t cap);

#endif
