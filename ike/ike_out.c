/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  The queue of what the caller has to do.  Only datagrams are
 * bounded: the network may lose them anyhow; the rest is in proportion to what
 * the caller put in.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike_int.h"

struct out_item {
	TAILQ_ENTRY(out_item)	entry;
	size_t			size;		/* of the whole, to be wiped */
	struct ike_output	o;
	uint64_t		mem[];		/* what o points to */
};

static struct out_item *
item(struct ike_engine *e, enum ike_out type, size_t extra)
{
	size_t size = sizeof(struct out_item) + extra;
	struct out_item *i;

	if ((i = malloc(size)) == NULL) {
		ike_drop(e, IKE_D_MEMORY);
		return (NULL);
	}
	memset(&i->o, 0, sizeof(i->o));
	i->size = size;
	i->o.type = type;
	TAILQ_INSERT_TAIL(&e->out, i, entry);
	return (i);
}

static void
item_free(struct out_item *i)
{
	if (i == NULL)
		return;
	wipe(i, i->size);
	free(i);
}

void
out_datagram(struct ike_engine *e, const struct ike_tx *tx, bool marker)
{
	size_t head = marker ? MARKER_LEN : 0;
	struct out_item *i;
	uint8_t *data;

	if (e->n_out >= e->par.max_queue) {
		ike_drop(e, IKE_D_QUEUE);
		return;
	}
	if ((i = item(e, IKE_OUT_DATAGRAM, head + tx->len)) == NULL)
		return;
	data = (uint8_t *)i->mem;
	memset(data, 0, head);
	memcpy(data + head, tx->data, tx->len);
	i->o.tx = *tx;
	i->o.tx.data = data;
	i->o.tx.len = head + tx->len;
	e->n_out++;
	e->stats.tx++;
}

void
out_keys(struct ike_engine *e, bool verify, const struct keys_auth *q)
{
	struct out_item *i = item(e, verify ? IKE_OUT_KEYS_VERIFY :
	    IKE_OUT_KEYS_AUTH, sizeof(*q));

	if (i == NULL)
		return;
	memcpy(i->mem, q, sizeof(*q));
	i->o.keys = (void *)i->mem;
}

void
out_sa_add(struct ike_engine *e, const struct sa_spec *s)
{
	struct out_item *i = item(e, IKE_OUT_SA_ADD, sizeof(*s));

	if (i == NULL)
		return;
	memcpy(i->mem, s, sizeof(*s));
	i->o.sa = (void *)i->mem;
}

void
out_sa_del(struct ike_engine *e, const struct sa_ref *r)
{
	struct out_item *i = item(e, IKE_OUT_SA_DEL, 0);

	if (i != NULL)
		i->o.ref = *r;
}

void
out_state(struct ike_engine *e, const struct ike_state *s)
{
	struct out_item *i = item(e, IKE_OUT_STATE, 0);

	if (i != NULL)
		i->o.state = *s;
}

void
out_event(struct ike_engine *e, const struct tun *t, const char *what,
    const char *fmt, ...)
{
	struct out_item *i = item(e, IKE_OUT_EVENT, sizeof(struct ike_event));
	struct ike_event *ev;
	va_list ap;

	if (i == NULL)
		return;
	ev = (void *)i->mem;
	memset(ev, 0, sizeof(*ev));
	if (t != NULL) {
		ev->tid = t->cfg.tid;
		memcpy(ev->subject, t->cfg.name,
		    sizeof(ev->subject));
	}
	(void)snprintf(ev->what, sizeof(ev->what), "%s", what);
	va_start(ap, fmt);
	(void)vsnprintf(ev->text, sizeof(ev->text), fmt, ap);
	va_end(ap);
	i->o.event = ev;
}

void
out_done(struct ike_engine *e)
{
	(void)item(e, IKE_OUT_DONE, 0);
}

bool
ike_engine_pop(struct ike_engine *e, struct ike_output *out)
{
	item_free(e->taken);
	if ((e->taken = TAILQ_FIRST(&e->out)) == NULL)
		return (false);
	TAILQ_REMOVE(&e->out, e->taken, entry);
	if (e->taken->o.type == IKE_OUT_DATAGRAM)
		e->n_out--;
	*out = e->taken->o;
	return (true);
}

void
out_free(struct ike_engine *e)
{
	struct out_item *i;

	item_free(e->taken);
	while ((i = TAILQ_FIRST(&e->out)) != NULL) {
		TAILQ_REMOVE(&e->out, i, entry);
		item_free(i);
	}
}
