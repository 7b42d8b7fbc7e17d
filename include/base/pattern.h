/* pattern: what an admin writes in a rule to be looked for in text.
 *
 *     nominering        the word, whatever its case and form, anywhere in the text
 *     *avtal*           parts of words: '*' stands for further letters of the same word
 *     due diligence     several words in a row
 *     /^re: .*invoice/  a PCRE2 expression (UTF, case ignored), its time bounded by a match limit
 *
 * pattern_address() is for addresses: '*@uni.example' with '*' for anything, else the same /…/ form.
 * A match that hits the limit counts as no match. */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct pattern;

struct pattern *pattern_new(const char *source, struct err *e);     /* NULL: e tells what is wrong, and where in it */
struct pattern *pattern_address(const char *source, struct err *e);
void pattern_free(struct pattern *p);
const char *pattern_source(const struct pattern *p); /* as the admin wrote it; borrowed */

/* Looks in UTF-8 text. For word patterns `folded` must be fold_text() of it; for expressions and addresses the text as it is.
 * On a match, what matched is written to `hit` (cut at n - 1 bytes) where hit is not NULL. */
bool pattern_match(const struct pattern *p, const char *text, const char *folded, char *hit, size_t n);

#endif
