#include "mail/authres_field.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

struct cursor {
	const char *p;
	bool open; /* a quote or a comment had no end */
};

static bool at_end(const struct cursor *c)
{
	return *c->p == '\0' || *c->p == ';';
}

static bool is_blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n';
}

static void skip_comment(struct cursor *c) /* nested, but counted and not recursive */
{
	size_t depth = 0;
	for (; *c->p; c->p++) {
		if (*c->p == '\\' && c->p[1])
			c->p++;
		else if (*c->p == '(')
			depth++;
		else if (*c->p == ')' && --depth == 0) {
			c->p++;
			return;
		}
	}
	c->open = true;
}

static void skip_cfws(struct cursor *c)
{
	while (is_blank(*c->p) || *c->p == '(') {
		if (*c->p == '(')
			skip_comment(c);
		else
			c->p++;
	}
}

struct word {
	char s[AUTHRES_WORD];
	size_t n;
	bool cut;
};

static void add(struct word *w, char ch)
{
	if (w->n + 1 < sizeof w->s)
		w->s[w->n++] = ch;
	else
		w->cut = true;
}

static void read_quoted(struct cursor *c, struct word *w)
{
	for (c->p++; *c->p && *c->p != '"'; c->p++) {
		if (*c->p == '\\' && c->p[1])
			c->p++;
		add(w, *c->p);
	}
	if (*c->p == '"')
		c->p++;
	else
		c->open = true;
}

/* Up to a blank, a comment, ';', or one of `stops`; quotes are resolved. False: there is nothing, or it is too long. */
static bool read_word(struct cursor *c, const char *stops, struct word *w)
{
	const char *from = c->p;
	w->n = 0;
	w->cut = false;
	while (!at_end(c) && !is_blank(*c->p) && *c->p != '(' && *c->p != ')' && !strchr(stops, *c->p)) {
		if (*c->p == '"')
			read_quoted(c, w);
		else
			add(w, *c->p++);
	}
	w->s[w->n] = '\0';
	return c->p > from && !w->cut;
}

/* "header.d", also "header . d": blanks and comments may stand around the dot (and the '/' of a method's version). */
static bool read_name(struct cursor *c, struct word *w)
{
	struct word more;
	if (!read_word(c, "=\"", w))
		return false;
	for (;;) {
		skip_cfws(c);
		bool dot = w->s[w->n - (w->n > 0)] == '.' || w->s[w->n - (w->n > 0)] == '/' || *c->p == '.' || *c->p == '/';
		if (!dot || *c->p == '=' || !read_word(c, "=\"", &more))
			return true;
		for (size_t i = 0; i < more.n; i++)
			add(w, more.s[i]);
		w->s[w->n] = '\0';
		if (w->cut)
			return false;
	}
}

static void skip_result(struct cursor *c) /* up to the next ';' that is one */
{
	struct word w;
	while (!at_end(c)) {
		if (*c->p == '(')
			skip_comment(c);
		else if (*c->p == '"')
			read_quoted(c, &(struct word){.n = 0});
		else if (!read_word(c, "(", &w) && !at_end(c) && *c->p != '(' && *c->p != '"')
			c->p++;
	}
}

static void keep_value(char *to, const struct word *w)
{
	if (*to)
		strcpy(to, "?"); /* no domain: neither of the two is believed */
	else
		memcpy(to, w->s, w->n + 1);
}

/* method[/version]=result *(name=value); false: broken. */
static bool read_parts(struct cursor *c, struct authres_result *r)
{
	struct word name, value;
	if (!read_name(c, &name) || *c->p != '=')
		return false;
	c->p++;
	skip_cfws(c);
	char *slash = strchr(name.s, '/');
	if (slash && strcmp(slash, "/1") != 0)
		return false;
	if (slash)
		*slash = '\0';
	if (!read_word(c, "", &value) || strlen(name.s) >= sizeof r->method || value.n >= sizeof r->result)
		return false;
	strcpy(r->method, name.s);
	strcpy(r->result, value.s);
	for (skip_cfws(c); !at_end(c); skip_cfws(c)) {
		if (!read_name(c, &name) || *c->p != '=')
			return false;
		c->p++;
		skip_cfws(c);
		if (at_end(c)) /* "smtp.mailfrom=" */
			break;
		if (!read_word(c, "", &value))
			return false;
		if (strcasecmp(name.s, "header.from") == 0)
			keep_value(r->from, &value);
		else if (strcasecmp(name.s, "header.d") == 0)
			keep_value(r->d, &value);
		else if (strcasecmp(name.s, "header.i") == 0)
			keep_value(r->i, &value);
	}
	return true;
}

static void read_result(struct cursor *c, struct authres_field *f)
{
	struct authres_result r = {0};
	skip_cfws(c);
	if (at_end(c))
		return;
	r.broken = !read_parts(c, &r);
	skip_result(c);
	if (f->n == AUTHRES_RESULTS) {
		f->unreadable = true;
		return;
	}
	if ((f->n & (f->n - 1)) == 0) /* grow at powers of two */
		f->v = mem_resize(f->v, f->n ? f->n * 2 : 1, sizeof *f->v);
	f->v[f->n++] = r;
}

void authres_field_read(const char *value, struct authres_field *out)
{
	struct cursor c = {value, false};
	struct word w;
	*out = (struct authres_field){0};
	skip_cfws(&c);
	if (!read_word(&c, "", &w))
		return; /* no id: nobody's */
	memcpy(out->id, w.s, w.n + 1);
	skip_cfws(&c);
	if (!at_end(&c)) {
		bool one = read_word(&c, "", &w) && strcmp(w.s, "1") == 0;
		skip_cfws(&c);
		out->unreadable = !one || !at_end(&c); /* another version, or something that is none */
		skip_result(&c);
	}
	while (*c.p == ';') {
		c.p++;
		read_result(&c, out);
	}
	out->unreadable = out->unreadable || c.open || strlen(value) > AUTHRES_BYTES;
}

void authres_field_free(struct authres_field *f)
{
	free(f->v);
	*f = (struct authres_field){0};
}
