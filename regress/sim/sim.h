/* SPDX-License-Identifier: ISC */
/*
 * A seeded simulator: whole sites, an IKE and an OSPF engine each, joined by an
 * underlay that delays, loses, repeats, reorders and cuts, on a virtual clock.
 * OSPF's packets travel under the SAs that IKE has made, or not at all.  All
 * chance comes from the seed: a failing one prints itself and runs the same
 * again.
 *
 * What main does between the engines is modelled, not linked: an outbound SA
 * makes the tunnel's interface go up, 300 ms without one make it go down.
 */
#ifndef REGRESS_SIM_H
#define REGRESS_SIM_H

#include "esp/replay.h"
#include "ike/ike_engine.h"
#include "ike/keys_auth.h"
#include "lib/heap.h"
#include "ospf/ospf_engine.h"
#include "regress/scenario/lib_seed.h"

#define SIM_KEEP	(1U << 20)	/* what outlives an OSPF engine */
#define SIM_LIVES	4		/* lifetimes drawn from that many */
#define SIM_GRACE_S	24	/* as main gives it after a crash */

struct sim;
struct sim_site;
struct sim_link;

/* What the simulator does wrong when told to, for tests of its checks. */
enum sim_break {
	BREAK_NONE,
	BREAK_ROUTE,		/* a site loses a route */
	BREAK_EXTRA,		/* ... has one that nobody announced */
	BREAK_SA,		/* ... never lets go of an inbound SA */
	BREAK_REPLAY,		/* its replay window takes everything */
	BREAK_N
};

/* An SA in the data path of one end. */
struct sim_sa {
	struct sim_sa	*next;		/* older */
	struct sa_spec	 spec;
	struct mono	 hard;
	unsigned int	 life;		/* of the ike that made it */
	bool		 first;		/* FIRST_IN was told */
	uint64_t	 seq;		/* outbound: the last one used */
	struct replay	 replay;	/* inbound */
};

/* What an engine says about an end, taken by a check. */
struct sim_seen {
	struct ike_tally	have;
	bool			tunnel;		/* ike knows of it */
	unsigned int		n_up, n_child, n_nbr;
	bool			initiator;
	uint64_t		spi_i, spi_r;
	bool			full, heard;
	unsigned int		lists;		/* on the neighbour's lists */
};

/* A link as one of its sites sees it: a tunnel. */
struct sim_end {
	struct sim_link		*link;
	struct sim_site		*site;
	struct sim_end		*other;
	uint32_t		 tid;		/* and iid; never used twice */
	struct ike_tunnel	 ike;
	struct keys_secret	 secret;
	struct ospf_iface	 ospf;
	struct sim_sa		*in, *out;	/* newest first */
	struct ike_state	 state;
	bool			 admin_down;
	struct mono		 dp_last;
	struct mono		 out_lost;	/* the last one went */
	struct mono		 look;		/* at hard limits, next */
	struct mono		 told_no_sa, told_unknown;
	unsigned int		 unheard;	/* sent since anything came in */
	struct mono		 unheard_since;
	bool			 deaf;		/* EVID_DEAF was told */
	struct sim_seen		 seen;
};

/* side 0 to side 1: cut[0]; the way back: cut[1]. */
struct sim_link {
	struct sim_end	 end[2];
	bool		 there;			/* is configured */
	bool		 cut[2];
	unsigned int	 loss, dup;		/* per cent */
	int64_t		 delay, jitter;		/* ns; jitter reorders */
	struct mono	 last[2];		/* arrival, to keep the order */
	struct mono	 dead;			/* unusable since; NEVER: usable */
	unsigned int	 psk;			/* its number */
};

struct sim_route {
	uint32_t	dest;
	uint8_t		len;
	bool		used;
	uint8_t		n;
	uint32_t	cost;
	uint64_t	hops;			/* sum over sim_hop() */
};

struct sim_site {
	struct sim		*s;
	size_t			 idx;
	struct addr		 addr;
	uint32_t		 rid;
	bool			 alive, gone;	/* gone: taken out of service */
	struct mono		 died;
	bool			 stub_off;
	uint16_t		 stub_cost;
	bool			 nat;
	bool			 crashed;	/* ended without a word */
	unsigned int		 nat_epoch;
	unsigned int		 boot, ike_life;
	struct ike_engine	*ike;
	struct ike_params	 ike_par;
	struct ike_rng		 rng;
	uint64_t		 rng_state;
	struct ospf		*ospf;
	struct ospf_global	 g;
	void			*keep;
	uint32_t		 saved_seq;	/* the state file */
	int64_t			 wall_off;	/* s, against the true time */
	struct heap_node	 ike_at, ospf_at;
	struct sim_end		**ends;		/* by tid; [0] is NULL */
	size_t			 n_ends;
	struct sim_end		**to;		/* by site */
	struct sim_route	*routes;
	size_t			 n_routes, cap_routes;
	/* found by a check */
	unsigned int		 stray_rows;	/* about what is no more */
	size_t			 n_lsas;
	/* counted since the start of the world */
	unsigned int		 route_msgs, nbr_lost;
	uint64_t		 esp_sent, esp_lost, esp_replayed;
};

struct sim_event;
struct sim_said {
	struct mono	at;
	char		text[200];
};
#define SIM_SAID	60

struct sim {
	uint64_t	 seed, rng;
	bool		 verbose;
	enum sim_break	 broken;
	bool		 keeps;			/* ospf's memory outlives it */
	bool		 mixed;			/* each link has its own suite,
						   mode, authentication, times */
	bool		 hasty;			/* all times are short */
	size_t		 large;			/* sites of hub or mesh; 0: all */
	struct mono	 now;
	struct sim_site	*site;
	size_t		 n_sites;
	struct sim_link	*link;
	size_t		 n_links;
	struct heap	 heap;
	uint64_t	 packets;		/* put on the underlay */
	unsigned int	 checks;		/* quiet periods that held */
	struct sim_said	 said[SIM_SAID];
	size_t		 n_said;
	char		 fault[400];		/* what does not hold */
	char		 wrong[200];		/* what must never be */
	struct sim_end	*fault_end;		/* where, if anywhere */
	/* a datagram as the first one sent it, to be forged from */
	uint8_t		 init[1500];
	size_t		 init_len;
};

/* --- sim_net.c: clock, events, underlay --- */
uint64_t	 sim_random(struct sim *s, uint64_t bound);
bool		 sim_chance(struct sim *s, unsigned int percent);
/* Into the ring of last events, and to standard error with -v. */
void		 sim_say(struct sim *s, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
/* s is zero but for the seed and verbose. */
void		 sim_init(struct sim *s, size_t n_sites, size_t max_links);
void		 sim_free(struct sim *s);
/* Let virtual time pass. */
void		 sim_run(struct sim *s, int64_t ms);
/* IKE: from a site as its engine said. */
void		 sim_udp(struct sim_site *from, const struct ike_tx *tx);
/* A datagram from anywhere arrives at a site after ms. */
void		 sim_forge(struct sim *s, const struct addr *src,
		    uint16_t sport, struct sim_site *to, uint16_t dport,
		    const void *data, size_t len, int64_t ms);
/* An OSPF packet under an SA. */
void		 sim_esp(struct sim_end *from, struct sim_sa *sa,
		    const struct ospf_tx *tx);
/* The data path of an end does something after its delay. */
void		 sim_dp_add(struct sim_end *e, const struct sa_spec *sa);
void		 sim_dp_del(struct sim_end *e, const struct sa_ref *ref);
void		 sim_dp_old(struct sim_end *e, int64_t ns);
void		 sim_dp_look(struct sim_end *e, int64_t ns);
/* An engine wants its tick at another time. */
void		 sim_timers(struct sim_site *t);

/* --- sim_site.c: engines, and main between them --- */
/* Join two sites; both must be told (sim_boot or sim_conf). */
struct sim_link	*sim_join(struct sim *s, size_t a, size_t b, uint16_t cost_a,
		    uint16_t cost_b);
/* Start a site; with the sequence number its state file keeps, or without. */
void		 sim_boot(struct sim_site *t, bool state_file);
/* End without a word. */
void		 sim_crash(struct sim_site *t);
/* Say DELETE and empty Hellos, then end. */
void		 sim_stop(struct sim_site *t);
/* One process dies and is back at once. */
void		 sim_crash_ospf(struct sim_site *t);
void		 sim_crash_ike(struct sim_site *t);
/* Tell a running site about an end that changed. */
void		 sim_conf(struct sim_end *e);
/* Tell a running site what it announces. */
void		 sim_conf_stub(struct sim_site *t);
/* Take a link out of, or into, the configuration of both sites. */
void		 sim_unlink(struct sim_link *l);
void		 sim_relink(struct sim_link *l);
void		 sim_kick(struct sim_end *e, enum ike_kick_what k);
void		 sim_clear(struct sim_end *e);
/* The PSK of an end, and one that is accepted beside it; 0: none. */
void		 sim_psk(struct sim_end *e, uint64_t psk, uint64_t psk2);
/* What arrives, and what falls due. */
void		 sim_in_ike(struct sim_site *t, const struct ike_input *in);
void		 sim_in_ospf(struct sim_site *t, const struct ospf_input *in);
/* A next hop as a number, of which sums are compared. */
uint64_t	 sim_hop(uint32_t iid, uint32_t gateway);
uint32_t	 sim_stub(size_t site);		/* its /24 */
#define SIM_STUB_COST	10

/* --- sim_dp.c: the data path of an end --- */
/* A packet as it is on the underlay. */
struct sim_packet {
	struct sa_spec	 sa;		/* it is sealed under */
	uint64_t	 seq;
	struct addr	 src;
	uint16_t	 sport;
	bool		*taken;		/* it, or its copy; NULL: has none */
	struct ospf_rx	 rx;
};
void		 sim_in_esp(struct sim_end *e, const struct sim_packet *p);
/* OSPF's packet to send. */
void		 sim_out_esp(struct sim_end *e, const struct ospf_tx *tx);
void		 sim_evidence(struct sim_end *e, enum evidence what,
		    const struct sa_spec *sa, const struct addr *src,
		    uint16_t sport);
void		 sim_sa_added(struct sim_end *e, const struct sa_spec *sa,
		    unsigned int life);
void		 sim_sa_deleted(struct sim_end *e, const struct sa_ref *r);
/* SAs of an ike before this one go. */
void		 sim_sa_old(struct sim_end *e);
/* Hard limits, and whether the interface is up. */
void		 sim_sa_look(struct sim_end *e);
/* All SAs go, and the interface with them. */
void		 sim_sa_flush(struct sim_end *e);

/* --- sim_oracle.c --- */
/* A link that the oracle counts on. */
bool		 sim_usable(const struct sim_link *l);
/* Note what has become unusable, or usable again. */
void		 sim_look(struct sim *s);
/* Each site has the routes that it must have, and no others. */
bool		 sim_routes_hold(struct sim *s);

/* --- sim_check.c --- */
/* Say what does not hold; false. */
bool		 sim_fault(struct sim *s, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
/* Whether all is as it must be after a quiet time; else s->fault says what is
 * not. */
bool		 sim_holds(struct sim *s);
/* What an end and the one opposite have, for a report. */
void		 sim_dump(struct sim_end *e);

/* --- sim_world.c: what is done to them; false: s->fault --- */
bool		 sim_world_small(struct sim *s);
bool		 sim_world_hub(struct sim *s);
bool		 sim_world_mesh(struct sim *s);

#endif
