#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/keys.h"
#include "store/temp_store.h"

enum { DAY = 86400 };
static const int64_t T0 = 1750000000;

static struct keys load(struct db *d, int64_t now)
{
	struct err e;
	struct keys k;
	MUST(db_begin(d, &e));
	MUST(keys_load(d, now, &k, &e));
	MUST(db_commit(d, &e));
	return k;
}

/* A requester's token, the one that lives longest, made as the desk would at this time. */
static void make(struct db *d, int64_t now, char out[static TOKEN_TEXT + 1])
{
	struct keys k = load(d, now);
	const struct token_keys keys = {k.v, k.n};
	const struct token t = {.ticket = 7, .purpose = TOKEN_REQUESTER, .expires = now + 731 * (int64_t)DAY};
	assert_true(token_make(&keys, &t, "anna@partner.example", out));
	keys_free(&k);
}

static enum token_fault check(struct db *d, int64_t now, const char *token)
{
	struct keys k = load(d, now);
	const struct token_keys keys = {k.v, k.n};
	struct token t;
	enum token_fault f = token_check(&keys, token, "anna@partner.example", now, &t);
	keys_free(&k);
	return f;
}

static void the_first_key_makes_itself(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct keys k;
	MUST(keys_load(s->db, T0, &k, &e)); /* outside a transaction: nothing is written */
	assert_int_equal(k.n, 0);
	keys_free(&k);
	MUST(db_begin(s->db, &e));
	MUST(keys_load(s->db, T0, &k, &e));
	db_rollback(s->db);
	assert_int_equal(k.n, 1);
	struct keys other = load(s->db, T0);
	assert_int_equal(other.n, 1);
	assert_memory_not_equal(k.v[0].secret, other.v[0].secret, TOKEN_SECRET); /* random, and what was rolled back is gone */
	keys_free(&k);
	k = load(s->db, T0 + 1);
	assert_int_equal(k.n, 1);
	assert_memory_equal(k.v[0].secret, other.v[0].secret, TOKEN_SECRET);
	keys_free(&other);
	MUST(keys_load(s->db, T0 + 400 * (int64_t)DAY, &other, &e)); /* who only reads gets what is there */
	assert_int_equal(other.n, 1);
	keys_free(&other);
	keys_free(&k);
	keys_free(&k);
	struct db *reader = db_open(s->path, DB_READ, &e);
	assert_non_null(reader);
	MUST(keys_load(reader, T0, &k, &e));
	assert_int_equal(k.n, 1);
	keys_free(&k);
	db_close(reader);
}

static void keys_are_renewed_and_tokens_outlive_them(void **state)
{
	struct temp_store *s = *state;
	char old[TOKEN_TEXT + 1], last[TOKEN_TEXT + 1], fresh[TOKEN_TEXT + 1];
	make(s->db, T0, old);
	make(s->db, T0 + 90 * (int64_t)DAY - 1, last); /* the last one of the first key */
	struct keys k = load(s->db, T0 + 90 * (int64_t)DAY - 1);
	assert_int_equal(k.n, 1);
	keys_free(&k);
	make(s->db, T0 + 90 * (int64_t)DAY, fresh);
	k = load(s->db, T0 + 90 * (int64_t)DAY);
	assert_int_equal(k.n, 2);
	assert_int_not_equal(k.v[0].id, k.v[1].id);
	keys_free(&k);
	/* ten years of a desk that writes mail every week: every token is good for all its life, and there are never many keys */
	for (int64_t day = 91; day < 3650; day += 7) {
		char token[TOKEN_TEXT + 1];
		int64_t now = T0 + day * DAY;
		make(s->db, now, token);
		assert_int_equal(check(s->db, now, token), TOKEN_GOOD);
		k = load(s->db, now);
		if (k.n > 10)
			fail_msg("day %lld: %zu keys", (long long)day, k.n);
		for (size_t i = 0; i < k.n; i++)
			for (size_t j = 0; j < i; j++)
				assert_int_not_equal(k.v[i].id, k.v[j].id);
		keys_free(&k);
		enum token_fault first = check(s->db, now, old), one = check(s->db, now, last);
		if ((day <= 731 && first != TOKEN_GOOD) || (day <= 90 + 730 && one != TOKEN_GOOD) || (day > 732 && first == TOKEN_GOOD) || (day > 90 + 733 && one == TOKEN_GOOD))
			fail_msg("day %lld: %s, %s", (long long)day, token_fault_text(first), token_fault_text(one));
		if (day > 90 + 735 && first != TOKEN_NO_KEY && day < 2700)
			fail_msg("day %lld: its key is still handed out", (long long)day);
	}
	assert_true(sql_number(s->db, "SELECT count(*) FROM token_key") <= TOKEN_KEYS);
	assert_true(sql_number(s->db, "SELECT max(seq) FROM token_key") > TOKEN_KEYS); /* numbers went round */
}

/* A clock that is wrong for a moment costs no token that was made before or after. */
static void a_wrong_clock_costs_nothing(void **state)
{
	struct temp_store *s = *state;
	static const int64_t jumps[] = {4000000000, 0, 1, 253402300799, -62135596800, 1750000000 + 89 * (int64_t)DAY};
	char before[TOKEN_TEXT + 1], longer[TOKEN_TEXT + 1], after[TOKEN_TEXT + 1];
	make(s->db, T0 - 700 * (int64_t)DAY, longer);
	for (int64_t day = -690; day < 0; day += 30)
		make(s->db, T0 + day * DAY, before);
	make(s->db, T0, before);
	for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
		struct keys k = load(s->db, jumps[i]);
		assert_true(k.n > 0);
		keys_free(&k);
		make(s->db, T0 + 60, after);
		if (check(s->db, T0 + 60, longer) != TOKEN_GOOD || check(s->db, T0 + 60, before) != TOKEN_GOOD || check(s->db, T0 + 120, after) != TOKEN_GOOD)
			fail_msg("after %lld a token is worthless", (long long)jumps[i]);
		k = load(s->db, T0 + 60);
		int64_t n = (int64_t)k.n;
		keys_free(&k);
		for (int again = 0; again < 5; again++) { /* and no key is made at each look */
			k = load(s->db, T0 + 60 + again);
			assert_int_equal(k.n, n);
			keys_free(&k);
		}
	}
	for (int i = 0; i < 200; i++) { /* a clock that cannot make up its mind: numbers run out, and nothing is lost */
		struct keys k = load(s->db, T0 + 120 + (i % 2) * 91 * (int64_t)DAY);
		keys_free(&k);
	}
	assert_int_equal(check(s->db, T0 + 120, longer), TOKEN_GOOD);
	assert_int_equal(check(s->db, T0 + 120, before), TOKEN_GOOD);
}

/* The key that a clock running ahead has made does not go on until that time comes. */
static void a_key_of_the_future_is_renewed(void **state)
{
	struct temp_store *s = *state;
	struct keys far = load(s->db, T0 + 91 * (int64_t)DAY), near = load(s->db, T0 + 2 * (int64_t)DAY), now = load(s->db, T0);
	assert_memory_equal(far.v[0].secret, near.v[0].secret, TOKEN_SECRET); /* it will do for a while */
	assert_int_equal(now.n, 2);
	assert_memory_not_equal(far.v[0].secret, now.v[0].secret, TOKEN_SECRET);
	assert_memory_equal(far.v[0].secret, now.v[1].secret, TOKEN_SECRET);
	keys_free(&far);
	keys_free(&near);
	keys_free(&now);
}

static void damaged_keys_are_told(void **state)
{
	struct temp_store *s = *state;
	struct err e = {0};
	struct keys k = load(s->db, T0);
	keys_free(&k);
	sql(s->db, "PRAGMA ignore_check_constraints = 1; UPDATE token_key SET secret = x'00'");
	assert_false(keys_load(s->db, T0, &k, &e));
	assert_non_null(strstr(e.text, "the keys in the store"));
	assert_int_equal(k.n, 0);
	keys_free(&k);
}

static void a_token_is_used_up_once(void **state)
{
	struct temp_store *s = *state;
	struct err e = {0};
	char *by;
	int64_t when;
	static const char token[] = "aqaaaabkkegaab2k4cci67s7rsg5evs2ra6ytbkx", shout[] = "AQAAAABKKEGAAB2K4CCI67S7RSG5EVS2RA6YTBKX";
	MUST(db_begin(s->db, &e));
	int64_t t = add_ticket(s->db, NULL, "a@b.example");
	MUST(token_spent(s->db, token, &by, &when, &e));
	assert_null(by);
	MUST(token_spend(s->db, token, t, "bo@uni.example", 1000, &e));
	assert_false(token_spend(s->db, token, t, "cia@uni.example", 2000, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_false(token_spend(s->db, shout, t, "cia@uni.example", 2000, &e));
	MUST(token_spent(s->db, shout, &by, &when, &e));
	assert_string_equal(by, "bo@uni.example");
	assert_int_equal(when, 1000);
	free(by);
	MUST(token_spent(s->db, "aqaaaabkkegaab2k4cci67s7rsg5evs2ra6ytbky", &by, &when, &e));
	assert_null(by);
	assert_int_equal(when, 0);
	assert_false(token_spend(s->db, "b", 99, "cia@uni.example", 2000, &e)); /* of no ticket */
	db_rollback(s->db);
}

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, temp_store_open, temp_store_close)
	const struct CMUnitTest tests[] = {
		STORE_TEST(the_first_key_makes_itself),
		STORE_TEST(keys_are_renewed_and_tokens_outlive_them),
		STORE_TEST(a_wrong_clock_costs_nothing),
		STORE_TEST(a_key_of_the_future_is_renewed),
		STORE_TEST(damaged_keys_are_told),
		STORE_TEST(a_token_is_used_up_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
