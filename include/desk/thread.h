/* thread: to which ticket a mail belongs, by which evidence, and as whom its writer speaks there.
 *
 * In this order: a token of ours that was made for its writer; a reference to an id that we made or saw, by someone who is on that ticket;
 * a subject tag "[INT-42]", likewise. A stranger's mail with such marks opens a ticket of its own that names the other to staff. Another
 * division's answer joins by the token of its question, from anyone of that division. A machine's answer (bounce, auto-reply) joins by an
 * id of ours alone, which nobody can guess; so does a mail of our own that comes back (its receiver redirects mail to us). A ticket that was
 * merged stands for the one it was merged into. Reads the store, writes nothing. */
#ifndef DESK_THREAD_H
#define DESK_THREAD_H

#include "config/config.h"
#include "desk/staff.h"
#include "mail/mail.h"
#include "mail/token.h"
#include "store/ticket.h"

enum evidence { EVIDENCE_NONE, EVIDENCE_TOKEN, EVIDENCE_REFERENCE, EVIDENCE_RETURNED, EVIDENCE_TAG, EVIDENCE_OWN /* it is a mail that we sent */ };

enum writer {
	WRITER_STRANGER,
	WRITER_PEOPLE,   /* the requester, or somebody in Cc */
	WRITER_PART,     /* another division that was asked */
	WRITER_STAFF,    /* proved, and the ticket is theirs to act on */
	WRITER_UNPROVED, /* says to be staff; that may be forged */
	WRITER_NOT_YOURS /* proved to be staff, of another topic */
};

struct threading {
	int64_t ticket;  /* 0: none, a new one */
	enum evidence evidence;
	enum writer writer;
	int64_t wished;  /* a ticket that was named without being proved, or that was closed too long ago (too_late); 0: none */
	bool too_late;
	int64_t outbox;  /* the row of the mail of ours that it answers or returns; 0: unknown */
	int part;        /* WRITER_PART: the part's number, */
	int64_t asked;   /* and the ticket on which it was asked, which may have been merged into `ticket` since */
};

struct thread_ground {
	struct db *db;
	const struct config *config;
	const struct token_keys *keys;
	const struct staff_claim *claim; /* of this mail (desk/staff.h) */
	int64_t now;
};

bool thread_place(const struct thread_ground *g, const struct mail *m, struct threading *out, struct err *e);
/* Below which mail of ours what somebody of staff gets on a ticket stands: the first forward to them, else to a group's address of its topic that
 * they work for, which they will have read there. The caller's; NULL: none. */
bool thread_of_staff(struct db *d, const struct config *c, const struct ticket *t, const char *to, char **message_id, struct err *e);
/* The number in a subject's "[TAG-42]", or 0. */
int64_t thread_tag(const char *tag, const char *subject);

#endif
