/* template: the texts that people get, in each of the office's languages.
 *
 * A template is a UTF-8 text file LANG/NAME.txt: its first line "Subject: …" (optional), an empty line, then the text.
 * {placeholders} are replaced; an unknown one is a fault found by `ingangctl check`. "{{" stands for "{". Files in config.templates
 * win over the texts built in from etc/templates. Values are inserted as data, never scanned again. */
#ifndef CONFIG_TEMPLATE_H
#define CONFIG_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strs.h"

struct placeholder {
	const char *name, *value;
};

/* What may stand in braces, and what it becomes; the last name is NULL. */
struct template_word {
	const char *name, *meaning;
	bool to_staff; /* in texts to staff alone: the sender of a mail may be forged, so what a stranger wrote is not sent on to them */
};
extern const struct template_word template_words[];

/* The templates that the programs use themselves, beside those that rules name in `answer`; the last name is NULL. */
struct template_use {
	const char *name;
	bool to_staff;
};
extern const struct template_use template_needed[];
bool template_to_staff(const char *name); /* answers are to requesters */

/* The template's text: from `dir` (may be NULL), else built in; without a byte order mark, lines ended by LF.
 * NULL: there is none in that language; e says where it was looked for. The caller frees. */
char *template_load(const char *dir, const char *lang, const char *name, struct err *e);
/* There are texts in that language: a folder in `dir` (may be NULL), or built in. */
bool template_has_language(const char *dir, const char *lang);
void template_languages(const char *dir, struct strs *out); /* adds all of them, in no order */
/* There is a text, and every placeholder in it is one that it may have. On failure *line (may be NULL) is where. */
bool template_check(const char *text, bool to_staff, unsigned *line, struct err *e);
/* Splits off the Subject line (*subject is the caller's, NULL if there was none) and fills both in. A placeholder without a value
 * becomes nothing; a line of the body that had nothing but such is left out. */
void template_fill(const char *text, const struct placeholder *v, size_t n, char **subject, struct buf *body);

#endif
