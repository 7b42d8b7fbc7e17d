/* RFC 2047 encoded words, also where they should not be, and without the blanks that should be around them. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "mail/charset.h"
#include "mail/head.h"

struct word {
	const char *charset;
	size_t charset_n;
	char encoding; /* 'b' or 'q' */
	const char *text;
	size_t text_n;
	size_t length; /* of the whole "=?…?=" */
};

/* *open: no "?=" follows any more; looking for it once is enough. */
static bool word_at(const char *s, size_t n, struct word *w, bool *open)
{
	if (*open || n < 8 || s[0] != '=' || s[1] != '?')
		return false;
	const char *end = s + n, *p = s + 2;
	while (p < end && *p != '?' && *p > ' ' && p - s < 80)
		p++;
	if (end - p < 4 || p[0] != '?' || p[2] != '?')
		return false;
	w->encoding = (char)tolower((unsigned char)p[1]);
	if (w->encoding != 'b' && w->encoding != 'q')
		return false;
	w->charset = s + 2;
	w->charset_n = (size_t)(p - w->charset);
	w->text = p + 3;
	const char *stop = memmem(w->text, (size_t)(end - w->text), "?=", 2);
	if (!stop) {
		*open = true;
		return false;
	}
	w->text_n = (size_t)(stop - w->text);
	w->length = (size_t)(stop - s) + 2;
	return true;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void quoted(const struct word *w, struct buf *out)
{
	for (size_t i = 0; i < w->text_n; i++) {
		char c = w->text[i];
		if (c == '=' && i + 2 < w->text_n && hex(w->text[i + 1]) >= 0 && hex(w->text[i + 2]) >= 0) {
			c = (char)(hex(w->text[i + 1]) * 16 + hex(w->text[i + 2]));
			i += 2;
		} else if (c == '_') {
			c = ' ';
		}
		buf_addc(out, c);
	}
}

static void base64(const struct word *w, struct buf *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned v = 0;
	int bits = 0;
	for (size_t i = 0; i < w->text_n; i++) {
		char c = w->text[i] == '-' ? '+' : w->text[i] == '_' ? '/' : w->text[i];
		const char *d = c ? strchr(digits, c) : NULL;
		if (c == '=')
			bits = 0; /* some programs pad in the middle, and begin anew */
		if (!d)
			continue;
		v = v << 6 | (unsigned)(d - digits);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf_addc(out, (char)(v >> bits & 0xFF));
		}
	}
}

/* To one clean line: what was decoded may hold line ends ("=?utf-8?b?eA0KQmNjOiBldmls?="), which would make a new field. */
static void add_line(const struct buf *b, struct buf *out)
{
	for (size_t i = 0; i < b->n; i++)
		buf_addc(out, (unsigned char)b->s[i] < ' ' || b->s[i] == 0x7F ? ' ' : b->s[i]);
}

static void flush(const struct word *w, struct buf *bytes, struct buf *out)
{
	char label[96];
	size_t n = w->charset_n < sizeof label - 1 ? w->charset_n : sizeof label - 1;
	memcpy(label, w->charset, n);
	label[n] = '\0';
	struct buf text = {0};
	charset_to_utf8(label, bytes->s ? bytes->s : "", bytes->n, &text);
	add_line(&text, out);
	buf_free(&text);
	buf_clear(bytes);
}

/* Neighbours of one charset are converted together: senders cut characters in two between them. */
void head_decode(const char *s, size_t n, struct buf *out)
{
	struct buf bytes = {0};
	struct word w, last = {0};
	bool pending = false, open = false;
	size_t blanks = 0; /* at the end of out, behind an encoded word */
	for (size_t i = 0; i < n;) {
		if (s[i] != '=' || !word_at(s + i, n - i, &w, &open)) {
			size_t j = i + 1;
			while (j < n && s[j] != '=' && (s[j] == ' ') == (s[i] == ' '))
				j++;
			if (s[i] == ' ' && pending) {
				blanks += j - i; /* held back: it is dropped between two encoded words */
			} else {
				if (pending)
					flush(&last, &bytes, out);
				for (; pending && blanks; blanks--)
					buf_addc(out, ' ');
				pending = false;
				buf_add(out, s + i, j - i);
			}
			i = j;
			continue;
		}
		bool same = pending && w.charset_n == last.charset_n && strncasecmp(w.charset, last.charset, w.charset_n) == 0;
		if (pending && !same)
			flush(&last, &bytes, out);
		if (w.encoding == 'q')
			quoted(&w, &bytes);
		else
			base64(&w, &bytes);
		last = w;
		pending = true;
		blanks = 0;
		i += w.length;
	}
	if (pending)
		flush(&last, &bytes, out);
	if (!out->s)
		buf_add(out, "", 0);
	buf_free(&bytes);
}
