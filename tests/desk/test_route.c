#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "desk/office.h"
#include "desk/route.h"
#include "desk/why.h"

static int make_dir(void **state)
{
	*state = temp_dir();
	return 0;
}

static int remove_dir(void **state)
{
	temp_dir_remove(*state);
	return 0;
}

/* The test's office with other rules. */
static struct config *with_rules(const char *dir, const char *rules)
{
	const char *at = strstr(office_conf, "rules = ("), *end = strstr(office_conf, "limits =");
	char *text = mem_fmt("%.*srules = ( %s );\n%s", (int)(at - office_conf), office_conf, rules, end);
	char *path = temp_file(dir, "ingang.conf", text, strlen(text), 0600);
	struct config *c = office_config(path);
	if (!c)
		fail_msg("%s", rules);
	free(text);
	free(path);
	return c;
}

/* A mail with something of everything. */
static void the_mail(struct mail *m)
{
	*m = (struct mail){.kind = MAIL_PERSON};
	m->from = (struct mailbox){mem_dup("Anna"), mem_dup("anna@partner.example")};
	mailboxes_add(&m->to, "", "international@uni.example");
	mailboxes_add(&m->cc, "", "rector@uni.example");
	m->subject = mem_dup("Faktura för hösten");
	m->text = mem_dup("Hej!\n\nNy text om nomineringar och utbyten.\n> gammal text om avtal\n");
	m->reply_text = mem_dup("Hej!\n\nNy text om nomineringar och utbyten.\n");
	m->lang = mem_dup("sv");
	m->attachments = mem_array(2, sizeof *m->attachments);
	m->attachments[0] = (struct attachment){.name = mem_dup("Faktura.PDF"), .type = mem_dup("application/pdf"), .size = 7};
	m->attachments[1] = (struct attachment){.name = mem_dup(""), .type = mem_dup("image/png"), .size = 7};
	m->n_attachments = 2;
	m->fields = mem_array(2, sizeof *m->fields);
	m->fields[0] = (struct field){mem_dup("X-Priority"), mem_dup("2 (High)")};
	m->fields[1] = (struct field){mem_dup("x-priority"), mem_dup("1")};
	m->n_fields = 2;
}

/* --- does a condition hold? --- */

static void conditions(void **state)
{
	static const struct {
		const char *when;
		bool holds;
	} cases[] = {
		{"from = \"*@partner.example\";", true},
		{"from = \"*@other.example\";", false},
		{"from = [ \"x@y.example\", \"anna@*\" ];", true},
		{"from = \"/^ANNA@/\";", true},
		{"to = \"rector@uni.example\";", true},
		{"to = \"international@uni.example\";", true},
		{"to = \"anna@*\";", false},
		{"subject = \"*faktura*\";", true},
		{"subject = \"FAKTURA\";", true},
		{"subject = \"hosten\";", false},
		{"subject = \"nomineringar\";", false},
		{"subject = \"/^faktura/\";", true},
		{"body = \"nominering*\";", true},
		{"body = \"avtal\";", false},
		{"body = \"faktura\";", false},
		{"body = \"ny text\";", true},
		{"header = { name = \"X-Priority\"; matches = \"1\"; };", true},
		{"header = { name = \"x-PRIORITY\"; matches = \"high\"; };", true},
		{"header = { name = \"X-Priority\"; matches = \"5\"; };", false},
		{"header = { name = \"X-Other\"; matches = \"1\"; };", false},
		{"attachment = \"*.pdf\";", true},
		{"attachment = \"*.doc\";", false},
		{"attachment = true;", true},
		{"attachment = false;", false},
		{"topic = \"mobility\";", true},
		{"topic = \"agreements\";", false},
		{"topic = \"triage\";", false},
		{"lang = \"sv\";", true},
		{"lang = [ \"en\", \"sv\" ];", true},
		{"lang = \"en\";", false},
		{"lang = \"unknown\";", false},
		{"kind = \"person\";", true},
		{"kind = [ \"list\", \"generated\" ];", false},
		{"internal = false;", true},
		{"internal = true;", false},
		{"subject = \"faktura\"; internal = true;", false},
		{"subject = \"faktura\"; internal = false;", true},
		{"any = ( { subject = \"x\"; }, { body = \"nominering*\"; } );", true},
		{"any = ( { subject = \"x\"; }, { body = \"x\"; } );", false},
		{"all = ( { subject = \"faktura\"; }, { body = \"nominering*\"; } );", true},
		{"all = ( { subject = \"faktura\"; }, { body = \"x\"; } );", false},
		{"not = { subject = \"x\"; };", true},
		{"not = { subject = \"faktura\"; };", false},
		{"not = { subject = \"faktura\"; body = \"x\"; };", true},
		{"not = { any = ( { subject = \"x\"; }, { body = \"y\"; } ); };", true},
	};
	struct mail m;
	the_mail(&m);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *rule = mem_fmt("{ name = \"r\"; when = { %s }; topic = \"agreements\"; }", cases[i].when);
		struct config *c = with_rules(*state, rule);
		struct routing r;
		route_mail(c, &m, &r);
		if ((r.rules.n == 1) != cases[i].holds)
			fail_msg("%s: %s", cases[i].when, r.rules.n ? "held" : "did not hold");
		assert_int_equal(r.topic, cases[i].holds ? 1 : 0);
		assert_int_equal(r.by_rule, cases[i].holds);
		routing_free(&r);
		config_free(c);
		free(rule);
	}
	mail_free(&m);
}

/* Nothing is there to be looked at: no condition on it holds, and none fails otherwise than by not holding. */
static void an_empty_mail(void **state)
{
	static const struct {
		const char *when;
		bool holds;
	} cases[] = {
		{"from = \"*\";", false},    {"to = \"*\";", false},       {"subject = \"x\";", false},      {"body = \"/x*/\";", false},
		{"lang = \"unknown\";", true}, {"topic = \"triage\";", true}, {"attachment = false;", true},   {"internal = false;", true},
		{"kind = \"person\";", true}, {"attachment = \"*a*\";", false}, {"header = { name = \"X\"; matches = \"/x*/\"; };", false},
	};
	const struct mail none = {0};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *rule = mem_fmt("{ name = \"r\"; when = { %s }; topic = \"agreements\"; }", cases[i].when);
		struct config *c = with_rules(*state, rule);
		struct routing r;
		route_mail(c, &none, &r);
		if ((r.rules.n == 1) != cases[i].holds)
			fail_msg("%s: %s", cases[i].when, r.rules.n ? "held" : "did not hold");
		routing_free(&r);
		config_free(c);
		free(rule);
	}
}

/* --- several rules --- */

enum { BY_TERMS = -2 }; /* no rule names a second topic */
#define ALWAYS "when = { kind = \"person\"; };"

static void rules_in_order(void **state)
{
	static const struct {
		const char *rules, *held;
		int topic, second;
		const char *answer, *forward_to;
		bool acknowledge;
		const char *why;
	} cases[] = {
		{"{ name = \"a\"; when = { subject = \"nothing\"; }; topic = \"agreements\"; }", "", 0, BY_TERMS, NULL, NULL, true, "none holds: the terms decide"},
		{"{ name = \"a\"; " ALWAYS " topic = \"agreements\"; }, { name = \"b\"; when = { lang = \"sv\"; }; topic = \"triage\"; }", "a ", 1, BY_TERMS, NULL, NULL, true,
		 "the first one that holds decides"},
		{"{ name = \"a\"; when = { lang = \"sv\"; }; topic = \"agreements\"; continue = true; }, { name = \"b\"; " ALWAYS " topic = \"triage\"; }", "a b ", -1, BY_TERMS, NULL,
		 NULL, true, "a later one overrides one that says continue"},
		{"{ name = \"a\"; when = { lang = \"sv\"; }; acknowledge = false; continue = true; },"
		 "{ name = \"b\"; when = { internal = false; }; answer = \"opening-hours\"; continue = true; },"
		 "{ name = \"c\"; " ALWAYS " forward_to = [ \"x@uni.example\" ]; second = \"agreements\"; }",
		 "a b c ", 0, 1, "opening-hours", "x@uni.example", false, "each adds what it says"},
		{"{ name = \"a\"; " ALWAYS " second = \"mobility\"; }", "a ", 0, -1, NULL, NULL, true, "a second topic that is the first is none"},
		{"{ name = \"a\"; " ALWAYS " topic = \"agreements\"; second = \"mobility\"; }", "a ", 1, 0, NULL, NULL, true, "two topics"},
		{"{ name = \"a\"; topic = \"triage\"; }", "a ", -1, BY_TERMS, NULL, NULL, true, "without conditions it always holds"},
		{"{ name = \"a\"; " ALWAYS " topic = \"agreements\"; continue = true; }, { name = \"b\"; when = { topic = \"mobility\"; }; acknowledge = false; }", "a b ", 1, BY_TERMS,
		 NULL, NULL, false, "a condition on the topic looks at what the terms say"},
	};
	struct mail m;
	the_mail(&m);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct config *c = with_rules(*state, cases[i].rules);
		struct routing r;
		struct buf held = {0};
		route_mail(c, &m, &r);
		buf_adds(&held, "");
		for (size_t k = 0; k < r.rules.n; k++)
			buf_addf(&held, "%s ", r.rules.v[k]);
		const struct strs *staff = routing_staff(c, &r);
		if (strcmp(held.s, cases[i].held) != 0 || r.topic != cases[i].topic || (cases[i].second != BY_TERMS && r.second != cases[i].second) || r.acknowledge != cases[i].acknowledge ||
		    (r.answer == NULL) != (cases[i].answer == NULL) || (r.answer && strcmp(r.answer, cases[i].answer) != 0))
			fail_msg("%s: held %s, topic %d, second %d, answer %s", cases[i].why, held.s, r.topic, r.second, r.answer ? r.answer : "none");
		if (cases[i].forward_to ? !strs_has(staff, cases[i].forward_to) || staff->n != 1 : staff != config_topic_staff(c, cases[i].topic))
			fail_msg("%s: to %s", cases[i].why, staff->v[0]);
		for (size_t k = 0; k < r.rules.n; k++) /* rules come first among the reasons, in their order */
			if (strcmp(r.verdict.why[k].source, "rule") != 0 || !str_starts(r.verdict.why[k].what, r.rules.v[k]))
				fail_msg("%s: reason %zu is %s", cases[i].why, k, r.verdict.why[k].what);
		buf_free(&held);
		routing_free(&r);
		config_free(c);
	}
	mail_free(&m);
}

/* --- the terms alone --- */

static void what_is_not_sure_enough_goes_to_triage(void **state)
{
	struct config *c = with_rules(*state, "");
	struct mail m;
	struct routing r;
	the_mail(&m);
	c->triage.confidence = 0;
	route_mail(c, &m, &r);
	assert_int_equal(r.topic, 0);
	double sure = r.confidence;
	assert_true(sure > 0 && sure <= 1);
	routing_free(&r);
	c->triage.confidence = sure; /* just enough */
	route_mail(c, &m, &r);
	assert_int_equal(r.topic, 0);
	assert_false(r.by_rule);
	routing_free(&r);
	c->triage.confidence = sure + 0.0001;
	route_mail(c, &m, &r);
	assert_int_equal(r.topic, -1);
	assert_int_equal(r.guess, 0); /* still told */
	assert_ptr_equal(routing_staff(c, &r), &c->triage.staff);
	routing_free(&r);
	mail_free(&m);
	config_free(c);
}

static void reasons_are_words(void **state)
{
	struct mail m;
	the_mail(&m);
	static const struct {
		const char *rules, *lang, *want; /* a part of it */
		double confidence;
		const char *why;
	} cases[] = {
		{"", "en", "nomineringar in the text", 0, "terms"},
		{"", "sv", "nomineringar i texten", 0, "terms, in Swedish"},
		{"", "de", "nomineringar in the text", 0, "another language: English"},
		{"", "en", "nearest Mobility", 1, "not sure enough"},
		{"", "sv", "närmast Utbyten", 1, "not sure enough, in Swedish"},
		{"{ name = \"a\"; " ALWAYS " topic = \"agreements\"; }", "en", "rule 'a'", 0, "a rule"},
		{"{ name = \"a\"; " ALWAYS " topic = \"agreements\"; }", "sv", "regeln 'a'", 0, "a rule, in Swedish"},
		{"{ name = \"a\"; " ALWAYS " acknowledge = false; }", "en", "rule 'a'; nomineringar in the text", 0, "a rule that chose no topic"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct config *c = with_rules(*state, cases[i].rules);
		struct routing r;
		c->triage.confidence = cases[i].confidence;
		route_mail(c, &m, &r);
		char *why = routing_why(c, &r, cases[i].lang);
		if (!strstr(why, cases[i].want) || strchr(why, '\n'))
			fail_msg("%s: %s", cases[i].why, why);
		free(why);
		routing_free(&r);
		config_free(c);
	}
	mail_free(&m);
	const struct mail none = {0};
	struct config *c = with_rules(*state, "");
	struct routing r;
	route_mail(c, &none, &r);
	char *why = routing_why(c, &r, "en");
	assert_string_equal(why, "no term of any topic was found");
	assert_int_equal(r.topic, -1);
	free(why);
	routing_free(&r);
	config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions),
		cmocka_unit_test(an_empty_mail),
		cmocka_unit_test(rules_in_order),
		cmocka_unit_test(what_is_not_sure_enough_goes_to_triage),
		cmocka_unit_test(reasons_are_words),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
