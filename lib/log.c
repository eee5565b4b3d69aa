/* SPDX-License-Identifier: ISC */
/* runs in: every process.  See log.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/logsink.h"

#define LINE_MAX_LEN	1024
#define REOPEN_S	5

static struct {
	char		name[16];
	bool		syslog;
	bool		tee;
	int		level;
	uint32_t	mask, tid;
	int		fd;
	uint32_t	lost;		/* lines, since one went through */
	struct mono	retry;
	void		(*reopened)(void);
} self = { .name = "main", .level = LOG_NOTICE, .fd = -1 };

void
log_open(const char *name, int foreground, int level)
{
	(void)snprintf(self.name, sizeof(self.name), "%s", name);
	self.syslog = !foreground;
	self.level = level;
	tzset();
	if (self.syslog && self.fd == -1)
		self.fd = logsink_open();
}

void
log_level(int level, uint32_t subsys_mask, uint32_t tid)
{
	self.level = level;
	self.mask = subsys_mask;
	self.tid = tid;
}

void
log_tee(int on)
{
	self.tee = on;
}

void
log_reopen(void (*fn)(void))
{
	self.reopened = fn;
}

int
log_connect(void)
{
	return (self.syslog ? logsink_open() : -1);
}

void
log_use(int fd)
{
	if (self.fd != -1)
		(void)close(self.fd);
	self.fd = fd;
}

char *
log_vis(const char *src, char *dst, size_t cap)
{
	const unsigned char *s = (const unsigned char *)src;
	size_t n = 0;

	for (; *s != '\0'; s++) {
		if (*s >= ' ' && *s <= '~') {
			if (n + 2 > cap)
				break;
			dst[n++] = (char)*s;
		} else {
			if (n + 5 > cap)
				break;
			dst[n++] = '\\';
			dst[n++] = (char)('0' + (*s >> 6));
			dst[n++] = (char)('0' + (*s >> 3 & 7));
			dst[n++] = (char)('0' + (*s & 7));
		}
	}
	dst[n] = '\0';
	return (dst);
}

static void
to_stderr(const char *line)
{
	char buf[LINE_MAX_LEN + 64], when[16] = "";
	int64_t ms = wall_ms();
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	int n;

	if (localtime_r(&t, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%H:%M:%S", &tm);
	n = snprintf(buf, sizeof(buf), "%s.%03d %s\n", when, (int)(ms % 1000),
	    line);
	if (n > 0)
		n = (int)write(STDERR_FILENO, buf, (size_t)n);
}

/* Only main has fn, and only main can make a connection. */
static void
reopen(void)
{
	struct mono now = mono_now();
	int fd;

	if (self.reopened == NULL || !mono_due(self.retry, now))
		return;
	self.retry = mono_add(now, NS_S(REOPEN_S));
	if ((fd = logsink_open()) == -1)
		return;
	log_use(fd);
	self.reopened();
}

static void
to_syslog(int priority, const char *line)
{
	char note[80];

	if (self.lost > 0) {
		(void)snprintf(note, sizeof(note), "%s: %u lines lost here",
		    self.name, self.lost);
		if (logsink_write(self.fd, LOG_WARNING, note) == 0)
			self.lost = 0;
	}
	if (logsink_write(self.fd, priority, line) == 0)
		return;
	if (errno != EAGAIN && errno != ENOBUFS) {
		reopen();
		if (logsink_write(self.fd, priority, line) == 0)
			return;
	}
	self.lost++;
}

static void
emit(int priority, int err, const char *fmt, va_list ap)
{
	char text[LINE_MAX_LEN], line[LINE_MAX_LEN];
	int n;

	n = snprintf(text, sizeof(text), "%s: ", self.name);
	(void)vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	if (err != 0) {
		n = (int)strlen(text);
		(void)snprintf(text + n, sizeof(text) - (size_t)n, ": %s",
		    strerror(err));
	}
	(void)log_vis(text, line, sizeof(line));
	if (!self.syslog || (self.tee && priority <= LOG_WARNING))
		to_stderr(line);
	if (self.syslog)
		to_syslog(priority, line);
}

void
log_warn(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	if (self.level < LOG_WARNING)
		return;
	va_start(ap, fmt);
	emit(LOG_WARNING, err, fmt, ap);
	va_end(ap);
	errno = err;
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	if (self.level < LOG_WARNING)
		return;
	va_start(ap, fmt);
	emit(LOG_WARNING, 0, fmt, ap);
	va_end(ap);
}

void
log_notice(const char *fmt, ...)
{
	va_list ap;

	if (self.level < LOG_NOTICE)
		return;
	va_start(ap, fmt);
	emit(LOG_NOTICE, 0, fmt, ap);
	va_end(ap);
}

static bool
wanted(int level, int subsys, uint32_t tid)
{
	return (self.level >= level &&
	    (self.mask == 0 || (self.mask & 1U << subsys) != 0) &&
	    (self.tid == 0 || self.tid == tid));
}

void
log_info(int subsys, uint32_t tid, const char *fmt, ...)
{
	va_list ap;

	if (!wanted(LOG_INFO, subsys, tid))
		return;
	va_start(ap, fmt);
	emit(LOG_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_debug(int subsys, uint32_t tid, const char *fmt, ...)
{
	va_list ap;

	if (!wanted(LOG_DEBUG, subsys, tid))
		return;
	va_start(ap, fmt);
	emit(LOG_DEBUG, 0, fmt, ap);
	va_end(ap);
}

/* Not exit(): what libraries do at exit no filter of a role allows for. */
static void __attribute__((noreturn))
leave(void)
{
	(void)fflush(NULL);
	_exit(1);
}

void
fatal(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_CRIT, err, fmt, ap);
	va_end(ap);
	leave();
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_CRIT, 0, fmt, ap);
	va_end(ap);
	leave();
}
