#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/health.h"
#include "store/temp_store.h"

static void notes_are_kept(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	static const struct {
		int64_t now;
		const char *error; /* NULL: a success */
		int64_t ok, failed;
		const char *told;
		const char *why;
	} steps[] = {
		{1000, NULL, 1000, 0, "", "a first success"},
		{1030, NULL, 1000, 0, "", "written at most once a minute"},
		{1060, NULL, 1060, 0, "", "a minute later"},
		{1070, "refused", 1060, 1070, "refused", "a failure, at once"},
		{1071, "timeout", 1060, 1071, "timeout", "another one"},
		{1072, NULL, 1072, 0, "", "a success after a failure, at once"},
		{500, NULL, 500, 0, "", "the clock was put back"},
	};
	struct health h;
	MUST(health_get(s->db, "imap", &h, &e));
	assert_true(h.ok == 0 && h.failed == 0 && !h.error);
	health_free(&h);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		health_note(s->db, "imap", steps[i].now, steps[i].error);
		MUST(health_get(s->db, "imap", &h, &e));
		if (h.ok != steps[i].ok || h.failed != steps[i].failed || strcmp(h.error ? h.error : "", steps[i].told) != 0)
			fail_msg("%s: ok %lld, failed %lld, %s", steps[i].why, (long long)h.ok, (long long)h.failed, h.error);
		health_free(&h);
		assert_false(s->db->writing);
	}
	MUST(health_get(s->db, "smtp", &h, &e)); /* the other side is its own */
	assert_true(h.ok == 0 && h.failed == 0);
	health_free(&h);
}

static void a_note_never_stops_the_work(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct health h;
	MUST(db_begin(s->db, &e));
	int64_t t = add_ticket(s->db, NULL, "a@b.example");
	health_note(s->db, "smtp", 1000, "x"); /* inside another's transaction: let go */
	MUST(db_commit(s->db, &e));
	assert_int_equal(t, sql_number(s->db, "SELECT max(id) FROM ticket"));
	MUST(health_get(s->db, "smtp", &h, &e));
	assert_int_equal(h.failed, 0);
	health_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(notes_are_kept, temp_store_open, temp_store_close),
		cmocka_unit_test_setup_teardown(a_note_never_stops_the_work, temp_store_open, temp_store_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
