/* SPDX-License-Identifier: ISC */
/*
 * What is around main, for a test that includes this once: a priv.h that
 * remembers what was sent, an os.h made of arrays, sockets of nothing.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/apply.h"
#include "greipsecd/sock.h"
#include "lib/clock.h"

#define SENT_MAX	512

/* --- priv.h --- */

struct sent {
	enum role	role;
	uint16_t	type;
	bool		fd;
	uint64_t	obj[1024];	/* aligned for any */
};

static struct sent *sent;
static size_t n_sent;
static bool up[ROLE_N];
static char fault[160];

struct chan *
priv_chan(enum role r)
{
	static char dummy[ROLE_N];

	return (up[r] ? (struct chan *)&dummy[r] : NULL);
}

int
priv_send(enum role r, uint16_t type, int fd, const struct fld_table *t,
    const void *obj)
{
	struct sent *s = &sent[n_sent];

	if (!up[r]) {
		if (fd != -1)
			(void)close(fd);
		errno = EPIPE;
		return (-1);
	}
	if (type == M_EVENT)
		return (0);
	ck_assert_uint_lt(n_sent, SENT_MAX);
	n_sent++;
	s->role = r;
	s->type = type;
	s->fd = fd != -1;
	if (fd != -1)
		(void)close(fd);
	if (t != NULL) {
		ck_assert_uint_le(t->size, sizeof(s->obj));
		memcpy(s->obj, obj, t->size);
	}
	return (0);
}

void
priv_fault(enum role r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(fault, sizeof(fault), fmt, ap);
	va_end(ap);
	ck_assert(up[r]);
}

bool
priv_stopping(void)
{
	return (false);
}

void
priv_log(const struct m_log *l)
{
	(void)l;
}

/* Messages of a kind to a role since the last reset; the last in *out. */
static inline size_t
count(enum role r, uint16_t type, const void **out)
{
	size_t i, n = 0;

	for (i = 0; i < n_sent; i++)
		if (sent[i].role == r && sent[i].type == type) {
			n++;
			if (out != NULL)
				*out = sent[i].obj;
		}
	return (n);
}

static inline size_t
got(enum role r, uint16_t type)
{
	return (count(r, type, NULL));
}

/* --- os.h --- */

static const struct os_events *ev;
static void *ev_ctx;
static struct os_link links[16];
static struct os_addr addrs[32];
static struct os_route routes[64];
static size_t n_links, n_addrs, n_routes;
static uint32_t next_index;
static int forwarding;
static struct os { int dummy; } the_os;

const char *const os_knob_names[OS_KNOB_N] = { "forward", "rp" };

static void
say_link(const struct os_link *l, bool gone)
{
	ev->link(ev_ctx, l, gone);
}

static struct os_link *
link_by(const char *name)
{
	size_t i;

	for (i = 0; i < n_links; i++)
		if (strcmp(links[i].name, name) == 0)
			return (&links[i]);
	return (NULL);
}

static void
link_make(const char *name, bool is_tun)
{
	struct os_link *l = &links[n_links++];

	memset(l, 0, sizeof(*l));
	l->index = ++next_index;
	(void)snprintf(l->name, sizeof(l->name), "%s", name);
	l->mtu = 1500;
	l->tun = is_tun;
	l->up = l->running = !is_tun;
	say_link(l, false);
}

/* As the kernel does: addresses and routes go with it, without a word. */
static inline void
link_kill(const char *name)
{
	struct os_link *at = link_by(name), l = *at;
	size_t i;

	*at = links[--n_links];
	for (i = 0; i < n_addrs;)
		if (addrs[i].index == l.index)
			addrs[i] = addrs[--n_addrs];
		else
			i++;
	for (i = 0; i < n_routes;)
		if (routes[i].n_nexthops > 0 &&
		    routes[i].nexthops[0].index == l.index)
			routes[i] = routes[--n_routes];
		else
			i++;
	say_link(&l, true);
}

int
os_fd(const struct os *os)
{
	(void)os;
	return (-1);
}

void
os_close(struct os *os)
{
	(void)os;
}

struct os *
os_open(const struct os_events *e, void *ctx)
{
	(void)e;
	(void)ctx;
	return (&the_os);
}

static void (*unread)(void);	/* events that wait, told by os_read() */
static int dump_error;		/* errno of os_dump() */

bool
os_read(struct os *os)
{
	void (*tell)(void) = unread;

	(void)os;	/* else events are told at once here */
	unread = NULL;
	if (tell != NULL)
		tell();
	return (false);
}

int
os_dump(struct os *os, unsigned what)
{
	size_t i;

	(void)os;
	if (dump_error != 0) {
		errno = dump_error;
		return (-1);
	}
	for (i = 0; (what & OS_LINKS) && i < n_links; i++)
		ev->link(ev_ctx, &links[i], false);
	for (i = 0; (what & OS_ADDRS) && i < n_addrs; i++)
		ev->addr(ev_ctx, &addrs[i], false);
	for (i = 0; (what & OS_ROUTES) && i < n_routes; i++)
		ev->route(ev_ctx, &routes[i], false);
	return (0);
}

static int tun_error;		/* errno of os_tun_open() */

int
os_tun_open(struct os *os, const char *name, uint32_t *index)
{
	(void)os;
	if (tun_error != 0) {
		errno = tun_error;
		return (-1);
	}
	if (link_by(name) == NULL)
		link_make(name, true);
	link_by(name)->running = true;
	*index = link_by(name)->index;
	return (open("/dev/null", O_RDWR));
}

int
os_link_set(struct os *os, uint32_t index, const struct os_link_set *set)
{
	size_t i;

	(void)os;
	for (i = 0; i < n_links; i++)
		if (links[i].index == index) {
			links[i].mtu = set->mtu;
			links[i].up = set->up;
			links[i].multicast = true;
			memcpy(links[i].mark, set->mark, sizeof(set->mark));
			say_link(&links[i], false);
		}
	return (0);
}

int
os_link_del(struct os *os, uint32_t index, const char *name)
{
	(void)os;
	(void)index;
	link_kill(name);
	return (0);
}

int
os_addr_add(struct os *os, const struct os_addr *a)
{
	(void)os;
	addrs[n_addrs++] = *a;
	ev->addr(ev_ctx, a, false);
	return (0);
}

int
os_addr_del(struct os *os, const struct os_addr *a)
{
	size_t i;

	(void)os;
	for (i = 0; i < n_addrs; i++)
		if (addrs[i].index == a->index &&
		    addr_eq(&addrs[i].addr, &a->addr)) {
			addrs[i] = addrs[--n_addrs];
			ev->addr(ev_ctx, a, true);
			return (0);
		}
	return (0);
}

static size_t n_second;		/* guards of the second line */

static struct os_route *
route_by(const char *text, uint32_t metric)
{
	struct prefix p;
	size_t i;

	ck_assert_int_eq(prefix_parse(text, &p), 0);
	for (i = 0; i < n_routes; i++)
		if (prefix_eq(&routes[i].prefix, &p) &&
		    routes[i].metric == metric)
			return (&routes[i]);
	return (NULL);
}

int
os_guards(struct os *os, const struct prefix *v, size_t n)
{
	(void)os;
	(void)v;
	n_second = n;
	return (0);
}

static struct os_outer outers[16];	/* of the last os_bypass() */
static size_t n_outers;

int
os_bypass(struct os *os, const struct os_outer *v, size_t n)
{
	size_t i;

	(void)os;
	for (i = 0; i < n && i < 16; i++)
		outers[i] = v[i];
	n_outers = n;
	return (0);
}

static int routes_error;	/* errno of os_routes() for a new route */

size_t
os_routes(struct os *os, struct os_change *v, size_t n)
{
	char t[PREFIX_TEXT_MAX];
	struct os_route *r;
	size_t i, failed = 0;

	(void)os;
	for (i = 0; i < n; i++) {
		v[i].error = v[i].del ? 0 : routes_error;
		if (v[i].error != 0) {
			failed++;
			continue;
		}
		r = route_by(prefix_text(&v[i].route.prefix, t),
		    v[i].route.metric);
		if (v[i].del) {
			if (r != NULL)
				*r = routes[--n_routes];
		} else if (r != NULL)
			*r = v[i].route;
		else
			routes[n_routes++] = v[i].route;
	}
	return (failed);
}

static int route_error;		/* errno of os_route_get() */
static uint32_t route_src = 0xcb007101;

int
os_route_get(struct os *os, const struct addr *to, const struct addr *from,
    uint32_t *index, struct addr *src)
{
	(void)os;
	(void)to;
	(void)from;
	if (route_error != 0) {
		errno = route_error;
		return (-1);
	}
	*index = link_by("wan")->index;
	*src = addr_v4(route_src);
	return (0);
}

int
os_knob_get(struct os *os, enum os_knob k, const char *ifname, int *value)
{
	(void)os;
	(void)ifname;
	*value = k == OS_FORWARD4 ? forwarding : 0;
	return (0);
}

int
os_knob_set(struct os *os, enum os_knob k, const char *ifname, int value)
{
	(void)os;
	(void)ifname;
	if (k == OS_FORWARD4)
		forwarding = value;
	return (0);
}

int
os_hostname(char *buf, size_t len)
{
	(void)snprintf(buf, len, "london");
	return (0);
}

/* --- sock.h --- */

static int
any_fd(void)
{
	return (open("/dev/null", O_RDWR));
}

int
sock_ike(enum addr_family f, uint16_t port)
{
	(void)f;
	(void)port;
	return (any_fd());
}

int
sock_natt(enum addr_family f, int *ike, int *esp)
{
	(void)f;
	*ike = any_fd();
	*esp = any_fd();
	return (0);
}

int
sock_esp(enum addr_family f)
{
	(void)f;
	return (any_fd());
}

int
sock_gre(enum addr_family f)
{
	(void)f;
	return (any_fd());
}

int
sock_ospf(const char *ifname, uint32_t ifindex)
{
	(void)ifindex;
	ck_assert_ptr_nonnull(link_by(ifname));
	return (any_fd());
}

int
os_memory_clear(int fd, size_t size)
{
	(void)fd;
	(void)size;
	return (0);
}

/* --- main of these --- */

#define HEAD \
	"ospf { area 0.0.0.0 auth md5 1 \"0123456789abcdef\" }\n" \
	"mesh \"corp\" { tunnels 172.31.0.0/22\n" \
	" psk \"a mesh secret of more than 128 bits 0123456789\"\n" \
	" site london { id 1 address 203.0.113.1 network 10.1.0.0/16 }\n" \
	" site tokyo { id 2 address 198.51.100.7 network 10.2.0.0/16 }\n"
#define TWO	HEAD "}\n"
static struct app a;
static struct options opt;
static char statedir[64];
static struct mono now;

static struct conf *
conf(const char *text)
{
	struct addr me = addr_v4(0xcb007101);
	struct conf_opts o = { .addrs = &me, .n_addrs = 1, .site = "london" };
	struct conf_errs errs;
	struct conf *c;

	memset(&errs, 0, sizeof(errs));
	c = conf_parse_text("test", text, strlen(text), &o, &errs);
	if (c == NULL)
		conf_errs_print(&errs, stderr);
	conf_errs_free(&errs);
	ck_assert_ptr_nonnull(c);
	return (c);
}

static int
dp_send(void *ctx, uint16_t type, int fd, const struct fld_table *t,
    const void *obj)
{
	(void)ctx;
	return (priv_send(ROLE_ESP, type, fd, t, obj));
}

static inline void
work(void)
{
	now = mono_add(now, NS_MS(1));
	(void)app_work(&a, now);
}

static inline void
role_up(enum role r)
{
	up[r] = true;
	apply_role(&a, r, now);
	work();
}

static inline void
role_down(enum role r)
{
	up[r] = false;
	apply_role_gone(&a, r, now);
	work();
}

static inline void
reset(void)
{
	n_sent = 0;
	fault[0] = '\0';
}

static inline void
load(const char *text)
{
	ck_assert_int_eq(apply_conf(&a, conf(text), now, NULL), 0);
	work();
}

static inline void
setup(void)
{
	struct os_addr wan;
	struct os_route def;
	const char *why;
	int r;

	sent = calloc(SENT_MAX, sizeof(*sent));
	reset();
	memset(&a, 0, sizeof(a));
	memset(&opt, 0, sizeof(opt));
	memset(up, 0, sizeof(up));
	n_links = n_addrs = n_routes = 0;
	tun_error = route_error = routes_error = 0;
	route_src = 0xcb007101;
	next_index = forwarding = 0;
	now = mono_now();	/* as the handlers of messages have it */
	(void)snprintf(statedir, sizeof(statedir), "/tmp/gs-apply.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(statedir));
	opt.statedir = statedir;
	opt.conf = "test";
	ev = &kernel_events;
	ev_ctx = &a;
	a.opt = &opt;
	a.next_tid = a.next_iid = a.generation = 1;
	app_init(&a);
	a.os = &the_os;
	a.fib = fib_new();
	a.ike_fd[0] = any_fd();
	a.ike_fd[1] = -1;
	a.ospf_keep = -1;
	a.dp = dp_user_new(a.os, dp_send, &relay_report, &a, &a.ike_fd[2],
	    &why);
	ck_assert_ptr_nonnull(a.dp);
	link_make("wan", false);
	link_make("lan", false);
	memset(&wan, 0, sizeof(wan));
	wan.index = link_by("wan")->index;
	wan.addr = addr_v4(0xcb007101);
	wan.len = 24;
	(void)os_addr_add(a.os, &wan);
	memset(&def, 0, sizeof(def));
	def.prefix.addr = addr_v4(0);
	def.metric = 100;
	def.n_nexthops = 1;
	def.nexthops[0].index = wan.index;
	def.nexthops[0].gateway = addr_v4(0xcb0071fe);
	routes[n_routes++] = def;
	load(TWO);
	for (r = ROLE_KEYS; r < ROLE_N; r++)
		role_up((enum role)r);
	ck_assert_str_eq(fault, "");
}

static inline void
teardown(void)
{
	char path[80];

	app_free(&a);
	(void)close(a.ike_fd[0]);
	free(sent);
	(void)snprintf(path, sizeof(path), "%s/state", statedir);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/site", statedir);
	(void)unlink(path);
	(void)rmdir(statedir);
}

/* --- what the roles say --- */

/* What a role says. */
static inline void
say(const struct msg_rule *rules, uint16_t type, void *obj)
{
	struct msg m = { .type = type, .fd = -1 };

	for (; rules->type != 0; rules++)
		if (rules->type == type) {
			rules->on(&a, NULL, &m, obj);
			work();
			return;
		}
	ck_abort_msg("no rule for %u", type);
}

static inline struct app_tunnel *
tokyo(void)
{
	struct app_tunnel *t = app_tunnel_named(&a, "tokyo");

	ck_assert_ptr_nonnull(t);
	return (t);
}

static inline struct sa_spec
sa(enum sa_dir dir, uint32_t spi)
{
	struct sa_spec s;

	memset(&s, 0, sizeof(s));
	s.tid = tokyo()->tid;
	s.dir = dir;
	s.spi = spi;
	s.local = addr_v4(0xcb007101);
	s.remote = addr_v4(0xc6336407);
	s.encr = ENCR_AES_GCM_16;
	s.key_bits = 256;
	s.n_encr_key = 36;
	s.replay_window = 1024;
	return (s);
}

static inline void
add_sa(enum sa_dir dir, uint32_t spi)
{
	struct sa_spec s = sa(dir, spi);
	struct sa_done d = { .tid = s.tid, .dir = dir, .spi = spi };

	say(relay_ike, M_IKE_SA_ADD, &s);
	ck_assert_str_eq(fault, "");
	say(relay_esp, M_ESP_SA_DONE, &d);
	ck_assert_str_eq(fault, "");
}

static inline struct ike_state
is_up(void)
{
	struct ike_state s;

	memset(&s, 0, sizeof(s));
	s.tid = tokyo()->tid;
	s.ike_up = s.child_up = true;
	s.local = addr_v4(0xcb007101);
	s.remote = addr_v4(0xc6336407);
	s.encr = ENCR_AES_GCM_16;
	s.key_bits = 256;
	s.mode = MODE_TRANSPORT;
	return (s);
}

static inline void
ike_up(void)
{
	struct ike_state s = is_up();

	say(relay_ike, M_IKE_STATE, &s);
}

static inline struct ospf_route
route(uint32_t dest, uint8_t len)
{
	struct ospf_route r;

	memset(&r, 0, sizeof(r));
	r.dest = dest;
	r.len = len;
	r.n_nexthops = 1;
	r.nexthops[0].iid = tokyo()->iid;
	r.nexthops[0].gateway = 0xac1f0002;
	return (r);
}
