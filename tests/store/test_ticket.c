#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/temp_store.h"

static void numbers_have_no_gaps(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	MUST(db_begin(s->db, &e));
	assert_int_equal(add_ticket(s->db, NULL, "a@b.example"), 1);
	assert_int_equal(add_ticket(s->db, NULL, "a@b.example"), 2);
	MUST(db_commit(s->db, &e));
	MUST(db_begin(s->db, &e));
	assert_int_equal(add_ticket(s->db, NULL, "a@b.example"), 3);
	db_rollback(s->db);
	MUST(db_begin(s->db, &e));
	MUST(db_part_begin(s->db, &e));
	assert_int_equal(add_ticket(s->db, NULL, "a@b.example"), 3);
	db_part_undo(s->db);
	assert_int_equal(add_ticket(s->db, NULL, "a@b.example"), 3);
	MUST(db_commit(s->db, &e));
	sql(s->db, "DELETE FROM ticket WHERE id = 3");
	MUST(db_begin(s->db, &e));
	assert_int_equal(add_ticket(s->db, NULL, "a@b.example"), 4); /* a number that people have seen is never given again */
	MUST(db_commit(s->db, &e));
}

static void all_fields_come_back(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	char topic[] = "mobility", second[] = "agreements", lang[] = "sv", subject[] = "Fråga om 'utbyte'; DROP TABLE ticket", name[] = "Anna \"A\" Berg",
	     addr[] = "Anna@Partner.Example", answer[] = "svar@partner.example";
	struct ticket in = {.topic = topic, .second_topic = second, .confidence = 0.93, .lang = lang, .subject = subject, .requester_name = name,
	                    .requester_addr = addr, .internal = true, .created = 1234567890123, .answer_addr = answer, .spam = true};
	struct ticket out, none;
	MUST(db_begin(s->db, &e));
	MUST(ticket_add(s->db, &in, &e));
	in = (struct ticket){.id = in.id, .linked = in.id, .subject = subject, .requester_name = name, .requester_addr = addr};
	int64_t first = in.id;
	MUST(ticket_add(s->db, &in, &e)); /* with nothing that may be missing */
	assert_int_equal(ticket_get(s->db, first, &out, &e), 1);
	assert_string_equal(out.status, "open");
	assert_string_equal(out.topic, "mobility");
	assert_string_equal(out.second_topic, "agreements");
	assert_true(out.confidence > 0.929 && out.confidence < 0.931);
	assert_string_equal(out.lang, "sv");
	assert_string_equal(out.subject, subject);
	assert_string_equal(out.requester_name, name);
	assert_string_equal(out.requester_addr, addr);
	assert_true(out.internal);
	assert_null(out.owner);
	assert_int_equal(out.linked, 0);
	assert_int_equal(out.created, 1234567890123);
	assert_int_equal(out.updated, 1234567890123);
	assert_int_equal(out.wakes, 0);
	assert_int_equal(out.closed, 0);
	assert_int_equal(out.merged, 0);
	assert_int_equal(out.answered, 0);
	assert_string_equal(out.answer_addr, "svar@partner.example");
	assert_true(out.spam);
	ticket_free(&out);
	assert_int_equal(ticket_get(s->db, in.id, &out, &e), 1);
	assert_null(out.topic);
	assert_null(out.second_topic);
	assert_null(out.lang);
	assert_int_equal(out.linked, first);
	assert_null(out.answer_addr);
	assert_false(out.spam);
	ticket_free(&out);
	assert_int_equal(ticket_get(s->db, 99, &none, &e), 0);
	assert_int_equal(ticket_get(s->db, -1, &none, &e), 0);
	db_rollback(s->db);
}

static void only_lawful_changes(void **state)
{
	struct temp_store *s = *state;
	static const char *const states[] = {"open", "pending", "closed", "gone", ""};
	static const bool lawful[3][5] = {
		/* to:          open   pending closed gone   ""    */
		/* open    */ {false, true, true, false, false},
		/* pending */ {true, false, true, false, false},
		/* closed  */ {true, false, false, false, false},
	};
	struct err e;
	MUST(db_begin(s->db, &e));
	for (size_t from = 0; from < 3; from++)
		for (size_t to = 0; to < 5; to++) {
			struct ticket t;
			int64_t id = add_ticket(s->db, NULL, "a@b.example");
			char *put = mem_fmt("UPDATE ticket SET status = '%s', closed = %s, wakes = 5000 WHERE id = %lld", states[from], from == 2 ? "900" : "NULL", (long long)id);
			sql(s->db, put);
			free(put);
			assert_int_equal(ticket_get(s->db, id, &t, &e), 1);
			e.kind = ERR_NONE;
			bool ok = ticket_set_status(s->db, &t, states[to], 2000, &e);
			ticket_free(&t);
			if (ok != lawful[from][to] || (!ok && e.kind != ERR_INPUT))
				fail_msg("%s to %s: %d, %s", states[from], states[to], ok, e.text);
			assert_int_equal(ticket_get(s->db, id, &t, &e), 1);
			assert_string_equal(t.status, ok ? states[to] : states[from]);
			assert_int_equal(t.updated, ok ? 2000 : 1000);
			assert_int_equal(t.closed, ok ? (to == 2 ? 2000 : 0) : (from == 2 ? 900 : 0));
			assert_int_equal(t.wakes, ok ? 0 : 5000);
			ticket_free(&t);
		}
	db_rollback(s->db);
}

static void topic_owner_and_time_change(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct ticket t;
	MUST(db_begin(s->db, &e));
	int64_t id = add_ticket(s->db, "mobility", "a@b.example"), other = add_ticket(s->db, "mobility", "a@b.example");
	MUST(ticket_set_owner(s->db, id, "bo@uni.example", 1001, &e));
	assert_int_equal(ticket_get(s->db, id, &t, &e), 1);
	assert_string_equal(t.owner, "bo@uni.example");
	assert_int_equal(t.updated, 1001);
	ticket_free(&t);
	MUST(ticket_set_topic(s->db, id, "agreements", 1002, &e));
	assert_int_equal(ticket_get(s->db, id, &t, &e), 1);
	assert_string_equal(t.topic, "agreements");
	assert_null(t.owner); /* the new topic's people do not work for the old owner */
	assert_true(t.confidence >= 1); /* a person has said so */
	assert_int_equal(t.updated, 1002);
	ticket_free(&t);
	MUST(ticket_set_topic(s->db, id, NULL, 1003, &e));
	MUST(ticket_touch(s->db, id, 1004, &e));
	assert_int_equal(ticket_get(s->db, id, &t, &e), 1);
	assert_null(t.topic);
	assert_int_equal(t.updated, 1004);
	ticket_free(&t);
	assert_int_equal(ticket_get(s->db, other, &t, &e), 1);
	assert_string_equal(t.topic, "mobility"); /* nobody else's */
	assert_int_equal(t.updated, 1000);
	ticket_free(&t);
	db_rollback(s->db);
}

/* --- all that may change, at once --- */

static void set(char **field, const char *s)
{
	free(*field);
	*field = mem_dup(s);
}

static void all_that_may_change_is_saved(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct ticket t, was;
	MUST(db_begin(s->db, &e));
	int64_t id = add_ticket(s->db, "mobility", "a@b.example"), other = add_ticket(s->db, "mobility", "a@b.example");
	assert_int_equal(ticket_get(s->db, id, &t, &e), 1);
	set(&t.status, "pending");
	set(&t.topic, NULL);
	set(&t.second_topic, "agreements");
	set(&t.owner, "bo@uni.example");
	set(&t.answer_addr, "svar@b.example");
	set(&t.subject, "cannot change");
	t.confidence = 1;
	t.linked = other;
	t.wakes = 5000;
	t.answered = 1500;
	t.spam = true;
	MUST(ticket_save(s->db, &t, 2000, &e));
	assert_int_equal(ticket_get(s->db, id, &was, &e), 1);
	assert_string_equal(was.status, "pending");
	assert_null(was.topic);
	assert_string_equal(was.second_topic, "agreements");
	assert_string_equal(was.owner, "bo@uni.example");
	assert_string_equal(was.answer_addr, "svar@b.example");
	assert_string_equal(was.subject, "Fråga");
	assert_true(was.confidence >= 1);
	assert_int_equal(was.linked, other);
	assert_int_equal(was.wakes, 5000);
	assert_int_equal(was.answered, 1500);
	assert_int_equal(was.merged, 0);
	assert_int_equal(was.closed, 0);
	assert_true(was.spam);
	assert_int_equal(was.updated, 2000);
	ticket_free(&was);
	set(&t.owner, NULL);
	t.linked = t.answered = 0;
	t.spam = false;
	MUST(ticket_save(s->db, &t, 2001, &e));
	assert_int_equal(ticket_get(s->db, id, &was, &e), 1);
	assert_null(was.owner);
	assert_int_equal(was.linked, 0);
	assert_int_equal(was.answered, 0);
	assert_false(was.spam);
	ticket_free(&was);
	set(&t.status, "gone");
	assert_false(ticket_save(s->db, &t, 2002, &e));
	set(&t.status, "open");
	t.id = 99;
	assert_false(ticket_save(s->db, &t, 2002, &e));
	ticket_free(&t);
	assert_int_equal(ticket_get(s->db, other, &was, &e), 1);
	assert_int_equal(was.updated, 1000);
	ticket_free(&was);
	db_rollback(s->db);
}

/* When it was closed goes with the state, whoever saves; only a pending one wakes. */
static void a_state_brings_its_times(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	static const struct {
		const char *status;
		int64_t closed, wakes, now, want_closed, want_wakes;
	} steps[] = {
		{"pending", 0, 5000, 1001, 0, 5000}, {"closed", 0, 5000, 1002, 1002, 0}, {"closed", 0, 0, 1003, 1002, 0}, {"closed", 1002, 0, 1004, 1002, 0},
		{"open", 1002, 5000, 1005, 0, 0},    {"closed", 900, 0, 1006, 900, 0},   {"pending", 0, 0, 1007, 0, 0},   {"closed", 0, 0, 1008, 1008, 0},
	};
	MUST(db_begin(s->db, &e));
	int64_t id = add_ticket(s->db, "mobility", "a@b.example");
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct ticket t;
		assert_int_equal(ticket_get(s->db, id, &t, &e), 1);
		set(&t.status, steps[i].status);
		t.closed = steps[i].closed;
		t.wakes = steps[i].wakes;
		MUST(ticket_save(s->db, &t, steps[i].now, &e));
		ticket_free(&t);
		assert_int_equal(ticket_get(s->db, id, &t, &e), 1);
		if (t.closed != steps[i].want_closed || t.wakes != steps[i].want_wakes)
			fail_msg("step %zu: closed %lld, wakes %lld", i, (long long)t.closed, (long long)t.wakes);
		ticket_free(&t);
	}
	db_rollback(s->db);
}

static bool merge(struct db *d, int64_t id, int64_t into)
{
	struct err e = {0};
	struct ticket t;
	assert_int_equal(ticket_get(d, id, &t, &e), 1);
	set(&t.status, "closed");
	t.merged = into;
	bool ok = ticket_save(d, &t, 2000, &e);
	if (!ok)
		assert_int_equal(e.kind, ERR_INPUT);
	ticket_free(&t);
	return ok;
}

static void a_merged_ticket_leads_to_one_that_stands(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	int64_t final;
	MUST(db_begin(s->db, &e));
	for (int i = 0; i < 12; i++)
		add_ticket(s->db, NULL, "a@b.example");
	MUST(ticket_final(s->db, 7, &final, &e));
	assert_int_equal(final, 7);
	MUST(ticket_final(s->db, 99, &final, &e));
	assert_int_equal(final, 0);
	assert_true(merge(s->db, 2, 1));
	assert_false(merge(s->db, 1, 2)); /* into itself by way of another */
	assert_false(merge(s->db, 1, 1));
	assert_false(merge(s->db, 1, 99));
	MUST(ticket_final(s->db, 2, &final, &e));
	assert_int_equal(final, 1);
	sql(s->db, "UPDATE ticket SET merged = NULL");
	for (int64_t i = 1; i < 12; i++)
		assert_true(merge(s->db, i, i + 1)); /* one after the other, as chance will have it */
	for (int64_t i = 1; i <= 12; i++) {
		MUST(ticket_final(s->db, i, &final, &e));
		assert_int_equal(final, 12);
	}
	assert_false(merge(s->db, 12, 1));
	sql(s->db, "UPDATE ticket SET merged = 1 WHERE id = 12"); /* even then it ends */
	MUST(ticket_final(s->db, 1, &final, &e));
	db_rollback(s->db);
}

static void a_spammer_is_known(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	bool yes;
	MUST(db_begin(s->db, &e));
	add_ticket(s->db, NULL, "anna@partner.example");
	add_ticket(s->db, NULL, "Win@Spam.Example");
	add_ticket(s->db, NULL, "");
	MUST(ticket_spammer(s->db, "win@spam.example", &yes, &e));
	assert_false(yes);
	sql(s->db, "UPDATE ticket SET spam = 1 WHERE id = 2");
	MUST(ticket_spammer(s->db, "win@spam.example", &yes, &e));
	assert_true(yes);
	MUST(ticket_spammer(s->db, "anna@partner.example", &yes, &e));
	assert_false(yes);
	MUST(ticket_spammer(s->db, "", &yes, &e));
	assert_false(yes);
	db_rollback(s->db);
}

/* --- lists and search --- */

static bool collect(void *ctx, const struct ticket *t)
{
	buf_addf(ctx, "%lld ", (long long)t->id);
	return true;
}

static bool collect_one(void *ctx, const struct ticket *t)
{
	buf_addf(ctx, "%lld ", (long long)t->id);
	return false;
}

static void lists_filter(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	static const struct {
		const char *topic, *status;
	} tickets[] = {{"mobility", "open"}, {NULL, "open"}, {"mobility", "closed"}, {"agreements", "pending"}, {NULL, "closed"}};
	static const struct {
		const char *status, *topic, *want;
	} cases[] = {
		{NULL, NULL, "1 2 3 4 5 "},     {"open", NULL, "1 2 "},     {"pending", NULL, "4 "},    {"closed", NULL, "3 5 "},
		{NULL, "mobility", "1 3 "},     {"open", "mobility", "1 "}, {NULL, "triage", "2 5 "},   {"closed", "triage", "5 "},
		{"pending", "mobility", ""},    {NULL, "nothing", ""},      {"nothing", NULL, ""},
	};
	MUST(db_begin(s->db, &e));
	for (size_t i = 0; i < sizeof tickets / sizeof *tickets; i++) {
		char *put = mem_fmt("UPDATE ticket SET status = '%s' WHERE id = %lld", tickets[i].status, (long long)add_ticket(s->db, tickets[i].topic, "a@b.example"));
		sql(s->db, put);
		free(put);
	}
	MUST(db_commit(s->db, &e));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = {0};
		buf_adds(&b, "");
		MUST(ticket_list(s->db, cases[i].status, cases[i].topic, collect, &b, &e));
		if (strcmp(b.s, cases[i].want) != 0)
			fail_msg("%s, %s: %s", cases[i].status ? cases[i].status : "any", cases[i].topic ? cases[i].topic : "any", b.s);
		buf_free(&b);
	}
	struct buf b = {0};
	MUST(ticket_list(s->db, NULL, NULL, collect_one, &b, &e));
	assert_string_equal(b.s, "1 ");
	MUST(ticket_list(s->db, NULL, NULL, collect_one, &b, &e)); /* a walk that was left begins anew */
	assert_string_equal(b.s, "1 1 ");
	buf_free(&b);
}

static void sleepers_wake_in_time(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	static const struct {
		const char *status, *wakes;
	} tickets[] = {{"pending", "3000"}, {"pending", "NULL"}, {"open", "NULL"}, {"pending", "2000"}, {"pending", "3001"}, {"open", "1000"}};
	struct buf b = {0};
	MUST(db_begin(s->db, &e));
	for (size_t i = 0; i < sizeof tickets / sizeof *tickets; i++) {
		char *put = mem_fmt("UPDATE ticket SET status = '%s', wakes = %s WHERE id = %lld", tickets[i].status, tickets[i].wakes,
		                    (long long)add_ticket(s->db, NULL, "a@b.example"));
		sql(s->db, put);
		free(put);
	}
	buf_adds(&b, "");
	MUST(ticket_waking(s->db, 1999, collect, &b, &e));
	assert_string_equal(b.s, "");
	MUST(ticket_waking(s->db, 3000, collect, &b, &e));
	assert_string_equal(b.s, "4 1 ");
	MUST(ticket_waking(s->db, 3000, collect_one, &b, &e));
	assert_string_equal(b.s, "4 1 4 ");
	buf_free(&b);
	db_rollback(s->db);
}

static void search_takes_what_people_type(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	MUST(db_begin(s->db, &e));
	static const struct {
		const char *subject, *text;
	} mails[] = {
		{"Samarbetsavtal med Umeå", "Hej, vi vill förnya vårt avtal. Hälsningar, Åsa"},         /* 1 */
		{"Learning agreement", "My learning agreement is missing; the deadline is 2026-05-15."}, /* 2 */
		{"Agreement on learning", "A general question about learning, and an agreement"},        /* 3 */
		{"Hall in Hallstavik", "NOT a NEAR miss AND no operator OR anything"},                   /* 4 */
	};
	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++)
		add_message(s->db, add_ticket(s->db, NULL, "a@b.example"), mails[i].subject, mails[i].text, "r", 1);
	add_message(s->db, 1, "Re: Samarbetsavtal", "ett mejl till i samma ärende", "r", 1);
	MUST(db_commit(s->db, &e));
	static const struct {
		const char *words, *want, *why;
	} cases[] = {
		{"samarbetsavtal", "1 ", "a word, and the ticket once"},
		{"SAMARBETSAVTAL", "1 ", "case"},
		{"samarbets", "", "a whole word"},
		{"samarbets*", "1 ", "a prefix"},
		{"umeå", "1 ", "å"},
		{"UMEÅ", "1 ", "Å"},
		{"umea", "", "å is not a"},
		{"åsa förnya", "1 ", "two words in any order"},
		{"åsa agreement", "", "both must be there"},
		{"learning agreement", "2 3 ", "words anywhere"},
		{"\"learning agreement\"", "2 ", "a phrase"},
		{"\"agreement learning\"", "", "a phrase has an order"},
		{"\"learning agreement", "2 ", "a phrase that is not closed"},
		{"\"learning agreement\"missing", "2 ", "a word right behind a phrase"},
		{"lear* \"deadline is\"", "2 ", "both kinds"},
		{"2026-05-15", "2 ", "signs between"},
		{"NOT", "4 ", "an operator is a word"},
		{"AND OR NEAR", "4 ", "operators are words"},
		{"NEAR(miss, 2)", "", "no syntax: '2' is not there"},
		{"hall AND", "4 ", "an operator at the end"},
		{"subject:learning", "", "no column filter"},
		{"-hall", "4 ", "no exclusion"},
		{"^hall", "4 ", "no anchor"},
		{"(hall", "4 ", "an open bracket"},
		{"hall\"", "4 ", "a quote at the end"},
		{"ha\"ll", "", "a quote in the middle: two words in a row"},
		{"hall'; DROP TABLE ticket --", "", "no SQL"},
		{"hall * ** ?", "4 ", "signs alone are nothing"},
		{"hall \"\" \"", "4 ", "empty phrases are nothing"},
		{"partner.example", "1 2 3 4 ", "the writer's address"},
		{"berg", "1 2 3 4 ", "the writer's name"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = {0};
		buf_adds(&b, "");
		if (!ticket_search(s->db, cases[i].words, collect, &b, &e))
			fail_msg("%s: '%s': %s", cases[i].why, cases[i].words, e.text);
		if (strcmp(b.s, cases[i].want) != 0)
			fail_msg("%s: '%s' gave %s", cases[i].why, cases[i].words, b.s);
		buf_free(&b);
	}
	static const char *const nothing[] = {"", "   ", "*", "\"", "\"\"", "\"*\"", "- ( ) ^ \" :", "\xff\xfe"};
	for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
		struct buf b = {0};
		if (ticket_search(s->db, nothing[i], collect, &b, &e) || e.kind != ERR_INPUT || !strstr(e.text, "no word to search for"))
			fail_msg("'%s' was searched for", nothing[i]);
		buf_free(&b);
	}
}

/* Whatever is typed is either searched for or refused as nothing: never a malformed query. */
static void search_never_breaks(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	static const char *const pieces[] = {"\"", "*", "a", " ", "(", ")", "^", ":", "-", "+", "AND", "NEAR/2", "{", "}", ",", "å", "'", "\\", "\xff"};
	enum { N = sizeof pieces / sizeof *pieces };
	for (unsigned i = 0; i < N * N * N * N; i += 3) {
		struct buf b = {0}, found = {0};
		for (unsigned k = i, n = 0; n < 4; n++, k /= N)
			buf_adds(&b, pieces[k % N]);
		e.kind = ERR_NONE;
		if (!ticket_search(s->db, b.s, collect, &found, &e) && e.kind != ERR_INPUT)
			fail_msg("'%s': %s", b.s, e.text);
		buf_free(&b);
		buf_free(&found);
	}
}

/* --- history and people --- */

static bool collect_event(void *ctx, int64_t line, int64_t time, const char *actor, const char *what)
{
	(void)line;
	buf_addf(ctx, "%lld %s %s|", (long long)time, actor, what);
	return true;
}

static void history_is_kept_in_order(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct buf b = {0};
	MUST(db_begin(s->db, &e));
	int64_t a = add_ticket(s->db, NULL, "a@b.example"), other = add_ticket(s->db, NULL, "a@b.example");
	MUST(event_add(s->db, a, 30, "desk", "opened", &e));
	MUST(event_add(s->db, other, 31, "desk", "another's", &e));
	MUST(event_add(s->db, a, 20, "admin bo", "moved back in time", &e));
	MUST(event_list(s->db, a, collect_event, &b, &e));
	assert_string_equal(b.s, "30 desk opened|20 admin bo moved back in time|");
	assert_false(event_add(s->db, 99, 1, "desk", "of no ticket", &e));
	buf_free(&b);
	db_rollback(s->db);
}

static void the_first_role_wins_but_staff_have_the_ticket(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct strs l = {0};
	bool yes;
	MUST(db_begin(s->db, &e));
	int64_t a = add_ticket(s->db, NULL, "a@b.example"), other = add_ticket(s->db, NULL, "a@b.example");
	MUST(participant_add(s->db, a, "Anna@Partner.Example", "Anna", "requester", &e));
	MUST(participant_add(s->db, a, "anna@partner.example", "A", "staff", &e));
	MUST(participant_add(s->db, a, "bo@uni.example", "", "staff", &e));
	MUST(participant_add(s->db, a, "cia@uni.example", "", "staff", &e));
	MUST(participant_add(s->db, a, "cia@uni.example", "", "cc", &e));
	MUST(participant_add(s->db, a, "Dan@uni.example", "Dan", "cc", &e)); /* the requester wrote to him as well */
	MUST(participant_add(s->db, a, "dan@uni.example", "", "staff", &e));
	MUST(participant_list(s->db, a, "requester", &l, &e));
	MUST(participant_list(s->db, a, "staff", &l, &e));
	MUST(participant_list(s->db, a, "cc", &l, &e));
	assert_int_equal(l.n, 4);
	assert_string_equal(l.v[0], "anna@partner.example");
	assert_string_equal(l.v[1], "bo@uni.example");
	assert_string_equal(l.v[2], "cia@uni.example");
	assert_string_equal(l.v[3], "dan@uni.example");
	strs_free(&l);
	MUST(participant_is(s->db, a, "ANNA@partner.example", &yes, &e));
	assert_true(yes);
	MUST(participant_is(s->db, a, "anna@partner.exampl", &yes, &e));
	assert_false(yes);
	MUST(participant_is(s->db, other, "anna@partner.example", &yes, &e));
	assert_false(yes);
	MUST(participant_drop_staff(s->db, a, &e));
	MUST(participant_list(s->db, a, "staff", &l, &e));
	assert_int_equal(l.n, 0);
	MUST(participant_is(s->db, a, "anna@partner.example", &yes, &e));
	assert_true(yes);
	assert_false(participant_add(s->db, a, "x@y.example", "", "boss", &e)); /* no such role */
	db_rollback(s->db);
}

static bool collect_person(void *ctx, const struct participant *p)
{
	buf_addf(ctx, "%s (%s) %s%s%s|", p->addr, p->name, p->role, p->bad ? " bad: " : "", p->bad ? p->bad : "");
	return true;
}

static bool collect_one_person(void *ctx, const struct participant *p)
{
	collect_person(ctx, p);
	return false;
}

static void people_are_told_with_their_roles(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct buf b = {0};
	char *role;
	MUST(db_begin(s->db, &e));
	int64_t a = add_ticket(s->db, NULL, "a@b.example"), other = add_ticket(s->db, NULL, "a@b.example");
	MUST(participant_add(s->db, other, "anna@partner.example", "Anna", "requester", &e));
	MUST(participant_add(s->db, a, "Anna@partner.example", "Anna", "requester", &e));
	MUST(participant_add(s->db, a, "cc@partner.example", "C", "cc", &e));
	MUST(participant_bad(s->db, a, "CC@partner.example", "no such user", &e));
	MUST(participant_each(s->db, a, collect_person, &b, &e));
	assert_string_equal(b.s, "anna@partner.example (Anna) requester|cc@partner.example (C) cc bad: no such user|");
	MUST(participant_bad(s->db, a, "cc@partner.example", NULL, &e));
	MUST(participant_drop(s->db, a, "Anna@Partner.example", &e));
	MUST(participant_drop(s->db, a, "nobody@partner.example", &e));
	buf_clear(&b);
	MUST(participant_each(s->db, a, collect_person, &b, &e));
	assert_string_equal(b.s, "cc@partner.example (C) cc|");
	buf_clear(&b);
	MUST(participant_each(s->db, other, collect_one_person, &b, &e));
	MUST(participant_each(s->db, other, collect_one_person, &b, &e));
	assert_string_equal(b.s, "anna@partner.example (Anna) requester|anna@partner.example (Anna) requester|");
	buf_free(&b);
	MUST(participant_role(s->db, other, "ANNA@partner.example", &role, &e));
	assert_string_equal(role, "requester");
	free(role);
	MUST(participant_role(s->db, a, "anna@partner.example", &role, &e));
	assert_null(role);
	db_rollback(s->db);
}

/* What a second role does to the first. */
static void roles_rise_and_never_fall(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	static const char *const roles[] = {"requester", "cc", "staff", "part", "watch"};
	enum { ROLES = 5 };
	static const char *const then[ROLES][ROLES] = {
		/* then:           requester    cc           staff        part         watch */
		/* requester */ {"requester", "requester", "requester", "requester", "requester"},
		/* cc        */ {"cc", "cc", "staff", "cc", "cc"},
		/* staff     */ {"staff", "staff", "staff", "staff", "staff"},
		/* part      */ {"part", "part", "staff", "part", "watch"},
		/* watch     */ {"watch", "watch", "staff", "watch", "watch"},
	};
	MUST(db_begin(s->db, &e));
	for (size_t i = 0; i < ROLES; i++)
		for (size_t k = 0; k < ROLES; k++) {
			char *role;
			int64_t a = add_ticket(s->db, NULL, "a@b.example");
			MUST(participant_add(s->db, a, "x@y.example", "", roles[i], &e));
			MUST(participant_add(s->db, a, "X@y.example", "", roles[k], &e));
			MUST(participant_role(s->db, a, "x@y.example", &role, &e));
			if (strcmp(role, then[i][k]) != 0)
				fail_msg("%s, then %s: %s", roles[i], roles[k], role);
			free(role);
		}
	db_rollback(s->db);
}

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, temp_store_open, temp_store_close)
	const struct CMUnitTest tests[] = {
		STORE_TEST(numbers_have_no_gaps),
		STORE_TEST(all_fields_come_back),
		STORE_TEST(only_lawful_changes),
		STORE_TEST(topic_owner_and_time_change),
		STORE_TEST(all_that_may_change_is_saved),
		STORE_TEST(a_state_brings_its_times),
		STORE_TEST(a_merged_ticket_leads_to_one_that_stands),
		STORE_TEST(a_spammer_is_known),
		STORE_TEST(lists_filter),
		STORE_TEST(sleepers_wake_in_time),
		STORE_TEST(search_takes_what_people_type),
		STORE_TEST(search_never_breaks),
		STORE_TEST(history_is_kept_in_order),
		STORE_TEST(the_first_role_wins_but_staff_have_the_ticket),
		STORE_TEST(people_are_told_with_their_roles),
		STORE_TEST(roles_rise_and_never_fall),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
