/* SPDX-License-Identifier: ISC */
/*
 * runs in: ike and keys.  The cryptography of IKEv2 over OpenSSL: key exchange,
 * PRF, protection of the encrypted payload, NAT detection.  Pure but for the
 * library: no socket, no clock, no log; randomness is what the caller passes.
 * Functions leave their outputs zeroed on an error.
 */
#ifndef GREIPSEC_IKE_CRYPTO_H
#define GREIPSEC_IKE_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/secret.h"
#include "lib/suite.h"

enum ike_cerr {
	IKE_C_OK,
	IKE_C_ALG,	/* unknown algorithm, or one that does not fit here */
	IKE_C_LENGTH,	/* wrong length of a public value or a key */
	IKE_C_VALUE,	/* public value refused by RFC 6989 */
	IKE_C_SHORT,	/* encrypted payload too short, or not whole blocks */
	IKE_C_ICV,	/* integrity check failed: nothing was looked at */
	IKE_C_PAD,	/* authentic, but the pad length exceeds the data */
	IKE_C_LIMIT,	/* counter exhausted: prf+ past 255, IV past 2^64 */
	IKE_C_LIB,	/* OpenSSL failed */
	IKE_C_N
};
extern const char *const ike_cerr_names[IKE_C_N];

/* Fills buf with len bytes and cannot fail. */
struct ike_rng {
	void	(*fill)(void *ctx, void *buf, size_t len);
	void	*ctx;
};
/* RAND_bytes; aborts the process when the system has no randomness. */
extern const struct ike_rng ike_rng_os;

/* Use each algorithm once, so that OpenSSL loads nothing later.  0 or -1. */
int	ike_crypto_preload(void);

/* A piece of a longer input. */
struct ike_span {
	const void	*p;
	size_t		 len;
};

/* --- Key exchange: RFC 3526, 5903, 8031; checks of RFC 6989 --- */

#define KE_PUBLIC_MAX	512

struct ke_key;			/* one private value, used for one exchange */

/*
 * generate: a fresh key pair; *out is the caller's, ke_free() it.
 * derive: the shared secret g^ir as RFC 7296 2.14 wants it (MODP: as long as
 * the prime, with leading zeros; ECP: the x coordinate; X25519: as it is).  Wrong length:
 * IKE_C_LENGTH.  IKE_C_VALUE: MODP not in 2..p-2, ECP not on the curve, X25519
 * with an all-zero result.
 */
struct ike_ke_ops {
	enum ike_cerr	(*generate)(const struct ike_rng *rng, uint16_t group,
			    struct ke_key **out);
	enum ike_cerr	(*derive)(const struct ke_key *k, const void *peer,
			    size_t len, struct secret *out);
};
/* OpenSSL's own generator; rng is not used. */
extern const struct ike_ke_ops ike_ke_real;
/* The private value comes from rng alone, for simulation and tests. */
extern const struct ike_ke_ops ike_ke_seeded;

/* Length of a public value of group in bytes; 0 for a group we do not have. */
size_t		 ke_public_len(uint16_t group);
/* Our public value; valid as long as k. */
const uint8_t	*ke_public(const struct ke_key *k, size_t *len);
uint16_t	 ke_group(const struct ke_key *k);
/* Wipe and free; NULL is allowed. */
void		 ke_free(struct ke_key *k);

/* --- PRF: RFC 7296 2.13, HMAC of RFC 2104 and 4868 --- */

#define IKE_PRF_MAX	64
#define IKE_SPANS_MAX	8

/* Bytes of output, and of the preferred key; 0 for a PRF we do not have. */
size_t		 ike_prf_len(uint16_t prf);
/* prf(key, in[0] | in[1] ...) into out, of which ike_prf_len() bytes count. */
enum ike_cerr	 ike_prf(uint16_t prf, const void *key, size_t key_len,
		    const struct ike_span *in, size_t n_in,
		    uint8_t out[static IKE_PRF_MAX]);
/* prf+(key, seed[0] | seed[1] ...), n_seed at most IKE_SPANS_MAX - 2; more
 * than 255 rounds are IKE_C_LIMIT. */
enum ike_cerr	 ike_prf_plus(uint16_t prf, const void *key, size_t key_len,
		    const struct ike_span *seed, size_t n_seed, uint8_t *out,
		    size_t out_len);

/* --- The encrypted payload: RFC 7296 3.14, AEAD of RFC 5282 and 7634 --- */

/* One direction of an IKE SA.  Made by ike_keymat.h; wiped by its owner. */
struct ike_sk {
	uint16_t	encr;		/* ENCR_* */
	uint16_t	key_bits;
	uint16_t	integ;		/* INTEG_*, INTEG_NONE with AEAD */
	uint16_t	n_ekey;		/* SK_e, with the salt of AEAD */
	uint8_t		ekey[40];
	uint16_t	n_akey;		/* SK_a */
	uint8_t		akey[64];
	uint64_t	iv;		/* AEAD: next explicit IV to send */
};

/* Whether encr (with key_bits) and integ go together and are known. */
enum ike_cerr	 ike_sk_check(uint16_t encr, uint16_t key_bits,
		    uint16_t integ);
/* Bytes of IV in front of the plaintext. */
size_t		 ike_sk_iv_len(const struct ike_sk *sk);
/* Bytes behind the payload's header for plain_len bytes of payloads: IV,
 * ciphertext with padding, ICV. */
size_t		 ike_sk_len(const struct ike_sk *sk, size_t plain_len);
/*
 * Protect a message in place.  msg: IKE header, then whatever is in clear, up
 * to and with the generic header of SK (or the 8 bytes of SKF, RFC 7383), in
 * all aad_len bytes, with every length field already final; then room for the
 * IV; then plain_len bytes of payloads.  The message grows to aad_len +
 * ike_sk_len() bytes, which must not exceed cap (else IKE_C_LENGTH).  Advances
 * sk->iv; IKE_C_LIMIT when it cannot.
 */
enum ike_cerr	 ike_sk_seal(struct ike_sk *sk, const struct ike_rng *rng,
		    uint8_t *msg, size_t cap, size_t aad_len, size_t plain_len);
/*
 * Check and decrypt.  msg of len bytes ends with the ICV, is not changed;
 * aad_len as above.  plain: room for len - aad_len bytes; *plain_len gets the
 * bytes of payloads, without padding.  The ICV is compared in constant time
 * before anything is decrypted or parsed.
 */
enum ike_cerr	 ike_sk_open(const struct ike_sk *sk, const uint8_t *msg,
		    size_t len, size_t aad_len, uint8_t *plain,
		    size_t *plain_len);

/* --- NAT detection, RFC 7296 2.23 --- */

#define IKE_NAT_HASH_LEN	20

/* SHA-1(SPIi | SPIr | address | port); SPIs and port in host order. */
enum ike_cerr	 ike_nat_hash(uint64_t spi_i, uint64_t spi_r,
		    const struct addr *a, uint16_t port,
		    uint8_t out[static IKE_NAT_HASH_LEN]);

#endif
