/* Address lists (RFC 5322 §3.4) as they come: groups flattened, comments as names, brackets and quotes missing. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/head.h"

struct reader {
	const char *s;
	size_t n, i;
	struct buf phrase; /* what stands before '<', quotes resolved */
	struct buf angle;  /* what stands in '<' '>' */
	struct buf comment; /* the last one */
	bool has_angle, quoted;
	bool unclosed;     /* no closing quote follows any more: looked for once, so that the cost stays linear */
};

static void read_comment(struct reader *r) /* nested, but counted and not recursive */
{
	int depth = 0;
	buf_clear(&r->comment);
	for (; r->i < r->n; r->i++) {
		char c = r->s[r->i];
		if (c == '\\' && r->i + 1 < r->n) {
			buf_addc(&r->comment, r->s[++r->i]);
			continue;
		}
		if (c == '(' && depth++ == 0)
			continue;
		if (c == ')' && --depth == 0) {
			r->i++;
			return;
		}
		buf_addc(&r->comment, c);
	}
}

/* A quoted string; without its closing quote, only the quote itself is passed over. With `raw` quotes and escapes are kept. */
static void read_quoted(struct reader *r, struct buf *out, bool raw)
{
	size_t j = r->i + 1;
	while (!r->unclosed && j < r->n && r->s[j] != '"')
		j += r->s[j] == '\\' && j + 1 < r->n ? 2 : 1;
	if (r->unclosed || j >= r->n) {
		r->unclosed = true;
		r->i++;
		return;
	}
	if (raw)
		buf_add(out, r->s + r->i, j + 1 - r->i);
	for (size_t k = r->i + 1; !raw && k < j; k++) {
		if (r->s[k] == '\\' && k + 1 < j)
			k++;
		buf_addc(out, r->s[k]);
	}
	r->i = j + 1;
}

/* "=?…?=" is one token, whatever characters its text holds. */
static size_t word_length(const char *s, size_t n)
{
	size_t i = 2, marks = 0;
	if (n < 8 || s[0] != '=' || s[1] != '?')
		return 0;
	for (; i < n && s[i] > ' ' && i < 2000; i++) {
		if (s[i] != '?')
			continue;
		if (++marks > 40)
			return 0;
		if (marks >= 3 && i + 1 < n && s[i + 1] == '=')
			return i + 2;
	}
	return 0;
}

static void read_angle(struct reader *r)
{
	bool at = false;
	r->i++;
	buf_clear(&r->angle);
	r->has_angle = true;
	while (r->i < r->n && r->s[r->i] != '>') {
		char c = r->s[r->i];
		if (c == '"')
			read_quoted(r, &r->angle, true);
		else if (c == '(')
			read_comment(r);
		else if (c == ',' && at)
			return; /* the closing bracket is missing */
		else
			buf_addc(&r->angle, r->s[r->i++]);
		at = at || (c == '@' && r->angle.n > 1); /* not the '@' of a route */
	}
	if (r->i < r->n)
		r->i++;
}

static void strip(char *s) /* leading and trailing blanks */
{
	size_t n = strlen(s), b = 0;
	while (n > 0 && s[n - 1] == ' ')
		n--;
	while (b < n && s[b] == ' ')
		b++;
	memmove(s, s + b, n - b);
	s[n - b] = '\0';
}

/* addr-spec: no blanks outside quotes, no route, domain in lower case */
static char *tidy_addr(const char *s, size_t n)
{
	struct buf b = {0};
	bool quote = false;
	if (n && s[0] == '@') { /* RFC 822 route "@a,@b:user@c" */
		const char *colon = memchr(s, ':', n);
		if (colon) {
			n -= (size_t)(colon + 1 - s);
			s = colon + 1;
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"')
			quote = !quote;
		if (quote || (s[i] != ' ' && s[i] != '<' && s[i] != '>'))
			buf_addc(&b, s[i]);
	}
	char *out = buf_take(&b);
	if (strncmp(out, "mailto:", 7) == 0)
		memmove(out, out + 7, strlen(out + 7) + 1);
	char *at = strrchr(out, '@');
	for (char *p = at; p && *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
	return out;
}

static char *tidy_name(const char *s, size_t n)
{
	struct buf b = {0};
	if (n)
		head_decode(s, n, &b);
	char *name = buf_take(&b), *to = name;
	for (char *p = name; *p; p++) /* runs of blanks to one */
		if (*p != ' ' || (to > name && to[-1] != ' '))
			*to++ = *p;
	*to = '\0';
	strip(name);
	size_t len = strlen(name);
	if (len > 1 && name[0] == '"' && name[len - 1] == '"') { /* quotes that were encoded too */
		memmove(name, name + 1, len - 2);
		name[len - 2] = '\0';
		strip(name);
	}
	return name;
}

/* "Anna Berg anna@uni.example": the last word with an '@' is the address. */
static void split_phrase(struct reader *r, char **name, char **addr)
{
	char *s = mem_dupn(r->phrase.s ? r->phrase.s : "", r->phrase.n);
	strip(s);
	const char *at = r->quoted ? NULL : strrchr(s, '@');
	if (!at) {
		bool one_word = *s && !strchr(s, ' ') && !r->quoted && s[0] != '=';
		*addr = mem_dup(one_word ? s : "");
		*name = one_word ? tidy_name(r->comment.s, r->comment.n) : tidy_name(s, strlen(s));
		free(s);
		return;
	}
	const char *from = at, *to = at + 1;
	while (from > s && (from[-1] == ' '))
		from--;
	while (from > s && from[-1] != ' ')
		from--;
	while (*to == ' ')
		to++;
	to += strcspn(to, " ");
	*addr = tidy_addr(from, (size_t)(to - from));
	*name = from > s ? tidy_name(s, (size_t)(from - s)) : tidy_name(r->comment.s, r->comment.n);
	if (from == s && strcmp(*name, *addr) == 0) /* "a@x (a@x)" */
		**name = '\0';
	free(s);
}

static void finish(struct reader *r, struct mailboxes *out, size_t most)
{
	char *name, *addr;
	if (r->has_angle) {
		addr = tidy_addr(r->angle.s ? r->angle.s : "", r->angle.n);
		name = tidy_name(r->phrase.s, r->phrase.n);
		if (!*name && r->comment.n) {
			free(name);
			name = tidy_name(r->comment.s, r->comment.n);
		}
	} else {
		split_phrase(r, &name, &addr);
	}
	if ((*name || *addr) && out->n < most)
		mailboxes_add(out, name, addr);
	free(name);
	free(addr);
	buf_clear(&r->phrase);
	buf_clear(&r->angle);
	buf_clear(&r->comment);
	r->has_angle = r->quoted = false;
}

/* "Berg, Anna <anna@uni.example>": an unquoted comma in a name, when no address came before it and an angle comes after it. */
static bool comma_in_name(const struct reader *r)
{
	if (r->has_angle || r->phrase.n == 0 || memchr(r->phrase.s, '@', r->phrase.n))
		return false;
	bool quote = false;
	for (size_t i = r->i + 1; i < r->n && i < r->i + 200; i++) {
		if (r->s[i] == '"')
			quote = !quote;
		if (quote)
			continue;
		if (r->s[i] == '<')
			return true;
		if (strchr("@;:,", r->s[i]))
			return false;
	}
	return false;
}

bool head_mailboxes(const char *s, size_t n, size_t most, struct mailboxes *out)
{
	struct reader r = {.s = s, .n = n};
	bool group = false;
	while (r.i < n && out->n < most) {
		char c = s[r.i];
		size_t word = c == '=' ? word_length(s + r.i, n - r.i) : 0;
		if (word && !r.has_angle) {
			buf_add(&r.phrase, s + r.i, word);
			r.i += word;
		} else if (c == '"' && !r.has_angle) {
			read_quoted(&r, &r.phrase, false);
			r.quoted = true;
		} else if (c == '(') {
			read_comment(&r);
		} else if (c == '<') {
			read_angle(&r);
		} else if ((c == ',' && !comma_in_name(&r)) || c == ';') {
			finish(&r, out, most);
			group = group && c != ';';
			r.i++;
		} else if (c == ':' && !group && !r.has_angle && !memchr(r.phrase.s ? r.phrase.s : "", '@', r.phrase.n)) {
			group = true; /* the name of a group is dropped */
			buf_clear(&r.phrase);
			r.quoted = false;
			r.i++;
		} else if (r.has_angle && c != ' ') { /* "A <a@x> B <b@x>": the comma is missing; "A <a@x> junk": dropped */
			size_t j = r.i;
			while (j < n && !strchr("<,;", s[j]))
				j++;
			if (j < n && s[j] == '<')
				finish(&r, out, most);
			else
				r.i = j;
		} else {
			if (!r.has_angle)
				buf_addc(&r.phrase, c);
			r.i++;
		}
	}
	finish(&r, out, most);
	while (r.i < n && strchr(" ,;", s[r.i]))
		r.i++;
	buf_free(&r.phrase);
	buf_free(&r.angle);
	buf_free(&r.comment);
	return r.i >= n;
}
