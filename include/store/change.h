/* change: what a person did to a ticket, with the ticket as it was before, so that it can be undone.
 *
 * The history (event) is what people read, and stays as it is when something is undone. Writes only inside a transaction. */
#ifndef STORE_CHANGE_H
#define STORE_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/ticket.h"

struct change {
	int64_t id, ticket, time;
	char *actor, *what;
	char *before; /* the ticket as it was, for change_restore() */
	char *extra;  /* what else the caller noted to undo it, or NULL */
	bool passed;  /* somebody has changed the ticket since */
};

bool change_add(struct db *d, const struct ticket *before, const char *actor, const char *what, const char *extra, int64_t now, struct err *e);
/* The actor's latest change of this ticket that is not undone. 1 found, 0 none, -1 e. */
int change_last(struct db *d, int64_t ticket, const char *actor, struct change *out, struct err *e);
/* The ticket as it was, for ticket_save(): what may change as it was before, the rest as it is now. */
bool change_restore(struct db *d, const struct change *c, struct ticket *out, struct err *e);
bool change_undone(struct db *d, int64_t id, int64_t now, struct err *e);
void change_free(struct change *c); /* the contents */

#endif
