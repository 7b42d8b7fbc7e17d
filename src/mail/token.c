#include "mail/token.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

enum { HEAD = 9, MAC = 16, BYTES = HEAD + MAC, DAY = 86400, KEY_BITS = 5, SHA256 = 32 };

static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static int digit_of(char c)
{
	c = lower(c);
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

static void encode(const unsigned char *b, char out[static TOKEN_TEXT + 1])
{
	unsigned v = 0, bits = 0;
	size_t n = 0;
	for (size_t i = 0; i < BYTES; i++) {
		v = (v << 8 | b[i]) & 0xFFFF;
		for (bits += 8; bits >= 5; bits -= 5)
			out[n++] = digits[v >> (bits - 5) & 31];
	}
	out[n] = '\0';
}

static bool decode(const char *s, unsigned char b[static BYTES])
{
	unsigned v = 0, bits = 0;
	size_t n = 0;
	for (size_t i = 0; i < TOKEN_TEXT; i++) { /* ends at a NUL, which is no digit */
		int d = digit_of(s[i]);
		if (d < 0)
			return false;
		v = (v << 5 | (unsigned)d) & 0xFFFF;
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			b[n++] = (unsigned char)(v >> bits);
		}
	}
	return s[TOKEN_TEXT] == '\0';
}

/* The label keeps these from being taken for anything else that is ever made with the same secret; the head has a fixed length and the person
 * is last, so no two different inputs are the same bytes. */
static bool mac_of(const struct token_key *k, const unsigned char head[static HEAD], const char *person, unsigned char out[static MAC])
{
	static const char label[] = "ingang token 1";
	unsigned char full[SHA256];
	gnutls_hmac_hd_t h;
	if (gnutls_hmac_init(&h, GNUTLS_MAC_SHA256, k->secret, sizeof k->secret) != 0)
		return false;
	bool ok = gnutls_hmac(h, label, sizeof label) == 0 && gnutls_hmac(h, head, HEAD) == 0;
	char chunk[64];
	while (ok && *person) {
		size_t n = 0;
		while (n < sizeof chunk && *person)
			chunk[n++] = lower(*person++);
		ok = gnutls_hmac(h, chunk, n) == 0;
	}
	gnutls_hmac_deinit(h, full);
	memcpy(out, full, MAC);
	gnutls_memset(full, 0, sizeof full);
	return ok;
}

static void put(unsigned char *to, size_t n, uint64_t v) /* the highest byte first */
{
	while (n-- > 0) {
		to[n] = (unsigned char)v;
		v >>= 8;
	}
}

static uint64_t get(const unsigned char *from, size_t n)
{
	uint64_t v = 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | from[i];
	return v;
}

bool token_make(const struct token_keys *keys, const struct token *t, const char *person, char out[static TOKEN_TEXT + 1])
{
	out[0] = '\0';
	if (keys->n == 0 || keys->v[0].id >= TOKEN_KEYS || !*person || t->ticket < 1 || t->ticket > UINT32_MAX)
		return false;
	if ((unsigned)t->purpose >= TOKEN_PURPOSES || t->expires < 1 || t->expires > (int64_t)UINT16_MAX * DAY)
		return false;
	unsigned char b[BYTES];
	b[0] = (unsigned char)((unsigned)t->purpose << KEY_BITS | keys->v[0].id);
	put(b + 1, 4, (uint64_t)t->ticket);
	put(b + 5, 2, (uint64_t)((t->expires + DAY - 1) / DAY));
	put(b + 7, 2, t->nonce);
	if (!mac_of(&keys->v[0], b, person, b + HEAD))
		return false;
	encode(b, out);
	return true;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

const char *token_find(const char *text, char out[static TOKEN_TEXT + 1])
{
	for (const char *p = text; *p;) {
		size_t n = 0;
		bool fits = true;
		for (; is_alnum(p[n]); n++)
			fits = fits && digit_of(p[n]) >= 0;
		if (n == TOKEN_TEXT && fits) {
			for (size_t i = 0; i < TOKEN_TEXT; i++)
				out[i] = lower(p[i]);
			out[TOKEN_TEXT] = '\0';
			return p + n;
		}
		p += n ? n : 1;
	}
	out[0] = '\0';
	return NULL;
}

enum token_fault token_check(const struct token_keys *keys, const char *candidate, const char *person, int64_t now, struct token *t)
{
	unsigned char b[BYTES], want[MAC];
	enum token_fault fault = TOKEN_NO_KEY;
	*t = (struct token){0};
	if (!*person || !decode(candidate, b))
		return TOKEN_NOT_ONE;
	for (size_t i = 0; i < keys->n && fault != TOKEN_GOOD; i++) {
		if (keys->v[i].id != (b[0] & (TOKEN_KEYS - 1)))
			continue;
		bool same = mac_of(&keys->v[i], b, person, want) && gnutls_memcmp(want, b + HEAD, MAC) == 0;
		fault = same ? TOKEN_GOOD : TOKEN_FORGED;
	}
	gnutls_memset(want, 0, sizeof want);
	if (fault != TOKEN_GOOD)
		return fault;
	int64_t expires = (int64_t)get(b + 5, 2) * DAY;
	unsigned purpose = b[0] >> KEY_BITS;
	if (purpose >= TOKEN_PURPOSES) /* made by a later version of us: not for this one to act on */
		return TOKEN_NOT_ONE;
	if (now >= expires)
		return TOKEN_EXPIRED;
	*t = (struct token){(int64_t)get(b + 1, 4), (enum token_purpose)purpose, expires, (uint16_t)get(b + 7, 2)};
	return TOKEN_GOOD;
}

const char *token_fault_text(enum token_fault f)
{
	switch (f) {
	case TOKEN_GOOD:
		return "good";
	case TOKEN_NOT_ONE:
		return "not a token";
	case TOKEN_NO_KEY:
		return "made with a key that is not known (any more)";
	case TOKEN_FORGED:
		return "not made by us for this person";
	case TOKEN_EXPIRED:
		return "expired";
	}
	return "not a token";
}
