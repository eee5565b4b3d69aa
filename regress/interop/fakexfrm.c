/* SPDX-License-Identifier: ISC */
/*
 * runs in: charon, of the interop tests only.
 *
 * LD_PRELOAD library for a foreign IKE daemon on a kernel without ESP: it
 * answers the SA and policy half of NETLINK_XFRM in user space and writes each
 * SA with its keys to $FAKEXFRM_LOG, a line each, so that a test can compare
 * both ends' SPIs, modes, algorithms and keys:
 *
 *	ADD src=A dst=B spi=0x... mode=transport encap=S/D ALG/ICV key=HEX ...
 *
 * A reply goes to the caller's own netlink port from a second socket; the
 * receive wrappers make it look as if the kernel (port 0) had sent it.
 * Everything else of netlink goes to the kernel.
 */
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NFD	1024
#define NBUCKET	4096
#define REAL(n)	((__typeof__(&n))dlsym(RTLD_NEXT, #n))
#define MINE(fd) ((fd) >= 0 && (fd) < NFD && tracked[fd])

struct sa {
	struct sa		*next;
	uint32_t		 spi_be;
	int			 proto, family;
	xfrm_address_t		 dst;
	size_t			 len;
	char			*buf;	/* the message that made it */
};

static unsigned char tracked[NFD];
static int helper = -1;
static uint32_t helper_port;
static struct sa *table[NBUCKET];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static FILE *
log_file(void)
{
	static FILE *f;
	static int tried;
	const char *path = getenv("FAKEXFRM_LOG");

	if (!tried && path != NULL && (f = fopen(path, "a")) != NULL)
		setlinebuf(f);
	tried = 1;
	return (f);
}

static void
log_key(FILE *f, const char *name, unsigned icv, const char *key, unsigned bits)
{
	unsigned i;

	fprintf(f, " %s/%u key=", name, icv);
	for (i = 0; i < bits / 8; i++)
		fprintf(f, "%02x", (unsigned char)key[i]);
}

/* What the kernel takes when no length is given. */
static unsigned
icv_bits(const char *name)
{
	return (strcmp(name, "hmac(sha384)") == 0 ? 192 :
	    strcmp(name, "hmac(sha512)") == 0 ? 256 : 96);
}

static void
log_attr(FILE *f, const struct nlattr *a)
{
	const void *p = a + 1;
	const struct xfrm_algo_aead *g = p;
	const struct xfrm_algo_auth *t = p;
	const struct xfrm_algo *c = p;
	const struct xfrm_encap_tmpl *e = p;

	switch (a->nla_type & NLA_TYPE_MASK) {
	case XFRMA_ALG_AEAD:
		log_key(f, g->alg_name, g->alg_icv_len, g->alg_key,
		    g->alg_key_len);
		break;
	case XFRMA_ALG_AUTH_TRUNC:
		log_key(f, t->alg_name, t->alg_trunc_len, t->alg_key,
		    t->alg_key_len);
		break;
	case XFRMA_ALG_AUTH:
		log_key(f, c->alg_name, icv_bits(c->alg_name), c->alg_key,
		    c->alg_key_len);
		break;
	case XFRMA_ALG_CRYPT:
		log_key(f, c->alg_name, 0, c->alg_key, c->alg_key_len);
		break;
	case XFRMA_ENCAP:
		fprintf(f, " encap=%u/%u", ntohs(e->encap_sport),
		    ntohs(e->encap_dport));
		break;
	default:
		break;
	}
}

static void
log_sa(const char *op, const struct nlmsghdr *h)
{
	const struct xfrm_usersa_info *x = NLMSG_DATA(h);
	const struct nlattr *a;
	char s[INET6_ADDRSTRLEN], d[INET6_ADDRSTRLEN];
	FILE *f = log_file();
	int left, step;

	if (f == NULL)
		return;
	inet_ntop(x->family, &x->saddr, s, sizeof(s));
	inet_ntop(x->family, &x->id.daddr, d, sizeof(d));
	fprintf(f, "%s src=%s dst=%s spi=0x%08x mode=%s", op, s, d,
	    ntohl(x->id.spi), x->mode == XFRM_MODE_TRANSPORT ? "transport" :
	    "tunnel");
	a = (const void *)((const char *)x + NLMSG_ALIGN(sizeof(*x)));
	left = (int)h->nlmsg_len - NLMSG_LENGTH(NLMSG_ALIGN(sizeof(*x)));
	while (left >= (int)sizeof(*a) && a->nla_len >= sizeof(*a) &&
	    a->nla_len <= left) {
		log_attr(f, a);
		step = NLA_ALIGN(a->nla_len);
		left -= step;
		a = (const void *)((const char *)a + step);
	}
	fputc('\n', f);
}

static uint32_t
own_port(int fd)
{
	struct sockaddr_nl me = { 0 };
	socklen_t len = sizeof(me);

	getsockname(fd, (struct sockaddr *)&me, &len);
	if (me.nl_pid == 0) {
		me.nl_family = AF_NETLINK;
		bind(fd, (struct sockaddr *)&me, sizeof(me));
		len = sizeof(me);
		getsockname(fd, (struct sockaddr *)&me, &len);
	}
	return (me.nl_pid);
}

static void
reply(int fd, const void *msg, size_t len)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK,
	    .nl_pid = own_port(fd) };

	if (REAL(sendto)(helper, msg, len, 0, (struct sockaddr *)&to,
	    sizeof(to)) < 0)
		perror("fakexfrm: reply");
}

static void
ack(int fd, const struct nlmsghdr *h, int error)
{
	struct {
		struct nlmsghdr		h;
		struct nlmsgerr		e;
	} r;

	memset(&r, 0, sizeof(r));
	r.h.nlmsg_len = sizeof(r);
	r.h.nlmsg_type = NLMSG_ERROR;
	r.h.nlmsg_seq = h->nlmsg_seq;
	r.h.nlmsg_pid = own_port(fd);
	r.e.error = -error;
	r.e.msg = *h;
	reply(fd, &r, sizeof(r));
}

static struct sa **
find(uint32_t spi_be, int proto, const xfrm_address_t *dst, int family)
{
	struct sa **p = &table[ntohl(spi_be) % NBUCKET];

	for (; *p != NULL; p = &(*p)->next)
		if ((*p)->spi_be == spi_be && (*p)->proto == proto &&
		    memcmp(dst, &(*p)->dst, family == AF_INET ? 4 : 16) == 0)
			break;
	return (p);
}

static void
on_allocspi(int fd, const struct nlmsghdr *h)
{
	const struct xfrm_userspi_info *u = NLMSG_DATA(h);
	struct {
		struct nlmsghdr		h;
		struct xfrm_usersa_info	x;
	} r;
	uint32_t spi = 0;

	memset(&r, 0, sizeof(r));
	while (spi < 0x1000)
		if (getrandom(&spi, sizeof(spi), 0) != sizeof(spi))
			abort();
	if (u->max > u->min)
		spi = u->min + spi % (u->max - u->min + 1);
	r.h = *h;
	r.h.nlmsg_len = sizeof(r);
	r.h.nlmsg_type = XFRM_MSG_NEWSA;
	r.h.nlmsg_flags = 0;
	r.x = u->info;
	r.x.id.spi = htonl(spi);
	reply(fd, &r, sizeof(r));
}

static void
on_newsa(int fd, const struct nlmsghdr *h)
{
	const struct xfrm_usersa_info *x = NLMSG_DATA(h);
	struct sa **p = find(x->id.spi, x->id.proto, &x->id.daddr, x->family);
	struct sa *s = *p;
	int is_new = h->nlmsg_type == XFRM_MSG_NEWSA;

	log_sa(is_new ? "ADD" : "UPD", h);
	if (s != NULL && is_new) {
		ack(fd, h, EEXIST);
		return;
	}
	if (s == NULL) {
		if ((s = calloc(1, sizeof(*s))) == NULL)
			abort();
		s->spi_be = x->id.spi;
		s->proto = x->id.proto;
		s->family = x->family;
		s->dst = x->id.daddr;
		*p = s;
	}
	free(s->buf);
	if ((s->buf = malloc(h->nlmsg_len)) == NULL)
		abort();
	memcpy(s->buf, h, h->nlmsg_len);
	s->len = h->nlmsg_len;
	ack(fd, h, 0);
}

static void
on_delsa_getsa(int fd, const struct nlmsghdr *h)
{
	const struct xfrm_usersa_id *x = NLMSG_DATA(h);
	struct sa **p = find(x->spi, x->proto, &x->daddr, x->family);
	struct sa *s = *p;
	struct nlmsghdr *g;

	if (h->nlmsg_type == XFRM_MSG_DELSA && log_file() != NULL)
		fprintf(log_file(), "DEL spi=0x%08x\n", ntohl(x->spi));
	if (s == NULL) {
		ack(fd, h, ESRCH);
	} else if (h->nlmsg_type == XFRM_MSG_DELSA) {
		*p = s->next;
		free(s->buf);
		free(s);
		ack(fd, h, 0);
	} else {
		if ((g = malloc(s->len)) == NULL)
			abort();
		memcpy(g, s->buf, s->len);
		g->nlmsg_type = XFRM_MSG_NEWSA;
		g->nlmsg_seq = h->nlmsg_seq;
		g->nlmsg_flags = 0;
		g->nlmsg_pid = 0;
		reply(fd, g, g->nlmsg_len);
		free(g);
	}
}

static void
on_flush(int fd, const struct nlmsghdr *h)
{
	struct sa *s;
	int i;

	for (i = 0; i < NBUCKET; i++) {
		while ((s = table[i]) != NULL) {
			table[i] = s->next;
			free(s->buf);
			free(s);
		}
	}
	if (log_file() != NULL)
		fprintf(log_file(), "FLUSH\n");
	ack(fd, h, 0);
}

/* 1 when the message was answered here. */
static int
answer(int fd, const void *buf, size_t len)
{
	const struct nlmsghdr *h = buf;
	int done = 1;

	if (len < sizeof(*h) || len < h->nlmsg_len)
		return (0);
	pthread_mutex_lock(&lock);
	switch (h->nlmsg_type) {
	case XFRM_MSG_ALLOCSPI:
		on_allocspi(fd, h);
		break;
	case XFRM_MSG_NEWSA:
	case XFRM_MSG_UPDSA:
		on_newsa(fd, h);
		break;
	case XFRM_MSG_DELSA:
	case XFRM_MSG_GETSA:
		on_delsa_getsa(fd, h);
		break;
	case XFRM_MSG_FLUSHSA:
		on_flush(fd, h);
		break;
	case XFRM_MSG_NEWAE:
	case XFRM_MSG_NEWPOLICY:
	case XFRM_MSG_UPDPOLICY:
	case XFRM_MSG_DELPOLICY:
	case XFRM_MSG_FLUSHPOLICY:
		ack(fd, h, 0);
		break;
	default:
		done = 0;
		break;
	}
	pthread_mutex_unlock(&lock);
	return (done);
}

int
socket(int domain, int type, int proto)
{
	int fd = REAL(socket)(domain, type, proto);
	struct sockaddr_nl a = { .nl_family = AF_NETLINK };
	socklen_t len = sizeof(a);

	if (fd < 0 || fd >= NFD)
		return (fd);
	tracked[fd] = domain == AF_NETLINK && proto == NETLINK_XFRM;
	if (!tracked[fd])
		return (fd);
	pthread_mutex_lock(&lock);
	if (helper < 0) {
		helper = REAL(socket)(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
		    NETLINK_XFRM);
		a.nl_pid = 0x20000000u + (uint32_t)getpid();
		bind(helper, (struct sockaddr *)&a, sizeof(a));
		getsockname(helper, (struct sockaddr *)&a, &len);
		helper_port = a.nl_pid;
	}
	pthread_mutex_unlock(&lock);
	return (fd);
}

int
close(int fd)
{
	if (MINE(fd))
		tracked[fd] = 0;
	return (REAL(close)(fd));
}

/* The helper's replies come from "the kernel". */
static void
disguise(void *addr, socklen_t len)
{
	struct sockaddr_nl *n = addr;

	if (n != NULL && len >= sizeof(*n) && n->nl_family == AF_NETLINK &&
	    n->nl_pid == helper_port)
		n->nl_pid = 0;
}

ssize_t
sendto(int fd, const void *b, size_t n, int fl, const struct sockaddr *a,
    socklen_t l)
{
	if (MINE(fd) && answer(fd, b, n))
		return ((ssize_t)n);
	return (REAL(sendto)(fd, b, n, fl, a, l));
}

ssize_t
send(int fd, const void *b, size_t n, int fl)
{
	if (MINE(fd) && answer(fd, b, n))
		return ((ssize_t)n);
	return (REAL(send)(fd, b, n, fl));
}

ssize_t
sendmsg(int fd, const struct msghdr *m, int fl)
{
	char buf[16384];
	size_t i, n = 0;

	for (i = 0; MINE(fd) && i < m->msg_iovlen &&
	    n + m->msg_iov[i].iov_len <= sizeof(buf); i++) {
		memcpy(buf + n, m->msg_iov[i].iov_base, m->msg_iov[i].iov_len);
		n += m->msg_iov[i].iov_len;
	}
	if (MINE(fd) && answer(fd, buf, n))
		return ((ssize_t)n);
	return (REAL(sendmsg)(fd, m, fl));
}

ssize_t
recvfrom(int fd, void *b, size_t n, int fl, struct sockaddr *a, socklen_t *l)
{
	ssize_t r = REAL(recvfrom)(fd, b, n, fl, a, l);

	if (r >= 0 && MINE(fd) && a != NULL && l != NULL)
		disguise(a, *l);
	return (r);
}

ssize_t
recvmsg(int fd, struct msghdr *m, int fl)
{
	ssize_t r = REAL(recvmsg)(fd, m, fl);

	if (r >= 0 && MINE(fd))
		disguise(m->msg_name, m->msg_namelen);
	return (r);
}
