/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  Rows as JSON (RFC 8259), from the same field tables
 * that carry them over the channels.  A row is one flat object: integers for
 * counts, seconds, bytes and milliseconds; strings for addresses, words and
 * SPIs (hexadecimal); null for what is not known.  A part joined to a row has
 * its name in front of its fields ("ike_state").  Secrets are left out.
 */
#ifndef GREIPSECCTL_CTL_JSON_H
#define GREIPSECCTL_CTL_JSON_H

#include <stdint.h>
#include <stdio.h>

#include "greipsecctl/ctl_data.h"

#define JSON_VERSION	1	/* rises when a field changes its meaning */

/* A string in quotes; what is no UTF-8 becomes U+FFFD. */
void	json_string(FILE *f, const char *s);
/* One object, without a newline. */
void	json_object(FILE *f, const struct fld_table *t, const void *obj);

/*
 * {"version":1,"time":...,"kind":"...", then json_list() for each list of
 * objects, then json_end() and a newline.
 */
void	json_begin(FILE *f, int64_t time_s, const char *kind);
void	json_list(FILE *f, const char *name, const struct rows *r);
/* The lines of rows of struct ctl_text: a list of {"line":"..."}. */
void	json_lines(FILE *f, const char *name, const struct rows *r);
/* What could not be had: "missing":[{"part":"...","text":"..."}]. */
void	json_missing(FILE *f, const struct data *d);
void	json_end(FILE *f);

#endif
