/* thread: to which ticket a mail belongs, and by which evidence.
 *
 * A reference to an id that we made or saw joins a ticket only when its writer is on that ticket (or is staff); a subject tag
 * "[INT-42]" likewise, and comes last. A stranger's mail with such marks opens a ticket of its own that names the other to staff.
 * A machine's answer (bounce, auto-reply) joins by an id of ours alone, which nobody can guess; so does a mail of our own that comes back
 * (its receiver redirects mail to us). Reads the store, writes nothing. */
#ifndef DESK_THREAD_H
#define DESK_THREAD_H

#include "config/config.h"
#include "mail/mail.h"
#include "store/db.h"

enum evidence { EVIDENCE_NONE, EVIDENCE_REFERENCE, EVIDENCE_RETURNED, EVIDENCE_TAG, EVIDENCE_OWN /* it is a mail that we sent */ };

struct threading {
	int64_t ticket;  /* 0: none, a new one */
	enum evidence evidence;
	int64_t wished;  /* a ticket that was named without being proved; 0: none */
	int64_t outbox;  /* EVIDENCE_RETURNED: the row that came back; 0: unknown */
};

bool thread_place(struct db *d, const struct config *c, const struct mail *m, struct threading *out, struct err *e);
/* The number in a subject's "[TAG-42]", or 0. */
int64_t thread_tag(const char *tag, const char *subject);

#endif
