/* SPDX-License-Identifier: ISC */
/*
 * The IKE engine on real sockets, without the rest of the daemon: this plays
 * main, keys and the event loop around it.
 *
 *	ikedrive CONFIG SALOG <ORDERS >EVENTS
 *
 * CONFIG has one tunnel, lines "KEY VALUE":
 *	local ADDR  remote ADDR  local-id FQDN  remote-id FQDN
 *	psk TEXT  psk2 TEXT  priv BASE64  remote-key BASE64
 *	ike PROPOSAL  esp PROPOSAL  (both again for more)
 *	mode transport|tunnel  start auto|initiate|respond  lower yes
 *	nat auto|force|off  ike-life S  child-life S  dpd S
 *	cookie N (half-open from which cookies are asked for; at the start)
 * SALOG gets a line for each SA in the form of regress/interop/fakexfrm.c.
 * ORDERS: try, rekey-child, rekey-ike, restart, down, up, silent, quit; conf,
 * which reads CONFIG again; show: "count NAME N" for what was counted, "ikes N
 * SPI-I SPI-R" for the IKE SAs there are; or "forge NAME", which says what a peer
 * should not (ikedrive -l: the list, with verdicts; regress/scenario/lib_forge.h).
 * EVENTS are printed as they come.
 */
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ike/ike_crypto.h"
#include "ike/ike_engine.h"
#include "ike/keys_auth.h"
#include "lib/base64.h"
#include "lib/clock.h"
#include "lib/ed25519.h"
#include "regress/scenario/lib_forge.h"

#define TID	1

static struct {
	const char		*conf;
	FILE			*salog;
	struct ike_tunnel	 t;
	struct keys_secret	 secret;
	int			 fd[2];		/* 500, 4500 */
	struct mono		 start;
	struct ike_engine	*e;
	bool			 silent, eof, done;
	struct forger		 forger;
	uint32_t		 cookie_at;
} self;

/* --- configuration --- */

static void
set_addr(struct addr *a, const char *v)
{
	if (addr_parse(v, a) == -1)
		errx(2, "%s: not an address", v);
}

static void
set_id(struct ike_ident *id, const char *v)
{
	id->type = IKE_ID_FQDN;
	id->n_data = (uint16_t)strnlen(v, sizeof(id->data));
	memcpy(id->data, v, id->n_data);
}

static void
set_psk(uint8_t *b, uint16_t *n, const char *v)
{
	self.t.auth = self.secret.auth = AUTH_PSK;
	*n = (uint16_t)strnlen(v, KEYS_PSK_MAX);
	memcpy(b, v, *n);
}

static void
set_key(const char *key, const char *v)
{
	self.t.auth = self.secret.auth = AUTH_ED25519;
	if (strcmp(key, "priv") == 0) {
		self.secret.n_priv = ED25519_LEN;
		if (base64_get(v, self.secret.priv, ED25519_LEN) == -1 ||
		    ed25519_public(self.secret.priv, self.t.local_pub) == -1)
			errx(2, "bad private key");
		return;
	}
	if (base64_get(v, self.secret.remote_pub, ED25519_LEN) == -1)
		errx(2, "bad public key");
	memcpy(self.t.remote_pub, self.secret.remote_pub, ED25519_LEN);
}

static void
add_proposal(struct proposal *list, uint16_t *n, enum suite_proto proto,
    const char *v)
{
	const char *why, *bad;
	size_t len;

	if (*n == PROPOSALS_MAX || proposal_parse(v, proto, &list[*n], &why,
	    &bad, &len) == -1)
		errx(2, "%s: bad proposal", v);
	(*n)++;
}

static int
word_of(const char *const *names, int n, const char *v)
{
	int i;

	for (i = 0; i < n; i++)
		if (strcmp(names[i], v) == 0)
			return (i);
	errx(2, "%s: unknown", v);
}

static uint32_t
number(const char *v)
{
	return ((uint32_t)strtoul(v, NULL, 10));
}

static void
take_peer(const char *k, const char *v)
{
	struct ike_tunnel *t = &self.t;

	if (strcmp(k, "local") == 0)
		set_addr(&t->local, v);
	else if (strcmp(k, "remote") == 0)
		set_addr(&t->remote, v);
	else if (strcmp(k, "local-id") == 0)
		set_id(&t->local_id, v);
	else if (strcmp(k, "remote-id") == 0)
		set_id(&t->remote_id, v);
	else if (strcmp(k, "psk") == 0)
		set_psk(self.secret.psk, &self.secret.n_psk, v);
	else if (strcmp(k, "psk2") == 0)
		set_psk(self.secret.psk2, &self.secret.n_psk2, v);
	else if (strcmp(k, "priv") == 0 || strcmp(k, "remote-key") == 0)
		set_key(k, v);
	else
		errx(2, "%s: unknown", k);
}

static void
take(const char *k, const char *v)
{
	struct ike_tunnel *t = &self.t;

	if (strcmp(k, "ike") == 0)
		add_proposal(t->ike, &t->n_ike, PROTO_IKE, v);
	else if (strcmp(k, "esp") == 0)
		add_proposal(t->esp, &t->n_esp, PROTO_ESP, v);
	else if (strcmp(k, "mode") == 0)
		t->mode = (enum ipsec_mode)word_of(ipsec_mode_names, MODE_N, v);
	else if (strcmp(k, "start") == 0)
		t->start = (enum ike_start)word_of(ike_start_names, START_N, v);
	else if (strcmp(k, "nat") == 0)
		t->nat = (enum nat_mode)word_of(nat_mode_names, NAT_N, v);
	else if (strcmp(k, "lower") == 0)
		t->lower_id = strcmp(v, "yes") == 0;
	else if (strcmp(k, "ike-life") == 0)
		t->ike_life_s = number(v);
	else if (strcmp(k, "child-life") == 0)
		t->child_life_s = number(v);
	else if (strcmp(k, "dpd") == 0)
		t->dpd_s = number(v);
	else if (strcmp(k, "cookie") == 0)
		self.cookie_at = number(v);
	else
		take_peer(k, v);
}

static void
read_conf(void)
{
	char line[512], *v;
	FILE *f = fopen(self.conf, "r");

	if (f == NULL)
		err(2, "%s", self.conf);
	memset(&self.t, 0, sizeof(self.t));
	memset(&self.secret, 0, sizeof(self.secret));
	self.t.tid = self.secret.tid = TID;
	(void)snprintf(self.t.name, sizeof(self.t.name), "t");
	self.t.ts_proto = 47;
	self.t.replay_window = 1024;
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '\0' || (v = strchr(line, ' ')) == NULL)
			continue;
		*v++ = '\0';
		take(line, v);
	}
	fclose(f);
}

/* --- the log of SAs, as fakexfrm writes it --- */

static void
log_alg(uint8_t type, uint16_t id, const uint8_t *key, size_t len)
{
	static const struct {
		uint8_t		 type;
		uint16_t	 id;
		const char	*name;
	} names[] = {
		{ XFORM_ENCR, ENCR_AES_GCM_16, "rfc4106(gcm(aes))/128" },
		{ XFORM_ENCR, ENCR_CHACHA20_POLY1305,
		    "rfc7539esp(chacha20,poly1305)/128" },
		{ XFORM_ENCR, ENCR_AES_CBC, "aes/0" },
		{ XFORM_INTEG, INTEG_HMAC_SHA1_96, "sha1/96" },
		{ XFORM_INTEG, INTEG_HMAC_SHA2_256_128, "hmac(sha256)/128" },
		{ XFORM_INTEG, INTEG_HMAC_SHA2_384_192, "hmac(sha384)/192" },
		{ XFORM_INTEG, INTEG_HMAC_SHA2_512_256, "hmac(sha512)/256" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type && names[i].id == id)
			break;
	fprintf(self.salog, " %s key=", i < sizeof(names) / sizeof(names[0]) ?
	    names[i].name : "unknown/0");
	for (i = 0; i < len; i++)
		fprintf(self.salog, "%02x", key[i]);
}

static void
log_add(const struct sa_spec *s)
{
	char l[ADDR_TEXT_MAX], r[ADDR_TEXT_MAX];

	addr_text(&s->local, l);
	addr_text(&s->remote, r);
	fprintf(self.salog, "ADD src=%s dst=%s spi=0x%08x mode=%s",
	    s->dir == SA_IN ? r : l, s->dir == SA_IN ? l : r, s->spi,
	    ipsec_mode_names[s->mode]);
	if (s->udp)
		fprintf(self.salog, " encap=%u/%u", s->dir == SA_IN ?
		    s->remote_port : s->local_port, s->dir == SA_IN ?
		    s->local_port : s->remote_port);
	log_alg(XFORM_ENCR, s->encr, s->encr_key, s->n_encr_key);
	if (s->integ != INTEG_NONE)
		log_alg(XFORM_INTEG, s->integ, s->integ_key, s->n_integ_key);
	fputc('\n', self.salog);
}

static void
log_del(const struct sa_ref *s)
{
	fprintf(self.salog, "DEL spi=0x%08x\n", s->spi);
}

/* --- sockets --- */

static socklen_t
to_sockaddr(const struct addr *a, uint16_t port, struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *s6 = (void *)ss;
	struct sockaddr_in *s4 = (void *)ss;

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

static void
from_sockaddr(const struct sockaddr_storage *ss, struct addr *a,
    uint16_t *port)
{
	const struct sockaddr_in6 *s6 = (const void *)ss;
	const struct sockaddr_in *s4 = (const void *)ss;

	memset(a, 0, sizeof(*a));
	if (ss->ss_family == AF_INET6) {
		a->family = ADDR_V6;
		memcpy(a->b, &s6->sin6_addr, 16);
		*port = ntohs(s6->sin6_port);
		return;
	}
	a->family = ADDR_V4;
	memcpy(a->b, &s4->sin_addr, 4);
	*port = ntohs(s4->sin_port);
}

/* Each socket is bound to the tunnel's local address, so no packet info. */
static int
sock_open(uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t len = to_sockaddr(&self.t.local, port, &ss);
	int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&ss, len) == -1)
		err(1, "port %u", port);
	return (fd);
}

static void
tx(const struct ike_tx *p)
{
	struct sockaddr_storage ss;
	socklen_t len = to_sockaddr(&p->remote, p->remote_port, &ss);

	if (self.silent)
		return;
	(void)sendto(self.fd[p->local_port == IKE_PORT_NATT], p->data, p->len,
	    0, (struct sockaddr *)&ss, len);
}

/* --- what a peer should not say; on port 500 only --- */

static void
say(const char *what, const char *text)
{
	printf("%8.3f %s %s\n", (double)mono_sub(mono_now(), self.start) / 1e9,
	    what, text);
	fflush(stdout);
}

/* What goes out in place of p, if one of the list is to be told. */
static void
tx_or_forged(const struct ike_tx *p)
{
	static uint8_t buf[FORGE_LEN];
	struct ike_tx t = *p;

	/* until the next order: its answer would be taken for the other's */
	if (forger_repeats(&self.forger, p->data, p->len))
		return;
	t.len = forger_out(&self.forger, self.e, p->data, p->len, buf,
	    sizeof(buf));
	t.data = buf;
	if (t.len > 0)
		say("forged", self.forger.c->name);
	tx(t.len > 0 ? &t : p);
}

static void
tx_info(void)
{
	static uint8_t buf[FORGE_LEN];
	struct ike_tx t = { .local = self.t.local, .remote = self.t.remote,
	    .local_port = IKE_PORT, .remote_port = IKE_PORT, .data = buf };

	t.len = forger_info(&self.forger, self.e, buf, sizeof(buf));
	if (t.len == 0)
		return;
	say("forged", self.forger.c->name);
	tx(&t);
}

static void
rx_forged(const uint8_t *p, size_t len)
{
	char text[96];

	if (!forger_in(&self.forger, self.e, p, len))
		return;
	(void)snprintf(text, sizeof(text), "%u %s", self.forger.verdict,
	    self.forger.c->name);
	say("answer", text);
}

static void
forge_list(void)
{
	const struct forge_case *c;

	for (c = forge_cases; c < forge_cases + forge_n_cases; c++)
		printf("%s|%d|%u|%s|%d\n", c->name, (int)c->base, c->answer,
		    ike_drop_names[c->drop], c->harm);
}

/* --- what main and keys would do --- */

static void	step(const struct ike_input *);

static void
installed(const struct sa_spec *s)
{
	struct sa_done done = { .tid = s->tid, .dir = s->dir, .spi = s->spi };

	log_add(s);
	step(&(struct ike_input){ .type = IKE_IN_SA_DONE, .sa_done = &done });
}

static void
ask_keys(const struct ike_output *o)
{
	static struct keys_auth q;
	struct keys_done done;
	bool verify = o->type == IKE_OUT_KEYS_VERIFY;

	q = *o->keys;
	if (verify)
		keys_auth_verify(&self.secret, &q, &done);
	else
		keys_auth_make(&self.secret, &q, &done);
	step(&(struct ike_input){ .type = verify ? IKE_IN_VERIFY_DONE :
	    IKE_IN_AUTH_DONE, .keys = &done });
}

static void
say_state(const struct ike_state *s)
{
	char text[80];

	(void)snprintf(text, sizeof(text), "ike=%d child=%d udp=%d mode=%s",
	    s->ike_up, s->child_up, s->udp, ipsec_mode_names[s->mode]);
	say("state", text);
}

static void
drain(void)
{
	struct ike_output o;

	while (ike_engine_pop(self.e, &o)) {
		switch (o.type) {
		case IKE_OUT_DATAGRAM:
			tx_or_forged(&o.tx);
			break;
		case IKE_OUT_KEYS_AUTH:
		case IKE_OUT_KEYS_VERIFY:
			ask_keys(&o);
			break;
		case IKE_OUT_SA_ADD:
			installed(o.sa);
			break;
		case IKE_OUT_SA_DEL:
			log_del(&o.ref);
			break;
		case IKE_OUT_STATE:
			say_state(&o.state);
			break;
		case IKE_OUT_EVENT:
			say(o.event->what, o.event->text);
			break;
		case IKE_OUT_DONE:
			self.done = true;
			break;
		}
	}
}

static void
step(const struct ike_input *in)
{
	ike_engine_step(self.e, mono_now(), in);
}

static void
rx(int i)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	static uint8_t buf[65536];
	struct ike_rx r = { .local = self.t.local,
	    .local_port = i == 0 ? IKE_PORT : IKE_PORT_NATT, .data = buf };
	ssize_t n;

	n = recvfrom(self.fd[i], buf, sizeof(buf), 0, (struct sockaddr *)&ss,
	    &len);
	if (n < 0)
		return;
	from_sockaddr(&ss, &r.remote, &r.remote_port);
	r.len = (size_t)n;
	rx_forged(buf, r.len);
	if (!self.silent)
		step(&(struct ike_input){ .type = IKE_IN_DATAGRAM, .rx = &r });
}

/* --- orders --- */

static void
kick(enum ike_kick_what what)
{
	struct ike_kick k = { .tid = TID, .what = what };

	step(&(struct ike_input){ .type = IKE_IN_KICK, .kick = &k });
}

static void
forge(const char *name)
{
	const struct forge_case *c = forge_case_find(name);

	if (c == NULL)
		errx(2, "%s: not in the list", name);
	/* an answer waits for who asks */
	forger_arm(&self.forger, c);
	if (c->base == FORGE_AUTH || c->base == FORGE_CHILD ||
	    c->base == FORGE_IKE)
		kick(forge_kicks[c->base]);
}

static void
configure(void)
{
	read_conf();
	step(&(struct ike_input){ .type = IKE_IN_BEGIN });
	step(&(struct ike_input){ .type = IKE_IN_TUNNEL, .tunnel = &self.t });
	step(&(struct ike_input){ .type = IKE_IN_COMMIT });
}

static void
show_row(void *ctx, const struct fld_table *t, const void *obj)
{
	const struct ctl_counter *c = obj;
	const struct ctl_ike *i = obj;

	(void)ctx;
	if (t == &ctl_ike_fld)
		printf(" %016llx %016llx\n", (unsigned long long)i->spi_i,
		    (unsigned long long)i->spi_r);
	else if (c->n != 0)
		printf("count %s %llu\n", c->name, (unsigned long long)c->n);
}

static void
show(void)
{
	static const struct ctl_req req;
	size_t half, ikes, children;

	ike_engine_count(self.e, &half, &ikes, &children);
	(void)ike_engine_show(self.e, mono_now(), CTL_COUNTER, &req, show_row,
	    NULL);
	printf("ikes %zu", ikes);
	(void)ike_engine_show(self.e, mono_now(), CTL_IKE, &req, show_row,
	    NULL);
	fflush(stdout);
}

static void
order(const char *w)
{
	static const char *const kicks[KICK_N] = {
		[KICK_TRY_NOW] = "try", [KICK_MOVED] = "moved",
		[KICK_REKEY_CHILD] = "rekey-child",
		[KICK_REKEY_IKE] = "rekey-ike", [KICK_RESTART] = "restart",
		[KICK_DOWN] = "down", [KICK_UP] = "up"
	};

	if (strncmp(w, "forge ", 6) == 0) {
		forge(w + 6);
	} else if (strcmp(w, "conf") == 0) {
		configure();
	} else if (strcmp(w, "quit") == 0) {
		step(&(struct ike_input){ .type = IKE_IN_SHUTDOWN });
	} else if (strcmp(w, "silent") == 0) {
		self.silent = !self.silent;
	} else if (strcmp(w, "show") == 0) {
		show();
	} else {
		kick((enum ike_kick_what)word_of(kicks, KICK_N, w));
	}
}

/* Whole lines of stdin; its end is "quit". */
static void
read_orders(void)
{
	static char buf[512];
	static size_t n;
	char *nl;
	ssize_t r;

	r = read(STDIN_FILENO, buf + n, sizeof(buf) - 1 - n);
	if (r <= 0) {
		self.eof = true;
		order("quit");
		return;
	}
	n += (size_t)r;
	buf[n] = '\0';
	while ((nl = strchr(buf, '\n')) != NULL) {
		*nl = '\0';
		order(buf);
		n -= (size_t)(nl + 1 - buf);
		memmove(buf, nl + 1, n + 1);
	}
}

static int
timeout_ms(void)
{
	int64_t ns = mono_sub(ike_engine_next(self.e), mono_now());

	return (ns <= 0 ? 0 : ns > NS_S(60) ? 60000 : (int)(ns / 1000000) + 1);
}

static void
loop(void)
{
	struct pollfd p[3];
	int i;

	while (!self.done) {
		p[0] = (struct pollfd){ self.fd[0], POLLIN, 0 };
		p[1] = (struct pollfd){ self.fd[1], POLLIN, 0 };
		p[2] = (struct pollfd){ self.eof ? -1 : STDIN_FILENO, POLLIN,
		    0 };
		if (poll(p, 3, timeout_ms()) == -1 && errno != EINTR)
			err(1, "poll");
		for (i = 0; i < 2; i++)
			if (p[i].revents & (POLLIN | POLLERR))
				rx(i);
		if (p[2].revents != 0)
			read_orders();
		step(&(struct ike_input){ .type = IKE_IN_TICK });
		drain();
		tx_info();
	}
}

int
main(int argc, char *argv[])
{
	struct ike_params par = { .rng = &ike_rng_os, .ke = &ike_ke_real };

	if (argc == 2 && strcmp(argv[1], "-l") == 0) {
		forge_list();
		return (0);
	}
	if (argc != 3)
		errx(2, "usage: ikedrive CONFIG SALOG <ORDERS >EVENTS");
	self.conf = argv[1];
	if ((self.salog = fopen(argv[2], "a")) == NULL)
		err(1, "%s", argv[2]);
	setlinebuf(self.salog);
	self.start = mono_now();
	read_conf();
	self.fd[0] = sock_open(IKE_PORT);
	self.fd[1] = sock_open(IKE_PORT_NATT);
	par.cookie_at = self.cookie_at;
	if ((self.e = ike_engine_new(&par, mono_now())) == NULL)
		errx(1, "no engine");
	configure();
	step(&(struct ike_input){ .type = IKE_IN_KEYS_UP });
	drain();
	loop();
	ike_engine_free(self.e);
	return (0);
}
