#include "mail/json_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fold.h"
#include "mail/charset.h"

static void separate(struct buf *out)
{
	if (out->n && !strchr("{[:", out->s[out->n - 1]))
		buf_addc(out, ',');
}

void json_open(struct buf *out, char bracket)
{
	separate(out);
	buf_addc(out, bracket);
}

void json_close(struct buf *out, char bracket)
{
	buf_addc(out, bracket);
}

void json_key(struct buf *out, const char *key)
{
	separate(out);
	buf_addc(out, '"');
	buf_adds(out, key);
	buf_add(out, "\":", 2);
}

static bool needs_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\';
}

/* Is none of eight bytes to be escaped? May say no where all are fine, never yes where one is not. */
static bool eight_plain(const char *s)
{
	static const uint64_t ones = UINT64_C(0x0101010101010101), high = UINT64_C(0x8080808080808080);
	uint64_t v, quote, slash;
	memcpy(&v, s, sizeof v);
	quote = v ^ ones * '"';
	slash = v ^ ones * '\\';
	return (((v - ones * 0x20) & ~v) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & high ? false : true;
}

static size_t plain_run(const char *s, size_t n)
{
	size_t i = 0;
	while (n - i >= 8 && eight_plain(s + i))
		i += 8;
	while (i < n && !needs_escape((unsigned char)s[i]))
		i++;
	return i;
}

static void put_escape(struct buf *out, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *known = c ? strchr(from, c) : NULL;
	if (known) {
		buf_addc(out, '\\');
		buf_addc(out, to[known - from]);
	} else {
		buf_addf(out, "\\u%04X", (unsigned)c);
	}
}

static void put_valid(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t run = plain_run(s + i, n - i);
		buf_add(out, s + i, run);
		i += run;
		if (i < n)
			put_escape(out, (unsigned char)s[i++]);
	}
}

void json_put(struct buf *out, const char *s)
{
	size_t n = s ? strlen(s) : 0;
	separate(out);
	if (!s) {
		buf_adds(out, "null");
		return;
	}
	buf_reserve(out, n + n / 16 + 2);
	buf_addc(out, '"');
	if (utf8_valid(s, n)) {
		put_valid(out, s, n);
	} else {
		struct buf clean = {0};
		utf8_clean(s, n, &clean);
		put_valid(out, clean.s, clean.n);
		buf_free(&clean);
	}
	buf_addc(out, '"');
}

void json_put_number(struct buf *out, int64_t n)
{
	separate(out);
	buf_addf(out, "%" PRId64, n);
}

void json_put_bool(struct buf *out, bool yes)
{
	separate(out);
	buf_adds(out, yes ? "true" : "false");
}
