#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "desk/drag.h"
#include "desk/office.h"
#include "store/folder.h"
#include "store/keys.h"

static void write_in(struct office *o, const char *id, const char *text)
{
	struct taken t;
	char *raw = mem_fmt("From: <anna@partner.example>\r\nTo: <" OFFICE ">\r\nSubject: Hello\r\nMessage-ID: <%s>\r\nDate: Tue, 1 Sep 2026 10:00:00 +0000\r\n\r\n%s\r\n", id, text);
	o->now += 60;
	take(o, raw, &t);
	taken_free(&t);
	free(raw);
	sql(o->desk.db, "UPDATE inbox SET filed = 1");
}

/* What came of a mail's appearing in a topic's folder. */
static struct dragged appears(struct office *o, const char *id, const char *topic)
{
	struct err e;
	struct keys keys = {0};
	struct dragged r;
	MUST(db_begin(o->desk.db, &e));
	MUST(keys_load(o->desk.db, o->now, &keys, &e));
	const struct token_keys token_keys = {keys.v, keys.n};
	MUST(desk_dragged(&o->desk, &token_keys, id, config_topic_index(o->config, topic), o->now, &r, &e));
	MUST(db_commit(o->desk.db, &e));
	keys_free(&keys);
	return r;
}

static int64_t moved(struct office *o, const char *id, const char *topic)
{
	struct dragged r = appears(o, id, topic);
	int64_t ticket = r.moved ? r.ticket : 0;
	dragged_free(&r);
	return ticket;
}

static char *topic_of(struct office *o, int64_t id)
{
	struct err e;
	struct ticket t;
	assert_int_equal(ticket_get(o->desk.db, id, &t, &e), 1);
	char *topic = mem_dup(t.topic ? t.topic : "triage");
	ticket_free(&t);
	return topic;
}

static void expect_topic(struct office *o, int64_t id, const char *topic)
{
	char *now = topic_of(o, id);
	assert_string_equal(now, topic);
	free(now);
}

static void a_drag_moves_the_ticket_and_its_new_staff_get_it(void **state)
{
	struct office *o = *state;
	write_in(o, "a@x.example", "nominering utbyte exchange");
	expect_topic(o, 1, "mobility");
	struct sents first = send_all(o);
	sents_free(&first);
	assert_int_equal(moved(o, "a@x.example", "agreements"), 1);
	expect_topic(o, 1, "agreements");
	struct sents s = send_all(o);
	sent_to(&s, "forward", "agreements@uni.example");
	sents_free(&s);
	assert_int_equal(sql_number(o->desk.db, "SELECT count(*) FROM event WHERE actor = 'mailbox' AND what = 'moved from mobility to agreements'"), 1);
	assert_int_equal(sql_number(o->desk.db, "SELECT count(*) FROM change WHERE actor = 'mailbox'"), 1); /* what is learned from */
	assert_int_equal(moved(o, "a@x.example", "agreements"), 0); /* it is there */
	assert_int_equal(moved(o, "a@x.example", "mobility"), 1);   /* and back */
	assert_int_equal(moved(o, "a@x.example", "triage"), 1);
	expect_topic(o, 1, "triage");
	expect_sound(o);
}

static void our_own_filing_is_none(void **state)
{
	struct office *o = *state;
	write_in(o, "a@x.example", "nominering utbyte exchange");
	assert_int_equal(moved(o, "a@x.example", "mobility"), 0);
	/* moved by command, the mail itself stays: that it lies in the old folder says nothing */
	sql(o->desk.db, "UPDATE ticket SET topic = 'agreements'");
	assert_int_equal(moved(o, "a@x.example", "mobility"), 0);
	expect_topic(o, 1, "agreements");
	/* a person who tidies up after it changes nothing; but it is known to lie there now */
	assert_int_equal(moved(o, "a@x.example", "agreements"), 0);
	assert_int_equal(moved(o, "a@x.example", "mobility"), 1);
}

static void what_is_not_ours_or_not_certain_is_none(void **state)
{
	struct office *o = *state;
	write_in(o, "a@x.example", "nominering utbyte exchange");
	write_in(o, "a@x.example", "another mail with the same Message-ID: nominering utbyte");
	assert_int_equal(moved(o, "unknown@x.example", "agreements"), 0);
	assert_int_equal(moved(o, "a@x.example", "agreements"), 0);
	expect_topic(o, 1, "mobility");
}

static void a_merged_ticket_moves_the_one_that_stands_for_it(void **state)
{
	struct office *o = *state;
	write_in(o, "a@x.example", "nominering utbyte exchange");
	write_in(o, "b@x.example", "nominering utbyte exchange again");
	sql(o->desk.db, "UPDATE ticket SET status = 'closed', closed = 1, merged = 1 WHERE id = 2");
	assert_int_equal(moved(o, "b@x.example", "agreements"), 1);
	expect_topic(o, 1, "agreements");
	expect_topic(o, 2, "mobility");
}

static void a_folders_mark_is_kept(void **state)
{
	struct office *o = *state;
	struct err e;
	struct folder_mark m;
	MUST(folder_mark_get(o->desk.db, "Ingang/mobility", &m, &e));
	assert_false(m.known);
	MUST(db_begin(o->desk.db, &e));
	MUST(folder_mark_put(o->desk.db, "Ingang/mobility", 4000000000u, 17, &e));
	MUST(db_commit(o->desk.db, &e));
	MUST(folder_mark_get(o->desk.db, "Ingang/mobility", &m, &e));
	assert_true(m.known && m.uidvalidity == 4000000000u && m.uidnext == 17);
	MUST(folder_mark_get(o->desk.db, "Ingang/agreements", &m, &e));
	assert_false(m.known);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, office_open, office_close)
	const struct CMUnitTest tests[] = {T(a_drag_moves_the_ticket_and_its_new_staff_get_it), T(our_own_filing_is_none), T(what_is_not_ours_or_not_certain_is_none),
	                                   T(a_merged_ticket_moves_the_one_that_stands_for_it), T(a_folders_mark_is_kept)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
