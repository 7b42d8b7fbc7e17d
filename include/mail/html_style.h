/* html_style: the styles of a stranger's HTML that may be sent on: declarations and rules of the plain kind alone.
 *
 * Nothing that fetches (url(), @import), runs, brings text of its own (content), moves what it styles over something else (position), or is
 * only for the program that wrote it (mso-…). What comes out holds no '<', '{', '}' or '\' but those of the rules. Linear. */
#ifndef MAIL_HTML_STYLE_H
#define MAIL_HTML_STYLE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/strs.h"

/* The declarations of a style attribute: "color:red;margin:0;" is appended. */
void html_style(const char *s, size_t n, struct buf *out);
/* The rules of a style sheet whose selectors are elements, classes, or elements of a class; at most HTML_SHEET bytes. The classes that are
 * named there are added. */
enum { HTML_SHEET = 16 << 10 };
void html_sheet(const char *s, size_t n, struct buf *out, struct strs *classes);

#endif
