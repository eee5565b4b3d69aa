/* SPDX-License-Identifier: ISC */
/*
 * What main takes from its roles, and what is a fault of theirs (relay.c),
 * between the fakes of fake_main.h.
 */
#include "regress/unit/fake_main.h"

/* TWO, with Tokyo at another address */
#define ELSEWHERE	"ospf { area 0.0.0.0 auth md5 1 \"0123456789abcdef\" }\n" \
	"mesh \"corp\" { tunnels 172.31.0.0/22\n" \
	" psk \"a mesh secret of more than 128 bits 0123456789\"\n" \
	" site london { id 1 address 203.0.113.1 network 10.1.0.0/16 }\n" \
	" site tokyo { id 2 address 198.51.100.99 network 10.2.0.0/16 }\n}\n"

START_TEST(impossible_sas)
{
	struct sa_spec s;
	int i;

	for (i = 0; i < 10; i++) {
		reset();
		s = sa(SA_IN, 0x1001);
		s.local_port = s.remote_port = 4500;
		switch (i) {
		case 0: s.spi = 255; break;
		case 1: s.remote = addr_v4(0x01020304); break;
		case 2: s.n_encr_key = 32; break;
		case 3: s.encr = 9999; break;
		case 4: s.integ = INTEG_HMAC_SHA2_256_128; break;
		case 5: s.remote_port = 0; break;
		case 6: s.remote = addr_v4(0); break;
		case 7: s.remote = addr_v4(0xe0000005); break;
		case 8: s.remote = addr_v4(0x7f000001); break;
		case 9: s.tid = 77; break;
		}
		s.udp = i >= 5;
		say(relay_ike, M_IKE_SA_ADD, &s);
		ck_assert_msg(fault[0] != '\0', "case %d", i);
		ck_assert_uint_eq(got(ROLE_ESP, M_ESP_SA_ADD), 0);
	}
}
END_TEST

/* What main answers to an SA that it does not take, and that is no fault. */
static uint32_t
refused(const struct sa_spec *s)
{
	const void *o;

	reset();
	say(relay_ike, M_IKE_SA_ADD, (void *)(uintptr_t)s);
	ck_assert_str_eq(fault, "");
	ck_assert_uint_eq(got(ROLE_ESP, M_ESP_SA_ADD), 0);
	ck_assert_uint_eq(count(ROLE_IKE, M_IKE_SA_DONE, &o), 1);
	return (((const struct sa_done *)o)->error);
}

/* A NAT may give its address another one, whatever is configured. */
START_TEST(peer_behind_nat_moves)
{
	struct sa_spec s = sa(SA_OUT, 0x2001);
	const void *o;

	s.udp = true;
	s.local_port = s.remote_port = 4500;
	s.remote = addr_v4(0xc6336463);
	reset();
	say(relay_ike, M_IKE_SA_ADD, &s);
	ck_assert_str_eq(fault, "");
	ck_assert_uint_eq(count(ROLE_ESP, M_ESP_SA_ADD, &o), 1);
	ck_assert(addr_eq(&((const struct sa_spec *)o)->remote, &s.remote));
	s.udp = false;
	s.spi++;
	say(relay_ike, M_IKE_SA_ADD, &s);
	ck_assert_str_ne(fault, "");
	ck_assert_uint_eq(got(ROLE_ESP, M_ESP_SA_ADD), 1);
}
END_TEST

/* What was right when ike said it is no fault when main reads it. */
START_TEST(late_sas)
{
	struct sa_spec s = sa(SA_IN, 0x1001);
	const uint32_t old = s.tid;

	s.local = addr_v4(0x01020304);	/* an address that just went */
	ck_assert_uint_eq(refused(&s), ENETDOWN);
	/* the peer of a tunnel whose local end is not fixed */
	load(TWO "host london { local dynamic }\n");
	load(ELSEWHERE "host london { local dynamic }\n");
	s = sa(SA_IN, 0x1001);
	ck_assert_uint_eq(s.tid, old);
	ck_assert_uint_eq(refused(&s), ENETDOWN);
	s.remote = addr_v4(0xc6336463);
	reset();
	say(relay_ike, M_IKE_SA_ADD, &s);
	ck_assert_str_eq(fault, "");
	ck_assert_uint_eq(got(ROLE_ESP, M_ESP_SA_ADD), 1);
}
END_TEST

/* The answer for an SA whose device went in between is no word of the new one:
 * new SAs are still to be negotiated. */
START_TEST(answer_after_the_device)
{
	struct sa_spec s = sa(SA_OUT, 0x2001);
	struct sa_done d = { .tid = s.tid, .dir = SA_OUT, .spi = s.spi };

	ike_up();
	say(relay_ike, M_IKE_SA_ADD, &s);
	tun_error = EBUSY;
	load(HEAD " link london tokyo { interface gs-east }\n}\n");
	say(relay_esp, M_ESP_SA_DONE, &d);
	ck_assert_str_eq(fault, "");
	ck_assert(tokyo()->sa_lost);
	tun_error = 0;
	reset();
	now = mono_add(now, NS_S(1));
	app_dirty(&a, DIRT_LINKS);
	work();
	ck_assert_uint_ne(tokyo()->index, 0);
	ck_assert_int_eq(tokyo()->state, TUN_DOWN);
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_KICK), 1);
	add_sa(SA_OUT, 0x2002);
	ck_assert(!tokyo()->sa_lost);
}
END_TEST

START_TEST(impossible_states)
{
	static const uint32_t bad[] = { 0, 0x7f000001, 0xe0000005, 0x0a02000a,
	    0xc6336463 };
	struct ike_state s;
	size_t i;

	for (i = 0; i < 5; i++) {
		reset();
		s = is_up();
		s.remote = addr_v4(bad[i]);
		say(relay_ike, M_IKE_STATE, &s);
		ck_assert_msg(fault[0] != '\0', "case %zu", i);
		ck_assert(!tokyo()->ike.child_up);
		ck_assert_ptr_null(route_by("10.2.0.10/32", FIB_METRIC_PIN));
	}
}
END_TEST

/* A host of another site is nobody's outer address, whatever a NAT, or who
 * stands before it, has made of a packet: with a way of its own past the guard
 * all that is meant for it would go out in clear. */
START_TEST(peer_in_a_network_of_another)
{
	struct ike_state s = is_up();
	struct sa_spec v = sa(SA_IN, 0x1001);
	struct ospf_route r;

	memset(&r, 0, sizeof(r));
	v.udp = s.udp = true;
	v.local_port = v.remote_port = 4500;
	v.remote = s.remote = addr_v4(0x0a02000a);
	ck_assert_uint_eq(refused(&v), EHOSTUNREACH);
	say(relay_ike, M_IKE_STATE, &s);
	ck_assert_str_eq(fault, "");
	ck_assert_ptr_null(route_by("10.2.0.10/32", FIB_METRIC_PIN));
	/* it is where it was, for the MTU and for all who look */
	ck_assert(tokyo()->ike.child_up);
	ck_assert(addr_eq(&tokyo()->ike.remote, &tokyo()->ct->peer));
	/* any other is followed, and gets its way */
	r.dest = 0xc0000200;
	r.len = 24;
	r.n_nexthops = 1;
	r.nexthops[0].iid = tokyo()->iid;
	r.nexthops[0].gateway = 0xac1f0002;
	say(relay_ospf, M_OSPF_ROUTE, &r);
	s.remote = addr_v4(0xc0000250);
	say(relay_ike, M_IKE_STATE, &s);
	ck_assert(addr_eq(&tokyo()->ike.remote, &s.remote));
	ck_assert_ptr_nonnull(route_by("192.0.2.80/32", FIB_METRIC_PIN));
	/* but not into what becomes the network of another */
	load(HEAD " site delhi { id 4 address 192.0.3.1 "
	    "network 192.0.2.0/24 }\n}\n");
	ck_assert_str_eq(fault, "");
	ck_assert_ptr_null(route_by("192.0.2.80/32", FIB_METRIC_PIN));
	/* where it is configured to be it may be anywhere (t_mesh) */
	load(HEAD " site delhi { id 4 address 192.0.3.1 "
	    "network 198.51.100.0/24 }\n}\n");
	s.remote = tokyo()->ct->peer;
	say(relay_ike, M_IKE_STATE, &s);
	ck_assert_ptr_nonnull(route_by("198.51.100.7/32", FIB_METRIC_PIN));
}
END_TEST

/* The operator's rules lead a tunnel's own packets: from and to where it is, and
 * not into what is the network of another by now. */
START_TEST(rules_for_outer_packets)
{
	struct ike_state s = is_up();

	work();
	ck_assert_uint_eq(n_outers, a.n_tunnels);
	ck_assert(addr_eq(&outers[0].local, &tokyo()->ct->local));
	ck_assert(addr_eq(&outers[0].peer, &tokyo()->ct->peer));
	s.udp = true;
	s.remote = addr_v4(0xc0000250);
	say(relay_ike, M_IKE_STATE, &s);
	work();
	ck_assert(addr_eq(&outers[0].peer, &s.remote));
	load(HEAD " site delhi { id 4 address 192.0.3.1 "
	    "network 192.0.2.0/24 }\n}\n");
	work();
	ck_assert_uint_eq(n_outers, a.n_tunnels);
	ck_assert(addr_eq(&outers[0].peer, &tokyo()->ct->peer));
	load(HEAD " site delhi { id 4 address dynamic "
	    "network 192.0.2.0/24 }\n}\n");
	work();
	ck_assert_uint_eq(n_outers, a.n_tunnels - 1);
	/* at a word of the kernel that there are others */
	n_outers = 99;
	ev->rules(ev_ctx);
	work();
	ck_assert_uint_eq(n_outers, a.n_tunnels - 1);
}
END_TEST

START_TEST(answer_that_nobody_asked)
{
	struct sa_done d = { .tid = tokyo()->tid, .spi = 0x7777 };

	reset();
	say(relay_esp, M_ESP_SA_DONE, &d);
	ck_assert_str_ne(fault, "");
	ck_assert_uint_eq(got(ROLE_IKE, M_IKE_SA_DONE), 0);
}
END_TEST

START_TEST(routes_from_ospf)
{
	struct ospf_route r = route(0x0a020500, 24);
	struct ospf_dest d = { .dest = 0x0a020500, .len = 24 };
	struct os_route *have;

	say(relay_ospf, M_OSPF_ROUTE, &r);
	have = route_by("10.2.5.0/24", FIB_METRIC_OSPF);
	ck_assert_ptr_nonnull(have);
	ck_assert_uint_eq(have->nexthops[0].index, link_by("gs-tokyo")->index);
	/* rule 4: it would have carried the tunnel's own packets */
	r = route(0xc6336400, 24);
	say(relay_ospf, M_OSPF_ROUTE, &r);
	ck_assert_ptr_nonnull(route_by("198.51.100.0/24", FIB_METRIC_OSPF));
	have = route_by("198.51.100.7/32", FIB_METRIC_PIN);
	ck_assert_ptr_nonnull(have);
	ck_assert_uint_eq(have->nexthops[0].index, link_by("wan")->index);
	say(relay_ospf, M_OSPF_ROUTE_DEL, &d);
	ck_assert_ptr_null(route_by("10.2.5.0/24", FIB_METRIC_OSPF));
	ck_assert_ptr_nonnull(route_by("10.2.0.0/16", FIB_METRIC_GUARD));
}
END_TEST

START_TEST(impossible_routes)
{
	struct ospf_route r;
	struct ospf_nbr_state n = { .iid = 99 };
	int i;

	for (i = 0; i < 6; i++) {
		reset();
		r = route(0x0a020500, 24);
		switch (i) {
		case 0: r.len = 16; break;		/* host bits */
		case 1: r.dest = 0xe0000000; break;
		case 2: r.nexthops[0].iid = 99; break;
		case 3: r.nexthops[0].gateway = 0xac1f0003; break;
		case 4: r.n_nexthops = 0; break;
		case 5: r.nexthops[0].gateway = 0xcb0071fe; break;
		}
		say(relay_ospf, M_OSPF_ROUTE, &r);
		ck_assert_msg(fault[0] != '\0', "case %d", i);
		ck_assert_ptr_null(route_by("10.2.5.0/24", FIB_METRIC_OSPF));
	}
	reset();
	say(relay_ospf, M_OSPF_NBR, &n);
	ck_assert_str_ne(fault, "");
}
END_TEST

#define NUMBERED(range, more) \
	"ospf { area 0.0.0.0 auth md5 1 \"0123456789abcdef\" }\n" \
	"mesh \"corp\" { tunnels " range "\n" \
	" psk \"a mesh secret of more than 128 bits 0123456789\"\n" \
	" site london { id 1 address 203.0.113.1 network 10.1.0.0/16 }\n" \
	" site tokyo { id 2 address 198.51.100.7 network 10.2.0.0/16 " \
	more " }\n}\n"

/* A route that ospf found before it heard of other inner addresses. */
START_TEST(renumbered)
{
	static const char *const confs[] = {
		NUMBERED("172.31.8.0/22", ""),
		NUMBERED("172.31.16.0/22", "interface wan1"),
	};
	static const uint32_t peer[] = { 0xac1f0802, 0xac1f1002 };
	struct ospf_route r = route(0x0a020500, 24);
	uint32_t iid = tokyo()->iid;
	size_t i;

	for (i = 0; i < 2; i++) {
		reset();
		say(relay_ospf, M_OSPF_ROUTE, &r);
		ck_assert_ptr_nonnull(route_by("10.2.5.0/24",
		    FIB_METRIC_OSPF));
		load(confs[i]);
		ck_assert_uint_eq(tokyo()->iid, iid);
		say(relay_ospf, M_OSPF_ROUTE, &r);
		ck_assert_str_eq(fault, "");
		ck_assert_ptr_null(route_by("10.2.5.0/24", FIB_METRIC_OSPF));
		r.nexthops[0].gateway = peer[i];
	}
	/* one that never was */
	r.nexthops[0].gateway = 0xac1f1802;
	say(relay_ospf, M_OSPF_ROUTE, &r);
	ck_assert_str_ne(fault, "");
	/* in the time between the configuration and the device */
	reset();
	ck_assert_int_eq(apply_conf(&a, conf(NUMBERED("172.31.8.0/22", "")),
	    now, NULL), 0);
	ck_assert_uint_eq(tokyo()->index, 0);
	r.nexthops[0].gateway = 0xac1f1002;
	say(relay_ospf, M_OSPF_ROUTE, &r);
	ck_assert_str_eq(fault, "");
	r.nexthops[0].gateway = 0xac1f0802;
	say(relay_ospf, M_OSPF_ROUTE, &r);
	ck_assert_ptr_nonnull(route_by("10.2.5.0/24", FIB_METRIC_OSPF));
}
END_TEST

START_TEST(sequence_numbers)
{
	struct ospf_seq s = { .seq = a.seq_given + OSPF_SEQ_CHUNK };
	struct state st;
	const void *o;

	reset();
	say(relay_ospf, M_OSPF_SEQ_RESERVE, &s);
	ck_assert_uint_eq(count(ROLE_OSPF, M_OSPF_SEQ, &o), 1);
	ck_assert_uint_eq(((const struct ospf_seq *)o)->seq, s.seq);
	ck_assert_int_eq(state_read(statedir, &st), STATE_OK);
	ck_assert_uint_eq(st.ospf_seq, s.seq);
	role_down(ROLE_OSPF);
	reset();
	role_up(ROLE_OSPF);
	ck_assert_uint_eq(count(ROLE_OSPF, M_OSPF_GLOBAL, &o), 1);
	ck_assert_uint_eq(((const struct ospf_global *)o)->seq, s.seq);
}
END_TEST

static uint32_t
kept(void)
{
	struct state st;

	ck_assert_int_eq(state_read(statedir, &st), STATE_OK);
	ck_assert_uint_eq(st.ospf_seq, a.state.ospf_seq);
	return (st.ospf_seq);
}

static void
reserve(uint32_t seq, bool taken)
{
	struct ospf_seq s = { .seq = seq };

	reset();
	say(relay_ospf, M_OSPF_SEQ_RESERVE, &s);
	ck_assert_msg(taken == (fault[0] == '\0'), "%u: '%s'", seq, fault);
	ck_assert_uint_eq(got(ROLE_OSPF, M_OSPF_SEQ), taken);
	ck_assert_int_eq(kept() == seq, taken);
}

/* As the engine asks: a chunk, and when half of it is used the next; after it
 * was told to begin later, a chunk from there. */
START_TEST(sequence_steps)
{
	struct ospf_seq again;
	uint32_t seq = a.seq_given + OSPF_SEQ_CHUNK;
	int i;

	for (i = 0; i < 8; i++, seq += OSPF_SEQ_CHUNK / 2)
		reserve(seq, true);
	role_down(ROLE_OSPF);
	role_up(ROLE_OSPF);
	ck_assert_uint_eq(a.seq_given, kept());
	reserve(a.seq_given + OSPF_SEQ_CHUNK, true);
	/* what is kept already costs nothing */
	again.seq = kept();
	say(relay_ospf, M_OSPF_SEQ_RESERVE, &again);
	ck_assert_str_eq(fault, "");
	ck_assert_uint_eq(got(ROLE_OSPF, M_OSPF_SEQ), 2);
	/* the clock went forward by a year; one was on its way meanwhile */
	a.seq_given += 31536000;
	reserve(kept() + OSPF_SEQ_CHUNK / 2, true);
	reserve(a.seq_given + OSPF_SEQ_CHUNK, true);
	/* past the last one there is */
	a.seq_given = UINT32_MAX - 70000;
	reserve(a.seq_given + OSPF_SEQ_CHUNK, true);
	reserve(a.seq_given + OSPF_SEQ_CHUNK + 1, false);
	reserve(kept() + OSPF_SEQ_CHUNK / 2, true);
	ck_assert_uint_lt(kept(), OSPF_SEQ_CHUNK);
	reserve(kept() + OSPF_SEQ_CHUNK / 2, true);
}
END_TEST

START_TEST(sequence_jumps)
{
	uint32_t from = a.seq_given + OSPF_SEQ_CHUNK;
	int i;

	reserve(from, true);
	reserve(UINT32_MAX, false);
	reserve(from + OSPF_SEQ_CHUNK + 1, false);
	reserve(from + 1, false);
	reserve(from + OSPF_SEQ_CHUNK / 2 - 1, false);
	reserve(from + OSPF_SEQ_CHUNK, true);
	/* allowed steps, but without end */
	for (i = 0; fault[0] == '\0'; i++) {
		struct ospf_seq s = { .seq = a.state.ospf_seq +
		    OSPF_SEQ_CHUNK };

		ck_assert_int_lt(i, 100);
		say(relay_ospf, M_OSPF_SEQ_RESERVE, &s);
	}
	ck_assert_uint_lt(kept() - from, 100 * OSPF_SEQ_CHUNK);
}
END_TEST

/* Past their end they begin anew, and that is kept too. */
START_TEST(sequence_end)
{
	struct ospf_seq s;
	struct state st;
	const void *o;

	a.state.ospf_seq = 0xffffffff;
	role_down(ROLE_OSPF);
	reset();
	role_up(ROLE_OSPF);
	ck_assert_uint_eq(count(ROLE_OSPF, M_OSPF_GLOBAL, &o), 1);
	s.seq = ((const struct ospf_global *)o)->seq + OSPF_SEQ_CHUNK / 2;
	ck_assert_uint_lt(s.seq, 0xff000000);
	say(relay_ospf, M_OSPF_SEQ_RESERVE, &s);
	ck_assert_str_eq(fault, "");
	ck_assert_uint_eq(count(ROLE_OSPF, M_OSPF_SEQ, &o), 1);
	ck_assert_uint_eq(((const struct ospf_seq *)o)->seq, s.seq);
	ck_assert_int_eq(state_read(statedir, &st), STATE_OK);
	ck_assert_uint_eq(st.ospf_seq, s.seq);
	role_down(ROLE_OSPF);
	reset();
	role_up(ROLE_OSPF);
	ck_assert_uint_eq(count(ROLE_OSPF, M_OSPF_GLOBAL, &o), 1);
	ck_assert_uint_eq(((const struct ospf_global *)o)->seq, s.seq);
}
END_TEST

/* What ike heard of ESP's path goes to esp, which knows the SPIs. */
START_TEST(too_big)
{
	struct sa_too_big b = { .spi = 0x2001, .mtu = 1400 };
	const void *o;

	b.remote = addr_v4(0xc6336407);
	reset();
	say(relay_ike, M_IKE_TOO_BIG, &b);
	ck_assert_str_eq(fault, "");
	ck_assert_uint_eq(count(ROLE_ESP, M_ESP_TOO_BIG, &o), 1);
	ck_assert_mem_eq(o, &b, sizeof(b));
	up[ROLE_ESP] = false;
	say(relay_ike, M_IKE_TOO_BIG, &b);
	ck_assert_str_eq(fault, "");
	up[ROLE_ESP] = true;
	/* for esp SPI 0 is the system's own word */
	b.spi = 0;
	say(relay_ike, M_IKE_TOO_BIG, &b);
	ck_assert_str_ne(fault, "");
	fault[0] = '\0';
	b.spi = 0x2001;
	b.remote.family = ADDR_NONE;
	say(relay_ike, M_IKE_TOO_BIG, &b);
	ck_assert_str_ne(fault, "");
	ck_assert_uint_eq(got(ROLE_ESP, M_ESP_TOO_BIG), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("relay");
	TCase *c = tcase_create("relay");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, impossible_sas);
	tcase_add_test(c, peer_behind_nat_moves);
	tcase_add_test(c, late_sas);
	tcase_add_test(c, answer_after_the_device);
	tcase_add_test(c, impossible_states);
	tcase_add_test(c, peer_in_a_network_of_another);
	tcase_add_test(c, rules_for_outer_packets);
	tcase_add_test(c, answer_that_nobody_asked);
	tcase_add_test(c, routes_from_ospf);
	tcase_add_test(c, impossible_routes);
	tcase_add_test(c, renumbered);
	tcase_add_test(c, sequence_numbers);
	tcase_add_test(c, sequence_steps);
	tcase_add_test(c, sequence_jumps);
	tcase_add_test(c, sequence_end);
	tcase_add_test(c, too_big);
	suite_add_tcase(s, c);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
