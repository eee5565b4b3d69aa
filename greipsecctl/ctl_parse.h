/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  The words of a command: tables that drive parsing,
 * unambiguous abbreviations, the list of what is possible, and completion.
 * Pure: no output, no exit.
 */
#ifndef GREIPSECCTL_CTL_PARSE_H
#define GREIPSECCTL_CTL_PARSE_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/ctl.h"

enum action {
	ACT_NONE,
	ACT_SHOW,
	ACT_MONITOR,
	ACT_LOG,
	ACT_RELOAD,
	ACT_KICK,
	ACT_CONFIRM,	/* on, or off to take it back */
	ACT_COUPLE,	/* on or off */
	ACT_CLEAR,
	ACT_DIAGNOSE,
	ACT_KEYGEN,
	ACT_GENPSK,
	ACT_COMPLETION
};

enum show_kind {
	SHOW_SUMMARY,
	SHOW_TUNNELS,
	SHOW_NEIGHBORS,
	SHOW_INTERFACES,
	SHOW_RIB,
	SHOW_FIB,
	SHOW_DATABASE,
	SHOW_SA,
	SHOW_IKE,
	SHOW_EVENTS,
	SHOW_CONFIG,
	SHOW_PROCESSES,
	SHOW_COUNTERS,
	SHOW_N
};
extern const char *const show_kind_names[SHOW_N];

/* What a command line says. */
struct command {
	enum action	action;
	enum show_kind	show;
	uint32_t	lsa_type;	/* 0: all */
	bool		self;		/* own LSAs only */
	char		fib_kind[16];	/* empty: all */
	char		match[TUNNEL_NAME_MAX];	/* site, interface or tunnel */
	bool		has_prefix;
	struct prefix	prefix;
	int		log_level;	/* syslog's number */
	uint32_t	subsys_mask;
	enum ike_kick_what kick;
	bool		all;		/* instead of a site */
	bool		on;		/* CONFIRM, COUPLE */
	bool		check;		/* RELOAD: -n */
	uint32_t	confirm_s;	/* RELOAD: -c; 0 none */
};

#define PARSE_WHY_MAX	512

/* Parse words[n].  0, or -1 with a text in why (one line, without newline). */
int	parse_command(int n, char *const words[], struct command *out,
	    char why[static PARSE_WHY_MAX]);
/* A time as "90", "90s", "10m", "1h", at most CTL_CONFIRM_MAX_S and not 0.
 * 0, or -1 with why. */
int	parse_seconds(const char *text, uint32_t *out,
	    char why[static PARSE_WHY_MAX]);
/* All commands with a word of help each, for the usage. */
void	parse_help(FILE *f);
/* A completion script for bash on f. */
void	parse_bash(FILE *f);

#endif
