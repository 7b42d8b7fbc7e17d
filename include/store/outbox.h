/* outbox: mail the desk has promised to send, one row a recipient.
 *
 * Bytes, Message-ID and Date are fixed when the row is made; every attempt sends the same. States: held (until its writer, or an
 * admin, says that it shall go), due, sending, sent, unknown (it may have been sent, and is not sent again by itself), failed, dropped.
 * Acknowledgements and answers of the desk's own are claimed (state sending, durable) before an attempt, so that a crash sends them at most
 * once; what people wait for (forwards, notices, colleagues' replies and questions) is sent at least once. Writes only inside a transaction. */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "mail/compose.h"
#include "store/db.h"

struct outbox_item {
	int64_t id, ticket;
	char *kind;       /* "forward", "acknowledgement", "answer" (the desk's), "notice", "reply" (a colleague's answer), "question" */
	char *sender;     /* reverse-path, "" for the null one */
	char *recipient;
	char *message_id;
	char *state;
	int attempts;
	int64_t due;
	char *error;      /* or NULL */
	int64_t created, done; /* done 0: not yet */
	char *subject, *text;
	int64_t source;   /* message whose raw mail it carries, 0: none */
	char *writer;     /* the colleague whose words it carries, or NULL */
	int64_t after;    /* the last line of all history when it was made; 0: unknown */
	bool held;        /* it waits for its writer to release it */
	struct composed mail; /* only from outbox_next() */
	bool broken;          /* its mail cannot be put together: it can only fail */
};

bool outbox_add(struct db *d, const struct outbox_item *item, int64_t now, int64_t *id, struct err *e); /* state, attempts, error are not read */
/* The next row that is due, with its mail. 1: found; 0: none; -1: e. */
int outbox_next(struct db *d, int64_t now, struct outbox_item *out, struct err *e);
bool outbox_when(struct db *d, int64_t *due, struct err *e); /* when the next row is due; -1: there is none */
int outbox_get(struct db *d, int64_t id, struct outbox_item *out, struct err *e);
bool outbox_once(const struct outbox_item *i); /* a kind that is sent at most once */

bool outbox_claim(struct db *d, int64_t id, struct err *e); /* ERR_TEMPORARY too when it is due no longer: an admin was faster */
/* A report says that a sent mail did not arrive: kept with the row, whose state stays `sent`. */
bool outbox_came_back(struct db *d, int64_t id, const char *why, struct err *e);
bool outbox_sent(struct db *d, int64_t id, int64_t now, struct err *e);
bool outbox_again(struct db *d, int64_t id, int64_t due, const char *error, bool counts, struct err *e); /* counts: it was an attempt */
bool outbox_end(struct db *d, int64_t id, const char *state, const char *error, int64_t now, struct err *e); /* "failed" or "unknown" */
/* At start: rows that a courier left in `sending`. *lost: how many of them became unknown. */
bool outbox_recover(struct db *d, int64_t now, int *lost, struct err *e);
/* 1 done, 0 there is no such row in a state that allows it, -1 e. */
int outbox_retry(struct db *d, int64_t id, int64_t now, struct err *e);
int outbox_drop(struct db *d, int64_t id, int64_t now, struct err *e);

typedef bool outbox_fn(void *ctx, const struct outbox_item *i);
bool outbox_list(struct db *d, const char *state, outbox_fn *fn, void *ctx, struct err *e); /* NULL: all */
bool outbox_of_ticket(struct db *d, int64_t ticket, outbox_fn *fn, void *ctx, struct err *e);
/* Colleagues' replies of a ticket since a time, however many get each. */
bool outbox_replies_since(struct db *d, int64_t ticket, int64_t since, int64_t *n, struct err *e);
/* Notices of a ticket to one address since a time. */
bool outbox_notices_since(struct db *d, int64_t ticket, const char *recipient, int64_t since, int64_t *n, struct err *e);
/* Acknowledgements and answers made since a time, to one address or (NULL) to all. */
bool outbox_automatic_since(struct db *d, int64_t since, const char *recipient, int64_t *n, struct err *e);
/* Message-ID of the first forward of a ticket to this person, for threading: NULL if none. The caller's. */
bool outbox_first_forward(struct db *d, int64_t ticket, const char *recipient, char **message_id, struct err *e);
/* A writer's held rows of a ticket become due; *n: how many. */
bool outbox_release(struct db *d, int64_t ticket, const char *writer, int64_t now, int *n, struct err *e);
/* The latest colleague's reply on a ticket that goes or went out. 1 found, 0 none, -1 e. */
int outbox_last_reply(struct db *d, int64_t ticket, struct outbox_item *out, struct err *e);
/* What the mail with this Message-ID was: *kind and *recipient are the caller's, NULL where we sent no such mail; *source 0: it carried none. */
bool outbox_kind_of(struct db *d, const char *message_id, char **kind, int64_t *source, int64_t *ticket, char **recipient, struct err *e);
bool outbox_by_message_id(struct db *d, const char *message_id, int64_t *id, struct err *e); /* 0: none */
bool outbox_by_token(struct db *d, const char *token, int64_t *id, struct err *e); /* whose Message-ID begins with it (in lower case); 0: none */
void outbox_item_free(struct outbox_item *i); /* the contents */

#endif
