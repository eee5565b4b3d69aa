/* SPDX-License-Identifier: ISC */
/*
 * Runs a fuzz target over files and folders of them, without libFuzzer; each
 * file also cut short and with single bits turned, so that a corpus is worth
 * more than itself.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <limits.h>
#include <string.h>

#include "fuzz.h"

#define INPUT_MAX	(1U << 20)

static uint8_t	buf[INPUT_MAX];
static size_t	count;

/* A copy of its own size, so that a sanitizer sees a read behind the end. */
static void
one(const uint8_t *p, size_t len)
{
	uint8_t *own = malloc(len == 0 ? 1 : len);

	MUST(own != NULL);
	memcpy(own, p, len);
	(void)LLVMFuzzerTestOneInput(own, len);
	free(own);
	count++;
}

static void
file(const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t len, i;

	if (f == NULL)
		err(1, "%s", path);
	len = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	one(buf, len);
	one(buf, len / 2);
	for (i = 0; i < 4 && len > 0; i++) {
		buf[len * i / 4] ^= (uint8_t)(1U << (len + i) % 8);
		one(buf, len);
	}
}

int
main(int argc, char **argv)
{
	char path[PATH_MAX];
	struct dirent *d;
	struct stat st;
	DIR *dir;
	int i;

	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == -1)
			err(1, "%s", argv[i]);
		if (!S_ISDIR(st.st_mode)) {
			file(argv[i]);
			continue;
		}
		if ((dir = opendir(argv[i])) == NULL)
			err(1, "%s", argv[i]);
		while ((d = readdir(dir)) != NULL) {
			if (d->d_name[0] == '.')
				continue;
			(void)snprintf(path, sizeof(path), "%s/%s", argv[i],
			    d->d_name);
			file(path);
		}
		closedir(dir);
	}
	printf("%zu inputs\n", count);
	return (count == 0);
}
