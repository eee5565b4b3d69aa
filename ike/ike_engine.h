/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  The IKEv2 engine (RFC 7296) as its process, the simulator and
 * the tests see it: no socket, no clock, no log.  Inputs go in with the time,
 * outputs are taken out until there is none, and ike_engine_next() says when to
 * call again.  Under one generator and one sequence of inputs it does the same.
 */
#ifndef GREIPSEC_IKE_ENGINE_H
#define GREIPSEC_IKE_ENGINE_H

#include "ike/ike_crypto.h"
#include "ike/ike_reason.h"
#include "lib/ctl.h"
#include "lib/mono.h"
#include "lib/pair_keys.h"

#define IKE_PORT	500
#define IKE_PORT_NATT	4500

struct ike_engine;

/* What an engine is given for its life.  Zero means the default. */
struct ike_params {
	const struct ike_rng	*rng;
	const struct ike_ke_ops	*ke;
	uint32_t		 max_half_open;	/* as responder; 4096 */
	uint32_t		 cookie_at;	/* half-open from which cookies
						   are asked for; 64 */
	uint32_t		 max_queue;	/* datagrams not yet taken;
						   8192 */
};

enum ike_in {
	IKE_IN_TICK,		/* nothing but the time */
	IKE_IN_DATAGRAM,
	IKE_IN_UNREACH,		/* ICMP, or a send that failed: a hint */
	IKE_IN_BEGIN,		/* tunnels that follow do nothing ... */
	IKE_IN_COMMIT,		/* ... before this */
	IKE_IN_TUNNEL,		/* add, or change in place by tid */
	IKE_IN_TUNNEL_DEL,	/* say DELETE, forget */
	IKE_IN_SA_DONE,
	IKE_IN_EVIDENCE,
	IKE_IN_KICK,
	IKE_IN_AUTH_DONE,	/* answers of the keys process */
	IKE_IN_VERIFY_DONE,
	IKE_IN_KEYS_UP,		/* keys is there (again): questions repeat */
	IKE_IN_SHUTDOWN,	/* DELETE all; IKE_OUT_DONE follows within 1 s */
	IKE_IN_N
};

/* A UDP payload as it came, with the non-ESP marker on port 4500. */
struct ike_rx {
	struct addr	 local, remote;
	uint16_t	 local_port, remote_port;	/* host order */
	uint32_t	 ifindex;	/* it came in there; 0: not known */
	const uint8_t	*data;
	size_t		 len;
};

enum ike_unreach_kind {
	IKE_U_PORT,		/* port or protocol unreachable */
	IKE_U_HOST,		/* host, network, prohibited */
	IKE_U_ROUTE,		/* our own send failed */
	IKE_U_FILTER		/* or was refused by a packet filter here */
};

struct ike_unreach {
	struct addr		remote;
	uint16_t		remote_port;
	enum ike_unreach_kind	kind;
};

struct ike_input {
	enum ike_in	type;
	union {
		const struct ike_rx		*rx;
		const struct ike_unreach	*unreach;
		const struct ike_tunnel		*tunnel;
		uint32_t			 tid;	/* TUNNEL_DEL */
		const struct sa_done		*sa_done;
		const struct sa_evidence	*evidence;
		const struct ike_kick		*kick;
		const struct keys_done		*keys;	/* AUTH, VERIFY */
	};
};

enum ike_out {
	IKE_OUT_DATAGRAM,
	IKE_OUT_KEYS_AUTH,	/* M_KEYS_AUTH */
	IKE_OUT_KEYS_VERIFY,	/* M_KEYS_VERIFY */
	IKE_OUT_SA_ADD,		/* answer with IKE_IN_SA_DONE */
	IKE_OUT_SA_DEL,
	IKE_OUT_STATE,
	IKE_OUT_EVENT,
	IKE_OUT_DONE		/* after SHUTDOWN: all was said */
};

/* A UDP payload to send as it is, marker included; a NAT keepalive is one byte
 * 0xff without marker.  local.family ADDR_NONE: the kernel chooses. */
struct ike_tx {
	struct addr	 local, remote;
	uint16_t	 local_port, remote_port;
	uint32_t	 ifindex;	/* by a route out there; 0: by any */
	const uint8_t	*data;
	size_t		 len;
};

struct ike_event {
	uint32_t	tid;
	char		subject[TUNNEL_NAME_MAX];
	char		what[32];
	char		text[160];
};

/* Pointers are valid until the next ike_engine_pop() or ike_engine_free(). */
struct ike_output {
	enum ike_out	type;
	union {
		struct ike_tx			 tx;
		const struct keys_auth		*keys;
		const struct sa_spec		*sa;	/* has keys */
		struct sa_ref			 ref;
		struct ike_state		 state;
		const struct ike_event		*event;
	};
};

struct ike_stats {
	uint64_t	rx, tx;		/* datagrams taken, sent */
	uint64_t	retransmits;	/* of our requests */
	uint64_t	repeats;	/* answers sent again */
	uint64_t	cookies;	/* asked for */
	uint64_t	begun;		/* handshakes as initiator */
	uint64_t	answered;	/* as responder */
	uint64_t	ike_up, child_up;
	uint64_t	ike_rekeys, child_rekeys;
	uint64_t	collisions;	/* rekeys and first exchanges that met */
	uint64_t	probes;		/* liveness */
	uint64_t	drops[IKE_D_N];
};

/* NULL: no memory.  p and what it points to outlive the engine. */
struct ike_engine *ike_engine_new(const struct ike_params *p, struct mono now);
/* Wipe all keys and free, without a word to anybody. */
void		 ike_engine_free(struct ike_engine *e);
/* now must not be earlier than at the last call. */
void		 ike_engine_step(struct ike_engine *e, struct mono now,
		    const struct ike_input *in);
/* Take one output; what was taken before is wiped.  false: none is left. */
bool		 ike_engine_pop(struct ike_engine *e, struct ike_output *out);
/* When the engine wants IKE_IN_TICK; MONO_NEVER: not by itself. */
struct mono	 ike_engine_next(const struct ike_engine *e);
const struct ike_stats *ike_engine_stats(const struct ike_engine *e);
/* Half-open SAs as responder, all IKE SAs, children that are in use or being
 * replaced: for tests of bounds. */
void		 ike_engine_count(const struct ike_engine *e, size_t *half_open,
		    size_t *ikes, size_t *children);
/* The same of one tunnel; false: there is none of that name. */
struct ike_tally {
	size_t	ikes;		/* all */
	size_t	begun;		/* of those, handshakes of ours */
	size_t	half_open;	/* ... of the peer */
	size_t	children;	/* old ones that linger included */
};
bool		 ike_engine_tally(const struct ike_engine *e, uint32_t tid,
		    struct ike_tally *n);

/*
 * Answer a show request: row() is called with the rows of that CTL_* type, in
 * order of configuration.  0, or -1 when the type is not one of ours.
 */
int		 ike_engine_show(struct ike_engine *e, struct mono now,
		    uint16_t type, const struct ctl_req *req,
		    void (*row)(void *ctx, const struct fld_table *t,
		    const void *obj), void *ctx);

#endif
