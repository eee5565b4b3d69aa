/* SPDX-License-Identifier: ISC */
/*
 * runs in: main and esp.  Tunnels, descriptors and SAs of the user-space data
 * path, and what it reports.
 */
#ifndef GREIPSEC_PAIR_MAIN_ESP_H
#define GREIPSEC_PAIR_MAIN_ESP_H

#include "lib/pair_sa.h"

enum msg_main_esp {
	M_ESP_SOCK = 32,	/* struct esp_sock + fd */
	M_ESP_TUNNEL,		/* struct esp_tunnel + TUN fd; without a
				   descriptor: change in place */
	M_ESP_TUNNEL_DEL,	/* struct esp_tid */
	M_ESP_SA_ADD,		/* struct sa_spec */
	M_ESP_SA_DEL,		/* struct sa_ref */
	M_ESP_TOO_BIG,		/* struct sa_too_big: ike heard of it */

	M_ESP_SA_DONE = 64,	/* struct sa_done; esp to main from here on */
	M_ESP_EVIDENCE,		/* struct sa_evidence */
	M_ESP_PMTU		/* struct esp_pmtu */
};

enum esp_sock_kind {
	ESP_SOCK_RAW4,		/* raw, protocol 50 */
	ESP_SOCK_RAW6,
	ESP_SOCK_UDP4,		/* UDP 4500, steered to us by its first bytes */
	ESP_SOCK_UDP6,
	ESP_SOCK_GRE4,		/* raw, protocol 47: what comes in clear */
	ESP_SOCK_GRE6,
	ESP_SOCK_N
};

struct esp_sock {
	enum esp_sock_kind	kind;
};

struct esp_tunnel {
	uint32_t	tid;
	char		name[TUNNEL_NAME_MAX];
	struct addr	local;		/* outer addresses expected; ADDR_NONE
					   where they are learnt from the SA */
	struct addr	remote;
	enum ipsec_mode	mode;
	bool		has_key;	/* GRE key, RFC 2890 */
	uint32_t	gre_key;
	uint8_t		ttl;		/* of the outer header; never inherited */
	bool		copy_dscp;
	uint16_t	mtu;		/* inner: what the interface has */
	uint16_t	mss;		/* clamp TCP SYN to this; 0: not */
	uint32_t	inner_local, inner_peer;	/* host order; 0: the
				   path is not probed */
	bool		keepalive_reply;	/* answer GRE keepalives */
};

struct esp_tid {
	uint32_t	tid;
};

/* The path to a peer carries this much, outer IP header included. */
struct esp_pmtu {
	uint32_t	tid;
	uint16_t	pmtu;
};

extern const struct fld_table esp_sock_fld, esp_tunnel_fld, esp_tid_fld,
    esp_pmtu_fld;

#endif
