/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  See ctl_data.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecctl/ctl_data.h"

static const struct {
	uint16_t		 type;
	const struct fld_table	*fld;
} tables[] = {
	{ CTL_SUMMARY, &ctl_summary_fld }, { CTL_PROC, &ctl_proc_fld },
	{ CTL_TUNNEL, &ctl_tunnel_fld }, { CTL_FIB, &ctl_fib_fld },
	{ CTL_CONFIG, &ctl_text_fld }, { CTL_EVENTS, &m_event_fld },
	{ CTL_WARN, &ctl_warn_fld }, { CTL_IKE, &ctl_ike_fld },
	{ CTL_SA, &ctl_sa_fld }, { CTL_ESPSA, &ctl_espsa_fld },
	{ CTL_ESPTUN, &ctl_esptun_fld }, { CTL_NBR, &ctl_nbr_fld },
	{ CTL_OSPFIF, &ctl_ospfif_fld }, { CTL_RIB, &ctl_rib_fld },
	{ CTL_LSA, &ctl_lsa_fld }, { CTL_OSPF, &ctl_ospf_fld },
	{ CTL_COUNTER, &ctl_counter_fld }, { CTL_MONITOR, &m_event_fld },
	{ CTL_PATH, &ctl_path_fld }, { CTL_RELOAD, &ctl_text_fld }
};

const struct fld_table *
data_table(uint16_t type)
{
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (tables[i].type == type)
			return (tables[i].fld);
	return (NULL);
}

int
rows_add(struct rows *r, const void *obj)
{
	unsigned char *v;
	size_t cap;

	if (r->n >= ROWS_MAX) {
		errno = EMSGSIZE;
		return (-1);
	}
	if (r->n == r->cap) {
		cap = r->cap == 0 ? 16 : r->cap * 2;
		if ((v = reallocarray(r->v, cap, r->t->size)) == NULL)
			return (-1);
		r->v = v;
		r->cap = cap;
	}
	memcpy(r->v + r->n++ * r->t->size, obj, r->t->size);
	return (0);
}

const void *
rows_at(const struct rows *r, size_t i)
{
	return (r->v + i * r->t->size);
}

void
rows_free(struct rows *r)
{
	free(r->v);
	r->v = NULL;
	r->n = r->cap = 0;
}

struct rows *
data_rows(struct data *d, uint16_t type)
{
	struct rows *r = &d->rows[type - CTL_SUMMARY];

	if (r->t == NULL)
		r->t = data_table(type);
	return (r);
}

const struct rows *
data_get(const struct data *d, uint16_t type)
{
	return (&d->rows[type - CTL_SUMMARY]);
}

const void *
data_at(const struct data *d, uint16_t type, size_t i)
{
	const struct rows *r = data_get(d, type);

	return (i < r->n ? rows_at(r, i) : NULL);
}

size_t
data_n(const struct data *d, uint16_t type)
{
	return (data_get(d, type)->n);
}

void
data_free(struct data *d)
{
	size_t i;

	for (i = 0; i < DATA_TYPES; i++)
		rows_free(&d->rows[i]);
}
