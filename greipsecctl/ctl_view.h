/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  What several processes know about one thing, joined by
 * the tunnel's handle or the interface's: one struct a line of output, with a
 * field table, so that JSON comes from the same.  Pure.
 *
 * A part that may be missing is a list of at most one.
 */
#ifndef GREIPSECCTL_CTL_VIEW_H
#define GREIPSECCTL_CTL_VIEW_H

#include "greipsecctl/ctl_data.h"

struct view_tunnel {
	struct ctl_tunnel	t;
	uint16_t		n_ike, n_sa, n_gre, n_ospf;
	struct ctl_ike		ike[1];
	struct ctl_sa		sa[1];		/* the pair in use */
	struct ctl_esptun	gre[1];
	struct ctl_nbr		ospf[1];
};

struct view_ike {
	struct ctl_ike		ike;
	uint32_t		pairs;
};

struct view_sa {
	struct ctl_sa		sa;
	uint16_t		n_in, n_out, n_ike;
	struct ctl_espsa	in[1], out[1];
	struct ctl_ike		ike[1];
};

/* One next hop of a route. */
struct view_rib {
	struct prefix		prefix;
	struct addr		nexthop;	/* ADDR_NONE: connected */
	char			ifname[IFACE_NAME_MAX];
	char			site[TUNNEL_NAME_MAX];	/* over whose tunnel */
	bool			first;		/* of its route */
	uint32_t		cost;
	uint32_t		adv_router;
	char			path[16], dest[16];
	uint32_t		age_s;
	char			was[160];
};

enum attention_level { ATT_NOTE, ATT_WARN, ATT_BAD, ATT_N };

/* Something that the operator should know. */
struct view_attention {
	enum attention_level	level;
	char			subject[TUNNEL_NAME_MAX];
	char			state[TUNNEL_NAME_MAX];	/* "down 00:03:10" */
	char			text[1100];
};

struct view_counts {
	uint32_t	tunnels, up, degraded, down, disabled;
	uint32_t	nbrs, full;
	uint32_t	rib, fib, detours;
	uint32_t	peers, pairs;
	uint32_t	rekey_s;	/* the next one; 0: none known */
	char		rekey_of[TUNNEL_NAME_MAX];
};

extern const struct fld_table view_tunnel_fld, view_ike_fld, view_sa_fld,
    view_rib_fld, view_attention_fld, view_counts_fld;

/*
 * Each appends to out (of its table, else empty) what it joins of d.  0, or -1
 * with errno.
 */
int	view_tunnels(const struct data *d, struct rows *out);
int	view_ikes(const struct data *d, struct rows *out);
int	view_sas(const struct data *d, struct rows *out);
int	view_ribs(const struct data *d, struct rows *out);
int	view_attentions(const struct data *d, struct rows *out);
void	view_count(const struct data *d, struct view_counts *out);

#endif
