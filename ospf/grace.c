/* SPDX-License-Identifier: ISC */
/* runs in: ospf.  See grace.h. */
#include "ospf/grace.h"

#define TLV_PERIOD	1
#define TLV_REASON	2
#define PADDED(n)	(((size_t)(n) + 3) & ~(size_t)3)

const char *const grace_reason_names[GRACE_REASON_N] = {
	"unknown", "software restart", "software upgrade", "redundant processor"
};
const char *const grace_end_names[GRACE_END_N] = {
	"not FULL", "has not acknowledged a change", "restarting here",
	"switched off", "restart over", "grace period expired",
	"topology changed", "link or neighbour gone",
	"links are not those from before", "no LSA from before", "stopped"
};

bool
grace_is(const struct lsa_key *k)
{
	return (k->type == LSA_OPAQUE_LINK && k->id >> 24 == GRACE_OPAQUE_TYPE);
}

enum ospf_drop
grace_read(const uint8_t *p, size_t len, struct grace *out)
{
	struct rbuf r = rbuf_make(p, len), v;
	struct grace g = { .period_s = 0 };
	bool period = false, reason = false;
	uint16_t type, n;

	rbuf_skip(&r, LSA_HDR_LEN);
	while (rbuf_ok(&r) && rbuf_left(&r) != 0) {
		type = rbuf_u16(&r);
		n = rbuf_u16(&r);
		v = r;
		rbuf_skip(&r, PADDED(n));
		if (type == TLV_PERIOD && n == 4) {
			g.period_s = rbuf_u32(&v);
			period = true;
		} else if (type == TLV_REASON && n == 1) {
			g.reason = rbuf_u8(&v);
			reason = true;
		}
	}
	if (!rbuf_ok(&r) || !period || !reason)
		return (DROP_GRACE_BODY);
	if (g.period_s == 0 || g.period_s > GRACE_PERIOD_MAX)
		return (DROP_GRACE_PERIOD);
	*out = g;
	return (DROP_NONE);
}

void
grace_write(struct wbuf *w, const struct grace *g)
{
	wbuf_u16(w, TLV_PERIOD);
	wbuf_u16(w, 4);
	wbuf_u32(w, g->period_s);
	wbuf_u16(w, TLV_REASON);
	wbuf_u16(w, 1);
	wbuf_u8(w, g->reason);
	wbuf_zero(w, 3);
}
