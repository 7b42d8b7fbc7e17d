/* ticket: inquiries, their states, the people on them, and their history.
 *
 * Writes only inside a transaction (db_begin). A `struct ticket` is the caller's: ticket_free(). Lawful changes of state:
 * open <-> pending, open|pending -> closed, closed -> open. A ticket that was merged into another is closed, and that one stands for it. */
#ifndef STORE_TICKET_H
#define STORE_TICKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strs.h"
#include "store/db.h"

struct ticket {
	int64_t id;          /* 0: not stored yet */
	char *status;        /* "open", "pending", "closed" */
	char *topic;         /* NULL: triage */
	char *second_topic;  /* or NULL */
	double confidence;
	char *lang;          /* or NULL */
	char *subject;
	char *requester_name, *requester_addr; /* "" where unknown */
	bool internal;
	char *owner;         /* or NULL */
	int64_t linked;      /* 0: none */
	int64_t created, updated;
	int64_t wakes;       /* pending until then; 0: until somebody writes */
	int64_t closed;      /* when; 0: it is not */
	int64_t merged;      /* the ticket that stands for this one; 0: none */
	int64_t answered;    /* when a colleague first answered; 0: nobody yet */
	char *answer_addr;   /* where answers go; NULL: to requester_addr */
	bool spam;           /* its requester gets no automatic mail any more */
};

bool ticket_add(struct db *d, struct ticket *t, struct err *e); /* sets t->id */
/* 1: found, *out filled; 0: there is none; -1: e. */
int ticket_get(struct db *d, int64_t id, struct ticket *out, struct err *e);
void ticket_free(struct ticket *t); /* the contents */

typedef bool ticket_fn(void *ctx, const struct ticket *t); /* false ends the walk */
bool ticket_list(struct db *d, const char *status, const char *topic, ticket_fn *fn, void *ctx, struct err *e); /* NULL: any; topic "triage" */
/* Words as people type them: every word must occur, `avtal*` is a prefix, "…" a phrase. */
bool ticket_search(struct db *d, const char *words, ticket_fn *fn, void *ctx, struct err *e);

bool ticket_set_status(struct db *d, const struct ticket *t, const char *status, int64_t now, struct err *e); /* ERR_INPUT: unlawful. Nothing wakes it then. */
bool ticket_set_topic(struct db *d, int64_t id, const char *topic, int64_t now, struct err *e); /* NULL: triage; clears the owner */
bool ticket_set_owner(struct db *d, int64_t id, const char *addr, int64_t now, struct err *e);
bool ticket_touch(struct db *d, int64_t id, int64_t now, struct err *e);
/* Stores all that may change: status (any: an undone change leads back), topic, second_topic, confidence, owner, linked, wakes (pending alone),
 * closed (where it is 0: kept, or now), merged, answered, answer_addr, spam. ERR_INPUT: merged into itself, be it by way of others. */
bool ticket_save(struct db *d, const struct ticket *t, int64_t now, struct err *e);
bool ticket_final(struct db *d, int64_t id, int64_t *final, struct err *e); /* the ticket that stands for this one, itself as a rule; 0: there is none */
/* Pending tickets whose time has come. The walk is no place for changes: collect first. */
bool ticket_waking(struct db *d, int64_t now, ticket_fn *fn, void *ctx, struct err *e);
bool ticket_spammer(struct db *d, const char *addr, bool *yes, struct err *e); /* has a ticket of this requester been marked as spam? */

/* The history. Each line's hash covers the line before it (store/chain.h). */
bool event_add(struct db *d, int64_t ticket, int64_t now, const char *actor, const char *what, struct err *e);
typedef bool event_fn(void *ctx, int64_t line, int64_t time, const char *actor, const char *what); /* line: its number in all history */
bool event_list(struct db *d, int64_t ticket, event_fn *fn, void *ctx, struct err *e);

/* People on a ticket: "requester", "cc", "staff", "part" (asked something) or "watch" (was given it, and its owner sees the answer). A role is the
 * first one given; but whoever gets the ticket as staff has it, also where the mail named them in Cc, and a part that is given the ticket watches it. */
bool participant_add(struct db *d, int64_t ticket, const char *addr, const char *name, const char *role, struct err *e);
bool participant_is(struct db *d, int64_t ticket, const char *addr, bool *yes, struct err *e);
bool participant_role(struct db *d, int64_t ticket, const char *addr, char **role, struct err *e); /* the caller's; NULL: none */
bool participant_list(struct db *d, int64_t ticket, const char *role, struct strs *out, struct err *e);
struct participant { /* borrowed during the callback */
	const char *addr, *name, *role;
	const char *bad; /* why mail to it does not arrive, or NULL */
};
typedef bool participant_fn(void *ctx, const struct participant *p);
bool participant_each(struct db *d, int64_t ticket, participant_fn *fn, void *ctx, struct err *e);
bool participant_bad(struct db *d, int64_t ticket, const char *addr, const char *why, struct err *e); /* NULL: it is well again */
bool participant_drop(struct db *d, int64_t ticket, const char *addr, struct err *e);
bool participant_drop_staff(struct db *d, int64_t ticket, struct err *e);

#endif
