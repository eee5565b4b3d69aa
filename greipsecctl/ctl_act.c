/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  See ctl_act.h. */
#include <stdio.h>
#include <string.h>

#include "greipsecctl/ctl_act.h"
#include "greipsecctl/ctl_show.h"

/* Line by line as it came, but what is too long is wrapped behind its sign. */
static void
print_text(const struct out *o, const char *text)
{
	char line[4096], sign[3] = "";
	size_t len;

	while (*text != '\0') {
		len = strcspn(text, "\n");
		(void)snprintf(line, sizeof(line), "%.*s", (int)len, text);
		if (o->width == 0 || len <= o->width)
			fprintf(o->f, "%s\n", line);
		else if (line[1] == ' ') {
			memcpy(sign, line, 2);
			out_wrap(o, PAINT_NONE, sign, 4, line + 2);
		} else
			out_wrap(o, PAINT_NONE, "", 4, line);
		text += len;
		text += *text == '\n';
	}
}

static int
outcome(struct client *c, enum ask got, const struct rows *r,
    const struct out *o)
{
	const struct ctl_text *t;
	bool said = false;
	size_t i;

	for (i = 0; r != NULL && i < r->n; i++) {
		t = rows_at(r, i);
		print_text(o, t->text);
		said |= strstr(t->text, c->why) != NULL;
	}
	if (got == ASK_OK)
		return (EXIT_GOOD);
	(void)fflush(o->f);
	fprintf(stderr, "greipsecctl: %s\n", said ?
	    "refused, nothing is changed" : c->why);
	return (got == ASK_REFUSED ? EXIT_WRONG : EXIT_USAGE);
}

static int
simple(struct client *c, uint16_t type, const struct fld_table *t,
    const void *obj, const struct out *o)
{
	struct ctl_end end;

	return (outcome(c, client_ask(c, type, t, obj, NULL, &end), NULL, o));
}

static int
act_kick(struct client *c, const struct command *cmd, const struct out *o)
{
	struct ctl_kick k = { .what = cmd->kick };

	if (!cmd->all)
		memcpy(k.name, cmd->match, sizeof(k.name));
	return (simple(c, CTL_KICK, &ctl_kick_fld, &k, o));
}

static int
act_reload(struct client *c, const struct command *cmd, const struct out *o)
{
	struct ctl_reload q = { .check = cmd->check,
	    .confirm_s = cmd->confirm_s };
	struct rows r = { .t = &ctl_text_fld };
	struct ctl_end end;
	int rv;

	rv = outcome(c, client_ask(c, CTL_RELOAD, &ctl_reload_fld, &q, &r,
	    &end), &r, o);
	rows_free(&r);
	return (rv);
}

static int
act_switch(struct client *c, uint16_t type, const struct command *cmd,
    const struct out *o)
{
	struct ctl_switch s = { .on = cmd->on };

	return (simple(c, type, &ctl_switch_fld, &s, o));
}

static int
act_clear(struct client *c, const struct command *cmd, const struct out *o)
{
	struct ctl_req q = { .arg = 0 };

	if (!cmd->all)
		memcpy(q.match, cmd->match, sizeof(q.match));
	return (simple(c, CTL_CLEAR, &ctl_req_fld, &q, o));
}

/* The handle of a tunnel by its name; 0 with c->why when there is none. */
static uint32_t
tid_of(struct client *c, const char *name)
{
	struct rows r = { .t = &ctl_tunnel_fld };
	const struct ctl_tunnel *t;
	struct ctl_req req = { .arg = 0 };
	struct ctl_end end;
	uint32_t tid = 0;

	(void)snprintf(req.match, sizeof(req.match), "%s", name);
	if (client_ask(c, CTL_TUNNEL, &ctl_req_fld, &req, &r, &end) ==
	    ASK_OK && r.n > 0) {
		t = rows_at(&r, 0);
		tid = t->tid;
	}
	if (tid == 0 && c->why[0] == '\0')
		(void)snprintf(c->why, sizeof(c->why), "%s: no such tunnel",
		    name);
	rows_free(&r);
	return (tid);
}

static int
act_log(struct client *c, const struct command *cmd, const struct out *o)
{
	struct m_log l = { .level = (uint8_t)cmd->log_level,
	    .subsys_mask = cmd->subsys_mask };

	if (cmd->match[0] != '\0' && (l.tid = tid_of(c, cmd->match)) == 0)
		return (outcome(c, ASK_BROKEN, NULL, o));
	return (simple(c, CTL_LOG, &m_log_fld, &l, o));
}

int
ctl_act(struct client *c, const struct command *cmd, const struct out *o)
{
	switch (cmd->action) {
	case ACT_LOG:
		return (act_log(c, cmd, o));
	case ACT_RELOAD:
		return (act_reload(c, cmd, o));
	case ACT_CONFIRM:
		return (act_switch(c, CTL_CONFIRM, cmd, o));
	case ACT_COUPLE:
		return (act_switch(c, CTL_COUPLE, cmd, o));
	case ACT_CLEAR:
		return (act_clear(c, cmd, o));
	default:
		return (act_kick(c, cmd, o));
	}
}
