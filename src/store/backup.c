#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static const char mark[] = "backup.made";

struct copy {
	const char *file;
	char *part; /* what it is called until it counts */
	int fd;
	struct db db; /* of the copy; not one from db_open() */
};

static bool one_text(sqlite3 *handle, const char *sql, char **out)
{
	sqlite3_stmt *q;
	*out = NULL;
	if (sqlite3_prepare_v2(handle, sql, -1, &q, NULL) != SQLITE_OK)
		return false;
	if (sqlite3_step(q) == SQLITE_ROW)
		*out = column_text(q, 0);
	sqlite3_finalize(q);
	return *out != NULL;
}

/* --- may it go there? --- */

/* The last line of its history is a line of ours too. */
static bool is_of_this_store(struct db *d, sqlite3 *old)
{
	char *theirs, *ours = NULL, *ask = NULL;
	bool same = !one_text(old, "SELECT id || ' ' || hex(hash) FROM event ORDER BY id DESC LIMIT 1", &theirs); /* no line yet: it may be */
	if (!same) {
		ask = mem_fmt("SELECT id || ' ' || hex(hash) FROM event WHERE id = %lld", strtoll(theirs, NULL, 10));
		same = one_text(d->handle, ask, &ours) && strcmp(ours, theirs) == 0;
	}
	free(ask);
	free(theirs);
	free(ours);
	return same;
}

static bool is_older_backup(struct db *d, const char *file, struct err *e)
{
	sqlite3 *old = NULL;
	char *made = NULL;
	bool marked = sqlite3_open_v2(file, &old, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK && one_text(old, "SELECT value FROM meta WHERE key = 'backup.made'", &made);
	bool ok = marked ? is_of_this_store(d, old) || err_set(e, ERR_INPUT, "'%s' is a backup of another store, and is left alone", file)
	                 : err_set(e, ERR_INPUT, "'%s' is no backup of a store, and is left alone", file);
	free(made);
	sqlite3_close(old);
	return ok;
}

static bool place_is_free(struct db *d, const char *file, bool replace, struct err *e)
{
	struct stat there, store;
	if (lstat(file, &there) != 0)
		return errno == ENOENT || err_set(e, ERR_INPUT, "cannot make '%s': %s", file, strerror(errno));
	if (stat(d->path, &store) == 0 && store.st_dev == there.st_dev && store.st_ino == there.st_ino)
		return err_set(e, ERR_INPUT, "'%s' is the store itself: name another file", file);
	if (!S_ISREG(there.st_mode))
		return err_set(e, ERR_INPUT, "'%s' is there and is no file: name another one", file);
	if (!replace)
		return err_set(e, ERR_INPUT, "'%s' is there: name another file, or give --force if it is an older backup", file);
	return is_older_backup(d, file, e);
}

/* --- copying --- */

static bool file_error(const struct copy *c, const char *what, struct err *e)
{
	return err_set(e, errno == ENOSPC || errno == EDQUOT || errno == EIO ? ERR_TEMPORARY : ERR_INPUT, "cannot %s '%s': %s", what, c->part, strerror(errno));
}

/* One that was killed has left its file: it is taken over. One that is alive holds its lock. */
static bool open_part(struct copy *c, struct err *e)
{
	struct stat st;
	c->fd = open(c->part, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (c->fd < 0)
		return file_error(c, "make", e);
	if (flock(c->fd, LOCK_EX | LOCK_NB) != 0) {
		err_set(e, ERR_TEMPORARY, "another backup is being written to '%s'", c->file);
		close(c->fd);
		c->fd = -1; /* and its file is not ours to remove */
		return false;
	}
	return (fstat(c->fd, &st) == 0 && S_ISREG(st.st_mode) && fchmod(c->fd, 0600) == 0 && ftruncate(c->fd, 0) == 0) || file_error(c, "make", e);
}

/* In one step: writers go on beside a reader in WAL mode, and the copy is of one instant. */
static bool copy_pages(struct db *d, struct copy *c, int64_t now, struct err *e)
{
	char *note = mem_fmt("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; INSERT INTO meta (key, value) VALUES ('%s', '%lld') ON CONFLICT (key) DO UPDATE SET value = excluded.value",
	                     mark, (long long)now);
	bool ok = sqlite3_open_v2(c->part, &c->db.handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK || db_error(&c->db, "cannot write the backup", e);
	sqlite3_backup *b = ok ? sqlite3_backup_init(c->db.handle, "main", d->handle, "main") : NULL;
	if (b) {
		int rc = sqlite3_backup_step(b, -1);
		sqlite3_backup_finish(b);
		if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
			ok = err_set(e, ERR_TEMPORARY, "the store '%s' is locked by another program: try again", d->path);
		else if (rc != SQLITE_DONE)
			ok = db_error(sqlite3_errcode(c->db.handle) != SQLITE_OK ? &c->db : d, "cannot make the backup", e);
	} else if (ok) {
		ok = db_error(&c->db, "cannot write the backup", e);
	}
	/* no file beside it from here on */
	ok = ok && (sqlite3_exec(c->db.handle, note, NULL, NULL, NULL) == SQLITE_OK || db_error(&c->db, "cannot write the backup", e));
	sqlite3_close(c->db.handle);
	c->db.handle = NULL;
	free(note);
	return ok;
}

/* --- reading back --- */

struct breaches {
	db_breach_fn *fn;
	void *ctx;
	bool damaged;
};

static void on_breach(void *ctx, const char *invariant, const char *breach, const char *what_to_do)
{
	struct breaches *b = ctx;
	b->damaged = b->damaged || strcmp(invariant, db_invariant_whole) == 0;
	b->fn(b->ctx, invariant, breach, what_to_do);
}

static bool read_back(const struct copy *c, struct backup_facts *out, struct breaches *b, struct err *e)
{
	struct stat st;
	struct db *d = db_open(c->part, DB_READ, e);
	if (!d)
		return false;
	char *tickets = NULL;
	bool ok = db_verify(d, on_breach, b, e) && db_history_end(d, &out->history, e) &&
	          (one_text(d->handle, "SELECT count(*) FROM ticket", &tickets) || db_error(d, "cannot read the backup", e)) &&
	          (fstat(c->fd, &st) == 0 || file_error(c, "read", e));
	if (ok) {
		out->tickets = strtoll(tickets, NULL, 10);
		out->bytes = st.st_size;
		if (b->damaged)
			ok = err_set(e, ERR_BUG, "no backup was made: its copy is damaged, and so is the store or the disk; see ingangctl verify, and keep the older backups");
	}
	free(tickets);
	db_close(d);
	return ok;
}

/* --- putting it in place --- */

static bool sync_folder(const char *file, struct err *e)
{
	const char *slash = strrchr(file, '/');
	char *dir = !slash ? mem_dup(".") : mem_dupn(file, slash == file ? 1 : (size_t)(slash - file));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = (fd >= 0 && fsync(fd) == 0) || err_set(e, ERR_TEMPORARY, "'%s' is written, but its folder could not be synced: %s", file, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(dir);
	return ok;
}

static bool put_in_place(struct copy *c, bool replace, struct err *e)
{
	if (fsync(c->fd) != 0)
		return file_error(c, "sync", e);
	/* link() makes a name, and never takes one that is there */
	bool ok = replace ? rename(c->part, c->file) == 0 : link(c->part, c->file) == 0;
	if (!ok)
		return err_set(e, ERR_INPUT, "cannot make '%s': %s", c->file, strerror(errno));
	if (!replace)
		unlink(c->part);
	return sync_folder(c->file, e);
}

bool backup_make(struct db *d, const char *file, bool replace, int64_t now, struct backup_facts *out, db_breach_fn *breach, void *ctx, struct err *e)
{
	struct copy c = {.file = file, .part = mem_fmt("%s.part", file), .fd = -1};
	struct breaches b = {breach, ctx, false};
	c.db.path = c.part;
	*out = (struct backup_facts){0};
	bool ok = place_is_free(d, file, replace, e) && open_part(&c, e);
	if (ok && !(copy_pages(d, &c, now, e) && read_back(&c, out, &b, e) && put_in_place(&c, replace, e))) {
		unlink(c.part);
		ok = false;
	}
	if (c.fd >= 0)
		close(c.fd);
	free(c.part);
	return ok;
}

/* --- a backup in the place of the store --- */

static bool settle(struct db *d, int64_t now, int *unknown, struct err *e)
{
	sqlite3_stmt *lost = db_query(d, SQL_OUTBOX_RESTORED, e), *first = db_query(d, SQL_TICKET_SEQUENCE, e), *skip = db_query(d, SQL_TICKET_SKIP, e),
	             *drop = db_query(d, SQL_META_DROP, e);
	if (!lost || !first || !skip || !drop)
		return false;
	bind_int(lost, 1, now);
	if (!db_done(d, lost, e))
		return false;
	*unknown = db_changes(d);
	bind_int(skip, 1, BACKUP_GAP);
	bind_text(drop, 1, mark);
	return db_done(d, first, e) && db_done(d, skip, e) && db_done(d, drop, e);
}

bool backup_settle(struct db *d, int64_t now, int64_t *made, int *unknown, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_META_GET, e);
	*made = 0;
	*unknown = 0;
	if (!q)
		return false;
	bind_text(q, 1, mark);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END;
	*made = sqlite3_column_int64(q, 0);
	db_reset(q);
	return db_begin(d, e) && db_end(d, settle(d, now, unknown, e), e);
}
