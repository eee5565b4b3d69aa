/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  See state.h.  The file, network order:
 *
 *   0  "gsst"       8  ospf_seq      16  grace_s      24  checksum (8) of what
 *   4  version 1   12  flags         20  zero (4)         is before it
 *
 * The checksum guards against a torn write, not against an attacker: who can
 * write there is root.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "greipsecd/state.h"
#include "lib/hash.h"
#include "lib/rbuf.h"
#include "lib/wbuf.h"

#define STATE_MAGIC	0x67737374
#define STATE_VERSION_1	1
#define STATE_SEED	0x5bd1e995cafe1234ULL
#define BODY_LEN	(STATE_LEN - 8)
#define FLAG_SET	1
#define FLAG_WAS	2
#define FLAG_RUNNING	4
#define SEQ_END		(UINT32_MAX - (1U << 18)) /* too few are left */

const char *const state_err_names[STATE_ERR_N] = {
	"fine", "none", "cannot be read", "torn", "of another version"
};

void
state_encode(const struct state *s, uint8_t b[static STATE_LEN])
{
	struct wbuf w = wbuf_make(b, STATE_LEN);

	wbuf_u32(&w, STATE_MAGIC);
	wbuf_u32(&w, STATE_VERSION_1);
	wbuf_u32(&w, s->ospf_seq);
	wbuf_u32(&w, (s->forward_set ? FLAG_SET : 0) |
	    (s->forward_was ? FLAG_WAS : 0) |
	    (s->running ? FLAG_RUNNING : 0));
	wbuf_u32(&w, s->grace_s);
	wbuf_zero(&w, 4);
	wbuf_u64(&w, hash_bytes(STATE_SEED, b, BODY_LEN));
}

enum state_err
state_decode(const uint8_t *b, size_t len, struct state *out)
{
	struct rbuf r = rbuf_make(b, len);
	struct state s;
	uint32_t magic, version, flags;

	magic = rbuf_u32(&r);
	version = rbuf_u32(&r);
	if (!rbuf_ok(&r) || magic != STATE_MAGIC)
		return (STATE_TORN);
	if (version != STATE_VERSION_1)
		return (STATE_VERSION);
	memset(&s, 0, sizeof(s));
	s.ospf_seq = rbuf_u32(&r);
	flags = rbuf_u32(&r);
	s.forward_set = (flags & FLAG_SET) != 0;
	s.forward_was = (flags & FLAG_WAS) != 0;
	s.running = (flags & FLAG_RUNNING) != 0;
	s.grace_s = rbuf_u32(&r);
	rbuf_skip(&r, 4);
	if (rbuf_u64(&r) != hash_bytes(STATE_SEED, b,
	    len < BODY_LEN ? len : BODY_LEN) || !rbuf_done(&r))
		return (STATE_TORN);
	*out = s;
	return (STATE_OK);
}

static int
path_of(const char *dir, const char *name, char *path, size_t cap)
{
	int n = snprintf(path, cap, "%s/%s", dir, name);

	if (n > 0 && (size_t)n < cap)
		return (0);
	errno = ENAMETOOLONG;
	return (-1);
}

enum state_err
state_read(const char *dir, struct state *s)
{
	uint8_t b[STATE_LEN + 1];
	char path[1024];
	ssize_t n;
	int fd;

	memset(s, 0, sizeof(*s));
	if (path_of(dir, "state", path, sizeof(path)) == -1)
		return (STATE_IO);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return (errno == ENOENT ? STATE_NONE : STATE_IO);
	n = read(fd, b, sizeof(b));
	(void)close(fd);
	if (n == -1)
		return (STATE_IO);
	return (state_decode(b, (size_t)n, s));
}

/* The new name is on the disk only when its directory is. */
static int
sync_dir(const char *dir)
{
	int fd, rv;

	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return (-1);
	rv = fsync(fd);
	(void)close(fd);
	return (rv);
}

/* With the one above it, for not every system has a /var/db. */
static int
make_dir(const char *dir)
{
	char up[1024];
	char *p;

	if (mkdir(dir, 0700) == 0 || errno == EEXIST)
		return (0);
	if (errno != ENOENT ||
	    (size_t)snprintf(up, sizeof(up), "%s", dir) >= sizeof(up) ||
	    (p = strrchr(up, '/')) == NULL || p == up)
		return (-1);
	*p = '\0';
	if (mkdir(up, 0755) == -1 && errno != EEXIST)
		return (-1);
	return (mkdir(dir, 0700));
}

/* DIR/name is either as it was or these bytes. */
static int
write_whole(const char *dir, const char *name, const void *b, size_t len)
{
	char path[1024], tmp[1024 + 4];
	int fd, saved;

	if (path_of(dir, name, path, sizeof(path)) == -1)
		return (-1);
	(void)snprintf(tmp, sizeof(tmp), "%s.new", path);
	if (make_dir(dir) == -1)
		return (-1);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd == -1)
		return (-1);
	if (write(fd, b, len) != (ssize_t)len || fsync(fd) == -1) {
		saved = errno;
		(void)close(fd);
		(void)unlink(tmp);
		errno = saved;
		return (-1);
	}
	(void)close(fd);
	if (rename(tmp, path) == -1)
		return (-1);
	return (sync_dir(dir));
}

int
state_write(const char *dir, const struct state *s)
{
	uint8_t b[STATE_LEN];

	state_encode(s, b);
	return (write_whole(dir, "state", b, sizeof(b)));
}

int
state_site_write(const char *dir, const char *site)
{
	return (write_whole(dir, "site", site, strlen(site)));
}

int
state_site(const char *dir, char *site, size_t cap)
{
	char path[1024];
	ssize_t n;
	int fd;

	site[0] = '\0';
	if (path_of(dir, "site", path, sizeof(path)) == -1 ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return (-1);
	n = read(fd, site, cap);
	(void)close(fd);
	if (n <= 0 || (size_t)n == cap || memchr(site, '\0', (size_t)n) != NULL) {
		site[0] = '\0';
		errno = EINVAL;
		return (-1);
	}
	site[n] = '\0';
	return (0);
}

int64_t
state_age(const char *dir, int64_t wall_s)
{
	char path[1024];
	struct stat st;

	if (path_of(dir, "state", path, sizeof(path)) == -1 ||
	    lstat(path, &st) == -1)
		return (-1);
	return (wall_s > st.st_mtime ? wall_s - st.st_mtime : 0);
}

uint32_t
state_seq(const struct state *s, int64_t wall_s)
{
	uint32_t now = wall_s < 0 || wall_s > UINT32_MAX ? 0 :
	    (uint32_t)wall_s;

	return (s->ospf_seq > now && s->ospf_seq <= SEQ_END ? s->ospf_seq :
	    now);
}

bool
state_seq_keep(struct state *s, uint32_t seq)
{
	if (seq == s->ospf_seq ||
	    (seq < s->ospf_seq && s->ospf_seq <= SEQ_END))
		return (false);
	s->ospf_seq = seq;
	return (true);
}
