/* letter: the mails that the desk writes, ready for the outbox: forwards to staff, acknowledgements, answers, notices.
 *
 * Each gets a Message-ID of 128 random bits under the office's domain, which nobody can guess: what refers to it is a reply to it. */
#ifndef DESK_LETTER_H
#define DESK_LETTER_H

#include <stdint.h>

#include "config/config.h"
#include "desk/route.h"
#include "mail/mail.h"
#include "store/outbox.h"
#include "store/ticket.h"

struct letter_ground { /* what every letter of one ticket knows */
	const struct config *config;
	const struct ticket *ticket;
	const struct mail *mail;      /* the mail in hand */
	int64_t message;              /* its row */
	uint64_t raw_bytes;
	int64_t now;
};

/* The mail in hand, carried on with a block on top. `first`: it opened the ticket (why may be said); `to` is one of `all`, who are named in To.
 * `thread` is the Message-ID of the first forward to this person, or NULL. `trouble`: the mail could not be read and is attached whole. */
bool letter_forward(const struct letter_ground *g, const char *to, const struct strs *all, bool first, const char *why, const char *thread,
                    const char *trouble, struct outbox_item *out, struct err *e);
/* An acknowledgement or answer from a template, in the ticket's language, in the requester's thread. */
bool letter_answer(const struct letter_ground *g, const char *kind, const char *template, const char *to, struct outbox_item *out, struct err *e);
/* A notice to staff: a mail of the ticket was not delivered. */
bool letter_failed(const struct letter_ground *g, const char *to, const char *recipient, const char *error, struct outbox_item *out, struct err *e);

/* Into the outbox, and its id among those that a reply may refer to. Takes over the item, and frees it. */
bool letter_post(struct db *d, struct outbox_item *item, int64_t now, struct err *e);

/* The language the office writes in to someone who wrote in `lang` (may be NULL). Borrowed. */
const char *letter_language(const struct config *c, const char *lang);

#endif
