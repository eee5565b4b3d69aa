/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  From files to tokens.  Knows strings, words, macros, files
 * within files, and where everything was written; knows no keyword.  White
 * space, newline and `;' separate; `#' starts a comment; `name = value' at a
 * word defines a macro and `$name' is its value.  A token carries two places:
 * where it stands, and where its text was written (for a macro's value the
 * definition), which is how a secret is named without being shown.
 *
 * All memory is of one pool, wiped as a whole: texts of secret files too.
 */
#ifndef GREIPSECD_LEX_H
#define GREIPSECD_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "greipsecd/conf.h"

#define LEX_FILE_MAX	(1u << 20)	/* bytes of one file */
#define LEX_FILES_MAX	64		/* files of one configuration */
#define LEX_DEPTH_MAX	8		/* files within files */
#define LEX_TOKEN_MAX	1024		/* bytes of one word or string */

struct pool;

struct pool	*pool_new(void);
/* Zeroed memory that lives until pool_free(); NULL is allowed there. */
void		*pool_get(struct pool *p, size_t len);
char		*pool_strndup(struct pool *p, const char *s, size_t len);
/* Wipe and free everything. */
void		 pool_free(struct pool *p);

enum lex_type {
	LEX_END,
	LEX_WORD,		/* bare */
	LEX_STRING,		/* quoted, or a macro's value */
	LEX_ASSIGN,		/* the name in `name ='; = is eaten */
	LEX_OPEN,		/* { */
	LEX_CLOSE,		/* } */
	LEX_COMMA,
};

struct lex_tok {
	enum lex_type	 type;
	const char	*text;		/* never NULL */
	size_t		 len;
	struct conf_loc	 loc;
	struct conf_loc	 origin;
	/* the parser's: the keyword it is, the next in a list, for which pair
	 * a secret is derived */
	int		 kw;
	bool		 bad;		/* reported: stands for a value */
	struct lex_tok	*next;
	const struct lex_tok *derive;
};

/* What the lexer asks of its owner. */
struct lex_ops {
	/* Report at loc; text is the owner's to copy. */
	void	(*error)(void *ctx, const struct conf_loc *loc,
		    const char *text);
	/* A name for locations that outlives the lexer. */
	const char *(*name)(void *ctx, const char *path);
};

struct lex;

/* Of the pool; NULL when there is no memory.  mem as in struct conf_opts. */
struct lex	*lex_new(struct pool *p, const struct conf_mem *mem,
		    size_t n_mem, const struct lex_ops *ops, void *ctx);
/* Read on from this file; back in the present one at its end.  A relative
 * path is taken from the folder of the file that `at' is in.  -1: reported at
 * `at' (at the file itself when NULL). */
int		 lex_include(struct lex *l, const char *path,
		    const struct conf_loc *at);
/* Read on from a text. */
int		 lex_text(struct lex *l, const char *name, const char *text,
		    size_t len);
/* The next token, of the pool.  What is no token is reported and skipped. */
struct lex_tok	*lex_next(struct lex *l);
/* Skip the rest of a statement that nobody understood: the tokens that are on
 * the line of t, and the block that t opens or that follows. */
void		 lex_skip(struct lex *l, const struct lex_tok *t);
/* Skip to behind the } of the block or list that is open. */
void		 lex_close(struct lex *l);
/* Whether a string had no end: nothing behind it was read, since where its
 * quotes belong is not known. */
bool		 lex_broken(const struct lex *l);
/* Define a macro; a second definition is reported with the first's place. */
void		 lex_define(struct lex *l, const struct lex_tok *name,
		    const struct lex_tok *value);
/* The token written at "file:line:column"; NULL: reported at t. */
struct lex_tok	*lex_at(struct lex *l, const struct lex_tok *t);
/* The whole text of a small file that is no configuration (the key file), or
 * NULL with *why.  *name is the place for errors in it. */
const char	*lex_slurp(struct lex *l, const char *path, size_t *len,
		    const char **name, const char **why);
/* Why the file of this name may not hold secrets, or NULL.  Each file
 * answers once. */
const char	*lex_unsafe(struct lex *l, const char *name);

/* Room for places in text: "file:line:column". */
#define LOC_TEXT_MAX	256
const char	*loc_text(const struct conf_loc *loc,
		    char buf[static LOC_TEXT_MAX]);
/* Copy text for a message: what is not printable ASCII as \xHH, cut at 64. */
#define SHOW_MAX	72
const char	*lex_show(const char *text, size_t len,
		    char buf[static SHOW_MAX]);

#endif
