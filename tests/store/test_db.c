#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/change.h"
#include "store/keys.h"
#include "store/part.h"
#include "store/temp_store.h"

static mode_t mode_of(const char *path)
{
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void only_the_owner_reads_it(void **state)
{
	(void)state;
	static const mode_t masks[] = {0, 022, 077};
	for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
		struct err e;
		char *dir = temp_dir(), *path = mem_fmt("%s/x.db", dir), *wal = mem_fmt("%s-wal", path);
		mode_t was = umask(masks[i]);
		struct db *d = db_open(path, DB_CREATE, &e);
		umask(was);
		if (!d)
			fail_msg("%s", e.text);
		sql(d, "INSERT INTO meta VALUES ('a', 'b')");
		assert_int_equal(mode_of(path), 0600);
		assert_int_equal(mode_of(wal), 0600);
		db_close(d);
		temp_dir_remove(dir);
		free(path);
		free(wal);
	}
}

static void is_durable(void **state)
{
	struct temp_store *s = *state;
	assert_int_equal(sql_number(s->db, "PRAGMA synchronous"), 2); /* FULL */
	assert_int_equal(sql_number(s->db, "PRAGMA foreign_keys"), 1);
	sqlite3_stmt *q;
	assert_int_equal(sqlite3_prepare_v2(s->db->handle, "PRAGMA journal_mode", -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(q, 0), "wal");
	sqlite3_finalize(q);
	assert_int_equal(sql_number(s->db, "PRAGMA user_version"), sql_version);
}

/* --- what is no store of ours --- */

struct foreign {
	const char *sql;  /* makes the file with SQLite; NULL: bytes */
	const char *bytes;
	enum db_mode mode;
	const char *text; /* of the error */
	const char *why;
};

static char *foreign_file(const char *dir, const struct foreign *f)
{
	if (!f->sql)
		return temp_file(dir, "x.db", f->bytes, strlen(f->bytes), 0600);
	char *path = mem_fmt("%s/x.db", dir);
	sqlite3 *h;
	assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
	assert_int_equal(sqlite3_exec(h, f->sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(h);
	return path;
}

static void file_bytes(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "re");
	char part[4096];
	assert_non_null(f);
	for (size_t k; (k = fread(part, 1, sizeof part, f)) > 0;)
		buf_add(out, part, k);
	fclose(f);
}

static void others_are_refused_and_left_alone(void **state)
{
	(void)state;
	static const char garbage[] = "From anna@partner.example Mon Jan  1 00:00:00 2026\nSubject: a mailbox, and no database at all; "
	                              "it is longer than the header of one\n";
	static const struct foreign cases[] = {
		{NULL, garbage, DB_WRITE, "is no store of Ingång or is damaged", "not a database"},
		{NULL, garbage, DB_CREATE, "is no store of Ingång or is damaged", "not a database, where one would be made"},
		{NULL, garbage, DB_READ, "is no store of Ingång or is damaged", "not a database, read"},
		{"CREATE TABLE t (a); PRAGMA user_version = 7", NULL, DB_WRITE, "another program's database", "versioned by another program"},
		{"CREATE TABLE t (a); PRAGMA user_version = 7", NULL, DB_READ, "another program's database", "the same, read"},
		{"CREATE TABLE t (a); PRAGMA user_version = 1", NULL, DB_CREATE, "another program's database", "with our version's number"},
		{"CREATE TABLE t (a)", NULL, DB_CREATE, "another program's database", "without a version, but with tables"},
		{"CREATE TABLE t (a)", NULL, DB_READ, "another program's database", "the same, read"},
		{"CREATE TABLE t (a); PRAGMA user_version = -1", NULL, DB_WRITE, "another program's database", "a negative version"},
		{"PRAGMA application_id = 1196444487", NULL, DB_CREATE, "another program's database", "empty, but another program's by its id"},
		{"CREATE TABLE t (a); PRAGMA application_id = 1231972193; PRAGMA user_version = 99", NULL, DB_WRITE,
		 "was made by a newer version of Ingång (its schema is 99", "a newer version"},
		{"CREATE TABLE t (a); PRAGMA application_id = 1231972193; PRAGMA user_version = 99", NULL, DB_READ, "newer version of Ingång",
		 "a newer version, read"},
		{NULL, "", DB_READ, "is not a store of Ingång yet", "an empty file, read"},
		{NULL, "", DB_WRITE, "is not a store of Ingång yet", "an empty file, by somebody who makes none"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e = {0};
		struct buf before = {0}, after = {0};
		char *dir = temp_dir(), *path = foreign_file(dir, &cases[i]);
		file_bytes(path, &before);
		struct db *d = db_open(path, cases[i].mode, &e);
		if (d || e.kind != ERR_CONFIG || !strstr(e.text, cases[i].text) || !strstr(e.text, path))
			fail_msg("%s: %s", cases[i].why, d ? "was opened" : e.text);
		file_bytes(path, &after);
		if (before.n != after.n || (before.n && memcmp(before.s, after.s, before.n) != 0))
			fail_msg("%s: the file was changed", cases[i].why);
		buf_free(&before);
		buf_free(&after);
		temp_dir_remove(dir);
		free(path);
	}
}

static void a_missing_store_is_told(void **state)
{
	struct temp_store *s = *state;
	struct err e = {0};
	char *gone = mem_fmt("%s/gone.db", s->dir), *nowhere = mem_fmt("%s/no/such/folder.db", s->dir);
	assert_null(db_open(gone, DB_READ, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "start ingangd once"));
	assert_null(db_open(gone, DB_WRITE, &e));
	assert_non_null(strstr(e.text, "start ingangd once"));
	assert_int_not_equal(access(gone, F_OK), 0); /* it was not made in passing */
	assert_null(db_open(nowhere, DB_CREATE, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "No such file or directory"));
	assert_null(db_open(s->dir, DB_CREATE, &e));
	free(gone);
	free(nowhere);
}

static void an_empty_file_becomes_a_store(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	char *path = temp_file(s->dir, "empty.db", "", 0, 0600);
	struct db *d = db_open(path, DB_CREATE, &e);
	if (!d)
		fail_msg("%s", e.text);
	assert_int_equal(sql_number(d, "SELECT count(*) FROM ticket"), 0);
	db_close(d);
	free(path);
	db_close(NULL);
}

static void opens_again_with_what_was_kept(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	MUST(db_begin(s->db, &e));
	int64_t id = add_ticket(s->db, "mobility", "anna@partner.example");
	MUST(db_commit(s->db, &e));
	db_close(s->db);
	s->db = db_open(s->path, DB_CREATE, &e);
	assert_non_null(s->db);
	struct ticket t;
	assert_int_equal(ticket_get(s->db, id, &t, &e), 1);
	assert_string_equal(t.requester_addr, "anna@partner.example");
	ticket_free(&t);
}

static void reading_alone_writes_nothing(void **state)
{
	struct temp_store *s = *state;
	struct err e = {0};
	struct db *r = db_open(s->path, DB_READ, &e);
	assert_non_null(r);
	assert_int_equal(sqlite3_exec(r->handle, "INSERT INTO meta VALUES ('a', 'b')", NULL, NULL, NULL), SQLITE_READONLY);
	assert_false(event_add(r, 1, 1, "x", "y", &e));
	MUST(db_begin(s->db, &e)); /* sees what another has committed, not what it has begun */
	add_ticket(s->db, NULL, "a@b.example");
	assert_int_equal(sql_number(r, "SELECT count(*) FROM ticket"), 0);
	MUST(db_commit(s->db, &e));
	assert_int_equal(sql_number(r, "SELECT count(*) FROM ticket"), 1);
	db_close(r);
}

/* --- transactions --- */

static void one_transaction_at_a_time(void **state)
{
	struct temp_store *s = *state;
	struct err e = {0};
	MUST(db_begin(s->db, &e));
	add_ticket(s->db, NULL, "a@b.example");
	assert_false(db_begin(s->db, &e));
	assert_int_equal(e.kind, ERR_BUG);
	MUST(db_commit(s->db, &e)); /* the outer one goes on */
	assert_int_equal(sql_number(s->db, "SELECT count(*) FROM ticket"), 1);
	MUST(db_begin(s->db, &e));
	MUST(db_commit(s->db, &e));
	assert_false(db_commit(s->db, &e)); /* nothing to commit */
	db_rollback(s->db);                 /* nor to take back */
	MUST(db_begin(s->db, &e));
	db_rollback(s->db);
}

static void a_rollback_leaves_nothing(void **state)
{
	struct temp_store *s = *state;
	struct err e = {0};
	MUST(db_begin(s->db, &e));
	int64_t t = add_ticket(s->db, "mobility", "a@b.example");
	int64_t m = add_message(s->db, t, "Samarbetsavtal", "text", "raw", 3);
	MUST(participant_add(s->db, t, "a@b.example", "A", "requester", &e));
	MUST(thread_add(s->db, "x@y", t, false, &e));
	MUST(event_add(s->db, t, 1, "desk", "opened", &e));
	MUST(inbox_add(s->db, 1, 2, m, "opened", "Ingang/mobility", 1, &e));
	add_outbox(s->db, t, "forward", "bo@uni.example", "1@uni.example", 1);
	db_rollback(s->db);
	static const char *const tables[] = {"ticket", "message", "raw", "participant", "thread", "event", "inbox", "outbox", "words"};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		char *q = mem_fmt("SELECT count(*) FROM %s", tables[i]);
		if (sql_number(s->db, q) != 0)
			fail_msg("%s has rows", tables[i]);
		free(q);
	}
	assert_int_equal(sql_number(s->db, "SELECT count(*) FROM words WHERE words MATCH 'samarbetsavtal'"), 0);
}

static void closing_rolls_back(void **state)
{
	struct temp_store *s = *state;
	struct err e = {0};
	MUST(db_begin(s->db, &e));
	add_ticket(s->db, NULL, "a@b.example");
	db_close(s->db);
	s->db = db_open(s->path, DB_WRITE, &e);
	assert_non_null(s->db);
	assert_int_equal(sql_number(s->db, "SELECT count(*) FROM ticket"), 0);
}

/* One mail of a batch fails: what it did is taken back, what the others did stays. */
static void a_part_is_taken_back_alone(void **state)
{
	struct temp_store *s = *state;
	struct err e = {0};
	MUST(db_begin(s->db, &e));
	for (int i = 0; i < 4; i++) {
		MUST(db_part_begin(s->db, &e));
		int64_t t = add_ticket(s->db, i % 2 ? "bad" : "good", "a@b.example");
		MUST(event_add(s->db, t, i, "desk", "opened", &e));
		if (i % 2)
			db_part_undo(s->db);
		else
			MUST(db_part_end(s->db, &e));
	}
	MUST(db_commit(s->db, &e));
	assert_int_equal(sql_number(s->db, "SELECT count(*) FROM ticket"), 2);
	assert_int_equal(sql_number(s->db, "SELECT count(*) FROM ticket WHERE topic = 'bad'"), 0);
	assert_int_equal(sql_number(s->db, "SELECT count(*) FROM event"), 2);
	assert_int_equal(sql_number(s->db, "SELECT max(id) FROM ticket"), 2);
}

/* SQLite then rolls back more than the part; what comes after it must not be kept alone. */
static void out_of_memory_is_a_passing_trouble(void **state)
{
	struct temp_store *s = *state;
	struct err e = {0};
	bool failed = false;
	char *raw = mem_alloc(1 << 20);
	for (int64_t limit = 1 << 10; limit < 1 << 24 && !failed; limit += 1 << 10) {
		MUST(db_begin(s->db, &e));
		int64_t before = add_ticket(s->db, "mobility", "anna@partner.example"), id;
		unsigned char digest[MESSAGE_DIGEST] = {1};
		MUST(db_part_begin(s->db, &e));
		sqlite3_hard_heap_limit64(sqlite3_memory_used() + limit);
		failed = !message_add(s->db, before, &(struct mail){0}, digest, raw, 1 << 20, 1000, &id, &e);
		sqlite3_hard_heap_limit64(0);
		if (failed) {
			assert_int_equal(e.kind, ERR_TEMPORARY);
			assert_non_null(strstr(e.text, "memory"));
		}
		db_part_undo(s->db);
		failed = failed && sqlite3_get_autocommit(s->db->handle);
		if (failed) {
			assert_false(db_part_begin(s->db, &e));
			assert_int_equal(e.kind, ERR_TEMPORARY);
		}
		db_rollback(s->db);
	}
	free(raw);
	assert_true(failed);
	assert_int_equal(sql_number(s->db, "SELECT count(*) FROM ticket"), 0);
}

static void another_writer_is_a_passing_trouble(void **state)
{
	struct temp_store *s = *state;
	struct err e = {0};
	struct db *other = db_open(s->path, DB_WRITE, &e);
	assert_non_null(other);
	sqlite3_busy_timeout(other->handle, 0);
	MUST(db_begin(s->db, &e));
	assert_false(db_begin(other, &e));
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_non_null(strstr(e.text, "another program holds the store locked"));
	MUST(db_commit(s->db, &e));
	MUST(db_begin(other, &e));
	MUST(db_commit(other, &e));
	db_close(other);
}

/* A store that may not grow is as good as a full disk. */
static void a_full_disk_is_a_passing_trouble(void **state)
{
	struct temp_store *s = *state;
	struct err e = {0};
	enum { N = 1 << 20 };
	char *raw = mem_alloc(N), *limit = mem_fmt("PRAGMA max_page_count = %lld", (long long)sql_number(s->db, "PRAGMA page_count") + 4);
	sql(s->db, limit);
	MUST(db_begin(s->db, &e));
	int64_t t = add_ticket(s->db, NULL, "a@b.example"), id;
	char text[] = "x";
	struct mail m = {.text = text};
	unsigned char digest[MESSAGE_DIGEST];
	message_digest(&m, digest);
	assert_false(message_add(s->db, t, &m, digest, raw, N, 1, &id, &e));
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_non_null(strstr(e.text, "the disk is full"));
	db_rollback(s->db);
	assert_int_equal(sql_number(s->db, "SELECT count(*) FROM ticket"), 0);
	sql(s->db, "PRAGMA max_page_count = 1000000"); /* room again: on it goes */
	MUST(db_begin(s->db, &e));
	t = add_ticket(s->db, NULL, "a@b.example");
	MUST(message_add(s->db, t, &m, digest, raw, N, 1, &id, &e));
	MUST(db_commit(s->db, &e));
	assert_int_equal(t, 1);
	free(raw);
	free(limit);
}

/* --- a store that is broken under us --- */

static bool no_ticket(void *ctx, const struct ticket *t)
{
	(void)ctx;
	(void)t;
	return true;
}

static bool no_event(void *ctx, int64_t line, int64_t time, const char *actor, const char *what)
{
	(void)line;
	(void)ctx;
	(void)time;
	(void)actor;
	(void)what;
	return true;
}

static bool no_message(void *ctx, const struct message *m)
{
	(void)ctx;
	(void)m;
	return true;
}

static bool no_id(void *ctx, int64_t ticket, bool ours)
{
	(void)ctx;
	(void)ticket;
	(void)ours;
	return true;
}

static bool no_uid(void *ctx, uint32_t uid)
{
	(void)ctx;
	(void)uid;
	return true;
}

static bool no_row(void *ctx, const struct outbox_item *i)
{
	(void)ctx;
	(void)i;
	return true;
}

static bool no_person(void *ctx, const struct participant *p)
{
	(void)ctx;
	(void)p;
	return true;
}

static bool no_part(void *ctx, const struct part *p)
{
	(void)ctx;
	(void)p;
	return true;
}

/* Every question and every step fails in words, and none says that all was well. */
static void without_its_tables_everything_fails(void **state)
{
	struct temp_store *s = *state;
	struct db *d = s->db;
	struct err e;
	struct ticket t = {0};
	struct outbox_item item = {0};
	struct strs l = {0};
	unsigned char digest[MESSAGE_DIGEST] = {0};
	struct mail m = {0};
	struct message_row row;
	struct part part = {0};
	struct keys keys;
	struct change change = {0};
	char status[] = "open", *text = NULL, *more = NULL;
	int64_t n;
	uint64_t size;
	int lost;
	bool yes;
	t.status = part.state = status;
	sql(d, "PRAGMA foreign_keys = 0");
	static const char *const tables[] = {"words", "part", "token_key", "spent", "change", "outbox", "inbox", "event", "thread", "raw", "participant", "message", "ticket"};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		char *drop = mem_fmt("DROP TABLE %s", tables[i]);
		sql(d, drop);
		free(drop);
	}
	MUST(db_begin(d, &e));
#define FAILS(call) \
	do { \
		e = (struct err){0}; \
		if ((call) || e.kind == ERR_NONE || !*e.text) \
			fail_msg("%s: '%s'", #call, e.text); \
	} while (0)
	FAILS(ticket_add(d, &t, &e));
	FAILS(ticket_get(d, 1, &t, &e) >= 0);
	FAILS(ticket_list(d, NULL, NULL, no_ticket, NULL, &e));
	FAILS(ticket_search(d, "x", no_ticket, NULL, &e));
	FAILS(ticket_set_status(d, &t, "closed", 1, &e));
	FAILS(ticket_set_topic(d, 1, "x", 1, &e));
	FAILS(ticket_set_owner(d, 1, "x", 1, &e));
	FAILS(ticket_touch(d, 1, 1, &e));
	FAILS(ticket_save(d, &t, 1, &e));
	FAILS(ticket_final(d, 1, &n, &e));
	FAILS(ticket_waking(d, 1, no_ticket, NULL, &e));
	FAILS(ticket_spammer(d, "a@b", &yes, &e));
	FAILS(event_add(d, 1, 1, "x", "y", &e));
	FAILS(event_list(d, 1, no_event, NULL, &e));
	FAILS(participant_add(d, 1, "a@b", "", "cc", &e));
	FAILS(participant_is(d, 1, "a@b", &yes, &e));
	FAILS(participant_list(d, 1, "cc", &l, &e));
	FAILS(participant_drop_staff(d, 1, &e));
	FAILS(participant_role(d, 1, "a@b", &text, &e));
	FAILS(participant_each(d, 1, no_person, NULL, &e));
	FAILS(participant_bad(d, 1, "a@b", "x", &e));
	FAILS(participant_drop(d, 1, "a@b", &e));
	FAILS(part_add(d, &part, &e));
	FAILS(part_get(d, 1, 1, &part, &e) >= 0);
	FAILS(part_save(d, &part, &e));
	FAILS(part_each(d, 1, no_part, NULL, &e));
	FAILS(part_overdue(d, 1, no_part, NULL, &e));
	FAILS(part_open_count(d, 1, &n, &e));
	FAILS(keys_load(d, 1, &keys, &e));
	FAILS(token_spent(d, "x", &text, &n, &e));
	FAILS(token_spend(d, "x", 1, "a@b", 1, &e));
	FAILS(change_add(d, &t, "x", "y", NULL, 1, &e));
	FAILS(change_last(d, 1, "x", &change, &e) >= 0);
	FAILS(change_restore(d, &change, &t, &e));
	t.status = status;
	FAILS(change_undone(d, 1, 1, &e));
	FAILS(message_get(d, 1, &row, &e) >= 0);
	FAILS(message_move(d, 1, 1, &e));
	FAILS(message_last_of(d, 1, NULL, &n, &e));
	FAILS(message_last_of(d, 1, "a@b", &n, &e));
	FAILS(message_thread_ids(d, 1, &l, &e));
	FAILS(message_add(d, 1, &m, digest, "x", 1, 1, &n, &e));
	FAILS(message_same(d, digest, "x", 1, 1, &n, &n, &text, &e));
	FAILS(message_list(d, 1, no_message, NULL, &e));
	FAILS(message_first(d, 1, &n, &e));
	FAILS(message_raw_size(d, 1, &size, &e));
	FAILS(raw_open(d, 1, &e) != NULL);
	FAILS(thread_add(d, "x", 1, true, &e));
	FAILS(thread_find(d, "x", no_id, NULL, &e));
	FAILS(inbox_add(d, 1, 1, 1, "opened", "x", 1, &e));
	FAILS(inbox_known(d, 1, 1, &yes, &text, &e));
	FAILS(inbox_filed(d, 1, 1, &e));
	FAILS(inbox_unfiled(d, 1, no_uid, NULL, &e));
	FAILS(inbox_waiting(d, &n, &e));
	FAILS(outbox_add(d, &item, 1, &n, &e));
	FAILS(outbox_next(d, 1, &item, &e) >= 0);
	FAILS(outbox_when(d, &n, &e));
	FAILS(outbox_get(d, 1, &item, &e) >= 0);
	FAILS(outbox_claim(d, 1, &e));
	FAILS(outbox_sent(d, 1, 1, &e));
	FAILS(outbox_again(d, 1, 1, "x", true, &e));
	FAILS(outbox_end(d, 1, "failed", "x", 1, &e));
	FAILS(outbox_recover(d, 1, &lost, &e));
	FAILS(outbox_retry(d, 1, 1, &e) >= 0);
	FAILS(outbox_drop(d, 1, 1, &e) >= 0);
	FAILS(outbox_list(d, NULL, no_row, NULL, &e));
	FAILS(outbox_of_ticket(d, 1, no_row, NULL, &e));
	FAILS(outbox_automatic_since(d, 0, NULL, &n, &e));
	FAILS(outbox_first_forward(d, 1, "a@b", &text, &e));
	FAILS(outbox_by_message_id(d, "x", &n, &e));
	FAILS(outbox_release(d, 1, "a@b", 1, &lost, &e));
	FAILS(outbox_last_reply(d, 1, &item, &e) >= 0);
	FAILS(outbox_kind_of(d, "x", &text, &n, &n, &more, &e));
	db_rollback(d);
}

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, temp_store_open, temp_store_close)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_owner_reads_it),
		STORE_TEST(is_durable),
		cmocka_unit_test(others_are_refused_and_left_alone),
		STORE_TEST(a_missing_store_is_told),
		STORE_TEST(an_empty_file_becomes_a_store),
		STORE_TEST(opens_again_with_what_was_kept),
		STORE_TEST(reading_alone_writes_nothing),
		STORE_TEST(one_transaction_at_a_time),
		STORE_TEST(a_rollback_leaves_nothing),
		STORE_TEST(closing_rolls_back),
		STORE_TEST(a_part_is_taken_back_alone),
		STORE_TEST(another_writer_is_a_passing_trouble),
		STORE_TEST(out_of_memory_is_a_passing_trouble),
		STORE_TEST(a_full_disk_is_a_passing_trouble),
		STORE_TEST(without_its_tables_everything_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
