/* returned: a mail of ours came back, or could not be handed over: who is told, and what is marked.
 *
 * An answer: the one who wrote it. A question to another division: the one who asked, and its part has failed. A forward: triage. Of a notice,
 * an acknowledgement, or a mail that is not known nobody is told, so a bounce for every mail that we send ends here. */
#ifndef DESK_RETURNED_H
#define DESK_RETURNED_H

#include "desk/letter.h"
#include "mail/mail.h"
#include "store/db.h"

/* By a report; outbox: the row that came back, 0: not known. Inside a transaction. */
bool desk_returned(const struct letter_ground *g, struct db *db, int64_t outbox, const struct bounce *b, struct err *e);

#endif
