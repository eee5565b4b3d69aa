/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  Joins by handle.  See ctl_view.h. */
#include <string.h>

#include "greipsecctl/ctl_view.h"

#define OPT(s, m, t)	F_LIST(s, m, t)

static const struct fld tunnel_f[] = {
	{ .name = "", .type = FLD_SUB, .sub = &ctl_tunnel_fld },
	OPT(view_tunnel, ike, &ctl_ike_fld), OPT(view_tunnel, sa, &ctl_sa_fld),
	OPT(view_tunnel, gre, &ctl_esptun_fld),
	OPT(view_tunnel, ospf, &ctl_nbr_fld), F_END
};
const struct fld_table view_tunnel_fld = FLD_TABLE(view_tunnel, tunnel_f);

static const struct fld ike_f[] = {
	{ .name = "", .type = FLD_SUB, .sub = &ctl_ike_fld },
	F_U32(view_ike, pairs), F_END
};
const struct fld_table view_ike_fld = FLD_TABLE(view_ike, ike_f);

static const struct fld sa_f[] = {
	{ .name = "", .type = FLD_SUB, .sub = &ctl_sa_fld },
	OPT(view_sa, in, &ctl_espsa_fld), OPT(view_sa, out, &ctl_espsa_fld),
	F_END
};
const struct fld_table view_sa_fld = FLD_TABLE(view_sa, sa_f);

static const struct fld rib_f[] = {
	F_PREFIX(view_rib, prefix), F_ADDR(view_rib, nexthop),
	F_STR(view_rib, ifname), F_STR(view_rib, site),
	F_U32(view_rib, cost), F_IP4(view_rib, adv_router),
	F_STR(view_rib, path), F_STR(view_rib, dest), F_U32(view_rib, age_s),
	F_STR(view_rib, was), F_END
};
const struct fld_table view_rib_fld = FLD_TABLE(view_rib, rib_f);

/* Rows of a role come in the order of main's, mostly; begin where the last one
 * was found.  NULL when there is none. */
struct finder {
	const struct data	*d;
	uint16_t		 type;
	size_t			 at;
};

static const void *
find(struct finder *f, uint32_t tid, uint32_t (*key)(const void *),
    bool (*ok)(const void *))
{
	size_t n = data_n(f->d, f->type), i, k;
	const void *row;

	for (i = 0; i < n; i++) {
		k = (f->at + i) % n;
		row = data_at(f->d, f->type, k);
		if (key(row) == tid && (ok == NULL || ok(row))) {
			f->at = k + 1;
			return (row);
		}
	}
	return (NULL);
}

static uint32_t
ike_key(const void *v)
{
	return (((const struct ctl_ike *)v)->tid);
}

static uint32_t
sa_key(const void *v)
{
	return (((const struct ctl_sa *)v)->tid);
}

static bool
sa_current(const void *v)
{
	return (((const struct ctl_sa *)v)->current);
}

static uint32_t
esptun_key(const void *v)
{
	return (((const struct ctl_esptun *)v)->tid);
}

static uint32_t
nbr_key(const void *v)
{
	return (((const struct ctl_nbr *)v)->tid);
}

static uint32_t
iface_key(const void *v)
{
	return (((const struct ctl_ospfif *)v)->iid);
}

static uint32_t
tunnel_key(const void *v)
{
	return (((const struct ctl_tunnel *)v)->tid);
}

/* Fill an optional part. */
static void
part(void *dst, uint16_t *n, const void *src, size_t size)
{
	if (src == NULL)
		return;
	memcpy(dst, src, size);
	*n = 1;
}

int
view_tunnels(const struct data *d, struct rows *out)
{
	struct finder ike = { d, CTL_IKE, 0 }, sa = { d, CTL_SA, 0 };
	struct finder gre = { d, CTL_ESPTUN, 0 }, nbr = { d, CTL_NBR, 0 };
	const struct ctl_tunnel *t;
	struct view_tunnel v;
	size_t i;

	out->t = &view_tunnel_fld;
	for (i = 0; (t = data_at(d, CTL_TUNNEL, i)) != NULL; i++) {
		memset(&v, 0, sizeof(v));
		v.t = *t;
		part(v.ike, &v.n_ike, find(&ike, t->tid, ike_key, NULL),
		    sizeof(v.ike[0]));
		part(v.sa, &v.n_sa, find(&sa, t->tid, sa_key, sa_current),
		    sizeof(v.sa[0]));
		part(v.gre, &v.n_gre, find(&gre, t->tid, esptun_key, NULL),
		    sizeof(v.gre[0]));
		part(v.ospf, &v.n_ospf, find(&nbr, t->tid, nbr_key, NULL),
		    sizeof(v.ospf[0]));
		if (rows_add(out, &v) == -1)
			return (-1);
	}
	return (0);
}

static uint32_t
pairs_of(const struct data *d, uint32_t tid)
{
	const struct ctl_sa *sa;
	uint32_t n = 0;
	size_t i;

	for (i = 0; (sa = data_at(d, CTL_SA, i)) != NULL; i++)
		n += sa->tid == tid;
	return (n);
}

int
view_ikes(const struct data *d, struct rows *out)
{
	const struct ctl_ike *ike;
	struct view_ike v;
	size_t i;

	out->t = &view_ike_fld;
	for (i = 0; (ike = data_at(d, CTL_IKE, i)) != NULL; i++) {
		v = (struct view_ike){ .ike = *ike,
		    .pairs = pairs_of(d, ike->tid) };
		if (rows_add(out, &v) == -1)
			return (-1);
	}
	return (0);
}

/* What the data path counted for one SA. */
static const struct ctl_espsa *
espsa_find(const struct data *d, uint32_t tid, enum sa_dir dir, uint32_t spi)
{
	const struct ctl_espsa *e;
	size_t i;

	for (i = 0; (e = data_at(d, CTL_ESPSA, i)) != NULL; i++)
		if (e->tid == tid && e->dir == dir && e->spi == spi)
			return (e);
	return (NULL);
}

int
view_sas(const struct data *d, struct rows *out)
{
	struct finder ike = { d, CTL_IKE, 0 };
	const struct ctl_sa *sa;
	struct view_sa v;
	size_t i;

	out->t = &view_sa_fld;
	for (i = 0; (sa = data_at(d, CTL_SA, i)) != NULL; i++) {
		memset(&v, 0, sizeof(v));
		v.sa = *sa;
		part(v.in, &v.n_in, espsa_find(d, sa->tid, SA_IN, sa->spi_in),
		    sizeof(v.in[0]));
		part(v.out, &v.n_out, espsa_find(d, sa->tid, SA_OUT,
		    sa->spi_out), sizeof(v.out[0]));
		part(v.ike, &v.n_ike, find(&ike, sa->tid, ike_key, NULL),
		    sizeof(v.ike[0]));
		if (rows_add(out, &v) == -1)
			return (-1);
	}
	return (0);
}

static void
rib_hop(const struct data *d, const struct ospf_nexthop *h, struct view_rib *v)
{
	struct finder f = { d, CTL_OSPFIF, 0 }, g = { d, CTL_TUNNEL, 0 };
	const struct ctl_ospfif *o = find(&f, h->iid, iface_key, NULL);
	const struct ctl_tunnel *t;

	if (h->gateway != 0)
		v->nexthop = addr_v4(h->gateway);
	if (o == NULL)
		return;
	memcpy(v->ifname, o->name, sizeof(v->ifname));
	if (o->tid != 0 && (t = find(&g, o->tid, tunnel_key, NULL)) != NULL)
		memcpy(v->site, t->name, sizeof(v->site));
}

int
view_ribs(const struct data *d, struct rows *out)
{
	const struct ctl_rib *r;
	struct view_rib v;
	uint16_t k;
	size_t i;

	out->t = &view_rib_fld;
	for (i = 0; (r = data_at(d, CTL_RIB, i)) != NULL; i++) {
		k = 0;
		do {
			memset(&v, 0, sizeof(v));
			v.prefix = r->prefix;
			v.first = k == 0;
			v.cost = r->cost;
			v.adv_router = r->adv_router;
			memcpy(v.path, r->path, sizeof(v.path));
			memcpy(v.dest, r->dest, sizeof(v.dest));
			v.age_s = r->age_s;
			memcpy(v.was, r->was, sizeof(v.was));
			if (k < r->n_nexthops)
				rib_hop(d, &r->nexthops[k], &v);
			if (rows_add(out, &v) == -1)
				return (-1);
		} while (++k < r->n_nexthops);
	}
	return (0);
}
