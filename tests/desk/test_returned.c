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
#define TRIAGE "triage@uni.example"

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

static bool find_event(void *ctx, int64_t line, int64_t time, const char *actor, const char *what)
{
	(void)line;
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
		{NULL, "acknowledgement", MIA, MOA " ", "never the address that failed"},
		{NULL, "acknowledgement", "MIA@int.uni.example", MOA " ", "in any case"},
		{NULL, "forward", MIA, TRIAGE " ", "of a forward, triage"},
		{BO, "reply", ANNA, BO " ", "an answer whose writer is not known: its owner"},
		{BO, "answer", ANNA, BO " ", "its owner alone"},
		{BO, "forward", BO, TRIAGE " ", "nobody else has it: triage"},
		{BO, "forward", TRIAGE, "", "triage itself does not get it: it stands in the history"},
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
		SCENE_TEST(who_is_told),
		SCENE_TEST(a_row_that_is_not_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
