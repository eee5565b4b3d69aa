/* SPDX-License-Identifier: ISC */
/*
 * runs in: main, ike, esp.  A security association as it travels from ike by
 * main to the data path (dp.h, the esp process).  One message, one direction.
 */
#ifndef GREIPSEC_PAIR_SA_H
#define GREIPSEC_PAIR_SA_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/codec.h"
#include "lib/pair_common.h"

enum sa_dir {
	SA_IN,
	SA_OUT,
	SA_DIR_N
};
extern const char *const sa_dir_names[SA_DIR_N];

enum ipsec_mode {
	MODE_TRANSPORT,
	MODE_TUNNEL,
	MODE_N
};
extern const char *const ipsec_mode_names[MODE_N];

/*
 * An SA to install.  An inbound one is found by its SPI (chosen by us, unique
 * here); adding an outbound one makes it the tunnel's sending SA at once, the
 * one before it stays installed, unused, until it is deleted; when the sending
 * one is deleted, the newest that is left sends.  Never add one twice: its
 * sequence numbers would begin anew.
 */
struct sa_spec {
	uint32_t	tid;		/* tunnel */
	enum sa_dir	dir;
	uint32_t	spi;		/* host order */
	struct addr	local;		/* outer addresses */
	struct addr	remote;
	enum ipsec_mode	mode;
	bool		udp;		/* RFC 3948 encapsulation */
	uint16_t	local_port;	/* udp: ports, host order */
	uint16_t	remote_port;
	uint16_t	encr;		/* ENCR_* */
	uint16_t	key_bits;
	uint16_t	n_encr_key;	/* with the salt at its end */
	uint8_t		encr_key[ESP_KEY_MAX];
	uint16_t	integ;		/* INTEG_*, INTEG_NONE with AEAD */
	uint16_t	n_integ_key;
	uint8_t		integ_key[ESP_KEY_MAX];
	bool		esn;
	uint16_t	replay_window;	/* packets; 0: none */
	uint32_t	hard_s;		/* seconds from installation; 0: none */
	uint32_t	soft_s;		/* informative, for show; ike rekeys */
	uint64_t	hard_bytes;	/* 0: none */
	uint64_t	soft_bytes;	/* tell ike when passed; 0: never */
};

/* An SA named: to delete it, to answer for it, to report on it. */
struct sa_ref {
	uint32_t	tid;
	enum sa_dir	dir;
	uint32_t	spi;
};

/* Answer to an sa_spec: errno of the data path, 0 when installed. */
struct sa_done {
	uint32_t	tid;
	enum sa_dir	dir;
	uint32_t	spi;
	uint32_t	error;
};

/* What the data path noticed and ike should know. */
enum evidence {
	EVID_UNKNOWN_SPI,	/* from remote: an SPI we do not have */
	EVID_SOFT,		/* soft limit passed: rekey */
	EVID_HARD,		/* hard limit: the SA is gone */
	EVID_FIRST_IN,		/* first authentic packet on a new inbound SA,
				   or after EVID_DEAF */
	EVID_MOVED,		/* authentic packet from another address or port */
	EVID_UNREACH,		/* ICMP: protocol, port or host unreachable */
	EVID_NO_SA,		/* packets to send and no outbound SA */
	EVID_SILENT,		/* ospf lost the neighbour, or nothing comes in */
	EVID_DEAF,		/* packets go out and none comes in; repeated */
	EVID_N
};
extern const char *const evidence_names[EVID_N];

struct sa_evidence {
	enum evidence	what;
	uint32_t	tid;		/* 0 when not known */
	enum sa_dir	dir;
	uint32_t	spi;
	struct addr	remote;
	uint16_t	remote_port;
	uint32_t	detail;		/* UNREACH: ICMP type << 8 | code */
};

/*
 * An ICMP error about ESP in UDP: a packet to remote under this SPI, 256 or
 * more, is too large for a path that carries mtu bytes.  A hint from a
 * stranger.  It comes to ike where the system gives it to ike's socket on the
 * port that both have.
 */
struct sa_too_big {
	struct addr	remote;
	uint32_t	spi;
	uint16_t	mtu;		/* outer IP header included */
};

extern const struct fld_table sa_spec_fld, sa_ref_fld, sa_done_fld,
    sa_evidence_fld, sa_too_big_fld;

#endif
