#include "answer_tree.h"

#include <gumbo.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fold.h"
#include "base/mem.h"
#include "mail/html_tree.h"
#include "mail/text.h"

enum { SHEETS_MOST = 64 << 10, NO_BLANKS = 0x2E80 /* from here on scripts that have none between words */ };

/* ---- words ---- */

static bool is_ascii_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void wording_add(struct wording *w, const char *s, size_t n, unsigned first, bool lines)
{
	unsigned at = first;
	for (size_t i = 0, k; i < n; i += k) {
		uint32_t c = (unsigned char)s[i];
		bool word = is_ascii_word(s[i]);
		k = 1;
		if (c >= 0x80) {
			c = utf8_next(s + i, n - i, &k);
			word = char_is_word(c);
		}
		if (!word) {
			at |= lines && c == '\n' ? WORD_GAP | WORD_LINE : WORD_GAP;
			continue;
		}
		buf_add(&w->s, s + i, k);
		buf_addc(&w->at, (char)(at | (c >= NO_BLANKS ? WORD_GAP : 0)));
		for (size_t more = 1; more < k; more++)
			buf_addc(&w->at, 0);
		at = (first & WORD_QUOTED) | (c >= NO_BLANKS ? WORD_GAP : 0);
	}
}

void wording_free(struct wording *w)
{
	buf_free(&w->s);
	buf_free(&w->at);
}

void marks_add(const char *s, size_t n, struct buf *out)
{
	for (size_t i = 0, k; i < n; i += k) {
		utf8_next(s + i, n - i, &k);
		if (!text_is_blank(s + i, k))
			buf_add(out, s + i, k);
	}
}

/* ---- the walk ---- */

struct frame {
	const GumboNode *node;
	unsigned child;
	size_t element;
	bool quoted, pre, card, breaks;
};

struct walker {
	struct answer_tree *t;
	struct frame *stack;
	size_t depth, room;
	bool fresh;    /* a line begins */
	unsigned next; /* WORD_… of the next word */
};

static struct item *add_item(struct walker *w, const GumboNode *node, enum item_kind kind)
{
	struct answer_tree *t = w->t;
	const struct frame *f = &w->stack[w->depth - 1];
	if ((t->n_items & (t->n_items - 1)) == 0) /* grow at powers of two */
		t->items = mem_resize(t->items, t->n_items ? t->n_items * 2 : 1, sizeof *t->items);
	struct item *i = &t->items[t->n_items++];
	*i = (struct item){.node = node, .kind = kind, .from = t->words.s.n, .to = t->words.s.n, .element = f->element, .quoted = f->quoted,
	                   .fresh = w->fresh, .pre = f->pre, .card = f->card};
	return i;
}

static size_t add_element(struct answer_tree *t, const GumboNode *node, size_t up)
{
	if ((t->n_elements & (t->n_elements - 1)) == 0)
		t->elements = mem_resize(t->elements, t->n_elements ? t->n_elements * 2 : 1, sizeof *t->elements);
	t->elements[t->n_elements] = (struct element){.node = node, .up = up, .first = t->n_items, .last = t->n_items, .next = t->n_elements + 1};
	return t->n_elements++;
}

static void break_line(struct walker *w)
{
	w->fresh = true;
	w->next |= WORD_GAP | WORD_LINE;
}

static void text_node(struct walker *w, const GumboNode *node)
{
	const char *s = node->v.text.text;
	size_t n = strlen(s), before = w->t->words.s.n;
	const struct frame *f = &w->stack[w->depth - 1];
	if (text_is_blank(s, n)) {
		add_item(w, node, ITEM_SPACE);
		if (f->pre && strchr(s, '\n'))
			break_line(w);
		w->next |= WORD_GAP;
		return;
	}
	struct item *i = add_item(w, node, ITEM_MARK);
	wording_add(&w->t->words, s, n, w->next | (f->quoted ? WORD_QUOTED : 0), f->pre);
	w->fresh = f->pre && s[n - 1] == '\n';
	if (w->t->words.s.n > before) {
		i->kind = ITEM_WORDS;
		i->to = w->t->words.s.n;
		const char *last = s + n - 1; /* does a word end with it? */
		while (last > s && ((unsigned char)*last & 0xC0) == 0x80)
			last--;
		size_t k;
		uint32_t c = utf8_next(last, (size_t)(s + n - last), &k);
		w->next = char_is_word(c) && c < NO_BLANKS ? 0 : WORD_GAP;
	} else {
		w->next |= WORD_GAP;
	}
	if (w->fresh)
		break_line(w);
}

/* Programs name the card that they add. */
static bool is_card(const GumboNode *node)
{
	char id[64], class[64];
	html_attribute(node, "id", id, sizeof id);
	html_attribute(node, "class", class, sizeof class);
	return strcmp(id, "signature") == 0 || strstr(id, "mobile-signature") || strcmp(id, "applemailsignature") == 0 || strstr(class, "gmail_signature") ||
	       strstr(class, "moz-signature");
}

static void take_sheet(struct answer_tree *t, const GumboNode *style)
{
	const GumboVector *c = &style->v.element.children;
	for (unsigned i = 0; i < c->length; i++) {
		const GumboNode *n = c->data[i];
		if (n->type != GUMBO_NODE_TEXT && n->type != GUMBO_NODE_WHITESPACE)
			continue;
		size_t len = strlen(n->v.text.text);
		if (len <= SHEETS_MOST && t->sheet.n + len <= SHEETS_MOST)
			buf_addf(&t->sheet, "%s\n", n->v.text.text);
	}
}

static void push(struct walker *w, const GumboNode *node)
{
	struct answer_tree *t = w->t;
	struct frame *f = &w->stack[w->depth - 1];
	GumboTag tag = node->v.element.tag;
	char style[HTML_STYLE];
	size_t number = add_element(t, node, f->element);
	if (tag == GUMBO_TAG_STYLE)
		take_sheet(t, node);
	bool in_head = f->node->type == GUMBO_NODE_ELEMENT && f->node->v.element.tag == GUMBO_TAG_HEAD;
	t->elements[number].shown = (html_is_shown(node, style) || tag == GUMBO_TAG_HEAD) && !in_head; /* it has the styles, else nothing */
	if (!t->elements[number].shown)
		return;
	struct frame in = {.node = node, .element = number, .quoted = f->quoted || tag == GUMBO_TAG_BLOCKQUOTE, .card = f->card || is_card(node)};
	in.pre = f->pre || html_keeps_blanks(node, style);
	in.breaks = html_lines_around(node, style) > 0 || tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH;
	if (in.breaks)
		break_line(w);
	if (w->depth == w->room)
		w->stack = mem_resize(w->stack, w->room *= 2, sizeof *w->stack);
	w->stack[w->depth++] = in;
	if (tag == GUMBO_TAG_BR || tag == GUMBO_TAG_HR) {
		add_item(w, node, ITEM_SPACE);
		break_line(w);
	} else if (tag == GUMBO_TAG_IMG) {
		add_item(w, node, ITEM_PICTURE);
		w->next |= WORD_GAP;
		w->fresh = false;
	}
}

static void pop(struct walker *w)
{
	const struct frame *f = &w->stack[--w->depth];
	if (f->breaks)
		break_line(w);
	w->t->elements[f->element].last = w->t->n_items;
	w->t->elements[f->element].next = w->t->n_elements;
}

void answer_tree_read(const GumboNode *document, struct answer_tree *t)
{
	struct walker w = {.t = t, .depth = 1, .room = 64, .fresh = true, .next = WORD_GAP | WORD_LINE};
	*t = (struct answer_tree){0};
	w.stack = mem_array(w.room, sizeof *w.stack);
	w.stack[0] = (struct frame){.node = document, .element = add_element(t, document, 0)};
	t->elements[0].shown = true;
	while (w.depth > 0) {
		struct frame *f = &w.stack[w.depth - 1];
		const GumboVector *c = f->node->type == GUMBO_NODE_DOCUMENT ? &f->node->v.document.children : &f->node->v.element.children;
		if (f->child >= c->length) {
			pop(&w);
			continue;
		}
		const GumboNode *n = c->data[f->child++];
		if (n->type == GUMBO_NODE_TEXT || n->type == GUMBO_NODE_WHITESPACE || n->type == GUMBO_NODE_CDATA) {
			if (f->node->type == GUMBO_NODE_ELEMENT && f->node->v.element.tag != GUMBO_TAG_HEAD)
				text_node(&w, n);
		} else if (n->type == GUMBO_NODE_ELEMENT) {
			push(&w, n);
		}
	}
	free(w.stack);
}

void answer_tree_free(struct answer_tree *t)
{
	for (size_t i = 0; i < t->n_ranges; i++)
		free(t->ranges[i].marks);
	free(t->ranges);
	wording_free(&t->words);
	free(t->items);
	free(t->elements);
	buf_free(&t->sheet);
	*t = (struct answer_tree){0};
}

const char *answer_cid(const GumboNode *img)
{
	const GumboAttribute *a = gumbo_get_attribute(&img->v.element.attributes, "src");
	return a && strncasecmp(a->value, "cid:", 4) == 0 ? a->value + 4 : NULL;
}
