/* SPDX-License-Identifier: ISC */
/*
 * capture [-i PREFIX]... [-w FILE.pcap] [-o COUNTS] [IFACE]: what crosses an
 * underlay, seen by AF_PACKET.  Runs until SIGTERM or SIGINT, then writes one
 * line
 *
 *	esp N ike N arp N icmp N nd N other N clear N
 *
 * to COUNTS or stdout, and for each of the first packets that are "other" or
 * "clear" a line that says what it was.  Clear is what comes from or goes to an
 * address in one of the PREFIXes of IPv4, which are those inside the tunnels,
 * whatever else it is.  Without IFACE every interface of the namespace is read.
 * Frames that this namespace itself sends are not counted, so that a packet
 * that is forwarded counts once.  It says "ready" on stderr when it sees, and
 * "missed N" in COUNTS when it did not see all.
 */
#include <sys/socket.h>
#include <sys/time.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/addr.h"

enum kind { K_ESP, K_IKE, K_ARP, K_ICMP, K_ND, K_OTHER, K_CLEAR, K_N };

static const char *const kind_names[K_N] = {
	"esp", "ike", "arp", "icmp", "nd", "other", "clear"
};

#define SAMPLES		8
#define INNER_MAX	8

struct capture {
	uint64_t	n[K_N];
	char		sample[SAMPLES][128];
	size_t		n_samples;
	struct prefix	inner[INNER_MAX];
	size_t		n_inner;
	FILE		*pcap;
};

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static uint16_t
be16(const uint8_t *p)
{
	return ((uint16_t)(p[0] << 8 | p[1]));
}

/* UDP to or from 500 is IKE; 4500 is IKE behind four zero bytes, a one-byte
 * keepalive, or ESP. */
static enum kind
udp_kind(const uint8_t *p, size_t len)
{
	uint16_t s, d;

	if (len < 8)
		return (K_OTHER);
	s = be16(p);
	d = be16(p + 2);
	if (s == 500 || d == 500)
		return (K_IKE);
	if (s != 4500 && d != 4500)
		return (K_OTHER);
	if (len == 9)
		return (K_IKE);
	if (len >= 12 && memcmp(p + 8, "\0\0\0\0", 4) == 0)
		return (K_IKE);
	return (K_ESP);
}

static enum kind
proto_kind(uint8_t proto, const uint8_t *p, size_t len)
{
	switch (proto) {
	case 50:
		return (K_ESP);
	case 17:
		return (udp_kind(p, len));
	case 1:
		return (K_ICMP);
	case 58:
		/* router and neighbour discovery, MLD: the kernel's own */
		if (len > 0 && ((p[0] >= 130 && p[0] <= 137) || p[0] == 143))
			return (K_ND);
		return (K_ICMP);
	case 0:
		return (K_ND);		/* hop-by-hop: MLD */
	default:
		return (K_OTHER);
	}
}

static bool
inner(const struct capture *c, const uint8_t *p)
{
	struct addr a = { .family = ADDR_V4 };
	size_t i;

	memcpy(a.b, p, 4);
	for (i = 0; i < c->n_inner; i++)
		if (prefix_has(&c->inner[i], &a))
			return (true);
	return (false);
}

static enum kind
classify(const struct capture *c, const uint8_t *p, size_t len,
    uint16_t ethertype)
{
	size_t hl;

	switch (ethertype) {
	case ETH_P_ARP:
		return (K_ARP);
	case ETH_P_IP:
		if (len < 20 || (hl = (size_t)(p[0] & 15) * 4) > len)
			return (K_OTHER);
		if (inner(c, p + 12) || inner(c, p + 16))
			return (K_CLEAR);
		/* a later fragment of what was counted before */
		if ((be16(p + 6) & 0x1fff) != 0)
			return (p[9] == 17 ? K_IKE : K_OTHER);
		return (proto_kind(p[9], p + hl, len - hl));
	case ETH_P_IPV6:
		if (len < 40)
			return (K_OTHER);
		return (proto_kind(p[6], p + 40, len - 40));
	default:
		return (K_OTHER);
	}
}

static void
describe(char *out, size_t cap, const uint8_t *p, size_t len, uint16_t type)
{
	char s[INET6_ADDRSTRLEN] = "?", d[INET6_ADDRSTRLEN] = "?";
	int proto = -1;

	if (type == ETH_P_IP && len >= 20) {
		inet_ntop(AF_INET, p + 12, s, sizeof(s));
		inet_ntop(AF_INET, p + 16, d, sizeof(d));
		proto = p[9];
	} else if (type == ETH_P_IPV6 && len >= 40) {
		inet_ntop(AF_INET6, p + 8, s, sizeof(s));
		inet_ntop(AF_INET6, p + 24, d, sizeof(d));
		proto = p[6];
	}
	(void)snprintf(out, cap, "ethertype %04x %s > %s protocol %d length %zu",
	    type, s, d, proto, len);
}

static void
inner_add(struct capture *c, const char *text)
{
	struct prefix *p = &c->inner[c->n_inner];

	if (c->n_inner == INNER_MAX || prefix_parse(text, p) != 0 ||
	    p->addr.family != ADDR_V4)
		errx(2, "-i %s", text);
	c->n_inner++;
}

static void
pcap_open(struct capture *c, const char *path)
{
	uint32_t h[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 101 };

	if ((c->pcap = fopen(path, "w")) == NULL)
		err(1, "%s", path);
	fwrite(h, sizeof(h), 1, c->pcap);
}

/* Link type 101: raw IP, so ARP stays out of the file. */
static void
pcap_add(struct capture *c, const uint8_t *p, size_t len)
{
	struct timeval tv;
	uint32_t h[4];

	gettimeofday(&tv, NULL);
	h[0] = (uint32_t)tv.tv_sec;
	h[1] = (uint32_t)tv.tv_usec;
	h[2] = h[3] = (uint32_t)len;
	fwrite(h, sizeof(h), 1, c->pcap);
	fwrite(p, len, 1, c->pcap);
}

static void
take(struct capture *c, const uint8_t *p, size_t len, uint16_t type)
{
	enum kind k = classify(c, p, len, type);
	char *s;
	int n;

	if ((k == K_OTHER || k == K_CLEAR) && c->n_samples < SAMPLES) {
		s = c->sample[c->n_samples++];
		n = snprintf(s, sizeof(c->sample[0]), "%s: ", kind_names[k]);
		describe(s + n, sizeof(c->sample[0]) - (size_t)n, p, len, type);
	}
	c->n[k]++;
	if (c->pcap != NULL && type != ETH_P_ARP)
		pcap_add(c, p, len);
}

static void
report(const struct capture *c, const char *path, unsigned missed)
{
	FILE *f = path != NULL ? fopen(path, "w") : stdout;
	size_t i;

	if (f == NULL)
		err(1, "%s", path);
	for (i = 0; i < K_N; i++)
		fprintf(f, "%s%s %llu", i == 0 ? "" : " ", kind_names[i],
		    (unsigned long long)c->n[i]);
	fputc('\n', f);
	for (i = 0; i < c->n_samples; i++)
		fprintf(f, "%s\n", c->sample[i]);
	if (missed != 0)
		fprintf(f, "missed %u\n", missed);
	if (f != stdout)
		fclose(f);
}

static int
sock_open(const char *ifname)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET,
	    .sll_protocol = htons(ETH_P_ALL) };
	int big = 32 << 20, fd;

	if ((fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL))) == -1)
		err(1, "socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big));
	if (ifname != NULL && (sll.sll_ifindex = (int)if_nametoindex(ifname)) == 0)
		err(1, "%s", ifname);
	if (bind(fd, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		err(1, "bind");
	return (fd);
}

/* One packet; false when none is there. */
static bool
read_one(struct capture *c, int fd, int flags)
{
	static uint8_t buf[65536];
	struct sockaddr_ll from;
	socklen_t fl = sizeof(from);
	ssize_t n;

	n = recvfrom(fd, buf, sizeof(buf), flags, (struct sockaddr *)&from, &fl);
	if (n == -1 && errno != EINTR && errno != ENETDOWN && errno != EAGAIN)
		err(1, "recv");
	if (n > 0 && from.sll_pkttype != PACKET_OUTGOING &&
	    from.sll_hatype != ARPHRD_LOOPBACK)
		take(c, buf, (size_t)n, ntohs(from.sll_protocol));
	return (n != -1);
}

static unsigned
missed(int fd)
{
	struct tpacket_stats st = { 0 };
	socklen_t len = sizeof(st);

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &st, &len) == -1)
		err(1, "PACKET_STATISTICS");
	return (st.tp_drops);
}

int
main(int argc, char **argv)
{
	static struct capture c;
	struct sigaction sa = { .sa_handler = on_signal };
	const char *out = NULL;
	int fd, ch, left = 100000;

	while ((ch = getopt(argc, argv, "i:o:w:")) != -1) {
		if (ch == 'i')
			inner_add(&c, optarg);
		else if (ch == 'o')
			out = optarg;
		else if (ch == 'w')
			pcap_open(&c, optarg);
		else
			errx(2, "usage: capture [-i prefix] [-o counts] "
			    "[-w pcap] [iface]");
	}
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	fd = sock_open(argv[optind]);
	fprintf(stderr, "ready\n");
	while (!stop)
		(void)read_one(&c, fd, 0);
	/* what came before the signal counts */
	while (left-- > 0 && read_one(&c, fd, MSG_DONTWAIT))
		;
	report(&c, out, missed(fd));
	if (c.pcap != NULL)
		fclose(c.pcap);
	return (0);
}
