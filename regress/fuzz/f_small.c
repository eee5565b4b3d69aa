/* SPDX-License-Identifier: ISC */
/*
 * Small parsers of what others say, one by the first byte: IPv4 headers of raw
 * sockets in ospf and esp, ICMP errors about what was sent, the state that a
 * run left, rules of nft, and the words of a command.
 */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>

/* the drops of esp and ospf end alike */
#define DROP_N		ESP_DROP_N
#include "esp/esp_io.h"
#undef DROP_N
#include "fuzz.h"
#include "greipsecctl/ctl_data.h"
#include "greipsecctl/ctl_nft.h"
#include "greipsecctl/ctl_parse.h"
#include "greipsecd/state.h"
#include "lib/errq.h"
#include "ospf/ospf_wire.h"

#define WORDS_MAX	16

static struct fuzz in;

/* The kernel, in place of libc's calls. */
ssize_t
recvmsg(int fd, struct msghdr *m, int flags)
{
	const uint8_t *p;
	size_t n, k;

	(void)fd;
	(void)flags;
	if (in.n == 0) {
		errno = EAGAIN;
		return (-1);
	}
	p = fuzz_chunk(&in, &n);
	k = n < m->msg_namelen ? n : m->msg_namelen;
	memcpy(m->msg_name, p, k);
	p = fuzz_chunk(&in, &n);
	k = n < m->msg_controllen ? n : m->msg_controllen;
	memcpy(m->msg_control, p, k);
	/* the kernel writes no header that is too short or too long */
	m->msg_controllen = k;
	if (k < sizeof(struct cmsghdr) ||
	    CMSG_FIRSTHDR(m)->cmsg_len > k ||
	    CMSG_FIRSTHDR(m)->cmsg_len < CMSG_LEN(16))
		m->msg_controllen = 0;
	else
		m->msg_controllen = CMSG_FIRSTHDR(m)->cmsg_len;
	p = fuzz_chunk(&in, &n);
	k = n < m->msg_iov[0].iov_len ? n : m->msg_iov[0].iov_len;
	memcpy(m->msg_iov[0].iov_base, p, k);
	m->msg_flags = n > k ? MSG_TRUNC : 0;
	return ((ssize_t)k);
}

int
recvmmsg(int fd, struct mmsghdr *v, unsigned int n, int flags,
    struct timespec *t)
{
	unsigned int i;
	ssize_t len;

	(void)t;
	for (i = 0; i < n && in.n > 0; i++) {
		len = recvmsg(fd, &v[i].msg_hdr, flags);
		v[i].msg_len = (unsigned int)len;
	}
	return ((int)i);
}

static void
ip_header(void)
{
	uint32_t src, dst;
	const uint8_t *p;
	uint8_t ttl;
	size_t n;

	p = ip4_strip(in.p, in.n, &n, &src, &dst, &ttl);
	MUST(p == NULL || (p >= in.p + 20 && p + n == in.p + in.n));
}

static void
esp_socket(void)
{
	static const enum esp_sock_kind kinds[] = { ESP_SOCK_RAW4,
	    ESP_SOCK_RAW6, ESP_SOCK_UDP4, ESP_SOCK_UDP6 };
	static struct io_batch *b;
	const struct pkt *k;
	int i, n;

	if (b == NULL)
		MUST((b = io_new()) != NULL);
	n = io_recv(b, 0, kinds[fuzz_u8(&in) % 4]);
	for (i = 0, k = io_pkts(b); i < n; i++, k++)
		MUST(k->off >= PKT_HEAD && k->off + k->len <=
		    PKT_CAP - PKT_TAIL);
}

static void
icmp_errors(void)
{
	struct errq_report r;

	while (errq_next(0, &r))
		MUST(!r.here || r.spi == 0);
}

static void
kept_state(void)
{
	uint8_t b[STATE_LEN], again[STATE_LEN];
	struct state s = { .ospf_seq = 1 }, t;

	if (state_decode(in.p, in.n, &s) == STATE_OK)
		MUST(in.n == STATE_LEN);
	state_encode(&s, b);
	MUST(state_decode(b, sizeof(b), &t) == STATE_OK);
	state_encode(&t, again);
	MUST(memcmp(b, again, sizeof(b)) == 0);
}

static void
nft_rules(void)
{
	const struct ctl_ospfif lan = { .name = "lan", .len = 24 };
	char where[FORWARD_WHERE_MAX];
	struct data none = { 0 };
	struct rows r = { 0 };
	struct forward *fwd;
	FILE *f;

	MUST(rows_add(data_rows(&none, CTL_OSPFIF), &lan) == 0);
	if (in.n == 0 ||
	    (f = fmemopen((void *)(uintptr_t)in.p, in.n, "r")) == NULL) {
		data_free(&none);
		return;
	}
	MUST((fwd = forward_new(&none)) != NULL);
	MUST(nft_scan(f, &r, fwd) == 0);
	(void)forward_judge(fwd, where);
	forward_free(fwd);
	fclose(f);
	rows_free(&r);
	data_free(&none);
}

static void
words(void)
{
	char text[512], why[PARSE_WHY_MAX], *v[WORDS_MAX + 1], *p = text;
	size_t len = in.n < sizeof(text) - 1 ? in.n : sizeof(text) - 1;
	struct command c;
	int n = 0;

	memcpy(text, in.p, len);
	text[len] = '\0';
	while (n < WORDS_MAX && (v[n] = strsep(&p, " ")) != NULL)
		n++;
	v[n] = NULL;
	why[0] = '\0';
	if (parse_command(n, v, &c, why) == -1)
		MUST(why[0] != '\0' && strlen(why) < PARSE_WHY_MAX &&
		    strchr(why, '\n') == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void (*const which[])(void) = { ip_header, esp_socket,
	    icmp_errors, kept_state, nft_rules, words };

	in = (struct fuzz){ data, len };
	which[fuzz_u8(&in) % (sizeof(which) / sizeof(which[0]))]();
	return (0);
}
