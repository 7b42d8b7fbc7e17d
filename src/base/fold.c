#include "base/fold.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/mem.h"

uint32_t utf8_next(const char *s, size_t n, size_t *len)
{
	const unsigned char *p = (const unsigned char *)s;
	utf8proc_int32_t c;
	if (p[0] < 0x80) {
		*len = 1;
		return p[0];
	}
	utf8proc_ssize_t k = utf8proc_iterate(p, n > 4 ? 4 : (utf8proc_ssize_t)n, &c);
	if (k <= 0) {
		*len = 1;
		return 0xFFFD;
	}
	*len = (size_t)k;
	return (uint32_t)c;
}

void utf8_put(char out[static 4], uint32_t c, size_t *len)
{
	*len = (size_t)utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)out);
}

bool utf8_valid(const char *s, size_t n)
{
	for (size_t i = 0, k; i < n; i += k)
		if (utf8_next(s + i, n - i, &k) == 0xFFFD && !(k == 3))
			return false;
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

/* A run of what is not ASCII is folded at once, so that its characters compose with each other. */
char *fold_text(const char *s, size_t n)
{
	struct buf out = {0};
	bool space = false;
	buf_reserve(&out, n);
	size_t i = 0;
	while (i < n) {
		unsigned char c = (unsigned char)s[i];
		if (c < 0x80) { /* the fast path: most of most mails */
			i++;
			if (c <= ' ' || c == 0x7F) {
				space = out.n > 0;
				continue;
			}
			if (space)
				buf_addc(&out, ' ');
			space = false;
			buf_addc(&out, c >= 'A' && c <= 'Z' ? (char)(c + 32) : (char)c);
			continue;
		}
		size_t end = i, k;
		while (end < n && (unsigned char)s[end] >= 0x80)
			end++;
		struct buf run = {0};
		if (out.n && !space) { /* the letter written last goes along: a mark may compose with it, "o" + U+0308 */
			buf_addc(&run, out.s[out.n - 1]);
			buf_cut(&out, out.n - 1);
		}
		for (size_t j = i; j < end; j += k) {
			uint32_t u = utf8_next(s + j, end - j, &k);
			char put[4];
			size_t m = 1;
			put[0] = ' ';
			if (!is_space(u))
				utf8_put(put, u, &m);
			buf_add(&run, put, m);
		}
		i = end;
		utf8proc_uint8_t *mapped = NULL;
		utf8proc_ssize_t got = utf8proc_map((const utf8proc_uint8_t *)(run.s ? run.s : ""), (utf8proc_ssize_t)run.n, &mapped,
		                                    UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
		for (utf8proc_ssize_t j = 0; j < got; j++) {
			if (mapped[j] == ' ') {
				space = out.n > 0;
				continue;
			}
			if (space)
				buf_addc(&out, ' ');
			space = false;
			buf_addc(&out, (char)mapped[j]);
		}
		free(mapped);
		buf_free(&run);
	}
	return buf_take(&out);
}
