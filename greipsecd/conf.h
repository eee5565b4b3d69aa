/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  The configuration.  A file goes through lex.c and parse.y
 * into statements (conf_stmt.c, by the tables of conf_opt.c), is checked as a
 * whole (conf_check.c) and built (conf_build.c) into one list of tunnels, in
 * which nothing but a word for people tells from which block a tunnel came.  Nothing here opens a
 * socket, logs, or keeps state: a text and the facts of the host go in, a fresh
 * struct conf comes out, so that tests parse from memory.
 *
 * Router id: `router-id' of the site, else its id as an address (site 3 is
 * 0.0.0.3): stable, unique in the mesh, and never taken from an interface.
 *
 * tid, iid, ifindex and descriptors are main's: they are 0 in every message here,
 * also ike.tid, secret.tid, ospf.tid, esp.tid.
 */
#ifndef GREIPSECD_CONF_H
#define GREIPSECD_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/addr.h"
#include "lib/pair_keys.h"
#include "lib/pair_main_esp.h"
#include "lib/pair_main_ike.h"
#include "lib/pair_main_ospf.h"

#define CONF_DESCR_MAX	64
#define CONF_PLATFORM_MAX 16

struct conf_names;			/* file names, shared and counted */

/* A place in a file; file lives as long as its conf or conf_errs, line and
 * col count from 1, line 0 is no place. */
struct conf_loc {
	const char	*file;
	uint32_t	 line;
	uint32_t	 col;
};

/* What was wrong, in the order of the file. */
struct conf_err {
	struct conf_loc	 loc;
	bool		 warning;
	char		*text;
};

/* Whether the host knows which site it is. */
enum conf_who {
	CONF_WHO_OK,
	CONF_WHO_NONE,		/* no address, no host name fits: wait */
	CONF_WHO_MANY,		/* more than one site fits */
	CONF_WHO_N
};

/* Filled by conf_parse; conf_errs_free() when done, also after success. */
struct conf_errs {
	struct conf_err	*e;
	size_t		 n;
	size_t		 n_errors;
	size_t		 n_warnings;
	enum conf_who	 who;	/* not OK: that is one of the errors.  When it is
				   the only one the file is good: wait for
				   addresses and parse again */
	struct conf_names *names;	/* owns loc.file */
};

/* A file in memory, for tests. */
struct conf_mem {
	const char	*name;
	const char	*text;
	size_t		 len;
};

/* The facts of the host. */
struct conf_opts {
	const char		*site;		/* -s, or NULL */
	const char		*host;		/* host name, or NULL */
	const char		*was;		/* the site in the life before, or
						   NULL: when nothing else says */
	const struct addr	*addrs;		/* local, any order */
	size_t			 n_addrs;
	const char		*keyfile;	/* -k; NULL: the default */
	bool			 elsewhere;	/* site may be another host: that its
						   private key is not here is
						   warned of, no error */
	/* When set these are all the files there are (also the key file), and
	 * owner and mode are not looked at. */
	const struct conf_mem	*mem;
	size_t			 n_mem;
};

/* A prefix with its origin. */
struct conf_net {
	struct prefix	prefix;
	struct conf_loc	loc;
};

/* A local interface named in a host block. */
struct conf_iface {
	char		name[IFACE_NAME_MAX];
	uint16_t	metric;
	struct conf_loc	loc;
};

struct conf_site {
	char		 name[TUNNEL_NAME_MAX];
	uint32_t	 id;
	bool		 self;
	bool		 disabled;
	bool		 dynamic;	/* address is not known beforehand */
	struct addr	 address;	/* ADDR_NONE when dynamic */
	char		 platform[CONF_PLATFORM_MAX];	/* empty: native */
	char		 description[CONF_DESCR_MAX];
	uint32_t	 router_id;
	struct conf_net	*networks;	/* connected subnets inside run OSPF */
	size_t		 n_networks;
	struct conf_net	*announces;	/* announced as they are */
	size_t		 n_announces;
	struct conf_loc	 loc;
};

/* Where the secrets of a tunnel are written; line 0: no such secret. */
struct conf_from {
	struct conf_loc	psk, psk2;
	bool		derived;	/* from a mesh secret, for this pair: */
	char		mesh[TUNNEL_NAME_MAX];
	char		site[TUNNEL_NAME_MAX], peer[TUNNEL_NAME_MAX];
	struct conf_loc	md5[OSPF_KEYS_MAX];
};

/*
 * One tunnel to bring up.  Identity over a reload: conf_diff.h.  Interface
 * ospf.name has inner_local/inner_len, as /32 with peer inner_peer.
 */
struct conf_tunnel {
	char			name[TUNNEL_NAME_MAX];	/* the other site, or
							   the block's name */
	char			ifname[IFACE_NAME_MAX];
	char			platform[CONF_PLATFORM_MAX];
	char			description[CONF_DESCR_MAX];
	struct conf_loc		loc;		/* of the site or the block */
	bool			mesh;		/* a site's; false: a block's.  For
						   people only */
	bool			disabled;	/* keep it down, guard stays */
	bool			weak;		/* a weak suite is allowed */
	struct addr		local;		/* outer; ADDR_NONE: dynamic */
	struct addr		peer;
	uint32_t		inner_local, inner_peer;	/* host order */
	uint8_t			inner_len;	/* 30, or 32 with a peer */
	uint16_t		mtu;		/* inner, IPv4 */
	bool			mtu_auto;	/* computed for path_mtu and the
						   first ESP proposal: follow what
						   is negotiated (lib/mtu.h) */
	uint16_t		path_mtu;	/* assumed of the underlay */
	bool			mss_auto;	/* esp.mss is mtu - 40 */
	struct conf_net		*networks;	/* what lies behind it */
	size_t			n_networks;
	struct ike_tunnel	ike;
	struct keys_secret	secret;
	struct ospf_iface	ospf;		/* type OSPF_P2P, up false */
	bool			ospf_off;	/* is left to another program */
	struct esp_tunnel	esp;
	struct conf_from	from;
};

enum conf_log {
	CONF_LOG_BRIEF,
	CONF_LOG_VERBOSE,
	CONF_LOG_DEBUG,
	CONF_LOG_N
};
extern const char *const conf_log_names[CONF_LOG_N];

struct conf_global {
	char			mesh[TUNNEL_NAME_MAX];	/* or empty */
	char			site[TUNNEL_NAME_MAX];	/* who we are, or empty */
	uint32_t		site_id;	/* 0: none */
	bool			 guessed;	/* only because it was that before */
	struct ospf_global	ospf;		/* seq 0, stub_router false */
	struct conf_net		*networks;	/* ours: connected subnets inside
						   run OSPF as passive */
	size_t			 n_networks;
	struct conf_net		*announces;	/* ours: as they are */
	size_t			 n_announces;
	struct conf_net		*guards;	/* every network of another site,
						   for the fail-closed routes */
	size_t			 n_guards;
	struct conf_iface	*ifaces;	/* of our host block */
	size_t			 n_ifaces;
	uint16_t		 lan_metric;	/* of passive interfaces */
	bool			 sysctl;	/* false: say what is wrong with
						   forwarding and rp_filter, do
						   not set it */
	bool			 nat_exemption;	/* keep source NAT of the host
						   away from tunnels */
	enum conf_log		 log;
};

struct conf {
	struct conf_global	 global;
	struct conf_site	*sites;		/* all, ourselves included */
	size_t			 n_sites;
	struct conf_tunnel	*tunnels;
	size_t			 n_tunnels;
	struct conf_names	*names;		/* owns every loc.file */
};

/*
 * Read, check and build the file at path (or, with opts->mem, of that name).
 * errs is cleared first and filled with all errors and warnings of the run.
 * NULL when there is an error; else free with conf_free().
 */
struct conf	*conf_parse_file(const char *path,
		    const struct conf_opts *opts, struct conf_errs *errs);
/* The same from memory; name is what errors call it. */
struct conf	*conf_parse_text(const char *name, const char *text, size_t len,
		    const struct conf_opts *opts, struct conf_errs *errs);
/* Wipe the secrets and free; NULL is allowed. */
void		 conf_free(struct conf *c);
void		 conf_errs_free(struct conf_errs *errs);
/* Each as "file:line:column: message\n" ("warning: " before the message). */
void		 conf_errs_print(const struct conf_errs *errs, FILE *f);
/* Whether it has no mesh and no tunnel, as of a file that was cut short. */
bool		 conf_is_empty(const struct conf *c);
/* Nothing is wrong but that this host is nobody of the file, which an address
 * that comes can change. */
bool		 conf_errs_wait(const struct conf_errs *errs);

/*
 * Print what is in force on this host, as a file of plain tunnel blocks that
 * parses back to the same.  A secret is printed as the place it is written at
 * (`psk from "file:line:column"'), never itself.  0, or -1 with errno.
 */
int		 conf_print(const struct conf *c, FILE *f);

/*
 * What `greipsecd -n' does: parse, print errors and warnings to err and, with
 * verbose, the configuration to out.  Returns the exit status: 0 good, 1 not,
 * CONF_EXIT_WAIT when nothing is wrong but that this host is nobody yet.
 */
#define CONF_EXIT_WAIT	3
int		 conf_check_cli(const char *path, const struct conf_opts *opts,
		    bool verbose, FILE *out, FILE *err);

/*
 * The pair of inner addresses (host order) of sites a and b, a != b, ids from
 * 1: slot (j-1)(j-2)/2 + (i-1) for i < j, four addresses each; the lower id
 * has base + 1, the higher base + 2.  -1 when the range has no such slot.
 */
int		 conf_slot(const struct prefix *tunnels, uint32_t a, uint32_t b,
		    uint32_t *addr_a, uint32_t *addr_b);
/* The longest prefix length whose range has slots for ids up to max_id;
 * 255 when none has. */
uint8_t		 conf_slot_len(uint32_t max_id);
/* The highest id that a range of this prefix length has slots for. */
uint32_t	 conf_slot_ids(uint8_t len);

#endif
