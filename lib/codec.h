/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process.  Struct to bytes and back by a table of fields, so
 * that one table per message serves encoding, decoding, checking and JSON.
 * Integers travel in network order at fixed width; nothing of a C layout, no
 * pointer and no padding crosses a channel.  Decoding checks each count
 * against the bytes left and against the object filled, each enum against its
 * range, each string for its NUL, and must end exactly at the end.
 */
#ifndef GREIPSEC_CODEC_H
#define GREIPSEC_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/rbuf.h"
#include "lib/wbuf.h"

enum fld_type {
	FLD_BOOL,	/* bool */
	FLD_U8,
	FLD_U16,
	FLD_U32,
	FLD_U64,
	FLD_I64,
	FLD_ENUM,	/* an enum (int sized), values 0 to max - 1, 1 byte */
	FLD_STR,	/* char[size], NUL-terminated */
	FLD_BYTES,	/* uint8_t[size], always whole */
	FLD_VAR,	/* uint8_t[size] of which the uint16_t at count_off says
			   how many count */
	FLD_SECRET,	/* as FLD_VAR, and never printed */
	FLD_ADDR,	/* struct addr */
	FLD_PREFIX,	/* struct prefix */
	FLD_IP4,	/* uint32_t, an IPv4 address in host order */
	FLD_SUB,	/* one struct described by sub */
	FLD_LIST	/* struct[max] described by sub; uint16_t at count_off */
};

struct fld_table;

struct fld {
	const char		*name;		/* member, and JSON key */
	enum fld_type		 type;
	size_t			 off;
	size_t			 size;		/* of the member; LIST: element */
	size_t			 max;		/* ENUM values, LIST elements */
	size_t			 count_off;
	const struct fld_table	*sub;
	const char *const	*names;		/* ENUM: max lower-case words */
};

/* A table is ended by a field without a name. */
struct fld_table {
	const char		*name;
	size_t			 size;		/* of the struct */
	const struct fld	*flds;
};

#define FLD_(s, m, t)	.name = #m, .type = (t), .off = offsetof(struct s, m), \
			.size = sizeof(((struct s *)0)->m)
#define F_BOOL(s, m)	{ FLD_(s, m, FLD_BOOL) }
#define F_U8(s, m)	{ FLD_(s, m, FLD_U8) }
#define F_U16(s, m)	{ FLD_(s, m, FLD_U16) }
#define F_U32(s, m)	{ FLD_(s, m, FLD_U32) }
#define F_U64(s, m)	{ FLD_(s, m, FLD_U64) }
#define F_I64(s, m)	{ FLD_(s, m, FLD_I64) }
#define F_STR(s, m)	{ FLD_(s, m, FLD_STR) }
#define F_BYTES(s, m)	{ FLD_(s, m, FLD_BYTES) }
#define F_ADDR(s, m)	{ FLD_(s, m, FLD_ADDR) }
#define F_PREFIX(s, m)	{ FLD_(s, m, FLD_PREFIX) }
#define F_IP4(s, m)	{ FLD_(s, m, FLD_IP4) }
/* n: number of values; words: array of n strings, or NULL */
#define F_ENUM(s, m, n, words) \
	{ FLD_(s, m, FLD_ENUM), .max = (n), .names = (words) }
/* m[size] with a member uint16_t n_m beside it */
#define F_VAR(s, m)	{ FLD_(s, m, FLD_VAR), \
			.count_off = offsetof(struct s, n_##m) }
#define F_SECRET(s, m)	{ FLD_(s, m, FLD_SECRET), \
			.count_off = offsetof(struct s, n_##m) }
#define F_SUB(s, m, t)	{ FLD_(s, m, FLD_SUB), .sub = (t) }
#define F_LIST(s, m, t)	{ .name = #m, .type = FLD_LIST, \
			.off = offsetof(struct s, m), \
			.size = sizeof(((struct s *)0)->m[0]), \
			.max = sizeof(((struct s *)0)->m) / \
			    sizeof(((struct s *)0)->m[0]), \
			.count_off = offsetof(struct s, n_##m), .sub = (t) }
#define F_END		{ .name = NULL }
#define FLD_TABLE(s, f)	{ .name = #s, .size = sizeof(struct s), .flds = (f) }

/* Append the fields of obj; the error is w's (an object whose count exceeds
 * its array, or an enum out of range, sets it too). */
void	codec_put(struct wbuf *w, const struct fld_table *t, const void *obj);

/*
 * Fill obj (zeroed first) from r, which is advanced.  0, or -1 with obj zeroed
 * and *bad, when not NULL, set to the name of the field that was wrong.  Bytes
 * behind the object are the caller's matter.
 */
int	codec_get(struct rbuf *r, const struct fld_table *t, void *obj,
	    const char **bad);

/* codec_get over exactly len bytes: fails also when bytes are left over. */
int	codec_decode(const void *data, size_t len, const struct fld_table *t,
	    void *obj, const char **bad);

#endif
