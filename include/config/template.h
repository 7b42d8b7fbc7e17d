/* template: the texts that people get, in each of the office's languages.
 *
 * A template is a UTF-8 text file LANG/NAME.txt: its first line "Subject: …" (optional), an empty line, then the text.
 * {placeholders} are replaced; an unknown one is a fault found by `ingangctl check`. Files in config.templates win over
 * the texts built in from etc/templates. Values are inserted as data, never scanned again. */
#ifndef CONFIG_TEMPLATE_H
#define CONFIG_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct placeholder {
	const char *name, *value;
};

/* The template's text: from `dir` (may be NULL), else built in. NULL: there is none in that language; e says where it was looked for.
 * The caller frees. */
char *template_load(const char *dir, const char *lang, const char *name, struct err *e);
/* Every placeholder in the text is a known one. */
bool template_check(const char *text, struct err *e);
/* Splits off the Subject line (*subject is the caller's, NULL if there was none) and fills both in. */
void template_fill(const char *text, const struct placeholder *v, size_t n, char **subject, struct buf *body);

#endif
