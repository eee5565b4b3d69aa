/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  See ctl_probe.h.  The answer comes to every raw ICMP
 * socket; ours is known by an identifier of its own and the sender. */
#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/in_systm.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecctl/ctl_probe.h"
#include "lib/clock.h"

#define TRIES		3
#define WAIT_MS		350

static uint16_t
checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	sum = (sum >> 16) + (sum & 0xffff);
	return ((uint16_t)~(sum + (sum >> 16)));
}

static void
request(uint8_t buf[16], uint16_t id, uint16_t seq)
{
	uint16_t sum;

	memset(buf, 0, 16);
	buf[0] = ICMP_ECHO;
	buf[4] = (uint8_t)(id >> 8);
	buf[5] = (uint8_t)id;
	buf[7] = (uint8_t)seq;
	sum = checksum(buf, 16);
	buf[2] = (uint8_t)(sum >> 8);
	buf[3] = (uint8_t)sum;
}

/* Whether a packet (IP header and all) is the echo reply we wait for. */
static bool
is_reply(const uint8_t *p, size_t len, uint16_t id)
{
	size_t head = len > 0 ? (size_t)(p[0] & 15) * 4 : 0;

	return (head >= 20 && len >= head + 8 && p[head] == ICMP_ECHOREPLY &&
	    p[head + 4] == (uint8_t)(id >> 8) && p[head + 5] == (uint8_t)id);
}

/* Wait for the answer; true: it came. */
static bool
wait_reply(int fd, const struct sockaddr_in *to, uint16_t id)
{
	struct mono end = mono_add(mono_now(), NS_MS(WAIT_MS));
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct sockaddr_in from;
	uint8_t buf[1500];
	socklen_t flen;
	int64_t left;
	ssize_t n;

	while ((left = mono_sub(end, mono_now()) / 1000000) > 0) {
		if (poll(&pfd, 1, (int)left) != 1)
			continue;
		flen = sizeof(from);
		n = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT,
		    (struct sockaddr *)&from, &flen);
		if (n > 0 && from.sin_addr.s_addr == to->sin_addr.s_addr &&
		    is_reply(buf, (size_t)n, id))
			return (true);
	}
	return (false);
}

enum diag_ping
probe_ping(const struct addr *to)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	enum diag_ping rv = PING_UNKNOWN;
	uint8_t buf[16];
	uint16_t id, i;
	int fd;

	if (to->family != ADDR_V4)
		return (PING_UNKNOWN);
	if ((fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)) ==
	    -1)
		return (PING_UNKNOWN);
	memcpy(&sin.sin_addr, to->b, 4);
	arc4random_buf(&id, sizeof(id));
	for (i = 0; i < TRIES && rv != PING_ANSWER; i++) {
		request(buf, id, i);
		if (sendto(fd, buf, sizeof(buf), 0, (struct sockaddr *)&sin,
		    sizeof(sin)) == -1)
			break;
		rv = wait_reply(fd, &sin, id) ? PING_ANSWER : PING_SILENCE;
	}
	(void)close(fd);
	return (rv);
}
