/* wild: what a hostile mail does to the MIME parser, found out before it sees the mail.
 *
 * GMime reads every address field and subject of a mail, also of an attached one, as soon as it meets it, in time that grows with the
 * square of a malformed one's length, and makes an object of some hundred bytes of every field, parameter and part. */
#ifndef MAIL_WILD_H
#define MAIL_WILD_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/mail.h"

/* More fields, parts, or parameters than any mail program writes: only the header is read. Linear. */
bool wild_structure(const char *raw, size_t n, const struct mail_limits *limits);
/* A copy of the mail, of the same length, in which over-long address and subject fields have another name, so that the parser passes
 * them over (our own reading of the header has limits); NULL where there are none, which is nearly always. The caller frees. */
char *wild_masked(const char *raw, size_t n);

#endif
