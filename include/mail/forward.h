/* forward: who wrote the mail that a forward carries, so that the answer can go to the one who asked. */
#ifndef MAIL_FORWARD_H
#define MAIL_FORWARD_H

#include <stddef.h>

#include "mail/mail.h"

/* What the parts of the mail told. */
struct forward_parts {
	size_t messages;     /* attached to it */
	struct mailbox from; /* of the first; addr NULL: none */
};

/* Takes note of an attached message with the header `head`. */
void forward_note(struct forward_parts *p, const char *head, size_t n);
/* Sets forwarded_from, or leaves it empty: of the one message attached, else of the first block of header lines in the text of a mail
 * whose subject says that it forwards. Subject, From, kind, text and reply_text must be there. */
void forward_of(struct mail *m, const struct forward_parts *p);
void forward_parts_free(struct forward_parts *p);

#endif
