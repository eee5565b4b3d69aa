/* SPDX-License-Identifier: ISC */
/*
 * Drives os.h from a shell: osdrive WORD ARGUMENT...
 *   tun NAME MARK MTU          open and dress a device, then hold it until
 *                              standard input ends
 *   dump                       what is there, a line each
 *   events                     what happens, a line each, until it is killed
 *   addr add|del NAME ADDR/LEN [PEER]
 *   route add|del PREFIX METRIC unreachable | [via GATEWAY] dev NAME ...
 *   batch add|del N            N unreachable routes below 10.0.0.0/8
 *   beside COMMAND             200 routes of which two are refused, a command of
 *                              the shell, and what the events told of it all
 *   lookup ADDR [FROM]         link and source the kernel would take
 *   disturbed COMMAND ADDR     dump the links, with a command of the shell when
 *                              the first is seen, then look up
 *   sweep                      option -C's part: links and routes of ours
 */
#include <err.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/os.h"
#include "greipsecd/tunnel.h"

static struct os *os;
static int sweeping;
static struct os_link found[64];
static size_t n_found;
static const char *disturb;

static void
on_link(void *ctx, const struct os_link *l, bool gone)
{
	const char *cmd = disturb;

	(void)ctx;
	disturb = NULL;
	if (cmd != NULL && system(cmd) != 0)
		errx(1, "%s", cmd);
	if (sweeping) {
		if (tunnel_is_ours(l) && n_found < 64)
			found[n_found++] = *l;
		return;
	}
	printf("link%s %u %s mtu %u%s%s%s%s%s mark \"%s\"\n",
	    gone ? "-gone" : "", l->index, l->name, l->mtu,
	    l->up ? " up" : "", l->running ? " running" : "",
	    l->multicast ? " multicast" : "", l->loopback ? " loopback" : "",
	    l->tun ? " tun" : "", l->mark);
}

static void
on_addr(void *ctx, const struct os_addr *a, bool gone)
{
	char t[ADDR_TEXT_MAX], p[ADDR_TEXT_MAX], name[IF_NAMESIZE] = "?";

	(void)ctx;
	(void)if_indextoname(a->index, name);
	printf("addr%s %s %s/%u peer %s\n", gone ? "-gone" : "", name,
	    addr_text(&a->addr, t), a->len, addr_text(&a->peer, p));
}

static void
on_route(void *ctx, const struct os_route *r, bool gone)
{
	char t[PREFIX_TEXT_MAX], g[ADDR_TEXT_MAX], name[IF_NAMESIZE];
	static const char *const kind[] = { "via", "unreachable", "other" };
	uint16_t i;

	(void)ctx;
	printf("route%s %s metric %u %s%s", gone ? "-gone" : "",
	    prefix_text(&r->prefix, t), r->metric, kind[r->kind],
	    r->ours ? " ours" : "");
	for (i = 0; i < r->n_nexthops; i++)
		printf(" [%s %s]", addr_text(&r->nexthops[i].gateway, g),
		    if_indextoname(r->nexthops[i].index, name) != NULL ?
		    name : "?");
	printf("\n");
}

static void
on_lost(void *ctx)
{
	(void)ctx;
	printf("lost\n");
}

static void
on_rules(void *ctx)
{
	(void)ctx;
	printf("rules\n");
}

static void
on_knobs(void *ctx)
{
	(void)ctx;
	printf("knobs\n");
}

static const struct os_events events = {
	.link = on_link, .addr = on_addr, .route = on_route,
	.guards = on_lost, .rules = on_rules, .knobs = on_knobs,
	.lost = on_lost
};

static uint32_t
number(const char *s)
{
	return ((uint32_t)strtoul(s, NULL, 10));
}

static void
parse_addr(const char *text, struct addr *a)
{
	if (addr_parse(text, a) == -1)
		errx(1, "%s: no address", text);
}

static void
do_tun(char *v[])
{
	struct os_link_set set = { .mtu = number(v[2]), .up = true };
	uint32_t index;
	char c;
	int fd;

	if ((fd = os_tun_open(os, v[0], &index)) == -1)
		err(1, "%s", v[0]);
	(void)snprintf(set.mark, sizeof(set.mark), "%s", v[1]);
	if (os_link_set(os, index, &set) == -1)
		err(1, "%s", v[0]);
	printf("index %u\n", index);
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	close(fd);
}

static void
do_addr(int n, char *v[])
{
	struct os_addr a;
	struct prefix p;
	char *slash = strchr(v[2], '/');

	memset(&a, 0, sizeof(a));
	if (slash == NULL)
		errx(1, "%s: no length", v[2]);
	a.len = (uint8_t)number(slash + 1);
	*slash = '\0';
	parse_addr(v[2], &p.addr);
	a.addr = p.addr;
	if (n > 3)
		parse_addr(v[3], &a.peer);
	if ((a.index = if_nametoindex(v[1])) == 0)
		err(1, "%s", v[1]);
	if ((strcmp(v[0], "add") == 0 ? os_addr_add : os_addr_del)(os, &a))
		err(1, "%s", v[2]);
}

static void
do_route(int n, char *v[])
{
	struct os_change c;
	struct os_nexthop *h;
	int i;

	memset(&c, 0, sizeof(c));
	c.del = strcmp(v[0], "del") == 0;
	if (prefix_parse(v[1], &c.route.prefix) != 0)
		errx(1, "%s: no prefix", v[1]);
	c.route.metric = number(v[2]);
	c.route.kind = OS_ROUTE_UNREACHABLE;
	for (i = 3; i + 1 < n; i += 2) {
		c.route.kind = OS_ROUTE_VIA;
		h = &c.route.nexthops[c.route.n_nexthops];
		if (strcmp(v[i], "via") == 0) {
			parse_addr(v[i + 1], &h->gateway);
			h->onlink = true;
		} else if ((h->index = if_nametoindex(v[i + 1])) == 0)
			err(1, "%s", v[i + 1]);
		else
			c.route.n_nexthops++;
	}
	if (os_routes(os, &c, 1) != 0)
		errx(1, "%s: %s", v[1], strerror(c.error));
}

static void
do_batch(char *v[])
{
	uint32_t i, n = number(v[1]);
	struct os_change *c = calloc(n, sizeof(*c));
	size_t failed;

	if (c == NULL)
		err(1, NULL);
	for (i = 0; i < n; i++) {
		c[i].del = strcmp(v[0], "del") == 0;
		c[i].route.prefix.addr = addr_v4(0x0a000000 + (i << 8));
		c[i].route.prefix.len = 24;
		c[i].route.metric = 20;
		c[i].route.kind = OS_ROUTE_UNREACHABLE;
	}
	if ((failed = os_routes(os, c, n)) != 0)
		errx(1, "%zu failed: %s", failed, strerror(c[0].error));
	free(c);
}

static void
do_beside(const char *cmd)
{
	struct os_change c[200];
	size_t i;

	memset(c, 0, sizeof(c));
	for (i = 0; i < 200; i++) {
		c[i].route.prefix.addr = addr_v4(0x0a000000 + ((uint32_t)i << 8));
		c[i].route.prefix.len = 24;
		c[i].route.metric = 20;
		c[i].route.kind = i % 100 == 63 ? OS_ROUTE_VIA :
		    OS_ROUTE_UNREACHABLE;
		c[i].route.n_nexthops = i % 100 == 63;
	}
	/* the last of a send, and one in the midst of one */
	(void)os_routes(os, c, 200);
	for (i = 0; i < 200; i++)
		if (c[i].error != 0)
			printf("refused %zu\n", i);
	fflush(stdout);
	if (system(cmd) != 0)
		errx(1, "%s", cmd);
	while (os_read(os))
		;
}

static void
do_lookup(int n, char *v[])
{
	char t[ADDR_TEXT_MAX], name[IF_NAMESIZE] = "?";
	struct addr to, from = { .family = ADDR_NONE }, src;
	uint32_t index;

	parse_addr(v[0], &to);
	if (n > 1)
		parse_addr(v[1], &from);
	if (os_route_get(os, &to, &from, &index, &src) == -1)
		err(1, "%s", v[0]);
	(void)if_indextoname(index, name);
	printf("%s %s\n", name, addr_text(&src, t));
}

static void
do_bypass(int n, char *v[])
{
	struct os_outer o;

	if (n > 0) {
		parse_addr(v[0], &o.local);
		parse_addr(v[1], &o.peer);
	}
	if (os_bypass(os, &o, n > 0) == -1)
		err(1, "bypass");
}

static void
do_events(void)
{
	struct pollfd p = { .fd = os_fd(os), .events = POLLIN };

	printf("ready\n");
	for (;;) {
		fflush(stdout);
		if (poll(&p, 1, -1) == -1)
			err(1, "poll");
		(void)os_read(os);
	}
}

int
main(int argc, char *argv[])
{
	int n = argc - 2;
	char **v = argv + 2;

	if (argc < 2)
		errx(2, "what?");
	if ((os = os_open(&events, NULL)) == NULL)
		err(1, "netlink");
	if (strcmp(argv[1], "tun") == 0 && n == 3)
		do_tun(v);
	else if (strcmp(argv[1], "addr") == 0 && n >= 3)
		do_addr(n, v);
	else if (strcmp(argv[1], "route") == 0 && n >= 4)
		do_route(n, v);
	else if (strcmp(argv[1], "batch") == 0 && n == 2)
		do_batch(v);
	else if (strcmp(argv[1], "beside") == 0 && n == 1)
		do_beside(v[0]);
	else if (strcmp(argv[1], "lookup") == 0 && n >= 1)
		do_lookup(n, v);
	else if (strcmp(argv[1], "bypass") == 0 && (n == 0 || n == 2))
		do_bypass(n, v);
	else if (strcmp(argv[1], "disturbed") == 0 && n == 2) {
		disturb = v[0];
		if (os_dump(os, OS_LINKS) == -1)
			err(1, "dump");
		do_lookup(1, v + 1);
	}
	else if (strcmp(argv[1], "events") == 0)
		do_events();
	else if (strcmp(argv[1], "dump") == 0) {
		if (os_dump(os, OS_LINKS | OS_ADDRS | OS_ROUTES) == -1)
			err(1, "dump");
	} else if (strcmp(argv[1], "sweep") == 0) {
		sweeping = 1;
		if (os_dump(os, OS_LINKS) == -1)
			err(1, "dump");
		while (n_found-- > 0)
			if (os_link_del(os, found[n_found].index,
			    found[n_found].name) == -1)
				err(1, "%s", found[n_found].name);
	} else
		errx(2, "%s: not understood", argv[1]);
	os_close(os);
	return (0);
}
