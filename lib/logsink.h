/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process.  Where log.c puts lines that go to the system: one
 * version per system.  Never blocks; a line that cannot go is dropped.
 */
#ifndef GREIPSEC_LOGSINK_H
#define GREIPSEC_LOGSINK_H

/* A connection to the system's log, or -1 with errno (also where the system
 * needs none). */
int	logsink_open(void);
/* Write one line (no newline).  fd: of logsink_open().  0, or -1 with errno:
 * EAGAIN when the log is behind, else the connection is of no more use. */
int	logsink_write(int fd, int priority, const char *line);

#endif
