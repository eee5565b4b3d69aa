/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  The files of a configuration: read whole, once each, with
 * what owner and mode say about who else could have read or written them.
 */
#ifndef GREIPSECD_LEX_FILE_H
#define GREIPSECD_LEX_FILE_H

#include "greipsecd/lex.h"

struct lex_file {
	const char	*name;
	const char	*text;		/* behind a byte order mark */
	size_t		 len;
	char		 unsafe[64];	/* why it may hold no secret */
	bool		 told;
	struct lex_file	*next;
};

struct lex_files;

struct lex_files *lex_files_new(struct pool *p, const struct conf_mem *mem,
		    size_t n_mem);
/* The path seen from the folder of the file `from'. */
const char	*lex_file_path(struct pool *p, const char *path,
		    const char *from);
/* NULL with *why; name is kept. */
const struct lex_file *lex_file_open(struct lex_files *fs, const char *name,
		    const char **why);
const struct lex_file *lex_file_text(struct lex_files *fs, const char *name,
		    const char *text, size_t len);
const char	*lex_file_unsafe(struct lex_files *fs, const char *name);

#endif
