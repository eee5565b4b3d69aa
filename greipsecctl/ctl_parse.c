/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  See ctl_parse.h. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "greipsecctl/ctl_parse.h"

const char *const show_kind_names[SHOW_N] = {
	"summary", "tunnels", "neighbors", "interfaces", "rib", "fib",
	"database", "sa", "ike", "events", "config", "processes", "counters"
};

/* What stands in one place of a command. */
enum token_type {
	TOK_END,	/* the command may end here; closes a list */
	TOK_MORE,	/* closes the list of a command that may not end */
	TOK_WORD,	/* this word, or the beginning of it */
	TOK_EXACT,	/* this word whole: a name might stand here as well */
	TOK_NAME,	/* a site, an interface or a tunnel */
	TOK_PREFIX	/* an address or a prefix */
};

/* What it sets. */
enum token_set {
	SET_NOTHING,
	SET_ACTION,
	SET_SHOW,
	SET_LSA,
	SET_SELF,
	SET_FIB,
	SET_LEVEL,
	SET_SUBSYS,
	SET_KICK,
	SET_ALL,
	SET_ON,		/* the action, and its switch */
	SET_OFF
};

struct token {
	enum token_type		 type;
	const char		*word;	/* or what stands for a value in help */
	enum token_set		 set;
	int			 value;
	const struct token	*next;
	const char		*help;
};

#define W(w, set, value, next, help) \
	{ TOK_WORD, w, set, value, next, help }
#define END	{ TOK_END, NULL, SET_NOTHING, 0, NULL, NULL }
#define MORE	{ TOK_MORE, NULL, SET_NOTHING, 0, NULL, NULL }

static const struct token t_end[] = { END };
static const struct token t_site_opt[] = {
	{ TOK_NAME, "site", SET_NOTHING, 0, t_end, NULL }, END
};
static const struct token t_iface_opt[] = {
	{ TOK_NAME, "interface", SET_NOTHING, 0, t_end, NULL }, END
};
static const struct token t_site[] = {
	{ TOK_EXACT, "all", SET_ALL, 0, t_end, NULL },
	{ TOK_NAME, "site", SET_NOTHING, 0, t_end, NULL }, MORE
};
static const struct token t_rekey[] = {
	{ TOK_EXACT, "all", SET_ALL, 0, t_end, NULL },
	{ TOK_EXACT, "ike", SET_KICK, KICK_REKEY_IKE, t_site,
	    "the IKE SA as well" },
	{ TOK_NAME, "site", SET_NOTHING, 0, t_end, NULL }, MORE
};
static const struct token t_prefix_opt[] = {
	{ TOK_PREFIX, "prefix", SET_NOTHING, 0, t_end, NULL }, END
};
static const struct token t_fib[] = {
	W("ospf", SET_FIB, 0, t_prefix_opt, NULL),
	W("guard", SET_FIB, 0, t_prefix_opt, NULL),
	W("pinned", SET_FIB, 0, t_prefix_opt, NULL),
	{ TOK_PREFIX, "prefix", SET_NOTHING, 0, t_end, NULL }, END
};
static const struct token t_database[] = {
	W("router", SET_LSA, 1, t_end, NULL),
	W("network", SET_LSA, 2, t_end, NULL),
	W("external", SET_LSA, 5, t_end, NULL),
	W("self-originated", SET_SELF, 0, t_end, NULL), END
};
static const struct token t_show[] = {
	W("summary", SET_SHOW, SHOW_SUMMARY, t_end,
	    "one screen; what needs attention"),
	W("tunnels", SET_SHOW, SHOW_TUNNELS, t_site_opt,
	    "a line for each link"),
	W("neighbors", SET_SHOW, SHOW_NEIGHBORS, t_site_opt,
	    "OSPF neighbors"),
	W("interfaces", SET_SHOW, SHOW_INTERFACES, t_iface_opt,
	    "OSPF interfaces"),
	W("rib", SET_SHOW, SHOW_RIB, t_prefix_opt, "routes of OSPF"),
	W("fib", SET_SHOW, SHOW_FIB, t_fib, "our routes in the kernel"),
	W("database", SET_SHOW, SHOW_DATABASE, t_database, "link states"),
	W("sa", SET_SHOW, SHOW_SA, t_site_opt, "ESP SAs with their traffic"),
	W("ike", SET_SHOW, SHOW_IKE, t_site_opt, "IKE SAs, or why not"),
	W("events", SET_SHOW, SHOW_EVENTS, t_site_opt,
	    "the last 1000 changes of state"),
	W("config", SET_SHOW, SHOW_CONFIG, t_end, "what is in force here"),
	W("processes", SET_SHOW, SHOW_PROCESSES, t_end,
	    "the daemon's processes"),
	W("counters", SET_SHOW, SHOW_COUNTERS, t_end,
	    "packets and drops by reason"),
	END
};
static const struct token t_log_site[] = {
	{ TOK_NAME, "site", SET_NOTHING, 0, t_end, NULL }, END
};
static const struct token t_log_of[] = {
	{ TOK_EXACT, "main", SET_SUBSYS, SUBSYS_MAIN, t_log_site, NULL },
	{ TOK_EXACT, "ike", SET_SUBSYS, SUBSYS_IKE, t_log_site, NULL },
	{ TOK_EXACT, "ospf", SET_SUBSYS, SUBSYS_OSPF, t_log_site, NULL },
	{ TOK_EXACT, "esp", SET_SUBSYS, SUBSYS_ESP, t_log_site, NULL },
	{ TOK_EXACT, "kernel", SET_SUBSYS, SUBSYS_KERNEL, t_log_site, NULL },
	{ TOK_EXACT, "control", SET_SUBSYS, SUBSYS_CONTROL, t_log_site,
	    NULL },
	{ TOK_NAME, "site", SET_NOTHING, 0, t_end, NULL }, END
};
static const struct token t_log[] = {
	W("brief", SET_LEVEL, LOG_NOTICE, t_end, "changes of state"),
	W("verbose", SET_LEVEL, LOG_INFO, t_log_of,
	    "their steps and routine as well"),
	W("debug", SET_LEVEL, LOG_DEBUG, t_log_of, "what led to them as well"),
	MORE
};
static const struct token t_clear[] = {
	W("neighbor", SET_NOTHING, 0, t_site, NULL), MORE
};
static const struct token t_couple[] = {
	W("couple", SET_ON, ACT_COUPLE, t_end, NULL),
	W("decouple", SET_OFF, ACT_COUPLE, t_end, NULL), MORE
};
static const struct token t_shell[] = {
	W("bash", SET_NOTHING, 0, t_end, NULL), MORE
};
static const struct token t_main[] = {
	W("show", SET_ACTION, ACT_SHOW, t_show, NULL),
	W("monitor", SET_ACTION, ACT_MONITOR, t_site_opt,
	    "events as they happen"),
	W("diagnose", SET_ACTION, ACT_DIAGNOSE, t_site_opt,
	    "what is wrong, why, and what to change where"),
	W("log", SET_ACTION, ACT_LOG, t_log, "how much is logged"),
	W("reload", SET_ACTION, ACT_RELOAD, t_end,
	    "read the configuration again"),
	W("confirm", SET_ON, ACT_CONFIRM, t_end,
	    "keep what `reload -c' applied"),
	W("undo", SET_OFF, ACT_CONFIRM, t_end, "take it back now"),
	W("rekey", SET_KICK, KICK_REKEY_CHILD, t_rekey, "new ESP keys"),
	W("restart", SET_KICK, KICK_RESTART, t_site,
	    "new IKE SA from scratch"),
	W("up", SET_KICK, KICK_UP, t_site, "start, and do not wait to retry"),
	W("down", SET_KICK, KICK_DOWN, t_site, "stop until `up'"),
	W("clear", SET_ACTION, ACT_CLEAR, t_clear,
	    "begin anew with an OSPF neighbor"),
	W("fib", SET_NOTHING, 0, t_couple,
	    "whether OSPF's routes go to the kernel"),
	W("keygen", SET_ACTION, ACT_KEYGEN, t_end,
	    "make this site's key; -o file"),
	W("genpsk", SET_ACTION, ACT_GENPSK, t_end, "print a secret"),
	W("completion", SET_ACTION, ACT_COMPLETION, t_shell,
	    "for a shell's start file"),
	MORE
};

static bool
is_word(const struct token *t)
{
	return (t->type == TOK_WORD || t->type == TOK_EXACT);
}

static bool
is_end(const struct token *t)
{
	return (t->type == TOK_END || t->type == TOK_MORE);
}

/* What may stand here: "a, b, <site>"; only what begins with word, if any. */
static void
list(const struct token *t, const char *word, char *buf, size_t cap)
{
	size_t n = 0, len = strlen(word);
	int k;

	buf[0] = '\0';
	for (; !is_end(t) && n < cap; t++) {
		if (len > 0 && (t->type != TOK_WORD ||
		    strncmp(t->word, word, len) != 0))
			continue;
		k = snprintf(buf + n, cap - n, is_word(t) ? "%s%s" :
		    "%s<%s>", n > 0 ? ", " : "", t->word);
		n += (size_t)k;
	}
}

static int
set_value(const struct token *t, struct command *c, const char *word,
    char why[static PARSE_WHY_MAX])
{
	if (t->type == TOK_NAME) {
		if (strlen(word) >= sizeof(c->match)) {
			(void)snprintf(why, PARSE_WHY_MAX,
			    "%.64s: longer than a name may be", word);
			return (-1);
		}
		(void)snprintf(c->match, sizeof(c->match), "%s", word);
		return (0);
	}
	c->has_prefix = true;
	if (prefix_parse(word, &c->prefix) == 0)
		return (0);
	(void)snprintf(why, PARSE_WHY_MAX, "%.64s: not an address or prefix",
	    word);
	return (-1);
}

static void
set_word(const struct token *t, struct command *c)
{
	switch (t->set) {
	case SET_ACTION:
		c->action = (enum action)t->value;
		break;
	case SET_SHOW:
		c->show = (enum show_kind)t->value;
		break;
	case SET_LSA:
		c->lsa_type = (uint32_t)t->value;
		break;
	case SET_SELF:
		c->self = true;
		break;
	case SET_FIB:
		(void)snprintf(c->fib_kind, sizeof(c->fib_kind), "%s",
		    t->word);
		break;
	case SET_LEVEL:
		c->log_level = t->value;
		break;
	case SET_SUBSYS:
		c->subsys_mask = 1U << t->value;
		break;
	case SET_KICK:
		c->action = ACT_KICK;
		c->kick = (enum ike_kick_what)t->value;
		break;
	case SET_ALL:
		c->all = true;
		break;
	case SET_ON:
	case SET_OFF:
		c->action = (enum action)t->value;
		c->on = t->set == SET_ON;
		break;
	case SET_NOTHING:
		break;
	}
}

/* The token a word stands for; NULL with why. */
static const struct token *
find(const struct token *t, const char *word, char why[static PARSE_WHY_MAX])
{
	const struct token *hit = NULL, *value = NULL, *all = t;
	size_t len = strlen(word);
	char could[PARSE_WHY_MAX - 96];
	int hits = 0;

	for (; !is_end(t); t++) {
		if (!is_word(t)) {
			value = t;
			continue;
		}
		if (strcmp(t->word, word) == 0)
			return (t);
		if (t->type == TOK_WORD && len > 0 &&
		    strncmp(t->word, word, len) == 0) {
			hit = t;
			hits++;
		}
	}
	if (hits == 1)
		return (hit);
	if (hits == 0 && value != NULL && len > 0)
		return (value);
	if (hits > 1) {
		list(all, word, could, sizeof(could));
		(void)snprintf(why, PARSE_WHY_MAX,
		    "`%.32s' is ambiguous: %s", word, could);
		return (NULL);
	}
	list(all, "", could, sizeof(could));
	if (could[0] == '\0')
		(void)snprintf(why, PARSE_WHY_MAX,
		    "`%.32s' is more than was expected", word);
	else
		(void)snprintf(why, PARSE_WHY_MAX,
		    "`%.32s' is unknown here; possible: %s", word, could);
	return (NULL);
}

static int
command(int n, char *const words[], struct command *out,
    char why[static PARSE_WHY_MAX])
{
	const struct token *t = t_main, *hit;
	char could[PARSE_WHY_MAX - 96];
	int i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < n; i++) {
		if ((hit = find(t, words[i], why)) == NULL)
			return (-1);
		if (is_word(hit))
			set_word(hit, out);
		else if (set_value(hit, out, words[i], why) == -1)
			return (-1);
		t = hit->next;
	}
	while (!is_end(t))
		t++;
	if (t->type == TOK_END)
		return (0);
	/* back to the head of the list, for what is missing */
	t = t_main;
	for (i = 0; i < n; i++)
		t = find(t, words[i], why)->next;
	list(t, "", could, sizeof(could));
	(void)snprintf(why, PARSE_WHY_MAX, "%s%swhat? possible: %s",
	    n > 0 ? words[n - 1] : "", n > 0 ? " " : "", could);
	return (-1);
}

int
parse_command(int n, char *const words[], struct command *out,
    char why[static PARSE_WHY_MAX])
{
	char *p;

	if (command(n, words, out, why) == 0)
		return (0);
	/* a word may hold anything; the text is a line */
	for (p = why; *p != '\0'; p++)
		if (iscntrl((unsigned char)*p))
			*p = '?';
	return (-1);
}

int
parse_seconds(const char *text, uint32_t *out, char why[static PARSE_WHY_MAX])
{
	static const struct {
		char		unit;
		uint32_t	s;
	} units[] = { { '\0', 1 }, { 's', 1 }, { 'm', 60 }, { 'h', 3600 } };
	unsigned long n;
	char *end;
	size_t i;

	n = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &end, 10) : 0;
	for (i = 0; n > 0 && n <= CTL_CONFIRM_MAX_S &&
	    i < sizeof(units) / sizeof(units[0]); i++)
		if (*end == units[i].unit && (*end == '\0' || end[1] == '\0') &&
		    n * units[i].s <= CTL_CONFIRM_MAX_S) {
			*out = (uint32_t)n * units[i].s;
			return (0);
		}
	(void)snprintf(why, PARSE_WHY_MAX,
	    "%.32s: not a time from 1s to 24h", text);
	return (-1);
}

/* "show tunnels [site]" */
static void
synopsis(const struct token *t, const char *before, char *buf, size_t cap)
{
	char could[128];
	const struct token *e;
	bool may_end;
	char *s;

	for (e = t->next; !is_end(e); e++)
		;
	may_end = e->type == TOK_END;
	list(t->next, "", could, sizeof(could));
	for (s = could; *s != '\0'; s++)
		if (s[0] == ',' && s[1] == ' ') {
			s[0] = '|';
			memmove(s + 1, s + 2, strlen(s + 2) + 1);
		}
	if (could[0] == '\0')
		(void)snprintf(buf, cap, "%s%s", before, t->word);
	else
		(void)snprintf(buf, cap, "%s%s %s%s%s", before, t->word,
		    may_end ? "[" : "", could, may_end ? "]" : "");
}

static void
help_line(FILE *f, const char *text, const char *help)
{
	if (strlen(text) > 33)
		fprintf(f, "  %s\n  %-33s %s\n", text, "", help);
	else
		fprintf(f, "  %-33s %s\n", text, help);
}

void
parse_help(FILE *f)
{
	const struct token *t, *s;
	char text[192];

	for (t = t_main; !is_end(t); t++) {
		if (t->next == t_show) {
			for (s = t_show; !is_end(s); s++) {
				synopsis(s, "show ", text, sizeof(text));
				help_line(f, text, s->help);
			}
			continue;
		}
		synopsis(t, "", text, sizeof(text));
		help_line(f, text, t->help);
	}
}

/* One line of a case: path of words, then what may follow. */
static void
bash_case(FILE *f, const char *path, const struct token *t)
{
	const struct token *e;
	char deeper[128];

	fprintf(f, "\t\"%s\") want=\"", path);
	for (e = t; !is_end(e); e++)
		if (is_word(e))
			fprintf(f, "%s ", e->word);
		else if (e->type == TOK_NAME)
			fprintf(f, "$(_greipsecctl_sites) ");
	fprintf(f, "\" ;;\n");
	for (e = t; !is_end(e); e++) {
		if (!is_word(e) || is_end(e->next))
			continue;
		(void)snprintf(deeper, sizeof(deeper), "%s %s", path, e->word);
		bash_case(f, deeper, e->next);
	}
}

void
parse_bash(FILE *f)
{
	fprintf(f,
	    "# completion of greipsecctl for bash; made by `greipsecctl "
	    "completion bash'\n"
	    "_greipsecctl_sites() {\n"
	    "\tgreipsecctl -qC show tunnels 2>/dev/null | cut -d ' ' -f 1\n"
	    "}\n"
	    "_greipsecctl() {\n"
	    "\tlocal path=greipsecctl want= i\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tcase ${COMP_WORDS[i]} in\n"
	    "\t\t-s|-o) ((i++)) ;;\n"
	    "\t\t-*) ;;\n"
	    "\t\t*) path=\"$path ${COMP_WORDS[i]}\" ;;\n"
	    "\t\tesac\n"
	    "\tdone\n"
	    "\tcase $path in\n");
	bash_case(f, "greipsecctl", t_main);
	fprintf(f,
	    "\tesac\n"
	    "\tCOMPREPLY=($(compgen -W \"$want\" -- "
	    "\"${COMP_WORDS[COMP_CWORD]}\"))\n"
	    "}\n"
	    "complete -F _greipsecctl greipsecctl\n");
}
