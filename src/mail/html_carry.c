#include "mail/html_carry.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum token { TEXT, MARKUP, START, END, BROKEN, NOTHING }; /* MARKUP: comment, doctype and the like; BROKEN: it never ends */

struct scan {
	const char *s;
	size_t n, at;   /* the next token begins at `at` */
	size_t begin;   /* of the token that was read */
	char name[12];  /* of a tag, in lower case; a longer one is cut and so equals none that is asked for */
	size_t name_n;
};

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static enum token up_to(struct scan *k, size_t from, const char *end, enum token what)
{
	const char *p = from <= k->n ? memmem(k->s + from, k->n - from, end, strlen(end)) : NULL;
	k->at = p ? (size_t)(p - k->s) + strlen(end) : k->n;
	return p ? what : BROKEN;
}

static bool at_text(const struct scan *k, size_t at, const char *what)
{
	size_t n = strlen(what);
	return k->n - at >= n && memcmp(k->s + at, what, n) == 0;
}

/* One attribute from *at; false at the end of the tag, *at then on '>' or at the end of everything. */
struct attribute {
	size_t name, name_end, value, value_end;
};

static bool next_attribute(const char *s, size_t n, size_t *at, struct attribute *a)
{
	size_t i = *at;
	while (i < n && (is_blank(s[i]) || s[i] == '/'))
		i++;
	*at = i;
	if (i == n || s[i] == '>')
		return false;
	*a = (struct attribute){.name = i};
	i++; /* a '=' here is part of the name */
	while (i < n && !is_blank(s[i]) && !strchr("=/>", s[i]))
		i++;
	a->name_end = a->value = a->value_end = i;
	while (i < n && is_blank(s[i]))
		i++;
	if (i < n && s[i] == '=') {
		i++;
		while (i < n && is_blank(s[i]))
			i++;
		char quote = i < n && (s[i] == '"' || s[i] == '\'') ? s[i] : '\0';
		a->value = quote ? ++i : i;
		while (i < n && (quote ? s[i] != quote : !is_blank(s[i]) && s[i] != '>'))
			i++;
		a->value_end = i;
		i += quote && i < n;
	}
	*at = i;
	return true;
}

static enum token read_tag(struct scan *k, size_t at, enum token what)
{
	struct attribute a;
	k->name_n = 0;
	while (at < k->n && !is_blank(k->s[at]) && k->s[at] != '/' && k->s[at] != '>') {
		if (k->name_n < sizeof k->name)
			k->name[k->name_n++] = (char)tolower((unsigned char)k->s[at]);
		at++;
	}
	while (next_attribute(k->s, k->n, &at, &a))
		;
	k->at = at < k->n ? at + 1 : k->n;
	return at < k->n ? what : BROKEN;
}

static enum token next_token(struct scan *k)
{
	size_t b = k->begin = k->at;
	if (b >= k->n)
		return NOTHING;
	char next = b + 1 < k->n ? k->s[b + 1] : '\0', after = b + 2 < k->n ? k->s[b + 2] : '\0';
	if (k->s[b] == '<') {
		if (is_alpha(next))
			return read_tag(k, b + 1, START);
		if (next == '/' && is_alpha(after))
			return read_tag(k, b + 2, END);
		if (at_text(k, b, "<!-->") || at_text(k, b, "<!--->"))
			return up_to(k, b, ">", MARKUP);
		if (at_text(k, b, "<!--"))
			return up_to(k, b + 4, "-->", MARKUP);
		if (next == '!' || next == '?' || next == '/')
			return up_to(k, b, ">", MARKUP);
	}
	const char *lt = memchr(k->s + b + 1, '<', k->n - b - 1);
	k->at = lt ? (size_t)(lt - k->s) : k->n;
	return TEXT;
}

static bool is_one_of(const struct scan *k, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(names[i]) == k->name_n && memcmp(names[i], k->name, k->name_n) == 0)
			return true;
	return false;
}

#define IS(k, ...) is_one_of((k), (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* From behind <style> to behind </style>. False: it is never closed. */
static bool skip_raw_text(struct scan *k)
{
	char name[sizeof k->name];
	size_t name_n = k->name_n;
	memcpy(name, k->name, name_n);
	for (size_t i = k->at; i + name_n + 2 < k->n; i++) {
		const char *p = memmem(k->s + i, k->n - i, "</", 2);
		if (!p)
			break;
		i = (size_t)(p - k->s);
		if (i + 2 + name_n >= k->n || strncasecmp(p + 2, name, name_n) != 0 || is_alpha(p[2 + name_n]))
			continue;
		return up_to(k, i, ">", END) == END;
	}
	k->at = k->n;
	return false;
}

static bool is_named(const struct scan *k, const struct attribute *a, const char *name)
{
	size_t n = strlen(name);
	return a->name_end - a->name == n && strncasecmp(k->s + a->name, name, n) == 0;
}

/* Where in the <meta> tag that was just read a charset stands. */
static bool meta_charset(const struct scan *k, size_t *from, size_t *to)
{
	struct attribute a;
	bool http_equiv = false, found = false;
	for (size_t at = k->begin + 5; next_attribute(k->s, k->at, &at, &a);) {
		http_equiv = http_equiv || is_named(k, &a, "http-equiv");
		if (is_named(k, &a, "charset") && a.value_end > a.value) {
			*from = a.value;
			*to = a.value_end;
			return true;
		}
		if (!is_named(k, &a, "content"))
			continue;
		for (size_t i = a.value; i + 8 < a.value_end && !found; i++) {
			if (strncasecmp(k->s + i, "charset=", 8) != 0)
				continue;
			*from = i + 8;
			*to = *from;
			while (*to < a.value_end && !is_blank(k->s[*to]) && k->s[*to] != ';')
				++*to;
			found = *to > *from;
		}
	}
	return found && http_equiv;
}

struct copy {
	struct buf *out;
	const char *s;
	size_t done;   /* bytes of s that were copied */
	size_t safe;   /* in out: where the block may stand as far as was read */
	bool placed;   /* and that is the place */
};

static void copy_to(struct copy *c, size_t to)
{
	buf_add(c->out, c->s + c->done, to - c->done);
	c->done = to;
}

/* The block may stand before source offset `at`. */
static void safe_at(struct copy *c, size_t at, bool placed)
{
	if (c->placed)
		return;
	copy_to(c, at);
	c->safe = c->out->n;
	c->placed = placed;
}

static bool all_blank(const struct scan *k)
{
	for (size_t i = k->begin; i < k->at; i++)
		if (!is_blank(k->s[i]))
			return false;
	return true;
}

static void start_tag(struct scan *k, struct copy *c)
{
	size_t from = 0, to = 0, begin = k->begin;
	if (IS(k, "meta") && meta_charset(k, &from, &to)) {
		copy_to(c, from);
		buf_adds(c->out, "utf-8");
		c->done = to;
	}
	if (IS(k, "title", "style", "script", "textarea", "xmp", "iframe", "noembed", "noframes")) {
		bool in_head = IS(k, "title", "style", "script");
		if (skip_raw_text(k) && in_head)
			safe_at(c, k->at, false);
		else
			safe_at(c, begin, true);
	} else if (IS(k, "body")) {
		safe_at(c, k->at, true);
	} else if (IS(k, "html", "head", "meta", "link", "base", "basefont", "bgsound", "noscript")) {
		safe_at(c, k->at, false);
	} else {
		safe_at(c, begin, true);
	}
}

static bool any_meta(const struct scan *k)
{
	const char *end = k->s + k->n;
	for (const char *p = k->s + k->at; (p = memchr(p, '<', (size_t)(end - p))); p++)
		if (end - p > 5 && strncasecmp(p + 1, "meta", 4) == 0)
			return true;
	return false;
}

size_t html_carry(const char *s, size_t n, struct buf *out)
{
	struct scan k = {.s = s, .n = n};
	struct copy c = {.out = out, .s = s, .safe = out->n};
	bool asked = false;
	for (enum token t; (t = next_token(&k)) != NOTHING;) {
		if (t == START)
			start_tag(&k, &c);
		else if (t == BROKEN || (t == TEXT && !all_blank(&k)))
			safe_at(&c, k.begin, true);
		else if (t != TEXT)
			safe_at(&c, k.at, false);
		if (c.placed && !asked && !any_meta(&k)) /* nothing below is changed: most bodies end the search here */
			break;
		asked = c.placed;
	}
	copy_to(&c, n);
	return c.safe;
}
