/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See nat.h.  nf_tables, spoken directly:
 *
 *	table ip greipsecd {
 *		chain source {
 *			type nat hook postrouting priority srcnat - 1
 *			oifgroup 147 snat to ip saddr
 *			iif 0 meta l4proto esp snat to ip saddr
 *			iif 0 udp sport 500 snat to ip saddr
 *			iif 0 udp sport 4500 snat to ip saddr
 *		}
 *	}
 *
 * The first chain that binds a connection settles it, so "to the source that it
 * has" exempts it.  iif 0: sent by this host.  The table belongs to our socket
 * where the kernel knows of owners (5.12): no `flush ruleset' takes it away, and
 * it goes when main does.
 */
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <libmnl/libmnl.h>

#include "greipsecd/nat.h"
#include "greipsecd/os.h"
#include "greipsecd/os_linux.h"

#define TABLE		"greipsecd"
#define CHAIN		"source"
#define PRIORITY	99		/* NF_IP_PRI_NAT_SRC - 1 */
#define IP_SRC		12		/* offset of the source address */
#define LEGACY		"/proc/net/ip_tables_names"
#define BUF		8192
#define DUMP		65536
#define ANSWER_S	5		/* the kernel answers at once or never */

struct nat {
	struct mnl_socket	*req, *ev;
	uint32_t		 seq;
	char			 buf[DUMP];
};

/* A batch being built: all of it is done, or nothing. */
struct batch {
	char		 buf[BUF];
	size_t		 len;
	uint32_t	*seq;
	unsigned int	 n;		/* messages that are answered */
};

static struct mnl_socket *
nl_open(int flags)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_NETFILTER,
	    SOCK_CLOEXEC | flags);

	if (s != NULL && mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) == -1) {
		(void)mnl_socket_close(s);
		return (NULL);
	}
	return (s);
}

struct nat *
nat_open(void)
{
	struct timeval tv = { ANSWER_S, 0 };
	unsigned int group = NFNLGRP_NFTABLES;
	struct nat *n;

	if ((n = calloc(1, sizeof(*n))) == NULL)
		return (NULL);
	if ((n->req = nl_open(0)) == NULL ||
	    (n->ev = nl_open(SOCK_NONBLOCK)) == NULL ||
	    setsockopt(mnl_socket_get_fd(n->req), SOL_SOCKET, SO_RCVTIMEO,
	    &tv, sizeof(tv)) == -1 || mnl_socket_setsockopt(n->ev,
	    NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) == -1) {
		nat_close(n);
		return (NULL);
	}
	return (n);
}

void
nat_close(struct nat *n)
{
	int saved = errno;

	if (n == NULL)
		return;
	if (n->ev != NULL) {
		(void)nat_exempt(n, false);
		(void)mnl_socket_close(n->ev);
	}
	if (n->req != NULL)
		(void)mnl_socket_close(n->req);
	free(n);
	errno = saved;
}

int
nat_fd(const struct nat *n)
{
	return (mnl_socket_get_fd(n->ev));
}

void
nat_read(struct nat *n)
{
	int i;

	/* what it says is not read; lost events are as good as any */
	for (i = 0; i < 64; i++)
		if (mnl_socket_recvfrom(n->ev, n->buf, sizeof(n->buf)) == -1 &&
		    errno != ENOBUFS && errno != ENOSPC)
			break;
}

static struct nlmsghdr *
message(void *buf, uint32_t seq, uint16_t type, uint16_t flags, uint8_t family)
{
	struct nlmsghdr *nh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *g;

	nh->nlmsg_type = type;
	nh->nlmsg_flags = NLM_F_REQUEST | flags;
	nh->nlmsg_seq = seq;
	g = mnl_nlmsg_put_extra_header(nh, sizeof(*g));
	g->nfgen_family = family;
	g->version = NFNETLINK_V0;
	return (nh);
}

/* A string attribute, cut to what fits; false when it is not one. */
static bool
text(const struct nlattr *at, char *out, size_t cap)
{
	if (at == NULL || mnl_attr_validate(at, MNL_TYPE_NUL_STRING) == -1)
		return (false);
	(void)snprintf(out, cap, "%s", mnl_attr_get_str(at));
	return (true);
}

/* NFTA_CHAIN_HOOK: whether packets that leave go through it. */
static bool
postrouting(const struct nlattr *hook)
{
	const struct nlattr *at;

	mnl_attr_for_each_nested(at, hook)
		if (mnl_attr_get_type(at) == NFTA_HOOK_HOOKNUM &&
		    mnl_attr_validate(at, MNL_TYPE_U32) == 0)
			return (ntohl(mnl_attr_get_u32(at)) ==
			    NF_INET_POST_ROUTING);
	return (false);
}

/* One chain of a dump. */
static int
on_chain(const struct nlmsghdr *nh, void *arg)
{
	const struct nfgenmsg *g = mnl_nlmsg_get_payload(nh);
	const struct nlattr *at;
	const struct nlattr *v[NFTA_CHAIN_MAX + 1] = { NULL };
	struct nat_seen *seen = arg;
	char table[40], chain[40], type[16];

	if (mnl_nlmsg_get_payload_len(nh) < sizeof(*g) ||
	    (g->nfgen_family != NFPROTO_IPV4 &&
	    g->nfgen_family != NFPROTO_INET))
		return (MNL_CB_OK);
	mnl_attr_for_each(at, nh, sizeof(*g))
		if (mnl_attr_get_type(at) <= NFTA_CHAIN_MAX)
			v[mnl_attr_get_type(at)] = at;
	if (v[NFTA_CHAIN_HOOK] == NULL || !postrouting(v[NFTA_CHAIN_HOOK]) ||
	    !text(v[NFTA_CHAIN_TABLE], table, sizeof(table)) ||
	    !text(v[NFTA_CHAIN_NAME], chain, sizeof(chain)) ||
	    !text(v[NFTA_CHAIN_TYPE], type, sizeof(type)) ||
	    strcmp(type, "nat") != 0)
		return (MNL_CB_OK);
	if (strcmp(table, TABLE) == 0)
		seen->exempt = true;
	else if (!seen->others) {
		seen->others = true;
		(void)snprintf(seen->where, sizeof(seen->where),
		    "table %s, chain %s", table, chain);
	}
	return (MNL_CB_OK);
}

/* Tables of the iptables of old, which nf_tables does not list. */
static void
look_legacy(struct nat_seen *seen)
{
	char line[64];
	FILE *f;

	if (seen->others || (f = fopen(LEGACY, "re")) == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL)
		if (strcmp(line, "nat\n") == 0) {
			seen->others = true;
			(void)snprintf(seen->where, sizeof(seen->where),
			    "table nat of iptables");
		}
	(void)fclose(f);
}

static int
dump(struct nat *n, struct nat_seen *seen)
{
	char buf[MNL_NLMSG_HDRLEN + 64];
	struct nlmsghdr *nh;
	bool interrupted = false;
	ssize_t len;
	int rv;

	memset(seen, 0, sizeof(*seen));
	nh = message(buf, ++n->seq, NFNL_SUBSYS_NFTABLES << 8 |
	    NFT_MSG_GETCHAIN, NLM_F_DUMP, NFPROTO_UNSPEC);
	if (mnl_socket_sendto(n->req, nh, nh->nlmsg_len) == -1)
		return (-1);
	do {
		len = mnl_socket_recvfrom(n->req, n->buf, sizeof(n->buf));
		if (len == -1)
			return (-1);
		interrupted |= os_nl_interrupted(n->buf, (size_t)len);
		rv = mnl_cb_run(n->buf, (size_t)len, n->seq,
		    mnl_socket_get_portid(n->req), on_chain, seen);
		/* left over from a request that was given up */
		if (rv == -1 && errno == EPROTO)
			rv = MNL_CB_OK;
	} while (rv > MNL_CB_STOP);
	if (rv == -1 || !interrupted)
		return (rv == -1 ? -1 : 0);
	errno = EINTR;
	return (-1);
}

int
nat_look(struct nat *n, struct nat_seen *seen)
{
	int i, rv = -1;

	/* EINTR: the rules changed while they were told */
	for (i = 0; i < 8; i++)
		if ((rv = dump(n, seen)) == 0 || errno != EINTR)
			break;
	if (rv == 0)
		look_legacy(seen);
	return (rv);
}

static struct nlmsghdr *
batch_next(struct batch *b, uint16_t type, uint16_t flags)
{
	b->n++;
	return (message(b->buf + b->len, ++*b->seq, (uint16_t)
	    (NFNL_SUBSYS_NFTABLES << 8 | type), NLM_F_ACK | flags,
	    NFPROTO_IPV4));
}

static void
batch_done(struct batch *b, const struct nlmsghdr *nh)
{
	b->len += nh->nlmsg_len;
}

static void
batch_edge(struct batch *b, uint16_t type)
{
	struct nlmsghdr *nh = message(b->buf + b->len, ++*b->seq, type, 0,
	    AF_UNSPEC);
	struct nfgenmsg *g = mnl_nlmsg_get_payload(nh);

	g->res_id = htons(NFNL_SUBSYS_NFTABLES);
	batch_done(b, nh);
}

static void
batch_begin(struct batch *b, struct nat *n)
{
	memset(b, 0, sizeof(*b));
	b->seq = &n->seq;
	batch_edge(b, NFNL_MSG_BATCH_BEGIN);
}

/* Send it; 0, or -1 with the errno of the first that was refused. */
static int
batch_send(struct nat *n, struct batch *b)
{
	unsigned int port = mnl_socket_get_portid(n->req), left = b->n;
	uint32_t first = n->seq - b->n;		/* that of the opening */
	int error = 0;
	const struct nlmsghdr *nh;
	const struct nlmsgerr *e;
	ssize_t got;
	int len;

	batch_edge(b, NFNL_MSG_BATCH_END);
	if (mnl_socket_sendto(n->req, b->buf, b->len) == -1)
		return (-1);
	while (left > 0) {
		got = mnl_socket_recvfrom(n->req, n->buf, sizeof(n->buf));
		if (got == -1)
			return (-1);
		len = (int)got;
		for (nh = (const void *)n->buf; mnl_nlmsg_ok(nh, len);
		    nh = mnl_nlmsg_next(nh, &len)) {
			if (nh->nlmsg_type != NLMSG_ERROR ||
			    nh->nlmsg_pid != port ||
			    nh->nlmsg_seq - first > b->n ||
			    mnl_nlmsg_get_payload_len(nh) < sizeof(*e))
				continue;
			e = mnl_nlmsg_get_payload(nh);
			if (error == 0)
				error = -e->error;
			/* the opening is answered only when all is refused */
			left = nh->nlmsg_seq == first ? 0 : left - 1;
			if (left == 0)
				break;
		}
	}
	errno = error;
	return (error == 0 ? 0 : -1);
}

static void
put_table(struct batch *b, uint16_t type, uint32_t flags)
{
	struct nlmsghdr *nh = batch_next(b, type, type == NFT_MSG_NEWTABLE ?
	    NLM_F_CREATE : 0);

	mnl_attr_put_strz(nh, NFTA_TABLE_NAME, TABLE);
	if (flags != 0)
		mnl_attr_put_u32(nh, NFTA_TABLE_FLAGS, htonl(flags));
	batch_done(b, nh);
}

static void
put_chain(struct batch *b)
{
	struct nlmsghdr *nh = batch_next(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nlattr *hook;

	mnl_attr_put_strz(nh, NFTA_CHAIN_TABLE, TABLE);
	mnl_attr_put_strz(nh, NFTA_CHAIN_NAME, CHAIN);
	hook = mnl_attr_nest_start(nh, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(nh, NFTA_HOOK_HOOKNUM, htonl(NF_INET_POST_ROUTING));
	mnl_attr_put_u32(nh, NFTA_HOOK_PRIORITY, htonl(PRIORITY));
	mnl_attr_nest_end(nh, hook);
	mnl_attr_put_strz(nh, NFTA_CHAIN_TYPE, "nat");
	batch_done(b, nh);
}

/* An expression of a rule: begin, and end. */
struct expr {
	struct nlattr	*elem, *data;
};

static struct expr
expr_begin(struct nlmsghdr *nh, const char *name)
{
	struct expr e;

	e.elem = mnl_attr_nest_start(nh, NFTA_LIST_ELEM);
	mnl_attr_put_strz(nh, NFTA_EXPR_NAME, name);
	e.data = mnl_attr_nest_start(nh, NFTA_EXPR_DATA);
	return (e);
}

static void
expr_end(struct nlmsghdr *nh, struct expr e)
{
	mnl_attr_nest_end(nh, e.data);
	mnl_attr_nest_end(nh, e.elem);
}

static void
put_load_meta(struct nlmsghdr *nh, enum nft_meta_keys key)
{
	struct expr e = expr_begin(nh, "meta");

	mnl_attr_put_u32(nh, NFTA_META_KEY, htonl(key));
	mnl_attr_put_u32(nh, NFTA_META_DREG, htonl(NFT_REG_1));
	expr_end(nh, e);
}

static void
put_load(struct nlmsghdr *nh, enum nft_payload_bases base, uint32_t off,
    uint32_t len)
{
	struct expr e = expr_begin(nh, "payload");

	mnl_attr_put_u32(nh, NFTA_PAYLOAD_DREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(nh, NFTA_PAYLOAD_BASE, htonl(base));
	mnl_attr_put_u32(nh, NFTA_PAYLOAD_OFFSET, htonl(off));
	mnl_attr_put_u32(nh, NFTA_PAYLOAD_LEN, htonl(len));
	expr_end(nh, e);
}

static void
put_is(struct nlmsghdr *nh, const void *value, size_t len)
{
	struct expr e = expr_begin(nh, "cmp");
	struct nlattr *data;

	mnl_attr_put_u32(nh, NFTA_CMP_SREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(nh, NFTA_CMP_OP, htonl(NFT_CMP_EQ));
	data = mnl_attr_nest_start(nh, NFTA_CMP_DATA);
	mnl_attr_put(nh, NFTA_DATA_VALUE, len, value);
	mnl_attr_nest_end(nh, data);
	expr_end(nh, e);
}

/* Meta data is in host order, what stands in the packet is not. */
static void
put_meta_is(struct nlmsghdr *nh, enum nft_meta_keys key, uint32_t value)
{
	uint8_t byte = (uint8_t)value;

	put_load_meta(nh, key);
	if (key == NFT_META_L4PROTO)
		put_is(nh, &byte, sizeof(byte));
	else
		put_is(nh, &value, sizeof(value));
}

static void
put_snat_to_itself(struct nlmsghdr *nh)
{
	struct expr e;

	put_load(nh, NFT_PAYLOAD_NETWORK_HEADER, IP_SRC, 4);
	e = expr_begin(nh, "nat");
	mnl_attr_put_u32(nh, NFTA_NAT_TYPE, htonl(NFT_NAT_SNAT));
	mnl_attr_put_u32(nh, NFTA_NAT_FAMILY, htonl(NFPROTO_IPV4));
	mnl_attr_put_u32(nh, NFTA_NAT_REG_ADDR_MIN, htonl(NFT_REG_1));
	expr_end(nh, e);
}

/* A rule.  proto 0: what goes into a tunnel; else what this host sends of that
 * protocol, from that port unless it is 0. */
static void
put_rule(struct batch *b, uint8_t proto, uint16_t port)
{
	struct nlmsghdr *nh = batch_next(b, NFT_MSG_NEWRULE,
	    NLM_F_CREATE | NLM_F_APPEND);
	uint16_t port_be = htons(port);
	struct nlattr *list;

	mnl_attr_put_strz(nh, NFTA_RULE_TABLE, TABLE);
	mnl_attr_put_strz(nh, NFTA_RULE_CHAIN, CHAIN);
	list = mnl_attr_nest_start(nh, NFTA_RULE_EXPRESSIONS);
	if (proto == 0)
		put_meta_is(nh, NFT_META_OIFGROUP, OS_GROUP);
	else {
		put_meta_is(nh, NFT_META_IIF, 0);
		put_meta_is(nh, NFT_META_L4PROTO, proto);
	}
	if (port != 0) {
		put_load(nh, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2);
		put_is(nh, &port_be, sizeof(port_be));
	}
	put_snat_to_itself(nh);
	mnl_attr_nest_end(nh, list);
	batch_done(b, nh);
}

static int
install(struct nat *n, uint32_t flags)
{
	struct batch b;

	batch_begin(&b, n);
	put_table(&b, NFT_MSG_NEWTABLE, flags);
	put_chain(&b);
	put_rule(&b, 0, 0);
	put_rule(&b, IPPROTO_ESP, 0);
	put_rule(&b, IPPROTO_UDP, 500);
	put_rule(&b, IPPROTO_UDP, 4500);
	return (batch_send(n, &b));
}

int
nat_exempt(struct nat *n, bool on)
{
	struct batch b;

	/* a life before this one may have left it, where there are no owners */
	batch_begin(&b, n);
	put_table(&b, NFT_MSG_DELTABLE, 0);
	if (batch_send(n, &b) == -1 && errno != ENOENT)
		return (-1);
	if (!on || install(n, NFT_TABLE_F_OWNER) == 0)
		return (0);
	if (errno != EOPNOTSUPP && errno != EINVAL)
		return (-1);
	return (install(n, 0));
}
