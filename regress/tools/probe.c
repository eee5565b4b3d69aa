/* SPDX-License-Identifier: ISC */
/*
 * A stream of numbered UDP datagrams, to see outages and the way they take.
 *
 *	probe send ADDR PORT INTERVAL_US	until SIGTERM
 *	probe recv PORT FILE			until SIGTERM; a line a datagram:
 *						seq ttl sent_ns received_ns
 *	probe now				the clock of those columns
 *	probe last FILE				ttl of the newest datagram
 *	probe stats FILE FROM_NS TO_NS		of those sent in that time:
 *		"sent N lost N dup N gap_ms X ttl A-B[-C...]"; gap: the longest
 *		time without an arrival; ttl: the values in order of change
 *
 * Namespaces of one machine share the monotonic clock, so both ends' times
 * compare.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct datagram {
	uint64_t	seq;
	int64_t		sent_ns;
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

static int
send_all(const char *addr, const char *port, const char *interval_us)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int64_t step = strtoll(interval_us, NULL, 10) * 1000, due = now_ns();
	struct datagram d = { 0 };
	struct timespec ts;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd == -1 || inet_pton(AF_INET, addr, &to.sin_addr) != 1)
		errx(1, "send %s", addr);
	to.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	while (!stop) {
		d.seq++;
		d.sent_ns = now_ns();
		/* an unreachable route is a lost probe, not the end */
		(void)sendto(fd, &d, sizeof(d), 0, (struct sockaddr *)&to,
		    sizeof(to));
		due += step;
		ts.tv_sec = due / 1000000000LL;
		ts.tv_nsec = due % 1000000000LL;
		(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	}
	return (0);
}

static int
recv_ttl(struct msghdr *m)
{
	struct cmsghdr *c;
	int ttl = 0;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL)
			memcpy(&ttl, CMSG_DATA(c), sizeof(ttl));
	return (ttl);
}

static int
recv_all(const char *port, const char *path)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	struct datagram d;
	struct iovec iov = { &d, sizeof(d) };
	char ctl[CMSG_SPACE(sizeof(int))];
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	int on = 1, big = 8 << 20, fd = socket(AF_INET, SOCK_DGRAM, 0);
	FILE *f = fopen(path, "w");

	if (fd == -1 || f == NULL)
		err(1, "recv");
	setlinebuf(f);
	a.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	/* what waits for a busy machine is not lost */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big));
	setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) == -1)
		err(1, "bind");
	while (!stop) {
		m.msg_control = ctl;
		m.msg_controllen = sizeof(ctl);
		if (recvmsg(fd, &m, 0) != (ssize_t)sizeof(d))
			continue;
		fprintf(f, "%llu %d %lld %lld\n", (unsigned long long)d.seq,
		    recv_ttl(&m), (long long)d.sent_ns, (long long)now_ns());
	}
	fclose(f);
	return (0);
}

static int
last(const char *path)
{
	unsigned long long seq;
	long long sent, got;
	int ttl = 0, t;
	FILE *f = fopen(path, "r");

	if (f == NULL)
		err(1, "%s", path);
	while (fscanf(f, "%llu %d %lld %lld\n", &seq, &t, &sent, &got) == 4)
		ttl = t;
	fclose(f);
	printf("%d\n", ttl);
	return (0);
}

struct stats {
	unsigned long long	first, high, n, dup;
	unsigned long long	before, after;	/* those on either side */
	long long		gap;
	char			ttls[256];
};

static void
stats_read(FILE *f, int64_t from, int64_t to, struct stats *s)
{
	unsigned long long seq;
	long long sent, got, prev = from;
	int ttl, was = 0;
	size_t used = 0;

	while (fscanf(f, "%llu %d %lld %lld\n", &seq, &ttl, &sent, &got) == 4) {
		if (sent < from && seq > s->before)
			s->before = seq;
		if (sent >= to && (s->after == 0 || seq < s->after))
			s->after = seq;
		if (sent < from || sent >= to)
			continue;
		if (s->first == 0 || seq < s->first)
			s->first = seq;
		if (seq == s->high)
			s->dup++;
		else
			s->n++;
		if (seq > s->high)
			s->high = seq;
		if (got - prev > s->gap)
			s->gap = got - prev;
		prev = got;
		if (ttl != was && used + 8 < sizeof(s->ttls))
			used += (size_t)snprintf(s->ttls + used,
			    sizeof(s->ttls) - used, "%s%d",
			    used == 0 ? "" : "-", ttl);
		was = ttl;
	}
}

static int
stats(const char *path, int64_t from, int64_t to)
{
	struct stats s = { 0 };
	FILE *f = fopen(path, "r");
	unsigned long long sent;

	if (f == NULL)
		err(1, "%s", path);
	stats_read(f, from, to, &s);
	fclose(f);
	/* what was lost at the edges counts where its neighbors arrived */
	if (s.before != 0)
		s.first = s.before + 1;
	if (s.after != 0)
		s.high = s.after - 1;
	sent = s.first == 0 || s.high < s.first ? 0 : s.high - s.first + 1;
	printf("sent %llu lost %llu dup %llu gap_ms %lld.%lld ttl %s\n", sent,
	    sent < s.n ? 0 : sent - s.n, s.dup, s.gap / 1000000,
	    s.gap / 100000 % 10, s.ttls);
	return (0);
}

int
main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	if (argc == 5 && strcmp(argv[1], "send") == 0)
		return (send_all(argv[2], argv[3], argv[4]));
	if (argc == 4 && strcmp(argv[1], "recv") == 0)
		return (recv_all(argv[2], argv[3]));
	if (argc == 3 && strcmp(argv[1], "last") == 0)
		return (last(argv[2]));
	if (argc == 5 && strcmp(argv[1], "stats") == 0)
		return (stats(argv[2], strtoll(argv[3], NULL, 10),
		    strtoll(argv[4], NULL, 10)));
	if (argc == 2 && strcmp(argv[1], "now") == 0) {
		printf("%lld\n", (long long)now_ns());
		return (0);
	}
	errx(2, "usage: see the head of probe.c");
}
