/* kin: words that mean nearly the same ("lost", "missing", "borta"), in English and Swedish, so that what was learned from one of
 * them holds for the others and for the other language. General language, not a vocabulary of any office: those are terms.
 *
 * The groups lie in kin_words.c: a line of words each; "refund*" stands for all that begins so, "look_for" for words in a row. */
#ifndef TOPIC_KIN_H
#define TOPIC_KIN_H

#include <stddef.h>
#include <stdint.h>

struct kin;

enum { KIN_AT_ONE = 4 /* groups that one word can be of */ };

struct kin *kin_new(void);
void kin_free(struct kin *k);
/* The groups of the word (or words) at the beginning of s: folded words with one space between any two and one behind the last.
 * How many were written to out. */
size_t kin_find(const struct kin *k, const char *s, size_t n, uint16_t out[static KIN_AT_ONE]);

extern const char *const kin_words[]; /* ends with NULL */

#endif
