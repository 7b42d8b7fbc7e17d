/* folder: where the originals lie in the mailbox, and how far each folder was looked through.
 *
 * Writes only inside a transaction. */
#ifndef STORE_FOLDER_H
#define STORE_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "store/db.h"

struct folder_mark {
	bool known;           /* the folder was looked at before */
	uint32_t uidvalidity; /* 0: it was not there */
	uint32_t uidnext;     /* mails from here on are new to us */
};
bool folder_mark_get(struct db *d, const char *folder, struct folder_mark *out, struct err *e);
bool folder_mark_put(struct db *d, const char *folder, uint32_t uidvalidity, uint32_t uidnext, struct err *e);

struct filed_mail {
	int64_t message, ticket;
	bool ours; /* we know that it lies in this folder */
};
typedef bool filed_fn(void *ctx, const struct filed_mail *m);
bool folder_find(struct db *d, const char *message_id, const char *folder, filed_fn *fn, void *ctx, struct err *e); /* mails taken in with this Message-ID */
bool folder_moved(struct db *d, int64_t message, const char *folder, struct err *e); /* a person has put it there */

#endif
