#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/change.h"
#include "store/temp_store.h"

static struct ticket get(struct db *d, int64_t id)
{
	struct err e;
	struct ticket t;
	assert_int_equal(ticket_get(d, id, &t, &e), 1);
	return t;
}

static void put(char **field, const char *s)
{
	free(*field);
	*field = mem_dup(s);
}

static void same(const struct ticket *a, const struct ticket *b)
{
	assert_int_equal(a->id, b->id);
	assert_string_equal(a->status, b->status);
	assert_string_equal(a->topic ? a->topic : "-", b->topic ? b->topic : "-");
	assert_string_equal(a->second_topic ? a->second_topic : "-", b->second_topic ? b->second_topic : "-");
	assert_true(a->confidence - b->confidence < 1e-5 && b->confidence - a->confidence < 1e-5);
	assert_string_equal(a->subject, b->subject);
	assert_string_equal(a->requester_addr, b->requester_addr);
	assert_string_equal(a->owner ? a->owner : "-", b->owner ? b->owner : "-");
	assert_int_equal(a->linked, b->linked);
	assert_int_equal(a->created, b->created);
	assert_int_equal(a->wakes, b->wakes);
	assert_int_equal(a->closed, b->closed);
	assert_int_equal(a->merged, b->merged);
	assert_int_equal(a->answered, b->answered);
	assert_string_equal(a->answer_addr ? a->answer_addr : "-", b->answer_addr ? b->answer_addr : "-");
	assert_int_equal(a->spam, b->spam);
}

/* Every field that may change, there and back, by way of the store. */
static void what_was_comes_back(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	MUST(db_begin(s->db, &e));
	int64_t a = add_ticket(s->db, "mobility", "a@b.example"), b = add_ticket(s->db, NULL, "a@b.example");
	struct ticket t = get(s->db, a);
	put(&t.status, "pending");
	put(&t.second_topic, "avtal \"å\"");
	put(&t.owner, "bo@uni.example");
	put(&t.answer_addr, "anna@b.example");
	t.confidence = 0.123456;
	t.linked = b;
	t.wakes = 5000;
	t.answered = 1200;
	MUST(ticket_save(s->db, &t, 2000, &e));
	ticket_free(&t);
	struct ticket before = get(s->db, a);
	MUST(change_add(s->db, &before, "bo@uni.example", "merged", "{\"messages\": [1]}", 3000, &e));
	t = get(s->db, a);
	put(&t.status, "closed");
	put(&t.topic, NULL);
	put(&t.second_topic, NULL);
	put(&t.owner, NULL);
	put(&t.answer_addr, NULL);
	t.confidence = 1;
	t.linked = t.wakes = t.answered = 0;
	t.merged = b;
	t.spam = true;
	MUST(ticket_save(s->db, &t, 3000, &e));
	ticket_free(&t);
	struct ticket after = get(s->db, a), was;
	assert_int_equal(after.closed, 3000);
	assert_int_equal(after.merged, b);
	struct change c;
	assert_int_equal(change_last(s->db, a, "BO@uni.example", &c, &e), 1);
	assert_int_equal(c.ticket, a);
	assert_int_equal(c.time, 3000);
	assert_string_equal(c.actor, "bo@uni.example");
	assert_string_equal(c.what, "merged");
	assert_string_equal(c.extra, "{\"messages\": [1]}");
	assert_false(c.passed);
	MUST(change_restore(s->db, &c, &was, &e));
	same(&was, &before);
	MUST(ticket_save(s->db, &was, 4000, &e));
	ticket_free(&was);
	was = get(s->db, a);
	same(&was, &before);
	assert_int_equal(was.updated, 4000);
	MUST(change_undone(s->db, c.id, 4000, &e));
	assert_false(change_undone(s->db, c.id, 4001, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	change_free(&c);
	assert_int_equal(change_last(s->db, a, "bo@uni.example", &c, &e), 0);
	MUST(change_add(s->db, &after, "bo@uni.example", "reopened", NULL, 5000, &e)); /* back to closed, with the time that it had */
	assert_int_equal(change_last(s->db, a, "bo@uni.example", &c, &e), 1);
	assert_null(c.extra);
	ticket_free(&was);
	MUST(change_restore(s->db, &c, &was, &e));
	MUST(ticket_save(s->db, &was, 6000, &e));
	ticket_free(&was);
	was = get(s->db, a);
	same(&was, &after);
	change_free(&c);
	ticket_free(&was);
	ticket_free(&before);
	ticket_free(&after);
	db_rollback(s->db);
}

static void each_takes_back_their_own(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct change c;
	static const struct {
		int64_t ticket;
		const char *actor, *what;
	} changes[] = {{1, "bo@uni.example", "1"}, {1, "cia@uni.example", "2"}, {1, "bo@uni.example", "3"}, {2, "dan@uni.example", "4"}, {1, "cia@uni.example", "5"}};
	MUST(db_begin(s->db, &e));
	add_ticket(s->db, NULL, "a@b.example");
	add_ticket(s->db, NULL, "a@b.example");
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		struct ticket t = get(s->db, changes[i].ticket);
		MUST(change_add(s->db, &t, changes[i].actor, changes[i].what, NULL, 1000, &e));
		ticket_free(&t);
	}
	static const struct {
		int64_t ticket;
		const char *actor, *what; /* NULL: none */
		bool passed, undo;
	} cases[] = {
		{1, "bo@uni.example", "3", true, false}, /* Cia has changed it since */
		{1, "cia@uni.example", "5", false, true},
		{1, "bo@uni.example", "3", false, true},
		{1, "bo@uni.example", "1", true, false},
		{1, "cia@uni.example", "2", false, true},
		{1, "bo@uni.example", "1", false, true},
		{1, "bo@uni.example", NULL, false, false},
		{1, "dan@uni.example", NULL, false, false},
		{2, "dan@uni.example", "4", false, false},
		{9, "dan@uni.example", NULL, false, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int there = change_last(s->db, cases[i].ticket, cases[i].actor, &c, &e);
		assert_int_equal(there, cases[i].what != NULL);
		if (!there)
			continue;
		if (strcmp(c.what, cases[i].what) != 0 || c.passed != cases[i].passed)
			fail_msg("case %zu: %s, %d", i, c.what, c.passed);
		if (cases[i].undo)
			MUST(change_undone(s->db, c.id, 2000, &e));
		change_free(&c);
	}
	db_rollback(s->db);
}

static void what_cannot_be_read_is_told(void **state)
{
	struct temp_store *s = *state;
	struct err e = {0};
	static const char *const broken[] = {"", "x", "[]", "{}", "{\"status\": null}", "{\"status\": 1}"};
	MUST(db_begin(s->db, &e));
	struct ticket t = get(s->db, add_ticket(s->db, NULL, "a@b.example")), out;
	struct change c;
	MUST(change_add(s->db, &t, "bo@uni.example", "closed", NULL, 1000, &e));
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		char *set = mem_fmt("UPDATE change SET before = '%s'", broken[i]);
		sql(s->db, set);
		free(set);
		assert_int_equal(change_last(s->db, t.id, "bo@uni.example", &c, &e), 1);
		assert_false(change_restore(s->db, &c, &out, &e));
		assert_non_null(strstr(e.text, "cannot be read"));
		change_free(&c);
	}
	t.id = 99;
	assert_false(change_add(s->db, &t, "bo@uni.example", "closed", NULL, 1000, &e)); /* of no ticket */
	ticket_free(&t);
	db_rollback(s->db);
}

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, temp_store_open, temp_store_close)
	const struct CMUnitTest tests[] = {
		STORE_TEST(what_was_comes_back),
		STORE_TEST(each_takes_back_their_own),
		STORE_TEST(what_cannot_be_read_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
