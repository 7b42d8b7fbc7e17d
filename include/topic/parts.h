/* parts: which texts of a mail say what it is about: what was written now, the subject unless it is left from the thread, what a
 * forward carries. Borrowed from the mail. */
#ifndef TOPIC_PARTS_H
#define TOPIC_PARTS_H

#include <stdbool.h>

#include "mail/mail.h"

struct mail_parts {
	const char *subject, *body; /* "" if none */
	const char *carried;        /* what stands below it in a forward; "" */
	const char *attached;       /* of attached messages; "" */
	bool answers;               /* "Re: …": the subject is the thread's, not the mail's */
};

void mail_parts(const struct mail *m, struct mail_parts *out);
bool subject_answers(const char *subject);

#endif
