/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  Numbers as people read them.  See ctl_out.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "greipsecctl/ctl_out.h"
#include "lib/suite.h"

#define DAY	86400U

const char *
fmt_uptime(uint32_t s, char buf[static FMT_MAX])
{
	if (s < DAY)
		(void)snprintf(buf, FMT_MAX, "%02u:%02u:%02u", s / 3600,
		    s / 60 % 60, s % 60);
	else
		(void)snprintf(buf, FMT_MAX, "%ud%02uh%02um", s / DAY,
		    s % DAY / 3600, s / 60 % 60);
	return (buf);
}

const char *
fmt_since(uint32_t s, char buf[static FMT_MAX])
{
	if (s < 60)
		(void)snprintf(buf, FMT_MAX, "%us", s);
	else if (s < DAY)
		(void)snprintf(buf, FMT_MAX, "%02u:%02u", s / 3600,
		    s / 60 % 60);
	else if (s < 1000 * DAY)
		(void)snprintf(buf, FMT_MAX, "%ud%02uh", s / DAY,
		    s % DAY / 3600);
	else
		(void)snprintf(buf, FMT_MAX, "%ud", s / DAY);
	return (buf);
}

const char *
fmt_span(uint32_t s, char buf[static FMT_MAX])
{
	if (s < 60)
		(void)snprintf(buf, FMT_MAX, "%us", s);
	else if (s < 3600)
		(void)snprintf(buf, FMT_MAX, "%um%02us", s / 60, s % 60);
	else if (s < DAY)
		(void)snprintf(buf, FMT_MAX, "%uh%02um", s / 3600,
		    s / 60 % 60);
	else
		(void)snprintf(buf, FMT_MAX, "%ud%02uh", s / DAY,
		    s % DAY / 3600);
	return (buf);
}

const char *
fmt_count(uint64_t n, char buf[static FMT_MAX])
{
	static const char unit[] = "kMGTPE";
	uint64_t div = 1000;
	size_t i = 0;

	if (n < 1000) {
		(void)snprintf(buf, FMT_MAX, "%" PRIu64, n);
		return (buf);
	}
	while (i + 2 < sizeof(unit) && n / div >= 1000) {
		div *= 1000;
		i++;
	}
	if (n / div < 10)	/* cut, not rounded: 9.99 stays below 10 */
		(void)snprintf(buf, FMT_MAX, "%" PRIu64 ".%" PRIu64 "%c",
		    n / div, n / (div / 10) % 10, unit[i]);
	else
		(void)snprintf(buf, FMT_MAX, "%" PRIu64 "%c", n / div,
		    unit[i]);
	return (buf);
}

const char *
fmt_rtt(uint32_t us, char buf[static FMT_MAX])
{
	if (us < 10000)		/* a tenth at least: 0 is nothing */
		(void)snprintf(buf, FMT_MAX, "%u.%ums", us / 1000,
		    us < 100 ? 1 : us / 100 % 10);
	else if (us < 1000000)
		(void)snprintf(buf, FMT_MAX, "%ums", us / 1000);
	else
		(void)snprintf(buf, FMT_MAX, "%u.%us", us / 1000000,
		    us / 100000 % 10);
	return (buf);
}

const char *
fmt_timer(uint32_t ms, char buf[static FMT_MAX])
{
	if (ms == 0) {
		(void)snprintf(buf, FMT_MAX, "-");
		return (buf);
	}
	return (fmt_uptime(ms / 1000 + (ms % 1000 != 0), buf));
}

const char *
fmt_endpoint(const struct addr *a, uint16_t port, char buf[static FMT_MAX])
{
	char text[ADDR_TEXT_MAX];
	bool v6 = a->family == ADDR_V6;

	(void)addr_text(a, text);
	if (port == 0)
		(void)snprintf(buf, FMT_MAX, "%s", text);
	else
		(void)snprintf(buf, FMT_MAX, "%s%s%s:%u", v6 ? "[" : "", text,
		    v6 ? "]" : "", port);
	return (buf);
}

/* The first algorithm of a type in a proposal's text. */
static const struct alg *
find(const char *text, enum xform_type type)
{
	const struct alg *a;
	size_t len;

	while (*text != '\0') {
		len = strcspn(text, "-");
		a = alg_by_name(text, len);
		if (a != NULL && a->type == type)
			return (a);
		text += len;
		text += *text == '-';
	}
	return (NULL);
}

/* "aes256gcm16" without what is always so, "aes256" with what it lacks. */
static int
cipher(const struct alg *a, char *buf, size_t cap)
{
	size_t n = strlen(a->name);

	if (a->id == ENCR_CHACHA20_POLY1305)
		return (snprintf(buf, cap, "chacha20"));
	if (a->id == ENCR_AES_GCM_16 && n > 2 &&
	    strcmp(a->name + n - 2, "16") == 0)
		return (snprintf(buf, cap, "%.*s", (int)(n - 2), a->name));
	if (a->id == ENCR_AES_CBC)
		return (snprintf(buf, cap, "%scbc", a->name));
	return (snprintf(buf, cap, "%s", a->name));
}

const char *
fmt_suite(const char *esp, const char *ike, char buf[static FMT_MAX])
{
	const struct alg *e = find(esp, XFORM_ENCR);
	const struct alg *ke = find(esp, XFORM_KE);
	int n = 0;

	if (ke == NULL)
		ke = find(ike, XFORM_KE);
	if (e == NULL)
		e = find(ike, XFORM_ENCR);
	if (e == NULL) {
		(void)snprintf(buf, FMT_MAX, "-");
		return (buf);
	}
	n = cipher(e, buf, FMT_MAX);
	if (ke != NULL && strncmp(ke->name, "modp", 4) == 0)
		(void)snprintf(buf + n, FMT_MAX - (size_t)n, "/g%u", ke->id);
	else if (ke != NULL)
		(void)snprintf(buf + n, FMT_MAX - (size_t)n, "/%s", ke->name);
	return (buf);
}

const char *
fmt_when(int64_t wall_ms, enum fmt_when how, char buf[static FMT_MAX])
{
	static const char *const form[] = { [WHEN_FULL] = "%Y-%m-%d %H:%M:%S",
	    [WHEN_DAY] = "%m-%d %H:%M:%S", [WHEN_CLOCK] = "%H:%M:%S" };
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	buf[0] = '\0';
	if (localtime_r(&t, &tm) == NULL ||
	    strftime(buf, FMT_MAX, form[how], &tm) == 0)
		(void)snprintf(buf, FMT_MAX, "-");
	return (buf);
}
