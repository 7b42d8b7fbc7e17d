/* What stays of an HTML tree, written anew: known elements with known attributes around it, and nothing else. */
#include <gumbo.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answer_tree.h"
#include "base/fold.h"
#include "base/mem.h"
#include "mail/html_style.h"
#include "mail/html_tree.h"
#include "mail/text.h"

enum { VALUE_MOST = 200, LINK_MOST = 4000, STYLE_MOST = 8000, LANG_MOST = 20 };

struct writer {
	const struct answer_tree *t;
	struct buf *out;
	size_t *kept;        /* running count of the items that stay */
	struct strs classes; /* that the sheet knows */
	size_t range;        /* the first that may touch the text in hand */
};

/* ---- text ---- */

static void put_escaped(struct buf *out, const char *s, size_t n, bool in_attribute)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c == '&')
			buf_adds(out, "&amp;");
		else if (c == '<')
			buf_adds(out, "&lt;");
		else if (c == '>')
			buf_adds(out, "&gt;");
		else if (c == '"' && in_attribute)
			buf_adds(out, "&quot;");
		else if (c == 0xC2 && i + 1 < n && (unsigned char)s[i + 1] == 0xA0) {
			buf_adds(out, "&nbsp;");
			i++;
		} else if (c >= ' ' ? c != 0x7F : c == '\n' || c == '\t')
			buf_addc(out, (char)c);
	}
}

/* Does the word at this place of the stream stay? Asked in rising order. */
static bool stays(struct writer *w, size_t word)
{
	const struct answer_tree *t = w->t;
	while (w->range < t->n_ranges && t->ranges[w->range].to <= word)
		w->range++;
	return w->range < t->n_ranges && t->ranges[w->range].from <= word;
}

struct chunk { /* a run of what is no blank, with the blanks behind it */
	size_t from, to, end; /* end: behind the blanks */
	bool words, keep, line; /* line: a line ends behind it */
};

static size_t split(struct writer *w, const struct item *it, struct chunk **out)
{
	const char *s = it->node->v.text.text;
	size_t len = strlen(s), n = 0, word = it->from;
	struct chunk *v = NULL;
	for (size_t i = strspn(s, " \t\r\n"); i < len;) {
		struct chunk c = {.from = i, .to = i + strcspn(s + i, " \t\r\n")};
		c.end = c.to + strspn(s + c.to, " \t\r\n");
		c.line = it->pre && memchr(s + c.to, '\n', c.end - c.to);
		for (size_t k; i < c.to; i += k) {
			uint32_t u = utf8_next(s + i, c.to - i, &k);
			if (!char_is_word(u))
				continue;
			c.words = true;
			c.keep = stays(w, word) || c.keep;
			word += k;
		}
		if ((n & (n - 1)) == 0)
			v = mem_resize(v, n ? n * 2 : 1, sizeof *v);
		v[n++] = c;
		i = c.end;
	}
	*out = v;
	return n;
}

/* Chunks without words stay between those that stay, and beside one on its line. */
static void settle_marks(struct chunk *v, size_t n, bool pre)
{
	for (size_t i = 0; i < n;) {
		size_t end = i;
		while (end < n && !v[end].words)
			end++;
		bool before = i > 0 && v[i - 1].keep, behind = end < n && v[end].keep, amid = before && behind;
		for (size_t k = i, line = i > 0 && v[i - 1].line; k < end; k++) {
			v[k].keep = amid || (before && !line && (pre || end == n));
			line = line || v[k].line;
		}
		for (size_t k = end; behind && !amid && i == 0 && k > i && !v[k - 1].line; k--)
			v[k - 1].keep = true;
		i = end + (end < n);
	}
}

static void put_partly(struct writer *w, const struct item *it)
{
	struct chunk *v;
	const char *s = it->node->v.text.text;
	size_t n = split(w, it, &v), last = n;
	settle_marks(v, n, it->pre);
	for (size_t i = 0; i < n; i++) {
		if (!v[i].keep)
			continue;
		if (last + 1 == i)
			put_escaped(w->out, s + v[last].to, v[last].end - v[last].to, false);
		else if (last < n)
			buf_addc(w->out, it->pre ? '\n' : ' ');
		put_escaped(w->out, s + v[i].from, v[i].to - v[i].from, false);
		last = i;
	}
	if (last + 1 == n && !it->pre)
		put_escaped(w->out, s + v[last].to, v[last].end - v[last].to, false);
	free(v);
}

static void put_text(struct writer *w, const struct item *it)
{
	const char *s = it->node->v.text.text;
	bool whole = it->kind != ITEM_WORDS;
	if (!whole) {
		stays(w, it->from);
		const struct range *r = w->range < w->t->n_ranges ? &w->t->ranges[w->range] : NULL;
		whole = r && r->from <= it->from && r->to >= it->to && !(it->pre && r->to == it->to);
	}
	if (whole)
		put_escaped(w->out, s, strlen(s), false);
	else
		put_partly(w, it);
}

/* ---- attributes ---- */

static const char *value_of(const GumboNode *n, const char *name)
{
	const GumboAttribute *a = gumbo_get_attribute(&n->v.element.attributes, name);
	return a ? a->value : NULL;
}

static void put_attribute(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, " %s=\"", name);
	put_escaped(out, value, strlen(value), true);
	buf_addc(out, '"');
}

static void put_plain(struct writer *w, const GumboNode *n, const char *const *names)
{
	for (; *names; names++) {
		const char *v = value_of(n, *names);
		if (v && strlen(v) <= VALUE_MOST && !strpbrk(v, "\r\n\\"))
			put_attribute(w->out, *names, v);
	}
}

/* To a page, an address or a telephone. */
static const char *good_link(const char *s)
{
	static const char *const schemes[] = {"http://", "https://", "mailto:", "tel:", "ftp://", "sip:"};
	s += strspn(s, " \t\r\n");
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7F)
			return NULL;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes && strlen(s) <= LINK_MOST; i++)
		if (strncasecmp(s, schemes[i], strlen(schemes[i])) == 0)
			return s;
	return NULL;
}

static void put_styles(struct writer *w, const GumboNode *n)
{
	const char *style = value_of(n, "style"), *class = value_of(n, "class");
	struct buf b = {0};
	if (style && strlen(style) <= STYLE_MOST)
		html_style(style, strlen(style), &b);
	if (b.n)
		put_attribute(w->out, "style", b.s);
	buf_clear(&b);
	for (const char *p = class && w->classes.n && strlen(class) <= STYLE_MOST ? class : ""; *p;) {
		p += strspn(p, " \t\r\n\f");
		size_t len = strcspn(p, " \t\r\n\f");
		char *one = mem_dupn(p, len);
		if (len && strs_has(&w->classes, one))
			buf_addf(&b, "%s%s", b.n ? " " : "", one);
		free(one);
		p += len;
	}
	if (b.n)
		put_attribute(w->out, "class", b.s);
	buf_free(&b);
}

static const char *const *attributes_of(GumboTag tag)
{
	static const char *const none[] = {NULL}, *const block[] = {"align", NULL}, *const font[] = {"color", "face", "size", NULL},
	                         *const table[] = {"width", "height", "border", "cellpadding", "cellspacing", "bgcolor", "align", "valign", "rules", "frame", NULL},
	                         *const cell[] = {"colspan", "rowspan", "width", "height", "bgcolor", "align", "valign", "nowrap", NULL},
	                         *const col[] = {"span", "width", "align", NULL}, *const list[] = {"type", "start", "reversed", NULL}, *const entry[] = {"value", "type", NULL},
	                         *const rule[] = {"size", "width", "color", "align", "noshade", NULL}, *const line[] = {"clear", NULL},
	                         *const img[] = {"alt", "width", "height", "border", "hspace", "vspace", "align", NULL};
	switch (tag) {
	case GUMBO_TAG_P: case GUMBO_TAG_DIV: case GUMBO_TAG_H1: case GUMBO_TAG_H2: case GUMBO_TAG_H3: case GUMBO_TAG_H4: case GUMBO_TAG_H5: case GUMBO_TAG_H6:
		return block;
	case GUMBO_TAG_FONT:
		return font;
	case GUMBO_TAG_TABLE: case GUMBO_TAG_TBODY: case GUMBO_TAG_THEAD: case GUMBO_TAG_TFOOT: case GUMBO_TAG_TR:
		return table;
	case GUMBO_TAG_TD: case GUMBO_TAG_TH:
		return cell;
	case GUMBO_TAG_COL: case GUMBO_TAG_COLGROUP:
		return col;
	case GUMBO_TAG_OL: case GUMBO_TAG_UL:
		return list;
	case GUMBO_TAG_LI:
		return entry;
	case GUMBO_TAG_HR:
		return rule;
	case GUMBO_TAG_BR:
		return line;
	case GUMBO_TAG_IMG:
		return img;
	default:
		return none;
	}
}

static void put_attributes(struct writer *w, const GumboNode *n)
{
	GumboTag tag = n->v.element.tag;
	const char *dir = value_of(n, "dir"), *href = tag == GUMBO_TAG_A ? value_of(n, "href") : NULL;
	if (dir && (strcasecmp(dir, "rtl") == 0 || strcasecmp(dir, "ltr") == 0))
		put_attribute(w->out, "dir", dir);
	if (href && good_link(href))
		put_attribute(w->out, "href", good_link(href));
	if (tag == GUMBO_TAG_IMG && value_of(n, "src"))
		put_attribute(w->out, "src", value_of(n, "src"));
	put_plain(w, n, attributes_of(tag));
	put_styles(w, n);
}

/* ---- elements ---- */

/* The name to be written; NULL: only what is in it. */
static const char *name_of(const GumboNode *n, const char *style)
{
	GumboTag tag = n->v.element.tag;
	switch (tag) {
	case GUMBO_TAG_HTML: case GUMBO_TAG_BODY: case GUMBO_TAG_HEAD:
		return NULL;
	case GUMBO_TAG_A: case GUMBO_TAG_ABBR: case GUMBO_TAG_B: case GUMBO_TAG_BIG: case GUMBO_TAG_BLOCKQUOTE: case GUMBO_TAG_BR: case GUMBO_TAG_CAPTION:
	case GUMBO_TAG_CENTER: case GUMBO_TAG_CITE: case GUMBO_TAG_CODE: case GUMBO_TAG_COL: case GUMBO_TAG_COLGROUP: case GUMBO_TAG_DD: case GUMBO_TAG_DEL:
	case GUMBO_TAG_DFN: case GUMBO_TAG_DIV: case GUMBO_TAG_DL: case GUMBO_TAG_DT: case GUMBO_TAG_EM: case GUMBO_TAG_FONT: case GUMBO_TAG_H1: case GUMBO_TAG_H2:
	case GUMBO_TAG_H3: case GUMBO_TAG_H4: case GUMBO_TAG_H5: case GUMBO_TAG_H6: case GUMBO_TAG_HR: case GUMBO_TAG_I: case GUMBO_TAG_IMG: case GUMBO_TAG_INS:
	case GUMBO_TAG_KBD: case GUMBO_TAG_LI: case GUMBO_TAG_MARK: case GUMBO_TAG_OL: case GUMBO_TAG_P: case GUMBO_TAG_PRE: case GUMBO_TAG_Q: case GUMBO_TAG_S:
	case GUMBO_TAG_SAMP: case GUMBO_TAG_SMALL: case GUMBO_TAG_SPAN: case GUMBO_TAG_STRIKE: case GUMBO_TAG_STRONG: case GUMBO_TAG_SUB: case GUMBO_TAG_SUP:
	case GUMBO_TAG_TABLE: case GUMBO_TAG_TBODY: case GUMBO_TAG_TD: case GUMBO_TAG_TFOOT: case GUMBO_TAG_TH: case GUMBO_TAG_THEAD: case GUMBO_TAG_TR:
	case GUMBO_TAG_TT: case GUMBO_TAG_U: case GUMBO_TAG_UL: case GUMBO_TAG_VAR:
		return n->v.element.tag_namespace == GUMBO_NAMESPACE_HTML ? gumbo_normalized_tagname(tag) : NULL;
	default:
		return html_lines_around(n, style) ? "div" : NULL;
	}
}

static bool is_void(GumboTag tag)
{
	return tag == GUMBO_TAG_BR || tag == GUMBO_TAG_HR || tag == GUMBO_TAG_IMG || tag == GUMBO_TAG_COL;
}

/* With nothing in it an element stays where it holds a row or a column in place, or a line between what stays. */
static bool is_needed(const struct writer *w, const struct element *e)
{
	const struct answer_tree *t = w->t;
	if (e->last > e->first)
		return w->kept[e->last] > w->kept[e->first];
	const struct element *up = &t->elements[e->up];
	switch (e->node->v.element.tag) {
	case GUMBO_TAG_TD: case GUMBO_TAG_TH: case GUMBO_TAG_COL: case GUMBO_TAG_COLGROUP:
		return w->kept[up->last] > w->kept[up->first] || up->node->v.element.tag == GUMBO_TAG_COLGROUP;
	default:
		return e->first > 0 && e->first < t->n_items && t->items[e->first - 1].keep && t->items[e->first].keep;
	}
}

struct open {
	const GumboNode *node;
	unsigned child;
	const char *name; /* NULL: nothing to be closed */
	size_t element;
};

static const char *open_element(struct writer *w, const struct element *e)
{
	char style[HTML_STYLE];
	html_attribute(e->node, "style", style, sizeof style);
	GumboTag tag = e->node->v.element.tag;
	const char *name = name_of(e->node, style);
	if (tag == GUMBO_TAG_SPAN || tag == GUMBO_TAG_FONT) { /* one that says nothing would only part words */
		size_t before = w->out->n;
		buf_addf(w->out, "<%s", name ? name : "span");
		size_t bare = w->out->n;
		put_attributes(w, e->node);
		if (!name || w->out->n == bare) {
			buf_cut(w->out, before);
			return NULL;
		}
		buf_addc(w->out, '>');
		return name;
	}
	if (!name)
		return NULL;
	buf_addf(w->out, "<%s", name);
	put_attributes(w, e->node);
	buf_addc(w->out, '>');
	if (tag == GUMBO_TAG_PRE) /* the parser drops the first line end */
		buf_addc(w->out, '\n');
	return is_void(tag) ? NULL : name;
}

static void walk(struct writer *w)
{
	const struct answer_tree *t = w->t;
	size_t depth = 1, room = 64, next_element = 1, next_item = 0;
	struct open *stack = mem_array(room, sizeof *stack);
	stack[0] = (struct open){.node = t->elements[0].node};
	while (depth > 0) {
		struct open *o = &stack[depth - 1];
		const GumboVector *c = o->node->type == GUMBO_NODE_DOCUMENT ? &o->node->v.document.children : &o->node->v.element.children;
		while (next_item < t->n_items && t->items[next_item].element == o->element && t->items[next_item].node == o->node)
			next_item++; /* the element's own: a line break, a picture */
		const GumboNode *n = o->child < c->length ? c->data[o->child++] : NULL;
		if (!n) {
			if (o->name)
				buf_addf(w->out, "</%s>", o->name);
			depth--;
		} else if (n->type == GUMBO_NODE_ELEMENT) {
			const struct element *e = &t->elements[next_element];
			if (!e->shown || !is_needed(w, e)) {
				next_item = e->last > next_item ? e->last : next_item;
				next_element = e->next;
				continue;
			}
			if (depth == room)
				stack = mem_resize(stack, room *= 2, sizeof *stack);
			stack[depth++] = (struct open){.node = n, .element = next_element, .name = open_element(w, e)};
			next_element++;
		} else if (next_item < t->n_items && t->items[next_item].node == n) {
			if (t->items[next_item].keep)
				put_text(w, &t->items[next_item]);
			next_item++;
		}
	}
	free(stack);
}

/* The body's own style, and the language, which a spelling checker or a screen reader asks for. */
static void put_top(struct writer *w)
{
	const GumboNode *html = NULL, *body = NULL;
	struct buf sheet = {0};
	for (size_t i = 1; i < w->t->n_elements && !body; i++) {
		const GumboNode *n = w->t->elements[i].node;
		html = n->v.element.tag == GUMBO_TAG_HTML ? n : html;
		body = n->v.element.tag == GUMBO_TAG_BODY ? n : body;
	}
	const char *lang = html ? value_of(html, "lang") : NULL;
	lang = body && !lang ? value_of(body, "lang") : lang;
	buf_adds(w->out, "<!DOCTYPE html>\n<html");
	if (lang && *lang && strlen(lang) <= LANG_MOST && lang[strspn(lang, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")] == '\0')
		put_attribute(w->out, "lang", lang);
	buf_adds(w->out, "><head><meta charset=\"utf-8\">");
	html_sheet(w->t->sheet.s ? w->t->sheet.s : "", w->t->sheet.n, &sheet, &w->classes);
	if (sheet.n)
		buf_addf(w->out, "<style>\n%s</style>", sheet.s);
	buf_adds(w->out, "</head>\n<body");
	if (body)
		put_attributes(w, body);
	buf_adds(w->out, ">");
	buf_free(&sheet);
}

void answer_tree_write(const struct answer_tree *t, struct buf *out)
{
	struct writer w = {.t = t, .out = out};
	w.kept = mem_array(t->n_items + 1, sizeof *w.kept);
	for (size_t i = 0; i < t->n_items; i++)
		w.kept[i + 1] = w.kept[i] + t->items[i].keep;
	put_top(&w);
	walk(&w);
	buf_adds(out, "</body></html>\n");
	free(w.kept);
	strs_free(&w.classes);
}
