/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  From one configuration to the next: what to do, by reload
 * class.  Start, reload and the replay after a crash are this one function; a
 * start is the difference from NULL.
 *
 * A tunnel is the same one when its pair of outer addresses and GRE key are the
 * same; where an outer address is dynamic, when its name is the same.  When both
 * rules find an old tunnel for different new ones, it is the one of its name;
 * none is ever two, and none is forgotten: each old and each new tunnel stands
 * in exactly one change.
 */
#ifndef GREIPSECD_CONF_DIFF_H
#define GREIPSECD_CONF_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "greipsecd/conf.h"

/* In rising order: each does what those before it do, and more. */
enum conf_class {
	CLASS_NOTHING,		/* the same, or only a description */
	CLASS_IN_PLACE,		/* messages again, no packet is lost */
	CLASS_REKEY,		/* and a new child SA pair */
	CLASS_NEW_IKE,		/* and a new IKE SA */
	CLASS_RECREATE,		/* and the interface goes and comes */
	CLASS_N
};
extern const char *const conf_class_names[CLASS_N];

enum conf_op {
	CONF_SAME,		/* old and new are set, class NOTHING */
	CONF_CHANGE,		/* old and new are set, class and what say how */
	CONF_ADD,		/* new is set */
	CONF_DEL,		/* old is set */
	CONF_OP_N
};
extern const char *const conf_op_names[CONF_OP_N];

/* One tunnel's change; old and new point into the two configurations. */
struct conf_change {
	enum conf_op			 op;
	enum conf_class			 class;
	const struct conf_tunnel	*old;
	const struct conf_tunnel	*new;
	/* Which messages differ, so that only these are sent again. */
	bool				 ike, secret, ospf, esp, link;
	bool				 adjacency;	/* it is another link for
							   OSPF: made anew */
	char				 what[160];	/* "metric 10 -> 5, mtu ..." */
};

struct conf_diff {
	struct conf_change	*changes;	/* DEL first, then new's order */
	size_t			 n_changes;
	bool			 ospf_global;	/* global.ospf differs */
	bool			 router_id;	/* and the router id does: ospf
						   starts anew */
	bool			 networks;	/* ours: networks, announces,
						   ifaces, lan_metric */
	bool			 guards;
	bool			 policy;	/* sysctl, nat-exemption, log */
	const struct conf_global *old, *new;	/* NULL: none */
};

/* old NULL: everything is added.  NULL when there is no memory.  Valid as long
 * as old and new are; conf_diff_free() when done. */
struct conf_diff	*conf_diff(const struct conf *old,
			    const struct conf *new);
void			 conf_diff_free(struct conf_diff *d);
/* Whether nothing at all differs but origins. */
bool			 conf_diff_empty(const struct conf_diff *d);
/* The lines of `reload -n': + added, - removed, ~ changed, = the rest. */
void			 conf_diff_print(const struct conf_diff *d, FILE *f);

#endif
