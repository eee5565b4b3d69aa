/* SPDX-License-Identifier: ISC */
/*
 * The OSPF engine on real interfaces, without the rest of the daemon.
 *
 *	ospfdrive CONFIG STATE
 *
 * CONFIG, read again on SIGHUP, has lines of words:
 *	grace S			restart gracefully; before rid
 *	rid A.B.C.D
 *	stub PREFIX COST
 *	iface NAME key value ...	addr A/LEN  peer A  cost N  mtu N
 *		hello MS  dead MS  rxmt MS  check warn|strict|ignore
 *		key ID:TEXT (again for more)  send ID  passive 1  zero 1
 *		strict 1 (sequence numbers must rise)
 * STATE is rewritten on every change:
 *	nbr IFACE ROUTERID STATE REASON...
 *	count NAME N...		what was counted, if anything was
 *	route PREFIX COST GATEWAY@IFACE...
 * Events go to stdout with milliseconds since the start.  SIGTERM: shut down
 * as the daemon would.  Linux only (greipsecd/sock_linux.c).
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/sock.h"
#include "lib/clock.h"
#include "ospf/ospf_engine.h"
#include "ospf/ospf_wire.h"

#define MAX	16

static struct {
	struct ospf		*e;
	struct ospf_global	 g;
	struct ospf_iface	 ifs[MAX];
	struct pollfd		 pfd[MAX];
	size_t			 n_ifs;
	struct mono		 start;
	const char		*state;
	bool			 changed, done;
	uint32_t		 grace_s;
	struct ospf_route	 routes[4096];
	size_t			 n_routes;
} self;

static volatile sig_atomic_t got_hup, got_term;

static void
on_signal(int sig)
{
	if (sig == SIGHUP)
		got_hup = 1;
	else
		got_term = 1;
}

static void
rng(void *ctx, void *out, size_t n)
{
	(void)ctx;
	arc4random_buf(out, n);
}

static uint32_t
ip4(const char *s)
{
	struct addr a;

	if (addr_parse(s, &a) == -1 || a.family != ADDR_V4)
		errx(2, "%s: not an address", s);
	return (addr_to_v4(&a));
}

static uint32_t
num(const char *s)
{
	const char *e;
	long long v = strtonum(s, 0, UINT32_MAX, &e);

	if (e != NULL)
		errx(2, "%s: %s", s, e);
	return ((uint32_t)v);
}

static void
take_addr(char *s, uint32_t *a, uint8_t *len)
{
	char *slash = strchr(s, '/');

	*len = 32;
	if (slash != NULL) {
		*slash = '\0';
		*len = (uint8_t)num(slash + 1);
	}
	*a = ip4(s);
}

static void
key_word(struct ospf_iface *c, char *v)
{
	struct ospf_key *k = &c->keys[c->n_keys++];
	char *colon = strchr(v, ':');

	if (colon == NULL || c->n_keys > OSPF_KEYS_MAX)
		errx(2, "key %s", v);
	*colon++ = '\0';
	k->id = (uint8_t)num(v);
	k->n_key = (uint16_t)strlen(colon);
	if (k->n_key > sizeof(k->key))
		errx(2, "key too long");
	memcpy(k->key, colon, k->n_key);
	c->auth = OSPF_AUTH_MD5;
	if (c->send_key == 0)
		c->send_key = k->id;
}

static void
iface_word(struct ospf_iface *c, const char *k, char *v)
{
	int i;

	if (strcmp(k, "addr") == 0)
		take_addr(v, &c->addr, &c->prefix_len);
	else if (strcmp(k, "peer") == 0)
		c->peer = ip4(v);
	else if (strcmp(k, "cost") == 0)
		c->cost = (uint16_t)num(v);
	else if (strcmp(k, "mtu") == 0)
		c->mtu = (uint16_t)num(v);
	else if (strcmp(k, "hello") == 0)
		c->hello_ms = num(v);
	else if (strcmp(k, "dead") == 0)
		c->dead_ms = num(v);
	else if (strcmp(k, "rxmt") == 0)
		c->rxmt_ms = num(v);
	else if (strcmp(k, "key") == 0)
		key_word(c, v);
	else if (strcmp(k, "send") == 0)
		c->send_key = (uint8_t)num(v);
	else if (strcmp(k, "passive") == 0)
		c->type = OSPF_PASSIVE;
	else if (strcmp(k, "zero") == 0)
		c->hello_mask_zero = true;
	else if (strcmp(k, "strict") == 0)
		c->seq_strict = true;
	else if (strcmp(k, "tunnel") == 0)
		c->tid = num(v);
	else if (strcmp(k, "check") == 0) {
		for (i = 0; i < MTU_CHECK_N; i++)
			if (strcmp(v, mtu_check_names[i]) == 0)
				c->mtu_check = (enum mtu_check)i;
	} else
		errx(2, "iface %s: %s?", c->name, k);
}

static void	feed(const struct ospf_input *);

static void
iface_line(char *rest)
{
	struct ospf_iface c = { .type = OSPF_P2P, .cost = 10, .mtu = 1500,
	    .hello_ms = 10000, .dead_ms = 40000, .rxmt_ms = 5000, .up = true,
	    .prefix_len = 32 };
	struct ospf_input in = { .type = OSPF_IN_IFACE, .iface = &c };
	char *k, *v, *name = strsep(&rest, " ");
	size_t i;

	(void)strlcpy(c.name, name, sizeof(c.name));
	c.ifindex = if_nametoindex(name);
	while ((k = strsep(&rest, " ")) != NULL &&
	    (v = strsep(&rest, " ")) != NULL)
		iface_word(&c, k, v);
	for (i = 0; i < self.n_ifs; i++)
		if (strcmp(self.ifs[i].name, c.name) == 0)
			break;
	if (i == MAX)
		errx(2, "too many interfaces");
	c.iid = (uint32_t)i + 1;
	if (i == self.n_ifs) {
		self.n_ifs++;
		self.pfd[i].fd = -1;
		self.pfd[i].events = POLLIN;
		if (c.type == OSPF_P2P &&
		    (self.pfd[i].fd = sock_ospf(c.name, c.ifindex)) == -1)
			err(1, "%s", c.name);
	}
	self.ifs[i] = c;
	feed(&in);
}

static void
stub_line(char *rest)
{
	struct ospf_stub s;
	struct ospf_input in = { .type = OSPF_IN_STUB, .stub = &s };

	take_addr(strsep(&rest, " "), &s.dest, &s.len);
	s.cost = (uint16_t)num(rest);
	feed(&in);
}

static void
load(const char *path)
{
	struct ospf_input in = { .type = OSPF_IN_BEGIN };
	char line[1024], *rest, *word;
	FILE *f = fopen(path, "r");

	if (f == NULL)
		err(1, "%s", path);
	feed(&in);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		rest = line;
		word = strsep(&rest, " ");
		if (strcmp(word, "rid") == 0) {
			self.g = (struct ospf_global){ .router_id = ip4(rest),
			    .max_paths = 16, .spf_hold_ms = 200,
			    .grace_s = self.grace_s,
			    .seq = (uint32_t)(wall_ms() / 1000) };
			/* the life before may be ahead of the clock */
			self.g.seq += self.grace_s != 0 ? 65536 : 0;
			in = (struct ospf_input){ .type = OSPF_IN_GLOBAL,
			    .global = &self.g };
			feed(&in);
		} else if (strcmp(word, "grace") == 0)
			self.grace_s = num(rest);
		else if (strcmp(word, "stub") == 0)
			stub_line(rest);
		else if (strcmp(word, "iface") == 0)
			iface_line(rest);
		else if (word[0] != '\0' && word[0] != '#')
			errx(2, "%s: %s?", path, word);
	}
	(void)fclose(f);
	in = (struct ospf_input){ .type = OSPF_IN_COMMIT };
	feed(&in);
}

static void
transmit(const struct ospf_tx *t)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	to.sin_addr.s_addr = htonl(t->dst);
	if (sendto(self.pfd[t->iid - 1].fd, t->data, t->len, 0,
	    (struct sockaddr *)(void *)&to, sizeof(to)) == -1)
		warn("%s: send", self.ifs[t->iid - 1].name);
}

static void
route(const struct ospf_route *r, bool del)
{
	size_t i;

	for (i = 0; i < self.n_routes; i++)
		if (self.routes[i].dest == r->dest &&
		    self.routes[i].len == r->len)
			break;
	if (del) {
		if (i < self.n_routes)
			self.routes[i] = self.routes[--self.n_routes];
	} else if (i < sizeof(self.routes) / sizeof(self.routes[0])) {
		self.n_routes += i == self.n_routes;
		self.routes[i] = *r;
	}
}

static void
say(const char *fmt, const char *a, const char *b)
{
	printf("%lld ", (long long)(mono_sub(mono_now(), self.start) /
	    1000000));
	printf(fmt, a, b);
	(void)fflush(stdout);
}

static void
output(const struct ospf_output *o)
{
	struct ospf_route gone = { .dest = o->dest.dest, .len = o->dest.len };

	self.changed = self.changed || o->type != OSPF_OUT_PACKET;
	switch (o->type) {
	case OSPF_OUT_PACKET:
		transmit(&o->packet);
		break;
	case OSPF_OUT_ROUTE:
		route(&o->route, false);
		break;
	case OSPF_OUT_ROUTE_DEL:
		route(&gone, true);
		break;
	case OSPF_OUT_SYNCED:
		say("%s%s\n", "synced", "");
		break;
	case OSPF_OUT_EVENT:
		say("%s: %s\n", o->event.subject, o->event.text);
		break;
	case OSPF_OUT_DONE:
		self.done = true;
		break;
	case OSPF_OUT_SEQ_RESERVE:
	case OSPF_OUT_NBR:
		break;
	}
}

static void
feed(const struct ospf_input *in)
{
	struct ospf_output o;

	ospf_step(self.e, mono_now(), in);
	while (ospf_pop(self.e, &o))
		output(&o);
}

static void
nbr_row(void *ctx, const struct fld_table *t, const void *obj)
{
	const struct ctl_nbr *n = obj;
	char a[ADDR_TEXT_MAX];

	(void)t;
	fprintf(ctx, "nbr %s %s %s %s\n", n->ifname, ip4_text(n->router_id, a),
	    n->state, n->reason);
}

static void
count_row(void *ctx, const struct fld_table *t, const void *obj)
{
	const struct ctl_counter *c = obj;

	(void)t;
	if (c->n != 0)
		fprintf(ctx, "count %s %llu\n", c->name,
		    (unsigned long long)c->n);
}

static void
write_state(void)
{
	static const struct ctl_req req;
	char tmp[1024], a[ADDR_TEXT_MAX];
	const struct ospf_route *r;
	size_t i;
	uint16_t k;
	FILE *f;

	(void)snprintf(tmp, sizeof(tmp), "%s.new", self.state);
	f = fopen(tmp, "w");
	if (f == NULL)
		err(1, "%s", tmp);
	(void)ospf_show(self.e, mono_now(), CTL_NBR, &req, nbr_row, f);
	(void)ospf_show(self.e, mono_now(), CTL_COUNTER, &req, count_row, f);
	for (i = 0; i < self.n_routes; i++) {
		r = &self.routes[i];
		fprintf(f, "route %s/%u %u", ip4_text(r->dest, a), r->len,
		    r->cost);
		for (k = 0; k < r->n_nexthops; k++)
			fprintf(f, " %s@%s", ip4_text(r->nexthops[k].gateway,
			    a), self.ifs[r->nexthops[k].iid - 1].name);
		fprintf(f, "\n");
	}
	(void)fclose(f);
	if (rename(tmp, self.state) == -1)
		err(1, "%s", self.state);
}

static void
receive(size_t i)
{
	static uint8_t buf[65536];
	struct ospf_rx rx = { .iid = self.ifs[i].iid };
	struct ospf_input in = { .type = OSPF_IN_PACKET, .rx = &rx };
	ssize_t n;

	while ((n = recv(self.pfd[i].fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		rx.data = ip4_strip(buf, (size_t)n, &rx.len, &rx.src, &rx.dst,
		    &rx.ttl);
		if (rx.data != NULL)
			feed(&in);
	}
}

static void
loop(const char *config)
{
	struct ospf_input tick = { .type = OSPF_IN_TICK };
	struct ospf_input stop = { .type = OSPF_IN_SHUTDOWN };
	int64_t ns;
	size_t i;
	int r, written = 0;

	while (!self.done) {
		if (got_hup) {
			got_hup = 0;
			load(config);
		}
		if (got_term) {
			got_term = 0;
			feed(&stop);
			continue;
		}
		if (self.changed || ++written % 16 == 0)
			write_state();
		self.changed = false;
		ns = mono_sub(ospf_next(self.e), mono_now());
		r = poll(self.pfd, self.n_ifs, ns <= 0 ? 0 : ns > NS_MS(500) ?
		    500 : (int)(ns / 1000000) + 1);
		for (i = 0; r > 0 && i < self.n_ifs; i++)
			if (self.pfd[i].revents != 0)
				receive(i);
		feed(&tick);
	}
	write_state();
}

int
main(int argc, char *argv[])
{
	struct ospf_params p = { .rng = rng };
	struct sigaction sa = { .sa_handler = on_signal };

	if (argc != 3)
		errx(2, "usage: ospfdrive CONFIG STATE");
	(void)sigaction(SIGHUP, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
	self.start = mono_now();
	self.state = argv[2];
	self.e = ospf_new(&p, self.start);
	if (self.e == NULL)
		errx(1, "engine");
	load(argv[1]);
	loop(argv[1]);
	ospf_free(self.e);
	return (0);
}
