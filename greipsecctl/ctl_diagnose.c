/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  See ctl_diagnose.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "greipsecctl/ctl_diagnose.h"
#include "greipsecctl/ctl_json.h"
#include "greipsecctl/ctl_nft.h"
#include "greipsecctl/ctl_probe.h"
#include "greipsecctl/ctl_text_diag.h"

/* The first it cannot do without. */
static const uint16_t needs[] = { CTL_TUNNEL, CTL_SUMMARY, CTL_WARN, CTL_PATH,
    CTL_IKE, CTL_SA, CTL_ESPSA, CTL_ESPTUN, CTL_NBR, CTL_OSPFIF, CTL_RIB,
    CTL_FIB, 0 };

struct result {
	struct rows	probes;
	struct rows	all_rungs, all_causes;	/* for JSON */
	char		dropped_by[FORWARD_WHERE_MAX];
	unsigned int	n, bad, warned;
	bool		failed;			/* no memory */
};

static bool
is_meant(const struct command *cmd, const struct ctl_tunnel *t)
{
	return (cmd->match[0] == '\0' || strcmp(cmd->match, t->name) == 0);
}

static void
append(struct rows *to, const struct rows *from, struct result *res)
{
	size_t i;

	to->t = from->t;
	for (i = 0; i < from->n; i++)
		if (rows_add(to, rows_at(from, i)) == -1)
			res->failed = true;
}

/* Ask the peers of all, at once. */
static void
probe(const struct data *d, const struct command *cmd, struct result *res)
{
	struct view_probe p;
	const struct ctl_tunnel *t;
	size_t i;
	int what;

	res->probes.t = &view_probe_fld;
	for (i = 0; (t = data_at(d, CTL_TUNNEL, i)) != NULL; i++) {
		if (!is_meant(cmd, t) || t->remote.family == ADDR_NONE)
			continue;
		memset(&p, 0, sizeof(p));
		memcpy(p.site, t->name, sizeof(p.site));
		p.from = t->local;
		p.to = t->remote;
		for (what = 0; what < (diag_silent(d, t) ? PROBE_WHATS :
		    PROBE_500); what++) {
			p.what = (enum probe_what)what;
			if (rows_add(&res->probes, &p) == -1)
				res->failed = true;
		}
	}
	probe_run((struct view_probe *)(void *)res->probes.v, res->probes.n);
}

/* one: it alone was asked for, so its ladder is shown in any case. */
static void
examine(const struct data *d, const struct ctl_tunnel *t, bool one,
    const struct out *o, bool json, struct result *res)
{
	struct rows rungs = { .n = 0 }, causes = { .n = 0 };
	enum diag_verdict v;

	v = diag_tunnel(d, t, &res->probes, res->dropped_by, &rungs, &causes);
	res->n++;
	res->bad += v == DIAG_FAIL;
	res->warned += v == DIAG_WARN;
	res->failed |= v == DIAG_N;
	if (json) {
		append(&res->all_rungs, &rungs, res);
		append(&res->all_causes, &causes, res);
	} else if (!one && v == DIAG_OK)
		text_well(o, t);
	else {
		if (res->n > 1)
			fputc('\n', o->f);
		text_ladder(o, t, &rungs, &res->probes, &causes);
	}
	rows_free(&rungs);
	rows_free(&causes);
}

/* What is wrong with this host as such. */
static void
host(const struct data *d, const struct out *o)
{
	const struct ctl_warn *w;
	size_t i;

	for (i = 0; (w = data_at(d, CTL_WARN, i)) != NULL; i++) {
		if (i == 0)
			fprintf(o->f, "\nThis host:\n");
		out_wrap(o, w->bad ? PAINT_BAD : PAINT_WARN, "  ", 4, w->text);
	}
}

static bool
host_is_bad(const struct data *d)
{
	const struct ctl_warn *w;
	size_t i;

	for (i = 0; (w = data_at(d, CTL_WARN, i)) != NULL; i++)
		if (w->bad)
			return (true);
	return (false);
}

/* What the packet filter of this host does to all tunnels. */
static void
filters(struct data *d, struct result *res)
{
	struct forward *f = forward_new(d);
	struct ctl_warn w = { .bad = false };

	res->failed |= f == NULL ||
	    nft_look(data_rows(d, CTL_WARN), f) == -1;
	if (f != NULL &&
	    forward_judge(f, res->dropped_by) == FORWARD_MAY_DROP) {
		(void)snprintf(w.text, sizeof(w.text), "nft chain %s drops "
		    "what no rule accepts, and none names gs-*: it may drop "
		    "what is forwarded between the LAN and the tunnels",
		    res->dropped_by);
		res->dropped_by[0] = '\0';
		res->failed |= rows_add(data_rows(d, CTL_WARN), &w) == -1;
	}
	forward_free(f);
}

/* No peer answers, which is hardly the fault of each. */
static void
line(struct data *d, struct result *res)
{
	struct ctl_warn w = { .bad = true };
	char by[IFACE_NAME_MAX];

	if (!diag_all_silent(d, &res->probes, by))
		return;
	(void)snprintf(w.text, sizeof(w.text), "no peer answers anything, not "
	    "even a ping: the line of this host is down, or its default route "
	    "is wrong (now by %s), or a packet filter here drops it",
	    by[0] != '\0' ? by : "none");
	res->failed |= rows_add(data_rows(d, CTL_WARN), &w) == -1;
}

static void
print_json(const struct data *d, const struct out *o, struct result *res)
{
	json_begin(o->f, (int64_t)time(NULL), "diagnose");
	json_list(o->f, "rungs", &res->all_rungs);
	json_list(o->f, "probes", &res->probes);
	json_list(o->f, "causes", &res->all_causes);
	json_list(o->f, "host", data_get(d, CTL_WARN));
	json_missing(o->f, d);
	json_end(o->f);
}

int
ctl_diagnose(struct client *c, const struct command *cmd, const struct out *o,
    bool json)
{
	struct data d = { .rows = { { .n = 0 } } };
	struct result res = { .n = 0 };
	const struct ctl_tunnel *t;
	int rv;
	size_t i;

	if (ctl_fetch(c, needs, &d) == -1) {
		data_free(&d);
		return (EXIT_USAGE);
	}
	filters(&d, &res);
	probe(&d, cmd, &res);
	line(&d, &res);
	for (i = 0; (t = data_at(&d, CTL_TUNNEL, i)) != NULL; i++)
		if (is_meant(cmd, t))
			examine(&d, t, cmd->match[0] != '\0', o, json, &res);
	if (json)
		print_json(&d, o, &res);
	else if (cmd->match[0] == '\0')
		host(&d, o);
	if (!json)
		ctl_say_missing(o, &d);
	/* of one site only what is said about it counts */
	rv = res.bad > 0 || (cmd->match[0] == '\0' && host_is_bad(&d)) ?
	    EXIT_WRONG : EXIT_GOOD;
	if (res.n == 0 && cmd->match[0] != '\0') {
		(void)snprintf(c->why, sizeof(c->why), "%s: no such tunnel",
		    cmd->match);
		rv = EXIT_USAGE;
	} else if (res.failed) {
		(void)snprintf(c->why, sizeof(c->why), "%s", strerror(ENOMEM));
		rv = EXIT_USAGE;
	}
	rows_free(&res.probes);
	rows_free(&res.all_rungs);
	rows_free(&res.all_causes);
	data_free(&d);
	return (rv);
}
