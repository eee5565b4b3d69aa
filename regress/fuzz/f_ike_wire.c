/* SPDX-License-Identifier: ISC */
/*
 * The parsers of IKE messages, protection aside.  The first byte: 0, a whole
 * message; else the type of the first of some payloads.
 */
#include <string.h>

#include "fuzz.h"
#include "ike/ike_proposal.h"
#include "ike/ike_ts.h"
#include "ike/ike_wire.h"

static void
look(const struct ike_payloads *p)
{
	static struct proposal ike, esp;
	struct addr a = addr_v4(0xc6336401);
	struct ike_chosen ch;
	char text[400];

	if (ike.n_xforms == 0) {
		ike = seed_prop(PROTO_IKE, "aes128gcm16-prfsha256-x25519");
		esp = seed_prop(PROTO_ESP, "aes128-sha256");
	}
	(void)ike_notify_error(p);
	(void)ike_choose(p->sa, PROTO_IKE, &ike, 1, false, 31, 8, &ch);
	(void)ike_choose(p->sa, PROTO_ESP, &esp, 1, true, 0, 4, &ch);
	(void)ike_answer(p->sa, PROTO_ESP, &esp, 1, true, 4, &ch);
	ike_offer_text(p->sa, text, sizeof(text));
	MUST(memchr(text, '\0', sizeof(text)) != NULL);
	(void)ike_ts_check(p->tsi, &a, 47, false);
	(void)ike_ts_check(p->tsr, &a, 0, true);
	ike_ts_text(p->tsi, text, sizeof(text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ike_payloads p;
	struct ike_hdr h;

	if (len == 0)
		return (0);
	if (data[0] != 0) {
		if (ike_inner_parse(data + 1, len - 1, data[0], &p) ==
		    IKE_D_NONE)
			look(&p);
		return (0);
	}
	if (ike_hdr_parse(data + 1, len - 1, &h) == IKE_D_NONE &&
	    ike_outer_parse(data + 1, len - 1, &h, &p) == IKE_D_NONE)
		look(&p);
	return (0);
}
