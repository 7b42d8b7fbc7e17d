#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/figures.h"
#include "store/reconcile.h"
#include "store/temp_store.h"

enum { DAY = 24 * 3600, START = 100 * DAY };

static void take(struct db *d, uint32_t uidvalidity, uint32_t uid)
{
	struct err e;
	char text[24];
	snprintf(text, sizeof text, "%u %u", uidvalidity, uid);
	MUST(db_begin(d, &e));
	int64_t t = add_ticket(d, NULL, "anna@partner.example");
	MUST(inbox_add(d, uidvalidity, uid, add_message(d, t, "s", text, text, strlen(text)), "opened", "Ingang/triage", START, &e));
	MUST(db_commit(d, &e));
}

/* UIDs as numbers, 0 at the end. */
struct look {
	int64_t at;
	uint32_t box, there[8], earlier[8], aside[8];
	const char *left; /* "7 aside, 9 gone": what is without an outcome */
	size_t fresh;
	const char *why;
};

static size_t length(const uint32_t *v)
{
	size_t n = 0;
	while (v[n])
		n++;
	return n;
}

static char *words(const struct reconciled *r)
{
	static const char *const how[] = {"aside", "forgotten", "gone"};
	struct buf b = {0};
	buf_adds(&b, "");
	for (size_t i = 0; i < r->n; i++)
		buf_addf(&b, "%s%u %s", i ? ", " : "", (unsigned)r->v[i].uid, how[r->v[i].how]);
	return buf_take(&b);
}

static void each_mail_is_accounted_for(void **state)
{
	struct db *d = ((struct temp_store *)*state)->db;
	struct err e;
	static const struct look looks[] = {
		{START, 1, {0}, {0}, {0}, "", 0, "an empty inbox"},
		{START, 1, {1, 2, 3}, {1, 2, 3}, {0}, "", 0, "all taken"},
		{START, 1, {2, 7}, {7}, {9, 7}, "7 aside", 0, "one could not be taken"},
		{START + 9, 1, {2, 7}, {7}, {7}, "7 aside", 0, "still"},
		{START + 10, 1, {7, 8}, {7, 8}, {7}, "7 aside, 8 forgotten", 1, "neither taken nor set aside"},
		{START + 11, 1, {7, 8}, {0}, {7}, "7 aside, 8 forgotten", 0, "told once"},
		{START + 12, 1, {8}, {0}, {0}, "8 forgotten, 7 gone", 1, "somebody took one away"},
		{START + 13, 1, {0}, {0}, {0}, "8 gone, 7 gone", 1, "and the other"},
		{START + 14, 1, {0}, {5, 6, 6}, {0}, "5 gone, 6 gone, 8 gone, 7 gone", 2, "seen by a look that was cut short, and gone at the next"},
		{START + 15, 1, {0}, {5, 1}, {0}, "5 gone, 6 gone, 8 gone, 7 gone", 0, "known already; and one that was taken"},
		{START + 16, 1, {9}, {9}, {9}, "9 aside, 5 gone, 6 gone, 8 gone, 7 gone", 0, "another that waits"},
		{START + 17, 2, {1, 2}, {1}, {2}, "1 forgotten, 2 aside, 5 gone, 6 gone, 8 gone, 7 gone", 1, "a new UIDVALIDITY: other names, none is gone by that"},
		{START + 17 + 7 * DAY, 2, {2}, {0}, {2}, "2 aside, 1 gone", 1, "what has been gone for long is named no longer"},
	};
	for (uint32_t uid = 1; uid <= 3; uid++)
		take(d, 1, uid);
	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
		const struct look *l = &looks[i];
		struct reconciled r, kept;
		const struct inbox_look in = {l->box, l->there, length(l->there), l->earlier, length(l->earlier), l->aside, length(l->aside)};
		MUST(reconcile(d, &in, l->at, &r, &e));
		char *found = words(&r);
		if (strcmp(found, l->left) != 0 || r.n_fresh != l->fresh)
			fail_msg("%s: %s, %zu fresh", l->why, found, r.n_fresh);
		MUST(reconcile_last(d, &kept, &e));
		char *again = words(&kept);
		assert_string_equal(again, found);
		assert_int_equal(kept.mails, 3);
		assert_int_equal(reconciled_unexplained(&kept), reconciled_unexplained(&r));
		free(found);
		free(again);
		reconciled_free(&r);
		reconciled_free(&kept);
		assert_false(d->writing);
	}
}

/* A mail that waited and was taken in after all is explained; the time since when it waits stays what it was. */
static void waiting_is_timed(void **state)
{
	struct db *d = ((struct temp_store *)*state)->db;
	struct err e;
	static const uint32_t four[] = {4}, both[] = {4, 5};
	struct reconciled r;
	struct figures f;
	MUST(reconcile(d, &(struct inbox_look){1, four, 1, NULL, 0, four, 1}, START, &r, &e));
	assert_true(r.new_day);
	reconciled_free(&r);
	MUST(reconcile(d, &(struct inbox_look){1, both, 2, NULL, 0, both, 2}, START + 100, &r, &e));
	assert_false(r.new_day);
	reconciled_free(&r);
	MUST(figures_read(d, START + 100, &f, &e));
	assert_int_equal(f.oldest_waiting, START);
	figures_free(&f);
	take(d, 1, 4);
	MUST(reconcile(d, &(struct inbox_look){1, both + 1, 1, both, 2, both, 2}, START + 200, &r, &e));
	assert_int_equal(r.n, 1);
	reconciled_free(&r);
	MUST(figures_read(d, START + 200, &f, &e));
	assert_int_equal(f.oldest_waiting, START + 100);
	figures_free(&f);
	MUST(reconcile(d, &(struct inbox_look){1, both + 1, 1, NULL, 0, both, 2}, START + DAY, &r, &e));
	assert_true(r.new_day); /* the daily line */
	assert_int_equal(r.mails, 1);
	reconciled_free(&r);
}

static void nothing_new_is_not_written(void **state)
{
	struct db *d = ((struct temp_store *)*state)->db;
	struct err e;
	struct reconciled r;
	const struct inbox_look nothing = {1, NULL, 0, NULL, 0, NULL, 0};
	MUST(reconcile(d, &nothing, START, &r, &e));
	int before = sqlite3_total_changes(d->handle);
	MUST(reconcile(d, &nothing, START + 59, &r, &e));
	assert_int_equal(sqlite3_total_changes(d->handle), before);
	MUST(reconcile(d, &nothing, START + 60, &r, &e));
	assert_true(sqlite3_total_changes(d->handle) > before);
}

static void figures(void **state)
{
	struct db *d = ((struct temp_store *)*state)->db;
	struct err e;
	struct figures f;
	MUST(figures_read(d, START, &f, &e)); /* of an empty store */
	assert_true(f.tickets == 0 && f.rows == 0 && f.oldest_due == 0 && f.oldest_waiting == 0 && f.inbox.looked == 0 && f.bytes > 0);
	figures_free(&f);
	take(d, 1, 1);
	MUST(db_begin(d, &e));
	int64_t t = add_ticket(d, "mobility", "x@y.example");
	add_outbox(d, t, "forward", "a@uni.example", "1@uni.example", 900);
	int64_t claimed = add_outbox(d, t, "acknowledgement", "b@uni.example", "2@uni.example", 800);
	add_outbox(d, t, "notice", "c@uni.example", "3@uni.example", 700);
	MUST(outbox_claim(d, claimed, &e));
	MUST(outbox_sent(d, 3, 1000, &e));
	MUST(event_add(d, t, START, "desk", "joined (says to be staff, and could not be proved): x", &e));
	MUST(event_add(d, t, START, "bo@uni.example", "note: it could not be proved", &e)); /* somebody's words */
	MUST(event_add(d, t, START - 8 * DAY, "desk", "it could not be proved", &e));
	MUST(db_commit(d, &e));
	sql(d, "UPDATE ticket SET created = 8640000");
	MUST(figures_read(d, START + DAY, &f, &e));
	assert_int_equal(f.outbox[OUTBOX_DUE], 2);
	assert_int_equal(f.outbox[OUTBOX_SENT], 1);
	assert_int_equal(f.rows, 3);
	assert_int_equal(f.oldest_due, 800);
	assert_int_equal(f.unfiled, 1);
	assert_int_equal(f.tickets, 2);
	assert_int_equal(f.messages, 1);
	assert_int_equal(f.events, 3);
	assert_int_equal(f.week_tickets, 2);
	assert_int_equal(f.week_triage, 1);
	assert_int_equal(f.week_unproved, 1);
	figures_free(&f);
	MUST(figures_read(d, START + 8 * DAY, &f, &e));
	assert_true(f.week_tickets == 0 && f.week_triage == 0 && f.week_unproved == 0);
	figures_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_mail_is_accounted_for, temp_store_open, temp_store_close),
		cmocka_unit_test_setup_teardown(waiting_is_timed, temp_store_open, temp_store_close),
		cmocka_unit_test_setup_teardown(nothing_new_is_not_written, temp_store_open, temp_store_close),
		cmocka_unit_test_setup_teardown(figures, temp_store_open, temp_store_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
