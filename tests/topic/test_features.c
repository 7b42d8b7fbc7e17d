#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "topic/features.h"

static struct kin *kin;

static int begin(void **state)
{
	(void)state;
	kin = kin_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	kin_free(kin);
	return 0;
}

static size_t count_in(const struct features *f, const struct feature *v)
{
	size_t n = 0;
	for (size_t i = 0; i < f->n; i++)
		n += f->v[i].key == v->key && f->v[i].block == v->block;
	return n;
}

static bool same(const char *a, const char *b)
{
	struct features x = {0}, y = {0};
	features_add_text(&x, kin, PLACE_BODY, a, strlen(a));
	features_add_text(&y, kin, PLACE_BODY, b, strlen(b));
	bool yes = x.n == y.n && x.n > 0;
	for (size_t i = 0; yes && i < x.n; i++)
		yes = count_in(&x, &x.v[i]) == count_in(&y, &x.v[i]);
	features_free(&x);
	features_free(&y);
	return yes;
}

static void what_does_not_matter(void **state)
{
	(void)state;
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{"Where is my CARD?", "where is my card", true},
		{"Where's  my\ncard", "wheres my card!", true},
		{"don’t", "don't", true},
		{"\xC3\x84rende", "ärende", true},
		{"A\xCC\x88rende", "ärende", true}, /* A + U+0308 */
		{"\xE2\x80\x9C" "arende\xE2\x80\x9D", "arende", true},
		{"ärende", "arende", false},
		{"my card", "card my", false},
		{"card", "cards", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (same(cases[i].a, cases[i].b) != cases[i].same)
			fail_msg("'%s' and '%s'", cases[i].a, cases[i].b);
}

/* "åka": words åka; first; last. Letters of " åka ": 2: " å" "åk" "ka" "a "; 3: " åk" "åka" "ka "; 4: " åka" "åka ". */
static void letters_are_counted_as_people_do(void **state)
{
	(void)state;
	struct features f = {0};
	size_t letters = 0;
	features_add_text(&f, kin, PLACE_BODY, "åka", strlen("åka"));
	for (size_t i = 0; i < f.n; i++)
		letters += f.v[i].block == BLOCK_LETTERS;
	assert_int_equal(letters, 9);
	features_free(&f);
}

static size_t shared(const struct features *a, const struct features *b, enum feature_block block)
{
	size_t n = 0;
	for (size_t i = 0; i < a->n; i++)
		n += a->v[i].block == block && count_in(b, &a->v[i]) > 0;
	return n;
}

static void kin_joins_languages_and_words(void **state)
{
	(void)state;
	struct features a = {0}, b = {0};
	features_add_text(&a, kin, PLACE_BODY, "refund", 6);
	features_add_text(&b, kin, PLACE_BODY, "återbetala", strlen("återbetala"));
	assert_true(shared(&a, &b, BLOCK_KIN) > 0);
	assert_int_equal(shared(&a, &b, BLOCK_WORDS), 0);
	features_free(&a);
	features_free(&b);
}

static void senders_share_what_their_addresses_share(void **state)
{
	(void)state;
	struct features a = {0}, b = {0}, c = {0};
	features_add_from(&a, "x@fysik.uni.example");
	features_add_from(&b, "y@Kemi.UNI.example");
	features_add_from(&c, "no address");
	features_add_from(&c, "x@");
	assert_int_equal(a.n, 3); /* the whole, uni.example, example */
	assert_int_equal(shared(&a, &b, BLOCK_FROM), 2);
	assert_int_equal(c.n, 0);
	features_free(&a);
	features_free(&b);
	features_free(&c);
}

/* Each feature says which word it is from, whatever the text; and a long text costs no more than its first 8 kB. */
static void any_text(void **state)
{
	(void)state;
	size_t n = 1 << 20;
	char *s = mem_alloc(n);
	struct features f = {0};
	for (int kind = 0; kind < 4; kind++) {
		for (size_t i = 0; i < n; i++)
			s[i] = kind == 0 ? 'a' : kind == 1 ? (char)(i % 3 ? 'a' + (char)(i * 7 % 26) : ' ') : kind == 2 ? (char)0xC3 : (char)(i * 2654435761u >> 13);
		features_clear(&f);
		features_add_text(&f, kin, PLACE_BODY, s, n);
		assert_true(f.n < 1000 * 1000);
		for (size_t i = 0; i < f.n; i++)
			assert_true(f.v[i].word < f.n_words);
		for (size_t i = 0; i < f.n_words; i++)
			assert_true(f.words[i].start + f.words[i].len <= f.text.n);
	}
	features_clear(&f);
	features_add_text(&f, kin, PLACE_BODY, "", 0);
	features_add_text(&f, kin, PLACE_BODY, " .,-\xE2\x80\x93 ", 8);
	assert_int_equal(f.n, 0);
	features_free(&f);
	free(s);
}

static void a_mail_is_read_as_people_do(void **state)
{
	(void)state;
	struct mail m = {.subject = (char *)(uintptr_t) "Re: avtal", .reply_text = (char *)(uintptr_t) "hyra", .text = (char *)(uintptr_t) "hyra\n> student"};
	struct features f = {0};
	bool subject = false, quoted = false;
	features_add_mail(&f, kin, &m);
	for (size_t i = 0; i < f.n_words; i++) {
		subject = subject || f.words[i].place == PLACE_SUBJECT;
		quoted = quoted || strncmp(f.text.s + f.words[i].start, "student", 7) == 0;
	}
	assert_false(subject); /* it is the thread's */
	assert_false(quoted);
	features_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(what_does_not_matter),
	                                   cmocka_unit_test(letters_are_counted_as_people_do),
	                                   cmocka_unit_test(kin_joins_languages_and_words),
	                                   cmocka_unit_test(senders_share_what_their_addresses_share),
	                                   cmocka_unit_test(any_text),
	                                   cmocka_unit_test(a_mail_is_read_as_people_do)};
	return cmocka_run_group_tests(tests, begin, end);
}
