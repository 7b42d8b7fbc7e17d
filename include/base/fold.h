/* fold: text made comparable: Unicode NFKC and case folding (å, ä, ö stay apart from a and o), white space runs to one space,
 * soft hyphens and zero-width characters dropped. Bytes that are not UTF-8 become U+FFFD. */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

char *fold_text(const char *s, size_t n); /* the caller frees; never NULL */

/* One character of UTF-8 at s (n > 0 bytes left): its code point, and its length in *len; U+FFFD and 1 where it is broken. */
uint32_t utf8_next(const char *s, size_t n, size_t *len);
void utf8_put(char out[static 4], uint32_t c, size_t *len);
size_t ascii_run(const char *s, size_t n); /* how many bytes at s are ASCII */
bool utf8_valid(const char *s, size_t n); /* no surrogates, nothing over-long; NUL is valid */
size_t utf8_cut(const char *s, size_t n, size_t max); /* the greatest length <= max that ends between characters */
bool char_is_word(uint32_t c);            /* letters, digits and marks (Unicode L*, N*, M*) */

#endif
