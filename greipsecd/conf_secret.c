/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  The secrets of a configuration: where they may be written,
 * the private key of this host, the PSK of a pair.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "greipsecd/conf_int.h"
#include "lib/base64.h"
#include "lib/ed25519.h"
#include "lib/hkdf.h"
#include "lib/secret.h"

#define DEFAULT_KEY	SYSCONFDIR "/greipsecd.key"

void
secret_place(struct conf_run *r, const struct conf_loc *loc,
    const struct conf_loc *origin)
{
	const char *why = lex_unsafe(r->lex, origin->file);

	if (why != NULL)
		conf_err(r, loc, "%s holds a secret and %s; make it root's "
		    "and `chmod 600'", origin->file, why);
}

/* The seed in the one line of the key file; -1 with why. */
static int
key_line(const char *text, size_t len, uint8_t seed[static 32],
    const char **why)
{
	static const char kind[] = "ed25519-private:";
	char b64[64];
	size_t k = sizeof(kind) - 1;
	int e;

	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	*why = "is no key of `greipsecctl keygen'";
	if (len <= k || len - k >= sizeof(b64) || memcmp(text, kind, k) != 0)
		return (-1);
	memcpy(b64, text + k, len - k);
	b64[len - k] = '\0';
	e = base64_get(b64, seed, 32);
	wipe(b64, sizeof(b64));
	return (e);
}

/* Something is wrong with the private key; -1, or 0 where it need not be here. */
static int __attribute__((format(printf, 3, 4)))
key_wrong(struct conf_run *r, const struct conf_loc *at, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (r->opts->elsewhere) {
		conf_warn(r, at, "%s", text);
		return (0);
	}
	conf_err(r, at, "%s", text);
	return (-1);
}

static int
load_key(struct conf_run *r, const char *path, const struct conf_loc *at)
{
	const char *name, *text, *why;
	size_t len;

	text = lex_slurp(r->lex, path, &len, &name, &why);
	if (text == NULL)
		return (key_wrong(r, at, "private key %s: %s; `greipsecctl "
		    "keygen' makes one", path, why));
	if ((why = lex_unsafe(r->lex, name)) != NULL ||
	    key_line(text, len, r->seed, &why) == -1)
		return (key_wrong(r, at, "private key %s: %s", path, why));
	if (ed25519_public(r->seed, r->pub) == -1)
		return (key_wrong(r, at, "private key %s: OpenSSL refuses it",
		    path));
	r->have_key = true;
	return (0);
}

int
secret_key(struct conf_run *r, const struct optval *own,
    const struct conf_loc *at)
{
	const char *path = r->opts->keyfile != NULL ? r->opts->keyfile :
	    DEFAULT_KEY;
	char pub[64];

	if (r->key_tried)
		return (r->have_key ? 0 : -1);
	r->key_tried = true;
	if (load_key(r, path, at) == -1)
		return (-1);
	if (r->have_key && own != NULL && memcmp(own->pub, r->pub, 32) != 0) {
		(void)base64_put(r->pub, 32, pub, sizeof(pub));
		r->have_key = false;
		if (key_wrong(r, at, "key: is not the one of private key %s, "
		    "which has \"ed25519:%s\"", path, pub) == -1)
			return (-1);
	}
	if (!r->have_key && own != NULL)
		memcpy(r->pub, own->pub, 32);
	r->have_key = true;
	return (0);
}

int
secret_pair(const char *psk, size_t len, const char *mesh, const char *a,
    const char *b, char out[static PAIR_PSK_LEN + 1])
{
	char info[2 * TUNNEL_NAME_MAX], text[PAIR_PSK_LEN + 3];
	uint8_t key[32];
	size_t n;
	int e;

	if (strcmp(a, b) > 0) {
		const char *t = a;

		a = b;
		b = t;
	}
	n = strlen(a) + 1;
	if (n + strlen(b) > sizeof(info))
		return (-1);
	memcpy(info, a, n);
	memcpy(info + n, b, strlen(b));
	e = hkdf_sha256(psk, len, mesh, strlen(mesh), info, n + strlen(b),
	    key, sizeof(key));
	if (e == 0)
		e = base64url_put(key, sizeof(key), text, sizeof(text));
	if (e == 0)
		memcpy(out, text, PAIR_PSK_LEN + 1);
	wipe(key, sizeof(key));
	wipe(text, sizeof(text));
	return (e);
}

/* One PSK as the tunnel uses it, into 128 bytes at out. */
static int
one(const struct psk_val *p, const char *mesh, const char *a, const char *b,
    uint8_t *out, uint16_t *n)
{
	char pair[PAIR_PSK_LEN + 1];

	if (mesh == NULL) {
		memcpy(out, p->text, p->len);
		*n = (uint16_t)p->len;
		return (0);
	}
	if (secret_pair(p->text, p->len, mesh, a, b, pair) == -1)
		return (-1);
	memcpy(out, pair, PAIR_PSK_LEN);
	*n = PAIR_PSK_LEN;
	wipe(pair, sizeof(pair));
	return (0);
}

int
secret_fill(struct conf_run *r, const struct optval *v, const char *mesh,
    const char *site, const char *peer, struct keys_secret *s,
    struct conf_from *from)
{
	const struct lex_tok *d = v->psk[0].derive;
	int e;

	if (d != NULL) {
		mesh = d->text;
		site = d->next->text;
		peer = d->next->next->text;
	}
	s->auth = AUTH_PSK;
	from->psk = v->psk[0].origin;
	e = one(&v->psk[0], mesh, site, peer, s->psk, &s->n_psk);
	if (e == 0 && v->n_psk == 2) {
		from->psk2 = v->psk[1].origin;
		e = one(&v->psk[1], mesh, site, peer, s->psk2, &s->n_psk2);
	}
	if (mesh != NULL) {
		from->derived = true;
		(void)snprintf(from->mesh, sizeof(from->mesh), "%s", mesh);
		(void)snprintf(from->site, sizeof(from->site), "%s", site);
		(void)snprintf(from->peer, sizeof(from->peer), "%s", peer);
	}
	if (e == -1)
		conf_err(r, &v->loc, "psk: the pair's secret cannot be "
		    "derived");
	return (e);
}
