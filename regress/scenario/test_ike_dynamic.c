/* SPDX-License-Identifier: ISC */
/*
 * Tunnels whose peer may be anywhere, beside each other and beside those with an
 * address: until IKE_AUTH any of them may be meant.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike_wire.h"
#include "lib_first.h"

#define CHECK(w, x, seed) do { \
	if (!(x)) { world_dump(w); \
	    ck_abort_msg("%s, seed %d", #x, (int)(seed)); } } while (0)
#define OTHER	(TID + 1)

/* Another tunnel of node i, like its own, with a peer that may be anywhere. */
static struct ike_tunnel
other(const struct world *w, size_t i)
{
	struct ike_tunnel t = w->node[i].cfg;

	t.tid = OTHER;
	t.remote = (struct addr){ 0 };
	t.remote_id.data[0] = 'o';
	t.start = START_RESPOND;
	return (t);
}

static void
add(struct world *w, size_t i, const struct ike_tunnel *t)
{
	node_in(w, i, &(struct ike_input){ .type = IKE_IN_TUNNEL,
	    .tunnel = t });
}

/* Node 1 waits, its own tunnel before the other one or after it. */
static void
start_both(struct world *w, const struct ike_tunnel *t, bool after)
{
	if (after)
		add(w, 1, t);
	w->node[1].cfg.start = START_RESPOND;
	node_start(w, 1);
	if (!after)
		add(w, 1, t);
}

/* The peer with the address is told of, though others may be anywhere. */
START_TEST(reason_of_fixed)
{
	struct ike_tunnel t;
	struct world w;

	world_init(&w, (uint64_t)_i);
	w.node[0].cfg.ike[0] = seed_prop(PROTO_IKE, _i & 2 ?
	    "aes128gcm16-prfsha256-ecp384" : "aes256-sha512-ecp384");
	t = other(&w, 1);
	start_both(&w, &t, _i & 1);
	node_start(&w, 0);
	world_run(&w, 3000);
	ck_assert(strstr(w.node[1].last_fail, ike_reason_names[_i & 2 ?
	    IKE_R_OUR_GROUP : IKE_R_OUR_PROPOSAL]) != NULL);
	ck_assert(strstr(w.node[1].last_fail, "ours aes128gcm16") != NULL);
	world_free(&w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ike_dynamic");
	SRunner *sr;
	int failed;

	world_case(s, "reason_of_fixed", reason_of_fixed, 4);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
