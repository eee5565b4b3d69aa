/* SPDX-License-Identifier: ISC */
/* runs in: main.  See lex_file.h, and lex.h for the pool. */
#include <sys/mman.h>
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/lex_file.h"
#include "lib/secret.h"

#define POOL_CHUNK	(256U << 10)

/* From the system and back to it, not by malloc: what a large file needed while
 * it was read would stay with the process between what was made of it. */
struct chunk {
	struct chunk	*next;
	size_t		 used, cap;	/* of b */
	_Alignas(16) unsigned char b[];
};

struct pool {
	struct chunk	*head;
};

struct lex_files {
	struct pool		*pool;
	const struct conf_mem	*mem;
	size_t			 n_mem;
	struct lex_file		*head;
	int			 n;
};

struct pool *
pool_new(void)
{
	return (calloc(1, sizeof(struct pool)));
}

void *
pool_get(struct pool *p, size_t len)
{
	struct chunk *c = p->head;
	size_t cap;
	void *at;

	len = (len + 15) & ~(size_t)15;
	if (c == NULL || c->cap - c->used < len) {
		cap = len > POOL_CHUNK / 4 ? len : POOL_CHUNK - sizeof(*c);
		c = mmap(NULL, sizeof(*c) + cap, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANON, -1, 0);
		if (c == MAP_FAILED)
			return (NULL);
		c->cap = cap;
		/* a large piece leaves the chunk in use in front */
		if (cap == len && p->head != NULL) {
			c->next = p->head->next;
			p->head->next = c;
		} else {
			c->next = p->head;
			p->head = c;
		}
	}
	at = c->b + c->used;
	c->used += len;
	return (at);
}

char *
pool_strndup(struct pool *p, const char *s, size_t len)
{
	char *t = pool_get(p, len + 1);

	if (t != NULL && len > 0)
		memcpy(t, s, len);
	return (t);
}

void
pool_free(struct pool *p)
{
	struct chunk *c;

	if (p == NULL)
		return;
	while ((c = p->head) != NULL) {
		p->head = c->next;
		wipe(c->b, c->used);
		(void)munmap(c, sizeof(*c) + c->cap);
	}
	free(p);
}

struct lex_files *
lex_files_new(struct pool *p, const struct conf_mem *mem, size_t n_mem)
{
	struct lex_files *fs = pool_get(p, sizeof(*fs));

	if (fs != NULL) {
		fs->pool = p;
		fs->mem = mem;
		fs->n_mem = n_mem;
	}
	return (fs);
}

const char *
lex_file_path(struct pool *p, const char *path, const char *from)
{
	const char *slash = from != NULL ? strrchr(from, '/') : NULL;
	size_t dir;
	char *out;

	if (path[0] == '/' || slash == NULL)
		return (path);
	dir = (size_t)(slash - from) + 1;
	out = pool_get(p, dir + strlen(path) + 1);
	if (out != NULL) {
		memcpy(out, from, dir);
		memcpy(out + dir, path, strlen(path));
	}
	return (out);
}

static struct lex_file *
known(struct lex_files *fs, const char *name)
{
	struct lex_file *f;

	for (f = fs->head; f != NULL; f = f->next)
		if (strcmp(f->name, name) == 0)
			return (f);
	return (NULL);
}

static struct lex_file *
add(struct lex_files *fs, const char *name, const char *text, size_t len)
{
	struct lex_file *f = pool_get(fs->pool, sizeof(*f));

	if (f == NULL)
		return (NULL);
	/* editors put a byte order mark in front */
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	f->name = name;
	f->text = text;
	f->len = len;
	f->next = fs->head;
	fs->head = f;
	fs->n++;
	return (f);
}

const struct lex_file *
lex_file_text(struct lex_files *fs, const char *name, const char *text,
    size_t len)
{
	char *copy = pool_strndup(fs->pool, text, len);

	return (copy != NULL ? add(fs, name, copy, len) : NULL);
}

/* Who else could read or write the secrets in it. */
static void
judge(struct lex_file *f, const struct stat *st)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		(void)snprintf(f->unsafe, sizeof(f->unsafe),
		    "is owned by user %u, not by root", (unsigned)st->st_uid);
	else if ((st->st_mode & 077) != 0)
		(void)snprintf(f->unsafe, sizeof(f->unsafe),
		    "is open to others (mode %04o)",
		    (unsigned)(st->st_mode & 07777));
}

/* The content, NUL-terminated; NULL with errno. */
static char *
read_all(struct lex_files *fs, int fd, size_t cap, size_t *len)
{
	char *b = pool_get(fs->pool, cap + 1);
	ssize_t n;

	*len = 0;
	if (b == NULL)
		return (NULL);
	while (*len < cap) {
		n = read(fd, b + *len, cap - *len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (NULL);
		if (n == 0)
			break;
		*len += (size_t)n;
	}
	return (b);
}

static struct lex_file *
load(struct lex_files *fs, const char *name, const char **why)
{
	struct lex_file *f = NULL;
	struct stat st;
	size_t len;
	char *text;
	int fd;

	*why = NULL;
	/* a fifo or a device must not stop us */
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1 || fstat(fd, &st) == -1)
		*why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		*why = "not a regular file";
	else if (st.st_size > LEX_FILE_MAX)
		*why = "too large for a configuration";
	else if ((text = read_all(fs, fd, (size_t)st.st_size, &len)) == NULL)
		*why = strerror(errno);
	else if ((f = add(fs, name, text, len)) != NULL)
		judge(f, &st);
	if (fd != -1)
		(void)close(fd);
	if (f == NULL && *why == NULL)
		*why = strerror(ENOMEM);
	return (f);
}

const struct lex_file *
lex_file_open(struct lex_files *fs, const char *name, const char **why)
{
	struct lex_file *f = known(fs, name);
	size_t i;

	if (f != NULL)
		return (f);
	if (fs->n >= LEX_FILES_MAX) {
		*why = "too many files";
		return (NULL);
	}
	if (fs->mem == NULL)
		return (load(fs, name, why));
	for (i = 0; i < fs->n_mem; i++)
		if (strcmp(fs->mem[i].name, name) == 0)
			return (lex_file_text(fs, name, fs->mem[i].text,
			    fs->mem[i].len));
	*why = strerror(ENOENT);
	return (NULL);
}

const char *
lex_file_unsafe(struct lex_files *fs, const char *name)
{
	struct lex_file *f = name != NULL ? known(fs, name) : NULL;

	if (f == NULL || f->unsafe[0] == '\0' || f->told)
		return (NULL);
	f->told = true;
	return (f->unsafe);
}
