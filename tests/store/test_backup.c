#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "store/backup.h"
#include "store/temp_store.h"

enum { NOW = 5000 };

static void no_breach(void *ctx, const char *invariant, const char *breach, const char *what_to_do)
{
	(void)ctx;
	(void)what_to_do;
	fail_msg("%s: %s", invariant, breach);
}

static void count_breach(void *ctx, const char *invariant, const char *breach, const char *what_to_do)
{
	(void)invariant;
	(void)breach;
	(void)what_to_do;
	++*(int *)ctx;
}

/* A ticket with a mail, a forward and a receipt that wait, and a line of history. */
static int64_t add_all(struct db *d, const char *tag)
{
	struct err e;
	char *forward = mem_fmt("f-%s@uni.example", tag), *receipt = mem_fmt("r-%s@uni.example", tag);
	MUST(db_begin(d, &e));
	int64_t t = add_ticket(d, "mobility", "anna@partner.example"), m = add_message(d, t, "s", tag, tag, strlen(tag));
	MUST(inbox_add(d, 1, (uint32_t)t, m, "opened", "Ingang/mobility", 1000, &e));
	add_outbox(d, t, "forward", "bo@uni.example", forward, 1000);
	add_outbox(d, t, "acknowledgement", "anna@partner.example", receipt, 1000);
	MUST(event_add(d, t, 1000, "desk", tag, &e));
	MUST(db_commit(d, &e));
	free(forward);
	free(receipt);
	return t;
}

static char *in_dir(struct temp_store *s, const char *name)
{
	return mem_fmt("%s/%s", s->dir, name);
}

static bool there(const char *path, const char *suffix)
{
	struct stat st;
	char *name = mem_fmt("%s%s", path, suffix);
	bool is = stat(name, &st) == 0;
	free(name);
	return is;
}

static void a_copy_holds_everything(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct backup_facts f;
	struct stat st;
	char *file = in_dir(s, "b.db");
	add_all(s->db, "1");
	add_all(s->db, "2");
	MUST(backup_make(s->db, file, false, NOW, &f, no_breach, NULL, &e));
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, f.bytes);
	assert_int_equal(f.tickets, 2);
	assert_int_equal(f.history.line, 2);
	assert_int_equal(strlen(f.history.hash), 64);
	assert_false(there(file, ".part") || there(file, "-wal") || there(file, "-journal") || there(file, "-shm"));
	MUST(db_history_has(s->db, 2, f.history.hash, &e) == 1);
	assert_int_equal(db_history_has(s->db, 1, f.history.hash, &e), 0);
	struct db *copy = db_open(file, DB_READ, &e);
	assert_non_null(copy);
	assert_int_equal(sql_number(copy, "SELECT count(*) FROM raw"), 2);
	assert_int_equal(sql_number(copy, "SELECT count(*) FROM outbox WHERE state = 'due'"), 4);
	db_close(copy);
	assert_int_equal(sql_number(s->db, "SELECT count(*) FROM meta WHERE key = 'backup.made'"), 0); /* the store itself is no backup */
	free(file);
}

/* Another process keeps writing; a copy is of one instant, and the writer is not held up. */
static void it_is_made_under_load(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct backup_facts f;
	int line[2];
	char byte;
	add_all(s->db, "x");
	assert_int_equal(pipe(line), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct db *own = db_open(s->path, DB_WRITE, &e);
		alarm(120);
		for (int i = 0;; i++) {
			char tag[24];
			snprintf(tag, sizeof tag, "y%d", i);
			add_all(own, tag);
			if (write(line[1], "", 1) != 1)
				_exit(1);
		}
	}
	int64_t last = 0;
	for (int i = 0; i < 10; i++) {
		char *file = mem_fmt("%s/%d.db", s->dir, i);
		assert_int_equal(read(line[0], &byte, 1), 1); /* it has written since */
		MUST(backup_make(s->db, file, false, NOW, &f, no_breach, NULL, &e));
		assert_true(f.tickets > last);
		assert_int_equal(f.history.line, f.tickets); /* one of each: never a part of a transaction */
		last = f.tickets;
		free(file);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(line[0]);
	close(line[1]);
}

static void nothing_is_written_over(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct backup_facts f;
	struct buf text = {0};
	char *file = in_dir(s, "b.db"), *letter = in_dir(s, "letter"), *name = in_dir(s, "link"), *far = in_dir(s, "no/b.db"), *other_path = in_dir(s, "other.db"),
	     *other = in_dir(s, "other-backup.db"), *store_link = in_dir(s, "hard.db"), *part = in_dir(s, "p.db.part"), *p = in_dir(s, "p.db");
	add_all(s->db, "1");
	FILE *w = fopen(letter, "we");
	assert_non_null(w);
	fputs("my letter", w);
	fclose(w);
	assert_int_equal(symlink(letter, name), 0);
	assert_int_equal(link(s->path, store_link), 0);
	assert_int_equal(symlink(letter, part), 0);
	struct db *strange = db_open(other_path, DB_CREATE, &e);
	add_all(strange, "9");
	MUST(backup_make(strange, other, false, NOW, &f, no_breach, NULL, &e));
	db_close(strange);
	const struct {
		const char *file, *says;
		bool replace;
	} cases[] = {
		{letter, "is there: name another file", false}, {letter, "is no backup", true},    {name, "is no file", true},
		{far, "cannot make", false},                    {s->path, "the store itself", true}, {store_link, "the store itself", true},
		{s->dir, "is no file", true},                   {other_path, "is no backup", true}, {other, "a backup of another store", true},
		{p, "cannot make", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (backup_make(s->db, cases[i].file, cases[i].replace, NOW, &f, no_breach, NULL, &e) || !strstr(e.text, cases[i].says))
			fail_msg("%s: %s", cases[i].file, e.text);
		assert_int_equal(e.kind, ERR_INPUT);
	}
	assert_false(there(letter, ".part") || there(other, ".part"));
	MUST(file_read(letter, 100, &text, &e));
	assert_memory_equal(text.s, "my letter", 9);
	assert_int_equal(text.n, 9);

	MUST(backup_make(s->db, file, false, NOW, &f, no_breach, NULL, &e));
	assert_false(backup_make(s->db, file, false, NOW, &f, no_breach, NULL, &e));
	add_all(s->db, "2");
	MUST(backup_make(s->db, file, true, NOW + 1, &f, no_breach, NULL, &e)); /* an older one of the same store */
	assert_int_equal(f.tickets, 2);
	buf_free(&text);
	char *const all[] = {file, letter, name, far, other_path, other, store_link, part, p};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]);
}

static void a_broken_store(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct backup_facts f;
	int n = 0;
	char *file = in_dir(s, "b.db"), *second = in_dir(s, "c.db");
	add_all(s->db, "1");
	sql(s->db, "UPDATE ticket SET closed = 1");
	MUST(backup_make(s->db, file, false, NOW, &f, count_breach, &n, &e)); /* a copy all the same, and it is said */
	assert_true(n == 1 && there(file, ""));
	int64_t page = sql_number(s->db, "SELECT rootpage FROM sqlite_schema WHERE name = 'event_of_ticket'"), size = sql_number(s->db, "PRAGMA page_size");
	db_close(s->db);
	FILE *w = fopen(s->path, "r+e");
	assert_non_null(w);
	fseek(w, (long)((page - 1) * size + size / 2), SEEK_SET);
	for (int64_t i = 0; i < size / 2; i++)
		fputc(0x5A, w);
	fclose(w);
	s->db = db_open(s->path, DB_READ, &e);
	assert_non_null(s->db);
	assert_false(backup_make(s->db, second, false, NOW, &f, count_breach, &n, &e)); /* damaged */
	assert_non_null(strstr(e.text, "damaged"));
	assert_false(backup_make(s->db, file, true, NOW, &f, count_breach, &n, &e)); /* and the older one stays */
	assert_false(there(second, "") || there(second, ".part") || there(file, ".part"));
	struct db *old = db_open(file, DB_READ, &e);
	assert_non_null(old);
	assert_int_equal(sql_number(old, "SELECT count(*) FROM ticket"), 1);
	db_close(old);
	free(file);
	free(second);
}

/* A killed one leaves its part, which the next one takes over; one that is alive is not disturbed. */
static void one_at_a_time(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct backup_facts f;
	char *file = in_dir(s, "b.db"), *part = in_dir(s, "b.db.part");
	add_all(s->db, "1");
	int fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0 && flock(fd, LOCK_EX) == 0);
	assert_int_equal(write(fd, "junk", 4), 4);
	assert_false(backup_make(s->db, file, false, NOW, &f, no_breach, NULL, &e));
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_true(there(part, "") && !there(file, ""));
	close(fd);
	MUST(backup_make(s->db, file, false, NOW, &f, no_breach, NULL, &e));
	assert_true(!there(part, "") && there(file, ""));
	free(file);
	free(part);
}

static void restoring(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct backup_facts f;
	int64_t made;
	int unknown;
	char *file = in_dir(s, "b.db"), *wal = mem_fmt("%s-wal", s->path);
	add_all(s->db, "1");
	MUST(backup_settle(s->db, NOW, &made, &unknown, &e));
	assert_true(made == 0 && unknown == 0); /* an ordinary store */
	MUST(backup_make(s->db, file, false, NOW, &f, no_breach, NULL, &e));
	add_all(s->db, "2"); /* lost */

	/* the store's own WAL still lies there */
	assert_true(there(wal, ""));
	struct buf copy = {0}, old_wal = {0};
	MUST(file_read(file, 10 << 20, &copy, &e));
	MUST(file_read(wal, 10 << 20, &old_wal, &e));
	db_close(s->db);
	s->db = NULL;
	FILE *w = fopen(s->path, "we");
	assert_int_equal(fwrite(copy.s, 1, copy.n, w), copy.n);
	fclose(w);
	w = fopen(wal, "we");
	assert_int_equal(fwrite(old_wal.s, 1, old_wal.n, w), old_wal.n);
	fclose(w);
	for (int mode = DB_CREATE; mode <= DB_READ; mode++) {
		assert_null(db_open(s->path, (enum db_mode)mode, &e));
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_non_null(strstr(e.text, "-wal"));
	}
	unlink(wal);
	s->db = db_open(s->path, DB_CREATE, &e);
	assert_non_null(s->db);
	MUST(backup_settle(s->db, NOW + 60, &made, &unknown, &e));
	assert_true(made == NOW && unknown == 1);
	assert_int_equal(sql_number(s->db, "SELECT count(*) FROM outbox WHERE state = 'due' AND kind = 'forward'"), 1);
	assert_int_equal(sql_number(s->db, "SELECT count(*) FROM outbox WHERE state = 'unknown' AND done = 5060"), 1);
	assert_int_equal(add_all(s->db, "3"), 1 + BACKUP_GAP + 1); /* never the number of the lost one */
	MUST(backup_settle(s->db, NOW + 60, &made, &unknown, &e));
	assert_true(made == 0 && unknown == 0); /* once */
	MUST(db_verify(s->db, no_breach, NULL, &e));
	buf_free(&copy);
	buf_free(&old_wal);
	free(file);
	free(wal);
}

/* One that was made before the first ticket too. */
static void restoring_an_empty_one(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct backup_facts f;
	int64_t made;
	int unknown;
	char *file = in_dir(s, "b.db");
	MUST(backup_make(s->db, file, false, NOW, &f, no_breach, NULL, &e));
	assert_true(f.tickets == 0 && f.history.line == 0);
	struct db *copy = db_open(file, DB_CREATE, &e);
	assert_non_null(copy);
	MUST(backup_settle(copy, NOW, &made, &unknown, &e));
	assert_int_equal(add_all(copy, "1"), BACKUP_GAP + 1);
	db_close(copy);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_copy_holds_everything, temp_store_open, temp_store_close),
		cmocka_unit_test_setup_teardown(it_is_made_under_load, temp_store_open, temp_store_close),
		cmocka_unit_test_setup_teardown(nothing_is_written_over, temp_store_open, temp_store_close),
		cmocka_unit_test_setup_teardown(a_broken_store, temp_store_open, temp_store_close),
		cmocka_unit_test_setup_teardown(one_at_a_time, temp_store_open, temp_store_close),
		cmocka_unit_test_setup_teardown(restoring, temp_store_open, temp_store_close),
		cmocka_unit_test_setup_teardown(restoring_an_empty_one, temp_store_open, temp_store_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
