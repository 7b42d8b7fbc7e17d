/* charset: bytes of a claimed character set to clean UTF-8: no NUL, nothing that is not UTF-8.
 *
 * Labels lie. What is valid UTF-8 with something beyond ASCII in it is taken for UTF-8 where the label is missing, unknown, ASCII or
 * of the Latin-1 family; what is not is windows-1252 there (the superset that mail programs mean by ISO-8859-1). Linear. */
#ifndef MAIL_CHARSET_H
#define MAIL_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Once, before files are out of reach (a sandbox): keeps the C library's conversion modules loaded. */
void charset_setup(void);
/* Appends; label may be NULL. False: the label was unknown or wrong, and the text is a guess. */
bool charset_to_utf8(const char *label, const char *s, size_t n, struct buf *out);
/* Appends UTF-8 with NULs dropped and broken bytes as U+FFFD. */
void utf8_clean(const char *s, size_t n, struct buf *out);

#endif
