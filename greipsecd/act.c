/* SPDX-License-Identifier: ISC */
/* runs in: main.  See act.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/act.h"
#include "greipsecd/answer.h"
#include "greipsecd/apply.h"
#include "greipsecd/events.h"
#include "lib/clock.h"

void
act_reload(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ctl_reload *q = obj;
	char why[160], *text = NULL;
	size_t len = 0;
	FILE *f;
	int rv;

	if (!answer_root(ctx, c, m))
		return;
	if (q->confirm_s > CTL_CONFIRM_MAX_S) {
		answer_end(c, m->id, EINVAL, "a day is the longest to wait");
		return;
	}
	if ((f = open_memstream(&text, &len)) == NULL) {
		answer_end(c, m->id, ENOMEM, "no memory");
		return;
	}
	rv = apply_reload(ctx, q, mono_now(), f, why, sizeof(why));
	if (fclose(f) == 0)
		answer_text(c, CTL_RELOAD, m->id, text, len);
	free(text);
	answer_end(c, m->id, rv == 0 ? 0 : EINVAL, rv == 0 ? NULL : why);
}

void
act_confirm(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ctl_switch *s = obj;
	char why[160];
	int rv;

	if (!answer_root(ctx, c, m))
		return;
	rv = s->on ? apply_confirm(ctx, why, sizeof(why)) :
	    apply_undo(ctx, mono_now(), "by the operator", why, sizeof(why));
	answer_end(c, m->id, rv == 0 ? 0 : EINVAL, rv == 0 ? NULL : why);
}

void
act_kick(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ctl_kick *k = obj;
	struct app_tunnel *t = NULL;

	if (!answer_root(ctx, c, m))
		return;
	if (k->name[0] != '\0' && (t = app_tunnel_named(ctx, k->name)) == NULL)
		answer_end(c, m->id, ENOENT, "no such tunnel");
	else if (priv_chan(ROLE_IKE) == NULL)
		answer_end(c, m->id, EAGAIN, "ike is away");
	else if (t != NULL && !t->ike.ike_up && !t->ike.child_up &&
	    (k->what == KICK_REKEY_CHILD || k->what == KICK_REKEY_IKE))
		answer_end(c, m->id, EINVAL, "it has no SA to rekey");
	else {
		apply_order(ctx, t, k->what);
		answer_end(c, m->id, 0, NULL);
	}
}

/* Begin anew with one neighbour, or with all of them. */
void
act_clear(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ctl_req *q = obj;
	const struct app *a = ctx;
	const struct app_tunnel *t;
	struct ospf_iid id;
	size_t i, n = 0;

	if (!answer_root(ctx, c, m))
		return;
	if (priv_chan(ROLE_OSPF) == NULL) {
		answer_end(c, m->id, EAGAIN, "ospf is away");
		return;
	}
	for (i = 0; i < a->n_tunnels; i++) {
		t = a->tunnels[i];
		if (q->match[0] != '\0' && strcmp(q->match, t->ct->name) != 0 &&
		    strcmp(q->match, t->ct->ifname) != 0)
			continue;
		id.iid = t->iid;
		(void)priv_send(ROLE_OSPF, M_OSPF_CLEAR, -1, &ospf_iid_fld,
		    &id);
		n++;
	}
	answer_end(c, m->id, n > 0 ? 0 : ENOENT, n > 0 ? NULL :
	    "no such tunnel");
}

void
act_couple(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ctl_switch *s = obj;
	struct app *a = ctx;

	if (!answer_root(ctx, c, m))
		return;
	if (fib_coupled(a->fib) != s->on) {
		fib_couple(a->fib, s->on);
		events_main(SUBSYS_KERNEL, 0, "fib", s->on ? "coupled" :
		    "decoupled", "by the operator");
		app_dirty(a, DIRT_FIB);
	}
	answer_end(c, m->id, 0, NULL);
}
