#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/chain.h"

enum { BUSY_MS = 15000, BUSY_STEP_US = 1500, APPLICATION_ID = 0x496E6761 /* "Inga" */ };

bool db_error(struct db *d, const char *what, struct err *e)
{
	int code = sqlite3_errcode(d->handle);
	int sys = sqlite3_system_errno(d->handle);
	switch (code & 0xFF) {
	case SQLITE_FULL:
		return err_set(e, ERR_TEMPORARY, "%s in '%s': the disk is full: make room; nothing was changed and it is tried again", what, d->path);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(e, ERR_TEMPORARY, "%s in '%s': another program holds the store locked", what, d->path);
	case SQLITE_NOMEM: /* no fault of what was to be kept */
		return err_set(e, ERR_TEMPORARY, "%s in '%s': out of memory: nothing was changed and it is tried again; raise the memory limit if this repeats", what, d->path);
	case SQLITE_IOERR:
		if (sys == ENOSPC || sys == EDQUOT || sys == EFBIG)
			return err_set(e, ERR_TEMPORARY, "%s in '%s': the disk is full (%s): make room; nothing was changed and it is tried again", what, d->path, strerror(sys));
		return err_set(e, ERR_TEMPORARY, "%s in '%s': %s (%s): is there room on the disk, and is it sound?", what, d->path, sqlite3_errmsg(d->handle),
		               sys ? strerror(sys) : "no cause given");
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
		return err_set(e, ERR_CONFIG, "%s in '%s': %s%s%s: check the owner and the mode of the file and of its folder", what, d->path,
		               sqlite3_errmsg(d->handle), sys ? ": " : "", sys ? strerror(sys) : "");
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(e, ERR_CONFIG, "%s: '%s' is no store of Ingång or is damaged (%s): restore a backup or name another path", what, d->path, sqlite3_errmsg(d->handle));
	default:
		return err_set(e, ERR_BUG, "%s in '%s': %s", what, d->path, sqlite3_errmsg(d->handle));
	}
}

static bool run(struct db *d, const char *sql, const char *what, struct err *e)
{
	return sqlite3_exec(d->handle, sql, NULL, NULL, NULL) == SQLITE_OK || db_error(d, what, e);
}

static bool pragma_int(struct db *d, const char *sql, int *out, struct err *e)
{
	sqlite3_stmt *q;
	if (sqlite3_prepare_v2(d->handle, sql, -1, &q, NULL) != SQLITE_OK)
		return db_error(d, "cannot open the store", e);
	bool ok = sqlite3_step(q) == SQLITE_ROW;
	if (ok)
		*out = sqlite3_column_int(q, 0);
	else
		db_error(d, "cannot open the store", e);
	sqlite3_finalize(q);
	return ok;
}

/* One schema step and its number, in one transaction. */
static bool step_up(struct db *d, int from, struct err *e)
{
	char number[96];
	snprintf(number, sizeof number, "PRAGMA user_version = %d; PRAGMA application_id = %d", from + 1, APPLICATION_ID);
	if (run(d, "BEGIN IMMEDIATE", "cannot upgrade the store", e)) {
		int now;
		if (pragma_int(d, "PRAGMA user_version", &now, e)) {
			if (now != from) { /* another process was faster */
				sqlite3_exec(d->handle, "ROLLBACK", NULL, NULL, NULL);
				return true;
			}
			if (run(d, sql_steps[from], "cannot upgrade the store", e) && run(d, number, "cannot upgrade the store", e) &&
			    run(d, "COMMIT", "cannot upgrade the store", e))
				return true;
		}
	}
	sqlite3_exec(d->handle, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

/* Before anything is written to it, and at one instant, since another process may be making it: a file that is empty, or a store of ours that this program knows. */
static bool recognise(struct db *d, enum db_mode mode, int *version, struct err *e)
{
	int app, things;
	if (!run(d, "BEGIN", "cannot open the store", e) || !pragma_int(d, "PRAGMA user_version", version, e) ||
	    !pragma_int(d, "PRAGMA application_id", &app, e) || !pragma_int(d, "SELECT count(*) FROM sqlite_schema", &things, e) ||
	    !run(d, "COMMIT", "cannot open the store", e))
		return false;
	bool empty = *version == 0 && app == 0 && things == 0;
	if (!empty && (app != APPLICATION_ID || *version < 1))
		return err_set(e, ERR_CONFIG, "'%s' is another program's database: name another path in store.path", d->path);
	if (*version > sql_version)
		return err_set(e, ERR_CONFIG, "the store '%s' was made by a newer version of Ingång (its schema is %d, this program knows %d): install that version again, or restore a backup",
		               d->path, *version, sql_version);
	if (empty && mode != DB_CREATE)
		return err_set(e, ERR_CONFIG, "'%s' is not a store of Ingång yet: start ingangd once", d->path);
	return true;
}

static bool upgrade(struct db *d, enum db_mode mode, int version, struct err *e)
{
	while (mode == DB_CREATE && version < sql_version) {
		if (!step_up(d, version, e) || !pragma_int(d, "PRAGMA user_version", &version, e))
			return false;
	}
	return version == sql_version ||
	       err_set(e, ERR_CONFIG, "the store '%s' is of an older version: start ingangd once, it is brought up to date", d->path);
}

/* The file is made by us, so that its mode does not depend on the umask; SQLite gives the WAL the same mode. */
static bool make_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, errno == ENOSPC ? ERR_TEMPORARY : ERR_CONFIG, "cannot make the store '%s': %s", path, strerror(errno));
	close(fd);
	return true;
}

/* Short steps: a writer holds the lock for a sync or two, and SQLite's own handler would soon sleep for far longer than that. */
static int on_busy(void *ctx, int tries)
{
	(void)ctx;
	usleep(BUSY_STEP_US);
	return tries < BUSY_MS * 1000 / BUSY_STEP_US;
}

/* A store has been in WAL mode since it was made, a backup is not (bytes 18 and 19 of the file say which): a WAL beside one is of the store that
 * lay there before, and SQLite would mix the two. */
static bool no_strange_wal(const char *path, struct err *e)
{
	unsigned char head[20] = {0};
	struct stat st;
	char *wal = mem_fmt("%s-wal", path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool strange = fd >= 0 && read(fd, head, sizeof head) == (ssize_t)sizeof head && head[18] == 1 && head[19] == 1 && stat(wal, &st) == 0 && st.st_size > 0;
	if (fd >= 0)
		close(fd);
	if (strange)
		err_set(e, ERR_CONFIG, "'%s' is a restored backup, and '%s' is left of the store that was there before: remove '%s' and '%s-shm'", path, wal, wal, path);
	free(wal);
	return !strange;
}

struct db *db_open(const char *path, enum db_mode mode, struct err *e)
{
	struct stat st;
	if (mode == DB_CREATE && !make_file(path, e))
		return NULL;
	if (stat(path, &st) != 0) {
		err_set(e, ERR_CONFIG, "cannot open the store '%s': %s%s", path, strerror(errno), errno == ENOENT ? ": start ingangd once, it makes it" : "");
		return NULL;
	}
	if (!no_strange_wal(path, e))
		return NULL;
	struct db *d = mem_alloc(sizeof *d);
	d->path = mem_dup(path);
	/* a reader needs to write too: the shared memory of the WAL */
	if (sqlite3_open_v2(path, &d->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		db_error(d, "cannot open the store", e);
		db_close(d);
		return NULL;
	}
	sqlite3_busy_handler(d->handle, on_busy, NULL);
	sqlite3_extended_result_codes(d->handle, 0);
	sqlite3_db_config(d->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	int version;
	if (chain_register(d->handle) != SQLITE_OK) {
		db_error(d, "cannot open the store", e);
		db_close(d);
		return NULL;
	}
	if (!recognise(d, mode, &version, e) || (mode == DB_READ && !run(d, "PRAGMA query_only = 1", "cannot open the store", e)) ||
	    (mode != DB_READ && !run(d, "PRAGMA journal_mode = WAL", "cannot open the store", e)) ||
	    !run(d, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -2048; PRAGMA journal_size_limit = 67108864", "cannot open the store", e) ||
	    !upgrade(d, mode, version, e) ||
	    /* what a part of a transaction would undo is little, and no mail's text lies about in /tmp; an upgrade may need more than memory has */
	    (mode == DB_WRITE && !run(d, "PRAGMA temp_store = MEMORY", "cannot open the store", e))) {
		db_close(d);
		return NULL;
	}
	return d;
}

void db_close(struct db *d)
{
	if (!d)
		return;
	if (d->writing)
		db_rollback(d);
	for (int i = 0; i < SQL_NAMES; i++)
		sqlite3_finalize(d->stmt[i]);
	sqlite3_close(d->handle);
	free(d->path);
	free(d);
}

sqlite3_stmt *db_query(struct db *d, enum sql_name name, struct err *e)
{
	sqlite3_stmt **q = &d->stmt[name];
	if (!*q && sqlite3_prepare_v3(d->handle, sql_text[name], -1, SQLITE_PREPARE_PERSISTENT, q, NULL) != SQLITE_OK) {
		db_error(d, "cannot prepare a statement", e);
		return NULL;
	}
	return *q;
}

void db_reset(sqlite3_stmt *q)
{
	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
}

enum db_step db_row(struct db *d, sqlite3_stmt *q, struct err *e)
{
	int rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		return DB_ROW;
	if (rc != SQLITE_DONE)
		db_error(d, "cannot read or write", e);
	db_reset(q);
	return rc == SQLITE_DONE ? DB_END : DB_FAILED;
}

bool db_done(struct db *d, sqlite3_stmt *q, struct err *e)
{
	return db_row(d, q, e) == DB_END;
}

static bool simple(struct db *d, enum sql_name name, struct err *e)
{
	sqlite3_stmt *q = db_query(d, name, e);
	return q && db_done(d, q, e);
}

bool db_begin(struct db *d, struct err *e)
{
	if (d->writing)
		return err_set(e, ERR_BUG, "a transaction was begun inside another");
	d->writing = simple(d, SQL_BEGIN, e);
	return d->writing;
}

bool db_commit(struct db *d, struct err *e)
{
	if (simple(d, SQL_COMMIT, e)) {
		d->writing = false;
		return true;
	}
	db_rollback(d);
	return false;
}

void db_rollback(struct db *d)
{
	struct err ignored;
	if (!sqlite3_get_autocommit(d->handle)) /* SQLite has already rolled back after some errors */
		simple(d, SQL_ROLLBACK, &ignored);
	d->writing = false;
}

bool db_end(struct db *d, bool ok, struct err *e)
{
	if (ok)
		return db_commit(d, e);
	db_rollback(d);
	return false;
}

bool db_part_begin(struct db *d, struct err *e)
{
	if (sqlite3_get_autocommit(d->handle)) /* after some errors SQLite rolls all of it back: a part would be kept without what was before it */
		return err_set(e, ERR_TEMPORARY, "the transaction in '%s' was rolled back: nothing was changed and it is tried again", d->path);
	return simple(d, SQL_SAVEPOINT, e);
}

bool db_part_end(struct db *d, struct err *e)
{
	return simple(d, SQL_RELEASE, e);
}

void db_part_undo(struct db *d)
{
	struct err ignored;
	if (!sqlite3_get_autocommit(d->handle) && simple(d, SQL_ROLLBACK_TO, &ignored))
		simple(d, SQL_RELEASE, &ignored);
}

int64_t db_last_id(struct db *d)
{
	return sqlite3_last_insert_rowid(d->handle);
}

int db_changes(struct db *d)
{
	return sqlite3_changes(d->handle);
}

void bind_text(sqlite3_stmt *q, int at, const char *s)
{
	if (s)
		sqlite3_bind_text(q, at, s, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(q, at);
}

void bind_int(sqlite3_stmt *q, int at, int64_t v)
{
	sqlite3_bind_int64(q, at, v);
}

char *column_text(sqlite3_stmt *q, int at)
{
	const unsigned char *s = sqlite3_column_text(q, at);
	return s ? mem_dupn((const char *)s, (size_t)sqlite3_column_bytes(q, at)) : NULL;
}

static bool ask(struct db *d, const char *sql, bool ok_is_good, const struct sql_check *c, db_breach_fn *breach, void *ctx, struct err *e)
{
	sqlite3_stmt *q;
	int rc;
	if (sqlite3_prepare_v2(d->handle, sql, -1, &q, NULL) != SQLITE_OK)
		return db_error(d, "cannot verify", e);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		const unsigned char *found = sqlite3_column_text(q, 0);
		const char *text = found ? (const char *)found : "?";
		if (ok_is_good && strcmp(text, "ok") == 0)
			continue;
		const char *hole = strstr(c->meaning, "%s");
		char *line = hole ? mem_fmt("%.*s%s%s", (int)(hole - c->meaning), c->meaning, text, hole + 2) : mem_dup(c->meaning);
		breach(ctx, c->invariant, line, c->what_to_do);
		free(line);
	}
	bool ok = rc == SQLITE_DONE || db_error(d, "cannot verify", e);
	sqlite3_finalize(q);
	return ok;
}

const char db_invariant_whole[] = "the file is whole";

bool db_verify(struct db *d, db_breach_fn *breach, void *ctx, struct err *e)
{
	static const struct sql_check whole = {db_invariant_whole, "SQLite says: %s", "restore a backup", ""};
	static const struct sql_check linked = {"rows name rows that are there", "a row of the table '%s' names one that is gone", "restore a backup", ""};
	if (!ask(d, "PRAGMA integrity_check", true, &whole, breach, ctx, e) || !ask(d, "PRAGMA foreign_key_check", false, &linked, breach, ctx, e))
		return false;
	for (const struct sql_check *c = sql_checks; c->query; c++)
		if (!ask(d, c->query, false, c, breach, ctx, e))
			return false;
	return true;
}

bool db_history_end(struct db *d, struct history_end *out, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_EVENT_LAST, e);
	*out = (struct history_end){0};
	if (!q)
		return false;
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END;
	out->line = sqlite3_column_int64(q, 0);
	out->time = sqlite3_column_int64(q, 1);
	snprintf(out->hash, sizeof out->hash, "%s", (const char *)sqlite3_column_text(q, 2));
	db_reset(q);
	return true;
}

int db_history_has(struct db *d, int64_t line, const char *hash, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_EVENT_HAS, e);
	if (!q)
		return -1;
	bind_int(q, 1, line);
	bind_text(q, 2, hash);
	enum db_step s = db_row(d, q, e);
	if (s == DB_ROW)
		db_reset(q);
	return s == DB_ROW ? 1 : s == DB_END ? 0 : -1;
}
