/* SPDX-License-Identifier: ISC */
/*
 * What main waits for, when it comes late, without a word, or from somebody who
 * is no more: nothing stays as it is for ever (app.c, way.c, relay.c), between
 * the fakes of fake_main.h.
 */
#include "regress/unit/fake_main.h"

#define ROAMS \
	"ospf { area 0.0.0.0 auth md5 1 \"0123456789abcdef\" }\n" \
	"mesh \"corp\" { tunnels 172.31.0.0/22\n" \
	" psk \"a mesh secret of more than 128 bits 0123456789\"\n" \
	" site london { id 1 address 203.0.113.1 network 10.1.0.0/16 }\n" \
	" site tokyo { id 2 address dynamic network 10.2.0.0/16 }\n}\n"

/* London's own address is whatever it has; -s says who it is. */
#define MOVES \
	"ospf { area 0.0.0.0 auth md5 1 \"0123456789abcdef\" }\n" \
	"mesh \"corp\" { tunnels 172.31.0.0/22\n" \
	" psk \"a mesh secret of more than 128 bits 0123456789\"\n" \
	" site london { id 1 address dynamic network 10.1.0.0/16 }\n" \
	" site tokyo { id 2 address 198.51.100.7 network 10.2.0.0/16 }\n}\n"

static void
wait_ms(int ms)
{
	/* the handlers of messages have the real clock */
	if (mono_sub(mono_now(), now) > 0)
		now = mono_now();
	for (; ms > 0; ms -= 50) {
		now = mono_add(now, NS_MS(50));
		(void)app_work(&a, now);
	}
}

static void
protect(void)
{
	add_sa(SA_IN, 0x1001);
	add_sa(SA_OUT, 0x2001);
	ike_up();
}

/* The last link state that ospf was told. */
static bool
told_up(void)
{
	const void *o;

	ck_assert_uint_ge(count(ROLE_OSPF, M_OSPF_LINK, &o), 1);
	return (((const struct ospf_link *)o)->up);
}

/* A way to the peer may be there again by a rule, or by a table that nobody
 * tells of. */
START_TEST(way_without_a_word)
{
	protect();
	reset();
	route_error = EHOSTUNREACH;
	app_dirty(&a, DIRT_MTU);
	wait_ms(1000);
	ck_assert(!told_up());
	wait_ms(10000);
	route_error = 0;
	reset();
	wait_ms(3000);
	ck_assert(told_up());
	/* and no more is asked for */
	route_error = EHOSTUNREACH;
	reset();
	wait_ms(10000);
	ck_assert_uint_eq(got(ROLE_OSPF, M_OSPF_LINK), 0);
}
END_TEST

/* A way that is not there for one look only: its routes were replaced. */
START_TEST(way_away_for_a_moment)
{
	protect();
	reset();
	route_error = EHOSTUNREACH;
	app_dirty(&a, DIRT_MTU);
	work();
	ck_assert(tokyo()->cut);
	route_error = 0;
	wait_ms(3000);
	ck_assert(!tokyo()->cut);
	ck_assert_uint_eq(got(ROLE_OSPF, M_OSPF_LINK), 0);
}
END_TEST

/* The address under the SAs is another from one moment to the next, as a provider
 * gives it each night: ike is told as soon as there is a way with the new one, and
 * not while there is none, nor where the address is configured. */
START_TEST(address_that_moves)
{
	struct os_addr l = { .index = link_by("wan")->index, .len = 24,
	    .addr = addr_v4(0xcb007101) };
	struct ike_state lost = { 0 };
	const void *o = NULL;

	load(_i == 0 ? MOVES : ROAMS);
	protect();
	wait_ms(100);
	reset();
	route_error = ENETUNREACH;
	(void)os_addr_del(a.os, &l);
	l.addr = addr_v4(0xcb007163);
	(void)os_addr_add(a.os, &l);
	wait_ms(5000);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_KICK), 0);
	route_error = 0;
	route_src = 0xcb007163;
	app_dirty(&a, DIRT_MTU);
	wait_ms(50);
	ck_assert_uint_eq(count(ROLE_IKE, M_IKE_KICK, &o), _i == 0);
	if (_i == 0) {
		ck_assert_int_eq(((const struct ike_kick *)o)->what,
		    KICK_MOVED);
		/* ike says that it has lost it: once is enough */
		lost = tokyo()->ike;
		lost.ike_up = false;
		say(relay_ike, M_IKE_STATE, &lost);
		reset();
		wait_ms(5000);
		ck_assert_uint_eq(got(ROLE_IKE, M_IKE_KICK), 0);
	}
	/* the old one comes back */
	l.addr = addr_v4(0xcb007163);
	(void)os_addr_del(a.os, &l);
	l.addr = addr_v4(0xcb007101);
	(void)os_addr_add(a.os, &l);
	route_src = 0xcb007101;
	wait_ms(100);
}
END_TEST

/* The way to the peer is there again before the device is. */
START_TEST(device_after_the_way)
{
	const void *o;

	protect();
	tun_error = EBUSY;
	link_kill("gs-tokyo");
	wait_ms(100);
	ck_assert_int_eq(tokyo()->state, TUN_DOWN);
	route_error = EHOSTUNREACH;
	app_dirty(&a, DIRT_MTU);
	wait_ms(1000);
	ck_assert(!told_up());
	route_error = 0;
	wait_ms(3000);
	tun_error = 0;
	reset();
	wait_ms(1000);
	ck_assert_uint_eq(count(ROLE_OSPF, M_OSPF_IFACE, &o), 1);
	ck_assert(((const struct ospf_iface *)o)->up);
	ck_assert_int_eq(tokyo()->state, TUN_DEGRADED);
}
END_TEST

/* Forwarding is switched on by the operator, who was told that it is off. */
START_TEST(switched)
{
	const void *o;

	forwarding = 0;
	load(HEAD "}\nhost london { sysctl no }\n");
	ck_assert(a.forward_off);
	reset();
	forwarding = 1;
	kernel_events.knobs(&a);
	kernel_events.knobs(&a);
	wait_ms(1500);
	ck_assert(!a.forward_off);
	ck_assert_uint_eq(count(ROLE_OSPF, M_OSPF_GLOBAL, &o), 1);
	ck_assert(!((const struct ospf_global *)o)->stub_router);
	/* and off by another's file */
	reset();
	forwarding = 0;
	kernel_events.knobs(&a);
	wait_ms(1500);
	ck_assert_uint_eq(count(ROLE_OSPF, M_OSPF_GLOBAL, &o), 1);
	ck_assert(((const struct ospf_global *)o)->stub_router);
}
END_TEST

/* esp has died, and main does not know it yet. */
START_TEST(opened_while_esp_dies)
{
	size_t i;

	up[ROLE_ESP] = false;
	load(HEAD " link london tokyo { interface gs-east }\n}\n");
	ck_assert_uint_ne(tokyo()->index, 0);
	apply_role_gone(&a, ROLE_ESP, now);
	reset();
	role_up(ROLE_ESP);
	ck_assert_uint_eq(got(ROLE_ESP, M_ESP_TUNNEL), 1);
	for (i = 0; sent[i].type != M_ESP_TUNNEL; i++)
		;
	ck_assert(sent[i].fd);
}
END_TEST

/* A peer that could be anywhere gets an address: what ike still has of where it
 * was is old news. */
START_TEST(settled_down)
{
	struct sa_spec s;
	struct ike_state st;
	const void *o;

	load(ROAMS);
	load(TWO);
	s = sa(SA_IN, 0x1001);
	s.remote = addr_v4(0xc0000250);
	reset();
	say(relay_ike, M_IKE_SA_ADD, &s);
	ck_assert_str_eq(fault, "");
	ck_assert_uint_eq(got(ROLE_ESP, M_ESP_SA_ADD), 0);
	ck_assert_uint_eq(count(ROLE_IKE, M_IKE_SA_DONE, &o), 1);
	ck_assert_uint_eq(((const struct sa_done *)o)->error, ENETDOWN);
	st = is_up();
	st.remote = s.remote;
	say(relay_ike, M_IKE_STATE, &st);
	ck_assert_str_eq(fault, "");
}
END_TEST

/* Where the peer begins it does so when what is there has ended. */
START_TEST(restart_of_theirs)
{
	struct ike_kick kicks[4];
	size_t i, k = 0;

	load(ROAMS);
	reset();
	apply_order(&a, tokyo(), KICK_RESTART);
	for (i = 0; i < n_sent; i++)
		if (sent[i].type == M_IKE_KICK && k < 4)
			memcpy(&kicks[k++], sent[i].obj, sizeof(kicks[0]));
	ck_assert_uint_eq(k, 3);
	ck_assert_int_eq(kicks[0].what, KICK_DOWN);
	ck_assert_int_eq(kicks[1].what, KICK_UP);
	ck_assert(!tokyo()->down);
	/* not one that was taken down */
	apply_order(&a, tokyo(), KICK_DOWN);
	reset();
	apply_order(&a, tokyo(), KICK_RESTART);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_KICK), 1);
	ck_assert(tokyo()->down);
}
END_TEST

/* The SAs of an ike that died end one day, and its successor has none. */
START_TEST(end_of_the_old)
{
	struct sa_evidence e = { .what = EVID_HARD, .tid = tokyo()->tid,
	    .dir = SA_IN, .spi = 0x1001 };

	protect();
	role_down(ROLE_IKE);
	role_up(ROLE_IKE);
	ck_assert(tokyo()->ike.child_up && !tokyo()->ike.ike_up);
	reset();
	say(relay_esp, M_ESP_EVIDENCE, &e);
	ck_assert_int_ne(tokyo()->state, TUN_DOWN);
	e.dir = SA_OUT;
	e.spi = 0x2001;
	say(relay_esp, M_ESP_EVIDENCE, &e);
	ck_assert_int_eq(tokyo()->state, TUN_DOWN);
	ck_assert_uint_eq(got(ROLE_ESP, M_ESP_SA_DEL), 2);
	wait_ms(500);
	ck_assert(!told_up());
}
END_TEST

/* ike dies twice within the time in which old SAs are cleared away: those of
 * the one between are in use. */
START_TEST(two_deaths)
{
	protect();
	role_down(ROLE_IKE);
	role_up(ROLE_IKE);
	add_sa(SA_IN, 0x1002);
	add_sa(SA_OUT, 0x2002);
	ike_up();
	wait_ms(6000);
	role_down(ROLE_IKE);
	role_up(ROLE_IKE);
	reset();
	wait_ms(12000);
	ck_assert_uint_eq(got(ROLE_ESP, M_ESP_SA_DEL), 2);
	ck_assert(apply_can_send(tokyo()));
}
END_TEST

/* One that esp refuses is none. */
START_TEST(refused_sa)
{
	struct sa_spec s = sa(SA_OUT, 0x2001);
	struct sa_done d = { .tid = s.tid, .dir = SA_OUT, .spi = s.spi,
	    .error = EEXIST };

	say(relay_ike, M_IKE_SA_ADD, &s);
	ck_assert(apply_can_send(tokyo()));
	say(relay_esp, M_ESP_SA_DONE, &d);
	ck_assert(!apply_can_send(tokyo()));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("late");
	TCase *c = tcase_create("late");
	SRunner *sr;
	int bad;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, way_without_a_word);
	tcase_add_test(c, way_away_for_a_moment);
	tcase_add_loop_test(c, address_that_moves, 0, 2);
	tcase_add_test(c, device_after_the_way);
	tcase_add_test(c, switched);
	tcase_add_test(c, opened_while_esp_dies);
	tcase_add_test(c, settled_down);
	tcase_add_test(c, restart_of_theirs);
	tcase_add_test(c, end_of_the_old);
	tcase_add_test(c, two_deaths);
	tcase_add_test(c, refused_sa);
	suite_add_tcase(s, c);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (bad != 0);
}
