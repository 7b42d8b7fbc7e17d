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
	     addr[] = "Anna@Partner.Example";
	struct ticket in = {.topic = topic, .second_topic = second, .confidence = 0.93, .lang = lang, .subject = subject, .requester_name = name,
	                    .requester_addr = addr, .internal = true, .created = 1234567890123};
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
	ticket_free(&out);
	assert_int_equal(ticket_get(s->db, in.id, &out, &e), 1);
	assert_null(out.topic);
	assert_null(out.second_topic);
	assert_null(out.lang);
	assert_int_equal(out.linked, first);
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
			char *put = mem_fmt("UPDATE ticket SET status = '%s' WHERE id = %lld", states[from], (long long)id);
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

static bool collect_event(void *ctx, int64_t time, const char *actor, const char *what)
{
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

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, temp_store_open, temp_store_close)
	const struct CMUnitTest tests[] = {
		STORE_TEST(numbers_have_no_gaps),
		STORE_TEST(all_fields_come_back),
		STORE_TEST(only_lawful_changes),
		STORE_TEST(topic_owner_and_time_change),
		STORE_TEST(lists_filter),
		STORE_TEST(search_takes_what_people_type),
		STORE_TEST(search_never_breaks),
		STORE_TEST(history_is_kept_in_order),
		STORE_TEST(the_first_role_wins_but_staff_have_the_ticket),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
