#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "topic/model.h"

/* Three labels by three words each, in a few hundred texts with words that say nothing. */
static const char *const labels[] = {"red", "green", "blue"};
static const char *const telling[][3] = {{"tomato", "cherry", "brick"}, {"grass", "frog", "spinach"}, {"sky", "ocean", "cornflower"}};
static const char *const idle[] = {"please", "tomorrow", "maybe", "and", "then", "with", "some", "house", "door", "table", "window"};

static uint32_t next(uint32_t *s)
{
	return *s = *s * 1664525u + 1013904223u;
}

static void text_of(size_t label, uint32_t *s, char out[static 200])
{
	*out = '\0';
	for (int i = 0; i < 6; i++) {
		const char *w = i == 3 ? telling[label][(next(s) >> 20) % 3] : idle[(next(s) >> 20) % (sizeof idle / sizeof *idle)];
		strcat(strcat(out, w), " ");
	}
}

static void add(struct lessons *l, const char *label, const char *who, const char *text)
{
	struct err e;
	struct lesson lesson = {.label = label, .who = who};
	features_add_text(lessons_begin(l), lessons_kin(l), PLACE_BODY, text, strlen(text));
	assert_true(lessons_end(l, &lesson, &e));
}

static struct lessons *some_lessons(size_t n)
{
	struct lessons *l = lessons_new(NULL, 0);
	uint32_t s = 3;
	char text[200];
	for (size_t i = 0; i < n; i++) {
		text_of(i % 3, &s, text);
		add(l, labels[i % 3], NULL, text);
	}
	return l;
}

static struct model *learned(const struct lessons *l)
{
	struct err e;
	struct training how = {0};
	struct model *m = model_train(l, &how, &e);
	assert_non_null(m);
	return m;
}

static struct guess ask(const struct model *m, const char *text, double *p)
{
	struct model_desk *d = model_desk_new(m);
	features_add_text(model_desk_clear(d), model_kin(m), PLACE_BODY, text, strlen(text));
	struct guess g = model_ask(d, NULL, p);
	model_desk_free(d);
	return g;
}

static struct model *loaded(const struct buf *b, struct err *e)
{
	/* of the very size, so that reading past the end is seen */
	char *copy = mem_dupn(b->s, b->n);
	struct model *m = model_load(copy, b->n, e);
	free(copy);
	return m;
}

static void new_texts_get_their_label(void **state)
{
	(void)state;
	struct lessons *l = some_lessons(300);
	struct model *m = learned(l);
	uint32_t s = 99;
	size_t right = 0;
	for (size_t i = 0; i < 300; i++) {
		char text[200];
		double p[3];
		text_of(i % 3, &s, text);
		struct guess g = ask(m, text, p);
		right += strcmp(model_labels(m)->v[g.best], labels[i % 3]) == 0;
		assert_true(g.confidence >= 0 && g.confidence <= 1);
		assert_true(p[0] + p[1] + p[2] > 0.999 && p[0] + p[1] + p[2] < 1.001);
	}
	assert_true(right >= 297);
	model_free(m);
	lessons_free(l);
}

static void what_says_nothing_is_doubtful(void **state)
{
	(void)state;
	struct lessons *l = some_lessons(300);
	struct model *m = learned(l);
	double p[3];
	double plain = ask(m, "the tomato and the cherry", p).confidence, idle_text = ask(m, "maybe tomorrow with some", p).confidence;
	assert_true(plain > 0.9);
	assert_true(idle_text < 0.7);
	ask(m, "", p);
	ask(m, "\xF0\x9F\x8D\x85", p);
	model_free(m);
	lessons_free(l);
}

static void the_same_lessons_give_the_same_bytes(void **state)
{
	(void)state;
	struct lessons *l = some_lessons(200), *k = some_lessons(200);
	struct model *a = learned(l), *b = learned(k);
	struct buf x = {0}, y = {0};
	model_save(a, &x);
	model_save(b, &y);
	assert_int_equal(x.n, y.n);
	assert_memory_equal(x.s, y.s, x.n);
	buf_free(&x);
	buf_free(&y);
	model_free(a);
	model_free(b);
	lessons_free(l);
	lessons_free(k);
}

static void a_file_says_what_the_model_said(void **state)
{
	(void)state;
	struct err e;
	struct lessons *l = some_lessons(200);
	struct model *m = learned(l);
	struct buf b = {0}, again = {0};
	model_save(m, &b);
	struct model *n = loaded(&b, &e);
	assert_non_null(n);
	uint32_t s = 5;
	for (int i = 0; i < 50; i++) {
		char text[200];
		double p[3], q[3];
		text_of((size_t)i % 3, &s, text);
		struct guess g = ask(m, text, p), h = ask(n, text, q);
		assert_int_equal(g.best, h.best);
		assert_true(g.confidence - h.confidence < 0.02 && h.confidence - g.confidence < 0.02);
	}
	model_save(n, &again);
	assert_int_equal(b.n, again.n);
	buf_free(&b);
	buf_free(&again);
	model_free(m);
	model_free(n);
	lessons_free(l);
}

static void a_cut_or_damaged_file_is_refused(void **state)
{
	(void)state;
	struct err e;
	struct lessons *l = some_lessons(60);
	struct model *m = learned(l);
	struct buf b = {0};
	model_save(m, &b);
	for (size_t n = 0; n < b.n; n += n < 200 ? 1 : 97) {
		struct buf cut = {b.s, n, n};
		e.text[0] = '\0';
		assert_null(n ? loaded(&cut, &e) : model_load("", 0, &e));
		assert_true(e.kind == ERR_INPUT && e.text[0]);
	}
	for (size_t at = 0; at < b.n; at += at < 200 ? 1 : 97) {
		b.s[at] ^= 0x10;
		assert_null(loaded(&b, &e));
		b.s[at] ^= 0x10;
	}
	buf_adds(&b, "x");
	assert_null(loaded(&b, &e));
	buf_free(&b);
	model_free(m);
	lessons_free(l);
}

/* The checksum as the format says, for files that were made up with care. */
static void sign(struct buf *b)
{
	uint64_t h = 0xcbf29ce484222325u;
	size_t n = b->n - 8, i = 0;
	for (; i + 8 <= n; i += 8) {
		uint64_t v = 0;
		for (unsigned j = 0; j < 8; j++)
			v |= (uint64_t)(unsigned char)b->s[i + j] << 8 * j;
		h = (h ^ v) * 0x100000001b3u;
		h ^= h >> 29;
	}
	for (; i < n; i++)
		h = (h ^ (unsigned char)b->s[i]) * 0x100000001b3u;
	for (unsigned j = 0; j < 8; j++)
		b->s[n + j] = (char)(h >> 8 * j);
}

static void a_made_up_file_is_refused(void **state)
{
	(void)state;
	struct err e;
	struct lessons *l = some_lessons(60);
	struct model *m = learned(l), *n;
	struct buf b = {0};
	model_save(m, &b);
	sign(&b);
	n = loaded(&b, &e);
	assert_non_null(n); /* the checksum here is the file's */
	model_free(n);
	static const unsigned char bytes[] = {0x00, 0x01, 0x7F, 0x80, 0xFF};
	for (size_t at = 8; at < b.n - 8; at += at < 300 ? 1 : 101)
		for (size_t k = 0; k < sizeof bytes; k++) {
			char was = b.s[at];
			double p[MODEL_LABELS_MAX];
			b.s[at] = (char)bytes[k];
			sign(&b);
			n = loaded(&b, &e); /* it may be a model; then it answers */
			if (n)
				ask(n, "the tomato and the sky", p);
			model_free(n);
			b.s[at] = was;
		}
	for (size_t at = 8; at < 28; at += 4) { /* each count: as much as can be written */
		char was[4];
		memcpy(was, b.s + at, 4);
		memset(b.s + at, 0xFF, 4);
		sign(&b);
		assert_null(loaded(&b, &e));
		memcpy(b.s + at, was, 4);
	}
	buf_free(&b);
	model_free(m);
	lessons_free(l);
}

/* A stranger writes a hundred mails that call tomatoes blue; twelve people have one red each. */
static double red_after(bool one_sender)
{
	struct lessons *l = lessons_new(NULL, 0);
	char who[40], text[200];
	uint32_t s = 8;
	for (int i = 0; i < 60; i++) {
		text_of((size_t)i % 3, &s, text);
		snprintf(who, sizeof who, "p%d@uni.example", i);
		add(l, labels[i % 3], who, text);
	}
	for (int i = 0; i < 12; i++) {
		snprintf(who, sizeof who, "q%d@uni.example", i);
		add(l, "red", who, "please the tomato");
	}
	for (int i = 0; i < 100; i++) {
		snprintf(who, sizeof who, "s%d@else.example", one_sender ? 0 : i);
		add(l, "blue", who, "please the tomato");
	}
	struct model *m = learned(l);
	double p[3];
	ask(m, "please the tomato", p);
	double red = p[0];
	model_free(m);
	lessons_free(l);
	return red;
}

static void one_sender_does_not_move_the_model(void **state)
{
	(void)state;
	assert_true(red_after(true) > 0.5);
	assert_true(red_after(false) < 0.5); /* a hundred people do */
}

static void the_reason_is_the_word_that_tells(void **state)
{
	(void)state;
	struct lessons *l = some_lessons(300);
	struct model *m = learned(l);
	struct model_desk *d = model_desk_new(m);
	struct model_reason why[2];
	enum feature_place place;
	double p[3];
	const char *text = "Maybe tomorrow with some SPINACH and then";
	features_add_text(model_desk_clear(d), model_kin(m), PLACE_BODY, text, strlen(text));
	assert_string_equal(model_labels(m)->v[model_ask(d, NULL, p).best], "green");
	assert_int_equal(model_why(d, 1, 0, why, 2), 2);
	char *word = model_word(d, why[0].word, &place);
	assert_string_equal(word, "spinach");
	assert_true(place == PLACE_BODY && why[0].weight > 0);
	/* asking for reasons leaves the desk as it was */
	double q[3];
	model_ask(d, NULL, q);
	assert_memory_equal(p, q, sizeof p);
	free(word);
	model_desk_free(d);
	model_free(m);
	lessons_free(l);
}

/* The domains above a sender's may be known, but nobody can see why that would say anything. */
static void a_sender_never_met_is_no_reason(void **state)
{
	(void)state;
	static const char *const from[] = {"a@red.example", "b@green.example", "c@blue.example"};
	struct lessons *l = lessons_new(NULL, 0);
	struct err e;
	uint32_t s = 7;
	char text[200];
	for (size_t i = 0; i < 90; i++) {
		struct lesson lesson = {.label = labels[i % 3]};
		struct features *f = lessons_begin(l);
		text_of((next(&s) >> 20) % 3, &s, text);
		features_add_text(f, lessons_kin(l), PLACE_BODY, text, strlen(text));
		features_add_from(f, from[i % 3]);
		assert_true(lessons_end(l, &lesson, &e));
	}
	struct model *m = learned(l);
	struct model_desk *d = model_desk_new(m);
	for (int known = 0; known < 2; known++) {
		struct model_reason why[8];
		enum feature_place place;
		double p[3];
		bool told = false;
		struct features *f = model_desk_clear(d);
		features_add_text(f, model_kin(m), PLACE_BODY, "maybe tomorrow", 14);
		features_add_from(f, known ? from[0] : "d@far.red.example");
		model_ask(d, NULL, p);
		for (size_t i = 0, n = model_why(d, 0, 1, why, 8); i < n; i++) {
			free(model_word(d, why[i].word, &place));
			told = told || (place == PLACE_FROM && why[i].weight > 0.1);
		}
		assert_int_equal(told, known);
	}
	model_desk_free(d);
	model_free(m);
	lessons_free(l);
}

/* A prior that is always right outweighs texts that say nothing; one of noise gets no say. */
static void a_prior_counts_what_it_is_worth(void **state)
{
	(void)state;
	struct strs given = {0};
	struct err e;
	uint32_t s = 4;
	for (size_t i = 0; i < 3; i++)
		strs_add(&given, labels[i]);
	struct lessons *l = lessons_new(&given, 2);
	for (size_t i = 0; i < 120; i++) {
		size_t label = (next(&s) >> 20) % 3;
		float prior[6] = {0};
		prior[label] = 2;
		prior[3 + (next(&s) >> 20) % 3] = 2;
		struct lesson lesson = {.label = labels[label], .prior = prior};
		features_add_text(lessons_begin(l), lessons_kin(l), PLACE_BODY, idle[(next(&s) >> 20) % 11], 3);
		assert_true(lessons_end(l, &lesson, &e));
	}
	struct lesson unknown = {.label = "pink"};
	lessons_begin(l);
	assert_false(lessons_end(l, &unknown, &e));
	struct model *m = learned(l);
	struct model_desk *d = model_desk_new(m);
	const float says[6] = {0, 2, 0, 2, 0, 0};
	double p[3];
	features_add_text(model_desk_clear(d), model_kin(m), PLACE_BODY, "maybe", 5);
	struct guess g = model_ask(d, says, p);
	assert_int_equal(g.best, 1);
	assert_true(p[1] > 0.9);
	model_desk_free(d);
	model_free(m);
	lessons_free(l);
	strs_free(&given);
}

/* What a prior says of one label may speak for another: "red" of this one means green, "green" blue. A file keeps that. */
static void a_prior_may_speak_for_another_label(void **state)
{
	(void)state;
	struct strs given = {0};
	struct err e;
	struct buf b = {0};
	uint32_t s = 4;
	for (size_t i = 0; i < 3; i++)
		strs_add(&given, labels[i]);
	struct lessons *l = lessons_new(&given, 2);
	for (size_t i = 0; i < 300; i++) {
		size_t label = (next(&s) >> 20) % 3;
		float prior[6] = {0};
		prior[(label + 2) % 3] = 2;
		struct lesson lesson = {.label = labels[label], .prior = prior};
		features_add_text(lessons_begin(l), lessons_kin(l), PLACE_BODY, idle[(next(&s) >> 20) % 11], 3);
		assert_true(lessons_end(l, &lesson, &e));
	}
	struct model *m = learned(l);
	model_save(m, &b);
	struct model *again = loaded(&b, &e);
	assert_non_null(again);
	for (int i = 0; i < 2; i++) {
		struct model_desk *d = model_desk_new(i ? again : m);
		const float says[6] = {2};
		double p[3];
		features_add_text(model_desk_clear(d), model_kin(m), PLACE_BODY, "maybe", 5);
		assert_string_equal(labels[model_ask(d, says, p).best], "green");
		assert_true(p[1] > 0.7);
		model_desk_free(d);
	}
	buf_free(&b);
	model_free(again);
	model_free(m);
	lessons_free(l);
	strs_free(&given);
}

static void nothing_to_learn(void **state)
{
	(void)state;
	struct err e;
	struct training how = {0};
	struct lessons *l = lessons_new(NULL, 0);
	assert_null(model_train(l, &how, &e));
	add(l, "red", NULL, "tomato");
	assert_null(model_train(l, &how, &e));
	assert_non_null(strstr(e.text, "red"));
	add(l, "blue", NULL, "sky"); /* two texts are enough to go on */
	struct model *m = learned(l);
	double p[2];
	ask(m, "a blue sky", p);
	model_free(m);
	lessons_free(l);
	model_free(NULL);
	lessons_free(NULL);
	model_desk_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(new_texts_get_their_label),
	                                   cmocka_unit_test(what_says_nothing_is_doubtful),
	                                   cmocka_unit_test(the_same_lessons_give_the_same_bytes),
	                                   cmocka_unit_test(a_file_says_what_the_model_said),
	                                   cmocka_unit_test(a_cut_or_damaged_file_is_refused),
	                                   cmocka_unit_test(a_made_up_file_is_refused),
	                                   cmocka_unit_test(one_sender_does_not_move_the_model),
	                                   cmocka_unit_test(the_reason_is_the_word_that_tells),
	                                   cmocka_unit_test(a_sender_never_met_is_no_reason),
	                                   cmocka_unit_test(a_prior_counts_what_it_is_worth),
	                                   cmocka_unit_test(a_prior_may_speak_for_another_label),
	                                   cmocka_unit_test(nothing_to_learn)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
