/* SPDX-License-Identifier: ISC */
/*
 * sim [-v] [-j jobs] [-N sites] [-n seeds] [-s first] [small | hub | mesh]: run
 * worlds of sim.h.  Each failing seed is printed with what does not hold and
 * with its last events; -s SEED -n 1 -v shows it whole.  -N: of a hub (1000 at
 * most) or mesh (45).  Exit 1 when one failed.
 */
#include <sys/wait.h>

#include <err.h>
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

/* Each n-th seed; how many failed. */
static int
run(const struct world *w, unsigned long long first, unsigned long long seeds,
    unsigned long long job, unsigned long long jobs, size_t large,
    bool verbose)
{
	struct sim *s;
	unsigned long long i, packets = 0, checks = 0;
	double hours = 0;
	int failed = 0;

	for (i = job; i < seeds; i += jobs) {
		if ((s = calloc(1, sizeof(*s))) == NULL)
			err(1, NULL);
		s->seed = first + i;
		s->verbose = verbose;
		s->large = large;
		if (!w->run(s)) {
			report(s, w);
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
	    "%.1f hours, %llu packets\n", w->name, (seeds - job + jobs - 1) /
	    jobs, failed, checks, hours, packets);
	return (failed);
}

int
main(int argc, char **argv)
{
	unsigned long long first = 1, seeds = 1, jobs = 1, j;
	const struct world *w = &worlds[0];
	bool verbose = false, bad = false;
	size_t large = 0;
	int ch, status;

	while ((ch = getopt(argc, argv, "N:j:n:s:v")) != -1)
		switch (ch) {
		case 'N':
			large = (size_t)strtoul(optarg, NULL, 10);
			break;
		case 'j':
			jobs = strtoull(optarg, NULL, 10);
			break;
		case 'n':
			seeds = strtoull(optarg, NULL, 10);
			break;
		case 's':
			first = strtoull(optarg, NULL, 10);
			break;
		case 'v':
			verbose = true;
			break;
		default:
			usage();
		}
	if (jobs == 0 || seeds == 0 || argc - optind > 1 || large == 1 ||
	    large > 1000)
		usage();
	if (optind < argc) {
		for (w = worlds; strcmp(w->name, argv[optind]) != 0;)
			if (++w == worlds + sizeof(worlds) / sizeof(*w))
				usage();
	}
	if (jobs > seeds)
		jobs = seeds;
	for (j = 1; j < jobs; j++)
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			exit(run(w, first, seeds, j, jobs, large, verbose) != 0);
		}
	bad = run(w, first, seeds, 0, jobs, large, verbose) != 0;
	while (wait(&status) > 0)
		bad |= status != 0;
	return (bad);
}
