/* SPDX-License-Identifier: ISC */
/*
 * The configuration.  Each error has its place; what is taken prints to
 * something that is taken again and is no other configuration.
 */
#include <string.h>

#include "fuzz.h"
#include "greipsecd/conf.h"
#include "greipsecd/conf_diff.h"

static const char secrets[] =
    "k = \"HIDDEN1\"\npsk = \"HIDDEN-abcdefghijklmnopqrstuvwxyz\"\n";
static const char key[] =
    "ed25519-private:9KxkyQTdZ/1G4w6SYbzxtSRUt9HXyTREz7qFB+HzTuo=\n";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct conf_mem mem[] = {
		{ "secrets", secrets, sizeof(secrets) - 1 },
		{ "t.key", key, sizeof(key) - 1 },
		{ "t", (const char *)data, len },
		{ "out", "", 0 }
	};
	struct conf_opts o = { .site = "london", .keyfile = "t.key",
	    .mem = mem, .n_mem = 4 };
	struct conf_errs errs, errs2;
	struct conf *c, *again;
	struct conf_diff *d;
	char *out = NULL;
	size_t n = 0, i;
	FILE *f;

	c = conf_parse_file("t", &o, &errs);
	MUST(c != NULL || errs.n_errors > 0);
	for (i = 0; i < errs.n; i++)
		MUST(errs.e[i].loc.file != NULL);
	if (c != NULL) {
		f = open_memstream(&out, &n);
		MUST(f != NULL && conf_print(c, f) == 0 && fclose(f) == 0);
		mem[3] = (struct conf_mem){ "out", out, n };
		again = conf_parse_file("out", &o, &errs2);
		if (again == NULL)
			conf_errs_print(&errs2, stderr);
		MUST(again != NULL);
		d = conf_diff(c, again);
		MUST(d != NULL && conf_diff_empty(d));
		conf_diff_free(d);
		conf_free(again);
		conf_errs_free(&errs2);
		free(out);
	}
	conf_free(c);
	conf_errs_free(&errs);
	return (0);
}
