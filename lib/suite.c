/* SPDX-License-Identifier: ISC */
/* runs in: every process.  See suite.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/suite.h"

/* AEAD: key with its salt; RFC 4106, 5282, 7634. */
#define AEAD(i, k, n, kl)	{ .type = XFORM_ENCR, .id = (i), \
	.key_bits = (k), .name = (n), .key_len = (kl), .salt_len = 4, \
	.iv_len = 8, .icv_len = 16, .block = 4, .aead = true, \
	.ike = true, .esp = true }
#define CBC(k, n)		{ .type = XFORM_ENCR, .id = ENCR_AES_CBC, \
	.key_bits = (k), .name = (n), .key_len = (k) / 8, .iv_len = 16, \
	.block = 16, .ike = true, .esp = true }
#define INTEG(i, n, kl, icv)	{ .type = XFORM_INTEG, .id = (i), \
	.name = (n), .key_len = (kl), .icv_len = (icv), \
	.ike = true, .esp = true }
#define PRF(i, n, kl)		{ .type = XFORM_PRF, .id = (i), .name = (n), \
	.key_len = (kl), .ike = true }
#define KE(i, n)		{ .type = XFORM_KE, .id = (i), .name = (n), \
	.ike = true, .esp = true }
#define ESN(i, n)		{ .type = XFORM_ESN, .id = (i), .name = (n), \
	.esp = true }

/* What ike and esp implement; numbers of the IANA registries. */
static const struct alg algs[] = {
	AEAD(ENCR_AES_GCM_16, 128, "aes128gcm16", 20),
	AEAD(ENCR_AES_GCM_16, 192, "aes192gcm16", 28),
	AEAD(ENCR_AES_GCM_16, 256, "aes256gcm16", 36),
	AEAD(ENCR_CHACHA20_POLY1305, 0, "chacha20poly1305", 36),
	CBC(128, "aes128"),
	CBC(192, "aes192"),
	CBC(256, "aes256"),
	INTEG(INTEG_HMAC_SHA1_96, "sha1", 20, 12),
	INTEG(INTEG_HMAC_SHA2_256_128, "sha256", 32, 16),
	INTEG(INTEG_HMAC_SHA2_384_192, "sha384", 48, 24),
	INTEG(INTEG_HMAC_SHA2_512_256, "sha512", 64, 32),
	PRF(PRF_HMAC_SHA1, "prfsha1", 20),
	PRF(PRF_HMAC_SHA2_256, "prfsha256", 32),
	PRF(PRF_HMAC_SHA2_384, "prfsha384", 48),
	PRF(PRF_HMAC_SHA2_512, "prfsha512", 64),
	KE(KE_MODP2048, "modp2048"),
	KE(KE_MODP3072, "modp3072"),
	KE(KE_MODP4096, "modp4096"),
	KE(KE_ECP256, "ecp256"),
	KE(KE_ECP384, "ecp384"),
	KE(KE_ECP521, "ecp521"),
	KE(KE_CURVE25519, "x25519"),
	ESN(ESN_NONE, "noesn"),
	ESN(ESN_YES, "esn"),
};

#define N_ALGS	(sizeof(algs) / sizeof(algs[0]))

/* Other words that people know from other boxes. */
static const struct {
	const char	*word;
	const char	*name;
} aliases[] = {
	{ "aes128gcm128", "aes128gcm16" },
	{ "aes192gcm128", "aes192gcm16" },
	{ "aes256gcm128", "aes256gcm16" },
	{ "aes128gcm", "aes128gcm16" },
	{ "aes256gcm", "aes256gcm16" },
	{ "aes", "aes128" },
	{ "sha2_256", "sha256" },
	{ "sha2_384", "sha384" },
	{ "sha2_512", "sha512" },
	{ "curve25519", "x25519" },
};

/* The PRF that goes with an integrity algorithm when none is written. */
static const struct {
	uint16_t	integ;
	uint16_t	prf;
} prf_of[] = {
	{ INTEG_HMAC_SHA1_96, PRF_HMAC_SHA1 },
	{ INTEG_HMAC_SHA2_256_128, PRF_HMAC_SHA2_256 },
	{ INTEG_HMAC_SHA2_384_192, PRF_HMAC_SHA2_384 },
	{ INTEG_HMAC_SHA2_512_256, PRF_HMAC_SHA2_512 },
};

static const struct fld xform_f[] = {
	F_U8(xform, type), F_U16(xform, id), F_U16(xform, key_bits), F_END
};
static const struct fld_table xform_fld = FLD_TABLE(xform, xform_f);

static const struct fld proposal_f[] = {
	F_U8(proposal, proto), F_LIST(proposal, xforms, &xform_fld), F_END
};
const struct fld_table proposal_fld = FLD_TABLE(proposal, proposal_f);

const struct alg *
alg_find(uint8_t type, uint16_t id, uint16_t key_bits)
{
	size_t i;

	for (i = 0; i < N_ALGS; i++)
		if (algs[i].type == type && algs[i].id == id &&
		    (type != XFORM_ENCR || algs[i].key_bits == key_bits))
			return (&algs[i]);
	return (NULL);
}

static bool
word_is(const char *name, const char *word, size_t len)
{
	return (strlen(name) == len && strncmp(name, word, len) == 0);
}

const struct alg *
alg_by_name(const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (word_is(aliases[i].word, word, len))
			return (alg_by_name(aliases[i].name,
			    strlen(aliases[i].name)));
	for (i = 0; i < N_ALGS; i++)
		if (word_is(algs[i].name, word, len))
			return (&algs[i]);
	return (NULL);
}

const struct xform *
proposal_first(const struct proposal *p, uint8_t type)
{
	uint16_t i;

	for (i = 0; i < p->n_xforms; i++)
		if (p->xforms[i].type == type)
			return (&p->xforms[i]);
	return (NULL);
}

/* 0, or a text that says why the transform cannot be added. */
static const char *
add(struct proposal *p, const struct alg *a)
{
	uint16_t i;

	for (i = 0; i < p->n_xforms; i++)
		if (p->xforms[i].type == a->type && p->xforms[i].id == a->id &&
		    p->xforms[i].key_bits == a->key_bits)
			return ("written twice");
	if (p->n_xforms == PROPOSAL_XFORMS_MAX)
		return ("too many algorithms in one proposal");
	p->xforms[p->n_xforms++] = (struct xform){
		.type = (uint8_t)a->type, .id = a->id, .key_bits = a->key_bits
	};
	return (NULL);
}

/* Whether some, and whether all, encryption transforms are AEAD. */
static void
encr_kinds(const struct proposal *p, bool *aead, bool *plain)
{
	const struct alg *a;
	uint16_t i;

	*aead = *plain = false;
	for (i = 0; i < p->n_xforms; i++) {
		if (p->xforms[i].type != XFORM_ENCR)
			continue;
		a = alg_find(XFORM_ENCR, p->xforms[i].id,
		    p->xforms[i].key_bits);
		if (a != NULL && a->aead)
			*aead = true;
		else
			*plain = true;
	}
}

static const char *
derive_prf(struct proposal *p)
{
	const char *why;
	uint16_t i, n = p->n_xforms;
	size_t j;

	for (i = 0; i < n; i++) {
		if (p->xforms[i].type != XFORM_INTEG)
			continue;
		for (j = 0; j < sizeof(prf_of) / sizeof(prf_of[0]); j++) {
			if (prf_of[j].integ != p->xforms[i].id)
				continue;
			why = add(p, alg_find(XFORM_PRF, prf_of[j].prf, 0));
			if (why != NULL)
				return (why);
		}
	}
	return (NULL);
}

/* What a proposal as a whole must have; NULL when it has. */
static const char *
complete(struct proposal *p)
{
	const char *why = NULL;
	bool aead, plain;

	encr_kinds(p, &aead, &plain);
	if (!aead && !plain)
		return ("no encryption algorithm in the proposal");
	if (aead && plain)
		return ("AEAD and other encryption cannot share a proposal");
	if (aead && proposal_first(p, XFORM_INTEG) != NULL && p->proto ==
	    PROTO_ESP)
		return ("an AEAD algorithm takes no integrity algorithm");
	if (plain && proposal_first(p, XFORM_INTEG) == NULL)
		return ("no integrity algorithm in the proposal");
	if (p->proto == PROTO_IKE) {
		if (aead && proposal_first(p, XFORM_INTEG) != NULL)
			return ("an AEAD algorithm takes a prf, no integrity "
			    "algorithm");
		if (proposal_first(p, XFORM_KE) == NULL)
			return ("no key exchange group in the proposal");
		if (proposal_first(p, XFORM_PRF) == NULL)
			why = derive_prf(p);
		if (why == NULL && proposal_first(p, XFORM_PRF) == NULL)
			return ("no prf in the proposal");
	} else if (proposal_first(p, XFORM_ESN) == NULL)
		why = add(p, alg_find(XFORM_ESN, ESN_NONE, 0));
	return (why);
}

/* One word into p; NULL or why not. */
static const char *
take_word(struct proposal *p, const char *word, size_t len)
{
	const struct alg *a = alg_by_name(word, len);

	if (len == 0)
		return ("empty algorithm name");
	if (a == NULL)
		return ("unknown algorithm");
	if (p->proto == PROTO_IKE && !a->ike)
		return ("not for an IKE proposal");
	if (p->proto == PROTO_ESP && !a->esp)
		return ("not for an ESP proposal");
	return (add(p, a));
}

int
proposal_parse(const char *text, enum suite_proto proto, struct proposal *out,
    const char **why, const char **bad, size_t *bad_len)
{
	struct proposal p = { .proto = (uint8_t)proto };
	const char *w = text;
	size_t len;

	for (;;) {
		len = strcspn(w, "-");
		*bad = w;
		*bad_len = len;
		if ((*why = take_word(&p, w, len)) != NULL)
			return (-1);
		if (w[len] == '\0')
			break;
		w += len + 1;
	}
	*bad = text;
	*bad_len = strlen(text);
	if ((*why = complete(&p)) != NULL)
		return (-1);
	*out = p;
	return (0);
}

const char *
proposal_text(const struct proposal *p, char buf[static PROPOSAL_TEXT_MAX])
{
	static const uint8_t order[] = {
		XFORM_ENCR, XFORM_INTEG, XFORM_PRF, XFORM_KE, XFORM_ESN
	};
	const struct alg *a;
	size_t o, used = 0;
	uint16_t i;
	int n;

	buf[0] = '\0';
	for (o = 0; o < sizeof(order); o++) {
		for (i = 0; i < p->n_xforms; i++) {
			const struct xform *x = &p->xforms[i];

			if (x->type != order[o] || used >= PROPOSAL_TEXT_MAX)
				continue;
			/* noesn alone is what leaving it out means */
			if (x->type == XFORM_ESN && x->id == ESN_NONE &&
			    proposal_first(p, XFORM_ESN) == x &&
			    (i + 1 == p->n_xforms))
				continue;
			a = alg_find(x->type, x->id, x->key_bits);
			n = a != NULL ?
			    snprintf(buf + used, PROPOSAL_TEXT_MAX - used,
			    "%s%s", used != 0 ? "-" : "", a->name) :
			    snprintf(buf + used, PROPOSAL_TEXT_MAX - used,
			    "%s%u:%u", used != 0 ? "-" : "", x->type, x->id);
			used += n > 0 ? (size_t)n : 0;
		}
	}
	return (buf);
}

/* Kinds in the order of writing; type 0 stands for those without a name. */
static const uint8_t kinds[] = {
	XFORM_ENCR, XFORM_INTEG, XFORM_PRF, XFORM_KE, XFORM_ESN, 0
};
#define N_KINDS		(sizeof(kinds) / sizeof(kinds[0]))
#define BRIEF_WORD	24

static size_t
kind_of(unsigned long type)
{
	size_t k;

	for (k = 0; k + 1 < N_KINDS && kinds[k] != type; k++)
		;
	return (k);
}

static void
brief_word(const struct xform *x, char buf[static BRIEF_WORD])
{
	const struct alg *a = alg_find(x->type, x->id, x->key_bits);

	if (a != NULL)
		(void)snprintf(buf, BRIEF_WORD, "%s", a->name);
	else
		(void)snprintf(buf, BRIEF_WORD, "%u/%u", x->type, x->id);
}

/* The n-th transform of a kind; NULL: there are not so many. */
static const struct xform *
nth_of(const struct proposal *p, size_t kind, uint16_t n)
{
	uint16_t i;

	for (i = 0; i < p->n_xforms; i++)
		if (kind_of(p->xforms[i].type) == kind &&
		    (p->xforms[i].type != XFORM_ESN ||
		    p->xforms[i].id != ESN_NONE) && n-- == 0)
			return (&p->xforms[i]);
	return (NULL);
}

const char *
proposal_brief(const struct proposal *p, char *buf, size_t cap)
{
	uint16_t take[N_KINDS] = { 0 }, n;
	char word[BRIEF_WORD];
	const struct xform *x;
	size_t k, len = 0;

	/* the first of each kind, then the second of each, while there is room */
	for (n = 0; n < p->n_xforms; n++)
		for (k = 0; k < N_KINDS; k++) {
			if (take[k] != n || (x = nth_of(p, k, n)) == NULL)
				continue;
			brief_word(x, word);
			if (len + strlen(word) + (len > 0) >= cap)
				continue;
			len += strlen(word) + (len > 0);
			take[k]++;
		}
	buf[0] = '\0';
	for (k = 0, len = 0; k < N_KINDS; k++)
		for (n = 0; n < take[k]; n++) {
			brief_word(nth_of(p, k, n), word);
			len += (size_t)snprintf(buf + len, cap - len, "%s%s",
			    len > 0 ? "-" : "", word);
		}
	return (buf);
}

/* The algorithm of a word that is usable in such a proposal; else NULL, with
 * the kind and whether it is no algorithm at all, of "type/id". */
static const struct alg *
known_word(const char *word, size_t len, enum suite_proto proto,
    size_t *kind, bool *none)
{
	const struct alg *a = alg_by_name(word, len);
	const char *slash = memchr(word, '/', len);

	*none = a == NULL && slash != NULL &&
	    slash + 2 == word + len && slash[1] == '0';
	*kind = kind_of(a != NULL ? a->type : strtoul(word, NULL, 10));
	return (a != NULL && (proto == PROTO_IKE ? a->ike : a->esp) ? a : NULL);
}

/* Whether the words have an AEAD algorithm: then the others do not count, which
 * cannot share a proposal with it. */
static bool
known_aead(const char *text, size_t len, enum suite_proto proto)
{
	const struct alg *a;
	size_t i, n, kind;
	bool none;

	for (i = 0; i < len; i += n + 1) {
		for (n = 0; i + n < len && text[i + n] != '-'; n++)
			;
		a = known_word(text + i, n, proto, &kind, &none);
		if (a != NULL && a->aead)
			return (true);
	}
	return (false);
}

const char *
proposal_known(const char *text, size_t len, enum suite_proto proto,
    char buf[static PROPOSAL_TEXT_MAX], const char **lack)
{
	static const char *const names[N_KINDS] = {
		"encryption algorithm", "integrity algorithm", "prf",
		"key exchange group", "kind of sequence numbers",
		"additional key exchange"
	};
	bool aead = known_aead(text, len, proto), none;
	bool need[N_KINDS] = { true, !aead, proto == PROTO_IKE,
	    proto == PROTO_IKE };
	bool has[N_KINDS] = { false };
	const struct alg *a;
	const char *why, *bad;
	struct proposal p;
	size_t i, n, k, used = 0;

	buf[0] = '\0';
	for (i = 0; i < len; i += n + 1) {
		for (n = 0; i + n < len && text[i + n] != '-'; n++)
			;
		a = known_word(text + i, n, proto, &k, &none);
		if (aead && (k == kind_of(XFORM_INTEG) ||
		    (a != NULL && a->type == XFORM_ENCR && !a->aead)))
			continue;
		has[k] |= a != NULL || none;
		need[k] |= a == NULL;
		if (a != NULL && used + strlen(a->name) + 2 <
		    PROPOSAL_TEXT_MAX)
			used += (size_t)snprintf(buf + used,
			    PROPOSAL_TEXT_MAX - used, "%s%s", used > 0 ? "-" :
			    "", a->name);
	}
	for (k = 0; k < N_KINDS; k++)
		if (need[k] && !has[k]) {
			*lack = names[k];
			return (NULL);
		}
	*lack = names[0];
	return (proposal_parse(buf, proto, &p, &why, &bad, &n) == 0 ? buf :
	    NULL);
}

const struct alg *
proposal_weak(const struct proposal *p)
{
	const struct alg *a;
	uint16_t i;

	for (i = 0; i < p->n_xforms; i++) {
		a = alg_find(p->xforms[i].type, p->xforms[i].id,
		    p->xforms[i].key_bits);
		if (a != NULL && a->weak)
			return (a);
	}
	return (NULL);
}
