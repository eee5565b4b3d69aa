/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process.  Message types and payloads that every channel from
 * main to a role knows.  Structs and field tables only; framing is lib/msg.h.
 * Types below 32 are common; each pair numbers its own from 32 (main to role),
 * 64 (role to main) and 96 (role to role); the control protocol from 128.
 */
#ifndef GREIPSEC_PAIR_COMMON_H
#define GREIPSEC_PAIR_COMMON_H

#include <stdint.h>

#include "lib/codec.h"

/* The processes of the suite (DESIGN 2). */
enum role {
	ROLE_MAIN,
	ROLE_KEYS,
	ROLE_IKE,
	ROLE_OSPF,
	ROLE_ESP,
	ROLE_CONTROL,
	ROLE_N
};
/* Lower-case word of each role. */
extern const char *const role_names[ROLE_N];

/* Parts of the suite that speak in events and logs. */
enum subsys {
	SUBSYS_MAIN,
	SUBSYS_IKE,
	SUBSYS_OSPF,
	SUBSYS_ESP,
	SUBSYS_KERNEL,
	SUBSYS_CONTROL,
	SUBSYS_N
};
extern const char *const subsys_names[SUBSYS_N];

#define TUNNEL_NAME_MAX	32	/* with NUL: a site's or a tunnel block's name */
#define IFACE_NAME_MAX	16	/* with NUL, as Linux has it */
#define ESP_KEY_MAX	64	/* KEYMAT of one algorithm, with a salt */

enum msg_common {
	M_HELLO = 1,		/* both ways, first: struct m_hello */
	M_PEER,			/* main to role: struct m_peer + one end of a
				   socket pair to another role */
	M_LOG,			/* main to role: struct m_log, and perhaps a new
				   connection to syslog */
	M_SHUTDOWN,		/* main to role: end well, then exit 0; empty */
	M_CONF_BEGIN,		/* main to role: struct m_gen */
	M_CONF_COMMIT,		/* main to role: struct m_gen */
	M_CONF_ACK,		/* role to main: struct m_gen */
	M_EVENT,		/* role to main, main to control: struct m_event */
	M_FAULT			/* role to main: struct m_fault, another role
				   broke the rules of their channel */
};

struct m_hello {
	uint32_t	role;		/* enum role of the sender */
	char		build[48];	/* all processes must be one build */
};

struct m_peer {
	uint32_t	role;		/* whose end this leads to */
};

struct m_log {
	uint8_t		level;		/* syslog priority, most verbose shown */
	uint32_t	subsys_mask;	/* debug only for these; 0: all */
	uint32_t	tid;		/* debug only for this tunnel; 0: all */
};

/* Items between BEGIN and COMMIT of one generation are applied together. */
struct m_gen {
	uint32_t	generation;
};

/* One change of state.  Text is already free of control characters. */
struct m_event {
	int64_t		wall_ms;	/* since 1970; 0: the receiver stamps it */
	uint32_t	tid;		/* 0: none */
	enum subsys	subsys;
	char		subject[TUNNEL_NAME_MAX];
	char		what[32];	/* a word: "up", "down", "rekey" */
	char		text[160];
};

struct m_fault {
	uint32_t	role;		/* who is said to be at fault */
	char		text[96];
};

extern const struct fld_table m_hello_fld, m_peer_fld, m_log_fld, m_gen_fld,
    m_event_fld, m_fault_fld;

#endif
