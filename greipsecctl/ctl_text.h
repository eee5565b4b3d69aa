/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecctl.  Rows as text, in 80 columns: one function a show
 * command.  Each takes decoded rows and a stream, knows no socket and no clock
 * (but the time zone), and returns 0, or -1 with errno when memory ran out.
 */
#ifndef GREIPSECCTL_CTL_TEXT_H
#define GREIPSECCTL_CTL_TEXT_H

#include "greipsecctl/ctl_data.h"
#include "greipsecctl/ctl_out.h"

/* ctl_text.c */
int	text_summary(const struct out *o, const struct data *d);
int	text_processes(const struct out *o, const struct data *d);
int	text_events(const struct out *o, const struct data *d);
int	text_config(const struct out *o, const struct data *d);
int	text_counters(const struct out *o, const struct data *d);
/* One line of monitor; never wrapped. */
void	text_event(const struct out *o, const struct m_event *ev);

/* ctl_text_ipsec.c */
int	text_tunnels(const struct out *o, const struct data *d);
int	text_ike(const struct out *o, const struct data *d);
int	text_sa(const struct out *o, const struct data *d);

/* ctl_text_ospf.c */
int	text_neighbors(const struct out *o, const struct data *d);
int	text_interfaces(const struct out *o, const struct data *d);
int	text_rib(const struct out *o, const struct data *d);
int	text_fib(const struct out *o, const struct data *d);
int	text_database(const struct out *o, const struct data *d);

#endif
