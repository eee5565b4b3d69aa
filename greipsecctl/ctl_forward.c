/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  See ctl_forward.h.  A rule that names a tunnel, whatever
 * it does, was written by somebody who thought of it: then nothing is said.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecctl/ctl_forward.h"

#define NAME_LEN	72
#define CHAINS_MAX	512
#define JUMPS_MAX	1024

/* What the rules of a chain say, or all that are met from it. */
#define SAYS_TUNNEL	1	/* one names a tunnel */
#define SAYS_ALL	2	/* all is accepted */
#define SAYS_SOME	4	/* something is, and it may be ours */

struct chain {
	char	table[NAME_LEN], name[NAME_LEN];	/* "ip filter" */
	bool	forward, drops;
	int	says;
};

struct jump {
	size_t	from;
	char	to[NAME_LEN];
	bool	sure;		/* without a condition */
};

struct forward {
	struct rows	 ifs;		/* tunnels */
	struct rows	 lans;
	char		 table[NAME_LEN];
	bool		 inside;	/* a chain */
	struct chain	*chains;
	struct jump	*jumps;
	size_t		 n_chains, n_jumps;
	bool		 failed;
};

struct forward *
forward_new(const struct data *d)
{
	struct forward *f = calloc(1, sizeof(*f));
	const struct ctl_ospfif *o;
	const struct ctl_tunnel *t;
	struct ctl_text w;
	size_t i;

	if (f == NULL)
		return (NULL);
	f->ifs.t = f->lans.t = &ctl_text_fld;
	for (i = 0; (t = data_at(d, CTL_TUNNEL, i)) != NULL; i++) {
		memset(&w, 0, sizeof(w));
		(void)snprintf(w.text, sizeof(w.text), "%s", t->ifname);
		f->failed |= rows_add(&f->ifs, &w) == -1;
	}
	/* an address of the host itself needs no forwarding */
	for (i = 0; (o = data_at(d, CTL_OSPFIF, i)) != NULL; i++) {
		if (o->tid != 0 || o->len >= 31 || strcmp(o->name, "lo") == 0)
			continue;
		memset(&w, 0, sizeof(w));
		(void)snprintf(w.text, sizeof(w.text), "%s", o->name);
		f->failed |= rows_add(&f->lans, &w) == -1;
	}
	return (f);
}

void
forward_free(struct forward *f)
{
	if (f == NULL)
		return;
	rows_free(&f->ifs);
	rows_free(&f->lans);
	free(f->chains);
	free(f->jumps);
	free(f);
}

/* One of these has that name; of a pattern the star is left out. */
static bool
among(const struct rows *r, const char *name, size_t len, bool pattern)
{
	const char *have;
	size_t i;

	for (i = 0; i < r->n; i++) {
		have = ((const struct ctl_text *)rows_at(r, i))->text;
		if (strncmp(have, name, len) == 0 &&
		    (pattern || have[len] == '\0'))
			return (true);
	}
	return (false);
}

/* An interface of containers, virtual machines or the host itself. */
static bool
is_inner(const char *name, size_t len)
{
	static const char *const begins[] = { "docker", "br-", "virbr",
	    "lxcbr", "lxdbr", "podman", "cni", "veth" };
	size_t i;

	for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (strncmp(name, begins[i], strlen(begins[i])) == 0)
			return (true);
	return (len == 2 && memcmp(name, "lo", 2) == 0);
}

/* Whether a tunnel is named, and whether the rule is bound to an interface that
 * has nothing to do with them. */
static void
names(const struct forward *f, const char *line, bool *tunnel, bool *inner)
{
	const char *p = line, *end;
	size_t len;
	bool star;

	*tunnel = *inner = false;
	while ((p = strchr(p, '"')) != NULL) {
		p++;
		if ((end = strchr(p, '"')) == NULL)
			return;
		len = (size_t)(end - p);
		star = len > 0 && p[len - 1] == '*';
		*tunnel |= strncmp(p, "gs-", 3) == 0 ||
		    (len > 0 && among(&f->ifs, p, len - star, star));
		*inner |= is_inner(p, len) && !among(&f->lans, p, len, false) &&
		    (p - line < 4 || strncmp(p - 4, "!= \"", 4) != 0);
		p = end + 1;
	}
}

/* The rule behind its counter: "counter packets 0 bytes 0 accept". */
static const char *
behind_counter(const char *p)
{
	if (strncmp(p, "counter ", 8) != 0)
		return (p);
	p += 8;
	if (strncmp(p, "packets ", 8) == 0) {
		p += 8;
		p += strspn(p, "0123456789 ");
		if (strncmp(p, "bytes ", 6) == 0)
			p += 6 + strspn(p + 6, "0123456789 ");
	}
	return (p);
}

static bool
is_verdict(const char *p, const char *word)
{
	size_t len = strlen(word);

	return (strncmp(p, word, len) == 0 && (p[len] == '\0' ||
	    p[len] == ' '));
}

/* What is known not to be the first packet of a flow through a tunnel. */
static bool
is_aside(const char *p)
{
	return ((strstr(p, "ct state") != NULL && strstr(p, "new") == NULL &&
	    strstr(p, "untracked") == NULL && strstr(p, "!=") == NULL) ||
	    strstr(p, "ct status dnat") != NULL || strstr(p, "icmp") != NULL);
}

static void
jumps_of(struct forward *f, const char *rule)
{
	const char *p = rule;
	struct jump *j;
	size_t len;

	while ((p = strpbrk(p, "jg")) != NULL) {
		if ((strncmp(p, "jump ", 5) != 0 &&
		    strncmp(p, "goto ", 5) != 0) ||
		    (p > rule && p[-1] != ' ')) {
			p++;
			continue;
		}
		j = f->n_jumps == JUMPS_MAX ? NULL : reallocarray(f->jumps,
		    f->n_jumps + 1, sizeof(*j));
		if (j == NULL) {
			f->failed = true;
			return;
		}
		f->jumps = j;
		j += f->n_jumps++;
		memset(j, 0, sizeof(*j));
		j->from = f->n_chains - 1;
		j->sure = p == rule;
		p += 5;
		len = strcspn(p, " ,");
		(void)snprintf(j->to, sizeof(j->to), "%.*s", (int)len, p);
	}
}

static void
rule(struct forward *f, struct chain *c, const char *line)
{
	const char *p = behind_counter(line);
	bool tunnel, inner;

	names(f, p, &tunnel, &inner);
	if (tunnel)
		c->says |= SAYS_TUNNEL;
	if (is_verdict(p, "accept"))
		c->says |= SAYS_ALL;
	else if (is_verdict(p, "drop") || is_verdict(p, "reject"))
		c->drops = true;
	else if (!inner && !is_aside(p)) {
		if (strstr(p, "accept") != NULL || strstr(p, "queue") != NULL ||
		    strstr(p, "ACCEPT") != NULL)
			c->says |= SAYS_SOME;
		jumps_of(f, p);
	}
}

/* "type filter hook forward priority filter; policy drop;" */
static void
base(struct chain *c, const char *line)
{
	c->forward = strstr(line, " hook forward ") != NULL &&
	    (strncmp(c->table, "ip ", 3) == 0 ||
	    strncmp(c->table, "inet ", 5) == 0);
	c->drops = strstr(line, "policy drop") != NULL;
}

static void
add_chain(struct forward *f, const char *name)
{
	struct chain *c = f->n_chains == CHAINS_MAX ? NULL :
	    reallocarray(f->chains, f->n_chains + 1, sizeof(*c));

	if (c == NULL) {
		f->failed = true;
		return;
	}
	f->chains = c;
	c += f->n_chains++;
	memset(c, 0, sizeof(*c));
	memcpy(c->table, f->table, sizeof(c->table));
	(void)snprintf(c->name, sizeof(c->name), "%.*s",
	    (int)strcspn(name, " {"), name);
	f->inside = true;
}

void
forward_line(struct forward *f, const char *line)
{
	const char *p = line + strspn(line, " \t");
	struct chain *c;
	size_t len;

	if (f->failed || *p == '\0' || *p == '#')
		return;
	if (!f->inside) {
		if (strncmp(p, "table ", 6) == 0) {
			p += 6;
			(void)snprintf(f->table, sizeof(f->table), "%.*s",
			    (int)strcspn(p, "{"), p);
			len = strlen(f->table);
			if (len > 0 && f->table[len - 1] == ' ')
				f->table[len - 1] = '\0';
		} else if (strncmp(p, "chain ", 6) == 0)
			add_chain(f, p + 6);
		return;
	}
	c = &f->chains[f->n_chains - 1];
	if (strcmp(p, "}") == 0)
		f->inside = false;
	else if (strncmp(p, "type ", 5) == 0 && strstr(p, " hook ") != NULL)
		base(c, p);
	else
		rule(f, c, p);
}

/* What is met by who goes through chain i: by all (2), or by some (1). */
static int
says(const struct forward *f, size_t i, unsigned char *met)
{
	const struct chain *c = f->chains, *at;
	const struct jump *j;
	unsigned char how;
	bool more = true;
	int all = 0;
	size_t k, n;

	memset(met, 0, f->n_chains);
	met[i] = 2;
	while (more) {
		more = false;
		for (k = 0; k < f->n_jumps; k++) {
			j = &f->jumps[k];
			at = &c[j->from];
			how = j->sure ? met[j->from] : met[j->from] > 0;
			for (n = 0; how > 0 && n < f->n_chains; n++)
				if (met[n] < how && strcmp(c[n].name, j->to) ==
				    0 && strcmp(c[n].table, at->table) == 0) {
					met[n] = how;
					more = true;
				}
		}
	}
	for (n = 0; n < f->n_chains; n++)
		if (met[n] > 0)
			all |= met[n] == 1 && (c[n].says & SAYS_ALL) != 0 ?
			    (c[n].says & ~SAYS_ALL) | SAYS_SOME : c[n].says;
	return (all);
}

enum forward_verdict
forward_judge(const struct forward *f, char where[static FORWARD_WHERE_MAX])
{
	enum forward_verdict v = FORWARD_OPEN, is;
	unsigned char *met;
	size_t i;
	int s;

	where[0] = '\0';
	if (f->failed || f->lans.n == 0 || f->n_chains == 0 ||
	    (met = calloc(1, f->n_chains)) == NULL)
		return (v);
	for (i = 0; i < f->n_chains && v != FORWARD_DROPS; i++) {
		if (!f->chains[i].forward || !f->chains[i].drops)
			continue;
		s = says(f, i, met);
		if ((s & (SAYS_TUNNEL | SAYS_ALL)) != 0)
			continue;
		is = (s & SAYS_SOME) != 0 ? FORWARD_MAY_DROP : FORWARD_DROPS;
		if (is <= v)
			continue;
		v = is;
		(void)snprintf(where, FORWARD_WHERE_MAX, "%s %s",
		    f->chains[i].table, f->chains[i].name);
	}
	free(met);
	return (v);
}
