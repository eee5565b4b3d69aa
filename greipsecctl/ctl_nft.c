/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  See ctl_nft.h. */
#include <sys/types.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "greipsecctl/ctl_nft.h"

#define NFT		"/usr/sbin/nft"
#define NAME_MAX_LEN	64

struct place {
	char	table[NAME_MAX_LEN], chain[NAME_MAX_LEN];
	bool	exempt;		/* what goes into the tunnels has left */
	bool	kept;		/* the daemon keeps all of it away */
};

enum finding {
	FOUND_NONE,
	FOUND_ALL,		/* translates tunnels with the rest */
	FOUND_MEANT		/* translates tunnels and says so */
};

/* Whether word stands in line by itself. */
static bool
has_word(const char *line, const char *word)
{
	size_t len = strlen(word);
	const char *p = line;

	while ((p = strstr(p, word)) != NULL) {
		if ((p == line || p[-1] == ' ' || p[-1] == '\t') &&
		    (p[len] == '\0' || p[len] == ' ' || p[len] == '\n'))
			return (true);
		p += len;
	}
	return (false);
}

/* "table ip nat {": the second word, or for a table the last before "{". */
static void
name_of(const char *line, char out[NAME_MAX_LEN])
{
	const char *end = strchr(line, '{');
	const char *p;

	if (end == NULL)
		end = line + strlen(line);
	while (end > line && end[-1] == ' ')
		end--;
	for (p = end; p > line && p[-1] != ' ' && p[-1] != '\t'; p--)
		;
	(void)snprintf(out, NAME_MAX_LEN, "%.*s", (int)(end - p), p);
}

/* A rule that says where a packet goes out, and not that it is one of ours. */
static bool
elsewhere(const char *line)
{
	const char *p = strstr(line, "oif");

	return (p != NULL && strstr(p, "!=") == NULL &&
	    strstr(p, "\"gs-") == NULL);
}

static bool
names_tunnel(const char *line)
{
	return (strstr(line, "oif") != NULL && strstr(line, "\"gs-") != NULL &&
	    strstr(line, "!=") == NULL);
}

static enum finding
rule(struct place *at, const char *line)
{
	/* the daemon's own table */
	if (strcmp(at->table, "greipsecd") == 0) {
		at->kept |= strstr(line, "oifgroup") != NULL;
		return (FOUND_NONE);
	}
	if (names_tunnel(line) &&
	    (has_word(line, "accept") || has_word(line, "return")))
		at->exempt = true;
	if (at->exempt || elsewhere(line) ||
	    (!has_word(line, "masquerade") && !has_word(line, "snat")))
		return (FOUND_NONE);
	return (names_tunnel(line) ? FOUND_MEANT : FOUND_ALL);
}

static int
note(struct rows *to, const struct place *at, const char *line, bool meant)
{
	struct ctl_warn row;

	memset(&row, 0, sizeof(row));
	(void)snprintf(row.text, sizeof(row.text), meant ?
	    "source NAT into a tunnel is kept from it: nft table %s, chain %s: "
	    "%.200s; here: host { nat-exemption no } lets it in" :
	    "source NAT without an outgoing interface also changes what goes "
	    "into the tunnels: nft table %s, chain %s: %.200s; here: say "
	    "`oifname' of the uplink in it, or before it `oifname \"gs-*\" "
	    "accept'", at->table, at->chain, line);
	to->t = &ctl_warn_fld;
	return (rows_add(to, &row));
}

/* Read all rules: those that matter where the daemon keeps NAT away, and those
 * that matter where it does not. */
static int
read_rules(FILE *f, struct place *at, struct rows *kept, struct rows *open,
    struct forward *fwd)
{
	char line[1024], *p;
	enum finding found;
	int rv = 0;

	while (rv == 0 && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (fwd != NULL)
			forward_line(fwd, line);
		for (p = line; *p == ' ' || *p == '\t'; p++)
			;
		if (strncmp(p, "table ", 6) == 0)
			name_of(p, at->table);
		else if (strncmp(p, "chain ", 6) == 0) {
			name_of(p, at->chain);
			at->exempt = false;
		} else if ((found = rule(at, p)) != FOUND_NONE) {
			rv = note(open, at, p, false);
			if (rv == 0 && found == FOUND_MEANT)
				rv = note(kept, at, p, true);
		}
	}
	return (rv);
}

int
nft_scan(FILE *f, struct rows *out, struct forward *fwd)
{
	struct rows kept = { .n = 0 }, open = { .n = 0 };
	struct place at = { .kept = false };
	const struct rows *have;
	size_t i;
	int rv;

	out->t = &ctl_warn_fld;
	rv = read_rules(f, &at, &kept, &open, fwd);
	have = at.kept ? &kept : &open;
	for (i = 0; rv == 0 && i < have->n; i++)
		rv = rows_add(out, rows_at(have, i));
	rows_free(&kept);
	rows_free(&open);
	return (rv);
}

/* Start nft with its output on a pipe; the reading end, or -1. */
static int
start(pid_t *pid)
{
	int p[2], null;

	if (pipe2(p, O_CLOEXEC) == -1)
		return (-1);
	if ((*pid = fork()) == -1) {
		(void)close(p[0]);
		(void)close(p[1]);
		return (-1);
	}
	if (*pid == 0) {
		if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1 ||
		    dup2(null, STDIN_FILENO) == -1 ||
		    dup2(p[1], STDOUT_FILENO) == -1 ||
		    dup2(null, STDERR_FILENO) == -1)
			_exit(1);
		(void)execl(NFT, "nft", "-s", "list", "ruleset", (char *)NULL);
		_exit(1);
	}
	(void)close(p[1]);
	return (p[0]);
}

int
nft_look(struct rows *out, struct forward *fwd)
{
	pid_t pid;
	FILE *f;
	int fd, rv = 0;

	if (geteuid() != 0 || access(NFT, X_OK) == -1 ||
	    (fd = start(&pid)) == -1)
		return (0);
	if ((f = fdopen(fd, "r")) == NULL)
		(void)close(fd);
	else {
		rv = nft_scan(f, out, fwd);
		(void)fclose(f);
	}
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	return (rv);
}
