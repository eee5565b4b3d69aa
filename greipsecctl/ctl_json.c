/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  See ctl_json.h. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "greipsecctl/ctl_json.h"
#include "lib/addr.h"

/* Bytes of the UTF-8 character at s (RFC 3629), 0 when it is none. */
static size_t
utf8_len(const unsigned char *s)
{
	size_t n, i;

	if (s[0] < 0x80)
		return (1);
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return (0);
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return (0);
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return (0);
	return (n);
}

void
json_string(FILE *f, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n;

	fputc('"', f);
	for (; *s != '\0'; s += n) {
		if ((n = utf8_len(s)) == 0) {
			fputs("\\ufffd", f);
			n = 1;
		} else if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if (*s < 0x20 || *s == 0x7f)
			fprintf(f, "\\u%04x", *s);
		else
			fwrite(s, 1, n, f);
	}
	fputc('"', f);
}

static void
put_key(FILE *f, const char *prefix, const char *name, bool *first)
{
	char key[96];

	(void)snprintf(key, sizeof(key), "%s%s%s", prefix,
	    prefix[0] != '\0' ? "_" : "", name);
	if (!*first)
		fputc(',', f);
	*first = false;
	json_string(f, key);
	fputc(':', f);
}

static void
put_lower(FILE *f, const char *s)
{
	char buf[64];
	size_t i;

	for (i = 0; s[i] != '\0' && i + 1 < sizeof(buf); i++)
		buf[i] = (char)tolower((unsigned char)s[i]);
	buf[i] = '\0';
	json_string(f, buf);
}

static void
put_addr(FILE *f, const struct addr *a)
{
	char buf[ADDR_TEXT_MAX];

	if (a->family == ADDR_NONE)
		fputs("null", f);
	else
		json_string(f, addr_text(a, buf));
}

static void
put_hex(FILE *f, const unsigned char *m, size_t len)
{
	size_t i;

	fputc('"', f);
	for (i = 0; i < len; i++)
		fprintf(f, "%02x", m[i]);
	fputc('"', f);
}

/* SPIs as people and captures write them. */
static bool
is_spi(const struct fld *x)
{
	return (strncmp(x->name, "spi", 3) == 0);
}

static void
put_int(FILE *f, const struct fld *x, const unsigned char *m)
{
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	int64_t i64;
	bool b;

	switch (x->type) {
	case FLD_BOOL:
		memcpy(&b, m, sizeof(b));
		fputs(b ? "true" : "false", f);
		break;
	case FLD_U8:
		fprintf(f, "%u", *m);
		break;
	case FLD_U16:
		memcpy(&u16, m, sizeof(u16));
		fprintf(f, "%u", u16);
		break;
	case FLD_U32:
		memcpy(&u32, m, sizeof(u32));
		fprintf(f, is_spi(x) ? "\"0x%08" PRIx32 "\"" : "%" PRIu32,
		    u32);
		break;
	case FLD_U64:
		memcpy(&u64, m, sizeof(u64));
		fprintf(f, is_spi(x) ? "\"0x%016" PRIx64 "\"" : "%" PRIu64,
		    u64);
		break;
	default:
		memcpy(&i64, m, sizeof(i64));
		fprintf(f, "%" PRId64, i64);
		break;
	}
}

static void
put_enum(FILE *f, const struct fld *x, const unsigned char *m)
{
	int e;

	memcpy(&e, m, sizeof(e));
	if (x->names != NULL && e >= 0 && (size_t)e < x->max)
		put_lower(f, x->names[e]);
	else
		fprintf(f, "%d", e);
}

static void
put_value(FILE *f, const struct fld *x, const unsigned char *base)
{
	const unsigned char *m = base + x->off;
	char buf[PREFIX_TEXT_MAX];
	struct prefix p;
	struct addr a;
	uint32_t ip;
	uint16_t n;

	switch (x->type) {
	case FLD_STR:
		json_string(f, (const char *)m);
		break;
	case FLD_BYTES:
		put_hex(f, m, x->size);
		break;
	case FLD_VAR:
		memcpy(&n, base + x->count_off, sizeof(n));
		put_hex(f, m, n <= x->size ? n : 0);
		break;
	case FLD_ADDR:
		memcpy(&a, m, sizeof(a));
		put_addr(f, &a);
		break;
	case FLD_PREFIX:
		memcpy(&p, m, sizeof(p));
		json_string(f, prefix_text(&p, buf));
		break;
	case FLD_IP4:
		memcpy(&ip, m, sizeof(ip));
		json_string(f, ip4_text(ip, buf));
		break;
	case FLD_ENUM:
		put_enum(f, x, m);
		break;
	default:
		put_int(f, x, m);
		break;
	}
}

static void	put_fields(FILE *, const char *, const struct fld_table *,
		    const unsigned char *, bool *);

/* The whole list as an array of objects. */
static void
put_array(FILE *f, const struct fld *x, const unsigned char *base, uint16_t n)
{
	uint16_t i;

	fputc('[', f);
	for (i = 0; i < n && i < x->max; i++) {
		if (i > 0)
			fputc(',', f);
		json_object(f, x->sub, base + x->off + i * x->size);
	}
	fputc(']', f);
}

static void
put_part(FILE *f, const char *prefix, const struct fld *x,
    const unsigned char *base, bool *first)
{
	char name[64];
	uint16_t n = 1;

	(void)snprintf(name, sizeof(name), "%s%s%s", prefix,
	    prefix[0] != '\0' && x->name[0] != '\0' ? "_" : "", x->name);
	if (x->type == FLD_LIST) {
		memcpy(&n, base + x->count_off, sizeof(n));
		if (x->max > 1) {
			put_key(f, prefix, x->name, first);
			put_array(f, x, base, n);
			return;
		}
	}
	put_fields(f, name, x->sub, n > 0 ? base + x->off : NULL, first);
}

/*
 * The fields of one struct; null for each when base is NULL.  In a part the
 * handle and the name by which it was joined are not said again.
 */
static void
put_fields(FILE *f, const char *prefix, const struct fld_table *t,
    const unsigned char *base, bool *first)
{
	const struct fld *x;

	for (x = t->flds; x->name != NULL; x++) {
		if (x->type == FLD_SECRET)
			continue;
		if (x->type == FLD_SUB || x->type == FLD_LIST) {
			if (base != NULL)
				put_part(f, prefix, x, base, first);
			continue;
		}
		if (prefix[0] != '\0' && (strcmp(x->name, "tid") == 0 ||
		    strcmp(x->name, "name") == 0))
			continue;
		put_key(f, prefix, x->name, first);
		if (base != NULL)
			put_value(f, x, base);
		else
			fputs("null", f);
	}
}

void
json_object(FILE *f, const struct fld_table *t, const void *obj)
{
	bool first = true;

	fputc('{', f);
	put_fields(f, "", t, obj, &first);
	fputc('}', f);
}

void
json_begin(FILE *f, int64_t time_s, const char *kind)
{
	fprintf(f, "{\"version\":%d,\"time\":%" PRId64 ",\"kind\":",
	    JSON_VERSION, time_s);
	json_string(f, kind);
}

static void
list_begin(FILE *f, const char *name)
{
	fputs(",\n", f);
	json_string(f, name);
	fputs(":[", f);
}

void
json_list(FILE *f, const char *name, const struct rows *r)
{
	size_t i;

	list_begin(f, name);
	for (i = 0; i < r->n; i++) {
		fputs(i > 0 ? ",\n" : "\n", f);
		json_object(f, r->t, rows_at(r, i));
	}
	fputs("]", f);
}

void
json_lines(FILE *f, const char *name, const struct rows *r)
{
	char line[sizeof(((struct ctl_text *)0)->text)];
	const struct ctl_text *row;
	const char *s;
	bool first = true;
	size_t i, len;

	list_begin(f, name);
	for (i = 0; i < r->n; i++) {
		row = rows_at(r, i);
		for (s = row->text; *s != '\0'; s += len, s += *s == '\n') {
			len = strcspn(s, "\n");
			(void)snprintf(line, sizeof(line), "%.*s", (int)len, s);
			fputs(first ? "\n{\"line\":" : ",\n{\"line\":", f);
			json_string(f, line);
			fputc('}', f);
			first = false;
		}
	}
	fputs("]", f);
}

void
json_missing(FILE *f, const struct data *d)
{
	bool first = true;
	size_t i;

	list_begin(f, "missing");
	for (i = 0; i < DATA_TYPES; i++) {
		if (d->missing[i][0] == '\0')
			continue;
		fputs(first ? "\n{\"part\":" : ",\n{\"part\":", f);
		json_string(f, data_table((uint16_t)(CTL_SUMMARY + i))->name);
		fputs(",\"text\":", f);
		json_string(f, d->missing[i]);
		fputc('}', f);
		first = false;
	}
	fputs("]", f);
}

void
json_end(FILE *f)
{
	fputs("}\n", f);
}
