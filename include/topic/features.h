/* features: a text to the hashed features that a model is learned from: its words and pairs of words, the kin of its words
 * (topic/kin.h) and pairs of these, and the groups of two to four letters in its words, which is what Swedish compounds need.
 * Each is a number and where in the text it was found, so that a reason can be told in words.
 *
 * Linear in the text. Case and Unicode form do not matter; å, ä and ö are not a and o. */
#ifndef TOPIC_FEATURES_H
#define TOPIC_FEATURES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "mail/mail.h"
#include "topic/kin.h"

enum feature_block { BLOCK_WORDS, BLOCK_KIN, BLOCK_LETTERS, BLOCK_SUBJECT, BLOCK_FROM, BLOCKS };
enum feature_place { PLACE_SUBJECT, PLACE_BODY, PLACE_CARRIED, PLACE_ATTACHED, PLACE_FROM, FEATURE_PLACES };

struct feature {
	uint32_t key;
	uint32_t word;  /* index of the (first) word it is from */
	uint8_t block, place;
};

struct feature_word {
	uint32_t start, len; /* in `text` */
	uint8_t place;
};

struct features { /* start with {0}; features_clear() keeps the memory */
	struct feature *v;
	size_t n, cap;
	struct feature_word *words;
	size_t n_words, cap_words;
	struct buf text; /* folded words with spaces between */
};

/* Only the first 8 kB of a text count. */
void features_add_text(struct features *f, const struct kin *kin, enum feature_place place, const char *utf8, size_t n);
void features_add_from(struct features *f, const char *addr); /* the domain and the domains above it */
void features_add_mail(struct features *f, const struct kin *kin, const struct mail *m); /* what topic/parts.h says of it */
void features_clear(struct features *f);
void features_free(struct features *f);

#endif
