#include "mail/html_guard.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fold.h"

enum { DEPTH_MAX = 256, TAGS_MAX = 60000, ATTRIBUTES_MAX = 200, NAME_MAX_BYTES = 15 };

struct tag {
	char name[NAME_MAX_BYTES + 1];
	bool close;
	unsigned attributes; /* about: the parser compares each with all before it */
};

/* The tag at s[*i] == '<'; *i moves behind its '>' (of a comment: behind its end). False: no tag, only a '<'. */
static bool read_tag(const char *s, size_t n, size_t *i, struct tag *t, bool *open_comment)
{
	size_t j = *i + 1, k = 0;
	t->close = j < n && s[j] == '/';
	j += t->close;
	if (j < n && (s[j] == '!' || s[j] == '?')) {
		const char *end = NULL;
		if (n - j > 2 && memcmp(s + j, "!--", 3) == 0 && !*open_comment) {
			end = memmem(s + j + 3, n - j - 3, "-->", 3);
			*open_comment = !end; /* looked for once: the cost stays linear */
			if (end)
				end += 2;
		}
		if (!end)
			end = memchr(s + j, '>', n - j);
		*i = end ? (size_t)(end - s) + 1 : n;
		t->name[0] = '\0';
		t->attributes = 0;
		return true;
	}
	if (j >= n || !isalpha((unsigned char)s[j]))
		return false;
	for (; j < n && !isspace((unsigned char)s[j]) && s[j] != '>' && s[j] != '/'; j++)
		if (k < NAME_MAX_BYTES)
			t->name[k++] = (char)tolower((unsigned char)s[j]);
	t->name[k] = '\0';
	char quote = '\0';
	t->attributes = 0;
	for (; j < n && (quote || s[j] != '>'); j++) {
		if (quote ? s[j] == quote : (s[j] == '"' || s[j] == '\'') && s[j - 1] == '=')
			quote = quote ? '\0' : s[j];
		t->attributes += !quote && ((isspace((unsigned char)s[j]) && !isspace((unsigned char)s[j - 1])) || s[j] == '/' || s[j] == '"' || s[j] == '\'');
	}
	*i = j < n ? j + 1 : n;
	return true;
}

static bool is_one_of(const char *name, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, v[i]) == 0)
			return true;
	return false;
}

/* Elements that cannot hold themselves: an open one is closed by the next. */
static bool never_nests(const char *name)
{
	static const char *const v[] = {"br",  "img", "hr", "meta", "link", "input", "col", "area", "base", "wbr", "embed", "param", "source",
	                                "p",   "li",  "td", "tr",   "th",   "dd",    "dt",  "tbody", "thead", "tfoot", "option", "html",
	                                "body", "head"};
	return is_one_of(name, v, sizeof v / sizeof *v);
}

bool html_is_tame(const char *s, size_t n)
{
	static const size_t name_size = NAME_MAX_BYTES + 1;
	char(*stack)[NAME_MAX_BYTES + 1] = malloc(DEPTH_MAX * name_size);
	size_t depth = 0, tags = 0;
	bool tame = stack != NULL, open_comment = false;
	for (size_t i = 0; tame && i < n;) {
		const char *lt = memchr(s + i, '<', n - i);
		if (!lt)
			break;
		i = (size_t)(lt - s);
		struct tag t;
		if (!read_tag(s, n, &i, &t, &open_comment)) {
			i++;
			continue;
		}
		if (++tags > TAGS_MAX || t.attributes > ATTRIBUTES_MAX) {
			tame = false;
		} else if (t.close) { /* takes out only its own: what was opened inside may live on in the parser */
			size_t k = depth;
			while (k > 0 && strcmp(stack[k - 1], t.name) != 0)
				k--;
			if (k > 0) {
				memmove(stack[k - 1], stack[k], (depth - k) * name_size);
				depth--;
			}
		} else if (t.name[0] && !never_nests(t.name)) {
			if (depth == DEPTH_MAX)
				tame = false;
			else
				memcpy(stack[depth++], t.name, name_size);
		}
	}
	free(stack);
	return tame;
}

static size_t entity(const char *s, size_t n, struct buf *out) /* the length of the one at s[0] == '&', 0: none */
{
	static const struct {
		const char *name, *text;
	} v[] = {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", " "},
	         {"aring", "å"}, {"auml", "ä"}, {"ouml", "ö"}, {"Aring", "Å"}, {"Auml", "Ä"}, {"Ouml", "Ö"}, {"eacute", "é"}};
	const char *semi = memchr(s, ';', n < 12 ? n : 12);
	if (!semi || semi - s < 2)
		return 0;
	size_t len = (size_t)(semi - s) - 1;
	if (s[1] == '#') {
		unsigned long c = strtoul(s[2] == 'x' || s[2] == 'X' ? s + 3 : s + 2, NULL, s[2] == 'x' || s[2] == 'X' ? 16 : 10);
		char u[4];
		size_t k = 0;
		if (c < 0x20 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
			return 0;
		utf8_put(u, (uint32_t)c, &k);
		buf_add(out, u, k);
		return len + 2;
	}
	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		if (strlen(v[i].name) == len && memcmp(v[i].name, s + 1, len) == 0) {
			buf_adds(out, v[i].text);
			return len + 2;
		}
	return 0;
}

/* Passes over what stands between <script> and </script>. */
static size_t behind(const char *s, size_t n, size_t i, const char *name)
{
	size_t len = strlen(name);
	for (; i < n; i++) {
		const char *lt = memchr(s + i, '<', n - i);
		if (!lt)
			return n;
		i = (size_t)(lt - s);
		if (n - i > len + 2 && s[i + 1] == '/' && strncasecmp(s + i + 2, name, len) == 0)
			return i;
	}
	return n;
}

void html_strip(const char *s, size_t n, struct buf *out)
{
	static const char *const lines[] = {"p", "div", "br", "tr", "li", "ul", "ol", "table", "blockquote", "hr", "pre", "h1", "h2", "h3", "h4"};
	static const char *const hidden[] = {"script", "style", "head", "title", "template"};
	bool open_comment = false, blank = true;
	buf_reserve(out, n);
	for (size_t i = 0; i < n;) {
		struct tag t;
		size_t k;
		if (s[i] == '<' && read_tag(s, n, &i, &t, &open_comment)) {
			if (!t.close && is_one_of(t.name, hidden, sizeof hidden / sizeof *hidden))
				i = behind(s, n, i, t.name);
			if (is_one_of(t.name, lines, sizeof lines / sizeof *lines) && out->n && out->s[out->n - 1] != '\n') {
				buf_addc(out, '\n');
				blank = true;
			}
		} else if (s[i] == '&' && (k = entity(s + i, n - i, out)) > 0) {
			i += k;
			blank = false;
		} else {
			char c = isspace((unsigned char)s[i]) ? ' ' : s[i];
			if (c != ' ' || !blank)
				buf_addc(out, c);
			blank = c == ' ';
			i++;
		}
	}
	if (!out->s)
		buf_add(out, "", 0);
}
