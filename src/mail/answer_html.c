#include "mail/answer_html.h"

#include <gumbo.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answer_tree.h"
#include "base/fold.h"
#include "base/mem.h"
#include "mail/html_guard.h"
#include "mail/html_tree.h"
#include "mail/text.h"

enum {
	CID_MOST = 1000, CIDS_MOST = 1000, /* bytes of one; and how many */
	SPACES_AT_JOINT = 2,               /* blank lines that stay where something was left out */
	HTML_MOST = 1 << 20
};

/* ---- what stays ---- */

static bool is_shown_text(const struct item *i)
{
	return i->kind == ITEM_WORDS || i->kind == ITEM_MARK;
}

static void keep_words(struct answer_tree *t)
{
	size_t r = 0;
	for (size_t i = 0; i < t->n_items; i++) {
		struct item *it = &t->items[i];
		while (r < t->n_ranges && t->ranges[r].to <= it->from)
			r++;
		if (it->kind == ITEM_WORDS)
			it->keep = r < t->n_ranges && t->ranges[r].from < it->to;
		else if (it->kind == ITEM_MARK) /* amid what stays */
			it->keep = r < t->n_ranges && t->ranges[r].from < it->from;
	}
}

/* A smiley on a line of its own below a range: it stays if the text has it. Returns what of the marks is left to be found. */
static const char *own_line(struct item *it, const char *marks)
{
	struct buf seen = {0};
	marks_add(it->node->v.text.text, strlen(it->node->v.text.text), &seen);
	it->keep = seen.n && strncmp(marks, seen.s, seen.n) == 0;
	marks = it->keep ? marks + seen.n : "";
	buf_free(&seen);
	return marks;
}

/* Marks at the ends of a range: they go with the words of their own line. */
static void keep_marks(struct answer_tree *t)
{
	size_t r = 0;
	const char *marks = t->n_ranges && t->ranges[0].to == 0 ? t->ranges[0].marks : "";
	const struct item *before = NULL, *behind = NULL;
	for (size_t i = 0; i < t->n_items; i++) {
		struct item *it = &t->items[i];
		while (r < t->n_ranges && t->ranges[r].to < it->to)
			r++;
		if (it->kind == ITEM_WORDS)
			marks = r < t->n_ranges && t->ranges[r].to == it->to && it->keep ? t->ranges[r].marks : "";
		else if (it->kind == ITEM_MARK && !it->keep && before && before->keep && !it->fresh)
			it->keep = true;
		else if (it->kind == ITEM_MARK && !it->keep && !it->quoted)
			marks = own_line(it, marks);
		if (is_shown_text(it))
			before = it;
	}
	for (size_t i = t->n_items; i-- > 0;) {
		struct item *it = &t->items[i];
		if (it->kind == ITEM_MARK && !it->keep && behind && behind->keep && !behind->fresh)
			it->keep = true;
		if (is_shown_text(it))
			behind = it;
	}
}

static bool is_fetched(const char *src)
{
	static const char *const data[] = {"data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,", "data:image/webp;base64,"};
	for (size_t i = 0; i < sizeof data / sizeof *data; i++)
		if (strncasecmp(src, data[i], strlen(data[i])) == 0)
			return src[strspn(src, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=:;,\n\r ")] == '\0';
	return strncasecmp(src, "https://", 8) == 0 || strncasecmp(src, "http://", 7) == 0;
}

/* It can be shown, and is not the card's. */
static bool is_good_picture(const struct item *it, const struct strs *pictures)
{
	const char *cid = answer_cid(it->node);
	const GumboAttribute *src = gumbo_get_attribute(&it->node->v.element.attributes, "src");
	return !it->card && (cid ? strs_has(pictures, cid) : src && is_fetched(src->value));
}

/* A picture beside words that go, in a block without any that stay, belongs to them: a logo in the table of a card. */
static bool is_among_gone(const struct answer_tree *t, const size_t *words, const size_t *kept, size_t element)
{
	if (kept[t->n_items] == 0)
		return false;
	for (;; element = t->elements[element].up) {
		const struct element *e = &t->elements[element];
		if (words[e->last] > words[e->first])
			return kept[e->last] == kept[e->first];
		if (element == 0)
			return false;
	}
}

/* Running counts, so that any element's are known at once. */
static size_t *count_items(const struct answer_tree *t, bool kept, bool words)
{
	size_t *v = mem_array(t->n_items + 1, sizeof *v);
	for (size_t i = 0; i < t->n_items; i++)
		v[i + 1] = v[i] + ((!kept || t->items[i].keep) && (!words || t->items[i].kind == ITEM_WORDS));
	return v;
}

/* Above all that goes in a gap, or, where text stays behind the gap, below it. */
static void keep_pictures(struct answer_tree *t, const struct strs *pictures)
{
	size_t *words = count_items(t, false, true), *kept = count_items(t, true, true), stays = 0;
	bool *goes = mem_array(t->n_items + 1, sizeof *goes), gone = false; /* the next text from there on goes; the last one before did */
	for (size_t i = t->n_items; i-- > 0;) {
		goes[i] = is_shown_text(&t->items[i]) ? !t->items[i].keep : goes[i + 1];
		if (stays == 0 && is_shown_text(&t->items[i]) && t->items[i].keep)
			stays = i;
	}
	for (size_t i = 0; i < t->n_items; i++) {
		struct item *it = &t->items[i];
		bool amid = i < stays && !goes[i]; /* right above text that stays */
		if (is_shown_text(it))
			gone = !it->keep;
		else if (it->kind == ITEM_PICTURE && is_good_picture(it, pictures))
			it->keep = (it->quoted ? amid && !gone : amid || !gone) && !is_among_gone(t, words, kept, it->element);
	}
	free(words);
	free(kept);
	free(goes);
}

/* Blanks stay between what stays; where something was left out, so many that the two sides do not run together. */
static void keep_spaces(struct answer_tree *t)
{
	for (size_t i = 0; i < t->n_items;) {
		size_t end = i, left = SPACES_AT_JOINT;
		bool gone = false;
		while (end < t->n_items && !t->items[end].keep) {
			gone = gone || is_shown_text(&t->items[end]);
			end++;
		}
		for (bool stop = i == 0 || end == t->n_items; i < end && !stop; i++) {
			struct item *it = &t->items[i];
			stop = gone && (is_shown_text(it) || left-- == 0);
			it->keep = it->kind == ITEM_SPACE && !stop;
		}
		i = end + 1;
	}
}

/* ---- the whole ---- */

static void note_pictures(const struct answer_tree *t, struct strs *shown)
{
	for (size_t i = 0; i < t->n_items; i++) {
		const char *cid = t->items[i].kind == ITEM_PICTURE && t->items[i].keep ? answer_cid(t->items[i].node) : NULL;
		if (cid && !strs_has(shown, cid))
			strs_add(shown, cid);
	}
}

static bool anything_stays(const struct answer_tree *t)
{
	for (size_t i = 0; i < t->n_items; i++)
		if (t->items[i].keep)
			return true;
	return false;
}

/* Read as any HTML, it says the words of the text and no others. */
static bool says(const char *html, size_t n, const struct buf *said)
{
	struct buf text = {0};
	struct wording w = {0};
	if (n > HTML_MOST || !html_is_tame(html, n))
		return false;
	text_html_unnumbered(html, n, &text);
	wording_add(&w, text.s, text.n, 0, false);
	bool same = w.s.n == said->n && (said->n == 0 || memcmp(w.s.s, said->s, said->n) == 0);
	wording_free(&w);
	buf_free(&text);
	return same;
}

static char *cut(struct answer_tree *t, const char *text, const struct strs *pictures, struct strs *shown)
{
	struct buf out = {0}, said = {0};
	bool ok = answer_find(t, text, &said);
	if (ok) {
		keep_words(t);
		keep_marks(t);
		keep_pictures(t, pictures);
		keep_spaces(t);
		ok = anything_stays(t);
	}
	if (ok) {
		answer_tree_write(t, &out);
		ok = says(out.s, out.n, &said);
	}
	if (ok)
		note_pictures(t, shown);
	buf_free(&said);
	if (!ok)
		buf_free(&out);
	return ok ? buf_take(&out) : NULL;
}

static char *cut_source(const char *s, size_t n, const char *text, const struct strs *pictures, struct strs *shown)
{
	GumboOptions options = kGumboDefaultOptions;
	options.max_errors = 0;
	GumboOutput *tree = html_is_tame(s, n) ? gumbo_parse_with_options(&options, s, n) : NULL;
	char *html = NULL;
	for (int as = 0; tree && as < 2 && !html; as++) { /* with what stands in the text for links and pictures; and without */
		struct answer_tree t;
		answer_tree_read(tree->document, &t);
		char *bare = as ? answer_without_targets(&t, text) : NULL;
		if (!bare || strcmp(bare, text) != 0)
			html = cut(&t, bare ? bare : text, pictures, shown);
		free(bare);
		answer_tree_free(&t);
	}
	if (tree)
		gumbo_destroy_output(&options, tree);
	return html;
}

/* Where a program that we know puts the history: usually nothing below is needed, and need not be parsed. n: nowhere. */
static size_t history_at(const char *s, size_t n)
{
	static const char *const marks[] = {"id=\"divRplyFwdMsg\"", "id=\"appendonsend\"", "class=\"gmail_quote", "class=\"moz-cite-prefix\"",
	                                    "<blockquote type=\"cite\"", "border-top:solid #E1E1E1", "id=\"mail-editor-reference-message-container\""};
	size_t at = n;
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		const char *p = memmem(s, at, marks[i], strlen(marks[i]));
		p = p ? memrchr(s, '<', (size_t)(p - s) + 1) : NULL;
		at = p ? (size_t)(p - s) : at;
	}
	return at;
}

char *answer_html(const char *s, size_t n, const char *text, const struct strs *pictures, struct strs *shown)
{
	size_t end = history_at(s, n);
	char *html = cut_source(s, end, text, pictures, shown);
	if (!html && end < n)
		html = cut_source(s, n, text, pictures, shown);
	return html;
}

void answer_html_cids(const char *s, size_t n, struct strs *out)
{
	for (size_t i = 0; i + 4 < n && out->n < CIDS_MOST; i++) {
		const char *p = memchr(s + i, ':', n - i);
		if (!p)
			break;
		i = (size_t)(p - s);
		if (i < 3 || strncasecmp(p - 3, "cid", 3) != 0)
			continue;
		size_t len = 0;
		while (i + 1 + len < n && !strchr(" \t\r\n\"'<>)&;", p[1 + len]) && len < CID_MOST)
			len++;
		char *id = mem_dupn(p + 1, len);
		if (len && !strs_has(out, id))
			strs_add(out, id);
		free(id);
		i += len;
	}
}
