/* SPDX-License-Identifier: ISC */
/* runs in: ike.  Rows for show; no keys are in them. */
#include <stdio.h>
#include <string.h>

#include "ike/ike_int.h"

typedef void	row_fn(void *, const struct fld_table *, const void *);

/* The SA worth showing: in use, else the one that has come farthest. */
static const struct ike_sa *
shown(const struct tun *t)
{
	const struct ike_sa *s, *best = tun_sa(t);

	if (best != NULL)
		return (best);
	TAILQ_FOREACH(s, &t->sas, entry)
		if (s->state != SA_GONE)
			best = s;
	return (best);
}

/* Seconds between; 0 for never. */
static uint32_t
span_s(struct mono at, struct mono from)
{
	int64_t ns = at.ns == MONO_NEVER.ns ? 0 : mono_sub(at, from);

	return (ns <= 0 ? 0 : (uint32_t)(ns / NS_S(1)));
}

static void
ike_row(const struct tun *t, struct mono now, row_fn *row, void *ctx)
{
	struct ctl_ike r = { .tid = t->cfg.tid, .tries = t->tries };
	const struct ike_sa *s = shown(t);
	size_t n;

	memcpy(r.name, t->cfg.name, sizeof(r.name));
	(void)snprintf(r.state, sizeof(r.state), "%s", t->down ? "DOWN" :
	    s == NULL ? "WAITING" : s->lost ? "LOST" :
	    sa_state_names[s->state]);
	r.local = t->cfg.local;
	r.remote = t->cfg.remote;
	if (s != NULL) {
		r.initiator = s->initiator;
		r.spi_i = s->spi_i;
		r.spi_r = s->spi_r;
		r.local = s->local;
		r.remote = s->remote;
		r.local_port = s->lport;
		r.remote_port = s->rport;
		r.nat_local = s->nat_local;
		r.nat_remote = s->nat_remote;
		n = strnlen(s->peer_id, sizeof(r.remote_id) - 1);
		memcpy(r.remote_id, s->peer_id, n);
		if (s->suite.encr != 0)
			(void)ike_suite_text(&s->suite, r.suite);
		if (s->state >= SA_UP) {
			r.established_s = mono_age_s(s->established, now);
			r.rekey_in_s = span_s(s->soft, now);
		}
	}
	r.offered = tun_may_begin(t);
	if (t->reason != IKE_R_NONE) {
		(void)snprintf(r.code, sizeof(r.code), "%s",
		    ike_reason_codes[t->reason]);
		memcpy(r.facts, t->facts, sizeof(r.facts));
		n = strlen(ike_reason_names[t->reason]);
		memcpy(r.reason, ike_reason_names[t->reason], n + 1);
		if (t->facts[0] != '\0')
			(void)snprintf(r.reason + n, sizeof(r.reason) - n,
			    ": %s", t->facts);
	}
	else if (t->in_udp && s != NULL && s->udp && s->state >= SA_UP) {
		(void)snprintf(r.code, sizeof(r.code), "esp-in-udp");
		(void)snprintf(r.reason, sizeof(r.reason), "IP protocol 50 "
		    "does not pass: ESP goes in UDP 4500");
	}
	row(ctx, &ctl_ike_fld, &r);
}

static void
sa_row(const struct tun *t, const struct child *c, struct mono now,
    row_fn *row, void *ctx)
{
	struct ctl_sa r = { .tid = t->cfg.tid, .spi_in = c->spi_in,
	    .spi_out = c->spi_out, .mode = c->form.mode, .udp = c->sa->udp,
	    .esn = c->suite.esn, .local = c->sa->local,
	    .remote = c->sa->remote,
	    .replay_window = t->cfg.replay_window, .rekeys = t->rekeys };

	memcpy(r.name, t->cfg.name, sizeof(r.name));
	r.local_port = c->sa->lport;
	r.remote_port = c->sa->rport;
	(void)ike_child_text(&c->suite, r.suite);
	r.created_s = mono_age_s(c->created, now);
	r.soft_s = span_s(c->soft, c->created);
	r.hard_s = span_s(c->hard, c->created);
	r.current = c == t->cur;
	row(ctx, &ctl_sa_fld, &r);
}

static void
counter(row_fn *row, void *ctx, const char *name, uint64_t n)
{
	struct ctl_counter r = { .role = "ike", .n = n };

	(void)snprintf(r.name, sizeof(r.name), "%s", name);
	row(ctx, &ctl_counter_fld, &r);
}

static void
counters(const struct ike_engine *e, row_fn *row, void *ctx)
{
	const struct ike_stats *s = &e->stats;
	char name[48];
	int i;

	counter(row, ctx, "received", s->rx);
	counter(row, ctx, "sent", s->tx);
	counter(row, ctx, "retransmits", s->retransmits);
	counter(row, ctx, "responses repeated", s->repeats);
	counter(row, ctx, "cookies asked for", s->cookies);
	counter(row, ctx, "handshakes begun", s->begun);
	counter(row, ctx, "handshakes answered", s->answered);
	counter(row, ctx, "ike sas up", s->ike_up);
	counter(row, ctx, "child sas up", s->child_up);
	counter(row, ctx, "ike sas rekeyed", s->ike_rekeys);
	counter(row, ctx, "child sas rekeyed", s->child_rekeys);
	counter(row, ctx, "collisions", s->collisions);
	counter(row, ctx, "liveness probes", s->probes);
	counter(row, ctx, "half-open", e->n_half);
	for (i = IKE_D_NONE + 1; i < IKE_D_N; i++) {
		(void)snprintf(name, sizeof(name), "drop: %s",
		    ike_drop_names[i]);
		counter(row, ctx, name, s->drops[i]);
	}
}

int
ike_engine_show(struct ike_engine *e, struct mono now, uint16_t type,
    const struct ctl_req *req, row_fn *row, void *ctx)
{
	const struct child *c;
	const struct tun *t;

	if (type == CTL_COUNTER) {
		counters(e, row, ctx);
		return (0);
	}
	if (type != CTL_IKE && type != CTL_SA)
		return (-1);
	TAILQ_FOREACH(t, &e->tuns, entry) {
		if (req->match[0] != '\0' &&
		    strcmp(req->match, t->cfg.name) != 0)
			continue;
		if (type == CTL_IKE) {
			ike_row(t, now, row, ctx);
			continue;
		}
		TAILQ_FOREACH(c, &t->children, entry)
			if (c->state > CH_NEW && c->state < CH_LINGER)
				sa_row(t, c, now, row, ctx);
	}
	return (0);
}
