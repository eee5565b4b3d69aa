/* SPDX-License-Identifier: ISC */
/* runs in: esp.  Rows that answer show. */
#include <string.h>

#include "esp/path_int.h"

void
path_show_sas(struct path *p, const char *name, struct mono now,
    void (*row)(void *ctx, const struct ctl_espsa *r), void *ctx)
{
	struct path_tunnel *t;
	struct sa *s;
	size_t i;

	for (i = 0; i < PATH_TAB; i++) {
		for (t = p->tunnels[i]; t != NULL; t = t->next) {
			if (name[0] != '\0' &&
			    strcmp(name, t->spec.name) != 0)
				continue;
			for (s = t->sas; s != NULL; s = s->next) {
				struct ctl_espsa r = {
					.tid = t->spec.tid, .dir = s->spec.dir,
					.spi = s->spec.spi,
					.packets = s->packets,
					.bytes = s->bytes,
					.seq = s->spec.dir == SA_OUT ? s->seq :
					    s->replay.top,
					.drop_replay = s->drop_replay,
					.drop_auth = s->drop_auth,
					.drop_other = s->drop_other,
					.last_s = mono_age_s(s->last, now)
				};

				row(ctx, &r);
			}
		}
	}
}

void
path_show_tunnels(struct path *p, const char *name, struct mono now,
    void (*row)(void *ctx, const struct ctl_esptun *r), void *ctx)
{
	struct path_tunnel *t;
	size_t i;

	for (i = 0; i < PATH_TAB; i++)
		for (t = p->tunnels[i]; t != NULL; t = t->next)
			if (name[0] == '\0' ||
			    strcmp(name, t->spec.name) == 0) {
				t->count.rtt_age_s = t->count.rtt_us == 0 ? 0 :
				    mono_age_s(t->probe.rtt_at, now);
				t->count.clear_age_s =
				    t->count.drop_clear == 0 ? 0 :
				    mono_age_s(t->clear_at, now);
				row(ctx, &t->count);
			}
}
