#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "desk/act.h"
#include "desk/learn.h"
#include "desk/office.h"
#include "desk/reply.h"
#include "store/keys.h"
#include "store/model.h"

/* Words of each topic that no term of the config knows. */
static const char *const words[3][4] = {
	{"dormitory semester transcript", "semester credits courses", "dormitory transcript courses", "credits semester dormitory"},
	{"signature renewal clause", "renewal partnership clause", "signature partnership annex", "annex renewal signature"},
	{"printer toner jam", "toner cartridge paper", "printer paper jam", "cartridge printer toner"}};
static const char *const topics[3] = {"mobility", "agreements", "triage"};

static void write_to(struct office *o, const char *from, const char *text)
{
	static int number;
	struct taken t;
	char *raw = mem_fmt("From: <%s>\r\nTo: <" OFFICE ">\r\nSubject: Hello\r\nMessage-ID: <m%d@x.example>\r\nDate: Tue, 1 Sep 2026 10:00:00 +0000\r\n\r\n%s\r\n", from, ++number, text);
	o->now += 60;
	take(o, raw, &t);
	taken_free(&t);
	free(raw);
}

static void act(struct office *o, int64_t ticket, const char *line)
{
	struct err e;
	struct keys keys = {0};
	struct ticket t;
	struct commands c;
	struct acted acted;
	struct command_faults faults;
	const struct day today = day_local(o->now);
	o->now += 60;
	MUST(db_begin(o->desk.db, &e));
	MUST(keys_load(o->desk.db, o->now, &keys, &e));
	assert_int_equal(ticket_get(o->desk.db, ticket, &t, &e), 1);
	const struct token_keys token_keys = {keys.v, keys.n};
	commands_read(line, &today, &c);
	const struct act_ground g = {.desk = &o->desk, .keys = &token_keys, .ticket = &t, .actor = "admin bo", .admin = true, .text = "", .now = o->now};
	MUST(desk_act(&g, &c, &acted, &faults, &e));
	if (faults.n)
		fail_msg("'%s' on %lld: %s", line, (long long)ticket, faults.v[0].en);
	MUST(db_commit(o->desk.db, &e));
	acted_free(&acted);
	command_faults_free(&faults);
	commands_free(&c);
	ticket_free(&t);
	keys_free(&keys);
}

/* n mails of each topic, and what staff make of them. */
static void a_season(struct office *o, int n, const char *domains)
{
	for (int i = 0; i < n; i++)
		for (int k = 0; k < 3; k++) {
			char *from = mem_fmt("p%d.%d@%s%d.example", i, k, domains, (3 * i + k) % 11), *text = mem_fmt("%s %d", words[k][i % 4], i), *move = mem_fmt("!move %s", topics[k]);
			write_to(o, from, text);
			int64_t ticket = sql_number(o->desk.db, "SELECT max(id) FROM ticket");
			if (k < 2)
				act(o, ticket, move);
			act(o, ticket, "!close");
			free(from);
			free(text);
			free(move);
		}
}

static struct learn_set read_set(struct office *o)
{
	struct err e;
	struct learn_set s;
	MUST(learn_read(o->desk.db, o->config, &s, &e));
	return s;
}

static void what_staff_have_decided_is_read(void **state)
{
	struct office *o = *state;
	static const struct {
		const char *lines[3], *label; /* NULL: it is not decided */
		bool corrected;
	} cases[] = {
		{{NULL}, NULL, false},
		{{"!move agreements"}, "agreements", true},
		{{"!close"}, "mobility", false},
		{{"!spam"}, "triage", true},
		{{"!move agreements", "!undo"}, NULL, false},
		{{"!move agreements", "!move triage"}, "triage", true},
		{{"!note a note"}, NULL, false},
		{{"!also agreements"}, NULL, false},
		{{"!close", "!reopen"}, NULL, false},
	};
	size_t n = sizeof cases / sizeof *cases, at = 0;
	for (size_t i = 0; i < n; i++) {
		write_to(o, "anna@partner.example", "nominering utbyte exchange");
		for (size_t k = 0; k < 3 && cases[i].lines[k]; k++)
			act(o, (int64_t)i + 1, cases[i].lines[k]);
	}
	struct learn_set s = read_set(o);
	for (size_t i = 0; i < n; i++) {
		if (!cases[i].label)
			continue;
		if (at == s.n)
			fail_msg("case %zu was not read", i);
		if (s.v[at].ticket != (int64_t)i + 1 || strcmp(s.v[at].label, cases[i].label) != 0 || s.v[at].corrected != cases[i].corrected)
			fail_msg("case %zu: ticket %lld, %s, %d", i, (long long)s.v[at].ticket, s.v[at].label, s.v[at].corrected);
		assert_string_equal(s.v[at].mail.reply_text, "nominering utbyte exchange");
		assert_string_equal(s.v[at].mail.from.addr, "anna@partner.example");
		at++;
	}
	assert_int_equal(at, s.n);
	learn_set_free(&s);
}

static void an_answer_decides_and_a_machine_teaches_nothing(void **state)
{
	struct office *o = *state;
	struct err e;
	write_to(o, "anna@partner.example", "nominering utbyte exchange");
	write_to(o, "MAILER-DAEMON@partner.example", "nominering utbyte exchange");
	sql(o->desk.db, "UPDATE ticket SET answered = 1790000500 WHERE id = 1");
	sql(o->desk.db, "UPDATE message SET kind = 'auto-reply' WHERE ticket = 2");
	act(o, 2, "!close");
	struct learn_set s = read_set(o);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.v[0].ticket, 1);
	assert_int_equal(s.v[0].when, 1790000500);
	learn_set_free(&s);
	sql(o->desk.db, "UPDATE ticket SET topic = 'gardening' WHERE id = 1"); /* the config has no such topic any more */
	MUST(learn_read(o->desk.db, o->config, &s, &e));
	assert_int_equal(s.n, 0);
	assert_int_equal(s.strange, 1);
	learn_set_free(&s);
}

static void a_second_topic_counts_when_a_person_named_it(void **state)
{
	struct office *o = *state;
	write_to(o, "anna@partner.example", "nominering utbyte exchange");
	write_to(o, "anna@partner.example", "nominering utbyte exchange too");
	act(o, 1, "!also agreements");
	act(o, 1, "!close");
	sql(o->desk.db, "UPDATE ticket SET second_topic = 'agreements' WHERE id = 2"); /* as the desk has guessed */
	act(o, 2, "!close");
	struct learn_set s = read_set(o);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.v[0].second, "agreements");
	assert_null(s.v[1].second);
	learn_set_free(&s);
}

static const struct training quick;

static bool learn(struct office *o, struct learned_model *m, struct err *e)
{
	return learn_now(o->desk.db, o->config, &quick, o->now, m, e);
}

static double asked(struct office *o, const char *text, const char *topic)
{
	struct verdict v;
	char *body = mem_dup(text), none[] = "", addr[] = "new@elsewhere.example";
	const struct mail m = {.subject = none, .text = body, .reply_text = body, .from = {none, addr}};
	classify_mail(o->config->classifier, &m, &v);
	double p = v.topic == config_topic_index(o->config, topic) ? v.confidence : -1;
	verdict_free(&v);
	free(body);
	return p;
}

static void what_was_learned_is_put_to_use(void **state)
{
	struct office *o = *state;
	struct err e;
	struct learned_model m;
	int64_t known = -1, n, upto;
	MUST(learn_refresh(o->desk.db, o->config, &known, &e));
	assert_int_equal(known, 0);
	assert_false(learn(o, &m, &e)); /* nothing is decided */
	assert_int_equal(e.kind, ERR_INPUT);
	a_season(o, 12, "inst");
	MUST(model_corrections(o->desk.db, &n, &upto, &e));
	assert_int_equal(n, 24);
	assert_true(asked(o, "semester credits", "mobility") < 0.5);
	MUST(learn(o, &m, &e));
	assert_true(m.live);
	assert_int_equal(m.id, 1);
	assert_int_equal(m.lessons, 36);
	learned_model_free(&m);
	MUST(model_corrections(o->desk.db, &n, &upto, &e));
	assert_int_equal(n, 0);
	MUST(learn_refresh(o->desk.db, o->config, &known, &e));
	assert_int_equal(known, 1);
	assert_true(asked(o, "semester credits", "mobility") > 0.7);
	assert_true(asked(o, "renewal clause", "agreements") > 0.7);
	assert_true(asked(o, "printer toner jam", "mobility") < 0.5 && asked(o, "printer toner jam", "agreements") < 0.5);
	expect_sound(o);
	MUST(db_begin(o->desk.db, &e));
	MUST(model_use(o->desk.db, 0, false, &e));
	MUST(db_commit(o->desk.db, &e));
	MUST(learn_refresh(o->desk.db, o->config, &known, &e)); /* and it is forgotten again */
	assert_true(asked(o, "semester credits", "mobility") < 0.5);
}

static void the_same_tickets_give_the_same_bytes(void **state)
{
	struct office *o = *state;
	struct err e;
	struct learned_model m;
	struct buf a = {0}, b = {0};
	a_season(o, 8, "inst");
	MUST(learn(o, &m, &e));
	learned_model_free(&m);
	MUST(learn(o, &m, &e));
	assert_int_equal(m.id, 2);
	learned_model_free(&m);
	MUST(model_bytes(o->desk.db, 1, &a, &e));
	MUST(model_bytes(o->desk.db, 2, &b, &e));
	assert_true(a.n == b.n && memcmp(a.s, b.s, a.n) == 0);
	buf_free(&a);
	buf_free(&b);
}

/* Of one sender's words, which no other uses, only who was held out with them knows nothing: there the model in use is better. */
static void a_worse_one_is_kept_and_not_used(void **state)
{
	struct office *o = *state;
	struct err e;
	struct learned_model m;
	int64_t known = -1;
	a_season(o, 12, "inst");
	for (int i = 0; i < 24; i++) {
		char *from = mem_fmt("q@alone.example"), *text = mem_fmt("%s %d", i % 2 ? "wombat quokka" : "sextant astrolabe", i);
		write_to(o, from, text);
		act(o, 37 + i, i % 2 ? "!move mobility" : "!move agreements");
		free(from);
		free(text);
	}
	MUST(learn(o, &m, &e));
	assert_true(m.live);
	learned_model_free(&m);
	MUST(learn_refresh(o->desk.db, o->config, &known, &e));
	for (int i = 0; i < 12; i++) {
		char *from = mem_fmt("q@alone.example"), *text = mem_fmt("%s again %d", i % 2 ? "wombat quokka" : "sextant astrolabe", i);
		write_to(o, from, text);
		act(o, 61 + i, "!close");
		free(from);
		free(text);
	}
	MUST(learn(o, &m, &e));
	assert_int_equal(m.id, 2);
	assert_false(m.live);
	assert_non_null(strstr(m.verdict, "not put to use"));
	learned_model_free(&m);
	MUST(model_in_use(o->desk.db, &known, &e));
	assert_int_equal(known, 1);
}

static void a_target_sets_a_threshold(void **state)
{
	struct office *o = *state;
	struct err e;
	struct learned_model m;
	int64_t known = -1;
	o->config->topics[0].precision = 0.6;
	o->config->topics[1].precision = 0.99;
	MUST(learn_refresh(o->desk.db, o->config, &known, &e));
	assert_true(config_threshold(o->config, 0) == 0.6); /* taken at its word, where nothing was learned */
	a_season(o, 30, "inst");
	MUST(learn(o, &m, &e));
	learned_model_free(&m);
	MUST(learn_refresh(o->desk.db, o->config, &known, &e));
	double low = config_threshold(o->config, 0);
	assert_true(low > 0 && low != 0.6);
	assert_true(config_threshold(o->config, 1) == 0.99); /* thirty mails cannot show that */
	o->config->topics[0].precision = 0;
	known = -1;
	MUST(learn_refresh(o->desk.db, o->config, &known, &e));
	assert_true(config_threshold(o->config, 0) == o->config->triage.confidence);
}

static void one_that_does_not_fit_is_left_out(void **state)
{
	struct office *o = *state;
	struct err e;
	struct learned_model m;
	int64_t known = -1;
	a_season(o, 8, "inst");
	MUST(learn(o, &m, &e));
	learned_model_free(&m);
	sql(o->desk.db, "UPDATE model SET bytes = substr(bytes, 1, 1000)");
	assert_false(learn_refresh(o->desk.db, o->config, &known, &e));
	assert_non_null(strstr(e.text, "model 1 of the store"));
	assert_int_equal(known, 1); /* it is not tried at each mail */
	MUST(learn_refresh(o->desk.db, o->config, &known, &e));
	assert_true(asked(o, "nominering utbyte", "mobility") > 0.5);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, office_open, office_close)
	const struct CMUnitTest tests[] = {
		T(what_staff_have_decided_is_read), T(an_answer_decides_and_a_machine_teaches_nothing), T(a_second_topic_counts_when_a_person_named_it),
		T(what_was_learned_is_put_to_use), T(the_same_tickets_give_the_same_bytes), T(a_worse_one_is_kept_and_not_used), T(a_target_sets_a_threshold),
		T(one_that_does_not_fit_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
