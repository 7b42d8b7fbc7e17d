/* html_guard: is it safe to give this to the HTML parser, and what to do when it is not.
 *
 * gumbo frees its tree by recursion and takes time in proportion to the depth for each tag, so HTML that nests deeper than any
 * mail program writes, or has more tags than a person reads, is stripped of its tags by a scanner instead. */
#ifndef MAIL_HTML_GUARD_H
#define MAIL_HTML_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

bool html_is_tame(const char *s, size_t n);
void html_strip(const char *s, size_t n, struct buf *out); /* tags out, the common entities decoded; linear */

#endif
