/* SPDX-License-Identifier: ISC */
/*
 * Recompute what another IKE daemon says it computed.
 *
 *	ikecheck IKE-PROPOSAL ESP-PROPOSAL PSK <DUMPS
 *
 * DUMPS has lines "NAME HEX" of one handshake as its initiator saw it: dh, d,
 * ai, ar, ei, er, pi, pr; octets_i, id_i, octets_r, id_r (what AUTH covers and
 * the bodies of the ID payloads), auth_i, auth_r; child_ei, child_ai, child_er,
 * child_ar.  Messages and nonces are taken out of the octets.  With a PSK, AUTH
 * is computed; with an empty one, only what it covers.  Prints what differs;
 * exit 0 when all is as we compute it.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ike_keymat.h"
#include "ike/keys_auth.h"

#define DUMP_MAX	8192

struct dump {
	char	name[16];
	size_t	len;
	uint8_t	b[DUMP_MAX];
};

static struct dump dumps[32];
static size_t n_dumps;
static int differs;

static const struct dump *
get(const char *name)
{
	static const struct dump none;
	size_t i;

	for (i = 0; i < n_dumps; i++)
		if (strcmp(dumps[i].name, name) == 0)
			return (&dumps[i]);
	return (&none);
}

static void
read_dumps(void)
{
	static char line[2 * DUMP_MAX + 64];
	unsigned v;
	struct dump *d;
	char *hex;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (n_dumps == sizeof(dumps) / sizeof(dumps[0]))
			errx(2, "too many dumps");
		d = &dumps[n_dumps++];
		if (sscanf(line, "%15s", d->name) != 1 ||
		    (hex = strchr(line, ' ')) == NULL)
			errx(2, "bad line: %s", line);
		for (hex++; d->len < DUMP_MAX && sscanf(hex, "%2x", &v) == 1;
		    hex += 2)
			d->b[d->len++] = (uint8_t)v;
	}
}

static void
same(const char *name, const uint8_t *ours, size_t len)
{
	const struct dump *d = get(name);

	if (d->len == len && memcmp(d->b, ours, len) == 0)
		return;
	printf("%s differs (%zu bytes of ours, %zu of theirs)\n", name, len,
	    d->len);
	differs = 1;
}

/* The message at the head of octets. */
static struct ike_span
message(const struct dump *octets)
{
	const uint8_t *p = octets->b;
	size_t len = 0;

	if (octets->len >= 28)
		len = (size_t)p[26] << 8 | p[27];
	if (len < 28 || len > octets->len)
		errx(2, "%s: no message", octets->name);
	return ((struct ike_span){ p, len });
}

/* The nonce payload (type 40) of a message. */
static struct ike_span
nonce(struct ike_span msg)
{
	const uint8_t *p = msg.p;
	uint8_t type = p[16];
	size_t at = 28, len;

	while (type != 0 && at + 4 <= msg.len) {
		len = (size_t)p[at + 2] << 8 | p[at + 3];
		if (len < 4 || len > msg.len - at)
			break;
		if (type == 40)
			return ((struct ike_span){ p + at + 4, len - 4 });
		type = p[at];
		at += len;
	}
	errx(2, "no nonce");
}

static uint64_t
u64(const uint8_t *p)
{
	uint64_t v = 0;
	int i;

	for (i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return (v);
}

static struct xform
pick(const struct proposal *p, uint8_t type)
{
	const struct xform *x = proposal_first(p, type);

	return (x != NULL ? *x : (struct xform){ .type = type });
}

static struct proposal
proposal(const char *text, enum suite_proto proto)
{
	const char *why, *bad;
	struct proposal p;
	size_t len;

	if (proposal_parse(text, proto, &p, &why, &bad, &len) == -1)
		errx(2, "%s: %s", text, why);
	return (p);
}

static void
check_auth(const struct ike_keys *k, const uint8_t *sk_p, char side,
    struct ike_span msg, struct ike_span other_nonce, const char *psk)
{
	char octets[] = "octets_x", id[] = "id_x", auth[] = "auth_x";
	static struct keys_auth q;
	struct keys_secret s = { .auth = AUTH_PSK };
	struct keys_done done;
	size_t len;

	octets[7] = id[3] = auth[5] = side;
	memset(&q, 0, sizeof(q));
	if (ike_signed_octets(k, sk_p, msg, other_nonce,
	    (struct ike_span){ get(id)->b, get(id)->len }, q.octets,
	    sizeof(q.octets), &len) != IKE_C_OK)
		errx(1, "signed octets");
	same(octets, q.octets, len);
	if (psk[0] == '\0')
		return;
	q.auth = AUTH_PSK;
	q.prf = k->prf;
	q.n_octets = (uint16_t)len;
	s.n_psk = (uint16_t)strlen(psk);
	memcpy(s.psk, psk, s.n_psk);
	keys_auth_make(&s, &q, &done);
	same(auth, done.value, done.n_value);
}

static void
check_child(const struct ike_keys *k, const struct ike_seed *seed,
    const struct proposal *esp)
{
	struct ike_child_suite s = { .encr = pick(esp, XFORM_ENCR).id,
	    .key_bits = pick(esp, XFORM_ENCR).key_bits,
	    .integ = pick(esp, XFORM_INTEG).id };
	struct ike_child_keys c;

	if (ike_child_keys(&c, &s, seed, NULL, k) != IKE_C_OK)
		errx(1, "child keys");
	same("child_ei", c.i.encr_key, c.i.n_encr_key);
	same("child_ai", c.i.integ_key, c.i.n_integ_key);
	same("child_er", c.r.encr_key, c.r.n_encr_key);
	same("child_ar", c.r.integ_key, c.r.n_integ_key);
}

int
main(int argc, char *argv[])
{
	struct proposal ike, esp;
	struct ike_span mi, mr;
	struct ike_suite s;
	struct ike_seed seed;
	struct ike_keys k;
	struct secret dh;

	if (argc != 4 || strlen(argv[3]) > KEYS_PSK_MAX)
		errx(2, "usage: ikecheck IKE-PROPOSAL ESP-PROPOSAL PSK");
	ike = proposal(argv[1], PROTO_IKE);
	esp = proposal(argv[2], PROTO_ESP);
	read_dumps();
	mi = message(get("octets_i"));
	mr = message(get("octets_r"));
	s = (struct ike_suite){ pick(&ike, XFORM_ENCR).id,
	    pick(&ike, XFORM_ENCR).key_bits, pick(&ike, XFORM_INTEG).id,
	    pick(&ike, XFORM_PRF).id, pick(&ike, XFORM_KE).id };
	seed = (struct ike_seed){ nonce(mi), nonce(mr), u64(mr.p),
	    u64((const uint8_t *)mr.p + 8) };
	if (secret_set(&dh, get("dh")->b, get("dh")->len) == -1 ||
	    ike_keys_first(&k, &s, &seed, &dh) != IKE_C_OK)
		errx(1, "keys of the IKE SA");
	same("d", k.d, k.n_p);
	same("ai", k.i.akey, k.i.n_akey);
	same("ar", k.r.akey, k.r.n_akey);
	same("ei", k.i.ekey, k.i.n_ekey);
	same("er", k.r.ekey, k.r.n_ekey);
	same("pi", k.pi, k.n_p);
	same("pr", k.pr, k.n_p);
	check_auth(&k, k.pi, 'i', mi, seed.nr, argv[3]);
	check_auth(&k, k.pr, 'r', mr, seed.ni, argv[3]);
	check_child(&k, &seed, &esp);
	return (differs);
}
