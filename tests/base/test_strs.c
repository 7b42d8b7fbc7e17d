#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strs.h"

static void keeps_in_order(void **state)
{
	(void)state;
	struct strs l = {0};
	for (int i = 0; i < 1000; i++) {
		char s[16];
		snprintf(s, sizeof s, "%d", i); /* copied: the same bytes are used again */
		strs_add(&l, s);
	}
	strs_own(&l, mem_dup("Uni.Example"));
	assert_int_equal(l.n, 1001);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(atoi(l.v[i]), i);
	assert_true(strs_has(&l, "999"));
	assert_false(strs_has(&l, "1000"));
	assert_true(strs_has(&l, "Uni.Example"));
	assert_false(strs_has(&l, "uni.example"));
	assert_true(strs_has_case(&l, "uNI.eXAMPLE"));
	assert_false(strs_has_case(&l, "uni.exampl"));
	strs_free(&l);
	assert_null(l.v);
	assert_int_equal(l.n, 0);
	assert_false(strs_has(&l, ""));
	strs_free(&l);
}

static void nearest(void **state)
{
	(void)state;
	static const char *const known[] = {"forward_to", "acknowledge", "topic", "answer", "when", "second", "continue", "name"};
	static const char long_known[] = "a_key_that_is_longer_than_any_key_should_ever_be_so_that_nothing_is_near_it";
	static const struct {
		const char *word, *want, *why;
	} cases[] = {
		{"forwad_to", "forward_to", "a letter is missing"},
		{"forwardd_to", "forward_to", "one too many"},
		{"forwerd_to", "forward_to", "a wrong one"},
		{"forwrad_to", "forward_to", "two neighbours swapped count as one"},
		{"tpoic", "topic", "swapped, in a short word"},
		{"topic", "topic", "the word itself"},
		{"nmae", "name", "swapped"},
		{"acknowldge", "acknowledge", "a letter is missing"},
		{"anser", "answer", "near enough"},
		{"xyz", NULL, "nothing is near"},
		{"colour", NULL, "nothing is near"},
		{"", NULL, "nothing at all"},
		{"forward", "forward_to", "three of seven are missing: the most that is near"},
		{"forwar", NULL, "four of six is too far"},
		{"a_key_that_is_longer_than_any_key_should_ever_be_so_that_nothing_is_near_i", NULL, "too long to be compared"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *got = str_nearest(cases[i].word, known, sizeof known / sizeof *known);
		if ((got == NULL) != (cases[i].want == NULL) || (got && strcmp(got, cases[i].want) != 0))
			fail_msg("%s: '%s' gave '%s'", cases[i].why, cases[i].word, got ? got : "nothing");
	}
	static const char *const one[] = {long_known};
	assert_null(str_nearest(known[0], one, 1));
	assert_null(str_nearest("topic", known, 0));
	static const char *const two[] = {"note", "node"};
	assert_ptr_equal(str_nearest("nole", two, 2), two[0]); /* the first of equals */
	assert_ptr_equal(str_nearest("node", two, 2), two[1]); /* the nearest wins, wherever it stands */
}

static void starts_and_ends(void **state)
{
	(void)state;
	static const struct {
		const char *s, *piece;
		bool starts, ends;
	} cases[] = {
		{"", "", true, true},      {"abc", "", true, true},   {"abc", "abc", true, true}, {"abc", "abcd", false, false},
		{"abc", "ab", true, false}, {"abc", "bc", false, true}, {"abc", "AB", false, false}, {"abc", "BC", false, true},
		{"", "a", false, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (str_starts(cases[i].s, cases[i].piece) != cases[i].starts || str_ends_case(cases[i].s, cases[i].piece) != cases[i].ends)
			fail_msg("'%s' and '%s'", cases[i].s, cases[i].piece);
}

static void glob(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *s;
		bool match;
	} cases[] = {
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "anything at all", true},
		{"**", "", true},
		{"a", "", false},
		{"abc", "abc", true},
		{"abc", "ABC", true},
		{"ABC", "abc", true},
		{"abc", "abcd", false},
		{"abcd", "abc", false},
		{"*@uni.example", "bo.ek@uni.example", true},
		{"*@uni.example", "bo.ek@uni.example.org", false},
		{"*@uni.example", "@uni.example", true},
		{"*@*.uni.example", "bo@int.uni.example", true},
		{"*@*.uni.example", "bo@uni.example", false},
		{"bo*", "bo.ek@uni.example", true},
		{"bo*", "o", false},
		{"*a*b*c", "xxaxxbxxc", true},
		{"*a*b*c", "xxaxxcxxb", false},
		{"*ab", "aab", true},
		{"*aab", "aaab", true},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"*.pdf", "Transcript.PDF", true},
		{"*avtal*", "samarbetsavtalet", true},
		{"å*", "Åsa", false}, /* ASCII case alone is ignored */
		{"å*", "åsa", true},
		{"?", "a", false}, /* no other wildcard */
		{"[ab]", "a", false},
		{"\\*", "\\x", true}, /* no escape */
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (str_glob(cases[i].pattern, cases[i].s) != cases[i].match)
			fail_msg("'%s' and '%s': not %d", cases[i].pattern, cases[i].s, cases[i].match);
}

/* Twenty stars over 20,000 letters: the product of both for us; an eternity for a matcher that tries all ways. */
static void glob_never_explodes(void **state)
{
	(void)state;
	enum { STARS = 20, LETTERS = 20000 };
	char pattern[2 * STARS + 2], *s = malloc(LETTERS + 1);
	assert_non_null(s);
	for (size_t i = 0; i < STARS; i++)
		memcpy(pattern + 2 * i, "*a", 2);
	memcpy(pattern + 2 * STARS, "b", 2);
	memset(s, 'a', LETTERS);
	s[LETTERS] = '\0';
	assert_false(str_glob(pattern, s));
	s[LETTERS - 1] = 'b';
	assert_true(str_glob(pattern, s));
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_in_order), cmocka_unit_test(nearest), cmocka_unit_test(starts_and_ends),
		cmocka_unit_test(glob),           cmocka_unit_test(glob_never_explodes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
