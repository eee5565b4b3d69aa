/* SPDX-License-Identifier: ISC */
/*
 * runs in: esp.  Sealing and opening one ESP packet (RFC 4303) in place:
 * AES-GCM (RFC 4106), ChaCha20-Poly1305 (RFC 7634), AES-CBC (RFC 3602) with
 * HMAC-SHA1-96 or HMAC-SHA2 (RFC 2404, 4868), over OpenSSL.  Contexts are made
 * once per SA; a packet costs no allocation.  Pure: randomness is given.
 */
#ifndef GREIPSEC_ESP_CRYPTO_H
#define GREIPSEC_ESP_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "lib/pair_sa.h"
#include "lib/suite.h"

#define ESP_HDR_LEN	8	/* SPI, sequence */
#define ESP_IV_MAX	16
#define ESP_TAIL_MAX	(16 + 2 + 32)	/* padding, trailer, ICV */

struct esp_rng {
	void	(*fill)(void *ctx, void *buf, size_t len);
	void	*ctx;
};

struct esp_cipher;

/*
 * The cipher of an SA; the key bytes of spec are copied into OpenSSL, the
 * caller wipes his.  NULL: unknown algorithm, wrong key length, no memory.
 */
struct esp_cipher *esp_cipher_new(const struct sa_spec *spec,
		    const struct esp_rng *rng);
void		 esp_cipher_free(struct esp_cipher *c);
/* Bytes of IV behind the ESP header, and of ICV at the end. */
size_t		 esp_cipher_iv(const struct esp_cipher *c);
size_t		 esp_cipher_icv(const struct esp_cipher *c);
/* Bytes of a sealed packet, ESP header to ICV, for a payload of len bytes. */
size_t		 esp_sealed_len(const struct esp_cipher *c, size_t len);

/*
 * Seal.  The payload of len bytes stands at p + ESP_HDR_LEN + iv; header and IV
 * are written before it, padding, trailer and ICV behind it, for which there
 * must be ESP_TAIL_MAX bytes.  seq: the whole number; it makes the IV of an
 * AEAD, so one seq is used once.  Returns the length from p, or 0 when OpenSSL
 * failed.
 */
size_t		 esp_seal(struct esp_cipher *c, uint8_t *p, size_t len,
		    uint32_t spi, uint64_t seq, uint8_t next);

enum esp_open {
	ESP_OPEN_OK,
	ESP_OPEN_LENGTH,	/* too short or not whole blocks */
	ESP_OPEN_AUTH,		/* ICV wrong */
	ESP_OPEN_PAD		/* authentic, yet the padding is not RFC 4303's */
};

/*
 * Open len bytes at p, ESP header to ICV, in place.  seq: the whole number.
 * On ESP_OPEN_OK the payload stands at p + ESP_HDR_LEN + iv, *out_len bytes
 * long, and *next is its protocol.  Nothing of the plaintext is looked at
 * before the ICV was right.
 */
enum esp_open	 esp_open(struct esp_cipher *c, uint8_t *p, size_t len,
		    uint64_t seq, size_t *out_len, uint8_t *next);

#endif
