/* SPDX-License-Identifier: ISC */
/*
 * relay [-s SEED] TUN: a bad link.  Every IP packet that the kernel routes into
 * the TUN device comes out of it again, after what the line does to it.  A test
 * routes what it wants to spoil through it:
 *
 *	ip rule add iif vethA lookup 100; ip route add default dev TUN table 100
 *
 * Orders come on stdin, a line each; the answer "ok" goes to stdout:
 *	delay MS	every packet
 *	jitter MS	plus up to this, so that packets overtake each other
 *	loss PERMILLE
 *	dup PERMILLE
 *	reorder N [MS]	every 16th packet waits until N others have passed, or
 *			for MS (200)
 *	mtu BYTES	longer ones vanish; 0: off
 *	drop PROTO [PORT]	an IP protocol, or UDP to or from a port; 0: off
 *	clear
 * Chance is seeded.  End of stdin does not end it; SIGTERM does.
 */
#include <sys/ioctl.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HELD_MAX	8192
#define PKT_MAX		9216

struct held {
	int64_t		due_ns;
	uint64_t	after;		/* or when so many have been sent */
	size_t		len;
	uint8_t		*b;
};

struct relay {
	int		fd;
	uint64_t	rng;
	int64_t		delay_ns, jitter_ns;
	unsigned	loss, dup, reorder, reorder_ms, mtu;
	unsigned	drop_proto, drop_port;
	uint64_t	seen, sent;
	size_t		n_held;
	struct held	held[HELD_MAX];
};

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ts.tv_sec * 1000000000LL + ts.tv_nsec);
}

static uint64_t
rnd(struct relay *r, uint64_t below)
{
	r->rng ^= r->rng << 13;
	r->rng ^= r->rng >> 7;
	r->rng ^= r->rng << 17;
	return (below == 0 ? 0 : r->rng % below);
}

static int
tun_open(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd == -1 || ioctl(fd, TUNSETIFF, &ifr) == -1)
		err(1, "%s", name);
	return (fd);
}

static int
unwanted(const struct relay *r, const uint8_t *p, size_t len)
{
	size_t hl = (size_t)(p[0] & 15) * 4;
	unsigned s, d;

	if (r->mtu != 0 && len > r->mtu)
		return (1);
	if (r->drop_proto == 0 || (p[0] >> 4) != 4 || len < 20 ||
	    p[9] != r->drop_proto)
		return (0);
	if (r->drop_port == 0)
		return (1);
	if (len < hl + 4)
		return (0);
	s = (unsigned)p[hl] << 8 | p[hl + 1];
	d = (unsigned)p[hl + 2] << 8 | p[hl + 3];
	return (s == r->drop_port || d == r->drop_port);
}

static void
emit(struct relay *r, const uint8_t *b, size_t len)
{
	(void)!write(r->fd, b, len);
	r->sent++;
}

static void
hold(struct relay *r, const uint8_t *b, size_t len, int64_t due, uint64_t after)
{
	struct held *h;

	if (r->n_held == HELD_MAX)
		return;			/* a full line loses packets */
	h = &r->held[r->n_held++];
	h->due_ns = due;
	h->after = after;
	h->len = len;
	if ((h->b = malloc(len)) == NULL)
		err(1, "malloc");
	memcpy(h->b, b, len);
}

static void
take(struct relay *r, const uint8_t *b, size_t len)
{
	int64_t wait;
	int copies = 1;

	r->seen++;
	if (unwanted(r, b, len) || rnd(r, 1000) < r->loss)
		return;
	if (rnd(r, 1000) < r->dup)
		copies = 2;
	while (copies-- > 0) {
		wait = r->delay_ns + (int64_t)rnd(r, (uint64_t)r->jitter_ns);
		if (r->reorder != 0 && r->seen % 16 == 0)
			hold(r, b, len, now_ns() + r->reorder_ms * 1000000LL,
			    r->sent + r->reorder);
		else if (wait != 0)
			hold(r, b, len, now_ns() + wait, UINT64_MAX);
		else
			emit(r, b, len);
	}
}

/* Send what is due, oldest first; returns the ms until the next. */
static int
flush(struct relay *r)
{
	int64_t now = now_ns(), next = now + 1000000000, left;
	size_t i, kept = 0;

	for (i = 0; i < r->n_held; i++) {
		struct held h = r->held[i];

		if (h.due_ns <= now || r->sent >= h.after) {
			emit(r, h.b, h.len);
			free(h.b);
			continue;
		}
		if (h.due_ns < next)
			next = h.due_ns;
		r->held[kept++] = h;
	}
	r->n_held = kept;
	left = (next - now) / 1000000;
	return (left < 1 ? 1 : (int)left);
}

static void
order(struct relay *r, char *line)
{
	char word[16] = "";
	unsigned a = 0, b = 0;

	(void)sscanf(line, "%15s %u %u", word, &a, &b);
	if (strcmp(word, "delay") == 0)
		r->delay_ns = a * 1000000LL;
	else if (strcmp(word, "jitter") == 0)
		r->jitter_ns = a * 1000000LL;
	else if (strcmp(word, "loss") == 0)
		r->loss = a;
	else if (strcmp(word, "dup") == 0)
		r->dup = a;
	else if (strcmp(word, "reorder") == 0) {
		r->reorder = a;
		r->reorder_ms = b != 0 ? b : 200;
	} else if (strcmp(word, "mtu") == 0)
		r->mtu = a;
	else if (strcmp(word, "drop") == 0) {
		r->drop_proto = a;
		r->drop_port = b;
	} else if (strcmp(word, "clear") == 0) {
		r->delay_ns = r->jitter_ns = 0;
		r->loss = r->dup = r->reorder = r->mtu = 0;
		r->drop_proto = r->drop_port = 0;
	} else {
		printf("? %s\n", word);
		return;
	}
	printf("ok\n");
}

static void
orders(struct relay *r, struct pollfd *p)
{
	static char buf[1024];
	static size_t used;
	char *nl;
	ssize_t n = read(STDIN_FILENO, buf + used, sizeof(buf) - 1 - used);

	if (n <= 0) {
		p->fd = -1;
		return;
	}
	used += (size_t)n;
	buf[used] = '\0';
	while ((nl = strchr(buf, '\n')) != NULL) {
		*nl = '\0';
		order(r, buf);
		used -= (size_t)(nl + 1 - buf);
		memmove(buf, nl + 1, used + 1);
	}
	if (used == sizeof(buf) - 1)
		used = 0;
}

int
main(int argc, char **argv)
{
	static struct relay r = { .rng = 88172645463325252ULL };
	static uint8_t b[PKT_MAX];
	struct sigaction sa = { .sa_handler = on_signal };
	struct pollfd p[2];
	ssize_t n;
	int ch, i;

	while ((ch = getopt(argc, argv, "s:")) != -1) {
		if (ch != 's')
			errx(2, "usage: relay [-s seed] tun");
		r.rng += strtoull(optarg, NULL, 10) * 0x9e3779b97f4a7c15ULL;
	}
	if (optind + 1 != argc)
		errx(2, "usage: relay [-s seed] tun");
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	setlinebuf(stdout);
	r.fd = tun_open(argv[optind]);
	p[0] = (struct pollfd){ .fd = r.fd, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	printf("ready\n");
	while (!stop) {
		if (poll(p, 2, flush(&r)) == -1 && errno != EINTR)
			err(1, "poll");
		if (p[1].fd != -1 && p[1].revents != 0)
			orders(&r, &p[1]);
		for (i = 0; i < 64; i++) {
			if ((n = read(r.fd, b, sizeof(b))) <= 0)
				break;
			take(&r, b, (size_t)n);
		}
	}
	return (0);
}
