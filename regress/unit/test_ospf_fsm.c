/* SPDX-License-Identifier: ISC */
/* The tables of interface and neighbour states, every pair. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ospf/if_fsm.h"
#include "ospf/nbr_fsm.h"

#define D NBR_DOWN
#define I NBR_INIT
#define T NBR_TWOWAY
#define S NBR_EXSTART
#define X NBR_EXCHANGE
#define L NBR_LOADING
#define F NBR_FULL

/* RFC 2328 10.3, point-to-point: the state after each event. */
static const enum nbr_state after[NBR_EVENT_N][NBR_STATE_N] = {
	/*			  D  I  T  S  X  L  F */
	[NE_HELLO] =		{ I, I, T, S, X, L, F },
	[NE_TWOWAY] =		{ D, S, S, S, X, L, F },
	[NE_NEGOTIATED] =	{ D, I, T, X, X, L, F },
	[NE_EXCHANGED] =	{ D, I, T, S, L, L, F },
	[NE_BAD_LSREQ] =	{ D, I, T, S, S, S, S },
	[NE_LOADED] =		{ D, I, T, S, X, F, F },
	[NE_SEQ_MISMATCH] =	{ D, I, T, S, S, S, S },
	[NE_ONEWAY] =		{ D, I, I, I, I, I, I },
	[NE_KILL] =		{ D, D, D, D, D, D, D },
	[NE_INACTIVITY] =	{ D, D, D, D, D, D, D },
	[NE_LLDOWN] =		{ D, D, D, D, D, D, D },
	[NE_RESUMED] =		{ D, I, T, S, X, L, F },	/* no transition */
};

START_TEST(neighbours)
{
	enum nbr_state s, next;
	enum nbr_event ev;
	enum nbr_action act;

	for (ev = 0; ev < NBR_EVENT_N; ev++)
		for (s = 0; s < NBR_STATE_N; s++) {
			act = nbr_fsm(s, ev, &next);
			ck_assert_msg(next == after[ev][s], "%s at %s: %s",
			    nbr_event_names[ev], nbr_state_names[s],
			    nbr_state_names[next]);
			if (next == NBR_EXSTART && s != NBR_EXSTART)
				ck_assert_int_eq(act, NA_EXSTART);
			if (next == NBR_DOWN && s != NBR_DOWN)
				ck_assert_int_eq(act, NA_GONE);
			if (next != s)
				ck_assert_int_ne(act, NA_NONE);
			if (ev == NE_HELLO)
				ck_assert_int_eq(act, NA_ALIVE);
		}
}
END_TEST

START_TEST(interfaces)
{
	enum if_state next;

	ck_assert_int_eq(if_fsm(IF_DOWN, IFE_UP_P2P, &next), IFA_START);
	ck_assert_int_eq(next, IF_P2P);
	ck_assert_int_eq(if_fsm(IF_DOWN, IFE_UP_PASSIVE, &next), IFA_ANNOUNCE);
	ck_assert_int_eq(next, IF_PASSIVE);
	ck_assert_int_eq(if_fsm(IF_P2P, IFE_UP_P2P, &next), IFA_NONE);
	ck_assert_int_eq(next, IF_P2P);
	ck_assert_int_eq(if_fsm(IF_P2P, IFE_DOWN, &next), IFA_RESET);
	ck_assert_int_eq(next, IF_DOWN);
	ck_assert_int_eq(if_fsm(IF_DOWN, IFE_DOWN, &next), IFA_NONE);
	ck_assert_str_eq(if_state_names[IF_PASSIVE], "PASSIVE");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ospf_fsm");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int bad;

	tcase_add_test(t, neighbours);
	tcase_add_test(t, interfaces);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
