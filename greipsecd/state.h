/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  What must be known after a restart: a few numbers in
 * STATEDIR/state.  Written to a file beside it, synced, renamed; a file that
 * is torn, foreign or of another version is as good as none.
 */
#ifndef GREIPSECD_STATE_H
#define GREIPSECD_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct state {
	uint32_t	ospf_seq;	/* first cryptographic sequence number
					   that was surely never sent */
	bool		forward_set;	/* we switched forwarding on ... */
	bool		forward_was;	/* ... and it was this */
	bool		running;	/* routes were whole, none withdrawn */
	uint32_t	grace_s;	/* the neighbours wait so long from then:
					   a restart was planned; 0: it was not */
};

enum state_err {
	STATE_OK,
	STATE_NONE,		/* there is no file */
	STATE_IO,		/* errno */
	STATE_TORN,		/* length or checksum */
	STATE_VERSION,
	STATE_ERR_N
};
extern const char *const state_err_names[STATE_ERR_N];

#define STATE_LEN	32	/* bytes of a file */

/* To and from the bytes of a file; out is untouched on error. */
void		state_encode(const struct state *s, uint8_t b[static STATE_LEN]);
enum state_err	state_decode(const uint8_t *b, size_t len, struct state *out);

/* Read DIR/state; *s is zeroed when the result is not STATE_OK. */
enum state_err	state_read(const char *dir, struct state *s);
/* Make DIR when it is missing (0700) and write; 0 or -1 with errno. */
int		state_write(const char *dir, const struct state *s);

/* The name of the site that this host was last, in DIR/site.  Write it, or read
 * it into site (cap bytes, empty on error): 0, or -1 with errno. */
int		state_site_write(const char *dir, const char *site);
int		state_site(const char *dir, char *site, size_t cap);

/* Seconds since the file was written, by the wall clock; 0 when that is in the
 * future, -1 when there is no file. */
int64_t		state_age(const char *dir, int64_t wall_s);

/*
 * The sequence number to start with: the wall clock in seconds, or what was
 * reserved when that is more (a link sent more than a packet a second, the
 * clock went back) and not at the end of 32 bits.
 */
uint32_t	state_seq(const struct state *s, int64_t wall_s);
/* Reserve numbers below seq; a lower one than before counts only when that was
 * at the end.  Whether *s changed. */
bool		state_seq_keep(struct state *s, uint32_t seq);

#endif
