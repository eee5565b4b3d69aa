/* SPDX-License-Identifier: ISC */
/* runs in: main.  See conf_cli.h.  No privilege is needed but to read. */
#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/conf.h"
#include "greipsecd/conf_cli.h"

/* An address as we have it; false when it is of another kind. */
static bool
take(const struct sockaddr *sa, struct addr *out)
{
	struct sockaddr_in6 s6;
	struct sockaddr_in s4;

	memset(out, 0, sizeof(*out));
	if (sa == NULL)
		return (false);
	if (sa->sa_family == AF_INET) {
		memcpy(&s4, sa, sizeof(s4));
		out->family = ADDR_V4;
		memcpy(out->b, &s4.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&s6, sa, sizeof(s6));
		out->family = ADDR_V6;
		memcpy(out->b, &s6.sin6_addr, 16);
	}
	return (out->family != ADDR_NONE);
}

/* The addresses of this host; NULL with *n 0 when there are none. */
static struct addr *
local_addrs(size_t *n)
{
	struct ifaddrs *list, *i;
	struct addr *a;
	size_t cap = 0;

	*n = 0;
	if (getifaddrs(&list) == -1)
		return (NULL);
	for (i = list; i != NULL; i = i->ifa_next)
		cap++;
	a = calloc(cap + 1, sizeof(*a));
	for (i = list; a != NULL && i != NULL; i = i->ifa_next)
		if (take(i->ifa_addr, &a[*n]))
			(*n)++;
	freeifaddrs(list);
	return (a);
}

int
conf_cli(const struct options *o)
{
	/* -s names any site of the file, and only this host's key is here */
	struct conf_opts opts = { .site = o->site, .keyfile = o->keyfile,
	    .elsewhere = o->site != NULL &&
	    strcmp(o->keyfile, SYSCONFDIR "/greipsecd.key") == 0 };
	char host[256] = "";
	struct addr *a;
	int status;

	if (gethostname(host, sizeof(host) - 1) == 0)
		opts.host = host;
	opts.addrs = a = local_addrs(&opts.n_addrs);
	status = conf_check_cli(o->conf, &opts,
	    o->verbose > 0 || o->check > 1, stdout, stderr);
	free(a);
	return (status);
}
