/* HTML to text over gumbo's tree. The walk keeps its own stack of open elements: no recursion. */
#include <ctype.h>
#include <gumbo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"
#include "mail/html_guard.h"
#include "mail/html_tree.h"
#include "mail/text.h"

struct frame {
	const GumboNode *node;
	unsigned child;  /* the next to be visited */
	unsigned count;  /* list items so far */
	bool quote, pre; /* a blockquote; white space counts */
};

struct writer {
	struct buf *out;
	size_t begin;       /* of our text in out */
	unsigned newlines;  /* owed before the next text */
	unsigned quotes, last_quotes;
	unsigned space;     /* blanks owed between two words of a line, two between the cells of a row */
	bool hollow;        /* a line that holds no-break spaces alone: programs write empty lines so */
	unsigned lists;     /* open ones: the depth of an item */
	bool marked;        /* just behind a list mark: its text goes on the same line */
	bool unnumbered;    /* items of numbered lists get a dash too */
};

enum { QUOTES_SHOWN = 8 }; /* deeper ones look the same: the text must not grow with its depth */

static void want(struct writer *w, unsigned newlines)
{
	if (w->hollow && w->newlines > 0 && w->newlines < 3)
		w->newlines++;
	w->hollow = false;
	if (w->newlines < newlines && !w->marked)
		w->newlines = newlines;
	w->space = 0;
}

static void start_text(struct writer *w)
{
	w->marked = w->hollow = false;
	bool first = w->out->n == w->begin;
	if (!first && w->newlines == 0) {
		for (; w->space > 0; w->space--)
			buf_addc(w->out, ' ');
		return;
	}
	unsigned between = w->quotes < w->last_quotes ? w->quotes : w->last_quotes;
	if (between > QUOTES_SHOWN)
		between = QUOTES_SHOWN;
	for (unsigned i = 0; !first && i < w->newlines; i++) {
		buf_addc(w->out, '\n');
		for (unsigned q = 0; i + 1 < w->newlines && q < between; q++)
			buf_adds(w->out, q + 1 < between ? "> " : ">");
	}
	for (unsigned q = 0; q < w->quotes && q < QUOTES_SHOWN; q++)
		buf_adds(w->out, "> ");
	w->last_quotes = w->quotes;
	w->newlines = 0;
	w->space = 0;
}

static void add_text(struct writer *w, const char *s, bool pre)
{
	for (size_t n = strlen(s), i = 0; i < n;) {
		unsigned char c = (unsigned char)s[i];
		if (pre && c == '\n') {
			w->newlines++;
			w->space = 0;
			i++;
		} else if (!pre && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f')) {
			if (w->newlines == 0 && w->space == 0)
				w->space = 1;
			i++;
		} else if (c == '\r') {
			i++;
		} else if (c == 0xC2 && (unsigned char)s[i + 1] == 0xA0) { /* no-break space: never merged with its neighbours */
			if (w->newlines == 0 && w->out->n > w->begin) {
				buf_addc(w->out, ' ');
				w->space = 0;
			} else {
				w->hollow = true;
			}
			i += 2;
		} else {
			size_t from = i;
			while (i < n && (unsigned char)s[i] > ' ' && (unsigned char)s[i] != 0xC2)
				i++;
			i += i == from;
			if (i < n && (unsigned char)s[from] == 0xC2 && i == from + 1)
				i++;
			start_text(w);
			buf_add(w->out, s + from, i - from);
		}
	}
}

static void item_mark(struct writer *w, struct frame *list)
{
	char mark[16] = "- ";
	if (list && list->node->v.element.tag == GUMBO_TAG_OL && !w->unnumbered)
		snprintf(mark, sizeof mark, "%u. ", ++list->count % 100000);
	start_text(w);
	for (unsigned i = 1; i < w->lists && i < 5; i++)
		buf_adds(w->out, "  ");
	buf_adds(w->out, mark);
	w->marked = true;
}

/* False: nothing of it is shown. */
static bool enter(struct writer *w, struct frame *f, struct frame *parent)
{
	const GumboElement *e = &f->node->v.element;
	char style[HTML_STYLE];
	if (!html_is_shown(f->node, style))
		return false;
	f->pre = (parent && parent->pre) || html_keeps_blanks(f->node, style);
	unsigned around = html_lines_around(f->node, style);
	if (around)
		want(w, around);
	if (e->tag == GUMBO_TAG_UL || e->tag == GUMBO_TAG_OL)
		w->lists++;
	if (e->tag == GUMBO_TAG_BLOCKQUOTE) {
		f->quote = true;
		w->quotes++;
	} else if (e->tag == GUMBO_TAG_LI) {
		item_mark(w, parent);
	} else if (e->tag == GUMBO_TAG_BR) {
		w->newlines += w->newlines < 3;
		w->space = 0;
	} else if (e->tag == GUMBO_TAG_HR) {
		start_text(w);
		buf_adds(w->out, "----------------------------------------");
		want(w, 1);
	} else if ((e->tag == GUMBO_TAG_TD || e->tag == GUMBO_TAG_TH) && w->newlines == 0 && w->out->n > w->begin) {
		w->space = 2;
	}
	return true;
}

static void leave(struct writer *w, const struct frame *f)
{
	const GumboElement *e = &f->node->v.element;
	char style[HTML_STYLE];
	html_attribute(f->node, "style", style, sizeof style);
	unsigned around = html_lines_around(f->node, style);
	if (e->tag == GUMBO_TAG_LI)
		w->marked = false;
	if (around)
		want(w, around);
	if (e->tag == GUMBO_TAG_UL || e->tag == GUMBO_TAG_OL)
		w->lists--;
	if (f->quote)
		w->quotes--;
}

static const GumboVector *children_of(const GumboNode *n)
{
	return n->type == GUMBO_NODE_DOCUMENT ? &n->v.document.children : &n->v.element.children;
}

static void walk(struct writer *w, const GumboNode *root)
{
	struct frame *stack = mem_array(64, sizeof *stack);
	size_t depth = 1, room = 64;
	stack[0] = (struct frame){.node = root};
	while (depth > 0) {
		struct frame *f = &stack[depth - 1];
		const GumboVector *c = children_of(f->node);
		if (f->child >= c->length) {
			if (f->node->type == GUMBO_NODE_ELEMENT)
				leave(w, f);
			depth--;
			continue;
		}
		const GumboNode *n = c->data[f->child++];
		if (n->type == GUMBO_NODE_TEXT || n->type == GUMBO_NODE_WHITESPACE || n->type == GUMBO_NODE_CDATA) {
			add_text(w, n->v.text.text, f->pre);
		} else if (n->type == GUMBO_NODE_ELEMENT) {
			if (depth == room)
				stack = mem_resize(stack, room *= 2, sizeof *stack);
			stack[depth] = (struct frame){.node = n};
			if (enter(w, &stack[depth], &stack[depth - 1]))
				depth++;
		}
	}
	free(stack);
}

static void to_text(const char *s, size_t n, bool unnumbered, struct buf *out)
{
	if (!html_is_tame(s, n)) {
		html_strip(s, n, out);
		return;
	}
	GumboOptions options = kGumboDefaultOptions;
	options.max_errors = 0;
	GumboOutput *tree = gumbo_parse_with_options(&options, s, n);
	struct writer w = {.out = out, .begin = out->n, .unnumbered = unnumbered};
	if (tree)
		walk(&w, tree->document);
	if (out->n > w.begin)
		buf_addc(out, '\n');
	else
		buf_add(out, "", 0);
	gumbo_destroy_output(&options, tree);
}

void text_html(const char *s, size_t n, struct buf *out)
{
	to_text(s, n, false, out);
}

void text_html_unnumbered(const char *s, size_t n, struct buf *out)
{
	to_text(s, n, true, out);
}

void text_html_charset(const char *s, size_t n, char out[static 64])
{
	size_t k = 0, top = n < 4096 ? n : 4096;
	out[0] = '\0';
	for (size_t i = 0; i + 8 < top; i++) {
		if (strncasecmp(s + i, "charset=", 8) != 0)
			continue;
		for (i += 8; i < top && k < 63 && !isspace((unsigned char)s[i]) && !strchr(">/;", s[i]); i++)
			if (s[i] != '"' && s[i] != '\'')
				out[k++] = s[i];
		out[k] = '\0';
		return;
	}
}
