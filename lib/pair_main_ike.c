/* SPDX-License-Identifier: ISC */
/* runs in: main and ike.  See pair_main_ike.h. */
#include "lib/pair_main_ike.h"

const char *const ike_auth_names[AUTH_N] = { "none", "psk", "ed25519" };
const char *const ike_start_names[START_N] = { "auto", "initiate", "respond" };
const char *const nat_mode_names[NAT_N] = { "auto", "force", "off" };

static const struct fld ident_f[] = {
	F_U8(ike_ident, type), F_VAR(ike_ident, data), F_END
};
const struct fld_table ike_ident_fld = FLD_TABLE(ike_ident, ident_f);

static const struct fld tunnel_f[] = {
	F_U32(ike_tunnel, tid), F_STR(ike_tunnel, name),
	F_ADDR(ike_tunnel, local), F_ADDR(ike_tunnel, remote),
	F_SUB(ike_tunnel, local_id, &ike_ident_fld),
	F_SUB(ike_tunnel, remote_id, &ike_ident_fld),
	F_ENUM(ike_tunnel, auth, AUTH_N, ike_auth_names),
	F_BYTES(ike_tunnel, local_pub), F_BYTES(ike_tunnel, remote_pub),
	F_LIST(ike_tunnel, ike, &proposal_fld),
	F_LIST(ike_tunnel, esp, &proposal_fld),
	F_ENUM(ike_tunnel, mode, MODE_N, ipsec_mode_names),
	F_U8(ike_tunnel, ts_proto),
	F_ENUM(ike_tunnel, start, START_N, ike_start_names),
	F_BOOL(ike_tunnel, lower_id),
	F_ENUM(ike_tunnel, nat, NAT_N, nat_mode_names),
	F_U32(ike_tunnel, ike_life_s), F_U32(ike_tunnel, child_life_s),
	F_U64(ike_tunnel, child_life_bytes), F_U32(ike_tunnel, dpd_s),
	F_U16(ike_tunnel, replay_window), F_END
};
const struct fld_table ike_tunnel_fld = FLD_TABLE(ike_tunnel, tunnel_f);

static const struct fld sock_f[] = {
	F_U8(ike_sock, family), F_U16(ike_sock, port), F_END
};
const struct fld_table ike_sock_fld = FLD_TABLE(ike_sock, sock_f);

static const struct fld tid_f[] = { F_U32(ike_tid, tid), F_END };
const struct fld_table ike_tid_fld = FLD_TABLE(ike_tid, tid_f);

static const struct fld kick_f[] = {
	F_U32(ike_kick, tid), F_ENUM(ike_kick, what, KICK_N, NULL), F_END
};
const struct fld_table ike_kick_fld = FLD_TABLE(ike_kick, kick_f);

static const struct fld state_f[] = {
	F_U32(ike_state, tid), F_BOOL(ike_state, ike_up),
	F_BOOL(ike_state, child_up), F_BOOL(ike_state, udp),
	F_ADDR(ike_state, local), F_ADDR(ike_state, remote),
	F_ENUM(ike_state, mode, MODE_N, ipsec_mode_names),
	F_U16(ike_state, encr), F_U16(ike_state, key_bits),
	F_U16(ike_state, integ), F_STR(ike_state, why), F_END
};
const struct fld_table ike_state_fld = FLD_TABLE(ike_state, state_f);
