/* SPDX-License-Identifier: ISC */
/*
 * runs in: main.  From the text of a value to what it means, by the type that
 * conf_opt.c gives to its option.  Every refusal says what is wanted.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greipsecd/conf_int.h"
#include "lib/base64.h"
#include "lib/suite.h"

struct unit {
	const char	*name;
	uint64_t	 n;
};

/* Times in milliseconds; a bare number is seconds. */
static const struct unit time_units[] = {
	{ "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
	{ "h", 3600000 }, { "d", 86400000 }, { NULL, 0 }
};
static const struct unit byte_units[] = {
	{ "", 1 }, { "k", 1 << 10 }, { "m", 1 << 20 }, { "g", 1 << 30 },
	{ "t", UINT64_C(1) << 40 }, { NULL, 0 }
};
static const struct unit no_units[] = { { "", 1 }, { NULL, 0 } };

static int
refuse(char why[static WHY_MAX], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int
refuse(char why[static WHY_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, WHY_MAX, fmt, ap);
	va_end(ap);
	return (-1);
}

/* Digits and a unit; -1 when it is something else or too large. */
static int
number(const char *s, const struct unit *units, uint64_t *out)
{
	uint64_t n = 0;
	const struct unit *u;

	if (*s < '0' || *s > '9')
		return (-1);
	for (; *s >= '0' && *s <= '9'; s++) {
		if (n > (UINT64_MAX >> 8) / 10)
			return (-1);
		n = n * 10 + (uint64_t)(*s - '0');
	}
	for (u = units; u->name != NULL; u++)
		if (strcmp(u->name, s) == 0)
			break;
	if (u->name == NULL || n > UINT64_MAX / u->n)
		return (-1);
	*out = n * u->n;
	return (0);
}

/* "a, b or c" */
static const char *
join(const char *const *words, char *buf, size_t cap)
{
	size_t i, used = 0;
	int n;

	buf[0] = '\0';
	for (i = 0; words[i] != NULL && used < cap; i++) {
		n = snprintf(buf + used, cap - used, "%s%s", i == 0 ? "" :
		    words[i + 1] == NULL ? " or " : ", ", words[i]);
		used += n > 0 ? (size_t)n : 0;
	}
	return (buf);
}

static const char *
nth_word(void *ctx, size_t i)
{
	const char *const *words = ctx;

	return (words[i]);
}

static bool
word_value(const struct opt_def *d, const char *text, struct optval *out)
{
	size_t i;

	for (i = 0; d->words != NULL && d->words[i] != NULL; i++)
		if (strcmp(d->words[i], text) == 0) {
			out->num = i;
			out->text = d->words[i];
			out->word = true;
			return (true);
		}
	return (false);
}

static int
val_word(const struct opt_def *d, const struct lex_tok *t, struct optval *out,
    struct pool *pool, char why[static WHY_MAX])
{
	char list[128];
	const char *near;

	(void)pool;
	if (word_value(d, t->text, out))
		return (0);
	near = spell(t->text, t->len, nth_word, (void *)(uintptr_t)d->words);
	return (refuse(why, "must be %s%s%s%s", join(d->words, list,
	    sizeof(list)), near != NULL ? "; did you mean '" : "",
	    near != NULL ? near : "", near != NULL ? "'?" : ""));
}

static int
val_flag(const struct opt_def *d, const struct lex_tok *t, struct optval *out,
    struct pool *pool, char why[static WHY_MAX])
{
	(void)t;
	(void)pool;
	(void)why;
	out->num = d->min;
	return (0);
}

static int
val_num(const struct opt_def *d, const struct lex_tok *t, struct optval *out,
    struct pool *pool, char why[static WHY_MAX])
{
	char list[128] = "";

	(void)pool;
	if (word_value(d, t->text, out))
		return (0);
	if (number(t->text, no_units, &out->num) == 0 && out->num >= d->min &&
	    out->num <= d->max)
		return (0);
	if (d->words != NULL)
		(void)join(d->words, list, sizeof(list));
	return (refuse(why, "must be %llu to %llu%s%s",
	    (unsigned long long)d->min, (unsigned long long)d->max,
	    list[0] != '\0' ? ", or " : "", list));
}

/* A time as people write it. */
static const char *
time_text(uint64_t ms, char buf[static 32])
{
	static const struct { uint64_t n; const char *unit; } u[] = {
		{ 86400000, "d" }, { 3600000, "h" }, { 60000, "m" },
		{ 1000, "s" }
	};
	size_t i;

	(void)snprintf(buf, 32, "%llums", (unsigned long long)ms);
	for (i = 0; i < sizeof(u) / sizeof(u[0]); i++)
		if (ms != 0 && ms % u[i].n == 0) {
			(void)snprintf(buf, 32, "%llu%s",
			    (unsigned long long)(ms / u[i].n), u[i].unit);
			break;
		}
	return (buf);
}

/* VAL_MS gives milliseconds, the others seconds. */
static int
val_time(const struct opt_def *d, const struct lex_tok *t, struct optval *out,
    struct pool *pool, char why[static WHY_MAX])
{
	uint64_t scale = d->type == VAL_MS ? 1 : 1000, n;
	char lo[32], hi[32], list[64] = "";

	(void)pool;
	if (word_value(d, t->text, out)) {
		out->num = 0;
		return (0);
	}
	if (number(t->text, time_units, &n) == -1)
		n = UINT64_MAX;
	else if (n % scale != 0)
		return (refuse(why, "must be whole seconds"));
	if (n >= d->min * scale && n <= d->max * scale) {
		out->num = n / scale;
		return (0);
	}
	if (d->words != NULL)
		(void)join(d->words, list, sizeof(list));
	return (refuse(why, "must be a time of %s to %s%s%s",
	    time_text(d->min * scale, lo), time_text(d->max * scale, hi),
	    list[0] != '\0' ? ", or " : "", list));
}

static int
val_bytes(const struct opt_def *d, const struct lex_tok *t, struct optval *out,
    struct pool *pool, char why[static WHY_MAX])
{
	(void)pool;
	if (word_value(d, t->text, out)) {
		out->num = 0;
		return (0);
	}
	if (number(t->text, byte_units, &out->num) == 0 &&
	    out->num >= d->min && out->num <= d->max)
		return (0);
	return (refuse(why, "must be a size as in 4g (units k m g t), "
	    "at least 1m, or off"));
}

static int
val_text(const struct opt_def *d, const struct lex_tok *t, struct optval *out,
    struct pool *pool, char why[static WHY_MAX])
{
	size_t i;

	(void)pool;
	if (t->len > d->max)
		return (refuse(why, "must be at most %llu characters, is %zu",
		    (unsigned long long)d->max, t->len));
	for (i = 0; i < t->len; i++)
		if ((unsigned char)t->text[i] < ' ' || t->text[i] == 127)
			return (refuse(why, "must hold no control character"));
	out->text = t->text;
	out->len = t->len;
	return (0);
}

static int
val_name(const struct opt_def *d, const struct lex_tok *t, struct optval *out,
    struct pool *pool, char why[static WHY_MAX])
{
	static const char not_ours[][6] = { "gre0", "tunl0", "sit0", "lo" };
	size_t i;

	(void)pool;
	if (t->len == 0 || t->len > d->max)
		return (refuse(why, "must be 1 to %llu characters",
		    (unsigned long long)d->max));
	for (i = 0; i < t->len; i++) {
		char c = t->text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') ||
		    (i > 0 && (c == '-' || c == '_' || c == '.'))))
			return (refuse(why, "must be letters and digits, and "
			    "behind the first also - _ ."));
	}
	for (i = 0; d->type == VAL_IFNAME &&
	    i < sizeof(not_ours) / sizeof(not_ours[0]); i++)
		if (strcmp(not_ours[i], t->text) == 0)
			return (refuse(why, "is the kernel's own interface"));
	out->text = t->text;
	out->len = t->len;
	return (0);
}

static int
val_addr(const struct opt_def *d, const struct lex_tok *t, struct optval *out,
    struct pool *pool, char why[static WHY_MAX])
{
	(void)pool;
	if (word_value(d, t->text, out))
		return (0);
	if (addr_parse(t->text, &out->addr) == -1)
		return (refuse(why,
		    "must be an IPv4 or IPv6 address, or %s", d->words[0]));
	if (addr_is_any(&out->addr) || addr_is_multicast(&out->addr))
		return (refuse(why, "must be the address of one host"));
	return (0);
}

/* An IPv4 address; area also takes a number. */
static int
val_ip4(const struct opt_def *d, const struct lex_tok *t, struct optval *out,
    struct pool *pool, char why[static WHY_MAX])
{
	uint64_t n;

	(void)pool;
	if (addr_parse(t->text, &out->addr) == 0 &&
	    out->addr.family == ADDR_V4)
		out->num = addr_to_v4(&out->addr);
	else if (d->opt == OPT_AREA && number(t->text, no_units, &n) == 0 &&
	    n <= UINT32_MAX)
		out->num = n;
	else
		return (refuse(why, "must be as in %s", d->opt == OPT_AREA ?
		    "0.0.0.0" : "192.0.2.1"));
	if (d->opt == OPT_ROUTER_ID && (out->num == 0 ||
	    out->num == UINT32_MAX))
		return (refuse(why, "is no router id"));
	return (0);
}

/* Where the trailing zero bytes of a network without a length suggest one. */
static int
likely_len(const struct addr *a)
{
	int len = 32;

	while (len > 0 && a->b[len / 8 - 1] == 0)
		len -= 8;
	return (len);
}

/* Written with its length: a network of which it was forgotten would be one
 * address, and the rest of it would leave in clear. */
static int
prefix4(const char *text, struct prefix *out, char why[static WHY_MAX])
{
	int e = prefix_parse(text, out);

	if (e == -2)
		return (refuse(why, "has bits set behind its length"));
	if (e == -1)
		return (refuse(why, "must be a prefix as in 10.1.0.0/16"));
	if (out->addr.family != ADDR_V4)
		return (refuse(why, "must be IPv4, as OSPFv2 is"));
	if (strchr(text, '/') == NULL)
		return (refuse(why, "needs a length, as in %s/%d", text,
		    likely_len(&out->addr)));
	if (!prefix_routable(out))
		return (refuse(why, "must be a network of hosts"));
	return (0);
}

static int
val_prefix(const struct opt_def *d, const struct lex_tok *t,
    struct optval *out, struct pool *pool, char why[static WHY_MAX])
{
	(void)d;
	(void)pool;
	if (prefix4(t->text, &out->prefix, why) == -1)
		return (-1);
	return (out->prefix.len > 30 ?
	    refuse(why, "has no room for a tunnel; /22 holds 23 sites") : 0);
}

static int
val_net(const struct opt_def *d, const struct lex_tok *t, struct optval *out,
    struct pool *pool, char why[static WHY_MAX])
{
	struct net_val *n, **end = &out->nets;
	struct prefix p;

	(void)d;
	if (prefix4(t->text, &p, why) == -1)
		return (-1);
	while (*end != NULL) {
		if (prefix_eq(&(*end)->prefix, &p))
			return (refuse(why, "is written twice"));
		end = &(*end)->next;
	}
	if ((n = pool_get(pool, sizeof(*n))) == NULL)
		return (refuse(why, "no memory"));
	n->prefix = p;
	n->loc = t->loc;
	*end = n;
	return (0);
}

static int
val_ident(const struct opt_def *d, const struct lex_tok *t,
    struct optval *out, struct pool *pool, char why[static WHY_MAX])
{
	(void)d;
	(void)pool;
	if (strcmp(t->text, "any") == 0 && d->opt == OPT_REMOTE_ID)
		return (0);
	return (ident_parse(t->text, t->len, &out->ident) == -1 ? refuse(why,
	    "must be an address, a name, or user@domain, of at most %d bytes",
	    IKE_ID_DATA_MAX) : 0);
}

static int
val_pub(const struct opt_def *d, const struct lex_tok *t, struct optval *out,
    struct pool *pool, char why[static WHY_MAX])
{
	static const char kind[] = "ed25519:";

	(void)d;
	(void)pool;
	if (strncmp(t->text, "ed25519-private:", 16) == 0)
		return (refuse(why, "is a private key! Give its public one, "
		    "and make a new pair with `greipsecctl keygen'"));
	if (strncmp(t->text, kind, sizeof(kind) - 1) != 0 ||
	    base64_get(t->text + sizeof(kind) - 1, out->pub, 32) == -1)
		return (refuse(why, "must be \"ed25519:...\" as "
		    "`greipsecctl keygen' prints it"));
	return (0);
}

static int
val_props(const struct opt_def *d, const struct lex_tok *t,
    struct optval *out, struct pool *pool, char why[static WHY_MAX])
{
	struct prop_val *p = (struct prop_val *)(uintptr_t)out->props;
	const char *bad, *reason;
	char show[SHOW_MAX];
	size_t bad_len;

	if (p == NULL && (p = pool_get(pool, sizeof(*p))) == NULL)
		return (refuse(why, "no memory"));
	out->props = p;
	if (p->n == PROPOSALS_MAX)
		return (refuse(why, "is one too many: at most %d proposals",
		    PROPOSALS_MAX));
	if (proposal_parse(t->text, d->type == VAL_IKE_PROPS ? PROTO_IKE :
	    PROTO_ESP, &p->p[p->n], &reason, &bad, &bad_len) == -1)
		return (refuse(why, "'%s': %s", lex_show(bad, bad_len, show),
		    reason));
	p->n++;
	return (0);
}

static int
val_pfs(const struct opt_def *d, const struct lex_tok *t, struct optval *out,
    struct pool *pool, char why[static WHY_MAX])
{
	const struct alg *a;

	(void)d;
	(void)pool;
	out->num = KE_NONE;
	if (strcmp(t->text, "none") == 0)
		return (0);
	a = alg_by_name(t->text, t->len);
	if (a == NULL || a->type != XFORM_KE)
		return (refuse(why,
		    "must be none or a group as in x25519 or modp2048"));
	out->num = a->id;
	return (0);
}

static int
val_ike1(const struct opt_def *d, const struct lex_tok *t, struct optval *out,
    struct pool *pool, char why[static WHY_MAX])
{
	(void)d;
	(void)out;
	(void)pool;
	if (strcmp(t->text, "main") == 0 || strcmp(t->text, "aggressive") == 0)
		return (refuse(why,
		    "IKEv1 is not available in this version"));
	return (refuse(why, "is a mode of nothing; transport and tunnel "
	    "are of ipsec { }"));
}

static int
val_version(const struct opt_def *d, const struct lex_tok *t,
    struct optval *out, struct pool *pool, char why[static WHY_MAX])
{
	(void)d;
	(void)pool;
	if (number(t->text, no_units, &out->num) == 0 && out->num == 2)
		return (0);
	return (refuse(why, out->num == 1 ?
	    "IKEv1 is not available in this version" : "must be 2"));
}

int
opt_value(const struct opt_def *d, const struct lex_tok *t,
    struct optval *out, struct pool *pool, char why[static WHY_MAX])
{
	static int (*const read[VAL_N])(const struct opt_def *,
	    const struct lex_tok *, struct optval *, struct pool *,
	    char [static WHY_MAX]) = {
		[VAL_FLAG] = val_flag, [VAL_NUM] = val_num,
		[VAL_NUM_WORD] = val_num, [VAL_MS] = val_time,
		[VAL_SEC] = val_time, [VAL_SEC_WORD] = val_time,
		[VAL_BYTES_WORD] = val_bytes, [VAL_WORD] = val_word,
		[VAL_TEXT] = val_text, [VAL_NAME] = val_name,
		[VAL_IFNAME] = val_name, [VAL_ADDR_WORD] = val_addr,
		[VAL_IP4] = val_ip4, [VAL_PREFIX] = val_prefix,
		[VAL_NETS] = val_net, [VAL_IDENT] = val_ident,
		[VAL_PUB] = val_pub, [VAL_IKE_PROPS] = val_props,
		[VAL_ESP_PROPS] = val_props, [VAL_PFS] = val_pfs,
		[VAL_IKE1] = val_ike1, [VAL_VERSION] = val_version
	};

	if (read[d->type] == NULL)
		return (refuse(why, "cannot be read"));
	return (read[d->type](d, t, out, pool, why));
}

static int
ident_set(struct ike_ident *out, uint8_t type, const void *data, size_t len)
{
	if (len == 0 || len > IKE_ID_DATA_MAX)
		return (-1);
	memset(out, 0, sizeof(*out));
	out->type = type;
	out->n_data = (uint16_t)len;
	memcpy(out->data, data, len);
	return (0);
}

int
ident_parse(const char *text, size_t len, struct ike_ident *out)
{
	static const struct { const char *word; uint8_t type; } kinds[] = {
		{ "fqdn:", IKE_ID_FQDN }, { "email:", IKE_ID_RFC822_ADDR },
		{ "keyid:", IKE_ID_KEY_ID }
	};
	struct prefix p;
	size_t i, k;

	if (strlen(text) != len)
		return (-1);
	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 127)
			return (-1);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		k = strlen(kinds[i].word);
		if (strncmp(text, kinds[i].word, k) == 0)
			return (ident_set(out, kinds[i].type, text + k,
			    len - k));
	}
	/* 192.0.2.1/32 is how ipsec.conf(5) writes the address */
	if (prefix_parse(text, &p) == 0 && p.len == addr_bits(&p.addr))
		return (ident_set(out, p.addr.family == ADDR_V4 ?
		    IKE_ID_IPV4_ADDR : IKE_ID_IPV6_ADDR, p.addr.b,
		    addr_len(&p.addr)));
	if (text[0] == '@')	/* VyOS and strongSwan: a name for sure */
		return (ident_set(out, IKE_ID_FQDN, text + 1, len - 1));
	return (ident_set(out, strchr(text, '@') != NULL ?
	    IKE_ID_RFC822_ADDR : IKE_ID_FQDN, text, len));
}

const char *
ident_text(const struct ike_ident *id, char buf[static IDENT_TEXT_MAX])
{
	char plain[IKE_ID_DATA_MAX + 1];
	struct ike_ident back;
	struct addr a = { 0 };
	const char *kind;

	if (id->type == IKE_ID_IPV4_ADDR || id->type == IKE_ID_IPV6_ADDR) {
		a.family = id->type == IKE_ID_IPV4_ADDR ? ADDR_V4 : ADDR_V6;
		memcpy(a.b, id->data, addr_len(&a));
		return (addr_text(&a, buf));
	}
	memcpy(plain, id->data, id->n_data);
	plain[id->n_data] = '\0';
	kind = id->type == IKE_ID_FQDN ? "fqdn:" :
	    id->type == IKE_ID_RFC822_ADDR ? "email:" : "keyid:";
	if (ident_parse(plain, id->n_data, &back) == 0 &&
	    back.type == id->type && back.n_data == id->n_data)
		kind = "";
	(void)snprintf(buf, IDENT_TEXT_MAX, "%s%s", kind, plain);
	return (buf);
}

static bool
same_md5(const struct md5_val *a, const struct md5_val *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		if (a->key.id != b->key.id || a->key.n_key != b->key.n_key ||
		    memcmp(a->key.key, b->key.key, a->key.n_key) != 0)
			return (false);
	return (a == b);
}

static bool
same_props(const struct prop_val *a, const struct prop_val *b)
{
	char x[PROPOSAL_TEXT_MAX], y[PROPOSAL_TEXT_MAX];
	uint16_t i;

	if (a == NULL || b == NULL || a->n != b->n)
		return (a == b);
	for (i = 0; i < a->n; i++)
		if (strcmp(proposal_text(&a->p[i], x),
		    proposal_text(&b->p[i], y)) != 0)
			return (false);
	return (true);
}

bool
opt_same(enum opt o, const struct optval *a, const struct optval *b)
{
	size_t i;

	if (o == OPT_AUTH)
		return (same_md5(a->md5, b->md5));
	if (a->props != NULL || b->props != NULL)
		return (same_props(a->props, b->props));
	if (o == OPT_PSK) {
		for (i = 0; i < a->n_psk && i < b->n_psk; i++)
			if (a->psk[i].len != b->psk[i].len ||
			    memcmp(a->psk[i].text, b->psk[i].text,
			    a->psk[i].len) != 0)
				return (false);
		return (a->n_psk == b->n_psk);
	}
	return (a->num == b->num && a->word == b->word);
}

/* Edits from a to b, cut off at max + 1; both shorter than 24. */
static size_t
distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t row[25], i, j, diag, up, best;

	for (j = 0; j <= nb; j++)
		row[j] = j;
	for (i = 1; i <= na; i++) {
		diag = row[0];
		row[0] = i;
		for (j = 1; j <= nb; j++) {
			up = row[j];
			best = diag + (a[i - 1] != b[j - 1]);
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diag = up;
			row[j] = best;
		}
	}
	return (row[nb]);
}

const char *
spell(const char *word, size_t len, const char *(*nth)(void *ctx, size_t i),
    void *ctx)
{
	const char *w, *found = NULL;
	size_t i, d, best;

	if (len < 2 || len > 24)
		return (NULL);
	best = len < 4 ? 2 : len < 8 ? 3 : 4;	/* edits, one too many */
	for (i = 0; (w = nth(ctx, i)) != NULL; i++) {
		if (strlen(w) > 24)
			continue;
		d = distance(word, len, w, strlen(w));
		if (d < best) {
			best = d;
			found = w;
		}
	}
	return (found);
}
