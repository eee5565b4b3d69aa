/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  The grammar of the configuration: rules only.  Each action is
 * one call into conf_stmt.c; tokens come from lex.c, keywords and how each goes
 * on from the table in conf_opt.c.  Every keyword has a fixed arity, so that
 * newlines need not mean anything.  A statement that does not parse is reported,
 * skipped to the end of its line and block, and the rest is read on.
 */
%{
#include <stddef.h>
#include <stdint.h>

#include "greipsecd/conf_int.h"

int	yylex(void);
int	yyparse(void);
void	yyerror(const char *);

/* yacc's functions take no argument: the run they work for */
static struct conf_run *R;
%}

%union {
	struct lex_tok	*tok;
}

%token <tok> WORD STRING ASSIGN COMMA OPEN CLOSE
%token <tok> FLAG ONE LIST
%token <tok> AUTH DERIVE FROM HOST IKE INCLUDE INNER INTERFACE IPSEC LINK MESH
%token <tok> OSPF PEER PSK SITE TOPOLOGY TUNNEL
%type <tok> name value values list secret secrets head

%%

conf	: /* empty */
	| conf stmt
	| conf CLOSE			{ stmt_stray(R, $2); }
	;

stmts	: /* empty */
	| stmts stmt
	;

stmt	: FLAG				{ stmt_opt(R, $1, NULL); }
	| ONE value			{ stmt_opt(R, $1, $2); }
	| LIST value			{ stmt_opt(R, $1, $2); }
	| LIST list			{ stmt_opt(R, $1, $2); }
	| PEER value			{ stmt_opt(R, $1, $2); }
	| MESH name			{ stmt_opt(R, $1, $2); }
	| INTERFACE name		{ stmt_opt(R, $1, $2); }
	| PSK secret			{ stmt_psk(R, $1, $2); }
	| PSK OPEN secrets CLOSE	{ stmt_psk(R, $1, $3); }
	| AUTH value value secret	{ stmt_auth(R, $1, $2, $3, $4); }
	| INNER value PEER value	{ stmt_inner(R, $1, $2, $4); }
	| TOPOLOGY value		{ stmt_topology(R, $1, $2, NULL); }
	| TOPOLOGY value list		{ stmt_topology(R, $1, $2, $3); }
	| INCLUDE value			{ stmt_include(R, $2); }
	| ASSIGN value			{ stmt_assign(R, $1, $2); }
	| head OPEN			{ stmt_open(R, $1); }
	    stmts CLOSE			{ stmt_close(R); }
	| WORD				{ stmt_unknown(R, $1); }
	| error				{
		if (R->last->type == LEX_END)
			YYABORT;
		yyerrok;
		if (stmt_syntax(R))
			yyclearin;
	}
	;

head	: OSPF
	| IKE
	| IPSEC
	| MESH name			{ $$ = stmt_chain($1, $2); }
	| SITE name			{ $$ = stmt_chain($1, $2); }
	| HOST name			{ $$ = stmt_chain($1, $2); }
	| TUNNEL name			{ $$ = stmt_chain($1, $2); }
	| INTERFACE name		{ $$ = stmt_chain($1, $2); }
	| LINK name name		{
		$$ = stmt_chain($1, stmt_chain($2, $3));
	}
	;

secret	: value
	| FROM value			{ $$ = stmt_from(R, $2, NULL); }
	| FROM value DERIVE value value value {
		$$ = stmt_from(R, $2, stmt_chain($4, stmt_chain($5, $6)));
	}
	;

secrets	: secret
	| secrets comma secret		{ $$ = stmt_chain($1, $3); }
	;

list	: OPEN values CLOSE		{ $$ = $2; }
	;

values	: value
	| values comma value		{ $$ = stmt_chain($1, $3); }
	;

comma	: /* empty */
	| COMMA
	;

name	: value | FROM | DERIVE
	;

/* Behind a keyword any word is a value; a site may be called `hub' or `key'. */
value	: WORD | STRING
	| FLAG | ONE | LIST
	| AUTH | HOST | IKE | INCLUDE | INNER | INTERFACE | IPSEC | LINK | MESH
	| OSPF | PEER | PSK | SITE | TOPOLOGY | TUNNEL
	;

%%

/* The grammar's name for a keyword. */
static int
keyword(struct lex_tok *t, const struct kw_def *k)
{
	static const int own[KW_N] = {
		[KW_AUTH] = AUTH, [KW_DERIVE] = DERIVE, [KW_FROM] = FROM,
		[KW_HOST] = HOST, [KW_IKE] = IKE, [KW_INCLUDE] = INCLUDE,
		[KW_INNER] = INNER, [KW_INTERFACE] = INTERFACE,
		[KW_IPSEC] = IPSEC, [KW_LINK] = LINK, [KW_MESH] = MESH,
		[KW_OSPF] = OSPF, [KW_PEER] = PEER, [KW_PSK] = PSK,
		[KW_SITE] = SITE, [KW_TOPOLOGY] = TOPOLOGY,
		[KW_TUNNEL] = TUNNEL
	};
	static const int shapes[] = {
		[SHAPE_FLAG] = FLAG, [SHAPE_ONE] = ONE, [SHAPE_LIST] = LIST
	};

	t->kw = (int)k->kw;
	if (k->kw == KW_PSK || k->kw == KW_AUTH)
		R->secret_at = t->loc;
	return (k->shape == SHAPE_OWN ? own[k->kw] : shapes[k->shape]);
}

int
yylex(void)
{
	static const int types[] = {
		[LEX_END] = 0, [LEX_WORD] = WORD, [LEX_STRING] = STRING,
		[LEX_ASSIGN] = ASSIGN, [LEX_OPEN] = OPEN, [LEX_CLOSE] = CLOSE,
		[LEX_COMMA] = COMMA
	};
	const struct kw_def *k;
	struct lex_tok *t = lex_next(R->lex);

	if (t == NULL) {
		R->no_memory = true;
		return (0);
	}
	R->before = R->last;
	R->last = yylval.tok = t;
	R->n_braces += t->type == LEX_OPEN;
	R->n_braces -= t->type == LEX_CLOSE;
	if (t->type == LEX_ASSIGN)
		R->secret_at = t->loc;
	if (t->type == LEX_WORD && (k = kw_find(t->text, t->len)) != NULL)
		return (keyword(t, k));
	return (types[t->type]);
}

/* The error rule reports, with the tokens at hand. */
void
yyerror(const char *text)
{
	(void)text;
}

int
conf_grammar(struct conf_run *r)
{
	int e;

	R = r;
	e = yyparse();
	R = NULL;
	return (e == 0 ? 0 : -1);
}
