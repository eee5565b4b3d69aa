/* SPDX-License-Identifier: ISC */
/* runs in: main.  See mtu.h. */
#include <stddef.h>

#include "lib/mtu.h"
#include "lib/suite.h"

#define IP4_HDR		20
#define IP6_HDR		40
#define UDP_HDR		8
#define ESP_HDR		8	/* SPI, sequence number */
#define ESP_TRAILER	2	/* pad length, next header */
#define GRE_HDR		4
#define GRE_KEY		4
#define TCP_HDR		20
#define ESP_ALIGN	4	/* RFC 4303 2.4 */

/* Its sizes are known before ike and esp have the cipher. */
static const struct alg des3 = {
	.id = ENCR_3DES, .iv_len = 8, .block = 8, .key_len = 24
};

uint16_t
mtu_inner(const struct mtu_in *in)
{
	const struct alg *e, *i = NULL;
	int ip = in->family == ADDR_V6 ? IP6_HDR : IP4_HDR;
	int block, room;

	e = alg_find(XFORM_ENCR, in->encr, in->key_bits);
	if (e == NULL && in->encr == ENCR_3DES)
		e = &des3;
	if (e == NULL)
		return (0);
	if (!e->aead && (i = alg_find(XFORM_INTEG, in->integ, 0)) == NULL)
		return (0);
	block = e->block > ESP_ALIGN ? e->block : ESP_ALIGN;

	room = in->path_mtu - ip - (in->udp ? UDP_HDR : 0) - ESP_HDR -
	    e->iv_len - (e->aead ? e->icv_len : i->icv_len);
	if (room < block)
		return (0);
	room -= room % block;
	room -= ESP_TRAILER + (in->mode == MODE_TUNNEL ? ip : 0) + GRE_HDR +
	    (in->gre_key ? GRE_KEY : 0);
	return (room > 0 ? (uint16_t)room : 0);
}

uint16_t
mtu_mss(uint16_t mtu)
{
	return (mtu > IP4_HDR + TCP_HDR ? mtu - IP4_HDR - TCP_HDR : 0);
}
