/* figures: how much there is of everything, and what waits for how long: what `ingangctl status` and the metrics file tell. */
#ifndef STORE_FIGURES_H
#define STORE_FIGURES_H

#include <stdint.h>

#include "store/db.h"
#include "store/health.h"
#include "store/reconcile.h"

enum outbox_state { OUTBOX_HELD, OUTBOX_DUE, OUTBOX_SENT, OUTBOX_UNKNOWN, OUTBOX_FAILED, OUTBOX_DROPPED, OUTBOX_STATES };
extern const char *const outbox_state_names[OUTBOX_STATES]; /* OUTBOX_DUE counts `sending` too */

struct figures {
	struct health imap, smtp;
	int64_t outbox[OUTBOX_STATES];
	int64_t oldest_due;         /* due time of the oldest row that waits; 0: none */
	int64_t unfiled;            /* taken in, but not in their folder yet */
	struct reconciled inbox;
	int64_t oldest_waiting;     /* since when a mail lies in the inbox that could not be taken in; 0: none */
	int64_t tickets, messages, events, rows; /* rows: of the outbox */
	int64_t week_tickets, week_triage;       /* opened in the last seven days, and how many of these are in triage */
	int64_t week_unproved;      /* mails in that time that said to be a colleague's, and could not be proved */
	int64_t bytes;              /* of the file and its WAL */
};

bool figures_read(struct db *d, int64_t now, struct figures *out, struct err *e);
void figures_free(struct figures *f);

typedef bool tickets_fn(void *ctx, const char *topic, const char *status, int64_t n); /* topic "triage" for none; false ends the walk */
bool figures_tickets(struct db *d, tickets_fn *fn, void *ctx, struct err *e);

#endif
