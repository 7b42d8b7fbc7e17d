#include "mail/html_style.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

enum { NAME_MOST = 40, VALUE_MOST = 300, CLASSES_MOST = 64 };

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_ident(char c)
{
	return is_alnum(c) || c == '-' || c == '_';
}

/* Comments, and the marks by which old programs hide a sheet, as blanks. */
static char *uncommented(const char *s, size_t n)
{
	char *out = mem_dupn(s, n);
	for (size_t i = 0; i < n; i++) {
		size_t end = i;
		if (n - i >= 2 && memcmp(s + i, "/*", 2) == 0) {
			const char *p = memmem(s + i + 2, n - i - 2, "*/", 2);
			end = p ? (size_t)(p - s) + 2 : n;
		} else if (n - i >= 4 && memcmp(s + i, "<!--", 4) == 0) {
			end = i + 4;
		} else if (n - i >= 3 && memcmp(s + i, "-->", 3) == 0) {
			end = i + 3;
		}
		if (end > i) {
			memset(out + i, ' ', end - i);
			i = end - 1;
		} else if (s[i] == '\0') {
			out[i] = ' ';
		}
	}
	return out;
}

/* From `at` to the first of `ends` that stands outside of quotes and brackets. */
static size_t up_to(const char *s, size_t n, size_t at, const char *ends)
{
	char quote = '\0';
	size_t depth = 0;
	for (; at < n; at++) {
		if (quote) {
			quote = s[at] == quote ? '\0' : quote;
		} else if (s[at] == '"' || s[at] == '\'') {
			quote = s[at];
		} else if (depth == 0 && strchr(ends, s[at])) {
			break;
		} else if (s[at] == '(') {
			depth++;
		} else if (s[at] == ')') {
			depth -= depth > 0;
		}
	}
	return at;
}

static void trim(const char **s, size_t *n)
{
	while (*n && is_blank(**s)) {
		++*s;
		--*n;
	}
	while (*n && is_blank((*s)[*n - 1]))
		--*n;
}

static bool is_known_function(const char *s, size_t n) /* s ends where its bracket opens */
{
	static const char *const v[] = {"rgb", "rgba", "hsl", "hsla", "calc"};
	size_t from = n;
	while (from > 0 && is_ident(s[from - 1]))
		from--;
	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		if (n - from == strlen(v[i]) && strncasecmp(s + from, v[i], n - from) == 0)
			return true;
	return false;
}

static bool value_ok(const char *s, size_t n)
{
	char quote = '\0';
	if (n == 0 || n > VALUE_MOST)
		return false;
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)s[i] < ' ' && !is_blank(s[i]))
			return false;
		if (strchr("\\<>{}@;", s[i]) || s[i] == 0x7F)
			return false;
		if (quote)
			quote = s[i] == quote ? '\0' : quote;
		else if (s[i] == '"' || s[i] == '\'')
			quote = s[i];
		else if (s[i] == '(' && !is_known_function(s, i))
			return false;
	}
	return quote == '\0';
}

static bool name_ok(const char *s, size_t n)
{
	static const char *const gone[] = {"position", "content", "behavior", "filter", "z-index", "cursor", "src", "panose-1", "tab-interval", "page", "size"};
	if (n == 0 || n > NAME_MOST || *s == '-' || (n > 4 && strncasecmp(s, "mso-", 4) == 0))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_ident(s[i]))
			return false;
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		if (strlen(gone[i]) == n && strncasecmp(s, gone[i], n) == 0)
			return false;
	return true;
}

static void declarations(const char *s, size_t n, struct buf *out)
{
	for (size_t at = 0; at < n; at++) {
		size_t end = up_to(s, n, at, ";");
		const char *colon = memchr(s + at, ':', end - at), *name = s + at, *value = colon ? colon + 1 : NULL;
		size_t name_n = colon ? (size_t)(colon - name) : 0, value_n = colon ? end - (size_t)(value - s) : 0;
		if (colon) {
			trim(&name, &name_n);
			trim(&value, &value_n);
		}
		if (colon && name_ok(name, name_n) && value_ok(value, value_n)) {
			buf_add(out, name, name_n);
			buf_addc(out, ':');
			for (size_t i = 0; i < value_n; i++)
				buf_addc(out, is_blank(value[i]) ? ' ' : value[i]);
			buf_addc(out, ';');
		}
		at = end;
	}
}

void html_style(const char *s, size_t n, struct buf *out)
{
	char *plain = uncommented(s, n);
	declarations(plain, n, out);
	free(plain);
}

/* "p", ".x", "p.x", perhaps with ":link" and its like. *class: where its class stands. */
static bool selector_ok(const char *s, size_t n, const char **class, size_t *class_n)
{
	static const char *const states[] = {"link", "visited", "hover", "active"};
	size_t i = 0, from;
	*class_n = 0;
	while (i < n && is_alnum(s[i]))
		i++;
	if (i < n && s[i] == '.') {
		for (from = ++i; i < n && is_ident(s[i]); i++)
			;
		*class = s + from;
		*class_n = i - from;
		if (i == from || i - from > NAME_MOST)
			return false;
	}
	if (i > 0 && i < n && s[i] == ':') {
		i++;
		for (size_t k = 0; k < sizeof states / sizeof *states; k++)
			if (n - i == strlen(states[k]) && strncasecmp(s + i, states[k], n - i) == 0)
				return true;
		return false;
	}
	return i == n && n > 0 && n <= (size_t)2 * NAME_MOST;
}

static void rule(const char *selectors, size_t n, const char *body, size_t body_n, struct buf *out, struct strs *classes)
{
	struct buf r = {0}, d = {0};
	declarations(body, body_n, &d);
	for (size_t at = 0; d.n && at < n; at++) {
		size_t end = up_to(selectors, n, at, ","), len = end - at, class_n;
		const char *one = selectors + at, *class = NULL;
		trim(&one, &len);
		if (selector_ok(one, len, &class, &class_n) && classes->n < CLASSES_MOST) {
			if (r.n)
				buf_addc(&r, ',');
			buf_add(&r, one, len);
			char *name = mem_dupn(class ? class : "", class_n);
			if (class_n && !strs_has(classes, name))
				strs_add(classes, name);
			free(name);
		}
		at = end;
	}
	if (r.n && out->n + r.n + d.n < HTML_SHEET)
		buf_addf(out, "%s{%s}\n", r.s, d.s);
	buf_free(&r);
	buf_free(&d);
}

/* Behind an at-rule: its ';', or its block with all blocks inside. */
static size_t behind_at(const char *s, size_t n, size_t at)
{
	size_t depth = 0;
	for (; at < n; at++) {
		at = up_to(s, n, at, ";{}");
		if (at < n && s[at] == '{')
			depth++;
		else if (at < n && s[at] == '}' && depth > 0)
			depth--;
		if (depth == 0)
			break;
	}
	return at < n ? at + 1 : n;
}

void html_sheet(const char *s, size_t n, struct buf *out, struct strs *classes)
{
	char *plain = uncommented(s, n);
	for (size_t at = 0; at < n;) {
		if (is_blank(plain[at]) || plain[at] == '}' || plain[at] == ';') {
			at++;
			continue;
		}
		if (plain[at] == '@') {
			at = behind_at(plain, n, at);
			continue;
		}
		size_t open = up_to(plain, n, at, "{"), close = open < n ? up_to(plain, n, open + 1, "}") : n;
		if (close < n)
			rule(plain + at, open - at, plain + open + 1, close - open - 1, out, classes);
		at = close < n ? close + 1 : n;
	}
	free(plain);
}
