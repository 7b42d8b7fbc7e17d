/* part: what another division was asked about a ticket, or was given of it, and what became of that.
 *
 * A part has a number on its ticket (the nonce of its tokens) and stays there, whatever the ticket is merged into; lists and counts of a ticket
 * hold the parts of those that were merged into it as well. Writes only inside a transaction. */
#ifndef STORE_PART_H
#define STORE_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "store/db.h"

struct part {
	int64_t id, ticket;
	int number;
	char *addr;       /* who was asked; "" where it is a topic's staff */
	char *topic;      /* the topic whose staff got it as the second one, or NULL */
	char *asked_by;
	char *question;   /* in the asker's words, "" where the mail itself is the question */
	char *state;      /* "open", "answered", "waived", "failed" */
	int64_t due;      /* 0: no day was named */
	int64_t reminded; /* 0: not yet */
	int64_t created;
	int64_t done;     /* when it left the state open; 0: it has not */
	int64_t message;  /* the answer; 0: none */
	bool handover;    /* was not asked, but given the whole ticket */
	bool watch;       /* and its answer is shown to the owner */
};

bool part_add(struct db *d, struct part *p, struct err *e); /* open; sets id and number, the next of its ticket */
int part_get(struct db *d, int64_t ticket, int number, struct part *out, struct err *e); /* 1 found, 0 none, -1 e */
void part_free(struct part *p); /* the contents */
/* Stores state, due, reminded, done, message, handover, watch. A part that is no longer open says when (done), an answered one by which message. */
bool part_save(struct db *d, const struct part *p, struct err *e);

typedef bool part_fn(void *ctx, const struct part *p); /* false ends the walk, which is no place for changes: collect first */
bool part_each(struct db *d, int64_t ticket, part_fn *fn, void *ctx, struct err *e); /* oldest first */
bool part_overdue(struct db *d, int64_t now, part_fn *fn, void *ctx, struct err *e); /* open, due, not reminded */
bool part_open_count(struct db *d, int64_t ticket, int64_t *n, struct err *e);

#endif
