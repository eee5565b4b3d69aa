/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike.  IKEv2 messages as bytes (RFC 7296 3): the header, the chain of
 * payloads checked whole before any of it is used, and a writer that keeps
 * lengths and next-payload fields right.  Pure.
 */
#ifndef GREIPSEC_IKE_WIRE_H
#define GREIPSEC_IKE_WIRE_H

#include "ike/ike_crypto.h"
#include "ike/ike_reason.h"
#include "lib/wbuf.h"

#define IKE_HDR_LEN	28
#define IKE_MSG_MAX	16384	/* a datagram that is longer is dropped */
#define IKE_V1		0x10	/* version byte: 1.0 */
#define IKE_V2		0x20	/* 2.0 */

/* Exchange types. */
enum {
	EXCH_IKE_SA_INIT = 34,
	EXCH_IKE_AUTH = 35,
	EXCH_CREATE_CHILD_SA = 36,
	EXCH_INFORMATIONAL = 37
};

/* Flags of the header. */
#define IKE_F_INITIATOR	0x08	/* sender is the original initiator */
#define IKE_F_VERSION	0x10
#define IKE_F_RESPONSE	0x20

/* Payload types. */
enum {
	PL_NONE = 0,
	PL_SA = 33,
	PL_KE = 34,
	PL_IDI = 35,
	PL_IDR = 36,
	PL_CERT = 37,
	PL_CERTREQ = 38,
	PL_AUTH = 39,
	PL_NONCE = 40,
	PL_N = 41,
	PL_D = 42,
	PL_V = 43,
	PL_TSI = 44,
	PL_TSR = 45,
	PL_SK = 46,
	PL_CP = 47,
	PL_EAP = 48,
	PL_SKF = 53
};

/* Notify message types, 3.10.1 and the IANA registry.  Below 16384: errors. */
enum {
	N_UNSUPPORTED_CRITICAL_PAYLOAD = 1,
	N_INVALID_IKE_SPI = 4,
	N_INVALID_MAJOR_VERSION = 5,
	N_INVALID_SYNTAX = 7,
	N_INVALID_MESSAGE_ID = 9,
	N_INVALID_SPI = 11,
	N_NO_PROPOSAL_CHOSEN = 14,
	N_INVALID_KE_PAYLOAD = 17,
	N_AUTHENTICATION_FAILED = 24,
	N_SINGLE_PAIR_REQUIRED = 34,
	N_NO_ADDITIONAL_SAS = 35,
	N_TS_UNACCEPTABLE = 38,
	N_TEMPORARY_FAILURE = 43,
	N_CHILD_SA_NOT_FOUND = 44,
	N_STATUS = 16384,
	N_INITIAL_CONTACT = 16384,
	N_NAT_DETECTION_SOURCE_IP = 16388,
	N_NAT_DETECTION_DESTINATION_IP = 16389,
	N_COOKIE = 16390,
	N_USE_TRANSPORT_MODE = 16391,
	N_REKEY_SA = 16393,
	N_ESP_TFC_PADDING_NOT_SUPPORTED = 16394,
	N_SIGNATURE_HASH_ALGORITHMS = 16431
};
/* The RFC's word for an error, "error" for one we do not know. */
const char	*ike_notify_name(uint16_t type);

/* Authentication methods. */
#define AUTH_METHOD_PSK		2
#define AUTH_METHOD_SIGNATURE	14	/* RFC 7427 */

struct ike_hdr {
	uint64_t	spi_i, spi_r;	/* host order */
	uint8_t		next;		/* first payload */
	uint8_t		exchange;
	uint8_t		flags;
	uint8_t		major;		/* version, as read */
	uint32_t	mid;
};

struct ike_notify {
	uint8_t		proto;
	uint8_t		spi_len;
	uint16_t	type;
	const uint8_t	*spi;
	struct ike_span	data;
};

struct ike_delete {
	uint8_t		proto;
	uint8_t		spi_len;
	uint16_t	n;
	const uint8_t	*spis;		/* n of spi_len bytes */
};

#define IKE_NOTIFIES_MAX	24
#define IKE_DELETES_MAX		8
#define IKE_PAYLOADS_MAX	64

/* What a chain held; spans point into the bytes given.  p NULL: not there. */
struct ike_payloads {
	struct ike_span		sa;		/* body: proposals */
	struct ike_span		ke;		/* public value */
	uint16_t		ke_group;
	struct ike_span		nonce;
	struct ike_span		idi, idr;	/* body: type, 3 bytes, data */
	struct ike_span		auth;		/* data */
	uint8_t			auth_method;
	struct ike_span		tsi, tsr;	/* body */
	bool			eap, cp;
	uint8_t			critical;	/* unknown critical type, or 0 */
	uint16_t		n_notify, n_delete;
	struct ike_notify	notify[IKE_NOTIFIES_MAX];
	struct ike_delete	del[IKE_DELETES_MAX];
	/* outer chain only */
	uint8_t			sk_first;	/* first payload inside SK */
	size_t			sk_at;		/* offset behind SK's generic
						   header from the header's
						   start; 0: no SK */
};

/* Check the header of a message without marker.  IKE_D_NONE: it is one of
 * IKEv2 with known exchange, length and flags that fit. */
enum ike_drop	 ike_hdr_parse(const uint8_t *data, size_t len,
		    struct ike_hdr *out);
/* Parse the payloads behind the header of a whole message. */
enum ike_drop	 ike_outer_parse(const uint8_t *msg, size_t len,
		    const struct ike_hdr *h, struct ike_payloads *out);
/* Parse the decrypted payloads, the first of type first. */
enum ike_drop	 ike_inner_parse(const uint8_t *data, size_t len, uint8_t first,
		    struct ike_payloads *out);
/* The first notification of a type; NULL. */
const struct ike_notify *ike_notify_find(const struct ike_payloads *p,
		    uint16_t type);
/* The first that is an error (below 16384); NULL. */
const struct ike_notify *ike_notify_error(const struct ike_payloads *p);

/* --- writing --- */

struct ike_writer {
	struct wbuf	w;
	size_t		next_at;	/* where the next payload's type goes */
	size_t		aad;		/* bytes up to SK's body; 0: plain */
	size_t		plain;		/* where the plaintext begins */
};

/* Begin a message in cap bytes at buf. */
void		 ike_write(struct ike_writer *m, uint8_t *buf, size_t cap,
		    const struct ike_hdr *h);
/* From here on everything is inside SK, protected by sk. */
void		 ike_write_sk(struct ike_writer *m, const struct ike_sk *sk);
/* One payload: its body goes between open and close (of what open gave). */
size_t		 ike_open(struct ike_writer *m, uint8_t type);
void		 ike_close(struct ike_writer *m, size_t at);
/* A payload of these bytes. */
void		 ike_put(struct ike_writer *m, uint8_t type, const void *body,
		    size_t len);
void		 ike_put_ke(struct ike_writer *m, uint16_t group,
		    const void *pub, size_t len);
void		 ike_put_notify(struct ike_writer *m, uint16_t type,
		    const void *data, size_t len);
/* A notification about an SA (REKEY_SA, CHILD_SA_NOT_FOUND): proto, SPI. */
void		 ike_put_notify_spi(struct ike_writer *m, uint16_t type,
		    uint8_t proto, uint32_t spi);
/* DELETE of the IKE SA that carries it, or of one ESP SA. */
void		 ike_put_delete_ike(struct ike_writer *m);
void		 ike_put_delete_esp(struct ike_writer *m, uint32_t spi);
/* Finish: lengths, protection.  The message's length; 0 when it did not fit
 * or cannot be protected. */
size_t		 ike_finish(struct ike_writer *m, struct ike_sk *sk,
		    const struct ike_rng *rng);

#endif
