/* head: the header of a mail, read without a library, so that it can still be read when a parser died of the mail.
 *
 * Lenient where real mail breaks the rules (RFC 5322, RFC 2047, RFC 6532): encoded words inside quotes or without blanks
 * around them, raw 8-bit text, no angle brackets, dates in a dozen forms. What comes out is clean UTF-8 on one line.
 * Linear in the bytes of the header. */
#ifndef MAIL_HEAD_H
#define MAIL_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "mail/mail.h"

/* Fills everything of *out that stands in the header (fields, subject, addresses, date, ids); returns where the body begins. */
size_t head_read(const char *raw, size_t n, const struct mail_limits *limits, struct mail *out);
/* Where the header begins: behind the "From " line of an mbox, and blank lines. */
size_t head_start(const char *raw, size_t n);

/* A field of the header that begins at raw[*at]; name and value are borrowed from raw, the value still folded.
 * False at the end of the header; *at is then where the body begins. */
struct head_field {
	const char *name, *value;
	size_t name_n, value_n;
};
bool head_next(const char *raw, size_t n, size_t *at, struct head_field *f);

/* The parts; all append, take UTF-8 or raw 8-bit bytes, and never fail. */
void head_unfold(const char *value, size_t n, struct buf *out);   /* one line, no controls, trimmed; not yet decoded */
void head_decode(const char *s, size_t n, struct buf *out);       /* RFC 2047 */
bool head_mailboxes(const char *s, size_t n, size_t most, struct mailboxes *out); /* of an unfolded value; false: there were more */
bool head_ids(const char *s, size_t n, size_t most, struct strs *out);            /* message ids, without brackets; false: more */
bool head_date(const char *s, int64_t *time, int *offset);        /* false: not a date; offset in minutes east of UTC */

#endif
