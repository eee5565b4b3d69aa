/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  Keys are made here and nowhere else. */
#ifndef GREIPSECCTL_CTL_KEY_H
#define GREIPSECCTL_CTL_KEY_H

#include <stddef.h>
#include <stdio.h>

#define KEY_FILE	"/etc/greipsecd.key"

/*
 * Make an Ed25519 key: its private half goes to path, mode 0600, which must not
 * exist; the line for the configuration goes to f.  0, or -1 with why.
 */
int	key_make(const char *path, FILE *f, char *why, size_t cap);
/* Print a secret of 256 random bits, 43 characters.  0, or -1 with why. */
int	key_psk(FILE *f, char *why, size_t cap);

#endif
