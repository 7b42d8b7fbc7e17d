/* Strings, numbers, true and false, and what was meant as one of them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "config/mend.h"

enum { DIGITS_MAX = 18 };

/* Makes room for a value. False: none can stand here, and that was reported. */
static bool value_wanted(struct pen *m, bool is_string, const char *what, size_t n)
{
	struct frame *f = mend_top(m);
	int shown = (int)utf8_cut(what, n, 40);
	if (f->state == EQUALS) {
		mend_fault(m, m->line, "'=' is missing after '%.*s'", (int)m->key_n, m->key);
		mend_put(m, "=", 1);
	} else if (!mend_in_group(f) && f->state == AFTER) {
		mend_fault(m, m->line, "a comma is missing before %.*s", shown, what);
		mend_put(m, ",", 1);
	} else if (f->state == KEY || (f->state == AFTER && !(is_string && f->after_string))) {
		mend_fault(m, m->line, "%.*s where a key was expected", shown, what);
		mend_not_understood(m, m->line);
		return false;
	}
	f->state = AFTER;
	f->after_string = is_string;
	m->has_comma = false;
	return true;
}

/* Where a string most likely was to end, on a line without its closing quote. */
static const char *likely_end(const char *from, const char *stop)
{
	while (stop > from && strchr(" \t\r;,])}\\", stop[-1]))
		stop--;
	return stop;
}

void mend_string(struct pen *m)
{
	const char *from = m->p, *q = from + 1;
	bool closed = false, nul = false;
	for (; q < m->end && *q != '\n' && !closed; q++) {
		if (*q == '\\' && q + 1 < m->end && q[1] != '\n') {
			nul |= m->end - q > 3 && q[1] == 'x' && q[2] == '0' && q[3] == '0';
			q++;
		} else if (*q == '"') {
			closed = true;
		}
	}
	if (!closed) {
		mend_fault(m, m->line, "the string that begins with %.*s has no closing '\"' on its line",
		           (int)utf8_cut(from, (size_t)(q - from), 24), from);
		mend_not_understood(m, m->line);
		q = likely_end(from + 1, q);
	} else if (nul) {
		mend_fault(m, m->line, "\\x00 in a string: there is no use for it");
		mend_not_understood(m, m->line);
	}
	if (value_wanted(m, true, from, (size_t)(q - from))) {
		mend_put(m, from, (size_t)(q - from));
		if (!closed)
			mend_put(m, "\"", 1);
	}
	m->p = q;
}

static bool is_integer(const char *s, size_t n)
{
	size_t sign = n > 0 && (s[0] == '+' || s[0] == '-'), i = sign;
	bool hex = n - i > 2 && s[i] == '0' && (s[i + 1] == 'x' || s[i + 1] == 'X') && sign == 0;
	if (hex)
		i += 2;
	size_t digits = 0;
	for (; i < n && (hex ? isxdigit((unsigned char)s[i]) : isdigit((unsigned char)s[i])); i++)
		digits++;
	while (i < n && s[i] == 'L' && n - i <= 2)
		i++;
	return i == n && digits > 0 && digits <= (hex ? 15 : DIGITS_MAX);
}

static bool is_float(const char *s, size_t n)
{
	char text[64], *stop;
	if (n == 0 || n >= sizeof text || strspn(s, "+-0123456789.eE") < n || strcspn(s, ".eE") >= n)
		return false; /* an integer too large is none */
	memcpy(text, s, n);
	text[n] = '\0';
	strtod(text, &stop);
	return *stop == '\0' && strpbrk(text, "0123456789");
}

static bool is_quote_mark(const char *p, const char *end, size_t *n)
{
	static const char *const marks[] = {"“", "”", "„", "‘", "’", "«", "»", "'"};
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		*n = strlen(marks[i]);
		if ((size_t)(end - p) >= *n && memcmp(p, marks[i], *n) == 0)
			return true;
	}
	return false;
}

/* “Office”: quotes as word processors write them. The string goes on to the next mark of the kind, or to the end of the line. */
static bool other_quotes(struct pen *m)
{
	size_t n;
	if (!is_quote_mark(m->p, m->end, &n))
		return false;
	const char *from = m->p + n, *stop = memchr(m->p, '\n', (size_t)(m->end - m->p)), *q = from;
	if (!stop)
		stop = m->end;
	mend_fault(m, m->line, "strings are written in straight double quotes (\"), not in %.*s", (int)n, m->p);
	mend_not_understood(m, m->line);
	while (q < stop && *q != '"' && !is_quote_mark(q, stop, &n))
		q++;
	const char *close = q == stop || *q == '"' ? likely_end(from, q) : q;
	if (value_wanted(m, true, m->p, (size_t)(close - m->p))) {
		mend_put(m, "\"", 1);
		for (const char *c = from; c < close; c++)
			if (*c != '\\')
				mend_put(m, c, 1);
		mend_put(m, "\"", 1);
	}
	m->p = q == stop ? close : *q == '"' ? q + 1 : q + n;
	return true;
}

void mend_bare(struct pen *m)
{
	if (other_quotes(m))
		return;
	const char *s = m->p;
	size_t n = mend_run_length(m);
	m->p += n;
	if (mend_is_word(s, n, "true") || mend_is_word(s, n, "false") || is_float(s, n) || is_integer(s, n)) {
		if (!value_wanted(m, false, s, n))
			return;
		mend_put(m, s, n);
		if (is_integer(s, n) && s[n - 1] != 'L')
			mend_put(m, "L", 1);
		return;
	}
	int shown = (int)utf8_cut(s, n, 40);
	if (mend_top(m)->state == AFTER && !mend_in_group(mend_top(m)))
		mend_fault(m, m->line, "a comma or a quote is missing before %.*s", shown, s);
	else if (mend_top(m)->state != VALUE)
		mend_fault(m, m->line, "%.*s is not expected here", shown, s);
	else if (strspn(s, "0123456789") >= n)
		mend_fault(m, m->line, "the number %.*s is too large", shown, s);
	else if (isdigit((unsigned char)s[0]))
		mend_fault(m, m->line, "%.*s is no number; if it is a string it needs double quotes", shown, s);
	else
		mend_fault(m, m->line, "a string needs double quotes: write \"%.*s\"", shown, s);
	mend_not_understood(m, m->line);
	if (!value_wanted(m, true, s, n))
		return;
	mend_put(m, "\"", 1);
	for (size_t i = 0; i < n; i++)
		if (s[i] != '\\')
			mend_put(m, s + i, 1);
	mend_put(m, "\"", 1);
}
