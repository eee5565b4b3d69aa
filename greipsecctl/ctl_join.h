/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  What the rows say of one tunnel: found by its handle.
 * Pure; NULL where a part is missing.
 */
#ifndef GREIPSECCTL_CTL_JOIN_H
#define GREIPSECCTL_CTL_JOIN_H

#include "greipsecctl/ctl_data.h"

#define JOIN_NETWORKS	16

struct prefix_list {
	struct prefix	v[JOIN_NETWORKS];
	size_t		n;
};

const struct ctl_tunnel	*join_tunnel(const struct data *d, uint32_t tid);
const struct ctl_path	*join_path(const struct data *d, uint32_t tid);
const struct ctl_ike	*join_ike(const struct data *d, uint32_t tid);
/* The pair in use. */
const struct ctl_sa	*join_sa(const struct data *d, uint32_t tid);
const struct ctl_espsa	*join_espsa(const struct data *d, uint32_t tid,
			    enum sa_dir dir, uint32_t spi);
/* What came in clear this long ago is told, but is no warning any more. */
#define CLEAR_RECENT_S	86400
const struct ctl_esptun	*join_esptun(const struct data *d, uint32_t tid);
const struct ctl_nbr	*join_nbr(const struct data *d, uint32_t tid);
const struct ctl_ospfif	*join_ospfif(const struct data *d, uint32_t tid);
/* The networks that lie behind a tunnel, as many as there is room for. */
void			 join_networks(const struct ctl_tunnel *t,
			    struct prefix_list *out);
/* Whether a route goes another way than the tunnel it lies behind; *via is the
 * tunnel it takes, or NULL. */
bool			 join_detour(const struct data *d,
			    const struct ctl_tunnel *t, const struct ctl_rib *r,
			    const struct ctl_tunnel **via);

#endif
