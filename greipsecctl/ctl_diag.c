/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  See ctl_diag.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "greipsecctl/ctl_diag.h"
#include "greipsecctl/ctl_join.h"
#include "greipsecctl/ctl_out.h"

#define IDLE_S		15	/* an SA that has carried nothing in by then */

static const char *const verdict_names[DIAG_N] = {
	"ok", "warn", "fail", "not reached"
};

static const struct fld rung_f[] = {
	F_STR(view_rung, site), F_STR(view_rung, rung),
	F_ENUM(view_rung, verdict, DIAG_N, verdict_names),
	F_STR(view_rung, text), F_END
};
const struct fld_table view_rung_fld = FLD_TABLE(view_rung, rung_f);

/* One tunnel under examination. */
struct exam {
	const struct data		*d;
	const struct ctl_tunnel		*t;
	const struct ctl_path		*path;
	const struct ctl_ike		*ike;
	const struct ctl_sa		*sa;
	const struct ctl_esptun		*gre;
	const struct ctl_nbr		*nbr;
	const struct view_probe		*echo;	/* NULL: not asked */
	const struct view_probe		*port;	/* UDP 500, the same */
	char				 local[ADDR_TEXT_MAX];
	char				 peer[ADDR_TEXT_MAX];
	char				 note[200];	/* facts put together */
	char				 ours[96], theirs[96];	/* of ike */
	char				 seen[160];
	struct cause_facts		 facts;
	bool				 others_ike;	/* other tunnels have one */
	bool				 others_full;	/* or a neighbour */
	struct rows			*rungs, *causes;
	enum diag_verdict		 worst;
	bool				 failed, no_memory;
};

static void __attribute__((format(printf, 4, 5)))
rung(struct exam *x, const char *name, enum diag_verdict v, const char *fmt,
    ...)
{
	struct view_rung r;
	va_list ap;

	memset(&r, 0, sizeof(r));
	(void)snprintf(r.site, sizeof(r.site), "%s", x->t->name);
	(void)snprintf(r.rung, sizeof(r.rung), "%s", name);
	if (x->failed)
		v = DIAG_NOT_REACHED;
	r.verdict = v;
	va_start(ap, fmt);
	(void)vsnprintf(r.text, sizeof(r.text), fmt, ap);
	va_end(ap);
	if (x->failed)
		(void)snprintf(r.text, sizeof(r.text), "not reached");
	if (rows_add(x->rungs, &r) == -1)
		x->no_memory = true;
	if (v == DIAG_FAIL || (v == DIAG_WARN && x->worst == DIAG_OK))
		x->worst = v;
	if (v == DIAG_FAIL)
		x->failed = true;
}

/* The cause of what the last rung says, unless that was not reached. */
static void
cause(struct exam *x, const char *code)
{
	struct view_cause c;

	x->facts.shared = strcmp(code, "our-id") == 0 ||
	    strcmp(code, "our-own-id") == 0 ? x->others_ike : x->others_full;
	cause_make(code, &x->facts, &c);
	if (rows_add(x->causes, &c) == -1)
		x->no_memory = true;
}

static void __attribute__((format(printf, 2, 3)))
note(struct exam *x, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(x->note, sizeof(x->note), fmt, ap);
	va_end(ap);
	x->facts.facts = x->note;
}

static bool
ike_works(const struct exam *x)
{
	return (x->ike != NULL && strcmp(x->ike->state, "ESTABLISHED") == 0);
}

/* Whether the peer's silence is all that there is to say of IKE. */
static bool
ike_mute(const struct exam *x)
{
	return (x->ike == NULL || (x->ike->code[0] == '\0' && !ike_works(x)));
}

/* ", ping 118ms", or nothing: that a ping is not answered proves nothing. */
static const char *
ping_text(const struct exam *x, char buf[static FMT_MAX])
{
	char rtt[FMT_MAX];

	if (x->echo == NULL || x->echo->answer != PROBE_ANSWER)
		return ("");
	(void)snprintf(buf, FMT_MAX, ", ping %.16s",
	    fmt_rtt(x->echo->rtt_us, rtt));
	return (buf);
}

static void
underlay(struct exam *x)
{
	const struct ctl_path *p = x->path;
	char src[ADDR_TEXT_MAX], ping[FMT_MAX];

	if (p == NULL) {
		rung(x, "underlay", DIAG_WARN, "not known");
		return;
	}
	if (x->t->state == TUN_DISABLED)
		rung(x, "underlay", DIAG_OK, "not looked at");
	else if (!p->has_src) {
		rung(x, "underlay", DIAG_FAIL, "%s is no address of this host",
		    x->local);
		cause(x, "no-such-address");
	} else if (p->remote.family == ADDR_NONE) {
		if (!ike_mute(x))
			rung(x, "underlay", DIAG_OK, "the peer %s",
			    ike_works(x) ? "began" : "begins");
		else {
			rung(x, "underlay", DIAG_FAIL,
			    "no address of the peer is known");
			cause(x, "peer-unknown");
		}
	} else if (p->problem[0] != '\0') {
		rung(x, "underlay", DIAG_FAIL, "%s", p->problem);
		note(x, "%s", p->problem);
		cause(x, p->routed ? "underlay-down" : "no-route-to-peer");
	} else if (p->src_if[0] != '\0' && !ike_works(x)) {
		rung(x, "underlay", DIAG_WARN, "by %s from %s, which %s has",
		    p->ifname, addr_text(&p->src, src), p->src_if);
		note(x, "%s has %s, and packets to %s leave by %s", p->src_if,
		    src, x->peer, p->ifname);
		cause(x, "other-interface");
	} else
		rung(x, "underlay", DIAG_OK, "by %s from %s, MTU %u%s",
		    p->ifname, addr_text(&p->src, src), p->mtu,
		    ping_text(x, ping));
}

static const char *
ike_code(const struct exam *x)
{
	bool lost;

	if (x->t->state == TUN_DISABLED)
		return ("disabled");
	if (x->ike == NULL || x->ike->code[0] == '\0')
		return ("not-negotiated");
	lost = strcmp(x->ike->code, "lost") == 0;
	if ((!lost && strcmp(x->ike->code, "no-answer") != 0) ||
	    x->echo == NULL || x->echo->answer == PROBE_UNKNOWN)
		return (x->ike->code);
	/* it is back, or will say itself what is wrong */
	if (lost && x->port != NULL && x->port->answer != PROBE_SILENCE)
		return (x->ike->code);
	return (x->echo->answer == PROBE_ANSWER ? "silent-port" :
	    "silent-host");
}

/* What stands between a word and the next, or the end. */
static void
between(const char *facts, const char *word, const char *next, char *buf,
    size_t cap)
{
	const char *s = strstr(facts, word);
	size_t n;

	buf[0] = '\0';
	if (s == NULL)
		return;
	s += strlen(word);
	next = strstr(s, next);
	n = next != NULL ? (size_t)(next - s) : strlen(s);
	(void)snprintf(buf, cap, "%.*s", (int)n, s);
}

/* What ike says of both ends: "theirs a, ours b".  Either may be a list of
 * proposals; of ours the first counts. */
static void
ike_facts(struct exam *x)
{
	between(x->ike->facts, "theirs ", ", ours ", x->theirs,
	    sizeof(x->theirs));
	between(x->ike->facts, "ours ", ", ", x->ours, sizeof(x->ours));
	x->facts.facts = x->ike->facts;
	x->facts.ours = x->ours;
	x->facts.theirs = x->theirs;
}

static void
ike(struct exam *x)
{
	const struct ctl_ike *k = x->ike;
	char span[FMT_MAX];

	if (ike_works(x)) {
		rung(x, "ike", DIAG_OK, "established %s as %s%s%s",
		    fmt_uptime(k->established_s, span), k->initiator ?
		    "initiator" : "responder", k->nat_local || k->nat_remote ?
		    ", NAT on the way" : "", x->t->weak ? ", weak" : "");
		return;
	}
	if (x->failed)
		rung(x, "ike", DIAG_FAIL, "%s", "");
	else if (x->t->state == TUN_DISABLED) {
		/* as it is meant to be: nothing above it is wrong */
		rung(x, "ike", DIAG_WARN, "disabled");
		cause(x, ike_code(x));
		x->failed = true;
	} else if (k == NULL) {
		rung(x, "ike", DIAG_FAIL, "the process is away");
		cause(x, ike_code(x));
	} else {
		rung(x, "ike", DIAG_FAIL, "%s, %u handshake%s begun: %s",
		    k->state, k->tries, k->tries == 1 ? "" : "s",
		    k->reason[0] != '\0' ? k->reason :
		    "nothing failed so far");
		ike_facts(x);
		cause(x, ike_code(x));
	}
}

static const struct ctl_espsa *
half(const struct exam *x, enum sa_dir dir)
{
	return (x->sa == NULL ? NULL : join_espsa(x->d, x->t->tid, dir,
	    dir == SA_IN ? x->sa->spi_in : x->sa->spi_out));
}

/*
 * What goes out gets no answer.  A pair that is new has had no time.  One that
 * replaced another may be idle, but for Hellos: those of a neighbour that is
 * FULL came by it, or by the one before it a moment ago.
 */
static bool
one_way(const struct exam *x, const struct ctl_espsa *in,
    const struct ctl_espsa *out)
{
	bool hellos = x->t->ospf && x->nbr != NULL &&
	    strcmp(x->nbr->state, "FULL") != 0;

	return (in->packets == 0 && out->packets > 0 &&
	    x->sa->created_s >= IDLE_S && (x->sa->rekeys == 0 || hellos));
}

static void
sa(struct exam *x)
{
	const struct ctl_espsa *in = half(x, SA_IN), *out = half(x, SA_OUT);
	char span[FMT_MAX];

	if (x->failed || x->sa == NULL) {
		rung(x, "sa", DIAG_FAIL, "no pair of ESP SAs%s%s",
		    x->ike != NULL && x->ike->reason[0] != '\0' ? ": " : "",
		    x->ike != NULL ? x->ike->reason : "");
		if (x->worst == DIAG_FAIL && x->sa == NULL && ike_works(x)) {
			ike_facts(x);
			cause(x, x->ike->code[0] != '\0' ? x->ike->code :
			    "no-child");
		}
		return;
	}
	if (in == NULL || out == NULL) {
		rung(x, "sa", DIAG_WARN, "%s %s, counters not known",
		    x->sa->suite, ipsec_mode_names[x->sa->mode]);
		return;
	}
	if (one_way(x, in, out)) {
		(void)fmt_span(x->sa->created_s, span);
		rung(x, "sa", DIAG_FAIL, "%llu packets out, none in for %s",
		    (unsigned long long)out->packets, span);
		note(x, "%s", span);
		cause(x, x->sa->udp ? "no-esp-in-udp" : "no-esp-in");
		return;
	}
	rung(x, "sa", DIAG_OK, "%s %s%s, %llu packets in, %llu out",
	    x->sa->suite, ipsec_mode_names[x->sa->mode], x->sa->udp ?
	    " in UDP" : "", (unsigned long long)in->packets,
	    (unsigned long long)out->packets);
	if (x->ike != NULL && x->ike->code[0] != '\0') {
		/* of a success there is none: something failed after it */
		rung(x, "sa", DIAG_WARN, "%s%s", strcmp(x->ike->code,
		    "esp-in-udp") == 0 ? "" : "works, but since then: ",
		    x->ike->reason);
		ike_facts(x);
		cause(x, x->ike->code);
	}
	if (in->drop_auth > 0) {
		note(x, "%llu", (unsigned long long)in->drop_auth);
		rung(x, "sa", DIAG_WARN, "%s packets with a wrong check value",
		    x->note);
		cause(x, "esp-auth");
	}
}

static void
clear(struct exam *x)
{
	uint64_t n = x->gre != NULL ? x->gre->drop_clear : 0;
	char age[FMT_MAX];

	if (x->gre == NULL || n == 0) {
		rung(x, "no clear", DIAG_OK, "%s", x->gre != NULL ?
		    "0 GRE packets came in clear" : "not known");
		return;
	}
	note(x, "%llu", (unsigned long long)n);
	if (x->gre->clear_age_s >= CLEAR_RECENT_S) {
		rung(x, "no clear", DIAG_OK, "%s GRE packets came in clear, "
		    "the last %s ago", x->note,
		    fmt_span(x->gre->clear_age_s, age));
		return;
	}
	rung(x, "no clear", DIAG_WARN, "%s GRE packets came in clear, dropped",
	    x->note);
	if (!x->failed)
		cause(x, "clear-gre");
}

static void
gre(struct exam *x)
{
	const struct ctl_esptun *g = x->gre;
	char rtt[FMT_MAX], age[FMT_MAX], echo[4 * FMT_MAX] = "";
	char keep[FMT_MAX] = "";

	if (g == NULL) {
		rung(x, "gre", DIAG_WARN, "not known");
		return;
	}
	if (g->rtt_us != 0)
		(void)snprintf(echo, sizeof(echo), ", inner ping %s (%s ago)",
		    fmt_rtt(g->rtt_us, rtt), fmt_span(g->rtt_age_s, age));
	if (g->keepalives > 0)
		(void)snprintf(keep, sizeof(keep), ", %llu keepalives answered",
		    (unsigned long long)g->keepalives);
	rung(x, "gre", DIAG_OK, "%llu packets in, %llu out, MTU %u%s%s",
	    (unsigned long long)g->rx_packets,
	    (unsigned long long)g->tx_packets, x->t->mtu, echo, keep);
}

/* When the last Hello came and what it said. */
static void
hello(struct exam *x, const struct ctl_nbr *n)
{
	char when[FMT_MAX];

	if (n->hello[0] == '\0')
		return;
	(void)snprintf(x->seen, sizeof(x->seen), "%s %s",
	    fmt_when(((int64_t)time(NULL) - n->hello_age_s) * 1000, WHEN_FULL,
	    when), n->hello);
	x->facts.seen = x->seen;
}

/* The timers of both ends: ours, and those of the last Hello. */
static void
timers(struct exam *x)
{
	const struct ctl_ospfif *o = join_ospfif(x->d, x->t->tid);
	struct cause_timers *ours = &x->facts.timers[0];
	struct cause_timers *theirs = &x->facts.timers[1];
	unsigned int hello, dead;

	if (o != NULL)
		*ours = (struct cause_timers){ .hello_ms = o->hello_ms,
		    .dead_s = o->dead_ms / 1000 };
	if (sscanf(x->nbr->hello, "hello %u dead %u ", &hello, &dead) == 2 &&
	    hello <= UINT16_MAX)
		*theirs = (struct cause_timers){ .hello_ms = hello * 1000,
		    .dead_s = dead };
}

/*
 * Whether packets go on coming in that are no echoes, so that they must be the
 * Hellos that ospf does not get.  Of an SA by which some were heard the count
 * tells nothing.  The rates are those of esp's own probes: two requests and two
 * answers in 300 s, or of who gets no answer two in 30 s, and some at the start.
 */
static bool
kept_out(const struct exam *x, const struct ctl_espsa *in,
    const struct ctl_ospfif *o)
{
	uint64_t age = x->sa->created_s, hellos, echoes;

	if (o->hello_ms == 0 || in->last_s * 1000ULL > o->hello_ms + 1000ULL ||
	    (x->nbr->hello[0] != '\0' &&
	    x->nbr->hello_age_s * 1000ULL <= o->dead_ms))
		return (false);
	if (x->nbr->hello[0] != '\0' && x->nbr->hello_age_s <= age)
		return (true);
	hellos = age * 1000 / o->hello_ms;
	echoes = 12 + (x->gre != NULL && x->gre->rtt_us != 0 ? age * 4 / 300 :
	    age * 2 / 30) + (x->gre != NULL ? x->gre->keepalives : 0);
	return (hellos > 0 && in->packets >= echoes + hellos / 2);
}

/* What the silence of OSPF comes from, where the packets below it tell. */
static const char *
ospf_code(struct exam *x)
{
	const struct ctl_ospfif *o = join_ospfif(x->d, x->t->tid);
	const struct ctl_espsa *in = half(x, SA_IN);
	char span[FMT_MAX];

	if (x->nbr->code[0] == '\0')
		return ("not-full");
	if (strcmp(x->nbr->code, "nothing-heard") != 0 || in == NULL ||
	    o == NULL)
		return (x->nbr->code);
	if (in->last_s * 1000ULL > o->dead_ms && x->echo != NULL &&
	    x->echo->answer == PROBE_SILENCE) {
		note(x, "%s", fmt_span(in->last_s, span));
		return ("nothing-comes");
	}
	return (kept_out(x, in, o) ? "no-ospf-in" : x->nbr->code);
}

static void
ospf(struct exam *x)
{
	const struct ctl_nbr *n = x->nbr;
	char span[FMT_MAX], id[ADDR_TEXT_MAX], count[FMT_MAX] = "";

	if (!x->t->ospf) {
		rung(x, "ospf", DIAG_OK, "left to another program");
		return;
	}
	if (n == NULL) {
		rung(x, "ospf", DIAG_WARN, "not known");
		return;
	}
	x->facts.ours = n->ours;
	x->facts.theirs = n->theirs;
	if (strcmp(n->state, "FULL") == 0) {
		rung(x, "ospf", DIAG_OK, "FULL with %s for %s",
		    ip4_text(n->router_id, id), fmt_uptime(n->uptime_s, span));
		if (n->code[0] != '\0' && !x->failed) {
			rung(x, strcmp(n->code, "mtu") == 0 ? "mtu" : "ospf",
			    DIAG_WARN, "%s", n->reason);
			cause(x, n->code);
		}
		return;
	}
	if (x->failed) {
		rung(x, "ospf", DIAG_FAIL, "%s", "");
		return;
	}
	if (n->refused > 0 && n->theirs[0] != '\0')
		(void)snprintf(count, sizeof(count), " (%u packets refused)",
		    n->refused);
	rung(x, "ospf", DIAG_FAIL, "%s%s%s%s", n->state,
	    n->reason[0] != '\0' ? ": " : "", n->reason, count);
	hello(x, n);
	timers(x);
	cause(x, ospf_code(x));
}

/* What the kernel does with p: 0 not there, 1 by this tunnel, 2 by another. */
static const struct ctl_fib *
fib_of(const struct data *d, const struct prefix *p)
{
	const struct ctl_fib *f;
	size_t i;

	for (i = 0; (f = data_at(d, CTL_FIB, i)) != NULL; i++)
		if (strcmp(f->kind, "ospf") == 0 && prefix_eq(&f->prefix, p))
			return (f);
	return (NULL);
}

/* One network that lies behind the tunnel. */
static void
network(struct exam *x, const struct prefix *p, unsigned int *direct)
{
	const struct ctl_tunnel *via;
	const struct ctl_rib *r;
	const struct ctl_fib *f;
	char text[PREFIX_TEXT_MAX], own[PREFIX_TEXT_MAX];
	bool seen = false;
	size_t i;

	(void)prefix_text(p, text);
	for (i = 0; (r = data_at(x->d, CTL_RIB, i)) != NULL; i++) {
		if (!prefix_covers(p, &r->prefix))
			continue;
		seen = true;
		(void)prefix_text(&r->prefix, own);
		f = fib_of(x->d, &r->prefix);
		if (f != NULL && !f->installed) {
			rung(x, "routes", DIAG_FAIL, "%s is not in the kernel",
			    own);
			note(x, "%s", own);
			cause(x, "not-installed");
			return;
		}
		if (join_detour(x->d, x->t, r, &via))
			rung(x, "routes", DIAG_WARN, "%s goes via %s", own,
			    via->name);
		else
			(*direct)++;
	}
	if (seen)
		return;
	rung(x, "routes", DIAG_FAIL, "nothing inside %s is announced", text);
	note(x, "%s", text);
	cause(x, "nothing-announced");
}

static void
routes(struct exam *x)
{
	struct prefix_list l;
	unsigned int direct = 0;
	size_t i;

	join_networks(x->t, &l);
	if (!x->t->ospf) {
		rung(x, "routes", DIAG_OK, "left to another program");
		return;
	}
	if (x->failed || l.n == 0) {
		rung(x, "routes", DIAG_OK, "no network is configured there");
		return;
	}
	for (i = 0; i < l.n && !x->failed; i++)
		network(x, &l.v[i], &direct);
	if (!x->failed && direct > 0)
		rung(x, "routes", DIAG_OK, "%u by this tunnel", direct);
}

/* The chain that drops what goes between LAN and tunnel. */
static void
forwarded(struct exam *x, const char *chain)
{
	rung(x, "forward", DIAG_WARN, "nft chain %s drops what is forwarded",
	    chain);
	note(x, "%s", chain);
	if (!x->failed)
		cause(x, "forward-drop");
}

bool
diag_silent(const struct data *d, const struct ctl_tunnel *t)
{
	static const char *const codes[] = { "no-answer", "no-answer-4500",
	    "no-answer-auth", "port-unreachable", "host-unreachable",
	    "no-route", "lost" };
	const struct ctl_ike *k = join_ike(d, t->tid);
	size_t i;

	if (k == NULL || strcmp(k->state, "ESTABLISHED") == 0)
		return (false);
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(k->code, codes[i]) == 0)
			return (true);
	return (false);
}

/* Whether it was asked for all that can be asked, and nothing came back. */
static bool
unanswered(const struct rows *probes, const struct ctl_tunnel *t)
{
	const struct view_probe *p;
	size_t i, n = 0;

	for (i = 0; i < probes->n; i++) {
		p = rows_at(probes, i);
		if (strcmp(p->site, t->name) != 0)
			continue;
		if (p->answer != PROBE_SILENCE)
			return (false);
		n++;
	}
	return (n > 0);
}

bool
diag_all_silent(const struct data *d, const struct rows *probes,
    char by[static IFACE_NAME_MAX])
{
	const struct ctl_tunnel *t;
	const struct ctl_path *p;
	const struct ctl_ike *k;
	unsigned int n = 0;
	size_t i;

	by[0] = '\0';
	for (i = 0; (t = data_at(d, CTL_TUNNEL, i)) != NULL; i++) {
		if (t->state == TUN_DISABLED)
			continue;
		/* who may be anywhere has to begin */
		k = join_ike(d, t->tid);
		if (t->remote.family == ADDR_NONE && k != NULL &&
		    strcmp(k->state, "ESTABLISHED") != 0)
			continue;
		if (!diag_silent(d, t) || !unanswered(probes, t))
			return (false);
		n++;
		p = join_path(d, t->tid);
		if (p != NULL && by[0] == '\0')
			memcpy(by, p->ifname, sizeof(p->ifname));
	}
	return (n > 1);
}

/* Whether what this host has in common for all tunnels is right for others. */
static void
others(struct exam *x)
{
	const struct ctl_ike *k;
	const struct ctl_nbr *n;
	size_t i;

	for (i = 0; (k = data_at(x->d, CTL_IKE, i)) != NULL; i++)
		x->others_ike |= k->tid != x->t->tid &&
		    strcmp(k->state, "ESTABLISHED") == 0;
	for (i = 0; (n = data_at(x->d, CTL_NBR, i)) != NULL; i++)
		x->others_full |= n->tid != x->t->tid &&
		    strcmp(n->state, "FULL") == 0;
}

static const struct view_probe *
probe_of(const struct rows *probes, const struct ctl_tunnel *t,
    enum probe_what what)
{
	const struct view_probe *p;
	size_t i;

	for (i = 0; i < probes->n; i++) {
		p = rows_at(probes, i);
		if (p->what == what && strcmp(p->site, t->name) == 0)
			return (p);
	}
	return (NULL);
}

enum diag_verdict
diag_tunnel(const struct data *d, const struct ctl_tunnel *t,
    const struct rows *probes, const char *dropped_by, struct rows *rungs,
    struct rows *causes)
{
	const struct ctl_summary *s = data_at(d, CTL_SUMMARY, 0);
	struct exam x = { .d = d, .t = t, .echo = probe_of(probes, t, PROBE_ECHO),
	    .port = probe_of(probes, t, PROBE_500),
	    .rungs = rungs, .causes = causes, .path = join_path(d, t->tid),
	    .ike = join_ike(d, t->tid), .sa = join_sa(d, t->tid),
	    .gre = join_esptun(d, t->tid), .nbr = join_nbr(d, t->tid) };

	rungs->t = &view_rung_fld;
	causes->t = &view_cause_fld;
	(void)snprintf(x.local, sizeof(x.local), "%s",
	    t->local.family != ADDR_NONE ? addr_text(&t->local, x.note) :
	    "this site");
	(void)snprintf(x.peer, sizeof(x.peer), "%s",
	    t->remote.family != ADDR_NONE ? addr_text(&t->remote, x.note) :
	    t->name);
	x.facts = (struct cause_facts){ .here = s != NULL ? s->site : "",
	    .there = t->name, .local = x.local, .peer = x.peer,
	    .ifname = t->ifname, .facts = "", .ours = "", .theirs = "",
	    .seen = "", .file = s != NULL ? s->config : "the file",
	    .mesh = t->mesh, .foreign = t->platform[0] != '\0',
	    .inner_local = t->inner_local,
	    .inner_peer = t->inner_peer, .inner_len = t->inner_len,
	    .mtu = t->mtu, .fits = t->mtu_fits };
	others(&x);
	underlay(&x);
	ike(&x);
	sa(&x);
	clear(&x);
	gre(&x);
	ospf(&x);
	routes(&x);
	if (dropped_by[0] != '\0' && x.t->state != TUN_DISABLED)
		forwarded(&x, dropped_by);
	if (x.no_memory) {
		errno = ENOMEM;
		return (DIAG_N);
	}
	return (x.worst);
}
