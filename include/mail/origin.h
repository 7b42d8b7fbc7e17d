/* origin: who wrote a mail: a person, an answering machine, a mail system, a list, a program; and why we think so.
 *
 * By RFC 3834 (Auto-Submitted), 3464 and 6522 (delivery reports), 8098 (receipts), 2919 (lists), vendors' header fields, and the
 * forms of older mail systems' reports. Header fields decide; a subject alone never does. */
#ifndef MAIL_ORIGIN_H
#define MAIL_ORIGIN_H

#include "base/buf.h"
#include "mail/mail.h"

/* What only the parts of the mail tell. All but mail may be empty. */
struct origin_parts {
	char report[32];      /* report-type of a multipart/report, in lower case; "?" when it says none */
	struct buf status;    /* message/delivery-status, decoded */
	struct buf notice;    /* message/disposition-notification */
	struct buf feedback;  /* message/feedback-report */
	struct buf returned;  /* the header of the mail that came back */
};

/* Sets kind, kind_why and bounce; the mail's header and text must be there. */
void origin_of(struct mail *m, const struct origin_parts *p);
void origin_parts_free(struct origin_parts *p);

/* Auto-Submitted's keyword in lower case: comments, blanks and parameters left out; "" for none (RFC 3834 §5). */
void auto_submitted(const char *value, char out[static 32]);
/* A report in the words of a mail system (qmail, Exim, Exchange, …) in a mail without RFC 3464 parts; *why is static. */
bool bounce_in_words(const struct mail *m, const char **why);
/* Recipient, status and returned Message-ID from the parts and, where they say nothing, from the text. */
void bounce_read(struct mail *m, const struct origin_parts *p);

#endif
