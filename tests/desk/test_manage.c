#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "desk/office.h"

#define ANNA "anna@partner.example"
#define MIA "mia@int.uni.example"
#define MOA "moa@int.uni.example"
#define BO "bo.ek@uni.example"
#define AGREEMENTS "agreements@uni.example"
#define TRIAGE "triage@uni.example"
#define ADMIN "admin root"

static const char question[] = "From: Anna Berg <anna@partner.example>\r\nTo: international@uni.example\r\nSubject: Nomineringar till utbyte\r\n"
                               "Message-ID: <q1@partner.example>\r\n\r\nHej! Nomineringar för utbyte till hösten.\r\n";

struct scene { /* ticket 1 in mobility, its first mails sent */
	struct office *office;
	struct mail mail;
	int64_t message;
};

static int open_scene(void **state)
{
	void *office;
	if (office_open(&office) != 0)
		return -1;
	struct scene *s = mem_alloc(sizeof *s);
	struct taken t;
	s->office = office;
	mail_of(question, &s->mail);
	take_mail(s->office, &s->mail, question, NULL, &t);
	s->message = t.message;
	taken_free(&t);
	struct sents first = send_all(s->office);
	sents_free(&first);
	*state = s;
	return 0;
}

static int close_scene(void **state)
{
	struct scene *s = *state;
	void *office = s->office;
	mail_free(&s->mail);
	free(s);
	return office_close(&office);
}

static bool move(struct scene *s, int64_t ticket, const char *topic, struct err *e)
{
	struct office *o = s->office;
	bool ok = db_begin(o->desk.db, e) && desk_move(&o->desk, ticket, topic, &s->mail, s->message, sizeof question - 1, ADMIN, o->now, e);
	if (ok)
		ok = db_commit(o->desk.db, e);
	else
		db_rollback(o->desk.db);
	return ok;
}

static bool assign(struct scene *s, int64_t ticket, const char *addr, struct err *e)
{
	struct office *o = s->office;
	bool ok = db_begin(o->desk.db, e) && desk_assign(&o->desk, ticket, addr, &s->mail, s->message, sizeof question - 1, ADMIN, o->now, e);
	if (ok)
		ok = db_commit(o->desk.db, e);
	else
		db_rollback(o->desk.db);
	return ok;
}

static bool find_event(void *ctx, int64_t time, const char *actor, const char *what)
{
	const char **want = ctx; /* actor, words; both NULL when found */
	(void)time;
	if (want[0] && strcmp(actor, want[0]) == 0 && strcmp(what, want[1]) == 0)
		want[0] = NULL;
	return true;
}

static void expect_event(struct office *o, int64_t ticket, const char *actor, const char *what)
{
	struct err e;
	const char *want[] = {actor, what};
	MUST(event_list(o->desk.db, ticket, find_event, want, &e));
	if (want[0])
		fail_msg("no line '%s' by %s", what, actor);
}

static void expect_ticket(struct office *o, const char *topic, const char *owner, const char *status)
{
	struct err e;
	struct ticket t;
	assert_int_equal(ticket_get(o->desk.db, 1, &t, &e), 1);
	if (strcmp(t.topic ? t.topic : "triage", topic) != 0 || strcmp(t.owner ? t.owner : "", owner) != 0 || strcmp(t.status, status) != 0)
		fail_msg("in %s, of %s, %s", t.topic ? t.topic : "triage", t.owner ? t.owner : "nobody", t.status);
	ticket_free(&t);
}

static void expect_staff(struct office *o, const char *want)
{
	struct err e;
	struct strs l = {0};
	struct buf b = {0};
	MUST(participant_list(o->desk.db, 1, "staff", &l, &e));
	buf_adds(&b, "");
	for (size_t i = 0; i < l.n; i++)
		buf_addf(&b, "%s ", l.v[i]);
	assert_string_equal(b.s, want);
	strs_free(&l);
	buf_free(&b);
}

static void nothing_was_sent(struct office *o)
{
	struct sents all = send_all(o);
	assert_int_equal(all.n, 0);
	sents_free(&all);
}

/* --- moved --- */

static void a_move_hands_over(void **state)
{
	struct scene *s = *state;
	struct office *o = s->office;
	struct err e;
	MUST(assign(s, 1, MIA, &e));
	struct sents all = send_all(o);
	sents_free(&all);
	MUST(move(s, 1, "agreements", &e));
	expect_ticket(o, "agreements", "", "open");
	expect_staff(o, AGREEMENTS " ");
	expect_event(o, 1, ADMIN, "moved from mobility to agreements");
	all = send_all(o);
	assert_int_equal(all.n, 1);
	const struct sent *f = sent_to(&all, "forward", AGREEMENTS);
	assert_string_equal(f->mail.subject, "[INT-1] Nomineringar till utbyte");
	assert_non_null(strstr(f->mail.text, "Nomineringar för utbyte till hösten"));
	assert_non_null(strstr(f->mail.text, "Avtal")); /* the new topic in the block */
	assert_non_null(strstr(f->mail.text, "moved from mobility to agreements"));
	sents_free(&all);
	MUST(move(s, 1, "mobility", &e)); /* and back: those who had it get it in their old thread */
	all = send_all(o);
	assert_int_equal(all.n, 2);
	assert_non_null(sent_to(&all, "forward", MIA)->mail.in_reply_to);
	sents_free(&all);
	expect_staff(o, MIA " " MOA " ");
}

static void to_triage_and_from_it(void **state)
{
	struct scene *s = *state;
	struct err e;
	MUST(move(s, 1, NULL, &e));
	expect_ticket(s->office, "triage", "", "open");
	expect_event(s->office, 1, ADMIN, "moved from mobility to triage");
	expect_staff(s->office, TRIAGE " ");
	assert_false(move(s, 1, NULL, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_non_null(strstr(e.text, "is in triage already"));
	MUST(move(s, 1, "mobility", &e));
	expect_event(s->office, 1, ADMIN, "moved from triage to mobility");
}

static void moves_that_cannot_be(void **state)
{
	struct scene *s = *state;
	static const struct {
		int64_t ticket;
		const char *topic, *text;
	} cases[] = {{1, "mobility", "is in mobility already"}, {99, "mobility", "there is no ticket 99"}, {1, "weather", "there is no topic 'weather'"}, {0, NULL, "there is no ticket 0"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e = {0};
		if (move(s, cases[i].ticket, cases[i].topic, &e) || e.kind != ERR_INPUT || !strstr(e.text, cases[i].text))
			fail_msg("%lld to %s: '%s'", (long long)cases[i].ticket, cases[i].topic ? cases[i].topic : "triage", e.text);
	}
	expect_ticket(s->office, "mobility", "", "open");
	nothing_was_sent(s->office);
}

/* --- assigned --- */

static void an_assignment_gives_the_mail(void **state)
{
	struct scene *s = *state;
	struct office *o = s->office;
	struct err e;
	MUST(assign(s, 1, BO, &e));
	expect_ticket(o, "mobility", BO, "open");
	expect_event(o, 1, ADMIN, "assigned to " BO);
	struct sents all = send_all(o);
	assert_int_equal(all.n, 1);
	assert_non_null(strstr(sent_to(&all, "forward", BO)->mail.text, "assigned to " BO));
	sents_free(&all);
	MUST(assign(s, 1, MOA, &e)); /* she has the mail already, but is told that it is hers now */
	expect_ticket(o, "mobility", MOA, "open");
	all = send_all(o);
	assert_int_equal(all.n, 1);
	assert_non_null(strstr(sent_to(&all, "forward", MOA)->mail.text, "assigned to " MOA));
	sents_free(&all);
}

static void assignments_that_cannot_be(void **state)
{
	struct scene *s = *state;
	static const struct {
		int64_t ticket;
		const char *addr, *text;
	} cases[] = {
		{1, "eve@evil.example", "is not on the staff list"},
		{1, ANNA, "is not on the staff list"},
		{1, OFFICE, "the office's own address"},
		{1, "int-office@uni.example", "the office's own address"},
		{1, "bo ek@int.uni.example", "is not an address"},
		{1, "x@int.uni.example\r\nRCPT TO:<a@b>", "is not an address"},
		{1, "", "is not an address"},
		{99, BO, "there is no ticket 99"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e = {0};
		if (assign(s, cases[i].ticket, cases[i].addr, &e) || e.kind != ERR_INPUT || !strstr(e.text, cases[i].text))
			fail_msg("%lld to %s: '%s'", (long long)cases[i].ticket, cases[i].addr, e.text);
	}
	expect_ticket(s->office, "mobility", "", "open");
	nothing_was_sent(s->office);
}

/* --- closed, opened again, noted --- */

static void states_change_with_a_line(void **state)
{
	struct scene *s = *state;
	struct office *o = s->office;
	struct err e = {0};
	MUST(db_begin(o->desk.db, &e));
	MUST(desk_set_status(&o->desk, 1, "closed", ADMIN, o->now, &e));
	expect_ticket(o, "mobility", "", "closed");
	expect_event(o, 1, ADMIN, "closed");
	assert_false(desk_set_status(&o->desk, 1, "closed", ADMIN, o->now, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_non_null(strstr(e.text, "is closed"));
	MUST(desk_set_status(&o->desk, 1, "open", ADMIN, o->now, &e));
	expect_event(o, 1, ADMIN, "reopened");
	assert_false(desk_set_status(&o->desk, 1, "open", ADMIN, o->now, &e));
	MUST(desk_set_status(&o->desk, 1, "pending", ADMIN, o->now, &e));
	expect_ticket(o, "mobility", "", "pending");
	assert_false(desk_set_status(&o->desk, 99, "closed", ADMIN, o->now, &e));
	assert_non_null(strstr(e.text, "there is no ticket 99"));
	MUST(desk_note(&o->desk, 1, "rang Anna; 'ok'", "bo.ek@uni.example", o->now + 5, &e));
	expect_event(o, 1, "bo.ek@uni.example", "note: rang Anna; 'ok'");
	assert_int_equal(sql_number(o->desk.db, "SELECT updated FROM ticket WHERE id = 1"), o->now + 5);
	assert_false(desk_note(&o->desk, 99, "x", ADMIN, o->now, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	MUST(db_commit(o->desk.db, &e));
	nothing_was_sent(o); /* none of this is anybody's mail */
}

/* --- not delivered --- */

/* Undelivered: the row of this kind to this person. Whom it is told to, in order of their addresses. */
static char *told(struct office *o, const char *kind, const char *to, const char *message_id)
{
	struct err e;
	struct buf b = {0};
	MUST(db_begin(o->desk.db, &e));
	int64_t row = add_outbox(o->desk.db, 1, kind, to, message_id, o->now);
	MUST(desk_not_delivered(&o->desk, row, "550 5.1.1 no such user", o->now, &e));
	MUST(db_commit(o->desk.db, &e));
	struct outbox_item item;
	assert_int_equal(outbox_get(o->desk.db, row, &item, &e), 1);
	assert_string_equal(item.state, "failed");
	assert_string_equal(item.error, "550 5.1.1 no such user");
	outbox_item_free(&item);
	char *line = mem_fmt("not delivered: %s to %s: 550 5.1.1 no such user", kind, to);
	expect_event(o, 1, "courier", line);
	free(line);
	struct sents all = send_all(o);
	buf_adds(&b, "");
	for (size_t i = 0; i < all.n; i++) {
		const struct sent *s = &all.v[i];
		assert_string_equal(s->item.kind, "notice");
		assert_string_equal(s->item.sender, "");
		assert_non_null(strstr(s->mail.text, to));
		assert_non_null(strstr(s->mail.text, "550 5.1.1 no such user"));
		assert_string_equal(sent_field(s, "Auto-Submitted"), "auto-generated");
		buf_addf(&b, "%s ", s->item.recipient);
	}
	sents_free(&all);
	return buf_take(&b);
}

static void who_is_told(void **state)
{
	struct scene *s = *state;
	struct office *o = s->office;
	struct err e;
	static const struct {
		const char *owner, *kind, *to, *want, *why;
	} cases[] = {
		{NULL, "acknowledgement", ANNA, MIA " " MOA " ", "those who have the ticket"},
		{NULL, "forward", MIA, MOA " ", "never the address that failed"},
		{NULL, "forward", "MIA@int.uni.example", MOA " ", "in any case"},
		{BO, "answer", ANNA, BO " ", "its owner alone"},
		{BO, "forward", BO, TRIAGE " ", "nobody else has it: triage"},
		{TRIAGE, "forward", TRIAGE, "", "triage itself does not get it: it stands in the history"},
		{NULL, "notice", MIA, "", "never about a notice"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *id = mem_fmt("nd%zu@uni.example", i);
		MUST(db_begin(o->desk.db, &e));
		MUST(ticket_set_owner(o->desk.db, 1, cases[i].owner, o->now, &e));
		MUST(db_commit(o->desk.db, &e));
		char *got = told(o, cases[i].kind, cases[i].to, id);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].why, got);
		free(got);
		free(id);
	}
}

static void a_row_that_is_not_there(void **state)
{
	struct scene *s = *state;
	struct err e = {0};
	MUST(db_begin(s->office->desk.db, &e));
	assert_false(desk_not_delivered(&s->office->desk, 999, "x", 1, &e));
	assert_true(*e.text); /* says so */
	assert_int_not_equal(e.kind, ERR_NONE);
	db_rollback(s->office->desk.db);
}

int main(void)
{
#define SCENE_TEST(f) cmocka_unit_test_setup_teardown(f, open_scene, close_scene)
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_move_hands_over),
		SCENE_TEST(to_triage_and_from_it),
		SCENE_TEST(moves_that_cannot_be),
		SCENE_TEST(an_assignment_gives_the_mail),
		SCENE_TEST(assignments_that_cannot_be),
		SCENE_TEST(states_change_with_a_line),
		SCENE_TEST(who_is_told),
		SCENE_TEST(a_row_that_is_not_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
