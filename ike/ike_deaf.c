/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  Whether ESP passes to the peer as it is, which is IP protocol 50,
 * or only in UDP: what the data path does not hear is weighed against what IKE
 * does.
 */
#include "ike/ike_int.h"

#define DEAF_SILENT	NS_S(10)	/* ESP is, so long, while IKE passes */
#define DEAF_MORE	NS_S(5)		/* esp probes each 4 s */

void
tun_deaf_forget(struct tun *t)
{
	t->deaf = false;
	t->udp_at = MONO_NEVER;
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
	if (s == NULL || s->lost || s->udp || t->cfg.nat != NAT_AUTO ||
	    mono_sub(e->now, t->udp_tried) < UDP_AGAIN)
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
	if (t->udp_at.ns != MONO_NEVER.ns ||
	    mono_sub(t->deaf_at, t->passes) < DEAF_SILENT)
		return;
	t->udp_at = mono_add(e->now, DEAF_MORE);
	tun_arm(e, t);
}

/* IKE passes and ESP does not: UDP takes it along. */
void
tun_to_udp(struct ike_engine *e, struct tun *t)
{
	struct ike_sa *s = tun_sa(t);

	tun_deaf_forget(t);
	if (s == NULL || s->lost || s->udp)
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
