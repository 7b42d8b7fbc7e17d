/* db: the store opened: one SQLite file in WAL mode with synchronous=FULL; what is committed survives a power cut.
 *
 * A write happens inside the one transaction that db_begin() opens and db_commit() ends; a call of store/ that writes outside
 * of one is a bug. Errors: ERR_TEMPORARY when the disk is full or the file is locked (nothing has changed, try later), ERR_CONFIG
 * when the store is no store of ours or made by a newer version. Never hold a transaction across the network. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/sql.h"

struct db {
	sqlite3 *handle;
	sqlite3_stmt *stmt[SQL_NAMES]; /* prepared at first use */
	char *path;
	bool writing; /* inside db_begin() … db_commit() */
};

enum db_mode { DB_CREATE, DB_WRITE, DB_READ };

/* DB_CREATE makes the file, readable by its owner alone, and brings the schema up to date: the daemon alone does so, before it works on it, so that
 * no admin's command takes the store away from under an older daemon. */
struct db *db_open(const char *path, enum db_mode mode, struct err *e);
void db_close(struct db *d); /* NULL is fine; rolls back what is open */

bool db_begin(struct db *d, struct err *e);
bool db_commit(struct db *d, struct err *e);
void db_rollback(struct db *d);
/* Ends what db_begin() began: commits when `ok`, else rolls back and leaves *e as it is. True: it is on disk. */
bool db_end(struct db *d, bool ok, struct err *e);
/* A part of the transaction that can be taken back alone: what one mail of a batch did. */
bool db_part_begin(struct db *d, struct err *e);
bool db_part_end(struct db *d, struct err *e);
void db_part_undo(struct db *d);

/* A statement ready to be bound; NULL: e. Step it with db_row() or db_done(), which reset it at its end. */
sqlite3_stmt *db_query(struct db *d, enum sql_name name, struct err *e);
enum db_step { DB_ROW, DB_END, DB_FAILED };
enum db_step db_row(struct db *d, sqlite3_stmt *q, struct err *e); /* DB_ROW: read columns; after DB_END or DB_FAILED q is reset */
bool db_done(struct db *d, sqlite3_stmt *q, struct err *e);       /* runs a statement that returns no row */
void db_reset(sqlite3_stmt *q);                                   /* leaves a query early */
int64_t db_last_id(struct db *d);
int db_changes(struct db *d); /* rows that the last statement changed */

void bind_text(sqlite3_stmt *q, int at, const char *s); /* NULL binds NULL; the text must live until the statement is reset */
void bind_int(sqlite3_stmt *q, int at, int64_t v);
char *column_text(sqlite3_stmt *q, int at);             /* a copy, or NULL for NULL */

bool db_error(struct db *d, const char *what, struct err *e); /* fills e from SQLite's last error; always false */

/* `verify`: runs SQLite's own check and every sql_checks[]. Calls back for each breach; false on failure to ask. */
typedef void db_breach_fn(void *ctx, const char *invariant, const char *breach, const char *what_to_do);
bool db_verify(struct db *d, db_breach_fn *breach, void *ctx, struct err *e);
extern const char db_invariant_whole[]; /* the invariant that a damaged file breaks */

/* The last line of the history (store/chain.h). Noted elsewhere, its hash proves later that no line up to it was changed since. */
struct history_end {
	int64_t line, time; /* 0: no line yet */
	char hash[65];      /* hexadecimal; "" */
};
bool db_history_end(struct db *d, struct history_end *out, struct err *e);
/* Is the line there, and still with this hash? 1, 0, -1 e. */
int db_history_has(struct db *d, int64_t line, const char *hash, struct err *e);

#endif
