/* desk: what is done with a mail, from its facts to rows in the store. What people do to a ticket: desk/act.h.
 *
 * desk_take() gathers the facts, asks plan_mail(), and carries the plan out, all inside the caller's transaction (db_begin). */
#ifndef DESK_DESK_H
#define DESK_DESK_H

#include <stdint.h>

#include "config/config.h"
#include "mail/mail.h"
#include "store/db.h"

struct desk {
	const struct config *config;
	struct db *db;
	/* Reads a message of the store again, for a mail that carries it on. NULL, or false (e): it is carried on unread, attached whole. */
	bool (*read)(void *ctx, int64_t message, struct mail *out, uint64_t *raw_bytes, struct err *e);
	void *ctx;
};

struct inbox_place {
	uint32_t uidvalidity, uid;
};

struct taken { /* what became of a mail, for the log */
	int64_t ticket, message; /* 0: it was set aside */
	char *outcome;    /* "opened", "joined", "copy", "aside" */
	char *folder;     /* where its original belongs */
	char *topic;      /* "triage" where there is none */
	double confidence;
	char *why;
	char *to;         /* whom it was forwarded to, comma-separated; "" for nobody */
	bool braked;      /* it looks like a loop: not forwarded */
	bool answered;    /* an acknowledgement or an answer goes out */
};

/* `trouble`: why the mail could not be read (then only its header was), or NULL. */
bool desk_take(struct desk *d, const struct mail *m, const char *raw, size_t n, const char *trouble, const struct inbox_place *place, int64_t now,
               struct taken *out, struct err *e);
void taken_free(struct taken *t);

/* A row of the outbox could not be delivered for good: marks it failed, and tells the ticket's staff (never about a notice). */
bool desk_not_delivered(struct desk *d, int64_t outbox, const char *error, int64_t now, struct err *e);

#endif
