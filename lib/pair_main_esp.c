/* SPDX-License-Identifier: ISC */
/* runs in: main and esp.  See pair_main_esp.h. */
#include "lib/pair_main_esp.h"

static const struct fld sock_f[] = {
	F_ENUM(esp_sock, kind, ESP_SOCK_N, NULL), F_END
};
const struct fld_table esp_sock_fld = FLD_TABLE(esp_sock, sock_f);

static const struct fld tunnel_f[] = {
	F_U32(esp_tunnel, tid), F_STR(esp_tunnel, name),
	F_ADDR(esp_tunnel, local), F_ADDR(esp_tunnel, remote),
	F_ENUM(esp_tunnel, mode, MODE_N, ipsec_mode_names),
	F_BOOL(esp_tunnel, has_key), F_U32(esp_tunnel, gre_key),
	F_U8(esp_tunnel, ttl), F_BOOL(esp_tunnel, copy_dscp),
	F_U16(esp_tunnel, mtu), F_U16(esp_tunnel, mss),
	F_IP4(esp_tunnel, inner_local), F_IP4(esp_tunnel, inner_peer),
	F_BOOL(esp_tunnel, keepalive_reply), F_END
};
const struct fld_table esp_tunnel_fld = FLD_TABLE(esp_tunnel, tunnel_f);

static const struct fld tid_f[] = { F_U32(esp_tid, tid), F_END };
const struct fld_table esp_tid_fld = FLD_TABLE(esp_tid, tid_f);

static const struct fld pmtu_f[] = {
	F_U32(esp_pmtu, tid), F_U16(esp_pmtu, pmtu), F_END
};
const struct fld_table esp_pmtu_fld = FLD_TABLE(esp_pmtu, pmtu_f);
