/* SPDX-License-Identifier: ISC */
/*
 * sim [-v] [-j jobs] [-N sites] [-n seeds] [-s first] [small | hub | mesh]: run
 * worlds of sim.h.  Each failing seed is printed with what does not hold and
 * with its last events; -s SEED -n 1 -v shows it whole.  -N: of a hub (1000 at
 * most) or mesh (45).  Exit 1 when one failed.  -F NAME is for tests of the
 * simulator: it does one thing wrong, which must be found.
 */
#include <sys/wait.h>

#include <err.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim.h"

static const struct world {
	const char	*name;
	bool		(*run)(struct sim *);
} worlds[] = {
	{ "small", sim_world_small },
	{ "hub", sim_world_hub },
	{ "mesh", sim_world_mesh }
};

static const char *const breaks[BREAK_N] = { "none", "route", "extra", "sa",
    "replay" };

/* What all worlds of a run share. */
struct setup {
	const struct world	*w;
	unsigned long long	 first, seeds, jobs;
	size_t			 large;
	bool			 verbose;
	enum sim_break		 broken;
};

static void
usage(void)
{
	fprintf(stderr, "usage: sim [-v] [-j jobs] [-N sites] [-n seeds] "
	    "[-s first]\n           [small | hub | mesh]\n");
	exit(2);
}

static void
report(struct sim *s, const struct world *w)
{
	size_t i = s->n_said > SIM_SAID ? s->n_said - SIM_SAID : 0;

	printf("FAIL %s seed %llu: %s\n", w->name, (unsigned long long)s->seed,
	    s->fault);
	for (; i < s->n_said && !s->verbose; i++)
		printf("    %10.3f %s\n",
		    (double)s->said[i % SIM_SAID].at.ns / 1e9,
		    s->said[i % SIM_SAID].text);
	if (s->fault_end != NULL)
		sim_dump(s->fault_end);
}

/* A world with all suites in it, unseen: libcrypto keeps what it makes at the
 * first use of each, which is not to be taken for growth. */
static void
warm_up(void)
{
	struct sim *s = calloc(1, sizeof(*s));

	if (s == NULL)
		err(1, NULL);
	s->seed = 14;
	(void)sim_world_small(s);
	sim_free(s);
	free(s);
}

/* Each n-th seed; whether one failed. */
static bool
run(const struct setup *u, unsigned long long job)
{
	struct sim *s;
	unsigned long long i, n = 0, packets = 0, checks = 0;
	double hours = 0;
	int failed = 0;

	if (u->w->run == sim_world_small)
		warm_up();
	for (i = job; i < u->seeds; i += u->jobs, n++) {
		if ((s = calloc(1, sizeof(*s))) == NULL)
			err(1, NULL);
		s->seed = u->first + i;
		s->verbose = u->verbose;
		s->large = u->large;
		s->broken = u->broken;
		if (!u->w->run(s)) {
			report(s, u->w);
			failed++;
		}
		packets += s->packets;
		checks += s->checks;
		hours += (double)s->now.ns / 3600e9;
		sim_free(s);
		free(s);
		fflush(stdout);
	}
	printf("%s: %llu worlds, %d failed, %llu quiet periods checked, "
	    "%.1f hours, %llu packets\n", u->w->name, n, failed, checks,
	    hours, packets);
	return (failed != 0);
}

static void
options(struct setup *u, int argc, char **argv)
{
	int ch;

	while ((ch = getopt(argc, argv, "F:N:j:n:s:v")) != -1)
		switch (ch) {
		case 'F':
			while (strcmp(breaks[u->broken], optarg) != 0)
				if (++u->broken == BREAK_N)
					usage();
			break;
		case 'N':
			u->large = (size_t)strtoul(optarg, NULL, 10);
			break;
		case 'j':
			u->jobs = strtoull(optarg, NULL, 10);
			break;
		case 'n':
			u->seeds = strtoull(optarg, NULL, 10);
			break;
		case 's':
			u->first = strtoull(optarg, NULL, 10);
			break;
		case 'v':
			u->verbose = true;
			break;
		default:
			usage();
		}
	if (u->jobs == 0 || u->seeds == 0 || argc - optind > 1 ||
	    u->large == 1 || u->large > 1000)
		usage();
	if (optind < argc) {
		for (u->w = worlds; strcmp(u->w->name, argv[optind]) != 0;)
			if (++u->w == worlds + sizeof(worlds) / sizeof(*u->w))
				usage();
	}
	if (u->jobs > u->seeds)
		u->jobs = u->seeds;
}

int
main(int argc, char **argv)
{
	struct setup u = { .w = &worlds[0], .first = 1, .seeds = 1,
	    .jobs = 1 };
	unsigned long long j;
	bool bad;
	int status;

	options(&u, argc, argv);
	/* what outlives an OSPF engine is mapped, always, and not in the sum */
	(void)mallopt(M_MMAP_THRESHOLD, SIM_KEEP / 4);
	for (j = 1; j < u.jobs; j++)
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			exit(run(&u, j));
		}
	bad = run(&u, 0);
	while (wait(&status) > 0)
		bad |= status != 0;
	return (bad);
}
