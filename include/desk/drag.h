/* drag: a person has put a mail into another topic's folder of the mailbox, which says what !move says: the ticket moves, its new staff get it. */
#ifndef DESK_DRAG_H
#define DESK_DRAG_H

#include <stdbool.h>
#include <stdint.h>

#include "desk/desk.h"
#include "mail/token.h"

struct dragged {
	int64_t ticket; /* 0: it was no drag: a mail that is none of ours, or lies where we have put it */
	char *done;     /* what came of it, in words */
	bool moved;
};
void dragged_free(struct dragged *r); /* the contents */

#define DESK_MAILBOX "mailbox" /* the actor */

/* A mail with this Message-ID has appeared in the folder of `topic` (-1: triage's). Inside the caller's transaction. */
bool desk_dragged(struct desk *d, const struct token_keys *keys, const char *message_id, int topic, int64_t now, struct dragged *out, struct err *e);

#endif
