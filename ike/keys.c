/* SPDX-License-Identifier: ISC */
/*
 * runs in: keys.  The event loop of the keys process, the only one beside main
 * that holds PSKs and private keys.  It has no socket; it takes secrets from
 * main and fixed questions from ike, and gives finished AUTH values or yes or
 * no (lib/pair_keys.h).  The answers are computed in keys_auth.c.
 *
 * Secrets are applied as they come, inside a configuration or not: each stands
 * for itself, and ike does not use a tunnel before its own commit.  A question
 * that outruns the secret is answered no, and ike tries again.
 */
#include <sys/resource.h>
#include <string.h>

#include "ike/ike.h"
#include "ike/ike_crypto.h"
#include "ike/keys_auth.h"
#include "lib/ed25519.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/sandbox.h"
#include "lib/secret.h"

static struct {
	struct keys_store	*store;
	struct keys_done	 done;	/* the answer being sent */
} keys;

static void
on_secret(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct keys_secret *s = obj;
	size_t unlocked = keys_store_unlocked(keys.store);

	(void)ctx;
	(void)c;
	(void)m;
	if (keys_store_put(keys.store, s) == -1)
		fatal("memory for secrets");
	if (unlocked == 0 && keys_store_unlocked(keys.store) > 0)
		log_warn("secrets cannot be locked in memory and may be "
		    "swapped out");
}

static void
on_secret_del(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct ike_tid *t = obj;

	(void)ctx;
	(void)c;
	(void)m;
	keys_store_del(keys.store, t->tid);
}

static void
answer(struct chan *c, const struct msg *m, uint16_t type)
{
	if (!keys.done.ok && keys_store_get(keys.store, keys.done.tid) == NULL)
		log_debug(SUBSYS_IKE, keys.done.tid, "question about an "
		    "unknown tunnel %u", keys.done.tid);
	(void)chan_send(c, type, m->id, -1, &keys_done_fld, &keys.done);
	wipe(&keys.done, sizeof(keys.done));
}

static void
on_auth(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct keys_auth *q = obj;

	(void)ctx;
	keys_auth_make(keys_store_get(keys.store, q->tid), q, &keys.done);
	answer(c, m, M_KEYS_AUTH_DONE);
}

static void
on_verify(void *ctx, struct chan *c, const struct msg *m, void *obj)
{
	const struct keys_auth *q = obj;

	(void)ctx;
	keys_auth_verify(keys_store_get(keys.store, q->tid), q, &keys.done);
	answer(c, m, M_KEYS_VERIFY_DONE);
}

static const struct msg_rule main_rules[] = {
	{ M_KEYS_SECRET, MSG_FD_NO, MSG_STATE_ANY, &keys_secret_fld, 0,
	    on_secret },
	{ M_KEYS_SECRET_DEL, MSG_FD_NO, MSG_STATE_ANY, &ike_tid_fld, 0,
	    on_secret_del },
	MSG_RULE_END
};

static const struct msg_rule ike_rules[] = {
	{ M_KEYS_AUTH, MSG_FD_NO, MSG_STATE_ANY, &keys_auth_fld, 0, on_auth },
	{ M_KEYS_VERIFY, MSG_FD_NO, MSG_STATE_ANY, &keys_auth_fld, 0,
	    on_verify },
	MSG_RULE_END
};

/* Sign and verify once, so that OpenSSL has everything loaded. */
static int
use_once(void)
{
	struct keys_auth q = { .auth = AUTH_ED25519,
	    .prf = PRF_HMAC_SHA2_256, .n_octets = 256 };
	struct keys_secret s = { .auth = AUTH_ED25519, .n_priv = ED25519_LEN,
	    .priv = { 1 } };
	struct keys_done done;

	if (ed25519_public(s.priv, s.remote_pub) == -1)
		return (-1);
	keys_auth_make(&s, &q, &done);
	q.n_value = done.n_value;
	memcpy(q.value, done.value, sizeof(q.value));
	keys_auth_verify(&s, &q, &done);
	return (done.ok ? 0 : -1);
}

/* As root still: lift the limit on locked memory, so that many tunnels fit. */
static int
preload(void *ctx)
{
	struct rlimit rl = { RLIM_INFINITY, RLIM_INFINITY };

	(void)ctx;
	(void)setrlimit(RLIMIT_MEMLOCK, &rl);
	(void)sandbox_mlock(NULL, 0);
	keys.store = keys_store_new(sandbox_mlock);
	if (keys.store == NULL || ike_crypto_preload() == -1)
		return (-1);
	return (use_once());
}

static void
shutdown_now(void *ctx)
{
	(void)ctx;
	keys_store_clear(keys.store);
	role_exit();
}

static const struct role_def keys_def = {
	.role = ROLE_KEYS,
	.main_rules = main_rules,
	.peer_rules = { [ROLE_IKE] = ike_rules },
	.preload = preload,
	.shutdown = shutdown_now
};

int
keys_role(void)
{
	return (role_run(&keys_def, NULL));
}
