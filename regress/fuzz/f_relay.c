/* SPDX-License-Identifier: ISC */
/*
 * Main, and what ike, esp and ospf say to it: bytes as they are, or frames of
 * the right type with any body, in pieces.  What cannot be is a fault of that
 * role, and nothing else.
 */
#include <check.h>
#include <string.h>

#include "fuzz_chan.h"

/* libcheck does not run here */
#undef ck_assert
#undef ck_assert_int_eq
#undef ck_assert_uint_le
#undef ck_assert_uint_lt
#undef ck_assert_ptr_nonnull
#undef ck_assert_str_eq
#define ck_assert(x)		MUST(x)
#define ck_assert_int_eq(x, y)	MUST((x) == (y))
#define ck_assert_uint_le(x, y)	MUST((x) <= (y))
#define ck_assert_uint_lt(x, y)	MUST((x) < (y))
#define ck_assert_ptr_nonnull(x) MUST((x) != NULL)
#define ck_assert_str_eq(x, y)	MUST(strcmp(x, y) == 0)
#include "regress/unit/fake_main.h"

static const struct {
	enum role		 role;
	const struct msg_rule	*rules;
} who[3] = {
	{ ROLE_IKE, relay_ike }, { ROLE_ESP, relay_esp },
	{ ROLE_OSPF, relay_ospf }
};

static struct {
	struct chan	*near;
	int		 far;
} at[3];

static void
ended(void *ctx, struct chan *c, enum chan_end why, uint16_t type,
    const char *field)
{
	int i;

	(void)ctx;
	(void)why;
	(void)type;
	(void)field;
	for (i = 0; i < 3; i++)
		if (at[i].near == c)
			at[i].near = NULL;
	chan_free(c);
}

static void
connect_to(int i)
{
	int near;

	at[i].far = far_new(&near);
	at[i].near = chan_new(near, who[i].rules, &a, ended);
	MUST(at[i].near != NULL);
	chan_state(at[i].near, MSG_STATE_UP);
}

static void
tell(struct fuzz *in)
{
	uint8_t op = fuzz_u8(in), how = fuzz_u8(in);
	size_t len, piece = how & 8 ? how >> 4 : 0;
	const uint8_t *p = fuzz_chunk(in, &len);
	const struct msg_rule *t = rule_at(who[op % 3].rules, op / 3);
	int i = op % 3;

	if (at[i].near == NULL) {
		(void)close(at[i].far);
		connect_to(i);
	}
	if (how & 2)
		far_write(at[i].far, p, len, piece, (how & 4) != 0);
	else
		far_frame(at[i].far, t->type, how, t->fd == MSG_FD_YES, p,
		    len, piece);
	far_loop();
	n_sent = 0;
	work();
	n_sent = 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz in = { data, len };
	static bool once;
	int i, n;

	if (!once) {
		(void)event_init();
		log_open("main", 1, -1);
		once = true;
	}
	setup();
	for (i = 0; i < 3; i++)
		connect_to(i);
	for (n = 0; in.n > 0 && n < 64; n++)
		tell(&in);
	for (i = 0; i < 3; i++) {
		chan_free(at[i].near);
		(void)close(at[i].far);
	}
	/* all that was installed can be taken away again */
	n_sent = 0;
	kernel_leave(&a);
	teardown();
	return (0);
}
