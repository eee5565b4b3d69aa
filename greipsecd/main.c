/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process.  The command line: of a user, or, with -R first, of
 * main that executes this program again as one of its roles.
 */
#include <sys/types.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "esp/esp.h"
#include "greipsecd/control.h"
#include "greipsecd/loop.h"
#include "greipsecd/options.h"
#include "ike/ike.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/sandbox.h"
#include "ospf/ospf.h"

static int (*const roles[ROLE_N])(void) = {
	[ROLE_KEYS] = keys_role, [ROLE_IKE] = ike_role, [ROLE_OSPF] = ospf_role,
	[ROLE_ESP] = esp_role, [ROLE_CONTROL] = control_role
};

static const struct option long_opts[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

static void
usage(FILE *f)
{
	fprintf(f,
	    "usage: greipsecd [-CdhnVv] [-D statedir] [-f file] [-k key] "
	    "[-p pidfile]\n"
	    "                 [-S socket] [-s site]\n"
	    "  -C       remove every interface, route and packet filter table "
	    "of ours, and\n"
	    "           exit\n"
	    "  -D dir   state kept over restarts (/var/db/greipsecd)\n"
	    "  -d       stay in the foreground and log to stderr\n"
	    "  -f file  configuration (" SYSCONFDIR "/greipsecd.conf)\n"
	    "  -h       this help\n"
	    "  -k file  private key of this site (" SYSCONFDIR
	    "/greipsecd.key)\n"
	    "  -n       check the configuration and exit; with -v, or twice, "
	    "print\n"
	    "           what it comes to\n"
	    "  -p file  pid file (/var/run/greipsecd.pid)\n"
	    "  -S path  control socket (/var/run/greipsecd.sock)\n"
	    "  -s site  this host is that site\n"
	    "  -V       print the version\n"
	    "  -v       log more\n");
}

/* The daemon leaves its directory; names must not change their meaning. */
static const char *
absolute(const char *path)
{
	char *cwd, *out;

	if (path[0] == '/')
		return (path);
	if ((cwd = getcwd(NULL, 0)) == NULL ||
	    asprintf(&out, "%s/%s", cwd, path) == -1)
		fatal("%s", path);
	free(cwd);
	return (out);
}

/* A role: what exec_role() of priv.c wrote. */
static int
run_role(int argc, char *argv[])
{
	struct proc_opts o = { .chroot_dir = CHROOT_DIR, .level = LOG_NOTICE };
	unsigned int uid = 0, gid = 0;
	enum role r = ROLE_N;
	int ch, i;

	while ((ch = getopt(argc, argv, "C:dl:R:u:")) != -1)
		switch (ch) {
		case 'C':
			o.chroot_dir = optarg;
			break;
		case 'd':
			o.foreground = 1;
			break;
		case 'l':
			o.level = (int)strtol(optarg, NULL, 10);
			break;
		case 'R':
			for (i = 0; i < ROLE_N; i++)
				if (strcmp(optarg, role_names[i]) == 0)
					r = (enum role)i;
			break;
		case 'u':
			if (sscanf(optarg, "%u:%u", &uid, &gid) != 2)
				return (2);
			break;
		default:
			return (2);
		}
	if (r == ROLE_N || roles[r] == NULL)
		return (2);
	o.uid = uid;
	o.gid = gid;
	proc_init(&o);
	return (roles[r]());
}

/* The user's options.  -1 to go on, else an exit status. */
static int
parse(int argc, char *argv[], struct options *o)
{
	const char **const path[] = { ['D'] = &o->statedir, ['f'] = &o->conf,
	    ['k'] = &o->keyfile, ['p'] = &o->pidfile, ['S'] = &o->sock };
	int ch;

	while ((ch = getopt_long(argc, argv, "CD:df:hk:np:S:s:Vv", long_opts,
	    NULL)) != -1)
		switch (ch) {
		case 'D': case 'f': case 'k': case 'p': case 'S':
			*path[ch] = absolute(optarg);
			break;
		case 'C':
			o->clean = true;
			break;
		case 'd':
			o->foreground = true;
			break;
		case 'h':
			usage(stdout);
			return (0);
		case 'n':
			o->check++;
			break;
		case 's':
			o->site = optarg;
			break;
		case 'V':
			printf("greipsecd %s\n", GREIPSEC_VERSION);
			return (0);
		case 'v':
			o->verbose++;
			break;
		default:
			usage(stderr);
			return (2);
		}
	if (optind == argc)
		return (-1);
	fprintf(stderr, "greipsecd: %s: not understood\n", argv[optind]);
	usage(stderr);
	return (2);
}

int
main(int argc, char *argv[])
{
	struct options o = {
		.conf = SYSCONFDIR "/greipsecd.conf",
		.keyfile = SYSCONFDIR "/greipsecd.key",
		.sock = "/var/run/greipsecd.sock",
		.pidfile = "/var/run/greipsecd.pid",
		.statedir = "/var/db/greipsecd"
	};
	int rv;

	sandbox_title_init(argc, argv);
	/* handlers at exit are for main: a role's filter has no room for them */
	if (argc > 1 && strcmp(argv[1], "-R") == 0)
		_exit(run_role(argc, argv));
	o.argv0 = strchr(argv[0], '/') != NULL ? absolute(argv[0]) : argv[0];
	if ((rv = parse(argc, argv, &o)) != -1)
		return (rv);
	return (loop_run(&o));
}
