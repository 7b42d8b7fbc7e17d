/* language_text: text of each language, written for this project, that language.c learns its letters and words from.
 *
 * To make it better: add sentences of any kind to `sentences`, in all of the languages that are confused, or the words that
 * tell them apart to `words`. */
#ifndef TOPIC_LANGUAGE_TEXT_H
#define TOPIC_LANGUAGE_TEXT_H

#include <stdbool.h>

struct language_text {
	const char *lang;      /* BCP 47 */
	bool foreign;          /* known so that its texts are not taken for another's; never an answer */
	const char *common;    /* the commonest words, commonest first */
	const char *words;     /* further words, in no order */
	const char *sentences;
};

extern const struct language_text language_texts[]; /* the last one has a lang of NULL */

#endif
