#include "desk/spell.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fold.h"

static char plain_of(uint32_t c) /* 0: stays as it is */
{
	static const struct {
		uint32_t from, to; /* a range */
		char plain;
	} v[] = {
		{0xE0, 0xE6, 'a'}, {0xE8, 0xEB, 'e'}, {0xEC, 0xEF, 'i'}, {0xF2, 0xF6, 'o'}, {0xF8, 0xF8, 'o'}, {0xF9, 0xFC, 'u'},
		{0x2010, 0x2015, '-'}, {0x2212, 0x2212, '-'}, {0x2018, 0x2019, '\''}, {0xB4, 0xB4, '\''},
	};
	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		if (c >= v[i].from && c <= v[i].to)
			return v[i].plain;
	return '\0';
}

char *spell_plain(const char *s, size_t n)
{
	char *folded = fold_text(s, n);
	size_t len = strlen(folded), k;
	struct buf b = {0};
	for (size_t i = 0; i < len; i += k) {
		char c = plain_of(utf8_next(folded + i, len - i, &k));
		if (c)
			buf_addc(&b, c);
		else
			buf_add(&b, folded + i, k);
	}
	free(folded);
	return buf_take(&b);
}

char *spell_compact(const char *s, size_t n)
{
	char *plain = spell_plain(s, n);
	size_t len = strlen(plain), to = 0, k;
	for (size_t i = 0; i < len; i += k) {
		bool word = char_is_word(utf8_next(plain + i, len - i, &k));
		for (size_t j = 0; word && j < k; j++)
			plain[to++] = plain[i + j];
	}
	plain[to] = '\0';
	return plain;
}

bool spell_is(const char *compact, const char *written, size_t n)
{
	for (size_t i = 0, k; i < n; i += k) {
		uint32_t u = utf8_next(written + i, n - i, &k);
		char c = plain_of(u);
		if (c ? !char_is_word((unsigned char)c) : !char_is_word(u))
			continue;
		if (c ? *compact != c : strncmp(compact, written + i, k) != 0)
			return false;
		compact += c ? 1 : k;
	}
	return *compact == '\0';
}
