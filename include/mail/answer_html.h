/* answer_html: the HTML of a mail cut to what its text says, and written anew (mail/answer.h).
 *
 * The lines of the text are looked for in the words that the HTML shows, one behind the other; what stands between them, above and below goes.
 * Pictures stay where they stand between what stays. What was written is read again, and thrown away if it does not say the same. */
#ifndef MAIL_ANSWER_HTML_H
#define MAIL_ANSWER_HTML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strs.h"

/* s: HTML in clean UTF-8. text: what stays (UTF-8, LF). pictures: the content ids of those that can go along. NULL: it cannot be made to say that.
 * shown: the content ids of the pictures in the result are added. The caller frees. Linear, but for a bounded number of looks. */
char *answer_html(const char *s, size_t n, const char *text, const struct strs *pictures, struct strs *shown);

/* The content ids that the source names anywhere, comments included, at most a thousand. */
void answer_html_cids(const char *s, size_t n, struct strs *out);

#endif
