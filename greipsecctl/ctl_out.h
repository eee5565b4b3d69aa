/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  Text on a terminal or in a pipe: tables whose columns
 * are as wide as what is in them and that give way until a line fits, words
 * wrapped at a margin, colours, numbers and durations as people read them.
 * Whatever comes from a row is printed through log_vis().
 */
#ifndef GREIPSECCTL_CTL_OUT_H
#define GREIPSECCTL_CTL_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/addr.h"

struct out {
	FILE		*f;
	bool		 color;
	bool		 quiet;		/* no headings, no hints */
	unsigned int	 width;		/* columns; 0: no limit */
};
#define OUT_WIDTH	80

enum paint {
	PAINT_NONE,
	PAINT_GOOD,
	PAINT_WARN,
	PAINT_BAD,
	PAINT_HEAD
};

/* Text of one colour, as it is. */
void	out_paint(const struct out *o, enum paint p, const char *text);
/*
 * Items that belong on a line, joined by two spaces after lead; those that no
 * longer fit go on lines indented by indent columns.  One that is longer than
 * a line is broken at spaces.  Ends with a newline.
 */
void	out_items(const struct out *o, const char *lead, unsigned int indent,
	    const char *const *items, size_t n);
/* The same, put together piece by piece; zero it first. */
#define OUT_LINE_ITEMS	8
struct out_line {
	const char	*items[OUT_LINE_ITEMS];
	char		 text[OUT_LINE_ITEMS][288];
	size_t		 n;
};
/* Add an item; one too many is left out. */
void	out_item(struct out_line *l, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* Print as out_items() does, and empty l. */
void	out_line(const struct out *o, const char *lead, unsigned int indent,
	    struct out_line *l);
/* A text wrapped at spaces behind lead, which is printed as it is, in colour p;
 * newlines in the text end a line.  Without text lead loses its last spaces. */
void	out_wrap(const struct out *o, enum paint p, const char *lead,
	    unsigned int indent, const char *text);

/* A column gives way in this order when the table is too wide. */
struct column {
	const char	*head;
	bool		 right;		/* aligned */
	unsigned int	 drop;		/* 1 is dropped first, 0 never */
	bool		 shorten;	/* a duration that may lose its minutes */
};

struct table;

/* NULL without memory; the other calls allow a NULL table. */
struct table	*table_new(const struct column *cols, size_t n);
/* Next cell of the row; after the last column a new row begins. */
void		 table_cell(struct table *t, enum paint p, const char *fmt,
		    ...) __attribute__((format(printf, 3, 4)));
/* A line under the row last filled, indented to the column. */
void		 table_note(struct table *t, size_t column, const char *text);
/* Print and free.  0, or -1 with errno when memory ran out before. */
int		 table_print(struct table *t, const struct out *o);

#define FMT_MAX	64

/* "00:03:10", from a day on "12d04h31m".  Returns buf, as all of these. */
const char	*fmt_uptime(uint32_t s, char buf[static FMT_MAX]);
/* At most six columns: "12d04h", "02:11" (hours and minutes), "45s". */
const char	*fmt_since(uint32_t s, char buf[static FMT_MAX]);
/* "19s", "12m09s", "4h38m", "2d04h". */
const char	*fmt_span(uint32_t s, char buf[static FMT_MAX]);
/* At most four columns, powers of 1000: "999", "8.1M", "412M". */
const char	*fmt_count(uint64_t n, char buf[static FMT_MAX]);
/* At most five columns: "0.4ms", "277ms", "1.2s". */
const char	*fmt_rtt(uint32_t us, char buf[static FMT_MAX]);
/* Milliseconds left, rounded up, "00:00:36"; "-" for 0. */
const char	*fmt_timer(uint32_t ms, char buf[static FMT_MAX]);
/* "addr", or "addr:port", IPv6 in brackets, when port is not 0. */
const char	*fmt_endpoint(const struct addr *a, uint16_t port,
		    char buf[static FMT_MAX]);
/* Cipher of a child and group of its IKE SA, at most 16 columns:
 * "aes256gcm/x25519"; parts that are not known are left out, "-" for none. */
const char	*fmt_suite(const char *esp, const char *ike,
		    char buf[static FMT_MAX]);
/* Local time: "2026-11-08 09:12:44", or its parts "11-08 09:12:44" and
 * "09:12:44". */
enum fmt_when { WHEN_FULL, WHEN_DAY, WHEN_CLOCK };
const char	*fmt_when(int64_t wall_ms, enum fmt_when how,
		    char buf[static FMT_MAX]);

#endif
