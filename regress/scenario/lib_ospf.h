/* SPDX-License-Identifier: ISC */
/*
 * OSPF engines joined in memory: routers, links with loss, delay and
 * reordering drawn from a seed, virtual time.  Any run is repeated by its seed.
 */
#ifndef REGRESS_LIB_OSPF_H
#define REGRESS_LIB_OSPF_H

#include "ospf/ospf_engine.h"
#include "regress/scenario/lib_seed.h"

#define NET_ROUTERS	64
#define NET_LINKS	256
#define NET_ROUTES	512

struct net_route {
	uint32_t		dest;
	uint8_t			len;
	struct ospf_route	r;
};

struct net_router {
	struct ospf		*e;
	uint32_t		 rid;
	struct ospf_global	 g;
	struct net_route	 routes[NET_ROUTES];
	size_t			 n_routes;
	unsigned int		 route_msgs;	/* ROUTE and ROUTE_DEL heard */
	unsigned int		 n_full, n_lost, n_lost_dead;
	bool			 synced, done;
	size_t			 routes_at_sync;
	uint32_t		 seq_reserved;
	struct mono		 moved;		/* last route message */
	char			 last_event[160];
	char			 helper[160], restart[160];	/* last of each */
	unsigned int		 n_helper, n_restart;
	unsigned int		 n_mismatch;
	uint64_t		 rng;
	void			*keep;		/* outlives its engines */
};
#define NET_KEEP	(1U << 20)

/* side 0 is router a, side 1 router b; iid of a side is link * 2 + side + 1. */
struct net_link {
	size_t			r[2];
	struct ospf_iface	c[2];
	bool			cut;		/* silently, both ways */
	bool			deaf[2];	/* this side hears nothing */
	unsigned int		loss;		/* percent */
	int64_t			delay_ns, jitter_ns;
	/* last packet seen from each side */
	uint8_t			last[2][2048];
	size_t			last_len[2];
};

struct net_pkt;

struct net {
	struct net_router	 r[NET_ROUTERS];
	size_t			 n_r;
	struct net_link		 l[NET_LINKS];
	size_t			 n_l;
	struct mono		 now;
	uint64_t		 rng;
	struct ospf_params	 p;		/* limits of all; 0: default */
	struct net_pkt		*pkts;
	unsigned int		 sent, lost;
	/* called for each packet put on a wire, may be NULL */
	void			(*tap)(struct net *n, size_t link, int side,
				    const uint8_t *p, size_t len);
};

struct net	*net_new(uint64_t seed);
void		 net_free(struct net *n);
/* Add a router with router id and a stub 10.<i>.0.0/16; its index. */
size_t		 net_router(struct net *n, uint32_t rid);
/* A row of k routers, each linked to the next; three, each linked with each. */
struct net	*net_row(uint64_t seed, size_t k);
struct net	*net_triangle(uint64_t seed);
/* The row after its start, when nothing is on its way any more. */
struct net	*net_up(uint64_t seed, size_t k);
/* Join two routers: hello 1 s, dead 4 s, rxmt 2 s, MD5 key 1 "secret", /30 out
 * of 172.31; its index.  Change n->l[i].c[side], then net_iface(). */
size_t		 net_link(struct net *n, size_t a, size_t b, uint16_t cost);
/* Tell the engine of one side about its interface (again). */
void		 net_iface(struct net *n, size_t link, int side);
/* Start or restart a router's engine with all its interfaces. */
void		 net_boot(struct net *n, size_t r);
/* From its next start on, this router keeps what outlives its engine. */
void		 net_keep(struct net *n, size_t r);
/* The engine dies without a word. */
void		 net_kill(struct net *n, size_t r);
void		 net_input(struct net *n, size_t r,
		    const struct ospf_input *in);
/* Let virtual time pass. */
void		 net_run(struct net *n, int64_t ms);
/* Run until cond() or ms have passed; whether it became true. */
bool		 net_until(struct net *n, int64_t ms,
		    bool (*cond)(struct net *n));
/* All sides of all links that are not cut, between live routers, are FULL. */
bool		 net_all_full(struct net *n);
/* And nothing waits for an acknowledgement. */
bool		 net_quiet(struct net *n);
/* All live routers hold the same LSAs. */
bool		 net_same_lsdb(struct net *n);
/* The route of a router to the stub of another; NULL. */
const struct ospf_route *net_route_to(struct net *n, size_t from, size_t to);
/* Put bytes on a wire as if they came from a side. */
void		 net_inject(struct net *n, size_t link, int from_side,
		    const uint8_t *p, size_t len);
/* CTL_NBR row of a side. */
struct ctl_nbr	 net_nbr(struct net *n, size_t link, int side);
/* Sign a hand-made packet with the key of a link's side. */
size_t		 net_sign(struct net *n, size_t link, int side, uint8_t *p,
		    size_t len, size_t cap, uint32_t seq);

/* A whole packet of a side with this body, as good as its own: its router id,
 * its key and the number it used last. */
void		 net_craft(struct net *n, size_t link, int side, uint8_t type,
		    const uint8_t *body, size_t len);
/* An LS update with one LSA, whose length and checksum are set here. */
void		 net_craft_lsa(struct net *n, size_t link, int side,
		    uint8_t *lsa, size_t len);
/* Start every router. */
void		 net_boot_all(struct net *n);
const struct ospf_stats *net_stats(struct net *n, size_t r);
/* The LSA of a router's database; false: it has none. */
bool		 net_lsa(struct net *n, size_t r, uint8_t type, uint32_t id,
		    uint32_t adv, struct ctl_lsa *out);
/* The sequence number of a router's LSA at another one. */
uint32_t	 net_seq(struct net *n, size_t at, size_t whose);
/* A router-LSA in a router's name with one stub; its length, below 256. */
size_t		 net_lsa_of(struct net *n, size_t whose, uint8_t *p,
		    uint32_t seq, uint16_t age);
/* State of the link's side, compared. */
bool		 net_is(struct net *n, size_t link, int side,
		    const char *state);

#endif
