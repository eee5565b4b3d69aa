/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See apply.h.  Every message to a role comes from a
 * difference: of the configuration in force and a new one, or of none and the
 * one in force when a role was replaced.
 *
 * ike gets its tunnels when keys and esp have theirs: what it negotiates
 * earlier could neither be proved nor installed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "greipsecd/apply.h"
#include "greipsecd/daemon.h"
#include "greipsecd/events.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mtu.h"
#include "lib/secret.h"

/* Which pair of struct app's ike_fd goes with what. */
static const struct ike_sock ike_socks[4] = {
	{ ADDR_V4, 500 }, { ADDR_V6, 500 }, { ADDR_V4, 4500 },
	{ ADDR_V6, 4500 }
};

/* An ospf that lived no longer may have died of what it was given. */
#define KEEP_LIFE	NS_S(5)
/* Reservations are far between; more than these are no engine's. */
#define SEQ_EVERY	NS_S(1)
#define SEQ_BURST	16
#define GRACE_MARGIN_S	20	/* for keys and databases, beside a dead
				   interval */

static bool
is_on(const struct conf_tunnel *ct)
{
	return (ct != NULL && !ct->disabled);
}

static bool
there(const struct app *a, enum role r)
{
	return (a->configured[r] && priv_chan(r) != NULL);
}

static struct app_tunnel *
by_conf(const struct app *a, const struct conf_tunnel *ct)
{
	size_t i;

	for (i = 0; ct != NULL && i < a->n_tunnels; i++)
		if (a->tunnels[i]->ct == ct)
			return (a->tunnels[i]);
	return (NULL);
}

static int
dup_fd(int fd)
{
	return (fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

void
apply_kick(uint32_t tid, enum ike_kick_what what)
{
	struct ike_kick k = { .tid = tid, .what = what };

	if (priv_chan(ROLE_IKE) != NULL)
		(void)priv_send(ROLE_IKE, M_IKE_KICK, -1, &ike_kick_fld, &k);
}

/* A tunnel that the peer begins begins anew when what is there has ended. */
static void
restart_theirs(const struct app_tunnel *t)
{
	if (t->down || t->ct->disabled || (t->ct->ike.start != START_RESPOND &&
	    t->ct->ike.remote.family != ADDR_NONE))
		return;
	apply_kick(t->tid, KICK_DOWN);
	apply_kick(t->tid, KICK_UP);
}

void
apply_order(struct app *a, struct app_tunnel *t, enum ike_kick_what what)
{
	struct app_tunnel *v;
	size_t i;

	for (i = 0; i < a->n_tunnels; i++) {
		v = a->tunnels[i];
		if (t != NULL && t != v)
			continue;
		if (what == KICK_DOWN || what == KICK_UP)
			v->down = what == KICK_DOWN;
		else if (what == KICK_RESTART)
			restart_theirs(v);
	}
	apply_kick(t != NULL ? t->tid : 0, what);
}

void
apply_try(struct app *a)
{
	size_t i;

	for (i = 0; i < a->n_tunnels; i++)
		/* one that is lost may still have what it sends with */
		if (is_on(a->tunnels[i]->ct) && !a->tunnels[i]->ike.ike_up &&
		    there(a, ROLE_IKE))
			apply_kick(a->tunnels[i]->tid, KICK_TRY_NOW);
}

int
apply_dp(struct app *a, struct app_tunnel *t, bool reopen)
{
	struct esp_tunnel e = t->ct->esp;
	uint32_t index = t->index;

	(void)a;
	e.tid = t->tid;
	e.mtu = t->mtu;
	e.inner_local = t->ct->inner_local;
	e.inner_peer = t->ct->inner_peer;
	if (t->ct->mss_auto)
		e.mss = mtu_mss(t->mtu);
	if (t->dp->ops->tunnel_set(t->dp, &e, t->ct->ifname, reopen,
	    &index) == -1)
		return (-1);
	t->index = index;
	return (0);
}

void
apply_ospf_iface(struct app *a, struct app_tunnel *t, bool fresh)
{
	struct ospf_iface i = t->ct->ospf;
	int fd = -1;

	if (!there(a, ROLE_OSPF) || t->ospf_fd == -1 || t->ct->ospf_off)
		return;
	i.tid = t->tid;
	i.iid = t->iid;
	i.ifindex = t->index;
	i.mtu = t->mtu;
	i.up = t->up;
	if (fresh && (fd = dup_fd(t->ospf_fd)) == -1) {
		log_warn("%s: OSPF socket", t->ct->name);
		return;
	}
	(void)priv_send(ROLE_OSPF, M_OSPF_IFACE, fd, &ospf_iface_fld, &i);
	wipe(i.keys, sizeof(i.keys));
}

void
apply_ospf_link(struct app *a, const struct app_tunnel *t)
{
	struct ospf_link l = { .iid = t->iid, .up = t->up, .mtu = t->mtu,
	    .ifindex = t->index };

	if (there(a, ROLE_OSPF) && t->ospf_fd != -1 && !t->ct->ospf_off)
		(void)priv_send(ROLE_OSPF, M_OSPF_LINK, -1, &ospf_link_fld,
		    &l);
}

void
apply_leave(struct app *a, uint32_t grace_s)
{
	struct ospf_leave l = { .grace_s = grace_s };

	if (priv_chan(ROLE_OSPF) == NULL ||
	    priv_send(ROLE_OSPF, M_OSPF_LEAVE, -1, &ospf_leave_fld, &l) == -1)
		return;
	a->state.grace_s = grace_s;
	(void)app_keep(a);
}

/*
 * How long ospf may restart gracefully: when the life before ended without a
 * word, so recently that a neighbour may still wait for its Hello, and the
 * kernel forwards as it did.  Once; what comes after its own end is the matter
 * of M_OSPF_KEEP.
 */
static uint32_t
grace(struct app *a)
{
	uint32_t dead_s = 0;
	int64_t away_s = a->away_s + mono_age_s(a->since, mono_now());
	size_t i;

	if (!a->crashed)
		return (0);
	a->crashed = false;
	if (a->conf->global.ospf.grace != GRACE_FULL)
		return (0);
	for (i = 0; i < a->n_tunnels; i++)
		if (a->tunnels[i]->ct->ospf.dead_ms / 1000 > dead_s)
			dead_s = a->tunnels[i]->ct->ospf.dead_ms / 1000;
	if (!fib_ospf_left(a->fib) || away_s > (a->waited_s != 0 ?
	    a->waited_s : dead_s + DAEMON_ALIVE_S))
		return (0);
	return (dead_s + GRACE_MARGIN_S);
}

void
apply_ospf_global(struct app *a)
{
	struct ospf_global g = a->conf->global.ospf;

	/* it is told all when it comes */
	if (!there(a, ROLE_OSPF))
		return;
	g.grace_s = grace(a);
	g.seq = state_seq(&a->state, wall_ms() / 1000);
	a->seq_given = g.seq;
	a->seq_rate = ratelimit_make(SEQ_EVERY, SEQ_BURST);
	g.stub_router = a->forward_off;
	(void)priv_send(ROLE_OSPF, M_OSPF_GLOBAL, -1, &ospf_global_fld, &g);
}

/* The parts of one change that each role is told; was, is: whether the tunnel
 * is to be up by the old and the new configuration. */

static void
change_keys(struct app *a, const struct conf_change *ch,
    const struct app_tunnel *t, bool was, bool is)
{
	struct ike_tid id = { .tid = t->tid };
	struct keys_secret s;

	(void)a;
	if (!is) {
		if (was)
			(void)priv_send(ROLE_KEYS, M_KEYS_SECRET_DEL, -1,
			    &ike_tid_fld, &id);
		return;
	}
	if (was && !ch->secret)
		return;
	s = ch->new->secret;
	s.tid = t->tid;
	(void)priv_send(ROLE_KEYS, M_KEYS_SECRET, -1, &keys_secret_fld, &s);
	wipe(&s, sizeof(s));
}

static void
change_ike(struct app *a, const struct conf_change *ch,
    const struct app_tunnel *t, bool was, bool is)
{
	struct ike_tid id = { .tid = t->tid };
	struct ike_tunnel i;

	(void)a;
	if (!is) {
		if (was)
			(void)priv_send(ROLE_IKE, M_IKE_TUNNEL_DEL, -1,
			    &ike_tid_fld, &id);
		return;
	}
	if (was && !ch->ike)
		return;
	i = ch->new->ike;
	i.tid = t->tid;
	(void)priv_send(ROLE_IKE, M_IKE_TUNNEL, -1, &ike_tunnel_fld, &i);
	if (!was && t->down)
		apply_kick(t->tid, KICK_DOWN);
}

static void
change_ospf(struct app *a, const struct conf_change *ch, struct app_tunnel *t,
    bool was, bool is)
{
	struct ospf_iid id = { .iid = t->iid };

	if (!is) {
		if (was)
			(void)priv_send(ROLE_OSPF, M_OSPF_IFACE_DEL, -1,
			    &ospf_iid_fld, &id);
		return;
	}
	if (!was || ch->ospf)
		apply_ospf_iface(a, t, !was);
}

static void
change_esp(struct app *a, const struct conf_change *ch, struct app_tunnel *t,
    bool was, bool is)
{
	/* a new one is opened by kernel_links(), which tells esp of it */
	if (was && is && t->index != 0 && (ch->esp || ch->link))
		(void)apply_dp(a, t, false);
}

static void
send_socks(struct app *a)
{
	int i;

	for (i = 0; i < 4; i++)
		if (a->ike_fd[i] != -1)
			(void)priv_send(ROLE_IKE, M_IKE_SOCK,
			    dup_fd(a->ike_fd[i]), &ike_sock_fld,
			    &ike_socks[i]);
}

/* Stubs that one configuration has and the other has not. */
static void
stubs(struct app *a, const struct conf_global *from,
    const struct conf_global *not, bool del)
{
	size_t i, k;

	for (i = 0; from != NULL && i < from->n_announces; i++) {
		for (k = 0; not != NULL && k < not->n_announces; k++)
			if (prefix_eq(&from->announces[i].prefix,
			    &not->announces[k].prefix))
				break;
		if (not == NULL || k == not->n_announces)
			lan_stub(a, &from->announces[i], del);
	}
}

/* What the ospf before this one knew, unless it died so soon that this may be
 * what killed it. */
static void
send_keep(const struct app *a)
{
	struct ospf_keep k = { .size = OSPF_KEEP_SIZE };

	if (a->ospf_keep != -1)
		(void)priv_send(ROLE_OSPF, M_OSPF_KEEP, dup_fd(a->ospf_keep),
		    &ospf_keep_fld, &k);
}

/* What a role is told beside the tunnels; old NULL: it has nothing yet. */
static void
send_globals(struct app *a, enum role r, const struct conf *old,
    const struct conf_diff *d)
{
	/* who has no tunnel needs no socket */
	bool first = (old == NULL || old->n_tunnels == 0) &&
	    a->conf->n_tunnels > 0;

	if (r == ROLE_IKE && first)
		send_socks(a);
	if (r == ROLE_ESP && first)
		a->dp->ops->worker(a->dp, true);
	if (r != ROLE_OSPF)
		return;
	if (d->ospf_global)
		apply_ospf_global(a);
	if (old == NULL)
		lan_replay(a);
	else if (d->networks) {
		stubs(a, &old->global, &a->conf->global, true);
		stubs(a, &a->conf->global,
		    old->global.lan_metric == a->conf->global.lan_metric ?
		    &old->global : NULL, false);
	}
}

static void
send_change(struct app *a, enum role r, const struct conf_change *ch)
{
	struct app_tunnel *t = by_conf(a, ch->new != NULL ? ch->new : ch->old);
	bool was = is_on(ch->old), is = is_on(ch->new);

	if (t == NULL || ch->op == CONF_SAME)
		return;
	switch (r) {
	case ROLE_KEYS:
		change_keys(a, ch, t, was, is);
		break;
	case ROLE_IKE:
		change_ike(a, ch, t, was, is);
		break;
	case ROLE_OSPF:
		change_ospf(a, ch, t, was && !ch->old->ospf_off,
		    is && !ch->new->ospf_off);
		break;
	case ROLE_ESP:
		change_esp(a, ch, t, was, is);
		break;
	default:
		break;
	}
}

/* Send a role the difference; old NULL: all of it. */
static void
send_role(struct app *a, enum role r, const struct conf *old,
    const struct conf_diff *d)
{
	struct m_gen g = { .generation = a->generation };
	size_t i;

	(void)priv_send(r, M_CONF_BEGIN, -1, &m_gen_fld, &g);
	a->configured[r] = true;
	if (d != NULL) {
		send_globals(a, r, old, d);
		for (i = 0; i < d->n_changes; i++)
			send_change(a, r, &d->changes[i]);
	}
	(void)priv_send(r, M_CONF_COMMIT, -1, &m_gen_fld, &g);
}

/* Everything to a role that has nothing. */
static void
replay(struct app *a, enum role r)
{
	struct conf_diff *d = NULL;

	if (a->conf != NULL && (d = conf_diff(NULL, a->conf)) == NULL) {
		priv_fault(r, "no memory for its configuration");
		return;
	}
	send_role(a, r, NULL, d);
	conf_diff_free(d);
}

void
apply_role(struct app *a, enum role r, struct mono now)
{
	if (r == ROLE_OSPF) {
		a->ospf_since = now;
		send_keep(a);
	}
	if (r == ROLE_IKE)
		a->ike_life++;
	else
		replay(a, r);
	if (!a->configured[ROLE_IKE] && priv_chan(ROLE_IKE) != NULL &&
	    there(a, ROLE_KEYS) && there(a, ROLE_ESP))
		replay(a, ROLE_IKE);
	else if (r == ROLE_ESP && a->sa_lost) {
		/* rule 9: esp begins without SAs; ike makes new ones */
		apply_kick(0, KICK_REKEY_CHILD);
	}
	if (r == ROLE_ESP)
		a->sa_lost = false;
}

static void
forget_sas(struct app_tunnel *t)
{
	struct app_sa *s;

	while ((s = t->sas) != NULL) {
		t->sas = s->next;
		free(s);
	}
}

static void
esp_gone(struct app *a, struct mono now)
{
	struct app_tunnel *t;
	size_t i;

	a->dp->ops->worker(a->dp, false);
	for (i = 0; i < a->n_tunnels; i++) {
		t = a->tunnels[i];
		/* or again, before there were new ones */
		if (t->sas != NULL || t->sa_lost)
			a->sa_lost = t->sa_lost = true;
		forget_sas(t);
		apply_state(a, t, now);
		/* its successor would not know that the path was narrow, and
		 * never find it wide again */
		t->pmtu = 0;
		apply_mtu(a, t);
	}
}

void
apply_role_gone(struct app *a, enum role r, struct mono now)
{
	size_t i;

	a->configured[r] = false;
	a->acked[r] = 0;
	if (priv_stopping())
		return;
	if (r == ROLE_ESP)
		esp_gone(a, now);
	/* its successor has none, and does not say so */
	for (i = 0; r == ROLE_IKE && i < a->n_tunnels; i++)
		a->tunnels[i]->ike.ike_up = false;
	if (r != ROLE_OSPF)
		return;
	/* its routes and neighbours stay until the successor has its own */
	fib_ospf_stale(a->fib);
	for (i = 0; i < a->n_tunnels; i++)
		a->tunnels[i]->full_old = a->tunnels[i]->full;
	if (a->ospf_keep != -1 && mono_sub(now, a->ospf_since) < KEEP_LIFE &&
	    os_memory_clear(a->ospf_keep, OSPF_KEEP_SIZE) == -1)
		log_warn("memory of ospf");
}

/* Why it is not, or no longer, what it should be. */
static const char *
state_text(const struct app_tunnel *t, enum tunnel_state old, char *buf,
    size_t cap)
{
	const char *lost = t->dead_timer ? "dead timer" : "neighbor lost";

	if (t->state == TUN_DEGRADED)
		(void)snprintf(buf, cap, "protected, OSPF is not FULL%s%s",
		    old == TUN_UP ? ": " : "", old == TUN_UP ? lost : "");
	else if (t->state == TUN_DOWN && t->index == 0 && t->open_error != 0)
		(void)snprintf(buf, cap, "interface %s: %s", t->ct->ifname,
		    strerror(t->open_error));
	else if (t->state == TUN_DOWN)
		(void)snprintf(buf, cap, "no ESP SA%s%s", t->sa_lost ?
		    ": new ones are negotiated" : t->ike.why[0] != '\0' ? ": " :
		    "", t->sa_lost ? "" : t->ike.why);
	else
		buf[0] = '\0';
	return (buf);
}

void
apply_state(struct app *a, struct app_tunnel *t, struct mono now)
{
	bool protected = t->ike.child_up && !t->sa_lost;
	enum tunnel_state s = TUN_DOWN, old = t->state;
	char text[96];

	if (t->ct->disabled)
		s = TUN_DISABLED;
	else if (protected && t->index != 0)
		s = t->full || t->ct->ospf_off ? TUN_UP : TUN_DEGRADED;
	if (protected && !t->up && t->index != 0 && !t->cut) {
		t->up = true;
		apply_ospf_link(a, t);
	}
	if (s == t->state)
		return;
	t->state = s;
	t->since = now;
	app_again(a, 0, 0);	/* the status is told */
	events_main(SUBSYS_MAIN, t->tid, t->ct->name, tunnel_state_names[s],
	    "%s", state_text(t, old, text, sizeof(text)));
}

bool
apply_can_send(const struct app_tunnel *t)
{
	const struct app_sa *s;

	for (s = t->sas; s != NULL; s = s->next)
		if (s->ref.dir == SA_OUT)
			return (true);
	return (false);
}

struct mono
apply_old_sas(struct app *a, struct mono now)
{
	struct mono next = MONO_NEVER;
	struct app_sa *s, **at;
	struct app_tunnel *t;
	size_t i;

	for (i = 0; i < a->n_tunnels; i++) {
		t = a->tunnels[i];
		if (!mono_due(t->old_sas_due, now)) {
			next = mono_min(next, t->old_sas_due);
			continue;
		}
		t->old_sas_due = MONO_NEVER;
		for (at = &t->sas; (s = *at) != NULL;) {
			if (s->life >= t->old_life) {
				at = &s->next;
				continue;
			}
			(void)t->dp->ops->sa_del(t->dp, &s->ref);
			*at = s->next;
			free(s);
		}
	}
	return (next);
}

/* It is no longer configured, or disabled.  Rule 1: what keeps unprotected
 * packets in goes after the interface. */
static void
tunnel_off(struct app *a, struct app_tunnel *t, const struct conf_tunnel *ct)
{
	(void)t->dp->ops->tunnel_del(t->dp, t->tid);
	if (t->index != 0 &&
	    os_link_del(a->os, t->index, ct->ifname) == -1)
		log_warn("%s: not removed", ct->ifname);
	(void)t->dp->ops->policy(t->dp, &ct->local, &ct->peer, false);
	if (t->ospf_fd != -1)
		(void)close(t->ospf_fd);
	t->ospf_fd = -1;
	t->index = 0;
	t->up = t->full = false;
	t->pmtu = 0;
	memset(&t->ike, 0, sizeof(t->ike));
	forget_sas(t);
}

void
apply_tunnel_free(struct app_tunnel *t)
{
	if (t->ospf_fd != -1)
		(void)close(t->ospf_fd);
	forget_sas(t);
	free(t);
}

static struct app_tunnel *
tunnel_new(struct app *a, const struct conf_tunnel *ct, struct mono now)
{
	struct app_tunnel *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return (NULL);
	t->tid = a->next_tid++;
	t->iid = a->next_iid++;
	t->ct = ct;
	t->dp = a->dp;
	(void)t->dp->ops->policy(t->dp, &ct->local, &ct->peer, true);
	t->ospf_fd = -1;
	t->rp_was = -1;
	t->since = now;
	t->old_sas_due = t->down_due = MONO_NEVER;
	t->state = ct->disabled ? TUN_DISABLED : TUN_DOWN;
	return (t);
}

/* Make the tunnels that are new; they are appended, as yet uncounted. */
static int
make_new(struct app *a, const struct conf_diff *d, size_t *n, struct mono now)
{
	struct app_tunnel **v;
	size_t i;

	*n = 0;
	v = reallocarray(a->tunnels, a->n_tunnels + d->n_changes + 1,
	    sizeof(*v));
	if (v == NULL)
		return (-1);
	a->tunnels = v;
	for (i = 0; i < d->n_changes; i++) {
		if (d->changes[i].op != CONF_ADD)
			continue;
		v[a->n_tunnels + *n] = tunnel_new(a, d->changes[i].new, now);
		if (v[a->n_tunnels + *n] == NULL) {
			while (*n > 0)
				free(v[a->n_tunnels + --*n]);
			return (-1);
		}
		(*n)++;
	}
	return (0);
}

static int
set_guards(struct app *a, const struct conf *c, struct mono now)
{
	struct prefix *p;
	size_t i, n = c->global.n_guards;
	int rv;

	if ((p = calloc(n + 1, sizeof(*p))) == NULL)
		return (-1);
	for (i = 0; i < n; i++)
		p[i] = c->global.guards[i].prefix;
	rv = fib_guards_set(a->fib, p, n, now);
	if (rv > 0)
		app_dirty(a, DIRT_ROUTES);
	free(p);
	return (rv == -1 ? -1 : 0);
}

/* What ospf has found stays behind by a moment. */
static void
inner_was(struct app_tunnel *t, const struct conf_tunnel *old,
    const struct conf_tunnel *new)
{
	if (old->inner_local == new->inner_local &&
	    old->inner_peer == new->inner_peer &&
	    old->inner_len == new->inner_len)
		return;
	memmove(t->inner_was + 1, t->inner_was, sizeof(t->inner_was) -
	    sizeof(t->inner_was[0]));
	t->inner_was[0] = (struct app_inner){ .local = old->inner_local,
	    .peer = old->inner_peer, .len = old->inner_len };
}

/* Let the runtime follow the new configuration. */
static void
repoint(struct app *a, const struct conf_diff *d)
{
	const struct conf_change *ch;
	struct app_tunnel *t;
	size_t i;

	for (i = 0; i < d->n_changes; i++) {
		ch = &d->changes[i];
		if (ch->op != CONF_SAME && ch->op != CONF_CHANGE)
			continue;
		t = by_conf(a, ch->old);
		t->ct = ch->new;
		if (!addr_eq(&ch->old->peer, &ch->new->peer)) {
			t->peer_was = ch->old->peer;
			t->roamed |= t->peer_was.family == ADDR_NONE;
		}
		inner_was(t, ch->old, ch->new);
		if (strcmp(ch->old->ifname, ch->new->ifname) == 0)
			continue;
		/* opened by its new name, which may be that of another whose
		 * device is still in use; OSPF tells its routes again */
		(void)t->dp->ops->tunnel_del(t->dp, t->tid);
		forget_sas(t);
		t->sa_lost = true;
		t->index = t->index_was = 0;
		t->pmtu = 0;	/* as esp forgets it */
	}
}

/* After the roles were told: classes of change, ends of tunnels. */
static void
settle(struct app *a, const struct conf_diff *d, struct mono now)
{
	const struct conf_change *ch;
	struct app_tunnel *t;
	size_t i, k;

	for (i = 0; i < d->n_changes; i++) {
		ch = &d->changes[i];
		t = by_conf(a, ch->new != NULL ? ch->new : ch->old);
		if (is_on(ch->old) && !is_on(ch->new))
			tunnel_off(a, t, ch->old);
		else if (is_on(ch->old) && ch->class == CLASS_REKEY)
			apply_kick(t->tid, KICK_REKEY_CHILD);
		/* what is opened anew can take SAs when it is open, see there */
		else if (is_on(ch->old) && ch->class >= CLASS_NEW_IKE) {
			if (t->index != 0)
				apply_kick(t->tid, KICK_RESTART);
			else
				t->sa_lost = true;
		}
		if (ch->op == CONF_DEL)
			t->ct = NULL;
		else
			apply_state(a, t, now);
	}
	for (i = k = 0; i < a->n_tunnels; i++) {
		t = a->tunnels[i];
		if (t->ct == NULL)
			apply_tunnel_free(t);
		else
			a->tunnels[k++] = t;
	}
	a->n_tunnels = k;
}

static void
say_changes(const struct conf_diff *d, const struct conf *c)
{
	size_t i, n[CONF_OP_N] = { 0 };

	for (i = 0; i < d->n_changes; i++)
		n[d->changes[i].op]++;
	events_main(SUBSYS_MAIN, 0, "configuration", "applied",
	    "site %s: %zu tunnels, %zu added, %zu removed, %zu changed",
	    c->global.site[0] != '\0' ? c->global.site : "-", c->n_tunnels,
	    n[CONF_ADD], n[CONF_DEL], n[CONF_CHANGE]);
}

/* Unless the command line asked for more. */
static void
set_log(const struct app *a, const struct conf *c)
{
	static const uint8_t level[CONF_LOG_N] = { LOG_NOTICE, LOG_INFO,
	    LOG_DEBUG };
	struct m_log l = { .level = level[c->global.log] };

	if (a->opt->verbose == 0)
		priv_log(&l);
}

/* For the next start, when its address may come late. */
static void
note_site(const struct app *a, const struct conf *c)
{
	char was[TUNNEL_NAME_MAX];

	if (c->global.site[0] == '\0' || c->global.guessed ||
	    (state_site(a->opt->statedir, was, sizeof(was)) == 0 &&
	    strcmp(was, c->global.site) == 0))
		return;
	if (state_site_write(a->opt->statedir, c->global.site) == -1)
		log_warn("%s/site", a->opt->statedir);
}

int
apply_conf(struct app *a, struct conf *new, struct mono now,
    struct conf **before)
{
	struct conf *old = a->conf;
	struct conf_diff *d;
	bool forward_off = a->forward_off;
	size_t i, n_new;
	int r;

	if ((d = conf_diff(old, new)) == NULL)
		return (-1);
	/* rule 1: the guards of the new one stand before its interfaces */
	if (make_new(a, d, &n_new, now) == -1 ||
	    set_guards(a, new, now) == -1) {
		conf_diff_free(d);
		return (-1);
	}
	kernel_fib(a, now);
	a->conf = new;
	a->loaded_ms = wall_ms();
	a->generation++;
	repoint(a, d);
	a->n_tunnels += n_new;
	for (i = 0; i < a->n_tunnels; i++)
		apply_mtu(a, a->tunnels[i]);
	kernel_forward(a);
	d->ospf_global |= forward_off != a->forward_off;
	for (r = ROLE_MAIN + 1; r < ROLE_N; r++)
		if (there(a, (enum role)r))
			send_role(a, (enum role)r, old, d);
	settle(a, d, now);
	if (d->policy)
		set_log(a, new);
	say_changes(d, new);
	note_site(a, new);
	conf_diff_free(d);
	if (before != NULL)
		*before = old;
	else
		conf_free(old);
	for (i = 0; i < a->n_tunnels; i++)
		apply_state(a, a->tunnels[i], now);
	kernel_outers(a);
	app_dirty(a, DIRT_LINKS | DIRT_LAN | DIRT_FIB | DIRT_NAT | DIRT_GUARDS);
	return (0);
}
