#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/keys.h"
#include "store/part.h"
#include "store/temp_store.h"

/* One ticket with all that belongs to it: message 1, inbox (1, 1), a forward (1) that is due, an acknowledgement (2) that was sent, an open part (1). */
static int ordinary(void **state)
{
	struct err e;
	int64_t t, m;
	if (temp_store_open(state) != 0)
		return -1;
	struct db *d = ((struct temp_store *)*state)->db;
	MUST(db_begin(d, &e));
	t = add_ticket(d, "mobility", "anna@partner.example");
	m = add_message(d, t, "s", "t", "raw", 3);
	MUST(inbox_add(d, 1, 1, m, "opened", "Ingang/mobility", 1000, &e));
	MUST(inbox_add(d, 1, 2, m, "copy", "Ingang/mobility", 1000, &e));
	MUST(participant_add(d, t, "anna@partner.example", "Anna", "requester", &e));
	MUST(thread_add(d, "1@partner.example", t, false, &e));
	for (int64_t i = 1; i <= 3; i++)
		MUST(event_add(d, t, 1000 + i, "desk", "opened", &e));
	char addr[] = "kvalitet@uni.example", asker[] = "bo@uni.example", question[] = "När?";
	struct part part = {.ticket = t, .addr = addr, .asked_by = asker, .question = question, .created = 1000};
	MUST(part_add(d, &part, &e));
	MUST(token_spend(d, "aqaaaabkkegaab2k4cci67s7rsg5evs2ra6ytbkx", t, "bo@uni.example", 1500, &e));
	add_outbox(d, t, "forward", "bo@uni.example", "1@uni.example", 1000);
	MUST(outbox_sent(d, add_outbox(d, t, "acknowledgement", "anna@partner.example", "2@uni.example", 1000), 1001, &e));
	MUST(db_commit(d, &e));
	sql(d, "UPDATE outbox SET source = 1 WHERE id = 1");
	return 0;
}

struct findings {
	struct buf text;
	size_t n;
};

static void note(void *ctx, const char *invariant, const char *breach, const char *what_to_do)
{
	struct findings *f = ctx;
	buf_addf(&f->text, "[%s] %s -> %s\n", invariant, breach, what_to_do);
	f->n++;
}

static struct findings verify(struct db *d)
{
	struct err e;
	struct findings f = {0};
	buf_adds(&f.text, "");
	MUST(db_verify(d, note, &f, &e));
	return f;
}

static void a_sound_store_has_no_breach(void **state)
{
	struct temp_store *s = *state;
	struct findings f = verify(s->db);
	if (f.n)
		fail_msg("%s", f.text.s);
	buf_free(&f.text);
	sql(s->db, "UPDATE outbox SET state = 'sent', done = 1002, source = NULL WHERE id = 1");
	f = verify(s->db);
	assert_int_equal(f.n, 0);
	buf_free(&f.text);
	temp_store_close(state);
	assert_int_equal(temp_store_open(state), 0); /* an empty one */
	f = verify(((struct temp_store *)*state)->db);
	assert_int_equal(f.n, 0);
	buf_free(&f.text);
}

static const struct breach {
	const char *invariant, *sql, *text;
} breaches[] = {
	{"every mail taken in belongs to a ticket", "DELETE FROM ticket", "the message 1 has no ticket"},
	{"every mail taken in is kept", "DELETE FROM raw", "the message 1 has lost its original"},
	{"every ticket began with a mail",
	 "INSERT INTO ticket (status, confidence, subject, requester_name, requester_addr, internal, created, updated) VALUES ('open', 0, '', '', '', 0, 1, 1)",
	 "the ticket 2 has no message"},
	{"every mail of the inbox has one outcome", "UPDATE inbox SET message = 99 WHERE uid = 2", "the mail 2 of the inbox names no message"},
	{"a mail opens one ticket", "UPDATE inbox SET outcome = 'joined' WHERE uid = 2", "the message 1 was taken in twice with effects"},
	{"a new ticket was forwarded or staff have it", "DELETE FROM outbox WHERE kind = 'forward'", "the ticket 1 was opened, and nobody was told"},
	{"a requester gets at most one acknowledgement a ticket",
	 "INSERT INTO outbox (ticket, kind, sender, recipient, message_id, state, attempts, due, created, subject, text, bytes, spans)"
	 " VALUES (1, 'answer', '', 'anna@partner.example', '3@uni.example', 'due', 0, 1, 1, '', '', x'00', '[]')",
	 "the ticket 1 was acknowledged more than once"},
	{"what the outbox holds can be sent", "DELETE FROM raw", "the outbox row 1 names a mail that is not kept"},
	{"an ended outbox row says when", "UPDATE outbox SET done = NULL WHERE id = 2", "the outbox row 2 has no time of its end"},
	{"a held answer has a writer who can release it", "UPDATE outbox SET state = 'held' WHERE id = 1", "the outbox row 1 is held, and nobody wrote it"},
	{"a closed ticket says when", "UPDATE ticket SET status = 'closed'", "the ticket 1 is closed without a time, or open with one"},
	{"a closed ticket says when", "UPDATE ticket SET closed = 1000", "the ticket 1 is closed without a time, or open with one"},
	{"only a pending ticket wakes", "UPDATE ticket SET wakes = 2000", "the ticket 1 is to wake, and does not sleep"},
	{"a merged ticket is closed", "UPDATE ticket SET merged = 1", "the ticket 1 was merged and is not closed"},
	{"a merged ticket leads to one that stands", "UPDATE ticket SET merged = 1", "the ticket 1 was merged into one that is gone, or into itself"},
	{"a merged ticket leads to one that stands", "UPDATE ticket SET merged = 9", "the ticket 1 was merged into one that is gone, or into itself"},
	{"a question belongs to a ticket", "DELETE FROM ticket", "the part 1 has no ticket"},
	{"an answered question names its answer", "UPDATE part SET state = 'answered', done = 1", "the part 1 is answered, and no mail says so"},
	{"an answered question names its answer", "UPDATE part SET state = 'answered', done = 1, message = 9", "the part 1 is answered, and no mail says so"},
	{"an ended question says when", "UPDATE part SET state = 'waived'", "the part 1 has no time of its end"},
	{"an ended question says when", "UPDATE part SET done = 1", "the part 1 has no time of its end"},
	{"a used link belongs to a ticket", "DELETE FROM ticket", "the link used at 1500 (seconds since 1970) has no ticket"},
	{"the model in use is kept", "INSERT INTO model (made, upto, live, lessons, figures, verdict) VALUES (1, 1, 1, 20, '{}', '')", "the model 1 is in use and not there"},
	{"the history is as it was written", "UPDATE event SET what = 'closed' WHERE id = 1", "line 1 (ticket 1) was changed, or a line before it was taken out or put in"},
	{"the history is as it was written", "UPDATE event SET actor = 'desk2' WHERE id = 2", "line 2 (ticket 1) was changed, or a line before it was taken out or put in"},
	{"the history is as it was written", "UPDATE event SET time = time + 1 WHERE id = 2", "line 2 (ticket 1) was changed, or a line before it was taken out or put in"},
	{"the history is as it was written", "UPDATE event SET ticket = 2 WHERE id = 3", "line 3 (ticket 2) was changed, or a line before it was taken out or put in"},
	{"the history is as it was written", "UPDATE event SET actor = 'des', what = 'kopened' WHERE id = 3", "line 3 (ticket 1) was changed, or a line before it was taken out or put in"},
	{"the history is as it was written", "UPDATE event SET hash = zeroblob(32) WHERE id = 2", "line 2 (ticket 1) was changed, or a line before it was taken out or put in"},
	{"the history is as it was written", "DELETE FROM event WHERE id = 1", "line 2 (ticket 1) was changed, or a line before it was taken out or put in"},
	{"the history is as it was written", "DELETE FROM event WHERE id = 2", "line 3 (ticket 1) was changed, or a line before it was taken out or put in"},
	{"the history is as it was written", "UPDATE event SET id = 9 WHERE id = 1", "line 2 (ticket 1) was changed, or a line before it was taken out or put in"},
	{"the history has no end missing", "DELETE FROM event WHERE id = 3", "the last lines are gone: it once went as far as line 3"},
	{"the history has no end missing", "DELETE FROM event", "the last lines are gone: it once went as far as line 3"},
};
enum { BREACHES = sizeof breaches / sizeof *breaches };

static void every_breach_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < BREACHES; i++) {
		void *own;
		assert_int_equal(ordinary(&own), 0);
		struct temp_store *s = own;
		sql(s->db, "PRAGMA foreign_keys = 0");
		sql(s->db, breaches[i].sql);
		struct findings f = verify(s->db);
		char *line = mem_fmt("[%s] %s -> ", breaches[i].invariant, breaches[i].text);
		if (!strstr(f.text.s, line))
			fail_msg("%s: not found, but:\n%s", line, f.text.s);
		free(line);
		buf_free(&f.text);
		temp_store_close(&own);
	}
}

/* A check without a breach that proves it is not finished. */
static void every_check_is_tried(void **state)
{
	(void)state;
	for (const struct sql_check *c = sql_checks; c->query; c++) {
		bool tried = false;
		for (size_t i = 0; i < BREACHES; i++)
			tried = tried || strcmp(breaches[i].invariant, c->invariant) == 0;
		if (!tried)
			fail_msg("no breach of '%s' is tried", c->invariant);
		assert_true(c->what_to_do && *c->what_to_do);
	}
}

static void rows_that_name_nothing_are_found(void **state)
{
	struct temp_store *s = *state;
	sql(s->db, "PRAGMA foreign_keys = 0");
	sql(s->db, "UPDATE event SET ticket = 99");
	struct findings f = verify(s->db);
	assert_non_null(strstr(f.text.s, "a row of the table 'event' names one that is gone"));
	buf_free(&f.text);
}

static void damage_is_found(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	int64_t page = sql_number(s->db, "SELECT rootpage FROM sqlite_schema WHERE name = 'event_of_ticket'"), size = sql_number(s->db, "PRAGMA page_size");
	db_close(s->db); /* all is in the one file now */
	FILE *f = fopen(s->path, "r+e");
	assert_non_null(f);
	fseek(f, (long)((page - 1) * size + size / 2), SEEK_SET);
	for (int64_t i = 0; i < size / 2; i++)
		fputc(0x5A, f);
	fclose(f);
	s->db = db_open(s->path, DB_READ, &e);
	assert_non_null(s->db);
	struct findings found = verify(s->db);
	assert_true(found.n > 0);
	assert_non_null(strstr(found.text.s, "[the file is whole] SQLite says: "));
	buf_free(&found.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_sound_store_has_no_breach, ordinary, temp_store_close),
		cmocka_unit_test(every_breach_is_found),
		cmocka_unit_test(every_check_is_tried),
		cmocka_unit_test_setup_teardown(rows_that_name_nothing_are_found, ordinary, temp_store_close),
		cmocka_unit_test_setup_teardown(damage_is_found, ordinary, temp_store_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
