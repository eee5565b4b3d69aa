/* SPDX-License-Identifier: ISC */
/*
 * runs in: every process; not in pure code.  Log lines "subject: fact: detail"
 * to syslog (facility daemon) or, in the foreground, to stderr.
 */
#ifndef GREIPSEC_LOG_H
#define GREIPSEC_LOG_H

#include <stddef.h>
#include <stdint.h>

/* Open the log before confinement.  name: process title part ("ike");
 * foreground: stderr, else syslog.  level: most verbose syslog priority. */
void	log_open(const char *name, int foreground, int level);
/* Change what is shown (struct m_log): info and debug of the subsystems in the
 * mask (0: all) and of one tunnel (0: all) only. */
void	log_level(int level, uint32_t subsys_mask, uint32_t tid);
/* warn: the operator should act (errno appended); warnx: same without errno;
 * notice: a state changed. */
void	log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* info: a step on the way between two states, or routine; debug: what led to
 * it.  subsys: enum subsys; tid: tunnel or 0; dropped cheaply when not wanted. */
void	log_info(int subsys, uint32_t tid, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
void	log_debug(int subsys, uint32_t tid, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* Log and exit 1; fatal appends errno.  Start-up and broken channels only. */
void	fatal(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2), noreturn));
void	fatalx(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2), noreturn));

/* Until log_tee(0), warnings of a process that logs to syslog go to stderr as
 * well: a daemon that has not yet left its terminal. */
void	log_tee(int on);
/*
 * The connection to syslog.  log_reopen(fn): fn is called in main after the
 * connection was lost and made again, so that the roles, which cannot, are
 * given new ones.  log_connect(): a new connection to give away, or -1.
 * log_use(fd): write to this one from now on; owned.
 */
void	log_reopen(void (*fn)(void));
int	log_connect(void);
void	log_use(int fd);
/* Copy src to dst of cap bytes (at least 5), printable ASCII only: any other
 * byte becomes \ooo; cut at a whole character.  Returns dst. */
char	*log_vis(const char *src, char *dst, size_t cap);

#endif
