/* SPDX-License-Identifier: ISC */
/* runs in: main, greipsecctl.  See base64.h. */
#include <string.h>

#include <openssl/evp.h>

#include "lib/base64.h"
#include "lib/secret.h"

#define CHUNK	255	/* bytes encoded at a time: a multiple of 3 */

int
base64_put(const void *data, size_t len, char *out, size_t cap)
{
	if (len > CHUNK || cap < (len + 2) / 3 * 4 + 1)
		return (-1);
	(void)EVP_EncodeBlock((unsigned char *)out, data, (int)len);
	return (0);
}

int
base64url_put(const void *data, size_t len, char *out, size_t cap)
{
	size_t n;
	char *p;

	if (base64_put(data, len, out, cap) == -1)
		return (-1);
	for (p = out; *p != '\0'; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
	for (n = strlen(out); n > 0 && out[n - 1] == '='; n--)
		out[n - 1] = '\0';
	return (0);
}

int
base64_get(const char *text, void *out, size_t len)
{
	unsigned char buf[CHUNK + 3];
	char back[CHUNK / 3 * 4 + 8];
	size_t n = strlen(text), pad;
	int rc = -1;

	pad = (3 - len % 3) % 3;
	if (len > CHUNK || n != (len + 2) / 3 * 4 ||
	    EVP_DecodeBlock(buf, (const unsigned char *)text, (int)n) !=
	    (int)(len + pad))
		goto out;
	/* only the canonical spelling: no white space, no stray bits */
	if (base64_put(buf, len, back, sizeof(back)) == -1 ||
	    strcmp(back, text) != 0)
		goto out;
	memcpy(out, buf, len);
	rc = 0;
out:
	wipe(buf, sizeof(buf));
	wipe(back, sizeof(back));
	return (rc);
}
