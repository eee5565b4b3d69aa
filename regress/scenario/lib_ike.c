/* SPDX-License-Identifier: ISC */
/* See lib_ike.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike_wire.h"
#include "lib/ed25519.h"
#include "lib_ike.h"
#include "lib_seed.h"

enum flight_kind { FL_DATAGRAM, FL_SA_DONE, FL_SA_DEL, FL_PACKET };

struct flight {
	struct flight		*next;
	enum flight_kind	 kind;
	struct mono		 at;
	size_t			 to;
	struct addr		 src, dst;
	uint16_t		 sport, dport;
	struct sa_done		 done;
	struct sa_spec		 sa;	/* added, or FL_PACKET went under */
	struct sa_ref		 ref;
	size_t			 from;
	size_t			 len;
	uint8_t			 data[];
};

uint64_t
world_random(struct world *w, uint64_t bound)
{
	return (bound == 0 ? 0 : seed_next(&w->rng) % bound);
}

static void
set_id(struct ike_ident *id, const char *name)
{
	id->type = IKE_ID_FQDN;
	id->n_data = (uint16_t)strlen(name);
	memcpy(id->data, name, id->n_data);
}

static void
node_config(struct world *w, size_t i)
{
	static const char *const names[NODES] = { "a.test", "b.test",
	    "c.test", "d.test" };
	static const char psk[] = "correct horse battery staple";
	struct node *n = &w->node[i];
	struct ike_tunnel *t = &n->cfg;

	n->addr = addr_v4(0xc6336401 + (uint32_t)i);
	t->tid = TID;
	snprintf(t->name, sizeof(t->name), "t%zu", i);
	t->local = n->addr;
	t->remote = addr_v4(0xc6336401 + (uint32_t)(1 - (i & 1)));
	set_id(&t->local_id, names[i]);
	set_id(&t->remote_id, names[1 - (i & 1)]);
	t->auth = AUTH_PSK;
	t->n_ike = t->n_esp = 1;
	t->ike[0] = seed_prop(PROTO_IKE, "aes128gcm16-prfsha256-x25519");
	t->esp[0] = seed_prop(PROTO_ESP, "aes128gcm16");
	t->mode = MODE_TRANSPORT;
	t->ts_proto = 47;
	t->start = START_AUTO;
	t->lower_id = i == 0;
	t->nat = NAT_AUTO;
	t->dpd_s = 10;
	t->replay_window = 1024;
	n->secret.tid = TID;
	n->secret.auth = AUTH_PSK;
	n->secret.n_psk = sizeof(psk) - 1;
	memcpy(n->secret.psk, psk, sizeof(psk) - 1);
}

static void
node_new(struct world *w, size_t i)
{
	struct node *n = &w->node[i];

	n->rng_state = seed_next(&w->rng);
	n->rng.fill = seed_fill;
	n->rng.ctx = &n->rng_state;
	n->par.rng = &n->rng;
	n->par.ke = &ike_ke_seeded;
	n->e = ike_engine_new(&n->par, w->now);
	if (n->e == NULL)
		abort();
	n->n_in = n->n_out = 0;
	n->done = false;
	memset(&n->state, 0, sizeof(n->state));
}

void
world_init(struct world *w, uint64_t seed)
{
	size_t i;

	memset(w, 0, sizeof(*w));
	w->rng = seed;
	w->n = 2;
	w->now.ns = NS_S(1000);
	w->delay_min = NS_MS(5);
	w->delay_max = NS_MS(6);
	w->next_traffic = w->now;
	w->watch = true;
	for (i = 0; i < w->n; i++) {
		node_config(w, i);
		node_new(w, i);
	}
}

void
world_raw_keys(struct world *w)
{
	uint8_t pub[2][32];
	size_t i;

	for (i = 0; i < 2; i++) {
		w->node[i].cfg.auth = w->node[i].secret.auth = AUTH_ED25519;
		w->node[i].secret.n_psk = 0;
		w->node[i].secret.n_priv = 32;
		memset(w->node[i].secret.priv, (int)(i + 1), 32);
		MUST(ed25519_public(w->node[i].secret.priv, pub[i]) == 0);
	}
	for (i = 0; i < 2; i++) {
		memcpy(w->node[i].cfg.local_pub, pub[i], 32);
		memcpy(w->node[i].cfg.remote_pub, pub[1 - i], 32);
		memcpy(w->node[i].secret.remote_pub, pub[1 - i], 32);
	}
}

void
world_nat(struct world *w)
{
	w->nat = true;
	w->nat_addr = addr_v4(0xcb007109);
	w->nat_shift = 20000;
}

void
world_free(struct world *w)
{
	struct flight *f;
	size_t i;

	for (i = 0; i < w->n; i++)
		ike_engine_free(w->node[i].e);
	while ((f = w->flights) != NULL) {
		w->flights = f->next;
		free(f);
	}
}

/* --- the network --- */

static struct flight *
flight(struct world *w, enum flight_kind kind, int64_t delay, size_t to,
    const void *data, size_t len)
{
	struct flight *f = calloc(1, sizeof(*f) + len), **at;

	if (f == NULL)
		abort();
	f->kind = kind;
	f->at = mono_add(w->now, delay);
	f->to = to;
	f->len = len;
	if (len > 0)
		memcpy(f->data, data, len);
	for (at = &w->flights; *at != NULL && (*at)->at.ns <= f->at.ns;
	    at = &(*at)->next)
		;
	f->next = *at;
	*at = f;
	return (f);
}

static int64_t
delay(struct world *w)
{
	return (w->delay_min + (int64_t)world_random(w,
	    (uint64_t)(w->delay_max - w->delay_min)));
}

/* Who has that address; NAT undone.  false: nobody. */
static bool
reach(struct world *w, const struct addr *dst, uint16_t *port, size_t *to)
{
	size_t i;

	if (w->nat && addr_eq(dst, &w->nat_addr)) {
		*port = (uint16_t)(*port - w->nat_shift);
		*to = 0;
		return (*port == IKE_PORT || *port == IKE_PORT_NATT);
	}
	for (i = 0; i < w->n; i++)
		if (addr_eq(dst, &w->node[i].addr) && !(w->nat && i == 0)) {
			*to = i;
			return (true);
		}
	return (false);
}

void
world_forge(struct world *w, const struct addr *src, uint16_t sport,
    size_t to, uint16_t dport, const uint8_t *data, size_t len)
{
	struct flight *f = flight(w, FL_DATAGRAM, delay(w), to, data, len);

	f->src = *src;
	f->sport = sport;
	f->dst = w->node[to].addr;
	f->dport = dport;
}

static void
transmit(struct world *w, size_t from, const struct ike_tx *tx)
{
	struct addr src = w->node[from].addr;
	uint16_t sport = tx->local_port, dport = tx->remote_port;
	uint8_t data[20000];
	struct ike_tx t = *tx;
	unsigned int copies;
	size_t to;

	memcpy(data, tx->data, tx->len);
	t.data = data;
	w->datagrams++;
	if (getenv("IKE_TRACE") != NULL && tx->len >= 28)
		fprintf(stderr, "%10.3f %zu > %02x%02x exchange %u flags %02x "
		    "mid %u len %zu\n", (double)w->now.ns / 1e9, from,
		    data[0], data[8], data[18], data[19], data[23], tx->len);
	if (w->cut || (w->tap != NULL && !w->tap(w, from, &t, data)))
		return;
	if (w->nat && from == 0) {
		src = w->nat_addr;
		sport = (uint16_t)(sport + w->nat_shift);
	}
	if (!reach(w, &tx->remote, &dport, &to))
		return;
	copies = world_random(w, 100) < w->dup ? 2 : 1;
	while (copies-- > 0)
		if (world_random(w, 100) >= w->loss)
			world_forge(w, &src, sport, to, dport, data, t.len);
}

/* --- data path and keys --- */

/* The data path has it and says so after dp_delay. */
static void
sa_add(struct world *w, size_t i, const struct sa_spec *s)
{
	struct node *n = &w->node[i];
	struct flight *f = flight(w, FL_SA_DONE, w->dp_delay, i, NULL, 0);

	f->done = (struct sa_done){ .tid = s->tid, .dir = s->dir,
	    .spi = s->spi };
	f->sa = *s;
	if (n->refuse > 0) {
		n->refuse--;
		f->done.error = n->refuse_error;
	}
}

static void
sa_added(struct node *n, const struct sa_spec *s)
{
	if (s->dir == SA_IN) {
		if (n->n_in == SAS)
			abort();
		n->first[n->n_in] = false;
		n->in[n->n_in++] = *s;
	} else {
		if (n->n_out == SAS)
			abort();
		n->out[n->n_out++] = *s;
	}
}

static void
sa_deleted(struct node *n, const struct sa_ref *r)
{
	struct sa_spec *v = r->dir == SA_IN ? n->in : n->out;
	size_t *count = r->dir == SA_IN ? &n->n_in : &n->n_out, k;

	for (k = 0; k < *count && v[k].spi != r->spi; k++)
		;
	if (k == *count)
		return;
	(*count)--;
	memmove(&v[k], &v[k + 1], (*count - k) * sizeof(*v));
	if (r->dir == SA_IN)
		memmove(&n->first[k], &n->first[k + 1],
		    (*count - k) * sizeof(n->first[0]));
}

static void	drain(struct world *w, size_t i);

static void
ask_keys(struct world *w, size_t i, const struct ike_output *o)
{
	struct node *n = &w->node[i];
	struct keys_auth q = *o->keys;
	struct keys_done d;
	struct ike_input in = { .type = IKE_IN_AUTH_DONE, .keys = &d };

	if (n->keys_away)
		return;
	if (o->type == IKE_OUT_KEYS_VERIFY) {
		keys_auth_verify(&n->secret, &q, &d);
		in.type = IKE_IN_VERIFY_DONE;
	} else
		keys_auth_make(&n->secret, &q, &d);
	ike_engine_step(n->e, w->now, &in);
}

static void
take(struct world *w, size_t i, const struct ike_output *o)
{
	struct node *n = &w->node[i];

	switch (o->type) {
	case IKE_OUT_DATAGRAM:
		transmit(w, i, &o->tx);
		break;
	case IKE_OUT_KEYS_AUTH:
	case IKE_OUT_KEYS_VERIFY:
		ask_keys(w, i, o);
		break;
	case IKE_OUT_SA_ADD:
		sa_add(w, i, o->sa);
		break;
	case IKE_OUT_SA_DEL:
		flight(w, FL_SA_DEL, w->dp_delay, i, NULL, 0)->ref = o->ref;
		break;
	case IKE_OUT_STATE:
		n->n_states++;
		if (n->state.child_up && !o->state.child_up)
		if (n->state.child_up && !o->state.child_up)
			n->n_down++;
		n->state = o->state;
		break;
	case IKE_OUT_EVENT:
		if (strcmp(o->event->what, "ike-fail") == 0) {
			n->n_fails++;
			memcpy(n->last_fail, o->event->text,
			    sizeof(n->last_fail));
		}
		if (strcmp(o->event->what, "unknown-peer") == 0) {
			n->n_unknown++;
			memcpy(n->last_unknown, o->event->text,
			    sizeof(n->last_unknown));
		}
		if (getenv("IKE_TRACE") != NULL)
			fprintf(stderr, "%10.3f %zu %s %s\n",
			    (double)w->now.ns / 1e9, i, o->event->what,
			    o->event->text);
		break;
	case IKE_OUT_DONE:
		n->done = true;
		break;
	}
}

static void
drain(struct world *w, size_t i)
{
	struct ike_output o;

	while (ike_engine_pop(w->node[i].e, &o))
		take(w, i, &o);
}

void
node_in(struct world *w, size_t i, const struct ike_input *in)
{
	ike_engine_step(w->node[i].e, w->now, in);
	drain(w, i);
}

void
node_start(struct world *w, size_t i)
{
	node_in(w, i, &(struct ike_input){ .type = IKE_IN_BEGIN });
	node_in(w, i, &(struct ike_input){ .type = IKE_IN_TUNNEL,
	    .tunnel = &w->node[i].cfg });
	node_in(w, i, &(struct ike_input){ .type = IKE_IN_COMMIT });
}

void
node_crash(struct world *w, size_t i)
{
	ike_engine_free(w->node[i].e);
	node_new(w, i);
}

void
node_kick(struct world *w, size_t i, enum ike_kick_what k)
{
	struct ike_kick kick = { .tid = TID, .what = k };

	node_in(w, i, &(struct ike_input){ .type = IKE_IN_KICK,
	    .kick = &kick });
}

/* --- traffic --- */

static void
arrive(struct world *w, const struct flight *f)
{
	struct node *n = &w->node[f->to];
	struct sa_evidence v = { .what = EVID_FIRST_IN, .tid = TID,
	    .dir = SA_IN, .spi = f->sa.spi };
	size_t k;

	if (w->esp == ESP_CUT || (w->esp == ESP_IN_UDP && !f->sa.udp))
		return;
	for (k = 0; k < n->n_in; k++)
		if (n->in[k].spi == f->sa.spi)
			break;
	if (k == n->n_in || !seed_same_keys(&n->in[k], &f->sa)) {
		if (getenv("IKE_TRACE") != NULL)
			fprintf(stderr, "%10.3f %zu LOST spi %08x\n",
			    (double)w->now.ns / 1e9, f->from, f->sa.spi);
		w->node[f->from].lost++;
		return;
	}
	if (n->first[k])
		return;
	n->first[k] = true;
	node_in(w, f->to, &(struct ike_input){ .type = IKE_IN_EVIDENCE,
	    .evidence = &v });
}

static void
traffic(struct world *w)
{
	struct flight *f;
	struct node *n;
	size_t i;

	w->next_traffic = mono_add(w->now, NS_MS(10));
	for (i = 0; i < 2 && w->watch && !w->cut; i++) {
		n = &w->node[i];
		if (n->n_out == 0) {
			n->lost += n->state.child_up;
			continue;
		}
		n->sent++;
		f = flight(w, FL_PACKET, delay(w), 1 - i, NULL, 0);
		f->sa = n->out[n->n_out - 1];
		f->from = i;
	}
}

/* --- time --- */

/* An answer to a DELETE has come: as strongSwan does, no packet under the SA
 * that went is taken any more. */
static void
forget_old(struct node *n, const struct flight *f)
{
	size_t head = f->dport == IKE_PORT_NATT ? 4 : 0;

	if (f->len > head + 19 && f->data[head + 18] == EXCH_INFORMATIONAL &&
	    (f->data[head + 19] & IKE_F_RESPONSE) != 0 && n->n_in > 1) {
		n->in[0] = n->in[n->n_in - 1];
		n->first[0] = n->first[n->n_in - 1];
		n->n_in = 1;
	}
}

static void
land(struct world *w, struct flight *f)
{
	struct ike_rx rx = { .local = f->dst, .remote = f->src,
	    .local_port = f->dport, .remote_port = f->sport,
	    .data = f->data, .len = f->len };

	if (w->node[f->to].frozen)
		return;
	if (f->kind == FL_PACKET)
		arrive(w, f);
	else if (f->kind == FL_SA_DEL)
		sa_deleted(&w->node[f->to], &f->ref);
	else if (f->kind == FL_SA_DONE) {
		if (f->done.error == 0)
			sa_added(&w->node[f->to], &f->sa);
		node_in(w, f->to, &(struct ike_input){
		    .type = IKE_IN_SA_DONE, .sa_done = &f->done });
	} else {
		node_in(w, f->to, &(struct ike_input){
		    .type = IKE_IN_DATAGRAM, .rx = &rx });
		if (w->node[f->to].abrupt)
			forget_old(&w->node[f->to], f);
	}
}

static struct mono
next_event(struct world *w)
{
	struct mono next = w->watch ? w->next_traffic : MONO_NEVER;
	size_t i;

	if (w->flights != NULL)
		next = mono_min(next, w->flights->at);
	for (i = 0; i < w->n; i++)
		if (!w->node[i].frozen)
			next = mono_min(next, ike_engine_next(w->node[i].e));
	return (next);
}

/* The next thing happens, if that is not after end. */
static bool
advance(struct world *w, struct mono end)
{
	struct mono next = next_event(w);
	struct flight *f;
	size_t i;

	if (next.ns > end.ns) {
		w->now = end;
		return (false);
	}
	if (next.ns > w->now.ns)
		w->now = next;
	if (w->watch && mono_due(w->next_traffic, w->now))
		traffic(w);
	while ((f = w->flights) != NULL && mono_due(f->at, w->now)) {
		w->flights = f->next;
		land(w, f);
		free(f);
	}
	for (i = 0; i < w->n; i++)
		if (!w->node[i].frozen && mono_due(ike_engine_next(
		    w->node[i].e), w->now))
			node_in(w, i, &(struct ike_input){
			    .type = IKE_IN_TICK });
	return (true);
}

void
world_run(struct world *w, int64_t ms)
{
	struct mono end = mono_add(w->now, NS_MS(ms));

	while (advance(w, end))
		;
}

bool
world_until(struct world *w, int64_t ms, bool (*ok)(struct world *))
{
	struct mono end = mono_add(w->now, NS_MS(ms));

	do {
		if (ok(w))
			return (true);
	} while (advance(w, end));
	return (ok(w));
}

static bool
sends(const struct node *a, const struct node *b)
{
	size_t k;

	if (a->n_out == 0)
		return (false);
	for (k = 0; k < b->n_in; k++)
		if (b->in[k].spi == a->out[a->n_out - 1].spi)
			return (seed_same_keys(&b->in[k], &a->out[a->n_out - 1]));
	return (false);
}

bool
world_up(struct world *w)
{
	return (w->node[0].state.child_up && w->node[1].state.child_up &&
	    sends(&w->node[0], &w->node[1]) &&
	    sends(&w->node[1], &w->node[0]));
}

static bool
count_is(struct world *w, size_t want)
{
	size_t i, half, ikes, children;

	for (i = 0; i < 2; i++) {
		ike_engine_count(w->node[i].e, &half, &ikes, &children);
		if (half != 0 || ikes != want || children != want ||
		    w->node[i].n_in != want || w->node[i].n_out != want)
			return (false);
	}
	return (true);
}

bool
world_one(struct world *w)
{
	return (world_up(w) && count_is(w, 1));
}

bool
world_none(struct world *w)
{
	return (count_is(w, 0));
}

static void
dump_row(void *ctx, const struct fld_table *t, const void *obj)
{
	const struct ctl_ike *i = obj;
	const struct ctl_sa *s = obj;

	(void)ctx;
	if (t == &ctl_ike_fld)
		fprintf(stderr, "   ike %s %016llx %016llx init %d: %s\n",
		    i->state, (unsigned long long)i->spi_i,
		    (unsigned long long)i->spi_r, i->initiator, i->reason);
	else
		fprintf(stderr, "   child in %08x out %08x current %d\n",
		    s->spi_in, s->spi_out, s->current);
}

void
world_dump(struct world *w)
{
	struct ctl_req req = { .arg = 0 };
	size_t i, half, ikes, children;
	const struct ike_stats *s;
	struct node *n;
	int d;

	for (i = 0; i < w->n; i++) {
		n = &w->node[i];
		ike_engine_count(n->e, &half, &ikes, &children);
		fprintf(stderr, "%zu: half %zu ike %zu child %zu, in %zu out "
		    "%zu, up %d/%d, lost %llu of %llu, %s\n", i, half, ikes,
		    children, n->n_in, n->n_out, n->state.ike_up,
		    n->state.child_up, (unsigned long long)n->lost,
		    (unsigned long long)n->sent, n->last_fail);
		(void)ike_engine_show(n->e, w->now, CTL_IKE, &req, dump_row,
		    NULL);
		(void)ike_engine_show(n->e, w->now, CTL_SA, &req, dump_row,
		    NULL);
		s = ike_engine_stats(n->e);
		for (d = 1; d < IKE_D_N; d++)
			if (s->drops[d] > 0)
				fprintf(stderr, "   drop %s: %llu\n",
				    ike_drop_names[d],
				    (unsigned long long)s->drops[d]);
	}
}

void
world_case(Suite *s, const char *name, const TTest *t, int n)
{
	const char *seed = getenv("IKE_SEED");
	int first = seed != NULL ? (int)strtol(seed, NULL, 10) : 0;
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, t, first, seed != NULL ? first + 1 : n);
	suite_add_tcase(s, tc);
}
