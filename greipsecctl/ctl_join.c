/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  See ctl_join.h. */
#include <stdio.h>
#include <string.h>

#include "greipsecctl/ctl_join.h"

const struct ctl_tunnel *
join_tunnel(const struct data *d, uint32_t tid)
{
	const struct ctl_tunnel *r;
	size_t i;

	for (i = 0; (r = data_at(d, CTL_TUNNEL, i)) != NULL; i++)
		if (r->tid == tid)
			return (r);
	return (NULL);
}

const struct ctl_path *
join_path(const struct data *d, uint32_t tid)
{
	const struct ctl_path *r;
	size_t i;

	for (i = 0; (r = data_at(d, CTL_PATH, i)) != NULL; i++)
		if (r->tid == tid)
			return (r);
	return (NULL);
}

const struct ctl_ike *
join_ike(const struct data *d, uint32_t tid)
{
	const struct ctl_ike *r;
	size_t i;

	for (i = 0; (r = data_at(d, CTL_IKE, i)) != NULL; i++)
		if (r->tid == tid)
			return (r);
	return (NULL);
}

const struct ctl_sa *
join_sa(const struct data *d, uint32_t tid)
{
	const struct ctl_sa *r;
	size_t i;

	for (i = 0; (r = data_at(d, CTL_SA, i)) != NULL; i++)
		if (r->tid == tid && r->current)
			return (r);
	return (NULL);
}

const struct ctl_espsa *
join_espsa(const struct data *d, uint32_t tid, enum sa_dir dir,
    uint32_t spi)
{
	const struct ctl_espsa *r;
	size_t i;

	for (i = 0; (r = data_at(d, CTL_ESPSA, i)) != NULL; i++)
		if (r->tid == tid && r->dir == dir && r->spi == spi)
			return (r);
	return (NULL);
}

const struct ctl_esptun *
join_esptun(const struct data *d, uint32_t tid)
{
	const struct ctl_esptun *r;
	size_t i;

	for (i = 0; (r = data_at(d, CTL_ESPTUN, i)) != NULL; i++)
		if (r->tid == tid)
			return (r);
	return (NULL);
}

const struct ctl_nbr *
join_nbr(const struct data *d, uint32_t tid)
{
	const struct ctl_nbr *r;
	size_t i;

	for (i = 0; (r = data_at(d, CTL_NBR, i)) != NULL; i++)
		if (r->tid == tid)
			return (r);
	return (NULL);
}

const struct ctl_ospfif *
join_ospfif(const struct data *d, uint32_t tid)
{
	const struct ctl_ospfif *r;
	size_t i;

	for (i = 0; (r = data_at(d, CTL_OSPFIF, i)) != NULL; i++)
		if (r->tid == tid)
			return (r);
	return (NULL);
}

void
join_networks(const struct ctl_tunnel *t, struct prefix_list *l)
{
	const char *s = t->networks;
	char word[PREFIX_TEXT_MAX];
	size_t len;

	l->n = 0;
	while (*s != '\0' && l->n < JOIN_NETWORKS) {
		len = strcspn(s, " ");
		(void)snprintf(word, sizeof(word), "%.*s", (int)len, s);
		if (len < sizeof(word) && prefix_parse(word, &l->v[l->n]) == 0)
			l->n++;
		s += len;
		s += strspn(s, " ");
	}
}

static uint32_t
tid_of_iid(const struct data *d, uint32_t iid)
{
	const struct ctl_ospfif *o;
	size_t i;

	for (i = 0; (o = data_at(d, CTL_OSPFIF, i)) != NULL; i++)
		if (o->iid == iid)
			return (o->tid);
	return (0);
}

bool
join_detour(const struct data *d, const struct ctl_tunnel *t,
    const struct ctl_rib *r, const struct ctl_tunnel **via)
{
	uint32_t tid;
	uint16_t k;

	*via = NULL;
	for (k = 0; k < r->n_nexthops; k++) {
		tid = tid_of_iid(d, r->nexthops[k].iid);
		if (tid == t->tid)
			return (false);
		if (*via == NULL && tid != 0)
			*via = join_tunnel(d, tid);
	}
	return (*via != NULL);
}
