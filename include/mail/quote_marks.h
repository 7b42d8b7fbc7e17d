/* quote_marks: the lines by which mail programs divide a text: attributions, header blocks, separators.
 *
 * In the words of Outlook, Gmail, Apple Mail, Thunderbird, Yahoo, Zoho and phones in the Nordic and the larger European languages;
 * none of it is complete, so each form also asks for what they have in common: a date, an address, a place between blank lines. */
#ifndef MAIL_QUOTE_MARKS_H
#define MAIL_QUOTE_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { /* what a line has anywhere: most lines can be no mark of any kind, and that is seen without another look at them */
	HAS_DIGIT = 1, HAS_AT = 2, HAS_COLON = 4, HAS_DASH = 8,
	HAS_WIDE = 16 /* characters that may stand for one of those, such as the wide forms of East Asian text */
};

struct quote_line {
	uint32_t at, n; /* in the text, without the line end */
	uint32_t has;
};

struct quote_text {
	const char *s;
	struct quote_line *v;
	size_t n;
};

void quote_split(const char *s, size_t n, struct quote_text *out); /* free out->v */

bool quote_is_blank(const struct quote_text *t, size_t i);
bool quote_is_quoted(const struct quote_text *t, size_t i);  /* begins with '>' */
size_t quote_next(const struct quote_text *t, size_t i);     /* the next line from i on that is not blank, or t->n */

/* The number of lines of an attribution ("On … wrote:") that begins at line i, 0 if none. With `inside` the marks of a quote are passed
 * over. *strong: history follows even where no line of it is marked with '>'. */
size_t quote_attribution(const struct quote_text *t, size_t i, bool inside, bool *strong);
/* The number of bytes of line i before an attribution on the same line ("yes--- On … wrote:"), 0 if none. */
size_t quote_shared(const struct quote_text *t, size_t i);
/* "-----Original Message-----", "Begin forwarded message:", or a block "From: … Sent: … To: … Subject: …" begins at line i. */
bool quote_is_separator(const struct quote_text *t, size_t i, bool *forward);
/* What stands behind "From:" in the block of header lines at a separator; it may run over two lines. False: no sender there. */
bool quote_sender(const struct quote_text *t, size_t i, struct quote_line *value);

/* What a look at a line needs. */
enum { QUOTE_LINE_MAX = 300 }; /* bytes; a longer line is no mark of any kind */
/* Line i to be compared: folded, without blanks and marks of emphasis in front, and of quotes too with `inside`. NULL: too long. */
char *quote_folded(const struct quote_text *t, size_t i, bool inside);
bool quote_is_rule(const struct quote_text *t, size_t i, const char *of, size_t least); /* at least so many of these characters, nothing else */
bool quote_has_date(const char *s);                   /* a year of this century or the last, or "3/5/17" */
bool quote_has_word(const char *s, const char *word); /* between blanks, or before a colon */

#endif
