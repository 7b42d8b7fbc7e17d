/* carry: how a stranger's mail is sent on with a block of ours on top, and all else byte for byte.
 *
 * The plan (struct carry in mail/mail.h) names ranges of the raw mail and the few texts that are written anew; mail/compose.h carries it
 * out. What must not be touched is put whole into a new multipart/mixed behind the block: signed and encrypted mail, reports, mail
 * without a text of its own, texts that are too large or that cannot be decoded without loss, and structures on which two readers
 * may disagree. A mail that cannot be taken apart at all is attached whole as message/rfc822. There is always a plan. */
#ifndef MAIL_CARRY_H
#define MAIL_CARRY_H

#include "mail/mail.h"

struct _GMimeMessage;

/* msg: parsed from a stream over exactly raw[0, n), persistent, so that GMime knows where each part lies; NULL when it could not be
 * parsed. Offsets that do not hold are found out. Nothing in *out points into raw or msg; free with carry_free(). */
void carry_plan(struct _GMimeMessage *msg, const char *raw, size_t n, const struct mail_limits *limits, struct carry *out);

#endif
