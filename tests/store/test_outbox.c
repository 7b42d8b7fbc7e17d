#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/temp_store.h"

static int fresh(void **state)
{
	struct err e;
	if (temp_store_open(state) != 0)
		return -1;
	struct db *d = ((struct temp_store *)*state)->db;
	if (!db_begin(d, &e))
		return -1;
	add_ticket(d, NULL, "anna@partner.example");
	return db_commit(d, &e) ? 0 : -1;
}

/* A new row in a state. */
static int64_t row_in(struct db *d, const char *kind, const char *state)
{
	static int n;
	char *id = mem_fmt("%d@uni.example", ++n);
	int64_t row = add_outbox(d, 1, kind, "bo@uni.example", id, 1000);
	char *put = mem_fmt("UPDATE outbox SET state = '%s', done = %s WHERE id = %lld", state,
	                    strcmp(state, "due") == 0 || strcmp(state, "sending") == 0 || strcmp(state, "held") == 0 ? "NULL" : "1001", (long long)row);
	sql(d, put);
	free(put);
	free(id);
	return row;
}

static void expect(struct db *d, int64_t row, const char *state, int attempts, int64_t due, const char *error, int64_t done, const char *why)
{
	struct err e;
	struct outbox_item i;
	if (outbox_get(d, row, &i, &e) != 1)
		fail_msg("%s: row %lld is gone", why, (long long)row);
	if (strcmp(i.state, state) != 0 || i.attempts != attempts || i.due != due || i.done != done || (error == NULL) != (i.error == NULL) ||
	    (error && strcmp(error, i.error) != 0))
		fail_msg("%s: %s, %d attempts, due %lld, done %lld, %s", why, i.state, i.attempts, (long long)i.due, (long long)i.done, i.error ? i.error : "no error");
	outbox_item_free(&i);
}

/* --- a row's life --- */

static const char *const all_states[] = {"due", "sending", "sent", "unknown", "failed", "dropped", "held"};
enum { STATES = 7 };

/* Which steps are lawful from which state, and where they lead; where they are not, nothing changes. */
static void steps_from_each_state(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	static const struct {
		const char *step;
		const char *to[STATES]; /* from each of all_states; NULL: nothing happens */
	} steps[] = {
		{"claim", {"sending"}},
		{"sent", {"sent", "sent"}},
		{"again", {"due", "due"}},
		{"end", {"failed", "failed"}},
		{"retry", {"due", NULL, NULL, "due", "due", "due", "due"}},
		{"drop", {"dropped", NULL, NULL, "dropped", "dropped", NULL, "dropped"}},
	};
	MUST(db_begin(s->db, &e));
	for (size_t k = 0; k < sizeof steps / sizeof *steps; k++)
		for (size_t from = 0; from < STATES; from++) {
			int64_t row = row_in(s->db, "answer", all_states[from]);
			const char *to = steps[k].to[from];
			bool lawful = to != NULL;
			struct outbox_item i;
			switch (k) {
			case 0: assert_int_equal(outbox_claim(s->db, row, &e), lawful); break;
			case 1: MUST(outbox_sent(s->db, row, 2000, &e)); break;
			case 2: MUST(outbox_again(s->db, row, 3000, "busy", true, &e)); break;
			case 3: MUST(outbox_end(s->db, row, "failed", "no such user", 2000, &e)); break;
			case 4: assert_int_equal(outbox_retry(s->db, row, 2000, &e), lawful); break;
			case 5: assert_int_equal(outbox_drop(s->db, row, 2000, &e), lawful); break;
			}
			assert_int_equal(outbox_get(s->db, row, &i, &e), 1);
			if (strcmp(i.state, lawful ? to : all_states[from]) != 0)
				fail_msg("%s from %s gave %s", steps[k].step, all_states[from], i.state);
			bool ended = strcmp(i.state, "due") != 0 && strcmp(i.state, "sending") != 0 && strcmp(i.state, "held") != 0;
			if ((i.done != 0) != ended)
				fail_msg("%s from %s: done %lld", steps[k].step, all_states[from], (long long)i.done);
			outbox_item_free(&i);
		}
	assert_int_equal(outbox_retry(s->db, 9999, 2000, &e), 0);
	assert_int_equal(outbox_drop(s->db, 9999, 2000, &e), 0);
	assert_false(outbox_end(s->db, row_in(s->db, "answer", "due"), "lost", "x", 1, &e)); /* no such state */
	db_rollback(s->db);
}

static void attempts_are_counted_once(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	MUST(db_begin(s->db, &e));
	int64_t forward = row_in(s->db, "forward", "due"), answer = row_in(s->db, "answer", "due");
	expect(s->db, forward, "due", 0, 1000, NULL, 0, "new");
	MUST(outbox_again(s->db, forward, 1060, "451 greylisted", true, &e));
	expect(s->db, forward, "due", 1, 1060, "451 greylisted", 0, "an attempt without a claim");
	MUST(outbox_again(s->db, forward, 1060, "421 account", false, &e));
	expect(s->db, forward, "due", 1, 1060, "421 account", 0, "the account's trouble counts for no mail");
	MUST(outbox_sent(s->db, forward, 1100, &e));
	expect(s->db, forward, "sent", 2, 1060, NULL, 1100, "sent without a claim");
	MUST(outbox_claim(s->db, answer, &e));
	expect(s->db, answer, "sending", 1, 1000, NULL, 0, "claimed");
	MUST(outbox_again(s->db, answer, 1060, "451", true, &e));
	expect(s->db, answer, "due", 1, 1060, "451", 0, "the claim was the attempt");
	MUST(outbox_claim(s->db, answer, &e));
	MUST(outbox_sent(s->db, answer, 1100, &e));
	expect(s->db, answer, "sent", 2, 1060, NULL, 1100, "sent after a claim");
	db_rollback(s->db);
}

static void a_claim_says_whether_it_holds(void **state)
{
	struct temp_store *s = *state;
	struct err e = {0};
	MUST(db_begin(s->db, &e));
	int64_t row = row_in(s->db, "answer", "due");
	MUST(outbox_claim(s->db, row, &e));
	assert_false(outbox_claim(s->db, row, &e));
	row = row_in(s->db, "answer", "dropped"); /* by an admin, after the courier had looked */
	assert_false(outbox_claim(s->db, row, &e));
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_non_null(strstr(e.text, "no longer due"));
	db_rollback(s->db);
}

static void a_crash_sends_once_kinds_at_most_once(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	static const struct {
		const char *kind, *from, *to;
	} cases[] = {
		{"acknowledgement", "sending", "unknown"}, {"answer", "sending", "unknown"}, {"forward", "sending", "due"}, {"notice", "sending", "due"},
		{"reply", "sending", "due"},               {"question", "sending", "due"},   {"reply", "held", "held"},
		{"acknowledgement", "due", "due"},         {"answer", "sent", "sent"},       {"forward", "failed", "failed"},
	};
	int64_t rows[sizeof cases / sizeof *cases];
	int lost = 0;
	MUST(db_begin(s->db, &e));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		rows[i] = row_in(s->db, cases[i].kind, cases[i].from);
	MUST(outbox_recover(s->db, 2000, &lost, &e));
	assert_int_equal(lost, 2);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct outbox_item item;
		assert_int_equal(outbox_get(s->db, rows[i], &item, &e), 1);
		if (strcmp(item.state, cases[i].to) != 0)
			fail_msg("a %s that was %s is %s", cases[i].kind, cases[i].from, item.state);
		if (strcmp(cases[i].to, "unknown") == 0) {
			assert_int_equal(item.done, 2000);
			assert_non_null(strstr(item.error, "not sent again"));
		}
		outbox_item_free(&item);
	}
	MUST(outbox_recover(s->db, 3000, &lost, &e));
	assert_int_equal(lost, 0);
	db_rollback(s->db);
}

static void once_kinds(void **state)
{
	(void)state;
	static const struct {
		const char *kind;
		bool once;
	} cases[] = {{"acknowledgement", true}, {"answer", true}, {"forward", false}, {"notice", false}, {"reply", false}, {"question", false}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *kind = mem_dup(cases[i].kind);
		const struct outbox_item item = {.kind = kind};
		assert_int_equal(outbox_once(&item), cases[i].once);
		free(kind);
	}
}

/* --- what is next --- */

/* Its pause began while the clock stood wrong; the longest there is has four hours. */
static void a_pause_of_a_year_is_none(void **state)
{
	struct temp_store *s = *state;
	struct outbox_item i = {0};
	struct err e;
	MUST(db_begin(s->db, &e));
	int64_t t = add_ticket(s->db, "mobility", "anna@partner.example"), row = add_outbox(s->db, t, "forward", "bo@uni.example", "1@uni.example", 1000);
	MUST(outbox_again(s->db, row, 1000 + 4 * 3600, "451", true, &e));
	MUST(db_commit(s->db, &e));
	assert_int_equal(outbox_next(s->db, 1000, &i, &e), 0);
	MUST(db_begin(s->db, &e));
	MUST(outbox_again(s->db, row, 1000 + 365 * 86400, "451", true, &e));
	MUST(db_commit(s->db, &e));
	assert_int_equal(outbox_next(s->db, 1000, &i, &e), 1);
	assert_int_equal(i.id, row);
	outbox_item_free(&i);
}

static void the_oldest_due_is_next(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct outbox_item i;
	int64_t due;
	MUST(outbox_when(s->db, &due, &e));
	assert_int_equal(due, -1);
	assert_int_equal(outbox_next(s->db, 5000, &i, &e), 0);
	MUST(db_begin(s->db, &e));
	int64_t later = add_outbox(s->db, 1, "forward", "a@uni.example", "a@x", 2000), first = add_outbox(s->db, 1, "forward", "b@uni.example", "b@x", 1000),
	        second = add_outbox(s->db, 1, "forward", "c@uni.example", "c@x", 1000);
	MUST(outbox_when(s->db, &due, &e));
	assert_int_equal(due, 1000);
	assert_int_equal(outbox_next(s->db, 999, &i, &e), 0);
	const int64_t order[] = {first, second, later};
	for (size_t k = 0; k < 3; k++) {
		assert_int_equal(outbox_next(s->db, 2000, &i, &e), 1);
		assert_int_equal(i.id, order[k]);
		outbox_item_free(&i);
		MUST(outbox_sent(s->db, order[k], 2000, &e));
	}
	assert_int_equal(outbox_next(s->db, 9999, &i, &e), 0);
	MUST(outbox_when(s->db, &due, &e));
	assert_int_equal(due, -1);
	db_rollback(s->db);
}

/* --- what was promised is what is sent --- */

static void a_mail_comes_back_as_it_was(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct span spans[] = {{false, 0, 5}, {true, 7, 3000000000u}, {false, 5, 0}, {true, 0, 1}, {false, 5, 3}};
	struct outbox_item in = {.ticket = 1}, out;
	int64_t id;
	MUST(db_begin(s->db, &e));
	int64_t message = add_message(s->db, 1, "s", "t", "raw", 3);
	in.kind = mem_dup("forward");
	in.sender = mem_dup("");
	in.recipient = mem_dup("Bo.Ek@uni.example");
	in.message_id = mem_dup("INT-1.abc@uni.example");
	in.subject = mem_dup("[INT-1] Fråga");
	in.text = mem_dup("Ärende\n");
	in.source = message;
	in.writer = mem_dup("bo@uni.example");
	buf_add(&in.mail.bytes, "AB\0\r\nxyz", 8);
	in.mail.v = mem_array(5, sizeof *spans);
	memcpy(in.mail.v, spans, sizeof spans);
	in.mail.n = 5;
	MUST(outbox_add(s->db, &in, 1000, &id, &e));
	assert_int_equal(outbox_next(s->db, 1000, &out, &e), 1);
	assert_int_equal(out.id, id);
	assert_int_equal(out.ticket, 1);
	assert_string_equal(out.kind, "forward");
	assert_string_equal(out.sender, "");
	assert_string_equal(out.recipient, "Bo.Ek@uni.example");
	assert_string_equal(out.message_id, "INT-1.abc@uni.example");
	assert_string_equal(out.state, "due");
	assert_string_equal(out.subject, "[INT-1] Fråga");
	assert_string_equal(out.text, "Ärende\n");
	assert_int_equal(out.source, message);
	assert_string_equal(out.writer, "bo@uni.example");
	assert_false(out.held);
	assert_int_equal(out.created, 1000);
	assert_int_equal(out.mail.bytes.n, 8);
	assert_memory_equal(out.mail.bytes.s, "AB\0\r\nxyz", 8);
	assert_int_equal(out.mail.n, 5);
	for (size_t k = 0; k < 5; k++) {
		assert_int_equal(out.mail.v[k].raw, spans[k].raw);
		assert_int_equal(out.mail.v[k].offset, spans[k].offset);
		assert_int_equal(out.mail.v[k].length, spans[k].length);
	}
	assert_int_equal(out.mail.size, 5 + 3000000000u + 0 + 1 + 3);
	outbox_item_free(&out);
	assert_int_equal(outbox_get(s->db, id, &out, &e), 1);
	assert_int_equal(out.mail.n, 0); /* only what is sent is read whole */
	outbox_item_free(&out);
	assert_int_equal(outbox_get(s->db, 999, &out, &e), 0);
	outbox_item_free(&in);
	db_rollback(s->db);
}

static void broken_spans_are_refused(void **state)
{
	struct temp_store *s = *state;
	struct err e = {0};
	static const struct {
		const char *spans;
		bool ok;
	} cases[] = {
		{"[[0,0,6]]", true},
		{"[]", true},
		{"[[1,9,9]]", true}, /* of the original: looked at when it is read */
		{"", false},
		{"x", false},
		{"null", false},
		{"{}", false},
		{"[[0,0,6]", false},
		{"[[0,0,7]]", false},
		{"[[0,6,1]]", false},
		{"[[0,-1,3]]", false},
		{"[[0,0,-1]]", false},
		{"[[1,-1,3]]", false},
		{"[[0,9223372036854775807,9223372036854775807]]", false},
		{"[[0,0]]", false},
		{"[0,0,6]", false},
		{"[[\"0\",0,6]]", false},
		{"[[0,0,6.5]]", false},
		{"[[0,0,3],[0,3,4]]", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct outbox_item item;
		MUST(db_begin(s->db, &e));
		add_outbox(s->db, 1, "forward", "bo@uni.example", "1@x", 1000);
		char *put = mem_fmt("UPDATE outbox SET spans = '%s'", cases[i].spans);
		sql(s->db, put);
		free(put);
		int there = outbox_next(s->db, 1000, &item, &e);
		assert_int_equal(there, 1); /* the row itself is there: it can fail, and block no other */
		if (item.broken == cases[i].ok)
			fail_msg("'%s' is %s", cases[i].spans, item.broken ? "broken" : "whole");
		outbox_item_free(&item);
		db_rollback(s->db);
	}
}

/* --- held until its writer says so --- */

static int64_t held_row(struct db *d, int64_t ticket, const char *writer, const char *message_id)
{
	struct err e;
	int64_t id = 0;
	struct span span = {false, 0, 1};
	char kind[] = "reply", sender[] = "office@uni.example", to[] = "anna@partner.example", text[] = "t", *mid = mem_dup(message_id), *by = mem_dup(writer);
	struct outbox_item i = {.ticket = ticket, .kind = kind, .sender = sender, .recipient = to, .message_id = mid, .subject = text, .text = text, .writer = by, .held = true};
	buf_adds(&i.mail.bytes, "x");
	i.mail.v = &span;
	i.mail.n = 1;
	MUST(outbox_add(d, &i, 1000, &id, &e));
	buf_free(&i.mail.bytes);
	free(mid);
	free(by);
	return id;
}

static void held_rows_wait_for_their_writer(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct outbox_item i;
	int64_t due;
	int n;
	MUST(db_begin(s->db, &e));
	int64_t other = add_ticket(s->db, NULL, "a@b.example");
	int64_t one = held_row(s->db, 1, "bo@uni.example", "1@x"), two = held_row(s->db, 1, "Bo@Uni.Example", "2@x"), cia = held_row(s->db, 1, "cia@uni.example", "3@x"),
	        elsewhere = held_row(s->db, other, "bo@uni.example", "4@x");
	assert_int_equal(outbox_next(s->db, 9999, &i, &e), 0);
	MUST(outbox_when(s->db, &due, &e));
	assert_int_equal(due, -1);
	assert_false(outbox_claim(s->db, one, &e));
	assert_int_equal(outbox_get(s->db, one, &i, &e), 1);
	assert_true(i.held);
	assert_string_equal(i.writer, "bo@uni.example");
	outbox_item_free(&i);
	MUST(outbox_release(s->db, 1, "nobody@uni.example", 2000, &n, &e));
	assert_int_equal(n, 0);
	MUST(outbox_release(s->db, 1, "BO@uni.example", 2000, &n, &e));
	assert_int_equal(n, 2);
	expect(s->db, one, "due", 0, 2000, NULL, 0, "released");
	expect(s->db, two, "due", 0, 2000, NULL, 0, "released");
	expect(s->db, cia, "held", 0, 1000, NULL, 0, "another's");
	expect(s->db, elsewhere, "held", 0, 1000, NULL, 0, "another ticket's");
	MUST(outbox_release(s->db, 1, "bo@uni.example", 3000, &n, &e));
	assert_int_equal(n, 0); /* once */
	assert_int_equal(outbox_next(s->db, 2000, &i, &e), 1);
	assert_int_equal(i.id, one);
	assert_false(i.held);
	assert_string_equal(i.writer, "bo@uni.example");
	assert_string_equal(i.mail.bytes.s, "x");
	assert_false(i.broken);
	outbox_item_free(&i);
	db_rollback(s->db);
}

static void the_last_reply_is_the_last_that_goes_out(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct outbox_item i;
	MUST(db_begin(s->db, &e));
	int64_t other = add_ticket(s->db, NULL, "a@b.example");
	assert_int_equal(outbox_last_reply(s->db, 1, &i, &e), 0);
	row_in(s->db, "answer", "sent");
	row_in(s->db, "question", "sent");
	assert_int_equal(outbox_last_reply(s->db, 1, &i, &e), 0);
	static const struct {
		const char *state;
		bool counts;
	} cases[] = {{"due", true}, {"sending", true}, {"sent", true}, {"unknown", true}, {"held", false}, {"dropped", false}, {"failed", false}};
	int64_t last = 0;
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
		int64_t row = row_in(s->db, "reply", cases[k].state);
		last = cases[k].counts ? row : last;
		assert_int_equal(outbox_last_reply(s->db, 1, &i, &e), 1);
		if (i.id != last)
			fail_msg("%s: row %lld", cases[k].state, (long long)i.id);
		outbox_item_free(&i);
	}
	assert_int_equal(outbox_last_reply(s->db, other, &i, &e), 0);
	db_rollback(s->db);
}

static void a_message_id_tells_what_it_was(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	char *kind, *recipient;
	int64_t source, ticket;
	MUST(db_begin(s->db, &e));
	int64_t message = add_message(s->db, 1, "s", "t", "raw", 3), other = add_ticket(s->db, NULL, "a@b.example");
	add_outbox(s->db, 1, "forward", "Bo@uni.example", "1@x", 1000);
	add_outbox(s->db, other, "notice", "cia@uni.example", "2@x", 1000);
	char *put = mem_fmt("UPDATE outbox SET source = %lld WHERE message_id = '1@x'", (long long)message);
	sql(s->db, put);
	free(put);
	MUST(outbox_kind_of(s->db, "1@x", &kind, &source, &ticket, &recipient, &e));
	assert_string_equal(kind, "forward");
	assert_string_equal(recipient, "Bo@uni.example");
	assert_int_equal(source, message);
	assert_int_equal(ticket, 1);
	free(kind);
	free(recipient);
	MUST(outbox_kind_of(s->db, "2@x", &kind, &source, &ticket, &recipient, &e));
	assert_string_equal(kind, "notice");
	assert_int_equal(source, 0);
	assert_int_equal(ticket, other);
	free(kind);
	free(recipient);
	MUST(outbox_kind_of(s->db, "3@x", &kind, &source, &ticket, &recipient, &e));
	assert_null(kind);
	assert_null(recipient);
	assert_int_equal(ticket, 0);
	db_rollback(s->db);
}

static void one_row_for_one_message_id(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	int64_t id;
	MUST(db_begin(s->db, &e));
	int64_t row = add_outbox(s->db, 1, "forward", "bo@uni.example", "1@x", 1000), other;
	struct outbox_item i;
	assert_int_equal(outbox_next(s->db, 1000, &i, &e), 1);
	assert_false(outbox_add(s->db, &i, 1000, &other, &e));
	i.ticket = 99;
	free(i.message_id);
	i.message_id = mem_dup("2@x");
	assert_false(outbox_add(s->db, &i, 1000, &other, &e)); /* of no ticket */
	i.ticket = 1;
	free(i.kind);
	i.kind = mem_dup("spam");
	assert_false(outbox_add(s->db, &i, 1000, &other, &e)); /* of no kind */
	outbox_item_free(&i);
	MUST(outbox_by_message_id(s->db, "1@x", &id, &e));
	assert_int_equal(id, row);
	MUST(outbox_by_message_id(s->db, "2@x", &id, &e));
	assert_int_equal(id, 0);
	db_rollback(s->db);
}

/* --- questions --- */

static void automatic_mails_are_counted(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	static const struct {
		const char *kind, *to;
		int64_t at;
	} rows[] = {
		{"acknowledgement", "anna@partner.example", 1000}, {"answer", "Anna@Partner.Example", 1500}, {"forward", "anna@partner.example", 1500},
		{"notice", "anna@partner.example", 1500},          {"answer", "eva@partner.example", 2000},         {"reply", "anna@partner.example", 1500},
		{"question", "anna@partner.example", 1500},
	};
	static const struct {
		int64_t since;
		const char *to;
		int64_t want;
	} cases[] = {
		{0, "anna@partner.example", 2},    {0, "ANNA@PARTNER.EXAMPLE", 2}, {999, "anna@partner.example", 2}, {1000, "anna@partner.example", 1},
		{1500, "anna@partner.example", 0}, {0, "nobody@x.example", 0},     {0, "", 0},                       {0, NULL, 3},
		{1000, NULL, 2},                   {2000, NULL, 0},
	};
	MUST(db_begin(s->db, &e));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *id = mem_fmt("%zu@x", i);
		add_outbox(s->db, 1, rows[i].kind, rows[i].to, id, rows[i].at);
		free(id);
	}
	MUST(outbox_drop(s->db, 1, 1000, &e) == 1); /* what was promised counts, whatever became of it */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t n = -1;
		MUST(outbox_automatic_since(s->db, cases[i].since, cases[i].to, &n, &e));
		if (n != cases[i].want)
			fail_msg("since %lld to %s: %lld", (long long)cases[i].since, cases[i].to ? cases[i].to : "all", (long long)n);
	}
	db_rollback(s->db);
}

static void the_first_forward_threads(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	char *id;
	MUST(db_begin(s->db, &e));
	int64_t other = add_ticket(s->db, NULL, "a@b.example");
	add_outbox(s->db, other, "forward", "bo@uni.example", "0@x", 1000);
	add_outbox(s->db, 1, "notice", "bo@uni.example", "1@x", 1000);
	add_outbox(s->db, 1, "forward", "cia@uni.example", "2@x", 1000);
	add_outbox(s->db, 1, "forward", "Bo@Uni.Example", "3@x", 1000);
	add_outbox(s->db, 1, "forward", "bo@uni.example", "4@x", 1000);
	MUST(outbox_first_forward(s->db, 1, "bo@uni.example", &id, &e));
	assert_string_equal(id, "3@x");
	free(id);
	MUST(outbox_first_forward(s->db, 1, "dan@uni.example", &id, &e));
	assert_null(id);
	db_rollback(s->db);
}

static bool collect(void *ctx, const struct outbox_item *i)
{
	buf_addf(ctx, "%s:%s ", i->message_id, i->state);
	return true;
}

static bool collect_one(void *ctx, const struct outbox_item *i)
{
	collect(ctx, i);
	return false;
}

static void lists(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct buf b = {0};
	MUST(db_begin(s->db, &e));
	int64_t other = add_ticket(s->db, NULL, "a@b.example");
	add_outbox(s->db, 1, "forward", "a@uni.example", "a", 1000);
	add_outbox(s->db, other, "forward", "b@uni.example", "b", 1000);
	MUST(outbox_sent(s->db, add_outbox(s->db, 1, "forward", "c@uni.example", "c", 1000), 1000, &e));
	MUST(outbox_list(s->db, NULL, collect, &b, &e));
	assert_string_equal(b.s, "a:due b:due c:sent ");
	buf_clear(&b);
	MUST(outbox_list(s->db, "sent", collect, &b, &e));
	assert_string_equal(b.s, "c:sent ");
	buf_clear(&b);
	MUST(outbox_list(s->db, "due", collect_one, &b, &e));
	MUST(outbox_list(s->db, "due", collect_one, &b, &e));
	assert_string_equal(b.s, "a:due a:due ");
	buf_clear(&b);
	MUST(outbox_of_ticket(s->db, 1, collect, &b, &e));
	assert_string_equal(b.s, "a:due c:sent ");
	buf_free(&b);
	db_rollback(s->db);
}

int main(void)
{
#define OUTBOX_TEST(f) cmocka_unit_test_setup_teardown(f, fresh, temp_store_close)
	const struct CMUnitTest tests[] = {
		OUTBOX_TEST(steps_from_each_state),
		OUTBOX_TEST(attempts_are_counted_once),
		OUTBOX_TEST(a_claim_says_whether_it_holds),
		OUTBOX_TEST(a_crash_sends_once_kinds_at_most_once),
		cmocka_unit_test(once_kinds),
		OUTBOX_TEST(a_pause_of_a_year_is_none),
		OUTBOX_TEST(the_oldest_due_is_next),
		OUTBOX_TEST(a_mail_comes_back_as_it_was),
		OUTBOX_TEST(broken_spans_are_refused),
		OUTBOX_TEST(held_rows_wait_for_their_writer),
		OUTBOX_TEST(the_last_reply_is_the_last_that_goes_out),
		OUTBOX_TEST(a_message_id_tells_what_it_was),
		OUTBOX_TEST(one_row_for_one_message_id),
		OUTBOX_TEST(automatic_mails_are_counted),
		OUTBOX_TEST(the_first_forward_threads),
		OUTBOX_TEST(lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
