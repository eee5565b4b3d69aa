/* SPDX-License-Identifier: ISC */
/*
 * What a peer that has the keys of an IKE SA can say beside the truth: a
 * message of an engine is opened, its payloads are changed, and it is sealed
 * again.  The list of such messages has the verdict on each.
 */
#ifndef REGRESS_LIB_FORGE_H
#define REGRESS_LIB_FORGE_H

#include "ike/ike_int.h"

#define FORGE_PLS	320
#define FORGE_LEN	65000

enum forge_base {
	FORGE_AUTH,		/* IKE_AUTH, request */
	FORGE_AUTH_ANSWER,
	FORGE_CHILD,		/* CREATE_CHILD_SA that replaces a child */
	FORGE_CHILD_ANSWER,
	FORGE_IKE,		/* that replaces the IKE SA */
	FORGE_IKE_ANSWER,
	FORGE_INFO,		/* an INFORMATIONAL request, empty */
	FORGE_BASES
};

/* Verdicts beside an error of RFC 7296 3.10.1. */
#define FORGE_YES	0	/* an answer without error */
#define FORGE_SILENCE	0xffff

struct forge_pl {
	uint8_t		 type, flags;
	size_t		 len;
	uint8_t		*body;
};

struct forge {
	const struct ike_sa	*sa;
	struct ike_hdr		 h;
	bool			 bad_icv;
	size_t			 cut;		/* bytes missing at the end */
	size_t			 n;
	struct forge_pl		 pl[FORGE_PLS];
	size_t			 used;
	uint8_t			 mem[2 * FORGE_LEN];
	/* the AUTH of whoever spoke before */
	uint8_t			 auth[4 + KEYS_AUTH_MAX];
	size_t			 auth_len;
};

struct forge_case {
	const char	*name;
	enum forge_base	 base;
	void		(*build)(struct forge *f, uint32_t a, uint32_t b);
	uint32_t	 a, b;
	uint16_t	 answer;	/* of the one it is told to */
	enum ike_drop	 drop;		/* that it counts */
	const char	*says;		/* the reason it gives; NULL: none */
	bool		 harm;		/* who says it is not right any more */
};
extern const struct forge_case forge_cases[];
extern const size_t forge_n_cases;
/* NULL: there is none. */
const struct forge_case *forge_case_find(const char *name);
/* What makes an engine say what a base begins with. */
extern const enum ike_kick_what forge_kicks[FORGE_BASES];

/* The SA of e with these SPIs; NULL. */
struct ike_sa	*forge_sa(struct ike_engine *e, const struct ike_hdr *h);
/* Open a message that s sent (out) or got; false: it cannot be. */
bool		 forge_open(struct forge *f, struct ike_sa *s, bool out,
		    const uint8_t *msg, size_t len);
/* An empty request of s. */
void		 forge_begin(struct forge *f, const struct ike_sa *s,
		    uint8_t exchange);
/* Seal as s would send it; the length, 0 when it cannot be. */
size_t		 forge_seal(struct forge *f, struct ike_sa *s,
		    const struct ike_rng *rng, uint8_t *buf, size_t cap);
/* The first payload of a type; NULL. */
struct forge_pl	*forge_find(struct forge *f, uint8_t type);
/* A payload at place `at', of len bytes at p, or of any; NULL: too much. */
struct forge_pl	*forge_put(struct forge *f, size_t at, uint8_t type,
		    const uint8_t *p, size_t len);
void		 forge_remove(struct forge *f, struct forge_pl *p);
/* Bytes for a body; NULL: too much. */
uint8_t		*forge_room(struct forge *f, const uint8_t *p, size_t len);
/* The error that an opened answer says, or FORGE_YES. */
uint16_t	 forge_answer(struct forge *f);

/* One of the list, told once in the life of an engine. */
struct forger {
	const struct forge_case	*c;
	struct forge		 f, answer;
	struct ike_hdr		 kept;		/* of the true message */
	bool			 armed, told, answered;
	uint16_t		 verdict;
};
void		 forger_arm(struct forger *g, const struct forge_case *c);
/* When c is of base FORGE_INFO and there is an SA to tell it in: its length,
 * else 0. */
size_t		 forger_info(struct forger *g, struct ike_engine *e,
		    uint8_t *buf, size_t cap);
/* What e sends: the length of what goes out in its place, or 0. */
size_t		 forger_out(struct forger *g, struct ike_engine *e,
		    const uint8_t *msg, size_t len, uint8_t *buf, size_t cap);
/* Whether e sends the true message after all, where silence is the verdict. */
bool		 forger_repeats(const struct forger *g, const uint8_t *msg,
		    size_t len);
/* What e gets; whether it is the answer. */
bool		 forger_in(struct forger *g, struct ike_engine *e,
		    const uint8_t *msg, size_t len);

#endif
