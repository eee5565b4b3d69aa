/* SPDX-License-Identifier: ISC */
/* The codec: every type of field there and back; every cut, every bad value. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/codec.h"
#include "lib/ctl.h"
#include "lib/pair_keys.h"

enum colour { RED, GREEN, BLUE, COLOUR_N };

struct part {
	uint16_t	n_v;
	uint8_t		v[4];
};

struct all {
	bool		flag;
	uint8_t		u8;
	uint16_t	u16;
	uint32_t	u32;
	uint64_t	u64;
	int64_t		i64;
	enum colour	colour;
	char		str[8];
	uint8_t		bytes[3];
	uint16_t	n_var, n_sec, n_list;
	uint8_t		var[5];
	uint8_t		sec[5];
	struct addr	addr;
	struct prefix	prefix;
	uint32_t	ip;
	struct part	one;
	struct part	list[3];
};

static const struct fld part_f[] = { F_VAR(part, v), F_END };
static const struct fld_table part_fld = FLD_TABLE(part, part_f);
static const struct fld all_f[] = {
	F_BOOL(all, flag), F_U8(all, u8), F_U16(all, u16), F_U32(all, u32),
	F_U64(all, u64), F_I64(all, i64), F_ENUM(all, colour, COLOUR_N, NULL),
	F_STR(all, str), F_BYTES(all, bytes), F_VAR(all, var),
	F_SECRET(all, sec), F_ADDR(all, addr), F_PREFIX(all, prefix),
	F_IP4(all, ip), F_SUB(all, one, &part_fld),
	F_LIST(all, list, &part_fld), F_END
};
static const struct fld_table all_fld = FLD_TABLE(all, all_f);

static struct all
sample(void)
{
	struct all a;

	memset(&a, 0, sizeof(a));
	a.flag = true;
	a.u8 = 0xa1;
	a.u16 = 0xb1b2;
	a.u32 = 0xc1c2c3c4;
	a.u64 = 0xd1d2d3d4d5d6d7d8ULL;
	a.i64 = -5;
	a.colour = BLUE;
	memcpy(a.str, "seven77", 8);
	memcpy(a.bytes, "\1\2\3", 3);
	a.n_var = 2;
	memcpy(a.var, "vv", 2);
	a.n_sec = 5;
	memcpy(a.sec, "sssss", 5);
	ck_assert_int_eq(addr_parse("2001:db8::7", &a.addr), 0);
	ck_assert_int_eq(prefix_parse("10.0.0.0/8", &a.prefix), 0);
	a.ip = 0x7f000001;
	a.one.n_v = 1;
	a.one.v[0] = 9;
	a.n_list = 2;
	a.list[1].n_v = 4;
	memcpy(a.list[1].v, "list", 4);
	return (a);
}

static size_t
encode(const struct all *a, uint8_t *buf, size_t cap)
{
	struct wbuf w = wbuf_make(buf, cap);

	codec_put(&w, &all_fld, a);
	ck_assert(wbuf_ok(&w));
	return (w.len);
}

START_TEST(there_and_back)
{
	struct all a = sample(), b;
	uint8_t buf[256];
	size_t len = encode(&a, buf, sizeof(buf));
	const char *bad = NULL;

	memset(&b, 0xee, sizeof(b));
	ck_assert_int_eq(codec_decode(buf, len, &all_fld, &b, &bad), 0);
	/* field by field: padding is nobody's */
	ck_assert(b.flag && b.u8 == a.u8 && b.u16 == a.u16 && b.u32 == a.u32);
	ck_assert(b.u64 == a.u64 && b.i64 == -5 && b.colour == BLUE);
	ck_assert_str_eq(b.str, "seven77");
	ck_assert_mem_eq(b.bytes, a.bytes, 3);
	ck_assert(b.n_var == 2 && b.n_sec == 5);
	ck_assert_mem_eq(b.var, "vv\0\0\0", 5);
	ck_assert_mem_eq(b.sec, "sssss", 5);
	ck_assert(addr_eq(&a.addr, &b.addr) && prefix_eq(&a.prefix, &b.prefix));
	ck_assert(b.ip == a.ip && b.one.n_v == 1 && b.one.v[0] == 9);
	ck_assert(b.n_list == 2 && b.list[0].n_v == 0 && b.list[1].n_v == 4);
	ck_assert_mem_eq(b.list[1].v, "list", 4);
	ck_assert_mem_eq(b.list[2].v, "\0\0\0\0", 4);
}
END_TEST

/* nothing shorter decodes, and the object stays zero */
START_TEST(every_cut)
{
	struct all a = sample(), b, zero;
	uint8_t buf[256], *exact;
	size_t i, len = encode(&a, buf, sizeof(buf));
	const char *bad;

	memset(&zero, 0, sizeof(zero));
	for (i = 0; i < len; i++) {
		/* exact size, so that a sanitizer sees a read beyond */
		ck_assert_ptr_nonnull(exact = malloc(i + (i == 0)));
		memcpy(exact, buf, i);
		memset(&b, 0xee, sizeof(b));
		bad = NULL;
		ck_assert_int_eq(codec_decode(exact, i, &all_fld, &b, &bad),
		    -1);
		ck_assert_ptr_nonnull(bad);
		ck_assert_mem_eq(&b, &zero, sizeof(b));
		free(exact);
	}
	buf[len] = 0;
	ck_assert_int_eq(codec_decode(buf, len + 1, &all_fld, &b, &bad), -1);
	ck_assert_str_eq(bad, "end");
	ck_assert_mem_eq(&b, &zero, sizeof(b));
}
END_TEST

/* offsets of the sample's fields on the wire */
#define AT_FLAG		0
#define AT_COLOUR	24
#define AT_STR		25
#define AT_VAR		37
#define AT_SEC		41
#define AT_ADDR		48
#define AT_PREFIX	65
#define AT_ONE		75
#define AT_LIST		78

START_TEST(bad_values)
{
	static const struct {
		size_t at;
		uint8_t v;
		const char *field;
	} t[] = {
		{ AT_FLAG, 2, "flag" }, { AT_COLOUR, COLOUR_N, "colour" },
		{ AT_COLOUR, 255, "colour" }, { AT_STR, 1, "str" },
		{ AT_STR + 1, 8, "str" }, { AT_STR + 3, 0, "str" },
		{ AT_VAR, 0xff, "var" }, { AT_VAR + 1, 6, "var" },
		{ AT_SEC + 1, 6, "sec" }, { AT_ADDR, 5, "addr" },
		{ AT_PREFIX, 7, "prefix" }, { AT_PREFIX + 5, 33, "prefix" },
		{ AT_ONE + 1, 5, "one" }, { AT_LIST + 1, 4, "list" },
		{ AT_LIST, 1, "list" }, { AT_LIST + 3, 5, "list" }
	};
	struct all a = sample(), b, zero;
	uint8_t buf[256], one[256];
	size_t i, len = encode(&a, buf, sizeof(buf));
	const char *bad;

	memset(&zero, 0, sizeof(zero));
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		memcpy(one, buf, len);
		one[t[i].at] = t[i].v;
		bad = NULL;
		ck_assert_msg(codec_decode(one, len, &all_fld, &b, &bad) == -1,
		    "case %zu", i);
		ck_assert_str_eq(bad, t[i].field);
		ck_assert_mem_eq(&b, &zero, sizeof(b));
	}
}
END_TEST

/* an object that says more than it holds is not encoded */
START_TEST(bad_objects)
{
	uint8_t buf[256];
	size_t i;

	for (i = 0; i < 6; i++) {
		struct all a = sample();
		struct wbuf w = wbuf_make(buf, sizeof(buf));

		switch (i) {
		case 0: a.n_var = 6; break;
		case 1: a.n_sec = 0xffff; break;
		case 2: a.n_list = 4; break;
		case 3: a.list[0].n_v = 5; break;
		case 4: a.colour = COLOUR_N; break;
		default: memset(a.str, 'x', sizeof(a.str)); break;
		}
		codec_put(&w, &all_fld, &a);
		ck_assert_msg(!wbuf_ok(&w), "case %zu", i);
	}
}
END_TEST

START_TEST(no_room)
{
	struct all a = sample();
	uint8_t buf[256];
	size_t i, len = encode(&a, buf, sizeof(buf));

	for (i = 0; i < len; i++) {
		struct wbuf w = wbuf_make(buf, i);

		codec_put(&w, &all_fld, &a);
		ck_assert(!wbuf_ok(&w) && w.len <= i);
	}
}
END_TEST

/* The tables of the channels: an empty object of each goes there and back, so
 * no offset, count or size is out of its struct. */
START_TEST(tables)
{
	static const struct fld_table *const t[] = {
		&m_hello_fld, &m_peer_fld, &m_log_fld, &m_gen_fld, &m_event_fld,
		&m_fault_fld, &sa_spec_fld, &sa_ref_fld, &sa_done_fld,
		&sa_evidence_fld, &sa_too_big_fld, &ike_ident_fld,
		&ike_tunnel_fld, &ike_sock_fld, &ike_tid_fld, &ike_kick_fld, &ike_state_fld,
		&keys_secret_fld, &keys_auth_fld, &keys_done_fld,
		&esp_sock_fld, &esp_tunnel_fld, &esp_tid_fld, &esp_pmtu_fld,
		&ospf_global_fld, &ospf_iface_fld, &ospf_iid_fld,
		&ospf_link_fld, &ospf_stub_fld, &ospf_seq_fld, &ospf_route_fld,
		&ospf_dest_fld, &ospf_nbr_state_fld, &ospf_nexthop_fld,
		&ctl_req_fld, &ctl_end_fld, &ctl_text_fld, &ctl_warn_fld, &ctl_summary_fld,
		&ctl_proc_fld, &ctl_tunnel_fld, &ctl_fib_fld, &ctl_ike_fld,
		&ctl_sa_fld, &ctl_espsa_fld, &ctl_esptun_fld, &ctl_nbr_fld,
		&ctl_ospfif_fld, &ctl_rib_fld, &ctl_lsa_fld, &ctl_ospf_fld,
		&ctl_counter_fld, &ctl_kick_fld
	};
	static uint8_t buf[65536];
	const struct fld *f;
	size_t i, width;
	void *obj, *back;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct wbuf w = wbuf_make(buf, sizeof(buf));

		for (f = t[i]->flds; f->name != NULL; f++) {
			width = f->type == FLD_LIST ? f->size * f->max :
			    f->size;
			ck_assert_msg(f->off + width <= t[i]->size, "%s.%s",
			    t[i]->name, f->name);
			ck_assert_msg(f->sub == NULL ||
			    f->sub->size == f->size, "%s.%s", t[i]->name,
			    f->name);
		}
		ck_assert_ptr_nonnull(obj = calloc(1, t[i]->size));
		ck_assert_ptr_nonnull(back = malloc(t[i]->size));
		codec_put(&w, t[i], obj);
		ck_assert_msg(wbuf_ok(&w), "%s", t[i]->name);
		ck_assert_int_eq(codec_decode(buf, w.len, t[i], back, NULL),
		    0);
		ck_assert_mem_eq(obj, back, t[i]->size);
		free(obj);
		free(back);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("codec");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_test(t, there_and_back);
	tcase_add_test(t, every_cut);
	tcase_add_test(t, bad_values);
	tcase_add_test(t, bad_objects);
	tcase_add_test(t, no_room);
	tcase_add_test(t, tables);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
