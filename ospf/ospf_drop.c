/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  See ospf_drop.h.  One table gives each reason its name and
 * how its two values read.
 */
#include <inttypes.h>
#include <stdio.h>

#include "lib/addr.h"
#include "ospf/ospf_drop.h"

const char *const ospf_drop_names[DROP_N] = {
	[DROP_NONE] = "none",
	[DROP_IFACE] = "interface not ready",
	[DROP_SOURCE] = "source address",
	[DROP_OWN] = "own packet",
	[DROP_DEST] = "destination address",
	[DROP_TTL] = "ttl",
	[DROP_SHORT] = "short packet",
	[DROP_VERSION] = "version",
	[DROP_LENGTH] = "length",
	[DROP_CHECKSUM] = "checksum",
	[DROP_TYPE] = "packet type",
	[DROP_AREA] = "area",
	[DROP_RID_ZERO] = "router id zero",
	[DROP_RID_DUP] = "duplicate router id",
	[DROP_AUTH_TYPE] = "authentication type",
	[DROP_AUTH_KEY] = "key id",
	[DROP_AUTH_LEN] = "digest length",
	[DROP_AUTH_DIGEST] = "digest",
	[DROP_AUTH_SEQ] = "sequence number",
	[DROP_HELLO_BODY] = "hello body",
	[DROP_HELLO_INTERVAL] = "hello interval",
	[DROP_DEAD_INTERVAL] = "dead interval",
	[DROP_OPTIONS] = "options",
	[DROP_SECOND_ROUTER] = "second router",
	[DROP_NO_NBR] = "no neighbour",
	[DROP_STATE] = "neighbour state",
	[DROP_DD_BODY] = "dd body",
	[DROP_DD_MTU] = "dd mtu",
	[DROP_DD_DUP] = "dd duplicate",
	[DROP_DD_SEQ] = "dd sequence",
	[DROP_DD_TYPE] = "dd lsa type",
	[DROP_DD_ENDLESS] = "dd endless",
	[DROP_LSR_BODY] = "ls request body",
	[DROP_LSR_UNKNOWN] = "ls request unknown",
	[DROP_LSU_BODY] = "ls update body",
	[DROP_ACK_BODY] = "ls ack body",
	[DROP_ACK_OTHER] = "ls ack other instance",
	[DROP_LSA_LENGTH] = "lsa length",
	[DROP_LSA_CHECKSUM] = "lsa checksum",
	[DROP_LSA_TYPE] = "lsa type",
	[DROP_LSA_AGE] = "lsa age",
	[DROP_LSA_SEQ] = "lsa sequence",
	[DROP_LSA_ID] = "lsa link state id",
	[DROP_LSA_BODY] = "lsa body",
	[DROP_LSA_ARRIVAL] = "lsa min arrival",
	[DROP_LSA_WRAP] = "lsa sequence wrapping",
	[DROP_LSA_PREFIX] = "lsa prefix",
	[DROP_LSA_UNREQUESTED] = "lsa older than asked for",
	[DROP_LSDB_FULL] = "lsdb full",
	[DROP_NBR_FULL] = "lsdb share of neighbour full",
	[DROP_GRACE_ROUTER] = "grace lsa of another router",
	[DROP_GRACE_BODY] = "grace lsa body",
	[DROP_GRACE_PERIOD] = "grace period out of range",
	[DROP_QUEUE] = "output queue full",
	[DROP_MEMORY] = "no memory",
};

enum form {
	FORM_WORD,		/* the name says it */
	FORM_NUM,
	FORM_HEX,
	FORM_ADDR
};

static const struct {
	enum form	 form;
	const char	*text;
} says[DROP_N] = {
	[DROP_SOURCE] = { FORM_ADDR, "source address" },
	[DROP_DEST] = { FORM_ADDR, "destination address" },
	[DROP_TTL] = { FORM_NUM, "TTL" },
	[DROP_AREA] = { FORM_ADDR, "area" },
	[DROP_RID_DUP] = { FORM_ADDR, "duplicate router id:" },
	[DROP_AUTH_TYPE] = { FORM_NUM, "authentication type" },
	[DROP_AUTH_KEY] = { FORM_NUM, "key id" },
	[DROP_AUTH_LEN] = { FORM_NUM, "digest length" },
	[DROP_AUTH_DIGEST] = { FORM_WORD, "digest wrong: other key text" },
	[DROP_AUTH_SEQ] = { FORM_NUM, "cryptographic sequence" },
	[DROP_HELLO_INTERVAL] = { FORM_NUM, "hello interval" },
	[DROP_DEAD_INTERVAL] = { FORM_NUM, "dead interval" },
	[DROP_OPTIONS] = { FORM_HEX, "options (E-bit, stub area)" },
	[DROP_SECOND_ROUTER] = { FORM_ADDR,
	    "second router on a point-to-point link:" },
	[DROP_DD_MTU] = { FORM_NUM, "MTU" },
};

static void
value(enum form form, uint32_t v, char *buf, size_t len)
{
	char a[ADDR_TEXT_MAX];

	switch (form) {
	case FORM_WORD:
		(void)snprintf(buf, len, "%s", "");
		break;
	case FORM_NUM:
		(void)snprintf(buf, len, "%" PRIu32, v);
		break;
	case FORM_HEX:
		(void)snprintf(buf, len, "0x%02" PRIx32, v);
		break;
	case FORM_ADDR:
		(void)snprintf(buf, len, "%s", ip4_text(v, a));
		break;
	}
}

void
mismatch_values(const struct mismatch *m, char *ours, char *theirs,
    size_t len)
{
	value(says[m->why].form, m->ours, ours, len);
	value(says[m->why].form, m->theirs, theirs, len);
}

void
mismatch_text(const struct mismatch *m, char *buf, size_t len)
{
	char a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX];
	const char *t;

	if (m->why == DROP_NONE || m->why >= DROP_N) {
		(void)snprintf(buf, len, "%s", "");
		return;
	}
	t = says[m->why].text != NULL ? says[m->why].text :
	    ospf_drop_names[m->why];
	switch (says[m->why].form) {
	case FORM_WORD:
		(void)snprintf(buf, len, "%s", t);
		break;
	case FORM_NUM:
		(void)snprintf(buf, len, "%s %" PRIu32 " there, %" PRIu32
		    " here", t, m->theirs, m->ours);
		break;
	case FORM_HEX:
		(void)snprintf(buf, len, "%s 0x%02" PRIx32 " there, 0x%02"
		    PRIx32 " here", t, m->theirs, m->ours);
		break;
	case FORM_ADDR:
		(void)snprintf(buf, len, "%s %s there, %s here", t,
		    ip4_text(m->theirs, a), ip4_text(m->ours, b));
		break;
	}
}
