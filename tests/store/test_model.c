#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/model.h"
#include "store/temp_store.h"

static int64_t add(struct db *d, int64_t made)
{
	struct err e;
	char figures[] = "{}", verdict[] = "good";
	const struct model_row r = {.made = made, .upto = made * 2, .lessons = 30, .figures = figures, .verdict = verdict};
	struct buf bytes = {0};
	int64_t id = 0;
	buf_addf(&bytes, "model of %lld", (long long)made);
	MUST(db_begin(d, &e));
	MUST(model_add(d, &r, &bytes, &id, &e));
	MUST(db_commit(d, &e));
	buf_free(&bytes);
	return id;
}

static bool use(struct db *d, int64_t id, bool back)
{
	struct err e;
	MUST(db_begin(d, &e));
	return db_end(d, model_use(d, id, back, &e), &e);
}

static int64_t in_use(struct db *d)
{
	struct err e;
	int64_t id = -1;
	MUST(model_in_use(d, &id, &e));
	return id;
}

static int64_t before(struct db *d, int64_t id)
{
	struct err e;
	struct model_row r;
	assert_int_equal(model_get(d, id, &r, &e), 1);
	int64_t b = r.before;
	model_row_free(&r);
	return b;
}

static void one_is_in_use_and_knows_what_was_before(void **state)
{
	struct db *d = ((struct temp_store *)*state)->db;
	assert_int_equal(in_use(d), 0);
	assert_false(use(d, 1, false)); /* there is none */
	assert_false(use(d, 0, false)); /* it is already */
	int64_t a = add(d, 100), b = add(d, 200);
	assert_int_equal(in_use(d), 0); /* made is not used */
	assert_true(use(d, a, false));
	assert_int_equal(in_use(d), a);
	assert_int_equal(before(d, a), 0);
	assert_true(use(d, b, false));
	assert_int_equal(in_use(d), b);
	assert_int_equal(before(d, b), a);
	assert_false(use(d, b, false));
	assert_true(use(d, a, true)); /* back; and what was before that one stays */
	assert_int_equal(before(d, a), 0);
	assert_true(use(d, 0, true));
	assert_int_equal(in_use(d), 0);
}

static void a_row_comes_back_as_it_went_in(void **state)
{
	struct db *d = ((struct temp_store *)*state)->db;
	struct err e;
	struct model_row r;
	struct buf bytes = {0};
	int64_t id = add(d, 100);
	assert_int_equal(model_get(d, id, &r, &e), 1);
	assert_int_equal(r.made, 100);
	assert_int_equal(r.upto, 200);
	assert_int_equal(r.lessons, 30);
	assert_string_equal(r.figures, "{}");
	assert_string_equal(r.verdict, "good");
	assert_int_equal(r.bytes, strlen("model of 100"));
	model_row_free(&r);
	MUST(model_bytes(d, id, &bytes, &e));
	assert_string_equal(bytes.s, "model of 100");
	buf_free(&bytes);
	assert_int_equal(model_get(d, id + 1, &r, &e), 0);
	assert_false(model_bytes(d, id + 1, &bytes, &e));
	assert_int_equal(e.kind, ERR_INPUT);
}

static bool count(void *ctx, const struct model_row *r)
{
	*(int *)ctx += r->bytes > 0;
	return true;
}

static void old_ones_leave_their_figures_alone(void **state)
{
	struct db *d = ((struct temp_store *)*state)->db;
	struct err e;
	struct buf bytes = {0};
	int kept = 0;
	int64_t before_it = add(d, 1), live = add(d, 2);
	assert_true(use(d, before_it, false) && use(d, live, false));
	int64_t old = add(d, 3);
	for (int i = 0; i < MODELS_KEPT; i++)
		add(d, 10 + i);
	MUST(model_list(d, count, &kept, &e));
	assert_int_equal(kept, MODELS_KEPT + 2); /* what is in use and the way back from it stay as well */
	assert_false(model_bytes(d, old, &bytes, &e));
	assert_false(use(d, old, false));
	assert_int_equal(in_use(d), live);
	MUST(model_bytes(d, before_it, &bytes, &e));
	buf_free(&bytes);
	assert_int_equal(sql_number(d, "SELECT count(*) FROM model"), MODELS_KEPT + 3);
}

static void breach(void *ctx, const char *invariant, const char *what, const char *todo)
{
	(void)what;
	(void)todo;
	*(bool *)ctx = *(bool *)ctx || strcmp(invariant, "the model in use is kept") == 0;
}

static void verify_knows_one_in_use_that_is_gone(void **state)
{
	struct db *d = ((struct temp_store *)*state)->db;
	struct err e;
	bool found = false;
	int64_t id = add(d, 1);
	assert_true(use(d, id, false));
	MUST(db_verify(d, breach, &found, &e));
	assert_false(found);
	sql(d, "UPDATE model SET bytes = NULL");
	MUST(db_verify(d, breach, &found, &e));
	assert_true(found);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, temp_store_open, temp_store_close)
	const struct CMUnitTest tests[] = {T(one_is_in_use_and_knows_what_was_before), T(a_row_comes_back_as_it_went_in), T(old_ones_leave_their_figures_alone),
	                                   T(verify_knows_one_in_use_that_is_gone)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
