/* SPDX-License-Identifier: ISC */
/*
 * runs in: main and ike.  What main tells ike to negotiate, and what ike asks
 * of main.  No PSK and no private key is in here (those go main to keys).
 */
#ifndef GREIPSEC_PAIR_MAIN_IKE_H
#define GREIPSEC_PAIR_MAIN_IKE_H

#include "lib/pair_sa.h"
#include "lib/suite.h"

enum msg_main_ike {
	M_IKE_SOCK = 32,	/* struct ike_sock + fd */
	M_IKE_TUNNEL,		/* struct ike_tunnel: add or replace by tid */
	M_IKE_TUNNEL_DEL,	/* struct ike_tid: say DELETE, forget */
	M_IKE_SA_DONE,		/* struct sa_done: answer to M_IKE_SA_ADD */
	M_IKE_EVIDENCE,		/* struct sa_evidence */
	M_IKE_KICK,		/* struct ike_kick: operator, or address came */

	M_IKE_SA_ADD = 64,	/* struct sa_spec; ike to main from here on */
	M_IKE_SA_DEL,		/* struct sa_ref */
	M_IKE_STATE,		/* struct ike_state: what the tunnel has now */
	M_IKE_TOO_BIG		/* struct sa_too_big: for esp */
};

/* ID types, RFC 7296 3.5. */
#define IKE_ID_IPV4_ADDR	1
#define IKE_ID_FQDN		2
#define IKE_ID_RFC822_ADDR	3
#define IKE_ID_IPV6_ADDR	5
#define IKE_ID_KEY_ID		11
#define IKE_ID_DATA_MAX		128

/* An identity; type 0: any (remote side) or derived from the address (local). */
struct ike_ident {
	uint8_t		type;
	uint16_t	n_data;
	uint8_t		data[IKE_ID_DATA_MAX];
};

enum ike_auth_method {
	AUTH_NONE,
	AUTH_PSK,		/* RFC 7296 2.15 */
	AUTH_ED25519,		/* RFC 8420 with RFC 7427, raw key RFC 7670 */
	AUTH_N
};
extern const char *const ike_auth_names[AUTH_N];

enum ike_start {
	START_AUTO,		/* who starts is decided by lower_id */
	START_INITIATE,
	START_RESPOND,
	START_N
};
extern const char *const ike_start_names[START_N];

enum nat_mode {
	NAT_AUTO,		/* detect, encapsulate when found */
	NAT_FORCE,		/* always encapsulate */
	NAT_OFF,		/* never */
	NAT_N
};
extern const char *const nat_mode_names[NAT_N];

/* Everything ike needs to keep one IKE SA and one child pair to a peer. */
struct ike_tunnel {
	uint32_t		tid;
	char			name[TUNNEL_NAME_MAX];
	struct addr		local;		/* ADDR_NONE: whatever routes */
	struct addr		remote;		/* ADDR_NONE: peer is dynamic */
	struct ike_ident	local_id;
	struct ike_ident	remote_id;
	enum ike_auth_method	auth;		/* both directions */
	uint8_t			local_pub[32];	/* AUTH_ED25519: raw keys */
	uint8_t			remote_pub[32];
	uint16_t		n_ike;
	struct proposal		ike[PROPOSALS_MAX];
	uint16_t		n_esp;
	struct proposal		esp[PROPOSALS_MAX];
	enum ipsec_mode		mode;
	uint8_t			ts_proto;	/* selector: 47, or 0 for any */
	enum ike_start		start;
	bool			lower_id;	/* this end retries at once; the
						   other waits 30 s for it */
	enum nat_mode		nat;
	uint32_t		ike_life_s;	/* rekey before this; 0: never */
	uint32_t		child_life_s;
	uint64_t		child_life_bytes;	/* 0: none */
	uint32_t		dpd_s;		/* liveness after silence; 0: off */
	uint16_t		replay_window;
};

/* A UDP socket for ike; the descriptor rides on the message. */
struct ike_sock {
	uint8_t		family;		/* enum addr_family */
	uint16_t	port;		/* 500 or 4500 */
};

struct ike_tid {
	uint32_t	tid;
};

enum ike_kick_what {
	KICK_TRY_NOW,		/* do not wait for the retry timer */
	KICK_MOVED,		/* the address that its SAs have here is gone,
				   and there is a way with another */
	KICK_REKEY_CHILD,
	KICK_REKEY_IKE,
	KICK_RESTART,		/* DELETE and start again */
	KICK_DOWN,		/* DELETE and stay down */
	KICK_UP,
	KICK_N
};

struct ike_kick {
	uint32_t		tid;	/* 0: all */
	enum ike_kick_what	what;
};

/* Sent on every change. */
struct ike_state {
	uint32_t	tid;
	bool		ike_up;
	bool		child_up;	/* a pair is installed in both directions */
	bool		udp;
	struct addr	local;		/* outer pair in use */
	struct addr	remote;
	enum ipsec_mode	mode;		/* as negotiated */
	uint16_t	encr, key_bits, integ;	/* of the child, for the MTU */
	char		why[24];	/* there is none, or it has a flaw: code of
					   the reason; empty: not known */
};

extern const struct fld_table ike_ident_fld, ike_tunnel_fld, ike_sock_fld,
    ike_tid_fld, ike_kick_fld, ike_state_fld;

#endif
