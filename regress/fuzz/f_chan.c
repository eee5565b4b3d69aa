/* SPDX-License-Identifier: ISC */
/*
 * The control process: what clients say on its socket, in pieces, and what the
 * roles answer, in the middle of it.  No byte of a client ends the channel of a
 * role, and all that is handed on is what main's own table takes: main ends a
 * process that says anything else.
 */
#include <string.h>

#include "fuzz_chan.h"
#include "lib/pair_common.h"

/* control in this process, with channels from here */
#define role_chan	near_of
#define role_run	near_run
#include "greipsecd/control.c"
#include "greipsecd/show.h"

#define CLIENTS		3

static struct {
	struct chan	*near;
	int		 far;
	uint32_t	 id;		/* last asked */
	bool		 spoke;		/* it may have ended by its own words */
} role[ROLE_N];
static struct {
	struct client	*cl;
	int		 far;
} user[CLIENTS];

static const struct msg_rule *const tables[ROLE_N] = {
	[ROLE_MAIN] = main_rules, [ROLE_IKE] = ike_rules,
	[ROLE_OSPF] = ospf_rules, [ROLE_ESP] = esp_rules
};

struct chan *
near_of(enum role r)
{
	return (role[r].near);
}

int
near_run(const struct role_def *def, void *ctx)
{
	(void)ctx;
	return (def->role == ROLE_CONTROL);
}

static void
role_end(void *ctx, struct chan *c, enum chan_end why, uint16_t type,
    const char *field)
{
	size_t r = (size_t)((uint8_t *)ctx - (uint8_t *)role) /
	    sizeof(role[0]);

	(void)why;
	(void)type;
	(void)field;
	MUST(role[r].spoke);
	role[r].near = NULL;
	chan_free(c);
	peer_down(NULL, (enum role)r);
}

static void
begin(void)
{
	static bool once;
	int r, near;

	if (!once) {
		(void)event_init();
		log_open("control", 1, -1);
		TAILQ_INIT(&self.clients);
		(void)preload(NULL);
		(void)control_role();
		once = true;
	}
	self.serial = 0;
	memset(user, 0, sizeof(user));
	memset(role, 0, sizeof(role));
	for (r = ROLE_MAIN; r < ROLE_N; r++) {
		if (tables[r] == NULL)
			continue;
		role[r].far = far_new(&near);
		role[r].near = chan_new(near, tables[r], &role[r], role_end);
		MUST(role[r].near != NULL);
		chan_state(role[r].near, MSG_STATE_UP);
	}
}

/* What control hands on must be what its receiver takes. */
static void
taken(int r, const uint8_t *p, size_t len)
{
	static uint64_t obj[1024];
	const struct msg_rule *t = show_rules;
	const struct fld_table *fld = &ctl_req_fld;
	const char *bad;
	struct rbuf b;
	uint16_t type;
	size_t n;

	for (; len >= FRAME_HDR; p += n, len -= n) {
		b = rbuf_make(p, len);
		type = rbuf_u16(&b);
		rbuf_skip(&b, 2);
		n = FRAME_HDR + rbuf_u32(&b);
		role[r].id = rbuf_u32(&b);
		MUST(n <= len);
		if (r == ROLE_MAIN) {
			while (t->type != 0 && t->type != type)
				t++;
			MUST(t->type == type);
			fld = t->fld;
			t = show_rules;
		}
		MUST(fld->size <= sizeof(obj));
		MUST(codec_decode(p + FRAME_HDR, n - FRAME_HDR, fld, obj,
		    &bad) == 0);
	}
	MUST(len == 0);
}

static void
drain(void)
{
	static uint8_t buf[1U << 17];
	ssize_t n;
	int r, i;

	far_loop();
	for (r = ROLE_MAIN; r < ROLE_N; r++)
		while (tables[r] != NULL &&
		    (n = recv(role[r].far, buf, sizeof(buf), 0)) > 0)
			taken(r, buf, (size_t)n);
	for (i = 0; i < CLIENTS; i++)
		while (user[i].cl != NULL &&
		    recv(user[i].far, buf, sizeof(buf), 0) > 0)
			;
}

static bool
lives(const struct client *cl)
{
	const struct client *c;

	TAILQ_FOREACH(c, &self.clients, entry)
		if (c == cl)
			return (true);
	return (false);
}

/* The client that is there, or a new one. */
static int
user_at(size_t i, uid_t uid)
{
	int near;

	if (user[i].cl != NULL && lives(user[i].cl))
		return (user[i].far);
	if (user[i].cl != NULL)
		(void)close(user[i].far);
	user[i].far = far_new(&near);
	client_new(near);
	TAILQ_FOREACH(user[i].cl, &self.clients, entry)
		if (chan_fd(user[i].cl->chan) == near)
			break;
	MUST(user[i].cl != NULL);
	user[i].cl->uid = uid;
	return (user[i].far);
}

static void
one(struct fuzz *in)
{
	static const enum role roles[4] = { ROLE_MAIN, ROLE_IKE, ROLE_OSPF,
	    ROLE_ESP };
	uint8_t op = fuzz_u8(in), how = fuzz_u8(in);
	const struct msg_rule *t;
	const uint8_t *p;
	size_t len, piece = how & 8 ? how >> 4 : 0;
	int fd, r;

	if (op % 8 == 7) {
		if (user[op / 8 % CLIENTS].cl != NULL)
			(void)shutdown(user[op / 8 % CLIENTS].far, SHUT_RDWR);
		if (how & 1)
			on_tick(-1, 0, NULL);
		return;
	}
	p = fuzz_chunk(in, &len);
	if (op % 8 < 4) {
		fd = user_at(op % 8 % CLIENTS, how & 1);
		if (how & 2)
			far_write(fd, p, len, piece, (how & 4) != 0);
		else if ((t = rule_at(client_rules, op / 8)) != NULL)
			far_frame(fd, t->type, how, (how & 4) != 0, p, len,
			    piece);
		return;
	}
	r = roles[op % 4];
	if (role[r].near == NULL)
		return;
	role[r].spoke = true;
	if (how & 2)
		far_write(role[r].far, p, len, piece, (how & 4) != 0);
	else if ((t = rule_at(tables[r], op / 8)) != NULL)
		far_frame(role[r].far, t->type, role[r].id,
		    t->fd == MSG_FD_YES, p, len, piece);
}

static void
end(void)
{
	struct client *cl;
	int r, i;

	while ((cl = TAILQ_FIRST(&self.clients)) != NULL)
		client_free(cl);
	for (i = 0; i < CLIENTS; i++)
		if (user[i].cl != NULL)
			(void)close(user[i].far);
	for (r = ROLE_MAIN; r < ROLE_N; r++)
		if (tables[r] != NULL) {
			chan_free(role[r].near);
			(void)close(role[r].far);
		}
	if (self.listen_fd != -1) {
		(void)event_del(&self.listen_ev);
		(void)close(self.listen_fd);
		self.listen_fd = -1;
	}
	memset(self.reqs, 0, sizeof(self.reqs));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz in = { data, len };
	int n;

	begin();
	for (n = 0; in.n > 0 && n < 64; n++) {
		one(&in);
		drain();
	}
	end();
	return (0);
}
