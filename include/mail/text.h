/* text: a body part to text that a person reads: UTF-8, LF line ends, no NUL. Linear in the bytes of the part. */
#ifndef MAIL_TEXT_H
#define MAIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* text/plain in clean UTF-8: line ends to LF; format=flowed (RFC 3676) joined, but for quoted lines, which stay as they are. */
void text_plain(const char *s, size_t n, bool flowed, bool delsp, struct buf *out);
/* text/html in clean UTF-8: paragraphs, lists, table rows as lines, quotes with "> ", what is not shown left out. Link targets and
 * pictures are left out. */
void text_html(const char *s, size_t n, struct buf *out);
/* The same with a dash for each number of a list: every letter and digit is one that was written. */
void text_html_unnumbered(const char *s, size_t n, struct buf *out);
/* The charset that a <meta> near the top claims, or "" */
void text_html_charset(const char *s, size_t n, char out[static 64]);
/* True where there is nothing but white space (and invisible characters). */
bool text_is_blank(const char *s, size_t n);

#endif
