/* html_tree: what a person sees of parsed HTML (gumbo's tree), for those who read it: text_html.c and answer_html.c. */
#ifndef MAIL_HTML_TREE_H
#define MAIL_HTML_TREE_H

#include <stdbool.h>
#include <stddef.h>

struct GumboInternalNode;

enum { HTML_STYLE = 512, HTML_BLANK_LINES = 2 };

/* The value of an attribute with its blanks taken out, in lower case; cut at the size of out. False: it has none. */
bool html_attribute(const struct GumboInternalNode *element, const char *name, char *out, size_t size);

/* False: nothing of the element is shown. style: its attribute, as above. */
bool html_is_shown(const struct GumboInternalNode *element, char style[static HTML_STYLE]);
/* The line ends before and behind it; 0: it stands in a line. */
unsigned html_lines_around(const struct GumboInternalNode *element, const char *style);
bool html_keeps_blanks(const struct GumboInternalNode *element, const char *style); /* as <pre> does */

#endif
