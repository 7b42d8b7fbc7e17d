/* words: many terms compiled into one trie, and found in a text in one pass.
 *
 *     nominering           the word, whatever its case and form
 *     *avtal*              part of a word: '*' stands for further letters (or none) of the same word
 *     learning agreement   several words in a row, whatever stands between them ("learning-agreement")
 *
 * Time is linear in the text, whatever the text and the terms: a term has at most TERM_MAX bytes, and a '*' stands for at most
 * WORD_MAX. Where terms overlap, the one that covers the other wins ("learning agreement" hides "agreement"); of two on the same
 * words, the one with more letters of its own ("samarbetsavtal" hides "*avtal*"). */
#ifndef TOPIC_WORDS_H
#define TOPIC_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { TERM_MAX = 120, WORD_MAX = 80 };

struct words;

struct word_hit {
	uint32_t start, end; /* in `text` of the hits */
	uint32_t term;       /* as numbered by words_add() */
};

struct word_hits {
	struct word_hit *v;
	size_t n, cap;
	struct buf text; /* of the last search: with all that is no letter or digit as one space */
};

struct words *words_new(void);
void words_free(struct words *w);
/* The term's number: 0, 1, 2, … in the order of first adding; the same for a term that folds to the same. -1: malformed, e says why. */
int words_add(struct words *w, const char *term, struct err *e);
size_t words_count(const struct words *w);

/* What is found in fold_text() of something, in the order of the text, appended to out. */
void words_find(const struct words *w, const char *folded, size_t n, struct word_hits *out);
void word_hits_free(struct word_hits *h);

#endif
