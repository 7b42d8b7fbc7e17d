#include "mail/decode.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* ---- base64 ---- */

enum { PAD = 64, JUNK = 0xFF }; /* what a byte is, if it is no digit */

static unsigned value_of(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26u;
	if (c >= '0' && c <= '9')
		return c - '0' + 52u;
	return c == '+' ? 62 : c == '/' ? 63 : c == '=' ? PAD : JUNK;
}

static void values(unsigned char table[static 256])
{
	for (unsigned c = 0; c < 256; c++)
		table[c] = (unsigned char)value_of((unsigned char)c);
}

/* Four digits make three bytes; the first '=' is the end: what mailing lists put below is no base64. */
void decode_base64(const char *s, size_t n, size_t most, struct buf *out)
{
	enum { STEP = 1024 }; /* digits in a row that are looked at, before room is made for more */
	const unsigned char *p = (const unsigned char *)s, *end = p + n;
	unsigned char table[256];
	uint32_t bits = 0;
	size_t begin = out->n;
	unsigned k = 0, v = JUNK;
	values(table);
	while (p < end && v != PAD && out->n - begin <= most) {
		buf_reserve(out, STEP);
		char *to = out->s + out->n;
		for (const unsigned char *stop = end - p > STEP ? p + STEP : end; p < stop && v != PAD;) {
			if (k == 0 && stop - p >= 4) { /* the usual: four digits in a row */
				unsigned a = table[p[0]], b = table[p[1]], c = table[p[2]], d = table[p[3]];
				if ((a | b | c | d) < PAD) {
					bits = a << 18 | b << 12 | c << 6 | d;
					*to++ = (char)(bits >> 16);
					*to++ = (char)(bits >> 8);
					*to++ = (char)bits;
					p += 4;
					continue;
				}
			}
			v = table[*p++];
			if (v >= PAD)
				continue;
			bits = bits << 6 | v;
			if (++k < 4)
				continue;
			k = 0;
			*to++ = (char)(bits >> 16);
			*to++ = (char)(bits >> 8);
			*to++ = (char)bits;
		}
		out->n = (size_t)(to - out->s);
		*to = '\0';
	}
	if (v == PAD && k >= 2) {
		bits <<= 6 * (4 - k);
		buf_addc(out, (char)(bits >> 16));
		if (k == 3)
			buf_addc(out, (char)(bits >> 8));
	}
}

/* The digits in s, which has no '='. In blocks of a fixed size with a small sum, so that the compiler does many bytes at once. */
static size_t count_digits(const char *s, size_t n)
{
	enum { BLOCK = 128 };
	const unsigned char *p = (const unsigned char *)s;
	size_t all = 0, i = 0;
	for (; n - i >= BLOCK; i += BLOCK) {
		unsigned char sum = 0;
		for (size_t j = 0; j < BLOCK; j++) {
			unsigned char c = p[i + j], letter = (unsigned char)((c | 0x20) - 'a'), figure = (unsigned char)(c - '0');
			sum = (unsigned char)(sum + ((letter < 26) | (figure < 10) | (c == '+') | (c == '/')));
		}
		all += sum;
	}
	for (; i < n; i++)
		all += value_of(p[i]) < PAD;
	return all;
}

size_t decoded_base64(const char *s, size_t n)
{
	const char *pad = memchr(s, '=', n);
	size_t digits = count_digits(s, pad ? (size_t)(pad - s) : n), rest = digits % 4;
	return digits / 4 * 3 + (pad && rest >= 2 ? rest - 1 : 0);
}

/* ---- quoted-printable ---- */

static int hex(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What stands at s[0] == '=': its length there, 0 when it is cut off by the end, and what it means in text (of *len bytes, 0 for a soft
 * line break). */
static size_t escape(const char *s, size_t n, char text[static 3], size_t *len)
{
	*len = 0;
	if (n >= 2 && s[1] == '\n')
		return 2;
	if (n < 3)
		return 0;
	int a = hex((unsigned char)s[1]), b = hex((unsigned char)s[2]);
	if (a >= 0 && b >= 0) {
		text[0] = (char)(a << 4 | b);
		*len = 1;
	} else if (s[1] != '\r' || s[2] != '\n') {
		memcpy(text, s, 3);
		*len = 3;
	}
	return 3;
}

void decode_quoted(const char *s, size_t n, size_t most, struct buf *out)
{
	char text[3];
	size_t begin = out->n;
	most = most < n ? most : n; /* it never grows */
	buf_reserve(out, most);
	for (size_t i = 0, len, k; i < n && out->n - begin <= most; i += k) {
		if (s[i] == '=') {
			k = escape(s + i, n - i, text, &len);
			if (k == 0)
				return;
			if (len == 1)
				buf_addc(out, text[0]);
			else
				buf_add(out, text, len);
			continue;
		}
		const char *next = memchr(s + i, '=', n - i);
		size_t room = most - (out->n - begin) + 1;
		k = next ? (size_t)(next - s) - i : n - i;
		k = k < room ? k : room;
		buf_add(out, s + i, k);
	}
}

size_t decoded_quoted(const char *s, size_t n)
{
	char text[3];
	size_t size = 0;
	for (size_t i = 0, len, k; i < n; i += k) {
		if (s[i] == '=') {
			k = escape(s + i, n - i, text, &len);
			if (k == 0)
				break;
			size += len;
			continue;
		}
		const char *next = memchr(s + i, '=', n - i);
		k = next ? (size_t)(next - s) - i : n - i;
		size += k;
	}
	return size;
}
