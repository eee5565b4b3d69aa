/* SPDX-License-Identifier: ISC */
/* runs in: main.  See lex.h.  Files are read whole; tokens are cut by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/lex.h"
#include "greipsecd/lex_file.h"
#include "lib/secret.h"

/* A file being read. */
struct level {
	const struct lex_file	*file;
	const char		*p, *end, *line_start;
	uint32_t		 line;
	int			 braces;	/* open ones of this file */
};

struct macro {
	struct lex_tok	*name;
	struct lex_tok	*value;
	struct macro	*next;
};

struct lex {
	struct pool		*pool;
	struct lex_files	*files;
	const struct lex_ops	*ops;
	void			*ctx;
	struct level		 level[LEX_DEPTH_MAX];
	int			 n_levels;
	int			 n_pushed;
	struct macro		*macros;
	struct lex_tok		*back;		/* put back by lex_skip */
	struct conf_loc		 last;
	bool			 lost;		/* a file could not be read */
	bool			 broken;	/* a string had no end */
};

const char *
loc_text(const struct conf_loc *loc, char buf[static LOC_TEXT_MAX])
{
	(void)snprintf(buf, LOC_TEXT_MAX, "%s:%u:%u",
	    loc->file != NULL ? loc->file : "-", loc->line, loc->col);
	return (buf);
}

const char *
lex_show(const char *text, size_t len, char buf[static SHOW_MAX])
{
	size_t i, n = 0;

	for (i = 0; i < len && n < SHOW_MAX - 8; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= ' ' && c < 127)
			buf[n++] = text[i];
		else
			n += (size_t)snprintf(buf + n, 5, "\\x%02X", c);
	}
	memcpy(buf + n, i < len ? "..." : "", i < len ? 4 : 1);
	return (buf);
}

static void
report(struct lex *l, const struct conf_loc *loc, const char *fmt,
    const char *arg)
{
	char text[512];

	(void)snprintf(text, sizeof(text), fmt, arg);
	l->ops->error(l->ctx, loc, text);
}

struct lex *
lex_new(struct pool *p, const struct conf_mem *mem, size_t n_mem,
    const struct lex_ops *ops, void *ctx)
{
	struct lex *l = pool_get(p, sizeof(*l));

	if (l == NULL)
		return (NULL);
	l->pool = p;
	l->ops = ops;
	l->ctx = ctx;
	l->files = lex_files_new(p, mem, n_mem);
	return (l->files != NULL ? l : NULL);
}

/* One word about a file that is no text, instead of one about each byte. */
static int
plain_text(struct lex *l, const struct lex_file *f)
{
	struct conf_loc at = { .file = f->name, .line = 1, .col = 1 };
	const char *p, *nul = memchr(f->text, '\0', f->len);

	if (f->len >= 2 && (memcmp(f->text, "\xff\xfe", 2) == 0 ||
	    memcmp(f->text, "\xfe\xff", 2) == 0)) {
		report(l, &at, "%s", "the file is UTF-16; save it as UTF-8");
		return (-1);
	}
	if (nul == NULL)
		return (0);
	for (p = f->text; p < nul; p++, at.col++)
		if (*p == '\n') {
			at.line++;
			at.col = 0;
		}
	report(l, &at, "%s", "a NUL byte: the file is no plain text, or is "
	    "UTF-16; save it as UTF-8");
	return (-1);
}

static int
push(struct lex *l, const struct lex_file *f, const struct conf_loc *at)
{
	struct level *v;

	if (plain_text(l, f) == -1)
		return (-1);
	if (l->n_levels == LEX_DEPTH_MAX || l->n_pushed == LEX_FILES_MAX) {
		report(l, at, "%s: too many files within files", f->name);
		return (-1);
	}
	l->n_pushed++;
	v = &l->level[l->n_levels++];
	*v = (struct level){
		.file = f, .p = f->text, .line_start = f->text,
		.end = f->text + f->len, .line = 1
	};
	return (0);
}

int
lex_text(struct lex *l, const char *name, const char *text, size_t len)
{
	struct conf_loc at = { .file = l->ops->name(l->ctx, name) };
	const struct lex_file *f;

	f = lex_file_text(l->files, at.file, text, len);
	return (f == NULL ? -1 : push(l, f, &at));
}

/* The file, opened; reported when it cannot be. */
static const struct lex_file *
open_file(struct lex *l, const char *path, const struct conf_loc *at)
{
	struct conf_loc self = { 0 };
	const struct lex_file *f;
	const char *why, *name;
	char show[SHOW_MAX];

	path = lex_file_path(l->pool, path, at != NULL ? at->file : NULL);
	if (path == NULL)
		return (NULL);
	name = l->ops->name(l->ctx, path);
	f = lex_file_open(l->files, name, &why);
	if (f != NULL)
		return (f);
	self.file = name;
	self.line = self.col = 1;
	if (at == NULL)
		report(l, &self, "%s", why);
	else {
		char text[256];

		(void)snprintf(text, sizeof(text), "%s: %s",
		    lex_show(path, strlen(path), show), why);
		report(l, at, "%s", text);
	}
	return (NULL);
}

int
lex_include(struct lex *l, const char *path, const struct conf_loc *at)
{
	const struct lex_file *f = open_file(l, path, at);
	struct conf_loc self = { .file = f != NULL ? f->name : NULL };
	int e = f == NULL ? -1 : push(l, f, at != NULL ? at : &self);

	l->lost |= e == -1;
	return (e);
}

const char *
lex_slurp(struct lex *l, const char *path, size_t *len, const char **name,
    const char **why)
{
	const struct lex_file *f;

	*name = l->ops->name(l->ctx, path);
	f = lex_file_open(l->files, *name, why);
	if (f == NULL)
		return (NULL);
	*len = f->len;
	return (f->text);
}

const char *
lex_unsafe(struct lex *l, const char *name)
{
	return (lex_file_unsafe(l->files, name));
}

static struct conf_loc
here(const struct level *v)
{
	return ((struct conf_loc){
		.file = v->file->name, .line = v->line,
		.col = (uint32_t)(v->p - v->line_start) + 1
	});
}

/* Behind white space, comments, separators; false at the end of the file. */
static bool
skip_blank(struct level *v)
{
	for (; v->p < v->end; v->p++) {
		if (*v->p == '#') {
			while (v->p < v->end && *v->p != '\n')
				v->p++;
			if (v->p == v->end)
				return (false);
		}
		if (*v->p == '\n') {
			v->line++;
			v->line_start = v->p + 1;
		} else if (strchr(" \t\r;", *v->p) == NULL || *v->p == '\0')
			return (true);
	}
	return (false);
}

static bool
is_ident(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-');
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	return (c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1);
}

/* What follows a backslash, to *out; false when there is no such escape. */
static bool
escape(struct level *v, char *out)
{
	static const char from[] = "\"\\nt", to[] = "\"\\\n\t";
	const char *e;

	if (v->p == v->end || *v->p == '\0')
		return (false);
	if ((e = strchr(from, *v->p)) != NULL) {
		*out = to[e - from];
		v->p++;
		return (true);
	}
	if (*v->p == 'x' && v->end - v->p >= 3 && hex(v->p[1]) >= 0 &&
	    hex(v->p[2]) >= 0) {
		*out = (char)(hex(v->p[1]) << 4 | hex(v->p[2]));
		v->p += 3;
		return (*out != '\0');
	}
	return (false);
}

/* After the opening quote; a string that is none is reported and bad. */
static void
quoted(struct lex *l, struct level *v, struct lex_tok *t)
{
	char buf[LEX_TOKEN_MAX];
	const char *why = NULL;
	bool endless = false;
	size_t n = 0;

	t->type = LEX_STRING;
	t->text = "";
	while (why == NULL) {
		if (v->p == v->end || *v->p == '\n') {
			why = "the string is not ended on its line";
			endless = true;
		}
		else if (*v->p == '"')
			break;
		else if (n == sizeof(buf))
			why = "the string is too long";
		else if (*v->p != '\\')
			buf[n++] = *v->p++;
		else {
			v->p++;
			if (!escape(v, &buf[n++]))
				why = "unknown escape; known are "
				    "\\\" \\\\ \\n \\t \\xHH";
		}
	}
	if (why == NULL) {
		v->p++;
		t->text = pool_strndup(l->pool, buf, n);
		t->len = n;
	} else {
		t->bad = true;
		report(l, &t->loc, "%s", why);
		if (endless) {
			l->broken = true;
			l->n_levels = 0;
		}
		while (v->p < v->end && *v->p != '\n' && *v->p != '"')
			v->p++;
		if (v->p < v->end && *v->p == '"')
			v->p++;
	}
	wipe(buf, sizeof(buf));
}

/* Whether `=' follows, which is eaten then. */
static bool
assigns(struct level *v)
{
	const char *p = v->p;

	while (p < v->end && (*p == ' ' || *p == '\t'))
		p++;
	if (p == v->end || *p != '=')
		return (false);
	v->p = p + 1;
	return (true);
}

/* Characters that look like others and come with text from web pages. */
static const struct odd {
	const char	*bytes, *say;
} odds[] = {
	{ "\xc2\xa0", "a no-break space; write a plain space" },
	{ "\xe2\x80\xaf", "a narrow no-break space; write a plain space" },
	{ "\xe2\x80\x8b", "a zero-width space; take it out" },
	{ "\xef\xbb\xbf", "a byte order mark; take it out" },
	{ "\xe2\x80\x9c", "a curly quote; write a plain \"" },
	{ "\xe2\x80\x9d", "a curly quote; write a plain \"" },
};

static const struct odd *
odd_at(const struct level *v)
{
	size_t i, n;

	for (i = 0; i < sizeof(odds) / sizeof(odds[0]); i++) {
		n = strlen(odds[i].bytes);
		if ((size_t)(v->end - v->p) >= n &&
		    memcmp(v->p, odds[i].bytes, n) == 0)
			return (&odds[i]);
	}
	return (NULL);
}

/* What can be in no word and is no blank: reported. */
static void
strange(struct lex *l, struct level *v, const struct conf_loc *at)
{
	const struct odd *o = odd_at(v);
	const char *start = v->p;
	char show[SHOW_MAX];

	if (o != NULL) {	/* a row of them is one mistake */
		for (; odd_at(v) == o; v->p += strlen(o->bytes))
			;
		report(l, at, "%s", o->say);
		return;
	}
	/* so is a character of several bytes */
	for (v->p++; v->p < v->end && (*v->p & 0x80) != 0 &&
	    odd_at(v) == NULL; v->p++)
		;
	report(l, at, "'%s' is no part of a word; quote it in a string",
	    lex_show(start, (size_t)(v->p - start), show));
}

static int
word(struct lex *l, struct level *v, struct lex_tok *t)
{
	const char *start = v->p;
	bool ident = true;

	for (; v->p < v->end; v->p++) {
		if (strchr(" \t\r\n;{},#\"", *v->p) != NULL)
			break;		/* finds NUL too */
		if ((*v->p == '=' && ident && v->p > start) ||
		    odd_at(v) != NULL)
			break;
		ident = ident && is_ident(*v->p);
	}
	t->len = (size_t)(v->p - start);
	if (t->len > LEX_TOKEN_MAX) {
		report(l, &t->loc, "%s", "the word is too long");
		return (-1);
	}
	t->type = ident && assigns(v) ? LEX_ASSIGN : LEX_WORD;
	t->text = pool_strndup(l->pool, start, t->len);
	return (0);
}

/* A macro's value, with the place it is used at. */
static void
macro(struct lex *l, struct level *v, struct lex_tok *t)
{
	const char *start = ++v->p;
	char show[SHOW_MAX];
	struct macro *m;
	size_t len;

	while (v->p < v->end && is_ident(*v->p))
		v->p++;
	len = (size_t)(v->p - start);
	for (m = l->macros; m != NULL; m = m->next)
		if (m->name->len == len &&
		    memcmp(m->name->text, start, len) == 0)
			break;
	if (m == NULL) {
		if (!l->lost)	/* else it may have been in there */
			report(l, &t->loc, "macro '$%s' is not defined",
			    lex_show(start, len, show));
		t->type = LEX_STRING;
		t->text = "";
		t->bad = true;
		return;
	}
	t->type = LEX_STRING;
	t->text = m->value->text;
	t->len = m->value->len;
	t->origin = m->value->origin;
	t->bad = m->value->bad;
}

/* One token from here; -1: nothing, it was reported. */
static int
cut(struct lex *l, struct level *v, struct lex_tok *t)
{
	static const char punct[] = "{},";
	static const enum lex_type type[] = {
		LEX_OPEN, LEX_CLOSE, LEX_COMMA
	};
	const char *c;

	t->loc = t->origin = here(v);
	if (*v->p != '\0' && (c = strchr(punct, *v->p)) != NULL) {
		t->type = type[c - punct];
		t->text = pool_strndup(l->pool, v->p++, 1);
		t->len = 1;
		v->braces += t->type == LEX_OPEN;
		v->braces -= t->type == LEX_CLOSE;
		return (0);
	}
	if (*v->p == '"') {
		v->p++;
		quoted(l, v, t);
		return (0);
	}
	if (*v->p == '$') {
		macro(l, v, t);
		return (0);
	}
	if ((unsigned char)*v->p > ' ' && (unsigned char)*v->p < 127 &&
	    *v->p != '=')
		return (word(l, v, t));
	strange(l, v, &t->loc);
	return (-1);
}

static void
pop(struct lex *l)
{
	struct level *v = &l->level[l->n_levels - 1];
	struct conf_loc loc = here(v);

	l->last = loc;
	if (v->braces > 0 && l->n_levels > 1)
		report(l, &loc, "%s", "the file ends inside a block");
	l->n_levels--;
}

struct lex_tok *
lex_next(struct lex *l)
{
	struct lex_tok *t = l->back;
	struct level *v;

	if (t != NULL) {
		l->back = NULL;
		return (t);
	}
	t = pool_get(l->pool, sizeof(*t));
	if (t == NULL)
		return (NULL);
	while (l->n_levels > 0) {
		v = &l->level[l->n_levels - 1];
		if (!skip_blank(v)) {
			pop(l);
			continue;
		}
		if (cut(l, v, t) == 0)
			return (t->text != NULL ? t : NULL);
	}
	t->type = LEX_END;
	t->text = "end of file";
	t->loc = l->last;
	return (t);
}

void
lex_skip(struct lex *l, const struct lex_tok *from)
{
	struct lex_tok *t;
	uint32_t line = from->loc.line;
	int depth = from->type == LEX_OPEN;

	while ((t = lex_next(l)) != NULL && t->type != LEX_END) {
		if (depth == 0 && (t->type == LEX_CLOSE ||
		    (t->type != LEX_OPEN && (t->loc.line != line ||
		    t->loc.file != from->loc.file))))
			break;
		if (t->type == LEX_OPEN)
			depth++;
		else if (t->type == LEX_CLOSE && --depth == 0)
			return;
	}
	l->back = t;
}

void
lex_close(struct lex *l)
{
	struct lex_tok *t;
	int depth = 1;

	while (depth > 0 && (t = lex_next(l)) != NULL && t->type != LEX_END)
		depth += t->type == LEX_OPEN ? 1 : t->type == LEX_CLOSE ? -1 : 0;
}

bool
lex_broken(const struct lex *l)
{
	return (l->broken);
}

void
lex_define(struct lex *l, const struct lex_tok *name,
    const struct lex_tok *value)
{
	char at[LOC_TEXT_MAX], show[SHOW_MAX], text[512];
	struct macro *m;

	for (m = l->macros; m != NULL; m = m->next) {
		if (strcmp(m->name->text, name->text) != 0)
			continue;
		(void)snprintf(text, sizeof(text),
		    "macro '%s' is defined twice, first at %s",
		    lex_show(name->text, name->len, show),
		    loc_text(&m->name->loc, at));
		report(l, &name->loc, "%s", text);
		return;
	}
	m = pool_get(l->pool, sizeof(*m));
	if (m == NULL)
		return;
	m->name = pool_get(l->pool, sizeof(*name));
	m->value = pool_get(l->pool, sizeof(*value));
	if (m->name == NULL || m->value == NULL)
		return;
	*m->name = *name;
	*m->value = *value;
	m->next = l->macros;
	l->macros = m;
}

/* "file:line:column" in its parts; -1 when it is something else. */
static int
split_place(struct pool *pool, const char *text, char **file, uint32_t *line,
    uint32_t *col)
{
	uint32_t *n[] = { col, line };
	const char *end = text + strlen(text), *p = end;
	char *stop;
	int i;

	for (i = 0; i < 2; i++) {
		while (p > text && p[-1] >= '0' && p[-1] <= '9')
			p--;
		if (p == end || end - p > 7 || p == text || p[-1] != ':')
			return (-1);
		*n[i] = (uint32_t)strtoul(p, &stop, 10);
		end = --p;
	}
	if (p == text)
		return (-1);
	*file = pool_strndup(pool, text, (size_t)(p - text));
	return (*file != NULL && *line > 0 && *col > 0 ? 0 : -1);
}

struct lex_tok *
lex_at(struct lex *l, const struct lex_tok *where)
{
	const struct lex_file *f;
	struct level v;
	struct lex_tok *t;
	uint32_t line, col;
	char *file;

	if (split_place(l->pool, where->text, &file, &line, &col) == -1) {
		report(l, &where->loc, "%s",
		    "want a place as in \"file:line:column\"");
		return (NULL);
	}
	if ((f = open_file(l, file, &where->loc)) == NULL)
		return (NULL);
	v = (struct level){
		.file = f, .p = f->text, .line_start = f->text,
		.end = f->text + f->len, .line = 1
	};
	for (; v.line < line && v.p < v.end; v.p++)
		if (*v.p == '\n') {
			v.line++;
			v.line_start = v.p + 1;
		}
	t = pool_get(l->pool, sizeof(*t));
	while (v.line == line && v.p < v.end && *v.p != '\n' &&
	    (uint32_t)(v.p - v.line_start) + 1 < col)
		v.p++;
	if (t == NULL)
		return (NULL);
	if (v.line != line || v.p == v.end || strchr(" \t\r\n;{},#$=", *v.p)
	    != NULL || cut(l, &v, t) == -1 || t->text == NULL || t->bad) {
		report(l, &where->loc, "%s", "no value is written there");
		return (NULL);
	}
	t->loc = where->loc;
	return (t);
}
