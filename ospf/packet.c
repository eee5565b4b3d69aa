/* SPDX-License-Identifier: ISC */
/*
 * runs in: ospf.  Packets out: header, authentication, the sequence.  Packets
 * in: the checks of RFC 2328 8.2 in their order, then one function by type.
 */
#include <stdlib.h>
#include <string.h>

#include "ospf/resume.h"

#define SEQ_STEP	(OSPF_SEQ_CHUNK / 2)	/* reserved at once */

struct wbuf
pkt_begin(struct iface *ifp, enum ospf_pkt_type type)
{
	struct wbuf w = wbuf_make(ifp->e->buf, OSPF_PKT_MAX);

	ospf_hdr_write(&w, type, ifp->e->g.router_id, ifp->e->g.area);
	return (w);
}

bool
seq_after(uint32_t a, uint32_t b)
{
	return (a != b && a - b < 1U << 31);
}

static void
seq_reserve(struct ospf *e)
{
	struct out *o;

	if (seq_after(e->seq_reserved, e->seq + SEQ_STEP / 2))
		return;
	o = out_new(e, OSPF_OUT_SEQ_RESERVE, 0);
	if (o == NULL)
		return;
	e->seq_reserved += SEQ_STEP;
	o->o.seq.seq = e->seq_reserved;
}

void
seq_start(struct ospf *e, uint32_t seq)
{
	e->seq = e->seq_reserved = seq;
	seq_reserve(e);
}

/*
 * D.4.3 wants numbers that rise as one neighbour hears them, so each interface
 * counts its own packets: one count for all would be through the 32 bits in
 * days on a hub of a thousand links.  Past the end, after decades, it goes on
 * at zero, which costs a dead interval with who refuses lower numbers.
 */
static uint32_t
seq_next(struct iface *ifp)
{
	struct ospf *e = ifp->e;
	uint32_t seq = ifp->tx_seq++;

	if (seq_after(ifp->tx_seq, e->seq))
		e->seq = ifp->tx_seq;
	seq_reserve(e);
	return (seq);
}

/* The key we send with: the one named, else the first. */
static const struct ospf_key *
send_key(const struct iface *ifp)
{
	size_t i;

	for (i = 0; i < ifp->c.n_keys; i++)
		if (ifp->c.keys[i].id == ifp->c.send_key)
			return (&ifp->c.keys[i]);
	return (ifp->c.n_keys != 0 ? &ifp->c.keys[0] : NULL);
}

static int
finish(struct iface *ifp, struct wbuf *w)
{
	const struct ospf_key *key;

	if (ifp->c.auth == OSPF_AUTH_NULL) {
		ospf_finish_null(w);
		return (wbuf_ok(w) ? 0 : -1);
	}
	key = send_key(ifp);
	if (key == NULL || !wbuf_ok(w))
		return (-1);
	return (ospf_auth_sign(ifp->e->md5, w, key, seq_next(ifp)));
}

void
pkt_send(struct iface *ifp, struct wbuf *w)
{
	struct ospf *e = ifp->e;
	struct out *o;

	if (finish(ifp, w) == -1) {
		drop(e, DROP_AUTH_KEY);
		return;
	}
	o = out_new(e, OSPF_OUT_PACKET, w->len);
	if (o == NULL)
		return;
	memcpy(o->data, w->base, w->len);
	o->o.packet = (struct ospf_tx){ .iid = ifp->c.iid,
	    .src = ifp->c.addr, .dst = ALL_SPF_ROUTERS, .data = o->data,
	    .len = w->len };
	e->st.tx++;
}

/* Addresses and TTL: only the router at the other end of this link may speak
 * here, and nothing that was routed to us. */
static enum ospf_drop
check_ip(struct iface *ifp, const struct ospf_rx *rx)
{
	uint32_t mask;

	if (rx->src == ifp->c.addr)
		return (DROP_OWN);
	if (ifp->c.peer != 0 && rx->src != ifp->c.peer)
		return (DROP_SOURCE);
	mask = ip4_mask(ifp->c.prefix_len > 32 ? 32 : ifp->c.prefix_len);
	if (ifp->c.peer == 0 && ifp->c.prefix_len < 32 &&
	    ((rx->src ^ ifp->c.addr) & mask) != 0)
		return (DROP_SOURCE);
	if (rx->src == 0 || rx->src >> 28 >= 14)
		return (DROP_SOURCE);
	if (rx->dst != ALL_SPF_ROUTERS && rx->dst != ifp->c.addr)
		return (DROP_DEST);
	if (rx->ttl != 1 && rx->ttl != 255)
		return (DROP_TTL);
	return (DROP_NONE);
}

static enum ospf_drop
check_auth(struct iface *ifp, const struct ospf_rx *rx,
    const struct ospf_hdr *h, uint32_t *ours, uint32_t *theirs)
{
	enum ospf_drop why;
	uint32_t want = ifp->c.auth == OSPF_AUTH_MD5 ? OSPF_AUTYPE_CRYPTO :
	    OSPF_AUTYPE_NULL;

	*ours = want;
	*theirs = h->autype;
	if (h->autype != want)
		return (DROP_AUTH_TYPE);
	if (want == OSPF_AUTYPE_NULL)
		return (ospf_cksum_ok(rx->data, h) ? DROP_NONE :
		    DROP_CHECKSUM);
	why = ospf_auth_verify(ifp->e->md5, rx->data, rx->len, h, ifp->c.keys,
	    ifp->c.n_keys);
	*ours = why == DROP_AUTH_KEY ? ifp->c.send_key : OSPF_DIGEST_LEN;
	*theirs = why == DROP_AUTH_KEY ? h->key_id : h->auth_len;
	if (why != DROP_NONE)
		return (why);
	*ours = ifp->seq.high;
	*theirs = h->seq;
	why = auth_seq_take(&ifp->seq, h->rid, h->seq, ifp->c.seq_strict,
	    ifp->c.tid != 0);
	resume_keep_seq(ifp);
	return (why);
}

/* 8.2 from the OSPF header on; what was wrong and with which values. */
static enum ospf_drop
check_header(struct iface *ifp, const struct ospf_rx *rx, struct ospf_hdr *h,
    uint32_t *ours, uint32_t *theirs)
{
	struct ospf *e = ifp->e;
	enum ospf_drop why;

	why = ospf_hdr_read(rx->data, rx->len, h);
	if (why != DROP_NONE)
		return (why);
	if (h->type < PKT_HELLO || h->type >= PKT_N)
		return (DROP_TYPE);
	*ours = e->g.area;
	*theirs = h->area;
	if (h->area != e->g.area)
		return (DROP_AREA);
	if (h->rid == 0)
		return (DROP_RID_ZERO);
	*ours = e->g.router_id;
	*theirs = h->rid;
	if (h->rid == e->g.router_id)
		return (DROP_RID_DUP);
	return (check_auth(ifp, rx, h, ours, theirs));
}

static void (*const by_type[PKT_N])(struct nbr *, struct rbuf *) = {
	[PKT_DD] = dd_recv,
	[PKT_LSR] = lsr_recv,
	[PKT_LSU] = lsu_recv,
	[PKT_ACK] = ack_recv,
};

/* Keep what a Hello says, for who has to find out why it is refused.  Nothing
 * of it is believed. */
static void
look(struct iface *ifp, const struct ospf_rx *rx)
{
	struct ospf_hdr h;
	struct hello b;
	struct rbuf r;

	if (ospf_hdr_read(rx->data, rx->len, &h) != DROP_NONE ||
	    h.type != PKT_HELLO)
		return;
	r = rbuf_make(rx->data + OSPF_HDR_LEN, h.len - (size_t)OSPF_HDR_LEN);
	if (hello_read(&r, &b) != DROP_NONE)
		return;
	ifp->seen = (struct seen){ .have = true, .at = ifp->e->now, .hdr = h,
	    .mask = b.mask, .dead_s = b.dead_s, .hello_s = b.hello_s };
}

void
pkt_recv(struct ospf *e, const struct ospf_rx *rx)
{
	struct iface *ifp = iface_find(e, rx->iid);
	struct ospf_hdr h;
	struct rbuf r;
	struct nbr *n;
	enum ospf_drop why;
	uint32_t ours = 0, theirs = 0;

	if (ifp == NULL || ifp->state != IF_P2P || e->closed) {
		drop(e, DROP_IFACE);
		return;
	}
	why = check_ip(ifp, rx);
	if (why != DROP_OWN)
		look(ifp, rx);
	if (why != DROP_NONE) {
		iface_miss(ifp, why, why == DROP_SOURCE ? ifp->c.peer :
		    why == DROP_TTL ? 1 : ifp->c.addr, why == DROP_SOURCE ?
		    rx->src : why == DROP_TTL ? rx->ttl : rx->dst, rx->src);
		return;
	}
	why = check_header(ifp, rx, &h, &ours, &theirs);
	if (why != DROP_NONE) {
		iface_miss(ifp, why, ours, theirs, rx->src);
		return;
	}
	r = rbuf_make(rx->data + OSPF_HDR_LEN, h.len - (size_t)OSPF_HDR_LEN);
	e->st.rx++;
	if (ifp->grace_wait) {
		if (h.type == PKT_ACK)
			restart_ack(ifp, &r);
		else
			drop(e, DROP_IFACE);
		return;
	}
	if (h.type == PKT_HELLO) {
		hello_recv(ifp, &h, rx->src, &r);
		return;
	}
	n = ifp->nbr;
	if (n == NULL || n->id != h.rid || n->addr != rx->src) {
		drop(e, DROP_NO_NBR);
		return;
	}
	by_type[h.type](n, &r);
}
