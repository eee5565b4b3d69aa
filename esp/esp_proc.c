/* SPDX-License-Identifier: ISC */
/*
 * runs in: esp.  The event loop of the esp process: TUN devices and sockets
 * that main opened, the channel to main, the packet path between them.  One
 * wakeup moves one batch, so that neither a device nor the channel starves.
 */
#include <sys/time.h>

#include <errno.h>
#include <event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "lib/errq.h"
#include "esp/esp.h"
#include "esp/esp_io.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/rows.h"

#define ERRQ_TURN	64	/* reports taken at a time */

struct device {
	uint32_t	tid;
	int		fd;
	struct event	ev;
};

static struct {
	struct path	*path;
	struct io_batch	*batch;
	int		 fds[ESP_SOCK_N];
	struct event	 ev[ESP_SOCK_N];
	struct event	 timer;
} self = { .fds = { -1, -1, -1, -1, -1, -1 } };

static void
fill(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	if (RAND_bytes(buf, (int)len) != 1)
		fatalx("no random bytes");
}

static const struct esp_rng rng = { fill, NULL };

static void
report(void)
{
	struct chan *c = role_chan(ROLE_MAIN);
	struct sa_evidence e;

	while (c != NULL && path_evidence(self.path, &e))
		(void)chan_send(c, M_ESP_EVIDENCE, 0, -1, &sa_evidence_fld,
		    &e);
}

static void
tell_pmtu(const struct esp_pmtu *pm)
{
	struct chan *c = role_chan(ROLE_MAIN);

	if (c != NULL)
		(void)chan_send(c, M_ESP_PMTU, 0, -1, &esp_pmtu_fld, pm);
}

static void
drain_errors(enum esp_sock_kind kind)
{
	struct errq_report r;
	struct esp_pmtu pm;
	struct mono now = mono_now();
	int i;

	for (i = 0; i < ERRQ_TURN && errq_next(self.fds[kind], &r); i++) {
		if (!r.too_big) {
			if (r.spi != 0)
				path_unreach(self.path, &r.remote, r.spi,
				    r.type, r.code, now);
		} else if ((r.here || r.spi != 0) && path_pmtu(self.path,
		    &r.remote, r.spi, r.mtu, now, &pm))
			tell_pmtu(&pm);
	}
	report();
}

static void
drain_all_errors(void)
{
	int i;

	for (i = 0; i < ESP_SOCK_N; i++)
		if (self.fds[i] != -1)
			drain_errors((enum esp_sock_kind)i);
}

static void
on_device(int fd, short what, void *arg)
{
	struct device *d = arg;
	struct path_tunnel *t = path_tunnel_find(self.path, d->tid);
	int n = io_tun_read(self.batch, fd);

	(void)what;
	if (n == -1) {
		/* the device is gone: main notices, and sends a new one */
		(void)event_del(&d->ev);
		return;
	}
	if (t == NULL || n == 0)
		return;
	path_out(self.path, t, io_pkts(self.batch), (size_t)n, mono_now());
	if (io_send(self.batch, (size_t)n, self.fds, self.path))
		drain_all_errors();
	report();
}

/* Write what came out of the tunnels to their devices. */
static void
deliver(size_t n)
{
	struct pkt *v = io_pkts(self.batch);
	struct device *d;
	size_t i = 0;

	while (i < n) {
		d = v[i].fate == PKT_TUN ? path_tunnel_user(v[i].tunnel) :
		    NULL;
		if (d != NULL) {
			i += io_tun_write(d->fd, &v[i], n - i, self.path);
			continue;
		}
		if (v[i].fate == PKT_TUN)
			path_count(self.path, DROP_SEND, 1);
		i++;
	}
}

static void
on_socket(int fd, short what, void *arg)
{
	int *slot = arg;
	enum esp_sock_kind kind = (enum esp_sock_kind)(slot - self.fds);
	int n = io_recv(self.batch, fd, kind);

	(void)what;
	if (n == -1) {
		/* a pending ICMP error ends a receive: its queue says which */
		drain_errors(kind);
		return;
	}
	if (kind == ESP_SOCK_GRE4 || kind == ESP_SOCK_GRE6) {
		path_clear(self.path, io_pkts(self.batch), (size_t)n,
		    mono_now());
		return;
	}
	path_in(self.path, io_pkts(self.batch), (size_t)n, mono_now());
	deliver((size_t)n);
	(void)io_send(self.batch, (size_t)n, self.fds, self.path);
	report();
}

/* Whether large packets arrive where they go. */
static void
probe(void)
{
	struct esp_pmtu pm;
	bool told;
	size_t n;

	do {
		n = path_probe(self.path, io_pkts(self.batch), mono_now(),
		    &told, &pm);
		if (told)
			tell_pmtu(&pm);
		else if (n > 0)
			(void)io_send(self.batch, n, self.fds, self.path);
	} while (n > 0 || told);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct timeval tv = { .tv_sec = 1 };
	struct esp_pmtu pm;

	(void)fd;
	(void)what;
	(void)arg;
	while (path_tick(self.path, mono_now(), &pm))
		tell_pmtu(&pm);
	probe();
	report();
	(void)evtimer_add(&self.timer, &tv);
}

static void
on_sock(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct esp_sock *s = obj;

	(void)ctx;
	(void)c;
	if (self.fds[s->kind] != -1) {
		(void)event_del(&self.ev[s->kind]);
		(void)close(self.fds[s->kind]);
	}
	self.fds[s->kind] = m->fd;
	event_set(&self.ev[s->kind], m->fd, EV_READ | EV_PERSIST, on_socket,
	    &self.fds[s->kind]);
	if (event_add(&self.ev[s->kind], NULL) == -1)
		log_warn("socket");
}

static void
device_drop(struct path_tunnel *t)
{
	struct device *d = path_tunnel_user(t);

	if (d == NULL)
		return;
	(void)event_del(&d->ev);
	(void)close(d->fd);
	free(d);
	path_tunnel_set_user(t, NULL);
}

static void
device_take(struct path_tunnel *t, uint32_t tid, int fd)
{
	struct device *d;

	device_drop(t);
	if ((d = calloc(1, sizeof(*d))) == NULL) {
		log_warn("device");
		(void)close(fd);
		return;
	}
	d->tid = tid;
	d->fd = fd;
	path_tunnel_set_user(t, d);
	event_set(&d->ev, fd, EV_READ | EV_PERSIST, on_device, d);
	if (event_add(&d->ev, NULL) == -1)
		log_warn("device");
}

static void
on_tunnel(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct esp_tunnel *s = obj;
	struct path_tunnel *t = path_tunnel_set(self.path, s);

	(void)ctx;
	(void)c;
	if (t == NULL) {
		log_warn("%s", s->name);
		if (m->fd != -1)
			(void)close(m->fd);
		return;
	}
	if (m->fd != -1)
		device_take(t, s->tid, m->fd);
}

static void
on_tunnel_del(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct esp_tid *i = obj;
	struct path_tunnel *t = path_tunnel_find(self.path, i->tid);

	(void)ctx;
	(void)c;
	(void)m;
	if (t == NULL)
		return;
	device_drop(t);
	path_tunnel_del(self.path, i->tid);
}

static void
on_sa_add(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct sa_spec *s = obj;
	struct sa_done d = { .tid = s->tid, .dir = s->dir, .spi = s->spi };

	(void)ctx;
	d.error = (uint32_t)path_sa_add(self.path, s, mono_now());
	(void)chan_send(c, M_ESP_SA_DONE, m->id, -1, &sa_done_fld, &d);
}

static void
on_sa_del(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)ctx;
	(void)c;
	(void)m;
	/* one that expired with its tunnel is gone already */
	(void)path_sa_del(self.path, obj);
}

static void
on_too_big(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct sa_too_big *b = obj;
	struct esp_pmtu pm;

	(void)ctx;
	(void)c;
	(void)m;
	/* spi 0 would be the word of our own stack */
	if (b->spi != 0 && path_pmtu(self.path, &b->remote, b->spi, b->mtu,
	    mono_now(), &pm))
		tell_pmtu(&pm);
}

static void
put_espsa(void *ctx, const struct ctl_espsa *r)
{
	row_send(ctx, &ctl_espsa_fld, r);
}

static void
put_esptun(void *ctx, const struct ctl_esptun *r)
{
	row_send(ctx, &ctl_esptun_fld, r);
}

static void
put_counters(struct row_answer *a)
{
	struct ctl_counter r = { .role = "esp" };
	int i;

	for (i = 0; i < DROP_N; i++) {
		memset(r.name, 0, sizeof(r.name));
		memcpy(r.name, esp_drop_names[i], strlen(esp_drop_names[i]));
		r.n = path_counter(self.path, (enum esp_drop)i);
		row_send(a, &ctl_counter_fld, &r);
	}
}

static void
on_show(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ctl_req *q = obj;
	struct row_answer a = row_answer(c, m);

	(void)ctx;
	if (m->type == CTL_ESPSA)
		path_show_sas(self.path, q->match, mono_now(), put_espsa, &a);
	else if (m->type == CTL_ESPTUN)
		path_show_tunnels(self.path, q->match, mono_now(),
		    put_esptun, &a);
	else
		put_counters(&a);
	row_end(&a, NULL);
}

/* OpenSSL fetches an algorithm at its first use: use each now. */
static int
load_algorithms(void)
{
	static const struct {
		uint16_t encr, bits, klen, integ, ilen;
	} v[] = {
		{ ENCR_AES_GCM_16, 128, 20, INTEG_NONE, 0 },
		{ ENCR_AES_GCM_16, 192, 28, INTEG_NONE, 0 },
		{ ENCR_AES_GCM_16, 256, 36, INTEG_NONE, 0 },
		{ ENCR_CHACHA20_POLY1305, 0, 36, INTEG_NONE, 0 },
		{ ENCR_AES_CBC, 128, 16, INTEG_HMAC_SHA1_96, 20 },
		{ ENCR_AES_CBC, 192, 24, INTEG_HMAC_SHA2_256_128, 32 },
		{ ENCR_AES_CBC, 256, 32, INTEG_HMAC_SHA2_384_192, 48 },
		{ ENCR_AES_CBC, 256, 32, INTEG_HMAC_SHA2_512_256, 64 },
	};
	uint8_t buf[128];
	struct esp_cipher *c;
	size_t i, n;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct sa_spec s = { .dir = SA_OUT, .encr = v[i].encr,
		    .key_bits = v[i].bits, .n_encr_key = v[i].klen,
		    .integ = v[i].integ, .n_integ_key = v[i].ilen };

		if ((c = esp_cipher_new(&s, &rng)) == NULL)
			return (-1);
		n = esp_seal(c, buf, 4, 256, 1, 59);
		esp_cipher_free(c);
		if (n == 0)
			return (-1);
	}
	return (0);
}

static int
preload(void *ctx)
{
	struct timeval tv = { .tv_sec = 1 };
	uint64_t seed;

	(void)ctx;
	fill(NULL, &seed, sizeof(seed));
	self.path = path_new(&rng, seed);
	self.batch = io_new();
	if (self.path == NULL || self.batch == NULL || load_algorithms() == -1)
		return (-1);
	evtimer_set(&self.timer, on_timer, NULL);
	return (evtimer_add(&self.timer, &tv));
}

static void
on_shutdown(void *ctx)
{
	(void)ctx;
	role_exit();
}

static const struct msg_rule main_rules[] = {
	{ M_ESP_SOCK, MSG_FD_YES, MSG_STATE_UP, &esp_sock_fld, 0, on_sock },
	{ M_ESP_TUNNEL, MSG_FD_OPT, MSG_STATE_UP, &esp_tunnel_fld, 0,
	    on_tunnel },
	{ M_ESP_TUNNEL_DEL, MSG_FD_NO, MSG_STATE_UP, &esp_tid_fld, 0,
	    on_tunnel_del },
	{ M_ESP_SA_ADD, MSG_FD_NO, MSG_STATE_UP, &sa_spec_fld, 0, on_sa_add },
	{ M_ESP_SA_DEL, MSG_FD_NO, MSG_STATE_UP, &sa_ref_fld, 0, on_sa_del },
	{ M_ESP_TOO_BIG, MSG_FD_NO, MSG_STATE_UP, &sa_too_big_fld, 0,
	    on_too_big },
	MSG_RULE_END
};

static const struct msg_rule control_rules[] = {
	{ CTL_ESPSA, MSG_FD_NO, MSG_STATE_UP, &ctl_req_fld, 0, on_show },
	{ CTL_ESPTUN, MSG_FD_NO, MSG_STATE_UP, &ctl_req_fld, 0, on_show },
	{ CTL_COUNTER, MSG_FD_NO, MSG_STATE_UP, &ctl_req_fld, 0, on_show },
	MSG_RULE_END
};

static const struct role_def esp_def = {
	.role = ROLE_ESP,
	.main_rules = main_rules,
	.peer_rules = { [ROLE_CONTROL] = control_rules },
	.preload = preload,
	.shutdown = on_shutdown
};

int
esp_role(void)
{
	return (role_run(&esp_def, NULL));
}
