/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  The SA payload (RFC 7296 3.3): offers written, offers chosen
 * from, answers checked against what was offered.  Pure.
 */
#ifndef GREIPSEC_IKE_PROPOSAL_H
#define GREIPSEC_IKE_PROPOSAL_H

#include "ike/ike_crypto.h"
#include "ike/ike_keymat.h"
#include "lib/suite.h"
#include "lib/wbuf.h"

enum ike_pick {
	PICK_OK,
	PICK_NONE,	/* nothing in common */
	PICK_BAD	/* the payload is malformed */
};

/* One proposal as agreed: one transform of each type. */
struct ike_chosen {
	uint8_t			num;
	uint8_t			spi_len;
	uint8_t			spi[8];		/* the peer's */
	struct ike_suite	ike;		/* PROTO_IKE */
	struct ike_child_suite	child;		/* PROTO_ESP */
};

/*
 * Write the body of an SA payload: the n proposals of list with the SPI of
 * spi_len bytes.  no_ke leaves groups out, as in IKE_AUTH.
 */
void		ike_offer_put(struct wbuf *w, const struct proposal *list,
		    size_t n, bool no_ke, const void *spi, size_t spi_len);
/* Write the body of an answer: c as one proposal. */
void		ike_chosen_put(struct wbuf *w, enum suite_proto proto,
		    const struct ike_chosen *c, const void *spi,
		    size_t spi_len);
/*
 * Choose from the body of a received offer by our list: our first proposal
 * that one of theirs meets, transforms in our order, except that the group
 * `ke' of their KE payload goes first where we accept it (0: none sent).
 * spi_len: bytes an SPI has here (0 in IKE_SA_INIT, 8, or 4 for ESP).
 */
enum ike_pick	ike_choose(struct ike_span body, enum suite_proto proto,
		    const struct proposal *list, size_t n, bool no_ke,
		    uint16_t ke, size_t spi_len, struct ike_chosen *out);
/* Check the body of an answer to the offer of list: exactly one proposal of
 * ours, one transform of each type. */
enum ike_pick	ike_answer(struct ike_span body, enum suite_proto proto,
		    const struct proposal *list, size_t n, bool no_ke,
		    size_t spi_len, struct ike_chosen *out);
/* Whether one of the list has that group. */
bool		ike_has_group(const struct proposal *list, size_t n,
		    uint16_t group);
/* In words, as proposal_text() has them; returns buf. */
const char	*ike_suite_text(const struct ike_suite *s,
		    char buf[static PROPOSAL_TEXT_MAX]);
const char	*ike_child_text(const struct ike_child_suite *s,
		    char buf[static PROPOSAL_TEXT_MAX]);
/* What a received offer holds, in words (proposal_brief()), with a comma between
 * proposals: those first that have something of ours, as many as fit whole. */
void		ike_offer_text(struct ike_span body, char *buf, size_t cap);

#endif
