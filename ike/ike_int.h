/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  What the files of the engine share.
 *
 *	ike_engine	life, inputs by type, the clock
 *	ike_out		what waits to be taken by the caller
 *	ike_sa		IKE SAs: birth, death, timers, asking keys
 *	ike_recv	a datagram finds its SA; message IDs; decryption
 *	ike_send	requests and their retransmission, responses
 *	ike_init	IKE_SA_INIT, both sides; NAT detection
 *	ike_choose	the tunnels that a first message may be for
 *	ike_cookie	proof that the peer receives where it sends from
 *	ike_half	who may be half-open, how often errors are told
 *	ike_auth	IKE_AUTH, both sides
 *	ike_child	child SAs and the data path
 *	ike_create	CREATE_CHILD_SA for children, both sides
 *	ike_rekey	CREATE_CHILD_SA for the IKE SA, both sides
 *	ike_info	INFORMATIONAL, both sides
 *	ike_tun		what a tunnel wants: start, retry, prune, evidence
 *	ike_tell	what is told of it: why it is not up, its state
 *	ike_show	rows for show
 *
 * A tunnel owns its IKE SAs and children; a child points at the IKE SA that
 * manages it and moves when that is rekeyed.  Whoever frees something clears
 * what pointed at it, so no function keeps a pointer over a call that may free.
 */
#ifndef GREIPSEC_IKE_INT_H
#define GREIPSEC_IKE_INT_H

#include <sys/queue.h>

#include "ike/ike_engine.h"
#include "ike/ike_keymat.h"
#include "ike/ike_proposal.h"
#include "ike/ike_tab.h"
#include "ike/ike_wire.h"
#include "lib/heap.h"
#include "lib/ratelimit.h"

#define NONCE_LEN	32
#define LOW_LEN		32	/* bytes of a nonce that are compared */
#define MARKER_LEN	4	/* non-ESP marker, RFC 3948 2.2 */
#define COOKIE_LEN	32
#define SOURCES		256	/* of each kind, that are told apart */

/* Times, in nanoseconds. */
#define REXMIT_FIRST	NS_MS(500)
#define REXMIT_MAX	NS_S(20)	/* between tries to a silent peer */
#define REXMIT_TRIES	5		/* 15.5 s: an SA in use is lost */
#define HALF_OPEN_NS	NS_S(30)
#define GONE_NS		NS_S(5)		/* answers repeats */
#define LINGER_NS	NS_S(2)		/* inbound SA after its DELETE */
#define SWITCH_NS	NS_S(30)	/* to the new outbound SA at last */
#define TAKEN_NS	NS_S(2)		/* an answer has come by then */
#define PRUNE_NS	NS_S(5)		/* of two IKE SAs that crossed */
#define SPARE_NS	NS_S(10)	/* a child that nobody uses */
#define OUTDATED_NS	NS_S(2)		/* its DELETE is answered, or not */
#define UDP_AGAIN	NS_S(600)	/* plain ESP is given up no earlier */
#define AGAIN_NS	NS_S(30)	/* a rekey that came to nothing */
#define RETRY_FIRST	NS_S(2)
#define RETRY_MAX	NS_S(60)
#define HIGHER_WAIT	NS_S(30)	/* DESIGN 8: the higher id's retries */
#define KEEPALIVE_NS	NS_S(20)	/* RFC 3948 4 */
#define PROBE_GAP	NS_S(2)		/* between probes on evidence */
#define VERSION1_GAP	NS_S(5)		/* anybody can send IKEv1 */
#define VERSION1_NS	NS_S(300)	/* it is remembered */
#define SHUTDOWN_NS	NS_MS(900)

/* Message IDs: an IKE SA is rekeyed at the first, and takes none at the last
 * (RFC 7296 2.2). */
#define MID_SOFT	0x80000000U
#define MID_LAST	UINT32_MAX

/* One timer in the engine's heap. */
struct ike_timer {
	struct heap_node  node;
	void		(*fire)(struct ike_engine *e, void *owner);
	void		 *owner;
};

enum sa_state {
	SA_INIT,	/* initiator: IKE_SA_INIT sent */
	SA_SIGN,	/* initiator: keys makes our AUTH */
	SA_AUTH,	/* initiator: IKE_AUTH sent */
	SA_VERIFY,	/* initiator: keys checks theirs */
	SA_HALF,	/* responder: IKE_SA_INIT answered */
	SA_R_VERIFY,
	SA_R_SIGN,
	SA_R_CHILD,	/* responder: the data path installs the child */
	SA_UP,
	SA_OLD,		/* rekeyed: waits for its DELETE */
	SA_DELETING,	/* we say DELETE */
	SA_GONE,	/* only answers repeats */
	SA_N
};
extern const char *const sa_state_names[SA_N];

/* What a request of ours is about. */
enum ex {
	EX_NONE, EX_INIT, EX_AUTH, EX_CHILD, EX_REKEY_CHILD, EX_REKEY_IKE,
	EX_DEL_CHILD, EX_DEL_IKE, EX_PROBE
};

struct child;
struct ike_sa;
struct source;
struct tun;

/* Our request under way; the window is 1. */
struct request {
	enum ex		 ex;
	uint32_t	 mid;
	uint8_t		*msg;
	size_t		 len;
	unsigned int	 tries;
	unsigned int	 silent;	/* of them since ICMP, or this host, told
					   that it is in vain */
	struct mono	 next;
	/* CREATE_CHILD_SA */
	struct child	*child;		/* being made, or deleted */
	struct child	*old;		/* being replaced */
	struct child	*rival;		/* the peer's, met ours */
	struct ike_sa	*rival_sa;
	struct ke_key	*ke;
	uint64_t	 spi;		/* of the new IKE SA */
	uint8_t		 nonce[NONCE_LEN];
};

/* A decrypted message that waits for keys or the data path. */
struct pending {
	bool		 on;
	uint32_t	 mid;
	uint8_t		 first;		/* first payload */
	uint8_t		*plain;
	size_t		 len;
	struct child	*child;		/* being installed for the answer */
	uint8_t		 num;		/* of the proposal chosen */
	struct ke_key	*ke;
	uint8_t		 nonce[NONCE_LEN];
	/* an answer that goes a moment after this child sends */
	struct child	*heir;
	uint8_t		*resp;		/* NULL: none */
	size_t		 resp_len;
	struct mono	 at;		/* it goes then */
};

/* What only the first two exchanges need. */
struct handshake {
	struct ke_key	*ke;		/* NULL: another SA's of that SPI */
	uint8_t		*msg_i, *msg_r;	/* IKE_SA_INIT, both messages */
	size_t		 msg_i_len, msg_r_len;
	uint8_t		 ni[IKE_NONCE_MAX], nr[IKE_NONCE_MAX];
	size_t		 ni_len, nr_len;
	uint16_t	 group;		/* of our KE payload */
	uint8_t		 auth[KEYS_AUTH_MAX];	/* responder: our AUTH data */
	size_t		 auth_len;
	uint8_t		 cookie[64];
	size_t		 cookie_len;
	unsigned int	 cookies;	/* since it was repeated for silence */
	bool		 looped;	/* they were too many */
	unsigned int	 kes;		/* other groups wanted so far */
	struct addr	 told;		/* ours, in NAT detection */
	bool		 moved;		/* told anew */
	bool		 wish;		/* of the peer, to be met */
	uint16_t	 wish_group;
};

struct ike_sa {
	TAILQ_ENTRY(ike_sa)	 entry;		/* of the tunnel, or strays */
	struct tun		*t;		/* NULL: peer not yet known */
	struct tab_node		 by_spi;	/* our SPI */
	struct tab_node		 by_peer;	/* responder: spi_i, address */
	struct tab_node		 by_req;	/* question to keys */
	TAILQ_ENTRY(ike_sa)	 by_source;
	struct source		*source;	/* half-open from there */
	struct ike_timer	 timer;
	enum sa_state		 state;
	bool			 initiator;	/* of the exchange that made it */
	uint64_t		 spi_i, spi_r;
	struct addr		 local, remote;
	uint16_t		 lport, rport;
	uint32_t		 ifindex;	/* where it was heard last */
	bool			 by_iface;	/* answers go out there */
	bool			 natt;		/* both sent NAT detection */
	bool			 nat_local, nat_remote, udp;
	bool			 contact;	/* INITIAL_CONTACT was said */
	bool			 lost;		/* does not answer any more */
	bool			 outdated;	/* another was begun in its place */
	bool			 proven;	/* it returned a cookie */
	bool			 forced;	/* begun though one was up */
	bool			 want_rekey, want_delete, want_probe;
	uint16_t		 group;		/* for a rekey, as they asked */
	struct ike_suite	 suite;
	struct ike_keys		 keys;
	struct handshake	*hs;
	struct request		 req;
	struct pending		 pend;
	uint32_t		 mid_out;	/* of our next request */
	uint32_t		 mid_in;	/* of their next request */
	uint8_t			*resp;		/* our last response */
	size_t			 resp_len;
	uint64_t		 resp_hash;	/* of the request it answers */
	uint8_t			 low[LOW_LEN];	/* the lower nonce */
	struct mono		 begun, established;
	struct mono		 expire;	/* half-open, gone */
	struct mono		 soft, hard;
	struct mono		 probe;		/* liveness is due */
	struct mono		 keepalive;
	uint32_t		 ask;		/* our question; 0: none */
	bool			 ask_verify;
	char			 peer_id[160];
};
TAILQ_HEAD(sa_list, ike_sa);

/* Where first messages come from: an address, or a /64 of IPv6; some share one
 * as their hashes do. */
struct source {
	struct sa_list		 half;		/* oldest first */
	size_t			 n;
	bool			 known;		/* configured addresses */
	struct ratelimit	 errors, errors_proven;
};

enum child_state {
	CH_NEW,		/* negotiated, nothing installed */
	CH_IN,		/* inbound being installed */
	CH_WAIT,	/* inbound there; outbound when the peer has its own */
	CH_OUT,		/* outbound being installed */
	CH_UP,
	CH_DELETING,	/* we say DELETE */
	CH_LINGER	/* outbound gone, inbound stays a moment */
};

/* What both ends agreed to beside the suite. */
struct child_form {
	enum ipsec_mode	 mode;
	uint8_t		 proto;		/* of the selectors; 0: any */
};

struct child {
	TAILQ_ENTRY(child)	 entry;
	struct tun		*t;
	struct ike_sa		*sa;		/* NULL: it went, we linger */
	struct tab_node		 by_spi;	/* spi_in */
	struct ike_timer	 timer;
	enum child_state	 state;
	bool			 initiator;	/* of its exchange */
	bool			 in, out;	/* installed, or asked for */
	bool			 want_rekey, want_delete;
	bool			 waits;		/* for a rival to be judged */
	bool			 doomed;	/* lost against a rival */
	bool			 carried;	/* traffic came in */
	bool			 gone;		/* esp has it no more */
	bool			 unknown;	/* to the peer, it says */
	uint32_t		 spi_in, spi_out;
	struct ike_child_suite	 suite;
	struct ike_child_keys	 keys;		/* until installed */
	struct child_form	 form;
	struct addr		 to;		/* where it was told to send */
	uint16_t		 to_port;
	uint8_t			 low[LOW_LEN];
	uint32_t		 replaces;	/* spi_in of an older one; 0 */
	struct mono		 at;		/* next thing to happen */
	struct mono		 begun, created, soft, hard;
};
TAILQ_HEAD(child_list, child);

struct tun {
	TAILQ_ENTRY(tun)	 entry;		/* order of configuration */
	struct ike_tunnel	 cfg;
	struct tab_node		 by_tid, by_addr, by_id;
	struct ike_timer	 timer;
	struct sa_list		 sas;
	struct child_list	 children;
	struct child		*cur;		/* newest that is up */
	bool			 down;
	bool			 want_child;
	bool			 restart;	/* though an SA is up */
	bool			 anew;		/* wanted since asked, until one
						   begun after that stands */
	struct mono		 asked;
	bool			 in_udp;	/* plain ESP does not pass */
	struct addr		 udp_with;	/* the peer's address then */
	bool			 deaf;		/* so it seems: does IKE? */
	struct mono		 deaf_at;	/* last told */
	struct mono		 passes;	/* IKE, since then; NEVER: not yet */
	struct mono		 undeaf_at;	/* unless ESP passes before */
	struct mono		 udp_tried;
	struct mono		 rekey_asked;	/* older children go */
	struct mono		 try_at;	/* IKE SA */
	struct mono		 child_at;	/* child */
	struct mono		 prune_at;
	struct mono		 probed;	/* on evidence */
	struct mono		 version1;	/* IKEv1 came, and was said */
	unsigned int		 fails;
	struct ratelimit	 fails_rl;	/* events that strangers make */
	struct ike_child_suite	 took;		/* the last; encr 0: refused */
	bool			 auth_refused;	/* our ESP, with IKE_AUTH */
	struct mono		 renewed;	/* another SA for want of a child */
	uint16_t		 group;		/* for PFS, as the peer asked */
	unsigned int		 groups;	/* asked for in a row */
	uint32_t		 tries;
	uint32_t		 rekeys;
	enum ike_reason		 reason;
	struct mono		 reasoned;	/* last found so */
	char			 facts[160];
	struct ike_state	 told;
};
TAILQ_HEAD(tun_list, tun);

struct out_item;
TAILQ_HEAD(out_list, out_item);

struct ike_engine {
	struct ike_params	 par;
	struct mono		 now;
	struct ike_stats	 stats;
	struct tab		 by_tid, by_addr, by_id;	/* tunnels */
	struct tab		 by_spi, by_peer, by_req;	/* IKE SAs */
	struct tab		 by_child;
	struct heap		 heap;
	struct tun_list		 tuns;
	struct sa_list		 strays;	/* SAs without a tunnel */
	struct out_list		 out;
	size_t			 n_out;		/* datagrams among them */
	struct out_item		*taken;
	size_t			 n_half, n_sas, n_children;
	size_t			 n_half_of[2];	/* known or not */
	struct source		 source[2][SOURCES];
	uint64_t		 seed;
	uint32_t		 last_req;
	bool			 holding;	/* between BEGIN and COMMIT */
	bool			 ending, done;
	struct mono		 end_at;
	struct ratelimit	 vain;		/* work for first messages */
	struct ratelimit	 unknown_rl;	/* events of unknown peers */
	struct mono		 cookies_until;	/* for all, as they came */
	uint8_t			 cookie_key[2][32];	/* now, before */
	struct mono		 cookie_rolled;
	uint8_t			 buf[IKE_MSG_MAX];	/* messages written */
	uint8_t			 plain[IKE_MSG_MAX];	/* decrypted */
	struct ike_payloads	 pl;
	struct keys_auth	 q;
};

/* One datagram as the receiver sees it: without marker. */
struct dgram {
	const struct ike_rx	*rx;
	const uint8_t		*msg;
	size_t			 len;
	struct ike_hdr		 h;
	/* of a first message */
	struct source		*source;
	bool			 proven;	/* by a cookie */
};

/* --- ike_engine --- */
void	ike_drop(struct ike_engine *e, enum ike_drop why);
void	ike_random(struct ike_engine *e, void *p, size_t len);
/* ns shortened or lengthened by up to percent. */
int64_t	ike_jitter(struct ike_engine *e, int64_t ns, unsigned int percent);
/* When a rekey that was refused is tried again: about ns from now, and more
 * than once before the end. */
struct mono ike_again(struct ike_engine *e, struct mono hard, int64_t ns);
/* Arm, or with MONO_NEVER disarm. */
void	ike_timer_at(struct ike_engine *e, struct ike_timer *tm, struct mono at);
void	ike_timer_init(struct ike_timer *tm,
	    void (*fire)(struct ike_engine *, void *), void *owner);

/* --- ike_out --- */
/* marker: put the non-ESP marker in front. */
void	out_datagram(struct ike_engine *e, const struct ike_tx *tx,
	    bool marker);
void	out_keys(struct ike_engine *e, bool verify, const struct keys_auth *q);
void	out_sa_add(struct ike_engine *e, const struct sa_spec *s);
void	out_sa_del(struct ike_engine *e, const struct sa_ref *r);
void	out_state(struct ike_engine *e, const struct ike_state *s);
void	out_event(struct ike_engine *e, const struct tun *t, const char *what,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void	out_done(struct ike_engine *e);
void	out_free(struct ike_engine *e);

/* --- ike_sa --- */
/* NULL on no memory.  t may be NULL. */
struct ike_sa *sa_new(struct ike_engine *e, struct tun *t, bool initiator);
void	sa_free(struct ike_engine *e, struct ike_sa *s);
void	sa_join(struct ike_engine *e, struct ike_sa *s, struct tun *t);
void	sa_arm(struct ike_engine *e, struct ike_sa *s);
void	sa_handshake_free(struct ike_sa *s);
uint64_t sa_spi_new(struct ike_engine *e);
void	sa_set_spi(struct ike_engine *e, struct ike_sa *s, uint64_t ours);
/* The next question whether the peer is there, after as long a silence as is
 * configured now. */
void	sa_probe_later(const struct ike_engine *e, struct ike_sa *s);
/* It stands: lifetimes begin, the tunnel is told. */
void	sa_established(struct ike_engine *e, struct ike_sa *s);
/* Say DELETE as soon as the window allows, then forget. */
void	sa_delete(struct ike_engine *e, struct ike_sa *s);
/* Nothing more is wanted of it but answers to repeats.  One that never stood
 * goes on to count as half-open. */
void	sa_gone(struct ike_engine *e, struct ike_sa *s);
/* Ask keys for our AUTH or about theirs, (again). */
void	sa_ask(struct ike_engine *e, struct ike_sa *s, bool verify);
/* Keys to send with and to open what the peer sent. */
struct ike_sk *sa_sk_out(struct ike_sa *s);
struct ike_sk *sa_sk_in(struct ike_sa *s);
void	low_nonce(uint8_t low[static LOW_LEN], const void *a, size_t a_len,
	    const void *b, size_t b_len);
/* Whether an SA has come to the end of its handshake and lives. */
bool	sa_is_up(const struct ike_sa *s);

/* --- ike_send --- */
/* Begin a request in e->buf; inside SK unless it is IKE_SA_INIT. */
void	req_begin(struct ike_engine *e, struct ike_sa *s, struct ike_writer *m,
	    uint8_t exchange);
/* Finish and send it; false when it cannot be made (counted). */
bool	req_send(struct ike_engine *e, struct ike_sa *s, struct ike_writer *m,
	    enum ex ex);
/* Forget the request under way, with what hangs on it. */
void	req_clear(struct ike_engine *e, struct ike_sa *s);
/* Its time to be sent again has come. */
void	req_retransmit(struct ike_engine *e, struct ike_sa *s);
/* A protected response to the request s->pend, or to mid. */
void	resp_begin(struct ike_engine *e, struct ike_sa *s, struct ike_writer *m,
	    uint8_t exchange, uint32_t mid);
void	resp_send(struct ike_engine *e, struct ike_sa *s,
	    struct ike_writer *m);
/* The answer to a DELETE waits until heir is what the data path sends with,
 * and what is on the way under the old SA has arrived: some peers forget that
 * one as soon as they have the answer. */
void	resp_hold(struct ike_engine *e, struct ike_sa *s,
	    struct ike_writer *m, struct child *heir);
/* heir sends now, or never will. */
void	resp_release(struct ike_engine *e, const struct child *heir);
/* The time has come for an answer that was held. */
void	resp_held(struct ike_engine *e, struct ike_sa *s);
/* A response that is one notification (with data). */
void	resp_notify(struct ike_engine *e, struct ike_sa *s, uint8_t exchange,
	    uint32_t mid, uint16_t type, const void *data, size_t len);
/* Send bytes as they are from one of our ports to the peer. */
void	send_raw(struct ike_engine *e, const struct ike_sa *s,
	    const uint8_t *msg, size_t len);
/* Send to where a datagram came from. */
void	send_back(struct ike_engine *e, const struct ike_rx *rx,
	    const uint8_t *msg, size_t len);
/* A request came again: the last response to where it came from. */
void	send_again(struct ike_engine *e, struct ike_sa *s,
	    const struct ike_rx *rx);
/* The next thing that s wants to ask, when the window is free. */
void	sa_run(struct ike_engine *e, struct ike_sa *s);
void	pend_clear(struct ike_sa *s);

/* --- ike_recv --- */
void	ike_receive(struct ike_engine *e, const struct ike_rx *rx);

/* --- ike_init --- */
bool	init_start(struct ike_engine *e, struct tun *t);
void	init_request(struct ike_engine *e, struct dgram *d);
void	init_response(struct ike_engine *e, struct ike_sa *s,
	    const struct dgram *d);
/* One more answer to the first message of s. */
void	init_another(struct ike_engine *e, struct ike_sa *s,
	    const struct dgram *d);
/* s has proven that it is with the peer: what other answers began is not. */
void	init_settle(struct ike_engine *e, struct ike_sa *s);
/* A message of a version to come: say which we have (RFC 7296 2.5). */
void	init_version(struct ike_engine *e, struct dgram *d);

/* Make the first message anew, as the peer asked; false: it did not. */
bool	init_wishes(struct ike_engine *e, struct ike_sa *s);

/* --- ike_choose --- */
/* Choose among the proposals of all tunnels that the peer may be.  *t: one of
 * them, or one that does not fit, best one with the peer's address; NULL: there
 * is none. */
enum ike_pick choose_tun(struct ike_engine *e, const struct dgram *d,
	    const struct ike_payloads *p, struct ike_chosen *ch,
	    struct tun **t);
/* What goes into the answer for whichever it is, of t's kind. */
struct extras {
	bool		hashes;
	enum nat_mode	nat;
};
struct extras choose_extras(const struct ike_engine *e, const struct dgram *d,
	    const struct tun *t);

/* --- ike_cookie --- */
/* What the sender of d is to return. */
void	cookie_make(struct ike_engine *e, const struct dgram *d,
	    struct ike_span nonce, uint8_t out[static COOKIE_LEN]);
/* Whether it did; a wrong one is counted. */
bool	cookie_good(struct ike_engine *e, const struct dgram *d,
	    const struct ike_payloads *p);

/* --- ike_half --- */
void	half_init(struct ike_engine *e);
struct source *half_source(struct ike_engine *e, const struct addr *a);
/* Make room for one more from src, at the cost of another (counted) when there
 * is none; false: no. */
bool	half_room(struct ike_engine *e, const struct source *src);
/* s counts as half-open from src, from now on, or not any more. */
void	half_in(struct ike_engine *e, struct ike_sa *s, struct source *src);
void	half_out(struct ike_engine *e, struct ike_sa *s);
/* Work was done that leaves nothing behind, for nobody perhaps: when there is
 * much of it, cookies come first. */
void	half_in_vain(struct ike_engine *e, const struct dgram *d);

/* --- ike_auth --- */
void	auth_signed(struct ike_engine *e, struct ike_sa *s,
	    const struct keys_done *k);
void	auth_verified(struct ike_engine *e, struct ike_sa *s,
	    const struct keys_done *k);
void	auth_request(struct ike_engine *e, struct ike_sa *s,
	    const struct ike_payloads *p);
void	auth_response(struct ike_engine *e, struct ike_sa *s,
	    const struct ike_payloads *p);
/* The child of the answer is installed, or is not (error). */
void	auth_child_done(struct ike_engine *e, struct ike_sa *s,
	    uint32_t error);
/* Our ID payload's body, and what we expect of theirs. */
size_t	auth_id_body(const struct ike_ident *id, const struct addr *a,
	    uint8_t buf[static 4 + IKE_ID_DATA_MAX]);
void	auth_id_text(const uint8_t *body, size_t len, char *buf, size_t cap);
uint64_t auth_id_key(const struct ike_engine *e, uint8_t type,
	    const void *data, size_t len);

/* --- ike_child --- */
struct child *child_new(struct ike_engine *e, struct tun *t,
	    struct ike_sa *s, bool initiator);
void	child_free(struct ike_engine *e, struct child *c);
/* An SPI of ESP as it stands in a message. */
void	spi_bytes(uint8_t out[static 4], uint32_t spi);
/* Take the agreed suite, the peer's SPI and the keys. */
bool	child_agree(struct ike_engine *e, struct child *c,
	    const struct ike_chosen *ch, struct ike_span ni,
	    struct ike_span nr, const struct secret *g_ir);
void	child_install(struct ike_engine *e, struct child *c);
/* Send through it from now on. */
void	child_switch(struct ike_engine *e, struct child *c);
void	child_delete(struct ike_engine *e, struct child *c);
void	child_arm(struct ike_engine *e, struct child *c);
/* The peer has forgotten it: nothing is sent, little comes. */
void	child_linger(struct ike_engine *e, struct child *c);
/* Whether the peer has made so many that it gets no more. */
bool	child_crowded(const struct tun *t);
/* Whether one that replaces it is on its way. */
bool	child_has_heir(const struct child *c);
/* Its IKE SA goes. */
void	child_orphan(struct ike_engine *e, struct child *c);
void	child_sa_done(struct ike_engine *e, const struct sa_done *d);
struct child *child_by_in(struct ike_engine *e, uint32_t spi);
/* By the SPI the peer receives with. */
struct child *child_by_out(struct ike_sa *s, uint32_t spi);
/* Whether a child of this SA is up (and traffic came in on it). */
bool	child_works(const struct ike_sa *s, bool carried);
/* Whether there is one, in use or on its way. */
bool	child_any(const struct ike_sa *s);
/* Whether one is on its way. */
bool	child_coming(const struct ike_sa *s);

/* --- ike_create --- */
/* TSi and TSr: the two ends, proto (0: any). */
void	create_put_ts(struct ike_writer *m, const struct ike_sa *s,
	    uint8_t proto, bool initiator);
bool	create_send(struct ike_engine *e, struct ike_sa *s,
	    struct child *old);
void	create_request(struct ike_engine *e, struct ike_sa *s,
	    const struct ike_payloads *p);
void	create_response(struct ike_engine *e, struct ike_sa *s,
	    const struct ike_payloads *p);
/* The child of our answer is installed, or is not. */
void	create_child_done(struct ike_engine *e, struct ike_sa *s,
	    uint32_t error);
/* Judge the selectors and the mode of a message about a child (RFC 7296 2.9): 0
 * with what both agree to, or the notification to refuse with. */
uint16_t create_judge(const struct ike_sa *s, const struct ike_payloads *p,
	    bool we_initiate, struct child_form *form);
/* Their selectors and ours in words, into buf, which is returned. */
#define CREATE_TS_TEXT	160
const char *create_ts_text(const struct ike_sa *s,
	    const struct ike_payloads *p, bool we_initiate,
	    char buf[static CREATE_TS_TEXT]);
/* Put the answer about a child: SA, TS and mode; pfs: nonce and KE of
 * CREATE_CHILD_SA, NULL in IKE_AUTH. */
void	create_put_answer(struct ike_writer *m, const struct ike_sa *s,
	    const struct child *c, uint8_t num, const struct pending *pfs);
/* The notification that says why the data path did not install. */
uint16_t create_refusal(uint32_t error);
/* A child could not be had: try again later. */
void	create_failed(struct ike_engine *e, struct tun *t, uint16_t notify);

/* --- ike_rekey --- */
bool	rekey_send(struct ike_engine *e, struct ike_sa *s);
void	rekey_request(struct ike_engine *e, struct ike_sa *s,
	    const struct dgram *d, const struct ike_payloads *p);
void	rekey_response(struct ike_engine *e, struct ike_sa *s,
	    const struct ike_payloads *p);
/* Children of s are n's from now on. */
void	rekey_inherit(struct ike_sa *s, struct ike_sa *n);
/* The peer uses s, which met a rekey of ours: so it has decided for s. */
void	rekey_settle(struct ike_sa *s);

/* --- ike_info --- */
void	info_request(struct ike_engine *e, struct ike_sa *s,
	    const struct dgram *d, const struct ike_payloads *p);
void	info_response(struct ike_engine *e, struct ike_sa *s,
	    const struct ike_payloads *p);
bool	info_send_delete(struct ike_engine *e, struct ike_sa *s);
bool	info_send_delete_child(struct ike_engine *e, struct ike_sa *s,
	    struct child *c);
bool	info_send_probe(struct ike_engine *e, struct ike_sa *s);
/* As initiator, say that the peer's proof is bad (2.21.2); nothing waits for
 * an answer. */
void	info_send_auth_failed(struct ike_engine *e, struct ike_sa *s);

/* --- ike_tun --- */
void	tun_set(struct ike_engine *e, const struct ike_tunnel *cfg);
void	tun_del(struct ike_engine *e, uint32_t tid);
void	tun_free(struct ike_engine *e, struct tun *t);
struct tun *tun_find(const struct ike_engine *e, uint32_t tid);
void	tun_arm(struct ike_engine *e, struct tun *t);
/* Begin a handshake now, if one is wanted and none is under way. */
void	tun_start(struct ike_engine *e, struct tun *t);
/* A handshake failed, or the SA went: try again in time. */
void	tun_retry(struct ike_engine *e, struct tun *t);
/* Whether we may begin a handshake at all; else it is the peer who begins. */
bool	tun_may_begin(const struct tun *t);
/* Try as soon as possible. */
void	tun_now(struct ike_engine *e, struct tun *t);
/* Whether a handshake of ours is under way. */
bool	tun_beginning(const struct tun *t);

/* s stands: nothing of what was tried before counts, and if it was begun after
 * a new one was asked for, that is it. */
void	tun_begun(struct tun *t, const struct ike_sa *s);
/* Whether it has no child that is of use, of the IKE SA in use. */
bool	tun_childless(const struct tun *t);

/* The IKE SA that is in use; NULL. */
struct ike_sa *tun_sa(const struct tun *t);
/* Of several IKE SAs that are up, keep one (DESIGN 8); carried: only when
 * traffic came in on its child. */
void	tun_prune(struct ike_engine *e, struct tun *t, bool carried);
/* The same in a moment, if more than one stands. */
void	tun_prune_later(struct ike_engine *e, struct tun *t);
/* What is asked of the peer: the configuration's, or UDP where plain ESP does
 * not pass. */
enum nat_mode	 tun_nat(const struct tun *t);
/* IKEv1 came from there: said of each tunnel to it that has no SA. */
void		 tun_version1(struct ike_engine *e, const struct addr *remote,
		    const struct ike_hdr *h);
/* Whether that was a short time ago. */
bool		 tun_is_version1(const struct ike_engine *e,
		    const struct tun *t);
/* ike_deaf.c.  EVID_DEAF came; */
void		 tun_deaf(struct ike_engine *e, struct tun *t);
/* it is over, or of no meaning any more; */
void		 tun_deaf_forget(struct tun *t);
/* the peer is there, on UDP: what came of it; */
void		 tun_heard(struct ike_engine *e, struct tun *t);
/* and ESP stays silent. */
void		 tun_undeaf(struct ike_engine *e, struct tun *t);
/* UDP 4500 does not pass either. */
void		 tun_no_udp(struct ike_engine *e, struct tun *t);
/* Proposals in words (proposal_brief()), with a comma between; as many as fit
 * whole. */
const char	*tun_offer_text(const struct proposal *v, uint16_t n, char *buf,
		    size_t cap);
/* Whether the peer's own handshake was faster than ours, which s is. */
bool		 tun_outrun(const struct ike_sa *s);
/* s stands, which we began in place of those that stood then. */
void		 tun_supersede(struct tun *t, const struct ike_sa *s);
/* IKE SAs of a tunnel that stand, or are ending; a peer may have SAS_MAX. */
#define SAS_MAX		16
size_t	tun_n_sas(const struct tun *t);
/* A peer has begun more of them, new the last: the oldest of those that are of
 * least use go at once. */
void	tun_crowd(struct ike_engine *e, struct tun *t,
	    const struct ike_sa *new);
/* The peer said INITIAL_CONTACT with s, which stands now. */
void	tun_contact(struct tun *t, struct ike_sa *s);
void	tun_child_up(struct ike_engine *e, struct tun *t, struct child *c);
/* No child is in use, where one is not: in a moment one is asked for. */
void	tun_child_lost(struct ike_engine *e, struct tun *t);
/* The peer refuses children beside that of IKE_AUTH: another IKE SA gives one.
 * Again when that came to nothing, but not at once. */
void	tun_renew(struct ike_engine *e, struct tun *t);
/* Another IKE SA beside what there is, which goes when the new one is up. */
void	tun_restart(struct ike_engine *e, struct tun *t);
/* Whether a handshake is under way that may end well. */
bool	tun_under_way(const struct ike_engine *e, const struct tun *t);
/* How many IKE SAs stand beside each other. */
size_t	tun_n_up(const struct tun *t);
/* New ESP SAs by the IKE SA s, which may be NULL: when there is one. */
void	tun_rekey_child(struct ike_engine *e, struct tun *t, struct ike_sa *s);
void	tun_sa_lost(struct ike_engine *e, struct tun *t, enum ike_reason r);
void	tun_evidence(struct ike_engine *e, const struct sa_evidence *v);
void	tun_unreach(struct ike_engine *e, const struct ike_unreach *u);
/* Whether it is what tun_unreach() gives. */
bool	tun_is_unreach(enum ike_reason r);
void	tun_kick(struct ike_engine *e, const struct ike_kick *k);
uint64_t tun_addr_key(const struct ike_engine *e, const struct addr *a);

/* --- ike_tell --- */
/* Why it is not up; fmt: ours and theirs, or NULL.  What anybody can bring about
 * is not taken while it is up, nor what only repeats what we saw ourselves. */
void	tun_reason(struct ike_engine *e, struct tun *t, enum ike_reason r,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Tell main what the tunnel has, when that changed. */
void	tun_tell(struct ike_engine *e, struct tun *t);

#endif
