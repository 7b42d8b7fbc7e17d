#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <gnutls/crypto.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "store/temp_store.h"

/* A store as the first version of the program left it, with a row of every kind. */
static const char old_rows[] =
	"PRAGMA application_id = 1231972193; PRAGMA user_version = 1;"
	"INSERT INTO ticket (id, status, topic, second_topic, confidence, lang, subject, requester_name, requester_addr, internal, owner, linked, created, updated) VALUES"
	" (1, 'open', 'mobility', 'agreements', 0.75, 'sv', 'Fråga', 'Anna Berg', 'anna@partner.example', 0, 'bo@uni.example', NULL, 100, 200),"
	" (2, 'closed', NULL, NULL, 0, NULL, '', '', '', 1, NULL, 1, 300, 900),"
	" (3, 'closed', NULL, NULL, 1, 'en', 'x', '', '', 0, NULL, NULL, 300, 950),"
	" (4, 'pending', NULL, NULL, 1, 'en', 'x', '', '', 0, NULL, NULL, 300, 950);"
	"DELETE FROM ticket WHERE id = 4;" /* its number stays taken */
	"INSERT INTO participant VALUES (1, 'anna@partner.example', 'Anna Berg', 'requester'), (1, 'bo@uni.example', '', 'staff'), (1, 'cia@x.example', 'Cia', 'cc');"
	"INSERT INTO message VALUES (1, 1, 'person', 'Anna Berg', 'anna@partner.example', '[]', 90, 100, 'a@partner.example', zeroblob(32), 'Fråga', 'Samarbetsavtal', 'r', '', zeroblob(32)),"
	" (2, 2, 'bounce', '', '', '[]', NULL, 300, NULL, zeroblob(32), '', '', '', 'w', x'0100000000000000000000000000000000000000000000000000000000000000'),"
	" (3, 3, 'person', '', '', '[]', NULL, 300, NULL, zeroblob(32), '', '', '', 'w', x'0200000000000000000000000000000000000000000000000000000000000000');"
	"INSERT INTO raw VALUES (1, x'00FF0A'), (2, x''), (3, x'726177');"
	"INSERT INTO thread VALUES ('a@partner.example', 1, 0), ('1@uni.example', 1, 1);"
	"INSERT INTO event (id, ticket, time, actor, what) VALUES (1, 1, 100, 'desk', 'opened'), (2, 2, 300, 'desk', 'not forwarded: a bounce'), (4, 3, 300, 'desk', 'not forwarded: x'),"
	" (5, 2, 700, 'admin bo', 'closed'), (6, 2, 750, 'admin bo', 'reopened'), (7, 2, 800, 'admin bo', 'closed'), (9, 1, 50, 'courier', '');"
	"INSERT INTO inbox VALUES (1, 1, 1, 'opened', 'Ingang/mobility', 1, 100), (1, 2, 2, 'opened', 'x', 0, 300), (1, 3, 1, 'copy', 'x', 0, 300);"
	"INSERT INTO outbox (id, ticket, kind, sender, recipient, message_id, state, attempts, due, error, created, done, subject, text, bytes, spans, source) VALUES"
	" (1, 1, 'forward', 'office@uni.example', 'bo@uni.example', '1@uni.example', 'sent', 1, 100, NULL, 100, 101, 's', 't', x'00FF', '[[1,0,3]]', 1),"
	" (2, 1, 'acknowledgement', '', 'anna@partner.example', '2@uni.example', 'sending', 1, 100, 'e', 100, NULL, 's', 't', x'616263', '[[0,0,3]]', NULL),"
	" (3, 1, 'notice', '', 'bo@uni.example', '3@uni.example', 'due', 0, 100, NULL, 100, NULL, '', '', x'', '[]', NULL),"
	" (5, 1, 'answer', '', 'x@y.example', '5@uni.example', 'dropped', 0, 100, NULL, 100, 200, '', '', x'', '[]', NULL);"
	"DELETE FROM outbox WHERE id = 5;"
	"INSERT INTO meta VALUES ('imap.ok', '100');";

static char *old_store(const char *dir, const char *name)
{
	char *path = mem_fmt("%s/%s", dir, name), *error = NULL;
	sqlite3 *h;
	assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
	if (sqlite3_exec(h, "PRAGMA journal_mode = WAL; BEGIN", NULL, NULL, &error) != SQLITE_OK || sqlite3_exec(h, sql_steps[0], NULL, NULL, &error) != SQLITE_OK ||
	    sqlite3_exec(h, old_rows, NULL, NULL, &error) != SQLITE_OK || sqlite3_exec(h, "COMMIT", NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s", error);
	sqlite3_close(h);
	return path;
}

/* The file anew as it was, and nothing beside it. */
static void put_back(const char *path, const struct buf *file)
{
	static const char *const beside[] = {"", "-wal", "-shm"};
	for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
		char *gone = mem_fmt("%s%s", path, beside[i]);
		unlink(gone);
		free(gone);
	}
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(file->s, 1, file->n, f), file->n);
	assert_int_equal(fclose(f), 0);
}

static const char *const old_columns[][2] = {
	{"ticket", "id, status, topic, second_topic, confidence, lang, subject, requester_name, requester_addr, internal, owner, linked, created, updated"},
	{"participant", "ticket, addr, name, role"},
	{"message", "id, ticket, kind, from_name, from_addr, recipients, date, received, message_id, digest, subject, text, reply_text, warnings, bytes_digest"},
	{"raw", "*"},
	{"thread", "*"},
	{"event", "id, ticket, time, actor, what"},
	{"inbox", "*"},
	{"outbox", "id, ticket, kind, sender, recipient, message_id, state, attempts, due, error, created, done, subject, text, bytes, spans, source"},
	{"meta", "*"},
	{"sqlite_sequence", "name, seq"}, /* numbers that were given; of the tables that had them */
};
enum { OLD_TABLES = sizeof old_columns / sizeof *old_columns };

/* Every value of every row that a store of version 1 has, in words. */
static char *contents(sqlite3 *h)
{
	struct buf b = {0};
	for (size_t t = 0; t < OLD_TABLES; t++) {
		sqlite3_stmt *q;
		char *ask = mem_fmt("SELECT %s FROM %s%s ORDER BY 1, 2", old_columns[t][1], old_columns[t][0], strcmp(old_columns[t][0], "sqlite_sequence") == 0 ? " WHERE name = 'ticket'" : "");
		if (sqlite3_prepare_v2(h, ask, -1, &q, NULL) != SQLITE_OK)
			fail_msg("%s: %s", ask, sqlite3_errmsg(h));
		while (sqlite3_step(q) == SQLITE_ROW) {
			buf_addf(&b, "\n%s:", old_columns[t][0]);
			for (int i = 0; i < sqlite3_column_count(q); i++) {
				buf_addf(&b, " %d ", sqlite3_column_type(q, i));
				const unsigned char *p = sqlite3_column_blob(q, i);
				for (int k = 0; k < sqlite3_column_bytes(q, i); k++)
					buf_addf(&b, "%02x", p[k]);
			}
		}
		sqlite3_finalize(q);
		free(ask);
	}
	return buf_take(&b);
}

static char *contents_of(const char *path)
{
	sqlite3 *h;
	assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
	char *s = contents(h);
	sqlite3_close(h);
	return s;
}

static void no_breach(void *ctx, const char *invariant, const char *breach, const char *what_to_do)
{
	(void)ctx;
	(void)what_to_do;
	fail_msg("%s: %s", invariant, breach);
}

/* What a store of the newest version is made of, whether it was new or is grown. */
static char *shape(sqlite3 *h)
{
	struct buf b = {0};
	sqlite3_stmt *q;
	assert_int_equal(sqlite3_prepare_v2(h, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name", -1, &q, NULL), SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW)
		buf_addf(&b, "%s\n", (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
	return buf_take(&b);
}

static void every_row_is_kept(void **state)
{
	(void)state;
	struct err e;
	char *dir = temp_dir(), *path = old_store(dir, "a.db"), *before = contents_of(path), *fresh_path = mem_fmt("%s/new.db", dir);
	static const enum db_mode others[] = {DB_READ, DB_WRITE}; /* an older daemon may be at work: what an admin asks for changes nothing */
	for (size_t i = 0; i < 2; i++) {
		assert_null(db_open(path, others[i], &e));
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_non_null(strstr(e.text, "start ingangd once, it is brought up to date"));
	}
	char *untouched = contents_of(path);
	assert_string_equal(untouched, before);
	free(untouched);
	struct db *d = db_open(path, DB_CREATE, &e), *fresh = db_open(fresh_path, DB_CREATE, &e);
	if (!d || !fresh)
		fail_msg("%s", e.text);
	char *after = contents(d->handle), *grown = shape(d->handle), *made = shape(fresh->handle);
	assert_string_equal(before, after);
	assert_string_equal(grown, made);
	assert_int_equal(sql_number(d, "PRAGMA user_version"), 2);
	MUST(db_verify(d, no_breach, NULL, &e));
	assert_int_equal(sql_number(d, "SELECT closed FROM ticket WHERE id = 2"), 800); /* the last time that it was */
	assert_int_equal(sql_number(d, "SELECT closed FROM ticket WHERE id = 3"), 950); /* as near as is known */
	assert_int_equal(sql_number(d, "SELECT closed IS NULL FROM ticket WHERE id = 1"), 1);
	assert_int_equal(sql_number(d, "SELECT count(*) FROM words WHERE words MATCH 'samarbetsavtal'"), 1);
	/* and on it goes */
	MUST(db_begin(d, &e));
	assert_int_equal(add_ticket(d, NULL, "a@b.example"), 5);
	MUST(event_add(d, 1, 1000, "desk", "on it goes", &e));
	MUST(event_add(d, 1, 1000, "desk", "and on", &e));
	assert_int_equal(sql_number(d, "SELECT max(id) FROM event"), 11);
	assert_false(outbox_claim(d, 1, &e));
	MUST(participant_add(d, 1, "kvalitet@uni.example", "", "part", &e));
	db_commit(d, &e);
	sql(d, "DELETE FROM ticket WHERE id = 5"); /* it has no mail */
	MUST(db_verify(d, no_breach, NULL, &e));
	db_close(d);
	db_close(fresh);
	temp_dir_remove(dir);
	free(path);
	free(fresh_path);
	free(before);
	free(after);
	free(grown);
	free(made);
}

/* The hash is what the header says, reckoned here by other means. */
static void the_history_is_chained(void **state)
{
	(void)state;
	struct err e;
	static const char *const lines[] = {"1 100 4 6\ndeskopened", "2 300 4 23\ndesknot forwarded: a bounce", "3 300 4 16\ndesknot forwarded: x"};
	char *dir = temp_dir(), *path = old_store(dir, "a.db");
	struct db *d = db_open(path, DB_CREATE, &e);
	sqlite3_stmt *q;
	unsigned char hash[32];
	assert_non_null(d);
	assert_int_equal(sqlite3_prepare_v2(d->handle, "SELECT hash FROM event ORDER BY id", -1, &q, NULL), SQLITE_OK);
	for (size_t i = 0; i < 3; i++) {
		struct buf b = {0};
		if (i > 0)
			buf_add(&b, hash, sizeof hash);
		buf_adds(&b, lines[i]);
		assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, b.s, b.n, hash), 0);
		assert_int_equal(sqlite3_step(q), SQLITE_ROW);
		assert_int_equal(sqlite3_column_bytes(q, 0), sizeof hash);
		assert_memory_equal(sqlite3_column_blob(q, 0), hash, sizeof hash);
		buf_free(&b);
	}
	sqlite3_finalize(q);
	db_close(d);
	temp_dir_remove(dir);
	free(path);
}

/* --- what if it ends in the middle --- */

/* The nth write to the disk of this process does half of what it should, and then the process is killed, or the disk is full. */
static struct {
	long left;
	bool full; /* else: killed */
	bool came;
	ssize_t (*real)(int fd, const void *p, size_t n, off_t at);
} trap;

static ssize_t write_or_not(int fd, const void *p, size_t n, off_t at)
{
	if (--trap.left > 0)
		return trap.real(fd, p, n, at);
	trap.came = true;
	if (!trap.full) {
		if (trap.real(fd, p, n / 2, at) < 0)
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	errno = ENOSPC;
	return -1;
}

static void set_trap(long at, bool full)
{
	static const char *const names[] = {"pwrite64", "pwrite"};
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	sqlite3_syscall_ptr real = NULL;
	const char *name = NULL;
	for (size_t i = 0; i < 2 && !real; i++)
		real = vfs->xGetSystemCall(vfs, name = names[i]);
	assert_non_null(real);
	trap.left = at;
	trap.full = full;
	trap.came = false;
	memcpy(&trap.real, &real, sizeof real);
	sqlite3_syscall_ptr mine;
	ssize_t (*f)(int, const void *, size_t, off_t) = write_or_not;
	memcpy(&mine, &f, sizeof mine);
	assert_int_equal(vfs->xSetSystemCall(vfs, name, mine), SQLITE_OK);
}

static void take_trap_away(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	vfs->xSetSystemCall(vfs, NULL, NULL);
}

/* Version 1 as it was, or version 2 with every row; and the next start makes it version 2. */
static void is_whole(const char *path, const char *before, long at, bool must_be_old)
{
	struct err e;
	sqlite3 *h;
	sqlite3_stmt *q;
	assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(h, "PRAGMA user_version", -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	int version = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	char *now = contents(h), *tables = shape(h);
	if ((version != 1 && (must_be_old || version != 2)) || strcmp(now, before) != 0 || (strstr(tables, "TABLE part ") != NULL) != (version == 2))
		fail_msg("ended at write %ld: version %d with:%s", at, version, now);
	free(now);
	free(tables);
	sqlite3_close(h);
	struct db *d = db_open(path, DB_CREATE, &e);
	if (!d)
		fail_msg("ended at write %ld: %s", at, e.text);
	now = contents(d->handle);
	assert_string_equal(now, before);
	MUST(db_verify(d, no_breach, NULL, &e));
	db_close(d);
	free(now);
}

static void killed_at_any_write_nothing_is_half_done(void **state)
{
	(void)state;
	struct err e;
	struct buf file = {0};
	char *dir = temp_dir(), *path = old_store(dir, "a.db"), *before = contents_of(path);
	MUST(file_read(path, 1 << 24, &file, &e));
	bool through = false;
	for (long at = 1; !through; at++) {
		int status;
		put_back(path, &file);
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			set_trap(at, false);
			struct db *d = db_open(path, DB_CREATE, &e);
			db_close(d);
			_exit(d ? 0 : 1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		through = WIFEXITED(status);
		if (through ? WEXITSTATUS(status) != 0 : WTERMSIG(status) != SIGKILL)
			fail_msg("at write %ld: status %x", at, (unsigned)status);
		if (through)
			assert_true(at > 30); /* there were writes to be killed at */
		is_whole(path, before, at, false);
	}
	temp_dir_remove(dir);
	free(path);
	free(before);
	buf_free(&file);
}

static void a_full_disk_leaves_the_old_version(void **state)
{
	(void)state;
	struct err e;
	struct buf file = {0};
	char *dir = temp_dir(), *path = old_store(dir, "a.db"), *before = contents_of(path);
	MUST(file_read(path, 1 << 24, &file, &e));
	bool came = true;
	long refusals = 0;
	for (long at = 1; came; at++) {
		put_back(path, &file);
		set_trap(at, true);
		struct db *d = db_open(path, DB_CREATE, &e);
		came = trap.came;
		trap.left = LONG_MAX; /* room again */
		bool refused = d == NULL;
		if (refused && (e.kind != ERR_TEMPORARY || !strstr(e.text, "the disk is full")))
			fail_msg("at write %ld: %s", at, e.text);
		db_close(d);
		if (came != refused)
			fail_msg("at write %ld: %s", at, refused ? "refused with room on the disk" : "opened with a full disk");
		take_trap_away();
		is_whole(path, before, at, refused);
		refusals += refused;
	}
	assert_true(refusals > 10);
	temp_dir_remove(dir);
	free(path);
	free(before);
	buf_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_kept),
		cmocka_unit_test(the_history_is_chained),
		cmocka_unit_test(killed_at_any_write_nothing_is_half_done),
		cmocka_unit_test(a_full_disk_leaves_the_old_version),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
