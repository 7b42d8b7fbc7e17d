#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/part.h"
#include "store/temp_store.h"

/* Inside a transaction: a part of ticket 1 and its like. */
static int add(struct db *d, int64_t ticket, const char *who, int64_t due)
{
	struct err e;
	char *addr = mem_dup(who), asker[] = "bo@uni.example", question[] = "När?";
	struct part p = {.ticket = ticket, .addr = addr, .asked_by = asker, .question = question, .due = due, .created = 1000};
	MUST(part_add(d, &p, &e));
	free(addr);
	return p.number;
}

static void save(struct db *d, int64_t ticket, int number, const char *state, int64_t done)
{
	struct err e;
	struct part p;
	assert_int_equal(part_get(d, ticket, number, &p, &e), 1);
	free(p.state);
	p.state = mem_dup(state);
	p.done = done;
	MUST(part_save(d, &p, &e));
	part_free(&p);
}

static void all_fields_come_back(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	char addr[] = "Kvalitet@uni.example", asker[] = "bo@uni.example", question[] = "När'; DROP TABLE part\n", topic[] = "agreements";
	struct part in = {.addr = addr, .asked_by = asker, .question = question, .due = 5000, .created = 1000, .handover = true, .watch = true}, out, of_topic;
	MUST(db_begin(s->db, &e));
	in.ticket = add_ticket(s->db, NULL, "a@b.example");
	int64_t message = add_message(s->db, in.ticket, "s", "t", "r", 1);
	MUST(part_add(s->db, &in, &e));
	assert_int_equal(in.number, 1);
	of_topic = (struct part){.ticket = in.ticket, .topic = topic, .created = 1001};
	MUST(part_add(s->db, &of_topic, &e));
	assert_int_equal(of_topic.number, 2);
	assert_int_equal(part_get(s->db, in.ticket, 1, &out, &e), 1);
	assert_int_equal(out.id, in.id);
	assert_int_equal(out.ticket, in.ticket);
	assert_string_equal(out.addr, addr);
	assert_null(out.topic);
	assert_string_equal(out.asked_by, asker);
	assert_string_equal(out.question, question);
	assert_string_equal(out.state, "open");
	assert_int_equal(out.due, 5000);
	assert_int_equal(out.reminded, 0);
	assert_int_equal(out.created, 1000);
	assert_int_equal(out.done, 0);
	assert_int_equal(out.message, 0);
	assert_true(out.handover && out.watch);
	free(out.state);
	out.state = mem_dup("answered");
	out.due = 6000;
	out.reminded = 5500;
	out.done = 5600;
	out.message = message;
	out.handover = out.watch = false;
	MUST(part_save(s->db, &out, &e));
	part_free(&out);
	assert_int_equal(part_get(s->db, in.ticket, 1, &out, &e), 1);
	assert_string_equal(out.state, "answered");
	assert_string_equal(out.question, question);
	assert_int_equal(out.due, 6000);
	assert_int_equal(out.reminded, 5500);
	assert_int_equal(out.done, 5600);
	assert_int_equal(out.message, message);
	assert_false(out.handover || out.watch);
	part_free(&out);
	assert_int_equal(part_get(s->db, in.ticket, 2, &out, &e), 1);
	assert_string_equal(out.addr, "");
	assert_string_equal(out.topic, "agreements");
	assert_int_equal(out.due, 0);
	assert_false(out.handover || out.watch);
	part_free(&out);
	assert_int_equal(part_get(s->db, in.ticket, 3, &out, &e), 0);
	assert_int_equal(part_get(s->db, 99, 1, &out, &e), 0);
	db_rollback(s->db);
}

static void each_ticket_has_its_own_numbers(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	MUST(db_begin(s->db, &e));
	int64_t a = add_ticket(s->db, NULL, "a@b.example"), b = add_ticket(s->db, NULL, "a@b.example");
	assert_int_equal(add(s->db, a, "x@y.example", 0), 1);
	assert_int_equal(add(s->db, a, "x@y.example", 0), 2);
	assert_int_equal(add(s->db, b, "x@y.example", 0), 1);
	assert_int_equal(add(s->db, a, "x@y.example", 0), 3);
	struct part nobody = {.ticket = a, .created = 1}, nowhere = {.ticket = 99, .created = 1};
	char addr[] = "x@y.example";
	assert_false(part_add(s->db, &nobody, &e)); /* asked of neither an address nor a topic */
	nowhere.addr = addr;
	assert_false(part_add(s->db, &nowhere, &e));
	db_rollback(s->db);
}

static void an_end_has_its_time(void **state)
{
	struct temp_store *s = *state;
	static const struct {
		const char *state;
		int64_t done;
		bool ok;
	} cases[] = {{"open", 0, true}, {"open", 9, false}, {"waived", 9, true}, {"waived", 0, false}, {"failed", 9, true}, {"failed", 0, false}, {"lost", 9, false}};
	struct err e;
	MUST(db_begin(s->db, &e));
	int64_t a = add_ticket(s->db, NULL, "a@b.example");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct part p;
		int number = add(s->db, a, "x@y.example", 0);
		assert_int_equal(part_get(s->db, a, number, &p, &e), 1);
		free(p.state);
		p.state = mem_dup(cases[i].state);
		p.done = cases[i].done;
		if (part_save(s->db, &p, &e) != cases[i].ok)
			fail_msg("%s, %lld", cases[i].state, (long long)cases[i].done);
		p.id = 9999;
		assert_false(part_save(s->db, &p, &e));
		part_free(&p);
	}
	db_rollback(s->db);
}

static bool collect(void *ctx, const struct part *p)
{
	buf_addf(ctx, "%lld/%d ", (long long)p->ticket, p->number);
	return true;
}

static bool collect_one(void *ctx, const struct part *p)
{
	collect(ctx, p);
	return false;
}

static void only_who_is_late_is_reminded(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct buf b = {0};
	MUST(db_begin(s->db, &e));
	int64_t a = add_ticket(s->db, NULL, "a@b.example");
	add(s->db, a, "never@y.example", 0);
	add(s->db, a, "late@y.example", 3000);
	add(s->db, a, "later@y.example", 2000);
	add(s->db, a, "not-yet@y.example", 3001);
	add(s->db, a, "answered@y.example", 2000);
	save(s->db, a, 5, "waived", 1500);
	buf_adds(&b, "");
	MUST(part_overdue(s->db, 1999, collect, &b, &e));
	assert_string_equal(b.s, "");
	MUST(part_overdue(s->db, 3000, collect, &b, &e));
	assert_string_equal(b.s, "1/3 1/2 ");
	struct part p;
	assert_int_equal(part_get(s->db, a, 3, &p, &e), 1);
	p.reminded = 3000;
	MUST(part_save(s->db, &p, &e));
	part_free(&p);
	buf_clear(&b);
	MUST(part_overdue(s->db, 3000, collect, &b, &e));
	assert_string_equal(b.s, "1/2 ");
	buf_free(&b);
	db_rollback(s->db);
}

/* The parts of a ticket that was merged belong to the one that stands for it; by number they are found where they were asked. */
static void merged_tickets_bring_their_parts(void **state)
{
	struct temp_store *s = *state;
	struct err e;
	struct buf b = {0};
	int64_t n;
	MUST(db_begin(s->db, &e));
	for (int64_t i = 1; i <= 4; i++)
		assert_int_equal(add_ticket(s->db, NULL, "a@b.example"), i);
	for (int64_t i = 1; i <= 4; i++)
		add(s->db, i, "x@y.example", 0);
	add(s->db, 1, "x@y.example", 0);
	save(s->db, 1, 1, "failed", 1500);
	sql(s->db, "UPDATE ticket SET merged = 2 WHERE id = 1; UPDATE ticket SET merged = 3 WHERE id = 2");
	static const struct {
		int64_t ticket, open;
		const char *parts;
	} cases[] = {{1, 1, "1/1 1/2 "}, {2, 2, "1/1 2/1 1/2 "}, {3, 3, "1/1 2/1 3/1 1/2 "}, {4, 1, "4/1 "}, {9, 0, ""}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&b);
		buf_adds(&b, "");
		MUST(part_each(s->db, cases[i].ticket, collect, &b, &e));
		assert_string_equal(b.s, cases[i].parts);
		MUST(part_open_count(s->db, cases[i].ticket, &n, &e));
		assert_int_equal(n, cases[i].open);
	}
	buf_clear(&b);
	MUST(part_each(s->db, 3, collect_one, &b, &e));
	MUST(part_each(s->db, 3, collect_one, &b, &e));
	assert_string_equal(b.s, "1/1 1/1 ");
	sql(s->db, "UPDATE ticket SET merged = 3 WHERE id = 3"); /* no walk is endless */
	MUST(part_open_count(s->db, 3, &n, &e));
	assert_int_equal(n, 3);
	buf_free(&b);
	db_rollback(s->db);
}

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, temp_store_open, temp_store_close)
	const struct CMUnitTest tests[] = {
		STORE_TEST(all_fields_come_back),
		STORE_TEST(each_ticket_has_its_own_numbers),
		STORE_TEST(an_end_has_its_time),
		STORE_TEST(only_who_is_late_is_reminded),
		STORE_TEST(merged_tickets_bring_their_parts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
