/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See conf.h.  One run: read, check, say who we are, build; its
 * errors; what it leaves behind.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/conf_int.h"
#include "lib/secret.h"

#define ERRS_MAX	200

const char *const conf_log_names[CONF_LOG_N] = { "brief", "verbose", "debug" };

/* File names in the order in which they turned up, shared by the errors and
 * the configuration of a run. */
struct conf_names {
	size_t	  refs;
	char	**name;
	size_t	  n;
};

struct conf_names *
names_ref(struct conf_names *n)
{
	if (n != NULL)
		n->refs++;
	return (n);
}

void
names_unref(struct conf_names *n)
{
	size_t i;

	if (n == NULL || --n->refs > 0)
		return;
	for (i = 0; i < n->n; i++)
		free(n->name[i]);
	free(n->name);
	free(n);
}

/* The one copy of a name. */
static const char *
name_get(void *ctx, const char *path)
{
	struct conf_run *r = ctx;
	struct conf_names *n = r->names;
	char **more, *copy;
	size_t i;

	for (i = 0; i < n->n; i++)
		if (strcmp(n->name[i], path) == 0)
			return (n->name[i]);
	more = reallocarray(n->name, n->n + 1, sizeof(*more));
	if (more != NULL)
		n->name = more;
	if (more == NULL || (copy = strdup(path)) == NULL) {
		r->no_memory = true;
		return ("-");
	}
	n->name[n->n++] = copy;
	return (copy);
}

static void
verr(struct conf_run *r, const struct conf_loc *loc, bool warning,
    const char *fmt, va_list ap)
{
	struct conf_errs *errs = r->errs;
	struct conf_err *more, *e;
	char buf[1024];
	size_t i;

	/* what seems wrong behind a string without an end is not */
	if (r->lex != NULL && lex_broken(r->lex))
		return;
	(void)vsnprintf(buf, sizeof(buf), fmt, ap);
	for (i = 0; i < errs->n; i++) {	/* a file may be read again */
		e = &errs->e[i];
		if (e->loc.line == loc->line && e->loc.col == loc->col &&
		    e->loc.file == loc->file && strcmp(e->text, buf) == 0)
			return;
	}
	if (warning)
		errs->n_warnings++;
	else
		errs->n_errors++;
	if (errs->n == ERRS_MAX)
		return;
	more = reallocarray(errs->e, errs->n + 1, sizeof(*more));
	if (more == NULL)
		return;
	errs->e = more;
	e = &more[errs->n];
	e->loc = *loc;
	e->warning = warning;
	e->text = strdup(buf);
	if (e->text != NULL)
		errs->n++;
}

void
conf_err(struct conf_run *r, const struct conf_loc *loc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verr(r, loc, false, fmt, ap);
	va_end(ap);
}

void
conf_warn(struct conf_run *r, const struct conf_loc *loc, const char *fmt,
    ...)
{
	va_list ap;

	va_start(ap, fmt);
	verr(r, loc, true, fmt, ap);
	va_end(ap);
}

static void
lex_error(void *ctx, const struct conf_loc *loc, const char *text)
{
	struct conf_run *r = ctx;
	struct conf_loc at = *loc;

	/* a file that cannot be read has no line */
	if (at.line == 0)
		at.line = at.col = 1;
	conf_err(r, &at, "%s", text);
	r->syntax_at = at;	/* its line is not complained about again */
}

/* Into the order of the files; those of one place stay as they came. */
static void
sort_errs(struct conf_errs *errs)
{
	struct conf_err e;
	size_t i, j, k;

	for (i = 1; i < errs->n; i++) {
		e = errs->e[i];
		for (j = i; j > 0; j--) {
			const struct conf_loc *a = &errs->e[j - 1].loc;

			if (a->file != e.loc.file) {
				/* the name that turned up first */
				for (k = 0; k < errs->names->n; k++)
					if (errs->names->name[k] == a->file ||
					    errs->names->name[k] == e.loc.file)
						break;
				if (k == errs->names->n ||
				    errs->names->name[k] == a->file)
					break;
			} else if (a->line < e.loc.line ||
			    (a->line == e.loc.line && a->col <= e.loc.col))
				break;
			errs->e[j] = errs->e[j - 1];
		}
		errs->e[j] = e;
	}
}

/* All that can be said without knowing who we are, then who, then the rest. */
static struct conf *
finish(struct conf_run *r)
{
	struct conf *c = NULL;

	if (conf_grammar(r) == -1)
		stmt_end(r);
	if (!r->no_memory) {
		check_tree(r);
		if (!r->broken)
			check_who(r);
	}
	if (r->errs->n_errors == 0 && !r->no_memory)
		c = build_conf(r);
	if (c != NULL)
		check_tunnels(r, c);
	if (r->no_memory && r->errs->n_errors == 0) {
		struct conf_loc at = { r->names->n > 0 ? r->names->name[0] :
		    "-", 1, 1 };

		conf_err(r, &at, "no memory");
	}
	if (r->errs->n_errors > 0) {
		conf_free(c);
		c = NULL;
	}
	sort_errs(r->errs);
	return (c);
}

static struct conf *
run(const char *name, const char *text, size_t len,
    const struct conf_opts *opts, struct conf_errs *errs)
{
	static const struct lex_ops ops = { lex_error, name_get };
	struct conf_run *r = calloc(1, sizeof(*r));
	struct conf *c = NULL;
	int e = -1;

	memset(errs, 0, sizeof(*errs));
	if (r == NULL)
		goto out;
	r->opts = opts;
	r->errs = errs;
	r->names = errs->names = calloc(1, sizeof(*r->names));
	if (r->names == NULL || (r->pool = pool_new()) == NULL)
		goto out;
	r->names->refs = 1;
	r->lex = lex_new(r->pool, opts->mem, opts->n_mem, &ops, r);
	if (r->lex == NULL)
		goto out;
	r->open[0] = (struct open_block){
		.block = BLK_TOP, .scope = SCOPE_GLOBAL, .set = &r->global
	};
	r->n_open = 1;
	e = text != NULL ? lex_text(r->lex, name, text, len) :
	    lex_include(r->lex, name, NULL);
	if (e == 0)
		c = finish(r);
out:
	if (e == -1 && errs->n_errors == 0)
		errs->n_errors++;
	if (r != NULL) {
		pool_free(r->pool);
		wipe(r, sizeof(*r));
		free(r);
	}
	return (c);
}

struct conf *
conf_parse_file(const char *path, const struct conf_opts *opts,
    struct conf_errs *errs)
{
	return (run(path, NULL, 0, opts, errs));
}

struct conf *
conf_parse_text(const char *name, const char *text, size_t len,
    const struct conf_opts *opts, struct conf_errs *errs)
{
	return (run(name, text, len, opts, errs));
}

void
conf_free(struct conf *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->n_sites; i++) {
		free(c->sites[i].networks);
		free(c->sites[i].announces);
	}
	free(c->sites);
	for (i = 0; i < c->n_tunnels; i++)
		free(c->tunnels[i].networks);
	if (c->tunnels != NULL)
		wipe(c->tunnels, c->n_tunnels * sizeof(*c->tunnels));
	free(c->tunnels);
	free(c->global.networks);
	free(c->global.announces);
	free(c->global.guards);
	free(c->global.ifaces);
	names_unref(c->names);
	free(c);
}

void
conf_errs_free(struct conf_errs *errs)
{
	size_t i;

	for (i = 0; i < errs->n; i++)
		free(errs->e[i].text);
	free(errs->e);
	names_unref(errs->names);
	memset(errs, 0, sizeof(*errs));
}

void
conf_errs_print(const struct conf_errs *errs, FILE *f)
{
	char at[LOC_TEXT_MAX];
	size_t i;

	for (i = 0; i < errs->n; i++)
		fprintf(f, "%s: %s%s\n", loc_text(&errs->e[i].loc, at),
		    errs->e[i].warning ? "warning: " : "", errs->e[i].text);
	if (errs->n_errors + errs->n_warnings > errs->n)
		fprintf(f, "%zu more\n", errs->n_errors + errs->n_warnings -
		    errs->n);
}

bool
conf_is_empty(const struct conf *c)
{
	return (c->n_sites == 0 && c->n_tunnels == 0);
}

bool
conf_errs_wait(const struct conf_errs *errs)
{
	return (errs->who == CONF_WHO_NONE && errs->n_errors == 1);
}

int
conf_check_cli(const char *path, const struct conf_opts *opts, bool verbose,
    FILE *out, FILE *err)
{
	struct conf_errs errs;
	struct conf *c = conf_parse_file(path, opts, &errs);
	int status = c != NULL ? 0 : conf_errs_wait(&errs) ? CONF_EXIT_WAIT : 1;

	conf_errs_print(&errs, err);
	if (c != NULL && conf_is_empty(c))
		fprintf(err, "%s:1:1: warning: no mesh and no tunnel is in it\n",
		    path);
	if (c != NULL && verbose && (conf_print(c, out) == -1 ||
	    fflush(out) == EOF))
		status = 1;
	conf_free(c);
	conf_errs_free(&errs);
	return (status);
}
