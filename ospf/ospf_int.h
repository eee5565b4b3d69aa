/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  What the files of the engine share and nobody else sees:
 * the engine, its interfaces and its neighbours.  Everything hangs off struct
 * ospf; e->now is the time of the step under way.
 */
#ifndef GREIPSEC_OSPF_INT_H
#define GREIPSEC_OSPF_INT_H

#include <sys/queue.h>

#include "ospf/grace.h"
#include "ospf/if_fsm.h"
#include "ospf/keep.h"
#include "ospf/lsalist.h"
#include "ospf/lsdb.h"
#include "ospf/nbr_fsm.h"
#include "ospf/ospf_auth.h"
#include "ospf/ospf_engine.h"
#include "ospf/rib.h"
#include "ospf/spf.h"

#define IFACE_QUEUE	64	/* LSAs, and acknowledgements, that wait */
#define MIN_LS_ARRIVAL	NS_S(1)
#define OSPF_MTU_MIN	576
#define IFACE_TAB	1024

/* A due time in e->timers with what is to be done. */
struct timer {
	struct heap_node	 node;
	void			(*fn)(struct ospf *e, void *arg);
	void			*arg;
};

/* A token bucket: up to cap at once, one more each refill_ns. */
struct bucket {
	uint32_t	tokens, cap;
	int64_t		refill_ns;
	struct mono	at;
};

struct nbr {
	struct iface	*ifp;
	uint32_t	 id, addr;
	enum nbr_state	 state;
	uint8_t		 priority;
	uint8_t		 dd_options;
	uint32_t	 mask;		/* of its last Hello */
	uint16_t	 mtu;		/* of its last DD */
	uint16_t	 our_mtu;	/* then */
	bool		 mtu_known;
	bool		 mtu_unsaid;	/* our DD says 0 */
	bool		 told_full;	/* main was told */
	bool		 put_off;	/* the dead timer once */
	bool		 helped;	/* it restarts: FULL for everybody else */
	bool		 silent;	/* past the dead interval meanwhile */
	bool		 lists_us;	/* its last Hello */
	struct mono	 since;		/* of this state */
	struct mono	 adj_since;	/* of told_full */
	struct mono	 help_max;	/* no help after that, whatever it says */
	struct keep_nbr	*kept;		/* while FULL; may be NULL */
	struct timer	 dead, dd, lsr, rxmt, grace;
	/* database exchange */
	bool		 master;	/* we are */
	uint32_t	 dd_seq;
	struct dd	 dd_rx;		/* last one, to know duplicates */
	bool		 dd_rx_valid;
	struct mono	 dd_hold;	/* slave: repeats are answered till */
	uint32_t	 dd_idle;	/* DDs in a row that brought nothing */
	size_t		 dd_heard;	/* headers in this exchange */
	uint8_t		*dd_tx;		/* body of our last one */
	size_t		 dd_tx_len;
	struct lsa	**sum;		/* what is to be described */
	size_t		 n_sum, sum_at;
	bool		 sum_done;	/* our last DD had M clear */
	struct lsalist	 req, out;	/* requests, retransmissions */
	struct lsa_items unasked;	/* of the requests, due never */
	size_t		 n_asked;
	TAILQ_ENTRY(nbr) adj;		/* Exchange or better */
};

/* What the last Hello said, whether it was taken or refused. */
struct seen {
	bool			 have;
	struct mono		 at;
	struct ospf_hdr		 hdr;
	uint32_t		 mask, dead_s;
	uint16_t		 hello_s;
};

struct iface {
	struct ospf_iface	 c;
	struct ospf		*e;
	enum if_state		 state;
	struct iface		*hnext;
	struct nbr		*nbr;
	struct auth_seq		 seq;		/* received */
	uint32_t		 tx_seq;	/* number of our next packet */
	struct mismatch		 miss;		/* the last one */
	struct mono		 miss_said;	/* as an event */
	struct seen		 seen;
	uint32_t		 n_missed;	/* of any kind */
	struct timer		 hello, ack;
	struct mono		 since, hello_sent;
	struct mono		 acked;	/* the last were sent */
	/* both are memory only while something is in them */
	struct lsa_hdr		*acks;
	size_t			 n_acks, cap_acks;
	struct lsa		**q;		/* to be flooded */
	size_t			 n_q, cap_q;
	size_t			 n_lsas;	/* learnt by it */
	bool			 grace_wait;	/* not before the neighbour knows
						   of our restart */
	uint8_t			 grace_left;	/* Grace-LSAs to be sent */
	struct mono		 settled;	/* no exchange of ours before */
	bool			 unnumbered;
	struct iface		*same_addr;	/* while that is found out */
	TAILQ_ENTRY(iface)	 all, busy;
};

struct stub {
	struct ospf_stub	 s;
	TAILQ_ENTRY(stub)	 all;
};

struct out {
	struct ospf_output	 o;
	TAILQ_ENTRY(out)	 next;
	uint8_t			 data[];
};

TAILQ_HEAD(iface_list, iface);
TAILQ_HEAD(nbr_list, nbr);
TAILQ_HEAD(stub_list, stub);
TAILQ_HEAD(out_list, out);

struct ospf {
	struct ospf_params	 p;
	struct mono		 now, start;
	struct ospf_global	 g;
	bool			 have_global;
	struct keep		*keep;		/* NULL: nothing is kept */
	bool			 loading;	/* reading what was kept */
	bool			 resuming;	/* until the first commit */
	unsigned int		 held;		/* between BEGIN and COMMIT */
	struct heap		 timers;
	struct iface_list	 ifaces;
	struct iface		*tab[IFACE_TAB];	/* ifaces by iid */
	struct iface_list	 busy;		/* n_q is not 0 */
	struct nbr_list		 adj;
	size_t			 n_exchanging;	/* Exchange or Loading */
	size_t			 n_full;
	size_t			 n_helped;
	struct stub_list	 stubs;
	struct ospf_md5		*md5;
	uint64_t		 hash_seed;
	uint8_t			*buf;		/* of the packet being built */
	/* cryptographic sequence: the first number past those of every
	 * interface, and past those reserved */
	uint32_t		 seq, seq_reserved;
	/* database, graph, routes */
	struct lsdb		*db;
	struct timer		 age;
	bool			 sweep;		/* look at the dying ones */
	struct spf		*spf;
	struct rib		*rib;
	bool			 spf_dirty, rib_dirty;
	struct timer		 spf_timer;
	struct mono		 spf_ran;
	unsigned int		 spf_burst;	/* runs close together */
	int64_t			 spf_hold;
	struct rib_cause	 cause;
	/* graceful restart, from the first configuration on */
	bool			 restarting;
	bool			 restart_look;	/* something may have ended it */
	bool			 restart_bad;	/* a former neighbour left us */
	bool			 restart_flush;	/* it is over: Grace-LSAs go */
	uint32_t		*pre;		/* neighbours before, sorted; NULL:
						   our LSA is not known yet */
	size_t			 n_pre;
	struct timer		 restart_timer;
	/* own LSA */
	bool			 origin_force;	/* also when it says the same */
	bool			 origin_dirty;
	bool			 own_pending;	/* current one not flooded */
	bool			 own_wrap;	/* waits for its flush */
	struct bucket		 own_free, fight_free;
	struct mono		 own_sent, own_due;	/* flooded last, and to be
						   repeated then: others take no
						   newer one for 1 s from there */
	struct timer		 own_timer;
	/* outputs */
	struct out_list		 pktq, msgq;
	struct out		*popped;
	size_t			 pktq_bytes, n_events;
	bool			 synced, synced_due, sync_near;
	struct timer		 sync_timer;
	bool			 closing, closed, told_closed;
	uint32_t		 leave_s;	/* closing for a restart */
	struct timer		 close_timer;
	struct ospf_stats	 st;
};

/* ospf_engine.c */
uint32_t	 ospf_rand(struct ospf *e);
void		 timer_init(struct timer *t, void (*fn)(struct ospf *, void *),
		    void *arg);
void		 timer_set(struct ospf *e, struct timer *t, struct mono at);
void		 timer_stop(struct ospf *e, struct timer *t);
void		 bucket_init(struct bucket *b, uint32_t cap, int64_t refill);
/* Take a token; false, and when one will be there. */
bool		 bucket_take(struct bucket *b, struct mono now,
		    struct mono *next);
struct iface	*iface_find(const struct ospf *e, uint32_t iid);
struct out	*out_new(struct ospf *e, enum ospf_out type, size_t extra);
/* Whether one more packet, of any length, fits. */
bool		 out_room(const struct ospf *e);
void		 ospf_say(struct ospf *e, const struct iface *ifp,
		    const char *what, const char *fmt, ...)
		    __attribute__((format(printf, 4, 5)));
void		 drop(struct ospf *e, enum ospf_drop why);

/* iface.c */
int		 iface_set(struct ospf *e, const struct ospf_iface *c);
void		 iface_del(struct ospf *e, struct iface *ifp);
void		 iface_event(struct iface *ifp, enum if_event ev);
void		 iface_link(struct iface *ifp, const struct ospf_link *l);
/* Bytes an OSPF packet may have here, without its digest. */
size_t		 iface_room(const struct iface *ifp);
void		 iface_miss(struct iface *ifp, enum ospf_drop why,
		    uint32_t ours, uint32_t theirs, uint32_t src);
/* P2P without an address of its own: named by index (12.4.1.1). */
bool		 iface_unnumbered(const struct iface *ifp);
/* The netmask that our Hellos bear. */
uint32_t	 iface_mask(const struct iface *ifp);
/* Whether the neighbour counts itself into another subnet than we do. */
bool		 iface_mask_odd(const struct iface *ifp);
void		 hello_send(struct iface *ifp);
void		 hello_recv(struct iface *ifp, const struct ospf_hdr *h,
		    uint32_t src, struct rbuf *r);

/* nbr.c */
struct nbr	*nbr_new(struct iface *ifp, uint32_t id, uint32_t addr);
void		 nbr_event(struct nbr *n, enum nbr_event ev);
/* It was FULL in an earlier life, and is. */
void		 nbr_resume(struct nbr *n, struct mono since);
/* Remove a neighbour that is down. */
void		 nbr_free(struct nbr *n);
/* FULL as far as our LSA, the tree and main are concerned. */
bool		 nbr_adjacent(const struct nbr *n);
/* Tell main when that changed; dead_timer: by silence. */
void		 nbr_tell(struct nbr *n, bool dead_timer);

/* helper.c */
/* An LSA from n was installed: is it a Grace-LSA, or its end? */
void		 helper_lsa(struct nbr *n, const struct lsdb_entry *en);
/* The contents of this LSA changed, learnt over the interface from (0: made
 * here, or aged): whoever is helped and would have to be told no longer is. */
void		 helper_changed(struct ospf *e, const struct lsdb_entry *en,
		    uint32_t from);
/* Nothing when it is not helped.  n stays; it goes in a timer if it must. */
void		 helper_end(struct nbr *n, enum grace_end why);
void		 helper_expired(struct ospf *e, void *arg);

/* packet.c */
struct wbuf	 pkt_begin(struct iface *ifp, enum ospf_pkt_type type);
void		 pkt_send(struct iface *ifp, struct wbuf *w);
void		 pkt_recv(struct ospf *e, const struct ospf_rx *rx);
/* The first number of this life. */
void		 seq_start(struct ospf *e, uint32_t seq);
/* Whether number a comes after b, also where they wrap. */
bool		 seq_after(uint32_t a, uint32_t b);

/* dbexch.c */
void		 dd_start(struct nbr *n);
void		 dd_summary(struct nbr *n);
void		 dd_send(struct nbr *n);
void		 dd_recv(struct nbr *n, struct rbuf *r);
void		 lsr_send(struct nbr *n);
void		 lsr_recv(struct nbr *n, struct rbuf *r);
/* The request for this LSA is settled; asks on, or ends Loading. */
void		 lsr_done(struct nbr *n, struct lsa_item *it);
void		 lsr_more(struct nbr *n);
void		 nbr_timers_init(struct nbr *n);
void		 nbr_lists_clear(struct nbr *n);

/* flood.c */
void		 lsu_recv(struct nbr *n, struct rbuf *r);
void		 ack_recv(struct nbr *n, struct rbuf *r);
/* Install an instance (reference taken over) as the current one. */
struct lsdb_entry *flood_install(struct ospf *e, struct lsa *l, uint32_t from);
/* Send to all that should have it, but the one it came from. */
void		 flood_lsa(struct ospf *e, struct lsdb_entry *en,
		    struct nbr *from, int64_t rxmt_ns);
bool		 flood_in_scope(const struct nbr *n, const struct lsa_key *k);
/* Age an LSA to MaxAge and flood it, 14.1. */
void		 flood_flush(struct ospf *e, struct lsdb_entry *en);
/* Send as much of the queue as one packet holds; false: it is empty, or the
 * outputs have no room. */
bool		 flood_push(struct iface *ifp);
/* Forget what is queued. */
void		 flood_unqueue(struct iface *ifp);
/* Queue an LSA, in the place of an older instance; false: no room or no memory,
 * both counted, and it is sent when it is due once more. */
bool		 flood_queue(struct iface *ifp, struct lsa *l);
/* What waits to be acknowledged is not, any more. */
void		 ack_forget(struct iface *ifp);
void		 ack_push(struct iface *ifp);
void		 rxmt_clear(struct nbr *n);
void		 rxmt_add(struct nbr *n, struct lsa *l, struct mono due);
void		 flood_age(struct ospf *e, void *arg);
void		 flood_sweep(struct ospf *e);
void		 flood_rxmt(struct ospf *e, void *arg);
void		 flood_forget_iface(struct ospf *e, const struct iface *ifp);

/* origin.c */
void		 origin_update(struct ospf *e);
void		 origin_flood(struct ospf *e, void *arg);
/* Ours of an earlier life. */
void		 origin_adopt(struct ospf *e, struct lsdb_entry *en);
void		 origin_refresh(struct ospf *e, struct lsdb_entry *en);
bool		 origin_is_self(const struct ospf *e, const struct lsa_key *k);
/* 13.4: somebody sent a newer instance of an LSA of ours.  asked: we had asked
 * for it in an exchange. */
void		 origin_fight(struct ospf *e, const uint8_t *p,
		    const struct lsa_hdr *h, bool asked);
void		 origin_gone(struct ospf *e, const struct lsa_key *k);

/* restart.c: nothing is done, or true, unless a restart of ours is under way. */
void		 restart_begin(struct ospf *e);
void		 restart_end(struct ospf *e, enum grace_end why);
/* An interface came up: it begins with Grace-LSAs. */
void		 restart_iface(struct iface *ifp);
/* A Hello is due: is it too early?  Then a Grace-LSA was sent. */
bool		 restart_holds(struct iface *ifp);
/* An acknowledgement while it is too early. */
void		 restart_ack(struct iface *ifp, struct rbuf *r);
/* A Hello of a neighbour lists us: is it too early to begin the exchange?  Then
 * its timer will. */
bool		 restart_settles(struct nbr *n);
/* Whether an LSA of ours from before is taken as it is. */
bool		 restart_accepts(const struct ospf *e, const struct lsa_key *k);
/* An LSA was installed. */
void		 restart_lsa(struct ospf *e, const struct lsdb_entry *en);
/* The end of a step: is the restart over, and what it leaves to be done? */
void		 restart_check(struct ospf *e);
void		 restart_flush(struct ospf *e);
/* We end for a restart that is planned: ask all neighbours to wait.  false: it
 * is no such end, or there is nobody to ask. */
bool		 restart_leave(struct ospf *e);
/* Whether some of them have not acknowledged yet. */
bool		 restart_leaving(const struct ospf *e);

/* ospf_engine.c: a tree with another router in it was computed; the wait for
 * that begins */
void		 ospf_synced(struct ospf *e);
void		 ospf_sync_start(struct ospf *e);

/* topo.c */
void		 topo_lsa(struct ospf *e, struct lsdb_entry *en);
void		 topo_gone(struct ospf *e, struct lsdb_entry *en);
void		 topo_root(struct ospf *e, const struct spf_adj *a, size_t n);
void		 topo_schedule(struct ospf *e);
void		 topo_run(struct ospf *e, void *arg);

#endif
