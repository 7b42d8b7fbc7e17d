/* Where the lines of an answer's text stand in what its HTML shows. */
#include <gumbo.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answer_tree.h"
#include "base/mem.h"

enum {
	JUMPS_MOST = 200,    /* places where something was left out: each may look through the whole HTML */
	BRACKET_MOST = 4000, /* bytes of a link's target in the text */
	NAME_MOST = 200,
	LOOKS_MOST = 2000,   /* for such targets */
	ALTS_MOST = 8000     /* bytes of what pictures show, in words */
};

#define FIELD "HYPERLINK \"" /* what old Outlook leaves of a link */

/* ---- the text, as the HTML says it ---- */

/* "<image0.jpeg>": so Apple Mail writes where a file stands. */
static bool is_file_name(const char *s, size_t n)
{
	static const char *const types[] = {".png", ".jpg", ".jpeg", ".gif", ".heic", ".tiff", ".webp", ".pdf", ".docx", ".xlsx", ".pptx", ".mov", ".zip"};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		size_t k = strlen(types[i]);
		if (n > k && n < NAME_MOST && strncasecmp(s + n - k, types[i], k) == 0)
			return !memchr(s, '\n', n);
	}
	return false;
}

/* At '<', '[' or FIELD: "<https://…>" behind a link, "[cid:…]" and "[image: …]" for a picture: how programs write in the text what the HTML has in
 * attributes. Its length, or 0. */
static size_t target_at(const char *s, const struct wording *alts)
{
	static const char *const angle[] = {"http:", "https:", "mailto:", "tel:", "ftp:", "cid:", "callto:", "sip:", "file:"}, *const square[] = {"cid:", "image:"};
	size_t n = strnlen(s, BRACKET_MOST);
	if (str_starts(s, FIELD)) {
		const char *quote = memchr(s + strlen(FIELD), '"', n - strlen(FIELD));
		return quote ? (size_t)(quote - s) + 1 : 0;
	}
	const char *end = memchr(s, *s == '<' ? '>' : ']', n);
	if (!end)
		return 0;
	const char *target = s + 1 + strspn(s + 1, " \n");
	if (*s == '<' && is_file_name(s + 1, (size_t)(end - s) - 1))
		return (size_t)(end - s) + 1;
	for (size_t i = 0; *s == '<' && i < sizeof angle / sizeof *angle; i++)
		if (strncasecmp(target, angle[i], strlen(angle[i])) == 0)
			return (size_t)(end - s) + 1;
	for (size_t i = 0; *s == '[' && i < sizeof square / sizeof *square; i++)
		if (strncasecmp(s + 1, square[i], strlen(square[i])) == 0)
			return (size_t)(end - s) + 1;
	if (*s == '[') { /* Outlook writes what a picture shows; alts: "\n" words "\n" words … "\n" */
		struct wording w = {0};
		buf_addc(&w.s, '\n');
		wording_add(&w, s + 1, (size_t)(end - s) - 1, 0, false);
		buf_addc(&w.s, '\n');
		bool known = w.s.n > 2 && alts->s.n && memmem(alts->s.s, alts->s.n, w.s.s, w.s.n);
		wording_free(&w);
		return known ? (size_t)(end - s) + 1 : 0;
	}
	return 0;
}

static void take_alts(const struct answer_tree *t, struct wording *alts)
{
	buf_addc(&alts->s, '\n');
	for (size_t i = 0, n = 0; i < t->n_items && n < 100 && alts->s.n < ALTS_MOST; i++) {
		if (t->items[i].kind != ITEM_PICTURE)
			continue;
		n++;
		const GumboAttribute *a = gumbo_get_attribute(&t->items[i].node->v.element.attributes, "alt");
		size_t len = a ? strnlen(a->value, BRACKET_MOST) : 0;
		if (len == 0)
			continue;
		wording_add(alts, a->value, len, 0, false);
		buf_addc(&alts->s, '\n');
	}
}

char *answer_without_targets(const struct answer_tree *t, const char *s)
{
	struct buf out = {0};
	struct wording alts = {0};
	size_t looks = 0;
	take_alts(t, &alts);
	buf_reserve(&out, strlen(s));
	while (*s) {
		bool may = *s == '<' || *s == '[' || str_starts(s, FIELD);
		size_t n = may && looks++ < LOOKS_MOST ? target_at(s, &alts) : 0;
		buf_addc(&out, n ? ' ' : *s);
		s += n ? n : 1;
	}
	wording_free(&alts);
	return buf_take(&out);
}

/* The bytes of a list's mark at the beginning of a line: "1. ", "b) ", "iv. ", "o   "; 0: none. */
static size_t list_mark(const char *s, size_t n)
{
	size_t i = 0, from;
	while (i < n && (strchr(" \t>*-", s[i])))
		i++;
	from = i;
	while (i < n && s[i] >= '0' && s[i] <= '9')
		i++;
	if (i == from)
		while (i < n && strchr("ivxlcIVXLC", s[i]))
			i++;
	if (i == from && i < n && ((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z')))
		i++;
	if (i == from || i - from > 5 || i + 1 >= n)
		return 0;
	if ((s[i] == '.' || s[i] == ')') && strchr(" \t", s[i + 1]))
		return i + 1;
	return s[from] == 'o' && i == from + 1 && strchr(" \t", s[i]) && strchr(" \t", s[i + 1]) ? i : 0;
}

/* ---- where it stands in the HTML ---- */

struct finder {
	struct answer_tree *t;
	size_t at;       /* words behind the last line that was found */
	size_t jumps;
	struct buf said; /* what was found */
	struct buf marks; /* the lines without words since */
};

static bool ends_well(const struct wording *w, size_t at)
{
	return at == w->s.n || (w->at.s[at] & WORD_GAP);
}

static bool is_at(const struct wording *w, size_t at, const struct buf *line)
{
	return line->n <= w->s.n - at && (line->n == 0 || memcmp(w->s.s + at, line->s, line->n) == 0) && ends_well(w, at + line->n);
}

/* The next place at which the words begin a line that is no quote; w->s.n + 1: none. */
static size_t find_line(const struct wording *w, size_t at, const struct buf *line)
{
	while (line->n && at < w->s.n) {
		const char *p = memmem(w->s.s + at, w->s.n - at, line->s, line->n);
		if (!p)
			break;
		at = (size_t)(p - w->s.s);
		if ((w->at.s[at] & WORD_LINE) && !(w->at.s[at] & WORD_QUOTED) && ends_well(w, at + line->n))
			return at;
		at++;
	}
	return w->s.n + 1;
}

static void end_range(struct finder *f)
{
	struct answer_tree *t = f->t;
	if (t->n_ranges)
		t->ranges[t->n_ranges - 1].marks = buf_take(&f->marks);
}

static void begin_range(struct finder *f, size_t from)
{
	struct answer_tree *t = f->t;
	end_range(f);
	if ((t->n_ranges & (t->n_ranges - 1)) == 0)
		t->ranges = mem_resize(t->ranges, t->n_ranges ? t->n_ranges * 2 : 1, sizeof *t->ranges);
	t->ranges[t->n_ranges++] = (struct range){.from = from, .to = from};
}

static void took(struct finder *f, size_t at, const struct buf *line)
{
	if (at > f->at)
		begin_range(f, at);
	buf_clear(&f->marks);
	f->at = f->t->ranges[f->t->n_ranges - 1].to = at + line->n;
	buf_add(&f->said, line->s, line->n);
}

static bool find_words(struct finder *f, const struct buf *as_it_is, const struct buf *unmarked)
{
	const struct wording *w = &f->t->words;
	if (is_at(w, f->at, as_it_is)) {
		took(f, f->at, as_it_is);
		return true;
	}
	if (unmarked->n && is_at(w, f->at, unmarked)) {
		took(f, f->at, unmarked);
		return true;
	}
	if (++f->jumps > JUMPS_MOST)
		return false;
	size_t a = find_line(w, f->at, as_it_is), b = find_line(w, f->at, unmarked);
	if (a > w->s.n && b > w->s.n)
		return false;
	took(f, a < b ? a : b, a < b ? as_it_is : unmarked);
	return true;
}

static bool find_lines(struct finder *f, const char *s)
{
	begin_range(f, 0);
	for (bool found = true; *s && found;) {
		size_t n = strcspn(s, "\n"), mark = list_mark(s, n);
		struct wording line = {0}, unmarked = {0};
		wording_add(&line, s, n, 0, false);
		if (mark)
			wording_add(&unmarked, s + mark, n - mark, 0, false);
		if (line.s.n)
			found = find_words(f, &line.s, &unmarked.s);
		else
			marks_add(s, n, &f->marks);
		wording_free(&line);
		wording_free(&unmarked);
		if (!found)
			return false;
		s += n + (s[n] == '\n');
	}
	end_range(f);
	return true;
}

bool answer_find(struct answer_tree *t, const char *text, struct buf *said)
{
	struct finder f = {.t = t};
	bool found = find_lines(&f, text);
	*said = f.said;
	buf_free(&f.marks);
	return found;
}
