/* SPDX-License-Identifier: ISC */
/*
 * runs in: main and ospf.  Interfaces, keys and link changes in; routes and
 * sequence reservations out.  IPv4 in host order (OSPFv2).
 */
#ifndef GREIPSEC_PAIR_MAIN_OSPF_H
#define GREIPSEC_PAIR_MAIN_OSPF_H

#include "lib/pair_common.h"

enum msg_main_ospf {
	M_OSPF_GLOBAL = 32,	/* struct ospf_global */
	M_OSPF_IFACE,		/* struct ospf_iface (+ fd when P2P and the
				   socket is new): add or replace by iid */
	M_OSPF_IFACE_DEL,	/* struct ospf_iid */
	M_OSPF_LINK,		/* struct ospf_link: up, down, MTU */
	M_OSPF_STUB,		/* struct ospf_stub: announce a prefix */
	M_OSPF_STUB_DEL,	/* struct ospf_stub */
	M_OSPF_SEQ,		/* struct ospf_seq: M_OSPF_SEQ_RESERVE is kept */
	M_OSPF_KEEP,		/* struct ospf_keep + fd: memory that outlives the
				   process; before the first configuration */
	M_OSPF_CLEAR,		/* struct ospf_iid: begin anew with the neighbour
				   there */
	M_OSPF_LEAVE,		/* struct ospf_leave: we are to be started again;
				   before M_SHUTDOWN */

	M_OSPF_ROUTE = 64,	/* struct ospf_route; ospf to main from here on */
	M_OSPF_ROUTE_DEL,	/* struct ospf_dest */
	M_OSPF_SYNCED,		/* empty: after a start, the routes sent so far
				   are all there are; sweep the rest */
	M_OSPF_SEQ_RESERVE,	/* struct ospf_seq: never use less after a start */
	M_OSPF_NBR		/* struct ospf_nbr_state */
};

enum ospf_if_type {
	OSPF_P2P,
	OSPF_PASSIVE,
	OSPF_IF_TYPE_N
};

enum ospf_auth_type {
	OSPF_AUTH_NULL,
	OSPF_AUTH_MD5,		/* AuType 2, RFC 2328 D.3 */
	OSPF_AUTH_N
};

enum mtu_check {
	MTU_WARN,		/* accept, repeat the neighbour's value, say so */
	MTU_STRICT,		/* RFC 2328 10.6 */
	MTU_IGNORE,
	MTU_CHECK_N
};
extern const char *const mtu_check_names[MTU_CHECK_N];

/* Graceful restart (RFC 3623). */
enum grace_mode {
	GRACE_FULL,		/* our own, and help for the neighbours */
	GRACE_HELPER,		/* only that */
	GRACE_OFF,
	GRACE_MODE_N
};
extern const char *const grace_mode_names[GRACE_MODE_N];

#define OSPF_KEYS_MAX	8
#define OSPF_NEXTHOPS	16

struct ospf_key {
	uint8_t		id;
	uint16_t	n_key;
	uint8_t		key[16];	/* zero padded by the user of it */
};

struct ospf_global {
	uint32_t	router_id;
	uint32_t	area;
	uint32_t	seq;		/* first cryptographic sequence number */
	uint32_t	spf_delay_ms, spf_hold_ms;
	uint8_t		max_paths;	/* 1 to OSPF_NEXTHOPS */
	bool		stub_router;	/* RFC 6987: forwarding is off */
	enum grace_mode	grace;
	uint32_t	grace_s;	/* the life before ended without a word:
					   restart gracefully (RFC 3623), so long
					   at most; 0: begin anew.  Counts in the
					   first one only */
};

/* iid: main's name for an interface, never used twice. */
struct ospf_iface {
	uint32_t		iid;
	uint32_t		tid;		/* 0 on a LAN */
	char			name[IFACE_NAME_MAX];
	char			site[TUNNEL_NAME_MAX];	/* the other end */
	uint32_t		ifindex;
	enum ospf_if_type	type;
	uint32_t		addr;		/* our address */
	uint8_t			prefix_len;
	uint32_t		peer;		/* P2P: the address expected */
	uint16_t		mtu;
	bool			up;
	uint16_t		cost;
	uint32_t		hello_ms;	/* below 1000 only with dead 1 s */
	uint32_t		dead_ms;
	uint32_t		rxmt_ms;
	enum mtu_check		mtu_check;
	bool			hello_mask_zero;	/* send 0.0.0.0 */
	bool			seq_strict;	/* refuse equal numbers */
	enum ospf_auth_type	auth;
	uint8_t			send_key;	/* id used to send */
	uint16_t		n_keys;		/* all accepted */
	struct ospf_key		keys[OSPF_KEYS_MAX];
};

struct ospf_iid {
	uint32_t	iid;
};

struct ospf_link {
	uint32_t	iid;
	bool		up;
	uint16_t	mtu;
	uint32_t	ifindex;	/* a recreated interface has a new one */
};

struct ospf_stub {
	uint32_t	dest;
	uint8_t		len;
	uint16_t	cost;
};

/* So many at most are reserved at once, half of it at least. */
#define OSPF_SEQ_CHUNK	65536U
struct ospf_seq {
	uint32_t	seq;
};

struct ospf_keep {
	uint64_t	size;		/* bytes */
};
#define OSPF_KEEP_SIZE		(256U << 20)	/* reserved, not used up */

struct ospf_leave {
	uint32_t	grace_s;	/* the neighbours are to wait so long */
};

struct ospf_nexthop {
	uint32_t	iid;
	uint32_t	ifindex;
	uint32_t	gateway;	/* 0: directly connected */
};

struct ospf_route {
	uint32_t		dest;
	uint8_t			len;
	uint32_t		cost;
	uint16_t		n_nexthops;
	struct ospf_nexthop	nexthops[OSPF_NEXTHOPS];
};

struct ospf_dest {
	uint32_t	dest;
	uint8_t		len;
};

/* A neighbour became FULL or ceased to be. */
struct ospf_nbr_state {
	uint32_t	iid;
	uint32_t	tid;
	uint32_t	router_id;
	bool		full;
	bool		dead_timer;	/* lost to silence: let ike probe */
};

extern const struct fld_table ospf_global_fld, ospf_iface_fld, ospf_iid_fld,
    ospf_link_fld, ospf_stub_fld, ospf_seq_fld, ospf_route_fld, ospf_dest_fld,
    ospf_nbr_state_fld, ospf_nexthop_fld, ospf_keep_fld, ospf_leave_fld;

#endif
