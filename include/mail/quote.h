/* quote: what was written now, out of a text that carries its history along.
 *
 * Cut: quoted history and its attribution line, the header block of a forwarded or answered mail and all below it, signatures and
 * "sent from my phone" lines. Answers between quotes are kept, with no quote around them. What cannot be told apart is kept; a mail
 * that is nothing but history is kept whole, as its sender meant it to be read. Linear in the bytes of the text. */
#ifndef MAIL_QUOTE_H
#define MAIL_QUOTE_H

#include <stddef.h>

#include "mail/mail.h"

/* The reply in text (UTF-8, LF), as new memory; the mail's From tells whose name ends a signature. Never NULL. */
char *quote_reply(const char *text, size_t n, const struct mailbox *from);

#endif
