/* SPDX-License-Identifier: ISC */
/*
 * confcheck [-v] [-a ADDR]... [-h HOST] [-k KEY] [-s SITE] [-w WAS] FILE [NEW]
 * What `greipsecd -n' does, with the facts of the host as arguments.  -v prints
 * what is in force.  With NEW: prints the difference from FILE to NEW.
 */
#include <stdio.h>
#include <unistd.h>

#include "greipsecd/conf.h"
#include "greipsecd/conf_diff.h"

static int
difference(const char *a, const char *b, const struct conf_opts *o)
{
	struct conf_errs ea, eb;
	struct conf *ca = conf_parse_file(a, o, &ea);
	struct conf *cb = conf_parse_file(b, o, &eb);
	struct conf_diff *d;

	conf_errs_print(&ea, stderr);
	conf_errs_print(&eb, stderr);
	if (ca != NULL && cb != NULL && (d = conf_diff(ca, cb)) != NULL) {
		conf_diff_print(d, stdout);
		conf_diff_free(d);
	}
	conf_free(ca);
	conf_free(cb);
	conf_errs_free(&ea);
	conf_errs_free(&eb);
	return (ca == NULL || cb == NULL);
}

int
main(int argc, char *argv[])
{
	struct addr addrs[16];
	struct conf_opts o = { .addrs = addrs };
	bool verbose = false;
	int ch;

	while ((ch = getopt(argc, argv, "a:h:k:s:vw:")) != -1)
		switch (ch) {
		case 'a':
			if (o.n_addrs == 16 ||
			    addr_parse(optarg, &addrs[o.n_addrs]) == -1)
				return (2);
			o.n_addrs++;
			break;
		case 'h':
			o.host = optarg;
			break;
		case 'k':
			o.keyfile = optarg;
			break;
		case 's':
			o.site = optarg;
			break;
		case 'v':
			verbose = true;
			break;
		case 'w':
			o.was = optarg;
			break;
		default:
			return (2);
		}
	if (argc - optind == 2)
		return (difference(argv[optind], argv[optind + 1], &o));
	if (argc - optind != 1)
		return (2);
	return (conf_check_cli(argv[optind], &o, verbose, stdout, stderr));
}
