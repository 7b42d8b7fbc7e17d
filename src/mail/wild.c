#include "mail/wild.h"

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

bool wild_structure(const char *raw, size_t n, const struct mail_limits *limits)
{
	size_t at = head_start(raw, n), fields = 0, boundaries = 0;
	bool has_parts = false;
	struct head_field f;
	while (head_next(raw, n, &at, &f)) {
		if (++fields > limits->fields * FIELDS_TIMES)
			return true;
		has_parts = has_parts || (f.name_n == 12 && strncasecmp(f.name, "Content-Type", 12) == 0 && !is_text(&f));
	}
	for (size_t i = 0, end; i < n; i = end) {
		end = line_end(raw, n, i);
		if (has_parts && raw[i] == '-' && end - i > 2 && raw[i + 1] == '-' && ++boundaries > BOUNDARIES_MAX)
			return true;
		if (n - i > 8 && (raw[i] == 'C' || raw[i] == 'c') && strncasecmp(raw + i, "Content-", 8) == 0 && field_end(raw, n, i) - i > CONTENT_BYTES)
			return true;
	}
	return false;
}

/* Does the parser look into the field that begins here? */
static bool is_read(const char *raw, size_t n, size_t at)
{
	for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
		size_t len = strlen(names[k]) - 1, i = at + len;
		if (n - at <= len || (raw[at] | 32) != names[k][0] || strncasecmp(raw + at, names[k], len) != 0)
			continue;
		while (i < n && (raw[i] == ' ' || raw[i] == '\t'))
			i++;
		if (i < n && raw[i] == ':')
			return true;
	}
	return false;
}

char *wild_masked(const char *raw, size_t n)
{
	char *copy = NULL;
	size_t total = 0;
	for (size_t i = 0, end; i < n; i = end) {
		end = line_end(raw, n, i);
		if (!is_read(raw, n, i))
			continue;
		end = field_end(raw, n, i);
		total += end - i;
		if (end - i <= LONG_FIELD && total <= FIELDS_BYTES)
			continue;
		if (!copy)
			copy = mem_dupn(raw, n);
		copy[i] = 'X';
	}
	return copy;
}
