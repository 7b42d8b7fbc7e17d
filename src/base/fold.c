#include "base/fold.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/mem.h"

static bool is_more(unsigned char c)
{
	return (c & 0xC0) == 0x80;
}

/* By table 3-7 of the Unicode standard: the second byte keeps out what is over-long, a surrogate, or beyond U+10FFFF. */
uint32_t utf8_next(const char *s, size_t n, size_t *len)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned char c = p[0];
	*len = 1;
	if (c < 0x80)
		return c;
	if (c < 0xC2 || c > 0xF4 || n < 2)
		return 0xFFFD;
	if (c < 0xE0) {
		if (!is_more(p[1]))
			return 0xFFFD;
		*len = 2;
		return (uint32_t)(c & 0x1F) << 6 | (p[1] & 0x3F);
	}
	unsigned char least = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80, most = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
	if (p[1] < least || p[1] > most || n < 3 || !is_more(p[2]))
		return 0xFFFD;
	if (c < 0xF0) {
		*len = 3;
		return (uint32_t)(c & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
	}
	if (n < 4 || !is_more(p[3]))
		return 0xFFFD;
	*len = 4;
	return (uint32_t)(c & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 | (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
}

void utf8_put(char out[static 4], uint32_t c, size_t *len)
{
	if (c >= 0x80 && c < 0x800) {
		out[0] = (char)(0xC0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3F));
		*len = 2;
		return;
	}
	*len = (size_t)utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)out);
}

size_t ascii_run(const char *s, size_t n)
{
	size_t i = 0;
	for (uint64_t a, b; n - i >= 16; i += 16) { /* sixteen bytes at a time */
		memcpy(&a, s + i, sizeof a);
		memcpy(&b, s + i + 8, sizeof b);
		if ((a | b) & UINT64_C(0x8080808080808080))
			break;
	}
	while (i < n && (unsigned char)s[i] < 0x80)
		i++;
	return i;
}

bool utf8_valid(const char *s, size_t n)
{
	for (size_t i = 0, k; i < n; i += k) {
		if ((unsigned char)s[i] < 0x80)
			k = ascii_run(s + i, n - i);
		else if (utf8_next(s + i, n - i, &k) == 0xFFFD && !(k == 3))
			return false;
	}
	return true;
}

size_t utf8_cut(const char *s, size_t n, size_t max)
{
	if (max >= n)
		return n;
	while (max > 0 && ((unsigned char)s[max] & 0xC0) == 0x80)
		max--;
	return max;
}

bool char_is_word(uint32_t c)
{
	if (c < 0x80)
		return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
	if (c >= 0xC0 && c <= 0xFF)
		return c != 0xD7 && c != 0xF7;
	utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);
	return (k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_NO);
}

static bool is_space(uint32_t c)
{
	if (c <= ' ' || c == 0x7F)
		return true;
	if (c < 0xA0)
		return c >= 0x80;
	utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);
	return k == UTF8PROC_CATEGORY_ZS || k == UTF8PROC_CATEGORY_ZL || k == UTF8PROC_CATEGORY_ZP;
}

/* What most European mail has beyond ASCII: Latin-1's letters, and the quotes and dashes of word processors. None of it composes with a
 * neighbour, and each has one folding. Writes that of the character at s to put; its length there, or 0 when it is none of these. */
static size_t fold_common(const unsigned char *s, size_t n, size_t *len, char put[static 3])
{
	if (n >= 2 && s[0] == 0xC3 && is_more(s[1]) && s[1] != 0x9F) { /* but the sharp s, which grows to two letters */
		put[0] = (char)s[0];
		put[1] = (char)(s[1] < 0x9F && s[1] != 0x97 ? s[1] | 0x20 : s[1]);
		*len = 2;
		return 2;
	}
	if (n >= 2 && s[0] == 0xC2 && s[1] == 0xA0) {
		put[0] = ' ';
		*len = 2;
		return 1;
	}
	if (n >= 3 && s[0] == 0xE2 && s[1] == 0x80 && (s[2] == 0x93 || s[2] == 0x94 || s[2] == 0x98 || s[2] == 0x99 || s[2] == 0x9C || s[2] == 0x9D)) {
		memcpy(put, s, 3);
		*len = 3;
		return 3;
	}
	return 0;
}

struct folder {
	struct buf out;
	bool space; /* owed before the next character */
};

static void put_folded(struct folder *f, const char *s, size_t n)
{
	if (n == 1 && *s == ' ') {
		f->space = f->out.n > 0;
		return;
	}
	if (f->space)
		buf_addc(&f->out, ' ');
	f->space = false;
	buf_add(&f->out, s, n);
}

/* A run of what is not ASCII is folded at once, so that its characters compose with each other. */
static void fold_run(struct folder *f, const char *s, size_t n)
{
	struct buf run = {0};
	if (f->out.n && !f->space) { /* the letter written last goes along: a mark may compose with it, "o" + U+0308 */
		buf_addc(&run, f->out.s[f->out.n - 1]);
		buf_cut(&f->out, f->out.n - 1);
	}
	for (size_t j = 0, k; j < n; j += k) {
		uint32_t u = utf8_next(s + j, n - j, &k);
		char put[4];
		size_t m = 1;
		put[0] = ' ';
		if (!is_space(u))
			utf8_put(put, u, &m);
		buf_add(&run, put, m);
	}
	utf8proc_uint8_t *mapped = NULL;
	utf8proc_ssize_t got = utf8proc_map((const utf8proc_uint8_t *)(run.s ? run.s : ""), (utf8proc_ssize_t)run.n, &mapped,
	                                    UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
	for (utf8proc_ssize_t j = 0; j < got; j++)
		put_folded(f, (const char *)&mapped[j], 1);
	free(mapped);
	buf_free(&run);
}

char *fold_text(const char *s, size_t n)
{
	struct folder f = {0};
	buf_reserve(&f.out, n);
	for (size_t i = 0; i < n;) {
		unsigned char c = (unsigned char)s[i];
		if (c < 0x80) { /* most of most mails */
			i++;
			if (c <= ' ' || c == 0x7F) {
				f.space = f.out.n > 0;
				continue;
			}
			if (f.space)
				buf_addc(&f.out, ' ');
			f.space = false;
			buf_addc(&f.out, c >= 'A' && c <= 'Z' ? (char)(c + 32) : (char)c);
			continue;
		}
		size_t end = i, known = i, k, m;
		char put[3];
		while (end < n && (unsigned char)s[end] >= 0x80)
			end++;
		while (known < end && fold_common((const unsigned char *)s + known, end - known, &k, put) > 0)
			known += k;
		for (size_t j = i; known == end && j < end; j += k) {
			m = fold_common((const unsigned char *)s + j, end - j, &k, put);
			put_folded(&f, put, m);
		}
		if (known < end)
			fold_run(&f, s + i, end - i);
		i = end;
	}
	return buf_take(&f.out);
}
