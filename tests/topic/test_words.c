#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"
#include "topic/words.h"

/* The terms found in a text, by number, as "0 2 2". */
static char *found(const struct words *w, const char *text)
{
	char *folded = fold_text(text, strlen(text));
	struct word_hits h = {0};
	struct buf b = {0};
	words_find(w, folded, strlen(folded), &h);
	buf_adds(&b, "");
	for (size_t i = 0; i < h.n; i++)
		buf_addf(&b, "%s%u", i ? " " : "", h.v[i].term);
	word_hits_free(&h);
	free(folded);
	return buf_take(&b);
}

static struct words *compiled(const char *const *terms)
{
	struct words *w = words_new();
	struct err e = {0};
	for (size_t i = 0; terms[i]; i++)
		assert_int_equal(words_add(w, terms[i], &e), (int)i);
	return w;
}

static void one_term_in_one_text(void **state)
{
	(void)state;
	static const struct {
		const char *term, *text, *want, *why;
	} cases[] = {
		{"avtal", "Vi har ett avtal.", "0", "a word at the end of a sentence"},
		{"avtal", "avtal", "0", "the whole text"},
		{"avtal", "Avtal, AVTAL", "0 0", "whatever the case, every time"},
		{"avtal", "samarbetsavtal avtalet", "", "not inside other words"},
		{"avtal*", "avtalet avtal avtala", "0 0 0", "a star is letters or none"},
		{"avtal*", "samarbetsavtal", "", "a star behind is not one in front"},
		{"*avtal", "samarbetsavtal avtal samarbetsavtalet", "0 0", "star in front"},
		{"*avtal*", "Samarbetsavtalets avtal", "0 0", "stars on both sides"},
		{"*avtal*", "avtalsavtal", "0", "one hit a word"},
		{"sam*avtal*", "samarbetsavtalet sambandet avtal", "0", "star inside; it does not leave the word"},
		{"a*b*c", "a1b1c abc a1c1b ab c", "0 0", "stars inside, in order"},
		{"learning agreement", "the Learning\n  Agreement is signed", "0", "words in a row over a line end"},
		{"learning agreement", "learning-agreement, learning (agreement)", "0 0", "whatever stands between"},
		{"learning agreement", "learning an agreement", "", "not with a word between"},
		{"learning * agreement", "learning my agreement learning agreement", "0", "a star alone is one word"},
		{"förny* avtal*", "förnya avtalet", "0", "stars in a phrase"},
		{"förny* avtal*", "förnya ett avtal", "", "and no word between"},
		{"utresande", "UTRESANDE", "0", "case"},
		{"förlängning", "fo\xcc\x88rla\xcc\x88ngning", "0", "decomposed letters are the same letters"},
		{"år", "ar", "", "å is not a"},
		{"Erasmus+", "erasmus+ Erasmus erasmus.", "0 0 0", "signs in a term do not count"},
		{"t.o.r.", "the ToR; t-o-r", "0", "signs between letters part words"},
		{"bostad", "bo\xc2\xadstad", "0", "soft hyphen"},
		{"42 kap", "42 kap.", "0", "digits are letters"},
		{"avtal", "", "", "no text"},
		{"avtal", "…---…", "", "a text without a letter"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct words *w = compiled((const char *[]){cases[i].term, NULL});
		char *got = found(w, cases[i].text);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("'%s' in '%s': found [%s], not [%s]: %s", cases[i].term, cases[i].text, got, cases[i].want, cases[i].why);
		free(got);
		words_free(w);
	}
}

static void the_wider_term_wins(void **state)
{
	(void)state;
	static const char *const terms[] = {"agreement*", "learning agreement", "*avtal*", "samarbetsavtal", "agreement for studies", "*samarbets*", NULL};
	static const struct {
		const char *text, *want, *why;
	} cases[] = {
		{"an agreement", "0", "alone"},
		{"a learning agreement", "1", "hides the word in it"},
		{"a learning agreement and an agreement", "1 0", "but not the same word elsewhere"},
		{"learning agreement for studies", "1 4", "two that overlap both count"},
		{"samarbetsavtal", "3", "of two on one word the one with more letters"},
		{"samarbetsavtalet", "5", "of two with stars too"},
		{"hyresavtalet", "2", "the one there is"},
	};
	struct words *w = compiled(terms);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *got = found(w, cases[i].text);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("in '%s': found [%s], not [%s]: %s", cases[i].text, got, cases[i].want, cases[i].why);
		free(got);
	}
	words_free(w);
}

static void equal_terms_are_one(void **state)
{
	(void)state;
	struct words *w = words_new();
	struct err e = {0};
	assert_int_equal(words_add(w, "Learning Agreement", &e), 0);
	assert_int_equal(words_add(w, "learning", &e), 1);
	assert_int_equal(words_add(w, "learning-agreement", &e), 0);
	assert_int_equal(words_add(w, "learning*", &e), 2);
	assert_int_equal(words_add(w, "learning**", &e), 2);
	assert_int_equal((int)words_count(w), 3);
	words_free(w);
}

static void malformed_terms_are_refused(void **state)
{
	(void)state;
	char *endless = mem_alloc(400);
	memset(endless, 'x', 399);
	const char *const bad[] = {"", "*", "**", "a*", "…", " ", endless};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct words *w = words_new();
		struct err e = {0};
		assert_int_equal(words_add(w, bad[i], &e), -1);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_int_equal((int)words_count(w), 0);
		words_free(w);
	}
	free(endless);
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Twice the text takes about twice the time, for texts made to match again and again. */
static void hostile_text_takes_linear_time(void **state)
{
	(void)state;
	static const char *const terms[] = {"*a*a*a*a*b*", "aa*", "*aaaaaaaaaaaaaaaaaaaaaaaaaaaab", "ab ab ab ab ab ab ab ab ab ab ab ab c", "*ab*", NULL};
	static const char *const units[] = {"a", "ab ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ", "\xc3\xa5", "\xff"};
	struct words *w = compiled(terms);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		double took[2];
		for (int big = 0; big < 2; big++) {
			struct buf b = {0};
			struct word_hits h = {0};
			size_t size = big ? 800000 : 100000;
			while (b.n < size)
				buf_adds(&b, units[i]);
			double from = seconds();
			words_find(w, b.s, b.n, &h);
			took[big] = seconds() - from;
			word_hits_free(&h);
			buf_free(&b);
		}
		if (took[1] > 32 * (took[0] + 0.005)) /* 8 is linear, 64 quadratic */
			fail_msg("'%s' over and over: %.4f s for 100 kB, %.4f s for 800 kB", units[i], took[0], took[1]);
	}
	words_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_term_in_one_text),
		cmocka_unit_test(the_wider_term_wins),
		cmocka_unit_test(equal_terms_are_one),
		cmocka_unit_test(malformed_terms_are_refused),
		cmocka_unit_test(hostile_text_takes_linear_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
