/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See apply.h.  From the file to a configuration as this host
 * sees it.  A file in which all is right but that it fits no address of ours
 * is waited for: at boot, addresses come later than we do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/apply.h"
#include "greipsecd/events.h"
#include "lib/log.h"

static void
tell(const struct conf_errs *errs, bool print)
{
	const struct conf_err *e;
	size_t i;

	if (print) {
		conf_errs_print(errs, stderr);
		return;
	}
	for (i = 0; i < errs->n; i++) {
		e = &errs->e[i];
		if (e->loc.line == 0)
			log_warnx("%s%s", e->warning ? "warning: " : "",
			    e->text);
		else
			log_warnx("%s:%u:%u: %s%s", e->loc.file, e->loc.line,
			    e->loc.col, e->warning ? "warning: " : "",
			    e->text);
	}
}

static void
first_error(const struct conf_errs *errs, char *why, size_t cap)
{
	const struct conf_err *e;
	size_t i;

	(void)snprintf(why, cap, "no memory");
	for (i = 0; i < errs->n; i++) {
		e = &errs->e[i];
		if (e->warning)
			continue;
		if (e->loc.line == 0)
			(void)snprintf(why, cap, "%s", e->text);
		else
			(void)snprintf(why, cap, "%s:%u:%u: %s", e->loc.file,
			    e->loc.line, e->loc.col, e->text);
		return;
	}
}

struct conf *
apply_parse(struct app *a, bool print, bool *wait, char *why, size_t cap)
{
	struct conf_opts o = { .site = a->opt->site,
	    .keyfile = a->opt->keyfile };
	struct conf_errs errs;
	struct addr *addrs;
	struct conf *c;
	char host[256];
	size_t i;

	*wait = false;
	memset(&errs, 0, sizeof(errs));
	if (os_hostname(host, sizeof(host)) == 0)
		o.host = host;
	if ((addrs = calloc(a->n_addrs + 1, sizeof(*addrs))) == NULL) {
		(void)snprintf(why, cap, "no memory");
		return (NULL);
	}
	for (i = 0; i < a->n_addrs; i++)
		addrs[i] = a->addrs[i].addr;
	o.addrs = addrs;
	o.n_addrs = a->n_addrs;
	c = conf_parse_file(a->opt->conf, &o, &errs);
	free(addrs);
	if (c == NULL) {
		*wait = errs.who == CONF_WHO_NONE && errs.n_errors == 1;
		first_error(&errs, why, cap);
	}
	if (!*wait)
		tell(&errs, print);
	conf_errs_free(&errs);
	return (c);
}

int
apply_reload(struct app *a, struct mono now, char *why, size_t cap)
{
	struct conf *c;
	bool wait;

	if ((c = apply_parse(a, false, &wait, why, cap)) == NULL) {
		/* still waiting at boot is no news */
		if (a->conf != NULL || !wait)
			events_main(SUBSYS_MAIN, 0, "configuration",
			    "refused", "%s", why);
		return (-1);
	}
	if (apply_conf(a, c, now) == 0)
		return (0);
	conf_free(c);
	(void)snprintf(why, cap, "no memory");
	return (-1);
}
