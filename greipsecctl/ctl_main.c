/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  Options, and which of the other files acts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecctl/ctl_client.h"
#include "greipsecctl/ctl_json.h"
#include "greipsecctl/ctl_key.h"
#include "greipsecctl/ctl_out.h"
#include "greipsecctl/ctl_parse.h"
#include "greipsecctl/ctl_show.h"
#include "greipsecctl/ctl_text.h"

#define SOCK_PATH	"/var/run/greipsecd.sock"

struct options {
	const char	*sock;
	const char	*key_file;
	bool		 json;
	struct out	 out;
};

static void
synopsis(FILE *f)
{
	fputs("usage: greipsecctl [-Cjq] [-s socket] command\n"
	    "       greipsecctl keygen [-o file]\n"
	    "       greipsecctl genpsk\n", f);
}

static void
help(void)
{
	synopsis(stdout);
	fputs("\n  -C        colour even where the output is no terminal\n"
	    "  -j        JSON\n"
	    "  -q        no headings and hints\n"
	    "  -s socket instead of " SOCK_PATH "\n"
	    "  -o file   keygen: instead of " KEY_FILE "\n\n"
	    "Commands; words may be abbreviated:\n", stdout);
	parse_help(stdout);
	fputs("\nExit status: 0 good, 1 something is wrong, 2 usage or "
	    "greipsecd cannot be asked.\n", stdout);
}

static int
fail(const char *why)
{
	fprintf(stderr, "greipsecctl: %s\n", why);
	return (EXIT_USAGE);
}

/* --- commands that change something --- */

static int
outcome(struct client *c, enum ask got, const struct rows *r,
    const struct out *o)
{
	const struct ctl_text *t;
	size_t i;

	for (i = 0; i < r->n; i++) {
		t = rows_at(r, i);
		fputs(t->text, o->f);
		if (t->text[0] != '\0' &&
		    t->text[strlen(t->text) - 1] != '\n')
			fputc('\n', o->f);
	}
	if (got == ASK_OK)
		return (EXIT_GOOD);
	fprintf(stderr, "greipsecctl: %s\n", c->why);
	return (got == ASK_REFUSED ? EXIT_WRONG : EXIT_USAGE);
}

static int
act_kick(struct client *c, const struct command *cmd, const struct out *o)
{
	struct ctl_kick k = { .what = cmd->kick };
	struct rows none = { .n = 0 };
	struct ctl_end end;

	if (!cmd->all)
		memcpy(k.name, cmd->match, sizeof(k.name));
	return (outcome(c, client_ask(c, CTL_KICK, &ctl_kick_fld, &k, NULL,
	    &end), &none, o));
}

static int
act_reload(struct client *c, const struct out *o)
{
	struct rows r = { .t = &ctl_text_fld };
	struct ctl_end end;
	enum ask got = client_ask(c, CTL_RELOAD, NULL, NULL, &r, &end);
	int rv = outcome(c, got, &r, o);

	rows_free(&r);
	return (rv);
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
	struct rows none = { .n = 0 };
	struct ctl_end end;

	if (cmd->match[0] != '\0' && (l.tid = tid_of(c, cmd->match)) == 0)
		return (fail(c->why));
	return (outcome(c, client_ask(c, CTL_LOG, &m_log_fld, &l, NULL, &end),
	    &none, o));
}

/* --- monitor --- */

static int
on_event(void *ctx, const struct m_event *ev)
{
	const struct options *opt = ctx;

	if (opt->json) {
		json_object(opt->out.f, &m_event_fld, ev);
		fputc('\n', opt->out.f);
	} else
		text_event(&opt->out, ev);
	return (fflush(opt->out.f) == 0 ? 0 : 1);
}

static int
act_monitor(struct client *c, const struct command *cmd, struct options *opt)
{
	struct ctl_req req = { .arg = 0 };

	memcpy(req.match, cmd->match, sizeof(req.match));
	if (client_monitor(c, &req, on_event, opt) == -1)
		return (fail(c->why));
	return (EXIT_GOOD);
}

static int
with_daemon(const struct command *cmd, struct options *opt)
{
	struct client c;
	int rv;

	if (client_open(&c, opt->sock) == -1)
		return (fail(c.why));
	switch (cmd->action) {
	case ACT_MONITOR:
		rv = act_monitor(&c, cmd, opt);
		break;
	case ACT_LOG:
		rv = act_log(&c, cmd, &opt->out);
		break;
	case ACT_RELOAD:
		rv = act_reload(&c, &opt->out);
		break;
	case ACT_KICK:
		rv = act_kick(&c, cmd, &opt->out);
		break;
	default:
		rv = ctl_show(&c, cmd, &opt->out, opt->json);
		if (rv == EXIT_USAGE && c.why[0] != '\0')
			(void)fail(c.why);
		break;
	}
	client_close(&c);
	if (fflush(opt->out.f) != 0)
		return (fail(strerror(errno)));
	return (rv);
}

static int
run(int n, char *const words[], struct options *opt)
{
	char why[PARSE_WHY_MAX];
	struct command cmd;

	if (parse_command(n, words, &cmd, why) == -1) {
		synopsis(stderr);
		return (fail(why));
	}
	switch (cmd.action) {
	case ACT_KEYGEN:
		return (key_make(opt->key_file, stdout, why, sizeof(why)) ==
		    -1 ? fail(why) : EXIT_GOOD);
	case ACT_GENPSK:
		return (key_psk(stdout, why, sizeof(why)) == -1 ? fail(why) :
		    EXIT_GOOD);
	case ACT_COMPLETION:
		parse_bash(stdout);
		return (EXIT_GOOD);
	default:
		return (with_daemon(&cmd, opt));
	}
}

/* Options may stand before and behind the words of a command. */
int
main(int argc, char *argv[])
{
	struct options opt = { .sock = SOCK_PATH, .key_file = KEY_FILE,
	    .out = { .f = stdout, .color = isatty(STDOUT_FILENO) &&
	    getenv("NO_COLOR") == NULL, .width = OUT_WIDTH } };
	char *words[16];
	int ch, n = 0;

	while (optind < argc) {
		if (strcmp(argv[optind], "--help") == 0) {
			help();
			return (EXIT_GOOD);
		}
		if (argv[optind][0] != '-') {
			if (n == (int)(sizeof(words) / sizeof(words[0])))
				return (fail("too many words"));
			words[n++] = argv[optind++];
			continue;
		}
		if ((ch = getopt(argc, argv, "+Chjo:qs:")) == -1)
			continue;
		switch (ch) {
		case 'C':
			opt.out.color = true;
			break;
		case 'h':
			help();
			return (EXIT_GOOD);
		case 'j':
			opt.json = true;
			break;
		case 'o':
			opt.key_file = optarg;
			break;
		case 'q':
			opt.out.quiet = true;
			break;
		case 's':
			opt.sock = optarg;
			break;
		default:
			synopsis(stderr);
			return (EXIT_USAGE);
		}
	}
	if (n == 0) {
		synopsis(stderr);
		return (EXIT_USAGE);
	}
	return (run(n, words, &opt));
}
