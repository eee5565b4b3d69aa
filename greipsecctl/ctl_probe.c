/* SPDX-License-Identifier: ISC */
/* runs in: greipsecctl.  See ctl_probe.h.  Each question has a socket of its
 * own, connected, so that no answer of another host is taken for one. */
#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greipsecctl/ctl_probe.h"
#include "lib/clock.h"

#define TRIES		3
#define WAIT_MS		350
#define MOST		240	/* sockets at once */
#define ECHO_LEN	16
#define IKE_LEN		28	/* a header and nothing behind it */
#define MARKER_LEN	4	/* RFC 3948 2.2 */

static const struct {
	uint8_t	request, reply;
} echo_types[] = { { 8, 0 }, { 128, 129 } };	/* IPv4, IPv6 */

const char *const probe_what_names[PROBE_WHATS] = {
	"icmp echo", "udp 500", "udp 4500"
};
static const char *const answer_names[PROBE_ANSWERS] = {
	"unknown", "silence", "answer", "refused"
};
static const struct fld probe_f[] = {
	F_STR(view_probe, site), F_ADDR(view_probe, from),
	F_ADDR(view_probe, to),
	F_ENUM(view_probe, what, PROBE_WHATS, probe_what_names),
	F_ENUM(view_probe, answer, PROBE_ANSWERS, answer_names),
	F_U32(view_probe, rtt_us), F_END
};
const struct fld_table view_probe_fld = FLD_TABLE(view_probe, probe_f);

/* One question under way. */
struct asked {
	struct view_probe	*v;
	struct mono		 sent;
	uint16_t		 id;
	uint8_t			 msg[MARKER_LEN + IKE_LEN];
	size_t			 len;
};

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

/* For IPv6 the kernel puts the checksum. */
static void
make_echo(struct asked *a, bool v6)
{
	uint8_t *p = a->msg;
	uint16_t sum;

	a->len = ECHO_LEN;
	p[0] = echo_types[v6].request;
	p[4] = (uint8_t)(a->id >> 8);
	p[5] = (uint8_t)a->id;
	sum = checksum(p, ECHO_LEN);
	p[2] = (uint8_t)(sum >> 8);
	p[3] = (uint8_t)sum;
}

/* An INFORMATIONAL request of an IKE SA that there is not: some answer
 * INVALID_IKE_SPI (RFC 7296 2.21.4), none takes harm. */
static void
make_ike(struct asked *a, bool marker)
{
	uint8_t *p = a->msg + (marker ? MARKER_LEN : 0);

	a->len = IKE_LEN + (marker ? MARKER_LEN : 0);
	arc4random_buf(p, 16);
	p[17] = 0x20;
	p[18] = 37;
	p[19] = 0x08;
	p[27] = IKE_LEN;
}

static socklen_t
address(const struct addr *a, uint16_t port, struct sockaddr_storage *ss)
{
	struct sockaddr_in *s4 = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *s6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (a->family == ADDR_V6) {
		s6->sin6_family = AF_INET6;
		s6->sin6_port = htons(port);
		memcpy(&s6->sin6_addr, a->b, 16);
		return (sizeof(*s6));
	}
	s4->sin_family = AF_INET;
	s4->sin_port = htons(port);
	memcpy(&s4->sin_addr, a->b, 4);
	return (sizeof(*s4));
}

/* From the tunnel's address, by whose way the question goes, to the peer's. */
static int
join_ends(int fd, const struct view_probe *v)
{
	static const uint16_t ports[PROBE_WHATS] = { 0, 500, 4500 };
	struct sockaddr_storage ss;
	socklen_t len = address(&v->from, 0, &ss);

	if (v->from.family == v->to.family &&
	    bind(fd, (struct sockaddr *)&ss, len) == -1)
		return (-1);
	len = address(&v->to, ports[v->what], &ss);
	return (connect(fd, (struct sockaddr *)&ss, len));
}

/* A socket for the question, or -1. */
static int
ask(struct asked *a)
{
	bool v6 = a->v->to.family == ADDR_V6, echo = a->v->what == PROBE_ECHO;
	int fd;

	if (a->v->to.family == ADDR_NONE)
		return (-1);
	fd = socket(v6 ? AF_INET6 : AF_INET, (echo ? SOCK_RAW : SOCK_DGRAM) |
	    SOCK_CLOEXEC | SOCK_NONBLOCK, !echo ? 0 : v6 ? IPPROTO_ICMPV6 :
	    IPPROTO_ICMP);
	if (fd == -1)
		return (-1);
	if (join_ends(fd, a->v) == -1) {
		(void)close(fd);
		return (-1);
	}
	arc4random_buf(&a->id, sizeof(a->id));
	if (echo)
		make_echo(a, v6);
	else
		make_ike(a, a->v->what == PROBE_4500);
	return (fd);
}

/* Whether a packet is the reply to our echo; IPv4 comes with its header. */
static bool
is_reply(const struct asked *a, const uint8_t *p, size_t len)
{
	bool v6 = a->v->to.family == ADDR_V6;
	size_t head = v6 || len == 0 ? 0 : (size_t)(p[0] & 15) * 4;

	return (len >= head + 8 && p[head] == echo_types[v6].reply &&
	    p[head + 4] == (uint8_t)(a->id >> 8) &&
	    p[head + 5] == (uint8_t)a->id);
}

/* Take what has come; true: that is the answer. */
static bool
take(struct asked *a, int fd)
{
	uint8_t buf[1500];
	int64_t us;
	ssize_t n;

	n = recv(fd, buf, sizeof(buf), 0);
	if (n == -1 && errno == ECONNREFUSED)
		a->v->answer = PROBE_REFUSED;
	else if (n > 0 && (a->v->what != PROBE_ECHO ||
	    is_reply(a, buf, (size_t)n))) {
		us = mono_sub(mono_now(), a->sent) / 1000;
		a->v->rtt_us = us < 1 ? 1 : (uint32_t)us;
		a->v->answer = PROBE_ANSWER;
	} else
		return (false);
	return (true);
}

/* Send all that are open; how many went. */
static size_t
send_all(struct asked *a, struct pollfd *p, size_t n)
{
	size_t i, sent = 0;

	for (i = 0; i < n; i++) {
		if (p[i].fd == -1)
			continue;
		a[i].sent = mono_now();
		if (send(p[i].fd, a[i].msg, a[i].len, 0) >= 0) {
			if (a[i].v->answer == PROBE_UNKNOWN)
				a[i].v->answer = PROBE_SILENCE;
			sent++;
		} else if (errno == ECONNREFUSED)
			a[i].v->answer = PROBE_REFUSED;
	}
	return (sent);
}

static void
wait_all(struct asked *a, struct pollfd *p, size_t n)
{
	struct mono end = mono_add(mono_now(), NS_MS(WAIT_MS));
	size_t i, open = 1;
	int64_t left;

	while (open > 0 &&
	    (left = mono_sub(end, mono_now()) / 1000000) > 0) {
		if (poll(p, (nfds_t)n, (int)left) == -1 && errno != EINTR)
			return;
		open = 0;
		for (i = 0; i < n; i++) {
			if (p[i].fd == -1)
				continue;
			if (p[i].revents != 0 && take(&a[i], p[i].fd)) {
				(void)close(p[i].fd);
				p[i].fd = -1;
			} else
				open++;
		}
	}
}

static void
run(struct view_probe *v, size_t n)
{
	struct asked a[MOST];
	struct pollfd p[MOST];
	size_t i;
	int try;

	memset(a, 0, sizeof(a));
	for (i = 0; i < n; i++) {
		a[i].v = &v[i];
		v[i].answer = PROBE_UNKNOWN;
		v[i].rtt_us = 0;
		p[i] = (struct pollfd){ .fd = ask(&a[i]), .events = POLLIN };
	}
	for (try = 0; try < TRIES; try++) {
		if (send_all(a, p, n) == 0)
			break;
		wait_all(a, p, n);
	}
	for (i = 0; i < n; i++)
		if (p[i].fd != -1)
			(void)close(p[i].fd);
}

void
probe_run(struct view_probe *v, size_t n)
{
	size_t some;

	for (; n > 0; v += some, n -= some) {
		some = n > MOST ? MOST : n;
		run(v, some);
	}
}
