#include "mail/html_tree.h"

#include <ctype.h>
#include <gumbo.h>
#include <stdlib.h>
#include <string.h>

bool html_attribute(const GumboNode *n, const char *name, char *out, size_t size)
{
	const GumboAttribute *a = gumbo_get_attribute(&n->v.element.attributes, name);
	size_t k = 0;
	for (const char *p = a ? a->value : ""; *p && k + 1 < size; p++)
		if (!isspace((unsigned char)*p))
			out[k++] = (char)tolower((unsigned char)*p);
	out[k] = '\0';
	return a != NULL;
}

/* The declared number of a property ("font-size:0px" → 0), or -1. */
static double style_number(const char *style, const char *property)
{
	size_t n = strlen(property);
	for (const char *p = style; (p = strstr(p, property)); p += n) {
		if ((p > style && p[-1] != ';') || p[n] != ':')
			continue;
		char *end;
		double v = strtod(p + n + 1, &end);
		return end > p + n + 1 ? v : -1;
	}
	return -1;
}

static bool is_hidden(const GumboElement *e, const char *style)
{
	if (gumbo_get_attribute(&e->attributes, "hidden"))
		return true;
	if (!*style)
		return false;
	double height = style_number(style, "max-height"), opacity = style_number(style, "opacity");
	/* A size of zero alone is often a layout trick around what is shown; together with another of its kind it hides. */
	if (style_number(style, "font-size") == 0 && (style_number(style, "line-height") == 0 || style_number(style, "line-height") == 1 || height == 0 ||
	                                              style_number(style, "width") == 0 || strstr(style, "color:transparent")))
		return true;
	return strstr(style, "display:none") || strstr(style, "visibility:hidden") || strstr(style, "mso-hide:all") || opacity == 0 ||
	       (height == 0 && strstr(style, "overflow:hidden"));
}

static bool is_skipped(GumboTag tag)
{
	switch (tag) {
	case GUMBO_TAG_HEAD: case GUMBO_TAG_SCRIPT: case GUMBO_TAG_STYLE: case GUMBO_TAG_TITLE: case GUMBO_TAG_TEMPLATE:
	case GUMBO_TAG_IFRAME: case GUMBO_TAG_OBJECT: case GUMBO_TAG_SVG: case GUMBO_TAG_SELECT: case GUMBO_TAG_XMP:
		return true;
	default:
		return false;
	}
}

static unsigned lines_around(GumboTag tag)
{
	switch (tag) {
	case GUMBO_TAG_P: case GUMBO_TAG_H1: case GUMBO_TAG_H2: case GUMBO_TAG_H3: case GUMBO_TAG_H4: case GUMBO_TAG_H5:
	case GUMBO_TAG_H6: case GUMBO_TAG_BLOCKQUOTE: case GUMBO_TAG_PRE: case GUMBO_TAG_DL:
		return HTML_BLANK_LINES;
	case GUMBO_TAG_DIV: case GUMBO_TAG_TR: case GUMBO_TAG_TABLE: case GUMBO_TAG_LI: case GUMBO_TAG_UL: case GUMBO_TAG_OL:
	case GUMBO_TAG_CENTER: case GUMBO_TAG_SECTION: case GUMBO_TAG_ARTICLE: case GUMBO_TAG_HEADER: case GUMBO_TAG_FOOTER:
	case GUMBO_TAG_DT: case GUMBO_TAG_DD: case GUMBO_TAG_ADDRESS: case GUMBO_TAG_FORM: case GUMBO_TAG_FIELDSET:
	case GUMBO_TAG_MAIN: case GUMBO_TAG_NAV: case GUMBO_TAG_ASIDE: case GUMBO_TAG_FIGURE: case GUMBO_TAG_CAPTION:
	case GUMBO_TAG_DETAILS: case GUMBO_TAG_SUMMARY: case GUMBO_TAG_HR: case GUMBO_TAG_FIGCAPTION: case GUMBO_TAG_BODY:
		return 1;
	default:
		return 0;
	}
}

bool html_is_shown(const GumboNode *n, char style[static HTML_STYLE])
{
	if (is_skipped(n->v.element.tag))
		return false;
	html_attribute(n, "style", style, HTML_STYLE);
	return !is_hidden(&n->v.element, style);
}

/* A paragraph without a margin (Outlook's MsoNormal, most web mail) is a line. */
unsigned html_lines_around(const GumboNode *node, const char *style)
{
	GumboTag tag = node->v.element.tag;
	unsigned n = lines_around(tag);
	if (tag != GUMBO_TAG_P || n == 0)
		return n;
	char class[64];
	html_attribute(node, "class", class, sizeof class);
	bool flat = strstr(class, "msonormal") || strstr(class, "msolist") || style_number(style, "margin") == 0 ||
	            style_number(style, "margin-bottom") == 0;
	return flat ? 1 : n;
}

bool html_keeps_blanks(const GumboNode *n, const char *style)
{
	GumboTag tag = n->v.element.tag;
	return tag == GUMBO_TAG_PRE || tag == GUMBO_TAG_TEXTAREA || strstr(style, "white-space:pre");
}
