/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  Options, and which of the other files acts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecctl/ctl_act.h"
#include "greipsecctl/ctl_client.h"
#include "greipsecctl/ctl_diagnose.h"
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
	bool		 check;		/* -n */
	const char	*confirm;	/* -c */
	bool		 json;
	struct out	 out;
};

static void
synopsis(FILE *f)
{
	fputs("usage: greipsecctl [-Cjq] [-s socket] command\n"
	    "       greipsecctl reload [-n] [-c time]\n"
	    "       greipsecctl keygen [-o file]\n"
	    "       greipsecctl genpsk\n", f);
}

static void
help(void)
{
	synopsis(stdout);
	fputs("\n  -C        colour even where the output is no terminal\n"
	    "  -c time   reload: take it back unless confirmed within 90s, "
	    "10m\n"
	    "  -j        JSON\n"
	    "  -n        reload: say what would change, and change nothing\n"
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
	case ACT_DIAGNOSE:
		rv = ctl_diagnose(&c, cmd, &opt->out, opt->json);
		if (rv == EXIT_USAGE)
			(void)fail(c.why);
		break;
	case ACT_SHOW:
		rv = ctl_show(&c, cmd, &opt->out, opt->json);
		if (rv == EXIT_USAGE && c.why[0] != '\0')
			(void)fail(c.why);
		break;
	default:
		rv = ctl_act(&c, cmd, &opt->out);
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
	if ((opt->check || opt->confirm != NULL) && cmd.action != ACT_RELOAD)
		return (fail("-n and -c belong to reload"));
	cmd.check = opt->check;
	if (opt->confirm != NULL &&
	    parse_seconds(opt->confirm, &cmd.confirm_s, why) == -1)
		return (fail(why));
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
		if ((ch = getopt(argc, argv, "+Cc:hjno:qs:")) == -1)
			continue;
		switch (ch) {
		case 'C':
			opt.out.color = true;
			break;
		case 'c':
			opt.confirm = optarg;
			break;
		case 'h':
			help();
			return (EXIT_GOOD);
		case 'j':
			opt.json = true;
			break;
		case 'n':
			opt.check = true;
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
