/* quote: what was written now, out of a text that carries its history along.
 *
 * Cut: quoted history and its attribution line, the header block of an answered or forwarded mail and all below it, signatures and
 * "sent from my phone" lines. Answers between quotes of an attributed mail are kept, the quotes are not. What cannot be told apart is
 * kept, as is a mail that is nothing but history; of a forward only the note above it is left, which may be nothing.
 * Linear in the bytes of the text. */
#ifndef MAIL_QUOTE_H
#define MAIL_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

/* The reply in text (UTF-8, LF), as new memory, never NULL. The subject tells a forward ("Fwd:", "VB:"); it may be NULL. */
char *quote_reply(const char *text, size_t n, const char *subject);
bool quote_subject_forwards(const char *subject); /* "Fwd: …", "VB: …"; it may be NULL */

#endif
