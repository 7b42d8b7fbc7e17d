/* message: mails that were taken in, the originals, the ids that thread them, and the state of the inbox.
 *
 * A mail is known by (UIDVALIDITY, UID), by its bytes, and by what it says, so a mailbox that was rebuilt, a second copy or a restart makes no
 * second ticket, and a copied Message-ID hides nobody's mail. Writes only inside a transaction. */
#ifndef STORE_MESSAGE_H
#define STORE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strs.h"
#include "mail/mail.h"
#include "store/db.h"

enum { MESSAGE_DIGEST = 32 };

/* SHA-256 over what the mail says: Message-ID, originator, date, subject, text and attachments. Equal for the same mail, however a server
 * has rebuilt its MIME; but two different mails may say the same as far as that goes. */
void message_digest(const struct mail *m, unsigned char out[static MESSAGE_DIGEST]);

/* Stores the mail and its original on a ticket; *id is the new row. */
bool message_add(struct db *d, int64_t ticket, const struct mail *m, const unsigned char *digest, const char *raw, size_t n, int64_t now, int64_t *id,
                 struct err *e);
/* The message that this mail is a copy of: *id 0 when there is none. *topic is the caller's, NULL: triage.
 * A copy has the same bytes, but for what is added on the way (Received and its like). Where the mailbox has got a new UIDVALIDITY, to say the
 * same is enough. uidvalidity 0: the mail lies in no mailbox. */
bool message_same(struct db *d, const unsigned char *digest, const char *raw, size_t n, uint32_t uidvalidity, int64_t *id, int64_t *ticket, char **topic,
                  struct err *e);

struct message { /* as `show` lists it; borrowed during the callback */
	int64_t id;
	const char *kind, *from_name, *from_addr, *recipients /* JSON array */, *message_id /* or NULL */, *subject, *text, *warnings;
	int64_t date, received; /* date 0: unknown */
	int64_t after;          /* the last line of all history when it was taken in; 0: unknown */
};
typedef bool message_fn(void *ctx, const struct message *m);
bool message_list(struct db *d, int64_t ticket, message_fn *fn, void *ctx, struct err *e);
/* Mails taken in since a time: by a writer ("" counts none), and on a ticket (0 counts none). */
bool message_count(struct db *d, const char *from, int64_t ticket, int64_t since, int64_t *by_writer, int64_t *on_ticket, struct err *e);
struct message_row { /* the caller's: message_row_free() */
	int64_t id, ticket, date, received; /* date 0: unknown */
	char *kind, *from_name, *from_addr, *recipients, *message_id /* or NULL */, *subject, *text, *reply_text, *warnings;
};
int message_get(struct db *d, int64_t id, struct message_row *out, struct err *e); /* 1 found, 0 none, -1 e */
void message_row_free(struct message_row *m); /* the contents */
/* To another ticket, with its Message-ID: a reply to it joins that one from now on. What was sent of it stays where it was. */
bool message_move(struct db *d, int64_t id, int64_t ticket, struct err *e);
/* The latest mail of a writer on a ticket; NULL: of its requester or those in Cc, a person's before a machine's. 0: none. */
bool message_last_of(struct db *d, int64_t ticket, const char *addr, int64_t *id, struct err *e);
/* Message-IDs of what the requester wrote and got on a ticket, oldest first, for References: of a long thread the first and the latest. */
bool message_thread_ids(struct db *d, int64_t ticket, struct strs *out, struct err *e);
bool message_first(struct db *d, int64_t ticket, int64_t *id, struct err *e);
bool message_raw_size(struct db *d, int64_t message, uint64_t *size, struct err *e);

/* The original read piece by piece, without holding it whole. */
struct raw_reader;
struct raw_reader *raw_open(struct db *d, int64_t message, struct err *e);
bool raw_read(struct raw_reader *r, uint64_t offset, void *out, size_t n, struct err *e);
uint64_t raw_size(const struct raw_reader *r);
void raw_close(struct raw_reader *r);

bool thread_add(struct db *d, const char *message_id, int64_t ticket, bool ours, struct err *e);
typedef bool thread_fn(void *ctx, int64_t ticket, bool ours); /* false ends the walk; ours first */
bool thread_find(struct db *d, const char *message_id, thread_fn *fn, void *ctx, struct err *e);

/* message 0: none, with the outcome "aside". */
bool inbox_add(struct db *d, uint32_t uidvalidity, uint32_t uid, int64_t message, const char *outcome, const char *folder, int64_t now, struct err *e);
/* Has this mail been taken? *folder (the caller's) is where it belongs. */
bool inbox_known(struct db *d, uint32_t uidvalidity, uint32_t uid, bool *known, char **folder, struct err *e);
bool inbox_filed(struct db *d, uint32_t uidvalidity, uint32_t uid, struct err *e);
typedef bool inbox_fn(void *ctx, uint32_t uid);
bool inbox_unfiled(struct db *d, uint32_t uidvalidity, inbox_fn *fn, void *ctx, struct err *e);
bool inbox_waiting(struct db *d, int64_t *n, struct err *e); /* taken in, but not yet in their folder */

#endif
