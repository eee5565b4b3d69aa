/* SPDX-License-Identifier: ISC */
/* runs in: main and ospf.  See pair_main_ospf.h. */
#include "lib/pair_main_ospf.h"

const char *const mtu_check_names[MTU_CHECK_N] = { "warn", "strict", "ignore" };
const char *const grace_mode_names[GRACE_MODE_N] = { "full", "helper", "off" };

static const struct fld key_f[] = {
	F_U8(ospf_key, id), F_SECRET(ospf_key, key), F_END
};
static const struct fld_table ospf_key_fld = FLD_TABLE(ospf_key, key_f);

static const struct fld global_f[] = {
	F_IP4(ospf_global, router_id), F_IP4(ospf_global, area),
	F_U32(ospf_global, seq), F_U32(ospf_global, spf_delay_ms),
	F_U32(ospf_global, spf_hold_ms), F_U8(ospf_global, max_paths),
	F_BOOL(ospf_global, stub_router),
	F_ENUM(ospf_global, grace, GRACE_MODE_N, grace_mode_names),
	F_U32(ospf_global, grace_s), F_END
};
const struct fld_table ospf_global_fld = FLD_TABLE(ospf_global, global_f);

static const struct fld iface_f[] = {
	F_U32(ospf_iface, iid), F_U32(ospf_iface, tid),
	F_STR(ospf_iface, name), F_STR(ospf_iface, site),
	F_U32(ospf_iface, ifindex),
	F_ENUM(ospf_iface, type, OSPF_IF_TYPE_N, NULL),
	F_IP4(ospf_iface, addr), F_U8(ospf_iface, prefix_len),
	F_IP4(ospf_iface, peer), F_U16(ospf_iface, mtu),
	F_BOOL(ospf_iface, up), F_U16(ospf_iface, cost),
	F_U32(ospf_iface, hello_ms), F_U32(ospf_iface, dead_ms),
	F_U32(ospf_iface, rxmt_ms),
	F_ENUM(ospf_iface, mtu_check, MTU_CHECK_N, mtu_check_names),
	F_BOOL(ospf_iface, hello_mask_zero), F_BOOL(ospf_iface, seq_strict),
	F_ENUM(ospf_iface, auth, OSPF_AUTH_N, NULL),
	F_U8(ospf_iface, send_key), F_LIST(ospf_iface, keys, &ospf_key_fld),
	F_END
};
const struct fld_table ospf_iface_fld = FLD_TABLE(ospf_iface, iface_f);

static const struct fld iid_f[] = { F_U32(ospf_iid, iid), F_END };
const struct fld_table ospf_iid_fld = FLD_TABLE(ospf_iid, iid_f);

static const struct fld link_f[] = {
	F_U32(ospf_link, iid), F_BOOL(ospf_link, up), F_U16(ospf_link, mtu),
	F_U32(ospf_link, ifindex), F_END
};
const struct fld_table ospf_link_fld = FLD_TABLE(ospf_link, link_f);

static const struct fld stub_f[] = {
	F_IP4(ospf_stub, dest), F_U8(ospf_stub, len), F_U16(ospf_stub, cost),
	F_END
};
const struct fld_table ospf_stub_fld = FLD_TABLE(ospf_stub, stub_f);

static const struct fld seq_f[] = { F_U32(ospf_seq, seq), F_END };
const struct fld_table ospf_seq_fld = FLD_TABLE(ospf_seq, seq_f);

static const struct fld nexthop_f[] = {
	F_U32(ospf_nexthop, iid), F_U32(ospf_nexthop, ifindex),
	F_IP4(ospf_nexthop, gateway), F_END
};
const struct fld_table ospf_nexthop_fld = FLD_TABLE(ospf_nexthop, nexthop_f);

static const struct fld route_f[] = {
	F_IP4(ospf_route, dest), F_U8(ospf_route, len),
	F_U32(ospf_route, cost),
	F_LIST(ospf_route, nexthops, &ospf_nexthop_fld), F_END
};
const struct fld_table ospf_route_fld = FLD_TABLE(ospf_route, route_f);

static const struct fld dest_f[] = {
	F_IP4(ospf_dest, dest), F_U8(ospf_dest, len), F_END
};
const struct fld_table ospf_dest_fld = FLD_TABLE(ospf_dest, dest_f);

static const struct fld nbr_f[] = {
	F_U32(ospf_nbr_state, iid), F_U32(ospf_nbr_state, tid),
	F_IP4(ospf_nbr_state, router_id), F_BOOL(ospf_nbr_state, full),
	F_BOOL(ospf_nbr_state, dead_timer), F_END
};
const struct fld_table ospf_nbr_state_fld = FLD_TABLE(ospf_nbr_state, nbr_f);

static const struct fld keep_f[] = { F_U64(ospf_keep, size), F_END };
const struct fld_table ospf_keep_fld = FLD_TABLE(ospf_keep, keep_f);

static const struct fld leave_f[] = { F_U32(ospf_leave, grace_s), F_END };
const struct fld_table ospf_leave_fld = FLD_TABLE(ospf_leave, leave_f);
