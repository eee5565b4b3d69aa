/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  See ctl_key.h. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <string.h>
#include <unistd.h>

#include "greipsecctl/ctl_key.h"
#include "lib/base64.h"
#include "lib/ed25519.h"
#include "lib/secret.h"

#define PRIVATE	"ed25519-private:"

static int
store(const char *path, const char *line, char *why, size_t cap)
{
	size_t len = strlen(line);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1) {
		(void)snprintf(why, cap, errno == EEXIST ?
		    "%s exists: move it away to make a new key" :
		    "%s: cannot be made", path);
		return (-1);
	}
	if (write(fd, line, len) != (ssize_t)len || fsync(fd) == -1) {
		(void)snprintf(why, cap, "%s: %s", path, strerror(errno));
		(void)close(fd);
		(void)unlink(path);
		return (-1);
	}
	(void)close(fd);
	return (0);
}

int
key_make(const char *path, FILE *f, char *why, size_t cap)
{
	uint8_t seed[ED25519_LEN], pub[ED25519_LEN];
	char text[64], line[128];
	int rv;

	if (RAND_bytes(seed, sizeof(seed)) != 1 ||
	    ed25519_public(seed, pub) == -1 ||
	    base64_put(seed, sizeof(seed), text, sizeof(text)) == -1) {
		(void)snprintf(why, cap, "no randomness");
		return (-1);
	}
	(void)snprintf(line, sizeof(line), PRIVATE "%s\n", text);
	rv = store(path, line, why, cap);
	wipe(seed, sizeof(seed));
	wipe(line, sizeof(line));
	if (rv == -1)
		return (-1);
	(void)base64_put(pub, sizeof(pub), text, sizeof(text));
	fprintf(f, "key \"ed25519:%s\"\n", text);
	return (0);
}

int
key_psk(FILE *f, char *why, size_t cap)
{
	uint8_t b[32];
	char text[64];

	if (RAND_bytes(b, sizeof(b)) != 1 ||
	    base64url_put(b, sizeof(b), text, sizeof(text)) == -1) {
		(void)snprintf(why, cap, "no randomness");
		return (-1);
	}
	fprintf(f, "%s\n", text);
	wipe(b, sizeof(b));
	wipe(text, sizeof(text));
	return (0);
}
