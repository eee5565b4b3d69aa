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
#include "greipsecd/notify.h"
#include "lib/log.h"
#include "lib/mono.h"

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

/* As this host sees the file; errs is filled, and is the caller's to free. */
static struct conf *
read_file(const struct app *a, struct conf_errs *errs)
{
	struct conf_opts o = { .site = a->opt->site,
	    .keyfile = a->opt->keyfile };
	struct addr *addrs;
	struct conf *c;
	char host[256], was[TUNNEL_NAME_MAX];
	size_t i;

	memset(errs, 0, sizeof(*errs));
	if (os_hostname(host, sizeof(host)) == 0)
		o.host = host;
	/* at the start only: a reload that makes it nobody is a mistake */
	if (a->conf == NULL &&
	    state_site(a->opt->statedir, was, sizeof(was)) == 0)
		o.was = was;
	if ((addrs = calloc(a->n_addrs + 1, sizeof(*addrs))) == NULL)
		return (NULL);
	for (i = 0; i < a->n_addrs; i++)
		addrs[i] = a->addrs[i].addr;
	o.addrs = addrs;
	o.n_addrs = a->n_addrs;
	c = conf_parse_file(a->opt->conf, &o, errs);
	free(addrs);
	return (c);
}

struct conf *
apply_parse(struct app *a, bool print, bool *wait, char *why, size_t cap)
{
	struct conf_errs errs;
	struct conf *c = read_file(a, &errs);

	*wait = false;
	if (c == NULL) {
		*wait = conf_errs_wait(&errs);
		first_error(&errs, why, cap);
	}
	if (!*wait)
		tell(&errs, print);
	conf_errs_free(&errs);
	return (c);
}

/* The same for a reload: who asked reads all of it. */
static struct conf *
parse_again(struct app *a, FILE *out, char *why, size_t cap)
{
	struct conf_errs errs;
	struct conf *c = read_file(a, &errs);
	bool wait = c == NULL && conf_errs_wait(&errs);

	if (!wait)
		tell(&errs, false);
	if (out != NULL)
		conf_errs_print(&errs, out);
	if (c == NULL)
		first_error(&errs, why, cap);
	else if (a->conf != NULL && !conf_is_empty(a->conf) &&
	    conf_is_empty(c)) {
		/* it would take down all there is, and the guards too */
		(void)snprintf(why, cap, "%s: no mesh and no tunnel is in it, "
		    "is the file whole? to take all down, stop greipsecd",
		    a->opt->conf);
		log_warnx("%s", why);
		if (out != NULL)
			fprintf(out, "%s\n", why);
		conf_free(c);
		c = NULL;
	}
	conf_errs_free(&errs);
	/* still waiting at boot is no news */
	if (c == NULL && (a->conf != NULL || !wait))
		events_main(SUBSYS_MAIN, 0, "configuration", "refused", "%s",
		    why);
	return (c);
}

static void
print_diff(const struct app *a, const struct conf *c, FILE *out)
{
	struct conf_diff *d;

	if (out == NULL || (d = conf_diff(a->conf, c)) == NULL)
		return;
	fprintf(out, "%s: %zu sites", a->opt->conf, c->n_sites);
	if (a->conf != NULL && a->conf->n_sites != c->n_sites)
		fprintf(out, " (was %zu)", a->conf->n_sites);
	fputc('\n', out);
	conf_diff_print(d, out);
	conf_diff_free(d);
}

/* The one before it is kept until the one asked for is confirmed; with a
 * second try in that time it is still the one before the first. */
static int
go_over(struct app *a, struct conf *c, uint32_t confirm_s, struct mono now)
{
	struct conf *old = NULL;
	bool keep = confirm_s > 0 && a->undo == NULL;

	if (apply_conf(a, c, now, keep ? &old : NULL) == -1)
		return (-1);
	a->taken_back = false;
	if (keep)
		a->undo = old;
	if (confirm_s > 0) {
		a->undo_due = mono_add(now, NS_S((int64_t)confirm_s));
		events_main(SUBSYS_MAIN, 0, "configuration", "on-trial",
		    "is taken back in %u s unless confirmed", confirm_s);
		app_again(a, 0, NS_S((int64_t)confirm_s));
	}
	return (0);
}

int
apply_reload(struct app *a, const struct ctl_reload *q, struct mono now,
    FILE *out, char *why, size_t cap)
{
	struct conf *c;

	if (a->undo != NULL && !q->check && q->confirm_s == 0) {
		(void)snprintf(why, cap, "the last reload waits for `confirm' "
		    "or `undo'");
		events_main(SUBSYS_MAIN, 0, "configuration", "refused", "%s",
		    why);
		return (-1);
	}
	if (a->conf == NULL && q->confirm_s > 0) {
		(void)snprintf(why, cap, "no configuration is in force that "
		    "could come back");
		return (-1);
	}
	if (!q->check)
		notify_reloading(now);
	if ((c = parse_again(a, out, why, cap)) == NULL) {
		notify_ready();
		return (-1);
	}
	print_diff(a, c, out);
	if (q->check) {
		if (out != NULL)
			fputs("Nothing applied (-n).\n", out);
		conf_free(c);
		return (0);
	}
	if (go_over(a, c, q->confirm_s, now) == -1) {
		conf_free(c);
		notify_ready();
		(void)snprintf(why, cap, "no memory");
		return (-1);
	}
	if (out != NULL && q->confirm_s > 0)
		fprintf(out, "Applied.  Taken back in %u s unless "
		    "`greipsecctl confirm'.\n", q->confirm_s);
	else if (out != NULL)
		fputs("Applied.\n", out);
	return (0);
}

int
apply_confirm(struct app *a, char *why, size_t cap)
{
	if (a->undo == NULL) {
		(void)snprintf(why, cap, "nothing waits to be confirmed");
		return (-1);
	}
	conf_free(a->undo);
	a->undo = NULL;
	events_main(SUBSYS_MAIN, 0, "configuration", "confirmed", "%s", "");
	return (0);
}

int
apply_undo(struct app *a, struct mono now, const char *because, char *why,
    size_t cap)
{
	if (a->undo == NULL) {
		(void)snprintf(why, cap, "nothing waits to be confirmed");
		return (-1);
	}
	if (apply_conf(a, a->undo, now, NULL) == -1) {
		(void)snprintf(why, cap, "no memory");
		return (-1);
	}
	a->undo = NULL;
	a->taken_back = true;
	events_main(SUBSYS_MAIN, 0, "configuration", "taken-back", "%s",
	    because);
	return (0);
}
