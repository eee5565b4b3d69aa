/* SPDX-License-Identifier: ISC */
/*
 * runs in: esp.  What the files of the packet path share: path (tables, SAs),
 * path_in, path_out (packets), path_show.
 */
#ifndef GREIPSEC_PATH_INT_H
#define GREIPSEC_PATH_INT_H

#include "esp/path.h"
#include "lib/ratelimit.h"

#define PATH_TAB	1024		/* buckets, a power of two */
#define PATH_EVIDENCE	128		/* kept until the caller takes them */
#define PMTU_V4_MIN	576
#define PMTU_V6_MIN	1280

struct sa {
	struct sa		*next_spi;	/* inbound: bucket */
	struct sa		*next;		/* of the tunnel */
	struct path_tunnel	*tunnel;
	struct esp_cipher	*cipher;
	struct sa_spec		 spec;		/* without its keys */
	struct mono		 hard;		/* MONO_NEVER: none */
	uint64_t		 seq;		/* outbound: last used */
	struct replay		 replay;	/* inbound */
	bool			 first_told, soft_told, hard_told;
	struct mono		 last;		/* packet */
	uint64_t		 packets, bytes;
	uint64_t		 drop_replay, drop_auth, drop_other;
};

/* Whether packets as large as the interface's MTU arrive (path_probe.c). */
struct probe {
	struct mono	 next;
	struct mono	 sent;		/* the small one; never: a repeat is out */
	struct mono	 rtt_at;	/* when count.rtt_us was measured */
	uint16_t	 size;		/* of the large one that is out; 0: none */
	uint16_t	 id;		/* of this round */
	uint32_t	 answered;	/* bit 0 the small one, 1 the large, then
					   those of a search */
	unsigned int	 rounds;
	bool		 searching;	/* the large one did not pass */
	bool		 found;		/* t->pmtu is looked at so, with ... */
	uint16_t	 full;		/* ... this on the wire before */
	bool		 upward;	/* does that pass again? */
};

struct path_tunnel {
	struct path_tunnel	*next;		/* bucket */
	struct path_tunnel	*next_peer;	/* bucket by peer */
	struct addr		 peer;		/* where it is now; NONE: it is in
						   no bucket */
	struct esp_tunnel	 spec;
	void			*user;
	struct sa		*sas;
	struct sa		*out;		/* sending; NULL: none */
	uint16_t		 pmtu;		/* what main is told of; 0: none */
	struct mono		 pmtu_retry;
	unsigned int		 unheard;	/* sent, but for probes, since
						   anything came in */
	struct mono		 unheard_since;
	bool			 deaf;		/* that was told */
	struct probe		 probe;
	struct ratelimit	 no_sa_rl, unreach_rl;
	struct ctl_esptun	 count;
	struct mono		 clear_at;	/* the last of count.drop_clear */
};

struct path {
	uint64_t		 seed;
	struct esp_rng		 rng;
	struct path_tunnel	*tunnels[PATH_TAB];	/* by tid */
	struct path_tunnel	*peers[PATH_TAB];	/* by the peer's address */
	struct sa		*sas[PATH_TAB];		/* inbound, by SPI */
	struct ratelimit	 spi_rl;
	uint64_t		 drops[DROP_N];
	struct mono		 aged;		/* hard limits looked at */
	uint16_t		 ev_first, ev_n;
	struct sa_evidence	 ev[PATH_EVIDENCE];
};

/* path_probe.c: whether an inner packet (checked by inner_ip4_ok) is an answer to
 * ours; it goes no further then. */
bool		 path_probe_answer(struct path_tunnel *t, const uint8_t *ip,
		    size_t len, struct mono now);
/* The next round begins at once, whatever is under way. */
void		 path_probe_now(struct path_tunnel *t, struct mono now);
/* path_out.c: bytes on the wire, outer header included, of an inner packet. */
size_t		 path_outer_size(const struct path_tunnel *t, size_t inner);
/* The address that a tunnel's peer has may have changed. */
void		 path_peer_moved(struct path *p, struct path_tunnel *t);
/* The tunnel whose peer has that address (one of them), or NULL. */
struct path_tunnel *path_tunnel_from(const struct path *p,
		    const struct addr *peer);
/* Inbound SA by SPI, or NULL. */
struct sa	*path_sa_in(struct path *p, uint32_t spi);
/* Note evidence about an SA; lost, when nobody takes them. */
void		 path_note(struct path *p, enum evidence what,
		    const struct sa *s);
void		 path_note_raw(struct path *p, const struct sa_evidence *e);
/* Count a drop and make it the packet's fate. */
void		 path_drop(struct path *p, struct pkt *k, enum esp_drop why);
/* After a packet of len bytes: limits in bytes.  false: the hard one. */
bool		 path_sa_spend(struct path *p, struct sa *s, uint32_t len,
		    struct mono now);
/* Whether s may be used at now; an expired one is reported once. */
bool		 path_sa_live(struct path *p, struct sa *s, struct mono now);
/* Seal a payload of protocol next, at buf + off, len long, under the tunnel's
 * sending SA. */
void		 path_seal(struct path *p, struct path_tunnel *t,
		    struct pkt *k, uint8_t next, struct mono now);
/* Send a packet that is GRE already, the answer to a keepalive. */
void		 path_answer(struct path *p, struct path_tunnel *t,
		    struct pkt *k, struct mono now);

#endif
