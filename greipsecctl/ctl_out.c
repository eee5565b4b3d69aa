/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  See ctl_out.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecctl/ctl_out.h"
#include "lib/log.h"

#define CELL_MAX	256

void
out_paint(const struct out *o, enum paint p, const char *text)
{
	static const char *const code[] = { [PAINT_GOOD] = "32",
	    [PAINT_WARN] = "33", [PAINT_BAD] = "31", [PAINT_HEAD] = "1" };

	if (o->color && p != PAINT_NONE)
		fprintf(o->f, "\033[%sm%s\033[0m", code[p], text);
	else
		fputs(text, o->f);
}

static size_t
limit(const struct out *o)
{
	return (o->width == 0 ? SIZE_MAX : o->width);
}

static void
new_line(const struct out *o, unsigned int indent, size_t *at)
{
	fprintf(o->f, "\n%*s", (int)indent, "");
	*at = indent;
}

/* One word behind gap spaces, on a new line when it does not fit. */
static void
put_word(const struct out *o, unsigned int indent, size_t gap,
    const char *word, size_t len, size_t *at)
{
	if (*at > indent && *at + gap + len > limit(o)) {
		new_line(o, indent, at);
		gap = 0;
	} else if (*at <= indent)
		gap = 0;
	fprintf(o->f, "%*s%.*s", (int)gap, "", (int)len, word);
	*at += gap + len;
}

/* The words of text; the first one stands behind gap. */
static void
put_words(const struct out *o, unsigned int indent, size_t gap,
    const char *text, size_t *at)
{
	size_t len;

	while (*text != '\0') {
		len = strcspn(text, " ");
		if (len > 0) {
			put_word(o, indent, gap, text, len, at);
			gap = 1;
		}
		text += len;
		text += strspn(text, " ");
	}
}

/* Where lead ends; spaces up to indent. */
static size_t
put_lead(const struct out *o, enum paint p, const char *lead,
    unsigned int indent)
{
	size_t at = strlen(lead);

	out_paint(o, at > 0 ? p : PAINT_NONE, lead);
	if (at < indent) {
		fprintf(o->f, "%*s", (int)(indent - at), "");
		at = indent;
	}
	return (at);
}

void
out_items(const struct out *o, const char *lead, unsigned int indent,
    const char *const *items, size_t n)
{
	size_t at = put_lead(o, PAINT_NONE, lead, indent), i, len;
	char text[1024];

	for (i = 0; i < n; i++) {
		(void)log_vis(items[i], text, sizeof(text));
		len = strlen(text);
		if (indent + len > limit(o))
			put_words(o, indent, 2, text, &at);
		else
			put_word(o, indent, 2, text, len, &at);
	}
	fputc('\n', o->f);
}

void
out_item(struct out_line *l, const char *fmt, ...)
{
	va_list ap;

	if (l->n >= OUT_LINE_ITEMS)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(l->text[l->n], sizeof(l->text[0]), fmt, ap);
	va_end(ap);
	l->items[l->n] = l->text[l->n];
	l->n++;
}

void
out_line(const struct out *o, const char *lead, unsigned int indent,
    struct out_line *l)
{
	out_items(o, lead, indent, l->items, l->n);
	l->n = 0;
}

void
out_wrap(const struct out *o, enum paint p, const char *lead,
    unsigned int indent, const char *text)
{
	char part[1100], vis[4500];
	size_t at, len, gap;

	if (text[0] == '\0') {
		for (len = strlen(lead); len > 0 && lead[len - 1] == ' '; len--)
			;
		(void)snprintf(part, sizeof(part), "%.*s\n", (int)len, lead);
		out_paint(o, p, part);
		return;
	}
	at = put_lead(o, p, lead, indent);
	gap = at > indent ? 1 : 0;
	while (*text != '\0') {
		len = strcspn(text, "\n");
		(void)snprintf(part, sizeof(part), "%.*s", (int)len, text);
		put_words(o, indent, gap, log_vis(part, vis, sizeof(vis)), &at);
		text += len;
		text += *text == '\n';
		if (*text != '\0')
			new_line(o, indent, &at);
	}
	fputc('\n', o->f);
}

struct cell {
	char		*text;
	enum paint	 paint;
};

struct note {
	size_t		 row, column;
	char		*text;
};

struct table {
	const struct column	*cols;
	size_t			 n_cols;
	struct cell		*cells;
	size_t			 n, cap;
	struct note		*notes;
	size_t			 n_notes;
	bool			 failed;
};

/* How a table is laid out. */
struct layout {
	size_t	width[32];
	bool	gone[32];
};

struct table *
table_new(const struct column *cols, size_t n)
{
	struct table *t;

	if (n > 32 || (t = calloc(1, sizeof(*t))) == NULL)
		return (NULL);
	t->cols = cols;
	t->n_cols = n;
	return (t);
}

void
table_cell(struct table *t, enum paint p, const char *fmt, ...)
{
	char raw[CELL_MAX], vis[CELL_MAX];
	struct cell *c;
	va_list ap;

	if (t == NULL || t->failed)
		return;
	if (t->n == t->cap) {
		t->cap = t->cap == 0 ? 64 : t->cap * 2;
		c = reallocarray(t->cells, t->cap, sizeof(*c));
		if (c == NULL) {
			t->failed = true;
			return;
		}
		t->cells = c;
	}
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	c = &t->cells[t->n];
	c->paint = p;
	if ((c->text = strdup(log_vis(raw, vis, sizeof(vis)))) == NULL)
		t->failed = true;
	else
		t->n++;
}

void
table_note(struct table *t, size_t column, const char *text)
{
	struct note *v;

	if (t == NULL || t->failed)
		return;
	v = reallocarray(t->notes, t->n_notes + 1, sizeof(*v));
	if (v == NULL) {
		t->failed = true;
		return;
	}
	t->notes = v;
	v = &v[t->n_notes];
	v->row = t->n / t->n_cols;
	v->column = column;
	if ((v->text = strdup(text)) == NULL)
		t->failed = true;
	else
		t->n_notes++;
}

static void
table_free(struct table *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->n; i++)
		free(t->cells[i].text);
	for (i = 0; i < t->n_notes; i++)
		free(t->notes[i].text);
	free(t->cells);
	free(t->notes);
	free(t);
}

/* Widths of the columns that are left, and of a line. */
static size_t
measure(const struct table *t, struct layout *l)
{
	size_t c, i, w, sum = 0;

	for (c = 0; c < t->n_cols; c++) {
		if (l->gone[c])
			continue;
		w = strlen(t->cols[c].head);
		for (i = c; i < t->n; i += t->n_cols)
			if (strlen(t->cells[i].text) > w)
				w = strlen(t->cells[i].text);
		l->width[c] = w;
		sum += w + 1;
	}
	return (sum == 0 ? 0 : sum - 1);
}

/* "12d04h31m" loses its minutes. */
static void
shorten(struct table *t, size_t c)
{
	size_t i;
	char *s, *h;

	for (i = c; i < t->n; i += t->n_cols) {
		s = t->cells[i].text;
		if (strchr(s, 'd') != NULL && (h = strchr(s, 'h')) != NULL)
			h[1] = '\0';
	}
}

/* Give way until a line fits, or nothing more can. */
static void
fit(struct table *t, struct layout *l, size_t max)
{
	unsigned int d;
	size_t c;

	memset(l, 0, sizeof(*l));
	(void)measure(t, l);
	for (c = 0; c < t->n_cols; c++)
		l->gone[c] = l->width[c] == 0;
	for (c = 0; c < t->n_cols; c++)
		if (measure(t, l) > max && t->cols[c].shorten)
			shorten(t, c);
	for (d = 1; d <= t->n_cols; d++)
		for (c = 0; c < t->n_cols; c++)
			if (measure(t, l) > max && t->cols[c].drop == d)
				l->gone[c] = true;
	/* a wide one that went last may have made room for others */
	for (d = (unsigned int)t->n_cols; d > 0; d--)
		for (c = 0; c < t->n_cols; c++)
			if (l->gone[c] && t->cols[c].drop == d) {
				l->gone[c] = false;
				l->gone[c] = measure(t, l) > max;
			}
	(void)measure(t, l);
}

static void
put_cell(const struct out *o, const char *text, enum paint p, size_t width,
    bool right, bool last)
{
	size_t len = strlen(text);
	int pad = (int)(width > len ? width - len : 0);

	if (right)
		fprintf(o->f, "%*s", pad, "");
	out_paint(o, p, text);
	if (!right && !last)
		fprintf(o->f, "%*s", pad, "");
}

static void
put_row(const struct table *t, const struct out *o, const struct layout *l,
    const struct cell *cells)
{
	size_t c, last = 0;

	/* no spaces at the end of a line */
	for (c = 0; c < t->n_cols; c++)
		if (!l->gone[c] && (cells != NULL ? cells[c].text :
		    t->cols[c].head)[0] != '\0')
			last = c;
	for (c = 0; c <= last; c++) {
		if (l->gone[c])
			continue;
		put_cell(o, cells != NULL ? cells[c].text : t->cols[c].head,
		    cells != NULL ? cells[c].paint : PAINT_HEAD, l->width[c],
		    t->cols[c].right, c == last);
		fputc(c == last ? '\n' : ' ', o->f);
	}
}

/* Notes stand in the order of their rows; *next is the first not printed. */
static void
put_notes(const struct table *t, const struct out *o, const struct layout *l,
    size_t row, size_t *next)
{
	const struct note *v;
	unsigned int indent;
	size_t c;

	for (; *next < t->n_notes && t->notes[*next].row <= row; (*next)++) {
		v = &t->notes[*next];
		indent = 0;
		for (c = 0; c < v->column && c < t->n_cols; c++)
			if (!l->gone[c])
				indent += (unsigned int)l->width[c] + 1;
		out_wrap(o, PAINT_NONE, "", indent, v->text);
	}
}

int
table_print(struct table *t, const struct out *o)
{
	struct layout l;
	size_t row, note = 0;

	if (t == NULL || t->failed) {
		table_free(t);
		errno = ENOMEM;
		return (-1);
	}
	fit(t, &l, limit(o));
	if (!o->quiet)
		put_row(t, o, &l, NULL);
	for (row = 0; (row + 1) * t->n_cols <= t->n; row++) {
		put_row(t, o, &l, &t->cells[row * t->n_cols]);
		put_notes(t, o, &l, row + 1, &note);
	}
	table_free(t);
	return (0);
}
