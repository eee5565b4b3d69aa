/* SPDX-License-Identifier: ISC */
/*
 * The configuration.  Each error has its place; what is taken prints to
 * something that is taken again and is no other configuration.  Behind a byte
 * SPLIT there is a second one: what changes from each to the other.
 */
#include <string.h>

#include "fuzz.h"
#include "greipsecd/conf.h"
#include "greipsecd/conf_diff.h"

static const char secrets[] =
    "k = \"HIDDEN1\"\npsk = \"HIDDEN-abcdefghijklmnopqrstuvwxyz\"\n";
static const char key[] =
    "ed25519-private:9KxkyQTdZ/1G4w6SYbzxtSRUt9HXyTREz7qFB+HzTuo=\n";

#define SPLIT	0x1f

static struct conf_mem mem[] = {
	{ "secrets", secrets, sizeof(secrets) - 1 },
	{ "t.key", key, sizeof(key) - 1 },
	{ "t", "", 0 },
	{ "out", "", 0 }
};
#define MEM_T	2
#define MEM_OUT	3

static struct conf *
parse(size_t i, const void *text, size_t len)
{
	struct conf_opts o = { .site = "london", .keyfile = "t.key",
	    .mem = mem, .n_mem = sizeof(mem) / sizeof(mem[0]) };
	struct conf_errs errs;
	struct conf *c;
	size_t k;

	mem[i].text = text;
	mem[i].len = len;
	c = conf_parse_file(mem[i].name, &o, &errs);
	MUST(c != NULL || errs.n_errors > 0);
	for (k = 0; k < errs.n; k++)
		MUST(errs.e[k].loc.file != NULL);
	if (c == NULL && i == MEM_OUT)
		conf_errs_print(&errs, stderr);
	conf_errs_free(&errs);
	return (c);
}

/* What is printed, secrets by their place, is the same configuration. */
static void
again(const struct conf *c)
{
	struct conf_diff *d;
	struct conf *o;
	char *out = NULL;
	size_t n = 0;
	FILE *f;

	f = open_memstream(&out, &n);
	MUST(f != NULL && conf_print(c, f) == 0 && fclose(f) == 0);
	MUST((o = parse(MEM_OUT, out, n)) != NULL);
	d = conf_diff(c, o);
	MUST(d != NULL && conf_diff_empty(d));
	conf_diff_free(d);
	conf_free(o);
	free(out);
}

/* Tunnels that come and go; *empty: nothing changes at all. */
static void
change(const struct conf *old, const struct conf *new, bool *empty,
    size_t n_ops[static CONF_OP_N])
{
	struct conf_diff *d = conf_diff(old, new);
	char *out = NULL;
	size_t n = 0, i;
	FILE *f;

	MUST(d != NULL);
	*empty = conf_diff_empty(d);
	for (i = 0; i < d->n_changes; i++)
		n_ops[d->changes[i].op]++;
	MUST((f = open_memstream(&out, &n)) != NULL);
	conf_diff_print(d, f);
	fclose(f);
	free(out);
	conf_diff_free(d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *at = len == 0 ? NULL : memchr(data, SPLIT, len);
	size_t first = at == NULL ? len : (size_t)(at - data);
	size_t to[CONF_OP_N] = { 0 }, fro[CONF_OP_N] = { 0 };
	struct conf *a, *b = NULL;
	bool none, back;

	a = parse(MEM_T, data, first);
	if (a != NULL)
		again(a);
	if (at != NULL)
		b = parse(MEM_T, at + 1, len - first - 1);
	if (a != NULL && b != NULL) {
		change(a, b, &none, to);
		change(b, a, &back, fro);
		MUST(none == back && to[CONF_ADD] == fro[CONF_DEL] &&
		    to[CONF_DEL] == fro[CONF_ADD] &&
		    to[CONF_CHANGE] == fro[CONF_CHANGE]);
	}
	conf_free(a);
	conf_free(b);
	return (0);
}
