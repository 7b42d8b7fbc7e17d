/* caution: what staff should know of a mail before they open or answer it, in words, a line each. */
#ifndef DESK_CAUTION_H
#define DESK_CAUTION_H

#include "config/config.h"
#include "mail/mail.h"

/* Programs, macros and winmail.dat among the attachments, encryption, a Reply-To elsewhere, and whose mail is forwarded. "" when there is
 * nothing to say; the caller frees. lang: "sv", else English. */
char *caution_words(const struct config *c, const struct mail *m, const char *lang);

#endif
