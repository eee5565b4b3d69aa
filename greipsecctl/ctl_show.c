/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  See ctl_show.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "greipsecctl/ctl_json.h"
#include "greipsecctl/ctl_show.h"
#include "greipsecctl/ctl_text.h"
#include "greipsecctl/ctl_view.h"

#define NEEDS_MAX	13	/* with the 0 behind them */

/* A show command: its rows, the first of which it cannot do without; its text;
 * how its rows are joined for JSON, where they are. */
struct show {
	uint16_t	  needs[NEEDS_MAX];	/* 0 ends */
	bool		  by_name;	/* the name goes with the requests */
	int		(*text)(const struct out *, const struct data *);
	int		(*view)(const struct data *, struct rows *);
};

static const struct show shows[SHOW_N] = {
	[SHOW_SUMMARY] = { { CTL_SUMMARY, CTL_PROC, CTL_TUNNEL, CTL_WARN,
	    CTL_FIB, CTL_IKE, CTL_SA, CTL_ESPTUN, CTL_NBR, CTL_OSPFIF,
	    CTL_RIB }, false, text_summary, view_attentions },
	[SHOW_TUNNELS] = { { CTL_TUNNEL, CTL_IKE, CTL_SA, CTL_ESPTUN,
	    CTL_NBR }, true, text_tunnels, view_tunnels },
	[SHOW_NEIGHBORS] = { { CTL_NBR }, true, text_neighbors, NULL },
	[SHOW_INTERFACES] = { { CTL_OSPFIF }, true, text_interfaces, NULL },
	[SHOW_RIB] = { { CTL_RIB, CTL_OSPFIF, CTL_TUNNEL }, false, text_rib,
	    view_ribs },
	[SHOW_FIB] = { { CTL_FIB }, false, text_fib, NULL },
	[SHOW_DATABASE] = { { CTL_LSA, CTL_OSPF }, false, text_database,
	    NULL },
	[SHOW_SA] = { { CTL_SA, CTL_ESPSA, CTL_IKE }, true, text_sa,
	    view_sas },
	[SHOW_IKE] = { { CTL_IKE, CTL_SA }, true, text_ike, view_ikes },
	[SHOW_EVENTS] = { { CTL_EVENTS }, true, text_events, NULL },
	[SHOW_CONFIG] = { { CTL_CONFIG }, false, text_config, NULL },
	[SHOW_PROCESSES] = { { CTL_PROC }, false, text_processes, NULL },
	[SHOW_COUNTERS] = { { CTL_COUNTER }, false, text_counters, NULL }
};

/* --- asking --- */

/* A part that is away is said; what the command is about must be there. */
static int
fetch(struct client *c, const uint16_t *needs, const struct ctl_req *req,
    struct data *d)
{
	struct ctl_end end;
	size_t i;

	for (i = 0; needs[i] != 0; i++) {
		switch (client_ask(c, needs[i], &ctl_req_fld, req,
		    data_rows(d, needs[i]), &end)) {
		case ASK_OK:
			break;
		case ASK_BROKEN:
			return (-1);
		case ASK_REFUSED:
			if (i == 0 && data_n(d, needs[i]) == 0)
				return (-1);
			(void)snprintf(d->missing[needs[i] - CTL_SUMMARY],
			    sizeof(d->missing[0]), "%.63s", end.text);
			c->why[0] = '\0';
			break;
		}
	}
	return (0);
}

int
ctl_fetch(struct client *c, const uint16_t *needs, struct data *d)
{
	struct ctl_req req = { .arg = 0 };

	c->why[0] = '\0';
	return (fetch(c, needs, &req, d));
}

/* --- what the words leave over --- */

static void
keep(struct rows *r, const struct command *cmd,
    bool (*ok)(const void *, const struct command *))
{
	size_t i, n = 0, size = r->t != NULL ? r->t->size : 0;

	for (i = 0; i < r->n; i++) {
		if (!ok(rows_at(r, i), cmd))
			continue;
		if (n != i)
			memcpy(r->v + n * size, r->v + i * size, size);
		n++;
	}
	r->n = n;
}

static bool
near(const struct prefix *p, const struct command *cmd)
{
	return (!cmd->has_prefix || prefix_overlap(p, &cmd->prefix));
}

static bool
rib_ok(const void *row, const struct command *cmd)
{
	return (near(&((const struct ctl_rib *)row)->prefix, cmd));
}

static bool
fib_ok(const void *row, const struct command *cmd)
{
	const struct ctl_fib *f = row;

	return (near(&f->prefix, cmd) && (cmd->fib_kind[0] == '\0' ||
	    strcmp(f->kind, cmd->fib_kind) == 0));
}

static bool
lsa_ok(const void *row, const struct command *cmd)
{
	return (!cmd->self || ((const struct ctl_lsa *)row)->self);
}

static int
rib_order(const void *a, const void *b)
{
	return (prefix_cmp(&((const struct ctl_rib *)a)->prefix,
	    &((const struct ctl_rib *)b)->prefix));
}

static void
select_rows(const struct command *cmd, struct data *d)
{
	struct rows *rib = data_rows(d, CTL_RIB);

	if (cmd->show == SHOW_RIB) {
		keep(rib, cmd, rib_ok);
		if (rib->n > 1)
			qsort(rib->v, rib->n, rib->t->size, rib_order);
	} else if (cmd->show == SHOW_FIB)
		keep(data_rows(d, CTL_FIB), cmd, fib_ok);
	else if (cmd->show == SHOW_DATABASE)
		keep(data_rows(d, CTL_LSA), cmd, lsa_ok);
}

/* --- printing --- */

static int
print_json(const struct command *cmd, const struct out *o, struct data *d)
{
	const struct show *s = &shows[cmd->show];
	const char *kind = show_kind_names[cmd->show];
	struct rows v = { .n = 0 };
	struct view_counts counts;

	json_begin(o->f, (int64_t)time(NULL), kind);
	if (cmd->show == SHOW_SUMMARY) {
		json_list(o->f, "summary", data_rows(d, CTL_SUMMARY));
		json_list(o->f, "processes", data_rows(d, CTL_PROC));
		view_count(d, &counts);
		v.t = &view_counts_fld;
		if (rows_add(&v, &counts) == 0)
			json_list(o->f, "counts", &v);
		rows_free(&v);
		v = (struct rows){ .n = 0 };
		kind = "attention";
	}
	if (cmd->show == SHOW_DATABASE)
		json_list(o->f, "ospf", data_rows(d, CTL_OSPF));
	if (cmd->show == SHOW_CONFIG)
		json_lines(o->f, "lines", data_rows(d, CTL_CONFIG));
	else if (s->view == NULL)
		json_list(o->f, kind, data_rows(d, s->needs[0]));
	else if (s->view(d, &v) == 0)
		json_list(o->f, kind, &v);
	rows_free(&v);
	json_missing(o->f, d);
	json_end(o->f);
	return (0);
}

void
ctl_say_missing(const struct out *o, const struct data *d)
{
	size_t i;

	for (i = 0; i < DATA_TYPES; i++)
		if (d->missing[i][0] != '\0' && !o->quiet)
			out_wrap(o, PAINT_WARN, "! ", 2, d->missing[i]);
}

/* Whether the summary has something bad to say. */
static bool
wrong(const struct data *d)
{
	const struct view_attention *a;
	struct rows v = { .n = 0 };
	bool bad = false;
	size_t i;

	if (view_attentions(d, &v) == -1)
		return (true);
	for (i = 0; i < v.n; i++) {
		a = rows_at(&v, i);
		bad |= a->level == ATT_BAD;
	}
	rows_free(&v);
	return (bad);
}

int
ctl_show(struct client *c, const struct command *cmd, const struct out *o,
    bool json)
{
	struct data d = { .rows = { { .n = 0 } } };
	struct ctl_req req = { .arg = cmd->lsa_type };
	int rv = EXIT_GOOD;

	c->why[0] = '\0';
	if (shows[cmd->show].by_name)
		memcpy(req.match, cmd->match, sizeof(req.match));
	if (fetch(c, shows[cmd->show].needs, &req, &d) == -1) {
		data_free(&d);
		return (EXIT_USAGE);
	}
	select_rows(cmd, &d);
	if ((json ? print_json(cmd, o, &d) : shows[cmd->show].text(o, &d)) ==
	    -1) {
		(void)snprintf(c->why, sizeof(c->why), "%s", strerror(errno));
		rv = EXIT_USAGE;
	} else if (cmd->show == SHOW_SUMMARY && wrong(&d))
		rv = EXIT_WRONG;
	if (!json && rv != EXIT_USAGE && cmd->show != SHOW_SUMMARY)
		ctl_say_missing(o, &d);
	data_free(&d);
	return (rv);
}
