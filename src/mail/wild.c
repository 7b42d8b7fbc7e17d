#include "mail/wild.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "mail/head.h"

enum {
	FIELDS_TIMES = 4,      /* of the fields that are read; more have no meaning */
	BOUNDARIES_MAX = 20000, /* lines that begin as boundaries do */
	CONTENT_BYTES = 64 << 10, /* of a Content-* field */
	LONG_FIELD = 8 << 10,  /* of an address field or subject; larger ones are masked */
	FIELDS_BYTES = 512 << 10 /* of all those together */
};

static const char *const names[] = {"to:", "cc:", "bcc:", "from:", "sender:", "reply-to:", "subject:", "message-id:", "references:", "in-reply-to:",
                                    "date:", "disposition-notification-to:"};

static size_t line_end(const char *raw, size_t n, size_t at) /* behind the LF */
{
	const char *lf = memchr(raw + at, '\n', n - at);
	return lf ? (size_t)(lf - raw) + 1 : n;
}

static size_t field_end(const char *raw, size_t n, size_t at) /* behind its last folded line */
{
	size_t end = line_end(raw, n, at);
	while (end < n && (raw[end] == ' ' || raw[end] == '\t'))
		end = line_end(raw, n, end);
	return end;
}

static bool is_text(const struct head_field *f) /* a type without parts */
{
	size_t i = 0;
	while (i < f->value_n && strchr(" \t\r\n", f->value[i]))
		i++;
	return f->value_n - i > 5 && strncasecmp(f->value + i, "text/", 5) == 0;
}

/* Does the parser look into the field that begins here? */
static bool is_read(const char *raw, size_t n, size_t at)
{
	for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
		size_t len = strlen(names[k]) - 1, i = at + len;
		if ((raw[at] | 32) != names[k][0] || n - at <= len || strncasecmp(raw + at, names[k], len) != 0)
			continue;
		while (i < n && (raw[i] == ' ' || raw[i] == '\t'))
			i++;
		if (i < n && raw[i] == ':')
			return true;
	}
	return false;
}

#define LETTER(c) (1u << ((c) - 'a'))

static bool is_letter_of(uint32_t letters, char c)
{
	unsigned k = (unsigned char)(c | 32) - (unsigned)'a';
	return k < 26 && (letters >> k & 1);
}

/* By the first two letters of those names: a cheap look, all that most lines get. */
static bool may_be_read(const char *line, size_t n)
{
	static const uint32_t first = LETTER('t') | LETTER('c') | LETTER('b') | LETTER('f') | LETTER('s') | LETTER('r') | LETTER('m') | LETTER('i') | LETTER('d');
	static const uint32_t second = LETTER('o') | LETTER('c') | LETTER('r') | LETTER('e') | LETTER('u') | LETTER('n') | LETTER('a') | LETTER('i');
	return n > 2 && is_letter_of(first, line[0]) && is_letter_of(second, line[1]);
}

/* *at is the beginning of a line and moves to that of the next, or behind a field that the parser looks into. False: it is no such field,
 * or a small one; *total counts their bytes. */
static bool is_long(const char *raw, size_t n, size_t *at, size_t *total)
{
	size_t from = *at;
	bool read = may_be_read(raw + from, n - from) && is_read(raw, n, from);
	*at = read ? field_end(raw, n, from) : line_end(raw, n, from);
	*total += read ? *at - from : 0;
	return read && (*at - from > LONG_FIELD || *total > FIELDS_BYTES);
}

enum wild wild_look(const char *raw, size_t n, const struct mail_limits *limits)
{
	size_t at = head_start(raw, n), fields = 0, boundaries = 0, total = 0;
	bool has_parts = false, masked = false;
	struct head_field f;
	while (head_next(raw, n, &at, &f)) {
		if (++fields > limits->fields * FIELDS_TIMES)
			return WILD_STRUCTURE;
		has_parts = has_parts || (f.name_n == 12 && strncasecmp(f.name, "Content-Type", 12) == 0 && !is_text(&f));
	}
	for (size_t i = 0; i < n;) { /* once over all of the mail: most of its lines are of a file in base64 */
		size_t from = i;
		masked = is_long(raw, n, &i, &total) || masked;
		if (raw[from] == '-') {
			if (has_parts && i - from > 2 && raw[from + 1] == '-' && ++boundaries > BOUNDARIES_MAX)
				return WILD_STRUCTURE;
		} else if ((raw[from] | 32) == 'c' && n - from > 8 && strncasecmp(raw + from, "Content-", 8) == 0 &&
		           field_end(raw, n, from) - from > CONTENT_BYTES) {
			return WILD_STRUCTURE;
		}
	}
	return masked ? WILD_FIELDS : WILD_NOT;
}

char *wild_masked(const char *raw, size_t n)
{
	char *copy = mem_dupn(raw, n);
	size_t total = 0;
	for (size_t i = 0, from; i < n;) {
		from = i;
		if (is_long(raw, n, &i, &total))
			copy[from] = 'X';
	}
	return copy;
}
