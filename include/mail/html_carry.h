/* html_carry: a stranger's HTML made ready to be sent on as UTF-8 with a block of ours on top.
 *
 * Follows how the HTML standard opens <body> (§13.2.6.4.1 to .6): nothing of the stranger's can come to stand before the block, or
 * swallow it in a comment or a script. Linear; no tree is built. */
#ifndef MAIL_HTML_CARRY_H
#define MAIL_HTML_CARRY_H

#include <stddef.h>

#include "base/buf.h"

/* Appends the text to *out with the charset of its <meta> tags made utf-8. Returns where in out->s the block goes: behind <body …>, or
 * where a browser would open the body by itself. */
size_t html_carry(const char *s, size_t n, struct buf *out);

#endif
