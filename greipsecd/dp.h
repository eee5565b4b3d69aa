/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  The data path of a tunnel: who carries its packets and holds
 * its session keys.  dp_user hands all of it to the esp process, dp_fake
 * records the calls for tests; the kernels' own come behind the same table.
 * A data path is chosen per tunnel; the caller keeps the pointer.
 */
#ifndef GREIPSEC_DP_H
#define GREIPSEC_DP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/pair_main_esp.h"
#include "lib/pair_sa.h"

struct os;
struct chan;
struct fld_table;

/* What a data path can and needs. */
#define DP_KEEPS_SA	0x01	/* SAs outlive our processes (kernel) */
#define DP_POLICY	0x02	/* needs a block policy before the interface */
#define DP_NEEDS_WORKER	0x04	/* SAs live in the esp process */

struct dp;

struct dp_ops {
	const char	*name;
	uint32_t	 caps;
	/*
	 * Make sure the interface exists and is attached: create it, or adopt
	 * the one of that name.  A known tid changes in place (spec, MTU), or
	 * anew when reopen is set (the interface was deleted behind us).
	 * *index: the interface's.  0 or -1 with errno (EBUSY: try again).
	 */
	int	(*tunnel_set)(struct dp *dp, const struct esp_tunnel *t,
		    const char *ifname, bool reopen, uint32_t *index);
	/* Detach; the interface itself is the caller's to remove. */
	int	(*tunnel_del)(struct dp *dp, uint32_t tid);
	/*
	 * Install an SA.  The answer comes by dp_report.done, maybe before
	 * this returns.  The caller wipes sa.  -1: not accepted, no answer.
	 */
	int	(*sa_add)(struct dp *dp, const struct sa_spec *sa);
	int	(*sa_del)(struct dp *dp, const struct sa_ref *ref);
	/* Drop unprotected GRE between the outer addresses, both ways, while
	 * block is set.  A no-op without DP_POLICY. */
	int	(*policy)(struct dp *dp, const struct addr *local,
		    const struct addr *remote, bool block);
	/* The worker died: SAs being installed are answered with EPIPE.  Or it
	 * came (again): it gets sockets and tunnels, never SAs (DESIGN 6, rule
	 * 9).  Nothing without DP_NEEDS_WORKER. */
	void	(*worker)(struct dp *dp, bool up);
	void	(*free)(struct dp *dp);
};

struct dp {
	const struct dp_ops	*ops;
};

/* Answers to the caller. */
struct dp_report {
	void	(*done)(void *ctx, const struct sa_done *d);
};

/* How dp_user sends to the esp process: priv_send() without the role. */
typedef int dp_send_fn(void *ctx, uint16_t type, int fd,
	    const struct fld_table *t, const void *obj);

/*
 * The user-space data path.  The sockets are opened here at once (raw 50, and
 * UDP 4500 of which ike's ends are in ike_fds, IPv4 then IPv6, -1 none; the
 * data path keeps them open, take a dup).  NULL with errno and *why.
 */
struct dp	*dp_user_new(struct os *os, dp_send_fn *send,
		    const struct dp_report *rep, void *ctx, int ike_fds[2],
		    const char **why);
/* esp answered M_ESP_SA_DONE: pass it on to the report.  False: nothing of that
 * kind was asked. */
bool		 dp_user_done(struct dp *dp, const struct sa_done *d);

/* Calls that dp_fake saw, newest last. */
enum dp_call {
	DP_TUNNEL_SET,
	DP_TUNNEL_DEL,
	DP_SA_ADD,
	DP_SA_DEL,
	DP_POLICY_SET,
	DP_WORKER
};

struct dp_record {
	enum dp_call	what;
	uint32_t	tid;
	uint32_t	spi;
	bool		flag;		/* reopen, block, up */
};

/* A data path that only remembers; installs fail with error when not 0. */
struct dp	*dp_fake_new(const struct dp_report *rep, void *ctx);
void		 dp_fake_error(struct dp *dp, int error);
/* How many calls so far, and one of them; NULL past the end. */
size_t		 dp_fake_calls(const struct dp *dp);
const struct dp_record *dp_fake_call(const struct dp *dp, size_t i);
/* SAs and tunnels it holds now. */
size_t		 dp_fake_sas(const struct dp *dp);
size_t		 dp_fake_tunnels(const struct dp *dp);

#endif
