/* SPDX-License-Identifier: ISC */
/*
 * IKE engines joined in memory under virtual time: a network that delays,
 * loses, repeats and translates as a seed says; a data path and a keys process
 * for each.  Any run is repeated by its seed.
 *
 * Beside what the tests ask, the world itself watches over traffic: each node
 * sends a packet every 10 ms under the SA that it would send with, and it must
 * find the same key under that SPI at the other end when it arrives.
 */
#ifndef REGRESS_LIB_IKE_H
#define REGRESS_LIB_IKE_H

#include <check.h>

#include "ike/ike_engine.h"
#include "ike/keys_auth.h"
#include "regress/scenario/lib_seed.h"

#define NODES	4
#define SAS	64
#define TID	1

struct node {
	struct ike_engine	*e;
	struct ike_params	 par;
	struct ike_rng		 rng;
	uint64_t		 rng_state;
	struct addr		 addr;
	struct ike_tunnel	 cfg;
	struct keys_secret	 secret;
	struct sa_spec		 in[SAS], out[SAS];	/* out: newest last */
	bool			 first[SAS];		/* of in: told */
	size_t			 n_in, n_out;
	struct ike_state	 state;
	unsigned int		 n_states, n_down;	/* child_up lost */
	bool			 done;
	bool			 keys_away, frozen;
	bool			 abrupt;	/* old SAs end at once */
	unsigned int		 refuse;	/* SAs to refuse, with ... */
	uint32_t		 refuse_error;
	char			 last_fail[160];
	unsigned int		 n_unknown;	/* events of unknown peers */
	char			 last_unknown[160];
	unsigned int		 n_fails;
	uint64_t		 sent, lost;	/* packets of the data path */
};

struct world {
	struct node	 node[NODES];
	size_t		 n;
	uint64_t	 rng;
	struct mono	 now;
	/* the network */
	unsigned int	 loss, dup;		/* per cent */
	int64_t		 delay_min, delay_max;
	int64_t		 dp_delay;		/* data path's answers */
	bool		 cut;
	enum { ESP_PASSES, ESP_IN_UDP, ESP_CUT } esp;
	/* node 0 is behind a NAT: its address and port as seen by others */
	bool		 nat;
	struct addr	 nat_addr;
	uint16_t	 nat_shift;
	/* called for each datagram on the wire; false: dropped */
	bool		(*tap)(struct world *, size_t from, struct ike_tx *,
			    uint8_t *data);
	void		*tap_arg;
	struct flight	*flights;
	uint64_t	 datagrams;
	struct mono	 next_traffic;
	bool		 watch;			/* traffic flows */
};

/* Two nodes with a PSK, not started. */
void		 world_init(struct world *w, uint64_t seed);
void		 world_free(struct world *w);
/* Before they start: raw keys in place of the PSK; node 0 behind a NAT. */
void		 world_raw_keys(struct world *w);
void		 world_nat(struct world *w);
uint64_t	 world_random(struct world *w, uint64_t bound);
/* Give node i its configuration: it begins. */
void		 node_start(struct world *w, size_t i);
/* A new engine, as after a crash: without a word, the data path is empty. */
void		 node_crash(struct world *w, size_t i);
void		 node_kick(struct world *w, size_t i, enum ike_kick_what k);
void		 node_in(struct world *w, size_t i, const struct ike_input *in);
/* Let ms milliseconds pass. */
void		 world_run(struct world *w, int64_t ms);
/* Let time pass until ok() or ms are over; whether it was. */
bool		 world_until(struct world *w, int64_t ms,
		    bool (*ok)(struct world *));
/* Nodes 0 and 1 have a pair of SAs with equal keys, and send with it. */
bool		 world_up(struct world *w);
/* ... and exactly one IKE SA and one pair each. */
bool		 world_one(struct world *w);
bool		 world_none(struct world *w);
void		 world_dump(struct world *w);
/* A test as a case of its own, for seeds 0 to n - 1.  IKE_SEED=N runs that one
 * only, CK_RUN_CASE=NAME that test only, IKE_TRACE=1 prints events. */
void		 world_case(Suite *s, const char *name, const TTest *t, int n);
/* Put a datagram into the network as if node `from' had sent it. */
void		 world_forge(struct world *w, const struct addr *src,
		    uint16_t sport, size_t to, uint16_t dport,
		    const uint8_t *data, size_t len);

#endif
