/* wild: what a hostile mail does to the MIME parser, found out before it sees the mail.
 *
 * GMime reads every address field and subject of a mail, also of an attached one, as soon as it meets it, in time that grows with the
 * square of a malformed one's length, and makes an object of some hundred bytes of every field, parameter and part. */
#ifndef MAIL_WILD_H
#define MAIL_WILD_H

#include <stddef.h>

#include "mail/mail.h"

enum wild {
	WILD_NOT,
	WILD_FIELDS,   /* address or subject fields are over-long: the parser may see wild_masked() */
	WILD_STRUCTURE /* more fields, parts, or parameters than any mail program writes: only the header is read */
};

enum wild wild_look(const char *raw, size_t n, const struct mail_limits *limits); /* linear */
/* A copy of the mail, of the same length, in which over-long address and subject fields have another name, so that the parser passes
 * them over (our own reading of the header has limits). The caller frees. */
char *wild_masked(const char *raw, size_t n);

#endif
