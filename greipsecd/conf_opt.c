/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  The words of the configuration: keywords, which option each
 * means in which block, what platforms need.  Tables and look-ups only; values
 * are read in conf_value.c.
 */
#include <string.h>

#include "greipsecd/conf_int.h"
#include "lib/mtu.h"

const struct kw_def kw_defs[] = {
	{ "address",		KW_ADDRESS,		SHAPE_ONE },
	{ "allow",		KW_ALLOW,		SHAPE_ONE },
	{ "announce",		KW_ANNOUNCE,		SHAPE_LIST },
	{ "area",		KW_AREA,		SHAPE_ONE },
	{ "auth",		KW_AUTH,		SHAPE_OWN },
	{ "bytes",		KW_BYTES,		SHAPE_ONE },
	{ "cost",		KW_COST,		SHAPE_ONE },
	{ "dead",		KW_DEAD,		SHAPE_ONE },
	{ "derive",		KW_DERIVE,		SHAPE_OWN },
	{ "description",	KW_DESCRIPTION,		SHAPE_ONE },
	{ "disable",		KW_DISABLE,		SHAPE_FLAG },
	{ "dpd",		KW_DPD,			SHAPE_ONE },
	{ "dscp",		KW_DSCP,		SHAPE_ONE },
	{ "failover",		KW_FAILOVER,		SHAPE_ONE },
	{ "from",		KW_FROM,		SHAPE_OWN },
	{ "graceful-restart",	KW_GRACEFUL,		SHAPE_ONE },
	{ "gre-key",		KW_GRE_KEY,		SHAPE_ONE },
	{ "guard",		KW_GUARD,		SHAPE_LIST },
	{ "hello",		KW_HELLO,		SHAPE_ONE },
	{ "hello-mask",		KW_HELLO_MASK,		SHAPE_ONE },
	{ "host",		KW_HOST,		SHAPE_OWN },
	{ "id",			KW_ID,			SHAPE_ONE },
	{ "identity",		KW_IDENTITY,		SHAPE_ONE },
	{ "ike",		KW_IKE,			SHAPE_OWN },
	{ "include",		KW_INCLUDE,		SHAPE_OWN },
	{ "initiate",		KW_INITIATE,		SHAPE_FLAG },
	{ "inner",		KW_INNER,		SHAPE_OWN },
	{ "interface",		KW_INTERFACE,		SHAPE_OWN },
	{ "ipsec",		KW_IPSEC,		SHAPE_OWN },
	{ "keepalive",		KW_KEEPALIVE,		SHAPE_ONE },
	{ "key",		KW_KEY,			SHAPE_ONE },
	{ "life",		KW_LIFE,		SHAPE_ONE },
	{ "link",		KW_LINK,		SHAPE_OWN },
	{ "local",		KW_LOCAL,		SHAPE_ONE },
	{ "local-id",		KW_LOCAL_ID,		SHAPE_ONE },
	{ "log",		KW_LOG,			SHAPE_ONE },
	{ "maximum-paths",	KW_MAXIMUM_PATHS,	SHAPE_ONE },
	{ "mesh",		KW_MESH,		SHAPE_OWN },
	{ "metric",		KW_METRIC,		SHAPE_ONE },
	{ "mode",		KW_MODE,		SHAPE_ONE },
	{ "mss",		KW_MSS,			SHAPE_ONE },
	{ "mtu",		KW_MTU,			SHAPE_ONE },
	{ "mtu-check",		KW_MTU_CHECK,		SHAPE_ONE },
	{ "nat",		KW_NAT,			SHAPE_ONE },
	{ "nat-exemption",	KW_NAT_EXEMPTION,	SHAPE_ONE },
	{ "network",		KW_NETWORK,		SHAPE_LIST },
	{ "ospf",		KW_OSPF,		SHAPE_OWN },
	{ "path-mtu",		KW_PATH_MTU,		SHAPE_ONE },
	{ "peer",		KW_PEER,		SHAPE_OWN },
	{ "pfs",		KW_PFS,			SHAPE_ONE },
	{ "platform",		KW_PLATFORM,		SHAPE_ONE },
	{ "prefix",		KW_PREFIX,		SHAPE_ONE },
	{ "proposal",		KW_PROPOSAL,		SHAPE_LIST },
	{ "psk",		KW_PSK,			SHAPE_OWN },
	{ "remote-id",		KW_REMOTE_ID,		SHAPE_ONE },
	{ "replay-window",	KW_REPLAY_WINDOW,	SHAPE_ONE },
	{ "respond",		KW_RESPOND,		SHAPE_FLAG },
	{ "retry",		KW_RETRY,		SHAPE_ONE },
	{ "router-id",		KW_ROUTER_ID,		SHAPE_ONE },
	{ "rxmt",		KW_RXMT,		SHAPE_ONE },
	{ "selector",		KW_SELECTOR,		SHAPE_ONE },
	{ "send",		KW_SEND,		SHAPE_ONE },
	{ "sequence",		KW_SEQUENCE,		SHAPE_ONE },
	{ "site",		KW_SITE,		SHAPE_OWN },
	{ "spf-delay",		KW_SPF_DELAY,		SHAPE_ONE },
	{ "spf-hold",		KW_SPF_HOLD,		SHAPE_ONE },
	{ "sysctl",		KW_SYSCTL,		SHAPE_ONE },
	{ "topology",		KW_TOPOLOGY,		SHAPE_OWN },
	{ "ttl",		KW_TTL,			SHAPE_ONE },
	{ "tunnel",		KW_TUNNEL,		SHAPE_OWN },
	{ "tunnels",		KW_TUNNELS,		SHAPE_ONE },
	{ "version",		KW_VERSION,		SHAPE_ONE },
};
const size_t n_kw_defs = sizeof(kw_defs) / sizeof(kw_defs[0]);

const char *const block_names[BLK_N] = {
	"the file", "mesh", "site", "link", "host", "interface", "tunnel",
	"ospf", "ike", "ipsec", "a refused block"
};

static const char *const failover_words[] = {
	"normal", "fast", "faster", NULL
};
static const char *const check_words[] = { "warn", "strict", "ignore", NULL };
static const char *const grace_words[] = { "full", "helper", "off", NULL };
static const char *const mask_words[] = { "real", "zero", NULL };
static const char *const sequence_words[] = { "normal", "strict", NULL };
static const char *const auto_words[] = { "auto", NULL };
static const char *const mss_words[] = { "auto", "no", NULL };
static const char *const dscp_words[] = { "no", "copy", NULL };
static const char *const keepalive_words[] = { "off", "reply", NULL };
static const char *const nat_words[] = { "auto", "force", "off", NULL };
static const char *const off_words[] = { "off", NULL };
static const char *const mode_words[] = { "transport", "tunnel", NULL };
static const char *const weak_words[] = { "weak", NULL };
static const char *const selector_words[] = { "any", "gre", NULL };
static const char *const retry_words[] = { "second", "first", NULL };
static const char *const dynamic_words[] = { "dynamic", NULL };
static const char *const prefix_words[] = { "30", "32", NULL };
static const char *const yes_words[] = { "no", "yes", NULL };
static const char *const log_words[] = { "brief", "verbose", "debug", NULL };

#define B(x)	(1u << BLK_##x)
#define S(x)	(1u << SCOPE_##x)
/* Blocks in which an option of a link may stand bare. */
#define BARE	(B(MESH) | B(SITE) | B(LINK) | B(TUNNEL))
#define ENDS	(S(SITE) | S(LINK) | S(TUNNEL))
#define ANY	(S(GLOBAL) | S(MESH) | ENDS)
#define MINUTE	60
#define HOUR	3600
#define DAY	86400

static const struct opt_def opt_defs[] = {
	/* ospf on a tunnel */
	{ KW_METRIC, OPT_METRIC, VAL_NUM, B(OSPF) | BARE | B(IFACE),
	    ANY | S(IFACE), 1, 65535, NULL },
	{ KW_COST, OPT_METRIC, VAL_NUM, B(OSPF) | BARE, ANY, 1, 65535, NULL },
	{ KW_HELLO, OPT_HELLO, VAL_MS, B(OSPF) | BARE, ANY, 50, 65535000,
	    NULL },
	{ KW_DEAD, OPT_DEAD, VAL_SEC, B(OSPF) | BARE, ANY, 1, 65535, NULL },
	{ KW_RXMT, OPT_RXMT, VAL_SEC, B(OSPF) | BARE, ANY, 1, 3600, NULL },
	{ KW_FAILOVER, OPT_FAILOVER, VAL_WORD, B(OSPF) | BARE, ANY, 0, 0,
	    failover_words },
	{ KW_MTU_CHECK, OPT_MTU_CHECK, VAL_WORD, B(OSPF) | BARE, ANY, 0, 0,
	    check_words },
	{ KW_HELLO_MASK, OPT_HELLO_MASK, VAL_WORD, B(OSPF) | BARE, ANY, 0, 0,
	    mask_words },
	{ KW_SEQUENCE, OPT_SEQUENCE, VAL_WORD, B(OSPF) | BARE, ANY, 0, 0,
	    sequence_words },
	{ KW_DISABLE, OPT_OSPF_OFF, VAL_FLAG, B(OSPF), ANY, 1, 1, NULL },
	{ KW_AUTH, OPT_AUTH, VAL_OWN, B(OSPF), ANY, 0, 255, NULL },
	{ KW_SEND, OPT_SEND, VAL_NUM, B(OSPF), ANY, 0, 255, NULL },
	/* the tunnel itself */
	{ KW_MTU, OPT_MTU, VAL_NUM_WORD, BARE, ANY, 576, MTU_MAX,
	    auto_words },
	{ KW_PATH_MTU, OPT_PATH_MTU, VAL_NUM, BARE, ANY, 576, MTU_MAX, NULL },
	{ KW_MSS, OPT_MSS, VAL_NUM_WORD, BARE | B(HOST), ANY | S(HOST), 64,
	    65495, mss_words },
	{ KW_TTL, OPT_TTL, VAL_NUM, BARE, ANY, 1, 255, NULL },
	{ KW_DSCP, OPT_DSCP, VAL_WORD, BARE, ANY, 0, 0, dscp_words },
	{ KW_KEEPALIVE, OPT_KEEPALIVE, VAL_WORD, BARE, ANY, 0, 0,
	    keepalive_words },
	{ KW_GRE_KEY, OPT_GRE_KEY, VAL_NUM, B(LINK) | B(TUNNEL), ENDS, 0,
	    UINT32_MAX, NULL },
	{ KW_PREFIX, OPT_PREFIX, VAL_WORD, B(SITE) | B(LINK), ENDS, 0, 0,
	    prefix_words },
	{ KW_DESCRIPTION, OPT_DESCRIPTION, VAL_TEXT, B(SITE) | B(LINK) |
	    B(TUNNEL), ENDS, 0, CONF_DESCR_MAX - 1, NULL },
	{ KW_INTERFACE, OPT_INTERFACE, VAL_IFNAME, B(SITE) | B(LINK) |
	    B(TUNNEL), ENDS, 1, IFACE_NAME_MAX - 1, NULL },
	{ KW_DISABLE, OPT_DISABLE, VAL_FLAG, B(SITE) | B(LINK) | B(TUNNEL),
	    ENDS, 1, 1, NULL },
	{ KW_PLATFORM, OPT_PLATFORM, VAL_WORD, B(SITE) | B(TUNNEL),
	    S(SITE) | S(TUNNEL), 0, 0, platform_words },
	/* ike */
	{ KW_NAT, OPT_NAT, VAL_WORD, B(IKE) | BARE, ANY, 0, 0, nat_words },
	{ KW_PROPOSAL, OPT_IKE_PROPOSAL, VAL_IKE_PROPS, B(IKE), ANY, 0, 0,
	    NULL },
	{ KW_VERSION, OPT_IKE_VERSION, VAL_VERSION, B(IKE), ANY, 0, 0, NULL },
	{ KW_MODE, OPT_IKE_MODE, VAL_IKE1, B(IKE), ANY, 0, 0, NULL },
	{ KW_LIFE, OPT_IKE_LIFE, VAL_SEC_WORD, B(IKE), ANY, 10, 30 * DAY,
	    off_words },
	{ KW_DPD, OPT_DPD, VAL_SEC_WORD, B(IKE), ANY, 1, HOUR, off_words },
	{ KW_ALLOW, OPT_WEAK, VAL_WORD, B(IKE) | B(IPSEC), ANY, 0, 0,
	    weak_words },
	{ KW_INITIATE, OPT_START, VAL_FLAG, B(IKE), ANY, START_INITIATE, 0,
	    NULL },
	{ KW_RESPOND, OPT_START, VAL_FLAG, B(IKE), ANY, START_RESPOND, 0,
	    NULL },
	{ KW_RETRY, OPT_RETRY, VAL_WORD, B(IKE), S(TUNNEL), 0, 0,
	    retry_words },
	{ KW_LOCAL_ID, OPT_LOCAL_ID, VAL_IDENT, B(IKE), S(TUNNEL), 0, 0,
	    NULL },
	{ KW_REMOTE_ID, OPT_REMOTE_ID, VAL_IDENT, B(IKE), S(TUNNEL), 0, 0,
	    NULL },
	{ KW_PSK, OPT_PSK, VAL_OWN, B(MESH) | B(SITE) | B(LINK) | B(TUNNEL) |
	    B(IKE), ENDS | S(MESH), 1, KEYS_PSK_MAX, NULL },
	{ KW_KEY, OPT_KEY, VAL_PUB, B(SITE) | B(TUNNEL), S(SITE) | S(TUNNEL),
	    0, 0, NULL },
	/* ipsec */
	{ KW_PROPOSAL, OPT_ESP_PROPOSAL, VAL_ESP_PROPS, B(IPSEC), ANY, 0, 0,
	    NULL },
	{ KW_MODE, OPT_ESP_MODE, VAL_WORD, B(IPSEC), ANY, 0, 0, mode_words },
	{ KW_LIFE, OPT_ESP_LIFE, VAL_SEC, B(IPSEC), ANY, 5, 7 * DAY, NULL },
	{ KW_BYTES, OPT_ESP_BYTES, VAL_BYTES_WORD, B(IPSEC), ANY, 1 << 20,
	    UINT64_C(1) << 60, off_words },
	{ KW_PFS, OPT_PFS, VAL_PFS, B(IPSEC), ANY, 0, 0, NULL },
	{ KW_REPLAY_WINDOW, OPT_REPLAY, VAL_NUM_WORD, B(IPSEC), ANY, 32, 1024,
	    off_words },
	{ KW_SELECTOR, OPT_SELECTOR, VAL_WORD, B(IPSEC), ANY, 0, 0,
	    selector_words },
	/* a plain tunnel */
	{ KW_LOCAL, OPT_LOCAL, VAL_ADDR_WORD, B(TUNNEL) | B(HOST),
	    S(TUNNEL) | S(HOST), 0, 0, dynamic_words },
	{ KW_PEER, OPT_PEER, VAL_ADDR_WORD, B(TUNNEL), S(TUNNEL), 0, 0,
	    dynamic_words },
	{ KW_INNER, OPT_INNER, VAL_OWN, B(TUNNEL), S(TUNNEL), 0, 0, NULL },
	/* a site, a host */
	{ KW_ID, OPT_ID, VAL_NUM, B(SITE) | B(HOST), S(SITE) | S(HOST), 1,
	    65535, NULL },
	{ KW_ADDRESS, OPT_ADDRESS, VAL_ADDR_WORD, B(SITE), S(SITE), 0, 0,
	    dynamic_words },
	{ KW_IDENTITY, OPT_IDENTITY, VAL_IDENT, B(SITE), S(SITE), 0, 0, NULL },
	{ KW_ROUTER_ID, OPT_ROUTER_ID, VAL_IP4, B(SITE) | B(HOST) | B(OSPF),
	    S(SITE) | S(HOST) | S(GLOBAL), 0, 0, NULL },
	{ KW_NETWORK, OPT_NETWORK, VAL_NETS, B(SITE) | B(HOST) | B(TUNNEL),
	    S(SITE) | S(HOST) | S(TUNNEL), 0, 0, NULL },
	{ KW_ANNOUNCE, OPT_ANNOUNCE, VAL_NETS, B(SITE) | B(HOST),
	    S(SITE) | S(HOST), 0, 0, NULL },
	{ KW_GUARD, OPT_GUARD, VAL_NETS, B(HOST), S(HOST), 0, 0, NULL },
	{ KW_MESH, OPT_MESH, VAL_NAME, B(HOST), S(HOST), 0,
	    TUNNEL_NAME_MAX - 1, NULL },
	{ KW_NAT_EXEMPTION, OPT_NAT_EXEMPTION, VAL_WORD, B(HOST), S(HOST), 0, 0,
	    yes_words },
	{ KW_SYSCTL, OPT_SYSCTL, VAL_WORD, B(HOST), S(HOST), 0, 0, yes_words },
	/* the mesh, the file */
	{ KW_TUNNELS, OPT_TUNNELS, VAL_PREFIX, B(MESH), S(MESH), 0, 0, NULL },
	{ KW_AREA, OPT_AREA, VAL_IP4, B(OSPF), S(GLOBAL) | S(TUNNEL), 0, 0,
	    NULL },
	{ KW_SPF_DELAY, OPT_SPF_DELAY, VAL_MS, B(OSPF), S(GLOBAL), 0, 60000,
	    NULL },
	{ KW_SPF_HOLD, OPT_SPF_HOLD, VAL_MS, B(OSPF), S(GLOBAL), 0, 600000,
	    NULL },
	{ KW_MAXIMUM_PATHS, OPT_MAX_PATHS, VAL_NUM, B(OSPF), S(GLOBAL), 1,
	    OSPF_NEXTHOPS, NULL },
	{ KW_GRACEFUL, OPT_GRACEFUL, VAL_WORD, B(OSPF), S(GLOBAL), 0, 0,
	    grace_words },
	{ KW_LOG, OPT_LOG, VAL_WORD, B(TOP), S(GLOBAL), 0, 0, log_words },
};

#define N_OPTS	(sizeof(opt_defs) / sizeof(opt_defs[0]))

#define GCM_IKE		"aes256gcm16-prfsha384-x25519-ecp384"
#define CBC_IKE		"aes256-sha256-modp2048"
#define GCM_ESP		"aes256gcm16"
#define CBC_ESP		"aes256-sha256"

const struct platform platforms[] = {
	{ "openbsd", 2, MODE_TRANSPORT, 30, false, START_AUTO, MTU_WARN,
	    { GCM_IKE, CBC_IKE }, { GCM_ESP } },
	{ "linux", 2, MODE_TRANSPORT, 30, false, START_AUTO, MTU_WARN,
	    { GCM_IKE }, { GCM_ESP } },
	{ "strongswan", 2, MODE_TRANSPORT, 30, false, START_AUTO, MTU_WARN,
	    { GCM_IKE }, { GCM_ESP } },
	{ "bird", 2, MODE_TRANSPORT, 30, false, START_AUTO, MTU_WARN,
	    { GCM_IKE }, { GCM_ESP } },
	{ "vyos", 2, MODE_TRANSPORT, 30, false, START_AUTO, MTU_WARN,
	    { GCM_IKE, CBC_IKE }, { GCM_ESP, CBC_ESP } },
	{ "routeros", 2, MODE_TRANSPORT, 30, false, START_AUTO, MTU_WARN,
	    { CBC_IKE }, { GCM_ESP, CBC_ESP } },
	{ "junos", 2, MODE_TUNNEL, 30, true, START_AUTO, MTU_WARN,
	    { "aes256gcm16-prfsha384-ecp384", CBC_IKE },
	    { GCM_ESP, CBC_ESP } },
	{ "screenos", 1, MODE_TUNNEL, 30, true, START_AUTO, MTU_WARN,
	    { CBC_IKE }, { "aes128-sha1" } },
	{ "ios", 2, MODE_TRANSPORT, 30, false, START_AUTO, MTU_WARN,
	    { "aes256gcm16-prfsha384-ecp384", CBC_IKE },
	    { GCM_ESP, CBC_ESP } },
	{ .name = NULL }
};

const char *const platform_words[] = {
	"openbsd", "linux", "strongswan", "bird", "vyos", "routeros", "junos",
	"screenos", "ios", NULL
};

const struct platform *
platform_find(const char *name)
{
	size_t i;

	for (i = 0; name != NULL && platforms[i].name != NULL; i++)
		if (strcmp(platforms[i].name, name) == 0)
			return (&platforms[i]);
	return (NULL);
}

const struct kw_def *
kw_find(const char *word, size_t len)
{
	size_t lo = 0, hi = n_kw_defs, mid;
	int c;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		c = strncmp(word, kw_defs[mid].word, len);
		if (c == 0 && kw_defs[mid].word[len] != '\0')
			c = -1;
		if (c == 0)
			return (&kw_defs[mid]);
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return (NULL);
}

const char *
kw_word(enum kw kw)
{
	size_t i;

	for (i = 0; i < n_kw_defs; i++)
		if (kw_defs[i].kw == kw)
			return (kw_defs[i].word);
	return ("?");
}

const struct opt_def *
opt_find(enum kw kw, enum block b, enum scope s)
{
	size_t i;

	for (i = 0; i < N_OPTS; i++)
		if (opt_defs[i].kw == kw &&
		    (opt_defs[i].blocks & 1u << b) != 0 &&
		    (opt_defs[i].scopes & 1u << s) != 0)
			return (&opt_defs[i]);
	return (NULL);
}

bool
opt_allowed(enum kw kw, enum block b, enum scope s)
{
	return (opt_find(kw, b, s) != NULL);
}

const char *
opt_word(enum opt o)
{
	size_t i;

	for (i = 0; i < N_OPTS; i++)
		if (opt_defs[i].opt == o)
			return (kw_word(opt_defs[i].kw));
	return ("?");
}
