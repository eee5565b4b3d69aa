/* SPDX-License-Identifier: ISC */
/* runs in: control, greipsecctl, and the roles that answer.  See ctl.h. */
#include "lib/ctl.h"

const char *const tunnel_state_names[TUN_N] = {
	"down", "degraded", "up", "disabled"
};

static const struct fld req_f[] = {
	F_STR(ctl_req, match), F_U32(ctl_req, arg), F_END
};
const struct fld_table ctl_req_fld = FLD_TABLE(ctl_req, req_f);

static const struct fld end_f[] = {
	F_U32(ctl_end, error), F_STR(ctl_end, text), F_END
};
const struct fld_table ctl_end_fld = FLD_TABLE(ctl_end, end_f);

static const struct fld text_f[] = {
	F_STR(ctl_text, text), F_END
};
const struct fld_table ctl_text_fld = FLD_TABLE(ctl_text, text_f);

static const struct fld warn_f[] = {
	F_STR(ctl_warn, text), F_BOOL(ctl_warn, bad), F_END
};
const struct fld_table ctl_warn_fld = FLD_TABLE(ctl_warn, warn_f);

static const struct fld summary_f[] = {
	F_STR(ctl_summary, version), F_STR(ctl_summary, site),
	F_STR(ctl_summary, mesh), F_U32(ctl_summary, site_id),
	F_IP4(ctl_summary, router_id), F_U32(ctl_summary, uptime_s),
	F_STR(ctl_summary, config), F_I64(ctl_summary, loaded_ms),
	F_U32(ctl_summary, sites), F_U32(ctl_summary, tunnels),
	F_U32(ctl_summary, routes), F_U32(ctl_summary, confirm_s),
	F_BOOL(ctl_summary, coupled), F_END
};
const struct fld_table ctl_summary_fld = FLD_TABLE(ctl_summary, summary_f);

static const struct fld proc_f[] = {
	F_STR(ctl_proc, role), F_U32(ctl_proc, pid),
	F_U32(ctl_proc, uptime_s), F_U32(ctl_proc, restarts), F_END
};
const struct fld_table ctl_proc_fld = FLD_TABLE(ctl_proc, proc_f);

static const struct fld tunnel_f[] = {
	F_U32(ctl_tunnel, tid), F_STR(ctl_tunnel, name),
	F_STR(ctl_tunnel, ifname), F_U32(ctl_tunnel, ifindex),
	F_ENUM(ctl_tunnel, state, TUN_N, tunnel_state_names),
	F_STR(ctl_tunnel, platform), F_STR(ctl_tunnel, description),
	F_ADDR(ctl_tunnel, local), F_ADDR(ctl_tunnel, remote),
	F_IP4(ctl_tunnel, inner_local), F_IP4(ctl_tunnel, inner_peer),
	F_U8(ctl_tunnel, inner_len), F_U16(ctl_tunnel, mtu),
	F_U16(ctl_tunnel, path_mtu), F_U16(ctl_tunnel, mtu_fits),
	F_BOOL(ctl_tunnel, mesh), F_BOOL(ctl_tunnel, weak),
	F_BOOL(ctl_tunnel, udp), F_BOOL(ctl_tunnel, ospf),
	F_U32(ctl_tunnel, since_s), F_STR(ctl_tunnel, networks), F_END
};
const struct fld_table ctl_tunnel_fld = FLD_TABLE(ctl_tunnel, tunnel_f);

static const struct fld fib_f[] = {
	F_PREFIX(ctl_fib, prefix), F_ADDR(ctl_fib, gateway),
	F_STR(ctl_fib, ifname), F_U32(ctl_fib, metric), F_STR(ctl_fib, kind),
	F_BOOL(ctl_fib, installed), F_STR(ctl_fib, why),
	F_U32(ctl_fib, age_s), F_END
};
const struct fld_table ctl_fib_fld = FLD_TABLE(ctl_fib, fib_f);

static const struct fld ike_f[] = {
	F_U32(ctl_ike, tid), F_STR(ctl_ike, name), F_STR(ctl_ike, state),
	F_BOOL(ctl_ike, initiator), F_U64(ctl_ike, spi_i),
	F_U64(ctl_ike, spi_r), F_ADDR(ctl_ike, local),
	F_ADDR(ctl_ike, remote), F_U16(ctl_ike, local_port),
	F_U16(ctl_ike, remote_port), F_BOOL(ctl_ike, nat_local),
	F_BOOL(ctl_ike, nat_remote), F_STR(ctl_ike, remote_id),
	F_STR(ctl_ike, suite), F_U32(ctl_ike, established_s),
	F_U32(ctl_ike, rekey_in_s), F_U32(ctl_ike, tries),
	F_STR(ctl_ike, reason),
	F_STR(ctl_ike, code), F_STR(ctl_ike, facts), F_BOOL(ctl_ike, offered),
	F_END
};
const struct fld_table ctl_ike_fld = FLD_TABLE(ctl_ike, ike_f);

static const struct fld sa_f[] = {
	F_U32(ctl_sa, tid), F_STR(ctl_sa, name), F_U32(ctl_sa, spi_in),
	F_U32(ctl_sa, spi_out),
	F_ENUM(ctl_sa, mode, MODE_N, ipsec_mode_names), F_BOOL(ctl_sa, udp),
	F_BOOL(ctl_sa, esn), F_ADDR(ctl_sa, local), F_ADDR(ctl_sa, remote),
	F_U16(ctl_sa, local_port), F_U16(ctl_sa, remote_port),
	F_STR(ctl_sa, suite), F_U32(ctl_sa, created_s), F_U32(ctl_sa, soft_s),
	F_U32(ctl_sa, hard_s), F_U32(ctl_sa, replay_window),
	F_BOOL(ctl_sa, current), F_U32(ctl_sa, rekeys), F_END
};
const struct fld_table ctl_sa_fld = FLD_TABLE(ctl_sa, sa_f);

static const struct fld espsa_f[] = {
	F_U32(ctl_espsa, tid), F_ENUM(ctl_espsa, dir, SA_DIR_N, sa_dir_names),
	F_U32(ctl_espsa, spi), F_U64(ctl_espsa, packets),
	F_U64(ctl_espsa, bytes), F_U64(ctl_espsa, seq),
	F_U64(ctl_espsa, drop_replay), F_U64(ctl_espsa, drop_auth),
	F_U64(ctl_espsa, drop_other), F_U32(ctl_espsa, last_s), F_END
};
const struct fld_table ctl_espsa_fld = FLD_TABLE(ctl_espsa, espsa_f);

static const struct fld esptun_f[] = {
	F_U32(ctl_esptun, tid), F_U64(ctl_esptun, rx_packets),
	F_U64(ctl_esptun, rx_bytes), F_U64(ctl_esptun, tx_packets),
	F_U64(ctl_esptun, tx_bytes), F_U64(ctl_esptun, keepalives),
	F_U32(ctl_esptun, rtt_us), F_U32(ctl_esptun, rtt_age_s),
	F_U64(ctl_esptun, drop_no_sa), F_U64(ctl_esptun, drop_clear),
	F_U64(ctl_esptun, drop_mtu), F_U32(ctl_esptun, clear_age_s), F_END
};
const struct fld_table ctl_esptun_fld = FLD_TABLE(ctl_esptun, esptun_f);

static const struct fld nbr_f[] = {
	F_U32(ctl_nbr, iid), F_U32(ctl_nbr, tid), F_STR(ctl_nbr, ifname),
	F_STR(ctl_nbr, site), F_IP4(ctl_nbr, router_id), F_IP4(ctl_nbr, addr),
	F_U8(ctl_nbr, priority), F_STR(ctl_nbr, state),
	F_U32(ctl_nbr, dead_ms), F_U32(ctl_nbr, uptime_s),
	F_U16(ctl_nbr, rxmt), F_U16(ctl_nbr, request),
	F_U16(ctl_nbr, summary), F_U16(ctl_nbr, mtu), F_STR(ctl_nbr, reason),
	F_STR(ctl_nbr, code), F_STR(ctl_nbr, ours), F_STR(ctl_nbr, theirs),
	F_U32(ctl_nbr, refused),
	F_STR(ctl_nbr, hello), F_U32(ctl_nbr, hello_age_s), F_END
};
const struct fld_table ctl_nbr_fld = FLD_TABLE(ctl_nbr, nbr_f);

static const struct fld ospfif_f[] = {
	F_U32(ctl_ospfif, iid), F_U32(ctl_ospfif, tid),
	F_STR(ctl_ospfif, name), F_IP4(ctl_ospfif, addr),
	F_U8(ctl_ospfif, len), F_STR(ctl_ospfif, state),
	F_U16(ctl_ospfif, cost), F_U16(ctl_ospfif, mtu),
	F_U32(ctl_ospfif, hello_ms), F_U32(ctl_ospfif, dead_ms),
	F_U32(ctl_ospfif, next_hello_ms), F_U32(ctl_ospfif, uptime_s),
	F_U16(ctl_ospfif, neighbors), F_U16(ctl_ospfif, adjacent),
	F_BOOL(ctl_ospfif, passive), F_END
};
const struct fld_table ctl_ospfif_fld = FLD_TABLE(ctl_ospfif, ospfif_f);

static const struct fld rib_f[] = {
	F_PREFIX(ctl_rib, prefix), F_U32(ctl_rib, cost),
	F_IP4(ctl_rib, adv_router), F_STR(ctl_rib, path),
	F_STR(ctl_rib, dest), F_U32(ctl_rib, age_s),
	F_LIST(ctl_rib, nexthops, &ospf_nexthop_fld), F_STR(ctl_rib, was),
	F_END
};
const struct fld_table ctl_rib_fld = FLD_TABLE(ctl_rib, rib_f);

static const struct fld lsa_f[] = {
	F_U8(ctl_lsa, type), F_IP4(ctl_lsa, link_id),
	F_IP4(ctl_lsa, adv_router), F_U16(ctl_lsa, age), F_U32(ctl_lsa, seq),
	F_U16(ctl_lsa, checksum), F_U16(ctl_lsa, len), F_BOOL(ctl_lsa, self),
	F_END
};
const struct fld_table ctl_lsa_fld = FLD_TABLE(ctl_lsa, lsa_f);

static const struct fld ospf_f[] = {
	F_IP4(ctl_ospf, router_id), F_IP4(ctl_ospf, area),
	F_U32(ctl_ospf, lsas), F_U32(ctl_ospf, full),
	F_U32(ctl_ospf, neighbors), F_U32(ctl_ospf, routes),
	F_U64(ctl_ospf, spf_runs), F_U64(ctl_ospf, prefix_runs),
	F_U32(ctl_ospf, spf_last_us), F_U32(ctl_ospf, spf_max_us),
	F_U32(ctl_ospf, uptime_s), F_END
};
const struct fld_table ctl_ospf_fld = FLD_TABLE(ctl_ospf, ospf_f);

static const struct fld counter_f[] = {
	F_STR(ctl_counter, role), F_STR(ctl_counter, name),
	F_U64(ctl_counter, n), F_END
};
const struct fld_table ctl_counter_fld = FLD_TABLE(ctl_counter, counter_f);

static const struct fld kick_f[] = {
	F_STR(ctl_kick, name), F_ENUM(ctl_kick, what, KICK_N, NULL), F_END
};
const struct fld_table ctl_kick_fld = FLD_TABLE(ctl_kick, kick_f);

static const struct fld reload_f[] = {
	F_BOOL(ctl_reload, check), F_U32(ctl_reload, confirm_s), F_END
};
const struct fld_table ctl_reload_fld = FLD_TABLE(ctl_reload, reload_f);

static const struct fld switch_f[] = { F_BOOL(ctl_switch, on), F_END };
const struct fld_table ctl_switch_fld = FLD_TABLE(ctl_switch, switch_f);

static const struct fld path_f[] = {
	F_U32(ctl_path, tid), F_STR(ctl_path, name), F_ADDR(ctl_path, remote),
	F_BOOL(ctl_path, routed), F_BOOL(ctl_path, has_src),
	F_ADDR(ctl_path, src), F_STR(ctl_path, ifname),
	F_STR(ctl_path, src_if), F_U16(ctl_path, mtu),
	F_STR(ctl_path, problem), F_END
};
const struct fld_table ctl_path_fld = FLD_TABLE(ctl_path, path_f);
