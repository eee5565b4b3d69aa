/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  What the files of the configuration share among themselves.
 *
 * Every statement that is an option sets one slot of an option set; every block
 * that can hold options has one.  Which keyword means which option in which
 * block, what its values are and what is allowed stands in one table
 * (conf_opt.c), so that errors can always name both.  A tunnel is what
 * conf_build.c finds when it looks through the sets of link, sites, platform,
 * mesh and file, in this order.
 */
#ifndef GREIPSECD_CONF_INT_H
#define GREIPSECD_CONF_INT_H

#include "greipsecd/conf.h"
#include "greipsecd/lex.h"

enum kw {
	KW_NONE, KW_ADDRESS, KW_ALLOW, KW_ANNOUNCE, KW_AREA, KW_AUTH, KW_BYTES,
	KW_COST, KW_DEAD, KW_DERIVE, KW_DESCRIPTION, KW_DISABLE, KW_DPD,
	KW_DSCP, KW_FAILOVER, KW_FROM, KW_GRACEFUL, KW_GRE_KEY, KW_GUARD, KW_HELLO,
	KW_HELLO_MASK, KW_HOST, KW_ID, KW_IDENTITY, KW_IKE, KW_INCLUDE,
	KW_INITIATE, KW_INNER, KW_INTERFACE, KW_IPSEC, KW_KEEPALIVE, KW_KEY,
	KW_LIFE, KW_LINK, KW_LOCAL, KW_LOCAL_ID, KW_LOG, KW_MAXIMUM_PATHS,
	KW_MESH, KW_METRIC, KW_MODE, KW_MSS, KW_MTU, KW_MTU_CHECK, KW_NAT,
	KW_NAT_EXEMPTION, KW_NETWORK, KW_OSPF, KW_PATH_MTU, KW_PEER, KW_PFS, KW_PLATFORM,
	KW_PREFIX, KW_PROPOSAL, KW_PSK, KW_REMOTE_ID, KW_REPLAY_WINDOW,
	KW_RESPOND, KW_RETRY, KW_ROUTER_ID, KW_RXMT, KW_SELECTOR, KW_SEND,
	KW_SEQUENCE, KW_SITE, KW_SPF_DELAY, KW_SPF_HOLD, KW_SYSCTL,
	KW_TOPOLOGY, KW_TTL, KW_TUNNEL, KW_TUNNELS, KW_VERSION, KW_N
};

/* How a keyword goes on; SHAPE_OWN has a rule of its own in the grammar. */
enum kw_shape {
	SHAPE_FLAG,		/* nothing */
	SHAPE_ONE,		/* one value */
	SHAPE_LIST,		/* one value, or { some } */
	SHAPE_OWN
};

struct kw_def {
	const char	*word;
	enum kw		 kw;
	enum kw_shape	 shape;
};

/* Sorted by word; n_kw_defs of them. */
extern const struct kw_def kw_defs[];
extern const size_t n_kw_defs;

/* The keyword of a bare word, or NULL. */
const struct kw_def	*kw_find(const char *word, size_t len);
const char		*kw_word(enum kw kw);

enum block {
	BLK_TOP, BLK_MESH, BLK_SITE, BLK_LINK, BLK_HOST, BLK_IFACE, BLK_TUNNEL,
	BLK_OSPF, BLK_IKE, BLK_IPSEC,
	BLK_IGNORE,		/* of a block that was refused */
	BLK_N
};
extern const char *const block_names[BLK_N];

/* The block whose option set is filled: that of ospf, ike and ipsec blocks is
 * their surroundings'. */
enum scope {
	SCOPE_GLOBAL, SCOPE_MESH, SCOPE_SITE, SCOPE_LINK, SCOPE_HOST,
	SCOPE_IFACE, SCOPE_TUNNEL, SCOPE_N
};

enum opt {
	/* of a tunnel; these are looked for in link, sites, mesh, file */
	OPT_METRIC, OPT_HELLO, OPT_DEAD, OPT_RXMT, OPT_MTU_CHECK,
	OPT_HELLO_MASK, OPT_SEQUENCE, OPT_OSPF_OFF, OPT_AUTH, OPT_SEND,
	OPT_MTU, OPT_PATH_MTU, OPT_MSS, OPT_TTL, OPT_DSCP, OPT_KEEPALIVE,
	OPT_GRE_KEY, OPT_PREFIX,
	OPT_NAT, OPT_IKE_PROPOSAL, OPT_IKE_VERSION, OPT_IKE_MODE, OPT_IKE_LIFE,
	OPT_DPD, OPT_WEAK, OPT_ESP_PROPOSAL, OPT_ESP_MODE, OPT_ESP_LIFE,
	OPT_ESP_BYTES, OPT_PFS, OPT_REPLAY, OPT_SELECTOR,
	OPT_LINK_N,
	/* of one end of it */
	OPT_START = OPT_LINK_N, OPT_PSK, OPT_DESCRIPTION, OPT_INTERFACE,
	OPT_DISABLE, OPT_PLATFORM, OPT_LOCAL_ID, OPT_REMOTE_ID, OPT_RETRY,
	OPT_LOCAL, OPT_PEER, OPT_INNER,
	/* of a site or host */
	OPT_ADDRESS, OPT_KEY, OPT_IDENTITY, OPT_ID, OPT_ROUTER_ID, OPT_NETWORK,
	OPT_ANNOUNCE, OPT_GUARD, OPT_MESH, OPT_NAT_EXEMPTION, OPT_SYSCTL,
	/* of a mesh or the file */
	OPT_TUNNELS, OPT_AREA, OPT_SPF_DELAY, OPT_SPF_HOLD, OPT_MAX_PATHS,
	OPT_GRACEFUL, OPT_LOG, OPT_FAILOVER,
	OPT_N
};

/* A place a secret came from, with its bytes in the pool. */
struct psk_val {
	const char	*text;
	size_t		 len;
	struct conf_loc	 loc, origin;
	const struct lex_tok *derive;	/* mesh, site, peer; or NULL */
};

struct md5_val {
	struct ospf_key	 key;
	struct conf_loc	 loc, origin;
	struct md5_val	*next;
};

struct net_val {
	struct prefix	 prefix;
	struct conf_loc	 loc;
	struct net_val	*next;
};

struct inner_val {
	struct prefix	 local;		/* host bits kept in addr */
	struct addr	 peer;
};

/* Limits of a list of proposals. */
struct prop_val {
	uint16_t	 n;
	struct proposal	 p[PROPOSALS_MAX];
};

/* One option as it was written.  Which members count is the table's type. */
struct optval {
	struct conf_loc	 loc;
	bool		 soft;		/* by `failover': may be written over */
	bool		 word;		/* num is one of the table's words */
	bool		 bad;		/* was refused; keeps others quiet */
	uint64_t	 num;
	const char	*text;
	size_t		 len;
	struct addr	 addr;		/* ADDR_NONE: dynamic */
	struct prefix	 prefix;
	struct ike_ident ident;
	const struct prop_val *props;
	struct psk_val	 psk[2];
	size_t		 n_psk;
	struct md5_val	*md5;		/* in the order of the file */
	struct net_val	*nets;
	struct inner_val inner;
	uint8_t		 pub[32];
};

struct optset {
	struct optval	*v[OPT_N];
};

enum val_type {
	VAL_FLAG,		/* num is min */
	VAL_NUM,
	VAL_NUM_WORD,		/* a number or one of the words */
	VAL_MS,			/* a time, in ms */
	VAL_SEC,		/* a time of whole seconds */
	VAL_SEC_WORD,
	VAL_BYTES_WORD,
	VAL_WORD,
	VAL_TEXT,
	VAL_NAME,
	VAL_IFNAME,
	VAL_ADDR_WORD,		/* an address, or the one word */
	VAL_IP4,
	VAL_PREFIX,
	VAL_NETS,
	VAL_IDENT,
	VAL_PUB,
	VAL_IKE_PROPS,
	VAL_ESP_PROPS,
	VAL_PFS,
	VAL_IKE1,		/* a word of IKEv1: refused */
	VAL_VERSION,
	VAL_OWN,		/* psk, auth, inner: conf_stmt.c */
	VAL_N
};

struct opt_def {
	enum kw			 kw;
	enum opt		 opt;
	enum val_type		 type;
	uint32_t		 blocks;	/* bits of enum block */
	uint32_t		 scopes;	/* bits of enum scope */
	uint64_t		 min, max;
	const char *const	*words;		/* NULL-terminated */
};

/* What the keyword means in that place, or NULL. */
const struct opt_def	*opt_find(enum kw kw, enum block b, enum scope s);
/* The keyword of an option. */
const char		*opt_word(enum opt o);
/* Whether a keyword may stand in a block of that scope (options only). */
bool			 opt_allowed(enum kw kw, enum block b, enum scope s);

/* Why a value is refused: what is wanted instead. */
#define WHY_MAX	320
/* One value by the table; -1 with why. */
int			 opt_value(const struct opt_def *d,
			    const struct lex_tok *t, struct optval *out,
			    struct pool *pool, char why[static WHY_MAX]);
/* An identity as it is written: 192.0.2.1, a@b, keyid:x, fqdn:x, x. */
int			 ident_parse(const char *text, size_t len,
			    struct ike_ident *out);
/* As ident_parse understands it; buf holds it whole. */
#define IDENT_TEXT_MAX	(IKE_ID_DATA_MAX + 16)
const char		*ident_text(const struct ike_ident *id,
			    char buf[static IDENT_TEXT_MAX]);
/* Whether two options say the same. */
bool			 opt_same(enum opt o, const struct optval *a,
			    const struct optval *b);
/* The nearest of the words, NULL when none is near. */
const char		*spell(const char *word, size_t len,
			    const char *(*nth)(void *ctx, size_t i), void *ctx);

/* Presets of a platform. */
struct platform {
	const char	*name;
	uint8_t		 ike_version;
	enum ipsec_mode	 mode;
	uint8_t		 prefix;
	bool		 selector_any;	/* else GRE only */
	enum ike_start	 start;		/* ours */
	enum mtu_check	 mtu_check;
	const char	*ike[PROPOSALS_MAX];
	const char	*esp[PROPOSALS_MAX];
};
extern const struct platform platforms[];
extern const char *const platform_words[];
const struct platform	*platform_find(const char *name);

/* What was written, block by block. */
struct site_def {
	const struct lex_tok	*name;
	struct optset		 set;
	struct site_def		*next;
	uint32_t		 id;	/* 0: none that is good */
	size_t			 n;	/* place in the list */
	bool			 told;	/* that it has no key */
	bool			 broken;
};

struct link_def {
	const struct lex_tok	*name[2];
	struct conf_loc		 loc;
	struct optset		 set;
	struct site_def		*site[2];	/* by conf_check */
	struct link_def		*next;
};

struct tunnel_def {
	const struct lex_tok	*name;
	struct optset		 set;
	bool			 broken;	/* not all of it was read */
	struct tunnel_def	*next;
};

struct iface_def {
	const struct lex_tok	*name;
	struct optset		 set;
	struct iface_def	*next;
};

struct host_def {
	const struct lex_tok	*name;
	struct optset		 set;
	struct iface_def	*ifaces;
	struct tunnel_def	*tunnels;
	struct host_def		*next;
};

enum topology {
	TOPO_FULL,
	TOPO_HUB,
	TOPO_LINKS,
	TOPO_N
};

struct mesh_def {
	const struct lex_tok	*name;		/* NULL: there is no mesh */
	struct optset		 set;
	enum topology		 topology;
	struct conf_loc		 topology_loc;
	struct lex_tok		*hubs;
	struct site_def		*sites;
	struct link_def		*links;
	size_t			 n_sites;
	struct site_def		**by_n;		/* by conf_check */
};

#define BLOCKS_MAX	8

struct open_block {
	enum block	 block;
	enum scope	 scope;
	struct optset	*set;
	struct conf_loc	 loc;
	void		*obj;		/* the definition, for host and mesh */
	bool		*broken;	/* that of the site or tunnel, or NULL */
};

/* One run of the parser. */
struct conf_run {
	const struct conf_opts	*opts;
	struct conf_errs	*errs;
	struct conf_names	*names;
	struct pool		*pool;
	struct lex		*lex;
	struct open_block	 open[BLOCKS_MAX];
	int			 n_open;
	int			 n_ignored;	/* blocks deeper than that */
	int			 n_braces;	/* open, those of lists too */
	bool			 broken;	/* a statement was not read */
	struct lex_tok		*last, *before;	/* the tokens read last */
	struct conf_loc		 syntax_at;	/* of the last syntax error */
	struct conf_loc		 secret_at;	/* of the last `psk', `auth' */
	struct optset		 global;
	struct mesh_def		 mesh;
	struct host_def		*hosts;
	struct tunnel_def	*tunnels;
	bool			 no_memory;
	size_t			 cap_tunnels;
	/* who we are, by conf_check */
	struct site_def		*self;
	struct host_def		*host;
	bool			 guessed;	/* it was that before */
	/* the private key, by conf_secret */
	bool			 have_key, key_tried;
	uint8_t			 seed[32], pub[32];
};

/* conf.c */
void	conf_err(struct conf_run *r, const struct conf_loc *loc,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void	conf_warn(struct conf_run *r, const struct conf_loc *loc,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
struct conf_names *names_ref(struct conf_names *n);
void	names_unref(struct conf_names *n);

/* parse.y: read what the lexer has into the run; 0, or -1 when it gave up. */
int	conf_grammar(struct conf_run *r);

/* conf_stmt.c: the actions of the grammar. */
void	stmt_include(struct conf_run *r, struct lex_tok *path);
void	stmt_assign(struct conf_run *r, struct lex_tok *name,
	    struct lex_tok *value);
void	stmt_opt(struct conf_run *r, struct lex_tok *kw, struct lex_tok *vals);
void	stmt_psk(struct conf_run *r, struct lex_tok *kw, struct lex_tok *vals);
void	stmt_auth(struct conf_run *r, struct lex_tok *kw, struct lex_tok *type,
	    struct lex_tok *id, struct lex_tok *key);
void	stmt_inner(struct conf_run *r, struct lex_tok *kw,
	    struct lex_tok *local, struct lex_tok *peer);
void	stmt_topology(struct conf_run *r, struct lex_tok *kw,
	    struct lex_tok *word, struct lex_tok *hubs);
/* head: the keyword, and its names behind it in the list. */
void	stmt_open(struct conf_run *r, struct lex_tok *head);
void	stmt_close(struct conf_run *r);
/* The value written at a place; derive: mesh, site and peer, or NULL. */
struct lex_tok *stmt_from(struct conf_run *r, struct lex_tok *place,
	    struct lex_tok *derive);
/* a with b behind it. */
struct lex_tok *stmt_chain(struct lex_tok *a, struct lex_tok *b);
void	stmt_unknown(struct conf_run *r, struct lex_tok *t);
/* The token read last fits nowhere; true when it was skipped. */
bool	stmt_syntax(struct conf_run *r);
void	stmt_stray(struct conf_run *r, struct lex_tok *t);
/* The file ended, or the parser gave up. */
void	stmt_end(struct conf_run *r);

/* conf_check.c: the file as a whole; who we are. */
void	check_tree(struct conf_run *r);
void	check_who(struct conf_run *r);
void	check_tunnels(struct conf_run *r, const struct conf *c);
struct site_def *site_find(const struct mesh_def *m, const char *name);
struct link_def *link_find(const struct mesh_def *m, const struct site_def *a,
	    const struct site_def *b);
/* Whether the topology joins the two. */
bool	mesh_joined(const struct mesh_def *m, const struct site_def *a,
	    const struct site_def *b);
bool	site_foreign(const struct site_def *s);
bool	site_dynamic(const struct site_def *s);
/* Whether a site decides this option of a link alone, or its value is not
 * the other's business. */
bool	opt_may_differ(enum opt o);

/* conf_global.c: the result as a whole; conf_build.c: its tunnels. */
#define CONF_METRIC	10
struct conf *build_conf(struct conf_run *r);
/* The tunnel of the mesh to one site; one of a tunnel block. */
void	build_site(struct conf_run *r, struct conf *c,
	    const struct site_def *peer);
void	build_plain(struct conf_run *r, struct conf *c,
	    const struct tunnel_def *d);
/* Add prefixes to a growing list, each once; 0, or -1: no memory. */
int	build_net(struct conf_run *r, struct conf_net **list, size_t *n,
	    const struct prefix *p, const struct conf_loc *loc);
int	build_nets(struct conf_run *r, struct conf_net **list, size_t *n,
	    const struct optval *v);

/* conf_secret.c */
/* Load the private key of this host once, for the public one that the file
 * gives us (own, or NULL); at names who needs it.  -1: reported. */
int	secret_key(struct conf_run *r, const struct optval *own,
	    const struct conf_loc *at);
/* The PSK of a pair, 43 characters and a NUL. */
#define PAIR_PSK_LEN	43
int	secret_pair(const char *psk, size_t len, const char *mesh,
	    const char *a, const char *b, char out[static PAIR_PSK_LEN + 1]);
/* Report when the file that the secret is written in is open to others. */
void	secret_place(struct conf_run *r, const struct conf_loc *loc,
	    const struct conf_loc *origin);
/* The PSKs of an option into s and from; derived: as a mesh secret for two. */
int	secret_fill(struct conf_run *r, const struct optval *v,
	    const char *mesh, const char *site, const char *peer,
	    struct keys_secret *s, struct conf_from *from);

#endif
