/* backup: a copy of the store at one instant, made while others work on it, and read back before it counts.
 *
 * The copy is one file without anything beside it. To restore one, it is put in the place of the store; backup_settle() then keeps the
 * promises across the gap: what may have been sent since the copy was made is not sent twice, and no ticket number is given twice. */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "store/db.h"

struct backup_facts { /* of the copy */
	int64_t bytes, tickets;
	struct history_end history;
};

/* Makes `file`, mode 0600 and on disk. One that is there is never written over, but for an older backup of the same store with `replace`.
 * Breaches of what verify asks are called back; a copy that is damaged is not kept (false, ERR_BUG), one with other breaches is. */
bool backup_make(struct db *d, const char *file, bool replace, int64_t now, struct backup_facts *out, db_breach_fn *breach, void *ctx, struct err *e);

/* When the store is a backup that was put in its place: *made is when it was made, else 0. Automatic mail that it holds as due may have gone
 * out since: it becomes `unknown` (*unknown: how many), and ticket numbers go on BACKUP_GAP further. */
enum { BACKUP_GAP = 1000 };
bool backup_settle(struct db *d, int64_t now, int64_t *made, int *unknown, struct err *e);

#endif
