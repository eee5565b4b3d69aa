/* SPDX-License-Identifier: ISC */
/* runs in: main.  The command line, as main.c read it; strings are of argv or
 * static, relative paths are made absolute before they get here. */
#ifndef GREIPSECD_OPTIONS_H
#define GREIPSECD_OPTIONS_H

#include <stdbool.h>

struct options {
	const char	*argv0;
	const char	*conf;		/* -f */
	const char	*site;		/* -s, or NULL */
	const char	*sock;		/* -S */
	const char	*pidfile;	/* -p */
	const char	*statedir;	/* -D */
	const char	*keyfile;	/* -k */
	bool		 foreground;	/* -d */
	bool		 clean;		/* -C */
	int		 check;		/* count of -n */
	int		 verbose;	/* count of -v */
};

#endif
