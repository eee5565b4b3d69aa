/* SPDX-License-Identifier: ISC */
/*
 * runs in: greipsecd's ike and esp, of the interop tests only.
 *
 * LD_PRELOAD library that watches what OpenSSL is asked for and writes the keys
 * of IKE SAs and ESP SAs to $GS_KEYLOG, each once, for saskeys.py:
 *
 *	ike SPI-I SPI-R i|r CIPHER KEY AUTH-KEY|-	of who sends with it
 *	esp SPI CIPHER KEY
 *
 * Whose key it is, is in the packet: the associated data of an AEAD begins with
 * the header; with CBC the data of the HMAC does, and has the same IV.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#define REAL(n)		((__typeof__(&n))dlsym(RTLD_NEXT, #n))
#define NCTX		65536
#define IKE_HDR		28
#define IV_AT_IKE	32	/* behind the header of the SK payload */
#define IV_AT_ESP	8
#define HEAD		64

struct key {
	const void	*ctx;
	char		 name[24];
	size_t		 n;
	uint8_t		 b[64];
	uint8_t		 iv[16];
	int		 aead, told;
};

static struct key ciphers[NCTX], macs[NCTX];
static struct key *cbc_last, *mac_last;
static uint8_t head[HEAD];
static size_t n_head;
static int fd = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void
start(void)
{
	const char *path = getenv("GS_KEYLOG");

	if (path != NULL)
		fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
		    0600);
}

static struct key *
slot(struct key *table, const void *ctx)
{
	struct key *k = &table[((uintptr_t)ctx >> 4) % NCTX];

	if (k->ctx != ctx)
		memset(k, 0, sizeof(*k));
	k->ctx = ctx;
	return (k);
}

static void
hex(char *s, const uint8_t *b, size_t n)
{
	while (n-- > 0)
		s += sprintf(s, "%02x", *b++);
}

static void
tell(const uint8_t *p, int ike, struct key *c, const struct key *m)
{
	char line[512], k[160], a[160] = "-";
	int n;

	if (c->told || c->n == 0)
		return;
	c->told = 1;
	hex(k, c->b, c->n);
	if (c->aead)
		hex(k + 2 * c->n, c->iv, 4);	/* the salt */
	if (m != NULL)
		hex(a, m->b, m->n);
	if (ike) {
		char i[17], r[17];

		hex(i, p, 8);
		hex(r, p + 8, 8);
		n = snprintf(line, sizeof(line), "ike %s %s %c %s %s %s\n", i,
		    r, p[19] & 8 ? 'i' : 'r', c->name, k, a);
	} else
		n = snprintf(line, sizeof(line), "esp %02x%02x%02x%02x %s %s\n",
		    p[0], p[1], p[2], p[3], c->name, k);
	if (fd != -1 && write(fd, line, (size_t)n) != n)
		abort();
}

/* CBC and HMAC of one packet, in either order: the IV says so. */
static void
join(void)
{
	if (cbc_last == NULL || mac_last == NULL || n_head < IV_AT_ESP + 16)
		return;
	if (n_head >= IV_AT_IKE + 16 &&
	    memcmp(head + IV_AT_IKE, cbc_last->iv, 16) == 0)
		tell(head, 1, cbc_last, mac_last);
	else if (memcmp(head + IV_AT_ESP, cbc_last->iv, 16) == 0)
		tell(head, 0, cbc_last, NULL);
}

static void
took(const void *ctx, const EVP_CIPHER *e, const uint8_t *key,
    const uint8_t *iv)
{
	struct key *k;

	pthread_mutex_lock(&lock);
	k = slot(ciphers, ctx);
	if (e != NULL && key != NULL) {
		memset(k, 0, sizeof(*k));
		k->ctx = ctx;
		k->n = (size_t)EVP_CIPHER_get_key_length(e);
		memcpy(k->b, key, k->n);
		(void)snprintf(k->name, sizeof(k->name), "%s",
		    EVP_CIPHER_get0_name(e));
		k->aead = (EVP_CIPHER_get_flags(e) &
		    EVP_CIPH_FLAG_AEAD_CIPHER) != 0;
	}
	if (iv != NULL)
		memcpy(k->iv, iv, k->aead ? 12 : 16);
	if (!k->aead && iv != NULL) {
		cbc_last = k;
		join();
	}
	pthread_mutex_unlock(&lock);
}

static void
aad(const void *ctx, const uint8_t *p, int len)
{
	pthread_mutex_lock(&lock);
	tell(p, len >= IKE_HDR, slot(ciphers, ctx), NULL);
	pthread_mutex_unlock(&lock);
}

int
EVP_CipherInit_ex(EVP_CIPHER_CTX *c, const EVP_CIPHER *e, ENGINE *g,
    const unsigned char *k, const unsigned char *iv, int enc)
{
	took(c, e, k, iv);
	return (REAL(EVP_CipherInit_ex)(c, e, g, k, iv, enc));
}

int
EVP_EncryptInit_ex(EVP_CIPHER_CTX *c, const EVP_CIPHER *e, ENGINE *g,
    const unsigned char *k, const unsigned char *iv)
{
	took(c, e, k, iv);
	return (REAL(EVP_EncryptInit_ex)(c, e, g, k, iv));
}

int
EVP_DecryptInit_ex(EVP_CIPHER_CTX *c, const EVP_CIPHER *e, ENGINE *g,
    const unsigned char *k, const unsigned char *iv)
{
	took(c, e, k, iv);
	return (REAL(EVP_DecryptInit_ex)(c, e, g, k, iv));
}

#define UPDATE(name)						\
int								\
name(EVP_CIPHER_CTX *c, unsigned char *out, int *n,		\
    const unsigned char *in, int len)				\
{								\
	if (out == NULL && in != NULL)				\
		aad(c, in, len);				\
	return (REAL(name)(c, out, n, in, len));		\
}
UPDATE(EVP_CipherUpdate)
UPDATE(EVP_EncryptUpdate)
UPDATE(EVP_DecryptUpdate)

int
EVP_MAC_init(EVP_MAC_CTX *c, const unsigned char *key, size_t n,
    const OSSL_PARAM params[])
{
	struct key *k;

	pthread_mutex_lock(&lock);
	k = slot(macs, c);
	if (key != NULL && n <= sizeof(k->b)) {
		memcpy(k->b, key, n);
		k->n = n;
	}
	pthread_mutex_unlock(&lock);
	return (REAL(EVP_MAC_init)(c, key, n, params));
}

int
EVP_MAC_update(EVP_MAC_CTX *c, const unsigned char *p, size_t n)
{
	pthread_mutex_lock(&lock);
	mac_last = slot(macs, c);
	if (n >= IV_AT_ESP + 16) {
		n_head = n < HEAD ? n : HEAD;
		memcpy(head, p, n_head);
		join();
	}
	pthread_mutex_unlock(&lock);
	return (REAL(EVP_MAC_update)(c, p, n));
}
