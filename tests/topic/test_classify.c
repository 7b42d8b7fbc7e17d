#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "topic/classify.h"

#define LIST(...) {(char *[]){__VA_ARGS__}, sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)}

static char avtal_any[] = "*avtal*", mou[] = "MoU^3", agreement[] = "agreement*", shared[] = "partner*^2", against[] = "erasmus^-2";
static char nominering[] = "nominering*^3", learning[] = "learning agreement^3", shared2[] = "partner*^2", student[] = "from:*@student.*^2", private_[] = "from:private";
static char parkering[] = "*parkering*^3";

static struct classifier *made(void)
{
	const struct strs a = LIST(avtal_any, mou, agreement, shared, against, private_), m = LIST(nominering, learning, shared2, student),
	                  none = LIST(parkering);
	struct err e = {0};
	struct classifier *c = classifier_new((struct topic_terms[]){{"agreements", &a}, {"mobility", &m}}, 2, &none, &e);
	assert_non_null(c);
	return c;
}

static const struct reason *reason_of(const struct verdict *v, const char *what, int topic)
{
	for (size_t i = 0; i < v->n_why; i++)
		if (strcmp(v->why[i].what, what) == 0 && v->why[i].topic == topic)
			return &v->why[i];
	return NULL;
}

static void topics_by_their_terms(void **state)
{
	(void)state;
	static const struct {
		const char *subject, *body;
		int topic;
		bool sure;
		const char *why;
	} cases[] = {
		{"MoU", "We send the MoU.", 0, true, "a strong term in subject and body"},
		{"Nomineringar", "Här kommer nomineringen.", 1, true, "the other topic"},
		{"", "the learning agreement", 1, true, "the longer term hides 'agreement'"},
		{"", "avtal", 0, false, "one weak term is little evidence"},
		{"", "MoU och nominering", 0, false, "two topics close together"},
		{"Parkering", "MoU och parkeringen vid huset", 0, false, "nobody's mail, though a term is in it"},
		{"Hej", "god dag", 0, false, "no evidence at all"},
		{"", "", 0, false, "nothing to read"},
	};
	struct classifier *c = made();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct verdict v;
		classify_text(c, cases[i].subject, cases[i].body, &v);
		if ((v.confidence >= 0.6) != cases[i].sure || (cases[i].sure && v.topic != cases[i].topic))
			fail_msg("'%s' / '%s': topic %d at %.2f: %s", cases[i].subject, cases[i].body, v.topic, v.confidence, cases[i].why);
		assert_true(v.scores[0] + v.scores[1] <= 1.0 + 1e-9);
		verdict_free(&v);
	}
	classifier_free(c);
}

static void subject_counts_more(void **state)
{
	(void)state;
	struct classifier *c = made();
	struct verdict in_subject, in_body;
	classify_text(c, "MoU", "", &in_subject);
	classify_text(c, "", "MoU", &in_body);
	assert_true(in_subject.confidence > in_body.confidence);
	assert_string_equal(in_subject.why[0].where, "subject");
	assert_string_equal(in_body.why[0].where, "body");
	verdict_free(&in_subject);
	verdict_free(&in_body);
	classifier_free(c);
}

static double confidence(const struct classifier *c, const char *subject, const char *body)
{
	struct verdict v;
	classify_text(c, subject, body, &v);
	double p = v.confidence;
	verdict_free(&v);
	return p;
}

static void the_subject_of_an_answer_hardly_counts(void **state)
{
	(void)state;
	static const char *const answers[] = {"Re: MoU", "SV: MoU", "  AW: MoU", "re: SV: MoU"}, *const others[] = {"VB: MoU", "Fwd: MoU", "MoU: re"};
	struct classifier *c = made();
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		assert_true(confidence(c, answers[i], "hej") < confidence(c, "", "MoU"));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_true(confidence(c, others[i], "hej") > confidence(c, "", "MoU"));
	classifier_free(c);
}

static void a_subject_that_the_body_is_not_about(void **state)
{
	(void)state;
	struct classifier *c = made();
	struct verdict v;
	classify_text(c, "MoU", "Two nominations: nominering av Aino, nominering av Mikko, and a Learning Agreement.", &v);
	assert_int_equal(v.topic, 1);
	assert_true(v.confidence > 0.6);
	verdict_free(&v);
	classifier_free(c);
}

static void what_is_asked_counts_more(void **state)
{
	(void)state;
	struct classifier *c = made();
	assert_true(confidence(c, "", "Tack. Var är vårt MoU?") > confidence(c, "", "Tack. Här är vårt MoU."));
	assert_true(confidence(c, "", "Här är vårt MoU. Hur mår ni?") == confidence(c, "", "Här är vårt MoU."));
	classifier_free(c);
}

static void shared_terms_count_less(void **state)
{
	(void)state;
	struct classifier *c = made();
	struct verdict v;
	classify_text(c, "", "our partner", &v);
	assert_true(reason_of(&v, "partner*", 0)->weight == 1.0);
	assert_true(reason_of(&v, "partner*", 1)->weight == 1.0);
	verdict_free(&v);
	classifier_free(c);
}

static void negative_terms_speak_against(void **state)
{
	(void)state;
	struct classifier *c = made();
	struct verdict with, without;
	classify_text(c, "", "MoU erasmus", &with);
	classify_text(c, "", "MoU", &without);
	assert_true(with.scores[0] < without.scores[0]);
	assert_true(reason_of(&with, "erasmus", 0)->weight < 0);
	verdict_free(&with);
	verdict_free(&without);
	classifier_free(c);
}

static void a_term_of_no_weight_only_hides(void **state)
{
	(void)state;
	static char exchange[] = "exchange^2.5", rate[] = "exchange rate^0";
	const struct strs terms = LIST(exchange, rate);
	struct err e = {0};
	struct classifier *c = classifier_new(&(struct topic_terms){"mobility", &terms}, 1, NULL, &e);
	struct verdict v;
	classify_text(c, "", "the exchange rate", &v);
	assert_int_equal((int)v.n_why, 0);
	verdict_free(&v);
	classify_text(c, "", "the exchange", &v);
	assert_int_equal((int)v.n_why, 1);
	assert_true(v.why[0].weight == 2.5);
	verdict_free(&v);
	classifier_free(c);
}

static void reasons_are_strongest_first_and_once(void **state)
{
	(void)state;
	struct classifier *c = made();
	struct verdict v;
	classify_text(c, "Avtal, MoU", "avtal avtalet avtalen", &v);
	assert_int_equal((int)v.n_why, 2);
	assert_string_equal(v.why[0].what, "MoU");
	assert_string_equal(v.why[0].source, "term");
	assert_string_equal(v.why[1].what, "*avtal*");
	assert_string_equal(v.why[1].where, "subject");
	assert_true(v.why[1].weight > 2 && v.why[1].weight < v.why[0].weight);
	char *words = verdict_words(&v, 5), *first = verdict_words(&v, 1), *none = verdict_words(&v, 0);
	assert_string_equal(words, "mou in the subject, avtal in the subject");
	assert_string_equal(first, "mou in the subject");
	assert_string_equal(none, "");
	free(words);
	free(first);
	free(none);
	verdict_add(&v, "rule", "visits", "subject", v.topic, 5);
	words = verdict_words(&v, 5);
	assert_string_equal(words, "mou in the subject, avtal in the subject, rule visits");
	free(words);
	verdict_free(&v);
	classifier_free(c);
}

static void two_topics_in_one_mail(void **state)
{
	(void)state;
	struct classifier *c = made();
	struct verdict v;
	classify_text(c, "", "Our MoU, the new agreement and avtalet.", &v);
	assert_int_equal(v.topic, 0);
	assert_true(v.second_confidence < 0.1);
	assert_int_equal(v.second, -1);
	verdict_free(&v);
	classify_text(c, "", "The MoU, an agreement and avtalet? Also: nominering, nomineringen, learning agreement?", &v);
	assert_true(v.topic >= 0 && v.second == 1 - v.topic);
	assert_true(v.second_confidence >= 0.5);
	assert_true(v.confidence > 0.8); /* not doubtful because it asks two things */
	verdict_free(&v);
	classifier_free(c);
}

static void triage_has_reasons_too(void **state)
{
	(void)state;
	struct classifier *c = made();
	struct verdict v;
	classify_text(c, "", "parkeringsplats", &v);
	assert_non_null(reason_of(&v, "*parkering*", -1));
	assert_true(v.confidence < 0.2);
	verdict_free(&v);
	classifier_free(c);
}

/* The parts of a mail that count, and those that do not. */
static void parts_of_a_mail(void **state)
{
	(void)state;
	static char pdf[] = "Learning_Agreement.pdf", type[] = "application/pdf", png[] = "MoU.png";
	static struct attachment la[] = {{.name = pdf, .type = type, .size = 1}}, picture[] = {{.name = png, .type = type, .size = 1}};
	static const struct {
		const char *subject, *text, *now, *from;
		struct attachment *att;
		int topic; /* -1: nothing found */
		const char *where, *why;
	} cases[] = {
		{"SV: hej", "Tack!\n> MoU", "Tack!", "a@b.example", NULL, -1, "", "quoted history does not count"},
		{"SV: hej", "Tack för MoU!\n> nominering", "Tack för MoU!", "a@b.example", NULL, 0, "body", "what was written now does"},
		{"VB: hej", "Er?\n> MoU", "Er?", "a@b.example", NULL, 0, "forwarded", "a short cover's forward counts"},
		{"Fwd: hej", "MoU", "", "a@b.example", NULL, 0, "body", "all of it is carried: nothing else there"},
		{"hej", "se bilaga", "se bilaga", "a@b.example", la, 1, "attachment", "an attachment's name"},
		{"hej", "se bilaga", "se bilaga", "a@b.example", picture, 0, "attachment", "of any kind"},
		{"hej", "hej", "hej", "eva@student.uni.example", NULL, 1, "from", "who asks"},
		{"hej", "hej", "hej", "eva@GMAIL.com", NULL, 0, "from", "a private mailbox"},
		{"hej", "hej", "hej", "eva@yahoo.co.uk", NULL, 0, "from", "a provider with many domains"},
		{"hej", "hej", "hej", "eva@notgmail.com", NULL, -1, "", "not one that looks alike"},
		{"hej", "hej", "hej", NULL, NULL, -1, "", "a mail without a sender"},
		{NULL, NULL, NULL, NULL, NULL, -1, "", "an empty mail"},
	};
	struct classifier *c = made();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mail m = {.subject = mem_dup(cases[i].subject), .text = mem_dup(cases[i].text), .reply_text = mem_dup(cases[i].now),
		                 .from = {mem_dup(""), mem_dup(cases[i].from)}, .attachments = cases[i].att, .n_attachments = cases[i].att != NULL};
		struct verdict v;
		classify_mail(c, &m, &v);
		if (cases[i].topic < 0 ? v.n_why != 0 : v.n_why != 1 || v.topic != cases[i].topic || strcmp(v.why[0].where, cases[i].where) != 0)
			fail_msg("case %zu: topic %d, %zu reasons, first in %s: %s", i, v.topic, v.n_why, v.n_why ? v.why[0].where : "-", cases[i].why);
		verdict_free(&v);
		m.attachments = NULL;
		m.n_attachments = 0;
		mail_free(&m);
	}
	classifier_free(c);
}

static void malformed_terms_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *term, *said;
	} cases[] = {
		{"avtal^x", "the weight in 'avtal^x'"}, {"avtal^", "the weight"}, {"avtal^1e9", "the weight"}, {"avtal^nan", "the weight"}, {"avtal^-", "the weight"}, {"avtal^.", "the weight"}, {"avtal^1.2.3", "the weight"}, {"avtal^101", "the weight"},
		{"avtal^1,5", "the weight"}, {"avtal^0x1", "the weight"},
		{"*", "less than two letters"}, {"", "less than two letters"}, {"^2", "less than two letters"}, {"from:", "names no address"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *term = mem_dup(cases[i].term);
		struct strs l = {&term, 1};
		struct err e = {0};
		if (classifier_new(&(struct topic_terms){"agreements", &l}, 1, NULL, &e))
			fail_msg("'%s' was taken", term);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_non_null(strstr(e.text, "topic 'agreements': "));
		assert_non_null(strstr(e.text, cases[i].said));
		assert_false(classifier_term_ok(term, &e));
		free(term);
	}
	struct err e = {0};
	static const char *const good[] = {"*avtal*^2.5", "avtal^-1", "avtal^.5", "avtal^0", "avtal^100", "avtal^007", "from:*@a.example^-2"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(classifier_term_ok(good[i], &e));
}

/* Who writes five terms means five strong ones: one in the subject is enough. In a list of hundreds it is not. */
static void a_term_of_a_short_list_is_strong(void **state)
{
	(void)state;
	struct strs few = {0}, many = {0}, other = {0};
	strs_add(&few, "avtal");
	strs_add(&other, "utbyte");
	strs_add(&many, "avtal");
	for (int i = 0; i < 400; i++)
		strs_own(&many, mem_fmt("ord%d", i));
	struct err e = {0};
	struct classifier *s = classifier_new((struct topic_terms[]){{"a", &few}, {"m", &other}}, 2, NULL, &e);
	struct classifier *l = classifier_new((struct topic_terms[]){{"a", &many}, {"m", &many}}, 2, NULL, &e);
	struct verdict of_few, of_many;
	classify_text(s, "avtal", "hej", &of_few);
	classify_text(l, "avtal", "hej", &of_many);
	assert_int_equal(of_few.topic, 0);
	assert_true(of_few.confidence > 0.6);
	assert_true(of_many.confidence < 0.6);
	verdict_free(&of_few);
	verdict_free(&of_many);
	classifier_free(s);
	classifier_free(l);
	strs_free(&few);
	strs_free(&many);
	strs_free(&other);
}

static void no_topics_at_all(void **state)
{
	(void)state;
	struct err e = {0};
	struct classifier *c = classifier_new(NULL, 0, NULL, &e);
	struct verdict v;
	assert_non_null(c);
	classify_text(c, "a", "b", &v);
	assert_int_equal(v.topic, -1);
	assert_int_equal(v.second, -1);
	assert_true(v.confidence == 0);
	verdict_free(&v);
	classifier_free(c);
}

/* --- with what was learned --- */

static struct mail letter(const char *subject, const char *body)
{
	return (struct mail){.subject = mem_dup(subject), .reply_text = mem_dup(body), .text = mem_dup(body)};
}

/* In the mail's own words, each once; those of any mail are not told, however much they weigh. */
static void reasons_tell_something(void **state)
{
	(void)state;
	static const char *const terms[] = {"hon^5", "i have^4", "nominer*^3", "nomineringen^2", "exchange student*^2.5", "exchange^2", "from:*@kth.example^1"};
	struct strs list = {0};
	for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
		strs_add(&list, terms[i]);
	const struct topic_terms one[] = {{"mobility", &list}};
	struct err e;
	struct verdict v;
	struct classifier *c = classifier_new(one, 1, NULL, &e);
	assert_non_null(c);
	struct mail m = letter("", "Hon: i have nomineringsbrevet. Nomineringen of exchange students, an exchange");
	free(m.from.addr);
	m.from.addr = mem_dup("eva@kth.example");
	classify_mail(c, &m, &v);
	assert_non_null(reason_of(&v, "hon", 0)); /* it counts all the same */
	char *words = verdict_words(&v, 9);
	assert_string_equal(words, "nomineringsbrevet in the text, exchange students in the text, nomineringen in the text, *@kth.example as the sender");
	free(words);
	verdict_free(&v);
	mail_free(&m);
	classifier_free(c);
	strs_free(&list);
}

/* Mails about rooms are agreements', those about trains mobility's, those about cake nobody's; no term says so. */
static struct model *taught(const struct classifier *c, const char *first)
{
	static const char *const texts[] = {"the room is booked", "the train is late", "there is cake left", "a room for two", "a train to the coast", "more cake please"};
	const char *names[] = {first, "mobility", "triage"};
	struct strs labels = {0};
	struct err e;
	for (size_t i = 0; i < 3; i++)
		strs_add(&labels, names[i]);
	struct lessons *l = lessons_new(&labels, CLASSIFIER_PRIORS);
	for (size_t i = 0; i < 90; i++) {
		struct mail m = letter("", texts[i % 6]);
		float prior[3 * CLASSIFIER_PRIORS];
		struct lesson lesson = {.label = names[i % 3], .prior = prior};
		classifier_prior(c, &m, prior);
		features_add_mail(lessons_begin(l), lessons_kin(l), &m);
		assert_true(lessons_end(l, &lesson, &e));
		mail_free(&m);
	}
	struct training how = {0};
	struct model *model = model_train(l, &how, &e);
	assert_non_null(model);
	lessons_free(l);
	strs_free(&labels);
	return model;
}

static void what_was_learned_decides_with_the_terms(void **state)
{
	(void)state;
	static const struct {
		const char *body;
		int topic;
		bool sure;
	} cases[] = {{"when does the train leave?", 1, true}, {"is the room free?", 0, true}, {"who wants cake?", 0, false}, {"", 0, false}};
	struct classifier *c = made();
	struct verdict v;
	struct mail m = letter("", "when does the train leave?");
	classify_mail(c, &m, &v);
	assert_true(v.confidence < 0.6); /* no term */
	verdict_free(&v);
	assert_true(classifier_learned(c, taught(c, "agreements")));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mail k = letter("", cases[i].body);
		classify_mail(c, &k, &v);
		if ((v.confidence >= 0.6) != cases[i].sure || (cases[i].sure && v.topic != cases[i].topic))
			fail_msg("'%s': topic %d at %.2f", cases[i].body, v.topic, v.confidence);
		assert_true(v.scores[0] + v.scores[1] <= 1.0 + 1e-9);
		verdict_free(&v);
		mail_free(&k);
	}
	classify_mail(c, &m, &v);
	const struct reason *why = reason_of(&v, "train", 1);
	assert_non_null(why);
	assert_string_equal(why->source, "model");
	assert_string_equal(why->where, "body");
	char *words = verdict_words(&v, 1);
	assert_string_equal(words, "train in the text");
	free(words);
	verdict_free(&v);
	classifier_forget(c);
	classify_mail(c, &m, &v);
	assert_true(v.confidence < 0.6);
	verdict_free(&v);
	mail_free(&m);
	classifier_free(c);
}

static void a_model_of_other_topics_steps_aside(void **state)
{
	(void)state;
	struct classifier *c = made();
	struct verdict v;
	struct mail m = letter("", "when does the train leave?");
	assert_false(classifier_learned(c, taught(c, "gardening")));
	classify_mail(c, &m, &v);
	assert_true(v.confidence < 0.6);
	for (size_t i = 0; i < v.n_why; i++)
		assert_string_not_equal(v.why[i].source, "model");
	verdict_free(&v);
	mail_free(&m);
	classifier_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(topics_by_their_terms),
		cmocka_unit_test(subject_counts_more),
		cmocka_unit_test(the_subject_of_an_answer_hardly_counts),
		cmocka_unit_test(a_subject_that_the_body_is_not_about),
		cmocka_unit_test(what_is_asked_counts_more),
		cmocka_unit_test(shared_terms_count_less),
		cmocka_unit_test(negative_terms_speak_against),
		cmocka_unit_test(a_term_of_no_weight_only_hides),
		cmocka_unit_test(reasons_are_strongest_first_and_once),
		cmocka_unit_test(reasons_tell_something),
		cmocka_unit_test(two_topics_in_one_mail),
		cmocka_unit_test(triage_has_reasons_too),
		cmocka_unit_test(parts_of_a_mail),
		cmocka_unit_test(malformed_terms_are_named),
		cmocka_unit_test(a_term_of_a_short_list_is_strong),
		cmocka_unit_test(no_topics_at_all),
		cmocka_unit_test(what_was_learned_decides_with_the_terms),
		cmocka_unit_test(a_model_of_other_topics_steps_aside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
