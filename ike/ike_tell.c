/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  What is told of a tunnel: why it is not up, as a value of a
 * closed list with ours and theirs, and main what state it is in.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ike/ike_int.h"

#define SEEN_NS		NS_S(120)	/* longer than RETRY_MAX */

/* Whether anybody can bring it about, by saying that he is the peer. */
static bool
strangers(enum ike_reason r)
{
	return ((r < IKE_R_THEY_CHILD && r != IKE_R_LOST) ||
	    (r >= IKE_R_OUR_PROPOSAL && r <= IKE_R_OUR_IDR));
}

/* Whether r is only what the peer made of that which we saw ourselves a short
 * time ago, when it asked. */
static bool
is_echo(const struct ike_engine *e, const struct tun *t, enum ike_reason r)
{
	enum ike_reason old = t->reason;

	if (mono_sub(e->now, t->reasoned) > SEEN_NS)
		return (false);
	switch (r) {
	case IKE_R_THEY_PROPOSAL:
		return (old == IKE_R_OUR_PROPOSAL || old == IKE_R_OUR_GROUP);
	case IKE_R_THEY_AUTH:
		return (old == IKE_R_OUR_AUTH || old == IKE_R_OUR_METHOD ||
		    old == IKE_R_OUR_ID || old == IKE_R_OUR_IDR);
	case IKE_R_THEY_CHILD:
		return (old == IKE_R_OUR_CHILD);
	case IKE_R_THEY_PFS:
		return (old == IKE_R_OUR_PFS);
	case IKE_R_THEY_TS:
		return (old == IKE_R_OUR_TS);
	default:
		return (false);
	}
}

void
tun_reason(struct ike_engine *e, struct tun *t, enum ike_reason r,
    const char *fmt, ...)
{
	char facts[sizeof(t->facts)] = "";
	struct ike_sa *s = tun_sa(t);
	va_list ap;

	/* while it works, strangers do not say why it does not; who answers
	 * what we begin beside it does */
	if (s != NULL && !s->lost && strangers(r) && !tun_beginning(t))
		return;
	if (is_echo(e, t, r))
		return;
	t->reasoned = e->now;
	if (fmt != NULL) {
		va_start(ap, fmt);
		(void)vsnprintf(facts, sizeof(facts), fmt, ap);
		va_end(ap);
	}
	if (t->reason == r && strcmp(t->facts, facts) == 0)
		return;
	t->reason = r;
	memcpy(t->facts, facts, sizeof(t->facts));
	/* nor do they fill the list of events, with facts of their making */
	if (strangers(r) && !ratelimit_ok(&t->fails_rl, e->now))
		return;
	out_event(e, t, "ike-fail", "%s%s%s", ike_reason_names[r],
	    facts[0] != '\0' ? ": " : "", facts);
}

void
tun_tell(struct ike_engine *e, struct tun *t)
{
	struct ike_state st = { .tid = t->cfg.tid };
	const struct ike_sa *s = tun_sa(t);

	if (e->done)
		return;
	st.ike_up = s != NULL && !s->lost;
	(void)snprintf(st.why, sizeof(st.why), "%s",
	    ike_reason_codes[t->reason]);
	if (t->cur != NULL) {
		st.child_up = true;
		st.udp = t->cur->sa->udp;
		st.local = t->cur->sa->local;
		st.remote = t->cur->sa->remote;
		st.mode = t->cur->form.mode;
		st.encr = t->cur->suite.encr;
		st.key_bits = t->cur->suite.key_bits;
		st.integ = t->cur->suite.integ;
	}
	if (st.ike_up == t->told.ike_up && st.child_up == t->told.child_up &&
	    st.udp == t->told.udp && addr_eq(&st.local, &t->told.local) &&
	    addr_eq(&st.remote, &t->told.remote) &&
	    st.mode == t->told.mode && st.encr == t->told.encr &&
	    st.key_bits == t->told.key_bits && st.integ == t->told.integ)
		return;
	t->told = st;
	out_state(e, &st);
}
