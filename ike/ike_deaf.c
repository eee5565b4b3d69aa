/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  ESP that goes out while none comes in is weighed against what IKE
 * does.  Where IKE passes, the peer may have lost the SAs and not know it, which
 * new ones mend; or IP protocol 50 does not pass, and ESP has to go in UDP.
 */
#include "ike/ike_int.h"

#define DEAF_SILENT	NS_S(10)	/* ESP is, so long, while IKE passes */
#define DEAF_MORE	NS_S(5)		/* esp probes each 4 s */

void
tun_deaf_forget(struct tun *t)
{
	t->deaf = false;
	t->undeaf_at = MONO_NEVER;
}

/* Whether the child in use did carry: then it is that one which ended. */
static bool
carried(const struct tun *t)
{
	return (t->cur != NULL && t->cur->state == CH_UP && t->cur->carried);
}

/* There is a newer one in a moment, whoever asked for it. */
static bool
replacing(const struct tun *t)
{
	const struct child *c;

	TAILQ_FOREACH(c, &t->children, entry)
		if (c->state < CH_UP)
			return (true);
	return (false);
}

static bool
may_go_udp(const struct ike_engine *e, const struct tun *t,
    const struct ike_sa *s)
{
	return (!s->udp && t->cfg.nat == NAT_AUTO &&
	    mono_sub(e->now, t->udp_tried) >= UDP_AGAIN);
}

/*
 * Nothing comes in, which is told as long as it lasts.  If the path is down IKE
 * does not pass either; when it is up again both do, and that ESP does is told
 * in its time.  It is ESP alone that does not when IKE passed all the while
 * since one of these, answers after another (tun_heard), and ESP stays silent.
 */
void
tun_deaf(struct ike_engine *e, struct tun *t)
{
	struct ike_sa *s = tun_sa(t);
	bool again = t->deaf;

	tun_deaf_forget(t);
	if (s == NULL || s->lost || (!carried(t) && !may_go_udp(e, t, s)))
		return;
	/* what is asked again and again tells of a path that is down */
	if (!again || (s->req.ex != EX_NONE && s->req.tries > 2))
		t->passes = MONO_NEVER;
	t->deaf = true;
	t->deaf_at = e->now;
	s->want_probe = true;
	sa_run(e, s);
}

enum nat_mode
tun_nat(const struct tun *t)
{
	return (t->in_udp && t->cfg.nat == NAT_AUTO ? NAT_FORCE : t->cfg.nat);
}

void
tun_heard(struct ike_engine *e, struct tun *t)
{
	if (!t->deaf)
		return;
	if (t->passes.ns == MONO_NEVER.ns)
		t->passes = e->now;
	if (t->undeaf_at.ns != MONO_NEVER.ns ||
	    mono_sub(t->deaf_at, t->passes) < DEAF_SILENT)
		return;
	t->undeaf_at = mono_add(e->now, DEAF_MORE);
	tun_arm(e, t);
}

/* IKE passes and ESP does not: new SAs, and when they do not help UDP takes it
 * along. */
void
tun_undeaf(struct ike_engine *e, struct tun *t)
{
	struct ike_sa *s = tun_sa(t);

	tun_deaf_forget(t);
	if (s == NULL || s->lost || replacing(t))
		return;
	if (carried(t)) {
		out_event(e, t, "esp-silent", "ESP goes out and none comes "
		    "in, while IKE passes: new ESP keys");
		tun_rekey_child(e, t, s);
		return;
	}
	if (!may_go_udp(e, t, s))
		return;
	t->in_udp = t->restart = true;
	t->udp_with = s->remote;
	t->udp_tried = e->now;
	out_event(e, t, "esp-in-udp", "ESP goes out and none comes in, while "
	    "IKE passes: is IP protocol 50 blocked? trying UDP 4500");
	tun_restart(e, t);
	/* who may not begin makes the peer do so, and has a NAT then */
	if (!tun_may_begin(t))
		sa_delete(e, s);
	tun_arm(e, t);
}

void
tun_no_udp(struct ike_engine *e, struct tun *t)
{
	if (!t->in_udp)
		return;
	t->in_udp = false;
	out_event(e, t, "esp-in-udp", "UDP 4500 does not pass either");
}
