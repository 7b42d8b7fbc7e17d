/* language: which language a text is written in, by its words and letters. No library, no model file: what it knows is counted
 * from the sample texts in language_text.c, once in a process, at the first call (about 5 ms).
 *
 * Looks at the first thousand bytes; addresses, links and numbers do not count. Safe to call from several threads. */
#ifndef TOPIC_LANGUAGE_H
#define TOPIC_LANGUAGE_H

#include <stddef.h>

/* "sv", "en", "no", "da", "de", "fr", "es", "fi" (BCP 47), or NULL when it cannot be told: no words, too few to tell two
 * languages apart, or a language that is none of these. Static. */
const char *language_of(const char *utf8, size_t n);

#endif
