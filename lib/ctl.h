/* SPDX-License-Identifier: ISC */
/*
 * runs in: control, greipsecctl, and the roles that answer.  The control
 * protocol: framed as lib/msg.h.  A client sends one request; rows follow, each
 * of the row type of that request, then CTL_END.  Control forwards a request to
 * the role that owns the data and hands the rows through.  Commands that change
 * something are refused for clients that are not root.
 */
#ifndef GREIPSEC_CTL_H
#define GREIPSEC_CTL_H

#include "lib/pair_main_esp.h"
#include "lib/pair_main_ike.h"
#include "lib/pair_main_ospf.h"

/* Types of requests double as types of their rows. */
enum ctl_type {
	CTL_SUMMARY = 128,	/* main: struct ctl_summary, one */
	CTL_PROC,		/* main: struct ctl_proc, one a role */
	CTL_TUNNEL,		/* main: struct ctl_tunnel */
	CTL_FIB,		/* main: struct ctl_fib */
	CTL_CONFIG,		/* main: struct ctl_text: effective config */
	CTL_EVENTS,		/* main: struct m_event, the last 1000 */
	CTL_WARN,		/* main: struct ctl_warn: lint, kernel, hints */
	CTL_IKE,		/* ike: struct ctl_ike */
	CTL_SA,			/* ike: struct ctl_sa */
	CTL_ESPSA,		/* esp: struct ctl_espsa */
	CTL_ESPTUN,		/* esp: struct ctl_esptun */
	CTL_NBR,		/* ospf: struct ctl_nbr */
	CTL_OSPFIF,		/* ospf: struct ctl_ospfif */
	CTL_RIB,		/* ospf: struct ctl_rib */
	CTL_LSA,		/* ospf: struct ctl_lsa */
	CTL_OSPF,		/* ospf: struct ctl_ospf, one */
	CTL_COUNTER,		/* each of ike, ospf, esp: struct ctl_counter */
	CTL_PATH,		/* main: struct ctl_path */
	CTL_MONITOR,		/* control: struct m_event as they come */

	CTL_LOG = 160,		/* struct m_log; root */
	CTL_RELOAD,		/* struct ctl_reload; root.  Answered by struct
				   ctl_text */
	CTL_KICK,		/* struct ctl_kick; root */
	CTL_CONFIRM,		/* struct ctl_switch, on: keep what `reload -c'
				   applied, off: take it back; root */
	CTL_CLEAR,		/* struct ctl_req: a neighbour begins anew; root */
	CTL_COUPLE,		/* struct ctl_switch: OSPF's routes go to the
				   kernel; root */

	CTL_END = 190,		/* struct ctl_end */
};

/* Every show request carries this. */
struct ctl_req {
	char		match[TUNNEL_NAME_MAX];	/* a tunnel's name, or empty */
	uint32_t	arg;			/* CTL_LSA: type, 0 all */
};

struct ctl_end {
	uint32_t	error;		/* 0; EPERM, ENOENT, EAGAIN (role away),
					   EINVAL */
	char		text[160];
};

struct ctl_text {
	char		text[1024];	/* one or more whole lines */
};

/* Of this host as a whole. */
struct ctl_warn {
	char		text[1024];
	bool		bad;		/* something does not work by it */
};

struct ctl_summary {
	char		version[32];
	char		site[TUNNEL_NAME_MAX];
	char		mesh[TUNNEL_NAME_MAX];
	uint32_t	site_id;
	uint32_t	router_id;
	uint32_t	uptime_s;
	char		config[128];	/* path */
	int64_t		loaded_ms;	/* wall clock */
	uint32_t	sites;
	uint32_t	tunnels;
	uint32_t	routes;		/* in the fib */
	uint32_t	confirm_s;	/* left to confirm; 0: nothing waits */
	bool		coupled;	/* OSPF's routes go to the kernel */
};

struct ctl_proc {
	char		role[16];
	uint32_t	pid;
	uint32_t	uptime_s;
	uint32_t	restarts;
};

enum tunnel_state {
	TUN_DOWN,
	TUN_DEGRADED,		/* protected, but OSPF is not FULL */
	TUN_UP,			/* SA pair, and the neighbour FULL */
	TUN_DISABLED,
	TUN_N
};
extern const char *const tunnel_state_names[TUN_N];

struct ctl_tunnel {
	uint32_t		tid;
	char			name[TUNNEL_NAME_MAX];
	char			ifname[IFACE_NAME_MAX];
	uint32_t		ifindex;
	enum tunnel_state	state;
	char			platform[16];
	char			description[64];
	struct addr		local, remote;		/* outer */
	uint32_t		inner_local, inner_peer;
	uint8_t			inner_len;
	uint16_t		mtu;
	uint16_t		path_mtu;
	uint16_t		mtu_fits;	/* the largest; 0: not known */
	bool			mesh;		/* to another site of it; false: of a
						   tunnel block */
	bool			weak;
	bool			udp;
	bool			ospf;		/* ours; false: left to another
						   program */
	uint32_t		since_s;	/* in this state */
	char			networks[160];	/* what lies behind it: prefixes
						   with a space between */
};

/* The way of a tunnel's outer packets, as the kernel has it now. */
struct ctl_path {
	uint32_t		tid;
	char			name[TUNNEL_NAME_MAX];
	struct addr		remote;	/* ADDR_NONE: not known */
	bool			routed;
	bool			has_src;	/* our address is on this host */
	struct addr		src;	/* that it would have */
	char			ifname[IFACE_NAME_MAX];
	char			src_if[IFACE_NAME_MAX];	/* another one, which
						   has src; or empty */
	uint16_t		mtu;	/* of ifname */
	char			problem[96];	/* why not; empty: fine */
};

struct ctl_fib {
	struct prefix		prefix;
	struct addr		gateway;
	char			ifname[IFACE_NAME_MAX];
	uint32_t		metric;
	char			kind[16];	/* ospf, guard, pinned */
	bool			installed;
	char			why[160];	/* not; empty: it is, or will be */
	uint32_t		age_s;
};

struct ctl_ike {
	uint32_t		tid;
	char			name[TUNNEL_NAME_MAX];
	char			state[24];	/* word */
	bool			initiator;
	uint64_t		spi_i, spi_r;
	struct addr		local, remote;
	uint16_t		local_port, remote_port;
	bool			nat_local, nat_remote;
	char			remote_id[160];
	char			suite[PROPOSAL_TEXT_MAX];
	uint32_t		established_s;
	uint32_t		rekey_in_s;
	uint32_t		tries;		/* handshakes begun since up */
	char		reason[160];	/* last failure, empty: none */
	char			code[24];	/* of that, one word: "no-answer" */
	char			facts[160];	/* what it is about, ours and theirs */
	bool			offered;	/* we begin; false: we wait for it */
};

struct ctl_sa {
	uint32_t		tid;
	char			name[TUNNEL_NAME_MAX];
	uint32_t		spi_in, spi_out;
	enum ipsec_mode		mode;
	bool			udp;
	bool			esn;
	struct addr		local, remote;
	uint16_t		local_port, remote_port;
	char			suite[PROPOSAL_TEXT_MAX];
	uint32_t		created_s;
	uint32_t		soft_s, hard_s;
	uint32_t		replay_window;
	bool			current;	/* false: being replaced */
	uint32_t		rekeys;
};

struct ctl_espsa {
	uint32_t		tid;
	enum sa_dir		dir;
	uint32_t		spi;
	uint64_t		packets, bytes, seq;
	uint64_t		drop_replay, drop_auth, drop_other;
	uint32_t		last_s;		/* since the last packet */
};

struct ctl_esptun {
	uint32_t		tid;
	uint64_t		rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint64_t		keepalives;
	uint32_t		rtt_us;		/* of an echo through the tunnel;
						   0: none was answered */
	uint32_t		rtt_age_s;	/* since then */
	uint64_t		drop_no_sa, drop_clear, drop_mtu;
	uint32_t		clear_age_s;	/* since the last in drop_clear */
};

struct ctl_nbr {
	uint32_t		iid, tid;
	char			ifname[IFACE_NAME_MAX];
	char			site[TUNNEL_NAME_MAX];
	uint32_t		router_id;
	uint32_t		addr;
	uint8_t			priority;
	char			state[16];	/* "FULL" */
	uint32_t		dead_ms;	/* left; 0: not running */
	uint32_t		uptime_s;	/* FULL since, restarts of it
						   included that we helped */
	uint16_t		rxmt, request, summary;	/* list lengths */
	uint16_t		mtu;		/* of its last DBD */
	char		reason[160];	/* why it is stuck */
	char			code[24];	/* of that: "dead-interval" */
	char			ours[24], theirs[24];	/* where both have a value */
	uint32_t		refused;	/* packets refused for a reason */
	char			hello[96];	/* its last one, taken or refused */
	uint32_t		hello_age_s;
};

struct ctl_ospfif {
	uint32_t		iid, tid;
	char			name[IFACE_NAME_MAX];
	uint32_t		addr;
	uint8_t			len;
	char			state[16];
	uint16_t		cost, mtu;
	uint32_t		hello_ms, dead_ms;
	uint32_t		next_hello_ms;
	uint32_t		uptime_s;
	uint16_t		neighbors, adjacent;
	bool			passive;
};

struct ctl_rib {
	struct prefix		prefix;
	uint32_t		cost;
	uint32_t		adv_router;
	char			path[16], dest[16];	/* "Intra-Area" "Network" */
	uint32_t		age_s;
	uint16_t		n_nexthops;
	struct ospf_nexthop	nexthops[OSPF_NEXTHOPS];
	char			was[160];	/* where it went before, and why */
};

struct ctl_lsa {
	uint8_t			type;
	uint32_t		link_id, adv_router;
	uint16_t		age;
	uint32_t		seq;
	uint16_t		checksum, len;
	bool			self;
};

struct ctl_ospf {
	uint32_t		router_id, area;
	uint32_t		lsas;
	uint32_t		full;
	uint32_t		neighbors;
	uint32_t		routes;
	uint64_t		spf_runs, prefix_runs;
	uint32_t		spf_last_us, spf_max_us;
	uint32_t		uptime_s;
};

struct ctl_counter {
	char			role[16];
	char			name[48];
	uint64_t		n;
};

#define CTL_CONFIRM_MAX_S	86400

struct ctl_reload {
	bool			check;		/* show the difference only */
	uint32_t		confirm_s;	/* take it back after these unless
						   confirmed; 0: it stays */
};

struct ctl_switch {
	bool			on;
};

struct ctl_kick {
	char			name[TUNNEL_NAME_MAX];
	enum ike_kick_what	what;
};

extern const struct fld_table ctl_req_fld, ctl_end_fld, ctl_text_fld,
    ctl_warn_fld,
    ctl_summary_fld, ctl_proc_fld, ctl_tunnel_fld, ctl_fib_fld, ctl_ike_fld,
    ctl_sa_fld, ctl_espsa_fld, ctl_esptun_fld, ctl_nbr_fld, ctl_ospfif_fld,
    ctl_rib_fld, ctl_lsa_fld, ctl_ospf_fld, ctl_counter_fld, ctl_kick_fld,
    ctl_reload_fld, ctl_switch_fld, ctl_path_fld;

#endif
