/* language: which language a text is written in, by its commonest words and letters; no model file, no library. */
#ifndef TOPIC_LANGUAGE_H
#define TOPIC_LANGUAGE_H

#include <stddef.h>

/* "sv", "en", "no", "da", "de", "fr", "es", "fi" (BCP 47), or NULL when it cannot be told. Static. */
const char *language_of(const char *utf8, size_t n);

#endif
