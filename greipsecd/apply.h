/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  What main knows, and the steps by which a configuration
 * becomes interfaces, routes and messages.  One struct app, held by loop.c, goes
 * through all of it:
 *
 *   apply.c    the difference of two configurations: start, reload, and the
 *              replay to a restarted process
 *   kernel.c   what is seen in the kernel, and bringing it to what is wanted
 *   way.c      the way to the peer: what it carries, and that it is cut
 *   lan.c      the networks of this site: passive interfaces and stubs
 *   relay.c    what the other processes ask for, checked
 *   reload.c   from the file to a configuration
 *   app.c      what is to be done, once for a burst of events
 *   show.c     rows for greipsecctl
 *   act.c      what greipsecctl may change
 *
 * Nothing is done inside an event handler: it notes what is to be looked at
 * again (app_dirty()), and app_work() does it, once for a burst of events.
 */
#ifndef GREIPSECD_APPLY_H
#define GREIPSECD_APPLY_H

#include <stdbool.h>

#include "greipsecd/conf.h"
#include "greipsecd/conf_diff.h"
#include "greipsecd/dp.h"
#include "greipsecd/fib.h"
#include "greipsecd/nat.h"
#include "greipsecd/options.h"
#include "greipsecd/os.h"
#include "greipsecd/priv.h"
#include "greipsecd/state.h"
#include "greipsecd/tunnel.h"
#include "lib/ctl.h"
#include "lib/mono.h"
#include "lib/ratelimit.h"

/* What app_work() is to look at. */
enum app_dirt {
	DIRT_LOST = 0x01,	/* events were lost: see everything anew */
	DIRT_CONF = 0x02,	/* addresses changed and we wait for ours */
	DIRT_LINKS = 0x04,	/* interfaces of tunnels */
	DIRT_LAN = 0x08,	/* networks of this site */
	DIRT_ROUTES = 0x10,	/* routes may have gone without a word */
	DIRT_FIB = 0x20,	/* compare wanted and seen routes */
	DIRT_MTU = 0x40,	/* a path may carry something else now */
	DIRT_TRY = 0x80,	/* a way that was not there may be: let ike try */
	DIRT_NAT = 0x100,	/* rules of the packet filter */
	DIRT_GUARDS = 0x200,	/* the second line of guards */
	DIRT_KNOBS = 0x400,	/* forwarding and reverse path filters */
	DIRT_BYPASS = 0x800	/* the operator's rules for outer packets */
};
#define DIRT_N	12

/* An SA that was given to the data path; no key.  From which life of ike. */
struct app_sa {
	struct sa_ref	ref;
	uint32_t	life;
	struct app_sa	*next;
};

/* The inner addresses of a tunnel; peer 0: none. */
struct app_inner {
	uint32_t	local, peer;
	uint8_t		len;
};
#define INNER_WAS_MAX	4

struct app_tunnel {
	uint32_t		 tid, iid;
	const struct conf_tunnel *ct;		/* of app->conf */
	struct dp		*dp;
	uint32_t		 index;		/* interface; 0: not open */
	uint32_t		 index_was;	/* the last it had */
	bool			 taken;		/* its name is another's */
	int			 open_error;	/* errno of the last try */
	struct mono		 retry;		/* open no earlier */
	int			 ospf_fd;	/* -1 none; bound to index */
	int			 rp_was;	/* rp_filter before us; -1 */
	bool			 strict;	/* it is and stays so: said */
	struct ike_state	 ike;
	struct app_inner	 inner_was[INNER_WAS_MAX]; /* of configurations
						   before, the latest first */
	struct addr		 peer_was;	/* before the last change of it */
	bool			 roamed;	/* it could be anywhere once */
	struct addr		 astray;	/* the last that was told of */
	bool			 up;		/* ospf was told so */
	bool			 cut;		/* no way to the peer ... */
	const char		*why_cut;	/* ... because of that */
	bool			 full;
	bool			 dead_timer;	/* it was lost to silence */
	bool			 full_old;	/* an ospf said so that died */
	uint16_t		 pmtu;		/* learnt; 0 none */
	uint16_t		 mtu;		/* inner, in force */
	uint16_t		 path;		/* outer, in force */
	uint16_t		 fits;		/* inner, of that path; 0 not known */
	enum tunnel_state	 state;
	struct mono		 since;
	bool			 sa_lost;	/* with esp or the device; none is
						   installed */
	struct mono		 sa_asked;	/* ike, for new ones, because esp
						   had none */
	bool			 down;		/* by the operator: until up */
	struct app_sa		*sas;
	struct mono		 down_due;	/* nothing to send with until then:
						   tell ospf */
	struct mono		 old_sas_due;	/* remove those of earlier
						   lives of ike */
	uint32_t		 old_life;	/* than this one */
	uint32_t		 ike_said;	/* the life of ike that said
						   what is in ike */
};

/* A connected subnet of this site: a passive interface of OSPF. */
struct app_lan {
	struct ospf_iface	i;
	bool			seen;
};

struct app {
	const struct options	*opt;
	struct conf		*conf;		/* NULL: waiting to know who */
	struct conf		*undo;		/* comes back unless confirmed */
	struct mono		 undo_due;
	bool			 taken_back;	/* the file is not what is in force */
	uint32_t		 generation;
	uint32_t		 acked[ROLE_N];
	bool			 configured[ROLE_N];
	struct mono		 since;
	int64_t			 loaded_ms;
	struct os		*os;
	struct dp		*dp;
	struct fib		*fib;
	struct nat		*nat;		/* NULL: there is no such thing */
	bool			 nat_kept;	/* its chain is in place */
	struct state		 state;
	bool			 crashed;	/* the life before withdrew nothing;
						   until ospf was told */
	int64_t			 away_s;	/* since it was last alive */
	uint32_t		 waited_s;	/* its neighbours wait so long */
	struct mono		 alive;		/* when to say again that we are */
	int			 ike_fd[4];	/* 500 v4 v6, 4500 v4 v6 */
	uint32_t		 ike_life;	/* counts its starts */
	int			 ospf_keep;	/* memory of ospf's; -1 none */
	struct mono		 ospf_since;	/* it was started */
	uint32_t		 seq_given;	/* it was told to begin with */
	struct ratelimit	 seq_rate;	/* its reservations since */
	bool			 sa_lost;	/* esp died: negotiate anew */
	uint32_t		 next_tid, next_iid;
	struct app_tunnel	**tunnels;	/* tid and iid rising */
	size_t			 n_tunnels;
	struct app_lan		*lans;
	size_t			 n_lans;
	struct os_link		*links;
	size_t			 n_links, cap_links;
	struct os_addr		*addrs;
	size_t			 n_addrs, cap_addrs;
	int			 guards_error;	/* of the second line, told */
	int			 bypass_error;	/* told */
	int			 keep_error;	/* of the state directory, told */
	bool			 forward_off;	/* and we leave it so */
	bool			 dumping;	/* routes seen are no news */
	unsigned		 dirt;
	struct mono		 later[DIRT_N + 1]; /* each: dirty then; the last
						   one: only work */
	void			(*wake)(void);	/* loop: call app_work() soon */
};

/* Nothing is noted, neither to be done at once nor later. */
void	app_init(struct app *a);
/* Note what to look at, and see that it happens. */
void	app_dirty(struct app *a, unsigned dirt);
/* Look at it again at a later time (of each kind the earlier of two counts), or
 * with 0 only work then. */
void	app_again(struct app *a, unsigned dirt, int64_t ns);
/* Write a->state to the state directory.  0, or -1: said, once as long as it
 * lasts, and shown. */
int	app_keep(struct app *a);
/* Do what is to be done; returns when it wants to be called again. */
struct mono app_work(struct app *a, struct mono now);
/* Close and free what it holds but the sockets of ike and os. */
void	app_free(struct app *a);
/* By handle or name; NULL when there is none. */
struct app_tunnel *app_tunnel(const struct app *a, uint32_t tid);
struct app_tunnel *app_iface(const struct app *a, uint32_t iid);
struct app_tunnel *app_tunnel_named(const struct app *a, const char *name);

/* reload.c */
/* Parse the file as this host sees it.  Errors and warnings are logged, or
 * printed to stderr before there is a log.  NULL: bad, or *wait: it is good,
 * but this host has no address yet by which it would know itself.  why (of
 * cap bytes) gets the first error. */
struct conf *apply_parse(struct app *a, bool print, bool *wait, char *why,
	    size_t cap);
/* Read the file again: parse, check, difference, and unless q says only to
 * check, apply.  out (may be NULL) gets errors, warnings and the difference.
 * 0, or -1 with why. */
int	apply_reload(struct app *a, const struct ctl_reload *q, struct mono now,
	    FILE *out, char *why, size_t cap);
/* What waits to be confirmed stays, or is taken back.  0, or -1 with why. */
int	apply_confirm(struct app *a, char *why, size_t cap);
int	apply_undo(struct app *a, struct mono now, const char *because,
	    char *why, size_t cap);

/* apply.c */
/* Go over to a configuration, which is owned from now on; the one before it
 * goes to *old, or is freed when old is NULL.  0 or -1: no memory, nothing
 * changed. */
int	apply_conf(struct app *a, struct conf *new, struct mono now,
	    struct conf **old);
/* A role is up, and gets everything. */
void	apply_role(struct app *a, enum role r, struct mono now);
/* A role died. */
void	apply_role_gone(struct app *a, enum role r, struct mono now);
/* Messages about one tunnel, to whom it concerns if it is there. */
/* We end, to be started again: so long may that take. */
void	apply_leave(struct app *a, uint32_t grace_s);
void	apply_ospf_iface(struct app *a, struct app_tunnel *t, bool fresh);
void	apply_ospf_link(struct app *a, const struct app_tunnel *t);
void	apply_ospf_global(struct app *a);
/* Its data path is told what has changed; reopen: the interface is gone. */
int	apply_dp(struct app *a, struct app_tunnel *t, bool reopen);
void	apply_kick(uint32_t tid, enum ike_kick_what what);
/* The operator wants it; t NULL: of all.  What is to stay is told to every
 * successor of ike. */
void	apply_order(struct app *a, struct app_tunnel *t,
	    enum ike_kick_what what);
/* The tunnels without an IKE SA need not wait for ike's timer. */
void	apply_try(struct app *a);
/* Let go of one tunnel; its interface stays. */
void	apply_tunnel_free(struct app_tunnel *t);
/* Work out state and MTU after something changed, tell whom it concerns. */
void	apply_state(struct app *a, struct app_tunnel *t, struct mono now);
void	apply_mtu(struct app *a, struct app_tunnel *t);
/* From and to where the tunnel's own packets go: as IKE found it, else as
 * configured; either may be of no family. */
struct os_outer	apply_outer(const struct app_tunnel *t);
/* Tunnels that have had nothing to send with for a moment: ospf need not wait
 * for its dead timer. */
struct mono apply_downs(struct app *a, struct mono now);
/* Whether an SA to send with is installed. */
bool	apply_can_send(const struct app_tunnel *t);
/* Remove SAs of lives of ike before this one that are due. */
struct mono apply_old_sas(struct app *a, struct mono now);

/* kernel.c */
extern const struct os_events kernel_events;
/* Interfaces, addresses as wanted; guards and routes as wanted. */
void	kernel_links(struct app *a, struct mono now);
void	kernel_fib(struct app *a, struct mono now);
/* The second line of guards as the configuration wants it. */
void	kernel_guards(struct app *a);
/* The tunnels' own packets past that line, where the operator has rules. */
void	kernel_bypass(struct app *a);
void	kernel_routes_again(struct app *a);
void	kernel_resync(struct app *a);
/* Forwarding, and what keeps traffic of a tunnel out. */
void	kernel_forward(struct app *a);
/* Look at what may have been switched since. */
void	kernel_knobs(struct app *a);
void	kernel_rp_filter(struct app *a, struct app_tunnel *t);
void	kernel_nat(struct app *a);
/* At a good end: routes and switches; guards and interfaces stay. */
void	kernel_leave(struct app *a);
const struct os_link *kernel_link(const struct app *a, uint32_t index);
bool	kernel_is_local(const struct app *a, const struct addr *addr);
/* Whether the peer of t may be at addr: it is configured there, or no network of
 * another site (a guard, but for that of everything) has it. */
bool	kernel_outer_ok(const struct app *a, const struct app_tunnel *t,
	    const struct addr *addr);
void	kernel_outers(struct app *a);
/* clean.c: option -C, remove everything of ours.  The exit status. */
int	kernel_clean(const struct options *o);

/* lan.c */
void	lan_sync(struct app *a);
/* All of it, to an ospf that is new. */
void	lan_replay(struct app *a);
/* Announce a prefix, or no longer. */
void	lan_stub(const struct app *a, const struct conf_net *n, bool del);
/* Whether p is of this site, as the configuration says. */
bool	lan_is_own(const struct app *a, const struct prefix *p);
/* A network of this site of which nothing is announced; NULL past the end.  *at is
 * an address of this host inside, on a link that is down or with a subnet that is
 * larger, or of no family: there is none. */
const struct conf_net *lan_unused(const struct app *a, size_t i,
	    struct os_addr *at);

/* relay.c: rules for what the roles may ask main. */
extern const struct msg_rule relay_ike[], relay_ospf[], relay_esp[];
extern const struct dp_report relay_report;

#endif
