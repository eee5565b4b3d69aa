/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  The OSPFv2 engine as its process, the simulator and the tests
 * see it: no socket, no clock, no log.  Inputs go in with the time, outputs are
 * taken out until there is none, and ospf_next() says when to call again.
 */
#ifndef GREIPSEC_OSPF_ENGINE_H
#define GREIPSEC_OSPF_ENGINE_H

#include "lib/ctl.h"
#include "lib/mono.h"
#include "lib/pair_main_ospf.h"
#include "ospf/ospf_drop.h"

struct ospf;

/* What an engine is given for its life.  rng: n random bytes into out. */
struct ospf_params {
	void		(*rng)(void *ctx, void *out, size_t n);
	void		*rng_ctx;
	size_t		 max_lsas;	/* 0: 65536 */
	size_t		 max_lsdb_bytes; /* 0: 64 MB */
	size_t		 max_nbr_lsas;	/* learnt by one neighbour; 0: 3/4 */
	size_t		 max_nodes;	/* prefixes and vertices; 0: 2^19 */
	size_t		 max_queue;	/* bytes of packets not yet taken;
					   0: 4 MB */
};

enum ospf_in {
	OSPF_IN_TICK,		/* nothing but the time */
	OSPF_IN_PACKET,
	OSPF_IN_BEGIN,		/* items follow ... */
	OSPF_IN_COMMIT,		/* ... and count from here on */
	OSPF_IN_GLOBAL,
	OSPF_IN_IFACE,		/* add, or replace by iid */
	OSPF_IN_IFACE_DEL,
	OSPF_IN_LINK,
	OSPF_IN_STUB,
	OSPF_IN_STUB_DEL,
	OSPF_IN_SEQ,		/* the reservation up to it is kept */
	OSPF_IN_CLEAR,		/* begin anew with the neighbour at iid */
	OSPF_IN_LEAVE,		/* SHUTDOWN, to come, is for a restart */
	OSPF_IN_SHUTDOWN,
	OSPF_IN_N
};

/* A received packet without its IP header; addresses in host order. */
struct ospf_rx {
	uint32_t	 iid;
	uint32_t	 src, dst;
	uint8_t		 ttl;
	const uint8_t	*data;
	size_t		 len;
};

struct ospf_input {
	enum ospf_in	type;
	union {
		const struct ospf_rx		*rx;
		const struct ospf_global	*global;
		const struct ospf_iface		*iface;
		const struct ospf_link		*link;
		const struct ospf_stub		*stub;
		uint32_t			 iid;	/* IFACE_DEL, CLEAR */
		uint32_t			 seq;
		uint32_t			 grace_s; /* LEAVE */
	};
};

enum ospf_out {
	OSPF_OUT_PACKET,
	OSPF_OUT_ROUTE,
	OSPF_OUT_ROUTE_DEL,
	OSPF_OUT_SYNCED,
	OSPF_OUT_SEQ_RESERVE,
	OSPF_OUT_NBR,
	OSPF_OUT_EVENT,
	OSPF_OUT_DONE		/* after SHUTDOWN: all was said */
};

struct ospf_tx {
	uint32_t	 iid;
	uint32_t	 src, dst;	/* TTL 1, precedence 6 */
	const uint8_t	*data;		/* valid until the next ospf_pop() */
	size_t		 len;
};

struct ospf_event {
	uint32_t	tid;
	char		subject[TUNNEL_NAME_MAX];
	char		what[32];
	char		text[160];
};

struct ospf_output {
	enum ospf_out	type;
	union {
		struct ospf_tx		packet;
		struct ospf_route	route;
		struct ospf_dest	dest;
		struct ospf_seq		seq;
		struct ospf_nbr_state	nbr;
		struct ospf_event	event;
	};
};

struct ospf_stats {
	uint64_t	spf_runs;	/* trees computed */
	uint64_t	prefix_runs;	/* prefixes only, the tree kept */
	uint64_t	originated;	/* own LSA instances made */
	uint64_t	flooded;	/* of those, sent out */
	uint64_t	fought;		/* forged own LSAs answered */
	uint64_t	rx, tx;		/* packets accepted, sent */
	uint64_t	rxmt;		/* LSAs retransmitted */
	uint64_t	late;		/* dead timers put off: we were late */
	uint64_t	drops[DROP_N];
};

/* NULL: no memory, or no MD5 in this OpenSSL. */
struct ospf	*ospf_new(const struct ospf_params *p, struct mono now);
void		 ospf_free(struct ospf *e);
/*
 * Before the first input: keep what outlives the engine in size bytes at mem,
 * which another engine may have left there when it ended (ospf/keep.h), and go
 * on from that.  mem must stay.  false: too late, or too little.
 */
bool		 ospf_keep(struct ospf *e, void *mem, size_t size);
/* now must not be earlier than at the last call. */
void		 ospf_step(struct ospf *e, struct mono now,
		    const struct ospf_input *in);
/* Take one output, packets first; false: none is left. */
bool		 ospf_pop(struct ospf *e, struct ospf_output *out);
/* Take packets only, for a caller whose way to main is full. */
bool		 ospf_pop_packet(struct ospf *e, struct ospf_output *out);
/* When the engine wants OSPF_IN_TICK. */
struct mono	 ospf_next(const struct ospf *e);
const struct ospf_stats *ospf_stats(const struct ospf *e);

/*
 * Answer a show request: row() is called with the rows of that CTL_* type, in
 * order.  0, or -1 when the type is not one of ours.  CTL_OSPF leaves the times
 * of SPF zero: whoever has a clock fills them.
 */
int		 ospf_show(struct ospf *e, struct mono now, uint16_t type,
		    const struct ctl_req *req,
		    void (*row)(void *ctx, const struct fld_table *t,
		    const void *obj), void *ctx);

#endif
