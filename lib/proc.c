/* SPDX-License-Identifier: ISC */
/*
 * runs in: every role but main.  See proc.h.
 *
 * The order matters: signals, log, limits, everything that libraries load
 * lazily, the event loop, then chroot and user, the channel, and the filter
 * last.  The greeting is sent behind the filter, so that a role that main calls
 * up is a confined one.
 */
#include <sys/resource.h>
#include <sys/time.h>
#include <errno.h>
#include <event.h>
#include <grp.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/sandbox.h"

#ifdef LIBRESSL_VERSION_NUMBER
#define RAND_priv_bytes	RAND_bytes	/* it has one generator */
#endif

#define NOFILE_WANTED	65536
#define FLUSH_MS	500

static struct {
	const struct role_def	*def;
	void			*ctx;
	struct proc_opts	 opts;
	struct chan		*chans[ROLE_N];
	uint32_t		 generation;	/* of the BEGIN that is open */
	bool			 open;
	int			 status;
} self;

static void	on_hello(void *, struct chan *, const struct msg *, void *);
static void	on_peer(void *, struct chan *, const struct msg *, void *);
static void	on_log(void *, struct chan *, const struct msg *, void *);
static void	on_shutdown(void *, struct chan *, const struct msg *, void *);
static void	on_begin(void *, struct chan *, const struct msg *, void *);
static void	on_commit(void *, struct chan *, const struct msg *, void *);

/* What every role accepts from main. */
static const struct msg_rule main_rules[] = {
	{ M_HELLO, MSG_FD_NO, MSG_STATE_NEW, &m_hello_fld, 0, on_hello },
	{ M_PEER, MSG_FD_YES, ~MSG_STATE_NEW, &m_peer_fld, 0, on_peer },
	{ M_LOG, MSG_FD_OPT, ~MSG_STATE_NEW, &m_log_fld, 0, on_log },
	{ M_SHUTDOWN, MSG_FD_NO, ~MSG_STATE_NEW, NULL, 0, on_shutdown },
	{ M_CONF_BEGIN, MSG_FD_NO, ~MSG_STATE_NEW, &m_gen_fld, 0, on_begin },
	{ M_CONF_COMMIT, MSG_FD_NO, ~MSG_STATE_NEW, &m_gen_fld, 0, on_commit },
	MSG_RULE_END
};

/* What every role accepts from another. */
static const struct msg_rule peer_rules[] = {
	{ M_HELLO, MSG_FD_NO, MSG_STATE_NEW, &m_hello_fld, 0, on_hello },
	MSG_RULE_END
};

void
proc_init(const struct proc_opts *o)
{
	self.opts = *o;
}

/* The linker's build-id among the notes of the program itself. */
static int
find_build_id(struct dl_phdr_info *info, size_t size, void *arg)
{
	char *hex = arg;
	size_t i, j;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const uint8_t *p = (const uint8_t *)(info->dlpi_addr +
		    info->dlpi_phdr[i].p_vaddr);
		const uint8_t *e = p + info->dlpi_phdr[i].p_memsz;
		uint32_t n[3];

		if (info->dlpi_phdr[i].p_type != PT_NOTE)
			continue;
		for (; (size_t)(e - p) >= sizeof(n);
		    p += sizeof(n) + ((n[0] + 3U) & ~3U) + ((n[1] + 3U) & ~3U)) {
			memcpy(n, p, sizeof(n));
			if (n[0] != 4 || n[2] != 3 || n[1] > 20 ||
			    memcmp(p + sizeof(n), "GNU", 4) != 0)
				continue;
			for (j = 0; j < n[1]; j++)
				(void)snprintf(hex + 2 * j, 3, "%02x",
				    p[sizeof(n) + 4 + j]);
			return (1);
		}
	}
	return (1);	/* the program comes first; libraries do not count */
}

const char *
proc_build(void)
{
	static char build[sizeof(((struct m_hello *)0)->build)];
	char hex[41] = "";

	if (build[0] == '\0') {
		(void)dl_iterate_phdr(find_build_id, hex);
		(void)snprintf(build, sizeof(build), "%.6s-%s",
		    GREIPSEC_VERSION, hex);
	}
	return (build);
}

static size_t
rules_count(const struct msg_rule *r)
{
	size_t n = 0;

	while (r != NULL && r[n].type != 0)
		n++;
	return (n);
}

const struct msg_rule *
proc_rules(const struct msg_rule *first, const struct msg_rule *own)
{
	size_t i, a = rules_count(first), b = rules_count(own);
	struct msg_rule *r = calloc(a + b + 1, sizeof(*r));

	if (r == NULL)
		fatal("rules");
	for (i = 0; i < a; i++)
		r[i] = first[i];
	for (i = 0; i < b; i++) {
		r[a + i] = own[i];
		r[a + i].states &= ~MSG_STATE_NEW;
	}
	return (r);
}

void
proc_hello(struct chan *c, enum role r)
{
	struct m_hello h = { .role = r };

	(void)snprintf(h.build, sizeof(h.build), "%s", proc_build());
	(void)chan_send(c, M_HELLO, 0, -1, &m_hello_fld, &h);
}

bool
proc_hello_ok(const struct m_hello *h, enum role r)
{
	return (h->role == (uint32_t)r && strcmp(h->build, proc_build()) == 0);
}

static enum role
role_of(const struct chan *c)
{
	int r;

	for (r = 0; r < ROLE_N; r++)
		if (self.chans[r] == c)
			break;
	return ((enum role)r);
}

static void
on_hello(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	enum role r = role_of(c);

	(void)m;
	if (!proc_hello_ok(obj, r))
		fatalx("%s is of another build: restart the daemon",
		    role_names[r]);
	chan_state(c, MSG_STATE_UP);
	if (r != ROLE_MAIN && self.def->peer_up != NULL)
		self.def->peer_up(ctx, r);
}

/* Another role broke the rules, or is gone.  Main, which sees who is to be
 * replaced, hands out a new channel. */
static void
on_peer_end(void *ctx, struct chan *c, enum chan_end why, uint16_t type,
    const char *field)
{
	enum role r = role_of(c);
	struct m_fault f = { .role = r };

	self.chans[r] = NULL;
	chan_free(c);
	if (self.def->peer_down != NULL)
		self.def->peer_down(ctx, r);
	if (why == CHAN_EOF)
		return;
	(void)snprintf(f.text, sizeof(f.text), "type %u: %s%s%s", type,
	    chan_end_text(why), field != NULL ? ": " : "",
	    field != NULL ? field : "");
	log_warnx("message from %s refused: %s", role_names[r], f.text);
	(void)chan_send(self.chans[ROLE_MAIN], M_FAULT, 0, -1, &m_fault_fld,
	    &f);
}

static void
on_peer(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	static const struct msg_rule *rules[ROLE_N];
	const struct m_peer *p = obj;

	(void)c;
	if (p->role >= ROLE_N || p->role == ROLE_MAIN ||
	    self.def->peer_rules[p->role] == NULL)
		fatalx("channel to role %u, which %s does not talk to",
		    p->role, role_names[self.def->role]);
	if (rules[p->role] == NULL)
		rules[p->role] = proc_rules(peer_rules,
		    self.def->peer_rules[p->role]);
	if (self.chans[p->role] != NULL) {
		chan_free(self.chans[p->role]);
		self.chans[p->role] = NULL;
		if (self.def->peer_down != NULL)
			self.def->peer_down(ctx, (enum role)p->role);
	}
	self.chans[p->role] = chan_new(m->fd, rules[p->role], ctx, on_peer_end);
	if (self.chans[p->role] == NULL) {
		log_warn("channel to %s", role_names[p->role]);
		return;
	}
	proc_hello(self.chans[p->role], self.def->role);
}

static void
on_log(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct m_log *l = obj;

	(void)ctx;
	(void)c;
	log_level(l->level, l->subsys_mask, l->tid);
	if (m->fd != -1)
		log_use(m->fd);
}

static void
on_shutdown(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	(void)c;
	(void)m;
	(void)obj;
	if (self.def->shutdown != NULL)
		self.def->shutdown(ctx);
	else
		role_exit();
}

static void
on_begin(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct m_gen *g = obj;

	(void)c;
	(void)m;
	self.generation = g->generation;
	self.open = true;
	if (self.def->conf_begin != NULL)
		self.def->conf_begin(ctx);
}

static void
on_commit(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct m_gen *g = obj;

	if (!self.open || g->generation != self.generation)
		fatalx("configuration %u ended, %u was begun", g->generation,
		    self.generation);
	self.open = false;
	if (self.def->conf_commit != NULL)
		self.def->conf_commit(ctx);
	(void)chan_send(c, M_CONF_ACK, m->id, -1, &m_gen_fld, g);
}

static void
on_main_end(void *ctx, struct chan *c, enum chan_end why, uint16_t type,
    const char *field)
{
	(void)ctx;
	self.chans[ROLE_MAIN] = NULL;
	chan_free(c);
	if (why != CHAN_EOF && why != CHAN_ERROR)
		fatalx("message from main refused: type %u: %s %s", type,
		    chan_end_text(why), field != NULL ? field : "");
	self.status = 1;
	(void)event_loopexit(NULL);
}

/* Main decides about the end of all, also when a terminal's ^C or a service
 * manager signals the whole group. */
static void
set_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE,
	    SIGUSR1, SIGUSR2, SIGALRM };
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
set_limits(void)
{
	struct rlimit rl;

	if (sandbox_no_core() == -1)
		fatal("no core");
	rl.rlim_cur = rl.rlim_max = NOFILE_WANTED;
	if (setrlimit(RLIMIT_NOFILE, &rl) == 0)
		return;
	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &rl);
	}
}

static int
cmp_int(const void *a, const void *b)
{
	return (*(const int *)a - *(const int *)b);
}

/* What OpenSSL and the C library open at their first use; qsort() of a large
 * array asks how much memory there is. */
static void
load_libraries(void)
{
	static const char *const digests[] = { "SHA1", "SHA256", "SHA384",
	    "SHA512", "MD5" };
	EVP_MD_CTX *md;
	uint8_t b[64];
	int large[1024] = { 0 };
	struct tm tm;
	time_t now = time(NULL);
	size_t i;

	tzset();
	(void)localtime_r(&now, &tm);
	arc4random_buf(b, sizeof(b));
	qsort(large, sizeof(large) / sizeof(large[0]), sizeof(large[0]),
	    cmp_int);
	if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS |
	    OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1 ||
	    RAND_bytes(b, sizeof(b)) != 1 ||
	    RAND_priv_bytes(b, sizeof(b)) != 1)
		fatalx("cannot initialise libcrypto");
	if ((md = EVP_MD_CTX_new()) == NULL)
		fatalx("cannot allocate");
	for (i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		(void)EVP_DigestInit_ex(md, EVP_get_digestbyname(digests[i]),
		    NULL);
	EVP_MD_CTX_free(md);
}

static void
confine(const struct proc_opts *o)
{
	uid_t r, e, s;

	if (o->uid == 0 || o->gid == 0)
		fatalx("no unprivileged user to run as");
	if (sandbox_prepare() == -1)
		fatal("giving up capabilities");
	if (sandbox_leave_files(o->chroot_dir) == -1)
		fatal("chroot %s", o->chroot_dir);
	if (setgroups(1, &o->gid) == -1 ||
	    setresgid(o->gid, o->gid, o->gid) == -1 ||
	    setresuid(o->uid, o->uid, o->uid) == -1)
		fatal("change of user");
	if (getresuid(&r, &e, &s) == -1 || r != o->uid || e != o->uid ||
	    s != o->uid)
		fatalx("change of user had no effect");
	if (sandbox_confine() == -1)
		fatal("confinement");
}

int
role_run(const struct role_def *def, void *ctx)
{
	const char *name = role_names[def->role];
	int r;

	self.def = def;
	self.ctx = ctx;
	set_signals();
	log_open(name, self.opts.foreground, self.opts.level);
	set_limits();
	load_libraries();
	if (event_init() == NULL)
		fatalx("no event loop");
	if (def->preload != NULL && def->preload(ctx) == -1)
		fatal("preparation");
	sandbox_title(name);
	confine(&self.opts);
	self.chans[ROLE_MAIN] = chan_new(PROC_FD,
	    proc_rules(main_rules, def->main_rules), ctx, on_main_end);
	if (self.chans[ROLE_MAIN] == NULL)
		fatal("channel to main");
	if (sandbox_enter(def->role) == -1)
		fatal("sandbox");
	proc_hello(self.chans[ROLE_MAIN], def->role);
	if (event_dispatch() == -1)
		fatal("event loop");
	for (r = ROLE_N - 1; r >= 0; r--)
		(void)chan_flush(self.chans[r], FLUSH_MS);
	return (self.status);
}

void
role_exit(void)
{
	(void)event_loopexit(NULL);
}

struct chan *
role_chan(enum role r)
{
	return (self.chans[r]);
}

void
role_event(enum subsys s, uint32_t tid, const char *subject, const char *what,
    const char *fmt, ...)
{
	struct m_event ev = { .wall_ms = wall_ms(), .tid = tid, .subsys = s };
	char text[sizeof(ev.text)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)log_vis(text, ev.text, sizeof(ev.text));
	(void)log_vis(subject, ev.subject, sizeof(ev.subject));
	(void)log_vis(what, ev.what, sizeof(ev.what));
	(void)chan_send(self.chans[ROLE_MAIN], M_EVENT, 0, -1, &m_event_fld,
	    &ev);
}
