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
/* Did the one who is to get the reply write this line? It comes without its marks. */
typedef bool quote_theirs(void *ctx, const char *line, size_t n);
/* The same of a reply to a mail of ours. It may be sent on, and the history has what is not for whoever gets it: so all marked lines are history, as is what
 * stands below a separator or an attribution without marks, also where nothing stands above; and where there is nothing else, it is "".
 * But marked lines with an answer below them are kept, where `theirs` (may be NULL) knows them; not where one untrimmed quote stands above it all. */
char *quote_reply_to_us(const char *text, size_t n, quote_theirs *theirs, void *ctx);
bool quote_subject_forwards(const char *subject); /* "Fwd: …", "VB: …"; it may be NULL */

#endif
