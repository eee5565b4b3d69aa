/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  See ctl_fix.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecctl/ctl_fix.h"
#include "lib/suite.h"

#define MTU_MIN		576	/* of the file */
#define TIMER_MAX	65535
#define FAST_MS		333	/* as `failover faster' has it */

/* More of a line that is cut at cap. */
static void __attribute__((format(printf, 3, 4)))
add(char *buf, size_t cap, const char *fmt, ...)
{
	size_t n = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(buf + n, cap - n, fmt, ap);
	va_end(ap);
}

/* What our path carries, as far as that is known. */
static unsigned long
most(const struct cause_facts *f)
{
	return (f->fits != 0 && f->fits < f->mtu ? f->fits : f->mtu);
}

/*
 * Neither end gets more than fits: what is larger would be lost.  Ours fits
 * when it is computed, and may be too large when it is written.
 */
static void
fix_mtu(const struct cause_facts *f, struct fix *x, const char *or_here,
    const char *or_there)
{
	unsigned long ours = f->mtu;
	unsigned long theirs = strtoul(f->theirs, NULL, 10);
	unsigned long fits = f->fits != 0 ? f->fits : ours;

	if (theirs >= MTU_MIN && theirs <= fits)
		add(x->here, sizeof(x->here), "%s mtu %lu%s%s", x->in, theirs,
		    x->end, or_here);
	else if (ours > fits)
		add(x->here, sizeof(x->here), "%s mtu %lu%s", x->in, fits,
		    x->end);
	if (ours > fits && theirs <= fits)
		return;
	if (ours > fits)
		ours = fits;
	if (!f->foreign)
		add(x->there, sizeof(x->there), "%s mtu %lu%s, or ", x->at,
		    ours, x->end);
	add(x->there, sizeof(x->there), "MTU %lu on that tunnel%s%s", ours,
	    ours > theirs ? ", where its path carries that" : "", or_there);
}

static void
mtu(const struct cause_facts *f, struct fix *x)
{
	fix_mtu(f, x, "", "");
}

static void
dd_mtu(const struct cause_facts *f, struct fix *x)
{
	fix_mtu(f, x, ", or ospf { mtu-check warn }",
	    ", or ignore the MTU there");
}

static bool
is_fast(const struct cause_timers *t)
{
	return (t->dead_s != 0 && t->hello_ms < 1000);
}

/*
 * Timers in place of others, in the file's words and in those of people; what is
 * the same at both ends is left out.  Hellos of less than a second are 0 on the
 * wire, and go with a dead interval of 1 only.  false: no file has such timers.
 */
static bool
timers_text(const struct cause_timers *want, const struct cause_timers *have,
    char *file, char *words, size_t cap)
{
	unsigned int hello = want->hello_ms / 1000;
	bool both;

	file[0] = words[0] = '\0';
	if (want->dead_s == 0 || want->dead_s > TIMER_MAX)
		return (false);
	if (is_fast(want)) {
		if (want->dead_s != 1)
			return (false);
		add(file, cap, "hello %ums dead 1", want->hello_ms != 0 ?
		    want->hello_ms : FAST_MS);
		add(words, cap, "dead interval 1 with several hellos a second");
		return (true);
	}
	if (hello >= want->dead_s)
		return (false);
	both = want->dead_s != have->dead_s;
	if (want->hello_ms != have->hello_ms) {
		add(file, cap, "hello %u%s", hello, both ? " " : "");
		add(words, cap, "hello interval %u%s", hello, both ? " and " :
		    "");
	}
	if (both) {
		add(file, cap, "dead %u", want->dead_s);
		add(words, cap, "dead interval %u", want->dead_s);
	}
	return (file[0] != '\0');
}

static void
timers(const struct cause_facts *f, struct fix *x)
{
	const struct cause_timers *ours = &f->timers[0];
	const struct cause_timers *theirs = &f->timers[1];
	char file[64], words[64];

	if (is_fast(ours) || is_fast(theirs))
		add(x->fast, sizeof(x->fast), " (0: several a second)");
	if (timers_text(theirs, ours, file, words, sizeof(file)))
		add(x->here, sizeof(x->here), "%s %s%s", x->in, file,
		    x->end);
	if (!timers_text(ours, theirs, file, words, sizeof(file)))
		return;
	if (!f->foreign)
		add(x->there, sizeof(x->there), "%s %s%s, or ", x->at, file,
		    x->end);
	add(x->there, sizeof(x->there), "%s on that tunnel", words);
}

/*
 * Each end may take what the other offers, as far as it is known here: of theirs,
 * a list with commas, the first that has something of ours in each kind.
 */
static void
fix_proposal(const struct cause_facts *f, struct fix *x,
    enum suite_proto proto, const char *block)
{
	char text[PROPOSAL_TEXT_MAX];
	const char *s = f->theirs, *lack = NULL, *why, *found = NULL;
	size_t n;

	for (; *s != '\0' && found == NULL; s += n + (s[n] == ',')) {
		n = strcspn(s, ",");
		found = proposal_known(s, n, proto, text, &why);
		if (found == NULL && lack == NULL)
			lack = why;
	}
	if (found != NULL)
		add(x->here, sizeof(x->here), "%s %s { proposal \"%s\" }%s",
		    x->in, block, found, x->end);
	else if (lack != NULL)
		add(x->here, sizeof(x->here), "nothing: greipsecd has no %s of "
		    "those that %s offers", lack, f->there);
	if (f->foreign)
		add(x->there, sizeof(x->there), "%s proposal, one of each kind "
		    "of: %s", proto == PROTO_IKE ? "IKE" : "ESP", f->ours);
	else if (proposal_known(f->ours, strlen(f->ours), proto, text,
	    &why) != NULL)
		add(x->there, sizeof(x->there), "%s %s { proposal \"%s\" }%s",
		    x->at, block, text, x->end);
}

static void
ike_proposal(const struct cause_facts *f, struct fix *x)
{
	fix_proposal(f, x, PROTO_IKE, "ike");
}

static void
esp_proposal(const struct cause_facts *f, struct fix *x)
{
	fix_proposal(f, x, PROTO_ESP, "ipsec");
}

static void
pfs(const struct cause_facts *f, struct fix *x)
{
	const struct alg *a = alg_by_name(f->theirs, strlen(f->theirs));

	if (strcmp(f->theirs, "none") == 0 ||
	    (a != NULL && a->type == XFORM_KE))
		add(x->here, sizeof(x->here), "%s ipsec { pfs %s }%s", x->in,
		    f->theirs, x->end);
	else
		add(x->here, sizeof(x->here), "nothing: greipsecd has no such "
		    "group");
}

/* The length of a mask; 255: it is none. */
static unsigned int
mask_len(uint32_t mask)
{
	unsigned int len;

	for (len = 0; len < 32 && (mask & 0x80000000U) != 0; len++)
		mask <<= 1;
	return (mask == 0 ? len : 255);
}

/* `inner' of our block, when the parser takes it. */
static void
inner(const struct cause_facts *f, struct fix *x, unsigned int len,
    uint32_t peer)
{
	char a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX];

	if (len == 0 || len > 32 || peer == f->inner_local ||
	    (len < 32 && (f->inner_local ^ peer) >> (32 - len) != 0))
		return;
	add(x->here, sizeof(x->here), "%s inner %s/%u peer %s%s", x->in,
	    ip4_text(f->inner_local, a), len, ip4_text(peer, b), x->end);
}

/* In a mesh the prefix is 30 or 32. */
static void
hello_mask(const struct cause_facts *f, struct fix *x)
{
	struct addr a;
	unsigned int len;

	if (addr_parse(f->theirs, &a) == -1 || a.family != ADDR_V4)
		return;
	len = mask_len(addr_to_v4(&a));
	if (!f->mesh)
		inner(f, x, len, f->inner_peer);
	else if (len == 30 || len == 32)
		add(x->here, sizeof(x->here), "%s prefix %u%s", x->in, len,
		    x->end);
}

static void
source_address(const struct cause_facts *f, struct fix *x)
{
	struct addr a;

	if (f->mesh && f->shared)
		add(x->here, sizeof(x->here), "`id' of site %s in %s: as it is "
		    "there", f->there, f->file);
	else if (f->mesh)
		add(x->here, sizeof(x->here), "`tunnels' of the mesh and `id' "
		    "of the sites in %s: as they are there", f->file);
	else if (addr_parse(f->theirs, &a) == 0 && a.family == ADDR_V4)
		inner(f, x, f->inner_len, addr_to_v4(&a));
	if (x->here[0] == '\0')
		add(x->here, sizeof(x->here), "`inner' of %s in %s: as it is "
		    "there", x->places, f->file);
}

/* The area is one for the whole host. */
static void
area(const struct cause_facts *f, struct fix *x)
{
	if (f->shared)
		add(x->here, sizeof(x->here), "leave it: with others, area %s "
		    "works", f->ours);
	else
		add(x->here, sizeof(x->here), "ospf { area %s }%s", f->theirs,
		    x->also);
}

/* They are somebody else than expected. */
static void
our_id(const struct cause_facts *f, struct fix *x)
{
	if (!f->mesh)
		add(x->here, sizeof(x->here), "%s remote-id \"%s\"%s", x->in,
		    f->theirs, x->end);
	else if (f->foreign)
		add(x->here, sizeof(x->here), "site %s { identity \"%s\" }",
		    f->there, f->theirs);
	else
		add(x->here, sizeof(x->here), "the name%s after `site' in %s, "
		    "as %s there", f->shared ? "" : "s after `mesh' and",
		    f->file, f->shared ? "it is" : "they are");
}

/* They expect somebody else than us; who we are is the same for all. */
static void
our_own_id(const struct cause_facts *f, struct fix *x)
{
	if (!f->mesh)
		add(x->here, sizeof(x->here), "%s local-id \"%s\"%s", x->in,
		    f->theirs, x->end);
	else if (f->shared)
		add(x->here, sizeof(x->here), "leave it: others know this site "
		    "as it is");
	else if (f->foreign)
		add(x->here, sizeof(x->here), "site %s { identity \"%s\" }",
		    f->here, f->theirs);
	else
		add(x->here, sizeof(x->here), "the names after `mesh' and "
		    "`site' in %s, as they are there", f->file);
}

static const struct {
	const char	*code;
	void		(*fix)(const struct cause_facts *, struct fix *);
} fixes[] = {
	{ "mtu", mtu },
	{ "dd-mtu", dd_mtu },
	{ "hello-interval", timers },
	{ "hello-mask", hello_mask },
	{ "our-proposal", ike_proposal },
	{ "our-group", ike_proposal },
	{ "our-esp-proposal", esp_proposal },
	{ "our-pfs", pfs },
	{ "source-address", source_address },
	{ "area", area },
	{ "our-id", our_id },
	{ "our-own-id", our_own_id },
	{ "dead-interval", timers },
};

static void
in_mesh(const struct cause_facts *f, struct fix *x)
{
	add(x->in, sizeof(x->in), "link %s %s {", f->here, f->there);
	add(x->at, sizeof(x->at), "%s", x->in);
	add(x->end, sizeof(x->end), " }");
	add(x->places, sizeof(x->places), "`link %s %s', `site %s' or `site "
	    "%s'", f->here, f->there, f->here, f->there);
	add(x->own, sizeof(x->own), "`address' of site %s", f->here);
	add(x->nat, sizeof(x->nat), "host %s { local dynamic }", f->here);
	add(x->self, sizeof(x->self), "site %s", f->here);
	add(x->us, sizeof(x->us), "%s", f->here);
	add(x->diag, sizeof(x->diag), "greipsecctl diagnose %s", f->here);
}

/* A block is there once, so this is no second one.  We do not know how the other
 * end calls its own. */
static void
in_block(const struct cause_facts *f, struct fix *x)
{
	add(x->in, sizeof(x->in), "in tunnel %s:", f->there);
	add(x->at, sizeof(x->at), "in the tunnel to %s:", f->local);
	add(x->places, sizeof(x->places), "`tunnel %s'", f->there);
	add(x->own, sizeof(x->own), "`local' of tunnel %s", f->there);
	add(x->nat, sizeof(x->nat), "%s local dynamic", x->in);
	add(x->self, sizeof(x->self), "this host");
	add(x->also, sizeof(x->also), ", the same in tunnel %s if it has one",
	    f->there);
	add(x->us, sizeof(x->us), "NAME");
	add(x->diag, sizeof(x->diag), "greipsecctl diagnose");
}

void
fix_make(const char *code, const struct cause_facts *f, struct fix *out)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	(f->mesh ? in_mesh : in_block)(f, out);
	if (f->foreign)
		add(out->both, sizeof(out->both), "its log may name both");
	else
		add(out->both, sizeof(out->both), "%s at %s names both",
		    out->diag, f->there);
	add(out->mtu, sizeof(out->mtu), "%u", f->mtu);
	add(out->most, sizeof(out->most), "%lu", most(f));
	for (i = 0; i < sizeof(fixes) / sizeof(fixes[0]); i++)
		if (strcmp(fixes[i].code, code) == 0)
			fixes[i].fix(f, out);
}
