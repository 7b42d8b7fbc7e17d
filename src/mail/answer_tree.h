/* answer_tree: what answer_tree.c (what HTML shows, in order), answer_find.c (where the text stands in it), answer_html.c (what of it stays) and
 * answer_write.c (that, written) share. */
#ifndef MAIL_ANSWER_TREE_H
#define MAIL_ANSWER_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/strs.h"

struct GumboInternalNode;

/* Letters and digits alone, without what stands between them: two texts of one mail differ in blanks, line breaks, marks of emphasis and of lists,
 * but not in these. `at` has as many bytes: for the first byte of each character what stands before it. */
enum { WORD_GAP = 1 /* a new word */, WORD_LINE = 2 /* a new line */, WORD_QUOTED = 4 };

struct wording {
	struct buf s, at;
};

/* Adds those of s; `first` (WORD_…) for the first of them, WORD_GAP for one behind anything else. With lines, line ends count. */
void wording_add(struct wording *w, const char *s, size_t n, unsigned first, bool lines);
void wording_free(struct wording *w);
void marks_add(const char *s, size_t n, struct buf *out); /* s without blanks */

enum item_kind { ITEM_WORDS, ITEM_MARK /* text, but without any words */, ITEM_SPACE, ITEM_PICTURE };

struct item {
	const struct GumboInternalNode *node;
	enum item_kind kind;
	size_t from, to;  /* in words */
	size_t element;   /* around it */
	bool quoted;      /* in a blockquote */
	bool fresh;       /* begins a line */
	bool pre;         /* its line ends count */
	bool card;        /* in a signature that says so */
	bool keep;
};

struct element {
	const struct GumboInternalNode *node;
	bool shown;
	size_t up;          /* the element around it; its own number for the first */
	size_t first, last; /* items in it: [first, last) */
	size_t next;        /* the element behind all that are in it */
};

struct range { /* of words that stay */
	size_t from, to;
	char *marks; /* the lines without words behind it, as they are in the text, without blanks */
};

struct answer_tree {
	struct wording words;
	struct item *items;
	size_t n_items;
	struct element *elements; /* in the order in which a walk comes to them */
	size_t n_elements;
	struct buf sheet;         /* all style sheets */
	struct range *ranges;
	size_t n_ranges;
};

void answer_tree_read(const struct GumboInternalNode *document, struct answer_tree *t);
void answer_tree_free(struct answer_tree *t);

/* The part of the URL behind "cid:", or NULL. */
const char *answer_cid(const struct GumboInternalNode *img);

/* Sets t->ranges to where the lines of the text stand, one behind the other. False: some of it is not there. said: the words, as the HTML has them. */
bool answer_find(struct answer_tree *t, const char *text, struct buf *said);
/* The text without what programs write in it for links, and for the pictures that the tree has. The caller frees. */
char *answer_without_targets(const struct answer_tree *t, const char *text);

/* The items that have `keep`, and what is around them, as a document. */
void answer_tree_write(const struct answer_tree *t, struct buf *out);

#endif
