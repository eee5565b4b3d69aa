/* SPDX-License-Identifier: ISC */
/*
 * runs in: esp.  The packet path without its I/O: tunnels, SAs, batches of
 * packets transformed in place.  SAs are found by SPI, tunnels by identity,
 * through seeded hashes.  The caller gives time and randomness and moves the
 * bytes; the same functions serve the process, the tests and a fuzzer.
 */
#ifndef GREIPSEC_PATH_H
#define GREIPSEC_PATH_H

#include "esp/esp_crypto.h"
#include "esp/replay.h"
#include "lib/ctl.h"
#include "lib/mono.h"
#include "lib/mtu.h"
#include "lib/pair_main_esp.h"

#define PKT_HEAD	128		/* headroom a reader leaves */
#define PKT_TAIL	64		/* tailroom */
#define PKT_MAX		(MTU_MAX + 240)	/* with all that goes around it */
#define PKT_CAP		(PKT_HEAD + PKT_MAX + PKT_TAIL)
#define PKT_BATCH	64

/* Why a packet went no further. */
enum esp_drop {
	DROP_RUNT,		/* too short for what it claims */
	DROP_SPI,		/* no SA with this SPI */
	DROP_SA_EXPIRED,
	DROP_ENCAP,		/* came by UDP and should not, or the reverse */
	DROP_REPLAY,
	DROP_AUTH,
	DROP_PAD,
	DROP_DUMMY,		/* next header 59, RFC 4303 2.6 */
	DROP_NEXT,		/* next header does not go with the mode */
	DROP_SELECTOR,		/* tunnel mode: inner addresses are not ours */
	DROP_GRE,		/* flags, version or protocol we do not do */
	DROP_GRE_KEY,
	DROP_INNER,		/* not a whole IPv4 packet */
	DROP_ECN,		/* RFC 6040: congestion that cannot be passed on */
	DROP_NO_SA,		/* nothing to send under */
	DROP_SEQ,		/* sequence numbers used up */
	DROP_MTU,		/* too big for the path */
	DROP_CRYPTO,
	DROP_SEND,		/* the socket or the device took it not */
	DROP_KEEPALIVE,		/* a NAT keepalive: nothing lost */
	DROP_TRUNCATED,
	DROP_CLEAR,		/* GRE from a peer that came without ESP */
	DROP_N
};
extern const char *const esp_drop_names[DROP_N];

enum pkt_fate {
	PKT_DROP,
	PKT_WIRE,		/* seal is done: send it to dst */
	PKT_TUN			/* write it to the tunnel's device */
};

struct path_tunnel;

/* One packet of a batch.  buf has PKT_CAP bytes; data at buf + off, len long. */
struct pkt {
	uint8_t			*buf;
	uint32_t		 off;
	uint32_t		 len;
	/* from the wire: where it came from and to; and of the wire's header */
	struct addr		 src, dst;
	uint16_t		 sport, dport;	/* udp only */
	bool			 udp;
	uint8_t			 tos;
	/* set by the path */
	enum pkt_fate		 fate;
	struct path_tunnel	*tunnel;
	uint8_t			 ttl;
};

struct path;

/* seed: for the hashes.  NULL on no memory. */
struct path	*path_new(const struct esp_rng *rng, uint64_t seed);
void		 path_free(struct path *p);

/* Add a tunnel or change it in place; NULL on no memory. */
struct path_tunnel *path_tunnel_set(struct path *p,
		    const struct esp_tunnel *t);
/* Remove it and its SAs. */
void		 path_tunnel_del(struct path *p, uint32_t tid);
struct path_tunnel *path_tunnel_find(struct path *p, uint32_t tid);
const struct esp_tunnel *path_tunnel_spec(const struct path_tunnel *t);
/* A word of the caller's own in a tunnel: its device. */
void		 path_tunnel_set_user(struct path_tunnel *t, void *user);
void		*path_tunnel_user(const struct path_tunnel *t);

/* Install an SA; 0 or an errno: ENOENT no such tunnel, EEXIST SPI in use,
 * EINVAL algorithm or key, ENOMEM. */
int		 path_sa_add(struct path *p, const struct sa_spec *s,
		    struct mono now);
/* Remove one; 0 or ENOENT. */
int		 path_sa_del(struct path *p, const struct sa_ref *r);

/*
 * Inner packets of one tunnel, read from its device, become ESP packets: fate
 * PKT_WIRE with src, dst, udp and ports, tos and ttl, or PKT_DROP.
 */
void		 path_out(struct path *p, struct path_tunnel *t,
		    struct pkt *v, size_t n, struct mono now);
/*
 * ESP packets, as they came (SPI first), become inner packets: PKT_TUN with
 * their tunnel, PKT_WIRE where a GRE keepalive is answered, or PKT_DROP.
 */
void		 path_in(struct path *p, struct pkt *v, size_t n,
		    struct mono now);

/* GRE that came in clear: counted where it is from a peer, for others may speak
 * GRE on this host, and dropped. */
void		 path_clear(struct path *p, struct pkt *v, size_t n,
		    struct mono now);

/* What the caller could not do with a packet after all. */
void		 path_count(struct path *p, enum esp_drop why, uint64_t n);
/* The same of one that is larger than the link there takes. */
void		 path_too_big(struct path *p, const struct pkt *k);

/*
 * An ICMP error that quotes an ESP packet to remote with this SPI, or the
 * local stack (spi 0; never what an ICMP error quotes), says that mtu bytes is
 * all the path carries.  true, with *out set, when that lowers the path MTU of
 * a tunnel.  Bounded below.
 */
bool		 path_pmtu(struct path *p, const struct addr *remote,
		    uint32_t spi, uint32_t mtu, struct mono now,
		    struct esp_pmtu *out);
/* Such an error says that remote cannot be reached. */
void		 path_unreach(struct path *p, const struct addr *remote,
		    uint32_t spi, uint8_t type, uint8_t code, struct mono now);

/* Time passes: hard limits, path MTU tried anew.  true with *out set: report
 * it and call again. */
bool		 path_tick(struct path *p, struct mono now,
		    struct esp_pmtu *out);
/*
 * Echo requests to the other end of one tunnel that are due, sealed into v (at
 * least PROBE_PKTS, with their buffers): how many, 0 when there is no more.
 * *told: out is set, report it.  A path that loses large packets without a word
 * (ICMP filtered, fragments dropped) is found so.
 */
#define PROBE_PKTS	18
size_t		 path_probe(struct path *p, struct pkt *v, struct mono now,
		    bool *told, struct esp_pmtu *out);
/* Take the next evidence; false when there is none. */
bool		 path_evidence(struct path *p, struct sa_evidence *out);

/* Rows for show, one call a row; of the tunnel named, or of all for "". */
void		 path_show_sas(struct path *p, const char *name, struct mono now,
		    void (*row)(void *ctx, const struct ctl_espsa *r), void *ctx);
void		 path_show_tunnels(struct path *p, const char *name, struct mono now,
		    void (*row)(void *ctx, const struct ctl_esptun *r),
		    void *ctx);
uint64_t	 path_counter(const struct path *p, enum esp_drop why);

#endif
